#include "libgrid/case/refuse.h"

#include "libgrid/case/inside.h"

#include <stdio.h>
#include <string.h>

enum { LIST_BYTES = 256, ROLE_BITS = 24 };

static void list_add(char list[static LIST_BYTES], const char *word)
{
    size_t used = strlen(list);
    if (word != NULL)
        snprintf(&list[used], LIST_BYTES - used, "%s%s", used > 0 ? ", " : "", word);
}

static enum grid_status refuse(
        const struct draft *draft, const char *reason, struct bytes more, struct grid_error *error)
{
    unsigned state = draft->context->fold != NULL ? fold_state(draft->context->fold) : 0;
    const char *state_name = grid_state_name(state);
    return grid_fail(error, GRID_REFUSED, reason,
            "%s" GRID_ARG "%s" GRID_ARG "%s" GRID_ARG "%.*s%s%.*s", grid_kind_name(draft->kind),
            state_name != NULL ? state_name : "", grid_role_name(draft->author->role),
            (int)draft->author->place.size, (const char *)draft->author->place.data,
            more.size > 0 ? GRID_ARG : "", typed_shown(more), (const char *)more.data);
}

static struct bytes place_name(const struct draft *draft, struct bytes place)
{
    struct bytes name = grid_roster_place_name(draft->context->world->roster, place);
    return name.size > 0 ? name : place;
}

/* A matter that is in hand is put right by those who hold it. */
static uint32_t who_may(const struct draft *draft)
{
    const uint32_t office =
            1u << GRID_ROLE_VILLAGE_SECRETARY | 1u << GRID_ROLE_CLERK | 1u << GRID_ROLE_DIRECTOR;
    uint32_t who = life_kind(draft->kind)->who;
    bool guarded =
            draft->kind == GRID_KIND_AMEND && (draft->sets[GRID_REGISTER_CATEGORY].size > 0 ||
                                                      draft->sets[GRID_REGISTER_URGENCY].size > 0 ||
                                                      draft->sets[GRID_REGISTER_UNIT].size > 0);
    return guarded && fold_state(draft->context->fold) > GRID_STATE_REPORTED ? office : who;
}

/* To whom the document goes that was to be answered. */
static struct bytes addressee(const struct draft *draft)
{
    struct document_value value;
    for (size_t i = 0; i < draft->basis.count; i++) {
        const struct fold_entry *ground = fold_find(draft->context->fold, &draft->basis.dots[i]);
        if (ground != NULL && entry_document(ground, &value))
            return value.parties[0].name;
    }
    return (struct bytes){0};
}

static enum grid_status refuse_role(const struct draft *draft, struct grid_error *error)
{
    char list[LIST_BYTES] = "";
    struct lead_value lead = {0};
    uint32_t who = draft->context->fold != NULL ? who_may(draft) : life_kind(draft->kind)->who;
    if (who == LIFE_WAY_LEAD &&
            value_lead(fold_shown(draft->context->fold, GRID_REGISTER_LEAD), &lead) &&
            lead.lead.size > 0)
        return refuse(draft, "void_role_lead", place_name(draft, lead.lead), error);
    if (who == LIFE_WAY_ADDRESSEE)
        return refuse(draft, "void_role_addressee", addressee(draft), error);
    if ((who & LIFE_WAY_AUTHOR) != 0)
        list_add(list, "author");
    for (unsigned role = 1; role < ROLE_BITS; role++)
        if ((who >> role & 1) != 0)
            list_add(list, grid_role_name(role));
    if ((who & LIFE_WAY_LEAD) != 0)
        list_add(list, "lead");
    return refuse(draft, "void_role", bytes_text(list), error);
}

/* ★: it is not the holder that is out of cover but the author who does not stand over the holder.
 */
static enum grid_status refuse_scope(const struct draft *draft, struct grid_error *error)
{
    struct fold *fold = draft->context->fold;
    if (draft->kind == GRID_KIND_MERGE)
        return refuse(draft, "void_scope_merge", (struct bytes){0}, error);
    if (fold == NULL || !life_kind(draft->kind)->deciding)
        return refuse(draft, "void_scope", (struct bytes){0}, error);
    struct bytes holder = value_text(fold_shown(fold, GRID_REGISTER_HOLDER));
    struct bytes unit = value_text(fold_shown(fold, GRID_REGISTER_UNIT));
    struct bytes own = place_unit(draft->author->place);
    bool near = place_covers(own, unit) || place_covers(unit, own);
    return near ? refuse(draft, "void_scope_holder", place_name(draft, holder), error)
                : refuse(draft, "void_scope", (struct bytes){0}, error);
}

static enum grid_status refuse_transition(const struct draft *draft, struct grid_error *error)
{
    char list[LIST_BYTES] = "";
    uint16_t from = life_kind(draft->kind)->from;
    for (unsigned state = 1; state <= GRID_STATE_CLOSED; state++)
        if ((from >> state & 1) != 0 && state != GRID_STATE_MERGED)
            list_add(list, grid_state_name(state));
    return refuse(draft, "void_transition", bytes_text(list), error);
}

enum grid_status refuse_void(
        const struct draft *draft, enum grid_verdict verdict, struct grid_error *error)
{
    switch (verdict) {
    case GRID_VOID_AUTHOR:
        return refuse(draft, "void_author", (struct bytes){0}, error);
    case GRID_VOID_ROLE:
        return refuse_role(draft, error);
    case GRID_VOID_SCOPE:
        return refuse_scope(draft, error);
    case GRID_VOID_TRANSITION:
        return refuse_transition(draft, error);
    case GRID_VOID_REQUIREMENT: /* all else is found when the draft is completed */
        return refuse(draft, draft->kind == GRID_KIND_EXTEND ? "extend_second" : "void_requirement",
                (struct bytes){0}, error);
    case GRID_PENDING:
    case GRID_OPAQUE:
    case GRID_VALID:
        break;
    }
    return refuse(draft, "pending", (struct bytes){0}, error);
}
