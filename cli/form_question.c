/* The questions: what each offers, what Enter means, and how an answer is taken. */
#include "cli/form.h"

#include "cli/record.h"
#include "cli/report.h"
#include "cli/show.h"
#include "cli/text.h"
#include "cli/when.h"
#include "proto/body.h"
#include "proto/limits.h"

#include <stdio.h>
#include <string.h>

/* What Enter means. */
struct proposal {
    const char *value, *label; /* no value: the answer is left out */
    bool nothing;              /* Enter means nothing here */
};

enum taken { TAKEN_YES, TAKEN_NO, TAKEN_LOST };

/* --- what is known of the report --- */

static const char *understood_text(struct form *form, const char *member)
{
    return form_text(form, record_text(form->understood, member));
}

static bool field_is_optional(enum draft_field field)
{
    return field == DRAFT_TEXT || field == DRAFT_PLACE;
}

bool form_applies(const struct form *form, enum draft_field field)
{
    if (field != DRAFT_APPLICANT || form->asked_for == field || form->draft.values[field] != NULL)
        return true;
    /* behind a dispute or a request stands somebody; who sees a hazard on patrol is nobody's errand
     */
    return record_bool(form->understood, "applicant") ||
           !record_is(form->understood, "track", "safety");
}

static const char *category_label(struct form *form)
{
    return form_filled(form, "form.category",
            record_text(form->understood, text("form.category_member")),
            record_text(form->understood, "category"));
}

static const char *time_label(struct form *form, const char *value)
{
    return form_text(form, show_time(bytes_text(value)));
}

static bool applicant(const struct form *form)
{
    const char *value = form->draft.values[DRAFT_APPLICANT];
    return value != NULL ? strcmp(value, "yes") == 0 : record_bool(form->understood, "applicant");
}

const char *form_shown(struct form *form, enum draft_field field)
{
    const char *value = form->draft.values[field];
    switch (field) {
    case DRAFT_UNIT:
        return understood_text(form, "unit_name");
    case DRAFT_CATEGORY:
        return category_label(form);
    case DRAFT_URGENCY:
        return form_text(form,
                text_word("urgency", value != NULL ? bytes_text(value)
                                                   : record_text(form->understood, "urgency")));
    case DRAFT_TEXT:
        return value != NULL ? value : text("form.same_as_title");
    case DRAFT_OCCURRED_AT:
        return value != NULL ? time_label(form, value)
                             : time_label(form, understood_text(form, "occurred_at"));
    case DRAFT_PLACE:
        return value != NULL ? value : text("form.left_out");
    case DRAFT_APPLICANT:
        return text(applicant(form) ? "form.yes" : "form.no");
    case DRAFT_TITLE:
    case DRAFT_FIELD_COUNT:
        break;
    }
    return value != NULL ? value : "";
}

void form_warn(struct form *form)
{
    if (form->warned || !record_is(form->understood, "urgency", "U1"))
        return;
    report_urgent_warning();
    form->warned = true;
}

/* --- proposals --- */

/* 柳塔村第四网格燃气泄漏; nothing where it says nothing or is too long. */
static const char *proposed_title(struct form *form)
{
    struct bytes unit = record_text(form->understood, "unit_name");
    struct bytes category = record_text(form->understood, "name");
    const char *title = form_filled(form, "form.title_of", unit, category);
    size_t count = text_chars(bytes_text(title));
    if (record_is(form->understood, "category", "9999") || unit.size == 0 ||
            count < GRID_TITLE_CHARS_MIN || count > GRID_TITLE_CHARS_MAX)
        return NULL;
    return title;
}

static struct proposal propose(struct form *form, enum draft_field field)
{
    const char *value = form->draft.values[field];
    struct proposal proposal = {.value = value, .label = value};
    struct grid_error error = {0};
    char now[STAMP_TEXT_BYTES];
    if (field == DRAFT_UNIT || field == DRAFT_CATEGORY) /* the name of what stands there */
        (void)form_preview(form, DRAFT_FIELD_COUNT, field, value, &error);
    switch (field) {
    case DRAFT_UNIT:
        proposal.value = understood_text(form, "unit");
        proposal.label = understood_text(form, "unit_name");
        break;
    case DRAFT_CATEGORY:
        proposal.value = understood_text(form, "category");
        proposal.label = category_label(form);
        break;
    case DRAFT_URGENCY:
        proposal.value = value != NULL ? value : understood_text(form, "urgency");
        proposal.label = form_shown(form, field);
        break;
    case DRAFT_TITLE:
        if (value == NULL)
            proposal.value = proposal.label = proposed_title(form);
        break;
    case DRAFT_TEXT:
    case DRAFT_PLACE:
        proposal.label = form_shown(form, field);
        break;
    case DRAFT_OCCURRED_AT:
        stamp_print(now, draft_now_ms());
        proposal.value = value != NULL ? value : form_text(form, bytes_text(now));
        proposal.label = value != NULL ? time_label(form, value)
                                       : form_filled(form, "form.now", show_time(bytes_text(now)),
                                                 (struct bytes){0});
        break;
    case DRAFT_APPLICANT:
        proposal.value = applicant(form) ? "yes" : "no";
        proposal.label = form_shown(form, field);
        break;
    case DRAFT_FIELD_COUNT:
        break;
    }
    proposal.nothing =
            !field_is_optional(field) && (proposal.value == NULL || proposal.value[0] == '\0');
    return proposal;
}

