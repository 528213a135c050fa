/* What an addressee answers to a document (DOMAIN 8). */
#include "libgrid/case/document.h"
#include "libgrid/case/draft.h"
#include "libgrid/case/naming.h"

#include <stdio.h>

/* The document that the request names, in the case that its number leads to. */
static enum grid_status find_answered(const struct draft *draft, struct bytes typed,
        struct case_document *out, struct grid_error *error)
{
    char text[256];
    char printed[GRID_DOCUMENT_TEXT_BYTES];
    struct document_number number;
    struct case_documents documents = {0};
    bool found = false;
    snprintf(text, sizeof(text), "%.*s", (int)(typed.size < 255 ? typed.size : 255),
            (const char *)typed.data);
    enum grid_status status = document_number_parse(&number, text, error);
    if (status != GRID_OK)
        return status;
    status = documents_of(draft->context->fold, &documents);
    if (status == GRID_OK)
        status = document_find(&documents, &number, out, &found);
    if (status != GRID_OK || found)
        return status;
    document_number_print(printed, &number);
    return grid_fail(error, GRID_NOT_FOUND, "document_unknown", "%s", printed);
}

enum grid_status fill_reply(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    struct case_document document;
    struct bytes typed = request_field(request, "number")->value;
    enum grid_status status = find_answered(draft, typed, &document, error);
    if (status == GRID_OK)
        status = naming_basis(draft, &document.entry->dot, error);
    if (status != GRID_OK)
        return status;
    const struct reply_value reply = {
            document.value.number, value_text(draft_given(draft, "text"))};
    struct buffer packed = {0};
    value_pack_reply(&packed, &reply);
    return draft_add(draft, GRID_COLLECTION_REPLIES, &packed, error);
}
