/* What concerns the node itself: status, sync, invitations, devices; and the codebook. */
#include "cli/qr.h"
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"
#include "proto/invite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- status ----------------------------------------------------------------------------------- */

static void print_parent(struct bytes end)
{
    struct bytes parent = record_raw(end, "parent");
    struct buffer line = {0};
    struct bytes state = text_word("parent", record_text(parent, "state"));
    buffer_append(&line, state.data, state.size);
    if (!record_empty(parent, "reason")) {
        buffer_append(&line, " — ", 5);
        text_reason_word(&line, record_text(parent, "reason"));
    }
    if (!record_empty(parent, "next_attempt_s")) {
        struct buffer wait = {0};
        text_duration(&wait, record_uint(parent, "next_attempt_s"));
        const struct bytes args[] = {buffer_bytes(&wait)};
        buffer_append(&line, " — ", 5);
        text_fill(&line, text("queue.next"), args, 1);
        buffer_close(&wait);
    }
    show_member("member.parent_link", buffer_bytes(&line));
    buffer_close(&line);
}

/* 0015, as in the case codes */
static struct bytes slot_of(struct bytes record, char *out, size_t size)
{
    snprintf(out, size, "%04" PRIu64, record_uint(record, "slot"));
    return bytes_text(record_empty(record, "slot") ? NULL : out);
}

static void child_row(void *context, struct bytes list, struct bytes record)
{
    struct table *table = context;
    char slot[24], held[24], missing[24] = "";
    (void)list;
    snprintf(held, sizeof(held), "%" PRIu64, record_uint(record, "held"));
    if (record_uint(record, "known_missing") > 0)
        snprintf(missing, sizeof(missing), "%" PRIu64, record_uint(record, "known_missing"));
    const char *link = record_bool(record, "revoked")     ? "device.revoked"
                       : record_bool(record, "connected") ? "device.connected"
                                                          : "device.away";
    bool known = !record_empty(record, "last_seen"); /* a handheld hears of no other device */
    const struct bytes cells[] = {slot_of(record, slot, sizeof(slot)), record_text(record, "name"),
            record_text(record, "person"),
            bytes_text(known || record_bool(record, "revoked") ? text(link) : ""),
            show_time(record_text(record, "last_seen")), bytes_text(held), bytes_text(missing)};
    table_row(table, cells);
}

/* 网格员@150622103203004 */
static void print_posts(struct bytes end)
{
    struct reader posts;
    struct buffer line = {0};
    size_t count = record_array(end, "posts", &posts);
    for (size_t i = 0; i < count && !posts.failed; i++) {
        struct bytes post = read_raw(&posts);
        const struct bytes args[] = {record_text(post, "role"), record_text(post, "place")};
        if (i > 0)
            buffer_append(&line, "; ", 2);
        text_fill(&line, "%1{role}@%2", args, 2);
    }
    show_member("member.posts", buffer_bytes(&line));
    buffer_close(&line);
}

/* What the parent gives; nothing where nobody stands above. */
static void print_buckets(struct bytes buckets)
{
    char numbers[3][24];
    struct buffer line = {0};
    snprintf(numbers[0], sizeof(numbers[0]), "%" PRIu64, record_uint(buckets, "complete"));
    snprintf(numbers[1], sizeof(numbers[1]), "%" PRIu64, record_uint(buckets, "of"));
    snprintf(numbers[2], sizeof(numbers[2]), "%" PRIu64, record_uint(buckets, "repairs"));
    const struct bytes args[] = {
            bytes_text(numbers[0]), bytes_text(numbers[1]), bytes_text(numbers[2])};
    text_fill(&line,
            text(record_uint(buckets, "repairs") > 0 ? "status.buckets_mended" : "status.buckets"),
            args, 3);
    if (record_uint(buckets, "of") > 0)
        show_member("member.buckets", buffer_bytes(&line));
    buffer_close(&line);
}

static int status_end(struct session *session, void *context, struct bytes end)
{
    static const char *const numbers[] = {"cases", "entries", "conflicts", "quarantine"};
    struct reader children;
    (void)session;
    show_member("member.node", text_word("node", record_text(end, "role")));
    static const char *const texts[] = {"unit", "name", "person"};
    char slot[24];
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char title[48];
        struct buffer value = {0};
        snprintf(title, sizeof(title), "member.%s", texts[i]);
        show_value(&value, "role", record_raw(end, texts[i]));
        if (!record_empty(end, texts[i]))
            show_member(title, buffer_bytes(&value));
        buffer_close(&value);
    }
    show_member("member.slot", slot_of(end, slot, sizeof(slot)));
    print_posts(end);
    show_member("member.version", record_text(end, "version"));
    print_parent(end);
    if (record_bool(end, "revoked"))
        puts(text("status.revoked"));
    struct bytes queue = record_raw(end, "queue");
    struct buffer line = {0};
    char urgent[24], work[24];
    snprintf(urgent, sizeof(urgent), "%" PRIu64, record_uint(queue, "urgent"));
    snprintf(work, sizeof(work), "%" PRIu64, record_uint(queue, "work"));
    text_say(&line, "status.queue", urgent, work);
    show_member("member.queue", buffer_bytes(&line));
    buffer_close(&line);
    print_buckets(record_raw(end, "buckets"));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char title[48], number[24];
        snprintf(title, sizeof(title), "member.%s", numbers[i]);
        snprintf(number, sizeof(number), "%" PRIu64, record_uint(end, numbers[i]));
        show_member(title, bytes_text(number));
    }
    show_member("member.storage", text_word("storage", record_text(end, "storage")));
    show_member("member.digest", record_text(end, "digest"));
    size_t count = record_array(end, "children", &children);
    for (size_t i = 0; i < count && !children.failed; i++)
        child_row(context, bytes_text("children"), read_raw(&children));
    if (table_rows(context) > 0)
        putchar('\n');
    table_finish(context);
    return EXIT_DONE;
}

