/* Opening the log, finding streams, writing entries. */
#include "libgrid/log/log.h"
#include "proto/heap.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { CHECKPOINT_EVERY = 256 };

/* --- the table of streams --- */

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
    uint64_t no = (uint64_t)place >> STORE_SEQ_BITS;
    assert(no >= 1 && no <= log->stream_count);
    return log->streams[no - 1]; /* numbers run 1, 2, 3… */
}

static enum grid_status add_stream(struct log *log, const struct store_stream *row,
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
        status = add_stream(log, &row, out, error);
    if (status == GRID_OK)
        (*out)->dirty = true;
    return status;
}

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
    enum grid_status status = add_stream(log, row, &stream, loading->error);
    if (status == GRID_OK && row->tip_hlc > log->clock)
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

static enum grid_status new_epoch(struct log *log, struct grid_error *error)
{
    log->random(log->random_context, log->epoch, sizeof(log->epoch));
    return store_meta_put(log->store, "epoch", log->epoch, sizeof(log->epoch), error);
}

static enum grid_status load_epoch(struct log *log, struct grid_error *error)
{
    bool found = false;
    enum grid_status status =
            store_meta_get(log->store, "epoch", log->epoch, sizeof(log->epoch), &found, error);
    if (status == GRID_OK && !found)
        status = new_epoch(log, error);
    return status;
}

static struct author_key *author_in_use(struct log *log)
{
    assert(log->keyring.author_count > 0);
    return &log->keyring.authors[log->keyring.author_count - 1];
}

static enum grid_status find_own_streams(struct log *log)
{
    uint8_t key[GRID_KEY_BYTES];
    enum grid_status status = crypto_public_key(key, author_in_use(log)->seed);
    if (status == GRID_OK)
        status = author_of_key(log->author, key);
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT && status == GRID_OK; lane++)
        log->own[lane] = log_stream(log, log->author, lane);
    return status;
}

/* D5: the spare seed has been durable since the last write of the key file, so entries may be
 * written under it at once; should we die before the next write, the same spare is taken again. */
static enum grid_status open_author(struct log *log, struct grid_error *error)
{
    struct grid_keyring *keyring = &log->keyring;
    if (keyring->author_count == GRID_INCARNATIONS_MAX)
        return grid_fail(error, GRID_LIMIT, "too_many_incarnations", "%d", GRID_INCARNATIONS_MAX);
    struct author_key *fresh = &keyring->authors[keyring->author_count++];
    memset(fresh, 0, sizeof(*fresh));
    memcpy(fresh->seed, keyring->spare_seed, sizeof(fresh->seed));
    fresh->counter = keyring->author_count;
    log->random(log->random_context, keyring->spare_seed, sizeof(keyring->spare_seed));
    log->keyring_changed = true;
    enum grid_status status = find_own_streams(log);
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        if (log->own[lane] != NULL)
            log->own[lane]->own = true;
    return status;
}

/* I3: the database must hold exactly the id that was marked before it was sealed. */
static enum grid_status marks_hold(struct log *log, bool *hold, struct grid_error *error)
{
    *hold = true;
    const struct author_key *author = author_in_use(log);
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT && *hold; lane++) {
        uint64_t seq = author->sealed[lane].seq;
        struct stream *stream = log->own[lane];
        if (seq == 0)
            continue;
        if (stream == NULL || stream->row.tip_seq < seq) {
            *hold = false;
            continue;
        }
        uint8_t id[GRID_HASH_BYTES];
        enum grid_status status = log_chain_id(log, stream, seq, id, error);
        if (status != GRID_OK)
            return status;
        *hold = memcmp(id, author->sealed[lane].id, sizeof(id)) == 0;
    }
    return GRID_OK;
}

static enum grid_status settle_author(struct log *log, struct grid_error *error)
{
    if (log->keyring.author_count == 0)
        return open_author(log, error);
    bool hold = false;
    enum grid_status status = find_own_streams(log);
    if (status == GRID_OK)
        status = marks_hold(log, &hold, error);
    if (status == GRID_OK && !hold)
        status = log_close_author(log, error);
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
        status = load_epoch(log, error);
    if (status == GRID_OK)
        status = settle_author(log, error);
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

enum grid_status log_close_author(struct log *log, struct grid_error *error)
{
    enum grid_status status = open_author(log, error);
    if (status == GRID_OK)
        status = new_epoch(log, error);
    return status;
}

enum { NO_INCARNATION = UINT32_MAX };

/* The keyring holds few incarnations, and mostly the latest is asked for. */
static uint32_t incarnation_of(const struct log *log, const uint8_t *author)
{
    const struct grid_keyring *keyring = &log->keyring;
    if (keyring->author_count > 0 && memcmp(author, log->author, sizeof(log->author)) == 0)
        return keyring->author_count - 1;
    for (uint32_t i = keyring->author_count; i > 0; i--) {
        uint8_t key[GRID_KEY_BYTES];
        uint8_t name[GRID_ID_BYTES];
        if (crypto_public_key(key, keyring->authors[i - 1].seed) == GRID_OK &&
                author_of_key(name, key) == GRID_OK && memcmp(name, author, sizeof(name)) == 0)
            return i - 1;
    }
    return NO_INCARNATION;
}

const uint8_t *log_seed_of(const struct log *log, const uint8_t author[static GRID_ID_BYTES])
{
    uint32_t index = incarnation_of(log, author);
    return index == NO_INCARNATION ? NULL : log->keyring.authors[index].seed;
}

/* --- the tail of the arrival log --- */

static enum grid_status flush_tail(struct log *log, uint8_t lane, struct grid_error *error)
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
        enum grid_status status = flush_tail(log, lane, error);
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
        status = flush_tail(log, lane, error);
    return status;
}

