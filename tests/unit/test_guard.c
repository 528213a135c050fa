#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/guard.h"

#include <stdio.h>

static void the_sixth_attempt_of_a_minute_is_refused_for_a_minute(void **state)
{
    (void)state;
    static struct guard guard;
    for (int i = 0; i < GUARD_FAILURES_MAX; i++) {
        assert_false(guard_refuses(&guard, "192.0.2.1", 1000 + i));
        guard_failed(&guard, "192.0.2.1", 1000 + i);
    }
    assert_true(guard_refuses(&guard, "192.0.2.1", 1005));
    assert_false(guard_refuses(&guard, "192.0.2.2", 1005));
    assert_true(guard_refuses(&guard, "192.0.2.1", 61003));
    assert_false(guard_refuses(&guard, "192.0.2.1", 61004));
}

static void a_mistake_a_minute_is_forgiven(void **state)
{
    (void)state;
    static struct guard guard;
    for (int64_t i = 0; i < 20; i++) {
        guard_failed(&guard, "192.0.2.1", i * 61000);
        assert_false(guard_refuses(&guard, "192.0.2.1", i * 61000));
    }
}

static void other_addresses_do_not_free_a_refused_one_while_there_is_room(void **state)
{
    (void)state;
    static struct guard guard;
    char address[32];
    for (int i = 0; i < GUARD_FAILURES_MAX; i++)
        guard_failed(&guard, "192.0.2.1", 5000);
    for (int i = 0; i < GUARD_PLACES - 1; i++) {
        (void)snprintf(address, sizeof(address), "198.51.100.%d", i);
        guard_failed(&guard, address, 5001);
    }
    assert_true(guard_refuses(&guard, "192.0.2.1", 5002));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_sixth_attempt_of_a_minute_is_refused_for_a_minute),
            cmocka_unit_test(a_mistake_a_minute_is_forgiven),
            cmocka_unit_test(other_addresses_do_not_free_a_refused_one_while_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
