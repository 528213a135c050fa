/* Memory ends or the disk fails under everything that a node is asked for, at every place, once and
 * from then on: an act that was acknowledged is there, one that was not left no trace or is there
 * whole, a question is answered as it was before or says why not, and nothing leaks (F2, F5; I1,
 * I6). Each try begins with the same town, clock and chance, so that what an act makes of it is
 * known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/disk.h"
#include "tests/lib/heap_failing.h"
#include "tests/lib/pair.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the town --- */

struct town {
    struct pair pair;
    struct pair as_it_was;
    struct pair_home *centre, *worker, *joiner;
    uint8_t secret[GRID_SECRET_BYTES]; /* for the joiner */
    char code[GRID_CODE_TEXT_BYTES];   /* of a case with a conflict about its title */
};

static void town_open(struct town *town)
{
    struct pair *pair = &town->pair;
    memset(town, 0, sizeof(*town));
    pair_open(pair, 7);
    town->centre = pair_centre(pair);
    town->worker = pair_handheld(pair, town->centre, "w1");
    town->joiner = pair_add(pair, "joiner", GRID_NODE_HANDHELD, town->centre);
    pair_invite(town->centre, "h1", town->secret);
    pair_report(town->worker, "两边都改的一件", town->code);
    pair_sync(town->worker);
    pair_cut(pair, pair_link_of(town->worker), "valley");
    town->worker->unreachable = true;
    pair_act(town->worker, "set", FIELDS("case", town->code, "title", "网格员改的"), NULL);
    pair_act(town->centre, "set", FIELDS("case", town->code, "title", "受理员改的"), NULL);
    town->worker->unreachable = false;
    pair_sync(town->worker);
    pair_cut(pair, pair_link_of(town->worker), "valley");
    for (size_t i = 0; i < pair->home_count; i++) {
        pair_stop(&pair->homes[i]);
        pair_save(&pair->homes[i], "base");
    }
    town->as_it_was = *pair;
}

/* The home as it was, not running. */
static void put_back(struct town *town, struct pair_home *home)
{
    for (size_t i = 0; i < town->pair.home_count; i++)
        pair_stop(&town->pair.homes[i]);
    town->pair = town->as_it_was;
    pair_restore(home, "base", true);
}

/* What a home holds, in short: its cases, its own entries, its roster, whom it knows. */
struct holding {
    char digest[2 * GRID_HASH_BYTES + 1];
    uint64_t own_entries, rv, devices;
    unsigned next_slot; /* every invitation takes one */
};

static struct holding holding_of(struct pair_home *home)
{
    struct holding holding;
    struct pair_answer answer;
    memset(&holding, 0, sizeof(holding));
    pair_digest(home, holding.digest);
    const struct log *log = &home->node->log;
    for (size_t i = 0; i < log->stream_count; i++)
        holding.own_entries += log->streams[i]->own ? log->streams[i]->row.tip_seq : 0;
    holding.rv = roster_rv(home->node->roster);
    struct grid_error error = {0};
    assert_ok(store_invitation_slot(home->node->store, &holding.next_slot, &error));
    pair_ask(home, "devices", NULL, &answer);
    holding.devices = answer.row_count;
    pair_answer_close(&answer);
    return holding;
}

static bool same_holding(const struct holding *a, const struct holding *b)
{
    return memcmp(a, b, sizeof(*a)) == 0; /* NOLINT: both were zeroed as a whole */
}

/* --- faults --- */

struct fault {
    const char *name;
    bool memory;
    enum disk_fault disk;
    bool lasting;
};
static const struct fault faults[] = {
        {.name = "memory", .memory = true},
        {.name = "memory from then on", .memory = true, .lasting = true},
        {.name = "write", .disk = DISK_WRITE},
        {.name = "write from then on", .disk = DISK_WRITE, .lasting = true},
        {.name = "full", .disk = DISK_FULL},
        {.name = "full from then on", .disk = DISK_FULL, .lasting = true},
        {.name = "torn", .disk = DISK_TORN},
        {.name = "sync", .disk = DISK_SYNC},
        {.name = "sync from then on", .disk = DISK_SYNC, .lasting = true},
        {.name = "read", .disk = DISK_READ},
        {.name = "read from then on", .disk = DISK_READ, .lasting = true},
};
enum { FAULTS = sizeof(faults) / sizeof(faults[0]), POINTS_MAX = 20000 };

static void order(const struct fault *fault, size_t nth)
{
    if (fault->memory)
        (fault->lasting ? heap_failing_from : heap_failing_at)(nth);
    else
        (fault->lasting ? disk_fail_from : disk_fail_at)(fault->disk, nth);
}

/* Nothing fails any more; whether something had. */
static bool call_off(const struct fault *fault)
{
    bool happened = fault->memory ? heap_failing_happened() > 0 : disk_failed();
    heap_failing_at(0);
    disk_fail_at(DISK_WRITE, 0);
    return happened;
}

