/* The index of words says the same as the cases themselves, whatever happens to its file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/disk.h"
#include "tests/unit/town.h"

#include <stdlib.h>

static uint64_t random_state = 1;

static unsigned below(unsigned count)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state % count);
}

/* Few words, so that they meet; forms that are alike, and punctuation between. */
static const char *const words[] = {"路灯", "灯", "路", "水井", "井", "坏了", "A12", "ａ１２", "12",
        "3", "栋", "，", " ", "。", "12345", "wall", "Wal", "ᠮᠣᠩᠭᠣᠯ", "🔥", "150622103203"};

static void random_text(char *out, size_t size, unsigned most)
{
    out[0] = '\0';
    for (unsigned i = 0; i <= below(most); i++) {
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s", words[below(sizeof(words) / sizeof(words[0]))]);
    }
}

static void open_indexed(struct town *town, const char *vfs)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, 1);
    if (vfs != NULL)
        town->pair.vfs = vfs;
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
    pair_stop(town->centre);
    snprintf(town->centre->search, sizeof(town->centre->search), "%.100s/search.db",
            town->pair.folder);
    pair_start(town->centre);
    pair_settle(&town->pair);
}

/* All that is found, page by page: case ids in their order, and where the words stood. */
static void find_all(struct pair_home *home, const char *typed, unsigned page, struct buffer *out)
{
    char after[32] = "";
    char limit[8];
    snprintf(limit, sizeof(limit), "%u", page);
    buffer_clear(out);
    for (;;) {
        struct pair_answer answer;
        if (after[0] == '\0')
            pair_ask(home, "find", FIELDS("words", typed, "limit", limit), &answer);
        else
            pair_ask(home, "find", FIELDS("words", typed, "limit", limit, "after", after), &answer);
        assert_true(answer.row_count <= page);
        for (size_t i = 0; i < answer.row_count; i++) {
            struct bytes row = buffer_bytes(&answer.rows[i].record);
            struct bytes id = pair_text(row, "case_id");
            struct bytes found = pair_member(row, "found");
            buffer_append(out, id.data, id.size);
            buffer_append(out, found.data, found.size);
        }
        struct bytes next = pair_text(buffer_bytes(&answer.end), "next");
        snprintf(after, sizeof(after), "%.*s", (int)next.size, (const char *)next.data);
        pair_answer_close(&answer);
        if (next.size == 0)
            return;
    }
}

static size_t found_count(struct pair_home *home, const char *typed)
{
    struct pair_answer answer;
    pair_ask(home, "find", FIELDS("words", typed), &answer);
    size_t count = answer.row_count;
    pair_answer_close(&answer);
    return count;
}

/* With the index, and as if there were none. */
static void assert_same_answers(struct pair_home *centre, const char *typed)
{
    struct buffer indexed = {0};
    struct buffer looked_through = {0};
    find_all(centre, typed, 1 + below(7), &indexed);
    struct search *index = centre->node->finder.index;
    assert_non_null(index);
    centre->node->finder.index = NULL;
    find_all(centre, typed, 1000, &looked_through);
    centre->node->finder.index = index;
    if (!bytes_equal(buffer_bytes(&indexed), buffer_bytes(&looked_through)))
        fail_msg("find %s: %zu bytes of the index, %zu of the cases", typed, indexed.size,
                looked_through.size);
    buffer_close(&indexed);
    buffer_close(&looked_through);
}

static void random_act(struct town *town)
{
    char text[256];
    char title[128];
    char *code = town->codes[town->code_count == 0 ? 0 : below((unsigned)town->code_count)];
    unsigned act = town->code_count == 0 ? 0 : below(6);
    random_text(text, sizeof(text), 12);
    snprintf(title, sizeof(title), "有人报告%.80s", text);
    for (size_t i = 0; title[i] != '\0'; i++)
        assert_int_not_equal(title[i], '\n');
    if (act <= 1 && town->code_count < CODES_MAX - 1) {
        random_text(title + strlen("有人报告"), 100, 2);
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "情况");
        pair_act(town->worker, "report",
                FIELDS("title", title, "text", text, "place", "旧粮站", "ref", "12345:77-3"),
                town->codes[town->code_count++]);
    } else if (act == 2) {
        random_text(title + strlen("有人报告"), 100, 2);
        snprintf(text, sizeof(text), "%s", title);
        pair_act(town->worker, "set", FIELDS("case", code, "title", text), NULL);
    } else if (act == 3) {
        pair_act(town->worker, "tag", FIELDS("case", code, "add", "wall"), NULL);
    } else {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "了");
        pair_act(town->worker, act == 4 ? "note" : "second", FIELDS("case", code, "text", text),
                NULL);
    }
}

