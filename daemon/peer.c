#include "daemon/peer_inside.h"

#include "daemon/log.h"
#include "daemon/system.h"
#include "daemon/text.h"
#include "proto/heap.h"

#include <assert.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

enum {
    PEER_LEAVING_MS = 5000, /* for the last bytes to be taken */
    PEER_KEEPALIVE_S = 60,
    PEER_UNSENT_BYTES = 16384, /* what the system may hold that has not left: beyond our reach */
    PEER_OUT_PAUSE_BYTES = 524288, /* above it no more is read from a peer that does not read */
    PEER_OUT_MAX_BYTES = 4194304,  /* above it the link ends; the node's credit stays far below */
    /* Up to here each is let in as far as its key: the node itself turns it away, and says why. */
    PEER_SLOTS_FREE = 16,
    PEER_STRANGERS_MAX = 512, /* connections at once that have not proved a key yet */
    PEER_RECORD_BYTES = 16384,
    PEER_KEPT_BYTES = 32768, /* of an idle link's buffer; a burst's memory is given back */
    PEER_READ_BYTES = 65536,
    PEER_TURN_BYTES = 131072, /* some 1500 reports: they are committed before more is read */
    PEER_SLOT_BITS = 16,
};

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer);
static void on_connection(uv_stream_t *listener, int status);
static void read_again(struct peer *peer);

/* --- life of one --- */

static struct peer *peer_of(const struct peers *peers, uint64_t link)
{
    struct peer *peer = peers->slots[link % (1u << PEER_SLOT_BITS) % PEER_SLOTS];
    return peer != NULL && peer->link == link ? peer : NULL;
}

static bool counts_as_stranger(const struct peer *peer)
{
    return !peer->parent && peer->state < PEER_OPEN;
}

void peer_set_state(struct peer *peer, enum peer_state state)
{
    bool before = counts_as_stranger(peer);
    peer->state = state;
    if (before && !counts_as_stranger(peer))
        peer->peers->strangers--;
}

struct peer *peer_new(struct peers *peers, bool parent)
{
    unsigned slot = 0;
    while (slot < PEER_SLOTS && peers->slots[slot] != NULL)
        slot++;
    if (slot == PEER_SLOTS)
        return NULL;
    struct peer *peer = grid_alloc(sizeof(*peer));
    if (peer == NULL)
        return NULL;
    peer->peers = peers;
    peer->parent = parent;
    peer->state = PEER_HANDSHAKE;
    /* A number is not used twice, so that what is late for an old link finds none. Never 0. */
    peer->link = ++peers->links_made << PEER_SLOT_BITS | slot;
    if (uv_timer_init(&peers->loop->uv, &peer->timer) != 0 ||
            uv_tcp_init(&peers->loop->uv, &peer->tcp) != 0)
        assert(!"libuv could not make a handle that takes no resources");
    peer->open_handles = 2;
    peer->timer.data = peer;
    peer->tcp.data = peer;
    peers->slots[slot] = peer;
    peers->used++;
    if (!parent)
        peers->strangers++;
    return peer;
}

/* The node hears of an end only from here: outside any turn's actions. */
static void peer_free(struct peer *peer)
{
    struct peers *peers = peer->peers;
    struct loop *loop = peers->loop;
    log_info("event=link_down link=%" PRIu64 " parent=%d address=%s reason=%s",
            peer->link >> PEER_SLOT_BITS, peer->parent, peer->address, peer->reason);
    if (!peer->silent && loop->node != NULL && (peer->announced || peer->parent)) {
        grid_node_link_down(
                loop->node, system_now(), peer->announced ? peer->link : 0, peer->reason);
        loop_feed(loop);
    }
    if (!peer->silent && peer->parent && loop->hooks.unreached != NULL)
        loop->hooks.unreached(loop->hooks.context, peer->reason);
    peers->slots[peer->link % (1u << PEER_SLOT_BITS)] = NULL;
    peers->used--;
    if (peers->calling == peer)
        peers->calling = NULL;
    if (peer->found != NULL)
        uv_freeaddrinfo(peer->found);
    tls_close(peer->tls);
    buffer_close(&peer->out);
    buffer_close(&peer->writing);
    grid_free(peer);
    if (peers->accept_waits && !peers->stopping) {
        peers->accept_waits = false;
        on_connection((uv_stream_t *)&peers->listener, 0);
    }
}

