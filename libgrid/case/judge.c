#include "libgrid/case/judge.h"

#include <assert.h>
#include <string.h>

/* --- small words --- */

static bool same_person(const struct fold_entry *a, const struct fold_entry *b)
{
    return memcmp(a->body.as.person, b->body.as.person, GRID_ID_BYTES) == 0;
}

static struct bytes set_text(const struct fold_entry *entry, unsigned reg)
{
    return value_text(case_body_set(&entry->body, reg));
}

static uint64_t set_uint(const struct fold_entry *entry, unsigned reg)
{
    return value_uint(case_body_set(&entry->body, reg));
}

static bool has_arg(const struct fold_entry *entry, unsigned argument)
{
    return entry->body.args[argument].size > 0;
}

static bool arg_is(const struct fold_entry *entry, unsigned argument, const char *word)
{
    return bytes_equal(value_text(entry->body.args[argument]), bytes_text(word));
}

static bool bit(uint32_t set, unsigned number)
{
    return (set >> number & 1) != 0;
}

/* The village of a place within one; the place itself when it lies higher. */
static struct bytes village_of(struct bytes place)
{
    struct bytes village = place_cut(place, GRID_PLACE_VILLAGE);
    return village.size > 0 ? village : place;
}

/* `place` is `anchor`, or stands above it; a department stands within its unit. */
static bool stands_over(struct bytes place, struct bytes anchor)
{
    return bytes_equal(place, anchor) || place_covers(place, place_unit(anchor));
}

/* --- what the author saw (DOMAIN 7, from-state) --- */

/* Where a walk stands: entries still to be passed through, threaded by `walk`. */
struct walk {
    struct judgement *judgement;
    unsigned reg;
    uint64_t number;
    struct fold_held *todo;
    struct fold_held *heads; /* threaded by `head` */
    size_t head_count;
};

static struct walk walk_begin(struct judgement *j, unsigned reg)
{
    return (struct walk){.judgement = j, .reg = reg, .number = ++j->fold->walk};
}

static void walk_push(struct walk *walk, struct fold_held *held)
{
    held->walk = walk->todo;
    walk->todo = held;
}

static struct fold_held *walk_pop(struct walk *walk)
{
    struct fold_held *held = walk->todo;
    if (held != NULL)
        walk->todo = held->walk;
    return held;
}

/* The writer of the register by this name, met for the first time; NULL when there is none. Only
 * names in a basis are walked, and one that is not decided stops the judgement: so it rests on
 * decided entries alone, and no later arrival can turn it. */
static struct fold_held *walk_meet(struct walk *walk, struct fold_name *name)
{
    struct fold_held *held = name->held;
    if (held != NULL && verdict_decided(held->entry.verdict)) {
        if (!held_writes(held, walk->reg) || held->walked == walk->number)
            return NULL;
        held->walked = walk->number;
        return held;
    }
    if (held != NULL && held->entry.verdict == GRID_PENDING && !held_writes(held, walk->reg))
        return NULL;
    if (walk->judgement->missing == NULL)
        walk->judgement->missing = name;
    return NULL;
}

/* What others did on the ground of an entry that was cut later stands. */
static bool counts_as_seen(const struct judgement *j, const struct fold_held *held)
{
    const struct fold_entry *entry = &held->entry;
    if (entry->verdict == GRID_VALID)
        return true;
    return entry->verdict == GRID_VOID_AUTHOR &&
           entry->entry.seq >
                   roster_cut_position(j->world->roster, entry->entry.author, entry->entry.lane);
}

static void walk_consider(struct walk *walk, struct fold_name *name)
{
    struct fold_held *held = walk_meet(walk, name);
    if (held == NULL)
        return;
    if (counts_as_seen(walk->judgement, held)) {
        held->head = walk->heads;
        walk->heads = held;
        walk->head_count++;
    } else {
        walk_push(walk, held); /* void writes are looked through */
    }
}

/* Meets every writer of the register beneath what is on `todo`. */
static void walk_down(struct walk *walk)
{
    for (struct fold_held *held = walk_pop(walk); held != NULL; held = walk_pop(walk))
        for (size_t i = 0; i < held->entry.head.basis_count; i++) {
            struct fold_held *below = walk_meet(walk, held->names[i]);
            if (below != NULL)
                walk_push(walk, below);
        }
}