static void the_index_answers_as_the_cases_do(void **state)
{
    (void)state;
    struct town town;
    char typed[256];
    open_indexed(&town, NULL);
    for (unsigned round = 0; round < 12; round++) {
        for (unsigned i = 0; i < 12; i++)
            random_act(&town);
        if (below(3) > 0) /* else much waits to be taken in */
            pair_settle(&town.pair);
        else
            pair_sync(town.worker);
        for (unsigned i = 0; i < 12; i++) {
            struct phrases phrases;
            random_text(typed, sizeof(typed), 3);
            if (below(4) == 0)
                snprintf(typed + strlen(typed), 64, " \"%s\"", words[below(11)]);
            if (phrases_read(&phrases, bytes_text(typed), NULL) == GRID_OK)
                assert_same_answers(town.centre, typed);
        }
    }
    assert_same_answers(town.centre, "柳塔村");
    assert_same_answers(town.centre, town.codes[0]);
    assert_same_answers(town.centre, "有 OR 人 NOT \"报\"");
    assert_int_equal(finder_behind(&town.centre->node->finder), 0);
    assert_int_equal(finder_deadline(&town.centre->node->finder), INT64_MAX);
    pair_close(&town.pair);
}

/* It may be missing, older, of another node, or no database at all. */
static void a_file_that_is_lost_or_spoilt_is_made_anew(void **state)
{
    (void)state;
    struct town town;
    open_indexed(&town, NULL);
    file_reports(&town, town.worker, "路灯坏了", 70);
    pair_settle(&town.pair);
    for (unsigned spoilt = 0; spoilt < 5; spoilt++) {
        pair_stop(town.centre);
        FILE *file = fopen(town.centre->search, spoilt == 0 ? "rb" : "r+b");
        assert_non_null(file);
        char bytes[4096];
        memset(bytes, 'x', sizeof(bytes));
        if (spoilt == 1)
            assert_int_equal(fwrite(bytes, 1, 16, file), 16); /* no database */
        if (spoilt == 2) {
            assert_int_equal(fseek(file, 60, SEEK_SET), 0);
            assert_int_equal(fwrite("\0\0\0\x63", 1, 4, file), 4); /* of another form */
        }
        if (spoilt == 3) {
            assert_int_equal(fseek(file, 4096, SEEK_SET), 0);
            for (int i = 0; i < 6; i++) /* its pages */
                assert_int_equal(fwrite(bytes, 1, sizeof(bytes), file), sizeof(bytes));
        }
        fclose(file);
        if (spoilt == 0)
            assert_int_equal(remove(town.centre->search), 0);
        if (spoilt == 4) { /* a database of somebody else */
            assert_int_equal(remove(town.centre->search), 0);
            file = fopen(town.centre->search, "wb");
            FILE *other = fopen(town.worker->database, "rb");
            for (size_t got; (got = fread(bytes, 1, sizeof(bytes), other)) > 0;)
                assert_int_equal(fwrite(bytes, 1, got, file), got);
            fclose(other);
            fclose(file);
        }
        pair_start(town.centre);
        assert_int_equal(found_count(town.centre, "路灯"), 70); /* while it is being made, too */
        pair_run(&town.pair, 300000);
        assert_non_null(town.centre->node->finder.index);
        assert_int_equal(finder_behind(&town.centre->node->finder), 0);
        assert_same_answers(town.centre, "路灯 6");
        (void)pair_check(town.centre);
    }
    pair_close(&town.pair);
}

/* Whatever fails in its file: reports are taken, and everything is found. */
static void a_fault_of_its_file_is_nobodys_but_its_own(void **state)
{
    (void)state;
    unsigned happened = 0;
    disk_register();
    for (unsigned fault = 0; fault < DISK_FAULTS; fault++)
        for (size_t nth = 1; nth < 40; nth += 1 + nth / 2) {
            struct town town;
            open_indexed(&town, DISK_VFS);
            file_reports(&town, town.worker, "路灯坏了", 2);
            pair_sync(town.worker); /* the index is there */
            town.centre->node->finder.room = false;
            file_reports(&town, town.worker, "路灯又坏了", 3);
            pair_sync(town.worker); /* and has work to do */
            town.centre->node->finder.room = true;
            struct grid_error error = {0};
            struct grid_now now = pair_now(town.centre);
            now.mono_ms += 100000;
            disk_fail_from((enum disk_fault)fault, nth);
            for (int i = 0; i < 4; i++) { /* nothing but the index writes now */
                assert_ok(finder_tick(&town.centre->node->finder, now, &error));
                now.mono_ms += 100000;
            }
            happened += disk_failed();
            disk_fail_at((enum disk_fault)fault, 0);
            assert_int_equal(found_count(town.centre, "路灯"), 5);
            pair_run(&town.pair, 600000); /* past the next attempt */
            assert_non_null(town.centre->node->finder.index);
            assert_same_answers(town.centre, "路灯");
            (void)pair_check(town.centre);
            pair_close(&town.pair);
        }
    assert_true(happened > 10);
}

