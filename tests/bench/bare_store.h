/* SQLite as a limit beside ours: synchronous=FULL, one index, records of 400 bytes, and nothing of
 * our promises but the disk's. Any failure ends the program. */
#ifndef GRID_TESTS_BENCH_BARE_STORE_H
#define GRID_TESTS_BENCH_BARE_STORE_H

#include <sqlite3.h>
#include <stdint.h>

struct bare_store {
    sqlite3 *database;
    sqlite3_stmt *insert;
    uint64_t count;
};

/* A fresh database; what stood at `path` is gone. */
void bare_open(struct bare_store *store, const char *path);
void bare_put(struct bare_store *store);
void bare_run(struct bare_store *store, const char *sql);
void bare_close(struct bare_store *store);

#endif
