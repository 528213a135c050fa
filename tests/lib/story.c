/* Lines of text to entries, and entries to folds. */
#include "tests/lib/story_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading lines --- */

bool line_take(const char **text, char line[static LINE_MAX_BYTES])
{
    size_t size = strcspn(*text, "\n");
    if (**text == '\0')
        return false;
    assert(size < LINE_MAX_BYTES);
    memcpy(line, *text, size);
    line[size] = '\0';
    *text += size + ((*text)[size] == '\n' ? 1 : 0);
    return true;
}

char *word_take(char **rest)
{
    static char none[1];
    char *word = strsep(rest, " ");
    while (word != NULL && *word == '\0' && *rest != NULL)
        word = strsep(rest, " ");
    none[0] = '\0';
    return word == NULL ? none : word;
}

size_t list_read(char *text, size_t *out)
{
    size_t count = 0;
    if (strcmp(text, "-") == 0)
        return 0;
    for (char *item = strsep(&text, ","); item != NULL; item = strsep(&text, ",")) {
        assert(count < LIST_MAX);
        out[count++] = strtoul(item, NULL, 10);
    }
    return count;
}

static void pack_lead_text(struct buffer *out, char *text)
{
    struct lead_value lead = {0};
    char *item = strsep(&text, ",");
    if (item != NULL)
        lead.lead = bytes_text(item);
    while ((item = strsep(&text, ",")) != NULL)
        lead.assists[lead.assist_count++] = bytes_text(item);
    value_pack_lead(out, &lead);
}

static void pack_value(struct buffer *out, const char *value)
{
    char text[LINE_MAX_BYTES];
    uint8_t id[GRID_ID_BYTES] = {0};
    size_t numbers[LIST_MAX];
    snprintf(text, sizeof(text), "%s", value + 1);
    switch (value[0]) {
    case 'u':
        pack_uint(out, strtoull(text, NULL, 10));
        return;
    case 'b':
        pack_bool(out, text[0] == '1');
        return;
    case 's':
        for (char *at = strchr(text, '~'); at != NULL; at = strchr(at, '~'))
            *at = ' ';
        pack_text(out, text);
        return;
    case 'a': {
        size_t count = list_read(text, numbers);
        pack_array(out, count);
        for (size_t i = 0; i < count; i++)
            pack_uint(out, numbers[i]);
        return;
    }
    case 'L':
        pack_lead_text(out, text);
        return;
    case 'o': {
        char *rest = text;
        struct outcome_value outcome = {0};
        outcome.method = (unsigned)strtoul(strsep(&rest, ","), NULL, 10);
        outcome.success = strsep(&rest, ",")[0] == '1';
        outcome.text = bytes_text(rest);
        value_pack_outcome(out, &outcome);
        return;
    }
    case 'B':
        assert(ident_unhex(id, 8, text));
        pack_bin(out, bytes_of(id, sizeof(id)));
        return;
    case 'P':
        person_of(id, text);
        pack_bin(out, bytes_of(id, sizeof(id)));
        return;
    default:
        fprintf(stderr, "no value: %s\n", value);
        abort();
    }
}

struct bytes value_make(struct arena *arena, const char *value)
{
    struct buffer buffer = {0};
    pack_value(&buffer, value);
    struct bytes copy = arena_copy(arena, buffer_bytes(&buffer));
    buffer_close(&buffer);
    return copy;
}

/* --- an entry --- */

unsigned collection_number(const char *name)
{
    for (unsigned i = 1; i < GRID_COLLECTION_END; i++)
        if (strcmp(grid_collection_name(i), name) == 0)
            return i;
    fprintf(stderr, "no collection: %s\n", name);
    abort();
}

static unsigned argument_number(const char *name)
{
    for (unsigned i = 1; i < GRID_ARGUMENT_END; i++)
        if (strcmp(grid_argument_name(i), name) == 0)
            return i;
    fprintf(stderr, "no argument: %s\n", name);
    abort();
}