/* A report is found at once by whoever asks; what waits beyond that is told. */
static void what_was_just_written_is_found(void **state)
{
    (void)state;
    struct town town;
    open_indexed(&town, NULL);
    pair_part(town.worker);
    file_reports(&town, town.worker, "水井没有盖", 100);
    town.centre->node->finder.room = false; /* nobody takes anything in */
    town.worker->unreachable = false;
    pair_act(town.centre, "report",
            FIELDS("as", "k1", "unit", STAGE_MICRO, "title", "路灯坏了一盏"), NULL);
    assert_int_equal(found_count(town.centre, "路灯"), 1);
    pair_connect(town.worker, town.centre);
    pair_run(&town.pair, 2000);
    struct pair_answer answer;
    pair_ask(town.centre, "find", FIELDS("words", "水井"), &answer);
    assert_true(answer.row_count + pair_uint(buffer_bytes(&answer.end), "behind") >= 100);
    assert_true(answer.row_count >= 64);
    pair_answer_close(&answer);
    town.centre->node->finder.room = true;
    pair_run(&town.pair, 60000);
    pair_ask(town.centre, "find", FIELDS("words", "水井"), &answer);
    assert_int_equal(answer.row_count, 100);
    assert_int_equal(pair_uint(buffer_bytes(&answer.end), "behind"), 0);
    pair_answer_close(&answer);
    pair_close(&town.pair);
}

/* More changes than are kept apart: all from the first of them on are compared, and meanwhile
 * looked through. */
static void a_flood_of_changes_loses_none(void **state)
{
    (void)state;
    struct town town;
    open_indexed(&town, NULL);
    file_reports(&town, town.worker, "路灯坏了", 100);
    pair_sync(town.worker);
    pair_settle(&town.pair);
    struct finder *finder = &town.centre->node->finder;
    assert_int_equal(finder->marked, 100);
    assert_true(finder_holds_to(finder) >= 100);
    struct grid_error error = {0};
    for (int64_t no = 41; no <= 100; no++) { /* as if these had never been taken in */
        assert_ok(search_begin(finder->index, &error));
        assert_ok(search_drop(finder->index, no, &error));
        assert_ok(search_commit(finder->index, &error));
    }
    assert_int_equal(found_count(town.centre, "路灯"), 40);
    for (int i = 0; i < 70000; i++)
        finder->book->touched(finder->book->touched_context, 41 + i % 60);
    finder->touched_before = 0;
    assert_true(finder->touched.size < 70000 * sizeof(int64_t));
    assert_int_equal(finder_holds_to(finder), 40);
    assert_true(finder_behind(finder) >= 60);
    assert_int_equal(found_count(town.centre, "路灯"), 100);
    finder->due_ms = 0;
    pair_run(&town.pair, 60000);
    assert_int_equal(finder_behind(finder), 0);
    assert_int_equal(found_count(town.centre, "路灯"), 100);
    assert_same_answers(town.centre, "路灯 6");
    pair_close(&town.pair);
}

/* The bytes of the file, its log included. */
static bool file_has(struct pair_home *home, const char *text)
{
    bool found = false;
    for (int i = 0; i < 2; i++) {
        char path[PAIR_PATH_BYTES + 8];
        struct buffer all = {0};
        snprintf(path, sizeof(path), "%s%s", home->search, i == 0 ? "" : "-wal");
        FILE *file = fopen(path, "rb");
        char bytes[4096];
        for (size_t got; file != NULL && (got = fread(bytes, 1, sizeof(bytes), file)) > 0;)
            buffer_append(&all, bytes, got);
        if (file != NULL)
            fclose(file);
        for (size_t at = 0; at + strlen(text) <= all.size && !found; at++)
            found = memcmp(all.data + at, text, strlen(text)) == 0;
        buffer_close(&all);
    }
    return found;
}

