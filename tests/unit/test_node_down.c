/* Down to every handheld (D14): cases by place, to whoever reads there and to nobody else; own
 * entries as runs; what was lost or falsified on the way is found by the sums (I11, I12, I13). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/forge.h"
#include "tests/lib/pair.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
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

static void assert_synced(struct pair_home *home)
{
    struct grid_error error = {0};
    if (!grid_node_synced(home->node, pair_now(home), &error))
        fail_msg("%s: %s %s, %s", home->name, error.reason, error.detail, home->last_close);
}

static void report_at(struct pair_home *home, const char *title, const char *unit, char *code)
{
    pair_act(home, "report", FIELDS("title", title, "text", "现场情况", "unit", unit), code);
}

/* The case as its digest; false: not held here. */
static bool fold_of(struct pair_home *home, const uint8_t *case_id, uint8_t *digest)
{
    int64_t no = 0;
    struct fold *fold = NULL;
    assert_ok(book_find(&home->node->book, case_id, &no, NULL));
    if (no == 0)
        return false;
    assert_ok(book_fold(&home->node->book, no, &fold, NULL));
    assert_non_null(fold);
    assert_ok(fold_digest(fold, digest));
    return true;
}

static void id_of(struct pair_home *home, const char *code, uint8_t *case_id)
{
    struct grid_field field = {.name = bytes_text("case"), .value = bytes_text(code)};
    struct grid_request request = {.fields = &field, .field_count = 1};
    struct fold *fold = NULL;
    struct grid_error error = {0};
    int64_t no = 0;
    assert_ok(node_find_case(home->node, &request, &no, &fold, &error));
    memcpy(case_id, fold_case_id(fold), GRID_ID_BYTES);
}

static bool holds(struct pair_home *home, const uint8_t *case_id)
{
    uint8_t digest[GRID_HASH_BYTES];
    return fold_of(home, case_id, digest);
}

/* I11, L2: what both hold is the same in both. */
static void assert_same(struct pair_home *a, struct pair_home *b, const uint8_t *case_id)
{
    uint8_t left[GRID_HASH_BYTES];
    uint8_t right[GRID_HASH_BYTES];
    assert_true(fold_of(a, case_id, left));
    assert_true(fold_of(b, case_id, right));
    assert_memory_equal(left, right, sizeof(left));
}

static size_t notes_shown(struct pair_home *home, const char *code)
{
    struct pair_answer answer;
    pair_ask(home, "show", FIELDS("case", code), &answer);
    size_t count = pair_count(buffer_bytes(&answer.end), "notes");
    pair_answer_close(&answer);
    return count;
}

/* --- what comes back to the reporter --- */

static void a_clerks_note_is_seen_by_who_reported(void **state)
{
    (void)state;
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    uint8_t id[GRID_ID_BYTES];
    town_open(&town, 1);
    report_at(town.worker, "井口围栏倒了一段", STAGE_MICRO, code);
    pair_settle(&town.pair);
    pair_act(town.centre, "note", FIELDS("as", "k1", "case", code, "text", "已派人去看"), NULL);
    pair_settle(&town.pair);
    assert_int_equal(notes_shown(town.worker, code), 1);
    id_of(town.centre, code, id);
    assert_same(town.centre, town.worker, id);
    assert_synced(town.worker);
    pair_stop(town.worker);
    pair_start(town.worker);
    assert_int_equal(notes_shown(town.worker, code), 1);
    pair_sync(town.worker);
    assert_synced(town.worker);
    (void)pair_check(town.worker);
    (void)pair_check(town.centre);
    pair_close(&town.pair);
}

