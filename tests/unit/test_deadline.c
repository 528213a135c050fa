/* What DOMAIN 6 sees of a case: what it owes and until when, why it stands in the supervision queue
 * and what is proposed. The clock is handed in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/case/deadline.h"
#include "proto/stamp.h"
#include "tests/lib/stage.h"

#include <string.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct deadline seen(struct stage *stage, struct fold *fold)
{
    struct deadline deadline;
    assert_int_equal(deadline_read(fold, policy_builtin(), stage->roster, &deadline), GRID_OK);
    return deadline;
}

static enum deadline_class class_of(const struct deadline *deadline, int64_t now_ms)
{
    return deadline_class(deadline, policy_builtin(), now_ms);
}

/* --- from a fold --- */

static void what_nobody_has_received_owes_nothing_yet(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(
            stage, &the_worker, &fold, "report", FIELDS("title", STAGE_TITLE, "category", "0208"));
    struct deadline deadline = seen(stage, fold);
    assert_int_equal(deadline.received_ms, 0);
    assert_int_equal(deadline.accept_ms, 0);
    assert_int_equal(deadline.finish_ms, 0);
    assert_int_equal(deadline.reported_ms, STAGE_NOW_MS);
    assert_int_equal(class_of(&deadline, STAGE_NOW_MS + HOUR), DEADLINE_CLASS_U2_OPEN);
    fold_close(fold);
}

static void a_report_is_to_be_accepted_from_its_receipt_on(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage->received_ms = STAGE_NOW_MS + 3 * DAY; /* it lay on the device */
    stage_act(
            stage, &the_worker, &fold, "report", FIELDS("title", STAGE_TITLE, "category", "0208"));
    struct deadline deadline = seen(stage, fold);
    assert_int_equal(deadline.received_ms, stage->received_ms);
    assert_int_equal(deadline.accept_ms, stage->received_ms + 2 * HOUR);
    assert_int_equal(deadline.last_ms, stage->received_ms);
    int64_t at_ms = 0;
    assert_int_equal(deadline_limit(&deadline, stage->received_ms, &at_ms), DEADLINE_LIMIT_ACCEPT);
    assert_int_equal(at_ms, deadline.accept_ms);
    assert_int_equal(class_of(&deadline, at_ms), DEADLINE_CLASS_U2_OPEN);
    assert_int_equal(class_of(&deadline, at_ms + 1), DEADLINE_CLASS_OVERDUE);
    assert_int_equal(deadline_step(&deadline, at_ms + 1), DEADLINE_STEP_URGE);
    assert_false(deadline_is_overdue(&deadline, at_ms + 1)); /* that is said of the work alone */
    fold_close(fold);
}

static void what_a_centre_wrote_it_has_had_from_the_start(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_clerk, &fold, "report",
            FIELDS("title", STAGE_TITLE, "category", "0208", "unit", STAGE_GRID));
    struct deadline deadline = seen(stage, fold);
    assert_int_equal(deadline.received_ms, STAGE_NOW_MS);
    assert_int_equal(deadline.accept_ms, STAGE_NOW_MS + 2 * HOUR);
    fold_close(fold);
}

static void the_first_act_is_owed_until_somebody_acts(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage->received_ms = STAGE_NOW_MS;
    stage_act(
            stage, &the_worker, &fold, "report", FIELDS("title", STAGE_TITLE, "category", "0208"));
    stage_act(stage, &the_worker, &fold, "note", FIELDS("text", "先拉了警戒线")); /* too early */
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    struct deadline deadline = seen(stage, fold);
    assert_int_equal(deadline.accept_ms, 0);
    assert_int_equal(deadline.act_ms, STAGE_NOW_MS + 8 * HOUR);
    assert_int_equal(deadline.finish_ms, STAGE_NOW_MS + 3 * DAY);
    assert_int_equal(deadline.red_ms, STAGE_NOW_MS + 3 * DAY + 36 * HOUR);
    stage_act(stage, &the_worker, &fold, "note", FIELDS("text", "房主已搬出"));
    deadline = seen(stage, fold);
    assert_int_equal(deadline.act_ms, 0);
    assert_int_equal(deadline.finish_ms, STAGE_NOW_MS + 3 * DAY);
    fold_close(fold);
}

static void whoever_takes_a_case_has_acted(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(
            stage, &the_worker, &fold, "report", FIELDS("title", STAGE_TITLE, "category", "0208"));
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    stage_act(stage, &the_clerk, &fold, "assign", FIELDS("lead", STAGE_GRID));
    assert_true(seen(stage, fold).act_ms > 0);
    stage_act(stage, &the_worker, &fold, "take", NULL);
    struct deadline deadline = seen(stage, fold);
    assert_int_equal(deadline.state, GRID_STATE_IN_PROGRESS);
    assert_int_equal(deadline.act_ms, 0);
    assert_true(deadline.finish_ms > 0);
    fold_close(fold);
}

