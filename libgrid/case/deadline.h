/* What DOMAIN 6 sees of a case: until when what is owed, and what makes it one for the supervision
 * queue. Views: computed from the fold and the policy, compared with a clock that is handed in,
 * never written into an entry. */
#ifndef GRID_CASE_DEADLINE_H
#define GRID_CASE_DEADLINE_H

#include "libgrid/case/fold.h"
#include "libgrid/case/policies.h"

enum deadline_flag {
    DEADLINE_RETURNED = 1 << 0, /* as often as the policy says */
    DEADLINE_REOPENED = 1 << 1, /* and not done again since */
    DEADLINE_LARGE = 1 << 2,    /* scale */
    DEADLINE_GRAVE = 1 << 3,    /* impact */
    DEADLINE_EVIDENCE = 1 << 4, /* late evidence */
    DEADLINE_CONFLICT = 1 << 5, /* on state or lead */
    DEADLINE_COMPLEX = 1 << 6,  /* 复杂件 */
    DEADLINE_LED = 1 << 7,      /* a leader answers for it */
    DEADLINE_SELF = 1 << 8,     /* resolved as it was reported */
    DEADLINE_CARD_SHIFT = 9,    /* two bits: enum grid_supervision */
};

/* All times are UTC ms; 0: there is none, or it is not known. */
struct deadline {
    unsigned state, urgency;
    unsigned flags;
    int64_t reported_ms; /* by the clock of who reported */
    int64_t received_ms; /* at the first centre */
    int64_t accept_ms;   /* while it waits to be accepted */
    int64_t act_ms;      /* while the first act is owed */
    int64_t finish_ms;   /* while the work is not done; not while it is on hold */
    int64_t red_ms;      /* from then on a red card is due */
    int64_t check_ms;    /* self-resolved: to be checked; on hold: the end of the hold */
    int64_t reply_ms;    /* a letter is to be answered until then */
    int64_t last_ms;     /* the latest entry */
};
enum grid_status deadline_read(struct fold *fold, const struct grid_policy *policy,
        const struct grid_roster *roster, struct deadline *out);
/* When the first centre had it: what a centre wrote itself it has had from its stamp on. */
int64_t deadline_received(const struct fold_entry *entry, const struct grid_roster *roster);
/* The track that the case is on: as written, else that of its category; `category` as the shown one
 * when it is of size 0. */
unsigned deadline_track(struct fold *fold, struct bytes category);
unsigned deadline_card(const struct deadline *deadline); /* enum grid_supervision */

/* --- against a clock --- */
bool deadline_is_open(const struct deadline *deadline);
bool deadline_is_overdue(const struct deadline *deadline, int64_t now_ms);
/* Something is owed within the time that the policy calls soon. */
bool deadline_is_soon(
        const struct deadline *deadline, const struct grid_policy *policy, int64_t now_ms);

/* The supervision queue: the first that fits is why a case stands where it stands. */
#define DEADLINE_CLASS_MAP(X)       \
    X(1, U1_OPEN, "u1_open")        \
    X(2, OVERDUE, "overdue")        \
    X(3, U2_OPEN, "u2_open")        \
    X(4, SOON, "due_soon")          \
    X(5, RETURNED, "returned")      \
    X(6, REOPENED, "reopened")      \
    X(7, LARGE, "large")            \
    X(8, GRAVE, "grave")            \
    X(9, EVIDENCE, "late_evidence") \
    X(10, CONFLICT, "conflict")     \
    X(11, LETTER, "letter")         \
    X(12, SILENT, "silent")
#define X(number, name, text) DEADLINE_CLASS_##name = number,
enum deadline_class {
    DEADLINE_CLASS_MAP(X) DEADLINE_CLASS_COUNT,
    DEADLINE_CLASS_NONE = 0 /* not in the queue */
};
#undef X
const char *deadline_class_name(enum deadline_class class);

/* What is late, or comes next: the limit that ends first. */
enum deadline_limit {
    DEADLINE_LIMIT_NONE,
    DEADLINE_LIMIT_FINISH,
    DEADLINE_LIMIT_ACCEPT,
    DEADLINE_LIMIT_ACT,
    DEADLINE_LIMIT_CHECK, /* self-resolved: nobody has looked at it */
    DEADLINE_LIMIT_HOLD,  /* a hold has ended */
};
const char *deadline_limit_name(enum deadline_limit limit); /* NULL for none */
/* The end of the work if that has passed, else of the others the first; *at_ms is its moment. */
enum deadline_limit deadline_limit(const struct deadline *deadline, int64_t now_ms, int64_t *at_ms);

enum deadline_class deadline_class(
        const struct deadline *deadline, const struct grid_policy *policy, int64_t now_ms);
/* Within a class the smaller one stands first. */
int64_t deadline_key(const struct deadline *deadline, enum deadline_class class, int64_t now_ms);

/* What is proposed for a case that is late; a person decides (DOMAIN 6, Levels). */
enum deadline_step {
    DEADLINE_STEP_NONE,
    DEADLINE_STEP_URGE,
    DEADLINE_STEP_YELLOW,
    DEADLINE_STEP_RED,
    DEADLINE_STEP_LEAD_CASE,
};
enum deadline_step deadline_step(const struct deadline *deadline, int64_t now_ms);
const char *deadline_step_name(enum deadline_step step); /* NULL for none */

#endif
