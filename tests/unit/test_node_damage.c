/* A database in which values were changed from outside, each column in turn: the node says so or
 * goes on, it never falls over, and nobody else is harmed (F4, F24; I2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/pair.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

struct town {
    struct pair pair;
    struct pair_home *centre, *worker, *other;
};

static void file_reports(struct pair_home *home, unsigned count)
{
    char code[GRID_CODE_TEXT_BYTES];
    for (unsigned i = 0; i < count; i++)
        pair_act(home, "report",
                FIELDS("title", "井口围栏倒了一段", "unit", STAGE_MICRO, "urgency",
                        i % 2 == 0 ? "U1" : "U3"),
                code);
    pair_act(home, "note", FIELDS("case", code, "text", "已经拉了警戒线"), NULL);
}

/* Some of it has a receipt, some has not; both homes are saved, none runs. */
static void town_open(struct town *town)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, 77);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
    file_reports(town->worker, 3);
    pair_sync(town->worker);
    town->worker->unreachable = true;
    pair_cut(&town->pair, pair_link_of(town->worker), "valley");
    file_reports(town->worker, 2);
    file_reports(town->centre, 2);
    pair_stop(town->worker);
    pair_stop(town->centre);
    pair_save(town->worker, "whole");
    pair_save(town->centre, "whole");
}

static void town_restore(struct town *town)
{
    pair_stop(town->worker);
    pair_stop(town->centre);
    pair_restore(town->worker, "whole", true);
    pair_restore(town->centre, "whole", true);
    town->worker->stays_down = town->centre->stays_down = false;
    town->worker->unreachable = false;
}

static bool run_sql(const struct pair_home *home, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(home->database, &db), SQLITE_OK);
    (void)sqlite3_exec(db, sql, NULL, NULL, NULL); /* a unique column may refuse */
    bool changed = sqlite3_total_changes(db) > 0;
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return changed;
}

static enum grid_status ignore_row(void *context, const char *list, struct bytes record)
{
    (void)context;
    (void)list;
    (void)record;
    return GRID_OK;
}

static void ignore_defect(void *context, const char *what, const char *where)
{
    (void)context;
    (void)what;
    (void)where;
}

static void ask_everything(struct pair_home *home)
{
    static const char *const verbs[] = {
            "cases", "conflicts", "queue", "status", "devices", "roster_tree"};
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        const struct grid_request request = {.verb = bytes_text(verbs[i])};
        struct grid_error error = {0};
        struct buffer end = {0};
        (void)grid_node_ask(home->node, pair_now(home), &request, ignore_row, NULL, &end, &error);
        buffer_close(&end);
    }
}

/* Everything that a node does, as far as it gets. What it says of itself is GRID_STORAGE. */
static void live_with(struct town *town, struct pair_home *home)
{
    struct grid_error error = {0};
    struct grid_check_counts counts = {0};
    struct buffer reply = {0};
    home->stays_down = true;
    if (pair_try_start(home, &error) != GRID_OK) {
        assert_int_not_equal(error.reason[0], '\0');
        return;
    }
    (void)grid_node_check(home->node, ignore_defect, NULL, &counts, &error);
    ask_everything(home);
    enum grid_status status = pair_submit(
            home, "report", FIELDS("title", "路灯不亮", "unit", STAGE_MICRO), &reply, &error);
    assert_true(status == GRID_OK || error.reason[0] != '\0');
    buffer_close(&reply);
    if (!pair_turn(home))
        return;
    struct pair_home *peer = home == town->centre ? town->worker : town->centre;
    pair_start(peer);
    if (home->node != NULL && town->worker->node != NULL && town->centre->node != NULL)
        pair_sync(town->worker);
    else
        pair_settle(&town->pair);
}

/* What the peer holds is whole: nothing of the damage was taken for true. */
static void assert_peer_is_whole(struct town *town, struct pair_home *home)
{
    struct pair_home *peer = home == town->centre ? town->worker : town->centre;
    pair_stop(home);
    if (peer->node == NULL)
        pair_start(peer);
    (void)pair_check(peer);
}

struct column {
    char table[32], name[32], type[16];
};

