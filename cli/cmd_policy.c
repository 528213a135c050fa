/* grid policy: the limits, the calendar and the thresholds that a centre goes by, as a text. */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- show: a text that `set` takes again, what is said about it stands in comments --- */

static void comment(const char *id, struct bytes first, struct bytes second)
{
    printf("#: ");
    show_line2(id, first, second);
}

static int show_end(struct session *session, void *context, struct bytes end)
{
    char version[24], year[24];
    (void)session;
    (void)context;
    snprintf(version, sizeof(version), "%" PRIu64, record_uint(end, "version"));
    snprintf(year, sizeof(year), "%" PRIu64, record_uint(end, "calendar_year"));
    if (record_empty(end, "unit"))
        comment("policy.builtin", bytes_text(version), (struct bytes){0});
    else
        comment("policy.of", bytes_text(version), record_text(end, "unit"));
    comment(record_uint(end, "calendar_year") > 0 ? "policy.calendar" : "policy.no_calendar",
            bytes_text(year), (struct bytes){0});
    print_block(record_text(end, "text"), 0);
    return EXIT_DONE;
}

int cmd_policy_show(struct session *session)
{
    static const struct view view = {.end = show_end};
    if (session->call.arg_count > 0)
        add_text(session, "unit", session->call.args[0]);
    return ask(session, "policy", &view, NULL);
}

/* --- set --- */

static const char *file_given; /* of this run, for its messages */

static void fault_text(struct buffer *out, struct bytes reason, struct bytes detail)
{
    char id[64];
    snprintf(id, sizeof(id), "finding.%.*s", (int)(reason.size < 40 ? reason.size : 40),
            (const char *)reason.data);
    const char *sentence = text_find(id);
    text_fill_detail(out, sentence != NULL ? sentence : text("finding.unknown"), detail);
}

static void show_fault(struct bytes fault)
{
    struct buffer message = {0};
    uint64_t line = record_uint(fault, "line");
    fault_text(&message, record_text(fault, "reason"), record_text(fault, "detail"));
    print_text(bytes_text(file_given));
    if (line > 0)
        printf(":%" PRIu64, line);
    putchar(' ');
    print_text(buffer_bytes(&message));
    putchar('\n');
    buffer_close(&message);
}

static int set_end(struct session *session, void *context, struct bytes end)
{
    struct reader faults;
    char version[24];
    (void)session;
    (void)context;
    size_t count = record_array(end, "errors", &faults);
    for (size_t i = 0; i < count && !faults.failed; i++)
        show_fault(read_raw(&faults));
    if (record_empty(end, "version")) {
        puts(text("policy.refused"));
        return EXIT_REFUSED;
    }
    snprintf(version, sizeof(version), "%" PRIu64, record_uint(end, "version"));
    show_line(record_bool(end, "changed") ? "policy.set" : "policy.same", bytes_text(version));
    return EXIT_DONE;
}

static void edit_fault(json_t *fault)
{
    struct buffer message = {0};
    const char *reason = json_string_value(json_object_get(fault, "reason"));
    const char *detail = json_string_value(json_object_get(fault, "detail"));
    fault_text(&message, bytes_text(reason), bytes_text(detail));
    json_object_set_new(fault, "file", json_string(file_given));
    json_object_set_new(fault, "message", json_stringn((const char *)message.data, message.size));
    json_object_del(fault, "detail");
    buffer_close(&message);
}

static int set_code(json_t *end, size_t row_count)
{
    size_t index;
    json_t *fault;
    (void)row_count;
    json_array_foreach(json_object_get(end, "errors"), index, fault)
    {
        edit_fault(fault);
    }
    if (json_array_size(json_object_get(end, "errors")) == 0)
        return EXIT_DONE;
    json_object_set_new(end, "error", json_string(grid_status_word(GRID_INVALID)));
    json_object_set_new(end, "message", json_string(text("policy.refused")));
    return EXIT_REFUSED;
}

int cmd_policy_set(struct session *session)
{
    static const struct view view = {.end = set_end, .code = set_code};
    struct buffer file = {0};
    struct grid_error error = {0};
    int code;
    file_given = session->call.args[0];
    error.status = session_read_file(file_given, &file, &error);
    add_field(session, "text", buffer_bytes(&file));
    code = error.status == GRID_OK ? ask(session, "policy_set", &view, NULL)
                                   : session_fail(session, &error);
    buffer_close(&file);
    return code;
}
