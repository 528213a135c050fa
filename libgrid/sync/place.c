/* The buckets of cases (D14): one for each exact place that a case ever had, one for the person who
 * reported it. A case lies in them whole: when it enters one, all of it goes there. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <stdlib.h>
#include <string.h>

void place_bucket_of_person(
        char out[static GRID_BUCKET_BYTES + 1], const uint8_t person[static GRID_ID_BYTES])
{
    enum { PREFIX = 4 };
    memcpy(out, "own/", PREFIX);
    ident_hex(out + PREFIX, bytes_of(person, GRID_ID_BYTES));
}

/* One case that is looked at. */
struct placing {
    struct sync *sync;
    struct book_case *item;
    struct fold *fold;
    struct grid_error *error;
};

/* --- all of a case into one bucket --- */

struct placed {
    int64_t place;
    const uint8_t *leaf;
};

static int compare_places(const void *a, const void *b)
{
    int64_t left = ((const struct placed *)a)->place;
    int64_t right = ((const struct placed *)b)->place;
    return left < right ? -1 : left > right;
}

static enum grid_status append(
        const struct placing *placing, struct bucket *bucket, int64_t place, const uint8_t *leaf)
{
    const struct stream *stream = log_stream_at(placing->sync->log, place);
    return bucket_append(&placing->sync->buckets, bucket, stream->row.no,
            (uint64_t)(place - STORE_PLACE(stream->row.no, 0)), leaf, placing->error);
}

/* Stream by stream, so that runs are long. */
static enum grid_status append_all(const struct placing *placing, struct bucket *bucket)
{
    size_t count = fold_entry_count(placing->fold);
    struct placed *list = grid_alloc_array(count + 1, sizeof(*list));
    if (list == NULL)
        return grid_fail(placing->error, GRID_NOMEM, "out_of_memory", "%s", "");
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &fold_entry_at(placing->fold, i)->entry;
        const struct stream *stream = log_stream(placing->sync->log, entry->author, entry->lane);
        list[i] = (struct placed){STORE_PLACE(stream->row.no, entry->seq), entry->leaf};
    }
    if (count > 1)
        qsort(list, count, sizeof(*list), compare_places);
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < count && status == GRID_OK; i++)
        status = append(placing, bucket, list[i].place, list[i].leaf);
    grid_free(list);
    return status;
}

/* --- where a case belongs --- */

static bool lies_in(const struct placing *placing, uint32_t bucket)
{
    struct book_case_buckets held = book_case_buckets(placing->sync->book, placing->item);
    for (size_t i = 0; i < held.count; i++)
        if (get_u32(held.numbers + i * sizeof(uint32_t)) == bucket)
            return true;
    return false;
}

static enum grid_status enter(const struct placing *placing, struct bytes name)
{
    struct bucket *bucket = NULL;
    if (name.size == 0 || name.size > GRID_BUCKET_BYTES)
        return GRID_OK; /* a lead that was cleared */
    enum grid_status status =
            bucket_make(&placing->sync->buckets, STORE_FILLED_HERE, name, &bucket, placing->error);
    if (status != GRID_OK || lies_in(placing, bucket->no))
        return status;
    status = append_all(placing, bucket);
    if (status == GRID_OK)
        status = book_case_enter(placing->sync->book, placing->item, bucket->no, placing->error);
    return status;
}

static enum grid_status enter_lead(const struct placing *placing, struct bytes value)
{
    struct lead_value lead;
    if (value.size == 0 || !value_lead(value, &lead))
        return GRID_OK;
    enum grid_status status = enter(placing, lead.lead);
    for (size_t i = 0; i < lead.assist_count && status == GRID_OK; i++)
        status = enter(placing, lead.assists[i]);
    return status;
}

/* A place that a valid entry wrote is one that the case has had, whatever it has today. */
static enum grid_status enter_places(const struct placing *placing)
{
    const struct fold_entry *create = fold_create(placing->fold);
    enum grid_status status = GRID_OK;
    if (create != NULL && create->verdict == GRID_VALID) {
        char name[GRID_BUCKET_BYTES + 1];
        place_bucket_of_person(name, create->body.as.person);
        status = enter(placing, bytes_text(name));
    }
    for (size_t i = 0; i < fold_entry_count(placing->fold) && status == GRID_OK; i++) {
        const struct fold_entry *entry = fold_entry_at(placing->fold, i);
        if (entry->verdict != GRID_VALID)
            continue;
        status = enter(placing, value_text(case_body_set(&entry->body, GRID_REGISTER_UNIT)));
        if (status == GRID_OK)
            status = enter_lead(placing, case_body_set(&entry->body, GRID_REGISTER_LEAD));
    }
    return status;
}

static enum grid_status place_one(
        struct sync *sync, const struct book_news *news, struct grid_error *error)
{
    struct placing placing = {.sync = sync, .error = error};
    enum grid_status status = book_case(sync->book, news->case_no, &placing.item, error);
    if (status != GRID_OK || placing.item == NULL)
        return status;
    placing.fold = book_case_fold(placing.item);
    struct book_case_buckets held = book_case_buckets(sync->book, placing.item);
    if (held.first)
        status = enter_places(&placing);
    /* What it entered just now has all of it already. */
    held = book_case_buckets(sync->book, placing.item);
    for (size_t i = 0; i < held.old_count && status == GRID_OK && news->place != 0; i++) {
        uint32_t number = get_u32(held.numbers + i * sizeof(number));
        if (number == 0 || number > sync->buckets.count)
            return grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "cases");
        status = append(&placing, sync->buckets.items[number - 1], news->place, news->leaf);
    }
    return status;
}

enum grid_status place_news(struct sync *sync, struct grid_error *error)
{
    const struct buffer *news = &sync->book->news;
    enum grid_status status =
            news->failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "") : GRID_OK;
    for (size_t at = 0; at < news->size && status == GRID_OK; at += sizeof(struct book_news)) {
        struct book_news one;
        memcpy(&one, news->data + at, sizeof(one));
        status = place_one(sync, &one, error);
    }
    book_news_done(sync->book);
    return status;
}
