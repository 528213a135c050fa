#include "libgrid/case/book.h"
#include "proto/heap.h"

#include <assert.h>
#include <string.h>

enum { BUCKETS = 1024 };

struct book_case {
    int64_t no;
    uint8_t id[GRID_ID_BYTES];
    int64_t create_place;
    struct fold *fold;
    size_t counted_bytes;
    bool dirty;
    struct book_change told;         /* as of its last summary */
    uint8_t digest[GRID_HASH_BYTES]; /* as the store has it */
    struct buffer buckets;           /* u32 each */
    size_t old_bucket_count;         /* in the turn `asked_turn` */
    uint64_t asked_turn;
    struct book_case *next_by_no, *next_by_id, *newer, *older;
};

static size_t bucket_of_no(int64_t no)
{
    return (size_t)((uint64_t)no % BUCKETS);
}

static size_t bucket_of_id(const uint8_t *id)
{
    return (size_t)(get_u64(id) % BUCKETS);
}

/* --- the cache --- */

static void unlink_use(struct book *book, struct book_case *item)
{
    *(item->newer != NULL ? &item->newer->older : &book->newest) = item->older;
    *(item->older != NULL ? &item->older->newer : &book->oldest) = item->newer;
    item->newer = item->older = NULL;
}

static void link_newest(struct book *book, struct book_case *item)
{
    item->older = book->newest;
    *(book->newest != NULL ? &book->newest->newer : &book->oldest) = item;
    book->newest = item;
}

static void count_bytes(struct book *book, struct book_case *item)
{
    size_t bytes = fold_bytes(item->fold) + sizeof(*item);
    book->cached_bytes += bytes - item->counted_bytes;
    item->counted_bytes = bytes;
}

static void drop(struct book *book, struct book_case *item)
{
    struct book_case **at = &book->buckets_by_no[bucket_of_no(item->no)];
    while (*at != item)
        at = &(*at)->next_by_no;
    *at = item->next_by_no;
    at = &book->buckets_by_id[bucket_of_id(item->id)];
    while (*at != item)
        at = &(*at)->next_by_id;
    *at = item->next_by_id;
    unlink_use(book, item);
    book->cached_bytes -= item->counted_bytes;
    buffer_close(&item->buckets);
    fold_close(item->fold);
    grid_free(item);
}

static struct book_case *cached_by_no(const struct book *book, int64_t no)
{
    struct book_case *item = book->buckets_by_no[bucket_of_no(no)];
    while (item != NULL && item->no != no)
        item = item->next_by_no;
    return item;
}

static struct book_case *cached_by_id(const struct book *book, const uint8_t *id)
{
    struct book_case *item = book->buckets_by_id[bucket_of_id(id)];
    while (item != NULL && memcmp(item->id, id, sizeof(item->id)) != 0)
        item = item->next_by_id;
    return item;
}

static enum grid_status cache(struct book *book, int64_t no, const uint8_t *id,
        struct book_case **out, struct grid_error *error)
{
    struct book_case *item = grid_alloc(sizeof(*item));
    if (item == NULL || fold_open(&item->fold, id) != GRID_OK) {
        grid_free(item);
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    }
    item->no = no;
    memcpy(item->id, id, sizeof(item->id));
    struct book_case **by_no = &book->buckets_by_no[bucket_of_no(no)];
    struct book_case **by_id = &book->buckets_by_id[bucket_of_id(id)];
    item->next_by_no = *by_no;
    item->next_by_id = *by_id;
    *by_no = *by_id = item;
    link_newest(book, item);
    count_bytes(book, item);
    *out = item;
    return GRID_OK;
}

/* --- what changed --- */

static void keep_told(struct book_case *item)
{
    item->told.created = item->create_place != 0;
    item->told.state = fold_state(item->fold);
    item->told.conflicts = fold_conflict_count(item->fold);
}

static void tell_change(struct book *book, struct book_case *item)
{
    struct book_change before = item->told;
    keep_told(item);
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

/* --- loading --- */

struct loading {
    struct book *book;
    struct book_case *item;
    struct grid_error *error;
};

/* The disk is outside too: an entry that is not what was written never gets into a fold. */
static enum grid_status stored_entry_fits(
        const struct book_case *item, struct entry *entry, struct grid_error *error)
{
    struct arena arena;
    struct entry_header header = {0};
    struct grid_error fault = {0};
    arena_init(&arena, 0);
    enum grid_status status = entry_admit(entry, &fault);
    if (status == GRID_OK)
        status = entry_read_header(entry, &arena, &header, &fault);
    const uint8_t *id = header.has_case ? header.case_id : entry->leaf;
    bool fits = status == GRID_OK && memcmp(id, item->id, sizeof(item->id)) == 0;
    arena_close(&arena);
    if (status == GRID_NOMEM)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    return fits ? GRID_OK : grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "entry");
}

