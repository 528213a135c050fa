/* grid audit: the whole trace of one case, for whoever has to answer for it. */
#include "cli/print.h"
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct tally {
    uint64_t void_count, broken_count, unproven_count;
};

static void print_line(const char *id, const struct bytes *args, size_t count)
{
    struct buffer line = {0};
    text_fill(&line, text(id), args, count);
    print_text(buffer_bytes(&line));
    putchar('\n');
    buffer_close(&line);
}

/* 依据 a1…/1/7、a1…/1/9 */
static void print_names(struct bytes record, const char *member, const char *id)
{
    struct reader names;
    struct buffer line = {0};
    size_t count = record_array(record, member, &names);
    for (size_t i = 0; i < count && !names.failed; i++) {
        struct bytes name = value_as_text(read_raw(&names));
        buffer_append(&line, "  ", i > 0 ? 2 : 0);
        buffer_append(&line, name.data, name.size);
    }
    const struct bytes args[] = {buffer_bytes(&line)};
    if (count > 0)
        print_line(id, args, 1);
    buffer_close(&line);
}

static void print_values(struct bytes record)
{
    struct reader values;
    size_t count = record_array(record, "values", &values);
    for (size_t i = 0; i < count && !values.failed; i++) {
        struct bytes item = read_raw(&values);
        struct buffer value = {0};
        char field[64];
        struct bytes name = record_text(item, "field");
        snprintf(field, sizeof(field), "%.*s", (int)name.size, (const char *)name.data);
        show_value(&value, field, record_raw(item, "value"));
        const struct bytes args[] = {text_word("field", name), buffer_bytes(&value)};
        print_line("audit.value", args, 2);
        buffer_close(&value);
    }
}

static void print_receipts(struct bytes record)
{
    struct reader receipts;
    size_t count = record_array(record, "receipts", &receipts);
    for (size_t i = 0; i < count && !receipts.failed; i++) {
        struct bytes item = read_raw(&receipts);
        char tier[24];
        snprintf(tier, sizeof(tier), "%" PRIu64, record_uint(item, "tier"));
        const struct bytes args[] = {
                bytes_text(tier), record_text(item, "node"), show_time(record_text(item, "at"))};
        print_line(record_bool(item, "good") ? "audit.receipt" : "audit.receipt_bad", args, 3);
    }
}

static void count_entry(struct tally *tally, struct bytes record)
{
    bool broken = record_is(record, "chain", "broken") || record_is(record, "seal", "broken");
    tally->void_count += !record_empty(record, "void");
    tally->broken_count += broken;
    tally->unproven_count += !broken && (record_is(record, "chain", "single") ||
                                                record_is(record, "seal", "unsealed"));
}

static void audit_row(void *context, struct bytes list, struct bytes record)
{
    char number[24];
    struct buffer who = {0};
    (void)list;
    count_entry(context, record);
    show_who(&who, record);
    snprintf(number, sizeof(number), "%" PRIu64, record_uint(record, "n"));
    char at[20];
    struct bytes time = show_time(record_text(record, "at"));
    snprintf(at, sizeof(at), "%.*s", (int)time.size, (const char *)time.data);
    const struct bytes head[] = {bytes_text(number), bytes_text(at),
            text_word("kind", record_text(record, "kind")), buffer_bytes(&who),
            record_text(record, "place")};
    print_line("audit.entry", head, 5);
    if (!record_empty(record, "void")) {
        const struct bytes why[] = {text_word("void", record_text(record, "void"))};
        print_line("audit.void", why, 1);
    }
    print_values(record);
    const struct bytes name[] = {record_text(record, "dot"), record_text(record, "leaf")};
    print_line("audit.name", name, 2);
    print_names(record, "basis", "audit.basis");
    print_names(record, "refs", "audit.refs");
    print_names(record, "seen", "audit.seen");
    const struct bytes came[] = {show_time(record_text(record, "received_at"))};
    if (came[0].size > 0)
        print_line("audit.received", came, 1);
    const struct bytes proof[] = {text_word("chain", record_text(record, "chain")),
            text_word("seal", record_text(record, "seal"))};
    print_line("audit.proof", proof, 2);
    print_receipts(record);
    buffer_close(&who);
}

static int audit_end(struct session *session, void *context, struct bytes end)
{
    const struct tally *tally = context;
    char counts[4][24];
    (void)session;
    snprintf(counts[0], sizeof(counts[0]), "%" PRIu64, record_uint(end, "entry_count"));
    snprintf(counts[1], sizeof(counts[1]), "%" PRIu64, tally->void_count);
    snprintf(counts[2], sizeof(counts[2]), "%" PRIu64, tally->unproven_count);
    snprintf(counts[3], sizeof(counts[3]), "%" PRIu64, tally->broken_count);
    const struct bytes args[] = {record_text(end, "case"),
            text_word("state", record_text(end, "state")), bytes_text(counts[0]),
            bytes_text(counts[1]), bytes_text(counts[2]), bytes_text(counts[3])};
    putchar('\n');
    print_line("audit.end", args, 6);
    if (tally->broken_count == 0)
        return EXIT_DONE;
    puts(text("audit.broken"));
    return EXIT_REFUSED;
}

int cmd_audit(struct session *session)
{
    static const struct view view = {.lists = "entries", .row = audit_row, .end = audit_end};
    struct tally tally = {0};
    add_text(session, "case", session->call.args[0]);
    return ask_pages(session, "audit", INT32_MAX, &view, &tally);
}