static void a_declined_case_owes_nothing(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_clerk, &fold, "report",
            FIELDS("title", STAGE_TITLE, "category", "0208", "unit", STAGE_GRID));
    stage_act(stage, &the_clerk, &fold, "decline", FIELDS("reason", "请到国土所办理"));
    struct deadline deadline = seen(stage, fold);
    int64_t at_ms = 1;
    assert_int_equal(deadline_limit(&deadline, STAGE_NOW_MS, &at_ms), DEADLINE_LIMIT_NONE);
    assert_int_equal(at_ms, 0);
    assert_int_equal(class_of(&deadline, STAGE_NOW_MS + 365 * DAY), DEADLINE_CLASS_NONE);
    fold_close(fold);
}

static void a_case_is_complex_by_its_limit_and_one_thing_more(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage->received_ms = STAGE_NOW_MS + 1; /* rounding makes three days no longer */
    stage_act(stage, &the_worker, &fold, "report",
            FIELDS("title", STAGE_TITLE, "category", "0208", "scale", "group"));
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    assert_int_equal(seen(stage, fold).flags & DEADLINE_COMPLEX, 0); /* U2: three days */
    fold_close(fold);
    fold = NULL;
    stage_act(
            stage, &the_worker, &fold, "report", FIELDS("title", STAGE_TITLE, "category", "0103"));
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    assert_int_equal(seen(stage, fold).flags & DEADLINE_COMPLEX, 0);
    stage_act(stage, &the_clerk, &fold, "set", FIELDS("amount_fen", "49999999"));
    assert_int_equal(seen(stage, fold).flags & DEADLINE_COMPLEX, 0);
    stage_act(stage, &the_clerk, &fold, "set", FIELDS("amount_fen", "50000000"));
    assert_int_equal(seen(stage, fold).flags & DEADLINE_COMPLEX, DEADLINE_COMPLEX);
    fold_close(fold);
}

static void mining_and_a_crowd_make_a_case_complex_together(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_clerk, &fold, "report",
            FIELDS("title", STAGE_TITLE, "category", "0105", "unit", STAGE_GRID, "tag", "mining"));
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    assert_int_equal(seen(stage, fold).flags & DEADLINE_COMPLEX, 0);
    stage_act(stage, &the_clerk, &fold, "tag", FIELDS("add", "group"));
    assert_int_equal(seen(stage, fold).flags & DEADLINE_COMPLEX, DEADLINE_COMPLEX);
    fold_close(fold);
}

static void a_large_or_grave_matter_stands_in_the_queue(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_clerk, &fold, "report",
            FIELDS("title", STAGE_TITLE, "category", "0103", "unit", STAGE_GRID));
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    stage_act(stage, &the_clerk, &fold, "note", FIELDS("text", "已约双方"));
    struct deadline deadline = seen(stage, fold);
    assert_int_equal(class_of(&deadline, stage->now_ms), DEADLINE_CLASS_NONE);
    assert_int_equal(class_of(&deadline, stage->now_ms + 8 * DAY), DEADLINE_CLASS_SILENT);
    stage_act(stage, &the_clerk, &fold, "set", FIELDS("impact", "3"));
    deadline = seen(stage, fold);
    assert_int_equal(class_of(&deadline, stage->now_ms), DEADLINE_CLASS_GRAVE);
    stage_act(stage, &the_clerk, &fold, "set", FIELDS("scale", "mass"));
    deadline = seen(stage, fold);
    assert_int_equal(class_of(&deadline, stage->now_ms), DEADLINE_CLASS_LARGE);
    fold_close(fold);
}

/* --- against a clock --- */

static const struct deadline overdue = {.state = GRID_STATE_IN_PROGRESS,
        .urgency = 3,
        .finish_ms = 1000 * HOUR,
        .red_ms = 1012 * HOUR,
        .last_ms = 999 * HOUR};

static void the_first_reason_orders_the_queue(void **state)
{
    (void)state;
    const int64_t now = 900 * HOUR;
    struct deadline deadline = overdue;
    deadline.last_ms = now;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_NONE);
    deadline.flags = DEADLINE_CONFLICT;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_CONFLICT);
    deadline.flags |= DEADLINE_EVIDENCE;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_EVIDENCE);
    deadline.flags |= DEADLINE_GRAVE;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_GRAVE);
    deadline.flags |= DEADLINE_LARGE;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_LARGE);
    deadline.flags |= DEADLINE_REOPENED;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_REOPENED);
    deadline.flags |= DEADLINE_RETURNED;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_RETURNED);
    deadline.finish_ms = now + 23 * HOUR;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_SOON);
    assert_true(deadline_is_soon(&deadline, policy_builtin(), now));
    deadline.urgency = 2;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_U2_OPEN);
    deadline.finish_ms = now - 1;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_OVERDUE);
    assert_false(deadline_is_soon(&deadline, policy_builtin(), now));
    deadline.urgency = 1;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_U1_OPEN);
    /* what is closed is out of it, but for what its decider had not seen */
    deadline.state = GRID_STATE_CLOSED;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_EVIDENCE);
    deadline.flags = DEADLINE_LARGE | DEADLINE_RETURNED;
    assert_int_equal(class_of(&deadline, now), DEADLINE_CLASS_NONE);
}

