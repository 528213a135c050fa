/* grid doctor: looks at this installation as somebody in the field would have to: is it running,
 * has it room, is its clock right, why does nothing go out. Each line says what to do. */
#include "cli/doctor.h"
#include "cli/print.h"
#include "cli/record.h"
#include "cli/show.h"
#include "cli/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum {
    DISK_LOW_MIB = 256,
    DISK_BAD_MIB = 16,
    CLOCK_WARN_S = 300,  /* what a remote clock may be ahead and still move ours (P-71) */
    CLOCK_BAD_S = 86400, /* deadlines would be days off */
    QUEUE_OLD_S = 86400,
};

/* --- what was found --- */

static struct finding *found(struct findings *findings, const char *id, enum health health)
{
    static struct finding spare;
    if (findings->count == FINDINGS_MAX)
        return &spare;
    struct finding *finding = &findings->items[findings->count++];
    *finding = (struct finding){.id = id, .health = health};
    return finding;
}

static void number_arg(struct finding *finding, int index, uint64_t number)
{
    snprintf(finding->args[index], sizeof(finding->args[index]), "%" PRIu64, number);
}

static void text_arg(struct finding *finding, int index, struct bytes text)
{
    snprintf(finding->args[index], sizeof(finding->args[index]), "%.*s", (int)text.size,
            (const char *)text.data);
}

static void duration_arg(struct finding *finding, int index, uint64_t seconds)
{
    struct buffer words = {0};
    text_duration(&words, seconds);
    text_arg(finding, index, buffer_bytes(&words));
    buffer_close(&words);
}

/* --- without the daemon --- */

static void check_home(struct findings *findings, const char *home)
{
    char path[PATH_MAX];
    struct stat state;
    int size = snprintf(path, sizeof(path), "%s/gridd.conf", home);
    bool there = size > 0 && size < (int)sizeof(path) && access(path, F_OK) == 0;
    if (!there) {
        (void)found(findings, "home", errno == EACCES ? HEALTH_WARN : HEALTH_BAD);
        return;
    }
    bool open_to_others = stat(home, &state) == 0 && (state.st_mode & 022) != 0;
    (void)found(findings, open_to_others ? "home_open" : "home",
            open_to_others ? HEALTH_BAD : HEALTH_OK);
}

static void check_disk(struct findings *findings, const char *home)
{
    struct statvfs disk;
    if (statvfs(home, &disk) != 0)
        return;
    uint64_t free_mib = (uint64_t)disk.f_bavail * disk.f_frsize / 1048576;
    enum health health = HEALTH_OK;
    if (free_mib < DISK_LOW_MIB)
        health = free_mib < DISK_BAD_MIB ? HEALTH_BAD : HEALTH_WARN;
    number_arg(found(findings, "disk", health), 0, free_mib);
}

/* A handset whose battery was empty says 1970. */
static void check_year(struct findings *findings)
{
    struct tm local;
    time_t now = time(NULL) + 8 * 3600; /* everybody lives by +08:00 */
    enum { FIRST_YEAR = 2026, LAST_YEAR = 2099 };
    if (gmtime_r(&now, &local) == NULL)
        return;
    int year = local.tm_year + 1900;
    struct finding *finding = found(
            findings, "year", year >= FIRST_YEAR && year <= LAST_YEAR ? HEALTH_OK : HEALTH_BAD);
    strftime(finding->args[0], sizeof(finding->args[0]), "%Y-%m-%d %H:%M", &local);
}

/* --- with it --- */

static void check_version(struct findings *findings, struct bytes status)
{
    struct bytes version = record_text(status, "version");
    bool same = bytes_equal(version, bytes_text(GRID_VERSION));
    struct finding *finding = found(findings, "version", same ? HEALTH_OK : HEALTH_WARN);
    text_arg(finding, 0, version);
    text_arg(finding, 1, bytes_text(GRID_VERSION));
}

static void check_who(struct findings *findings, struct bytes status)
{
    struct reader posts;
    bool handheld = record_is(status, "role", "handheld");
    if (record_bool(status, "revoked"))
        (void)found(findings, "revoked", HEALTH_BAD);
    else if (handheld && record_array(status, "posts", &posts) == 0)
        (void)found(findings, "posts", HEALTH_BAD);
}

static void check_link(struct findings *findings, struct bytes status)
{
    struct bytes parent = record_raw(status, "parent");
    if (record_is(parent, "state", "none")) {
        (void)found(findings, "no_parent", HEALTH_OK);
        return;
    }
    bool connected = record_is(parent, "state", "connected");
    bool troubled = !record_empty(parent, "reason");
    const char *id = troubled ? "link_reason" : "link";
    struct finding *finding = found(findings, id, connected && !troubled ? HEALTH_OK : HEALTH_WARN);
    struct buffer why = {0};
    if (troubled)
        text_reason_word(&why, record_text(parent, "reason"));
    text_arg(finding, 0, buffer_bytes(&why));
    buffer_close(&why);
    if (!record_empty(parent, "next_attempt_s"))
        duration_arg(finding, 1, record_uint(parent, "next_attempt_s"));
    else
        text_arg(finding, 1, bytes_text("–"));
}

