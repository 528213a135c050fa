/* The roster's bucket (D14): the ordered entries that a roster is folded from. The centre appends,
 * a child takes them by PUT and knows by count and digest when it is complete. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <string.h>

enum { PUT_ENTRIES_MAX = 64, PUT_BYTES_MAX = 40960 };

/* --- what the entries mean --- */

static enum grid_status apply(
        struct sync *sync, const struct entry *entry, uint32_t kind, struct grid_error *error)
{
    struct grid_roster *roster = sync->roster;
    struct arena arena;
    arena_init(&arena, 0);
    bool newer = false;
    enum grid_status status = GRID_OK;
    struct grid_error ignored = {0};
    switch (kind) {
    case GRID_KIND_INCARNATE: {
        struct incarnate_body body;
        status = body_read_incarnate(entry->body, &body, &newer, &ignored);
        if (status == GRID_OK && !newer)
            status = incarnate_verify(&body, entry->author, &ignored);
        if (status == GRID_OK && !newer)
            status = roster_take_author(roster, entry->author, body.identity);
        if (status == GRID_OK && !newer) {
            struct store_author row = {.counter = body.counter};
            memcpy(row.author, entry->author, sizeof(row.author));
            memcpy(row.key, body.key, sizeof(row.key));
            memcpy(row.identity, body.identity, sizeof(row.identity));
            struct stream *stream = log_stream(sync->log, entry->author, entry->lane);
            if (stream != NULL && !stream->identified) {
                stream->identified = true;
                memcpy(stream->identity, body.identity, sizeof(stream->identity));
                status = store_author_put(sync->log->store, &row, error);
            }
        }
        break;
    }
    case GRID_KIND_CENTRE: {
        struct centre_body body;
        status = body_read_centre(entry->body, &body, &newer, &ignored);
        if (status == GRID_OK && !newer)
            status = roster_take_centre(roster, &body);
        break;
    }
    case GRID_KIND_DEVICE: {
        struct device_body body;
        status = body_read_device(entry->body, &body, &newer, &ignored);
        if (status == GRID_OK && !newer)
            status = roster_take_device(roster, &body);
        break;
    }
    case GRID_KIND_ROWS: {
        struct rows_body body;
        status = body_read_rows(entry->body, &body, &newer, &ignored);
        if (status == GRID_OK && !newer)
            status = roster_take_rows(roster, &body, &ignored);
        break;
    }
    case GRID_KIND_ROSTER: {
        struct roster_body body;
        status = body_read_roster(entry->body, &body, &newer, &ignored);
        if (status == GRID_OK && !newer)
            status = roster_take_roster(roster, &body, entry->leaf, &ignored);
        break;
    }
    case GRID_KIND_CUT: {
        struct cut_body body;
        status = body_read_cut(entry->body, &arena, &body, &newer, &ignored);
        if (status == GRID_OK && !newer)
            status = roster_take_cut(roster, &body);
        break;
    }
    default:
        break; /* of a newer program: kept, passed on, not folded */
    }
    arena_close(&arena);
    sync->roster_grew = true;
    if (status == GRID_NOMEM)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    return status == GRID_STORAGE ? status
                                  : GRID_OK; /* malformed in meaning: kept, without effect */
}

/* --- opening: the bucket is folded again from its start --- */

static enum grid_status replay(void *context, uint64_t position, int64_t place)
{
    (void)position;
    struct sync *sync = context;
    struct entry entry;
    struct store_entry stored;
    bool found = false;
    enum grid_status status = log_entry(sync->log, place, &entry, &stored, &found, NULL);
    if (status == GRID_OK && found)
        status = apply(sync, &entry, stored.kind, NULL);
    return status;
}

/* What was in the bucket once: entries are judged in the roster that they cite, and until the new
 * content is whole this is all that a person can report with. */
static enum grid_status replay_stored(void *context, const struct store_entry *stored)
{
    return replay(context, 0, stored->place);
}

static enum grid_status replay_loose(struct sync *sync, struct grid_error *error)
{
    struct log *log = sync->log;
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < log->stream_count && status == GRID_OK; i++) {
        const struct store_stream *row = &log->streams[i]->row;
        if (log->streams[i]->own || row->tip_seq > 0)
            continue;
        /* by what is there: between two entries may lie as many numbers as a parent likes */
        status = store_entry_run(log->store, STORE_PLACE(row->no, 1),
                STORE_PLACE(row->no, GRID_SEQ_MAX), replay_stored, sync, error);
    }
    return status;
}

