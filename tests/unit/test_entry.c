/* Headers, leaves, dots and chains (P-20…). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/entry.h"

#include <string.h>

static const uint8_t map_of_nothing[] = {0x80};

static struct dot dot_at(uint8_t author, uint8_t lane, uint64_t seq)
{
    struct dot dot = {.lane = lane, .seq = seq};
    memset(dot.author, author, sizeof(dot.author));
    memset(dot.tag, 7, sizeof(dot.tag));
    return dot;
}

static struct entry_header amend(struct dot *basis, size_t basis_count)
{
    return (struct entry_header){.hlc = (uint64_t)1800000000000 << 16,
            .kind = GRID_KIND_AMEND,
            .has_case = true,
            .case_id = {1, 2, 3},
            .basis = basis,
            .basis_count = basis_count,
            .rv = 1};
}

static struct entry entry_of(const struct buffer *header)
{
    return (struct entry){.author = {9},
            .lane = GRID_LANE_WORK,
            .seq = 2,
            .header = buffer_bytes(header),
            .body = bytes_of(map_of_nothing, sizeof(map_of_nothing))};
}

/* What entry_admit says about a header and an empty body. */
static enum grid_status admit(const struct buffer *header, struct grid_error *error)
{
    struct entry entry = entry_of(header);
    return entry_admit(&entry, error);
}

static void assert_refused(const struct buffer *header, const char *reason)
{
    struct grid_error error = {0};
    assert_int_equal(admit(header, &error), GRID_MALFORMED);
    assert_string_equal(error.reason, reason);
}

/* A header of parts: the dots of both lists raw, so that wrong ones can be written too. */
static void pack_parts(struct buffer *out, uint64_t kind, size_t id_bytes, const struct dot *basis,
        size_t basis_count, const struct dot *refs, size_t ref_count)
{
    static const uint8_t id[GRID_HASH_BYTES] = {1};
    pack_array(out, 7);
    pack_uint(out, 1);
    pack_uint(out, kind);
    pack_bin(out, bytes_of(id, id_bytes));
    pack_array(out, basis_count);
    for (size_t i = 0; i < basis_count; i++)
        dot_pack(out, &basis[i]);
    pack_array(out, ref_count);
    for (size_t i = 0; i < ref_count; i++)
        dot_pack(out, &refs[i]);
    pack_uint(out, 0);
    pack_uint(out, 0);
}

static void a_header_reads_back_as_it_was_packed(void **state)
{
    (void)state;
    struct dot basis[] = {dot_at(1, 0, 5), dot_at(1, 1, 3), dot_at(2, 0, 1)};
    struct dot refs[] = {dot_at(1, 1, 4)};
    struct entry_header header = amend(basis, 3);
    header.refs = refs;
    header.ref_count = 1;
    header.rv = UINT64_MAX;
    header.flags = 2;
    struct buffer bytes = {0};
    struct arena arena = {0};
    struct entry_header back;
    entry_pack_header(&bytes, &header);
    assert_int_equal(admit(&bytes, NULL), GRID_OK);
    struct entry entry = entry_of(&bytes);
    assert_int_equal(entry_read_header(&entry, &arena, &back, NULL), GRID_OK);
    assert_true(back.hlc == header.hlc && back.kind == header.kind && back.rv == header.rv);
    assert_int_equal(back.flags, 2);
    assert_true(back.has_case);
    assert_memory_equal(back.case_id, header.case_id, GRID_ID_BYTES);
    assert_int_equal(back.basis_count, 3);
    assert_int_equal(back.ref_count, 1);
    for (size_t i = 0; i < 3; i++)
        assert_true(dot_equal(&back.basis[i], &basis[i]));
    assert_true(dot_equal(&back.refs[0], &refs[0]));
    arena_close(&arena);
    buffer_close(&bytes);
}

static void dots_stand_in_one_order_only(void **state)
{
    (void)state;
    const struct dot low = dot_at(1, 0, 5);
    const struct dot high = dot_at(1, 1, 5);
    const struct dot ascending[] = {low, high};
    const struct dot descending[] = {high, low};
    const struct dot twice[] = {low, low};
    struct buffer header = {0};
    pack_parts(&header, GRID_KIND_NOTE, 16, ascending, 2, NULL, 0);
    assert_int_equal(admit(&header, NULL), GRID_OK);
    buffer_clear(&header);
    pack_parts(&header, GRID_KIND_NOTE, 16, descending, 2, NULL, 0);
    assert_refused(&header, "header_dots");
    buffer_clear(&header);
    pack_parts(&header, GRID_KIND_NOTE, 16, NULL, 0, twice, 2);
    assert_refused(&header, "header_dots");
    buffer_clear(&header);
    pack_parts(&header, GRID_KIND_NOTE, 16, &high, 1, ascending, 2); /* high in both */
    assert_refused(&header, "header_dots");
    buffer_close(&header);
}

