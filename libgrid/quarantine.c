/* What is kept here and does not count: entries beyond a CUT (D16), the branch of a log that does
 * not count or is not decided (D15), and logs that do not go on. */
#include "libgrid/node.h"
#include "proto/heap.h"

#include <string.h>

struct walking {
    struct grid_node *node;
    quarantined_fn *each;
    void *context;
    const struct stream *stream; /* whose entries come */
    struct grid_error *error;
};

/* --- taken over --- */

static enum grid_status find_fold(struct grid_node *node, const struct entry *entry,
        struct fold **fold, struct grid_error *error)
{
    struct arena arena;
    struct entry_header header;
    int64_t no = 0;
    *fold = NULL;
    arena_init(&arena, 0);
    enum grid_status status = entry_read_header(entry, &arena, &header, NULL);
    bool readable = status == GRID_OK;
    if (readable)
        status = book_find(&node->book, header.has_case ? header.case_id : entry->leaf, &no, error);
    if (status == GRID_OK && no != 0)
        status = book_fold(&node->book, no, fold, error);
    arena_close(&arena);
    return readable || status == GRID_NOMEM ? status : GRID_OK;
}

enum grid_status quarantine_fold(struct grid_node *node, const struct entry *entry,
        struct fold **fold, const struct fold_entry **folded, struct grid_error *error)
{
    struct dot dot = entry_dot(entry);
    *folded = NULL;
    enum grid_status status = find_fold(node, entry, fold, error);
    if (status == GRID_OK && *fold != NULL)
        *folded = fold_find(*fold, &dot);
    return status;
}

static enum grid_status give(
        const struct walking *walking, struct bytes reason, struct entry *entry)
{
    struct fold *fold = NULL;
    const struct fold_entry *folded = NULL;
    enum grid_status status = GRID_OK;
    struct quarantined one = {.reason = reason, .entry = entry};
    if (entry->header.size > 0)
        status = entry_leaf(entry);
    if (status == GRID_OK && entry->header.size > 0)
        status = quarantine_fold(walking->node, entry, &fold, &folded, walking->error);
    if (folded != NULL && folded->adopter != NULL)
        one.reason = bytes_text("adopted");
    return status == GRID_OK ? walking->each(walking->context, &one) : status;
}

/* --- beyond a cut --- */

static enum grid_status give_stored(void *context, const struct store_entry *stored)
{
    const struct walking *walking = context;
    const struct store_stream *row = &walking->stream->row;
    struct arena arena;
    arena_init(&arena, 0);
    struct entry entry = {.lane = row->lane,
            .seq = (uint64_t)(stored->place - STORE_PLACE(row->no, 0)),
            .header = arena_copy(&arena, stored->header),
            .body = arena_copy(&arena, stored->body)};
    memcpy(entry.author, row->author, sizeof(entry.author));
    enum grid_status status =
            entry.header.data == NULL || entry.body.data == NULL
                    ? grid_fail(walking->error, GRID_NOMEM, "out_of_memory", "%s", "")
                    : give(walking, bytes_text("revoked"), &entry);
    arena_close(&arena);
    return status;
}

static enum grid_status walk_cut(struct walking *walking)
{
    struct grid_node *node = walking->node;
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < node->log.stream_count && status == GRID_OK; i++) {
        const struct store_stream *row = &node->log.streams[i]->row;
        uint64_t position = roster_cut_position(node->roster, row->author, row->lane);
        uint64_t last = position > 1 ? position : 1; /* the first is its INCARNATE */
        walking->stream = node->log.streams[i];
        if (row->tip_seq > last)
            status = store_entry_run(node->store, STORE_PLACE(row->no, last + 1),
                    STORE_PLACE(row->no, row->tip_seq), give_stored, walking, walking->error);
    }
    return status;
}

/* --- branches --- */

/* A branch is kept from before where it parts: what both have counts. */
static enum grid_status counts_here(
        const struct walking *walking, struct entry *entry, bool *counts)
{
    struct log *log = &walking->node->log;
    const struct stream *stream = log_stream(log, entry->author, entry->lane);
    struct entry held;
    struct store_entry stored;
    *counts = false;
    enum grid_status status = entry_leaf(entry);
    if (status == GRID_OK && stream != NULL)
        status = log_entry(log, STORE_PLACE(stream->row.no, entry->seq), &held, &stored, counts,
                walking->error);
    *counts = *counts && memcmp(held.leaf, entry->leaf, sizeof(held.leaf)) == 0;
    return status;
}

static enum grid_status give_evidence(void *context, const struct segment *segment)
{
    const struct walking *walking = context;
    struct bytes rest = segment->entries;
    enum grid_status status = GRID_OK;
    uint64_t parted = roster_fork_first(walking->node->roster, segment->author, segment->lane);
    bool decided = parted != 0 && parted < segment->first_seq + segment->entry_count;
    for (uint32_t i = 0; i < segment->entry_count && status == GRID_OK; i++) {
        struct entry entry = {.lane = segment->lane, .seq = segment->first_seq + i};
        bool counts = false;
        memcpy(entry.author, segment->author, sizeof(entry.author));
        if (entry_take(&rest, &entry, NULL) != GRID_OK)
            return GRID_OK; /* it was whole when it came: gridd check looks at the disk */
        status = counts_here(walking, &entry, &counts);
        if (status == GRID_OK && !counts)
            status = give(walking, bytes_text(decided ? "other_branch" : "fork"), &entry);
    }
    return status;
}

/* --- logs that do not go on --- */

static enum grid_status give_stopped(void *context, const struct stopped *stopped)
{
    const struct walking *walking = context;
    struct entry entry = {.lane = stopped->lane, .seq = stopped->from_seq};
    memcpy(entry.author, stopped->author, sizeof(entry.author));
    if (bytes_equal(stopped->reason, bytes_text("fork")))
        return GRID_OK; /* its evidence stands above */
    return give(walking, stopped->reason, &entry);
}

enum grid_status quarantine_each(
        struct grid_node *node, quarantined_fn *each, void *context, struct grid_error *error)
{
    struct walking walking = {.node = node, .each = each, .context = context, .error = error};
    enum grid_status status = walk_cut(&walking);
    if (status == GRID_OK)
        status = store_evidence_each(node->store, give_evidence, &walking, error);
    if (status == GRID_OK)
        status = store_stopped_each(node->store, STORE_REFUSED_HERE, give_stopped, &walking, error);
    return status;
}

enum grid_status quarantine_unknown(struct bytes dot, struct grid_error *error)
{
    return grid_fail(error, GRID_NOT_FOUND, "quarantine_unknown", "%.*s",
            (int)(dot.size < 80 ? dot.size : 80), (const char *)dot.data);
}
