#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/arena.h"
#include "tests/lib/heap_failing.h"

#include <string.h>

static void everything_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    unsigned char *before = NULL;
    for (size_t bytes = 0; bytes < 300; bytes++) {
        unsigned char *block = arena_alloc(&arena, bytes);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(block[i], 0);
        memset(block, 0xFF, bytes);
        assert_ptr_not_equal(block, before);
        before = block;
    }
    arena_close(&arena);
}

static void memory_of_the_last_message_comes_zeroed_again(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    memset(arena_alloc(&arena, 1000), 0xFF, 1000);
    arena_reset(&arena);
    unsigned char *again = arena_alloc(&arena, 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(again[i], 0);
    arena_close(&arena);
    arena_close(&arena);
}

static void the_limit_counts_what_is_in_use(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 10000);
    assert_non_null(arena_alloc(&arena, 6000));
    assert_null(arena_alloc(&arena, 6000));
    assert_non_null(arena_alloc(&arena, 3000));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 3));
    arena_reset(&arena);
    assert_non_null(arena_alloc(&arena, 9984));
    arena_close(&arena);
}

static void copies_hold_their_own_bytes(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    char source[] = "柳塔村";
    struct bytes copy = arena_copy(&arena, bytes_text(source));
    char *text = arena_text(&arena, bytes_text(source));
    memset(source, 0, sizeof(source));
    assert_true(bytes_equal(copy, bytes_text("柳塔村")));
    assert_string_equal(text, "柳塔村");
    struct bytes empty = arena_copy(&arena, (struct bytes){0});
    assert_non_null(empty.data);
    assert_int_equal(empty.size, 0);
    assert_string_equal(arena_text(&arena, empty), "");
    arena_close(&arena);
}

static void a_failed_allocation_leaves_the_arena_usable(void **state)
{
    (void)state;
    heap_failing_begin();
    struct arena arena;
    arena_init(&arena, 0);
    heap_failing_at(1);
    assert_null(arena_alloc(&arena, 10));
    char *kept = arena_text(&arena, bytes_text("kept"));
    heap_failing_at(1);
    assert_null(arena_alloc(&arena, 100000));
    assert_string_equal(kept, "kept");
    assert_non_null(arena_alloc(&arena, 100000));
    arena_reset(&arena); /* a chunk this large is not kept */
    assert_int_equal(heap_failing_held(), 0);
    arena_close(&arena);
    heap_failing_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(everything_is_zeroed_aligned_and_apart),
            cmocka_unit_test(memory_of_the_last_message_comes_zeroed_again),
            cmocka_unit_test(the_limit_counts_what_is_in_use),
            cmocka_unit_test(copies_hold_their_own_bytes),
            cmocka_unit_test(a_failed_allocation_leaves_the_arena_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
