#include "daemon/backup.h"

#include "daemon/system.h"
#include "daemon/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { NOTE_BYTES_MAX = CONFIG_FILE_BYTES_MAX, REPLACED_MAX = 1000 };

static enum grid_status file_error(struct grid_error *error, const char *path)
{
    return grid_fail(
            error, GRID_STORAGE, "home_io", "%s" GRID_ARG "%s", path, text_of_errno(errno));
}

/* --- names --- */

/* The absolute path of a file that need not exist, in a folder that does. */
static enum grid_status absolute(
        char out[static HOME_PATH_BYTES], const char *file, struct grid_error *error)
{
    char folder[HOME_PATH_BYTES];
    char real[PATH_MAX];
    const char *slash = strrchr(file, '/');
    int size = slash == NULL
                       ? snprintf(folder, sizeof(folder), ".")
                       : snprintf(folder, sizeof(folder), "%.*s", (int)(slash - file + 1), file);
    const char *name = slash == NULL ? file : slash + 1;
    if (size >= HOME_PATH_BYTES || *name == '\0')
        return grid_fail(error, GRID_USAGE, "backup_name", "%s", file);
    if (realpath(folder, real) == NULL)
        return file_error(error, folder);
    if (snprintf(out, HOME_PATH_BYTES, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name) >=
            HOME_PATH_BYTES - 8)
        return grid_fail(error, GRID_USAGE, "backup_name", "%s", file);
    return GRID_OK;
}

/* The file's name is durable with what stands in it. */
static bool sync_folder_of(const char *path)
{
    char folder[HOME_PATH_BYTES];
    (void)snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        return false;
    slash[slash == folder ? 1 : 0] = '\0';
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = file >= 0 && fsync(file) == 0;
    if (file >= 0)
        (void)close(file);
    return synced;
}

/* --- backup --- */

/* Under another name first, so that a file of this name is whole. */
static enum grid_status write_backup(struct grid_node *node, const struct config *config,
        const char *path, struct grid_error *error)
{
    char fresh[HOME_PATH_BYTES];
    struct buffer note = {0};
    if (access(path, F_OK) == 0)
        return grid_fail(error, GRID_REFUSED, "backup_exists", "%s", path);
    (void)snprintf(fresh, sizeof(fresh), "%s.new", path);
    (void)unlink(fresh); /* of a backup that was cut short */
    enum grid_status status = config_print(&note, config, error);
    if (status == GRID_OK)
        status = grid_node_backup(node, system_now(), fresh, buffer_bytes(&note), error);
    if (status == GRID_OK && (rename(fresh, path) != 0 || !sync_folder_of(path)))
        status = file_error(error, path);
    if (status != GRID_OK)
        (void)unlink(fresh);
    buffer_close(&note);
    return status;
}

enum grid_status backup_request(
        struct loop *loop, const struct grid_request *request, struct grid_error *error)
{
    const struct grid_field *file = request_field(request, "file");
    char path[HOME_PATH_BYTES];
    if (file == NULL || file->value.size == 0 || file->value.size >= HOME_PATH_BYTES - 8 ||
            file->value.data[0] != '/' || memchr(file->value.data, '\0', file->value.size) != NULL)
        return grid_fail(error, GRID_USAGE, "backup_name", "%s", "");
    memcpy(path, file->value.data, file->value.size);
    path[file->value.size] = '\0';
    return write_backup(loop->node, loop->config, path, error);
}

static enum grid_status offline(struct home *home, const char *path, struct grid_error *error)
{
    struct config config;
    struct grid_options options;
    struct grid_node *node = NULL;
    char database[HOME_PATH_BYTES];
    enum grid_status status = home_require_ready(home, error);
    if (status == GRID_OK)
        status = home_read_config(home, &config, error);
    if (status == GRID_OK && !home_has_file(home, "grid.db"))
        status = grid_fail(error, GRID_NOT_FOUND, "database_missing", "%s", home->path);
    if (status == GRID_OK)
        status = key_file_open(&home->keys, home->directory, error);
    if (status == GRID_OK)
        status = loop_node_options(&options, database, home, &config, error);
    if (status == GRID_OK)
        status = grid_node_open(&node, &options, system_now(), error);
    if (status == GRID_OK)
        status = write_backup(node, &config, path, error);
    if (node != NULL)
        grid_node_close(node);
    return status;
}

/* --- asking the running daemon --- */

