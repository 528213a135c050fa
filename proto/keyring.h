/* What an installation keeps outside its database (D5, P-45…): its keys, and how far each stream
 * was sealed. The daemon keeps these bytes in the key file; the node tells it when to write them.
 */
#ifndef GRID_PROTO_KEYRING_H
#define GRID_PROTO_KEYRING_H

#include "proto/api.h"
#include "proto/entry.h"

/* One incarnation: its key and, for each lane, the last sealed position (seq 0: none). */
struct author_key {
    uint8_t seed[GRID_SEED_BYTES];
    uint64_t counter;
    struct {
        uint64_t seq;
        uint8_t id[GRID_HASH_BYTES];
    } sealed[GRID_LANE_COUNT];
};

struct grid_keyring {
    uint64_t generation; /* grows with each write: the newer of two copies counts */
    uint8_t identity_seed[GRID_SEED_BYTES];
    uint8_t spare_seed[GRID_SEED_BYTES]; /* of the next incarnation: durable before it is needed */
    uint32_t code_counter_reserved;      /* case codes up to here may have been given out */
    uint32_t slot_given;                 /* a centre: the highest slot in any invitation */
    uint64_t starts;       /* of the node: a database whose number is behind was put back (P-47) */
    uint32_t author_count; /* the last one is in use, the others are closed */
    struct author_key authors[GRID_INCARNATIONS_MAX];
};

/* Appends version, content and a SHA-256 over both. */
GRID_API enum grid_status keyring_pack(struct buffer *out, const struct grid_keyring *keyring);
/* GRID_MALFORMED for anything torn or foreign. */
GRID_API enum grid_status keyring_read(
        struct bytes bytes, struct grid_keyring *out, struct grid_error *error);
GRID_API void keyring_forget(struct grid_keyring *keyring); /* overwrites the secrets */

#endif
