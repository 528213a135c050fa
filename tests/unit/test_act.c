/* From what a person typed to an entry: defaults, refusals, and the dots that an act names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/heap_failing.h"
#include "tests/lib/stage.h"

#include "proto/stamp.h"

#include <stdio.h>
#include <string.h>

/* --- the dots that an act names --- */

static bool holds(const struct dot *dots, size_t count, const struct fold_entry *entry)
{
    for (size_t i = 0; i < count; i++)
        if (dot_equal(&dots[i], &entry->dot))
            return true;
    return false;
}

static void ascending(const struct dot *dots, size_t count)
{
    for (size_t i = 1; i < count; i++)
        assert_true(dot_compare(&dots[i - 1], &dots[i]) < 0);
}

static void an_amend_rests_on_the_live_state_and_replaces_what_it_saw(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    const struct fold_entry *create =
            stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    const struct fold_entry *retitle =
            stage_act(stage, &the_head, &fold, "set", FIELDS("title", "墙裂了很长"));
    struct entry_header header = stage_header(stage);
    assert_true(header.has_case);
    assert_memory_equal(header.case_id, fold_case_id(fold), GRID_ID_BYTES);
    assert_int_equal(header.basis_count, 1);
    assert_true(holds(header.basis, header.basis_count, create));
    assert_int_equal(header.ref_count, 0); /* the create stands in the basis already */

    stage_act(stage, &the_clerk, &fold, "set", FIELDS("title", "墙裂了更长", "place", "村东"));
    header = stage_header(stage);
    assert_int_equal(header.basis_count, 1);
    assert_true(holds(header.basis, header.basis_count, create));
    assert_int_equal(header.ref_count, 1);
    assert_true(holds(header.refs, header.ref_count, retitle));
    assert_int_equal(fold_conflict_count(fold), 0);
    fold_close(fold);
}

static void an_amended_category_is_ground_of_the_next(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    const struct fold_entry *create =
            stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    const struct fold_entry *first =
            stage_act(stage, &the_head, &fold, "set", FIELDS("category", "0208"));
    stage_act(stage, &the_clerk, &fold, "set", FIELDS("category", "0105"));
    const struct entry_header header = stage_header(stage);
    assert_int_equal(header.basis_count, 2);
    assert_true(holds(header.basis, 2, create));
    assert_true(holds(header.basis, 2, first));
    assert_int_equal(header.ref_count, 0);
    ascending(header.basis, header.basis_count);
    fold_close(fold);
}

static void a_note_names_the_state_and_nothing_else(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    const struct fold_entry *create =
            stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    stage_act(stage, &the_head, &fold, "set", FIELDS("title", "墙裂了很长"));
    stage_act(stage, &the_worker, &fold, "note", FIELDS("text", "已到现场"));
    const struct entry_header header = stage_header(stage);
    const struct case_body body = stage_body(stage);
    assert_int_equal(header.basis_count, 1);
    assert_true(holds(header.basis, 1, create));
    assert_int_equal(header.ref_count, 0);
    assert_int_equal(body.add_count, 1);
    assert_int_equal(body.adds[0].name, GRID_COLLECTION_NOTES);
    stage_text(body.adds[0].value, "已到现场");
    fold_close(fold);
}

static void who_is_out_of_cover_names_the_write_that_brings_him_in(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    assert_int_equal(stage_try(stage, &the_other_secretary, fold, "note", FIELDS("text", "在我村")),
            GRID_REFUSED);
    stage_refused(stage, GRID_REFUSED, "void_scope");
    assert_string_equal(stage->error.detail,
            "note" GRID_ARG "reported" GRID_ARG "village_secretary" GRID_ARG STAGE_VILLAGE2);
    const struct fold_entry *moved =
            stage_act(stage, &the_clerk, &fold, "set", FIELDS("unit", STAGE_GRID2));
    stage_act(stage, &the_other_secretary, &fold, "note", FIELDS("text", "在我村"));
    const struct entry_header header = stage_header(stage);
    assert_int_equal(header.basis_count, 2);
    assert_true(holds(header.basis, 2, moved));
    fold_close(fold);
}

static void a_stranger_may_not_amend(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    assert_int_equal(stage_try(stage, &the_other_head, fold, "set", FIELDS("title", "别的标题")),
            GRID_REFUSED);
    stage_refused(stage, GRID_REFUSED, "void_role");
    assert_int_equal(stage_try(stage, &the_head, fold, "set", NULL), GRID_USAGE);
    stage_refused(stage, GRID_USAGE, "set_nothing");
    assert_int_equal(stage_try(stage, &the_head, fold, "set", FIELDS("contact", "x")), GRID_USAGE);
    stage_refused(stage, GRID_USAGE, "field_unknown");
    fold_close(fold);
}

