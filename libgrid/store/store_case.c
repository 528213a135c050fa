/* The summaries of cases: what lists and filters need, made from the folds. */
#include "libgrid/store/query.h"
#include "proto/heap.h"

#include <string.h>

enum grid_status store_case_load(struct store *store, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_CASE_IDS);
    bool row = false;
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        uint8_t id[GRID_ID_BYTES];
        int64_t no = sqlite3_column_int64(all, 0);
        if (!column_exact(all, 1, id, sizeof(id)) || no <= 0 || no >= CASE_NO_END)
            status = store_foreign("cases", error);
        else if (!case_ids_add(&store->case_ids, id, no))
            status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}

enum grid_status store_case_by_id(struct store *store, const uint8_t id[static GRID_ID_BYTES],
        int64_t *no, int64_t *create_place, bool *found, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    size_t at = 0;
    *found = false;
    for (int64_t next = case_ids_next(&store->case_ids, id, &at);
            next != 0 && status == GRID_OK && !*found;
            next = case_ids_next(&store->case_ids, id, &at)) {
        uint8_t held[GRID_ID_BYTES];
        uint8_t digest[GRID_HASH_BYTES];
        *no = next;
        status = store_case_by_no(store, next, held, create_place, digest, found, error);
        *found = *found && memcmp(held, id, sizeof(held)) == 0;
    }
    if (!*found)
        *no = 0;
    return status;
}

enum grid_status store_case_by_no(struct store *store, int64_t no, uint8_t id[static GRID_ID_BYTES],
        int64_t *create_place, uint8_t digest[static GRID_HASH_BYTES], bool *found,
        struct grid_error *error)
{
    *found = false;
    sqlite3_stmt *get = query(store, SQL_CASE_BY_NO);
    bind_int(get, 1, no);
    enum grid_status status = query_next(store, get, found, error);
    if (!*found)
        return status;
    if (!column_exact(get, 0, id, GRID_ID_BYTES) || !column_exact(get, 2, digest, GRID_HASH_BYTES))
        status = store_foreign("cases", error);
    *create_place = sqlite3_column_int64(get, 1);
    query_end(get);
    return status;
}

enum grid_status store_case_put(
        struct store *store, const struct store_case *summary, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_CASE_PUT);
    if (!case_ids_add(&store->case_ids, summary->case_id, summary->no))
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    bind_int(put, 1, summary->no);
    bind_blob(put, 2, summary->case_id, GRID_ID_BYTES);
    if (summary->create_place != 0)
        bind_int(put, 3, summary->create_place);
    if (summary->code != NULL)
        bind_text(put, 4, bytes_text(summary->code));
    if (summary->reporter != NULL)
        bind_blob(put, 5, summary->reporter, GRID_ID_BYTES);
    bind_int(put, 6, summary->state);
    bind_int(put, 7, summary->urgency);
    bind_int(put, 8, summary->category);
    bind_text(put, 9, summary->unit);
    bind_text(put, 10, summary->tags);
    bind_int(put, 11, (int64_t)summary->conflicts);
    bind_int(put, 12, (int64_t)summary->pending);
    bind_blob(put, 13, summary->digest, sizeof(summary->digest));
    if (summary->buckets.size > 0)
        bind_bytes(put, 14, summary->buckets);
    bind_int(put, 16, summary->watch.accept_ms);
    bind_int(put, 17, summary->watch.act_ms);
    bind_int(put, 18, summary->watch.finish_ms);
    bind_int(put, 19, summary->watch.red_ms);
    bind_int(put, 20, summary->watch.check_ms);
    bind_int(put, 21, summary->watch.last_ms);
    bind_int(put, 22, summary->watch.flags);
    bind_int(put, 23, (int64_t)summary->created);
    bind_int(put, 24, summary->shown);
    bind_int(put, 25, summary->primary);
    bind_int(put, 26, summary->occurred_ms);
    if (summary->has_geo) {
        bind_int(put, 15, summary->longitude);
        bind_int(put, 27, summary->latitude);
    }
    bind_int(put, 28, summary->watch.reply_ms);
    return query_run(store, put, error);
}

enum grid_status store_case_drop(struct store *store, int64_t no,
        const uint8_t id[static GRID_ID_BYTES], struct grid_error *error)
{
    case_ids_drop(&store->case_ids, id, no);
    sqlite3_stmt *drop = query(store, SQL_CASE_DROP);
    bind_int(drop, 1, no);
    return query_run(store, drop, error);
}

