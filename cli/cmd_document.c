/* grid documents, document: the papers of a case, and one of them as it is handed out. */
#include "cli/document.h"
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <stdio.h>

/* --- documents -------------------------------------------------------------------------------- */

struct papers {
    struct table *table;
    struct held_records wanted;
};

/* What is to be seen at a glance: replaced, answered, awaited until, overdue. */
static void state_of(struct buffer *out, struct bytes record)
{
    struct bytes reply = record_text(record, "reply");
    const char *by = record_is(record, "reply", "replied") ? "replied_at" : "reply_by";
    if (record_bool(record, "superseded"))
        text_say(out, "document.superseded", NULL, NULL);
    if (reply.size == 0)
        return;
    char id[48], time[24];
    struct bytes shown = show_time(record_text(record, by));
    snprintf(id, sizeof(id), "document.%.*s", (int)reply.size, (const char *)reply.data);
    snprintf(time, sizeof(time), "%.*s", (int)shown.size, (const char *)shown.data);
    buffer_append(out, " ", out->size > 0);
    text_say(out, id, time, NULL);
}

static void paper_row(void *context, struct bytes list, struct bytes record)
{
    struct papers *papers = context;
    struct buffer state = {0};
    if (bytes_equal(list, bytes_text("wanted"))) {
        held_add(&papers->wanted, record);
        return;
    }
    state_of(&state, record);
    struct bytes date = show_time(record_text(record, "date"));
    const struct bytes cells[] = {record_text(record, "number"),
            text_word("document", record_text(record, "type")), date,
            record_text(record, "addressee"), buffer_bytes(&state)};
    table_row(papers->table, cells);
    buffer_close(&state);
}

static void print_wanted(void *context, struct bytes record)
{
    (void)context;
    show_line3("document.wanted", text_word("document", record_text(record, "type")),
            record_empty(record, "office_name") ? record_text(record, "office")
                                                : record_text(record, "office_name"),
            show_time(record_text(record, "at")));
}

static int papers_end(struct session *session, void *context, struct bytes end)
{
    struct papers *papers = context;
    (void)session;
    show_line2("documents.of", record_text(end, "case"), record_text(end, "title"));
    if (papers->wanted.count == 0 || table_rows(papers->table) > 0)
        show_list(papers->table, "documents.none");
    held_each(&papers->wanted, print_wanted, NULL);
    return EXIT_DONE;
}

int cmd_documents(struct session *session)
{
    static const struct view view = {
            .lists = "documents wanted", .row = paper_row, .end = papers_end};
    static const char *const titles[] = {"column.number", "column.document", "column.date",
            "column.addressee", "column.document_state"};
    struct papers papers = {.table = table_open(titles, 5, 3)};
    add_text(session, "case", session->call.args[0]);
    int code = ask(session, "documents", &view, &papers);
    table_close(papers.table);
    held_close(&papers.wanted);
    return code;
}

/* --- document --------------------------------------------------------------------------------- */

static int document_end(struct session *session, void *context, struct bytes end)
{
    struct buffer page = {0};
    struct grid_error error = {0};
    (void)context;
    bool whole = true;
    if (args_option(&session->call, "html") != NULL)
        whole = document_as_html(&page, end);
    else
        document_as_text(&page, end);
    if (!whole || page.failed) {
        buffer_close(&page);
        grid_fail(&error, GRID_NOMEM, "out_of_memory", "%s", "");
        return session_fail(session, &error);
    }
    fwrite(page.data, 1, page.size, stdout);
    buffer_close(&page);
    return EXIT_DONE;
}

int cmd_document(struct session *session)
{
    static const struct view view = {.end = document_end};
    add_text(session, "number", session->call.args[0]);
    return ask(session, "document", &view, NULL);
}
