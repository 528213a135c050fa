/* One database, one connection, one transaction a turn (D3, F2, F51). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/store/store.h"
#include "tests/lib/disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static char path[96];

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/grid-store-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/grid.db", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    static const char *const tails[] = {"", "-wal", "-journal"};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        char name[128];
        snprintf(name, sizeof(name), "%s%s", path, tails[i]);
        (void)unlink(name);
    }
    return rmdir(folder);
}

static struct store *opened(void)
{
    struct store *store = NULL;
    struct grid_error error = {0};
    if (store_open(&store, path, NULL, &error) != GRID_OK)
        fail_msg("%s %s", error.reason, error.detail);
    return store;
}

static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void what_is_not_committed_is_not_there(void **state)
{
    (void)state;
    uint64_t value = 0;
    struct store *store = opened();
    assert_int_equal(store_meta_put_u64(store, "kept", 7, NULL), GRID_OK);
    assert_true(store_in_turn(store));
    assert_int_equal(store_commit(store, NULL), GRID_OK);
    assert_false(store_in_turn(store));
    assert_int_equal(store_meta_put_u64(store, "kept", 8, NULL), GRID_OK);
    assert_int_equal(store_meta_put_u64(store, "lost", 9, NULL), GRID_OK);
    assert_int_equal(store_meta_get_u64(store, "lost", &value, NULL), GRID_OK);
    assert_int_equal(value, 9); /* the turn sees what it wrote */
    store_close(store);
    store = opened();
    assert_int_equal(store_meta_get_u64(store, "kept", &value, NULL), GRID_OK);
    assert_int_equal(value, 7);
    assert_int_equal(store_meta_get_u64(store, "lost", &value, NULL), GRID_OK);
    assert_int_equal(value, 0);
    assert_int_equal(store_verify(store, NULL), GRID_OK);
    store_close(store);
}

static bool remembers(struct store *store, const char *key)
{
    uint8_t fingerprint[GRID_HASH_BYTES];
    int64_t place = 0;
    bool found = false;
    assert_int_equal(
            store_key_get(store, bytes_text(key), fingerprint, &place, &found, NULL), GRID_OK);
    return found;
}

static void old_keys_are_forgotten_but_never_the_latest(void **state)
{
    (void)state;
    static const char *const keys[] = {"k-1", "k-2", "k-3", "k-4"};
    static const uint8_t fingerprint[GRID_HASH_BYTES] = {1};
    struct store *store = opened();
    for (int i = 0; i < 4; i++)
        assert_int_equal(
                store_key_put(store, bytes_text(keys[i]), fingerprint, 1, 100 + i, NULL), GRID_OK);
    assert_int_equal(store_key_drop_old(store, 102, 3, NULL), GRID_OK);
    assert_false(remembers(store, "k-1"));
    assert_true(remembers(store, "k-2"));
    assert_int_equal(store_key_drop_old(store, 102, 1, NULL), GRID_OK);
    assert_false(remembers(store, "k-2")); /* old, and not the latest */
    assert_true(remembers(store, "k-3"));  /* not old */
    assert_int_equal(store_key_drop_old(store, 1000, 4096, NULL), GRID_OK);
    assert_true(remembers(store, "k-3") && remembers(store, "k-4"));
    assert_int_equal(store_commit(store, NULL), GRID_OK);
    store_close(store);
}

static void a_turn_that_wrote_nothing_costs_nothing(void **state)
{
    (void)state;
    struct store *store = opened();
    assert_int_equal(store_commit(store, NULL), GRID_OK);
    assert_false(store_in_turn(store));
    store_close(store);
    store_close(NULL);
}

static void a_database_of_a_newer_program_is_left_alone(void **state)
{
    (void)state;
    struct store *store = opened();
    struct grid_error error = {0};
    store_close(store);
    run_sql("PRAGMA user_version = 99");
    assert_int_equal(store_open(&store, path, NULL, &error), GRID_STORAGE);
    assert_string_equal(error.reason, "database_newer");
    assert_null(store);
}

static enum grid_status count_watched(void *context, const struct store_watched *watched)
{
    assert_int_equal(watched->state, 2);
    assert_int_equal(watched->watch.finish_ms, 0); /* until it is looked at */
    ++*(unsigned *)context;
    return GRID_OK;
}

