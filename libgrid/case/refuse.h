/* Why an act would be void, in terms that tell a person what to do about it. */
#ifndef GRID_CASE_REFUSE_H
#define GRID_CASE_REFUSE_H

#include "libgrid/case/draft.h"

/* GRID_REFUSED. The arguments of every reason: kind, state, role, place, and one more:
 * "void_author"; "void_role" (who may), "void_role_lead" (the lead), "void_role_author";
 * "void_scope", "void_scope_holder" (the unit that holds the case); "void_transition" (the states
 * from which it may be done); "void_requirement"; "pending". */
enum grid_status refuse_void(
        const struct draft *draft, enum grid_verdict verdict, struct grid_error *error);

#endif