void peer_release(struct peer *peer)
{
    if (--peer->open_handles == 0)
        peer_free(peer);
}

static void on_closed(uv_handle_t *handle)
{
    peer_release(handle->data);
}

void peer_note_reason(struct peer *peer, const char *reason)
{
    if (peer->reason[0] == '\0')
        (void)snprintf(peer->reason, sizeof(peer->reason), "%s", reason);
}

void peer_close(struct peer *peer, const char *reason)
{
    if (peer->state == PEER_CLOSED)
        return;
    peer_note_reason(peer, reason);
    peer_set_state(peer, PEER_CLOSED);
    if (peer->peers->calling == peer)
        peer->peers->calling = NULL;
    if (peer->resolve_busy)
        (void)uv_cancel((uv_req_t *)&peer->resolve);
    uv_close((uv_handle_t *)&peer->timer, on_closed);
    if (!uv_is_closing((uv_handle_t *)&peer->tcp))
        uv_close((uv_handle_t *)&peer->tcp, on_closed);
}

void peer_on_timeout(uv_timer_t *timer)
{
    struct peer *peer = timer->data;
    peer_close(peer, peer->state == PEER_CONNECTING || peer->state == PEER_RESOLVING
                             ? "connect_timeout"
                             : "handshake_timeout");
}

const char *peer_reason_of(int failure)
{
    switch (failure) {
    case UV_ECONNREFUSED:
        return "connect_refused";
    case UV_ETIMEDOUT:
        return "connect_timeout";
    case UV_ENETUNREACH:
    case UV_EHOSTUNREACH:
    case UV_ENETDOWN:
    case UV_EADDRNOTAVAIL:
        return "no_route";
    case UV_ECONNRESET:
    case UV_EPIPE:
        return "link_reset";
    case UV_EOF:
        return "peer_ended";
    case UV_EAI_NONAME:
    case UV_EAI_AGAIN:
    case UV_EAI_FAIL:
    case UV_EAI_NODATA:
        return "name_unknown";
    default:
        return "link_failed";
    }
}

/* --- sending --- */

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    struct peer *peer = shutdown->data;
    if (status != 0 && status != UV_ECANCELED)
        peer_close(peer, "link_reset");
}

static void on_written(uv_write_t *write, int status);

