/* Requests to the local gridd and its answers, over HOME/gridd.sock. */
#ifndef GRID_CLI_CLIENT_H
#define GRID_CLI_CLIENT_H

#include "proto/arena.h"
#include "proto/control.h"

struct client {
    int socket; /* −1: none */
    struct buffer in, out;
    size_t in_taken;
    struct arena arena; /* of the frame handed out last */
    struct control_answer_intake *intake;
    bool ended; /* the daemon closed or the connection broke */
};

/* GRID_UNREACHABLE with the command that starts the daemon ("daemon_unreachable"). */
enum grid_status client_open(struct client *client, const char *home, struct grid_error *error);
void client_close(struct client *client);

/* Takes a request into the outgoing buffer; it leaves while client_answer runs. */
enum grid_status client_queue(struct client *client, uint16_t channel,
        const struct grid_request *request, struct grid_error *error);
/* The next ROW, END or ERROR of any request; valid until the next call. *got false: none yet (only
 * without `wait`). GRID_UNREACHABLE ("daemon_lost") when the connection ended, GRID_MALFORMED for
 * bytes that are no answer. */
enum grid_status client_answer(struct client *client, bool wait, struct control_answer *answer,
        bool *got, struct grid_error *error);
/* Waits until the daemon has something, or `other` (−1: none) has something to read. */
void client_wait(struct client *client, int other);

/* One request and its whole answer. `row` is called for each ROW; *end is the record of END and
 * valid until the next call. An ERROR of the daemon comes back as its status. */
typedef void client_row_fn(void *context, struct bytes list, struct bytes record);
enum grid_status client_call(struct client *client, const struct grid_request *request,
        client_row_fn *row, void *context, struct bytes *end, struct grid_error *error);

#endif
