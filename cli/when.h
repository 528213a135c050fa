/* When something happened, as people say it: 8:30, 昨天 15:30, 两小时前. */
#ifndef GRID_CLI_WHEN_H
#define GRID_CLI_WHEN_H

#include "proto/bytes.h"
#include "proto/stamp.h"

enum when {
    WHEN_TIME,  /* understood */
    WHEN_AHEAD, /* a time of day that today has not seen yet */
    WHEN_OTHER, /* none of ours: perhaps a date as --occurred-at reads it */
};

/* `typed`: trimmed, its full-width ASCII made plain. The time goes to `out` as --occurred-at reads
 * it, or the day alone where no time of day was said. */
enum when when_read(struct bytes typed, int64_t now_ms, char out[static STAMP_TEXT_BYTES]);

#endif
