/* Opening the log, writing entries, and the order in which they arrive. */
#include "libgrid/log/inside.h"
#include "proto/heap.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* --- opening --- */

struct loading {
    struct log *log;
    struct grid_error *error;
};

static enum grid_status load_stream(void *context, const struct store_stream *row)
{
    struct loading *loading = context;
    struct log *log = loading->log;
    if (row->no != log->stream_count + 1)
        return grid_fail(loading->error, GRID_STORAGE, "database_corrupt", "stream %u", row->no);
    struct stream *stream = NULL;
    enum grid_status status = log_stream_add(log, row, &stream, loading->error);
    /* I17: what we wrote ourselves; a stamp of others moves us only while the clock bears it out.
     */
    if (status == GRID_OK && stream->own && row->tip_hlc > log->clock)
        log->clock = row->tip_hlc;
    return status;
}

static enum grid_status load_author(void *context, const struct store_author *author)
{
    struct loading *loading = context;
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++) {
        struct stream *stream = log_stream(loading->log, author->author, lane);
        if (stream == NULL)
            continue;
        stream->identified = true;
        memcpy(stream->identity, author->identity, sizeof(stream->identity));
    }
    return GRID_OK;
}

static enum grid_status load_receipt(void *context, uint32_t stream, unsigned tier, uint64_t seq,
        struct bytes receipt, struct bytes signature)
{
    (void)receipt;
    (void)signature;
    const struct loading *loading = context;
    if (tier == 1 && stream >= 1 && stream <= loading->log->stream_count)
        loading->log->streams[stream - 1]->receipted_seq = seq;
    return GRID_OK;
}

static enum grid_status load_tail(struct log *log, uint8_t lane, struct grid_error *error)
{
    struct log_tail *tail = &log->tails[lane];
    bool found = false;
    enum grid_status status = store_arrival_last(log->store, lane, &tail->run, &found, error);
    tail->stored_lsn = found ? tail->run.lsn : 0;
    return status;
}

enum grid_status log_open(struct log *log, struct store *store, const struct grid_keyring *keyring,
        void (*random)(void *, uint8_t *, size_t), void *random_context, struct grid_error *error)
{
    memset(log, 0, sizeof(*log));
    log->store = store;
    log->keyring = *keyring;
    log->random = random;
    log->random_context = random_context;
    struct loading loading = {log, error};
    enum grid_status status = crypto_public_key(log->identity, keyring->identity_seed);
    if (status == GRID_OK)
        status = store_stream_each(store, load_stream, &loading, error);
    if (status == GRID_OK)
        status = store_author_each(store, load_author, &loading, error);
    if (status == GRID_OK)
        status = store_receipt_each(store, load_receipt, &loading, error);
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT && status == GRID_OK; lane++)
        status = load_tail(log, lane, error);
    if (status == GRID_OK)
        status = log_load_epoch(log, error);
    if (status == GRID_OK)
        status = log_settle_author(log, error);
    if (status != GRID_OK)
        log_close(log);
    return status;
}

void log_close(struct log *log)
{
    for (size_t i = 0; i < log->stream_count; i++)
        grid_free(log->streams[i]);
    grid_free(log->streams);
    grid_free(log->table);
    keyring_forget(&log->keyring);
    memset(log, 0, sizeof(*log));
}

/* --- the tail of the arrival log --- */

enum grid_status log_flush_tail(struct log *log, uint8_t lane, struct grid_error *error)
{
    struct log_tail *tail = &log->tails[lane];
    if (!tail->dirty)
        return GRID_OK;
    enum grid_status status =
            tail->stored_lsn == 0
                    ? store_arrival_put(log->store, lane, &tail->run, error)
                    : store_arrival_grow(log->store, lane, tail->stored_lsn, &tail->run, error);
    tail->stored_lsn = tail->run.lsn;
    tail->dirty = false;
    return status;
}

static enum grid_status arrive(
        struct log *log, const struct stream *stream, uint64_t seq, struct grid_error *error)
{
    uint8_t lane = stream->row.lane;
    struct log_tail *tail = &log->tails[lane];
    bool goes_on = tail->run.stream == stream->row.no && tail->run.last_seq + 1 == seq &&
                   tail->run.count > 0 && tail->run.count < GRID_SEGMENT_ENTRIES_MAX;
    if (!goes_on) {
        enum grid_status status = log_flush_tail(log, lane, error);
        if (status != GRID_OK)
            return status;
        tail->run.stream = stream->row.no;
        tail->run.count = 0;
        tail->stored_lsn = 0;
    }
    tail->run.lsn++;
    tail->run.last_seq = seq;
    tail->run.count++;
    tail->dirty = true;
    return GRID_OK;
}

enum grid_status log_flush(struct log *log, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < log->stream_count && status == GRID_OK; i++) {
        if (!log->streams[i]->dirty)
            continue;
        status = store_stream_put(log->store, &log->streams[i]->row, error);
        log->streams[i]->dirty = false;
    }
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT && status == GRID_OK; lane++)
        status = log_flush_tail(log, lane, error);
    return status;
}

