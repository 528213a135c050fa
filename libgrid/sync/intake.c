/* The receiving side of the way up: segments in, whole or not at all; cursors; receipts
 * (P-92…P-96). */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <stdio.h>
#include <string.h>

enum grid_status intake_touch(struct link *link, struct stream *stream, struct grid_error *error)
{
    for (size_t i = 0; i < link->touched_count; i++)
        if (link->touched[i] == stream)
            return GRID_OK;
    if (link->touched_count == link->touched_capacity) {
        size_t capacity = link->touched_capacity == 0 ? 8 : link->touched_capacity * 2;
        struct stream **grown = grid_resize(link->touched, capacity * sizeof(struct stream *));
        if (grown == NULL)
            return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
        link->touched = grown;
        link->touched_capacity = capacity;
    }
    link->touched[link->touched_count++] = stream;
    return GRID_OK;
}

/* Accepted is every stream whose identity was ever enrolled, whatever its scope today (D13). Our
 * own streams come back after a restore. */
static bool enrolled(void *context, const uint8_t identity[static GRID_KEY_BYTES])
{
    const struct sync *sync = context;
    return memcmp(identity, sync->log->identity, GRID_KEY_BYTES) == 0 ||
           roster_identity_enrolled(sync->roster, identity);
}

static bool given(void *context, const uint8_t identity[static GRID_KEY_BYTES])
{
    return refill_admits(context, identity);
}

/* `from_handheld`: its own words, at first hand. `from_below`: of a child, whatever it is. */
static enum grid_status take_entries(struct sync *sync, struct grid_now now, bool from_handheld,
        bool from_below, const struct segment *segment, const struct log_acceptance *acceptance,
        struct grid_error *error)
{
    struct log *log = sync->log;
    struct stream *stream = acceptance->stream;
    int64_t received_ms = segment->received_ms;
    /* P-55: the first centre stamps it; what a handheld says of the time is nothing to go by */
    if (sync->is_centre && (received_ms == 0 || from_handheld))
        received_ms = now.wall_ms > 0 ? now.wall_ms : 0; /* before 1970: unknown */
    if (segment->first_seq == 1 && acceptance->first_new == 0) {
        enum grid_status status =
                roster_take_author(sync->roster, segment->author, stream->identity);
        if (status != GRID_OK)
            return grid_fail(error, status, "out_of_memory", "%s", "");
        if (!stream->own)
            status = roster_entry_append_author(sync, stream, &acceptance->entries[0], error);
        if (status != GRID_OK)
            return status;
    }
    enum grid_status status = GRID_OK;
    for (size_t i = acceptance->first_new; i < acceptance->entry_count && status == GRID_OK; i++) {
        status = book_take(
                sync->book, stream, &acceptance->entries[i], received_ms, NULL, NULL, error);
        if (status == GRID_OK && from_below && !from_handheld)
            status = roster_entry_take_below(sync, stream, &acceptance->entries[i], error);
    }
    if (status == GRID_OK)
        status = store_seal_put(
                log->store, STORE_PLACE(stream->row.no, stream->row.tip_seq), segment->seal, error);
    log->clock = stamp_seen(log->clock, stream->row.tip_hlc, now.wall_ms);
    return status;
}

/* A gap is asked to be closed, with all that follows: the cursor has passed it. Once for each place
 * where a stream ends, or a peer that always sends the same would be asked for ever. */
static enum grid_status ask_for_gap(struct sync *sync, struct link *link,
        const struct segment *segment, uint64_t from_seq, struct grid_error *error)
{
    struct want_range range = {.lane = segment->lane, .from_seq = from_seq};
    memcpy(range.author, segment->author, sizeof(range.author));
    for (size_t i = 0; i < link->asked_count; i++)
        if (link->asked[i].lane == range.lane && link->asked[i].from_seq == from_seq &&
                memcmp(link->asked[i].author, range.author, sizeof(range.author)) == 0)
            return GRID_OK;
    if (link->asked_count == sizeof(link->asked) / sizeof(link->asked[0]))
        return GRID_OK; /* the next HELLO tells where the stream ends here */
    link->asked[link->asked_count++] = range;
    struct want want = {.ranges = &range, .range_count = 1};
    struct buffer frame = {0};
    return link_queue(sync, link, &frame, message_pack_want(&frame, &want), error);
}

/* What a stream was stopped for stays its reason, whatever comes behind it. *known false: it goes
 * on, or had a gap only. `reason` lends its memory. */
static enum grid_status recall_reason(struct sync *sync, struct stopped *stopped,
        char reason[static GRID_REASON_BYTES], bool *known, struct grid_error *error)
{
    struct stopped before;
    int64_t since_ms = 0;
    enum grid_status status = store_stopped_get(sync->log->store, STORE_REFUSED_HERE,
            stopped->author, stopped->lane, &before, &since_ms, known, error);
    if (status != GRID_OK || !*known)
        return status;
    snprintf(reason, GRID_REASON_BYTES, "%.*s", (int)before.reason.size,
            (const char *)before.reason.data);
    stopped->from_seq = before.from_seq;
    stopped->reason = bytes_text(reason);
    return GRID_OK;
}

