#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/enrol.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A signal that comes when all is done must not make a failure of it: the exit code is what scripts
 * and service managers see. */
static void a_signal_at_the_end_changes_nothing(void **state)
{
    (void)state;
    char base[] = "/tmp/grid-enrol-XXXXXX";
    char path[64], command[96];
    struct config config = {.role = GRID_NODE_CENTRE, .has_listen = true};
    struct grid_error error = {0};
    assert_non_null(mkdtemp(base));
    snprintf(path, sizeof(path), "%s/home", base);
    snprintf(config.unit, sizeof(config.unit), "150622103");
    snprintf(config.name, sizeof(config.name), "纳日松镇综治中心");
    assert_true(address_parse(&config.listen, "127.0.0.1:7440"));
    assert_int_equal(enrol_init(path, &config, &error), GRID_OK);
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(raise(SIGHUP), 0);
    snprintf(command, sizeof(command), "rm -r %s", base);
    assert_int_equal(system(command), 0); /* NOLINT: in a folder of our own */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_signal_at_the_end_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