static void at_most_64_dots_are_named(void **state)
{
    (void)state;
    struct dot dots[GRID_REFS_MAX + 1];
    for (size_t i = 0; i <= GRID_REFS_MAX; i++)
        dots[i] = dot_at(1, 0, i + 1);
    struct buffer header = {0};
    pack_parts(&header, GRID_KIND_NOTE, 16, dots, 40, dots + 40, 24);
    assert_int_equal(admit(&header, NULL), GRID_OK);
    buffer_clear(&header);
    pack_parts(&header, GRID_KIND_NOTE, 16, dots, 40, dots + 40, 25);
    assert_refused(&header, "header_shape");
    buffer_close(&header);
}

static void a_create_names_no_case_and_an_act_names_one(void **state)
{
    (void)state;
    static const struct {
        uint64_t kind;
        size_t id_bytes;
        bool fits;
    } tries[] = {
            {GRID_KIND_CREATE, 0, true},
            {GRID_KIND_CREATE, 16, false},
            {GRID_KIND_ROWS, 16, false},
            {GRID_KIND_NOTE, 16, true},
            {GRID_KIND_NOTE, 0, false},
            {GRID_KIND_NOTE, 15, false},
            {1000, 0, true}, /* unknown here: nothing is asked */
            {1000, 16, true},
            {1000, 32, false},
    };
    struct buffer header = {0};
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        buffer_clear(&header);
        pack_parts(&header, tries[i].kind, tries[i].id_bytes, NULL, 0, NULL, 0);
        if (tries[i].fits)
            assert_int_equal(admit(&header, NULL), GRID_OK);
        else
            assert_refused(&header, "header_case");
    }
    buffer_close(&header);
}

static void what_is_no_header_is_refused(void **state)
{
    (void)state;
    struct buffer header = {0};
    pack_parts(&header, GRID_KIND_NONE, 0, NULL, 0, NULL, 0);
    assert_refused(&header, "header_shape");
    buffer_clear(&header);
    pack_array(&header, 0);
    assert_refused(&header, "header_shape");
    buffer_clear(&header);
    pack_parts(&header, (uint64_t)UINT32_MAX + 1, 0, NULL, 0, NULL, 0);
    assert_refused(&header, "header_shape");
    buffer_clear(&header);
    assert_refused(&header, "not_canonical");
    buffer_close(&header);
}

/* Lane 2, seq 0 or one that no entry can have, in the packed position of a dot. */
static void a_dot_where_no_entry_can_be_is_refused(void **state)
{
    (void)state;
    static const uint64_t positions[] = {
            0, 1, 4 | 2, 4 | 3, (GRID_SEQ_MAX + 1) << 2, UINT64_MAX - 3};
    for (size_t i = 0; i < sizeof(positions) / sizeof(positions[0]); i++) {
        struct buffer bytes = {0};
        uint8_t eight[8] = {0};
        struct dot dot;
        pack_array(&bytes, 3);
        pack_bin(&bytes, bytes_of(eight, 8));
        pack_uint(&bytes, positions[i]);
        pack_bin(&bytes, bytes_of(eight, 8));
        struct reader reader = reader_of(buffer_bytes(&bytes));
        dot_read(&reader, &dot);
        assert_true(reader.failed);
        buffer_close(&bytes);
    }
}

static void a_body_is_a_map_of_small_numbers(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        size_t size;
        bool fits;
    } tries[] = {
            {{0x80}, 1, true},
            {{0x81, 0x00, 0x01}, 3, true},
            {{0x81, 0xcc, 0x80, 0x01}, 4, true},
            {{0x81, 0xce, 0x00, 0x01, 0x00, 0x00, 0x01}, 7, false}, /* 65536 */
            {{0x81, 0xa1, 'a', 0x01}, 4, false},
            {{0x90}, 1, false},
            {{0x01}, 1, false},
            {{0x80, 0x80}, 2, false},
    };
    struct buffer header = {0};
    pack_parts(&header, GRID_KIND_CREATE, 0, NULL, 0, NULL, 0);
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        struct entry entry = entry_of(&header);
        entry.body = bytes_of(tries[i].bytes, tries[i].size);
        assert_int_equal(entry_admit(&entry, NULL), tries[i].fits ? GRID_OK : GRID_MALFORMED);
    }
    buffer_close(&header);
}

