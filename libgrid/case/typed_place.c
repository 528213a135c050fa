/* Places as people type them: codes, or names that are unique in the roster. */
#include "libgrid/case/typed.h"
#include "proto/pack.h"

#include <stdio.h>
#include <string.h>

enum grid_status typed_unit(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    const struct grid_unit *unit = NULL;
    enum grid_status status = grid_roster_find_unit(typed->roster, typed_trim(text), &unit, error);
    if (status == GRID_OK)
        pack_str(out, unit->code);
    return status;
}

enum grid_status typed_where(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    const struct grid_unit *unit = NULL;
    enum grid_status status = grid_roster_find_unit(typed->roster, typed_trim(text), &unit, error);
    if (status != GRID_OK)
        return status;
    if (unit->kind != GRID_PLACE_MICRO_GRID && unit->kind != GRID_PLACE_GRID &&
            unit->kind != GRID_PLACE_VILLAGE)
        return grid_fail(error, GRID_INVALID, "unit_kind", "%.*s" GRID_ARG "%.*s",
                typed_shown(unit->name), (const char *)unit->name.data, (int)unit->code.size,
                (const char *)unit->code.data);
    pack_str(out, unit->code);
    return GRID_OK;
}

/* --- who is to do the work: a department, a mediation body, or a unit --- */

struct departments {
    struct bytes wanted;
    const struct grid_department *found;
    size_t count;
    char list[GRID_DETAIL_BYTES / 2]; /* as candidates */
};

static bool take_department(void *context, const struct grid_department *department)
{
    struct departments *named = context;
    size_t used = strlen(named->list);
    size_t room = sizeof(named->list) - used;
    if (!bytes_equal(department->name, named->wanted))
        return true;
    named->found = department;
    named->count++;
    if (room < department->id.size + department->name.size + 4) /* or one would be cut in two */
        return true;
    snprintf(&named->list[used], room, "%s%.*s %.*s", used > 0 ? ", " : "",
            (int)department->id.size, (const char *)department->id.data,
            typed_shown(department->name), (const char *)department->name.data);
    return true;
}

enum grid_status typed_lead(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    struct departments named = {.wanted = typed_trim(text)};
    struct grid_error no_unit = {0};
    const struct grid_unit *unit = NULL;
    named.found = grid_roster_department(typed->roster, named.wanted);
    if (named.found == NULL)
        grid_roster_each_department(typed->roster, (struct bytes){0}, take_department, &named);
    if (named.count > 1)
        return grid_fail(error, GRID_AMBIGUOUS, "lead_ambiguous", "%.*s" GRID_ARG "%s",
                typed_shown(named.wanted), (const char *)named.wanted.data, named.list);
    if (named.found != NULL) {
        pack_str(out, named.found->id);
        return GRID_OK;
    }
    enum grid_status status = grid_roster_find_unit(typed->roster, named.wanted, &unit, &no_unit);
    if (status == GRID_NOT_FOUND && strcmp(no_unit.reason, "unit_unknown") == 0)
        return grid_fail(error, GRID_NOT_FOUND, "lead_unknown", "%.*s", typed_shown(named.wanted),
                (const char *)named.wanted.data);
    if (status != GRID_OK && error != NULL)
        *error = no_unit;
    if (status == GRID_OK)
        pack_str(out, unit->code);
    return status;
}
