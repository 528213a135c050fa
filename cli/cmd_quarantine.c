/* grid revoke and grid quarantine: a device whose word counts no more, and what is kept of it. */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>

/* --- revoke ----------------------------------------------------------------------------------- */

static int revoke_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    (void)context;
    char slot[24], counted[24], quarantined[24];
    snprintf(slot, sizeof(slot), "%04" PRIu64, record_uint(end, "slot"));
    snprintf(counted, sizeof(counted), "%" PRIu64, record_uint(end, "counted"));
    snprintf(quarantined, sizeof(quarantined), "%" PRIu64, record_uint(end, "quarantined"));
    show_line2(record_bool(end, "already") ? "revoke.already" : "revoke.done", bytes_text(slot),
            record_text(end, "name"));
    show_line2("revoke.counts", bytes_text(counted), bytes_text(quarantined));
    return EXIT_DONE;
}

int cmd_revoke(struct session *session)
{
    static const struct view view = {.end = revoke_end};
    add_text(session, "slot", session->call.args[0]);
    return ask(session, "revoke", &view, NULL);
}

/* --- quarantine ------------------------------------------------------------------------------- */

/* Why it does not count, or why a log does not go on. */
static void add_why(struct buffer *out, struct bytes reason)
{
    struct bytes word = text_word_find("quarantine", reason);
    if (word.size > 0)
        buffer_append(out, word.data, word.size);
    else
        text_reason_word(out, reason);
}

static void quarantine_row(void *context, struct bytes list, struct bytes record)
{
    struct table *table = context;
    struct buffer why = {0};
    char slot[24];
    (void)list;
    snprintf(slot, sizeof(slot), "%04" PRIu64, record_uint(record, "slot"));
    add_why(&why, record_text(record, "reason"));
    const struct bytes cells[] = {record_text(record, "dot"),
            bytes_text(record_empty(record, "slot") ? "" : slot), record_text(record, "name"),
            text_word("kind", record_text(record, "kind")), show_time(record_text(record, "at")),
            buffer_bytes(&why), record_text(record, "title")};
    table_row(table, cells);
    buffer_close(&why);
}

static int quarantine_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    char left_out[24];
    snprintf(left_out, sizeof(left_out), "%" PRIu64, record_uint(end, "left_out"));
    show_list(context, "quarantine.none");
    if (record_uint(end, "left_out") > 0)
        show_line("quarantine.left_out", bytes_text(left_out));
    return EXIT_DONE;
}

int cmd_quarantine_list(struct session *session)
{
    static const struct view view = {
            .lists = "quarantine", .row = quarantine_row, .end = quarantine_end};
    static const char *const titles[] = {"column.quarantine_dot", "column.slot", "column.name",
            "column.kind", "column.at", "column.reason", "column.title"};
    struct table *table = table_open(titles, 7, 6);
    int code = ask(session, "quarantine", &view, table);
    table_close(table);
    return code;
}

/* The value of a field as in `show`, one to a line. */
static void print_values(struct bytes record)
{
    struct reader values;
    size_t count = record_array(record, "values", &values);
    for (size_t i = 0; i < count && !values.failed; i++) {
        struct bytes item = read_raw(&values);
        char field[64];
        struct buffer value = {0};
        struct bytes name = record_text(item, "field");
        snprintf(field, sizeof(field), "%.*s", (int)name.size, (const char *)name.data);
        show_value(&value, field, record_raw(item, "value"));
        show_line2("quarantine.value", text_word("field", name), buffer_bytes(&value));
        buffer_close(&value);
    }
}

static void show_row(void *context, struct bytes list, struct bytes record)
{
    struct buffer why = {0};
    (void)context;
    (void)list;
    add_why(&why, record_text(record, "reason"));
    show_line2("quarantine.why", record_text(record, "dot"), buffer_bytes(&why));
    show_line3("quarantine.who", record_text(record, "name"),
            text_word("role", record_text(record, "role")), show_time(record_text(record, "at")));
    if (!record_empty(record, "case"))
        show_line("quarantine.case", record_text(record, "case"));
    print_values(record);
    buffer_close(&why);
}

static int show_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    (void)context;
    (void)end;
    return EXIT_DONE;
}

int cmd_quarantine_show(struct session *session)
{
    static const struct view view = {.lists = "quarantine", .row = show_row, .end = show_end};
    add_text(session, "dot", session->call.args[0]);
    return ask(session, "quarantine", &view, NULL);
}

static int adopt_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    (void)context;
    show_line2("quarantine.adopted", record_text(end, "dot"),
            text_word("kind", record_text(end, "kind")));
    if (!record_empty(end, "case"))
        show_line("quarantine.case", record_text(end, "case"));
    return EXIT_DONE;
}

int cmd_quarantine_adopt(struct session *session)
{
    static const struct view view = {.end = adopt_end};
    add_text(session, "dot", session->call.args[0]);
    return ask(session, "adopt", &view, NULL);
}
