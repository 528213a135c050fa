#include "tests/bench/bare_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_BYTES = 400 };

static void must(const struct bare_store *store, int code, int wanted)
{
    if (code != wanted) {
        (void)fprintf(stderr, "bare: %s\n", sqlite3_errmsg(store->database));
        exit(1);
    }
}

void bare_run(struct bare_store *store, const char *sql)
{
    must(store, sqlite3_exec(store->database, sql, NULL, NULL, NULL), SQLITE_OK);
}

void bare_open(struct bare_store *store, const char *path)
{
    *store = (struct bare_store){0};
    (void)remove(path);
    must(store, sqlite3_open(path, &store->database), SQLITE_OK);
    bare_run(store, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                    "CREATE TABLE record (id INTEGER PRIMARY KEY, name BLOB, body BLOB);"
                    "CREATE UNIQUE INDEX record_name ON record (name);");
    must(store,
            sqlite3_prepare_v2(store->database, "INSERT INTO record (name, body) VALUES (?, ?)", -1,
                    &store->insert, NULL),
            SQLITE_OK);
}

void bare_put(struct bare_store *store)
{
    uint8_t body[RECORD_BYTES];
    memset(body, 0x5a, sizeof(body));
    const uint64_t name[2] = {store->count * 0x9e3779b97f4a7c15u, store->count};
    store->count++;
    sqlite3_bind_blob(store->insert, 1, name, sizeof(name), SQLITE_STATIC);
    sqlite3_bind_blob(store->insert, 2, body, sizeof(body), SQLITE_STATIC);
    must(store, sqlite3_step(store->insert), SQLITE_DONE);
    sqlite3_reset(store->insert);
}

void bare_close(struct bare_store *store)
{
    sqlite3_finalize(store->insert);
    sqlite3_close(store->database);
}
