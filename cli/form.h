/* Inside the guided form: one question after the other, each answer judged by the daemon and kept
 * in the draft before the next is asked. Seen by form*.c alone. */
#ifndef GRID_CLI_FORM_H
#define GRID_CLI_FORM_H

#include "cli/draft.h"

/* What can be taken by its number. */
struct choice {
    const char *value, *label;
};
enum { FORM_CHOICES_MAX = 128 };

struct form {
    struct session *session;
    struct draft draft;
    struct bytes understood; /* the last preview: what the report would be now */
    struct choice choices[FORM_CHOICES_MAX];
    size_t choice_count;
    bool narrowed;              /* the choices are no longer those that the question opened with */
    struct buffer line;         /* as typed, before it is judged */
    enum draft_field asked_for; /* asked though it hardly matters; FIELD_COUNT: none */
    bool warned;                /* 119 / 110 / 120 */
    bool unsaved_told;
    int code; /* the exit code, once it is over */
};

/* --- form_talk.c: speaking and listening --- */

enum reply {
    REPLY_TEXT,
    REPLY_BACK,
    REPLY_HELP,
    REPLY_CANCEL,
    REPLY_LEAVE, /* Ctrl-D, Ctrl-C */
};
/* Prompts and reads one answer. `typed`: NFC, trimmed, in the arena of the run; `plain`: the same
 * with full-width ASCII made plain, for numbers and words. What is no text is asked again here. */
enum reply form_read(struct form *form, bool pasted, struct bytes *typed, struct bytes *plain);
void form_say(const char *id);
void form_say1(const char *id, const char *argument);
void form_say_error(const struct grid_error *error);
/* Foreign text in a sentence, as the arena's own. */
const char *form_text(struct form *form, struct bytes text);
const char *form_filled(struct form *form, const char *id, struct bytes first, struct bytes second);

void form_choices_clear(struct form *form);
void form_choice_add(struct form *form, const char *value, const char *label);
/* Numbered, in as many columns as fit. */
void form_choices_show(const struct form *form);
/* A number of the list, or the beginning of exactly one label where `words`: the choice, or NULL.
 * *number: it was meant as one, and what is wrong with it has been said. */
const struct choice *form_choice_of(
        const struct form *form, struct bytes plain, bool words, bool *number);

/* --- form_ask.c: what the daemon says --- */

/* The report as it would be with the answers before `until` and, where `value` is not NULL, this
 * one for `field`. `understood` follows when it is a report. */
enum grid_status form_preview(struct form *form, enum draft_field until, enum draft_field field,
        const char *value, struct grid_error *error);
/* A list from the daemon into the choices; how many there are. `word` may be NULL. */
enum grid_status form_list_categories(
        struct form *form, const char *word, struct grid_error *error);
enum grid_status form_list_groups(struct form *form, struct grid_error *error);
enum grid_status form_list_places(
        struct form *form, const char *word, uint64_t *left_out, struct grid_error *error);
/* The fields of a report from the answers before `until` but `skipped`, in the session. */
void form_add_fields(struct form *form, enum draft_field until, enum draft_field skipped);

/* --- form_question.c: one question --- */

enum outcome {
    OUTCOME_NEXT,
    OUTCOME_BACK,
    OUTCOME_CANCEL,
    OUTCOME_LEAVE,
    OUTCOME_END, /* form->code */
};
enum outcome form_question(struct form *form, enum draft_field field);
/* Whether the answer makes a difference worth a question. */
bool form_applies(const struct form *form, enum draft_field field);
/* The answer in words, for the summary. */
const char *form_shown(struct form *form, enum draft_field field);
/* Once for a report that is U1. */
void form_warn(struct form *form);
/* Keeps the draft; a disk that does not take it is named once. */
void form_save(struct form *form);
/* The daemon is not there: says so, and that the draft stays. */
enum outcome form_unreachable(struct form *form, const struct grid_error *error);
void form_say_kept(struct form *form);

#endif
