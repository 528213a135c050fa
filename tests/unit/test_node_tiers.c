/* Three tiers in one process: a handheld, its township and the banner above (D11, D13, F27). What a
 * township and its handhelds write is held and judged at the banner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/tiers.h"

#include <stdio.h>
#include <string.h>

struct scene {
    struct tiers tiers;
    struct pair_home *worker;
};

static void scene_open(struct scene *scene, uint64_t seed)
{
    tiers_open(&scene->tiers, seed);
    scene->worker = pair_handheld(&scene->tiers.pair, scene->tiers.town, "w1");
}

static void what_a_handheld_reports_is_held_and_judged_at_the_banner(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 41);
    for (int i = 0; i < 30; i++)
        pair_report(scene.worker, "沟里的一件", NULL);
    pair_sync(scene.worker);
    pair_report(scene.tiers.town, "镇里的一件", NULL);
    pair_sync(scene.tiers.town);
    pair_settle(&scene.tiers.pair);
    assert_int_equal(pair_titled(scene.tiers.banner, "沟里的一件"), 30);
    assert_int_equal(pair_titled(scene.tiers.banner, "镇里的一件"), 1);
    tiers_assert_same_digest(scene.tiers.banner, scene.tiers.town);
    assert_int_equal(pair_queue(scene.tiers.town, "queued"), 0);
    assert_int_equal(pair_queue(scene.worker, "held"), 30);
    (void)pair_check(scene.tiers.banner);
    (void)pair_check(scene.tiers.town);
    /* opened again they are what they were */
    pair_stop(scene.tiers.banner);
    pair_start(scene.tiers.banner);
    tiers_assert_same_digest(scene.tiers.banner, scene.tiers.town);
    (void)pair_check(scene.tiers.banner);
    pair_close(&scene.tiers.pair);
}

static void weeks_without_the_upper_link_lose_nothing(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 42);
    scene.tiers.banner->unreachable = true;
    if (pair_link_of(scene.tiers.town) != NULL)
        pair_cut(&scene.tiers.pair, pair_link_of(scene.tiers.town), "cut");
    struct pair_home *head = pair_handheld(&scene.tiers.pair, scene.tiers.town, "h1");
    for (int week = 0; week < 4; week++) {
        pair_report(scene.worker, "没有上联的几周", NULL);
        pair_report(head, "没有上联的几周", NULL);
        pair_sync(scene.worker);
        pair_sync(head);
        pair_run(&scene.tiers.pair, INT64_C(7) * 24 * 3600 * 1000);
        pair_kill(scene.tiers.town);
        pair_start(scene.tiers.town);
    }
    assert_int_equal(pair_titled(scene.tiers.banner, "没有上联的几周"), 0);
    scene.tiers.banner->unreachable = false;
    pair_sync(scene.tiers.town);
    pair_settle(&scene.tiers.pair);
    assert_int_equal(pair_titled(scene.tiers.banner, "没有上联的几周"), 8);
    tiers_assert_same_digest(scene.tiers.banner, scene.tiers.town);
    (void)pair_check(scene.tiers.banner);
    pair_close(&scene.tiers.pair);
}

/* A centre speaks for its own unit: what it says of another has no effect above. */
static void a_township_cannot_speak_for_its_neighbour(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 43);
    struct device_body device = {
            .unit = bytes_text("150622104"), .slot = 15, .identity = {9}, .person = {8}};
    struct centre_body centre = {
            .unit = bytes_text("150622104"), .name = bytes_text("别的镇"), .identity = {7}};
    struct buffer body = {0};
    struct grid_error error = {0};
    body_pack_device(&body, &device);
    assert_ok(enrol_write(&scene.tiers.town->node->sync, scene.tiers.pair.wall_ms, GRID_LANE_URGENT,
            GRID_KIND_DEVICE, buffer_bytes(&body), &error));
    buffer_clear(&body);
    body_pack_centre(&body, &centre);
    assert_ok(enrol_write(&scene.tiers.town->node->sync, scene.tiers.pair.wall_ms, GRID_LANE_URGENT,
            GRID_KIND_CENTRE, buffer_bytes(&body), &error));
    buffer_close(&body);
    assert_true(pair_turn(scene.tiers.town));
    pair_sync(scene.tiers.town);
    pair_settle(&scene.tiers.pair);
    assert_false(roster_identity_enrolled(scene.tiers.banner->node->roster, device.identity));
    assert_false(roster_identity_enrolled(scene.tiers.banner->node->roster, centre.identity));
    (void)pair_check(scene.tiers.banner);
    pair_stop(scene.tiers.banner);
    pair_start(scene.tiers.banner);
    assert_false(roster_identity_enrolled(scene.tiers.banner->node->roster, device.identity));
    pair_close(&scene.tiers.pair);
}

/* Its devices call their own centre: the one above takes their log, and not their call. */
static void a_device_of_the_township_is_a_stranger_at_the_banner(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, 44);
    assert_true(roster_identity_enrolled(scene.tiers.banner->node->roster, scene.worker->identity));
    assert_ok(grid_node_link_up(scene.tiers.banner->node, pair_now(scene.tiers.banner), 900,
            scene.worker->identity, false));
    struct link *link = link_find(&scene.tiers.banner->node->sync, 900);
    assert_non_null(link);
    assert_true(link->stranger);
    grid_node_link_down(scene.tiers.banner->node, pair_now(scene.tiers.banner), 900, "over");
    pair_close(&scene.tiers.pair);
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
