/* After the work (DOMAIN 7): somebody else asks whether it helped, the applicant is answered, the
 * case is closed. All of it answers one resolve. */
#include "libgrid/case/draft.h"
#include "libgrid/case/naming.h"
#include "proto/stamp.h"

#include <string.h>

enum { RESOLVES_MAX = 16, UNREACHED_ENOUGH = 3 };

/* The resolves that are answered: the one that stands, or all between which nobody has ruled. */
struct round {
    const struct fold_entry *resolves[RESOLVES_MAX];
    size_t count;
};

/* They are named beside the live state: under a ruling it is they whom the others answer. */
static enum grid_status round_find(
        struct draft *draft, struct round *round, struct grid_error *error)
{
    enum grid_status status = naming_ground(draft, GRID_REGISTER_STATE, error);
    if (status != GRID_OK)
        return status;
    round->count = fold_resolves(draft->context->fold, draft->context->world, draft->basis.dots,
            draft->basis.count, round->resolves, RESOLVES_MAX);
    if (round->count > RESOLVES_MAX)
        round->count = RESOLVES_MAX;
    for (size_t i = 0; i < round->count && status == GRID_OK; i++)
        status = naming_basis(draft, &round->resolves[i]->dot, error);
    return status;
}

/* Nobody judges his own work. */
static enum grid_status check_other(
        const struct draft *draft, const struct round *round, struct grid_error *error)
{
    for (size_t i = 0; i < round->count; i++) {
        const struct grid_as *as = &round->resolves[i]->body.as;
        if (memcmp(as->person, draft->author->person, sizeof(as->person)) != 0)
            continue;
        struct bytes name = grid_roster_person_name(draft->context->world->roster, as->person);
        return grid_fail(error, GRID_REFUSED, "same_person", "%s" GRID_ARG "%.*s",
                grid_kind_name(draft->kind), typed_shown(name), (const char *)name.data);
    }
    return GRID_OK;
}

enum grid_status fill_follow_up(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    struct round round = {0};
    bool reached = value_bool(draft->args[GRID_ARGUMENT_REACHED]);
    if (!reached && draft->args[GRID_ARGUMENT_SATISFIED].size > 0)
        return grid_fail(error, GRID_USAGE, "satisfied_unreached", "%s", "");
    enum grid_status status = GRID_OK;
    if (request_field(request, "text") == NULL) {
        struct buffer packed = {0};
        pack_text(&packed, "");
        status = draft_add(draft, GRID_COLLECTION_FOLLOW_UPS, &packed, error);
    }
    if (status == GRID_OK)
        status = round_find(draft, &round, error);
    return status == GRID_OK ? check_other(draft, &round, error) : status;
}

enum grid_status fill_feedback(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    struct round round = {0};
    return round_find(draft, &round, error);
}

/* --- close --- */

static bool answers(const struct fold_entry *entry, const struct round *round)
{
    for (size_t i = 0; i < entry->head.basis_count; i++)
        for (size_t r = 0; r < round->count; r++)
            if (dot_equal(&entry->head.basis[i], &round->resolves[r]->dot))
                return true;
    return false;
}

/* What a case is closed on: the follow-up that reached somebody, else those that did not, and an
 * answer to the applicant. */
struct grounds {
    const struct fold_entry *reached, *feedback;
    const struct fold_entry *unreached[UNREACHED_ENOUGH];
    size_t unreached_count;
};

static struct grounds grounds_find(struct fold *fold, const struct round *round)
{
    struct grounds grounds = {0};
    for (size_t i = 0; i < fold_entry_count(fold); i++) {
        const struct fold_entry *entry = fold_entry_at(fold, i);
        uint32_t kind = entry->head.kind;
        if (entry->verdict != GRID_VALID ||
                (kind != GRID_KIND_FOLLOW_UP && kind != GRID_KIND_FEEDBACK) ||
                !answers(entry, round))
            continue;
        if (kind == GRID_KIND_FEEDBACK)
            grounds.feedback = entry;
        else if (value_bool(entry->body.args[GRID_ARGUMENT_REACHED]))
            grounds.reached = entry;
        else if (grounds.unreached_count < UNREACHED_ENOUGH)
            grounds.unreached[grounds.unreached_count++] = entry;
    }
    return grounds;
}

static enum grid_status grounds_name(
        struct draft *draft, const struct grounds *grounds, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    if (grounds->feedback != NULL)
        status = naming_basis(draft, &grounds->feedback->dot, error);
    if (status == GRID_OK && grounds->reached != NULL)
        return naming_basis(draft, &grounds->reached->dot, error);
    for (size_t i = 0; i < grounds->unreached_count && status == GRID_OK; i++)
        status = naming_basis(draft, &grounds->unreached[i]->dot, error);
    return status;
}

static bool all_self_resolved(const struct round *round)
{
    for (size_t i = 0; i < round->count; i++)
        if (round->resolves[i]->head.kind != GRID_KIND_CREATE_RESOLVED)
            return false;
    return round->count > 0;
}

static bool was_overdue(const struct draft *draft, const struct round *round)
{
    struct due_value due = {0};
    if (!value_due(fold_shown(draft->context->fold, GRID_REGISTER_DUE), &due))
        return false;
    for (size_t i = 0; i < round->count; i++) {
        const struct fold_entry *resolve = round->resolves[i];
        int64_t done_ms =
                resolve->received_ms > 0 ? resolve->received_ms : stamp_ms(resolve->head.hlc);
        if (done_ms > due.finish_ms)
            return true;
    }
    return false;
}

/* Which kind of close it is, where nobody says. */
static enum grid_status default_as_is(struct draft *draft, const struct round *round)
{
    struct buffer packed = {0};
    if (draft->args[GRID_ARGUMENT_REASON].size > 0)
        return GRID_OK;
    pack_text(&packed, all_self_resolved(round)    ? "self_checked"
                       : was_overdue(draft, round) ? "overdue"
                                                   : "normal");
    return draft_argue(draft, GRID_ARGUMENT_REASON, &packed);
}

static enum grid_status check_grounds(
        const struct draft *draft, const struct grounds *grounds, struct grid_error *error)
{
    const struct fold_entry *create = fold_create(draft->context->fold);
    bool awaited = create != NULL && value_bool(create->body.args[GRID_ARGUMENT_APPLICANT]);
    if (grounds->reached == NULL && grounds->unreached_count < UNREACHED_ENOUGH)
        return grid_fail(error, GRID_REFUSED,
                grounds->unreached_count > 0 ? "close_unreached" : "close_no_follow_up",
                "%zu" GRID_ARG "%d", grounds->unreached_count, UNREACHED_ENOUGH);
    if (awaited && grounds->feedback == NULL)
        return grid_fail(error, GRID_REFUSED, "close_no_feedback", "%s", "");
    return GRID_OK;
}

enum grid_status fill_close(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    struct round round = {0};
    enum grid_status status = round_find(draft, &round, error);
    if (status == GRID_OK)
        status = default_as_is(draft, &round);
    if (status != GRID_OK)
        return status;
    const struct grounds grounds = grounds_find(draft->context->fold, &round);
    bool self_checked =
            bytes_equal(value_text(draft->args[GRID_ARGUMENT_REASON]), bytes_text("self_checked"));
    status = grounds_name(draft, &grounds, error);
    if (status == GRID_OK)
        status = check_other(draft, &round, error);
    if (status != GRID_OK)
        return status;
    if (!self_checked)
        return check_grounds(draft, &grounds, error);
    return all_self_resolved(&round)
                   ? GRID_OK
                   : grid_fail(error, GRID_REFUSED, "close_not_self_checked", "%s", "");
}
