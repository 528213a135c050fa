/* A disk in memory, as SQLite sees one, that knows what was synced and what was not. At a power cut
 * each unsynced sector of a file is kept, dropped or torn as chance will have it; when a process
 * dies, all that was written stays. It fails when it is told to, and it can lie about fsync: then
 * it must be found out (F2). */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include "tests/sim/chance.h"

#include <stddef.h>

#define SIM_VFS "sim-disk"
enum { SIM_DISK_FILES = 4, SIM_PATH_BYTES = 24 };

enum sim_fault {
    SIM_FAULT_NONE,
    SIM_FAULT_WRITE, /* a write fails */
    SIM_FAULT_FULL,  /* a write finds no room */
    SIM_FAULT_TORN,  /* half of a write is written, then it fails */
    SIM_FAULT_SYNC,  /* fsync fails */
    SIM_FAULT_CUT,   /* cutting a file fails */
    SIM_FAULT_READ,  /* a read fails */
    SIM_FAULT_DEATH, /* the process dies between two operations */
    SIM_FAULTS
};

struct sim_bytes {
    uint8_t *data;
    size_t size, capacity;
};

struct sim_file {
    char name[SIM_PATH_BYTES];
    bool exists, durably; /* as the process sees it; after a power cut */
    struct sim_bytes now, synced;
    uint8_t *dirty; /* one byte a sector of `now` */
    size_t dirty_capacity;
    bool any_dirty;
};

struct sim_disk {
    struct sim_file files[SIM_DISK_FILES];
    size_t sector;
    bool lies;    /* fsync says yes and does nothing */
    bool is_full; /* no file may grow */
    bool dead;    /* the process is gone: nothing gets through */
    bool failed;  /* the fault that was ordered has come to pass */
    enum sim_fault fault;
    uint64_t until; /* operations of its kind until then */
    uint64_t writes, syncs;
};

/* Registers the VFS once and makes it the default, whose randomness and time SQLite then uses. */
void sim_disk_register(void);
/* SQLite's own generator starts anew from this seed. */
void sim_disk_seed(uint64_t seed);
/* The path under which SQLite opens a file on this disk is "NUMBER/NAME". */
void sim_disk_mount(unsigned number, struct sim_disk *disk);
void sim_disk_close(struct sim_disk *disk);
void sim_disk_fail_at(struct sim_disk *disk, enum sim_fault fault, uint64_t nth);
/* What the next start finds. The process must be gone. */
void sim_disk_power_cut(struct sim_disk *disk, struct chance *chance);
/* Everything of `from`, as synced; `to` is empty or is overwritten. */
void sim_disk_copy(struct sim_disk *to, const struct sim_disk *from);

#endif
