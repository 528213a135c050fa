#include "libgrid/case/seen.h"

#include <assert.h>

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
        held->headed = walk->number;
        walk->heads = held;
        walk->head_count++;
    } else {
        walk_push(walk, held); /* void writes are looked through */
    }
}

/* Meets the writers of the register beneath `head`, until all other heads are among them. */
static void walk_beneath(struct walk *walk, struct fold_held *head, const struct walk *heads)
{
    walk_push(walk, head);
    for (struct fold_held *held = walk_pop(walk); held != NULL; held = walk_pop(walk))
        for (size_t i = 0; i < held->entry.head.basis_count; i++) {
            struct fold_held *below = walk_meet(walk, held->names[i]);
            if (below == NULL)
                continue;
            if (below->headed == heads->number && ++walk->head_count + 1 == heads->head_count)
                return;
            walk_push(walk, below);
        }
}

/* Leaves only the heads that no other head replaces. When but one is left that was not met beneath
 * another, it is the one: names form no ring. */
static void drop_replaced(struct walk *walk)
{
    struct walk beneath = walk_begin(walk->judgement, walk->reg);
    for (struct fold_held *head = walk->heads; head != NULL; head = head->head) {
        if (beneath.head_count + 1 == walk->head_count)
            break;
        /* One met already was walked through from there. */
        if (head->walked != beneath.number)
            walk_beneath(&beneath, head, walk);
    }
    struct fold_held **link = &walk->heads;
    while (*link != NULL) {
        if ((*link)->walked == beneath.number)
            *link = (*link)->head;
        else
            link = &(*link)->head;
    }
}

struct fold_held *seen_live(struct judgement *j, unsigned reg)
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

const struct fold_held *seen_ground(const struct judgement *j, size_t *index)
{
    while (*index < j->entry->head.basis_count) {
        const struct fold_name *name = j->basis[(*index)++];
        if (name != NULL && name->held != NULL && name->held->entry.verdict == GRID_VALID)
            return name->held;
    }
    return NULL;
}

bool seen_extension(struct judgement *j)
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

static void resolve_found(struct fold_held **found, struct fold_held *held, uint64_t number)
{
    if (held->resolved == number)
        return;
    held->resolved = number;
    held->resolve = *found;
    *found = held;
}

struct fold_held *seen_resolves(struct judgement *j, uint64_t *number)
{
    struct fold_held *found = NULL;
    struct fold_held *heads = seen_live(j, GRID_REGISTER_STATE);
    struct walk walk = walk_begin(j, GRID_REGISTER_STATE);
    *number = walk.number;
    for (struct fold_held *head = heads; head != NULL; head = head->head) {
        if (entry_set_uint(&head->entry, GRID_REGISTER_STATE) != GRID_STATE_RESOLVED)
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

size_t fold_resolves(struct fold *fold, const struct fold_world *world, struct dot *basis,
        size_t basis_count, const struct fold_entry *out[], size_t max)
{
    struct fold_name *names[GRID_REFS_MAX];
    const struct fold_entry draft = {.head = {.basis = basis, .basis_count = basis_count}};
    struct judgement judgement = {.fold = fold, .world = world, .entry = &draft, .basis = names};
    uint64_t number = 0;
    size_t count = 0;
    assert(basis_count <= GRID_REFS_MAX);
    for (size_t i = 0; i < basis_count; i++)
        names[i] = fold_name_find(fold, &basis[i]);
    for (struct fold_held *held = seen_resolves(&judgement, &number); held != NULL;
            held = held->resolve) {
        if (count < max)
            out[count] = &held->entry;
        count++;
    }
    return count;
}
