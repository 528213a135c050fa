/* grid roster: the files of a roster go to the daemon as they are; it checks and imports them. */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- import and check ------------------------------------------------------------------------- */

static const char *const file_names[] = {"units.csv", "posts.csv", "departments.csv"};
enum { FILE_COUNT = sizeof(file_names) / sizeof(file_names[0]) };

/* The daemon sends the code of a finding and its arguments, the first of which names the cause; the
 * sentence is the catalogue's: of that cause, or else of the code. */
static void finding_text(struct buffer *out, struct bytes code, struct bytes detail)
{
    enum { CODE_BYTES_MAX = 3, CAUSE_BYTES_MAX = 32 };
    char id[64];
    size_t cause_size = 0;
    int code_size = code.size < CODE_BYTES_MAX ? (int)code.size : CODE_BYTES_MAX;
    while (cause_size < detail.size && cause_size < CAUSE_BYTES_MAX &&
            detail.data[cause_size] != GRID_ARG[0])
        cause_size++;
    snprintf(id, sizeof(id), "finding.%.*s.%.*s", code_size, (const char *)code.data,
            (int)cause_size, (const char *)detail.data);
    const char *sentence = text_find(id);
    if (sentence == NULL) {
        snprintf(id, sizeof(id), "finding.%.*s", code_size, (const char *)code.data);
        sentence = text_find(id);
    }
    if (sentence == NULL)
        sentence = text("finding.unknown");
    text_fill_detail(out, sentence, detail);
}

static void edit_finding(json_t *row)
{
    const char *code = json_string_value(json_object_get(row, "code"));
    json_t *detail = json_object_get(row, "detail");
    if (code == NULL || !json_is_string(detail))
        return;
    struct buffer message = {0};
    finding_text(&message, bytes_text(code),
            bytes_of(json_string_value(detail), json_string_length(detail)));
    json_object_set_new(row, "message", json_stringn((const char *)message.data, message.size));
    json_object_del(row, "detail");
    buffer_close(&message);
}

struct findings {
    size_t errors, warnings;
};

static void finding_row(void *context, struct bytes list, struct bytes record)
{
    struct findings *findings = context;
    struct buffer message = {0};
    struct bytes detail = record_text(record, "detail");
    if (bytes_equal(list, bytes_text("errors")))
        findings->errors++;
    else
        findings->warnings++;
    finding_text(&message, record_text(record, "code"), detail);
    print_text(record_text(record, "file"));
    printf(":%" PRIu64 " ", record_uint(record, "line"));
    print_text(record_text(record, "code"));
    putchar(' ');
    print_text(buffer_bytes(&message));
    putchar('\n');
    buffer_close(&message);
}

static void print_counts(struct bytes end)
{
    struct reader reader = reader_of(record_raw(end, "counts"));
    if (read_type(&reader) != PACK_MAP)
        return;
    size_t count = read_map(&reader);
    for (size_t i = 0; i < count && !reader.failed; i++) {
        struct bytes name = read_str(&reader), value = read_raw(&reader);
        struct reader number = reader_of(value);
        struct bytes word = text_word_find("unit_kind", name);
        if (word.size == 0)
            word = text_word("role", name);
        printf("  ");
        print_text(word);
        printf(" %" PRIu64 "\n", read_type(&number) == PACK_UINT ? read_uint(&number) : 0);
    }
}

static void print_totals(const struct findings *findings, bool strict)
{
    char errors[24], warnings[24];
    snprintf(errors, sizeof(errors), "%zu", findings->errors);
    snprintf(warnings, sizeof(warnings), "%zu", findings->warnings);
    show_line2("roster.findings", bytes_text(errors), bytes_text(warnings));
    if (strict && findings->errors == 0 && findings->warnings > 0)
        puts(text("roster.strict"));
}

static int check_end(struct session *session, void *context, struct bytes end)
{
    struct findings *findings = context;
    print_counts(end);
    bool strict = args_option(&session->call, "strict") != NULL;
    print_totals(findings, strict);
    return findings->errors > 0 || (strict && findings->warnings > 0) ? EXIT_REFUSED : EXIT_DONE;
}

