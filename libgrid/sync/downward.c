/* The sending side of the way down (D14, P-97): each bucket of a link's list from where the child's
 * copy ends. What the child wrote itself is named and not sent. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <string.h>

enum { PUT_ENTRIES_MAX = 64, PUT_BYTES_MAX = 40960, PUT_SPANS_MAX = 4096 };

/* One PUT in the making. */
struct putting {
    struct sync *sync;
    const struct link *link;
    struct put_op ops[GRID_PUT_OPS_MAX];
    size_t op_count;
    struct buffer spans; /* struct seq_span of all ops, one behind the other */
    struct buffer bytes;
    uint64_t count, own_count, byte_count;
    bool full;
    struct bucket_run run; /* the one that is looked at */
};

static bool is_own_of_child(const struct link *link, const struct stream *stream)
{
    return stream->identified &&
           memcmp(stream->identity, link->identity, sizeof(stream->identity)) == 0;
}

static size_t spans_held(const struct putting *putting)
{
    return putting->spans.size / sizeof(struct seq_span);
}

/* The op that goes on with this stream, or a new one; NULL: the frame is full. */
static struct put_op *op_for(struct putting *putting, const struct stream *stream, bool own,
        int64_t received_ms, uint64_t seq)
{
    struct put_op *last = putting->op_count > 0 ? &putting->ops[putting->op_count - 1] : NULL;
    if (last != NULL && last->own == own && last->lane == stream->row.lane &&
            last->received_ms == received_ms && last->span_count < GRID_SEGMENT_ENTRIES_MAX &&
            memcmp(last->author, stream->row.author, sizeof(last->author)) == 0) {
        struct seq_span end;
        memcpy(&end, putting->spans.data + putting->spans.size - sizeof(end), sizeof(end));
        if (end.first + end.count <= seq)
            return last;
    }
    if (putting->op_count == GRID_PUT_OPS_MAX)
        return NULL;
    struct put_op *op = &putting->ops[putting->op_count++];
    *op = (struct put_op){
            .lane = stream->row.lane, .own = own, .received_ms = own ? 0 : received_ms};
    memcpy(op->author, stream->row.author, sizeof(op->author));
    return op;
}

static void add_span(struct putting *putting, struct put_op *op, uint64_t first, uint64_t count)
{
    struct seq_span span = {first, count};
    if (op->span_count > 0) {
        uint8_t *at = putting->spans.data + putting->spans.size - sizeof(span);
        struct seq_span end;
        memcpy(&end, at, sizeof(end));
        if (end.first + end.count == first && end.count + count <= GRID_PUT_OWN_MAX) {
            end.count += count;
            memcpy(at, &end, sizeof(end));
            return;
        }
    }
    buffer_append(&putting->spans, &span, sizeof(span));
    op->span_count += !putting->spans.failed;
    putting->full = putting->full || putting->spans.failed; /* finish_ops says that memory ended */
}

static void put_own(
        struct putting *putting, const struct stream *stream, const struct bucket_run *run)
{
    for (size_t i = 0; i < run->span_count && !putting->full; i++) {
        uint64_t room = GRID_PUT_OWN_MAX - putting->own_count;
        uint64_t count = run->spans[i].count < room ? run->spans[i].count : room;
        struct put_op *op = op_for(putting, stream, true, 0, run->spans[i].first);
        putting->full =
                op == NULL || count < run->spans[i].count || spans_held(putting) >= PUT_SPANS_MAX;
        if (op == NULL)
            return;
        if (count > 0)
            add_span(putting, op, run->spans[i].first, count);
        else
            putting->op_count -= op->span_count == 0;
        putting->own_count += count;
        putting->count += count;
    }
}

