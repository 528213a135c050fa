/* The records of cases, show and conflicts: the members that CLI.md names, and what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/heap_failing.h"
#include "tests/lib/stage.h"

#include "libgrid/case/view.h"
#include "proto/gate.h"
#include "proto/stamp.h"

#include <stdio.h>
#include <string.h>

/* --- reading records --- */

/* The packed value of a member; size 0 when there is none. */
static struct bytes member(struct bytes record, const char *key)
{
    struct reader reader = reader_of(record);
    size_t count = read_map(&reader);
    for (size_t i = 0; i < count; i++) {
        struct bytes name = read_str(&reader);
        struct bytes value = read_raw(&reader);
        if (bytes_equal(name, bytes_text(key)))
            return value;
    }
    assert_true(reader_done(&reader));
    return (struct bytes){0};
}

static struct bytes need(struct bytes record, const char *key)
{
    struct bytes value = member(record, key);
    if (value.size == 0)
        fail_msg("no member %s", key);
    return value;
}

static struct bytes element(struct bytes array, size_t index)
{
    struct reader reader = reader_of(array);
    assert_true(read_array(&reader) > index);
    for (size_t i = 0; i < index; i++)
        read_skip(&reader);
    return read_raw(&reader);
}

static size_t length(struct bytes record, const char *key)
{
    struct reader reader = reader_of(need(record, key));
    assert_int_equal(read_type(&reader), PACK_ARRAY);
    return read_array(&reader);
}

static void says(struct bytes record, const char *key, const char *text)
{
    struct bytes found = value_text(need(record, key));
    if (!bytes_equal(found, bytes_text(text)))
        fail_msg("%s: %.*s, not %s", key, (int)found.size, (const char *)found.data, text);
}

static void is_nil(struct bytes record, const char *key)
{
    struct reader reader = reader_of(need(record, key));
    if (read_type(&reader) != PACK_NIL)
        fail_msg("%s is not null", key);
}

static void is_bool(struct bytes record, const char *key, bool expected)
{
    struct reader reader = reader_of(need(record, key));
    assert_int_equal(read_type(&reader), PACK_BOOL);
    assert_int_equal(read_bool(&reader), expected);
}

typedef enum grid_status view_fn(
        struct buffer *out, struct fold *fold, const struct view_context *context);

/* In the arena, passed by the gate. */
static struct bytes viewed(struct stage *stage, struct fold *fold, view_fn *view)
{
    const struct view_context context = {.roster = stage->roster, .wall_ms = stage->now_ms};
    struct buffer out = {0};
    struct grid_error error = {0};
    assert_int_equal(view(&out, fold, &context), GRID_OK);
    assert_int_equal(gate_check(buffer_bytes(&out), GATE_CONTROL, &error), GRID_OK);
    struct bytes record = arena_copy(&stage->arena, buffer_bytes(&out));
    buffer_close(&out);
    return record;
}

struct rows {
    struct stage *stage;
    struct bytes row[8];
    size_t count;
};

static enum grid_status take_row(void *context, struct bytes record)
{
    struct rows *rows = context;
    struct grid_error error = {0};
    assert_int_equal(gate_check(record, GATE_CONTROL, &error), GRID_OK);
    assert_true(rows->count < 8);
    rows->row[rows->count++] = arena_copy(&rows->stage->arena, record);
    return GRID_OK;
}

static enum grid_status count_row(void *context, struct bytes record)
{
    (void)record;
    ((struct rows *)context)->count++;
    return GRID_OK;
}

static struct rows conflicts_of(struct stage *stage, struct fold *fold)
{
    const struct view_context context = {.roster = stage->roster, .wall_ms = stage->now_ms};
    struct rows rows = {.stage = stage};
    assert_int_equal(view_conflicts(fold, &context, take_row, &rows), GRID_OK);
    return rows;
}

/* --- cases --- */

