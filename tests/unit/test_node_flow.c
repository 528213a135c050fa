/* When a node calls, what it shows of that, and what it says when it gets no further (D17, F22,
 * F48, I20). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/node.h"
#include "tests/lib/pair.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct town {
    struct pair pair;
    struct pair_home *centre, *worker;
};

static void town_open(struct town *town, uint64_t seed)
{
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
}

static void file_report(struct town *town, bool urgent)
{
    pair_act(town->worker, "report",
            FIELDS("title", "井下冒顶", "unit", STAGE_MICRO, "urgency", urgent ? "U1" : "U3"),
            NULL);
}

/* --- the next attempt that is shown (F22) --- */

/* What the person saw last: when it will be tried; INT64_MAX: no time was shown. */
static int64_t look(struct pair_home *home)
{
    struct pair_answer status, queue;
    pair_ask(home, "status", NULL, &status);
    pair_ask(home, "queue", NULL, &queue);
    struct bytes parent = pair_member(buffer_bytes(&status.end), "parent.next_attempt_s");
    struct bytes same = pair_member(buffer_bytes(&queue.end), "next_attempt_s");
    assert_true(bytes_equal(parent, same));
    bool none = parent.size == 1 && parent.data[0] == 0xc0;
    int64_t due_ms =
            none ? INT64_MAX
                 : home->pair->mono_ms +
                            1000 * (int64_t)pair_uint(buffer_bytes(&queue.end), "next_attempt_s");
    pair_answer_close(&status);
    pair_answer_close(&queue);
    return due_ms;
}

struct watcher {
    struct town *town;
    int64_t shown_ms;
    unsigned attempts, looked;
};

/* The time goes on as in the daemon: a turn at each deadline. Whoever looks now and then is never
 * told wrong. */
static void pass(struct watcher *watcher, int64_t for_ms)
{
    struct pair *pair = &watcher->town->pair;
    struct pair_home *worker = watcher->town->worker;
    int64_t end_ms = pair->mono_ms + for_ms;
    while (pair->mono_ms < end_ms && !worker->wants_parent) {
        int64_t next_ms = grid_node_deadline(worker->node);
        if (next_ms > end_ms)
            next_ms = end_ms;
        if (next_ms <= pair->mono_ms)
            next_ms = pair->mono_ms + 1;
        pair->wall_ms += next_ms - pair->mono_ms;
        pair->mono_ms = next_ms;
        grid_node_tick(worker->node, pair_now(worker));
        (void)pair_turn(worker);
        if (worker->wants_parent) {
            watcher->attempts++;
            assert_int_not_equal(watcher->shown_ms, INT64_MAX);
            assert_in_range(pair->mono_ms + 1000 - watcher->shown_ms, 0, 1000);
        } else
            assert_true(pair->mono_ms <= watcher->shown_ms); /* it did not pass unused */
    }
}

static void see(struct watcher *watcher)
{
    watcher->shown_ms = look(watcher->town->worker);
    watcher->looked++;
}

/* A call that was made: it fails after a while, or the link lives for a while and ends. */
static void answer_call(struct watcher *watcher)
{
    struct town *town = watcher->town;
    struct pair *pair = &town->pair;
    struct pair_home *worker = town->worker;
    see(watcher);
    assert_int_equal(watcher->shown_ms, INT64_MAX); /* it is under way: no time */
    int64_t takes_ms = rand() % 20000;
    pair->wall_ms += takes_ms;
    pair->mono_ms += takes_ms;
    if (rand() % 3 == 0)
        grid_node_road(worker->node, pair_now(worker), rand() % 2 == 0);
    if (rand() % 4 != 0) {
        worker->wants_parent = false;
        grid_node_link_down(worker->node, pair_now(worker), 0, "no_route");
        (void)pair_turn(worker);
        see(watcher);
        return;
    }
    struct pair_link *link = pair_connect(worker, town->centre);
    if (rand() % 3 == 0)
        assert_ok(message_pack_busy(&link->down.bytes, (uint32_t)(rand() % 9000)));
    if (rand() % 3 != 0)
        pair_run(pair, 0);
    else
        (void)pair_deliver(link, &link->down, 0);
    (void)pair_turn(worker);
    if (rand() % 3 == 0)
        grid_node_road(worker->node, pair_now(worker), rand() % 2 == 0);
    if (link->number != 0)
        pair_cut(pair, link, rand() % 3 == 0 ? "replaced" : "link_reset");
    see(watcher);
}

