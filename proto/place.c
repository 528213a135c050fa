/* Where things are: unit codes, whose prefixes of legal length are the units above, and what hangs
 * beside the tree, party groups and departments (DOMAIN 3, P-27). */
#include "proto/ident.h"

#include <string.h>

static const uint8_t unit_lengths[] = {
        [GRID_PLACE_REGION] = 2,
        [GRID_PLACE_LEAGUE_CITY] = 4,
        [GRID_PLACE_BANNER] = 6,
        [GRID_PLACE_TOWNSHIP] = 9,
        [GRID_PLACE_VILLAGE] = 12,
        [GRID_PLACE_GRID] = 15,
        [GRID_PLACE_MICRO_GRID] = 18,
};

enum { SUFFIX_BYTES = 5 }; /* P0017, D0004 */

static bool all_digits(const uint8_t *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] < '0' || at[i] > '9')
            return false;
    return true;
}

static enum grid_place_kind kind_of_length(size_t length)
{
    for (unsigned kind = GRID_PLACE_REGION; kind <= GRID_PLACE_MICRO_GRID; kind++)
        if (unit_lengths[kind] == length)
            return (enum grid_place_kind)kind;
    return GRID_PLACE_NONE;
}

/* Every tail of the code, from the region down, is one that its level permits. */
static bool tails_legal(const uint8_t *digits, enum grid_place_kind kind)
{
    for (unsigned level = GRID_PLACE_REGION; level <= (unsigned)kind; level++) {
        unsigned tail = 0;
        for (size_t i = unit_lengths[level - 1]; i < unit_lengths[level]; i++)
            tail = 10 * tail + (unsigned)(digits[i] - '0');
        if (tail == 0)
            return false;
        if ((level == GRID_PLACE_TOWNSHIP || level == GRID_PLACE_VILLAGE) && tail > 599)
            return false;
        if (level == GRID_PLACE_GRID && tail == 700)
            return false;
    }
    return true;
}

static enum grid_place_kind unit_kind(struct bytes code)
{
    enum grid_place_kind kind = kind_of_length(code.size);
    if (kind == GRID_PLACE_NONE || !all_digits(code.data, code.size))
        return GRID_PLACE_NONE;
    return tails_legal(code.data, kind) ? kind : GRID_PLACE_NONE;
}

/* 'P' or 'D' when the place ends in that letter and four digits; 0 otherwise. */
static uint8_t suffix_letter(struct bytes place)
{
    if (place.size < SUFFIX_BYTES)
        return 0;
    const uint8_t *suffix = place.data + place.size - SUFFIX_BYTES;
    if (!all_digits(suffix + 1, SUFFIX_BYTES - 1))
        return 0;
    return suffix[0] == 'P' || suffix[0] == 'D' ? suffix[0] : 0;
}

enum grid_place_kind place_kind(struct bytes place)
{
    uint8_t letter = suffix_letter(place);
    if (letter == 0)
        return unit_kind(place);
    enum grid_place_kind kind = unit_kind(place_unit(place));
    if (letter == 'P')
        return kind == GRID_PLACE_TOWNSHIP ? GRID_PLACE_PARTY_GROUP : GRID_PLACE_NONE;
    if (kind >= GRID_PLACE_REGION && kind <= GRID_PLACE_TOWNSHIP)
        return GRID_PLACE_DEPARTMENT;
    return GRID_PLACE_NONE;
}

bool place_covers(struct bytes above, struct bytes unit)
{
    return kind_of_length(above.size) != GRID_PLACE_NONE && above.size <= unit.size &&
           kind_of_length(unit.size) != GRID_PLACE_NONE &&
           memcmp(above.data, unit.data, above.size) == 0 && all_digits(unit.data, unit.size);
}

struct bytes place_unit(struct bytes place)
{
    if (suffix_letter(place) != 0)
        place.size -= SUFFIX_BYTES;
    return place;
}

struct bytes place_cut(struct bytes unit, enum grid_place_kind kind)
{
    if (kind < GRID_PLACE_REGION || kind > GRID_PLACE_MICRO_GRID || unit.size < unit_lengths[kind])
        return (struct bytes){0};
    unit.size = unit_lengths[kind];
    return unit;
}

struct bytes place_parent(struct bytes unit)
{
    if (suffix_letter(unit) != 0)
        return place_unit(unit);
    enum grid_place_kind kind = kind_of_length(unit.size);
    if (kind > GRID_PLACE_REGION)
        unit.size = unit_lengths[kind - 1];
    return unit;
}
