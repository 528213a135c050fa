/* The one place that reads a clock and draws random bytes. */
#include "daemon/system.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int64_t clock_ms(clockid_t id)
{
    struct timespec time = {0};
    if (clock_gettime(id, &time) != 0)
        return 0;
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct grid_now system_now(void)
{
    /* Boot time goes on while a handheld sleeps, so that a retry that fell due meanwhile is due. */
    return (struct grid_now){
            .wall_ms = clock_ms(CLOCK_REALTIME), .mono_ms = clock_ms(CLOCK_BOOTTIME)};
}

void system_random(void *context, uint8_t *out, size_t size)
{
    (void)context;
    while (size > 0) {
        ssize_t got = getrandom(out, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            /* No key and no secret may ever be made of anything else. */
            (void)fprintf(stderr, "level=error event=random_failed errno=%d\n", errno);
            exit(EXIT_FAILURE);
        }
        out += got;
        size -= (size_t)got;
    }
}

void system_give_back_memory(void)
{
    (void)malloc_trim(0);
}
