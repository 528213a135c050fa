/* Asking the daemon and answering the person: the frame of every command but `report --from`. */
#include "cli/session.h"

#include "cli/print.h"
#include "cli/record.h"
#include "cli/text.h"
#include "proto/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int exit_code_of(enum grid_status status)
{
    enum { CODE_NOT_FOUND = 4, CODE_STALE = 5 };
    switch (status) {
    case GRID_OK:
        return EXIT_DONE;
    case GRID_USAGE:
        return EXIT_USAGE;
    case GRID_UNREACHABLE:
        return EXIT_UNREACHABLE;
    case GRID_NOT_FOUND:
        return CODE_NOT_FOUND;
    case GRID_STALE:
        return CODE_STALE;
    case GRID_NOMEM:
    case GRID_INTERNAL:
    case GRID_MALFORMED:
    case GRID_INVALID:
    case GRID_REFUSED:
    case GRID_KEY_REUSED:
    case GRID_LIMIT:
    case GRID_STORAGE:
    case GRID_AMBIGUOUS:
    case GRID_TIMEOUT:
    case GRID_STATUS_COUNT:
        break;
    }
    return EXIT_REFUSED;
}

int session_fail(struct session *session, const struct grid_error *error)
{
    if (session->json) {
        json_print(json_failure(error));
        return exit_code_of(error->status);
    }
    struct buffer message = {0}, safe = {0};
    text_error(&message, error);
    print_safe(&safe, buffer_bytes(&message), true);
    fflush(stdout);
    fprintf(stderr, "✗ %.*s\n", (int)safe.size, (const char *)safe.data);
    buffer_close(&message);
    buffer_close(&safe);
    return exit_code_of(error->status);
}

void add_field(struct session *session, const char *name, struct bytes value)
{
    if (session->field_count == session->field_capacity) {
        size_t capacity = session->field_capacity == 0 ? 32 : 2 * session->field_capacity;
        struct grid_field *fields =
                arena_alloc_array(&session->arena, capacity, sizeof(*session->fields));
        if (fields == NULL)
            abort();
        if (session->field_count > 0)
            memcpy(fields, session->fields, session->field_count * sizeof(*fields));
        session->fields = fields;
        session->field_capacity = capacity;
    }
    session->fields[session->field_count++] =
            (struct grid_field){.name = bytes_text(name), .value = value};
}

struct bytes typed_value(const char *field, struct bytes value)
{
    static const struct {
        const char *field, *group;
    } named[] = {{"source", "source"}, {"scale", "scale"}, {"urgency", "urgency"},
            {"state", "state"}, {"track", "track"}, {"tag", "known_tag"}, {"add", "known_tag"},
            {"remove", "known_tag"}, {"method", "method"}, {"resolved", "method"},
            {"return_reason", "return_reason"}, {"ask", "ask"}, {"as_is", "as_is"}};
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (strcmp(field, named[i].field) == 0) {
            const char *id = text_identifier(named[i].group, value);
            return id != NULL ? bytes_text(id) : value;
        }
    return value;
}

void add_text(struct session *session, const char *name, const char *value)
{
    if (value != NULL)
        add_field(session, name, typed_value(name, bytes_text(value)));
}

/* 网格员@柳塔村第四网格 */
static struct bytes typed_post(struct session *session, struct bytes post)
{
    const uint8_t *at = memchr(post.data, '@', post.size);
    size_t size = at != NULL ? (size_t)(at - post.data) : post.size;
    const char *role = text_identifier("role", bytes_of(post.data, size));
    if (role == NULL)
        return post;
    struct buffer joined = {0};
    buffer_append(&joined, role, strlen(role));
    buffer_append(&joined, post.data + size, post.size - size);
    struct bytes kept = {0};
    if (!joined.failed)
        kept = arena_copy(&session->arena, buffer_bytes(&joined));
    buffer_close(&joined);
    return kept.data != NULL ? kept : post;
}

void add_options(struct session *session)
{
    for (size_t i = 0; i < session->call.given_count; i++) {
        const struct given *given = &session->call.given[i];
        if (given->option->field == NULL)
            continue;
        const char *field = given->option->field;
        struct bytes value = typed_value(field, given->value);
        if (strcmp(field, "post") == 0)
            value = typed_post(session, value);
        add_field(session, field, given->option->value == NULL ? bytes_text("yes") : value);
    }
}

struct grid_request session_request(const struct session *session, const char *verb)
{
    return (struct grid_request){.verb = bytes_text(verb),
            .fields = session->fields,
            .field_count = session->field_count};
}

const char *session_state_folder(struct session *session)
{
    const char *state = getenv("XDG_STATE_HOME"), *user = getenv("HOME");
    struct buffer path = {0};
    if (state != NULL && state[0] == '/')
        buffer_append(&path, state, strlen(state));
    else if (user != NULL && user[0] != '\0') {
        buffer_append(&path, user, strlen(user));
        buffer_append(&path, "/.local/state", 13);
    }
    const char *folder = arena_text(&session->arena, buffer_bytes(&path));
    buffer_close(&path);
    return folder != NULL ? folder : "";
}

const char *session_home(struct session *session)
{
    const char *given = args_option(&session->call, "home");
    const char *home = given != NULL ? given : getenv("GRID_HOME");
    if (home != NULL && home[0] != '\0')
        return home;
    const char *state = session_state_folder(session);
    struct buffer path = {0};
    if (state[0] != '\0') {
        buffer_append(&path, state, strlen(state));
        buffer_append(&path, "/grid", 5);
    }
    home = arena_text(&session->arena, buffer_bytes(&path));
    buffer_close(&path);
    return home != NULL ? home : "";
}

