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

static const struct row *row_at(const struct grid_roster *roster, size_t position)
{
    return &roster->rows[roster->order[position]];
}

void grid_roster_each_unit(const struct grid_roster *roster, struct bytes above, bool groups,
        grid_unit_fn *each, void *context)
{
    const struct row key = {.kind = ROW_UNIT, .unit.code = above};
    for (size_t i = roster_position(roster, &key); i < roster->order_start[ROW_UNIT + 1]; i++) {
        const struct grid_unit *unit = &row_at(roster, i)->unit;
        bool below = unit->code.size >= above.size &&
                     (above.size == 0 || memcmp(unit->code.data, above.data, above.size) == 0);
        if (!below)
            break;
        bool wanted = groups || unit->kind != GRID_PLACE_PARTY_GROUP;
        if (wanted && !each(context, unit))
            break;
    }
}

/* Units of one name; those that have no end stand for all when there is just one of them. */
struct named {
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

static void find_named(const struct grid_roster *roster, struct bytes name, struct named *named)
{
    for (size_t i = roster->order_start[ROW_UNIT]; i < roster->order_start[ROW_UNIT + 1]; i++) {
        const struct grid_unit *unit = &row_at(roster, i)->unit;
        if (unit->kind == GRID_PLACE_PARTY_GROUP || !bytes_equal(unit->name, name))
            continue;
        add_candidate(named, unit);
        if (named->count++ == 0)
            named->first = unit;
        if (unit->valid_to == GRID_DAY_NONE && named->open_count++ == 0)
            named->open = unit;
    }
}

/* Who types half a name is told the whole ones: "柳塔村 150622103203". */
static void find_near(const struct grid_roster *roster, struct bytes part, struct named *near)
{
    char text[128];
    for (size_t i = roster->order_start[ROW_UNIT]; i < roster->order_start[ROW_UNIT + 1]; i++) {
        const struct grid_unit *unit = &row_at(roster, i)->unit;
        if (unit->kind == GRID_PLACE_PARTY_GROUP || unit->name.size > 90 ||
                memmem(unit->name.data, unit->name.size, part.data, part.size) == NULL)
            continue;
        int size = snprintf(text, sizeof(text), "%.*s %.*s", (int)unit->name.size, unit->name.data,
                (int)unit->code.size, unit->code.data);
        const struct grid_unit shown = {.code = bytes_of(text, (size_t)size)};
        add_candidate(near, &shown);
        near->count++;
    }
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
    struct named named = {0};
    if (code_or_name.size > 0)
        find_named(roster, code_or_name, &named);
    if (named.count == 0 && code_or_name.size >= 3)
        find_near(roster, code_or_name, &named);
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

void grid_roster_each_post(const struct grid_roster *roster, struct bytes place, int32_t today,
        grid_post_fn *each, void *context)
{
    const struct row key = {.kind = ROW_POST, .post = {.place = place, .from = GRID_DAY_NONE}};
    for (size_t i = roster_position(roster, &key); i < roster->order_start[ROW_POST + 1]; i++) {
        const struct grid_post *post = &row_at(roster, i)->post;
        if (place.size > 0 && !bytes_equal(post->place, place))
            break;
        if (post_current(post, today) && !each(context, post))
            break;
    }
}

/* The first post of the person after `last` in the order of rows: their chain has none. */
static const struct row *next_post_of(const struct grid_roster *roster,
        const uint8_t person[static GRID_ID_BYTES], const struct row *last)
{
    const struct row *next = NULL;
    uint32_t item = lookup_first(&roster->by_person, roster_person_hash(person));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_person, item)) {
        const struct row *row = &roster->rows[item];
        if (row_latest(roster, row) && memcmp(row->post.person, person, GRID_ID_BYTES) == 0 &&
                (last == NULL || row_compare_keys(row, last) > 0) &&
                (next == NULL || row_compare_keys(row, next) < 0))
            next = row;
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

void grid_roster_each_department(const struct grid_roster *roster, struct bytes unit,
        grid_department_fn *each, void *context)
{
    size_t end = roster->order_start[ROW_DEPARTMENT + 1];
    for (size_t i = roster->order_start[ROW_DEPARTMENT]; i < end; i++) {
        const struct grid_department *department = &row_at(roster, i)->department;
        bool wanted = unit.size == 0 || bytes_equal(place_unit(department->id), unit);
        if (wanted && !each(context, department))
            break;
    }
}

/* --- persons --- */

struct bytes grid_roster_person_name(
        const struct grid_roster *roster, const uint8_t person[static GRID_ID_BYTES])
{
    uint32_t item = lookup_first(&roster->by_person, roster_person_hash(person));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_person, item)) {
        const struct row *row = &roster->rows[item];
        if (memcmp(row->post.person, person, GRID_ID_BYTES) == 0)
            return row->post.name; /* the newest */
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

/* The holders of a role at a place, or that it is vacant. */
static void tell_role(struct asking *asking, unsigned role, struct bytes place)
{
    const struct grid_roster *roster = asking->roster;
    const struct row key = {
            .kind = ROW_POST, .post = {.place = place, .role = role, .from = GRID_DAY_NONE}};
    size_t count = 0;
    for (size_t i = roster_position(roster, &key); i < roster->order_start[ROW_POST + 1]; i++) {
        const struct grid_post *post = &row_at(roster, i)->post;
        if (post->role != role || !bytes_equal(post->place, place))
            break;
        if (!post_current(post, asking->today))
            continue;
        count++;
        tell(asking, &(struct grid_who){.role = grid_role_name(role),
                             .key = post->key,
                             .name = post->name,
                             .place = post->place});
    }
    if (count == 0)
        tell(asking,
                &(struct grid_who){.role = grid_role_name(role), .place = place, .vacant = true});
}

/* Of a grid: the groups that its micro-grids are in, each once (they stand together by code). */
static void tell_groups(struct asking *asking, const struct grid_unit *unit)
{
    const struct grid_roster *roster = asking->roster;
    const struct row key = {.kind = ROW_UNIT, .unit.code = unit->code};
    struct bytes told = {0};
    for (size_t i = roster_position(roster, &key); i < roster->order_start[ROW_UNIT + 1]; i++) {
        const struct grid_unit *below = &row_at(roster, i)->unit;
        if (!place_covers(unit->code, below->code))
            break;
        struct bytes group = below->party_group;
        if (group.size == 0 || bytes_equal(group, told))
            continue;
        tell_role(asking, GRID_ROLE_GROUP_LEADER, group);
        told = group;
    }
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
