/* Versions: a step's bodies make the same roster elsewhere, a version counts whole or not at all,
 * and posts are judged in the version that an entry cites. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/gate.h"
#include "proto/heap.h"
#include "roster_texts.h"
#include "tests/lib/heap_failing.h"

/* --- the bodies of one step, kept to be taken by other rosters --- */

enum { BODIES_MAX = 64 };
struct bodies {
    struct {
        enum grid_kind kind;
        struct buffer body;
    } at[BODIES_MAX];
    size_t count;
};

static enum grid_status keep_body(void *context, enum grid_kind kind, struct bytes body)
{
    struct bodies *bodies = context;
    assert_true(bodies->count < BODIES_MAX);
    assert_true(body.size <= 24576);
    assert_int_equal(gate_check(body, GATE_ENTRY, NULL), GRID_OK);
    bodies->at[bodies->count].kind = kind;
    buffer_append(&bodies->at[bodies->count].body, body.data, body.size);
    bodies->count++;
    return GRID_OK;
}

static void bodies_close(struct bodies *bodies)
{
    for (size_t i = 0; i < bodies->count; i++)
        buffer_close(&bodies->at[i].body);
    bodies->count = 0;
}

/* A leaf for the ROSTER of a step; any will do as long as it differs. */
static void leaf_of(uint8_t leaf[static GRID_HASH_BYTES], unsigned number)
{
    memset(leaf, (int)(0x10 + number), GRID_HASH_BYTES);
}

static enum grid_status take(
        struct grid_roster *roster, const struct bodies *bodies, size_t index, unsigned leaf_number)
{
    struct bytes bytes = buffer_bytes(&bodies->at[index].body);
    uint8_t leaf[GRID_HASH_BYTES];
    leaf_of(leaf, leaf_number);
    bool newer = false;
    if (bodies->at[index].kind == GRID_KIND_ROWS) {
        struct rows_body rows;
        assert_int_equal(body_read_rows(bytes, &rows, &newer, NULL), GRID_OK);
        return roster_take_rows(roster, &rows, NULL);
    }
    struct roster_body body;
    assert_int_equal(body_read_roster(bytes, &body, &newer, NULL), GRID_OK);
    return roster_take_roster(roster, &body, leaf, NULL);
}

static enum grid_status take_all(
        struct grid_roster *roster, const struct bodies *bodies, unsigned leaf_number)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < bodies->count && status == GRID_OK; i++)
        status = take(roster, bodies, i, leaf_number);
    return status;
}

static bool step(
        const struct grid_roster *roster, const struct grid_roster *next, struct bodies *bodies)
{
    bool changed = false;
    struct grid_error error = {0};
    assert_int_equal(
            roster_step(roster, next, bytes_text(CENTRE), &changed, keep_body, bodies, &error),
            GRID_OK);
    return changed;
}

static struct grid_roster *opened(void)
{
    struct grid_roster *roster = NULL;
    assert_int_equal(grid_roster_open(&roster), GRID_OK);
    return roster;
}

/* The second version: 苏和 moves to the mine, 吴桂兰 no longer leads the group. */
static struct grid_roster *read_second(void)
{
    char *moved = replaced(good_posts, "p0042,苏和,grid_worker,150622103203004,00013900042",
            "p0042,苏和,grid_worker,150622103203701,00013900042");
    char *posts = replaced(moved, "p0107,吴桂兰,group_leader,150622103P0017,,2025-03-01,\n", "");
    struct told told;
    struct grid_roster *roster = read_texts(good_units, posts, good_departments, NULL, &told);
    assert_non_null(roster);
    free(moved);
    free(posts);
    return roster;
}

static void id_of(uint8_t out[static GRID_ID_BYTES], const char *key)
{
    assert_int_equal(person_id(out, bytes_text(CENTRE), bytes_text(key)), GRID_OK);
}

static bool listed(const struct grid_roster *roster, uint64_t rv, const char *key, unsigned role,
        const char *place)
{
    uint8_t person[GRID_ID_BYTES];
    id_of(person, key);
    return roster_post_listed(roster, rv, person, role, bytes_text(place));
}

