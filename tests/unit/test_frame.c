#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/frame.h"
#include "proto/limits.h"
#include "tests/lib/heap_failing.h"

#include <stdio.h>
#include <string.h>

struct fixture {
    struct buffer wire;
    struct arena arena;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){0};
    arena_init(&fixture.arena, 0);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    buffer_close(&fixture->wire);
    arena_close(&fixture->arena);
    return 0;
}

static const char report[] = "矿区道路塌陷，过往车辆存在安全隐患，村民希望尽快修复。";

/* Bytes that deflate cannot shrink. */
static void fill_noise(uint8_t *out, size_t size)
{
    uint64_t state = 88172645463325252U;
    for (size_t i = 0; i < size; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out[i] = (uint8_t)(state >> 24);
    }
}

static struct frame assert_taken(struct fixture *fixture, size_t expected)
{
    struct frame frame;
    size_t taken;
    assert_int_equal(
            frame_next(buffer_bytes(&fixture->wire), &fixture->arena, &frame, &taken, NULL),
            GRID_OK);
    assert_int_equal(taken, expected);
    return frame;
}

static void assert_malformed(struct fixture *fixture, const char *reason)
{
    struct frame frame;
    size_t taken;
    struct grid_error error = {0};
    assert_int_equal(
            frame_next(buffer_bytes(&fixture->wire), &fixture->arena, &frame, &taken, &error),
            GRID_MALFORMED);
    assert_string_equal(error.reason, reason);
    assert_int_equal(taken, 0);
}

static void a_frame_comes_back_as_it_went(void **state)
{
    struct fixture *fixture = *state;
    static uint8_t tail[40000];
    size_t sizes[] = {0, 1, 15, 16, 17, 200, sizeof(tail)};
    for (size_t noise = 0; noise < 2; noise++) {
        if (noise == 1)
            fill_noise(tail, sizeof(tail));
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            buffer_clear(&fixture->wire);
            struct bytes head = bytes_text("head");
            assert_int_equal(
                    frame_write(&fixture->wire, FRAME_DATA, 513, head, bytes_of(tail, sizes[i])),
                    GRID_OK);
            struct frame frame = assert_taken(fixture, fixture->wire.size);
            assert_int_equal(frame.type, FRAME_DATA);
            assert_int_equal(frame.channel, 513);
            assert_true(bytes_equal(frame.head, head));
            assert_true(bytes_equal(frame.tail, bytes_of(tail, sizes[i])));
            assert_true(fixture->wire.size <= FRAME_HEADER_BYTES + 4 + 4 + sizes[i]);
        }
    }
}

static void a_tail_is_deflated_where_that_is_smaller(void **state)
{
    struct fixture *fixture = *state;
    char text[1024];
    memset(text, 'a', sizeof(text));
    frame_write(&fixture->wire, FRAME_PUT, 0, (struct bytes){0}, bytes_of(text, sizeof(text)));
    assert_int_equal(assert_taken(fixture, fixture->wire.size).flags, FRAME_DEFLATED);
    assert_true(fixture->wire.size < 100);

    uint8_t noise[1024];
    fill_noise(noise, sizeof(noise));
    buffer_clear(&fixture->wire);
    frame_write(&fixture->wire, FRAME_PUT, 0, (struct bytes){0}, bytes_of(noise, sizeof(noise)));
    assert_int_equal(assert_taken(fixture, fixture->wire.size).flags, 0);

    /* the local socket gains nothing from it */
    buffer_clear(&fixture->wire);
    frame_write(&fixture->wire, FRAME_ROW, 0, (struct bytes){0}, bytes_of(text, sizeof(text)));
    assert_int_equal(assert_taken(fixture, fixture->wire.size).flags, 0);
}

static void frames_stand_one_behind_the_other(void **state)
{
    struct fixture *fixture = *state;
    for (uint16_t channel = 0; channel < 50; channel++)
        assert_int_equal(frame_write(&fixture->wire, FRAME_DATA, channel, bytes_text("h"),
                                 bytes_of(report, channel)),
                GRID_OK);
    for (uint16_t channel = 0; channel < 50; channel++) {
        struct frame frame;
        size_t taken;
        assert_int_equal(
                frame_next(buffer_bytes(&fixture->wire), &fixture->arena, &frame, &taken, NULL),
                GRID_OK);
        assert_int_equal(frame.channel, channel);
        assert_true(bytes_equal(frame.tail, bytes_of(report, channel)));
        buffer_drop_front(&fixture->wire, taken);
    }
    assert_int_equal(fixture->wire.size, 0);
}

