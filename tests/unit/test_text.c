#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/text.h"

#include <stdlib.h>

static void say(const char *locale)
{
    (void)setenv("LC_ALL", locale, 1);
    text_choose();
}

static void chinese_unless_the_locale_is_english(void **state)
{
    (void)state;
    static const char *const chinese[] = {"", "C", "POSIX", "C.UTF-8", "zh_CN.UTF-8", "de_DE"};
    (void)unsetenv("LC_MESSAGES");
    (void)unsetenv("LANG");
    say("en_US.UTF-8");
    const char *english = text_find("home_locked");
    for (size_t i = 0; i < sizeof(chinese) / sizeof(chinese[0]); i++) {
        say(chinese[i]);
        assert_string_not_equal(text_find("home_locked"), english);
    }
    (void)setenv("LANG", "en_GB", 1);
    say("");
    assert_string_equal(text_find("home_locked"), english);
}

static void arguments_find_their_places(void **state)
{
    (void)state;
    char out[64];
    text_fill(out, sizeof(out), "%2 of %1, %3.", "a" GRID_ARG "b");
    assert_string_equal(out, "b of a, .");
    text_fill(out, sizeof(out), "100% %1", "\x1b[31mred");
    assert_string_equal(out, "100% ?[31mred");
    text_fill(out, 5, "%1", "123456789");
    assert_string_equal(out, "1234");
    /* a command to copy: its words are quoted where a shell needs it */
    text_fill(out, sizeof(out), "gridd --home %'1", "/srv/centre-1");
    assert_string_equal(out, "gridd --home /srv/centre-1");
    text_fill(out, sizeof(out), "--home %'1, %1", "a b" GRID_ARG "c");
    assert_string_equal(out, "--home 'a b', a b");
    text_fill(out, sizeof(out), "%'1", "it's");
    assert_string_equal(out, "'it'\\''s'");
    text_fill(out, 6, "%'1", "a b c d");
    assert_string_equal(out, "'a b ");
}

static void both_languages_have_the_same_sentences(void **state)
{
    (void)state;
    assert_int_equal(text_zh.count, text_en.count);
    for (size_t i = 0; i < text_zh.count; i++)
        assert_string_equal(text_zh.entries[i].id, text_en.entries[i].id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(chinese_unless_the_locale_is_english),
            cmocka_unit_test(arguments_find_their_places),
            cmocka_unit_test(both_languages_have_the_same_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
