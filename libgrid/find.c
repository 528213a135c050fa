/* The case that a person names. */
#include "libgrid/case/typed.h"
#include "libgrid/node.h"

#include <stdio.h>
#include <string.h>

enum { CANDIDATES_MAX = 3 };

struct case_search {
    int64_t numbers[CANDIDATES_MAX];
    unsigned count;
};

static enum grid_status note_case(void *context, int64_t no)
{
    struct case_search *search = context;
    if (search->count < CANDIDATES_MAX)
        search->numbers[search->count] = no;
    search->count++;
    return GRID_OK;
}

/* #3fa29c1e 房后墙裂缝; … : each named so that it can be told from the others. */
static enum grid_status list_candidates(struct grid_node *node, const struct case_search *search,
        char list[static GRID_DETAIL_BYTES], struct grid_error *error)
{
    enum { ID_SHOWN = 12 };
    enum grid_status status = GRID_OK;
    list[0] = '\0';
    for (unsigned i = 0; i < search->count && i < CANDIDATES_MAX && status == GRID_OK; i++) {
        struct fold *fold = NULL;
        char hex[2 * GRID_ID_BYTES + 1] = "";
        status = book_fold(&node->book, search->numbers[i], &fold, error);
        if (status != GRID_OK || fold == NULL)
            continue;
        size_t used = strlen(list);
        struct bytes title = value_text(fold_shown(fold, GRID_REGISTER_TITLE));
        ident_hex(hex, bytes_of(fold_case_id(fold), GRID_ID_BYTES));
        snprintf(&list[used], GRID_DETAIL_BYTES - used, "%s#%.*s %.*s", used > 0 ? "; " : "",
                ID_SHOWN, hex, typed_shown(title), (const char *)title.data);
    }
    return status;
}

static enum grid_status find_by_id(struct grid_node *node, struct bytes typed,
        struct case_search *search, struct grid_error *error)
{
    char from_text[2 * GRID_ID_BYTES + 1];
    char to_text[2 * GRID_ID_BYTES + 1];
    uint8_t from[GRID_ID_BYTES];
    uint8_t to[GRID_ID_BYTES];
    if (typed.size < 1 || typed.size > 2 * GRID_ID_BYTES)
        return grid_fail(error, GRID_INVALID, "case_id_form", "%d", 2 * GRID_ID_BYTES);
    memset(from_text, '0', sizeof(from_text));
    memset(to_text, 'f', sizeof(to_text));
    memcpy(from_text, typed.data, typed.size);
    memcpy(to_text, typed.data, typed.size);
    from_text[2 * GRID_ID_BYTES] = to_text[2 * GRID_ID_BYTES] = '\0';
    if (!ident_unhex(from, sizeof(from), from_text) || !ident_unhex(to, sizeof(to), to_text))
        return grid_fail(error, GRID_INVALID, "case_id_form", "%d", 2 * GRID_ID_BYTES);
    return store_case_by_prefix(node->store, from, to, note_case, search, error);
}

static enum grid_status find_by_code(struct grid_node *node, struct bytes typed,
        struct case_search *search, struct grid_error *error)
{
    char text[256];
    struct case_code code;
    snprintf(text, sizeof(text), "%.*s", (int)(typed.size < 255 ? typed.size : 255),
            (const char *)typed.data);
    enum grid_status status = code_parse(&code, text, error);
    if (status != GRID_OK)
        return node_near_code(node, text, error);
    return store_case_by_code(node->store, code.digits, note_case, search, error);
}

enum grid_status node_find_typed(
        struct grid_node *node, struct bytes typed, int64_t *case_no, struct grid_error *error)
{
    if (typed.size == 0)
        return grid_fail(error, GRID_USAGE, "case_needed", "%s", "");
    struct case_search search = {0};
    /* What this turn wrote is found too. */
    enum grid_status status = book_flush(&node->book, error);
    if (status != GRID_OK)
        return node_break(node, status, error);
    static const char wide_mark[] = "＃";
    size_t mark = typed.data[0] == '#' ? 1 : strlen(wide_mark);
    bool by_id = mark == 1 || (typed.size >= mark && memcmp(typed.data, wide_mark, mark) == 0);
    if (by_id)
        status = find_by_id(node, bytes_of(typed.data + mark, typed.size - mark), &search, error);
    else
        status = find_by_code(node, typed, &search, error);
    if (status != GRID_OK)
        return status;
    int shown = (int)(typed.size < 80 ? typed.size : 80);
    if (search.count == 0)
        return grid_fail(
                error, GRID_NOT_FOUND, "case_unknown", "%.*s", shown, (const char *)typed.data);
    *case_no = search.numbers[0];
    if (search.count == 1)
        return GRID_OK;
    char list[GRID_DETAIL_BYTES];
    status = list_candidates(node, &search, list, error);
    return status == GRID_OK
                   ? grid_fail(error, GRID_AMBIGUOUS, by_id ? "case_ambiguous" : "code_shared",
                             "%.*s" GRID_ARG "%s", shown, (const char *)typed.data, list)
                   : status;
}

/* The code of a document's number leads to its case. */
static enum grid_status find_numbered(
        struct grid_node *node, struct bytes typed, int64_t *case_no, struct grid_error *error)
{
    char text[256];
    struct document_number number;
    snprintf(text, sizeof(text), "%.*s", (int)(typed.size < 255 ? typed.size : 255),
            (const char *)typed.data);
    enum grid_status status = document_number_parse(&number, text, error);
    return status == GRID_OK ? node_find_typed(node, bytes_text(number.code.digits), case_no, error)
                             : status;
}

enum grid_status node_find_case(struct grid_node *node, const struct grid_request *request,
        int64_t *case_no, struct fold **fold, struct grid_error *error)
{
    const struct grid_field *field = request_field(request, "case");
    const struct grid_field *number = request_field(request, "number");
    enum grid_status status = GRID_OK;
    if (field == NULL && number != NULL)
        status = find_numbered(node, number->value, case_no, error);
    else if (field == NULL)
        status = grid_fail(error, GRID_USAGE, "case_needed", "%s", "");
    else
        status = node_find_typed(node, field->value, case_no, error);
    return status == GRID_OK ? book_fold(&node->book, *case_no, fold, error) : status;
}
