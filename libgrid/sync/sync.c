#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <string.h>

enum grid_status sync_open(struct sync *sync, struct grid_error *error)
{
    flow_open(&sync->flow, sync->has_parent);
    enum grid_status status = enrol_load(sync, error);
    if (status == GRID_OK)
        status = bucket_open(sync, error);
    return status;
}

void sync_close(struct sync *sync)
{
    while (sync->links != NULL)
        link_down(sync, (struct sync_now){0}, sync->links->number, "closing");
    while (sync->out_first != NULL) {
        struct outgoing *next = sync->out_first->next;
        buffer_close(&sync->out_first->bytes);
        grid_free(sync->out_first);
        sync->out_first = next;
    }
    sync->out_last = NULL;
    crypto_forget(sync->secret, sizeof(sync->secret));
}

/* A centre's own new stream begins with its INCARNATE: children must know who stands behind it. */
static enum grid_status publish_incarnations(struct sync *sync, struct grid_error *error)
{
    struct log *log = sync->log;
    enum grid_status status = GRID_OK;
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT && status == GRID_OK; lane++) {
        struct stream *stream = log->incarnated[lane];
        log->incarnated[lane] = NULL;
        if (stream == NULL)
            continue;
        status = roster_take_author(sync->roster, stream->row.author, log->identity);
        sync->roster_grew = true;
        struct entry entry;
        struct store_entry stored;
        bool found = false;
        if (status == GRID_OK && sync->is_centre)
            status = log_entry(log, STORE_PLACE(stream->row.no, 1), &entry, &stored, &found, error);
        if (status == GRID_OK && found)
            status = bucket_append(sync, stream, &entry, error);
    }
    return status;
}

static enum grid_status flush_cursors(struct sync *sync, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (struct link *link = sync->links; link != NULL; link = link->next) {
        if (!link->cursors_changed)
            continue;
        for (uint8_t lane = 0; lane < GRID_LANE_COUNT && status == GRID_OK; lane++)
            status = store_cursor_put(
                    sync->log->store, link->identity, lane, &link->cursors[lane], error);
        link->cursors_changed = false;
    }
    return status;
}

enum grid_status sync_flush(struct sync *sync, struct grid_error *error)
{
    enum grid_status status = publish_incarnations(sync, error);
    if (status == GRID_OK && sync->roster_grew)
        status = book_judge_waiting(sync->book, error);
    sync->roster_grew = false;
    if (status == GRID_OK)
        status = flush_cursors(sync, error);
    if (status == GRID_OK)
        status = bucket_flush(sync, error);
    return status;
}

enum grid_status sync_committed(struct sync *sync, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (struct link *link = sync->links; link != NULL && status == GRID_OK; link = link->next)
        status = intake_receipt(sync, link, error);
    return status;
}
