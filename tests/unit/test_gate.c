#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/gate.h"
#include "proto/ident.h"
#include "proto/limits.h"
#include "proto/pack.h"

#include <msgpack.h>
#include <string.h>

/* One row of bytes and what becomes of it: NULL passes, else the fault that is named. */
struct row {
    const char *hex;
    const char *entry;
    const char *control;
};

static struct bytes from_hex(const char *hex, uint8_t *out)
{
    size_t size = 0;
    while (*hex != '\0') {
        const char pair[] = {hex[0], hex[1], '\0'};
        assert_true(ident_unhex(&out[size++], 1, pair));
        for (hex += 2; *hex == ' '; hex++)
            ;
    }
    return bytes_of(out, size);
}

static void assert_fault(struct bytes input, enum gate_profile profile, const char *fault)
{
    struct grid_error error = {0};
    enum grid_status status = gate_check(input, profile, &error);
    if (fault == NULL) {
        assert_int_equal(status, GRID_OK);
        return;
    }
    assert_int_equal(status, GRID_MALFORMED);
    assert_string_equal(error.reason, "not_canonical");
    assert_memory_equal(error.detail, fault, strlen(fault));
    assert_int_equal(error.detail[strlen(fault)], GRID_ARG[0]);
}

static void assert_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[64];
        struct bytes input = from_hex(rows[i].hex, bytes);
        assert_fault(input, GATE_ENTRY, rows[i].entry);
        assert_fault(input, GATE_CONTROL, rows[i].control);
    }
}
#define ASSERT_ROWS(rows) assert_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void only_the_shortest_integer_passes(void **state)
{
    (void)state;
    static const struct row rows[] = {
            {"00", NULL, NULL},
            {"7f", NULL, NULL},
            {"cc 80", NULL, NULL},
            {"cc 7f", "not_shortest", "not_shortest"},
            {"cd 0100", NULL, NULL},
            {"cd 00ff", "not_shortest", "not_shortest"},
            {"ce 00010000", NULL, NULL},
            {"ce 0000ffff", "not_shortest", "not_shortest"},
            {"cf 0000000100000000", NULL, NULL},
            {"cf 00000000ffffffff", "not_shortest", "not_shortest"},
            {"cf ffffffffffffffff", NULL, NULL},
            {"e0", NULL, NULL},
            {"ff", NULL, NULL},
            {"d0 df", NULL, NULL},
            {"d0 e0", "not_shortest", "not_shortest"},
            {"d0 05", "not_shortest", "not_shortest"},
            {"d1 ff7f", NULL, NULL},
            {"d1 ff80", "not_shortest", "not_shortest"},
            {"d1 0100", "not_shortest", "not_shortest"},
            {"d2 ffff7fff", NULL, NULL},
            {"d2 ffff8000", "not_shortest", "not_shortest"},
            {"d3 ffffffff7fffffff", NULL, NULL},
            {"d3 8000000000000000", NULL, NULL},
            {"d3 ffffffff80000000", "not_shortest", "not_shortest"},
            {"d3 7fffffffffffffff", "not_shortest", "not_shortest"},
    };
    ASSERT_ROWS(rows);
}

static void only_the_shortest_length_passes(void **state)
{
    (void)state;
    static const struct row rows[] = {
            {"a0", NULL, NULL},
            {"a1 61", NULL, NULL},
            {"d9 01 61", "not_shortest", "not_shortest"},
            {"da 0001 61", "not_shortest", "not_shortest"},
            {"db 00000001 61", "not_shortest", "not_shortest"},
            {"c4 00", NULL, NULL},
            {"c5 0001 61", "not_shortest", "not_shortest"},
            {"c6 00000001 61", "not_shortest", "not_shortest"},
            {"90", NULL, NULL},
            {"91 00", NULL, NULL},
            {"dc 0001 00", "not_shortest", "not_shortest"},
            {"dd 00000001 00", "not_shortest", "not_shortest"},
            {"80", NULL, NULL},
            {"de 0001 00 00", "not_shortest", "not_shortest"},
            {"df 00000001 00 00", "not_shortest", "not_shortest"},
    };
    ASSERT_ROWS(rows);
}

static void floats_extensions_and_nil_do_not_pass(void **state)
{
    (void)state;
    static const struct row rows[] = {
            {"c0", "nil", NULL},
            {"91 c0", "nil", NULL},
            {"81 00 c0", "nil", NULL},
            {"c1", "type", "type"},
            {"c2", NULL, NULL},
            {"c3", NULL, NULL},
            {"ca 3f800000", "type", "type"},
            {"cb 3ff0000000000000", "type", "type"},
            {"c7 01 00 61", "type", "type"},
            {"c8 0001 00 61", "type", "type"},
            {"c9 00000001 00 61", "type", "type"},
            {"d4 00 61", "type", "type"},
            {"d5 00 6161", "type", "type"},
            {"d6 ff 00000000", "type", "type"},
            {"d7 00 0000000000000000", "type", "type"},
            {"d8 00 00000000000000000000000000000000", "type", "type"},
    };
    ASSERT_ROWS(rows);
}

