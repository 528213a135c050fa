/* Judging (D22): who was listed where, in the version that an entry cites. Never a clock, and never
 * the latest version: a judgement once given must stay. */
#include "libgrid/roster/inside.h"

#include <string.h>

uint32_t roster_version(const struct grid_roster *roster)
{
    return roster->latest == 0 ? 0 : roster->versions[roster->latest - 1].number;
}

static uint64_t version_rv(const struct version *version)
{
    return (uint64_t)version->number << 32 | get_u32(version->leaf);
}

uint64_t roster_rv(const struct grid_roster *roster)
{
    return roster->latest == 0 ? 0 : version_rv(&roster->versions[roster->latest - 1]);
}

/* The place of the version cited; 0 when it is not held. */
static uint32_t cited_place(const struct grid_roster *roster, uint64_t rv)
{
    uint64_t number = rv >> 32;
    if (number == 0)
        return 0;
    if (number <= roster->version_count && version_rv(&roster->versions[number - 1]) == rv)
        return (uint32_t)number;
    for (size_t i = 0; i < roster->version_count; i++)
        if (version_rv(&roster->versions[i]) == rv)
            return (uint32_t)i + 1;
    return 0;
}

bool roster_holds(const struct grid_roster *roster, uint64_t rv)
{
    return cited_place(roster, rv) != 0;
}

bool roster_post_listed(const struct grid_roster *roster, uint64_t rv,
        const uint8_t person[static GRID_ID_BYTES], unsigned role, struct bytes place)
{
    uint32_t cited = cited_place(roster, rv);
    if (cited == 0)
        return false;
    uint32_t item = lookup_first(&roster->by_person, roster_person_hash(person));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_person, item)) {
        const struct row *row = &roster->rows[item];
        if (row->post.role == role && row_listed(row, cited) &&
                bytes_equal(row->post.place, place) &&
                memcmp(row->post.person, person, GRID_ID_BYTES) == 0)
            return true;
    }
    return false;
}

bool roster_office_staffed(const struct grid_roster *roster, uint64_t rv, struct bytes office)
{
    uint32_t cited = cited_place(roster, rv);
    if (cited == 0)
        return false;
    uint32_t item = lookup_first(&roster->by_place, roster_place_hash(ROW_POST, office));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_place, item)) {
        const struct row *row = &roster->rows[item];
        bool office_role = row->kind == ROW_POST && (row->post.role == GRID_ROLE_CLERK ||
                                                            row->post.role == GRID_ROLE_DIRECTOR);
        if (office_role && row_listed(row, cited) && bytes_equal(row->post.place, office))
            return true;
    }
    return false;
}

size_t roster_group_places(const struct grid_roster *roster, uint64_t rv, struct bytes group,
        struct bytes *out, size_t max)
{
    uint32_t cited = cited_place(roster, rv);
    if (cited == 0)
        return 0;
    size_t count = 0;
    uint32_t item = lookup_first(&roster->by_place, roster_place_hash(ROW_UNIT, group));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_place, item)) {
        const struct row *row = &roster->rows[item];
        if (row->kind != ROW_UNIT || !row_listed(row, cited) ||
                !bytes_equal(row->unit.party_group, group))
            continue;
        if (count < max)
            out[count] = row->unit.code;
        count++;
    }
    return count;
}
