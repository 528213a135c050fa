/* Three tiers in one process: a handheld, its township and the banner above (D11, D13, F27). What a
 * township and its handhelds write is held and judged at the banner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/pair.h"

#include <stdio.h>
#include <string.h>

#define BANNER "150622"

struct tiers {
    struct pair pair;
    struct pair_home *banner, *town, *worker;
};

static void invite_centre(struct pair_home *parent, const char *unit, const char *name,
        uint8_t secret[static GRID_SECRET_BYTES])
{
    const char *const fields[] = {"centre", unit, "name", name, "address", "127.0.0.1:7460", NULL};
    struct buffer reply = {0};
    struct grid_error error = {0};
    if (pair_submit(parent, "invite", fields, &reply, &error) != GRID_OK)
        fail_msg("invite: %s %s", error.reason, error.detail);
    char line[INVITE_TEXT_BYTES];
    struct invite invite;
    struct bytes text = pair_text(buffer_bytes(&reply), "invite");
    snprintf(line, sizeof(line), "%.*s", (int)text.size, (const char *)text.data);
    assert_ok(invite_parse(&invite, line, &error));
    assert_int_equal(invite.slot, 0);
    assert_string_equal(invite.unit, unit);
    memcpy(secret, invite.secret, GRID_SECRET_BYTES);
    buffer_close(&reply);
    assert_true(pair_turn(parent));
}

static void tiers_open(struct tiers *tiers, uint64_t seed)
{
    memset(tiers, 0, sizeof(*tiers));
    pair_open(&tiers->pair, seed);
    tiers->banner = pair_add(&tiers->pair, "banner", GRID_NODE_CENTRE, NULL);
    tiers->banner->unit = BANNER;
    tiers->banner->title = "准格尔旗综治中心";
    pair_start(tiers->banner);
    tiers->town = pair_add(&tiers->pair, "town", GRID_NODE_CENTRE, tiers->banner);
    tiers->town->operator_key = "k1";
    pair_start(tiers->town);
    uint8_t secret[GRID_SECRET_BYTES];
    invite_centre(tiers->banner, STAGE_TOWNSHIP, "纳日松镇综治中心", secret);
    grid_node_enrol(tiers->town->node, secret);
    pair_sync(tiers->town);
    pair_settle(&tiers->pair);
    assert_true(tiers->town->enrolled);
    pair_import_roster(tiers->town, NULL);
    tiers->worker = pair_handheld(&tiers->pair, tiers->town, "w1");
}

static void assert_same_digest(struct pair_home *a, struct pair_home *b)
{
    char left[2 * GRID_HASH_BYTES + 1];
    char right[2 * GRID_HASH_BYTES + 1];
    pair_digest(a, left);
    pair_digest(b, right);
    assert_string_equal(left, right);
}

static void what_a_handheld_reports_is_held_and_judged_at_the_banner(void **state)
{
    (void)state;
    struct tiers tiers;
    tiers_open(&tiers, 41);
    for (int i = 0; i < 30; i++)
        pair_report(tiers.worker, "沟里的一件", NULL);
    pair_sync(tiers.worker);
    pair_report(tiers.town, "镇里的一件", NULL);
    pair_sync(tiers.town);
    pair_settle(&tiers.pair);
    assert_int_equal(pair_titled(tiers.banner, "沟里的一件"), 30);
    assert_int_equal(pair_titled(tiers.banner, "镇里的一件"), 1);
    assert_same_digest(tiers.banner, tiers.town);
    assert_int_equal(pair_queue(tiers.town, "queued"), 0);
    assert_int_equal(pair_queue(tiers.worker, "held"), 30);
    (void)pair_check(tiers.banner);
    (void)pair_check(tiers.town);
    /* opened again they are what they were */
    pair_stop(tiers.banner);
    pair_start(tiers.banner);
    assert_same_digest(tiers.banner, tiers.town);
    (void)pair_check(tiers.banner);
    pair_close(&tiers.pair);
}

