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

/* P-99: what a centre signs for a device that it enrolled. The device shows it to a centre that was
 * put back from before and does not know it any more. */
struct enrolment {
    uint8_t identity[GRID_KEY_BYTES]; /* of the device, or of the centre below */
    uint8_t person[GRID_ID_BYTES];    /* zeros: a centre */
    unsigned slot;                    /* 0: a centre */
    struct bytes unit; /* of the centre that enrolled the device; of the centre below */
    struct bytes name; /* of the centre below; empty: a device */
};
enum grid_status enrolment_sign(uint8_t proof[static GRID_SIGNATURE_BYTES],
        const uint8_t centre_seed[static GRID_SEED_BYTES], const struct enrolment *enrolment);
/* GRID_OK, GRID_REFUSED ("bad_signature") or GRID_NOMEM. */
enum grid_status enrolment_verify(const uint8_t proof[static GRID_SIGNATURE_BYTES],
        const uint8_t centre[static GRID_KEY_BYTES], const struct enrolment *enrolment,
        struct grid_error *error);

#endif
