/* HELLO, both ways (P-91): what each holds of the other decides how sync goes on. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <string.h>

struct stopped_list {
    struct arena *arena;
    struct stopped *items;
    size_t count;
    const struct sync *sync;
    const struct link *link;
};

/* The streams of this child that we do not take further. */
static enum grid_status collect_stopped(void *context, const struct stopped *stopped)
{
    struct stopped_list *list = context;
    const struct stream *stream = log_stream(list->sync->log, stopped->author, stopped->lane);
    bool theirs = stream != NULL && stream->identified &&
                  memcmp(stream->identity, list->link->identity, sizeof(stream->identity)) == 0;
    if (!theirs || list->count == GRID_STOPPED_MAX)
        return GRID_OK;
    struct stopped *item = &list->items[list->count++];
    *item = *stopped;
    item->reason = arena_copy(list->arena, stopped->reason);
    item->detail = arena_copy(list->arena, stopped->detail);
    return item->reason.data != NULL && item->detail.data != NULL ? GRID_OK : GRID_NOMEM;
}

/* P-91, key 6: how far we hold the peer's own streams. Of a parent's streams we hold single
 * entries, so the greatest sequence is told, without an id. */
static enum grid_status collect_tips(struct sync *sync, const struct link *link,
        struct stream_tip *tips, size_t *count, struct grid_error *error)
{
    struct log *log = sync->log;
    for (size_t i = log->stream_count; i > 0 && *count < GRID_TIPS_MAX; i--) {
        const struct stream *stream = log->streams[i - 1]; /* the latest incarnations first */
        if (!stream->identified ||
                memcmp(stream->identity, link->identity, sizeof(stream->identity)) != 0)
            continue;
        struct stream_tip *tip = &tips[*count];
        memcpy(tip->author, stream->row.author, sizeof(tip->author));
        tip->lane = stream->row.lane;
        tip->seq = stream->row.tip_seq;
        memset(tip->id, 0, sizeof(tip->id));
        if (tip->seq > 0)
            memcpy(tip->id, stream->row.tip_id, sizeof(tip->id));
        else {
            enum grid_status status =
                    store_entry_last(log->store, stream->row.no, &tip->seq, error);
            if (status != GRID_OK)
                return status;
        }
        if (tip->seq > 0)
            ++*count;
    }
    return GRID_OK;
}

enum grid_status greet_send(
        struct sync *sync, struct grid_now now, struct link *link, struct grid_error *error)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct hello hello = {.version = GRID_PROTOCOL_VERSION,
            .wall_ms = now.wall_ms > 0 ? now.wall_ms : 0,
            .dictionary = frame_dictionary_id(),
            .program = bytes_text(GRID_VERSION)};
    memcpy(hello.epoch, sync->log->epoch, sizeof(hello.epoch));
    hello.tips = arena_alloc_array(&arena, GRID_TIPS_MAX, sizeof(*hello.tips));
    hello.stopped = arena_alloc_array(&arena, GRID_STOPPED_MAX, sizeof(*hello.stopped));
    enum grid_status status = hello.tips != NULL && hello.stopped != NULL ? GRID_OK : GRID_NOMEM;
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT && status == GRID_OK; lane++) {
        hello.lsn[lane] = sync->log->tails[lane].lsn;
        status = store_cursor_get(
                sync->log->store, link->identity, lane, &link->cursors[lane], error);
        hello.cursors[lane] = link->cursors[lane];
    }
    if (status == GRID_OK)
        status = collect_tips(sync, link, hello.tips, &hello.tip_count, error);
    struct stopped_list list = {
            .arena = &arena, .items = hello.stopped, .sync = sync, .link = link};
    if (status == GRID_OK && !link->parent)
        status = store_stopped_each(
                sync->log->store, STORE_REFUSED_HERE, collect_stopped, &list, error);
    hello.stopped_count = list.count;
    if (status == GRID_OK && link->parent)
        status = mirror_tell(sync, link, &arena, &hello.held, error);
    if (link->parent)
        tier_tell(sync, link, &hello);
    struct buffer frame = {0};
    if (status == GRID_OK)
        status = link_queue(sync, link, &frame, message_pack_hello(&frame, &hello), error);
    else if (status == GRID_NOMEM)
        grid_fail(error, status, "out_of_memory", "%s", "");
    arena_close(&arena);
    return status;
}

