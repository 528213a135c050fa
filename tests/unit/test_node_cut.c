/* Links break at any byte and processes die between any two steps: every report that was saved
 * arrives, once (F2, F12, F25, F54; I1, I4, I5, I6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/pair.h"

#include <stdio.h>
#include <string.h>

struct town {
    struct pair pair;
    struct pair_home *centre, *worker;
    unsigned reports;
};

static void town_open(struct town *town, uint64_t seed)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
    town->worker->unreachable = true; /* from here on links are made by hand */
    pair_cut(&town->pair, pair_link_of(town->worker), "valley");
}

/* A report that nobody filed before; every eighth one is urgent. */
static void file_one(struct town *town)
{
    char title[64];
    snprintf(title, sizeof(title), "第%u号隐患", ++town->reports);
    pair_act(town->worker, "report",
            FIELDS("title", title, "unit", STAGE_MICRO, "urgency",
                    town->reports % 8 == 0 ? "U1" : "U3"),
            NULL);
}

/* In step without a hole, without a double. */
static void assert_all_there(struct town *town)
{
    char here[65];
    char there[65];
    assert_int_equal(pair_case_count(town->centre), town->reports);
    assert_int_equal(pair_case_count(town->worker), town->reports);
    pair_digest(town->worker, here);
    pair_digest(town->centre, there);
    assert_string_equal(here, there);
    assert_int_equal(pair_queue(town->worker, "held"), town->reports);
    assert_int_equal(pair_queue(town->worker, "refused"), 0);
    assert_int_equal(pair_status_uint(town->centre, "quarantine"), 0);
    (void)pair_check(town->worker);
    (void)pair_check(town->centre);
}

/* A session by hand; false when it was cut. */
static bool session(struct town *town, size_t cut_up, size_t cut_down)
{
    uint64_t cuts = town->pair.cut_count;
    grid_node_hurry(town->worker->node, pair_now(town->worker));
    struct pair_link *link = pair_connect(town->worker, town->centre);
    if (link == NULL)
        return false;
    link->up.cut_at = cut_up;
    link->down.cut_at = cut_down;
    pair_run(&town->pair, 0);
    bool whole = town->pair.cut_count == cuts;
    link = pair_link_of(town->worker);
    if (link != NULL)
        pair_cut(&town->pair, link, "valley");
    return whole;
}

/* F25 */
static void a_link_cut_at_any_byte_upward_loses_and_doubles_nothing(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 25);
    bool whole = false;
    for (size_t at = 1; !whole; at++) {
        file_one(&town);
        whole = session(&town, at, SIZE_MAX);
        assert_true(session(&town, SIZE_MAX, SIZE_MAX));
        assert_int_equal(pair_case_count(town.centre), town.reports);
    }
    assert_true(town.reports > 300);
    assert_all_there(&town);
    pair_close(&town.pair);
}

static void a_link_cut_at_any_byte_downward_loses_and_doubles_nothing(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 26);
    bool whole = false;
    for (size_t at = 1; !whole; at++) {
        file_one(&town);
        whole = session(&town, SIZE_MAX, at);
        assert_true(session(&town, SIZE_MAX, SIZE_MAX));
        assert_int_equal(pair_case_count(town.centre), town.reports);
    }
    assert_true(town.reports > 300);
    assert_all_there(&town);
    pair_close(&town.pair);
}

/* F47: what was taken before a cut is not sent again. */
static void a_backlog_gets_through_though_every_link_breaks(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 47);
    for (unsigned i = 0; i < 600; i++)
        file_one(&town);
    unsigned sessions = 1;
    while (!session(&town, 4000, SIZE_MAX))
        assert_true(++sessions < 30);
    assert_true(sessions > 1);
    assert_all_there(&town);
    pair_close(&town.pair);
}

static void bytes_may_come_one_by_one_or_all_together(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 5);
    for (unsigned i = 0; i < 40; i++)
        file_one(&town);
    town.pair.chunk = 1;
    assert_true(session(&town, SIZE_MAX, SIZE_MAX));
    assert_all_there(&town);
    for (unsigned i = 0; i < 700; i++)
        file_one(&town);
    town.pair.chunk = 0;
    assert_true(session(&town, SIZE_MAX, SIZE_MAX));
    assert_all_there(&town);
    pair_close(&town.pair);
}

