/* `report --from`: whatever a file or a pipe holds, its rows come one by one as reports or with the
 * reason why not, and the same bytes give the same keys, so that a file may be sent twice. The
 * first byte says how the rest is read: CSV, JSONL, by its first character; as a file or as a pipe.
 */
#include "cli/rows.h"
#include "proto/gate.h"
#include "proto/heap.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { AS_CSV = 1, AS_JSONL = 2, AS_PIPE = 4, PIPE_BYTES_MAX = 60000 };

/* What reading came to: the keys one behind the other, and a line for each row. */
struct account {
    struct buffer keys;
    unsigned rows, refused;
    bool failed;
};

static int give(const uint8_t *data, size_t size, bool as_pipe)
{
    int ends[2];
    if (!as_pipe) {
        int file = memfd_create("rows", 0);
        FUZZ_CHECK(file >= 0 && write(file, data, size) == (ssize_t)size);
        FUZZ_CHECK(lseek(file, 0, SEEK_SET) == 0);
        return file;
    }
    FUZZ_CHECK(pipe(ends) == 0 && write(ends[1], data, size) == (ssize_t)size);
    close(ends[1]);
    return ends[0];
}

static void check_row(const struct row *row, struct account *account)
{
    account->rows++;
    if (row->error.status != GRID_OK) {
        account->refused++;
        FUZZ_CHECK(row->error.reason[0] != '\0');
        FUZZ_CHECK(gate_utf8(bytes_text(row->error.detail)));
        return;
    }
    FUZZ_CHECK(row->field_count <= ROW_FIELDS_MAX);
    FUZZ_CHECK(row->key != NULL && row->key[0] != '\0');
    for (size_t i = 0; i < row->field_count; i++) {
        struct bytes value = row->fields[i].value;
        FUZZ_CHECK(gate_utf8(value) && value.size > 0);
        FUZZ_CHECK(memchr(value.data, '\0', value.size) == NULL);
    }
    buffer_append(&account->keys, row->key, strlen(row->key) + 1);
}

static void read_all(const uint8_t *data, size_t size, unsigned mode, struct account *account)
{
    char path[40];
    struct rows rows;
    struct row *row = calloc(1, sizeof(*row));
    struct grid_error error = {0};
    int file = give(data, size, (mode & AS_PIPE) != 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    arena_init(&row->arena, 0);
    unsigned line = 0;
    bool more = rows_open(&rows, path, &error) == GRID_OK;
    FUZZ_CHECK(more || strcmp(error.reason, "file_utf16") == 0);
    if (more && (mode & (AS_CSV | AS_JSONL)) != 0) {
        rows.is_csv = (mode & AS_CSV) != 0;
        rows.sniffed = true;
    }
    while (more) {
        enum rows_result result = rows_next(&rows, row);
        FUZZ_CHECK(result != ROWS_WAIT);
        more = result == ROWS_ROW;
        account->failed = result == ROWS_FAILED;
        FUZZ_CHECK(!account->failed || row->error.status != GRID_OK);
        FUZZ_CHECK(result == ROWS_END || row->line >= line);
        line = row->line;
        if (more)
            check_row(row, account);
    }
    arena_close(&row->arena);
    free(row);
    rows_close(&rows);
    close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct account first = {0};
    struct account again = {0};
    if (size == 0 || size > PIPE_BYTES_MAX)
        return 0;
    read_all(data + 1, size - 1, data[0], &first);
    read_all(data + 1, size - 1, data[0], &again);
    FUZZ_CHECK(first.rows == again.rows && first.refused == again.refused);
    FUZZ_CHECK(first.failed == again.failed);
    FUZZ_CHECK(bytes_equal(buffer_bytes(&first.keys), buffer_bytes(&again.keys)));
    buffer_close(&first.keys);
    buffer_close(&again.keys);
    return 0;
}
