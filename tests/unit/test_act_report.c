/* From what a person typed to a report: its defaults, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/stage.h"

#include <stdio.h>
#include <string.h>

static void a_report_needs_nothing_but_a_title(void **state)
{
    struct stage *stage = *state;
    stage_report(stage, &the_worker, FIELDS("title", STAGE_TITLE));
    const struct case_body body = stage_body(stage);
    const struct entry_header header = stage_header(stage);
    assert_int_equal(stage->result.kind, GRID_KIND_CREATE);
    assert_int_equal(header.kind, GRID_KIND_CREATE);
    assert_false(header.has_case);
    assert_int_equal(header.basis_count + header.ref_count, 0);
    assert_int_equal(header.rv, roster_rv(stage->roster));
    assert_int_equal(header.hlc, stage->last_stamp);
    assert_int_equal(body.as.role, GRID_ROLE_GRID_WORKER);
    assert_false(body.has_seen);
    assert_int_equal(body.set_count, 8);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_STATE)), GRID_STATE_REPORTED);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_CATEGORY)), 9999);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_URGENCY)), 3);
    stage_text(case_body_set(&body, GRID_REGISTER_TITLE), STAGE_TITLE);
    stage_text(case_body_set(&body, GRID_REGISTER_DESCRIPTION), STAGE_TITLE);
    stage_text(case_body_set(&body, GRID_REGISTER_UNIT), STAGE_GRID);
    stage_text(case_body_set(&body, GRID_REGISTER_HOLDER), STAGE_VILLAGE);
    struct occurred_value occurred = {.precision = 9};
    assert_true(value_occurred(case_body_set(&body, GRID_REGISTER_OCCURRED_AT), &occurred));
    assert_int_equal(occurred.ms, STAGE_NOW_MS);
    assert_int_equal(occurred.precision, 0);
    assert_int_equal(value_uint(body.args[GRID_ARGUMENT_SOURCE]), GRID_SOURCE_PATROL);
    assert_false(value_bool(body.args[GRID_ARGUMENT_APPLICANT]));
    stage_text(body.args[GRID_ARGUMENT_CODE], stage->result.code.digits);
    assert_memory_equal(stage->result.code.digits, "15062210326010300001", 20);
    assert_int_equal(stage->result.lane, GRID_LANE_WORK);
    assert_false(stage->result.urgent_hint);
}

static void everything_said_is_written_as_it_was_said(void **state)
{
    struct stage *stage = *state;
    stage_report(stage, &the_head,
            FIELDS("title", "  裂缝  ", "text", "一\n二", "category", "房屋裂缝", "urgency", "u4",
                    "unit", "吴家沟社二联户", "source", "hotline", "applicant", "no", "occurred_at",
                    "2026-11-20", "place", "三号井口", "at", "39.55，-110.12345678", "tag", "涉矿",
                    "tag", "night", "tag", "mining", "scale", "group", "ref", "12345:A:7", "key",
                    "x", "as", "h1"));
    const struct case_body body = stage_body(stage);
    struct geo_value geo = {0};
    struct occurred_value occurred = {0};
    stage_text(case_body_set(&body, GRID_REGISTER_TITLE), "  裂缝  ");
    stage_text(case_body_set(&body, GRID_REGISTER_DESCRIPTION), "一\n二");
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_CATEGORY)), 208);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_URGENCY)), 4);
    stage_text(case_body_set(&body, GRID_REGISTER_UNIT), STAGE_MICRO2);
    stage_text(case_body_set(&body, GRID_REGISTER_PLACE_TEXT), "三号井口");
    assert_true(value_geo(case_body_set(&body, GRID_REGISTER_GEO), &geo));
    assert_int_equal(geo.latitude, 395500000);
    assert_int_equal(geo.longitude, -1101234568);
    assert_true(value_occurred(case_body_set(&body, GRID_REGISTER_OCCURRED_AT), &occurred));
    assert_int_equal(occurred.precision, 2);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_SCALE)), GRID_SCALE_GROUP);
    assert_int_equal(value_uint(body.args[GRID_ARGUMENT_SOURCE]), GRID_SOURCE_HOTLINE);
    assert_false(value_bool(body.args[GRID_ARGUMENT_APPLICANT]));
    assert_int_equal(body.add_count, 3); /* mining once, night, the reference */
    assert_int_equal(body.adds[0].name, GRID_COLLECTION_TAGS);
    stage_text(body.adds[0].value, "mining");
    stage_text(body.adds[1].value, "night");
    assert_int_equal(body.adds[2].name, GRID_COLLECTION_EXTERNAL_REFS);
    struct reader reader = reader_of(body.adds[2].value);
    assert_int_equal(read_array(&reader), 2);
    assert_true(bytes_equal(read_str(&reader), bytes_text("12345")));
    assert_true(bytes_equal(read_str(&reader), bytes_text("A:7")));
}

