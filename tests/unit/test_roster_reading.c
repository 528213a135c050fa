/* Who may read what was placed where (DOMAIN 7): the rule's whole table on a small township. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "roster_texts.h"

#define VILLAGE "150622103203"
#define GRID VILLAGE "004"
#define MICRO_1 GRID "001"
#define MICRO_2 GRID "002"
#define MINE VILLAGE "701"
#define OTHER_VILLAGE "150622103001"
#define OTHER_GRID OTHER_VILLAGE "001"
#define OTHER_MICRO OTHER_GRID "001"

static const char *const places[] = {"150622103", VILLAGE, GRID, MICRO_1, MICRO_2, MINE,
        OTHER_VILLAGE, OTHER_GRID, OTHER_MICRO, "150622103D0001"};
enum { PLACES = sizeof(places) / sizeof(places[0]) };

/* One letter a place, in the order above: x reads it. */
static const struct {
    unsigned role;
    const char *own;
    const char *reads;
} table[] = {
        {GRID_ROLE_HEAD, MICRO_2, ".xx.x....."},
        {GRID_ROLE_GRID_WORKER, GRID, ".xxxx....."},
        {GRID_ROLE_GRID_CHIEF, MINE, ".x...x...."},
        {GRID_ROLE_GROUP_LEADER, "150622103P0017", ".xxxx....."},
        {GRID_ROLE_GROUP_LEADER, "150622103P0018", "......xxx."},
        {GRID_ROLE_VILLAGE_SECRETARY, VILLAGE, ".xxxxx...."},
        {GRID_ROLE_CLERK, "150622103", "xxxxxxxxx."},
        {GRID_ROLE_LEADER, "150622", "xxxxxxxxx."},
        {GRID_ROLE_OFFICER, "150622103D0001", ".........x"},
        {GRID_ROLE_MEDIATOR, "150622103D0002", ".........."},
        {GRID_ROLE_ADMIN, "150622103", ".........."},
        {GRID_ROLE_NODE, "150622103", "xxxxxxxxx."},
};

static void each_post_reads_its_places_and_no_other(void **state)
{
    (void)state;
    struct told told;
    struct grid_roster *roster = read_texts(good_units, good_posts, good_departments, NULL, &told);
    assert_non_null(roster);
    for (size_t row = 0; row < sizeof(table) / sizeof(table[0]); row++) {
        char reads[PLACES + 1] = "";
        for (size_t i = 0; i < PLACES; i++)
            reads[i] = roster_post_reads(roster, roster_rv(roster), table[row].role,
                               bytes_text(table[row].own), bytes_text(places[i]))
                               ? 'x'
                               : '.';
        assert_string_equal(reads, table[row].reads);
    }
    grid_roster_close(roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_post_reads_its_places_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
