/* The vectors of proto/vectors: what our own code packs from fixed keys and values, and what it
 * reads back, is byte for byte what is committed there. `test_vectors --write` makes the files
 * anew: only for new vectors, since what a release has written must be read for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct vector_file {
    const char *name;
    json_t *(*make)(void);
} files[] = {
        {"entries", make_entries},
        {"segments", make_segments},
        {"receipts", make_receipts},
        {"messages", make_messages},
        {"control", make_control},
        {"names", make_names},
        {"invalid", make_invalid},
};
enum { FILES = sizeof(files) / sizeof(files[0]) };

static const char *file_path(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof(path), "%s/%s.json", VECTORS, name);
    return path;
}

/* Two programs may deflate differently: of such a frame what counts is what it holds. */
static void assert_same(json_t *made, json_t *committed)
{
    if (json_is_true(json_object_get(committed, "deflated"))) {
        const char *name = json_string_value(json_object_get(committed, "name"));
        json_t *again = show_frame(name, json_unhex(committed, "frame"));
        assert_true(json_equal(again, committed));
        json_decref(again);
        assert_int_equal(json_object_del(made, "frame"), 0);
        assert_int_equal(json_object_del(committed, "frame"), 0);
    }
    if (!json_equal(made, committed)) {
        char *left = json_dumps(made, JSON_COMPACT);
        char *right = json_dumps(committed, JSON_COMPACT);
        print_error("packed    %s\ncommitted %s\n", left, right);
        free(left);
        free(right);
    }
    assert_true(json_equal(made, committed));
}

static void file_check(const char *name)
{
    for (size_t i = 0; i < FILES; i++) {
        json_error_t failure;
        if (strcmp(files[i].name, name) != 0)
            continue;
        json_t *committed = json_load_file(file_path(name), JSON_REJECT_DUPLICATES, &failure);
        json_t *made = files[i].make();
        assert_true(json_is_array(committed));
        assert_int_equal(json_array_size(committed), json_array_size(made));
        for (size_t k = 0; k < json_array_size(made); k++)
            assert_same(json_array_get(made, k), json_array_get(committed, k));
        json_decref(made);
        json_decref(committed);
        arena_close(&arena);
        return;
    }
    fail();
}

static void entries_have_these_bytes(void **state)
{
    (void)state;
    file_check("entries");
}

static void segments_have_these_bytes(void **state)
{
    (void)state;
    file_check("segments");
}

static void receipts_have_these_bytes(void **state)
{
    (void)state;
    file_check("receipts");
}

static void messages_have_these_bytes(void **state)
{
    (void)state;
    file_check("messages");
}

static void control_messages_have_these_bytes(void **state)
{
    (void)state;
    file_check("control");
}

static void names_and_key_files_have_these_bytes(void **state)
{
    (void)state;
    file_check("names");
}

static void invalid_bytes_are_refused_for_this_reason(void **state)
{
    (void)state;
    file_check("invalid");
}

static int write_all(void)
{
    for (size_t i = 0; i < FILES; i++) {
        json_t *made = files[i].make();
        if (json_dump_file(made, file_path(files[i].name), JSON_INDENT(1)) != 0)
            return 1;
        json_decref(made);
    }
    arena_close(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(entries_have_these_bytes),
            cmocka_unit_test(segments_have_these_bytes),
            cmocka_unit_test(receipts_have_these_bytes),
            cmocka_unit_test(messages_have_these_bytes),
            cmocka_unit_test(control_messages_have_these_bytes),
            cmocka_unit_test(names_and_key_files_have_these_bytes),
            cmocka_unit_test(invalid_bytes_are_refused_for_this_reason),
    };
    keys_make();
    if (argc == 2 && strcmp(argv[1], "--write") == 0)
        return write_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
