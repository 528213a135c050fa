/* The thin skin over SQLite that the store's files share: prepared statements by name, binding,
 * rows, and errors turned into statuses. */
#ifndef GRID_STORE_QUERY_H
#define GRID_STORE_QUERY_H

#include "libgrid/store/case_ids.h"
#include "libgrid/store/sql.h"
#include "libgrid/store/store.h"

#include <sqlite3.h>

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    struct case_ids case_ids;
    bool in_turn;
    sqlite3_int64 changes_before; /* in all, when the turn began */
    bool entries_counted;         /* once; from then on it is kept */
    uint64_t entries;
    /* A statement failed in this turn. SQLite may have rolled all of it back by itself, and what
     * was written then would stand alone: nothing more is written, nothing is committed. */
    enum grid_status broken;
    struct grid_error fault;
};

/* When the store is opened: so no question fails for want of its statement. */
enum grid_status query_prepare_all(struct store *store, struct grid_error *error);
/* A statement ready to be bound. */
sqlite3_stmt *query(struct store *store, enum store_sql sql);

void bind_int(sqlite3_stmt *statement, int index, int64_t value);
void bind_bytes(sqlite3_stmt *statement, int index, struct bytes bytes);
void bind_blob(sqlite3_stmt *statement, int index, const void *data, size_t size);
void bind_text(sqlite3_stmt *statement, int index, struct bytes text);

/* Runs a statement that writes: begins the turn first. */
enum grid_status query_run(struct store *store, sqlite3_stmt *statement, struct grid_error *error);
/* Steps to the next row; *row false at the end. The statement is reset at the end and on failure.
 */
enum grid_status query_next(
        struct store *store, sqlite3_stmt *statement, bool *row, struct grid_error *error);
void query_end(sqlite3_stmt *statement);

struct bytes column_bytes(sqlite3_stmt *statement, int column);
/* False, and zeros, unless the blob has exactly `size` bytes. */
bool column_exact(sqlite3_stmt *statement, int column, void *out, size_t size);

enum grid_status store_fail(struct store *store, struct grid_error *error);
/* GRID_OK while no statement of the turn has failed. */
enum grid_status store_broken(const struct store *store, struct grid_error *error);
/* A stored value does not have the form that we wrote: the file was changed from outside. */
enum grid_status store_foreign(const char *what, struct grid_error *error);

/* One number out of a statement of one row and column. */
enum grid_status query_number(
        struct store *store, sqlite3_stmt *statement, int64_t *out, struct grid_error *error);

#endif
