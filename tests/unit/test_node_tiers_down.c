/* What those above write goes down through the tiers (D14, P-98): a banner's word on a case reaches
 * its township and the handhelds that read it, with the rosters it is judged by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/tiers.h"

#include <stdio.h>
#include <string.h>

static void the_word_of_the_banner_reaches_the_handheld(void **state)
{
    (void)state;
    struct tiers tiers;
    char code[GRID_CODE_TEXT_BYTES];
    tiers_open(&tiers, 51);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    struct pair_home *other = pair_handheld(&tiers.pair, tiers.town, "s2");
    pair_report(worker, "沟里的一件", code);
    pair_sync(worker);
    pair_sync(tiers.town);
    pair_act(tiers.banner, "set", FIELDS("case", code, "title", "旗里改的标题"), NULL);
    pair_act(tiers.banner, "note", FIELDS("case", code, "text", "旗里看过"), NULL);
    pair_settle(&tiers.pair);
    assert_int_equal(pair_titled(tiers.town, "旗里改的标题"), 1);
    assert_int_equal(pair_titled(worker, "旗里改的标题"), 1);
    tiers_assert_same_case(worker, tiers.banner, code);
    tiers_assert_same_case(tiers.town, tiers.banner, code);
    assert_null(tiers_fold(other, code)); /* it lies in another village */
    tiers_assert_same_digest(tiers.town, tiers.banner);

    /* what came from above does not go up again, and nobody is shown what he wrote */
    const struct pair_link *link = pair_link_of(tiers.town);
    struct frame frame;
    struct arena arena;
    size_t at = 0;
    arena_init(&arena, 0);
    while (pair_frame(buffer_bytes(&link->up.recorded), &at, &arena, &frame)) {
        struct data_message data;
        if (frame.type != FRAME_DATA)
            continue;
        assert_ok(message_read_data(&frame, &data, NULL));
        const struct stream *stream =
                log_stream(&tiers.banner->node->log, data.segment.author, data.segment.lane);
        assert_non_null(stream);
        assert_false(stream->own);
    }
    arena_close(&arena);
    for (size_t i = 0; i < tiers.pair.home_count; i++)
        (void)pair_check(&tiers.pair.homes[i]);

    /* opened again all are what they were, and go on */
    for (size_t i = 0; i < tiers.pair.home_count; i++) {
        pair_stop(&tiers.pair.homes[i]);
        pair_start(&tiers.pair.homes[i]);
    }
    pair_settle(&tiers.pair);
    pair_act(tiers.banner, "set", FIELDS("case", code, "title", "又改了一次"), NULL);
    pair_settle(&tiers.pair);
    assert_int_equal(pair_titled(worker, "又改了一次"), 1);
    tiers_assert_same_case(worker, tiers.banner, code);
    pair_close(&tiers.pair);
}

static void the_word_of_a_league_city_reaches_the_handheld(void **state)
{
    (void)state;
    struct tiers tiers;
    char code[GRID_CODE_TEXT_BYTES];
    tiers_open_league(&tiers, 52);
    struct pair_home *head = pair_handheld(&tiers.pair, tiers.town, "h1");
    pair_report(head, "联户里的一件", code);
    pair_sync(head);
    pair_settle(&tiers.pair);
    assert_int_equal(pair_titled(tiers.league, "联户里的一件"), 1);
    pair_act(tiers.league, "set", FIELDS("case", code, "title", "盟市改的标题"), NULL);
    pair_act(tiers.banner, "note", FIELDS("case", code, "text", "旗里看过"), NULL);
    pair_settle(&tiers.pair);
    assert_int_equal(pair_titled(head, "盟市改的标题"), 1);
    struct pair_home *const homes[] = {head, tiers.town, tiers.banner};
    for (size_t i = 0; i < 3; i++)
        tiers_assert_same_case(homes[i], tiers.league, code);
    for (size_t i = 0; i < tiers.pair.home_count; i++)
        (void)pair_check(&tiers.pair.homes[i]);
    pair_close(&tiers.pair);
}

