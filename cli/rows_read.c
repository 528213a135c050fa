/* Rows out of lines: one JSON object each, or the records of a CSV, which may span lines. */
#include "cli/rows.h"

#include "proto/gate.h"
#include "proto/heap.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void refuse(struct row *row, enum grid_status status, const char *reason, const char *detail)
{
    if (row->error.status == GRID_OK)
        grid_fail(&row->error, status, reason, "%s", detail);
}

/* --- JSONL ------------------------------------------------------------------------------------ */

/* A number that a person would write as text: a category 9999, a key 17. */
static void add_integer(struct row *row, const char *name, json_int_t number)
{
    char digits[32];
    bool category = strcmp(name, "category") == 0;
    snprintf(digits, sizeof(digits), category ? "%04" JSON_INTEGER_FORMAT : "%" JSON_INTEGER_FORMAT,
            number);
    row_add(row, name, bytes_text(digits));
}

static void add_array(struct row *row, const char *name, const json_t *array)
{
    size_t count = json_array_size(array);
    if (strcmp(name, "tags") == 0) {
        for (size_t i = 0; i < count; i++) {
            const char *tag = json_string_value(json_array_get(array, i));
            if (tag == NULL)
                refuse(row, GRID_INVALID, "row_type", name);
            else
                row_add(row, name, bytes_text(tag));
        }
        return;
    }
    bool position = strcmp(name, "at") == 0 && count == 2 &&
                    json_is_number(json_array_get(array, 0)) &&
                    json_is_number(json_array_get(array, 1));
    if (!position) {
        refuse(row, GRID_INVALID, "row_type", name);
        return;
    }
    char text[64];
    snprintf(text, sizeof(text), "%.7f,%.7f", json_number_value(json_array_get(array, 0)),
            json_number_value(json_array_get(array, 1)));
    row_add(row, name, bytes_text(text));
}

static void add_json(struct row *row, const char *name, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        row_add(row, name, bytes_of(json_string_value(value), json_string_length(value)));
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        if (strcmp(name, "applicant") == 0)
            row_add(row, name, bytes_text(json_is_true(value) ? "yes" : "no"));
        else
            refuse(row, GRID_INVALID, "row_type", name);
        return;
    case JSON_INTEGER:
        add_integer(row, name, json_integer_value(value));
        return;
    case JSON_ARRAY:
        add_array(row, name, value);
        return;
    case JSON_NULL:
        row_add(row, name, (struct bytes){0}); /* absent, but the name must be known */
        return;
    case JSON_OBJECT:
    case JSON_REAL:
        refuse(row, GRID_INVALID, "row_type", name);
        return;
    }
}

/* failure NULL: it is JSON, but no object. */
static void refuse_json(struct row *row, const json_error_t *failure)
{
    char column[16] = "";
    enum json_error_code code = failure != NULL ? json_error_code(failure) : json_error_wrong_type;
    if (failure != NULL)
        snprintf(column, sizeof(column), "%d", failure->column);
    if (code == json_error_duplicate_key)
        refuse(row, GRID_INVALID, "row_json_twice", column);
    else if (code == json_error_null_character || code == json_error_null_byte_in_key)
        refuse(row, GRID_INVALID, "row_json_null", column);
    else
        refuse(row, GRID_INVALID, failure != NULL ? "row_json" : "row_json_object", column);
}

void row_parse_json(struct row *row, struct bytes line)
{
    json_error_t failure;
    if (!gate_utf8(line)) {
        refuse(row, GRID_INVALID, "row_encoding", "");
        return;
    }
    json_t *object =
            json_loadb((const char *)line.data, line.size, JSON_REJECT_DUPLICATES, &failure);
    if (object == NULL || !json_is_object(object)) {
        refuse_json(row, object == NULL ? &failure : NULL);
    } else {
        const char *name;
        json_t *value;
        json_object_foreach(object, name, value)
        {
            const char *known = rows_name(name);
            add_json(row, known != NULL ? known : name, value);
        }
    }
    json_decref(object);
}

static bool is_blank(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++)
        if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r' &&
                line.data[i] != '\n')
            return false;
    return true;
}

/* --- CSV -------------------------------------------------------------------------------------- */

static int never_space(unsigned char character)
{
    (void)character;
    return 0; /* RFC 4180: blanks belong to the field */
}

