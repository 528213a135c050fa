/* A centre that was put back is filled by its parent (D13, P-90): with the logs of its own identity
 * and of all that are enrolled at its unit or further down, each as it was sealed. Which of them it
 * lacks both know from their tips, once for each life of the centre's own log. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <string.h>

/* --- the centre below --- */

static const char meta_name[] = "filled_epoch";

enum grid_status refill_open(struct sync *sync, struct grid_error *error)
{
    bool found = false;
    return store_meta_get(sync->log->store, meta_name, sync->filled_epoch,
            sizeof(sync->filled_epoch), &found, error);
}

bool refill_is_due(const struct sync *sync)
{
    return sync->is_centre && sync->has_parent &&
           memcmp(sync->filled_epoch, sync->log->epoch, sizeof(sync->filled_epoch)) != 0;
}

bool refill_admits(const struct sync *sync, const uint8_t identity[static GRID_KEY_BYTES])
{
    struct roster_author who;
    if (memcmp(identity, sync->log->identity, GRID_KEY_BYTES) == 0)
        return true;
    return sync->is_centre && roster_enrolled_as(sync->roster, identity, &who) &&
           place_covers(sync->unit, who.unit);
}

static enum grid_status is_filled(struct sync *sync, struct grid_error *error)
{
    memcpy(sync->filled_epoch, sync->log->epoch, sizeof(sync->filled_epoch));
    return store_meta_put(
            sync->log->store, meta_name, sync->filled_epoch, sizeof(sync->filled_epoch), error);
}

enum { LACKING_MAX = 65536 };

enum grid_status refill_note_wants(
        struct link *link, const struct want *want, bool more, struct grid_error *error)
{
    for (size_t i = 0; i < want->range_count; i++)
        if (link->lacking.size / sizeof(struct want_range) < LACKING_MAX)
            buffer_append(&link->lacking, &want->ranges[i], sizeof(want->ranges[i]));
    link->lacking_known = !more;
    return link->lacking.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "") : GRID_OK;
}

bool refill_goes_on(const struct sync *sync, const struct link *link)
{
    for (size_t at = 0; at < link->lacking.size; at += sizeof(struct want_range)) {
        struct want_range range;
        memcpy(&range, link->lacking.data + at, sizeof(range));
        const struct stream *stream = log_stream(sync->log, range.author, range.lane);
        if (stream == NULL || stream->row.tip_seq < range.to_seq)
            return true;
    }
    return false;
}

enum grid_status refill_flush(struct sync *sync, struct grid_error *error)
{
    struct link *link = refill_is_due(sync) ? link_to_parent(sync) : NULL;
    if (link == NULL || !link->lacking_known || refill_goes_on(sync, link))
        return GRID_OK;
    buffer_close(&link->lacking);
    link->lacking = (struct buffer){0};
    return is_filled(sync, error);
}

/* --- its parent --- */

void refill_note_have(const struct sync *sync, struct link *link, const struct have *have)
{
    for (size_t i = 0; i < sync->log->stream_count && !link->have_began; i++)
        if (tier_is_about(sync, link, sync->log->streams[i]))
            sync->log->streams[i]->child_seq = 0;
    link->have_began = have->more;
    for (size_t i = 0; i < have->tip_count; i++) {
        const struct stream_tip *tip = &have->tips[i];
        struct stream *stream =
                tip->lane < GRID_LANE_COUNT ? log_stream(sync->log, tip->author, tip->lane) : NULL;
        if (stream != NULL && tier_is_about(sync, link, stream))
            stream->child_seq = tip->seq;
    }
}

static bool is_lacking(
        const struct sync *sync, const struct link *link, const struct stream *stream, bool own)
{
    bool theirs = memcmp(stream->identity, link->identity, sizeof(stream->identity)) == 0;
    return stream->row.tip_seq > stream->child_seq && tier_is_about(sync, link, stream) &&
           theirs == own;
}

/* Those of its own identity first: they say who the others are. */
static enum grid_status gather(const struct sync *sync, const struct link *link,
        struct buffer *tips, struct grid_error *error)
{
    for (unsigned others = 0; others < 2; others++)
        for (size_t i = 0; i < sync->log->stream_count; i++) {
            const struct stream *stream = sync->log->streams[i];
            struct stream_tip tip = {.lane = stream->row.lane, .seq = stream->row.tip_seq};
            if (!is_lacking(sync, link, stream, others == 0))
                continue;
            memcpy(tip.author, stream->row.author, sizeof(tip.author));
            memcpy(tip.id, stream->row.tip_id, sizeof(tip.id));
            buffer_append(tips, &tip, sizeof(tip));
        }
    return tips->failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "") : GRID_OK;
}

enum grid_status refill_offer(struct sync *sync, struct link *link, struct grid_error *error)
{
    struct buffer tips = {0};
    struct have have = {.more = true};
    enum grid_status status = gather(sync, link, &tips, error);
    size_t count = tips.size / sizeof(struct stream_tip);
    for (size_t at = 0; status == GRID_OK && have.more; at += GRID_TIPS_MAX) {
        struct buffer frame = {0};
        have.tips = count > 0 ? (struct stream_tip *)(void *)tips.data + at : NULL;
        have.tip_count = count - at < GRID_TIPS_MAX ? count - at : GRID_TIPS_MAX;
        have.more = at + have.tip_count < count;
        link->awaited++;
        status = link_queue(sync, link, &frame, message_pack_have(&frame, &have), error);
    }
    buffer_close(&tips);
    return status;
}