static void only_whole_values_with_nothing_behind_pass(void **state)
{
    (void)state;
    static const struct row rows[] = {
            {"", "truncated", "truncated"},
            {"cc", "truncated", "truncated"},
            {"cf 00000001", "truncated", "truncated"},
            {"a2 61", "truncated", "truncated"},
            {"d9", "truncated", "truncated"},
            {"c4 02 61", "truncated", "truncated"},
            {"91", "truncated", "truncated"},
            {"92 00", "truncated", "truncated"},
            {"81 00", "truncated", "truncated"},
            {"92 91 00", "truncated", "truncated"},
            {"00 00", "trailing", "trailing"},
            {"90 90", "trailing", "trailing"},
            /* counts are held against the bytes that are there, not against later ones */
            {"dd ffffffff", "truncated", "truncated"},
            {"df ffffffff 00 00", "truncated", "truncated"},
            {"c6 ffffffff", "truncated", "truncated"},
            {"db ffffffff 61", "truncated", "truncated"},
            /* what outer containers still wait for counts too */
            {"93 93 00 00 00", "truncated", "truncated"},
    };
    ASSERT_ROWS(rows);
}

static void keys_are_ascending_or_at_least_unique(void **state)
{
    (void)state;
    static const struct row rows[] = {
            {"82 00 00 01 00", NULL, NULL},
            {"82 01 00 00 00", "key_order", NULL},
            {"82 01 00 01 00", "key_order", "key_twice"},
            {"82 7f 00 cc80 00", NULL, NULL},
            {"82 00 00 a161 00", NULL, NULL},
            {"82 a161 00 00 00", "key_order", NULL},
            {"82 a161 00 a162 00", NULL, NULL},
            {"82 a162 00 a161 00", "key_order", NULL},
            {"82 a162 00 a26161 00", NULL, NULL},
            {"82 a161 00 a161 00", "key_order", "key_twice"},
            {"83 a161 00 a162 00 a161 00", "key_order", "key_twice"},
            {"81 ff 00", "key_type", "key_type"},
            {"81 c0 00", "key_type", "key_type"},
            {"81 c3 00", "key_type", "key_type"},
            {"81 90 00", "key_type", "key_type"},
            {"81 80 00", "key_type", "key_type"},
            {"81 c400 00", "key_type", "key_type"},
            {"81 cc05 00", "not_shortest", "not_shortest"},
            /* keys of inner maps are their own; those of outer ones go on behind them */
            {"82 00 81 00 00 01 00", NULL, NULL},
            {"82 01 81 00 00 01 00", "key_order", "key_twice"},
            {"82 00 82 05 00 06 00 01 81 05 00", NULL, NULL},
            {"82 a161 82 a161 00 a162 00 a162 81 a162 00", NULL, NULL},
            {"92 81 00 00 81 00 00", NULL, NULL},
    };
    ASSERT_ROWS(rows);
}

static void text_is_valid_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
            {"", true},
            {"plain ascii that is longer than eight", true},
            {"网格党小组、网格员、楼栋(单元、联户)长", true},
            {"ᠮᠣᠩᠭᠣᠯ", true},
            {"😀 mixed 字", true},
            {"\x7F", true},
            {"\xC2\x80", true},
            {"\xDF\xBF", true},
            {"\xE0\xA0\x80", true},
            {"\xED\x9F\xBF", true},
            {"\xEE\x80\x80", true},
            {"\xEF\xBF\xBF", true},
            {"\xF0\x90\x80\x80", true},
            {"\xF4\x8F\xBF\xBF", true},
            {"\x80", false},
            {"\xC0\x80", false}, /* longer than needed */
            {"\xC1\xBF", false},
            {"\xE0\x9F\xBF", false},
            {"\xF0\x8F\xBF\xBF", false},
            {"\xED\xA0\x80", false}, /* surrogates */
            {"\xED\xBF\xBF", false},
            {"\xF4\x90\x80\x80", false}, /* beyond U+10FFFF */
            {"\xF5\x80\x80\x80", false},
            {"\xFF", false},
            {"\xC2", false}, /* cut */
            {"\xE7\xBD", false},
            {"\xF0\x9F\x98", false},
            {"eight ascii\xE7\xBD", false},
            {"\xC2\x41", false},
            {"\xE7\xBD\x41", false},
            {"\xE7\x41\x91", false},
            {"\xF0\x9F\x98\x41", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(gate_utf8(bytes_text(rows[i].text)), rows[i].valid);
        struct buffer buffer = {0};
        pack_text(&buffer, rows[i].text);
        assert_fault(buffer_bytes(&buffer), GATE_ENTRY, rows[i].valid ? NULL : "utf8");
        /* a bin may hold anything */
        buffer_clear(&buffer);
        pack_bin(&buffer, bytes_text(rows[i].text));
        assert_fault(buffer_bytes(&buffer), GATE_ENTRY, NULL);
        buffer_close(&buffer);
    }
}

