/* The life of a case as its people lead it (DOMAIN 7): each verb makes an entry that the fold finds
 * valid, and what it cannot do is refused in words that say what is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/stage.h"

#include "proto/stamp.h"

#include <string.h>

static struct fold *reported(struct stage *stage, const char *category)
{
    struct fold *fold = NULL;
    stage_act(
            stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE, "category", category));
    return fold;
}

static void refused(struct stage *stage, const struct actor *actor, struct fold *fold,
        const char *verb, const char *const fields[], const char *reason)
{
    enum grid_status status = stage_try(stage, actor, fold, verb, fields);
    if (status == GRID_OK)
        fail_msg("%s by %s: not refused", verb, actor->key);
    assert_string_equal(stage->error.reason, reason);
}

static void an_accepted_case_has_its_holder_and_its_limit(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "0201");
    struct due_value due = {0};
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    assert_int_equal(fold_state(fold), GRID_STATE_ACCEPTED);
    stage_text(fold_shown(fold, GRID_REGISTER_HOLDER), STAGE_TOWNSHIP);
    assert_true(value_due(fold_shown(fold, GRID_REGISTER_DUE), &due));
    assert_int_equal(due.policy, 1);
    char finish[STAMP_TEXT_BYTES]; /* U3 at half past nine: the end of the day */
    stamp_print(finish, due.finish_ms);
    assert_string_equal(finish, "2026-11-22T00:00:00+08:00");
    refused(stage, &the_clerk, fold, "accept", NULL, "void_transition");
    fold_close(fold);
}

/* 小事不过夜, but for what comes in late: six hours then (DOMAIN 10, corridor-storage). */
static void what_comes_in_the_evening_is_due_at_night(void **state)
{
    struct stage *stage = *state;
    stage->now_ms += (12 * 60 + 10) * 60 * 1000; /* 21:40 */
    struct fold *fold = reported(stage, "0201");
    struct due_value due = {0};
    char finish[STAMP_TEXT_BYTES];
    stage->now_ms -= 1000; /* the report took one */
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    assert_true(value_due(fold_shown(fold, GRID_REGISTER_DUE), &due));
    stamp_print(finish, due.finish_ms);
    assert_string_equal(finish, "2026-11-22T03:40:00+08:00");
    fold_close(fold);
}

static void a_chief_accepts_for_the_village(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "0201");
    refused(stage, &the_worker, fold, "accept", NULL, "void_role");
    refused(stage, &the_other_secretary, fold, "accept", NULL, "void_scope");
    stage_act(stage, &the_chief, &fold, "accept", NULL);
    stage_text(fold_shown(fold, GRID_REGISTER_HOLDER), STAGE_VILLAGE);
    fold_close(fold);
}

static void what_is_unclassified_is_refined_when_it_is_accepted(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "9999");
    refused(stage, &the_clerk, fold, "accept", NULL, "accept_unclassified");
    refused(stage, &the_clerk, fold, "accept", FIELDS("category", "9999"), "accept_unclassified");
    refused(stage, &the_head, fold, "accept", NULL, "void_role"); /* that comes first */
    stage_act(stage, &the_clerk, &fold, "accept", FIELDS("category", "0401"));
    assert_int_equal(value_uint(fold_shown(fold, GRID_REGISTER_CATEGORY)), 401);
    fold_close(fold);
}

static void a_declined_case_says_why(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "0201");
    struct outcome_value outcome = {0};
    refused(stage, &the_secretary, fold, "decline", FIELDS("reason", "不归村里"), "void_role");
    refused(stage, &the_clerk, fold, "decline", NULL, "field_missing");
    stage_act(stage, &the_clerk, &fold, "decline", FIELDS("reason", "请找供电公司"));
    assert_int_equal(fold_state(fold), GRID_STATE_DECLINED);
    assert_true(value_outcome(fold_shown(fold, GRID_REGISTER_OUTCOME), &outcome));
    assert_true(bytes_equal(outcome.text, bytes_text("请找供电公司")));
    assert_false(outcome.success);
    fold_close(fold);
}

