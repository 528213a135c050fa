/* The connections of a node: children that call it, the parent that it calls; each one TLS over
 * TCP, its bytes handed to the node and back (D11). */
#ifndef GRID_DAEMON_PEER_H
#define GRID_DAEMON_PEER_H

#include "daemon/turn.h"

struct peers;
enum grid_status peers_open(struct peers **out, struct loop *loop,
        const uint8_t identity_seed[static GRID_SEED_BYTES], struct grid_error *error);
enum grid_status peers_listen(
        struct peers *peers, const struct address *address, struct grid_error *error);
/* Calls the parent; what comes of it is told to the node. One call at a time. */
void peers_connect(struct peers *peers, const struct address *address,
        const uint8_t pinned_key[static GRID_KEY_BYTES]);
/* Actions of the node. Bytes are copied; an unknown link is one that is gone already. */
void peers_send(struct peers *peers, uint64_t link, struct bytes bytes);
void peers_leave(struct peers *peers, uint64_t link, const char *reason);
/* The end of a turn: what was given to peers_send goes to the system. */
void peers_flush(struct peers *peers);
/* The node behind them was thrown away: all links end, and the next node hears nothing of them. */
void peers_drop(struct peers *peers);
/* Ends everything; the loop must run on until all handles are closed, then peers_close frees. */
void peers_stop(struct peers *peers);
void peers_close(struct peers *peers);

#endif