/* F28: both values are seen on both handhelds, and one ruling settles it everywhere. */
static void a_conflict_and_its_ruling_are_the_same_everywhere(void **state)
{
    (void)state;
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    uint8_t id[GRID_ID_BYTES];
    town_open(&town, 2);
    struct pair_home *secretary = pair_handheld(&town.pair, town.centre, "s1");
    report_at(town.worker, "路面塌了一个坑", STAGE_MICRO, code);
    pair_settle(&town.pair);
    id_of(town.centre, code, id);
    assert_true(holds(secretary, id));
    pair_part(secretary);
    pair_part(town.worker);
    pair_act(secretary, "set", FIELDS("case", code, "title", "吴家沟路面塌陷"), NULL);
    pair_act(town.worker, "set", FIELDS("case", code, "title", "村口塌坑已围挡"), NULL);
    pair_meet(secretary);
    pair_meet(town.worker);
    pair_meet(secretary);
    pair_settle(&town.pair);
    struct pair_home *const all[] = {town.centre, town.worker, secretary};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pair_status_uint(all[i], "conflicts"), 1);
        assert_same(town.centre, all[i], id);
    }
    struct pair_answer answer;
    pair_ask(town.centre, "conflicts", FIELDS("case", code), &answer);
    pair_answer_close(&answer);
    pair_act(town.centre, "ruling",
            FIELDS("as", "k1", "case", code, "field", "title", "value", "村口塌坑已围挡", "reason",
                    "以现场为准"),
            NULL);
    pair_settle(&town.pair);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pair_status_uint(all[i], "conflicts"), 0);
        assert_same(town.centre, all[i], id);
        (void)pair_check(all[i]);
    }
    pair_close(&town.pair);
}

/* --- by place --- */

/* I12: the head beside it, and the village beside theirs, learn nothing. */
static void a_case_is_read_where_it_lies_and_nowhere_else(void **state)
{
    (void)state;
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    uint8_t id[GRID_ID_BYTES];
    town_open(&town, 3);
    struct pair_home *head = pair_handheld(&town.pair, town.centre, "h1");
    struct pair_home *other = pair_handheld(&town.pair, town.centre, "h2");
    struct pair_home *secretary = pair_handheld(&town.pair, town.centre, "s1");
    struct pair_home *far = pair_handheld(&town.pair, town.centre, "s2");
    struct pair_home *group = pair_handheld(&town.pair, town.centre, "g1");
    report_at(head, "老房子的墙裂了", STAGE_MICRO, code);
    pair_settle(&town.pair);
    id_of(town.centre, code, id);
    assert_same(town.centre, town.worker, id);
    assert_same(town.centre, secretary, id);
    assert_same(town.centre, group, id);
    assert_false(holds(other, id));
    assert_false(holds(far, id));
    struct pair_home *const all[] = {head, other, secretary, far, group, town.worker};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_synced(all[i]);
        (void)pair_check(all[i]);
    }
    pair_close(&town.pair);
}

/* It goes to the new place with all that happened to it, and the old place keeps seeing it. */
static void a_case_that_moves_arrives_whole(void **state)
{
    (void)state;
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    uint8_t id[GRID_ID_BYTES];
    town_open(&town, 4);
    struct pair_home *head = pair_handheld(&town.pair, town.centre, "h1");
    struct pair_home *other = pair_handheld(&town.pair, town.centre, "h2");
    report_at(head, "羊群越界吃了青苗", STAGE_MICRO, code);
    pair_settle(&town.pair);
    for (unsigned i = 0; i < 5; i++) {
        char text[64];
        snprintf(text, sizeof(text), "第%u次过问", i);
        pair_act(town.centre, "note", FIELDS("as", "k1", "case", code, "text", text), NULL);
    }
    pair_settle(&town.pair);
    id_of(town.centre, code, id);
    assert_false(holds(other, id));
    (void)pair_check(town.centre); /* who only looks does not keep it where it is */
    pair_act(town.centre, "set", FIELDS("as", "k1", "case", code, "unit", STAGE_MICRO2), NULL);
    pair_settle(&town.pair);
    assert_same(town.centre, other, id);
    assert_same(town.centre, head, id);
    assert_int_equal(notes_shown(other, code), 5);
    pair_act(other, "note", FIELDS("case", code, "text", "是我家的羊，已赶回"), NULL);
    pair_settle(&town.pair);
    assert_same(town.centre, other, id);
    assert_same(town.centre, head, id);
    assert_int_equal(notes_shown(head, code), 6);
    (void)pair_check(town.centre);
    (void)pair_check(other);
    pair_close(&town.pair);
}

/* --- bytes (budgets of D14) --- */

