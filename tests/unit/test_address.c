#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/address.h"

#include <string.h>

static void addresses_are_read_in_all_three_forms(void **state)
{
    (void)state;
    static const char *const forms[] = {
            "centre.example:7000", "192.0.2.1:1", "[2001:db8::1]:65535"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct address address;
        char text[ADDRESS_TEXT_BYTES];
        assert_true(address_parse(&address, forms[i]));
        address_print(text, &address);
        assert_string_equal(text, forms[i]);
    }
}

static void everything_else_is_refused(void **state)
{
    (void)state;
    static const char *const forms[] = {"", ":", "host", "host:", ":7000", "host:0", "host:65536",
            "host:-1", "host:70a", "2001:db8::1:7000", "[host]:7000", "[2001:db8::1]", "a b:7000",
            "[::1:7000", "host:000007000", "a/b:70", "a\tb:70"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct address address;
        assert_false(address_parse(&address, forms[i]));
    }
}

static void only_literals_are_numeric(void **state)
{
    (void)state;
    struct sockaddr_storage where;
    struct address address;
    assert_true(address_parse(&address, "localhost:7000"));
    assert_true(address_numeric(&where, &address));
    assert_true(address_parse(&address, "[::]:7000"));
    assert_true(address_numeric(&where, &address) && address_is_any(&address));
    assert_true(address_parse(&address, "centre.example:7000"));
    assert_false(address_numeric(&where, &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(addresses_are_read_in_all_three_forms),
            cmocka_unit_test(everything_else_is_refused),
            cmocka_unit_test(only_literals_are_numeric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
