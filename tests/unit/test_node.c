/* A handheld and its centre: acts, answers, clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/pair.h"

#include "proto/stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct town {
    struct pair pair;
    struct pair_home *centre, *worker;
};

static void town_open(struct town *town, uint64_t seed)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
}

static void assert_in_step(struct town *town)
{
    char here[65];
    char there[65];
    struct grid_error error = {0};
    if (!grid_node_synced(town->worker->node, pair_now(town->worker), &error))
        fail_msg("not in step: %s %s", error.reason, error.detail);
    pair_digest(town->worker, here);
    pair_digest(town->centre, there);
    assert_string_equal(here, there);
    (void)pair_check(town->worker);
    (void)pair_check(town->centre);
}

static void a_report_travels_up_and_its_receipt_comes_back(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 1);
    pair_report(town.worker, "井口围栏倒了一段", NULL);
    assert_int_equal(pair_queue(town.worker, "held"), 0);
    pair_settle(&town.pair);
    assert_int_equal(pair_titled(town.centre, "井口围栏倒了一段"), 1);
    assert_int_equal(pair_queue(town.worker, "held"), 1);
    assert_in_step(&town);
    pair_close(&town.pair);
}

/* --- the queue tells what is so (F4, F23) --- */

static void the_queue_counts_what_has_no_receipt_yet(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 4);
    pair_part(town.worker);
    for (unsigned i = 0; i < 40; i++)
        pair_report(town.worker, "山里没有信号的隐患", NULL);
    assert_int_equal(pair_queue(town.worker, "queued"), 40);
    assert_int_equal(pair_queue(town.worker, "held"), 0);
    pair_stop(town.worker);
    pair_start(town.worker);
    assert_int_equal(pair_queue(town.worker, "queued"), 40);
    town.worker->unreachable = false;
    grid_node_hurry(town.worker->node, pair_now(town.worker));
    (void)pair_turn(town.worker);
    struct pair_link *link = pair_connect(town.worker, town.centre);
    (void)pair_deliver(link, &link->down, 0); /* HELLO: everything goes out */
    (void)pair_turn(town.worker);
    assert_int_equal(pair_queue(town.worker, "sent"), 40);
    assert_int_equal(pair_queue(town.worker, "queued"), 0);
    pair_settle(&town.pair);
    assert_int_equal(pair_queue(town.worker, "held"), 40);
    struct pair_answer answer;
    pair_ask(town.worker, "queue", NULL, &answer);
    assert_int_equal(answer.row_count, 0); /* only what waits is listed */
    pair_answer_close(&answer);
    pair_ask(town.worker, "queue", FIELDS("all", ""), &answer);
    assert_int_equal(answer.row_count, 40);
    pair_answer_close(&answer);
    pair_close(&town.pair);
}

static void a_centre_without_a_parent_waits_for_nobody(void **state)
{
    (void)state;
    struct town town;
    struct grid_error error = {0};
    town_open(&town, 41);
    pair_report(town.centre, "群众来访反映占道", NULL);
    assert_int_equal(pair_queue(town.centre, "queued"), 0);
    assert_true(grid_node_synced(town.centre->node, pair_now(town.centre), &error));
    assert_true(grid_node_deadline(town.centre->node) > town.pair.mono_ms + 3600000); /* F50 */
    pair_close(&town.pair);
}

/* D6 */
static void an_urgent_report_goes_before_a_backlog(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 46);
    pair_part(town.worker);
    for (unsigned i = 0; i < 2000; i++)
        pair_report(town.worker, "积压的普通事项", NULL);
    pair_act(town.worker, "report",
            FIELDS("title", "井下冒顶有人被困", "unit", STAGE_MICRO, "urgency", "U1"), NULL);
    town.worker->unreachable = false;
    struct pair_link *link = pair_connect(town.worker, town.centre);
    assert_non_null(link);
    (void)pair_deliver(link, &link->down, 0);
    (void)pair_turn(town.worker);
    (void)pair_deliver(link, &link->up, 4000); /* HELLO and the very first of the data */
    (void)pair_turn(town.centre);
    assert_int_equal(pair_titled(town.centre, "井下冒顶有人被困"), 1);
    pair_settle(&town.pair);
    assert_int_equal(pair_case_count(town.centre), 2001);
    assert_in_step(&town);
    pair_close(&town.pair);
}

