/* CLIENTS connections to the socket of a gridd, each with one report under way at a time, until
 * COUNT are acknowledged. The reports are lines of FILE (title, tab, text). Prints reports per
 * second. clients SOCKET CLIENTS COUNT FILE */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "proto/control.h"

enum { CLIENTS_MAX = 256 };

struct client {
    int socket;
    struct buffer in;
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int end = socket(AF_UNIX, SOCK_STREAM, 0);
    if (end < 0 || connect(end, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror(path);
        exit(1);
    }
    return end;
}

static void send_report(struct client *client, FILE *texts)
{
    char line[8192];
    if (fgets(line, sizeof(line), texts) == NULL) {
        rewind(texts);
        if (fgets(line, sizeof(line), texts) == NULL)
            exit(1);
    }
    line[strcspn(line, "\n")] = '\0';
    char *tab = strchr(line, '\t');
    if (tab == NULL)
        exit(1);
    *tab = '\0';
    const struct grid_field fields[] = {
            {.name = bytes_text("title"), .value = bytes_text(line)},
            {.name = bytes_text("text"), .value = bytes_text(tab + 1)},
    };
    const struct grid_request request = {
            .verb = bytes_text("report"), .fields = fields, .field_count = 2};
    struct buffer out = {0};
    if (control_pack_request(&out, 1, &request) != GRID_OK)
        exit(1);
    for (size_t sent = 0; sent < out.size;) {
        ssize_t taken = write(client->socket, out.data + sent, out.size - sent);
        if (taken <= 0) {
            perror("clients: write");
            exit(1);
        }
        sent += (size_t)taken;
    }
    buffer_close(&out);
}

/* True when an answer was whole. */
static bool take_answer(struct client *client)
{
    uint8_t *room = buffer_reserve(&client->in, 65536);
    ssize_t got = room != NULL ? read(client->socket, room, 65536) : -1;
    if (got <= 0) {
        fprintf(stderr, "clients: the daemon is gone\n");
        exit(1);
    }
    client->in.size += (size_t)got;
    struct arena arena;
    arena_init(&arena, 0);
    struct frame frame = {0};
    size_t taken = 0;
    struct grid_error error = {0};
    if (frame_next(buffer_bytes(&client->in), &arena, &frame, &taken, &error) != GRID_OK)
        exit(1);
    bool whole = taken > 0;
    if (whole && frame.type == FRAME_ERROR) {
        fprintf(stderr, "clients: a report was refused\n");
        exit(1);
    }
    bool ended = whole && frame.type == FRAME_END;
    buffer_drop_front(&client->in, taken);
    arena_close(&arena);
    return ended;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    size_t client_count = strtoul(argv[2], NULL, 10);
    size_t count = strtoul(argv[3], NULL, 10);
    FILE *texts = fopen(argv[4], "r");
    if (client_count == 0 || client_count > CLIENTS_MAX || client_count > count || texts == NULL)
        return 2;
    static struct client clients[CLIENTS_MAX];
    static struct pollfd watched[CLIENTS_MAX];
    for (size_t i = 0; i < client_count; i++) {
        clients[i].socket = connect_to(argv[1]);
        watched[i] = (struct pollfd){.fd = clients[i].socket, .events = POLLIN};
    }
    size_t begun = 0;
    size_t done = 0;
    double began = now_s();
    for (; begun < client_count; begun++)
        send_report(&clients[begun], texts);
    while (done < count) {
        if (poll(watched, client_count, 60000) <= 0)
            exit(1);
        for (size_t i = 0; i < client_count; i++) {
            if ((watched[i].revents & (POLLIN | POLLHUP)) == 0 || !take_answer(&clients[i]))
                continue;
            done++;
            if (begun < count) {
                send_report(&clients[i], texts);
                begun++;
            }
        }
    }
    printf("%.0f\n", (double)count / (now_s() - began));
    fclose(texts);
    return 0;
}
