/* The ordered content of a bucket: appended, walked, counted anew. */
#include "libgrid/sync/bucket.h"
#include "proto/heap.h"

#include <assert.h>
#include <string.h>

/* --- numbers of a run --- */

static void pack_number(struct buffer *out, uint64_t number)
{
    uint8_t byte = 0;
    for (; number >= 0x80; number >>= 7) {
        byte = (uint8_t)(number | 0x80);
        buffer_append(out, &byte, 1);
    }
    byte = (uint8_t)number;
    buffer_append(out, &byte, 1);
}

static bool read_number(struct bytes *in, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 63 && in->size > 0; shift += 7) {
        uint8_t byte = *in->data++;
        in->size--;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* The disk is outside too: GRID_STORAGE unless the numbers are a run. */
static enum grid_status read_run(
        const struct store_bucket_run *stored, struct bucket_run *out, struct grid_error *error)
{
    struct bytes rest = stored->seqs;
    uint64_t next = 1;
    *out = (struct bucket_run){.stream = stored->stream, .position = stored->position};
    while (rest.size > 0) {
        uint64_t skip = 0;
        uint64_t take = 0;
        bool good = out->span_count < GRID_SEGMENT_ENTRIES_MAX && read_number(&rest, &skip) &&
                    read_number(&rest, &take) && skip <= GRID_SEQ_MAX && take > 0 &&
                    take <= GRID_SEGMENT_ENTRIES_MAX;
        if (!good)
            return grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "bucket_run");
        out->spans[out->span_count++] = (struct seq_span){next + skip, take};
        next += skip + take;
        out->count += take;
    }
    return out->count == stored->count && out->count > 0 && next <= GRID_SEQ_MAX + 1
                   ? GRID_OK
                   : grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "bucket_run");
}

/* --- the table --- */

static uint32_t name_hash(enum store_side_of_bucket side, struct bytes name)
{
    return lookup_hash((uint32_t)side, name);
}

struct bucket *bucket_find(
        const struct buckets_held *buckets, enum store_side_of_bucket side, struct bytes name)
{
    uint32_t item = lookup_first(&buckets->by_name, name_hash(side, name));
    for (; item != LOOKUP_END; item = lookup_next(&buckets->by_name, item)) {
        struct bucket *bucket = buckets->items[item];
        if (bucket->side == side && bytes_equal(bytes_text(bucket->name), name))
            return bucket;
    }
    return NULL;
}

/* The unit in a name of this form; size 0: it has another. */
static struct bytes unit_in(const struct bucket *bucket, const char *form)
{
    size_t size = strlen(form);
    bool has = strncmp(bucket->name, form, size) == 0;
    return has ? bytes_text(bucket->name + size) : (struct bytes){0};
}

static struct bucket *add(
        struct buckets_held *buckets, enum store_side_of_bucket side, struct bytes name)
{
    if (buckets->count == buckets->capacity) {
        size_t capacity = buckets->capacity == 0 ? 16 : buckets->capacity * 2;
        struct bucket **grown = grid_resize(buckets->items, capacity * sizeof(struct bucket *));
        if (grown == NULL)
            return NULL;
        buckets->items = grown;
        buckets->capacity = capacity;
    }
    struct bucket *bucket = lookup_reserve(&buckets->by_name, buckets->count + 1)
                                    ? grid_alloc(sizeof(*bucket))
                                    : NULL;
    if (bucket == NULL)
        return NULL;
    assert(name.size <= GRID_BUCKET_BYTES);
    bucket->side = side;
    bucket->no = (uint32_t)buckets->count + 1;
    if (name.size > 0)
        memcpy(bucket->name, name.data, name.size);
    bucket->below = unit_in(bucket, "below/");
    bucket->roster = unit_in(bucket, "roster/");
    lookup_add(&buckets->by_name, name_hash(side, name), true);
    buckets->items[buckets->count++] = bucket;
    return bucket;
}

void bucket_touch(struct buckets_held *buckets, struct bucket *bucket)
{
    if (bucket->changed)
        return;
    bucket->changed = true;
    bucket->next_changed = buckets->changed;
    buckets->changed = bucket;
}

