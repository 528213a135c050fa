/* Documents are issued by the centre's node itself, in the turn of the act, and once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/hand.h"

#include "libgrid/case/document.h"

#include <stdio.h>
#include <string.h>

struct town {
    struct pair pair;
    struct pair_home *centre, *worker, *secretary;
    char code[GRID_CODE_TEXT_BYTES];
};

static void open_town(struct town *town, uint64_t seed)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
    town->secretary = pair_handheld(&town->pair, town->centre, "s1");
}

static void file_report(struct town *town)
{
    pair_act(town->worker, "report",
            FIELDS("title", STAGE_TITLE, "text", "东墙两道裂缝", "unit", STAGE_MICRO, "category",
                    "0201", "applicant", "yes"),
            town->code);
    pair_settle(&town->pair);
}

/* S01 Z01 … of the case at a home, a * behind what was replaced. */
static const char *serials(struct pair_home *home, const char *code)
{
    static char text[256];
    struct case_documents documents;
    struct case_document one;
    text[0] = '\0';
    assert_ok(documents_of(hand_fold(home, code), &documents));
    for (size_t i = 0; i < documents.count; i++) {
        size_t size = strlen(text);
        assert_ok(document_at(&documents, i, &one));
        snprintf(text + size, sizeof(text) - size, "%s%c%02u%s", i > 0 ? " " : "",
                one.value.number.letter, one.value.number.serial, one.superseded ? "*" : "");
    }
    return text;
}

static struct dot act(
        struct pair_home *home, const struct actor *actor, const char *code, struct hand_act made)
{
    struct dot dot = hand_node(home, actor, code, &made);
    assert_true(pair_turn(home));
    return dot;
}

static void assert_same(struct town *town)
{
    char here[2 * GRID_HASH_BYTES + 1];
    char there[2 * GRID_HASH_BYTES + 1];
    pair_settle(&town->pair);
    pair_digest(town->centre, there);
    pair_digest(town->worker, here);
    assert_string_equal(here, there);
    (void)pair_check(town->centre);
    (void)pair_check(town->worker);
}

static void an_act_is_answered_by_a_document_in_its_turn(void **state)
{
    struct town town;
    (void)state;
    open_town(&town, 7);
    file_report(&town);
    assert_string_equal(serials(town.centre, town.code), "");
    act(town.centre, &the_clerk, town.code, hand_accept(STAGE_TOWNSHIP));
    assert_string_equal(serials(town.centre, town.code), "S01");
    act(town.centre, &the_clerk, town.code, hand_assign(STAGE_DEPARTMENT));
    assert_string_equal(serials(town.centre, town.code), "S01 Z01");
    assert_same(&town);
    assert_string_equal(serials(town.worker, town.code), "S01 Z01");
    pair_stop(town.centre);
    pair_start(town.centre);
    assert_true(pair_turn(town.centre));
    act(town.centre, &the_clerk, town.code, hand_assign(STAGE_GRID));
    assert_string_equal(serials(town.centre, town.code), "S01 Z01* Z02");
    assert_same(&town);
    pair_close(&town.pair);
}

/* Villages have no node: the township's answers what their secretary does. */
static void an_act_from_a_valley_is_answered_when_it_arrives(void **state)
{
    struct town town;
    (void)state;
    open_town(&town, 8);
    file_report(&town);
    pair_part(town.secretary);
    act(town.secretary, &the_secretary, town.code, hand_accept(STAGE_VILLAGE));
    act(town.secretary, &the_secretary, town.code, hand_assign(STAGE_GRID));
    assert_string_equal(serials(town.secretary, town.code), "");
    pair_meet(town.secretary);
    assert_same(&town);
    assert_string_equal(serials(town.centre, town.code), "S01 Z01");
    assert_string_equal(serials(town.secretary, town.code), "S01 Z01");
    assert_string_equal(serials(town.worker, town.code), "S01 Z01");
    pair_close(&town.pair);
}

/* Killed at each point of the turn: both or none, and one in the end. */
static void a_kill_at_any_point_leaves_one_document(void **state)
{
    (void)state;
    for (unsigned at = 1; at <= 8; at++) {
        struct town town;
        open_town(&town, 100 + at);
        file_report(&town);
        pair_part(town.secretary);
        act(town.secretary, &the_secretary, town.code, hand_accept(STAGE_VILLAGE));
        town.pair.crash_home = town.centre;
        town.pair.crash_in = at;
        pair_meet(town.secretary);
        town.pair.crash_in = 0;
        pair_settle(&town.pair);
        assert_same(&town);
        assert_string_equal(serials(town.centre, town.code), "S01");
        assert_string_equal(serials(town.worker, town.code), "S01");
        pair_close(&town.pair);
    }
}

