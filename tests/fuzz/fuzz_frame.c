/* A stream of frames as a link gives it: whatever comes, what is taken lies inside the input or the
 * arena, and written again it reads the same. */
#include "proto/frame.h"
#include "proto/limits.h"
#include "tests/fuzz/fuzz.h"

static void write_again(const struct frame *frame)
{
    struct buffer wire = {0};
    struct arena arena;
    struct frame back;
    size_t taken;
    arena_init(&arena, 0);
    if (frame_write(&wire, frame->type, frame->channel, frame->head, frame->tail) == GRID_OK) {
        FUZZ_CHECK(wire.size <= GRID_FRAME_BYTES_MAX);
        FUZZ_CHECK(frame_next(buffer_bytes(&wire), &arena, &back, &taken, NULL) == GRID_OK);
        FUZZ_CHECK(taken == wire.size && back.type == frame->type);
        FUZZ_CHECK(back.channel == frame->channel && bytes_equal(back.head, frame->head));
        FUZZ_CHECK(bytes_equal(back.tail, frame->tail));
    }
    arena_close(&arena);
    buffer_close(&wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    struct arena arena;
    arena_init(&arena, 2 * (size_t)GRID_FRAME_PLAIN_MAX);
    struct frame frame;
    struct grid_error error;
    size_t taken = 1;
    while (taken > 0 && frame_next(input, &arena, &frame, &taken, &error) == GRID_OK) {
        FUZZ_CHECK(taken <= input.size && taken <= GRID_FRAME_BYTES_MAX);
        FUZZ_CHECK(frame.head.size + frame.tail.size <= GRID_FRAME_PLAIN_MAX);
        if (taken > 0)
            write_again(&frame);
        input.data += taken;
        input.size -= taken;
        arena_reset(&arena);
    }
    arena_close(&arena);
    return 0;
}
