/* Opening the log, writing entries, and the order in which they arrive. */
#include "libgrid/log/inside.h"
#include "proto/gate.h"
#include "proto/heap.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* --- opening --- */

struct loading {
    struct log *log;
    struct grid_error *error;
};

/* The stamp of the entry at the tip, or the start of the chain where there is none. */
static enum grid_status read_tip(
        struct store_stream *row, struct bytes tip_header, struct grid_error *error)
{
    if (row->tip_seq == 0)
        return chain_start(row->tip_id, row->author, row->lane);
    struct arena arena;
    struct entry_header header = {0};
    const struct entry entry = {.lane = row->lane, .seq = row->tip_seq, .header = tip_header};
    arena_init(&arena, 0);
    enum grid_status status = gate_check(tip_header, GATE_ENTRY, NULL);
    if (status == GRID_OK)
        status = entry_read_header(&entry, &arena, &header, NULL);
    row->tip_hlc = header.hlc;
    arena_close(&arena);
    if (status == GRID_NOMEM)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    return status == GRID_OK ? GRID_OK
                             : grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "entry");
}

static enum grid_status load_stream(
        void *context, const struct store_stream *row, struct bytes tip_header)
{
    struct loading *loading = context;
    struct log *log = loading->log;
    if (row->no != log->stream_count + 1 || row->lane >= GRID_LANE_COUNT ||
            row->tip_seq > GRID_SEQ_MAX || log_stream(log, row->author, row->lane) != NULL)
        return grid_fail(loading->error, GRID_STORAGE, "database_corrupt", "stream %u", row->no);
    struct store_stream told = *row;
    struct stream *stream = NULL;
    enum grid_status status = read_tip(&told, tip_header, loading->error);
    if (status == GRID_OK)
        status = log_stream_add(log, &told, &stream, loading->error);
    /* I17: what we wrote ourselves; a stamp of others moves us only while the clock bears it out.
     */
    if (status == GRID_OK && stream->own && told.tip_hlc > log->clock)
        log->clock = told.tip_hlc;
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
    if (stream < 1 || stream > loading->log->stream_count || tier > GRID_TIER_MAX)
        return GRID_OK;
    struct stream *to = loading->log->streams[stream - 1];
    to->tier_seq[tier] = seq;
    /* the parent's tier is the lowest: receipts of those above come through it */
    for (tier = 1; tier < GRID_TIER_MAX && to->tier_seq[tier] == 0;)
        tier++;
    to->receipted_seq = to->tier_seq[tier];
    return GRID_OK;
}

static enum grid_status load_tail(struct log *log, uint8_t lane, struct grid_error *error)
{
    struct log_tail *tail = &log->tails[lane];
    const struct store_run *run = &tail->run;
    bool found = false;
    enum grid_status status =
            store_arrival_last(log->store, lane, INT64_MAX, &tail->run, &found, error);
    if (status != GRID_OK || !found)
        return status;
    bool known = run->stream >= 1 && run->stream <= log->stream_count;
    uint64_t tip = known ? log->streams[run->stream - 1]->row.tip_seq : 0;
    if (tip < run->seq)
        return grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "arrival");
    tail->lsn = run->lsn + (tip - run->seq);
    return GRID_OK;
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

/* A run is written where it begins: what goes on with it costs nothing. */
static enum grid_status arrive(
        struct log *log, const struct stream *stream, uint64_t seq, struct grid_error *error)
{
    uint8_t lane = stream->row.lane;
    struct log_tail *tail = &log->tails[lane];
    struct store_run *run = &tail->run;
    tail->lsn++;
    if (run->stream == stream->row.no && run->seq + (tail->lsn - run->lsn) == seq)
        return GRID_OK;
    *run = (struct store_run){.lsn = tail->lsn, .stream = stream->row.no, .seq = seq};
    return store_arrival_put(log->store, lane, run, error);
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

enum grid_status log_next_own(struct log *log, enum grid_lane lane, struct bytes header,
        struct bytes body, struct entry *out, struct grid_error *error)
{
    struct stream *stream = log->own[lane];
    if (stream == NULL || stream->row.tip_seq == 0) {
        enum grid_status status = log_incarnate(log, lane, error);
        if (status != GRID_OK)
            return status;
        stream = log->own[lane];
    }
    *out = (struct entry){
            .lane = (uint8_t)lane, .seq = stream->row.tip_seq + 1, .header = header, .body = body};
    memcpy(out->author, log->author, sizeof(out->author));
    return entry_leaf(out);
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
            .id = row->tip_id,
            .header = entry->header,
            .body = entry->body};
    enum grid_status status = chain_next(row->tip_id, entry->leaf);
    if (status == GRID_OK)
        status = store_entry_put(log->store, &stored, error);
    if (status != GRID_OK)
        return status;
    row->tip_seq = entry->seq;
    if (hlc > row->tip_hlc)
        row->tip_hlc = hlc;
    return arrive(log, stream, entry->seq, error);
}

enum grid_status log_put_loose(struct log *log, const struct entry *entry, uint32_t kind,
        int64_t case_no, enum grid_verdict verdict, int64_t received_ms, int64_t *place,
        bool *fresh, struct grid_error *error)
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
            .case_no = case_no,
            .verdict = verdict,
            .received_ms = received_ms,
            .header = entry->header,
            .body = entry->body};
    return store_entry_put(log->store, &stored, error);
}

enum grid_status log_set_aside(struct log *log, const struct entry *entry, struct grid_error *error)
{
    const struct stream *stream = log_stream(log, entry->author, entry->lane);
    assert(stream != NULL); /* something is held there */
    struct entry held;
    struct store_entry stored;
    bool found = false;
    if (entry->seq <= stream->row.tip_seq)
        return grid_fail(error, GRID_REFUSED, "other_content", "%" PRIu64, entry->seq);
    int64_t place = STORE_PLACE(stream->row.no, entry->seq);
    enum grid_status status = log_entry(log, place, &held, &stored, &found, error);
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
    buffer_close(&bytes);
    return status;
}

enum grid_status log_displace(struct log *log, const struct entry *entry, uint32_t kind,
        int64_t *place, struct grid_error *error)
{
    enum grid_status status = log_set_aside(log, entry, error);
    if (status != GRID_OK)
        return status;
    *place = STORE_PLACE(log_stream(log, entry->author, entry->lane)->row.no, entry->seq);
    return store_entry_replace(log->store, *place, kind, entry->header, entry->body, error);
}
