/* What may go, and when to try again (D17). Nothing here asks a clock or draws a number: the same
 * state, time and number give the same answer. */
#include "libgrid/sync/sync.h"

#include <stdio.h>
#include <string.h>

enum {
    BACKOFF_FIRST_MS = 1000,
    BACKOFF_MAX_MS = 15 * 60 * 1000,
    BACKOFF_URGENT_MAX_MS = 30 * 1000,
    ROAD_MS = 1000,   /* after an interface came up */
    SPREAD_MS = 5000, /* after the parent went away, and at most after BUSY */
    GATHER_MS = 2000,
    GATHER_ENTRIES = 32, /* some 16 KiB of reports */
    HURRY_MS = 60 * 1000,
    URGENT_SHARE = 7, /* bytes of lane 0 to each of the rest, while both wait (I14) */
};

/* --- what may go --- */

static bool has_gathered(
        const struct flow_item *item, const struct flow_policy *policy, struct grid_now now)
{
    if (item->backlog || item->waiting >= GATHER_ENTRIES || now.mono_ms < policy->hurry_until_ms)
        return true;
    return item->gather_until_ms != 0 && now.mono_ms >= item->gather_until_ms;
}

bool may_send(const struct flow_item *item, const struct flow_road *road,
        const struct flow_policy *policy, struct grid_now now)
{
    if (!road->open || road->unsent_bytes >= GRID_LINK_CREDIT_BYTES || item->waiting == 0)
        return false;
    switch (item->what) {
    case FLOW_URGENT:
        return !item->others_wait || road->urgent_lead_bytes <= 0;
    case FLOW_WORK:
        return has_gathered(item, policy, now);
    case FLOW_DOWN:
        return true;
    case FLOW_BLOB:
        return !road->metered || policy->blobs_when_metered;
    }
    return false;
}

void flow_sent(struct flow *flow, bool urgent, bool both_wait, size_t bytes)
{
    const int64_t least = -(int64_t)URGENT_SHARE * GRID_FRAME_BYTES_MAX;
    int64_t lead = flow->urgent_lead_bytes;
    lead += urgent ? (int64_t)bytes : -(int64_t)URGENT_SHARE * (int64_t)bytes;
    flow->urgent_lead_bytes = !both_wait ? 0 : lead > least ? lead : least;
}

void flow_gather(struct flow *flow, struct grid_now now, uint64_t waiting)
{
    if (waiting == 0) {
        flow->gather_until_ms = 0;
        flow->hurry_until_ms = 0; /* what was in a hurry has gone */
        flow->backlog = false;
    } else if (flow->gather_until_ms == 0 && !flow->backlog)
        flow->gather_until_ms = now.mono_ms + GATHER_MS;
}

/* --- when to try again --- */

void flow_open(struct flow *flow, bool has_parent)
{
    *flow = (struct flow){.next_attempt_ms = has_parent ? 0 : INT64_MAX};
}

void flow_attempted(struct flow *flow, struct grid_now now)
{
    flow->connecting = true;
    flow->road_came = false;
    flow->attempt_ms = now.mono_ms;
    flow->next_attempt_ms = INT64_MAX;
}

/* Why the last link ended stays said until this one has shown that it is better (I20). */
void flow_linked(struct flow *flow)
{
    flow->connected = true;
    flow->connecting = false;
    flow->backlog = true;
    flow->road_came = flow->road_went = false;
    flow->urgent_lead_bytes = 0;
    flow->next_attempt_ms = INT64_MAX;
}

void flow_well(struct flow *flow)
{
    flow->reason[0] = '\0';
}

/* Only a receipt proves that the road is good: a link that breaks before one goes on backing off.
 */
void flow_receipted(struct flow *flow)
{
    flow->failures = 0;
    flow_well(flow);
}

void flow_further(struct flow *flow)
{
    flow->went_further = true;
}

void flow_busy(struct flow *flow, uint32_t spread_ms)
{
    flow->spread_ms = spread_ms < SPREAD_MS ? spread_ms : SPREAD_MS;
}