/* A case that moves belongs to both townships; each is judged by the rosters of both. */
static void a_case_that_moves_to_another_township_is_whole_in_both(void **state)
{
    (void)state;
    struct tiers tiers;
    char code[GRID_CODE_TEXT_BYTES];
    tiers_open(&tiers, 53);
    tiers_add_town2(&tiers);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    struct pair_home *worker2 = pair_handheld(&tiers.pair, tiers.town2, "w1");
    pair_report(worker, "其实在邻镇", code);
    pair_act(worker, "note", FIELDS("case", code, "text", "就在界上"), NULL);
    pair_sync(worker);
    pair_settle(&tiers.pair);
    assert_null(tiers_fold(tiers.town2, code));
    assert_null(tiers_fold(worker2, code));
    pair_act(tiers.banner, "set", FIELDS("case", code, "unit", TIERS_MICRO2), NULL);
    pair_settle(&tiers.pair);
    struct pair_home *const homes[] = {worker, tiers.town, worker2, tiers.town2};
    for (size_t i = 0; i < 4; i++)
        tiers_assert_same_case(homes[i], tiers.banner, code);
    pair_act(worker2, "note", FIELDS("case", code, "text", "邻镇的人去看了"), NULL);
    pair_sync(worker2);
    pair_settle(&tiers.pair);
    for (size_t i = 0; i < 4; i++)
        tiers_assert_same_case(homes[i], tiers.banner, code);
    for (size_t i = 0; i < tiers.pair.home_count; i++) {
        (void)pair_check(&tiers.pair.homes[i]);
        pair_stop(&tiers.pair.homes[i]);
        pair_start(&tiers.pair.homes[i]);
    }
    pair_settle(&tiers.pair);
    for (size_t i = 0; i < 4; i++)
        tiers_assert_same_case(homes[i], tiers.banner, code);
    pair_close(&tiers.pair);
}

/* A seat of the banner itself reads all of it, and judges it by the rosters of its townships. */
static void a_seat_of_the_banner_reads_what_its_townships_write(void **state)
{
    (void)state;
    struct tiers tiers;
    char code[GRID_CODE_TEXT_BYTES];
    tiers_open(&tiers, 54);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    struct pair_home *seat = pair_handheld(&tiers.pair, tiers.banner, "kd");
    pair_report(worker, "旗里也看得见", code);
    pair_sync(worker);
    pair_settle(&tiers.pair);
    tiers_assert_same_case(seat, tiers.banner, code);
    pair_act(seat, "set", FIELDS("case", code, "title", "主任改的"), NULL);
    pair_sync(seat);
    pair_settle(&tiers.pair);
    tiers_assert_same_case(seat, tiers.banner, code);
    tiers_assert_same_case(worker, tiers.banner, code);
    assert_int_equal(pair_titled(worker, "主任改的"), 1);
    (void)pair_check(seat);
    (void)pair_check(worker);
    pair_close(&tiers.pair);
}

/* What the banner took in before its township had a centre is given to it when it comes. */
static void a_centre_that_comes_later_is_given_what_was_there(void **state)
{
    (void)state;
    struct tiers tiers;
    char code[GRID_CODE_TEXT_BYTES];
    tiers_open(&tiers, 55);
    tiers_import(tiers.banner,
            "code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to,"
            "successors\n" TIERS_BANNER ",banner,,准格尔旗,,,,,,2025-01-01,,\n" TIERS_TOWN2
            ",township,,龙口镇,,,,,,2025-01-01,,\n" TIERS_VILLAGE2
            ",village,village,大口村,,,,,,2025-01-01,,\n",
            "person,name,role,place,phone,from,to\nkb,白旗员,clerk," TIERS_BANNER
            ",,2025-01-01,\n");
    pair_act(tiers.banner, "report",
            FIELDS("title", "旗里先登记的", "text", "详情", "unit", TIERS_VILLAGE2), code);
    pair_settle(&tiers.pair);
    tiers_add_town2(&tiers);
    tiers_assert_same_case(tiers.town2, tiers.banner, code);
    assert_null(tiers_fold(tiers.town, code));
    struct pair_home *worker2 = pair_handheld(&tiers.pair, tiers.town2, "w1");
    tiers_assert_same_case(worker2, tiers.banner, code);
    (void)pair_check(tiers.banner);
    (void)pair_check(tiers.town2);
    pair_close(&tiers.pair);
}

