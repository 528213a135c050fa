/* What an act must bring along besides right, scope and state (P-117, `requirement`): registers
 * and collections of its kind alone, its arguments, and what the table of kinds asks for in words.
 */
#ifndef GRID_CASE_REQUIRE_H
#define GRID_CASE_REQUIRE_H

#include "libgrid/case/inside.h"

bool require_act(struct judgement *judgement);
/* It brings all that, and rests besides on what is not known here yet: GRID_PENDING. */
bool require_waits(struct judgement *judgement);
bool require_create(const struct judgement *judgement);

#endif