/* --- idempotency keys (F12) --- */

static enum grid_status report_with_key(struct pair_home *home, const char *key, const char *title,
        char code[GRID_CODE_TEXT_BYTES], struct grid_error *error)
{
    struct buffer reply = {0};
    *error = (struct grid_error){0};
    code[0] = '\0';
    enum grid_status status = pair_submit(
            home, "report", FIELDS("title", title, "unit", STAGE_MICRO, "key", key), &reply, error);
    if (status == GRID_OK) {
        struct bytes text = pair_text(buffer_bytes(&reply), "case");
        snprintf(code, GRID_CODE_TEXT_BYTES, "%.*s", (int)text.size, (const char *)text.data);
    }
    buffer_close(&reply);
    return status;
}

static void the_same_key_gives_the_same_case(void **state)
{
    (void)state;
    struct town town;
    struct grid_error error;
    char first[GRID_CODE_TEXT_BYTES];
    char again[GRID_CODE_TEXT_BYTES];
    town_open(&town, 12);
    assert_ok(report_with_key(town.worker, "k-1", "双击提交的一件", first, &error));
    /* in the same turn, in another turn, after a restart, after a death */
    for (unsigned i = 0; i < 4; i++) {
        assert_ok(report_with_key(town.worker, "k-1", "双击提交的一件", again, &error));
        assert_string_equal(first, again);
        assert_int_equal(report_with_key(town.worker, "k-1", "别的内容别的事", again, &error),
                GRID_KEY_REUSED);
        assert_string_equal(error.reason, "key_reused");
        assert_true(pair_turn(town.worker));
        if (i == 1) {
            pair_stop(town.worker);
            pair_start(town.worker);
        } else if (i == 2) {
            pair_kill(town.worker);
            pair_start(town.worker);
        }
    }
    assert_int_equal(pair_case_count(town.worker), 1);
    pair_sync(town.worker);
    assert_in_step(&town);
    pair_close(&town.pair);
}

static void a_key_whose_turn_was_lost_is_free_again(void **state)
{
    (void)state;
    struct town town;
    struct grid_error error;
    char code[GRID_CODE_TEXT_BYTES];
    town_open(&town, 121);
    assert_ok(report_with_key(town.worker, "k-2", "还没有落盘的一件", code, &error));
    pair_kill(town.worker);
    pair_start(town.worker);
    assert_int_equal(pair_case_count(town.worker), 0);
    assert_ok(report_with_key(town.worker, "k-2", "还没有落盘的一件", code, &error));
    assert_true(pair_turn(town.worker));
    assert_int_equal(pair_case_count(town.worker), 1);
    pair_close(&town.pair);
}

/* F52: a clock that jumps does not make anybody forget a key of this month. */
static void a_wrong_clock_forgets_no_key(void **state)
{
    (void)state;
    struct town town;
    struct grid_error error;
    char first[GRID_CODE_TEXT_BYTES];
    char again[GRID_CODE_TEXT_BYTES];
    static const int64_t years_ms[] = {INT64_C(12) * 365 * 86400000, -STAGE_NOW_MS, 0};
    town_open(&town, 52);
    assert_ok(report_with_key(town.worker, "k-3", "时钟跳动之前的一件", first, &error));
    assert_true(pair_turn(town.worker));
    for (size_t i = 0; i < sizeof(years_ms) / sizeof(years_ms[0]); i++) {
        pair_stop(town.worker);
        town.worker->clock_offset_ms = years_ms[i];
        pair_start(town.worker);
        assert_ok(report_with_key(town.worker, "k-3", "时钟跳动之前的一件", again, &error));
        assert_true(pair_turn(town.worker));
        assert_string_equal(first, again);
    }
    assert_int_equal(pair_case_count(town.worker), 1);
    pair_close(&town.pair);
}

