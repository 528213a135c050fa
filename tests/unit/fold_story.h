/* Stories for the tests of the fold: each is told, settled and held against what it says. */
#ifndef GRID_TESTS_FOLD_STORY_H
#define GRID_TESTS_FOLD_STORY_H

#include "tests/lib/story.h"

/* w1's report; s1 accepts it for the village. Entries 0 and 1 of many tests. */
#define REPORT                                                                              \
    "e w1 1 1 100 a000000000000001 w1/W/150622103203001 1 create - - - none category:u201 " \
    "description:sd holder:s150622103203 state:u1 title:stitle unit:s150622103203001001 "   \
    "urgency:u3\n"
#define ACCEPT                                                                     \
    "e s1 1 1 200 a000000000000002 s1/S/150622103203 1 accept 0 0 - 0 due:a1,2,1 " \
    "holder:s150622103203 state:u2\n"

struct fixture {
    struct story story;
    struct story_stage stage;
    struct story_world world;
};

/* Tells the story up to its first stage, in the order of its lines. */
static inline void tell(struct fixture *fixture, const char *text)
{
    const char *at = text;
    *fixture = (struct fixture){0};
    assert_true(story_next(&at, &fixture->story));
    assert_true(story_stage_next(&at, &fixture->stage));
    story_world_open(&fixture->world, fixture->stage.versions, &fixture->stage);
    for (size_t i = 0; i < fixture->stage.count; i++)
        story_world_add(&fixture->world, &fixture->story.entries[i]);
    story_world_settle(&fixture->world);
}

static inline void forget(struct fixture *fixture)
{
    story_world_close(&fixture->world);
    story_close(&fixture->story);
}

/* The story ends as it says, in the order of its lines and in the reverse. */
static inline void holds(const char *text)
{
    struct fixture fixture;
    tell(&fixture, text);
    assert_true(story_check(&fixture.story, &fixture.stage, &fixture.world));
    assert_true(story_check_batch(&fixture.story, &fixture.world));
    story_world_close(&fixture.world);
    story_world_open(&fixture.world, fixture.stage.versions, &fixture.stage);
    for (size_t i = fixture.stage.count; i-- > 0;) {
        story_world_add(&fixture.world, &fixture.story.entries[i]);
        story_world_settle(&fixture.world);
        assert_true(story_check_batch(&fixture.story, &fixture.world));
    }
    assert_true(story_check(&fixture.story, &fixture.stage, &fixture.world));
    forget(&fixture);
}

static inline const struct fold_entry *held(const struct fixture *fixture, size_t place)
{
    struct dot dot = entry_dot(&fixture->story.entries[place].entry);
    return fold_find(fixture->world.folds[0], &dot);
}

/* What stands after the report alone, title and state apart. */
#define REPORT_LIVE                                                     \
    "r holder s150622103203=0\nr category u201=0\nr description sd=0\n" \
    "r unit s150622103203001001=0\nr urgency u3=0\n"

#endif
