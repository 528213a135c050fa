/* Judging (D22): who was listed where, in the version that an entry cites. Never a clock, and never
 * the latest version: a judgement once given must stay. */
#include "libgrid/roster/inside.h"

#include <string.h>

uint32_t roster_version(const struct grid_roster *roster)
{
    return (uint32_t)roster->version_count;
}

static uint64_t version_rv(const struct grid_roster *roster, size_t version)
{
    return (uint64_t)version << 32 | get_u32(roster->versions[version - 1].leaf);
}

uint64_t roster_rv(const struct grid_roster *roster)
{
    return roster->version_count == 0 ? 0 : version_rv(roster, roster->version_count);
}

bool roster_holds(const struct grid_roster *roster, uint64_t rv)
{
    uint64_t version = rv >> 32;
    return version > 0 && version <= roster->version_count &&
           version_rv(roster, (size_t)version) == rv;
}

bool roster_post_listed(const struct grid_roster *roster, uint64_t rv,
        const uint8_t person[static GRID_ID_BYTES], unsigned role, struct bytes place)
{
    if (!roster_holds(roster, rv))
        return false;
    uint32_t item = lookup_first(&roster->by_person, roster_person_hash(person));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_person, item)) {
        const struct row *row = &roster->rows[item];
        if (row->post.role == role && row_in_version(row, (uint32_t)(rv >> 32)) &&
                bytes_equal(row->post.place, place) &&
                memcmp(row->post.person, person, GRID_ID_BYTES) == 0)
            return true;
    }
    return false;
}

bool roster_office_staffed(const struct grid_roster *roster, uint64_t rv, struct bytes office)
{
    if (!roster_holds(roster, rv))
        return false;
    uint32_t item = lookup_first(&roster->by_place, roster_place_hash(ROW_POST, office));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_place, item)) {
        const struct row *row = &roster->rows[item];
        bool office_role = row->kind == ROW_POST && (row->post.role == GRID_ROLE_CLERK ||
                                                            row->post.role == GRID_ROLE_DIRECTOR);
        if (office_role && row_in_version(row, (uint32_t)(rv >> 32)) &&
                bytes_equal(row->post.place, office))
            return true;
    }
    return false;
}

size_t roster_group_places(const struct grid_roster *roster, uint64_t rv, struct bytes group,
        struct bytes *out, size_t max)
{
    if (!roster_holds(roster, rv))
        return 0;
    size_t count = 0;
    uint32_t item = lookup_first(&roster->by_place, roster_place_hash(ROW_UNIT, group));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_place, item)) {
        const struct row *row = &roster->rows[item];
        if (row->kind != ROW_UNIT || !row_in_version(row, (uint32_t)(rv >> 32)) ||
                !bytes_equal(row->unit.party_group, group))
            continue;
        if (count < max)
            out[count] = row->unit.code;
        count++;
    }
    return count;
}
