/* ROWS and ROSTER as they come from the log (D4, P-103…): ROWS wait for their ROSTER, a ROSTER for
 * the one it follows; then the version counts, whole or not at all. */
#include "libgrid/roster/inside.h"

#include "proto/heap.h"
#include "proto/pack.h"

#include <string.h>

static bool same_batch(
        const struct batch *a, uint32_t version, struct bytes put, struct bytes remove)
{
    return a->version == version && bytes_equal(a->put, put) && bytes_equal(a->remove, remove);
}

static bool batch_among(
        const struct batch *batches, uint32_t version, struct bytes put, struct bytes remove)
{
    for (const struct batch *batch = batches; batch != NULL; batch = batch->next)
        if (same_batch(batch, version, put, remove))
            return true;
    return false;
}

/* A ROSTER came again, and so did its ROWS. */
static void drop_repeats(struct grid_roster *roster, uint32_t version)
{
    struct batch **at = &roster->batches;
    while (*at != NULL) {
        struct batch *batch = *at;
        if (batch->version != version ||
                !batch_among(roster->kept, version, batch->put, batch->remove)) {
            at = &batch->next;
            continue;
        }
        *at = batch->next;
        roster->waiting_bytes -= batch->put.size + batch->remove.size;
        grid_free(batch);
    }
}

/* The bodies of a version that counts carry its texts from now on; of one that was refused they
 * go, so that a second attempt starts clean. */
static void settle_batches(struct grid_roster *roster, uint32_t version, bool counts)
{
    struct batch **at = &roster->batches;
    while (*at != NULL) {
        struct batch *batch = *at;
        if (batch->version != version) {
            at = &batch->next;
            continue;
        }
        *at = batch->next;
        roster->waiting_bytes -= batch->put.size + batch->remove.size;
        batch->next = counts ? roster->kept : NULL;
        if (counts)
            roster->kept = batch;
        else
            grid_free(batch);
    }
}

/* --- ROWS --- */

/* One roster has one writer: which one of them all an entry belongs to. */
static enum grid_status find_roster(
        struct grid_roster **roster, struct bytes unit, struct grid_error *error)
{
    if (place_kind(unit) == GRID_PLACE_NONE || unit.size >= GRID_PLACE_BYTES)
        return grid_fail(error, GRID_MALFORMED, "roster_unit", "%.*s", (int)unit.size, unit.data);
    *roster = roster_written_by(*roster, unit);
    return *roster == NULL ? GRID_NOMEM : GRID_OK;
}

/* Every row and key is read once here, so that a bad body is refused and not its ROSTER. */
static enum grid_status batch_check(struct batch *batch, struct grid_error *error)
{
    struct row row;
    enum grid_status status = GRID_OK;
    struct reader reader = reader_of(batch->put);
    batch->put_count = read_array(&reader);
    for (size_t i = 0; i < batch->put_count && status == GRID_OK; i++)
        status = row_read(read_raw(&reader), &row, error);
    if (status == GRID_OK && !reader_done(&reader))
        status = grid_fail(error, GRID_MALFORMED, "roster_row", "%zu", batch->put.size);
    reader = reader_of(batch->remove);
    batch->remove_count = read_array(&reader);
    for (size_t i = 0; i < batch->remove_count && status == GRID_OK; i++)
        status = row_read_key(read_raw(&reader), &row, error);
    if (status == GRID_OK && !reader_done(&reader))
        status = grid_fail(error, GRID_MALFORMED, "roster_row", "%zu", batch->remove.size);
    return status;
}

static void batch_wait(struct grid_roster *roster, struct batch *batch)
{
    struct batch **at = &roster->batches;
    while (*at != NULL)
        at = &(*at)->next;
    *at = batch;
    roster->waiting_bytes += batch->put.size + batch->remove.size;
}

enum grid_status roster_take_rows(
        struct grid_roster *roster, const struct rows_body *rows, struct grid_error *error)
{
    enum grid_status status = find_roster(&roster, rows->unit, error);
    if (status != GRID_OK)
        return status;
    if (rows->version == 0 || rows->version == VERSION_NONE)
        return grid_fail(error, GRID_MALFORMED, "roster_row", "%zu", rows->put.size);
    if (batch_among(roster->batches, rows->version, rows->put, rows->remove))
        return GRID_OK; /* a repeat; of what counts already its ROSTER will tell */
    size_t size = rows->put.size + rows->remove.size;
    if (size > ROW_WAITING_MAX - roster->waiting_bytes)
        return grid_fail(error, GRID_LIMIT, "roster_limit", "%d", ROW_WAITING_MAX);

    struct batch *batch = grid_alloc(sizeof(*batch) + size);
    if (batch == NULL)
        return GRID_NOMEM;
    batch->version = rows->version;
    batch->put = bytes_of(batch->data, rows->put.size);
    batch->remove = bytes_of(batch->data + rows->put.size, rows->remove.size);
    if (rows->put.size > 0)
        memcpy(batch->data, rows->put.data, rows->put.size);
    if (rows->remove.size > 0)
        memcpy(batch->data + rows->put.size, rows->remove.data, rows->remove.size);
    status = batch_check(batch, error);
    if (status == GRID_OK)
        batch_wait(roster, batch);
    else
        grid_free(batch);
    return status;
}

