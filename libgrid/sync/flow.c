/* When to try again, and when lane 1 may go (D17). */
#include "libgrid/sync/sync.h"

#include <stdio.h>
#include <string.h>

enum {
    BACKOFF_FIRST_MS = 1000,
    BACKOFF_MAX_MS = 15 * 60 * 1000,
    BACKOFF_URGENT_MAX_MS = 30 * 1000,
    GATHER_MS = 2000,
    GATHER_ENTRIES = 32, /* some 16 KiB of reports */
    HURRY_MS = 60 * 1000,
};

void flow_open(struct flow *flow, bool has_parent)
{
    *flow = (struct flow){.next_attempt_ms = has_parent ? 0 : INT64_MAX};
}

void flow_linked(struct flow *flow)
{
    flow->connected = true;
    flow->connecting = false;
    flow->backlog = true;
    flow->next_attempt_ms = INT64_MAX;
    flow->reason[0] = '\0';
}

/* Only a receipt proves that the road is good: a link that breaks before one goes on backing off.
 */
void flow_receipted(struct flow *flow)
{
    flow->failures = 0;
}

/* Ends that come again and again although each link had its receipt: a copy of this handheld takes
 * the link from us, or what comes down fits only the copy (F50). */
static bool in_vain(const char *reason)
{
    return strcmp(reason, "replaced") == 0 || strcmp(reason, "bucket_digest") == 0;
}

void flow_lost(struct flow *flow, struct grid_now now, bool urgent_waits, uint32_t random,
        const char *reason)
{
    flow->connected = flow->connecting = false;
    snprintf(flow->reason, sizeof(flow->reason), "%s", reason != NULL ? reason : "");
    int64_t most_ms = BACKOFF_FIRST_MS;
    flow->vain = in_vain(flow->reason) ? flow->vain + 1 : 0;
    unsigned steps = flow->failures > flow->vain ? flow->failures : flow->vain;
    for (unsigned i = 0; i < steps && most_ms < BACKOFF_MAX_MS; i++)
        most_ms *= 2;
    if (most_ms > BACKOFF_MAX_MS)
        most_ms = BACKOFF_MAX_MS;
    if (urgent_waits && most_ms > BACKOFF_URGENT_MAX_MS)
        most_ms = BACKOFF_URGENT_MAX_MS;
    if (now.mono_ms < flow->hurry_until_ms)
        most_ms = BACKOFF_FIRST_MS; /* somebody stands there and waits for it */
    flow->failures++;
    int64_t wait_ms = (int64_t)(random % (uint64_t)most_ms) + 1; /* full jitter */
    if (flow->spread_ms > 0)
        wait_ms += (int64_t)(random % flow->spread_ms);
    flow->spread_ms = 0;
    flow->next_attempt_ms = now.mono_ms + wait_ms;
}

void flow_hurry(struct flow *flow, struct grid_now now)
{
    flow->hurry_until_ms = now.mono_ms + HURRY_MS;
    if (!flow->connected && !flow->connecting)
        flow->next_attempt_ms = now.mono_ms;
}

bool flow_gathered(struct flow *flow, struct grid_now now, uint64_t waiting)
{
    if (waiting == 0) {
        flow->gather_until_ms = 0;
        flow->hurry_until_ms = 0; /* what was in a hurry has gone */
        flow->backlog = false;
        return false;
    }
    if (flow->backlog || now.mono_ms < flow->hurry_until_ms || waiting >= GATHER_ENTRIES)
        return true;
    if (flow->gather_until_ms == 0)
        flow->gather_until_ms = now.mono_ms + GATHER_MS;
    return now.mono_ms >= flow->gather_until_ms;
}
