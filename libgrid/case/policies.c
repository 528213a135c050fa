#include "libgrid/case/policies.h"

#include "proto/heap.h"

#include <stdio.h>
#include <string.h>

void policies_close(struct policies *policies)
{
    while (policies->first != NULL) {
        struct policy_held *held = policies->first;
        policies->first = held->next;
        buffer_close(&held->text);
        grid_free(held);
    }
}

static struct policy_held *held_by(const struct policies *policies, struct bytes unit)
{
    struct policy_held *held = policies->first;
    while (held != NULL && !bytes_equal(bytes_text(held->unit), unit))
        held = held->next;
    return held;
}

/* P-39: the higher version; of two alike, as a centre writes them that was put back from an older
 * copy, the one with the greater leaf. */
static bool comes_after(const struct policy_held *held, uint32_t version, const uint8_t *leaf)
{
    if (held == NULL || version != held->policy.version)
        return held == NULL || version > held->policy.version;
    return memcmp(leaf, held->leaf, sizeof(held->leaf)) > 0;
}

enum grid_status policies_take(struct policies *policies, const struct policy_body *body,
        const uint8_t leaf[static GRID_HASH_BYTES], int64_t written_ms, bool *counts)
{
    struct policy_held *held = held_by(policies, body->unit);
    *counts = false;
    if (!comes_after(held, body->version, leaf))
        return GRID_OK;
    struct policy_held *fresh = grid_alloc(sizeof(*fresh));
    if (fresh == NULL)
        return GRID_NOMEM;
    if (!policy_read(body->text, body->version, &fresh->policy, NULL, NULL)) {
        grid_free(fresh); /* of a newer program, or of none: what counted before goes on */
        return GRID_OK;
    }
    buffer_append(&fresh->text, body->text.data, body->text.size);
    if (fresh->text.failed) {
        grid_free(fresh);
        return GRID_NOMEM;
    }
    snprintf(fresh->unit, sizeof(fresh->unit), "%.*s", (int)body->unit.size,
            (const char *)body->unit.data);
    memcpy(fresh->leaf, leaf, sizeof(fresh->leaf));
    fresh->written_ms = written_ms;
    struct policy_held **at = &policies->first;
    while (*at != NULL && *at != held)
        at = &(*at)->next;
    fresh->next = held != NULL ? held->next : NULL;
    *at = fresh;
    if (held != NULL) {
        buffer_close(&held->text);
        grid_free(held);
    }
    *counts = true;
    return GRID_OK;
}

const struct policy_held *policies_held(const struct policies *policies, struct bytes place)
{
    const struct policy_held *nearest = NULL;
    if (policies == NULL)
        return NULL;
    for (const struct policy_held *held = policies->first; held != NULL; held = held->next)
        if (place_covers(bytes_text(held->unit), place_unit(place)) &&
                (nearest == NULL || strlen(held->unit) > strlen(nearest->unit)))
            nearest = held;
    return nearest;
}

const struct grid_policy *policies_for(const struct policies *policies, struct bytes place)
{
    const struct policy_held *held = policies_held(policies, place);
    return held != NULL ? &held->policy : policy_builtin();
}

uint32_t policies_next_version(const struct policies *policies, struct bytes unit)
{
    const struct policy_held *held = held_by(policies, unit);
    return held != NULL ? held->policy.version + 1 : policy_builtin()->version + 1;
}
