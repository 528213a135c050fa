/* A device is revoked by position (D16): what it wrote before counts, what it sends afterwards is
 * kept and void, in whatever order both come (F43, F59; I19). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/forge.h"

#include <stdio.h>
#include <string.h>

enum { WORKER_SLOT = 10 };

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

static void file_reports(struct pair_home *home, unsigned from, unsigned to)
{
    char title[64];
    for (unsigned i = from; i < to; i++) {
        snprintf(title, sizeof(title), "%s第%u件", home->name, i);
        pair_report(home, title, NULL);
    }
}

static enum grid_status try_revoke(
        struct pair_home *home, const char *slot, struct buffer *reply, struct grid_error *error)
{
    *error = (struct grid_error){0};
    buffer_clear(reply);
    return pair_submit(home, "revoke", FIELDS("slot", slot), reply, error);
}

static bool flag(struct bytes record, const char *path)
{
    struct reader reader = reader_of(pair_member(record, path));
    return read_bool(&reader);
}

static bool says_revoked(struct pair_home *home)
{
    struct pair_answer answer;
    pair_ask(home, "status", FIELDS("brief", "yes"), &answer);
    bool revoked = flag(buffer_bytes(&answer.end), "revoked");
    pair_answer_close(&answer);
    return revoked;
}

/* --- the story --- */

/* P-144: the matters of others leave a device that is revoked, its own words stay on it. */
static void a_revoked_device_keeps_its_own_words_alone(void **state)
{
    (void)state;
    struct town town;
    struct buffer reply = {0};
    struct grid_error error;
    town_open(&town, 7);
    file_reports(town.head, 0, 4);
    file_reports(town.worker, 0, 2);
    pair_settle(&town.pair);
    assert_int_equal(pair_titled(town.worker, "h1-2第0件"), 1); /* in its grid: it reads them */
    pair_part(town.worker);
    file_reports(town.worker, 2, 3);
    assert_ok(try_revoke(town.centre, "0010", &reply, &error));
    assert_true(pair_turn(town.centre));
    pair_meet(town.worker);
    assert_true(says_revoked(town.worker));
    assert_int_equal(pair_case_count(town.worker), 3);
    assert_int_equal(pair_titled(town.worker, "h1-2第0件"), 0);
    assert_int_equal(pair_titled(town.worker, "w1-1第2件"), 1);
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), 1);
    pair_stop(town.worker);
    pair_start(town.worker);
    assert_int_equal(pair_case_count(town.worker), 3);
    (void)pair_check(town.worker);
    buffer_close(&reply);
    pair_close(&town.pair);
}

static void what_a_revoked_device_sends_later_is_kept_and_void(void **state)
{
    (void)state;
    struct town town;
    struct buffer reply = {0};
    struct grid_error error;
    town_open(&town, 1);
    file_reports(town.worker, 0, 3);
    pair_settle(&town.pair);
    pair_part(town.worker);
    file_reports(town.worker, 3, 5);
    uint64_t entries = pair_status_uint(town.centre, "entries");

    assert_ok(try_revoke(town.centre, "0010", &reply, &error));
    struct bytes answer = buffer_bytes(&reply);
    assert_int_equal(pair_uint(answer, "slot"), WORKER_SLOT);
    assert_int_equal(pair_uint(answer, "counted"), 3);
    assert_int_equal(pair_uint(answer, "quarantined"), 0);
    assert_false(flag(answer, "already"));
    assert_true(pair_turn(town.centre));
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries + 1);
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), 0);

    /* what it sends now is taken, receipted, and void; then it is told */
    pair_meet(town.worker);
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries + 3);
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), 2);
    assert_int_equal(pair_queue(town.worker, "held"), 5);
    assert_string_equal(town.worker->last_close, "revoked");
    assert_true(says_revoked(town.worker));
    assert_int_equal(pair_case_count(town.worker), 5); /* its own stays on it */
    /* void creates are stubs: no state, no title */
    assert_int_equal(pair_titled(town.centre, "w1-1第0件"), 1);
    assert_int_equal(pair_titled(town.centre, "w1-1第4件"), 0);

    /* the honest go on */
    file_reports(town.head, 0, 2);
    pair_settle(&town.pair);
    assert_int_equal(pair_queue(town.head, "held"), 2);
    assert_false(says_revoked(town.head));
    assert_int_equal(pair_titled(town.centre, "h1-2第1件"), 1);

    /* again: nothing is written */
    entries = pair_status_uint(town.centre, "entries");
    assert_ok(try_revoke(town.centre, "10", &reply, &error));
    assert_true(flag(buffer_bytes(&reply), "already"));
    assert_int_equal(pair_uint(buffer_bytes(&reply), "counted"), 3);
    assert_int_equal(pair_uint(buffer_bytes(&reply), "quarantined"), 2);
    assert_true(pair_turn(town.centre));
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries);

    (void)pair_check(town.centre);
    (void)pair_check(town.worker);
    buffer_close(&reply);
    pair_close(&town.pair);
}

