/* Revocation (D16): a CUT ends what counts of an identity by position, whenever it arrives. Later
 * entries are taken, kept and void; the device itself is served nothing but the word that it is
 * revoked. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <string.h>

/* --- what is judged anew --- */

struct marking {
    struct sync *sync;
    const struct store_stream *row;
    bool creates; /* one of them made a case: a merge may rest on it */
    struct grid_error *error;
};

/* Creates are found by their leaf, all else by the number of its case. */
static enum grid_status mark_entry(void *context, const struct store_entry *stored)
{
    struct marking *marking = context;
    struct book *book = marking->sync->book;
    int64_t no = stored->case_no;
    enum grid_status status = GRID_OK;
    if (no == 0 &&
            (stored->kind == GRID_KIND_CREATE || stored->kind == GRID_KIND_CREATE_RESOLVED)) {
        struct entry entry = {.lane = marking->row->lane,
                .seq = (uint64_t)(stored->place - STORE_PLACE(marking->row->no, 0)),
                .header = stored->header,
                .body = stored->body};
        memcpy(entry.author, marking->row->author, sizeof(entry.author));
        marking->creates = true;
        status = entry_leaf(&entry);
        if (status == GRID_OK)
            status = book_find(book, entry.leaf, &no, marking->error);
    }
    return status == GRID_OK && no != 0 ? book_refold(book, no, marking->error) : status;
}

/* Where each stream was cut before. */
static uint64_t *positions_of(const struct sync *sync)
{
    uint64_t *positions = grid_alloc_array(sync->log->stream_count + 1, sizeof(*positions));
    for (size_t i = 0; i < sync->log->stream_count && positions != NULL; i++) {
        const struct store_stream *row = &sync->log->streams[i]->row;
        positions[i] = roster_cut_position(sync->roster, row->author, row->lane);
    }
    return positions;
}

/* What lies between the former position and the new one counted until now. */
static enum grid_status mark_all(
        struct sync *sync, const uint64_t *before, struct grid_error *error)
{
    struct log *log = sync->log;
    struct marking marking = {.sync = sync, .error = error};
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < log->stream_count && status == GRID_OK; i++) {
        const struct store_stream *row = &log->streams[i]->row;
        uint64_t after = roster_cut_position(sync->roster, row->author, row->lane);
        uint64_t last = before[i] < GRID_SEQ_MAX ? before[i] : GRID_SEQ_MAX;
        marking.row = row;
        if (after < last)
            status = store_entry_run(log->store, STORE_PLACE(row->no, after + 1),
                    STORE_PLACE(row->no, last), mark_entry, &marking, error);
    }
    return status == GRID_OK && marking.creates ? book_refold_merges(sync->book, error) : status;
}

enum grid_status cut_take(struct sync *sync, const struct cut_body *body, struct grid_error *error)
{
    uint64_t *before = sync->folds_cuts ? positions_of(sync) : NULL;
    if (sync->folds_cuts && before == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    enum grid_status status = roster_take_cut(sync->roster, body);
    if (status == GRID_OK && before != NULL)
        status = mark_all(sync, before, error);
    grid_free(before);
    return status;
}

/* --- what lies beyond --- */

/* The first of a stream is its INCARNATE and nobody's work. */
static uint64_t beyond(const struct sync *sync, const struct stream *stream)
{
    const struct store_stream *row = &stream->row;
    uint64_t position = roster_cut_position(sync->roster, row->author, row->lane);
    uint64_t last = position > 1 ? position : 1;
    return row->tip_seq > last ? row->tip_seq - last : 0;
}

uint64_t cut_count(const struct sync *sync, const uint8_t identity[static GRID_KEY_BYTES])
{
    uint64_t count = 0;
    for (size_t i = 0; i < sync->log->stream_count; i++) {
        const struct stream *stream = sync->log->streams[i];
        if (stream->identified && memcmp(stream->identity, identity, GRID_KEY_BYTES) == 0)
            count += beyond(sync, stream);
    }
    return count;
}

uint64_t cut_count_all(const struct sync *sync)
{
    uint64_t count = 0;
    for (size_t i = 0; i < sync->log->stream_count; i++)
        count += beyond(sync, sync->log->streams[i]);
    return count;
}

/* Whoever has the device may write on it as long as he likes; what an honest finder or an honest
 * owner has on it is less. */
enum { QUARANTINE_OF_DEVICE_MAX = 20000 };

bool cut_is_full(const struct sync *sync, const uint8_t identity[static GRID_KEY_BYTES])
{
    return roster_identity_cut(sync->roster, identity) &&
           cut_count(sync, identity) >= QUARANTINE_OF_DEVICE_MAX;
}

/* --- the device at the other end --- */

static bool is_cut_child(const struct sync *sync, const struct link *link)
{
    return !link->parent && !link->stranger && link->phase != LINK_ENDED &&
           roster_identity_cut(sync->roster, link->identity);
}

void cut_flush(struct sync *sync)
{
    for (struct link *link = sync->links; link != NULL; link = link->next)
        if (link->serves && is_cut_child(sync, link))
            link->serves = false;
}

static bool all_came(const struct link *link)
{
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++) {
        const struct cursor *cursor = &link->cursors[lane];
        bool same = memcmp(cursor->epoch, link->peer_epoch, sizeof(cursor->epoch)) == 0;
        if (link->peer_ends[lane] > 0 && (!same || cursor->lsn < link->peer_ends[lane]))
            return false;
    }
    return true;
}

enum grid_status cut_tell(struct sync *sync, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (struct link *link = sync->links; link != NULL && status == GRID_OK; link = link->next)
        if (link->phase != LINK_GREETING && is_cut_child(sync, link) &&
                (all_came(link) || cut_is_full(sync, link->identity)))
            status = link_end(sync, link, "revoked", "", error);
    return status;
}

/* --- at the device --- */

static const char meta_name[] = "revoked_ms";

enum grid_status cut_load(struct sync *sync, struct grid_error *error)
{
    uint64_t since_ms = 0;
    enum grid_status status = store_meta_get_u64(sync->log->store, meta_name, &since_ms, error);
    sync->revoked = since_ms != 0;
    return status;
}

/* P-144: the matters of others are no business of a device that is revoked. What was written on it
 * stays: nobody deletes his own words (D7). */
static void wipe(struct sync *sync)
{
    for (size_t i = 0; i < sync->buckets.count; i++) {
        struct bucket *bucket = sync->buckets.items[i];
        if (bucket->side != STORE_FROM_PARENT || roster_entry_is_bucket(bucket) ||
                bucket->state > BUCKET_WHOLE)
            continue;
        bucket->state = BUCKET_LEAVING;
        bucket_touch(&sync->buckets, bucket);
        sync->leave_again = true;
    }
}

enum grid_status cut_told(
        struct sync *sync, struct grid_now now, bool revoked, struct grid_error *error)
{
    if (revoked && !sync->is_centre)
        wipe(sync);
    if (sync->revoked == revoked)
        return GRID_OK;
    sync->revoked = revoked;
    uint64_t since_ms = !revoked ? 0 : now.wall_ms > 0 ? (uint64_t)now.wall_ms : 1;
    return store_meta_put_u64(sync->log->store, meta_name, since_ms, error);
}