static enum grid_status replay_displaced(void *context, const struct segment *segment)
{
    struct sync *sync = context;
    struct entry entry = {.lane = segment->lane, .seq = segment->first_seq};
    struct bytes rest = segment->entries;
    const struct stream *stream = log_stream(sync->log, segment->author, segment->lane);
    if (stream == NULL || stream->row.tip_seq > 0)
        return GRID_OK; /* a branch that was sealed: evidence, and nothing else */
    memcpy(entry.author, segment->author, sizeof(entry.author));
    struct arena arena;
    struct entry_header header;
    arena_init(&arena, 0);
    enum grid_status status = entry_take(&rest, &entry, NULL);
    if (status == GRID_OK)
        status = entry_read_header(&entry, &arena, &header, NULL);
    if (status == GRID_OK)
        status = apply(sync, &entry, header.kind, NULL);
    arena_close(&arena);
    return status == GRID_MALFORMED ? GRID_OK : status;
}

static enum grid_status take_author(void *context, const struct store_author *author)
{
    const struct sync *sync = context;
    return roster_take_author(sync->roster, author->author, author->identity);
}

enum grid_status bucket_open(struct sync *sync, struct grid_error *error)
{
    struct store *store = sync->log->store;
    struct bucket *bucket = &sync->bucket;
    bool found = false;
    uint64_t complete = 0;
    uint64_t forked = 0;
    enum grid_status status = store_meta_get(
            store, "roster_epoch", bucket->epoch, sizeof(bucket->epoch), &found, error);
    if (status == GRID_OK)
        status = store_meta_get_u64(store, "roster_position", &bucket->position, error);
    if (status == GRID_OK)
        status = store_meta_get_u64(store, "roster_complete", &complete, error);
    if (status == GRID_OK)
        status = store_meta_get_u64(store, "roster_forked", &forked, error);
    bucket->complete = complete != 0;
    bucket->forked = forked != 0;
    if (status == GRID_OK)
        status = store_meta_get(
                store, "roster_digest", bucket->digest, sizeof(bucket->digest), &found, error);
    if (status == GRID_OK)
        status = store_author_each(store, take_author, sync, error);
    if (status == GRID_OK)
        status = store_bucket_each(store, STORE_BUCKET_ROSTER, 0, UINT32_MAX, replay, sync, error);
    if (status == GRID_OK && bucket->forked)
        status = replay_loose(sync, error);
    if (status == GRID_OK && bucket->forked)
        status = store_evidence_each(store, replay_displaced, sync, error);
    if (status == GRID_OK) /* our own author is known before its first word */
        status = roster_take_author(sync->roster, sync->log->author, sync->log->identity);
    sync->roster_grew = false;
    return status;
}

struct counting {
    struct sync *sync;
    struct bucket_count *out;
};

static enum grid_status count_entry(void *context, uint64_t position, int64_t place)
{
    const struct counting *counting = context;
    struct entry entry;
    struct store_entry stored;
    bool found = false;
    enum grid_status status = log_entry(counting->sync->log, place, &entry, &stored, &found, NULL);
    if (status == GRID_OK && found && position == counting->out->count + 1) {
        counting->out->count++;
        sum_add(counting->out->digest, entry.leaf);
    } else
        counting->out->missing++;
    return status;
}

enum grid_status bucket_count(struct sync *sync, struct bucket_count *out, struct grid_error *error)
{
    struct counting counting = {sync, out};
    memset(out, 0, sizeof(*out));
    return store_bucket_each(
            sync->log->store, STORE_BUCKET_ROSTER, 0, UINT32_MAX, count_entry, &counting, error);
}

enum grid_status bucket_flush(struct sync *sync, struct grid_error *error)
{
    struct store *store = sync->log->store;
    struct bucket *bucket = &sync->bucket;
    if (!bucket->changed)
        return GRID_OK;
    bucket->changed = false;
    enum grid_status status =
            store_meta_put(store, "roster_epoch", bucket->epoch, sizeof(bucket->epoch), error);
    if (status == GRID_OK)
        status = store_meta_put_u64(store, "roster_position", bucket->position, error);
    if (status == GRID_OK)
        status = store_meta_put_u64(store, "roster_complete", bucket->complete, error);
    if (status == GRID_OK && bucket->forked)
        status = store_meta_put_u64(store, "roster_forked", 1, error);
    if (status == GRID_OK)
        status = store_meta_put(
                store, "roster_digest", bucket->digest, sizeof(bucket->digest), error);
    return status;
}

static enum grid_status add(
        struct sync *sync, int64_t place, const struct entry *entry, struct grid_error *error)
{
    struct bucket *bucket = &sync->bucket;
    bucket->position++;
    sum_add(bucket->digest, entry->leaf);
    bucket->changed = true;
    return store_bucket_put(sync->log->store, STORE_BUCKET_ROSTER, bucket->position, place, error);
}

