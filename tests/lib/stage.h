/* A small township for tests of the case room: its roster, the people of each post with a device or
 * at the centre, and what they do through act_make. */
#ifndef GRID_TESTS_STAGE_H
#define GRID_TESTS_STAGE_H

#include "libgrid/case/act.h"

#define STAGE_TOWNSHIP "150622103"
#define STAGE_VILLAGE "150622103203"  /* 柳塔村 */
#define STAGE_VILLAGE2 "150622103204" /* 二道柳村 */
#define STAGE_GRID "150622103203001"
#define STAGE_GRID2 "150622103204001"
#define STAGE_MICRO "150622103203001001" /* 吴家沟社一联户 */
#define STAGE_MICRO2 "150622103203001002"
#define STAGE_GROUP "150622103P0001"
#define STAGE_DEPARTMENT "150622103D0001"

#define STAGE_TITLE "房后墙裂缝"

/* 2026-11-21T09:30:00+08:00 */
#define STAGE_NOW_MS INT64_C(1795224600000)

/* The three files that its roster is read from. */
extern const char stage_units_csv[], stage_posts_csv[], stage_departments_csv[];

enum { STAGE_FIELDS_MAX = 80 };

struct stage {
    struct grid_roster *roster;
    struct fold_world world;
    struct arena arena;
    uint64_t seq[16][GRID_LANE_COUNT]; /* by author's first byte */
    int64_t now_ms;                    /* a second later with every act */
    int64_t received_ms;               /* when the first centre had what is added; 0: unknown */
    uint64_t last_stamp;
    unsigned counter;
    struct grid_error error; /* of the last act */
    struct act_result result;
};

struct actor {
    const char *key;
    unsigned role;
    const char *place;
    uint8_t author; /* the first byte of its author; centres share one */
};
extern const struct actor the_head, the_other_head, the_worker, the_chief, the_group_leader,
        the_secretary, the_other_secretary, the_clerk, the_other_clerk, the_director, the_officer;

void stage_open(struct stage *stage);
void stage_close(struct stage *stage);
struct act_author stage_author(const struct actor *actor);
/* `fields`: name, value, name, value, …, NULL. The entry is not added. */
enum grid_status stage_try(struct stage *stage, const struct actor *actor, struct fold *fold,
        const char *verb, const char *const fields[]);
/* The result of the last act as an entry of its author's stream, added to the fold and judged; a
 * create opens *fold. The verdict. */
enum grid_verdict stage_add(struct stage *stage, const struct actor *actor, struct fold **fold);
/* Both; the act must be permitted and valid. Returns the entry. */
const struct fold_entry *stage_act(struct stage *stage, const struct actor *actor,
        struct fold **fold, const char *verb, const char *const fields[]);

/* A stage for each test of cmocka. */
int stage_setup(void **state);
int stage_teardown(void **state);

/* Looking into the result of the last act. */
struct case_body stage_body(struct stage *stage);
struct entry_header stage_header(struct stage *stage);
struct bytes stage_set(struct stage *stage, unsigned reg);
void stage_text(struct bytes packed, const char *text);
void stage_report(struct stage *stage, const struct actor *actor, const char *const fields[]);
void stage_refused(struct stage *stage, enum grid_status status, const char *reason);

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
