/* One request of the local socket, and what it is answered with. */
#ifndef GRID_DAEMON_REQUEST_H
#define GRID_DAEMON_REQUEST_H

#include "daemon/turn.h"

enum { REQUEST_ANSWERED = -1, REQUEST_WATCHES = -2 };

/* Answers with rows and a record, all to be held until the turn is durable. *wait_ms is
 * REQUEST_ANSWERED; or this is a sync whose answer is due when the node is synced, at the latest
 * after that time; or REQUEST_WATCHES: the rows are the beginning of an answer without an end. */
enum grid_status request_handle(struct loop *loop, const struct grid_request *request,
        grid_row_fn *row, void *context, struct buffer *record, int64_t *wait_ms,
        struct grid_error *error);
/* The record that answers a sync. */
void request_pack_synced(struct buffer *record, bool synced);

#endif