struct answering {
    const struct view *view;
    void *context;
    struct json_answer json;
    size_t row_count;
};

static void answer_row_json(void *context, struct bytes list, struct bytes record)
{
    struct answering *answering = context;
    json_t *row = json_of(record);
    if (answering->view->edit != NULL)
        answering->view->edit(row);
    answering->row_count++;
    json_answer_row(&answering->json, list, row);
}

static int answer_end_json(struct answering *answering, struct bytes record)
{
    json_t *end = json_of(record);
    const struct view *view = answering->view;
    if (view->edit != NULL)
        view->edit(end);
    int code = view->code != NULL ? view->code(end, answering->row_count) : EXIT_DONE;
    json_answer_end(&answering->json, end);
    return code;
}

/* What was printed already stays one object: the failure becomes its last members. */
static int answer_fail_json(
        struct session *session, struct answering *answering, const struct grid_error *error)
{
    if (!answering->json.open)
        return session_fail(session, error);
    json_answer_end(&answering->json, json_failure(error));
    return exit_code_of(error->status);
}

static void answer_row(void *context, struct bytes list, struct bytes record)
{
    struct answering *answering = context;
    answering->row_count++;
    if (answering->view->row != NULL)
        answering->view->row(answering->context, list, record);
}

int ask(struct session *session, const char *verb, const struct view *view, void *context)
{
    struct client client = {.socket = -1};
    struct grid_error error = {0};
    struct bytes end = {0};
    struct answering answering = {.view = view, .context = context, .json.lists = view->lists};
    int code;

    add_options(session);
    struct grid_request request = session_request(session, verb);
    enum grid_status status = client_open(&client, session->home, &error);
    if (status == GRID_OK)
        status = client_call(&client, &request, session->json ? answer_row_json : answer_row,
                &answering, &end, &error);
    if (status != GRID_OK && error.status == GRID_OK)
        error.status = status;
    if (status != GRID_OK)
        code = session->json ? answer_fail_json(session, &answering, &error)
                             : session_fail(session, &error);
    else if (session->json)
        code = answer_end_json(&answering, end);
    else
        code = view->end(session, context, end);
    client_close(&client);
    return code;
}

/* One page: as many rows as are still wanted, from behind `next`. */
static enum grid_status ask_page(struct session *session, struct client *client, const char *verb,
        struct answering *answering, uint64_t wanted, struct bytes *end, struct grid_error *error)
{
    char limit[24];
    size_t field_count = session->field_count;
    snprintf(limit, sizeof(limit), "%" PRIu64, wanted - answering->row_count);
    add_field(session, "limit", bytes_text(limit));
    struct grid_request request = session_request(session, verb);
    enum grid_status status = client_call(
            client, &request, session->json ? answer_row_json : answer_row, answering, end, error);
    session->field_count = field_count;
    return status;
}

int ask_pages(struct session *session, const char *verb, uint64_t wanted, const struct view *view,
        void *context)
{
    struct client client = {.socket = -1};
    struct grid_error error = {0};
    struct bytes end = {0};
    struct answering answering = {.view = view, .context = context, .json.lists = view->lists};
    char next[64] = "";
    int code;
    const char *after = args_option(&session->call, "after");
    enum grid_status status = client_open(&client, session->home, &error);
    if (after != NULL)
        snprintf(next, sizeof(next), "%s", after);
    for (bool more = true; status == GRID_OK && more;) {
        size_t field_count = session->field_count;
        if (next[0] != '\0')
            add_field(session, "after", bytes_text(next));
        status = ask_page(session, &client, verb, &answering, wanted, &end, &error);
        session->field_count = field_count;
        if (status != GRID_OK)
            break;
        struct bytes cursor = record_text(end, "next");
        more = cursor.size > 0 && answering.row_count < wanted;
        snprintf(next, sizeof(next), "%.*s", (int)cursor.size, (const char *)cursor.data);
    }
    if (status != GRID_OK && error.status == GRID_OK)
        error.status = status;
    if (status != GRID_OK)
        code = session->json ? answer_fail_json(session, &answering, &error)
                             : session_fail(session, &error);
    else
        code = session->json ? answer_end_json(&answering, end) : view->end(session, context, end);
    client_close(&client);
    return code;
}

/* --- files ------------------------------------------------------------------------------------ */

enum grid_status session_read_file(const char *path, struct buffer *out, struct grid_error *error)
{
    enum { READ_BYTES = 65536 };
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return grid_fail(
                error, GRID_INVALID, "file_open", "%s" GRID_ARG "%s", path, text_errno(errno));
    enum grid_status status = GRID_OK;
    while (status == GRID_OK) {
        uint8_t *room = buffer_reserve(out, READ_BYTES);
        size_t size = room != NULL ? fread(room, 1, READ_BYTES, file) : 0;
        out->size += size;
        if (out->failed)
            status = grid_fail(error, GRID_NOMEM, "", "%s", "");
        else if (ferror(file))
            status = grid_fail(
                    error, GRID_INVALID, "file_open", "%s" GRID_ARG "%s", path, text_errno(errno));
        else if (out->size > GRID_CONTROL_UPLOAD_MAX)
            status = grid_fail(error, GRID_LIMIT, "file_size", "%s" GRID_ARG "%d", path,
                    GRID_CONTROL_UPLOAD_MAX / 1048576);
        else if (size == 0)
            break;
    }
    fclose(file);
    return status;
}