static void the_source_follows_the_role_and_the_applicant_the_source(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const struct actor *actor;
        unsigned source;
        bool applicant;
    } rows[] = {{&the_head, GRID_SOURCE_HEAD, false}, {&the_worker, GRID_SOURCE_PATROL, false},
            {&the_chief, GRID_SOURCE_PATROL, false},
            {&the_group_leader, GRID_SOURCE_PARTY_MEETING, false},
            {&the_secretary, GRID_SOURCE_VISIT, true}, {&the_clerk, GRID_SOURCE_VISIT, true},
            {&the_officer, GRID_SOURCE_TRANSFER, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        stage_report(stage, rows[i].actor, FIELDS("title", STAGE_TITLE, "unit", STAGE_VILLAGE));
        const struct case_body body = stage_body(stage);
        assert_int_equal(value_uint(body.args[GRID_ARGUMENT_SOURCE]), rows[i].source);
        assert_int_equal(value_bool(body.args[GRID_ARGUMENT_APPLICANT]), rows[i].applicant);
    }
    stage_report(stage, &the_worker, FIELDS("title", STAGE_TITLE, "source", "talk_room"));
    const struct case_body body = stage_body(stage);
    assert_true(value_bool(body.args[GRID_ARGUMENT_APPLICANT]));
}

static void the_unit_is_the_own_place_of_the_post(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const struct actor *actor;
        const char *unit;
    } rows[] = {{&the_head, STAGE_MICRO}, {&the_worker, STAGE_GRID}, {&the_chief, STAGE_GRID},
            {&the_secretary, STAGE_VILLAGE}, {&the_group_leader, STAGE_VILLAGE}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        stage_report(stage, rows[i].actor, FIELDS("title", STAGE_TITLE));
        stage_text(stage_set(stage, GRID_REGISTER_UNIT), rows[i].unit);
    }
    assert_int_equal(
            stage_try(stage, &the_clerk, NULL, "report", FIELDS("title", STAGE_TITLE)), GRID_USAGE);
    stage_refused(stage, GRID_USAGE, "unit_needed");
    assert_string_equal(stage->error.detail, "clerk" GRID_ARG STAGE_TOWNSHIP);
}

static void the_first_holder_is_the_village_or_the_township(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const struct actor *actor;
        const char *field, *value, *holder;
    } rows[] = {{&the_head, "urgency", "U3", STAGE_VILLAGE},
            {&the_head, "urgency", "U4", STAGE_VILLAGE},
            {&the_head, "urgency", "U2", STAGE_TOWNSHIP},
            {&the_head, "urgency", "U1", STAGE_TOWNSHIP},
            {&the_head, "tag", "mining", STAGE_TOWNSHIP},
            {&the_head, "tag", "group", STAGE_TOWNSHIP}, {&the_head, "tag", "night", STAGE_VILLAGE},
            {&the_head, "category", "0204", STAGE_TOWNSHIP},
            {&the_secretary, "urgency", "U4", STAGE_VILLAGE},
            {&the_clerk, "urgency", "U4", STAGE_TOWNSHIP},
            {&the_director, "urgency", "U4", STAGE_TOWNSHIP},
            {&the_officer, "urgency", "U4", STAGE_TOWNSHIP}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        stage_report(stage, rows[i].actor,
                FIELDS("title", STAGE_TITLE, "unit", STAGE_MICRO, rows[i].field, rows[i].value));
        stage_text(stage_set(stage, GRID_REGISTER_HOLDER), rows[i].holder);
    }
}

static void what_is_most_urgent_takes_the_urgent_lane(void **state)
{
    struct stage *stage = *state;
    stage_report(stage, &the_head, FIELDS("title", STAGE_TITLE, "category", "0204"));
    assert_int_equal(stage->result.lane, GRID_LANE_URGENT);
    assert_true(stage->result.urgent_hint);
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    stage_act(stage, &the_head, &fold, "set", FIELDS("urgency", "2"));
    assert_int_equal(stage->result.lane, GRID_LANE_WORK);
    stage_act(stage, &the_head, &fold, "set", FIELDS("urgency", "U1"));
    assert_int_equal(stage->result.lane, GRID_LANE_URGENT);
    assert_true(stage->result.urgent_hint);
    stage_act(stage, &the_head, &fold, "note", FIELDS("text", "已疏散"));
    assert_int_equal(stage->result.lane, GRID_LANE_WORK);
    fold_close(fold);
}