/* --- keeping --- */

void form_save(struct form *form)
{
    if (draft_save(&form->draft) || form->unsaved_told)
        return;
    form_say1("form.unsaved", text_errno(form->draft.failed));
    form->unsaved_told = true;
}

void form_say_kept(struct form *form)
{
    if (form->draft.failed == 0 && form->draft.path != NULL && !draft_is_empty(&form->draft))
        form_say("form.kept");
}

enum outcome form_unreachable(struct form *form, const struct grid_error *error)
{
    form->code = session_fail(form->session, error);
    fflush(stderr);
    form_say_kept(form);
    return OUTCOME_END;
}

/* What rested on the old answer is asked again: a title that was only proposed, the urgency and the
 * applicant of another category. */
static void forget(struct form *form, enum draft_field field)
{
    draft_set(&form->draft, field, NULL);
    form->draft.answered[field] = false;
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void forget_what_rests_on(struct form *form, enum draft_field field, const char *old_title)
{
    if (same_text(form->draft.values[DRAFT_TITLE], old_title))
        forget(form, DRAFT_TITLE);
    if (field == DRAFT_CATEGORY) {
        forget(form, DRAFT_URGENCY);
        forget(form, DRAFT_APPLICANT);
    }
}

/* The value of one field as the daemon understood it: 燃气 is 0204. */
static const char *canonical(struct form *form, enum draft_field field, const char *value)
{
    if (field == DRAFT_UNIT || field == DRAFT_CATEGORY || field == DRAFT_URGENCY)
        return understood_text(form, draft_field_name(field));
    return value;
}

/* The daemon may be gone at any time: what was typed stays as the proposal of the next start. */
static enum taken lost(struct form *form, enum draft_field field, const char *value,
        const struct grid_error *error)
{
    draft_set(&form->draft, field, value);
    form->draft.answered[field] = false;
    form_save(form);
    (void)form_unreachable(form, error);
    return TAKEN_LOST;
}

/* TAKEN_NO leaves the reason in `error`. */
static enum taken try_value(
        struct form *form, enum draft_field field, const char *value, struct grid_error *error)
{
    const char *old_title = proposed_title(form);
    const char *before = form->draft.values[field];
    enum grid_status status = form_preview(form, DRAFT_FIELD_COUNT, field, value, error);
    if (status == GRID_UNREACHABLE)
        return lost(form, field, value, error);
    if (status != GRID_OK)
        return TAKEN_NO;
    draft_set(&form->draft, field, value != NULL ? canonical(form, field, value) : NULL);
    form->draft.answered[field] = true;
    bool changed = before != NULL && !same_text(before, form->draft.values[field]);
    if (changed && (field == DRAFT_CATEGORY || field == DRAFT_UNIT)) {
        forget_what_rests_on(form, field, old_title);
        status = form_preview(form, DRAFT_FIELD_COUNT, DRAFT_FIELD_COUNT, NULL, error);
        if (status == GRID_UNREACHABLE)
            return lost(form, field, form->draft.values[field], error);
    }
    form_save(form);
    return TAKEN_YES;
}

static enum taken take_value(struct form *form, enum draft_field field, const char *value)
{
    struct grid_error error = {0};
    enum taken taken = try_value(form, field, value, &error);
    if (taken == TAKEN_NO)
        form_say_error(&error);
    return taken;
}

/* --- categories: by number, name, part of a name --- */

static enum taken after_list(struct form *form, enum draft_field field, const char *value,
        const struct grid_error *error)
{
    if (error->status == GRID_UNREACHABLE)
        return lost(form, field, value, error);
    if (form->choice_count > 0) {
        form->narrowed = true;
        form_say("form.several");
        form_choices_show(form);
    }
    return TAKEN_NO;
}

static enum taken show_categories(struct form *form, const char *word)
{
    struct grid_error error = {0};
    (void)form_list_categories(form, word, &error);
    return after_list(form, DRAFT_CATEGORY, NULL, &error);
}

static bool is_unclear(const struct grid_error *error)
{
    return error->status == GRID_AMBIGUOUS || error->status == GRID_NOT_FOUND;
}

static enum taken take_category(struct form *form, const char *value)
{
    enum { GROUP_DIGITS = 2 };
    struct grid_error error = {0};
    struct grid_error none = {0};
    if (strlen(value) == GROUP_DIGITS && strspn(value, "0123456789") == GROUP_DIGITS)
        return show_categories(form, value);
    enum taken taken = try_value(form, DRAFT_CATEGORY, value, &error);
    if (taken != TAKEN_NO)
        return taken;
    if (is_unclear(&error)) {
        enum grid_status status = form_list_categories(form, value, &none);
        if (status == GRID_OK && form->choice_count > 0)
            return after_list(form, DRAFT_CATEGORY, value, &none);
        if (status == GRID_UNREACHABLE)
            return lost(form, DRAFT_CATEGORY, value, &none);
    }
    form_say_error(&error);
    return TAKEN_NO;
}

/* --- places --- */

static enum taken take_unit(struct form *form, const char *value)
{
    struct grid_error error = {0};
    struct grid_error none = {0};
    uint64_t left_out = 0;
    enum taken taken = try_value(form, DRAFT_UNIT, value, &error);
    if (taken != TAKEN_NO || !is_unclear(&error)) {
        if (taken == TAKEN_NO)
            form_say_error(&error);
        return taken;
    }
    enum grid_status status = form_list_places(form, value, &left_out, &none);
    if (status == GRID_OK && form->choice_count == 1)
        return take_value(form, DRAFT_UNIT, form->choices[0].value);
    if (form->choice_count == 0)
        form_say_error(&error);
    taken = after_list(form, DRAFT_UNIT, value, &none);
    if (left_out > 0)
        form_say("form.more");
    return taken;
}

/* --- when --- */

static enum taken take_time(struct form *form, const char *value)
{
    char out[STAMP_TEXT_BYTES];
    switch (when_read(bytes_text(value), draft_now_ms(), out)) {
    case WHEN_TIME:
        return take_value(form, DRAFT_OCCURRED_AT, out);
    case WHEN_AHEAD:
        form_say("form.ahead");
        return TAKEN_NO;
    case WHEN_OTHER:
        break;
    }
    struct grid_error error = {0};
    enum taken taken = try_value(form, DRAFT_OCCURRED_AT, value, &error);
    if (taken == TAKEN_NO && strcmp(error.reason, "time_form") == 0)
        form_say1("form.time", value);
    else if (taken == TAKEN_NO)
        form_say_error(&error);
    return taken;
}

/* --- yes and no --- */

static bool is_listed(const char *value, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(value, words[i]) == 0)
            return true;
    return false;
}

