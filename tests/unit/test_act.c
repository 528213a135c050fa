/* From what a person typed to an entry: defaults, refusals, and the dots that an act names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/heap_failing.h"
#include "tests/lib/stage.h"

#include "proto/stamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TITLE "房后墙裂缝"

static int setup(void **state)
{
    static struct stage stage;
    stage_open(&stage);
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    stage_close(*state);
    return 0;
}

/* --- looking into what was made --- */

static struct case_body body_of(struct stage *stage)
{
    struct case_body body = {0};
    struct grid_error error = {0};
    bool newer = false;
    assert_int_equal(
            body_read_case(stage->result.body, &stage->arena, &body, &newer, &error), GRID_OK);
    assert_false(newer);
    return body;
}

static struct entry_header header_of(struct stage *stage)
{
    struct entry entry = {.header = stage->result.header, .body = stage->result.body};
    struct entry_header header = {0};
    struct grid_error error = {0};
    assert_int_equal(entry_read_header(&entry, &stage->arena, &header, &error), GRID_OK);
    return header;
}

static void assert_text(struct bytes packed, const char *text)
{
    struct bytes found = value_text(packed);
    assert_int_equal(found.size, strlen(text));
    assert_memory_equal(found.data, text, found.size);
}

static struct bytes set_of(struct stage *stage, unsigned reg)
{
    const struct case_body body = body_of(stage);
    return case_body_set(&body, reg);
}

static void report_ok(struct stage *stage, const struct actor *actor, const char *const fields[])
{
    if (stage_try(stage, actor, NULL, "report", fields) != GRID_OK)
        fail_msg("%s: %s %s", actor->key, stage->error.reason, stage->error.detail);
}

static void refused(struct stage *stage, enum grid_status status, const char *reason)
{
    assert_string_equal(stage->error.reason, reason);
    assert_int_equal(stage->error.status, status);
}

/* --- report: defaults --- */

static void a_report_needs_nothing_but_a_title(void **state)
{
    struct stage *stage = *state;
    report_ok(stage, &the_worker, FIELDS("title", TITLE));
    const struct case_body body = body_of(stage);
    const struct entry_header header = header_of(stage);
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
    assert_text(case_body_set(&body, GRID_REGISTER_TITLE), TITLE);
    assert_text(case_body_set(&body, GRID_REGISTER_DESCRIPTION), TITLE);
    assert_text(case_body_set(&body, GRID_REGISTER_UNIT), STAGE_GRID);
    assert_text(case_body_set(&body, GRID_REGISTER_HOLDER), STAGE_VILLAGE);
    struct occurred_value occurred = {.precision = 9};
    assert_true(value_occurred(case_body_set(&body, GRID_REGISTER_OCCURRED_AT), &occurred));
    assert_int_equal(occurred.ms, STAGE_NOW_MS);
    assert_int_equal(occurred.precision, 0);
    assert_int_equal(value_uint(body.args[GRID_ARGUMENT_SOURCE]), GRID_SOURCE_PATROL);
    assert_false(value_bool(body.args[GRID_ARGUMENT_APPLICANT]));
    assert_text(body.args[GRID_ARGUMENT_CODE], stage->result.code.digits);
    assert_memory_equal(stage->result.code.digits, "15062210326010300001", 20);
    assert_int_equal(stage->result.lane, GRID_LANE_WORK);
    assert_false(stage->result.urgent_hint);
}