static void revoke_names_what_is_wrong_with_a_slot(void **state)
{
    (void)state;
    struct town town;
    struct buffer reply = {0};
    struct grid_error error;
    town_open(&town, 2);
    assert_int_equal(try_revoke(town.centre, "0099", &reply, &error), GRID_NOT_FOUND);
    assert_string_equal(error.reason, "slot_unknown");
    assert_int_equal(try_revoke(town.centre, "w1", &reply, &error), GRID_INVALID);
    assert_string_equal(error.reason, "slot_form");
    assert_int_equal(try_revoke(town.centre, "00010", &reply, &error), GRID_INVALID);
    assert_int_equal(try_revoke(town.centre, "", &reply, &error), GRID_USAGE);
    assert_int_equal(try_revoke(town.worker, "0010", &reply, &error), GRID_REFUSED);
    assert_string_equal(error.reason, "only_centre");
    buffer_close(&reply);
    pair_close(&town.pair);
}

/* D16: served nothing, not even a list that closes what it holds. */
struct served {
    struct pair_home *centre;
    size_t served;
    bool said_bye;
};

static void look_at_frame(void *context, const struct pair_home *from, struct buffer *bytes)
{
    struct served *served = context;
    struct arena arena;
    struct frame frame = {0};
    size_t at = 0;
    arena_init(&arena, 0);
    (void)pair_frame(buffer_bytes(bytes), &at, &arena, &frame);
    if (from == served->centre) {
        served->served += frame.type == FRAME_PUT || frame.type == FRAME_BUCKETS;
        served->said_bye = served->said_bye || frame.type == FRAME_BYE;
    }
    arena_close(&arena);
}

static void a_revoked_device_is_served_nothing(void **state)
{
    (void)state;
    struct town town;
    struct buffer reply = {0};
    struct grid_error error;
    town_open(&town, 3);
    pair_part(town.head); /* whatever is put now is put to the worker */
    struct served served = {.centre = town.centre};
    town.pair.wire = look_at_frame;
    town.pair.wire_context = &served;
    /* on an open link it is told at once */
    assert_non_null(pair_link_of(town.worker));
    assert_ok(try_revoke(town.centre, "10", &reply, &error));
    assert_true(pair_turn(town.centre));
    pair_settle(&town.pair);
    assert_true(served.said_bye);
    assert_true(says_revoked(town.worker));
    for (unsigned i = 0; i < 3; i++) {
        pair_import_roster(town.centre, NULL);
        pair_sync(town.worker);
    }
    assert_int_equal(served.served, 0);
    /* it does not call for ever in vain: at most every few minutes */
    pair_run(&town.pair, 60 * 60 * 1000);
    assert_string_equal(town.worker->last_close, "revoked");
    /* nor does a new invitation make it one of us again */
    uint8_t secret[GRID_SECRET_BYTES];
    pair_invite(town.centre, "w1", secret);
    grid_node_enrol(town.worker->node, secret);
    pair_sync(town.worker);
    assert_true(says_revoked(town.worker));
    pair_stop(town.worker);
    pair_start(town.worker);
    assert_true(says_revoked(town.worker)); /* it knows it without a link, too */
    buffer_close(&reply);
    pair_close(&town.pair);
}

