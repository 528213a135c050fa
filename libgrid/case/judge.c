#include "libgrid/case/judge.h"

#include "libgrid/case/require.h"
#include "libgrid/case/seen.h"

#include <assert.h>
#include <string.h>

/* `place` is `anchor`, or stands above it; a department stands within its unit. */
static bool stands_over(struct bytes place, struct bytes anchor)
{
    return bytes_equal(place, anchor) || place_covers(place, place_unit(anchor));
}

/* --- author (D22, P-113) --- */

static enum grid_verdict judge_author(struct judgement *j)
{
    const struct entry *entry = &j->entry->entry;
    const struct grid_as *as = &j->entry->body.as;
    const struct grid_roster *roster = j->world->roster;
    uint64_t rv = j->entry->head.rv;
    struct roster_author who;
    if (!roster_author_find(roster, entry->author, &who)) {
        j->outside = OUTSIDE_AUTHOR;
        return GRID_PENDING;
    }
    if (entry->seq > roster_cut_position(roster, entry->author, entry->lane))
        return GRID_VOID_AUTHOR;

    bool is_node = as->role == GRID_ROLE_NODE;
    if (is_node && !(who.is_centre && bytes_equal(as->place, who.unit)))
        return GRID_VOID_AUTHOR;
    if (!is_node && who.is_centre && !bytes_equal(place_unit(as->place), who.unit))
        return GRID_VOID_AUTHOR;
    if (!who.is_centre && memcmp(as->person, who.person, GRID_ID_BYTES) != 0)
        return GRID_VOID_AUTHOR;

    if (rv == 0) /* lists nobody: a centre before its first roster has but its node */
        return is_node ? GRID_VALID : GRID_VOID_AUTHOR;
    if (!roster_holds(roster, rv, as->place)) {
        j->outside = OUTSIDE_ROSTER;
        return GRID_PENDING;
    }
    if (!is_node && !roster_post_listed(roster, rv, as->person, as->role, as->place))
        return GRID_VOID_AUTHOR;
    return GRID_VALID;
}

static bool dot_is_own_later(const struct fold_entry *entry, const struct dot *dot)
{
    return dot->lane == entry->dot.lane && dot->seq >= entry->dot.seq &&
           memcmp(dot->author, entry->dot.author, GRID_DOT_AUTHOR_BYTES) == 0;
}

/* D7: whoever names itself or a later one of its own stream has not written in order. Looked for
 * before anything is waited for, since it might wait for itself. */
static bool names_own_later(const struct fold_entry *entry)
{
    for (size_t i = 0; i < entry->head.basis_count; i++)
        if (dot_is_own_later(entry, &entry->head.basis[i]))
            return true;
    for (size_t i = 0; i < entry->head.ref_count; i++)
        if (dot_is_own_later(entry, &entry->head.refs[i]))
            return true;
    return false;
}

/* --- what is waited for --- */

static const struct fold_entry *other_create(const struct judgement *j, const struct dot *dot)
{
    return j->world->find_create == NULL ? NULL : j->world->find_create(j->world->context, dot);
}

/* Whether the create and all of the basis are decided. */
static bool is_ready(struct judgement *j)
{
    const struct fold_held *create = j->fold->create;
    if (create == NULL || !verdict_decided(create->entry.verdict)) {
        j->create_missing = true;
        return false;
    }
    j->create = &create->entry;
    for (size_t i = 0; i < j->entry->head.basis_count; i++) {
        struct fold_name *name = j->basis[i];
        if (name != NULL && name->held != NULL && verdict_decided(name->held->entry.verdict))
            continue;
        if (j->entry->head.kind == GRID_KIND_MERGE && (name == NULL || name->held == NULL)) {
            const struct fold_entry *other = other_create(j, &j->entry->head.basis[i]);
            if (other != NULL && verdict_decided(other->verdict))
                continue;
            j->outside = OUTSIDE_CASE;
        }
        j->missing = name;
        return false;
    }
    return true;
}

/* --- role --- */