static void everything_said_is_written_as_it_was_said(void **state)
{
    struct stage *stage = *state;
    report_ok(stage, &the_head,
            FIELDS("title", "  裂缝  ", "text", "一\n二", "category", "房屋裂缝", "urgency", "u4",
                    "unit", "吴家沟社二联户", "source", "hotline", "applicant", "no", "occurred_at",
                    "2026-11-20", "place", "三号井口", "at", "39.55，-110.12345678", "tag", "涉矿",
                    "tag", "night", "tag", "mining", "scale", "group", "ref", "12345:A:7", "key",
                    "x", "as", "h1"));
    const struct case_body body = body_of(stage);
    struct geo_value geo = {0};
    struct occurred_value occurred = {0};
    assert_text(case_body_set(&body, GRID_REGISTER_TITLE), "  裂缝  ");
    assert_text(case_body_set(&body, GRID_REGISTER_DESCRIPTION), "一\n二");
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_CATEGORY)), 208);
    assert_int_equal(value_uint(case_body_set(&body, GRID_REGISTER_URGENCY)), 4);
    assert_text(case_body_set(&body, GRID_REGISTER_UNIT), STAGE_MICRO2);
    assert_text(case_body_set(&body, GRID_REGISTER_PLACE_TEXT), "三号井口");
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
    assert_text(body.adds[0].value, "mining");
    assert_text(body.adds[1].value, "night");
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
        report_ok(stage, rows[i].actor, FIELDS("title", TITLE, "unit", STAGE_VILLAGE));
        const struct case_body body = body_of(stage);
        assert_int_equal(value_uint(body.args[GRID_ARGUMENT_SOURCE]), rows[i].source);
        assert_int_equal(value_bool(body.args[GRID_ARGUMENT_APPLICANT]), rows[i].applicant);
    }
    report_ok(stage, &the_worker, FIELDS("title", TITLE, "source", "talk_room"));
    const struct case_body body = body_of(stage);
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
        report_ok(stage, rows[i].actor, FIELDS("title", TITLE));
        assert_text(set_of(stage, GRID_REGISTER_UNIT), rows[i].unit);
    }
    assert_int_equal(
            stage_try(stage, &the_clerk, NULL, "report", FIELDS("title", TITLE)), GRID_USAGE);
    refused(stage, GRID_USAGE, "unit_needed");
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
        report_ok(stage, rows[i].actor,
                FIELDS("title", TITLE, "unit", STAGE_MICRO, rows[i].field, rows[i].value));
        assert_text(set_of(stage, GRID_REGISTER_HOLDER), rows[i].holder);
    }
}

static void what_is_most_urgent_takes_the_urgent_lane(void **state)
{
    struct stage *stage = *state;
    report_ok(stage, &the_head, FIELDS("title", TITLE, "category", "0204"));
    assert_int_equal(stage->result.lane, GRID_LANE_URGENT);
    assert_true(stage->result.urgent_hint);
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", TITLE));
    stage_act(stage, &the_head, &fold, "set", FIELDS("urgency", "2"));
    assert_int_equal(stage->result.lane, GRID_LANE_WORK);
    stage_act(stage, &the_head, &fold, "set", FIELDS("urgency", "U1"));
    assert_int_equal(stage->result.lane, GRID_LANE_URGENT);
    assert_true(stage->result.urgent_hint);
    stage_act(stage, &the_head, &fold, "note", FIELDS("text", "已疏散"));
    assert_int_equal(stage->result.lane, GRID_LANE_WORK);
    fold_close(fold);
}

/* --- report: what is refused --- */

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
                FIELDS("title", TITLE, rows[i].field, rows[i].value));
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
    refused(stage, GRID_INVALID, "title_length");
    assert_string_equal(stage->error.detail, "3" GRID_ARG "4" GRID_ARG "40");
    report_ok(stage, &the_head, FIELDS("title", "有四个字"));
    assert_int_equal(stage_try(stage, &the_head, NULL, "report", FIELDS("title", "一二三\n四")),
            GRID_INVALID);
    refused(stage, GRID_INVALID, "control_character");
    assert_int_equal(stage_try(stage, &the_head, NULL, "report", FIELDS("text", "x")), GRID_USAGE);
    refused(stage, GRID_USAGE, "field_missing");
    assert_string_equal(stage->error.detail, "title");
}

static void a_field_is_given_once_under_one_name(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(stage_try(stage, &the_head, NULL, "report",
                             FIELDS("title", TITLE, "scale", "mass", "scale", "mass")),
            GRID_USAGE);
    refused(stage, GRID_USAGE, "field_twice");
    assert_int_equal(stage_try(stage, &the_head, NULL, "report",
                             FIELDS("title", TITLE, "text", "一", "description", "二")),
            GRID_USAGE);
    refused(stage, GRID_USAGE, "field_twice");
    assert_string_equal(stage->error.detail, "description");
    assert_int_equal(
            stage_try(stage, &the_head, NULL, "dance", FIELDS("title", TITLE)), GRID_USAGE);
    refused(stage, GRID_USAGE, "verb_unknown");
}

