/* gridd backup and gridd restore: the database of a home as one file, and put back. */
#ifndef GRID_DAEMON_BACKUP_H
#define GRID_DAEMON_BACKUP_H

#include "daemon/turn.h"

/* Writes `file`, which must not exist: through the running daemon, or offline when none runs. */
enum grid_status backup_home(const char *home, const char *file, struct grid_error *error);
/* The daemon's part: the request `backup` with the field `file`, an absolute path. */
enum grid_status backup_request(
        struct loop *loop, const struct grid_request *request, struct grid_error *error);
/* Puts a backup back into its home. What stands there is kept beside it under another name
 * (*replaced, empty when there was none), and is never given up for less than it holds. */
enum grid_status backup_restore(const char *home, const char *file,
        char replaced[static HOME_PATH_BYTES], uint64_t *entries, struct grid_error *error);

#endif
