/* grid find: cases by words, each with the place where they stand. */
#include "cli/print.h"
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"
#include "proto/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A command line is one line of words, however the shell took it apart. */
static bool add_words(struct session *session)
{
    struct buffer words = {0};
    for (size_t i = 0; i < session->call.arg_count; i++) {
        if (i > 0)
            buffer_append(&words, " ", 1);
        buffer_append(&words, session->call.args[i], strlen(session->call.args[i]));
    }
    struct bytes kept = {0};
    if (!words.failed)
        kept = arena_copy(&session->arena, buffer_bytes(&words));
    buffer_close(&words);
    if (kept.data != NULL)
        add_field(session, "words", kept);
    return kept.data != NULL;
}

enum grid_status option_count(
        const struct invocation *call, uint64_t max, uint64_t *out, struct grid_error *error)
{
    const char *typed = args_option(call, "limit");
    char *end = NULL;
    *out = max;
    if (typed == NULL)
        return GRID_OK;
    bool digits = typed[0] != '\0' && typed[strspn(typed, "0123456789")] == '\0';
    unsigned long long count = digits && strlen(typed) < 18 ? strtoull(typed, &end, 10) : 0;
    if (count < 1 || count > max)
        return grid_fail(error, GRID_USAGE, "number_range",
                "limit" GRID_ARG "%s" GRID_ARG "1" GRID_ARG "%" PRIu64, typed, max);
    *out = count;
    return GRID_OK;
}

/* 进展  …村口的【路灯】坏了三盏… */
static void print_found(struct bytes record)
{
    struct reader found;
    size_t count = record_array(record, "found", &found);
    for (size_t i = 0; i < count && !found.failed; i++) {
        struct bytes item = read_raw(&found);
        struct buffer line = {0};
        const struct bytes args[] = {text_word("field", record_text(item, "field")),
                record_text(item, "before"), record_text(item, "text"), record_text(item, "after")};
        text_fill(&line, text("find.found"), args, sizeof(args) / sizeof(args[0]));
        print_text(buffer_bytes(&line));
        putchar('\n');
        buffer_close(&line);
    }
}

static void find_row(void *context, struct bytes list, struct bytes record)
{
    uint64_t *count = context;
    struct buffer line = {0};
    (void)list;
    const struct bytes args[] = {record_text(record, "case"), record_text(record, "urgency"),
            text_word("state", record_text(record, "state")),
            record_empty(record, "unit_name") ? record_text(record, "unit")
                                              : record_text(record, "unit_name"),
            record_text(record, "title")};
    text_fill(&line, text("find.case"), args, sizeof(args) / sizeof(args[0]));
    print_text(buffer_bytes(&line));
    putchar('\n');
    print_found(record);
    buffer_close(&line);
    ++*count;
}

static int find_end(struct session *session, void *context, struct bytes end)
{
    const uint64_t *count = context;
    (void)session;
    if (*count == 0)
        puts(text("find.none"));
    if (!record_empty(end, "next"))
        show_line("cases.next", record_text(end, "next"));
    if (record_uint(end, "behind") > 0) {
        char behind[24];
        snprintf(behind, sizeof(behind), "%" PRIu64, record_uint(end, "behind"));
        show_line("find.behind", bytes_text(behind));
    }
    return EXIT_DONE;
}

int cmd_find(struct session *session)
{
    static const struct view view = {.lists = "cases", .row = find_row, .end = find_end};
    struct grid_error error = {0};
    uint64_t wanted = 0, count = 0;
    if (option_count(&session->call, GRID_ROWS_MAX, &wanted, &error) != GRID_OK)
        return session_fail(session, &error);
    if (!add_words(session)) {
        grid_fail(&error, GRID_NOMEM, "out_of_memory", "%s", "");
        return session_fail(session, &error);
    }
    return ask_pages(session, "find", wanted, &view, &count);
}
