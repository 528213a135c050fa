#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/home.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[] = "/tmp/grid-home-XXXXXX";
static char path[sizeof(base) + 16];

static int make_base(void **state)
{
    (void)state;
    (void)snprintf(base, sizeof(base), "/tmp/grid-home-XXXXXX");
    if (mkdtemp(base) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/a/b", base);
    return 0;
}

static int remove_base(void **state)
{
    (void)state;
    return rmdir(base); /* every test leaves it empty */
}

static void a_home_is_made_private_and_removed_without_a_trace(void **state)
{
    (void)state;
    struct home home;
    struct stat folder;
    assert_int_equal(home_make(&home, path, NULL), GRID_OK);
    assert_int_equal(home.state, HOME_EMPTY);
    assert_int_equal(stat(path, &folder), 0);
    assert_int_equal(folder.st_mode & 0777, 0700);
    assert_int_equal(key_file_make(home.directory, NULL), GRID_OK);
    (void)home_check_space(&home, 1, true);
    home_remove(&home);
}

static void one_home_has_one_user(void **state)
{
    (void)state;
    struct home home;
    struct home other;
    struct grid_error error = {0};
    static char expected[HOME_PATH_BYTES + 32];
    assert_int_equal(home_make(&home, path, NULL), GRID_OK);
    assert_int_equal(key_file_make(home.directory, NULL), GRID_OK);
    assert_int_equal(home_open(&other, path, &error), GRID_REFUSED);
    assert_string_equal(error.reason, "home_locked");
    (void)snprintf(expected, sizeof(expected), "%s" GRID_ARG "%ld", home.path, (long)getpid());
    assert_string_equal(error.detail, expected);
    home_remove(&home);
}

static void files_of_others_are_not_closed_in(void **state)
{
    (void)state;
    struct home home;
    struct grid_error error = {0};
    char file[sizeof(base) + 16];
    struct stat folder;
    (void)snprintf(file, sizeof(file), "%s/letter", base);
    (void)close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    (void)chmod(base, 0755);
    assert_int_equal(home_make(&home, base, &error), GRID_REFUSED);
    assert_string_equal(error.reason, "home_foreign");
    assert_int_equal(stat(base, &folder), 0);
    assert_int_equal(folder.st_mode & 0777, 0755);
    assert_int_equal(home_open(&home, base, &error), GRID_NOT_FOUND);
    (void)unlink(file);
}

static void a_home_is_ready_only_with_its_configuration(void **state)
{
    (void)state;
    struct home home;
    struct config config = {.role = GRID_NODE_CENTRE, .unit = "150622103", .name = "纳日松镇"};
    struct config back;
    struct grid_error error = {0};
    config.has_listen = address_parse(&config.listen, "127.0.0.1:7000");
    assert_int_equal(home_make(&home, path, NULL), GRID_OK);
    assert_int_equal(key_file_make(home.directory, NULL), GRID_OK);
    home_close(&home);
    assert_int_equal(home_make(&home, path, NULL), GRID_OK);
    assert_int_equal(home.state, HOME_STARTED);
    assert_int_equal(home_require_ready(&home, &error), GRID_REFUSED);
    assert_int_equal(home_write_config(&home, &config, &error), GRID_OK);
    home_close(&home);
    assert_int_equal(home_open(&home, path, NULL), GRID_OK);
    assert_int_equal(home_require_ready(&home, &error), GRID_OK);
    assert_int_equal(home_read_config(&home, &back, &error), GRID_OK);
    assert_string_equal(back.name, "纳日松镇");
    home.made_folders = 2; /* as if this process had made them */
    home_remove(&home);
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_base, remove_base)
    const struct CMUnitTest tests[] = {
            IN_A_FOLDER(a_home_is_made_private_and_removed_without_a_trace),
            IN_A_FOLDER(one_home_has_one_user),
            IN_A_FOLDER(files_of_others_are_not_closed_in),
            IN_A_FOLDER(a_home_is_ready_only_with_its_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