static void too_many_tags_meet_their_limit(void **state)
{
    struct stage *stage = *state;
    static char texts[70][8];
    const char *fields[2 * 71 + 1] = {"title", TITLE};
    for (size_t i = 0; i < 70; i++) {
        snprintf(texts[i], sizeof(texts[i]), "t%zu", i);
        fields[2 + 2 * i] = "tag";
        fields[3 + 2 * i] = texts[i];
    }
    assert_int_equal(stage_try(stage, &the_head, NULL, "report", fields), GRID_LIMIT);
    refused(stage, GRID_LIMIT, "too_many_ops");
}

static void a_post_that_nobody_lists_may_not_report(void **state)
{
    struct stage *stage = *state;
    const struct actor ghost = {"h1", GRID_ROLE_HEAD, STAGE_MICRO2, 1};
    assert_int_equal(
            stage_try(stage, &ghost, NULL, "report", FIELDS("title", TITLE)), GRID_REFUSED);
    refused(stage, GRID_REFUSED, "void_author");
    assert_string_equal(
            stage->error.detail, "create" GRID_ARG GRID_ARG "head" GRID_ARG STAGE_MICRO2);
}

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
            stage_act(stage, &the_head, &fold, "report", FIELDS("title", TITLE));
    const struct fold_entry *retitle =
            stage_act(stage, &the_head, &fold, "set", FIELDS("title", "墙裂了很长"));
    struct entry_header header = header_of(stage);
    assert_true(header.has_case);
    assert_memory_equal(header.case_id, fold_case_id(fold), GRID_ID_BYTES);
    assert_int_equal(header.basis_count, 1);
    assert_true(holds(header.basis, header.basis_count, create));
    assert_int_equal(header.ref_count, 0); /* the create stands in the basis already */

    stage_act(stage, &the_clerk, &fold, "set", FIELDS("title", "墙裂了更长", "place", "村东"));
    header = header_of(stage);
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
            stage_act(stage, &the_head, &fold, "report", FIELDS("title", TITLE));
    const struct fold_entry *first =
            stage_act(stage, &the_head, &fold, "set", FIELDS("category", "0208"));
    stage_act(stage, &the_clerk, &fold, "set", FIELDS("category", "0105"));
    const struct entry_header header = header_of(stage);
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
            stage_act(stage, &the_head, &fold, "report", FIELDS("title", TITLE));
    stage_act(stage, &the_head, &fold, "set", FIELDS("title", "墙裂了很长"));
    stage_act(stage, &the_worker, &fold, "note", FIELDS("text", "已到现场"));
    const struct entry_header header = header_of(stage);
    const struct case_body body = body_of(stage);
    assert_int_equal(header.basis_count, 1);
    assert_true(holds(header.basis, 1, create));
    assert_int_equal(header.ref_count, 0);
    assert_int_equal(body.add_count, 1);
    assert_int_equal(body.adds[0].name, GRID_COLLECTION_NOTES);
    assert_text(body.adds[0].value, "已到现场");
    fold_close(fold);
}

static void who_is_out_of_cover_names_the_write_that_brings_him_in(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", TITLE));
    assert_int_equal(stage_try(stage, &the_other_secretary, fold, "note", FIELDS("text", "在我村")),
            GRID_REFUSED);
    refused(stage, GRID_REFUSED, "void_scope");
    assert_string_equal(stage->error.detail,
            "note" GRID_ARG "reported" GRID_ARG "village_secretary" GRID_ARG STAGE_VILLAGE2);
    const struct fold_entry *moved =
            stage_act(stage, &the_clerk, &fold, "set", FIELDS("unit", STAGE_GRID2));
    stage_act(stage, &the_other_secretary, &fold, "note", FIELDS("text", "在我村"));
    const struct entry_header header = header_of(stage);
    assert_int_equal(header.basis_count, 2);
    assert_true(holds(header.basis, 2, moved));
    fold_close(fold);
}

