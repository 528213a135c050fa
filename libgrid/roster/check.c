/* What the rows of the files are to each other and to the roster that is loaded: R04–R11 for units
 * and departments, and the warnings about them. Posts are in check_posts.c. */
#include "libgrid/roster/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct bytes nothing = {0};

static void found_unit(const struct check *check, const struct row *row, const char *code,
        const char *cause, struct bytes value, struct bytes other)
{
    findings_add(
            check->findings, SHEET_UNITS, row->line, code, cause, row->unit.code, value, other);
}

struct bytes unit_parent(const struct grid_unit *unit)
{
    if (unit->kind == GRID_PLACE_PARTY_GROUP)
        return place_unit(unit->code);
    return place_cut(unit->code, (enum grid_place_kind)(unit->kind - 1));
}

/* In the files, or in the roster that is loaded. */
static const struct row *unit_row(const struct check *check, struct bytes code)
{
    const struct row *row = roster_unit_row(check->draft, code);
    if (row == NULL && check->loaded != NULL)
        row = roster_unit_row(check->loaded, code);
    return row;
}

static bool unit_current(const struct check *check, const struct grid_unit *unit)
{
    return day_within(check->today, unit->valid_from, unit->valid_to);
}

/* Holders today. */
static size_t count_posts(const struct check *check, unsigned role, struct bytes place)
{
    const struct grid_roster *draft = check->draft;
    const struct row key = {
            .kind = ROW_POST, .post = {.place = place, .role = role, .from = GRID_DAY_NONE}};
    size_t count = 0;
    for (size_t i = roster_position(draft, &key); i < draft->order_start[ROW_POST + 1]; i++) {
        const struct grid_post *post = &draft->rows[draft->order[i]].post;
        if (post->role != role || !bytes_equal(post->place, place))
            break;
        count += day_within(check->today, post->from, post->to) ? 1 : 0;
    }
    return count;
}

/* --- errors of one unit --- */

static void check_parent(const struct check *check, const struct row *row)
{
    const struct grid_unit *unit = &row->unit;
    bool needs = unit->kind >= GRID_PLACE_VILLAGE && unit->kind <= GRID_PLACE_MICRO_GRID;
    struct bytes parent = unit_parent(unit);
    if (needs && unit_row(check, parent) == NULL)
        found_unit(check, row, "R05", "parent", parent, nothing);
    struct bytes place = place_unit(unit->code);
    if (check->centre.size > 0 && !place_covers(check->centre, place) &&
            !place_covers(place, check->centre))
        found_unit(check, row, "R05", "outside", unit->name, check->centre);
}

static void check_group_of(const struct check *check, const struct row *row)
{
    struct bytes group = row->unit.party_group;
    if (group.size == 0)
        return;
    struct bytes township = place_cut(row->unit.code, GRID_PLACE_TOWNSHIP);
    if (!bytes_equal(place_unit(group), township))
        found_unit(check, row, "R06", "township", group, township);
    else if (roster_unit_row(check->draft, group) == NULL)
        found_unit(check, row, "R06", "unknown", group, nothing);
}

/* A group of a township that nobody knows. */
static void check_group_township(const struct check *check, const struct row *row)
{
    struct bytes township = place_unit(row->unit.code);
    if (unit_row(check, township) == NULL)
        found_unit(check, row, "R06", "township", row->unit.code, township);
}

/* Next micro-grid of a group, in no order; LOOKUP_END after the last. */
static uint32_t next_member(const struct grid_roster *draft, struct bytes group, uint32_t item)
{
    for (; item != LOOKUP_END; item = lookup_next(&draft->by_place, item)) {
        const struct row *row = &draft->rows[item];
        if (row->kind == ROW_UNIT && bytes_equal(row->unit.party_group, group))
            break;
    }
    return item;
}

/* All in the village of the one that stands first in the file. */
static void check_group_village(const struct check *check, const struct row *group)
{
    const struct grid_roster *draft = check->draft;
    struct bytes code = group->unit.code;
    uint32_t start = lookup_first(&draft->by_place, roster_place_hash(ROW_UNIT, code));
    const struct row *first = NULL;
    for (uint32_t item = next_member(draft, code, start); item != LOOKUP_END;
            item = next_member(draft, code, lookup_next(&draft->by_place, item)))
        if (first == NULL || draft->rows[item].line < first->line)
            first = &draft->rows[item];
    if (first == NULL)
        return;
    struct bytes village = place_cut(first->unit.code, GRID_PLACE_VILLAGE);
    for (uint32_t item = next_member(draft, code, start); item != LOOKUP_END;
            item = next_member(draft, code, lookup_next(&draft->by_place, item))) {
        const struct row *row = &draft->rows[item];
        if (!place_covers(village, row->unit.code))
            found_unit(check, row, "R06", "villages", code, village);
    }
}