static bool try_act(struct pair_home *home, const char *verb, const char *const fields[],
        struct grid_error *error)
{
    struct buffer reply = {0};
    bool done = pair_submit(home, verb, fields, &reply, error) == GRID_OK;
    assert_true(pair_turn(home));
    buffer_close(&reply);
    return done;
}

/* DOMAIN 7: what the township cannot settle climbs to the banner, which decides; the township's own
 * roster says nothing of who works there. */
static void what_a_township_escalates_the_banner_accepts(void **state)
{
    (void)state;
    struct tiers tiers;
    char code[GRID_CODE_TEXT_BYTES];
    tiers_open(&tiers, 56);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    pair_act(worker, "report",
            FIELDS("title", "镇里办不了", "text", "详情", "unit", STAGE_MICRO, "urgency", "U2"),
            code);
    pair_sync(worker);
    pair_settle(&tiers.pair);
    pair_act(tiers.town, "escalate", FIELDS("case", code, "reason", "需要旗里协调"), NULL);
    pair_settle(&tiers.pair);
    struct pair_home *const homes[] = {worker, tiers.town, tiers.banner};
    for (size_t i = 0; i < 3; i++) {
        struct fold *fold = tiers_fold(homes[i], code);
        assert_non_null(fold);
        assert_true(bytes_equal(
                value_text(fold_shown(fold, GRID_REGISTER_HOLDER)), bytes_text(TIERS_BANNER)));
        tiers_assert_same_case(homes[i], tiers.banner, code);
    }
    pair_act(tiers.banner, "accept", FIELDS("case", code, "category", "0102"), NULL);
    pair_settle(&tiers.pair);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fold_state(tiers_fold(homes[i], code)), 2);
        tiers_assert_same_case(homes[i], tiers.banner, code);
    }
    /* above the banner there is nobody: it says so before anything is written */
    struct grid_error error = {0};
    assert_false(try_act(tiers.banner, "escalate", FIELDS("case", code), &error));
    assert_string_equal(error.reason, "escalate_nobody");
    (void)pair_check(tiers.banner);
    (void)pair_check(tiers.town);
    pair_close(&tiers.pair);
}

/* A township that knows of no banner has nobody to escalate to. */
static void a_township_without_a_banner_escalates_to_nobody(void **state)
{
    (void)state;
    struct pair pair;
    char code[GRID_CODE_TEXT_BYTES];
    pair_open(&pair, 57);
    struct pair_home *centre = pair_centre(&pair);
    pair_act(centre, "report",
            FIELDS("title", "镇里办不了", "text", "详情", "unit", STAGE_MICRO, "urgency", "U2"),
            code);
    struct grid_error error = {0};
    assert_false(try_act(centre, "escalate", FIELDS("case", code), &error));
    assert_string_equal(error.reason, "escalate_nobody");
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_word_of_the_banner_reaches_the_handheld),
            cmocka_unit_test(the_word_of_a_league_city_reaches_the_handheld),
            cmocka_unit_test(a_case_that_moves_to_another_township_is_whole_in_both),
            cmocka_unit_test(a_seat_of_the_banner_reads_what_its_townships_write),
            cmocka_unit_test(a_centre_that_comes_later_is_given_what_was_there),
            cmocka_unit_test(what_a_township_escalates_the_banner_accepts),
            cmocka_unit_test(a_township_without_a_banner_escalates_to_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
