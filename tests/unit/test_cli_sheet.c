/* Cells that a spreadsheet opens and does not run, and records as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/sheet.h"
#include "cli/text.h"
#include "proto/pack.h"

#include <string.h>

static void assert_text(struct buffer *got, const char *wanted)
{
    buffer_append(got, "", 1);
    assert_false(got->failed);
    assert_string_equal((const char *)got->data, wanted);
    buffer_clear(got);
}

static void a_cell_is_quoted_where_it_must_be_and_never_a_formula(void **state)
{
    (void)state;
    static const struct {
        const char *text, *cell;
    } cells[] = {{"", ""}, {"路灯坏了", "路灯坏了"}, {"a,b", "\"a,b\""},
            {"说\"好\"", "\"说\"\"好\"\"\""}, {"一\n二", "\"一\n二\""}, {"=1+1", "'=1+1"},
            {"+86 0477", "'+86 0477"}, {"-1", "'-1"}, {"@SUM(A1)", "'@SUM(A1)"}, {"＝1", "'＝1"},
            {"＋1", "'＋1"}, {"－1", "'－1"}, {"＠a", "'＠a"}, {"\t=1", "\"'\t=1\""},
            {"\r=1", "\"'\r=1\""}, {"\n=1", "\"'\n=1\""}, {"=\"a\",b", "\"'=\"\"a\"\",b\""},
            {"1=1", "1=1"}, {"'=1", "'=1"}};
    struct buffer out = {0};
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        sheet_cell(&out, bytes_text(cells[i].text));
        assert_text(&out, cells[i].cell);
    }
    buffer_close(&out);
}

static void pack_case(struct buffer *record, const char *geo)
{
    pack_map(record, 6);
    pack_text(record, "case_id");
    pack_text(record, "0a1b");
    pack_text(record, "title");
    pack_text(record, "=说\"好\"\\\n\x02");
    pack_text(record, "geo");
    if (geo != NULL)
        pack_text(record, geo);
    else
        pack_nil(record);
    pack_text(record, "lead");
    pack_nil(record);
    pack_text(record, "counts");
    pack_array(record, 4);
    pack_uint(record, UINT64_MAX);
    pack_int(record, -5);
    pack_bool(record, true);
    pack_bool(record, false);
    pack_text(record, "within");
    pack_map(record, 1);
    pack_text(record, "geo");
    pack_array(record, 0);
}

static void a_record_is_one_line_of_json(void **state)
{
    (void)state;
    struct buffer record = {0};
    struct buffer out = {0};
    pack_case(&record, NULL);
    sheet_json(&out, buffer_bytes(&record), NULL);
    assert_text(&out,
            "{\"case_id\":\"0a1b\",\"title\":\"=说\\\"好\\\"\\\\\\n\\u0002\",\"geo\":null,"
            "\"lead\":null,\"counts\":[18446744073709551615,-5,true,false],\"within\":{\"geo\":[]}}");
    assert_false(sheet_feature(&out, buffer_bytes(&record)));
    assert_int_equal(out.size, 0);
    buffer_close(&record);
    buffer_close(&out);
}

static void a_place_has_its_longitude_first(void **state)
{
    (void)state;
    struct buffer record = {0};
    struct buffer out = {0};
    pack_case(&record, "39.5512345,-110.4500000");
    assert_true(sheet_feature(&out, buffer_bytes(&record)));
    assert_text(&out,
            "{\"type\":\"Feature\",\"id\":\"0a1b\",\"geometry\":{\"type\":\"Point\",\"coordinates\":"
            "[-110.4500000,39.5512345]},\"properties\":{\"case_id\":\"0a1b\",\"title\":"
            "\"=说\\\"好\\\"\\\\\\n\\u0002\",\"lead\":null,\"counts\":[18446744073709551615,-5,true,"
            "false],\"within\":{\"geo\":[]}}}");
    buffer_close(&record);
    buffer_close(&out);
}

static size_t count_of(const char *text, char wanted)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == wanted;
    return count;
}

static void every_line_has_as_many_cells_as_the_head(void **state)
{
    (void)state;
    struct buffer record = {0};
    struct buffer out = {0};
    pack_case(&record, "39.5512345,110.45");
    for (int words = 0; words < 2; words++) {
        text_use_locale("zh_CN.UTF-8");
        sheet_head(&out, words == 1);
        buffer_append(&out, "", 1);
        const char *head = (const char *)out.data;
        assert_memory_equal(head, "\xef\xbb\xbf", 3);
        assert_string_equal(head + strlen(head) - 2, "\r\n");
        assert_null(strstr(head, "sheet."));
        size_t commas = count_of(head, ',');
        buffer_clear(&out);
        sheet_row(&out, buffer_bytes(&record), words == 1);
        buffer_append(&out, "", 1);
        assert_int_equal(count_of((const char *)out.data, ','), commas);
        assert_non_null(strstr((const char *)out.data, "39.5512345,110.45,"));
        buffer_clear(&out);
    }
    buffer_close(&record);
    buffer_close(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_cell_is_quoted_where_it_must_be_and_never_a_formula),
            cmocka_unit_test(a_record_is_one_line_of_json),
            cmocka_unit_test(a_place_has_its_longitude_first),
            cmocka_unit_test(every_line_has_as_many_cells_as_the_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
