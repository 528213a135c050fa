/* grid report: one report from options, or a whole file of them. */
#include "cli/record.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "proto/ident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum grid_status report_random_key(struct arena *arena, const char **out)
{
    enum { KEY_BYTES = 16 };
    uint8_t bytes[KEY_BYTES];
    char key[2 + 2 * KEY_BYTES + 1] = "k-";
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return GRID_INTERNAL;
    ident_hex(key + 2, bytes_of(bytes, sizeof(bytes)));
    *out = arena_text(arena, bytes_text(key));
    return *out != NULL ? GRID_OK : GRID_NOMEM;
}

void report_urgent_warning(void)
{
    fflush(stdout);
    fprintf(stderr, "%s\n", text("report.urgent"));
}

json_t *report_json(struct bytes record, const char *key)
{
    json_t *answer = json_of(record);
    if (json_is_object(answer) && !json_is_string(json_object_get(answer, "key")))
        json_object_set_new(answer, "key", json_string(key));
    return answer;
}

void report_show(struct bytes record)
{
    puts(text("report.saved"));
    printf("\n    ");
    print_text(record_text(record, "case"));
    printf("\n\n");
    if (!record_empty(record, "category_name") && !record_empty(record, "unit_name"))
        show_line3("report.understood", record_text(record, "category_name"),
                text_word("urgency", record_text(record, "urgency")),
                record_text(record, "unit_name"));
    if (!record_is(record, "state", "reported"))
        show_line("report.state", text_word("state", record_text(record, "state")));
    if (!record_empty(record, "void"))
        show_line2("write.void", record_text(record, "case"),
                text_word("void", record_text(record, "void")));
    puts(text("report.next"));
    if (record_bool(record, "revoked")) {
        fflush(stdout);
        fprintf(stderr, "%s\n", text("report.revoked"));
    }
}

/* The daemon went away between request and answer: nobody knows whether it was saved. */
static int fail_lost(struct session *session, const struct grid_error *error, const char *key)
{
    if (session->json) {
        json_t *failure = json_failure(error);
        json_object_set_new(failure, "key", json_string(key));
        json_print(failure);
        return exit_code_of(error->status);
    }
    int code = session_fail(session, error);
    struct buffer line = {0};
    text_say(&line, "report.repeat", key, NULL);
    fprintf(stderr, "%.*s\n", (int)line.size, (const char *)line.data);
    buffer_close(&line);
    return code;
}

static void no_row(void *context, struct bytes list, struct bytes record)
{
    (void)context;
    (void)list;
    (void)record;
}

enum grid_status report_send(struct session *session, struct client *client, bool *asked,
        struct bytes *end, struct grid_error *error)
{
    *asked = false;
    enum grid_status status = client_open(client, session->home, error);
    if (status == GRID_OK) {
        struct grid_request request = session_request(session, "report");
        *asked = true;
        status = client_call(client, &request, no_row, NULL, end, error);
    }
    if (status != GRID_OK && error->status == GRID_OK)
        error->status = status;
    return status;
}

static int report_one(struct session *session)
{
    struct client client = {.socket = -1};
    struct grid_error error = {0};
    struct bytes end = {0};
    const char *key = args_option(&session->call, "key");
    bool asked = false;
    int code = EXIT_DONE;

    /* Who says U1 is told whom to call, whatever becomes of the report. */
    const char *urgency = args_option(&session->call, "urgency");
    bool warned = urgency != NULL && strcasecmp(urgency, "U1") == 0;
    if (warned)
        report_urgent_warning();

    enum grid_status status = GRID_OK;
    if (key == NULL || key[0] == '\0')
        status = report_random_key(&session->arena, &key);
    if (status == GRID_OK) {
        add_options(session);
        add_text(session, "key", key);
        status = report_send(session, &client, &asked, &end, &error);
    }
    if (status != GRID_OK && error.status == GRID_OK)
        error.status = status;
    if (status == GRID_OK && !warned && record_is(end, "urgency", "U1"))
        report_urgent_warning();
    if (status != GRID_OK)
        code = asked && status == GRID_UNREACHABLE ? fail_lost(session, &error, key)
                                                   : session_fail(session, &error);
    else if (session->json)
        json_print(report_json(end, key));
    else
        report_show(end);
    client_close(&client);
    return code;
}

/* --from takes everything from the file but who acts. */
static enum grid_status check_from(const struct session *session, struct grid_error *error)
{
    for (size_t i = 0; i < session->call.given_count; i++) {
        const struct option *option = session->call.given[i].option;
        bool global = option->field != NULL &&
                      (strcmp(option->name, "as") == 0 || strcmp(option->name, "post") == 0);
        bool of_report = option->field != NULL || strcmp(option->name, "key") == 0;
        if (of_report && !global)
            return grid_fail(error, GRID_USAGE, "from_alone", "--%s", option->name);
    }
    return GRID_OK;
}

/* grid report, perhaps saying who acts: nothing of the report itself is given. */
static bool is_bare(const struct invocation *call)
{
    for (size_t i = 0; i < call->given_count; i++) {
        const char *name = call->given[i].option->name;
        bool of_report = call->given[i].option->field != NULL || strcmp(name, "key") == 0;
        if (of_report && strcmp(name, "as") != 0 && strcmp(name, "post") != 0)
            return false;
    }
    return true;
}

int cmd_report(struct session *session)
{
    struct grid_error error = {0};
    const struct invocation *call = &session->call;
    const char *from = args_option(call, "from");
    if (from != NULL && check_from(session, &error) == GRID_OK)
        return report_from(session, from);
    if (error.status == GRID_OK && is_bare(call)) {
        if (terminal_is() && !session->json)
            return report_form(session);
        grid_fail(&error, GRID_USAGE, "form_terminal", "%s", "");
    } else if (error.status == GRID_OK && args_option(call, "title") == NULL)
        grid_fail(&error, GRID_USAGE, "option_missing", "report" GRID_ARG "--title T");
    else if (error.status == GRID_OK && args_option(call, "if") != NULL)
        grid_fail(&error, GRID_USAGE, "if_new", "%s", "");
    return error.status != GRID_OK ? session_fail(session, &error) : report_one(session);
}
