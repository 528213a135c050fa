/* What does not belong gets nowhere, is named, and holds up nobody else (F12, F21, F56–F58; I2, I5,
 * I15, I20). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct town {
    struct pair pair;
    struct pair_home *centre, *worker, *head;
};

static void town_open(struct town *town, uint64_t seed)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
    town->head = pair_handheld(&town->pair, town->centre, "h1");
}

static void file_reports(struct pair_home *home, unsigned count)
{
    char title[64];
    for (unsigned i = 0; i < count; i++) {
        snprintf(title, sizeof(title), "%s第%u件", home->name, i);
        pair_report(home, title, NULL);
    }
}

/* --- falsified on the wire --- */

enum falsehood {
    FLIP_HEADER,
    FLIP_BODY,
    FLIP_SEAL,
    FLIP_AUTHOR,
    DROP_FIRST,
    DROP_LAST,
    SWAP,
    DOUBLE,
    SHIFT_SEQ,
    FALSEHOODS
};

struct falsifier {
    enum falsehood what;
    const struct pair_home *of;
    unsigned nth; /* the nth DATA frame of that home; 0: every one */
    unsigned seen, done;
};

/* Cuts the tail into entries: header and body are two values. */
static size_t split(struct bytes tail, struct bytes out[static GRID_SEGMENT_ENTRIES_MAX])
{
    struct reader reader = reader_of(tail);
    size_t count = 0;
    while (!reader_done(&reader)) {
        struct bytes header = read_raw(&reader);
        struct bytes body = read_raw(&reader);
        assert_false(reader.failed);
        out[count++] = bytes_of(header.data, header.size + body.size);
    }
    return count;
}

static void falsify_entries(enum falsehood what, struct data_message *data, struct buffer *tail)
{
    struct bytes entries[GRID_SEGMENT_ENTRIES_MAX];
    size_t count = split(data->segment.entries, entries);
    struct bytes swap = entries[0];
    size_t from = 0;
    if (what == DROP_FIRST)
        from++;
    if (what == DROP_LAST)
        count--;
    if (what == SWAP && count > 1) {
        entries[0] = entries[1];
        entries[1] = swap;
    }
    for (size_t i = from; i < count; i++)
        buffer_append(tail, entries[i].data, entries[i].size);
    if (what == DOUBLE)
        buffer_append(tail, swap.data, swap.size);
    data->segment.entry_count = (uint32_t)(count - from + (what == DOUBLE));
    /* the last bytes are those of a body's text; the first of a header are its stamp */
    if (what == FLIP_BODY)
        tail->data[tail->size - 2] ^= 1;
    if (what == FLIP_HEADER)
        tail->data[5] ^= 1;
}

static void falsify(void *context, const struct pair_home *from, struct buffer *bytes)
{
    struct falsifier *falsifier = context;
    struct arena arena;
    struct frame frame = {0};
    struct data_message data = {0};
    struct grid_error error = {0};
    size_t at = 0;
    arena_init(&arena, 0);
    (void)pair_frame(buffer_bytes(bytes), &at, &arena, &frame);
    bool wanted = frame.type == FRAME_DATA && from == falsifier->of &&
                  (++falsifier->seen == falsifier->nth || falsifier->nth == 0);
    if (wanted) {
        struct buffer tail = {0};
        assert_ok(message_read_data(&frame, &data, &error));
        data.segment.entries = frame.tail;
        falsify_entries(falsifier->what, &data, &tail);
        data.segment.entries = buffer_bytes(&tail);
        if (falsifier->what == FLIP_SEAL)
            data.segment.seal[9] ^= 4;
        if (falsifier->what == FLIP_AUTHOR)
            data.segment.author[3] ^= 1;
        if (falsifier->what == SHIFT_SEQ)
            data.segment.first_seq++;
        buffer_clear(bytes);
        assert_ok(message_pack_data(bytes, &data));
        buffer_close(&tail);
        falsifier->done++;
    }
    arena_close(&arena);
}

/* The reason that the queue shows for the first refused entry. */
static void refusal(struct pair_home *home, char out[static GRID_REASON_BYTES])
{
    struct pair_answer answer;
    out[0] = '\0';
    pair_ask(home, "queue", NULL, &answer);
    for (size_t i = 0; i < answer.row_count && out[0] == '\0'; i++) {
        struct bytes reason = pair_text(buffer_bytes(&answer.rows[i].record), "reason");
        snprintf(out, GRID_REASON_BYTES, "%.*s", (int)reason.size, (const char *)reason.data);
    }
    pair_answer_close(&answer);
}

