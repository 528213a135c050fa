/* grid duplicates: reports that may be of one matter, each pair with why, and how to join them. */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>

static void number_text(char out[static 24], uint64_t number)
{
    snprintf(out, 24, "%" PRIu64, number);
}

/* 案码  状态  标题  2026-11-21 09:30 */
static void print_one(struct bytes record)
{
    printf("  ");
    print_text(record_text(record, "case"));
    printf("  ");
    print_text(text_word("state", record_text(record, "state")));
    printf("  ");
    print_text(show_time(record_text(record, "at")));
    printf("  ");
    print_text(record_text(record, "title"));
    putchar('\n');
}

static void print_pair(void *context, struct bytes list, struct bytes record)
{
    struct bytes other = record_raw(record, "other");
    char hours[24];
    char metres[24];
    char alike[24];
    (void)list;
    ++*(uint64_t *)context;
    number_text(hours, record_uint(record, "apart_h"));
    number_text(metres, record_uint(record, "metres"));
    number_text(alike, record_uint(record, "alike"));
    print_one(record);
    print_one(other);
    const char *where =
            !record_empty(record, "metres") ? "duplicates.metres" : "duplicates.micro_grid";
    struct buffer place = {0};
    const struct bytes metre = bytes_text(metres);
    text_fill(&place, text(where), &metre, 1);
    printf("    ");
    show_line3("duplicates.why", bytes_text(hours), buffer_bytes(&place), bytes_text(alike));
    printf("    ");
    show_line2("duplicates.next", record_text(other, "case"), record_text(record, "case"));
    buffer_close(&place);
}

static int print_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    if (*(const uint64_t *)context == 0)
        puts(text("duplicates.none"));
    if (record_bool(end, "more"))
        puts(text("duplicates.more"));
    return EXIT_DONE;
}

int cmd_duplicates(struct session *session)
{
    static const struct view view = {.lists = "duplicates", .row = print_pair, .end = print_end};
    uint64_t given = 0;
    if (session->call.arg_count > 0)
        add_text(session, "case", session->call.args[0]);
    return ask(session, "duplicates", &view, &given);
}
