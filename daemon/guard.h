/* Wrong secrets are rate-limited by address (D24): five within a minute, and that address is not
 * served for a minute. */
#ifndef GRID_DAEMON_GUARD_H
#define GRID_DAEMON_GUARD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    GUARD_PLACES = 256,
    GUARD_FAILURES_MAX = 5,
    GUARD_WINDOW_MS = 60000,
    GUARD_ADDRESS_BYTES = 64,
};

/* Zero-initialised is empty. Times are monotonic. */
struct guard {
    struct guard_place {
        char address[GUARD_ADDRESS_BYTES];
        int64_t since_ms;
        unsigned failures;
    } places[GUARD_PLACES];
};

void guard_failed(struct guard *guard, const char *address, int64_t mono_ms);
bool guard_refuses(const struct guard *guard, const char *address, int64_t mono_ms);

#endif
