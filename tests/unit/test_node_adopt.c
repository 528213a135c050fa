/* What stands in quarantine is taken over by a person (D15, D16, P-142, P-143): the original bytes,
 * judged as the adopter's, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct town {
    struct pair pair;
    struct pair_home *centre, *worker, *secretary, *head;
};

/* The worker has one report that counts and, written before its device was cut and sent after it,
 * two that do not and a note on the first. */
static void town_open(struct town *town, uint64_t seed)
{
    char code[GRID_CODE_TEXT_BYTES];
    struct buffer reply = {0};
    struct grid_error error = {0};
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
    town->secretary = pair_handheld(&town->pair, town->centre, "s1");
    town->head = pair_handheld(&town->pair, town->centre, "h1");
    pair_report(town->worker, "注销之前的一件", code);
    pair_sync(town->worker);
    pair_part(town->worker);
    pair_report(town->worker, "没有送出的一件", code);
    pair_act(town->worker, "note", FIELDS("case", code, "text", "后来又看了一次"), NULL);
    pair_report(town->worker, "没有送出的另一件", NULL);
    assert_ok(pair_submit(town->centre, "revoke", FIELDS("slot", "0010"), &reply, &error));
    assert_true(pair_turn(town->centre));
    buffer_close(&reply);
    pair_meet(town->worker);
    pair_settle(&town->pair);
}

/* The dot of the n-th row of quarantine, and how many there are for that reason. */
static size_t quarantined(
        struct pair_home *home, const char *reason, size_t n, char dot[static DOT_TEXT_BYTES])
{
    struct pair_answer answer;
    size_t count = 0;
    pair_ask(home, "quarantine", NULL, &answer);
    for (size_t i = 0; i < answer.row_count; i++) {
        struct bytes row = buffer_bytes(&answer.rows[i].record);
        struct bytes text = pair_text(row, "dot");
        if (!bytes_equal(pair_text(row, "reason"), bytes_text(reason)))
            continue;
        if (count++ == n)
            snprintf(dot, DOT_TEXT_BYTES, "%.*s", (int)text.size, (const char *)text.data);
    }
    pair_answer_close(&answer);
    return count;
}

static enum grid_status try_adopt(
        struct pair_home *home, const char *dot, const char *as, struct grid_error *error)
{
    struct buffer reply = {0};
    *error = (struct grid_error){0};
    const char *const fields[] = {
            "dot", dot, "reason", "已到现场核实", as != NULL ? "as" : NULL, as, NULL};
    enum grid_status status = pair_submit(home, "adopt", fields, &reply, error);
    buffer_close(&reply);
    if (status == GRID_OK)
        assert_true(pair_turn(home));
    return status;
}

static void adopt(struct pair_home *home, const char *dot, const char *as)
{
    struct grid_error error;
    if (try_adopt(home, dot, as, &error) != GRID_OK)
        fail_msg("adopt %s: %s %s", dot, error.reason, error.detail);
}

static void assert_same_digest(struct pair_home *a, struct pair_home *b)
{
    char left[2 * GRID_HASH_BYTES + 1];
    char right[2 * GRID_HASH_BYTES + 1];
    pair_digest(a, left);
    pair_digest(b, right);
    assert_string_equal(left, right);
}

static void a_clerk_takes_over_what_a_revoked_device_brought(void **state)
{
    (void)state;
    struct town town;
    char dot[DOT_TEXT_BYTES];
    char note[DOT_TEXT_BYTES];
    town_open(&town, 91);
    assert_int_equal(quarantined(town.centre, "revoked", 0, dot), 3);
    assert_int_equal(quarantined(town.centre, "revoked", 1, note), 3);
    assert_int_equal(pair_titled(town.centre, "没有送出的一件"), 0);
    adopt(town.centre, dot, "k1");
    assert_int_equal(pair_titled(town.centre, "没有送出的一件"), 1);
    assert_int_equal(quarantined(town.centre, "revoked", 0, dot), 2);
    assert_int_equal(quarantined(town.centre, "adopted", 0, dot), 1);
    adopt(town.centre, note, "k1");
    assert_int_equal(quarantined(town.centre, "adopted", 0, dot), 2);
    assert_int_equal(quarantined(town.centre, "revoked", 0, dot), 1);
    adopt(town.centre, dot, "k1");
    /* the secretary of the village reads it, and folds the same */
    pair_settle(&town.pair);
    pair_sync(town.secretary);
    assert_int_equal(pair_titled(town.secretary, "没有送出的一件"), 1);
    assert_same_digest(town.centre, town.secretary);
    (void)pair_check(town.centre);
    (void)pair_check(town.secretary);
    /* what it was to be after a start, it is */
    pair_stop(town.centre);
    pair_start(town.centre);
    assert_same_digest(town.centre, town.secretary);
    assert_int_equal(pair_titled(town.centre, "没有送出的一件"), 1);
    (void)pair_check(town.centre);
    pair_close(&town.pair);
}

