/* TLS 1.3 between two nodes over memory, no sockets (D11). Who is there is said by the key alone:
 * each side shows a certificate that it signed itself with its Ed25519 identity key; nothing else
 * in it is judged, its dates least of all, for a handset's clock may say 1970. */
#ifndef GRID_DAEMON_TLS_H
#define GRID_DAEMON_TLS_H

#include "proto/crypto.h"

/* What both directions of a node share: its certificate and the rules. */
struct tls_context;
enum grid_status tls_context_open(struct tls_context **out,
        const uint8_t identity_seed[static GRID_SEED_BYTES], struct grid_error *error);
void tls_context_close(struct tls_context *context);

enum tls_progress {
    TLS_MORE,   /* nothing to be had before more bytes come */
    TLS_DONE,   /* the handshake is complete, or bytes were read */
    TLS_ENDED,  /* the peer said that it ends */
    TLS_FAILED, /* the bytes are not those of a peer of ours */
};

/* One connection. After every call take what is to be sent with tls_drain, also after a failed one:
 * it is then the alert. */
struct tls;
enum grid_status tls_open(struct tls **out, struct tls_context *context, bool client);
void tls_close(struct tls *tls);
/* Bytes from the wire. False when too much is pending or memory ends: close. */
bool tls_feed(struct tls *tls, struct bytes wire);
enum tls_progress tls_handshake(struct tls *tls);
/* The key that the peer proved to have; after the handshake only. */
const uint8_t *tls_peer_key(const struct tls *tls);
enum tls_progress tls_read(struct tls *tls, uint8_t *out, size_t size, size_t *taken);
/* Takes all of `plain`, or fails. */
bool tls_write(struct tls *tls, struct bytes plain);
/* Says to the peer that nothing more comes. */
void tls_end(struct tls *tls);
/* Appends what is to be sent. */
void tls_drain(struct tls *tls, struct buffer *out);

#endif