enum grid_status store_case_buckets(
        struct store *store, int64_t no, struct buffer *out, struct grid_error *error)
{
    sqlite3_stmt *get = query(store, SQL_CASE_BUCKETS);
    bind_int(get, 1, no);
    bool row = false;
    enum grid_status status = query_next(store, get, &row, error);
    if (!row)
        return status;
    struct bytes buckets = column_bytes(get, 0);
    buffer_append(out, buckets.data, buckets.size);
    query_end(get);
    return status;
}

static enum grid_status number(
        struct store *store, enum store_sql sql, int64_t *out, struct grid_error *error)
{
    sqlite3_stmt *statement = query(store, sql);
    return query_number(store, statement, out, error);
}

enum grid_status store_case_last(struct store *store, int64_t *no, struct grid_error *error)
{
    return number(store, SQL_CASE_LAST, no, error);
}

enum grid_status store_case_count(struct store *store, uint64_t *out, struct grid_error *error)
{
    return number(store, SQL_CASE_COUNT, (int64_t *)out, error);
}

enum grid_status store_case_conflict_count(
        struct store *store, uint64_t *conflicts, struct grid_error *error)
{
    *conflicts = 0;
    sqlite3_stmt *statement = query(store, SQL_CASE_CONFLICT_COUNT);
    bool row = false;
    enum grid_status status = query_next(store, statement, &row, error);
    if (row) {
        *conflicts = (uint64_t)sqlite3_column_int64(statement, 1);
        query_end(statement);
    }
    return status;
}

/* Case numbers are read into memory before anyone looks at the cases: `each` may use the store. */
static enum grid_status each_number(struct store *store, sqlite3_stmt *statement,
        store_case_fn *each, void *context, struct grid_error *error)
{
    struct buffer numbers = {0};
    bool row = false;
    enum grid_status status = query_next(store, statement, &row, error);
    while (status == GRID_OK && row) {
        int64_t no = sqlite3_column_int64(statement, 0);
        buffer_append(&numbers, &no, sizeof(no));
        status = query_next(store, statement, &row, error);
    }
    if (status == GRID_OK && numbers.failed)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    for (size_t at = 0; status == GRID_OK && at < numbers.size; at += sizeof(int64_t)) {
        int64_t no = 0;
        memcpy(&no, numbers.data + at, sizeof(no));
        status = each(context, no);
    }
    buffer_close(&numbers);
    return status;
}

enum grid_status store_case_by_code(struct store *store, const char *digits, store_case_fn *each,
        void *context, struct grid_error *error)
{
    sqlite3_stmt *get = query(store, SQL_CASE_BY_CODE);
    bind_text(get, 1, bytes_text(digits));
    return each_number(store, get, each, context, error);
}

enum grid_status store_case_by_prefix(struct store *store, const uint8_t from[static GRID_ID_BYTES],
        const uint8_t to[static GRID_ID_BYTES], store_case_fn *each, void *context,
        struct grid_error *error)
{
    enum { CALLS_MAX = 3 };
    enum grid_status status = GRID_OK;
    size_t at = 0;
    unsigned calls = 0;
    for (int64_t no = case_ids_next_between(&store->case_ids, from, to, &at);
            no != 0 && status == GRID_OK && calls < CALLS_MAX;
            no = case_ids_next_between(&store->case_ids, from, to, &at)) {
        uint8_t id[GRID_ID_BYTES];
        uint8_t digest[GRID_HASH_BYTES];
        int64_t create_place = 0;
        bool found = false;
        status = store_case_by_no(store, no, id, &create_place, digest, &found, error);
        if (status == GRID_OK && found && memcmp(id, from, sizeof(id)) >= 0 &&
                memcmp(id, to, sizeof(id)) <= 0) {
            calls++;
            status = each(context, no);
        }
    }
    return status;
}

enum grid_status store_case_list(struct store *store, const struct store_case_filter *filter,
        store_case_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *list = query(store, SQL_CASE_LIST);
    bind_int(list, 1, filter->before);
    bind_int(list, 2, filter->state);
    if (filter->unit.size > 0)
        bind_text(list, 3, filter->unit);
    bind_int(list, 4, filter->category);
    if (filter->tag.size > 0)
        bind_text(list, 5, filter->tag);
    if (filter->reporter != NULL)
        bind_blob(list, 6, filter->reporter, GRID_ID_BYTES);
    bind_int(list, 7, filter->limit);
    bind_int(list, 8, filter->category_last);
    bind_int(list, 9, filter->after);
    return each_number(store, list, each, context, error);
}

