/* The codebook nmgrid-1, read once from the embedded nmgrid-1.csv into a static table: no
 * allocation, so nothing here can fail for want of memory. The file is our own: what is wrong with
 * it is a bug of ours, and an assert says so. */
#include "libgrid/case/codebook.h"

#include "proto/words.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { CODEBOOK_ITEMS_MAX = 256, CODEBOOK_TEXT_MAX = 32768, CODEBOOK_QUERY_MAX = 128 };

extern const unsigned char codebook_nmgrid_1[];
extern const size_t codebook_nmgrid_1_size;

static struct codebook {
    size_t count;
    struct codebook_item items[CODEBOOK_ITEMS_MAX];
    char text[CODEBOOK_TEXT_MAX]; /* the file, cut into fields where it lies */
} book;

/* The next field of an RFC 4180 line, NUL-terminated in place; *at moves behind it. */
static char *field_cut(char **at)
{
    char *start = *at;
    char *end;
    if (*start == '"') { /* no doubled quotes in this file */
        start++;
        end = strchr(start, '"');
        assert(end != NULL);
        *end++ = '\0';
    } else {
        end = start + strcspn(start, ",\n");
    }
    assert(*end == ',' || *end == '\n');
    *end = '\0';
    *at = end + 1;
    return start;
}

static unsigned digits_value(const char *digits)
{
    unsigned value = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++)
        value = value * 10 + (unsigned)(*digits - '0');
    assert(*digits == '\0');
    return value;
}

static unsigned track_of_letter(const char *letter)
{
    static const char letters[] = {'c', 'a', 'p', 's', 'v'};
    static const unsigned tracks[] = {GRID_TRACK_CIVIL, GRID_TRACK_ADMINISTRATIVE,
            GRID_TRACK_PETITION, GRID_TRACK_SAFETY, GRID_TRACK_SERVICE};
    const char *found = memchr(letters, letter[0], sizeof(letters));
    assert(found != NULL && letter[1] == '\0');
    return tracks[found - letters];
}

static void item_read(struct codebook_item *item, char **at)
{
    item->code = digits_value(field_cut(at));
    item->name = field_cut(at);
    item->english = field_cut(at);
    const char *urgency = field_cut(at);
    assert(urgency[0] == 'U' && urgency[1] >= '1' && urgency[1] <= '4');
    item->urgency = (unsigned)(urgency[1] - '0');
    item->track = track_of_letter(field_cut(at));
    item->never_self_resolved = field_cut(at)[0] == '!';
    item->group = field_cut(at);
    item->group_english = field_cut(at);
}

static const struct codebook *codebook_get(void)
{
    if (book.count > 0)
        return &book;
    assert(codebook_nmgrid_1_size < sizeof(book.text));
    memcpy(book.text, codebook_nmgrid_1, codebook_nmgrid_1_size);
    char *at = strchr(book.text, '\n'); /* the first line names the columns */
    assert(at != NULL);
    at++;
    while (*at != '\0') {
        assert(book.count < CODEBOOK_ITEMS_MAX);
        struct codebook_item *item = &book.items[book.count];
        item_read(item, &at);
        assert(book.count == 0 || item[-1].code < item->code);
        book.count++;
    }
    return &book;
}

size_t codebook_count(void)
{
    return codebook_get()->count;
}

const struct codebook_item *codebook_at(size_t index)
{
    const struct codebook *all = codebook_get();
    assert(index < all->count);
    return &all->items[index];
}

const struct codebook_item *codebook_item(unsigned code)
{
    const struct codebook *all = codebook_get();
    size_t low = 0;
    size_t high = all->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all->items[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < all->count && all->items[low].code == code ? &all->items[low] : NULL;
}

bool codebook_knows(struct bytes digits)
{
    const struct codebook *all = codebook_get();
    unsigned code = 0;
    if (digits.size != 2 && digits.size != 4)
        return false;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        code = code * 10 + (unsigned)(digits.data[i] - '0');
    }
    if (digits.size == 4)
        return codebook_item(code) != NULL;
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].code / 100 == code)
            return true;
    return false;
}