/* --- writing --- */

void log_meet_stamps(struct log *log, int64_t wall_ms)
{
    for (size_t i = 0; i < log->stream_count; i++)
        if (!log->streams[i]->own)
            log->clock = stamp_seen(log->clock, log->streams[i]->row.tip_hlc, wall_ms);
}

uint64_t log_stamp(struct log *log, int64_t wall_ms)
{
    log->clock = stamp_next(log->clock, wall_ms);
    return log->clock;
}

enum grid_status log_next_own(struct log *log, enum grid_lane lane, int64_t wall_ms,
        struct bytes header, struct bytes body, struct entry *out, struct grid_error *error)
{
    struct stream *stream = log->own[lane];
    if (stream == NULL || stream->row.tip_seq == 0) {
        enum grid_status status = log_incarnate(log, lane, wall_ms, error);
        if (status != GRID_OK)
            return status;
        stream = log->own[lane];
    }
    *out = (struct entry){
            .lane = (uint8_t)lane, .seq = stream->row.tip_seq + 1, .header = header, .body = body};
    memcpy(out->author, log->author, sizeof(out->author));
    return entry_admit(out, error);
}

enum grid_status log_put(struct log *log, struct stream *stream, const struct entry *entry,
        uint32_t kind, int64_t case_no, enum grid_verdict verdict, uint64_t hlc,
        int64_t received_ms, struct grid_error *error)
{
    struct store_stream *row = &stream->row;
    assert(entry->seq == row->tip_seq + 1);
    struct store_entry stored = {.place = STORE_PLACE(row->no, entry->seq),
            .kind = kind,
            .case_no = case_no,
            .verdict = verdict,
            .received_ms = received_ms,
            .header = entry->header,
            .body = entry->body};
    enum grid_status status = store_entry_put(log->store, &stored, error);
    if (status == GRID_OK)
        status = chain_next(row->tip_id, entry->leaf);
    if (status != GRID_OK)
        return status;
    row->tip_seq = entry->seq;
    if (hlc > row->tip_hlc)
        row->tip_hlc = hlc;
    stream->dirty = true;
    if (stream->own && entry->seq % LOG_CHECKPOINT_EVERY == 0)
        status = store_chain_put(log->store, stored.place, row->tip_id, NULL, error);
    if (status == GRID_OK)
        status = arrive(log, stream, entry->seq, error);
    return status;
}

enum grid_status log_put_loose(struct log *log, const struct entry *entry, uint32_t kind,
        int64_t received_ms, int64_t *place, bool *fresh, struct grid_error *error)
{
    struct stream *stream = NULL;
    enum grid_status status = log_stream_make(log, entry->author, entry->lane, &stream, error);
    if (status != GRID_OK)
        return status;
    *place = STORE_PLACE(stream->row.no, entry->seq);
    struct entry held;
    struct store_entry stored;
    bool found = false;
    status = log_entry(log, *place, &held, &stored, &found, error);
    *fresh = status == GRID_OK && !found;
    if (status != GRID_OK)
        return status;
    if (found)
        return memcmp(held.leaf, entry->leaf, sizeof(held.leaf)) == 0
                       ? GRID_OK
                       : grid_fail(error, GRID_REFUSED, "other_content", "%" PRIu64, entry->seq);
    stored = (struct store_entry){.place = *place,
            .kind = kind,
            .verdict = GRID_VALID,
            .received_ms = received_ms,
            .header = entry->header,
            .body = entry->body};
    return store_entry_put(log->store, &stored, error);
}

enum grid_status log_displace(struct log *log, const struct entry *entry, uint32_t kind,
        int64_t *place, struct grid_error *error)
{
    const struct stream *stream = log_stream(log, entry->author, entry->lane);
    assert(stream != NULL); /* something is held there */
    struct entry held;
    struct store_entry stored;
    bool found = false;
    if (entry->seq <= stream->row.tip_seq)
        return grid_fail(error, GRID_REFUSED, "other_content", "%" PRIu64, entry->seq);
    *place = STORE_PLACE(stream->row.no, entry->seq);
    enum grid_status status = log_entry(log, *place, &held, &stored, &found, error);
    assert(status != GRID_OK || found);
    struct buffer bytes = {0};
    if (status == GRID_OK) {
        buffer_append(&bytes, held.header.data, held.header.size);
        buffer_append(&bytes, held.body.data, held.body.size);
    }
    if (status == GRID_OK && bytes.failed)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    /* It came without a seal: its leaf tells it from others of this place. */
    struct segment segment = {.lane = entry->lane,
            .first_seq = entry->seq,
            .entry_count = 1,
            .entries = buffer_bytes(&bytes)};
    memcpy(segment.author, entry->author, sizeof(segment.author));
    if (status == GRID_OK) {
        memcpy(segment.seal, held.leaf, sizeof(held.leaf));
        status = store_evidence_put(log->store, &segment, stored.received_ms, error);
    }
    if (status == GRID_OK)
        status = store_entry_replace(log->store, *place, kind, entry->header, entry->body, error);
    buffer_close(&bytes);
    return status;
}
