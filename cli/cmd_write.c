/* What is written on a case: any act by the table of commands, set and tag by their own forms; and
 * the answer that all of them get. */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

/* What the act did, and what comes next: "done.accept", "next.accept". */
static void show_done(struct bytes end)
{
    static const char *const parts[] = {"done", "next"};
    struct bytes kind = record_text(end, "kind");
    struct buffer into = {0};
    char joined[24];
    const struct bytes primary[] = {record_text(end, "primary")};
    if (!record_empty(end, "primary"))
        text_fill(&into, text("merged.into"), primary, 1);
    snprintf(joined, sizeof(joined), "%" PRIu64, record_uint(end, "joined"));
    const struct bytes args[] = {record_text(end, "case"), record_text(end, "holder_name"),
            record_text(end, "lead_name"), show_time(record_text(end, "due")), buffer_bytes(&into),
            record_text(end, "state"), bytes_text(joined), record_text(end, "new_code")};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char id[64];
        snprintf(id, sizeof(id), "%s.%.*s", parts[i], (int)kind.size, (const char *)kind.data);
        if (text_find(id) != NULL)
            show_lines(id, args, sizeof(args) / sizeof(args[0]));
    }
    if (!record_empty(end, "primary") && !record_is(end, "kind", "merge"))
        show_line("write.merged", primary[0]);
    buffer_close(&into);
}

/* What whoever acted should know before the next step. */
static void show_hints(struct bytes end)
{
    bool accepts = record_is(end, "kind", "accept") || record_is(end, "kind", "amend");
    if (record_is(end, "kind", "assign") && record_bool(end, "lead_vacant"))
        show_line("write.lead_vacant", record_text(end, "lead_name"));
    if (accepts && !record_empty(end, "usual_urgency"))
        show_line3("write.usual_urgency", record_text(end, "usual_urgency"),
                record_text(end, "urgency"), record_text(end, "case"));
}

static int write_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    (void)context;
    /* A void act is kept and shown, without effect (DOMAIN 7): the person must know. */
    if (record_empty(end, "void")) {
        show_line2("write.done", record_text(end, "case"),
                text_word("state", record_text(end, "state")));
        show_done(end);
        show_hints(end);
    } else {
        show_line2("write.void", record_text(end, "case"),
                text_word("void", record_text(end, "void")));
    }
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

int cmd_write(struct session *session)
{
    const struct invocation *call = &session->call;
    const char *at = call->command->fields;
    for (size_t i = 0; i < call->arg_count; i++) {
        size_t size = strcspn(at, " ");
        const char *field = arena_text(&session->arena, bytes_of(at, size));
        if (field == NULL)
            abort();
        add_text(session, field, call->args[i]);
        at += size + (at[size] != '\0');
    }
    return ask(session, call->command->verb, &view_write, NULL);
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
