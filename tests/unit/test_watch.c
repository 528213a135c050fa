/* The changes that are kept for who watches: each place is told on its own, and who is too slow is
 * told how many were overwritten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/watch.h"

#include <stdio.h>
#include <string.h>

static void add(struct changes *changes, unsigned number)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", number);
    changes_add(changes, bytes_text(text));
}

static void assert_next(const struct changes *changes, uint64_t *place, const char *text)
{
    struct bytes record = {0};
    uint64_t missed = 0;
    assert_true(changes_take(changes, place, &record, &missed));
    assert_int_equal(missed, 0);
    assert_true(bytes_equal(record, bytes_text(text)));
}

static void assert_end(const struct changes *changes, uint64_t *place)
{
    struct bytes record = {0};
    uint64_t missed = 0;
    assert_false(changes_take(changes, place, &record, &missed));
}

static void each_place_is_told_every_change_once(void **state)
{
    (void)state;
    struct changes changes = {0};
    uint64_t quick = 0;
    uint64_t slow = 0;
    assert_end(&changes, &quick);
    add(&changes, 1);
    assert_next(&changes, &quick, "1");
    assert_end(&changes, &quick);
    add(&changes, 2);
    assert_next(&changes, &quick, "2");
    assert_next(&changes, &slow, "1");
    assert_next(&changes, &slow, "2");
    assert_end(&changes, &slow);
    changes_close(&changes);
}

static void what_was_overwritten_is_counted(void **state)
{
    (void)state;
    struct changes changes = {0};
    struct bytes record = {0};
    uint64_t place = 0;
    uint64_t missed = 0;
    for (unsigned i = 0; i < GRID_CHANGES_MAX + 7; i++)
        add(&changes, i);
    assert_true(changes_take(&changes, &place, &record, &missed));
    assert_int_equal(missed, 7);
    assert_next(&changes, &place, "7");
    place = changes.next - 1;
    assert_next(&changes, &place, "262");
    assert_end(&changes, &place);
    changes_close(&changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_place_is_told_every_change_once),
            cmocka_unit_test(what_was_overwritten_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