static bool is_word_for(const struct fault *fault, enum grid_status status)
{
    return status == (fault->memory ? GRID_NOMEM : GRID_STORAGE);
}

/* --- acts --- */

struct act {
    const char *verb;
    bool at_centre;
    const char *fields[12];
};

/* CODE stands for the code of the town's case. */
static const char CODE[] = "CODE"; /* NOLINT: a word of the table */
static const struct act acts[] = {
        {"report", false,
                {"title", "新的一件", "text", "正文", "unit", STAGE_MICRO, "tag", "mining"}},
        {"report", true,
                {"title", "中心的一件", "text", "正文", "unit", STAGE_MICRO, "key", "k-1"}},
        {"set", false, {"case", CODE, "title", "再改一次", "category", "0204"}},
        {"note", false, {"case", CODE, "text", "补充说明"}},
        {"second", false, {"case", CODE, "text", "我也看见了"}},
        {"tag", false, {"case", CODE, "add", "night"}},
        {"ruling", true, {"case", CODE, "field", "title", "value", "裁定的题目", "reason", "核实"}},
        {"invite", true, {"person", "g1", "address", "192.0.2.1:7000"}},
        {"roster_import", true,
                {"units.csv", stage_units_csv, "departments.csv", stage_departments_csv,
                        "posts.csv",
                        /* NOLINTNEXTLINE: one text of several lines */
                        "person,name,role,place,phone,from,to\n"
                        "k1,赵明,clerk,150622103,,2025-01-01,\n"
                        "n9,新来的,grid_worker,150622103203001,,2025-01-01,\n"}},
};

static enum grid_status try_act(struct town *town, struct pair_home *home, const struct act *act,
        struct buffer *reply, struct grid_error *error)
{
    const char *fields[14] = {NULL};
    for (size_t i = 0; act->fields[i] != NULL; i++)
        fields[i] = act->fields[i] == CODE ? town->code : act->fields[i];
    *error = (struct grid_error){0};
    enum grid_status status = pair_submit(home, act->verb, fields, reply, error);
    if (status == GRID_OK && reply->failed)
        return GRID_NOMEM; /* the daemon cannot say that it is saved, and does not */
    return status;
}

/* What an act makes of the town when nothing fails. */
struct outcome {
    struct holding before, after;
    struct buffer reply;
};

static bool act_meets(struct town *town, const struct act *act, const struct fault *fault,
        size_t nth, const struct outcome *right)
{
    struct pair_home *home = act->at_centre ? town->centre : town->worker;
    struct grid_error error;
    struct grid_error commit_error = {0};
    put_back(town, home);
    pair_start(home);
    order(fault, nth);
    struct buffer reply = {0};
    enum grid_status status = try_act(town, home, act, &reply, &error);
    enum grid_status committed = pair_commit(home, &commit_error);
    bool happened = call_off(fault);
    bool saved = status == GRID_OK && committed == GRID_OK;
    if (!happened && !saved)
        fail_msg("%s fails without a fault: %s %s", act->verb, error.reason, error.detail);
    if ((status != GRID_OK && !is_word_for(fault, status)) ||
            (committed != GRID_OK && !is_word_for(fault, committed)))
        fail_msg("%s, %s %zu: %d %s, %d %s", act->verb, fault->name, nth, status, error.reason,
                committed, commit_error.reason);
    pair_kill(home); /* the truth is on the disk */
    pair_start(home);
    struct holding now = holding_of(home);
    bool is_before = same_holding(&now, &right->before);
    bool is_after = same_holding(&now, &right->after);
    if (saved ? !is_after : !is_before && !is_after)
        fail_msg("%s, %s %zu: %s, and the node holds something else", act->verb, fault->name, nth,
                saved ? "acknowledged" : "refused");
    if (saved && !bytes_equal(buffer_bytes(&reply), buffer_bytes(&right->reply)))
        fail_msg("%s, %s %zu: another answer", act->verb, fault->name, nth);
    buffer_close(&reply);
    /* A refused act whose turn was committed leaves nothing to a later turn. */
    if (status != GRID_OK && committed == GRID_OK && !is_before)
        fail_msg("%s, %s %zu: refused, and there", act->verb, fault->name, nth);
    (void)pair_check(home);
    return happened;
}

static void an_act_under_any_fault_is_whole_or_not_there(void **state)
{
    (void)state;
    struct town town;
    struct grid_error error;
    size_t points = 0;
    heap_failing_begin();
    town_open(&town);
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        struct pair_home *home = acts[i].at_centre ? town.centre : town.worker;
        put_back(&town, home);
        pair_start(home);
        struct outcome right = {.before = holding_of(home)};
        if (try_act(&town, home, &acts[i], &right.reply, &error) != GRID_OK)
            fail_msg("%s: %s %s", acts[i].verb, error.reason, error.detail);
        assert_true(pair_turn(home));
        right.after = holding_of(home);
        for (size_t f = 0; f < FAULTS; f++) {
            size_t nth = 1;
            while (act_meets(&town, &acts[i], &faults[f], nth, &right))
                nth++;
            points += nth - 1;
        }
        buffer_close(&right.reply);
    }
    printf("%zu points\n", points);
    pair_close(&town.pair);
    heap_failing_end();
}

