/* grid conflicts: what two people wrote without seeing each other, and the ruling that settles it.
 */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>

struct conflicts {
    size_t count;
    struct buffer last; /* the case that the last row belonged to */
};

static void conflict_row(void *context, struct bytes list, struct bytes record)
{
    struct conflicts *conflicts = context;
    struct bytes code = record_text(record, "case");
    (void)list;
    if (!bytes_equal(buffer_bytes(&conflicts->last), code)) {
        if (conflicts->count > 0)
            putchar('\n');
        show_line2("conflict.case", code, record_text(record, "title"));
        buffer_clear(&conflicts->last);
        buffer_append(&conflicts->last, code.data, code.size);
    }
    show_conflict(record);
    conflicts->count++;
}

static int conflicts_end(struct session *session, void *context, struct bytes end)
{
    struct conflicts *conflicts = context;
    struct reader reader;
    (void)session;
    size_t count = record_array(end, "conflicts", &reader);
    for (size_t i = 0; i < count && !reader.failed; i++)
        conflict_row(conflicts, bytes_text("conflicts"), read_raw(&reader));
    if (conflicts->count == 0)
        puts(text("conflicts.none"));
    return EXIT_DONE;
}

static int list(struct session *session)
{
    static const struct view view = {
            .lists = "conflicts", .row = conflict_row, .end = conflicts_end};
    struct conflicts conflicts = {0};
    int code = ask(session, "conflicts", &view, &conflicts);
    buffer_close(&conflicts.last);
    return code;
}

int cmd_conflicts(struct session *session)
{
    return list(session);
}

int cmd_conflicts_show(struct session *session)
{
    add_text(session, "case", session->call.args[0]);
    return list(session);
}

int cmd_conflicts_resolve(struct session *session)
{
    const struct invocation *call = &session->call;
    bool take = args_option(call, "take") != NULL, value = args_option(call, "value") != NULL;
    if (take == value) {
        struct grid_error error = {0};
        grid_fail(&error, GRID_USAGE, "ruling_one_of", "%s", "");
        return session_fail(session, &error);
    }
    const char *field = text_identifier("field", bytes_text(call->args[1]));
    if (field == NULL)
        field = call->args[1];
    add_text(session, "case", call->args[0]);
    add_text(session, "field", field);
    if (value)
        add_field(session, "value", typed_value(field, bytes_text(args_option(call, "value"))));
    return ask(session, "ruling", &view_write, NULL);
}
