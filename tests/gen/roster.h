/* A roster in memory: what the three files of an import say, row by row. */
#ifndef TESTS_GEN_ROSTER_H
#define TESTS_GEN_ROSTER_H

#include "tests/gen/names.h"
#include "tests/gen/plan.h"

enum { CODE_BYTES = 24, HOUSEHOLDS_NONE = -1 };

struct unit {
    char code[CODE_BYTES];
    const char *kind, *subkind; /* as the files say them */
    char name[NAME_BYTES];
    int households; /* HOUSEHOLDS_NONE: not said */
    int32_t lat_e7, lon_e7;
    bool placed;
    char group[CODE_BYTES]; /* of a micro-grid */
    size_t village;         /* index of the unit that it lies in; of what lies in none: its own */
};

struct person {
    char key[8];
    char name[NAME_BYTES];
    char phone[12]; /* empty: none */
};

struct post {
    struct person person;
    const char *role, *from;
    char place[CODE_BYTES];
};

struct department {
    char id[CODE_BYTES];
    char name[NAME_BYTES];
    const char *kind, *stationing, *routes;
};

struct roster {
    struct unit *units;
    size_t unit_count, unit_room;
    struct post *posts;
    size_t post_count, post_room;
    struct department *departments;
    size_t department_count, department_room;
};

/* The roster of the plan; what is drawn comes from the seed. Close it. */
void roster_make(struct roster *roster, const struct plan *plan, uint64_t seed);
void roster_close(struct roster *roster);
/* units.csv, posts.csv and departments.csv in the folder, which is made; false: errno says why. */
bool roster_write(const struct roster *roster, const char *folder);

/* --- its parts, in the order in which they are made --- */

void places_make(struct roster *roster, const struct plan *plan, uint64_t seed);
void departments_make(struct roster *roster, const struct plan *plan);
void posts_make(struct roster *roster, const struct plan *plan, uint64_t seed);

/* --- for them: a new row, zeroed --- */

struct unit *roster_unit(struct roster *roster);
struct post *roster_post(struct roster *roster);
struct department *roster_department(struct roster *roster);

#endif
