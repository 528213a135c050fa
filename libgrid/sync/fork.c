/* Two branches of one stream (D15, P-140): a copied device, or a database and its key file that
 * were put back together. Whoever enrolled the author decides by a FORK which of them counts; every
 * node that holds the other one sets it aside, whole, and goes on with the branch that counts. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <stdlib.h>
#include <string.h>

/* --- deciding --- */

/* The author is a device of ours, or a centre that we invited. */
static bool is_ours_to_decide(
        const struct sync *sync, const struct link *link, const struct stream *stream)
{
    struct roster_author who;
    if (!sync->is_centre || stream->own || !stream->identified ||
            !roster_enrolled_as(sync->roster, stream->identity, &who))
        return false;
    if (!who.is_centre)
        return bytes_equal(who.unit, sync->unit);
    return !bytes_equal(who.unit, sync->unit) &&
           memcmp(stream->identity, link->identity, sizeof(stream->identity)) == 0;
}

/* Whoever likes forks makes any number of them: so many of a stream are decided. */
enum { FORKS_OF_STREAM_MAX = 8 };

static bool has_too_many(const struct sync *sync, const struct store_stream *row)
{
    size_t count = 0;
    for (size_t i = 0; i < roster_fork_count(sync->roster); i++) {
        struct roster_fork fork = roster_fork_at(sync->roster, i);
        count += fork.lane == row->lane && memcmp(fork.author, row->author, GRID_ID_BYTES) == 0;
    }
    return count >= FORKS_OF_STREAM_MAX;
}

/* What we hold came first and has its receipts. *found false: no seal of it reaches the place. */
static enum grid_status branch_held(struct sync *sync, struct stream *stream, uint64_t seq,
        struct fork_branch *out, bool *found, struct grid_error *error)
{
    struct log *log = sync->log;
    const struct store_stream *row = &stream->row;
    struct entry entry;
    struct store_entry stored;
    int64_t place = STORE_PLACE(row->no, seq);
    enum grid_status status = log_entry(log, place, &entry, &stored, found, error);
    if (status != GRID_OK || !*found)
        return status;
    memcpy(out->leaf, entry.leaf, sizeof(out->leaf));
    status = store_seal_last(
            log->store, place, STORE_PLACE(row->no, row->tip_seq), &place, out->seal, found, error);
    if (status != GRID_OK || !*found)
        return status;
    out->seq = (uint64_t)(place - STORE_PLACE(row->no, 0));
    return log_chain_id(log, stream, out->seq, out->id, error);
}

bool fork_is_decided(const struct sync *sync, const struct segment *segment,
        const struct log_acceptance *acceptance)
{
    uint64_t seq = segment->first_seq + acceptance->first_new - 1;
    return roster_fork_leaf(sync->roster, segment->author, segment->lane, seq) != NULL;
}

enum grid_status fork_decide(struct sync *sync, struct grid_now now, const struct link *link,
        const struct segment *segment, const struct log_acceptance *acceptance,
        struct grid_error *error)
{
    struct stream *stream = acceptance->stream;
    struct fork_body fork = {
            .lane = segment->lane, .seq = segment->first_seq + acceptance->first_new - 1};
    size_t last = acceptance->entry_count - 1;
    bool found = false;
    if (link->parent || fork.seq > stream->row.tip_seq || !is_ours_to_decide(sync, link, stream) ||
            fork_is_decided(sync, segment, acceptance) || has_too_many(sync, &stream->row))
        return GRID_OK;
    memcpy(fork.author, segment->author, sizeof(fork.author));
    memcpy(fork.other.leaf, acceptance->entries[acceptance->first_new - 1].leaf,
            sizeof(fork.other.leaf));
    fork.other.seq = segment->first_seq + last;
    memcpy(fork.other.id, acceptance->ids + last * GRID_HASH_BYTES, sizeof(fork.other.id));
    memcpy(fork.other.seal, segment->seal, sizeof(fork.other.seal));
    enum grid_status status = branch_held(sync, stream, fork.seq, &fork.counts, &found, error);
    if (status != GRID_OK || !found)
        return status;
    struct buffer body = {0};
    body_pack_fork(&body, &fork);
    status = body.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                         : enrol_write(sync, now.wall_ms, GRID_LANE_URGENT, GRID_KIND_FORK,
                                   buffer_bytes(&body), error);
    buffer_close(&body);
    return status;
}