int cmd_status(struct session *session)
{
    static const struct view view = {.row = child_row, .end = status_end};
    static const char *const titles[] = {"column.slot", "column.name", "column.person",
            "column.link", "column.last_seen", "column.held", "column.missing"};
    struct table *table = table_open(titles, 7, -1);
    int code = ask(session, "status", &view, table);
    table_close(table);
    return code;
}

/* --- sync ------------------------------------------------------------------------------------- */

static int sync_end(struct session *session, void *context, struct bytes end)
{
    (void)context;
    bool done = args_option(&session->call, "wait") != NULL || record_bool(end, "synced");
    puts(text(done ? "sync.done" : "sync.started"));
    return EXIT_DONE;
}

int cmd_sync(struct session *session)
{
    static const struct view view = {.end = sync_end};
    const char *wait = args_option(&session->call, "wait");
    if (wait != NULL &&
            (wait[0] == '\0' || wait[strspn(wait, "0123456789")] != '\0' || strlen(wait) > 9)) {
        struct grid_error error = {0};
        grid_fail(&error, GRID_USAGE, "wait_seconds", "%s", wait);
        return session_fail(session, &error);
    }
    return ask(session, "sync", &view, NULL);
}

/* --- invite ----------------------------------------------------------------------------------- */

/* For a device with a camera; the line below says the same. */
static bool draw_invite(struct bytes line)
{
    char text[INVITE_TEXT_BYTES];
    struct qr qr;
    struct buffer drawn = {0};
    if (line.size >= sizeof(text))
        return false;
    memcpy(text, line.data, line.size);
    text[line.size] = '\0';
    if (!qr_make(&qr, text))
        return false;
    qr_draw(&drawn, &qr, isatty(STDOUT_FILENO) != 0);
    fwrite(drawn.data, 1, drawn.size, stdout);
    qr_close(&qr);
    buffer_close(&drawn);
    return true;
}

static int invite_end(struct session *session, void *context, struct bytes end)
{
    (void)context;
    char slot[24];
    if (record_empty(end, "slot"))
        show_line("invite.centre", show_time(record_text(end, "expires")));
    else
        show_line2("invite.lead", slot_of(end, slot, sizeof(slot)),
                show_time(record_text(end, "expires")));
    if (args_option(&session->call, "qr") != NULL && !draw_invite(record_text(end, "invite")))
        fprintf(stderr, "%s\n", text("invite.no_qr"));
    /* The line stands alone, last: scripts take `tail -n 1`. */
    print_text(record_text(end, "invite"));
    putchar('\n');
    return EXIT_DONE;
}

int cmd_invite(struct session *session)
{
    static const struct view view = {.end = invite_end};
    return ask(session, "invite", &view, NULL);
}

/* --- devices ---------------------------------------------------------------------------------- */

static int devices_end(struct session *session, void *context, struct bytes end)
{
    struct reader devices;
    (void)session;
    size_t count = record_array(end, "devices", &devices);
    for (size_t i = 0; i < count && !devices.failed; i++)
        child_row(context, bytes_text("devices"), read_raw(&devices));
    show_list(context, "devices.none");
    return EXIT_DONE;
}

int cmd_devices(struct session *session)
{
    static const struct view view = {.lists = "devices", .row = child_row, .end = devices_end};
    static const char *const titles[] = {"column.slot", "column.name", "column.person",
            "column.link", "column.last_seen", "column.held", "column.missing"};
    struct table *table = table_open(titles, 7, -1);
    int code = ask(session, "devices", &view, table);
    table_close(table);
    return code;
}

/* --- categories ------------------------------------------------------------------------------- */

static void category_row(void *context, struct bytes list, struct bytes record)
{
    (void)list;
    struct bytes code = record_text(record, "code");
    struct bytes group = record_text(record, "group");
    const struct bytes cells[] = {code.size != 0 ? code : record_text(record, "category"),
            record_text(record, "name"), record_text(record, "urgency"), group,
            record_text(record, "english")};
    table_row(context, cells);
}

static int categories_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    (void)end;
    show_list(context, "categories.none");
    return EXIT_DONE;
}

int cmd_categories(struct session *session)
{
    static const struct view view = {
            .lists = "categories", .row = category_row, .end = categories_end};
    static const char *const titles[] = {"column.category", "column.category_name",
            "column.urgency", "column.group", "column.english"};
    struct table *table = table_open(titles, 5, 4);
    if (session->call.arg_count > 0)
        add_text(session, "word", session->call.args[0]);
    int code = ask(session, "categories", &view, table);
    table_close(table);
    return code;
}
