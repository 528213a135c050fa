#include "cli/report.h"

#include "cli/record.h"
#include "cli/show.h"
#include "cli/text.h"
#include "proto/ident.h"

#include <stdio.h>
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
    bool self_resolved =
            record_is(record, "kind", "create_resolved") && record_is(record, "state", "resolved");
    if (self_resolved)
        puts(text("report.resolved"));
    else if (!record_is(record, "state", "reported"))
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
