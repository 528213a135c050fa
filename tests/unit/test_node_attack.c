/* What a peer that means harm can say on a link of its own, and what it must not do: bring a node
 * down, stand in the way of its own log, or change who it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/forge.h"

#include <string.h>

static void no_random(void *context, uint8_t *out, size_t size)
{
    (void)context;
    memset(out, 7, size);
}

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

/* One entry of the roster's bucket in the place that the parent chooses. */
static void put_first(struct scene *scene, const uint8_t *author, uint8_t lane, uint64_t seq,
        uint64_t first_position)
{
    struct entry_header header = {.hlc = 1, .kind = GRID_KIND_ROWS};
    struct buffer entry = {0};
    struct buffer frame = {0};
    struct seq_span span = {seq, 1};
    struct put_op op = {.lane = lane, .spans = &span, .span_count = 1};
    struct put put = {.first_position = first_position, .ops = &op, .op_count = 1};
    memcpy(op.author, author, sizeof(op.author));
    entry_pack_header(&entry, &header);
    pack_map(&entry, 0);
    assert_ok(message_pack_put(&frame, &put, buffer_bytes(&entry)));
    buffer_close(&entry);
    say(scene, &scene->link->down, &frame);
}

/* The next in its order. */
static void put_at(struct scene *scene, const uint8_t *author, uint8_t lane, uint64_t seq)
{
    put_first(scene, author, lane, seq, scene->worker->node->sync.parents_roster->position + 1);
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

static void numbers_that_a_parent_left_out_take_no_time_at_the_start(void **state)
{
    (void)state;
    struct scene scene;
    uint8_t author[GRID_ID_BYTES] = {9, 9, 9};
    open_scene(&scene, 14);
    put_at(&scene, author, GRID_LANE_WORK, GRID_SEQ_MAX - 300);
    put_first(&scene, author, GRID_LANE_WORK, 1, 1); /* the bucket begins anew */
    assert_int_equal(scene.worker->node->sync.parents_roster->restarts, 1);
    assert_still_works(&scene);
}

/* --- a handheld that means harm --- */

/* A segment of one entry by an author that nobody knows. */
static void send_nonsense(struct scene *scene, uint32_t number)
{
    struct entry_header header = {.hlc = 1, .kind = FORGE_OPAQUE_KIND};
    struct buffer entry = {0};
    struct data_message data = {.segment = {.lane = 1, .first_seq = 1, .entry_count = 1}};
    entry_pack_header(&entry, &header);
    pack_map(&entry, 0);
    put_u32(data.segment.author, number);
    data.segment.entries = buffer_bytes(&entry);
    assert_ok(message_pack_data(&scene->link->up.bytes, &data));
    buffer_close(&entry);
}

static void made_up_names_are_remembered_up_to_a_bound(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 71);
    for (uint32_t i = 0; i < 5000; i++) {
        struct buffer none = {0};
        send_nonsense(&scene, i);
        if (i % 500 == 0)
            say(&scene, &scene.link->up, &none);
    }
    struct buffer none = {0};
    say(&scene, &scene.link->up, &none);
    assert_int_equal(pair_status_uint(scene.centre, "quarantine"), 4096);
    assert_still_works(&scene);
}

static void many_forks_of_one_log_are_one_proof(void **state)
{
    (void)state;
    static const uint8_t author_seed[GRID_SEED_BYTES] = {5, 5};
    struct scene scene;
    open_scene(&scene, 72);
    for (unsigned i = 0; i < 40; i++) {
        struct forge forge;
        struct buffer none = {0};
        forge_open(&forge, scene.worker->keyring.identity_seed, author_seed, GRID_LANE_WORK);
        forge_add(&forge, 10 + i);
        struct segment segment = forge_segment(&forge, 1, 2);
        forge_send(&scene.link->up, &segment, 0);
        say(&scene, &scene.link->up, &none);
        forge_close(&forge);
    }
    uint64_t kept = 0;
    struct grid_error error = {0};
    assert_ok(store_evidence_count(scene.centre->node->store, &kept, &error));
    assert_int_equal(kept, 8);
    assert_still_works(&scene);
}

static void a_handheld_makes_no_other_look_refused(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 73);
    struct pair_home *head = pair_handheld(&scene.pair, scene.centre, "h1");
    pair_report(head, "垃圾堆在沟口没人清", NULL);
    pair_sync(head);
    pair_cut(&scene.pair, pair_link_of(head), "valley");
    head->unreachable = true;
    const struct stream *theirs = head->node->log.own[GRID_LANE_WORK];
    struct segment segment = {
            .lane = GRID_LANE_WORK, .first_seq = theirs->row.tip_seq + 1, .entry_count = 1};
    memcpy(segment.author, theirs->row.author, sizeof(segment.author));
    struct data_message data = {.segment = segment};
    struct buffer frame = {0};
    assert_ok(message_pack_data(&frame, &data));
    say(&scene, &scene.link->up, &frame);
    assert_int_equal(pair_status_uint(scene.centre, "quarantine"), 0);
    assert_still_works(&scene);
}

