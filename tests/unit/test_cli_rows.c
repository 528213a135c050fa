/* Files of reports: JSONL and CSV in the encodings that people have, bad rows among good ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS_MAX = 32 };

struct got {
    unsigned line;
    char reason[GRID_REASON_BYTES];
    char fields[2048]; /* "name=value;…" in their order, without the key */
    char key[160];
};

struct file {
    struct got rows[ROWS_MAX];
    size_t count;
    bool failed;
};

static void keep(struct file *file, const struct row *row)
{
    assert_true(file->count < ROWS_MAX);
    struct got *got = &file->rows[file->count++];
    got->line = row->line;
    snprintf(got->reason, sizeof(got->reason), "%s", row->error.reason);
    snprintf(got->key, sizeof(got->key), "%s", row->key != NULL ? row->key : "");
    for (size_t i = 0; i < row->field_count; i++) {
        size_t used = strlen(got->fields);
        if (!bytes_equal(row->fields[i].name, bytes_text("key")))
            snprintf(got->fields + used, sizeof(got->fields) - used, "%s=%s;",
                    (const char *)row->fields[i].name.data,
                    (const char *)row->fields[i].value.data);
    }
}

static void take(struct file *file, const char *path)
{
    struct rows rows;
    struct row *row = calloc(1, sizeof(*row));
    struct grid_error error = {0};
    assert_non_null(row);
    arena_init(&row->arena, 0);
    assert_int_equal(rows_open(&rows, path, &error), GRID_OK);
    for (;;) {
        enum rows_result result = rows_next(&rows, row);
        if (result == ROWS_END || result == ROWS_WAIT)
            break;
        keep(file, row);
        file->failed = result == ROWS_FAILED;
        if (file->failed)
            break;
    }
    arena_close(&row->arena);
    free(row);
    rows_close(&rows);
}

static struct file read_rows(const char *ending, const void *content, size_t size)
{
    struct file file = {0};
    char path[64];
    snprintf(path, sizeof(path), "/tmp/grid-rows-XXXXXX%s", ending);
    int fd = mkstemps(path, (int)strlen(ending));
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, size), (ssize_t)size);
    close(fd);
    take(&file, path);
    unlink(path);
    return file;
}
#define READ(ending, text) read_rows(ending, text, sizeof(text) - 1)

static void a_csv_row_is_named_by_its_first_line(void **state)
{
    (void)state;
    struct file file =
            READ(".csv", "title,text\r\n\"two\r\nlines\",x\r\n\r\nlast,\"say \"\"hi\"\"\"");
    assert_int_equal(file.count, 2);
    assert_string_equal(file.rows[0].fields, "title=two\nlines;text=x;");
    assert_int_equal(file.rows[0].line, 2);
    assert_string_equal(file.rows[1].fields, "title=last;text=say \"hi\";");
    assert_int_equal(file.rows[1].line, 5);
}

static void blanks_in_a_cell_are_kept(void **state)
{
    (void)state;
    struct file file = READ(".csv", "title,text\n a b ,  \n");
    assert_string_equal(file.rows[0].fields, "title= a b ;text=  ;");
}

static void a_stray_quote_takes_one_row_only(void **state)
{
    (void)state;
    struct file file = READ(".csv", "title,text\n\"open,x\n\"good\",y\n\"end,z\nlast,w\n");
    assert_int_equal(file.count, 4);
    assert_string_equal(file.rows[0].reason, "row_quotes");
    assert_int_equal(file.rows[0].line, 2);
    assert_string_equal(file.rows[1].fields, "title=good;text=y;");
    assert_int_equal(file.rows[1].line, 3);
    assert_string_equal(file.rows[2].reason, "row_quotes");
    assert_int_equal(file.rows[2].line, 4);
    assert_string_equal(file.rows[3].fields, "title=last;text=w;");
    assert_int_equal(file.rows[3].line, 5);
}

static void a_row_of_another_width_is_refused_alone(void **state)
{
    (void)state;
    struct file file = READ(".csv", "title,text\na\nb,c\n1,2,3\n");
    assert_int_equal(file.count, 3);
    assert_string_equal(file.rows[0].reason, "row_columns");
    assert_string_equal(file.rows[1].fields, "title=b;text=c;");
    assert_string_equal(file.rows[2].reason, "row_columns");
}

