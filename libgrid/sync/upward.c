/* The sending side of the way up: our arrival log from the receiver's cursor on, in pipelined
 * frames (D13, P-92…P-95). */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <assert.h>
#include <string.h>

/* --- where to begin --- */

static enum grid_status cursor_fits(struct sync *sync, uint8_t lane, const struct cursor *cursor,
        bool *fits, struct grid_error *error)
{
    *fits = cursor->lsn == 0; /* nothing held yet: the log from its start */
    if (*fits || memcmp(cursor->epoch, sync->log->epoch, sizeof(cursor->epoch)) != 0)
        return GRID_OK;
    uint8_t leaf[8];
    bool found = false;
    enum grid_status status = log_leaf_at(sync->log, lane, cursor->lsn, leaf, &found, error);
    *fits = found && memcmp(leaf, cursor->leaf, sizeof(leaf)) == 0;
    return status;
}

/* The tips of the lanes whose cursor does not fit. */
static enum grid_status send_have(struct sync *sync, struct link *link,
        const bool fits[static GRID_LANE_COUNT], struct grid_error *error)
{
    struct log *log = sync->log;
    struct have have = {.tips = grid_alloc_array(GRID_TIPS_MAX, sizeof(*have.tips))};
    if (have.tips == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    enum grid_status status = GRID_OK;
    size_t at = 0;
    do {
        have.tip_count = 0;
        for (; at < log->stream_count && have.tip_count < GRID_TIPS_MAX; at++) {
            const struct stream *stream = log->streams[at];
            bool from_parent = stream->identified && memcmp(stream->identity, link->identity,
                                                             sizeof(stream->identity)) == 0;
            if (stream->row.tip_seq == 0 || from_parent || fits[stream->row.lane])
                continue;
            struct stream_tip *tip = &have.tips[have.tip_count++];
            memcpy(tip->author, stream->row.author, sizeof(tip->author));
            tip->lane = stream->row.lane;
            tip->seq = stream->row.tip_seq;
            memcpy(tip->id, stream->row.tip_id, sizeof(tip->id));
        }
        have.more = at < log->stream_count;
        link->awaited++;
        struct buffer frame = {0};
        status = link_queue(sync, link, &frame, message_pack_have(&frame, &have), error);
    } while (status == GRID_OK && have.more);
    grid_free(have.tips);
    return status;
}

enum grid_status upward_begin(struct sync *sync, struct link *link,
        const struct cursor cursors[static GRID_LANE_COUNT], struct grid_error *error)
{
    bool all_fit = true;
    bool fits[GRID_LANE_COUNT];
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++) {
        enum grid_status status = cursor_fits(sync, lane, &cursors[lane], &fits[lane], error);
        if (status != GRID_OK)
            return status;
        fits[lane] = fits[lane] && !refill_is_due(sync);
        /* When it does not fit, the differences go first and the log goes on from here. */
        link->sent_lsn[lane] = fits[lane] ? cursors[lane].lsn : sync->log->tails[lane].lsn;
        all_fit = all_fit && fits[lane];
    }
    if (all_fit)
        return GRID_OK;
    link->phase = LINK_ASKING;
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        link->tell_cursor[lane] = true;
    return send_have(sync, link, fits, error);
}

/* A child may be given back its own streams and, a centre, those of its unit; a parent whatever we
 * hold. */
static bool may_have(const struct sync *sync, const struct link *link, const struct stream *stream)
{
    return link->parent || tier_is_about(sync, link, stream);
}

