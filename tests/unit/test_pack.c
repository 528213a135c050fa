#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/gate.h"
#include "proto/pack.h"
#include "tests/lib/heap_failing.h"

#include <string.h>

static void integers_come_back_and_are_shortest(void **state)
{
    (void)state;
    static const uint64_t unsigned_values[] = {0, 1, 127, 128, 255, 256, 65535, 65536, UINT32_MAX,
            (uint64_t)UINT32_MAX + 1, INT64_MAX, UINT64_MAX};
    static const int64_t signed_values[] = {0, 5, -1, -32, -33, -128, -129, -32768, -32769,
            INT32_MIN, (int64_t)INT32_MIN - 1, INT64_MIN, INT64_MAX, 127, 128, 255, 256, 70000};
    struct buffer buffer = {0};
    for (size_t i = 0; i < sizeof(unsigned_values) / sizeof(unsigned_values[0]); i++) {
        buffer_clear(&buffer);
        pack_uint(&buffer, unsigned_values[i]);
        assert_int_equal(gate_check(buffer_bytes(&buffer), GATE_ENTRY, NULL), GRID_OK);
        struct reader reader = reader_of(buffer_bytes(&buffer));
        assert_int_equal(read_type(&reader), PACK_UINT);
        assert_true(read_uint(&reader) == unsigned_values[i]);
        assert_true(reader_done(&reader));
    }
    for (size_t i = 0; i < sizeof(signed_values) / sizeof(signed_values[0]); i++) {
        buffer_clear(&buffer);
        pack_int(&buffer, signed_values[i]);
        assert_int_equal(gate_check(buffer_bytes(&buffer), GATE_ENTRY, NULL), GRID_OK);
        struct reader reader = reader_of(buffer_bytes(&buffer));
        assert_int_equal(read_type(&reader), signed_values[i] < 0 ? PACK_NEGATIVE : PACK_UINT);
        assert_true(read_int(&reader) == signed_values[i]);
        assert_true(reader_done(&reader));
    }
    buffer_close(&buffer);
}

static void texts_and_bins_of_every_length_class_come_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 31, 32, 255, 256, 65535, 65536};
    static char content[65536];
    memset(content, 'a', sizeof(content));
    struct buffer buffer = {0};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        buffer_clear(&buffer);
        pack_array(&buffer, 2);
        pack_str(&buffer, bytes_of(content, sizes[i]));
        pack_bin(&buffer, bytes_of(content, sizes[i]));
        assert_int_equal(gate_check(buffer_bytes(&buffer), GATE_ENTRY, NULL), GRID_OK);
        struct reader reader = reader_of(buffer_bytes(&buffer));
        assert_int_equal(read_array(&reader), 2);
        assert_int_equal(read_type(&reader), PACK_STR);
        assert_true(bytes_equal(read_str(&reader), bytes_of(content, sizes[i])));
        assert_int_equal(read_type(&reader), PACK_BIN);
        assert_true(bytes_equal(read_bin(&reader), bytes_of(content, sizes[i])));
        assert_true(reader_done(&reader));
    }
    buffer_close(&buffer);
}

static void containers_of_every_length_class_come_back(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 15, 16, 20000};
    struct buffer buffer = {0};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        buffer_clear(&buffer);
        pack_array(&buffer, counts[i]);
        for (size_t value = 0; value < counts[i]; value++)
            pack_nil(&buffer);
        struct bytes array = buffer_bytes(&buffer);
        struct reader reader = reader_of(array);
        assert_true(bytes_equal(read_raw(&reader), array));
        reader = reader_of(array);
        assert_int_equal(read_array(&reader), counts[i]);
        buffer_clear(&buffer);
        pack_map(&buffer, counts[i]);
        for (size_t key = 0; key < counts[i]; key++) {
            pack_uint(&buffer, key);
            pack_bool(&buffer, key % 2 == 1);
        }
        assert_int_equal(gate_check(buffer_bytes(&buffer), GATE_ENTRY, NULL), GRID_OK);
        reader = reader_of(buffer_bytes(&buffer));
        assert_int_equal(read_map(&reader), counts[i]);
        for (size_t key = 0; key < counts[i]; key++) {
            assert_int_equal(read_uint(&reader), key);
            assert_int_equal(read_bool(&reader), key % 2 == 1);
        }
        assert_true(reader_done(&reader));
    }
    buffer_close(&buffer);
}