static void every_field_of_an_amend_has_its_form(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    stage_act(stage, &the_head, &fold, "set",
            FIELDS("description", "长文", "occurred_at", "2026-11-20 08:00", "unit", STAGE_VILLAGE,
                    "place_text", "", "geo", "39.5,110.4", "urgency", "2", "scale", "mass",
                    "party_count", "５０", "amount_fen", "50000000", "impact", "4", "risk", "R0",
                    "track", "civil", "parties", "mine:甲方; villager", "category", "0105", "title",
                    "四个字的"));
    const struct case_body body = stage_body(stage);
    assert_int_equal(body.set_count, 15);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_PARTY_COUNT)), 50);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_AMOUNT_FEN)), 50000000);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_IMPACT)), 4);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_RISK)), 0);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_TRACK)), GRID_TRACK_CIVIL);
    struct reader parties = reader_of(case_body_set(&body, GRID_REGISTER_PARTIES));
    assert_int_equal(read_array(&parties), 2);
    assert_int_equal(read_array(&parties), 2);
    assert_int_equal(read_uint(&parties), 1); /* villager, sorted first */
    read_skip(&parties);
    assert_int_equal(read_array(&parties), 2);
    assert_int_equal(read_uint(&parties), 4);
    assert_true(bytes_equal(read_str(&parties), bytes_text("甲方")));
    static const struct {
        const char *field, *value, *reason;
    } rows[] = {{"party_count", "many", "number_form"}, {"party_count", "", "number_form"},
            {"party_count", "1000001", "number_range"},
            {"amount_fen", "99999999999999999999999", "number_range"},
            {"impact", "0", "number_range"}, {"impact", "5", "number_range"},
            {"risk", "R4", "risk_form"}, {"track", "x", "track_unknown"},
            {"parties", "robot:甲", "parties_form"}, {"parties", "mine:甲;;", "parties_form"},
            {"parties", "mine;mine;mine;mine;mine;mine;mine;mine;mine", "parties_count"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(
                stage_try(stage, &the_head, fold, "set", FIELDS(rows[i].field, rows[i].value)),
                GRID_INVALID);
        assert_string_equal(stage->error.reason, rows[i].reason);
    }
    fold_close(fold);
}

static void a_removal_names_dot_and_value_of_each_addition(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    const struct fold_entry *create = stage_act(stage, &the_head, &fold, "report",
            FIELDS("title", STAGE_TITLE, "tag", "night", "tag", "school"));
    const struct fold_entry *again =
            stage_act(stage, &the_worker, &fold, "tag", FIELDS("add", "night"));
    stage_act(stage, &the_clerk, &fold, "tag",
            FIELDS("remove", "night", "remove", "night", "add", "livestock"));
    const struct case_body body = stage_body(stage);
    assert_int_equal(body.add_count, 1);
    assert_int_equal(body.removal_count, 2);
    for (size_t i = 0; i < 2; i++)
        stage_text(body.removals[i].value, "night");
    assert_true(dot_equal(&body.removals[0].dot, &create->dot) ||
                dot_equal(&body.removals[1].dot, &create->dot));
    assert_true(dot_equal(&body.removals[0].dot, &again->dot) ||
                dot_equal(&body.removals[1].dot, &again->dot));
    assert_int_equal(
            stage_try(stage, &the_clerk, fold, "tag", FIELDS("remove", "night")), GRID_NOT_FOUND);
    stage_refused(stage, GRID_NOT_FOUND, "tag_absent");
    assert_int_equal(stage_try(stage, &the_clerk, fold, "tag", NULL), GRID_USAGE);
    stage_refused(stage, GRID_USAGE, "field_missing");
    fold_close(fold);
}

static void a_second_may_be_wordless_but_a_note_may_not(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    stage_act(stage, &the_secretary, &fold, "second", NULL);
    assert_int_equal(stage_body(stage).add_count, 1);
    stage_act(stage, &the_worker, &fold, "second", FIELDS("text", "我也看见"));
    stage_text(stage_body(stage).adds[0].value, "我也看见");
    assert_int_equal(stage_try(stage, &the_worker, fold, "note", NULL), GRID_USAGE);
    stage_refused(stage, GRID_USAGE, "field_missing");
    assert_string_equal(stage->error.detail, "text");
    fold_close(fold);
}