static enum taken take_applicant(struct form *form, const char *value)
{
    static const char *const yes[] = {"yes", "y", "有", "有人", "要", "是", "是的", "对"};
    static const char *const no[] = {
            "no", "n", "没", "没有", "没有人", "没人", "无", "不", "不用", "否"};
    bool is_yes = is_listed(value, yes, sizeof(yes) / sizeof(yes[0]));
    if (is_yes || is_listed(value, no, sizeof(no) / sizeof(no[0])))
        return take_value(form, DRAFT_APPLICANT, is_yes ? "yes" : "no");
    form_say("form.yes_or_no");
    return TAKEN_NO;
}

/* --- one question --- */

/* The lists that a question opens with. */
static enum grid_status prepare(struct form *form, enum draft_field field, struct grid_error *error)
{
    uint64_t left_out = 0;
    form_choices_clear(form);
    switch (field) {
    case DRAFT_UNIT:
        return form_list_places(form, NULL, &left_out, error);
    case DRAFT_CATEGORY:
        return form_list_groups(form, error);
    case DRAFT_URGENCY:
        form_choice_add(form, "U1", text("form.urgency.U1"));
        form_choice_add(form, "U2", text("form.urgency.U2"));
        form_choice_add(form, "U3", text("form.urgency.U3"));
        form_choice_add(form, "U4", text("form.urgency.U4"));
        break;
    case DRAFT_APPLICANT:
        form_choice_add(form, "yes", text("form.yes"));
        form_choice_add(form, "no", text("form.no"));
        break;
    case DRAFT_TITLE:
    case DRAFT_TEXT:
    case DRAFT_OCCURRED_AT:
    case DRAFT_PLACE:
    case DRAFT_FIELD_COUNT:
        break;
    }
    return GRID_OK;
}

static const char *sentence_of(char out[static 48], const char *group, enum draft_field field)
{
    snprintf(out, 48, "form.%s.%s", group, draft_field_name(field));
    return out;
}

