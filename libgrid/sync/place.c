/* The buckets of cases (D14): one for each exact place that a case ever had, one for the person who
 * reported it. A case lies in them whole: when it enters one, all of it goes there. And one for
 * each centre below, of what did not come from there (P-98). */
#include "libgrid/case/joined.h"
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void place_bucket_of_person(
        char out[static GRID_BUCKET_BYTES + 1], const uint8_t person[static GRID_ID_BYTES])
{
    enum { PREFIX = 4 };
    memcpy(out, "own/", PREFIX);
    ident_hex(out + PREFIX, bytes_of(person, GRID_ID_BYTES));
}

bool place_is_from(const struct sync *sync, struct bytes unit, const struct stream *stream)
{
    struct roster_author who;
    return stream->identified && roster_enrolled_as(sync->roster, stream->identity, &who) &&
           place_covers(unit, who.unit);
}

/* --- whose rosters a centre below needs --- */

/* Who wrote in a case that it shares with a neighbour is judged by the neighbour's roster. */
static enum grid_status note_neighbour(struct sync *sync, const struct bucket *bucket,
        const struct stream *stream, struct grid_error *error)
{
    struct roster_author who;
    if (!stream->identified || !roster_enrolled_as(sync->roster, stream->identity, &who) ||
            place_covers(who.unit, bucket->below) || place_is_neighbour(sync, bucket, who.unit))
        return GRID_OK;
    struct neighbour neighbour = {.bucket = bucket->no};
    memcpy(neighbour.unit, who.unit.data, who.unit.size);
    buffer_append(&sync->neighbours, &neighbour, sizeof(neighbour));
    sync->scopes_changed = true;
    return sync->neighbours.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                                   : GRID_OK;
}

bool place_is_neighbour(const struct sync *sync, const struct bucket *bucket, struct bytes unit)
{
    for (size_t at = 0; at < sync->neighbours.size; at += sizeof(struct neighbour)) {
        struct neighbour neighbour;
        memcpy(&neighbour, sync->neighbours.data + at, sizeof(neighbour));
        if (neighbour.bucket == bucket->no && bytes_equal(bytes_text(neighbour.unit), unit))
            return true;
    }
    return false;
}

struct noting {
    struct sync *sync;
    const struct bucket *bucket;
    struct grid_error *error;
};

static enum grid_status note_run(void *context, const struct bucket_run *run)
{
    const struct noting *noting = context;
    struct log *log = noting->sync->log;
    if (run->stream == 0 || run->stream > log->stream_count)
        return grid_fail(noting->error, GRID_STORAGE, "database_corrupt", "%s", "bucket_run");
    return note_neighbour(
            noting->sync, noting->bucket, log->streams[run->stream - 1], noting->error);
}

enum grid_status place_open(struct sync *sync, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < sync->buckets.count && status == GRID_OK; i++) {
        struct noting noting = {sync, sync->buckets.items[i], error};
        if (noting.bucket->side == STORE_FILLED_HERE && noting.bucket->below.size > 0)
            status = bucket_each_run(
                    &sync->buckets, sync->buckets.items[i], note_run, &noting, error);
    }
    return status;
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
    struct sync *sync = placing->sync;
    const struct stream *stream = log_stream_at(sync->log, place);
    enum grid_status status = GRID_OK;
    if (bucket->below.size > 0) {
        if (place_is_from(sync, bucket->below, stream))
            return GRID_OK; /* what came from there is compared by tips (P-90) */
        status = note_neighbour(sync, bucket, stream, placing->error);
    }
    if (status == GRID_OK)
        status = bucket_append(&sync->buckets, bucket, stream->row.no,
                (uint64_t)(place - STORE_PLACE(stream->row.no, 0)), leaf, placing->error);
    return status;
}

