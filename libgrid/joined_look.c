/* What a case is in the set that it was joined to, for whoever shows it. */
#include "libgrid/case/joined.h"
#include "libgrid/node.h"

static enum grid_status look_at(
        struct grid_node *node, int64_t no, struct view_member *out, struct grid_error *error)
{
    struct book_shown shown;
    enum grid_status status = book_shown(&node->book, no, &shown, error);
    out->shown = shown.state;
    return status == GRID_OK ? book_fold(&node->book, no, &out->fold, error) : status;
}

/* All but the first, which is the case itself. */
static enum grid_status look_at_others(struct grid_node *node, const struct buffer *members,
        struct arena *arena, struct view_set *out, struct grid_error *error)
{
    const struct store_member *list = (const struct store_member *)(const void *)members->data;
    size_t count = members->size / sizeof(*list);
    enum grid_status status = GRID_OK;
    if (count < 2)
        return GRID_OK;
    struct view_member *others = arena_alloc_array(arena, count, sizeof(*others));
    if (others == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    out->members = others;
    for (size_t i = 1; i < count && status == GRID_OK; i++) {
        struct view_member *member = &others[out->member_count];
        status = look_at(node, list[i].no, member, error);
        out->member_count += member->fold != NULL && fold_create(member->fold) != NULL;
    }
    return status;
}

static enum grid_status look_at_members(struct grid_node *node, int64_t case_no,
        struct arena *arena, struct view_set *out, struct grid_error *error)
{
    struct buffer members = {0};
    enum grid_status status = joined_members(&node->book, case_no, &members, error);
    if (status == GRID_OK)
        status = look_at_others(node, &members, arena, out, error);
    buffer_close(&members);
    return status;
}

enum grid_status node_look_joined(struct grid_node *node, int64_t case_no, bool all,
        struct arena *arena, struct view_set *out, struct grid_error *error)
{
    struct book_shown shown;
    *out = (struct view_set){0};
    enum grid_status status = book_shown(&node->book, case_no, &shown, error);
    out->shown = shown.state;
    if (status == GRID_OK && shown.primary != 0)
        status = look_at(node, shown.primary, &out->primary, error);
    else if (status == GRID_OK && all && node->book.has_links)
        status = look_at_members(node, case_no, arena, out, error);
    return status;
}
