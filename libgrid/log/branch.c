/* Of two branches of a stream the one that is held here does not count (D15): it is kept as
 * evidence, sealed as it came, and the stream goes back to where the branches part. */
#include "libgrid/log/inside.h"
#include "proto/heap.h"

#include <assert.h>
#include <string.h>

/* --- what is kept --- */

struct keeping {
    struct buffer bytes;
    struct segment segment;
    int64_t received_ms;
};

enum { SEGMENT_FULL = GRID_STATUS_COUNT }; /* ends the walk; no failure */

static enum grid_status keep_entry(void *context, const struct store_entry *stored)
{
    struct keeping *keeping = context;
    struct segment *segment = &keeping->segment;
    size_t size = stored->header.size + stored->body.size;
    if (segment->entry_count == GRID_SEGMENT_ENTRIES_MAX ||
            (segment->entry_count > 0 && keeping->bytes.size + size > GRID_SEGMENT_BYTES_MAX))
        return (enum grid_status)SEGMENT_FULL;
    if (segment->entry_count == 0)
        keeping->received_ms = stored->received_ms;
    buffer_append(&keeping->bytes, stored->header.data, stored->header.size);
    buffer_append(&keeping->bytes, stored->body.data, stored->body.size);
    segment->entry_count++;
    return GRID_OK;
}

/* What we wrote ourselves is sealed where it is cut; what others wrote ends at a seal of theirs. */
static enum grid_status find_end(struct log *log, const struct stream *stream, uint64_t from_seq,
        uint64_t *last_seq, struct segment *segment, struct grid_error *error)
{
    const struct store_stream *row = &stream->row;
    int64_t place = 0;
    bool found = false;
    *last_seq = row->tip_seq;
    if (stream->own)
        return GRID_OK;
    enum grid_status status = store_seal_first(log->store, STORE_PLACE(row->no, from_seq),
            STORE_PLACE(row->no, row->tip_seq), &place, segment->seal, &found, error);
    if (status == GRID_OK && !found)
        return grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "seal");
    if (found)
        *last_seq = (uint64_t)(place - STORE_PLACE(row->no, 0));
    return status;
}

static enum grid_status seal_kept(
        struct log *log, struct stream *stream, struct segment *segment, struct grid_error *error)
{
    uint8_t id[GRID_HASH_BYTES];
    uint64_t last_seq = segment->first_seq + segment->entry_count - 1;
    const uint8_t *seed = log_seed_of(log, stream->row.author);
    assert(seed != NULL);
    enum grid_status status = log_chain_id(log, stream, last_seq, id, error);
    /* It stays here, so no mark goes before it: nobody is shown this seal. */
    return status == GRID_OK ? seal_sign(segment->seal, seed, stream->row.author, stream->row.lane,
                                       last_seq, id)
                             : status;
}

enum grid_status log_keep_branch(
        struct log *log, struct stream *stream, uint64_t from_seq, struct grid_error *error)
{
    const struct store_stream *row = &stream->row;
    struct keeping keeping = {0};
    enum grid_status status = GRID_OK;
    for (uint64_t seq = from_seq; seq <= row->tip_seq && status == GRID_OK;
            seq += keeping.segment.entry_count) {
        uint64_t last_seq = 0;
        keeping.segment = (struct segment){.lane = row->lane, .first_seq = seq};
        memcpy(keeping.segment.author, row->author, sizeof(row->author));
        buffer_clear(&keeping.bytes);
        status = find_end(log, stream, seq, &last_seq, &keeping.segment, error);
        if (status == GRID_OK)
            status = store_entry_run(log->store, STORE_PLACE(row->no, seq),
                    STORE_PLACE(row->no, last_seq), keep_entry, &keeping, error);
        if (status == (enum grid_status)SEGMENT_FULL)
            status = GRID_OK;
        if (status == GRID_OK && keeping.bytes.failed)
            status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
        if (status == GRID_OK && keeping.segment.entry_count == 0)
            status = grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "hole");
        if (status == GRID_OK && stream->own)
            status = seal_kept(log, stream, &keeping.segment, error);
        keeping.segment.entries = buffer_bytes(&keeping.bytes);
        if (status == GRID_OK)
            status = store_evidence_put(log->store, &keeping.segment, keeping.received_ms, error);
    }
    buffer_close(&keeping.bytes);
    return status;
}

/* --- going back --- */

/* In the order of the streams: in which order they came is nobody's question under a new epoch. */
static enum grid_status arrive_anew(struct log *log, uint8_t lane, struct grid_error *error)
{
    struct log_tail *tail = &log->tails[lane];
    enum grid_status status = store_arrival_clear(log->store, lane, error);
    *tail = (struct log_tail){0};
    for (size_t i = 0; i < log->stream_count && status == GRID_OK; i++) {
        const struct store_stream *row = &log->streams[i]->row;
        if (row->lane != lane || row->tip_seq == 0)
            continue;
        tail->run = (struct store_run){.lsn = tail->lsn + 1, .stream = row->no, .seq = 1};
        tail->lsn += row->tip_seq;
        status = store_arrival_put(log->store, lane, &tail->run, error);
    }
    return status;
}

enum grid_status log_cut_back(
        struct log *log, struct stream *stream, uint64_t last_seq, struct grid_error *error)
{
    struct store_stream *row = &stream->row;
    struct store *store = log->store;
    int64_t first = STORE_PLACE(row->no, last_seq + 1);
    int64_t last = STORE_PLACE(row->no, row->tip_seq);
    uint8_t id[GRID_HASH_BYTES];
    assert(last_seq < row->tip_seq);
    enum grid_status status = log_chain_id(log, stream, last_seq, id, error);
    if (status == GRID_OK)
        status = store_seal_drop(store, first, last, error);
    if (status == GRID_OK)
        status = store_key_drop_places(store, first, last, error);
    if (status == GRID_OK)
        status = store_receipt_drop(store, row->no, last_seq + 1, error);
    if (status != GRID_OK)
        return status;
    row->tip_seq = last_seq;
    memcpy(row->tip_id, id, sizeof(id));
    if (stream->receipted_seq > last_seq)
        stream->receipted_seq = 0; /* the next link tells what is held of the other branch */
    stream->offered_seq = 0;
    stream->parted = false;
    status = arrive_anew(log, row->lane, error);
    return status == GRID_OK ? log_new_epoch(log, error) : status;
}
