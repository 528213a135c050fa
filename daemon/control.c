#include "daemon/control_inside.h"

#include "daemon/log.h"
#include "daemon/request.h"
#include "daemon/system.h"
#include "daemon/text.h"
#include "proto/heap.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CONTROL_OUT_PAUSE_BYTES = 4194304, /* nothing more is taken from a client that does not read */
    CONTROL_IN_BYTES_MAX = 2 * GRID_FRAME_BYTES_MAX,
    CONTROL_READ_BYTES = 65536,
    CONTROL_CROWD = 8, /* clients at once, whose buffers are worth giving back */
};

static void process(struct client *client);
static void on_connection(uv_stream_t *listener, int status);
static void read_again(struct client *client);

/* --- life --- */

static void client_free(struct client *client)
{
    struct control *control = client->control;
    if (client->previous != NULL)
        client->previous->next = client->next;
    else
        control->clients = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    control->client_count--;
    control_intake_close(client->intake);
    arena_close(&client->arena);
    buffer_close(&client->in);
    buffer_close(&client->held);
    buffer_close(&client->out);
    buffer_close(&client->writing);
    grid_free(client->held_channels);
    grid_free(client);
    if (control->client_count == 0) {
        if (control->client_peak >= CONTROL_CROWD)
            system_give_back_memory();
        control->client_peak = 0;
    }
    if (control->accept_waits && !uv_is_closing((uv_handle_t *)&control->listener)) {
        control->accept_waits = false;
        on_connection((uv_stream_t *)&control->listener, 0);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    if (--client->open_handles == 0)
        client_free(client);
}

static void client_close(struct client *client)
{
    if (client->closing)
        return;
    client->closing = true;
    client->waiting = false;
    control_watch_end(client);
    uv_close((uv_handle_t *)&client->pipe, on_closed);
    uv_close((uv_handle_t *)&client->timer, on_closed);
}

/* --- replies --- */

static void on_written(uv_write_t *write, int status);

/* Most replies fit into the socket at once: nobody has to be woken for them again. */
static bool write_now(struct client *client)
{
    if (client->out.size == 0)
        return true;
    uv_buf_t part = uv_buf_init((char *)client->out.data, (unsigned)client->out.size);
    int written = uv_try_write((uv_stream_t *)&client->pipe, &part, 1);
    if (written < 0 && written != UV_EAGAIN)
        return false;
    buffer_drop_front(&client->out, written > 0 ? (size_t)written : 0);
    if (client->out.size == 0 && client->out.capacity > CONTROL_READ_BYTES)
        buffer_close(&client->out);
    return true;
}

static void flush(struct client *client)
{
    if (client->write_busy || client->closing)
        return;
    if (client->out.failed || client->held.failed) {
        log_warning("event=client_closed reason=no_memory");
        client_close(client);
        return;
    }
    if (!write_now(client)) {
        client_close(client);
        return;
    }
    if (client->out.size == 0) {
        if (client->ended && client->held.size == 0)
            client_close(client);
        return;
    }
    struct buffer emptied = client->writing;
    client->writing = client->out;
    client->out = emptied;
    buffer_clear(&client->out);
    uv_buf_t part = uv_buf_init((char *)client->writing.data, (unsigned)client->writing.size);
    client->write_busy = true;
    client->write.data = client;
    if (uv_write(&client->write, (uv_stream_t *)&client->pipe, &part, 1, on_written) != 0) {
        client->write_busy = false;
        client_close(client);
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct client *client = write->data;
    client->write_busy = false;
    if (status != 0) {
        client_close(client);
        return;
    }
    if (client->writing.capacity > CONTROL_READ_BYTES)
        buffer_close(&client->writing);
    control_watch_tell(client);
    flush(client);
    if (!client->closing)
        process(client);
}

/* Notes that this turn answers `channel`, so that the answer can be taken back. */
static bool hold(struct client *client, uint16_t channel)
{
    if (client->held_count == client->held_room) {
        size_t room = client->held_room == 0 ? 16 : client->held_room * 2;
        uint16_t *channels = grid_resize(client->held_channels, room * sizeof(*channels));
        if (channels == NULL)
            return false;
        client->held_channels = channels;
        client->held_room = room;
    }
    client->control->asking_count += client->held_count == 0;
    client->held_channels[client->held_count++] = channel;
    loop_feed(client->control->loop);
    return true;
}

static void answer_error(struct client *client, uint16_t channel, const struct grid_error *failure)
{
    if (control_pack_error(&client->held, channel, failure) != GRID_OK)
        client->held.failed = true;
}

static void answer_end(struct client *client, uint16_t channel, struct buffer *record)
{
    if (record->size == 0)
        pack_map(record, 0);
    struct grid_error failure = {0};
    enum grid_status status = record->failed ? GRID_NOMEM : GRID_OK;
    if (status == GRID_OK)
        status = control_pack_end(&client->held, channel, buffer_bytes(record));
    if (status == GRID_LIMIT)
        (void)grid_fail(&failure, GRID_LIMIT, "answer_size", " ");
    else if (status != GRID_OK)
        client->held.failed = true;
    if (failure.status != GRID_OK)
        answer_error(client, channel, &failure);
}

/* --- waiting for a sync --- */

/* Answers a waiting client: with what is in the way when the time is over. */
static void end_wait(struct client *client, const struct grid_error *in_the_way)
{
    client->waiting = false;
    (void)uv_timer_stop(&client->timer);
    if (!hold(client, client->wait_channel)) {
        client_close(client);
        return;
    }
    if (in_the_way != NULL) {
        struct grid_error failure = *in_the_way;
        failure.status = GRID_TIMEOUT;
        if (failure.reason[0] == '\0')
            (void)grid_fail(&failure, GRID_TIMEOUT, "sync_timeout", " ");
        answer_error(client, client->wait_channel, &failure);
    } else {
        struct buffer record = {0};
        request_pack_synced(&record, true);
        answer_end(client, client->wait_channel, &record);
        buffer_close(&record);
    }
    process(client);
}

static void on_wait_over(uv_timer_t *timer)
{
    struct client *client = timer->data;
    struct grid_error in_the_way = {0};
    if (!client->waiting)
        return;
    bool synced = grid_node_synced(client->control->loop->node, system_now(), &in_the_way);
    end_wait(client, synced ? NULL : &in_the_way);
}

static void check_wait(struct client *client)
{
    struct loop *loop = client->control->loop;
    if (client->waiting && !client->closing && grid_node_synced(loop->node, system_now(), NULL))
        end_wait(client, NULL);
}

/* --- requests --- */

struct asking {
    struct client *client;
    uint16_t channel;
};

static enum grid_status take_row(void *context, const char *list, struct bytes record)
{
    struct asking *asking = context;
    return control_pack_row(&asking->client->held, asking->channel, list, record);
}

static void begin_wait(struct client *client, uint16_t channel, int64_t wait_ms)
{
    client->waiting = true;
    client->wait_channel = channel;
    client->held_count--; /* nothing is held for it yet */
    client->control->asking_count -= client->held_count == 0;
    (void)uv_timer_start(&client->timer, on_wait_over, (uint64_t)wait_ms, 0);
}

static void handle(struct client *client, uint16_t channel, const struct grid_request *request)
{
    struct asking asking = {.client = client, .channel = channel};
    struct buffer record = {0};
    struct grid_error failure = {0};
    int64_t wait_ms = REQUEST_ANSWERED;
    if (!hold(client, channel)) {
        client->held.failed = true;
        return;
    }
    enum grid_status status = GRID_OK;
    if (client->watching && bytes_equal(request->verb, bytes_text("watch")))
        status = grid_fail(&failure, GRID_REFUSED, "watching_already", "%s", "");
    else
        status = request_handle(
                client->control->loop, request, take_row, &asking, &record, &wait_ms, &failure);
    if (status != GRID_OK) {
        failure.status = status;
        if (failure.reason[0] == '\0')
            (void)grid_fail(&failure, status, "internal", "%s", grid_status_word(status));
        answer_error(client, channel, &failure);
    } else if (wait_ms == REQUEST_ANSWERED) {
        answer_end(client, channel, &record);
    } else if (wait_ms == REQUEST_WATCHES) {
        control_watch_begin(client, channel);
    } else {
        begin_wait(client, channel, wait_ms);
    }
    buffer_close(&record);
}

/* --- reading --- */

/* The last word to a client whose bytes make no sense, or who may not ask. */
static void dismiss(struct client *client, const struct grid_error *failure)
{
    if (!hold(client, 0)) {
        client_close(client);
        return;
    }
    answer_error(client, 0, failure);
    client->ended = true;
    log_warning("event=client_dismissed reason=%s", failure->reason);
}

/* False when the client was dismissed. */
static bool take_frame(struct client *client, const struct frame *frame)
{
    struct grid_request request = {0};
    struct grid_error failure = {0};
    bool ready = false;
    enum grid_status status =
            control_intake_take(client->intake, frame, &ready, &request, &failure);
    if (status != GRID_OK) {
        failure.status = status;
        if (failure.reason[0] == '\0')
            (void)grid_fail(&failure, status, "internal", "%s", grid_status_word(status));
        dismiss(client, &failure);
        return false;
    }
    if (ready)
        handle(client, frame->channel, &request);
    return true;
}

/* Takes whole frames as long as their answers have room. */
static void process(struct client *client)
{
    size_t used = 0;
    while (!client->ended && !client->closing && !client->waiting && !client->held.failed &&
            control_out_bytes(client) <= CONTROL_OUT_PAUSE_BYTES && used < client->in.size) {
        struct frame frame = {0};
        struct grid_error failure = {0};
        size_t taken = 0;
        arena_reset(&client->arena);
        struct bytes rest = bytes_of(client->in.data + used, client->in.size - used);
        enum grid_status status = frame_next(rest, &client->arena, &frame, &taken, &failure);
        if (status != GRID_OK) {
            failure.status = status;
            dismiss(client, &failure);
            break;
        }
        if (taken == 0)
            break;
        used += taken;
        if (!take_frame(client, &frame))
            break;
    }
    buffer_drop_front(&client->in, used);
    if (!client->closing)
        read_again(client);
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char bytes[CONTROL_READ_BYTES];
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(bytes, sizeof(bytes));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct client *client = stream->data;
    if (size < 0) {
        /* Whoever hangs up reads no answers; what it asked for is committed all the same. */
        client_close(client);
        return;
    }
    if (client->ended)
        return;
    buffer_append(&client->in, buffer->base, (size_t)size);
    if (client->in.failed)
        client_close(client);
    else
        process(client);
}

/* Input is left with the system when enough of it waits here, or too much output does. */
static void read_again(struct client *client)
{
    bool wanted = client->in.size < CONTROL_IN_BYTES_MAX - CONTROL_READ_BYTES &&
                  control_out_bytes(client) <= CONTROL_OUT_PAUSE_BYTES;
    if (wanted == client->reading)
        return;
    client->reading = wanted;
    if (!wanted)
        (void)uv_read_stop((uv_stream_t *)&client->pipe);
    else if (uv_read_start((uv_stream_t *)&client->pipe, give_buffer, on_read) != 0)
        client_close(client);
}

/* --- connections --- */

/* D25: who asks is known from the system, not from what it says. */
static bool uid_allowed(const struct control *control, uv_pipe_t *pipe, struct grid_error *error)
{
    struct ucred peer = {0};
    socklen_t size = sizeof(peer);
    uv_os_fd_t file = -1;
    if (uv_fileno((uv_handle_t *)pipe, &file) != 0 ||
            getsockopt(file, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        (void)grid_fail(error, GRID_REFUSED, "uid", "?");
        return false;
    }
    if (peer.uid == geteuid() || peer.uid == 0)
        return true;
    const struct config *config = control->loop->config;
    for (size_t i = 0; i < config->uid_count; i++)
        if (config->uids[i] == peer.uid)
            return true;
    (void)grid_fail(error, GRID_REFUSED, "uid", "%u", (unsigned)peer.uid);
    return false;
}

static struct client *client_new(struct control *control)
{
    struct client *client = grid_alloc(sizeof(*client));
    if (client == NULL || control_intake_open(&client->intake) != GRID_OK) {
        grid_free(client);
        return NULL;
    }
    if (uv_pipe_init(&control->loop->uv, &client->pipe, 0) != 0 ||
            uv_timer_init(&control->loop->uv, &client->timer) != 0)
        assert(!"libuv could not make a handle that takes no resources");
    arena_init(&client->arena, GRID_FRAME_PLAIN_MAX + GRID_FRAME_BYTES_MAX);
    client->control = control;
    client->open_handles = 2;
    client->pipe.data = client;
    client->timer.data = client;
    client->next = control->clients;
    if (client->next != NULL)
        client->next->previous = client;
    control->clients = client;
    control->client_count++;
    if (control->client_peak < control->client_count)
        control->client_peak = control->client_count;
    return client;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct control *control = listener->data;
    struct grid_error failure = {0};
    struct client *client = status != 0 ? NULL : client_new(control);
    if (client == NULL) {
        control->accept_waits = status == 0; /* libuv listens no more until it is accepted */
        log_warning("event=control_accept_failed status=%d", status);
        return;
    }
    if (uv_accept(listener, (uv_stream_t *)&client->pipe) != 0) {
        client_close(client);
        return;
    }
    if (!uid_allowed(control, &client->pipe, &failure))
        dismiss(client, &failure);
    else if (control->client_count > GRID_CONTROL_CLIENTS_MAX) {
        (void)grid_fail(&failure, GRID_LIMIT, "clients_many", "%d", GRID_CONTROL_CLIENTS_MAX);
        dismiss(client, &failure);
    }
    if (!client->closing)
        read_again(client);
}

/* --- for the loop --- */

bool control_awaits_more(const struct control *control)
{
    return control->asking_count > 0 && control->asking_count < control->answered_count &&
           control->asking_count < control->client_count;
}

void control_release(struct control *control)
{
    if (control->asking_count > 0)
        control->answered_count = control->asking_count;
    control->asking_count = 0;
    for (struct client *client = control->clients; client != NULL; client = client->next) {
        client->held_count = 0;
        if (client->closing)
            continue;
        if (client->out.size == 0) {
            struct buffer emptied = client->out;
            client->out = client->held;
            client->held = emptied;
        } else {
            buffer_append(&client->out, client->held.data, client->held.size);
        }
        buffer_clear(&client->held);
        control_watch_tell(client);
        flush(client);
    }
    /* Only now: what stands behind a sync in its connection, or waited for room, belongs to the
     * next turn. */
    for (struct client *client = control->clients; client != NULL; client = client->next) {
        check_wait(client);
        if (!client->closing && !client->waiting && client->in.size > 0)
            process(client);
    }
}

void control_fail_held(struct control *control, const struct grid_error *failure)
{
    for (struct client *client = control->clients; client != NULL; client = client->next) {
        buffer_clear(&client->held);
        for (size_t i = 0; i < client->held_count; i++) {
            answer_error(client, client->held_channels[i], failure);
            if (client->watching && client->held_channels[i] == client->watch_channel)
                control_watch_end(client); /* it had only just begun */
        }
    }
}

/* A short path within the home, whatever the length of the home's own: sun_path is small. */
static enum grid_status bind_socket(struct control *control, struct grid_error *error)
{
    struct loop *loop = control->loop;
    home_remove_file(loop->home, "gridd.sock");
    mode_t before = umask(0177);
    int failure = fchdir(loop->home->directory) != 0 ? uv_translate_sys_error(errno) : 0;
    if (failure == 0)
        failure = uv_pipe_bind(&control->listener, "gridd.sock");
    (void)umask(before);
    if (failure == 0)
        failure = uv_listen((uv_stream_t *)&control->listener, 128, on_connection);
    if (failure != 0)
        return grid_fail(error, GRID_REFUSED, "socket_failed", "%s/gridd.sock" GRID_ARG "%s",
                loop->home->path, text_of_errno(-failure));
    /* Others who are allowed must at least reach the door; who they are is asked there. */
    if (loop->config->uid_count > 0 &&
            (fchmod(loop->home->directory, 0711) != 0 ||
                    fchmodat(loop->home->directory, "gridd.sock", 0666, 0) != 0))
        return grid_fail(error, GRID_STORAGE, "home_io", "%s" GRID_ARG "%s", "gridd.sock",
                text_of_errno(errno));
    return GRID_OK;
}

enum grid_status control_open(struct control **out, struct loop *loop, struct grid_error *error)
{
    struct control *control = grid_alloc(sizeof(*control));
    if (control == NULL)
        return GRID_NOMEM;
    control->loop = loop;
    *out = control; /* its handle is the loop's from now on: control_stop ends it */
    if (uv_pipe_init(&loop->uv, &control->listener, 0) != 0)
        assert(!"libuv could not make a handle that takes no resources");
    control->listener.data = control;
    control->listening = true;
    return bind_socket(control, error);
}

void control_stop(struct control *control)
{
    if (control == NULL)
        return;
    if (control->listening && !uv_is_closing((uv_handle_t *)&control->listener))
        uv_close((uv_handle_t *)&control->listener, NULL); /* libuv removes the socket */
    home_remove_file(control->loop->home, "gridd.sock");
    for (struct client *client = control->clients; client != NULL; client = client->next)
        client_close(client);
}

void control_close(struct control *control)
{
    if (control == NULL)
        return;
    assert(control->client_count == 0);
    changes_close(&control->changes);
    grid_free(control);
}
