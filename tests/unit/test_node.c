/* A handheld and its centre, from the first report to the last receipt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/pair.h"

#include <stdio.h>
#include <string.h>

static void a_report_travels_up_and_its_receipt_comes_back(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, 1);
    struct pair_home *centre = pair_centre(&pair);
    struct pair_home *worker = pair_handheld(&pair, centre, "w1");
    pair_report(worker, "井口围栏倒了一段", NULL);
    pair_settle(&pair);
    assert_int_equal(pair_titled(centre, "井口围栏倒了一段"), 1);
    assert_int_equal(pair_queue(worker, "held"), 1);
    char here[65];
    char there[65];
    pair_digest(worker, here);
    pair_digest(centre, there);
    assert_string_equal(here, there);
    pair_check(worker);
    pair_check(centre);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_report_travels_up_and_its_receipt_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
