#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/heap_failing.h"
#include "tests/unit/fold_story.h"

#include <stdio.h>
#include <string.h>

/* --- the same set gives the same state --- */

static const char quarrel[] =
        "story quarrel\n" REPORT ACCEPT
        "e w1 1 2 300 a000000000000003 w1/W/150622103203001 1 amend 0 0 - none title:sfrom~w1\n"
        "e h1 1 1 300 a000000000000004 h1/H/150622103203001001 1 note 0 0 - none +notes:sseen\n"
        "e k1 1 1 300 a000000000000005 k1/K/150622103 1 amend 0 1 0 none title:sfrom~k1\n"
        "e s1 1 2 400 a000000000000006 s1/S/150622103203 1 assign 0 1 - 0,1 "
        "lead:L150622103203 state:u3\n"
        "= 6 1\n"
        "v vvvvvv\n"
        "c 0\n"
        "r state u3=5\n"
        "r holder s150622103203=1\n"
        "r lead L150622103203=5\n"
        "r due a1,2,1=1\n"
        "r category u201=0\n"
        "r description sd=0\n"
        "r title sfrom~k1=4 sfrom~w1=2\n"
        "r unit s150622103203001001=0\n"
        "r urgency u3=0\n"
        "k notes sseen=3\n"
        "l 2 3 4\n";

static void nobody_is_overwritten(void **state)
{
    (void)state;
    holds(quarrel);
}

static void basis_and_refs_both_replace(void **state)
{
    (void)state;
    holds("story both\n" REPORT
          "e w1 1 2 300 a000000000000003 w1/W/150622103203001 1 amend 0 0 - none title:sfirst\n"
          "e k1 1 1 300 a000000000000004 k1/K/150622103 1 amend 0 0 1 none title:ssecond\n"
          "= 3 1\nv vvv\nc 0\nr state u1=0\nr title ssecond=2\n" REPORT_LIVE);
}

static void a_register_waits_for_what_its_write_names(void **state)
{
    (void)state;
    holds("story waiting\n" REPORT
          "e k1 1 1 300 a000000000000004 k1/K/150622103 1 amend 0 0 2 none title:ssecond\n"
          "e w1 1 2 300 a000000000000003 w1/W/150622103203001 1 amend 0 0 - none title:sfirst\n"
          "= 2 1\nv vv\nc 0\nr state u1=0\nr title? ssecond=1\n" REPORT_LIVE);
}

/* The clerk replaced a title that a void amend had replaced: the first one does not come back, even
 * when the void amend arrives last. */
static void a_void_write_that_a_valid_one_names_is_looked_through(void **state)
{
    static const char text[] =
            "story through\n" REPORT ACCEPT
            "e h2 1 1 300 a000000000000003 h2/H/150622103203002001 1 amend 0 1 0 none title:svoid\n"
            "e k1 1 1 400 a000000000000004 k1/K/150622103 1 amend 0 1 2 none title:ssecond\n"
            "= 4 1\nv vvrv\nc 0\nr state u2=1\nr title ssecond=3\nr holder s150622103203=1\n"
            "r due a1,2,1=1\nr category u201=0\nr description sd=0\n"
            "r unit s150622103203001001=0\nr urgency u3=0\n";
    struct fixture fixture;
    (void)state;
    holds(text);
    tell(&fixture, text);
    story_world_close(&fixture.world);
    story_world_open(&fixture.world, 1, NULL);
    static const size_t order[] = {0, 1, 3, 2};
    for (size_t i = 0; i < 4; i++) {
        story_world_add(&fixture.world, &fixture.story.entries[order[i]]);
        story_world_settle(&fixture.world);
        assert_true(story_check_batch(&fixture.story, &fixture.world));
    }
    assert_true(story_check(&fixture.story, &fixture.stage, &fixture.world));
    forget(&fixture);
}

/* --- names --- */

static void a_dot_with_another_tag_names_nothing(void **state)
{
    (void)state;
    holds("story tag\n" REPORT
          "e h1 1 1 300 a000000000000002 h1/H/150622103203001001 1 note 0 0,2 - none +notes:sn\n"
          "e w1 1 1 100 b000000000000001 w1/W/150622103203001 1 note 0 - - none +notes:sn\n"
          "= 2 1\nv vp\nc 0\nr state u1=0\nr title stitle=0\n" REPORT_LIVE);
}

static void who_names_itself_or_a_later_own_entry_is_void(void **state)
{
    (void)state;
    holds("story own\n" REPORT
          "e h1 1 1 300 a000000000000002 h1/H/150622103203001001 1 note 0 0,2 - none +notes:sa\n"
          "e h1 1 2 300 a000000000000003 h1/H/150622103203001001 1 note 0 0 - none +notes:sb\n"
          "e h1 1 3 300 a000000000000004 h1/H/150622103203001001 1 note 0 0 3 none +notes:sc\n"
          "= 4 1\nv vqvq\nc 0\nr state u1=0\nr title stitle=0\n" REPORT_LIVE "k notes sb=2\n");
}

