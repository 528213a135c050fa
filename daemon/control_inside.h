/* The socket and its clients, as the files of control see them. */
#ifndef GRID_DAEMON_CONTROL_INSIDE_H
#define GRID_DAEMON_CONTROL_INSIDE_H

#include "daemon/control.h"
#include "daemon/watch.h"

struct client {
    struct control *control;
    struct client *next;
    struct client *previous;
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t write;
    unsigned open_handles;
    bool closing;
    bool reading;
    bool ended;  /* a last word is on its way, then it is closed */
    bool paused; /* requests are left in `in` until replies have gone */
    struct buffer in;
    struct control_intake *intake;
    struct arena arena;
    struct buffer held; /* the replies of this turn, and whom they answer */
    uint16_t *held_channels;
    size_t held_count;
    size_t held_room;
    struct buffer out; /* may go out */
    struct buffer writing;
    bool write_busy;
    bool waiting; /* a sync: later requests of this connection wait with it */
    uint16_t wait_channel;
    bool watching; /* a watch: an answer without an end */
    uint16_t watch_channel;
    uint64_t watch_place; /* the change that it is told next */
};

struct control {
    struct loop *loop;
    size_t asking_count;   /* clients with requests in this turn */
    size_t answered_count; /* clients that the last one answered */
    uv_pipe_t listener;
    bool listening;
    bool accept_waits; /* there was no memory for a client: it is taken when another has gone */
    struct client *clients;
    unsigned client_count;
    unsigned client_peak;   /* since the last time nobody was here */
    struct changes changes; /* for those who watch */
};

/* Bytes on their way to a client: held, and let go. */
static inline size_t control_out_bytes(const struct client *client)
{
    return client->held.size + client->out.size + (client->write_busy ? client->writing.size : 0);
}

/* --- watching (control_watch.c) --- */

void control_watch_begin(struct client *client, uint16_t channel);
/* The last one who watched lets the node go on unwatched. */
void control_watch_end(struct client *client);
/* Only as much as it reads: the others and the daemon wait for nobody. */
void control_watch_tell(struct client *client);

#endif
