/* Runs, seals and receipts (P-50…, P-60…). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/segment.h"

#include <string.h>

static const uint8_t seed[GRID_SEED_BYTES] = {1, 2, 3};

static void pack_entry(struct buffer *out, uint64_t hlc, size_t body_bytes)
{
    static const uint8_t filler[GRID_ENTRY_BYTES_MAX];
    struct entry_header header = {.hlc = hlc, .kind = GRID_KIND_CREATE};
    entry_pack_header(out, &header);
    pack_map(out, 1);
    pack_uint(out, 128);
    pack_bin(out, bytes_of(filler, body_bytes));
}

/* A segment of `count` small entries from seq 1 on; *bytes holds them. */
static struct segment segment_of(struct buffer *bytes, uint32_t count)
{
    uint8_t key[GRID_KEY_BYTES];
    struct segment segment = {.lane = GRID_LANE_WORK, .first_seq = 1, .entry_count = count};
    for (uint32_t i = 0; i < count; i++)
        pack_entry(bytes, 1000 + i, 3);
    assert_int_equal(crypto_public_key(key, seed), GRID_OK);
    assert_int_equal(author_of_key(segment.author, key), GRID_OK);
    segment.entries = buffer_bytes(bytes);
    return segment;
}

static enum grid_status open_it(const struct segment *segment, struct arena *arena,
        struct entry **entries, uint8_t **ids, struct grid_error *error)
{
    uint8_t start[GRID_HASH_BYTES];
    assert_int_equal(chain_start(start, segment->author, segment->lane), GRID_OK);
    return segment_open(segment, start, arena, entries, ids, error);
}

static void assert_refused(const struct segment *segment, const char *reason)
{
    struct arena arena = {0};
    struct grid_error error = {0};
    struct entry *entries = NULL;
    uint8_t *ids = NULL;
    assert_int_equal(open_it(segment, &arena, &entries, &ids, &error), GRID_MALFORMED);
    assert_string_equal(error.reason, reason);
    assert_null(entries);
    arena_close(&arena);
}

static void a_segment_opens_into_its_chain(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    struct arena arena = {0};
    struct entry *entries = NULL;
    uint8_t *ids = NULL;
    struct segment segment = segment_of(&bytes, 3);
    assert_int_equal(open_it(&segment, &arena, &entries, &ids, NULL), GRID_OK);
    uint8_t id[GRID_HASH_BYTES];
    assert_int_equal(chain_start(id, segment.author, segment.lane), GRID_OK);
    for (uint32_t i = 0; i < 3; i++) {
        struct entry_header header;
        struct entry again = entries[i];
        assert_int_equal(entries[i].seq, 1 + i);
        assert_int_equal(entry_read_header(&entries[i], &arena, &header, NULL), GRID_OK);
        assert_int_equal(header.hlc, 1000 + i);
        assert_int_equal(entry_leaf(&again), GRID_OK);
        assert_memory_equal(again.leaf, entries[i].leaf, GRID_HASH_BYTES);
        assert_int_equal(chain_next(id, entries[i].leaf), GRID_OK);
        assert_memory_equal(id, ids + (size_t)i * GRID_HASH_BYTES, GRID_HASH_BYTES);
    }
    arena_close(&arena);
    buffer_close(&bytes);
}

static void a_segment_has_as_many_entries_as_it_says(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    struct segment segment = segment_of(&bytes, 3);
    static const uint32_t counts[] = {0, 2, 4, GRID_SEGMENT_ENTRIES_MAX + 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        segment.entry_count = counts[i];
        assert_refused(&segment, "segment_count");
    }
    buffer_close(&bytes);
}

static void a_segment_of_256_entries_opens(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    struct arena arena = {0};
    struct entry *entries = NULL;
    uint8_t *ids = NULL;
    struct segment segment = segment_of(&bytes, GRID_SEGMENT_ENTRIES_MAX);
    assert_int_equal(open_it(&segment, &arena, &entries, &ids, NULL), GRID_OK);
    assert_int_equal(entries[255].seq, 256);
    arena_close(&arena);
    buffer_close(&bytes);
}

static void a_segment_outgrown_is_refused(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    struct segment segment = segment_of(&bytes, 1);
    pack_entry(&bytes, 1, 30000);
    pack_entry(&bytes, 2, 20000);
    segment.entries = buffer_bytes(&bytes);
    segment.entry_count = 3;
    assert_refused(&segment, "segment_bytes");
    buffer_close(&bytes);
}

static void a_segment_stands_in_a_stream(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    struct segment segment = segment_of(&bytes, 1);
    segment.first_seq = 0;
    assert_refused(&segment, "segment_place");
    segment.first_seq = UINT64_MAX;
    assert_refused(&segment, "segment_place");
    segment.first_seq = 1;
    segment.lane = 2;
    assert_refused(&segment, "segment_place");
    buffer_close(&bytes);
}

