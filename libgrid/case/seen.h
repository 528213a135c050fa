/* What the author of an entry saw, as far as the entry names it (P-114). Only names
 * in a basis are walked, and one that is not decided stops the judgement: it rests on decided
 * entries alone, and no later arrival can turn it. */
#ifndef GRID_CASE_SEEN_H
#define GRID_CASE_SEEN_H

#include "libgrid/case/inside.h"

/* The writers of `reg` that the author saw live: those it names, void ones looked through, without
 * those that another of them replaces. Threaded by `head`, until the next call. */
struct fold_held *seen_live(struct judgement *judgement, unsigned reg);
/* The next valid entry of this case in the basis from *index on, or NULL. */
const struct fold_held *seen_ground(const struct judgement *judgement, size_t *index);
/* Whether a valid extension stands between what the author saw of `due` and the last accept or
 * reopen. */
bool seen_extension(struct judgement *judgement);
/* The resolves that the author saw: live ones, or those beneath a ruling that chose `resolved`.
 * Threaded by `resolve`; *number marks them in `resolved`. */
struct fold_held *seen_resolves(struct judgement *judgement, uint64_t *number);

#endif
