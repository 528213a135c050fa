/* grid report at a terminal: the conversation from its first question to the saved report. */
#include "cli/form.h"

#include "cli/print.h"
#include "cli/record.h"
#include "cli/report.h"
#include "cli/show.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "proto/stamp.h"

#include <stdio.h>
#include <string.h>

/* The daemon remembers keys for 30 days (CLI.md); a day less lets the clocks differ. */
static const int64_t key_remembered_ms = INT64_C(29) * 86400000;

static const char *time_shown(struct form *form, int64_t wall_ms)
{
    char stamp[STAMP_TEXT_BYTES];
    stamp_print(stamp, wall_ms);
    return form_text(form, show_time(bytes_text(stamp)));
}

/* --- the answers at a glance --- */

static void show_answer(struct form *form, enum draft_field field, int label_cells)
{
    char number[16];
    struct buffer line = {0};
    struct buffer safe = {0};
    snprintf(number, sizeof(number), "%3d  ", (int)field + 1);
    buffer_append(&line, number, strlen(number));
    print_cell(&line, text_word("field", bytes_text(draft_field_name(field))), label_cells + 2);
    print_safe(&safe, bytes_text(form_shown(form, field)), false);
    buffer_append(&line, safe.data, safe.size);
    printf("%.*s\n", (int)line.size, (const char *)line.data);
    buffer_close(&line);
    buffer_close(&safe);
}

/* `all`: also what is not answered yet. */
static void show_answers(struct form *form, bool all)
{
    int widest = 0;
    for (size_t i = 0; i < DRAFT_FIELD_COUNT; i++) {
        int cells =
                print_cells(text_word("field", bytes_text(draft_field_name((enum draft_field)i))));
        widest = cells > widest ? cells : widest;
    }
    for (size_t i = 0; i < DRAFT_FIELD_COUNT; i++)
        if (all || form->draft.answered[i])
            show_answer(form, (enum draft_field)i, widest);
}

/* --- handing it over --- */

static enum outcome filed(struct form *form, struct bytes record)
{
    if (!form->warned && record_is(record, "urgency", "U1"))
        report_urgent_warning();
    putchar('\n');
    report_show(record);
    draft_discard(&form->draft);
    form->code = EXIT_DONE;
    return OUTCOME_END;
}

/* No answer came, or one that nobody understands: it may have been saved. The draft stays as it
 * was sent, and the next start asks again under the same key. */
static bool is_unknown(bool asked, enum grid_status status)
{
    return asked &&
           (status == GRID_UNREACHABLE || status == GRID_MALFORMED || status == GRID_NOMEM);
}

static enum outcome submit(struct form *form)
{
    struct client client = {.socket = -1};
    struct grid_error error = {0};
    struct bytes end = {0};
    bool asked = false;
    if (form->draft.sent_ms == 0)
        form->draft.sent_ms = draft_now_ms() != 0 ? draft_now_ms() : 1;
    form_save(form);
    form_add_fields(form, DRAFT_FIELD_COUNT, DRAFT_FIELD_COUNT);
    add_text(form->session, "key", form->draft.key);
    enum grid_status status = report_send(form->session, &client, &asked, &end, &error);
    enum outcome outcome = OUTCOME_NEXT;
    if (status == GRID_OK) {
        outcome = filed(form, end);
    } else if (is_unknown(asked, status)) {
        form->code = session_fail(form->session, &error);
        form_say("form.unknown");
        outcome = OUTCOME_END;
    } else {
        form->draft.sent_ms = 0;
        form_save(form);
        if (status == GRID_UNREACHABLE)
            outcome = form_unreachable(form, &error);
        else if (status == GRID_KEY_REUSED) /* an earlier wording of it was saved after all */
            form_say("form.reused");
        else
            form_say_error(&error);
    }
    client_close(&client);
    return outcome;
}

/* --- the last question --- */

/* Not the fault of an answer: the post has no place of its own, and none is named yet. */
static bool holds_so_far(enum grid_status status, const struct grid_error *error)
{
    return status == GRID_OK || strcmp(error->reason, "unit_needed") == 0;
}

