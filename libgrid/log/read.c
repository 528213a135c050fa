/* Reading the log back: entries with their leaves, and chain ids from the nearest place known. */
#include "libgrid/log/inside.h"

#include <assert.h>
#include <string.h>

struct chain_walk {
    struct log *log;
    const struct stream *stream;
    uint8_t *id;
    uint64_t next_seq;
};

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

static enum grid_status walk_chain(void *context, const struct store_entry *stored)
{
    struct chain_walk *walk = context;
    uint64_t seq = seq_of(stored->place);
    if (seq != walk->next_seq++)
        return GRID_INTERNAL;
    struct entry entry = stored_as_entry(&walk->stream->row, seq, stored);
    enum grid_status status = entry_leaf(&entry);
    return status == GRID_OK ? chain_next(walk->id, entry.leaf) : status;
}

/* Where to start walking: the last position asked for, when it is near, else a checkpoint. */
static enum grid_status walk_from(struct log *log, const struct stream *stream, uint64_t seq,
        uint64_t *from, uint8_t *id, struct grid_error *error)
{
    const struct store_stream *row = &stream->row;
    if (stream->walked_seq != 0 && stream->walked_seq <= seq &&
            seq - stream->walked_seq <= LOG_CHECKPOINT_EVERY) {
        *from = stream->walked_seq;
        memcpy(id, stream->walked_id, GRID_HASH_BYTES);
        return GRID_OK;
    }
    int64_t place = STORE_PLACE(row->no, 0);
    bool found = false;
    enum grid_status status = chain_start(id, row->author, row->lane);
    if (status == GRID_OK && seq > 0)
        status = store_chain_before(log->store, STORE_PLACE(row->no, 1), STORE_PLACE(row->no, seq),
                &place, id, &found, error);
    *from = seq_of(place);
    return status;
}

enum grid_status log_chain_id(struct log *log, struct stream *stream, uint64_t seq,
        uint8_t id[static GRID_HASH_BYTES], struct grid_error *error)
{
    const struct store_stream *row = &stream->row;
    assert(seq <= row->tip_seq);
    if (seq == row->tip_seq) {
        memcpy(id, row->tip_id, GRID_HASH_BYTES);
        return GRID_OK;
    }
    uint64_t from = 0;
    enum grid_status status = walk_from(log, stream, seq, &from, id, error);
    struct chain_walk walk = {log, stream, id, from + 1};
    if (status == GRID_OK && from < seq)
        status = store_entry_run(log->store, STORE_PLACE(row->no, from + 1),
                STORE_PLACE(row->no, seq), walk_chain, &walk, error);
    if (status == GRID_INTERNAL || (status == GRID_OK && walk.next_seq != seq + 1))
        return grid_fail(error, GRID_STORAGE, "database_corrupt", "stream %u has a hole", row->no);
    if (status == GRID_OK) {
        stream->walked_seq = seq;
        memcpy(stream->walked_id, id, sizeof(stream->walked_id));
    }
    return status;
}

enum grid_status log_leaf_at(struct log *log, uint8_t lane, uint64_t lsn, uint8_t leaf[static 8],
        bool *found, struct grid_error *error)
{
    *found = false;
    struct store_run run;
    enum grid_status status = log_flush_tail(log, lane, error);
    if (status != GRID_OK || lsn == 0 || lsn > log->tails[lane].run.lsn)
        return status;
    status = store_arrival_after(log->store, lane, lsn - 1, &run, found, error);
    if (status != GRID_OK || !*found)
        return status;
    struct entry entry;
    struct store_entry stored;
    uint64_t seq = run.last_seq - (run.lsn - lsn);
    status = log_entry(log, STORE_PLACE(run.stream, seq), &entry, &stored, found, error);
    if (*found)
        memcpy(leaf, entry.leaf, 8);
    return status;
}

enum grid_status log_arrived(struct log *log, const struct stream *stream, uint64_t lsn,
        uint64_t *seq, struct grid_error *error)
{
    struct store_run run = {0};
    bool found = false;
    uint8_t lane = stream->row.lane;
    enum grid_status status = log_flush_tail(log, lane, error);
    if (status == GRID_OK)
        status =
                store_arrival_of_stream(log->store, lane, lsn, stream->row.no, &run, &found, error);
    uint64_t begin = run.lsn - run.count; /* of the first run that is not whole within lsn */
    *seq = stream->row.tip_seq;
    if (status == GRID_OK && found)
        *seq = run.last_seq - run.count + (lsn > begin ? lsn - begin : 0);
    return status;
}

enum grid_status log_entry(struct log *log, int64_t place, struct entry *out,
        struct store_entry *stored, bool *found, struct grid_error *error)
{
    enum grid_status status = store_entry_get(log->store, place, stored, found, error);
    if (status != GRID_OK || !*found)
        return status;
    *out = stored_as_entry(&log_stream_at(log, place)->row, seq_of(place), stored);
    return entry_leaf(out);
}
