/* What people type, turned into the values of registers, collections and arguments (P-36): texts in
 * UTF-8 in, one packed value out, or a GRID_INVALID that says what is wrong and what is permitted.
 */
#ifndef GRID_CASE_TYPED_H
#define GRID_CASE_TYPED_H

#include "libgrid/roster/roster.h"

/* What a reader knows about the field beside the text. */
struct typed {
    const char *field; /* as the person named it, for messages */
    uint64_t min, max; /* characters of a text, or the bounds of a number */
    bool lines;        /* a text that may hold LF */
    const struct grid_roster *roster;
};

/* Appends one packed value to `out`. GRID_INVALID, GRID_NOT_FOUND, GRID_AMBIGUOUS; a failed buffer
 * is the caller's to notice. */
typedef enum grid_status typed_fn(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error);

typed_fn typed_text;     /* "text_utf8", "text_length" ("title_length"), "control_character" */
typed_fn typed_category; /* four digits or a name */
typed_fn typed_urgency;  /* U1…U4, u2, 2: "urgency_form" */
typed_fn typed_where;    /* place of occurrence: micro-grid, grid or village: "unit_kind" */
typed_fn typed_unit;     /* any unit */
typed_fn typed_lead;     /* a unit, department or body: "lead_unknown", "lead_ambiguous" */
typed_fn typed_time;     /* "time_form", "time_range": [ms, precision] */
typed_fn typed_until;    /* the same, as ms; a day alone is its last minute */
typed_fn typed_geo;      /* LAT,LON: "coordinates_form", "coordinates_range" */
typed_fn typed_source;   /* "source_unknown" */
typed_fn typed_scale;    /* "scale_unknown" */
typed_fn typed_track;    /* "track_unknown" */
typed_fn typed_state;    /* "state_unknown" */
typed_fn typed_method;   /* "method_unknown" */
/* The reasons that life.c lists for these acts: "return_reason_unknown", "ask_unknown",
 * "close_unknown" */
typed_fn typed_return_reason, typed_ask, typed_close;
typed_fn typed_number;     /* "number_form", "number_range" */
typed_fn typed_risk;       /* R0…R3: "risk_form" */
typed_fn typed_grave_risk; /* R1…R3: "grave_risk_form" */
typed_fn typed_card;       /* yellow, red; 黄牌, 红牌: "card_form" */
typed_fn typed_yes_no;     /* "yes_no_form" */
typed_fn typed_tag;        /* a text; 涉矿 is mining, 群体 is group */
typed_fn typed_ref;        /* SYSTEM:NUMBER: "ref_form" */

typed_fn typed_parties; /* KIND:LABEL;…: "parties_form", "parties_count" */

/* "mine" for 4 …; NULL for an unknown number (DOMAIN 4, `parties`). */
const char *party_kind_name(unsigned number);
/* Without blanks before and behind. */
struct bytes typed_trim(struct bytes text);
/* How many bytes of `text` a message shows: at most 120, cut at a character. */
int typed_shown(struct bytes text);

#endif