/* A handheld speaks for itself. Of another's log its word proves nothing: it would show as refused
 * there. What its author sealed does. */
static bool is_bystander(
        const struct sync *sync, const struct link *link, const struct log_acceptance *acceptance)
{
    const struct stream *stream = acceptance->stream;
    return acceptance->judgement != LOG_FORKED && stream != NULL && stream->identified &&
           memcmp(stream->identity, link->identity, sizeof(stream->identity)) != 0 &&
           roster_device_of(sync->roster, link->identity) != NULL;
}

/* Of logs that nobody here knows so many are remembered: names are made for nothing, and the peer
 * offers again what no HELLO of ours names. */
enum { UNKNOWN_STOPPED_MAX = 4096 };

static enum grid_status remember_stopped(struct sync *sync, struct grid_now now,
        const struct link *link, const struct log_acceptance *acceptance,
        const struct stopped *stopped, struct grid_error *error)
{
    uint64_t count = 0;
    enum grid_status status = GRID_OK;
    if (is_bystander(sync, link, acceptance))
        return GRID_OK;
    if (acceptance->stream == NULL)
        status = store_stopped_count(sync->log->store, STORE_REFUSED_HERE, &count, error);
    if (status != GRID_OK || count >= UNKNOWN_STOPPED_MAX)
        return status;
    return store_stopped_put(sync->log->store, STORE_REFUSED_HERE, stopped, now.wall_ms, error);
}

/* One segment proves a fork; whoever likes forks makes any number of them. */
enum { EVIDENCE_OF_STREAM_MAX = 8, EVIDENCE_MAX = 4096 };

static enum grid_status keep_evidence(struct sync *sync, struct grid_now now,
        const struct segment *segment, struct grid_error *error)
{
    struct store *store = sync->log->store;
    uint64_t of_stream = 0;
    uint64_t all = 0;
    enum grid_status status =
            store_evidence_of_stream(store, segment->author, segment->lane, &of_stream, error);
    if (status == GRID_OK)
        status = store_evidence_count(store, &all, error);
    if (status != GRID_OK || of_stream >= EVIDENCE_OF_STREAM_MAX || all >= EVIDENCE_MAX)
        return status;
    return store_evidence_put(store, segment, now.wall_ms, error);
}

/* P-96: named, remembered and told; nobody else is held up. */
static enum grid_status refuse(struct sync *sync, struct grid_now now, struct link *link,
        const struct segment *segment, const struct log_acceptance *acceptance,
        struct grid_error *error)
{
    struct stopped stopped = {.lane = segment->lane,
            .from_seq = segment->first_seq,
            .reason = bytes_text(acceptance->reason)};
    memcpy(stopped.author, segment->author, sizeof(stopped.author));
    if (stopped.lane >= GRID_LANE_COUNT)
        return link_end(sync, link, "segment_form", "", error);
    uint64_t tip = acceptance->stream != NULL ? acceptance->stream->row.tip_seq : 0;
    bool gap = strcmp(acceptance->reason, "gap") == 0;
    bool known = false;
    char reason[GRID_REASON_BYTES];
    enum grid_status status = GRID_OK;
    if (gap)
        status = ask_for_gap(sync, link, segment, tip + 1, error);
    if (status == GRID_OK && gap)
        status = recall_reason(sync, &stopped, reason, &known, error);
    bool forked = acceptance->judgement == LOG_FORKED;
    if (status == GRID_OK && forked)
        status = keep_evidence(sync, now, segment, error);
    if (status == GRID_OK && forked)
        status = fork_decide(sync, now, link, segment, acceptance, error);
    bool decided = forked && fork_is_decided(sync, segment, acceptance);
    struct stream *stream = acceptance->judgement == LOG_FORKED ? acceptance->stream : NULL;
    if (status == GRID_OK && stream != NULL && link->parent && stream->own)
        /* a copy of us wrote it: ours is the other */
        status = upward_show_branch(
                link, stream, segment->first_seq + acceptance->first_new - 1, error);
    if (status == GRID_OK && !known && !decided)
        status = remember_stopped(sync, now, link, acceptance, &stopped, error);
    struct buffer frame = {0};
    if (status == GRID_OK)
        status = link_queue(sync, link, &frame, message_pack_stopped(&frame, &stopped), error);
    return status;
}

