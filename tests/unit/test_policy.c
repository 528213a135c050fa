/* Deadlines (DOMAIN 6): what policy-1 says, the calendar, and what is refused of a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/case/policies.h"
#include "proto/stamp.h"
#include "proto/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static int64_t at(const char *text)
{
    int64_t ms = 0;
    unsigned precision;
    assert_true(stamp_parse(text, &ms, &precision));
    return ms;
}

static void assert_time(int64_t ms, const char *expected)
{
    char text[STAMP_TEXT_BYTES];
    stamp_print(text, ms);
    text[16] = '\0';
    assert_string_equal(text, expected);
    assert_int_equal(ms % MINUTE, 0);
}

static struct due_value due_of(unsigned urgency, unsigned track, const char *start)
{
    struct due_value due = {0};
    assert_true(policy_due(policy_builtin(), urgency, track, at(start), &due));
    assert_int_equal(due.policy, 1);
    return due;
}

static void is_due(unsigned urgency, unsigned track, const char *start, const char *accept,
        const char *act, const char *finish)
{
    struct due_value due = due_of(urgency, track, start);
    assert_time(policy_accept_by(policy_builtin(), urgency, track, at(start)), accept);
    assert_time(due.act_ms, act);
    assert_time(due.finish_ms, finish);
}

/* --- limits --- */

static void each_urgency_has_the_limits_of_domain_6(void **state)
{
    (void)state;
    /* a Tuesday of a plain week */
    is_due(1, 0, "2026-03-10 10:00", "2026-03-10T10:30", "2026-03-10T11:00", "2026-03-11T10:00");
    is_due(2, 0, "2026-03-10 10:00", "2026-03-10T12:00", "2026-03-10T18:00", "2026-03-13T10:00");
    is_due(3, 0, "2026-03-10 10:00", "2026-03-11T00:00", "2026-03-11T00:00", "2026-03-11T00:00");
    is_due(4, 0, "2026-03-10 10:00", "2026-03-11T10:00", "2026-03-13T10:00", "2026-04-09T10:00");
    is_due(4, GRID_TRACK_PETITION, "2026-03-10 10:00", "2026-03-11T10:00", "2026-03-13T10:00",
            "2026-05-09T10:00");
    is_due(4, GRID_TRACK_CIVIL, "2026-03-10 10:00", "2026-03-11T10:00", "2026-03-13T10:00",
            "2026-04-09T10:00");
    is_due(3, GRID_TRACK_PETITION, "2026-03-10 10:00", "2026-03-11T00:00", "2026-03-11T00:00",
            "2026-03-11T00:00");
}

static void an_urgency_that_there_is_not_has_no_limits(void **state)
{
    (void)state;
    struct due_value due;
    assert_false(policy_due(policy_builtin(), 0, 0, at("2026-03-10"), &due));
    assert_false(policy_due(policy_builtin(), 5, 0, at("2026-03-10"), &due));
    assert_int_equal(policy_extension_ms(policy_builtin(), 0), 0);
    assert_int_equal(policy_extension_ms(policy_builtin(), 5), 0);
}

static void a_small_matter_received_at_21_40_is_due_at_03_40_and_not_at_midnight(void **state)
{
    (void)state;
    is_due(3, GRID_TRACK_SAFETY, "2026-03-10 21:40", "2026-03-11T03:40", "2026-03-11T03:40",
            "2026-03-11T03:40");
}

static void a_small_matter_of_the_evening_has_six_hours_and_one_of_the_day_until_midnight(
        void **state)
{
    (void)state;
    assert_time(due_of(3, 0, "2026-03-10 00:00").finish_ms, "2026-03-11T00:00");
    assert_time(due_of(3, 0, "2026-03-10 17:59").finish_ms, "2026-03-11T00:00");
    assert_time(due_of(3, 0, "2026-03-10 18:00").finish_ms, "2026-03-11T00:00");
    assert_time(due_of(3, 0, "2026-03-10 18:01").finish_ms, "2026-03-11T00:10");
    assert_time(due_of(3, 0, "2026-03-10 23:59").finish_ms, "2026-03-11T06:00");
    assert_time(due_of(3, 0, "2026-12-31 09:00").finish_ms, "2027-01-01T00:00");
    assert_time(due_of(3, 0, "2026-12-31 23:30").finish_ms, "2027-01-01T05:30");
    assert_time(due_of(3, 0, "2028-02-28 23:30").finish_ms, "2028-02-29T05:30");
}

