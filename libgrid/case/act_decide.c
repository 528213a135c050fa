/* What the office that holds a case decides about it (DOMAIN 7, ★). */
#include "libgrid/case/codebook.h"
#include "libgrid/case/draft.h"
#include "libgrid/case/policy.h"
#include "proto/stamp.h"

enum { ASSISTS_MAX = 16 };

/* Nobody can be held to a time that has passed. */
static enum grid_status fail_past(
        const struct draft *draft, int64_t until_ms, struct grid_error *error)
{
    char until[STAMP_TEXT_BYTES];
    char now[STAMP_TEXT_BYTES];
    stamp_print(until, until_ms);
    stamp_print(now, draft->context->wall_ms);
    return grid_fail(error, GRID_INVALID, "until_past", "%s" GRID_ARG "%s", until, now);
}

/* Worker and chief act for their village. */
static struct bytes own_office(const struct draft *draft)
{
    struct bytes place = draft->author->place;
    unsigned role = draft->author->role;
    bool for_village = role == GRID_ROLE_GRID_CHIEF || role == GRID_ROLE_GRID_WORKER;
    return for_village ? place_cut(place, GRID_PLACE_VILLAGE) : place;
}

/* DOMAIN 6: from the centre's receipt; a centre has what it wrote itself from the start. Without
 * either, from the accepter's own clock. */
static int64_t received_at(const struct draft *draft)
{
    const struct fold_entry *create = fold_create(draft->context->fold);
    struct roster_author who = {0};
    if (create == NULL)
        return draft->context->wall_ms;
    if (create->received_ms > 0)
        return create->received_ms;
    if (roster_author_find(draft->context->world->roster, create->entry.author, &who) &&
            who.is_centre)
        return stamp_ms(create->head.hlc);
    return draft->context->wall_ms;
}

/* The track that the case is on: as written, else its category's. */
static unsigned track_of(const struct draft *draft)
{
    struct bytes category = draft->sets[GRID_REGISTER_CATEGORY];
    struct bytes track = fold_shown(draft->context->fold, GRID_REGISTER_TRACK);
    if (track.size > 0)
        return (unsigned)value_uint(track);
    if (category.size == 0)
        category = fold_shown(draft->context->fold, GRID_REGISTER_CATEGORY);
    const struct codebook_item *item = codebook_item((unsigned)value_uint(category));
    return item != NULL ? item->track : 0;
}

/* Both limits as values, with the policy that they come from (DOMAIN 6). */
static enum grid_status set_due(struct draft *draft, int64_t start_ms, struct grid_error *error)
{
    unsigned urgency =
            (unsigned)value_uint(fold_shown(draft->context->fold, GRID_REGISTER_URGENCY));
    struct due_value due = {0};
    struct buffer packed = {0};
    if (!policy_due(draft->context->policy, urgency, track_of(draft), start_ms, &due))
        return grid_fail(error, GRID_INTERNAL, "internal", "due U%u", urgency);
    value_pack_due(&packed, &due);
    return draft_set(draft, GRID_REGISTER_DUE, &packed);
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
        status = set_due(draft, received_at(draft), error);
    return status == GRID_OK ? check_category(draft, error) : status;
}

enum grid_status fill_decline(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    (void)error;
    const struct outcome_value outcome = {.text = value_text(draft_given(draft, "reason"))};
    struct buffer packed = {0};
    value_pack_outcome(&packed, &outcome);
    return draft_set(draft, GRID_REGISTER_OUTCOME, &packed);
}

/* --- who is to do it --- */

/* The limit to finish is moved to what was said; the first act cannot be due behind it. */
static enum grid_status set_until(struct draft *draft, int64_t until_ms, struct grid_error *error)
{
    struct due_value due = {.act_ms = until_ms, .policy = draft->context->policy->version};
    struct buffer packed = {0};
    if (until_ms <= draft->context->wall_ms)
        return fail_past(draft, until_ms, error);
    (void)value_due(fold_shown(draft->context->fold, GRID_REGISTER_DUE), &due);
    due.finish_ms = until_ms;
    if (due.act_ms > until_ms)
        due.act_ms = until_ms;
    value_pack_due(&packed, &due);
    return draft_set(draft, GRID_REGISTER_DUE, &packed);
}

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
        status = set_until(draft, value_int(until), error);
    return status;
}