static void an_entry_larger_than_its_limit_is_refused(void **state)
{
    (void)state;
    struct buffer header = {0};
    struct buffer body = {0};
    struct grid_error error = {0};
    static const uint8_t filler[GRID_ENTRY_BYTES_MAX];
    pack_parts(&header, GRID_KIND_CREATE, 0, NULL, 0, NULL, 0);
    size_t room = GRID_ENTRY_BYTES_MAX - header.size - 6; /* map, key 128, bin of 16 bits */
    for (size_t more = 0; more < 2; more++) {
        buffer_clear(&body);
        pack_map(&body, 1);
        pack_uint(&body, 128);
        pack_bin(&body, bytes_of(filler, room + more));
        struct entry entry = entry_of(&header);
        entry.body = buffer_bytes(&body);
        assert_int_equal(entry_admit(&entry, &error), more == 0 ? GRID_OK : GRID_MALFORMED);
    }
    assert_string_equal(error.reason, "entry_bytes");
    buffer_close(&header);
    buffer_close(&body);
}

/* Every part of an entry and of its place is under its leaf. */
static void a_flipped_bit_changes_the_leaf(void **state)
{
    (void)state;
    struct buffer header = {0};
    pack_parts(&header, GRID_KIND_CREATE, 0, NULL, 0, NULL, 0);
    struct entry entry = entry_of(&header);
    assert_int_equal(entry_leaf(&entry), GRID_OK);
    struct entry moved = entry;
    moved.seq++;
    assert_int_equal(entry_leaf(&moved), GRID_OK);
    assert_memory_not_equal(entry.leaf, moved.leaf, GRID_HASH_BYTES);
    moved = entry;
    moved.lane = 0;
    assert_int_equal(entry_leaf(&moved), GRID_OK);
    assert_memory_not_equal(entry.leaf, moved.leaf, GRID_HASH_BYTES);
    moved = entry;
    moved.author[15] ^= 1;
    assert_int_equal(entry_leaf(&moved), GRID_OK);
    assert_memory_not_equal(entry.leaf, moved.leaf, GRID_HASH_BYTES);
    static const uint8_t other_body[] = {0x81, 0xcc, 0x80, 0x00};
    moved = entry;
    moved.body = bytes_of(other_body, sizeof(other_body));
    assert_int_equal(entry_leaf(&moved), GRID_OK);
    assert_memory_not_equal(entry.leaf, moved.leaf, GRID_HASH_BYTES);
    buffer_close(&header);
}

static void a_dot_names_its_entry(void **state)
{
    (void)state;
    struct entry entry = {.author = {0xab, 0xcd}, .lane = 1, .seq = 42, .leaf = {0xef}};
    struct dot dot = entry_dot(&entry);
    char text[DOT_TEXT_BYTES];
    dot_print(text, &dot);
    assert_string_equal(text, "abcd000000000000/1/42");
    assert_int_equal(dot.tag[0], 0xef);
}

static void sorting_dots_drops_doubles(void **state)
{
    (void)state;
    struct dot dots[] = {dot_at(2, 0, 1), dot_at(1, 1, 9), dot_at(2, 0, 1), dot_at(1, 0, 9)};
    assert_int_equal(dots_sort(dots, 4), 3);
    assert_int_equal(dots[0].lane, 0);
    assert_int_equal(dots[0].author[0], 1);
    assert_int_equal(dots[1].lane, 1);
    assert_int_equal(dots[2].author[0], 2);
    assert_int_equal(dots_sort(NULL, 0), 0);
}

/* The chain of a lane begins with the author and the lane, so no stream can be taken for another.
 */
static void chains_of_two_lanes_differ_from_the_start(void **state)
{
    (void)state;
    uint8_t author[GRID_ID_BYTES] = {5};
    uint8_t urgent[GRID_HASH_BYTES];
    uint8_t work[GRID_HASH_BYTES];
    uint8_t leaf[GRID_HASH_BYTES] = {6};
    assert_int_equal(chain_start(urgent, author, 0), GRID_OK);
    assert_int_equal(chain_start(work, author, 1), GRID_OK);
    assert_memory_not_equal(urgent, work, GRID_HASH_BYTES);
    uint8_t next[GRID_HASH_BYTES];
    memcpy(next, work, sizeof(next));
    assert_int_equal(chain_next(next, leaf), GRID_OK);
    assert_memory_not_equal(next, work, GRID_HASH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_header_reads_back_as_it_was_packed),
            cmocka_unit_test(dots_stand_in_one_order_only),
            cmocka_unit_test(at_most_64_dots_are_named),
            cmocka_unit_test(a_create_names_no_case_and_an_act_names_one),
            cmocka_unit_test(what_is_no_header_is_refused),
            cmocka_unit_test(a_dot_where_no_entry_can_be_is_refused),
            cmocka_unit_test(a_body_is_a_map_of_small_numbers),
            cmocka_unit_test(an_entry_larger_than_its_limit_is_refused),
            cmocka_unit_test(a_flipped_bit_changes_the_leaf),
            cmocka_unit_test(a_dot_names_its_entry),
            cmocka_unit_test(sorting_dots_drops_doubles),
            cmocka_unit_test(chains_of_two_lanes_differ_from_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
