/* Late evidence (DOMAIN 9, P-116): what a decision had not seen, and no later deciding act since.
 */
#include "libgrid/case/conflict.h"

#include <stdlib.h>
#include <string.h>

/* Lists that one question needs; memory of the views. */
struct late_search {
    struct fold *fold;
    size_t log_count;
    uint64_t *covered; /* by log: the last sequence that deciders have seen */
    bool *is_late;     /* by place in canonical order */
    size_t late_count;
};

static int log_order(const void *left, const void *right)
{
    const struct dot *a = entry_position(&(*(struct fold_held *const *)left)->entry);
    const struct dot *b = entry_position(&(*(struct fold_held *const *)right)->entry);
    int order = memcmp(a->author, b->author, sizeof(a->author));
    if (order != 0)
        return order;
    return a->lane < b->lane ? -1 : a->lane > b->lane;
}

/* Numbers the logs of the case, and the places in canonical order. */
static enum grid_status search_begin(struct late_search *search)
{
    struct fold *fold = search->fold;
    struct arena *arena = &fold->views_arena;
    struct fold_held **by_log = arena_alloc_array(arena, fold->count, sizeof(struct fold_held *));
    search->is_late = arena_alloc_array(arena, fold->count, sizeof(bool));
    if (by_log == NULL || search->is_late == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < fold->count; i++) {
        fold->sorted[i]->place = i;
        by_log[i] = fold->sorted[i];
    }
    qsort(by_log, fold->count, sizeof(struct fold_held *), log_order);
    for (size_t i = 0; i < fold->count; i++) {
        if (i > 0 && log_order(&by_log[i - 1], &by_log[i]) != 0)
            search->log_count++;
        by_log[i]->log = search->log_count;
    }
    search->log_count++;
    search->covered = arena_alloc_array(arena, search->log_count, sizeof(uint64_t));
    return search->covered == NULL ? GRID_NOMEM : GRID_OK;
}

/* A dot in `seen` that is not held covers nothing; nor does one that was adopted since. */
static const struct fold_held *seen_at(
        const struct fold *fold, const struct fold_entry *entry, size_t index)
{
    const struct fold_name *name = fold_name_find(fold, &entry->body.seen[index]);
    bool adopted = name != NULL && name->held != NULL && name->held->entry.adopter != NULL;
    return name == NULL || adopted ? NULL : name->held;
}

static bool has_seen(
        const struct fold *fold, const struct fold_entry *entry, const struct fold_held *what)
{
    for (size_t i = 0; i < entry->body.seen_count; i++) {
        const struct fold_held *last = seen_at(fold, entry, i);
        if (last != NULL && last->log == what->log &&
                last->entry.dot.seq >= entry_position(&what->entry)->seq)
            return true;
    }
    return false;
}

static bool names(const struct fold_held *held, const struct fold_held *what)
{
    for (size_t i = 0; i < held->name_count; i++)
        if (held->names[i] == what->name)
            return true;
    return false;
}

/* What the decision itself had seen, and what valid deciding acts have that saw the decision. */
static void cover(struct late_search *search, const struct fold_held *decision)
{
    struct fold *fold = search->fold;
    memset(search->covered, 0, search->log_count * sizeof(uint64_t));
    for (size_t i = 0; i < fold->count; i++) {
        const struct fold_held *held = fold->sorted[i];
        const struct fold_entry *entry = &held->entry;
        const struct life_kind *kind = life_kind(entry->head.kind);
        if (entry->verdict != GRID_VALID || kind == NULL || !kind->deciding ||
                (held != decision && !has_seen(fold, entry, decision)))
            continue;
        for (size_t s = 0; s < entry->body.seen_count; s++) {
            const struct fold_held *last = seen_at(fold, entry, s);
            if (last != NULL && last->entry.dot.seq > search->covered[last->log])
                search->covered[last->log] = last->entry.dot.seq;
        }
    }
}

static void search_beside(struct late_search *search, const struct fold_held *decision)
{
    struct fold *fold = search->fold;
    bool is_over = fold_state(fold) >= GRID_STATE_DECLINED;
    cover(search, decision);
    for (size_t i = 0; i < fold->count; i++) {
        const struct fold_held *held = fold->sorted[i];
        const struct fold_entry *entry = &held->entry;
        if (entry->verdict != GRID_VALID || !life_is_evidence(entry->head.kind) ||
                search->is_late[i] || entry_position(entry)->seq <= search->covered[held->log])
            continue;
        bool own =
                memcmp(entry->body.as.person, decision->entry.body.as.person, GRID_ID_BYTES) == 0;
        if (own || (names(held, decision) && !is_over))
            continue;
        search->is_late[i] = true;
        search->late_count++;
    }
}

static enum grid_status late_build(struct fold *fold, struct fold_views *views)
{
    struct late_search search = {.fold = fold};
    struct fold_held *const *writes = fold_live_writes(fold, GRID_REGISTER_STATE);
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < fold->live[GRID_REGISTER_STATE].count && status == GRID_OK; i++) {
        if (!life_is_decision(writes[i]->entry.head.kind))
            continue;
        if (search.log_count == 0)
            status = search_begin(&search);
        if (status == GRID_OK)
            search_beside(&search, writes[i]);
    }
    if (status != GRID_OK)
        return status;
    const struct fold_entry **late =
            arena_alloc_array(&fold->views_arena, search.late_count, sizeof(*late));
    if (late == NULL)
        return GRID_NOMEM;
    size_t count = 0;
    for (size_t i = 0; i < fold->count && search.late_count > 0; i++)
        if (search.is_late[i])
            late[count++] = &fold->sorted[i]->entry;
    views->late = late;
    views->late_count = count;
    return GRID_OK;
}

static bool has_decision(const struct fold *fold)
{
    struct fold_held *const *writes = fold_live_writes(fold, GRID_REGISTER_STATE);
    for (size_t i = 0; i < fold->live[GRID_REGISTER_STATE].count; i++)
        if (life_is_decision(writes[i]->entry.head.kind))
            return true;
    return false;
}

enum grid_status fold_late_evidence(
        struct fold *fold, const struct fold_entry *const **late, size_t *count)
{
    *late = NULL;
    *count = 0;
    if (!has_decision(fold))
        return GRID_OK;
    struct fold_views *views = fold_views_of(fold);
    if (views == NULL)
        return GRID_NOMEM;
    if (!views->has_late) {
        enum grid_status status = late_build(fold, views);
        if (status != GRID_OK)
            return status;
        views->has_late = true;
    }
    *late = views->late;
    *count = views->late_count;
    return GRID_OK;
}