static bool print_unit(void *context, const struct grid_unit *unit)
{
    struct told *told = context;
    told->size += (size_t)snprintf(told->text + told->size, sizeof(told->text) - told->size,
            "%.*s %.*s %d %d\n", (int)unit->code.size, unit->code.data, (int)unit->name.size,
            unit->name.data, unit->households, unit->valid_to);
    return true;
}

static bool print_post(void *context, const struct grid_post *post)
{
    struct told *told = context;
    told->size += (size_t)snprintf(told->text + told->size, sizeof(told->text) - told->size,
            "%.*s %.*s %u %.*s %d\n", (int)post->key.size, post->key.data, (int)post->name.size,
            post->name.data, post->role, (int)post->place.size, post->place.data, post->from);
    return true;
}

static bool print_department(void *context, const struct grid_department *department)
{
    struct told *told = context;
    told->size += (size_t)snprintf(told->text + told->size, sizeof(told->text) - told->size,
            "%.*s %.*s %.*s\n", (int)department->id.size, department->id.data,
            (int)department->kind.size, department->kind.data, (int)department->routes.size,
            department->routes.data);
    return true;
}

/* Everything that can be listed, as one text. */
static struct told print_all(const struct grid_roster *roster)
{
    struct told told = {0};
    grid_roster_each_unit(roster, (struct bytes){0}, true, print_unit, &told);
    grid_roster_each_post(roster, (struct bytes){0}, TODAY, print_post, &told);
    grid_roster_each_department(roster, (struct bytes){0}, print_department, &told);
    return told;
}

/* --- facts --- */

static void a_step_makes_the_same_roster_elsewhere(void **state)
{
    (void)state;
    struct grid_roster *files = read_good();
    struct grid_roster *centre = opened();
    struct grid_roster *handheld = opened();
    struct bodies bodies = {0};
    assert_true(step(centre, files, &bodies));
    assert_int_equal(take_all(centre, &bodies, 1), GRID_OK);
    assert_int_equal(take_all(handheld, &bodies, 1), GRID_OK);
    assert_int_equal(roster_version(handheld), 1);
    assert_true(roster_rv(handheld) == ((uint64_t)1 << 32 | 0x11111111));
    struct told from_files = print_all(files);
    struct told from_entries = print_all(handheld);
    assert_string_equal(from_entries.text, from_files.text);
    assert_true(from_files.size > 1000);

    struct bodies again = {0};
    assert_false(step(handheld, files, &again));
    assert_int_equal(again.count, 0);
    bodies_close(&bodies);
    grid_roster_close(files);
    grid_roster_close(centre);
    grid_roster_close(handheld);
}

