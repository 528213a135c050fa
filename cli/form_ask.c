/* What the form asks the daemon: the rules of a report are there, and the words for what breaks
 * them. */
#include "cli/form.h"

#include "cli/record.h"
#include "cli/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void no_row(void *context, struct bytes list, struct bytes record)
{
    (void)context;
    (void)list;
    (void)record;
}

/* The fields stand in the session. The record of the end is copied. */
static enum grid_status ask_daemon(struct form *form, const char *verb, client_row_fn *row,
        struct bytes *out, struct grid_error *error)
{
    struct client client = {.socket = -1};
    struct bytes end = {0};
    struct grid_request request = session_request(form->session, verb);
    enum grid_status status = client_open(&client, form->session->home, error);
    if (status == GRID_OK)
        status = client_call(&client, &request, row, form, &end, error);
    if (status == GRID_OK && end.size > 0) {
        *out = arena_copy(&form->session->arena, end);
        if (out->data == NULL)
            abort();
    }
    client_close(&client);
    if (status != GRID_OK && error->status == GRID_OK)
        error->status = status;
    return status;
}

static void begin_fields(struct form *form)
{
    form->session->field_count = 0;
    add_options(form->session);
}

void form_add_fields(struct form *form, enum draft_field until, enum draft_field skipped)
{
    begin_fields(form);
    for (size_t i = 0; i < until; i++)
        if (i != skipped && form->draft.answered[i])
            add_text(form->session, draft_field_name((enum draft_field)i), form->draft.values[i]);
}

enum grid_status form_preview(struct form *form, enum draft_field until, enum draft_field field,
        const char *value, struct grid_error *error)
{
    struct bytes understood = {0};
    *error = (struct grid_error){0};
    form_add_fields(form, until, field);
    if (value != NULL)
        add_text(form->session, draft_field_name(field), value);
    enum grid_status status = ask_daemon(form, "preview", no_row, &understood, error);
    if (status == GRID_OK)
        form->understood = understood;
    return status;
}

/* --- lists --- */

static void take_category(void *context, struct bytes list, struct bytes record)
{
    struct form *form = context;
    (void)list;
    struct bytes code = record_text(record, "category");
    struct bytes name = record_text(record, text("form.category_member"));
    form_choice_add(form, form_text(form, code), form_filled(form, "form.category", name, code));
}

enum grid_status form_list_categories(struct form *form, const char *word, struct grid_error *error)
{
    struct bytes end = {0};
    *error = (struct grid_error){0};
    form_choices_clear(form);
    begin_fields(form);
    add_text(form->session, "word", word);
    return ask_daemon(form, "categories", take_category, &end, error);
}

/* The groups are the first two digits of the codes; 99 holds what is not yet classified, which is
 * what nobody need choose. */
static void take_group(void *context, struct bytes list, struct bytes record)
{
    struct form *form = context;
    (void)list;
    struct bytes code = record_text(record, "category");
    const struct choice *last =
            form->choice_count > 0 ? &form->choices[form->choice_count - 1] : NULL;
    if (code.size < 2 || memcmp(code.data, "99", 2) == 0 ||
            (last != NULL && memcmp(last->value, code.data, 2) == 0))
        return;
    form_choice_add(form, form_text(form, bytes_of(code.data, 2)),
            form_text(form, record_text(record, text("form.group_member"))));
}

enum grid_status form_list_groups(struct form *form, struct grid_error *error)
{
    struct bytes end = {0};
    *error = (struct grid_error){0};
    form_choices_clear(form);
    begin_fields(form);
    return ask_daemon(form, "categories", take_group, &end, error);
}

static void take_place(void *context, struct bytes list, struct bytes record)
{
    struct form *form = context;
    (void)list;
    struct bytes name = record_text(record, "name");
    struct bytes within = record_text(record, "within");
    const char *label = form_filled(
            form, record_bool(record, "own") ? "form.place_own" : "form.place", name, within);
    form_choice_add(form, form_text(form, record_text(record, "unit")), label);
}

enum grid_status form_list_places(
        struct form *form, const char *word, uint64_t *left_out, struct grid_error *error)
{
    struct bytes end = {0};
    *error = (struct grid_error){0};
    form_choices_clear(form);
    begin_fields(form);
    add_text(form->session, "word", word);
    enum grid_status status = ask_daemon(form, "places", take_place, &end, error);
    *left_out = record_uint(end, "left_out");
    return status;
}
