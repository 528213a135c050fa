/* What the entries of a roster's bucket mean (kinds 1–7, 9): at the centre its own, and who stands
 * behind every author; at a child what its parent put there. */
#include "libgrid/sync/sync.h"

#include <stdio.h>
#include <string.h>

/* Who stands behind an author: of its streams in every lane. */
static enum grid_status identify(
        struct sync *sync, const struct store_author *row, struct grid_error *error)
{
    bool fresh = false;
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++) {
        struct stream *stream = log_stream(sync->log, row->author, lane);
        if (stream == NULL || stream->identified)
            continue;
        stream->identified = fresh = true;
        memcpy(stream->identity, row->identity, sizeof(stream->identity));
    }
    return fresh ? store_author_put(sync->log->store, row, error) : GRID_OK;
}

/* Of what was here before a centre came below us it is given its part: cases are looked at once
 * more, some in each turn. */
static enum grid_status take_centre(
        struct sync *sync, const struct centre_body *body, struct grid_error *error)
{
    bool came = sync->is_centre && sync->folds_cuts && !roster_has_centre(sync->roster, body->unit);
    enum grid_status status = roster_take_centre(sync->roster, body);
    struct bytes highest = roster_centre_below(sync->roster, sync->unit, body->unit);
    return status == GRID_OK && came && bytes_equal(highest, body->unit)
                   ? book_refold_all(sync->book, error)
                   : status;
}

/* P-39: what counts from now on, for what is written from now on. */
static enum grid_status take_policy(struct sync *sync, const struct entry *entry,
        const struct policy_body *body, struct grid_error *error)
{
    struct arena arena;
    struct entry_header header;
    bool counts = false;
    arena_init(&arena, 0);
    enum grid_status status = entry_read_header(entry, &arena, &header, error);
    if (status == GRID_OK)
        status = policies_take(
                &sync->book->policies, body, entry->leaf, stamp_ms(header.hlc), &counts);
    arena_close(&arena);
    /* until when a report is to be accepted, and what is supervised, are views of it */
    return status == GRID_OK && counts && sync->folds_cuts ? book_refold_all(sync->book, error)
                                                           : status;
}

enum grid_status roster_entry_apply(
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
            status = identify(sync, &row, error);
        }
        break;
    }
    case GRID_KIND_CENTRE: {
        struct centre_body body;
        status = body_read_centre(entry->body, &body, &newer, &ignored);
        if (status == GRID_OK && !newer)
            status = take_centre(sync, &body, error);
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
        sync->scopes_changed = true;
        break;
    }
    case GRID_KIND_CUT: {
        struct cut_body body;
        status = body_read_cut(entry->body, &arena, &body, &newer, &ignored);
        if (status == GRID_OK && !newer)
            status = cut_take(sync, &body, error);
        sync->scopes_changed = true;
        break;
    }
    case GRID_KIND_POLICY: {
        struct policy_body body;
        status = body_read_policy(entry->body, &body, &newer, &ignored);
        if (status == GRID_OK && !newer)
            status = take_policy(sync, entry, &body, error);
        break;
    }
    case GRID_KIND_FORK: {
        struct fork_body body;
        status = body_read_fork(entry->body, &body, &newer, &ignored);
        if (status == GRID_OK && !newer)
            status = fork_take(sync, &body, error);
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

struct replaying {
    struct sync *sync;
    struct grid_error *error;
};

static enum grid_status replay_place(const struct replaying *replaying, int64_t place)
{
    struct sync *sync = replaying->sync;
    struct entry entry;
    struct store_entry stored;
    bool found = false;
    enum grid_status status =
            log_entry(sync->log, place, &entry, &stored, &found, replaying->error);
    if (status == GRID_OK && found)
        status = roster_entry_apply(sync, &entry, stored.kind, replaying->error);
    return status;
}

static enum grid_status replay_run(void *context, const struct bucket_run *run)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < run->span_count; i++)
        for (uint64_t at = 0; at < run->spans[i].count && status == GRID_OK; at++)
            status = replay_place(context, STORE_PLACE(run->stream, run->spans[i].first + at));
    return status;
}

/* What was in the bucket once: entries are judged in the roster that they cite, and until the new
 * content is whole this is all that a person can report with. */
static enum grid_status replay_stored(void *context, const struct store_entry *stored)
{
    return stored->kind < GRID_KIND_CREATE ? replay_place(context, stored->place) : GRID_OK;
}

static enum grid_status replay_loose(struct replaying *replaying)
{
    struct log *log = replaying->sync->log;
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < log->stream_count && status == GRID_OK; i++) {
        const struct store_stream *row = &log->streams[i]->row;
        if (log->streams[i]->own || row->tip_seq > 0)
            continue;
        /* by what is there: between two entries may lie as many numbers as a parent likes */
        status = store_entry_run(log->store, STORE_PLACE(row->no, 1),
                STORE_PLACE(row->no, GRID_SEQ_MAX), replay_stored, replaying, replaying->error);
    }
    return status;
}