/* A tip is a word, not a proof, and the key file holds so many authors and no more. One word of a
 * child in a while is enough: it tells of a database and key file that were put back together, and
 * the author after that is known to nobody. What is left beyond both bounds is for databases that
 * are put back. */
enum {
    AUTHORS_BY_CHILDREN_MAX = GRID_INCARNATIONS_MAX / 2,
    AUTHORS_BY_PARENT_MAX = GRID_INCARNATIONS_MAX - 40,
    BELIEF_PAUSE_MS = 6 * 3600 * 1000,
};

static enum grid_status may_believe(const struct sync *sync, struct grid_now now,
        const struct link *link, bool *believed, struct grid_error *error)
{
    uint32_t authors = sync->log->keyring.author_count;
    *believed = authors < AUTHORS_BY_PARENT_MAX;
    if (link->parent)
        return GRID_OK;
    uint64_t before = 0;
    enum grid_status status =
            store_meta_get_u64(sync->log->store, "child_believed_ms", &before, error);
    int64_t since_ms = now.wall_ms - (int64_t)before;
    bool lately = before != 0 && since_ms > -BELIEF_PAUSE_MS && since_ms < BELIEF_PAUSE_MS;
    *believed = authors < AUTHORS_BY_CHILDREN_MAX && !lately;
    return status;
}

/* *ended: we cannot close it, so no link may show what we would write under it. */
static enum grid_status close_author(struct sync *sync, struct grid_now now, struct link *link,
        bool *ended, struct grid_error *error)
{
    struct log *log = sync->log;
    bool believed = false;
    enum grid_status status = may_believe(sync, now, link, &believed, error);
    *ended = status == GRID_OK && !believed && link->parent;
    if (*ended)
        return link_end(sync, link, "too_many_incarnations", "", error);
    if (status != GRID_OK || !believed)
        return status;
    if (!link->parent && now.wall_ms > 0)
        status = store_meta_put_u64(log->store, "child_believed_ms", (uint64_t)now.wall_ms, error);
    if (status == GRID_OK)
        status = log_close_author(log, error);
    if (status == GRID_OK)
        status = roster_take_author(sync->roster, log->author, log->identity);
    return status;
}

/* I20: what the parent says that it holds it owes a receipt for, though it came on another link. */
static void await_receipt(
        struct grid_now now, struct link *link, struct stream *stream, uint64_t seq)
{
    if (seq <= stream->receipted_seq || seq <= stream->offered_seq)
        return;
    stream->offered_seq = seq;
    if (link->owed_ms == 0)
        link->owed_ms = now.mono_ms;
}

/* D5: whoever knows more of our stream than we do, or other, has met a later or another life of us.
 * What they have seen is never numbered again: the author is closed. */
