/* The limits of a case (DOMAIN 6) as acts write them: values, with the policy that they come from.
 */
#ifndef GRID_CASE_ACT_DUE_H
#define GRID_CASE_ACT_DUE_H

#include "libgrid/case/draft.h"

/* When the limits of a case begin: its receipt at a centre, else the accepter's own clock. */
int64_t due_received(const struct draft *draft);
/* Sets both limits of the urgency and track that are shown, counted from `start_ms`. */
enum grid_status due_from(struct draft *draft, int64_t start_ms, struct grid_error *error);
/* Sets the limit to finish; the first act cannot be due behind it. */
enum grid_status due_until(struct draft *draft, int64_t until_ms, struct grid_error *error);
/* Sets both moved by as long as the case was on hold, where it has any. */
enum grid_status due_moved(struct draft *draft, struct grid_error *error);
/* GRID_INVALID "until_past". */
enum grid_status due_check_ahead(
        const struct draft *draft, int64_t until_ms, struct grid_error *error);
/* Also "extend_none", "extend_shorter", "extend_long". */
enum grid_status due_check_extension(
        const struct draft *draft, int64_t until_ms, struct grid_error *error);

#endif
