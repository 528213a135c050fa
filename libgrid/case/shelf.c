#include "libgrid/case/shelf.h"

#include "libgrid/case/joined.h"
#include "proto/heap.h"

#include <assert.h>
#include <string.h>

enum { BUCKETS = 1024 };

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

void shelf_count(struct book *book, struct book_case *item)
{
    size_t bytes = fold_bytes(item->fold) + sizeof(*item);
    book->cached_bytes += bytes - item->counted_bytes;
    item->counted_bytes = bytes;
}

void shelf_drop(struct book *book, struct book_case *item)
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
    book->links_changed -= item->links_changed;
    book->cached_bytes -= item->counted_bytes;
    buffer_close(&item->buckets);
    fold_close(item->fold);
    grid_free(item);
}

struct book_case *shelf_cached(const struct book *book, int64_t no)
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

enum grid_status shelf_put(struct book *book, int64_t no, const uint8_t *id, struct book_case **out,
        struct grid_error *error)
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
    shelf_count(book, item);
    *out = item;
    return GRID_OK;
}

void shelf_keep_told(struct book_case *item)
{
    item->told.created = fold_create(item->fold) != NULL;
    item->told.state = item->shown;
    item->told.conflicts = fold_conflict_count(item->fold);
}

void shelf_make_dirty(struct book *book, struct book_case *item)
{
    book->dirty_count += !item->dirty;
    item->dirty = true;
}

uint64_t shelf_waiting(const struct fold *fold)
{
    uint64_t waiting = 0;
    for (size_t i = 0; i < fold_entry_count(fold); i++)
        waiting += fold_entry_at(fold, i)->verdict == GRID_PENDING;
    return waiting;
}

/* --- what judging tells --- */

enum grid_status shelf_note_verdict(void *context, const struct fold_entry *judged)
{
    struct shelf_judging *judging = context;
    const struct entry *entry = &judged->entry;
    uint32_t kind = judged->head.kind;
    if (shelf_is_create(kind)) /* a merge of another case may rest on it */
        judging->book->creates_came = true;
    if (kind == GRID_KIND_MERGE || kind == GRID_KIND_UNMERGE || kind == GRID_KIND_RECODE)
        joined_touch(judging->book, judging->item);
    if (judged->aside) /* it stands in its adoption */
        return GRID_OK;
    if (judging->entry != NULL && entry->seq == judging->entry->seq &&
            entry->lane == judging->entry->lane &&
            memcmp(entry->author, judging->entry->author, sizeof(entry->author)) == 0) {
        judging->verdict = judged->verdict;
        return GRID_OK;
    }
    struct log *log = judging->book->log;
    const struct stream *stream = log_stream(log, entry->author, entry->lane);
    assert(stream != NULL);
    return store_entry_verdict(
            log->store, STORE_PLACE(stream->row.no, entry->seq), judged->verdict, judging->error);
}

void shelf_keep_asked(struct book *book, const struct book_case *item)
{
    if (book->wants_news)
        buffer_append(&book->asked, &item->no, sizeof(item->no));
}

void shelf_keep_news(struct book *book, int64_t case_no, int64_t place, const uint8_t *leaf)
{
    struct book_news news = {.case_no = case_no, .place = place};
    if (!book->wants_news)
        return;
    if (leaf != NULL)
        memcpy(news.leaf, leaf, sizeof(news.leaf));
    buffer_append(&book->news, &news, sizeof(news));
}

/* --- loading --- */

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

struct loading {
    struct book *book;
    struct book_case *item;
    bool anew; /* no verdict that was given before counts */
    struct grid_error *error;
};

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
        status = fold_add(loading->item->fold, &entry, stored->received_ms,
                loading->anew ? GRID_PENDING : (enum grid_verdict)stored->verdict, &fresh,
                loading->error);
    return status;
}

/* Those that were judged told it themselves. */
static enum grid_status note_unjudged(const struct book_case *item, struct shelf_judging *judging)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < fold_entry_count(item->fold) && status == GRID_OK; i++) {
        const struct fold_entry *entry = fold_entry_at(item->fold, i);
        if (entry->verdict == GRID_PENDING || entry->verdict == GRID_OPAQUE)
            status = shelf_note_verdict(judging, entry);
    }
    return status;
}

/* What was stored is applied; what waited may be judged by now. */
static enum grid_status settle_loaded(
        struct book *book, struct book_case *item, bool anew, struct grid_error *error)
{
    struct fold_world world = book_world(book);
    struct shelf_judging judging = {.book = book, .item = item, .error = error};
    uint64_t waited = shelf_waiting(item->fold);
    enum grid_status status = fold_settle(item->fold, &world, shelf_note_verdict, &judging, error);
    if (status == GRID_OK && anew)
        status = note_unjudged(item, &judging);
    if (status != GRID_OK || (!anew && shelf_waiting(item->fold) == waited))
        return status;
    item->anew = anew;
    if (anew)
        joined_touch(book, item); /* a link may be among what does not count any more */
    shelf_keep_news(book, item->no, 0, NULL);
    shelf_keep_asked(book, item);
    shelf_make_dirty(book, item);
    return GRID_OK;
}

