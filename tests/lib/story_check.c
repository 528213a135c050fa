/* What a story says of its folds, held against the folds. */
#include "tests/lib/story_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct checking {
    const struct story *story;
    struct story_world *world;
    struct fold *fold; /* of the case that is looked at */
    uint32_t registers, collections;
    bool late, failed;
    struct arena arena;
};

static void differ(struct checking *checking, const char *what, const char *detail)
{
    if (!checking->failed)
        fprintf(stderr, "%s: %s: %s\n", checking->story->name, what, detail);
    checking->failed = true;
}

static const struct fold_entry *entry_of(struct checking *checking, size_t place)
{
    const struct story_entry *entry = &checking->story->entries[place];
    struct dot dot = entry_dot(&entry->entry);
    struct fold *fold = story_world_fold(checking->world, entry->case_id);
    return fold == NULL ? NULL : fold_find(fold, &dot);
}

static char verdict_letter(const struct fold_entry *entry)
{
    static const char letters[] = {[GRID_PENDING] = 'p',
            [GRID_VALID] = 'v',
            [GRID_OPAQUE] = 'o',
            [GRID_VOID_AUTHOR] = 'a',
            [GRID_VOID_ROLE] = 'r',
            [GRID_VOID_SCOPE] = 's',
            [GRID_VOID_TRANSITION] = 't',
            [GRID_VOID_REQUIREMENT] = 'q'};
    if (entry == NULL)
        return '?';
    return letters[entry->verdict];
}

static void check_verdicts(struct checking *checking, const char *letters)
{
    for (size_t i = 0; letters[i] != '\0'; i++) {
        char detail[96];
        char found = verdict_letter(entry_of(checking, i));
        snprintf(detail, sizeof(detail), "entry %zu is %c and not %c", i, found, letters[i]);
        if (found != letters[i])
            differ(checking, "verdict", detail);
    }
}

/* VALUE=ENTRY,ENTRY… against one value of the register. */
static bool value_fits(struct checking *checking, const struct fold_register *found, size_t index,
        char *word, bool shown)
{
    size_t places[LIST_MAX];
    char *value = strsep(&word, "=");
    struct bytes packed = value_make(&checking->arena, value);
    size_t count = list_read(word, places);
    for (size_t i = 0; i < found->value_count; i++) {
        const struct fold_value *live = &found->values[i];
        if (!bytes_equal(live->value, packed))
            continue;
        if (live->writer_count != count || (shown && found->provisional != i))
            return false;
        for (size_t w = 0; w < count; w++) {
            bool there = false;
            for (size_t p = 0; p < count; p++)
                there = there || live->writers[w] == entry_of(checking, places[p]);
            if (!there)
                return false;
        }
        return index < found->value_count;
    }
    return false;
}

static void check_register(struct checking *checking, char *rest)
{
    char line[LINE_MAX_BYTES];
    struct fold_register found = {0};
    size_t count = 0;
    bool fits = true;
    snprintf(line, sizeof(line), "%s", rest);
    char *name = word_take(&rest);
    bool waiting = name[strlen(name) - 1] == '?';
    if (waiting)
        name[strlen(name) - 1] = '\0';
    unsigned reg = grid_register_number(bytes_text(name));
    assert(reg != 0);
    checking->registers |= 1u << reg;
    assert(fold_read(checking->fold, reg, &found) == GRID_OK);
    for (char *word = word_take(&rest); *word != '\0'; word = word_take(&rest)) {
        fits = value_fits(checking, &found, count, word, count == 0) && fits;
        count++;
    }
    if (!fits || count != found.value_count || waiting != found.waiting)
        differ(checking, "register", line);
}

static void check_collection(struct checking *checking, char *rest)
{
    char line[LINE_MAX_BYTES];
    const struct fold_item *items = NULL;
    size_t item_count = 0;
    size_t count = 0;
    snprintf(line, sizeof(line), "%s", rest);
    unsigned collection = collection_number(word_take(&rest));
    checking->collections |= 1u << collection;
    assert(fold_collection(checking->fold, collection, &items, &item_count) == GRID_OK);
    for (char *word = word_take(&rest); *word != '\0'; word = word_take(&rest)) {
        struct bytes value = value_make(&checking->arena, strsep(&word, "="));
        const struct fold_entry *entry = entry_of(checking, strtoul(word, NULL, 10));
        bool there = false;
        for (size_t i = 0; i < item_count; i++)
            there = there || (items[i].entry == entry && bytes_equal(items[i].value, value));
        if (!there)
            differ(checking, "collection", line);
        count++;
    }
    if (count != item_count)
        differ(checking, "collection", line);
}

