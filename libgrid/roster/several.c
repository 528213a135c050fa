/* Rosters of several writers in one node (D22): each binds the units under its own centre, and of
 * two that stand over a place the nearer one speaks for it. */
#include "libgrid/roster/inside.h"

#include "proto/heap.h"

#include <assert.h>
#include <string.h>

enum { ROSTERS_MAX = 1024 }; /* a league city with all its banners and townships */

static bool stands_over(const struct grid_roster *roster, struct bytes place)
{
    /* one that was read from files has no writer and binds all that it has */
    return roster->unit[0] == '\0' || place_covers(bytes_text(roster->unit), place_unit(place));
}

const struct grid_roster *roster_binding(const struct grid_roster *roster, struct bytes place)
{
    const struct grid_roster *nearest = NULL;
    for (const struct grid_roster *at = roster; at != NULL; at = at->others)
        if (at->latest > 0 && stands_over(at, place) &&
                (nearest == NULL || strlen(at->unit) > strlen(nearest->unit)))
            nearest = at;
    return nearest;
}

const struct grid_roster *roster_of_place(const struct grid_roster *roster, struct bytes place)
{
    const struct grid_roster *binding = roster_binding(roster, place);
    return binding != NULL ? binding : roster;
}

uint64_t roster_versions_held(const struct grid_roster *roster)
{
    uint64_t count = 0;
    for (const struct grid_roster *at = roster; at != NULL; at = at->others)
        count += at->version_count;
    return count;
}

/* The place of a version of one roster; 0 when it is not held. */
static uint32_t version_place(const struct grid_roster *roster, uint64_t rv)
{
    uint64_t number = rv >> 32;
    if (number == 0)
        return 0;
    if (number <= roster->version_count && version_rv(&roster->versions[number - 1]) == rv)
        return (uint32_t)number;
    for (size_t i = 0; i < roster->version_count; i++)
        if (version_rv(&roster->versions[i]) == rv)
            return (uint32_t)i + 1;
    return 0;
}

const struct grid_roster *roster_cited(
        const struct grid_roster *roster, uint64_t rv, struct bytes place, uint32_t *version)
{
    for (const struct grid_roster *at = roster; at != NULL; at = at->others) {
        *version = stands_over(at, place) ? version_place(at, rv) : 0;
        if (*version != 0)
            return at;
    }
    return NULL;
}

struct grid_roster *roster_written_by(struct grid_roster *roster, struct bytes unit)
{
    assert(roster != NULL);
    struct grid_roster *last = roster;
    size_t count = 0;
    for (struct grid_roster *at = roster; at != NULL; at = at->others, count++) {
        if (at->unit[0] == '\0' || bytes_equal(bytes_text(at->unit), unit))
            return at;
        last = at;
    }
    if (count == ROSTERS_MAX || grid_roster_open(&last->others) != GRID_OK)
        return NULL;
    roster_name(last->others, unit);
    return last->others;
}

void roster_belongs_to(struct grid_roster *roster, struct bytes unit)
{
    if (place_kind(unit) != GRID_PLACE_NONE && unit.size < GRID_PLACE_BYTES)
        roster_name(roster, unit);
}

void roster_name(struct grid_roster *roster, struct bytes unit)
{
    memcpy(roster->unit, unit.data, unit.size);
    roster->unit[unit.size] = '\0';
}

/* --- rows --- */

static struct bytes place_of_row(const struct row *row)
{
    switch (row->kind) {
    case ROW_UNIT:
        return row->unit.code;
    case ROW_POST:
        return row->post.place;
    case ROW_DEPARTMENT:
    case ROW_KIND_END:
        break;
    }
    return row->department.id;
}

const struct row *roster_row(const struct grid_roster *roster, const struct row *key)
{
    const struct grid_roster *binding = roster_binding(roster, place_of_row(key));
    if (binding != NULL)
        return roster_row_here(binding, key);
    const struct row *row = NULL;
    for (const struct grid_roster *at = roster; at != NULL && row == NULL; at = at->others)
        row = roster_row_here(at, key);
    return row;
}

static const struct row *row_ever_here(const struct grid_roster *roster, const struct row *key)
{
    uint32_t item = lookup_first(&roster->by_key, row_key_hash(key));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_key, item))
        if (row_compare_keys(&roster->rows[item], key) == 0)
            return &roster->rows[item];
    return NULL;
}

const struct row *roster_row_ever(const struct grid_roster *roster, const struct row *key)
{
    const struct row *row = NULL;
    for (const struct grid_roster *at = roster; at != NULL && row == NULL; at = at->others)
        row = row_ever_here(at, key);
    return row;
}

const struct row *roster_unit_row(const struct grid_roster *roster, struct bytes code)
{
    const struct row key = {.kind = ROW_UNIT, .unit.code = code};
    return roster_row(roster, &key);
}

const struct row *roster_department_row(const struct grid_roster *roster, struct bytes id)
{
    const struct row key = {.kind = ROW_DEPARTMENT, .department.id = id};
    return roster_row(roster, &key);
}

/* --- one order out of several --- */

/* What stands above all rosters is a reference: the first that has it is heard. */
static bool speaks_for(
        const struct grid_roster *first, const struct grid_roster *roster, const struct row *row)
{
    struct bytes place = place_of_row(row);
    const struct grid_roster *binding = roster_binding(first, place);
    if (binding != NULL)
        return binding == roster;
    for (const struct grid_roster *at = first; at != roster; at = at->others)
        if (at->latest > 0 && roster_row_here(at, row) != NULL)
            return false;
    return true;
}

/* The first row of one roster behind `after` (or, when that is NULL, not before `from`). */
static const struct row *next_of(
        const struct grid_roster *roster, const struct row *from, const struct row *after)
{
    size_t at = roster_position(roster, after != NULL ? after : from);
    size_t end = roster->order_start[from->kind + 1];
    if (at < end && after != NULL && row_compare_keys(&roster->rows[roster->order[at]], after) == 0)
        at++;
    return at < end ? &roster->rows[roster->order[at]] : NULL;
}

static void each_of_one(const struct grid_roster *roster, const struct row *from,
        roster_row_fn *each, void *context)
{
    size_t end = roster->order_start[from->kind + 1];
    for (size_t i = roster_position(roster, from); i < end; i++)
        if (!each(context, &roster->rows[roster->order[i]]))
            return;
}

void roster_each_row(const struct grid_roster *roster, const struct row *from, roster_row_fn *each,
        void *context)
{
    if (roster->others == NULL) {
        each_of_one(roster, from, each, context);
        return;
    }
    const struct row *after = NULL;
    for (;;) {
        const struct row *next = NULL;
        const struct grid_roster *of = NULL;
        for (const struct grid_roster *at = roster; at != NULL; at = at->others) {
            const struct row *row = next_of(at, from, after);
            int order = row == NULL ? 1 : next == NULL ? -1 : row_compare_keys(row, next);
            if (order < 0 || (order == 0 && speaks_for(roster, at, row))) {
                next = row;
                of = at;
            }
        }
        if (next == NULL || (speaks_for(roster, of, next) && !each(context, next)))
            return;
        after = next;
    }
}
