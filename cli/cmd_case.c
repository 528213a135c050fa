/* Writes on a case (set, note, second, tag, ruling) and the list of cases. */
#include "cli/print.h"
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* 标题、类别: what differed before and is one value now. */
static void show_settled(struct bytes end)
{
    struct reader fields;
    struct buffer line = {0};
    size_t count = record_array(end, "settled", &fields);
    for (size_t i = 0; i < count && !fields.failed; i++) {
        struct bytes field = text_word("field", value_as_text(read_raw(&fields)));
        buffer_append(&line, text("list.and"), i > 0 ? strlen(text("list.and")) : 0);
        buffer_append(&line, field.data, field.size);
    }
    if (line.size > 0)
        show_line("write.settled", buffer_bytes(&line));
    buffer_close(&line);
}

static int write_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    (void)context;
    /* A void act is kept and shown, without effect (DOMAIN 7): the person must know. */
    if (record_empty(end, "void"))
        show_line2("write.done", record_text(end, "case"),
                text_word("state", record_text(end, "state")));
    else
        show_line2("write.void", record_text(end, "case"),
                text_word("void", record_text(end, "void")));
    show_settled(end);
    if (record_bool(end, "revoked"))
        fprintf(stderr, "%s\n", text("report.revoked"));
    return EXIT_DONE;
}

const struct view view_write = {.end = write_end};

int cmd_set(struct session *session)
{
    static const char *const reserved[] = {"case", "as", "post", "if"};
    const struct invocation *call = &session->call;
    struct grid_error error = {0};
    add_text(session, "case", call->args[0]);
    for (size_t i = 1; i < call->arg_count; i++) {
        const char *arg = call->args[i];
        size_t name_size = strcspn(arg, "=");
        const char *name = arena_text(&session->arena, bytes_of(arg, name_size));
        bool bad = arg[name_size] == '\0' || name_size == 0 || name == NULL;
        for (size_t j = 0; j < sizeof(reserved) / sizeof(reserved[0]) && !bad; j++)
            bad = strcmp(name, reserved[j]) == 0;
        if (bad) {
            grid_fail(&error, GRID_USAGE, "set_form", "%s", arg);
            return session_fail(session, &error);
        }
        const char *id = text_identifier("field", bytes_text(name));
        if (id != NULL) /* 标题=… */
            name = id;
        const struct grid_request so_far = session_request(session, "set");
        if (request_field(&so_far, name) != NULL) {
            grid_fail(&error, GRID_USAGE, "set_twice", "%s", name);
            return session_fail(session, &error);
        }
        add_text(session, name, arg + name_size + 1);
    }
    return ask(session, "set", &view_write, NULL);
}

int cmd_note(struct session *session)
{
    add_text(session, "case", session->call.args[0]);
    add_text(session, "text", session->call.args[1]);
    return ask(session, "note", &view_write, NULL);
}

int cmd_second(struct session *session)
{
    add_text(session, "case", session->call.args[0]);
    if (session->call.arg_count > 1)
        add_text(session, "text", session->call.args[1]);
    return ask(session, "second", &view_write, NULL);
}

int cmd_tag(struct session *session)
{
    const struct invocation *call = &session->call;
    add_text(session, "case", call->args[0]);
    for (size_t i = 1; i < call->arg_count; i++) {
        const char *arg = call->args[i];
        if ((arg[0] != '+' && arg[0] != '-') || arg[1] == '\0') {
            struct grid_error error = {0};
            grid_fail(&error, GRID_USAGE, "tag_form", "%s", arg);
            return session_fail(session, &error);
        }
        add_text(session, arg[0] == '+' ? "add" : "remove", arg + 1);
    }
    return ask(session, "tag", &view_write, NULL);
}

/* --- cases ------------------------------------------------------------------------------------ */

static void case_row(void *context, struct bytes list, struct bytes record)
{
    struct table *table = context;
    (void)list;
    char conflicts[24] = "";
    if (record_uint(record, "conflicts") > 0)
        snprintf(conflicts, sizeof(conflicts), "%" PRIu64, record_uint(record, "conflicts"));
    const struct bytes cells[] = {record_text(record, "case"), record_text(record, "urgency"),
            text_word("state", record_text(record, "state")),
            record_empty(record, "category_name") ? record_text(record, "category")
                                                  : record_text(record, "category_name"),
            record_empty(record, "unit_name") ? record_text(record, "unit")
                                              : record_text(record, "unit_name"),
            bytes_text(conflicts), record_text(record, "title")};
    table_row(table, cells);
}

static int cases_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    show_list(context, "cases.none");
    if (!record_empty(end, "next"))
        show_line("cases.next", record_text(end, "next"));
    return EXIT_DONE;
}

int cmd_cases(struct session *session)
{
    static const struct view view = {.lists = "cases", .row = case_row, .end = cases_end};
    static const char *const titles[] = {"column.case", "column.urgency", "column.state",
            "column.category", "column.unit", "column.conflicts", "column.title"};
    struct table *table = table_open(titles, 7, 6);
    int code = ask(session, "cases", &view, table);
    table_close(table);
    return code;
}