/* F58: no truncation of a segment and no flipped bit leads to the ids that were sealed. */
static void a_flipped_bit_never_reaches_the_sealed_id(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    struct arena arena = {0};
    struct entry *entries = NULL;
    uint8_t *ids = NULL;
    struct segment segment = segment_of(&bytes, 2);
    assert_int_equal(open_it(&segment, &arena, &entries, &ids, NULL), GRID_OK);
    uint8_t sealed[GRID_HASH_BYTES];
    memcpy(sealed, ids + GRID_HASH_BYTES, sizeof(sealed));
    for (size_t bit = 0; bit < bytes.size * 8; bit++) {
        bytes.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        arena_reset(&arena);
        if (open_it(&segment, &arena, &entries, &ids, NULL) == GRID_OK)
            assert_memory_not_equal(sealed, ids + GRID_HASH_BYTES, GRID_HASH_BYTES);
        bytes.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t size = 0; size < bytes.size; size++) {
        segment.entries.size = size;
        arena_reset(&arena);
        assert_int_equal(open_it(&segment, &arena, &entries, &ids, NULL), GRID_MALFORMED);
    }
    arena_close(&arena);
    buffer_close(&bytes);
}

static void a_seal_holds_for_its_place_alone(void **state)
{
    (void)state;
    uint8_t key[GRID_KEY_BYTES];
    uint8_t author[GRID_ID_BYTES];
    uint8_t id[GRID_HASH_BYTES] = {4};
    uint8_t seal[GRID_SIGNATURE_BYTES];
    struct grid_error error = {0};
    assert_int_equal(crypto_public_key(key, seed), GRID_OK);
    assert_int_equal(author_of_key(author, key), GRID_OK);
    assert_int_equal(seal_sign(seal, seed, author, 1, 7, id), GRID_OK);
    assert_int_equal(seal_verify(seal, key, author, 1, 7, id, NULL), GRID_OK);
    assert_int_equal(seal_verify(seal, key, author, 0, 7, id, &error), GRID_REFUSED);
    assert_string_equal(error.reason, "bad_signature");
    assert_int_equal(seal_verify(seal, key, author, 1, 8, id, NULL), GRID_REFUSED);
    id[31] ^= 1;
    assert_int_equal(seal_verify(seal, key, author, 1, 7, id, NULL), GRID_REFUSED);
    id[31] ^= 1;
    author[0] ^= 1;
    assert_int_equal(seal_verify(seal, key, author, 1, 7, id, NULL), GRID_REFUSED);
}

static void a_receipt_reads_back_and_proves_its_giver(void **state)
{
    (void)state;
    struct stream_tip tips[] = {
            {.author = {1}, .lane = 0, .seq = 3, .id = {7}},
            {.author = {1}, .lane = 1, .seq = 70000, .id = {8}},
    };
    struct receipt receipt = {.epoch = {1, 2, 3, 4, 5, 6, 7, 8},
            .tier = 1,
            .hlc = 99,
            .cursor = {5, UINT64_MAX},
            .tips = tips,
            .tip_count = 2};
    struct buffer bytes = {0};
    struct arena arena = {0};
    struct receipt back;
    uint8_t signature[GRID_SIGNATURE_BYTES];
    assert_int_equal(crypto_public_key(receipt.node, seed), GRID_OK);
    receipt_pack(&bytes, &receipt);
    assert_int_equal(receipt_sign(signature, seed, buffer_bytes(&bytes)), GRID_OK);
    assert_int_equal(receipt_read(buffer_bytes(&bytes), &arena, &back, NULL), GRID_OK);
    assert_memory_equal(back.node, receipt.node, GRID_KEY_BYTES);
    assert_memory_equal(back.epoch, receipt.epoch, 8);
    assert_int_equal(back.tier, 1);
    assert_int_equal(back.hlc, 99);
    assert_int_equal(back.cursor[0], 5);
    assert_true(back.cursor[1] == UINT64_MAX);
    assert_int_equal(back.tip_count, 2);
    assert_int_equal(back.tips[1].seq, 70000);
    assert_int_equal(back.tips[1].id[0], 8);
    struct bytes signed_bytes = buffer_bytes(&bytes);
    assert_int_equal(receipt_verify(signature, back.node, signed_bytes, NULL), GRID_OK);
    bytes.data[bytes.size - 1] ^= 1;
    assert_int_equal(receipt_verify(signature, back.node, signed_bytes, NULL), GRID_REFUSED);
    arena_close(&arena);
    buffer_close(&bytes);
}

/* A receipt says where it stands: tier 0 would be the author itself. */
static void a_receipt_without_a_tier_is_refused(void **state)
{
    (void)state;
    struct receipt receipt = {.tier = 0};
    struct receipt back;
    struct buffer bytes = {0};
    struct arena arena = {0};
    struct grid_error error = {0};
    receipt_pack(&bytes, &receipt);
    assert_int_equal(receipt_read(buffer_bytes(&bytes), &arena, &back, &error), GRID_MALFORMED);
    assert_string_equal(error.reason, "receipt_shape");
    arena_close(&arena);
    buffer_close(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_segment_opens_into_its_chain),
            cmocka_unit_test(a_segment_has_as_many_entries_as_it_says),
            cmocka_unit_test(a_segment_of_256_entries_opens),
            cmocka_unit_test(a_segment_outgrown_is_refused),
            cmocka_unit_test(a_segment_stands_in_a_stream),
            cmocka_unit_test(a_flipped_bit_never_reaches_the_sealed_id),
            cmocka_unit_test(a_seal_holds_for_its_place_alone),
            cmocka_unit_test(a_receipt_reads_back_and_proves_its_giver),
            cmocka_unit_test(a_receipt_without_a_tier_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