static void the_attempt_that_is_shown_is_made_then(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 6; seed++) {
        struct town town;
        struct watcher watcher = {.town = &town};
        srand(seed);
        town_open(&town, seed);
        pair_cut(&town.pair, pair_link_of(town.worker), "link_reset");
        see(&watcher);
        for (unsigned i = 0; i < 400; i++) {
            pass(&watcher, rand() % 8 == 0 ? rand() % 600000 : rand() % 3000);
            if (town.worker->wants_parent)
                answer_call(&watcher);
            unsigned act = (unsigned)rand() % 60;
            if (act < 3)
                file_report(&town, act == 0);
            else if (act < 5)
                grid_node_road(town.worker->node, pair_now(town.worker), act == 3);
            else if (act == 5)
                grid_node_hurry(town.worker->node, pair_now(town.worker));
            else if (act == 6) {
                pair_kill(town.worker);
                pair_start(town.worker);
            }
            if (act > 6)
                continue;
            /* what is shown changes before the attempt is made, unless both are at once */
            if (!town.worker->wants_parent)
                see(&watcher);
            (void)pair_turn(town.worker);
            if (town.worker->wants_parent) {
                assert_true(act == 6 || watcher.shown_ms <= town.pair.mono_ms + 1000);
                answer_call(&watcher);
            }
        }
        assert_true(watcher.attempts > 20);
        pair_close(&town.pair);
    }
}

/* It is quiet for a quarter of an hour when the report of an accident is filed. */
static void an_urgent_report_is_not_kept_waiting_by_an_earlier_silence(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 3);
    pair_cut(&town.pair, pair_link_of(town.worker), "link_reset");
    town.worker->unreachable = true;
    pair_run(&town.pair, 4 * 3600 * INT64_C(1000));
    while (look(town.worker) - town.pair.mono_ms < 120000)
        pair_run(&town.pair, 60000);
    file_report(&town, false);
    assert_true(look(town.worker) - town.pair.mono_ms > 60000);
    file_report(&town, true);
    assert_true(look(town.worker) - town.pair.mono_ms <= 30000);
    town.worker->unreachable = false;
    pair_run(&town.pair, 31000);
    assert_int_equal(pair_status_uint(town.worker, "queue.urgent"), 0);
    assert_int_equal(pair_status_uint(town.worker, "queue.work"), 0);
    pair_close(&town.pair);
}

/* --- why it gets no further (I20) --- */

static void assert_says(struct town *town, const char *reason)
{
    struct pair_answer status;
    struct grid_error why = {0};
    pair_ask(town->worker, "status", NULL, &status);
    struct bytes shown = pair_text(buffer_bytes(&status.end), "parent.reason");
    if (!bytes_equal(shown, bytes_text(reason)))
        fail_msg("%.*s is shown, not %s", (int)shown.size, (const char *)shown.data, reason);
    pair_answer_close(&status);
    assert_false(grid_node_synced(town->worker->node, pair_now(town->worker), &why));
    assert_int_not_equal(why.reason[0], '\0');
}

/* Frames of the parent that do not arrive. */
static void drop_from_centre(void *context, const struct pair_home *from, struct buffer *frame)
{
    const uint8_t *types = context;
    for (; from->parent == NULL && *types != 0 && frame->size > 0; types++)
        if (frame->data[0] == *types)
            buffer_clear(frame);
}

static void lose(struct town *town, const uint8_t *types)
{
    town->pair.wire = drop_from_centre;
    town->pair.wire_context = (void *)(uintptr_t)types;
}

/* Once a second for five minutes, from a minute after it began: it is said, whatever the link does
 * meanwhile. */
static void assert_is_said_from_a_minute_on(struct town *town, const char *reason)
{
    pair_run(&town->pair, 60000);
    for (unsigned i = 0; i < 300; i++) {
        assert_says(town, reason);
        pair_run(&town->pair, 1000);
    }
}

static void a_parent_that_is_not_reached_is_named(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 11);
    pair_cut(&town.pair, pair_link_of(town.worker), "link_reset");
    assert_says(&town, "link_reset");
    town.centre->unreachable = true;
    file_report(&town, false);
    assert_is_said_from_a_minute_on(&town, "unreachable");
    pair_close(&town.pair);
}

static void a_parent_that_says_no_hello_is_named(void **state)
{
    (void)state;
    static const uint8_t hello[] = {FRAME_HELLO, 0};
    struct town town;
    town_open(&town, 12);
    pair_cut(&town.pair, pair_link_of(town.worker), "link_reset");
    pair_run(&town.pair, 0);
    lose(&town, hello);
    file_report(&town, true);
    pair_run(&town.pair, 60000);
    for (unsigned i = 0; i < 60; i++) {
        struct grid_error why = {0};
        struct pair_answer status;
        pair_ask(town.worker, "status", NULL, &status);
        assert_true(pair_text(buffer_bytes(&status.end), "parent.reason").size > 0);
        pair_answer_close(&status);
        assert_false(grid_node_synced(town.worker->node, pair_now(town.worker), &why));
        pair_run(&town.pair, 1000);
    }
    pair_close(&town.pair);
}

