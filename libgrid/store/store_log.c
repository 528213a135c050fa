/* Authors, streams, entries, seals and the arrival log. */
#include "libgrid/store/query.h"

#include <string.h>

enum grid_status store_author_each(
        struct store *store, store_author_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_AUTHOR_EACH);
    bool row = false;
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        struct store_author author = {0};
        if (!column_exact(all, 0, author.author, sizeof(author.author)) ||
                !column_exact(all, 1, author.key, sizeof(author.key)) ||
                !column_exact(all, 2, author.identity, sizeof(author.identity)))
            status = store_foreign("author", error);
        author.counter = (uint64_t)sqlite3_column_int64(all, 3);
        if (status == GRID_OK)
            status = each(context, &author);
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}

enum grid_status store_author_put(
        struct store *store, const struct store_author *author, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_AUTHOR_PUT);
    bind_blob(put, 1, author->author, sizeof(author->author));
    bind_blob(put, 2, author->key, sizeof(author->key));
    bind_blob(put, 3, author->identity, sizeof(author->identity));
    bind_int(put, 4, (int64_t)author->counter);
    return query_run(store, put, error);
}

enum grid_status store_author_get(struct store *store, const uint8_t author[static GRID_ID_BYTES],
        struct store_author *out, bool *found, struct grid_error *error)
{
    *found = false;
    sqlite3_stmt *get = query(store, SQL_AUTHOR_GET);
    bind_blob(get, 1, author, GRID_ID_BYTES);
    enum grid_status status = query_next(store, get, found, error);
    if (!*found)
        return status;
    memcpy(out->author, author, GRID_ID_BYTES);
    if (!column_exact(get, 0, out->key, sizeof(out->key)) ||
            !column_exact(get, 1, out->identity, sizeof(out->identity)))
        status = store_foreign("author", error);
    query_end(get);
    return status;
}

enum grid_status store_stream_each(
        struct store *store, store_stream_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_STREAM_EACH);
    bool row = false;
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        struct store_stream stream = {.no = (uint32_t)sqlite3_column_int64(all, 0),
                .lane = (uint8_t)sqlite3_column_int64(all, 2)};
        if (sqlite3_column_type(all, 3) != SQLITE_NULL)
            stream.tip_seq = (uint64_t)(sqlite3_column_int64(all, 3) - STORE_PLACE(stream.no, 0));
        if (!column_exact(all, 1, stream.author, sizeof(stream.author)) ||
                (stream.tip_seq > 0 && !column_exact(all, 4, stream.tip_id, sizeof(stream.tip_id))))
            status = store_foreign("stream", error);
        if (status == GRID_OK)
            status = each(context, &stream, column_bytes(all, 5));
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}

enum grid_status store_stream_put(
        struct store *store, const struct store_stream *stream, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_STREAM_PUT);
    bind_int(put, 1, stream->no);
    bind_blob(put, 2, stream->author, sizeof(stream->author));
    bind_int(put, 3, stream->lane);
    return query_run(store, put, error);
}

/* D3: report text touches the disk through this pair alone; encryption at rest will come in here.
 */
static void body_write(sqlite3_stmt *statement, int index, struct bytes body)
{
    bind_bytes(statement, index, body);
}

static struct bytes body_read(sqlite3_stmt *statement, int column)
{
    return column_bytes(statement, column);
}

enum grid_status store_entry_put(
        struct store *store, const struct store_entry *entry, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_ENTRY_PUT);
    bind_int(put, 1, entry->place);
    bind_int(put, 2, entry->kind);
    if (entry->case_no != 0)
        bind_int(put, 3, entry->case_no);
    bind_int(put, 4, entry->verdict);
    bind_int(put, 5, entry->received_ms);
    if (entry->id != NULL)
        bind_blob(put, 6, entry->id, GRID_HASH_BYTES);
    bind_bytes(put, 7, entry->header);
    body_write(put, 8, entry->body);
    enum grid_status status = query_run(store, put, error);
    store->entries += status == GRID_OK;
    return status;
}

