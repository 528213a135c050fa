#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/config.h"

#include <stdio.h>
#include <string.h>

static const char whole[] =
        "[node]\nrole = handheld\nunit = 150622103\nname = 张三\n"
        "[parent]\naddress = [2001:db8::1]:7000\n"
        "key = 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
        "[control]\nallow_uid = 1000, 1001\n";

static enum grid_status read(const char *text, struct config *config, struct grid_error *error)
{
    memset(error, 0, sizeof(*error));
    return config_read(config, bytes_text(text), "/h/gridd.conf", error);
}

static void a_file_is_read_whole(void **state)
{
    (void)state;
    struct config config;
    struct grid_error error;
    assert_int_equal(read(whole, &config, &error), GRID_OK);
    assert_int_equal(config.role, GRID_NODE_HANDHELD);
    assert_string_equal(config.unit, "150622103");
    assert_string_equal(config.name, "张三");
    assert_string_equal(config.parent.host, "2001:db8::1");
    assert_int_equal(config.parent.port, 7000);
    assert_int_equal(config.parent_key[31], 0xff);
    assert_int_equal(config.uid_count, 2);
    assert_int_equal(config.uids[1], 1001);
    assert_false(config.has_listen);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    struct config config;
    struct config again;
    struct grid_error error;
    struct buffer text = {0};
    struct buffer twice = {0};
    assert_int_equal(read(whole, &config, &error), GRID_OK);
    assert_int_equal(config_print(&text, &config, &error), GRID_OK);
    assert_int_equal(config_read(&again, buffer_bytes(&text), "x", &error), GRID_OK);
    assert_int_equal(config_print(&twice, &again, &error), GRID_OK);
    assert_true(bytes_equal(buffer_bytes(&text), buffer_bytes(&twice)));
    buffer_close(&text);
    buffer_close(&twice);
}

static void a_name_that_would_be_cut_is_refused(void **state)
{
    (void)state;
    struct config config;
    struct grid_error error;
    struct buffer text = {0};
    assert_int_equal(read(whole, &config, &error), GRID_OK);
    (void)snprintf(config.name, sizeof(config.name), "a ;b"); /* begins a comment */
    assert_int_equal(config_print(&text, &config, &error), GRID_INVALID);
    assert_string_equal(error.reason, "config_value");
    buffer_close(&text);
}

static void every_fault_is_named_with_its_line_and_nothing_is_applied(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
        const char *where;
    } faults[] = {
            {"[node]\nrole = boss\n", "config_value", "/h/gridd.conf:2\x1frole"},
            {"[node]\nrole = centre\nrole = centre\n", "config_doubled", "/h/gridd.conf:3\x1frole"},
            {"[node]\ncolour = red\n", "config_unknown",
                    "/h/gridd.conf:2\x1f"
                    "colour"},
            {"[nodes]\nrole = centre\n", "config_unknown", "/h/gridd.conf:2\x1frole"},
            {"[node]\nunit = 150622103203\n", "config_value", "/h/gridd.conf:2\x1funit"},
            {"[node]\nslot = 0\n", "config_value", "/h/gridd.conf:2\x1fslot"},
            {"[listen]\naddress = 7000\n", "config_value",
                    "/h/gridd.conf:2\x1f"
                    "address"},
            {"[listen]\naddress = example.org:7000\n", "config_value",
                    "/h/gridd.conf:2\x1f"
                    "address"},
            {"[control]\nallow_uid = root\n", "config_value",
                    "/h/gridd.conf:2\x1f"
                    "allow_uid"},
            {"[node]\nrole\n", "config_line", "/h/gridd.conf:2\x1f"},
            {"[node]\nname = \xff\n", "config_line", "/h/gridd.conf:0\x1f"},
            {"[node]\nrole = centre\n", "config_missing", "/h/gridd.conf\x1f[node] unit"},
            {"", "config_missing", "/h/gridd.conf\x1f[node] role"},
    };
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct config config = {.slot = 4711};
        struct grid_error error;
        assert_int_equal(read(faults[i].text, &config, &error), GRID_INVALID);
        assert_string_equal(error.reason, faults[i].reason);
        assert_string_equal(error.detail, faults[i].where);
        assert_int_equal(config.slot, 4711);
    }
}

static void a_line_that_would_be_cut_is_refused(void **state)
{
    (void)state;
    char text[512] = "[node]\nname = ";
    size_t start = strlen(text);
    struct config config;
    struct grid_error error;
    memset(text + start, 'x', 192); /* with "name = " 199 bytes: and a line end makes 200 */
    memcpy(text + start + 192, "\n", 2);
    assert_int_equal(read(text, &config, &error), GRID_INVALID);
    assert_string_equal(error.reason, "config_line");
    assert_string_equal(error.detail, "/h/gridd.conf:2\x1f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_file_is_read_whole),
            cmocka_unit_test(what_is_written_reads_back),
            cmocka_unit_test(a_name_that_would_be_cut_is_refused),
            cmocka_unit_test(every_fault_is_named_with_its_line_and_nothing_is_applied),
            cmocka_unit_test(a_line_that_would_be_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