static enum grid_status compare_own_tip(struct sync *sync, struct grid_now now, struct link *link,
        const struct stream_tip *tip, struct want_range *range, bool *wanted,
        struct grid_error *error)
{
    *wanted = false;
    struct log *log = sync->log;
    if (tip->seq == 0 || log_seed_of(log, tip->author) == NULL || tip->lane >= GRID_LANE_COUNT)
        return GRID_OK;
    struct stream *stream = log_stream(log, tip->author, tip->lane);
    uint64_t held = stream != NULL ? stream->row.tip_seq : 0;
    bool differs = false;
    enum grid_status status = GRID_OK;
    if (stream != NULL && tip->seq <= held && link->parent) {
        uint8_t id[GRID_HASH_BYTES];
        status = log_chain_id(log, stream, tip->seq, id, error);
        if (status != GRID_OK)
            return status;
        differs = memcmp(id, tip->id, sizeof(tip->id)) != 0;
        stream->parted = differs;
        if (!differs)
            await_receipt(now, link, stream, tip->seq);
    }
    if (status != GRID_OK || (tip->seq <= held && !differs))
        return status;
    bool ended = false;
    if (memcmp(tip->author, log->author, sizeof(tip->author)) == 0)
        status = close_author(sync, now, link, &ended, error);
    if (!differs && link->parent && !ended) {
        memcpy(range->author, tip->author, sizeof(range->author));
        range->lane = tip->lane;
        /* from common ground on: should what we hold be another branch, it shows */
        range->from_seq = stream != NULL ? stream->receipted_seq + 1 : 1;
        range->to_seq = tip->seq;
        *wanted = true;
    }
    return status;
}

static enum grid_status compare_own_tips(struct sync *sync, struct grid_now now, struct link *link,
        const struct hello *hello, struct grid_error *error)
{
    struct want want = {0};
    want.ranges = grid_alloc_array(hello->tip_count + 1, sizeof(*want.ranges));
    if (want.ranges == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < hello->tip_count && status == GRID_OK && link->phase != LINK_ENDED;
            i++) {
        bool wanted = false;
        status = compare_own_tip(
                sync, now, link, &hello->tips[i], &want.ranges[want.range_count], &wanted, error);
        want.range_count += wanted;
    }
    if (status == GRID_OK && want.range_count > 0 && link->phase != LINK_ENDED) {
        struct buffer frame = {0};
        status = link_queue(sync, link, &frame, message_pack_want(&frame, &want), error);
    }
    grid_free(want.ranges);
    return status;
}

/* The parent's list is complete: what it no longer names goes on. */
static enum grid_status take_stopped_list(
        struct sync *sync, struct grid_now now, const struct hello *hello, struct grid_error *error)
{
    struct log *log = sync->log;
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < log->stream_count && status == GRID_OK; i++)
        if (log->streams[i]->own)
            status = store_stopped_drop(log->store, STORE_REFUSED_BY_PARENT,
                    log->streams[i]->row.author, log->streams[i]->row.lane, error);
    for (size_t i = 0; i < hello->stopped_count && status == GRID_OK; i++)
        status = store_stopped_put(
                log->store, STORE_REFUSED_BY_PARENT, &hello->stopped[i], now.wall_ms, error);
    return status;
}

/* A new connection is a new chance for what was refused: it is asked for once more. */
static enum grid_status ask_stopped_again(
        struct sync *sync, struct link *link, struct grid_error *error)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct stopped_list list = {.arena = &arena, .sync = sync, .link = link};
    list.items = arena_alloc_array(&arena, GRID_STOPPED_MAX, sizeof(*list.items));
    struct want want = {
            .ranges = arena_alloc_array(&arena, GRID_STOPPED_MAX, sizeof(*want.ranges))};
    enum grid_status status = list.items != NULL && want.ranges != NULL
                                      ? store_stopped_each(sync->log->store, STORE_REFUSED_HERE,
                                                collect_stopped, &list, error)
                                      : GRID_NOMEM;
    for (size_t i = 0; i < list.count && status == GRID_OK; i++) {
        if (bytes_equal(list.items[i].reason, bytes_text("fork")))
            continue; /* nothing that can come makes one branch of two */
        const struct stream *stream =
                log_stream(sync->log, list.items[i].author, list.items[i].lane);
        struct want_range *range = &want.ranges[want.range_count++];
        memcpy(range->author, list.items[i].author, sizeof(range->author));
        range->lane = list.items[i].lane;
        range->from_seq = stream->row.tip_seq + 1;
        range->to_seq = 0;
    }
    if (status == GRID_OK && want.range_count > 0) {
        struct buffer frame = {0};
        status = link_queue(sync, link, &frame, message_pack_want(&frame, &want), error);
    }
    arena_close(&arena);
    return status == GRID_NOMEM ? grid_fail(error, status, "out_of_memory", "%s", "") : status;
}

