/* What a node tells those who watch it: each change of a turn once, and how many did not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/pair.h"

#include <string.h>

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
    assert_int_equal(grid_node_watch(town->centre->node, true), GRID_OK);
    assert_int_equal(grid_node_watch(town->worker->node, true), GRID_OK);
}

static void assert_told(struct pair_home *home, const char *changes)
{
    assert_string_equal(home->told, changes);
    home->told[0] = '\0';
    home->told_count = 0;
}

static void leave(struct pair_home *home)
{
    home->unreachable = true;
    pair_cut(home->pair, pair_link_of(home), "valley");
}

static void a_case_and_its_receipt_are_told_once(void **state)
{
    (void)state;
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    town_open(&town, 1);
    pair_report(town.worker, "井口围栏倒了一段", code);
    assert_told(town.worker, "new");
    pair_settle(&town.pair);
    assert_told(town.worker, "held");
    assert_told(town.centre, "new");
    pair_act(town.worker, "note", FIELDS("case", code, "text", "已拉警戒线"), NULL);
    pair_settle(&town.pair);
    assert_told(town.worker, "changed held");
    assert_told(town.centre, "changed");
    (void)pair_turn(town.worker);
    assert_told(town.worker, "");
    pair_close(&town.pair);
}

static void a_conflict_is_told_and_so_is_the_link(void **state)
{
    (void)state;
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    town_open(&town, 2);
    pair_report(town.worker, "井口围栏倒了一段", code);
    pair_settle(&town.pair);
    town.worker->told[0] = town.centre->told[0] = '\0';
    leave(town.worker);
    (void)pair_turn(town.worker);
    assert_told(town.worker, "link");
    pair_act(town.worker, "set", FIELDS("case", code, "title", "井口围栏已扶起"), NULL);
    pair_act(town.centre, "set", FIELDS("case", code, "title", "井口围栏要换新"), NULL);
    assert_told(town.worker, "changed");
    assert_told(town.centre, "changed");
    town.worker->unreachable = false;
    pair_sync(town.worker);
    assert_told(town.worker, "link conflict held"); /* the other title came down */
    assert_told(town.centre, "conflict");
    pair_close(&town.pair);
}

static void who_does_not_watch_costs_nothing_and_is_told_nothing(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 3);
    assert_int_equal(grid_node_watch(town.worker->node, false), GRID_OK);
    pair_report(town.worker, "井口围栏倒了一段", NULL);
    pair_settle(&town.pair);
    assert_told(town.worker, "");
    assert_int_equal(grid_node_watch(town.worker->node, true), GRID_OK);
    pair_settle(&town.pair);
    assert_told(town.worker, ""); /* what was held before is no news */
    pair_close(&town.pair);
}

/* Receipts of a long absence come in one turn, and so do the cases at the centre. */
static void what_does_not_fit_one_turn_is_counted(void **state)
{
    (void)state;
    enum { REPORTS = GRID_CHANGES_MAX + 100 };
    struct town town;
    town_open(&town, 4);
    leave(town.worker);
    for (unsigned i = 0; i < REPORTS; i++)
        pair_report(town.worker, "山里没有信号的隐患", NULL);
    assert_int_equal(town.worker->told_count, REPORTS + 1); /* and the link */
    assert_int_equal(town.worker->told_left_out, 0);
    town.worker->told_count = town.centre->told_count = 0;
    for (unsigned i = 0; i < REPORTS; i++) {
        struct buffer reply = {0};
        struct grid_error error = {0};
        assert_int_equal(pair_submit(town.worker, "report", FIELDS("title", "山里没有信号的隐患"),
                                 &reply, &error),
                GRID_OK);
        buffer_close(&reply);
    }
    (void)pair_turn(town.worker);
    assert_int_equal(town.worker->told_count, GRID_CHANGES_MAX + 1); /* and resync */
    assert_int_equal(town.worker->told_left_out, 100);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_case_and_its_receipt_are_told_once),
            cmocka_unit_test(a_conflict_is_told_and_so_is_the_link),
            cmocka_unit_test(who_does_not_watch_costs_nothing_and_is_told_nothing),
            cmocka_unit_test(what_does_not_fit_one_turn_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