static void a_post_is_judged_in_the_version_cited(void **state)
{
    (void)state;
    struct grid_roster *first = read_good();
    struct grid_roster *second = read_second();
    struct grid_roster *roster = opened();
    struct bodies one = {0};
    struct bodies two = {0};
    assert_true(step(roster, first, &one));
    assert_int_equal(take_all(roster, &one, 1), GRID_OK);
    uint64_t rv1 = roster_rv(roster);
    assert_true(step(roster, second, &two));
    assert_int_equal(take_all(roster, &two, 2), GRID_OK);
    uint64_t rv2 = roster_rv(roster);
    assert_int_equal(roster_version(roster), 2);
    assert_true(roster_holds(roster, rv1, bytes_text(CENTRE)));
    assert_true(roster_holds(roster, rv2, bytes_text(CENTRE)));
    assert_false(roster_holds(roster, rv2 + 1, bytes_text(CENTRE)));
    assert_false(roster_holds(roster, (uint64_t)3 << 32, bytes_text(CENTRE)));
    assert_false(roster_holds(roster, 0, bytes_text(CENTRE)));

    const char *grid = "150622103203004";
    const char *mine = "150622103203701";
    assert_true(listed(roster, rv1, "p0042", GRID_ROLE_GRID_WORKER, grid));
    assert_false(listed(roster, rv2, "p0042", GRID_ROLE_GRID_WORKER, grid));
    assert_false(listed(roster, rv1, "p0042", GRID_ROLE_GRID_WORKER, mine));
    assert_true(listed(roster, rv2, "p0042", GRID_ROLE_GRID_WORKER, mine));
    assert_false(listed(roster, rv2, "p0042", GRID_ROLE_HEAD, mine));
    assert_false(listed(roster, 0, "p0042", GRID_ROLE_GRID_WORKER, mine));
    /* a removed row */
    assert_true(listed(roster, rv1, "p0107", GRID_ROLE_GROUP_LEADER, "150622103P0017"));
    assert_false(listed(roster, rv2, "p0107", GRID_ROLE_GROUP_LEADER, "150622103P0017"));
    assert_true(listed(roster, rv2, "p0107", GRID_ROLE_HEAD, "150622103203004002"));
    /* what the latest version lists is what the second file says */
    struct told from_files = print_all(second);
    struct told from_entries = print_all(roster);
    assert_string_equal(from_entries.text, from_files.text);

    assert_true(roster_office_staffed(roster, rv1, bytes_text(CENTRE)));
    assert_false(roster_office_staffed(roster, rv1, bytes_text("150622")));
    assert_false(roster_office_staffed(roster, rv1, bytes_text("150622103D0001")));
    struct bytes places[4];
    assert_int_equal(roster_group_places(roster, rv2, bytes_text("150622103P0017"), places, 4), 2);
    assert_int_equal(roster_group_places(roster, rv2, bytes_text("150622103P0017"), places, 1), 2);
    assert_int_equal(roster_group_places(roster, rv2, bytes_text("150622103P0099"), places, 4), 0);
    bodies_close(&one);
    bodies_close(&two);
    grid_roster_close(first);
    grid_roster_close(second);
    grid_roster_close(roster);
}

static void the_way_back_is_a_step_too(void **state)
{
    (void)state;
    struct grid_roster *first = read_good();
    struct grid_roster *second = read_second();
    struct grid_roster *roster = opened();
    const struct grid_roster *const versions[] = {first, second, first};
    for (unsigned i = 0; i < 3; i++) {
        struct bodies bodies = {0};
        assert_true(step(roster, versions[i], &bodies));
        assert_int_equal(take_all(roster, &bodies, i + 1), GRID_OK);
        bodies_close(&bodies);
    }
    struct told from_files = print_all(first);
    struct told from_entries = print_all(roster);
    assert_string_equal(from_entries.text, from_files.text);
    uint64_t rv = roster_rv(roster);
    assert_true(listed(roster, rv, "p0107", GRID_ROLE_GROUP_LEADER, "150622103P0017"));
    assert_false(listed(roster, (uint64_t)2 << 32 | 0x12121212, "p0107", GRID_ROLE_GROUP_LEADER,
            "150622103P0017"));
    grid_roster_close(first);
    grid_roster_close(second);
    grid_roster_close(roster);
}

static void repeats_change_nothing(void **state)
{
    (void)state;
    struct grid_roster *first = read_good();
    struct grid_roster *second = read_second();
    struct grid_roster *roster = opened();
    struct bodies one = {0};
    struct bodies two = {0};
    step(roster, first, &one);
    assert_int_equal(take(roster, &one, 0, 1), GRID_OK);
    assert_int_equal(take(roster, &one, 0, 1), GRID_OK); /* ROWS twice, before their ROSTER */
    assert_int_equal(take_all(roster, &one, 1), GRID_OK);
    assert_int_equal(take_all(roster, &one, 1), GRID_OK);
    step(roster, second, &two);
    assert_int_equal(take_all(roster, &two, 2), GRID_OK);
    assert_int_equal(take_all(roster, &one, 1), GRID_OK);
    assert_int_equal(take_all(roster, &two, 2), GRID_OK);
    assert_int_equal(roster_version(roster), 2);
    struct told from_files = print_all(second);
    struct told from_entries = print_all(roster);
    assert_string_equal(from_entries.text, from_files.text);
    bodies_close(&one);
    bodies_close(&two);
    grid_roster_close(first);
    grid_roster_close(second);
    grid_roster_close(roster);
}

