#include "cli/sheet.h"

#include "cli/record.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void append(struct buffer *out, struct bytes text)
{
    buffer_append(out, text.data, text.size);
}

static void append_text(struct buffer *out, const char *text)
{
    append(out, bytes_text(text));
}

/* --- cells --- */

/* =, +, - and @ begin a formula, in full width too; tabs and line ends before one are passed over.
 */
static bool would_run(struct bytes text)
{
    static const char *const begins[] = {
            "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"};
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        size_t size = strlen(begins[i]);
        if (text.size >= size && memcmp(text.data, begins[i], size) == 0)
            return true;
    }
    return false;
}

void sheet_cell(struct buffer *out, struct bytes text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.size; i++)
        quoted = quoted || strchr("\",\r\n\t", text.data[i]) != NULL;
    append_text(out, quoted ? "\"" : "");
    append_text(out, would_run(text) ? "'" : "");
    for (size_t i = 0; i < text.size; i++)
        buffer_append(out, text.data[i] == '"' ? "\"\"" : (const char *)&text.data[i],
                text.data[i] == '"' ? 2 : 1);
    append_text(out, quoted ? "\"" : "");
}

struct sheet_row {
    struct buffer cell; /* in the making */
    struct bytes record;
    bool words;
};

typedef void cell_fn(struct sheet_row *row, const char *member);

static void cell_text(struct sheet_row *row, const char *member)
{
    append(&row->cell, record_text(row->record, member));
}

/* What has no code of its own yet goes by the beginning of its id, as commands take it. */
static void cell_case(struct sheet_row *row, const char *member)
{
    cell_text(row, member);
    if (row->cell.size > 0)
        return;
    append_text(&row->cell, "#");
    cell_text(row, "case_id");
}

static void cell_word(struct sheet_row *row, const char *member)
{
    struct bytes id = record_text(row->record, member);
    append(&row->cell, row->words ? text_word(member, id) : id);
}

/* Digits alone a spreadsheet rounds (a unit code) or strips (0204): so the name stands with them.
 */
static void cell_code(struct sheet_row *row, const char *member)
{
    char name[48];
    snprintf(name, sizeof(name), "%s_name", member);
    cell_text(row, member);
    if (row->cell.size == 0)
        return;
    append_text(&row->cell, " ");
    if (record_empty(row->record, name))
        append_text(&row->cell, "–");
    else
        cell_text(row, name);
}

static void cell_place(struct sheet_row *row, const char *member)
{
    cell_text(row, member);
    if (row->cell.size > 0)
        append_text(&row->cell, " –");
}

static void cell_time(struct sheet_row *row, const char *member)
{
    struct bytes time = record_text(row->record, member);
    append(&row->cell, row->words ? show_time(time) : time);
}

static void cell_number(struct sheet_row *row, const char *member)
{
    char digits[24];
    if (record_empty(row->record, member))
        return;
    snprintf(digits, sizeof(digits), "%" PRIu64, record_uint(row->record, member));
    append_text(&row->cell, digits);
}

static void cell_yuan(struct sheet_row *row, const char *member)
{
    char digits[32];
    uint64_t fen = record_uint(row->record, "amount_fen");
    (void)member;
    if (record_empty(row->record, "amount_fen"))
        return;
    snprintf(digits, sizeof(digits), "%" PRIu64 ".%02u", fen / 100, (unsigned)(fen % 100));
    append_text(&row->cell, digits);
}

static void append_yes(struct sheet_row *row, bool yes)
{
    if (row->words)
        append_text(&row->cell, text(yes ? "value.yes" : "value.no"));
    else
        append_text(&row->cell, yes ? "yes" : "no");
}

static void cell_yes(struct sheet_row *row, const char *member)
{
    append_yes(row, record_bool(row->record, member));
}

/* Between latitude and longitude; NULL: there is no place. */
static const uint8_t *geo_comma(struct bytes geo)
{
    return geo.size > 0 ? memchr(geo.data, ',', geo.size) : NULL;
}