/* The worker's road falsifies every segment; the head's is clean. Then the road is good again. */
static void road_lies(enum falsehood what, bool first_contact, unsigned nth)
{
    struct town town;
    struct falsifier falsifier = {.what = what, .nth = nth};
    char reason[GRID_REASON_BYTES];
    town_open(&town, 58 + (uint64_t)what);
    if (!first_contact) {
        file_reports(town.worker, 2);
        pair_settle(&town.pair);
    }
    uint64_t before = pair_case_count(town.centre);
    pair_part(town.worker);
    for (unsigned i = 0; i < 600; i++)
        pair_report(town.worker, "一件接一件的隐患", NULL);
    falsifier.of = town.worker;
    town.pair.wire = falsify;
    town.pair.wire_context = &falsifier;
    town.worker->unreachable = false;
    pair_sync(town.worker);
    assert_true(falsifier.done > 0);
    if (nth == 0) {
        assert_int_equal(pair_case_count(town.centre), before);
        assert_true(pair_queue(town.worker, "refused") > 0 || what == FLIP_AUTHOR);
        refusal(town.worker, reason);
        if (what != FLIP_AUTHOR) /* nobody can know whose it was */
            assert_string_not_equal(reason, "");
        if (what != FLIP_AUTHOR && what != SHIFT_SEQ)
            assert_string_not_equal(reason, "gap"); /* what follows does not hide the cause */
        assert_true(pair_status_uint(town.centre, "quarantine") > 0);
    }
    /* others go on */
    pair_report(town.head, "别人的报告照样上行", NULL);
    pair_sync(town.head);
    assert_int_equal(pair_titled(town.centre, "别人的报告照样上行"), 1);
    /* and once the road is good again, all of it comes: at the next link at the latest */
    town.pair.wire = NULL;
    pair_part(town.worker);
    town.worker->unreachable = false;
    pair_sync(town.worker);
    assert_int_equal(pair_case_count(town.centre), before + 601);
    assert_int_equal(pair_queue(town.worker, "queued"), 0);
    assert_int_equal(pair_queue(town.worker, "sent"), 0);
    assert_int_equal(pair_queue(town.worker, "refused"), 0);
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), what == FLIP_AUTHOR ? 1 : 0);
    (void)pair_check(town.centre);
    pair_close(&town.pair);
}

/* F58 */
static void whatever_is_changed_on_the_way_is_refused_and_named(void **state)
{
    (void)state;
    for (int what = 0; what < FALSEHOODS; what++) {
        road_lies((enum falsehood)what, false, 0);
    }
}

static void a_stream_whose_first_segment_was_falsified_comes_later(void **state)
{
    (void)state;
    for (int what = 0; what < FALSEHOODS; what++) {
        road_lies((enum falsehood)what, true, 0);
    }
}

/* What follows a refused segment on the same link is not lost behind the cursor. */
static void one_falsified_segment_among_many_costs_nothing(void **state)
{
    (void)state;
    for (int what = 0; what < FALSEHOODS; what++)
        for (unsigned nth = 1; nth <= 3; nth++) {
            road_lies((enum falsehood)what, nth % 2 == 0, nth);
        }
}

/* --- replays --- */

/* F12 */
static void captured_frames_on_a_new_link_change_nothing(void **state)
{
    (void)state;
    struct town town;
    char before[65];
    char after[65];
    town_open(&town, 12);
    pair_part(town.worker);
    file_reports(town.worker, 30);
    town.worker->unreachable = false;
    grid_node_hurry(town.worker->node, pair_now(town.worker));
    (void)pair_turn(town.worker);
    struct buffer captured = {0};
    for (unsigned i = 0; i < 20; i++) {
        pair_run(&town.pair, 0);
        struct pair_link *link = pair_link_of(town.worker);
        if (link != NULL && link->up.recorded.size > 0) {
            buffer_clear(&captured);
            buffer_append(&captured, link->up.recorded.data, link->up.recorded.size);
        }
    }
    pair_settle(&town.pair);
    assert_true(captured.size > 500);
    assert_int_equal(pair_case_count(town.centre), 30);
    uint64_t entries = pair_status_uint(town.centre, "entries");
    pair_digest(town.centre, before);
    pair_part(town.worker);
    pair_stop(town.worker);
    for (unsigned i = 0; i < 3; i++) {
        struct pair_link *link = pair_connect(town.worker, town.centre);
        buffer_append(&link->up.bytes, captured.data, captured.size);
        pair_settle(&town.pair);
        /* and the same once more on this link: a second HELLO is out of turn */
        buffer_append(&link->up.bytes, captured.data, captured.size);
        pair_settle(&town.pair);
        if (link->number != 0)
            pair_cut(&town.pair, link, "valley");
    }
    pair_digest(town.centre, after);
    assert_string_equal(before, after);
    assert_int_equal(pair_case_count(town.centre), 30);
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries);
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), 0);
    buffer_close(&captured);
    pair_start(town.worker);
    pair_sync(town.worker);
    assert_int_equal(pair_queue(town.worker, "held"), 30);
    pair_digest(town.centre, after);
    assert_string_equal(before, after);
    pair_close(&town.pair);
}

