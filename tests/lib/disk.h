/* A SQLite VFS over the system's own that forgets to sync (tests make thousands of commits) and
 * fails when it is told to. */
#ifndef GRID_TESTS_DISK_H
#define GRID_TESTS_DISK_H

#include <stdbool.h>
#include <stddef.h>

#define DISK_VFS "test-disk"

enum disk_fault {
    DISK_WRITE,    /* a write fails with an I/O error */
    DISK_FULL,     /* a write finds no room */
    DISK_TORN,     /* half of a write is written, then it fails */
    DISK_SYNC,     /* fsync fails */
    DISK_TRUNCATE, /* cutting a file fails */
    DISK_READ,     /* a read fails */
    DISK_FAULTS
};

/* Registers it once. */
void disk_register(void);
/* The nth operation of this kind from now on fails (1: the next), and only that one; 0: none. */
void disk_fail_at(enum disk_fault fault, size_t nth);
/* It and every later one, until disk_fail_at is called. */
void disk_fail_from(enum disk_fault fault, size_t nth);
/* True when the failure that was ordered has come to pass. */
bool disk_failed(void);

#endif
