/* What joins cases and parts them again, and a further code for a case (DOMAIN 7 and 9). */
#include "libgrid/case/draft.h"
#include "libgrid/case/naming.h"

#include <string.h>

static struct bytes id_of(const struct fold *fold)
{
    return bytes_of(fold_case_id(fold), GRID_ID_BYTES);
}

/* A link belongs to both cases: whoever judges it must know the other, so its create is named. */
enum grid_status fill_merge(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    struct fold *other = draft->context->other;
    const struct fold_entry *create = other != NULL ? fold_create(other) : NULL;
    struct buffer with = {0};
    struct buffer link = {0};
    (void)request;
    if (create == NULL || create->verdict != GRID_VALID)
        return grid_fail(error, GRID_REFUSED, "merge_stub", "%s", "");
    pack_bin(&with, id_of(other));
    pack_bin(&link, id_of(other));
    enum grid_status status = draft_argue(draft, GRID_ARGUMENT_WITH, &with);
    if (status == GRID_OK)
        status = draft_add(draft, GRID_COLLECTION_LINKS, &link, error);
    else
        buffer_close(&link);
    return status == GRID_OK ? naming_basis(draft, &create->dot, error) : status;
}

/* Every link to that case which this one has: whoever joined them, and however often. */
enum grid_status fill_unmerge(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    struct buffer link = {0};
    (void)request;
    if (draft->context->other == NULL)
        return grid_fail(error, GRID_REFUSED, "unmerge_apart", "%s", "");
    pack_bin(&link, id_of(draft->context->other));
    return draft_remove(draft, GRID_COLLECTION_LINKS, &link, bytes_text(""), error);
}

/* The next number of this office's own seat, as for a report taken in there. */
enum grid_status fill_recode(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    struct case_code code;
    struct buffer packed = {0};
    (void)request;
    draft_make_code(draft, &code);
    pack_text(&packed, code.digits);
    return draft_add(draft, GRID_COLLECTION_CODES, &packed, error);
}
