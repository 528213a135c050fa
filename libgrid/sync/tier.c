/* Receipts on their way down (D9, P-60…): the parent's are the acknowledgement, and through it come
 * those of the tiers above, each as it was signed, to whom it is about. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <string.h>

unsigned tier_of_unit(struct bytes unit)
{
    enum grid_place_kind kind = place_kind(unit);
    return kind >= GRID_PLACE_REGION && kind < GRID_PLACE_TOWNSHIP
                   ? 1 + (unsigned)GRID_PLACE_TOWNSHIP - (unsigned)kind
                   : 1;
}

unsigned tier_holding(const struct stream *stream, uint64_t seq)
{
    unsigned tier = GRID_TIER_MAX;
    while (tier > 0 && stream->tier_seq[tier] < seq)
        tier--;
    return tier;
}

bool tier_of_entry(const struct sync *sync, const struct entry *entry, unsigned *tier)
{
    const struct stream *stream = log_stream(sync->log, entry->author, entry->lane);
    if (stream == NULL || entry->seq > stream->row.tip_seq)
        return false;
    *tier = tier_holding(stream, entry->seq);
    if (sync->is_centre && *tier < sync->tier) /* it is here */
        *tier = sync->tier;
    return true;
}

/* --- whose they are --- */

/* A child is told of its own streams, a centre of those further down too. */
bool tier_is_about(const struct sync *sync, const struct link *link, const struct stream *stream)
{
    if (!stream->identified)
        return false;
    return memcmp(stream->identity, link->identity, sizeof(stream->identity)) == 0 ||
           (link->reader.unit[0] != '\0' &&
                   place_is_from(sync, bytes_text(link->reader.unit), stream));
}

static bool is_ours(const struct sync *sync, const struct stream *stream)
{
    return stream->own || (sync->is_centre && place_is_from(sync, sync->unit, stream));
}

/* Entries that receipts of a tier reach. */
static uint64_t count_held(
        const struct sync *sync, const struct link *link, unsigned tier, bool of_child)
{
    uint64_t count = 0;
    for (size_t i = 0; i < sync->log->stream_count; i++) {
        const struct stream *stream = sync->log->streams[i];
        if (stream->tier_seq[tier] > 0 &&
                (of_child ? tier_is_about(sync, link, stream) : is_ours(sync, stream)))
            count += stream->tier_seq[tier];
    }
    return count;
}

void tier_tell(const struct sync *sync, const struct link *link, struct hello *hello)
{
    for (unsigned tier = 2; tier <= GRID_TIER_MAX; tier++)
        hello->above[tier] = count_held(sync, link, tier, false);
}

/* --- sending on --- */

static enum grid_status pass_on(
        struct link *link, struct stream *stream, unsigned tier, struct grid_error *error)
{
    struct relay relay = {.stream = stream, .tier = tier};
    for (size_t at = 0; at < link->relays.size; at += sizeof(relay)) {
        struct relay held;
        memcpy(&held, link->relays.data + at, sizeof(held));
        if (held.stream == stream && held.tier == tier)
            return GRID_OK; /* the newest goes */
    }
    buffer_append(&link->relays, &relay, sizeof(relay));
    return link->relays.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "") : GRID_OK;
}

enum grid_status tier_catch_up(
        struct sync *sync, struct link *link, const struct hello *hello, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (unsigned tier = sync->tier + 1; tier <= GRID_TIER_MAX && status == GRID_OK; tier++) {
        if (count_held(sync, link, tier, true) <= hello->above[tier])
            continue;
        for (size_t i = 0; i < sync->log->stream_count && status == GRID_OK; i++) {
            struct stream *stream = sync->log->streams[i];
            if (stream->tier_seq[tier] > 0 && tier_is_about(sync, link, stream))
                status = pass_on(link, stream, tier, error);
        }
    }
    return status;
}

static enum grid_status advance(
        struct sync *sync, struct stream *stream, unsigned tier, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (struct link *link = sync->links; link != NULL && status == GRID_OK; link = link->next)
        if (!link->parent && link->serves && tier_is_about(sync, link, stream))
            status = pass_on(link, stream, tier, error);
    return status;
}

/* It has gone on this link already: one receipt is about several streams. */
static bool has_gone(struct link *link, const uint8_t signature[static GRID_SIGNATURE_BYTES])
{
    enum { KEPT = sizeof(link->relayed) / sizeof(link->relayed[0]) };
    uint64_t name = get_u64(signature);
    for (size_t i = 0; i < KEPT; i++)
        if (link->relayed[i] == name)
            return true;
    link->relayed[link->relayed_next++ % KEPT] = name;
    return false;
}

enum grid_status tier_pump(
        struct sync *sync, struct link *link, bool *sent, struct grid_error *error)
{
    const struct flow_item item = {.what = FLOW_DOWN, .waiting = link->relays.size};
    const struct flow_road road = {
            .open = link->serves && link->phase != LINK_ENDED, .unsent_bytes = link->unsent_bytes};
    const struct flow_policy policy = {0};
    enum grid_status status = GRID_OK;
    *sent = false;
    while (status == GRID_OK && !*sent && link->relays.size > 0 &&
            may_send(&item, &road, &policy, (struct grid_now){0})) {
        struct relay relay;
        struct buffer receipt = {0};
        struct buffer frame = {0};
        uint8_t signature[GRID_SIGNATURE_BYTES];
        bool found = false;
        link->relays.size -= sizeof(relay);
        memcpy(&relay, link->relays.data + link->relays.size, sizeof(relay));
        status = store_receipt_get(sync->log->store, relay.stream->row.no, relay.tier, &receipt,
                signature, &found, error);
        *sent = status == GRID_OK && found && !has_gone(link, signature);
        if (*sent)
            status = link_queue(sync, link, &frame,
                    message_pack_receipt(&frame, signature, buffer_bytes(&receipt)), error);
        buffer_close(&receipt);
    }
    return status;
}