static void who_leads_signs_for_it_and_nobody_else(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "0201");
    refused(stage, &the_worker, fold, "take", NULL, "void_role");
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    refused(stage, &the_clerk, fold, "assign", FIELDS("lead", "没有的部门"), "lead_unknown");
    refused(stage, &the_clerk, fold, "assign", FIELDS("lead", STAGE_GRID, "until", "2026-11-20"),
            "until_past");
    stage_act(stage, &the_clerk, &fold, "assign",
            FIELDS("lead", "柳塔村第一网格", "assist", "纳日松镇司法所", "assist", STAGE_MICRO,
                    "assist", STAGE_GRID, "until", "2026-11-30"));
    struct lead_value lead = {0};
    struct due_value due = {0};
    char finish[STAMP_TEXT_BYTES];
    assert_true(value_lead(fold_shown(fold, GRID_REGISTER_LEAD), &lead));
    assert_int_equal(lead.assist_count, 2);
    assert_true(value_due(fold_shown(fold, GRID_REGISTER_DUE), &due));
    stamp_print(finish, due.finish_ms);
    assert_string_equal(finish, "2026-11-30T23:59:00+08:00");
    refused(stage, &the_head, fold, "take", NULL, "void_role_lead");
    stage_act(stage, &the_worker, &fold, "take", NULL);
    assert_int_equal(fold_state(fold), GRID_STATE_IN_PROGRESS);
    refused(stage, &the_worker, fold, "take", NULL, "void_transition");
    fold_close(fold);
}

static void the_bench_writes_its_minutes_and_the_risk(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "0109");
    stage_act(stage, &the_group_leader, &fold, "discuss",
            FIELDS("text", "两家同意各退一米", "risk", "R2"));
    assert_int_equal(value_uint(fold_shown(fold, GRID_REGISTER_RISK)), 2);
    stage_act(stage, &the_secretary, &fold, "discuss", FIELDS("text", "再议一次"));
    refused(stage, &the_worker, fold, "discuss", FIELDS("text", "不该我写"), "void_role");
    const struct fold_item *items = NULL;
    size_t count = 0;
    assert_int_equal(fold_collection(fold, GRID_COLLECTION_DISCUSSIONS, &items, &count), GRID_OK);
    assert_int_equal(count, 2);
    fold_close(fold);
}

/* --- from the table to the archive --- */

static struct fold *in_progress(struct stage *stage, const char *category)
{
    struct fold *fold = reported(stage, category);
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    stage_act(stage, &the_clerk, &fold, "assign", FIELDS("lead", STAGE_GRID));
    stage_act(stage, &the_worker, &fold, "take", NULL);
    return fold;
}

static struct fold *resolved(struct stage *stage, const char *category)
{
    struct fold *fold = in_progress(stage, category);
    stage_act(stage, &the_worker, &fold, "resolve", FIELDS("method", "repair", "result", "修好了"));
    return fold;
}

static int64_t finish_of(struct fold *fold)
{
    struct due_value due = {0};
    assert_true(value_due(fold_shown(fold, GRID_REGISTER_DUE), &due));
    return due.finish_ms;
}

static void a_returned_case_has_no_lead(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = in_progress(stage, "0201");
    struct lead_value lead = {0};
    refused(stage, &the_worker, fold, "return", FIELDS("return_reason", "lazy"),
            "return_reason_unknown");
    refused(stage, &the_clerk, fold, "return", FIELDS("return_reason", "not_our_duty"),
            "void_role_lead");
    stage_act(stage, &the_worker, &fold, "return",
            FIELDS("return_reason", "not_our_duty", "text", "归供电所"));
    assert_int_equal(fold_state(fold), GRID_STATE_ACCEPTED);
    assert_true(value_lead(fold_shown(fold, GRID_REGISTER_LEAD), &lead));
    assert_int_equal(lead.lead.size, 0);
    refused(stage, &the_worker, fold, "take", NULL, "void_role");
    fold_close(fold);
}

static void an_escalated_case_goes_to_the_office_above(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "0201");
    stage_act(stage, &the_worker, &fold, "escalate", FIELDS("reason", "村里办不了"));
    stage_text(fold_shown(fold, GRID_REGISTER_HOLDER), STAGE_TOWNSHIP);
    assert_int_equal(fold_state(fold), GRID_STATE_REPORTED);
    refused(stage, &the_secretary, fold, "escalate", NULL, "void_scope_holder");
    refused(stage, &the_clerk, fold, "escalate", NULL, "escalate_nobody"); /* no banner's clerk */
    assert_string_equal(stage->error.detail, "纳日松镇" GRID_ARG "150622");
    stage_act(stage, &the_clerk, &fold, "accept", NULL); /* the category stands in the create */
    fold_close(fold);
}

