/* An entry from outside, HEADER and BODY one behind the other: what is admitted reads, and packed
 * again it is the same bytes. */
#include "proto/body.h"
#include "proto/gate.h"
#include "tests/fuzz/fuzz.h"

static void header_again(const struct entry *entry, struct arena *arena)
{
    struct buffer again = {0};
    struct entry_header header;
    FUZZ_CHECK(entry_read_header(entry, arena, &header, NULL) == GRID_OK);
    entry_pack_header(&again, &header);
    FUZZ_CHECK(bytes_equal(buffer_bytes(&again), entry->header));
    buffer_close(&again);
}

/* Keys that may be ignored are not packed again, so lengths tell whether there were some. */
static void act_again(struct bytes bytes, struct arena *arena)
{
    struct buffer again = {0};
    struct case_body body;
    bool newer = false;
    if (body_read_case(bytes, arena, &body, &newer, NULL) != GRID_OK || newer)
        return;
    body_pack_case(&again, &body);
    FUZZ_CHECK(gate_check(buffer_bytes(&again), GATE_ENTRY, NULL) == GRID_OK);
    FUZZ_CHECK(again.size <= bytes.size);
    if (again.size == bytes.size)
        FUZZ_CHECK(bytes_equal(buffer_bytes(&again), bytes));
    buffer_close(&again);
}

/* Every body as every kind: the kinds are told apart elsewhere. */
static void read_as_others(struct bytes bytes, struct arena *arena)
{
    struct incarnate_body incarnate;
    struct centre_body centre;
    struct device_body device;
    struct rows_body rows;
    struct roster_body roster;
    struct cut_body cut;
    struct policy_body policy;
    struct fork_body fork;
    struct adopt_body adopt;
    bool newer = false;
    (void)body_read_incarnate(bytes, &incarnate, &newer, NULL);
    (void)body_read_centre(bytes, &centre, &newer, NULL);
    (void)body_read_device(bytes, &device, &newer, NULL);
    (void)body_read_rows(bytes, &rows, &newer, NULL);
    (void)body_read_roster(bytes, &roster, &newer, NULL);
    (void)body_read_policy(bytes, &policy, &newer, NULL);
    (void)body_read_cut(bytes, arena, &cut, &newer, NULL);
    (void)body_read_fork(bytes, &fork, &newer, NULL);
    (void)body_read_adopt(bytes, &adopt, &newer, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest = bytes_of(data, size);
    struct entry entry = {.lane = GRID_LANE_WORK, .seq = 2};
    struct arena arena;
    struct grid_error error;
    arena_init(&arena, 0);
    if (entry_take(&rest, &entry, &error) == GRID_OK) {
        FUZZ_CHECK(entry.header.size + entry.body.size + rest.size == size);
        header_again(&entry, &arena);
        act_again(entry.body, &arena);
        read_as_others(entry.body, &arena);
    }
    arena_close(&arena);
    return 0;
}
