#include "libgrid/case/deadline.h"
#include "libgrid/case/document.h"
#include "libgrid/case/joined.h"

#include <assert.h>
#include <string.h>

/* --- what changed --- */

void book_tell_shown(
        struct book *book, int64_t no, struct book_case *item, unsigned before, unsigned shown)
{
    struct book_change change = {.case_no = no, .state_before = before, .state = shown};
    if (item != NULL) {
        item->told.state = shown;
        change.conflicts = change.conflicts_before = item->told.conflicts;
    }
    if (book->changed != NULL)
        book->changed(book->changed_context, &change);
}

static void tell_change(struct book *book, struct book_case *item)
{
    struct book_change before = item->told;
    shelf_keep_told(item);
    if (book->touched != NULL)
        book->touched(book->touched_context, item->no);
    if (book->changed == NULL)
        return;
    struct book_change change = {.case_no = item->no,
            .created = !before.created && item->told.created,
            .state_before = before.state,
            .state = item->told.state,
            .conflicts_before = before.conflicts,
            .conflicts = item->told.conflicts};
    book->changed(book->changed_context, &change);
}

/* --- taking --- */

static enum grid_status put(struct book *book, struct stream *stream, const struct entry *entry,
        const struct entry_header *header, int64_t case_no, enum grid_verdict verdict, bool loose,
        int64_t received_ms, struct grid_error *error)
{
    int64_t place = 0;
    bool fresh = false;
    if (shelf_is_create(header->kind))
        case_no = 0;
    return loose ? log_put_loose(book->log, entry, header->kind, case_no, verdict, received_ms,
                           &place, &fresh, error)
                 : log_put(book->log, stream, entry, header->kind, case_no, verdict, header->hlc,
                           received_ms, error);
}

/* An ADOPT, or what one has taken over already: it changes what was judged before, so the case is
 * folded anew from all that it has (P-143). */
static enum grid_status take_adopted(struct book *book, struct stream *stream,
        const struct entry *entry, const struct entry_header *header, bool loose,
        int64_t received_ms, int64_t *case_no, struct grid_error *error)
{
    bool creates = shelf_is_create(header->kind);
    struct book_case *item = NULL;
    int64_t place = STORE_PLACE(stream->row.no, entry->seq);
    const uint8_t *id = creates ? entry->leaf : header->case_id;
    enum grid_status status = book_find(book, id, case_no, error);
    if (status == GRID_OK && (*case_no == 0 || creates)) {
        status = shelf_find_or_make(book, id, &item, error);
        if (status != GRID_OK)
            return status;
        *case_no = item->no;
        item->create_place = creates ? place : item->create_place;
        shelf_make_dirty(book, item);
        book->creates_came = true;
    }
    if (status == GRID_OK)
        status =
                put(book, stream, entry, header, *case_no, GRID_PENDING, loose, received_ms, error);
    if (status != GRID_OK)
        return status;
    shelf_keep_news(book, *case_no, place, entry->leaf);
    return book_refold(book, *case_no, error);
}

static bool is_adopted(const struct book_case *item, const struct entry *entry)
{
    struct dot dot = entry_dot(entry);
    const struct fold_entry *held = fold_find(item->fold, &dot);
    return held != NULL && held->aside;
}

