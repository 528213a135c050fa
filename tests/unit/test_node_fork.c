/* Two branches of one log, decided (D15, P-140): whoever held the one that does not count goes over
 * to the other, and what was set aside is kept where it was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BANNER "150622"

/* A copy of a home that does not run, database and key file; nobody gets through to it. */
static struct pair_home *copy_home(struct pair_home *home, const char *name)
{
    struct pair_home *twin = pair_add(home->pair, name, home->role, home->parent);
    memcpy(twin->identity, home->identity, sizeof(twin->identity));
    pair_save(home, "copied");
    char command[5 * PAIR_PATH_BYTES];
    snprintf(command, sizeof(command), "cp %s.copied %s", home->database, twin->database);
    assert_int_equal(system(command), 0); /* NOLINT: a copy, in a folder of our own */
    twin->keyring = home->keyring;
    twin->unreachable = true;
    return twin;
}

static size_t count_quarantined(struct pair_home *home, const char *reason)
{
    struct pair_answer answer;
    pair_ask(home, "quarantine", NULL, &answer);
    size_t count = 0;
    for (size_t i = 0; i < answer.row_count; i++)
        count += bytes_equal(
                pair_text(buffer_bytes(&answer.rows[i].record), "reason"), bytes_text(reason));
    pair_answer_close(&answer);
    return count;
}

/* A handheld and its copy have each written `mine` and `theirs` reports; both are in a valley. */
struct rivals {
    struct town town;
    struct pair_home *first, *second;
};

static void rivals_open(struct rivals *rivals, uint64_t seed, unsigned mine, unsigned theirs)
{
    town_open(&rivals->town, seed);
    rivals->first = rivals->town.worker;
    file_reports(&rivals->town, rivals->first, "共同", 2);
    pair_sync(rivals->first);
    pair_part(rivals->first);
    pair_stop(rivals->first);
    rivals->second = copy_home(rivals->first, "twin");
    pair_start(rivals->first);
    pair_start(rivals->second);
    char title[64];
    for (unsigned i = 0; i < mine; i++) {
        snprintf(title, sizeof(title), "本机第%u件", i);
        pair_report(rivals->first, title, NULL);
    }
    for (unsigned i = 0; i < theirs; i++) {
        snprintf(title, sizeof(title), "副本第%u件", i);
        pair_report(rivals->second, title, NULL);
    }
}

static void a_long_branch_is_set_aside_whole(void **state)
{
    (void)state;
    struct rivals rivals;
    rivals_open(&rivals, 81, 3, 600);
    pair_meet(rivals.first);
    pair_part(rivals.first);
    pair_meet(rivals.second);
    assert_in_step(rivals.second, rivals.town.centre);
    assert_each_once(rivals.second, "本机", 3);
    assert_int_equal(count_quarantined(rivals.second, "other_branch"), 600);
    /* and it is so after a start, and from then on it reports as any other */
    pair_stop(rivals.second);
    pair_start(rivals.second);
    assert_int_equal(count_quarantined(rivals.second, "other_branch"), 600);
    pair_report(rivals.second, "裁定之后的一件", NULL);
    pair_meet(rivals.second);
    assert_in_step(rivals.second, rivals.town.centre);
    assert_int_equal(pair_titled(rivals.town.centre, "裁定之后的一件"), 1);
    pair_close(&rivals.town.pair);
}

/* Killed at every crash point of the turns in which it learns of the decision. */
static void going_over_survives_a_kill_at_any_point(void **state)
{
    (void)state;
    for (unsigned point = 1; point <= 60; point++) {
        struct rivals rivals;
        rivals_open(&rivals, 82, 2, 3);
        pair_meet(rivals.first);
        pair_part(rivals.first);
        struct pair *pair = &rivals.town.pair;
        pair->crash_home = point % 2 == 0 ? rivals.second : rivals.town.centre;
        pair->crash_in = (point + 1) / 2;
        rivals.second->unreachable = false;
        pair_sync(rivals.second);
        if (pair->crashed) {
            pair->crash_home = NULL;
            pair->crashed = false;
            if (rivals.second->node == NULL)
                pair_start(rivals.second);
            if (rivals.town.centre->node == NULL)
                pair_start(rivals.town.centre);
        }
        pair->crash_home = NULL;
        pair_meet(rivals.second);
        pair_sync(rivals.second);
        assert_in_step(rivals.second, rivals.town.centre);
        assert_each_once(rivals.second, "本机", 2);
        assert_int_equal(count_quarantined(rivals.second, "other_branch"), 3);
        assert_int_equal(roster_fork_count(rivals.town.centre->node->roster), 1);
        pair_close(pair);
    }
}

/* The branch that the centre lost with its disk was held by others; the one that came first after
 * that counts, and all end alike. */
static void what_a_put_back_centre_decides_holds_for_all(void **state)
{
    (void)state;
    struct rivals rivals;
    rivals_open(&rivals, 83, 3, 2);
    struct pair_home *centre = rivals.town.centre;
    struct pair_home *reader = pair_handheld(&rivals.town.pair, centre, "s1");
    pair_stop(centre);
    pair_save(centre, "before");
    pair_start(centre);
    pair_meet(rivals.first);
    pair_sync(reader);
    assert_each_once(reader, "本机", 3);
    pair_part(rivals.first);
    pair_stop(centre);
    pair_restore(centre, "before", false);
    pair_start(centre);
    pair_meet(rivals.second);
    assert_each_once(centre, "副本", 2);
    pair_meet(rivals.first);
    pair_sync(rivals.first);
    assert_int_equal(count_quarantined(rivals.first, "other_branch"), 3);
    assert_each_once(rivals.first, "副本", 2);
    assert_in_step(rivals.first, centre);
    pair_sync(reader);
    assert_each_once(reader, "副本", 2);
    pair_close(&rivals.town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_long_branch_is_set_aside_whole),
            cmocka_unit_test(going_over_survives_a_kill_at_any_point),
            cmocka_unit_test(what_a_put_back_centre_decides_holds_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