/* Ends that come again and again although each link had its receipt: a copy of this handheld takes
 * the link from us, or what comes down fits only the copy (F50). */
static bool in_vain(const char *reason)
{
    return strcmp(reason, "replaced") == 0 || strcmp(reason, "bucket_digest") == 0;
}

static int64_t backoff_ms(const struct flow *flow, bool urgent_waits)
{
    int64_t most_ms = BACKOFF_FIRST_MS;
    unsigned steps = flow->failures > flow->vain ? flow->failures : flow->vain;
    for (unsigned i = 0; i < steps && most_ms < BACKOFF_MAX_MS; i++)
        most_ms *= 2;
    if (most_ms > BACKOFF_MAX_MS)
        most_ms = BACKOFF_MAX_MS;
    bool revoked = strcmp(flow->reason, "revoked") == 0; /* it takes what is new, and that is all */
    if (revoked)
        most_ms = BACKOFF_MAX_MS;
    if (urgent_waits && !revoked && most_ms > BACKOFF_URGENT_MAX_MS)
        most_ms = BACKOFF_URGENT_MAX_MS;
    return most_ms;
}

void flow_lost(struct flow *flow, struct grid_now now, bool urgent_waits, uint32_t random,
        const char *reason)
{
    /* The parent went away, and with it from all its other children: the first attempt is spread as
     * well (F48). */
    if (flow->connected && !flow->road_went && flow->spread_ms == 0)
        flow->spread_ms = SPREAD_MS;
    flow->connected = flow->connecting = false;
    snprintf(flow->reason, sizeof(flow->reason), "%s", reason != NULL ? reason : "");
    if (in_vain(flow->reason))
        flow->vain++;
    else if (flow->went_further || now.mono_ms - flow->attempt_ms >= BACKOFF_MAX_MS)
        flow->vain = 0; /* a road that is cut says nothing of the copy that waits at its end */
    flow->went_further = false;
    int64_t most_ms = backoff_ms(flow, urgent_waits) + flow->spread_ms;
    if (now.mono_ms < flow->hurry_until_ms)
        most_ms = BACKOFF_FIRST_MS; /* somebody stands there and waits for it */
    if (flow->road_came && most_ms > ROAD_MS)
        most_ms = ROAD_MS; /* the attempt began on the road before it */
    flow->failures++;
    flow->spread_ms = 0;
    flow->road_came = false;
    flow->next_attempt_ms =
            now.mono_ms + (int64_t)(random % (uint64_t)most_ms) + 1; /* full jitter */
}

static bool is_apart(const struct flow *flow)
{
    return !flow->connected && !flow->connecting;
}

void flow_hurry(struct flow *flow, struct grid_now now)
{
    flow->hurry_until_ms = now.mono_ms + HURRY_MS;
    if (is_apart(flow))
        flow->next_attempt_ms = now.mono_ms;
}

bool flow_waits_long(const struct flow *flow, struct grid_now now)
{
    return is_apart(flow) && flow->next_attempt_ms > now.mono_ms + BACKOFF_URGENT_MAX_MS;
}

void flow_urgent(struct flow *flow, struct grid_now now, uint32_t random)
{
    if (flow_waits_long(flow, now))
        flow->next_attempt_ms = now.mono_ms + random % BACKOFF_URGENT_MAX_MS + 1;
}

void flow_road(struct flow *flow, struct grid_now now, bool up, bool urgent_waits, uint32_t random)
{
    flow->road_went = flow->road_went || !up;
    flow->road_came = flow->road_came || (up && flow->connecting);
    if (!up || !is_apart(flow) || flow->next_attempt_ms == INT64_MAX)
        return;
    /* An interface may come and go many times a second: not so the attempts. */
    bool at_once = urgent_waits && now.mono_ms - flow->attempt_ms >= ROAD_MS;
    int64_t attempt_ms = now.mono_ms + (at_once ? 0 : (int64_t)(random % ROAD_MS) + 1);
    if (attempt_ms < flow->next_attempt_ms)
        flow->next_attempt_ms = attempt_ms;
}
