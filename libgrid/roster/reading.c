/* Who may read what was placed where (DOMAIN 7, Reading). A centre decides by it what is sent down;
 * a device never asks for more. Everybody also reads what they reported themselves: that is the
 * case's to know, not the roster's. */
#include "libgrid/roster/inside.h"

enum { GROUP_PLACES_MAX = 256 };

/* Placed only at a grid or village above: whoever is below has to know of it. */
static bool placed_above(struct bytes place, struct bytes own)
{
    enum grid_place_kind kind = place_kind(place);
    return (kind == GRID_PLACE_GRID || kind == GRID_PLACE_VILLAGE) && place_covers(place, own);
}

static bool group_reads(
        const struct grid_roster *roster, uint64_t rv, struct bytes group, struct bytes place)
{
    struct bytes places[GROUP_PLACES_MAX];
    size_t count = roster_group_places(roster, rv, group, places, GROUP_PLACES_MAX);
    for (size_t i = 0; i < count && i < GROUP_PLACES_MAX; i++)
        if (bytes_equal(places[i], place) || placed_above(place, places[i]))
            return true;
    return false;
}

bool roster_post_reads(const struct grid_roster *roster, uint64_t rv, unsigned role,
        struct bytes own, struct bytes place)
{
    switch ((enum grid_role)role) {
    case GRID_ROLE_HEAD:
        return bytes_equal(own, place) || placed_above(place, own);
    case GRID_ROLE_GRID_WORKER:
    case GRID_ROLE_GRID_CHIEF:
        return place_covers(own, place) || placed_above(place, own);
    case GRID_ROLE_GROUP_LEADER:
        return group_reads(roster, rv, own, place);
    case GRID_ROLE_VILLAGE_SECRETARY:
    case GRID_ROLE_CLERK:
    case GRID_ROLE_DIRECTOR:
    case GRID_ROLE_LEADER:
    case GRID_ROLE_NODE:
        return place_covers(own, place);
    case GRID_ROLE_OFFICER:
    case GRID_ROLE_MEDIATOR: /* what their place leads or assists */
        return bytes_equal(own, place);
    case GRID_ROLE_ADMIN:
    case GRID_ROLE_NONE:
        break;
    }
    return false;
}
