/* What questions and watchers are told alike: of a case, and of the link to the parent. */
#include "libgrid/case/record.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"

#include <string.h>

void ask_pack_wait(
        struct record *record, const char *key, const struct grid_node *node, struct grid_now now)
{
    const struct flow *flow = &node->sync.flow;
    if (!node->sync.has_parent || flow->connected || flow->connecting) {
        record_nil(record, key);
        return;
    }
    int64_t wait_ms = flow->next_attempt_ms - now.mono_ms;
    record_uint(record, key, wait_ms > 0 ? (uint64_t)(wait_ms + 999) / 1000 : 0);
}

void ask_pack_parent(struct record *record, const struct grid_node *node, struct grid_now now)
{
    const struct sync *sync = &node->sync;
    struct record parent = {0};
    const char *state = !sync->has_parent              ? "none"
                        : link_to_parent(sync) != NULL ? "connected"
                                                       : "retrying";
    record_text(&parent, "state", state);
    ask_pack_wait(&parent, "next_attempt_s", node, now);
    const char *obstacle = sync_obstacle(sync, now);
    record_text(&parent, "reason", obstacle[0] != '\0' ? obstacle : NULL);
    if (sync->parent_clock_known)
        record_int(&parent, "clock_ahead_ms", sync->parent_clock_ahead_ms);
    else
        record_nil(&parent, "clock_ahead_ms");
    record_end(&parent, record_member(record, "parent"));
}

void ask_pack_case(struct record *record, struct fold *fold)
{
    const struct fold_entry *create = fold != NULL ? fold_create(fold) : NULL;
    view_case_code(record, create != NULL ? &create->body : NULL);
    struct fold_register read; /* without memory a value in conflict would be shown as none */
    if (fold != NULL && (fold_read(fold, GRID_REGISTER_TITLE, &read) != GRID_OK ||
                                fold_read(fold, GRID_REGISTER_URGENCY, &read) != GRID_OK))
        record->members.failed = true;
    struct bytes title =
            fold != NULL ? value_text(fold_shown(fold, GRID_REGISTER_TITLE)) : bytes_of(NULL, 0);
    struct bytes urgency =
            fold != NULL ? fold_shown(fold, GRID_REGISTER_URGENCY) : bytes_of(NULL, 0);
    if (title.size > 0)
        record_str(record, "title", title);
    else
        record_nil(record, "title");
    view_value(record_member(record, "urgency"), GRID_REGISTER_URGENCY, urgency);
}
