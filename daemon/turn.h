/* What everybody in a turn shares: the node, what libuv drives it with, and the word that the turn
 * is to be ended. Who ends it is loop.c. */
#ifndef GRID_DAEMON_TURN_H
#define GRID_DAEMON_TURN_H

#include "daemon/config.h"
#include "daemon/home.h"
#include "daemon/interface.h"

#include <uv.h>

struct control;
struct peers;

/* What a caller of the loop wants to know; each may be NULL. */
struct loop_hooks {
    void *context;
    /* Before the first bytes to a parent go out; a failure stops the loop with nothing sent. */
    enum grid_status (*before_send)(void *context, struct grid_error *error);
    /* The parent answered: a connection came about (0), or so many bytes came. */
    void (*progress)(void *context, size_t bytes);
    /* An attempt to reach the parent failed, and why. */
    void (*unreached)(void *context, const char *reason);
    /* grid_node_enrol has come to its end; `failure` is NULL when it succeeded. */
    void (*enrolled)(void *context, const struct grid_error *failure);
};

struct loop {
    uv_loop_t uv;
    struct home *home;
    const struct config *config;
    struct loop_hooks hooks;
    struct grid_node *node;
    struct peers *peers;
    struct control *control; /* NULL while joining */
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t timer;
    uv_timer_t gathering;
    uv_signal_t signals[3];
    struct interfaces interfaces;
    bool ready;        /* the handles above exist */
    bool fed;          /* something happened that the turn must end for */
    bool gathered;     /* it has waited for more requests as long as it may */
    int64_t commit_ms; /* how long the last one took */
    bool stop_asked;   /* after this turn */
    bool stopped;      /* no further turn */
    bool faulty;       /* the node is being thrown away: nobody may ask it */
    unsigned failures; /* of commits, close to each other, and when the last one was */
    int64_t failed_ms;
    enum grid_status result;
    struct grid_error result_error;
};

/* For those who feed the node: the turn is to be ended. */
void loop_feed(struct loop *loop);

/* The options with which the node of this home is opened. `database` holds the path. */
enum grid_status loop_node_options(struct grid_options *out, char database[static HOME_PATH_BYTES],
        const struct home *home, const struct config *config, struct grid_error *error);

#endif
