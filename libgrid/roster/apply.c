/* The step to a version: the ops of its ROWS, what they make of the version it follows, and the
 * change of rows, order and latest that no longer can fail (P-103, P-104). */
#include "libgrid/roster/inside.h"

#include "proto/heap.h"
#include "proto/pack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

/* What changes nothing in the version at `base` goes; the rest makes the new digest and count. */
static enum grid_status weigh_ops(
        const struct grid_roster *roster, uint32_t base, struct step *step)
{
    if (base > 0) {
        memcpy(step->digest, roster->versions[base - 1].digest, GRID_HASH_BYTES);
        step->row_count = roster->versions[base - 1].count;
    }
    size_t kept = 0;
    for (size_t i = 0; i < step->count; i++) {
        const struct op *op = &step->ops[i];
        const struct row *old = roster_row_at(roster, &op->row, base);
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

/* The ops of all ROWS that wait for this version number. */
static enum grid_status step_gather(
        const struct grid_roster *roster, uint32_t version, uint32_t base, struct step *step)
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
    return weigh_ops(roster, base, step);
}

static const struct op *find_op(const struct step *step, const struct row *key)
{
    size_t low = 0;
    size_t high = step->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = row_compare_keys(&step->ops[middle].row, key);
        if (order == 0)
            return &step->ops[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void add_op(struct step *step, const struct row *row, bool put)
{
    step->ops[step->count++] = (struct op){.row = *row, .put = put};
}

/* A version that follows another than the last one held: its rows as ops on the last one, since
 * rows tell their versions by one run of places. */
static enum grid_status step_rebase(
        const struct grid_roster *roster, uint32_t base, struct step *step)
{
    uint32_t last = (uint32_t)roster->version_count;
    if (base == last)
        return GRID_OK;
    struct step whole = {.row_count = step->row_count};
    memcpy(whole.digest, step->digest, GRID_HASH_BYTES);
    whole.ops = grid_alloc_array(roster->row_count + step->count, sizeof(whole.ops[0]));
    if (whole.ops == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < step->count; i++) {
        const struct op *op = &step->ops[i];
        const struct row *held = roster_row_at(roster, &op->row, last);
        bool same = held != NULL && op->put && bytes_equal(held->raw, op->row.raw);
        if (!same && (op->put || held != NULL))
            add_op(&whole, &op->row, op->put);
    }
    for (size_t i = 0; i < roster->row_count; i++) {
        const struct row *row = &roster->rows[i];
        if (find_op(step, row) != NULL)
            continue;
        if (row_listed(row, base)) {
            const struct row *held = roster_row_at(roster, row, last);
            if (held == NULL || !bytes_equal(held->raw, row->raw))
                add_op(&whole, row, true);
        } else if (row_listed(row, last) && roster_row_at(roster, row, base) == NULL) {
            add_op(&whole, row, false);
        }
    }
    qsort(whole.ops, whole.count, sizeof(whole.ops[0]), compare_ops);
    grid_free(step->ops);
    *step = whole;
    return GRID_OK;
}

/* The same answer on every node that holds both: the higher number, then the greater leaf. */
static bool is_latest(const struct grid_roster *roster, const struct version *version)
{
    if (roster->latest == 0)
        return true;
    const struct version *latest = &roster->versions[roster->latest - 1];
    if (version->number != latest->number)
        return version->number > latest->number;
    return memcmp(version->leaf, latest->leaf, GRID_HASH_BYTES) > 0;
}

/* Nothing here can fail: the memory is there and all is checked. */
static void step_apply(
        struct grid_roster *roster, const struct step *step, const struct version *version)
{
    uint32_t last = (uint32_t)roster->version_count;
    uint32_t place = last + 1;
    size_t fresh_first = roster->row_count;
    for (size_t i = 0; i < step->count; i++) {
        const struct op *op = &step->ops[i];
        const struct row *old = roster_row_at(roster, &op->row, last);
        if (old != NULL)
            roster->rows[old - roster->rows].until = place;
        if (op->put)
            roster_append(roster, &op->row, place);
    }
    bool follows = roster->latest == last;
    bool is_new = is_latest(roster, version);
    roster->versions[roster->version_count++] = *version;
    if (!is_new)
        return;
    roster->latest = place;
    if (follows)
        roster_merge_order(roster, fresh_first);
    else
        roster_sort_order(roster);
    assert(roster->order_count == version->count);
}

static bool same_content(const struct version *a, uint64_t count, const uint8_t *digest)
{
    return a->count == count && memcmp(a->digest, digest, GRID_HASH_BYTES) == 0;
}

/* The files of a lost version imported once more: the same rows under another ROSTER. */
static uint32_t equal_place(const struct grid_roster *roster, const struct version *version)
{
    for (size_t i = 0; i < roster->version_count; i++)
        if (same_content(&roster->versions[i], version->count, version->digest))
            return (uint32_t)i + 1;
    return 0;
}

/* The ops that lead from the last version held to this one; GRID_MALFORMED when none do. */
static enum grid_status step_find(const struct grid_roster *roster, const struct version *version,
        uint32_t base, struct step *step, struct grid_error *error)
{
    enum grid_status status = step_gather(roster, version->number, base, step);
    if (status != GRID_OK)
        return status;
    if (!same_content(version, step->row_count, step->digest)) {
        base = equal_place(roster, version);
        if (base == 0)
            return grid_fail(error, GRID_MALFORMED, "roster_digest",
                    "%u" GRID_ARG "%llu" GRID_ARG "%llu", version->number,
                    (unsigned long long)version->count, (unsigned long long)step->row_count);
        step->count = 0;
    }
    return step_rebase(roster, base, step);
}

enum grid_status roster_apply(struct grid_roster *roster, const struct version *version,
        uint32_t base, struct grid_error *error)
{
    struct step step = {0};
    enum grid_status status = step_find(roster, version, base, &step, error);
    if (status == GRID_OK && roster->row_count + step.count > ROW_ROWS_MAX)
        status = grid_fail(error, GRID_LIMIT, "roster_limit", "%d", ROW_ROWS_MAX);
    if (status == GRID_OK && !roster_reserve_version(roster, step.count))
        status = GRID_NOMEM;
    if (status == GRID_OK)
        step_apply(roster, &step, version);
    grid_free(step.ops);
    return status;
}