/* What a cut makes void, what was replaced, and the name that a place had. */
static void what_does_not_count_any_more_is_not_found(void **state)
{
    (void)state;
    struct town town;
    struct buffer reply = {0};
    open_indexed(&town, NULL);
    pair_part(town.worker);
    struct pair_home *head = pair_handheld(&town.pair, town.centre, "h1");
    char code[GRID_CODE_TEXT_BYTES];
    pair_act(head, "report", FIELDS("title", "水井没有盖板"), code);
    pair_sync(head);
    pair_settle(&town.pair);
    assert_int_equal(found_count(town.centre, "水井"), 1);
    pair_act(town.centre, "set",
            FIELDS("as", "k1", "case", code, "title", "机井没有盖板", "description", "井口敞着"),
            NULL);
    assert_int_equal(found_count(town.centre, "水井"), 0);
    assert_int_equal(found_count(town.centre, "机井"), 1);
    /* h1's device is slot 11; what it writes after the cut is void and not found */
    pair_part(head);
    pair_act(head, "note", FIELDS("case", code, "text", "柴油机抽水"), NULL);
    assert_ok(pair_submit(town.centre, "revoke", FIELDS("slot", "0011"), &reply, NULL));
    (void)pair_turn(town.centre);
    pair_meet(head);
    pair_settle(&town.pair);
    assert_true(pair_status_uint(town.centre, "quarantine") > 0);
    assert_int_equal(found_count(town.centre, "柴油机"), 0);
    assert_int_equal(found_count(town.centre, "机井"), 1);
    assert_same_answers(town.centre, "柴油机");
    buffer_close(&reply);
    pair_close(&town.pair);
}

/* A case that leaves takes its words out of the file itself, not only out of the answers. */
static void words_that_left_are_no_more_in_the_file(void **state)
{
    (void)state;
    struct town town;
    struct grid_error error = {0};
    open_indexed(&town, NULL);
    struct finder *finder = &town.centre->node->finder;
    file_reports(&town, town.worker, "路灯坏了", 40);
    pair_act(town.worker, "report", FIELDS("title", "要抹去的稀奇字样"), NULL);
    pair_sync(town.worker);
    pair_settle(&town.pair);
    assert_int_equal(found_count(town.centre, "稀奇"), 1);
    assert_true(file_has(town.centre, "奇"));
    int64_t no = finder->book->last_no;
    assert_ok(search_begin(finder->index, &error));
    assert_ok(search_drop(finder->index, no, &error));
    assert_ok(search_commit(finder->index, &error));
    finder->untidy = true;
    pair_run(&town.pair, 60000);
    assert_false(finder->untidy);
    pair_stop(town.centre); /* its log goes into the file */
    assert_false(file_has(town.centre, "奇"));
    assert_true(file_has(town.centre, "路灯"));
    pair_start(town.centre);
    pair_settle(&town.pair);
    assert_int_equal(found_count(town.centre, "稀奇"), 1); /* it was only dropped by hand */
    pair_close(&town.pair);
}

/* A place gets another name: it is found by that one. */
static void a_place_is_found_by_its_present_name(void **state)
{
    (void)state;
    struct town town;
    open_indexed(&town, NULL);
    file_reports(&town, town.worker, "路灯坏了", 40);
    pair_sync(town.worker);
    pair_settle(&town.pair);
    assert_int_equal(found_count(town.centre, "柳塔村第一网格"), 40);
    char *units = strdup(stage_units_csv);
    assert_non_null(units);
    for (char *name = units; (name = strstr(name, "柳塔村第一网格")) != NULL; name++)
        memcpy(name, "松树湾第一网格", strlen("柳塔村第一网格"));
    struct buffer reply = {0};
    struct grid_error error = {0};
    assert_ok(pair_submit(town.centre, "roster_import",
            FIELDS("units.csv", units, "posts.csv", stage_posts_csv, "departments.csv",
                    stage_departments_csv),
            &reply, &error));
    (void)pair_turn(town.centre);
    pair_settle(&town.pair);
    assert_int_equal(found_count(town.centre, "松树湾"), 40);
    assert_int_equal(found_count(town.centre, "柳塔村第一网格"), 0);
    assert_same_answers(town.centre, "松树湾 路灯");
    buffer_close(&reply);
    free(units);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_index_answers_as_the_cases_do),
            cmocka_unit_test(a_file_that_is_lost_or_spoilt_is_made_anew),
            cmocka_unit_test(a_fault_of_its_file_is_nobodys_but_its_own),
            cmocka_unit_test(what_was_just_written_is_found),
            cmocka_unit_test(a_flood_of_changes_loses_none),
            cmocka_unit_test(what_does_not_count_any_more_is_not_found),
            cmocka_unit_test(words_that_left_are_no_more_in_the_file),
            cmocka_unit_test(a_place_is_found_by_its_present_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