static void eight_levels_pass_and_nine_do_not(void **state)
{
    (void)state;
    uint8_t nested[GRID_DEPTH_MAX + 2];
    memset(nested, 0x91, sizeof(nested));
    nested[GRID_DEPTH_MAX] = 0x00;
    assert_fault(bytes_of(nested, GRID_DEPTH_MAX + 1), GATE_ENTRY, NULL);
    nested[GRID_DEPTH_MAX - 1] = 0x90;
    assert_fault(bytes_of(nested, GRID_DEPTH_MAX), GATE_ENTRY, NULL);
    nested[GRID_DEPTH_MAX - 1] = 0x91;
    nested[GRID_DEPTH_MAX] = 0x90;
    assert_fault(bytes_of(nested, GRID_DEPTH_MAX + 1), GATE_ENTRY, "too_deep");
    static uint8_t deep[100000];
    memset(deep, 0x91, sizeof(deep));
    assert_fault(bytes_of(deep, sizeof(deep)), GATE_ENTRY, "too_deep");
}

static void the_number_of_values_is_bounded(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    pack_array(&buffer, GRID_NODES_MAX - 1);
    for (size_t i = 1; i < GRID_NODES_MAX; i++)
        pack_uint(&buffer, 0);
    assert_fault(buffer_bytes(&buffer), GATE_ENTRY, NULL);
    buffer_clear(&buffer);
    pack_array(&buffer, GRID_NODES_MAX);
    for (size_t i = 0; i < GRID_NODES_MAX; i++)
        pack_uint(&buffer, 0);
    assert_fault(buffer_bytes(&buffer), GATE_ENTRY, "too_many_values");
    buffer_close(&buffer);
}

static void a_control_map_has_at_most_1024_keys(void **state)
{
    (void)state;
    for (size_t count = 1024; count <= 1025; count++) {
        struct buffer buffer = {0};
        pack_map(&buffer, count);
        for (size_t i = count; i > 0; i--) {
            pack_uint(&buffer, i);
            pack_nil(&buffer);
        }
        assert_fault(buffer_bytes(&buffer), GATE_CONTROL, count > 1024 ? "too_many_keys" : NULL);
        buffer_close(&buffer);
    }
}

static void values_one_behind_the_other_are_taken_one_by_one(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x92, 0x01, 0x81, 0x00, 0xA1, 'x', 0x05, 0xC0};
    struct bytes input = bytes_of(values, sizeof(values));
    size_t size;
    assert_int_equal(gate_first(input, GATE_ENTRY, &size, NULL), GRID_OK);
    assert_int_equal(size, 6);
    input = bytes_of(values + 6, 2);
    assert_int_equal(gate_first(input, GATE_ENTRY, &size, NULL), GRID_OK);
    assert_int_equal(size, 1);
    input = bytes_of(values + 7, 1);
    assert_int_equal(gate_first(input, GATE_ENTRY, &size, NULL), GRID_MALFORMED);
    assert_int_equal(size, 0);
    assert_int_equal(gate_first((struct bytes){0}, GATE_ENTRY, &size, NULL), GRID_MALFORMED);
}

/* --- against another decoder --- */

