/* The report in the making, kept in a file of the person's own at each answer (F8): whatever ends
 * the program takes at most the answer that is being typed. One draft for each home and person. */
#ifndef GRID_CLI_DRAFT_H
#define GRID_CLI_DRAFT_H

#include "cli/session.h"

int64_t draft_now_ms(void); /* the wall clock */

/* In the order in which they are asked. */
enum draft_field {
    DRAFT_UNIT,
    DRAFT_CATEGORY,
    DRAFT_URGENCY,
    DRAFT_TITLE,
    DRAFT_TEXT,
    DRAFT_OCCURRED_AT,
    DRAFT_PLACE,
    DRAFT_APPLICANT,
    DRAFT_FIELD_COUNT,
};
/* As the request calls it: "occurred_at". */
const char *draft_field_name(enum draft_field field);

struct draft {
    struct arena *arena; /* of the run: everything lives in it */
    const char *path;    /* NULL: there is no place for drafts */
    int lock;            /* −1: none */
    const char *key;     /* of the report that it becomes, from its first moment (F12) */
    int64_t begun_ms;
    int64_t sent_ms; /* 0: not yet handed to the daemon, or refused by it */
    const char *values[DRAFT_FIELD_COUNT];
    bool answered[DRAFT_FIELD_COUNT]; /* a value that is not answered is a proposal */
    int failed; /* errno of the write that failed last; 0: it is on the disk */
};

enum draft_found { DRAFT_NONE, DRAFT_FOUND, DRAFT_DAMAGED };

/* Looks for the draft and keeps others away from it. A damaged file is put aside under another
 * name. GRID_REFUSED ("draft_open"): somebody is at it; GRID_NOMEM. No place for drafts is no
 * failure: `failed` says why. */
enum grid_status draft_open(struct draft *draft, struct session *session, enum draft_found *found,
        struct grid_error *error);
/* An empty one with a fresh key; the file stays as it is. */
enum grid_status draft_begin(struct draft *draft);
/* Onto the disk: whole or not at all. False: `failed` says why. */
bool draft_save(struct draft *draft);
/* The file is gone for good. */
void draft_discard(struct draft *draft);
void draft_close(struct draft *draft);

bool draft_is_empty(const struct draft *draft);
/* A copy is kept; NULL: no value. */
void draft_set(struct draft *draft, enum draft_field field, const char *value);

#endif
