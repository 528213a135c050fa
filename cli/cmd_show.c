/* grid show: one case as a card a person can read, with every conflict and how to settle it. */
#include "cli/qr.h"
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"
#include "proto/ident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A long case brings its lists as rows, a short one within its record: both are shown alike. */
static const char *const list_names[] = {
        "notes", "seconds", "attachments", "entries", "documents", "conflicts", "members"};
enum { LIST_COUNT = sizeof(list_names) / sizeof(list_names[0]) };
struct card {
    struct held_records lists[LIST_COUNT];
};

static void card_row(void *context, struct bytes list, struct bytes record)
{
    struct card *card = context;
    for (size_t i = 0; i < LIST_COUNT; i++)
        if (bytes_equal(list, bytes_text(list_names[i])))
            held_add(&card->lists[i], record);
}

static void each_of(struct card *card, struct bytes end, const char *name,
        void (*each)(void *context, struct bytes record), void *context)
{
    struct reader reader;
    size_t count = record_array(end, name, &reader);
    for (size_t i = 0; i < count && !reader.failed; i++)
        each(context, read_raw(&reader));
    for (size_t i = 0; i < LIST_COUNT; i++)
        if (strcmp(list_names[i], name) == 0)
            held_each(&card->lists[i], each, context);
}

static void count_one(void *context, struct bytes record)
{
    (void)record;
    ++*(size_t *)context;
}

static size_t count_of(struct card *card, struct bytes end, const char *name)
{
    size_t count = 0;
    each_of(card, end, name, count_one, &count);
    return count;
}

static void print_note(void *context, struct bytes record)
{
    struct buffer who = {0};
    (void)context;
    show_who(&who, record);
    printf("    ");
    print_text(show_time(record_text(record, "at")));
    printf("  ");
    print_text(buffer_bytes(&who));
    putchar('\n');
    if (record_text(record, "text").size > 0)
        print_block(record_text(record, "text"), 6);
    if (!record_empty(record, "case")) {
        printf("      ");
        show_line("show.second_of", record_text(record, "case"));
    }
    buffer_close(&who);
}

/* 案码  状态  谁  标题 */
static void print_member_case(void *context, struct bytes record)
{
    struct buffer who = {0};
    (void)context;
    show_who(&who, record);
    printf("    ");
    print_text(record_text(record, "case"));
    printf("  ");
    print_text(text_word("state", record_text(record, "state")));
    printf("  ");
    print_text(buffer_bytes(&who));
    printf("  ");
    print_text(record_text(record, "title"));
    putchar('\n');
    buffer_close(&who);
}

/* What was joined to what, and under which codes it answers. */
static void print_joined(struct card *card, struct bytes end)
{
    struct bytes primary = record_raw(end, "primary");
    struct buffer codes = {0};
    struct reader list;
    size_t count = record_array(end, "codes", &list);
    if (!record_empty(end, "primary"))
        show_line3("show.merged", record_text(primary, "case"),
                text_word("state", record_text(primary, "state")), record_text(primary, "title"));
    for (size_t i = 0; i < count && !list.failed; i++) {
        struct bytes code = value_as_text(read_raw(&list));
        if (i > 1)
            buffer_append(&codes, text("list.and"), strlen(text("list.and")));
        if (i > 0) /* the first is the one above */
            buffer_append(&codes, code.data, code.size);
    }
    if (count > 1)
        show_line("show.codes", buffer_bytes(&codes));
    buffer_close(&codes);
    if (count_of(card, end, "members") > 0) {
        puts(text("show.members"));
        each_of(card, end, "members", print_member_case, NULL);
    }
}

/* What an amend or a ruling wrote, a line each: → 标题  村口路灯坏了 */
static void print_sets(struct bytes record)
{
    struct reader sets;
    size_t count = record_array(record, "sets", &sets);
    for (size_t i = 0; i < count && !sets.failed; i++) {
        struct bytes set = read_raw(&sets), field = record_text(set, "field");
        struct buffer value = {0};
        char name[48];
        snprintf(name, sizeof(name), "%.*s", (int)field.size, (const char *)field.data);
        show_value_of(&value, name, set);
        printf("      → ");
        print_text(text_word("field", field));
        printf("  ");
        print_text(buffer_bytes(&value));
        putchar('\n');
        buffer_close(&value);
    }
}

static void print_tags(struct bytes record, const char *list, const char *sign)
{
    struct reader tags;
    size_t count = record_array(record, list, &tags);
    for (size_t i = 0; i < count && !tags.failed; i++) {
        printf("  %s", sign);
        print_text(text_word("known_tag", value_as_text(read_raw(&tags))));
    }
}