static bool parser_open(struct rows *rows)
{
    if (csv_init(&rows->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return false;
    csv_set_space_func(&rows->parser, never_space);
    return true;
}

static void on_cell(void *cell, size_t size, void *context)
{
    struct rows *rows = context;
    uint8_t size_bytes[4];
    put_u32(size_bytes, (uint32_t)size);
    buffer_append(&rows->cells, size_bytes, sizeof(size_bytes));
    buffer_append(&rows->cells, cell, size);
    rows->cell_count++;
}

static void on_row(int character, void *context)
{
    struct rows *rows = context;
    (void)character;
    rows->row_done = true;
}

static struct bytes next_cell(const struct rows *rows, size_t *at)
{
    size_t size = get_u32(rows->cells.data + *at);
    struct bytes cell = bytes_of(rows->cells.data + *at + 4, size);
    *at += 4 + size;
    return cell;
}

/* A header of one cell with other separators in it is a file of another format. */
static void header_unknown(const struct rows *rows, struct row *row, const char *name)
{
    if (rows->cell_count == 1 && strpbrk(name, ";\t|") != NULL)
        refuse(row, GRID_INVALID, "row_separator", name);
    else if (row->error.status == GRID_OK)
        grid_fail(&row->error, GRID_INVALID, "row_name", "%s" GRID_ARG "%s", name, rows_names());
}

static void take_header(struct rows *rows, struct row *row)
{
    char name[64];
    size_t at = 0;
    if (rows->cell_count > ROW_COLUMNS_MAX) {
        refuse(row, GRID_INVALID, "row_fields", "");
        return;
    }
    bool has_title = false;
    for (size_t i = 0; i < rows->cell_count; i++) {
        struct bytes cell = next_cell(rows, &at);
        snprintf(name, sizeof(name), "%.*s", cell.size < sizeof(name) ? (int)cell.size : 63,
                (const char *)cell.data);
        rows->columns[i] = NULL;
        if (cell.size == 0)
            continue; /* a trailing comma; its cells must be empty */
        const char *column = rows_name(name);
        if (column == NULL) {
            header_unknown(rows, row, name);
            continue;
        }
        for (size_t j = 0; j < i; j++)
            if (rows->columns[j] == column)
                refuse(row, GRID_INVALID, "row_column_twice", column);
        rows->columns[i] = column;
        has_title = has_title || strcmp(column, "title") == 0;
    }
    if (!has_title)
        refuse(row, GRID_INVALID, "row_no_title", rows_names());
    rows->column_count = rows->cell_count;
    rows->header_done = row->error.status == GRID_OK;
}

static void take_cells(struct rows *rows, struct row *row)
{
    char found[24], wanted[24];
    size_t at = 0;
    if (rows->cell_count != rows->column_count) {
        snprintf(found, sizeof(found), "%zu", rows->cell_count);
        snprintf(wanted, sizeof(wanted), "%zu", rows->column_count);
        grid_fail(&row->error, GRID_INVALID, "row_columns", "%s" GRID_ARG "%s", wanted, found);
        return;
    }
    for (size_t i = 0; i < rows->cell_count; i++) {
        struct bytes cell = next_cell(rows, &at);
        if (rows->columns[i] != NULL)
            row_add(row, rows->columns[i], cell);
        else if (cell.size > 0)
            refuse(row, GRID_INVALID, "row_column_unnamed", "");
    }
}

/* A record whose quotes do not fit is refused by its first line; reading goes on at the next one,
 * so that one stray quote does not swallow what follows. */
static void restart_behind(struct rows *rows, struct row *row)
{
    refuse(row, GRID_INVALID, "row_quotes", "");
    csv_free(&rows->parser);
    parser_open(rows);
    lines_back(&rows->lines);
    rows->in_row = false;
}

static bool row_is_blank(const struct rows *rows)
{
    return rows->column_count > 1 && rows->cell_count == 1 &&
           is_blank(bytes_of(rows->cells.data + 4, rows->cells.size - 4));
}

/* One line into the parser. True: `row` is decided. */
static bool feed(struct rows *rows, struct row *row, struct bytes line)
{
    if (!rows->in_row) {
        buffer_clear(&rows->cells);
        rows->cell_count = 0;
        row->line = rows->lines.mark_line;
    }
    rows->row_done = false;
    if (csv_parse(&rows->parser, line.data, line.size, on_cell, on_row, rows) != line.size ||
            lines_since_mark(&rows->lines) > LINES_ROW_BYTES_MAX) {
        restart_behind(rows, row);
        return true;
    }
    rows->in_row = !rows->row_done && !(is_blank(line) && rows->cell_count == 0 && !rows->in_row);
    return rows->row_done;
}

static enum rows_result next_csv(struct rows *rows, struct row *row)
{
    for (;;) {
        struct bytes line;
        if (!rows->in_row)
            lines_mark(&rows->lines);
        unsigned first = rows->lines.mark_line;
        enum lines_result result = lines_next(&rows->lines, true, &line);
        row->line = first;
        if (result == LINES_WAIT)
            return ROWS_WAIT;
        if (result == LINES_FAILED) {
            refuse(row, GRID_INVALID, "file_read", "");
            return ROWS_FAILED;
        }
        if (result == LINES_TOO_LONG) {
            csv_free(&rows->parser);
            parser_open(rows);
            rows->in_row = false;
            refuse(row, GRID_INVALID, "row_size", "");
            return rows->header_done ? ROWS_ROW : ROWS_FAILED;
        }
        if (result == LINES_END) {
            if (!rows->in_row)
                return ROWS_END;
            rows->row_done = false;
            if (csv_fini(&rows->parser, on_cell, on_row, rows) != 0)
                restart_behind(rows, row);
            else
                rows->in_row = false;
        } else if (!feed(rows, row, line)) {
            continue;
        }
        rows->in_row = false;
        lines_mark(&rows->lines);
        if (row->error.status == GRID_OK && !rows->header_done) {
            take_header(rows, row);
            if (row->error.status == GRID_OK)
                continue;
        } else if (row->error.status == GRID_OK) {
            if (row_is_blank(rows))
                continue;
            take_cells(rows, row);
        }
        return rows->header_done && rows->column_count > 0 ? ROWS_ROW : ROWS_FAILED;
    }
}

static enum rows_result next_json(struct rows *rows, struct row *row)
{
    for (;;) {
        struct bytes line;
        lines_mark(&rows->lines);
        row->line = rows->lines.line;
        switch (lines_next(&rows->lines, false, &line)) {
        case LINES_WAIT:
            return ROWS_WAIT;
        case LINES_END:
            return ROWS_END;
        case LINES_FAILED:
            refuse(row, GRID_INVALID, "file_read", "");
            return ROWS_FAILED;
        case LINES_TOO_LONG:
            refuse(row, GRID_INVALID, "row_size", "");
            return ROWS_ROW;
        case LINES_LINE:
            break;
        }
        if (is_blank(line))
            continue;
        row_parse_json(row, line);
        return ROWS_ROW;
    }
}

/* --- both ------------------------------------------------------------------------------------- */

static bool ends_with(const char *path, const char *ending)
{
    size_t size = strlen(path), ending_size = strlen(ending);
    return size >= ending_size && strcasecmp(path + size - ending_size, ending) == 0;
}

enum grid_status rows_open(struct rows *rows, const char *path, struct grid_error *error)
{
    *rows = (struct rows){0};
    enum grid_status status = lines_open(&rows->lines, path, error);
    if (status == GRID_OK && !parser_open(rows))
        status = grid_fail(error, GRID_NOMEM, "", "%s", "");
    rows->is_csv = ends_with(path, ".csv");
    rows->sniffed = rows->is_csv || ends_with(path, ".jsonl") || ends_with(path, ".ndjson");
    return status;
}

void rows_close(struct rows *rows)
{
    csv_free(&rows->parser);
    lines_close(&rows->lines);
    buffer_close(&rows->cells);
    grid_free(rows->seen.hashes);
    grid_free(rows->seen.counts);
    *rows = (struct rows){.lines.fd = -1};
}

enum rows_result rows_next(struct rows *rows, struct row *row)
{
    arena_reset(&row->arena);
    row->field_count = 0;
    row->key = NULL;
    row->line = rows->lines.line;
    row->error = (struct grid_error){0};
    if (!rows->sniffed) {
        uint8_t first = 0;
        enum lines_result found = lines_peek(&rows->lines, &first);
        if (found == LINES_WAIT)
            return ROWS_WAIT;
        rows->is_csv = found == LINES_LINE && first != '{';
        rows->sniffed = true;
    }
    enum rows_result result = rows->is_csv ? next_csv(rows, row) : next_json(rows, row);
    if (result == ROWS_ROW && row->error.status == GRID_OK && row->key == NULL) {
        enum grid_status status = row_derive_key(row, &rows->seen);
        if (status != GRID_OK)
            grid_fail(&row->error, status, "", "%s", "");
    }
    return result;
}