static void cell_latitude(struct sheet_row *row, const char *member)
{
    struct bytes geo = record_text(row->record, "geo");
    const uint8_t *comma = geo_comma(geo);
    (void)member;
    if (comma != NULL)
        append(&row->cell, bytes_of(geo.data, (size_t)(comma - geo.data)));
}

static void cell_longitude(struct sheet_row *row, const char *member)
{
    struct bytes geo = record_text(row->record, "geo");
    const uint8_t *comma = geo_comma(geo);
    (void)member;
    if (comma != NULL)
        append(&row->cell, bytes_of(comma + 1, geo.size - (size_t)(comma + 1 - geo.data)));
}

/* mining;group */
static void cell_tags(struct sheet_row *row, const char *member)
{
    struct reader items;
    size_t count = record_array(row->record, member, &items);
    for (size_t i = 0; i < count && !items.failed; i++) {
        struct bytes tag = value_as_text(read_raw(&items));
        append_text(&row->cell, i > 0 ? ";" : "");
        append(&row->cell, row->words ? text_word("known_tag", tag) : tag);
    }
}

/* 12345:2026-0815;… */
static void cell_refs(struct sheet_row *row, const char *member)
{
    struct reader items;
    size_t count = record_array(row->record, member, &items);
    for (size_t i = 0; i < count && !items.failed; i++) {
        struct bytes ref = read_raw(&items);
        append_text(&row->cell, i > 0 ? ";" : "");
        append(&row->cell, record_text(ref, "system"));
        append_text(&row->cell, ":");
        append(&row->cell, record_text(ref, "number"));
    }
}

static void cell_method(struct sheet_row *row, const char *member)
{
    struct bytes id = record_text(record_raw(row->record, "outcome"), "method");
    (void)member;
    append(&row->cell, row->words ? text_word("method", id) : id);
}

static void cell_success(struct sheet_row *row, const char *member)
{
    struct bytes outcome = record_raw(row->record, "outcome");
    (void)member;
    if (value_is_map(outcome))
        append_yes(row, record_bool(outcome, "success"));
}

static void cell_outcome(struct sheet_row *row, const char *member)
{
    append(&row->cell, record_text(record_raw(row->record, member), "text"));
}

static const struct column {
    const char *name;
    cell_fn *cell;
    bool number; /* ours, and no text of anybody: a minus is no formula there */
} columns[] = {
        {"case", cell_case, false},
        {"title", cell_text, false},
        {"category", cell_code, false},
        {"urgency", cell_word, false},
        {"state", cell_word, false},
        {"unit", cell_code, false},
        {"holder", cell_code, false},
        {"lead", cell_place, false},
        {"due", cell_time, false},
        {"overdue", cell_yes, false},
        {"source", cell_word, false},
        {"applicant", cell_yes, false},
        {"occurred_at", cell_time, false},
        {"received_at", cell_time, false},
        {"last_at", cell_time, false},
        {"place_text", cell_text, false},
        {"lat", cell_latitude, true},
        {"lon", cell_longitude, true},
        {"scale", cell_word, false},
        {"party_count", cell_number, true},
        {"amount_yuan", cell_yuan, true},
        {"impact", cell_number, true},
        {"risk", cell_word, false},
        {"track", cell_word, false},
        {"supervision", cell_word, false},
        {"tags", cell_tags, false},
        {"external_refs", cell_refs, false},
        {"method", cell_method, false},
        {"success", cell_success, false},
        {"outcome", cell_outcome, false},
        {"description", cell_text, false},
        {"conflict_count", cell_number, true},
        {"late_evidence", cell_yes, false},
        {"note_count", cell_number, true},
        {"second_count", cell_number, true},
        {"entry_count", cell_number, true},
};
enum { COLUMN_COUNT = sizeof(columns) / sizeof(columns[0]) };

void sheet_head(struct buffer *out, bool words)
{
    append_text(out, "\xef\xbb\xbf");
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        append_text(out, i > 0 ? "," : "");
        sheet_cell(out, words ? text_word("sheet", bytes_text(columns[i].name))
                              : bytes_text(columns[i].name));
    }
    append_text(out, "\r\n");
}

