/* What a closed bucket leaves behind (D14, F38): a case that no other bucket holds leaves the
 * device whole, once what was written into it here is held by the parent (I12). Own entries stay
 * (I13). */
#include "libgrid/sync/sync.h"

#include <stdlib.h>
#include <string.h>

/* Places from first to last. */
struct range {
    int64_t first, last;
};

struct leaving {
    struct sync *sync;
    struct buffer ranges; /* of the buckets that stay */
    struct buffer cases;  /* int64_t: of the one that leaves */
    bool postponed;
    struct grid_error *error;
};

static enum grid_status out_of_memory(const struct leaving *leaving)
{
    return grid_fail(leaving->error, GRID_NOMEM, "out_of_memory", "%s", "");
}

/* --- what stays --- */

static enum grid_status keep_ranges(void *context, const struct bucket_run *run)
{
    struct leaving *leaving = context;
    for (size_t i = 0; i < run->span_count; i++) {
        struct range range = {.first = STORE_PLACE(run->stream, run->spans[i].first)};
        range.last = range.first + (int64_t)run->spans[i].count - 1;
        buffer_append(&leaving->ranges, &range, sizeof(range));
    }
    return leaving->ranges.failed ? out_of_memory(leaving) : GRID_OK;
}

static int compare_ranges(const void *a, const void *b)
{
    int64_t left = ((const struct range *)a)->first;
    int64_t right = ((const struct range *)b)->first;
    return left < right ? -1 : left > right;
}

/* Sorted, and what overlaps is one. */
static void merge_ranges(struct leaving *leaving)
{
    struct range *ranges = (struct range *)(void *)leaving->ranges.data;
    size_t count = leaving->ranges.size / sizeof(*ranges);
    size_t kept = 0;
    if (count == 0)
        return;
    qsort(ranges, count, sizeof(*ranges), compare_ranges);
    for (size_t i = 1; i < count; i++) {
        if (ranges[i].first > ranges[kept].last + 1)
            ranges[++kept] = ranges[i];
        else if (ranges[i].last > ranges[kept].last)
            ranges[kept].last = ranges[i].last;
    }
    leaving->ranges.size = (kept + 1) * sizeof(*ranges);
}

static bool stays(const struct leaving *leaving, int64_t place)
{
    const struct range *ranges = (const struct range *)(const void *)leaving->ranges.data;
    size_t low = 0;
    size_t high = leaving->ranges.size / sizeof(*ranges);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low < leaving->ranges.size / sizeof(*ranges) && ranges[low].first <= place;
}

/* --- what leaves --- */

static enum grid_status note_case(struct leaving *leaving, int64_t place)
{
    struct log *log = leaving->sync->log;
    struct entry entry;
    struct store_entry stored;
    bool found = false;
    enum grid_status status = log_entry(log, place, &entry, &stored, &found, leaving->error);
    if (status != GRID_OK || !found)
        return status;
    int64_t no = stored.case_no;
    if (no == 0)
        status = book_find(leaving->sync->book, entry.leaf, &no, leaving->error);
    int64_t last = 0;
    if (leaving->cases.size > 0)
        memcpy(&last, leaving->cases.data + leaving->cases.size - sizeof(last), sizeof(last));
    if (status == GRID_OK && no != 0 && no != last)
        buffer_append(&leaving->cases, &no, sizeof(no));
    return status == GRID_OK && leaving->cases.failed ? out_of_memory(leaving) : status;
}

static enum grid_status note_run(void *context, const struct bucket_run *run)
{
    struct leaving *leaving = context;
    enum grid_status status = GRID_OK;
    if (leaving->sync->log->streams[run->stream - 1]->own)
        return GRID_OK;
    for (size_t i = 0; i < run->span_count; i++)
        for (uint64_t at = 0; at < run->spans[i].count && status == GRID_OK; at++) {
            int64_t place = STORE_PLACE(run->stream, run->spans[i].first + at);
            if (!stays(leaving, place))
                status = note_case(leaving, place);
        }
    return status;
}

static enum grid_status let_go(struct leaving *leaving, int64_t no)
{
    struct sync *sync = leaving->sync;
    struct fold *fold = NULL;
    struct buffer places = {0};
    enum grid_status status = book_fold(sync->book, no, &fold, leaving->error);
    if (status != GRID_OK || fold == NULL)
        return status;
    bool keeps = false;
    bool waits = false;
    for (size_t i = 0; i < fold_entry_count(fold); i++) {
        const struct entry *entry = &fold_entry_at(fold, i)->entry;
        if (fold_entry_at(fold, i)->aside)
            continue;
        const struct stream *stream = log_stream(sync->log, entry->author, entry->lane);
        int64_t place = STORE_PLACE(stream->row.no, entry->seq);
        keeps = keeps || stays(leaving, place);
        waits = waits || (stream->own && entry->seq > stream->receipted_seq);
        if (!stream->own && entry->seq > stream->row.tip_seq)
            buffer_append(&places, &place, sizeof(place));
    }
    leaving->postponed = leaving->postponed || (waits && !keeps);
    if (places.failed)
        status = out_of_memory(leaving);
    if (status == GRID_OK && !keeps && !waits && places.size > 0)
        status = book_remove(sync->book, no, (const int64_t *)(const void *)places.data,
                places.size / sizeof(int64_t), leaving->error);
    buffer_close(&places);
    return status;
}

static enum grid_status leave(struct leaving *leaving, struct bucket *bucket)
{
    struct buckets_held *buckets = &leaving->sync->buckets;
    leaving->postponed = false;
    buffer_clear(&leaving->cases);
    enum grid_status status = bucket_each_run(buckets, bucket, note_run, leaving, leaving->error);
    for (size_t at = 0; at < leaving->cases.size && status == GRID_OK; at += sizeof(int64_t)) {
        int64_t no = 0;
        memcpy(&no, leaving->cases.data + at, sizeof(no));
        status = let_go(leaving, no);
    }
    leaving->sync->leave_waits = leaving->sync->leave_waits || leaving->postponed;
    if (status != GRID_OK || leaving->postponed)
        return status;
    bucket->state = BUCKET_GONE;
    return bucket_clear(buckets, bucket, leaving->error);
}

enum grid_status leave_flush(struct sync *sync, struct grid_error *error)
{
    struct leaving leaving = {.sync = sync, .error = error};
    struct buckets_held *buckets = &sync->buckets;
    enum grid_status status = GRID_OK;
    size_t count = 0;
    sync->leave_again = sync->leave_waits = false;
    for (size_t i = 0; i < buckets->count; i++)
        count += buckets->items[i]->state == BUCKET_LEAVING;
    for (size_t i = 0; i < buckets->count && count > 0 && status == GRID_OK; i++) {
        struct bucket *bucket = buckets->items[i];
        if (bucket->side == STORE_FROM_PARENT && bucket->state <= BUCKET_WHOLE)
            status = bucket_each_run(buckets, bucket, keep_ranges, &leaving, error);
    }
    merge_ranges(&leaving);
    for (size_t i = 0; i < buckets->count && count > 0 && status == GRID_OK; i++)
        if (buckets->items[i]->state == BUCKET_LEAVING)
            status = leave(&leaving, buckets->items[i]);
    buffer_close(&leaving.ranges);
    buffer_close(&leaving.cases);
    return status;
}