/* Room for `count` more ranges, and one to be safe. */
static enum grid_status reserve_wants(struct link *link, size_t count, struct grid_error *error)
{
    struct want_range *grown =
            grid_resize(link->wants, (link->want_count + count + 1) * sizeof(*grown));
    if (grown == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    link->wants = grown;
    return GRID_OK;
}

/* Waiting to be sent already, and further. */
static bool waits_already(const struct link *link, const struct want_range *range)
{
    for (size_t i = 0; i < link->want_count; i++) {
        const struct want_range *other = &link->wants[i];
        if (other->lane == range->lane && other->to_seq >= range->to_seq &&
                memcmp(other->author, range->author, sizeof(range->author)) == 0)
            return true;
    }
    return false;
}

enum grid_status upward_take_want(
        struct sync *sync, struct link *link, const struct want *want, struct grid_error *error)
{
    /* Answers to our HAVE are bounded by it; what is asked unasked has a limit of its own. */
    bool answer = want->answer && link->awaited > 0;
    if (answer && --link->awaited == 0 && link->phase == LINK_ASKING)
        link->phase = LINK_FLOWING;
    enum grid_status status = reserve_wants(link, want->range_count, error);
    if (status != GRID_OK)
        return status;
    for (size_t i = 0;
            i < want->range_count && (answer || link->want_count < (size_t)GRID_TIPS_MAX * 2);
            i++) {
        struct want_range range = want->ranges[i];
        const struct stream *stream = range.lane < GRID_LANE_COUNT
                                              ? log_stream(sync->log, range.author, range.lane)
                                              : NULL;
        if (stream == NULL || !may_have(sync, link, stream) || range.from_seq == 0)
            continue;
        if (range.to_seq == 0 || range.to_seq > stream->row.tip_seq)
            range.to_seq = stream->row.tip_seq;
        if (range.from_seq <= range.to_seq && !waits_already(link, &range))
            link->wants[link->want_count++] = range;
    }
    return GRID_OK;
}

/* --- what the parent lost or refused --- */

static enum grid_status offer(struct link *link, const struct stream *stream, uint64_t from_seq,
        uint64_t to_seq, struct grid_error *error)
{
    struct want_range range = {.lane = stream->row.lane, .from_seq = from_seq, .to_seq = to_seq};
    memcpy(range.author, stream->row.author, sizeof(range.author));
    if (from_seq > to_seq || waits_already(link, &range))
        return GRID_OK;
    enum grid_status status = reserve_wants(link, 1, error);
    if (status == GRID_OK)
        link->wants[link->want_count++] = range;
    return status;
}

enum grid_status upward_show_branch(struct link *link, const struct stream *stream,
        uint64_t differs_seq, struct grid_error *error)
{
    /* What was receipted is common ground; one segment from there shows where the branches part.
     * Unless the parent has lost what it receipted: then all of it shows where. */
    bool lost = stream->receipted_seq >= differs_seq;
    uint64_t from_seq = lost ? 1 : stream->receipted_seq + 1;
    uint64_t to_seq = lost ? differs_seq : stream->receipted_seq + GRID_SEGMENT_ENTRIES_MAX;
    if (to_seq > stream->row.tip_seq)
        to_seq = stream->row.tip_seq;
    return offer(link, stream, from_seq, to_seq, error);
}

static enum grid_status mend_stream(struct sync *sync, struct link *link, const struct hello *hello,
        struct stream *stream, struct grid_error *error)
{
    const struct stream_tip *held = NULL;
    for (size_t i = 0; i < hello->tip_count && held == NULL; i++)
        if (hello->tips[i].lane == stream->row.lane &&
                memcmp(hello->tips[i].author, stream->row.author, sizeof(stream->row.author)) == 0)
            held = &hello->tips[i];
    if (held == NULL && hello->tip_count == GRID_TIPS_MAX)
        return GRID_OK; /* perhaps it had no room to name it */
    if (held != NULL && held->seq <= stream->row.tip_seq) {
        uint8_t id[GRID_HASH_BYTES];
        enum grid_status status = log_chain_id(sync->log, stream, held->seq, id, error);
        if (status != GRID_OK)
            return status;
        if (memcmp(id, held->id, sizeof(held->id)) != 0)
            return upward_show_branch(link, stream, held->seq, error);
    }
    if (link->phase == LINK_ASKING)
        return GRID_OK; /* the answer to HAVE says what is missing */
    uint64_t offered = 0;
    enum grid_status status =
            log_arrived(sync->log, stream, link->sent_lsn[stream->row.lane], &offered, error);
    if (status == GRID_OK)
        status = offer(link, stream, held != NULL ? held->seq + 1 : 1, offered, error);
    return status;
}

enum grid_status upward_mend(
        struct sync *sync, struct link *link, const struct hello *hello, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < sync->log->stream_count && status == GRID_OK; i++)
        if (sync->log->streams[i]->own && sync->log->streams[i]->row.tip_seq > 0)
            status = mend_stream(sync, link, hello, sync->log->streams[i], error);
    return status;
}

/* --- cutting segments --- */

