/* What went over the wires, and what was promised: kept outside of the nodes, so that no node can
 * talk itself out of it. */
#include "tests/sim/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum kind { SEALED = 1, ARRIVED };

struct name {
    uint8_t id[GRID_ID_BYTES];
    uint64_t number;
    uint32_t home;
    uint8_t kind, lane;
    uint8_t spare[2];
};

struct row {
    struct name name;
    uint8_t value[GRID_HASH_BYTES];
};

struct promise {
    const struct sim_home *giver;
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t seq;
    uint8_t id[GRID_ID_BYTES];
};

struct ledger {
    struct row *rows;
    size_t count, capacity;
    struct promise *promises;
    size_t promise_count, promise_capacity;
};

struct ledger *ledger_open(void)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));
    assert(ledger != NULL);
    ledger->capacity = 1024;
    ledger->rows = calloc(ledger->capacity, sizeof(struct row));
    assert(ledger->rows != NULL);
    return ledger;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    free(ledger->rows);
    free(ledger->promises);
    free(ledger);
}

/* --- names --- */

static size_t place_of(const struct ledger *ledger, const struct name *name)
{
    const uint8_t *bytes = (const uint8_t *)name;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof(*name); i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    size_t at = (size_t)(hash ^ hash >> 29) & (ledger->capacity - 1);
    while (ledger->rows[at].name.kind != 0 &&
            memcmp(&ledger->rows[at].name, name, sizeof(*name)) != 0)
        at = (at + 1) & (ledger->capacity - 1);
    return at;
}

static void grow(struct ledger *ledger)
{
    struct row *old = ledger->rows;
    size_t capacity = ledger->capacity;
    ledger->capacity *= 2;
    ledger->rows = calloc(ledger->capacity, sizeof(struct row));
    assert(ledger->rows != NULL);
    for (size_t i = 0; i < capacity; i++)
        if (old[i].name.kind != 0)
            ledger->rows[place_of(ledger, &old[i].name)] = old[i];
    free(old);
}

/* False: under this name something else was seen before. */
static bool same_as_before(
        struct ledger *ledger, const struct name *name, const uint8_t value[static GRID_HASH_BYTES])
{
    if (ledger->count * 2 > ledger->capacity)
        grow(ledger);
    struct row *row = &ledger->rows[place_of(ledger, name)];
    if (row->name.kind != 0)
        return memcmp(row->value, value, GRID_HASH_BYTES) == 0;
    row->name = *name;
    memcpy(row->value, value, GRID_HASH_BYTES);
    ledger->count++;
    return true;
}

/* --- segments --- */

static bool identity_is_rival(const struct sim *sim, const uint8_t *identity)
{
    for (size_t i = 0; i < sim->home_count; i++)
        if (sim->homes[i]->rival && memcmp(sim->homes[i]->identity, identity, GRID_KEY_BYTES) == 0)
            return true;
    return false;
}

bool ledger_is_rival(const struct sim *sim, const uint8_t author[static GRID_ID_BYTES])
{
    for (size_t i = 0; i < sim->home_count; i++) {
        const struct sim_home *home = sim->homes[i];
        if (home->node == NULL)
            continue;
        for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++) {
            const struct stream *stream = log_stream(&home->node->log, author, lane);
            if (stream != NULL && stream->identified)
                return identity_is_rival(sim, stream->identity);
        }
    }
    return false;
}

/* I4: what leaves under an own seal is marked in the key file, and committed. */
static void see_own_seal(struct sim_home *from, const struct segment *segment, uint64_t last_seq)
{
    const struct log *log = &from->node->log;
    const struct stream *stream = log_stream(log, segment->author, segment->lane);
    if (stream == NULL || !stream->own)
        return;
    if (log->keyring_changed || log->keyring.generation != from->keyring.generation)
        sim_violate(
                from->sim, "I4", "%s sends a seal before the key file has its mark", from->name);
    const struct author_key *key = &from->keyring.authors[from->keyring.author_count - 1];
    if (memcmp(segment->author, log->author, sizeof(log->author)) == 0 &&
            key->sealed[segment->lane].seq < last_seq)
        sim_violate(from->sim, "I3", "%s seals %d and has marked %d", from->name, (int)last_seq,
                (int)key->sealed[segment->lane].seq);
}

/* F13: an entry never changes. */
static void see_entry(struct sim_home *from, const struct entry *entry, uint64_t lsn)
{
    struct sim *sim = from->sim;
    struct name name = {.kind = SEALED, .lane = entry->lane, .number = entry->seq};
    memcpy(name.id, entry->author, sizeof(name.id));
    if (!same_as_before(sim->ledger, &name, entry->leaf) && !ledger_is_rival(sim, entry->author))
        sim_violate(sim, "I3", "%s: %02x%02x/%u/%d is sealed with two contents", from->name,
                entry->author[0], entry->author[1], entry->lane, (int)entry->seq);
    if (lsn == 0)
        return;
    /* I7: a number of an epoch is given once */
    struct name arrival = {.kind = ARRIVED, .lane = entry->lane, .number = lsn, .home = from->no};
    memcpy(arrival.id, from->node->log.epoch, sizeof(from->node->log.epoch));
    if (!same_as_before(sim->ledger, &arrival, entry->leaf) && !from->rival)
        sim_violate(sim, "I7", "%s: arrival %u/%d was another entry before", from->name,
                entry->lane, (int)lsn);
}

