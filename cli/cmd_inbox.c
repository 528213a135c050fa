/* grid inbox and grid overdue: each case with why it is there and what to do next, as the command
 * that does it. */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct inbox {
    uint64_t given;
    bool overdue;
};

static void add_sentence(struct buffer *out, const char *id, const struct bytes *args, size_t count)
{
    const char *sentence = text_find(id);
    if (sentence == NULL)
        return;
    if (out->size > 0)
        text_fill(out, text("inbox.and"), NULL, 0);
    text_fill(out, sentence, args, count);
}

/* 应在 2026-11-21 10:30 前受理，已超 2 小时 */
static void add_limit(struct buffer *out, struct bytes record)
{
    struct bytes limit = record_text(record, "limit");
    struct buffer span = {0};
    char id[48];
    int64_t late_s = record_int(record, "late_s");
    if (limit.size == 0)
        return;
    snprintf(id, sizeof(id), "inbox.%s.%.*s", late_s > 0 ? "late" : "soon",
            (int)(limit.size < 20 ? limit.size : 20), (const char *)limit.data);
    text_duration(&span, (uint64_t)(late_s < 0 ? -late_s : late_s));
    const struct bytes args[] = {show_time(record_text(record, "by")), buffer_bytes(&span)};
    add_sentence(out, id, args, 2);
    buffer_close(&span);
}

static void add_why(struct buffer *out, struct bytes record)
{
    struct bytes why = record_text(record, "why");
    struct bytes last = show_time(record_text(record, "last_at"));
    char id[48];
    snprintf(id, sizeof(id), "inbox.why.%.*s", (int)(why.size < 20 ? why.size : 20),
            (const char *)why.data);
    add_sentence(out, id, &last, 1);
    add_limit(out, record);
    if (!record_is(record, "card", "none")) {
        const struct bytes card = text_word("supervision", record_text(record, "card"));
        add_sentence(out, "inbox.card", &card, 1);
    }
    if (record_bool(record, "complex"))
        add_sentence(out, "inbox.complex", NULL, 0);
}

/* Whether the first word of the line is a command of this program. */
static bool has_command(const char *line)
{
    size_t size = strcspn(line, " ");
    for (const struct command *command = commands; command->name != NULL; command++)
        if (command->run != NULL && strlen(command->name) == size &&
                strncmp(command->name, line, size) == 0)
            return true;
    return false;
}

/* What is to be done, and the command if this program has it. */
static void print_next(struct bytes record, const char *member)
{
    struct bytes step = record_text(record, member);
    struct bytes code = record_text(record, "case");
    struct buffer line = {0};
    char id[48];
    int size = (int)(step.size < 20 ? step.size : 20);
    snprintf(id, sizeof(id), "inbox.next.%.*s", size, (const char *)step.data);
    if (text_find(id) == NULL)
        return;
    text_fill(&line, text(id), NULL, 0);
    snprintf(id, sizeof(id), "inbox.do.%.*s", size, (const char *)step.data);
    if (text_find(id) != NULL && code.size > 0 && has_command(text(id))) {
        buffer_append(&line, "  grid ", strlen("  grid "));
        text_fill(&line, text(id), &code, 1);
    }
    printf("   → ");
    print_text(buffer_bytes(&line));
    putchar('\n');
    buffer_close(&line);
}

static void inbox_row(void *context, struct bytes list, struct bytes record)
{
    struct inbox *inbox = context;
    struct buffer why = {0};
    struct bytes office = record_empty(record, "holder_name") ? record_text(record, "holder")
                                                              : record_text(record, "holder_name");
    (void)list;
    inbox->given++;
    print_text(record_text(record, "case"));
    printf("  ");
    print_text(record_text(record, "urgency"));
    printf(" ");
    print_text(text_word("state", record_text(record, "state")));
    printf("  ");
    print_text(record_text(record, "title"));
    if (office.size > 0) {
        printf("  ");
        print_text(office);
    }
    add_why(&why, record);
    printf("\n   ");
    print_text(buffer_bytes(&why));
    putchar('\n');
    print_next(record, inbox->overdue && !record_empty(record, "step") ? "step" : "next");
    buffer_close(&why);
}

