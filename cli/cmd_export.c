/* grid export: the cases that fit, to be handed on (P-127): asked for page by page, and the next
 * page only when the last one is written: whoever reads slowly makes nobody grow. */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/sheet.h"
#include "cli/text.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum format { FORMAT_CSV, FORMAT_JSONL, FORMAT_GEOJSON, FORMATS };
static const char *const format_names[FORMATS] = {"csv", "jsonl", "geojson"};

struct exporting {
    enum format format;
    bool words, begun;
    uint64_t row_count; /* of the answers */
    uint64_t written;   /* features */
    struct buffer line;
    int failed; /* errno of the output; 0: it goes on */
};

static enum grid_status read_format(
        const struct invocation *call, struct exporting *exporting, struct grid_error *error)
{
    const char *typed = args_option(call, "format");
    for (int i = 0; i < FORMATS; i++)
        if (strcmp(typed, format_names[i]) == 0) {
            exporting->format = (enum format)i;
            return GRID_OK;
        }
    return grid_fail(error, GRID_USAGE, "export_format", "%s", typed);
}

/* --- writing --- */

static void put(struct exporting *exporting, struct bytes bytes)
{
    errno = 0;
    if (exporting->failed == 0 && bytes.size > 0 &&
            fwrite(bytes.data, 1, bytes.size, stdout) != bytes.size)
        exporting->failed = errno != 0 ? errno : EIO;
}

static void put_text(struct exporting *exporting, const char *text)
{
    put(exporting, bytes_text(text));
}

/* Only when the daemon has answered: what it refuses leaves no half of a file. */
static void begin(struct exporting *exporting)
{
    if (exporting->begun)
        return;
    exporting->begun = true;
    if (exporting->format == FORMAT_CSV)
        sheet_head(&exporting->line, exporting->words);
    put(exporting, buffer_bytes(&exporting->line));
    if (exporting->format == FORMAT_GEOJSON)
        put_text(exporting, "{\"type\":\"FeatureCollection\",\"features\":[");
}

static void put_row(void *context, struct bytes list, struct bytes record)
{
    struct exporting *exporting = context;
    struct buffer *line = &exporting->line;
    (void)list;
    begin(exporting);
    exporting->row_count++;
    buffer_clear(line);
    switch (exporting->format) {
    case FORMAT_CSV:
        sheet_row(line, record, exporting->words);
        break;
    case FORMAT_JSONL:
        sheet_json(line, record, NULL);
        buffer_append(line, "\n", 1);
        break;
    case FORMAT_GEOJSON:
        if (sheet_feature(line, record))
            put_text(exporting, exporting->written++ > 0 ? ",\n" : "\n");
        break;
    case FORMATS:
        break;
    }
    if (line->failed)
        exporting->failed = ENOMEM;
    put(exporting, buffer_bytes(line));
    if (line->capacity > 1048576) /* one large case is no reason to stay large */
        buffer_close(line);
}

/* What was written is with the system, or it is said that it is not. */
static enum grid_status settle(struct exporting *exporting, struct grid_error *error)
{
    if (exporting->failed == 0 && fflush(stdout) != 0)
        exporting->failed = errno;
    if (exporting->failed == 0)
        return GRID_OK;
    if (exporting->failed == EPIPE)
        return grid_fail(error, GRID_STORAGE, "output_closed", "%" PRIu64, exporting->row_count);
    return grid_fail(error, GRID_STORAGE, "output_failed", "%s" GRID_ARG "%" PRIu64,
            text_errno(exporting->failed), exporting->row_count);
}

/* --- asking --- */

static enum grid_status ask_page(struct session *session, struct client *client,
        struct exporting *exporting, char next[static 32], uint64_t wanted,
        struct grid_error *error)
{
    enum { PAGE = 64 };
    char limit[24];
    struct bytes end = {0};
    size_t field_count = session->field_count;
    uint64_t left = wanted - exporting->row_count;
    snprintf(limit, sizeof(limit), "%" PRIu64, left < PAGE ? left : PAGE);
    add_field(session, "limit", bytes_text(limit));
    if (next[0] != '\0')
        add_field(session, "after", bytes_text(next));
    struct grid_request request = session_request(session, "export");
    enum grid_status status = client_call(client, &request, put_row, exporting, &end, error);
    session->field_count = field_count;
    struct bytes cursor = status == GRID_OK ? record_text(end, "next") : bytes_text("");
    snprintf(next, 32, "%.*s", (int)cursor.size, (const char *)cursor.data);
    return status == GRID_OK ? settle(exporting, error) : status;
}

static enum grid_status export_all(struct session *session, struct exporting *exporting,
        uint64_t wanted, char next[static 32], struct grid_error *error)
{
    struct client client = {.socket = -1};
    enum grid_status status = client_open(&client, session->home, error);
    for (bool more = true; status == GRID_OK && more;) {
        status = ask_page(session, &client, exporting, next, wanted, error);
        if (status == GRID_OK)
            begin(exporting); /* also where there is no case */
        more = next[0] != '\0' && exporting->row_count < wanted;
    }
    if (status == GRID_OK && exporting->format == FORMAT_GEOJSON)
        put_text(exporting, "\n]}\n");
    if (status == GRID_OK)
        status = settle(exporting, error);
    client_close(&client);
    return status;
}

int cmd_export(struct session *session)
{
    struct exporting exporting = {.words = args_option(&session->call, "words") != NULL};
    struct grid_error error = {0};
    char next[32] = "";
    uint64_t wanted = 0;
    const char *after = args_option(&session->call, "after");
    enum grid_status status = read_format(&session->call, &exporting, &error);
    if (status == GRID_OK)
        status = option_count(&session->call, INT64_MAX, &wanted, &error);
    if (status != GRID_OK)
        return session_fail(session, &error);
    if (after != NULL)
        snprintf(next, sizeof(next), "%s", after);
    (void)signal(SIGPIPE, SIG_IGN); /* it is said in words */
    add_options(session);
    if (exporting.format != FORMAT_JSONL)
        add_field(session, "brief", bytes_text("yes"));
    status = export_all(session, &exporting, wanted, next, &error);
    buffer_close(&exporting.line);
    if (status != GRID_OK) {
        error.status = status;
        return session_fail(session, &error);
    }
    if (next[0] != '\0')
        fprintf(stderr, "%s --after %s\n", text("export.next"), next);
    return EXIT_DONE;
}
