/* What a text is cut into, and where words stand in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/store/phrase.h"
#include "tests/lib/heap_failing.h"

#include <stdio.h>
#include <string.h>

/* The tokens of a text with a bar behind each. */
static void assert_tokens(const char *source, const char *wanted)
{
    char got[1024] = "";
    struct token_reader reader = {.source = bytes_text(source)};
    struct token token;
    size_t last = 0;
    while (token_next(&reader, &token)) {
        assert_true(token.from >= last && token.to > token.from);
        assert_true(token.to <= reader.source.size);
        last = token.to;
        size_t used = strlen(got);
        snprintf(got + used, sizeof(got) - used, "%.*s|", (int)token.text.size,
                (const char *)token.text.data);
    }
    assert_string_equal(got, wanted);
}

static void each_chinese_character_stands_alone(void **state)
{
    (void)state;
    assert_tokens("村口路灯。坏了", "村|口|路|灯|坏|了|");
    assert_tokens("𣵦墕㙍〇々", "𣵦|墕|㙍|〇|々|");
    assert_tokens("ひらカナ한글", "ひ|ら|カ|ナ|한|글|");
    assert_tokens("🔥着火️了①", "🔥|着|火|了|①|");
    assert_tokens("，。！？、《》“”…—·　 \n", "");
    assert_tokens("", "");
}

static void letters_and_digits_stand_in_runs(void **state)
{
    (void)state;
    assert_tokens("A12栋3单元", "a|12|栋|3|单|元|");
    assert_tokens("150622103-26-0117-00042-89", "150622103|26|0117|00042|89|");
    assert_tokens("Straße ÉCOLE Ĳ ŹŻ Ǎ", "straße|école|ĳ|źż|ǎ|");
    assert_tokens("ӨВӨР МОНГОЛ Ңұ", "өвөр|монгол|ңұ|");
    assert_tokens("ΑΒΓ", "αβγ|");
    assert_tokens("don't e-mail", "don|t|e|mail|");
}

static void what_looks_alike_is_alike(void **state)
{
    (void)state;
    assert_tokens("ＡＢｃ１２３（四）", "abc|123|四|");
    assert_tokens("㎡", "㎡|");
    /* soft hyphens, joiners, accents put on afterwards */
    assert_tokens("co\u00adop e\u0301 a\u200db", "coop|e|ab|");
    /* Mongolian: variation selectors and the vowel separator are not seen, a suffix stands apart */
    assert_tokens("ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ ᠭᠠᠵᠠᠷ", "ᠮᠣᠩᠭᠣᠯ|ᠤᠨ|ᠭᠠᠵᠠᠷ|");
    assert_tokens("ᠰᠠᠶᠢᠨ\u180b ᠴᠢᠨ\u180eᠠ ᠑᠒", "ᠰᠠᠶᠢᠨ|ᠴᠢᠨᠠ|12|");
}

static void a_long_run_is_cut_and_nonsense_is_passed_over(void **state)
{
    (void)state;
    char run[101];
    char wanted[128];
    memset(run, 'a', 100);
    run[100] = '\0';
    snprintf(wanted, sizeof(wanted), "%.48s|%.48s|%.4s|", run, run, run);
    assert_tokens(run, wanted);
    assert_tokens(
            "路\xff灯\xc3 \xe8\xb7 \xf8\x88\x80\x80\x80 \xed\xa0\x80 \xc0\xaf 坏", "路|灯|坏|");
    assert_tokens("\xe8\xb7", "");
}

/* --- words --- */

static bool stands(const char *typed, const char *text)
{
    struct phrases phrases;
    struct phrase_text cut = {0};
    size_t from = 0;
    size_t to = 0;
    assert_int_equal(phrases_read(&phrases, bytes_text(typed), NULL), GRID_OK);
    assert_true(phrase_text_take(&cut, bytes_text(text)));
    bool all = true;
    for (size_t i = 0; i < phrases.count; i++) {
        bool found = phrase_stands_in(&phrases, i, &cut, &from, &to);
        assert_true(!found || (from < to && to <= strlen(text)));
        all = all && found;
    }
    phrase_text_close(&cut);
    return all;
}

