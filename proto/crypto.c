#include "proto/crypto.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

enum { HASH_BLOCK_BYTES = 64 };

/* Looking an algorithm up costs more than hashing an entry, so each thread keeps what it found. */
static _Thread_local struct {
    EVP_MD *sha256;
    EVP_MD_CTX *hash;
    EVP_MD_CTX *signature;
} kept;

/* Where memory ended libcrypto may leave a trace in its error queue even though it went on, and TLS
 * would read that as its own. */
static enum grid_status leave(enum grid_status status)
{
    ERR_clear_error();
    return status;
}

static bool hash_ready(void)
{
    if (kept.sha256 == NULL)
        kept.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (kept.hash == NULL)
        kept.hash = EVP_MD_CTX_new();
    return kept.sha256 != NULL && kept.hash != NULL;
}

enum grid_status crypto_hash(
        uint8_t out[static GRID_HASH_BYTES], const struct bytes *parts, size_t part_count)
{
    if (!hash_ready() || EVP_DigestInit_ex2(kept.hash, kept.sha256, NULL) != 1)
        return leave(GRID_NOMEM);
    for (size_t i = 0; i < part_count; i++)
        if (parts[i].size > 0 && EVP_DigestUpdate(kept.hash, parts[i].data, parts[i].size) != 1)
            return leave(GRID_NOMEM);
    if (EVP_DigestFinal_ex(kept.hash, out, NULL) != 1)
        return leave(GRID_NOMEM);
    return GRID_OK;
}

enum grid_status crypto_hmac(
        uint8_t out[static GRID_HASH_BYTES], struct bytes key, struct bytes message)
{
    uint8_t block[HASH_BLOCK_BYTES] = {0};
    uint8_t inner[GRID_HASH_BYTES] = {0};
    enum grid_status status = GRID_OK;
    if (key.size > sizeof(block))
        status = crypto_hash(block, &key, 1);
    else if (key.size > 0)
        memcpy(block, key.data, key.size);

    for (size_t i = 0; i < sizeof(block); i++)
        block[i] ^= 0x36;
    struct bytes inner_parts[] = {bytes_of(block, sizeof(block)), message};
    if (status == GRID_OK)
        status = crypto_hash(inner, inner_parts, 2);

    for (size_t i = 0; i < sizeof(block); i++)
        block[i] ^= 0x36 ^ 0x5C;
    struct bytes outer_parts[] = {bytes_of(block, sizeof(block)), bytes_of(inner, sizeof(inner))};
    if (status == GRID_OK)
        status = crypto_hash(out, outer_parts, 2);

    crypto_forget(block, sizeof(block));
    crypto_forget(inner, sizeof(inner));
    return status;
}

enum grid_status crypto_public_key(
        uint8_t out[static GRID_KEY_BYTES], const uint8_t seed[static GRID_SEED_BYTES])
{
    size_t size = GRID_KEY_BYTES;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, GRID_SEED_BYTES);
    bool done = key != NULL && EVP_PKEY_get_raw_public_key(key, out, &size) == 1;
    EVP_PKEY_free(key);
    return leave(done ? GRID_OK : GRID_NOMEM);
}

/* An empty context for one signature; NULL when memory ends. */
static EVP_MD_CTX *signature_context(void)
{
    if (kept.signature == NULL)
        kept.signature = EVP_MD_CTX_new();
    else
        EVP_MD_CTX_reset(kept.signature);
    return kept.signature;
}

enum grid_status crypto_sign(uint8_t out[static GRID_SIGNATURE_BYTES],
        const uint8_t seed[static GRID_SEED_BYTES], struct bytes message)
{
    size_t size = GRID_SIGNATURE_BYTES;
    EVP_MD_CTX *context = signature_context();
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, GRID_SEED_BYTES);
    bool done = context != NULL && key != NULL &&
                EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(context, out, &size, message.data, message.size) == 1;
    /* The context refers to the secret key: it must not outlive this call. */
    if (context != NULL)
        EVP_MD_CTX_reset(context);
    EVP_PKEY_free(key);
    assert(!done || size == GRID_SIGNATURE_BYTES);
    return leave(done ? GRID_OK : GRID_NOMEM);
}

static enum grid_status verify_once(const uint8_t key[static GRID_KEY_BYTES],
        const uint8_t signature[static GRID_SIGNATURE_BYTES], struct bytes message)
{
    EVP_MD_CTX *context = signature_context();
    EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, GRID_KEY_BYTES);
    bool ready = context != NULL && public != NULL &&
                 EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1;
    bool good = ready && EVP_DigestVerify(context, signature, GRID_SIGNATURE_BYTES, message.data,
                                 message.size) == 1;
    if (context != NULL)
        EVP_MD_CTX_reset(context);
    EVP_PKEY_free(public);
    if (!ready)
        return leave(GRID_NOMEM);
    return leave(good ? GRID_OK : GRID_REFUSED);
}

/* libcrypto says no too when its memory ended on the way, and nothing tells the two apart: a no
 * counts when it is said twice. Where memory stays ended, whatever would note the refusal fails. */
enum grid_status crypto_verify(const uint8_t key[static GRID_KEY_BYTES],
        const uint8_t signature[static GRID_SIGNATURE_BYTES], struct bytes message,
        struct grid_error *error)
{
    enum grid_status status = verify_once(key, signature, message);
    if (status == GRID_REFUSED)
        status = verify_once(key, signature, message);
    return status == GRID_REFUSED ? grid_fail(error, status, "bad_signature", "") : status;
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

void crypto_forget(void *secret, size_t size)
{
    OPENSSL_cleanse(secret, size);
}
