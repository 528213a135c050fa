/* Enrolment (F59, D24): a secret binds to the first key that proves it, ends in time, and a kill or
 * a lost answer is mended by trying again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/forge.h"

#include <stdio.h>
#include <string.h>

struct town {
    struct pair pair;
    struct pair_home *centre;
    uint8_t secret[GRID_SECRET_BYTES];
};

static void town_open(struct town *town, uint64_t seed)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    pair_invite(town->centre, "w1", town->secret);
}

/* What `gridd join` does. */
static void join(struct town *town, struct pair_home *home, const uint8_t *secret)
{
    struct grid_error error = {0};
    assert_ok(pair_try_start(home, &error));
    grid_node_enrol(home->node, secret);
    (void)pair_turn(home);
    pair_settle(&town->pair);
}

static size_t device_count(struct town *town)
{
    struct pair_answer answer;
    pair_ask(town->centre, "devices", NULL, &answer);
    size_t count = answer.row_count;
    pair_answer_close(&answer);
    return count;
}

static void a_wrong_secret_is_refused_and_named(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 1);
    struct pair_home *home = pair_add(&town.pair, "new", GRID_NODE_HANDHELD, town.centre);
    uint8_t wrong[GRID_SECRET_BYTES] = {1, 2, 3};
    join(&town, home, wrong);
    assert_false(home->enrolled);
    assert_true(home->enrolment_failed);
    assert_string_equal(home->enrol_error.reason, "enrolment_refused");
    assert_string_equal(home->enrol_error.detail, "secret_unknown");
    assert_int_equal(device_count(&town), 0);
    assert_int_equal(town.centre->falls, 0);
    pair_close(&town.pair);
}

static void an_invitation_ends_in_time(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 2);
    struct pair_home *home = pair_add(&town.pair, "new", GRID_NODE_HANDHELD, town.centre);
    town.pair.wall_ms += (int64_t)GRID_INVITE_VALID_HOURS * 3600 * 1000 + 1;
    home->clock_offset_ms = -INT64_C(365) * 86400000; /* the device's own clock is nothing to it */
    join(&town, home, town.secret);
    assert_string_equal(home->enrol_error.detail, "secret_expired");
    assert_int_equal(device_count(&town), 0);
    pair_close(&town.pair);
}

static void the_last_moment_counts(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 3);
    struct pair_home *home = pair_add(&town.pair, "new", GRID_NODE_HANDHELD, town.centre);
    town.pair.wall_ms += (int64_t)GRID_INVITE_VALID_HOURS * 3600 * 1000;
    join(&town, home, town.secret);
    assert_true(home->enrolled);
    pair_close(&town.pair);
}

static void a_secret_binds_to_the_first_key(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 4);
    struct pair_home *home = pair_add(&town.pair, "new", GRID_NODE_HANDHELD, town.centre);
    struct pair_home *thief = pair_add(&town.pair, "thief", GRID_NODE_HANDHELD, town.centre);
    join(&town, home, town.secret);
    assert_true(home->enrolled);
    join(&town, thief, town.secret);
    assert_false(thief->enrolled);
    assert_string_equal(thief->enrol_error.detail, "secret_used");
    assert_int_equal(device_count(&town), 1);
    /* the same key may say it again, also when its time is over */
    town.pair.wall_ms += INT64_C(90) * 86400000;
    pair_stop(home);
    home->enrolled = false;
    join(&town, home, town.secret);
    assert_true(home->enrolled);
    assert_int_equal(device_count(&town), 1);
    pair_close(&town.pair);
}

static void a_stranger_is_told_so_and_holds_nobody_up(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 5);
    struct pair_home *stranger = pair_add(&town.pair, "stranger", GRID_NODE_HANDHELD, town.centre);
    pair_start(stranger);
    pair_settle(&town.pair);
    assert_string_equal(stranger->last_close, "not_enrolled");
    /* and it learns nothing of us before it proves a secret */
    pair_stop(stranger);
    struct pair_link *link = pair_connect(stranger, town.centre);
    assert_int_equal(link->down.bytes.size, 0);
    struct hello hello = forge_hello();
    forge_say_hello(&link->up, &hello);
    pair_run(&town.pair, 0);
    assert_int_equal(forge_take(&link->down, FRAME_HELLO, NULL), 0);
    pair_close(&town.pair);
}

/* Dies at every crash point in turn, on either side, and tries again with the same home and secret.
 */