bool fork_loses(
        const struct sync *sync, const struct segment *segment, struct log_acceptance *acceptance)
{
    if (roster_fork_first(sync->roster, segment->author, segment->lane) == 0)
        return false;
    for (size_t i = acceptance->first_new; i < acceptance->entry_count; i++) {
        const uint8_t *leaf = roster_fork_leaf(
                sync->roster, segment->author, segment->lane, segment->first_seq + i);
        if (leaf == NULL || memcmp(leaf, acceptance->entries[i].leaf, GRID_HASH_BYTES) == 0)
            continue;
        acceptance->first_new = i + 1;
        return true;
    }
    return false;
}

/* --- what is set aside leaves its cases --- */

struct leaver {
    int64_t case_no, place;
};

struct setting_aside {
    struct sync *sync;
    const struct stream *stream;
    struct buffer leavers;
    struct grid_error *error;
};

static bool is_create(uint32_t kind)
{
    return kind == GRID_KIND_CREATE || kind == GRID_KIND_CREATE_RESOLVED;
}

static enum grid_status note_leaver(void *context, const struct store_entry *stored)
{
    struct setting_aside *aside = context;
    const struct store_stream *row = &aside->stream->row;
    struct leaver leaver = {stored->case_no, stored->place};
    enum grid_status status = GRID_OK;
    if (leaver.case_no == 0 && is_create(stored->kind)) {
        struct entry entry = {.lane = row->lane,
                .seq = (uint64_t)(stored->place - STORE_PLACE(row->no, 0)),
                .header = stored->header,
                .body = stored->body};
        memcpy(entry.author, row->author, sizeof(entry.author));
        status = entry_leaf(&entry);
        if (status == GRID_OK)
            status = book_find(aside->sync->book, entry.leaf, &leaver.case_no, aside->error);
    }
    buffer_append(&aside->leavers, &leaver, sizeof(leaver));
    return status == GRID_OK && aside->leavers.failed
                   ? grid_fail(aside->error, GRID_NOMEM, "out_of_memory", "%s", "")
                   : status;
}