static int inbox_end(struct session *session, void *context, struct bytes end)
{
    const struct inbox *inbox = context;
    char given[24], total[24], year[24];
    struct reader rows;
    (void)session;
    size_t count = record_array(end, "cases", &rows);
    for (size_t i = 0; i < count && !rows.failed; i++)
        inbox_row(context, bytes_text("cases"), read_raw(&rows));
    snprintf(given, sizeof(given), "%" PRIu64, inbox->given);
    snprintf(total, sizeof(total), "%" PRIu64, record_uint(end, "total"));
    if (inbox->given == 0)
        puts(text(inbox->overdue ? "overdue.none" : "inbox.none"));
    else if (record_uint(end, "total") > inbox->given)
        show_line2("inbox.more", bytes_text(given), bytes_text(total));
    if (!record_empty(end, "calendar_missing")) {
        snprintf(year, sizeof(year), "%" PRIu64, record_uint(end, "calendar_missing"));
        show_line("inbox.calendar", bytes_text(year));
    }
    return EXIT_DONE;
}

static int list(struct session *session, const char *verb, bool overdue)
{
    static const struct view view = {.lists = "cases", .row = inbox_row, .end = inbox_end};
    struct inbox inbox = {.overdue = overdue};
    return ask(session, verb, &view, &inbox);
}

int cmd_inbox(struct session *session)
{
    return list(session, "inbox", false);
}

int cmd_overdue(struct session *session)
{
    return list(session, "overdue", true);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void number_cell(char out[static 24], struct bytes record, const char *name)
{
    snprintf(out, 24, "%" PRIu64, record_uint(record, name));
}

static void print_categories(struct bytes end)
{
    static const char *const titles[] = {"column.category", "column.category_name",
            "column.reported", "column.open", "column.overdue", "column.resolved"};
    struct table *table = table_open(titles, 6, -1);
    struct reader items;
    size_t count = record_array(end, "categories", &items);
    for (size_t i = 0; i < count && !items.failed; i++) {
        struct bytes item = read_raw(&items);
        char reported[24], open[24], overdue[24], resolved[24];
        number_cell(reported, item, "reported");
        number_cell(open, item, "open");
        number_cell(overdue, item, "overdue");
        number_cell(resolved, item, "resolved");
        const struct bytes cells[] = {record_text(item, "category"),
                record_text(item, "category_name"), bytes_text(reported), bytes_text(open),
                bytes_text(overdue), bytes_text(resolved)};
        table_row(table, cells);
    }
    table_finish(table);
    table_close(table);
}

static void print_weeks(struct bytes end)
{
    struct reader weeks = reader_of(record_raw(end, "by_week"));
    size_t count = read_type(&weeks) == PACK_MAP ? read_map(&weeks) : 0;
    for (size_t i = 0; i < count && !weeks.failed; i++) {
        struct bytes day = read_str(&weeks);
        char number[24];
        snprintf(number, sizeof(number), "%" PRIu64, read_uint(&weeks));
        show_line2("stats.week", day, bytes_text(number));
    }
}

static int stats_end(struct session *session, void *context, struct bytes end)
{
    char reported[24], open[24], overdue[24], resolved[24];
    (void)session;
    (void)context;
    number_cell(reported, end, "reported");
    number_cell(open, end, "open");
    number_cell(overdue, end, "overdue");
    number_cell(resolved, end, "resolved");
    struct bytes name = record_empty(end, "unit_name") ? record_text(end, "unit")
                                                       : record_text(end, "unit_name");
    if (name.size > 0)
        show_line2(record_empty(end, "since") ? "stats.unit" : "stats.unit_since", name,
                record_text(end, "since"));
    const struct bytes all[] = {
            bytes_text(reported), bytes_text(open), bytes_text(overdue), bytes_text(resolved)};
    show_lines("stats.all", all, 4);
    if (record_uint(end, "reported") == 0)
        return EXIT_DONE;
    putchar('\n');
    print_categories(end);
    printf("\n%s\n", text("stats.weeks"));
    print_weeks(end);
    return EXIT_DONE;
}

int cmd_stats(struct session *session)
{
    static const struct view view = {.end = stats_end};
    return ask(session, "stats", &view, NULL);
}