/* Stream by stream, so that runs are long. */
static enum grid_status append_all(const struct placing *placing, struct bucket *bucket)
{
    size_t all = fold_entry_count(placing->fold);
    size_t count = 0;
    struct placed *list = grid_alloc_array(all + 1, sizeof(*list));
    if (list == NULL)
        return grid_fail(placing->error, GRID_NOMEM, "out_of_memory", "%s", "");
    for (size_t i = 0; i < all; i++) {
        const struct entry *entry = &fold_entry_at(placing->fold, i)->entry;
        if (fold_entry_at(placing->fold, i)->aside)
            continue;
        const struct stream *stream = log_stream(placing->sync->log, entry->author, entry->lane);
        list[count++] = (struct placed){STORE_PLACE(stream->row.no, entry->seq), entry->leaf};
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

static bool holds(struct book_case_buckets held, uint32_t bucket)
{
    for (size_t i = 0; i < held.count; i++)
        if (get_u32(held.numbers + i * sizeof(uint32_t)) == bucket)
            return true;
    return false;
}

static enum grid_status enter_bucket(const struct placing *placing, struct bucket *bucket)
{
    if (holds(book_case_lies_in(placing->item), bucket->no))
        return GRID_OK;
    enum grid_status status = append_all(placing, bucket);
    if (status == GRID_OK)
        status = book_case_enter(placing->sync->book, placing->item, bucket->no, placing->error);
    return status;
}

static enum grid_status enter(const struct placing *placing, struct bytes name)
{
    struct bucket *bucket = NULL;
    enum grid_status status =
            bucket_make(&placing->sync->buckets, STORE_FILLED_HERE, name, &bucket, placing->error);
    return status == GRID_OK ? enter_bucket(placing, bucket) : status;
}

static enum grid_status enter_place(const struct placing *placing, struct bytes place)
{
    const struct sync *sync = placing->sync;
    if (place.size == 0 || place.size > GRID_BUCKET_BYTES)
        return GRID_OK; /* a lead that was cleared */
    char name[GRID_BUCKET_BYTES + 1];
    struct bytes centre = roster_centre_below(sync->roster, sync->unit, place);
    snprintf(name, sizeof(name), "below/%.*s", (int)centre.size, (const char *)centre.data);
    enum grid_status status = enter(placing, place);
    return status == GRID_OK && centre.size > 0 ? enter(placing, bytes_text(name)) : status;
}

static enum grid_status enter_lead(const struct placing *placing, struct bytes value)
{
    struct lead_value lead;
    if (value.size == 0 || !value_lead(value, &lead))
        return GRID_OK;
    enum grid_status status = enter_place(placing, lead.lead);
    for (size_t i = 0; i < lead.assist_count && status == GRID_OK; i++)
        status = enter_place(placing, lead.assists[i]);
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
        status = enter_place(placing, value_text(case_body_set(&entry->body, GRID_REGISTER_UNIT)));
        if (status == GRID_OK)
            status = enter_lead(placing, case_body_set(&entry->body, GRID_REGISTER_LEAD));
    }
    return status;
}

/* Looks at a case, and lets it into the places that are its own; *first: for the first time in this
 * turn. */
static enum grid_status place_case(struct placing *placing, int64_t no, bool *first)
{
    struct book *book = placing->sync->book;
    enum grid_status status = book_case(book, no, &placing->item, placing->error);
    *first = false;
    if (status != GRID_OK || placing->item == NULL)
        return status;
    placing->fold = book_case_fold(placing->item);
    *first = book_case_buckets(book, placing->item).first;
    return *first ? enter_places(placing) : GRID_OK;
}

/* --- what is joined --- */

static enum grid_status out_of_memory(struct grid_error *error)
{
    return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
}

/* Appends the numbers of all buckets in which some member lies, each once. */
static enum grid_status gather_buckets(struct sync *sync, const struct store_member *members,
        size_t count, struct buffer *numbers, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < count && status == GRID_OK; i++) {
        struct placing placing = {.sync = sync, .error = error};
        bool first = false;
        status = place_case(&placing, members[i].no, &first);
        if (status != GRID_OK || placing.item == NULL)
            continue;
        struct book_case_buckets held = book_case_buckets(sync->book, placing.item);
        for (size_t at = 0; at < held.count; at++) {
            const uint8_t *number = held.numbers + at * sizeof(uint32_t);
            struct book_case_buckets gathered = {
                    .numbers = numbers->data, .count = numbers->size / sizeof(uint32_t)};
            if (!holds(gathered, get_u32(number)))
                buffer_append(numbers, number, sizeof(uint32_t));
        }
    }
    return status == GRID_OK && numbers->failed ? out_of_memory(error) : status;
}

