/* Judging one entry (P-113, D20, D22): from itself, what it names, the create of its case and
 * the roster it cites, so that a judgement once given never changes. */
#ifndef GRID_CASE_JUDGE_H
#define GRID_CASE_JUDGE_H

#include "libgrid/case/inside.h"

/* The verdict, with the first reason that fits: author, role, scope, transition, requirement.
 * GRID_PENDING leaves in the judgement what it waits for. */
enum grid_verdict judge(struct judgement *judgement);

#endif