static enum grid_status put_entry(struct putting *putting, const struct stream *stream,
        uint64_t seq, struct grid_error *error)
{
    struct store_entry stored;
    bool found = false;
    enum grid_status status = store_entry_get(
            putting->sync->log->store, STORE_PLACE(stream->row.no, seq), &stored, &found, error);
    if (status == GRID_OK && !found) /* or it would be tried for ever */
        status = grid_fail(error, GRID_STORAGE, "database_corrupt", "%s", "bucket");
    if (status != GRID_OK)
        return status;
    size_t size = stored.header.size + stored.body.size;
    putting->full = putting->byte_count == PUT_ENTRIES_MAX ||
                    (putting->byte_count > 0 && putting->bytes.size + size > PUT_BYTES_MAX);
    struct put_op *op =
            putting->full ? NULL : op_for(putting, stream, false, stored.received_ms, seq);
    putting->full = op == NULL;
    if (op == NULL)
        return GRID_OK;
    add_span(putting, op, seq, 1);
    buffer_append(&putting->bytes, stored.header.data, stored.header.size);
    buffer_append(&putting->bytes, stored.body.data, stored.body.size);
    putting->byte_count++;
    putting->count++;
    return GRID_OK;
}

static enum grid_status put_run(
        struct putting *putting, const struct bucket_run *run, struct grid_error *error)
{
    const struct stream *stream = putting->sync->log->streams[run->stream - 1];
    enum grid_status status = GRID_OK;
    if (is_own_of_child(putting->link, stream)) {
        put_own(putting, stream, run);
        return GRID_OK;
    }
    for (size_t i = 0; i < run->span_count && !putting->full; i++)
        for (uint64_t at = 0; at < run->spans[i].count && status == GRID_OK && !putting->full; at++)
            status = put_entry(putting, stream, run->spans[i].first + at, error);
    return status;
}

/* D5: what others have seen is never numbered twice. Nothing here is sealed, but it is seen: should
 * an older database be put back, the key file knows. */
static enum grid_status mark_shown(
        struct sync *sync, const struct put_op *op, struct grid_error *error)
{
    struct log *log = sync->log;
    uint8_t id[GRID_HASH_BYTES];
    const struct seq_span *last = &op->spans[op->span_count - 1];
    uint64_t seq = last->first + last->count - 1;
    struct stream *stream = log_stream(log, op->author, op->lane);
    const struct grid_keyring *keyring = &log->keyring;
    if (stream == NULL || memcmp(op->author, log->author, sizeof(op->author)) != 0 ||
            keyring->authors[keyring->author_count - 1].sealed[op->lane].seq >= seq)
        return GRID_OK;
    enum grid_status status = log_chain_id(log, stream, seq, id, error);
    if (status == GRID_OK)
        log_mark(log, stream, seq, id);
    return status;
}

/* The ops get their spans, which stand still now. */
static enum grid_status finish_ops(struct putting *putting, struct grid_error *error)
{
    if (putting->spans.failed || putting->bytes.failed)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    struct seq_span *spans = (struct seq_span *)(void *)putting->spans.data;
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < putting->op_count; i++) {
        putting->ops[i].spans = spans;
        spans += putting->ops[i].span_count;
    }
    for (size_t i = putting->op_count; i > 0 && status == GRID_OK; i--) /* the last says it all */
        status = mark_shown(putting->sync, &putting->ops[i - 1], error);
    return status;
}

/* From where the child is on, up to the end of the frame. */
static enum grid_status gather(
        struct putting *putting, const struct subscription *subscription, struct grid_error *error)
{
    struct buckets_held *buckets = &putting->sync->buckets;
    enum grid_status status = GRID_OK;
    while (status == GRID_OK && !putting->full &&
            subscription->sent + putting->count < subscription->bucket->position) {
        status = bucket_run_at(buckets, subscription->bucket,
                subscription->sent + putting->count + 1, &putting->run, error);
        if (status == GRID_OK)
            status = put_run(putting, &putting->run, error);
    }
    return status;
}

/* U1 first here too: what is urgent and lies behind more than a frame. */
static enum grid_status gather_urgent(
        struct putting *putting, struct subscription *subscription, struct grid_error *error)
{
    struct buckets_held *buckets = &putting->sync->buckets;
    const struct log *log = putting->sync->log;
    enum grid_status status = GRID_OK;
    if (subscription->ahead < subscription->sent)
        subscription->ahead = subscription->sent;
    while (status == GRID_OK && !putting->full &&
            subscription->ahead < subscription->bucket->position) {
        struct bucket_run *run = &putting->run;
        uint64_t before = putting->count;
        status = bucket_run_at(buckets, subscription->bucket, subscription->ahead + 1, run, error);
        if (status != GRID_OK)
            break;
        const struct stream *stream = log->streams[run->stream - 1];
        if (stream->row.lane == GRID_LANE_URGENT && !is_own_of_child(putting->link, stream))
            status = put_run(putting, run, error);
        subscription->ahead += putting->full ? putting->count - before : run->count;
    }
    return status;
}