static void rows_count_only_with_their_roster(void **state)
{
    (void)state;
    struct grid_roster *first = read_good();
    struct grid_roster *roster = opened();
    struct bodies bodies = {0};
    step(roster, first, &bodies);
    assert_int_equal(take(roster, &bodies, 0, 1), GRID_OK);
    assert_int_equal(roster_version(roster), 0);
    assert_true(roster_rv(roster) == 0);
    assert_null(grid_roster_unit(roster, bytes_text(CENTRE)));
    bodies_close(&bodies);
    grid_roster_close(first);
    grid_roster_close(roster);
}

static void a_roster_before_the_one_it_follows_waits(void **state)
{
    (void)state;
    struct grid_roster *first = read_good();
    struct grid_roster *second = read_second();
    struct grid_roster *centre = opened();
    struct grid_roster *late = opened();
    struct bodies one = {0};
    struct bodies two = {0};
    step(centre, first, &one);
    assert_int_equal(take_all(centre, &one, 1), GRID_OK);
    step(centre, second, &two);
    assert_int_equal(take_all(late, &two, 2), GRID_OK);
    assert_int_equal(take_all(late, &two, 2), GRID_OK);
    assert_int_equal(roster_version(late), 0);
    assert_int_equal(take_all(late, &one, 1), GRID_OK);
    assert_int_equal(roster_version(late), 2);
    struct told from_files = print_all(second);
    struct told from_entries = print_all(late);
    assert_string_equal(from_entries.text, from_files.text);
    bodies_close(&one);
    bodies_close(&two);
    grid_roster_close(first);
    grid_roster_close(second);
    grid_roster_close(centre);
    grid_roster_close(late);
}

/* The third version: after the first, the mine gets another worker. */
static struct grid_roster *read_third(void)
{
    char *posts = replaced(good_posts, "p0043,韩梅", "p0045,丁一");
    struct told told;
    struct grid_roster *roster = read_texts(good_units, posts, good_departments, NULL, &told);
    assert_non_null(roster);
    free(posts);
    return roster;
}

/* F53: a centre that was put back from an older copy has lost its version 2 and imports another;
 * a handheld holds the lost one and its entries cite it. Whoever holds both, in either order,
 * judges both and has the same latest. */
static void both_branches_of_a_restored_centre_count(void **state)
{
    (void)state;
    struct grid_roster *first = read_good();
    struct grid_roster *second = read_second();
    struct grid_roster *third = read_third();
    struct grid_roster *centre = opened();
    struct grid_roster *restored = opened();
    struct bodies one = {0};
    struct bodies lost = {0};
    struct bodies again = {0};
    step(centre, first, &one);
    assert_int_equal(take_all(centre, &one, 1), GRID_OK);
    assert_int_equal(take_all(restored, &one, 1), GRID_OK);
    step(centre, second, &lost);
    step(restored, third, &again);
    assert_int_equal(take_all(centre, &lost, 3), GRID_OK); /* the greater leaf */
    assert_int_equal(take_all(centre, &again, 2), GRID_OK);
    assert_int_equal(take_all(restored, &again, 2), GRID_OK);
    uint64_t rv_again = roster_rv(restored);
    assert_int_equal(take_all(restored, &lost, 3), GRID_OK);

    uint64_t rv_lost = roster_rv(centre);
    assert_true(rv_lost == ((uint64_t)2 << 32 | 0x13131313));
    assert_true(roster_rv(restored) == rv_lost);
    struct told wanted = print_all(second);
    const struct grid_roster *const both[] = {centre, restored};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(roster_version(both[i]), 2);
        assert_true(roster_holds(both[i], rv_again, bytes_text(CENTRE)));
        const char *mine = "150622103203701";
        assert_true(listed(both[i], rv_lost, "p0042", GRID_ROLE_GRID_WORKER, mine));
        assert_true(listed(both[i], rv_lost, "p0043", GRID_ROLE_GRID_WORKER, mine));
        assert_false(listed(both[i], rv_lost, "p0045", GRID_ROLE_GRID_WORKER, mine));
        assert_false(listed(both[i], rv_again, "p0042", GRID_ROLE_GRID_WORKER, mine));
        assert_false(listed(both[i], rv_again, "p0043", GRID_ROLE_GRID_WORKER, mine));
        assert_true(listed(both[i], rv_again, "p0045", GRID_ROLE_GRID_WORKER, mine));
        assert_true(listed(both[i], rv_again, "p0107", GRID_ROLE_GROUP_LEADER, "150622103P0017"));
        struct told told = print_all(both[i]);
        assert_string_equal(told.text, wanted.text);
    }

    /* the next step goes on from the latest, and both take it */
    struct bodies next = {0};
    assert_true(step(restored, third, &next));
    assert_int_equal(take_all(centre, &next, 4), GRID_OK);
    assert_int_equal(take_all(restored, &next, 4), GRID_OK);
    wanted = print_all(third);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(roster_version(both[i]), 3);
        struct told told = print_all(both[i]);
        assert_string_equal(told.text, wanted.text);
    }
    bodies_close(&one);
    bodies_close(&lost);
    bodies_close(&again);
    bodies_close(&next);
    grid_roster_close(first);
    grid_roster_close(second);
    grid_roster_close(third);
    grid_roster_close(centre);
    grid_roster_close(restored);
}

