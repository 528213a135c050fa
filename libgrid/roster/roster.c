/* The rows of all versions in memory, and how a version comes to count (D4, P-103…): ROWS wait
 * until their ROSTER, count and digest of the result must fit, and then the step happens whole. */
#include "libgrid/roster/inside.h"

#include "proto/heap.h"
#include "proto/pack.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- life --- */

enum grid_status grid_roster_open(struct grid_roster **out)
{
    *out = NULL;
    struct grid_roster *roster = grid_alloc(sizeof(*roster));
    if (roster == NULL)
        return GRID_NOMEM;
    arena_init(&roster->texts, 0);
    *out = roster;
    return GRID_OK;
}

static void free_batches(struct batch *batch)
{
    while (batch != NULL) {
        struct batch *next = batch->next;
        grid_free(batch);
        batch = next;
    }
}

void grid_roster_close(struct grid_roster *roster)
{
    if (roster == NULL)
        return;
    grid_roster_close(roster->others);
    roster_close_devices(roster);
    lookup_close(&roster->by_key);
    lookup_close(&roster->by_place);
    lookup_close(&roster->by_person);
    free_batches(roster->batches);
    free_batches(roster->kept);
    grid_free(roster->waiting);
    grid_free(roster->rows);
    grid_free(roster->order);
    grid_free(roster->order_spare);
    grid_free(roster->versions);
    arena_close(&roster->texts);
    grid_free(roster);
}

/* --- rows --- */

uint32_t roster_place_hash(enum row_kind kind, struct bytes place)
{
    return lookup_hash((uint32_t)kind, place);
}

uint32_t roster_person_hash(const uint8_t person[static GRID_ID_BYTES])
{
    return lookup_hash(0, bytes_of(person, GRID_ID_BYTES));
}

static bool reserve_order(struct grid_roster *roster, size_t count)
{
    size_t spare_capacity = roster->order_capacity;
    uint32_t *spare = array_grown(
            roster->order_spare, &spare_capacity, count, sizeof(roster->order_spare[0]));
    if (spare == NULL && count > roster->order_capacity)
        return false;
    roster->order_spare = spare;
    uint32_t *order =
            array_grown(roster->order, &roster->order_capacity, count, sizeof(roster->order[0]));
    if (order == NULL && count > roster->order_capacity)
        return false;
    roster->order = order;
    return true;
}

bool roster_reserve(struct grid_roster *roster, size_t more)
{
    if (more == 0)
        return true;
    size_t count = roster->row_count + more;
    struct row *rows =
            array_grown(roster->rows, &roster->row_capacity, count, sizeof(roster->rows[0]));
    if (rows == NULL)
        return false;
    roster->rows = rows;
    return reserve_order(roster, count) && lookup_reserve(&roster->by_key, count) &&
           lookup_reserve(&roster->by_place, count) && lookup_reserve(&roster->by_person, count);
}

bool roster_reserve_version(struct grid_roster *roster, size_t rows)
{
    struct version *versions = array_grown(roster->versions, &roster->version_capacity,
            roster->version_count + 1, sizeof(roster->versions[0]));
    if (versions == NULL)
        return false;
    roster->versions = versions;
    return roster_reserve(roster, rows);
}

/* Where a row is looked for by place: a post at its place, a micro-grid at its party group. */
static struct bytes row_place(const struct row *row)
{
    if (row->kind == ROW_POST)
        return row->post.place;
    return row->kind == ROW_UNIT ? row->unit.party_group : (struct bytes){0};
}

void roster_append(struct grid_roster *roster, const struct row *row, uint32_t since)
{
    assert(roster->row_count < roster->row_capacity);
    struct row *fresh = &roster->rows[roster->row_count++];
    *fresh = *row;
    fresh->since = since;
    fresh->until = VERSION_NONE;
    lookup_add(&roster->by_key, row_key_hash(row), true);
    struct bytes place = row_place(row);
    lookup_add(&roster->by_place, roster_place_hash(row->kind, place), place.size > 0);
    bool post = row->kind == ROW_POST;
    lookup_add(&roster->by_person, post ? roster_person_hash(row->post.person) : 0, post);
}