static void a_wrong_header_stops_the_file(void **state)
{
    (void)state;
    assert_string_equal(READ(".csv", "title,colour\na,b\n").rows[0].reason, "row_name");
    assert_string_equal(READ(".csv", "text,unit\na,b\n").rows[0].reason, "row_no_title");
    assert_string_equal(READ(".csv", "title,title\na,b\n").rows[0].reason, "row_column_twice");
    struct file file = READ(".csv", "titlee\na\n");
    assert_true(file.failed);
    assert_int_equal(file.rows[0].line, 1);
}

static void marks_and_empty_columns_of_spreadsheets_are_taken(void **state)
{
    (void)state;
    struct file file = READ(".csv", "\xef\xbb\xbftitle,tags,\n漏水,a; b ;;c,\nx,y,z\n");
    assert_string_equal(file.rows[0].fields, "title=漏水;tag=a;tag=b;tag=c;");
    assert_string_equal(file.rows[1].reason, "row_column_unnamed");
}

static void gb18030_is_read_where_utf8_does_not_fit(void **state)
{
    /* 井盖丢失 and 路灯不亮 in GB18030 */
    static const char gb[] = "title,text\n\xbe\xae\xb8\xc7\xb6\xaa\xca\xa7,a\n"
                             "\xc2\xb7\xb5\xc6\xb2\xbb\xc1\xc1,b\n";
    (void)state;
    struct file file = READ(".csv", gb);
    assert_int_equal(file.count, 2);
    assert_string_equal(file.rows[0].fields, "title=井盖丢失;text=a;");
    assert_string_equal(file.rows[1].fields, "title=路灯不亮;text=b;");
}

static void one_bad_byte_does_not_turn_the_file_into_gb18030(void **state)
{
    (void)state;
    struct file file = READ(".csv", "title\n井盖丢失\n路\xff灯\n路灯不亮\n");
    assert_int_equal(file.count, 3);
    assert_string_equal(file.rows[0].fields, "title=井盖丢失;");
    assert_string_equal(file.rows[1].reason, "text_encoding");
    assert_int_equal(file.rows[1].line, 3);
    assert_string_equal(file.rows[2].fields, "title=路灯不亮;");
}

static void utf16_is_refused_at_once(void **state)
{
    char path[] = "/tmp/grid-rows-XXXXXX";
    struct rows rows;
    struct grid_error error = {0};
    (void)state;
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "\xff\xfet\0", 4), 4);
    close(fd);
    assert_int_equal(rows_open(&rows, path, &error), GRID_INVALID);
    assert_string_equal(error.reason, "file_utf16");
    rows_close(&rows);
    unlink(path);
}

static void json_rows_have_their_types(void **state)
{
    (void)state;
    struct file file = READ(".jsonl",
            "{\"title\":\"a\",\"applicant\":true,\"tags\":[\"x\",\"y\"],\"at\":[39.5,110.25],"
            "\"category\":9999,\"text\":null}\n"
            "\n"
            "{\"title\":\"b\",\"applicant\":\"no\",\"tags\":\"x;y\",\"at\":\"39,110\"}");
    assert_int_equal(file.count, 2);
    assert_string_equal(file.rows[0].fields,
            "title=a;applicant=yes;tag=x;tag=y;at=39.5000000,110.2500000;category=9999;");
    assert_string_equal(file.rows[1].fields, "title=b;applicant=no;tag=x;tag=y;at=39,110;");
    assert_int_equal(file.rows[1].line, 3);
}

static void bad_json_rows_stop_nothing_else(void **state)
{
    (void)state;
    struct file file = READ(".jsonl", "{\"title\":1.5}\n{\"title\":\"a\",\"title\":\"b\"}\n[1]\n{\n"
                                      "{\"titlee\":\"a\"}\n{\"title\":\"a\\u0000b\"}\n"
                                      "{\"title\":\"\xff\"}\n{\"title\":\"good\"}\n");
    static const char *const reasons[] = {"row_type", "row_json_twice", "row_json_object",
            "row_json", "row_name", "row_json_null", "row_encoding"};
    assert_int_equal(file.count, 8);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(file.rows[i].reason, reasons[i]);
        assert_int_equal(file.rows[i].line, i + 1);
    }
    assert_string_equal(file.rows[7].fields, "title=good;");
}

