#include "libgrid/store/query.h"

#include <stdio.h>
#include <string.h>

static const char *const texts[SQL_COUNT] = {
#define X(name, text) [SQL_##name] = text,
        STORE_SQL_MAP(X)
#undef X
};

static enum grid_status fail_with(
        struct store *store, const char *reason, int code, struct grid_error *error)
{
    if ((code & 0xff) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    return grid_fail(error, GRID_STORAGE, reason, "%s (%d)", sqlite3_errmsg(store->db), code);
}

enum grid_status store_fail(struct store *store, struct grid_error *error)
{
    int code = sqlite3_extended_errcode(store->db);
    const char *reason = "disk_error";
    if ((code & 0xff) == SQLITE_FULL)
        reason = "disk_full";
    else if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB)
        reason = "database_corrupt";
    if (store->in_turn && store->broken == GRID_OK)
        store->broken = fail_with(store, reason, code, &store->fault);
    return fail_with(store, reason, code, error);
}

enum grid_status store_broken(const struct store *store, struct grid_error *error)
{
    if (store->broken != GRID_OK && error != NULL)
        *error = store->fault;
    return store->broken;
}

enum grid_status store_foreign(const char *what, struct grid_error *error)
{
    return grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", what);
}

enum grid_status query_prepare_all(struct store *store, struct grid_error *error)
{
    for (int i = 0; i < SQL_COUNT; i++)
        if (sqlite3_prepare_v3(store->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                    &store->statements[i], NULL) != SQLITE_OK)
            return store_fail(store, error);
    return GRID_OK;
}

sqlite3_stmt *query(struct store *store, enum store_sql sql)
{
    sqlite3_reset(store->statements[sql]);
    return store->statements[sql];
}

void bind_int(sqlite3_stmt *statement, int index, int64_t value)
{
    sqlite3_bind_int64(statement, index, value);
}

void bind_blob(sqlite3_stmt *statement, int index, const void *data, size_t size)
{
    if (data == NULL && size == 0)
        sqlite3_bind_zeroblob(statement, index, 0);
    else
        sqlite3_bind_blob64(statement, index, data, size, SQLITE_STATIC);
}

void bind_bytes(sqlite3_stmt *statement, int index, struct bytes bytes)
{
    bind_blob(statement, index, bytes.data, bytes.size);
}

void bind_text(sqlite3_stmt *statement, int index, struct bytes text)
{
    const char *data = text.data != NULL ? (const char *)text.data : "";
    sqlite3_bind_text64(statement, index, data, text.size, SQLITE_STATIC, SQLITE_UTF8);
}

enum grid_status query_next(
        struct store *store, sqlite3_stmt *statement, bool *row, struct grid_error *error)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (*row)
        return GRID_OK;
    enum grid_status status = code == SQLITE_DONE ? GRID_OK : store_fail(store, error);
    query_end(statement);
    return status;
}

void query_end(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement); /* what was bound is borrowed: forget it */
}

enum grid_status query_run(struct store *store, sqlite3_stmt *statement, struct grid_error *error)
{
    bool row = false;
    enum grid_status status = store_begin(store, error);
    if (status == GRID_OK)
        status = query_next(store, statement, &row, error);
    query_end(statement);
    return status;
}

struct bytes column_bytes(sqlite3_stmt *statement, int column)
{
    const void *data = sqlite3_column_blob(statement, column);
    return bytes_of(data, (size_t)sqlite3_column_bytes(statement, column));
}

bool column_exact(sqlite3_stmt *statement, int column, void *out, size_t size)
{
    struct bytes bytes = column_bytes(statement, column);
    if (bytes.size != size) {
        memset(out, 0, size);
        return false;
    }
    memcpy(out, bytes.data, size);
    return true;
}

enum grid_status query_number(
        struct store *store, sqlite3_stmt *statement, int64_t *out, struct grid_error *error)
{
    *out = 0;
    bool row = false;
    enum grid_status status = query_next(store, statement, &row, error);
    if (row) {
        *out = sqlite3_column_int64(statement, 0); /* NULL reads as 0 */
        query_end(statement);
    }
    return status;
}
