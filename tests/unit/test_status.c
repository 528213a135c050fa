#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/status.h"

#include <string.h>

static void a_failure_carries_its_status_reason_and_arguments(void **state)
{
    (void)state;
    struct grid_error error = {0};
    enum grid_status status =
            grid_fail(&error, GRID_INVALID, "title_length", "%d" GRID_ARG "%s", 41, "四十一");
    assert_int_equal(status, GRID_INVALID);
    assert_int_equal(error.status, GRID_INVALID);
    assert_string_equal(error.reason, "title_length");
    assert_string_equal(error.detail, "41\x1f四十一");
}

static void a_failure_without_a_place_to_write_is_only_its_status(void **state)
{
    (void)state;
    assert_int_equal(grid_fail(NULL, GRID_LIMIT, "frame_length", "%d", 1), GRID_LIMIT);
}

static void a_long_detail_is_cut_at_a_character(void **state)
{
    (void)state;
    /* One byte in front moves the three-byte characters against the end of the buffer. */
    for (size_t shift = 0; shift < 4; shift++) {
        char text[3 * GRID_DETAIL_BYTES + 8] = "xxxx";
        size_t size = shift;
        while (size + 3 < sizeof(text)) {
            memcpy(text + size, "网", 3);
            size += 3;
        }
        text[size] = '\0';
        struct grid_error error;
        grid_fail(&error, GRID_INVALID, "long", "%s", text);
        size_t kept = strlen(error.detail);
        assert_true(kept > GRID_DETAIL_BYTES - 4);
        assert_int_equal((kept - shift) % 3, 0);
        assert_memory_equal(error.detail, text, kept);
    }
}

static void a_failure_may_quote_the_one_before(void **state)
{
    (void)state;
    struct grid_error error;
    grid_fail(&error, GRID_STORAGE, "inner", "%s", "磁盘");
    grid_fail(&error, GRID_REFUSED, "outer", "%s" GRID_ARG "%s", error.reason, error.detail);
    assert_string_equal(error.reason, "outer");
    assert_string_equal(error.detail, "inner\x1f磁盘");
}

static void every_word_finds_a_status_with_that_word(void **state)
{
    (void)state;
    for (unsigned status = 0; status < GRID_STATUS_COUNT; status++) {
        const char *word = grid_status_word((enum grid_status)status);
        enum grid_status found = grid_status_from_word(word);
        assert_int_not_equal(found, GRID_STATUS_COUNT);
        assert_string_equal(grid_status_word(found), word);
    }
    assert_int_equal(grid_status_from_word("internal"), GRID_INTERNAL);
    assert_int_equal(grid_status_from_word("invalid"), GRID_INVALID);
    assert_int_equal(grid_status_from_word("stale"), GRID_STALE);
    assert_int_equal(grid_status_from_word("nonsense"), GRID_STATUS_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_failure_carries_its_status_reason_and_arguments),
            cmocka_unit_test(a_failure_without_a_place_to_write_is_only_its_status),
            cmocka_unit_test(a_long_detail_is_cut_at_a_character),
            cmocka_unit_test(a_failure_may_quote_the_one_before),
            cmocka_unit_test(every_word_finds_a_status_with_that_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
