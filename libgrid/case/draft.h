/* One act in the making: what it sets, adds, removes and says, collected from the fields of a
 * request by the table of its verb. */
#ifndef GRID_CASE_DRAFT_H
#define GRID_CASE_DRAFT_H

#include "libgrid/case/act.h"
#include "libgrid/case/typed.h"
#include "libgrid/case/verbs.h"

struct dot_list { /* ascending, each dot once */
    struct dot dots[GRID_REFS_MAX];
    size_t count;
};

enum { DRAFT_GIVEN_MAX = 24 };

struct draft {
    const struct act_context *context;
    const struct act_author *author;
    struct arena *arena;
    const struct verb *verb;
    uint32_t kind; /* the verb's, unless its fill says otherwise */
    struct given {
        const struct verb_field *field;
        struct bytes value; /* packed */
    } given[DRAFT_GIVEN_MAX];
    size_t given_count;                   /* what the verb puts together itself */
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

/* Reads every field of the request that the verb knows; as, post, if, key and case are others'.
 * GRID_USAGE "field_unknown", "field_twice", "field_missing", and what the readers say. */
enum grid_status draft_take(
        struct draft *draft, const struct grid_request *request, struct grid_error *error);
/* The packed value of a VERB_GIVES field, size 0 when it was not given; *at counts through one that
 * may stand several times, from 0. */
struct bytes draft_given(const struct draft *draft, const char *name);
struct bytes draft_given_next(const struct draft *draft, const char *name, size_t *at);
/* The register that a person calls `name` in a ruling; 0 when there is none. */
unsigned draft_register(struct bytes name);
/* Reads `text` as the value of `reg`. GRID_USAGE "field_take_only" when it has no typed form. */
enum grid_status draft_set_typed(
        struct draft *draft, unsigned reg, struct bytes text, struct grid_error *error);
/* Takes what `packed` holds as the value; closes the buffer in any case. */
enum grid_status draft_set(struct draft *draft, unsigned reg, struct buffer *packed);
enum grid_status draft_set_uint(struct draft *draft, unsigned reg, uint64_t value);
enum grid_status draft_set_str(struct draft *draft, unsigned reg, struct bytes text);
/* `method` 0 where there is none, as in a decline. */
enum grid_status draft_set_outcome(
        struct draft *draft, unsigned method, bool success, struct bytes text);
enum grid_status draft_argue(struct draft *draft, unsigned argument, struct buffer *packed);
enum grid_status draft_add(
        struct draft *draft, unsigned collection, struct buffer *packed, struct grid_error *error);
/* Takes from a collection every addition of the value that `packed` holds; closes the buffer in any
 * case. GRID_NOT_FOUND "tag_absent" when there is none. */
enum grid_status draft_remove(struct draft *draft, unsigned collection, struct buffer *packed,
        struct bytes typed_name, struct grid_error *error);
/* report.c: the code that the next case gets here. */
void draft_make_code(const struct draft *draft, struct case_code *out);
bool draft_has_tag(const struct draft *draft, const char *tag);
size_t draft_op_count(const struct draft *draft);
/* act.c: the draft as the entry that it becomes. GRID_REFUSED as act_make when it would be void or
 * wait; `refusal`: why the draft could not be completed, which counts where nothing graver stands
 * against the act (DOMAIN 7: what is missing is the last of the reasons). */
enum grid_status draft_decide(struct draft *draft, uint64_t stamp, const struct grid_error *refusal,
        struct act_result *out, struct grid_error *error);

#endif
