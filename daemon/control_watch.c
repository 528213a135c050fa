/* Those who watch (P-125): each is told what changes as fast as it reads. */
#include "daemon/control_inside.h"

#include "proto/control.h"

enum { CONTROL_WATCH_BYTES = 65536 }; /* changes on their way to one who watches */

void control_watch_begin(struct client *client, uint16_t channel)
{
    client->watching = true;
    client->watch_channel = channel;
    client->watch_place = client->control->changes.next;
}

void control_watch_end(struct client *client)
{
    struct control *control = client->control;
    if (!client->watching)
        return;
    client->watching = false;
    for (const struct client *other = control->clients; other != NULL; other = other->next)
        if (other->watching)
            return;
    changes_close(&control->changes);
    if (control->loop->node != NULL)
        (void)grid_node_watch(control->loop->node, false);
}

void control_watch_tell(struct client *client)
{
    struct bytes record = {0};
    uint64_t missed = 0;
    while (client->watching && !client->closing && !client->ended &&
            control_out_bytes(client) < CONTROL_WATCH_BYTES &&
            changes_take(&client->control->changes, &client->watch_place, &record, &missed)) {
        struct buffer packed = {0};
        if (missed > 0)
            changes_pack_missed(&packed, missed);
        else
            buffer_append(&packed, record.data, record.size);
        if (packed.failed || control_pack_row(&client->out, client->watch_channel, "changes",
                                     buffer_bytes(&packed)) != GRID_OK)
            client->out.failed = true;
        buffer_close(&packed);
    }
}

void control_changed(struct control *control, struct bytes record)
{
    changes_add(&control->changes, record);
}

void control_reopened(struct control *control)
{
    bool watched = false;
    for (const struct client *client = control->clients; client != NULL; client = client->next)
        watched = watched || client->watching;
    if (!watched)
        return;
    struct buffer record = {0};
    changes_pack_missed(&record, 0);
    changes_add(&control->changes, buffer_bytes(&record));
    buffer_close(&record);
    (void)grid_node_watch(control->loop->node, true);
}