static int connect_daemon(const char *home)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int folder = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* whatever the length of the home's own path */
    (void)snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d/gridd.sock", folder);
    bool connected = folder >= 0 && file >= 0 &&
                     connect(file, (const struct sockaddr *)&name, sizeof(name)) == 0;
    if (folder >= 0)
        (void)close(folder);
    if (file >= 0 && !connected)
        (void)close(file);
    return connected ? file : -1;
}

static bool send_all(int file, struct bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(file, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes.data += sent;
        bytes.size -= (size_t)sent;
    }
    return true;
}

/* One answer: END is good, ERROR is its failure. */
static enum grid_status receive_answer(int file, struct grid_error *error)
{
    struct buffer in = {0};
    struct arena arena;
    struct control_answer_intake *intake = NULL;
    arena_init(&arena, 0);
    bool ready = false;
    enum grid_status status = control_answer_intake_open(&intake);
    while (status == GRID_OK && !ready) {
        uint8_t part[4096];
        ssize_t got = recv(file, part, sizeof(part), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            status = grid_fail(error, GRID_UNREACHABLE, "backup_unanswered", "%s", "");
            break;
        }
        buffer_append(&in, part, (size_t)got);
        struct frame frame;
        struct control_answer answer = {0};
        size_t taken = 0;
        status = frame_next(buffer_bytes(&in), &arena, &frame, &taken, error);
        if (status == GRID_OK && taken > 0)
            status = control_answer_take(intake, &frame, &ready, &answer, error);
        if (status == GRID_OK && ready && answer.type == CONTROL_ERROR) {
            *error = answer.failure;
            status = answer.failure.status;
        }
        buffer_drop_front(&in, taken);
    }
    control_answer_intake_close(intake);
    arena_close(&arena);
    buffer_close(&in);
    return status;
}

static enum grid_status online(int file, const char *path, struct grid_error *error)
{
    struct buffer out = {0};
    const struct grid_field field = {bytes_text("file"), bytes_text(path)};
    const struct grid_request request = {bytes_text("backup"), &field, 1};
    enum grid_status status = control_pack_request(&out, 1, &request);
    if (status == GRID_OK && !send_all(file, buffer_bytes(&out)))
        status = grid_fail(error, GRID_UNREACHABLE, "backup_unanswered", "%s", "");
    if (status == GRID_OK)
        status = receive_answer(file, error);
    buffer_close(&out);
    (void)close(file);
    return status;
}

enum grid_status backup_home(const char *home_path, const char *file, struct grid_error *error)
{
    char path[HOME_PATH_BYTES];
    struct home home;
    enum grid_status status = absolute(path, file, error);
    if (status != GRID_OK)
        return status;
    int daemon = connect_daemon(home_path);
    if (daemon >= 0)
        return online(daemon, path, error);
    status = home_open(&home, home_path, error);
    if (status != GRID_OK)
        return status;
    status = offline(&home, path, error);
    home_close(&home);
    return status;
}

/* --- restore --- */

/* A backup of one home must not be put into another. */
static enum grid_status same_home(
        const struct config *config, struct bytes note, const char *file, struct grid_error *error)
{
    struct config from;
    enum grid_status status = config_read(&from, note, file, error);
    if (status == GRID_OK && (from.role != config->role || strcmp(from.unit, config->unit) != 0 ||
                                     from.slot != config->slot))
        return grid_fail(error, GRID_REFUSED, "backup_of_another", "%s" GRID_ARG "%s", from.unit,
                config->unit);
    return status;
}

static enum grid_status copy_file(const char *from, const char *to, struct grid_error *error)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t moved = out < 0 ? -1 : 1;
    while (moved > 0)
        moved = copy_file_range(in, NULL, out, NULL, 1 << 24, 0);
    if (moved < 0 && out >= 0 &&
            (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) {
        uint8_t part[65536];
        moved = lseek(in, 0, SEEK_SET) == 0 && ftruncate(out, 0) == 0 &&
                                lseek(out, 0, SEEK_SET) == 0
                        ? 1
                        : -1;
        while (moved > 0) {
            moved = read(in, part, sizeof(part));
            if (moved > 0 && write(out, part, (size_t)moved) != moved)
                moved = -1;
        }
    }
    bool good = moved == 0 && fsync(out) == 0;
    enum grid_status status = good ? GRID_OK : file_error(error, in < 0 ? from : to);
    if (in >= 0)
        (void)close(in);
    if (out >= 0)
        (void)close(out);
    return status;
}