static int64_t signed_of(struct bytes record, const char *name)
{
    struct reader reader = reader_of(record_raw(record, name));
    return read_int(&reader);
}

static void check_clock(struct findings *findings, struct bytes status)
{
    struct bytes parent = record_raw(status, "parent");
    if (record_empty(parent, "clock_ahead_ms"))
        return;
    int64_t ahead_s = signed_of(parent, "clock_ahead_ms") / 1000;
    uint64_t off_s = (uint64_t)(ahead_s < 0 ? -ahead_s : ahead_s);
    enum health health = HEALTH_OK;
    if (off_s >= CLOCK_WARN_S)
        health = off_s >= CLOCK_BAD_S ? HEALTH_BAD : HEALTH_WARN;
    struct finding *finding = found(findings, ahead_s > 0 ? "clock_behind" : "clock_ahead", health);
    duration_arg(finding, 0, off_s);
}

static void check_queue(struct findings *findings, struct bytes status)
{
    struct bytes queue = record_raw(status, "queue");
    uint64_t waiting = record_uint(queue, "urgent") + record_uint(queue, "work");
    uint64_t refused = record_uint(queue, "refused");
    uint64_t age_s = record_uint(queue, "oldest_age_s");
    if (refused > 0)
        number_arg(found(findings, "refused", HEALTH_BAD), 0, refused);
    if (record_is(record_raw(status, "parent"), "state", "none"))
        return;
    if (waiting == 0) {
        (void)found(findings, "queue_empty", HEALTH_OK);
        return;
    }
    struct finding *finding =
            found(findings, "queue", age_s >= QUEUE_OLD_S ? HEALTH_WARN : HEALTH_OK);
    number_arg(finding, 0, waiting);
    duration_arg(finding, 1, age_s);
}

static void check_count(
        struct findings *findings, struct bytes status, const char *member, const char *id)
{
    uint64_t count = record_uint(status, member);
    number_arg(found(findings, id, count > 0 ? HEALTH_WARN : HEALTH_OK), 0, count);
}

static void check_children(struct findings *findings, struct bytes status)
{
    struct reader children;
    uint64_t count = record_array(status, "children", &children);
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < count && !children.failed; i++) {
        struct bytes child = read_raw(&children);
        int64_t off_ms =
                record_empty(child, "clock_offset_ms") ? 0 : signed_of(child, "clock_offset_ms");
        wrong += off_ms > CLOCK_WARN_S * 1000 || off_ms < -CLOCK_WARN_S * 1000;
    }
    if (!record_is(status, "role", "centre") || count == 0)
        return;
    number_arg(found(findings, "children_clock", wrong > 0 ? HEALTH_WARN : HEALTH_OK), 0, wrong);
}

static void check_storage(struct findings *findings, struct bytes status)
{
    bool critical = record_is(status, "storage", "critical");
    if (critical || record_is(status, "storage", "low"))
        (void)found(findings, "storage", critical ? HEALTH_BAD : HEALTH_WARN);
}

/* --- asking --- */

static void keep_status(void *context, struct bytes list, struct bytes record)
{
    (void)context;
    (void)list;
    (void)record;
}

static void keep_row(void *context, struct bytes list, struct bytes record)
{
    struct findings *findings = context;
    enum { ROWS_BYTES_MAX = 1048576 };
    bool quarantine = bytes_equal(list, bytes_text("quarantine"));
    struct buffer *rows = quarantine ? &findings->quarantine : &findings->conflicts;
    if (rows->size + record.size > ROWS_BYTES_MAX)
        return;
    buffer_append(rows, record.data, record.size);
    *(quarantine ? &findings->quarantine_count : &findings->conflict_count) += 1;
}

static enum grid_status ask_verb(struct client *client, const char *verb, client_row_fn *row,
        struct findings *findings, struct buffer *kept, struct grid_error *error)
{
    const struct grid_field brief = {bytes_text("brief"), bytes_text("yes")};
    struct grid_request request = {
            .verb = bytes_text(verb), .fields = &brief, .field_count = kept != NULL ? 1 : 0};
    struct bytes end = {0};
    enum grid_status status = client_call(client, &request, row, findings, &end, error);
    if (status == GRID_OK && kept != NULL)
        buffer_append(kept, end.data, end.size);
    return status;
}