static enum grid_status read_entry(
        sqlite3_stmt *statement, int first, struct store_entry *out, struct grid_error *error)
{
    int64_t kind = sqlite3_column_int64(statement, first);
    int64_t verdict = sqlite3_column_int64(statement, first + 2);
    out->kind = (uint32_t)kind;
    out->case_no = sqlite3_column_int64(statement, first + 1);
    out->verdict = (unsigned)verdict;
    out->received_ms = sqlite3_column_int64(statement, first + 3);
    struct bytes id = column_bytes(statement, first + 4);
    out->id = id.size == GRID_HASH_BYTES ? id.data : NULL;
    out->header = column_bytes(statement, first + 5);
    out->body = body_read(statement, first + 6);
    bool fits = kind >= 0 && kind <= UINT32_MAX && verdict >= 0 &&
                verdict <= GRID_VOID_REQUIREMENT && out->received_ms >= 0;
    return fits ? GRID_OK : store_foreign("entry", error);
}

enum grid_status store_entry_get(struct store *store, int64_t place, struct store_entry *out,
        bool *found, struct grid_error *error)
{
    *found = false;
    sqlite3_stmt *get = query(store, SQL_ENTRY_GET);
    bind_int(get, 1, place);
    enum grid_status status = query_next(store, get, found, error);
    if (!*found)
        return status;
    out->place = place;
    return read_entry(get, 0, out, error); /* borrowed until the next call: not reset here */
}

enum grid_status store_entry_id(struct store *store, int64_t place,
        uint8_t id[static GRID_HASH_BYTES], bool *found, struct grid_error *error)
{
    *found = false;
    sqlite3_stmt *get = query(store, SQL_ENTRY_ID);
    bind_int(get, 1, place);
    bool row = false;
    enum grid_status status = query_next(store, get, &row, error);
    if (!row)
        return status;
    *found = sqlite3_column_type(get, 0) != SQLITE_NULL;
    if (*found && !column_exact(get, 0, id, GRID_HASH_BYTES))
        status = store_foreign("entry", error);
    query_end(get);
    return status;
}

static enum grid_status each_entry(struct store *store, sqlite3_stmt *statement,
        store_entry_fn *each, void *context, struct grid_error *error)
{
    bool row = false;
    enum grid_status status = query_next(store, statement, &row, error);
    while (status == GRID_OK && row) {
        struct store_entry entry = {.place = sqlite3_column_int64(statement, 0)};
        status = read_entry(statement, 1, &entry, error);
        if (status == GRID_OK)
            status = each(context, &entry);
        if (status == GRID_OK)
            status = query_next(store, statement, &row, error);
    }
    query_end(statement);
    return status;
}

enum grid_status store_entry_run(struct store *store, int64_t first, int64_t last,
        store_entry_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *run = query(store, SQL_ENTRY_RUN);
    bind_int(run, 1, first);
    bind_int(run, 2, last);
    return each_entry(store, run, each, context, error);
}

enum grid_status store_entry_of_case(struct store *store, int64_t case_no, store_entry_fn *each,
        void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_ENTRY_OF_CASE);
    bind_int(all, 1, case_no);
    return each_entry(store, all, each, context, error);
}

enum grid_status store_entry_verdict(
        struct store *store, int64_t place, unsigned verdict, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_ENTRY_VERDICT);
    bind_int(put, 1, place);
    bind_int(put, 2, verdict);
    return query_run(store, put, error);
}

enum grid_status store_entry_replace(struct store *store, int64_t place, uint32_t kind,
        struct bytes header, struct bytes body, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_ENTRY_REPLACE);
    bind_int(put, 1, place);
    bind_int(put, 2, kind);
    bind_bytes(put, 3, header);
    body_write(put, 4, body);
    return query_run(store, put, error);
}

enum grid_status store_entry_drop(struct store *store, int64_t place, struct grid_error *error)
{
    sqlite3_stmt *drop = query(store, SQL_ENTRY_DROP);
    bind_int(drop, 1, place);
    enum grid_status status = query_run(store, drop, error);
    if (status == GRID_OK)
        store->entries -= (uint64_t)sqlite3_changes(store->db);
    return status;
}

/* All of them are walked for it, so once: a turn that is undone undoes the store too. */
enum grid_status store_entry_count(struct store *store, uint64_t *out, struct grid_error *error)
{
    int64_t counted = 0;
    enum grid_status status = GRID_OK;
    if (!store->entries_counted) {
        status = query_number(store, query(store, SQL_ENTRY_COUNT), &counted, error);
        store->entries = (uint64_t)counted;
        store->entries_counted = status == GRID_OK;
    }
    *out = store->entries;
    return status;
}

