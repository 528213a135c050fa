/* Which number a case has: found by any id that was added, never by one that left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/store/case_ids.h"
#include "tests/lib/heap_failing.h"

#include <string.h>

static void id_of(uint8_t out[static GRID_ID_BYTES], uint32_t number, uint32_t same_prefix_of)
{
    memset(out, 0, GRID_ID_BYTES);
    put_u32(out, number / same_prefix_of * 2654435761u);
    put_u32(out + 4, number);
}

static size_t times_found(const struct case_ids *ids, const uint8_t *id, int64_t no)
{
    size_t count = 0;
    size_t at = 0;
    for (int64_t next = case_ids_next(ids, id, &at); next != 0; next = case_ids_next(ids, id, &at))
        count += next == no;
    return count;
}

/* Also where several ids begin alike, and while the table grows. */
static void what_was_added_is_found_once(void **state)
{
    (void)state;
    for (uint32_t alike = 1; alike <= 40; alike += 13) {
        struct case_ids ids = {0};
        uint8_t id[GRID_ID_BYTES];
        for (uint32_t i = 1; i <= 5000; i++) {
            id_of(id, i, alike);
            assert_int_equal(times_found(&ids, id, i), 0);
            assert_true(case_ids_add(&ids, id, i));
            assert_true(case_ids_add(&ids, id, i));
        }
        assert_int_equal(ids.used_count, 5000);
        for (uint32_t i = 1; i <= 5000; i++) {
            id_of(id, i, alike);
            assert_int_equal(times_found(&ids, id, i), 1);
        }
        case_ids_close(&ids);
    }
}

static void what_left_is_not_found_and_hides_nothing(void **state)
{
    (void)state;
    struct case_ids ids = {0};
    uint8_t id[GRID_ID_BYTES];
    for (uint32_t i = 1; i <= 3000; i++) {
        id_of(id, i, 7);
        assert_true(case_ids_add(&ids, id, i));
    }
    for (uint32_t i = 1; i <= 3000; i += 2) {
        id_of(id, i, 7);
        case_ids_drop(&ids, id, i);
    }
    for (uint32_t i = 1; i <= 3000; i++) {
        id_of(id, i, 7);
        assert_int_equal(times_found(&ids, id, i), i % 2 == 0);
    }
    id_of(id, 1, 7); /* it comes back, under another number */
    assert_true(case_ids_add(&ids, id, 4001));
    assert_int_equal(times_found(&ids, id, 4001), 1);
    case_ids_close(&ids);
}

static void all_that_begin_alike_are_found(void **state)
{
    (void)state;
    struct case_ids ids = {0};
    uint8_t id[GRID_ID_BYTES];
    for (uint32_t i = 1; i <= 200; i++) {
        memset(id, 0, sizeof(id));
        id[0] = (uint8_t)(i % 4);
        id[5] = (uint8_t)i;
        assert_true(case_ids_add(&ids, id, i));
    }
    uint8_t from[GRID_ID_BYTES] = {2};
    uint8_t to[GRID_ID_BYTES];
    memset(to, 0xff, sizeof(to));
    to[0] = 2;
    size_t at = 0;
    size_t count = 0;
    while (case_ids_next_between(&ids, from, to, &at) != 0)
        count++;
    assert_int_equal(count, 50);
    case_ids_close(&ids);
}

static void without_memory_it_stays_as_it_was(void **state)
{
    (void)state;
    struct case_ids ids = {0};
    uint8_t id[GRID_ID_BYTES];
    uint32_t added = 0;
    heap_failing_begin();
    for (uint32_t i = 1; i <= 500; i++) {
        id_of(id, i, 3);
        heap_failing_at(1);
        if (case_ids_add(&ids, id, i)) {
            added++;
            continue;
        }
        heap_failing_at(0);
        assert_int_equal(times_found(&ids, id, i), 0);
        assert_true(case_ids_add(&ids, id, i));
    }
    heap_failing_at(0);
    assert_true(added < 500);
    for (uint32_t i = 1; i <= 500; i++) {
        id_of(id, i, 3);
        assert_int_equal(times_found(&ids, id, i), 1);
    }
    case_ids_close(&ids);
    heap_failing_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_was_added_is_found_once),
            cmocka_unit_test(what_left_is_not_found_and_hides_nothing),
            cmocka_unit_test(all_that_begin_alike_are_found),
            cmocka_unit_test(without_memory_it_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