struct cutting {
    struct buffer *entries;
    uint32_t count, max;
    size_t bytes_max;
    int64_t received_ms;
    /* where each entry ends, so that a segment can be cut back to a sealed one */
    size_t ends[GRID_SEGMENT_ENTRIES_MAX];
};

enum { CUT_FULL = GRID_STATUS_COUNT }; /* ends the walk; no failure */

static enum grid_status cut_entry(void *context, const struct store_entry *stored)
{
    struct cutting *cutting = context;
    size_t size = stored->header.size + stored->body.size;
    /* P-55: one received_ms a segment. Own entries have none before the first centre. */
    bool other_time = cutting->count > 0 && stored->received_ms != cutting->received_ms;
    if (cutting->count == cutting->max || cutting->entries->size + size > cutting->bytes_max ||
            other_time)
        return (enum grid_status)CUT_FULL;
    cutting->received_ms = stored->received_ms;
    buffer_append(cutting->entries, stored->header.data, stored->header.size);
    buffer_append(cutting->entries, stored->body.data, stored->body.size);
    cutting->ends[cutting->count++] = cutting->entries->size;
    return cutting->entries->failed ? GRID_NOMEM : GRID_OK;
}

/* A relay cannot seal: it cuts back to the last seal that it holds. */
static enum grid_status cut_back_to_seal(struct sync *sync, const struct stream *stream,
        struct segment *segment, struct cutting *cutting, struct grid_error *error)
{
    int64_t first = STORE_PLACE(stream->row.no, segment->first_seq);
    int64_t place = 0;
    bool found = false;
    enum grid_status status = store_seal_last(sync->log->store, first, first + cutting->count - 1,
            &place, segment->seal, &found, error);
    cutting->count = found ? (uint32_t)(place - first + 1) : 0;
    cutting->entries->size = found ? cutting->ends[cutting->count - 1] : 0;
    return status;
}

/* I3, I4: what is committed is marked, and only then sealed. The id is the one that was made when
 * the entry was written: should its bytes have changed on the disk since, the seal does not fit
 * them. */
static enum grid_status seal_own(struct sync *sync, struct stream *stream, struct segment *segment,
        uint64_t last_seq, struct grid_error *error)
{
    uint8_t id[GRID_HASH_BYTES];
    enum grid_status status = log_chain_id(sync->log, stream, last_seq, id, error);
    if (status != GRID_OK)
        return status;
    log_mark(sync->log, stream, last_seq, id);
    return seal_sign(segment->seal, log_seed_of(sync->log, stream->row.author), stream->row.author,
            stream->row.lane, last_seq, id);
}

/* At most up to `last`; *count 0 when nothing can be sealed there. */
static enum grid_status send_segment(struct sync *sync, struct link *link, struct stream *stream,
        uint64_t first, uint64_t last, uint64_t lsn_before, uint32_t *count,
        struct grid_error *error)
{
    struct buffer entries = {0};
    struct cutting cutting = {.entries = &entries,
            .max = GRID_SEGMENT_ENTRIES_MAX,
            .bytes_max = GRID_SEGMENT_BYTES_MAX};
    enum grid_status status = store_entry_run(sync->log->store, STORE_PLACE(stream->row.no, first),
            STORE_PLACE(stream->row.no, last), cut_entry, &cutting, error);
    if (status == (enum grid_status)CUT_FULL)
        status = GRID_OK;
    struct data_message data = {.segment = {.lane = stream->row.lane, .first_seq = first}};
    memcpy(data.segment.author, stream->row.author, sizeof(data.segment.author));
    if (status == GRID_OK && cutting.count > 0)
        status = stream->own
                         ? seal_own(sync, stream, &data.segment, first + cutting.count - 1, error)
                         : cut_back_to_seal(sync, stream, &data.segment, &cutting, error);
    *count = cutting.count;
    struct buffer frame = {0};
    if (status == GRID_OK && cutting.count > 0) {
        data.segment.entry_count = cutting.count;
        data.segment.received_ms = cutting.received_ms;
        data.segment.entries = buffer_bytes(&entries);
        data.lsn = lsn_before == UINT64_MAX ? 0 : lsn_before + cutting.count;
        status = link_queue(sync, link, &frame, message_pack_data(&frame, &data), error);
        if (link->parent && first + cutting.count - 1 > stream->offered_seq)
            stream->offered_seq = first + cutting.count - 1;
    }
    buffer_close(&entries);
    return status;
}

