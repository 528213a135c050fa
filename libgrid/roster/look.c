/* Looking at the latest version: units, posts, departments, persons, and whom to turn to. All lists
 * come in the order of codes, however the roster was made. */
#include "libgrid/roster/inside.h"

#include <stdio.h>
#include <string.h>

/* --- units --- */

const struct grid_unit *grid_roster_unit(const struct grid_roster *roster, struct bytes code)
{
    const struct row *row = roster_unit_row(roster, code);
    return row == NULL ? NULL : &row->unit;
}

struct looking {
    struct bytes above;
    bool groups;
    grid_unit_fn *unit;
    grid_department_fn *department;
    void *context;
};

static bool tell_unit(void *context, const struct row *row)
{
    const struct looking *looking = context;
    struct bytes code = row->unit.code;
    bool below = code.size >= looking->above.size &&
                 (looking->above.size == 0 ||
                         memcmp(code.data, looking->above.data, looking->above.size) == 0);
    if (!below)
        return false;
    bool wanted = looking->groups || row->unit.kind != GRID_PLACE_PARTY_GROUP;
    return !wanted || looking->unit(looking->context, &row->unit);
}

void grid_roster_each_unit(const struct grid_roster *roster, struct bytes above, bool groups,
        grid_unit_fn *each, void *context)
{
    const struct row from = {.kind = ROW_UNIT, .unit.code = above};
    struct looking looking = {.above = above, .groups = groups, .unit = each, .context = context};
    roster_each_row(roster, &from, tell_unit, &looking);
}

/* Units of one name; those that have no end stand for all when there is just one of them. */
struct named {
    struct bytes wanted;
    const struct grid_unit *first, *open;
    size_t count, open_count;
    char candidates[GRID_DETAIL_BYTES / 2];
    size_t candidates_size;
};

static void add_candidate(struct named *named, const struct grid_unit *unit)
{
    size_t room = sizeof(named->candidates) - named->candidates_size;
    if (room <= unit->code.size + 2)
        return;
    int added = snprintf(named->candidates + named->candidates_size, room, "%s%.*s",
            named->candidates_size > 0 ? ", " : "", (int)unit->code.size, unit->code.data);
    named->candidates_size += (size_t)added;
}

static bool take_named(void *context, const struct grid_unit *unit)
{
    struct named *named = context;
    if (!bytes_equal(unit->name, named->wanted))
        return true;
    add_candidate(named, unit);
    if (named->count++ == 0)
        named->first = unit;
    if (unit->valid_to == GRID_DAY_NONE && named->open_count++ == 0)
        named->open = unit;
    return true;
}

/* Who types half a name is told the whole ones: "柳塔村 150622103203". */
static bool take_near(void *context, const struct grid_unit *unit)
{
    struct named *near = context;
    struct bytes part = near->wanted;
    char text[128];
    if (unit->name.size > 90 ||
            memmem(unit->name.data, unit->name.size, part.data, part.size) == NULL)
        return true;
    int size = snprintf(text, sizeof(text), "%.*s %.*s", (int)unit->name.size, unit->name.data,
            (int)unit->code.size, unit->code.data);
    const struct grid_unit shown = {.code = bytes_of(text, (size_t)size)};
    add_candidate(near, &shown);
    near->count++;
    return true;
}

/* Full-width digits (U+FF10…) as an input method leaves them; the same bytes when others stand
 * among them. */
static struct bytes plain_digits(struct bytes typed, char *out, size_t size)
{
    size_t used = 0;
    for (size_t at = 0; at < typed.size && used < size; used++) {
        const uint8_t *byte = typed.data + at;
        bool wide = typed.size - at > 2 && byte[0] == 0xef && byte[1] == 0xbc && byte[2] >= 0x90 &&
                    byte[2] <= 0x99;
        if (!wide && (byte[0] < '0' || byte[0] > '9'))
            return typed;
        out[used] = (char)(wide ? '0' + byte[2] - 0x90 : byte[0]);
        at += wide ? 3 : 1;
    }
    return used < size ? bytes_of(out, used) : typed;
}