static size_t columns_of(const struct pair_home *home, struct column *out, size_t max)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *list = NULL;
    size_t count = 0;
    assert_int_equal(sqlite3_open(home->database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                             "SELECT m.name, c.name, c.type FROM sqlite_schema m,"
                             " pragma_table_info(m.name) c WHERE m.type = 'table'",
                             -1, &list, NULL),
            SQLITE_OK);
    while (sqlite3_step(list) == SQLITE_ROW) {
        assert_true(count < max);
        struct column *column = &out[count++];
        snprintf(column->table, sizeof(column->table), "%s", sqlite3_column_text(list, 0));
        snprintf(column->name, sizeof(column->name), "%s", sqlite3_column_text(list, 1));
        snprintf(column->type, sizeof(column->type), "%s", sqlite3_column_text(list, 2));
    }
    sqlite3_finalize(list);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return count;
}

/* What somebody else might have put there, by the type of the column. */
static const char *const *other_values(const char *type)
{
    static const char *const numbers[] = {
            "0", "-1", "3", "255", "1099511627776", "4294967297", "9223372036854775807", NULL};
    static const char *const blobs[] = {"x''", "x'90'", "zeroblob(32)", "zeroblob(16)", NULL};
    static const char *const texts[] = {"''", "'x'", "'|x|' || char(10)", NULL};
    if (strcmp(type, "INTEGER") == 0)
        return numbers;
    return strcmp(type, "BLOB") == 0 ? blobs : texts;
}

static void a_changed_value_brings_nobody_down(void **state)
{
    (void)state;
    enum { COLUMNS_MAX = 120 };
    static struct column columns[COLUMNS_MAX];
    struct town town;
    unsigned planted = 0;
    town_open(&town);
    size_t count = columns_of(town.centre, columns, COLUMNS_MAX);
    assert_true(count > 60);
    for (size_t i = 0; i < 2 * count; i++) {
        struct pair_home *home = i % 2 == 0 ? town.centre : town.worker;
        const struct column *column = &columns[i / 2];
        for (const char *const *value = other_values(column->type); *value != NULL; value++) {
            char sql[240];
            snprintf(sql, sizeof(sql), "UPDATE OR IGNORE %s SET %s = %s", column->table,
                    column->name, *value);
            town_restore(&town);
            if (!run_sql(home, sql))
                continue;
            print_message("%s: %s\n", home->name, sql); /* read when it fails */
            live_with(&town, home);
            assert_peer_is_whole(&town, home);
            planted++;
        }
    }
    assert_true(planted > 200);
    pair_close(&town.pair);
}

/* F24: the centre finds a hole in a bucket, says so, and fills it anew when a child finds that it
 * does not add up. */
static void a_hole_in_a_bucket_is_found_and_filled(void **state)
{
    (void)state;
    static const char *const holes[] = {
            "DELETE FROM bucket_run WHERE bucket IN"
            " (SELECT no FROM bucket WHERE name = '" STAGE_MICRO "') AND position = 1",
            "UPDATE bucket SET position = position - 1 WHERE name = '" STAGE_MICRO "'",
            "UPDATE bucket SET digest = zeroblob(32) WHERE name = '" STAGE_MICRO "'",
    };
    for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
        struct town town;
        char found[256];
        town_open(&town);
        assert_true(run_sql(town.centre, holes[i]));
        pair_start(town.centre);
        pair_defects(town.centre, found, sizeof(found));
        if (strstr(found, "bucket") == NULL)
            fail_msg("%s: %s", holes[i], found);
        pair_start(town.worker);
        town.worker->unreachable = false;
        struct pair_home *head = pair_handheld(&town.pair, town.centre, "h1");
        for (unsigned again = 0; again < 3; again++)
            pair_sync(head);
        pair_sync(town.worker);
        struct bucket *bucket = bucket_find(
                &town.centre->node->sync.buckets, STORE_FILLED_HERE, bytes_text(STAGE_MICRO));
        assert_non_null(bucket);
        assert_int_equal(bucket->repairs, 1);
        assert_int_equal(pair_titled(head, "井口围栏倒了一段"),
                pair_titled(town.centre, "井口围栏倒了一段"));
        (void)pair_check(town.centre);
        (void)pair_check(head);
        pair_close(&town.pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_hole_in_a_bucket_is_found_and_filled),
            cmocka_unit_test(a_changed_value_brings_nobody_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
