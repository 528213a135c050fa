/* Memory ends or the disk fails while a handheld joins, on either side and at every place: the same
 * invitation and key go on, there is one device, and both hold the same (D24; F2, F5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/disk.h"
#include "tests/lib/heap_failing.h"
#include "tests/lib/pair.h"

#include <stdio.h>
#include <string.h>

struct town {
    struct pair pair;
    struct pair as_it_was;
    struct pair_home *centre, *joiner;
    uint8_t secret[GRID_SECRET_BYTES];
};

static void town_open(struct town *town)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, 9);
    town->centre = pair_centre(&town->pair);
    town->joiner = pair_add(&town->pair, "joiner", GRID_NODE_HANDHELD, town->centre);
    pair_invite(town->centre, "h1", town->secret);
    pair_report(town->centre, "中心已有的一件", NULL);
    for (size_t i = 0; i < town->pair.home_count; i++) {
        pair_stop(&town->pair.homes[i]);
        pair_save(&town->pair.homes[i], "base");
    }
    town->as_it_was = town->pair;
}

/* `gridd join`, as often as it takes. */
static void begin_to_join(struct town *town)
{
    struct grid_error error = {0};
    if (town->joiner->node == NULL)
        assert_ok(pair_try_start(town->joiner, &error));
    grid_node_enrol(town->joiner->node, town->secret);
    town->joiner->wants_parent = false;
}

static struct pair_link *put_back(struct town *town)
{
    for (size_t i = 0; i < town->pair.home_count; i++)
        pair_stop(&town->pair.homes[i]);
    town->pair = town->as_it_was;
    for (size_t i = 0; i < town->pair.home_count; i++)
        pair_restore(&town->pair.homes[i], "base", true);
    pair_start(town->centre);
    begin_to_join(town);
    struct pair_link *link = pair_connect(town->joiner, town->centre);
    assert_non_null(link);
    return link;
}

/* Whatever happened: from here on nothing fails. */
static void assert_joins(struct town *town)
{
    char here[2 * GRID_HASH_BYTES + 1];
    char there[2 * GRID_HASH_BYTES + 1];
    struct pair_answer answer;
    struct pair_link *link = pair_link_of(town->joiner);
    if (link != NULL)
        pair_cut(&town->pair, link, "valley");
    if (!town->joiner->enrolled) {
        pair_stop(town->joiner);
        begin_to_join(town);
        pair_sync(town->joiner);
    }
    if (!town->joiner->enrolled)
        fail_msg("not enrolled: %s %s, %s", town->joiner->enrol_error.reason,
                town->joiner->enrol_error.detail, town->joiner->last_close);
    pair_stop(town->joiner);
    pair_start(town->joiner);
    pair_report(town->joiner, "新来的人的第一件", NULL);
    pair_sync(town->joiner);
    pair_ask(town->centre, "devices", NULL, &answer);
    assert_int_equal(answer.row_count, 1);
    pair_answer_close(&answer);
    assert_int_equal(pair_titled(town->centre, "新来的人的第一件"), 1);
    assert_int_equal(roster_rv(town->joiner->node->roster), roster_rv(town->centre->node->roster));
    pair_digest(town->joiner, here);
    pair_digest(town->centre, there);
    assert_int_equal(pair_case_count(town->centre), 2);
    assert_int_equal(strlen(here), strlen(there));
    (void)pair_check(town->joiner);
    (void)pair_check(town->centre);
}

static bool deliver(struct town *town, struct pair_link *link, bool up)
{
    size_t size = pair_deliver(link, up ? &link->up : &link->down, 0);
    (void)pair_turn(up ? town->centre : town->joiner);
    return size > 0;
}

/* Both directions in turn until `step`, whose bytes are returned, taken off the wire. */
static struct buffer play_until(struct town *town, struct pair_link *link, unsigned step)
{
    for (unsigned i = 0; i < step && link->number != 0; i++)
        (void)deliver(town, link, i % 2 == 0);
    struct pair_way *way = step % 2 == 0 ? &link->up : &link->down;
    struct buffer bytes = way->bytes;
    way->bytes = (struct buffer){0};
    return bytes;
}

/* Receives them with memory that ends; what the node then wants to send, too. */
static bool receive_starving(
        struct pair_home *to, uint64_t link, struct bytes bytes, size_t nth, bool lasting)
{
    struct grid_error error = {0};
    struct grid_action action;
    (lasting ? heap_failing_from : heap_failing_at)(nth);
    enum grid_status status = grid_node_receive(to->node, pair_now(to), link, bytes);
    enum grid_status committed = pair_commit(to, &error);
    while (committed == GRID_OK && grid_node_next_action(to->node, pair_now(to), &action))
        if (action.type == GRID_ACTION_MARK)
            to->keyring = *action.keyring; /* the rest is lost with the link */
    bool happened = heap_failing_happened() > 0;
    heap_failing_at(0);
    if ((status != GRID_OK && status != GRID_NOMEM) ||
            (committed != GRID_OK && committed != GRID_NOMEM))
        fail_msg("allocation %zu: %d, %d %s", nth, status, committed, error.reason);
    assert_true(status == GRID_OK || committed != GRID_OK);
    (void)pair_turn(to);
    return happened;
}