/* P-95: the cursor passes a refused segment too; what was refused is asked for again by WANT. */
static void move_cursor(
        struct link *link, const struct data_message *data, const struct log_acceptance *acceptance)
{
    uint8_t lane = data->segment.lane;
    if (data->lsn == 0 || lane >= GRID_LANE_COUNT)
        return;
    struct cursor *cursor = &link->cursors[lane];
    memcpy(cursor->epoch, link->peer_epoch, sizeof(cursor->epoch));
    cursor->lsn = data->lsn;
    memset(cursor->leaf, 0, sizeof(cursor->leaf));
    if (acceptance->entry_count > 0)
        memcpy(cursor->leaf, acceptance->entries[acceptance->entry_count - 1].leaf,
                sizeof(cursor->leaf));
    link->cursors_changed = true;
}

/* P-90: a parent gave it back; what a centre's log says of its unit counts here too. */
static enum grid_status take_given(
        struct sync *sync, const struct log_acceptance *acceptance, struct grid_error *error)
{
    struct stream *stream = acceptance->stream;
    enum grid_status status = GRID_OK;
    stream->given_seq = stream->row.tip_seq;
    sync->own_came = true;
    /* a child that has it too may have offered it by now: it hears that it is held */
    for (struct link *link = sync->links; link != NULL && status == GRID_OK; link = link->next)
        if (!link->parent && link->serves && tier_is_about(sync, link, stream))
            status = intake_touch(link, stream, error);
    for (size_t i = acceptance->first_new;
            i < acceptance->entry_count && status == GRID_OK && sync->is_centre; i++) {
        const struct entry *entry = &acceptance->entries[i];
        struct entry_header header;
        struct arena arena;
        arena_init(&arena, 0);
        status = entry_read_header(entry, &arena, &header, error);
        if (status == GRID_OK && stream->own && header.kind < GRID_KIND_CREATE)
            status = roster_entry_append(sync, stream, entry, error);
        else if (status == GRID_OK && !stream->own)
            status = roster_entry_take_below(sync, stream, entry, error);
        arena_close(&arena);
    }
    return status;
}

enum grid_status intake_take_data(struct sync *sync, struct grid_now now, struct link *link,
        const struct data_message *data, struct arena *arena, struct grid_error *error)
{
    const struct segment *segment = &data->segment;
    struct log_acceptance acceptance;
    /* P-94: a parent gives back what is ours, or of our unit, and nothing else. */
    if (link->parent && !sync->is_centre && log_seed_of(sync->log, segment->author) == NULL)
        return link_end(sync, link, "out_of_turn", "DATA", error);
    enum grid_status status = log_judge_segment(
            sync->log, segment, arena, link->parent ? given : enrolled, sync, &acceptance, error);
    if (status != GRID_OK)
        return status;
    if (acceptance.judgement == LOG_TAKEN && cut_is_full(sync, acceptance.stream->identity)) {
        acceptance.judgement = LOG_REFUSED;
        acceptance.reason = "quarantine_full";
    }
    if (acceptance.judgement == LOG_TAKEN && fork_loses(sync, segment, &acceptance)) {
        acceptance.judgement = LOG_FORKED;
        acceptance.reason = "fork";
    }
    bool from_handheld = !link->parent && roster_device_of(sync->roster, link->identity) != NULL;
    if (acceptance.judgement == LOG_TAKEN)
        status = take_entries(sync, now, from_handheld, sync->is_centre && !link->parent, segment,
                &acceptance, error);
    if (status == GRID_OK && acceptance.judgement == LOG_TAKEN && link->parent)
        status = take_given(sync, &acceptance, error);
    if (acceptance.judgement != LOG_TAKEN && acceptance.judgement != LOG_KNOWN)
        status = refuse(sync, now, link, segment, &acceptance, error);
    bool held = acceptance.judgement == LOG_TAKEN || acceptance.judgement == LOG_KNOWN;
    if (status == GRID_OK && held)
        status = intake_touch(link, acceptance.stream, error);
    if (status == GRID_OK && acceptance.judgement == LOG_TAKEN)
        status = store_stopped_drop(
                sync->log->store, STORE_REFUSED_HERE, segment->author, segment->lane, error);
    if (!link->parent)
        move_cursor(link, data, &acceptance);
    return status;
}

enum grid_status intake_readmit(struct sync *sync, struct grid_now now,
        const struct segment *segment, struct arena *arena, struct grid_error *error)
{
    struct log_acceptance acceptance;
    enum grid_status status =
            log_judge_segment(sync->log, segment, arena, enrolled, sync, &acceptance, error);
    if (status != GRID_OK)
        return status;
    bool takes = acceptance.judgement == LOG_TAKEN && !fork_loses(sync, segment, &acceptance);
    if (takes) {
        bool own = acceptance.stream->own;
        status = take_entries(
                sync, now, false, sync->is_centre && !own, segment, &acceptance, error);
        sync->own_came = sync->own_came || own;
    }
    if (status == GRID_OK && (takes || acceptance.judgement == LOG_KNOWN))
        status = store_evidence_drop(sync->log->store, segment, error);
    return status;
}

