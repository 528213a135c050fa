#include "daemon/home.h"

#include "daemon/log.h"
#include "daemon/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <unistd.h>

/* Everything that may stand in a home, in the order in which an undone join removes it: what makes
 * it ready first, the keys after the database that needs them. */
static const char *const own_names[] = {"gridd.conf", "gridd.conf.new", "gridd.sock", "grid.db",
        "grid.db-wal", "grid.db-shm", "grid.db-journal", "grid.db.new", "restoring", "search.db",
        "search.db-wal", "search.db-shm", "search.db-journal", "restoring.new", "blobs.db",
        "blobs.db-wal", "blobs.db-shm", "reserve", "keys/asked", "keys/asked.new", "keys/invite",
        "keys/invite.new", "keys/keyring.new", "keys/keyring", "keys", "lock"};
enum { OWN_NAME_COUNT = sizeof(own_names) / sizeof(own_names[0]) };

enum {
    LOCK_WAIT_S = 1,
    LOCK_FILE_NUMBER = 900, /* below the usual limit of 1024 */
    SPACE_INTERVAL_MS = 1000,
    SPACE_COMFORTABLE_BYTES = 67108864,         /* the reserve is made again above this */
    SPACE_START_BYTES = 3 * GRID_RESERVE_BYTES, /* and at start above this: disks may be small */
};

static enum grid_status disk_error(struct grid_error *error, const char *path)
{
    return grid_fail(
            error, GRID_STORAGE, "home_io", "%s" GRID_ARG "%s", path, text_of_errno(errno));
}

void home_clear(struct home *home)
{
    memset(home, 0, sizeof(*home));
    home->directory = -1;
    home->lock = -1;
}

static enum grid_status path_put(
        char out[static HOME_PATH_BYTES], const char *a, const char *b, struct grid_error *error)
{
    int length = snprintf(out, HOME_PATH_BYTES, "%s%s", a, b);
    if (length <= 0 || length >= HOME_PATH_BYTES)
        return grid_fail(error, GRID_INVALID, "home_path", "%s%s", a, b);
    return GRID_OK;
}

enum grid_status home_default(char out[static HOME_PATH_BYTES], struct grid_error *error)
{
    const char *home = getenv("GRID_HOME");
    if (home != NULL && *home != '\0')
        return path_put(out, home, "", error);
    const char *state = getenv("XDG_STATE_HOME");
    if (state != NULL && state[0] == '/')
        return path_put(out, state, "/grid", error);
    const char *user = getenv("HOME");
    if (user == NULL || user[0] != '/')
        return grid_fail(error, GRID_USAGE, "home_unknown", " ");
    return path_put(out, user, "/.local/state/grid", error);
}

/* --- the folder --- */

/* The name of a folder that was made survives a power cut with what stands in it. */
static bool sync_above(const char *folder)
{
    char above[HOME_PATH_BYTES];
    (void)snprintf(above, sizeof(above), "%s", folder);
    char *slash = strrchr(above, '/');
    if (slash == NULL)
        (void)snprintf(above, sizeof(above), ".");
    else
        slash[slash == above ? 1 : 0] = '\0';
    int file = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = file >= 0 && fsync(file) == 0;
    if (file >= 0)
        (void)close(file);
    return synced;
}

/* mkdir -p with mode 0700, counting what it made. */
static enum grid_status make_folders(struct home *home, const char *path, struct grid_error *error)
{
    char part[HOME_PATH_BYTES];
    enum grid_status status = path_put(part, path, "", error);
    if (status != GRID_OK)
        return status;
    for (char *at = part + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        bool last = *at == '\0';
        *at = '\0';
        if (at[-1] != '/') {
            bool made = mkdir(part, 0700) == 0;
            if (!made && errno != EEXIST)
                return disk_error(error, part);
            home->made_folders += made;
            if (made && !sync_above(part))
                log_warning("event=folder_not_synced errno=%d", errno);
        }
        if (last)
            return GRID_OK;
        *at = '/';
    }
}

static bool is_own_name(const char *name)
{
    for (size_t i = 0; i < OWN_NAME_COUNT; i++)
        if (strcmp(own_names[i], name) == 0)
            return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "lost+found") == 0;
}