/* --- orders of arrival --- */

/* Counts that the worker's stream of lane 1 is cut at, by hand. */
static void write_cut(struct pair_home *centre, const struct pair_home *of, uint64_t work_seq)
{
    struct grid_node *node = centre->node;
    struct cut_position positions[8];
    struct cut_body cut = {.positions = positions};
    struct grid_error error = {0};
    struct buffer body = {0};
    memcpy(cut.identity, of->identity, sizeof(cut.identity));
    for (size_t i = 0; i < node->log.stream_count; i++) {
        const struct stream *stream = node->log.streams[i];
        if (!stream->identified ||
                memcmp(stream->identity, of->identity, sizeof(stream->identity)) != 0)
            continue;
        struct cut_position *position = &positions[cut.position_count++];
        memcpy(position->author, stream->row.author, sizeof(position->author));
        position->lane = stream->row.lane;
        position->seq = work_seq;
    }
    body_pack_cut(&body, &cut);
    assert_ok(enrol_write(&node->sync, pair_now(centre).wall_ms, GRID_LANE_URGENT, GRID_KIND_CUT,
            buffer_bytes(&body), &error));
    buffer_close(&body);
}

enum { REPORTS = 150, COUNTED = 20 };

/* The worker's reports, and what the centre did with some of them. */
static void live(struct town *town)
{
    char code[GRID_CODE_TEXT_BYTES];
    char title[64];
    for (unsigned i = 0; i < REPORTS; i++) {
        snprintf(title, sizeof(title), "第%u件隐患", i);
        pair_report(town->worker, title, code);
        if (i % 7 == 3)
            pair_act(town->worker, "set", FIELDS("case", code, "title", "改题第一回"), NULL);
        if (i % 5 == 0) {
            pair_settle(&town->pair);
            pair_act(town->centre, "note", FIELDS("case", code, "text", "已电话核实"), NULL);
            pair_act(town->centre, "set", FIELDS("case", code, "title", "中心改过的题目"), NULL);
        }
    }
    pair_settle(&town->pair);
}

static void digest_after_cuts(
        struct town *town, const uint64_t *cuts, size_t count, bool restart, char digest[65])
{
    pair_restore(town->centre, "before", true);
    pair_start(town->centre);
    for (size_t i = 0; i < count; i++) {
        write_cut(town->centre, town->worker, cuts[i]);
        assert_true(pair_turn(town->centre)); /* some are folded anew, others wait */
        if (restart) {
            assert_true(town->centre->node->book.refolds_wait || cuts[i] != COUNTED);
            pair_kill(town->centre);
            (void)pair_check((pair_start(town->centre), town->centre));
        }
    }
    pair_run(&town->pair, 1000);
    assert_false(town->centre->node->book.refolds_wait);
    pair_digest(town->centre, digest);
    (void)pair_check(town->centre);
    pair_stop(town->centre);
}

static void cuts_in_any_order_give_one_digest(void **state)
{
    (void)state;
    struct town town;
    char uncut[65];
    char first[65];
    char again[65];
    town_open(&town, 4);
    live(&town);
    pair_part(town.worker);
    pair_part(town.head);
    pair_digest(town.centre, uncut);
    pair_stop(town.centre);
    pair_save(town.centre, "before");
    digest_after_cuts(&town, (uint64_t[]){COUNTED}, 1, false, first);
    assert_string_not_equal(uncut, first);
    digest_after_cuts(&town, (uint64_t[]){COUNTED}, 1, true, again);
    assert_string_equal(first, again);
    digest_after_cuts(&town, (uint64_t[]){COUNTED + 90, COUNTED}, 2, false, again);
    assert_string_equal(first, again);
    digest_after_cuts(&town, (uint64_t[]){COUNTED, COUNTED + 90, COUNTED}, 3, false, again);
    assert_string_equal(first, again);
    digest_after_cuts(&town, (uint64_t[]){COUNTED + 40, COUNTED, COUNTED + 3}, 3, false, again);
    assert_string_equal(first, again);
    pair_close(&town.pair);
}