struct printed {
    char number[GRID_DOCUMENT_TEXT_BYTES];
    uint8_t leaf[GRID_HASH_BYTES];
};

/* What every home holds under a number has one text. */
static void assert_no_number_twice(struct town *town)
{
    struct printed seen[64];
    size_t count = 0;
    struct pair_home *const homes[] = {town->centre, town->worker, town->secretary};
    for (size_t h = 0; h < 3; h++) {
        struct fold *fold = hand_fold(homes[h], town->code);
        for (size_t i = 0; i < fold_entry_count(fold); i++) {
            const struct fold_entry *entry = fold_entry_at(fold, i);
            struct document_value value;
            struct printed one;
            if (entry->head.kind != GRID_KIND_DOCUMENT)
                continue;
            assert_true(value_document(entry->body.adds[0].value, &value));
            document_number_pack(one.number, &value.number);
            memcpy(one.leaf, entry->entry.leaf, sizeof(one.leaf));
            for (size_t k = 0; k < count; k++)
                if (strcmp(seen[k].number, one.number) == 0)
                    assert_memory_equal(seen[k].leaf, one.leaf, sizeof(one.leaf));
            assert_true(count < 64);
            seen[count++] = one;
        }
    }
}

/* The centre's database is put back from before it issued: what it gave out names nothing else. */
static void an_older_database_gives_no_number_again(void **state)
{
    struct town town;
    (void)state;
    open_town(&town, 9);
    file_report(&town);
    pair_stop(town.centre);
    pair_save(town.centre, "before");
    pair_start(town.centre);
    pair_settle(&town.pair);
    act(town.secretary, &the_secretary, town.code, hand_accept(STAGE_VILLAGE));
    assert_same(&town);
    assert_string_equal(serials(town.worker, town.code), "S01");
    pair_kill(town.centre);
    pair_restore(town.centre, "before", false);
    pair_start(town.centre);
    assert_true(pair_turn(town.centre));
    assert_string_equal(serials(town.centre, town.code), "");
    pair_settle(&town.pair);
    pair_sync(town.secretary);
    pair_sync(town.worker);
    assert_no_number_twice(&town);
    const char *held = serials(town.centre, town.code);
    if (strcmp(held, "S10") != 0 && strcmp(held, "S01 S10*") != 0)
        fail_msg("%s", held);
    act(town.secretary, &the_secretary, town.code, hand_assign(STAGE_GRID));
    pair_settle(&town.pair);
    act(town.secretary, &the_secretary, town.code, hand_assign(STAGE_MICRO));
    pair_settle(&town.pair);
    assert_no_number_twice(&town);
    pair_close(&town.pair);
}

static void token_of(struct pair_home *home, const char *code, char out[GRID_TOKEN_CHARS + 1])
{
    assert_ok(node_case_token(home->node, hand_fold(home, code), out));
}

static void a_token_outlives_a_restore_and_a_new_machine(void **state)
{
    struct town town;
    char before[GRID_TOKEN_CHARS + 1];
    char after[GRID_TOKEN_CHARS + 1];
    (void)state;
    open_town(&town, 10);
    file_report(&town);
    token_of(town.centre, town.code, before);
    assert_int_equal(strlen(before), GRID_TOKEN_CHARS);
    token_of(town.worker, town.code, after);
    assert_string_equal(after, ""); /* handhelds know none of their own */
    act(town.centre, &the_clerk, town.code, hand_accept(STAGE_TOWNSHIP));
    struct case_documents documents;
    struct document_value notice;
    assert_ok(documents_of(hand_fold(town.centre, town.code), &documents));
    assert_true(value_document(documents.items[0].value, &notice));
    assert_true(bytes_equal(notice.token, bytes_text(before)));
    pair_stop(town.centre);
    memset(town.centre->keyring.identity_seed, 77, sizeof(town.centre->keyring.identity_seed));
    town.centre->keyring.author_count = 0; /* the keys burned, a backup is put back */
    memset(town.centre->keyring.spare_seed, 78, sizeof(town.centre->keyring.spare_seed));
    pair_start(town.centre);
    token_of(town.centre, town.code, after);
    assert_string_equal(after, before);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(an_act_is_answered_by_a_document_in_its_turn),
            cmocka_unit_test(an_act_from_a_valley_is_answered_when_it_arrives),
            cmocka_unit_test(a_kill_at_any_point_leaves_one_document),
            cmocka_unit_test(an_older_database_gives_no_number_again),
            cmocka_unit_test(a_token_outlives_a_restore_and_a_new_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
