/* grid watch: how everything stands, and then a line for each change, until it is interrupted. */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ○ queued is nobody's news; these are. Sorted as they are told: "watch.new", "watch.state"… */
static void print_case(const char *id, struct bytes record)
{
    char conflicts[24];
    struct buffer line = {0};
    snprintf(conflicts, sizeof(conflicts), "%" PRIu64, record_uint(record, "conflicts"));
    const struct bytes args[] = {record_text(record, "case"), record_text(record, "urgency"),
            record_text(record, "title"), text_word("state", record_text(record, "state")),
            text_word("state", record_text(record, "before")),
            text_word("kind", record_text(record, "kind")), bytes_text(conflicts),
            show_tier_word(record_uint(record, "tier")),
            bytes_text(show_tier_mark(record_uint(record, "tier")))};
    text_fill(&line, text(id), args, sizeof(args) / sizeof(args[0]));
    print_text(buffer_bytes(&line));
    buffer_close(&line);
}

/* The link to the parent, with why it is down and when it is tried again. */
static void print_parent(struct bytes parent)
{
    struct buffer wait = {0}, line = {0}, why = {0};
    bool retrying = record_is(parent, "state", "retrying");
    if (!record_empty(parent, "reason"))
        text_reason_word(&why, record_text(parent, "reason"));
    if (!record_empty(parent, "next_attempt_s"))
        text_duration(&wait, record_uint(parent, "next_attempt_s"));
    const struct bytes args[] = {text_word("parent", record_text(parent, "state")),
            buffer_bytes(&why), buffer_bytes(&wait)};
    bool whole = retrying && why.size > 0 && wait.size > 0;
    text_fill(&line, text(whole ? "watch.link_down" : "watch.link"), args, 3);
    print_text(buffer_bytes(&line));
    buffer_close(&line);
    buffer_close(&why);
    buffer_close(&wait);
}

static void print_status(struct bytes record)
{
    struct bytes queue = record_raw(record, "queue");
    char numbers[3][24];
    struct buffer line = {0};
    snprintf(numbers[0], sizeof(numbers[0]), "%" PRIu64, record_uint(record, "cases"));
    snprintf(numbers[1], sizeof(numbers[1]), "%" PRIu64, record_uint(record, "conflicts"));
    snprintf(numbers[2], sizeof(numbers[2]), "%" PRIu64,
            record_uint(queue, "urgent") + record_uint(queue, "work"));
    const struct bytes args[] = {
            bytes_text(numbers[0]), bytes_text(numbers[1]), bytes_text(numbers[2])};
    text_fill(&line, text("watch.now"), args, 3);
    print_text(buffer_bytes(&line));
    printf("  ");
    print_parent(record_raw(record, "parent"));
    putchar('\n');
    buffer_close(&line);
}

static void print_change(struct bytes record)
{
    char id[64];
    struct bytes change = record_text(record, "change");
    snprintf(id, sizeof(id), "watch.%.*s", (int)change.size, (const char *)change.data);
    if (!record_empty(record, "at")) {
        print_text(show_time(record_text(record, "at")));
        printf("  ");
    }
    if (record_is(record, "change", "link")) {
        print_parent(record_raw(record, "parent"));
    } else if (record_is(record, "change", "resync")) {
        char left_out[24];
        struct buffer line = {0};
        snprintf(left_out, sizeof(left_out), "%" PRIu64, record_uint(record, "left_out"));
        text_say(&line, "watch.resync", left_out, NULL);
        print_text(buffer_bytes(&line));
        buffer_close(&line);
    } else if (text_find(id) != NULL) {
        print_case(id, record);
    } else { /* of a newer daemon */
        print_case("watch.changed", record);
    }
    putchar('\n');
}

/* One object a line, so that a script reads them as they come. */
static void print_json(struct bytes list, struct bytes record)
{
    json_t *object = json_of(record);
    if (bytes_equal(list, bytes_text("status")))
        json_object_set_new(object, "change", json_string("status"));
    json_print(object);
}

int cmd_watch(struct session *session)
{
    enum { CHANNEL = 1 };
    struct client client = {.socket = -1};
    struct grid_error error = {0};
    struct grid_request request = session_request(session, "watch");
    enum grid_status status = client_open(&client, session->home, &error);
    if (status == GRID_OK)
        status = client_queue(&client, CHANNEL, &request, &error);
    while (status == GRID_OK) {
        struct control_answer answer = {0};
        bool got = false;
        status = client_answer(&client, true, &answer, &got, &error);
        if (status != GRID_OK)
            break;
        if (answer.type == CONTROL_ERROR) {
            error = answer.failure;
            status = error.status;
        } else if (answer.type == CONTROL_ROW && session->json) {
            print_json(answer.list, answer.record);
        } else if (answer.type == CONTROL_ROW) {
            if (bytes_equal(answer.list, bytes_text("status")))
                print_status(answer.record);
            else
                print_change(answer.record);
        }
    }
    client_close(&client);
    if (error.status == GRID_OK)
        error.status = status;
    return session_fail(session, &error);
}
