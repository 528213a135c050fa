/* What several commands print in the same way. */
#include "cli/show.h"

#include "cli/record.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void show_lines(const char *id, const struct bytes *arguments, size_t count)
{
    struct buffer filled = {0}, safe = {0};
    text_fill(&filled, text(id), arguments, count);
    print_safe(&safe, buffer_bytes(&filled), true);
    printf("%.*s\n", (int)safe.size, (const char *)safe.data);
    buffer_close(&filled);
    buffer_close(&safe);
}

void show_line(const char *id, struct bytes argument)
{
    show_lines(id, &argument, 1);
}

void show_line2(const char *id, struct bytes first, struct bytes second)
{
    const struct bytes args[] = {first, second};
    show_lines(id, args, 2);
}

void show_line3(const char *id, struct bytes first, struct bytes second, struct bytes third)
{
    const struct bytes args[] = {first, second, third};
    show_lines(id, args, 3);
}

void show_member(const char *title_id, struct bytes value)
{
    enum { TITLE_CELLS = 10 };
    struct buffer title = {0};
    if (value.size == 0)
        return;
    print_cell(&title, bytes_text(text(title_id)), TITLE_CELLS);
    printf("  %.*s  ", (int)title.size, (const char *)title.data);
    print_text(value);
    putchar('\n');
    buffer_close(&title);
}

void show_list(struct table *table, const char *none)
{
    if (table_finish(table) == 0)
        puts(text(none));
}

const char *show_tier_mark(uint64_t tier)
{
    return tier == 0 ? "○" : tier == 1 ? "✓" : "✓✓";
}

struct bytes show_tier_word(uint64_t tier)
{
    static const char *const words[] = {
            "queued", "held", "held_banner", "held_league", "held_region"};
    enum { WORDS = sizeof(words) / sizeof(words[0]) };
    return text_word("queue", bytes_text(words[tier < WORDS ? tier : WORDS - 1]));
}

struct bytes show_time(struct bytes time)
{
    static char shown[17]; /* one at a time is enough: it is copied into a line at once */
    if (time.size < 16 || time.data[10] != 'T')
        return time;
    memcpy(shown, time.data, 16);
    shown[10] = ' ';
    return bytes_of(shown, 16);
}

static void append(struct buffer *out, struct bytes text)
{
    buffer_append(out, text.data, text.size);
}

static void append_number(struct buffer *out, int64_t number)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%" PRId64, number);
    append(out, bytes_text(digits));
}

/* Only these hold times: a title that looks like one stays whole. */
static bool is_time(const char *field)
{
    static const char *const times[] = {
            "occurred_at", "received_at", "due", "act", "finish", "fix_at"};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        if (strcmp(field, times[i]) == 0)
            return true;
    return false;
}

/* Money is kept in fen and read in yuan. */
static void append_amount(struct buffer *out, uint64_t fen)
{
    char yuan[32];
    snprintf(yuan, sizeof(yuan), "%" PRIu64 ".%02u", fen / 100, (unsigned)(fen % 100));
    text_say(out, "value.yuan", yuan, NULL);
}

static void value_of_reader(struct buffer *out, const char *field, struct reader *reader);

/* {kind, label}: 煤矿：某煤矿 */
static void append_party(struct buffer *out, struct bytes party)
{
    struct bytes kind = record_text(party, "kind");
    const struct bytes args[] = {text_word("party", kind), record_text(party, "label")};
    text_fill(out, text("value.party"), args, 2);
}

/* {method, success, text}: 维修：换了灯泡; a decline has no method. */
static void append_outcome(struct buffer *out, struct bytes outcome)
{
    const struct bytes args[] = {
            text_word("method", record_text(outcome, "method")), record_text(outcome, "text")};
    if (record_empty(outcome, "method"))
        append(out, args[1]);
    else
        text_fill(out,
                text(record_bool(outcome, "success") ? "value.outcome" : "value.outcome_failed"),
                args, 2);
}

static void append_map(struct buffer *out, struct reader *reader)
{
    size_t count = read_map(reader);
    bool first = true;
    for (size_t i = 0; i < count && !reader->failed; i++) {
        char name[48];
        struct bytes key = read_str(reader), value = read_raw(reader);
        struct reader inner = reader_of(value);
        enum pack_type type = read_type(&inner);
        if (type == PACK_NIL || (type == PACK_ARRAY && value.size == 1) ||
                bytes_equal(key, bytes_text("policy"))) /* of a limit: nobody's business here */
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)key.size, (const char *)key.data);
        append(out, bytes_text(first ? "" : ", "));
        append(out, text_word("member", key));
        append(out, bytes_text(" "));
        value_of_reader(out, name, &inner);
        first = false;
    }
}

static void append_array(struct buffer *out, const char *field, struct reader *reader)
{
    size_t count = read_array(reader);
    for (size_t i = 0; i < count && !reader->failed; i++) {
        struct bytes value = read_raw(reader);
        struct reader inner = reader_of(value);
        if (i > 0)
            append(out, bytes_text(text("list.and")));
        if (strcmp(field, "parties") == 0)
            append_party(out, value);
        else
            value_of_reader(out, field, &inner);
    }
}