/* The CUT before the entries, and behind them. */
static void a_cut_before_or_behind_the_entries_gives_one_digest(void **state)
{
    (void)state;
    struct town town;
    char before[65];
    char behind[65];
    struct buffer reply = {0};
    struct grid_error error;
    town_open(&town, 5);
    file_reports(town.worker, 0, 4);
    pair_settle(&town.pair);
    uint64_t held = 0;
    for (size_t i = 0; i < town.centre->node->log.stream_count; i++)
        if (memcmp(town.centre->node->log.streams[i]->identity, town.worker->identity,
                    GRID_KEY_BYTES) == 0)
            held = town.centre->node->log.streams[i]->row.tip_seq;
    pair_part(town.worker);
    pair_part(town.head);
    file_reports(town.worker, 4, 80);
    pair_stop(town.centre);
    pair_stop(town.worker);
    pair_save(town.centre, "before");
    pair_save(town.worker, "before");

    pair_start(town.centre);
    assert_ok(try_revoke(town.centre, "10", &reply, &error));
    assert_true(pair_turn(town.centre));
    pair_start(town.worker);
    pair_meet(town.worker);
    pair_digest(town.centre, before);
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), 76);
    pair_part(town.worker);
    pair_stop(town.centre);
    pair_stop(town.worker);

    pair_restore(town.centre, "before", true);
    pair_restore(town.worker, "before", true);
    pair_start(town.centre);
    pair_start(town.worker);
    pair_meet(town.worker);
    assert_int_equal(pair_case_count(town.centre), 80);
    write_cut(town.centre, town.worker, held);
    assert_true(pair_turn(town.centre));
    pair_settle(&town.pair);
    pair_digest(town.centre, behind);
    assert_string_equal(before, behind);
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), 76);
    assert_true(says_revoked(town.worker));
    (void)pair_check(town.centre);
    buffer_close(&reply);
    pair_close(&town.pair);
}

/* Killed at every crash point of the turns that write a CUT and fold anew. */
static void a_death_at_any_moment_leaves_one_digest(void **state)
{
    (void)state;
    struct town town;
    char whole[65];
    char digest[65];
    town_open(&town, 6);
    live(&town);
    pair_part(town.worker);
    pair_part(town.head);
    pair_stop(town.centre);
    pair_save(town.centre, "before");
    digest_after_cuts(&town, (uint64_t[]){COUNTED}, 1, false, whole);
    bool crashed = true;
    unsigned points = 0;
    for (unsigned nth = 1; crashed; nth++) {
        assert_true(nth < 200);
        pair_restore(town.centre, "before", true);
        pair_start(town.centre);
        town.pair.crash_home = town.centre;
        town.pair.crash_in = nth;
        town.pair.crashed = false;
        write_cut(town.centre, town.worker, COUNTED);
        (void)pair_turn(town.centre);
        if (!town.pair.crashed)
            pair_run(&town.pair, 1000);
        crashed = town.pair.crashed;
        town.pair.crash_home = NULL;
        if (town.centre->node == NULL)
            pair_start(town.centre);
        (void)pair_check(town.centre);
        bool cut = roster_identity_cut(town.centre->node->roster, town.worker->identity);
        if (!cut) {
            write_cut(town.centre, town.worker, COUNTED);
            assert_true(pair_turn(town.centre));
        }
        pair_run(&town.pair, 1000);
        pair_digest(town.centre, digest);
        assert_string_equal(whole, digest);
        (void)pair_check(town.centre);
        pair_stop(town.centre);
        points += crashed;
    }
    assert_true(points >= 4);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_revoked_device_keeps_its_own_words_alone),
            cmocka_unit_test(what_a_revoked_device_sends_later_is_kept_and_void),
            cmocka_unit_test(revoke_names_what_is_wrong_with_a_slot),
            cmocka_unit_test(a_revoked_device_is_served_nothing),
            cmocka_unit_test(cuts_in_any_order_give_one_digest),
            cmocka_unit_test(a_cut_before_or_behind_the_entries_gives_one_digest),
            cmocka_unit_test(a_death_at_any_moment_leaves_one_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
