/* What a person takes over from quarantine (D15, D16, P-142, P-143). An ADOPT holds the bytes of an
 * entry; that entry is folded under its own name as if the adopter had written it. However often it
 * is adopted it counts once. */
#include "libgrid/case/judge.h"

#include <string.h>

/* --- reading --- */

struct fold_adoption *adoption_read(struct fold *fold, struct fold_held *held, bool *no_memory)
{
    struct fold_entry *entry = &held->entry;
    struct adopt_body body;
    bool newer = false;
    *no_memory = false;
    if (!entry->head.has_case ||
            body_read_adopt(entry->entry.body, &body, &newer, NULL) != GRID_OK || newer)
        return NULL;
    struct fold_adoption *adoption = arena_alloc(&fold->arena, sizeof(*adoption));
    *no_memory = adoption == NULL;
    if (adoption == NULL)
        return NULL;
    adoption->original = (struct entry){
            .lane = body.lane, .seq = body.seq, .header = body.header, .body = body.body};
    memcpy(adoption->original.author, body.author, sizeof(body.author));
    entry->body = (struct case_body){.as = body.as};
    adoption->reason = body.reason;
    return adoption;
}

/* The bytes are an act of this case, in the form in which it would have come by itself. */
static bool original_fits(struct fold *fold, struct entry *original)
{
    struct entry_header head;
    if (entry_check(original, NULL) != GRID_OK || entry_leaf(original) != GRID_OK ||
            entry_read_header(original, &fold->arena, &head, NULL) != GRID_OK ||
            life_kind(head.kind) == NULL)
        return false;
    const uint8_t *id = head.has_case ? head.case_id : original->leaf;
    return memcmp(id, fold->case_id, GRID_ID_BYTES) == 0;
}

static bool comes_before(const struct fold_held *a, const struct fold_held *b)
{
    if (a->entry.head.hlc != b->entry.head.hlc)
        return a->entry.head.hlc < b->entry.head.hlc;
    return memcmp(a->entry.entry.leaf, b->entry.entry.leaf, GRID_HASH_BYTES) < 0;
}

enum grid_status adoption_link(struct fold *fold, struct fold_held *held)
{
    struct fold_adoption *adoption = held->adoption;
    struct fold_held *adopted = NULL;
    if (!original_fits(fold, &adoption->original))
        return GRID_OK;
    struct dot dot = entry_dot(&adoption->original);
    const struct fold_name *name = fold_name_find(fold, &dot);
    enum grid_status status = GRID_OK;
    if (name != NULL && name->held != NULL)
        adopted = name->held;
    else
        status = fold_take(fold, &adoption->original, held->entry.received_ms, GRID_PENDING, true,
                &adopted, NULL);
    if (status != GRID_OK)
        return status;
    if (adopted->entry.verdict == GRID_OPAQUE ||
            memcmp(adopted->entry.entry.leaf, adoption->original.leaf, GRID_HASH_BYTES) != 0)
        return GRID_OK;
    struct fold_entry *twin = &adoption->twin;
    struct case_body cited;
    bool newer = false;
    status = body_read_case(adoption->original.body, &fold->arena, &cited, &newer, NULL);
    if (status != GRID_OK)
        return status; /* it was read before: memory alone can end */
    *twin = adopted->entry;
    twin->cited_role = cited.as.role;
    twin->body.as = held->entry.body.as;
    twin->head.rv = held->entry.head.rv;
    memcpy(twin->entry.author, held->entry.entry.author, GRID_ID_BYTES);
    twin->entry.lane = held->entry.entry.lane;
    twin->entry.seq = held->entry.entry.seq;
    adoption->adopted = adopted;
    struct fold_held **at = &adopted->adopts;
    while (*at != NULL && comes_before(*at, held))
        at = &(*at)->adoption->next;
    adoption->next = *at;
    *at = held;
    return GRID_OK;
}

/* --- judging --- */

/* It counts by itself: nobody has to take it over. */
static bool stands(const struct fold_world *world, const struct fold_held *held)
{
    const struct entry *entry = &held->entry.entry;
    return !held->entry.aside &&
           entry->seq <= roster_cut_position(world->roster, entry->author, entry->lane);
}

static enum grid_verdict judge_as(struct fold *fold, const struct fold_world *world,
        const struct fold_held *held, const struct fold_entry *as, struct judgement *judgement)
{
    *judgement =
            (struct judgement){.fold = fold, .world = world, .entry = as, .basis = held->names};
    return judge(judgement);
}

enum grid_verdict fold_judge_held(struct fold *fold, const struct fold_world *world,
        struct fold_held *held, struct judgement *judgement)
{
    bool by_itself = held->adopts == NULL || stands(world, held);
    enum grid_verdict verdict = GRID_VOID_AUTHOR;
    if (by_itself)
        verdict = judge_as(fold, world, held, &held->entry, judgement);
    for (struct fold_held *at = held->adopts; at != NULL && verdict != GRID_PENDING;
            at = at->adoption->next) {
        struct fold_adoption *adoption = at->adoption;
        adoption->found = at->entry.verdict;
        if (adoption->found == GRID_PENDING)
            adoption->found = by_itself ? GRID_VOID_REQUIREMENT
                                        : judge_as(fold, world, held, &adoption->twin, judgement);
        if (adoption->found == GRID_PENDING)
            return GRID_PENDING; /* which of them is the first to count is not known yet */
        if (!by_itself && adoption->found == GRID_VALID)
            verdict = GRID_VALID;
    }
    return verdict;
}

void adoption_choose(struct fold_held *held)
{
    struct fold_held *at = held->adopts;
    while (at != NULL && at->entry.verdict != GRID_VALID)
        at = at->adoption->next;
    if (at == NULL || held->entry.adopter == &at->entry)
        return;
    held->entry.adopter = &at->entry;
    held->entry.body.as = at->entry.body.as;
    held->entry.head.rv = at->entry.head.rv;
}

enum grid_status adoption_conclude(
        struct fold *fold, struct fold_held *held, fold_judged_fn *judged, void *context)
{
    enum grid_status status = GRID_OK;
    for (struct fold_held *at = held->adopts; at != NULL && status == GRID_OK;
            at = at->adoption->next) {
        if (at->entry.verdict != GRID_PENDING)
            continue;
        fold_verdict_set(fold, at, at->adoption->found);
        if (judged != NULL)
            status = judged(context, &at->entry);
    }
    adoption_choose(held);
    return status;
}