enum grid_status bucket_append(struct sync *sync, const struct stream *stream,
        const struct entry *entry, struct grid_error *error)
{
    struct entry_header header;
    struct arena arena;
    arena_init(&arena, 0);
    enum grid_status status = entry_read_header(entry, &arena, &header, error);
    if (status == GRID_OK)
        status = add(sync, STORE_PLACE(stream->row.no, entry->seq), entry, error);
    if (status == GRID_OK)
        status = apply(sync, entry, header.kind, error);
    arena_close(&arena);
    return status;
}

/* --- serving --- */

struct putting {
    struct sync *sync;
    struct buffer entries;
    struct put_name names[PUT_ENTRIES_MAX];
    size_t count;
};

static enum grid_status put_entry(void *context, uint64_t position, int64_t place)
{
    (void)position;
    struct putting *putting = context;
    struct entry entry;
    struct store_entry stored;
    bool found = false;
    enum grid_status status = log_entry(putting->sync->log, place, &entry, &stored, &found, NULL);
    if (status != GRID_OK || !found)
        return status != GRID_OK ? status : GRID_STORAGE;
    size_t size = entry.header.size + entry.body.size;
    if (putting->count > 0 && putting->entries.size + size > PUT_BYTES_MAX)
        return GRID_LIMIT; /* the next frame's */
    struct put_name *name = &putting->names[putting->count++];
    memcpy(name->author, entry.author, sizeof(name->author));
    name->lane = entry.lane;
    name->seq = entry.seq;
    buffer_append(&putting->entries, entry.header.data, entry.header.size);
    buffer_append(&putting->entries, entry.body.data, entry.body.size);
    return GRID_OK;
}

static enum grid_status tell_state(struct sync *sync, struct link *link, struct grid_error *error)
{
    struct bucket_state state = {.bucket = bytes_text("roster"),
            .position = sync->bucket.position,
            .count = sync->bucket.position};
    memcpy(state.epoch, sync->log->epoch, sizeof(state.epoch));
    memcpy(state.digest, sync->bucket.digest, sizeof(state.digest));
    struct buffer frame = {0};
    link->roster_told = true;
    return link_queue(sync, link, &frame, message_pack_bucket(&frame, &state), error);
}

/* D5: what others have seen is never numbered twice. Nothing here is sealed, but it is seen: should
 * an older database be put back, the key file knows. */
static enum grid_status mark_shown(
        struct sync *sync, const struct put_name *name, struct grid_error *error)
{
    struct log *log = sync->log;
    uint8_t id[GRID_HASH_BYTES];
    struct stream *stream = log_stream(log, name->author, name->lane);
    const struct grid_keyring *keyring = &log->keyring;
    if (stream == NULL || memcmp(name->author, log->author, sizeof(name->author)) != 0 ||
            keyring->authors[keyring->author_count - 1].sealed[name->lane].seq >= name->seq)
        return GRID_OK;
    enum grid_status status = log_chain_id(log, stream, name->seq, id, error);
    if (status == GRID_OK)
        log_mark(log, stream, name->seq, id);
    return status;
}

enum grid_status bucket_pump(
        struct sync *sync, struct link *link, bool *sent, struct grid_error *error)
{
    *sent = false;
    if (!link->serves_roster || link->phase == LINK_ENDED ||
            link->unsent_bytes >= GRID_LINK_CREDIT_BYTES)
        return GRID_OK;
    if (link->roster_sent == sync->bucket.position) {
        *sent = !link->roster_told;
        return link->roster_told ? GRID_OK : tell_state(sync, link, error);
    }
    struct putting putting = {.sync = sync};
    enum grid_status status = store_bucket_each(sync->log->store, STORE_BUCKET_ROSTER,
            link->roster_sent, PUT_ENTRIES_MAX, put_entry, &putting, error);
    if (status == GRID_LIMIT)
        status = GRID_OK;
    if (status == GRID_OK && putting.count == 0) /* or it would be tried for ever */
        status = grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "bucket");
    for (size_t i = putting.count; i > 0 && status == GRID_OK; i--) /* the last one says it all */
        status = mark_shown(sync, &putting.names[i - 1], error);
    struct put put = {.bucket = bytes_text("roster"),
            .first_position = link->roster_sent + 1,
            .names = putting.names,
            .name_count = putting.count};
    memcpy(put.epoch, sync->log->epoch, sizeof(put.epoch));
    struct buffer frame = {0};
    if (status == GRID_OK && putting.entries.failed)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status == GRID_OK)
        status = link_queue(sync, link, &frame,
                message_pack_put(&frame, &put, buffer_bytes(&putting.entries)), error);
    buffer_close(&putting.entries);
    link->roster_sent += putting.count;
    link->roster_told = false;
    *sent = true;
    return status;
}

