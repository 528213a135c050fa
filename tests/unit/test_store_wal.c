/* The write-ahead log of the store stays bounded, whatever was being read when a turn ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TURNS = 400, ENTRIES_A_TURN = 20, BODY_BYTES = 1000, WAL_BYTES_MAX = 8 << 20 };

static void a_row_that_was_lent_does_not_keep_the_log_growing(void **state)
{
    (void)state;
    char folder[] = "/tmp/grid-test-XXXXXX";
    char path[64];
    char wal[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/grid.db", folder);
    snprintf(wal, sizeof(wal), "%s/grid.db-wal", folder);
    struct grid_error error = {0};
    struct store *store = NULL;
    assert_int_equal(store_open(&store, path, NULL, &error), GRID_OK);
    uint8_t body[BODY_BYTES];
    memset(body, 7, sizeof(body));
    uint64_t seq = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        for (int i = 0; i < ENTRIES_A_TURN; i++) {
            struct store_entry entry = {.place = STORE_PLACE(1, ++seq),
                    .header = bytes_of(body, 1),
                    .body = bytes_of(body, sizeof(body))};
            assert_int_equal(store_entry_put(store, &entry, &error), GRID_OK);
        }
        struct store_entry lent;
        bool found = false;
        assert_int_equal(
                store_entry_get(store, STORE_PLACE(1, seq), &lent, &found, &error), GRID_OK);
        assert_true(found);
        assert_int_equal(store_commit(store, &error), GRID_OK);
    }
    struct stat log;
    assert_int_equal(stat(wal, &log), 0);
    assert_true(log.st_size < WAL_BYTES_MAX);
    store_close(store);
    unlink(wal);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_row_that_was_lent_does_not_keep_the_log_growing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