static void check_late(struct checking *checking, char *rest)
{
    char line[LINE_MAX_BYTES];
    const struct fold_entry *const *late = NULL;
    size_t late_count = 0;
    size_t count = 0;
    snprintf(line, sizeof(line), "%s", rest);
    checking->late = true;
    assert(fold_late_evidence(checking->fold, &late, &late_count) == GRID_OK);
    for (char *word = word_take(&rest); *word != '\0'; word = word_take(&rest)) {
        bool there = false;
        for (size_t i = 0; i < late_count; i++)
            there = there || late[i] == entry_of(checking, strtoul(word, NULL, 10));
        if (!there)
            differ(checking, "late evidence", line);
        count++;
    }
    if (count != late_count)
        differ(checking, "late evidence", line);
}

/* What the stage does not mention of the case is not there. */
static void check_rest(struct checking *checking)
{
    const struct fold_entry *const *late = NULL;
    size_t count = 0;
    if (checking->fold == NULL)
        return;
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++) {
        struct fold_register found = {0};
        assert(fold_read(checking->fold, reg, &found) == GRID_OK);
        if (found.value_count > 0 && (checking->registers >> reg & 1) == 0 &&
                reg != GRID_REGISTER_OCCURRED_AT)
            differ(checking, "live without being told", grid_register_name(reg));
    }
    for (unsigned collection = 1; collection < GRID_COLLECTION_END; collection++) {
        const struct fold_item *items = NULL;
        assert(fold_collection(checking->fold, collection, &items, &count) == GRID_OK);
        if (count > 0 && (checking->collections >> collection & 1) == 0 &&
                collection != GRID_COLLECTION_CODES)
            differ(checking, "kept without being told", grid_collection_name(collection));
    }
    assert(fold_late_evidence(checking->fold, &late, &count) == GRID_OK);
    if (count > 0 && !checking->late)
        differ(checking, "late evidence", "without being told");
}

static void case_begin(struct checking *checking, size_t create)
{
    check_rest(checking);
    checking->fold = story_world_fold(checking->world, checking->story->entries[create].case_id);
    assert(checking->fold != NULL);
    checking->registers = 0;
    checking->collections = 0;
    checking->late = false;
}

bool story_check(
        const struct story *story, const struct story_stage *stage, struct story_world *world)
{
    char line[LINE_MAX_BYTES];
    struct checking checking = {.story = story, .world = world};
    const char *at = stage->lines;
    arena_init(&checking.arena, 0);
    while (*at != '\0' && *at != '=' && *at != 'x' && *at != 's') {
        (void)line_take(&at, line);
        char *rest = line + 2;
        if (line[0] == 'v')
            check_verdicts(&checking, rest);
        else if (line[0] == 'c')
            case_begin(&checking, strtoul(rest, NULL, 10));
        else if (line[0] == 'r')
            check_register(&checking, rest);
        else if (line[0] == 'k')
            check_collection(&checking, rest);
        else if (line[0] == 'l')
            check_late(&checking, rest);
    }
    check_rest(&checking);
    arena_close(&checking.arena);
    return !checking.failed;
}

static bool same_live(struct fold *a, struct fold *b)
{
    enum { LIVE_MAX = 256 };
    static struct dot left[LIVE_MAX], right[LIVE_MAX];
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++) {
        size_t count = fold_live(a, reg, left, LIVE_MAX);
        if (count != fold_live(b, reg, right, LIVE_MAX) || count > LIVE_MAX)
            return false;
        for (size_t i = 0; i < count; i++)
            if (!dot_equal(&left[i], &right[i]))
                return false;
    }
    return true;
}

bool story_check_batch(const struct story *story, struct story_world *world)
{
    bool same = true;
    for (size_t i = 0; i < world->count && same; i++) {
        struct fold *batch = NULL;
        uint8_t left[GRID_HASH_BYTES], right[GRID_HASH_BYTES];
        char left_tag[FOLD_TAG_BYTES], right_tag[FOLD_TAG_BYTES];
        assert(fold_batch(world->folds[i], &world->world, &batch, NULL) == GRID_OK);
        assert(fold_digest(world->folds[i], left) == GRID_OK);
        assert(fold_digest(batch, right) == GRID_OK);
        assert(fold_tag(world->folds[i], left_tag) == GRID_OK);
        assert(fold_tag(batch, right_tag) == GRID_OK);
        same = memcmp(left, right, sizeof(left)) == 0 && strcmp(left_tag, right_tag) == 0 &&
               same_live(world->folds[i], batch);
        fold_close(batch);
    }
    if (!same)
        fprintf(stderr, "%s: the incremental form differs from the batch form\n", story->name);
    return same;
}
