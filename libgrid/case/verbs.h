/* What people do with cases (CLI.md), as one table: a verb, the kind of entry that it makes, the
 * fields that its request may have, and what completes it. A new act is a row here, with a function
 * beside those of its theme (act_note.c, act_decide.c, act_work.c, act_ruling.c …). */
#ifndef GRID_CASE_VERBS_H
#define GRID_CASE_VERBS_H

#include "libgrid/case/typed.h"
#include "proto/control.h"

struct draft;

enum verb_target {
    VERB_SETS,   /* a register */
    VERB_ADDS,   /* to a collection */
    VERB_TAKES,  /* from a collection: what was added there by this value */
    VERB_ARGUES, /* an argument of the entry */
    VERB_GIVES,  /* the verb puts it together itself: draft_given */
};

/* The registers that a verb takes by their names, as bits: a table that three of them share. */
enum {
    VERB_REPORTS = 1,
    VERB_AMENDS = 2,
    VERB_RULES = 4, /* FIELD of a ruling, with --value */
};

struct verb_field {
    const char *name;
    enum verb_target target;
    unsigned number; /* of the register, collection or argument */
    typed_fn *read;  /* NULL: its verb reads the request itself */
    uint64_t min, max;
    bool lines;    /* LF permitted */
    bool repeated; /* may stand several times */
    bool needed;   /* GRID_USAGE "field_missing" without it */
    unsigned may;  /* of a register by name: under which verbs */
};

/* Completes the draft from what was given and what the case is: the registers that its kind must
 * write and the dots, beyond those that naming_fill finds, that the act rests on. It refuses with
 * GRID_REFUSED, in words that say what is missing, what the judgement would find void for want of
 * something; that the author may act here at all, and now, is judged without its doing. */
typedef enum grid_status verb_fill_fn(
        struct draft *draft, const struct grid_request *request, struct grid_error *error);

struct verb {
    const char *name;
    uint32_t kind;
    unsigned registers;              /* VERB_REPORTS… */
    const struct verb_field *fields; /* its own; ended by a NULL name */
    verb_fill_fn *fill;              /* NULL: the fields say it all */
};

/* NULL when there is none of that name. */
const struct verb *verb_find(struct bytes name);

/* --- by theme --- */
verb_fill_fn report_fill; /* report.c */
/* act_note.c: what is added, whoever decides */
verb_fill_fn fill_set, fill_second, fill_tag, fill_discuss;
/* act_decide.c: the office that holds the case */
verb_fill_fn fill_accept, fill_decline, fill_assign, fill_escalate, fill_reopen;
/* act_work.c: its lead, and the time that is asked and given */
verb_fill_fn fill_return, fill_ask, fill_hold, fill_resume, fill_extend, fill_resolve;
/* act_finish.c: others, when the work is done */
verb_fill_fn fill_follow_up, fill_feedback, fill_close;
verb_fill_fn fill_ruling;                           /* act_ruling.c */
verb_fill_fn fill_merge, fill_unmerge, fill_recode; /* act_joint.c */
/* act_oversee.c: that work gets done */
verb_fill_fn fill_lead_case;
verb_fill_fn fill_reply; /* act_reply.c: who was written to */

#endif
