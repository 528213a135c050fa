/* The policies that a node knows (P-39): of each unit that wrote any the one that counts. */
#ifndef GRID_CASE_POLICIES_H
#define GRID_CASE_POLICIES_H

#include "libgrid/case/policy.h"

struct policy_held {
    char unit[GRID_PLACE_BYTES];
    uint8_t leaf[GRID_HASH_BYTES];
    int64_t written_ms; /* by its author's clock */
    struct buffer text;
    struct grid_policy policy;
    struct policy_held *next;
};
struct policies {
    struct policy_held *first;
};

void policies_close(struct policies *policies);
/* A POLICY came. *counts: from now on it is the one of its unit. GRID_NOMEM. */
enum grid_status policies_take(struct policies *policies, const struct policy_body *body,
        const uint8_t leaf[static GRID_HASH_BYTES], int64_t written_ms, bool *counts);
/* Of the nearest unit above the place, NULL: the one built in. */
const struct policy_held *policies_held(const struct policies *policies, struct bytes place);
/* The same, never NULL; `policies` NULL: the one built in. */
const struct grid_policy *policies_for(const struct policies *policies, struct bytes place);
/* The version that the unit's next one gets. */
uint32_t policies_next_version(const struct policies *policies, struct bytes unit);

#endif
