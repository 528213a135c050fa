/* Who holds which post. Persons are numbered within their township: p0001 … those of T1, d0001 …
 * those of dedicated grids, so that these move nobody's key. */
#include "tests/gen/roster.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    CLERKS = 4,        /* of a township, beside the director */
    BANNER_STAFF = 81, /* at the banner: a director, one for each department, the others clerks */
    VACANT = 4,        /* micro-grids of T2 without head, none of them in T1 */
};

/* One township (or the banner's centre) at a time. */
struct staff {
    struct roster *roster;
    uint64_t seed;
    char letter;     /* of the keys */
    unsigned number; /* of the last person */
    unsigned groups; /* whose leaders are appointed */
    size_t village;  /* its first post: within a village, or an office, no name occurs twice */
    char vacant[VACANT][CODE_BYTES];
};

static bool name_known(const struct staff *staff, const char *name)
{
    for (size_t i = staff->village; i < staff->roster->post_count; i++)
        if (strcmp(staff->roster->posts[i].person.name, name) == 0)
            return true;
    return false;
}

static struct person new_person(struct staff *staff, struct chance *chance)
{
    struct person person = {0};
    assert(staff->number < 9999);
    snprintf(person.key, sizeof(person.key), "%c%04u", staff->letter, ++staff->number);
    do
        name_person(chance, person.name);
    while (name_known(staff, person.name));
    if (chance_percent(chance, 80))
        name_phone(chance, person.phone);
    return person;
}

static void appoint(
        struct staff *staff, const struct person *person, const char *role, const char *place)
{
    struct post *post = roster_post(staff->roster);
    post->person = *person;
    post->role = role;
    post->from = strcmp(role, "grid_worker") == 0 ? "2025-03-01" : "2025-01-01";
    snprintf(post->place, sizeof(post->place), "%s", place);
}

static void appoint_new(
        struct staff *staff, struct chance *chance, const char *role, const char *place)
{
    struct person person = new_person(staff, chance);
    appoint(staff, &person, role, place);
}

/* --- the units of one village: from its own row to the next village or township --- */

static size_t village_end(const struct roster *roster, size_t village)
{
    size_t end = village;
    while (end < roster->unit_count && roster->units[end].village == village)
        end++;
    return end;
}

static bool is_grid(const struct unit *unit, const char *subkind)
{
    return strcmp(unit->kind, "grid") == 0 && strcmp(unit->subkind, subkind) == 0;
}

/* --- the party secretary, and chiefs out of 5–7 cadres: the next grid has the next cadre --- */

enum { CADRES_MAX = 7 };

static void appoint_cadres(struct staff *staff, struct chance *chance, size_t village, size_t end)
{
    const struct unit *units = staff->roster->units;
    unsigned cadre_count = (unsigned)chance_within(chance, 5, CADRES_MAX);
    struct person cadres[CADRES_MAX];
    unsigned known = 0;
    unsigned turn = 0;
    cadres[known++] = new_person(staff, chance);
    appoint(staff, &cadres[0], "village_secretary", units[village].code);
    for (size_t i = village; i < end; i++) {
        if (!is_grid(&units[i], "base"))
            continue;
        turn = (turn + 1) % cadre_count;
        if (turn == known) /* a cadre without a post is in no file */
            cadres[known++] = new_person(staff, chance);
        appoint(staff, &cadres[turn], "grid_chief", units[i].code);
    }
}

/* --- workers and heads --- */

static void appoint_workers(struct staff *staff, struct chance *chance, size_t village, size_t end)
{
    for (size_t i = village; i < end; i++)
        if (is_grid(&staff->roster->units[i], "base"))
            appoint_new(staff, chance, "grid_worker", staff->roster->units[i].code);
}

static bool vacant(const struct staff *staff, const char *code)
{
    for (size_t i = 0; i < VACANT; i++)
        if (strcmp(staff->vacant[i], code) == 0)
            return true;
    return false;
}

static void appoint_heads(struct staff *staff, struct chance *chance, size_t village, size_t end)
{
    for (size_t i = village; i < end; i++) {
        const struct unit *unit = &staff->roster->units[i];
        if (strcmp(unit->kind, "micro_grid") == 0 && !vacant(staff, unit->code))
            appoint_new(staff, chance, "head", unit->code);
    }
}

/* --- group leaders: 40 % are heads of a micro-grid of their group, to the nearest whole number in
 * each township --- */

static const struct person *first_head(const struct staff *staff, const char *group, size_t village)
{
    const struct roster *roster = staff->roster;
    for (size_t i = village; i < roster->unit_count; i++) {
        if (strcmp(roster->units[i].group, group) != 0)
            continue;
        for (size_t j = staff->village; j < roster->post_count; j++)
            if (strcmp(roster->posts[j].place, roster->units[i].code) == 0)
                return &roster->posts[j].person;
    }
    return NULL;
}

static bool leads_as_head(unsigned group)
{
    return (group * 2 + 2) / 5 > ((group - 1) * 2 + 2) / 5;
}

