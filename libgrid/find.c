/* The case that a person names. */
#include "libgrid/node.h"

#include <stdio.h>
#include <string.h>

struct case_search {
    int64_t no;
    unsigned count;
};

static enum grid_status note_case(void *context, int64_t no)
{
    struct case_search *search = context;
    search->no = no;
    search->count++;
    return GRID_OK;
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
        return status;
    return store_case_by_code(node->store, code.digits, note_case, search, error);
}

enum grid_status node_find_case(struct grid_node *node, const struct grid_request *request,
        int64_t *case_no, struct fold **fold, struct grid_error *error)
{
    const struct grid_field *field = request_field(request, "case");
    if (field == NULL || field->value.size == 0)
        return grid_fail(error, GRID_USAGE, "case_needed", "%s", "");
    struct bytes typed = field->value;
    struct case_search search = {0};
    /* What this turn wrote is found too. */
    enum grid_status status = book_flush(&node->book, error);
    if (status != GRID_OK)
        return node_break(node, status, error);
    static const char wide_mark[] = "＃";
    size_t mark = typed.data[0] == '#' ? 1 : strlen(wide_mark);
    if (mark == 1 || (typed.size >= mark && memcmp(typed.data, wide_mark, mark) == 0))
        status = find_by_id(node, bytes_of(typed.data + mark, typed.size - mark), &search, error);
    else
        status = find_by_code(node, typed, &search, error);
    if (status != GRID_OK)
        return status;
    int shown = (int)(typed.size < 80 ? typed.size : 80);
    if (search.count == 0)
        return grid_fail(
                error, GRID_NOT_FOUND, "case_unknown", "%.*s", shown, (const char *)typed.data);
    if (search.count > 1)
        return grid_fail(
                error, GRID_AMBIGUOUS, "case_ambiguous", "%.*s", shown, (const char *)typed.data);
    *case_no = search.no;
    return book_fold(&node->book, search.no, fold, error);
}
