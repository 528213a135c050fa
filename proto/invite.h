/* The one line that enrols a device (D24, P-110…): grid1:HOST:PORT/PAYLOAD. The address is in clear
 * and outside whatever is authenticated, so that a person may mend it; PAYLOAD is base64url of a
 * msgpack array [version 1, parent's identity key, secret, expires_ms, unit, slot, check u32]. */
#ifndef GRID_PROTO_INVITE_H
#define GRID_PROTO_INVITE_H

#include "proto/api.h"
#include "proto/crypto.h"
#include "proto/ident.h"

enum { INVITE_TEXT_BYTES = 512, INVITE_HOST_BYTES = 256 };

struct invite {
    char host[INVITE_HOST_BYTES]; /* a name, IPv4, or IPv6 without its brackets */
    uint16_t port;
    uint8_t parent[GRID_KEY_BYTES];
    uint8_t secret[GRID_SECRET_BYTES];
    int64_t expires_ms;
    char unit[GRID_PLACE_BYTES];
    unsigned slot;
};
GRID_API enum grid_status invite_print(
        char out[static INVITE_TEXT_BYTES], const struct invite *invite);
/* GRID_INVALID with reason "invite_form" (no such line), "invite_address", "invite_payload"
 * (mistyped: its check fails). Spaces around are ignored. Expiry is not judged here. */
GRID_API enum grid_status invite_parse(
        struct invite *out, const char *text, struct grid_error *error);

#endif