static void a_stranger_may_not_amend(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", TITLE));
    assert_int_equal(stage_try(stage, &the_other_head, fold, "set", FIELDS("title", "别的标题")),
            GRID_REFUSED);
    refused(stage, GRID_REFUSED, "void_role");
    assert_int_equal(stage_try(stage, &the_head, fold, "set", NULL), GRID_USAGE);
    refused(stage, GRID_USAGE, "set_nothing");
    assert_int_equal(stage_try(stage, &the_head, fold, "set", FIELDS("contact", "x")), GRID_USAGE);
    refused(stage, GRID_USAGE, "field_unknown");
    fold_close(fold);
}

static void every_field_of_an_amend_has_its_form(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", TITLE));
    stage_act(stage, &the_head, &fold, "set",
            FIELDS("description", "长文", "occurred_at", "2026-11-20 08:00", "unit", STAGE_VILLAGE,
                    "place_text", "", "geo", "39.5,110.4", "urgency", "2", "scale", "mass",
                    "party_count", "５０", "amount_fen", "50000000", "impact", "4", "risk", "R0",
                    "track", "civil", "parties", "mine:甲方; villager", "category", "0105", "title",
                    "四个字的"));
    const struct case_body body = body_of(stage);
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
            FIELDS("title", TITLE, "tag", "night", "tag", "school"));
    const struct fold_entry *again =
            stage_act(stage, &the_worker, &fold, "tag", FIELDS("add", "night"));
    stage_act(stage, &the_clerk, &fold, "tag",
            FIELDS("remove", "night", "remove", "night", "add", "livestock"));
    const struct case_body body = body_of(stage);
    assert_int_equal(body.add_count, 1);
    assert_int_equal(body.removal_count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_text(body.removals[i].value, "night");
    assert_true(dot_equal(&body.removals[0].dot, &create->dot) ||
                dot_equal(&body.removals[1].dot, &create->dot));
    assert_true(dot_equal(&body.removals[0].dot, &again->dot) ||
                dot_equal(&body.removals[1].dot, &again->dot));
    assert_int_equal(
            stage_try(stage, &the_clerk, fold, "tag", FIELDS("remove", "night")), GRID_NOT_FOUND);
    refused(stage, GRID_NOT_FOUND, "tag_absent");
    assert_int_equal(stage_try(stage, &the_clerk, fold, "tag", NULL), GRID_USAGE);
    refused(stage, GRID_USAGE, "field_missing");
    fold_close(fold);
}

static void a_second_may_be_wordless_but_a_note_may_not(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", TITLE));
    stage_act(stage, &the_secretary, &fold, "second", NULL);
    assert_int_equal(body_of(stage).add_count, 1);
    stage_act(stage, &the_worker, &fold, "second", FIELDS("text", "我也看见"));
    assert_text(body_of(stage).adds[0].value, "我也看见");
    assert_int_equal(stage_try(stage, &the_worker, fold, "note", NULL), GRID_USAGE);
    refused(stage, GRID_USAGE, "field_missing");
    assert_string_equal(stage->error.detail, "text");
    fold_close(fold);
}