static void connecting_twice_changes_nothing(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 121);
    pair_part(town.worker);
    file_reports(town.worker, 300);
    town.worker->unreachable = false;
    grid_node_hurry(town.worker->node, pair_now(town.worker));
    struct pair_link *first = pair_connect(town.worker, town.centre);
    (void)pair_deliver(first, &first->down, 0);
    (void)pair_turn(town.worker);
    /* the centre sees the same child again while the first link is in full flow */
    struct pair_link *second = pair_connect(town.worker, town.centre);
    assert_non_null(second);
    pair_settle(&town.pair);
    pair_sync(town.worker);
    assert_int_equal(pair_case_count(town.centre), 300);
    assert_int_equal(pair_queue(town.worker, "held"), 300);
    (void)pair_check(town.centre);
    pair_close(&town.pair);
}

/* --- an enrolled device that lies --- */

static struct pair_link *play(struct town *town, struct pair_home *home)
{
    struct pair_link *link = pair_connect(home, town->centre);
    assert_non_null(link);
    struct hello hello = forge_hello();
    forge_say_hello(&link->up, &hello);
    pair_run(&town->pair, 0);
    assert_true(forge_take(&link->down, FRAME_HELLO, NULL) == 1);
    return link;
}

/* Sends one segment and tells the reason with which it was stopped; "" when it was taken. */
static void answer_to(struct town *town, struct pair_link *link, const struct segment *segment,
        char reason[static GRID_REASON_BYTES])
{
    struct buffer last = {0};
    struct arena arena;
    struct frame frame = {0};
    struct stopped stopped = {0};
    struct grid_error error = {0};
    size_t at = 0;
    arena_init(&arena, 0);
    forge_send(&link->up, segment, 0);
    pair_run(&town->pair, 0);
    reason[0] = '\0';
    if (forge_take(&link->down, FRAME_STOPPED, &last) > 0) {
        assert_true(pair_frame(buffer_bytes(&last), &at, &arena, &frame));
        assert_ok(message_read_stopped(&frame, &stopped, &error));
        snprintf(reason, GRID_REASON_BYTES, "%.*s", (int)stopped.reason.size,
                (const char *)stopped.reason.data);
        assert_memory_equal(stopped.author, segment->author, sizeof(stopped.author));
    }
    buffer_close(&last);
    arena_close(&arena);
}

static const uint8_t strange_seed[GRID_SEED_BYTES] = {66, 6};
static const uint8_t author_seeds[4][GRID_SEED_BYTES] = {{1, 1}, {2, 2}, {3, 3}, {4, 4}};

static void an_identity_that_was_never_enrolled_writes_nothing(void **state)
{
    (void)state;
    struct town town;
    struct forge forge;
    char reason[GRID_REASON_BYTES];
    town_open(&town, 60);
    pair_stop(town.head);
    struct pair_link *link = play(&town, town.head);
    uint64_t entries = pair_status_uint(town.centre, "entries");
    forge_open(&forge, strange_seed, author_seeds[0], GRID_LANE_WORK);
    forge_add(&forge, 10);
    struct segment segment = forge_segment(&forge, 1, 2);
    answer_to(&town, link, &segment, reason);
    assert_string_equal(reason, "unknown_author");
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries);
    forge_close(&forge);
    pair_close(&town.pair);
}

