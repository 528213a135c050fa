/* Hashes, signatures, checksums: the one place that names libcrypto. Keys and nonces come in, none
 * is drawn here. Suite 1 is Ed25519 with SHA-256 (D5). */
#ifndef GRID_PROTO_CRYPTO_H
#define GRID_PROTO_CRYPTO_H

#include "proto/bytes.h"
#include "proto/status.h"

enum {
    GRID_HASH_BYTES = 32,
    GRID_SEED_BYTES = 32, /* an Ed25519 secret seed */
    GRID_KEY_BYTES = 32,  /* a public key */
    GRID_SIGNATURE_BYTES = 64,
    GRID_SECRET_BYTES = 16, /* the one-time secret of an invitation */
};

/* SHA-256 over the parts, one behind the other. Fails only with GRID_NOMEM. */
enum grid_status crypto_hash(
        uint8_t out[static GRID_HASH_BYTES], const struct bytes *parts, size_t part_count);

enum grid_status crypto_hmac(
        uint8_t out[static GRID_HASH_BYTES], struct bytes key, struct bytes message);

enum grid_status crypto_public_key(
        uint8_t out[static GRID_KEY_BYTES], const uint8_t seed[static GRID_SEED_BYTES]);

enum grid_status crypto_sign(uint8_t out[static GRID_SIGNATURE_BYTES],
        const uint8_t seed[static GRID_SEED_BYTES], struct bytes message);

/* GRID_OK, GRID_REFUSED ("bad_signature") or GRID_NOMEM. */
enum grid_status crypto_verify(const uint8_t key[static GRID_KEY_BYTES],
        const uint8_t signature[static GRID_SIGNATURE_BYTES], struct bytes message,
        struct grid_error *error);

bool crypto_equal(const void *a, const void *b, size_t size); /* in constant time */
void crypto_forget(void *secret, size_t size);                /* overwrite; never optimised away */

#endif
