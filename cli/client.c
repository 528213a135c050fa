/* The socket is written and read in turn without blocking, so that any number of requests may be
 * under way while answers come back. */
#include "cli/client.h"

#include "cli/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_BYTES = 65536, SOCKET_NAME_BYTES = 100 };

/* A word of a shell command line: quoted when it must be. */
static void shell_word(char *out, size_t size, const char *word)
{
    static const char plain[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@+,";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        snprintf(out, size, "%s", word);
        return;
    }
    size_t used = 0;
    for (const char *at = word; used + 8 < size; at++) {
        if (at == word)
            out[used++] = '\'';
        if (*at == '\0')
            break;
        if (*at == '\'') {
            memcpy(out + used, "'\\''", 4);
            used += 4;
        } else {
            out[used++] = *at;
        }
    }
    out[used++] = '\'';
    out[used] = '\0';
}

static enum grid_status fail_unreachable(const char *home, int failed, struct grid_error *error)
{
    bool silent = failed == ENOENT || failed == ECONNREFUSED;
    const char *why = silent ? "not_running" : text_errno(failed), *reason = "daemon_unreachable";
    char quoted[400], config[PATH_MAX];
    shell_word(quoted, sizeof(quoted), home);
    /* Who mistyped the folder is not told to start what is not there. */
    int length = snprintf(config, sizeof(config), "%s/gridd.conf", home);
    if (silent && length < (int)sizeof(config) && access(config, F_OK) != 0 && errno == ENOENT)
        reason = "home_empty";
    if (failed == EACCES || failed == EPERM)
        reason = "home_of_another";
    return grid_fail(error, GRID_UNREACHABLE, reason, "%s" GRID_ARG "gridd --home %s" GRID_ARG "%s",
            home, quoted, why);
}

static int connect_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        int failed = errno;
        close(fd);
        errno = failed;
        return -1;
    }
    return fd;
}

/* A socket address holds 107 bytes. Deeper homes are reached through an open directory. */
static int connect_home(const char *home)
{
    char path[SOCKET_NAME_BYTES];
    int length = snprintf(path, sizeof(path), "%s/gridd.sock", home);
    if (length >= 0 && (size_t)length < sizeof(path))
        return connect_path(path);
    int directory = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return -1;
    snprintf(path, sizeof(path), "/proc/self/fd/%d/gridd.sock", directory);
    int fd = connect_path(path);
    int failed = errno;
    close(directory);
    errno = failed;
    return fd;
}

enum grid_status client_open(struct client *client, const char *home, struct grid_error *error)
{
    *client = (struct client){.socket = -1};
    arena_init(&client->arena, 0);
    enum grid_status status = control_answer_intake_open(&client->intake);
    if (status != GRID_OK)
        return grid_fail(error, status, "", "%s", "");
    client->socket = connect_home(home);
    if (client->socket < 0)
        return fail_unreachable(home, errno, error);
    int flags = fcntl(client->socket, F_GETFL);
    if (flags < 0 || fcntl(client->socket, F_SETFL, flags | O_NONBLOCK) < 0)
        return fail_unreachable(home, errno, error);
    return GRID_OK;
}

void client_close(struct client *client)
{
    if (client->socket >= 0)
        close(client->socket);
    buffer_close(&client->in);
    buffer_close(&client->out);
    arena_close(&client->arena);
    control_answer_intake_close(client->intake);
    *client = (struct client){.socket = -1};
}

enum grid_status client_queue(struct client *client, uint16_t channel,
        const struct grid_request *request, struct grid_error *error)
{
    enum grid_status status = control_pack_request(&client->out, channel, request);
    if (status == GRID_LIMIT)
        return grid_fail(error, GRID_LIMIT, "request_size", "%s", "");
    if (status != GRID_OK)
        return grid_fail(error, status, "", "%s", "");
    return GRID_OK;
}

static void write_some(struct client *client)
{
    size_t done = 0;
    while (done < client->out.size) {
        ssize_t size = send(
                client->socket, client->out.data + done, client->out.size - done, MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno != EAGAIN) {
            /* What it answered before it went away is still to be read. */
            client->out.size = done;
        }
        if (size <= 0)
            break;
        done += (size_t)size;
    }
    buffer_drop_front(&client->out, done);
}

static void read_some(struct client *client)
{
    for (;;) {
        uint8_t *room = buffer_reserve(&client->in, READ_BYTES);
        ssize_t size = room != NULL ? recv(client->socket, room, READ_BYTES, 0) : 0;
        if (size > 0) {
            client->in.size += (size_t)size;
            return;
        }
        if (size < 0 && errno == EINTR)
            continue;
        if (size == 0 || (errno != EAGAIN))
            client->ended = true;
        return;
    }
}

void client_wait(struct client *client, int other)
{
    short events = (short)(POLLIN | (client->out.size > 0 ? POLLOUT : 0));
    struct pollfd polls[] = {{.fd = client->ended ? -1 : client->socket, .events = events},
            {.fd = other, .events = POLLIN}};
    fflush(stdout);
    if (client->ended && other < 0)
        return;
    while (poll(polls, 2, -1) < 0 && errno == EINTR)
        ;
}

/* The next frame that is in; *got false: more bytes are needed. */
static enum grid_status next_frame(
        struct client *client, struct frame *frame, bool *got, struct grid_error *error)
{
    size_t taken = 0;
    struct bytes input =
            bytes_of(client->in.data + client->in_taken, client->in.size - client->in_taken);
    enum grid_status status = GRID_OK;
    arena_reset(&client->arena);
    if (input.size > 0)
        status = frame_next(input, &client->arena, frame, &taken, error);
    client->in_taken += taken;
    *got = taken > 0;
    if (status == GRID_OK && taken == 0) {
        buffer_drop_front(&client->in, client->in_taken);
        client->in_taken = 0;
    }
    return status;
}

enum grid_status client_answer(struct client *client, bool wait, struct control_answer *answer,
        bool *got, struct grid_error *error)
{
    for (;;) {
        struct frame frame;
        bool whole = false;
        *got = false;
        enum grid_status status = next_frame(client, &frame, &whole, error);
        if (status == GRID_OK && whole) {
            if (frame.type < FRAME_SKIPPABLE)
                status = control_answer_take(client->intake, &frame, got, answer, error);
            if (status == GRID_OK && !*got)
                continue;
        }
        if (status != GRID_OK || *got)
            return status;
        if (client->ended)
            return grid_fail(error, GRID_UNREACHABLE, "daemon_lost", "%s", "");
        size_t before = client->in.size;
        write_some(client);
        read_some(client);
        if (client->in.size != before || client->ended)
            continue;
        if (!wait)
            return GRID_OK;
        client_wait(client, -1);
    }
}

enum grid_status client_call(struct client *client, const struct grid_request *request,
        client_row_fn *row, void *context, struct bytes *end, struct grid_error *error)
{
    enum { CHANNEL = 1 };
    enum grid_status status = client_queue(client, CHANNEL, request, error);
    while (status == GRID_OK) {
        struct control_answer answer = {0};
        bool got;
        status = client_answer(client, true, &answer, &got, error);
        if (status != GRID_OK)
            break;
        switch (answer.type) {
        case CONTROL_ROW:
            row(context, answer.list, answer.record);
            break;
        case CONTROL_END:
            *end = answer.record;
            return GRID_OK;
        case CONTROL_ERROR:
            *error = answer.failure;
            return answer.failure.status;
        }
    }
    return status;
}