static void a_case_shows_the_members_of_the_contract(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE, "category", "0208"));
    struct bytes record = viewed(stage, fold, view_case);
    char code[GRID_CODE_TEXT_BYTES];
    char id[2 * GRID_ID_BYTES + 1];
    code_print(code, &stage->result.code);
    ident_hex(id, bytes_of(fold_case_id(fold), GRID_ID_BYTES));
    says(record, "case", code);
    says(record, "case_id", id);
    says(record, "title", STAGE_TITLE);
    says(record, "category", "0208");
    says(record, "urgency", "U2");
    says(record, "unit", STAGE_MICRO);
    says(record, "state", "reported");
    says(record, "holder", STAGE_TOWNSHIP);
    is_nil(record, "lead");
    is_nil(record, "due");
    is_bool(record, "overdue", false);
    assert_int_equal(value_uint(need(record, "conflicts")), 0);
    is_bool(record, "late_evidence", false);
    assert_int_equal(value_uint(need(need(record, "photos"), "have")), 0);
    assert_int_equal(value_uint(need(need(record, "photos"), "of")), 0);
    fold_close(fold);
}

/* --- show --- */

static void show_says_who_wrote_what_and_when(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_worker, &fold, "report",
            FIELDS("title", STAGE_TITLE, "text", "很长", "occurred_at", "2026-11-20T08:30", "tag",
                    "涉矿", "tag", "night", "place", "三号井", "at", "39.5500001,-0.5", "ref",
                    "12345:A7"));
    stage_act(stage, &the_head, &fold, "note", FIELDS("text", "更宽了"));
    stage_act(stage, &the_clerk, &fold, "tag", FIELDS("add", "night", "remove", "mining"));
    stage_act(stage, &the_secretary, &fold, "second", NULL);
    struct bytes record = viewed(stage, fold, view_show);
    says(record, "title", STAGE_TITLE);
    says(record, "description", "很长");
    says(record, "source", "patrol");
    is_bool(record, "applicant", false);
    says(record, "occurred_at", "2026-11-20T08:30:00+08:00");
    says(record, "occurred_precision", "exact");
    is_nil(record, "received_at");
    is_nil(record, "outcome");
    says(record, "place_text", "三号井");
    says(record, "geo", "39.5500001,-0.5000000");
    assert_int_equal(member(record, "scale").size, 0);
    char tag[FOLD_TAG_BYTES];
    assert_int_equal(fold_tag(fold, tag), GRID_OK);
    says(record, "tag", tag);
    assert_int_equal(length(record, "tags"), 1);
    assert_true(bytes_equal(value_text(element(need(record, "tags"), 0)), bytes_text("night")));
    assert_int_equal(length(record, "notes"), 1);
    struct bytes note = element(need(record, "notes"), 0);
    says(note, "text", "更宽了");
    says(note, "who", "吴桂兰");
    says(note, "role", "head");
    says(note, "at", "2026-11-21T09:30:01+08:00");
    assert_int_equal(length(record, "seconds"), 1);
    says(element(need(record, "seconds"), 0), "who", "石书记");
    assert_int_equal(length(record, "external_refs"), 1);
    says(element(need(record, "external_refs"), 0), "system", "12345");
    assert_int_equal(length(record, "attachments"), 0);
    assert_int_equal(length(record, "documents"), 0);
    assert_int_equal(length(record, "conflicts"), 0);
    assert_int_equal(length(record, "entries"), 4);
    struct bytes first = element(need(record, "entries"), 0);
    says(first, "kind", "create");
    says(first, "who", "苏和");
    says(first, "role", "grid_worker");
    says(first, "at", "2026-11-21T09:30:00+08:00");
    is_nil(first, "void");
    says(need(first, "entry"), "author", "03030303030303030303030303030303");
    assert_int_equal(value_uint(need(need(first, "entry"), "lane")), GRID_LANE_WORK);
    assert_int_equal(value_uint(need(need(first, "entry"), "seq")), 2);
    assert_int_equal(member(record, "left_out").size, 0);
    fold_close(fold);
}

