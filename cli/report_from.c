/* grid report --from: rows stream in, up to 256 requests are under way, and each answer is printed
 * in the order of the lines once the daemon has said that its report is durable. */
#include "cli/record.h"
#include "cli/report.h"
#include "cli/rows.h"
#include "cli/show.h"
#include "cli/text.h"
#include "proto/heap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { IN_FLIGHT_MAX = 256, OUT_BYTES_MAX = 262144, BAR_CELLS = 30, BAR_EVERY_MS = 100 };

/* One row that is not printed yet. */
struct slot {
    bool answered;
    unsigned line;
    struct grid_error error;
    struct buffer record, key;
};

struct feeding {
    struct session *session;
    struct client client;
    struct rows rows;
    struct row row;
    struct slot slots[IN_FLIGHT_MAX]; /* row n is in slot n mod IN_FLIGHT_MAX */
    uint64_t next, printed;           /* rows taken, rows printed */
    uint64_t saved, refused;
    bool read_all;
    bool warned;
    int64_t bar_ms;
    bool bar, bar_shown, to_terminal;
};

/* Channels follow the rows; 0 is left for what answers no request. */
static uint16_t channel_of(uint64_t number)
{
    return (uint16_t)(number % UINT16_MAX + 1);
}

/* --- the bar ---------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void hide_bar(struct feeding *feeding)
{
    if (feeding->bar_shown)
        fputs("\r\033[K", stderr);
    feeding->bar_shown = false;
}

static void show_bar(struct feeding *feeding)
{
    const struct lines *lines = &feeding->rows.lines;
    int64_t now = feeding->bar ? now_ms() : 0;
    if (!feeding->bar || now - feeding->bar_ms < BAR_EVERY_MS)
        return;
    feeding->bar_ms = now;
    fflush(stdout);
    hide_bar(feeding);
    if (lines->bytes_total > 0) {
        /* what was read but not answered yet is not done */
        uint64_t read =
                lines->bytes_read < lines->bytes_total ? lines->bytes_read : lines->bytes_total;
        uint64_t pending = lines->text.size - lines->at;
        uint64_t done = read > pending ? read - pending : 0;
        int filled = (int)(done * BAR_CELLS / lines->bytes_total);
        fputc('[', stderr);
        for (int i = 0; i < BAR_CELLS; i++)
            fputs(i < filled ? "#" : "-", stderr);
        fprintf(stderr, "] %3u%%  ", (unsigned)(done * 100 / lines->bytes_total));
    }
    fprintf(stderr, "✓ %" PRIu64 "  ✗ %" PRIu64, feeding->saved, feeding->refused);
    fflush(stderr);
    feeding->bar_shown = true;
}

/* --- one row's answer ------------------------------------------------------------------------- */

static void print_refused(struct feeding *feeding, const struct slot *slot)
{
    if (feeding->session->json) {
        json_t *failure = json_object(), *told = json_failure(&slot->error);
        json_object_set_new(failure, "line", json_integer(slot->line));
        json_object_update(failure, told);
        json_decref(told);
        json_print(failure);
        return;
    }
    struct buffer message = {0};
    char line[16];
    snprintf(line, sizeof(line), "%u", slot->line);
    text_error(&message, &slot->error);
    show_line2("from.refused", bytes_text(line), buffer_bytes(&message));
    buffer_close(&message);
}

static void print_saved(struct feeding *feeding, const struct slot *slot)
{
    struct bytes record = buffer_bytes(&slot->record);
    char line[16];
    if (record_is(record, "urgency", "U1") && !feeding->warned) {
        hide_bar(feeding);
        report_urgent_warning();
        feeding->warned = true;
    }
    if (feeding->session->json) {
        json_print(report_json(record, (const char *)slot->key.data));
        return;
    }
    snprintf(line, sizeof(line), "%u", slot->line);
    show_line2("from.saved", bytes_text(line), record_text(record, "case"));
}

static void print_answered(struct feeding *feeding)
{
    while (feeding->printed < feeding->next) {
        struct slot *slot = &feeding->slots[feeding->printed % IN_FLIGHT_MAX];
        if (!slot->answered)
            break;
        if (feeding->to_terminal)
            hide_bar(feeding);
        if (slot->error.status != GRID_OK) {
            feeding->refused++;
            print_refused(feeding, slot);
        } else {
            feeding->saved++;
            print_saved(feeding, slot);
        }
        feeding->printed++;
    }
    show_bar(feeding);
}

/* --- out and in ------------------------------------------------------------------------------- */

static enum grid_status send_row(
        struct feeding *feeding, struct slot *slot, struct grid_error *error)
{
    struct session *session = feeding->session;
    struct row *row = &feeding->row;
    session->field_count = 0;
    add_options(session);
    for (size_t i = 0; i < row->field_count; i++)
        add_text(session, (const char *)row->fields[i].name.data,
                (const char *)row->fields[i].value.data);
    buffer_clear(&slot->key);
    buffer_append(&slot->key, row->key, strlen(row->key) + 1);
    struct grid_request request = session_request(session, "report");
    return client_queue(&feeding->client, channel_of(feeding->next), &request, error);
}

