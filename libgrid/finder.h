/* Keeps the index of words of a centre in step with its cases: a little in each turn that has time
 * for it, never in the way of what is acknowledged. Between two steps it lags behind, and says so.
 */
#ifndef GRID_FINDER_H
#define GRID_FINDER_H

#include "libgrid/case/book.h"
#include "libgrid/store/search.h"

struct finder {
    char *path; /* NULL: there is no index, and none is wanted */
    const char *vfs;
    struct search *index; /* NULL: none now */
    struct book *book;
    struct buffer touched; /* numbers of cases that changed since the last step */
    size_t touched_taken;  /* bytes of it that are done with */
    size_t touched_before; /* when the turn before ended */
    int64_t swept;         /* up to this case the index was compared; INT64_MAX: all of them */
    int64_t trusted;       /* up to this case all stood in the file when it was opened */
    int64_t marked;        /* so the file says */
    uint64_t roster_mark;  /* names of units stand in the index */
    bool untidy;           /* words of what was put again lie in the file */
    bool room;             /* the disk has room for an index */
    int64_t due_ms;        /* when the next step is made */
    int64_t stepped_ms;    /* when the last one was */
    int64_t retry_ms;      /* not before, after a failure */
};

/* Fails only for want of memory; the file is opened by the first step that has something to do.
 * `vfs` is borrowed until close. */
enum grid_status finder_open(struct finder *finder, struct book *book, const char *path,
        const char *vfs, struct grid_error *error);
void finder_close(struct finder *finder);

/* A turn was committed: what it changed waits for a step when the turns become quiet. */
void finder_turn_ended(struct finder *finder, struct grid_now now);
/* Makes one step when it is time. A failure of the index is its own: it is begun anew later. */
enum grid_status finder_tick(struct finder *finder, struct grid_now now, struct grid_error *error);
int64_t finder_deadline(const struct finder *finder); /* INT64_MAX: there is nothing to do */

/* Whoever looks for something finds what this turn wrote: a few cases are taken in at once. */
enum grid_status finder_catch_up(
        struct finder *finder, struct grid_now now, struct grid_error *error);
/* What was asked of the index failed: it is closed, and begun anew in a while. */
void finder_give_up(struct finder *finder, struct grid_now now, enum grid_status status);
/* The cases up to here are in the index; those behind may be missing and are looked through. */
int64_t finder_holds_to(const struct finder *finder);
/* Cases that changed and are not in the index yet, at most. */
uint64_t finder_behind(const struct finder *finder);

#endif