static enum grid_status take_into_case(struct book *book, struct stream *stream,
        const struct entry *entry, const struct entry_header *header, bool loose,
        int64_t received_ms, enum grid_verdict *verdict, int64_t *case_no, struct grid_error *error)
{
    bool creates = shelf_is_create(header->kind);
    struct book_case *item = NULL;
    *verdict = GRID_PENDING;
    if (header->kind == GRID_KIND_ADOPT)
        return take_adopted(book, stream, entry, header, loose, received_ms, case_no, error);
    enum grid_status status =
            shelf_find_or_make(book, creates ? entry->leaf : header->case_id, &item, error);
    if (status != GRID_OK)
        return status;
    assert(item != NULL);
    if (is_adopted(item, entry))
        return take_adopted(book, stream, entry, header, loose, received_ms, case_no, error);
    bool fresh = false;
    struct shelf_judging taking = {
            .book = book, .item = item, .entry = entry, .verdict = GRID_PENDING, .error = error};
    status = fold_add(item->fold, entry, received_ms, GRID_PENDING, &fresh, error);
    struct fold_world world = book_world(book);
    if (status == GRID_OK)
        status = fold_settle(item->fold, &world, shelf_note_verdict, &taking, error);
    if (status != GRID_OK)
        return status;
    struct dot dot = entry_dot(entry);
    const struct fold_entry *folded = fold_find(item->fold, &dot);
    if (folded != NULL)
        taking.verdict = folded->verdict; /* opaque ones are not judged */
    if (creates) {
        item->create_place = STORE_PLACE(stream->row.no, entry->seq);
        book->creates_came = true;
    } else if (header->kind == GRID_KIND_MERGE && taking.verdict == GRID_PENDING) {
        book->merge_waits = true;
    }
    shelf_make_dirty(book, item);
    shelf_count(book, item);
    *verdict = taking.verdict;
    *case_no = item->no;
    int64_t place = STORE_PLACE(stream->row.no, entry->seq);
    shelf_keep_news(book, item->no, place, entry->leaf);
    if (document_concerns(header->kind))
        shelf_keep_asked(book, item);
    return put(book, stream, entry, header, item->no, taking.verdict, loose, received_ms, error);
}

static enum grid_status displace(struct book *book, const struct entry *entry,
        const struct store_entry *stored, const struct entry *held, struct grid_error *error)
{
    int64_t place = stored->place;
    int64_t no = stored->case_no;
    enum grid_status status = GRID_OK;
    if (shelf_is_create(stored->kind))
        status = book_find(book, held->leaf, &no, error);
    if (status == GRID_OK && no == 0)
        return grid_fail(
                error, GRID_REFUSED, "other_content", "%llu", (unsigned long long)entry->seq);
    if (status == GRID_OK)
        status = log_set_aside(book->log, entry, error);
    return status == GRID_OK ? book_remove(book, no, &place, 1, error) : status;
}

enum grid_status book_clear_place(
        struct book *book, const struct entry *entry, bool *cleared, struct grid_error *error)
{
    const struct stream *stream = log_stream(book->log, entry->author, entry->lane);
    struct entry held;
    struct store_entry stored;
    bool found = false;
    *cleared = false;
    if (stream == NULL)
        return GRID_OK;
    int64_t place = STORE_PLACE(stream->row.no, entry->seq);
    enum grid_status status = log_entry(book->log, place, &held, &stored, &found, error);
    if (status != GRID_OK || !found || (stored.case_no == 0 && !shelf_is_create(stored.kind)))
        return status;
    stored.place = place;
    status = displace(book, entry, &stored, &held, error);
    *cleared = status == GRID_OK;
    return status;
}

enum grid_status book_take_loose(struct book *book, const struct entry *entry,
        const struct entry_header *header, int64_t received_ms, struct grid_error *error)
{
    struct stream *stream = NULL;
    struct entry held;
    struct store_entry stored;
    bool found = false;
    enum grid_verdict verdict = GRID_PENDING;
    int64_t no = 0;
    enum grid_status status =
            log_stream_make(book->log, entry->author, entry->lane, &stream, error);
    if (status == GRID_OK)
        status = log_entry(
                book->log, STORE_PLACE(stream->row.no, entry->seq), &held, &stored, &found, error);
    if (status != GRID_OK)
        return status;
    if (found && memcmp(held.leaf, entry->leaf, sizeof(held.leaf)) == 0)
        return GRID_OK;
    if (stream->row.tip_seq > 0) /* there the author's own segments come, with seals */
        return grid_fail(
                error, GRID_REFUSED, "other_content", "%llu", (unsigned long long)entry->seq);
    stored.place = STORE_PLACE(stream->row.no, entry->seq);
    if (found)
        status = displace(book, entry, &stored, &held, error);
    if (status != GRID_OK)
        return status;
    return take_into_case(book, stream, entry, header, true, received_ms, &verdict, &no, error);
}

