/* What the lead of a case does, and what is asked of its holder (DOMAIN 7): sign for it, send it
 * back, wait, go on, be done. */
#include "libgrid/case/act_due.h"
#include "libgrid/case/naming.h"

/* Nobody leads it then. */
enum grid_status fill_return(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    (void)error;
    const struct lead_value nobody = {0};
    struct buffer packed = {0};
    value_pack_lead(&packed, &nobody);
    return draft_set(draft, GRID_REGISTER_LEAD, &packed);
}

/* What would not be granted is not asked for. */
enum grid_status fill_ask(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    int64_t until_ms = value_int(draft->args[GRID_ARGUMENT_UNTIL]);
    bool extend = bytes_equal(value_text(draft->args[GRID_ARGUMENT_REASON]), bytes_text("extend"));
    return extend ? due_check_extension(draft, until_ms, error)
                  : due_check_ahead(draft, until_ms, error);
}

enum grid_status fill_hold(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    return due_check_ahead(draft, value_int(draft->args[GRID_ARGUMENT_UNTIL]), error);
}

enum grid_status fill_resume(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    return due_moved(draft, error);
}

enum grid_status fill_extend(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    int64_t until_ms = value_int(draft->args[GRID_ARGUMENT_UNTIL]);
    enum grid_status status = due_until(draft, until_ms, error);
    return status == GRID_OK ? due_check_extension(draft, until_ms, error) : status;
}

/* --- the end of the work --- */

static bool is_mediation(const struct fold_entry *entry)
{
    struct outcome_value outcome = {0};
    struct bytes value = case_body_set(&entry->body, GRID_REGISTER_OUTCOME);
    return value.size > 0 && value_outcome(value, &outcome) &&
           outcome.method >= GRID_METHOD_MEDIATION_PEOPLE &&
           outcome.method <= GRID_METHOD_MEDIATION_JUDICIAL;
}

/* Mediation before litigation: a bench meeting or a mediation is named, or a reason is given. */
static enum grid_status name_mediation(struct draft *draft, struct grid_error *error)
{
    struct fold *fold = draft->context->fold;
    for (size_t i = fold_entry_count(fold); i > 0; i--) {
        const struct fold_entry *entry = fold_entry_at(fold, i - 1);
        if (entry->verdict == GRID_VALID &&
                (entry->head.kind == GRID_KIND_DISCUSS || is_mediation(entry)))
            return naming_basis(draft, &entry->dot, error);
    }
    if (draft->args[GRID_ARGUMENT_REASON].size > 0)
        return GRID_OK;
    return grid_fail(error, GRID_REFUSED, "litigation_early", "%s", "");
}

enum grid_status fill_resolve(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    struct bytes method = draft_given(draft, "method");
    enum grid_status status = draft_set_outcome(draft, (unsigned)value_uint(method),
            !value_bool(draft_given(draft, "failed")), value_text(draft_given(draft, "result")));
    if (status == GRID_OK && value_uint(method) == GRID_METHOD_LITIGATION)
        status = name_mediation(draft, error);
    return status;
}
