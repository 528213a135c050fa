/* What the office that holds a case decides about it (DOMAIN 7, ★). */
#include "libgrid/case/act_due.h"
#include "libgrid/case/naming.h"
#include "proto/stamp.h"

enum { ASSISTS_MAX = 16 };

/* Worker and chief act for their village. */
static struct bytes own_office(const struct draft *draft)
{
    struct bytes place = draft->author->place;
    unsigned role = draft->author->role;
    bool for_village = role == GRID_ROLE_GRID_CHIEF || role == GRID_ROLE_GRID_WORKER;
    return for_village ? place_cut(place, GRID_PLACE_VILLAGE) : place;
}

/* 9999 is for who stands in the field and is not sure; whoever takes the case on says what it is.
 */
static enum grid_status check_category(struct draft *draft, struct grid_error *error)
{
    struct fold_register seen = {0};
    bool known = value_uint(draft->sets[GRID_REGISTER_CATEGORY]) != GRID_CATEGORY_UNCLASSIFIED;
    if (draft->sets[GRID_REGISTER_CATEGORY].size == 0) {
        enum grid_status status = fold_read(draft->context->fold, GRID_REGISTER_CATEGORY, &seen);
        if (status != GRID_OK)
            return status;
        known = false;
        for (size_t i = 0; i < seen.value_count; i++)
            known = known || value_uint(seen.values[i].value) != GRID_CATEGORY_UNCLASSIFIED;
    }
    return known ? GRID_OK : grid_fail(error, GRID_REFUSED, "accept_unclassified", "%s", "");
}

enum grid_status fill_accept(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    enum grid_status status = draft_set_str(draft, GRID_REGISTER_HOLDER, own_office(draft));
    if (status == GRID_OK)
        status = due_from(draft, due_received(draft), error);
    if (status == GRID_OK) /* it is judged by the category, whoever wrote that */
        status = naming_ground(draft, GRID_REGISTER_CATEGORY, error);
    return status == GRID_OK ? check_category(draft, error) : status;
}

enum grid_status fill_decline(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    (void)error;
    struct bytes reason = value_text(draft_given(draft, "reason"));
    return draft_set_outcome(draft, 0, false, reason);
}

/* --- who is to do it --- */

enum grid_status fill_assign(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    struct lead_value lead = {.lead = value_text(draft_given(draft, "lead"))};
    struct bytes until = draft_given(draft, "until");
    struct buffer packed = {0};
    size_t at = 0;
    for (struct bytes more = draft_given_next(draft, "assist", &at); more.size > 0;
            more = draft_given_next(draft, "assist", &at)) {
        struct bytes assist = value_text(more);
        bool again = bytes_equal(assist, lead.lead);
        for (size_t i = 0; i < lead.assist_count && !again; i++)
            again = bytes_equal(assist, lead.assists[i]);
        if (again)
            continue;
        if (lead.assist_count == ASSISTS_MAX)
            return grid_fail(error, GRID_LIMIT, "assists_many", "%d", ASSISTS_MAX);
        lead.assists[lead.assist_count++] = assist;
    }
    value_pack_lead(&packed, &lead);
    enum grid_status status = draft_set(draft, GRID_REGISTER_LEAD, &packed);
    if (status == GRID_OK && until.size > 0)
        status = due_until(draft, value_int(until), error);
    return status;
}

/* --- to the office above, and back --- */

/* The highest of the offices that hold it by what is known here. */
static enum grid_status highest_holder(const struct draft *draft, struct bytes *out)
{
    struct fold_register holders = {0};
    enum grid_status status = fold_read(draft->context->fold, GRID_REGISTER_HOLDER, &holders);
    for (size_t i = 0; i < holders.value_count && status == GRID_OK; i++) {
        struct bytes holder = value_text(holders.values[i].value);
        if (out->size == 0 || holder.size < out->size ||
                (holder.size == out->size && bytes_compare(holder, *out) < 0))
            *out = holder;
    }
    return status;
}

static bool is_decider(void *context, const struct grid_post *post)
{
    bool *found = context;
    *found = post->role == GRID_ROLE_CLERK || post->role == GRID_ROLE_DIRECTOR;
    return !*found;
}

/* By the roster that is cited; of an office that stands above it by that office's own, which came
 * down with its CENTRE. */
static bool has_decider(const struct draft *draft, struct bytes office)
{
    const struct act_context *context = draft->context;
    const struct grid_roster *roster = context->world->roster;
    bool found = false;
    if (!roster_office_above(roster, context->rv, draft->author->place, office))
        return roster_office_staffed(roster, context->rv, office);
    if (roster_has_centre(roster, office))
        grid_roster_each_post(roster, office, stamp_day(context->wall_ms), is_decider, &found);
    return found;
}

enum grid_status fill_escalate(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    const struct act_context *context = draft->context;
    const struct grid_roster *roster = context->world->roster;
    struct bytes holder = {0};
    enum grid_status status = highest_holder(draft, &holder);
    struct bytes office = place_parent(holder);
    if (status == GRID_OK && office.size > 0)
        status = draft_set_str(draft, GRID_REGISTER_HOLDER, office);
    if (status != GRID_OK)
        return status;
    if (office.size > 0 && has_decider(draft, office))
        return GRID_OK;
    struct bytes name = grid_roster_place_name(roster, holder);
    struct bytes name_above = grid_roster_place_name(roster, office);
    if (name.size == 0)
        name = holder;
    if (name_above.size == 0)
        name_above = office;
    return grid_fail(error, GRID_REFUSED, "escalate_nobody", "%.*s" GRID_ARG "%.*s",
            typed_shown(name), (const char *)name.data, typed_shown(name_above),
            (const char *)name_above.data);
}

/* DOMAIN 6: it counts its limits from its own act. */
enum grid_status fill_reopen(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    return due_from(draft, draft->context->wall_ms, error);
}
