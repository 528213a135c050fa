/* The physical limit beside which the bench prints our rates: SQLite with synchronous=FULL, one
 * index, COUNT records of 400 bytes, BATCH a transaction. Prints records per second.
 *   bare FOLDER COUNT BATCH */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(sqlite3 *database, int code, int wanted)
{
    if (code != wanted) {
        fprintf(stderr, "bare: %s\n", sqlite3_errmsg(database));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    char path[4096];
    snprintf(path, sizeof(path), "%s/bare-%s.db", argv[1], argv[3]);
    remove(path);
    long count = strtol(argv[2], NULL, 10);
    long batch = strtol(argv[3], NULL, 10);
    sqlite3 *database = NULL;
    sqlite3_stmt *insert = NULL;
    must(database, sqlite3_open(path, &database), SQLITE_OK);
    must(database,
            sqlite3_exec(database,
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                    "CREATE TABLE record (id INTEGER PRIMARY KEY, name BLOB, body BLOB);"
                    "CREATE UNIQUE INDEX record_name ON record (name);",
                    NULL, NULL, NULL),
            SQLITE_OK);
    must(database,
            sqlite3_prepare_v2(
                    database, "INSERT INTO record (name, body) VALUES (?, ?)", -1, &insert, NULL),
            SQLITE_OK);
    uint8_t body[400];
    memset(body, 0x5a, sizeof(body));
    double began = now_s();
    for (long i = 0; i < count; i++) {
        if (batch > 1 && i % batch == 0)
            must(database, sqlite3_exec(database, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
        uint64_t name[2] = {(uint64_t)i * 0x9e3779b97f4a7c15u, (uint64_t)i};
        sqlite3_bind_blob(insert, 1, name, sizeof(name), SQLITE_STATIC);
        sqlite3_bind_blob(insert, 2, body, sizeof(body), SQLITE_STATIC);
        must(database, sqlite3_step(insert), SQLITE_DONE);
        sqlite3_reset(insert);
        if (batch > 1 && (i % batch == batch - 1 || i == count - 1))
            must(database, sqlite3_exec(database, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    }
    printf("%.0f\n", (double)count / (now_s() - began));
    sqlite3_finalize(insert);
    sqlite3_close(database);
    return 0;
}