static enum grid_status load_entry(void *context, const struct store_entry *stored)
{
    struct loading *loading = context;
    const struct stream *stream = log_stream_at(loading->book->log, stored->place);
    if (stream == NULL)
        return grid_fail(loading->error, GRID_STORAGE, "database_corrupt", "%s", "entry");
    struct entry entry = {.lane = stream->row.lane,
            .seq = (uint64_t)(stored->place - STORE_PLACE(stream->row.no, 0)),
            .header = stored->header,
            .body = stored->body};
    memcpy(entry.author, stream->row.author, sizeof(entry.author));
    enum grid_status status = stored_entry_fits(loading->item, &entry, loading->error);
    bool fresh = false;
    if (status == GRID_OK)
        status = fold_add(loading->item->fold, &entry, stored->received_ms, stored->verdict, &fresh,
                loading->error);
    return status;
}

static enum grid_status nothing_judged(void *context, const struct fold_entry *entry)
{
    (void)context;
    (void)entry;
    return GRID_OK;
}

static enum grid_status load(struct book *book, struct book_case *item, struct grid_error *error)
{
    struct loading loading = {book, item, error};
    enum grid_status status = GRID_OK;
    if (item->create_place != 0) {
        struct store_entry stored;
        bool found = false;
        status = store_entry_get(book->log->store, item->create_place, &stored, &found, error);
        if (status == GRID_OK && !found)
            status = grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "create");
        if (status == GRID_OK)
            status = load_entry(&loading, &stored);
    }
    if (status == GRID_OK)
        status = store_entry_of_case(book->log->store, item->no, load_entry, &loading, error);
    struct fold_world world = book_world(book);
    if (status == GRID_OK) /* applies the verdicts that were stored */
        status = fold_settle(item->fold, &world, nothing_judged, NULL, error);
    if (status == GRID_OK)
        keep_told(item);
    if (status == GRID_OK && book->wants_news)
        status = store_case_buckets(book->log->store, item->no, &item->buckets, error);
    if (status == GRID_OK && item->buckets.failed)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    count_bytes(book, item);
    return status;
}

static enum grid_status get_case(
        struct book *book, int64_t no, struct book_case **out, struct grid_error *error)
{
    *out = cached_by_no(book, no);
    if (*out != NULL) {
        unlink_use(book, *out);
        link_newest(book, *out);
        return GRID_OK;
    }
    uint8_t id[GRID_ID_BYTES];
    uint8_t digest[GRID_HASH_BYTES];
    int64_t create_place = 0;
    bool found = false;
    enum grid_status status =
            store_case_by_no(book->log->store, no, id, &create_place, digest, &found, error);
    if (status != GRID_OK || !found)
        return status;
    status = cache(book, no, id, out, error);
    if (status != GRID_OK)
        return status;
    assert(*out != NULL);
    (*out)->create_place = create_place;
    memcpy((*out)->digest, digest, sizeof(digest));
    status = load(book, *out, error);
    if (status != GRID_OK) {
        drop(book, *out);
        *out = NULL;
    }
    return status;
}

enum grid_status book_find(struct book *book, const uint8_t case_id[static GRID_ID_BYTES],
        int64_t *case_no, struct grid_error *error)
{
    struct book_case *item = cached_by_id(book, case_id);
    if (item != NULL) {
        *case_no = item->no;
        return GRID_OK;
    }
    int64_t create_place = 0;
    bool found = false;
    *case_no = 0;
    return store_case_by_id(book->log->store, case_id, case_no, &create_place, &found, error);
}

enum grid_status book_fold(
        struct book *book, int64_t case_no, struct fold **fold, struct grid_error *error)
{
    struct book_case *item = NULL;
    enum grid_status status = get_case(book, case_no, &item, error);
    *fold = item != NULL ? item->fold : NULL;
    return status;
}

/* A create brings its own case; any other entry may be the first we hear of one: a stub. */
static enum grid_status find_or_make(
        struct book *book, const uint8_t *id, struct book_case **out, struct grid_error *error)
{
    int64_t no = 0;
    enum grid_status status = book_find(book, id, &no, error);
    if (status != GRID_OK)
        return status;
    if (no != 0)
        return get_case(book, no, out, error);
    return cache(book, ++book->last_no, id, out, error);
}