/* What is there now is not given up for less than it holds. One that cannot be read at all is why
 * backups are made. */
static enum grid_status may_replace(
        const struct home *home, const char *database, uint64_t entries, struct grid_error *error)
{
    uint64_t held = 0;
    struct grid_error ignored = {0};
    if (!home_has_file(home, "grid.db") ||
            grid_database_count(database, &held, &ignored) != GRID_OK || held <= entries)
        return GRID_OK;
    return grid_fail(error, GRID_REFUSED, "backup_older", "%llu" GRID_ARG "%llu" GRID_ARG "%s",
            (unsigned long long)held, (unsigned long long)entries, database);
}

/* The database and what lies beside it go under a name that nothing has yet. A log must not stay:
 * it would be played into the database that is put in its place. */
static enum grid_status set_aside(const struct home *home, const char *database,
        char replaced[static HOME_PATH_BYTES], struct grid_error *error)
{
    static const char *const beside[] = {"-wal", "-journal", "-shm", ""};
    char from[HOME_PATH_BYTES + 16];
    char to[HOME_PATH_BYTES + 16];
    replaced[0] = '\0';
    if (!home_has_file(home, "grid.db") && !home_has_file(home, "grid.db-wal"))
        return GRID_OK;
    for (unsigned number = 1; replaced[0] == '\0'; number++) {
        if (number > REPLACED_MAX)
            return grid_fail(error, GRID_LIMIT, "backup_replaced", "%d", REPLACED_MAX);
        if (snprintf(to, sizeof(to), "%s.replaced-%u", database, number) >= HOME_PATH_BYTES)
            return grid_fail(error, GRID_USAGE, "backup_name", "%s", database);
        if (access(to, F_OK) != 0)
            memcpy(replaced, to, strlen(to) + 1);
    }
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        (void)snprintf(from, sizeof(from), "%s%s", database, beside[i]);
        (void)snprintf(to, sizeof(to), "%s%s", replaced, beside[i]);
        if (rename(from, to) != 0 && errno != ENOENT)
            return file_error(error, from);
    }
    return GRID_OK;
}

static enum grid_status put_back(struct home *home, const char *file,
        char replaced[static HOME_PATH_BYTES], uint64_t *entries, struct grid_error *error)
{
    char database[HOME_PATH_BYTES];
    char fresh[HOME_PATH_BYTES + 8];
    struct config config;
    struct buffer note = {0};
    enum grid_status status =
            home->state == HOME_RESTORING ? GRID_OK : home_require_ready(home, error);
    if (status == GRID_OK)
        status = home_read_config(home, &config, error);
    if (status == GRID_OK)
        status = home_path(database, home, "grid.db", error);
    if (status == GRID_OK)
        status = grid_backup_read(file, &note, entries, error);
    if (status == GRID_OK)
        status = same_home(&config, buffer_bytes(&note), file, error);
    if (status == GRID_OK)
        status = may_replace(home, database, *entries, error);
    (void)snprintf(fresh, sizeof(fresh), "%s.new", database);
    if (status == GRID_OK)
        status = copy_file(file, fresh, error);
    if (status == GRID_OK)
        status = grid_backup_revive(fresh, error);
    /* Whoever is cut short from here on finds `restoring`: nothing starts before it is repeated. */
    if (status == GRID_OK)
        status = home_write_file(home, "restoring", bytes_text(file), error);
    if (status == GRID_OK)
        status = set_aside(home, database, replaced, error);
    if (status == GRID_OK && (rename(fresh, database) != 0 || fsync(home->directory) != 0))
        status = file_error(error, database);
    if (status == GRID_OK)
        home_remove_file(home, "restoring");
    buffer_close(&note);
    return status;
}

enum grid_status backup_restore(const char *home_path_text, const char *file,
        char replaced[static HOME_PATH_BYTES], uint64_t *entries, struct grid_error *error)
{
    char path[HOME_PATH_BYTES];
    struct home home;
    replaced[0] = '\0';
    enum grid_status status = absolute(path, file, error);
    if (status == GRID_OK && access(path, R_OK) != 0)
        status = file_error(error, path);
    if (status == GRID_OK)
        status = home_open(&home, home_path_text, error);
    if (status != GRID_OK)
        return status;
    status = put_back(&home, path, replaced, entries, error);
    home_close(&home);
    return status;
}