/* Leaves only the heads that no other head replaces. */
static void drop_replaced(struct walk *walk)
{
    struct walk beneath = walk_begin(walk->judgement, walk->reg);
    for (struct fold_held *head = walk->heads; head != NULL; head = head->head) {
        if (head->walked == beneath.number)
            continue; /* met from another, and so is all beneath it */
        walk_push(&beneath, head);
        walk_down(&beneath);
    }
    struct fold_held **link = &walk->heads;
    while (*link != NULL) {
        if ((*link)->walked == beneath.number)
            *link = (*link)->head;
        else
            link = &(*link)->head;
    }
}

/* The writers of `reg` that the author saw live: those it names, void ones looked through, without
 * those that another of them replaces. Threaded by `head`, until the next call. */
static struct fold_held *seen_live(struct judgement *j, unsigned reg)
{
    struct walk walk = walk_begin(j, reg);
    for (size_t i = 0; i < j->entry->head.basis_count; i++)
        if (j->basis[i] != NULL && j->basis[i]->held != NULL)
            walk_consider(&walk, j->basis[i]);
    for (struct fold_held *held = walk_pop(&walk); held != NULL; held = walk_pop(&walk))
        for (size_t i = 0; i < held->entry.head.basis_count; i++)
            walk_consider(&walk, held->names[i]);
    if (walk.head_count > 1)
        drop_replaced(&walk);
    return walk.heads;
}

/* The next valid entry of this case in the basis from *index on, or NULL. */
static const struct fold_held *next_ground(const struct judgement *j, size_t *index)
{
    while (*index < j->entry->head.basis_count) {
        const struct fold_name *name = j->basis[(*index)++];
        if (name != NULL && name->held != NULL && name->held->entry.verdict == GRID_VALID)
            return name->held;
    }
    return NULL;
}

/* --- author (D22, P-11) --- */

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
    if (!roster_holds(roster, rv)) {
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
        if (bytes_equal(set_text(&held->entry, GRID_REGISTER_CASE_LEADER),
                    bytes_of(as->person, GRID_ID_BYTES)))
            return true;
    return false;
}

/* A ruling on registers of low severity alone: any post in cover, whoever holds. */
static bool is_low_ruling(const struct judgement *j)
{
    if (j->entry->head.kind != GRID_KIND_RULING)
        return false;
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
        if (bit(j->sets, reg) && life_severity(reg)[0] != 'l')
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
        if (set_uint(&held->entry, GRID_REGISTER_STATE) < 2)
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
    if ((who & LIFE_WAY_AUTHOR) != 0 && same_person(j->create, j->entry))
        ways |= LIFE_WAY_AUTHOR;
    if ((who & LIFE_WAY_LEAD) != 0 && is_lead(j))
        ways |= LIFE_WAY_LEAD;
    if ((who & LIFE_WAY_NAMED) != 0 && is_named_leader(j))
        ways |= LIFE_WAY_NAMED;
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
    if (any_over(places, set_text(ground, GRID_REGISTER_UNIT)) ||
            any_over(places, set_text(ground, GRID_REGISTER_HOLDER)))
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
    struct bytes unit = set_text(ground, GRID_REGISTER_UNIT);
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
    for (const struct fold_held *ground = next_ground(j, &index); ground != NULL;
            ground = next_ground(j, &index))
        if (holds(places, &ground->entry))
            return true;
    return false;
}

static bool in_reach(const struct judgement *j, const struct places *places)
{
    const uint32_t near = 1u << GRID_ROLE_HEAD | 1u << GRID_ROLE_GRID_WORKER |
                          1u << GRID_ROLE_GRID_CHIEF | 1u << GRID_ROLE_GROUP_LEADER;
    if (same_person(j->create, j->entry))
        return true;
    return bit(near, j->entry->body.as.role) && any_ground(j, places, lies_below);
}

/* ★: at least one holder is named, and the place stands over each that is. Worker and chief act
 * for their village here. */