/* The restored centre imports the very files again: equal ROWS under another ROSTER. */
static void the_same_files_imported_again_count_as_a_branch(void **state)
{
    (void)state;
    struct grid_roster *first = read_good();
    struct grid_roster *second = read_second();
    struct grid_roster *roster = opened();
    struct bodies one = {0};
    struct bodies two = {0};
    step(roster, first, &one);
    assert_int_equal(take_all(roster, &one, 1), GRID_OK);
    step(roster, second, &two);
    assert_int_equal(take_all(roster, &two, 2), GRID_OK);
    assert_int_equal(take_all(roster, &two, 3), GRID_OK);
    /* and where the ROWS come once only */
    assert_int_equal(take(roster, &two, two.count - 1, 4), GRID_OK);
    assert_int_equal(roster_version(roster), 2);
    for (unsigned leaf = 2; leaf <= 4; leaf++) {
        uint64_t rv = (uint64_t)2 << 32 | 0x01010101ul * (0x10 + leaf);
        assert_true(listed(roster, rv, "p0042", GRID_ROLE_GRID_WORKER, "150622103203701"));
        assert_false(listed(roster, rv, "p0042", GRID_ROLE_GRID_WORKER, "150622103203004"));
    }
    bodies_close(&one);
    bodies_close(&two);
    grid_roster_close(first);
    grid_roster_close(second);
    grid_roster_close(roster);
}

/* --- refusals --- */

static void refused_roster(struct grid_roster *roster, const struct roster_body *body,
        enum grid_status status, const char *reason)
{
    uint8_t leaf[GRID_HASH_BYTES];
    leaf_of(leaf, 9);
    struct grid_error error = {0};
    uint32_t version = roster_version(roster);
    assert_int_equal(roster_take_roster(roster, body, leaf, &error), status);
    assert_string_equal(error.reason, reason);
    assert_int_equal(roster_version(roster), version);
}

static void a_roster_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct grid_roster *first = read_good();
    struct grid_roster *roster = opened();
    struct bodies bodies = {0};
    step(roster, first, &bodies);
    size_t last = bodies.count - 1;
    struct roster_body body;
    bool newer = false;
    assert_int_equal(
            body_read_roster(buffer_bytes(&bodies.at[last].body), &body, &newer, NULL), GRID_OK);

    /* one bit of the digest, the count, a missing body; each attempt starts clean */
    for (size_t i = 0; i < last; i++)
        assert_int_equal(take(roster, &bodies, i, 1), GRID_OK);
    struct roster_body wrong = body;
    wrong.digest[5] ^= 1;
    refused_roster(roster, &wrong, GRID_MALFORMED, "roster_digest");
    refused_roster(roster, &body, GRID_MALFORMED, "roster_digest");
    for (size_t i = 0; i < last; i++)
        assert_int_equal(take(roster, &bodies, i, 1), GRID_OK);
    wrong = body;
    wrong.count++;
    refused_roster(roster, &wrong, GRID_MALFORMED, "roster_digest");
    wrong = body;
    wrong.predecessor = bytes_of(body.digest, 5);
    refused_roster(roster, &wrong, GRID_MALFORMED, "roster_predecessor");
    wrong = body;
    wrong.version = 2;
    refused_roster(roster, &wrong, GRID_MALFORMED, "roster_predecessor");
    wrong = body;
    wrong.version = 0;
    refused_roster(roster, &wrong, GRID_MALFORMED, "roster_predecessor");
    assert_int_equal(take_all(roster, &bodies, 1), GRID_OK);
    assert_int_equal(roster_version(roster), 1);

    wrong = body;
    wrong.unit = bytes_text("150622104"); /* whose rows were never sent */
    refused_roster(roster, &wrong, GRID_MALFORMED, "roster_digest");
    wrong.unit = bytes_text("15062210");
    refused_roster(roster, &wrong, GRID_MALFORMED, "roster_unit");
    bodies_close(&bodies);
    grid_roster_close(first);
    grid_roster_close(roster);
}

