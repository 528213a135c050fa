/* When to try again, and what may wait (D17, F22, F48, F50). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/sync/sync.h"

static struct grid_now at(int64_t mono_ms)
{
    return (struct grid_now){.mono_ms = mono_ms};
}

static int64_t wait_after(struct flow *flow, bool urgent, uint32_t random)
{
    flow_lost(flow, at(1000000), urgent, random, "link_failed");
    return flow->next_attempt_ms - 1000000;
}

static void the_first_attempt_is_made_at_once(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    assert_int_equal(flow.next_attempt_ms, 0);
    flow_open(&flow, false);
    assert_true(flow.next_attempt_ms == INT64_MAX);
}

static void backoff_doubles_to_a_quarter_of_an_hour(void **state)
{
    (void)state;
    struct flow flow;
    int64_t most_ms = 1000;
    flow_open(&flow, true);
    for (unsigned i = 0; i < 40; i++) {
        struct flow low = flow;
        assert_int_equal(wait_after(&low, false, 0), 1); /* full jitter: from next to nothing */
        assert_int_equal(wait_after(&flow, false, (uint32_t)most_ms - 1), most_ms);
        most_ms = most_ms * 2 > 900000 ? 900000 : most_ms * 2;
    }
    assert_int_equal(most_ms, 900000);
    assert_true(flow.reason[0] != '\0');
}

static void what_is_urgent_waits_half_a_minute_at_most(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    for (unsigned i = 0; i < 40; i++)
        assert_true(wait_after(&flow, true, UINT32_MAX) <= 30000);
}

static void only_a_receipt_ends_the_backoff(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    for (unsigned i = 0; i < 10; i++)
        (void)wait_after(&flow, false, 0);
    flow_linked(&flow);
    assert_true(wait_after(&flow, false, 511999) > 100000);
    flow_linked(&flow);
    flow_receipted(&flow);
    assert_true(wait_after(&flow, false, UINT32_MAX) <= 6000);
}

/* F50: a copied handheld takes the link from the other, and the other takes it back. */
static void twins_do_not_take_the_link_from_each_other_for_ever(void **state)
{
    (void)state;
    struct flow flow;
    int64_t most_ms = 1000;
    flow_open(&flow, true);
    for (unsigned i = 0; i < 12; i++) {
        most_ms = most_ms * 2 > 900000 ? 900000 : most_ms * 2;
        flow_linked(&flow);
        flow_receipted(&flow);
        flow_lost(&flow, at(1000000), false, (uint32_t)most_ms - 1, "replaced");
        assert_int_equal(flow.next_attempt_ms - 1000000, most_ms);
    }
    /* that the road is cut in between ends nothing of it */
    flow_attempted(&flow, at(999000));
    flow_linked(&flow);
    flow_receipted(&flow);
    assert_int_equal(wait_after(&flow, false, 899999), 900000);
    flow_attempted(&flow, at(999000));
    flow_linked(&flow);
    flow_receipted(&flow);
    flow_further(&flow);
    assert_int_equal(wait_after(&flow, false, 999), 1000);
    /* nor does it go on once a link has lasted */
    flow_lost(&flow, at(1000000), false, 0, "replaced");
    flow_attempted(&flow, at(100000));
    flow_linked(&flow);
    flow_receipted(&flow);
    assert_int_equal(wait_after(&flow, false, 999), 1000);
}

static void a_busy_parent_spreads_its_children_once(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    flow_busy(&flow, UINT32_MAX);
    assert_int_equal(wait_after(&flow, false, 5999), 6000);
    assert_int_equal(flow.spread_ms, 0);
}

static void whoever_waits_for_it_does_not_wait_long(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    for (unsigned i = 0; i < 20; i++)
        (void)wait_after(&flow, false, UINT32_MAX);
    flow_hurry(&flow, at(2000000));
    assert_int_equal(flow.next_attempt_ms, 2000000);
    flow.connecting = true;
    flow_lost(&flow, at(2000000), false, UINT32_MAX, NULL);
    assert_true(flow.next_attempt_ms <= 2001000);
    assert_int_equal(flow.reason[0], '\0');
    flow_lost(&flow, at(2000000 + 61000), false, UINT32_MAX, NULL); /* not for ever (F50) */
    assert_true(flow.next_attempt_ms > 2000000 + 61000 + 1000);
}

