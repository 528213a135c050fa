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
    assert_true(wait_after(&flow, false, UINT32_MAX) <= 1000);
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
    flow_linked(&flow);
    flow_receipted(&flow);
    assert_int_equal(wait_after(&flow, false, 999), 1000);
}

static void a_busy_parent_spreads_its_children_once(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    flow.spread_ms = 5000;
    int64_t wait_ms = wait_after(&flow, false, 4999);
    assert_true(wait_ms > 4999 && wait_ms <= 6000);
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

static void few_entries_gather_and_a_backlog_never_waits(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    flow_linked(&flow);
    assert_false(flow_gathered(&flow, at(100), 0));
    assert_false(flow_gathered(&flow, at(100), 3));
    assert_int_equal(flow.gather_until_ms, 2100);
    assert_false(flow_gathered(&flow, at(2099), 4)); /* more of it does not put it off */
    assert_true(flow_gathered(&flow, at(2100), 4));
    assert_false(flow_gathered(&flow, at(2100), 0));
    assert_false(flow_gathered(&flow, at(5000), 1)); /* the next one gathers anew */
    assert_true(flow_gathered(&flow, at(5000), 32));
    assert_false(flow_gathered(&flow, at(5001), 0));
    flow_hurry(&flow, at(6000));
    assert_true(flow_gathered(&flow, at(6000), 1));
    assert_false(flow_gathered(&flow, at(6001), 0));
    assert_false(flow_gathered(&flow, at(6002), 1)); /* what was in a hurry has gone */
}

/* The link may be gone again in forty seconds. */
static void what_waited_for_a_link_does_not_gather(void **state)
{
    (void)state;
    struct flow flow;
    flow_open(&flow, true);
    assert_false(flow_gathered(&flow, at(50), 1));
    flow_linked(&flow);
    assert_true(flow_gathered(&flow, at(100), 1));
    assert_true(flow_gathered(&flow, at(101), 1)); /* no credit meanwhile: it stays what it is */
    assert_false(flow_gathered(&flow, at(102), 0));
    assert_false(flow_gathered(&flow, at(103), 1)); /* written since */
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
            cmocka_unit_test(few_entries_gather_and_a_backlog_never_waits),
            cmocka_unit_test(what_waited_for_a_link_does_not_gather),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
