/* The command line: what is understood, and how what is not is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/session.h"

#include <string.h>

enum { ARGV_MAX = 16 };

struct parsed {
    struct arena arena;
    struct invocation call;
    struct grid_error error;
    enum grid_status status;
};

static void parse(struct parsed *parsed, const char *const *words)
{
    char *argv[ARGV_MAX] = {NULL};
    static char copies[ARGV_MAX][256];
    int argc = 0;
    strcpy(copies[0], "grid"); /* NOLINT */
    argv[argc++] = copies[0];
    for (; words[argc - 1] != NULL; argc++) {
        assert_true(argc < ARGV_MAX - 1 && strlen(words[argc - 1]) < sizeof(copies[0]));
        memcpy(copies[argc], words[argc - 1], strlen(words[argc - 1]) + 1);
        argv[argc] = copies[argc];
    }
    *parsed = (struct parsed){0};
    arena_init(&parsed->arena, 0);
    parsed->status =
            args_parse(&parsed->call, commands, argc, argv, &parsed->arena, &parsed->error);
}
#define PARSE(parsed, ...) parse(parsed, (const char *const[]){__VA_ARGS__, NULL})

static void global_options_stand_anywhere(void **state)
{
    struct parsed parsed;
    (void)state;
    PARSE(&parsed, "--home", "/x", "conflicts", "--json", "show", "--as", "p1", "CODE");
    assert_int_equal(parsed.status, GRID_OK);
    assert_string_equal(parsed.call.command->name, "conflicts");
    assert_string_equal(parsed.call.command->sub, "show");
    assert_string_equal(args_option(&parsed.call, "home"), "/x");
    assert_string_equal(args_option(&parsed.call, "as"), "p1");
    assert_non_null(args_option(&parsed.call, "json"));
    assert_int_equal(parsed.call.arg_count, 1);
    assert_string_equal(parsed.call.args[0], "CODE");
    arena_close(&parsed.arena);
}

static void a_value_may_look_like_an_argument_but_not_like_a_forgotten_one(void **state)
{
    struct parsed parsed;
    (void)state;
    PARSE(&parsed, "report", "--title", "-5 degrees", "--text=--tag", "--from", "-");
    assert_int_equal(parsed.status, GRID_OK);
    assert_string_equal(args_option(&parsed.call, "title"), "-5 degrees");
    assert_string_equal(args_option(&parsed.call, "text"), "--tag");
    assert_string_equal(args_option(&parsed.call, "from"), "-");
    arena_close(&parsed.arena);
    PARSE(&parsed, "report", "--title", "--text", "x");
    assert_int_equal(parsed.status, GRID_USAGE);
    assert_string_equal(parsed.error.reason, "option_needs_value");
    arena_close(&parsed.arena);
}

static void a_tag_to_remove_is_no_option(void **state)
{
    struct parsed parsed;
    (void)state;
    PARSE(&parsed, "tag", "CODE", "+a", "-b", "--", "--c");
    assert_int_equal(parsed.status, GRID_OK);
    assert_int_equal(parsed.call.arg_count, 4);
    assert_string_equal(parsed.call.args[2], "-b");
    assert_string_equal(parsed.call.args[3], "--c");
    arena_close(&parsed.arena);
}

static void assert_refused(const char *const *words, const char *reason)
{
    struct parsed parsed;
    parse(&parsed, words);
    assert_int_equal(parsed.status, GRID_USAGE);
    assert_string_equal(parsed.error.reason, reason);
    arena_close(&parsed.arena);
}
#define REFUSED(reason, ...) assert_refused((const char *const[]){__VA_ARGS__, NULL}, reason)

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    REFUSED("command_unknown_near", "reportt");
    REFUSED("command_unknown", "frobnicate");
    REFUSED("command_later", "attach", "CODE");
    REFUSED("sub_unknown", "conflicts", "sow", "CODE");
    REFUSED("sub_missing", "roster");
    REFUSED("option_unknown_near", "report", "--titlee", "x");
    REFUSED("option_unknown", "note", "CODE", "x", "--frobnicate");
    REFUSED("option_later", "report", "--photo", "x.jpg");
    REFUSED("option_later", "report", "--photo", "p1.jpg");
    REFUSED("option_twice", "report", "--title", "x", "--title", "y");
    REFUSED("option_no_value", "queue", "--all=yes");
    REFUSED("option_missing", "conflicts", "resolve", "CODE", "title");
    REFUSED("argument_missing", "note", "CODE");
    REFUSED("argument_unexpected", "note", "CODE", "two", "words");
    REFUSED("argument_none", "report", "words");
    REFUSED("option_dashes", "report", "-title", "x");
    REFUSED("option_empty", "report", "--title", "x", "--key", "");
    REFUSED("option_empty", "--home", "", "status");
}