static void a_seal_by_another_key_is_refused(void **state)
{
    (void)state;
    struct town town;
    struct forge forge;
    char reason[GRID_REASON_BYTES];
    town_open(&town, 61);
    pair_stop(town.head);
    struct pair_link *link = play(&town, town.head);
    forge_open(&forge, town.head->keyring.identity_seed, author_seeds[0], GRID_LANE_WORK);
    forge_add(&forge, 10);
    struct segment segment = forge_segment(&forge, 1, 2);
    assert_ok(seal_sign(segment.seal, town.head->keyring.identity_seed, forge.author, forge.lane, 2,
            forge.ids[2]));
    answer_to(&town, link, &segment, reason);
    assert_string_equal(reason, "bad_seal");
    /* an INCARNATE that the identity did not sign */
    struct forge stolen;
    forge_open(&stolen, strange_seed, author_seeds[1], GRID_LANE_WORK);
    struct segment other = forge_segment(&stolen, 1, 1);
    answer_to(&town, link, &other, reason);
    assert_string_equal(reason, "unknown_author");
    /* what is true is taken all the same */
    segment = forge_segment(&forge, 1, 2);
    answer_to(&town, link, &segment, reason);
    assert_string_equal(reason, "");
    forge_close(&forge);
    forge_close(&stolen);
    pair_close(&town.pair);
}

static void nobody_writes_into_the_stream_of_another(void **state)
{
    (void)state;
    struct town town;
    struct forge mine;
    char reason[GRID_REASON_BYTES];
    town_open(&town, 62);
    file_reports(town.worker, 3);
    pair_settle(&town.pair);
    uint64_t entries = pair_status_uint(town.centre, "entries");
    pair_stop(town.head);
    struct pair_link *link = play(&town, town.head);
    forge_open(&mine, town.head->keyring.identity_seed, author_seeds[0], GRID_LANE_WORK);
    forge_add(&mine, 10);
    const struct stream *theirs = town.worker->node->log.own[GRID_LANE_WORK];
    struct segment segment = forge_segment(&mine, 2, 2);
    memcpy(segment.author, theirs->row.author, sizeof(segment.author));
    segment.first_seq = theirs->row.tip_seq + 1;
    answer_to(&town, link, &segment, reason);
    assert_string_equal(reason, "bad_seal");
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries);
    /* and the worker goes on as if nothing had been */
    pair_report(town.worker, "照常上报的一件", NULL);
    pair_sync(town.worker);
    assert_int_equal(pair_titled(town.centre, "照常上报的一件"), 1);
    assert_int_equal(pair_queue(town.worker, "refused"), 0);
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), 0);
    forge_close(&mine);
    pair_close(&town.pair);
}

static void what_is_too_large_is_refused_and_named(void **state)
{
    (void)state;
    struct town town;
    struct forge forge;
    char reason[GRID_REASON_BYTES];
    town_open(&town, 63);
    pair_stop(town.head);
    struct pair_link *link = play(&town, town.head);
    forge_open(&forge, town.head->keyring.identity_seed, author_seeds[0], GRID_LANE_WORK);
    for (unsigned i = 0; i < 20; i++)
        forge_add(&forge, 3000);
    forge_add(&forge, 40000); /* 22 */
    for (unsigned i = 0; i < 300; i++)
        forge_add(&forge, 0);
    struct segment large = forge_segment(&forge, 1, 20);
    answer_to(&town, link, &large, reason);
    assert_string_equal(reason, "segment_bytes");
    struct segment good = forge_segment(&forge, 1, 15);
    answer_to(&town, link, &good, reason);
    assert_string_equal(reason, "");
    good = forge_segment(&forge, 16, 21);
    answer_to(&town, link, &good, reason);
    assert_string_equal(reason, "");
    struct segment giant = forge_segment(&forge, 22, 22);
    answer_to(&town, link, &giant, reason);
    assert_string_not_equal(reason, "");
    assert_int_equal(pair_check(town.centre) > 20, 1);
    forge_close(&forge);
    pair_close(&town.pair);
}

/* D7: kept, counted, acknowledged, not folded. */
static void an_entry_of_a_newer_program_is_kept_and_acknowledged(void **state)
{
    (void)state;
    struct town town;
    struct forge forge;
    char reason[GRID_REASON_BYTES];
    town_open(&town, 64);
    pair_stop(town.head);
    struct pair_link *link = play(&town, town.head);
    uint64_t entries = pair_status_uint(town.centre, "entries");
    forge_open(&forge, town.head->keyring.identity_seed, author_seeds[0], GRID_LANE_URGENT);
    for (unsigned i = 0; i < 9; i++)
        forge_add(&forge, 100);
    struct segment segment = forge_segment(&forge, 1, 10);
    forge_send(&link->up, &segment, 10);
    pair_run(&town.pair, 0);
    assert_int_equal(forge_take(&link->down, FRAME_RECEIPT, NULL), 1);
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries + 10);
    (void)reason;
    (void)pair_check(town.centre);
    forge_close(&forge);
    pair_close(&town.pair);
}