static bool over_holders(struct judgement *j)
{
    const struct grid_as *as = &j->entry->body.as;
    bool for_village = as->role == GRID_ROLE_GRID_WORKER || as->role == GRID_ROLE_GRID_CHIEF;
    struct bytes place = for_village ? village_of(as->place) : as->place;
    struct fold_held *held = seen_live(j, GRID_REGISTER_HOLDER);
    if (held == NULL)
        return false;
    for (; held != NULL; held = held->head)
        if (!stands_over(place, set_text(&held->entry, GRID_REGISTER_HOLDER)))
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
               stands_over(place, set_text(other, GRID_REGISTER_UNIT)) &&
               stands_over(place, set_text(other, GRID_REGISTER_HOLDER));
    }
    return false;
}

static bool is_in_scope(struct judgement *j)
{
    struct places places;
    bool admitted = (j->ways & (LIFE_WAY_AUTHOR | LIFE_WAY_LEAD)) != 0;
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
        if (bit(j->kind->from, (unsigned)set_uint(&held->entry, GRID_REGISTER_STATE)))
            return true;
    return false;
}

/* --- requirement: what every kind owes --- */

static bool writes_own_registers(const struct judgement *j)
{
    const uint32_t state = 1u << GRID_REGISTER_STATE;
    const struct life_kind *kind = j->kind;
    if ((j->sets & ~(state | kind->must | kind->may)) != 0 || (j->sets & kind->must) != kind->must)
        return false;
    if ((j->sets & state) == 0)
        return kind->to == 0;
    return kind->to != 0 && set_uint(j->entry, GRID_REGISTER_STATE) == kind->to;
}

static bool writes_own_collections(const struct judgement *j)
{
    for (size_t i = 0; i < j->entry->body.add_count; i++)
        if (!bit(j->kind->adds, j->entry->body.adds[i].name))
            return false;
    for (size_t i = 0; i < j->entry->body.removal_count; i++)
        if (!bit(j->kind->takes, j->entry->body.removals[i].collection))
            return false;
    return true;
}

static bool has_own_arguments(const struct judgement *j)
{
    for (unsigned argument = 1; argument < GRID_ARGUMENT_END; argument++)
        if (bit(j->kind->args, argument) && !has_arg(j->entry, argument))
            return false;
    if (j->kind->reasons == NULL)
        return true;
    for (const char *const *word = j->kind->reasons; *word != NULL; word++)
        if (arg_is(j->entry, GRID_ARGUMENT_REASON, *word))
            return true;
    return false;
}

/* A matter happens at a village, a grid or a micro-grid. */
static bool unit_is_a_place_of_matters(const struct judgement *j)
{
    if (!bit(j->sets, GRID_REGISTER_UNIT))
        return true;
    enum grid_place_kind kind = place_kind(set_text(j->entry, GRID_REGISTER_UNIT));
    return kind == GRID_PLACE_VILLAGE || kind == GRID_PLACE_GRID || kind == GRID_PLACE_MICRO_GRID;
}

static bool gives_its_due(const struct judgement *j)
{
    return writes_own_collections(j) && has_own_arguments(j) && unit_is_a_place_of_matters(j) &&
           (!j->kind->deciding || j->entry->body.has_seen);
}

/* --- requirement: what some kinds owe --- */

static bool accept_fits(struct judgement *j)
{
    const struct grid_as *as = &j->entry->body.as;
    bool refined = bit(j->sets, GRID_REGISTER_CATEGORY) &&
                   set_uint(j->entry, GRID_REGISTER_CATEGORY) != GRID_CATEGORY_UNCLASSIFIED;
    for (struct fold_held *held = seen_live(j, GRID_REGISTER_CATEGORY); held != NULL && !refined;
            held = held->head)
        refined = set_uint(&held->entry, GRID_REGISTER_CATEGORY) != GRID_CATEGORY_UNCLASSIFIED;
    struct bytes own = as->role == GRID_ROLE_GRID_CHIEF ? village_of(as->place) : as->place;
    return refined && bytes_equal(set_text(j->entry, GRID_REGISTER_HOLDER), own);
}

