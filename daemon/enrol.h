/* gridd init, which makes a centre, and gridd join, which enrols a handheld (D24). */
#ifndef GRID_DAEMON_ENROL_H
#define GRID_DAEMON_ENROL_H

#include "daemon/home.h"

/* Makes the home of a centre; refused when there is one. An init that was cut short goes on. */
enum grid_status enrol_init(
        const char *path, const struct config *config, struct grid_error *error);

/* What join has to say when it succeeded. */
struct enrol_result {
    char person[CONFIG_NAME_BYTES];
    char unit[CONFIG_NAME_BYTES]; /* its name */
    char code[GRID_PLACE_BYTES];
    unsigned slot;
    char home[HOME_PATH_BYTES];
};
/* Enrols with the parent that the invitation names. Afterwards the home is ready, or as it was
 * before; only when the parent may have granted what never came back is it kept as it is, *kept is
 * set, and the same command can be repeated, as it can after a kill at any point. */
enum grid_status enrol_join(const char *path, const char *invitation, const struct address *listen,
        struct enrol_result *result, bool *kept, struct grid_error *error);

#endif
