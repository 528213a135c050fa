/* Deadlines at whole nodes, the clock handed in: a case's limits count from the centre's receipt,
 * what is late is listed with what is proposed, and reporter and centre see the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/case/policy.h"
#include "proto/stamp.h"
#include "tests/lib/pair.h"

#include <stdio.h>
#include <string.h>

static int64_t at(const char *text)
{
    int64_t ms = 0;
    unsigned precision;
    assert_true(stamp_parse(text, &ms, &precision));
    return ms;
}

struct town {
    struct pair pair;
    struct pair_home *centre, *worker;
};

/* The worker reports out of reach; nobody has it yet. */
static void town_open(struct town *town, const char *now)
{
    pair_open(&town->pair, 7);
    town->pair.wall_ms = at(now);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
    pair_part(town->worker);
}

static struct bytes shown(struct pair_home *home, const char *code, struct pair_answer *answer)
{
    pair_ask(home, "show", FIELDS("case", code), answer);
    return buffer_bytes(&answer->end);
}

static void says(struct pair_home *home, const char *code, const char *member, const char *text)
{
    struct pair_answer answer = {0};
    struct bytes found = pair_text(shown(home, code, &answer), member);
    size_t size = strlen(text);
    if (found.size < size || memcmp(found.data, text, size) != 0 || (size == 0 && found.size > 0))
        fail_msg("%s: %.*s, not %s", member, (int)found.size, (const char *)found.data, text);
    pair_answer_close(&answer);
}

static void is(struct pair_home *home, const char *code, const char *member, bool expected)
{
    struct pair_answer answer = {0};
    struct reader reader = reader_of(pair_member(shown(home, code, &answer), member));
    assert_int_equal(read_bool(&reader), expected);
    pair_answer_close(&answer);
}

/* The rows of a list, each "why step", joined by commas. */
static void listed(struct pair_home *home, const char *verb, const char *expected)
{
    struct pair_answer answer = {0};
    char found[400] = "";
    pair_ask(home, verb, NULL, &answer);
    for (size_t i = 0; i < answer.row_count; i++) {
        struct bytes record = buffer_bytes(&answer.rows[i].record);
        struct bytes why = pair_text(record, "why");
        struct bytes step = pair_text(record, "step");
        size_t used = strlen(found);
        snprintf(found + used, sizeof(found) - used, "%s%.*s %.*s", i > 0 ? "," : "", (int)why.size,
                (const char *)why.data, (int)step.size, (const char *)step.data);
    }
    assert_string_equal(found, expected);
    assert_int_equal(pair_uint(buffer_bytes(&answer.end), "total"), answer.row_count);
    pair_answer_close(&answer);
}

/* DOMAIN 10, corridor-storage. */
static void a_small_matter_received_at_21_40_is_due_at_03_40(void **state)
{
    (void)state;
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    town_open(&town, "2026-03-10 19:00"); /* it lay in the valley before */
    pair_act(town.worker, "report", FIELDS("title", "楼道堆满杂物", "category", "0201"), code);
    says(town.worker, code, "received_at", "");
    says(town.worker, code, "accept_by", "");
    town.pair.wall_ms = at("2026-03-10 21:40:00");
    pair_meet(town.worker);
    says(town.centre, code, "received_at", "2026-03-10T21:40");
    says(town.centre, code, "accept_by", "2026-03-11T03:40");
    pair_act(town.centre, "accept", FIELDS("case", code, "as", "k1"), NULL);
    pair_sync(town.worker);
    for (unsigned i = 0; i < 2; i++) {
        struct pair_home *home = i == 0 ? town.centre : town.worker;
        says(home, code, "due", "2026-03-11T03:40");
        says(home, code, "accept_by", "");
        says(home, code, "act_by", "2026-03-11T03:40");
        says(home, code, "received_at", "2026-03-10T21:40");
        is(home, code, "overdue", false);
        is(home, code, "due_soon", true);
    }
    town.pair.wall_ms = at("2026-03-11 00:10");
    is(town.centre, code, "overdue", false); /* not at midnight */
    town.pair.wall_ms = at("2026-03-11 03:40:01");
    is(town.centre, code, "overdue", true);
    is(town.worker, code, "overdue", true);
    pair_close(&town.pair);
}