static void results_are_rounded_up_to_ten_minutes(void **state)
{
    (void)state;
    is_due(1, 0, "2026-03-10 10:00:01", "2026-03-10T10:40", "2026-03-10T11:10", "2026-03-11T10:10");
    is_due(1, 0, "2026-03-10 10:09:59", "2026-03-10T10:40", "2026-03-10T11:10", "2026-03-11T10:10");
    is_due(1, 0, "2026-03-10 10:10", "2026-03-10T10:40", "2026-03-10T11:10", "2026-03-11T10:10");
}

static void local_time_is_always_eight_hours_ahead(void **state)
{
    (void)state;
    /* half past four in the afternoon in Greenwich is the next day here */
    assert_time(due_of(3, 0, "2026-03-10T16:30:00Z").finish_ms, "2026-03-12T00:00");
    assert_time(due_of(3, 0, "2026-07-10T15:30:00Z").finish_ms, "2026-07-11T05:30");
}

static void extensions_are_none_three_days_and_thirty(void **state)
{
    (void)state;
    assert_int_equal(policy_extension_ms(policy_builtin(), 1), 0);
    assert_int_equal(policy_extension_ms(policy_builtin(), 2), 3 * DAY);
    assert_int_equal(policy_extension_ms(policy_builtin(), 3), 3 * DAY);
    assert_int_equal(policy_extension_ms(policy_builtin(), 4), 30 * DAY);
}

static void a_held_case_is_due_later_by_the_time_it_was_held(void **state)
{
    (void)state;
    struct due_value due = due_of(2, 0, "2026-03-10 10:00");
    struct due_value moved = policy_moved(policy_builtin(), &due, 2 * DAY + 3 * HOUR + 1);
    assert_time(moved.act_ms, "2026-03-12T21:10");
    assert_time(moved.finish_ms, "2026-03-15T13:10");
    moved = policy_moved(policy_builtin(), &due, -5 * DAY); /* a clock that ran back */
    assert_int_equal(moved.finish_ms, due.finish_ms);
    moved = policy_moved(policy_builtin(), &due, INT64_MAX / 2);
    assert_true(moved.finish_ms < INT64_C(1) << 48);
}

/* --- working days --- */

static bool works(const char *text)
{
    int32_t day;
    assert_true(day_parse(text, strlen(text), &day));
    return policy_works(policy_builtin(), day);
}

static void the_calendar_of_2025_and_2026_has_its_holidays_and_make_up_days(void **state)
{
    (void)state;
    static const char *const rest[] = {"2025-01-01", "2025-01-28", "2025-02-04", "2025-04-04",
            "2025-05-05", "2025-06-02", "2025-10-08", "2026-01-02", "2026-02-16", "2026-02-23",
            "2026-04-06", "2026-05-05", "2026-06-19", "2026-09-25", "2026-10-07", "2026-03-14",
            "2026-03-15"};
    static const char *const work[] = {"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28",
            "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20",
            "2026-10-10", "2026-03-13", "2026-02-24", "2027-03-12"};
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        assert_false(works(rest[i]));
    for (size_t i = 0; i < sizeof(work) / sizeof(work[0]); i++)
        assert_true(works(work[i]));
    assert_int_equal(policy_calendar_year(policy_builtin()), 2026);
}

/* 365 days less 104 or so of weekends less holidays: the numbers that offices plan with. */
static void a_year_has_248_working_days(void **state)
{
    (void)state;
    int32_t day;
    unsigned count[2] = {0};
    for (unsigned year = 0; year < 2; year++) {
        assert_true(day_parse(year == 0 ? "2025-01-01" : "2026-01-01", 10, &day));
        for (unsigned i = 0; i < 365; i++)
            count[year] += policy_works(policy_builtin(), day + (int32_t)i);
    }
    assert_int_equal(count[0], 248);
    assert_int_equal(count[1], 248);
}