static void only_who_reported_it_withdraws_it(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "0201");
    refused(stage, &the_clerk, fold, "withdraw", NULL, "void_role");
    stage_act(stage, &the_head, &fold, "withdraw", FIELDS("reason", "自己搬走了"));
    assert_int_equal(fold_state(fold), GRID_STATE_WITHDRAWN);
    fold_close(fold);
    fold = in_progress(stage, "0201");
    refused(stage, &the_head, fold, "withdraw", NULL, "void_transition");
    fold_close(fold);
}

static void the_limit_moves_by_as_long_as_it_was_held(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = in_progress(stage, "0109"); /* U3: the end of the day */
    const char *const *hold = FIELDS("until", "2026-12-31", "reason", "等化冻");
    const int64_t day_ms = 24 * 60 * 60 * 1000;
    int64_t finish = finish_of(fold);
    stage_act(stage, &the_worker, &fold, "ask",
            FIELDS("ask", "hold", "until", "2026-12-31", "reason", "等化冻"));
    refused(stage, &the_worker, fold, "hold", hold, "void_role");
    refused(stage, &the_clerk, fold, "hold", FIELDS("until", "2026-11-01", "reason", "等"),
            "until_past");
    refused(stage, &the_clerk, fold, "resume", NULL, "void_transition");
    stage_act(stage, &the_clerk, &fold, "hold", hold);
    assert_int_equal(fold_state(fold), GRID_STATE_ON_HOLD);
    stage->now_ms += 2 * day_ms;
    stage_act(stage, &the_worker, &fold, "resume", NULL);
    assert_true(finish_of(fold) >= finish + 2 * day_ms);
    assert_true(finish_of(fold) <= finish + 2 * day_ms + 10 * 60 * 1000);
    fold_close(fold);
}

static void an_extension_has_its_measure(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = in_progress(stage, "0109");
    /* due at midnight behind 2026-11-21 */
    refused(stage, &the_clerk, fold, "extend", FIELDS("until", "2026-11-21", "reason", "等"),
            "extend_shorter");
    refused(stage, &the_clerk, fold, "extend", FIELDS("until", "2026-11-25", "reason", "等"),
            "extend_long");
    refused(stage, &the_worker, fold, "ask",
            FIELDS("ask", "extend", "until", "2026-11-25", "reason", "等"), "extend_long");
    stage_act(stage, &the_clerk, &fold, "extend", FIELDS("until", "2026-11-22", "reason", "等"));
    refused(stage, &the_clerk, fold, "extend", FIELDS("until", "2026-11-23", "reason", "再等"),
            "extend_second");
    stage_act(
            stage, &the_director, &fold, "extend", FIELDS("until", "2026-11-23", "reason", "再等"));
    fold_close(fold);
    fold = in_progress(stage, "0213"); /* U1 */
    refused(stage, &the_director, fold, "extend",
            FIELDS("until", "2026-11-22T12:00", "reason", "等"), "extend_none");
    fold_close(fold);
}

static void mediation_comes_before_litigation(void **state)
{
    struct stage *stage = *state;
    const char *const *court = FIELDS("method", "litigation", "result", "已起诉");
    struct fold *fold = in_progress(stage, "0109");
    refused(stage, &the_worker, fold, "resolve", court, "litigation_early");
    stage_act(stage, &the_secretary, &fold, "discuss", FIELDS("text", "议不成"));
    stage_act(stage, &the_worker, &fold, "resolve", court);
    fold_close(fold);
    fold = in_progress(stage, "0109");
    stage_act(stage, &the_worker, &fold, "resolve",
            FIELDS("method", "mediation_people", "result", "没谈成", "failed", "yes"));
    stage_act(stage, &the_clerk, &fold, "assign", FIELDS("lead", STAGE_GRID));
    stage_act(stage, &the_worker, &fold, "take", NULL);
    stage_act(stage, &the_worker, &fold, "resolve", court); /* it was mediated before */
    fold_close(fold);
    fold = in_progress(stage, "0109");
    stage_act(stage, &the_worker, &fold, "resolve",
            FIELDS("method", "litigation", "result", "已起诉", "reason", "对方不到场"));
    fold_close(fold);
}

