/* What a report does not say (CLI.md, "Defaults") and what follows from it: state, first holder and
 * case code. */
#ifndef GRID_CASE_REPORT_H
#define GRID_CASE_REPORT_H

#include "libgrid/case/draft.h"

/* Where the holder of a post at `place` is taken to have seen something: the place itself, a party
 * group's village; empty above the villages. */
struct bytes report_own_place(const struct grid_roster *roster, uint64_t rv, struct bytes place);

#endif