/* F55, D15 */
static void the_second_branch_of_a_stream_is_kept_as_evidence(void **state)
{
    (void)state;
    struct town town;
    struct forge one;
    struct forge two;
    char reason[GRID_REASON_BYTES];
    town_open(&town, 65);
    pair_stop(town.head);
    struct pair_link *link = play(&town, town.head);
    forge_open(&one, town.head->keyring.identity_seed, author_seeds[0], GRID_LANE_WORK);
    forge_open(&two, town.head->keyring.identity_seed, author_seeds[0], GRID_LANE_WORK);
    for (unsigned i = 0; i < 5; i++) {
        forge_add(&one, 20);
        forge_add(&two, i < 2 ? 20 : 21);
    }
    struct segment segment = forge_segment(&one, 1, 5);
    answer_to(&town, link, &segment, reason);
    assert_string_equal(reason, "");
    uint64_t entries = pair_status_uint(town.centre, "entries");
    segment = forge_segment(&two, 2, 6);
    answer_to(&town, link, &segment, reason);
    assert_string_equal(reason, "fork");
    answer_to(&town, link, &segment, reason); /* again: the same evidence */
    uint64_t evidence = 0;
    assert_ok(store_evidence_count(town.centre->node->store, &evidence, NULL));
    assert_int_equal(evidence, 1);
    entries++; /* the centre's FORK, once */
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries);
    struct roster_fork fork = roster_fork_at(town.centre->node->roster, 0);
    assert_int_equal(roster_fork_count(town.centre->node->roster), 1);
    assert_int_equal(fork.seq, 4);
    assert_memory_equal(fork.author, one.author, GRID_ID_BYTES);
    (void)pair_check(town.centre);
    /* the branch that was held first goes on */
    segment = forge_segment(&one, 6, 6);
    answer_to(&town, link, &segment, reason);
    assert_string_equal(reason, "");
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries + 1);
    forge_close(&one);
    forge_close(&two);
    pair_close(&town.pair);
}

/* --- words out of turn, and rubbish --- */

static void rubbish_ends_its_link_and_nothing_else(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 66);
    file_reports(town.worker, 3);
    pair_settle(&town.pair);
    pair_part(town.head);
    pair_stop(town.head);
    char before[65];
    char after[65];
    pair_digest(town.centre, before);
    srand(66);
    for (unsigned type = 0; type < 40; type++)
        for (unsigned variant = 0; variant < 6; variant++) {
            struct pair_link *link =
                    variant < 3 ? pair_connect(town.head, town.centre) : play(&town, town.head);
            uint8_t rubbish[40];
            for (size_t i = 0; i < sizeof(rubbish); i++)
                rubbish[i] = (uint8_t)rand();
            static const uint8_t empty_array[] = {0x90};
            struct bytes head = variant % 3 == 0   ? bytes_of(NULL, 0)
                                : variant % 3 == 1 ? bytes_of(empty_array, sizeof(empty_array))
                                                   : bytes_of(rubbish, sizeof(rubbish));
            assert_ok(frame_write(&link->up.bytes, (uint8_t)type, 0, head, bytes_of(NULL, 0)));
            pair_run(&town.pair, 0);
            assert_int_equal(town.centre->falls, 0);
            if (link->number != 0)
                pair_cut(&town.pair, link, "valley");
        }
    pair_digest(town.centre, after);
    assert_string_equal(before, after);
    pair_report(town.worker, "喧闹之后的报告", NULL);
    pair_settle(&town.pair);
    assert_int_equal(pair_titled(town.centre, "喧闹之后的报告"), 1);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(whatever_is_changed_on_the_way_is_refused_and_named),
            cmocka_unit_test(a_stream_whose_first_segment_was_falsified_comes_later),
            cmocka_unit_test(one_falsified_segment_among_many_costs_nothing),
            cmocka_unit_test(captured_frames_on_a_new_link_change_nothing),
            cmocka_unit_test(connecting_twice_changes_nothing),
            cmocka_unit_test(an_identity_that_was_never_enrolled_writes_nothing),
            cmocka_unit_test(a_seal_by_another_key_is_refused),
            cmocka_unit_test(nobody_writes_into_the_stream_of_another),
            cmocka_unit_test(what_is_too_large_is_refused_and_named),
            cmocka_unit_test(an_entry_of_a_newer_program_is_kept_and_acknowledged),
            cmocka_unit_test(the_second_branch_of_a_stream_is_kept_as_evidence),
            cmocka_unit_test(rubbish_ends_its_link_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