static unsigned role_of_letter(char letter)
{
    for (unsigned role = 1; role <= GRID_ROLE_NODE; role++)
        if (grid_role_letter(role) == letter)
            return role;
    abort();
}

struct telling {
    struct story *story;
    struct case_op sets[OPS_MAX], adds[OPS_MAX];
    struct case_removal removals[OPS_MAX];
    struct dot seen[LIST_MAX];
    struct dot basis[LIST_MAX], refs[LIST_MAX];
    struct case_body body;
    struct entry_header head;
};

static size_t dots_of(const struct story *story, char *text, struct dot *out)
{
    size_t places[LIST_MAX];
    size_t count = list_read(text, places);
    for (size_t i = 0; i < count; i++) {
        assert(places[i] < story->count);
        out[i] = entry_dot(&story->entries[places[i]].entry);
    }
    return dots_sort(out, count);
}

static void op_read(struct telling *telling, char *op)
{
    struct arena *arena = &telling->story->arena;
    struct case_body *body = &telling->body;
    char *value = op;
    char *name = strsep(&value, ":");
    assert(value != NULL);
    if (name[0] == '+') {
        telling->adds[body->add_count++] =
                (struct case_op){collection_number(name + 1), value_make(arena, value)};
    } else if (name[0] == '-') {
        char *place = name + 1;
        char *collection = strsep(&place, "@");
        size_t index = strtoul(place, NULL, 10);
        assert(index < telling->story->count);
        telling->removals[body->removal_count++] =
                (struct case_removal){collection_number(collection),
                        entry_dot(&telling->story->entries[index].entry), value_make(arena, value)};
    } else if (name[0] == '.') {
        body->args[argument_number(name + 1)] = value_make(arena, value);
    } else {
        unsigned reg = grid_register_number(bytes_text(name));
        assert(reg != 0);
        telling->sets[body->set_count++] = (struct case_op){reg, value_make(arena, value)};
    }
}

static int set_order(const void *a, const void *b)
{
    return (int)((const struct case_op *)a)->name - (int)((const struct case_op *)b)->name;
}

/* What every entry of its kind must say besides, and stories leave out. */
static void say_the_usual(struct telling *telling, size_t place)
{
    struct arena *arena = &telling->story->arena;
    struct case_body *body = &telling->body;
    uint32_t kind = telling->head.kind;
    struct case_code code;
    char text[GRID_CODE_DIGITS + 2];
    if (kind == GRID_KIND_CREATE || kind == GRID_KIND_CREATE_RESOLVED) {
        code_make(&code, "150622103", 26, 1, (unsigned)place + 1);
        snprintf(text, sizeof(text), "s%s", code.digits);
        body->args[GRID_ARGUMENT_CODE] = value_make(arena, text);
        body->args[GRID_ARGUMENT_SOURCE] = value_make(arena, "u1");
        telling->sets[body->set_count++] =
                (struct case_op){GRID_REGISTER_OCCURRED_AT, value_make(arena, "a1000,0")};
    }
    if (kind == GRID_KIND_RETURN && body->args[GRID_ARGUMENT_REASON].size == 0)
        body->args[GRID_ARGUMENT_REASON] = value_make(arena, "snot_our_duty");
    if (kind == GRID_KIND_EXTEND && body->as.role == GRID_ROLE_DIRECTOR)
        body->args[GRID_ARGUMENT_REASON] = value_make(arena, "sr");
}

static unsigned kind_read(const char *word)
{
    unsigned kind = grid_kind_number(bytes_text(word));
    return kind != 0 ? kind : (unsigned)strtoul(word, NULL, 10); /* one that nobody knows yet */
}

