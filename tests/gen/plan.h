/* How many of what there is in which village: the counts that the rosters reproduce. They follow
 * from the codes alone, so they are the same for every seed. */
#ifndef TESTS_GEN_PLAN_H
#define TESTS_GEN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

enum {
    PLAN_NAME_BYTES = 40,
    PLAN_TOWNSHIPS_MAX = 16,
    PLAN_VILLAGES_MAX = 256,
    PLAN_GRIDS_MAX = 16, /* base grids of one village */
};
#define PLAN_BANNER "150622"
#define PLAN_TOWNSHIP "150622103" /* 纳日松镇 */

struct plan_village {
    char code[13];
    char name[PLAN_NAME_BYTES];
    unsigned grids, dedicated, groups;
    unsigned micro_grids[PLAN_GRIDS_MAX]; /* of each base grid */
    unsigned micro_grid_sum;
};

struct plan_township {
    char code[10];
    char name[PLAN_NAME_BYTES];
    struct plan_village *villages; /* in code order */
    size_t village_count;
    unsigned dedicated;
};

struct plan {
    bool banner; /* all of 准格尔旗, not 纳日松镇 alone */
    char banner_name[PLAN_NAME_BYTES];
    struct plan_township townships[PLAN_TOWNSHIPS_MAX]; /* in code order */
    size_t township_count;
    struct plan_village villages[PLAN_VILLAGES_MAX];
    size_t village_count;
};

/* T1 is 纳日松镇; T2 the banner, in which 纳日松镇 is what it is in T1, with dedicated grids added.
 */
void plan_make(struct plan *plan, bool banner);

/* 001–199 and 400–499 are communities, the others villages. */
bool plan_is_community(const struct plan_village *village);

#endif
