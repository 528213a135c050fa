#include "tests/lib/story.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4096, LIST_MAX = 64, OPS_MAX = 64 };

/* --- the world of all stories --- */

static const char units_csv[] =
        "code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to,"
        "successors\n"
        "150622,banner,,甲旗,,,,,,2025-01-01,,\n"
        "150622103,township,,乙镇,,,,,,2025-01-01,,\n"
        "150622104,township,,丙镇,,,,,,2025-01-01,,\n"
        "150622103203,village,village,子村,,,,,,2025-01-01,,\n"
        "150622103204,village,village,丑村,,,,,,2025-01-01,,\n"
        "150622104201,village,village,寅村,,,,,,2025-01-01,,\n"
        "150622103203001,grid,base,一格,,,,,,2025-01-01,,\n"
        "150622103203002,grid,base,二格,,,,,,2025-01-01,,\n"
        "150622104201001,grid,base,三格,,,,,,2025-01-01,,\n"
        "150622103203001001,micro_grid,household_group,一联户,,,,,150622103P0001,2025-01-01,,\n"
        "150622103203002001,micro_grid,household_group,二联户,,,,,150622103P0001,2025-01-01,,\n"
        "150622103P0001,party_group,,党小组,,,,,,2025-01-01,,\n";

static const char departments_csv[] = "id,name,kind,stationing,routes,valid_from,valid_to\n"
                                      "150622103D0001,甲所,department,,,2025-01-01,\n"
                                      "150622103D0002,乙所,department,,,2025-01-01,\n"
                                      "150622D0004,丙局,department,,,2025-01-01,\n";

/* Everybody has a device, and its author is called like the person. */
static const struct member {
    const char *key, *role, *place;
    const char *later; /* where from version 2 on; NULL: the same */
} cast[] = {
        {"h1", "head", "150622103203001001", NULL},
        {"h2", "head", "150622103203002001", NULL},
        {"w1", "grid_worker", "150622103203001", "150622103203002"},
        {"w2", "grid_worker", "150622103203002", NULL},
        {"c1", "grid_chief", "150622103203001", NULL},
        {"g1", "group_leader", "150622103P0001", NULL},
        {"s1", "village_secretary", "150622103203", NULL},
        {"s2", "village_secretary", "150622103204", NULL},
        {"s3", "village_secretary", "150622104201", NULL},
        {"k1", "clerk", "150622103", NULL},
        {"k2", "clerk", "150622103", NULL},
        {"d1", "director", "150622103", NULL},
        {"k4", "clerk", "150622104", NULL},
        {"kb", "clerk", "150622", NULL},
        {"o1", "officer", "150622103D0001", NULL},
        {"o2", "officer", "150622103D0002", NULL},
        {"o3", "officer", "150622D0004", NULL},
        {"l1", "leader", "150622103", NULL},
        {"a1", "admin", "150622103", NULL},
};
enum { CAST_COUNT = sizeof(cast) / sizeof(cast[0]) };

/* Two centres, by the names of their authors. */
static const struct {
    const char *author, *unit;
} centres[] = {{"ct", "150622103"}, {"cb", "150622"}};
enum { CENTRE_COUNT = sizeof(centres) / sizeof(centres[0]) };

static void name_bytes(uint8_t *out, size_t size, const char *name)
{
    memset(out, 0, size);
    memcpy(out, name, strlen(name) < size ? strlen(name) : size);
}

static void person_of(uint8_t out[static GRID_ID_BYTES], const char *key)
{
    memset(out, 0, GRID_ID_BYTES);
    for (size_t i = 0; i < CAST_COUNT; i++) {
        if (strcmp(cast[i].key, key) != 0)
            continue;
        struct bytes unit = place_unit(bytes_text(cast[i].place));
        if (place_cut(unit, GRID_PLACE_TOWNSHIP).size > 0)
            unit = place_cut(unit, GRID_PLACE_TOWNSHIP);
        assert(person_id(out, unit, bytes_text(key)) == GRID_OK);
    }
}

static void leaf_of_version(uint8_t leaf[static GRID_HASH_BYTES], unsigned version)
{
    memset(leaf, (int)(0x10 + version), GRID_HASH_BYTES);
}

static uint64_t rv_of_version(unsigned version)
{
    uint8_t leaf[GRID_HASH_BYTES];
    leaf_of_version(leaf, version);
    return version == 0 ? 0 : (uint64_t)version << 32 | get_u32(leaf);
}

static void posts_print(char *out, size_t size, unsigned version)
{
    size_t used = (size_t)snprintf(out, size, "person,name,role,place,phone,from,to\n");
    for (size_t i = 0; i < CAST_COUNT; i++)
        used += (size_t)snprintf(out + used, size - used, "%s,某%s,%s,%s,,2025-01-01,\n",
                cast[i].key, cast[i].key, cast[i].role,
                version > 1 && cast[i].later != NULL ? cast[i].later : cast[i].place);
    assert(used < size);
}

static void finding_show(void *context, const struct grid_finding *finding)
{
    (void)context;
    if (finding->code[0] == 'R')
        fprintf(stderr, "%s:%u %s %s\n", finding->file, finding->line, finding->code,
                finding->text);
}

