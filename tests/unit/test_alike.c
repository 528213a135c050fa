/* Titles that are alike, and positions that are near. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/case/alike.h"

static unsigned alike(const char *a, const char *b)
{
    unsigned percent = alike_titles(bytes_text(a), bytes_text(b));
    assert_int_equal(percent, alike_titles(bytes_text(b), bytes_text(a)));
    return percent;
}

static void what_says_the_same_is_alike(void **state)
{
    (void)state;
    assert_int_equal(alike("柳塔村口路面塌了一个坑", "柳塔村村口路面塌坑"), 66);
    assert_int_equal(alike("房后墙裂缝", "房后墙裂缝"), 100);
    assert_int_equal(alike("村口路灯坏了三盏", "路灯坏了"), 60);
    assert_int_equal(alike("房后墙裂缝", "西墙裂缝两指宽"), 40);
    assert_true(alike("吴家沟社水井没有盖板", "吴家沟社路灯不亮") < 40);
    assert_int_equal(alike("井盖被压碎", "路灯不亮"), 0);
}

static void blanks_and_marks_do_not_count(void **state)
{
    (void)state;
    assert_int_equal(alike("房后墙，裂缝！", "房后墙 裂缝"), 100);
    assert_int_equal(alike("LED灯不亮", "led灯不亮。"), 100);
    assert_int_equal(alike("", "房后墙裂缝"), 0);
    assert_int_equal(alike("！！！！", "！！！！"), 0);
    assert_int_equal(alike("𣵦墕塌方", "𣵦墕塌方"), 100);
    assert_int_equal(alike("\xE6\x9D", "\xF0"), 0); /* nothing is read behind the end */
}

static void metres_are_those_on_the_ground(void **state)
{
    (void)state;
    const int64_t north = 395500000;
    const int64_t east = 1104500000;
    assert_int_equal(alike_metres(north, east, north, east), 0);
    unsigned by_latitude = alike_metres(north, east, north + 13475, east);
    unsigned by_longitude = alike_metres(north, east, north, east + 17477);
    assert_in_range(by_latitude, 149, 151);
    assert_in_range(by_longitude, 149, 151);
    assert_int_equal(alike_metres(-900000000, -1800000000, 900000000, 1800000000), 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_says_the_same_is_alike),
            cmocka_unit_test(blanks_and_marks_do_not_count),
            cmocka_unit_test(metres_are_those_on_the_ground),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