static void appoint_leaders(struct staff *staff, struct chance *chance, size_t village, size_t end)
{
    for (size_t i = village; i < end; i++) {
        const struct unit *group = &staff->roster->units[i];
        if (strcmp(group->kind, "party_group") != 0)
            continue;
        const struct person *head = NULL;
        if (leads_as_head(++staff->groups))
            head = first_head(staff, group->code, village);
        struct person leader = head != NULL ? *head : new_person(staff, chance);
        appoint(staff, &leader, "group_leader", group->code);
    }
}

/* --- villages --- */

static void staff_village(struct staff *staff, size_t village)
{
    struct chance chance = chance_of(staff->seed, "people", staff->roster->units[village].code);
    size_t end = village_end(staff->roster, village);
    staff->village = staff->roster->post_count;
    appoint_cadres(staff, &chance, village, end);
    appoint_workers(staff, &chance, village, end);
    appoint_heads(staff, &chance, village, end);
    appoint_leaders(staff, &chance, village, end);
}

/* One worker and one chief each, who hold no other post. */
static void staff_dedicated(struct staff *staff, size_t village)
{
    const struct unit *units = staff->roster->units;
    struct chance chance = chance_of(staff->seed, "dedicated people", units[village].code);
    staff->village = staff->roster->post_count;
    size_t end = village_end(staff->roster, village);
    for (size_t i = village; i < end; i++)
        if (is_grid(&units[i], "dedicated")) {
            appoint_new(staff, &chance, "grid_chief", units[i].code);
            appoint_new(staff, &chance, "grid_worker", units[i].code);
        }
}

/* --- offices --- */

/* One officer or mediator for each department of the unit, a director, and clerks. */
static void staff_office(struct staff *staff, const char *code, unsigned total)
{
    const struct roster *roster = staff->roster;
    struct chance chance = chance_of(staff->seed, "people", code);
    size_t digits = strlen(code);
    staff->village = roster->post_count;
    appoint_new(staff, &chance, "director", code);
    for (size_t i = 0; i < roster->department_count; i++) {
        const struct department *department = &roster->departments[i];
        if (strncmp(department->id, code, digits) != 0 || department->id[digits] != 'D')
            continue;
        bool body = strcmp(department->kind, "mediation_body") == 0;
        appoint_new(staff, &chance, body ? "mediator" : "officer", department->id);
    }
    while (roster->post_count - staff->village < total)
        appoint_new(staff, &chance, "clerk", code);
}

static void staff_township(struct staff *staff, const struct plan_township *township, size_t first)
{
    enum { OFFICERS = 6 };
    const struct roster *roster = staff->roster;
    staff->letter = 'p';
    staff->number = 0;
    staff->groups = 0;
    staff_office(staff, township->code, 1 + OFFICERS + CLERKS);
    size_t village = first + 1;
    for (size_t i = 0; i < township->village_count; i++) {
        staff_village(staff, village);
        village = village_end(roster, village);
    }
    staff->letter = 'd';
    staff->number = 0;
    village = first + 1;
    for (size_t i = 0; i < township->village_count; i++) {
        staff_dedicated(staff, village);
        village = village_end(roster, village);
    }
}

/* --- */

/* Those with the smallest hashes, outside T1; a hash of all ones is never among them. */
static void choose_vacant(struct staff *staff)
{
    const struct roster *roster = staff->roster;
    uint32_t smallest[VACANT];
    memset(smallest, 0xff, sizeof(smallest));
    for (size_t i = 0; i < roster->unit_count; i++) {
        const struct unit *unit = &roster->units[i];
        if (strcmp(unit->kind, "micro_grid") != 0 ||
                strncmp(unit->code, PLAN_TOWNSHIP, strlen(PLAN_TOWNSHIP)) == 0)
            continue;
        uint32_t hash = hash_of("v", unit->code);
        size_t at = VACANT;
        while (at > 0 && hash < smallest[at - 1])
            at--;
        if (at == VACANT)
            continue;
        memmove(&smallest[at + 1], &smallest[at], (VACANT - 1 - at) * sizeof(smallest[0]));
        memmove(staff->vacant[at + 1], staff->vacant[at],
                (VACANT - 1 - at) * sizeof(staff->vacant[0]));
        smallest[at] = hash;
        memcpy(staff->vacant[at], unit->code, sizeof(unit->code));
    }
}

void posts_make(struct roster *roster, const struct plan *plan, uint64_t seed)
{
    struct staff staff = {.roster = roster, .seed = seed, .letter = 'p'};
    choose_vacant(&staff);
    if (plan->banner)
        staff_office(&staff, PLAN_BANNER, BANNER_STAFF);
    for (size_t i = 0; i < plan->township_count; i++) {
        size_t first = 0;
        while (strcmp(roster->units[first].code, plan->townships[i].code) != 0)
            first++;
        staff_township(&staff, &plan->townships[i], first);
    }
}