static void a_part_of_a_frame_asks_for_more(void **state)
{
    struct fixture *fixture = *state;
    frame_write(&fixture->wire, FRAME_DATA, 1, bytes_text("head"), bytes_text(report));
    size_t whole = fixture->wire.size;
    for (size_t size = 0; size < whole; size++) {
        struct frame frame;
        size_t taken = 99;
        assert_int_equal(frame_next(bytes_of(fixture->wire.data, size), &fixture->arena, &frame,
                                 &taken, NULL),
                GRID_OK);
        assert_int_equal(taken, 0);
    }
    assert_taken(fixture, whole);
}

/* Every bit but those of type and channel, which are judged above. The last byte of a deflated tail
 * may have bits that mean nothing: there the frame reads as before. */
static void a_flipped_bit_never_passes_as_another_frame(void **state)
{
    struct fixture *fixture = *state;
    frame_write(&fixture->wire, FRAME_DATA, 1, bytes_text("head"), bytes_text(report));
    size_t harmless = 0;
    for (size_t bit = 8; bit < 8 * fixture->wire.size; bit++) {
        if (bit >= 16 && bit < 32)
            continue;
        fixture->wire.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        struct frame frame;
        size_t taken;
        enum grid_status status =
                frame_next(buffer_bytes(&fixture->wire), &fixture->arena, &frame, &taken, NULL);
        if (status == GRID_OK && taken > 0) {
            assert_true(bytes_equal(frame.tail, bytes_text(report)));
            harmless++;
        }
        fixture->wire.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        arena_reset(&fixture->arena);
    }
    assert_in_range(harmless, 0, 7);
    assert_taken(fixture, fixture->wire.size);
}

static void a_frame_beyond_the_limit_is_not_written(void **state)
{
    struct fixture *fixture = *state;
    static uint8_t noise[GRID_FRAME_BYTES_MAX];
    fill_noise(noise, sizeof(noise));
    size_t most = GRID_FRAME_BYTES_MAX - FRAME_HEADER_BYTES - 4;
    assert_int_equal(frame_write(&fixture->wire, FRAME_DATA, 0, (struct bytes){0},
                             bytes_of(noise, most + 1)),
            GRID_LIMIT);
    assert_int_equal(frame_write(&fixture->wire, FRAME_DATA, 0, bytes_of(noise, most + 1),
                             (struct bytes){0}),
            GRID_LIMIT);
    assert_int_equal(fixture->wire.size, 0);
    assert_int_equal(
            frame_write(&fixture->wire, FRAME_DATA, 0, (struct bytes){0}, bytes_of(noise, most)),
            GRID_OK);
    assert_int_equal(fixture->wire.size, GRID_FRAME_BYTES_MAX);
    assert_taken(fixture, GRID_FRAME_BYTES_MAX);
}

static void a_tail_too_large_to_go_plain_may_go_deflated(void **state)
{
    struct fixture *fixture = *state;
    static char zeros[GRID_FRAME_PLAIN_MAX];
    size_t most = GRID_FRAME_PLAIN_MAX - 4;
    assert_int_equal(
            frame_write(&fixture->wire, FRAME_DATA, 0, (struct bytes){0}, bytes_of(zeros, most)),
            GRID_OK);
    assert_true(fixture->wire.size <= GRID_FRAME_BYTES_MAX);
    struct frame frame = assert_taken(fixture, fixture->wire.size);
    assert_true(bytes_equal(frame.tail, bytes_of(zeros, most)));
    buffer_clear(&fixture->wire);
    assert_int_equal(frame_write(&fixture->wire, FRAME_DATA, 0, (struct bytes){0},
                             bytes_of(zeros, most + 1)),
            GRID_LIMIT);
}