static void a_join_without_memory_goes_on(void **state)
{
    (void)state;
    enum { STEPS = 8 };
    struct town town;
    size_t points = 0;
    heap_failing_begin();
    town_open(&town);
    for (unsigned step = 0; step < STEPS; step++)
        for (unsigned lasting = 0; lasting < 2; lasting++) {
            bool happened = true;
            for (size_t nth = 1; happened; nth++) {
                struct pair_link *link = put_back(&town);
                uint64_t number = link->number;
                struct buffer bytes = play_until(&town, link, step);
                happened = bytes.size > 0 && link->number != 0 &&
                           receive_starving(step % 2 == 0 ? town.centre : town.joiner, number,
                                   buffer_bytes(&bytes), nth, lasting == 1);
                buffer_close(&bytes);
                if (happened) {
                    assert_joins(&town);
                    points++;
                }
            }
        }
    printf("%zu points\n", points);
    assert_true(points > 100);
    pair_close(&town.pair);
    heap_failing_end();
}

static void a_join_on_a_bad_disk_goes_on(void **state)
{
    (void)state;
    struct town town;
    size_t points = 0;
    town_open(&town);
    for (int fault = 0; fault < DISK_FAULTS; fault++) {
        bool happened = true;
        for (size_t nth = 1; happened && nth < 500; nth++) {
            for (size_t i = 0; i < town.pair.home_count; i++)
                pair_stop(&town.pair.homes[i]);
            (void)put_back(&town);
            disk_fail_at((enum disk_fault)fault, nth);
            pair_run(&town.pair, 20000);
            happened = disk_failed();
            disk_fail_at((enum disk_fault)fault, 0);
            assert_joins(&town);
            points += happened;
        }
    }
    printf("%zu points\n", points);
    pair_close(&town.pair);
}

/* --- what else is called, without memory --- */

static void note_defect(void *context, const char *what, const char *detail)
{
    (void)what;
    (void)detail;
    ++*(unsigned *)context;
}

static void a_verification_without_memory_names_no_defect(void **state)
{
    (void)state;
    struct town town;
    heap_failing_begin();
    town_open(&town);
    pair_start(town.centre);
    bool happened = true;
    for (size_t nth = 1; happened; nth++) {
        unsigned defects = 0;
        struct grid_check_counts counts = {0};
        struct grid_error error = {0};
        pair_stop(town.centre); /* nothing is in the cache */
        pair_start(town.centre);
        heap_failing_at(nth);
        enum grid_status status =
                grid_node_check(town.centre->node, note_defect, &defects, &counts, &error);
        happened = heap_failing_happened() > 0;
        heap_failing_at(0);
        if (defects != 0 || (status != GRID_OK && status != GRID_NOMEM))
            fail_msg("allocation %zu: %u defects, %d %s", nth, defects, status, error.reason);
        if (happened && status == GRID_OK)
            fail_msg("allocation %zu failed and nobody noticed", nth);
    }
    pair_close(&town.pair);
    heap_failing_end();
}

/* A link that comes up, the clock, a link that goes: what fails breaks the turn, and is said by it.
 */
static void a_link_that_comes_up_without_memory_is_said_by_the_turn(void **state)
{
    (void)state;
    struct town town;
    heap_failing_begin();
    town_open(&town);
    bool happened = true;
    for (size_t nth = 1; happened; nth++) {
        struct pair_link *link = put_back(&town);
        struct grid_error error = {0};
        pair_cut(&town.pair, link, "valley");
        heap_failing_at(nth);
        enum grid_status status = grid_node_link_up(
                town.joiner->node, pair_now(town.joiner), 77, town.centre->identity, true);
        grid_node_tick(town.joiner->node, pair_now(town.joiner));
        enum grid_status committed = pair_commit(town.joiner, &error);
        happened = heap_failing_happened() > 0;
        heap_failing_at(0);
        assert_true(status == GRID_OK || status == GRID_NOMEM);
        assert_true(status == GRID_OK || committed == GRID_NOMEM);
        if (committed == GRID_OK)
            grid_node_link_down(town.joiner->node, pair_now(town.joiner), 77, "valley");
        (void)pair_turn(town.joiner);
        if (happened)
            assert_joins(&town);
    }
    pair_close(&town.pair);
    heap_failing_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_join_without_memory_goes_on),
            cmocka_unit_test(a_join_on_a_bad_disk_goes_on),
            cmocka_unit_test(a_verification_without_memory_names_no_defect),
            cmocka_unit_test(a_link_that_comes_up_without_memory_is_said_by_the_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
