#include "tests/sim/disk.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISKS_MAX = 1024 };

static struct sim_disk *mounted[DISKS_MAX];
static struct chance sqlite_chance;

/* --- bytes --- */

static void reserve(struct sim_bytes *bytes, size_t size)
{
    if (size <= bytes->capacity)
        return;
    size_t capacity = bytes->capacity == 0 ? 8192 : bytes->capacity;
    while (capacity < size)
        capacity *= 2;
    bytes->data = realloc(bytes->data, capacity);
    assert(bytes->data != NULL);
    memset(bytes->data + bytes->capacity, 0, capacity - bytes->capacity);
    bytes->capacity = capacity;
}

static void resize(struct sim_bytes *bytes, size_t size)
{
    reserve(bytes, size);
    if (size < bytes->size)
        memset(bytes->data + size, 0, bytes->size - size);
    bytes->size = size;
}

static void copy_bytes(struct sim_bytes *to, const struct sim_bytes *from)
{
    resize(to, from->size);
    if (from->size > 0)
        memcpy(to->data, from->data, from->size);
}

/* --- files --- */

static size_t sectors(const struct sim_disk *disk, size_t size)
{
    return (size + disk->sector - 1) / disk->sector;
}

static void mark_dirty(struct sim_disk *disk, struct sim_file *file, size_t from, size_t to)
{
    size_t count = sectors(disk, to);
    if (count > file->dirty_capacity) {
        size_t capacity = count * 2;
        file->dirty = realloc(file->dirty, capacity);
        assert(file->dirty != NULL);
        memset(file->dirty + file->dirty_capacity, 0, capacity - file->dirty_capacity);
        file->dirty_capacity = capacity;
    }
    for (size_t at = from / disk->sector; at < count; at++)
        file->dirty[at] = 1;
    file->any_dirty = true;
}

static void forget_dirty(struct sim_file *file)
{
    if (file->any_dirty && file->dirty_capacity > 0)
        memset(file->dirty, 0, file->dirty_capacity);
    file->any_dirty = false;
}

/* What was deleted before is deleted now. */
static void sync_folder(struct sim_disk *disk)
{
    for (size_t i = 0; i < SIM_DISK_FILES; i++) {
        struct sim_file *file = &disk->files[i];
        if (file->exists)
            continue;
        file->durably = false;
        resize(&file->synced, 0);
    }
}

static void sync_file(struct sim_disk *disk, struct sim_file *file)
{
    resize(&file->synced, file->now.size);
    for (size_t at = 0; file->any_dirty && at < file->dirty_capacity; at++) {
        size_t from = at * disk->sector;
        if (file->dirty[at] == 0 || from >= file->now.size)
            continue;
        size_t size = file->now.size - from < disk->sector ? file->now.size - from : disk->sector;
        memcpy(file->synced.data + from, file->now.data + from, size);
    }
    forget_dirty(file);
    if (!file->durably)
        sync_folder(disk); /* the first sync of a new file syncs its folder */
    file->durably = true;
}

static void write_file(
        struct sim_disk *disk, struct sim_file *file, const void *data, size_t size, size_t offset)
{
    if (offset + size > file->now.size) {
        mark_dirty(disk, file, file->now.size, offset + size);
        resize(&file->now, offset + size);
    }
    memcpy(file->now.data + offset, data, size);
    mark_dirty(disk, file, offset, offset + size);
}

/* --- a power cut --- */

static void survive_sector(struct sim_disk *disk, struct sim_file *file, size_t at, uint64_t fate,
        struct chance *chance)
{
    size_t from = at * disk->sector;
    size_t size = file->now.size - from < disk->sector ? file->now.size - from : disk->sector;
    if (fate == 1)
        return;
    if (fate == 2)
        size = chance_below(chance, size + 1);
    if (size == 0)
        return;
    if (from + size > file->synced.size)
        resize(&file->synced, from + size);
    memcpy(file->synced.data + from, file->now.data + from, size);
}

