/* A turn is durable whole or not at all (F2, F16), whatever of it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/store/store.h"
#include "tests/lib/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES = 2000 };

static struct store *open_it(const char *path)
{
    struct store *store = NULL;
    struct grid_error error = {0};
    assert_int_equal(store_open(&store, path, DISK_VFS, &error), GRID_OK);
    return store;
}

static void fill(struct store *store)
{
    uint8_t body[1000] = {0};
    struct grid_error error = {0};
    for (uint64_t seq = 1; seq <= ENTRIES; seq++) {
        struct store_entry entry = {.place = STORE_PLACE(1, seq),
                .header = bytes_of(body, 1),
                .body = bytes_of(body, sizeof(body))};
        assert_int_equal(store_entry_put(store, &entry, &error), GRID_OK);
    }
    assert_int_equal(store_commit(store, &error), GRID_OK);
}

/* SQLite rolls a turn back by itself when even a read finds a bad disk. What was written after it
 * would be durable alone. */
static void nothing_is_written_in_a_turn_that_failed(void **state)
{
    (void)state;
    char folder[] = "/tmp/grid-test-XXXXXX";
    char path[64];
    struct grid_error error = {0};
    struct store_entry entry;
    uint64_t value = 0;
    bool found = false;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/grid.db", folder);
    disk_register();
    struct store *store = open_it(path);
    fill(store);
    store_close(store);

    store = open_it(path); /* nothing is in its cache */
    assert_int_equal(store_meta_put_u64(store, "first", 1, &error), GRID_OK);
    disk_fail_at(DISK_READ, 1);
    assert_int_equal(store_entry_get(store, STORE_PLACE(1, ENTRIES / 2), &entry, &found, &error),
            GRID_STORAGE);
    assert_true(disk_failed());
    assert_int_equal(store_meta_put_u64(store, "second", 2, &error), GRID_STORAGE);
    assert_string_equal(error.reason, "disk_error");
    assert_int_equal(store_commit(store, &error), GRID_STORAGE);
    store_close(store);

    store = open_it(path);
    assert_int_equal(store_meta_get_u64(store, "first", &value, &error), GRID_OK);
    assert_int_equal(value, 0);
    assert_int_equal(store_meta_get_u64(store, "second", &value, &error), GRID_OK);
    assert_int_equal(value, 0);
    store_close(store);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(nothing_is_written_in_a_turn_that_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
