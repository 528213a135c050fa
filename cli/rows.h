/* The rows of `report --from`: JSONL or CSV, streamed, each as the fields of one report. */
#ifndef GRID_CLI_ROWS_H
#define GRID_CLI_ROWS_H

#include "cli/lines.h"
#include "proto/arena.h"
#include "proto/control.h"

#include <csv.h>

enum { ROW_FIELDS_MAX = 96, ROW_COLUMNS_MAX = 64 };

/* One report, or why its row is none. Valid until the next call. */
struct row {
    unsigned line;           /* of the file, the first is 1 */
    struct grid_error error; /* status GRID_OK: the fields are good */
    struct grid_field fields[ROW_FIELDS_MAX];
    size_t field_count;
    const char *key; /* given, or derived from the content (see rows_key) */
    struct arena arena;
};

/* How often a content was met in this file: equal rows get different keys, the same in each run. */
struct rows_seen {
    uint64_t *hashes;
    uint32_t *counts;
    size_t used, capacity;
};

struct rows {
    struct lines lines;
    bool is_csv;
    bool header_done, in_row, row_done, sniffed;
    struct csv_parser parser;
    struct buffer cells; /* of the row being read: size u32, bytes, each */
    size_t cell_count;
    const char *columns[ROW_COLUMNS_MAX]; /* the request's field of each column; NULL: ignored */
    size_t column_count;
    struct rows_seen seen;
};

enum rows_result { ROWS_ROW, ROWS_WAIT, ROWS_END, ROWS_FAILED };

/* By the ending of the name; otherwise, and for "-", by the first character: '{' is JSONL. */
enum grid_status rows_open(struct rows *rows, const char *path, struct grid_error *error);
void rows_close(struct rows *rows);
/* ROWS_WAIT: a pipe has nothing yet. ROWS_FAILED: reading failed, or the header of a CSV is wrong;
 * row->error and row->line say why, and nothing comes after it. */
enum rows_result rows_next(struct rows *rows, struct row *row);

/* The name of CLI.md for what a header or a key says; NULL: unknown. It lives for ever. */
const char *rows_name(const char *typed);
/* The permitted names, joined for a message. */
const char *rows_names(void);

/* --- pieces, for tests --- */
/* Adds a value under the name of CLI.md ("tags", "occurred_at"…). */
void row_add(struct row *row, const char *name, struct bytes value);
void row_parse_json(struct row *row, struct bytes line);
/* "f-" and the SHA-256 of the normalised fields and the ordinal of this content in the file. */
enum grid_status row_derive_key(struct row *row, struct rows_seen *seen);

#endif