/* P-55: deadlines count from when the centre had it, whatever a handheld says. */
static void the_centre_says_when_it_received(void **state)
{
    (void)state;
    static const uint8_t author_seed[GRID_SEED_BYTES] = {6, 6};
    struct scene scene;
    struct forge forge;
    struct buffer none = {0};
    struct entry entry;
    struct store_entry stored;
    bool found = false;
    open_scene(&scene, 74);
    forge_open(&forge, scene.worker->keyring.identity_seed, author_seed, GRID_LANE_WORK);
    struct segment segment = forge_segment(&forge, 1, 1);
    segment.received_ms = scene.pair.wall_ms + INT64_C(30) * 86400 * 1000;
    forge_send(&scene.link->up, &segment, 0);
    say(&scene, &scene.link->up, &none);
    struct log *log = &scene.centre->node->log;
    const struct stream *stream = log_stream(log, forge.author, GRID_LANE_WORK);
    assert_non_null(stream);
    assert_ok(log_entry(log, STORE_PLACE(stream->row.no, 1), &entry, &stored, &found, NULL));
    assert_int_equal(stored.received_ms, scene.pair.wall_ms);
    forge_close(&forge);
    assert_still_works(&scene);
}

/* --- strangers --- */

enum { STRANGE_LINK = 100000 };

static struct link *strange_link(struct scene *scene, unsigned number)
{
    struct pair_home *centre = scene->centre;
    uint8_t identity[GRID_KEY_BYTES] = {1, (uint8_t)number, (uint8_t)(number >> 8)};
    assert_ok(grid_node_link_up(
            centre->node, pair_now(centre), STRANGE_LINK + number, identity, false));
    assert_true(pair_turn(centre));
    return link_find(&centre->node->sync, STRANGE_LINK + number);
}

static void hear(struct scene *scene, unsigned number, const void *data, size_t size)
{
    struct pair_home *centre = scene->centre;
    assert_ok(grid_node_receive(
            centre->node, pair_now(centre), STRANGE_LINK + number, bytes_of(data, size)));
    assert_true(pair_turn(centre));
}

/* The beginning of a frame that is announced as long as frames may be. */
static const uint8_t long_frame[1024] = {FRAME_ENROL, 0, 0, 0, 0, 0, 0xff, 0};

static void a_stranger_that_dribbles_is_given_up(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 81);
    struct link *link = strange_link(&scene, 1);
    for (unsigned i = 0; i < 5 && link->phase != LINK_ENDED; i++) {
        hear(&scene, 1, long_frame + i, 1);
        pair_run(&scene.pair, 10000);
    }
    assert_int_equal(link->phase, LINK_ENDED);
    grid_node_link_down(scene.centre->node, pair_now(scene.centre), STRANGE_LINK + 1, "closed");
    assert_still_works(&scene);
}

static void a_stranger_costs_little_memory(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 82);
    struct link *link = strange_link(&scene, 1);
    hear(&scene, 1, long_frame, sizeof(long_frame));
    assert_int_equal(link->phase, LINK_ENDED);
    assert_int_equal(link->in.capacity, 0);
    grid_node_link_down(scene.centre->node, pair_now(scene.centre), STRANGE_LINK + 1, "closed");
    assert_still_works(&scene);
}

static void many_strangers_leave_room_for_the_enrolled(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 83);
    size_t admitted = 0;
    for (unsigned i = 0; i < 400; i++)
        admitted += strange_link(&scene, i)->phase != LINK_ENDED;
    assert_int_equal(admitted, 256);
    for (unsigned i = 0; i < 400; i++)
        grid_node_link_down(scene.centre->node, pair_now(scene.centre), STRANGE_LINK + i, "closed");
    assert_still_works(&scene);
}

static void a_farewell_is_an_identifier_or_nothing(void **state)
{
    (void)state;
    struct scene scene;
    struct buffer frame = {0};
    struct bye bye = {bytes_text("so\nlevel=error event=fire"), bytes_text("")};
    open_scene(&scene, 84);
    assert_ok(message_pack_bye(&frame, &bye));
    say(&scene, &scene.link->down, &frame);
    pair_run(&scene.pair, 0);
    assert_string_equal(scene.worker->last_close, "peer_ended");
    assert_still_works(&scene);
}

