/* A bucket of ours that a child cannot make add up (F24, I11): its row or its runs are not what was
 * written. It is counted anew from its entries, or filled anew from its cases. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <stdlib.h>
#include <string.h>

/* A child may say so as often as it likes: each time is work over all of the bucket. */
enum { DOUBT_PAUSE_MS = 10 * 60 * 1000 };

void repair_doubt(struct sync *sync, struct grid_now now, struct bytes name)
{
    struct bucket *bucket = bucket_find(&sync->buckets, STORE_FILLED_HERE, name);
    if (bucket == NULL || (bucket->proved && now.mono_ms - bucket->proved_ms < DOUBT_PAUSE_MS))
        return;
    bucket->doubted = sync->doubts = true;
}

/* What is on its way to children is of the bucket as it was. */
static enum grid_status end_links(
        struct sync *sync, const struct bucket *bucket, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (struct link *link = sync->links; link != NULL && status == GRID_OK; link = link->next) {
        bool reads = false;
        for (size_t i = 0; i < link->subscription_count && !reads; i++)
            reads = link->subscriptions[i].bucket == bucket;
        if (reads)
            status = link_end(sync, link, "bucket_digest", bucket->name, error);
    }
    return status;
}

static enum grid_status repair(
        struct sync *sync, struct bucket *bucket, bool *repaired, struct grid_error *error)
{
    struct bucket_count counted = {0};
    struct grid_error fault = {0};
    enum grid_status status = bucket_count(&sync->buckets, bucket, &counted, &fault);
    bool readable = status == GRID_OK && counted.missing == 0;
    *repaired = !readable || counted.count != bucket->position ||
                memcmp(counted.digest, bucket->digest, sizeof(counted.digest)) != 0;
    if (status != GRID_OK && status != GRID_STORAGE)
        return grid_fail(error, status, fault.reason, "%s", fault.detail);
    if (!*repaired)
        return GRID_OK;
    if (!readable && roster_entry_is_bucket(bucket)) {
        *repaired = false; /* who wrote what in which order stands nowhere else */
        return GRID_OK;
    }
    bucket->repairs++;
    bucket_touch(&sync->buckets, bucket);
    if (!readable)
        return place_refill(sync, bucket, error);
    bucket->tail.position = 0; /* the next entry begins a run of its own */
    bucket->tail.dirty = false;
    bucket->position = counted.count;
    memcpy(bucket->digest, counted.digest, sizeof(bucket->digest));
    return GRID_OK;
}

enum grid_status repair_flush(struct sync *sync, struct grid_now now, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    if (!sync->doubts)
        return GRID_OK;
    sync->doubts = false;
    for (size_t i = 0; i < sync->buckets.count && status == GRID_OK; i++) {
        struct bucket *bucket = sync->buckets.items[i];
        bool repaired = false;
        if (!bucket->doubted)
            continue;
        bucket->doubted = false;
        bucket->proved = true;
        bucket->proved_ms = now.mono_ms;
        status = repair(sync, bucket, &repaired, error);
        if (status == GRID_OK && repaired)
            status = end_links(sync, bucket, error);
    }
    return status;
}

/* --- gridd check --- */

struct standing {
    uint32_t bucket;
    int64_t place;
};

struct hole_search {
    struct sync *sync;
    uint32_t bucket;      /* whose runs come */
    struct buffer places; /* struct standing */
    struct buffer cases;  /* int64_t */
    bool *holed;          /* by bucket */
    struct grid_error *error;
};

static enum grid_status note_standing(void *context, const struct bucket_run *run)
{
    struct hole_search *search = context;
    for (size_t i = 0; i < run->span_count; i++)
        for (uint64_t at = 0; at < run->spans[i].count; at++) {
            struct standing standing = {.bucket = search->bucket,
                    .place = STORE_PLACE(run->stream, run->spans[i].first + at)};
            buffer_append(&search->places, &standing, sizeof(standing));
        }
    return search->places.failed ? GRID_NOMEM : GRID_OK;
}

