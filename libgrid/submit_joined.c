/* The cases that an act is about: one, or two that are joined or parted. */
#include "libgrid/case/joined.h"
#include "libgrid/node.h"

#include <stdio.h>
#include <string.h>

/* --- what links them --- */

static bool links_to(struct fold *fold, struct fold *other)
{
    const struct fold_item *items = NULL;
    size_t count = 0;
    if (fold_collection(fold, GRID_COLLECTION_LINKS, &items, &count) != GRID_OK)
        return false;
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(value_text(items[i].value), bytes_of(fold_case_id(other), GRID_ID_BYTES)))
            return true;
    return false;
}

/* The code of a case, for a sentence: grouped, or # and the start of its id. */
static void print_case(struct fold *fold, char out[static GRID_CODE_TEXT_BYTES])
{
    const struct fold_entry *create = fold_create(fold);
    struct bytes digits = {0};
    struct case_code code = {0};
    char hex[2 * GRID_ID_BYTES + 1];
    if (create != NULL && create->verdict != GRID_OPAQUE)
        digits = value_text(create->body.args[GRID_ARGUMENT_CODE]);
    ident_hex(hex, bytes_of(fold_case_id(fold), GRID_ID_BYTES));
    snprintf(out, GRID_CODE_TEXT_BYTES, "#%.8s", hex);
    if (digits.size != GRID_CODE_DIGITS)
        return;
    memcpy(code.digits, digits.data, GRID_CODE_DIGITS);
    code_print(out, &code);
}

/* Whether they are one matter already, by whatever chain; *primary is the number of its first. */
static enum grid_status are_joined(struct grid_node *node, const struct act_cases *cases,
        bool *joined, int64_t *primary, struct grid_error *error)
{
    struct buffer members = {0};
    enum grid_status status = joined_members(&node->book, cases->no, &members, error);
    const struct store_member *list = (const struct store_member *)(const void *)members.data;
    size_t count = members.size / sizeof(*list);
    *joined = false;
    for (size_t i = 0; i < count && status == GRID_OK; i++)
        *joined = *joined || list[i].no == cases->other_no;
    *primary = count > 0 && status == GRID_OK ? list[0].no : 0;
    buffer_close(&members);
    return status;
}

/* --- what would change nothing --- */

static enum grid_status check_merge(
        struct grid_node *node, const struct act_cases *cases, struct grid_error *error)
{
    char code[GRID_CODE_TEXT_BYTES];
    struct fold *fold = NULL;
    bool joined = false;
    int64_t primary = 0;
    if (cases->no == cases->other_no)
        return grid_fail(error, GRID_REFUSED, "merge_itself", "%s", "");
    enum grid_status status = are_joined(node, cases, &joined, &primary, error);
    if (status == GRID_OK && joined)
        status = book_fold(&node->book, primary, &fold, error);
    if (status != GRID_OK || fold == NULL)
        return status;
    print_case(fold, code);
    return grid_fail(error, GRID_REFUSED, "merge_joined", "%s", code);
}

static enum grid_status check_unmerge(
        struct grid_node *node, struct act_cases *cases, struct grid_error *error)
{
    bool joined = false;
    int64_t primary = 0;
    bool here = links_to(cases->fold, cases->other);
    bool there = links_to(cases->other, cases->fold);
    cases->on_other = there && !here;
    cases->on_both = there && here;
    if (here || there)
        return GRID_OK;
    enum grid_status status = are_joined(node, cases, &joined, &primary, error);
    if (status != GRID_OK)
        return status;
    if (joined && cases->no != cases->other_no)
        return grid_fail(error, GRID_REFUSED, "unmerge_through", "%s", "");
    return grid_fail(error, GRID_REFUSED, "unmerge_apart", "%s", "");
}

enum grid_status node_find_cases(struct grid_node *node, const struct grid_request *request,
        struct act_cases *cases, struct grid_error *error)
{
    const struct grid_field *with = request_field(request, "with");
    bool merges = bytes_equal(request->verb, bytes_text("merge"));
    bool parts = bytes_equal(request->verb, bytes_text("unmerge"));
    enum grid_status status = GRID_OK;
    if (with == NULL && (merges || parts))
        return grid_fail(error, GRID_USAGE, "field_missing", "%s", "with");
    if (with != NULL && !merges && !parts)
        return grid_fail(error, GRID_USAGE, "field_unknown", "%s", "with");
    if (with != NULL)
        status = node_find_typed(node, with->value, &cases->other_no, error);
    if (status == GRID_OK) /* the last search: folds stay from here on */
        status = node_find_case(node, request, &cases->no, &cases->fold, error);
    if (status == GRID_OK && with != NULL)
        status = book_fold(&node->book, cases->other_no, &cases->other, error);
    if (status == GRID_OK && merges)
        status = check_merge(node, cases, error);
    if (status == GRID_OK && parts)
        status = check_unmerge(node, cases, error);
    return status;
}

/* --- what became of it --- */

enum grid_status node_pack_joined(
        struct record *record, struct grid_node *node, int64_t case_no, struct grid_error *error)
{
    struct buffer members = {0};
    struct fold *fold = NULL;
    enum grid_status status = GRID_OK;
    if (node->book.has_links || node->book.links_changed > 0)
        status = joined_members(&node->book, case_no, &members, error);
    const struct store_member *list = (const struct store_member *)(const void *)members.data;
    size_t count = members.size / sizeof(*list);
    if (status == GRID_OK && count > 1)
        status = book_fold(&node->book, list[0].no, &fold, error);
    record_uint(record, "joined", count > 1 ? count : 0);
    if (fold != NULL && list[0].no != case_no) {
        char code[GRID_CODE_TEXT_BYTES];
        print_case(fold, code);
        record_text(record, "primary", code);
    } else {
        record_nil(record, "primary");
    }
    buffer_close(&members);
    return status;
}