static void peer_flush(struct peer *peer)
{
    if (peer->write_busy || peer->state == PEER_CLOSED || peer->state < PEER_HANDSHAKE)
        return;
    if (peer->out.failed) {
        peer_close(peer, "no_memory");
        return;
    }
    if (peer->out.size == 0) {
        /* The end is said only behind the last byte, and then the other side's is waited for:
         * closing over unread bytes would take our last words back. */
        if (peer->state == PEER_LEAVING && !peer->shutdown_begun) {
            peer->shutdown_begun = true;
            peer->shutdown.data = peer;
            if (uv_shutdown(&peer->shutdown, (uv_stream_t *)&peer->tcp, on_shutdown) != 0)
                peer_close(peer, "link_reset");
        }
        return;
    }
    struct buffer emptied = peer->writing;
    peer->writing = peer->out;
    peer->writing_plain = peer->out_plain;
    peer->out = emptied;
    peer->out_plain = 0;
    buffer_clear(&peer->out);
    uv_buf_t part = uv_buf_init((char *)peer->writing.data, (unsigned)peer->writing.size);
    peer->write_busy = true;
    peer->write.data = peer;
    int failure = uv_write(&peer->write, (uv_stream_t *)&peer->tcp, &part, 1, on_written);
    if (failure != 0) {
        peer->write_busy = false;
        peer_close(peer, peer_reason_of(failure));
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct peer *peer = write->data;
    struct loop *loop = peer->peers->loop;
    peer->write_busy = false;
    if (status != 0) {
        if (status != UV_ECANCELED)
            peer_close(peer, peer_reason_of(status));
        return;
    }
    if (peer->state == PEER_CLOSED)
        return;
    if (peer->announced && !peer->silent && peer->state == PEER_OPEN && peer->writing_plain > 0) {
        grid_node_sent(loop->node, peer->link, peer->writing_plain);
        loop_feed(loop);
    }
    if (peer->writing.capacity > PEER_KEPT_BYTES)
        buffer_close(&peer->writing);
    peer_flush(peer);
    read_again(peer);
}

static void take_output(struct peer *peer)
{
    tls_drain(peer->tls, &peer->out);
    if (peer->out.size > PEER_OUT_MAX_BYTES)
        peer_close(peer, "output_full");
}

void peers_send(struct peers *peers, uint64_t link, struct bytes bytes)
{
    struct peer *peer = peer_of(peers, link);
    if (peer == NULL || peer->state != PEER_OPEN)
        return;
    while (bytes.size > 0 && peer->state == PEER_OPEN) {
        struct bytes part = {bytes.data,
                bytes.size < PEER_RECORD_BYTES ? bytes.size : (size_t)PEER_RECORD_BYTES};
        bool written = tls_write(peer->tls, part);
        take_output(peer);
        if (!written)
            peer_close(peer, "tls_failed");
        peer->out_plain += part.size;
        bytes.data += part.size;
        bytes.size -= part.size;
    }
}

static void begin_leaving(struct peer *peer)
{
    tls_end(peer->tls);
    take_output(peer);
    if (peer->state == PEER_CLOSED)
        return;
    peer_set_state(peer, PEER_LEAVING);
    if (peer->peers->calling == peer)
        peer->peers->calling = NULL;
    (void)uv_timer_start(&peer->timer, peer_on_timeout, PEER_LEAVING_MS, 0);
    read_again(peer);
}

void peers_leave(struct peers *peers, uint64_t link, const char *reason)
{
    struct peer *peer = peer_of(peers, link);
    if (peer == NULL || peer->state != PEER_OPEN)
        return;
    if (reason == NULL)
        reason = "closed_by_node";
    if (!peer->parent && strcmp(reason, "secret_unknown") == 0)
        guard_failed(&peers->guard, peer->address, system_now().mono_ms);
    peer_note_reason(peer, reason);
    log_info("event=link_leaves link=%" PRIu64 " reason=%s", link >> PEER_SLOT_BITS, reason);
    begin_leaving(peer);
}

void peers_flush(struct peers *peers)
{
    unsigned left = peers->used;
    peers->turn_bytes = 0;
    for (unsigned i = 0; i < PEER_SLOTS && left > 0; i++) {
        if (peers->slots[i] == NULL)
            continue;
        left--;
        peer_flush(peers->slots[i]);
        read_again(peers->slots[i]);
    }
    if (peers->call_failed) {
        peers->call_failed = false;
        grid_node_link_down(peers->loop->node, system_now(), 0, "no_memory");
        loop_feed(peers->loop);
    }
}

/* --- receiving --- */

/* What is read is used up before the callback returns: one buffer serves all. */
static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char bytes[PEER_READ_BYTES];
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(bytes, sizeof(bytes));
}

static void read_again(struct peer *peer)
{
    if (peer->state == PEER_CLOSED || peer->state < PEER_HANDSHAKE)
        return;
    bool wanted =
            peer->state == PEER_LEAVING ||
            (peer->out.size + (peer->write_busy ? peer->writing.size : 0) <= PEER_OUT_PAUSE_BYTES &&
                    peer->peers->turn_bytes < PEER_TURN_BYTES);
    if (wanted == peer->reading)
        return;
    peer->reading = wanted;
    if (!wanted)
        (void)uv_read_stop((uv_stream_t *)&peer->tcp);
    else if (uv_read_start((uv_stream_t *)&peer->tcp, give_buffer, on_read) != 0)
        peer_close(peer, "link_failed");
}

static void announce(struct peer *peer)
{
    struct peers *peers = peer->peers;
    struct loop *loop = peers->loop;
    const uint8_t *key = tls_peer_key(peer->tls);
    if (peer->parent && !crypto_equal(key, peer->pinned_key, GRID_KEY_BYTES)) {
        peer_note_reason(peer, "parent_key");
        begin_leaving(peer);
        peer_flush(peer);
        return;
    }
    (void)uv_timer_stop(&peer->timer);
    peer_set_state(peer, PEER_OPEN);
    char key_text[2 * 8 + 1];
    ident_hex(key_text, bytes_of(key, 8));
    log_info("event=link_up link=%" PRIu64 " parent=%d address=%s key=%s",
            peer->link >> PEER_SLOT_BITS, peer->parent, peer->address, key_text);
    if (grid_node_link_up(loop->node, system_now(), peer->link, key, peer->parent) != GRID_OK) {
        peer_close(peer, "not_admitted");
        loop_feed(loop); /* the node is broken, and says so at the commit */
        return;
    }
    peer->announced = true;
    if (peer->parent && loop->hooks.progress != NULL)
        loop->hooks.progress(loop->hooks.context, 0);
    loop_feed(loop);
}