static void nobody_follows_up_or_closes_his_own_work(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = resolved(stage, "0201");
    refused(stage, &the_worker, fold, "follow_up", FIELDS("reached", "yes"), "same_person");
    assert_string_equal(stage->error.detail, "follow_up" GRID_ARG "苏和");
    refused(stage, &the_head, fold, "follow_up", FIELDS("reached", "yes"), "void_role");
    refused(stage, &the_clerk, fold, "follow_up", FIELDS("reached", "no", "satisfied", "5"),
            "satisfied_unreached");
    refused(stage, &the_clerk, fold, "follow_up", FIELDS("reached", "yes", "satisfied", "6"),
            "number_range");
    refused(stage, &the_clerk, fold, "close", NULL, "close_no_follow_up");
    refused(stage, &the_clerk, fold, "close", FIELDS("as_is", "self_checked"),
            "close_not_self_checked");
    stage_act(stage, &the_chief, &fold, "follow_up", FIELDS("reached", "yes", "satisfied", "5"));
    stage_act(stage, &the_clerk, &fold, "close", NULL);
    stage_text(stage_body(stage).args[GRID_ARGUMENT_REASON], "normal");
    assert_int_equal(fold_state(fold), GRID_STATE_CLOSED);
    fold_close(fold);
}

static void three_who_are_not_reached_are_enough(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = resolved(stage, "0201");
    for (int i = 0; i < 3; i++) {
        refused(stage, &the_clerk, fold, "close", NULL,
                i == 0 ? "close_no_follow_up" : "close_unreached");
        stage_act(stage, &the_chief, &fold, "follow_up", FIELDS("reached", "no", "text", "没人接"));
    }
    stage_act(stage, &the_clerk, &fold, "close", NULL);
    fold_close(fold);
}

static void who_awaits_an_answer_gets_one_before_it_is_closed(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report",
            FIELDS("title", STAGE_TITLE, "category", "0201", "applicant", "yes"));
    stage_act(stage, &the_clerk, &fold, "accept", NULL);
    stage_act(stage, &the_clerk, &fold, "assign", FIELDS("lead", STAGE_GRID));
    stage_act(stage, &the_worker, &fold, "take", NULL);
    stage->now_ms += 3 * 24 * 60 * 60 * 1000; /* far too late */
    stage_act(stage, &the_worker, &fold, "resolve", FIELDS("method", "repair", "result", "修好了"));
    stage_act(stage, &the_clerk, &fold, "follow_up", FIELDS("reached", "yes"));
    refused(stage, &the_clerk, fold, "close", NULL, "close_no_feedback");
    refused(stage, &the_clerk, fold, "feedback", NULL, "field_missing");
    stage_act(stage, &the_clerk, &fold, "feedback", FIELDS("text", "已告知"));
    stage_act(stage, &the_clerk, &fold, "close", NULL);
    stage_text(stage_body(stage).args[GRID_ARGUMENT_REASON], "overdue");
    fold_close(fold);
}

static void what_is_asked_after_a_reopening_answers_the_new_resolve(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = resolved(stage, "0201");
    stage_act(stage, &the_clerk, &fold, "follow_up", FIELDS("reached", "yes"));
    refused(stage, &the_secretary, fold, "reopen", FIELDS("reason", "又坏了"), "void_scope_holder");
    stage_act(stage, &the_clerk, &fold, "reopen", FIELDS("reason", "又坏了"));
    assert_int_equal(fold_state(fold), GRID_STATE_ACCEPTED);
    stage_act(stage, &the_clerk, &fold, "assign", FIELDS("lead", STAGE_GRID));
    stage_act(stage, &the_worker, &fold, "take", NULL);
    stage_act(
            stage, &the_worker, &fold, "resolve", FIELDS("method", "repair", "result", "又修好了"));
    refused(stage, &the_clerk, fold, "close", NULL, "close_no_follow_up"); /* not the old one */
    stage_act(stage, &the_clerk, &fold, "follow_up", FIELDS("reached", "yes"));
    stage_act(stage, &the_clerk, &fold, "close", NULL);
    fold_close(fold);
}

/* Whom a ruling brought back to "resolved" is asked for by the resolve beneath it. */
static void a_resolve_that_a_ruling_chose_is_followed_up(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = in_progress(stage, "0201");
    assert_int_equal(stage_try(stage, &the_worker, fold, "resolve",
                             FIELDS("method", "repair", "result", "修好了")),
            GRID_OK);
    const struct act_result apart = stage->result;
    stage_act(stage, &the_clerk, &fold, "hold", FIELDS("until", "2026-12-01", "reason", "等"));
    stage->result = apart;
    assert_int_equal(stage_add(stage, &the_worker, &fold), GRID_VALID);
    assert_int_equal(fold_conflict_count(fold), 1);
    assert_int_equal(fold_state(fold), GRID_STATE_ON_HOLD);
    stage_act(stage, &the_clerk, &fold, "ruling",
            FIELDS("field", "state", "take", "1", "reason", "其实已修好"));
    assert_int_equal(fold_state(fold), GRID_STATE_RESOLVED);
    refused(stage, &the_worker, fold, "follow_up", FIELDS("reached", "yes"), "same_person");
    stage_act(stage, &the_chief, &fold, "follow_up", FIELDS("reached", "yes"));
    stage_act(stage, &the_clerk, &fold, "close", NULL);
    fold_close(fold);
}

