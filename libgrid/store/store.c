/* Opening, migrating, and the turn. */
#include "libgrid/store/query.h"
#include "proto/heap.h"

#include <assert.h>
#include <stdio.h>

extern const unsigned char schema_0001[], schema_0002[], schema_0003[], schema_0004[];

/* Numbered steps; user_version counts how many are done. Each runs in one transaction. */
static const unsigned char *const migrations[] = {
        schema_0001, schema_0002, schema_0003, schema_0004};
enum { MIGRATION_COUNT = sizeof(migrations) / sizeof(migrations[0]) };

static enum grid_status run_text(struct store *store, const char *sql, struct grid_error *error)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? GRID_OK
                                                                       : store_fail(store, error);
}

static enum grid_status schema_version(struct store *store, int *out, struct grid_error *error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &statement, NULL) != SQLITE_OK)
        return store_fail(store, error);
    enum grid_status status = GRID_OK;
    if (sqlite3_step(statement) == SQLITE_ROW)
        *out = sqlite3_column_int(statement, 0);
    else
        status = store_fail(store, error);
    sqlite3_finalize(statement);
    return status;
}

static enum grid_status migrate(struct store *store, struct grid_error *error)
{
    int version = 0;
    enum grid_status status = schema_version(store, &version, error);
    if (status == GRID_OK && version > MIGRATION_COUNT)
        return grid_fail(error, GRID_STORAGE, "database_newer", "%d" GRID_ARG "%d", version,
                MIGRATION_COUNT);
    while (status == GRID_OK && version < MIGRATION_COUNT) {
        char done[48];
        snprintf(done, sizeof(done), "PRAGMA user_version = %d; COMMIT", version + 1);
        status = run_text(store, "BEGIN IMMEDIATE", error);
        if (status == GRID_OK)
            status = run_text(store, (const char *)migrations[version], error);
        if (status == GRID_OK)
            status = run_text(store, done, error);
        version++;
    }
    return status;
}

static enum grid_status configure(struct store *store, struct grid_error *error)
{
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, 0); /* there is no other connection: the home is locked */
    /* D3. One process: the WAL index lives in memory, so that no -shm file is mapped. */
    return run_text(store,
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            " PRAGMA mmap_size = 0; PRAGMA cache_size = -256; PRAGMA temp_store = MEMORY;"
            " PRAGMA journal_size_limit = 4194304",
            error);
}

/* What the last process wrote and never synced (it was killed, or its fsync failed) is read back
 * from the WAL as if it were committed: an answer out of it, a seal or a receipt would promise what
 * the next power cut takes. So it is brought to the disk before anything is said (F2, I4). A full
 * disk has no room for that in the database; then the WAL itself is synced. */
static enum grid_status settle_wal(struct store *store, struct grid_error *error)
{
    int code = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if ((code & 0xff) == SQLITE_FULL) {
        sqlite3_file *wal = NULL;
        code = sqlite3_file_control(store->db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &wal);
        if (code == SQLITE_OK && wal != NULL && wal->pMethods != NULL)
            code = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
    }
    return code == SQLITE_OK ? GRID_OK : store_fail(store, error);
}

enum grid_status store_open(
        struct store **out, const char *path, const char *vfs, struct grid_error *error)
{
    *out = NULL;
    struct store *store = grid_alloc(sizeof(*store));
    if (store == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    enum grid_status status = GRID_OK;
    if (sqlite3_open_v2(path, &store->db, flags, vfs) != SQLITE_OK)
        status = store->db != NULL ? store_fail(store, error)
                                   : grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status == GRID_OK)
        status = configure(store, error);
    if (status == GRID_OK)
        status = migrate(store, error);
    if (status == GRID_OK)
        status = settle_wal(store, error);
    if (status == GRID_OK)
        status = query_prepare_all(store, error);
    if (status == GRID_OK)
        status = store_case_load(store, error);
    if (status != GRID_OK) {
        store_close(store);
        return status;
    }
    *out = store;
    return GRID_OK;
}