enum grid_status book_take(struct book *book, struct stream *stream, const struct entry *entry,
        int64_t received_ms, enum grid_verdict *verdict, int64_t *case_no, struct grid_error *error)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct entry_header header;
    enum grid_verdict judged = GRID_VALID;
    int64_t no = 0;
    enum grid_status status = entry_read_header(entry, &arena, &header, error);
    if (status == GRID_OK && (header.has_case || shelf_is_create(header.kind)))
        status = take_into_case(
                book, stream, entry, &header, false, received_ms, &judged, &no, error);
    else if (status == GRID_OK) {
        if (grid_kind_name(header.kind) == NULL || header.kind >= GRID_KIND_CREATE)
            judged = GRID_OPAQUE;
        status = log_put(
                book->log, stream, entry, header.kind, 0, judged, header.hlc, received_ms, error);
    }
    arena_close(&arena);
    if (verdict != NULL)
        *verdict = judged;
    if (case_no != NULL)
        *case_no = no;
    return status;
}

/* --- summaries --- */

static enum grid_status pack_tags(struct fold *fold, struct buffer *out)
{
    const struct fold_item *items = NULL;
    size_t count = 0;
    enum grid_status status = fold_collection(fold, GRID_COLLECTION_TAGS, &items, &count);
    for (size_t i = 0; i < count && status == GRID_OK; i++) {
        struct bytes tag = value_text(items[i].value);
        buffer_append(out, "|", 1);
        buffer_append(out, tag.data, tag.size);
    }
    if (count > 0)
        buffer_append(out, "|", 1);
    return out->failed ? GRID_NOMEM : status;
}

static void place_in_time(struct fold *fold, struct store_case *summary)
{
    struct occurred_value occurred = {0};
    struct geo_value geo;
    if (value_occurred(fold_shown(fold, GRID_REGISTER_OCCURRED_AT), &occurred))
        summary->occurred_ms = occurred.ms;
    summary->has_geo = value_geo(fold_shown(fold, GRID_REGISTER_GEO), &geo);
    if (!summary->has_geo)
        return;
    summary->latitude = geo.latitude;
    summary->longitude = geo.longitude;
}

