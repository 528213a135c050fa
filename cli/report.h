/* What the single report and the file of reports share. */
#ifndef GRID_CLI_REPORT_H
#define GRID_CLI_REPORT_H

#include "cli/session.h"

/* Reads FILE (or "-") and reports each row; the exit code. */
int report_from(struct session *session, const char *path);

/* 119 / 110 / 120, on standard error. */
void report_urgent_warning(void);
/* The record of a report as JSON, its key always there. */
json_t *report_json(struct bytes record, const char *key);

#endif
