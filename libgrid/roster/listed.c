/* Judging (D22): who was listed where, in the version that an entry cites. Never a clock, and never
 * the latest version: a judgement once given must stay. */
#include "libgrid/roster/inside.h"

#include <string.h>

/* The one to cite: that of the own unit, or while there is none, the nearest above. */
static const struct grid_roster *own(const struct grid_roster *roster)
{
    return roster->latest > 0 ? roster : roster_of_place(roster, bytes_text(roster->unit));
}

uint32_t roster_version(const struct grid_roster *roster)
{
    return roster->latest == 0 ? 0 : roster->versions[roster->latest - 1].number;
}

uint64_t roster_rv(const struct grid_roster *roster)
{
    const struct grid_roster *cited = own(roster);
    return cited->latest == 0 ? 0 : version_rv(&cited->versions[cited->latest - 1]);
}

bool roster_holds(const struct grid_roster *roster, uint64_t rv, struct bytes place)
{
    uint32_t version = 0;
    return roster_cited(roster, rv, place, &version) != NULL;
}

bool roster_post_listed(const struct grid_roster *roster, uint64_t rv,
        const uint8_t person[static GRID_ID_BYTES], unsigned role, struct bytes place)
{
    uint32_t cited = 0;
    roster = roster_cited(roster, rv, place, &cited);
    if (roster == NULL)
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
    uint32_t cited = 0;
    roster = roster_cited(roster, rv, office, &cited);
    if (roster == NULL)
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

bool roster_office_above(
        const struct grid_roster *roster, uint64_t rv, struct bytes place, struct bytes office)
{
    uint32_t version = 0;
    const struct grid_roster *cited = roster_cited(roster, rv, place, &version);
    struct bytes unit = cited != NULL ? bytes_text(cited->unit) : (struct bytes){0};
    return unit.size > office.size && place_covers(office, unit);
}

size_t roster_group_places(const struct grid_roster *roster, uint64_t rv, struct bytes group,
        struct bytes *out, size_t max)
{
    uint32_t cited = 0;
    roster = roster_cited(roster, rv, group, &cited);
    if (roster == NULL)
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