static enum grid_status put_summary(
        struct book *book, struct book_case *item, struct grid_error *error)
{
    struct fold *fold = item->fold;
    const struct fold_entry *create = fold_create(fold);
    struct buffer tags = {0};
    char code[GRID_CODE_DIGITS + 1] = "";
    struct store_case summary = {.no = item->no,
            .create_place = item->create_place,
            .created = create != NULL ? create->head.hlc : 0,
            .state = fold_state(fold),
            .shown = item->shown,
            .primary = item->primary,
            .urgency = (unsigned)value_uint(fold_shown(fold, GRID_REGISTER_URGENCY)),
            .category = (unsigned)value_uint(fold_shown(fold, GRID_REGISTER_CATEGORY)),
            .unit = value_text(fold_shown(fold, GRID_REGISTER_UNIT)),
            .conflicts = fold_conflict_count(fold),
            .pending = shelf_waiting(fold),
            .buckets = buffer_bytes(&item->buckets)};
    memcpy(summary.case_id, item->id, sizeof(summary.case_id));
    place_in_time(fold, &summary);
    if (create != NULL && create->verdict != GRID_OPAQUE) {
        struct bytes digits = value_text(create->body.args[GRID_ARGUMENT_CODE]);
        if (digits.size == GRID_CODE_DIGITS) {
            memcpy(code, digits.data, digits.size);
            summary.code = code;
        }
        summary.reporter = create->body.as.person;
    }
    enum grid_status status = pack_tags(fold, &tags);
    summary.tags = buffer_bytes(&tags);
    struct deadline deadline = {0};
    if (status == GRID_OK &&
            fold_entry_count(fold) > 1) /* a report that was just written has none */
        status = shelf_learn_receipt(book, item, error);
    if (status == GRID_OK)
        status = deadline_read(
                fold, policies_for(&book->policies, summary.unit), book->roster, &deadline);
    summary.watch = (struct store_watch){.accept_ms = deadline.accept_ms,
            .act_ms = deadline.act_ms,
            .finish_ms = deadline.finish_ms,
            .red_ms = deadline.red_ms,
            .check_ms = deadline.check_ms,
            .reply_ms = deadline.reply_ms,
            .last_ms = deadline.last_ms,
            .flags = deadline.flags};
    if (status == GRID_OK)
        status = fold_digest(fold, summary.digest);
    if (status != GRID_OK)
        grid_fail(error, status, "out_of_memory", "%s", "");
    if (status == GRID_OK)
        status = store_case_put(book->log->store, &summary, error);
    if (status == GRID_OK && item->anew)
        status = store_refold_drop(book->log->store, item->no, error);
    item->anew = item->anew && status != GRID_OK;
    buffer_close(&tags);
    if (status != GRID_OK)
        return status;
    if (book->digest_known) {
        sum_subtract(book->digest, item->digest);
        sum_add(book->digest, summary.digest);
    }
    memcpy(item->digest, summary.digest, sizeof(item->digest));
    return GRID_OK;
}

enum grid_status book_summarize(struct book *book, struct book_case *item, struct grid_error *error)
{
    bool joined = false;
    enum grid_status status = joined_flush(book, error);
    if (status == GRID_OK)
        status = joined_is(book, item, &joined, error);
    if (!joined)
        item->shown = fold_state(item->fold);
    if (status == GRID_OK)
        status = put_summary(book, item, error);
    if (status == GRID_OK && joined)
        status = joined_update(book, item->no, error);
    if (status == GRID_OK && book->parted.size > 0)
        status = joined_part(book, error);
    if (status != GRID_OK)
        return status;
    book->dirty_count -= item->dirty;
    item->dirty = false;
    tell_change(book, item);
    return GRID_OK;
}

static enum grid_status judge_case(void *context, int64_t no)
{
    struct shelf_judging *taking = context;
    struct book_case *item = NULL;
    enum grid_status status = shelf_get(taking->book, no, &item, taking->error);
    if (status != GRID_OK || item == NULL)
        return status;
    struct fold_world world = book_world(taking->book);
    taking->item = item;
    uint64_t waited = shelf_waiting(item->fold);
    status = fold_settle(item->fold, &world, shelf_note_verdict, taking, taking->error);
    if (status == GRID_OK && (item->dirty || shelf_waiting(item->fold) != waited)) {
        shelf_keep_news(taking->book, item->no, 0, NULL);
        shelf_keep_asked(taking->book, item);
        status = book_summarize(taking->book, item, taking->error);
    }
    for (size_t i = 0; i < fold_entry_count(item->fold) && !taking->book->merge_waits; i++)
        taking->book->merge_waits = fold_entry_at(item->fold, i)->verdict == GRID_PENDING &&
                                    fold_entry_at(item->fold, i)->head.kind == GRID_KIND_MERGE;
    return status;
}

enum grid_status book_summarize_dirty(struct book *book, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    /* What was used last stands in front, so all of these are found soon. */
    for (struct book_case *item = book->newest;
            item != NULL && book->dirty_count > 0 && status == GRID_OK; item = item->older)
        if (item->dirty)
            status = book_summarize(book, item, error);
    return status;
}