static void see_data(
        struct sim_home *from, struct sim_home *to, const struct frame *frame, struct arena *arena)
{
    struct data_message data;
    struct grid_error error = {0};
    struct entry *entries = NULL;
    uint8_t *ids = NULL;
    const uint8_t nothing[GRID_HASH_BYTES] = {0};
    if (message_read_data(frame, &data, &error) != GRID_OK ||
            segment_open(&data.segment, nothing, arena, &entries, &ids, &error) != GRID_OK) {
        sim_violate(from->sim, "I15", "%s sends a segment that cannot be read: %s", from->name,
                error.reason);
        return;
    }
    uint32_t count = data.segment.entry_count;
    check_data_down(from, to, &data.segment);
    see_own_seal(from, &data.segment, data.segment.first_seq + count - 1);
    for (uint32_t i = 0; i < count; i++)
        see_entry(from, &entries[i], data.lsn > 0 ? data.lsn - (count - 1 - i) : 0);
}

/* --- receipts --- */

static bool bears_out(struct sim_home *giver, const struct promise *promise)
{
    struct log *log = &giver->node->log;
    struct stream *stream = log_stream(log, promise->author, promise->lane);
    uint8_t id[GRID_HASH_BYTES];
    struct grid_error error = {0};
    if (stream == NULL || stream->row.tip_seq < promise->seq)
        return false;
    if (stream->row.tip_seq == promise->seq)
        memcpy(id, stream->row.tip_id, sizeof(id));
    else if (log_chain_id(log, stream, promise->seq, id, &error) != GRID_OK)
        return false;
    return memcmp(id, promise->id, sizeof(promise->id)) == 0;
}

static void keep(struct ledger *ledger, const struct promise *promise)
{
    for (size_t i = 0; i < ledger->promise_count; i++) {
        struct promise *other = &ledger->promises[i];
        if (other->giver != promise->giver || other->lane != promise->lane ||
                memcmp(other->author, promise->author, sizeof(promise->author)) != 0)
            continue;
        if (promise->seq > other->seq)
            *other = *promise;
        return;
    }
    if (ledger->promise_count == ledger->promise_capacity) {
        ledger->promise_capacity =
                ledger->promise_capacity == 0 ? 64 : ledger->promise_capacity * 2;
        ledger->promises =
                realloc(ledger->promises, ledger->promise_capacity * sizeof(struct promise));
        assert(ledger->promises != NULL);
    }
    ledger->promises[ledger->promise_count++] = *promise;
}

static void refuse(const struct sim_home *giver, const struct promise *promise)
{
    sim_violate(giver->sim, "I1", "%s gave a receipt for %02x%02x/%u/%d and does not hold it",
            giver->name, promise->author[0], promise->author[1], promise->lane, (int)promise->seq);
}

static void see_receipt(struct sim_home *from, const struct frame *frame, struct arena *arena)
{
    struct receipt receipt = {0};
    struct grid_error error = {0};
    if (receipt_read(frame->tail, arena, &receipt, &error) != GRID_OK)
        return;
    if (memcmp(receipt.node, from->identity, sizeof(receipt.node)) != 0)
        return; /* handed on: its giver was seen when it gave it */
    for (size_t i = 0; i < receipt.tip_count; i++) {
        const struct stream_tip *tip = &receipt.tips[i];
        struct promise promise = {.giver = from, .lane = tip->lane, .seq = tip->seq};
        memcpy(promise.author, tip->author, sizeof(promise.author));
        memcpy(promise.id, tip->id, sizeof(promise.id));
        if (!bears_out(from, &promise))
            refuse(from, &promise);
        keep(from->sim->ledger, &promise);
    }
}

void ledger_forgive(struct sim_home *giver)
{
    struct ledger *ledger = giver->sim->ledger;
    for (size_t i = 0; i < ledger->promise_count; i++)
        if (ledger->promises[i].giver == giver && !bears_out(giver, &ledger->promises[i]))
            ledger->promises[i--] = ledger->promises[--ledger->promise_count];
}

void ledger_check_receipts(struct sim_home *giver)
{
    const struct ledger *ledger = giver->sim->ledger;
    for (size_t i = 0; i < ledger->promise_count; i++)
        if (ledger->promises[i].giver == giver && !bears_out(giver, &ledger->promises[i]))
            refuse(giver, &ledger->promises[i]);
}

/* --- frames --- */

void ledger_see_frame(struct sim_home *from, struct sim_home *to, struct bytes bytes)
{
    struct arena arena;
    struct frame frame = {0};
    struct grid_error error = {0};
    size_t taken = 0;
    if (bytes.size > GRID_FRAME_BYTES_MAX || bytes.size < FRAME_HEADER_BYTES) {
        sim_violate(from->sim, "I15", "%s sends a frame of %zu bytes", from->name, bytes.size);
        return;
    }
    uint8_t type = bytes.data[0];
    if (type != FRAME_DATA && type != FRAME_RECEIPT && type != FRAME_PUT)
        return;
    arena_init(&arena, 0);
    if (frame_next(bytes, &arena, &frame, &taken, &error) != GRID_OK || taken != bytes.size)
        sim_violate(from->sim, "I15", "%s sends a frame that is none", from->name);
    else if (frame.type == FRAME_DATA)
        see_data(from, to, &frame, &arena);
    else if (frame.type == FRAME_PUT)
        check_put(from, to, &frame);
    else
        see_receipt(from, &frame, &arena);
    arena_close(&arena);
}