static void check_successors_exist(const struct check *check, const struct row *row)
{
    struct bytes list = row->unit.successors;
    while (list.size > 0) {
        const uint8_t *end = memchr(list.data, ';', list.size);
        size_t size = end == NULL ? list.size : (size_t)(end - list.data);
        struct bytes code = bytes_of(list.data, size);
        if (unit_row(check, code) == NULL)
            found_unit(check, row, "R10", "successor", code, nothing);
        size_t skip = end == NULL ? size : size + 1;
        list = bytes_of(list.data + skip, list.size - skip);
    }
}

/* R11: what has ended stays ended; and what an earlier version listed under another name was
 * another unit. A row that was left out by mistake may come back as it was. */
static void check_reuse(const struct check *check, const struct row *row, enum sheet sheet,
        struct bytes code, struct bytes name, int32_t valid_to)
{
    const struct row *held = check->loaded == NULL ? NULL : roster_row_ever(check->loaded, row);
    if (held == NULL)
        return;
    bool unit = held->kind == ROW_UNIT;
    int32_t ended = unit ? held->unit.valid_to : held->department.valid_to;
    struct bytes held_name = unit ? held->unit.name : held->department.name;
    if (ended != GRID_DAY_NONE && ended < check->today && day_outlives(valid_to, ended))
        findings_add(check->findings, sheet, row->line, "R11", "ended", code, name, held_name);
    else if (!row_latest(check->loaded, held) && !bytes_equal(held_name, name))
        findings_add(check->findings, sheet, row->line, "R11", "other", code, name, held_name);
}

/* --- warnings of one unit --- */

