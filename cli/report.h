/* What the single report, the file of reports and the guided form share. */
#ifndef GRID_CLI_REPORT_H
#define GRID_CLI_REPORT_H

#include "cli/session.h"

/* Reads FILE (or "-") and reports each row; the exit code. */
int report_from(struct session *session, const char *path);
/* Question by question, at a terminal; the exit code. */
int report_form(struct session *session);

/* Every single report gets a key: whoever did not see the answer may ask again safely (F12). */
enum grid_status report_random_key(struct arena *arena, const char **out);
/* Sends the fields collected in the session. *asked: the request may have arrived, so without an
 * answer nobody knows. *end is valid until the client is closed. */
enum grid_status report_send(struct session *session, struct client *client, bool *asked,
        struct bytes *end, struct grid_error *error);
/* What was saved, for a person. */
void report_show(struct bytes record);

/* 119 / 110 / 120, on standard error. */
void report_urgent_warning(void);
/* The record of a report as JSON, its key always there. */
json_t *report_json(struct bytes record, const char *key);

#endif