static void a_wrong_type_fails_for_good_and_gives_nothing(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    pack_text(&buffer, "text");
    pack_uint(&buffer, 7);
    struct reader reader = reader_of(buffer_bytes(&buffer));
    assert_int_equal(read_uint(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(read_type(&reader), PACK_NONE);
    assert_int_equal(read_uint(&reader), 0);
    assert_int_equal(read_str(&reader).size, 0);
    assert_int_equal(read_raw(&reader).size, 0);
    assert_false(reader_done(&reader));
    buffer_close(&buffer);
}

static void integers_out_of_range_fail(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    pack_uint(&buffer, (uint64_t)INT64_MAX + 1);
    struct reader reader = reader_of(buffer_bytes(&buffer));
    assert_int_equal(read_int(&reader), 0);
    assert_true(reader.failed);
    buffer_clear(&buffer);
    pack_int(&buffer, -1);
    reader = reader_of(buffer_bytes(&buffer));
    assert_int_equal(read_uint(&reader), 0);
    assert_true(reader.failed);
    buffer_close(&buffer);
}

static void a_bin_of_another_length_leaves_zeros(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    pack_bin(&buffer, bytes_of("12345678", 8));
    uint8_t out[16];
    memset(out, 0xFF, sizeof(out));
    struct reader reader = reader_of(buffer_bytes(&buffer));
    read_bin_exact(&reader, out, sizeof(out));
    assert_true(reader.failed);
    for (size_t i = 0; i < sizeof(out); i++)
        assert_int_equal(out[i], 0);
    reader = reader_of(buffer_bytes(&buffer));
    read_bin_exact(&reader, out, 8);
    assert_true(reader_done(&reader));
    assert_memory_equal(out, "12345678", 8);
    buffer_close(&buffer);
}

/* The gate comes first, but the reader stays inside its bytes even where it was forgotten. */
static void cut_bytes_never_lead_outside(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    pack_map(&buffer, 1);
    pack_uint(&buffer, 70000);
    pack_array(&buffer, 3);
    pack_text(&buffer, "文字");
    pack_bin(&buffer, bytes_of("0123456789012345678901234567890123456789", 40));
    pack_int(&buffer, -70000);
    for (size_t size = 0; size < buffer.size; size++) {
        struct reader reader = reader_of(bytes_of(buffer.data, size));
        read_skip(&reader);
        assert_true(reader.failed);
        assert_true(reader.at <= reader.end);
    }
    struct reader reader = reader_of(buffer_bytes(&buffer));
    read_skip(&reader);
    assert_true(reader_done(&reader));
    buffer_close(&buffer);

    static const uint8_t bomb[] = {0xDD, 0xFF, 0xFF, 0xFF, 0xFF};
    reader = reader_of(bytes_of(bomb, sizeof(bomb)));
    assert_int_equal(read_array(&reader), 0);
    assert_true(reader.failed);
    reader = reader_of((struct bytes){0});
    assert_int_equal(read_type(&reader), PACK_NONE);
    assert_true(reader_done(&reader));
}

static void a_raw_value_goes_in_as_it_came_out(void **state)
{
    (void)state;
    struct buffer inner = {0};
    pack_array(&inner, 2);
    pack_text(&inner, "甲方");
    pack_uint(&inner, 3);
    struct buffer outer = {0};
    pack_array(&outer, 2);
    pack_raw(&outer, buffer_bytes(&inner));
    pack_bool(&outer, true);
    struct reader reader = reader_of(buffer_bytes(&outer));
    assert_int_equal(read_array(&reader), 2);
    assert_true(bytes_equal(read_raw(&reader), buffer_bytes(&inner)));
    assert_true(read_bool(&reader));
    assert_true(reader_done(&reader));
    buffer_close(&inner);
    buffer_close(&outer);
}

static void a_packer_without_memory_says_so(void **state)
{
    (void)state;
    heap_failing_begin();
    struct buffer buffer = {0};
    heap_failing_at(1);
    pack_array(&buffer, 1);
    pack_text(&buffer, "never");
    assert_true(buffer.failed);
    assert_int_equal(buffer.size, 0);
    buffer_close(&buffer);
    heap_failing_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(integers_come_back_and_are_shortest),
            cmocka_unit_test(texts_and_bins_of_every_length_class_come_back),
            cmocka_unit_test(containers_of_every_length_class_come_back),
            cmocka_unit_test(a_wrong_type_fails_for_good_and_gives_nothing),
            cmocka_unit_test(integers_out_of_range_fail),
            cmocka_unit_test(a_bin_of_another_length_leaves_zeros),
            cmocka_unit_test(cut_bytes_never_lead_outside),
            cmocka_unit_test(a_raw_value_goes_in_as_it_came_out),
            cmocka_unit_test(a_packer_without_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