static int import_end(struct session *session, void *context, struct bytes end)
{
    static const char *const lists[] = {"errors", "warnings"};
    struct findings *findings = context;
    char version[24];
    (void)session;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct reader reader;
        size_t count = record_array(end, lists[i], &reader);
        for (size_t j = 0; j < count && !reader.failed; j++)
            finding_row(findings, bytes_text(lists[i]), read_raw(&reader));
    }
    print_counts(end);
    print_totals(findings, false);
    if (findings->errors > 0 || record_empty(end, "version")) {
        puts(text("roster.refused"));
        return EXIT_REFUSED;
    }
    snprintf(version, sizeof(version), "%" PRIu64, record_uint(end, "version"));
    bool same = !record_empty(end, "changed") && !record_bool(end, "changed");
    show_line(same ? "roster.unchanged" : "roster.imported", bytes_text(version));
    return EXIT_DONE;
}

/* --json counts what went by as rows; the lists may also stand in the last record. */
static struct {
    size_t errors, warnings;
    bool strict;
} tally;

static void edit_and_count(json_t *row)
{
    const char *code = json_string_value(json_object_get(row, "code"));
    const char *lists[] = {"errors", "warnings"};
    if (code != NULL && code[0] == 'R')
        tally.errors++;
    else if (code != NULL)
        tally.warnings++;
    edit_finding(row);
    for (size_t i = 0; code == NULL && i < 2; i++) {
        size_t index;
        json_t *finding;
        json_array_foreach(json_object_get(row, lists[i]), index, finding)
        {
            edit_and_count(finding);
        }
    }
}

static int tally_code(json_t *end, size_t row_count)
{
    (void)end;
    (void)row_count;
    return tally.errors > 0 || (tally.strict && tally.warnings > 0) ? EXIT_REFUSED : EXIT_DONE;
}

/* A roster that was not imported is a failure: it says so beside its findings. */
static int import_code(json_t *end, size_t row_count)
{
    int code = tally_code(end, row_count);
    if (code != EXIT_DONE && json_object_get(end, "error") == NULL) {
        json_object_set_new(end, "error", json_string(grid_status_word(GRID_REFUSED)));
        json_object_set_new(end, "message", json_string(text("roster.refused")));
    }
    return code;
}

static int send_files(struct session *session, const char *verb, const struct view *view)
{
    struct buffer files[FILE_COUNT] = {{0}};
    struct findings findings = {0};
    struct grid_error error = {0};
    enum grid_status status = GRID_OK;
    int code;
    for (size_t i = 0; i < FILE_COUNT && status == GRID_OK; i++) {
        struct buffer path = {0};
        const char *folder = session->call.args[0];
        buffer_append(&path, folder, strlen(folder));
        buffer_append(&path, "/", 1);
        buffer_append(&path, file_names[i], strlen(file_names[i]) + 1);
        status = path.failed ? GRID_NOMEM
                             : session_read_file((const char *)path.data, &files[i], &error);
        buffer_close(&path);
        add_field(session, file_names[i], buffer_bytes(&files[i]));
    }
    tally.strict = args_option(&session->call, "strict") != NULL;
    if (status == GRID_OK) {
        code = ask(session, verb, view, &findings);
    } else {
        error.status = status;
        code = session_fail(session, &error);
    }
    for (size_t i = 0; i < FILE_COUNT; i++)
        buffer_close(&files[i]);
    return code;
}

int cmd_roster_import(struct session *session)
{
    static const struct view view = {.lists = "errors warnings",
            .row = finding_row,
            .end = import_end,
            .edit = edit_and_count,
            .code = import_code};
    return send_files(session, "roster_import", &view);
}

int cmd_roster_check(struct session *session)
{
    static const struct view view = {.lists = "errors warnings",
            .row = finding_row,
            .end = check_end,
            .edit = edit_and_count,
            .code = tally_code};
    return send_files(session, "roster_check", &view);
}

/* --- tree, show, who -------------------------------------------------------------------------- */

static int depth_of(struct bytes record)
{
    static const char *const kinds[] = {
            "region", "league_city", "banner", "township", "village", "grid", "micro_grid"};
    for (int i = 0; i < 7; i++)
        if (record_is(record, "kind", kinds[i]))
            return i;
    return 4; /* a party group stands among the villages */
}

struct tree {
    int first_depth; /* −1: no row yet */
};

