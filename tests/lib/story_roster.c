/* The world behind all stories: its roster, in versions, and the people that they name. */
#include "tests/lib/story_inside.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

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

void name_bytes(uint8_t *out, size_t size, const char *name)
{
    memset(out, 0, size);
    memcpy(out, name, strlen(name) < size ? strlen(name) : size);
}

void person_of(uint8_t out[static GRID_ID_BYTES], const char *key)
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

uint64_t rv_of_version(unsigned version)
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

/* The model has one roster of all there is, so that it says of every office who works there. */
static const char the_land[] = "15";

void roster_take_version(struct grid_roster *roster, unsigned version)
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
                roster, files, bytes_text(the_land), &changed, take_body, &taking, &error);
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

void roster_cut(struct grid_roster *roster, const struct story_stage *stage)
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

struct grid_roster *roster_make(unsigned versions)
{
    struct grid_roster *roster = NULL;
    assert(grid_roster_open(&roster) == GRID_OK);
    for (unsigned version = 1; version <= versions; version++)
        roster_take_version(roster, version);
    roster_take_people(roster);
    return roster;
}