/* A lead answers for its place; a leader names another, a group leader has none, a node is no
 * person. */
static bool is_lead(struct judgement *j)
{
    unsigned role = j->entry->body.as.role;
    if (role == GRID_ROLE_LEADER || role == GRID_ROLE_GROUP_LEADER || role == GRID_ROLE_NODE)
        return false;
    for (struct fold_held *held = seen_live(j, GRID_REGISTER_LEAD); held != NULL;
            held = held->head) {
        struct lead_value lead;
        if (value_lead(case_body_set(&held->entry.body, GRID_REGISTER_LEAD), &lead) &&
                lead.lead.size > 0 && bytes_equal(lead.lead, j->entry->body.as.place))
            return true;
    }
    return false;
}

static bool is_named_leader(struct judgement *j)
{
    const struct grid_as *as = &j->entry->body.as;
    if (as->role != GRID_ROLE_LEADER)
        return false;
    for (struct fold_held *held = seen_live(j, GRID_REGISTER_CASE_LEADER); held != NULL;
            held = held->head)
        if (bytes_equal(entry_set_text(&held->entry, GRID_REGISTER_CASE_LEADER),
                    bytes_of(as->person, GRID_ID_BYTES)))
            return true;
    return false;
}

/* A document goes to places, or to the applicant, for whom the author of the case stands. */
static bool is_addressee(const struct judgement *j)
{
    struct bytes place = j->entry->body.as.place;
    size_t index = 0;
    for (const struct fold_held *ground = seen_ground(j, &index); ground != NULL;
            ground = seen_ground(j, &index)) {
        struct document_value document;
        if (!entry_document(&ground->entry, &document))
            continue;
        for (size_t i = 0; i < document.party_count; i++) {
            struct bytes party = document.parties[i].place;
            if (party.size == 0 ? entry_same_person(j->create, j->entry)
                                : bytes_equal(party, place))
                return true;
        }
    }
    return false;
}

/* A ruling on registers of low severity alone: any post in cover, whoever holds. */
static bool is_low_ruling(const struct judgement *j)
{
    if (j->entry->head.kind != GRID_KIND_RULING)
        return false;
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
        if (has_bit(j->sets, reg) && life_severity(reg)[0] != 'l')
            return false;
    return true;
}

/* Once the smallest state seen is 2 or more, the matter is in the hands of who decides. */
static bool is_late_amend(struct judgement *j)
{
    const uint32_t guarded =
            1u << GRID_REGISTER_CATEGORY | 1u << GRID_REGISTER_URGENCY | 1u << GRID_REGISTER_UNIT;
    if (j->entry->head.kind != GRID_KIND_AMEND || (j->sets & guarded) == 0)
        return false;
    struct fold_held *held = seen_live(j, GRID_REGISTER_STATE);
    if (held == NULL)
        return false;
    for (; held != NULL; held = held->head)
        if (entry_set_uint(&held->entry, GRID_REGISTER_STATE) < 2)
            return false;
    return true;
}

/* By what rights the author may do this; 0: none. */
static uint32_t ways_of(struct judgement *j)
{
    unsigned role = j->entry->body.as.role;
    uint32_t who = j->kind->who;
    if (role == GRID_ROLE_ADMIN || role == GRID_ROLE_NONE || role >= 24)
        return 0; /* an admin has no case rights */
    uint32_t ways = who & (1u << role | LIFE_WAY_ANY);
    if ((who & LIFE_WAY_AUTHOR) != 0 && entry_same_person(j->create, j->entry))
        ways |= LIFE_WAY_AUTHOR;
    if ((who & LIFE_WAY_LEAD) != 0 && is_lead(j))
        ways |= LIFE_WAY_LEAD;
    if ((who & LIFE_WAY_NAMED) != 0 && is_named_leader(j))
        ways |= LIFE_WAY_NAMED;
    if ((who & LIFE_WAY_ADDRESSEE) != 0 && is_addressee(j))
        ways |= LIFE_WAY_ADDRESSEE;
    if (is_low_ruling(j))
        ways |= LIFE_WAY_ANY;
    if (is_late_amend(j))
        ways &= 1u << GRID_ROLE_VILLAGE_SECRETARY | 1u << GRID_ROLE_CLERK |
                1u << GRID_ROLE_DIRECTOR;
    return ways;
}