/* Takes rows while there is room; true when it could go on without waiting for input. */
static enum rows_result take_rows(struct feeding *feeding, struct grid_error *error)
{
    while (feeding->next - feeding->printed < IN_FLIGHT_MAX &&
            feeding->client.out.size < OUT_BYTES_MAX) {
        struct slot *slot = &feeding->slots[feeding->next % IN_FLIGHT_MAX];
        enum rows_result result = rows_next(&feeding->rows, &feeding->row);
        if (result == ROWS_WAIT)
            return ROWS_WAIT;
        if (result == ROWS_END) {
            feeding->read_all = true;
            return ROWS_END;
        }
        slot->line = feeding->row.line;
        slot->error = feeding->row.error;
        slot->answered = slot->error.status != GRID_OK;
        if (!slot->answered && send_row(feeding, slot, error) != GRID_OK) {
            slot->error = *error;
            slot->answered = true;
            *error = (struct grid_error){0};
        }
        feeding->next++;
        feeding->read_all = result == ROWS_FAILED;
        if (feeding->read_all)
            return ROWS_END;
    }
    return ROWS_ROW;
}

/* An error that answers no row ends the whole: the daemon turns us away. */
static enum grid_status take_answer(
        struct feeding *feeding, const struct control_answer *answer, struct grid_error *error)
{
    uint64_t number = feeding->printed;
    while (number < feeding->next && channel_of(number) != answer->channel)
        number++;
    struct slot *slot = &feeding->slots[number % IN_FLIGHT_MAX];
    bool ours = number < feeding->next && !slot->answered;
    if (!ours && answer->type == CONTROL_ERROR) {
        *error = answer->failure;
        return error->status;
    }
    if (!ours || answer->type == CONTROL_ROW)
        return GRID_OK;
    slot->answered = true;
    buffer_clear(&slot->record);
    if (answer->type == CONTROL_ERROR)
        slot->error = answer->failure;
    else
        buffer_append(&slot->record, answer->record.data, answer->record.size);
    return GRID_OK;
}

static enum grid_status take_answers(struct feeding *feeding, struct grid_error *error)
{
    for (;;) {
        struct control_answer answer = {0};
        bool got;
        enum grid_status status = client_answer(&feeding->client, false, &answer, &got, error);
        if (status != GRID_OK || !got)
            return status;
        status = take_answer(feeding, &answer, error);
        if (status != GRID_OK)
            return status;
    }
}

static enum grid_status feed(struct feeding *feeding, struct grid_error *error)
{
    while (!feeding->read_all || feeding->printed < feeding->next) {
        enum rows_result rows = ROWS_END;
        uint64_t printed = feeding->printed, next = feeding->next;
        bool reading = !feeding->read_all;
        if (reading)
            rows = take_rows(feeding, error);
        enum grid_status status = take_answers(feeding, error);
        print_answered(feeding);
        if (status != GRID_OK)
            return status;
        /* the end of the file is news too: with nothing under way nothing would wake us */
        bool moved = printed != feeding->printed || next != feeding->next ||
                     reading == feeding->read_all;
        if (!moved)
            client_wait(&feeding->client, rows == ROWS_WAIT ? feeding->rows.lines.fd : -1);
    }
    return GRID_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int finish(struct feeding *feeding, enum grid_status status, struct grid_error *error)
{
    int code = feeding->refused > 0 ? EXIT_REFUSED : EXIT_DONE;
    char saved[24], refused[24];
    hide_bar(feeding);
    snprintf(saved, sizeof(saved), "%" PRIu64, feeding->saved);
    snprintf(refused, sizeof(refused), "%" PRIu64, feeding->refused);
    if (!feeding->session->json && (status == GRID_OK || feeding->printed > 0))
        show_line2("from.counts", bytes_text(saved), bytes_text(refused));
    if (status == GRID_OK)
        return code;
    if (error->status == GRID_OK)
        error->status = status;
    if (status == GRID_UNREACHABLE && strcmp(error->reason, "daemon_lost") == 0)
        grid_fail(error, GRID_UNREACHABLE, "daemon_lost_file", "%s", "");
    return session_fail(feeding->session, error);
}

int report_from(struct session *session, const char *path)
{
    struct grid_error error = {0};
    struct feeding *feeding = grid_alloc(sizeof(*feeding));
    if (feeding == NULL)
        abort();
    feeding->session = session;
    feeding->client.socket = -1;
    feeding->bar = isatty(STDERR_FILENO);
    feeding->to_terminal = isatty(STDOUT_FILENO);
    arena_init(&feeding->row.arena, 0);
    enum grid_status status = rows_open(&feeding->rows, path, &error);
    if (status == GRID_OK)
        status = client_open(&feeding->client, session->home, &error);
    if (status == GRID_OK)
        status = feed(feeding, &error);
    int code = finish(feeding, status, &error);
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
        buffer_close(&feeding->slots[i].record);
        buffer_close(&feeding->slots[i].key);
    }
    arena_close(&feeding->row.arena);
    client_close(&feeding->client);
    rows_close(&feeding->rows);
    grid_free(feeding);
    return code;
}