static enum grid_status send_gathered(
        struct putting *putting, struct link *link, struct put *put, struct grid_error *error)
{
    struct buffer frame = {0};
    enum grid_status status = finish_ops(putting, error);
    if (status != GRID_OK)
        return status;
    put->ops = putting->ops;
    put->op_count = putting->op_count;
    return link_queue(putting->sync, link, &frame,
            message_pack_put(&frame, put, buffer_bytes(&putting->bytes)), error);
}

/* *sent false: there was nothing urgent. */
static enum grid_status send_put(struct sync *sync, struct link *link, size_t index, bool urgent,
        bool *sent, struct grid_error *error)
{
    struct subscription *subscription = &link->subscriptions[index];
    struct bucket *bucket = subscription->bucket;
    struct putting *putting = grid_alloc(sizeof(*putting));
    if (putting == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    putting->sync = sync;
    putting->link = link;
    struct put put = {.bucket = index};
    struct grid_error fault = {0};
    enum grid_status status = urgent ? gather_urgent(putting, subscription, &fault)
                                     : gather(putting, subscription, &fault);
    bool torn = status == GRID_STORAGE && strcmp(fault.reason, "database_corrupt") == 0;
    if (torn)
        status = GRID_OK;
    else if (status != GRID_OK && error != NULL)
        *error = fault;
    *sent = !urgent || putting->count > 0;
    if (!urgent) {
        put.first_position = subscription->sent + 1;
        put.whole = subscription->sent + putting->count == bucket->position;
        memcpy(put.digest, bucket->digest, sizeof(put.digest));
    }
    /* Its runs do not end where its row says: it would be sent for ever. */
    torn = torn || (status == GRID_OK && !urgent &&
                           (subscription->sent + putting->count > bucket->position ||
                                   (putting->count == 0 && !put.whole)));
    if (torn) {
        bucket->doubted = sync->doubts = true;
        status = link_end(sync, link, "bucket_digest", bucket->name, error);
    } else if (status == GRID_OK && *sent) {
        status = send_gathered(putting, link, &put, error);
    }
    if (status == GRID_OK && !urgent && !torn) {
        subscription->sent += putting->count;
        subscription->told = put.whole;
    }
    buffer_close(&putting->spans);
    buffer_close(&putting->bytes);
    grid_free(putting);
    return status;
}

static bool is_whole_there(const struct subscription *subscription)
{
    return subscription->bucket == NULL ||
           (subscription->told && subscription->sent == subscription->bucket->position);
}

static enum grid_status pump_urgent(
        struct sync *sync, struct link *link, bool *sent, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < link->subscription_count && status == GRID_OK && !*sent; i++) {
        const struct subscription *subscription = &link->subscriptions[i];
        const struct bucket *bucket = subscription->bucket;
        if (bucket == NULL)
            continue;
        if (bucket->roster.size > 0 && subscription->sent < bucket->position)
            return GRID_OK; /* what all else is judged by goes before it */
        if (bucket->position > subscription->sent + PUT_ENTRIES_MAX &&
                bucket->position > subscription->ahead)
            status = send_put(sync, link, i, true, sent, error);
    }
    return status;
}

enum grid_status downward_pump(
        struct sync *sync, struct link *link, bool *sent, struct grid_error *error)
{
    *sent = false;
    const struct flow_item item = {.what = FLOW_DOWN, .waiting = 1};
    const struct flow_road road = {
            .open = link->serves && link->phase != LINK_ENDED, .unsent_bytes = link->unsent_bytes};
    const struct flow_policy policy = {0};
    if (!may_send(&item, &road, &policy, (struct grid_now){0}) ||
            link->pumped == sync->buckets.appended + 1)
        return GRID_OK;
    enum grid_status status = pump_urgent(sync, link, sent, error);
    if (status != GRID_OK || *sent)
        return status;
    for (size_t i = 0; i < link->subscription_count; i++)
        if (!is_whole_there(&link->subscriptions[i]))
            return send_put(sync, link, i, false, sent, error);
    link->pumped = sync->buckets.appended + 1;
    return GRID_OK;
}
