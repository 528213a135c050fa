/* What questions and imports of the roster share: its files in a request, and records of findings
 * and counts. */
#include "libgrid/case/codebook.h"
#include "libgrid/case/record.h"
#include "libgrid/node.h"

static struct bytes file_of(const struct grid_request *request, const char *name)
{
    const struct grid_field *field = request_field(request, name);
    if (field == NULL)
        return bytes_of(NULL, 0);
    /* an empty file is there, though it has no bytes */
    return field->value.data != NULL ? field->value : bytes_text("");
}

struct grid_roster_files roster_files_of(const struct grid_request *request)
{
    return (struct grid_roster_files){.units = file_of(request, "units.csv"),
            .posts = file_of(request, "posts.csv"),
            .departments = file_of(request, "departments.csv"),
            .category_known = codebook_knows};
}

void roster_pack_finding(struct buffer *out, const struct grid_finding *finding)
{
    struct record record = {0};
    record_text(&record, "file", finding->file);
    record_uint(&record, "line", finding->line);
    record_text(&record, "code", finding->code);
    record_text(&record, "detail", finding->text);
    record_end(&record, out);
}

/* The identifiers of DOMAIN 2. */
const char *roster_kind_name(enum grid_place_kind kind)
{
    switch (kind) {
    case GRID_PLACE_REGION:
        return "region";
    case GRID_PLACE_LEAGUE_CITY:
        return "league_city";
    case GRID_PLACE_BANNER:
        return "banner";
    case GRID_PLACE_TOWNSHIP:
        return "township";
    case GRID_PLACE_VILLAGE:
        return "village";
    case GRID_PLACE_GRID:
        return "grid";
    case GRID_PLACE_MICRO_GRID:
        return "micro_grid";
    case GRID_PLACE_PARTY_GROUP:
        return "party_group";
    case GRID_PLACE_DEPARTMENT:
        return "department";
    case GRID_PLACE_NONE:
        break;
    }
    return "unknown";
}

/* --- counts --- */

struct counting {
    uint64_t kinds[GRID_PLACE_DEPARTMENT + 1];
    uint64_t roles[GRID_ROLE_NODE + 1];
    struct bytes above;
};

static bool count_unit(void *context, const struct grid_unit *unit)
{
    struct counting *counting = context;
    counting->kinds[unit->kind]++;
    return true;
}

static bool count_post(void *context, const struct grid_post *post)
{
    struct counting *counting = context;
    if (counting->above.size == 0 || place_covers(counting->above, place_unit(post->place)))
        counting->roles[post->role]++;
    return true;
}

static bool count_department(void *context, const struct grid_department *department)
{
    struct counting *counting = context;
    if (counting->above.size == 0 || place_covers(counting->above, place_unit(department->id)))
        counting->kinds[GRID_PLACE_DEPARTMENT]++;
    return true;
}

void roster_pack_counts(const struct grid_roster *roster, struct bytes above, struct buffer *out)
{
    struct counting counting = {.above = above};
    grid_roster_each_unit(roster, above, true, count_unit, &counting);
    grid_roster_each_post(roster, bytes_of(NULL, 0), GRID_DAY_NONE, count_post, &counting);
    grid_roster_each_department(roster, bytes_of(NULL, 0), count_department, &counting);
    struct record record = {0};
    for (enum grid_place_kind kind = GRID_PLACE_REGION; kind <= GRID_PLACE_DEPARTMENT; kind++)
        if (counting.kinds[kind] > 0)
            record_uint(&record, roster_kind_name(kind), counting.kinds[kind]);
    for (unsigned role = 1; role <= GRID_ROLE_NODE; role++)
        if (counting.roles[role] > 0)
            record_uint(&record, grid_role_name(role), counting.roles[role]);
    record_end(&record, out);
}