enum grid_status book_judge_waiting(struct book *book, struct grid_error *error)
{
    enum grid_status status =
            book_summarize_dirty(book, error); /* the list below is read from the store */
    struct shelf_judging taking = {.book = book, .error = error};
    book->merge_waits = false; /* until one is found */
    if (status == GRID_OK)
        status = store_case_pending(book->log->store, judge_case, &taking, error);
    return status;
}

enum grid_status book_settle(struct book *book, struct grid_error *error)
{
    enum grid_status status = book_refold_some(book, BOOK_REFOLDS_A_TURN, error);
    /* Each round judges a create at least: what rests on it may stand before it in the list. */
    while (status == GRID_OK && book->merge_waits && book->creates_came) {
        book->creates_came = false;
        status = book_judge_waiting(book, error);
    }
    book->creates_came = false;
    return status;
}

enum grid_status book_flush(struct book *book, struct grid_error *error)
{
    enum grid_status status = book_settle(book, error);
    if (status == GRID_OK)
        status = book_summarize_dirty(book, error);
    struct book_case *item = book->oldest;
    while (item != NULL && book->cached_bytes > book->cache_bytes) {
        struct book_case *newer = item->newer;
        if (!item->dirty)
            shelf_drop(book, item);
        item = newer;
    }
    return status;
}

enum grid_status book_shown(
        struct book *book, int64_t case_no, struct book_shown *out, struct grid_error *error)
{
    struct book_case *item = NULL;
    bool joined = false;
    *out = (struct book_shown){0};
    enum grid_status status = shelf_get(book, case_no, &item, error);
    if (status == GRID_OK)
        status = joined_flush(book, error);
    if (status == GRID_OK && item != NULL)
        status = joined_is(book, item, &joined, error);
    if (status == GRID_OK && joined) /* what it follows may be dirty */
        status = book_summarize_dirty(book, error);
    if (status != GRID_OK || item == NULL)
        return status;
    out->state = joined ? item->shown : fold_state(item->fold);
    out->primary = item->primary;
    return GRID_OK;
}

/* --- taking out --- */

static enum grid_status forget_case(
        struct book *book, struct book_case *item, struct grid_error *error)
{
    if (book->digest_known)
        sum_subtract(book->digest, item->digest);
    enum grid_status status =
            store_case_drop(book->log->store, item->no, fold_case_id(item->fold), error);
    if (status == GRID_OK)
        status = joined_forget(book, item->no, item->id, error);
    if (status == GRID_OK)
        status = store_refold_drop(book->log->store, item->no, error);
    if (book->touched != NULL)
        book->touched(book->touched_context, item->no);
    book->dirty_count -= item->dirty;
    shelf_drop(book, item);
    return status;
}

enum grid_status book_remove(struct book *book, int64_t case_no, const int64_t *places,
        size_t count, struct grid_error *error)
{
    struct book_case *item = NULL;
    enum grid_status status = shelf_get(book, case_no, &item, error);
    if (status == GRID_OK && item != NULL && item->dirty)
        status = book_summarize(book, item, error);
    if (status != GRID_OK || item == NULL)
        return status;
    uint8_t id[GRID_ID_BYTES];
    uint8_t digest[GRID_HASH_BYTES];
    int64_t create_place = item->create_place;
    struct book_change told = item->told;
    unsigned shown = item->shown;
    int64_t primary = item->primary;
    memcpy(id, item->id, sizeof(id));
    memcpy(digest, item->digest, sizeof(digest));
    shelf_drop(book, item);
    for (size_t i = 0; i < count && status == GRID_OK; i++) {
        create_place = places[i] == create_place ? 0 : create_place;
        status = store_entry_drop(book->log->store, places[i], error);
    }
    if (status == GRID_OK)
        status = shelf_put(book, case_no, id, &item, error);
    if (status != GRID_OK)
        return status;
    item->create_place = create_place;
    item->told = told;
    item->shown = shown;
    item->primary = primary;
    memcpy(item->digest, digest, sizeof(digest));
    if (book->wants_news)
        status = store_case_buckets(book->log->store, case_no, &item->buckets, error);
    if (status == GRID_OK)
        status = shelf_load(book, item, true, error);
    if (status != GRID_OK)
        return status;
    return fold_entry_count(item->fold) == 0 ? forget_case(book, item, error)
                                             : book_summarize(book, item, error);
}

