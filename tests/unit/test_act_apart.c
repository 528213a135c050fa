/* Acts that replicas permit apart are valid together, in whatever order they meet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/stage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { REPLICAS = 4, STORY_ACTS = 60, STORY_TRIES_MAX = 240 };

/* Who writes on which replica: an author has one home. */
static const struct actor *const homes[REPLICAS][3] = {{&the_head, &the_head, &the_head},
        {&the_worker, &the_worker, &the_worker}, {&the_secretary, &the_secretary, &the_secretary},
        {&the_clerk, &the_other_clerk, &the_officer}};

struct story {
    struct stage *stage;
    uint64_t random;
    struct fold *replicas[REPLICAS];
    struct entry entries[STORY_ACTS + 1];
    size_t count;
    bool held[REPLICAS][STORY_ACTS + 1];
    size_t permitted, refused;
};

static uint64_t draw(struct story *story, uint64_t below)
{
    uint64_t z = story->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static void give(struct story *story, size_t replica, size_t index)
{
    struct grid_error error = {0};
    bool fresh = false;
    if (story->held[replica][index])
        return;
    story->held[replica][index] = true;
    assert_int_equal(fold_add(story->replicas[replica], &story->entries[index], 0, GRID_PENDING,
                             &fresh, &error),
            GRID_OK);
    assert_int_equal(
            fold_settle(story->replicas[replica], &story->stage->world, NULL, NULL, &error),
            GRID_OK);
}

/* The act just made becomes an entry, held where it was made. */
static void keep(struct story *story, size_t replica, const struct actor *actor)
{
    struct stage *stage = story->stage;
    struct entry *entry = &story->entries[story->count];
    struct grid_error error = {0};
    *entry = (struct entry){.lane = (uint8_t)stage->result.lane,
            .seq = 2 + stage->seq[actor->author][stage->result.lane]++,
            .header = stage->result.header,
            .body = stage->result.body};
    memset(entry->author, actor->author, sizeof(entry->author));
    assert_int_equal(entry_admit(entry, &error), GRID_OK);
    if (story->count == 0)
        for (size_t i = 0; i < REPLICAS; i++)
            assert_int_equal(fold_open(&story->replicas[i], entry->leaf), GRID_OK);
    give(story, replica, story->count++);
    stage->now_ms += (int64_t)draw(story, 200000) - 100000; /* clocks are what they are */
}

static enum grid_status try_one(struct story *story, size_t replica, const struct actor *actor)
{
    struct stage *stage = story->stage;
    struct fold *fold = story->replicas[replica];
    static const char *const units[] = {STAGE_GRID2, STAGE_GRID, STAGE_MICRO, STAGE_VILLAGE2};
    static const char *const urgencies[] = {"U1", "U2", "U3", "U4"};
    static const char *const fields[] = {"title", "unit", "urgency", "category", "place"};
    char title[32];
    snprintf(title, sizeof(title), "标题之%u", (unsigned)draw(story, 1000));
    switch (draw(story, 9)) {
    case 0:
        return stage_try(stage, actor, fold, "set", FIELDS("title", title));
    case 1:
        return stage_try(stage, actor, fold, "set", FIELDS("unit", units[draw(story, 4)]));
    case 2:
        return stage_try(stage, actor, fold, "set", FIELDS("urgency", urgencies[draw(story, 4)]));
    case 3:
        return stage_try(stage, actor, fold, "set", FIELDS("category", "0208", "place", title));
    case 4:
        return stage_try(stage, actor, fold, "note", FIELDS("text", title));
    case 5:
        return stage_try(stage, actor, fold, "tag", FIELDS("add", "night"));
    case 6:
        return stage_try(stage, actor, fold, "tag", FIELDS("remove", "night", "add", "school"));
    default:
        return stage_try(stage, actor, fold, "ruling",
                FIELDS("field", fields[draw(story, 5)], "take", "1", "reason", "因"));
    }
}

static void gossip(struct story *story)
{
    size_t from = draw(story, REPLICAS);
    size_t to = draw(story, REPLICAS);
    size_t start = draw(story, story->count);
    for (size_t i = 0; i < story->count; i++) { /* in an order of its own */
        size_t index = (start + i) % story->count;
        if (story->held[from][index] && draw(story, 4) > 0)
            give(story, to, index);
    }
}

static void all_agree(struct story *story)
{
    uint8_t first[GRID_HASH_BYTES];
    uint8_t other[GRID_HASH_BYTES];
    for (size_t r = 0; r < REPLICAS; r++) {
        for (size_t i = 0; i < story->count; i++)
            give(story, r, i);
        for (size_t i = 0; i < story->count; i++)
            assert_int_equal(fold_entry_at(story->replicas[r], i)->verdict, GRID_VALID);
        assert_int_equal(fold_digest(story->replicas[r], r == 0 ? first : other), GRID_OK);
        if (r > 0)
            assert_memory_equal(first, other, sizeof(first));
    }
}

/* Every conflict that stands is settled by one ruling that saw it. */
static void settle_all(struct story *story)
{
    struct fold *fold = story->replicas[REPLICAS - 1];
    struct grid_error error = {0};
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++) {
        struct fold_register values = {0};
        bool fresh = false;
        assert_int_equal(fold_read(fold, reg, &values), GRID_OK);
        if (values.value_count < 2)
            continue;
        assert_int_equal(
                stage_try(story->stage, &the_clerk, fold, "ruling",
                        FIELDS("field", grid_register_name(reg), "take", "2", "reason", "定")),
                GRID_OK);
        struct entry entry = {.lane = (uint8_t)story->stage->result.lane,
                .seq = 2 + story->stage->seq[the_clerk.author][story->stage->result.lane]++,
                .header = story->stage->result.header,
                .body = story->stage->result.body};
        memset(entry.author, the_clerk.author, sizeof(entry.author));
        assert_int_equal(entry_admit(&entry, &error), GRID_OK);
        assert_int_equal(fold_add(fold, &entry, 0, GRID_PENDING, &fresh, &error), GRID_OK);
        assert_int_equal(fold_settle(fold, &story->stage->world, NULL, NULL, &error), GRID_OK);
    }
    assert_int_equal(fold_conflict_count(fold), 0);
}

static void what_the_client_permits_apart_is_valid_together(void **state)
{
    (void)state;
    size_t permitted = 0;
    size_t conflicts = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        static struct stage stage;
        static struct story story;
        stage_open(&stage);
        story = (struct story){.stage = &stage, .random = seed};
        stage_report(&stage, &the_head,
                FIELDS("title", STAGE_TITLE, "tag", "night", "urgency",
                        seed % 2 == 0 ? "U3" : "U2"));
        keep(&story, 0, &the_head);
        for (size_t i = 1; i < REPLICAS; i++)
            give(&story, i, 0);
        while (story.count < STORY_ACTS && story.permitted + story.refused < STORY_TRIES_MAX) {
            size_t replica = draw(&story, REPLICAS);
            const struct actor *actor = homes[replica][draw(&story, 3)];
            if (try_one(&story, replica, actor) == GRID_OK) {
                keep(&story, replica, actor);
                story.permitted++;
            } else {
                story.refused++;
            }
            gossip(&story);
        }
        all_agree(&story);
        conflicts += fold_conflict_count(story.replicas[0]);
        permitted += story.permitted;
        settle_all(&story);
        for (size_t i = 0; i < REPLICAS; i++)
            fold_close(story.replicas[i]);
        stage_close(&stage);
    }
    assert_true(permitted > 800); /* or the stories tell nothing */
    assert_true(conflicts > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_the_client_permits_apart_is_valid_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
