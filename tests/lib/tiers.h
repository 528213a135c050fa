/* Several tiers of a pair: a league city, its banner, two townships with a village each, and
 * whoever is enrolled there. */
#ifndef GRID_TESTS_TIERS_H
#define GRID_TESTS_TIERS_H

#include "tests/lib/pair.h"

#define TIERS_LEAGUE "1506"
#define TIERS_BANNER "150622"
#define TIERS_TOWN2 "150622104" /* the other township */
#define TIERS_VILLAGE2 "150622104201"
#define TIERS_GRID2 "150622104201001"
#define TIERS_MICRO2 "150622104201001001"

struct tiers {
    struct pair pair;
    struct pair_home *league; /* kl, clerk; NULL: there is none */
    struct pair_home *banner; /* kb, clerk */
    struct pair_home *town;   /* the stage's, k1 is its clerk */
    struct pair_home *town2;  /* k1 is a clerk there too; NULL: there is none */
};

/* Banner and township, with their rosters. */
void tiers_open(struct tiers *tiers, uint64_t seed);
/* The same with a league above the banner. */
void tiers_open_league(struct tiers *tiers, uint64_t seed);
void tiers_add_town2(struct tiers *tiers);
/* A centre that is invited by its parent, with the roster of these files (units NULL: none yet). */
struct pair_home *tiers_centre(struct tiers *tiers, struct pair_home *parent, const char *name,
        const char *unit, const char *operator_key);
void tiers_import(struct pair_home *centre, const char *units, const char *posts);
void tiers_assert_same_digest(struct pair_home *a, struct pair_home *b);
/* The fold of a case held there; NULL: it is not. */
struct fold *tiers_fold(struct pair_home *home, const char *code);
/* Held at both with the same digest, and nothing of it waits. */
void tiers_assert_same_case(struct pair_home *a, struct pair_home *b, const char *code);

#endif
