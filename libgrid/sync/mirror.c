/* The receiving side of the way down (D14, P-97, P-98): the parent's buckets as we hold them. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <string.h>

/* --- what HELLO tells --- */

enum { TOLD_BYTES_MAX = 36864 }; /* of a HELLO that is one frame */

static enum grid_status list(struct link *link, struct bucket *bucket, struct grid_error *error)
{
    if (link->listed_count == link->listed_capacity) {
        size_t capacity = link->listed_capacity == 0 ? 16 : link->listed_capacity * 2;
        struct bucket **grown = grid_resize(link->listed, capacity * sizeof(struct bucket *));
        if (grown == NULL)
            return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
        link->listed = grown;
        link->listed_capacity = capacity;
    }
    link->listed[link->listed_count++] = bucket;
    return GRID_OK;
}

static bool is_open(const struct bucket *bucket)
{
    return bucket->side == STORE_FROM_PARENT && bucket->state <= BUCKET_WHOLE;
}

static enum grid_status tell_one(struct link *link, const uint8_t *epoch, struct bucket *bucket,
        struct held_buckets *out, size_t *bytes, struct grid_error *error)
{
    bool same_epoch = memcmp(bucket->epoch, epoch, GRID_EPOCH_BYTES) == 0;
    struct held_bucket *item = &out->items[out->count];
    *bytes += strlen(bucket->name) + 2 + 9 + 10;
    if (out->count == GRID_BUCKETS_HELD_MAX || *bytes > TOLD_BYTES_MAX)
        return GRID_OK; /* these begin anew */
    item->name = bytes_text(bucket->name);
    /* What was ours and did not come on the last link is perhaps nowhere any more: two that were
     * put back have lost it together. From the start, the parent names what there is. */
    item->position = same_epoch && !bucket->lacking ? bucket->position : 0;
    memcpy(item->digest, bucket->digest, sizeof(item->digest));
    out->count++;
    return list(link, bucket, error);
}