static void survive(struct sim_disk *disk, struct sim_file *file, struct chance *chance)
{
    uint64_t mood = chance_below(chance, 6); /* all kept, all dropped, or each for itself */
    bool shorter = file->now.size < file->synced.size && mood != 1;
    if (shorter && (mood == 0 || chance_one_in(chance, 2)))
        resize(&file->synced, file->now.size);
    for (size_t at = 0; file->any_dirty && at < file->dirty_capacity; at++)
        if (file->dirty[at] != 0 && at * disk->sector < file->now.size)
            survive_sector(disk, file, at, mood < 2 ? mood : chance_below(chance, 3), chance);
    file->exists = file->durably || (file->exists && chance_one_in(chance, 2));
    if (!file->exists)
        resize(&file->synced, 0);
    file->durably = file->exists;
    forget_dirty(file);
    copy_bytes(&file->now, &file->synced);
}

void sim_disk_power_cut(struct sim_disk *disk, struct chance *chance)
{
    for (size_t i = 0; i < SIM_DISK_FILES; i++)
        survive(disk, &disk->files[i], chance);
}

/* --- disks --- */

void sim_disk_mount(unsigned number, struct sim_disk *disk)
{
    assert(number < DISKS_MAX);
    mounted[number] = disk;
}

void sim_disk_close(struct sim_disk *disk)
{
    for (size_t i = 0; i < SIM_DISK_FILES; i++) {
        free(disk->files[i].now.data);
        free(disk->files[i].synced.data);
        free(disk->files[i].dirty);
    }
    memset(disk, 0, sizeof(*disk));
}

void sim_disk_fail_at(struct sim_disk *disk, enum sim_fault fault, uint64_t nth)
{
    disk->fault = nth == 0 ? SIM_FAULT_NONE : fault;
    disk->until = nth;
    disk->failed = false;
}

void sim_disk_copy(struct sim_disk *to, const struct sim_disk *from)
{
    for (size_t i = 0; i < SIM_DISK_FILES; i++) {
        struct sim_file *file = &to->files[i];
        memcpy(file->name, from->files[i].name, sizeof(file->name));
        file->exists = file->durably = from->files[i].exists;
        copy_bytes(&file->now, &from->files[i].now);
        copy_bytes(&file->synced, &from->files[i].now);
        forget_dirty(file);
    }
    to->sector = from->sector;
}

/* --- the VFS --- */

struct open_file {
    sqlite3_file base;
    struct sim_disk *disk;
    struct sim_file *file;
};

static bool due(struct sim_disk *disk, enum sim_fault fault)
{
    if (disk->fault != fault || disk->until == 0 || --disk->until > 0)
        return false;
    disk->fault = SIM_FAULT_NONE;
    disk->failed = true;
    return true;
}

static bool dies(struct sim_disk *disk)
{
    disk->dead = disk->dead || due(disk, SIM_FAULT_DEATH);
    return disk->dead;
}

static int disk_close(sqlite3_file *file)
{
    (void)file;
    return SQLITE_OK;
}

static int disk_read(sqlite3_file *base, void *out, int size, sqlite3_int64 offset)
{
    struct open_file *open = (struct open_file *)base;
    const struct sim_bytes *now = &open->file->now;
    size_t wanted = (size_t)size;
    size_t from = (size_t)offset;
    if (open->disk->dead || due(open->disk, SIM_FAULT_READ))
        return SQLITE_IOERR_READ;
    size_t there = from < now->size ? now->size - from : 0;
    if (there > wanted)
        there = wanted;
    if (there > 0)
        memcpy(out, now->data + from, there);
    memset((uint8_t *)out + there, 0, wanted - there);
    return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int disk_write(sqlite3_file *base, const void *data, int size, sqlite3_int64 offset)
{
    struct open_file *open = (struct open_file *)base;
    struct sim_disk *disk = open->disk;
    size_t written = (size_t)size;
    size_t to = (size_t)offset;
    if (dies(disk) || due(disk, SIM_FAULT_WRITE))
        return SQLITE_IOERR_WRITE;
    if ((disk->is_full && to + written > open->file->now.size) || due(disk, SIM_FAULT_FULL))
        return SQLITE_FULL;
    bool torn = due(disk, SIM_FAULT_TORN);
    write_file(disk, open->file, data, torn ? written / 2 : written, to);
    disk->writes++;
    return torn ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int disk_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct open_file *open = (struct open_file *)base;
    if (dies(open->disk) || due(open->disk, SIM_FAULT_CUT))
        return SQLITE_IOERR_TRUNCATE;
    resize(&open->file->now, (size_t)size);
    return SQLITE_OK;
}

static int disk_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    struct open_file *open = (struct open_file *)base;
    struct sim_disk *disk = open->disk;
    if (dies(disk) || due(disk, SIM_FAULT_SYNC))
        return SQLITE_IOERR_FSYNC;
    disk->syncs++;
    if (!disk->lies)
        sync_file(disk, open->file);
    return SQLITE_OK;
}

