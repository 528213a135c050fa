/* Times as people say them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/when.h"

/* 2026-11-21T09:30:00+08:00 */
static const int64_t now_ms = INT64_C(1795224600000);

static void reads(const char *typed, const char *wanted)
{
    char out[STAMP_TEXT_BYTES] = "";
    assert_int_equal(when_read(bytes_text(typed), now_ms, out), WHEN_TIME);
    assert_string_equal(out, wanted);
}

static void is(const char *typed, enum when wanted)
{
    char out[STAMP_TEXT_BYTES];
    if (when_read(bytes_text(typed), now_ms, out) != wanted)
        fail_msg("%s", typed);
}

static void a_time_of_day_is_todays_or_that_of_the_day_named(void **state)
{
    (void)state;
    reads("8:05", "2026-11-21T08:05:00+08:00");
    reads("8点", "2026-11-21T08:00:00+08:00");
    reads("八点半", "2026-11-21T08:30:00+08:00");
    reads("早上7点20分", "2026-11-21T07:20:00+08:00");
    reads("凌晨两点", "2026-11-21T02:00:00+08:00");
    reads("昨天 15:30", "2026-11-20T15:30:00+08:00");
    reads("昨天下午3点", "2026-11-20T15:00:00+08:00");
    reads("昨天中午12点", "2026-11-20T12:00:00+08:00");
    reads("昨天晚上十一点", "2026-11-20T23:00:00+08:00");
    reads("前天 0:00", "2026-11-19T00:00:00+08:00");
    reads("Yesterday 15:30", "2026-11-20T15:30:00+08:00");
    reads("今天 9:30", "2026-11-21T09:30:00+08:00");
}

static void a_day_alone_stays_a_day(void **state)
{
    (void)state;
    reads("今天", "2026-11-21");
    reads("昨天", "2026-11-20");
    reads("yesterday", "2026-11-20");
}

static void a_while_ago_is_counted_back(void **state)
{
    (void)state;
    reads("现在", "2026-11-21T09:30:00+08:00");
    reads("半小时前", "2026-11-21T09:00:00+08:00");
    reads("十分钟前", "2026-11-21T09:20:00+08:00");
    reads("2小时前", "2026-11-21T07:30:00+08:00");
    reads("两个小时以前", "2026-11-21T07:30:00+08:00");
    reads("2 hours ago", "2026-11-21T07:30:00+08:00");
    reads("half an hour ago", "2026-11-21T09:00:00+08:00");
}

static void what_today_has_not_seen_yet_is_ahead(void **state)
{
    (void)state;
    is("9:31", WHEN_AHEAD);
    is("下午3点", WHEN_AHEAD);
    is("23:59", WHEN_AHEAD);
}

static void all_else_is_none_of_ours(void **state)
{
    (void)state;
    static const char *const others[] = {"", " ", "2026-11-21", "2026-11-21 09:30", "24:00", "8:60",
            "8:", ":30", "8", "点", "昨天 点", "昨天再说", "前", "小时前", "2小时", "8点半多",
            "99999分钟前", "\xe5", "不记得"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        is(others[i], WHEN_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_time_of_day_is_todays_or_that_of_the_day_named),
            cmocka_unit_test(a_day_alone_stays_a_day),
            cmocka_unit_test(a_while_ago_is_counted_back),
            cmocka_unit_test(what_today_has_not_seen_yet_is_ahead),
            cmocka_unit_test(all_else_is_none_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
