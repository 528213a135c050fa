/* One CSV file to rows of fields (DOMAIN 3, "Import files"): UTF-8 with or without BOM, else
 * GB18030 as spreadsheets write it; RFC 4180 by libcsv. Whatever the bytes are, the answer is rows
 * or findings. */
#include "libgrid/roster/inside.h"

#include "proto/gate.h"
#include "proto/heap.h"

#include <csv.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

static const char *const headers[SHEET_COUNT][SHEET_COLUMNS_MAX] = {
        {"code", "kind", "subkind", "name", "name_mn", "households", "lat", "lon", "party_group",
                "valid_from", "valid_to", "successors"},
        {"person", "name", "role", "place", "phone", "from", "to"},
        {"id", "name", "kind", "stationing", "routes", "valid_from", "valid_to"},
};

static size_t column_count(enum sheet sheet)
{
    size_t count = 0;
    while (count < SHEET_COLUMNS_MAX && headers[sheet][count] != NULL)
        count++;
    return count;
}

/* --- text --- */

static struct bytes without_bom(struct bytes text)
{
    static const uint8_t bom[] = {0xef, 0xbb, 0xbf};
    if (text.size >= sizeof(bom) && memcmp(text.data, bom, sizeof(bom)) == 0)
        return bytes_of(text.data + sizeof(bom), text.size - sizeof(bom));
    return text;
}

/* The whole file or nothing. *decoded false: it is no GB18030 either. */
static enum grid_status decode_gb18030(struct bytes file, struct buffer *out, bool *decoded)
{
    *decoded = false;
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == (iconv_t)-1) /* a system without the tables: the file stays unreadable */
        return errno == ENOMEM ? GRID_NOMEM : GRID_OK;
    /* Two bytes become three at most, four become four. */
    size_t room = file.size + file.size / 2 + 16;
    char *to = (char *)buffer_reserve(out, room);
    if (to != NULL) {
        /* iconv takes its input as char ** and does not write to it. */
        union {
            const uint8_t *bytes;
            char *text;
        } from = {.bytes = file.data};
        size_t left = file.size;
        size_t left_room = room;
        *decoded = iconv(converter, &from.text, &left, &to, &left_room) != (size_t)-1 &&
                   iconv(converter, NULL, NULL, &to, &left_room) != (size_t)-1;
        out->size += room - left_room;
    }
    iconv_close(converter);
    return to == NULL ? GRID_NOMEM : GRID_OK;
}

/* --- rows --- */

struct parse {
    enum sheet sheet;
    size_t columns;
    struct findings *findings;
    sheet_row_fn *each;
    void *context;
    enum grid_status status;
    struct buffer texts; /* of the fields of this row */
    size_t ends[SHEET_COLUMNS_MAX];
    size_t field_count;
    uint32_t line;     /* the line being fed */
    uint32_t row_line; /* where the row began */
    bool in_row;       /* a quoted field goes on in the next line */
    bool header_seen, header_wrong;
};

static void parse_finding(struct parse *parse, uint32_t line, const char *cause)
{
    findings_add(parse->findings, parse->sheet, line, "R01", cause, (struct bytes){0},
            (struct bytes){0}, (struct bytes){0});
}

static void on_field(void *text, size_t size, void *context)
{
    struct parse *parse = context;
    if (parse->field_count < SHEET_COLUMNS_MAX) {
        buffer_append(&parse->texts, text, size);
        parse->ends[parse->field_count] = parse->texts.size;
    }
    parse->field_count++;
}

static void split_row(const struct parse *parse, struct sheet_row *row)
{
    *row = (struct sheet_row){.sheet = parse->sheet, .line = parse->row_line};
    size_t at = 0;
    for (size_t i = 0; i < parse->field_count && i < SHEET_COLUMNS_MAX; i++) {
        if (parse->ends[i] > at)
            row->fields[i] = bytes_of(parse->texts.data + at, parse->ends[i] - at);
        at = parse->ends[i];
    }
}

static void join_header(struct buffer *out, enum sheet sheet)
{
    for (size_t i = 0; i < column_count(sheet); i++) {
        if (i > 0)
            buffer_append(out, ",", 1);
        buffer_append(out, headers[sheet][i], strlen(headers[sheet][i]));
    }
}

static void check_header(struct parse *parse, const struct sheet_row *row)
{
    parse->header_seen = true;
    parse->header_wrong = parse->field_count != parse->columns;
    for (size_t i = 0; i < parse->columns && !parse->header_wrong; i++)
        parse->header_wrong = !bytes_equal(row->fields[i], bytes_text(headers[parse->sheet][i]));
    if (!parse->header_wrong)
        return;
    struct buffer wanted = {0};
    join_header(&wanted, parse->sheet);
    findings_add(parse->findings, parse->sheet, parse->row_line, "R01", "header", (struct bytes){0},
            row->fields[0], buffer_bytes(&wanted));
    if (wanted.failed)
        parse->status = GRID_NOMEM;
    buffer_close(&wanted);
}

