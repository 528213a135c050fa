/* What peer.c and call.c share: one connection and the set of them. For no one else. */
#ifndef GRID_DAEMON_PEER_INSIDE_H
#define GRID_DAEMON_PEER_INSIDE_H

#include "daemon/guard.h"
#include "daemon/peer.h"
#include "daemon/tls.h"

enum {
    PEER_HANDSHAKE_MS = 15000, /* from the call or the accept to a proved key */
    PEER_SLOTS = GRID_LINKS_MAX + 64,
};

enum peer_state {
    PEER_RESOLVING,
    PEER_CONNECTING,
    PEER_HANDSHAKE,
    PEER_OPEN,
    PEER_LEAVING, /* said all it had to; what still comes is not looked at */
    PEER_CLOSED,
};

struct peer {
    struct peers *peers;
    uint64_t link;
    bool parent;    /* we called it */
    bool announced; /* the node knows the link */
    bool silent;    /* the node that knew it is gone */
    enum peer_state state;
    char reason[GRID_REASON_BYTES]; /* why it ends; empty while it does not */
    char address[ADDRESS_PEER_BYTES];
    uint8_t pinned_key[GRID_KEY_BYTES];
    struct address name;             /* of a parent: where to call */
    struct addrinfo *found;          /* of a name: all its addresses */
    const struct addrinfo *next_try; /* the one to be tried when this one fails */
    struct tls *tls;
    struct buffer out; /* encrypted, not yet given to the system */
    size_t out_plain;  /* bytes of the node within it */
    struct buffer writing;
    size_t writing_plain;
    bool write_busy;
    bool shutdown_begun;
    bool reading;
    unsigned open_handles;
    bool resolve_busy;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_getaddrinfo_t resolve;
    uv_write_t write;
    uv_shutdown_t shutdown;
};

struct peers {
    struct loop *loop;
    struct tls_context *tls;
    uv_tcp_t listener;
    bool listening;
    bool accept_waits; /* a connection had no place: it is taken when one is free */
    bool stopping;
    bool call_failed; /* a call could not even begin: the node is told after the turn */
    struct guard guard;
    size_t turn_bytes; /* handed to the node since the last turn */
    uint64_t links_made;
    unsigned used;        /* slots taken */
    unsigned strangers;   /* of them without a proved key */
    struct peer *calling; /* the parent's, from the call until it leaves */
    struct peer *slots[PEER_SLOTS];
};

/* A peer with its handles, or NULL. It is freed, and the node told, when peer_close has run its
 * course. */
struct peer *peer_new(struct peers *peers, bool parent);
void peer_set_state(struct peer *peer, enum peer_state state);
void peer_close(struct peer *peer, const char *reason);
/* The first reason stands. */
void peer_note_reason(struct peer *peer, const char *reason);
/* A handle or request of the peer came to its end. */
void peer_release(struct peer *peer);
/* The socket is connected: TLS begins. */
void peer_begin(struct peer *peer);
/* The identifier of a libuv error. */
const char *peer_reason_of(int failure);
/* The peer's time is over. */
void peer_on_timeout(uv_timer_t *timer);

#endif
