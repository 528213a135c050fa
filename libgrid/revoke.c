/* `revoke SLOT` at a centre (D16): a CUT of the device's identity behind all that is held of it. */
#include "libgrid/case/record.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/heap.h"

#include <stdio.h>
#include <string.h>

/* --- the device --- */

static enum grid_status read_slot(
        const struct grid_request *request, unsigned *slot, struct grid_error *error)
{
    const struct grid_field *field = request_field(request, "slot");
    struct bytes text = field != NULL ? field->value : bytes_of(NULL, 0);
    *slot = 0;
    if (text.size == 0)
        return grid_fail(error, GRID_USAGE, "slot_needed", "%s", "");
    for (size_t i = 0; i < text.size; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';
        if (!digit || text.size > 4)
            return grid_fail(error, GRID_INVALID, "slot_form", "%.*s",
                    (int)(text.size < 40 ? text.size : 40), (const char *)text.data);
        *slot = *slot * 10 + (text.data[i] - '0');
    }
    return GRID_OK;
}

struct search {
    struct bytes unit;
    unsigned slot;
    const struct grid_device *device; /* borrowed from the roster */
};

static bool look_at(void *context, const struct grid_device *device)
{
    struct search *search = context;
    if (device->slot == search->slot && bytes_equal(device->unit, search->unit))
        search->device = device;
    return search->device == NULL;
}

/* A copy: writing may move what the roster holds. */
static enum grid_status find_device(
        struct grid_node *node, unsigned slot, struct grid_device *device, struct grid_error *error)
{
    struct search search = {.unit = bytes_text(node->unit), .slot = slot};
    grid_roster_each_device(node->roster, look_at, &search);
    if (search.device == NULL)
        return grid_fail(error, GRID_NOT_FOUND, "slot_unknown", "%04u", slot);
    *device = *search.device;
    return GRID_OK;
}

/* --- the cut --- */

/* What is held of it counts; what comes from now on does not, nor any stream that is not listed. */
static enum grid_status write_cut(struct grid_node *node, struct grid_now now,
        const uint8_t identity[static GRID_KEY_BYTES], struct grid_error *error)
{
    const struct log *log = &node->log;
    struct cut_body cut = {0};
    struct buffer body = {0};
    cut.positions = grid_alloc_array(log->stream_count + 1, sizeof(*cut.positions));
    if (cut.positions == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    memcpy(cut.identity, identity, sizeof(cut.identity));
    for (size_t i = 0; i < log->stream_count; i++) {
        const struct stream *stream = log->streams[i];
        if (!stream->identified || stream->row.tip_seq == 0 ||
                memcmp(stream->identity, identity, sizeof(stream->identity)) != 0)
            continue;
        struct cut_position *position = &cut.positions[cut.position_count++];
        memcpy(position->author, stream->row.author, sizeof(position->author));
        position->lane = stream->row.lane;
        position->seq = stream->row.tip_seq;
    }
    body_pack_cut(&body, &cut);
    enum grid_status status = body.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                                          : enrol_write(&node->sync, now.wall_ms, GRID_LANE_URGENT,
                                                    GRID_KIND_CUT, buffer_bytes(&body), error);
    buffer_close(&body);
    grid_free(cut.positions);
    return status;
}

static enum grid_status answer(struct grid_node *node, const struct grid_device *device,
        bool already, struct buffer *reply, struct grid_error *error)
{
    struct record record = {0};
    uint64_t held = 0;
    const struct stream *own = node->log.own[GRID_LANE_URGENT];
    for (size_t i = 0; i < node->log.stream_count; i++) {
        const struct stream *stream = node->log.streams[i];
        if (stream->identified &&
                memcmp(stream->identity, device->identity, sizeof(stream->identity)) == 0 &&
                stream->row.tip_seq > 0)
            held += stream->row.tip_seq - 1; /* the first is its INCARNATE */
    }
    uint64_t beyond = cut_count(&node->sync, device->identity);
    record_uint(&record, "slot", device->slot);
    record_str(&record, "name", grid_roster_person_name(node->roster, device->person));
    record_bool(&record, "already", already);
    if (already)
        record_nil(&record, "entry");
    else
        view_entry_name(
                record_member(&record, "entry"), own->row.author, own->row.lane, own->row.tip_seq);
    record_uint(&record, "counted", held > beyond ? held - beyond : 0);
    record_uint(&record, "quarantined", beyond);
    record_end(&record, reply);
    return reply->failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "") : GRID_OK;
}

enum grid_status node_revoke(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error)
{
    unsigned slot = 0;
    struct grid_device device = {0};
    enum grid_status status = node_only_centre(node, error);
    if (status == GRID_OK)
        status = read_slot(request, &slot, error);
    if (status == GRID_OK)
        status = find_device(node, slot, &device, error);
    if (status != GRID_OK)
        return status;
    bool already = roster_identity_cut(node->roster, device.identity);
    if (!already)
        status = write_cut(node, now, device.identity, error);
    if (status == GRID_OK)
        status = answer(node, &device, already, reply, error);
    return node_break(node, status, error);
}