/* --- words about our own logs --- */

/* The next HELLO from `liar` claims this of the other side's log. */
struct lie {
    struct pair_home *liar;
    struct stream_tip tip;
};

static void tell_lie(void *context, const struct pair_home *from, struct buffer *bytes)
{
    struct lie *lie = context;
    struct arena arena;
    struct frame frame;
    struct hello hello;
    struct grid_error error = {0};
    size_t at = 0;
    arena_init(&arena, 0);
    if (from == lie->liar && pair_frame(buffer_bytes(bytes), &at, &arena, &frame) &&
            frame.type == FRAME_HELLO) {
        struct buffer lying = {0};
        assert_ok(message_read_hello(&frame, &arena, &hello, &error));
        hello.tips = &lie->tip;
        hello.tip_count = 1;
        assert_ok(message_pack_hello(&lying, &hello));
        buffer_clear(bytes);
        buffer_append(bytes, lying.data, lying.size);
        buffer_close(&lying);
    }
    arena_close(&arena);
}

/* Claims `more` entries beyond what `victim` has of the author in use. */
static void claim(struct lie *lie, const struct pair_home *victim, uint64_t more)
{
    const struct log *log = &victim->node->log;
    const struct stream *stream = log_stream(log, log->author, GRID_LANE_URGENT);
    lie->tip = (struct stream_tip){
            .lane = GRID_LANE_URGENT, .seq = (stream != NULL ? stream->row.tip_seq : 0) + more};
    memcpy(lie->tip.author, log->author, sizeof(lie->tip.author));
}

static void reconnect(struct scene *scene)
{
    if (pair_link_of(scene->worker) != NULL)
        pair_cut(&scene->pair, pair_link_of(scene->worker), "valley");
    pair_sync(scene->worker);
}

static void a_tip_at_nothing_is_passed_over(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 41);
    struct lie lie = {.liar = scene.centre};
    scene.pair.wire = tell_lie;
    scene.pair.wire_context = &lie;
    claim(&lie, scene.worker, 0);
    assert_int_equal(lie.tip.seq, 0);
    reconnect(&scene);
    scene.pair.wire = NULL;
    reconnect(&scene);
    assert_still_works(&scene);
}

static void the_word_of_a_child_closes_one_author_in_a_while(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 42);
    struct pair_home *head = pair_handheld(&scene.pair, scene.centre, "h1");
    struct lie lie = {.liar = scene.worker};
    scene.pair.wire = tell_lie;
    scene.pair.wire_context = &lie;
    for (unsigned i = 0; i < 300; i++) {
        claim(&lie, scene.centre, 1);
        reconnect(&scene);
        if (i == 20) /* an hour or so */
            assert_int_equal(scene.centre->keyring.author_count, 2);
        if (i >= 20)
            scene.pair.wall_ms += INT64_C(7) * 3600 * 1000;
        if (i % 50 == 0) /* the new author is used, and known */
            pair_act(scene.centre, "report",
                    FIELDS("title", "路口信号灯不亮", "text", "路口信号灯不亮", "urgency", "U1",
                            "unit", STAGE_MICRO),
                    NULL);
    }
    assert_true(scene.centre->keyring.author_count <= GRID_INCARNATIONS_MAX / 2);
    scene.pair.wire = NULL;
    assert_int_equal(scene.centre->falls, 0);
    pair_stop(scene.centre);
    pair_start(scene.centre);
    pair_report(head, "煤场堵了排水沟", NULL);
    pair_sync(head);
    assert_int_equal(pair_queue(head, "held"), 1);
    reconnect(&scene);
    assert_still_works(&scene);
}

static void the_word_of_a_parent_cannot_end_a_handheld(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 43);
    struct lie lie = {.liar = scene.centre};
    scene.pair.wire = tell_lie;
    scene.pair.wire_context = &lie;
    for (unsigned i = 0; i < 300; i++) {
        claim(&lie, scene.worker, 1);
        reconnect(&scene);
    }
    assert_true(scene.worker->keyring.author_count < GRID_INCARNATIONS_MAX);
    assert_int_equal(scene.worker->falls, 0);
    pair_report(scene.worker, "煤场堵了排水沟", NULL);
    scene.pair.wire = NULL;
    assert_still_works(&scene);
}

/* --- a home that is another's --- */

