/* From what a person typed to an entry (the correct client of DOMAIN 7): resolve names and times,
 * fill defaults, name the live writes the author sees, and refuse beforehand what would be void. */
#ifndef GRID_CASE_ACT_H
#define GRID_CASE_ACT_H

#include "libgrid/case/fold.h"
#include "libgrid/case/policy.h"
#include "proto/control.h"

/* Who acts, resolved by the node. */
struct act_author {
    uint8_t person[GRID_ID_BYTES];
    unsigned role;
    struct bytes place;
    uint8_t author[GRID_ID_BYTES]; /* the author whose stream will hold the entry */
};

struct act_context {
    const struct fold_world *world;
    struct fold *fold;  /* the case; NULL for a create */
    struct fold *other; /* the case that the field `with` names; NULL: none */
    int64_t wall_ms;
    uint64_t rv;
    const struct grid_policy *policy; /* for deadlines */
    /* for a new case code */
    const char *township; /* 9 digits of the case code */
    unsigned slot;
    unsigned counter;
};

/* A finished act: HEADER without hlc is not possible, so the stamp comes in. Bytes live in the
 * arena. */
struct act_result {
    enum grid_lane lane;
    uint32_t kind;
    struct bytes header, body;
    bool uses_code;        /* the code of the context's counter is given out */
    struct case_code code; /* that one */
    bool urgent_hint;      /* U1: 119 / 110 / 120 first */
};

/* The posts of `person` that permit this act on this case, best rank first, are tried by the node
 * one by one: act_make answers GRID_REFUSED with the reason of the judgement ("void_role",
 * "void_scope", "void_transition", "void_requirement") when the act would be void under `author`;
 * GRID_INVALID, GRID_NOT_FOUND, GRID_AMBIGUOUS, GRID_USAGE for what was typed. The verbs are those
 * of verbs.c. Nothing is written and nothing is kept. */
enum grid_status act_make(const struct act_context *context, const struct act_author *author,
        const struct grid_request *request, uint64_t stamp, struct arena *arena,
        struct act_result *out, struct grid_error *error);

/* Whether that is the name of an act. */
bool act_knows(struct bytes verb);

/* What a report says, normalised: the same request gives the same bytes, whatever the clock, the
 * present state and defaults say. For idempotency keys. */
enum grid_status act_fingerprint(
        const struct grid_request *request, uint8_t out[static GRID_HASH_BYTES]);

#endif