/* An interface that came up is tried at once for what is urgent, else within a second (F19). */
static void a_road_that_came_up_is_tried_soon(void **state)
{
    (void)state;
    for (unsigned urgent = 0; urgent < 2; urgent++) {
        struct flow flow;
        flow_open(&flow, true);
        flow_attempted(&flow, at(0));
        for (unsigned i = 0; i < 20; i++)
            (void)wait_after(&flow, false, UINT32_MAX);
        flow_road(&flow, at(1000500), false, urgent, 0); /* what went gives no hope */
        assert_true(flow.next_attempt_ms > 1010000);
        flow_road(&flow, at(1001000), true, urgent, 999);
        assert_int_equal(flow.next_attempt_ms, urgent ? 1001000 : 1002000);
        flow_attempted(&flow, at(flow.next_attempt_ms));
        flow_road(&flow, at(1002000), true, urgent, 999); /* while we call on the old one */
        assert_true(flow.next_attempt_ms == INT64_MAX);
        flow_lost(&flow, at(1003000), urgent, UINT32_MAX, "no_route");
        assert_true(flow.next_attempt_ms <= 1004000);
        flow_attempted(&flow, at(1004000));
        flow_lost(&flow, at(1004000), false, 899999, "no_route"); /* and once only */
        assert_int_equal(flow.next_attempt_ms, 1004000 + 900000);
    }
}

/* It does not call more often than once a second because an interface comes and goes (F50). */
static void a_road_that_flutters_is_not_followed(void **state)
{
    (void)state;
    struct flow flow;
    unsigned attempts = 0;
    flow_open(&flow, true);
    for (int64_t ms = 0; ms < 60000; ms += 10) {
        if (flow.next_attempt_ms <= ms) {
            flow_attempted(&flow, at(ms));
            flow_lost(&flow, at(ms), true, UINT32_MAX, "no_route");
            attempts++;
        }
        flow_road(&flow, at(ms), ms % 20 == 0, true, 999);
    }
    assert_in_range(attempts, 1, 61);
}

static void a_road_says_nothing_to_who_has_no_parent(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, false);
    flow_road(&flow, at(5000), true, true, 0);
    assert_true(flow.next_attempt_ms == INT64_MAX);
}

/* F48: all its children lost it at once. */
static void children_of_a_parent_that_went_away_are_spread(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    flow_linked(&flow);
    flow_receipted(&flow);
    assert_int_equal(wait_after(&flow, false, 5999), 6000);
    flow_linked(&flow);
    flow_receipted(&flow);
    flow_road(&flow, at(0), false, false, 0); /* it was our own road */
    assert_int_equal(wait_after(&flow, false, 5999), 1000);
    flow_linked(&flow);
    flow_receipted(&flow);
    flow_hurry(&flow, at(999999)); /* somebody waits for it */
    assert_true(wait_after(&flow, false, 5999) <= 1000);
}

static void what_became_urgent_brings_the_attempt_forward(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    for (unsigned i = 0; i < 20; i++)
        (void)wait_after(&flow, false, 899999);
    assert_true(flow_waits_long(&flow, at(1000000)));
    flow_urgent(&flow, at(1000000), 29999);
    assert_int_equal(flow.next_attempt_ms, 1030000);
    assert_false(flow_waits_long(&flow, at(1000000)));
    flow_urgent(&flow, at(1000000), 5); /* not drawn again */
    assert_int_equal(flow.next_attempt_ms, 1030000);
    flow.connecting = true;
    assert_false(flow_waits_long(&flow, at(0)));
}

static void why_it_failed_is_said_until_it_goes_well(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    flow_lost(&flow, at(0), false, 0, "silent");
    flow_attempted(&flow, at(1));
    flow_linked(&flow);
    assert_string_equal(flow.reason, "silent");
    flow_receipted(&flow);
    assert_string_equal(flow.reason, "");
}

/* --- may_send --- */

/* Each condition alone, and every combination of them, against the sentences of D17. */
static void what_may_go_is_a_table(void **state)
{
    (void)state;
    unsigned rows = 0;
    for (unsigned what = FLOW_URGENT; what <= FLOW_BLOB; what++)
        for (unsigned bits = 0; bits < 1u << 10; bits++) {
            bool open = bits & 1;
            bool credit = bits & 2;
            bool waits = bits & 4;
            bool others = bits & 8;
            bool ahead = bits & 16;
            bool backlog = bits & 32;
            bool hurry = bits & 64;
            bool gathered = bits & 128;
            bool metered = bits & 256;
            bool blobs_anyway = bits & 512;
            struct flow_item item = {.what = what,
                    .waiting = waits,
                    .others_wait = others,
                    .backlog = backlog,
                    .gather_until_ms = gathered ? 1000 : 1001};
            struct flow_road road = {.open = open,
                    .metered = metered,
                    .unsent_bytes = GRID_LINK_CREDIT_BYTES - credit,
                    .urgent_lead_bytes = ahead};
            struct flow_policy policy = {
                    .hurry_until_ms = hurry ? 1001 : 1000, .blobs_when_metered = blobs_anyway};
            const bool may[] = {
                    [FLOW_URGENT] = !(others && ahead),
                    [FLOW_WORK] = backlog || hurry || gathered,
                    [FLOW_DOWN] = true,
                    [FLOW_BLOB] = !metered || blobs_anyway,
            };
            assert_int_equal(may_send(&item, &road, &policy, at(1000)),
                    open && credit && waits && may[what]);
            rows++;
        }
    assert_int_equal(rows, 4096);
}