static void a_void_entry_is_shown_with_its_reason(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_worker, &fold, "report", FIELDS("title", STAGE_TITLE));
    assert_int_equal(stage_try(stage, &the_worker, fold, "note", FIELDS("text", "冒名")), GRID_OK);
    assert_int_equal(stage_add(stage, &the_other_head, &fold), GRID_VOID_AUTHOR);
    struct bytes record = viewed(stage, fold, view_show);
    assert_int_equal(length(record, "notes"), 0);
    assert_int_equal(length(record, "entries"), 2);
    says(element(need(record, "entries"), 1), "void", "author");
    fold_close(fold);
}

static void a_stub_shows_what_is_known(void **state)
{
    struct stage *stage = *state;
    struct fold *whole = NULL;
    struct fold *stub = NULL;
    stage_act(stage, &the_worker, &whole, "report", FIELDS("title", STAGE_TITLE));
    const struct fold_entry *note =
            stage_act(stage, &the_worker, &whole, "note", FIELDS("text", "先到的"));
    struct grid_error error = {0};
    bool fresh = false;
    assert_int_equal(fold_open(&stub, fold_case_id(whole)), GRID_OK);
    assert_int_equal(fold_add(stub, &note->entry, 0, GRID_PENDING, &fresh, &error), GRID_OK);
    assert_int_equal(fold_settle(stub, &stage->world, NULL, NULL, &error), GRID_OK);
    static const char *const unknown[] = {"case", "title", "category", "urgency", "unit", "state",
            "holder", "description", "source", "occurred_at", "received_at"};
    struct bytes record = viewed(stage, stub, view_show);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        is_nil(record, unknown[i]);
    assert_int_equal(length(record, "entries"), 1);
    says(element(need(record, "entries"), 0), "void", "pending");
    is_nil(viewed(stage, stub, view_case), "title");
    assert_int_equal(
            stage_try(stage, &the_worker, stub, "note", FIELDS("text", "一")), GRID_REFUSED);
    assert_string_equal(stage->error.reason, "pending");
    fold_close(stub);
    fold_close(whole);
}

/* A centre wrote it of which nothing is known here: the role stands for the name. */
static void an_unknown_person_shows_by_role(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    stage_act(stage, &the_clerk, &fold, "report",
            FIELDS("title", STAGE_TITLE, "unit", STAGE_VILLAGE));
    struct grid_roster *empty = NULL;
    assert_int_equal(grid_roster_open(&empty), GRID_OK);
    const struct view_context context = {.roster = empty, .wall_ms = stage->now_ms};
    struct buffer out = {0};
    assert_int_equal(view_show(&out, fold, &context), GRID_OK);
    says(element(need(buffer_bytes(&out), "entries"), 0), "who", "clerk");
    buffer_close(&out);
    grid_roster_close(empty);
    fold_close(fold);
}

/* --- conflicts --- */

static struct fold *quarrel(struct stage *stage)
{
    struct fold *fold = NULL;
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    assert_int_equal(
            stage_try(stage, &the_head, fold, "set",
                    FIELDS("title", "住户的标题", "urgency", "U4", "occurred_at", "2026-11-20")),
            GRID_OK);
    const struct act_result apart = stage->result;
    stage_act(stage, &the_clerk, &fold, "set",
            FIELDS("title", "镇里的标题", "urgency", "U2", "occurred_at", "2026-11-19 20:00"));
    stage->result = apart;
    assert_int_equal(stage_add(stage, &the_head, &fold), GRID_VALID);
    return fold;
}