/* --- questions --- */

struct question {
    const char *verb;
    const char *fields[14];
};
static const struct question questions[] = {
        {"cases", {"unit", STAGE_VILLAGE, "state", "reported", "tag", "mining"}},
        {"cases", {"word", "一件", "limit", "5"}},
        {"show", {"case", CODE}},
        {"conflicts", {NULL}},
        {"conflicts", {"case", CODE}},
        {"queue", {"all", "yes"}},
        {"status", {NULL}},
        {"devices", {NULL}},
        {"roster_check", {"units.csv", stage_units_csv, "posts.csv", stage_posts_csv,
                                 "departments.csv", stage_departments_csv}},
        {"roster_tree", {NULL}},
        {"roster_show", {"unit", STAGE_VILLAGE}},
        {"roster_who", {"unit", STAGE_MICRO, "category", "0204"}},
        {"categories", {"word", "矿"}},
        {"places", {"word", "吴"}},
        {"preview", {"title", "先看一看", "unit", STAGE_MICRO}},
};

static enum grid_status keep_row(void *context, const char *list, struct bytes record)
{
    struct buffer *rows = context;
    buffer_append(rows, list, strlen(list));
    buffer_append(rows, record.data, record.size);
    return GRID_OK;
}

/* The rows and the end, one behind the other. */
static enum grid_status ask(struct town *town, struct pair_home *home,
        const struct question *question, struct buffer *answer, struct grid_error *error)
{
    struct grid_field fields[8];
    struct grid_request request = {.verb = bytes_text(question->verb), .fields = fields};
    struct buffer end = {0};
    for (size_t i = 0; question->fields[i] != NULL; i += 2) {
        const char *value = question->fields[i + 1];
        fields[request.field_count++] = (struct grid_field){.name = bytes_text(question->fields[i]),
                .value = bytes_text(value == CODE ? town->code : value)};
    }
    *error = (struct grid_error){0};
    enum grid_status status =
            grid_node_ask(home->node, pair_now(home), &request, keep_row, answer, &end, error);
    buffer_append(answer, end.data, end.size);
    if (end.failed || answer->failed)
        status = GRID_NOMEM; /* the daemon's part */
    buffer_close(&end);
    return status;
}

static bool question_meets(struct town *town, struct pair_home *home,
        const struct question *question, const struct fault *fault, size_t nth,
        const struct buffer *right)
{
    struct grid_error error;
    struct buffer answer = {0};
    pair_stop(home); /* nothing is in the cache */
    pair_start(home);
    order(fault, nth);
    enum grid_status status = ask(town, home, question, &answer, &error);
    bool happened = call_off(fault);
    if (status != GRID_OK && !is_word_for(fault, status))
        fail_msg("%s, %s %zu: %d %s", question->verb, fault->name, nth, status, error.reason);
    if (status == GRID_OK && !bytes_equal(buffer_bytes(&answer), buffer_bytes(right)))
        fail_msg("%s, %s %zu: another answer", question->verb, fault->name, nth);
    buffer_clear(&answer);
    answer.failed = false;
    (void)pair_turn(home); /* it may have to be opened again */
    status = ask(town, home, question, &answer, &error);
    if (status != GRID_OK || !bytes_equal(buffer_bytes(&answer), buffer_bytes(right)))
        fail_msg("%s after %s %zu: %s", question->verb, fault->name, nth, error.reason);
    buffer_close(&answer);
    return happened;
}

static void a_question_under_any_fault_is_answered_rightly_or_not_at_all(void **state)
{
    (void)state;
    struct town town;
    struct grid_error error;
    size_t points = 0;
    heap_failing_begin();
    town_open(&town);
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        struct pair_home *home = i % 2 == 0 ? town.centre : town.worker;
        struct buffer right = {0};
        put_back(&town, home);
        pair_start(home);
        if (ask(&town, home, &questions[i], &right, &error) != GRID_OK)
            fail_msg("%s: %s %s", questions[i].verb, error.reason, error.detail);
        for (size_t f = 0; f < FAULTS; f++) {
            size_t nth = 1;
            while (question_meets(&town, home, &questions[i], &faults[f], nth, &right))
                nth++;
            points += nth - 1;
        }
        buffer_close(&right);
    }
    printf("%zu points\n", points);
    pair_close(&town.pair);
    heap_failing_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(an_act_under_any_fault_is_whole_or_not_there),
            cmocka_unit_test(a_question_under_any_fault_is_answered_rightly_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