static void adopted_by_two_it_counts_once(void **state)
{
    (void)state;
    struct town town;
    struct grid_error error;
    char dot[DOT_TEXT_BYTES];
    town_open(&town, 92);
    (void)quarantined(town.centre, "revoked", 0, dot);
    adopt(town.centre, dot, "k1");
    assert_int_equal(try_adopt(town.centre, dot, "d1", &error), GRID_REFUSED);
    assert_string_equal(error.reason, "adopt_already");
    /* somebody who did not know: as the bytes would come from elsewhere */
    struct grid_node *node = town.centre->node;
    struct store_entry stored;
    bool found = false;
    const struct stream *own = node->log.own[GRID_LANE_WORK];
    assert_ok(store_entry_get(
            node->store, STORE_PLACE(own->row.no, own->row.tip_seq), &stored, &found, &error));
    assert_true(found);
    struct buffer header = {0};
    struct buffer body = {0};
    struct entry entry;
    struct adopt_body again;
    bool newer = false;
    buffer_append(&header, stored.header.data, stored.header.size);
    buffer_append(&body, stored.body.data, stored.body.size);
    assert_ok(body_read_adopt(buffer_bytes(&body), &again, &newer, &error));
    again.reason = bytes_text("两个人都认领了");
    struct buffer second = {0};
    body_pack_adopt(&second, &again);
    struct act_result act = {.kind = GRID_KIND_ADOPT,
            .lane = GRID_LANE_WORK,
            .header = buffer_bytes(&header),
            .body = buffer_bytes(&second)};
    enum grid_verdict verdict = GRID_PENDING;
    int64_t no = 0;
    assert_ok(node_write_act(node, &act, &entry, &verdict, &no, &error));
    assert_true(pair_turn(town.centre));
    assert_int_equal(pair_titled(town.centre, "没有送出的一件"), 1);
    while (quarantined(town.centre, "revoked", 0, dot) > 0)
        adopt(town.centre, dot, "k1");
    pair_settle(&town.pair);
    pair_sync(town.secretary);
    assert_same_digest(town.centre, town.secretary);
    (void)pair_check(town.centre);
    (void)pair_check(town.secretary);
    buffer_close(&header);
    buffer_close(&body);
    buffer_close(&second);
    pair_close(&town.pair);
}

static void nobody_takes_over_what_he_may_not_do(void **state)
{
    (void)state;
    struct town town;
    struct grid_error error;
    char dot[DOT_TEXT_BYTES];
    town_open(&town, 93);
    (void)quarantined(town.centre, "revoked", 0, dot);
    assert_int_equal(
            try_adopt(town.centre, dot, "o1", &error), GRID_OK); /* an officer reports too */
    (void)quarantined(town.centre, "revoked", 0, dot);
    assert_int_equal(try_adopt(town.centre, "w1-1/9", "k1", &error), GRID_NOT_FOUND);
    assert_string_equal(error.reason, "quarantine_unknown");
    assert_int_equal(try_adopt(town.centre, "", "k1", &error), GRID_USAGE);
    assert_int_equal(try_adopt(town.centre, dot, NULL, &error), GRID_OK); /* the operator */
    assert_int_equal(try_adopt(town.worker, dot, NULL, &error), GRID_NOT_FOUND);
    pair_close(&town.pair);
}

/* A copy wrote on; its own branch does not count, and its holder takes it over himself. */
static void a_holder_takes_over_his_other_branch(void **state)
{
    (void)state;
    struct town town;
    char dot[DOT_TEXT_BYTES];
    char command[5 * PAIR_PATH_BYTES];
    memset(&town, 0, sizeof(town));
    pair_open(&town.pair, 94);
    town.centre = pair_centre(&town.pair);
    town.worker = pair_handheld(&town.pair, town.centre, "w1");
    town.secretary = pair_handheld(&town.pair, town.centre, "s1");
    pair_part(town.worker);
    pair_stop(town.worker);
    struct pair_home *twin = pair_add(&town.pair, "twin", GRID_NODE_HANDHELD, town.centre);
    memcpy(twin->identity, town.worker->identity, sizeof(twin->identity));
    pair_save(town.worker, "copied");
    snprintf(command, sizeof(command), "cp %s.copied %s", town.worker->database, twin->database);
    assert_int_equal(system(command), 0); /* NOLINT: a copy, in a folder of our own */
    twin->keyring = town.worker->keyring;
    twin->unreachable = true;
    pair_start(town.worker);
    pair_start(twin);
    pair_report(town.worker, "原机的一件", NULL);
    pair_report(twin, "副本的一件", NULL);
    pair_meet(town.worker);
    pair_part(town.worker);
    pair_meet(twin);
    assert_int_equal(quarantined(twin, "other_branch", 0, dot), 1);
    assert_int_equal(pair_titled(twin, "副本的一件"), 0);
    adopt(twin, dot, NULL);
    assert_int_equal(pair_titled(twin, "副本的一件"), 1);
    pair_settle(&town.pair);
    pair_sync(twin);
    assert_int_equal(pair_titled(town.centre, "副本的一件"), 1);
    assert_int_equal(pair_titled(town.centre, "原机的一件"), 1);
    pair_sync(town.secretary);
    assert_int_equal(pair_titled(town.secretary, "副本的一件"), 1);
    assert_same_digest(town.centre, town.secretary);
    assert_same_digest(town.centre, twin);
    (void)pair_check(town.centre);
    (void)pair_check(twin);
    (void)pair_check(town.secretary);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_clerk_takes_over_what_a_revoked_device_brought),
            cmocka_unit_test(adopted_by_two_it_counts_once),
            cmocka_unit_test(nobody_takes_over_what_he_may_not_do),
            cmocka_unit_test(a_holder_takes_over_his_other_branch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