static void a_receipt_that_does_not_come_is_named(void **state)
{
    (void)state;
    static const uint8_t receipt[] = {FRAME_RECEIPT, 0};
    struct town town;
    town_open(&town, 13);
    lose(&town, receipt);
    file_report(&town, false);
    for (unsigned i = 0; i < 40; i++) { /* its bytes come, and it says nothing of ours */
        pair_run(&town.pair, 1000);
        pair_report(town.centre, "别处的事", NULL);
    }
    pair_run(&town.pair, 15000);
    struct pair_answer status;
    pair_ask(town.worker, "status", NULL, &status);
    assert_true(pair_text(buffer_bytes(&status.end), "parent.reason").size > 0);
    pair_answer_close(&status);
    town.pair.wire = NULL;
    pair_run(&town.pair, 120000);
    struct grid_error why = {0};
    assert_true(grid_node_synced(town.worker->node, pair_now(town.worker), &why));
    pair_ask(town.worker, "status", NULL, &status);
    assert_int_equal(pair_text(buffer_bytes(&status.end), "parent.reason").size, 0);
    pair_answer_close(&status);
    pair_close(&town.pair);
}

/* What came on an earlier link needs its receipt on this one, which has nothing to show for it. */
static void a_receipt_for_what_came_earlier_is_named_too(void **state)
{
    (void)state;
    static const uint8_t receipt[] = {FRAME_RECEIPT, 0};
    struct town town;
    town_open(&town, 18);
    lose(&town, receipt);
    file_report(&town, true);
    pair_run(&town.pair, 5000);
    assert_int_equal(pair_case_count(town.centre), 1);
    pair_cut(&town.pair, pair_link_of(town.worker), "link_reset");
    pair_run(&town.pair, 10000);
    assert_non_null(pair_link_of(town.worker));
    assert_is_said_from_a_minute_on(&town, "silent");
    town.pair.wire = NULL;
    grid_node_hurry(town.worker->node, pair_now(town.worker));
    pair_run(&town.pair, 60000);
    assert_int_equal(pair_queue(town.worker, "held"), 1);
    pair_close(&town.pair);
}

static void buckets_that_do_not_come_are_named(void **state)
{
    (void)state;
    static const uint8_t down[] = {FRAME_BUCKETS, FRAME_PUT, 0};
    struct town town;
    town_open(&town, 14);
    pair_cut(&town.pair, pair_link_of(town.worker), "link_reset");
    lose(&town, down);
    assert_is_said_from_a_minute_on(&town, "no_buckets");
    pair_close(&town.pair);
}

static void a_parent_whose_disk_is_full_says_so(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 15);
    pair_cut(&town.pair, pair_link_of(town.worker), "link_reset");
    file_report(&town, false);
    for (unsigned i = 0; i < 60; i++) {
        grid_node_set_full(town.centre->node, pair_now(town.centre));
        pair_run(&town.pair, 1000);
    }
    assert_says(&town, "parent_full");
    grid_node_hurry(town.worker->node, pair_now(town.worker));
    pair_run(&town.pair, 70000);
    assert_int_equal(pair_status_uint(town.worker, "queue.work"), 0);
    pair_close(&town.pair);
}

/* BUSY, and the next call is spread over the seconds that it names (F48). */
static void a_parent_without_a_place_says_so_and_when_to_come(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 16);
    pair_cut(&town.pair, pair_link_of(town.worker), "link_reset");
    town.centre->node->sync.link_count += GRID_LINKS_MAX;
    file_report(&town, false);
    pair_run(&town.pair, 60000);
    assert_says(&town, "not_admitted");
    town.centre->node->sync.link_count -= GRID_LINKS_MAX;
    grid_node_hurry(town.worker->node, pair_now(town.worker));
    pair_run(&town.pair, 1000);
    assert_int_equal(pair_status_uint(town.worker, "queue.work"), 0);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_attempt_that_is_shown_is_made_then),
            cmocka_unit_test(an_urgent_report_is_not_kept_waiting_by_an_earlier_silence),
            cmocka_unit_test(a_parent_that_is_not_reached_is_named),
            cmocka_unit_test(a_parent_that_says_no_hello_is_named),
            cmocka_unit_test(a_receipt_that_does_not_come_is_named),
            cmocka_unit_test(a_receipt_for_what_came_earlier_is_named_too),
            cmocka_unit_test(buckets_that_do_not_come_are_named),
            cmocka_unit_test(a_parent_whose_disk_is_full_says_so),
            cmocka_unit_test(a_parent_without_a_place_says_so_and_when_to_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