enum grid_status grid_roster_find_unit(const struct grid_roster *roster, struct bytes code_or_name,
        const struct grid_unit **out, struct grid_error *error)
{
    char digits[32];
    *out = grid_roster_unit(roster, plain_digits(code_or_name, digits, sizeof(digits)));
    if (*out != NULL && (*out)->kind != GRID_PLACE_PARTY_GROUP)
        return GRID_OK;
    *out = NULL;
    int shown = (int)(code_or_name.size < 200 ? code_or_name.size : 200);
    struct named named = {.wanted = code_or_name};
    if (code_or_name.size > 0)
        grid_roster_each_unit(roster, bytes_text(""), false, take_named, &named);
    if (named.count == 0 && code_or_name.size >= 3)
        grid_roster_each_unit(roster, bytes_text(""), false, take_near, &named);
    if (named.first == NULL && named.count > 0)
        return grid_fail(error, GRID_NOT_FOUND, "unit_unknown_near", "%.*s" GRID_ARG "%s", shown,
                code_or_name.data, named.candidates);
    if (named.count == 0)
        return grid_fail(error, GRID_NOT_FOUND, "unit_unknown", "%.*s", shown, code_or_name.data);
    if (named.count > 1 && named.open_count != 1)
        return grid_fail(error, GRID_AMBIGUOUS, "unit_ambiguous", "%.*s" GRID_ARG "%s", shown,
                code_or_name.data, named.candidates);
    *out = named.count == 1 ? named.first : named.open;
    return GRID_OK;
}

/* --- posts --- */

static bool post_current(const struct grid_post *post, int32_t today)
{
    return today == GRID_DAY_NONE || day_within(today, post->from, post->to);
}

struct posting {
    struct bytes place;
    int32_t today;
    grid_post_fn *each;
    void *context;
};

static bool tell_post(void *context, const struct row *row)
{
    const struct posting *posting = context;
    if (posting->place.size > 0 && !bytes_equal(row->post.place, posting->place))
        return false;
    return !post_current(&row->post, posting->today) || posting->each(posting->context, &row->post);
}

void grid_roster_each_post(const struct grid_roster *roster, struct bytes place, int32_t today,
        grid_post_fn *each, void *context)
{
    const struct row from = {.kind = ROW_POST, .post = {.place = place, .from = GRID_DAY_NONE}};
    struct posting posting = {.place = place, .today = today, .each = each, .context = context};
    roster_each_row(roster, &from, tell_post, &posting);
}

/* The first post of the person after `last` in the order of rows: their chain has none. */
static const struct row *next_post_of(const struct grid_roster *roster,
        const uint8_t person[static GRID_ID_BYTES], const struct row *last)
{
    const struct row *next = NULL;
    for (const struct grid_roster *at = roster; at != NULL; at = at->others) {
        uint32_t item = lookup_first(&at->by_person, roster_person_hash(person));
        for (; item != LOOKUP_END; item = lookup_next(&at->by_person, item)) {
            const struct row *row = &at->rows[item];
            if (row_latest(at, row) && memcmp(row->post.person, person, GRID_ID_BYTES) == 0 &&
                    roster_of_place(roster, row->post.place) == at &&
                    (last == NULL || row_compare_keys(row, last) > 0) &&
                    (next == NULL || row_compare_keys(row, next) < 0))
                next = row;
        }
    }
    return next;
}

void grid_roster_each_post_of(const struct grid_roster *roster,
        const uint8_t person[static GRID_ID_BYTES], int32_t today, grid_post_fn *each,
        void *context)
{
    for (const struct row *row = next_post_of(roster, person, NULL); row != NULL;
            row = next_post_of(roster, person, row))
        if (post_current(&row->post, today) && !each(context, &row->post))
            break;
}

/* --- departments --- */

const struct grid_department *grid_roster_department(
        const struct grid_roster *roster, struct bytes id)
{
    const struct row *row = roster_department_row(roster, id);
    return row == NULL ? NULL : &row->department;
}

static bool tell_department(void *context, const struct row *row)
{
    const struct looking *looking = context;
    bool wanted =
            looking->above.size == 0 || bytes_equal(place_unit(row->department.id), looking->above);
    return !wanted || looking->department(looking->context, &row->department);
}

void grid_roster_each_department(const struct grid_roster *roster, struct bytes unit,
        grid_department_fn *each, void *context)
{
    const struct row from = {.kind = ROW_DEPARTMENT};
    struct looking looking = {.above = unit, .department = each, .context = context};
    roster_each_row(roster, &from, tell_department, &looking);
}

struct bytes grid_roster_place_name(const struct grid_roster *roster, struct bytes place)
{
    const struct grid_unit *unit = grid_roster_unit(roster, place);
    const struct grid_department *department =
            unit == NULL ? grid_roster_department(roster, place) : NULL;
    if (unit != NULL)
        return unit->name;
    return department != NULL ? department->name : (struct bytes){0};
}

/* --- persons --- */

