/* Which dots an act names (DOMAIN 7 and 9): the live writes its author sees and replaces, what the
 * judgement rests on, and the write that brings the author into cover. */
#ifndef GRID_CASE_NAMING_H
#define GRID_CASE_NAMING_H

#include "libgrid/case/draft.h"

/* Fills basis, refs and, for a deciding kind, seen, of an act on the fold: the live state always,
 * the live holder under a deciding kind, the live lead under one that a lead may do, who leads the
 * case under an act of that leader, and every live write that it replaces: as ground of its
 * judgement in the registers that validity looks at and in a ruling, else only as replaced.
 * GRID_LIMIT "too_many_refs", "too_many_logs". */
enum grid_status naming_fill(struct draft *draft, struct grid_error *error);
/* The live writes of one register as ground: of what is judged without being written, or has to be
 * looked up by it. */
enum grid_status naming_ground(struct draft *draft, unsigned reg, struct grid_error *error);
/* Names one more dot as ground; it leaves the refs. */
enum grid_status naming_basis(struct draft *draft, const struct dot *dot, struct grid_error *error);

#endif
