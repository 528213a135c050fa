#include "libgrid/case/alike.h"

#include <stdbool.h>
#include <stdlib.h>

enum { PAIRS_MAX = 64, METRES_FAR = 1000000 };

/* One character of valid UTF-8; 0 at the end. */
static uint32_t take_character(struct bytes *text)
{
    if (text->size == 0)
        return 0;
    uint8_t first = text->data[0];
    size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t character = size == 1 ? first : first & (0x7Fu >> size);
    if (size > text->size)
        size = text->size;
    for (size_t i = 1; i < size; i++)
        character = character << 6 | (text->data[i] & 0x3Fu);
    text->data += size;
    text->size -= size;
    return character;
}

/* Letters and digits of whatever script; not what stands between them. */
static bool counts(uint32_t character)
{
    if (character < 0x80)
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z');
    return !(character >= 0x2000 && character <= 0x206F) && /* general punctuation */
           !(character >= 0x3000 && character <= 0x303F) && /* 、。《》 */
           !(character >= 0xFF00 && character <= 0xFF0F) && /* ！（），－ */
           !(character >= 0xFF1A && character <= 0xFF20) && character != 0x00B7;
}

static int compare_pairs(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* The pairs of a title, ascending and each once. */
static size_t pairs_of(struct bytes title, uint64_t out[static PAIRS_MAX])
{
    size_t count = 0;
    uint32_t before = 0;
    for (uint32_t character = take_character(&title); character != 0 && count < PAIRS_MAX;
            character = take_character(&title)) {
        if (character >= 'A' && character <= 'Z')
            character += 'a' - 'A';
        if (!counts(character))
            continue;
        if (before != 0)
            out[count++] = (uint64_t)before << 32 | character;
        before = character;
    }
    if (count > 1)
        qsort(out, count, sizeof(*out), compare_pairs);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || out[i] != out[kept - 1])
            out[kept++] = out[i];
    return kept;
}

unsigned alike_titles(struct bytes a, struct bytes b)
{
    uint64_t left[PAIRS_MAX];
    uint64_t right[PAIRS_MAX];
    size_t left_count = pairs_of(a, left);
    size_t right_count = pairs_of(b, right);
    size_t common = 0;
    for (size_t i = 0, j = 0; i < left_count && j < right_count;) {
        common += left[i] == right[j];
        if (left[i] <= right[j])
            i++;
        else
            j++;
    }
    size_t all = left_count + right_count;
    return all > 0 ? (unsigned)(200 * common / all) : 0;
}

unsigned alike_metres(
        int64_t latitude_a, int64_t longitude_a, int64_t latitude_b, int64_t longitude_b)
{
    const double metres_per_step = 0.011132; /* 10^-7 degrees of a great circle */
    const double step_in_radians = 3.14159265358979 / 180 / 1e7;
    double x = (double)(latitude_a + latitude_b) / 2 * step_in_radians;
    double square = x * x; /* the cosine by its first terms: good to 1 % up to 70 degrees */
    double cosine = 1 - square / 2 + square * square / 24 - square * square * square / 720;
    double north = (double)(latitude_a - latitude_b) * metres_per_step;
    double east = (double)(longitude_a - longitude_b) * metres_per_step * cosine;
    double metres_square = north * north + east * east;
    if (metres_square >= (double)METRES_FAR * METRES_FAR)
        return METRES_FAR;
    unsigned low = 0; /* the root, without a mathematical library */
    unsigned high = METRES_FAR;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if ((double)middle * middle < metres_square)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
