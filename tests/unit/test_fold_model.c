/* The fold beside the reference model: stories with what the model makes of them, told in random
 * orders: joined cases (F18), rulings on rulings (F34), evidence that a decider had not seen (F36).
 * With arguments, the files of stories to read; else proto/vectors/fold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const *files;
static size_t file_count;

struct counts {
    size_t stories, stages, failed;
};

/* splitmix64: the same orders in every run */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void shuffle(size_t *order, size_t count, uint64_t *state)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(random_next(state) % i);
        size_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

static char *file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = calloc(1, size + 1);
    if (text == NULL || fread(text, 1, size, file) != size)
        exit(1);
    fclose(file);
    return text;
}

/* The entries of the stage in a random order, some twice, settled after each or at the end. */
static bool tell(const struct story *story, const struct story_stage *stage, uint64_t *state,
        bool step_by_step)
{
    size_t order[1024];
    struct story_world world;
    assert_true(stage->count <= sizeof(order) / sizeof(order[0]));
    shuffle(order, stage->count, state);
    story_world_open(&world, step_by_step ? 1 : stage->versions, stage);
    bool fits = true;
    for (size_t i = 0; i < stage->count && fits; i++) {
        story_world_add(&world, &story->entries[order[i]]);
        if (random_next(state) % 4 == 0)
            story_world_add(&world, &story->entries[order[random_next(state) % (i + 1)]]);
        if (!step_by_step)
            continue;
        if (i == stage->count / 2)
            story_world_roster(&world, stage->versions);
        story_world_settle(&world);
        if (random_next(state) % 4 == 0)
            fits = story_check_batch(story, &world);
    }
    story_world_settle(&world);
    fits = fits && story_check(story, stage, &world) && story_check_batch(story, &world);
    story_world_close(&world);
    return fits;
}

static void check_file(const char *path, struct counts *counts)
{
    char *text = file_read(path);
    const char *at = text;
    struct story story;
    uint64_t state = 1;
    while (story_next(&at, &story)) {
        struct story_stage stage;
        counts->stories++;
        while (story_stage_next(&at, &stage)) {
            counts->stages++;
            bool fits = tell(&story, &stage, &state, false) && tell(&story, &stage, &state, true);
            counts->failed += fits ? 0 : 1;
        }
        story_close(&story);
    }
    free(text);
}

static void the_fold_is_the_reference_models(void **state)
{
    struct counts counts = {0};
    (void)state;
    for (size_t i = 0; i < file_count; i++)
        check_file(files[i], &counts);
    fprintf(stderr, "%zu stories, %zu stages, %zu differ\n", counts.stories, counts.stages,
            counts.failed);
    assert_true(counts.stories > 0);
    assert_int_equal(counts.failed, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_fold_is_the_reference_models),
    };
    files = (const char *const *)(argv + 1);
    file_count = (size_t)argc - 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