/* What the peer holds more of than we do, or other (P-94). */
static bool lacks(const struct sync *sync, const struct stream_tip *tip, uint64_t *from)
{
    const struct stream *stream = log_stream(sync->log, tip->author, tip->lane);
    *from = stream != NULL ? stream->row.tip_seq + 1 : 1;
    return tip->lane < GRID_LANE_COUNT && tip->seq >= *from;
}

enum grid_status intake_take_have(
        struct sync *sync, struct link *link, const struct have *have, struct grid_error *error)
{
    struct want want = {
            .answer = true, .ranges = grid_alloc_array(have->tip_count + 1, sizeof(*want.ranges))};
    if (want.ranges == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    for (size_t i = 0; i < have->tip_count; i++) {
        const struct stream_tip *tip = &have->tips[i];
        uint64_t from = 0;
        if (!lacks(sync, tip, &from))
            continue;
        struct want_range *range = &want.ranges[want.range_count++];
        memcpy(range->author, tip->author, sizeof(range->author));
        range->lane = tip->lane;
        range->from_seq = from;
        range->to_seq = tip->seq;
    }
    struct buffer frame = {0};
    enum grid_status status = GRID_OK;
    if (link->parent)
        status = refill_note_wants(link, &want, have->more, error);
    else
        refill_note_have(sync, link, have);
    /* a centre hears what it lacks before the answer that lets it go on */
    if (status == GRID_OK && !link->parent && !have->more && link->reader.unit[0] != '\0')
        status = refill_offer(sync, link, error);
    if (status == GRID_OK)
        status = link_queue(sync, link, &frame, message_pack_want(&frame, &want), error);
    grid_free(want.ranges);
    return status;
}

enum grid_status intake_take_cursor(struct link *link, const struct cursor_message *message)
{
    /* its epoch may have changed since its HELLO: it has opened a new author */
    memcpy(link->peer_epoch, message->cursor.epoch, sizeof(link->peer_epoch));
    link->cursors[message->lane] = message->cursor;
    link->cursors_changed = true;
    return GRID_OK;
}

/* The tips of streams behind which one identity stands, as many as one receipt is to hold: it goes
 * on to whom it is about, and to nobody else. */
static size_t gather_tips(struct link *link, struct stream_tip *tips, size_t max)
{
    const struct stream *first = link->touched[0];
    size_t count = 0;
    size_t left = 0;
    for (size_t i = 0; i < link->touched_count; i++) {
        struct stream *stream = link->touched[i];
        bool same = memcmp(stream->identity, first->identity, sizeof(stream->identity)) == 0;
        if (!same || count == max) {
            link->touched[left++] = stream;
            continue;
        }
        const struct store_stream *row = &stream->row;
        struct stream_tip *tip = &tips[count++];
        memcpy(tip->author, row->author, sizeof(tip->author));
        tip->lane = row->lane;
        tip->seq = row->tip_seq;
        memcpy(tip->id, row->tip_id, sizeof(tip->id));
    }
    link->touched_count = left;
    return count;
}

/* P-60: the receipt is the acknowledgement; it is made of what was just committed. */
enum grid_status intake_receipt(
        struct sync *sync, struct grid_now now, struct link *link, struct grid_error *error)
{
    if (link->touched_count == 0 || link->parent || link->phase == LINK_ENDED) {
        link->touched_count = 0;
        return GRID_OK;
    }
    struct log *log = sync->log;
    enum grid_status status = GRID_OK;
    while (link->touched_count > 0 && status == GRID_OK) {
        struct stream_tip tips[GRID_TIPS_MAX / 8];
        struct receipt receipt = {.tier = sync->tier,
                .hlc = stamp_next(log->clock, now.wall_ms), /* when it was given */
                .tips = tips,
                .tip_count = gather_tips(link, tips, sizeof(tips) / sizeof(tips[0]))};
        memcpy(receipt.node, log->identity, sizeof(receipt.node));
        memcpy(receipt.epoch, link->peer_epoch, sizeof(receipt.epoch));
        for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++)
            receipt.cursor[lane] = link->cursors[lane].lsn;
        struct buffer bytes = {0};
        struct buffer frame = {0};
        uint8_t signature[GRID_SIGNATURE_BYTES];
        receipt_pack(&bytes, &receipt);
        status = bytes.failed ? GRID_NOMEM
                              : receipt_sign(signature, log->keyring.identity_seed,
                                        buffer_bytes(&bytes));
        if (status == GRID_OK)
            status = message_pack_receipt(&frame, signature, buffer_bytes(&bytes));
        status = link_queue(sync, link, &frame, status, error);
        buffer_close(&bytes);
    }
    return status;
}