static void tree_row(void *context, struct bytes list, struct bytes record)
{
    struct tree *tree = context;
    int depth = depth_of(record);
    (void)list;
    if (tree->first_depth < 0 || depth < tree->first_depth)
        tree->first_depth = depth;
    int indent = 2 * (depth - tree->first_depth);
    printf("%*s", indent, "");
    print_text(record_text(record, "name"));
    printf("  ");
    print_text(record_text(record, "code"));
    putchar('\n');
    struct reader posts;
    size_t count = record_array(record, "posts", &posts);
    for (size_t i = 0; i < count && !posts.failed; i++) {
        struct bytes post = read_raw(&posts);
        printf("%*s· ", indent + 2, "");
        print_text(text_word("role", record_text(post, "role")));
        printf("  ");
        print_text(record_text(post, "name"));
        if (!record_empty(post, "person")) {
            printf("  ");
            print_text(record_text(post, "person"));
        }
        putchar('\n');
    }
}

static int tree_end(struct session *session, void *context, struct bytes end)
{
    const struct tree *tree = context;
    (void)session;
    if (tree->first_depth < 0)
        puts(text("roster.empty"));
    else
        putchar('\n');
    print_counts(end);
    return EXIT_DONE;
}

int cmd_roster_tree(struct session *session)
{
    static const struct view view = {.lists = "units", .row = tree_row, .end = tree_end};
    struct tree tree = {.first_depth = -1};
    if (session->call.arg_count > 0)
        add_text(session, "unit", session->call.args[0]);
    return ask(session, "roster_tree", &view, &tree);
}

static int unit_end(struct session *session, void *context, struct bytes end)
{
    static const char *const members[] = {"code", "kind", "subkind", "name", "name_mn", "parent",
            "households", "lat", "lon", "party_group", "valid_from", "valid_to", "successors"};
    (void)session;
    (void)context;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        char title[48];
        struct buffer value = {0};
        snprintf(title, sizeof(title), "member.%s", members[i]);
        show_value(&value, i == 1 ? "unit_kind" : "subkind", record_raw(end, members[i]));
        if (!record_empty(end, members[i]))
            show_member(title, buffer_bytes(&value));
        buffer_close(&value);
    }
    struct reader posts;
    size_t count = record_array(end, "posts", &posts);
    for (size_t i = 0; i < count && !posts.failed; i++) {
        struct bytes post = read_raw(&posts);
        show_line3("roster.post", text_word("role", record_text(post, "role")),
                record_text(post, "name"), record_text(post, "person"));
    }
    putchar('\n');
    print_counts(end);
    return EXIT_DONE;
}

static void unit_row(void *context, struct bytes list, struct bytes record)
{
    (void)context;
    if (bytes_equal(list, bytes_text("posts")))
        show_line3("roster.post", text_word("role", record_text(record, "role")),
                record_text(record, "name"), record_text(record, "person"));
    else
        show_line2("roster.unit", record_text(record, "name"), record_text(record, "code"));
}

int cmd_roster_show(struct session *session)
{
    static const struct view view = {.row = unit_row, .end = unit_end};
    add_text(session, "unit", session->call.args[0]);
    return ask(session, "roster_show", &view, NULL);
}

static void who_row(void *context, struct bytes list, struct bytes record)
{
    (void)list;
    struct bytes name = record_bool(record, "vacant") ? bytes_text(text("roster.vacant"))
                                                      : record_text(record, "name");
    const struct bytes cells[] = {text_word("role", record_text(record, "role")), name,
            record_text(record, "person"), record_text(record, "place")};
    table_row(context, cells);
}

static int who_end(struct session *session, void *context, struct bytes end)
{
    struct reader chain;
    (void)session;
    size_t count = record_array(end, "chain", &chain);
    for (size_t i = 0; i < count && !chain.failed; i++)
        who_row(context, bytes_text("chain"), read_raw(&chain));
    show_list(context, "roster.empty");
    return EXIT_DONE;
}

int cmd_roster_who(struct session *session)
{
    static const struct view view = {.lists = "chain", .row = who_row, .end = who_end};
    static const char *const titles[] = {
            "column.role", "column.name", "column.person", "column.place"};
    struct table *table = table_open(titles, 4, -1);
    add_text(session, "unit", session->call.args[0]);
    int code = ask(session, "roster_who", &view, table);
    table_close(table);
    return code;
}
