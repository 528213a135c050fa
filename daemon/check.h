/* gridd check: everything that the home of a stopped node holds is verified, offline. */
#ifndef GRID_DAEMON_CHECK_H
#define GRID_DAEMON_CHECK_H

#include "daemon/home.h"

/* Prints what it finds on standard output. GRID_REFUSED "check_defects" when there is any. */
enum grid_status check_home(const char *path, struct grid_error *error);

#endif
