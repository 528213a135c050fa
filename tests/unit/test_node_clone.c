/* A whole home copied, and both copies used: proved, named, and a life of its own for each (F55).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Entries that were set aside. */
static size_t count_quarantined(struct pair_home *home)
{
    struct pair_answer answer;
    pair_ask(home, "quarantine", NULL, &answer);
    size_t count = answer.row_count;
    pair_answer_close(&answer);
    return count;
}

/* The whole home is copied, and both copies are used. */
static void clone_is_used(unsigned common, unsigned mine, unsigned theirs, bool clone_first)
{
    struct town town;
    town_open(&town, 55);
    file_reports(&town, town.worker, "共同", common);
    pair_sync(town.worker);
    pair_part(town.worker);
    pair_stop(town.worker);
    pair_save(town.worker, "twin");
    struct pair_home *twin = pair_add(&town.pair, "twin", GRID_NODE_HANDHELD, town.centre);
    memcpy(twin->identity, town.worker->identity, sizeof(twin->identity));
    char path[2 * PAIR_PATH_BYTES];
    char command[5 * PAIR_PATH_BYTES];
    snprintf(path, sizeof(path), "%s.twin", town.worker->database);
    snprintf(command, sizeof(command), "cp %s %s", path, twin->database);
    assert_int_equal(system(command), 0); /* NOLINT: a copy, in a folder of our own */
    twin->keyring = town.worker->keyring;
    twin->unreachable = true;
    pair_start(twin);
    pair_start(town.worker);
    char title[64];
    for (unsigned i = 0; i < mine; i++) {
        snprintf(title, sizeof(title), "本机第%u件", i);
        pair_report(town.worker, title, NULL);
    }
    for (unsigned i = 0; i < theirs; i++) {
        snprintf(title, sizeof(title), "副本第%u件", i);
        pair_report(twin, title, NULL);
    }
    struct pair_home *first = clone_first ? twin : town.worker;
    struct pair_home *second = clone_first ? town.worker : twin;
    pair_meet(first);
    pair_part(first);
    pair_meet(second);
    pair_sync(second);
    pair_part(second);
    pair_meet(first);
    pair_part(first);
    pair_meet(second);
    /* the branch that came first is whole, the other is proved, not folded, and named */
    assert_each_once(town.centre, "共同", common);
    assert_each_once(town.centre, clone_first ? "副本" : "本机", clone_first ? theirs : mine);
    unsigned lesser = clone_first ? mine : theirs;
    if (lesser > 0 && (clone_first ? theirs : mine) > 0) {
        uint64_t evidence = 0;
        assert_ok(store_evidence_count(town.centre->node->store, &evidence, NULL));
        assert_true(evidence > 0);
        /* the centre has decided: the branch that does not count is set aside where it was written,
         * and the one that counts is there too */
        assert_int_equal(roster_fork_count(town.centre->node->roster), 1);
        assert_int_equal(roster_fork_count(second->node->roster), 1);
        assert_int_equal(pair_queue(second, "refused"), 0);
        assert_int_equal(pair_queue(second, "queued"), 0);
        assert_each_once(second, clone_first ? "副本" : "本机", clone_first ? theirs : mine);
        assert_int_equal(count_quarantined(second), lesser);
        assert_int_equal(count_quarantined(town.centre), lesser);
        struct grid_error why = {0};
        pair_sync(second);
        if (!grid_node_synced(second->node, pair_now(second), &why))
            fail_msg("not in step: %s %s", why.reason, why.detail);
    }
    /* from the first contact on each has a life of its own */
    file_reports(&town, second, "后来", 2);
    pair_sync(second);
    assert_each_once(town.centre, "后来", 2);
    pair_part(second);
    pair_meet(first);
    pair_report(first, "本家照常上报", NULL);
    pair_sync(first);
    assert_int_equal(pair_titled(town.centre, "本家照常上报"), 1);
    assert_int_equal(pair_queue(first, "refused"), 0);
    (void)pair_check(town.centre);
    (void)pair_check(first);
    (void)pair_check(second);
    pair_close(&town.pair);
}

/* F55, D15 */
static void a_cloned_home_is_proved_and_named(void **state)
{
    (void)state;
    for (unsigned mine = 0; mine <= 3; mine++)
        for (unsigned theirs = 0; theirs <= 3; theirs++)
            for (unsigned common = 0; common <= 2; common += 2) {
                clone_is_used(common, mine, theirs, false);
                clone_is_used(common, mine, theirs, true);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_cloned_home_is_proved_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
