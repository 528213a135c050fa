/* The rows of all versions in memory, and how a version comes to count (D4, P-103…): ROWS wait
 * until their ROSTER, count and digest of the result must fit, and then the step happens whole. */
#include "libgrid/roster/inside.h"

#include "proto/heap.h"
#include "proto/pack.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *array_grown(void *array, size_t *capacity, size_t count, size_t size)
{
    if (count <= *capacity)
        return array;
    size_t grown = *capacity == 0 ? 16 : *capacity;
    while (grown < count)
        grown *= 2;
    void *fresh = grid_resize(array, grown * size);
    if (fresh != NULL)
        *capacity = grown;
    return fresh;
}

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

const struct row *roster_row_ever(const struct grid_roster *roster, const struct row *key)
{
    uint32_t item = lookup_first(&roster->by_key, row_key_hash(key));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_key, item))
        if (row_compare_keys(&roster->rows[item], key) == 0)
            return &roster->rows[item];
    return NULL;
}

/* The newest row of a key is the one that may still be listed. */
const struct row *roster_row(const struct grid_roster *roster, const struct row *key)
{
    const struct row *row = roster_row_ever(roster, key);
    return row != NULL && row->until == VERSION_NONE ? row : NULL;
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

/* `fresh_first`: the first row that the new version added; they stand in key order. */
static void merge_order(struct grid_roster *roster, size_t fresh_first)
{
    size_t count = 0;
    size_t fresh = fresh_first;
    for (size_t i = 0; i < roster->order_count; i++) {
        const struct row *old = &roster->rows[roster->order[i]];
        while (fresh < roster->row_count && row_compare_keys(&roster->rows[fresh], old) < 0)
            roster->order_spare[count++] = (uint32_t)fresh++;
        if (old->until == VERSION_NONE)
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

static enum grid_status digest_change(
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

/* --- the step to a version --- */

struct op {
    struct row row;
    bool put;
    uint32_t turn; /* the later of two on one key stands */
};

struct step {
    struct op *ops; /* one a key, in key order */
    size_t count;
    uint8_t digest[GRID_HASH_BYTES];
    uint64_t row_count;
};

static int compare_ops(const void *left, const void *right)
{
    const struct op *a = left;
    const struct op *b = right;
    int order = row_compare_keys(&a->row, &b->row);
    return order != 0 ? order : (a->turn > b->turn) - (a->turn < b->turn);
}

/* The bodies were read once when they came; what they hold is canonical. */
static enum grid_status gather_batch(struct step *step, const struct batch *batch)
{
    enum grid_status status = GRID_OK;
    struct reader reader = reader_of(batch->remove);
    (void)read_array(&reader);
    for (size_t i = 0; i < batch->remove_count && status == GRID_OK; i++) {
        struct op *op = &step->ops[step->count];
        op->turn = (uint32_t)step->count++;
        status = row_read_key(read_raw(&reader), &op->row, NULL);
    }
    reader = reader_of(batch->put);
    (void)read_array(&reader);
    for (size_t i = 0; i < batch->put_count && status == GRID_OK; i++) {
        struct op *op = &step->ops[step->count];
        op->turn = (uint32_t)step->count++;
        op->put = true;
        status = row_read(read_raw(&reader), &op->row, NULL);
    }
    return status;
}

static void keep_last_ops(struct step *step)
{
    qsort(step->ops, step->count, sizeof(step->ops[0]), compare_ops);
    size_t kept = 0;
    for (size_t i = 0; i < step->count; i++) {
        bool last = i + 1 == step->count ||
                    row_compare_keys(&step->ops[i].row, &step->ops[i + 1].row) != 0;
        if (last)
            step->ops[kept++] = step->ops[i];
    }
    step->count = kept;
}

/* What does not change anything goes; the rest makes the new digest and count. */
static enum grid_status weigh_ops(const struct grid_roster *roster, struct step *step)
{
    memcpy(step->digest, roster->digest, GRID_HASH_BYTES);
    step->row_count = roster->order_count;
    size_t kept = 0;
    for (size_t i = 0; i < step->count; i++) {
        const struct op *op = &step->ops[i];
        const struct row *old = roster_row(roster, &op->row);
        if (old == NULL && !op->put)
            continue;
        if (old != NULL && op->put && bytes_equal(old->raw, op->row.raw))
            continue;
        enum grid_status status = GRID_OK;
        if (old != NULL)
            status = digest_change(step->digest, old, false);
        if (status == GRID_OK && op->put)
            status = digest_change(step->digest, &op->row, true);
        if (status != GRID_OK)
            return status;
        step->row_count += op->put ? 1 : 0;
        step->row_count -= old != NULL ? 1 : 0;
        step->ops[kept++] = *op;
    }
    step->count = kept;
    return GRID_OK;
}

static enum grid_status step_gather(
        const struct grid_roster *roster, uint32_t version, struct step *step)
{
    size_t count = 0;
    for (const struct batch *batch = roster->batches; batch != NULL; batch = batch->next)
        if (batch->version == version)
            count += batch->put_count + batch->remove_count;
    step->ops = grid_alloc_array(count, sizeof(step->ops[0]));
    if (step->ops == NULL)
        return GRID_NOMEM;
    enum grid_status status = GRID_OK;
    for (const struct batch *batch = roster->batches; batch != NULL && status == GRID_OK;
            batch = batch->next)
        if (batch->version == version)
            status = gather_batch(step, batch);
    if (status != GRID_OK)
        return status;
    keep_last_ops(step);
    return weigh_ops(roster, step);
}

static bool reserve_step(struct grid_roster *roster, size_t rows)
{
    struct version *versions = array_grown(roster->versions, &roster->version_capacity,
            roster->version_count + 1, sizeof(roster->versions[0]));
    if (versions == NULL)
        return false;
    roster->versions = versions;
    return roster_reserve(roster, rows);
}

/* Nothing here can fail: the memory is there and all is checked. */
static void step_apply(struct grid_roster *roster, const struct step *step,
        const uint8_t leaf[static GRID_HASH_BYTES])
{
    uint32_t version = (uint32_t)roster->version_count + 1;
    size_t fresh_first = roster->row_count;
    for (size_t i = 0; i < step->count; i++) {
        const struct op *op = &step->ops[i];
        const struct row *old = roster_row(roster, &op->row);
        if (old != NULL)
            roster->rows[old - roster->rows].until = version;
        if (op->put)
            roster_append(roster, &op->row, version);
    }
    merge_order(roster, fresh_first);
    memcpy(roster->digest, step->digest, GRID_HASH_BYTES);
    memcpy(roster->versions[roster->version_count++].leaf, leaf, GRID_HASH_BYTES);
    assert(roster->order_count == step->row_count);
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

static enum grid_status check_unit(
        const struct grid_roster *roster, struct bytes unit, struct grid_error *error)
{
    if (place_kind(unit) == GRID_PLACE_NONE || unit.size >= GRID_PLACE_BYTES)
        return grid_fail(error, GRID_MALFORMED, "roster_unit", "%.*s", (int)unit.size, unit.data);
    /* One roster has one writer; a node that holds several keeps one of us for each. */
    if (roster->unit[0] != '\0' && !bytes_equal(unit, bytes_text(roster->unit)))
        return grid_fail(error, GRID_REFUSED, "roster_other_unit", "%.*s" GRID_ARG "%s",
                (int)unit.size, unit.data, roster->unit);
    return GRID_OK;
}

static void take_unit(struct grid_roster *roster, struct bytes unit)
{
    memcpy(roster->unit, unit.data, unit.size);
    roster->unit[unit.size] = '\0';
}

static bool batch_known(const struct grid_roster *roster, const struct rows_body *rows)
{
    for (const struct batch *batch = roster->batches; batch != NULL; batch = batch->next)
        if (batch->version == rows->version && bytes_equal(batch->put, rows->put) &&
                bytes_equal(batch->remove, rows->remove))
            return true;
    return false;
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
    enum grid_status status = check_unit(roster, rows->unit, error);
    if (status != GRID_OK)
        return status;
    if (rows->version == 0 || rows->version == VERSION_NONE)
        return grid_fail(error, GRID_MALFORMED, "roster_row", "%zu", rows->put.size);
    if (rows->version <= roster->version_count || batch_known(roster, rows))
        return GRID_OK; /* a repeat */
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

static bool predecessor_fits(const struct grid_roster *roster, const struct waiting *roster_entry)
{
    if (roster->version_count == 0)
        return roster_entry->predecessor_bytes == 0;
    return roster_entry->predecessor_bytes == GRID_ID_BYTES &&
           memcmp(roster_entry->predecessor, roster->versions[roster->version_count - 1].leaf,
                   GRID_ID_BYTES) == 0;
}

/* The version after the latest: it counts now or never. */
static enum grid_status take_next(
        struct grid_roster *roster, const struct waiting *roster_entry, struct grid_error *error)
{
    if (!predecessor_fits(roster, roster_entry))
        return grid_fail(error, GRID_MALFORMED, "roster_predecessor", "%u", roster_entry->version);
    struct step step = {0};
    enum grid_status status = step_gather(roster, roster_entry->version, &step);
    bool fits = status == GRID_OK && step.row_count == roster_entry->count &&
                memcmp(step.digest, roster_entry->digest, GRID_HASH_BYTES) == 0;
    if (status == GRID_OK && !fits)
        status = grid_fail(error, GRID_MALFORMED, "roster_digest",
                "%u" GRID_ARG "%llu" GRID_ARG "%llu", roster_entry->version,
                (unsigned long long)roster_entry->count, (unsigned long long)step.row_count);
    if (status == GRID_OK && roster->row_count + step.count > ROW_ROWS_MAX)
        status = grid_fail(error, GRID_LIMIT, "roster_limit", "%d", ROW_ROWS_MAX);
    if (status == GRID_OK && !reserve_step(roster, step.count))
        status = GRID_NOMEM;
    if (status == GRID_OK)
        step_apply(roster, &step, roster_entry->leaf);
    grid_free(step.ops);
    if (status == GRID_OK || status == GRID_MALFORMED)
        settle_batches(roster, roster_entry->version, status == GRID_OK);
    return status;
}

static enum grid_status keep_waiting(
        struct grid_roster *roster, const struct waiting *roster_entry, struct grid_error *error)
{
    enum { WAITING_MAX = 1024 };
    for (size_t i = 0; i < roster->waiting_count; i++)
        if (memcmp(roster->waiting[i].leaf, roster_entry->leaf, GRID_HASH_BYTES) == 0)
            return GRID_OK;
    if (roster->waiting_count == WAITING_MAX)
        return grid_fail(error, GRID_LIMIT, "roster_limit", "%d", WAITING_MAX);
    struct waiting *waiting = array_grown(roster->waiting, &roster->waiting_capacity,
            roster->waiting_count + 1, sizeof(roster->waiting[0]));
    if (waiting == NULL)
        return GRID_NOMEM;
    roster->waiting = waiting;
    roster->waiting[roster->waiting_count++] = *roster_entry;
    return GRID_OK;
}

/* Takes out one that waited for the latest version; false when there is none. */
static bool waiting_next(struct grid_roster *roster, struct waiting *out)
{
    for (size_t i = 0; i < roster->waiting_count; i++) {
        if (roster->waiting[i].version != roster->version_count + 1)
            continue;
        *out = roster->waiting[i];
        roster->waiting[i] = roster->waiting[--roster->waiting_count];
        return true;
    }
    return false;
}

enum grid_status roster_take_roster(struct grid_roster *roster, const struct roster_body *body,
        const uint8_t leaf[static GRID_HASH_BYTES], struct grid_error *error)
{
    enum grid_status status = check_unit(roster, body->unit, error);
    if (status != GRID_OK)
        return status;
    struct waiting next = {.version = body->version, .count = body->count};
    memcpy(next.digest, body->digest, GRID_HASH_BYTES);
    memcpy(next.leaf, leaf, GRID_HASH_BYTES);
    next.predecessor_bytes = body->predecessor.size;
    if (body->predecessor.size == GRID_ID_BYTES)
        memcpy(next.predecessor, body->predecessor.data, GRID_ID_BYTES);

    if (body->version == 0 || body->version == VERSION_NONE)
        return grid_fail(error, GRID_MALFORMED, "roster_predecessor", "%u", body->version);
    if (body->version <= roster->version_count) {
        const struct version *held = &roster->versions[body->version - 1];
        if (memcmp(held->leaf, leaf, GRID_HASH_BYTES) == 0)
            return GRID_OK; /* a repeat */
        return grid_fail(error, GRID_MALFORMED, "roster_predecessor", "%u", body->version);
    }
    if (body->version > roster->version_count + 1)
        return keep_waiting(roster, &next, error);

    status = take_next(roster, &next, error);
    if (status == GRID_OK)
        take_unit(roster, body->unit);
    /* What waited was accepted before; whether it fits now is not the fault of this one. */
    while (status == GRID_OK && waiting_next(roster, &next)) {
        status = take_next(roster, &next, NULL);
        if (status == GRID_MALFORMED || status == GRID_LIMIT)
            status = GRID_OK;
    }
    return status;
}

/* --- from files --- */

static int compare_order(const void *left, const void *right, void *context)
{
    const struct grid_roster *roster = context;
    return row_compare_keys(
            &roster->rows[*(const uint32_t *)left], &roster->rows[*(const uint32_t *)right]);
}

enum grid_status roster_complete(struct grid_roster *roster)
{
    assert(roster->version_count == 0);
    if (!reserve_step(roster, 1))
        return GRID_NOMEM;
    for (size_t i = 0; i < roster->row_count; i++) {
        enum grid_status status = digest_change(roster->digest, &roster->rows[i], true);
        if (status != GRID_OK)
            return status;
        roster->order[i] = (uint32_t)i;
    }
    roster->order_count = roster->row_count;
    qsort_r(roster->order, roster->order_count, sizeof(roster->order[0]), compare_order, roster);
    find_starts(roster);
    roster->versions[roster->version_count++] = (struct version){0};
    return GRID_OK;
}
