#include "tests/gen/chance.h"

#include "proto/crypto.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static uint64_t first_bytes(const char *what, const char *between, const char *code, size_t count)
{
    const struct bytes parts[] = {bytes_text(what), bytes_text(between), bytes_text(code)};
    uint8_t hash[GRID_HASH_BYTES];
    if (crypto_hash(hash, parts, sizeof(parts) / sizeof(parts[0])) != GRID_OK)
        abort();
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number << 8 | hash[i];
    return number;
}

struct chance chance_of(uint64_t seed, const char *what, const char *code)
{
    return (struct chance){.state = seed ^ first_bytes(what, " ", code, 8)};
}

uint32_t hash_of(const char *what, const char *code)
{
    return (uint32_t)first_bytes(what, "", code, 4);
}

uint64_t chance_next(struct chance *chance)
{
    chance->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = chance->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

unsigned chance_below(struct chance *chance, unsigned count)
{
    return (unsigned)((chance_next(chance) >> 32) * count >> 32);
}

int chance_within(struct chance *chance, int low, int high)
{
    assert(low <= high);
    return low + (int)chance_below(chance, (unsigned)(high - low) + 1);
}

bool chance_percent(struct chance *chance, unsigned percent)
{
    return chance_below(chance, 100) < percent;
}

size_t chance_pick(struct chance *chance, const unsigned *weights, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i];
    unsigned drawn = chance_below(chance, sum);
    for (size_t i = 0; i < count; i++) {
        if (drawn < weights[i])
            return i;
        drawn -= weights[i];
    }
    abort(); /* no weight above zero */
}
