#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/ident.h"

static void every_level_has_its_length_and_its_tails(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum grid_place_kind kind;
    } rows[] = {
            {"15", GRID_PLACE_REGION},
            {"1506", GRID_PLACE_LEAGUE_CITY},
            {"150622", GRID_PLACE_BANNER},
            {"150622103", GRID_PLACE_TOWNSHIP},
            {"150622001", GRID_PLACE_TOWNSHIP},
            {"150622599", GRID_PLACE_TOWNSHIP},
            {"150622103203", GRID_PLACE_VILLAGE},
            {"150622103001", GRID_PLACE_VILLAGE},
            {"150622103498", GRID_PLACE_VILLAGE},
            {"150622103598", GRID_PLACE_VILLAGE},
            {"150622103203004", GRID_PLACE_GRID},
            {"150622103203699", GRID_PLACE_GRID},
            {"150622103203701", GRID_PLACE_GRID},
            {"150622103203999", GRID_PLACE_GRID},
            {"150622103203004002", GRID_PLACE_MICRO_GRID},
            {"150622103203004999", GRID_PLACE_MICRO_GRID},
            {"150622103P0017", GRID_PLACE_PARTY_GROUP},
            {"150622103D0001", GRID_PLACE_DEPARTMENT},
            {"150622D0004", GRID_PLACE_DEPARTMENT},
            {"1506D0004", GRID_PLACE_DEPARTMENT},
            {"15D0004", GRID_PLACE_DEPARTMENT},
            {"", GRID_PLACE_NONE},
            {"1", GRID_PLACE_NONE},
            {"00", GRID_PLACE_NONE},
            {"1500", GRID_PLACE_NONE},
            {"150600", GRID_PLACE_NONE},
            {"150622000", GRID_PLACE_NONE},
            {"150622600", GRID_PLACE_NONE},
            {"150622103000", GRID_PLACE_NONE},
            {"150622103600", GRID_PLACE_NONE},
            {"150622103203000", GRID_PLACE_NONE},
            {"150622103203700", GRID_PLACE_NONE},
            {"150622103203004000", GRID_PLACE_NONE},
            {"150622600203", GRID_PLACE_NONE}, /* wrong above is wrong below */
            {"150622103203700001", GRID_PLACE_NONE},
            {"15062210320", GRID_PLACE_NONE},
            {"1506221032030040021", GRID_PLACE_NONE},
            {"15062210x", GRID_PLACE_NONE},
            {"１５", GRID_PLACE_NONE},
            {"150622P0017", GRID_PLACE_NONE}, /* a party group is of a township */
            {"150622103203P0017", GRID_PLACE_NONE},
            {"150622103203D0017", GRID_PLACE_NONE}, /* no department below townships */
            {"150622103D001", GRID_PLACE_NONE},
            {"150622103D00011", GRID_PLACE_NONE},
            {"150622103d0001", GRID_PLACE_NONE},
            {"D0001", GRID_PLACE_NONE},
            {"P0017", GRID_PLACE_NONE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(place_kind(bytes_text(rows[i].code)), rows[i].kind);
}

static bool covers(const char *above, const char *unit)
{
    return place_covers(bytes_text(above), bytes_text(unit));
}

static void a_prefix_of_legal_length_is_an_ancestor(void **state)
{
    (void)state;
    assert_true(covers("150622103", "150622103203004002"));
    assert_true(covers("15", "150622103"));
    assert_true(covers("150622103", "150622103"));
    assert_false(covers("150622103203", "150622103"));
    assert_false(covers("150622104", "150622103203"));
    assert_false(covers("1506221", "150622103"));
    assert_false(covers("", "150622103"));
    assert_false(covers("150622103", ""));
    assert_false(covers("150622103", "150622103P0017"));
    assert_false(covers("1506", "1506D0004"));
}

static void a_place_belongs_to_a_unit(void **state)
{
    (void)state;
    assert_true(bytes_equal(place_unit(bytes_text("150622103P0017")), bytes_text("150622103")));
    assert_true(bytes_equal(place_unit(bytes_text("150622D0004")), bytes_text("150622")));
    assert_true(
            bytes_equal(place_unit(bytes_text("150622103203004")), bytes_text("150622103203004")));
    assert_int_equal(place_unit(bytes_text("")).size, 0);
}

static void a_unit_is_cut_to_a_level_at_or_above_its_own(void **state)
{
    (void)state;
    struct bytes micro = bytes_text("150622103203004002");
    assert_true(bytes_equal(place_cut(micro, GRID_PLACE_TOWNSHIP), bytes_text("150622103")));
    assert_true(bytes_equal(place_cut(micro, GRID_PLACE_REGION), bytes_text("15")));
    assert_true(bytes_equal(place_cut(micro, GRID_PLACE_MICRO_GRID), micro));
    assert_int_equal(place_cut(bytes_text("150622"), GRID_PLACE_TOWNSHIP).size, 0);
    assert_int_equal(place_cut(micro, GRID_PLACE_NONE).size, 0);
    assert_int_equal(place_cut(micro, GRID_PLACE_DEPARTMENT).size, 0);
}

static void the_way_up_ends_at_the_region(void **state)
{
    (void)state;
    static const char *const way[] = {"150622103203004002", "150622103203004", "150622103203",
            "150622103", "150622", "1506", "15", "15"};
    for (size_t i = 0; i + 1 < sizeof(way) / sizeof(way[0]); i++)
        assert_true(bytes_equal(place_parent(bytes_text(way[i])), bytes_text(way[i + 1])));
    assert_true(bytes_equal(place_parent(bytes_text("150622103P0017")), bytes_text("150622103")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_level_has_its_length_and_its_tails),
            cmocka_unit_test(a_prefix_of_legal_length_is_an_ancestor),
            cmocka_unit_test(a_place_belongs_to_a_unit),
            cmocka_unit_test(a_unit_is_cut_to_a_level_at_or_above_its_own),
            cmocka_unit_test(the_way_up_ends_at_the_region),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
