/* The head of a message between nodes, its type in the first byte: what is read packs again into
 * the same head, unless it had keys of a newer HELLO. */
#include "proto/message.h"
#include "tests/fuzz/fuzz.h"

union message {
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
    struct bye bye;
    uint32_t spread_ms;
    uint8_t signature[GRID_SIGNATURE_BYTES];
};

static enum grid_status message_read(const struct frame *frame, struct arena *arena,
        union message *out, struct grid_error *error)
{
    switch (frame->type) {
    case FRAME_HELLO:
        return message_read_hello(frame, arena, &out->hello, error);
    case FRAME_DATA:
        return message_read_data(frame, &out->data, error);
    case FRAME_RECEIPT:
        return message_read_receipt(frame, out->signature, error);
    case FRAME_HAVE:
        return message_read_have(frame, arena, &out->have, error);
    case FRAME_WANT:
        return message_read_want(frame, arena, &out->want, error);
    case FRAME_CURSOR:
        return message_read_cursor(frame, &out->cursor, error);
    case FRAME_STOPPED:
        return message_read_stopped(frame, &out->stopped, error);
    case FRAME_PUT:
        return message_read_put(frame, arena, &out->put, error);
    case FRAME_BUCKETS:
        return message_read_buckets(frame, arena, &out->buckets, error);
    case FRAME_ENROL:
        return message_read_enrol(frame, &out->enrol, error);
    case FRAME_ENROLLED:
        return message_read_enrolled(frame, &out->enrolled, error);
    case FRAME_BYE:
        return message_read_bye(frame, &out->bye, error);
    default:
        return message_read_busy(frame, &out->spread_ms, error);
    }
}

static enum grid_status message_pack(
        struct buffer *out, const struct frame *frame, const union message *message)
{
    switch (frame->type) {
    case FRAME_HELLO:
        return message_pack_hello(out, &message->hello);
    case FRAME_DATA:
        return message_pack_data(out, &message->data);
    case FRAME_RECEIPT:
        return message_pack_receipt(out, message->signature, frame->tail);
    case FRAME_HAVE:
        return message_pack_have(out, &message->have);
    case FRAME_WANT:
        return message_pack_want(out, &message->want);
    case FRAME_CURSOR:
        return message_pack_cursor(out, &message->cursor);
    case FRAME_STOPPED:
        return message_pack_stopped(out, &message->stopped);
    case FRAME_PUT:
        return message_pack_put(out, &message->put, frame->tail);
    case FRAME_BUCKETS:
        return message_pack_buckets(out, &message->buckets);
    case FRAME_ENROL:
        return message_pack_enrol(out, &message->enrol);
    case FRAME_ENROLLED:
        return message_pack_enrolled(out, &message->enrolled);
    case FRAME_BYE:
        return message_pack_bye(out, &message->bye);
    default:
        return message_pack_busy(out, message->spread_ms);
    }
}

static void pack_again(const struct frame *frame, const union message *message, struct arena *arena)
{
    struct buffer wire = {0};
    struct frame again;
    size_t taken = 0;
    FUZZ_CHECK(message_pack(&wire, frame, message) == GRID_OK);
    FUZZ_CHECK(frame_next(buffer_bytes(&wire), arena, &again, &taken, NULL) == GRID_OK);
    FUZZ_CHECK(taken == wire.size && again.type == frame->type);
    if (frame->type != FRAME_HELLO || again.head.size == frame->head.size)
        FUZZ_CHECK(bytes_equal(again.head, frame->head));
    buffer_close(&wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    union message message;
    struct grid_error error;
    if (size == 0 || size > GRID_FRAME_BYTES_MAX / 2)
        return 0;
    struct frame frame = {
            .type = (uint8_t)(data[0] % FRAME_BUSY + 1), .head = bytes_of(data + 1, size - 1)};
    arena_init(&arena, 0);
    bool is_read = message_read(&frame, &arena, &message, &error) == GRID_OK;
    bool is_ours = frame.type != FRAME_HELLO || message.hello.version == GRID_PROTOCOL_VERSION;
    if (is_read && is_ours)
        pack_again(&frame, &message, &arena);
    arena_close(&arena);
    return 0;
}
