/* The life of a case as one table (DOMAIN 7, P-117): which kind of act leads from where to where,
 * who may do it, and what it writes. judge.c reads it; nothing else says who may do what. */
#ifndef GRID_CASE_LIFE_H
#define GRID_CASE_LIFE_H

#include "proto/entry.h"

/* Who may: a bit for each role, and ways that do not hang on the role. */
enum life_way {
    LIFE_WAY_ANY = 1 << 24,       /* whoever is in reach */
    LIFE_WAY_AUTHOR = 1 << 25,    /* the person who created the case */
    LIFE_WAY_LEAD = 1 << 26,      /* a post at a lead value that its author saw live */
    LIFE_WAY_NAMED = 1 << 27,     /* the leader whom lead_case named */
    LIFE_WAY_ADDRESSEE = 1 << 28, /* whom a document in the basis is addressed to */
};

struct life_kind {
    bool create;                /* begins a case */
    bool deciding;              /* ★: carries `seen` and names the live holder dots */
    bool reach;                 /* reach is enough; all else needs cover */
    uint16_t from;              /* bits of the states it may start from */
    uint8_t to;                 /* the state it writes; 0: none */
    uint32_t who;               /* bits of roles, and ways */
    uint32_t must, may;         /* registers besides `state` that it writes, or may write */
    uint32_t adds, takes;       /* collections it may add to, or remove from */
    uint32_t args;              /* arguments it cannot do without */
    const char *const *reasons; /* what its argument `reason` may say; NULL: any words */
};

/* NULL for a kind that is no act on a case, or that this program does not know. */
const struct life_kind *life_kind(uint32_t kind);

/* "low", "medium" or "high": how grave it is when live writes of the register differ (DOMAIN 9).
 * Below medium any post in cover may settle it by a ruling. */
const char *life_severity(unsigned reg);

/* Kinds that are evidence, and kinds whose write of `state` decides (DOMAIN 9, late evidence). */
bool life_is_evidence(uint32_t kind);
bool life_is_decision(uint32_t kind);
/* Resolve and create_resolved: what follow_up, feedback and close answer. */
bool life_is_resolve(uint32_t kind);
/* `!` in DOMAIN 5: may never be self-resolved. A constant of the fold and not the codebook's, since
 * a data file may change and a judgement may not. */
bool life_never_self_resolved(uint64_t category);

#endif