/* 回访：联系上了，满意度 5 */
static void print_reached(struct bytes record)
{
    struct buffer line = {0};
    if (record_empty(record, "reached"))
        return;
    text_say(&line, record_bool(record, "reached") ? "show.reached" : "show.unreached", NULL, NULL);
    if (!record_empty(record, "satisfied")) {
        char satisfied[24];
        snprintf(satisfied, sizeof(satisfied), "%" PRIu64, record_uint(record, "satisfied"));
        text_say(&line, "show.satisfied", satisfied, NULL);
    }
    print_block(buffer_bytes(&line), 6);
    buffer_close(&line);
}

/* Reasons that are words of a list have names: of a return, a close, what is asked for. */
static struct bytes reason_words(struct bytes record)
{
    static const char *const lists[][2] = {
            {"return", "return_reason"}, {"close", "as_is"}, {"ask", "ask"}};
    struct bytes reason = record_text(record, "reason");
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (record_is(record, "kind", lists[i][0]))
            return text_word(lists[i][1], reason);
    return reason;
}

static void print_said(struct bytes record)
{
    static const struct {
        const char *member, *sentence;
    } said[] = {{"reason", "show.reason"}, {"until", "show.until"}};
    bool asked = record_is(record, "kind", "ask");
    print_reached(record);
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        struct buffer line = {0};
        const struct bytes args[] = {
                i == 0 ? reason_words(record) : show_time(record_text(record, "until"))};
        if (!record_empty(record, said[i].member)) {
            text_fill(&line, text(i == 0 && asked ? "show.asked" : said[i].sentence), args, 1);
            print_block(buffer_bytes(&line), 6);
        }
        buffer_close(&line);
    }
    if (record_text(record, "text").size > 0)
        print_block(record_text(record, "text"), 6);
}

static void print_entry(void *context, struct bytes record)
{
    struct buffer who = {0};
    (void)context;
    show_who(&who, record);
    printf("    ");
    print_text(show_time(record_text(record, "at")));
    printf("  ");
    print_text(text_word("kind", record_text(record, "kind")));
    printf("  ");
    print_text(buffer_bytes(&who));
    if (!record_empty(record, "tier")) /* what came down says nothing of where it is */
        printf("  %s", show_tier_mark(record_uint(record, "tier")));
    print_tags(record, "adds", "+");
    print_tags(record, "removes", "-");
    if (!record_empty(record, "number")) {
        printf("  ");
        print_text(record_text(record, "number"));
    }
    if (record_bool(record, "moved"))
        printf("  %s", text("show.moved"));
    if (!record_empty(record, "void")) {
        printf("  ");
        show_line("show.void", text_word("void", record_text(record, "void")));
    } else {
        putchar('\n');
    }
    print_sets(record);
    print_said(record);
    buffer_close(&who);
}

/* 受理告知单  150622103-26-0117-00042-89-S01 */
static void print_document(void *context, struct bytes record)
{
    (void)context;
    printf("    ");
    print_text(show_time(record_text(record, "date")));
    printf("  ");
    print_text(text_word("document", record_text(record, "type")));
    printf("  ");
    print_text(record_text(record, "number"));
    if (record_bool(record, "superseded"))
        printf("  %s", text("document.superseded"));
    putchar('\n');
}

static void print_conflict(void *context, struct bytes record)
{
    (void)context;
    show_conflict(record);
}

static void print_members(struct bytes end)
{
    static const struct {
        const char *member, *group;
    } members[] = {{"category", "category"}, {"unit", "unit"}, {"state", "state"},
            {"holder", "unit"}, {"lead", "lead"}, {"assists", "assists"}, {"accept_by", "due"},
            {"act_by", "due"}, {"due", "due"}, {"check_by", "due"}, {"source", "source"},
            {"applicant", "applicant"}, {"occurred_at", "occurred_at"},
            {"received_at", "received_at"}, {"place_text", "place_text"}, {"geo", "geo"},
            {"scale", "scale"}, {"party_count", "party_count"}, {"amount_fen", "amount_fen"},
            {"impact", "impact"}, {"risk", "risk"}, {"track", "track"}, {"parties", "parties"},
            {"token", "token"}, {"tags", "known_tag"}, {"external_refs", "external_refs"},
            {"outcome", "outcome"}};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        char title[48], name[48];
        struct buffer value = {0};
        struct bytes raw = record_raw(end, members[i].member);
        bool nothing = record_empty(end, members[i].member) ||
                       (value_is_array(raw) && raw.size == 1) ||
                       (value_is_map(raw) && raw.size == 1);
        snprintf(title, sizeof(title), "member.%s", members[i].member);
        snprintf(name, sizeof(name), "%s_name", members[i].member);
        if (!record_empty(end, name)) { /* 燃气泄漏 0204 */
            struct bytes words = record_text(end, name);
            buffer_append(&value, words.data, words.size);
            buffer_append(&value, "  ", 2);
        }
        show_value(&value, members[i].group, raw);
        if (strcmp(title, "member.occurred_at") == 0 &&
                record_is(end, "occurred_precision", "day") && value.size == 16)
            value.size = 10; /* no hour that nobody named */
        if (!nothing)
            show_member(title, buffer_bytes(&value));
        buffer_close(&value);
    }
}

