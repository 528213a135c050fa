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

static enum grid_status send_put(
        struct sync *sync, struct link *link, size_t index, struct grid_error *error)
{
    struct subscription *subscription = &link->subscriptions[index];
    struct bucket *bucket = subscription->bucket;
    struct putting *putting = grid_alloc(sizeof(*putting));
    struct bucket_run *run = grid_alloc(sizeof(*run));
    enum grid_status status = GRID_OK;
    if (putting == NULL || run == NULL)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    else {
        putting->sync = sync;
        putting->link = link;
    }
    uint64_t sent = subscription->sent;
    while (status == GRID_OK && sent < bucket->position && !putting->full) {
        status = bucket_run_at(&sync->buckets, bucket, sent + 1, run, error);
        if (status == GRID_OK)
            status = put_run(putting, run, error);
        sent = subscription->sent + putting->count;
    }
    if (status == GRID_OK)
        status = finish_ops(putting, error);
    if (status == GRID_OK) {
        struct buffer frame = {0};
        struct put put = {.bucket = index,
                .first_position = subscription->sent + 1,
                .ops = putting->ops,
                .op_count = putting->op_count,
                .whole = sent == bucket->position};
        memcpy(put.digest, bucket->digest, sizeof(put.digest));
        status = link_queue(sync, link, &frame,
                message_pack_put(&frame, &put, buffer_bytes(&putting->bytes)), error);
        subscription->sent = sent;
        subscription->told = put.whole;
    }
    if (putting != NULL) {
        buffer_close(&putting->spans);
        buffer_close(&putting->bytes);
    }
    grid_free(putting);
    grid_free(run);
    return status;
}

enum grid_status downward_pump(
        struct sync *sync, struct link *link, bool *sent, struct grid_error *error)
{
    *sent = false;
    bool credit = link->unsent_bytes < GRID_LINK_CREDIT_BYTES;
    if (!link->serves || link->phase == LINK_ENDED || !credit ||
            link->pumped == sync->buckets.appended + 1)
        return GRID_OK;
    for (size_t i = 0; i < link->subscription_count; i++) {
        const struct subscription *subscription = &link->subscriptions[i];
        const struct bucket *bucket = subscription->bucket;
        if (bucket == NULL || (subscription->told && subscription->sent == bucket->position))
            continue;
        *sent = true;
        return send_put(sync, link, i, error);
    }
    link->pumped = sync->buckets.appended + 1;
    return GRID_OK;
}
