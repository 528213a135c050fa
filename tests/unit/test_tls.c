#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/tls.h"

#include <stdlib.h>
#include <string.h>

struct pair {
    struct tls_context *contexts[2];
    struct tls *sides[2]; /* 0 calls, 1 answers */
    struct buffer wires[2];
};

static void open_pair(struct pair *pair)
{
    memset(pair, 0, sizeof(*pair));
    for (int i = 0; i < 2; i++) {
        uint8_t seed[GRID_SEED_BYTES];
        memset(seed, 0x51 + i, sizeof(seed));
        assert_int_equal(tls_context_open(&pair->contexts[i], seed, NULL), GRID_OK);
        assert_int_equal(tls_open(&pair->sides[i], pair->contexts[i], i == 0), GRID_OK);
    }
}

static void close_pair(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        tls_close(pair->sides[i]);
        tls_context_close(pair->contexts[i]);
        buffer_close(&pair->wires[i]);
    }
}

/* Carries what `from` has to say to the other side. */
static void carry(struct pair *pair, int from)
{
    tls_drain(pair->sides[from], &pair->wires[from]);
    assert_true(tls_feed(pair->sides[1 - from], buffer_bytes(&pair->wires[from])));
    buffer_clear(&pair->wires[from]);
}

static void shake_hands(struct pair *pair)
{
    assert_int_equal(tls_handshake(pair->sides[0]), TLS_MORE);
    carry(pair, 0);
    assert_int_equal(tls_handshake(pair->sides[1]), TLS_MORE);
    carry(pair, 1);
    assert_int_equal(tls_handshake(pair->sides[0]), TLS_DONE);
    carry(pair, 0);
    assert_int_equal(tls_handshake(pair->sides[1]), TLS_DONE);
}

static void each_side_proves_its_key_to_the_other(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair);
    shake_hands(&pair);
    for (int i = 0; i < 2; i++) {
        uint8_t seed[GRID_SEED_BYTES];
        uint8_t key[GRID_KEY_BYTES];
        memset(seed, 0x51 + i, sizeof(seed));
        assert_int_equal(crypto_public_key(key, seed), GRID_OK);
        assert_memory_equal(tls_peer_key(pair.sides[1 - i]), key, sizeof(key));
    }
    close_pair(&pair);
}

static void bytes_arrive_whole_in_any_pieces(void **state)
{
    (void)state;
    enum { SIZE = 200000 };
    struct pair pair;
    uint8_t *sent = malloc(SIZE);
    uint8_t *got = malloc(SIZE);
    size_t used = 0;
    open_pair(&pair);
    shake_hands(&pair);
    for (size_t i = 0; i < SIZE; i++)
        sent[i] = (uint8_t)(i * 7 + i / 256);
    assert_true(tls_write(pair.sides[0], bytes_of(sent, SIZE)));
    tls_drain(pair.sides[0], &pair.wires[0]);
    for (size_t at = 0; at < pair.wires[0].size; at += 997) {
        size_t left = pair.wires[0].size - at;
        assert_true(tls_feed(
                pair.sides[1], bytes_of(pair.wires[0].data + at, left < 997 ? left : 997)));
        size_t taken;
        while (tls_read(pair.sides[1], got + used, SIZE - used, &taken) == TLS_DONE)
            used += taken;
    }
    assert_int_equal(used, SIZE);
    assert_memory_equal(got, sent, SIZE);
    free(sent);
    free(got);
    close_pair(&pair);
}

static void an_end_is_told_from_a_pause(void **state)
{
    (void)state;
    struct pair pair;
    uint8_t byte;
    size_t taken;
    open_pair(&pair);
    shake_hands(&pair);
    assert_int_equal(tls_read(pair.sides[1], &byte, 1, &taken), TLS_MORE);
    tls_end(pair.sides[0]);
    carry(&pair, 0);
    assert_int_equal(tls_read(pair.sides[1], &byte, 1, &taken), TLS_ENDED);
    close_pair(&pair);
}

static void a_flipped_bit_ends_the_connection(void **state)
{
    (void)state;
    struct pair pair;
    uint8_t out[16];
    size_t taken;
    open_pair(&pair);
    shake_hands(&pair);
    assert_true(tls_write(pair.sides[0], bytes_text("report")));
    tls_drain(pair.sides[0], &pair.wires[0]);
    pair.wires[0].data[7] ^= 1;
    assert_true(tls_feed(pair.sides[1], buffer_bytes(&pair.wires[0])));
    assert_int_equal(tls_read(pair.sides[1], out, sizeof(out), &taken), TLS_FAILED);
    assert_int_equal(taken, 0);
    close_pair(&pair);
}

static void what_is_not_tls_fails_at_once(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair);
    assert_true(tls_feed(pair.sides[1], bytes_text("GET / HTTP/1.1\r\n\r\n")));
    assert_int_equal(tls_handshake(pair.sides[1]), TLS_FAILED);
    close_pair(&pair);
}

static void unread_bytes_are_capped(void **state)
{
    (void)state;
    static uint8_t noise[65536];
    struct pair pair;
    unsigned taken = 0;
    open_pair(&pair);
    while (taken < 16 && tls_feed(pair.sides[1], bytes_of(noise, sizeof(noise))))
        taken++;
    assert_int_equal(taken, 2);
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_side_proves_its_key_to_the_other),
            cmocka_unit_test(bytes_arrive_whole_in_any_pieces),
            cmocka_unit_test(an_end_is_told_from_a_pause),
            cmocka_unit_test(a_flipped_bit_ends_the_connection),
            cmocka_unit_test(what_is_not_tls_fails_at_once),
            cmocka_unit_test(unread_bytes_are_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