/* Two titles written apart: the head's draft is made before the clerk's entry is here. */
static struct fold *two_titles(struct stage *stage, const struct fold_entry **head_title,
        const struct fold_entry **clerk_title)
{
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    assert_int_equal(
            stage_try(stage, &the_head, fold, "set", FIELDS("title", "住户的标题")), GRID_OK);
    const struct act_result apart = stage->result;
    *clerk_title = stage_act(stage, &the_clerk, &fold, "set", FIELDS("title", "镇里的标题"));
    stage->result = apart;
    assert_int_equal(stage_add(stage, &the_head, &fold), GRID_VALID);
    struct fold_register titles = {0};
    assert_int_equal(fold_read(fold, GRID_REGISTER_TITLE, &titles), GRID_OK);
    assert_int_equal(titles.value_count, 2);
    *head_title = titles.values[0].writers[0]->dot.author[0] == the_head.author
                          ? titles.values[0].writers[0]
                          : titles.values[1].writers[0];
    return fold;
}

static void a_ruling_names_every_live_write_and_lists_what_it_saw(void **state)
{
    struct stage *stage = *state;
    const struct fold_entry *head_title = NULL;
    const struct fold_entry *clerk_title = NULL;
    struct fold *fold = two_titles(stage, &head_title, &clerk_title);
    assert_int_equal(fold_conflict_count(fold), 1);
    stage_act(stage, &the_other_clerk, &fold, "ruling",
            FIELDS("field", "title", "take", "1", "reason", "住户先说的"));
    const struct entry_header header = stage_header(stage);
    const struct case_body body = stage_body(stage);
    assert_int_equal(header.basis_count, 3); /* state and holder of the create, both titles */
    assert_true(holds(header.basis, 3, fold_create(fold)));
    assert_true(holds(header.basis, 3, head_title));
    assert_true(holds(header.basis, 3, clerk_title));
    assert_int_equal(header.ref_count, 0);
    ascending(header.basis, header.basis_count);
    assert_true(body.has_seen);
    assert_int_equal(body.seen_count, 2); /* the head's log and the centre's */
    assert_true(holds(body.seen, 2, head_title));
    assert_true(holds(body.seen, 2, clerk_title));
    ascending(body.seen, body.seen_count);
    stage_text(body.args[GRID_ARGUMENT_REASON], "住户先说的");
    assert_int_equal(fold_conflict_count(fold), 0);
    stage_text(fold_shown(fold, GRID_REGISTER_TITLE), "住户的标题");
    fold_close(fold);
}

static void a_ruling_takes_a_number_a_dot_or_a_new_value(void **state)
{
    struct stage *stage = *state;
    const struct fold_entry *head_title = NULL;
    const struct fold_entry *clerk_title = NULL;
    struct fold *fold = two_titles(stage, &head_title, &clerk_title);
    char dot[DOT_TEXT_BYTES];
    dot_print(dot, &clerk_title->dot);
    assert_int_equal(stage_try(stage, &the_clerk, fold, "ruling",
                             FIELDS("field", "title", "take", dot, "reason", "因")),
            GRID_OK);
    stage_text(stage_set(stage, GRID_REGISTER_TITLE), "镇里的标题");
    assert_int_equal(stage_try(stage, &the_clerk, fold, "ruling",
                             FIELDS("field", "title", "value", "第三个标题", "reason", "因")),
            GRID_OK);
    stage_text(stage_set(stage, GRID_REGISTER_TITLE), "第三个标题");
    fold_close(fold);
}