static void deliver(struct peer *peer, struct bytes plain)
{
    struct loop *loop = peer->peers->loop;
    if (loop->faulty)
        return; /* this link ends with the turn */
    /* What a peer sent wrongly the node answers by itself, with a CLOSE; a failure of its own it
     * repeats at the commit. */
    peer->peers->turn_bytes += plain.size;
    (void)grid_node_receive(loop->node, system_now(), peer->link, plain);
    loop_feed(loop);
    if (peer->parent && loop->hooks.progress != NULL)
        loop->hooks.progress(loop->hooks.context, plain.size);
}

/* Reads all that the bytes fed so far give. */
static void read_plain(struct peer *peer)
{
    static uint8_t plain[PEER_READ_BYTES];
    size_t used = 0;
    enum tls_progress progress = TLS_DONE;
    while (progress == TLS_DONE && peer->state == PEER_OPEN) {
        size_t taken;
        progress = tls_read(peer->tls, plain + used, sizeof(plain) - used, &taken);
        used += taken;
        if (used > 0 && (progress != TLS_DONE || used > sizeof(plain) - PEER_RECORD_BYTES)) {
            deliver(peer, bytes_of(plain, used));
            used = 0;
        }
    }
    if (peer->state != PEER_OPEN)
        return;
    take_output(peer); /* an alert, an answer to a key update */
    if (progress == TLS_FAILED)
        peer_note_reason(peer, "tls_failed");
    if (progress == TLS_ENDED)
        peer_note_reason(peer, "peer_ended");
    if (progress != TLS_MORE)
        begin_leaving(peer);
}

static void go_on_with_handshake(struct peer *peer)
{
    enum tls_progress progress = tls_handshake(peer->tls);
    take_output(peer);
    if (progress == TLS_DONE)
        announce(peer);
    if (progress == TLS_DONE || progress == TLS_MORE)
        return;
    peer_note_reason(peer, "tls_failed");
    begin_leaving(peer);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct peer *peer = stream->data;
    if (size < 0) {
        peer_close(peer, peer_reason_of((int)size));
        return;
    }
    if (size == 0 || peer->state == PEER_LEAVING || peer->state == PEER_CLOSED)
        return;
    if (!tls_feed(peer->tls, bytes_of(buffer->base, (size_t)size))) {
        peer_close(peer, "input_full");
        return;
    }
    if (peer->state == PEER_HANDSHAKE)
        go_on_with_handshake(peer);
    if (peer->state == PEER_OPEN)
        read_plain(peer);
    if (peer->state != PEER_CLOSED) {
        peer_flush(peer);
        read_again(peer);
    }
}

/* D17: on a slow link megabytes would wait in the system, and what is urgent behind them. What is
 * on its way to the peer does not count: a distant link stays full. */
static void keep_unsent_short(struct peer *peer)
{
    uv_os_fd_t end;
    if (uv_fileno((uv_handle_t *)&peer->tcp, &end) == 0)
        (void)setsockopt(
                end, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &(int){PEER_UNSENT_BYTES}, sizeof(int));
}

/* A connected socket, either way: TLS begins. */
void peer_begin(struct peer *peer)
{
    keep_unsent_short(peer);
    (void)uv_tcp_nodelay(&peer->tcp, 1);
    (void)uv_tcp_keepalive(&peer->tcp, 1, PEER_KEEPALIVE_S);
    struct sockaddr_storage other = {0};
    int size = sizeof(other);
    if (uv_tcp_getpeername(&peer->tcp, (struct sockaddr *)&other, &size) == 0)
        address_peer(peer->address, (struct sockaddr *)&other);
    peer_set_state(peer, PEER_HANDSHAKE);
    if (tls_open(&peer->tls, peer->peers->tls, peer->parent) != GRID_OK) {
        peer_close(peer, "no_memory");
        return;
    }
    read_again(peer);
    if (peer->parent && peer->state != PEER_CLOSED) {
        go_on_with_handshake(peer);
        peer_flush(peer);
    }
}