static void the_working_clock_stands_on_days_that_rest(void **state)
{
    (void)state;
    /* Friday to Monday */
    is_due(4, 0, "2026-03-13 10:00", "2026-03-16T10:00", "2026-03-18T10:00", "2026-04-12T10:00");
    /* all of a weekend is the end of Friday */
    assert_time(
            policy_accept_by(policy_builtin(), 4, 0, at("2026-03-14 00:00")), "2026-03-17T00:00");
    assert_time(
            policy_accept_by(policy_builtin(), 4, 0, at("2026-03-15 23:59")), "2026-03-17T00:00");
    assert_time(
            policy_accept_by(policy_builtin(), 4, 0, at("2026-03-13 23:50")), "2026-03-16T23:50");
    assert_time(
            policy_accept_by(policy_builtin(), 4, 0, at("2026-03-16 00:00")), "2026-03-17T00:00");
}

static void a_make_up_saturday_counts_and_a_holiday_does_not(void **state)
{
    (void)state;
    /* Saturday 14 February 2026 is worked, then nine days of Spring Festival */
    assert_time(
            policy_accept_by(policy_builtin(), 4, 0, at("2026-02-13 15:00")), "2026-02-14T15:00");
    assert_time(
            policy_accept_by(policy_builtin(), 4, 0, at("2026-02-14 15:00")), "2026-02-24T15:00");
    assert_time(
            policy_accept_by(policy_builtin(), 4, 0, at("2026-02-18 08:00")), "2026-02-25T00:00");
    assert_time(due_of(4, 0, "2026-02-13 15:00").act_ms, "2026-02-25T15:00");
    assert_time(due_of(4, 0, "2026-09-30 09:00").act_ms, "2026-10-10T09:00");
}

static void the_year_ends_in_the_middle_of_a_limit(void **state)
{
    (void)state;
    /* 1–3 January 2026 rest, Sunday the 4th works */
    assert_time(due_of(4, 0, "2025-12-31 16:00").act_ms, "2026-01-06T16:00");
    assert_time(
            policy_accept_by(policy_builtin(), 4, 0, at("2025-12-31 16:00")), "2026-01-04T16:00");
    assert_time(due_of(4, 0, "2025-12-31 16:00").finish_ms, "2026-01-30T16:00");
}

static void a_self_resolved_case_is_checked_within_three_working_days(void **state)
{
    (void)state;
    assert_time(policy_check_by(policy_builtin(), at("2026-03-12 21:40")), "2026-03-17T21:40");
    assert_time(policy_check_by(policy_builtin(), at("2026-03-14 21:40")), "2026-03-19T00:00");
}

/* Whatever comes later is never due earlier; and no limit lies before its start or after the end.
 */
static void limits_are_monotone_in_their_start(void **state)
{
    (void)state;
    const struct grid_policy *policy = policy_builtin();
    static const int64_t steps[] = {1, 59 * MINUTE + 7, 7 * HOUR};
    for (unsigned urgency = 1; urgency <= 4; urgency++) {
        for (unsigned track = 0; track <= GRID_TRACK_SERVICE; track++) {
            struct due_value last = {0};
            int64_t last_accept = 0, last_check = 0;
            int64_t start = at("2025-01-24 20:00");
            for (unsigned i = 0; start < at("2026-12-31 00:00"); i++) {
                struct due_value due;
                assert_true(policy_due(policy, urgency, track, start, &due));
                int64_t accept = policy_accept_by(policy, urgency, track, start);
                int64_t check = policy_check_by(policy, start);
                assert_true(due.act_ms >= last.act_ms && due.finish_ms >= last.finish_ms);
                assert_true(accept >= last_accept && check >= last_check);
                assert_true(start < accept && accept <= due.act_ms);
                assert_true(due.act_ms <= due.finish_ms);
                assert_int_equal(due.finish_ms % (10 * MINUTE), 0);
                last = due;
                last_accept = accept;
                last_check = check;
                start += steps[i % 3];
            }
        }
    }
}