static void a_wrong_value_is_refused_with_what_is_permitted(void **state)
{
    struct stage *stage = *state;
    static char long_text[3 * 1001 + 1];
    for (size_t i = 0; i < 1001; i++)
        snprintf(&long_text[3 * i], sizeof(long_text) - 3 * i, "字");
    static const struct {
        const char *field, *value;
        enum grid_status status;
        const char *reason, *detail;
    } rows[] = {
            {"text", "", GRID_INVALID, "text_length",
                    "text" GRID_ARG "0" GRID_ARG "1" GRID_ARG "1000"},
            {"text", long_text, GRID_INVALID, "text_length",
                    "text" GRID_ARG "1001" GRID_ARG "1" GRID_ARG "1000"},
            {"text", "好\x80", GRID_INVALID, "text_utf8", "text"},
            {"text", "好\a", GRID_INVALID, "control_character",
                    "text" GRID_ARG "U+0007" GRID_ARG "2"},
            {"text", "一\xc2\x85", GRID_INVALID, "control_character",
                    "text" GRID_ARG "U+0085" GRID_ARG "2"},
            {"place", "一\n", GRID_INVALID, "control_character",
                    "place" GRID_ARG "U+000A" GRID_ARG "2"},
            {"category", "0100", GRID_NOT_FOUND, "category_unknown", "0100"},
            {"category", "诈骗", GRID_AMBIGUOUS, "category_ambiguous", NULL},
            {"unit", "150622103999", GRID_NOT_FOUND, "unit_unknown", NULL},
            {"unit", "纳日松镇", GRID_INVALID, "unit_kind", "纳日松镇" GRID_ARG STAGE_TOWNSHIP},
            {"urgency", "U5", GRID_INVALID, "urgency_form", "urgency" GRID_ARG "U5"},
            {"urgency", "0", GRID_INVALID, "urgency_form", "urgency" GRID_ARG "0"},
            {"urgency", "", GRID_INVALID, "urgency_form", "urgency" GRID_ARG},
            {"urgency", "U22", GRID_INVALID, "urgency_form", "urgency" GRID_ARG "U22"},
            {"source", "moon", GRID_INVALID, "source_unknown", NULL},
            {"scale", "huge", GRID_INVALID, "scale_unknown",
                    "huge" GRID_ARG "individual, small_group, group, mass"},
            {"applicant", "maybe", GRID_INVALID, "yes_no_form", "applicant" GRID_ARG "maybe"},
            {"occurred_at", "yesterday", GRID_INVALID, "time_form",
                    "occurred_at" GRID_ARG "yesterday"},
            {"occurred_at", "", GRID_INVALID, "time_form", "occurred_at" GRID_ARG},
            {"occurred_at", "1969-12-01", GRID_INVALID, "time_range",
                    "occurred_at" GRID_ARG "1969-12-01"},
            {"at", "39.5", GRID_INVALID, "coordinates_form", "at" GRID_ARG "39.5"},
            {"at", "39.5,x", GRID_INVALID, "coordinates_form", "at" GRID_ARG "39.5,x"},
            {"at", "39.5,1.2.3", GRID_INVALID, "coordinates_form", "at" GRID_ARG "39.5,1.2.3"},
            {"at", ",", GRID_INVALID, "coordinates_form", "at" GRID_ARG ","},
            {"at", "110.45,39.55", GRID_INVALID, "coordinates_range", "at" GRID_ARG "110.45,39.55"},
            {"at", "39.55,180.0000001", GRID_INVALID, "coordinates_range",
                    "at" GRID_ARG "39.55,180.0000001"},
            {"at", "39.55,99999999999999999999", GRID_INVALID, "coordinates_range", NULL},
            {"tag", "", GRID_INVALID, "text_length", "tag" GRID_ARG "0" GRID_ARG "1" GRID_ARG "30"},
            {"ref", "12345", GRID_INVALID, "ref_form", "ref" GRID_ARG "12345"},
            {"ref", "12345:", GRID_INVALID, "ref_form", "ref" GRID_ARG "12345:"},
            {"colour", "red", GRID_USAGE, "field_unknown", "colour"},
            {"state", "closed", GRID_USAGE, "field_unknown", "state"},
            {"impact", "2", GRID_USAGE, "field_unknown", "impact"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum grid_status status = stage_try(stage, &the_head, NULL, "report",
                FIELDS("title", STAGE_TITLE, rows[i].field, rows[i].value));
        if (status != rows[i].status || strcmp(stage->error.reason, rows[i].reason) != 0)
            fail_msg("%s=%s: %s", rows[i].field, rows[i].value, stage->error.reason);
        if (rows[i].detail != NULL)
            assert_string_equal(stage->error.detail, rows[i].detail);
    }
}

static void a_title_has_4_to_40_characters(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(
            stage_try(stage, &the_head, NULL, "report", FIELDS("title", "三个字")), GRID_INVALID);
    stage_refused(stage, GRID_INVALID, "title_length");
    assert_string_equal(stage->error.detail, "3" GRID_ARG "4" GRID_ARG "40");
    stage_report(stage, &the_head, FIELDS("title", "有四个字"));
    assert_int_equal(stage_try(stage, &the_head, NULL, "report", FIELDS("title", "一二三\n四")),
            GRID_INVALID);
    stage_refused(stage, GRID_INVALID, "control_character");
    assert_int_equal(stage_try(stage, &the_head, NULL, "report", FIELDS("text", "x")), GRID_USAGE);
    stage_refused(stage, GRID_USAGE, "field_missing");
    assert_string_equal(stage->error.detail, "title");
}

static void a_field_is_given_once_under_one_name(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(stage_try(stage, &the_head, NULL, "report",
                             FIELDS("title", STAGE_TITLE, "scale", "mass", "scale", "mass")),
            GRID_USAGE);
    stage_refused(stage, GRID_USAGE, "field_twice");
    assert_int_equal(stage_try(stage, &the_head, NULL, "report",
                             FIELDS("title", STAGE_TITLE, "text", "一", "description", "二")),
            GRID_USAGE);
    stage_refused(stage, GRID_USAGE, "field_twice");
    assert_string_equal(stage->error.detail, "description");
    assert_int_equal(
            stage_try(stage, &the_head, NULL, "dance", FIELDS("title", STAGE_TITLE)), GRID_USAGE);
    stage_refused(stage, GRID_USAGE, "verb_unknown");
}

static void too_many_tags_meet_their_limit(void **state)
{
    struct stage *stage = *state;
    static char texts[70][8];
    const char *fields[2 * 71 + 1] = {"title", STAGE_TITLE};
    for (size_t i = 0; i < 70; i++) {
        snprintf(texts[i], sizeof(texts[i]), "t%zu", i);
        fields[2 + 2 * i] = "tag";
        fields[3 + 2 * i] = texts[i];
    }
    assert_int_equal(stage_try(stage, &the_head, NULL, "report", fields), GRID_LIMIT);
    stage_refused(stage, GRID_LIMIT, "too_many_ops");
}

static void a_post_that_nobody_lists_may_not_report(void **state)
{
    struct stage *stage = *state;
    const struct actor ghost = {"h1", GRID_ROLE_HEAD, STAGE_MICRO2, 1};
    assert_int_equal(
            stage_try(stage, &ghost, NULL, "report", FIELDS("title", STAGE_TITLE)), GRID_REFUSED);
    stage_refused(stage, GRID_REFUSED, "void_author");
    assert_string_equal(
            stage->error.detail, "create" GRID_ARG GRID_ARG "head" GRID_ARG STAGE_MICRO2);
}

int main(void)
{
#define STAGED(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
    const struct CMUnitTest tests[] = {
            STAGED(a_report_needs_nothing_but_a_title),
            STAGED(everything_said_is_written_as_it_was_said),
            STAGED(the_source_follows_the_role_and_the_applicant_the_source),
            STAGED(the_unit_is_the_own_place_of_the_post),
            STAGED(the_first_holder_is_the_village_or_the_township),
            STAGED(what_is_most_urgent_takes_the_urgent_lane),
            STAGED(a_wrong_value_is_refused_with_what_is_permitted),
            STAGED(a_title_has_4_to_40_characters),
            STAGED(a_field_is_given_once_under_one_name),
            STAGED(too_many_tags_meet_their_limit),
            STAGED(a_post_that_nobody_lists_may_not_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