static void weeks_without_the_upper_link_lose_nothing(void **state)
{
    (void)state;
    struct tiers tiers;
    tiers_open(&tiers, 42);
    tiers.banner->unreachable = true;
    if (pair_link_of(tiers.town) != NULL)
        pair_cut(&tiers.pair, pair_link_of(tiers.town), "cut");
    struct pair_home *head = pair_handheld(&tiers.pair, tiers.town, "h1");
    for (int week = 0; week < 4; week++) {
        pair_report(tiers.worker, "没有上联的几周", NULL);
        pair_report(head, "没有上联的几周", NULL);
        pair_sync(tiers.worker);
        pair_sync(head);
        pair_run(&tiers.pair, INT64_C(7) * 24 * 3600 * 1000);
        pair_kill(tiers.town);
        pair_start(tiers.town);
    }
    assert_int_equal(pair_titled(tiers.banner, "没有上联的几周"), 0);
    tiers.banner->unreachable = false;
    pair_sync(tiers.town);
    pair_settle(&tiers.pair);
    assert_int_equal(pair_titled(tiers.banner, "没有上联的几周"), 8);
    assert_same_digest(tiers.banner, tiers.town);
    (void)pair_check(tiers.banner);
    pair_close(&tiers.pair);
}

/* A centre speaks for its own unit: what it says of another has no effect above. */
static void a_township_cannot_speak_for_its_neighbour(void **state)
{
    (void)state;
    struct tiers tiers;
    tiers_open(&tiers, 43);
    struct device_body device = {
            .unit = bytes_text("150622104"), .slot = 15, .identity = {9}, .person = {8}};
    struct centre_body centre = {
            .unit = bytes_text("150622104"), .name = bytes_text("别的镇"), .identity = {7}};
    struct buffer body = {0};
    struct grid_error error = {0};
    body_pack_device(&body, &device);
    assert_ok(enrol_write(&tiers.town->node->sync, tiers.pair.wall_ms, GRID_LANE_URGENT,
            GRID_KIND_DEVICE, buffer_bytes(&body), &error));
    buffer_clear(&body);
    body_pack_centre(&body, &centre);
    assert_ok(enrol_write(&tiers.town->node->sync, tiers.pair.wall_ms, GRID_LANE_URGENT,
            GRID_KIND_CENTRE, buffer_bytes(&body), &error));
    buffer_close(&body);
    assert_true(pair_turn(tiers.town));
    pair_sync(tiers.town);
    pair_settle(&tiers.pair);
    assert_false(roster_identity_enrolled(tiers.banner->node->roster, device.identity));
    assert_false(roster_identity_enrolled(tiers.banner->node->roster, centre.identity));
    (void)pair_check(tiers.banner);
    pair_stop(tiers.banner);
    pair_start(tiers.banner);
    assert_false(roster_identity_enrolled(tiers.banner->node->roster, device.identity));
    pair_close(&tiers.pair);
}

/* Its devices call their own centre: the one above takes their log, and not their call. */
static void a_device_of_the_township_is_a_stranger_at_the_banner(void **state)
{
    (void)state;
    struct tiers tiers;
    tiers_open(&tiers, 44);
    assert_true(roster_identity_enrolled(tiers.banner->node->roster, tiers.worker->identity));
    assert_ok(grid_node_link_up(
            tiers.banner->node, pair_now(tiers.banner), 900, tiers.worker->identity, false));
    struct link *link = link_find(&tiers.banner->node->sync, 900);
    assert_non_null(link);
    assert_true(link->stranger);
    grid_node_link_down(tiers.banner->node, pair_now(tiers.banner), 900, "over");
    pair_close(&tiers.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_a_handheld_reports_is_held_and_judged_at_the_banner),
            cmocka_unit_test(weeks_without_the_upper_link_lose_nothing),
            cmocka_unit_test(a_township_cannot_speak_for_its_neighbour),
            cmocka_unit_test(a_device_of_the_township_is_a_stranger_at_the_banner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
