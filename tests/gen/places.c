/* The units of a roster and their names: banner, townships, villages, grids, micro-grids, groups.
 */
#include "tests/gen/roster.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* A village's centroid lies in lat 39.30–39.75, lon 110.15–110.85; a township's in the middle of
 * that box, so that no village is half a degree away. */
enum {
    LAT_LOW_E7 = 393000000,
    LAT_HIGH_E7 = 397500000,
    LON_LOW_E7 = 1101500000,
    LON_HIGH_E7 = 1108500000,
    /* half the sides of a square whose corners are 2 km from its middle, here at 39.5° */
    NEAR_LAT_E7 = 125000,
    NEAR_LON_E7 = 160000,
};

/* One village in the making. */
struct hamlets {
    const struct plan_village *plan;
    struct chance chance;
    size_t village;             /* its unit */
    unsigned group_base;        /* the number before that of its first group */
    unsigned placed;            /* micro-grids made so far */
    unsigned in_group;          /* of the group that is being filled */
    unsigned group;             /* which one that is, from 0 */
    unsigned buildings;         /* of a community, so far */
    char names[64][NAME_BYTES]; /* of the groups: what stands before 党小组 */
};

static void place_at(struct unit *unit, int32_t lat_e7, int32_t lon_e7)
{
    unit->lat_e7 = lat_e7;
    unit->lon_e7 = lon_e7;
    unit->placed = true;
}

static void place_near(struct unit *unit, const struct unit *middle, struct chance *chance)
{
    int lat_off = chance_within(chance, -NEAR_LAT_E7, NEAR_LAT_E7);
    int lon_off = chance_within(chance, -NEAR_LON_E7, NEAR_LON_E7);
    place_at(unit, middle->lat_e7 + lat_off, middle->lon_e7 + lon_off);
}

/* --- party groups --- */

/* A run of consecutive micro-grids each, sizes differing by at most 1, larger first. */
static unsigned group_size(const struct plan_village *village, unsigned group)
{
    return village->micro_grid_sum / village->groups +
           (group < village->micro_grid_sum % village->groups ? 1 : 0);
}

static void group_code(const struct hamlets *hamlets, unsigned group, char out[static CODE_BYTES])
{
    snprintf(out, CODE_BYTES, "%.9sP%04u", hamlets->plan->code, hamlets->group_base + group + 1);
}

static bool name_taken(const struct hamlets *hamlets, unsigned group)
{
    for (unsigned i = 0; i < group; i++)
        if (strcmp(hamlets->names[i], hamlets->names[group]) == 0)
            return true;
    return false;
}

/* In a village a group is that of one 社 (吴家沟党小组); in a community they are numbered. */
static void name_groups(struct hamlets *hamlets)
{
    assert(hamlets->plan->groups <= sizeof(hamlets->names) / sizeof(hamlets->names[0]));
    for (unsigned group = 0; group < hamlets->plan->groups; group++) {
        char number[16];
        name_number(number, group + 1);
        if (plan_is_community(hamlets->plan))
            snprintf(hamlets->names[group], NAME_BYTES, "%s第%s", hamlets->plan->name, number);
        else
            do
                name_hamlet(&hamlets->chance, hamlets->names[group]);
            while (name_taken(hamlets, group));
    }
}

static void make_groups(struct roster *roster, const struct hamlets *hamlets)
{
    for (unsigned group = 0; group < hamlets->plan->groups; group++) {
        struct unit *unit = roster_unit(roster);
        group_code(hamlets, group, unit->code);
        unit->kind = "party_group";
        unit->subkind = "";
        unit->village = hamlets->village;
        snprintf(unit->name, sizeof(unit->name), "%s党小组", hamlets->names[group]);
    }
}

/* --- micro-grids --- */

/* 吴家沟社二联户. In a community the 1st, 3rd … group has buildings (昌和社区3号楼), the others the
 * stairwells of one building (昌和社区4号楼2单元). */
static void name_micro_grid(struct hamlets *hamlets, struct unit *unit)
{
    const char *village = hamlets->plan->name;
    if (!plan_is_community(hamlets->plan)) {
        char number[16];
        name_number(number, hamlets->in_group + 1);
        unit->subkind = "household_group";
        snprintf(unit->name, sizeof(unit->name), "%s社%s联户", hamlets->names[hamlets->group],
                number);
        return;
    }
    bool stairwells = hamlets->group % 2 == 1;
    if (!stairwells || hamlets->in_group == 0)
        hamlets->buildings++;
    unit->subkind = stairwells ? "stairwell" : "building";
    if (stairwells)
        snprintf(unit->name, sizeof(unit->name), "%s%u号楼%u单元", village, hamlets->buildings,
                hamlets->in_group + 1);
    else
        snprintf(unit->name, sizeof(unit->name), "%s%u号楼", village, hamlets->buildings);
}

