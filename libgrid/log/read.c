/* Reading the log back: entries with their leaves, and chain ids from the nearest place known. */
#include "libgrid/log/inside.h"

#include <assert.h>
#include <string.h>

static struct entry stored_as_entry(
        const struct store_stream *row, uint64_t seq, const struct store_entry *stored)
{
    struct entry entry = {
            .lane = row->lane, .seq = seq, .header = stored->header, .body = stored->body};
    memcpy(entry.author, row->author, sizeof(entry.author));
    return entry;
}

static uint64_t seq_of(int64_t place)
{
    return (uint64_t)place & (((uint64_t)1 << STORE_SEQ_BITS) - 1);
}

enum grid_status log_chain_id(struct log *log, struct stream *stream, uint64_t seq,
        uint8_t id[static GRID_HASH_BYTES], struct grid_error *error)
{
    const struct store_stream *row = &stream->row;
    assert(seq <= row->tip_seq);
    if (seq == 0)
        return chain_start(id, row->author, row->lane);
    if (seq == row->tip_seq) {
        memcpy(id, row->tip_id, GRID_HASH_BYTES);
        return GRID_OK;
    }
    bool found = false;
    enum grid_status status =
            store_entry_id(log->store, STORE_PLACE(row->no, seq), id, &found, error);
    if (status == GRID_OK && !found)
        return grid_fail(error, GRID_STORAGE, "database_corrupt", "stream %u has a hole", row->no);
    return status;
}

enum grid_status log_run_at(struct log *log, uint8_t lane, uint64_t lsn, struct log_run *out,
        bool *found, struct grid_error *error)
{
    const struct log_tail *tail = &log->tails[lane];
    struct store_run run = tail->run;
    struct store_run next = {.lsn = tail->lsn + 1};
    bool more = false;
    enum grid_status status = GRID_OK;
    *found = lsn >= 1 && lsn <= tail->lsn;
    if (*found && lsn < run.lsn) {
        status = store_arrival_last(log->store, lane, lsn, &run, found, error);
        if (status == GRID_OK)
            status = store_arrival_next(log->store, lane, lsn, 0, &next, &more, error);
    }
    *out = (struct log_run){.first_lsn = run.lsn,
            .last_lsn = next.lsn - 1,
            .stream = run.stream,
            .first_seq = run.seq};
    return status;
}

enum grid_status log_leaf_at(struct log *log, uint8_t lane, uint64_t lsn, uint8_t leaf[static 8],
        bool *found, struct grid_error *error)
{
    struct log_run run;
    enum grid_status status = log_run_at(log, lane, lsn, &run, found, error);
    if (status != GRID_OK || !*found)
        return status;
    struct entry entry;
    struct store_entry stored;
    uint64_t seq = run.first_seq + (lsn - run.first_lsn);
    status = log_entry(log, STORE_PLACE(run.stream, seq), &entry, &stored, found, error);
    if (*found)
        memcpy(leaf, entry.leaf, 8);
    return status;
}

enum grid_status log_arrived(struct log *log, const struct stream *stream, uint64_t lsn,
        uint64_t *seq, struct grid_error *error)
{
    struct log_run run;
    bool found = false;
    uint8_t lane = stream->row.lane;
    enum grid_status status = log_run_at(log, lane, lsn, &run, &found, error);
    *seq = stream->row.tip_seq;
    if (status != GRID_OK)
        return status;
    if (found && run.stream == stream->row.no) {
        *seq = run.first_seq + (lsn - run.first_lsn);
        return GRID_OK;
    }
    struct store_run next;
    status = store_arrival_next(log->store, lane, lsn, stream->row.no, &next, &found, error);
    if (found)
        *seq = next.seq - 1;
    return status;
}

enum grid_status log_entry(struct log *log, int64_t place, struct entry *out,
        struct store_entry *stored, bool *found, struct grid_error *error)
{
    enum grid_status status = store_entry_get(log->store, place, stored, found, error);
    if (status != GRID_OK || !*found)
        return status;
    const struct stream *stream = log_stream_at(log, place);
    if (stream == NULL)
        return grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "place");
    *out = stored_as_entry(&stream->row, seq_of(place), stored);
    return entry_leaf(out);
}
