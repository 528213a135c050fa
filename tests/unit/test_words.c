#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/words.h"

static void names_and_numbers_answer_each_other(void **state)
{
    (void)state;
    static const struct {
        const char *(*name)(unsigned number);
        unsigned (*number)(struct bytes name);
        unsigned first, last, count;
    } maps[] = {
            {grid_kind_name, grid_kind_number, 1, 67, 45},
            {grid_role_name, grid_role_number, 1, 12, 12},
            {grid_register_name, grid_register_number, 1, 23, 23},
            {grid_state_name, grid_state_number, 1, 10, 10},
            {grid_source_name, grid_source_number, 1, 11, 11},
            {grid_scale_name, grid_scale_number, 1, 4, 4},
            {grid_track_name, grid_track_number, 1, 5, 5},
    };
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
        unsigned count = 0;
        for (unsigned number = 0; number < 300; number++) {
            const char *name = maps[i].name(number);
            if (name == NULL)
                continue;
            assert_in_range(number, maps[i].first, maps[i].last);
            assert_int_equal(maps[i].number(bytes_text(name)), number);
            count++;
        }
        assert_int_equal(count, maps[i].count);
        assert_null(maps[i].name(0));
        assert_null(maps[i].name(UINT32_MAX));
        assert_int_equal(maps[i].number(bytes_text("nonsense")), 0);
        assert_int_equal(maps[i].number((struct bytes){0}), 0);
    }
    assert_string_equal(grid_kind_name(GRID_KIND_CREATE), "create");
    assert_string_equal(grid_collection_name(GRID_COLLECTION_CODES), "codes");
    assert_string_equal(grid_argument_name(GRID_ARGUMENT_UNTIL), "until");
    assert_string_equal(grid_verdict_name(GRID_VOID_SCOPE), "scope");
    assert_null(grid_verdict_name(99));
}

static void every_role_has_its_letter(void **state)
{
    (void)state;
    assert_int_equal(grid_role_letter(GRID_ROLE_HEAD), 'H');
    assert_int_equal(grid_role_letter(GRID_ROLE_CLERK), 'K');
    assert_int_equal(grid_role_letter(GRID_ROLE_NODE), 'N');
    assert_int_equal(grid_role_letter(0), 0);
    assert_int_equal(grid_role_letter(13), 0);
}

/* DOMAIN 3 */
static void ranks_are_those_of_the_table(void **state)
{
    (void)state;
    static const struct {
        const char *place;
        enum grid_role role;
        unsigned rank;
    } rows[] = {
            {"150622103203004002", GRID_ROLE_HEAD, 20},
            {"150622103P0017", GRID_ROLE_GROUP_LEADER, 25},
            {"150622103203004", GRID_ROLE_GRID_WORKER, 30},
            {"150622103203004", GRID_ROLE_GRID_CHIEF, 35},
            {"150622103203", GRID_ROLE_VILLAGE_SECRETARY, 40},
            {"150622103D0001", GRID_ROLE_OFFICER, 50},
            {"150622D0021", GRID_ROLE_MEDIATOR, 50},
            {"150622103", GRID_ROLE_CLERK, 60},
            {"150622", GRID_ROLE_DIRECTOR, 70},
            {"1506", GRID_ROLE_LEADER, 80},
            {"15", GRID_ROLE_CLERK, 90},
            {"150622103203", GRID_ROLE_CLERK, 0},
            {"nonsense", GRID_ROLE_CLERK, 0},
            {"150622103", GRID_ROLE_ADMIN, 0},
            {"150622103", GRID_ROLE_NODE, 10},
            {"150622103", GRID_ROLE_NONE, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(grid_role_rank(rows[i].role, bytes_text(rows[i].place)), rows[i].rank);
    assert_int_equal(grid_role_rank(99, bytes_text("15")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(names_and_numbers_answer_each_other),
            cmocka_unit_test(every_role_has_its_letter),
            cmocka_unit_test(ranks_are_those_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
