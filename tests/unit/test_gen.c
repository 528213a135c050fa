/* What the generated rosters rest on: dealing out to the last one, and chance that is the same on
 * every machine. The rosters themselves are counted by a story with real programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/gen/chance.h"
#include "tests/gen/plan.h"
#include "tests/gen/share.h"

#include <stdio.h>
#include <string.h>

static void what_is_left_goes_to_the_largest_remainders(void **state)
{
    (void)state;
    /* rest 7 of weights 10: 2.1, 2.1, 2.8 above the minimum */
    struct share_part parts[] = {{.weight = 3}, {.weight = 3}, {.weight = 4}};
    share(parts, 3, 10, 1);
    assert_int_equal(parts[0].got, 3);
    assert_int_equal(parts[1].got, 3);
    assert_int_equal(parts[2].got, 4);
}

static void equal_remainders_favour_the_smaller_code(void **state)
{
    (void)state;
    struct share_part parts[] = {{.weight = 1}, {.weight = 1}, {.weight = 1}, {.weight = 1}};
    share(parts, 4, 6, 0);
    assert_int_equal(parts[0].got, 2);
    assert_int_equal(parts[1].got, 2);
    assert_int_equal(parts[2].got, 1);
    assert_int_equal(parts[3].got, 1);
}

static void chance_is_splitmix64(void **state)
{
    (void)state;
    struct chance chance = {.state = 0};
    assert_true(chance_next(&chance) == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(chance_next(&chance) == UINT64_C(0x6e789e6aa1b965f4));
}

static void streams_of_other_labels_are_others(void **state)
{
    (void)state;
    struct chance one = chance_of(1, "people", "150622103203");
    struct chance same = chance_of(1, "people", "150622103203");
    struct chance other = chance_of(1, "people", "150622103204");
    uint64_t drawn = chance_next(&one);
    assert_true(drawn == chance_next(&same));
    assert_true(drawn != chance_next(&other));
}

static void the_township_has_its_grids(void **state)
{
    (void)state;
    static const unsigned grids[] = {6, 6, 6, 5, 5, 6, 5, 5, 5, 5, 5, 5, 5, 5, 4, 4, 6, 6, 5, 6, 5};
    static struct plan plan;
    plan_make(&plan, false);
    assert_int_equal(plan.village_count, sizeof(grids) / sizeof(grids[0]));
    for (size_t i = 0; i < plan.village_count; i++)
        assert_int_equal(plan.villages[i].grids, grids[i]);
}

static void the_banner_holds_the_township_unchanged(void **state)
{
    (void)state;
    static struct plan township;
    static struct plan banner;
    plan_make(&township, false);
    plan_make(&banner, true);
    size_t found = 0;
    for (size_t i = 0; i < banner.village_count; i++)
        for (size_t j = 0; j < township.village_count; j++) {
            const struct plan_village *one = &banner.villages[i];
            const struct plan_village *other = &township.villages[j];
            if (strcmp(one->code, other->code) != 0)
                continue;
            found++;
            assert_int_equal(one->grids, other->grids);
            assert_int_equal(one->groups, other->groups);
            assert_memory_equal(one->micro_grids, other->micro_grids, sizeof(one->micro_grids));
        }
    assert_int_equal(found, 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_is_left_goes_to_the_largest_remainders),
            cmocka_unit_test(equal_remainders_favour_the_smaller_code),
            cmocka_unit_test(chance_is_splitmix64),
            cmocka_unit_test(streams_of_other_labels_are_others),
            cmocka_unit_test(the_township_has_its_grids),
            cmocka_unit_test(the_banner_holds_the_township_unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