static void own_reports_come_back_as_runs(void **state)
{
    (void)state;
    enum { REPORTS = 1000 };
    struct town town;
    town_open(&town, 5);
    pair_part(town.worker);
    for (unsigned i = 0; i < REPORTS; i++) {
        char title[64];
        snprintf(title, sizeof(title), "巡查第%u处有隐患", i);
        report_at(town.worker, title, i % 3 == 0 ? STAGE_MICRO2 : STAGE_MICRO, NULL);
    }
    town.worker->unreachable = false;
    pair_settle(&town.pair);
    const struct pair_link *link = pair_link_of(town.worker);
    assert_non_null(link);
    print_message("%u reports: %zu bytes down, %.2f a report\n", (unsigned)REPORTS,
            link->down.passed, (double)link->down.passed / REPORTS);
    assert_true(link->down.passed < 20 * (size_t)REPORTS);
    assert_synced(town.worker);
    (void)pair_check(town.worker);
    /* the same again: nothing is new */
    pair_part(town.worker);
    pair_meet(town.worker);
    link = pair_link_of(town.worker);
    struct arena arena;
    struct frame frame;
    size_t at = 0;
    arena_init(&arena, 0);
    assert_true(pair_frame(buffer_bytes(&link->down.recorded), &at, &arena, &frame));
    assert_int_equal(frame.type, FRAME_HELLO);
    size_t down = link->down.recorded.size - at;
    at = 0;
    assert_true(pair_frame(buffer_bytes(&link->up.recorded), &at, &arena, &frame));
    size_t up = link->up.recorded.size - at;
    print_message("nothing new: HELLO up %zu bytes, then %zu down and %zu up\n", at, down, up);
    assert_true(down + up <= 400);
    assert_synced(town.worker);
    arena_close(&arena);
    pair_close(&town.pair);
}

/* --- roads that break --- */

static void a_link_that_breaks_anywhere_goes_on_where_it_was(void **state)
{
    (void)state;
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    uint8_t id[GRID_ID_BYTES];
    town_open(&town, 6);
    struct pair_home *head = pair_handheld(&town.pair, town.centre, "h1");
    pair_part(town.worker);
    for (unsigned i = 0; i < 12; i++) {
        char title[64];
        snprintf(title, sizeof(title), "户里的事第%u件", i);
        report_at(head, title, STAGE_MICRO, code);
        pair_settle(&town.pair);
        pair_act(town.centre, "note", FIELDS("as", "k1", "case", code, "text", "知道了"), NULL);
    }
    id_of(town.centre, code, id);
    bool whole = false;
    unsigned cuts = 0;
    for (size_t at = 1; !whole; at += 37, cuts++) {
        uint64_t before = town.pair.cut_count;
        struct pair_link *link = pair_connect(town.worker, town.centre);
        link->down.cut_at = at;
        pair_run(&town.pair, 0);
        whole = town.pair.cut_count == before;
        pair_part(town.worker);
        if (cuts % 3 == 0) {
            pair_kill(town.worker);
            pair_start(town.worker);
        }
        (void)pair_check(town.worker);
    }
    assert_true(cuts > 10);
    pair_meet(town.worker);
    assert_same(town.centre, town.worker, id);
    assert_int_equal(pair_case_count(town.worker), 12);
    assert_synced(town.worker);
    pair_close(&town.pair);
}

/* An older copy of either side, with and without its key file: all is the same in the end. */
static void an_older_copy_of_either_side_ends_equal(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 4; which++) {
        struct town town;
        char code[GRID_CODE_TEXT_BYTES];
        uint8_t id[GRID_ID_BYTES];
        town_open(&town, 700 + which);
        struct pair_home *head = pair_handheld(&town.pair, town.centre, "h1");
        report_at(head, "先前的一件", STAGE_MICRO, code);
        pair_settle(&town.pair);
        struct pair_home *home = which < 2 ? town.centre : town.worker;
        pair_stop(home);
        pair_save(home, "older");
        pair_start(home);
        pair_sync(head);
        pair_sync(town.worker);
        report_at(head, "后来的一件", STAGE_MICRO, NULL);
        report_at(town.worker, "自己的一件", STAGE_MICRO, NULL);
        pair_settle(&town.pair);
        pair_act(town.centre, "note", FIELDS("as", "k1", "case", code, "text", "已派人"), NULL);
        pair_settle(&town.pair);
        pair_stop(home);
        pair_restore(home, "older", which % 2 == 1);
        pair_start(home);
        for (unsigned i = 0; i < 3; i++) {
            pair_sync(head);
            pair_sync(town.worker);
        }
        pair_settle(&town.pair);
        id_of(town.centre, code, id);
        assert_synced(town.worker);
        assert_synced(head);
        assert_int_equal(pair_case_count(town.worker), 3);
        assert_int_equal(pair_case_count(town.centre), 3);
        assert_int_equal(notes_shown(head, code), 1);
        assert_same(head, town.worker, id);
        if (which >= 2) /* what the centre lost of its own the handhelds keep */
            assert_same(town.centre, town.worker, id);
        (void)pair_check(town.worker);
        (void)pair_check(head);
        (void)pair_check(town.centre);
        pair_close(&town.pair);
    }
}

