/* The support file of grid doctor. What goes in is named here, member by member: a new member of an
 * answer of the daemon does not get in by itself. */
#include "cli/doctor.h"
#include "cli/record.h"
#include "cli/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Numbers, truth values and identifiers of ours; each is a word or a number by its form alone. */
static void copy(json_t *into, struct bytes record, const char *const members[])
{
    for (size_t i = 0; members[i] != NULL; i++)
        if (record_raw(record, members[i]).size > 0)
            json_object_set_new(into, members[i], json_of(record_raw(record, members[i])));
}

static json_t *copied(struct bytes record, const char *const members[])
{
    json_t *object = json_object();
    copy(object, record, members);
    return object;
}

static json_t *checks_of(const struct findings *findings)
{
    static const char *const names[] = {"ok", "warn", "bad"};
    json_t *checks = json_object();
    for (size_t i = 0; i < findings->count; i++)
        json_object_set_new(
                checks, findings->items[i].id, json_string(names[findings->items[i].health]));
    return checks;
}

static json_t *rows_of(const struct buffer *rows, size_t count, const char *const members[])
{
    json_t *array = json_array();
    struct reader reader = reader_of(buffer_bytes(rows));
    for (size_t i = 0; i < count && !reader.failed; i++)
        json_array_append_new(array, copied(read_raw(&reader), members));
    return array;
}

static json_t *children_of(struct bytes status)
{
    static const char *const members[] = {"slot", "last_seen", "connected", "revoked", "held",
            "known_missing", "oldest_age_s", "clock_offset_ms", NULL};
    json_t *array = json_array();
    struct reader children;
    size_t count = record_array(status, "children", &children);
    for (size_t i = 0; i < count && !children.failed; i++)
        json_array_append_new(array, copied(read_raw(&children), members));
    return array;
}

static json_t *node_of(const struct findings *findings)
{
    static const char *const members[] = {"role", "unit", "slot", "version", "revoked", "queue",
            "cases", "entries", "conflicts", "quarantine", "storage", "index_behind", NULL};
    static const char *const parent[] = {
            "state", "next_attempt_s", "reason", "clock_ahead_ms", NULL};
    struct bytes status = buffer_bytes(&findings->status);
    json_t *node = copied(status, members);
    json_object_set_new(node, "parent", copied(record_raw(status, "parent"), parent));
    json_object_set_new(node, "children", children_of(status));
    return node;
}

static json_t *system_of(void)
{
    struct utsname name;
    char now[32] = "";
    time_t seconds = time(NULL);
    struct tm utc;
    json_t *object = json_object();
    if (uname(&name) == 0) { /* not what the machine is called */
        json_object_set_new(object, "kernel", json_string(name.release));
        json_object_set_new(object, "machine", json_string(name.machine));
    }
    if (gmtime_r(&seconds, &utc) != NULL)
        strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_object_set_new(object, "clock", json_string(now));
    json_object_set_new(object, "grid", json_string(GRID_VERSION));
    return object;
}

static json_t *bundle_of(const struct findings *findings)
{
    static const char *const quarantine[] = {"dot", "entry", "kind", "reason", "at", "slot", NULL};
    static const char *const conflict[] = {
            "case", "field", "severity", "since", "value_count", "waiting", NULL};
    json_t *bundle = json_object();
    json_object_set_new(bundle, "support", json_integer(1));
    json_object_set_new(bundle, "system", system_of());
    json_object_set_new(bundle, "checks", checks_of(findings));
    if (findings->reached) {
        json_object_set_new(bundle, "node", node_of(findings));
        json_object_set_new(bundle, "quarantine",
                rows_of(&findings->quarantine, findings->quarantine_count, quarantine));
        json_object_set_new(bundle, "conflicts",
                rows_of(&findings->conflicts, findings->conflict_count, conflict));
    }
    return bundle;
}

enum grid_status doctor_bundle(
        const struct findings *findings, const char *path, struct grid_error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return grid_fail(error, GRID_INVALID, "file_exists", "%s", path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL)
        return grid_fail(
                error, GRID_INVALID, "file_write", "%s" GRID_ARG "%s", path, text_errno(errno));
    json_t *bundle = bundle_of(findings);
    errno = 0;
    bool written = json_dumpf(bundle, file, JSON_INDENT(1)) == 0 && fputc('\n', file) != EOF;
    int failed = errno;
    json_decref(bundle);
    if (fclose(file) != 0 && written) {
        failed = errno;
        written = false;
    }
    if (written)
        return GRID_OK;
    (void)unlink(path); /* half of it helps nobody */
    return grid_fail(
            error, GRID_INVALID, "file_write", "%s" GRID_ARG "%s", path, text_errno(failed));
}