/* What the clock says of the case (DOMAIN 6). */
static void print_clock(struct bytes end)
{
    static const char *const flags[] = {
            "overdue", "accept_late", "act_late", "due_soon", "complex"};
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        char id[32];
        snprintf(id, sizeof(id), "show.%s", flags[i]);
        if (record_bool(end, flags[i]))
            printf("\n%s\n", text(id));
    }
}

/* What is to be done now, while there is anything: 下一步是受理：grid accept */
static void print_step(struct bytes end)
{
    static const char *const open[] = {
            "reported", "accepted", "assigned", "in_progress", "on_hold", "resolved"};
    struct bytes state = record_text(end, "state");
    if (record_is(end, "state", "resolved") && !record_empty(end, "check_by"))
        state = bytes_text("self_resolved"); /* it was filed so: nobody worked on it since */
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
        if (record_is(end, "state", open[i]))
            show_line("show.step", text_word("step", state));
}

static int card_end(struct session *session, void *context, struct bytes end)
{
    struct card *card = context;
    size_t conflict_count = count_of(card, end, "conflicts");
    (void)session;
    show_line3("show.head", record_text(end, "case"), record_text(end, "urgency"),
            text_word("state", record_text(end, "state")));
    print_text(record_text(end, "title"));
    putchar('\n');
    print_joined(card, end);
    putchar('\n');
    if (record_text(end, "description").size > 0) {
        print_block(record_text(end, "description"), 2);
        putchar('\n');
    }
    print_members(end);
    print_step(end);
    print_clock(end);
    if (record_bool(end, "late_evidence"))
        printf("\n%s\n", text("show.late_evidence"));
    if (record_bool(end, "newer_program_needed"))
        printf("\n%s\n", text("show.newer"));
    if (conflict_count > 0) {
        printf("\n%s\n", text("show.conflicts"));
        each_of(card, end, "conflicts", print_conflict, NULL);
    }
    if (count_of(card, end, "notes") > 0) {
        printf("\n%s\n", text("show.notes"));
        each_of(card, end, "notes", print_note, NULL);
    }
    if (count_of(card, end, "seconds") > 0) {
        printf("\n%s\n", text("show.seconds"));
        each_of(card, end, "seconds", print_note, NULL);
    }
    if (count_of(card, end, "documents") > 0) {
        printf("\n%s\n", text("show.documents"));
        each_of(card, end, "documents", print_document, NULL);
    }
    if (count_of(card, end, "entries") > 0) {
        printf("\n%s\n", text("show.entries"));
        each_of(card, end, "entries", print_entry, NULL);
    }
    if (!record_empty(end, "left_out"))
        printf("\n%s\n", text("show.left_out"));
    if (!record_empty(end, "tag"))
        show_line("show.tag", record_text(end, "tag"));
    return EXIT_DONE;
}

/* The QR code of the case alone: 22 digits (P-134). */
static int code_end(struct session *session, void *context, struct bytes end)
{
    enum { SIDE_MM = 30 };
    char digits[GRID_CODE_DIGITS + 1];
    struct case_code code;
    struct qr qr;
    struct buffer drawn = {0};
    struct grid_error error = {0};
    struct bytes shown = record_text(end, "case");
    char typed[64];
    (void)context;
    snprintf(typed, sizeof(typed), "%.*s", (int)(shown.size < 63 ? shown.size : 63),
            (const char *)shown.data);
    if (code_parse(&code, typed, NULL) != GRID_OK) {
        grid_fail(&error, GRID_REFUSED, "no_code", "%s", "");
        return session_fail(session, &error);
    }
    memcpy(digits, code.digits, sizeof(digits));
    if (!qr_make(&qr, digits)) {
        grid_fail(&error, GRID_NOMEM, "out_of_memory", "%s", "");
        return session_fail(session, &error);
    }
    bool svg = args_option(&session->call, "svg") != NULL;
    if (svg)
        qr_svg(&drawn, &qr, SIDE_MM);
    else
        qr_draw(&drawn, &qr, isatty(STDOUT_FILENO) != 0);
    fwrite(drawn.data, 1, drawn.size, stdout);
    if (!svg)
        show_line2("show.qr", shown, record_text(end, "title"));
    qr_close(&qr);
    buffer_close(&drawn);
    return EXIT_DONE;
}

int cmd_show(struct session *session)
{
    static const struct view card_view = {.row = card_row, .end = card_end};
    static const struct view code_view = {.row = card_row, .end = code_end};
    const struct invocation *call = &session->call;
    bool code_alone = args_option(call, "qr") != NULL || args_option(call, "svg") != NULL;
    const struct view *view = code_alone ? &code_view : &card_view;
    struct card card = {0};
    add_text(session, "case", session->call.args[0]);
    int code = ask(session, "show", view, &card);
    for (size_t i = 0; i < LIST_COUNT; i++)
        held_close(&card.lists[i]);
    return code;
}
