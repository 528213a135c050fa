/* One connection: whole frames out of its bytes, each to the room that it concerns (P-90). A peer's
 * fault ends its link with a reason; it is never a failure of the node. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct link *link_find(const struct sync *sync, uint64_t number)
{
    struct link *link = sync->links;
    while (link != NULL && link->number != number)
        link = link->next;
    return link;
}

struct link *link_to_parent(const struct sync *sync)
{
    struct link *link = sync->links;
    while (link != NULL && !link->parent)
        link = link->next;
    return link;
}

/* --- what goes out --- */

static struct outgoing *queue_outgoing(
        struct sync *sync, struct link *link, enum outgoing_type type)
{
    struct outgoing *item = grid_alloc(sizeof(*item));
    if (item == NULL)
        return NULL;
    item->type = type;
    item->link = link->number;
    *(sync->out_last != NULL ? &sync->out_last->next : &sync->out_first) = item;
    sync->out_last = item;
    return item;
}

enum grid_status link_queue(struct sync *sync, struct link *link, struct buffer *frame,
        enum grid_status packed, struct grid_error *error)
{
    struct outgoing *item = NULL;
    if (packed == GRID_OK && !frame->failed)
        item = queue_outgoing(sync, link, OUT_SEND);
    if (item == NULL) {
        buffer_close(frame);
        return packed == GRID_OK || packed == GRID_NOMEM
                       ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                       : grid_fail(error, packed, "message_too_large", "%s", "");
    }
    item->bytes = *frame;
    *frame = (struct buffer){0};
    link->unsent_bytes += item->bytes.size;
    return GRID_OK;
}