/* --- the pump --- */

static struct want_range *first_want(const struct link *link, uint8_t lane)
{
    for (size_t i = 0; i < link->want_count; i++)
        if (link->wants[i].lane == lane)
            return &link->wants[i];
    return NULL;
}

static enum grid_status pump_wants(
        struct sync *sync, struct link *link, uint8_t lane, bool *sent, struct grid_error *error)
{
    struct want_range *range;
    while (!*sent && (range = first_want(link, lane)) != NULL) {
        struct stream *stream = log_stream(sync->log, range->author, range->lane);
        assert(stream != NULL);
        uint32_t count = 0;
        enum grid_status status = send_segment(
                sync, link, stream, range->from_seq, range->to_seq, UINT64_MAX, &count, error);
        if (status != GRID_OK)
            return status;
        range->from_seq += count;
        *sent = count > 0;
        if (count > 0 && range->from_seq <= range->to_seq)
            continue;
        if (status == GRID_OK && !link->parent) /* a receipt says that it is held */
            status = intake_touch(link, stream, error);
        if (status != GRID_OK)
            return status;
        size_t behind = link->want_count-- - (size_t)(range - link->wants) - 1;
        memmove(range, range + 1, behind * sizeof(*range));
    }
    return GRID_OK;
}

static enum grid_status tell_cursor(
        struct sync *sync, struct link *link, uint8_t lane, bool *sent, struct grid_error *error)
{
    struct cursor_message message = {.lane = lane, .cursor = {.lsn = link->sent_lsn[lane]}};
    link->tell_cursor[lane] = false;
    memcpy(message.cursor.epoch, sync->log->epoch, sizeof(message.cursor.epoch));
    enum grid_status status =
            log_leaf_at(sync->log, lane, message.cursor.lsn, message.cursor.leaf, sent, error);
    struct buffer frame = {0};
    if (status == GRID_OK && *sent)
        status = link_queue(sync, link, &frame, message_pack_cursor(&frame, &message), error);
    return status;
}

static enum grid_status pump_lane(
        struct sync *sync, struct link *link, uint8_t lane, bool *sent, struct grid_error *error)
{
    struct log_run run;
    bool found = false;
    uint64_t lsn = link->sent_lsn[lane] + 1;
    enum grid_status status = log_run_at(sync->log, lane, lsn, &run, &found, error);
    if (status != GRID_OK || !found)
        return status;
    struct stream *stream = log_stream_at(sync->log, STORE_PLACE(run.stream, 0));
    if (stream == NULL)
        return grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "arrival");
    uint64_t first = run.first_seq + (lsn - run.first_lsn);
    uint64_t last = run.first_seq + (run.last_lsn - run.first_lsn);
    uint32_t count = 0;
    bool from_peer = !stream->own && stream->identified &&
                     memcmp(stream->identity, link->identity, sizeof(stream->identity)) == 0;
    /* P-90: nor does what the parent gave us go up again; the cursor is told to pass it. */
    bool given = stream->given_seq >= last;
    link->tell_cursor[lane] = link->tell_cursor[lane] || given;
    if (!from_peer && !given)
        status = send_segment(sync, link, stream, first, last, link->sent_lsn[lane], &count, error);
    if (status != GRID_OK)
        return status;
    *sent = count > 0;
    link->sent_lsn[lane] = count > 0 ? link->sent_lsn[lane] + count : run.last_lsn;
    return GRID_OK;
}

/* What was asked for, then where the log goes on, then the log itself. */
static enum grid_status pump_one(
        struct sync *sync, struct link *link, uint8_t lane, bool *sent, struct grid_error *error)
{
    enum grid_status status = pump_wants(sync, link, lane, sent, error);
    if (status == GRID_OK && !*sent && link->tell_cursor[lane])
        status = tell_cursor(sync, link, lane, sent, error);
    bool goes_on = link->parent;
    while (status == GRID_OK && !*sent && goes_on) { /* what came from the peer is passed over */
        uint64_t at = link->sent_lsn[lane];
        if (at < sync->log->tails[lane].lsn)
            status = pump_lane(sync, link, lane, sent, error);
        goes_on = link->sent_lsn[lane] > at;
    }
    return status;
}

