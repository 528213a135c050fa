/* A policy's text, behind eight bytes that are a start: what is read whole gives limits for every
 * urgency that a value can hold, in order and monotone; what is not says where. */
#include "libgrid/case/policies.h"
#include "proto/heap.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void count_fault(void *context, unsigned line, const char *reason, struct bytes what)
{
    size_t *faults = context;
    FUZZ_CHECK(reason != NULL && line <= GRID_POLICY_BYTES_MAX + 1);
    FUZZ_CHECK(what.size <= GRID_POLICY_BYTES_MAX);
    ++*faults;
}

static void check_limits(const struct grid_policy *policy, int64_t start_ms)
{
    for (unsigned urgency = 0; urgency <= POLICY_URGENCIES + 1; urgency++) {
        for (unsigned track = 0; track <= POLICY_TRACKS; track++) {
            struct due_value due, later, back;
            struct buffer packed = {0};
            if (!policy_due(policy, urgency, track, start_ms, &due))
                continue;
            FUZZ_CHECK(due.act_ms <= due.finish_ms);
            FUZZ_CHECK(policy_accept_by(policy, urgency, track, start_ms) <= due.finish_ms);
            FUZZ_CHECK(policy_extension_ms(policy, urgency) >= 0);
            value_pack_due(&packed, &due);
            FUZZ_CHECK(value_due(buffer_bytes(&packed), &back));
            buffer_close(&packed);
            if (start_ms < INT64_MAX - 3600000) {
                FUZZ_CHECK(policy_due(policy, urgency, track, start_ms + 3600000, &later));
                FUZZ_CHECK(later.act_ms >= due.act_ms && later.finish_ms >= due.finish_ms);
            }
        }
    }
    FUZZ_CHECK(policy_check_by(policy, start_ms) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 8)
        return 0;
    int64_t start_ms;
    size_t faults = 0;
    struct grid_policy *policy = grid_alloc(sizeof(*policy));
    uint64_t start = get_u64(data);
    memcpy(&start_ms, &start, sizeof(start_ms));
    bool whole = policy_read(bytes_of(data + 8, size - 8), 2, policy, count_fault, &faults);
    FUZZ_CHECK(whole == (faults == 0));
    if (whole)
        check_limits(policy, start_ms);
    grid_free(policy);
    return 0;
}