/* I14: an urgent report does not wait behind what gathered in weeks. */
static void what_is_urgent_overtakes_a_backlog(void **state)
{
    (void)state;
    enum { BACKLOG = 400 };
    struct town town;
    char code[GRID_CODE_TEXT_BYTES];
    uint8_t id[GRID_ID_BYTES];
    town_open(&town, 10);
    pair_part(town.worker);
    for (unsigned i = 0; i < BACKLOG; i++) {
        char title[64];
        snprintf(title, sizeof(title), "窗口受理第%u件", i);
        pair_act(town.centre, "report",
                FIELDS("as", "k1", "title", title, "text", "办事群众来访时说的情况", "unit",
                        STAGE_MICRO),
                NULL);
    }
    pair_act(town.centre, "report",
            FIELDS("as", "k1", "title", "燃气泄漏", "text", "人已撤出", "unit", STAGE_MICRO,
                    "urgency", "U1"),
            code);
    id_of(town.centre, code, id);
    struct pair_link *link = pair_connect(town.worker, town.centre);
    link->down.cut_at = 3000;
    pair_run(&town.pair, 0);
    assert_int_equal(town.pair.cut_count, 1);
    assert_same(town.centre, town.worker, id);
    assert_true(pair_case_count(town.worker) < BACKLOG / 2);
    pair_meet(town.worker);
    assert_int_equal(pair_case_count(town.worker), BACKLOG + 1);
    assert_synced(town.worker);
    (void)pair_check(town.worker);
    pair_close(&town.pair);
}

/* --- subscriptions that end --- */

static void import_posts(struct pair_home *centre, const char *old, const char *fresh)
{
    char *posts = calloc(1, strlen(stage_posts_csv) + strlen(fresh) + 1);
    const char *at = strstr(stage_posts_csv, old);
    assert_non_null(posts);
    assert_non_null(at);
    memcpy(posts, stage_posts_csv, (size_t)(at - stage_posts_csv));
    strcat(posts, fresh);
    strcat(posts, at + strlen(old));
    pair_import_roster(centre, posts);
    free(posts);
}

static size_t entries_of_others(struct pair_home *home, const uint8_t *case_id)
{
    int64_t no = 0;
    size_t count = 0;
    struct fold *fold = NULL;
    assert_ok(book_find(&home->node->book, case_id, &no, NULL));
    if (no == 0)
        return 0;
    assert_ok(book_fold(&home->node->book, no, &fold, NULL));
    for (size_t i = 0; i < fold_entry_count(fold); i++)
        count += log_seed_of(&home->node->log, fold_entry_at(fold, i)->entry.author) == NULL;
    return count;
}

/* F38, I12, I13: what others wrote leaves with the place; what was not sent yet is taken first; own
 * entries stay; the new place's cases come. And back again. */
