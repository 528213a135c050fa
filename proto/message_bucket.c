/* The heads of what flows down: which buckets a child holds, which it is to hold, and what is put
 * into them (P-91 key 7, P-97, P-98). */
#include "proto/message_inside.h"

#include <assert.h>
#include <string.h>

static void pack_name(struct buffer *out, struct bytes name)
{
    assert(name.size > 0 && name.size <= GRID_BUCKET_BYTES);
    pack_str(out, name);
}

static struct bytes read_name(struct reader *reader)
{
    struct bytes name = read_short(reader, GRID_BUCKET_BYTES);
    if (name.size == 0)
        reader->failed = true;
    return name;
}

/* --- in HELLO --- */

void pack_held(struct buffer *out, const struct held_buckets *held)
{
    pack_array(out, 2);
    pack_epoch(out, held->epoch);
    pack_array(out, held->count);
    for (size_t i = 0; i < held->count; i++) {
        pack_array(out, 3);
        pack_name(out, held->items[i].name);
        pack_uint(out, held->items[i].position);
        pack_bin(out, bytes_of(held->items[i].digest, sizeof(held->items[i].digest)));
    }
}

enum grid_status read_held(const struct frame *frame, struct reader *reader, struct arena *arena,
        struct held_buckets *out, struct grid_error *error)
{
    read_array_of(reader, 2);
    read_bin_exact(reader, out->epoch, sizeof(out->epoch));
    size_t count = read_array(reader);
    if (count > GRID_BUCKETS_HELD_MAX)
        return head_too_many(frame, GRID_BUCKETS_HELD_MAX, error);
    out->items = arena_alloc_array(arena, count, sizeof(*out->items));
    if (out->items == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++) {
        read_array_of(reader, 3);
        out->items[i].name = read_name(reader);
        out->items[i].position = read_uint(reader);
        read_bin_exact(reader, out->items[i].digest, sizeof(out->items[i].digest));
    }
    out->count = count;
    return GRID_OK;
}

/* --- PUT --- */

static void pack_spans(struct buffer *out, const struct put_op *op)
{
    uint64_t next = 1;
    pack_array(out, 2 * op->span_count);
    for (size_t i = 0; i < op->span_count; i++) {
        const struct seq_span *span = &op->spans[i];
        assert(span->count > 0 && (i == 0 ? span->first >= next : span->first > next));
        pack_uint(out, span->first - next);
        pack_uint(out, span->count);
        next = span->first + span->count;
    }
}

enum grid_status message_pack_put(struct buffer *out, const struct put *put, struct bytes entries)
{
    struct buffer head = {0};
    if (put->op_count > GRID_PUT_OPS_MAX || entries.size > GRID_SEGMENT_BYTES_MAX)
        return GRID_LIMIT;
    pack_array(&head, 4);
    pack_uint(&head, put->bucket);
    pack_uint(&head, put->first_position);
    pack_array(&head, put->op_count);
    for (size_t i = 0; i < put->op_count; i++) {
        const struct put_op *op = &put->ops[i];
        if (op->span_count == 0 || op->span_count > GRID_SEGMENT_ENTRIES_MAX) {
            buffer_close(&head);
            return GRID_LIMIT;
        }
        pack_array(&head, op->own ? 3 : 4);
        pack_bin(&head, bytes_of(op->author, sizeof(op->author)));
        pack_uint(&head, op->lane);
        pack_spans(&head, op);
        if (!op->own)
            pack_int(&head, op->received_ms);
    }
    pack_bin(&head, bytes_of(put->digest, put->whole ? sizeof(put->digest) : 0));
    return head_send(out, FRAME_PUT, &head, entries);
}

/* Counts the entries that it names. */
static enum grid_status read_spans(const struct frame *frame, struct reader *reader,
        struct arena *arena, struct put_op *op, uint64_t *entries, struct grid_error *error)
{
    uint64_t next = 1;
    size_t count = read_array(reader);
    if (count > 2 * GRID_SEGMENT_ENTRIES_MAX)
        return head_too_many(frame, 2 * GRID_SEGMENT_ENTRIES_MAX, error);
    if (count == 0 || count % 2 != 0)
        reader->failed = true;
    op->span_count = count / 2;
    op->spans = arena_alloc_array(arena, op->span_count, sizeof(*op->spans));
    if (op->spans == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < op->span_count; i++) {
        uint64_t skip = read_max(reader, GRID_SEQ_MAX);
        op->spans[i].count = read_max(reader, GRID_PUT_OWN_MAX);
        op->spans[i].first = next + skip;
        next = op->spans[i].first + op->spans[i].count;
        if ((i > 0 && skip == 0) || op->spans[i].count == 0 || next > GRID_SEQ_MAX)
            reader->failed = true;
        if (reader->failed)
            return GRID_OK;
        *entries += op->spans[i].count;
    }
    return GRID_OK;
}

