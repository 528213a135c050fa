/* What libgrid is handed from outside: the clock and random bytes. */
#ifndef GRID_DAEMON_SYSTEM_H
#define GRID_DAEMON_SYSTEM_H

#include "libgrid/grid.h"

struct grid_now system_now(void);
/* The shape of grid_options.random; `context` is not looked at. Does not come back without the
 * bytes. */
void system_random(void *context, uint8_t *out, size_t size);
/* A small device keeps no memory that a busy minute needed: free pages go back to the system. */
void system_give_back_memory(void);

#endif