enum grid_status store_entry_last(
        struct store *store, uint32_t stream, uint64_t *seq, struct grid_error *error)
{
    *seq = 0;
    sqlite3_stmt *last = query(store, SQL_ENTRY_LAST);
    bind_int(last, 1, STORE_PLACE(stream, 1));
    bind_int(last, 2, STORE_PLACE(stream + 1, 0) - 1);
    int64_t place = 0;
    enum grid_status status = query_number(store, last, &place, error);
    if (place != 0)
        *seq = (uint64_t)(place - STORE_PLACE(stream, 0));
    return status;
}

enum grid_status store_seal_put(struct store *store, int64_t place,
        const uint8_t seal[static GRID_SIGNATURE_BYTES], struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_SEAL_PUT);
    bind_int(put, 1, place);
    bind_blob(put, 2, seal, GRID_SIGNATURE_BYTES);
    return query_run(store, put, error);
}

static enum grid_status read_seal(struct store *store, sqlite3_stmt *get, int64_t first,
        int64_t last, int64_t *place, uint8_t seal[static GRID_SIGNATURE_BYTES], bool *found,
        struct grid_error *error)
{
    *found = false;
    bind_int(get, 1, first);
    bind_int(get, 2, last);
    enum grid_status status = query_next(store, get, found, error);
    if (!*found)
        return status;
    *place = sqlite3_column_int64(get, 0);
    if (!column_exact(get, 1, seal, GRID_SIGNATURE_BYTES))
        status = store_foreign("seal", error);
    query_end(get);
    return status;
}

enum grid_status store_seal_last(struct store *store, int64_t first, int64_t last, int64_t *place,
        uint8_t seal[static GRID_SIGNATURE_BYTES], bool *found, struct grid_error *error)
{
    return read_seal(store, query(store, SQL_SEAL_LAST), first, last, place, seal, found, error);
}

enum grid_status store_seal_first(struct store *store, int64_t first, int64_t last, int64_t *place,
        uint8_t seal[static GRID_SIGNATURE_BYTES], bool *found, struct grid_error *error)
{
    return read_seal(store, query(store, SQL_SEAL_FIRST), first, last, place, seal, found, error);
}

enum grid_status store_seal_drop(
        struct store *store, int64_t first, int64_t last, struct grid_error *error)
{
    sqlite3_stmt *drop = query(store, SQL_SEAL_DROP);
    bind_int(drop, 1, first);
    bind_int(drop, 2, last);
    return query_run(store, drop, error);
}

static enum grid_status read_run(struct store *store, sqlite3_stmt *statement,
        struct store_run *out, bool *found, struct grid_error *error)
{
    enum grid_status status = query_next(store, statement, found, error);
    if (!*found)
        return status;
    out->lsn = (uint64_t)sqlite3_column_int64(statement, 0);
    out->stream = (uint32_t)sqlite3_column_int64(statement, 1);
    out->seq = (uint64_t)sqlite3_column_int64(statement, 2);
    query_end(statement);
    return status;
}

enum grid_status store_arrival_last(struct store *store, uint8_t lane, uint64_t lsn,
        struct store_run *out, bool *found, struct grid_error *error)
{
    *found = false;
    sqlite3_stmt *last = query(store, SQL_ARRIVAL_LAST);
    bind_int(last, 1, lane);
    bind_int(last, 2, (int64_t)lsn);
    return read_run(store, last, out, found, error);
}

enum grid_status store_arrival_next(struct store *store, uint8_t lane, uint64_t lsn,
        uint32_t stream, struct store_run *out, bool *found, struct grid_error *error)
{
    *found = false;
    sqlite3_stmt *next = query(store, SQL_ARRIVAL_NEXT);
    bind_int(next, 1, lane);
    bind_int(next, 2, (int64_t)lsn);
    bind_int(next, 3, stream);
    return read_run(store, next, out, found, error);
}

enum grid_status store_arrival_put(
        struct store *store, uint8_t lane, const struct store_run *run, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_ARRIVAL_PUT);
    bind_int(put, 1, lane);
    bind_int(put, 2, (int64_t)run->lsn);
    bind_int(put, 3, run->stream);
    bind_int(put, 4, (int64_t)run->seq);
    return query_run(store, put, error);
}

enum grid_status store_arrival_clear(struct store *store, uint8_t lane, struct grid_error *error)
{
    sqlite3_stmt *clear = query(store, SQL_ARRIVAL_CLEAR);
    bind_int(clear, 1, lane);
    return query_run(store, clear, error);
}