static enum grid_status read_op(const struct frame *frame, struct reader *reader,
        struct arena *arena, struct put_op *op, uint64_t *own, uint64_t *others,
        struct grid_error *error)
{
    size_t members = read_array(reader);
    if (members != 3 && members != 4)
        reader->failed = true;
    op->own = members == 3;
    read_bin_exact(reader, op->author, sizeof(op->author));
    op->lane = read_lane(reader);
    enum grid_status status = read_spans(frame, reader, arena, op, op->own ? own : others, error);
    if (status == GRID_OK && !op->own)
        op->received_ms = (int64_t)read_max(reader, INT64_MAX);
    return status;
}

enum grid_status message_read_put(
        const struct frame *frame, struct arena *arena, struct put *out, struct grid_error *error)
{
    struct reader reader;
    *out = (struct put){0};
    enum grid_status status = head_open(frame, FRAME_PUT, &reader, error);
    if (status != GRID_OK)
        return status;
    read_array_of(&reader, 4);
    out->bucket = read_uint(&reader);
    out->first_position = read_uint(&reader);
    size_t count = read_array(&reader);
    if (count > GRID_PUT_OPS_MAX)
        return head_too_many(frame, GRID_PUT_OPS_MAX, error);
    out->ops = arena_alloc_array(arena, count, sizeof(*out->ops));
    if (out->ops == NULL)
        return GRID_NOMEM;
    uint64_t own = 0;
    uint64_t others = 0;
    for (size_t i = 0; i < count && !reader.failed && status == GRID_OK; i++)
        status = read_op(frame, &reader, arena, &out->ops[i], &own, &others, error);
    if (status != GRID_OK)
        return status;
    if (others > GRID_SEGMENT_ENTRIES_MAX)
        return head_too_many(frame, GRID_SEGMENT_ENTRIES_MAX, error);
    if (own > GRID_PUT_OWN_MAX)
        return head_too_many(frame, GRID_PUT_OWN_MAX, error);
    out->op_count = count;
    out->entry_count = (size_t)others;
    struct bytes digest = read_bin(&reader);
    out->whole = digest.size == sizeof(out->digest);
    if (out->whole)
        memcpy(out->digest, digest.data, sizeof(out->digest));
    else if (digest.size > 0)
        reader.failed = true;
    return head_done(frame, &reader, error);
}

enum grid_status put_open(const struct put *put, struct bytes tail, struct arena *arena,
        struct entry **entries, struct grid_error *error)
{
    struct entry *list = arena_alloc_array(arena, put->entry_count, sizeof(*list));
    struct entry *next = list;
    enum grid_status status = list == NULL ? GRID_NOMEM : GRID_OK;
    for (size_t i = 0; i < put->op_count; i++) {
        const struct put_op *op = &put->ops[i];
        for (size_t s = 0; s < op->span_count && !op->own; s++)
            for (uint64_t at = 0; at < op->spans[s].count && status == GRID_OK; at++, next++) {
                assert(next < list + put->entry_count);
                memcpy(next->author, op->author, sizeof(next->author));
                next->lane = op->lane;
                next->seq = op->spans[s].first + at;
                status = entry_take(&tail, next, error);
            }
    }
    if (status == GRID_OK && tail.size > 0)
        status = grid_fail(error, GRID_MALFORMED, "message_shape", "%s", "PUT");
    if (status == GRID_OK)
        *entries = list;
    return status;
}

/* --- BUCKETS --- */

enum grid_status message_pack_buckets(struct buffer *out, const struct buckets *buckets)
{
    struct buffer head = {0};
    if (buckets->state_count > GRID_BUCKETS_MAX || buckets->name_count > GRID_TIPS_MAX)
        return GRID_LIMIT;
    pack_array(&head, 4);
    pack_epoch(&head, buckets->epoch);
    pack_array(&head, buckets->state_count);
    for (size_t i = 0; i < buckets->state_count; i++)
        pack_uint(&head, buckets->states[i]);
    pack_array(&head, buckets->name_count);
    for (size_t i = 0; i < buckets->name_count; i++)
        pack_name(&head, buckets->names[i]);
    pack_bool(&head, buckets->more);
    return head_send(out, FRAME_BUCKETS, &head, no_tail());
}

enum grid_status message_read_buckets(const struct frame *frame, struct arena *arena,
        struct buckets *out, struct grid_error *error)
{
    struct reader reader;
    *out = (struct buckets){0};
    enum grid_status status = head_open(frame, FRAME_BUCKETS, &reader, error);
    if (status != GRID_OK)
        return status;
    read_array_of(&reader, 4);
    read_bin_exact(&reader, out->epoch, sizeof(out->epoch));
    size_t states = read_array(&reader);
    if (states > GRID_BUCKETS_MAX)
        return head_too_many(frame, GRID_BUCKETS_MAX, error);
    out->states = arena_alloc_array(arena, states, 1);
    if (out->states == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < states; i++)
        out->states[i] = (uint8_t)read_max(&reader, BUCKET_EQUAL);
    size_t names = read_array(&reader);
    if (names > GRID_TIPS_MAX)
        return head_too_many(frame, GRID_TIPS_MAX, error);
    out->names = arena_alloc_array(arena, names, sizeof(*out->names));
    if (out->names == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < names; i++)
        out->names[i] = read_name(&reader);
    out->state_count = states;
    out->name_count = names;
    out->more = read_bool(&reader);
    return head_done(frame, &reader, error);
}