static void tags_may_be_given_several_times(void **state)
{
    struct parsed parsed;
    (void)state;
    PARSE(&parsed, "report", "--tag", "a", "--tag", "b", "--title", "x");
    assert_int_equal(parsed.status, GRID_OK);
    assert_int_equal(parsed.call.given_count, 3);
    arena_close(&parsed.arena);
}

static void typed_text_becomes_nfc(void **state)
{
    struct parsed parsed;
    (void)state;
    PARSE(&parsed, "note", "CODE", "cafe\u0301");
    assert_int_equal(parsed.status, GRID_OK);
    assert_string_equal(parsed.call.args[1], "caf\u00e9");
    arena_close(&parsed.arena);
    PARSE(&parsed, "note", "CODE", "one\r\ntwo\rthree");
    assert_string_equal(parsed.call.args[1], "one\ntwo\nthree");
    arena_close(&parsed.arena);
    PARSE(&parsed, "note", "CODE", "\xff");
    assert_int_equal(parsed.status, GRID_INVALID);
    assert_string_equal(parsed.error.reason, "argument_encoding");
    arena_close(&parsed.arena);
}

static void names_of_files_stay_as_they_are(void **state)
{
    struct parsed parsed;
    (void)state;
    PARSE(&parsed, "--home", "cafe\u0301", "roster", "check", "re\u0301\xff");
    assert_int_equal(parsed.status, GRID_OK);
    assert_string_equal(args_option(&parsed.call, "home"), "cafe\u0301");
    assert_string_equal(parsed.call.args[0], "re\u0301\xff");
    arena_close(&parsed.arena);
    PARSE(&parsed, "report", "--from", "re\u0301\xff");
    assert_int_equal(parsed.status, GRID_OK);
    assert_string_equal(args_option(&parsed.call, "from"), "re\u0301\xff");
    arena_close(&parsed.arena);
}

static void help_asks_for_nothing_else(void **state)
{
    struct parsed parsed;
    (void)state;
    PARSE(&parsed, "note", "--help");
    assert_int_equal(parsed.status, GRID_OK);
    assert_non_null(args_option(&parsed.call, "help"));
    arena_close(&parsed.arena);
}

static void exit_codes_are_those_of_the_contract(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of(GRID_OK), 0);
    assert_int_equal(exit_code_of(GRID_USAGE), 2);
    assert_int_equal(exit_code_of(GRID_UNREACHABLE), 3);
    assert_int_equal(exit_code_of(GRID_NOT_FOUND), 4);
    assert_int_equal(exit_code_of(GRID_STALE), 5);
    for (enum grid_status status = GRID_NOMEM; status < GRID_STATUS_COUNT; status++)
        if (status != GRID_USAGE && status != GRID_UNREACHABLE && status != GRID_NOT_FOUND &&
                status != GRID_STALE)
            assert_int_equal(exit_code_of(status), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(global_options_stand_anywhere),
            cmocka_unit_test(a_value_may_look_like_an_argument_but_not_like_a_forgotten_one),
            cmocka_unit_test(a_tag_to_remove_is_no_option),
            cmocka_unit_test(what_is_wrong_is_named),
            cmocka_unit_test(tags_may_be_given_several_times),
            cmocka_unit_test(typed_text_becomes_nfc),
            cmocka_unit_test(names_of_files_stay_as_they_are),
            cmocka_unit_test(names_of_files_stay_as_they_are),
            cmocka_unit_test(help_asks_for_nothing_else),
            cmocka_unit_test(exit_codes_are_those_of_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
