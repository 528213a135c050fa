/* Memory ends and disks fail, once at every place: nothing that was acknowledged is lost, and a
 * node that is opened again goes on (F2, F5; I1, I6). */
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
    struct pair_home *centre, *worker;
    unsigned reports;
};

static void town_open(struct town *town, uint64_t seed)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
    town->worker->unreachable = true;
    pair_cut(&town->pair, pair_link_of(town->worker), "valley");
}

static void assert_all_there(struct town *town)
{
    char here[65];
    char there[65];
    town->worker->unreachable = false;
    pair_sync(town->worker);
    assert_int_equal(pair_case_count(town->worker), town->reports);
    assert_int_equal(pair_case_count(town->centre), town->reports);
    assert_int_equal(pair_queue(town->worker, "held"), town->reports);
    pair_digest(town->worker, here);
    pair_digest(town->centre, there);
    assert_string_equal(here, there);
    (void)pair_check(town->worker);
    (void)pair_check(town->centre);
}

/* The nth report of this test, with a key of its own. */
static enum grid_status try_report(struct town *town, struct grid_error *error)
{
    char key[32];
    char title[64];
    struct buffer reply = {0};
    snprintf(key, sizeof(key), "key-%u", town->reports);
    snprintf(title, sizeof(title), "第%u号隐患", town->reports);
    *error = (struct grid_error){0};
    enum grid_status status = pair_submit(town->worker, "report",
            FIELDS("title", title, "unit", STAGE_MICRO, "key", key, "tag", "mining"), &reply,
            error);
    assert_true(status != GRID_OK || reply.size > 0);
    buffer_close(&reply);
    return status;
}

/* --- memory --- */

static void a_submit_without_memory_loses_nothing(void **state)
{
    struct town town;
    struct grid_error error;
    heap_failing_begin();
    heap_failing_in_libraries(*state != NULL);
    town_open(&town, 1);
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        assert_true(nth < 10000);
        heap_failing_at(nth);
        enum grid_status status = try_report(&town, &error);
        enum grid_status committed = pair_commit(town.worker, &error);
        failed = heap_failing_happened() > 0;
        heap_failing_at(0);
        assert_true(status == GRID_OK || status == GRID_NOMEM);
        assert_true(committed == GRID_OK || committed == GRID_NOMEM);
        bool acknowledged = status == GRID_OK && committed == GRID_OK;
        if (committed == GRID_OK)
            assert_true(pair_turn(town.worker));
        else
            assert_false(pair_turn(town.worker)); /* opened again */
        assert_int_equal(pair_case_count(town.worker), town.reports + acknowledged);
        if (!acknowledged) {
            assert_ok(try_report(&town, &error));
            assert_true(pair_turn(town.worker));
        }
        town.reports++;
    }
    assert_true(town.reports > 20);
    assert_all_there(&town);
    pair_close(&town.pair);
    heap_failing_end();
}

static void deliver_without_memory(struct town *town, struct pair_link *link, struct pair_way *way,
        size_t nth, bool *failed, bool *broke)
{
    struct pair_home *to = way == &link->up ? town->centre : town->worker;
    struct grid_error error = {0};
    struct buffer taken = {0};
    buffer_append(&taken, way->bytes.data, way->bytes.size);
    buffer_clear(&way->bytes);
    heap_failing_at(nth);
    enum grid_status status =
            grid_node_receive(to->node, pair_now(to), link->number, buffer_bytes(&taken));
    enum grid_status committed = pair_commit(to, &error);
    *failed = heap_failing_happened() > 0;
    heap_failing_at(0);
    assert_true(status == GRID_OK || status == GRID_NOMEM);
    assert_true(committed == GRID_OK || committed == GRID_NOMEM);
    assert_true(status == GRID_OK || committed != GRID_OK);
    *broke = committed != GRID_OK;
    buffer_close(&taken);
}

/* Whoever receives, and whatever: HELLO, data, receipts. */
static void receive_without_memory(bool centre_fails, unsigned frames_before)
{
    struct town town;
    struct grid_error error;
    town_open(&town, 2);
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        assert_true(nth < 10000);
        assert_ok(try_report(&town, &error));
        assert_true(pair_turn(town.worker));
        town.reports++;
        grid_node_hurry(town.worker->node, pair_now(town.worker));
        struct pair_link *link = pair_connect(town.worker, town.centre);
        assert_non_null(link);
        for (unsigned i = 0; i < frames_before; i++) { /* HELLOs, then data, then the receipt */
            (void)pair_deliver(link, &link->down, 0);
            (void)pair_turn(town.worker);
            (void)pair_deliver(link, &link->up, 0);
            (void)pair_turn(town.centre);
        }
        bool broke = false;
        deliver_without_memory(
                &town, link, centre_fails ? &link->up : &link->down, nth, &failed, &broke);
        struct pair_home *who = centre_fails ? town.centre : town.worker;
        assert_int_equal(pair_turn(who), !broke);
        if (link->number != 0)
            pair_cut(&town.pair, link, "valley");
        /* what came before is whole */
        link = pair_connect(town.worker, town.centre);
        pair_run(&town.pair, 5000);
        assert_int_equal(pair_case_count(town.centre), town.reports);
        if (pair_link_of(town.worker) != NULL)
            pair_cut(&town.pair, pair_link_of(town.worker), "valley");
    }
    assert_all_there(&town);
    pair_close(&town.pair);
}

