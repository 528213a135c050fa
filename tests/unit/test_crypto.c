#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/ident.h"
#include "tests/lib/heap_failing.h"

#include <openssl/err.h>

#include <string.h>

static void assert_hex(const uint8_t *bytes, size_t size, const char *expected)
{
    char text[2 * 64 + 1];
    ident_hex(text, bytes_of(bytes, size));
    assert_string_equal(text, expected);
}

/* FIPS 180-4 */
static void sha256_gives_the_known_answers(void **state)
{
    (void)state;
    uint8_t hash[GRID_HASH_BYTES];
    assert_int_equal(crypto_hash(hash, NULL, 0), GRID_OK);
    assert_hex(
            hash, sizeof(hash), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    struct bytes parts[] = {bytes_text("a"), {0}, bytes_text("bc")};
    assert_int_equal(crypto_hash(hash, parts, 3), GRID_OK);
    assert_hex(
            hash, sizeof(hash), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231, cases 1, 2 and 6 */
static void hmac_gives_the_known_answers(void **state)
{
    (void)state;
    uint8_t out[GRID_HASH_BYTES];
    uint8_t key[131];
    memset(key, 0x0B, 20);
    assert_int_equal(crypto_hmac(out, bytes_of(key, 20), bytes_text("Hi There")), GRID_OK);
    assert_hex(
            out, sizeof(out), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_int_equal(
            crypto_hmac(out, bytes_text("Jefe"), bytes_text("what do ya want for nothing?")),
            GRID_OK);
    assert_hex(
            out, sizeof(out), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xAA, sizeof(key));
    assert_int_equal(crypto_hmac(out, bytes_of(key, sizeof(key)),
                             bytes_text("Test Using Larger Than Block-Size Key - Hash Key First")),
            GRID_OK);
    assert_hex(
            out, sizeof(out), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 8032, 7.1, test 2 */
static void ed25519_gives_the_known_answers(void **state)
{
    (void)state;
    uint8_t seed[GRID_SEED_BYTES], key[GRID_KEY_BYTES], signature[GRID_SIGNATURE_BYTES];
    assert_true(ident_unhex(seed, sizeof(seed),
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
    assert_int_equal(crypto_public_key(key, seed), GRID_OK);
    assert_hex(
            key, sizeof(key), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    struct bytes message = bytes_of("\x72", 1);
    assert_int_equal(crypto_sign(signature, seed, message), GRID_OK);
    assert_hex(signature, sizeof(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    struct grid_error error = {0};
    assert_int_equal(crypto_verify(key, signature, message, &error), GRID_OK);
}

static void a_flipped_bit_is_refused(void **state)
{
    (void)state;
    uint8_t seed[GRID_SEED_BYTES] = {7}, key[GRID_KEY_BYTES], signature[GRID_SIGNATURE_BYTES];
    uint8_t message[] = "网格员上报";
    struct bytes bytes = bytes_of(message, sizeof(message));
    assert_int_equal(crypto_public_key(key, seed), GRID_OK);
    assert_int_equal(crypto_sign(signature, seed, bytes), GRID_OK);
    struct grid_error error = {0};
    for (size_t bit = 0; bit < 8 * sizeof(signature); bit += 5) {
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(crypto_verify(key, signature, bytes, &error), GRID_REFUSED);
        assert_string_equal(error.reason, "bad_signature");
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    message[3] ^= 1;
    assert_int_equal(crypto_verify(key, signature, bytes, &error), GRID_REFUSED);
    message[3] ^= 1;
    key[31] ^= 0x40;
    assert_int_equal(crypto_verify(key, signature, bytes, NULL), GRID_REFUSED);
    key[31] ^= 0x40;
    assert_int_equal(crypto_verify(key, signature, bytes, NULL), GRID_OK);
    assert_int_equal(crypto_sign(signature, seed, (struct bytes){0}), GRID_OK);
    assert_int_equal(crypto_verify(key, signature, (struct bytes){0}, NULL), GRID_OK);
}

static void secrets_compare_and_are_forgotten(void **state)
{
    (void)state;
    uint8_t secret[GRID_SECRET_BYTES] = {1, 2, 3}, other[GRID_SECRET_BYTES] = {1, 2, 3};
    assert_true(crypto_equal(secret, other, sizeof(secret)));
    other[15] = 1;
    assert_false(crypto_equal(secret, other, sizeof(secret)));
    crypto_forget(secret, sizeof(secret));
    for (size_t i = 0; i < sizeof(secret); i++)
        assert_int_equal(secret[i], 0);
}

enum { ACT_KEY, ACT_SIGN, ACT_VERIFY, ACT_HMAC, ACTS };

static enum grid_status perform(
        unsigned act, uint8_t *key, uint8_t *signature, struct grid_error *error)
{
    static const uint8_t seed[GRID_SEED_BYTES] = {7};
    uint8_t hash[GRID_HASH_BYTES];
    struct bytes message = bytes_text("井盖被压碎");
    switch (act) {
    case ACT_KEY:
        return crypto_public_key(key, seed);
    case ACT_SIGN:
        return crypto_sign(signature, seed, message);
    case ACT_VERIFY:
        return crypto_verify(key, signature, message, error);
    default:
        return crypto_hmac(hash, message, message);
    }
}

/* Out of memory is no verdict: not over a signature, and not over a later TLS call. */
static void memory_that_ends_in_libcrypto_is_no_bad_signature(void **state)
{
    (void)state;
    uint8_t key[GRID_KEY_BYTES];
    uint8_t signature[GRID_SIGNATURE_BYTES];
    struct grid_error error = {0};
    heap_failing_begin();
    for (unsigned act = 0; act < ACTS; act++) {
        bool failed = true;
        size_t refusals = 0;
        assert_int_equal(perform(act, key, signature, &error), GRID_OK);
        for (size_t nth = 1; failed; nth++) {
            assert_true(nth < 1000);
            heap_failing_in_libraries(true);
            heap_failing_at(nth);
            enum grid_status status = perform(act, key, signature, &error);
            failed = heap_failing_happened() > 0;
            heap_failing_at(0);
            assert_true(status == GRID_OK || status == GRID_NOMEM);
            assert_int_equal(ERR_peek_error(), 0);
            refusals += status == GRID_NOMEM;
        }
        assert_true(refusals > 0 || act == ACT_HMAC); /* hashing keeps what it needs */
        assert_int_equal(perform(act, key, signature, &error), GRID_OK);
    }
    heap_failing_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(sha256_gives_the_known_answers),
            cmocka_unit_test(hmac_gives_the_known_answers),
            cmocka_unit_test(ed25519_gives_the_known_answers),
            cmocka_unit_test(a_flipped_bit_is_refused),
            cmocka_unit_test(secrets_compare_and_are_forgotten),
            cmocka_unit_test(memory_that_ends_in_libcrypto_is_no_bad_signature),
    };
    heap_failing_register_libraries();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