// NOLINTNEXTLINE(misc-no-recursion): as deep as the value
static size_t count_values(const msgpack_object *object)
{
    size_t count = 1;
    if (object->type == MSGPACK_OBJECT_ARRAY)
        for (uint32_t i = 0; i < object->via.array.size; i++)
            count += count_values(&object->via.array.ptr[i]);
    if (object->type == MSGPACK_OBJECT_MAP)
        for (uint32_t i = 0; i < object->via.map.size; i++)
            count += count_values(&object->via.map.ptr[i].key) +
                     count_values(&object->via.map.ptr[i].val);
    return count;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the value
static size_t count_read(struct reader *reader)
{
    size_t count = 1;
    switch (read_type(reader)) {
    case PACK_ARRAY:
        for (size_t left = read_array(reader); left > 0; left--)
            count += count_read(reader);
        break;
    case PACK_MAP:
        for (size_t left = 2 * read_map(reader); left > 0; left--)
            count += count_read(reader);
        break;
    case PACK_NONE:
    case PACK_UINT:
    case PACK_NEGATIVE:
    case PACK_BOOL:
    case PACK_NIL:
    case PACK_STR:
    case PACK_BIN:
        read_skip(reader);
        break;
    }
    return count;
}

static uint32_t random_below(uint64_t *seed, uint32_t limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % limit;
}

/* A random value, mostly canonical; deep ones end soon. */
// NOLINTNEXTLINE(misc-no-recursion): as deep as the value
static void pack_random(struct buffer *out, uint64_t *seed, unsigned depth)
{
    switch (random_below(seed, depth < 9 ? 9 : 6)) {
    case 0:
        pack_uint(out, UINT64_MAX >> random_below(seed, 64));
        return;
    case 1:
        pack_int(out, INT64_MIN >> random_below(seed, 63));
        return;
    case 2:
        pack_bool(out, random_below(seed, 2) == 0);
        return;
    case 3:
        pack_text(out, random_below(seed, 2) == 0 ? "裂缝" : "crack");
        return;
    case 4:
        pack_bin(out, bytes_of("\x00\xFF\x80", random_below(seed, 4)));
        return;
    case 5:
        pack_nil(out);
        return;
    case 6:
    case 7: {
        uint32_t count = random_below(seed, 20);
        pack_array(out, count);
        while (count-- > 0)
            pack_random(out, seed, depth + 1 + count / 4);
        return;
    }
    default: {
        uint32_t count = random_below(seed, 18);
        pack_map(out, count);
        for (uint32_t key = 0; key < count; key++) {
            pack_uint(out, UINT64_C(30) * key);
            pack_random(out, seed, depth + 2);
        }
        return;
    }
    }
}

/* What the gate passes, msgpack-c and our reader read whole, with the same number of values; packed
 * again it is the same bytes. */
static bool assert_same_reading(struct bytes input, enum gate_profile profile)
{
    if (gate_check(input, profile, NULL) != GRID_OK)
        return false;
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t taken = 0;
    msgpack_unpack_return result =
            msgpack_unpack_next(&unpacked, (const char *)input.data, input.size, &taken);
    assert_int_equal(result, MSGPACK_UNPACK_SUCCESS);
    assert_int_equal(taken, input.size);
    struct reader reader = reader_of(input);
    assert_int_equal(count_read(&reader), count_values(&unpacked.data));
    assert_true(reader_done(&reader));

    msgpack_sbuffer again;
    msgpack_sbuffer_init(&again);
    msgpack_packer packer;
    msgpack_packer_init(&packer, &again, msgpack_sbuffer_write);
    msgpack_pack_object(&packer, unpacked.data);
    assert_int_equal(again.size, input.size);
    assert_memory_equal(again.data, input.data, input.size);
    msgpack_sbuffer_destroy(&again);
    msgpack_unpacked_destroy(&unpacked);
    return true;
}

static void what_passes_reads_the_same_in_another_decoder(void **state)
{
    (void)state;
    uint64_t seed = 20261121;
    size_t passed = 0;
    size_t refused = 0;
    struct buffer buffer = {0};
    for (unsigned round = 0; round < 20000; round++) {
        buffer_clear(&buffer);
        pack_random(&buffer, &seed, 3);
        /* every other value gets a byte changed, so that wrong ones are met too */
        if (round % 2 == 0)
            buffer.data[random_below(&seed, (uint32_t)buffer.size)] ^=
                    (uint8_t)(1U << random_below(&seed, 8));
        bool entry = assert_same_reading(buffer_bytes(&buffer), GATE_ENTRY);
        bool control = assert_same_reading(buffer_bytes(&buffer), GATE_CONTROL);
        assert_true(control || !entry);
        passed += control;
        refused += !control;
    }
    assert_true(passed > 3000);
    assert_true(refused > 1000);
    buffer_close(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(only_the_shortest_integer_passes),
            cmocka_unit_test(only_the_shortest_length_passes),
            cmocka_unit_test(floats_extensions_and_nil_do_not_pass),
            cmocka_unit_test(only_whole_values_with_nothing_behind_pass),
            cmocka_unit_test(keys_are_ascending_or_at_least_unique),
            cmocka_unit_test(text_is_valid_utf8),
            cmocka_unit_test(eight_levels_pass_and_nine_do_not),
            cmocka_unit_test(the_number_of_values_is_bounded),
            cmocka_unit_test(a_control_map_has_at_most_1024_keys),
            cmocka_unit_test(values_one_behind_the_other_are_taken_one_by_one),
            cmocka_unit_test(what_passes_reads_the_same_in_another_decoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