enum grid_status shelf_load(
        struct book *book, struct book_case *item, bool anew, struct grid_error *error)
{
    struct loading loading = {.book = book, .item = item, .anew = anew, .error = error};
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
    if (status == GRID_OK)
        status = settle_loaded(book, item, anew, error);
    shelf_count(book, item);
    return status;
}

static enum grid_status load(struct book *book, struct book_case *item, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    bool anew = false;
    if (book->refolds_wait)
        status = store_refold_has(book->log->store, item->no, &anew, error);
    if (status == GRID_OK && book->wants_news)
        status = store_case_buckets(book->log->store, item->no, &item->buckets, error);
    if (status == GRID_OK && item->buckets.failed)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    struct store_member member;
    bool joined = false;
    if (status == GRID_OK && book->has_links)
        status = store_member_get(book->log->store, item->no, &member, &joined, error);
    if (status == GRID_OK)
        status = shelf_load(book, item, anew, error);
    if (status == GRID_OK) {
        item->shown = joined ? member.shown : fold_state(item->fold);
        item->primary = joined ? member.primary : 0;
        shelf_keep_told(item);
    }
    return status;
}

enum grid_status shelf_get(
        struct book *book, int64_t no, struct book_case **out, struct grid_error *error)
{
    *out = shelf_cached(book, no);
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
    status = shelf_put(book, no, id, out, error);
    if (status != GRID_OK)
        return status;
    assert(*out != NULL);
    (*out)->create_place = create_place;
    memcpy((*out)->digest, digest, sizeof(digest));
    status = load(book, *out, error);
    if (status != GRID_OK) {
        shelf_drop(book, *out);
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

enum grid_status shelf_learn_receipt(
        struct book *book, const struct book_case *item, struct grid_error *error)
{
    const struct fold_entry *create = fold_create(item->fold);
    int64_t received_ms = 0;
    if (create == NULL || create->received_ms > 0 || item->create_place == 0)
        return GRID_OK;
    const struct stream *stream = log_stream(book->log, create->entry.author, create->entry.lane);
    if (stream == NULL || !stream->own)
        return GRID_OK;
    enum grid_status status =
            store_received_at(book->log->store, item->create_place, &received_ms, error);
    if (received_ms > 0)
        fold_note_received(item->fold, &create->dot, received_ms);
    return status;
}

enum grid_status book_fold(
        struct book *book, int64_t case_no, struct fold **fold, struct grid_error *error)
{
    struct book_case *item = NULL;
    enum grid_status status = shelf_get(book, case_no, &item, error);
    *fold = item != NULL ? item->fold : NULL;
    return status == GRID_OK && item != NULL ? shelf_learn_receipt(book, item, error) : status;
}

enum grid_status shelf_find_or_make(
        struct book *book, const uint8_t *id, struct book_case **out, struct grid_error *error)
{
    int64_t no = 0;
    enum grid_status status = book_find(book, id, &no, error);
    if (status != GRID_OK)
        return status;
    if (no != 0)
        return shelf_get(book, no, out, error);
    return shelf_put(book, ++book->last_no, id, out, error);
}

bool shelf_is_create(uint32_t kind)
{
    return kind == GRID_KIND_CREATE || kind == GRID_KIND_CREATE_RESOLVED;
}

/* --- the world of a judgement --- */

/* A create that was taken over stands in no log of its author: its case is found by its name. */
struct tag_search {
    struct book *book;
    const struct dot *dot;
    const struct fold_entry *found;
};

static enum grid_status look_at_tag(void *context, int64_t no)
{
    struct tag_search *search = context;
    struct fold *fold = NULL;
    const struct fold_entry *create = NULL;
    if (book_fold(search->book, no, &fold, NULL) == GRID_OK && fold != NULL)
        create = fold_create(fold);
    if (create != NULL && create->aside && dot_equal(&create->dot, search->dot))
        search->found = create;
    return GRID_OK;
}

static const struct fold_entry *find_adopted(struct book *book, const struct dot *dot)
{
    struct tag_search search = {.book = book, .dot = dot};
    uint8_t from[GRID_ID_BYTES] = {0};
    uint8_t to[GRID_ID_BYTES];
    memset(to, 0xff, sizeof(to));
    memcpy(from, dot->tag, sizeof(dot->tag));
    memcpy(to, dot->tag, sizeof(dot->tag));
    (void)store_case_by_prefix(book->log->store, from, to, look_at_tag, &search, NULL);
    return search.found;
}

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
            !found || !shelf_is_create(stored.kind) ||
            memcmp(entry.leaf, dot->tag, sizeof(dot->tag)) != 0)
        return find_adopted(book, dot);
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