static int disk_size(sqlite3_file *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((struct open_file *)base)->file->now.size;
    return SQLITE_OK;
}

static int disk_lock(sqlite3_file *file, int level)
{
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int disk_reserved(sqlite3_file *file, int *out)
{
    (void)file;
    *out = 0;
    return SQLITE_OK;
}

static int disk_control(sqlite3_file *file, int operation, void *argument)
{
    (void)file;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int disk_sector(sqlite3_file *base)
{
    return (int)((struct open_file *)base)->disk->sector;
}

/* As on Linux: what is not written is not harmed by a write beside it. */
static int disk_device(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
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
        .xUnlock = disk_lock,
        .xCheckReservedLock = disk_reserved,
        .xFileControl = disk_control,
        .xSectorSize = disk_sector,
        .xDeviceCharacteristics = disk_device};

static struct sim_disk *disk_of(const char *path, const char **name)
{
    char *end = NULL;
    unsigned long number = strtoul(path, &end, 10);
    *name = end + 1;
    return *end == '/' && number < DISKS_MAX ? mounted[number] : NULL;
}

static struct sim_file *find_file(struct sim_disk *disk, const char *name)
{
    for (size_t i = 0; i < SIM_DISK_FILES; i++)
        if (strcmp(disk->files[i].name, name) == 0)
            return &disk->files[i];
    return NULL;
}

static int vfs_open(
        sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags)
{
    (void)vfs;
    struct open_file *open = (struct open_file *)base;
    const char *name = NULL;
    memset(open, 0, sizeof(*open));
    open->disk = path != NULL ? disk_of(path, &name) : NULL;
    if (open->disk == NULL || dies(open->disk))
        return SQLITE_CANTOPEN;
    open->file = find_file(open->disk, name);
    if (open->file == NULL) {
        open->file = find_file(open->disk, "");
        assert(open->file != NULL);
        snprintf(open->file->name, sizeof(open->file->name), "%s", name);
    }
    if (!open->file->exists && (flags & SQLITE_OPEN_CREATE) == 0)
        return SQLITE_CANTOPEN;
    if (!open->file->exists) { /* a new file, whatever had its name */
        resize(&open->file->synced, 0);
        open->file->durably = false;
    }
    open->file->exists = true;
    if (out_flags != NULL)
        *out_flags = flags;
    open->base.pMethods = &methods;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int synced)
{
    (void)vfs;
    const char *name = NULL;
    struct sim_disk *disk = disk_of(path, &name);
    struct sim_file *file = disk != NULL ? find_file(disk, name) : NULL;
    if (file == NULL || !file->exists)
        return SQLITE_IOERR_DELETE_NOENT;
    if (dies(disk))
        return SQLITE_IOERR_DELETE;
    file->exists = false;
    resize(&file->now, 0);
    forget_dirty(file);
    if (synced != 0 && !disk->lies)
        sync_folder(disk);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
    (void)vfs;
    (void)flags;
    const char *name = NULL;
    struct sim_disk *disk = disk_of(path, &name);
    const struct sim_file *file = disk != NULL ? find_file(disk, name) : NULL;
    *out = file != NULL && file->exists;
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
    (void)vfs;
    snprintf(out, (size_t)size, "%s", path);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    for (int i = 0; i < size; i++)
        out[i] = (char)chance_next(&sqlite_chance);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = 2461000.0; /* nobody may ask (lint: no time in SQL) */
    return SQLITE_OK;
}

void sim_disk_register(void)
{
    static sqlite3_vfs vfs = {.iVersion = 1,
            .szOsFile = (int)sizeof(struct open_file),
            .mxPathname = 64,
            .zName = SIM_VFS,
            .xOpen = vfs_open,
            .xDelete = vfs_delete,
            .xAccess = vfs_access,
            .xFullPathname = vfs_full_path,
            .xRandomness = vfs_randomness,
            .xSleep = vfs_sleep,
            .xCurrentTime = vfs_time};
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)sqlite3_initialize();
    (void)sqlite3_vfs_register(&vfs, 1);
}

void sim_disk_seed(uint64_t seed)
{
    sqlite_chance.state = seed;
    sqlite3_randomness(0, NULL);
}
