/* What the heads of all frames between nodes have in common. */
#include "proto/gate.h"
#include "proto/message_inside.h"

#include <assert.h>

enum grid_status head_send(struct buffer *out, uint8_t type, struct buffer *head, struct bytes tail)
{
    enum grid_status status = GRID_NOMEM;
    if (!head->failed)
        status = frame_write(out, type, 0, buffer_bytes(head), tail);
    buffer_close(head);
    return status;
}

static const char *type_name(uint8_t type)
{
    static const char *const names[] = {
            [FRAME_HELLO] = "HELLO",
            [FRAME_DATA] = "DATA",
            [FRAME_RECEIPT] = "RECEIPT",
            [FRAME_HAVE] = "HAVE",
            [FRAME_WANT] = "WANT",
            [FRAME_CURSOR] = "CURSOR",
            [FRAME_STOPPED] = "STOPPED",
            [FRAME_PUT] = "PUT",
            [FRAME_BUCKETS] = "BUCKETS",
            [FRAME_ENROL] = "ENROL",
            [FRAME_ENROLLED] = "ENROLLED",
            [FRAME_BYE] = "BYE",
            [FRAME_BUSY] = "BUSY",
    };
    assert(type < sizeof(names) / sizeof(names[0]) && names[type] != NULL);
    return names[type];
}

enum grid_status head_wrong(const struct frame *frame, struct grid_error *error)
{
    return grid_fail(error, GRID_MALFORMED, "message_shape", "%s", type_name(frame->type));
}

enum grid_status head_too_many(const struct frame *frame, int max, struct grid_error *error)
{
    return grid_fail(error, GRID_MALFORMED, "message_limit", "%s" GRID_ARG "%d",
            type_name(frame->type), max);
}

/* Only DATA, RECEIPT and PUT have a tail. */
enum grid_status head_open(
        const struct frame *frame, uint8_t type, struct reader *reader, struct grid_error *error)
{
    assert(frame->type == type); /* whoever calls has looked */
    bool has_tail = type == FRAME_DATA || type == FRAME_RECEIPT || type == FRAME_PUT;
    enum grid_status status = gate_check(frame->head, GATE_ENTRY, error);
    if (status == GRID_OK && frame->tail.size > 0 && !has_tail)
        status = head_wrong(frame, error);
    *reader = reader_of(frame->head);
    return status;
}

enum grid_status head_done(
        const struct frame *frame, const struct reader *reader, struct grid_error *error)
{
    return reader_done(reader) ? GRID_OK : head_wrong(frame, error);
}

void read_array_of(struct reader *reader, size_t count)
{
    if (read_array(reader) != count)
        reader->failed = true;
}

uint64_t read_max(struct reader *reader, uint64_t max)
{
    uint64_t value = read_uint(reader);
    if (value > max)
        reader->failed = true;
    return value;
}

uint8_t read_lane(struct reader *reader)
{
    return (uint8_t)read_max(reader, GRID_LANE_COUNT - 1);
}

uint64_t read_seq(struct reader *reader)
{
    uint64_t seq = read_max(reader, GRID_SEQ_MAX);
    if (seq == 0)
        reader->failed = true;
    return seq;
}

struct bytes read_short(struct reader *reader, size_t size_max)
{
    struct bytes text = read_str(reader);
    if (text.size > size_max)
        reader->failed = true;
    return text;
}

void pack_short(struct buffer *out, struct bytes text, size_t size_max)
{
    if (text.size > size_max) {
        text.size = size_max;
        while (text.size > 0 && (text.data[text.size] & 0xc0) == 0x80)
            text.size--;
    }
    pack_str(out, text);
}

void pack_epoch(struct buffer *out, const uint8_t epoch[static GRID_EPOCH_BYTES])
{
    pack_bin(out, bytes_of(epoch, GRID_EPOCH_BYTES));
}
