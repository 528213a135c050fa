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

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(
                    an_accepted_case_has_its_holder_and_its_limit, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    a_chief_accepts_for_the_village, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(what_is_unclassified_is_refined_when_it_is_accepted,
                    stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(a_declined_case_says_why, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    who_leads_signs_for_it_and_nobody_else, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    the_bench_writes_its_minutes_and_the_risk, stage_setup, stage_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