static void any_start_has_an_end_that_a_value_can_hold(void **state)
{
    (void)state;
    static const int64_t starts[] = {
            INT64_MIN, -1, 0, 1, INT64_C(1) << 47, INT64_C(1) << 60, INT64_MAX};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        for (unsigned urgency = 1; urgency <= 4; urgency++) {
            struct buffer packed = {0};
            struct due_value due, read;
            assert_true(policy_due(policy_builtin(), urgency, 0, starts[i], &due));
            value_pack_due(&packed, &due);
            assert_true(value_due(buffer_bytes(&packed), &read));
            assert_int_equal(read.finish_ms, due.finish_ms);
            buffer_close(&packed);
        }
    }
}

/* --- texts --- */

struct faults {
    char text[2048];
};

static void note_fault(void *context, unsigned line, const char *reason, struct bytes what)
{
    struct faults *faults = context;
    size_t size = strlen(faults->text);
    snprintf(&faults->text[size], sizeof(faults->text) - size, "%u %s %.*s\n", line, reason,
            (int)what.size, (const char *)what.data);
}

/* The built-in text with the first `from` replaced; its faults must be these. */
static void faults_are(const char *from, const char *to, const char *expected)
{
    struct bytes builtin = policy_builtin_text();
    char *text = calloc(1, builtin.size + strlen(to) + 1);
    const char *found = strstr((const char *)builtin.data, from);
    assert_non_null(found);
    size_t before = (size_t)(found - (const char *)builtin.data);
    memcpy(text, builtin.data, before);
    strcpy(&text[before], to);          /* NOLINT */
    strcat(text, found + strlen(from)); /* NOLINT */
    struct grid_policy *policy = calloc(1, sizeof(*policy));
    struct faults faults = {{0}};
    bool whole = policy_read(bytes_text(text), 7, policy, note_fault, &faults);
    assert_string_equal(faults.text, expected);
    assert_int_equal(whole, expected[0] == '\0');
    if (whole)
        assert_int_equal(policy->version, 7);
    free(policy);
    free(text);
}

static void the_built_in_text_is_whole(void **state)
{
    (void)state;
    faults_are("[U1]", "[U1]", "");
    faults_are("weekend = sat sun", "weekend =\tsat \t sun  ", "");
    faults_are("[U1]\naccept = 30m", "\r\n[U1] \r\n  accept=45m\r", "");
    faults_are("tags = mining group", "tags = none", "");
}

static void each_fault_is_named_by_its_line(void **state)
{
    (void)state;
    faults_are("accept = 30m\nact = 1h", "accept = 30\nact = 1x",
            "8 policy_span 30\n9 policy_span 1x\n");
    faults_are("accept = 30m", "accept 30m",
            "8 policy_line accept 30m\n0 policy_missing [U1] accept\n");
    faults_are(
            "accept = 30m", "accept =", "8 policy_line accept =\n0 policy_missing [U1] accept\n");
    faults_are("accept = 30m", "acept = 30m", "8 policy_key acept\n0 policy_missing [U1] accept\n");
    faults_are("accept = 30m", "accept = 30m\naccept = 31m", "9 policy_twice accept\n");
    faults_are("[rules]", "[Rules]",
            "32 policy_section [Rules]\n"
            "0 policy_missing [rules] round\n0 policy_missing [rules] check\n");
    faults_are("accept = 30m", "accept = day_end+6h", "8 policy_span day_end+6h\n");
    faults_are("extension = none", "extension = 1wd", "11 policy_natural 1wd\n");
    faults_are("accept = 30m", "accept = 0m", "8 policy_span 0m\n");
    faults_are("accept = 30m", "accept = 3651d", "8 policy_span 3651d\n");
    faults_are("accept = 30m", "accept = 99999999999999999999m",
            "8 policy_span 99999999999999999999m\n");
    faults_are("accept = 1wd", "accept = 251wd", "26 policy_span 251wd\n");
    faults_are("round = 10m", "round = 7m", "33 policy_round 7m\n");
    faults_are("impact = 3", "impact = 5", "42 policy_number 5\n");
    faults_are("scale = group", "scale = huge", "41 policy_scale huge\n");
}