static enum grid_status replay_displaced(void *context, const struct segment *segment)
{
    const struct replaying *replaying = context;
    struct sync *sync = replaying->sync;
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
        status = roster_entry_apply(sync, &entry, header.kind, replaying->error);
    arena_close(&arena);
    return status == GRID_MALFORMED ? GRID_OK : status;
}

static enum grid_status take_author(void *context, const struct store_author *author)
{
    const struct sync *sync = context;
    return roster_take_author(sync->roster, author->author, author->identity);
}

bool roster_entry_is_bucket(const struct bucket *bucket)
{
    return bucket->roster.size > 0;
}

bool roster_entry_is_parents(const struct sync *sync, const struct bucket *bucket)
{
    const struct bucket *held = sync->parents_roster;
    struct bytes unit = bucket->roster;
    struct bytes own = sync->is_centre ? sync->unit : bytes_text(sync->enrolled.unit);
    if (bucket->side != STORE_FROM_PARENT || unit.size == 0)
        return false;
    if (!sync->is_centre)
        return own.size == 0 ? held == NULL : bytes_equal(unit, own);
    /* of all that stand above us the nearest */
    return unit.size < own.size && place_covers(unit, own) &&
           (held == NULL || unit.size >= held->roster.size);
}

/* The roster that this unit's centre writes, as we fill it for those below us. */
static enum grid_status bucket_of_unit(
        struct sync *sync, struct bytes unit, struct bucket **out, struct grid_error *error)
{
    char name[GRID_BUCKET_BYTES + 1];
    snprintf(name, sizeof(name), "roster/%.*s", (int)unit.size, (const char *)unit.data);
    return bucket_make(&sync->buckets, STORE_FILLED_HERE, bytes_text(name), out, error);
}

/* The one that we fill with our own words, and the one that our parent does. */
static enum grid_status find_buckets(struct sync *sync, struct grid_error *error)
{
    for (size_t i = 0; i < sync->buckets.count; i++)
        if (roster_entry_is_parents(sync, sync->buckets.items[i]))
            sync->parents_roster = sync->buckets.items[i];
    return sync->is_centre ? bucket_of_unit(sync, sync->unit, &sync->roster_bucket, error)
                           : GRID_OK;
}

/* *restarted: one of them was begun anew. */
static enum grid_status replay_side(
        struct replaying *replaying, enum store_side_of_bucket side, bool *restarted)
{
    struct buckets_held *buckets = &replaying->sync->buckets;
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < buckets->count && status == GRID_OK; i++) {
        if (buckets->items[i]->side != side || !roster_entry_is_bucket(buckets->items[i]))
            continue;
        status = bucket_each_run(
                buckets, buckets->items[i], replay_run, replaying, replaying->error);
        *restarted = *restarted || buckets->items[i]->restarts > 0;
    }
    return status;
}

enum grid_status roster_entry_open(struct sync *sync, struct grid_error *error)
{
    struct store *store = sync->log->store;
    struct replaying replaying = {sync, error};
    enum grid_status status = find_buckets(sync, error);
    if (status == GRID_OK)
        status = store_author_each(store, take_author, sync, error);
    bool forked = false;
    if (status == GRID_OK)
        status = replay_side(&replaying, STORE_FILLED_HERE, &forked);
    if (status == GRID_OK)
        status = replay_side(&replaying, STORE_FROM_PARENT, &forked);
    if (status == GRID_OK && forked)
        status = replay_loose(&replaying);
    if (status == GRID_OK && forked)
        status = store_evidence_each(store, replay_displaced, &replaying, error);
    if (status == GRID_OK) /* our own author is known before its first word */
        status = roster_take_author(sync->roster, sync->log->author, sync->log->identity);
    sync->roster_grew = sync->scopes_changed = false;
    sync->folds_cuts = true;
    return status;
}

enum grid_status roster_entry_append(struct sync *sync, const struct stream *stream,
        const struct entry *entry, struct grid_error *error)
{
    struct entry_header header;
    struct arena arena;
    arena_init(&arena, 0);
    enum grid_status status = entry_read_header(entry, &arena, &header, error);
    if (status == GRID_OK)
        status = bucket_append(&sync->buckets, sync->roster_bucket, stream->row.no, entry->seq,
                entry->leaf, error);
    if (status == GRID_OK)
        status = roster_entry_apply(sync, entry, header.kind, error);
    arena_close(&arena);
    return status;
}

