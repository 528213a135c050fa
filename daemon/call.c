/* Calling the parent: its name is looked up, its addresses are tried in turn, and what answers goes
 * on as a peer. */
#include "daemon/peer_inside.h"

#include "daemon/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void try_next(struct peer *peer, int failure);

static void on_connected(uv_connect_t *connect, int status)
{
    struct peer *peer = connect->data;
    if (peer->state != PEER_CONNECTING)
        return;
    if (status != 0)
        try_next(peer, status);
    else
        peer_begin(peer);
}

static void call(struct peer *peer, const struct sockaddr *where)
{
    peer_set_state(peer, PEER_CONNECTING);
    address_peer(peer->address, where);
    peer->connect.data = peer;
    int failure = uv_tcp_connect(&peer->connect, &peer->tcp, where, on_connected);
    if (failure != 0)
        try_next(peer, failure);
}

/* The socket of a failed call is closed; the next address gets a fresh one. */
static void on_try_closed(uv_handle_t *handle)
{
    struct peer *peer = handle->data;
    if (peer->state == PEER_CLOSED) {
        peer_release(peer);
        return;
    }
    const struct addrinfo *now = peer->next_try;
    peer->next_try = now->ai_next;
    if (uv_tcp_init(&peer->peers->loop->uv, &peer->tcp) != 0)
        assert(!"libuv could not make a handle that takes no resources");
    peer->tcp.data = peer;
    call(peer, now->ai_addr);
}

static void try_next(struct peer *peer, int failure)
{
    if (peer->next_try == NULL) {
        peer_close(peer, peer_reason_of(failure));
        return;
    }
    if (!uv_is_closing((uv_handle_t *)&peer->tcp))
        uv_close((uv_handle_t *)&peer->tcp, on_try_closed);
}

static void on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *found)
{
    struct peer *peer = resolve->data;
    peer->resolve_busy = false;
    peer->found = found;
    if (peer->state == PEER_CLOSED) {
        peer_release(peer);
        return;
    }
    peer->open_handles--;
    if (status != 0 || found == NULL) {
        peer_close(peer, status != 0 ? peer_reason_of(status) : "name_unknown");
        return;
    }
    peer->next_try = found->ai_next;
    call(peer, found->ai_addr);
}

static void resolve_name(struct peer *peer)
{
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", peer->name.port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    peer_set_state(peer, PEER_RESOLVING);
    peer->resolve.data = peer;
    int failure = uv_getaddrinfo(
            &peer->peers->loop->uv, &peer->resolve, on_resolved, peer->name.host, port, &hints);
    if (failure != 0) {
        peer_close(peer, peer_reason_of(failure));
        return;
    }
    peer->resolve_busy = true;
    peer->open_handles++; /* the request keeps the peer alive like a handle */
}

void peers_connect(struct peers *peers, const struct address *address,
        const uint8_t pinned_key[static GRID_KEY_BYTES])
{
    if (peers->calling != NULL || peers->stopping)
        return;
    struct peer *peer = peer_new(peers, true);
    if (peer == NULL) {
        log_error("event=connect_failed reason=no_memory");
        peers->call_failed = true;
        return;
    }
    peers->calling = peer;
    peer->name = *address;
    memcpy(peer->pinned_key, pinned_key, sizeof(peer->pinned_key));
    (void)snprintf(peer->address, sizeof(peer->address), "unresolved");
    (void)uv_timer_start(&peer->timer, peer_on_timeout, PEER_HANDSHAKE_MS, 0);
    struct sockaddr_storage where;
    if (address_numeric(&where, address))
        call(peer, (struct sockaddr *)&where);
    else
        resolve_name(peer);
}