static void yellow_then_red_then_a_leader(void **state)
{
    (void)state;
    struct deadline deadline = overdue;
    assert_int_equal(deadline_step(&deadline, 1000 * HOUR), DEADLINE_STEP_NONE);
    assert_int_equal(deadline_step(&deadline, 1001 * HOUR), DEADLINE_STEP_YELLOW);
    deadline.flags = GRID_SUPERVISION_YELLOW << DEADLINE_CARD_SHIFT;
    assert_int_equal(deadline_step(&deadline, 1001 * HOUR), DEADLINE_STEP_URGE);
    assert_int_equal(deadline_step(&deadline, 1013 * HOUR), DEADLINE_STEP_RED);
    deadline.flags = GRID_SUPERVISION_RED << DEADLINE_CARD_SHIFT;
    assert_int_equal(deadline_step(&deadline, 1013 * HOUR), DEADLINE_STEP_LEAD_CASE);
    deadline.flags |= DEADLINE_LED;
    assert_int_equal(deadline_step(&deadline, 1013 * HOUR), DEADLINE_STEP_URGE);
    assert_int_equal(deadline_card(&deadline), GRID_SUPERVISION_RED);
}

static void a_hold_stops_the_clock_until_it_ends(void **state)
{
    (void)state;
    const struct deadline held = {.state = GRID_STATE_ON_HOLD,
            .urgency = 4,
            .check_ms = 500 * HOUR,
            .last_ms = 450 * HOUR};
    int64_t at_ms = 0;
    assert_int_equal(class_of(&held, 460 * HOUR), DEADLINE_CLASS_NONE);
    assert_int_equal(class_of(&held, 501 * HOUR), DEADLINE_CLASS_OVERDUE);
    assert_int_equal(deadline_limit(&held, 501 * HOUR, &at_ms), DEADLINE_LIMIT_HOLD);
    assert_int_equal(deadline_step(&held, 501 * HOUR), DEADLINE_STEP_NONE);
    assert_false(deadline_is_overdue(&held, 501 * HOUR));
}

static void what_ends_first_is_told_unless_the_work_is_late(void **state)
{
    (void)state;
    struct deadline deadline = overdue;
    int64_t at_ms = 0;
    deadline.act_ms = 980 * HOUR;
    assert_int_equal(deadline_limit(&deadline, 970 * HOUR, &at_ms), DEADLINE_LIMIT_ACT);
    assert_int_equal(at_ms, 980 * HOUR);
    assert_int_equal(deadline_limit(&deadline, 990 * HOUR, &at_ms), DEADLINE_LIMIT_ACT);
    assert_int_equal(deadline_limit(&deadline, 1001 * HOUR, &at_ms), DEADLINE_LIMIT_FINISH);
    assert_int_equal(at_ms, 1000 * HOUR);
}

static void every_word_has_a_name(void **state)
{
    (void)state;
    assert_null(deadline_class_name(DEADLINE_CLASS_NONE));
    for (unsigned class = 1; class < DEADLINE_CLASS_COUNT; class ++)
        assert_non_null(deadline_class_name((enum deadline_class) class));
    assert_string_equal(deadline_limit_name(DEADLINE_LIMIT_HOLD), "hold");
    assert_string_equal(deadline_step_name(DEADLINE_STEP_LEAD_CASE), "lead_case");
}

int main(void)
{
#define STAGED(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
    const struct CMUnitTest tests[] = {
            STAGED(what_nobody_has_received_owes_nothing_yet),
            STAGED(a_report_is_to_be_accepted_from_its_receipt_on),
            STAGED(what_a_centre_wrote_it_has_had_from_the_start),
            STAGED(the_first_act_is_owed_until_somebody_acts),
            STAGED(whoever_takes_a_case_has_acted),
            STAGED(a_declined_case_owes_nothing),
            STAGED(a_case_is_complex_by_its_limit_and_one_thing_more),
            STAGED(mining_and_a_crowd_make_a_case_complex_together),
            STAGED(a_large_or_grave_matter_stands_in_the_queue),
            cmocka_unit_test(the_first_reason_orders_the_queue),
            cmocka_unit_test(yellow_then_red_then_a_leader),
            cmocka_unit_test(a_hold_stops_the_clock_until_it_ends),
            cmocka_unit_test(what_ends_first_is_told_unless_the_work_is_late),
            cmocka_unit_test(every_word_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
