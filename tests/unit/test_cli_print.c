/* Widths in cells, and text of others that cannot play tricks on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/print.h"
#include "cli/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_safe(const char *text, size_t size, bool lines, const char *wanted)
{
    struct buffer out = {0};
    print_safe(&out, bytes_of(text, size), lines);
    buffer_append(&out, "", 1);
    assert_string_equal((const char *)out.data, wanted);
    buffer_close(&out);
}

static void control_characters_are_made_visible(void **state)
{
    (void)state;
    assert_safe("a\033[31mb", 7, false, "a␛[31mb");
    assert_safe("a\r\x7f\a", 4, false, "a␍␡␇");
    assert_safe("a\0b", 3, false, "a␀b");
    assert_safe("\xc2\x9b", 2, false, "⟦U+009B⟧");
    assert_safe("a\nb", 3, false, "a⏎b");
    assert_safe("a\nb", 3, true, "a\nb");
}

static void bidi_and_invisible_characters_are_made_visible(void **state)
{
    static const char text[] = "\u202e abc \u2066\u2069\u202c\u200b\ufeff";
    (void)state;
    assert_safe(
            text, sizeof(text) - 1, false, "⟦U+202E⟧ abc ⟦U+2066⟧⟦U+2069⟧⟦U+202C⟧⟦U+200B⟧⟦U+FEFF⟧");
}

static void writing_of_the_place_stays_as_it_is(void **state)
{
    static const char text[] = "吴家沟社二联户 𣵦墕㙍 ᠮᠣᠩᠭᠣᠯ\u180b\u200d e\u0301";
    (void)state;
    assert_safe(text, sizeof(text) - 1, false, text);
}

static void broken_utf8_is_shown_byte_by_byte(void **state)
{
    (void)state;
    assert_safe("a\xff\xe4\xb8", 4, false, "a⟦xFF⟧⟦xE4⟧⟦xB8⟧");
}

static void chinese_takes_two_cells(void **state)
{
    (void)state;
    assert_int_equal(print_cells(bytes_text("柳塔村")), 6);
    assert_int_equal(print_cells(bytes_text("abc")), 3);
    assert_int_equal(print_cells(bytes_text("e\u0301")), 1);
    assert_int_equal(print_cells(bytes_text("Ａ１")), 4);
}

static void ambiguous_characters_follow_the_terminal(void **state)
{
    (void)state;
    assert_int_equal(print_cells(bytes_text("“柳”…○→")), 7);
    screen.ambiguous_wide = true;
    assert_int_equal(print_cells(bytes_text("“柳”…○→")), 12);
    assert_int_equal(print_cells(bytes_text("abc 柳")), 6);
    screen.ambiguous_wide = false;
}

static void assert_cell(const char *text, int cells, const char *wanted)
{
    struct buffer out = {0};
    print_cell(&out, bytes_text(text), cells);
    assert_int_equal(print_cells(buffer_bytes(&out)), cells);
    buffer_append(&out, "", 1);
    assert_string_equal((const char *)out.data, wanted);
    buffer_close(&out);
}

static void a_cell_is_cut_between_characters_and_filled_up(void **state)
{
    (void)state;
    assert_cell("柳塔村", 8, "柳塔村  ");
    assert_cell("柳塔村", 6, "柳塔村");
    assert_cell("柳塔村", 5, "柳塔…");
    assert_cell("柳塔村", 4, "柳… ");
    assert_cell("", 3, "   ");
    screen.ambiguous_wide = true; /* the mark of a cut is ambiguous itself */
    assert_cell("柳塔村", 5, "柳… ");
    screen.ambiguous_wide = false;
}

/* What a table of these rows prints on a terminal of so many columns. */
static void assert_table(int columns, int flexible, const char *wanted)
{
    static const char *const titles[] = {"column.case", "column.slot", "column.title"};
    char *printed = NULL;
    size_t size = 0;
    FILE *screen_file = open_memstream(&printed, &size), *before = stdout;
    assert_non_null(screen_file);
    text_use_locale(NULL);
    screen.columns = columns;
    stdout = screen_file;
    struct table *table = table_open(titles, 3, flexible);
    const struct bytes first[] = {
            bytes_text("0001"), bytes_text(""), bytes_text("水井没有盖板在村口")};
    const struct bytes second[] = {bytes_text("0002"), bytes_text("0015"), bytes_text("短")};
    table_row(table, first);
    table_row(table, second);
    table_finish(table);
    table_close(table);
    stdout = before;
    screen.columns = 0;
    fclose(screen_file);
    assert_string_equal(printed, wanted);
    free(printed);
}

static void a_table_gives_way_and_then_gives_up_its_columns(void **state)
{
    (void)state;
    assert_table(0, 2, "案码  机位  标题\n0001        水井没有盖板在村口\n0002  0015  短\n");
    assert_table(22, 2, "案码  机位  标题\n0001        水井没有…\n0002  0015  短\n");
    assert_table(19, 2, "0001\n  标题 水井没有盖板在村口\n0002  机位 0015\n  标题 短\n");
    assert_table(22, -1, "0001\n  标题 水井没有盖板在村口\n0002  机位 0015\n  标题 短\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(control_characters_are_made_visible),
            cmocka_unit_test(bidi_and_invisible_characters_are_made_visible),
            cmocka_unit_test(writing_of_the_place_stays_as_it_is),
            cmocka_unit_test(broken_utf8_is_shown_byte_by_byte),
            cmocka_unit_test(chinese_takes_two_cells),
            cmocka_unit_test(ambiguous_characters_follow_the_terminal),
            cmocka_unit_test(a_table_gives_way_and_then_gives_up_its_columns),
            cmocka_unit_test(a_cell_is_cut_between_characters_and_filled_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