/* The void hold is looked through to its basis alone: what stands in its refs, here or not, cannot
 * turn who rests on it. */
static void a_judgement_rests_on_no_name_that_is_not_waited_for(void **state)
{
    (void)state;
    static const char told[] =
            "story refs\n" REPORT
            "e h1 1 1 300 a000000000000002 h1/H/150622103203001001 1 hold 0 0 3 0 state:u5\n"
            "e k1 1 1 400 a000000000000003 k1/K/150622103 1 accept 0 0,1 - 0 due:a1,2,1 "
            "holder:s150622103 state:u2\n" /* names the void hold as its state */
            "e s1 1 1 200 a000000000000004 s1/S/150622103203 1 accept 0 0 - 0 due:a1,2,1 "
            "holder:s150622103203 state:u2\n"
            "= %u 1\nv vrv%s\n";
    char text[2048];
    snprintf(text, sizeof(text), told, 3u, "");
    struct fixture fixture;
    for (unsigned turn = 0; turn < 2; turn++) {
        snprintf(text, sizeof(text), told, turn == 0 ? 3u : 4u, turn == 0 ? "" : "v");
        tell(&fixture, text);
        assert_int_equal(held(&fixture, 2)->verdict, GRID_VALID);
        assert_true(story_check_batch(&fixture.story, &fixture.world));
        forget(&fixture);
    }
}

/* The accept rests on a hold that is void for its author and names a note. Whether that writes a
 * state is known once it is here, though nobody will ever judge it. */
static void the_arrival_of_a_name_is_enough_where_its_verdict_does_not_matter(void **state)
{
    static const char text[] =
            "story arrival\n" REPORT
            "e h1 1 1 300 a000000000000002 h2/H/150622103203002001 1 hold 0 0,3 - 0 state:u5\n"
            "e k1 1 1 400 a000000000000003 k1/K/150622103 1 accept 0 0,1 - 0 due:a1,2,1 "
            "holder:s150622103 state:u2\n"
            "e zz 1 1 200 a000000000000004 h1/H/150622103203001001 1 note 0 0 - none +notes:sn\n"
            "= 4 1\n";
    struct fixture fixture;
    (void)state;
    holds(text);
    tell(&fixture, text);
    assert_int_equal(held(&fixture, 1)->verdict, GRID_VOID_AUTHOR);
    assert_int_equal(held(&fixture, 2)->verdict, GRID_VALID);
    assert_int_equal(held(&fixture, 3)->verdict, GRID_PENDING);
    story_world_close(&fixture.world);
    story_world_open(&fixture.world, 1, NULL);
    for (size_t i = 0; i < 4; i++) {
        story_world_add(&fixture.world, &fixture.story.entries[i]);
        story_world_settle(&fixture.world);
        assert_true(story_check_batch(&fixture.story, &fixture.world));
    }
    assert_int_equal(held(&fixture, 2)->verdict, GRID_VALID);
    forget(&fixture);
}

static void an_opaque_entry_names_nothing_and_holds_up_who_names_it(void **state)
{
    struct fixture fixture;
    (void)state;
    static const char text[] =
            "story opaque\n" REPORT
            "e k1 1 1 300 a000000000000002 k1/K/150622103 1 99 0 0 - none title:sother\n"
            "e h1 1 1 400 a000000000000003 h1/H/150622103203001001 1 note 0 0,1 - none +notes:sn\n"
            "= 3 1\nv vop\nc 0\nr state u1=0\nr title stitle=0\n" REPORT_LIVE;
    holds(text);
    tell(&fixture, text);
    assert_true(fold_has_opaque(fixture.world.folds[0]));
    forget(&fixture);
}

/* --- looking --- */

static void the_code_of_the_create_comes_first(void **state)
{
    struct fixture fixture;
    const struct fold_item *items = NULL;
    size_t count = 0;
    (void)state;
    tell(&fixture, "story codes\n" REPORT
                   "e k1 1 1 50 a000000000000002 k1/K/150622103 1 recode 0 0 - none "
                   "+codes:s1506221032601170004289\n= 2 1\nv vv\n");
    assert_int_equal(held(&fixture, 1)->verdict, GRID_VALID);
    assert_int_equal(fold_collection(fixture.world.folds[0], GRID_COLLECTION_CODES, &items, &count),
            GRID_OK);
    assert_int_equal(count, 2);
    assert_ptr_equal(items[0].entry, held(&fixture, 0)); /* though its clock is the later one */
    struct bytes code = value_text(items[1].value);
    assert_int_equal(code.size, GRID_CODE_DIGITS);
    assert_memory_equal(code.data, "1506221032601170004289", GRID_CODE_DIGITS);
    forget(&fixture);
}