/* --- taking --- */

struct taking {
    struct book *book;
    const struct entry *entry; /* the one that came; NULL when only waiting ones are judged */
    enum grid_verdict verdict; /* of it */
    struct grid_error *error;
};

static enum grid_status note_verdict(void *context, const struct fold_entry *judged)
{
    struct taking *taking = context;
    const struct entry *entry = &judged->entry;
    if (taking->entry != NULL && entry->seq == taking->entry->seq &&
            entry->lane == taking->entry->lane &&
            memcmp(entry->author, taking->entry->author, sizeof(entry->author)) == 0) {
        taking->verdict = judged->verdict;
        return GRID_OK;
    }
    struct log *log = taking->book->log;
    const struct stream *stream = log_stream(log, entry->author, entry->lane);
    assert(stream != NULL);
    return store_entry_verdict(
            log->store, STORE_PLACE(stream->row.no, entry->seq), judged->verdict, taking->error);
}

static bool is_create(uint32_t kind)
{
    return kind == GRID_KIND_CREATE || kind == GRID_KIND_CREATE_RESOLVED;
}

static void keep_news(
        struct book *book, const struct book_case *item, int64_t place, const uint8_t *leaf)
{
    struct book_news news = {.case_no = item->no, .place = place};
    if (!book->wants_news)
        return;
    if (leaf != NULL)
        memcpy(news.leaf, leaf, sizeof(news.leaf));
    buffer_append(&book->news, &news, sizeof(news));
}

static enum grid_status take_into_case(struct book *book, struct stream *stream,
        const struct entry *entry, const struct entry_header *header, bool loose,
        int64_t received_ms, enum grid_verdict *verdict, int64_t *case_no, struct grid_error *error)
{
    bool creates = is_create(header->kind);
    struct book_case *item = NULL;
    enum grid_status status =
            find_or_make(book, creates ? entry->leaf : header->case_id, &item, error);
    if (status != GRID_OK)
        return status;
    assert(item != NULL);
    bool fresh = false;
    struct taking taking = {book, entry, GRID_PENDING, error};
    status = fold_add(item->fold, entry, received_ms, GRID_PENDING, &fresh, error);
    struct fold_world world = book_world(book);
    if (status == GRID_OK)
        status = fold_settle(item->fold, &world, note_verdict, &taking, error);
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
    book->dirty_count += !item->dirty;
    item->dirty = true;
    count_bytes(book, item);
    *verdict = taking.verdict;
    *case_no = item->no;
    int64_t place = STORE_PLACE(stream->row.no, entry->seq);
    keep_news(book, item, place, entry->leaf);
    if (loose)
        return log_put_loose(book->log, entry, header->kind, creates ? 0 : item->no, taking.verdict,
                received_ms, &place, &fresh, error);
    return log_put(book->log, stream, entry, header->kind, creates ? 0 : item->no, taking.verdict,
            header->hlc, received_ms, error);
}

