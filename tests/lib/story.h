/* Histories of cases told as lines of text, for tests of the fold: each entry with what it names,
 * then what the fold must make of the first so many of them. The same small world stands behind all
 * of them: a banner, two townships, and the people of story.c. */
#ifndef GRID_TESTS_STORY_H
#define GRID_TESTS_STORY_H

#include "libgrid/case/fold.h"

struct story_entry {
    struct entry entry;
    uint8_t case_id[GRID_ID_BYTES];
};

/* story NAME
 * e AUTHOR LANE SEQ HLC LEAF PERSON/ROLE/PLACE RV KIND CASE BASIS REFS SEEN OP…
 *   LEAF: its first 8 bytes in hex, the rest is zero; RV: the roster's version; CASE: - for a
 *   create, else the create by its place in the list; BASIS, REFS, SEEN: places in the list joined
 *   by commas, or -; SEEN `none` where the kind carries none
 * OP: register:VALUE  +collection:VALUE  -collection@ENTRY:VALUE  .argument:VALUE
 * VALUE: u7 integer, b1 truth, s… text (a blank is ~), a1,2,3 array of integers, L or
 *   LPLACE,ASSIST… lead, o7,1,text outcome, B… 8 bytes of a case id, P… a person by key */
struct story {
    char name[64];
    struct arena arena;
    struct story_entry *entries;
    size_t count;
};

/* The next story of the text; false at its end. *text is left at the story's first stage. */
bool story_next(const char **text, struct story *out);
void story_close(struct story *story);

/* x AUTHOR SEQ0 SEQ1   that author's device is cut behind these sequences of its lanes
 * = COUNT VERSIONS     the first COUNT entries, while so many versions of the roster are held:
 * v VERDICTS           a letter an entry: p pending, v valid, and why void: a r s t q
 * c CREATE             of that case: registers with live values (`?`: waiting), the shown one first
 * r REGISTER VALUE=ENTRY,…  k COLLECTION VALUE=ENTRY…  l LATE… */
struct story_stage {
    size_t count;
    unsigned versions;
    char cut_author[32];
    uint64_t cut[GRID_LANE_COUNT];
    const char *lines; /* from v on */
};
bool story_stage_next(const char **text, struct story_stage *stage);

/* The folds of one story's cases. */
enum { STORY_CASES_MAX = 64 };
struct story_world {
    struct fold_world world;
    struct grid_roster *roster;
    struct fold *folds[STORY_CASES_MAX];
    size_t count;
};
void story_world_open(
        struct story_world *world, unsigned versions, const struct story_stage *cut_or_null);
void story_world_close(struct story_world *world);
/* The roster of more versions takes the place of the one before. */
void story_world_roster(struct story_world *world, unsigned versions);
void story_world_add(struct story_world *world, const struct story_entry *entry);
void story_world_settle(struct story_world *world);
struct fold *story_world_fold(
        struct story_world *world, const uint8_t case_id[static GRID_ID_BYTES]);

/* Whether the folds are as the stage says; the first difference goes to standard error. */
bool story_check(
        const struct story *story, const struct story_stage *stage, struct story_world *world);
/* Whether each fold equals its batch form: digest, tag and all that is shown. */
bool story_check_batch(const struct story *story, struct story_world *world);

#endif