static void the_tag_moves_with_the_live_writes_alone(void **state)
{
    struct fixture fixture;
    char first[FOLD_TAG_BYTES];
    char second[FOLD_TAG_BYTES];
    char third[FOLD_TAG_BYTES];
    (void)state;
    tell(&fixture, quarrel);
    assert_int_equal(fold_tag(fixture.world.folds[0], third), GRID_OK);
    story_world_close(&fixture.world);
    story_world_open(&fixture.world, 1, NULL);
    static const size_t order[] = {0, 3, 1};
    char *const tags[] = {first, second, second};
    for (size_t i = 0; i < 3; i++) {
        story_world_add(&fixture.world, &fixture.story.entries[order[i]]);
        story_world_settle(&fixture.world);
        assert_int_equal(fold_tag(fixture.world.folds[0], tags[i]), GRID_OK);
        if (order[i] == 3) /* a note writes no register */
            assert_string_equal(first, second);
    }
    assert_string_not_equal(first, second);
    assert_string_not_equal(second, third);
    assert_int_equal(strlen(first), FOLD_TAG_BYTES - 1);
    forget(&fixture);
}

static void the_digest_tells_folds_apart(void **state)
{
    struct fixture fixture;
    uint8_t seen[8][GRID_HASH_BYTES];
    (void)state;
    tell(&fixture, quarrel);
    story_world_close(&fixture.world);
    story_world_open(&fixture.world, 1, NULL);
    for (size_t i = 0; i < fixture.story.count; i++) {
        story_world_add(&fixture.world, &fixture.story.entries[i]);
        if (i == 0) /* pending is not valid */
            assert_int_equal(fold_digest(fixture.world.folds[0], seen[6]), GRID_OK);
        story_world_settle(&fixture.world);
        assert_int_equal(fold_digest(fixture.world.folds[0], seen[i]), GRID_OK);
        for (size_t before = 0; before < i; before++)
            assert_memory_not_equal(seen[before], seen[i], GRID_HASH_BYTES);
    }
    assert_memory_not_equal(seen[6], seen[0], GRID_HASH_BYTES);
    forget(&fixture);
}

static void severity_is_the_registers(void **state)
{
    (void)state;
    assert_string_equal(fold_severity(GRID_REGISTER_STATE), "high");
    assert_string_equal(fold_severity(GRID_REGISTER_LEAD), "high");
    assert_string_equal(fold_severity(GRID_REGISTER_HOLDER), "medium");
    assert_string_equal(fold_severity(GRID_REGISTER_URGENCY), "medium");
    assert_string_equal(fold_severity(GRID_REGISTER_TITLE), "low");
}

/* --- memory --- */

static enum grid_status fold_all(const struct story *story, const struct fold_world *world)
{
    struct fold *fold = NULL;
    struct fold *batch = NULL;
    uint8_t digest[GRID_HASH_BYTES];
    struct fold_register found = {0};
    enum grid_status status = fold_open(&fold, story->entries[0].case_id);
    for (size_t i = 0; i < story->count && status == GRID_OK; i++) {
        bool fresh = false;
        status = fold_add(fold, &story->entries[i].entry, 0, GRID_PENDING, &fresh, NULL);
        if (status == GRID_OK)
            status = fold_settle(fold, world, NULL, NULL, NULL);
    }
    if (status == GRID_OK)
        status = fold_digest(fold, digest);
    if (status == GRID_OK)
        status = fold_read(fold, GRID_REGISTER_TITLE, &found);
    if (status == GRID_OK)
        status = fold_batch(fold, world, &batch, NULL);
    fold_close(batch);
    fold_close(fold);
    return status;
}

static void the_end_of_memory_is_said_and_nothing_leaks(void **state)
{
    struct fixture fixture;
    size_t nth = 0;
    (void)state;
    tell(&fixture, quarrel);
    for (bool happened = true; happened;) {
        heap_failing_begin();
        heap_failing_at(++nth);
        enum grid_status status = fold_all(&fixture.story, &fixture.world.world);
        happened = heap_failing_happened() != 0;
        assert_int_equal(status, happened ? GRID_NOMEM : GRID_OK);
        assert_int_equal(heap_failing_held(), 0);
        heap_failing_end();
        assert_true(nth < 1000);
    }
    assert_true(nth > 4);
    forget(&fixture);
}

