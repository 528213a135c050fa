/* What anybody in reach adds to a case, and what is put right in it. */
#include "libgrid/case/draft.h"

/* Equal values are written too: they say that the author stands by what is shown. */
enum grid_status fill_set(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    if (draft_op_count(draft) > 0)
        return GRID_OK;
    return grid_fail(error, GRID_USAGE, "set_nothing", "%s", "");
}

enum grid_status fill_second(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    if (request_field(request, "text") != NULL)
        return GRID_OK;
    struct buffer packed = {0};
    pack_text(&packed, "");
    return draft_add(draft, GRID_COLLECTION_SECONDS, &packed, error);
}

enum grid_status fill_tag(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    if (draft_op_count(draft) > 0)
        return GRID_OK;
    return grid_fail(error, GRID_USAGE, "field_missing", "%s", "add");
}

/* The risk that the bench saw is part of its minutes, and the case's from then on. */
enum grid_status fill_discuss(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    (void)request;
    struct bytes risk = draft_given(draft, "risk");
    struct buffer packed = {0};
    pack_array(&packed, risk.size > 0 ? 2 : 1);
    pack_raw(&packed, draft_given(draft, "text"));
    if (risk.size > 0)
        pack_raw(&packed, risk);
    enum grid_status status = draft_add(draft, GRID_COLLECTION_DISCUSSIONS, &packed, error);
    if (status == GRID_OK && risk.size > 0)
        status = draft_set_uint(draft, GRID_REGISTER_RISK, value_uint(risk));
    return status;
}
