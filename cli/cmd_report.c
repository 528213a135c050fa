/* grid report: one report from options, or a whole file of them. */
#include "cli/record.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

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