static void a_slip_in_the_calendar_is_named(void **state)
{
    (void)state;
    faults_are("weekend = sat sun", "weekend = sat sam", "57 policy_weekend sat sam\n");
    faults_are("weekend = sat sun", "weekend = mon tue wed thu fri sat sun",
            "57 policy_weekend mon tue wed thu fri sat sun\n");
    faults_are("2025-01-28 2025-02-04", "2025-01-28 2025-02-29",
            "59 policy_days 2025-01-28 2025-02-29\n");
    faults_are("2025-01-28 2025-02-04", "2025-02-04 2025-01-28",
            "59 policy_days 2025-02-04 2025-01-28\n");
    faults_are("2025-01-28 2025-02-04", "2025-01-28 2026-02-04",
            "59 policy_days 2025-01-28 2026-02-04\n");
    faults_are("workday = 2025-01-26", "workday = 2025-01-27", "60 policy_day_works 2025-01-27\n");
    faults_are("workday = 2025-01-26", "workday = 2025-02-01", "60 policy_day_twice 2025-02-01\n");
    faults_are("weekend = sat sun\nholiday = 2025-01-01", "holiday = 2025-01-01\nweekend = sat sun",
            "57 policy_weekend_first 2025-01-01\n");
}

static void a_text_of_nothing_says_what_is_missing(void **state)
{
    (void)state;
    struct grid_policy *policy = calloc(1, sizeof(*policy));
    struct faults faults = {{0}};
    assert_false(policy_read((struct bytes){0}, 2, policy, note_fault, &faults));
    assert_non_null(strstr(faults.text, "0 policy_missing [U4] finish\n"));
    assert_non_null(strstr(faults.text, "0 policy_missing [calendar] weekend\n"));
    assert_null(strstr(faults.text, "holiday"));
    free(policy);
}

/* --- several --- */

static void take(struct policies *policies, const char *unit, uint32_t version, uint8_t leaf_byte,
        const char *text, bool counts)
{
    const struct policy_body body = {.unit = bytes_text(unit),
            .version = version,
            .text = text != NULL ? bytes_text(text) : policy_builtin_text()};
    uint8_t leaf[GRID_HASH_BYTES] = {leaf_byte};
    bool counted = !counts;
    assert_int_equal(policies_take(policies, &body, leaf, 1000, &counted), GRID_OK);
    assert_int_equal(counted, counts);
}

static unsigned version_at(const struct policies *policies, const char *place)
{
    return policies_for(policies, bytes_text(place))->version;
}

static void the_highest_version_of_the_nearest_centre_counts(void **state)
{
    (void)state;
    struct policies policies = {0};
    assert_int_equal(version_at(&policies, "150622103"), 1);
    assert_int_equal(version_at(NULL, "150622103"), 1);
    take(&policies, "150622", 7, 1, NULL, true);
    assert_int_equal(version_at(&policies, "150622103203004"), 7);
    assert_int_equal(version_at(&policies, "150623103"), 1);
    take(&policies, "150622103", 2, 1, NULL, true);
    assert_int_equal(version_at(&policies, "150622103203004"), 2);
    assert_int_equal(version_at(&policies, "150622103P0017"), 2);
    assert_int_equal(version_at(&policies, "150622103D0001"), 2);
    assert_int_equal(version_at(&policies, "150622104"), 7);
    take(&policies, "150622103", 4, 1, NULL, true);
    take(&policies, "150622103", 3, 9, NULL, false);
    take(&policies, "150622103", 4, 1, NULL, false);
    assert_int_equal(version_at(&policies, "150622103"), 4);
    assert_int_equal(policies_next_version(&policies, bytes_text("150622103")), 5);
    assert_int_equal(policies_next_version(&policies, bytes_text("150622104")), 2);
    policies_close(&policies);
}

