/* The turn (D2): what libuv reports is fed to the node; once per iteration the turn ends with one
 * commit, then the node's actions, then the held replies. Nothing is said before it is durable. */
#ifndef GRID_DAEMON_LOOP_H
#define GRID_DAEMON_LOOP_H

#include "daemon/turn.h"

/* Opens the node of the home (its keys must be open) and what drives it. `config` and `home` are
 * borrowed until loop_close. */
enum grid_status loop_open(struct loop *loop, struct home *home, const struct config *config,
        const struct loop_hooks *hooks, struct grid_error *error);
/* Listens for children where the configuration says so, and for commands at the socket. */
enum grid_status loop_serve(struct loop *loop, struct grid_error *error);
/* Until loop_stop or a signal: GRID_OK; or until the disk fails: why. */
enum grid_status loop_run(struct loop *loop, struct grid_error *error);
void loop_stop(struct loop *loop);
void loop_close(struct loop *loop);

#endif
