/* Acts put together by hand, below every verb: what they write is said, what they name is found as
 * in any other act. For tests of what follows from acts. */
#ifndef GRID_TESTS_HAND_H
#define GRID_TESTS_HAND_H

#include "tests/lib/pair.h"

struct hand_act {
    uint32_t kind;
    unsigned state, supervision, risk; /* 0: not written */
    const char *holder;
    const char *lead; /* places joined by commas, the lead first */
    int64_t due_ms;
    const char *outcome;                      /* mediated, with success; a decline says why */
    const char *reason, *text;                /* arguments */
    bool reached;                             /* of a follow_up */
    struct dot grounds[2];                    /* what it answers; seq 0: none */
    struct document_value *made;              /* of a document: its value */
    const struct document_number *replies_to; /* of a reply, whose words are `text` */
};
/* The act as entry bytes. GRID_REFUSED when it would be void. */
enum grid_status hand_make(const struct act_context *context, const struct act_author *author,
        const struct hand_act *act, uint64_t stamp, struct arena *arena, struct act_result *out,
        struct grid_error *error);

/* On a stage: must be valid. */
const struct fold_entry *hand_stage(struct stage *stage, const struct actor *actor,
        struct fold **fold, const struct hand_act *act);
/* At a node, on the case of this code; the turn does not end. Returns the entry's name. */
struct dot hand_node(struct pair_home *home, const struct actor *actor, const char *code,
        const struct hand_act *act);
/* The fold of the case at a node, until the next turn. */
struct fold *hand_fold(struct pair_home *home, const char *code);

/* What the chain of a case is made of; lead and holder are the stage's. */
struct hand_act hand_accept(const char *holder);
struct hand_act hand_decline(void);
struct hand_act hand_assign(const char *lead);
struct hand_act hand_take(void);
struct hand_act hand_resolve(const char *text);

#endif
