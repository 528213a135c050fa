/* The table of streams: found by author and lane, or by the eight bytes of a dot. */
#include "libgrid/log/inside.h"
#include "proto/heap.h"

#include <assert.h>
#include <string.h>

static size_t slot_of(const struct log *log, const uint8_t *author, uint8_t lane)
{
    /* authors are hashes already */
    return (size_t)(get_u64(author) * 2 + lane) & (log->table_size - 1);
}

static void table_insert(struct log *log, uint32_t index)
{
    const struct store_stream *row = &log->streams[index]->row;
    size_t slot = slot_of(log, row->author, row->lane);
    while (log->table[slot] != 0)
        slot = (slot + 1) & (log->table_size - 1);
    log->table[slot] = index + 1;
}

static enum grid_status table_grow(struct log *log, struct grid_error *error)
{
    size_t size = log->table_size == 0 ? 64 : log->table_size * 2;
    uint32_t *table = grid_alloc_array(size, sizeof(*table));
    if (table == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    grid_free(log->table);
    log->table = table;
    log->table_size = size;
    for (uint32_t i = 0; i < log->stream_count; i++)
        table_insert(log, i);
    return GRID_OK;
}

static struct stream *table_find(
        const struct log *log, const uint8_t *author, size_t author_bytes, uint8_t lane)
{
    if (log->table_size == 0)
        return NULL;
    size_t slot = slot_of(log, author, lane);
    for (; log->table[slot] != 0; slot = (slot + 1) & (log->table_size - 1)) {
        struct stream *stream = log->streams[log->table[slot] - 1];
        if (stream->row.lane == lane && memcmp(stream->row.author, author, author_bytes) == 0)
            return stream;
    }
    return NULL;
}

struct stream *log_stream(
        const struct log *log, const uint8_t author[static GRID_ID_BYTES], uint8_t lane)
{
    return table_find(log, author, GRID_ID_BYTES, lane);
}

struct stream *log_stream_of_dot(const struct log *log, const struct dot *dot)
{
    return table_find(log, dot->author, sizeof(dot->author), dot->lane);
}

struct stream *log_stream_at(const struct log *log, int64_t place)
{
    uint64_t no = (uint64_t)place >> STORE_SEQ_BITS; /* they run 1, 2, 3… */
    return no >= 1 && no <= log->stream_count ? log->streams[no - 1] : NULL;
}

enum grid_status log_stream_add(struct log *log, const struct store_stream *row,
        struct stream **out, struct grid_error *error)
{
    if (log->stream_count == log->stream_capacity) {
        size_t capacity = log->stream_capacity == 0 ? 16 : log->stream_capacity * 2;
        struct stream **grown = grid_resize(log->streams, capacity * sizeof(struct stream *));
        if (grown == NULL)
            return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
        log->streams = grown;
        log->stream_capacity = capacity;
    }
    if ((log->stream_count + 1) * 2 > log->table_size) {
        enum grid_status status = table_grow(log, error);
        if (status != GRID_OK)
            return status;
    }
    struct stream *stream = grid_alloc(sizeof(*stream));
    if (stream == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    stream->row = *row;
    stream->own = log_seed_of(log, row->author) != NULL;
    log->streams[log->stream_count] = stream;
    table_insert(log, (uint32_t)log->stream_count++);
    *out = stream;
    return GRID_OK;
}

enum grid_status log_stream_make(struct log *log, const uint8_t author[static GRID_ID_BYTES],
        uint8_t lane, struct stream **out, struct grid_error *error)
{
    *out = log_stream(log, author, lane);
    if (*out != NULL)
        return GRID_OK;
    struct store_stream row = {.no = (uint32_t)log->stream_count + 1, .lane = lane};
    memcpy(row.author, author, sizeof(row.author));
    enum grid_status status = chain_start(row.tip_id, author, lane);
    if (status == GRID_OK)
        status = log_stream_add(log, &row, out, error);
    if (status == GRID_OK)
        status = store_stream_put(log->store, &row, error);
    return status;
}