/* The office above the highest holder named, which must have someone to decide. */
static bool escalate_fits(struct judgement *j)
{
    struct bytes highest = {0};
    for (struct fold_held *held = seen_live(j, GRID_REGISTER_HOLDER); held != NULL;
            held = held->head) {
        struct bytes holder = set_text(&held->entry, GRID_REGISTER_HOLDER);
        if (highest.size == 0 || holder.size < highest.size ||
                (holder.size == highest.size && bytes_compare(holder, highest) < 0))
            highest = holder;
    }
    struct bytes office = place_parent(highest);
    return bytes_equal(set_text(j->entry, GRID_REGISTER_HOLDER), office) &&
           roster_office_staffed(j->world->roster, j->entry->head.rv, office);
}

static bool was_extended(struct judgement *j)
{
    struct fold_held *heads = seen_live(j, GRID_REGISTER_DUE);
    struct walk walk = walk_begin(j, GRID_REGISTER_DUE);
    for (struct fold_held *held = heads; held != NULL; held = held->head) {
        held->walked = walk.number;
        walk_push(&walk, held);
    }
    for (struct fold_held *held = walk_pop(&walk); held != NULL; held = walk_pop(&walk)) {
        uint32_t kind = held->entry.head.kind;
        if (kind == GRID_KIND_EXTEND && held->entry.verdict == GRID_VALID)
            return true;
        if (kind == GRID_KIND_ACCEPT || kind == GRID_KIND_REOPEN)
            continue;
        for (size_t i = 0; i < held->entry.head.basis_count; i++) {
            struct fold_held *below = walk_meet(&walk, held->names[i]);
            if (below != NULL)
                walk_push(&walk, below);
        }
    }
    return false;
}

/* A second extension since the last accept or reopen is the director's, with a reason. */
static bool extend_fits(struct judgement *j)
{
    if (j->entry->body.as.role == GRID_ROLE_DIRECTOR && has_arg(j->entry, GRID_ARGUMENT_REASON))
        return true;
    return !was_extended(j);
}

static void resolve_found(struct fold_held **found, struct fold_held *held, uint64_t number)
{
    if (held->resolved == number)
        return;
    held->resolved = number;
    held->resolve = *found;
    *found = held;
}

/* The resolves that the author saw: live ones, or those beneath a ruling that chose `resolved`.
 * Threaded by `resolve`; *number marks them in `resolved`. */
static struct fold_held *resolves_seen(struct judgement *j, uint64_t *number)
{
    struct fold_held *found = NULL;
    struct fold_held *heads = seen_live(j, GRID_REGISTER_STATE);
    struct walk walk = walk_begin(j, GRID_REGISTER_STATE);
    *number = walk.number;
    for (struct fold_held *head = heads; head != NULL; head = head->head) {
        if (set_uint(&head->entry, GRID_REGISTER_STATE) != GRID_STATE_RESOLVED)
            continue;
        if (life_is_resolve(head->entry.head.kind)) {
            resolve_found(&found, head, *number);
            continue;
        }
        walk_push(&walk, head);
        for (struct fold_held *held = walk_pop(&walk); held != NULL; held = walk_pop(&walk))
            for (size_t i = 0; i < held->entry.head.basis_count; i++) {
                struct fold_held *below = walk_meet(&walk, held->names[i]);
                if (below == NULL)
                    continue;
                if (life_is_resolve(below->entry.head.kind) && below->entry.verdict == GRID_VALID)
                    resolve_found(&found, below, *number);
                walk_push(&walk, below);
            }
    }
    return found;
}

/* `ground` names one of the resolves marked `number`. */
static bool answers(const struct fold_held *ground, uint64_t number)
{
    for (size_t i = 0; i < ground->entry.head.basis_count; i++) {
        const struct fold_name *name = ground->names[i];
        if (name->held != NULL && name->held->resolved == number)
            return true;
    }
    return false;
}

static bool close_is_grounded(
        const struct judgement *j, const struct fold_held *resolves, uint64_t number)
{
    if (arg_is(j->entry, GRID_ARGUMENT_REASON, "self_checked")) {
        for (const struct fold_held *held = resolves; held != NULL; held = held->resolve)
            if (held->entry.head.kind != GRID_KIND_CREATE_RESOLVED)
                return false;
        return true;
    }
    unsigned follow_ups = 0;
    bool reached = false;
    bool answered = !value_bool(j->create->body.args[GRID_ARGUMENT_APPLICANT]);
    size_t index = 0;
    for (const struct fold_held *ground = next_ground(j, &index); ground != NULL;
            ground = next_ground(j, &index)) {
        uint32_t kind = ground->entry.head.kind;
        if ((kind != GRID_KIND_FOLLOW_UP && kind != GRID_KIND_FEEDBACK) || !answers(ground, number))
            continue;
        if (kind == GRID_KIND_FEEDBACK)
            answered = true;
        else
            follow_ups++;
        reached = reached || (kind == GRID_KIND_FOLLOW_UP &&
                                     value_bool(ground->entry.body.args[GRID_ARGUMENT_REACHED]));
    }
    return answered && (reached || follow_ups >= 3);
}