static void die_everywhere(bool centre_dies)
{
    bool crashed = true;
    for (unsigned nth = 1; crashed; nth++) {
        struct town town;
        assert_true(nth < 60);
        town_open(&town, 59);
        struct pair_home *home = pair_add(&town.pair, "new", GRID_NODE_HANDHELD, town.centre);
        struct grid_error error = {0};
        assert_ok(pair_try_start(home, &error));
        grid_node_enrol(home->node, town.secret);
        town.pair.crash_home = centre_dies ? town.centre : home;
        town.pair.crash_in = nth;
        (void)pair_turn(home);
        for (unsigned i = 0; i < 200 && !town.pair.crashed && !home->enrolled; i++)
            pair_run(&town.pair, 500);
        crashed = town.pair.crashed;
        town.pair.crash_in = 0;
        if (!home->enrolled) { /* the second run of `gridd join` */
            pair_stop(home);
            join(&town, home, town.secret);
        }
        assert_true(home->enrolled);
        assert_int_equal(device_count(&town), 1);
        pair_stop(home);
        pair_start(home);
        pair_report(home, "登记之后的第一件", NULL);
        pair_sync(home);
        assert_int_equal(pair_titled(town.centre, "登记之后的第一件"), 1);
        (void)pair_check(home);
        (void)pair_check(town.centre);
        pair_close(&town.pair);
    }
}

static void a_device_may_die_at_any_step_of_joining(void **state)
{
    (void)state;
    die_everywhere(false);
}

static void a_centre_may_die_at_any_step_of_enrolling(void **state)
{
    (void)state;
    die_everywhere(true);
}

static void a_lost_answer_is_mended_by_trying_again(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < 1200; cut += 13) {
        struct town town;
        town_open(&town, 6);
        struct pair_home *home = pair_add(&town.pair, "new", GRID_NODE_HANDHELD, town.centre);
        struct grid_error error = {0};
        assert_ok(pair_try_start(home, &error));
        grid_node_enrol(home->node, town.secret);
        struct pair_link *link = pair_connect(home, town.centre);
        assert_non_null(link);
        link->down.cut_at = cut;
        pair_settle(&town.pair); /* cut, and tried again by itself */
        assert_true(home->enrolled);
        assert_int_equal(device_count(&town), 1);
        pair_close(&town.pair);
    }
}

/* P-107 */
static void a_device_stays_whose_it_is(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 7);
    struct pair_home *home = pair_add(&town.pair, "new", GRID_NODE_HANDHELD, town.centre);
    join(&town, home, town.secret);
    uint64_t slot = pair_status_uint(home, "slot");
    uint8_t secret[GRID_SECRET_BYTES];
    pair_stop(home);
    pair_invite(town.centre, "h1", secret);
    home->enrolled = home->enrolment_failed = false;
    join(&town, home, secret);
    assert_false(home->enrolled);
    assert_string_equal(home->enrol_error.detail, "device_of_another");
    /* for the same person it may be given another slot */
    pair_stop(home);
    pair_invite(town.centre, "w1", secret);
    home->enrolled = home->enrolment_failed = false;
    join(&town, home, secret);
    assert_true(home->enrolled);
    assert_true(pair_status_uint(home, "slot") > slot);
    pair_stop(home);
    pair_start(home);
    pair_report(home, "换了机位以后的一件", NULL);
    pair_sync(home);
    assert_int_equal(pair_titled(town.centre, "换了机位以后的一件"), 1);
    pair_close(&town.pair);
}

static void no_slot_is_given_twice(void **state)
{
    (void)state;
    struct town town;
    struct buffer reply = {0};
    struct grid_error error = {0};
    town_open(&town, 8);
    uint64_t last = 0;
    for (unsigned i = 0; i < 5; i++) {
        buffer_clear(&reply);
        assert_ok(pair_submit(town.centre, "invite",
                FIELDS("person", "w1", "address", "[2001:db8::1]:7000"), &reply, &error));
        assert_true(pair_turn(town.centre));
        uint64_t slot = pair_uint(buffer_bytes(&reply), "slot");
        assert_true(slot > last);
        last = slot;
        pair_stop(town.centre);
        pair_start(town.centre);
    }
    buffer_close(&reply);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_wrong_secret_is_refused_and_named),
            cmocka_unit_test(an_invitation_ends_in_time),
            cmocka_unit_test(the_last_moment_counts),
            cmocka_unit_test(a_secret_binds_to_the_first_key),
            cmocka_unit_test(a_stranger_is_told_so_and_holds_nobody_up),
            cmocka_unit_test(a_device_may_die_at_any_step_of_joining),
            cmocka_unit_test(a_centre_may_die_at_any_step_of_enrolling),
            cmocka_unit_test(a_lost_answer_is_mended_by_trying_again),
            cmocka_unit_test(a_device_stays_whose_it_is),
            cmocka_unit_test(no_slot_is_given_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