static void value_of_reader(struct buffer *out, const char *field, struct reader *reader)
{
    switch (read_type(reader)) {
    case PACK_STR: {
        struct bytes text = read_str(reader);
        append(out, is_time(field) ? show_time(text) : text_word(field, text));
        return;
    }
    case PACK_UINT: {
        uint64_t number = read_uint(reader);
        if (strcmp(field, "amount_fen") == 0)
            append_amount(out, number);
        else
            append_number(out, (int64_t)number);
        return;
    }
    case PACK_NEGATIVE:
        append_number(out, read_int(reader));
        return;
    case PACK_BOOL:
        append(out, bytes_text(text(read_bool(reader) ? "value.yes" : "value.no")));
        return;
    case PACK_ARRAY:
        append_array(out, field, reader);
        return;
    case PACK_MAP:
        if (strcmp(field, "outcome") == 0)
            append_outcome(out, read_raw(reader));
        else
            append_map(out, reader);
        return;
    case PACK_BIN:
    case PACK_NIL:
    case PACK_NONE:
        read_skip(reader);
        append(out, bytes_text("–"));
        return;
    }
}

void show_value(struct buffer *out, const char *field, struct bytes value)
{
    struct reader reader = reader_of(value);
    if (value.size == 0)
        append(out, bytes_text("–"));
    else
        value_of_reader(out, field, &reader);
}

/* Whoever reads it knows a lead and its assists by name; false where it has none. */
static bool append_lead(struct buffer *out, struct bytes record)
{
    struct bytes name = record_text(record, "name"), assists = record_text(record, "assists_name");
    if (record_empty(record, "value")) {
        append(out, bytes_text(text("value.no_lead")));
        return true;
    }
    append(out, name);
    if (name.size > 0 && assists.size > 0)
        text_fill(out, text("value.assists"), &assists, 1);
    return name.size > 0;
}

void show_value_of(struct buffer *out, const char *field, struct bytes record)
{
    struct bytes name = record_text(record, "name");
    if (strcmp(field, "lead") == 0 && append_lead(out, record))
        return;
    append(out, name);
    append(out, bytes_text(name.size > 0 ? "  " : ""));
    size_t start = out->size;
    show_value(out, field, record_raw(record, "value"));
    if (record_is(record, "precision", "day") && out->size >= start + 16)
        out->size = start + 10; /* 2026-05-01, and no hour that nobody named */
}

void show_who(struct buffer *out, struct bytes record)
{
    struct bytes who = record_text(record, "who"), role = record_text(record, "role");
    if (bytes_equal(who, role) && role.size > 0) { /* the name is not known here */
        who = text_word("role", role);
        role = (struct bytes){0};
    }
    const struct bytes args[] = {
            who.size != 0 ? who : bytes_text(text("who.unknown")), text_word("role", role)};
    text_fill(out, text(role.size != 0 ? "who.with_role" : "who.alone"), args, 2);
}

void show_conflict(struct bytes record)
{
    struct reader values;
    struct bytes field = record_text(record, "field");
    char name[48];
    struct buffer shown = {0};
    snprintf(name, sizeof(name), "%.*s", (int)field.size, (const char *)field.data);
    size_t count = record_array(record, "values", &values);
    struct reader every = values;
    for (size_t i = 0; i < count && !every.failed; i++) {
        struct bytes value = read_raw(&every);
        if (record_uint(value, "n") == record_uint(record, "provisional_n"))
            show_value_of(&shown, name, value);
    }
    if (shown.size == 0) /* more values than are listed */
        show_value(&shown, name, record_raw(record, "provisional"));
    show_line3("conflict.head", text_word("field", field),
            text_word("severity", record_text(record, "severity")), buffer_bytes(&shown));
    for (size_t i = 0; i < count && !values.failed; i++) {
        struct bytes value = read_raw(&values);
        struct buffer who = {0}, words = {0};
        show_value_of(&words, name, value);
        show_who(&who, value);
        printf("    %" PRIu64 ")  ", record_uint(value, "n"));
        print_text(buffer_bytes(&words));
        printf("\n        ");
        print_text(buffer_bytes(&who));
        printf("  ");
        print_text(show_time(record_text(value, "at")));
        puts(record_bool(value, "mine") ? text("conflict.mine") : "");
        buffer_close(&who);
        buffer_close(&words);
    }
    show_line2("conflict.settle", record_text(record, "case"), field);
    buffer_close(&shown);
}

void held_add(struct held_records *held, struct bytes record)
{
    uint8_t size[4];
    put_u32(size, (uint32_t)record.size);
    buffer_append(&held->bytes, size, sizeof(size));
    buffer_append(&held->bytes, record.data, record.size);
    if (held->bytes.failed)
        abort();
    held->count++;
}

void held_each(const struct held_records *held, void (*each)(void *context, struct bytes record),
        void *context)
{
    for (size_t at = 0; at + 4 <= held->bytes.size;) {
        size_t size = get_u32(held->bytes.data + at);
        each(context, bytes_of(held->bytes.data + at + 4, size));
        at += 4 + size;
    }
}

void held_close(struct held_records *held)
{
    buffer_close(&held->bytes);
    *held = (struct held_records){0};
}
