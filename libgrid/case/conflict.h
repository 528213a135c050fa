/* What people see of a fold, computed when asked for and kept until the fold changes: the values of
 * registers with the provisional one, collections, late evidence. */
#ifndef GRID_CASE_CONFLICT_H
#define GRID_CASE_CONFLICT_H

#include "libgrid/case/inside.h"

struct fold_views {
    struct fold_register registers[GRID_REGISTER_END];
    bool has_register[GRID_REGISTER_END];
    struct {
        const struct fold_item *items;
        size_t count;
        bool done;
    } collections[GRID_COLLECTION_END];
    const struct fold_entry *const *late;
    size_t late_count;
    bool has_late;
};

/* Made when there is none; NULL when memory ends. */
struct fold_views *fold_views_of(struct fold *fold);
/* Marks in `taken` what valid removals name. */
void fold_mark_taken(struct fold *fold);

#endif
