/* grid queue: where every own report is. Computed by the daemon from its log, never kept (F4). */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>

/* ○ queued, → sent, ✓ held by the township, ✓✓ by the banner, ✗ refused */
static const char *mark_of(struct bytes record)
{
    if (record_is(record, "state", "refused"))
        return "✗";
    if (record_is(record, "state", "held"))
        return show_tier_mark(record_uint(record, "tier"));
    return record_is(record, "state", "sent") ? "→" : "○";
}

static void queue_row(void *context, struct bytes list, struct bytes record)
{
    struct buffer state = {0}, age = {0}, what = {0};
    (void)list;
    struct bytes word = record_is(record, "state", "held")
                                ? show_tier_word(record_uint(record, "tier"))
                                : text_word("queue", record_text(record, "state"));
    buffer_append(&state, mark_of(record), bytes_text(mark_of(record)).size);
    buffer_append(&state, " ", 1);
    buffer_append(&state, word.data, word.size);
    text_duration(&age, record_uint(record, "age_s"));
    struct bytes title = record_text(record, "title");
    buffer_append(&what, title.data, title.size);
    if (!record_empty(record, "reason")) {
        buffer_append(&what, what.size > 0 ? " — " : "", what.size > 0 ? 5 : 0);
        text_reason_word(&what, record_text(record, "reason"));
    }
    const struct bytes cells[] = {buffer_bytes(&state), record_text(record, "urgency"),
            text_word("kind", record_text(record, "kind")), record_text(record, "case"),
            buffer_bytes(&age), buffer_bytes(&what)};
    table_row(context, cells);
    buffer_close(&state);
    buffer_close(&age);
    buffer_close(&what);
}

static int queue_end(struct session *session, void *context, struct bytes end)
{
    static const char *const names[] = {"queued", "sent", "held", "refused"};
    char numbers[4][24];
    struct bytes args[4];
    struct buffer line = {0};
    (void)session;
    if (table_finish(context) > 0)
        putchar('\n');
    for (size_t i = 0; i < 4; i++) {
        snprintf(numbers[i], sizeof(numbers[i]), "%" PRIu64, record_uint(end, names[i]));
        args[i] = bytes_text(numbers[i]);
    }
    text_fill(&line, text("queue.counts"), args, 4);
    printf("%.*s\n", (int)line.size, (const char *)line.data);
    buffer_clear(&line);
    if (!record_empty(end, "next_attempt_s")) {
        text_duration(&line, record_uint(end, "next_attempt_s"));
        show_line("queue.next", buffer_bytes(&line));
    }
    if (record_uint(end, "conflicts") > 0) {
        snprintf(numbers[0], sizeof(numbers[0]), "%" PRIu64, record_uint(end, "conflicts"));
        show_line("queue.conflicts", bytes_text(numbers[0]));
    }
    buffer_close(&line);
    return EXIT_DONE;
}

int cmd_queue(struct session *session)
{
    static const struct view view = {.lists = "items", .row = queue_row, .end = queue_end};
    static const char *const titles[] = {"column.state", "column.urgency", "column.kind",
            "column.case", "column.age", "column.title"};
    struct table *table = table_open(titles, 6, 5);
    int code = ask(session, "queue", &view, table);
    table_close(table);
    return code;
}