/* What may go later is asked again then: nothing that waits is waited for without end (F19). */
static void whatever_may_not_go_has_a_time_or_an_event_that_changes_it(void **state)
{
    (void)state;
    struct flow flow;
    const struct flow_policy policy = {0};
    const struct flow_road road = {.open = true};
    flow_open(&flow, true);
    flow_gather(&flow, at(100), 1);
    struct flow_item item = {
            .what = FLOW_WORK, .waiting = 1, .gather_until_ms = flow.gather_until_ms};
    assert_int_equal(flow.gather_until_ms, 2100);
    assert_false(may_send(&item, &road, &policy, at(2099)));
    assert_true(may_send(&item, &road, &policy, at(2100)));
    flow_gather(&flow, at(1000), 5); /* more of it does not put it off */
    assert_int_equal(flow.gather_until_ms, 2100);
    item.waiting = 31;
    assert_false(may_send(&item, &road, &policy, at(200)));
    item.waiting = 32;
    assert_true(may_send(&item, &road, &policy, at(200)));
    flow_gather(&flow, at(2100), 0);
    assert_int_equal(flow.gather_until_ms, 0); /* the next one gathers anew */
}

/* The link may be gone again in forty seconds. */
static void what_waited_for_a_link_does_not_gather(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    flow_linked(&flow);
    assert_true(flow.backlog);
    flow_gather(&flow, at(100), 1);
    assert_true(flow.backlog); /* no credit meanwhile: it stays what it is */
    flow_gather(&flow, at(102), 0);
    assert_false(flow.backlog);
}

static void what_was_in_a_hurry_has_gone(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    flow_hurry(&flow, at(6000));
    assert_int_equal(flow.hurry_until_ms, 66000);
    flow_gather(&flow, at(6001), 0);
    assert_int_equal(flow.hurry_until_ms, 0);
}

/* I14: both lanes are full; frames of any size. */
static void no_lane_starves(void **state)
{
    (void)state;
    const struct flow_policy policy = {0};
    const size_t sizes[][2] = {{65536, 65536}, {12000, 300}, {300, 12000}, {1, 65536}, {65536, 1}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint64_t sent[2] = {0};
        uint64_t since_work = 0;
        uint64_t most_between = 0;
        struct flow flow;
        flow_open(&flow, true);
        flow_linked(&flow);
        for (unsigned frames = 0; frames < 200000; frames++) {
            struct flow_item urgent = {.what = FLOW_URGENT, .waiting = 9, .others_wait = true};
            struct flow_road road = {.open = true, .urgent_lead_bytes = flow.urgent_lead_bytes};
            bool is_urgent = may_send(&urgent, &road, &policy, at(0));
            assert_true(is_urgent || frames > 0); /* the urgent lane is the first */
            size_t size = sizes[i][is_urgent ? 0 : 1];
            flow_sent(&flow, is_urgent, true, size);
            sent[is_urgent ? 0 : 1] += size;
            since_work = is_urgent ? since_work + size : 0;
            most_between = since_work > most_between ? since_work : most_between;
        }
        assert_true(sent[0] <= 7 * sent[1] + 8 * 65536);
        assert_true(sent[0] + 8 * 65536 >= 7 * sent[1] || sizes[i][0] < sizes[i][1]);
        assert_true(most_between <= 8 * 65536);
    }
}

static void what_is_urgent_alone_has_the_whole_road(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    flow_sent(&flow, true, true, 5000);
    assert_int_equal(flow.urgent_lead_bytes, 5000);
    flow_sent(&flow, true, false, 5000);
    assert_int_equal(flow.urgent_lead_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_first_attempt_is_made_at_once),
            cmocka_unit_test(backoff_doubles_to_a_quarter_of_an_hour),
            cmocka_unit_test(what_is_urgent_waits_half_a_minute_at_most),
            cmocka_unit_test(only_a_receipt_ends_the_backoff),
            cmocka_unit_test(twins_do_not_take_the_link_from_each_other_for_ever),
            cmocka_unit_test(a_busy_parent_spreads_its_children_once),
            cmocka_unit_test(whoever_waits_for_it_does_not_wait_long),
            cmocka_unit_test(a_road_that_came_up_is_tried_soon),
            cmocka_unit_test(a_road_that_flutters_is_not_followed),
            cmocka_unit_test(a_road_says_nothing_to_who_has_no_parent),
            cmocka_unit_test(children_of_a_parent_that_went_away_are_spread),
            cmocka_unit_test(what_became_urgent_brings_the_attempt_forward),
            cmocka_unit_test(why_it_failed_is_said_until_it_goes_well),
            cmocka_unit_test(what_may_go_is_a_table),
            cmocka_unit_test(whatever_may_not_go_has_a_time_or_an_event_that_changes_it),
            cmocka_unit_test(what_waited_for_a_link_does_not_gather),
            cmocka_unit_test(what_was_in_a_hurry_has_gone),
            cmocka_unit_test(no_lane_starves),
            cmocka_unit_test(what_is_urgent_alone_has_the_whole_road),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