enum grid_status mirror_tell(struct sync *sync, struct link *link, struct arena *arena,
        struct held_buckets *out, struct grid_error *error)
{
    const struct buckets_held *buckets = &sync->buckets;
    struct bucket *roster = sync->parents_roster;
    size_t bytes = 0;
    *out = (struct held_buckets){0};
    out->items = arena_alloc_array(arena, GRID_BUCKETS_HELD_MAX, sizeof(*out->items));
    if (out->items == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (roster == NULL)
        return GRID_OK;
    /* P-91: the roster's goes first, so it is of the newest life of the parent's log. */
    memcpy(out->epoch, roster->epoch, sizeof(out->epoch));
    enum grid_status status = tell_one(link, out->epoch, roster, out, &bytes, error);
    for (size_t i = 0; i < buckets->count && status == GRID_OK; i++)
        if (is_open(buckets->items[i]) && buckets->items[i] != roster)
            status = tell_one(link, out->epoch, buckets->items[i], out, &bytes, error);
    return status;
}

/* --- the list --- */

static bool is_listed(const struct link *link, const struct bucket *bucket)
{
    for (size_t i = 0; i < link->listed_count; i++)
        if (link->listed[i] == bucket)
            return true;
    return false;
}

static void become(struct sync *sync, struct bucket *bucket, enum bucket_state state)
{
    if (bucket->state == state)
        return;
    bucket->state = state;
    bucket_touch(&sync->buckets, bucket);
}

static enum grid_status open_bucket(
        struct sync *sync, struct link *link, struct bytes name, struct grid_error *error)
{
    struct bucket *bucket = NULL;
    enum grid_status status = bucket_make(&sync->buckets, STORE_FROM_PARENT, name, &bucket, error);
    if (status != GRID_OK)
        return status;
    /* what is under us nobody above knows better */
    bool ours =
            sync->is_centre && bucket->roster.size > 0 && place_covers(sync->unit, bucket->roster);
    if (is_listed(link, bucket) || ours)
        return link_end(sync, link, "out_of_turn", "BUCKETS", error);
    if (bucket->position > 0) /* it was closed, or had no room in our HELLO */
        status = bucket_clear(&sync->buckets, bucket, error);
    become(sync, bucket, BUCKET_FILLING);
    if (roster_entry_is_parents(sync, bucket))
        sync->parents_roster = bucket;
    return status == GRID_OK ? list(link, bucket, error) : status;
}

static enum grid_status take_states(struct sync *sync, struct link *link,
        const struct buckets *buckets, struct grid_error *error)
{
    if (buckets->state_count == 0)
        return GRID_OK;
    if (buckets->state_count != link->listed_count)
        return link_end(sync, link, "out_of_turn", "BUCKETS", error);
    for (size_t i = 0; i < buckets->state_count; i++) {
        struct bucket *bucket = link->listed[i];
        if (bucket == NULL)
            continue;
        switch ((enum bucket_told)buckets->states[i]) {
        case BUCKET_CLOSED:
            /* Entries are judged by the roster that was, whoever reads it no more. And a centre
             * hands on what it has: nothing leaves it. */
            become(sync, bucket,
                    roster_entry_is_bucket(bucket) || sync->is_centre ? BUCKET_GONE
                                                                      : BUCKET_LEAVING);
            sync->leave_again = true;
            link->listed[i] = NULL;
            break;
        case BUCKET_OPEN:
            if (!link->list_whole)
                become(sync, bucket, BUCKET_FILLING);
            break;
        case BUCKET_EQUAL:
            become(sync, bucket, BUCKET_WHOLE);
            break;
        }
    }
    return GRID_OK;
}

enum grid_status mirror_take_list(struct sync *sync, struct link *link,
        const struct buckets *buckets, struct grid_error *error)
{
    memcpy(link->list_epoch, buckets->epoch, sizeof(link->list_epoch));
    enum grid_status status = take_states(sync, link, buckets, error);
    for (size_t i = 0; i < buckets->name_count && status == GRID_OK && link->phase != LINK_ENDED;
            i++) {
        if (link->listed_count >= GRID_BUCKETS_MAX)
            return link_end(sync, link, "out_of_turn", "BUCKETS", error);
        status = open_bucket(sync, link, buckets->names[i], error);
    }
    link->list_whole = !buckets->more;
    return status;
}

bool mirror_whole(const struct link *link)
{
    for (size_t i = 0; i < link->listed_count; i++)
        if (link->listed[i] != NULL && link->listed[i]->state != BUCKET_WHOLE &&
                !link->listed[i]->orphaned)
            return false;
    return link->list_whole;
}

/* --- what is put --- */

static enum grid_status start_over(
        struct sync *sync, struct bucket *bucket, struct grid_error *error)
{
    bucket->restarts += bucket->position > 0;
    become(sync, bucket, BUCKET_FILLING);
    return bucket_clear(&sync->buckets, bucket, error);
}

/* A bucket carries no seals, so nothing in it may take a place in a log of ours. A roster is its
 * centre's word, save that it names who stands behind others. */
static bool may_be_put(const struct sync *sync, const struct link *link,
        const struct bucket *bucket, const struct entry *entry)
{
    const struct stream *stream = log_stream(sync->log, entry->author, entry->lane);
    if (log_seed_of(sync->log, entry->author) != NULL)
        return false;
    if (stream == NULL || !stream->identified)
        return true;
    /* nor in one that comes with its seals from below */
    if (sync->is_centre && place_is_from(sync, sync->unit, stream))
        return false;
    /* The CENTRE that introduces its writer may stand in another roster, which comes behind it. */
    struct roster_author who;
    bool writers = memcmp(stream->identity, link->identity, sizeof(stream->identity)) == 0 ||
                   !roster_enrolled_as(sync->roster, stream->identity, &who) ||
                   (who.is_centre && bytes_equal(who.unit, bucket->roster));
    return writers || entry->seq == 1 || !roster_entry_is_bucket(bucket);
}

/* *fresh false: it was held before. */
static enum grid_status put_roster_entry(struct sync *sync, const struct entry *entry,
        uint32_t kind, bool *fresh, struct grid_error *error)
{
    int64_t place = 0;
    bool cleared = false;
    enum grid_status status =
            log_put_loose(sync->log, entry, kind, 0, GRID_VALID, 0, &place, fresh, error);
    /* A centre put back from an older copy has gone another way; there, a case may have gone on. */
    if (status != GRID_REFUSED)
        return status;
    status = book_clear_place(sync->book, entry, &cleared, error);
    if (status != GRID_OK)
        return status;
    *fresh = true;
    return cleared ? log_put_loose(sync->log, entry, kind, 0, GRID_VALID, 0, &place, fresh, error)
                   : log_displace(sync->log, entry, kind, &place, error);
}

static enum grid_status take_roster_entry(struct sync *sync, const struct bucket *bucket,
        const struct entry *entry, uint32_t kind, struct grid_error *error)
{
    bool fresh = false;
    enum grid_status status = put_roster_entry(sync, entry, kind, &fresh, error);
    if (status == GRID_OK && fresh && sync->is_centre)
        status = roster_entry_hand_on(sync, bucket, entry, error);
    return status == GRID_OK ? roster_entry_apply(sync, entry, kind, error) : status;
}

static bool is_of_case(const struct entry_header *header)
{
    return header->has_case || header->kind == GRID_KIND_CREATE ||
           header->kind == GRID_KIND_CREATE_RESOLVED;
}

/* GRID_MALFORMED: the link is to end. `counted`: it stands at the bucket's end. */
static enum grid_status take_entry(struct sync *sync, struct grid_now now, struct bucket *bucket,
        bool counted, int64_t received_ms, const struct entry *entry, struct arena *arena,
        struct grid_error *error)
{
    struct entry_header header;
    struct grid_error fault = {0};
    enum grid_status status = entry_read_header(entry, arena, &header, &fault);
    if (status != GRID_OK)
        return status;
    bool of_roster = roster_entry_is_bucket(bucket);
    if (of_roster == is_of_case(&header))
        return GRID_MALFORMED;
    status = of_roster ? take_roster_entry(sync, bucket, entry, header.kind, error)
                       : book_take_loose(sync->book, entry, &header, received_ms, error);
    sync->log->clock = stamp_seen(sync->log->clock, header.hlc, now.wall_ms);
    if (status == GRID_REFUSED && of_roster)
        return GRID_OK; /* the digest will tell */
    /* D15: of two branches of a log the first one stays folded until it is decided. */
    bucket->repairs += status == GRID_REFUSED;
    if (status == GRID_REFUSED)
        status = GRID_OK;
    const struct stream *stream = log_stream(sync->log, entry->author, entry->lane);
    if (status == GRID_OK && counted)
        status = bucket_append(
                &sync->buckets, bucket, stream->row.no, entry->seq, entry->leaf, error);
    return status;
}

/* P-97: what we wrote is named and not sent. Of an author whose key we do not have it cannot come
 * either: another life of this device, or a copy of it, wrote on. */
static enum grid_status take_own(
        struct sync *sync, struct bucket *bucket, const struct put_op *op, struct grid_error *error)
{
    struct stream *stream = NULL;
    bucket->orphaned = bucket->orphaned || log_seed_of(sync->log, op->author) == NULL;
    enum grid_status status = log_stream_make(sync->log, op->author, op->lane, &stream, error);
    for (size_t i = 0; i < op->span_count && status == GRID_OK; i++)
        for (uint64_t at = 0; at < op->spans[i].count && status == GRID_OK; at++) {
            struct entry entry;
            struct store_entry stored;
            bool found = false;
            uint64_t seq = op->spans[i].first + at;
            /* D15: what we have no receipt for is another branch of ours, which the parent holds;
             * or it says so. */
            bucket->orphaned = bucket->orphaned || stream->parted ||
                               (seq <= stream->row.tip_seq && seq > stream->receipted_seq);
            status = log_entry(
                    sync->log, STORE_PLACE(stream->row.no, seq), &entry, &stored, &found, error);
            bucket->lacking = bucket->lacking || !found;
            if (status == GRID_OK)
                status = bucket_append(&sync->buckets, bucket, stream->row.no, seq,
                        found ? entry.leaf : NULL, error);
        }
    return status;
}

/* F24: what is held is counted anew before anything is thrown away. */
static enum grid_status mend(struct sync *sync, struct bucket *bucket, struct grid_error *error)
{
    struct bucket_count counted = {0};
    enum grid_status status = bucket_count(&sync->buckets, bucket, &counted, error);
    if (status != GRID_OK)
        return status;
    bucket->lacking = counted.missing_own > 0;
    if (counted.missing > 0 || memcmp(bucket->told, counted.digest, sizeof(bucket->told)) != 0)
        return GRID_OK;
    memcpy(bucket->digest, counted.digest, sizeof(bucket->digest));
    become(sync, bucket, BUCKET_WHOLE);
    return GRID_OK;
}

/* F26: complete only at equal digest. What differs is asked for from the start. */
static enum grid_status compare(
        struct sync *sync, struct link *link, struct bucket *bucket, struct grid_error *error)
{
    if (memcmp(bucket->told, bucket->digest, sizeof(bucket->told)) == 0) {
        become(sync, bucket, BUCKET_WHOLE);
        return GRID_OK;
    }
    become(sync, bucket, BUCKET_FILLING);
    enum grid_status status = GRID_OK;
    if (!bucket->lacking)
        status = mend(sync, bucket, error);
    bucket->repairs += status == GRID_OK && !bucket->lacking;
    bucket_touch(&sync->buckets, bucket);
    if (status != GRID_OK || bucket->lacking || bucket->orphaned || bucket->state == BUCKET_WHOLE)
        return status; /* what is ours comes by WANT, then all is counted anew */
    status = start_over(sync, bucket, error);
    return status == GRID_OK ? link_end(sync, link, "bucket_digest", bucket->name, error) : status;
}

enum grid_status mirror_recount(struct sync *sync, struct grid_error *error)
{
    struct buckets_held *buckets = &sync->buckets;
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < buckets->count && status == GRID_OK; i++) {
        struct bucket *bucket = buckets->items[i];
        struct bucket_count counted = {0};
        if (!bucket->lacking || !is_open(bucket))
            continue;
        status = bucket_count(buckets, bucket, &counted, error);
        if (status != GRID_OK || counted.missing > 0)
            continue;
        memcpy(bucket->digest, counted.digest, sizeof(bucket->digest));
        bucket->lacking = false;
        bucket_touch(buckets, bucket);
        if (bucket->is_told && memcmp(bucket->told, bucket->digest, sizeof(bucket->told)) == 0)
            become(sync, bucket, BUCKET_WHOLE);
    }
    return status;
}

