/* Our own author (D5): one key after the other, each closed when an older database is found, and
 * marked in the key file before it seals. */
#include "libgrid/log/inside.h"
#include "proto/heap.h"

#include <assert.h>
#include <string.h>

/* --- the epoch of our arrival log --- */

enum grid_status log_new_epoch(struct log *log, struct grid_error *error)
{
    log->random(log->random_context, log->epoch, sizeof(log->epoch));
    return store_meta_put(log->store, "epoch", log->epoch, sizeof(log->epoch), error);
}

enum grid_status log_load_epoch(struct log *log, struct grid_error *error)
{
    bool found = false;
    enum grid_status status =
            store_meta_get(log->store, "epoch", log->epoch, sizeof(log->epoch), &found, error);
    if (status == GRID_OK && !found)
        status = log_new_epoch(log, error);
    return status;
}

/* --- incarnations --- */

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
 * written under it at once; should we die before the next write, the same spare is taken again.
 * `counter`: of the new author. */
static enum grid_status open_author(struct log *log, uint64_t counter, struct grid_error *error)
{
    struct grid_keyring *keyring = &log->keyring;
    if (keyring->author_count == GRID_INCARNATIONS_MAX)
        return grid_fail(error, GRID_LIMIT, "too_many_incarnations", "%d", GRID_INCARNATIONS_MAX);
    struct author_key *fresh = &keyring->authors[keyring->author_count++];
    memset(fresh, 0, sizeof(*fresh));
    memcpy(fresh->seed, keyring->spare_seed, sizeof(fresh->seed));
    fresh->counter = counter;
    log->random(log->random_context, keyring->spare_seed, sizeof(keyring->spare_seed));
    log->keyring_changed = true;
    enum grid_status status = find_own_streams(log);
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++) {
        if (log->own[lane] == NULL)
            continue;
        log->own[lane]->own = true;
        if (log->own[lane]->row.tip_hlc > log->clock)
            log->clock = log->own[lane]->row.tip_hlc;
    }
    return status;
}

static uint64_t last_counter(const struct grid_keyring *keyring)
{
    return keyring->author_count > 0 ? keyring->authors[keyring->author_count - 1].counter : 0;
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

/* P-47: a start writes nothing before the database and the key file hold its number. So a database
 * whose number is behind that of the key file was put back, whether or not a mark tells: the marks
 * may be those of a key file that was put back before it, and what arrived from others since the
 * copy was made has no mark at all. */
static enum grid_status find_start(struct log *log, bool *is_older, struct grid_error *error)
{
    uint64_t held = 0;
    uint64_t counted = log->keyring.starts;
    enum grid_status status = store_meta_get_u64(log->store, "starts", &held, error);
    *is_older = held < counted;
    log->start = (held > counted ? held : counted) + 1;
    log->start_waits = true;
    return status;
}

enum grid_status log_count_start(struct log *log, struct grid_error *error)
{
    log->start_waits = false;
    log->keyring.starts = log->start;
    log->keyring_changed = true;
    return store_meta_put_u64(log->store, "starts", log->start, error);
}

/* P-48: this database has had author `held`, of which the key file knows nothing. The one behind
 * its last was opened with its spare: we were killed before the key file said so, or an older one
 * was put back; it goes on. Of any later one the spare may be that of an author between, which
 * others know and this database does not: one drawn now is nobody's, and is durable before anything
 * is sealed. */
static enum grid_status open_forgotten(struct log *log, uint64_t held, struct grid_error *error)
{
    struct grid_keyring *keyring = &log->keyring;
    uint64_t next = last_counter(keyring) + 1;
    if (held == next)
        return open_author(log, next, error);
    log->random(log->random_context, keyring->spare_seed, sizeof(keyring->spare_seed));
    return open_author(log, held + 1, error);
}

enum grid_status log_settle_author(struct log *log, struct grid_error *error)
{
    uint64_t held = 0; /* the counter of the last author that this database had */
    bool is_older = false;
    bool hold = false;
    enum grid_status status = find_start(log, &is_older, error);
    if (status == GRID_OK)
        status = store_meta_get_u64(log->store, "author", &held, error);
    if (status == GRID_OK && held > last_counter(&log->keyring))
        status = open_forgotten(log, held, error);
    else if (status == GRID_OK && log->keyring.author_count == 0)
        status = open_author(log, 1, error);
    else if (status == GRID_OK) {
        status = find_own_streams(log);
        if (status == GRID_OK)
            status = marks_hold(log, &hold, error);
        if (status == GRID_OK && (is_older || !hold))
            return log_close_author(log, error);
    }
    if (status == GRID_OK && is_older)
        status = log_new_epoch(log, error);
    if (status != GRID_OK || held == last_counter(&log->keyring))
        return status;
    return store_meta_put_u64(log->store, "author", last_counter(&log->keyring), error);
}

enum grid_status log_close_author(struct log *log, struct grid_error *error)
{
    uint64_t counter = last_counter(&log->keyring) + 1;
    enum grid_status status = open_author(log, counter, error);
    if (status == GRID_OK)
        status = store_meta_put_u64(log->store, "author", counter, error);
    return status == GRID_OK ? log_new_epoch(log, error) : status;
}

/* --- the first entry of each lane --- */

enum grid_status log_incarnate(struct log *log, enum grid_lane lane, struct grid_error *error)
{
    const struct author_key *author = author_in_use(log);
    struct incarnate_body body = {.counter = author->counter};
    /* the stamp of the entry that opens the stream: stamps never fall along it */
    struct entry_header header = {.hlc = log->clock, .kind = GRID_KIND_INCARNATE};
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

/* --- marks --- */

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
