/* The last changes, kept once for all who watch: each has its own place in them, and who is too
 * slow is told how many it missed. Nobody's slowness costs more than this. */
#ifndef GRID_DAEMON_WATCH_H
#define GRID_DAEMON_WATCH_H

#include "libgrid/grid.h"

struct changes {
    struct buffer records[GRID_CHANGES_MAX];
    uint64_t next; /* number of the next change; the kept ones are those before it */
};

/* A change that there is no memory for counts as missed by all. */
void changes_add(struct changes *changes, struct bytes record);
/* The next change at `*place`, which moves on. False: there is none. *missed: so many were
 * overwritten before they could be told; then there is no record yet. */
bool changes_take(
        const struct changes *changes, uint64_t *place, struct bytes *record, uint64_t *missed);
void changes_close(struct changes *changes);
/* {"change": "resync", "left_out": missed} */
void changes_pack_missed(struct buffer *out, uint64_t missed);

#endif