/* An init is killed before its configuration is written, and repeated for another unit. */
/* F9 */
static void a_home_stays_that_of_its_unit(void **state)
{
    (void)state;
    struct scene scene;
    struct grid_error error = {0};
    open_scene(&scene, 92);
    pair_stop(scene.centre);
    struct grid_options options = {.database = scene.centre->database,
            .vfs = scene.pair.vfs,
            .role = GRID_NODE_CENTRE,
            .unit = "150622104",
            .name = "某镇",
            .keyring = &scene.centre->keyring,
            .random = no_random};
    assert_int_equal(grid_node_open(&scene.centre->node, &options, pair_now(scene.centre), &error),
            GRID_REFUSED);
    assert_string_equal(error.reason, "unit_of_home");
    pair_start(scene.centre);
    assert_still_works(&scene);
}

/* --- what is never given twice --- */

static unsigned invited_slot(struct pair_home *centre, const char *person)
{
    struct buffer reply = {0};
    struct grid_error error = {0};
    const char *const fields[] = {"person", person, "address", "192.0.2.1:7000", NULL};
    assert_ok(pair_submit(centre, "invite", fields, &reply, &error));
    unsigned slot = (unsigned)pair_uint(buffer_bytes(&reply), "slot");
    assert_true(pair_turn(centre));
    buffer_close(&reply);
    return slot;
}

/* A slot stands in every case code of its device. */
static void an_older_database_gives_no_slot_twice(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 91);
    pair_stop(scene.centre);
    pair_save(scene.centre, "monday");
    pair_start(scene.centre);
    unsigned given = invited_slot(scene.centre, "h1");
    assert_true(invited_slot(scene.centre, "h2") > given);
    given = invited_slot(scene.centre, "h2");
    pair_stop(scene.centre);
    pair_restore(scene.centre, "monday", false);
    pair_start(scene.centre);
    assert_true(invited_slot(scene.centre, "c1") > given);
    assert_still_works(&scene);
}

/* --- a power cut between the commit and the key file --- */

static void what_was_written_under_the_spare_author_is_sent(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 51);
    struct grid_error error = {0};
    struct buffer reply = {0};
    /* a peer knows more: the author is closed, and a report follows in the same turn */
    struct grid_node *node = scene.worker->node;
    assert_ok(log_close_author(&node->log, &error));
    assert_ok(roster_take_author(node->roster, node->log.author, node->log.identity));
    assert_ok(pair_submit(scene.worker, "report",
            FIELDS("title", "煤场堵了排水沟", "text", "煤场堵了排水沟", "unit", STAGE_MICRO),
            &reply, &error));
    buffer_close(&reply);
    assert_ok(pair_commit(scene.worker, &error));
    pair_kill(scene.worker);
    pair_start(scene.worker);
    pair_sync(scene.worker);
    assert_int_equal(pair_case_count(scene.worker), 1);
    assert_int_equal(pair_titled(scene.centre, "煤场堵了排水沟"), 1);
    assert_int_equal(pair_queue(scene.worker, "held"), 1);
    assert_still_works(&scene);
}

/* --- clocks --- */

/* I17, F52: a handheld whose clock is years ahead. */
static void a_stamp_from_the_future_moves_nobody_after_a_new_start_either(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 61);
    scene.worker->clock_offset_ms = INT64_C(10) * 365 * 86400 * 1000;
    pair_report(scene.worker, "垃圾堆在沟口没人清", NULL);
    pair_sync(scene.worker);
    assert_int_equal(pair_titled(scene.centre, "垃圾堆在沟口没人清"), 1);
    pair_stop(scene.centre);
    pair_start(scene.centre);
    assert_true(
            stamp_ms(scene.centre->node->log.clock) <= scene.pair.wall_ms + GRID_CLOCK_AHEAD_MS);
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
            cmocka_unit_test(numbers_that_a_parent_left_out_take_no_time_at_the_start),
            cmocka_unit_test(made_up_names_are_remembered_up_to_a_bound),
            cmocka_unit_test(many_forks_of_one_log_are_one_proof),
            cmocka_unit_test(a_handheld_makes_no_other_look_refused),
            cmocka_unit_test(the_centre_says_when_it_received),
            cmocka_unit_test(a_stranger_that_dribbles_is_given_up),
            cmocka_unit_test(a_stranger_costs_little_memory),
            cmocka_unit_test(many_strangers_leave_room_for_the_enrolled),
            cmocka_unit_test(a_farewell_is_an_identifier_or_nothing),
            cmocka_unit_test(a_tip_at_nothing_is_passed_over),
            cmocka_unit_test(the_word_of_a_child_closes_one_author_in_a_while),
            cmocka_unit_test(the_word_of_a_parent_cannot_end_a_handheld),
            cmocka_unit_test(a_home_stays_that_of_its_unit),
            cmocka_unit_test(an_older_database_gives_no_slot_twice),
            cmocka_unit_test(what_was_written_under_the_spare_author_is_sent),
            cmocka_unit_test(a_stamp_from_the_future_moves_nobody_after_a_new_start_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