static void a_receive_without_memory_loses_nothing(void **state)
{
    heap_failing_begin();
    heap_failing_in_libraries(*state != NULL);
    for (unsigned before = 0; before < 3; before++) {
        receive_without_memory(true, before);
        receive_without_memory(false, before);
    }
    heap_failing_end();
}

static void an_action_without_memory_loses_nothing(void **state)
{
    struct town town;
    struct grid_error error;
    heap_failing_begin();
    heap_failing_in_libraries(*state != NULL);
    town_open(&town, 3);
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        assert_true(nth < 10000);
        assert_ok(try_report(&town, &error));
        assert_true(pair_turn(town.worker));
        town.reports++;
        grid_node_hurry(town.worker->node, pair_now(town.worker));
        struct pair_link *link = pair_connect(town.worker, town.centre);
        assert_non_null(link);
        struct buffer down = link->down.bytes;
        link->down.bytes = (struct buffer){0};
        (void)grid_node_receive(
                town.worker->node, pair_now(town.worker), link->number, buffer_bytes(&down));
        assert_ok(pair_commit(town.worker, &error));
        struct grid_action action;
        heap_failing_at(nth);
        while (grid_node_next_action(town.worker->node, pair_now(town.worker), &action)) {
            heap_failing_at(0); /* the test's own part of it */
            if (action.type == GRID_ACTION_MARK)
                town.worker->keyring = *action.keyring;
            failed = heap_failing_happened() > 0;
            if (!failed)
                heap_failing_at(nth);
        }
        failed = heap_failing_happened() > 0;
        heap_failing_at(0);
        buffer_close(&down);
        (void)pair_turn(town.worker);
        if (link->number != 0)
            pair_cut(&town.pair, link, "valley");
        link = pair_connect(town.worker, town.centre);
        pair_run(&town.pair, 5000);
        assert_int_equal(pair_case_count(town.centre), town.reports);
        if (pair_link_of(town.worker) != NULL)
            pair_cut(&town.pair, pair_link_of(town.worker), "valley");
    }
    assert_all_there(&town);
    pair_close(&town.pair);
    heap_failing_end();
}

static enum grid_status ignore_row(void *context, const char *list, struct bytes record)
{
    (void)context;
    (void)list;
    (void)record;
    return GRID_OK;
}

static void a_question_without_memory_says_so(void **state)
{
    static const char *const verbs[] = {"cases", "conflicts", "queue", "status", "devices",
            "roster_tree", "categories", "places", "preview"};
    struct town town;
    struct grid_error error;
    heap_failing_begin();
    heap_failing_in_libraries(*state != NULL);
    town_open(&town, 4);
    for (; town.reports < 3; town.reports++) {
        assert_ok(try_report(&town, &error));
        assert_true(pair_turn(town.worker));
    }
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        bool failed = true;
        for (size_t nth = 1; failed; nth++) {
            const struct grid_request request = {.verb = bytes_text(verbs[i])};
            struct buffer end = {0};
            struct pair_home *home = i % 2 == 0 ? town.worker : town.centre;
            pair_stop(home); /* nothing is in the cache */
            pair_start(home);
            assert_true(nth < 10000);
            heap_failing_at(nth);
            enum grid_status status = grid_node_ask(
                    home->node, pair_now(home), &request, ignore_row, NULL, &end, &error);
            failed = heap_failing_happened() > 0;
            heap_failing_at(0);
            if (failed && status == GRID_OK && !end.failed && *state == NULL)
                fail_msg("%s: allocation %zu failed and nobody noticed", verbs[i], nth);
            if (status != GRID_OK && status != GRID_NOMEM)
                fail_msg("%s: allocation %zu: %s %s", verbs[i], nth, error.reason, error.detail);
            buffer_close(&end);
        }
    }
    assert_all_there(&town);
    pair_close(&town.pair);
    heap_failing_end();
}

