#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/keyring.h"
#include "tests/lib/heap_failing.h"

#include <string.h>

static void fill(struct grid_keyring *keyring, uint32_t authors)
{
    *keyring = (struct grid_keyring){.generation = UINT64_C(1) << 40,
            .code_counter_reserved = 4711,
            .slot_given = 9999,
            .starts = 70000,
            .author_count = authors};
    memset(keyring->identity_seed, 0x11, sizeof(keyring->identity_seed));
    memset(keyring->spare_seed, 0x22, sizeof(keyring->spare_seed));
    for (uint32_t i = 0; i < authors; i++) {
        struct author_key *author = &keyring->authors[i];
        memset(author->seed, (int)(i & 0xFF), sizeof(author->seed));
        author->counter = i + 1;
        author->sealed[0].seq = i * UINT64_C(1000);
        author->sealed[1].seq = UINT64_MAX - i;
        memset(author->sealed[0].id, 0xA0, sizeof(author->sealed[0].id));
        memset(author->sealed[1].id, 0xA1, sizeof(author->sealed[1].id));
    }
}

static void a_keyring_comes_back_whole(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, GRID_INCARNATIONS_MAX};
    static struct grid_keyring keyring, back;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct buffer file = {0};
        fill(&keyring, counts[i]);
        assert_int_equal(keyring_pack(&file, &keyring), GRID_OK);
        assert_int_equal(keyring_read(buffer_bytes(&file), &back, NULL), GRID_OK);
        assert_memory_equal(&back, &keyring, sizeof(keyring));
        buffer_close(&file);
    }
}

static void a_torn_or_changed_file_is_not_read(void **state)
{
    (void)state;
    static struct grid_keyring keyring, back, empty;
    struct buffer file = {0};
    fill(&keyring, 2);
    assert_int_equal(keyring_pack(&file, &keyring), GRID_OK);
    struct grid_error error = {0};
    for (size_t size = 0; size < file.size; size++)
        assert_int_equal(keyring_read(bytes_of(file.data, size), &back, &error), GRID_MALFORMED);
    assert_string_equal(error.reason, "keyring_damaged");
    for (size_t at = 0; at < file.size; at++) {
        file.data[at] ^= 0x10;
        assert_int_equal(keyring_read(buffer_bytes(&file), &back, NULL), GRID_MALFORMED);
        assert_memory_equal(&back, &empty, sizeof(back));
        file.data[at] ^= 0x10;
    }
    buffer_append(&file, "", 1);
    assert_int_equal(keyring_read(buffer_bytes(&file), &back, NULL), GRID_MALFORMED);
    buffer_close(&file);
}

/* Version 1 of the file, as it stands on devices that have one: no count of starts. */
static void an_older_file_is_read(void **state)
{
    (void)state;
    static struct grid_keyring keyring, back;
    struct buffer file = {0};
    fill(&keyring, 0);
    keyring.starts = 0;
    assert_int_equal(keyring_pack(&file, &keyring), GRID_OK);
    size_t size = file.size - GRID_HASH_BYTES; /* … starts 00, no author 90 */
    assert_int_equal(file.data[size - 2], 0x00);
    file.data[0] = 0x97;
    file.data[1] = 1;
    file.data[size - 2] = file.data[size - 1];
    struct bytes content = bytes_of(file.data, size - 1);
    assert_int_equal(crypto_hash(file.data + size - 1, &content, 1), GRID_OK);
    assert_int_equal(keyring_read(bytes_of(file.data, file.size - 1), &back, NULL), GRID_OK);
    assert_memory_equal(&back, &keyring, sizeof(keyring));
    file.data[1] = 2; /* the new version with the old fields */
    assert_int_equal(crypto_hash(file.data + size - 1, &content, 1), GRID_OK);
    assert_int_equal(keyring_read(bytes_of(file.data, file.size - 1), &back, NULL), GRID_MALFORMED);
    buffer_close(&file);
}

/* The hash is right, the content is not ours. */
static void a_foreign_file_is_not_read(void **state)
{
    (void)state;
    static struct grid_keyring back;
    static const uint8_t contents[][4] = {{0x93, 1, 2, 3}, {0x00}, {0x96, 2, 0, 0}};
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        uint8_t file[4 + GRID_HASH_BYTES];
        struct bytes content = bytes_of(contents[i], sizeof(contents[i]));
        memcpy(file, content.data, content.size);
        assert_int_equal(crypto_hash(file + content.size, &content, 1), GRID_OK);
        assert_int_equal(keyring_read(bytes_of(file, sizeof(file)), &back, NULL), GRID_MALFORMED);
    }
}

static void without_memory_nothing_counts(void **state)
{
    (void)state;
    static struct grid_keyring keyring;
    fill(&keyring, 3);
    heap_failing_begin();
    struct buffer file = {0};
    heap_failing_at(1);
    assert_int_equal(keyring_pack(&file, &keyring), GRID_NOMEM);
    buffer_close(&file);
    heap_failing_end();
}

static void a_forgotten_keyring_is_zeros(void **state)
{
    (void)state;
    static struct grid_keyring keyring, empty;
    fill(&keyring, 3);
    keyring_forget(&keyring);
    assert_memory_equal(&keyring, &empty, sizeof(keyring));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_keyring_comes_back_whole),
            cmocka_unit_test(a_torn_or_changed_file_is_not_read),
            cmocka_unit_test(an_older_file_is_read),
            cmocka_unit_test(a_foreign_file_is_not_read),
            cmocka_unit_test(without_memory_nothing_counts),
            cmocka_unit_test(a_forgotten_keyring_is_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
