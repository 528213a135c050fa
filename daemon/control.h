/* The Unix socket at which grid and other faces of the product ask their gridd (CLI.md, P-120):
 * one connection may send many requests at once; they are answered in their order, and what they
 * write shares one commit. */
#ifndef GRID_DAEMON_CONTROL_H
#define GRID_DAEMON_CONTROL_H

#include "daemon/turn.h"

struct control;
/* Makes the socket gridd.sock in the home; one that a killed daemon left is replaced, for the lock
 * is ours. */
enum grid_status control_open(struct control **out, struct loop *loop, struct grid_error *error);
/* The turn is durable: the held replies go out, and who waits for a sync is answered when it is
 * done. */
void control_release(struct control *control);
/* Some of those who were answered by the last turn have not asked again yet. */
bool control_awaits_more(const struct control *control);
/* The turn came to nothing: every held reply becomes `failure`. */
void control_fail_held(struct control *control, const struct grid_error *failure);
/* A change for those who watch: told to them with the next control_release. */
void control_changed(struct control *control, struct bytes record);
/* The node was opened anew: who watches goes on watching it, and is told that changes may be
 * missing. */
void control_reopened(struct control *control);
/* Ends all connections and removes the socket; control_close frees when the loop has run out. */
void control_stop(struct control *control);
void control_close(struct control *control);

#endif