/* --- taking --- */

/* *reaches false: it says nothing of what is here. */
static enum grid_status tip_reaches(struct sync *sync, const struct stream_tip *tip,
        struct stream **stream, bool *reaches, struct grid_error *error)
{
    struct log *log = sync->log;
    *stream = tip->lane < GRID_LANE_COUNT ? log_stream(log, tip->author, tip->lane) : NULL;
    *reaches = false;
    /* More than we hold: an older database was put back here; the entries come by WANT. */
    if (*stream == NULL || tip->seq == 0 || tip->seq > (*stream)->row.tip_seq)
        return GRID_OK;
    uint8_t id[GRID_HASH_BYTES];
    enum grid_status status = log_chain_id(log, *stream, tip->seq, id, error);
    /* a receipt for another branch proves nothing of ours */
    *reaches = status == GRID_OK && memcmp(id, tip->id, sizeof(tip->id)) == 0;
    return status;
}

static enum grid_status take_tip(struct sync *sync, const struct receipt *receipt,
        const struct stream_tip *tip, struct bytes bytes,
        const uint8_t signature[static GRID_SIGNATURE_BYTES], bool of_parent,
        struct grid_error *error)
{
    struct log *log = sync->log;
    struct stream *stream = NULL;
    bool reaches = false;
    enum grid_status status = tip_reaches(sync, tip, &stream, &reaches, error);
    if (status != GRID_OK || !reaches)
        return status;
    uint64_t held_seq = stream->tier_seq[receipt->tier];
    bool further = tip->seq > held_seq;
    if (!of_parent && (!further || !is_ours(sync, stream)))
        return GRID_OK;
    if (of_parent)
        stream->receipted_seq = tip->seq;
    if (of_parent && further && stream->own)
        flow_further(&sync->flow);
    stream->tier_seq[receipt->tier] = tip->seq;
    status = store_receipt_put(
            log->store, stream->row.no, receipt->tier, tip->seq, bytes, signature, error);
    if (status == GRID_OK && of_parent && further && stream->own && !sync->is_centre)
        status = store_received_put(log->store, STORE_PLACE(stream->row.no, held_seq + 1),
                STORE_PLACE(stream->row.no, tip->seq), stamp_ms(receipt->hlc), error);
    if (status == GRID_OK && further)
        status = advance(sync, stream, receipt->tier, error);
    /* What was refused for a time is held now; what is refused still is said again. */
    if (status == GRID_OK && of_parent && stream->own && stream->offered_seq <= tip->seq)
        status = store_stopped_drop(
                log->store, STORE_REFUSED_BY_PARENT, stream->row.author, stream->row.lane, error);
    return status;
}

/* A centre that stands above us, as a CENTRE of the rosters that we hold says, and its own tier. */
static bool is_above(const struct sync *sync, const struct receipt *receipt)
{
    struct roster_author who;
    struct bytes own = sync->is_centre ? sync->unit : bytes_text(sync->enrolled.unit);
    return roster_enrolled_as(sync->roster, receipt->node, &who) && who.is_centre &&
           who.unit.size < own.size && place_covers(who.unit, own) &&
           receipt->tier == tier_of_unit(who.unit);
}

static enum grid_status take_tips(struct sync *sync, const struct receipt *receipt,
        struct bytes bytes, const uint8_t signature[static GRID_SIGNATURE_BYTES], bool of_parent,
        struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    if (!of_parent && !is_above(sync, receipt))
        return GRID_OK; /* of nobody that we know: it is told again when it is further */
    for (size_t i = 0; i < receipt->tip_count && status == GRID_OK; i++)
        status = take_tip(sync, receipt, &receipt->tips[i], bytes, signature, of_parent, error);
    if (of_parent) {
        sync->leave_again = sync->leave_again || sync->leave_waits;
        if (receipt->tip_count > 0)
            flow_receipted(&sync->flow);
    }
    return status;
}

enum grid_status tier_take_receipt(
        struct sync *sync, struct link *link, const struct frame *frame, struct grid_error *error)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct receipt receipt = {0};
    struct grid_error fault = {0};
    uint8_t signature[GRID_SIGNATURE_BYTES];
    enum grid_status status = message_read_receipt(frame, signature, &fault);
    if (status == GRID_OK)
        status = receipt_read(frame->tail, &arena, &receipt, &fault);
    if (status == GRID_OK)
        status = receipt_verify(signature, receipt.node, frame->tail, &fault);
    bool of_parent = memcmp(receipt.node, link->identity, sizeof(receipt.node)) == 0;
    if (status == GRID_OK)
        status = take_tips(sync, &receipt, frame->tail, signature, of_parent, error);
    else if (status == GRID_NOMEM)
        grid_fail(error, status, "out_of_memory", "%s", "");
    else
        status = link_end(sync, link, fault.reason, fault.detail, error);
    arena_close(&arena);
    return status;
}
