/* What grid doctor found: one line a check. */
#ifndef GRID_CLI_DOCTOR_H
#define GRID_CLI_DOCTOR_H

#include "cli/session.h"

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_BAD };

/* "doctor.<id>.ok", ".warn", ".bad" are its sentences, with ".do" behind them what to do. */
struct finding {
    const char *id;
    enum health health;
    char args[3][64];
};

enum { FINDINGS_MAX = 24 };
struct findings {
    struct finding items[FINDINGS_MAX];
    size_t count;
    bool reached;                        /* the daemon answered */
    struct buffer status;                /* what it said of itself */
    struct buffer quarantine, conflicts; /* rows of it, for the support file */
    size_t quarantine_count, conflict_count;
};

/* A support file for whoever helps from afar: what was found, versions, counts and identifiers of
 * entries and cases. Nothing that anybody wrote, no name of a person or a place, no key, no
 * address. GRID_INVALID when the file is there already ("file_exists") or cannot be written
 * ("file_write").
 */
enum grid_status doctor_bundle(
        const struct findings *findings, const char *path, struct grid_error *error);

#endif