static void what_was_resolved_as_reported_is_checked_by_another(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    const char *const *done = FIELDS("title", STAGE_TITLE, "category", "0201", "resolved",
            "on_spot", "result", "当场清走了");
    stage_act(stage, &the_chief, &fold, "report", done);
    assert_int_equal(fold_state(fold), GRID_STATE_RESOLVED);
    refused(stage, &the_chief, fold, "close", NULL, "same_person");
    stage_act(stage, &the_secretary, &fold, "close", NULL);
    stage_text(stage_body(stage).args[GRID_ARGUMENT_REASON], "self_checked");
    fold_close(fold);
    refused(stage, &the_secretary, NULL, "report", done, "void_role");
    refused(stage, &the_worker, NULL, "report",
            FIELDS("title", STAGE_TITLE, "category", "0203", "resolved", "on_spot", "result", "好"),
            "resolved_urgent");
    refused(stage, &the_worker, NULL, "report",
            FIELDS("title", STAGE_TITLE, "category", "0204", "urgency", "U3", "resolved", "on_spot",
                    "result", "好"),
            "resolved_category");
    refused(stage, &the_worker, NULL, "report",
            FIELDS("title", STAGE_TITLE, "category", "0109", "tag", "mining", "resolved", "on_spot",
                    "result", "好"),
            "resolved_weighty");
    refused(stage, &the_worker, NULL, "report", FIELDS("title", STAGE_TITLE, "resolved", "on_spot"),
            "field_missing");
    refused(stage, &the_worker, NULL, "report",
            FIELDS("title", STAGE_TITLE, "resolved", "magic", "result", "好"), "method_unknown");
}

static void a_review_lowers_the_flag_of_late_evidence(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = resolved(stage, "0201");
    const struct fold_entry *const *late = NULL;
    size_t count = 0;
    stage_act(stage, &the_clerk, &fold, "follow_up", FIELDS("reached", "yes"));
    stage_act(stage, &the_clerk, &fold, "close", NULL);
    stage_act(stage, &the_head, &fold, "note", FIELDS("text", "又漏水了"));
    assert_int_equal(fold_late_evidence(fold, &late, &count), GRID_OK);
    assert_int_equal(count, 1);
    refused(stage, &the_head, fold, "review", NULL, "void_role");
    stage_act(stage, &the_clerk, &fold, "review", NULL);
    assert_int_equal(fold_late_evidence(fold, &late, &count), GRID_OK);
    assert_int_equal(count, 0);
    fold_close(fold);
}

#define LIVED(fact) cmocka_unit_test_setup_teardown(fact, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            LIVED(an_accepted_case_has_its_holder_and_its_limit),
            LIVED(what_comes_in_the_evening_is_due_at_night),
            LIVED(a_chief_accepts_for_the_village),
            LIVED(what_is_unclassified_is_refined_when_it_is_accepted),
            LIVED(a_declined_case_says_why),
            LIVED(who_leads_signs_for_it_and_nobody_else),
            LIVED(the_bench_writes_its_minutes_and_the_risk),
            LIVED(a_returned_case_has_no_lead),
            LIVED(an_escalated_case_goes_to_the_office_above),
            LIVED(only_who_reported_it_withdraws_it),
            LIVED(the_limit_moves_by_as_long_as_it_was_held),
            LIVED(an_extension_has_its_measure),
            LIVED(mediation_comes_before_litigation),
            LIVED(nobody_follows_up_or_closes_his_own_work),
            LIVED(three_who_are_not_reached_are_enough),
            LIVED(who_awaits_an_answer_gets_one_before_it_is_closed),
            LIVED(what_is_asked_after_a_reopening_answers_the_new_resolve),
            LIVED(a_resolve_that_a_ruling_chose_is_followed_up),
            LIVED(what_was_resolved_as_reported_is_checked_by_another),
            LIVED(a_review_lowers_the_flag_of_late_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