static int compare_leavers(const void *a, const void *b)
{
    const struct leaver *left = a;
    const struct leaver *right = b;
    if (left->case_no != right->case_no)
        return left->case_no < right->case_no ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

/* Case by case, each folded anew once. */
static enum grid_status remove_leavers(struct setting_aside *aside)
{
    struct sync *sync = aside->sync;
    struct leaver *leavers = (struct leaver *)(void *)aside->leavers.data;
    size_t count = aside->leavers.size / sizeof(*leavers);
    int64_t *places = grid_alloc_array(count + 1, sizeof(*places));
    enum grid_status status = GRID_OK;
    if (places == NULL)
        return grid_fail(aside->error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (count > 1)
        qsort(leavers, count, sizeof(*leavers), compare_leavers);
    for (size_t at = 0, next = 0; at < count && status == GRID_OK; at = next) {
        for (next = at; next < count && leavers[next].case_no == leavers[at].case_no; next++)
            places[next - at] = leavers[next].place;
        if (leavers[at].case_no != 0)
            status = book_remove(sync->book, leavers[at].case_no, places, next - at, aside->error);
        for (size_t i = at; i < next && leavers[at].case_no == 0 && status == GRID_OK; i++)
            status = store_entry_drop(sync->log->store, leavers[i].place, aside->error);
    }
    grid_free(places);
    return status;
}

static enum grid_status take_out(
        struct sync *sync, const struct stream *stream, uint64_t from_seq, struct grid_error *error)
{
    struct setting_aside aside = {.sync = sync, .stream = stream, .error = error};
    enum grid_status status =
            store_entry_run(sync->log->store, STORE_PLACE(stream->row.no, from_seq),
                    STORE_PLACE(stream->row.no, GRID_SEQ_MAX), note_leaver, &aside, error);
    if (status == GRID_OK)
        status = remove_leavers(&aside);
    buffer_close(&aside.leavers);
    return status;
}

/* --- and the buckets that we fill --- */

struct refilling {
    struct sync *sync;
    uint32_t stream;
    uint64_t from_seq;
    bool holds;           /* some of what is set aside */
    struct buffer places; /* int64_t: all else, in its order */
    struct grid_error *error;
};

static enum grid_status look_at_run(void *context, const struct bucket_run *run)
{
    struct refilling *refilling = context;
    for (size_t i = 0; i < run->span_count; i++)
        for (uint64_t at = 0; at < run->spans[i].count; at++) {
            uint64_t seq = run->spans[i].first + at;
            int64_t place = STORE_PLACE(run->stream, seq);
            if (run->stream == refilling->stream && seq >= refilling->from_seq)
                refilling->holds = true;
            else
                buffer_append(&refilling->places, &place, sizeof(place));
        }
    return refilling->places.failed
                   ? grid_fail(refilling->error, GRID_NOMEM, "out_of_memory", "%s", "")
                   : GRID_OK;
}

static enum grid_status refill(struct refilling *refilling, struct bucket *bucket)
{
    struct buckets_held *buckets = &refilling->sync->buckets;
    struct log *log = refilling->sync->log;
    refilling->holds = false;
    buffer_clear(&refilling->places);
    enum grid_status status =
            bucket_each_run(buckets, bucket, look_at_run, refilling, refilling->error);
    if (status != GRID_OK || !refilling->holds)
        return status;
    status = bucket_clear(buckets, bucket, refilling->error);
    for (size_t at = 0; at < refilling->places.size && status == GRID_OK; at += sizeof(int64_t)) {
        int64_t place = 0;
        struct entry entry;
        struct store_entry stored;
        bool found = false;
        memcpy(&place, refilling->places.data + at, sizeof(place));
        status = log_entry(log, place, &entry, &stored, &found, refilling->error);
        if (status == GRID_OK && !found)
            status = grid_fail(
                    refilling->error, GRID_STORAGE, "database_corrupt", "%s", bucket->name);
        if (status == GRID_OK)
            status = bucket_append(buckets, bucket, log_stream_at(log, place)->row.no, entry.seq,
                    entry.leaf, refilling->error);
    }
    return status;
}

static enum grid_status refill_all(
        struct sync *sync, const struct stream *stream, uint64_t from_seq, struct grid_error *error)
{
    struct refilling refilling = {
            .sync = sync, .stream = stream->row.no, .from_seq = from_seq, .error = error};
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < sync->buckets.count && status == GRID_OK; i++)
        if (sync->buckets.items[i]->side == STORE_FILLED_HERE)
            status = refill(&refilling, sync->buckets.items[i]);
    buffer_close(&refilling.places);
    return status;
}

/* --- the other branch comes in --- */

static enum grid_status keep_own_author(
        struct sync *sync, const struct stream *stream, struct grid_error *error)
{
    struct log *log = sync->log;
    if (memcmp(stream->row.author, log->author, sizeof(log->author)) != 0)
        return GRID_OK;
    enum grid_status status = log_close_author(log, error);
    return status == GRID_OK ? roster_take_author(sync->roster, log->author, log->identity)
                             : status;
}

static enum grid_status set_aside(
        struct sync *sync, struct stream *stream, uint64_t from_seq, struct grid_error *error)
{
    enum grid_status status = keep_own_author(sync, stream, error);
    if (status == GRID_OK)
        status = log_keep_branch(sync->log, stream, from_seq, error);
    if (status == GRID_OK)
        status = take_out(sync, stream, from_seq, error);
    if (status == GRID_OK)
        status = log_cut_back(sync->log, stream, from_seq - 1, error);
    if (status == GRID_OK)
        status = refill_all(sync, stream, from_seq, error);
    /* All that was said on them was of the other branch, and of the epoch before. */
    for (struct link *link = sync->links; link != NULL && status == GRID_OK; link = link->next)
        status = link_end(sync, link, "fork_decided", "", error);
    return status;
}

struct readmitting {
    struct arena arena;
    struct segment *segments;
    size_t count, capacity;
    const struct roster_fork *fork;
};

static enum grid_status note_segment(void *context, const struct segment *segment)
{
    struct readmitting *readmitting = context;
    if (segment->lane != readmitting->fork->lane || readmitting->count == readmitting->capacity ||
            memcmp(segment->author, readmitting->fork->author, GRID_ID_BYTES) != 0)
        return GRID_OK;
    struct segment *kept = &readmitting->segments[readmitting->count];
    *kept = *segment;
    kept->entries = arena_copy(&readmitting->arena, segment->entries);
    readmitting->count += kept->entries.data != NULL;
    return kept->entries.data != NULL ? GRID_OK : GRID_NOMEM;
}

/* What was kept of the branch that counts is no evidence any more. What is missing behind it comes
 * by WANT. */
static enum grid_status readmit(struct sync *sync, struct grid_now now,
        const struct roster_fork *fork, struct grid_error *error)
{
    struct readmitting readmitting = {.fork = fork};
    uint64_t count = 0;
    enum grid_status status =
            store_evidence_of_stream(sync->log->store, fork->author, fork->lane, &count, error);
    if (status != GRID_OK || count == 0)
        return status;
    arena_init(&readmitting.arena, 0);
    readmitting.capacity = count;
    readmitting.segments =
            arena_alloc_array(&readmitting.arena, count, sizeof(*readmitting.segments));
    status = readmitting.segments == NULL
                     ? GRID_NOMEM
                     : store_evidence_each(sync->log->store, note_segment, &readmitting, error);
    if (status == GRID_NOMEM)
        grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    for (size_t i = 0; i < readmitting.count && status == GRID_OK; i++)
        status = intake_readmit(sync, now, &readmitting.segments[i], &readmitting.arena, error);
    arena_close(&readmitting.arena);
    return status;
}

/* --- a FORK came --- */

enum grid_status fork_take(
        struct sync *sync, const struct fork_body *body, struct grid_error *error)
{
    sync->forks_came = true;
    return roster_take_fork(sync->roster, body) == GRID_OK
                   ? GRID_OK
                   : grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
}

/* Held singly, without a chain: what stands at the place where they part shows it. */
static enum grid_status settle_loose(struct sync *sync, const struct stream *stream,
        const struct roster_fork *fork, struct grid_error *error)
{
    struct entry held;
    struct store_entry stored;
    bool found = false;
    int64_t place = STORE_PLACE(stream->row.no, fork->seq);
    enum grid_status status = log_entry(sync->log, place, &held, &stored, &found, error);
    if (status != GRID_OK || !found || memcmp(held.leaf, fork->leaf, sizeof(held.leaf)) == 0 ||
            stored.kind < GRID_KIND_CREATE)
        return status;
    int64_t no = stored.case_no;
    if (no == 0)
        status = book_find(sync->book, held.leaf, &no, error);
    if (status == GRID_OK)
        status = log_set_aside(sync->log, &held, error);
    if (status == GRID_OK && no != 0)
        status = book_remove(sync->book, no, &place, 1, error);
    return status;
}

static enum grid_status forget_refusal(struct sync *sync, enum store_side side,
        const struct roster_fork *fork, struct grid_error *error)
{
    struct stopped stopped;
    int64_t since_ms = 0;
    bool found = false;
    struct store *store = sync->log->store;
    enum grid_status status = store_stopped_get(
            store, side, fork->author, fork->lane, &stopped, &since_ms, &found, error);
    if (status != GRID_OK || !found || !bytes_equal(stopped.reason, bytes_text("fork")))
        return status;
    return store_stopped_drop(store, side, fork->author, fork->lane, error);
}

static enum grid_status settle(struct sync *sync, struct grid_now now,
        const struct roster_fork *fork, struct grid_error *error)
{
    struct log *log = sync->log;
    struct stream *stream = log_stream(log, fork->author, fork->lane);
    struct entry held;
    struct store_entry stored;
    bool found = false;
    if (stream == NULL)
        return GRID_OK;
    if (stream->row.tip_seq == 0)
        return stream->own ? GRID_OK : settle_loose(sync, stream, fork, error);
    enum grid_status status = GRID_OK;
    if (stream->row.tip_seq >= fork->seq)
        status = log_entry(
                log, STORE_PLACE(stream->row.no, fork->seq), &held, &stored, &found, error);
    if (status != GRID_OK)
        return status;
    if (found && memcmp(held.leaf, fork->leaf, sizeof(held.leaf)) != 0)
        status = set_aside(sync, stream, fork->seq, error);
    if (status == GRID_OK)
        status = readmit(sync, now, fork, error);
    for (unsigned side = STORE_REFUSED_HERE; side <= STORE_REFUSED_BY_PARENT; side++)
        if (status == GRID_OK)
            status = forget_refusal(sync, (enum store_side)side, fork, error);
    return status;
}

enum grid_status fork_flush(struct sync *sync, struct grid_now now, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    if (!sync->forks_came)
        return GRID_OK;
    sync->forks_came = false;
    for (size_t i = 0; i < roster_fork_count(sync->roster) && status == GRID_OK; i++) {
        struct roster_fork fork = roster_fork_at(sync->roster, i);
        status = settle(sync, now, &fork, error);
    }
    return status;
}
