#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/bytes.h"
#include "tests/lib/heap_failing.h"

#include <string.h>

static void bytes_compare_as_memory_with_the_shorter_first(void **state)
{
    (void)state;
    struct bytes none = {0};
    assert_true(bytes_equal(none, bytes_text("")));
    assert_true(bytes_equal(none, bytes_text(NULL)));
    assert_int_equal(bytes_compare(none, none), 0);
    assert_true(bytes_compare(none, bytes_text("a")) < 0);
    assert_true(bytes_compare(bytes_text("ab"), bytes_text("a")) > 0);
    assert_true(bytes_compare(bytes_text("ab"), bytes_text("b")) < 0);
    assert_true(bytes_compare(bytes_of("\xFF", 1), bytes_of("\x01", 1)) > 0);
    assert_false(bytes_equal(bytes_text("ab"), bytes_text("ac")));
    assert_true(bytes_equal(bytes_text("网格"), bytes_text("网格")));
}

static void a_buffer_grows_and_drops_its_front(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    for (unsigned i = 0; i < 10000; i++) {
        uint8_t pair[2];
        put_u16(pair, (uint16_t)i);
        buffer_append(&buffer, pair, sizeof(pair));
    }
    assert_int_equal(buffer.size, 20000);
    buffer_drop_front(&buffer, 19980);
    assert_int_equal(buffer.size, 20);
    assert_int_equal(get_u16(buffer.data), 9990);
    buffer_drop_front(&buffer, 20);
    assert_int_equal(buffer.size, 0);
    buffer_close(&buffer);
    buffer_close(&buffer);
}

static void nothing_may_be_appended_and_asked_for(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_append(&buffer, NULL, 0);
    assert_non_null(buffer_reserve(&buffer, 0));
    assert_int_equal(buffer_bytes(&buffer).size, 0);
    buffer_drop_front(&buffer, 0);
    assert_null(buffer_reserve(&buffer, SIZE_MAX));
    assert_true(buffer.failed);
    buffer_close(&buffer);
}

static void a_failed_allocation_is_told_once_at_the_end(void **state)
{
    (void)state;
    heap_failing_begin();
    struct buffer buffer = {0};
    buffer_append(&buffer, "kept", 4);
    heap_failing_at(1);
    char large[1000] = {0};
    buffer_append(&buffer, large, sizeof(large));
    buffer_append(&buffer, "x", 1);
    assert_true(buffer.failed);
    assert_int_equal(buffer.size, 4);
    assert_memory_equal(buffer.data, "kept", 4);
    buffer_clear(&buffer);
    buffer_append(&buffer, "x", 1);
    assert_false(buffer.failed);
    buffer_close(&buffer);
    heap_failing_end();
}

static void integers_are_big_endian(void **state)
{
    (void)state;
    uint8_t bytes[8];
    put_u64(bytes, UINT64_C(0x0102030405060708));
    assert_memory_equal(bytes, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    assert_true(get_u64(bytes) == UINT64_C(0x0102030405060708));
    put_u32(bytes, 0xFFFEFDFC);
    assert_true(get_u32(bytes) == 0xFFFEFDFC);
    assert_int_equal(get_u16(bytes), 0xFFFE);
}

static void a_sum_carries_borrows_and_wraps(void **state)
{
    (void)state;
    uint8_t sum[SUM_BYTES];
    uint8_t one[SUM_BYTES] = {0};
    uint8_t zero[SUM_BYTES] = {0};
    one[SUM_BYTES - 1] = 1;
    memset(sum, 0xff, sizeof(sum));
    sum_add(sum, one);
    assert_memory_equal(sum, zero, sizeof(sum));
    sum_subtract(sum, one);
    assert_int_equal(sum[0], 0xff);
    assert_int_equal(sum[SUM_BYTES - 1], 0xff);
    sum_subtract(sum, sum);
    assert_memory_equal(sum, zero, sizeof(sum));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_sum_carries_borrows_and_wraps),
            cmocka_unit_test(bytes_compare_as_memory_with_the_shorter_first),
            cmocka_unit_test(a_buffer_grows_and_drops_its_front),
            cmocka_unit_test(nothing_may_be_appended_and_asked_for),
            cmocka_unit_test(a_failed_allocation_is_told_once_at_the_end),
            cmocka_unit_test(integers_are_big_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