enum grid_status store_cache(struct store *store, unsigned kib, struct grid_error *error)
{
    char pragma[48];
    snprintf(pragma, sizeof(pragma), "PRAGMA cache_size = -%u", kib);
    return run_text(store, pragma, error);
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    case_ids_close(&store->case_ids);
    sqlite3_close(store->db); /* an open turn is rolled back: nothing of it was acknowledged */
    grid_free(store);
}

enum grid_status store_begin(struct store *store, struct grid_error *error)
{
    if (store->in_turn)
        return store_broken(store, error);
    bool row = false;
    enum grid_status status = query_next(store, query(store, SQL_BEGIN), &row, error);
    store->in_turn = status == GRID_OK;
    store->changes_before = sqlite3_total_changes64(store->db);
    return status;
}

/* A statement that still stands on a row keeps its snapshot: no checkpoint could pass it, and the
 * WAL would grow for ever. What such a row lent is over with the turn. */
static void let_go_of_rows(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    while ((statement = sqlite3_next_stmt(store->db, statement)) != NULL)
        if (sqlite3_stmt_busy(statement))
            query_end(statement);
}

enum grid_status store_commit(struct store *store, struct grid_error *error)
{
    if (!store->in_turn)
        return GRID_OK;
    enum grid_status status = store_broken(store, error);
    if (status != GRID_OK)
        return status;
    let_go_of_rows(store);
    bool row = false;
    status = query_next(store, query(store, SQL_COMMIT), &row, error);
    if (status == GRID_OK)
        store->in_turn = false;
    return status;
}

bool store_in_turn(const struct store *store)
{
    return store->in_turn;
}

bool store_has_written(const struct store *store)
{
    return store->in_turn && sqlite3_total_changes64(store->db) != store->changes_before;
}

enum grid_status store_state(const struct store *store, struct grid_error *error)
{
    return store_broken(store, error);
}

enum grid_status store_verify(struct store *store, struct grid_error *error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(1)", -1, &statement, NULL) !=
            SQLITE_OK)
        return store_fail(store, error);
    enum grid_status status = GRID_OK;
    if (sqlite3_step(statement) != SQLITE_ROW) {
        status = store_fail(store, error);
    } else {
        struct bytes said = column_bytes(statement, 0);
        if (!bytes_equal(said, bytes_text("ok")))
            status = grid_fail(error, GRID_STORAGE, "database_corrupt", "%.*s", (int)said.size,
                    (const char *)said.data);
    }
    sqlite3_finalize(statement);
    return status;
}

enum grid_status store_meta_get(struct store *store, const char *name, void *out, size_t size,
        bool *found, struct grid_error *error)
{
    *found = false;
    sqlite3_stmt *get = query(store, SQL_META_GET);
    bind_text(get, 1, bytes_text(name));
    enum grid_status status = query_next(store, get, found, error);
    if (!*found)
        return status;
    if (!column_exact(get, 0, out, size))
        status = store_foreign(name, error);
    query_end(get);
    return status;
}

enum grid_status store_meta_put(struct store *store, const char *name, const void *value,
        size_t size, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_META_PUT);
    bind_text(put, 1, bytes_text(name));
    bind_blob(put, 2, value, size);
    return query_run(store, put, error);
}

enum grid_status store_meta_get_u64(
        struct store *store, const char *name, uint64_t *out, struct grid_error *error)
{
    uint8_t bytes[8] = {0};
    bool found = false;
    enum grid_status status = store_meta_get(store, name, bytes, sizeof(bytes), &found, error);
    *out = found ? get_u64(bytes) : 0;
    return status;
}

enum grid_status store_meta_put_u64(
        struct store *store, const char *name, uint64_t value, struct grid_error *error)
{
    uint8_t bytes[8];
    put_u64(bytes, value);
    return store_meta_put(store, name, bytes, sizeof(bytes), error);
}