static void check_columns(struct parse *parse)
{
    char found[24];
    char wanted[24];
    snprintf(found, sizeof(found), "%zu", parse->field_count);
    snprintf(wanted, sizeof(wanted), "%zu", parse->columns);
    findings_add(parse->findings, parse->sheet, parse->row_line, "R01", "columns",
            (struct bytes){0}, bytes_text(found), bytes_text(wanted));
}

static void row_clear(struct parse *parse)
{
    buffer_clear(&parse->texts);
    parse->field_count = 0;
    parse->in_row = false;
}

static void on_row(int end, void *context)
{
    (void)end;
    struct parse *parse = context;
    if (parse->texts.failed)
        parse->status = GRID_NOMEM;
    if (parse->status == GRID_OK && !parse->header_wrong) {
        struct sheet_row row;
        split_row(parse, &row);
        if (!parse->header_seen)
            check_header(parse, &row);
        else if (parse->field_count != parse->columns)
            check_columns(parse);
        else
            parse->status = parse->each(parse->context, &row);
    }
    row_clear(parse);
}

/* RFC 4180: spaces belong to the field. */
static int never_space(unsigned char byte)
{
    (void)byte;
    return 0;
}

static bool open_parser(struct csv_parser *parser)
{
    if (csv_init(parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return false;
    csv_set_space_func(parser, never_space);
    csv_set_realloc_func(parser, grid_resize);
    csv_set_free_func(parser, grid_free);
    csv_set_blk_size(parser, 4096);
    return true;
}

/* A NUL or a carriage return that ends no line: no text file has them. */
static bool line_is_text(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++) {
        bool ends_line = line.data[i] == '\r' && i + 2 == line.size && line.data[i + 1] == '\n';
        bool ends_file = line.data[i] == '\r' && i + 1 == line.size;
        if (line.data[i] == '\0' || (line.data[i] == '\r' && !ends_line && !ends_file))
            return false;
    }
    return true;
}

static bool line_is_empty(struct bytes line)
{
    return line.data[0] == '\n' || line.data[0] == '\r';
}

/* After a broken quote the next line starts afresh, so that one slip does not hide the others. */
static void restart(struct parse *parse, struct csv_parser *parser)
{
    csv_free(parser);
    if (!open_parser(parser))
        parse->status = GRID_NOMEM;
    row_clear(parse);
}

static void feed_line(struct parse *parse, struct csv_parser *parser, struct bytes line)
{
    if (!parse->in_row) {
        if (line_is_empty(line))
            return;
        parse->row_line = parse->line;
        parse->in_row = true;
    }
    if (!line_is_text(line)) {
        parse_finding(parse, parse->line, "control");
        restart(parse, parser);
        return;
    }
    if (csv_parse(parser, line.data, line.size, on_field, on_row, parse) == line.size)
        return;
    if (csv_error(parser) != CSV_EPARSE) {
        parse->status = GRID_NOMEM;
        return;
    }
    parse_finding(parse, parse->row_line, "quotes");
    restart(parse, parser);
}

static struct bytes take_line(struct bytes *text)
{
    const uint8_t *end = memchr(text->data, '\n', text->size);
    size_t size = end == NULL ? text->size : (size_t)(end - text->data) + 1;
    struct bytes line = bytes_of(text->data, size);
    *text = bytes_of(text->data + size, text->size - size);
    return line;
}

static enum grid_status parse_text(struct parse *parse, struct bytes text)
{
    struct csv_parser parser;
    if (!open_parser(&parser))
        return GRID_NOMEM;
    while (text.size > 0 && parse->status == GRID_OK && !parse->header_wrong) {
        parse->line++;
        struct bytes line = take_line(&text);
        feed_line(parse, &parser, line);
    }
    /* The last row may lack its line end; a quote that never closed is found here. */
    if (parse->status == GRID_OK && !parse->header_wrong && parse->in_row &&
            csv_fini(&parser, on_field, on_row, parse) != 0) {
        if (csv_error(&parser) == CSV_EPARSE)
            parse_finding(parse, parse->row_line, "quotes");
        else
            parse->status = GRID_NOMEM;
    }
    csv_free(&parser);
    if (parse->status == GRID_OK && !parse->header_seen) {
        const struct sheet_row nothing = {0};
        parse->row_line = 1;
        check_header(parse, &nothing);
    }
    return parse->status;
}

enum grid_status sheet_read(enum sheet sheet, struct bytes file, struct findings *findings,
        sheet_row_fn *each, void *context, bool *readable)
{
    struct parse parse = {.sheet = sheet,
            .columns = column_count(sheet),
            .findings = findings,
            .each = each,
            .context = context};
    *readable = false;
    if (file.data == NULL) {
        parse_finding(&parse, 1, "missing");
        return GRID_OK;
    }
    enum grid_status status = GRID_OK;
    struct buffer decoded = {0};
    bool is_text = gate_utf8(file);
    if (!is_text) {
        status = decode_gb18030(file, &decoded, &is_text);
        file = buffer_bytes(&decoded);
    }
    if (status == GRID_OK && !is_text)
        parse_finding(&parse, 1, "encoding");
    if (status == GRID_OK && is_text) {
        status = parse_text(&parse, without_bom(file));
        *readable = !parse.header_wrong;
    }
    buffer_close(&parse.texts);
    buffer_close(&decoded);
    return status;
}
