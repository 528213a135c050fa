#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/heap.h"
#include "tests/lib/heap_failing.h"

static void memory_comes_zeroed_and_an_empty_block_is_a_block(void **state)
{
    (void)state;
    unsigned char *block = grid_alloc(64);
    assert_non_null(block);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(block[i], 0);
    grid_free(block);
    void *empty = grid_alloc(0);
    void *other = grid_alloc(0);
    assert_non_null(empty);
    assert_ptr_not_equal(empty, other);
    grid_free(empty);
    grid_free(other);
    grid_free(NULL);
}

static void an_array_whose_size_overflows_is_no_array(void **state)
{
    (void)state;
    assert_null(grid_alloc_array(SIZE_MAX / 2, 3));
    void *none = grid_alloc_array(5, 0);
    assert_non_null(none);
    grid_free(none);
}

static void a_heap_that_was_handed_in_fails_where_the_test_says(void **state)
{
    (void)state;
    heap_failing_begin();
    char *kept = grid_alloc(8);
    kept[0] = 'k';
    heap_failing_at(2);
    void *first = grid_alloc(8);
    assert_non_null(first);
    assert_null(grid_resize(kept, 4096));
    assert_int_equal(kept[0], 'k');
    assert_int_equal(heap_failing_happened(), 1);
    kept = grid_resize(kept, 4096);
    assert_int_equal(kept[0], 'k');
    assert_int_equal(heap_failing_held(), 2);
    grid_free(first);
    grid_free(kept);
    heap_failing_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(memory_comes_zeroed_and_an_empty_block_is_a_block),
            cmocka_unit_test(an_array_whose_size_overflows_is_no_array),
            cmocka_unit_test(a_heap_that_was_handed_in_fails_where_the_test_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