/* What it held is there, and its cases are looked at once more. */
static void a_database_of_the_program_before_goes_on(void **state)
{
    (void)state;
    uint64_t refolds = 0;
    unsigned watched = 0;
    const struct store_case held = {
            .no = 1, .state = 2, .shown = 2, .urgency = 3, .unit = bytes_text("150622103")};
    struct store *before = opened();
    assert_int_equal(store_case_put(before, &held, NULL), GRID_OK);
    assert_int_equal(store_commit(before, NULL), GRID_OK);
    store_close(before);
    run_sql("ALTER TABLE cases DROP COLUMN accept_ms;"
            " ALTER TABLE cases DROP COLUMN act_ms; ALTER TABLE cases DROP COLUMN finish_ms;"
            " ALTER TABLE cases DROP COLUMN red_ms; ALTER TABLE cases DROP COLUMN check_ms;"
            " ALTER TABLE cases DROP COLUMN last_ms; ALTER TABLE cases DROP COLUMN reply_ms; ALTER TABLE cases DROP COLUMN flags;"
            " ALTER TABLE cases DROP COLUMN created; ALTER TABLE cases DROP COLUMN shown;"
            " ALTER TABLE cases DROP COLUMN occurred_ms; ALTER TABLE cases DROP COLUMN latitude;"
            " ALTER TABLE cases DROP COLUMN longitude; ALTER TABLE cases DROP COLUMN primary_no;"
            " DROP TABLE link; DROP TABLE case_code; DROP TABLE unissued; DROP TABLE received;"
            " PRAGMA user_version = 1");
    struct store *store = opened();
    assert_int_equal(store_refold_count(store, &refolds, NULL), GRID_OK);
    assert_int_equal(refolds, 1);
    assert_int_equal(
            store_case_watch(store, bytes_text("150622"), count_watched, &watched, NULL), GRID_OK);
    assert_int_equal(watched, 1);
    assert_int_equal(
            store_case_watch(store, bytes_text("1507"), count_watched, &watched, NULL), GRID_OK);
    assert_int_equal(watched, 1);
    store_close(store);
    store_close(opened()); /* each step is done once */
}

/* A receipt speaks for what it reached first, and for nothing behind it. */
static void a_receipt_dates_what_it_reached(void **state)
{
    (void)state;
    struct store *store = opened();
    int64_t ms = 1;
    assert_int_equal(store_received_at(store, STORE_PLACE(1, 1), &ms, NULL), GRID_OK);
    assert_int_equal(ms, 0);
    assert_int_equal(
            store_received_put(store, STORE_PLACE(1, 2), STORE_PLACE(1, 5), 1000, NULL), GRID_OK);
    assert_int_equal(
            store_received_put(store, STORE_PLACE(1, 6), STORE_PLACE(1, 6), 2000, NULL), GRID_OK);
    static const int64_t expected[] = {0, 1000, 1000, 1000, 1000, 2000, 0};
    for (uint64_t seq = 1; seq <= 7; seq++) {
        assert_int_equal(store_received_at(store, STORE_PLACE(1, seq), &ms, NULL), GRID_OK);
        assert_int_equal(ms, expected[seq - 1]);
    }
    assert_int_equal(store_received_at(store, STORE_PLACE(2, 3), &ms, NULL), GRID_OK);
    assert_int_equal(ms, 0);
    store_close(store);
}

