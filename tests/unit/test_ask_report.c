/* What a report in the making is told: what it would be, and where it may have happened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/pair.h"

#include <string.h>

struct town {
    struct pair pair;
    struct pair_home *centre, *worker;
};

static void town_open(struct town *town, uint64_t seed)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
}

static void assert_member(const struct pair_answer *answer, const char *name, const char *wanted)
{
    struct bytes text = pair_text(buffer_bytes(&answer->end), name);
    if (!bytes_equal(text, bytes_text(wanted)))
        fail_msg("%s: %.*s, expected %s", name, (int)text.size, (const char *)text.data, wanted);
}

static void a_preview_says_what_a_report_would_be_and_writes_nothing(void **state)
{
    (void)state;
    struct town town;
    struct pair_answer answer;
    town_open(&town, 1);
    char before[65];
    char after[65];
    pair_digest(town.worker, before);
    pair_ask(town.worker, "preview", NULL, &answer);
    assert_member(&answer, "category", "9999");
    assert_member(&answer, "unit", STAGE_GRID);
    assert_member(&answer, "unit_name", "柳塔村第一网格");
    assert_member(&answer, "source", "patrol");
    pair_answer_close(&answer);
    pair_ask(town.worker, "preview",
            FIELDS("category", "燃气", "unit", STAGE_MICRO, "title", "二楼有煤气味"), &answer);
    assert_member(&answer, "category", "0204");
    assert_member(&answer, "name", "燃气泄漏");
    assert_member(&answer, "urgency", "U1");
    assert_member(&answer, "track", "safety");
    assert_member(&answer, "unit_name", "吴家沟社一联户");
    assert_member(&answer, "title", "二楼有煤气味");
    assert_member(&answer, "text", "二楼有煤气味");
    pair_answer_close(&answer);
    pair_digest(town.worker, after);
    assert_string_equal(before, after);
    assert_int_equal(pair_case_count(town.worker), 0);
    pair_close(&town.pair);
}

static void assert_refused(
        struct pair_home *home, const char *name, const char *value, const char *reason)
{
    const struct grid_field field = {.name = bytes_text(name), .value = bytes_text(value)};
    const struct grid_request request = {
            .verb = bytes_text("preview"), .fields = &field, .field_count = 1};
    struct buffer end = {0};
    struct grid_error error = {0};
    assert_int_not_equal(
            grid_node_ask(home->node, pair_now(home), &request, NULL, NULL, &end, &error), GRID_OK);
    assert_string_equal(error.reason, reason);
    buffer_close(&end);
}

static void a_preview_refuses_what_the_report_would_refuse(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 2);
    assert_refused(town.worker, "title", "短了点", "title_length");
    assert_refused(town.worker, "category", "0000", "category_unknown");
    assert_refused(town.worker, "unit", STAGE_TOWNSHIP, "unit_kind");
    assert_refused(town.worker, "unit", STAGE_MICRO "9", "unit_unknown");
    assert_refused(town.worker, "urgency", "5", "urgency_form");
    assert_refused(town.worker, "occurred_at", "昨天", "time_form");
    assert_refused(town.worker, "colour", "red", "field_unknown");
    assert_refused(town.centre, "category", "0204", "unit_needed"); /* the clerk's township */
    pair_close(&town.pair);
}

static void own_places_come_with_the_units_right_below(void **state)
{
    (void)state;
    static const char *const wanted[] = {STAGE_GRID, STAGE_MICRO, STAGE_MICRO2};
    struct town town;
    struct pair_answer answer;
    town_open(&town, 3);
    pair_ask(town.worker, "places", NULL, &answer);
    assert_int_equal(answer.row_count, 3);
    for (size_t i = 0; i < 3; i++) {
        struct bytes unit = pair_text(buffer_bytes(&answer.rows[i].record), "unit");
        assert_true(bytes_equal(unit, bytes_text(wanted[i])));
    }
    pair_answer_close(&answer);
    pair_ask(town.centre, "places", NULL, &answer); /* a township is no place of occurrence */
    assert_int_equal(answer.row_count, 0);
    pair_answer_close(&answer);
    pair_ask(town.centre, "places", FIELDS("word", "联户"), &answer);
    assert_int_equal(answer.row_count, 2);
    struct bytes within = pair_text(buffer_bytes(&answer.rows[0].record), "within");
    assert_true(bytes_equal(within, bytes_text("柳塔村第一网格")));
    pair_answer_close(&answer);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_preview_says_what_a_report_would_be_and_writes_nothing),
            cmocka_unit_test(a_preview_refuses_what_the_report_would_refuse),
            cmocka_unit_test(own_places_come_with_the_units_right_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