/* F12, F52: what was filed before the clock was set right looks decades old. */
static void a_clock_set_right_forgets_no_key(void **state)
{
    (void)state;
    struct town town;
    struct grid_error error;
    char first[GRID_CODE_TEXT_BYTES];
    char again[GRID_CODE_TEXT_BYTES];
    town_open(&town, 122);
    pair_part(town.worker);
    town.worker->clock_offset_ms = -STAGE_NOW_MS;
    assert_ok(report_with_key(town.worker, "k-4", "对时之前的一件事", first, &error));
    assert_true(pair_turn(town.worker));
    town.worker->clock_offset_ms = 0;
    assert_ok(report_with_key(town.worker, "k-5", "对时之后的一件事", again, &error));
    assert_true(pair_turn(town.worker));
    pair_stop(town.worker);
    pair_start(town.worker);
    assert_ok(report_with_key(town.worker, "k-4", "对时之前的一件事", again, &error));
    assert_true(pair_turn(town.worker));
    assert_string_equal(first, again);
    pair_close(&town.pair);
}

/* --- one case, two hands (F28, F29, F31) --- */

static void show(
        struct pair_home *home, const char *code, const char *member, char *out, size_t size)
{
    struct pair_answer answer;
    pair_ask(home, "show", FIELDS("case", code), &answer);
    struct bytes text = pair_text(buffer_bytes(&answer.end), member);
    snprintf(out, size, "%.*s", (int)text.size, (const char *)text.data);
    pair_answer_close(&answer);
}

static uint64_t conflicts_of(struct pair_home *home, const char *code)
{
    struct pair_answer answer;
    pair_ask(home, "conflicts", FIELDS("case", code), &answer);
    uint64_t count = answer.row_count;
    pair_answer_close(&answer);
    return count;
}

static void both_titles_stay_until_a_ruling(void **state)
{
    (void)state;
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    char title[200];
    town_open(&town, 28);
    pair_report(town.worker, "一件要改题目的事", code);
    pair_sync(town.worker);
    pair_part(town.worker);
    pair_act(town.worker, "set", FIELDS("case", code, "title", "外勤改的题目"), NULL);
    pair_act(town.centre, "set", FIELDS("case", code, "title", "中心改的题目"), NULL);
    assert_int_equal(conflicts_of(town.centre, code), 0);
    pair_meet(town.worker);
    assert_int_equal(conflicts_of(town.centre, code), 1);
    assert_int_equal(pair_status_uint(town.centre, "conflicts"), 1);
    /* a ruling settles it; another write that did not see it opens it again */
    pair_part(town.worker);
    pair_act(town.centre, "ruling",
            FIELDS("case", code, "field", "title", "value", "中心裁定的题目", "reason", "已核实"),
            NULL);
    assert_int_equal(conflicts_of(town.centre, code), 0);
    show(town.centre, code, "title", title, sizeof(title));
    assert_string_equal(title, "中心裁定的题目");
    pair_act(town.worker, "set", FIELDS("case", code, "title", "外勤又改的题目"), NULL);
    pair_meet(town.worker);
    assert_int_equal(conflicts_of(town.centre, code), 1);
    (void)pair_check(town.centre);
    pair_close(&town.pair);
}

static void if_names_the_state_that_was_seen(void **state)
{
    (void)state;
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    char tag[40];
    struct buffer reply = {0};
    struct grid_error error = {0};
    town_open(&town, 5);
    pair_report(town.worker, "一件有版本的事情", code);
    show(town.worker, code, "tag", tag, sizeof(tag));
    pair_act(town.worker, "set", FIELDS("case", code, "title", "第一次改题目", "if", tag), NULL);
    assert_int_equal(
            pair_submit(town.worker, "set",
                    FIELDS("case", code, "title", "第二次改题目", "if", tag), &reply, &error),
            GRID_STALE);
    assert_int_equal(pair_submit(town.worker, "note",
                             FIELDS("case", code, "text", "补充", "if", "0123"), &reply, &error),
            GRID_STALE);
    assert_true(pair_turn(town.worker));
    show(town.worker, code, "tag", tag, sizeof(tag));
    pair_act(town.worker, "note", FIELDS("case", code, "text", "补充", "if", tag), NULL);
    buffer_close(&reply);
    pair_close(&town.pair);
}

/* --- what a person gave wrongly changes nothing --- */