enum grid_status bucket_make(struct buckets_held *buckets, enum store_side_of_bucket side,
        struct bytes name, struct bucket **out, struct grid_error *error)
{
    *out = bucket_find(buckets, side, name);
    if (*out != NULL)
        return GRID_OK;
    *out = add(buckets, side, name);
    if (*out == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    (*out)->state = side == STORE_FILLED_HERE ? BUCKET_WHOLE : BUCKET_FILLING;
    bucket_touch(buckets, *out);
    return GRID_OK;
}

struct loading {
    struct buckets_held *buckets;
    struct grid_error *error;
};

static enum grid_status load(void *context, const struct store_bucket *row)
{
    struct loading *loading = context;
    if (row->no != loading->buckets->count + 1 || row->name.size > GRID_BUCKET_BYTES ||
            row->side > STORE_FROM_PARENT || row->state > BUCKET_GONE)
        return grid_fail(loading->error, GRID_STORAGE, "database_corrupt", "%s", "bucket");
    struct bucket *bucket = add(loading->buckets, (enum store_side_of_bucket)row->side, row->name);
    if (bucket == NULL)
        return grid_fail(loading->error, GRID_NOMEM, "out_of_memory", "%s", "");
    memcpy(bucket->epoch, row->epoch, sizeof(bucket->epoch));
    memcpy(bucket->digest, row->digest, sizeof(bucket->digest));
    bucket->position = row->position;
    bucket->state = (enum bucket_state)row->state;
    bucket->restarts = row->restarts;
    bucket->repairs = row->repairs;
    return GRID_OK;
}

enum grid_status buckets_open(
        struct buckets_held *buckets, struct log *log, struct grid_error *error)
{
    struct loading loading = {buckets, error};
    *buckets = (struct buckets_held){.log = log};
    return store_bucket_each(log->store, load, &loading, error);
}

void buckets_close(struct buckets_held *buckets)
{
    for (size_t i = 0; i < buckets->count; i++) {
        buffer_close(&buckets->items[i]->tail.seqs);
        grid_free(buckets->items[i]);
    }
    grid_free(buckets->items);
    lookup_close(&buckets->by_name);
    *buckets = (struct buckets_held){0};
}

/* --- appending --- */

static void spell_span(struct bucket_tail *tail)
{
    pack_number(&tail->seqs, tail->span.first - tail->spelled_seq);
    pack_number(&tail->seqs, tail->span.count);
    tail->spelled_seq = tail->span.first + tail->span.count;
}

static enum grid_status flush_tail(
        struct buckets_held *buckets, struct bucket *bucket, struct grid_error *error)
{
    struct bucket_tail *tail = &bucket->tail;
    if (!tail->dirty)
        return GRID_OK;
    /* The open span is spelled for the row alone: it may grow yet. */
    size_t size = tail->seqs.size;
    uint64_t spelled = tail->spelled_seq;
    spell_span(tail);
    if (tail->seqs.failed)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    struct store_bucket_run run = {.position = tail->position,
            .stream = tail->stream,
            .count = tail->count,
            .seqs = buffer_bytes(&tail->seqs)};
    enum grid_status status = store_bucket_run_put(buckets->log->store, bucket->no, &run, error);
    tail->seqs.size = size;
    tail->spelled_seq = spelled;
    tail->dirty = false;
    return status;
}

static void begin_run(struct bucket *bucket, uint32_t stream, uint64_t seq)
{
    struct bucket_tail *tail = &bucket->tail;
    buffer_clear(&tail->seqs);
    tail->position = bucket->position + 1;
    tail->stream = stream;
    tail->count = 0;
    tail->spelled_seq = 1;
    tail->span = (struct seq_span){seq, 0};
    tail->next_seq = seq;
}

enum grid_status bucket_append(struct buckets_held *buckets, struct bucket *bucket, uint32_t stream,
        uint64_t seq, const uint8_t *leaf, struct grid_error *error)
{
    struct bucket_tail *tail = &bucket->tail;
    bool goes_on = tail->position != 0 && tail->stream == stream && tail->next_seq <= seq &&
                   tail->count < GRID_SEGMENT_ENTRIES_MAX;
    if (!goes_on) {
        enum grid_status status = flush_tail(buckets, bucket, error);
        if (status != GRID_OK)
            return status;
        begin_run(bucket, stream, seq);
    }
    if (seq != tail->next_seq) {
        spell_span(tail);
        tail->span = (struct seq_span){seq, 0};
    }
    tail->span.count++;
    tail->count++;
    tail->next_seq = seq + 1;
    tail->dirty = true;
    bucket->position++;
    bucket_touch(buckets, bucket);
    buckets->appended++;
    if (leaf != NULL)
        sum_add(bucket->digest, leaf);
    return GRID_OK;
}

enum grid_status bucket_clear(
        struct buckets_held *buckets, struct bucket *bucket, struct grid_error *error)
{
    bucket->tail.position = 0;
    bucket->tail.dirty = false;
    bucket->position = 0;
    memset(bucket->digest, 0, sizeof(bucket->digest));
    bucket_touch(buckets, bucket);
    bucket->lacking = bucket->orphaned = false;
    bucket->is_told = false;
    return store_bucket_clear(buckets->log->store, bucket->no, error);
}

static enum grid_status write_row(
        struct buckets_held *buckets, const struct bucket *bucket, struct grid_error *error)
{
    struct store_bucket row = {.no = bucket->no,
            .side = bucket->side,
            .name = bytes_text(bucket->name),
            .position = bucket->position,
            .state = bucket->state,
            .restarts = bucket->restarts,
            .repairs = bucket->repairs};
    memcpy(row.epoch, bucket->epoch, sizeof(row.epoch));
    memcpy(row.digest, bucket->digest, sizeof(row.digest));
    return store_bucket_put(buckets->log->store, &row, error);
}

enum grid_status buckets_flush(struct buckets_held *buckets, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    while (buckets->changed != NULL && status == GRID_OK) {
        struct bucket *bucket = buckets->changed;
        buckets->changed = bucket->next_changed;
        bucket->changed = false;
        status = flush_tail(buckets, bucket, error);
        if (status == GRID_OK)
            status = write_row(buckets, bucket, error);
    }
    return status;
}

/* --- walking --- */

struct walking {
    bucket_run_fn *each;
    void *context;
    struct bucket_run *run; /* bucket_run_at: the one that was looked for */
    bool found;
    struct grid_error *error;
};

static enum grid_status keep_run(void *context, const struct store_bucket_run *stored)
{
    struct walking *walking = context;
    walking->found = true;
    return read_run(stored, walking->run, walking->error);
}

/* Lets go of the first `count` entries. */
static void drop_front(struct bucket_run *run, uint64_t count)
{
    size_t gone = 0;
    run->position += count;
    run->count -= count;
    while (count > 0 && count >= run->spans[gone].count)
        count -= run->spans[gone++].count;
    run->span_count -= gone;
    memmove(run->spans, run->spans + gone, run->span_count * sizeof(run->spans[0]));
    if (count > 0) {
        run->spans[0].first += count;
        run->spans[0].count -= count;
    }
}

enum grid_status bucket_run_at(struct buckets_held *buckets, struct bucket *bucket,
        uint64_t position, struct bucket_run *out, struct grid_error *error)
{
    struct walking walking = {.run = out, .error = error};
    enum grid_status status = flush_tail(buckets, bucket, error);
    if (status == GRID_OK)
        status = store_bucket_run_at(
                buckets->log->store, bucket->no, position, keep_run, &walking, error);
    if (status != GRID_OK)
        return status;
    if (!walking.found || position >= out->position + out->count ||
            out->stream > buckets->log->stream_count || out->stream == 0)
        return grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "bucket_run");
    drop_front(out, position - out->position);
    return GRID_OK;
}