static void words_stand_in_a_text_or_do_not(void **state)
{
    (void)state;
    assert_true(stands("路灯", "村口路灯坏了"));
    assert_true(stands("灯", "村口路灯坏了"));
    assert_true(stands("坏了 村口", "村口路灯坏了"));
    assert_false(stands("灯路", "村口路灯坏了"));
    assert_false(stands("村灯", "村口路灯坏了"));
    assert_true(stands("3号楼", "在３号楼二单元"));
    assert_false(stands("3号楼", "在13号楼二单元"));
    /* the beginning of a run, but not between quotes, and only at the end of a word */
    assert_true(stands("150622", "150622103203"));
    assert_false(stands("\"150622\"", "150622103203"));
    assert_false(stands("15 0622-203", "150622103203"));
    assert_true(stands("mall", "MALLARD 商场"));
    assert_true(stands("路\"灯坏\"", "路和灯坏"));
    assert_false(stands("walled", "wall"));
    assert_false(stands("灯坏", "路灯" TOKEN_WALL "坏了"));
}

static void what_cannot_be_looked_for_is_refused(void **state)
{
    (void)state;
    struct phrases phrases;
    struct grid_error error = {0};
    static const char *const nothing[] = {
            "", " \t\n", "，。", "\"\"", "\"", "***", "\x01", "\xff\xfe"};
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
        assert_int_equal(phrases_read(&phrases, bytes_text(nothing[i]), &error), GRID_USAGE);
    char many[PHRASES_BYTES_MAX + 2];
    for (size_t i = 0; i < sizeof(many) - 1; i++)
        many[i] = i % 2 == 0 ? 'a' : ' ';
    many[sizeof(many) - 1] = '\0';
    assert_int_equal(phrases_read(&phrases, bytes_text(many), &error), GRID_LIMIT);
    many[2 * PHRASES_MAX] = '\0';
    assert_int_equal(phrases_read(&phrases, bytes_text(many), &error), GRID_OK);
    assert_int_equal(phrases.count, PHRASES_MAX);
    memset(many, '3', sizeof(many) - 1);
    many[PHRASES_BYTES_MAX] = '\0';
    assert_int_equal(phrases_read(&phrases, bytes_text(many), &error), GRID_OK);
    many[PHRASES_BYTES_MAX] = '3';
    assert_int_equal(phrases_read(&phrases, bytes_text(many), &error), GRID_LIMIT);
    for (size_t i = 0; i + 3 <= PHRASES_BYTES_MAX; i += 3)
        memcpy(many + i, "路", 3);
    assert_int_equal(phrases_read(&phrases, bytes_of(many, 1023), &error), GRID_LIMIT);
}

static void what_stands_around_is_cut_at_characters(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct bytes text = bytes_text("一二三四五六七八九十一二三四五六七\n路灯\n坏");
    size_t from = 17 * 3 + 1;
    phrase_before(&out, text, from);
    buffer_append(&out, "|", 1);
    phrase_after(&out, text, from + 6);
    buffer_append(&out, "", 1);
    assert_string_equal((const char *)out.data, "…三四五六七八九十一二三四五六七 | 坏");
    buffer_close(&out);
}

static void memory_that_ends_is_said(void **state)
{
    (void)state;
    heap_failing_begin();
    for (size_t nth = 1; nth < 3; nth++) {
        struct phrase_text cut = {0};
        heap_failing_at(nth);
        assert_false(phrase_text_take(&cut, bytes_text("村口路灯")));
        heap_failing_at(0);
        phrase_text_close(&cut);
    }
    heap_failing_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_chinese_character_stands_alone),
            cmocka_unit_test(letters_and_digits_stand_in_runs),
            cmocka_unit_test(what_looks_alike_is_alike),
            cmocka_unit_test(a_long_run_is_cut_and_nonsense_is_passed_over),
            cmocka_unit_test(words_stand_in_a_text_or_do_not),
            cmocka_unit_test(what_cannot_be_looked_for_is_refused),
            cmocka_unit_test(what_stands_around_is_cut_at_characters),
            cmocka_unit_test(memory_that_ends_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
