#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <string.h>

enum grid_status sync_open(struct sync *sync, struct grid_error *error)
{
    flow_open(&sync->flow, sync->has_parent);
    sync->book->wants_news = sync->is_centre;
    sync->leave_again = true; /* a turn may have ended in between */
    enum grid_status status = enrol_load(sync, error);
    if (status == GRID_OK)
        status = cut_load(sync, error);
    if (status == GRID_OK)
        status = refill_open(sync, error);
    if (status == GRID_OK)
        status = buckets_open(&sync->buckets, sync->log, error);
    if (status == GRID_OK)
        status = roster_entry_open(sync, error);
    if (status == GRID_OK)
        status = place_open(sync, error);
    sync->scopes_changed = false; /* no link is up yet */
    return status;
}

void sync_close(struct sync *sync)
{
    while (sync->links != NULL)
        link_down(sync, (struct grid_now){0}, sync->links->number, "closing");
    while (sync->out_first != NULL) {
        struct outgoing *next = sync->out_first->next;
        buffer_close(&sync->out_first->bytes);
        grid_free(sync->out_first);
        sync->out_first = next;
    }
    sync->out_last = NULL;
    buckets_close(&sync->buckets);
    buffer_close(&sync->neighbours);
    crypto_forget(sync->secret, sizeof(sync->secret));
}

/* A centre's own new stream begins with its INCARNATE: children must know who stands behind it. */
static enum grid_status publish_incarnations(struct sync *sync, struct grid_error *error)
{
    struct log *log = sync->log;
    enum grid_status status = GRID_OK;
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT && status == GRID_OK; lane++) {
        struct stream *stream = log->incarnated[lane];
        log->incarnated[lane] = NULL;
        if (stream == NULL)
            continue;
        status = roster_take_author(sync->roster, stream->row.author, log->identity);
        sync->roster_grew = true;
        struct entry entry;
        struct store_entry stored;
        bool found = false;
        if (status == GRID_OK && sync->is_centre)
            status = log_entry(log, STORE_PLACE(stream->row.no, 1), &entry, &stored, &found, error);
        if (status == GRID_OK && found)
            status = roster_entry_append(sync, stream, &entry, error);
    }
    return status;
}

static enum grid_status flush_cursors(struct sync *sync, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (struct link *link = sync->links; link != NULL; link = link->next) {
        if (!link->cursors_changed)
            continue;
        for (uint8_t lane = 0; lane < GRID_LANE_COUNT && status == GRID_OK; lane++)
            status = store_cursor_put(
                    sync->log->store, link->identity, lane, &link->cursors[lane], error);
        link->cursors_changed = false;
    }
    return status;
}

/* Progress is watched, not speed: each byte that comes starts the time anew. Not so for strangers,
 * who have one short thing to say: else anybody could keep a place for ever, byte by byte. */
enum { SILENCE_MAX_MS = 45000, STRANGER_MAX_MS = 20000, STUCK_MS = 30000 };

bool sync_owed_receipt(const struct sync *sync)
{
    for (size_t i = 0; i < sync->log->stream_count; i++)
        if (sync->log->streams[i]->offered_seq > sync->log->streams[i]->receipted_seq)
            return true;
    return false;
}

static bool owes_answer(const struct sync *sync, const struct link *link)
{
    if (link->phase == LINK_GREETING || link->phase == LINK_ASKING)
        return true;
    if (!link->parent || link->phase == LINK_ENDED)
        return false;
    if (sync_owed_receipt(sync))
        return true;
    return sync->enrolling && !(sync->enrol_answered && sync_has_roster(sync));
}

/* Monotonic: when we give the link up; INT64_MAX: as it is, never. */
static int64_t patience_ends_ms(const struct sync *sync, const struct link *link)
{
    if (link->stranger && link->phase != LINK_ENDED)
        return link->since_ms + STRANGER_MAX_MS;
    return owes_answer(sync, link) ? link->heard_ms + SILENCE_MAX_MS : INT64_MAX;
}