static enum grid_status walk_run(void *context, const struct store_bucket_run *stored)
{
    struct walking *walking = context;
    enum grid_status status = read_run(stored, walking->run, walking->error);
    return status == GRID_OK ? walking->each(walking->context, walking->run) : status;
}

enum grid_status bucket_each_run(struct buckets_held *buckets, struct bucket *bucket,
        bucket_run_fn *each, void *context, struct grid_error *error)
{
    struct bucket_run run;
    struct walking walking = {.each = each, .context = context, .run = &run, .error = error};
    enum grid_status status = flush_tail(buckets, bucket, error);
    if (status == GRID_OK)
        status = store_bucket_run_each(buckets->log->store, bucket->no, walk_run, &walking, error);
    return status;
}

struct counting {
    struct log *log;
    struct bucket_count *out;
    struct grid_error *error;
};

static enum grid_status count_run(void *context, const struct bucket_run *run)
{
    const struct counting *counting = context;
    enum grid_status status = GRID_OK;
    if (run->position != counting->out->count + counting->out->missing + 1 || run->stream == 0 ||
            run->stream > counting->log->stream_count) {
        counting->out->missing += run->count + 1; /* a run before it is gone */
        return GRID_OK;
    }
    for (size_t i = 0; i < run->span_count; i++)
        for (uint64_t at = 0; at < run->spans[i].count && status == GRID_OK; at++) {
            struct entry entry;
            struct store_entry stored;
            bool found = false;
            status = log_entry(counting->log, STORE_PLACE(run->stream, run->spans[i].first + at),
                    &entry, &stored, &found, counting->error);
            counting->out->count += found;
            counting->out->missing += !found;
            counting->out->missing_own += !found && counting->log->streams[run->stream - 1]->own;
            if (status == GRID_OK && found)
                sum_add(counting->out->digest, entry.leaf);
        }
    return status;
}

enum grid_status bucket_count(struct buckets_held *buckets, struct bucket *bucket,
        struct bucket_count *out, struct grid_error *error)
{
    struct counting counting = {buckets->log, out, error};
    *out = (struct bucket_count){0};
    return bucket_each_run(buckets, bucket, count_run, &counting, error);
}
