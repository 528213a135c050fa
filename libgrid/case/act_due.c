#include "libgrid/case/act_due.h"

#include "libgrid/case/deadline.h"
#include "proto/stamp.h"

/* Nobody can be held to a time that has passed. */
enum grid_status due_check_ahead(
        const struct draft *draft, int64_t until_ms, struct grid_error *error)
{
    if (until_ms > draft->context->wall_ms)
        return GRID_OK;
    char until[STAMP_TEXT_BYTES];
    char now[STAMP_TEXT_BYTES];
    stamp_print(until, until_ms);
    stamp_print(now, draft->context->wall_ms);
    return grid_fail(error, GRID_INVALID, "until_past", "%s" GRID_ARG "%s", until, now);
}

int64_t due_received(const struct draft *draft)
{
    const struct fold_entry *create = fold_create(draft->context->fold);
    int64_t received_ms =
            create != NULL ? deadline_received(create, draft->context->world->roster) : 0;
    return received_ms > 0 ? received_ms : draft->context->wall_ms;
}

/* Both limits as values, with the policy that they come from (DOMAIN 6). */
enum grid_status due_from(struct draft *draft, int64_t start_ms, struct grid_error *error)
{
    unsigned urgency =
            (unsigned)value_uint(fold_shown(draft->context->fold, GRID_REGISTER_URGENCY));
    unsigned track = deadline_track(draft->context->fold, draft->sets[GRID_REGISTER_CATEGORY]);
    struct due_value due = {0};
    struct buffer packed = {0};
    if (!policy_due(draft->context->policy, urgency, track, start_ms, &due))
        return grid_fail(error, GRID_INTERNAL, "internal", "due U%u", urgency);
    value_pack_due(&packed, &due);
    return draft_set(draft, GRID_REGISTER_DUE, &packed);
}

/* The limit to finish is moved to what was said; the first act cannot be due behind it. */
enum grid_status due_until(struct draft *draft, int64_t until_ms, struct grid_error *error)
{
    struct due_value due = {.act_ms = until_ms, .policy = draft->context->policy->version};
    struct buffer packed = {0};
    enum grid_status status = due_check_ahead(draft, until_ms, error);
    if (status != GRID_OK)
        return status;
    (void)value_due(fold_shown(draft->context->fold, GRID_REGISTER_DUE), &due);
    due.finish_ms = until_ms;
    if (due.act_ms > until_ms)
        due.act_ms = until_ms;
    value_pack_due(&packed, &due);
    return draft_set(draft, GRID_REGISTER_DUE, &packed);
}

/* DOMAIN 6: how often is the fold's to say, how far the policy's, of the urgency that is shown. */
enum grid_status due_check_extension(
        const struct draft *draft, int64_t until_ms, struct grid_error *error)
{
    struct due_value due = {0};
    char finish[STAMP_TEXT_BYTES];
    char latest[STAMP_TEXT_BYTES];
    unsigned urgency =
            (unsigned)value_uint(fold_shown(draft->context->fold, GRID_REGISTER_URGENCY));
    int64_t extension_ms = policy_extension_ms(draft->context->policy, urgency);
    enum grid_status status = due_check_ahead(draft, until_ms, error);
    if (status != GRID_OK || !value_due(fold_shown(draft->context->fold, GRID_REGISTER_DUE), &due))
        return status;
    stamp_print(finish, due.finish_ms);
    stamp_print(latest, due.finish_ms + extension_ms);
    if (extension_ms == 0)
        return grid_fail(error, GRID_REFUSED, "extend_none", "U%u" GRID_ARG "%s", urgency, finish);
    if (until_ms <= due.finish_ms)
        return grid_fail(error, GRID_INVALID, "extend_shorter", "%s", finish);
    if (until_ms > due.finish_ms + extension_ms)
        return grid_fail(error, GRID_REFUSED, "extend_long", "%s" GRID_ARG "%s", finish, latest);
    return GRID_OK;
}

/* When the case was put on hold: by the centre's receipt where a device wrote it. */
static int64_t held_since(const struct fold_register *states)
{
    const struct fold_value *shown = &states->values[states->provisional];
    int64_t since_ms = INT64_MAX;
    for (size_t i = 0; i < shown->writer_count; i++) {
        const struct fold_entry *writer = shown->writers[i];
        int64_t at_ms = writer->received_ms > 0 ? writer->received_ms : stamp_ms(writer->head.hlc);
        if (at_ms < since_ms)
            since_ms = at_ms;
    }
    return since_ms;
}

enum grid_status due_moved(struct draft *draft, struct grid_error *error)
{
    struct due_value due = {0};
    struct fold_register states = {0};
    struct buffer packed = {0};
    (void)error;
    enum grid_status status = fold_read(draft->context->fold, GRID_REGISTER_STATE, &states);
    if (status != GRID_OK || states.value_count == 0 ||
            !value_due(fold_shown(draft->context->fold, GRID_REGISTER_DUE), &due))
        return status;
    int64_t held_ms = draft->context->wall_ms - held_since(&states);
    due = policy_moved(draft->context->policy, &due, held_ms > 0 ? held_ms : 0);
    value_pack_due(&packed, &due);
    return draft_set(draft, GRID_REGISTER_DUE, &packed);
}