static void what_is_late_is_listed_with_what_is_proposed(void **state)
{
    (void)state;
    struct town town;
    char crack[GRID_CODE_TEXT_BYTES];
    char light[GRID_CODE_TEXT_BYTES];
    town_open(&town, "2026-03-10 10:00");
    listed(town.centre, "inbox", "");
    listed(town.centre, "overdue", "");
    pair_act(town.worker, "report", FIELDS("title", "房屋裂缝一处", "category", "0208"), crack);
    pair_act(town.worker, "report", FIELDS("title", "村口路灯不亮", "category", "0401"), light);
    pair_meet(town.worker);
    listed(town.centre, "inbox", "u2_open ,due_soon ");
    listed(town.worker, "inbox", "u2_open "); /* to accept it is not the reporter's to do */
    says(town.worker, light, "accept_by", "2026-03-11T00:00"); /* but shown, since the receipt */
    town.pair.wall_ms = at("2026-03-10 12:20");
    listed(town.centre, "overdue", "overdue urge"); /* two hours to accept */
    pair_act(town.centre, "accept", FIELDS("case", crack, "as", "k1"), NULL);
    listed(town.centre, "overdue", "");
    town.pair.wall_ms = at("2026-03-10 18:20");
    listed(town.centre, "overdue", "overdue urge"); /* nobody has acted */
    pair_act(town.centre, "note", FIELDS("case", crack, "text", "住户已搬出", "as", "k1"), NULL);
    listed(town.centre, "overdue", "");
    /* three days to finish it; the light was never accepted */
    town.pair.wall_ms = at("2026-03-13 10:30");
    listed(town.centre, "overdue", "overdue yellow,overdue urge");
    listed(town.centre, "inbox", "overdue urge,overdue yellow");
    /* over by half of three days */
    town.pair.wall_ms = at("2026-03-14 23:00");
    listed(town.centre, "overdue", "overdue red,overdue urge");
    pair_act(town.centre, "decline", FIELDS("case", light, "reason", "找供电所", "as", "k1"), NULL);
    listed(town.centre, "overdue", "overdue red");
    pair_sync(town.worker);
    listed(town.worker, "overdue", "overdue red");
    /* what was reckoned outlives the process */
    pair_stop(town.centre);
    pair_start(town.centre);
    listed(town.centre, "overdue", "overdue red");
    pair_close(&town.pair);
}

static void a_policy_counts_for_what_is_written_from_then_on(void **state)
{
    (void)state;
    struct town town;
    char before[GRID_CODE_TEXT_BYTES];
    char after[GRID_CODE_TEXT_BYTES];
    char text[4096];
    struct bytes builtin = policy_builtin_text();
    assert_true(builtin.size < sizeof(text));
    memcpy(text, builtin.data, builtin.size + 1);
    char *limit = strstr(text, "finish = 3d");
    assert_non_null(limit);
    memcpy(limit, "finish = 5d", strlen("finish = 5d"));
    town_open(&town, "2026-03-10 10:00");
    pair_act(town.worker, "report", FIELDS("title", "房屋裂缝一处", "category", "0208"), before);
    pair_meet(town.worker);
    pair_act(town.centre, "accept", FIELDS("case", before, "as", "k1"), NULL);
    pair_act(town.centre, "policy_set", FIELDS("text", text), NULL);
    pair_act(town.worker, "report", FIELDS("title", "房屋裂缝两处", "category", "0208"), after);
    pair_sync(town.worker);
    pair_act(town.centre, "accept", FIELDS("case", after, "as", "k1"), NULL);
    says(town.centre, before, "due", "2026-03-13T10:10");
    says(town.centre, after, "due", "2026-03-15T10:");
    struct pair_answer answer = {0};
    pair_ask(town.worker, "policy", NULL, &answer);
    assert_int_equal(pair_uint(buffer_bytes(&answer.end), "version"), 2);
    pair_answer_close(&answer);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_small_matter_received_at_21_40_is_due_at_03_40),
            cmocka_unit_test(what_is_late_is_listed_with_what_is_proposed),
            cmocka_unit_test(a_policy_counts_for_what_is_written_from_then_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