static enum grid_status displace(struct book *book, const struct entry *entry,
        const struct store_entry *stored, const struct entry *held, struct grid_error *error)
{
    int64_t place = stored->place;
    int64_t no = stored->case_no;
    enum grid_status status = GRID_OK;
    if (is_create(stored->kind))
        status = book_find(book, held->leaf, &no, error);
    if (status == GRID_OK && no == 0)
        return grid_fail(
                error, GRID_REFUSED, "other_content", "%llu", (unsigned long long)entry->seq);
    if (status == GRID_OK)
        status = log_set_aside(book->log, entry, error);
    return status == GRID_OK ? book_remove(book, no, &place, 1, error) : status;
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
    if (status == GRID_OK && (header.has_case || is_create(header.kind)))
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

/* --- the world of a judgement --- */

static const struct fold_entry *find_create(void *context, const struct dot *dot)
{
    struct book *book = context;
    struct log *log = book->log;
    const struct stream *stream = log_stream_of_dot(log, dot);
    if (stream == NULL || dot->seq > GRID_SEQ_MAX)
        return NULL;
    struct entry entry;
    struct store_entry stored;
    bool found = false;
    if (log_entry(log, STORE_PLACE(stream->row.no, dot->seq), &entry, &stored, &found, NULL) !=
                    GRID_OK ||
            !found || !is_create(stored.kind) ||
            memcmp(entry.leaf, dot->tag, sizeof(dot->tag)) != 0)
        return NULL;
    int64_t no = 0;
    struct fold *fold = NULL;
    if (book_find(book, entry.leaf, &no, NULL) != GRID_OK || no == 0 ||
            book_fold(book, no, &fold, NULL) != GRID_OK || fold == NULL)
        return NULL;
    return fold_create(fold);
}

struct fold_world book_world(struct book *book)
{
    return (struct fold_world){.roster = book->roster, .find_create = find_create, .context = book};
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

static uint64_t waiting_entries(const struct fold *fold)
{
    uint64_t waiting = 0;
    for (size_t i = 0; i < fold_entry_count(fold); i++)
        waiting += fold_entry_at(fold, i)->verdict == GRID_PENDING;
    return waiting;
}

static enum grid_status write_summary(
        struct book *book, struct book_case *item, struct grid_error *error)
{
    struct fold *fold = item->fold;
    const struct fold_entry *create = fold_create(fold);
    struct buffer tags = {0};
    char code[GRID_CODE_DIGITS + 1] = "";
    struct store_case summary = {.no = item->no,
            .create_place = item->create_place,
            .state = fold_state(fold),
            .urgency = (unsigned)value_uint(fold_shown(fold, GRID_REGISTER_URGENCY)),
            .category = (unsigned)value_uint(fold_shown(fold, GRID_REGISTER_CATEGORY)),
            .unit = value_text(fold_shown(fold, GRID_REGISTER_UNIT)),
            .conflicts = fold_conflict_count(fold),
            .pending = waiting_entries(fold),
            .buckets = buffer_bytes(&item->buckets)};
    memcpy(summary.case_id, item->id, sizeof(summary.case_id));
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
    if (status == GRID_OK)
        status = fold_digest(fold, summary.digest);
    if (status != GRID_OK)
        grid_fail(error, status, "out_of_memory", "%s", "");
    if (status == GRID_OK)
        status = store_case_put(book->log->store, &summary, error);
    buffer_close(&tags);
    if (status != GRID_OK)
        return status;
    if (book->digest_known) {
        sum_subtract(book->digest, item->digest);
        sum_add(book->digest, summary.digest);
    }
    memcpy(item->digest, summary.digest, sizeof(item->digest));
    book->dirty_count -= item->dirty;
    item->dirty = false;
    tell_change(book, item);
    return GRID_OK;
}

static enum grid_status judge_case(void *context, int64_t no)
{
    struct taking *taking = context;
    struct book_case *item = NULL;
    enum grid_status status = get_case(taking->book, no, &item, taking->error);
    if (status != GRID_OK || item == NULL)
        return status;
    struct fold_world world = book_world(taking->book);
    uint64_t waited = waiting_entries(item->fold);
    status = fold_settle(item->fold, &world, note_verdict, taking, taking->error);
    if (status == GRID_OK && waiting_entries(item->fold) != waited) {
        keep_news(taking->book, item, 0, NULL);
        status = write_summary(taking->book, item, taking->error);
    }
    for (size_t i = 0; i < fold_entry_count(item->fold) && !taking->book->merge_waits; i++)
        taking->book->merge_waits = fold_entry_at(item->fold, i)->verdict == GRID_PENDING &&
                                    fold_entry_at(item->fold, i)->head.kind == GRID_KIND_MERGE;
    return status;
}

static enum grid_status write_dirty(struct book *book, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    /* What was used last stands in front, so all of these are found soon. */
    for (struct book_case *item = book->newest;
            item != NULL && book->dirty_count > 0 && status == GRID_OK; item = item->older)
        if (item->dirty)
            status = write_summary(book, item, error);
    return status;
}

enum grid_status book_judge_waiting(struct book *book, struct grid_error *error)
{
    enum grid_status status = write_dirty(book, error); /* the list below is read from the store */
    struct taking taking = {book, NULL, GRID_PENDING, error};
    book->merge_waits = false; /* until one is found */
    if (status == GRID_OK)
        status = store_case_pending(book->log->store, judge_case, &taking, error);
    return status;
}

enum grid_status book_settle(struct book *book, struct grid_error *error)
{
    bool judges = book->merge_waits && book->creates_came;
    book->creates_came = false;
    return judges ? book_judge_waiting(book, error) : GRID_OK;
}

enum grid_status book_flush(struct book *book, struct grid_error *error)
{
    enum grid_status status = book_settle(book, error);
    if (status == GRID_OK)
        status = write_dirty(book, error);
    struct book_case *item = book->oldest;
    while (item != NULL && book->cached_bytes > book->cache_bytes) {
        struct book_case *newer = item->newer;
        if (!item->dirty)
            drop(book, item);
        item = newer;
    }
    return status;
}

/* --- taking out --- */

static enum grid_status load_unjudged(void *context, const struct store_entry *stored)
{
    struct store_entry entry = *stored;
    entry.verdict = GRID_PENDING;
    return load_entry(context, &entry);
}

static enum grid_status load_anew(
        struct book *book, struct book_case *item, struct grid_error *error)
{
    struct loading loading = {book, item, error};
    struct taking taking = {book, NULL, GRID_PENDING, error};
    struct fold_world world = book_world(book);
    enum grid_status status = GRID_OK;
    if (item->create_place != 0)
        status = store_entry_run(book->log->store, item->create_place, item->create_place,
                load_unjudged, &loading, error);
    if (status == GRID_OK)
        status = store_entry_of_case(book->log->store, item->no, load_unjudged, &loading, error);
    if (status == GRID_OK)
        status = fold_settle(item->fold, &world, note_verdict, &taking, error);
    for (size_t i = 0; i < fold_entry_count(item->fold) && status == GRID_OK; i++) {
        const struct fold_entry *entry = fold_entry_at(item->fold, i);
        if (!(entry->verdict == GRID_PENDING || entry->verdict == GRID_OPAQUE))
            continue;
        const struct stream *stream = log_stream(book->log, entry->entry.author, entry->entry.lane);
        status = store_entry_verdict(book->log->store,
                STORE_PLACE(stream->row.no, entry->entry.seq), entry->verdict, error);
    }
    count_bytes(book, item);
    return status;
}

static enum grid_status forget_case(
        struct book *book, struct book_case *item, struct grid_error *error)
{
    if (book->digest_known)
        sum_subtract(book->digest, item->digest);
    enum grid_status status =
            store_case_drop(book->log->store, item->no, fold_case_id(item->fold), error);
    drop(book, item);
    return status;
}

enum grid_status book_remove(struct book *book, int64_t case_no, const int64_t *places,
        size_t count, struct grid_error *error)
{
    struct book_case *item = NULL;
    enum grid_status status = get_case(book, case_no, &item, error);
    if (status == GRID_OK && item != NULL && item->dirty)
        status = write_summary(book, item, error);
    if (status != GRID_OK || item == NULL)
        return status;
    uint8_t id[GRID_ID_BYTES];
    uint8_t digest[GRID_HASH_BYTES];
    int64_t create_place = item->create_place;
    struct book_change told = item->told;
    memcpy(id, item->id, sizeof(id));
    memcpy(digest, item->digest, sizeof(digest));
    drop(book, item);
    for (size_t i = 0; i < count && status == GRID_OK; i++) {
        create_place = places[i] == create_place ? 0 : create_place;
        status = store_entry_drop(book->log->store, places[i], error);
    }
    if (status == GRID_OK)
        status = cache(book, case_no, id, &item, error);
    if (status != GRID_OK)
        return status;
    item->create_place = create_place;
    item->told = told;
    memcpy(item->digest, digest, sizeof(digest));
    if (book->wants_news)
        status = store_case_buckets(book->log->store, case_no, &item->buckets, error);
    if (status == GRID_OK)
        status = load_anew(book, item, error);
    if (status != GRID_OK)
        return status;
    return fold_entry_count(item->fold) == 0 ? forget_case(book, item, error)
                                             : write_summary(book, item, error);
}

/* --- the buckets of a case --- */

enum grid_status book_case(
        struct book *book, int64_t case_no, struct book_case **out, struct grid_error *error)
{
    return get_case(book, case_no, out, error);
}

struct fold *book_case_fold(const struct book_case *item)
{
    return item->fold;
}

struct book_case_buckets book_case_buckets(struct book *book, struct book_case *item)
{
    struct book_case_buckets buckets = {.numbers = item->buckets.data,
            .count = item->buckets.size / sizeof(uint32_t),
            .first = item->asked_turn != book->turn};
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
    book->dirty_count += !item->dirty;
    item->dirty = true;
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
    enum grid_status status = write_dirty(book, error); /* the sum is read from the store */
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
    return status;
}

void book_close(struct book *book)
{
    while (book->newest != NULL)
        drop(book, book->newest);
    buffer_close(&book->news);
    memset(book, 0, sizeof(*book));
}