/* Receipts may have been lost with a link, or with an older database: all streams of the child
 * again. */
static enum grid_status touch_all(struct sync *sync, struct link *link, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < sync->log->stream_count && status == GRID_OK; i++) {
        struct stream *stream = sync->log->streams[i];
        if (stream->identified && stream->row.tip_seq > 0 &&
                memcmp(stream->identity, link->identity, sizeof(stream->identity)) == 0)
            status = intake_touch(link, stream, error);
    }
    return status;
}

/* Its clock may say anything: what no calendar holds is none. */
static bool clock_is_sane(const struct hello *hello)
{
    return hello->wall_ms >= 0 && hello->wall_ms < INT64_C(1) << 48;
}

static enum grid_status note_child(struct sync *sync, struct grid_now now, const struct link *link,
        const struct hello *hello, struct grid_error *error)
{
    struct store_child child = {.last_seen_ms = now.wall_ms,
            .clock_offset_ms = clock_is_sane(hello) ? hello->wall_ms - now.wall_ms : 0};
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        child.lsn_known += hello->lsn[lane];
    return store_child_put(sync->log->store, link->identity, &child, error);
}

/* Nothing of ours waits for this link to be better than the last one: what the parent refuses says
 * so by itself. */
static enum grid_status see_whether_well(struct sync *sync, struct grid_error *error)
{
    uint64_t refused = 0;
    enum grid_status status = upward_refused(sync, &refused, error);
    uint64_t waiting =
            upward_unreceipted(sync, GRID_LANE_URGENT) + upward_unreceipted(sync, GRID_LANE_WORK);
    if (status == GRID_OK && waiting <= refused)
        flow_well(&sync->flow);
    return status;
}

enum grid_status greet_take(struct sync *sync, struct grid_now now, struct link *link,
        const struct hello *hello, struct grid_error *error)
{
    if (hello->version != GRID_PROTOCOL_VERSION)
        return link_end(sync, link, "protocol_version", "", error);
    if (hello->dictionary != frame_dictionary_id())
        return link_end(sync, link, "dictionary", "", error);
    memcpy(link->peer_epoch, hello->epoch, sizeof(link->peer_epoch));
    link->phase = LINK_FLOWING;
    sync->disowned = sync->disowned && !link->parent;
    enum grid_status status = compare_own_tips(sync, now, link, hello, error);
    if (link->phase == LINK_ENDED)
        return status;
    if (link->parent) {
        sync->parent_clock_known = clock_is_sane(hello);
        sync->parent_clock_ahead_ms = clock_is_sane(hello) ? hello->wall_ms - now.wall_ms : 0;
        if (status == GRID_OK)
            status = take_stopped_list(sync, now, hello, error);
        if (status == GRID_OK)
            status = see_whether_well(sync, error);
        if (status == GRID_OK)
            status = upward_begin(sync, link, hello->cursors, error);
        if (status == GRID_OK)
            status = upward_mend(sync, link, hello, error);
        return status;
    }
    if (status == GRID_OK)
        status = note_child(sync, now, link, hello, error);
    if (status == GRID_OK)
        status = touch_all(sync, link, error);
    if (status == GRID_OK)
        status = ask_stopped_again(sync, link, error);
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        link->peer_ends[lane] = hello->lsn[lane];
    if (status == GRID_OK && !roster_identity_cut(sync->roster, link->identity))
        status = subscribe_begin(sync, now, link, &hello->held, error);
    if (status == GRID_OK && link->serves)
        status = tier_catch_up(sync, link, hello, error);
    return status;
}