/* Nobody's other files may end up in a folder that we close to all others and may remove. */
static enum grid_status refuse_foreign(const struct home *home, struct grid_error *error)
{
    int copy = openat(home->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    if (folder == NULL) {
        if (copy >= 0)
            (void)close(copy);
        return disk_error(error, home->path);
    }
    enum grid_status status = GRID_OK;
    for (struct dirent *file = readdir(folder); file != NULL && status == GRID_OK;
            file = readdir(folder))
        if (!is_own_name(file->d_name))
            status = grid_fail(error, GRID_REFUSED, "home_foreign", "%s" GRID_ARG "%s", home->path,
                    file->d_name);
    (void)closedir(folder);
    return status;
}

static void read_lock_owner(int lock, char *out, size_t size)
{
    ssize_t length = pread(lock, out, size - 1, 0);
    out[length > 0 ? length : 0] = '\0';
    out[strspn(out, "0123456789")] = '\0';
    if (out[0] == '\0')
        (void)snprintf(out, size, "?");
}

static void wake(int signal_number)
{
    (void)signal_number; /* that it came is all: the wait for the lock ends */
}

/* A killed daemon may be a while dying: its lock is waited for, but not for long. */
static bool lock_soon(int lock)
{
    if (flock(lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        return false;
    const struct sigaction woken = {.sa_handler = wake}; /* and not begun anew */
    /* again and again: the first may come before the wait has begun */
    const struct itimerval limit = {
            .it_value = {.tv_sec = LOCK_WAIT_S}, .it_interval = {.tv_usec = 100000}};
    const struct itimerval none = {0};
    struct sigaction before;
    (void)sigaction(SIGALRM, &woken, &before);
    (void)setitimer(ITIMER_REAL, &limit, NULL);
    bool locked = flock(lock, LOCK_EX) == 0;
    int failure = errno == EINTR ? EWOULDBLOCK : errno;
    (void)setitimer(ITIMER_REAL, &none, NULL);
    (void)sigaction(SIGALRM, &before, NULL);
    errno = failure;
    return locked;
}

/* The system closes the files of a dying process in order of number: with a high one the lock goes
 * after the database and the listening socket, so whoever gets it finds them free. */
static int move_up(int lock)
{
    int high = fcntl(lock, F_DUPFD_CLOEXEC, LOCK_FILE_NUMBER);
    if (high < 0)
        return lock;
    (void)close(lock);
    return high;
}

/* A dead process holds no lock, so what a killed daemon left is never in the way. */
static enum grid_status take_lock(struct home *home, struct grid_error *error)
{
    home->lock = openat(home->directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (home->lock < 0)
        return disk_error(error, "lock");
    struct stat held = {0};
    struct stat named = {0};
    home->lock = move_up(home->lock);
    bool ours = lock_soon(home->lock);
    int failure = errno;
    /* The file may have been removed, with its home, between the two calls. */
    if (ours &&
            (fstat(home->lock, &held) != 0 || fstatat(home->directory, "lock", &named, 0) != 0 ||
                    held.st_ino != named.st_ino))
        return grid_fail(error, GRID_REFUSED, "home_locked", "%s" GRID_ARG "?", home->path);
    if (!ours && failure == EWOULDBLOCK) {
        char owner[16];
        read_lock_owner(home->lock, owner, sizeof(owner));
        return grid_fail(error, GRID_REFUSED, "home_locked", "%s" GRID_ARG "%s", home->path, owner);
    }
    if (!ours) {
        errno = failure;
        return disk_error(error, "lock");
    }
    char owner[16];
    int length = snprintf(owner, sizeof(owner), "%ld\n", (long)getpid());
    /* Only for the message above; the lock itself needs no content. */
    if (ftruncate(home->lock, 0) != 0 || pwrite(home->lock, owner, (size_t)length, 0) != length)
        log_warning("event=lock_unwritten errno=%d", errno);
    return GRID_OK;
}

static enum home_state find_state(const struct home *home)
{
    if (home_has_file(home, "restoring"))
        return HOME_RESTORING;
    if (home_has_file(home, "gridd.conf"))
        return HOME_READY;
    if (home_has_file(home, "keys/invite"))
        return HOME_JOINING;
    return key_file_exists(home->directory) || home_has_file(home, "grid.db") ? HOME_STARTED
                                                                              : HOME_EMPTY;
}

static enum grid_status enter(
        struct home *home, const char *path, bool making, struct grid_error *error)
{
    home->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (home->directory < 0)
        return errno == ENOENT || errno == ENOTDIR
                       ? grid_fail(error, GRID_NOT_FOUND, "home_missing", "%s", path)
                       : disk_error(error, path);
    if (realpath(path, home->path) == NULL)
        return disk_error(error, path);
    struct stat folder = {0};
    if (fstat(home->directory, &folder) != 0)
        return disk_error(error, home->path);
    if (folder.st_uid != geteuid())
        return grid_fail(error, GRID_REFUSED, "home_owner", "%s", home->path);
    if (making) {
        enum grid_status status = refuse_foreign(home, error);
        if (status != GRID_OK)
            return status;
    }
    /* A home that does not look like one is left as it is, its mode included. */
    if (!making && !home_has_file(home, "gridd.conf") && !home_has_file(home, "keys"))
        return grid_fail(error, GRID_NOT_FOUND, "home_missing", "%s", home->path);
    if ((folder.st_mode & 0777) != 0700 && fchmod(home->directory, 0700) != 0)
        return disk_error(error, home->path);
    enum grid_status status = take_lock(home, error);
    if (status == GRID_OK) {
        home->state = find_state(home);
        home->reserve = home_has_file(home, "reserve");
    }
    return status;
}

enum grid_status home_open(struct home *home, const char *path, struct grid_error *error)
{
    home_clear(home);
    enum grid_status status = enter(home, path, false, error);
    if (status != GRID_OK)
        home_close(home);
    return status;
}

enum grid_status home_make(struct home *home, const char *path, struct grid_error *error)
{
    home_clear(home);
    enum grid_status status = make_folders(home, path, error);
    if (status == GRID_OK)
        status = enter(home, path, true, error);
    if (status != GRID_OK)
        home_close(home);
    return status;
}

enum grid_status home_require_ready(const struct home *home, struct grid_error *error)
{
    switch (home->state) {
    case HOME_READY:
        return GRID_OK;
    case HOME_JOINING:
        return grid_fail(error, GRID_REFUSED, "home_joining", "%s", home->path);
    case HOME_STARTED:
        return grid_fail(error, GRID_REFUSED, "home_started", "%s", home->path);
    case HOME_RESTORING:
        return grid_fail(error, GRID_REFUSED, "home_restoring", "%s", home->path);
    case HOME_EMPTY:
        break;
    }
    return grid_fail(error, GRID_NOT_FOUND, "home_missing", "%s", home->path);
}

void home_close(struct home *home)
{
    key_file_close(&home->keys);
    if (home->lock >= 0)
        (void)close(home->lock);
    if (home->directory >= 0)
        (void)close(home->directory);
    home_clear(home);
}

void home_remove(struct home *home)
{
    key_file_close(&home->keys);
    for (size_t i = 0; i < OWN_NAME_COUNT; i++)
        home_remove_file(home, own_names[i]);
    char path[HOME_PATH_BYTES];
    memcpy(path, home->path, sizeof(path));
    for (unsigned i = 0; i < home->made_folders && rmdir(path) == 0; i++) {
        char *end = strrchr(path, '/');
        if (end == NULL || end == path)
            break;
        *end = '\0';
    }
    home_close(home);
}

/* --- its files --- */

enum grid_status home_path(char out[static HOME_PATH_BYTES], const struct home *home,
        const char *name, struct grid_error *error)
{
    int length = snprintf(out, HOME_PATH_BYTES, "%s/%s", home->path, name);
    if (length <= 0 || length >= HOME_PATH_BYTES)
        return grid_fail(error, GRID_INVALID, "home_path", "%s", home->path);
    return GRID_OK;
}

bool home_has_file(const struct home *home, const char *name)
{
    return faccessat(home->directory, name, F_OK, AT_EACCESS) == 0;
}

void home_remove_file(const struct home *home, const char *name)
{
    if (unlinkat(home->directory, name, 0) != 0 && errno == EISDIR)
        (void)unlinkat(home->directory, name, AT_REMOVEDIR);
}

static bool write_all(int file, struct bytes content)
{
    while (content.size > 0) {
        ssize_t written = write(file, content.data, content.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        content.data += written;
        content.size -= (size_t)written;
    }
    return true;
}

/* The folder that holds `name`, synced, so that the name itself survives. */
static bool sync_folder(const struct home *home, const char *name)
{
    const char *folder = strncmp(name, "keys/", 5) == 0 ? "keys" : ".";
    int file = openat(home->directory, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = file >= 0 && fsync(file) == 0;
    if (file >= 0)
        (void)close(file);
    return synced;
}

enum grid_status home_make_keys_folder(const struct home *home, struct grid_error *error)
{
    if (mkdirat(home->directory, "keys", 0700) != 0 && errno != EEXIST)
        return disk_error(error, "keys");
    return fsync(home->directory) == 0 ? GRID_OK : disk_error(error, "keys");
}

enum grid_status home_write_file(
        const struct home *home, const char *name, struct bytes content, struct grid_error *error)
{
    char fresh[64];
    (void)snprintf(fresh, sizeof(fresh), "%s.new", name);
    int file = openat(home->directory, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = file >= 0 && write_all(file, content) && fsync(file) == 0 &&
                   renameat(home->directory, fresh, home->directory, name) == 0 &&
                   sync_folder(home, name);
    enum grid_status status = written ? GRID_OK : disk_error(error, name);
    if (file >= 0)
        (void)close(file);
    return status;
}

enum grid_status home_read_file(const struct home *home, const char *name, struct buffer *out,
        size_t limit, struct grid_error *error)
{
    int file = openat(home->directory, name, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT
                       ? grid_fail(error, GRID_NOT_FOUND, "home_missing", "%s/%s", home->path, name)
                       : disk_error(error, name);
    enum grid_status status = GRID_OK;
    for (;;) {
        uint8_t part[4096];
        ssize_t got = read(file, part, sizeof(part));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = disk_error(error, name);
        if (got <= 0)
            break;
        buffer_append(out, part, (size_t)got);
        if (out->size > limit)
            status = grid_fail(
                    error, GRID_LIMIT, "home_file_size", "%s" GRID_ARG "%zu", name, limit);
        if (out->size > limit || out->failed)
            break;
    }
    (void)close(file);
    return out->failed ? GRID_NOMEM : status;
}

enum grid_status home_read_config(
        const struct home *home, struct config *out, struct grid_error *error)
{
    char path[HOME_PATH_BYTES];
    struct buffer text = {0};
    enum grid_status status = home_path(path, home, "gridd.conf", error);
    if (status == GRID_OK)
        status = home_read_file(home, "gridd.conf", &text, CONFIG_FILE_BYTES_MAX, error);
    if (status == GRID_OK)
        status = config_read(out, buffer_bytes(&text), path, error);
    buffer_close(&text);
    return status;
}

enum grid_status home_write_config(
        const struct home *home, const struct config *config, struct grid_error *error)
{
    struct buffer text = {0};
    enum grid_status status = config_print(&text, config, error);
    if (status == GRID_OK)
        status = home_write_file(home, "gridd.conf", buffer_bytes(&text), error);
    buffer_close(&text);
    return status;
}

/* --- the reserve: text is still taken when nothing else is (D23) --- */

void home_give_up_reserve(struct home *home)
{
    if (!home->reserve)
        return;
    home_remove_file(home, "reserve");
    home->reserve = false;
    home->space_checked_ms = 0;
    log_warning("event=reserve_given_up bytes=%d", GRID_RESERVE_BYTES);
}

static void make_reserve(struct home *home)
{
    int file = openat(home->directory, "reserve", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    home->reserve = posix_fallocate(file, 0, GRID_RESERVE_BYTES) == 0;
    (void)close(file);
    if (!home->reserve)
        home_remove_file(home, "reserve");
    else
        log_info("event=reserve_made bytes=%d", GRID_RESERVE_BYTES);
}

enum grid_storage home_check_space(struct home *home, int64_t mono_ms, bool force)
{
    if (!force && home->space_checked_ms != 0 &&
            mono_ms - home->space_checked_ms < SPACE_INTERVAL_MS)
        return home->storage;
    struct statvfs disk = {0};
    if (fstatvfs(home->directory, &disk) != 0)
        return home->storage;
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    uint64_t comfortable = (uint64_t)disk.f_blocks * disk.f_frsize / 2; /* of a small disk */
    if (comfortable > SPACE_COMFORTABLE_BYTES)
        comfortable = SPACE_COMFORTABLE_BYTES;
    home->space_checked_ms = mono_ms > 0 ? mono_ms : 1;
    if (home->reserve && free_bytes < GRID_RESERVE_BYTES)
        home_give_up_reserve(home);
    else if (!home->reserve && free_bytes > SPACE_START_BYTES &&
             (force || free_bytes > comfortable))
        make_reserve(home);
    enum grid_storage storage = GRID_STORAGE_OK;
    if (!home->reserve)
        storage = GRID_STORAGE_CRITICAL;
    else if (free_bytes < comfortable)
        storage = GRID_STORAGE_LOW;
    if (storage != home->storage)
        log_warning("event=storage state=%d free_bytes=%llu", (int)storage,
                (unsigned long long)free_bytes);
    home->storage = storage;
    return storage;
}