const struct row *roster_row_at(
        const struct grid_roster *roster, const struct row *key, uint32_t place)
{
    uint32_t item = lookup_first(&roster->by_key, row_key_hash(key));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_key, item)) {
        const struct row *row = &roster->rows[item];
        if (row_listed(row, place) && row_compare_keys(row, key) == 0)
            return row;
    }
    return NULL;
}

const struct row *roster_row_here(const struct grid_roster *roster, const struct row *key)
{
    return roster_row_at(roster, key, roster->latest);
}

/* --- the order of the latest version --- */

static void find_starts(struct grid_roster *roster)
{
    size_t at = 0;
    for (unsigned kind = 0; kind <= ROW_KIND_END; kind++) {
        while (at < roster->order_count && roster->rows[roster->order[at]].kind < kind)
            at++;
        roster->order_start[kind] = at;
    }
}

/* From the version before to the next: `fresh_first` is the first row that it added; they stand in
 * key order. */
void roster_merge_order(struct grid_roster *roster, size_t fresh_first)
{
    size_t count = 0;
    size_t fresh = fresh_first;
    for (size_t i = 0; i < roster->order_count; i++) {
        const struct row *old = &roster->rows[roster->order[i]];
        while (fresh < roster->row_count && row_compare_keys(&roster->rows[fresh], old) < 0)
            roster->order_spare[count++] = (uint32_t)fresh++;
        if (row_latest(roster, old))
            roster->order_spare[count++] = roster->order[i];
    }
    while (fresh < roster->row_count)
        roster->order_spare[count++] = (uint32_t)fresh++;
    uint32_t *spare = roster->order;
    roster->order = roster->order_spare;
    roster->order_spare = spare;
    roster->order_count = count;
    find_starts(roster);
}

static int compare_order(const void *left, const void *right, void *context)
{
    const struct grid_roster *roster = context;
    return row_compare_keys(
            &roster->rows[*(const uint32_t *)left], &roster->rows[*(const uint32_t *)right]);
}

void roster_sort_order(struct grid_roster *roster)
{
    roster->order_count = 0;
    for (size_t i = 0; i < roster->row_count; i++)
        if (row_latest(roster, &roster->rows[i]))
            roster->order[roster->order_count++] = (uint32_t)i;
    if (roster->order_count > 1)
        qsort_r(roster->order, roster->order_count, sizeof(roster->order[0]), compare_order,
                roster);
    find_starts(roster);
}

size_t roster_position(const struct grid_roster *roster, const struct row *key)
{
    size_t low = roster->order_start[key->kind];
    size_t high = roster->order_start[key->kind + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (row_compare_keys(&roster->rows[roster->order[middle]], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- digest: the sum of the rows' hashes mod 2^256 (P-104), so that a step costs what it changes
 * --- */

enum grid_status digest_change(
        uint8_t digest[static GRID_HASH_BYTES], const struct row *row, bool add)
{
    uint8_t hash[GRID_HASH_BYTES];
    enum grid_status status = row_hash(hash, row);
    if (status != GRID_OK)
        return status;
    int carry = 0;
    for (size_t i = GRID_HASH_BYTES; i-- > 0;) {
        int sum = add ? digest[i] + hash[i] + carry : digest[i] - hash[i] + carry;
        digest[i] = (uint8_t)(sum & 0xff);
        carry = sum < 0 ? -1 : sum >> 8;
    }
    return GRID_OK;
}

/* --- from files --- */

enum grid_status roster_complete(struct grid_roster *roster)
{
    assert(roster->version_count == 0 && roster->latest == 1);
    if (!roster_reserve_version(roster, roster->row_count))
        return GRID_NOMEM;
    struct version *version = &roster->versions[roster->version_count++];
    *version = (struct version){.number = 1, .count = roster->row_count};
    for (size_t i = 0; i < roster->row_count; i++) {
        enum grid_status status = digest_change(version->digest, &roster->rows[i], true);
        if (status != GRID_OK)
            return status;
    }
    roster_sort_order(roster);
    return GRID_OK;
}