static void an_open_without_memory_fails_whole(void **state)
{
    struct town town;
    struct grid_error error;
    heap_failing_begin();
    heap_failing_in_libraries(*state != NULL);
    town_open(&town, 5);
    for (; town.reports < 3; town.reports++) {
        assert_ok(try_report(&town, &error));
        assert_true(pair_turn(town.worker));
    }
    for (unsigned side = 0; side < 2; side++) {
        struct pair_home *home = side == 0 ? town.worker : town.centre;
        bool failed = true;
        for (size_t nth = 1; failed; nth++) {
            assert_true(nth < 10000);
            pair_stop(home);
            size_t held = heap_failing_held();
            heap_failing_at(nth);
            enum grid_status status = pair_try_start(home, &error);
            failed = heap_failing_happened() > 0;
            heap_failing_at(0);
            if (status != GRID_OK) {
                assert_int_equal(status, GRID_NOMEM);
                assert_null(home->node);
                assert_int_equal(heap_failing_held(), held);
            } else if (failed && *state == NULL) { /* a library may do without */
                fail_msg("%s: allocation %zu failed and nobody noticed", home->name, nth);
            }
        }
        (void)pair_turn(home);
    }
    assert_all_there(&town);
    pair_close(&town.pair);
    heap_failing_end();
}

/* --- disks --- */

/* Files a report until it is acknowledged; the disk fails at its nth operation. */
static bool report_on_bad_disk(struct town *town, enum disk_fault fault, size_t nth)
{
    struct grid_error error;
    disk_fail_at(fault, nth);
    bool acknowledged = false;
    for (unsigned tries = 0; !acknowledged; tries++) {
        assert_true(tries < 4);
        bool accepted = try_report(town, &error) == GRID_OK;
        if (!accepted)
            assert_int_equal(error.status, GRID_STORAGE);
        acknowledged = pair_turn(town->worker) && accepted;
    }
    town->reports++;
    bool failed = disk_failed();
    disk_fail_at(fault, 0);
    return failed;
}

static void a_disk_that_fails_under_a_report_loses_nothing(void **state)
{
    (void)state;
    for (int fault = 0; fault < DISK_FAULTS; fault++) {
        struct town town;
        town_open(&town, 10 + (uint64_t)fault);
        for (size_t nth = 1; nth < 60; nth++) {
            (void)report_on_bad_disk(&town, (enum disk_fault)fault, nth);
            assert_int_equal(pair_case_count(town.worker), town.reports);
            if (nth % 7 == 0) { /* a cold cache, and a checkpoint at the close */
                pair_stop(town.worker);
                pair_start(town.worker);
            }
        }
        assert_all_there(&town);
        pair_close(&town.pair);
    }
}

/* F5: ENOSPC and EIO at each point of an exchange change nothing on the other side. */
static void a_disk_that_fails_under_a_session_loses_nothing(void **state)
{
    (void)state;
    for (int fault = 0; fault < DISK_FAULTS; fault++) {
        struct town town;
        struct grid_error error;
        unsigned calm = 0;
        town_open(&town, 20 + (uint64_t)fault);
        for (size_t nth = 1; calm < 5 && nth < 120; nth++) {
            assert_ok(try_report(&town, &error));
            assert_true(pair_turn(town.worker));
            town.reports++;
            disk_fail_at((enum disk_fault)fault, nth);
            grid_node_hurry(town.worker->node, pair_now(town.worker));
            struct pair_link *link = pair_connect(town.worker, town.centre);
            pair_run(&town.pair, 5000);
            calm = disk_failed() ? 0 : calm + 1;
            disk_fail_at((enum disk_fault)fault, 0);
            link = pair_link_of(town.worker);
            if (link != NULL)
                pair_cut(&town.pair, link, "valley");
            /* a receipt is the truth about the other disk */
            assert_true(pair_queue(town.worker, "held") <= pair_case_count(town.centre));
        }
        assert_all_there(&town);
        pair_close(&town.pair);
    }
}

int main(void)
{
    static bool in_libraries = true; /* SQLite's and libcrypto's memory ends as well as ours */
    heap_failing_register_libraries();
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_submit_without_memory_loses_nothing),
            cmocka_unit_test_prestate(a_submit_without_memory_loses_nothing, &in_libraries),
            cmocka_unit_test(a_receive_without_memory_loses_nothing),
            cmocka_unit_test_prestate(a_receive_without_memory_loses_nothing, &in_libraries),
            cmocka_unit_test(an_action_without_memory_loses_nothing),
            cmocka_unit_test_prestate(an_action_without_memory_loses_nothing, &in_libraries),
            cmocka_unit_test(a_question_without_memory_says_so),
            cmocka_unit_test_prestate(a_question_without_memory_says_so, &in_libraries),
            cmocka_unit_test(an_open_without_memory_fails_whole),
            cmocka_unit_test_prestate(an_open_without_memory_fails_whole, &in_libraries),
            cmocka_unit_test(a_disk_that_fails_under_a_report_loses_nothing),
            cmocka_unit_test(a_disk_that_fails_under_a_session_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
