/* One act in the making: what it sets, adds, removes and says, collected from the fields of a
 * request by one table, FIELD name → register, collection or argument and its reader. */
#ifndef GRID_CASE_DRAFT_H
#define GRID_CASE_DRAFT_H

#include "libgrid/case/act.h"
#include "libgrid/case/typed.h"

/* Who may give a field: the verbs, as bits, and the registers that a ruling may set by value. */
enum {
    DRAFT_REPORT = 1,
    DRAFT_SET = 2,
    DRAFT_NOTE = 4,
    DRAFT_SECOND = 8,
    DRAFT_TAG = 16,
    DRAFT_RULING = 32, /* a field of the request itself */
    DRAFT_RULED = 64,  /* FIELD of a ruling: --field NAME --value VALUE */
};

struct dot_list { /* ascending, each dot once */
    struct dot dots[GRID_REFS_MAX];
    size_t count;
};

struct draft {
    const struct act_context *context;
    const struct act_author *author;
    struct arena *arena;
    uint32_t kind;
    struct bytes sets[GRID_REGISTER_END]; /* packed values; size 0: not set */
    struct case_op adds[GRID_OPS_MAX];
    size_t add_count;
    struct case_removal removals[GRID_OPS_MAX];
    size_t removal_count;
    struct bytes args[GRID_ARGUMENT_END];
    struct dot_list basis, refs;
    struct dot *seen;
    size_t seen_count;
    bool has_seen;
};

/* Reads every field of the request that `verb` knows; as, post, if, key and case are others'.
 * GRID_USAGE "field_unknown", "field_twice", and what the readers say. */
enum grid_status draft_take(struct draft *draft, unsigned verb, const struct grid_request *request,
        struct grid_error *error);
/* The register that a person calls `name` in a ruling; 0 when there is none. */
unsigned draft_register(struct bytes name);
/* Reads `text` as the value of `reg`. GRID_USAGE "field_take_only" when it has no typed form. */
enum grid_status draft_set_typed(
        struct draft *draft, unsigned reg, struct bytes text, struct grid_error *error);
/* Takes what `packed` holds as the value; closes the buffer in any case. */
enum grid_status draft_set(struct draft *draft, unsigned reg, struct buffer *packed);
enum grid_status draft_argue(struct draft *draft, unsigned argument, struct buffer *packed);
enum grid_status draft_add(
        struct draft *draft, unsigned collection, struct buffer *packed, struct grid_error *error);
bool draft_has_tag(const struct draft *draft, const char *tag);
size_t draft_op_count(const struct draft *draft);

#endif