static void impossible_lengths_close_the_link_at_once(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t headers[][FRAME_HEADER_BYTES] = {
            {FRAME_DATA, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0},
            {FRAME_DATA, 0, 0, 0, 0, 0, 0xFF, 0xF5, 0, 0, 0, 0},
            {FRAME_DATA, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        buffer_clear(&fixture->wire);
        buffer_append(&fixture->wire, headers[i], FRAME_HEADER_BYTES);
        assert_malformed(fixture, "frame_length");
    }
    static const uint8_t flagged[FRAME_HEADER_BYTES] = {FRAME_DATA, 2, 0, 0, 0, 0, 0, 4};
    buffer_clear(&fixture->wire);
    buffer_append(&fixture->wire, flagged, sizeof(flagged));
    assert_malformed(fixture, "frame_flags");
}

/* A deflated frame by hand: `declared` bytes of tail. */
static void put_deflated(
        struct fixture *fixture, uint32_t declared, const uint8_t *deflated, size_t size)
{
    uint8_t header[FRAME_HEADER_BYTES + 8] = {FRAME_DATA, FRAME_DEFLATED};
    put_u32(header + 4, (uint32_t)(8 + size));
    put_u32(header + FRAME_HEADER_BYTES + 4, declared);
    buffer_clear(&fixture->wire);
    buffer_append(&fixture->wire, header, sizeof(header));
    buffer_append(&fixture->wire, deflated, size);
}

static void inflating_ends_where_it_was_declared_to_end(void **state)
{
    struct fixture *fixture = *state;
    /* one stored block "abc", last */
    static const uint8_t abc[] = {0x01, 3, 0, 0xFC, 0xFF, 'a', 'b', 'c', 0xEE};
    put_deflated(fixture, 3, abc, 8);
    assert_malformed(fixture, "frame_checksum"); /* well formed but for its sum */
    put_deflated(fixture, 2, abc, 8);
    assert_malformed(fixture, "frame_deflate");
    put_deflated(fixture, 4, abc, 8);
    assert_malformed(fixture, "frame_deflate");
    put_deflated(fixture, 3, abc, 9); /* a byte behind the end */
    assert_malformed(fixture, "frame_deflate");
    put_deflated(fixture, 3, abc, 7);
    assert_malformed(fixture, "frame_deflate");
    put_deflated(fixture, 0, abc, 8);
    assert_malformed(fixture, "frame_length");
    put_deflated(fixture, GRID_FRAME_PLAIN_MAX, abc, 8);
    assert_malformed(fixture, "frame_length");
    put_deflated(fixture, UINT32_MAX, abc, 8);
    assert_malformed(fixture, "frame_length");
    static const uint8_t nonsense[] = {0xFF, 0xFF, 0xFF};
    put_deflated(fixture, 3, nonsense, sizeof(nonsense));
    assert_malformed(fixture, "frame_deflate");
    /* a stream that went wrong does not harm the next */
    buffer_clear(&fixture->wire);
    char text[100] = {0};
    frame_write(&fixture->wire, FRAME_DATA, 0, (struct bytes){0}, bytes_of(text, sizeof(text)));
    assert_int_equal(assert_taken(fixture, fixture->wire.size).tail.size, sizeof(text));
}

static void without_memory_nothing_is_appended_and_nothing_taken(void **state)
{
    (void)state;
    char text[1000] = {0};
    struct bytes tail = bytes_of(text, sizeof(text));
    heap_failing_begin();
    struct buffer wire = {0};
    heap_failing_at(1);
    assert_int_equal(frame_write(&wire, FRAME_DATA, 0, bytes_text("h"), tail), GRID_NOMEM);
    assert_int_equal(wire.size, 0);
    buffer_clear(&wire);
    assert_int_equal(frame_write(&wire, FRAME_DATA, 0, bytes_text("h"), tail), GRID_OK);
    struct arena arena;
    arena_init(&arena, 0);
    struct frame frame;
    size_t taken;
    heap_failing_at(1);
    assert_int_equal(frame_next(buffer_bytes(&wire), &arena, &frame, &taken, NULL), GRID_NOMEM);
    assert_int_equal(taken, 0);
    assert_int_equal(frame_next(buffer_bytes(&wire), &arena, &frame, &taken, NULL), GRID_OK);
    assert_int_equal(taken, wire.size);
    arena_close(&arena);
    buffer_close(&wire);
    heap_failing_end();
}

int main(void)
{
#define FRAME_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
            FRAME_TEST(a_frame_comes_back_as_it_went),
            FRAME_TEST(a_tail_is_deflated_where_that_is_smaller),
            FRAME_TEST(frames_stand_one_behind_the_other),
            FRAME_TEST(a_part_of_a_frame_asks_for_more),
            FRAME_TEST(a_flipped_bit_never_passes_as_another_frame),
            FRAME_TEST(a_frame_beyond_the_limit_is_not_written),
            FRAME_TEST(a_tail_too_large_to_go_plain_may_go_deflated),
            FRAME_TEST(impossible_lengths_close_the_link_at_once),
            FRAME_TEST(inflating_ends_where_it_was_declared_to_end),
            FRAME_TEST(without_memory_nothing_is_appended_and_nothing_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