static enum grid_status enter_numbers(
        const struct placing *placing, const struct buffer *numbers, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (size_t at = 0; at < numbers->size && status == GRID_OK; at += sizeof(uint32_t)) {
        uint32_t number = get_u32(numbers->data + at);
        if (number == 0 || number > placing->sync->buckets.count)
            return grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "cases");
        status = enter_bucket(placing, placing->sync->buckets.items[number - 1]);
    }
    return status;
}

/* P-126: linked cases are one matter, and who reads one of them reads all: else the others could
 * neither judge the link nor know what became of the matter. */
static enum grid_status place_joined(struct sync *sync, int64_t no, struct grid_error *error)
{
    struct buffer members = {0};
    struct buffer numbers = {0};
    enum grid_status status = joined_members(sync->book, no, &members, error);
    const struct store_member *list = (const struct store_member *)(const void *)members.data;
    size_t count = members.size / sizeof(*list);
    if (status == GRID_OK && count > 1)
        status = gather_buckets(sync, list, count, &numbers, error);
    for (size_t i = 0; i < count && count > 1 && status == GRID_OK; i++) {
        struct placing placing = {.sync = sync, .error = error};
        bool first = false;
        status = place_case(&placing, list[i].no, &first);
        if (status == GRID_OK && placing.item != NULL)
            status = enter_numbers(&placing, &numbers, error);
    }
    buffer_close(&members);
    buffer_close(&numbers);
    return status;
}

static enum grid_status place_one(
        struct sync *sync, const struct book_news *news, struct grid_error *error)
{
    struct placing placing = {.sync = sync, .error = error};
    bool first = false;
    enum grid_status status = place_case(&placing, news->case_no, &first);
    if (status != GRID_OK || placing.item == NULL)
        return status;
    if (first && (sync->book->has_links || sync->book->links_changed > 0))
        status = place_joined(sync, news->case_no, error);
    /* What it entered just now has all of it already. */
    struct book_case_buckets held = book_case_buckets(sync->book, placing.item);
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

/* --- a bucket that is filled anew --- */

static enum grid_status note_case(
        void *context, int64_t no, const uint8_t digest[static GRID_HASH_BYTES])
{
    struct buffer *list = context;
    (void)digest;
    buffer_append(list, &no, sizeof(no));
    return list->failed ? GRID_NOMEM : GRID_OK;
}

enum grid_status place_refill(struct sync *sync, struct bucket *bucket, struct grid_error *error)
{
    enum { CASES_AT_ONCE = 64 };
    struct buffer list = {0};
    enum grid_status status = book_flush(sync->book, error); /* all of them are in the store */
    if (status == GRID_OK)
        status = store_case_each(sync->log->store, note_case, &list, error);
    if (status == GRID_NOMEM)
        grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status == GRID_OK)
        status = bucket_clear(&sync->buckets, bucket, error);
    for (size_t i = 0; i < list.size / sizeof(int64_t) && status == GRID_OK; i++) {
        struct placing placing = {.sync = sync, .error = error};
        int64_t no = 0;
        memcpy(&no, list.data + i * sizeof(no), sizeof(no));
        status = book_case(sync->book, no, &placing.item, error);
        if (status != GRID_OK || placing.item == NULL)
            continue;
        placing.fold = book_case_fold(placing.item);
        if (holds(book_case_lies_in(placing.item), bucket->no))
            status = append_all(&placing, bucket);
        if (status == GRID_OK && i % CASES_AT_ONCE == CASES_AT_ONCE - 1)
            status = book_flush(sync->book, error);
    }
    buffer_close(&list);
    return status;
}