/* e AUTHOR LANE SEQ HLC LEAF: enough for others to name it. */
static void entry_begin(struct story_entry *out, char **rest, uint64_t *hlc)
{
    *out = (struct story_entry){0};
    name_bytes(out->entry.author, GRID_ID_BYTES, word_take(rest));
    out->entry.lane = (uint8_t)strtoul(word_take(rest), NULL, 10);
    out->entry.seq = strtoull(word_take(rest), NULL, 10);
    *hlc = strtoull(word_take(rest), NULL, 10);
    assert(ident_unhex(out->entry.leaf, 8, word_take(rest)));
}

static void as_read(struct telling *telling, char *word)
{
    struct grid_as *as = &telling->body.as;
    person_of(as->person, strsep(&word, "/"));
    as->role = role_of_letter(strsep(&word, "/")[0]);
    as->place = arena_copy(&telling->story->arena, bytes_text(word));
}

static void case_read(struct telling *telling, struct story_entry *out, const char *word)
{
    struct story *story = telling->story;
    telling->head.has_case = word[0] != '-';
    if (word[0] == '-') {
        memcpy(out->case_id, out->entry.leaf, GRID_ID_BYTES);
    } else {
        size_t create = strtoul(word, NULL, 10);
        assert(create < story->count);
        memcpy(out->case_id, story->entries[create].entry.leaf, GRID_ID_BYTES);
        memcpy(telling->head.case_id, out->case_id, GRID_ID_BYTES);
    }
}

static void entry_finish(struct story *story, size_t place, char *rest)
{
    static struct telling telling;
    struct story_entry *out = &story->entries[place];
    struct buffer header = {0};
    struct buffer body = {0};
    telling = (struct telling){.story = story};
    telling.body.sets = telling.sets;
    telling.body.adds = telling.adds;
    telling.body.removals = telling.removals;
    telling.body.seen = telling.seen;
    telling.head.basis = telling.basis;
    telling.head.refs = telling.refs;
    entry_begin(out, &rest, &telling.head.hlc);
    as_read(&telling, word_take(&rest));
    telling.head.rv = rv_of_version((unsigned)strtoul(word_take(&rest), NULL, 10));
    telling.head.kind = kind_read(word_take(&rest));
    case_read(&telling, out, word_take(&rest));
    telling.head.basis_count = dots_of(story, word_take(&rest), telling.basis);
    telling.head.ref_count = dots_of(story, word_take(&rest), telling.refs);
    char *seen = word_take(&rest);
    telling.body.has_seen = strcmp(seen, "none") != 0;
    if (telling.body.has_seen)
        telling.body.seen_count = dots_of(story, seen, telling.seen);
    for (char *op = word_take(&rest); *op != '\0'; op = word_take(&rest))
        op_read(&telling, op);
    say_the_usual(&telling, place);
    qsort(telling.sets, telling.body.set_count, sizeof(telling.sets[0]), set_order);

    entry_pack_header(&header, &telling.head);
    body_pack_case(&body, &telling.body);
    out->entry.header = arena_copy(&story->arena, buffer_bytes(&header));
    out->entry.body = arena_copy(&story->arena, buffer_bytes(&body));
    buffer_close(&header);
    buffer_close(&body);

    /* What is told must be what a node would take: all but the leaf, which the story names. */
    struct entry admitted = out->entry;
    struct grid_error error = {0};
    if (entry_admit(&admitted, &error) != GRID_OK) {
        fprintf(stderr, "%s, entry %zu: %s %s\n", story->name, place, error.reason, error.detail);
        abort();
    }
}

bool story_next(const char **text, struct story *out)
{
    char line[LINE_MAX_BYTES];
    *out = (struct story){0};
    do {
        if (!line_take(text, line))
            return false;
    } while (strncmp(line, "story ", 6) != 0);
    snprintf(out->name, sizeof(out->name), "%.63s", line + 6);
    arena_init(&out->arena, 0);

    /* Twice over the lines, for an entry may name one that is told later. */
    const char *first = *text;
    for (const char *at = *text; at[0] == 'e' && at[1] == ' '; *text = at) {
        out->count++;
        (void)line_take(&at, line);
    }
    out->entries = arena_alloc_array(&out->arena, out->count, sizeof(out->entries[0]));
    assert(out->entries != NULL);
    for (unsigned pass = 0; pass < 2; pass++) {
        const char *at = first;
        for (size_t i = 0; i < out->count; i++) {
            uint64_t hlc = 0;
            (void)line_take(&at, line);
            char *rest = line + 2;
            if (pass == 0)
                entry_begin(&out->entries[i], &rest, &hlc);
            else
                entry_finish(out, i, rest);
        }
    }
    return true;
}