/* --- scope --- */

enum { PLACES_MAX = 256 };

struct places {
    struct bytes at[PLACES_MAX];
    size_t count;
};

static void places_of(const struct judgement *j, struct places *out)
{
    struct bytes place = j->entry->body.as.place;
    if (place_kind(place) != GRID_PLACE_PARTY_GROUP) {
        out->at[0] = place;
        out->count = 1;
        return;
    }
    out->count =
            roster_group_places(j->world->roster, j->entry->head.rv, place, out->at, PLACES_MAX);
    if (out->count > PLACES_MAX)
        out->count = PLACES_MAX;
}

static bool any_over(const struct places *places, struct bytes anchor)
{
    if (anchor.size == 0)
        return false;
    for (size_t i = 0; i < places->count; i++)
        if (stands_over(places->at[i], anchor))
            return true;
    return false;
}

/* Unit, holder, lead and assists that this entry writes are anchors. */
static bool covers_by(const struct places *places, const struct fold_entry *ground)
{
    if (any_over(places, entry_set_text(ground, GRID_REGISTER_UNIT)) ||
            any_over(places, entry_set_text(ground, GRID_REGISTER_HOLDER)))
        return true;
    struct lead_value lead;
    struct bytes value = case_body_set(&ground->body, GRID_REGISTER_LEAD);
    if (value.size == 0 || !value_lead(value, &lead))
        return false;
    bool over = any_over(places, lead.lead);
    for (size_t i = 0; i < lead.assist_count && !over; i++)
        over = any_over(places, lead.assists[i]);
    return over;
}

/* The matter lies at a unit above one of the places: they may read it. */
static bool lies_below(const struct places *places, const struct fold_entry *ground)
{
    struct bytes unit = entry_set_text(ground, GRID_REGISTER_UNIT);
    for (size_t i = 0; i < places->count && unit.size > 0; i++)
        if (place_covers(unit, places->at[i]))
            return true;
    return false;
}

typedef bool ground_fn(const struct places *places, const struct fold_entry *ground);

/* Whether it holds for the create or for one valid entry of the basis. */
static bool any_ground(const struct judgement *j, const struct places *places, ground_fn *holds)
{
    if (holds(places, j->create))
        return true;
    size_t index = 0;
    for (const struct fold_held *ground = seen_ground(j, &index); ground != NULL;
            ground = seen_ground(j, &index))
        if (holds(places, &ground->entry))
            return true;
    return false;
}

static bool in_reach(const struct judgement *j, const struct places *places)
{
    const uint32_t near = 1u << GRID_ROLE_HEAD | 1u << GRID_ROLE_GRID_WORKER |
                          1u << GRID_ROLE_GRID_CHIEF | 1u << GRID_ROLE_GROUP_LEADER;
    if (entry_same_person(j->create, j->entry))
        return true;
    return has_bit(near, j->entry->body.as.role) && any_ground(j, places, lies_below);
}

/* ★: at least one holder is named, and the place stands over each that is. Worker and chief act
 * for their village here. */
static bool over_holders(struct judgement *j)
{
    const struct grid_as *as = &j->entry->body.as;
    bool for_village = as->role == GRID_ROLE_GRID_WORKER || as->role == GRID_ROLE_GRID_CHIEF;
    struct bytes place = for_village ? place_village(as->place) : as->place;
    struct fold_held *held = seen_live(j, GRID_REGISTER_HOLDER);
    if (held == NULL)
        return false;
    for (; held != NULL; held = held->head)
        if (!stands_over(place, entry_set_text(&held->entry, GRID_REGISTER_HOLDER)))
            return false;
    return true;
}