static void the_first_character_tells_json_from_csv(void **state)
{
    (void)state;
    assert_string_equal(READ("", "  {\"title\":\"a\"}\n").rows[0].fields, "title=a;");
    assert_string_equal(READ("", "title\na\n").rows[0].fields, "title=a;");
}

static void the_same_row_has_the_same_key_in_every_run(void **state)
{
    (void)state;
    struct file first = READ(".csv", "title,text\na,b\n1,2\na,b\n");
    struct file again = READ(".csv", "text,title\nb,a\n2,1\nb,a\n");
    struct file json = READ(".jsonl", "{\"text\":\"b\",\"title\":\"a\",\"place\":\"\"}\n");
    assert_int_equal(strlen(first.rows[0].key), 2 + 64);
    assert_memory_equal(first.rows[0].key, "f-", 2);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(first.rows[i].key, again.rows[i].key);
    assert_string_not_equal(first.rows[0].key, first.rows[2].key);
    assert_string_not_equal(first.rows[0].key, first.rows[1].key);
    assert_string_equal(json.rows[0].key, first.rows[0].key);
}

static void a_given_key_is_used(void **state)
{
    (void)state;
    struct file file = READ(".jsonl", "{\"title\":\"a\",\"key\":\"mine\"}\n");
    assert_string_equal(file.rows[0].key, "mine");
}

static void composed_and_decomposed_text_are_one(void **state)
{
    (void)state;
    struct file file = READ(".csv", "title\ncafe\u0301\ncaf\u00e9\n");
    assert_string_equal(file.rows[0].fields, file.rows[1].fields);
    assert_string_equal(file.rows[0].fields, "title=caf\u00e9;");
}

static void a_line_without_end_is_refused_and_passed_by(void **state)
{
    size_t long_size = (size_t)3 * LINES_ROW_BYTES_MAX;
    char *text = malloc(long_size + 64);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', long_size);
    memcpy(text + long_size, "\n{\"title\":\"good\"}\n", 18);
    struct file file = read_rows(".jsonl", text, long_size + 18);
    assert_int_equal(file.count, 2);
    assert_string_equal(file.rows[0].reason, "row_size");
    assert_int_equal(file.rows[0].line, 1);
    assert_string_equal(file.rows[1].fields, "title=good;");
    assert_int_equal(file.rows[1].line, 2);
    memcpy(text, "title\n\"", 7); /* a quote that is never closed */
    memcpy(text + long_size, "\nafter\n", 7);
    file = read_rows(".csv", text, long_size + 7);
    assert_int_equal(file.count, 2);
    assert_string_equal(file.rows[0].reason, "row_size");
    assert_string_equal(file.rows[1].fields, "title=after;");
    assert_int_equal(file.rows[1].line, 3);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_csv_row_is_named_by_its_first_line),
            cmocka_unit_test(blanks_in_a_cell_are_kept),
            cmocka_unit_test(a_stray_quote_takes_one_row_only),
            cmocka_unit_test(a_row_of_another_width_is_refused_alone),
            cmocka_unit_test(a_wrong_header_stops_the_file),
            cmocka_unit_test(marks_and_empty_columns_of_spreadsheets_are_taken),
            cmocka_unit_test(gb18030_is_read_where_utf8_does_not_fit),
            cmocka_unit_test(one_bad_byte_does_not_turn_the_file_into_gb18030),
            cmocka_unit_test(utf16_is_refused_at_once),
            cmocka_unit_test(json_rows_have_their_types),
            cmocka_unit_test(bad_json_rows_stop_nothing_else),
            cmocka_unit_test(the_first_character_tells_json_from_csv),
            cmocka_unit_test(the_same_row_has_the_same_key_in_every_run),
            cmocka_unit_test(a_given_key_is_used),
            cmocka_unit_test(composed_and_decomposed_text_are_one),
            cmocka_unit_test(a_line_without_end_is_refused_and_passed_by),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