static void permute(size_t *order, size_t count, size_t from, struct fixture *fixture,
        const uint8_t *want, size_t *orders)
{
    if (from < count) {
        for (size_t i = from; i < count; i++) {
            size_t kept = order[from];
            order[from] = order[i];
            order[i] = kept;
            permute(order, count, from + 1, fixture, want, orders);
            order[i] = order[from];
            order[from] = kept;
        }
        return;
    }
    struct story_world *world = &fixture->world;
    uint8_t digest[GRID_HASH_BYTES];
    for (size_t i = 0; i < world->count; i++)
        fold_close(world->folds[i]);
    world->count = 0;
    for (size_t i = 0; i < count; i++) {
        story_world_add(world, &fixture->story.entries[order[i]]);
        story_world_settle(world);
    }
    assert_int_equal(fold_digest(world->folds[0], digest), GRID_OK);
    assert_memory_equal(digest, want, sizeof(digest));
    (*orders)++;
}

/* F30, F32 */
static void every_order_of_arrival_gives_the_same_digest(void **state)
{
    struct fixture fixture;
    uint8_t want[GRID_HASH_BYTES];
    size_t order[] = {0, 1, 2, 3, 4, 5};
    size_t orders = 0;
    (void)state;
    tell(&fixture, quarrel);
    assert_int_equal(fold_digest(fixture.world.folds[0], want), GRID_OK);
    permute(order, 6, 0, &fixture, want, &orders);
    assert_int_equal(orders, 720);
    forget(&fixture);
}

static void an_entry_that_comes_twice_changes_nothing(void **state)
{
    struct fixture fixture;
    uint8_t before[GRID_HASH_BYTES];
    uint8_t after[GRID_HASH_BYTES];
    bool fresh = true;
    (void)state;
    tell(&fixture, quarrel);
    struct fold *fold = fixture.world.folds[0];
    assert_int_equal(fold_digest(fold, before), GRID_OK);
    for (size_t i = 0; i < fixture.story.count; i++) {
        assert_int_equal(
                fold_add(fold, &fixture.story.entries[i].entry, 0, GRID_PENDING, &fresh, NULL),
                GRID_OK);
        assert_false(fresh);
    }
    story_world_settle(&fixture.world);
    assert_int_equal(fold_digest(fold, after), GRID_OK);
    assert_memory_equal(before, after, sizeof(before));
    assert_int_equal(fold_entry_count(fold), 6);
    forget(&fixture);
}

/* Reading a fold back from the store: verdicts come along, in any order, and nobody is asked. */
static void verdicts_given_before_are_kept(void **state)
{
    struct fixture fixture;
    uint8_t want[GRID_HASH_BYTES];
    uint8_t found[GRID_HASH_BYTES];
    (void)state;
    tell(&fixture, quarrel);
    assert_int_equal(fold_digest(fixture.world.folds[0], want), GRID_OK);
    for (unsigned turn = 0; turn < 2; turn++) {
        struct fold *fold = NULL;
        assert_int_equal(fold_open(&fold, fixture.story.entries[0].case_id), GRID_OK);
        for (size_t i = 0; i < fixture.story.count; i++) {
            size_t place = turn == 0 ? i : fixture.story.count - 1 - i;
            bool fresh = false;
            assert_int_equal(fold_add(fold, &fixture.story.entries[place].entry, 0,
                                     held(&fixture, place)->verdict, &fresh, NULL),
                    GRID_OK);
            assert_true(fresh);
        }
        assert_int_equal(fold_digest(fold, found), GRID_OK);
        assert_memory_equal(want, found, sizeof(want));
        fold_close(fold);
    }
    forget(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(nobody_is_overwritten),
            cmocka_unit_test(basis_and_refs_both_replace),
            cmocka_unit_test(a_register_waits_for_what_its_write_names),
            cmocka_unit_test(a_void_write_that_a_valid_one_names_is_looked_through),
            cmocka_unit_test(a_dot_with_another_tag_names_nothing),
            cmocka_unit_test(who_names_itself_or_a_later_own_entry_is_void),
            cmocka_unit_test(a_judgement_rests_on_no_name_that_is_not_waited_for),
            cmocka_unit_test(the_arrival_of_a_name_is_enough_where_its_verdict_does_not_matter),
            cmocka_unit_test(an_opaque_entry_names_nothing_and_holds_up_who_names_it),
            cmocka_unit_test(the_code_of_the_create_comes_first),
            cmocka_unit_test(the_tag_moves_with_the_live_writes_alone),
            cmocka_unit_test(the_digest_tells_folds_apart),
            cmocka_unit_test(severity_is_the_registers),
            cmocka_unit_test(every_order_of_arrival_gives_the_same_digest),
            cmocka_unit_test(an_entry_that_comes_twice_changes_nothing),
            cmocka_unit_test(verdicts_given_before_are_kept),
            cmocka_unit_test(the_end_of_memory_is_said_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
