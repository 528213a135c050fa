/* Questions about documents: those of a case, and one whole. */
#include "libgrid/case/view.h"
#include "libgrid/node.h"

#include <stdio.h>
#include <string.h>

static enum grid_status give(struct asking *asking, const char *list, struct record *record)
{
    struct buffer bytes = {0};
    record_end(record, &bytes);
    enum grid_status status =
            bytes.failed ? GRID_NOMEM : asking->row(asking->context, list, buffer_bytes(&bytes));
    buffer_close(&bytes);
    return status;
}

static enum grid_status give_documents(struct asking *asking,
        const struct case_documents *documents, const struct view_context *view)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < documents->count && status == GRID_OK; i++) {
        struct case_document one;
        struct record record = {0};
        status = document_at(documents, i, &one);
        if (status != GRID_OK)
            break;
        view_document(&record, &one, view);
        status = give(asking, "documents", &record);
    }
    return status;
}

/* What is asked for and not here yet: type, by which act, since when, and whose office issues it.
 */
static enum grid_status give_wanted(struct asking *asking, const struct case_documents *documents)
{
    const struct grid_roster *roster = asking->node->roster;
    size_t index = 0;
    for (;;) {
        struct document_want want;
        struct record record = {0};
        bool found = false;
        enum grid_status status = document_want_next(documents, roster, &index, &want, &found);
        if (status != GRID_OK || !found)
            return status;
        const struct grid_unit *unit = grid_roster_unit(roster, bytes_text(want.office));
        record_text(&record, "type", grid_document_name(want.letter));
        record_text(&record, "ground", grid_kind_name(want.ground->head.kind));
        record_time(&record, "at", stamp_ms(want.ground->head.hlc));
        record_text(&record, "office", want.office);
        if (unit != NULL)
            record_str(&record, "office_name", unit->name);
        else
            record_nil(&record, "office_name");
        status = give(asking, "wanted", &record);
        if (status != GRID_OK)
            return status;
    }
}

static struct view_context view_of(const struct asking *asking)
{
    return (struct view_context){.roster = asking->node->roster, .wall_ms = asking->now.wall_ms};
}

enum grid_status ask_documents(struct asking *asking)
{
    int64_t no = 0;
    struct fold *fold = NULL;
    struct case_documents documents = {0};
    struct record record = {0};
    const struct view_context view = view_of(asking);
    enum grid_status status =
            node_find_case(asking->node, asking->request, &no, &fold, asking->error);
    if (status != GRID_OK)
        return status;
    status = documents_of(fold, &documents);
    if (status == GRID_OK)
        status = give_documents(asking, &documents, &view);
    if (status == GRID_OK)
        status = give_wanted(asking, &documents);
    if (status != GRID_OK)
        return status;
    const struct fold_entry *create = fold_create(fold);
    view_case_code(&record, create != NULL ? &create->body : NULL);
    record_str(&record, "title", value_text(fold_shown(fold, GRID_REGISTER_TITLE)));
    record_end(&record, asking->end);
    return GRID_OK;
}

/* --- one --- */

enum { CASES_MAX = 16 }; /* of one code: a device was copied */
struct cases {
    int64_t numbers[CASES_MAX];
    size_t count;
};

static enum grid_status note_case(void *context, int64_t no)
{
    struct cases *cases = context;
    if (cases->count < CASES_MAX)
        cases->numbers[cases->count++] = no;
    return GRID_OK;
}

static enum grid_status read_number(
        const struct asking *asking, struct document_number *out, struct grid_error *error)
{
    const struct grid_field *field = request_field(asking->request, "number");
    char text[256];
    if (field == NULL || field->value.size == 0)
        return grid_fail(error, GRID_USAGE, "number_needed", "%s", "");
    snprintf(text, sizeof(text), "%.*s", (int)(field->value.size < 255 ? field->value.size : 255),
            (const char *)field->value.data);
    return document_number_parse(out, text, error);
}

enum grid_status ask_document(struct asking *asking)
{
    struct grid_node *node = asking->node;
    struct document_number number;
    struct cases cases = {0};
    char printed[GRID_DOCUMENT_TEXT_BYTES];
    const struct view_context view = view_of(asking);
    enum grid_status status = read_number(asking, &number, asking->error);
    if (status == GRID_OK)
        status = book_flush(&node->book, asking->error); /* what this turn wrote */
    if (status == GRID_OK)
        status = store_case_by_code(
                node->store, number.code.digits, note_case, &cases, asking->error);
    for (size_t i = 0; i < cases.count && status == GRID_OK; i++) {
        struct fold *fold = NULL;
        struct case_documents documents = {0};
        struct case_document found;
        bool is_there = false;
        status = book_fold(&node->book, cases.numbers[i], &fold, asking->error);
        if (status == GRID_OK && fold != NULL)
            status = documents_of(fold, &documents);
        if (status == GRID_OK)
            status = document_find(&documents, &number, &found, &is_there);
        if (status == GRID_OK && is_there)
            return view_document_whole(asking->end, &documents, &found, &view);
    }
    if (status != GRID_OK)
        return status;
    document_number_print(printed, &number);
    return grid_fail(asking->error, GRID_NOT_FOUND, "document_unknown", "%s", printed);
}