static struct flow_item lane_item(const struct sync *sync, const struct link *link, uint8_t lane)
{
    bool asked = first_want(link, lane) != NULL || link->tell_cursor[lane];
    uint64_t behind = link->parent ? sync->log->tails[lane].lsn - link->sent_lsn[lane] : 0;
    return (struct flow_item){.what = lane == GRID_LANE_URGENT ? FLOW_URGENT : FLOW_WORK,
            .waiting = behind + asked,
            .backlog = asked || sync->flow.backlog,
            .gather_until_ms = sync->flow.gather_until_ms};
}

enum grid_status upward_pump(struct sync *sync, struct grid_now now, struct link *link, bool *sent,
        struct grid_error *error)
{
    *sent = false;
    struct flow_road road = {.open = link->phase == LINK_FLOWING && !link->stranger,
            .unsent_bytes = link->unsent_bytes,
            .urgent_lead_bytes = link->parent ? sync->flow.urgent_lead_bytes : 0};
    if (!road.open)
        return GRID_OK;
    struct flow_item work = lane_item(sync, link, GRID_LANE_WORK);
    if (link->parent) {
        flow_gather(&sync->flow, now, work.waiting);
        work.backlog = work.waiting > 0 && (work.backlog || sync->flow.backlog);
        work.gather_until_ms = sync->flow.gather_until_ms;
    }
    struct flow_policy policy = {.hurry_until_ms = sync->flow.hurry_until_ms};
    bool work_goes = may_send(&work, &road, &policy, now);
    struct flow_item urgent = lane_item(sync, link, GRID_LANE_URGENT);
    urgent.others_wait = work_goes;
    size_t before = link->unsent_bytes;
    bool was_urgent = may_send(&urgent, &road, &policy, now);
    enum grid_status status = GRID_OK;
    if (was_urgent)
        status = pump_one(sync, link, GRID_LANE_URGENT, sent, error);
    if (status == GRID_OK && !*sent && work_goes) {
        was_urgent = false;
        status = pump_one(sync, link, GRID_LANE_WORK, sent, error);
    }
    if (link->parent && *sent && link->owed_ms == 0 && sync_owed_receipt(sync))
        link->owed_ms = now.mono_ms;
    if (link->parent)
        flow_sent(&sync->flow, was_urgent, work_goes && urgent.waiting > 0,
                link->unsent_bytes - before);
    return status;
}

/* --- what comes back --- */

enum grid_status upward_take_stopped(struct sync *sync, struct grid_now now,
        const struct stopped *stopped, struct grid_error *error)
{
    struct stream *stream = log_stream(sync->log, stopped->author, stopped->lane);
    if (stream == NULL || !stream->own || stopped->from_seq == 0)
        return GRID_OK; /* of nobody that we know: perhaps the road changed a name */
    /* It is an answer: the parent owes none for what it refused. */
    if (stream->offered_seq >= stopped->from_seq)
        stream->offered_seq = stopped->from_seq - 1;
    return store_stopped_put(
            sync->log->store, STORE_REFUSED_BY_PARENT, stopped, now.wall_ms, error);
}

uint64_t upward_unreceipted(const struct sync *sync, uint8_t lane)
{
    uint64_t count = 0;
    for (size_t i = 0; i < sync->log->stream_count; i++) {
        const struct stream *stream = sync->log->streams[i];
        if (stream->own && stream->row.lane == lane && stream->row.tip_seq > stream->receipted_seq)
            count += stream->row.tip_seq - stream->receipted_seq;
    }
    return count;
}

enum grid_status upward_refused(const struct sync *sync, uint64_t *count, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    *count = 0;
    for (size_t i = 0; i < sync->log->stream_count && status == GRID_OK; i++) {
        const struct stream *stream = sync->log->streams[i];
        struct stopped stopped;
        int64_t since_ms = 0;
        bool found = false;
        if (!stream->own || stream->row.tip_seq <= stream->receipted_seq)
            continue;
        status = store_stopped_get(sync->log->store, STORE_REFUSED_BY_PARENT, stream->row.author,
                stream->row.lane, &stopped, &since_ms, &found, error);
        if (status != GRID_OK || !found)
            continue;
        uint64_t held = stream->receipted_seq;
        uint64_t good = stopped.from_seq > held + 1 ? stopped.from_seq - 1 : held;
        *count += stream->row.tip_seq > good ? stream->row.tip_seq - good : 0;
    }
    return status;
}