/* --- children --- */

static void on_connection(uv_stream_t *listener, int status)
{
    struct peers *peers = listener->data;
    struct peer *peer = status != 0 ? NULL : peer_new(peers, false);
    if (peer == NULL) {
        /* libuv listens no more until this one is accepted. */
        peers->accept_waits = status == 0;
        log_warning("event=accept_failed status=%d", status);
        return;
    }
    (void)snprintf(peer->address, sizeof(peer->address), "unknown");
    if (uv_accept(listener, (uv_stream_t *)&peer->tcp) != 0) {
        peer_close(peer, "link_failed");
        return;
    }
    (void)uv_timer_start(&peer->timer, peer_on_timeout, PEER_HANDSHAKE_MS, 0);
    peer_begin(peer);
    if (peer->state == PEER_CLOSED)
        return;
    if (guard_refuses(&peers->guard, peer->address, system_now().mono_ms))
        peer_close(peer, "address_refused");
    else if (peers->used > PEER_SLOTS - PEER_SLOTS_FREE || peers->strangers > PEER_STRANGERS_MAX)
        peer_close(peer, "links_full");
}

enum grid_status peers_listen(
        struct peers *peers, const struct address *address, struct grid_error *error)
{
    struct sockaddr_storage where;
    char text[ADDRESS_TEXT_BYTES];
    address_print(text, address);
    if (!address_numeric(&where, address))
        return grid_fail(error, GRID_INVALID, "listen_address", "%s", text);
    int failure = uv_tcp_init(&peers->loop->uv, &peers->listener);
    if (failure == 0) {
        peers->listener.data = peers;
        peers->listening = true;
        failure = uv_tcp_bind(&peers->listener, (struct sockaddr *)&where, 0);
    }
    if (failure == 0)
        failure = uv_listen((uv_stream_t *)&peers->listener, 1024, on_connection);
    if (failure == UV_EADDRINUSE)
        return grid_fail(error, GRID_REFUSED, "listen_in_use", "%s", text);
    if (failure != 0)
        return grid_fail(error, GRID_REFUSED, "listen_failed", "%s" GRID_ARG "%s", text,
                text_of_errno(-failure));
    log_info("event=listening address=%s", text);
    return GRID_OK;
}

/* --- all of them --- */

enum grid_status peers_open(struct peers **out, struct loop *loop,
        const uint8_t identity_seed[static GRID_SEED_BYTES], struct grid_error *error)
{
    struct peers *peers = grid_alloc(sizeof(*peers));
    if (peers == NULL)
        return GRID_NOMEM;
    peers->loop = loop;
    enum grid_status status = tls_context_open(&peers->tls, identity_seed, error);
    if (status != GRID_OK) {
        grid_free(peers);
        return status;
    }
    *out = peers;
    return GRID_OK;
}

void peers_drop(struct peers *peers)
{
    for (unsigned i = 0; i < PEER_SLOTS; i++) {
        if (peers->slots[i] == NULL)
            continue;
        peers->slots[i]->silent = true;
        peer_close(peers->slots[i], "node_reopened");
    }
}

void peers_stop(struct peers *peers)
{
    peers->stopping = true;
    if (peers->listening && !uv_is_closing((uv_handle_t *)&peers->listener))
        uv_close((uv_handle_t *)&peers->listener, NULL);
    for (unsigned i = 0; i < PEER_SLOTS; i++) {
        struct peer *peer = peers->slots[i];
        if (peer == NULL || peer->state == PEER_CLOSED)
            continue;
        peer->silent = true;
        /* A word of farewell, if the system takes it at once. */
        if (peer->state == PEER_OPEN && !peer->write_busy) {
            tls_end(peer->tls);
            tls_drain(peer->tls, &peer->out);
            uv_buf_t part = uv_buf_init((char *)peer->out.data, (unsigned)peer->out.size);
            if (peer->out.size > 0)
                (void)uv_try_write((uv_stream_t *)&peer->tcp, &part, 1);
        }
        peer_close(peer, "stopping");
    }
}

void peers_close(struct peers *peers)
{
    if (peers == NULL)
        return;
    assert(peers->used == 0);
    tls_context_close(peers->tls);
    grid_free(peers);
}