static void of_two_of_one_version_the_greater_leaf_counts_in_any_order(void **state)
{
    (void)state;
    struct policies policies = {0};
    take(&policies, "150622103", 2, 5, NULL, true);
    take(&policies, "150622103", 2, 4, NULL, false);
    take(&policies, "150622103", 2, 6, NULL, true);
    assert_int_equal(policies_held(&policies, bytes_text("150622103"))->leaf[0], 6);
    policies_close(&policies);
}

static void a_text_that_cannot_be_read_changes_nothing(void **state)
{
    (void)state;
    struct policies policies = {0};
    take(&policies, "150622103", 2, 1, NULL, true);
    take(&policies, "150622103", 3, 1, "[U5]\naccept = 1m\n", false);
    assert_int_equal(version_at(&policies, "150622103"), 2);
    policies_close(&policies);
}

static void a_letter_is_to_be_answered_by_its_card_or_risk(void **state)
{
    (void)state;
    const struct grid_policy *policy = policy_builtin();
    struct grid_policy own = *policy;
    const int64_t day_ms = INT64_C(24) * 3600 * 1000;
    const int64_t start_ms = INT64_C(1795224600000) /* 2026-11-21T09:30:00+08:00 */;
    assert_int_equal(policy_reply_by(policy, 1, 0, start_ms), start_ms + 3 * day_ms);
    assert_int_equal(policy_reply_by(policy, 2, 3, start_ms), start_ms + day_ms);
    assert_int_equal(policy_reply_by(policy, 0, 0, start_ms), start_ms + 7 * day_ms);
    assert_int_equal(policy_reply_by(policy, 0, 1, start_ms), start_ms + 7 * day_ms);
    assert_int_equal(policy_reply_by(policy, 0, 2, start_ms), start_ms + 3 * day_ms);
    assert_int_equal(policy_reply_by(policy, 0, 3, start_ms), start_ms + day_ms);
    /* an older text says nothing of letters: what is built in counts */
    memset(own.reply_card, 0, sizeof(own.reply_card));
    assert_int_equal(policy_reply_by(&own, 1, 0, start_ms), start_ms + 3 * day_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_letter_is_to_be_answered_by_its_card_or_risk),
            cmocka_unit_test(each_urgency_has_the_limits_of_domain_6),
            cmocka_unit_test(an_urgency_that_there_is_not_has_no_limits),
            cmocka_unit_test(a_small_matter_received_at_21_40_is_due_at_03_40_and_not_at_midnight),
            cmocka_unit_test(
                    a_small_matter_of_the_evening_has_six_hours_and_one_of_the_day_until_midnight),
            cmocka_unit_test(results_are_rounded_up_to_ten_minutes),
            cmocka_unit_test(local_time_is_always_eight_hours_ahead),
            cmocka_unit_test(extensions_are_none_three_days_and_thirty),
            cmocka_unit_test(a_held_case_is_due_later_by_the_time_it_was_held),
            cmocka_unit_test(the_calendar_of_2025_and_2026_has_its_holidays_and_make_up_days),
            cmocka_unit_test(a_year_has_248_working_days),
            cmocka_unit_test(the_working_clock_stands_on_days_that_rest),
            cmocka_unit_test(a_make_up_saturday_counts_and_a_holiday_does_not),
            cmocka_unit_test(the_year_ends_in_the_middle_of_a_limit),
            cmocka_unit_test(a_self_resolved_case_is_checked_within_three_working_days),
            cmocka_unit_test(limits_are_monotone_in_their_start),
            cmocka_unit_test(any_start_has_an_end_that_a_value_can_hold),
            cmocka_unit_test(the_built_in_text_is_whole),
            cmocka_unit_test(each_fault_is_named_by_its_line),
            cmocka_unit_test(a_slip_in_the_calendar_is_named),
            cmocka_unit_test(a_text_of_nothing_says_what_is_missing),
            cmocka_unit_test(the_highest_version_of_the_nearest_centre_counts),
            cmocka_unit_test(of_two_of_one_version_the_greater_leaf_counts_in_any_order),
            cmocka_unit_test(a_text_that_cannot_be_read_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
