#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/stamp.h"

#include <string.h>
#include <time.h>

static void a_stamp_follows_the_clock_and_never_runs_back(void **state)
{
    (void)state;
    uint64_t stamp = stamp_next(0, 1000);
    assert_true(stamp == UINT64_C(1000) << 16);
    assert_true(stamp_next(stamp, 1000) == stamp + 1);
    assert_true(stamp_next(stamp, 500) == stamp + 1);
    assert_true(stamp_next(stamp, 1001) == UINT64_C(1001) << 16);
    assert_int_equal(stamp_ms(stamp + 1), 1000);
    /* a full counter runs into the milliseconds */
    assert_true(stamp_next((UINT64_C(1000) << 16) + 65535, 1000) == UINT64_C(1001) << 16);
}

static void a_clock_outside_48_bits_counts_as_the_nearest(void **state)
{
    (void)state;
    assert_true(stamp_next(0, -5) == 1);
    assert_true(stamp_next(0, INT64_MIN) == 1);
    assert_true(stamp_next(0, INT64_MAX) == UINT64_C(0xFFFFFFFFFFFF0000));
    assert_true(stamp_next(UINT64_MAX, 0) == UINT64_MAX);
}

/* F-rows of clocks: a handset that says 2099 moves nobody. */
static void a_remote_stamp_from_the_future_does_not_move_our_clock(void **state)
{
    (void)state;
    const int64_t now_ms = 1795224600000;
    uint64_t last = stamp_next(0, now_ms);
    uint64_t near = stamp_next(0, now_ms + 300000);
    uint64_t far = stamp_next(0, now_ms + 300001);
    assert_true(stamp_seen(last, near, now_ms) == near);
    assert_true(stamp_seen(last, far, now_ms) == last);
    assert_true(stamp_seen(last, UINT64_MAX, now_ms) == last);
    assert_true(stamp_seen(last, last - 1, now_ms) == last);
    assert_true(stamp_seen(near, last, INT64_MAX) == near);
}

static void assert_time(const char *text, int64_t expected_ms, unsigned expected_precision)
{
    int64_t wall_ms = 0;
    unsigned precision = 9;
    assert_true(stamp_parse(text, &wall_ms, &precision));
    assert_true(wall_ms == expected_ms);
    assert_int_equal(precision, expected_precision);
}

static void times_are_read_with_and_without_offset(void **state)
{
    (void)state;
    const int64_t ms = 1795224600000; /* 2026-11-21T01:30:00Z */
    assert_time("2026-11-21T09:30:00+08:00", ms, 0);
    assert_time("2026-11-21T09:30:00", ms, 0);
    assert_time("2026-11-21 09:30:00", ms, 0);
    assert_time("2026-11-21 09:30", ms, 0);
    assert_time("2026-11-21T01:30:00Z", ms, 0);
    assert_time("2026-11-21t01:30z", ms, 0);
    assert_time("2026-11-20T20:00:00-05:30", ms, 0);
    assert_time("2026-11-21T09:30:05.1239+08:00", ms + 5123, 0);
    assert_time("2026-11-21", ms - INT64_C(34200000), 2);
    assert_time("1970-01-01T08:00", 0, 0);
    assert_time("1969-12-31T23:59:59.999Z", -1, 0);
    assert_time("2024-02-29", INT64_C(1709136000000), 2);
}

static void what_the_calendar_does_not_have_is_no_time(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "2026", "2026-11", "2026-02-30", "2025-02-29",
            "1900-02-29", "2026-13-01", "2026-00-01", "2026-11-00", "2026-11-31", "0000-01-01",
            "2026-11-21T", "2026-11-21T24:00", "2026-11-21T09:60", "2026-11-21T09:30:60",
            "2026-11-21T09", "2026-11-21T9:30", "2026-11-21 09:30 ", " 2026-11-21",
            "2026-11-21T09:30:00.", "2026-11-21T09:30+0800", "2026-11-21T09:30+8:00",
            "2026-11-21T09:30+24:00", "2026-11-21T09:30Zx", "2026-11-21x09:30", "2026/11/21",
            "26-11-21", "-026-11-21", "２０２６-11-21", "昨天", "2026-11-21+08:00"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int64_t wall_ms = 77;
        unsigned precision = 7;
        assert_false(stamp_parse(wrong[i], &wall_ms, &precision));
        assert_int_equal(wall_ms, 77);
        assert_int_equal(precision, 7);
    }
}