const char *sync_obstacle(const struct sync *sync, struct grid_now now)
{
    const struct link *link = link_to_parent(sync);
    int64_t before_ms = now.mono_ms - STUCK_MS;
    if (link == NULL || sync->flow.reason[0] != '\0')
        return sync->flow.reason;
    if (link->phase != LINK_FLOWING)
        return link->since_ms <= before_ms ? "silent" : "";
    if (link->owed_ms != 0 && link->owed_ms <= before_ms && sync_owed_receipt(sync))
        return "no_receipt";
    return link->served_ms <= before_ms && !mirror_whole(link) ? "no_buckets" : "";
}

enum grid_status sync_tick(struct sync *sync, struct grid_now now, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (struct link *link = sync->links; link != NULL && status == GRID_OK; link = link->next)
        if (patience_ends_ms(sync, link) <= now.mono_ms)
            status = link_end(sync, link, "silent", "", error);
    return status;
}

int64_t sync_deadline(const struct sync *sync)
{
    int64_t deadline = INT64_MAX;
    for (const struct link *link = sync->links; link != NULL; link = link->next) {
        int64_t ends_ms = patience_ends_ms(sync, link);
        deadline = ends_ms < deadline ? ends_ms : deadline;
    }
    /* What gathers goes when its time comes, if there is a road for it: without one there is
     * nothing to wake up for (F50). */
    const struct link *parent = link_to_parent(sync);
    bool open = parent != NULL && parent->phase == LINK_FLOWING &&
                parent->unsent_bytes < GRID_LINK_CREDIT_BYTES;
    if (open && sync->flow.gather_until_ms != 0 && sync->flow.gather_until_ms < deadline)
        deadline = sync->flow.gather_until_ms;
    return deadline;
}

bool sync_urgent_waits(const struct sync *sync)
{
    return upward_unreceipted(sync, GRID_LANE_URGENT) > 0;
}

uint32_t sync_random(const struct sync *sync)
{
    uint8_t random[4];
    sync->log->random(sync->log->random_context, random, sizeof(random));
    return get_u32(random);
}

void sync_road(struct sync *sync, struct grid_now now, bool up)
{
    if (sync->has_parent)
        flow_road(&sync->flow, now, up, sync_urgent_waits(sync), sync_random(sync));
}

bool sync_has_roster(const struct sync *sync)
{
    return sync->parents_roster != NULL && sync->parents_roster->state == BUCKET_WHOLE;
}

enum grid_status sync_flush(struct sync *sync, struct grid_now now, struct grid_error *error)
{
    enum grid_status status = publish_incarnations(sync, error);
    /* Judging writes summaries: what came is in its buckets by then, or they are written twice. */
    if (status == GRID_OK)
        status = place_news(sync, error);
    if (status == GRID_OK)
        status = fork_flush(sync, now, error);
    if (status == GRID_OK)
        status = repair_flush(sync, now, error);
    if (status == GRID_OK && sync->roster_grew)
        status = book_judge_waiting(sync->book, error);
    sync->roster_grew = false;
    if (status == GRID_OK)
        status = flush_cursors(sync, error);
    if (status == GRID_OK)
        status = book_settle(sync->book, error);
    if (status == GRID_OK)
        status = place_news(sync, error);
    if (status == GRID_OK && sync->leave_again)
        status = leave_flush(sync, error);
    if (status == GRID_OK && sync->own_came)
        status = mirror_recount(sync, error);
    sync->own_came = false;
    if (status == GRID_OK)
        status = refill_flush(sync, error);
    cut_flush(sync);
    if (status == GRID_OK)
        status = subscribe_flush(sync, now, error);
    if (status == GRID_OK)
        status = buckets_flush(&sync->buckets, error);
    return status;
}

enum grid_status sync_committed(struct sync *sync, struct grid_now now, struct grid_error *error)
{
    /* Written since the wait was drawn. */
    if (flow_waits_long(&sync->flow, now) && sync->has_parent && sync_urgent_waits(sync))
        flow_urgent(&sync->flow, now, sync_random(sync));
    enum grid_status status = GRID_OK;
    for (struct link *link = sync->links; link != NULL && status == GRID_OK; link = link->next)
        status = intake_receipt(sync, now, link, error);
    return status == GRID_OK ? cut_tell(sync, error) : status;
}