static int compare_standing(const void *a, const void *b)
{
    const struct standing *left = a;
    const struct standing *right = b;
    if (left->bucket != right->bucket)
        return left->bucket < right->bucket ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

static enum grid_status note_case(
        void *context, int64_t no, const uint8_t digest[static GRID_HASH_BYTES])
{
    struct hole_search *search = context;
    (void)digest;
    buffer_append(&search->cases, &no, sizeof(no));
    return search->cases.failed ? GRID_NOMEM : GRID_OK;
}

static bool stands(const struct hole_search *search, const struct bucket *bucket,
        const struct fold_entry *entry)
{
    const struct stream *stream =
            log_stream(search->sync->log, entry->entry.author, entry->entry.lane);
    if (bucket->below.size > 0 && place_is_from(search->sync, bucket->below, stream))
        return true;
    const struct standing standing = {
            .bucket = bucket->no, .place = STORE_PLACE(stream->row.no, entry->entry.seq)};
    return search->places.size > 0 &&
           bsearch(&standing, search->places.data, search->places.size / sizeof(standing),
                   sizeof(standing), compare_standing) != NULL;
}

static enum grid_status look_at_case(struct hole_search *search, int64_t no)
{
    struct buckets_held *buckets = &search->sync->buckets;
    struct book_case *item = NULL;
    struct grid_error damaged = {0};
    enum grid_status status = book_case(search->sync->book, no, &item, &damaged);
    if (status == GRID_STORAGE || (status == GRID_OK && item == NULL))
        return GRID_OK; /* its fold is looked at elsewhere */
    if (status != GRID_OK)
        return grid_fail(search->error, status, damaged.reason, "%s", damaged.detail);
    struct fold *fold = book_case_fold(item);
    struct book_case_buckets held = book_case_lies_in(item);
    for (size_t i = 0; i < held.count; i++) {
        uint32_t number = get_u32(held.numbers + i * sizeof(number));
        if (number == 0 || number > buckets->count)
            continue;
        for (size_t at = 0; at < fold_entry_count(fold); at++) {
            const struct fold_entry *entry = fold_entry_at(fold, at);
            if (!entry->aside && !stands(search, buckets->items[number - 1], entry))
                search->holed[number - 1] = true;
        }
    }
    return GRID_OK;
}

enum grid_status repair_find_holes(
        struct sync *sync, repair_found_fn *found, void *context, struct grid_error *error)
{
    struct buckets_held *buckets = &sync->buckets;
    struct hole_search search = {.sync = sync, .error = error};
    enum grid_status status = GRID_OK;
    search.holed = grid_alloc_array(buckets->count + 1, sizeof(*search.holed));
    if (search.holed == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    for (size_t i = 0; i < buckets->count && status == GRID_OK; i++) {
        struct grid_error torn = {0}; /* what cannot be read is named by its own count */
        search.bucket = buckets->items[i]->no;
        if (buckets->items[i]->side == STORE_FILLED_HERE)
            status = bucket_each_run(buckets, buckets->items[i], note_standing, &search, &torn);
        status = status == GRID_STORAGE ? GRID_OK : status;
    }
    if (status == GRID_OK && search.places.size > 0)
        qsort(search.places.data, search.places.size / sizeof(struct standing),
                sizeof(struct standing), compare_standing);
    if (status == GRID_OK)
        status = store_case_each(sync->log->store, note_case, &search, error);
    if (status == GRID_NOMEM)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    for (size_t at = 0; at < search.cases.size && status == GRID_OK; at += sizeof(int64_t)) {
        int64_t no = 0;
        memcpy(&no, search.cases.data + at, sizeof(no));
        status = look_at_case(&search, no);
        if (status == GRID_OK && at % (64 * sizeof(int64_t)) == 0)
            status = book_flush(sync->book, error); /* lets go of folds that are over the cache */
    }
    for (size_t i = 0; i < buckets->count && status == GRID_OK; i++)
        if (search.holed[i])
            found(context, buckets->items[i]->name);
    buffer_close(&search.places);
    buffer_close(&search.cases);
    grid_free(search.holed);
    return status;
}