/* follow_up, feedback and close answer a resolve; the first and the last not one's own. */
static bool answer_fits(struct judgement *j)
{
    uint64_t number = 0;
    uint32_t kind = j->entry->head.kind;
    struct fold_held *resolves = resolves_seen(j, &number);
    if (resolves == NULL)
        return false;
    for (struct fold_held *held = resolves; held != NULL; held = held->resolve)
        if (kind != GRID_KIND_FEEDBACK && same_person(&held->entry, j->entry))
            return false;
    return kind != GRID_KIND_CLOSE || close_is_grounded(j, resolves, number);
}

static bool outcome_method(const struct fold_entry *entry, struct outcome_value *out)
{
    struct bytes value = case_body_set(&entry->body, GRID_REGISTER_OUTCOME);
    return value.size > 0 && value_outcome(value, out);
}

/* Mediation before litigation: a discussion or a mediation in the basis, or a reason. */
static bool resolve_fits(const struct judgement *j)
{
    enum { MEDIATION_FIRST = 3, MEDIATION_LAST = 5, LITIGATION = 10 };
    struct outcome_value outcome;
    if (!outcome_method(j->entry, &outcome) || outcome.method != LITIGATION ||
            has_arg(j->entry, GRID_ARGUMENT_REASON))
        return true;
    size_t index = 0;
    for (const struct fold_held *ground = next_ground(j, &index); ground != NULL;
            ground = next_ground(j, &index)) {
        if (ground->entry.head.kind == GRID_KIND_DISCUSS)
            return true;
        if (outcome_method(&ground->entry, &outcome) && outcome.method >= MEDIATION_FIRST &&
                outcome.method <= MEDIATION_LAST)
            return true;
    }
    return false;
}

static bool reply_fits(const struct judgement *j)
{
    size_t index = 0;
    for (const struct fold_held *ground = next_ground(j, &index); ground != NULL;
            ground = next_ground(j, &index))
        if (ground->entry.head.kind == GRID_KIND_DOCUMENT)
            return true;
    return false;
}

/* One link, to the case it says, and not to itself. */
static bool merge_fits(const struct judgement *j)
{
    const struct case_body *body = &j->entry->body;
    struct bytes with = body->args[GRID_ARGUMENT_WITH];
    return body->add_count == 1 && bytes_equal(body->adds[0].value, with) &&
           !bytes_equal(value_text(with), bytes_of(j->fold->case_id, GRID_ID_BYTES));
}

static bool lead_is(const struct judgement *j, bool cleared)
{
    struct lead_value lead;
    return value_lead(case_body_set(&j->entry->body, GRID_REGISTER_LEAD), &lead) &&
           (lead.lead.size == 0) == cleared;
}

/* A ruling names a valid write of each register it settles; state and holder it can but choose. */
static bool ruling_names(struct judgement *j, unsigned reg)
{
    const uint32_t gate = 1u << GRID_REGISTER_STATE | 1u << GRID_REGISTER_HOLDER |
                          1u << GRID_REGISTER_LEAD | 1u << GRID_REGISTER_DUE |
                          1u << GRID_REGISTER_CATEGORY;
    if (!bit(gate, reg)) {
        size_t index = 0;
        const struct fold_held *ground = next_ground(j, &index);
        while (ground != NULL && !held_writes(ground, reg))
            ground = next_ground(j, &index);
        return ground != NULL;
    }
    bool chooses = reg == GRID_REGISTER_STATE || reg == GRID_REGISTER_HOLDER;
    struct bytes value = case_body_set(&j->entry->body, reg);
    for (struct fold_held *held = seen_live(j, reg); held != NULL; held = held->head)
        if (!chooses || bytes_equal(case_body_set(&held->entry.body, reg), value))
            return true;
    return false;
}