struct taking {
    struct grid_roster *roster;
    unsigned version;
};

static enum grid_status take_body(void *context, enum grid_kind kind, struct bytes body)
{
    const struct taking *taking = context;
    bool newer = false;
    enum grid_status status = GRID_OK;
    if (kind == GRID_KIND_ROWS) {
        struct rows_body rows = {0};
        status = body_read_rows(body, &rows, &newer, NULL);
        return status == GRID_OK ? roster_take_rows(taking->roster, &rows, NULL) : status;
    }
    struct roster_body end = {0};
    uint8_t leaf[GRID_HASH_BYTES];
    leaf_of_version(leaf, taking->version);
    status = body_read_roster(body, &end, &newer, NULL);
    return status == GRID_OK ? roster_take_roster(taking->roster, &end, leaf, NULL) : status;
}

static void roster_take_version(struct grid_roster *roster, unsigned version)
{
    char posts[4096];
    struct grid_roster *files = NULL;
    struct grid_finding_counts counts = {0};
    struct grid_error error = {0};
    bool changed = false;
    posts_print(posts, sizeof(posts), version);
    struct taking taking = {roster, version};
    struct grid_roster_files texts = {.units = bytes_text(units_csv),
            .posts = bytes_text(posts),
            .departments = bytes_text(departments_csv)};
    enum grid_status status = grid_roster_read(
            &files, &texts, NULL, bytes_text("150622"), 20400, finding_show, NULL, &counts, &error);
    if (status == GRID_OK && files != NULL)
        status = roster_step(
                roster, files, bytes_text("150622"), &changed, take_body, &taking, &error);
    if (status != GRID_OK || !changed)
        fprintf(stderr, "roster: %s %s\n", error.reason, error.detail);
    assert(status == GRID_OK && changed);
    grid_roster_close(files);
    assert(roster_rv(roster) == rv_of_version(version));
}

static void roster_take_people(struct grid_roster *roster)
{
    for (size_t i = 0; i < CAST_COUNT; i++) {
        struct device_body device = {.unit = bytes_text("150622103"), .slot = (unsigned)(i + 10)};
        uint8_t author[GRID_ID_BYTES];
        name_bytes(author, sizeof(author), cast[i].key);
        name_bytes(device.identity, sizeof(device.identity), cast[i].key);
        person_of(device.person, cast[i].key);
        assert(roster_take_device(roster, &device) == GRID_OK);
        assert(roster_take_author(roster, author, device.identity) == GRID_OK);
    }
    for (size_t i = 0; i < CENTRE_COUNT; i++) {
        struct centre_body centre = {
                .unit = bytes_text(centres[i].unit), .name = bytes_text("中心")};
        uint8_t author[GRID_ID_BYTES];
        name_bytes(author, sizeof(author), centres[i].author);
        name_bytes(centre.identity, sizeof(centre.identity), centres[i].author);
        assert(roster_take_centre(roster, &centre) == GRID_OK);
        assert(roster_take_author(roster, author, centre.identity) == GRID_OK);
    }
}

static void roster_cut(struct grid_roster *roster, const struct story_stage *stage)
{
    struct cut_body cut = {0};
    struct cut_position positions[GRID_LANE_COUNT];
    name_bytes(cut.identity, sizeof(cut.identity), stage->cut_author);
    for (unsigned lane = 0; lane < GRID_LANE_COUNT; lane++) {
        positions[lane] = (struct cut_position){.lane = (uint8_t)lane, .seq = stage->cut[lane]};
        name_bytes(positions[lane].author, GRID_ID_BYTES, stage->cut_author);
    }
    cut.positions = positions;
    cut.position_count = GRID_LANE_COUNT;
    assert(roster_take_cut(roster, &cut) == GRID_OK);
}

static struct grid_roster *roster_make(unsigned versions)
{
    struct grid_roster *roster = NULL;
    assert(grid_roster_open(&roster) == GRID_OK);
    for (unsigned version = 1; version <= versions; version++)
        roster_take_version(roster, version);
    roster_take_people(roster);
    return roster;
}

/* --- reading lines --- */

/* The next line, without its end; false at the end of the text. */
static bool line_take(const char **text, char line[static LINE_MAX_BYTES])
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

/* The next word of a line; empty at its end. */
static char *word_take(char **rest)
{
    static char none[1];
    char *word = strsep(rest, " ");
    while (word != NULL && *word == '\0' && *rest != NULL)
        word = strsep(rest, " ");
    none[0] = '\0';
    return word == NULL ? none : word;
}

static size_t list_read(char *text, size_t *out)
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

/* VALUE as msgpack. */
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

static struct bytes value_make(struct arena *arena, const char *value)
{
    struct buffer buffer = {0};
    pack_value(&buffer, value);
    struct bytes copy = arena_copy(arena, buffer_bytes(&buffer));
    buffer_close(&buffer);
    return copy;
}

/* --- an entry --- */

static unsigned collection_number(const char *name)
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

/* --- checking --- */

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