enum grid_status link_end(struct sync *sync, struct link *link, const char *reason,
        const char *detail, struct grid_error *error)
{
    if (link->phase == LINK_ENDED)
        return GRID_OK;
    struct buffer frame = {0};
    struct bye bye = {bytes_text(reason), bytes_text(detail)};
    enum grid_status status = message_pack_bye(&frame, &bye);
    status = link_queue(sync, link, &frame, status, error);
    link->phase = LINK_ENDED;
    struct outgoing *close = status == GRID_OK ? queue_outgoing(sync, link, OUT_CLOSE) : NULL;
    if (status == GRID_OK && close == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (close != NULL)
        snprintf(close->reason, sizeof(close->reason), "%s", reason);
    return status;
}

/* --- life --- */

static enum grid_status greet(
        struct sync *sync, struct grid_now now, struct link *link, struct grid_error *error)
{
    enum grid_status status = link->parent ? enrol_send(sync, link, error) : GRID_OK;
    if (status != GRID_OK)
        return status;
    return link->stranger ? GRID_OK : greet_send(sync, now, link, error);
}

/* Whoever is not enrolled says ENROL, which is short, or nothing; and not many do so at once. */
enum { STRANGERS_MAX = 256, STRANGER_BYTES_MAX = 256 };

static size_t count_strangers(const struct sync *sync)
{
    size_t count = 0;
    for (const struct link *link = sync->links; link != NULL; link = link->next)
        count += link->stranger && link->phase != LINK_ENDED;
    return count;
}

/* Enrolled here, or a centre beneath us. A device of such a centre calls its own. */
static bool is_child(const struct sync *sync, const uint8_t identity[static GRID_KEY_BYTES])
{
    struct roster_author who;
    if (!roster_enrolled_as(sync->roster, identity, &who))
        return false;
    return who.is_centre || sync->unit.size == 0 || bytes_equal(who.unit, sync->unit);
}

enum { TURNED_AWAY_MS = 5000 };

/* It is told why, and to come back at another time than all the others (F48). */
static enum grid_status turn_away(
        struct sync *sync, struct link *link, const char *reason, struct grid_error *error)
{
    struct buffer frame = {0};
    enum grid_status status =
            link_queue(sync, link, &frame, message_pack_busy(&frame, TURNED_AWAY_MS), error);
    return status == GRID_OK ? link_end(sync, link, reason, "", error) : status;
}

enum grid_status link_up(struct sync *sync, struct grid_now now, uint64_t number,
        const uint8_t identity[static GRID_KEY_BYTES], bool parent, struct grid_error *error)
{
    assert(link_find(sync, number) == NULL);
    struct link *link = grid_alloc(sizeof(*link));
    if (link == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    link->number = number;
    link->parent = parent;
    link->since_ms = link->heard_ms = now.mono_ms;
    memcpy(link->identity, identity, sizeof(link->identity));
    link->stranger = !parent && !is_child(sync, identity);
    link->next = sync->links;
    sync->links = link;
    sync->link_count++;
    if (parent)
        flow_linked(&sync->flow);
    /* The same child again: its old connection is dead, whether the system knows it or not. */
    for (struct link *old = link->next; old != NULL && !parent; old = old->next)
        if (!old->parent && memcmp(old->identity, identity, sizeof(old->identity)) == 0) {
            enum grid_status status = link_end(sync, old, "replaced", "", error);
            if (status != GRID_OK)
                return status;
        }
    if (link->stranger && count_strangers(sync) > STRANGERS_MAX)
        return link_end(sync, link, "not_admitted", "", error);
    if (!parent && now.mono_ms < sync->full_until_ms)
        return turn_away(sync, link, "parent_full", error);
    if (!parent && sync->link_count > GRID_LINKS_MAX)
        return turn_away(sync, link, "not_admitted", error);
    return greet(sync, now, link, error);
}

void link_down(struct sync *sync, struct grid_now now, uint64_t number, const char *reason)
{
    struct link **at = &sync->links;
    while (*at != NULL && (*at)->number != number)
        at = &(*at)->next;
    struct link *link = *at;
    if (link == NULL && number != 0)
        return;
    if (link == NULL || link->parent) {
        flow_lost(&sync->flow, now, sync_urgent_waits(sync), sync_random(sync), reason);
        for (size_t i = 0; i < sync->log->stream_count; i++)
            sync->log->streams[i]->offered_seq = 0; /* nothing is on its way any more */
    }
    if (link == NULL)
        return;
    *at = link->next;
    sync->link_count--;
    buffer_close(&link->in);
    grid_free(link->wants);
    grid_free(link->touched);
    grid_free(link->listed);
    buffer_close(&link->relays);
    buffer_close(&link->lacking);
    subscribe_close(link);
    grid_free(link);
}

/* --- frames --- */

/* It is shown, logged and looked up: an identifier, whatever the peer made of it. */
static struct bytes reason_of(const struct bye *bye)
{
    struct bytes reason = bye->reason;
    bool good = reason.size > 0;
    for (size_t i = 0; i < reason.size && good; i++) {
        uint8_t at = reason.data[i];
        good = (at >= 'a' && at <= 'z') || (at >= '0' && at <= '9') || at == '_';
    }
    return good ? reason : bytes_text("peer_ended");
}

static enum grid_status take_bye(struct sync *sync, struct grid_now now, struct link *link,
        const struct frame *frame, struct grid_error *error)
{
    struct bye bye = {0};
    struct grid_error fault = {0};
    if (message_read_bye(frame, &bye, &fault) != GRID_OK)
        return link_end(sync, link, fault.reason, fault.detail, error);
    struct bytes reason = reason_of(&bye);
    if (!link->parent && !link->stranger && bytes_equal(reason, bytes_text("bucket_digest")))
        repair_doubt(sync, now, bye.detail);
    if (link->parent && bytes_equal(reason, bytes_text("not_enrolled")))
        sync->disowned = true;
    enum grid_status status = GRID_OK;
    if (link->parent && bytes_equal(reason, bytes_text("revoked")))
        status = cut_told(sync, now, true, error);
    if (status != GRID_OK)
        return status;
    /* no room just now is no refusal: it is tried again */
    bool for_now = bytes_equal(reason, bytes_text("parent_full")) ||
                   bytes_equal(reason, bytes_text("not_admitted"));
    if (link->parent && sync->enrolling && !sync->enrol_answered && !for_now) {
        sync->enrol_answered = true;
        grid_fail(&sync->enrol_error, GRID_REFUSED, "enrolment_refused", "%.*s", (int)reason.size,
                (const char *)reason.data);
    }
    struct outgoing *close = queue_outgoing(sync, link, OUT_CLOSE);
    if (close == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    snprintf(close->reason, sizeof(close->reason), "%.*s", (int)reason.size,
            (const char *)reason.data);
    link->phase = LINK_ENDED;
    return GRID_OK;
}

/* What a stranger may say: ENROL, and it may take its leave. */
static bool permitted(const struct sync *sync, const struct link *link, uint8_t type)
{
    if (type == FRAME_BYE)
        return true;
    if (link->stranger)
        return type == FRAME_ENROL;
    switch (type) {
    case FRAME_HELLO:
        return link->phase == LINK_GREETING;
    case FRAME_ENROL:
        return !link->parent;
    case FRAME_BUSY:
    case FRAME_ENROLLED:
        return link->parent;
    case FRAME_RECEIPT:
    case FRAME_PUT:
    case FRAME_BUCKETS:
        return link->parent && link->phase != LINK_GREETING;
    case FRAME_HAVE:
        return (!link->parent || sync->is_centre) && link->phase != LINK_GREETING;
    case FRAME_CURSOR:
        return !link->parent && link->phase != LINK_GREETING;
    default:
        return link->phase != LINK_GREETING;
    }
}

/* Reads the message of a frame; `error` is the peer's fault unless it is GRID_NOMEM. The rooms' own
 * failures come back through *node_status. */
static enum grid_status take_message(struct sync *sync, struct grid_now now, struct link *link,
        const struct frame *frame, struct arena *arena, enum grid_status *node_status,
        struct grid_error *fault, struct grid_error *error)
{
    union {
        struct hello hello;
        struct data_message data;
        struct have have;
        struct want want;
        struct cursor_message cursor;
        struct stopped stopped;
        struct put put;
        struct buckets buckets;
        struct enrol enrol;
        struct enrolled enrolled;
        uint32_t spread_ms;
    } as;
    memset(&as, 0, sizeof(as));
    enum grid_status status = GRID_OK;
    switch (frame->type) {
    case FRAME_HELLO:
        status = message_read_hello(frame, arena, &as.hello, fault);
        if (status == GRID_OK)
            *node_status = greet_take(sync, now, link, &as.hello, error);
        return status;
    case FRAME_DATA:
        status = message_read_data(frame, &as.data, fault);
        if (status == GRID_OK)
            *node_status = intake_take_data(sync, now, link, &as.data, arena, error);
        return status;
    case FRAME_RECEIPT:
        *node_status = tier_take_receipt(sync, link, frame, error);
        return GRID_OK;
    case FRAME_HAVE:
        status = message_read_have(frame, arena, &as.have, fault);
        if (status == GRID_OK)
            *node_status = intake_take_have(sync, link, &as.have, error);
        return status;
    case FRAME_WANT:
        status = message_read_want(frame, arena, &as.want, fault);
        if (status == GRID_OK)
            *node_status = upward_take_want(sync, link, &as.want, error);
        return status;
    case FRAME_CURSOR:
        status = message_read_cursor(frame, &as.cursor, fault);
        if (status == GRID_OK)
            *node_status = intake_take_cursor(link, &as.cursor);
        return status;
    case FRAME_STOPPED:
        status = message_read_stopped(frame, &as.stopped, fault);
        if (status == GRID_OK && link->parent)
            *node_status = upward_take_stopped(sync, now, &as.stopped, error);
        return status;
    case FRAME_PUT:
        status = message_read_put(frame, arena, &as.put, fault);
        if (status == GRID_OK)
            *node_status = mirror_take_put(sync, now, link, &as.put, frame->tail, arena, error);
        return status;
    case FRAME_BUCKETS:
        status = message_read_buckets(frame, arena, &as.buckets, fault);
        if (status == GRID_OK)
            *node_status = mirror_take_list(sync, link, &as.buckets, error);
        if (status == GRID_OK && *node_status == GRID_OK) /* it serves us: put back from before */
            *node_status = cut_told(sync, now, false, error);
        return status;
    case FRAME_ENROL:
        status = message_read_enrol(frame, &as.enrol, fault);
        if (status == GRID_OK)
            *node_status = enrol_take(sync, now, link, &as.enrol, error);
        return status;
    case FRAME_ENROLLED:
        status = message_read_enrolled(frame, &as.enrolled, fault);
        if (status == GRID_OK)
            *node_status = enrol_take_answer(sync, &as.enrolled, error);
        return status;
    case FRAME_BUSY:
        status = message_read_busy(frame, &as.spread_ms, fault);
        if (status == GRID_OK)
            flow_busy(&sync->flow, as.spread_ms);
        return status;
    default:
        return grid_fail(fault, GRID_MALFORMED, "frame_type", "%u", frame->type);
    }
}

static void note_progress(
        const struct sync *sync, struct grid_now now, struct link *link, uint8_t type)
{
    if (type == FRAME_HELLO || type == FRAME_BUCKETS || type == FRAME_PUT)
        link->served_ms = now.mono_ms;
    if (type == FRAME_RECEIPT || type == FRAME_STOPPED)
        link->owed_ms = sync_owed_receipt(sync) ? now.mono_ms : 0;
}

static enum grid_status take_frame(struct sync *sync, struct grid_now now, struct link *link,
        const struct frame *frame, struct arena *arena, struct grid_error *error)
{
    if (frame->type == FRAME_BYE)
        return take_bye(sync, now, link, frame, error);
    if (frame->type > FRAME_BUSY && (frame->type & FRAME_SKIPPABLE) != 0)
        return GRID_OK; /* P-84 */
    if (!permitted(sync, link, frame->type))
        return link_end(sync, link, link->stranger ? "not_enrolled" : "out_of_turn", "", error);
    struct grid_error fault = {0};
    enum grid_status node_status = GRID_OK;
    enum grid_status status =
            take_message(sync, now, link, frame, arena, &node_status, &fault, error);
    if (status == GRID_NOMEM)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status != GRID_OK)
        return link_end(sync, link, fault.reason, fault.detail, error);
    note_progress(sync, now, link, frame->type);
    return node_status;
}

enum grid_status link_receive(struct sync *sync, struct grid_now now, uint64_t number,
        struct bytes bytes, struct grid_error *error)
{
    struct link *link = link_find(sync, number);
    if (link == NULL || link->phase == LINK_ENDED)
        return GRID_OK; /* bytes that were under way when the link ended */
    link->heard_ms = now.mono_ms;
    struct bytes input = bytes;
    if (link->in.size > 0) {
        buffer_append(&link->in, bytes.data, bytes.size);
        input = buffer_bytes(&link->in);
    }
    if (link->in.failed)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    struct arena arena;
    arena_init(&arena, 0);
    enum grid_status status = GRID_OK;
    size_t done = 0;
    while (status == GRID_OK && link->phase != LINK_ENDED) {
        struct frame frame;
        size_t taken = 0;
        struct grid_error fault = {0};
        status = frame_next(
                bytes_of(input.data + done, input.size - done), &arena, &frame, &taken, &fault);
        if (status == GRID_MALFORMED || status == GRID_LIMIT)
            status = link_end(sync, link, fault.reason, fault.detail, error);
        else if (status == GRID_OK && taken == 0)
            break;
        else if (status == GRID_OK)
            status = take_frame(sync, now, link, &frame, &arena, error);
        done += taken;
        arena_reset(&arena);
    }
    arena_close(&arena);
    /* A frame is at most GRID_FRAME_BYTES_MAX, so what is left is less than that. */
    if (link->in.size > 0)
        buffer_drop_front(&link->in, done);
    else if (done < input.size && link->phase != LINK_ENDED)
        buffer_append(&link->in, input.data + done, input.size - done);
    if (status == GRID_OK && link->in.failed)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status == GRID_OK && link->stranger && link->in.size > STRANGER_BYTES_MAX)
        status = link_end(sync, link, "not_enrolled", "", error);
    if (link->phase == LINK_ENDED)
        buffer_close(&link->in);
    return status;
}
