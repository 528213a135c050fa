#include "proto/words.h"

#include "proto/ident.h"

/* --- number → identifier --- */

#define CASE_NAME(number, name, text) \
    case number:                      \
        return text;
#define DEFINE_NAME(function, MAP)        \
    const char *function(unsigned number) \
    {                                     \
        switch (number) {                 \
            MAP(CASE_NAME)                \
        default:                          \
            return NULL;                  \
        }                                 \
    }
DEFINE_NAME(grid_kind_name, GRID_KIND_MAP)
DEFINE_NAME(grid_register_name, GRID_REGISTER_MAP)
DEFINE_NAME(grid_collection_name, GRID_COLLECTION_MAP)
DEFINE_NAME(grid_argument_name, GRID_ARGUMENT_MAP)
DEFINE_NAME(grid_state_name, GRID_STATE_MAP)
DEFINE_NAME(grid_source_name, GRID_SOURCE_MAP)
DEFINE_NAME(grid_scale_name, GRID_SCALE_MAP)
DEFINE_NAME(grid_track_name, GRID_TRACK_MAP)
DEFINE_NAME(grid_method_name, GRID_METHOD_MAP)
DEFINE_NAME(grid_party_name, GRID_PARTY_MAP)
DEFINE_NAME(grid_supervision_name, GRID_SUPERVISION_MAP)
DEFINE_NAME(grid_verdict_name, GRID_VERDICT_MAP)

struct role {
    const char *name;
    char letter;
};
static const struct role roles[] = {
#define X(number, role_name, text, role_letter) \
    [number] = {.name = (text), .letter = (role_letter)},
        GRID_ROLE_MAP(X)
#undef X
};
enum { ROLE_COUNT = sizeof(roles) / sizeof(roles[0]) };

const char *grid_role_name(unsigned number)
{
    return number < ROLE_COUNT ? roles[number].name : NULL;
}

char grid_role_letter(unsigned number)
{
    if (number >= ROLE_COUNT)
        return '\0';
    return roles[number].letter;
}

/* --- identifier → number --- */

#define NUMBER_IF_NAMED(number, word, text)  \
    if (bytes_equal(name, bytes_text(text))) \
        return number;
#define DEFINE_NUMBER(function, MAP)     \
    unsigned function(struct bytes name) \
    {                                    \
        MAP(NUMBER_IF_NAMED)             \
        return 0;                        \
    }
DEFINE_NUMBER(grid_kind_number, GRID_KIND_MAP)
DEFINE_NUMBER(grid_register_number, GRID_REGISTER_MAP)
DEFINE_NUMBER(grid_state_number, GRID_STATE_MAP)
DEFINE_NUMBER(grid_source_number, GRID_SOURCE_MAP)
DEFINE_NUMBER(grid_scale_number, GRID_SCALE_MAP)
DEFINE_NUMBER(grid_track_number, GRID_TRACK_MAP)
DEFINE_NUMBER(grid_method_number, GRID_METHOD_MAP)
DEFINE_NUMBER(grid_party_number, GRID_PARTY_MAP)

unsigned grid_role_number(struct bytes name)
{
    for (unsigned number = 1; number < ROLE_COUNT; number++)
        if (bytes_equal(name, bytes_text(roles[number].name)))
            return number;
    return 0;
}

/* --- ranks (DOMAIN 3): they decide provisional winners and nothing else --- */

/* Of clerk, director and leader: the higher their office, the higher they. */
static unsigned office_rank(struct bytes place)
{
    switch (place_kind(place)) {
    case GRID_PLACE_TOWNSHIP:
        return 60;
    case GRID_PLACE_BANNER:
        return 70;
    case GRID_PLACE_LEAGUE_CITY:
        return 80;
    case GRID_PLACE_REGION:
        return 90;
    case GRID_PLACE_NONE:
    case GRID_PLACE_VILLAGE:
    case GRID_PLACE_GRID:
    case GRID_PLACE_MICRO_GRID:
    case GRID_PLACE_PARTY_GROUP:
    case GRID_PLACE_DEPARTMENT:
        break;
    }
    return 0;
}

unsigned grid_role_rank(unsigned role, struct bytes place)
{
    if (role >= ROLE_COUNT)
        return 0;
    switch ((enum grid_role)role) {
    case GRID_ROLE_NODE:
        return 10;
    case GRID_ROLE_HEAD:
        return 20;
    case GRID_ROLE_GROUP_LEADER:
        return 25;
    case GRID_ROLE_GRID_WORKER:
        return 30;
    case GRID_ROLE_GRID_CHIEF:
        return 35;
    case GRID_ROLE_VILLAGE_SECRETARY:
        return 40;
    case GRID_ROLE_OFFICER:
    case GRID_ROLE_MEDIATOR:
        return 50;
    case GRID_ROLE_CLERK:
    case GRID_ROLE_DIRECTOR:
    case GRID_ROLE_LEADER:
        return office_rank(place);
    case GRID_ROLE_ADMIN:
    case GRID_ROLE_NONE:
        break;
    }
    return 0;
}