static void a_ruling_that_makes_no_sense_is_refused(void **state)
{
    struct stage *stage = *state;
    const struct fold_entry *head_title = NULL;
    const struct fold_entry *clerk_title = NULL;
    struct fold *fold = two_titles(stage, &head_title, &clerk_title);
    const struct {
        const char *const *fields;
        enum grid_status status;
        const char *reason;
    } rows[] = {
            {FIELDS("take", "1", "reason", "因"), GRID_USAGE, "field_missing"},
            {FIELDS("field", "title", "take", "1"), GRID_USAGE, "field_missing"},
            {FIELDS("field", "title", "reason", "因"), GRID_USAGE, "take_or_value"},
            {FIELDS("field", "title", "reason", "因", "take", "1", "value", "四个字的"), GRID_USAGE,
                    "take_or_value"},
            {FIELDS("field", "title", "reason", "因", "take", "3"), GRID_INVALID, "take_range"},
            {FIELDS("field", "title", "reason", "因", "take", "0"), GRID_INVALID, "take_range"},
            {FIELDS("field", "title", "reason", "因", "take", ""), GRID_INVALID, "take_range"},
            {FIELDS("field", "title", "reason", "因", "take", "x/1/1"), GRID_NOT_FOUND,
                    "value_unknown"},
            {FIELDS("field", "title", "reason", "因", "value", "短"), GRID_INVALID, "title_length"},
            {FIELDS("field", "title", "reason", "", "take", "1"), GRID_INVALID, "text_length"},
            {FIELDS("field", "text", "reason", "因", "take", "1"), GRID_REFUSED, "no_conflict"},
            {FIELDS("field", "lead", "reason", "因", "take", "1"), GRID_REFUSED, "no_conflict"},
            {FIELDS("field", "mood", "reason", "因", "take", "1"), GRID_USAGE, "field_unknown"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(
                stage_try(stage, &the_clerk, fold, "ruling", rows[i].fields), rows[i].status);
        assert_string_equal(stage->error.reason, rows[i].reason);
    }
    fold_close(fold);
}

/* --- memory --- */

/* Whichever allocation fails, the act fails as a whole, and nothing is left behind. */
static void each_allocation_may_fail(struct stage *stage, const struct actor *actor,
        struct fold *fold, const char *verb, const char *const fields[])
{
    for (size_t nth = 1;; nth++) {
        arena_close(&stage->arena); /* or its first chunk would serve them all */
        arena_init(&stage->arena, 0);
        heap_failing_at(nth);
        enum grid_status status = stage_try(stage, actor, fold, verb, fields);
        if (!heap_failing_happened()) {
            heap_failing_at(0);
            assert_int_equal(status, GRID_OK);
            return;
        }
        assert_int_equal(status, GRID_NOMEM);
    }
}

static void an_act_survives_the_end_of_memory(void **state)
{
    (void)state;
    static struct stage stage;
    const struct fold_entry *head_title = NULL;
    const struct fold_entry *clerk_title = NULL;
    heap_failing_begin();
    stage_open(&stage);
    each_allocation_may_fail(&stage, &the_head, NULL, "report",
            FIELDS("title", STAGE_TITLE, "tag", "night", "at", "39.5,110.4", "ref", "1:2"));
    struct fold *fold = two_titles(&stage, &head_title, &clerk_title);
    each_allocation_may_fail(&stage, &the_head, fold, "set", FIELDS("title", "另一个标题"));
    each_allocation_may_fail(&stage, &the_worker, fold, "note", FIELDS("text", "记一笔"));
    each_allocation_may_fail(&stage, &the_clerk, fold, "ruling",
            FIELDS("field", "title", "take", "1", "reason", "因"));
    fold_close(fold);
    stage_close(&stage);
    heap_failing_end();
}

/* --- idempotency keys --- */

static void fingerprint(uint8_t out[GRID_HASH_BYTES], const char *verb, const char *const fields[])
{
    struct grid_field given[16];
    struct grid_request request = {.verb = bytes_text(verb), .fields = given};
    for (; fields[0] != NULL; fields += 2)
        given[request.field_count++] =
                (struct grid_field){.name = bytes_text(fields[0]), .value = bytes_text(fields[1])};
    assert_int_equal(act_fingerprint(&request, out), GRID_OK);
}

static void the_same_content_has_the_same_fingerprint(void **state)
{
    (void)state;
    uint8_t one[GRID_HASH_BYTES];
    uint8_t other[GRID_HASH_BYTES];
    fingerprint(one, "report", FIELDS("title", "a", "tag", "x", "tag", "y", "key", "1"));
    fingerprint(other, "report",
            FIELDS("tag", "x", "as", "h1", "tag", "y", "if", "0", "title", "a", "key", "2"));
    assert_memory_equal(one, other, sizeof(one));
    fingerprint(other, "report", FIELDS("title", "a", "tag", "y", "tag", "x"));
    assert_memory_not_equal(one, other, sizeof(one));
    fingerprint(other, "report", FIELDS("title", "b", "tag", "x", "tag", "y"));
    assert_memory_not_equal(one, other, sizeof(one));
    fingerprint(other, "note", FIELDS("title", "a", "tag", "x", "tag", "y"));
    assert_memory_not_equal(one, other, sizeof(one));
}

int main(void)
{
#define STAGED(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
    const struct CMUnitTest tests[] = {
            STAGED(an_amend_rests_on_the_live_state_and_replaces_what_it_saw),
            STAGED(an_amended_category_is_ground_of_the_next),
            STAGED(a_note_names_the_state_and_nothing_else),
            STAGED(who_is_out_of_cover_names_the_write_that_brings_him_in),
            STAGED(a_stranger_may_not_amend),
            STAGED(every_field_of_an_amend_has_its_form),
            STAGED(a_removal_names_dot_and_value_of_each_addition),
            STAGED(a_second_may_be_wordless_but_a_note_may_not),
            STAGED(a_ruling_names_every_live_write_and_lists_what_it_saw),
            STAGED(a_ruling_takes_a_number_a_dot_or_a_new_value),
            STAGED(a_ruling_that_makes_no_sense_is_refused),
            cmocka_unit_test(an_act_survives_the_end_of_memory),
            cmocka_unit_test(the_same_content_has_the_same_fingerprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
