/* Which cases are joined: links by the id of the other case, and what is shown of each member; and
 * the codes that cases were given later. */
#include "libgrid/store/query.h"

#include <string.h>

enum grid_status store_member_get(struct store *store, int64_t no, struct store_member *out,
        bool *found, struct grid_error *error)
{
    sqlite3_stmt *get = query(store, SQL_CASE_MEMBER);
    bind_int(get, 1, no);
    *out = (struct store_member){.no = no};
    *found = false;
    enum grid_status status = query_next(store, get, found, error);
    if (!*found)
        return status;
    if (!column_exact(get, 0, out->case_id, sizeof(out->case_id)))
        status = store_foreign("cases", error);
    out->created = (uint64_t)sqlite3_column_int64(get, 1);
    out->state = (unsigned)sqlite3_column_int(get, 2);
    out->shown = (unsigned)sqlite3_column_int(get, 3);
    out->primary = sqlite3_column_int64(get, 4); /* NULL reads as 0 */
    query_end(get);
    return status;
}

enum grid_status store_member_put(
        struct store *store, const struct store_member *member, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_CASE_JOIN);
    bind_int(put, 1, member->no);
    bind_int(put, 2, member->shown);
    bind_int(put, 3, member->primary);
    return query_run(store, put, error);
}

static enum grid_status change(struct store *store, enum store_sql sql, int64_t case_no,
        const uint8_t other[static GRID_ID_BYTES], struct grid_error *error)
{
    sqlite3_stmt *statement = query(store, sql);
    bind_int(statement, 1, case_no);
    bind_blob(statement, 2, other, GRID_ID_BYTES);
    return query_run(store, statement, error);
}

enum grid_status store_link_put(struct store *store, int64_t case_no,
        const uint8_t other[static GRID_ID_BYTES], struct grid_error *error)
{
    return change(store, SQL_LINK_PUT, case_no, other, error);
}

enum grid_status store_link_drop(struct store *store, int64_t case_no,
        const uint8_t other[static GRID_ID_BYTES], struct grid_error *error)
{
    return change(store, SQL_LINK_DROP, case_no, other, error);
}

enum grid_status store_link_of_case(
        struct store *store, int64_t case_no, struct buffer *ids, struct grid_error *error)
{
    sqlite3_stmt *list = query(store, SQL_LINK_OF_CASE);
    bind_int(list, 1, case_no);
    bool row = false;
    enum grid_status status = query_next(store, list, &row, error);
    while (status == GRID_OK && row) {
        uint8_t id[GRID_ID_BYTES];
        if (!column_exact(list, 0, id, sizeof(id)))
            status = store_foreign("link", error);
        buffer_append(ids, id, sizeof(id));
        if (status == GRID_OK)
            status = query_next(store, list, &row, error);
    }
    query_end(list);
    return status == GRID_OK && ids->failed
                   ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                   : status;
}

enum grid_status store_link_to_case(struct store *store, const uint8_t id[static GRID_ID_BYTES],
        struct buffer *numbers, struct grid_error *error)
{
    sqlite3_stmt *list = query(store, SQL_LINK_TO_CASE);
    bind_blob(list, 1, id, GRID_ID_BYTES);
    bool row = false;
    enum grid_status status = query_next(store, list, &row, error);
    while (status == GRID_OK && row) {
        int64_t no = sqlite3_column_int64(list, 0);
        buffer_append(numbers, &no, sizeof(no));
        status = query_next(store, list, &row, error);
    }
    query_end(list);
    return status == GRID_OK && numbers->failed
                   ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                   : status;
}

enum grid_status store_link_any(struct store *store, bool *any, struct grid_error *error)
{
    int64_t found = 0;
    sqlite3_stmt *get = query(store, SQL_LINK_ANY);
    enum grid_status status = query_number(store, get, &found, error);
    *any = found != 0;
    return status;
}

enum grid_status store_code_put(
        struct store *store, struct bytes code, int64_t case_no, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_CASE_CODE_PUT);
    bind_text(put, 1, code);
    bind_int(put, 2, case_no);
    return query_run(store, put, error);
}

enum grid_status store_code_drop(struct store *store, int64_t case_no, struct grid_error *error)
{
    sqlite3_stmt *drop = query(store, SQL_CASE_CODE_DROP);
    bind_int(drop, 1, case_no);
    return query_run(store, drop, error);
}

enum grid_status store_case_places(
        struct store *store, store_place_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_CASE_PLACES);
    bool row = false;
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        struct store_place place = {.no = sqlite3_column_int64(all, 0),
                .category = (unsigned)sqlite3_column_int(all, 1),
                .occurred_ms = sqlite3_column_int64(all, 3),
                .has_geo = sqlite3_column_type(all, 4) != SQLITE_NULL,
                .latitude = sqlite3_column_int(all, 4),
                .longitude = sqlite3_column_int(all, 5),
                .primary = sqlite3_column_int64(all, 6)};
        struct bytes unit = column_bytes(all, 2);
        if (unit.size < sizeof(place.unit))
            memcpy(place.unit, unit.data, unit.size);
        status = each(context, &place);
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}
