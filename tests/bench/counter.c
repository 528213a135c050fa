/* What 64 clients can get at all: a server behind the same socket that only takes a record's frame,
 * puts 400 bytes into bare SQLite, one transaction for all that came at once, and answers each. No
 * reading of what was sent, no case, no chain. It says when it
 * listens, and serves until it is ended.
 *   counter SOCKET DATABASE */
#include "tests/bench/bare_store.h"
#include "tests/bench/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 256, READ_BYTES = 65536 };

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
            listen(listener, CLIENTS_MAX) != 0) {
        perror(path);
        exit(1);
    }
    return listener;
}

static void watch(int events, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(events, EPOLL_CTL_ADD, descriptor, &event) != 0)
        exit(1);
}

/* A client sends one whole request and waits: what a read brings is one. */
static bool take(int client)
{
    static uint8_t bytes[READ_BYTES];
    if (read(client, bytes, sizeof(bytes)) > 0)
        return true;
    close(client);
    return false;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    struct bare_store store;
    struct buffer answer = {0};
    bare_open(&store, argv[2]);
    if (control_pack_end(&answer, 1, bytes_of(NULL, 0)) != GRID_OK)
        return 1;
    int listener = listen_at(argv[1]);
    int events = epoll_create1(0);
    watch(events, listener);
    puts("listens");
    (void)fflush(stdout);
    for (;;) {
        struct epoll_event ready[CLIENTS_MAX];
        int waiting[CLIENTS_MAX];
        int count = epoll_wait(events, ready, CLIENTS_MAX, -1);
        int waiting_count = 0;
        for (int i = 0; i < count; i++)
            if (ready[i].data.fd == listener)
                watch(events, accept(listener, NULL, NULL));
            else if (take(ready[i].data.fd))
                waiting[waiting_count++] = ready[i].data.fd;
        if (waiting_count == 0)
            continue;
        bare_run(&store, "BEGIN");
        for (int i = 0; i < waiting_count; i++)
            bare_put(&store);
        bare_run(&store, "COMMIT");
        for (int i = 0; i < waiting_count; i++)
            if (write(waiting[i], answer.data, answer.size) != (ssize_t)answer.size)
                return 1;
    }
}
