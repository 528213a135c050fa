#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/grid-keys-XXXXXX";
static int directory = -1;

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/grid-keys-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    directory = open(folder, O_RDONLY | O_DIRECTORY);
    return directory >= 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlinkat(directory, "keys/keyring", 0);
    (void)unlinkat(directory, "keys", AT_REMOVEDIR);
    (void)close(directory);
    return rmdir(folder);
}

/* Overwrites some bytes of a slot. */
static void tear(unsigned slot, off_t at)
{
    int file = openat(directory, "keys/keyring", O_WRONLY);
    assert_int_equal(pwrite(file, "torn", 4, (off_t)slot * KEYS_SLOT_BYTES + at), 4);
    (void)close(file);
}

/* Marks the counter `value` and closes. */
static void mark(uint32_t value)
{
    struct key_file keys;
    struct grid_error error = {0};
    assert_int_equal(key_file_open(&keys, directory, &error), GRID_OK);
    keys.keyring->code_counter_reserved = value;
    struct grid_keyring copy = *keys.keyring;
    assert_int_equal(key_file_write(&keys, &copy, &error), GRID_OK);
    key_file_close(&keys);
}

static uint32_t marked(void)
{
    struct key_file keys;
    struct grid_error error = {0};
    assert_int_equal(key_file_open(&keys, directory, &error), GRID_OK);
    uint32_t value = keys.keyring->code_counter_reserved;
    key_file_close(&keys);
    return value;
}

static void keys_are_random_private_and_come_back(void **state)
{
    (void)state;
    struct grid_error error = {0};
    struct key_file keys;
    struct stat file;
    uint8_t zeros[GRID_SEED_BYTES] = {0};
    assert_false(key_file_exists(directory));
    assert_int_equal(key_file_make(directory, &error), GRID_OK);
    assert_true(key_file_exists(directory));
    assert_int_equal(fstatat(directory, "keys/keyring", &file, 0), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    assert_int_equal(file.st_size, KEYS_FILE_BYTES);
    assert_int_equal(key_file_open(&keys, directory, &error), GRID_OK);
    assert_memory_not_equal(keys.keyring->identity_seed, zeros, sizeof(zeros));
    assert_memory_not_equal(keys.keyring->identity_seed, keys.keyring->spare_seed, sizeof(zeros));
    key_file_close(&keys);
    key_file_close(&keys);
}

static void the_last_mark_counts(void **state)
{
    (void)state;
    assert_int_equal(key_file_make(directory, NULL), GRID_OK);
    for (uint32_t value = 1; value < 9; value++) {
        mark(value);
        assert_int_equal(marked(), value);
    }
}

static void a_torn_slot_falls_back_to_the_other(void **state)
{
    (void)state;
    static const off_t places[] = {0, 4, 40};
    assert_int_equal(key_file_make(directory, NULL), GRID_OK); /* slot 0 */
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        mark(10); /* slot 1 */
        mark(11); /* slot 0 */
        tear(0, places[i]);
        assert_int_equal(marked(), 10);
        mark(12); /* the torn one is written over, the good one kept until that is done */
        assert_int_equal(marked(), 12);
        tear(0, places[i]);
        assert_int_equal(marked(), 10);
        mark(13); /* slot 0 */
    }
}

static void without_a_whole_slot_it_is_an_error_and_no_new_keys(void **state)
{
    (void)state;
    struct key_file keys;
    struct grid_error error = {0};
    assert_int_equal(key_file_open(&keys, directory, &error), GRID_STORAGE);
    assert_string_equal(error.reason, "keys_missing");
    assert_int_equal(key_file_make(directory, NULL), GRID_OK);
    mark(1);
    tear(0, 30);
    tear(1, 30);
    assert_int_equal(key_file_open(&keys, directory, &error), GRID_STORAGE);
    assert_string_equal(error.reason, "keys_unreadable");
}

static void a_generation_never_falls_back(void **state)
{
    (void)state;
    struct key_file keys;
    assert_int_equal(key_file_make(directory, NULL), GRID_OK);
    assert_int_equal(key_file_open(&keys, directory, NULL), GRID_OK);
    struct grid_keyring *old = malloc(sizeof(*old));
    *old = *keys.keyring;
    assert_int_equal(key_file_write(&keys, old, NULL), GRID_OK);
    old->code_counter_reserved = 99;
    assert_int_equal(key_file_write(&keys, old, NULL), GRID_OK); /* the caller does not count */
    assert_int_equal(keys.keyring->generation, 3);
    key_file_close(&keys);
    free(old);
    assert_int_equal(marked(), 99);
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
            IN_A_FOLDER(keys_are_random_private_and_come_back),
            IN_A_FOLDER(the_last_mark_counts),
            IN_A_FOLDER(a_torn_slot_falls_back_to_the_other),
            IN_A_FOLDER(without_a_whole_slot_it_is_an_error_and_no_new_keys),
            IN_A_FOLDER(a_generation_never_falls_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