static void ask_daemon(struct session *session, struct findings *findings, bool rows)
{
    enum { CONFLICTS_ASKED = 1000 }; /* each is a row: a support file is no export */
    struct client client = {.socket = -1};
    struct grid_error error = {0};
    enum grid_status status = client_open(&client, session->home, &error);
    if (status == GRID_OK)
        status = ask_verb(&client, "status", keep_status, findings, &findings->status, &error);
    findings->reached = status == GRID_OK;
    struct bytes said = buffer_bytes(&findings->status);
    if (status == GRID_OK && rows)
        status = ask_verb(&client, "quarantine", keep_row, findings, NULL, &error);
    if (status == GRID_OK && rows && record_uint(said, "conflicts") <= CONFLICTS_ASKED)
        (void)ask_verb(&client, "conflicts", keep_row, findings, NULL, &error);
    client_close(&client);
    struct finding *finding = found(findings, "daemon", findings->reached ? HEALTH_OK : HEALTH_BAD);
    if (!findings->reached)
        text_arg(finding, 0, bytes_text(session->home));
}

static void check_all(struct session *session, struct findings *findings, bool rows)
{
    check_home(findings, session->home);
    ask_daemon(session, findings, rows);
    check_disk(findings, session->home);
    check_year(findings);
    if (!findings->reached)
        return;
    struct bytes status = buffer_bytes(&findings->status);
    check_version(findings, status);
    check_storage(findings, status);
    check_who(findings, status);
    check_link(findings, status);
    check_clock(findings, status);
    check_queue(findings, status);
    check_count(findings, status, "conflicts", "conflicts");
    check_count(findings, status, "quarantine", "quarantine");
    check_children(findings, status);
}

/* --- telling --- */

static void fill(struct buffer *out, const struct finding *finding, const char *ending)
{
    static const char *const names[] = {"ok", "warn", "bad"};
    char id[96];
    snprintf(id, sizeof(id), "doctor.%s.%s%s", finding->id, names[finding->health], ending);
    const struct bytes args[] = {bytes_text(finding->args[0]), bytes_text(finding->args[1]),
            bytes_text(finding->args[2])};
    text_fill(out, text(id), args, 3);
}

static void print_finding(const struct finding *finding)
{
    static const char *const signs[] = {"✓", "！", "✗"};
    struct buffer line = {0};
    fill(&line, finding, "");
    printf("%s ", signs[finding->health]);
    print_text(buffer_bytes(&line));
    putchar('\n');
    buffer_clear(&line);
    if (finding->health != HEALTH_OK) {
        fill(&line, finding, ".do");
        printf("  → ");
        print_text(buffer_bytes(&line));
        putchar('\n');
    }
    buffer_close(&line);
}

static json_t *json_finding(const struct finding *finding)
{
    static const char *const names[] = {"ok", "warn", "bad"};
    struct buffer line = {0};
    json_t *object = json_object();
    json_object_set_new(object, "check", json_string(finding->id));
    json_object_set_new(object, "state", json_string(names[finding->health]));
    fill(&line, finding, "");
    json_object_set_new(object, "message", json_stringn((const char *)line.data, line.size));
    buffer_clear(&line);
    if (finding->health != HEALTH_OK)
        fill(&line, finding, ".do");
    json_object_set_new(object, "advice",
            line.size > 0 ? json_stringn((const char *)line.data, line.size) : json_null());
    buffer_close(&line);
    return object;
}

static void tell(const struct session *session, const struct findings *findings)
{
    json_t *checks = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        if (session->json)
            json_array_append_new(checks, json_finding(&findings->items[i]));
        else
            print_finding(&findings->items[i]);
    }
    json_t *object = json_object();
    json_object_set_new(object, "checks", checks);
    if (session->json)
        json_print(object);
    else
        json_decref(object);
}

int cmd_doctor(struct session *session)
{
    struct findings findings = {0};
    struct grid_error error = {0};
    const char *path = args_option(&session->call, "bundle");
    int code = EXIT_DONE;
    check_all(session, &findings, path != NULL);
    for (size_t i = 0; i < findings.count; i++)
        if (findings.items[i].health == HEALTH_BAD)
            code = EXIT_REFUSED;
    if (!findings.reached)
        code = EXIT_UNREACHABLE;
    enum grid_status status = GRID_OK;
    if (path != NULL)
        status = doctor_bundle(&findings, path, &error);
    if (status != GRID_OK) {
        error.status = status;
        code = session_fail(session, &error);
    } else {
        tell(session, &findings);
        if (path != NULL && !session->json)
            show_line("doctor.bundle", bytes_text(path));
    }
    buffer_close(&findings.status);
    buffer_close(&findings.quarantine);
    buffer_close(&findings.conflicts);
    return code;
}