/* Merge: the create of the other case is in the basis, valid, and the place covers that too. */
static bool covers_other(const struct judgement *j)
{
    struct bytes with = value_text(j->entry->body.args[GRID_ARGUMENT_WITH]);
    struct bytes place = j->entry->body.as.place;
    for (size_t i = 0; i < j->entry->head.basis_count; i++) {
        if (j->basis[i] != NULL && j->basis[i]->held != NULL)
            continue;
        const struct fold_entry *other = other_create(j, &j->entry->head.basis[i]);
        if (other == NULL || !bytes_equal(with, bytes_of(other->entry.leaf, GRID_ID_BYTES)))
            continue;
        return other->verdict == GRID_VALID &&
               stands_over(place, entry_set_text(other, GRID_REGISTER_UNIT)) &&
               stands_over(place, entry_set_text(other, GRID_REGISTER_HOLDER));
    }
    return false;
}

static bool is_in_scope(struct judgement *j)
{
    struct places places;
    bool admitted = (j->ways & (LIFE_WAY_AUTHOR | LIFE_WAY_LEAD | LIFE_WAY_ADDRESSEE)) != 0;
    if (!admitted) {
        places_of(j, &places);
        if (!any_ground(j, &places, covers_by) && !(j->kind->reach && in_reach(j, &places)))
            return false;
        if (j->kind->deciding && !is_low_ruling(j) && !over_holders(j))
            return false;
    }
    return j->entry->head.kind != GRID_KIND_MERGE || covers_other(j);
}

/* --- transition --- */

static bool starts_from_permitted(struct judgement *j)
{
    for (struct fold_held *held = seen_live(j, GRID_REGISTER_STATE); held != NULL;
            held = held->head)
        if (has_bit(j->kind->from, (unsigned)entry_set_uint(&held->entry, GRID_REGISTER_STATE)))
            return true;
    return false;
}

/* --- the create --- */

static enum grid_verdict judge_create(struct judgement *j)
{
    const struct grid_as *as = &j->entry->body.as;
    struct bytes unit = entry_set_text(j->entry, GRID_REGISTER_UNIT);
    struct bytes range = place_unit(as->place);
    bool resolved = j->entry->head.kind == GRID_KIND_CREATE_RESOLVED;
    if (as->role >= 24 || !has_bit(j->kind->who, as->role))
        return GRID_VOID_ROLE;
    if (place_cut(range, GRID_PLACE_TOWNSHIP).size > 0)
        range = place_cut(range, GRID_PLACE_TOWNSHIP);
    if (!place_covers(range, unit) || (resolved && !place_covers(as->place, unit)))
        return GRID_VOID_SCOPE;
    return require_create(j) ? GRID_VALID : GRID_VOID_REQUIREMENT;
}

/* --- the order of the reasons --- */

static enum grid_verdict judge_act(struct judgement *j)
{
    if (!is_ready(j))
        return GRID_PENDING;
    if (j->create->verdict != GRID_VALID)
        return GRID_VOID_TRANSITION;
    j->ways = ways_of(j);
    if (j->ways == 0)
        return GRID_VOID_ROLE;
    if (!is_in_scope(j))
        return GRID_VOID_SCOPE;
    if (!starts_from_permitted(j))
        return GRID_VOID_TRANSITION;
    if (!require_act(j))
        return GRID_VOID_REQUIREMENT;
    if (!require_waits(j))
        return GRID_VALID;
    j->outside = OUTSIDE_ROSTER;
    return GRID_PENDING;
}

enum grid_verdict judge(struct judgement *j)
{
    j->kind = life_kind(j->entry->head.kind);
    assert(j->kind != NULL);
    j->sets = 0;
    for (size_t i = 0; i < j->entry->body.set_count; i++)
        j->sets |= 1u << j->entry->body.sets[i].name;

    enum grid_verdict verdict = judge_author(j);
    if (verdict != GRID_VALID)
        return verdict;
    if (names_own_later(j->entry))
        return GRID_VOID_REQUIREMENT;
    verdict = j->kind->create ? judge_create(j) : judge_act(j);
    /* What was found without the missing name is worth nothing. */
    return j->missing != NULL ? GRID_PENDING : verdict;
}