void sheet_row(struct buffer *out, struct bytes record, bool words)
{
    struct sheet_row row = {.record = record, .words = words};
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        buffer_clear(&row.cell);
        columns[i].cell(&row, columns[i].name);
        append_text(out, i > 0 ? "," : "");
        if (columns[i].number)
            append(out, buffer_bytes(&row.cell));
        else
            sheet_cell(out, buffer_bytes(&row.cell));
    }
    append_text(out, "\r\n");
    out->failed = out->failed || row.cell.failed;
    buffer_close(&row.cell);
}

/* --- JSON --- */

static void json_text(struct buffer *out, struct bytes text)
{
    size_t plain = 0;
    append_text(out, "\"");
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        char escaped[8];
        if (byte >= ' ' && byte != '"' && byte != '\\')
            continue;
        append(out, bytes_of(text.data + plain, i - plain));
        plain = i + 1;
        if (byte == '"' || byte == '\\')
            snprintf(escaped, sizeof(escaped), "\\%c", byte);
        else
            snprintf(escaped, sizeof(escaped), byte == '\n' ? "\\n" : "\\u%04x", byte);
        append_text(out, escaped);
    }
    append(out, bytes_of(text.data + plain, text.size - plain));
    append_text(out, "\"");
}

/* Depth is bounded by the gate that the answer has passed. */
static void json_value(struct buffer *out, struct reader *reader, const char *without);

static void json_map(struct buffer *out, struct reader *reader, const char *without)
{
    size_t count = read_map(reader);
    bool first = true;
    append_text(out, "{");
    for (size_t i = 0; i < count && !reader->failed; i++) {
        struct bytes key = read_str(reader);
        if (without != NULL && bytes_equal(key, bytes_text(without))) {
            read_skip(reader);
            continue;
        }
        append_text(out, first ? "" : ",");
        first = false;
        json_text(out, key);
        append_text(out, ":");
        json_value(out, reader, NULL);
    }
    append_text(out, "}");
}

static void json_array_of(struct buffer *out, struct reader *reader)
{
    size_t count = read_array(reader);
    append_text(out, "[");
    for (size_t i = 0; i < count && !reader->failed; i++) {
        append_text(out, i > 0 ? "," : "");
        json_value(out, reader, NULL);
    }
    append_text(out, "]");
}

static void json_number(struct buffer *out, struct reader *reader, bool negative)
{
    char digits[24];
    if (negative)
        snprintf(digits, sizeof(digits), "%" PRId64, read_int(reader));
    else
        snprintf(digits, sizeof(digits), "%" PRIu64, read_uint(reader));
    append_text(out, digits);
}

static void json_value(struct buffer *out, struct reader *reader, const char *without)
{
    switch (read_type(reader)) {
    case PACK_UINT:
    case PACK_NEGATIVE:
        json_number(out, reader, read_type(reader) == PACK_NEGATIVE);
        return;
    case PACK_BOOL:
        append_text(out, read_bool(reader) ? "true" : "false");
        return;
    case PACK_STR:
        json_text(out, read_str(reader));
        return;
    case PACK_ARRAY:
        json_array_of(out, reader);
        return;
    case PACK_MAP:
        json_map(out, reader, without);
        return;
    case PACK_BIN:
    case PACK_NIL:
    case PACK_NONE:
        read_skip(reader);
        append_text(out, "null");
        return;
    }
}

void sheet_json(struct buffer *out, struct bytes record, const char *without)
{
    struct reader reader = reader_of(record);
    json_value(out, &reader, without);
}

bool sheet_feature(struct buffer *out, struct bytes record)
{
    struct bytes geo = record_text(record, "geo");
    const uint8_t *comma = geo_comma(geo);
    if (comma == NULL)
        return false;
    append_text(out, "{\"type\":\"Feature\",\"id\":");
    json_text(out, record_text(record, "case_id"));
    append_text(out, ",\"geometry\":{\"type\":\"Point\",\"coordinates\":[");
    append(out, bytes_of(comma + 1, geo.size - (size_t)(comma + 1 - geo.data)));
    append_text(out, ",");
    append(out, bytes_of(geo.data, (size_t)(comma - geo.data)));
    append_text(out, "]},\"properties\":");
    sheet_json(out, record, "geo");
    append_text(out, "}");
    return true;
}
