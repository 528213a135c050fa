/* The fold straight from the text of D20: judge everything to the least fixed point, then for each
 * register W, named and live by their definitions. Slow and simple; what the incremental form is
 * measured against. */
#include "libgrid/case/judge.h"

static enum grid_status copy_entries(
        const struct fold *fold, struct fold *out, struct grid_error *error)
{
    for (size_t i = 0; i < fold->count; i++) {
        const struct fold_entry *entry = &fold->sorted[i]->entry;
        bool fresh = false;
        if (entry->aside) /* its adoption brings it along */
            continue;
        enum grid_status status =
                fold_add(out, &entry->entry, entry->received_ms, GRID_PENDING, &fresh, error);
        if (status != GRID_OK)
            return status;
    }
    return GRID_OK;
}

/* What is decided stays decided, so it ends. */
static void judge_all(struct fold *fold, const struct fold_world *world)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < fold->count; i++) {
            struct fold_held *held = fold->sorted[i];
            if (held->entry.verdict != GRID_PENDING || held->adoption != NULL)
                continue;
            struct judgement judgement = {0};
            enum grid_verdict verdict = fold_judge_held(fold, world, held, &judgement);
            if (verdict == GRID_PENDING)
                continue;
            (void)adoption_conclude(fold, held, NULL, NULL);
            fold_verdict_set(fold, held, verdict);
            moved = true;
        }
    }
}

/* named: reachable from what a valid writer names, followed only through writers of `reg`. */
static void name_below(struct fold *fold, unsigned reg, struct fold_held *writer)
{
    uint64_t number = ++fold->walk;
    struct fold_held *todo = writer;
    writer->walk = NULL;
    while (todo != NULL) {
        const struct fold_held *held = todo;
        todo = held->walk;
        for (size_t i = 0; i < held->name_count; i++) {
            struct fold_held *below = held->names[i]->held;
            held->names[i]->replaced |= 1u << reg;
            if (below == NULL || !held_writes(below, reg) || below->walked == number)
                continue;
            below->walked = number;
            below->walk = todo;
            todo = below;
        }
    }
}

static enum grid_status find_live(struct fold *fold, unsigned reg)
{
    for (size_t i = 0; i < fold->count; i++)
        if (fold->sorted[i]->entry.verdict == GRID_VALID && held_writes(fold->sorted[i], reg))
            name_below(fold, reg, fold->sorted[i]);
    for (size_t i = 0; i < fold->count; i++) {
        struct fold_held *held = fold->sorted[i];
        if (held->entry.verdict != GRID_VALID || !held_writes(held, reg))
            continue;
        fold->written |= 1u << reg;
        if ((held->name->replaced >> reg & 1) == 0 && !fold_live_insert(fold, reg, held))
            return GRID_NOMEM;
    }
    return GRID_OK;
}

enum grid_status fold_batch(const struct fold *fold, const struct fold_world *world,
        struct fold **out, struct grid_error *error)
{
    struct fold *batch = NULL;
    *out = NULL;
    enum grid_status status = fold_open(&batch, fold->case_id);
    if (status == GRID_OK)
        status = copy_entries(fold, batch, error);
    if (status == GRID_OK)
        judge_all(batch, world);
    for (unsigned reg = 1; reg < GRID_REGISTER_END && status == GRID_OK; reg++)
        status = find_live(batch, reg);
    for (size_t i = 0; status == GRID_OK && i < batch->count; i++)
        if (batch->sorted[i]->entry.verdict == GRID_VALID &&
                batch->sorted[i]->entry.body.removal_count > 0)
            batch->taker_count++;
    if (status != GRID_OK) {
        fold_close(batch);
        return status;
    }
    *out = batch;
    return GRID_OK;
}
