#include "libgrid/case/naming.h"

#include "libgrid/case/life.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where `dot` stands in the list, or would stand. */
static size_t list_place(const struct dot_list *list, const struct dot *dot)
{
    size_t at = 0;
    while (at < list->count && dot_compare(&list->dots[at], dot) < 0)
        at++;
    return at;
}

static bool list_holds(const struct dot_list *list, const struct dot *dot)
{
    size_t at = list_place(list, dot);
    return at < list->count && dot_equal(&list->dots[at], dot);
}

static void list_drop(struct dot_list *list, const struct dot *dot)
{
    if (!list_holds(list, dot))
        return;
    size_t at = list_place(list, dot);
    list->count--;
    memmove(&list->dots[at], &list->dots[at + 1], (list->count - at) * sizeof(*list->dots));
}

static enum grid_status fail_full(struct grid_error *error)
{
    return grid_fail(error, GRID_LIMIT, "too_many_refs", "%d", GRID_REFS_MAX);
}

static enum grid_status list_insert(
        struct draft *draft, struct dot_list *list, const struct dot *dot, struct grid_error *error)
{
    if (list_holds(list, dot))
        return GRID_OK;
    if (draft->basis.count + draft->refs.count >= GRID_REFS_MAX)
        return fail_full(error);
    size_t at = list_place(list, dot);
    memmove(&list->dots[at + 1], &list->dots[at], (list->count - at) * sizeof(*list->dots));
    list->dots[at] = *dot;
    list->count++;
    return GRID_OK;
}

/* No dot stands in both lists: what is ground is replaced all the same (DOMAIN 7). */
enum grid_status naming_basis(struct draft *draft, const struct dot *dot, struct grid_error *error)
{
    list_drop(&draft->refs, dot);
    return list_insert(draft, &draft->basis, dot, error);
}

static enum grid_status naming_ref(
        struct draft *draft, const struct dot *dot, struct grid_error *error)
{
    if (list_holds(&draft->basis, dot))
        return GRID_OK;
    return list_insert(draft, &draft->refs, dot, error);
}

/* Every live write of the register, or the act would leave one standing that its author saw. */
static enum grid_status name_register(
        struct draft *draft, unsigned reg, bool ground, struct grid_error *error)
{
    struct dot live[GRID_REFS_MAX + 1];
    size_t count = fold_live(draft->context->fold, reg, live, GRID_REFS_MAX + 1);
    if (count > GRID_REFS_MAX)
        return fail_full(error);
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < count && status == GRID_OK; i++)
        status = ground ? naming_basis(draft, &live[i], error) : naming_ref(draft, &live[i], error);
    return status;
}

/* Registers that validity looks at: their named dots always are basis. */
static bool register_is_gate(unsigned reg)
{
    return reg == GRID_REGISTER_STATE || reg == GRID_REGISTER_HOLDER || reg == GRID_REGISTER_LEAD ||
           reg == GRID_REGISTER_DUE || reg == GRID_REGISTER_CATEGORY;
}

static int compare_dots(const void *a, const void *b)
{
    return dot_compare(a, b);
}

static bool same_log(const struct dot *a, const struct dot *b)
{
    return memcmp(a->author, b->author, sizeof(a->author)) == 0 && a->lane == b->lane;
}

/* D21: the latest entry of each log of the case that the author has. */
static enum grid_status name_seen(struct draft *draft, struct grid_error *error)
{
    struct fold *fold = draft->context->fold;
    size_t count = fold_entry_count(fold);
    struct dot *dots = arena_alloc_array(draft->arena, count, sizeof(*dots));
    if (dots == NULL)
        return GRID_NOMEM;
    size_t held = 0;
    for (size_t i = 0; i < count; i++) /* what was adopted stands with its adopter */
        if (fold_entry_at(fold, i)->adopter == NULL && !fold_entry_at(fold, i)->aside)
            dots[held++] = fold_entry_at(fold, i)->dot;
    count = held;
    qsort(dots, count, sizeof(*dots), compare_dots); /* by author, lane, seq */
    size_t logs = 0;
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || !same_log(&dots[i], &dots[i + 1]))
            dots[logs++] = dots[i];
    if (logs > GRID_SEEN_MAX)
        return grid_fail(error, GRID_LIMIT, "too_many_logs", "%d", GRID_SEEN_MAX);
    draft->has_seen = true;
    draft->seen = dots;
    draft->seen_count = logs;
    return GRID_OK;
}

enum grid_status naming_ground(struct draft *draft, unsigned reg, struct grid_error *error)
{
    return name_register(draft, reg, true, error);
}

enum grid_status naming_fill(struct draft *draft, struct grid_error *error)
{
    const struct life_kind *life = life_kind(draft->kind);
    assert(draft->context->fold != NULL && life != NULL);
    enum grid_status status = naming_ground(draft, GRID_REGISTER_STATE, error);
    if (status == GRID_OK && life->deciding)
        status = name_register(draft, GRID_REGISTER_HOLDER, true, error);
    if (status == GRID_OK && (life->who & LIFE_WAY_LEAD) != 0)
        status = name_register(draft, GRID_REGISTER_LEAD, true, error);
    /* A leader's act rests on what named him. */
    if (status == GRID_OK && (life->who & LIFE_WAY_NAMED) != 0 &&
            draft->author->role == GRID_ROLE_LEADER)
        status = name_register(draft, GRID_REGISTER_CASE_LEADER, true, error);
    for (unsigned reg = 1; reg < GRID_REGISTER_END && status == GRID_OK; reg++)
        if (draft->sets[reg].size > 0)
            status = name_register(
                    draft, reg, draft->kind == GRID_KIND_RULING || register_is_gate(reg), error);
    if (status == GRID_OK && life->deciding)
        status = name_seen(draft, error);
    return status;
}