static void a_refused_act_leaves_the_turn_whole(void **state)
{
    (void)state;
    struct town town;
    struct buffer reply = {0};
    struct grid_error error = {0};
    char code[GRID_CODE_TEXT_BYTES];
    town_open(&town, 7);
    pair_report(town.worker, "同一回合里的好报告", code);
    static const char *const wrong[][7] = {
            {"report", "title", "短", NULL},
            {"report", "title", "类别写错的一件", "category", "0000", NULL},
            {"report", "title", "单位写错的一件", "unit", "999", NULL},
            {"report", NULL},
            {"set", "case", "150622103-26-0010-99999-00", "title", "改无此案", NULL},
            {"note", "text", "没有说哪个案", NULL},
            {"ruling", "case", "#00", "field", "title", NULL},
            {"bogus", NULL},
            {"invite", "person", "h1", NULL},
            {"roster_import", NULL},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_not_equal(
                pair_submit(town.worker, wrong[i][0], wrong[i] + 1, &reply, &error), GRID_OK);
        assert_string_not_equal(error.reason, "");
    }
    pair_report(town.worker, "错误之后的好报告", code);
    assert_int_equal(pair_case_count(town.worker), 2);
    assert_int_equal(town.worker->falls, 0);
    buffer_close(&reply);
    pair_close(&town.pair);
}

/* --- clocks (F52, I17) --- */

static void a_clock_ten_years_off_blocks_nothing(void **state)
{
    (void)state;
    /* 1970; before 1970; 2038 and its overflow; far beyond; and years before the roster's posts */
    static const int64_t walls_ms[] = {0, 1, -INT64_C(86400000), INT64_C(2147483647000),
            INT64_C(2147483648000), INT64_C(4102444800000), INT64_C(1230768000000),
            INT64_C(1) << 47};
    for (size_t i = 0; i < sizeof(walls_ms) / sizeof(walls_ms[0]); i++)
        for (unsigned side = 0; side < 2; side++) {
            struct town town;
            char code[GRID_CODE_TEXT_BYTES];
            town_open(&town, 52 + i);
            struct pair_home *wrong = side == 0 ? town.worker : town.centre;
            pair_stop(wrong);
            wrong->clock_offset_ms = walls_ms[i] - town.pair.wall_ms;
            pair_start(wrong);
            pair_report(town.worker, "钟表不准也要上报", code);
            pair_sync(town.worker);
            assert_int_equal(pair_titled(town.centre, "钟表不准也要上报"), 1);
            assert_in_step(&town);
            /* and when it is set right again, life goes on, and nothing is judged otherwise */
            pair_stop(wrong);
            wrong->clock_offset_ms = 0;
            pair_start(wrong);
            pair_act(town.worker, "set", FIELDS("case", code, "title", "校准之后改题"), NULL);
            pair_sync(town.worker);
            assert_int_equal(pair_titled(town.centre, "校准之后改题"), 1);
            assert_in_step(&town);
            pair_close(&town.pair);
        }
}

/* The time of arrival travels on: back to a handheld that lost its latest days. */
static void what_arrived_under_a_clock_before_1970_is_sent_on(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 53);
    pair_report(town.worker, "井口围栏倒了一段", NULL);
    pair_stop(town.worker);
    pair_save(town.worker, "older");
    pair_stop(town.centre);
    town.centre->clock_offset_ms = -INT64_C(86400000) - town.pair.wall_ms;
    pair_start(town.centre);
    pair_start(town.worker);
    pair_report(town.worker, "第二处围栏也倒了", NULL);
    pair_sync(town.worker);
    pair_stop(town.worker);
    pair_restore(town.worker, "older", false);
    pair_start(town.worker);
    pair_sync(town.worker);
    assert_int_equal(pair_titled(town.worker, "第二处围栏也倒了"), 1);
    assert_in_step(&town);
    pair_close(&town.pair);
}