/* Two titles written apart: the head's draft is made before the clerk's entry is here. */
static struct fold *two_titles(struct stage *stage, const struct fold_entry **head_title,
        const struct fold_entry **clerk_title)
{
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", TITLE));
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
    const struct entry_header header = header_of(stage);
    const struct case_body body = body_of(stage);
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
    assert_text(body.args[GRID_ARGUMENT_REASON], "住户先说的");
    assert_int_equal(fold_conflict_count(fold), 0);
    assert_text(fold_shown(fold, GRID_REGISTER_TITLE), "住户的标题");
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
    assert_text(set_of(stage, GRID_REGISTER_TITLE), "镇里的标题");
    assert_int_equal(stage_try(stage, &the_clerk, fold, "ruling",
                             FIELDS("field", "title", "value", "第三个标题", "reason", "因")),
            GRID_OK);
    assert_text(set_of(stage, GRID_REGISTER_TITLE), "第三个标题");
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

/* --- acts made apart --- */

enum { REPLICAS = 4, STORY_ACTS = 60, STORY_TRIES_MAX = 240 };

/* Who writes on which replica: an author has one home. */
static const struct actor *const homes[REPLICAS][3] = {{&the_head, &the_head, &the_head},
        {&the_worker, &the_worker, &the_worker}, {&the_secretary, &the_secretary, &the_secretary},
        {&the_clerk, &the_other_clerk, &the_officer}};

struct story {
    struct stage *stage;
    uint64_t random;
    struct fold *replicas[REPLICAS];
    struct entry entries[STORY_ACTS + 1];
    size_t count;
    bool held[REPLICAS][STORY_ACTS + 1];
    size_t permitted, refused;
};

static uint64_t draw(struct story *story, uint64_t below)
{
    uint64_t z = story->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static void give(struct story *story, size_t replica, size_t index)
{
    struct grid_error error = {0};
    bool fresh = false;
    if (story->held[replica][index])
        return;
    story->held[replica][index] = true;
    assert_int_equal(fold_add(story->replicas[replica], &story->entries[index], 0, GRID_PENDING,
                             &fresh, &error),
            GRID_OK);
    assert_int_equal(
            fold_settle(story->replicas[replica], &story->stage->world, NULL, NULL, &error),
            GRID_OK);
}

/* The act just made becomes an entry, held where it was made. */
static void keep(struct story *story, size_t replica, const struct actor *actor)
{
    struct stage *stage = story->stage;
    struct entry *entry = &story->entries[story->count];
    struct grid_error error = {0};
    *entry = (struct entry){.lane = (uint8_t)stage->result.lane,
            .seq = 2 + stage->seq[actor->author][stage->result.lane]++,
            .header = stage->result.header,
            .body = stage->result.body};
    memset(entry->author, actor->author, sizeof(entry->author));
    assert_int_equal(entry_admit(entry, &error), GRID_OK);
    if (story->count == 0)
        for (size_t i = 0; i < REPLICAS; i++)
            assert_int_equal(fold_open(&story->replicas[i], entry->leaf), GRID_OK);
    give(story, replica, story->count++);
    stage->now_ms += (int64_t)draw(story, 200000) - 100000; /* clocks are what they are */
}

static enum grid_status try_one(struct story *story, size_t replica, const struct actor *actor)
{
    struct stage *stage = story->stage;
    struct fold *fold = story->replicas[replica];
    static const char *const units[] = {STAGE_GRID2, STAGE_GRID, STAGE_MICRO, STAGE_VILLAGE2};
    static const char *const urgencies[] = {"U1", "U2", "U3", "U4"};
    static const char *const fields[] = {"title", "unit", "urgency", "category", "place"};
    char title[32];
    snprintf(title, sizeof(title), "标题之%u", (unsigned)draw(story, 1000));
    switch (draw(story, 9)) {
    case 0:
        return stage_try(stage, actor, fold, "set", FIELDS("title", title));
    case 1:
        return stage_try(stage, actor, fold, "set", FIELDS("unit", units[draw(story, 4)]));
    case 2:
        return stage_try(stage, actor, fold, "set", FIELDS("urgency", urgencies[draw(story, 4)]));
    case 3:
        return stage_try(stage, actor, fold, "set", FIELDS("category", "0208", "place", title));
    case 4:
        return stage_try(stage, actor, fold, "note", FIELDS("text", title));
    case 5:
        return stage_try(stage, actor, fold, "tag", FIELDS("add", "night"));
    case 6:
        return stage_try(stage, actor, fold, "tag", FIELDS("remove", "night", "add", "school"));
    default:
        return stage_try(stage, actor, fold, "ruling",
                FIELDS("field", fields[draw(story, 5)], "take", "1", "reason", "因"));
    }
}

static void gossip(struct story *story)
{
    size_t from = draw(story, REPLICAS);
    size_t to = draw(story, REPLICAS);
    size_t start = draw(story, story->count);
    for (size_t i = 0; i < story->count; i++) { /* in an order of its own */
        size_t index = (start + i) % story->count;
        if (story->held[from][index] && draw(story, 4) > 0)
            give(story, to, index);
    }
}

static void all_agree(struct story *story)
{
    uint8_t first[GRID_HASH_BYTES];
    uint8_t other[GRID_HASH_BYTES];
    for (size_t r = 0; r < REPLICAS; r++) {
        for (size_t i = 0; i < story->count; i++)
            give(story, r, i);
        for (size_t i = 0; i < story->count; i++)
            assert_int_equal(fold_entry_at(story->replicas[r], i)->verdict, GRID_VALID);
        assert_int_equal(fold_digest(story->replicas[r], r == 0 ? first : other), GRID_OK);
        if (r > 0)
            assert_memory_equal(first, other, sizeof(first));
    }
}

/* Every conflict that stands is settled by one ruling that saw it. */
static void settle_all(struct story *story)
{
    struct fold *fold = story->replicas[REPLICAS - 1];
    struct grid_error error = {0};
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++) {
        struct fold_register values = {0};
        bool fresh = false;
        assert_int_equal(fold_read(fold, reg, &values), GRID_OK);
        if (values.value_count < 2)
            continue;
        assert_int_equal(
                stage_try(story->stage, &the_clerk, fold, "ruling",
                        FIELDS("field", grid_register_name(reg), "take", "2", "reason", "定")),
                GRID_OK);
        struct entry entry = {.lane = (uint8_t)story->stage->result.lane,
                .seq = 2 + story->stage->seq[the_clerk.author][story->stage->result.lane]++,
                .header = story->stage->result.header,
                .body = story->stage->result.body};
        memset(entry.author, the_clerk.author, sizeof(entry.author));
        assert_int_equal(entry_admit(&entry, &error), GRID_OK);
        assert_int_equal(fold_add(fold, &entry, 0, GRID_PENDING, &fresh, &error), GRID_OK);
        assert_int_equal(fold_settle(fold, &story->stage->world, NULL, NULL, &error), GRID_OK);
    }
    assert_int_equal(fold_conflict_count(fold), 0);
}

static void what_the_client_permits_apart_is_valid_together(void **state)
{
    (void)state;
    size_t permitted = 0;
    size_t conflicts = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        static struct stage stage;
        static struct story story;
        stage_open(&stage);
        story = (struct story){.stage = &stage, .random = seed};
        report_ok(&stage, &the_head,
                FIELDS("title", TITLE, "tag", "night", "urgency", seed % 2 == 0 ? "U3" : "U2"));
        keep(&story, 0, &the_head);
        for (size_t i = 1; i < REPLICAS; i++)
            give(&story, i, 0);
        while (story.count < STORY_ACTS && story.permitted + story.refused < STORY_TRIES_MAX) {
            size_t replica = draw(&story, REPLICAS);
            const struct actor *actor = homes[replica][draw(&story, 3)];
            if (try_one(&story, replica, actor) == GRID_OK) {
                keep(&story, replica, actor);
                story.permitted++;
            } else {
                story.refused++;
            }
            gossip(&story);
        }
        all_agree(&story);
        conflicts += fold_conflict_count(story.replicas[0]);
        permitted += story.permitted;
        settle_all(&story);
        for (size_t i = 0; i < REPLICAS; i++)
            fold_close(story.replicas[i]);
        stage_close(&stage);
    }
    assert_true(permitted > 800); /* or the stories tell nothing */
    assert_true(conflicts > 20);
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
            FIELDS("title", TITLE, "tag", "night", "at", "39.5,110.4", "ref", "1:2"));
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
#define STAGED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
            cmocka_unit_test(what_the_client_permits_apart_is_valid_together),
            cmocka_unit_test(an_act_survives_the_end_of_memory),
            cmocka_unit_test(the_same_content_has_the_same_fingerprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
