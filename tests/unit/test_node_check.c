/* `gridd check`: silent on what is whole, and it names what is not (F4, F24; I2, I8). */
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
    struct pair_home *centre, *worker;
};

static void town_open(struct town *town)
{
    char title[64];
    char code[GRID_CODE_TEXT_BYTES];
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, 24);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
    for (unsigned i = 0; i < 6; i++) {
        snprintf(title, sizeof(title), "第%u号隐患", i);
        pair_report(town->worker, title, code);
    }
    pair_sync(town->worker);
    pair_act(town->worker, "note", FIELDS("case", code, "text", "还没有送出的补充"), NULL);
    pair_act(town->centre, "set", FIELDS("case", code, "title", "中心改过的题目"), NULL);
    pair_stop(town->worker);
    pair_stop(town->centre);
}

static void run_sql(const struct pair_home *home, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;
    assert_int_equal(sqlite3_open(home->database, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    assert_true(sqlite3_changes(db) > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void what_is_whole_has_no_defect(void **state)
{
    (void)state;
    struct town town;
    town_open(&town);
    pair_start(town.worker);
    pair_start(town.centre);
    assert_int_equal(pair_check(town.worker), 8);
    assert_true(pair_check(town.centre) > 8);
    struct grid_check_counts counts = {0};
    struct grid_error error = {0};
    assert_ok(grid_node_check(town.worker->node, NULL, NULL, &counts, &error));
    assert_int_equal(counts.cases, 6);
    assert_int_equal(counts.defects, 0);
    pair_close(&town.pair);
}

static const struct defect {
    const char *sql;
    const char *told;
    bool at_centre;
} defects[] = {
        /* a byte of a report's text: its last one, so that it is a text still */
        {"UPDATE entry SET body = CAST(substr(body, 1, length(body) - 2) || x'41' ||"
         " substr(body, length(body)) AS BLOB) WHERE place & 0xffff = 4 AND kind = 32",
                "chain", false},
        {"UPDATE entry SET body = CAST(substr(body, 1, length(body) - 2) || x'41' ||"
         " substr(body, length(body)) AS BLOB) WHERE place & 0xffff = 4 AND kind = 32",
                "chain", true},
        {"UPDATE entry SET header = x'90' WHERE place & 0xffff = 4 AND kind = 32", "entry_form",
                false},
        {"UPDATE entry SET body = x'ff' WHERE place & 0xffff = 4 AND kind = 32", "entry_form",
                true},
        {"UPDATE entry SET body = x'' WHERE place & 0xffff = 4 AND kind = 32", "entry_form", true},
        {"DELETE FROM entry WHERE place & 0xffff = 5 AND kind = 32", "hole", false},
        {"DELETE FROM entry WHERE place & 0xffff = 5 AND kind = 32", "hole", true},
        {"DELETE FROM entry WHERE kind = 36", "fold", false}, /* the last of its stream */
        {"DELETE FROM entry WHERE place & 0xffff = 1 AND kind = 1", "hole", true},
        {"UPDATE entry SET id = zeroblob(32) WHERE place & 0xffff = 4 AND kind = 32", "chain",
                false},
        {"UPDATE entry SET id = zeroblob(32) WHERE kind = 36", "chain", false},
        {"UPDATE entry SET id = NULL WHERE place & 0xffff = 4 AND kind = 32", "chain", true},
        {"UPDATE seal SET seal = zeroblob(64)", "seal", true},
        {"UPDATE receipt SET signature = zeroblob(64)", "receipt", false},
        {"UPDATE receipt SET body = x'90'", "receipt", false},
        {"UPDATE cases SET digest = zeroblob(32) WHERE no = 3", "fold", false},
        {"UPDATE entry SET verdict = 7 WHERE kind = 34", "fold", true},
        {"DELETE FROM cases WHERE no = 2", "case", false},
        {"DELETE FROM cases WHERE no = 2", "case", true},
        /* the roster as it came from the centre */
        {"UPDATE entry SET body = CAST(substr(body, 1, length(body) - 1) || x'41' AS BLOB)"
         " WHERE kind = 5",
                "bucket", false},
        {"DELETE FROM entry WHERE kind = 4", "bucket", false},
        {"UPDATE arrival SET seq = seq - 1", "arrival", false},
        {"UPDATE arrival SET lsn = lsn + 1", "arrival", true},
        {"UPDATE arrival SET stream = 99", "arrival", true},
        {"DELETE FROM bucket_run WHERE position = 1", "bucket", false},
        {"UPDATE bucket SET position = position - 1", "bucket", true},
        {"UPDATE bucket SET digest = zeroblob(32) WHERE name LIKE 'roster/%'", "bucket", true},
        {"UPDATE bucket_run SET seqs = x'00'", "database_corrupt", false},
        {"DELETE FROM arrival WHERE lane = 1", "arrival", false},
        /* the file itself: a number where the schema has a text */
        {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
         " replace(sql, 'lane     INTEGER', 'lane TEXT') WHERE name = 'stream'",
                "database", true},
};

/* I2, I8, F24 */
static void each_planted_defect_is_found(void **state)
{
    (void)state;
    unsigned missed = 0;
    for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
        struct town town;
        struct grid_error error = {0};
        char told[1024] = "";
        town_open(&town);
        struct pair_home *home = defects[i].at_centre ? town.centre : town.worker;
        run_sql(home, defects[i].sql);
        /* some of it is found at the start already */
        if (pair_try_start(home, &error) == GRID_OK)
            pair_defects(home, told, sizeof(told));
        else
            assert_string_equal(error.reason, "database_corrupt");
        if (home->node != NULL && strstr(told, defects[i].told) == NULL) {
            print_message("%s: told \"%s\", not \"%s\"\n", defects[i].sql, told, defects[i].told);
            missed++;
        }
        pair_close(&town.pair);
    }
    assert_int_equal(missed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_is_whole_has_no_defect),
            cmocka_unit_test(each_planted_defect_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