/* F2, F54: `who` dies at its nth crash point, n counting up until a whole session has none left. A
 * report without an answer is filed again with its key. */
static void crash_everywhere(uint64_t seed, bool centre_dies)
{
    struct town town;
    town_open(&town, seed);
    char key[32];
    char title[64];
    bool crashed = true;
    for (unsigned nth = 1; crashed; nth++) {
        assert_true(nth < 200);
        town.reports++;
        snprintf(key, sizeof(key), "key-%u", town.reports);
        snprintf(title, sizeof(title), "第%u号隐患", town.reports);
        town.pair.crash_home = centre_dies ? town.centre : town.worker;
        town.pair.crash_in = nth;
        town.pair.crashed = false;
        bool answered = false;
        while (!answered) {
            struct buffer reply = {0};
            struct grid_error error = {0};
            assert_ok(pair_submit(town.worker, "report",
                    FIELDS("title", title, "unit", STAGE_MICRO, "key", key), &reply, &error));
            answered = pair_turn(town.worker);
            buffer_close(&reply);
        }
        session(&town, SIZE_MAX, SIZE_MAX);
        crashed = town.pair.crashed;
        town.pair.crash_in = 0;
    }
    assert_true(town.reports > 8);
    assert_true(session(&town, SIZE_MAX, SIZE_MAX));
    assert_all_there(&town);
    pair_close(&town.pair);
}

static void a_handheld_may_die_between_any_two_steps(void **state)
{
    (void)state;
    crash_everywhere(2, false);
}

static void a_centre_may_die_between_any_two_steps(void **state)
{
    (void)state;
    crash_everywhere(54, true);
}

/* F53: what only the receipt would have told is told again by the next HELLO. */
static void a_lost_receipt_is_made_up_for_by_the_next_link(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 53);
    file_one(&town);
    grid_node_hurry(town.worker->node, pair_now(town.worker));
    struct pair_link *link = pair_connect(town.worker, town.centre);
    while (pair_deliver(link, &link->up, 0) > 0 || pair_deliver(link, &link->down, 0) > 0) {
        (void)pair_turn(town.centre);
        if (pair_case_count(town.centre) == 1)
            break; /* committed there; the receipt is on the wire */
        (void)pair_turn(town.worker);
    }
    pair_cut(&town.pair, link, "valley");
    assert_int_equal(pair_case_count(town.centre), 1);
    assert_int_equal(pair_queue(town.worker, "held"), 0);
    assert_true(session(&town, SIZE_MAX, SIZE_MAX));
    assert_all_there(&town);
    pair_close(&town.pair);
}

/* The receipt came, and the process died before it was stored. */
static void a_receipt_that_was_not_stored_comes_again(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 531);
    file_one(&town);
    grid_node_hurry(town.worker->node, pair_now(town.worker));
    struct pair_link *link = pair_connect(town.worker, town.centre);
    for (;;) {
        (void)pair_deliver(link, &link->up, 0);
        (void)pair_turn(town.centre);
        if (pair_deliver(link, &link->down, 0) > 0 && pair_case_count(town.centre) == 1)
            break; /* received, not committed */
        (void)pair_turn(town.worker);
    }
    pair_kill(town.worker);
    pair_start(town.worker);
    assert_int_equal(pair_queue(town.worker, "held"), 0);
    assert_true(session(&town, SIZE_MAX, SIZE_MAX));
    assert_all_there(&town);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_link_cut_at_any_byte_upward_loses_and_doubles_nothing),
            cmocka_unit_test(a_link_cut_at_any_byte_downward_loses_and_doubles_nothing),
            cmocka_unit_test(a_backlog_gets_through_though_every_link_breaks),
            cmocka_unit_test(bytes_may_come_one_by_one_or_all_together),
            cmocka_unit_test(a_handheld_may_die_between_any_two_steps),
            cmocka_unit_test(a_centre_may_die_between_any_two_steps),
            cmocka_unit_test(a_lost_receipt_is_made_up_for_by_the_next_link),
            cmocka_unit_test(a_receipt_that_was_not_stored_comes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
