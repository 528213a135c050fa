/* Nodes of more streams than one message can name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/forge.h"
#include "tests/unit/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 600 };

/* A child of more streams than one HAVE can name, played by the test. */
static void a_receiver_asks_for_each_of_many_streams(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 512);
    pair_part(town.worker);
    pair_stop(town.worker);
    struct forge *forges = calloc(MANY, sizeof(*forges));
    struct stream_tip *tips = calloc(MANY, sizeof(*tips));
    assert_non_null(forges);
    assert_non_null(tips);
    for (unsigned i = 0; i < MANY; i++) {
        uint8_t seed[GRID_SEED_BYTES] = {9, (uint8_t)(i >> 8), (uint8_t)i};
        forge_open(&forges[i], town.worker->keyring.identity_seed, seed, i % 2);
        forge_add(&forges[i], 5);
        memcpy(tips[i].author, forges[i].author, sizeof(tips[i].author));
        tips[i].lane = forges[i].lane;
        tips[i].seq = 2;
        memcpy(tips[i].id, forges[i].ids[2], sizeof(tips[i].id));
    }
    struct pair_link *link = pair_connect(town.worker, town.centre);
    struct hello hello = forge_hello();
    forge_say_hello(&link->up, &hello);
    struct have have = {.more = true, .tips = tips, .tip_count = GRID_TIPS_MAX};
    assert_ok(message_pack_have(&link->up.bytes, &have));
    have = (struct have){.tips = tips + GRID_TIPS_MAX, .tip_count = MANY - GRID_TIPS_MAX};
    assert_ok(message_pack_have(&link->up.bytes, &have));
    pair_run(&town.pair, 0);
    struct buffer last = {0};
    struct arena arena;
    arena_init(&arena, 0);
    assert_int_equal(forge_take(&link->down, FRAME_WANT, &last), 2);
    struct frame frame = {0};
    struct want want = {0};
    struct grid_error error = {0};
    size_t at = 0;
    assert_true(pair_frame(buffer_bytes(&last), &at, &arena, &frame));
    assert_ok(message_read_want(&frame, &arena, &want, &error));
    assert_true(want.answer);
    assert_int_equal(want.range_count, MANY - GRID_TIPS_MAX);
    uint64_t entries = pair_status_uint(town.centre, "entries");
    for (unsigned i = 0; i < MANY; i++) {
        struct segment segment = forge_segment(&forges[i], 1, 2);
        forge_send(&link->up, &segment, 0);
    }
    struct cursor_message cursor = {.lane = 1, .cursor = {.epoch = {7, 7, 7}, .lsn = 600}};
    assert_ok(message_pack_cursor(&link->up.bytes, &cursor));
    pair_run(&town.pair, 0);
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries + 2 * (uint64_t)MANY);
    assert_true(forge_take(&link->down, FRAME_RECEIPT, NULL) > 0);
    pair_cut(&town.pair, link, "valley");
    /* the next HELLO tells the cursor, and as many tips as there is room for */
    link = pair_connect(town.worker, town.centre);
    assert_int_equal(forge_take(&link->down, FRAME_HELLO, &last), 1);
    at = 0;
    assert_true(pair_frame(buffer_bytes(&last), &at, &arena, &frame));
    assert_ok(message_read_hello(&frame, &arena, &hello, &error));
    assert_int_equal(hello.cursors[1].lsn, 600);
    assert_int_equal(hello.tip_count, GRID_TIPS_MAX);
    (void)pair_check(town.centre);
    for (unsigned i = 0; i < MANY; i++)
        forge_close(&forges[i]);
    free(forges);
    free(tips);
    buffer_close(&last);
    arena_close(&arena);
    pair_close(&town.pair);
}

/* And the sending side: a node that holds many streams meets a parent that holds nothing it knows
 * of. */