/* The limit in words, before anybody breaks it. */
static void say_question(const char *id, enum draft_field field)
{
    char least[16] = "";
    char most[16] = "";
    struct buffer sentence = {0};
    if (field == DRAFT_TITLE) {
        snprintf(least, sizeof(least), "%d", GRID_TITLE_CHARS_MIN);
        snprintf(most, sizeof(most), "%d", GRID_TITLE_CHARS_MAX);
    } else if (field_is_optional(field)) {
        snprintf(most, sizeof(most), "%d",
                field == DRAFT_TEXT ? GRID_DESCRIPTION_CHARS_MAX : GRID_PLACE_TEXT_CHARS_MAX);
    }
    text_say(&sentence, id, least, most);
    printf("%.*s\n", (int)sentence.size, (const char *)sentence.data);
    buffer_close(&sentence);
}

static void show_question(struct form *form, enum draft_field field, const struct proposal *enter)
{
    char id[48];
    putchar('\n');
    say_question(sentence_of(id, "ask", field), field);
    form_choices_show(form);
    if (enter->nothing)
        return;
    bool may_clear = field_is_optional(field) && enter->value != NULL;
    form_say1(may_clear ? "form.enter_or_none" : "form.enter", enter->label);
}

static enum taken take_answer(struct form *form, enum draft_field field,
        const struct proposal *enter, struct bytes typed, struct bytes plain)
{
    bool number = false;
    bool words = field == DRAFT_URGENCY || field == DRAFT_APPLICANT;
    const char *value = (const char *)plain.data;
    if (typed.size == 0 && enter->nothing) {
        form_say("form.needed");
        return TAKEN_NO;
    }
    if (typed.size == 0)
        return take_value(form, field, enter->value);
    if (field_is_optional(field) && strcmp(value, "-") == 0)
        return take_value(form, field, NULL);
    const struct choice *choice = form_choice_of(form, plain, words, &number);
    if (choice == NULL && number)
        return TAKEN_NO;
    if (choice != NULL)
        value = choice->value;
    switch (field) {
    case DRAFT_UNIT:
        return take_unit(form, value);
    case DRAFT_CATEGORY:
        return take_category(form, value);
    case DRAFT_OCCURRED_AT:
        return take_time(form, value);
    case DRAFT_APPLICANT:
        return take_applicant(form, value);
    case DRAFT_URGENCY:
        return take_value(form, field, value);
    case DRAFT_TITLE:
    case DRAFT_TEXT:
    case DRAFT_PLACE:
    case DRAFT_FIELD_COUNT:
        break;
    }
    return take_value(form, field, (const char *)typed.data); /* a text stays as it was typed */
}

/* What was understood of a word is said back; a text stands on the screen already. */
static void say_back(struct form *form, enum draft_field field)
{
    if (field == DRAFT_UNIT || field == DRAFT_CATEGORY || field == DRAFT_URGENCY ||
            field == DRAFT_OCCURRED_AT || field == DRAFT_TITLE || field == DRAFT_APPLICANT)
        form_say1("form.taken", form_shown(form, field));
    if (field == DRAFT_CATEGORY || field == DRAFT_URGENCY)
        form_warn(form);
}

/* One answer: OUTCOME_NEXT with *taken, or what else was wanted. */
static enum outcome listen(
        struct form *form, enum draft_field field, const struct proposal *enter, bool *taken)
{
    char id[48];
    struct bytes typed = {0};
    struct bytes plain = {0};
    switch (form_read(form, field == DRAFT_TEXT, &typed, &plain)) {
    case REPLY_BACK:
        return OUTCOME_BACK;
    case REPLY_CANCEL:
        return OUTCOME_CANCEL;
    case REPLY_LEAVE:
        return OUTCOME_LEAVE;
    case REPLY_HELP:
        form_say(sentence_of(id, "help", field));
        form_say("form.help");
        return OUTCOME_NEXT;
    case REPLY_TEXT:
        break;
    }
    enum taken answer = take_answer(form, field, enter, typed, plain);
    *taken = answer == TAKEN_YES;
    return answer == TAKEN_LOST ? OUTCOME_END : OUTCOME_NEXT;
}

enum outcome form_question(struct form *form, enum draft_field field)
{
    enum outcome outcome = OUTCOME_NEXT;
    bool taken = false;
    struct proposal enter = propose(form, field);
    do { /* out of a list of few, back leads to the list of all */
        struct grid_error error = {0};
        form->narrowed = false;
        if (prepare(form, field, &error) != GRID_OK)
            return form_unreachable(form, &error);
        show_question(form, field, &enter);
        do
            outcome = listen(form, field, &enter, &taken);
        while (outcome == OUTCOME_NEXT && !taken);
    } while (outcome == OUTCOME_BACK && form->narrowed);
    if (taken)
        say_back(form, field);
    return outcome;
}
