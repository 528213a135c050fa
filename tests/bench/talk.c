#include "tests/bench/talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

double talk_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void talk_open(struct talk *talk, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    *talk = (struct talk){.socket = socket(AF_UNIX, SOCK_STREAM, 0)};
    if (talk->socket < 0 ||
            connect(talk->socket, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror(path);
        exit(1);
    }
}

void talk_close(struct talk *talk)
{
    close(talk->socket);
    buffer_close(&talk->in);
}

void talk_send(struct talk *talk, const char *verb, const struct grid_field *fields, size_t count)
{
    const struct grid_request request = {
            .verb = bytes_text(verb), .fields = fields, .field_count = count};
    struct buffer out = {0};
    if (control_pack_request(&out, 1, &request) != GRID_OK)
        exit(1);
    for (size_t sent = 0; sent < out.size;) {
        ssize_t taken = write(talk->socket, out.data + sent, out.size - sent);
        if (taken <= 0) {
            perror("write");
            exit(1);
        }
        sent += (size_t)taken;
    }
    buffer_close(&out);
}

bool talk_take(struct talk *talk)
{
    uint8_t *room = buffer_reserve(&talk->in, 65536);
    ssize_t got = room != NULL ? read(talk->socket, room, 65536) : -1;
    if (got <= 0) {
        fprintf(stderr, "the daemon is gone\n");
        exit(1);
    }
    talk->in.size += (size_t)got;
    bool ended = false;
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t taken = 1; taken > 0 && !ended; arena_reset(&arena)) {
        struct frame frame = {0};
        struct grid_error error = {0};
        if (frame_next(buffer_bytes(&talk->in), &arena, &frame, &taken, &error) != GRID_OK)
            exit(1);
        if (taken > 0 && frame.type == FRAME_ERROR) {
            fprintf(stderr, "refused: ");
            (void)fwrite(frame.head.data, 1, frame.head.size, stderr); /* packed, but readable */
            exit(1);
        }
        ended = taken > 0 && frame.type == FRAME_END;
        buffer_drop_front(&talk->in, taken);
    }
    arena_close(&arena);
    return ended;
}