/* What was answered days ago may not hold any more: that is said, and asked again. */
static enum outcome look_again(struct form *form)
{
    struct grid_error error = {0};
    enum grid_status status =
            form_preview(form, DRAFT_FIELD_COUNT, DRAFT_FIELD_COUNT, NULL, &error);
    if (holds_so_far(status, &error))
        return OUTCOME_NEXT;
    for (enum draft_field i = DRAFT_UNIT; i < DRAFT_FIELD_COUNT; i++) {
        if (status == GRID_UNREACHABLE)
            return form_unreachable(form, &error);
        if (!form->draft.answered[i])
            continue;
        status = form_preview(form, i + 1, DRAFT_FIELD_COUNT, NULL, &error);
        if (holds_so_far(status, &error) || status == GRID_UNREACHABLE)
            continue;
        form_say_error(&error);
        draft_set(&form->draft, i, NULL);
        form->draft.answered[i] = false;
        form_save(form);
    }
    status = form_preview(form, DRAFT_FIELD_COUNT, DRAFT_FIELD_COUNT, NULL, &error);
    return status == GRID_UNREACHABLE ? form_unreachable(form, &error) : OUTCOME_NEXT;
}

static void show_summary(struct form *form)
{
    putchar('\n');
    form_say("form.confirm");
    show_answers(form, true);
    form_warn(form);
    form_say("form.confirm_keys");
    terminal_forget();
}

static bool take_number(struct bytes plain, enum draft_field *field)
{
    if (plain.size != 1 || plain.data[0] < '1' || plain.data[0] > '0' + DRAFT_FIELD_COUNT)
        return false;
    *field = (enum draft_field)(plain.data[0] - '1');
    return true;
}

static enum outcome confirm(struct form *form)
{
    struct bytes typed = {0};
    struct bytes plain = {0};
    enum draft_field field;
    for (;;) {
        switch (form_read(form, false, &typed, &plain)) {
        case REPLY_BACK:
            return OUTCOME_BACK;
        case REPLY_CANCEL:
            return OUTCOME_CANCEL;
        case REPLY_LEAVE:
            return OUTCOME_LEAVE;
        case REPLY_HELP:
            form_say("form.help.confirm");
            continue;
        case REPLY_TEXT:
            break;
        }
        if (plain.size == 0)
            return submit(form);
        if (take_number(plain, &field)) {
            form->draft.answered[field] = false;
            form->asked_for = field;
            return OUTCOME_NEXT;
        }
        form_say("form.confirm_keys");
    }
}

/* --- the conversation --- */

static enum draft_field next_question(const struct form *form)
{
    for (enum draft_field i = DRAFT_UNIT; i < DRAFT_FIELD_COUNT; i++)
        if (!form->draft.answered[i] && form_applies(form, i))
            return i;
    return DRAFT_FIELD_COUNT;
}

static void step_back(struct form *form, enum draft_field field)
{
    for (enum draft_field i = field; i > DRAFT_UNIT; i--)
        if (form_applies(form, (enum draft_field)(i - 1))) {
            form->draft.answered[i - 1] = false;
            return;
        }
    form_say("form.first");
}

/* A list of choices by number, Enter for the first; −1: leave, or back. */
static int choose(struct form *form)
{
    struct bytes typed = {0};
    struct bytes plain = {0};
    bool number = false;
    form_choices_show(form);
    for (;;) {
        switch (form_read(form, false, &typed, &plain)) {
        case REPLY_LEAVE:
        case REPLY_CANCEL:
        case REPLY_BACK:
            return -1;
        case REPLY_HELP:
        case REPLY_TEXT:
            break;
        }
        if (plain.size == 0)
            return 0;
        const struct choice *choice = form_choice_of(form, plain, true, &number);
        if (choice != NULL)
            return (int)(choice - form->choices);
        if (!number)
            form_choices_show(form);
    }
}

static enum outcome leave(struct form *form)
{
    putchar('\n');
    if (draft_is_empty(&form->draft))
        form_say("form.nothing");
    form_say_kept(form);
    form->code = EXIT_REFUSED;
    return OUTCOME_END;
}

static enum outcome cancel(struct form *form)
{
    if (draft_is_empty(&form->draft))
        return leave(form);
    putchar('\n');
    form_say("form.cancel");
    form_choices_clear(form);
    form_choice_add(form, "keep", text("form.cancel_keep"));
    form_choice_add(form, "discard", text("form.cancel_discard"));
    form_choice_add(form, "on", text("form.cancel_on"));
    switch (choose(form)) {
    case 1:
        draft_discard(&form->draft);
        form_say("form.discarded");
        form->code = EXIT_REFUSED;
        return OUTCOME_END;
    case 2:
        return OUTCOME_NEXT;
    default:
        return leave(form);
    }
}