static void rows_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const puts[] = {
            "\x80",     /* no array */
            "\x91\xc3", /* no row */
            "\x91\x90", /* an empty one */
            "\x91\x92\x01\xa3"
            "150", /* a key in place of a row */
            "\x91\x97\x02\xa1"
            "p\xa1"
            "n\x0c\xa9"
            "150622103\x00", /* cut short */
            "\x92\x90",      /* fewer than it says */
    };
    struct grid_roster *roster = opened();
    for (size_t i = 0; i < sizeof(puts) / sizeof(puts[0]); i++) {
        struct rows_body rows = {.unit = bytes_text(CENTRE),
                .version = 1,
                .put = bytes_text(puts[i]),
                .remove = bytes_of("\x90", 1)};
        struct grid_error error = {0};
        assert_int_equal(roster_take_rows(roster, &rows, &error), GRID_MALFORMED);
        assert_string_equal(error.reason, "roster_row");
        rows.remove = rows.put;
        rows.put = bytes_of("\x90", 1);
        if (i != 3)
            assert_int_equal(roster_take_rows(roster, &rows, NULL), GRID_MALFORMED);
    }
    struct rows_body elsewhere = {.unit = bytes_text("15062"), .version = 1};
    assert_int_equal(roster_take_rows(roster, &elsewhere, NULL), GRID_MALFORMED);
    grid_roster_close(roster);
}

/* Each allocation fails once, at every step of reading, stepping and taking: nothing leaks, the
 * answer is GRID_NOMEM, and the roster is as it was. */
static void memory_may_end_anywhere(void **state)
{
    (void)state;
    heap_failing_begin();
    struct grid_roster_files files = {.units = bytes_text(good_units),
            .posts = bytes_text(good_posts),
            .departments = bytes_text(good_departments)};
    bool done = false;
    for (size_t nth = 1; !done; nth++) {
        heap_failing_at(nth);
        struct grid_roster *next = NULL;
        struct grid_roster *roster = NULL;
        struct grid_finding_counts counts;
        struct bodies bodies = {0};
        bool changed = false;
        enum grid_status status = grid_roster_read(
                &next, &files, NULL, bytes_text(CENTRE), TODAY, NULL, NULL, &counts, NULL);
        if (status == GRID_OK)
            status = grid_roster_open(&roster);
        if (status == GRID_OK)
            status = roster_step(
                    roster, next, bytes_text(CENTRE), &changed, keep_body, &bodies, NULL);
        bool kept = true; /* the test's own copies fail too */
        for (size_t i = 0; i < bodies.count; i++)
            kept = kept && !bodies.at[i].body.failed;
        if (status == GRID_OK && kept)
            status = take_all(roster, &bodies, 1);
        if (status != GRID_OK) {
            assert_int_equal(status, GRID_NOMEM);
            assert_true(roster == NULL || roster_version(roster) == 0);
        }
        done = !heap_failing_happened();
        assert_true(!done || roster_version(roster) == 1);
        bodies_close(&bodies);
        grid_roster_close(next);
        grid_roster_close(roster);
    }
    heap_failing_end();
}

