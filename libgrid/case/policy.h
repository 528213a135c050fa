/* The policy of deadlines and supervision (DOMAIN 6): limits by urgency, the calendar of working
 * days, thresholds. Data: read from a text, policy-1.ini is built in. Pure functions of it and of
 * the moments handed in; local time is UTC+8, always (P-72). */
#ifndef GRID_CASE_POLICY_H
#define GRID_CASE_POLICY_H

#include "proto/body.h"

enum policy_clock {
    POLICY_NONE,    /* not permitted, or nothing said */
    POLICY_NATURAL, /* amount: ms that pass whatever the day */
    POLICY_WORKING, /* amount: days of 24 hours, and the clock stands on days that do not work */
    POLICY_FINISH,  /* as the limit to finish */
    POLICY_DAY_END, /* the end of the local day, or `amount` ms after the start when that is later
                     */
};
struct policy_span {
    enum policy_clock clock;
    int64_t amount;
};

enum { POLICY_URGENCIES = 4, POLICY_TRACKS = 6, POLICY_DAYS_MAX = 512 };

struct policy_limits {
    struct policy_span accept, act, finish;
    struct policy_span finish_track[POLICY_TRACKS]; /* by enum grid_track; POLICY_NONE: as finish */
    struct policy_span extension;                   /* natural, or none */
};
/* Days that differ from the week: holidays, and weekends worked to make up for them. */
struct policy_days {
    int32_t first, last;
    bool works;
};
struct grid_policy {
    unsigned version; /* what `due` names; 1: the one built in */
    struct policy_limits limits[POLICY_URGENCIES];
    int64_t round_ms;                 /* results are rounded up to it */
    struct policy_span check;         /* of a case resolved as it was reported, by another person */
    struct policy_span reply_card[2]; /* to a letter of a yellow, a red card */
    struct policy_span reply_risk[3]; /* of R1 to R3; POLICY_NONE: as the one built in */
    /* supervision queue */
    int64_t soon_ms, silent_ms;
    unsigned queue_returns, queue_scale, queue_impact;
    unsigned red_percent; /* over by so much of the limit: a red card */
    /* complex */
    int64_t complex_over_ms;
    unsigned complex_scale, complex_assists, complex_extensions;
    int64_t complex_amount_fen;
    char complex_tags[4][32]; /* all of them together; empty: none */
    /* calendar */
    bool rests[7]; /* Monday first */
    struct policy_days days[POLICY_DAYS_MAX];
    size_t day_count;
};

/* policy-1, built in: what counts where no other is known. */
const struct grid_policy *policy_builtin(void);
struct bytes policy_builtin_text(void);

/* What is wrong with a policy's text, one call a fault: its line (0: something is missing), the id
 * of a sentence, and what stands there. */
typedef void policy_fault_fn(void *context, unsigned line, const char *reason, struct bytes what);
/* False when there was a fault; *out is whole only when it answers true. `version` is written into
 * it. */
bool policy_read(struct bytes text, unsigned version, struct grid_policy *out,
        policy_fault_fn *fault, void *context);

/* The first act and the end of the work of a case that was received, or reopened, at `start_ms`.
 * False for an urgency that there is not. `track` 0: not known. */
bool policy_due(const struct grid_policy *policy, unsigned urgency, unsigned track,
        int64_t start_ms, struct due_value *out);
/* Until when a report received at `start_ms` is to be accepted. */
int64_t policy_accept_by(
        const struct grid_policy *policy, unsigned urgency, unsigned track, int64_t start_ms);
/* By how much one extension may move the end; 0: there is none. */
int64_t policy_extension_ms(const struct grid_policy *policy, unsigned urgency);
/* `due` of a case that was held for `held_ms`: both limits moved, rounded up. */
struct due_value policy_moved(
        const struct grid_policy *policy, const struct due_value *due, int64_t held_ms);
/* Until when another person is to check a case that was resolved as it was reported. */
int64_t policy_check_by(const struct grid_policy *policy, int64_t start_ms);
/* Until when a letter is to be answered: of a card (enum grid_supervision), or of a risk R0 to R3
 * where `card` is none. */
int64_t policy_reply_by(
        const struct grid_policy *policy, unsigned card, unsigned risk, int64_t start_ms);

/* Rounded up as all results are. */
int64_t policy_round(const struct grid_policy *policy, int64_t ms);
/* Whether the local day is a working day; the week alone speaks where the calendar says nothing. */
bool policy_works(const struct grid_policy *policy, int32_t day);
/* The last year of which the calendar says anything; 0: of none. */
unsigned policy_calendar_year(const struct grid_policy *policy);

#endif
