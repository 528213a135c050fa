/* Buckets and the runs that stand in them (D14). */
#include "libgrid/store/query.h"

#include <string.h>

enum grid_status store_bucket_each(
        struct store *store, store_bucket_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_BUCKET_ALL);
    bool row = false;
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        struct store_bucket bucket = {.no = (uint32_t)sqlite3_column_int64(all, 0),
                .side = (unsigned)sqlite3_column_int64(all, 1),
                .name = column_bytes(all, 2),
                .position = (uint64_t)sqlite3_column_int64(all, 4),
                .state = (unsigned)sqlite3_column_int64(all, 6),
                .restarts = (uint64_t)sqlite3_column_int64(all, 7),
                .repairs = (uint64_t)sqlite3_column_int64(all, 8)};
        if (!column_exact(all, 3, bucket.epoch, sizeof(bucket.epoch)) ||
                !column_exact(all, 5, bucket.digest, sizeof(bucket.digest)))
            status = store_foreign("bucket", error);
        if (status == GRID_OK)
            status = each(context, &bucket);
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}

enum grid_status store_bucket_put(
        struct store *store, const struct store_bucket *bucket, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_BUCKET_PUT);
    bind_int(put, 1, bucket->no);
    bind_int(put, 2, bucket->side);
    bind_text(put, 3, bucket->name);
    bind_blob(put, 4, bucket->epoch, sizeof(bucket->epoch));
    bind_int(put, 5, (int64_t)bucket->position);
    bind_blob(put, 6, bucket->digest, sizeof(bucket->digest));
    bind_int(put, 7, bucket->state);
    bind_int(put, 8, (int64_t)bucket->restarts);
    bind_int(put, 9, (int64_t)bucket->repairs);
    return query_run(store, put, error);
}

enum grid_status store_bucket_run_put(struct store *store, uint32_t bucket,
        const struct store_bucket_run *run, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_BUCKET_RUN_PUT);
    bind_int(put, 1, bucket);
    bind_int(put, 2, (int64_t)run->position);
    bind_int(put, 3, run->stream);
    bind_int(put, 4, (int64_t)run->count);
    bind_bytes(put, 5, run->seqs);
    return query_run(store, put, error);
}

static struct store_bucket_run read_run(sqlite3_stmt *row)
{
    return (struct store_bucket_run){.position = (uint64_t)sqlite3_column_int64(row, 0),
            .stream = (uint32_t)sqlite3_column_int64(row, 1),
            .count = (uint64_t)sqlite3_column_int64(row, 2),
            .seqs = column_bytes(row, 3)};
}

enum grid_status store_bucket_run_at(struct store *store, uint32_t bucket, uint64_t position,
        store_bucket_run_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *at = query(store, SQL_BUCKET_RUN_AT);
    bind_int(at, 1, bucket);
    bind_int(at, 2, (int64_t)position);
    bool row = false;
    enum grid_status status = query_next(store, at, &row, error);
    if (!row)
        return status;
    struct store_bucket_run run = read_run(at);
    status = each(context, &run);
    query_end(at);
    return status;
}

enum grid_status store_bucket_run_each(struct store *store, uint32_t bucket,
        store_bucket_run_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_BUCKET_RUN_EACH);
    bind_int(all, 1, bucket);
    bool row = false;
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        struct store_bucket_run run = read_run(all);
        status = each(context, &run);
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}

enum grid_status store_bucket_clear(struct store *store, uint32_t bucket, struct grid_error *error)
{
    sqlite3_stmt *clear = query(store, SQL_BUCKET_CLEAR);
    bind_int(clear, 1, bucket);
    return query_run(store, clear, error);
}
