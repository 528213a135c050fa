#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/frame.h"
#include "proto/ident.h"

#include <stdio.h>
#include <string.h>

extern const unsigned char dict_entries_1[];
extern const size_t dict_entries_1_size;

static const char *list_path; /* proto/dict/entries-1.txt */

/* Where a dictionary changes, old frames cannot be read any more: what changes is another one. */
static void the_dictionary_is_never_changed(void **state)
{
    (void)state;
    assert_true(frame_dictionary_id() == UINT64_C(0x4b0cc8ec7fd7c940));
    assert_true(dict_entries_1_size <= 16384);
}

/* As much of the phrase as the text does not end with already. */
static void lay_over(struct buffer *text, const char *phrase, size_t size)
{
    size_t shared = size - 1 < text->size ? size - 1 : text->size;
    while (shared > 0 && memcmp(text->data + text->size - shared, phrase, shared) != 0)
        shared--;
    buffer_append(text, phrase + shared, size - shared);
}

static void append_hex(struct buffer *text, char *hex, size_t size)
{
    uint8_t bytes[128];
    assert_true(size / 2 <= sizeof(bytes));
    hex[size] = '\0';
    assert_true(ident_unhex(bytes, size / 2, hex));
    buffer_append(text, bytes, size / 2);
}

static void the_dictionary_is_made_of_its_list(void **state)
{
    (void)state;
    FILE *list = fopen(list_path, "r");
    assert_non_null(list);
    struct buffer text = {0};
    char line[256];
    while (fgets(line, sizeof(line), list) != NULL) {
        size_t size = strcspn(line, "\n");
        if (line[0] == '=')
            append_hex(&text, line + 2, size - 2);
        else if (line[0] != '#')
            lay_over(&text, line, size);
    }
    fclose(list);
    assert_int_equal(text.size, dict_entries_1_size);
    assert_memory_equal(text.data, dict_entries_1, text.size);
    buffer_close(&text);
}

static void a_report_travels_in_half_of_its_bytes(void **state)
{
    (void)state;
    static const char report[] =
            "村民反映运煤车辆抛洒煤尘严重，道路坑洼，影响出行，存在安全隐患，希望相关部门尽快处理。";
    struct buffer wire = {0};
    assert_int_equal(
            frame_write(&wire, FRAME_DATA, 0, (struct bytes){0}, bytes_text(report)), GRID_OK);
    assert_true(wire.size - FRAME_HEADER_BYTES < (sizeof(report) - 1) / 2);
    buffer_close(&wire);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_dictionary_is_never_changed),
            cmocka_unit_test(the_dictionary_is_made_of_its_list),
            cmocka_unit_test(a_report_travels_in_half_of_its_bytes),
    };
    if (argc != 2)
        return 2;
    list_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
