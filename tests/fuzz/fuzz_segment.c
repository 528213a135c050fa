/* A segment, its entry count in the first byte; the same bytes as a receipt. */
#include "proto/segment.h"
#include "tests/fuzz/fuzz.h"

static void open_segment(uint32_t count, struct bytes bytes, struct arena *arena)
{
    static const uint8_t tip_id[GRID_HASH_BYTES];
    struct segment segment = {.lane = 1, .first_seq = 1, .entry_count = count, .entries = bytes};
    struct entry *entries = NULL;
    uint8_t *ids = NULL;
    struct grid_error error;
    size_t total = 0;
    if (segment_open(&segment, tip_id, arena, &entries, &ids, &error) != GRID_OK)
        return;
    for (uint32_t i = 0; i < count; i++) {
        FUZZ_CHECK(entries[i].seq == 1 + i);
        FUZZ_CHECK(entries[i].header.data == bytes.data + total);
        total += entries[i].header.size + entries[i].body.size;
    }
    FUZZ_CHECK(total == bytes.size);
}

static void receipt_again(struct bytes bytes, struct arena *arena)
{
    struct buffer again = {0};
    struct receipt receipt;
    if (receipt_read(bytes, arena, &receipt, NULL) != GRID_OK)
        return;
    receipt_pack(&again, &receipt);
    FUZZ_CHECK(bytes_equal(buffer_bytes(&again), bytes));
    buffer_close(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    if (size == 0)
        return 0;
    arena_init(&arena, 0);
    open_segment(data[0], bytes_of(data + 1, size - 1), &arena);
    receipt_again(bytes_of(data + 1, size - 1), &arena);
    arena_close(&arena);
    return 0;
}