void story_close(struct story *story)
{
    arena_close(&story->arena);
    *story = (struct story){0};
}

bool story_stage_next(const char **text, struct story_stage *stage)
{
    char line[LINE_MAX_BYTES];
    *stage = (struct story_stage){0};
    while (**text != '\0' && strncmp(*text, "story ", 6) != 0) {
        (void)line_take(text, line);
        char *rest = line + 2;
        if (line[0] == 'x') {
            snprintf(stage->cut_author, sizeof(stage->cut_author), "%.31s", word_take(&rest));
            stage->cut[0] = strtoull(word_take(&rest), NULL, 10);
            stage->cut[1] = strtoull(word_take(&rest), NULL, 10);
        }
        if (line[0] != '=')
            continue;
        stage->count = strtoul(word_take(&rest), NULL, 10);
        stage->versions = (unsigned)strtoul(word_take(&rest), NULL, 10);
        stage->lines = *text;
        return true;
    }
    return false;
}

/* --- the folds --- */

static const struct fold_entry *find_create(void *context, const struct dot *dot)
{
    const struct story_world *world = context;
    for (size_t i = 0; i < world->count; i++) {
        const struct fold_entry *create = fold_create(world->folds[i]);
        if (create != NULL && dot_equal(&create->dot, dot))
            return create;
    }
    return NULL;
}

void story_world_open(
        struct story_world *world, unsigned versions, const struct story_stage *cut_or_null)
{
    *world = (struct story_world){.roster = roster_make(versions)};
    if (cut_or_null != NULL && cut_or_null->cut_author[0] != '\0')
        roster_cut(world->roster, cut_or_null);
    world->world = (struct fold_world){world->roster, find_create, world};
}

void story_world_close(struct story_world *world)
{
    for (size_t i = 0; i < world->count; i++)
        fold_close(world->folds[i]);
    grid_roster_close(world->roster);
    *world = (struct story_world){0};
}

void story_world_roster(struct story_world *world, unsigned versions)
{
    for (unsigned version = roster_version(world->roster) + 1; version <= versions; version++)
        roster_take_version(world->roster, version);
}

struct fold *story_world_fold(
        struct story_world *world, const uint8_t case_id[static GRID_ID_BYTES])
{
    for (size_t i = 0; i < world->count; i++)
        if (memcmp(fold_case_id(world->folds[i]), case_id, GRID_ID_BYTES) == 0)
            return world->folds[i];
    return NULL;
}

void story_world_add(struct story_world *world, const struct story_entry *entry)
{
    bool fresh = false;
    struct fold *fold = story_world_fold(world, entry->case_id);
    if (fold == NULL) {
        assert(world->count < STORY_CASES_MAX);
        assert(fold_open(&fold, entry->case_id) == GRID_OK);
        world->folds[world->count++] = fold;
    }
    assert(fold_add(fold, &entry->entry, 0, GRID_PENDING, &fresh, NULL) == GRID_OK);
}

static enum grid_status note_judged(void *context, const struct fold_entry *entry)
{
    (void)entry;
    *(bool *)context = true;
    return GRID_OK;
}

/* A merge rests on another case, so all settle until none moves. */
void story_world_settle(struct story_world *world)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < world->count; i++)
            assert(fold_settle(world->folds[i], &world->world, note_judged, &moved, NULL) ==
                    GRID_OK);
    }
}