static void a_conflict_shows_every_value_and_who_stands_behind_it(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = quarrel(stage);
    assert_int_equal(value_uint(need(viewed(stage, fold, view_case), "conflicts")), 3);
    struct rows rows = conflicts_of(stage, fold);
    assert_int_equal(rows.count, 3);
    struct bytes title = rows.row[0];
    char code[GRID_CODE_TEXT_BYTES];
    char tag[FOLD_TAG_BYTES];
    struct case_code digits = {0};
    memcpy(digits.digits, value_text(fold_create(fold)->body.args[GRID_ARGUMENT_CODE]).data,
            GRID_CODE_DIGITS);
    code_print(code, &digits);
    assert_int_equal(fold_tag(fold, tag), GRID_OK);
    says(title, "case", code);
    says(title, "field", "title");
    says(title, "provisional", "镇里的标题"); /* the clerk outranks the head */
    says(title, "severity", "low");
    says(title, "tag", tag);
    is_bool(title, "waiting", false);
    says(title, "since", "2026-11-21T09:30:01+08:00");
    assert_int_equal(length(title, "values"), 2);
    struct bytes of_head = element(need(title, "values"), 0);
    struct bytes of_clerk = element(need(title, "values"), 1);
    assert_int_equal(value_uint(need(of_head, "n")), 1);
    says(of_head, "value", "住户的标题");
    says(of_head, "who", "吴桂兰");
    says(of_head, "role", "head");
    says(of_head, "dot", "0101010101010101/1/3");
    assert_int_equal(value_uint(need(of_clerk, "n")), 2);
    says(of_clerk, "value", "镇里的标题");
    says(of_clerk, "who", "赵明");
    says(of_clerk, "dot", "0f0f0f0f0f0f0f0f/1/2");
    says(rows.row[0], "title", "镇里的标题");
    assert_int_equal(value_uint(need(rows.row[0], "provisional_n")), 2);
    says(rows.row[1], "field", "occurred_at");
    says(element(need(rows.row[1], "values"), 0), "precision", "day");
    says(element(need(rows.row[1], "values"), 1), "precision", "exact");
    says(element(need(rows.row[1], "values"), 0), "value", "2026-11-20T00:00:00+08:00");
    says(rows.row[2], "field", "urgency");
    says(rows.row[2], "severity", "medium");
    says(rows.row[2], "provisional", "U2"); /* the more urgent */
    fold_close(fold);
}

static void the_history_says_what_each_act_wrote(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = quarrel(stage);
    stage_act(stage, &the_clerk, &fold, "tag", FIELDS("add", "night"));
    stage_act(stage, &the_clerk, &fold, "tag", FIELDS("remove", "night"));
    stage_act(stage, &the_clerk, &fold, "set", FIELDS("category", "0204"));
    stage_act(stage, &the_clerk, &fold, "ruling",
            FIELDS("field", "title", "take", "1", "reason", "现场核实"));
    struct bytes entries = need(viewed(stage, fold, view_show), "entries");
    struct bytes set = element(need(element(entries, 1), "sets"), 0);
    assert_int_equal(member(element(entries, 0), "sets").size, 0); /* a create is the card itself */
    says(set, "field", "title");
    says(set, "value", "住户的标题");
    struct bytes tag = element(entries, 3);
    assert_true(bytes_equal(value_text(element(need(tag, "adds"), 0)), bytes_text("night")));
    assert_int_equal(length(tag, "removes"), 0);
    assert_int_equal(length(element(entries, 4), "removes"), 1);
    set = element(need(element(entries, 5), "sets"), 0);
    says(set, "value", "0204");
    says(set, "name", "燃气泄漏");
    struct bytes ruling = element(entries, 6);
    says(ruling, "kind", "ruling");
    says(ruling, "reason", "现场核实");
    says(element(need(ruling, "sets"), 0), "value", "住户的标题");
    fold_close(fold);
}