static void warn_vacant(const struct check *check, const struct row *row)
{
    static const struct {
        enum grid_place_kind kind;
        unsigned role;
        char code[4];
        const char *cause;
    } wanted[] = {
            {GRID_PLACE_MICRO_GRID, GRID_ROLE_HEAD, "W01", "head"},
            {GRID_PLACE_GRID, GRID_ROLE_GRID_WORKER, "W02", "grid_worker"},
            {GRID_PLACE_GRID, GRID_ROLE_GRID_CHIEF, "W03", "grid_chief"},
            {GRID_PLACE_VILLAGE, GRID_ROLE_VILLAGE_SECRETARY, "W05", "village_secretary"},
            {GRID_PLACE_PARTY_GROUP, GRID_ROLE_GROUP_LEADER, "W07", "group_leader"},
    };
    for (size_t i = 0; check->posts_readable && i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (row->unit.kind == wanted[i].kind &&
                count_posts(check, wanted[i].role, row->unit.code) == 0)
            found_unit(check, row, wanted[i].code, wanted[i].cause, row->unit.name, nothing);
}

/* W04 and W12: a grid and its micro-grids, which follow it in code order. `at`: of the grid. */
static void warn_grid(const struct check *check, size_t at)
{
    const struct grid_roster *draft = check->draft;
    const struct row *grid = &draft->rows[draft->order[at]];
    size_t count = 0;
    int64_t households = 0;
    bool complete = true;
    for (size_t i = at + 1; i < draft->order_start[ROW_UNIT + 1]; i++) {
        const struct grid_unit *unit = &draft->rows[draft->order[i]].unit;
        if (!place_covers(grid->unit.code, unit->code))
            break;
        if (!unit_current(check, unit))
            continue;
        count++;
        complete &= unit->households >= 0;
        households += unit->households;
    }
    if (count == 0 && bytes_equal(grid->unit.subkind, bytes_text("base")))
        found_unit(check, grid, "W04", "micro_grid", grid->unit.name, nothing);
    int64_t own = grid->unit.households;
    if (count == 0 || own < 0 || !complete || llabs(households - own) * 10 <= own)
        return;
    char sum[24];
    char given[24];
    snprintf(sum, sizeof(sum), "%lld", (long long)households);
    snprintf(given, sizeof(given), "%lld", (long long)own);
    found_unit(check, grid, "W12", "households", bytes_text(given), bytes_text(sum));
}

static void warn_group(const struct check *check, const struct row *group)
{
    const struct grid_roster *draft = check->draft;
    struct bytes code = group->unit.code;
    uint32_t item = lookup_first(&draft->by_place, roster_place_hash(ROW_UNIT, code));
    for (item = next_member(draft, code, item); item != LOOKUP_END;
            item = next_member(draft, code, lookup_next(&draft->by_place, item)))
        if (unit_current(check, &draft->rows[item].unit))
            return;
    found_unit(check, group, "W07", "micro_grid", group->unit.name, nothing);
}

/* The nearest unit above that says where it is. */
static void warn_centroid(const struct check *check, const struct row *row)
{
    enum { HALF_DEGREE_E7 = 5000000 };
    const struct grid_unit *unit = &row->unit;
    if (unit->lat_e7 == INT32_MIN)
        return;
    struct bytes above = unit_parent(unit);
    for (; above.size > 0;
            above = place_cut(above, (enum grid_place_kind)(place_kind(above) - 1))) {
        const struct row *parent = unit_row(check, above);
        if (parent == NULL || parent->unit.lat_e7 == INT32_MIN)
            continue;
        if (llabs((int64_t)unit->lat_e7 - parent->unit.lat_e7) > HALF_DEGREE_E7 ||
                llabs((int64_t)unit->lon_e7 - parent->unit.lon_e7) > HALF_DEGREE_E7)
            found_unit(check, row, "W10", "centroid", unit->name, parent->unit.name);
        return;
    }
}

static void warn_outlives(const struct check *check, const struct row *row)
{
    const struct row *parent = unit_row(check, unit_parent(&row->unit));
    if (parent != NULL && day_outlives(row->unit.valid_to, parent->unit.valid_to))
        found_unit(check, row, "W11", "child", row->unit.name, parent->unit.name);
}

/* --- */

static void check_unit(const struct check *check, size_t at)
{
    const struct row *row = &check->draft->rows[check->draft->order[at]];
    const struct grid_unit *unit = &row->unit;
    if (row->line == 0)
        return; /* kept from the loaded roster: no line to blame */
    check_parent(check, row);
    check_successors_exist(check, row);
    check_reuse(check, row, SHEET_UNITS, unit->code, unit->name, unit->valid_to);
    if (unit->kind == GRID_PLACE_MICRO_GRID)
        check_group_of(check, row);
    if (unit->kind == GRID_PLACE_PARTY_GROUP) {
        check_group_township(check, row);
        check_group_village(check, row);
    }
    warn_centroid(check, row);
    warn_outlives(check, row);
    if (!unit_current(check, unit))
        return;
    warn_vacant(check, row);
    if (unit->kind == GRID_PLACE_GRID)
        warn_grid(check, at);
    if (unit->kind == GRID_PLACE_PARTY_GROUP)
        warn_group(check, row);
    if (unit->kind == GRID_PLACE_MICRO_GRID && unit->party_group.size == 0)
        found_unit(check, row, "W06", "party_group", unit->name, nothing);
}

/* A unit of the files lies at or below it, or the centre does, or the files have no units. */
static bool above_the_file(const struct check *check, struct bytes unit)
{
    const struct grid_roster *draft = check->draft;
    if (check->centre.size > 0 && place_covers(unit, check->centre))
        return true;
    if (draft->order_start[ROW_UNIT + 1] == draft->order_start[ROW_UNIT])
        return true;
    const struct row key = {.kind = ROW_UNIT, .unit.code = unit};
    size_t at = roster_position(draft, &key);
    return at < draft->order_start[ROW_UNIT + 1] &&
           place_covers(unit, place_unit(draft->rows[draft->order[at]].unit.code));
}

static void check_department(const struct check *check, const struct row *row)
{
    const struct grid_department *department = &row->department;
    struct bytes unit = place_unit(department->id);
    const struct row *held = unit_row(check, unit);
    if (check->units_readable && held == NULL && !above_the_file(check, unit))
        findings_add(check->findings, SHEET_DEPARTMENTS, row->line, "R05", "parent", department->id,
                unit, nothing);
    else if (check->centre.size > 0 && !place_covers(check->centre, unit) &&
             !place_covers(unit, check->centre))
        findings_add(check->findings, SHEET_DEPARTMENTS, row->line, "R05", "outside",
                department->id, department->name, check->centre);
    check_reuse(
            check, row, SHEET_DEPARTMENTS, department->id, department->name, department->valid_to);
    if (held != NULL && day_outlives(department->valid_to, held->unit.valid_to))
        findings_add(check->findings, SHEET_DEPARTMENTS, row->line, "W11", "child", department->id,
                department->name, held->unit.name);
}

enum grid_status check_rows(const struct check *check)
{
    const struct grid_roster *draft = check->draft;
    for (size_t i = draft->order_start[ROW_UNIT]; i < draft->order_start[ROW_UNIT + 1]; i++)
        check_unit(check, i);
    for (size_t i = draft->order_start[ROW_DEPARTMENT]; i < draft->order_start[ROW_DEPARTMENT + 1];
            i++)
        check_department(check, &draft->rows[draft->order[i]]);
    return check_posts(check);
}