/* --- taking --- */

static enum grid_status start_over(
        struct sync *sync, const uint8_t *epoch, struct grid_error *error)
{
    bool forked = sync->bucket.forked || sync->bucket.position > 0;
    memset(&sync->bucket, 0, sizeof(sync->bucket));
    memcpy(sync->bucket.epoch, epoch, sizeof(sync->bucket.epoch));
    sync->bucket.forked = forked;
    sync->bucket.changed = true;
    return store_bucket_clear(sync->log->store, STORE_BUCKET_ROSTER, error);
}

/* A bucket brings what its centre wrote. It carries no seals, so nothing in it may take a place in
 * a log of ours, or in one that somebody else is known to stand behind. */
static bool may_be_put(const struct sync *sync, const struct link *link, const struct entry *entry)
{
    if (entry->seq > GRID_SEQ_MAX)
        return false;
    const struct stream *stream = log_stream(sync->log, entry->author, entry->lane);
    if (stream == NULL)
        return log_seed_of(sync->log, entry->author) == NULL;
    return !stream->own && (!stream->identified || memcmp(stream->identity, link->identity,
                                                           sizeof(stream->identity)) == 0);
}

static enum grid_status take_one(
        struct sync *sync, const struct entry *entry, struct arena *arena, struct grid_error *error)
{
    struct entry_header header;
    struct grid_error fault = {0};
    enum grid_status status = entry_read_header(entry, arena, &header, &fault);
    if (status != GRID_OK)
        return status;
    int64_t place = 0;
    bool fresh = false;
    status = log_put_loose(sync->log, entry, header.kind, 0, &place, &fresh, error);
    if (status == GRID_REFUSED) /* a centre put back from an older copy has gone another way */
        status = log_displace(sync->log, entry, header.kind, &place, error);
    if (status == GRID_REFUSED)
        return GRID_OK; /* the digest will tell */
    if (status == GRID_OK)
        status = add(sync, place, entry, error);
    if (status == GRID_OK)
        status = apply(sync, entry, header.kind, error);
    return status;
}

enum grid_status bucket_take_put(struct sync *sync, struct link *link, const struct put *put,
        struct bytes tail, struct arena *arena, struct grid_error *error)
{
    if (!bytes_equal(put->bucket, bytes_text("roster")))
        return GRID_OK; /* a bucket that we did not ask for */
    struct entry *entries = NULL;
    struct grid_error fault = {0};
    enum grid_status status = put_open(put, tail, arena, &entries, &fault);
    if (status == GRID_NOMEM)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    if (status != GRID_OK)
        return link_end(sync, link, fault.reason, fault.detail, error);
    bool other_epoch = memcmp(put->epoch, sync->bucket.epoch, sizeof(put->epoch)) != 0;
    if (put->first_position == 1 && (other_epoch || sync->bucket.position > 0))
        status = start_over(sync, put->epoch, error);
    if (status == GRID_OK && put->first_position != sync->bucket.position + 1)
        return link_end(sync, link, "bucket_gap", "roster", error);
    sync->bucket.complete = false;
    for (size_t i = 0; i < put->name_count && status == GRID_OK; i++) {
        if (!may_be_put(sync, link, &entries[i]))
            return link_end(sync, link, "out_of_turn", "roster", error);
        status = take_one(sync, &entries[i], arena, error);
        if (status == GRID_MALFORMED)
            return link_end(sync, link, "entry_header", "roster", error);
    }
    return status;
}

/* F26: complete only at equal count and digest. What differs is asked for from the start. */
enum grid_status bucket_take_state(struct sync *sync, struct link *link,
        const struct bucket_state *state, struct grid_error *error)
{
    if (!bytes_equal(state->bucket, bytes_text("roster")))
        return GRID_OK;
    struct bucket *bucket = &sync->bucket;
    bool equal = memcmp(state->epoch, bucket->epoch, sizeof(state->epoch)) == 0 &&
                 state->position == bucket->position &&
                 memcmp(state->digest, bucket->digest, sizeof(state->digest)) == 0;
    bucket->changed = bucket->changed || bucket->complete != equal;
    bucket->complete = equal;
    if (equal)
        return GRID_OK;
    uint8_t none[GRID_EPOCH_BYTES] = {0};
    enum grid_status status = start_over(sync, none, error);
    return status == GRID_OK ? link_end(sync, link, "bucket_digest", "roster", error) : status;
}