enum grid_status store_case_watch(struct store *store, struct bytes unit, store_watched_fn *each,
        void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_CASE_WATCH);
    bool row = false;
    if (unit.size > 0)
        bind_text(all, 1, unit);
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        struct store_watched watched = {.no = sqlite3_column_int64(all, 0),
                .state = (unsigned)sqlite3_column_int(all, 1),
                .urgency = (unsigned)sqlite3_column_int(all, 2),
                .category = (unsigned)sqlite3_column_int(all, 3),
                .unit = column_bytes(all, 4),
                .created = (uint64_t)sqlite3_column_int64(all, 5),
                .watch = {.accept_ms = sqlite3_column_int64(all, 6),
                        .act_ms = sqlite3_column_int64(all, 7),
                        .finish_ms = sqlite3_column_int64(all, 8),
                        .red_ms = sqlite3_column_int64(all, 9),
                        .check_ms = sqlite3_column_int64(all, 10),
                        .last_ms = sqlite3_column_int64(all, 11),
                        .flags = (unsigned)sqlite3_column_int(all, 12),
                        .reply_ms = sqlite3_column_int64(all, 13)}};
        status = each(context, &watched);
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}

enum grid_status store_case_conflicts(
        struct store *store, store_case_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *list = query(store, SQL_CASE_CONFLICTS);
    return each_number(store, list, each, context, error);
}

enum grid_status store_case_pending(
        struct store *store, store_case_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *list = query(store, SQL_CASE_PENDING);
    return each_number(store, list, each, context, error);
}

enum grid_status store_case_each(
        struct store *store, store_digest_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_CASE_EACH);
    bool row = false;
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        uint8_t digest[GRID_HASH_BYTES];
        if (!column_exact(all, 1, digest, sizeof(digest)))
            status = store_foreign("cases", error);
        if (status == GRID_OK)
            status = each(context, sqlite3_column_int64(all, 0), digest);
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}

enum grid_status store_case_states(struct store *store, int64_t after, unsigned limit,
        store_state_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *list = query(store, SQL_CASE_STATES);
    bind_int(list, 1, after);
    bind_int(list, 2, limit);
    bool row = false;
    enum grid_status status = query_next(store, list, &row, error);
    while (status == GRID_OK && row) {
        uint8_t digest[GRID_HASH_BYTES];
        if (!column_exact(list, 1, digest, sizeof(digest)))
            status = store_foreign("cases", error);
        if (status == GRID_OK)
            status = each(context, sqlite3_column_int64(list, 0), digest, column_bytes(list, 2));
        if (status == GRID_OK)
            status = query_next(store, list, &row, error);
    }
    query_end(list);
    return status;
}

/* --- to be folded anew --- */

enum grid_status store_refold_put(struct store *store, int64_t case_no, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_REFOLD_PUT);
    bind_int(put, 1, case_no);
    return query_run(store, put, error);
}

enum grid_status store_refold_put_merges(struct store *store, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_REFOLD_PUT_MERGES);
    return query_run(store, put, error);
}

enum grid_status store_refold_put_all(struct store *store, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_REFOLD_PUT_ALL);
    return query_run(store, put, error);
}

enum grid_status store_refold_has(
        struct store *store, int64_t case_no, bool *found, struct grid_error *error)
{
    int64_t count = 0;
    sqlite3_stmt *get = query(store, SQL_REFOLD_HAS);
    bind_int(get, 1, case_no);
    enum grid_status status = query_number(store, get, &count, error);
    *found = count > 0;
    return status;
}

enum grid_status store_refold_count(struct store *store, uint64_t *out, struct grid_error *error)
{
    return number(store, SQL_REFOLD_COUNT, (int64_t *)out, error);
}

enum grid_status store_refold_list(struct store *store, unsigned limit, store_case_fn *each,
        void *context, struct grid_error *error)
{
    sqlite3_stmt *list = query(store, SQL_REFOLD_LIST);
    bind_int(list, 1, limit);
    return each_number(store, list, each, context, error);
}

enum grid_status store_refold_drop(struct store *store, int64_t case_no, struct grid_error *error)
{
    sqlite3_stmt *drop = query(store, SQL_REFOLD_DROP);
    bind_int(drop, 1, case_no);
    return query_run(store, drop, error);
}

enum grid_status store_unissued_put(struct store *store, int64_t case_no, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_UNISSUED_PUT);
    bind_int(put, 1, case_no);
    return query_run(store, put, error);
}

enum grid_status store_unissued_list(
        struct store *store, store_case_fn *each, void *context, struct grid_error *error)
{
    return each_number(store, query(store, SQL_UNISSUED_LIST), each, context, error);
}

enum grid_status store_unissued_drop(struct store *store, int64_t case_no, struct grid_error *error)
{
    sqlite3_stmt *drop = query(store, SQL_UNISSUED_DROP);
    bind_int(drop, 1, case_no);
    return query_run(store, drop, error);
}
