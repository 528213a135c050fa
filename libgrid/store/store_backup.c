/* A copy of the whole database in one file, and the way back (D3, F11). The copy is a database of
 * its own with one table more, which says what it is a backup of; it holds no keys. */
#include "libgrid/store/query.h"

#include <stdio.h>
#include <string.h>

/* Another file than the store's: its failures are told with its own words. */
static enum grid_status fail(sqlite3 *db, struct grid_error *error)
{
    return grid_fail(error, sqlite3_errcode(db) == SQLITE_NOMEM ? GRID_NOMEM : GRID_STORAGE,
            "backup_file", "%s", db != NULL ? sqlite3_errmsg(db) : "");
}

static enum grid_status open_file(
        sqlite3 **db, const char *path, int flags, struct grid_error *error)
{
    int result = sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(
                *db, "PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF", NULL, NULL, NULL);
    return result == SQLITE_OK ? GRID_OK : fail(*db, error);
}

static enum grid_status copy_all(struct store *store, sqlite3 *copy, struct grid_error *error)
{
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", store->db, "main");
    if (backup == NULL)
        return fail(copy, error);
    (void)sqlite3_backup_step(backup, -1);
    return sqlite3_backup_finish(backup) == SQLITE_OK ? GRID_OK : fail(copy, error);
}

static enum grid_status put_note(sqlite3 *copy, struct bytes note, struct grid_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum grid_status status = GRID_OK;
    /* one file, without a log beside it */
    if (sqlite3_exec(copy,
                "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;"
                "CREATE TABLE backup (note BLOB NOT NULL) STRICT",
                NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_prepare_v2(copy, "INSERT INTO backup (note) VALUES (?1)", -1, &statement,
                    NULL) != SQLITE_OK)
        return fail(copy, error);
    bind_bytes(statement, 1, note);
    if (sqlite3_step(statement) != SQLITE_DONE)
        status = fail(copy, error);
    sqlite3_finalize(statement);
    return status;
}

enum grid_status store_backup(
        struct store *store, const char *path, struct bytes note, struct grid_error *error)
{
    sqlite3 *copy = NULL;
    enum grid_status status =
            open_file(&copy, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
    if (status == GRID_OK)
        status = copy_all(store, copy, error);
    if (status == GRID_OK)
        status = put_note(copy, note, error);
    if (sqlite3_close(copy) != SQLITE_OK && status == GRID_OK)
        status = grid_fail(error, GRID_STORAGE, "backup_file", "%s", path);
    return status;
}

/* The first column of the first row. */
static enum grid_status first_value(
        sqlite3 *db, const char *sql, struct buffer *out, struct grid_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum grid_status status = GRID_OK;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK ||
            sqlite3_step(statement) != SQLITE_ROW)
        status = fail(db, error);
    if (status == GRID_OK) {
        struct bytes value = column_bytes(statement, 0);
        buffer_append(out, value.data, value.size);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum grid_status count_entries(sqlite3 *db, uint64_t *entries, struct grid_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum grid_status status = GRID_OK;
    if (sqlite3_prepare_v2(db, "SELECT count(*) FROM entry", -1, &statement, NULL) != SQLITE_OK ||
            sqlite3_step(statement) != SQLITE_ROW)
        status = fail(db, error);
    *entries = status == GRID_OK ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status;
}

enum grid_status store_backup_read(
        const char *path, struct buffer *note, uint64_t *entries, struct grid_error *error)
{
    sqlite3 *db = NULL;
    struct buffer verdict = {0};
    enum grid_status status = open_file(&db, path, SQLITE_OPEN_READONLY, error);
    if (status == GRID_OK)
        status = first_value(db, "PRAGMA integrity_check(1)", &verdict, error);
    if (status == GRID_OK && !bytes_equal(buffer_bytes(&verdict), bytes_text("ok")))
        status = grid_fail(error, GRID_STORAGE, "backup_file", "%.*s", (int)verdict.size,
                (const char *)verdict.data);
    if (status == GRID_OK && first_value(db, "SELECT note FROM backup", note, NULL) != GRID_OK)
        status = grid_fail(error, GRID_INVALID, "backup_none", "%s", path);
    if (status == GRID_OK)
        status = count_entries(db, entries, error);
    buffer_close(&verdict);
    sqlite3_close(db);
    return status == GRID_OK && note->failed ? GRID_NOMEM : status;
}

enum grid_status store_backup_revive(const char *path, struct grid_error *error)
{
    sqlite3 *db = NULL;
    enum grid_status status = open_file(&db, path, SQLITE_OPEN_READWRITE, error);
    /* D13: a database that was put back has a life of its own, so its arrival log a new epoch */
    if (status == GRID_OK && sqlite3_exec(db,
                                     "PRAGMA synchronous = FULL; BEGIN; DROP TABLE backup;"
                                     "DELETE FROM meta WHERE name = 'epoch'; COMMIT",
                                     NULL, NULL, NULL) != SQLITE_OK)
        status = fail(db, error);
    sqlite3_close(db);
    return status;
}

enum grid_status store_file_count(const char *path, uint64_t *entries, struct grid_error *error)
{
    struct store *store = NULL;
    enum grid_status status = store_open(&store, path, NULL, error);
    if (status == GRID_OK)
        status = store_entry_count(store, entries, error);
    store_close(store);
    return status;
}