static void show_lists_the_same_conflicts(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = quarrel(stage);
    struct rows rows = conflicts_of(stage, fold);
    struct bytes record = viewed(stage, fold, view_show);
    assert_int_equal(length(record, "conflicts"), 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(bytes_equal(element(need(record, "conflicts"), i), rows.row[i]));
    says(record, "title", "镇里的标题");
    fold_close(fold);
}

static void of_many_values_sixteen_are_shown(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    struct act_result results[20];
    char title[32];
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    for (unsigned i = 0; i < 20; i++) {
        snprintf(title, sizeof(title), "第%u个标题", i);
        assert_int_equal(stage_try(stage, &the_head, fold, "set", FIELDS("title", title)), GRID_OK);
        results[i] = stage->result;
    }
    for (unsigned i = 0; i < 20; i++) {
        stage->result = results[i];
        assert_int_equal(stage_add(stage, &the_head, &fold), GRID_VALID);
    }
    struct rows rows = conflicts_of(stage, fold);
    assert_int_equal(rows.count, 1);
    assert_int_equal(length(rows.row[0], "values"), GRID_VALUES_SHOWN_MAX);
    assert_int_equal(value_uint(need(rows.row[0], "value_count")), 20);
    fold_close(fold);
}

static void more_live_writes_than_an_act_can_name_are_a_limit(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = NULL;
    static struct act_result results[70];
    char title[32];
    stage_act(stage, &the_head, &fold, "report", FIELDS("title", STAGE_TITLE));
    for (unsigned i = 0; i < 70; i++) {
        snprintf(title, sizeof(title), "第%u个标题", i);
        assert_int_equal(stage_try(stage, &the_head, fold, "set", FIELDS("title", title)), GRID_OK);
        results[i] = stage->result;
    }
    for (unsigned i = 0; i < 70; i++) {
        stage->result = results[i];
        assert_int_equal(stage_add(stage, &the_head, &fold), GRID_VALID);
    }
    assert_int_equal(
            stage_try(stage, &the_head, fold, "set", FIELDS("title", "最后的标题")), GRID_LIMIT);
    assert_string_equal(stage->error.reason, "too_many_refs");
    assert_int_equal(stage_try(stage, &the_head, fold, "set", FIELDS("place", "村东")), GRID_OK);
    fold_close(fold);
}

/* --- memory --- */

static struct fold *copy_of(struct stage *stage, struct fold *fold)
{
    struct fold *copy = NULL;
    struct grid_error error = {0};
    bool fresh = false;
    assert_int_equal(fold_open(&copy, fold_case_id(fold)), GRID_OK);
    for (size_t i = 0; i < fold_entry_count(fold); i++)
        assert_int_equal(
                fold_add(copy, &fold_entry_at(fold, i)->entry, 0, GRID_PENDING, &fresh, &error),
                GRID_OK);
    assert_int_equal(fold_settle(copy, &stage->world, NULL, NULL, &error), GRID_OK);
    return copy;
}

static enum grid_status rows_view(
        struct buffer *out, struct fold *fold, const struct view_context *context)
{
    struct rows rows = {0};
    (void)out;
    return view_conflicts(fold, context, count_row, &rows);
}

/* A record is whole or fails: no member is ever null for want of memory. */
static void each_allocation_may_fail(struct stage *stage, struct fold *fold, view_fn *view)
{
    const struct view_context context = {.roster = stage->roster, .wall_ms = stage->now_ms};
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        struct fold *fresh = copy_of(stage, fold); /* without what a look has left in memory */
        struct buffer out = {0};
        heap_failing_at(nth);
        enum grid_status status = view(&out, fresh, &context);
        failed = heap_failing_happened();
        heap_failing_at(0);
        assert_int_equal(status, failed ? GRID_NOMEM : GRID_OK);
        buffer_close(&out);
        fold_close(fresh);
    }
}

static void a_record_survives_the_end_of_memory(void **state)
{
    (void)state;
    static struct stage stage;
    heap_failing_begin();
    stage_open(&stage);
    struct fold *fold = quarrel(&stage);
    stage_act(&stage, &the_worker, &fold, "note", FIELDS("text", "记一笔"));
    stage_act(&stage, &the_worker, &fold, "tag", FIELDS("add", "night"));
    each_allocation_may_fail(&stage, fold, view_case);
    each_allocation_may_fail(&stage, fold, view_show);
    each_allocation_may_fail(&stage, fold, rows_view);
    fold_close(fold);
    stage_close(&stage);
    heap_failing_end();
}