enum grid_status mirror_take_put(struct sync *sync, struct grid_now now, struct link *link,
        const struct put *put, struct bytes tail, struct arena *arena, struct grid_error *error)
{
    struct bucket *bucket = put->bucket < link->listed_count ? link->listed[put->bucket] : NULL;
    if (bucket == NULL)
        return link_end(sync, link, "out_of_turn", "PUT", error);
    struct entry *entries = NULL;
    struct grid_error fault = {0};
    enum grid_status status = put_open(put, tail, arena, &entries, &fault);
    if (status == GRID_NOMEM)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    if (status != GRID_OK)
        return link_end(sync, link, fault.reason, fault.detail, error);
    bool ahead = put->first_position == 0;
    bool other_epoch = memcmp(bucket->epoch, link->list_epoch, sizeof(bucket->epoch)) != 0;
    if (put->first_position == 1 && (bucket->position > 0 || other_epoch)) {
        status = start_over(sync, bucket, error);
        memcpy(bucket->epoch, link->list_epoch, sizeof(bucket->epoch));
    }
    if (status == GRID_OK && !ahead &&
            (put->first_position != bucket->position + 1 ||
                    memcmp(bucket->epoch, link->list_epoch, sizeof(bucket->epoch)) != 0))
        return link_end(sync, link, "bucket_gap", bucket->name, error);
    for (size_t i = 0; i < put->op_count && status == GRID_OK; i++) {
        const struct put_op *op = &put->ops[i];
        if (ahead && op->own)
            return link_end(sync, link, "out_of_turn", bucket->name, error);
        if (op->own)
            status = take_own(sync, bucket, op, error);
        for (size_t s = 0; s < op->span_count && !op->own; s++)
            for (uint64_t at = 0; at < op->spans[s].count && status == GRID_OK; at++, entries++) {
                if (!may_be_put(sync, link, bucket, entries))
                    return link_end(sync, link, "out_of_turn", bucket->name, error);
                status = take_entry(
                        sync, now, bucket, !ahead, op->received_ms, entries, arena, error);
                if (status == GRID_MALFORMED)
                    return link_end(sync, link, "entry_header", bucket->name, error);
            }
    }
    if (!ahead && put->op_count > 0)
        become(sync, bucket, BUCKET_FILLING);
    if (status != GRID_OK || ahead)
        return status;
    bucket->is_told = put->whole;
    memcpy(bucket->told, put->digest, sizeof(bucket->told));
    return put->whole ? compare(sync, link, bucket, error) : GRID_OK;
}