/* --- reading --- */

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
            seq - stream->walked_seq <= CHECKPOINT_EVERY) {
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
    enum grid_status status = flush_tail(log, lane, error);
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

enum grid_status log_entry(struct log *log, int64_t place, struct entry *out,
        struct store_entry *stored, bool *found, struct grid_error *error)
{
    enum grid_status status = store_entry_get(log->store, place, stored, found, error);
    if (status != GRID_OK || !*found)
        return status;
    *out = stored_as_entry(&log_stream_at(log, place)->row, seq_of(place), stored);
    return entry_leaf(out);
}

/* --- writing --- */

uint64_t log_stamp(struct log *log, int64_t wall_ms)
{
    log->clock = stamp_next(log->clock, wall_ms);
    return log->clock;
}

static enum grid_status write_incarnate(
        struct log *log, enum grid_lane lane, int64_t wall_ms, struct grid_error *error)
{
    const struct author_key *author = author_in_use(log);
    struct incarnate_body body = {.counter = author->counter};
    struct entry_header header = {.hlc = log_stamp(log, wall_ms), .kind = GRID_KIND_INCARNATE};
    struct buffer head_bytes = {0};
    struct buffer body_bytes = {0};
    enum grid_status status = crypto_public_key(body.key, author->seed);
    memcpy(body.identity, log->identity, sizeof(body.identity));
    if (status == GRID_OK)
        status = incarnate_sign(&body, log->keyring.identity_seed);
    if (status == GRID_OK)
        status = body_pack_incarnate(&body_bytes, &body);
    if (status == GRID_OK)
        entry_pack_header(&head_bytes, &header);
    struct entry entry = {.lane = (uint8_t)lane,
            .seq = 1,
            .header = buffer_bytes(&head_bytes),
            .body = buffer_bytes(&body_bytes)};
    memcpy(entry.author, log->author, sizeof(entry.author));
    if (status == GRID_OK && (head_bytes.failed || body_bytes.failed))
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status == GRID_OK)
        status = entry_leaf(&entry);
    struct stream *stream = NULL;
    if (status == GRID_OK)
        status = log_stream_make(log, log->author, (uint8_t)lane, &stream, error);
    if (status == GRID_OK)
        status = log_put(
                log, stream, &entry, GRID_KIND_INCARNATE, 0, GRID_VALID, header.hlc, 0, error);
    struct store_author row = {.counter = body.counter};
    memcpy(row.author, log->author, sizeof(row.author));
    memcpy(row.key, body.key, sizeof(row.key));
    memcpy(row.identity, body.identity, sizeof(row.identity));
    if (status == GRID_OK)
        status = store_author_put(log->store, &row, error);
    log->own[lane] = log->incarnated[lane] = stream;
    if (stream != NULL) {
        stream->identified = true;
        memcpy(stream->identity, log->identity, sizeof(stream->identity));
    }
    buffer_close(&head_bytes);
    buffer_close(&body_bytes);
    return status;
}

enum grid_status log_next_own(struct log *log, enum grid_lane lane, int64_t wall_ms,
        struct bytes header, struct bytes body, struct entry *out, struct grid_error *error)
{
    struct stream *stream = log->own[lane];
    if (stream == NULL || stream->row.tip_seq == 0) {
        enum grid_status status = write_incarnate(log, lane, wall_ms, error);
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
    if (stream->own && entry->seq % CHECKPOINT_EVERY == 0)
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

/* --- our own author --- */

bool log_mark(struct log *log, const struct stream *stream, uint64_t seq,
        const uint8_t id[static GRID_HASH_BYTES])
{
    uint32_t index = incarnation_of(log, stream->row.author);
    assert(index != NO_INCARNATION);
    struct author_key *key = &log->keyring.authors[index];
    if (key->sealed[stream->row.lane].seq >= seq)
        return false; /* this far, or further, was sealed before: the chain is the same */
    key->sealed[stream->row.lane].seq = seq;
    memcpy(key->sealed[stream->row.lane].id, id, GRID_HASH_BYTES);
    log->keyring_changed = true;
    return true;
}

uint64_t log_marked(const struct log *log, const uint8_t author[static GRID_ID_BYTES], uint8_t lane)
{
    uint32_t index = incarnation_of(log, author);
    return index != NO_INCARNATION ? log->keyring.authors[index].sealed[lane].seq : 0;
}
