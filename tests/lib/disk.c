#include "tests/lib/disk.h"

#include <sqlite3.h>
#include <string.h>

/* The system's file lies behind ours. */
struct disk_file {
    sqlite3_file base;
    sqlite3_file *real;
};

static struct {
    enum disk_fault fault;
    size_t until; /* 0: none ordered */
    bool lasting;
    bool failed;
} plan;

static sqlite3_vfs disk;
static sqlite3_vfs *system_vfs;

void disk_fail_at(enum disk_fault fault, size_t nth)
{
    plan.fault = fault;
    plan.until = nth;
    plan.lasting = false;
    plan.failed = false;
}

void disk_fail_from(enum disk_fault fault, size_t nth)
{
    disk_fail_at(fault, nth);
    plan.lasting = true;
}

bool disk_failed(void)
{
    return plan.failed;
}

static bool due(enum disk_fault fault)
{
    if (plan.until == 0 || plan.fault != fault || --plan.until > 0)
        return false;
    plan.until = plan.lasting ? 1 : 0;
    plan.failed = true;
    return true;
}

static sqlite3_file *real(sqlite3_file *file)
{
    return ((struct disk_file *)file)->real;
}

static int disk_close(sqlite3_file *file)
{
    return real(file)->pMethods->xClose(real(file));
}

static int disk_read(sqlite3_file *file, void *out, int size, sqlite3_int64 offset)
{
    return due(DISK_READ) ? SQLITE_IOERR_READ
                          : real(file)->pMethods->xRead(real(file), out, size, offset);
}

static int disk_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    if (due(DISK_WRITE))
        return SQLITE_IOERR_WRITE;
    if (due(DISK_FULL))
        return SQLITE_FULL;
    if (due(DISK_TORN)) {
        (void)real(file)->pMethods->xWrite(real(file), data, size / 2, offset);
        return SQLITE_IOERR_WRITE;
    }
    return real(file)->pMethods->xWrite(real(file), data, size, offset);
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return due(DISK_TRUNCATE) ? SQLITE_IOERR_TRUNCATE
                              : real(file)->pMethods->xTruncate(real(file), size);
}

static int disk_sync(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return due(DISK_SYNC) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int disk_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return real(file)->pMethods->xFileSize(real(file), out);
}

static int disk_lock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}

static int disk_unlock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int disk_reserved(sqlite3_file *file, int *out)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int disk_control(sqlite3_file *file, int operation, void *argument)
{
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int disk_sector(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int disk_device(sqlite3_file *file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

/* Version 1: no shared memory and no maps, as the store asks for none. */
static const sqlite3_io_methods methods = {.iVersion = 1,
        .xClose = disk_close,
        .xRead = disk_read,
        .xWrite = disk_write,
        .xTruncate = disk_truncate,
        .xSync = disk_sync,
        .xFileSize = disk_size,
        .xLock = disk_lock,
        .xUnlock = disk_unlock,
        .xCheckReservedLock = disk_reserved,
        .xFileControl = disk_control,
        .xSectorSize = disk_sector,
        .xDeviceCharacteristics = disk_device};

static int disk_open(
        sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
    (void)vfs;
    struct disk_file *ours = (struct disk_file *)file;
    ours->real = (sqlite3_file *)(ours + 1);
    ours->real->pMethods = NULL;
    int code = system_vfs->xOpen(system_vfs, path, ours->real, flags, out_flags);
    ours->base.pMethods = code == SQLITE_OK ? &methods : NULL;
    return code;
}

void disk_register(void)
{
    if (system_vfs != NULL)
        return;
    (void)sqlite3_initialize();
    system_vfs = sqlite3_vfs_find(NULL);
    disk = *system_vfs;
    disk.zName = DISK_VFS;
    disk.pNext = NULL;
    disk.szOsFile = (int)sizeof(struct disk_file) + system_vfs->szOsFile;
    disk.xOpen = disk_open;
    (void)sqlite3_vfs_register(&disk, 0);
}