static void a_file_that_is_no_database_is_named(void **state)
{
    (void)state;
    struct store *store = NULL;
    struct grid_error error = {0};
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (unsigned i = 0; i < 300; i++)
        assert_true(fputs("这不是数据库。", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(store_open(&store, path, NULL, &error), GRID_STORAGE);
    assert_string_equal(error.reason, "database_corrupt");
    assert_int_equal(store_open(&store, "/nonexistent/grid.db", NULL, &error), GRID_STORAGE);
}

/* F51: kill at any step of making the schema leaves the old or the new one, complete. */
static void a_schema_is_made_whole_or_not_at_all(void **state)
{
    (void)state;
    disk_register();
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        struct store *store = NULL;
        struct grid_error error = {0};
        disk_fail_at(DISK_WRITE, nth);
        enum grid_status status = store_open(&store, path, DISK_VFS, &error);
        failed = disk_failed();
        disk_fail_at(DISK_WRITE, 0);
        assert_true(status == GRID_OK || status == GRID_STORAGE);
        store_close(store);
        store = opened();
        assert_int_equal(store_verify(store, NULL), GRID_OK);
        uint64_t count = 1;
        assert_int_equal(store_entry_count(store, &count, NULL), GRID_OK);
        assert_int_equal(count, 0);
        store_close(store);
        (void)unlink(path);
    }
}

/* --- what others changed in the file does not pass for ours --- */

static const uint8_t some_id[GRID_HASH_BYTES] = {1};

static void put_one_of_each(struct store *store)
{
    const struct store_author author = {.author = {1}, .counter = 1};
    const struct store_stream stream = {.no = 1, .author = {1}};
    const struct store_entry entry = {.place = 1, .id = some_id};
    const struct store_case summary = {.no = 1, .case_id = {1}};
    const struct cursor cursor = {.lsn = 1};
    const struct stopped stopped = {.author = {1}, .from_seq = 1, .reason = bytes_text("gap")};
    const struct segment segment = {.author = {1}, .first_seq = 1, .entry_count = 1};
    const struct store_invitation invitation = {.slot = 10};
    assert_int_equal(store_meta_put_u64(store, "short", 1, NULL), GRID_OK);
    assert_int_equal(store_author_put(store, &author, NULL), GRID_OK);
    assert_int_equal(store_stream_put(store, &stream, NULL), GRID_OK);
    assert_int_equal(store_entry_put(store, &entry, NULL), GRID_OK);
    assert_int_equal(store_seal_put(store, 1, (uint8_t[64]){1}, NULL), GRID_OK);
    assert_int_equal(store_case_put(store, &summary, NULL), GRID_OK);
    assert_int_equal(store_cursor_put(store, some_id, 0, &cursor, NULL), GRID_OK);
    assert_int_equal(store_stopped_put(store, STORE_REFUSED_HERE, &stopped, 1, NULL), GRID_OK);
    assert_int_equal(store_evidence_put(store, &segment, 1, NULL), GRID_OK);
    assert_int_equal(store_invitation_put(store, some_id, &invitation, NULL), GRID_OK);
    assert_int_equal(store_invitation_bind(store, some_id, some_id, NULL), GRID_OK);
    assert_int_equal(store_key_put(store, bytes_text("k-1"), some_id, 1, 1, NULL), GRID_OK);
    assert_int_equal(store_commit(store, NULL), GRID_OK);
}

/* Each way to read the row that put_one_of_each wrote. What is told of a row is counted. */
typedef enum grid_status read_fn(struct store *store, unsigned *told, struct grid_error *error);

static enum grid_status read_meta(struct store *store, unsigned *told, struct grid_error *error)
{
    uint64_t value = 0;
    enum grid_status status = store_meta_get_u64(store, "short", &value, error);
    *told = value == 1;
    return status;
}

static enum grid_status count_author(void *context, const struct store_author *author)
{
    *(unsigned *)context += author->author[0];
    return GRID_OK;
}

static enum grid_status read_authors(struct store *store, unsigned *told, struct grid_error *error)
{
    return store_author_each(store, count_author, told, error);
}

static enum grid_status read_author(struct store *store, unsigned *told, struct grid_error *error)
{
    struct store_author author = {0};
    bool found = false;
    enum grid_status status = store_author_get(store, some_id, &author, &found, error);
    *told = found;
    return status;
}

static enum grid_status count_stream(
        void *context, const struct store_stream *stream, struct bytes tip_header)
{
    (void)tip_header;
    *(unsigned *)context += stream->no;
    return GRID_OK;
}

static enum grid_status read_streams(struct store *store, unsigned *told, struct grid_error *error)
{
    return store_stream_each(store, count_stream, told, error);
}

static enum grid_status read_id(struct store *store, unsigned *told, struct grid_error *error)
{
    uint8_t id[GRID_HASH_BYTES];
    bool found = false;
    enum grid_status status = store_entry_id(store, 1, id, &found, error);
    *told = found;
    return status;
}

static enum grid_status read_seal(struct store *store, unsigned *told, struct grid_error *error)
{
    uint8_t seal[GRID_SIGNATURE_BYTES];
    int64_t place = 0;
    bool found = false;
    enum grid_status status = store_seal_last(store, 0, 9, &place, seal, &found, error);
    *told = found;
    return status;
}

static enum grid_status read_case(struct store *store, unsigned *told, struct grid_error *error)
{
    uint8_t id[GRID_ID_BYTES];
    uint8_t digest[GRID_HASH_BYTES];
    int64_t place = 0;
    bool found = false;
    enum grid_status status = store_case_by_no(store, 1, id, &place, digest, &found, error);
    *told = found;
    return status;
}

static enum grid_status count_case(
        void *context, int64_t no, const uint8_t digest[static GRID_HASH_BYTES])
{
    (void)digest;
    *(unsigned *)context += (unsigned)no;
    return GRID_OK;
}

static enum grid_status read_cases(struct store *store, unsigned *told, struct grid_error *error)
{
    return store_case_each(store, count_case, told, error);
}

static enum grid_status read_cursor(struct store *store, unsigned *told, struct grid_error *error)
{
    struct cursor cursor;
    enum grid_status status = store_cursor_get(store, some_id, 0, &cursor, error);
    *told = (unsigned)cursor.lsn;
    return status;
}

static enum grid_status count_stopped(void *context, const struct stopped *stopped)
{
    *(unsigned *)context += (unsigned)stopped->from_seq;
    return GRID_OK;
}

static enum grid_status read_stopped(struct store *store, unsigned *told, struct grid_error *error)
{
    return store_stopped_each(store, STORE_REFUSED_HERE, count_stopped, told, error);
}

static enum grid_status count_evidence(void *context, const struct segment *segment)
{
    *(unsigned *)context += (unsigned)segment->first_seq;
    return GRID_OK;
}

static enum grid_status read_evidence(struct store *store, unsigned *told, struct grid_error *error)
{
    return store_evidence_each(store, count_evidence, told, error);
}

static enum grid_status read_invitation(
        struct store *store, unsigned *told, struct grid_error *error)
{
    struct store_invitation invitation = {0};
    bool found = false;
    enum grid_status status = store_invitation_get(store, some_id, &invitation, &found, error);
    *told = found;
    return status;
}

static enum grid_status read_key(struct store *store, unsigned *told, struct grid_error *error)
{
    uint8_t fingerprint[GRID_HASH_BYTES];
    int64_t place = 0;
    bool found = false;
    enum grid_status status =
            store_key_get(store, bytes_text("k-1"), fingerprint, &place, &found, error);
    *told = found;
    return status;
}

static void a_value_of_foreign_form_is_no_value(void **state)
{
    (void)state;
    static const struct {
        const char *table, *column;
        read_fn *read;
    } rows[] = {
            {"meta", "value", read_meta},
            {"author", "author", read_authors},
            {"author", "key", read_authors},
            {"author", "identity", read_authors},
            {"author", "key", read_author},
            {"author", "identity", read_author},
            {"stream", "author", read_streams},
            {"entry", "id", read_id},
            {"seal", "seal", read_seal},
            {"cases", "case_id", read_case},
            {"cases", "digest", read_cases},
            {"cursor", "epoch", read_cursor},
            {"cursor", "leaf", read_cursor},
            {"stopped", "author", read_stopped},
            {"evidence", "author", read_evidence},
            {"evidence", "seal", read_evidence},
            {"invitation", "person", read_invitation},
            {"invitation", "identity", read_invitation},
            {"idempotency", "fingerprint", read_key},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char sql[160];
        unsigned told = 0;
        struct grid_error error = {0};
        struct store *store = opened();
        put_one_of_each(store);
        assert_int_equal(rows[i].read(store, &told, &error), GRID_OK);
        assert_int_equal(told, 1);
        store_close(store);
        snprintf(sql, sizeof(sql), "UPDATE %s SET %s = x'0102'", rows[i].table, rows[i].column);
        run_sql(sql);
        /* what is read when it is opened is named there */
        enum grid_status status = store_open(&store, path, NULL, &error);
        if (status == GRID_OK)
            status = rows[i].read(store, &told, &error);
        if (status != GRID_STORAGE)
            fail_msg("%s.%s of two bytes passes", rows[i].table, rows[i].column);
        assert_string_equal(error.reason, "database_corrupt");
        store_close(store);
        (void)unlink(path);
    }
}

/* A place has room for 2^40 entries of a stream, and streams never run into each other. */
static void places_of_streams_do_not_meet(void **state)
{
    (void)state;
    struct store *store = opened();
    static const uint8_t some[] = {0x80};
    struct bytes value = bytes_of(some, sizeof(some));
    const uint64_t seqs[] = {1, 2, GRID_SEQ_MAX};
    uint64_t last = 0;
    for (uint32_t no = 1; no <= 3; no++)
        for (size_t i = 0; i < sizeof(seqs) / sizeof(seqs[0]); i++) {
            struct store_entry entry = {.place = STORE_PLACE(no, seqs[i]),
                    .kind = 1,
                    .verdict = 1,
                    .header = value,
                    .body = value};
            assert_int_equal(store_entry_put(store, &entry, NULL), GRID_OK);
            assert_int_not_equal(store_entry_put(store, &entry, NULL), GRID_OK); /* once */
            store_close(store);
            store = opened(); /* the failed turn is gone with its first half */
            assert_int_equal(store_entry_put(store, &entry, NULL), GRID_OK);
            assert_int_equal(store_commit(store, NULL), GRID_OK);
        }
    for (uint32_t no = 1; no <= 3; no++) {
        assert_int_equal(store_entry_last(store, no, &last, NULL), GRID_OK);
        assert_true(last == GRID_SEQ_MAX);
    }
    assert_int_equal(store_entry_last(store, 4, &last, NULL), GRID_OK);
    assert_int_equal(last, 0);
    store_close(store);
}

static void runs_of_a_stream_are_found_behind_a_position(void **state)
{
    (void)state;
    struct store *store = opened();
    const struct store_run runs[] = {{.lsn = 1, .stream = 1, .seq = 1},
            {.lsn = 4, .stream = 2, .seq = 1}, {.lsn = 6, .stream = 1, .seq = 4}};
    struct store_run out = {0};
    bool found = false;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(store_arrival_put(store, 1, &runs[i], NULL), GRID_OK);
    assert_int_equal(store_arrival_next(store, 1, 0, 2, &out, &found, NULL), GRID_OK);
    assert_true(found && out.lsn == 4);
    assert_int_equal(store_arrival_next(store, 1, 1, 1, &out, &found, NULL), GRID_OK);
    assert_true(found && out.lsn == 6 && out.seq == 4);
    assert_int_equal(store_arrival_next(store, 1, 1, 0, &out, &found, NULL), GRID_OK);
    assert_true(found && out.lsn == 4 && out.stream == 2);
    assert_int_equal(store_arrival_next(store, 1, 6, 1, &out, &found, NULL), GRID_OK);
    assert_false(found);
    assert_int_equal(store_arrival_next(store, 0, 0, 1, &out, &found, NULL), GRID_OK);
    assert_false(found);
    assert_int_equal(store_arrival_last(store, 1, 5, &out, &found, NULL), GRID_OK);
    assert_true(found && out.lsn == 4);
    assert_int_equal(store_arrival_last(store, 1, INT64_MAX, &out, &found, NULL), GRID_OK);
    assert_true(found && out.lsn == 6);
    assert_int_equal(store_arrival_last(store, 0, INT64_MAX, &out, &found, NULL), GRID_OK);
    assert_false(found);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(what_is_not_committed_is_not_there, begin, end),
            cmocka_unit_test_setup_teardown(a_turn_that_wrote_nothing_costs_nothing, begin, end),
            cmocka_unit_test_setup_teardown(
                    a_database_of_a_newer_program_is_left_alone, begin, end),
            cmocka_unit_test_setup_teardown(a_file_that_is_no_database_is_named, begin, end),
            cmocka_unit_test_setup_teardown(a_database_of_the_program_before_goes_on, begin, end),
            cmocka_unit_test_setup_teardown(a_receipt_dates_what_it_reached, begin, end),
            cmocka_unit_test_setup_teardown(a_schema_is_made_whole_or_not_at_all, begin, end),
            cmocka_unit_test_setup_teardown(a_value_of_foreign_form_is_no_value, begin, end),
            cmocka_unit_test_setup_teardown(places_of_streams_do_not_meet, begin, end),
            cmocka_unit_test_setup_teardown(
                    old_keys_are_forgotten_but_never_the_latest, begin, end),
            cmocka_unit_test_setup_teardown(
                    runs_of_a_stream_are_found_behind_a_position, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