static bool ruling_fits(struct judgement *j)
{
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
        if (bit(j->sets, reg) && !ruling_names(j, reg))
            return false;
    return j->sets != 0;
}

static bool meets_requirements(struct judgement *j)
{
    uint32_t kind = j->entry->head.kind;
    if (!gives_its_due(j))
        return false;
    if (kind == GRID_KIND_RULING)
        return ruling_fits(j);
    if (!writes_own_registers(j))
        return false;
    if (kind == GRID_KIND_ACCEPT)
        return accept_fits(j);
    if (kind == GRID_KIND_ASSIGN || kind == GRID_KIND_RETURN)
        return lead_is(j, kind == GRID_KIND_RETURN);
    if (kind == GRID_KIND_ESCALATE)
        return escalate_fits(j);
    if (kind == GRID_KIND_EXTEND)
        return extend_fits(j);
    if (kind == GRID_KIND_RESOLVE)
        return resolve_fits(j);
    if (kind == GRID_KIND_FOLLOW_UP || kind == GRID_KIND_FEEDBACK || kind == GRID_KIND_CLOSE)
        return answer_fits(j);
    if (kind == GRID_KIND_REPLY)
        return reply_fits(j);
    if (kind == GRID_KIND_MERGE)
        return merge_fits(j);
    return true;
}

/* --- the create --- */

static bool has_weighty_tag(const struct fold_entry *entry)
{
    for (size_t i = 0; i < entry->body.add_count; i++) {
        struct bytes tag = value_text(entry->body.adds[i].value);
        if (entry->body.adds[i].name == GRID_COLLECTION_TAGS &&
                (bytes_equal(tag, bytes_text("mining")) || bytes_equal(tag, bytes_text("group"))))
            return true;
    }
    return false;
}

/* The township for what is urgent or weighty, or comes from an office; else the village. */
static struct bytes first_holder(const struct fold_entry *entry)
{
    const uint32_t offices = 1u << GRID_ROLE_CLERK | 1u << GRID_ROLE_DIRECTOR |
                             1u << GRID_ROLE_NODE | 1u << GRID_ROLE_OFFICER;
    struct bytes unit = set_text(entry, GRID_REGISTER_UNIT);
    bool township = set_uint(entry, GRID_REGISTER_URGENCY) <= 2 || has_weighty_tag(entry) ||
                    bit(offices, entry->body.as.role);
    return place_cut(unit, township ? GRID_PLACE_TOWNSHIP : GRID_PLACE_VILLAGE);
}

/* What is finished on the spot is small, harmless and quarrels over nothing weighty. */
static bool may_be_self_resolved(const struct fold_entry *entry)
{
    uint64_t category = set_uint(entry, GRID_REGISTER_CATEGORY);
    bool dispute = category / 100 == 1;
    return set_uint(entry, GRID_REGISTER_URGENCY) >= 3 && !life_never_self_resolved(category) &&
           !(dispute && has_weighty_tag(entry));
}

static enum grid_verdict judge_create(struct judgement *j)
{
    const struct grid_as *as = &j->entry->body.as;
    struct bytes unit = set_text(j->entry, GRID_REGISTER_UNIT);
    struct bytes range = place_unit(as->place);
    bool resolved = j->entry->head.kind == GRID_KIND_CREATE_RESOLVED;
    if (as->role >= 24 || !bit(j->kind->who, as->role))
        return GRID_VOID_ROLE;
    if (place_cut(range, GRID_PLACE_TOWNSHIP).size > 0)
        range = place_cut(range, GRID_PLACE_TOWNSHIP);
    if (!place_covers(range, unit) || (resolved && !place_covers(as->place, unit)))
        return GRID_VOID_SCOPE;
    if (!gives_its_due(j) || !writes_own_registers(j) ||
            !bytes_equal(set_text(j->entry, GRID_REGISTER_HOLDER), first_holder(j->entry)) ||
            (resolved && !may_be_self_resolved(j->entry)))
        return GRID_VOID_REQUIREMENT;
    return GRID_VALID;
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
    return meets_requirements(j) ? GRID_VALID : GRID_VOID_REQUIREMENT;
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