static void a_sender_of_many_streams_leaves_none_out(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 513);
    pair_part(town.worker);
    pair_stop(town.worker);
    struct pair_home *above = pair_add(&town.pair, "above", GRID_NODE_CENTRE, NULL);
    struct pair_link *link = pair_connect(town.worker, town.centre);
    struct hello hello = forge_hello();
    forge_say_hello(&link->up, &hello);
    struct forge forge;
    for (unsigned i = 0; i < 2 * MANY; i++) {
        uint8_t seed[GRID_SEED_BYTES] = {8, (uint8_t)(i >> 8), (uint8_t)i};
        forge_open(&forge, town.worker->keyring.identity_seed, seed, i % 2);
        struct segment segment = forge_segment(&forge, 1, 1);
        forge_send(&link->up, &segment, 0);
        forge_close(&forge);
    }
    pair_run(&town.pair, 0);
    pair_cut(&town.pair, link, "valley");
    /* the centre gets a parent; its cursor is of another life of it */
    pair_stop(town.centre);
    town.centre->parent = above;
    town.centre->unreachable = true;
    pair_start(town.centre);
    size_t streams = 0;
    for (size_t i = 0; i < town.centre->node->log.stream_count; i++)
        streams += town.centre->node->log.streams[i]->row.tip_seq > 0;
    assert_true(streams >= 2 * (size_t)MANY);
    link = pair_connect(town.centre, above);
    hello.cursors[0].lsn = hello.cursors[1].lsn = 77;
    forge_say_hello(&link->down, &hello);
    pair_run(&town.pair, 0);
    struct arena arena;
    struct frame frame = {0};
    struct grid_error error = {0};
    struct buffer said = link->up.bytes;
    link->up.bytes = (struct buffer){0};
    size_t haves = 0;
    size_t tips = 0;
    arena_init(&arena, 0);
    for (size_t at = 0; pair_frame(buffer_bytes(&said), &at, &arena, &frame);) {
        struct have have = {0};
        assert_int_not_equal(frame.type, FRAME_DATA);
        if (frame.type != FRAME_HAVE)
            continue;
        assert_ok(message_read_have(&frame, &arena, &have, &error));
        struct want_range *ranges = calloc(have.tip_count, sizeof(*ranges));
        assert_non_null(ranges);
        struct want want = {.answer = true, .ranges = ranges, .range_count = have.tip_count};
        for (size_t i = 0; i < have.tip_count; i++) {
            memcpy(ranges[i].author, have.tips[i].author, sizeof(ranges[i].author));
            ranges[i].lane = have.tips[i].lane;
            ranges[i].from_seq = 1;
            ranges[i].to_seq = have.tips[i].seq;
        }
        assert_ok(message_pack_want(&link->down.bytes, &want));
        free(ranges);
        haves++;
        tips += have.tip_count;
    }
    buffer_close(&said);
    assert_int_equal(haves, (streams + GRID_TIPS_MAX - 1) / GRID_TIPS_MAX);
    assert_int_equal(tips, streams);
    pair_run(&town.pair, 0);
    size_t sent = 0;
    size_t cursors = 0;
    bool told[GRID_LANE_COUNT] = {false};
    for (size_t at = 0; pair_frame(buffer_bytes(&link->up.bytes), &at, &arena, &frame);) {
        struct data_message data = {0};
        struct cursor_message cursor = {0};
        if (frame.type == FRAME_DATA) {
            assert_ok(message_read_data(&frame, &data, &error));
            assert_false(told[data.segment.lane]);
            sent++;
        }
        if (frame.type == FRAME_CURSOR) {
            assert_ok(message_read_cursor(&frame, &cursor, &error));
            told[cursor.lane] = true;
            cursors++;
        }
    }
    assert_true(sent >= streams);
    assert_int_equal(cursors, 2);
    arena_close(&arena);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_receiver_asks_for_each_of_many_streams),
            cmocka_unit_test(a_sender_of_many_streams_leaves_none_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