/* --- many --- */

enum { MANY_GRIDS = 500, MANY_MICRO_GRIDS = 9 };

/* A township of some 5500 units and 5000 heads. */
static void write_many(struct buffer *units, struct buffer *posts, unsigned version)
{
    char line[256];
    buffer_append(units, good_units, strcspn(good_units, "\n") + 1);
    buffer_append(posts, good_posts, strcspn(good_posts, "\n") + 1);
    buffer_append(units, "150622103,township,,纳日松镇,,,,,,,,\n",
            strlen("150622103,township,,纳日松镇,,,,,,,,\n"));
    buffer_append(units, "150622103203,village,village,柳塔村,,,,,,,,\n",
            strlen("150622103203,village,village,柳塔村,,,,,,,,\n"));
    for (unsigned grid = 1; grid <= MANY_GRIDS; grid++) {
        int size = snprintf(
                line, sizeof(line), "150622103203%03u,grid,base,网格%u,,,,,,,,\n", grid, grid);
        buffer_append(units, line, (size_t)size);
        for (unsigned micro = 1; micro <= MANY_MICRO_GRIDS; micro++) {
            size = snprintf(line, sizeof(line),
                    "150622103203%03u%03u,micro_grid,building,楼%u-%u,,,,,,,,\n", grid, micro, grid,
                    micro);
            buffer_append(units, line, (size_t)size);
            size = snprintf(line, sizeof(line), "h%u,长%u,head,150622103203%03u%03u,,,\n",
                    (grid * 10 + micro) * 10 + (grid % 100 == 0 ? version : 0), grid, grid, micro);
            buffer_append(posts, line, (size_t)size);
        }
    }
}

static void a_large_roster_travels_in_small_bodies(void **state)
{
    (void)state;
    struct grid_roster *roster = opened();
    for (unsigned version = 1; version <= 3; version++) {
        struct buffer units = {0};
        struct buffer posts = {0};
        write_many(&units, &posts, version);
        buffer_append(&units, "", 1);
        buffer_append(&posts, "", 1);
        static struct told told;
        struct grid_roster *next = read_texts((const char *)units.data, (const char *)posts.data,
                good_departments, roster, &told);
        assert_non_null(next);
        struct bodies bodies = {0};
        assert_true(step(roster, next, &bodies));
        assert_true(version == 1 ? bodies.count > 10 : bodies.count == 2);
        assert_int_equal(take_all(roster, &bodies, version), GRID_OK);
        assert_int_equal(roster_version(roster), version);
        bodies_close(&bodies);
        grid_roster_close(next);
        buffer_close(&units);
        buffer_close(&posts);
    }
    char key[16];
    char place[24];
    uint64_t rv2 = (uint64_t)2 << 32 | 0x12121212;
    for (unsigned grid = 1; grid <= MANY_GRIDS; grid++) {
        snprintf(key, sizeof(key), "h%u", (grid * 10 + 1) * 10 + (grid % 100 == 0 ? 2 : 0));
        snprintf(place, sizeof(place), "150622103203%03u001", grid);
        assert_true(listed(roster, rv2, key, GRID_ROLE_HEAD, place));
        assert_int_equal(
                listed(roster, roster_rv(roster), key, GRID_ROLE_HEAD, place), grid % 100 != 0);
    }
    grid_roster_close(roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_step_makes_the_same_roster_elsewhere),
            cmocka_unit_test(a_post_is_judged_in_the_version_cited),
            cmocka_unit_test(the_way_back_is_a_step_too),
            cmocka_unit_test(repeats_change_nothing),
            cmocka_unit_test(rows_count_only_with_their_roster),
            cmocka_unit_test(a_roster_before_the_one_it_follows_waits),
            cmocka_unit_test(both_branches_of_a_restored_centre_count),
            cmocka_unit_test(the_same_files_imported_again_count_as_a_branch),
            cmocka_unit_test(a_roster_that_does_not_fit_is_refused),
            cmocka_unit_test(rows_that_are_none_are_refused),
            cmocka_unit_test(memory_may_end_anywhere),
            cmocka_unit_test(a_large_roster_travels_in_small_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