static enum outcome ask_next(struct form *form)
{
    enum draft_field field = next_question(form);
    enum draft_field asked_for = form->asked_for;
    enum outcome outcome = OUTCOME_NEXT;
    if (field < DRAFT_FIELD_COUNT) {
        outcome = form_question(form, field);
        form->asked_for = DRAFT_FIELD_COUNT;
    } else {
        outcome = look_again(form);
        if (outcome != OUTCOME_NEXT || next_question(form) != DRAFT_FIELD_COUNT)
            return outcome;
        show_summary(form);
        outcome = confirm(form);
    }
    if (outcome == OUTCOME_BACK && asked_for == field && field < DRAFT_FIELD_COUNT)
        form->draft.answered[field] = true; /* back to the summary, as it was */
    else if (outcome == OUTCOME_BACK)
        step_back(form, field);
    else if (outcome == OUTCOME_CANCEL)
        outcome = cancel(form);
    else if (outcome == OUTCOME_LEAVE)
        outcome = leave(form);
    return outcome == OUTCOME_BACK ? OUTCOME_NEXT : outcome;
}

static int converse(struct form *form)
{
    while (ask_next(form) != OUTCOME_END)
        ;
    return form->code;
}

/* --- the beginning --- */

/* Who may not report at all is told so before the first question; where the post has no place of
 * its own, that is what the first question is for. */
static bool may_begin(struct form *form, bool found)
{
    struct grid_error error = {0};
    enum grid_status status = form_preview(form, DRAFT_UNIT, DRAFT_FIELD_COUNT, NULL, &error);
    if (holds_so_far(status, &error))
        return true;
    form->code = session_fail(form->session, &error);
    if (found)
        form_say_kept(form);
    return false;
}

/* OUTCOME_NEXT: go on. */
static enum outcome offer_draft(struct form *form)
{
    form_say1("form.found", time_shown(form, form->draft.begun_ms));
    if (look_again(form) == OUTCOME_END)
        return OUTCOME_END;
    show_answers(form, false);
    form_choices_clear(form);
    form_choice_add(form, "on", text("form.found_on"));
    form_choice_add(form, "new", text("form.found_new"));
    form_choice_add(form, "discard", text("form.found_discard"));
    switch (choose(form)) {
    case 0:
        return OUTCOME_NEXT;
    case 1:
        draft_discard(&form->draft);
        if (draft_begin(&form->draft) == GRID_OK && may_begin(form, false))
            return OUTCOME_NEXT;
        return OUTCOME_END;
    case 2:
        draft_discard(&form->draft);
        form_say("form.discarded");
        form->code = EXIT_REFUSED;
        return OUTCOME_END;
    default:
        return leave(form);
    }
}

/* It was handed over and no answer came: the same again, under the same key, before anything else
 * may change. OUTCOME_NEXT: it is a draft again. */
static enum outcome resolve_sent(struct form *form)
{
    const char *title = form_shown(form, DRAFT_TITLE);
    if (draft_now_ms() - form->draft.sent_ms > key_remembered_ms) {
        form_say1("form.sent_long_ago", title);
        form->draft.sent_ms = 0;
        return report_random_key(&form->session->arena, &form->draft.key) == GRID_OK ? OUTCOME_NEXT
                                                                                     : OUTCOME_END;
    }
    form_say1("form.sent", title);
    return submit(form);
}

static int begin(struct form *form, enum draft_found found)
{
    enum outcome outcome = OUTCOME_NEXT;
    form->code = EXIT_REFUSED;
    if (found == DRAFT_DAMAGED)
        form_say("form.damaged");
    if (found != DRAFT_FOUND && draft_begin(&form->draft) != GRID_OK)
        return form->code;
    if (found == DRAFT_FOUND && form->draft.sent_ms != 0)
        outcome = resolve_sent(form);
    if (outcome == OUTCOME_NEXT && !may_begin(form, found == DRAFT_FOUND))
        outcome = OUTCOME_END;
    if (outcome == OUTCOME_NEXT)
        form_say("form.begin");
    if (outcome == OUTCOME_NEXT && form->draft.failed != 0)
        form_save(form);
    if (outcome == OUTCOME_NEXT && found == DRAFT_FOUND)
        outcome = offer_draft(form);
    return outcome == OUTCOME_NEXT ? converse(form) : form->code;
}

int report_form(struct session *session)
{
    struct form form = {.session = session, .asked_for = DRAFT_FIELD_COUNT};
    struct grid_error error = {0};
    enum draft_found found = DRAFT_NONE;
    enum grid_status status = draft_open(&form.draft, session, &found, &error);
    if (status != GRID_OK && error.status == GRID_OK)
        error.status = status;
    int code = status == GRID_OK ? begin(&form, found) : session_fail(session, &error);
    draft_close(&form.draft);
    buffer_close(&form.line);
    return code;
}