static void who_moves_takes_the_own_along_and_leaves_the_rest(void **state)
{
    (void)state;
    static const char here[] = "w1,苏和,grid_worker,150622103203001,,2025-01-01,";
    static const char there[] = "w1,苏和,grid_worker,150622103204001,,2025-01-01,";
    struct town town;
    char codes[4][GRID_CODE_TEXT_BYTES];
    uint8_t ids[4][GRID_ID_BYTES];
    town_open(&town, 8);
    struct pair_home *head = pair_handheld(&town.pair, town.centre, "h1");
    struct pair_home *far = pair_handheld(&town.pair, town.centre, "s2");
    report_at(town.worker, "自己报的一件", STAGE_MICRO, codes[0]);
    report_at(head, "联户长报的一件", STAGE_MICRO, codes[1]);
    report_at(head, "联户长报的另一件", STAGE_MICRO, codes[2]);
    report_at(far, "邻村的一件", STAGE_GRID2, codes[3]);
    pair_settle(&town.pair);
    for (unsigned i = 0; i < 4; i++)
        id_of(town.centre, codes[i], ids[i]);
    pair_act(town.centre, "note", FIELDS("as", "k1", "case", codes[0], "text", "知道了"), NULL);
    pair_settle(&town.pair);
    assert_true(holds(town.worker, ids[1]));
    assert_false(holds(town.worker, ids[3]));
    pair_part(town.worker);
    /* written before it knows, sent after */
    pair_act(town.worker, "note", FIELDS("case", codes[1], "text", "走之前看过一次"), NULL);
    import_posts(town.centre, here, there);
    pair_meet(town.worker);
    pair_settle(&town.pair);
    assert_synced(town.worker);
    assert_same(town.centre, town.worker, ids[0]); /* its own, with what became of it */
    assert_int_equal(entries_of_others(town.worker, ids[1]), 0);
    assert_true(holds(town.worker, ids[1])); /* the own note stays */
    assert_false(holds(town.worker, ids[2]));
    assert_same(town.centre, town.worker, ids[3]);
    assert_int_equal(notes_shown(town.centre, codes[1]), 1);
    assert_same(town.centre, head, ids[1]);
    (void)pair_check(town.worker);
    pair_stop(town.worker);
    pair_start(town.worker);
    (void)pair_check(town.worker);
    /* back: all comes whole again */
    pair_sync(town.worker);
    pair_import_roster(town.centre, NULL);
    pair_settle(&town.pair);
    assert_synced(town.worker);
    for (unsigned i = 0; i < 3; i++)
        assert_same(town.centre, town.worker, ids[i]);
    assert_int_equal(entries_of_others(town.worker, ids[3]), 0);
    assert_false(holds(town.worker, ids[3]));
    (void)pair_check(town.worker);
    (void)pair_check(town.centre);
    pair_close(&town.pair);
}

/* At every crash point between the word that a place is closed and the end of it. */
static void a_crash_while_a_place_is_left_leaves_nothing_half(void **state)
{
    (void)state;
    static const char here[] = "w1,苏和,grid_worker,150622103203001,,2025-01-01,";
    static const char there[] = "w1,苏和,grid_worker,150622103204001,,2025-01-01,";
    bool crashed = true;
    for (unsigned at = 1; crashed && at < 40; at += 2) {
        struct town town;
        char codes[2][GRID_CODE_TEXT_BYTES];
        uint8_t ids[2][GRID_ID_BYTES];
        town_open(&town, 900 + at);
        struct pair_home *head = pair_handheld(&town.pair, town.centre, "h1");
        report_at(head, "联户长报的一件", STAGE_MICRO, codes[0]);
        report_at(town.worker, "自己报的一件", STAGE_MICRO, codes[1]);
        pair_settle(&town.pair);
        id_of(town.centre, codes[0], ids[0]);
        id_of(town.centre, codes[1], ids[1]);
        pair_part(town.worker);
        pair_act(town.worker, "note", FIELDS("case", codes[0], "text", "最后一次"), NULL);
        import_posts(town.centre, here, there);
        town.pair.crash_home = town.worker;
        town.pair.crash_in = at;
        town.worker->unreachable = false;
        pair_run(&town.pair, 60000);
        crashed = town.pair.crashed;
        town.pair.crash_in = 0;
        pair_sync(town.worker);
        pair_settle(&town.pair);
        assert_synced(town.worker);
        assert_int_equal(entries_of_others(town.worker, ids[0]), 0);
        assert_same(town.centre, town.worker, ids[1]);
        assert_int_equal(notes_shown(town.centre, codes[0]), 1);
        (void)pair_check(town.worker);
        pair_close(&town.pair);
    }
    assert_false(crashed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_clerks_note_is_seen_by_who_reported),
            cmocka_unit_test(a_conflict_and_its_ruling_are_the_same_everywhere),
            cmocka_unit_test(a_case_is_read_where_it_lies_and_nowhere_else),
            cmocka_unit_test(a_case_that_moves_arrives_whole),
            cmocka_unit_test(own_reports_come_back_as_runs),
            cmocka_unit_test(a_link_that_breaks_anywhere_goes_on_where_it_was),
            cmocka_unit_test(an_older_copy_of_either_side_ends_equal),
            cmocka_unit_test(what_is_urgent_overtakes_a_backlog),
            cmocka_unit_test(who_moves_takes_the_own_along_and_leaves_the_rest),
            cmocka_unit_test(a_crash_while_a_place_is_left_leaves_nothing_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