enum grid_status roster_entry_append_author(struct sync *sync, const struct stream *stream,
        const struct entry *entry, struct grid_error *error)
{
    const struct stream *other =
            log_stream(sync->log, stream->row.author, (uint8_t)!stream->row.lane);
    struct roster_author who;
    struct bucket *bucket = NULL;
    if (sync->roster_bucket == NULL || (other != NULL && other->row.tip_seq > 0) ||
            !roster_enrolled_as(sync->roster, stream->identity, &who))
        return GRID_OK; /* its other lane said it */
    enum grid_status status = bucket_of_unit(sync, who.unit, &bucket, error);
    return status == GRID_OK ? bucket_append(&sync->buckets, bucket, stream->row.no, entry->seq,
                                       entry->leaf, error)
                             : status;
}

enum grid_status roster_entry_hand_on(struct sync *sync, const struct bucket *from,
        const struct entry *entry, struct grid_error *error)
{
    const struct stream *stream = log_stream(sync->log, entry->author, entry->lane);
    struct bucket *bucket = NULL;
    enum grid_status status = bucket_of_unit(sync, from->roster, &bucket, error);
    return status == GRID_OK ? bucket_append(&sync->buckets, bucket, stream->row.no, entry->seq,
                                       entry->leaf, error)
                             : status;
}

/* --- what a centre below writes --- */

/* Of its devices, and of all beneath it; not of itself. */
static bool speaks_for(struct bytes unit, const struct roster_author *whose)
{
    return place_covers(unit, whose->unit) && !(whose->is_centre && bytes_equal(whose->unit, unit));
}

/* D11, D15, D22: a centre speaks for its own unit, and introduces centres, cuts devices and
 * decides forks beneath it.
 */
static bool may_say(const struct sync *sync, struct bytes unit, const struct entry *entry,
        uint32_t kind, struct arena *arena)
{
    union {
        struct centre_body centre;
        struct device_body device;
        struct rows_body rows;
        struct roster_body roster;
        struct cut_body cut;
        struct policy_body policy;
        struct fork_body fork;
    } body;
    struct grid_error ignored = {0};
    struct roster_author whose;
    bool newer = false;
    switch (kind) {
    case GRID_KIND_CENTRE:
        return body_read_centre(entry->body, &body.centre, &newer, &ignored) == GRID_OK && !newer &&
               place_covers(unit, body.centre.unit) && !bytes_equal(unit, body.centre.unit);
    case GRID_KIND_DEVICE:
        return body_read_device(entry->body, &body.device, &newer, &ignored) == GRID_OK && !newer &&
               bytes_equal(body.device.unit, unit);
    case GRID_KIND_ROWS:
        return body_read_rows(entry->body, &body.rows, &newer, &ignored) == GRID_OK && !newer &&
               bytes_equal(body.rows.unit, unit);
    case GRID_KIND_ROSTER:
        return body_read_roster(entry->body, &body.roster, &newer, &ignored) == GRID_OK && !newer &&
               bytes_equal(body.roster.unit, unit);
    case GRID_KIND_CUT:
        return body_read_cut(entry->body, arena, &body.cut, &newer, &ignored) == GRID_OK &&
               !newer && roster_enrolled_as(sync->roster, body.cut.identity, &whose) &&
               speaks_for(unit, &whose);
    case GRID_KIND_POLICY:
        return body_read_policy(entry->body, &body.policy, &newer, &ignored) == GRID_OK && !newer &&
               bytes_equal(body.policy.unit, unit);
    case GRID_KIND_FORK:
        return body_read_fork(entry->body, &body.fork, &newer, &ignored) == GRID_OK && !newer &&
               roster_author_find(sync->roster, body.fork.author, &whose) &&
               speaks_for(unit, &whose);
    default:
        return false;
    }
}

enum grid_status roster_entry_take_below(struct sync *sync, const struct stream *stream,
        const struct entry *entry, struct grid_error *error)
{
    struct entry_header header;
    struct roster_author who;
    struct bucket *bucket = NULL;
    struct arena arena;
    arena_init(&arena, 0);
    enum grid_status status = entry_read_header(entry, &arena, &header, error);
    bool speaks = status == GRID_OK && header.kind < GRID_KIND_CREATE &&
                  roster_enrolled_as(sync->roster, stream->identity, &who) && who.is_centre &&
                  may_say(sync, who.unit, entry, header.kind, &arena);
    if (speaks)
        status = bucket_of_unit(sync, who.unit, &bucket, error);
    if (speaks && status == GRID_OK)
        status = bucket_append(
                &sync->buckets, bucket, stream->row.no, entry->seq, entry->leaf, error);
    if (speaks && status == GRID_OK)
        status = roster_entry_apply(sync, entry, header.kind, error);
    arena_close(&arena);
    return status;
}
