/* grid cases: the list. */
#include "cli/print.h"
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void case_row(void *context, struct bytes list, struct bytes record)
{
    struct table *table = context;
    (void)list;
    char conflicts[24] = "";
    if (record_uint(record, "conflicts") > 0) /* 2! : what this person wrote is among it */
        snprintf(conflicts, sizeof(conflicts), "%" PRIu64 "%s", record_uint(record, "conflicts"),
                record_uint(record, "own_conflicts") > 0 ? "!" : "");
    const struct bytes cells[] = {record_text(record, "case"), record_text(record, "urgency"),
            text_word("state", record_text(record, "state")),
            record_empty(record, "category_name") ? record_text(record, "category")
                                                  : record_text(record, "category_name"),
            record_empty(record, "unit_name") ? record_text(record, "unit")
                                              : record_text(record, "unit_name"),
            bytes_text(conflicts), record_text(record, "title")};
    table_row(table, cells);
}

static int cases_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    show_list(context, "cases.none");
    if (!record_empty(end, "next"))
        show_line("cases.next", record_text(end, "next"));
    return EXIT_DONE;
}

int cmd_cases(struct session *session)
{
    static const struct view view = {.lists = "cases", .row = case_row, .end = cases_end};
    static const char *const titles[] = {"column.case", "column.urgency", "column.state",
            "column.category", "column.unit", "column.conflicts", "column.title"};
    struct table *table = table_open(titles, 7, 6);
    int code = ask(session, "cases", &view, table);
    table_close(table);
    return code;
}
