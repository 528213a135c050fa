/* A township that was put back is filled by its banner (D13, F27): with its own log and those of
 * its handhelds, though these are gone; and a banner that lost all is filled by its townships. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/tiers.h"

#include <string.h>

static void destroy(struct pair *pair, struct pair_home *home)
{
    if (pair_link_of(home) != NULL)
        pair_cut(pair, pair_link_of(home), "destroyed");
    home->unreachable = true;
    if (home->node != NULL)
        pair_kill(home);
}

static void check_all(struct tiers *tiers)
{
    for (size_t i = 0; i < tiers->pair.home_count; i++)
        if (tiers->pair.homes[i].node != NULL)
            (void)pair_check(&tiers->pair.homes[i]);
}

static void a_township_put_back_to_yesterday_is_filled_by_its_banner(void **state)
{
    (void)state;
    struct tiers tiers;
    char code[GRID_CODE_TEXT_BYTES];
    tiers_open(&tiers, 71);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    for (int i = 0; i < 3; i++)
        pair_report(worker, "昨天以前的", NULL);
    pair_sync(worker);
    pair_settle(&tiers.pair);
    pair_stop(tiers.town);
    pair_save(tiers.town, "yesterday");
    pair_start(tiers.town);
    pair_settle(&tiers.pair);
    /* since then: reports, a handheld that joined, what the office wrote, and the banner */
    struct pair_home *head = pair_handheld(&tiers.pair, tiers.town, "h1");
    for (int i = 0; i < 300; i++)
        pair_report(worker, "昨天以后的", NULL);
    pair_report(head, "新来的户长", code);
    pair_sync(worker);
    pair_sync(head);
    pair_report(tiers.town, "镇里登记的", NULL);
    pair_act(tiers.town, "note", FIELDS("case", code, "text", "镇里看过"), NULL);
    pair_settle(&tiers.pair);
    pair_act(tiers.banner, "note", FIELDS("case", code, "text", "旗里看过"), NULL);
    pair_settle(&tiers.pair);
    tiers_assert_same_digest(tiers.town, tiers.banner);
    uint64_t cases = pair_case_count(tiers.banner);
    /* it burns, and its handhelds with it */
    destroy(&tiers.pair, worker);
    destroy(&tiers.pair, head);
    pair_kill(tiers.town);
    pair_restore(tiers.town, "yesterday", false);
    pair_start(tiers.town);
    pair_sync(tiers.town);
    pair_settle(&tiers.pair);
    pair_sync(tiers.town);
    pair_settle(&tiers.pair);
    assert_int_equal(pair_case_count(tiers.town), cases);
    assert_int_equal(pair_titled(tiers.town, "昨天以后的"), 300);
    tiers_assert_same_digest(tiers.town, tiers.banner);
    tiers_assert_same_case(tiers.town, tiers.banner, code);
    struct grid_error error = {0};
    if (!grid_node_synced(tiers.town->node, pair_now(tiers.town), &error))
        fail_msg("%s %s", error.reason, error.detail);
    assert_int_equal(pair_queue(tiers.town, "queued"), 0);
    check_all(&tiers);
    /* and who joins it next is given no slot that was given, and sees what there is */
    struct pair_home *chief = pair_handheld(&tiers.pair, tiers.town, "c1");
    assert_int_equal(pair_titled(chief, "昨天以后的"), 300);
    /* what came from the parent did not go up again */
    pair_stop(tiers.town);
    pair_start(tiers.town);
    pair_settle(&tiers.pair);
    const struct pair_link *link = pair_link_of(tiers.town);
    assert_non_null(link);
    assert_true(link->up.recorded.size < 4000);
    check_all(&tiers);
    pair_close(&tiers.pair);
}

static void a_township_with_an_empty_database_is_filled_by_its_banner(void **state)
{
    (void)state;
    struct tiers tiers;
    char code[GRID_CODE_TEXT_BYTES];
    tiers_open(&tiers, 72);
    pair_stop(tiers.town);
    pair_save(tiers.town, "joined");
    pair_start(tiers.town);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    pair_report(worker, "都在旗里", code);
    pair_sync(worker);
    pair_settle(&tiers.pair);
    destroy(&tiers.pair, worker);
    pair_kill(tiers.town);
    pair_restore(tiers.town, "joined", false);
    pair_start(tiers.town);
    /* cut while it is filled: the next link goes on */
    pair_sync(tiers.town);
    for (int i = 0; i < 3; i++) {
        if (pair_link_of(tiers.town) != NULL)
            pair_cut(&tiers.pair, pair_link_of(tiers.town), "cut");
        pair_sync(tiers.town);
        pair_settle(&tiers.pair);
    }
    tiers_assert_same_digest(tiers.town, tiers.banner);
    assert_true(pair_titled(tiers.town, "都在旗里") == 1);
    check_all(&tiers);
    pair_close(&tiers.pair);
}

static void a_banner_put_back_to_yesterday_is_filled_by_its_townships(void **state)
{
    (void)state;
    struct tiers tiers;
    char code[GRID_CODE_TEXT_BYTES];
    tiers_open(&tiers, 73);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    pair_stop(tiers.banner);
    pair_save(tiers.banner, "yesterday");
    pair_start(tiers.banner);
    tiers_add_town2(&tiers);
    struct pair_home *worker2 = pair_handheld(&tiers.pair, tiers.town2, "w1");
    pair_report(worker, "一镇的事", code);
    pair_act(worker2, "report", FIELDS("title", "二镇的事", "text", "详情", "unit", TIERS_MICRO2),
            NULL);
    pair_sync(worker);
    pair_sync(worker2);
    pair_settle(&tiers.pair);
    pair_kill(tiers.banner);
    pair_restore(tiers.banner, "yesterday", false);
    pair_start(tiers.banner);
    pair_sync(tiers.town);
    pair_sync(tiers.town2); /* it has forgotten that one, whose proof says who it is */
    pair_sync(tiers.town2);
    pair_settle(&tiers.pair);
    assert_int_equal(pair_titled(tiers.banner, "一镇的事"), 1);
    assert_int_equal(pair_titled(tiers.banner, "二镇的事"), 1);
    pair_act(tiers.banner, "note", FIELDS("case", code, "text", "旗里又能看了"), NULL);
    pair_settle(&tiers.pair);
    tiers_assert_same_case(worker, tiers.banner, code);
    check_all(&tiers);
    pair_close(&tiers.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_township_put_back_to_yesterday_is_filled_by_its_banner),
            cmocka_unit_test(a_township_with_an_empty_database_is_filled_by_its_banner),
            cmocka_unit_test(a_banner_put_back_to_yesterday_is_filled_by_its_townships),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