/* --- the buckets of a case --- */

enum grid_status book_case(
        struct book *book, int64_t case_no, struct book_case **out, struct grid_error *error)
{
    return shelf_get(book, case_no, out, error);
}

struct fold *book_case_fold(const struct book_case *item)
{
    return item->fold;
}

struct book_case_buckets book_case_lies_in(const struct book_case *item)
{
    return (struct book_case_buckets){
            .numbers = item->buckets.data, .count = item->buckets.size / sizeof(uint32_t)};
}

struct book_case_buckets book_case_buckets(struct book *book, struct book_case *item)
{
    struct book_case_buckets buckets = book_case_lies_in(item);
    buckets.first = item->asked_turn != book->turn;
    if (buckets.first)
        item->old_bucket_count = buckets.count;
    item->asked_turn = book->turn;
    buckets.old_count = item->old_bucket_count;
    return buckets;
}

enum grid_status book_case_enter(
        struct book *book, struct book_case *item, uint32_t bucket, struct grid_error *error)
{
    uint8_t number[sizeof(bucket)];
    put_u32(number, bucket);
    buffer_append(&item->buckets, number, sizeof(number));
    shelf_make_dirty(book, item);
    return item->buckets.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "") : GRID_OK;
}

void book_news_done(struct book *book)
{
    buffer_clear(&book->news);
    book->turn++;
}

/* --- the digest of all --- */

static enum grid_status sum_case(
        void *context, int64_t no, const uint8_t digest[static GRID_HASH_BYTES])
{
    struct book *book = context;
    (void)no;
    sum_add(book->digest, digest);
    return GRID_OK;
}

enum grid_status book_digest(
        struct book *book, uint8_t out[static GRID_HASH_BYTES], struct grid_error *error)
{
    enum grid_status status =
            book_summarize_dirty(book, error); /* the sum is read from the store */
    while (status == GRID_OK && book->refolds_wait)
        status = book_refold_some(book, BOOK_REFOLDS_A_TURN, error);
    if (status == GRID_OK && !book->digest_known) {
        memset(book->digest, 0, sizeof(book->digest));
        status = store_case_each(book->log->store, sum_case, book, error);
        book->digest_known = status == GRID_OK;
    }
    memcpy(out, book->digest, sizeof(book->digest));
    return status;
}

/* --- life --- */

enum grid_status book_open(struct book *book, struct log *log, struct grid_roster *roster,
        size_t cache_bytes, struct grid_error *error)
{
    memset(book, 0, sizeof(*book));
    book->cache_bytes = cache_bytes;
    book->log = log;
    book->roster = roster;
    book->turn = 1;
    book->merge_waits = true; /* unknown until the waiting cases were looked at once */
    enum grid_status status = store_case_last(log->store, &book->last_no, error);
    if (status == GRID_OK && book->last_no == INT64_MAX) /* no number is left: nor was it ours */
        status = grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "cases");
    uint64_t left = 0;
    if (status == GRID_OK)
        status = store_refold_count(log->store, &left, error);
    book->refolds_wait = left > 0;
    return status == GRID_OK ? store_link_any(log->store, &book->has_links, error) : status;
}

void book_close(struct book *book)
{
    while (book->newest != NULL)
        shelf_drop(book, book->newest);
    buffer_close(&book->news);
    policies_close(&book->policies);
    buffer_close(&book->asked);
    buffer_close(&book->parted);
    memset(book, 0, sizeof(*book));
}
