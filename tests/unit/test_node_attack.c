/* What a peer that means harm can say on a link of its own, and what it must not do: bring a node
 * down, stand in the way of its own log, or change who it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/pair.h"

#include <string.h>

struct scene {
    struct pair pair;
    struct pair_home *centre, *worker;
    struct pair_link *link;
};

static void open_scene(struct scene *scene, uint64_t seed)
{
    pair_open(&scene->pair, seed);
    scene->centre = pair_centre(&scene->pair);
    scene->worker = pair_handheld(&scene->pair, scene->centre, "w1");
    pair_sync(scene->worker);
    scene->link = pair_link_of(scene->worker);
    assert_non_null(scene->link);
}

/* Puts a forged frame on the wire and hands it over; the turn must be one that can be committed. */
static void say(struct scene *scene, struct pair_way *way, struct buffer *frame)
{
    struct grid_error error = {0};
    struct pair_home *to = way == &scene->link->up ? scene->centre : scene->worker;
    assert_false(frame->failed);
    buffer_append(&way->bytes, frame->data, frame->size);
    buffer_close(frame);
    (void)pair_deliver(scene->link, way, 0);
    if (pair_commit(to, &error) != GRID_OK)
        fail_msg("%s broke: %s %s", to->name, error.reason, error.detail);
    assert_true(pair_turn(to));
}

/* After all of it, and a new start, the handheld reports, and its reports are held. */
static void assert_still_works(struct scene *scene)
{
    pair_settle(&scene->pair);
    pair_stop(scene->worker);
    pair_start(scene->worker);
    pair_sync(scene->worker);
    pair_report(scene->worker, "井口围栏倒了一段", NULL);
    pair_report(scene->worker, "路灯不亮了几天", NULL);
    pair_sync(scene->worker);
    assert_int_equal(pair_titled(scene->centre, "井口围栏倒了一段"), 1);
    assert_int_equal(pair_titled(scene->centre, "路灯不亮了几天"), 1);
    assert_int_equal(pair_queue(scene->worker, "queued"), 0);
    pair_check(scene->worker);
    pair_check(scene->centre);
    pair_close(&scene->pair);
}

/* --- a parent that means harm --- */

/* One entry of the roster's bucket, next in its order, in the place that the parent chooses. */
static void put_at(struct scene *scene, const uint8_t *author, uint8_t lane, uint64_t seq)
{
    const struct bucket *bucket = &scene->worker->node->sync.bucket;
    struct entry_header header = {.hlc = 1, .kind = GRID_KIND_ROWS};
    struct buffer entry = {0};
    struct buffer frame = {0};
    struct put_name name = {.lane = lane, .seq = seq};
    struct put put = {.bucket = bytes_text("roster"),
            .first_position = bucket->position + 1,
            .names = &name,
            .name_count = 1};
    memcpy(put.epoch, bucket->epoch, sizeof(put.epoch));
    memcpy(name.author, author, sizeof(name.author));
    entry_pack_header(&entry, &header);
    pack_map(&entry, 0);
    assert_ok(message_pack_put(&frame, &put, buffer_bytes(&entry)));
    buffer_close(&entry);
    say(scene, &scene->link->down, &frame);
}

static void a_bucket_takes_no_place_in_our_own_log(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 11);
    pair_report(scene.worker, "垃圾堆在沟口没人清", NULL);
    pair_settle(&scene.pair);
    const struct log *log = &scene.worker->node->log;
    put_at(&scene, log->author, GRID_LANE_WORK, log->own[GRID_LANE_WORK]->row.tip_seq + 1);
    assert_still_works(&scene);
}

static void a_bucket_takes_no_place_in_a_log_of_ours_that_is_not_begun(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 12);
    put_at(&scene, scene.worker->node->log.author, GRID_LANE_WORK, 1);
    assert_still_works(&scene);
}

static void a_place_beyond_all_places_is_refused(void **state)
{
    (void)state;
    static const uint64_t seqs[] = {
            GRID_SEQ_MAX + 1, GRID_SEQ_MAX + 2, UINT64_MAX >> 2, (UINT64_C(1) << 60) + 3};
    for (size_t i = 0; i < sizeof(seqs) / sizeof(seqs[0]); i++) {
        struct scene scene;
        uint8_t author[GRID_ID_BYTES] = {9, 9, 9};
        open_scene(&scene, 13 + i);
        put_at(&scene, author, GRID_LANE_WORK, seqs[i]);
        assert_still_works(&scene);
    }
}

/* The parent's stream as it is, with good seals: a handheld holds some of its entries singly. */
static void a_parents_own_log_does_not_come_as_data(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 21);
    struct log *log = &scene.centre->node->log;
    const struct stream *stream = log->own[GRID_LANE_URGENT];
    struct buffer entries = {0};
    struct buffer frame = {0};
    struct data_message data = {.segment = {.lane = stream->row.lane, .first_seq = 1}};
    memcpy(data.segment.author, stream->row.author, sizeof(data.segment.author));
    for (uint64_t seq = 1; seq <= stream->row.tip_seq; seq++) {
        struct entry entry;
        struct store_entry stored;
        bool found = false;
        assert_ok(log_entry(log, STORE_PLACE(stream->row.no, seq), &entry, &stored, &found, NULL));
        buffer_append(&entries, entry.header.data, entry.header.size);
        buffer_append(&entries, entry.body.data, entry.body.size);
        data.segment.entry_count++;
    }
    data.segment.entries = buffer_bytes(&entries);
    assert_ok(seal_sign(data.segment.seal, log_seed_of(log, stream->row.author), stream->row.author,
            stream->row.lane, stream->row.tip_seq, stream->row.tip_id));
    assert_ok(message_pack_data(&frame, &data));
    buffer_close(&entries);
    say(&scene, &scene.link->down, &frame);
    assert_still_works(&scene);
}

static void nobody_is_enrolled_who_did_not_ask(void **state)
{
    (void)state;
    struct scene scene;
    struct buffer frame = {0};
    struct enrolled enrolled = {.unit = bytes_text("150622104"),
            .slot = 77,
            .person = {7},
            .person_name = bytes_text("某人"),
            .unit_name = bytes_text("某镇")};
    open_scene(&scene, 31);
    uint64_t slot = pair_status_uint(scene.worker, "slot");
    assert_ok(message_pack_enrolled(&frame, &enrolled));
    say(&scene, &scene.link->down, &frame);
    assert_int_equal(pair_status_uint(scene.worker, "slot"), slot);
    assert_still_works(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_bucket_takes_no_place_in_our_own_log),
            cmocka_unit_test(a_bucket_takes_no_place_in_a_log_of_ours_that_is_not_begun),
            cmocka_unit_test(a_place_beyond_all_places_is_refused),
            cmocka_unit_test(a_parents_own_log_does_not_come_as_data),
            cmocka_unit_test(nobody_is_enrolled_who_did_not_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