/* The query without spaces around it, full-width digits and ASCII capitals made plain: what is left
 * is compared byte by byte. False when it is empty or longer than any name. */
static bool query_normal(char out[static CODEBOOK_QUERY_MAX], struct bytes text)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char byte = (char)text.data[i];
        /* U+FF10…U+FF19 is EF BC 90…99 */
        if (i + 2 < text.size && memcmp(&text.data[i], "\xef\xbc", 2) == 0 &&
                text.data[i + 2] >= 0x90 && text.data[i + 2] <= 0x99) {
            byte = (char)('0' + (text.data[i + 2] - 0x90));
            i += 2;
        } else if (byte >= 'A' && byte <= 'Z') {
            byte = (char)(byte - 'A' + 'a');
        }
        if (byte == '\0' || (byte == ' ' && size == 0))
            continue;
        if (size + 1 >= CODEBOOK_QUERY_MAX)
            return false;
        out[size++] = byte;
    }
    while (size > 0 && out[size - 1] == ' ')
        size--;
    out[size] = '\0';
    return size > 0;
}

enum match { MATCH_CODE, MATCH_NAME, MATCH_PART, MATCH_COUNT };

static bool item_matches(const struct codebook_item *item, const char *query, enum match how)
{
    char code[16];
    snprintf(code, sizeof(code), "%04u", item->code);
    switch (how) {
    case MATCH_CODE:
        return strcmp(query, code) == 0;
    case MATCH_NAME:
        return strcmp(query, item->name) == 0 || strcmp(query, item->english) == 0;
    case MATCH_PART:
        return strstr(item->name, query) != NULL || strstr(item->english, query) != NULL;
    case MATCH_COUNT:
        break;
    }
    return false;
}

/* Ambiguous: every item that fits, "0204 燃气泄漏", so that the person can pick. */
static enum grid_status fail_ambiguous(const char *query, enum match how, struct grid_error *error)
{
    char list[GRID_DETAIL_BYTES] = "";
    size_t size = 0;
    for (size_t i = 0; i < book.count; i++) {
        const struct codebook_item *item = &book.items[i];
        if (!item_matches(item, query, how))
            continue;
        int more = snprintf(&list[size], sizeof(list) - size, "%s%04u %s", size > 0 ? ", " : "",
                item->code, item->name);
        if (more < 0 || (size_t)more >= sizeof(list) - size) {
            list[size] = '\0';
            break;
        }
        size += (size_t)more;
    }
    return grid_fail(error, GRID_AMBIGUOUS, "category_ambiguous", "%s" GRID_ARG "%s", query, list);
}

enum grid_status codebook_find(
        struct bytes text, const struct codebook_item **out, struct grid_error *error)
{
    const struct codebook *all = codebook_get();
    char query[CODEBOOK_QUERY_MAX];
    *out = NULL;
    if (!query_normal(query, text))
        return grid_fail(error, GRID_NOT_FOUND, "category_unknown", "%.*s",
                (int)(text.size < 120 ? text.size : 120), (const char *)text.data);
    for (enum match how = MATCH_CODE; how < MATCH_COUNT; how++) {
        size_t fits = 0;
        for (size_t i = 0; i < all->count; i++) {
            if (!item_matches(&all->items[i], query, how))
                continue;
            *out = &all->items[i];
            fits++;
        }
        if (fits == 1)
            return GRID_OK;
        *out = NULL;
        if (fits > 1)
            return fail_ambiguous(query, how, error);
    }
    return grid_fail(error, GRID_NOT_FOUND, "category_unknown", "%s", query);
}

bool codebook_fits(const struct codebook_item *item, struct bytes word)
{
    char query[CODEBOOK_QUERY_MAX];
    char code[16];
    if (word.size == 0)
        return true;
    if (!query_normal(query, word))
        return false;
    snprintf(code, sizeof(code), "%04u", item->code);
    return strncmp(code, query, strlen(query)) == 0 || item_matches(item, query, MATCH_PART) ||
           strstr(item->group, query) != NULL || strstr(item->group_english, query) != NULL;
}