static void make_micro_grid(
        struct roster *roster, struct hamlets *hamlets, size_t grid, unsigned number)
{
    struct unit *unit = roster_unit(roster);
    snprintf(unit->code, sizeof(unit->code), "%.15s%03u", roster->units[grid].code, number);
    unit->kind = "micro_grid";
    unit->village = hamlets->village;
    unit->households = chance_within(&hamlets->chance, 15, 45);
    place_near(unit, &roster->units[hamlets->village], &hamlets->chance);
    name_micro_grid(hamlets, unit);
    group_code(hamlets, hamlets->group, unit->group);
    roster->units[grid].households += unit->households;
    roster->units[hamlets->village].households += unit->households;
    hamlets->placed++;
    if (++hamlets->in_group == group_size(hamlets->plan, hamlets->group)) {
        hamlets->group++;
        hamlets->in_group = 0;
    }
}

/* --- grids --- */

static size_t make_grid(
        struct roster *roster, const struct hamlets *hamlets, unsigned number, const char *subkind)
{
    struct unit *unit = roster_unit(roster);
    snprintf(unit->code, sizeof(unit->code), "%.12s%03u", hamlets->plan->code, number);
    unit->kind = "grid";
    unit->subkind = subkind;
    unit->village = hamlets->village;
    return roster->unit_count - 1;
}

static void make_base_grid(struct roster *roster, struct hamlets *hamlets, unsigned index)
{
    size_t grid = make_grid(roster, hamlets, index + 1, "base");
    struct unit *unit = &roster->units[grid];
    char number[16];
    name_number(number, index + 1);
    snprintf(unit->name, sizeof(unit->name), "%s第%s网格", hamlets->plan->name, number);
    unit->households = 0; /* those of its micro-grids */
    place_near(unit, &roster->units[hamlets->village], &hamlets->chance);
    for (unsigned i = 1; i <= hamlets->plan->micro_grids[index]; i++)
        make_micro_grid(roster, hamlets, grid, i);
}

/* Mine, school, hospital or market; villages have the mines. */
static void make_dedicated_grid(
        struct roster *roster, struct hamlets *hamlets, struct chance *chance, unsigned index)
{
    static const char *const what[] = {"学校", "卫生院", "市场"};
    size_t grid = make_grid(roster, hamlets, 701 + index, "dedicated");
    struct unit *unit = &roster->units[grid];
    char number[16];
    name_number(number, index + 1);
    if (!plan_is_community(hamlets->plan) && chance_percent(chance, 60))
        name_mine(chance, unit->name);
    else
        snprintf(unit->name, sizeof(unit->name), "%s第%s专属网格(%s)", hamlets->plan->name, number,
                what[chance_below(chance, 3)]);
    place_near(unit, &roster->units[hamlets->village], chance);
}

/* --- villages and what is above --- */

static void make_village(struct roster *roster, const struct plan_village *village, uint64_t seed,
        unsigned group_base)
{
    struct hamlets hamlets = {.plan = village,
            .chance = chance_of(seed, "places", village->code),
            .village = roster->unit_count,
            .group_base = group_base};
    struct unit *unit = roster_unit(roster);
    snprintf(unit->code, sizeof(unit->code), "%s", village->code);
    unit->kind = "village";
    unit->subkind = plan_is_community(village) ? "community" : "village";
    unit->village = hamlets.village;
    unit->households = 0;
    snprintf(unit->name, sizeof(unit->name), "%s", village->name);
    int32_t lat_e7 = chance_within(&hamlets.chance, LAT_LOW_E7, LAT_HIGH_E7);
    place_at(unit, lat_e7, chance_within(&hamlets.chance, LON_LOW_E7, LON_HIGH_E7));
    name_groups(&hamlets);
    for (unsigned i = 0; i < village->grids; i++)
        make_base_grid(roster, &hamlets, i);
    assert(hamlets.placed == village->micro_grid_sum && hamlets.group == village->groups);
    struct chance dedicated = chance_of(seed, "dedicated places", village->code);
    for (unsigned i = 0; i < village->dedicated; i++)
        make_dedicated_grid(roster, &hamlets, &dedicated, i);
    make_groups(roster, &hamlets);
}

static void make_township(
        struct roster *roster, const struct plan_township *township, uint64_t seed)
{
    struct chance chance = chance_of(seed, "places", township->code);
    struct unit *unit = roster_unit(roster);
    snprintf(unit->code, sizeof(unit->code), "%s", township->code);
    unit->kind = "township";
    unit->subkind = "";
    unit->village = roster->unit_count - 1;
    snprintf(unit->name, sizeof(unit->name), "%s", township->name);
    int32_t lat_e7 = chance_within(&chance, 394500000, 396000000);
    place_at(unit, lat_e7, chance_within(&chance, 1104000000, 1106000000));
    unsigned groups = 0;
    for (size_t i = 0; i < township->village_count; i++) {
        make_village(roster, &township->villages[i], seed, groups);
        groups += township->villages[i].groups;
    }
}

void places_make(struct roster *roster, const struct plan *plan, uint64_t seed)
{
    if (plan->banner) {
        struct unit *unit = roster_unit(roster);
        snprintf(unit->code, sizeof(unit->code), "%s", PLAN_BANNER);
        unit->kind = "banner";
        unit->subkind = "";
        snprintf(unit->name, sizeof(unit->name), "%s", plan->banner_name);
    }
    for (size_t i = 0; i < plan->township_count; i++)
        make_township(roster, &plan->townships[i], seed);
}