static void times_print_at_plus_eight(void **state)
{
    (void)state;
    char text[STAMP_TEXT_BYTES];
    stamp_print(text, 1795224600999);
    assert_string_equal(text, "2026-11-21T09:30:00+08:00");
    stamp_print(text, 0);
    assert_string_equal(text, "1970-01-01T08:00:00+08:00");
    stamp_print(text, -1);
    assert_string_equal(text, "1970-01-01T07:59:59+08:00");
    stamp_print(text, INT64_MAX);
    assert_string_equal(text, "9999-12-31T23:59:59+08:00");
    stamp_print(text, INT64_MIN);
    assert_string_equal(text, "0001-01-01T00:00:00+08:00");
}

/* Against the C library's calendar, which no code of ours uses. */
static void every_day_for_800_years_is_the_librarys_day(void **state)
{
    (void)state;
    for (int32_t day = -141000; day < 151000; day++) {
        time_t seconds = (time_t)day * 86400;
        struct tm parts;
        assert_non_null(gmtime_r(&seconds, &parts));
        char expected[DAY_TEXT_BYTES], printed[DAY_TEXT_BYTES];
        strftime(expected, sizeof(expected), "%Y-%m-%d", &parts);
        day_print(printed, day);
        assert_string_equal(printed, expected);
        int32_t back;
        assert_true(day_parse(printed, strlen(printed), &back));
        assert_int_equal(back, day);
    }
}

static void the_day_changes_at_local_midnight(void **state)
{
    (void)state;
    assert_int_equal(stamp_day(0), 0);
    assert_int_equal(stamp_day(INT64_C(57599999)), 0); /* 15:59:59.999Z */
    assert_int_equal(stamp_day(INT64_C(57600000)), 1);
    assert_int_equal(stamp_day(-INT64_C(28800000)), 0);
    assert_int_equal(stamp_day(-INT64_C(28800001)), -1);
    int64_t wall_ms;
    unsigned precision;
    assert_true(stamp_parse("2026-11-21", &wall_ms, &precision));
    char text[DAY_TEXT_BYTES];
    day_print(text, stamp_day(wall_ms));
    assert_string_equal(text, "2026-11-21");
}

static void a_roster_day_is_ten_characters(void **state)
{
    (void)state;
    int32_t day = 5;
    assert_true(day_parse("2025-01-01,", 10, &day));
    assert_int_equal(day, 20089);
    assert_false(day_parse("2025-01-01", 9, &day));
    assert_false(day_parse("2025-01-011", 11, &day));
    assert_false(day_parse("2025-02-29", 10, &day));
    assert_false(day_parse("2025/01/01", 10, &day));
    assert_int_equal(day, 20089);
    assert_true(day_parse("0001-01-01", 10, &day));
    assert_int_equal(day, -719162);
    assert_true(day_parse("9999-12-31", 10, &day));
    assert_int_equal(day, 2932896);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_stamp_follows_the_clock_and_never_runs_back),
            cmocka_unit_test(a_clock_outside_48_bits_counts_as_the_nearest),
            cmocka_unit_test(a_remote_stamp_from_the_future_does_not_move_our_clock),
            cmocka_unit_test(times_are_read_with_and_without_offset),
            cmocka_unit_test(what_the_calendar_does_not_have_is_no_time),
            cmocka_unit_test(times_print_at_plus_eight),
            cmocka_unit_test(every_day_for_800_years_is_the_librarys_day),
            cmocka_unit_test(the_day_changes_at_local_midnight),
            cmocka_unit_test(a_roster_day_is_ten_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
