/* "The link is up": asks every gridd for a sync at the same time and waits until each has all that
 * it wrote held by its parent. Prints the seconds until the first and the last of them said so.
 *   sync SOCKET… */
#include "tests/bench/talk.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { NODES_MAX = 1000 };

int main(int argc, char **argv)
{
    static struct talk nodes[NODES_MAX];
    static struct pollfd watched[NODES_MAX];
    size_t count = (size_t)argc - 1;
    if (count == 0 || count > NODES_MAX)
        return 2;
    for (size_t i = 0; i < count; i++) {
        talk_open(&nodes[i], argv[i + 1]);
        watched[i] = (struct pollfd){.fd = nodes[i].socket, .events = POLLIN};
    }
    const struct grid_field wait = {bytes_text("wait"), bytes_text("600")};
    double began_s = talk_now_s();
    double first_s = 0;
    for (size_t i = 0; i < count; i++)
        talk_send(&nodes[i], "sync", &wait, 1);
    for (size_t done = 0; done < count;) {
        if (poll(watched, count, 600000) <= 0)
            return 1;
        for (size_t i = 0; i < count; i++) {
            if (watched[i].revents == 0 || !talk_take(&nodes[i]))
                continue;
            watched[i].fd = -1;
            if (++done == 1)
                first_s = talk_now_s() - began_s;
        }
    }
    printf("%.4f %.4f\n", first_s, talk_now_s() - began_s);
    for (size_t i = 0; i < count; i++)
        talk_close(&nodes[i]);
    return 0;
}