/* --- values --- */

static void value_is(unsigned reg, struct buffer *packed, const char *expected)
{
    struct buffer out = {0};
    view_value(&out, reg, buffer_bytes(packed));
    struct bytes found = value_text(buffer_bytes(&out));
    assert_int_equal(found.size, strlen(expected));
    assert_memory_equal(found.data, expected, found.size);
    buffer_close(&out);
    buffer_close(packed);
}

static void numbers_print_as_their_identifiers(void **state)
{
    (void)state;
    static const struct {
        unsigned reg;
        uint64_t number;
        const char *text;
    } rows[] = {{GRID_REGISTER_STATE, 10, "closed"}, {GRID_REGISTER_URGENCY, 1, "U1"},
            {GRID_REGISTER_CATEGORY, 101, "0101"}, {GRID_REGISTER_SCALE, 4, "mass"},
            {GRID_REGISTER_TRACK, 3, "petition"}, {GRID_REGISTER_RISK, 0, "R0"},
            {GRID_REGISTER_SUPERVISION, 2, "red"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer packed = {0};
        pack_uint(&packed, rows[i].number);
        value_is(rows[i].reg, &packed, rows[i].text);
    }
}

static void composed_values_print_as_objects(void **state)
{
    (void)state;
    struct buffer packed = {0};
    struct buffer out = {0};
    const struct lead_value lead = {.lead = bytes_text(STAGE_DEPARTMENT),
            .assists = {bytes_text(STAGE_VILLAGE)},
            .assist_count = 1};
    value_pack_lead(&packed, &lead);
    view_value(&out, GRID_REGISTER_LEAD, buffer_bytes(&packed));
    says(buffer_bytes(&out), "lead", STAGE_DEPARTMENT);
    assert_int_equal(length(buffer_bytes(&out), "assists"), 1);
    buffer_clear(&packed);
    buffer_clear(&out);
    const struct outcome_value outcome = {.method = 7, .success = true, .text = bytes_text("已修")};
    value_pack_outcome(&packed, &outcome);
    view_value(&out, GRID_REGISTER_OUTCOME, buffer_bytes(&packed));
    says(buffer_bytes(&out), "method", "repair");
    says(buffer_bytes(&out), "text", "已修");
    is_bool(buffer_bytes(&out), "success", true);
    buffer_clear(&packed);
    buffer_clear(&out);
    const struct due_value due = {
            .act_ms = STAGE_NOW_MS, .finish_ms = STAGE_NOW_MS + 1000, .policy = 1};
    value_pack_due(&packed, &due);
    view_value(&out, GRID_REGISTER_DUE, buffer_bytes(&packed));
    says(buffer_bytes(&out), "finish", "2026-11-21T09:30:01+08:00");
    buffer_close(&packed);
    buffer_close(&out);
}

int main(void)
{
#define STAGED(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
    const struct CMUnitTest tests[] = {
            STAGED(a_case_shows_the_members_of_the_contract),
            STAGED(show_says_who_wrote_what_and_when),
            STAGED(a_void_entry_is_shown_with_its_reason),
            STAGED(a_stub_shows_what_is_known),
            STAGED(an_unknown_person_shows_by_role),
            STAGED(a_conflict_shows_every_value_and_who_stands_behind_it),
            STAGED(the_history_says_what_each_act_wrote),
            STAGED(show_lists_the_same_conflicts),
            STAGED(of_many_values_sixteen_are_shown),
            STAGED(more_live_writes_than_an_act_can_name_are_a_limit),
            cmocka_unit_test(a_record_survives_the_end_of_memory),
            cmocka_unit_test(numbers_print_as_their_identifiers),
            cmocka_unit_test(composed_values_print_as_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