/* --- ROSTER --- */

/* The place of the version that an entry follows: 0 for the first, `held` false when it is not
 * here. */
static uint32_t predecessor_place(
        const struct grid_roster *roster, const struct waiting *next, bool *held)
{
    *held = next->predecessor_bytes == 0;
    for (size_t i = roster->version_count; i-- > 0 && !*held;) {
        *held = memcmp(roster->versions[i].leaf, next->predecessor, GRID_ID_BYTES) == 0;
        if (*held)
            return (uint32_t)i + 1;
    }
    return 0;
}

/* Its predecessor is held: it counts now or never. */
static enum grid_status take_next(struct grid_roster *roster, const struct version *version,
        uint32_t base, struct grid_error *error)
{
    enum grid_status status = roster_apply(roster, version, base, error);
    if (status == GRID_OK || status == GRID_MALFORMED)
        settle_batches(roster, version->number, status == GRID_OK);
    return status;
}

static enum grid_status keep_waiting(
        struct grid_roster *roster, const struct waiting *next, struct grid_error *error)
{
    enum { WAITING_MAX = 1024 };
    for (size_t i = 0; i < roster->waiting_count; i++)
        if (memcmp(roster->waiting[i].version.leaf, next->version.leaf, GRID_HASH_BYTES) == 0)
            return GRID_OK;
    if (roster->waiting_count == WAITING_MAX)
        return grid_fail(error, GRID_LIMIT, "roster_limit", "%d", WAITING_MAX);
    struct waiting *waiting = array_grown(roster->waiting, &roster->waiting_capacity,
            roster->waiting_count + 1, sizeof(roster->waiting[0]));
    if (waiting == NULL)
        return GRID_NOMEM;
    roster->waiting = waiting;
    roster->waiting[roster->waiting_count++] = *next;
    return GRID_OK;
}

/* Takes out one whose predecessor has come; false when there is none. */
static bool waiting_next(struct grid_roster *roster, struct waiting *out, uint32_t *base)
{
    for (size_t i = 0; i < roster->waiting_count; i++) {
        bool held = false;
        *base = predecessor_place(roster, &roster->waiting[i], &held);
        if (!held)
            continue;
        *out = roster->waiting[i];
        roster->waiting[i] = roster->waiting[--roster->waiting_count];
        return true;
    }
    return false;
}

static bool leaf_held(const struct grid_roster *roster, const uint8_t *leaf)
{
    for (size_t i = 0; i < roster->version_count; i++)
        if (memcmp(roster->versions[i].leaf, leaf, GRID_HASH_BYTES) == 0)
            return true;
    return false;
}

/* Numbers count up by one along the chain of predecessors. */
static bool number_fits(
        const struct grid_roster *roster, const struct version *version, uint32_t base)
{
    return version->number == (base == 0 ? 0 : roster->versions[base - 1].number) + 1;
}

static enum grid_status take_or_keep(
        struct grid_roster *roster, const struct waiting *next, struct grid_error *error)
{
    bool held = false;
    uint32_t base = predecessor_place(roster, next, &held);
    if (!held)
        return keep_waiting(roster, next, error);
    if (!number_fits(roster, &next->version, base))
        return grid_fail(error, GRID_MALFORMED, "roster_predecessor", "%u", next->version.number);
    return take_next(roster, &next->version, base, error);
}

/* What waited was accepted before; whether it fits now is not the fault of the one that came. */
static enum grid_status take_waiting(struct grid_roster *roster)
{
    struct waiting next;
    uint32_t base;
    while (waiting_next(roster, &next, &base)) {
        if (!number_fits(roster, &next.version, base))
            continue;
        if (take_next(roster, &next.version, base, NULL) == GRID_NOMEM)
            return GRID_NOMEM;
    }
    return GRID_OK;
}

enum grid_status roster_take_roster(struct grid_roster *roster, const struct roster_body *body,
        const uint8_t leaf[static GRID_HASH_BYTES], struct grid_error *error)
{
    enum grid_status status = find_roster(&roster, body->unit, error);
    if (status != GRID_OK)
        return status;
    if (body->version == 0 || body->version == VERSION_NONE ||
            (body->predecessor.size != 0 && body->predecessor.size != GRID_ID_BYTES))
        return grid_fail(error, GRID_MALFORMED, "roster_predecessor", "%u", body->version);
    if (leaf_held(roster, leaf)) {
        drop_repeats(roster, body->version);
        return GRID_OK;
    }
    struct waiting next = {.version = {.number = body->version, .count = body->count},
            .predecessor_bytes = body->predecessor.size};
    memcpy(next.version.digest, body->digest, GRID_HASH_BYTES);
    memcpy(next.version.leaf, leaf, GRID_HASH_BYTES);
    if (body->predecessor.size > 0)
        memcpy(next.predecessor, body->predecessor.data, GRID_ID_BYTES);
    status = take_or_keep(roster, &next, error);
    if (status == GRID_OK)
        roster_name(roster, body->unit);
    return status == GRID_OK ? take_waiting(roster) : status;
}