static void a_clock_from_the_future_does_not_move_ours(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 17);
    pair_stop(town.worker);
    town.worker->clock_offset_ms = INT64_C(10) * 365 * 86400000;
    pair_start(town.worker);
    pair_report(town.worker, "来自未来的报告", NULL);
    pair_sync(town.worker);
    assert_int_equal(pair_case_count(town.centre), 1);
    int64_t now_ms = town.pair.wall_ms;
    assert_true(stamp_ms(town.centre->node->log.clock) <= now_ms + GRID_CLOCK_AHEAD_MS);
    pair_stop(town.centre); /* nor after a restart */
    pair_start(town.centre);
    assert_true(stamp_ms(town.centre->node->log.clock) <= now_ms + GRID_CLOCK_AHEAD_MS);
    pair_report(town.centre, "中心自己的时间不变", NULL);
    assert_true(stamp_ms(town.centre->node->log.clock) <= town.pair.wall_ms + GRID_CLOCK_AHEAD_MS);
    /* a clock that is a little ahead is followed, so that an answer stands behind its question */
    pair_stop(town.worker);
    pair_close(&town.pair);
    town_open(&town, 18);
    pair_stop(town.worker);
    town.worker->clock_offset_ms = GRID_CLOCK_AHEAD_MS / 2;
    pair_start(town.worker);
    pair_report(town.worker, "快了两分钟的表", NULL);
    pair_sync(town.worker);
    pair_stop(town.centre);
    pair_start(town.centre);
    assert_true(town.centre->node->log.clock >=
                town.worker->node->log.own[GRID_LANE_WORK]->row.tip_hlc);
    pair_close(&town.pair);
}

/* Reads the answer to an old question: an own stamp never runs back. */
static void own_stamps_only_grow(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 70);
    uint64_t last = 0;
    for (unsigned i = 0; i < 6; i++) {
        pair_stop(town.worker);
        town.worker->clock_offset_ms = i % 2 == 0 ? 0 : -INT64_C(5) * 365 * 86400000;
        pair_start(town.worker);
        pair_report(town.worker, "时钟来回拨动", NULL);
        uint64_t stamp = town.worker->node->log.own[GRID_LANE_WORK]->row.tip_hlc;
        assert_true(stamp > last);
        last = stamp;
    }
    pair_close(&town.pair);
}

/* --- by hand: test_node speed --- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void speed(unsigned count)
{
    struct town town;
    town_open(&town, 8);
    pair_part(town.worker);
    char title[64];
    double start = seconds();
    for (unsigned i = 0; i < count; i++) {
        snprintf(title, sizeof(title), "第%u件，井口围栏倒了一段", i);
        pair_report(town.worker, title, NULL);
    }
    double filed = seconds();
    char wal[PAIR_PATH_BYTES + 8];
    struct stat size = {0};
    snprintf(wal, sizeof(wal), "%s-wal", town.worker->database);
    (void)stat(wal, &size);
    pair_meet(town.worker);
    double drained = seconds();
    print_message("%u reports: filed in %.2f s (%.1f us each), drained in %.2f s (%.1f us each), "
                  "%llu held; %lld KiB of WAL when filed\n",
            count, filed - start, (filed - start) * 1e6 / count, drained - filed,
            (drained - filed) * 1e6 / count, (unsigned long long)pair_queue(town.worker, "held"),
            (long long)size.st_size / 1024);
    pair_close(&town.pair);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_report_travels_up_and_its_receipt_comes_back),
            cmocka_unit_test(the_queue_counts_what_has_no_receipt_yet),
            cmocka_unit_test(a_centre_without_a_parent_waits_for_nobody),
            cmocka_unit_test(an_urgent_report_goes_before_a_backlog),
            cmocka_unit_test(the_same_key_gives_the_same_case),
            cmocka_unit_test(a_key_whose_turn_was_lost_is_free_again),
            cmocka_unit_test(a_wrong_clock_forgets_no_key),
            cmocka_unit_test(a_clock_set_right_forgets_no_key),
            cmocka_unit_test(both_titles_stay_until_a_ruling),
            cmocka_unit_test(if_names_the_state_that_was_seen),
            cmocka_unit_test(a_refused_act_leaves_the_turn_whole),
            cmocka_unit_test(a_clock_ten_years_off_blocks_nothing),
            cmocka_unit_test(what_arrived_under_a_clock_before_1970_is_sent_on),
            cmocka_unit_test(a_clock_from_the_future_does_not_move_ours),
            cmocka_unit_test(own_stamps_only_grow),
    };
    if (argc == 2) { /* how long so many reports take, in this process, with a disk that never syncs
                      */
        speed((unsigned)strtoul(argv[1], NULL, 10));
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