struct bytes grid_roster_person_name(
        const struct grid_roster *roster, const uint8_t person[static GRID_ID_BYTES])
{
    for (; roster != NULL; roster = roster->others) {
        uint32_t item = lookup_first(&roster->by_person, roster_person_hash(person));
        for (; item != LOOKUP_END; item = lookup_next(&roster->by_person, item)) {
            const struct row *row = &roster->rows[item];
            if (memcmp(row->post.person, person, GRID_ID_BYTES) == 0)
                return row->post.name; /* the newest */
        }
    }
    return (struct bytes){0};
}

enum grid_status grid_roster_person_by_key(const struct grid_roster *roster, struct bytes unit,
        struct bytes key, uint8_t person[static GRID_ID_BYTES], struct grid_error *error)
{
    struct bytes township = place_cut(unit, GRID_PLACE_TOWNSHIP);
    if (person_key_valid(key)) {
        if (person_id(person, township.size > 0 ? township : unit, key) != GRID_OK)
            return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
        if (next_post_of(roster, person, NULL) != NULL)
            return GRID_OK;
    }
    return grid_fail(error, GRID_NOT_FOUND, "person_unknown", "%.*s",
            (int)(key.size < 40 ? key.size : 40), (const char *)key.data);
}

/* --- whom to turn to --- */

struct asking {
    const struct grid_roster *roster;
    int32_t today;
    grid_who_fn *each;
    void *context;
    bool stopped;
};

static void tell(struct asking *asking, const struct grid_who *who)
{
    if (!asking->stopped && !asking->each(asking->context, who))
        asking->stopped = true;
}

struct role_holders {
    struct asking *asking;
    unsigned role;
    size_t count;
};

static bool tell_holder(void *context, const struct grid_post *post)
{
    struct role_holders *holders = context;
    if (post->role != holders->role)
        return true;
    holders->count++;
    tell(holders->asking, &(struct grid_who){.role = grid_role_name(post->role),
                                  .key = post->key,
                                  .name = post->name,
                                  .place = post->place});
    return true;
}

/* The holders of a role at a place, or that it is vacant. */
static void tell_role(struct asking *asking, unsigned role, struct bytes place)
{
    struct role_holders holders = {.asking = asking, .role = role};
    grid_roster_each_post(asking->roster, place, asking->today, tell_holder, &holders);
    if (holders.count == 0)
        tell(asking,
                &(struct grid_who){.role = grid_role_name(role), .place = place, .vacant = true});
}

struct group_walk {
    struct asking *asking;
    struct bytes told;
};

static bool tell_group(void *context, const struct grid_unit *below)
{
    struct group_walk *walk = context;
    struct bytes group = below->party_group;
    if (group.size == 0 || bytes_equal(group, walk->told))
        return true;
    walk->told = group;
    tell_role(walk->asking, GRID_ROLE_GROUP_LEADER, group);
    return true;
}

/* Of a grid: the groups that its micro-grids are in, each once (they stand together by code). */
static void tell_groups(struct asking *asking, const struct grid_unit *unit)
{
    struct group_walk walk = {.asking = asking};
    grid_roster_each_unit(asking->roster, unit->code, false, tell_group, &walk);
}

/* The office of the township, or the unit itself when it is higher. */
static void tell_centre(struct asking *asking, struct bytes code)
{
    struct bytes township = place_cut(code, GRID_PLACE_TOWNSHIP);
    struct bytes place = township.size > 0 ? township : code;
    struct grid_who who = {.role = "centre", .place = place};
    const struct grid_unit *unit = grid_roster_unit(asking->roster, place);
    if (unit != NULL)
        who.name = unit->name;
    tell(asking, &who);
}

void grid_roster_who(const struct grid_roster *roster, struct bytes unit, int32_t today,
        grid_who_fn *each, void *context)
{
    struct asking asking = {.roster = roster, .today = today, .each = each, .context = context};
    const struct grid_unit *found = grid_roster_unit(roster, unit);
    struct bytes grid = place_cut(unit, GRID_PLACE_GRID);
    struct bytes village = place_cut(unit, GRID_PLACE_VILLAGE);
    if (place_kind(unit) == GRID_PLACE_MICRO_GRID)
        tell_role(&asking, GRID_ROLE_HEAD, unit);
    if (grid.size > 0) {
        tell_role(&asking, GRID_ROLE_GRID_WORKER, grid);
        tell_role(&asking, GRID_ROLE_GRID_CHIEF, grid);
    }
    if (found != NULL && grid.size > 0)
        tell_groups(&asking, found);
    if (village.size > 0)
        tell_role(&asking, GRID_ROLE_VILLAGE_SECRETARY, village);
    tell_centre(&asking, unit);
}
