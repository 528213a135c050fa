/* Enrolment (D24): an invitation's secret binds to the first key that proves it; the same key may
 * prove it again, so that a kill or a lost answer is mended by trying again. */
#include "libgrid/sync/sync.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum grid_status enrol_load(struct sync *sync, struct grid_error *error)
{
    bool found = false;
    uint64_t slot = 0;
    struct store *store = sync->log->store;
    enum grid_status status = store_meta_get(store, "enrolled_unit", sync->enrolled.unit,
            sizeof(sync->enrolled.unit), &found, error);
    if (status == GRID_OK)
        status = store_meta_get(store, "enrolled_person", sync->enrolled.person,
                sizeof(sync->enrolled.person), &found, error);
    if (status == GRID_OK)
        status = store_meta_get_u64(store, "enrolled_slot", &slot, error);
    sync->enrolled.slot = (unsigned)slot;
    return status;
}

enum grid_status enrol_take_answer(
        struct sync *sync, const struct enrolled *answer, struct grid_error *error)
{
    struct enrolled_note *note = &sync->enrolled;
    if (!sync->enrolling || sync->enrol_answered)
        return GRID_OK; /* nobody asked: slot and person stay what they are */
    memset(note, 0, sizeof(*note));
    snprintf(note->unit, sizeof(note->unit), "%.*s", (int)answer->unit.size,
            (const char *)answer->unit.data);
    roster_belongs_to(sync->roster, bytes_text(note->unit));
    note->slot = answer->slot;
    memcpy(note->person, answer->person, sizeof(note->person));
    sync->enrol_answered = true;
    struct store *store = sync->log->store;
    enum grid_status status =
            store_meta_put(store, "enrolled_unit", note->unit, sizeof(note->unit), error);
    if (status == GRID_OK)
        status =
                store_meta_put(store, "enrolled_person", note->person, sizeof(note->person), error);
    if (status == GRID_OK)
        status = store_meta_put_u64(store, "enrolled_slot", note->slot, error);
    return status;
}

enum grid_status enrol_write(struct sync *sync, int64_t wall_ms, enum grid_lane lane,
        enum grid_kind kind, struct bytes body, struct grid_error *error)
{
    struct entry_header header = {
            .hlc = log_stamp(sync->log, wall_ms), .kind = kind, .rv = roster_rv(sync->roster)};
    struct buffer bytes = {0};
    entry_pack_header(&bytes, &header);
    struct entry entry = {
            .lane = (uint8_t)lane, .seq = 1, .header = buffer_bytes(&bytes), .body = body};
    enum grid_status status = bytes.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                                           : entry_check(&entry, error);
    if (status == GRID_OK)
        status = log_next_own(sync->log, lane, entry.header, body, &entry, error);
    struct stream *stream = sync->log->own[lane];
    if (status == GRID_OK)
        status = book_take(sync->book, stream, &entry, 0, NULL, NULL, error);
    if (status == GRID_OK)
        status = roster_entry_append(sync, stream, &entry, error);
    buffer_close(&bytes);
    return status;
}

static enum grid_status write_device(struct sync *sync, struct grid_now now,
        const struct link *link, const struct store_invitation *invitation,
        struct grid_error *error)
{
    struct device_body device = {.unit = sync->unit, .slot = invitation->slot};
    memcpy(device.identity, link->identity, sizeof(device.identity));
    memcpy(device.person, invitation->person, sizeof(device.person));
    struct buffer body = {0};
    body_pack_device(&body, &device);
    enum grid_status status = body.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                                          : enrol_write(sync, now.wall_ms, GRID_LANE_URGENT,
                                                    GRID_KIND_DEVICE, buffer_bytes(&body), error);
    buffer_close(&body);
    return status;
}

static enum grid_status answer(struct sync *sync, struct grid_now now, struct link *link,
        const struct store_invitation *invitation, struct grid_error *error)
{
    struct enrolled enrolled = {.unit = sync->unit,
            .slot = invitation->slot,
            .person_name = grid_roster_person_name(sync->roster, invitation->person),
            .unit_name = sync->name};
    memcpy(enrolled.person, invitation->person, sizeof(enrolled.person));
    struct buffer frame = {0};
    enum grid_status status =
            link_queue(sync, link, &frame, message_pack_enrolled(&frame, &enrolled), error);
    bool was_stranger = link->stranger;
    link->stranger = false;
    if (status == GRID_OK && was_stranger)
        status = greet_send(sync, now, link, error);
    return status;
}

enum grid_status enrol_take(struct sync *sync, struct grid_now now, struct link *link,
        const struct enrol *enrol, struct grid_error *error)
{
    uint8_t hash[GRID_HASH_BYTES];
    struct bytes secret = bytes_of(enrol->secret, sizeof(enrol->secret));
    enum grid_status status = crypto_hash(hash, &secret, 1);
    if (status != GRID_OK)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    struct store_invitation invitation;
    bool found = false;
    status = store_invitation_get(sync->log->store, hash, &invitation, &found, error);
    if (status != GRID_OK)
        return status;
    if (!sync->is_centre || !found)
        return link_end(sync, link, "secret_unknown", "", error);
    bool same_key = invitation.bound &&
                    memcmp(invitation.identity, link->identity, sizeof(invitation.identity)) == 0;
    if (invitation.bound && !same_key)
        return link_end(sync, link, "secret_used", "", error);
    if (!same_key && now.wall_ms > invitation.expires_ms)
        return link_end(sync, link, "secret_expired", "", error);
    /* P-107: the first DEVICE says for good whose an identity is; a new slot it may have. */
    const struct grid_device *device = roster_device_of(sync->roster, link->identity);
    if (device != NULL && memcmp(device->person, invitation.person, sizeof(device->person)) != 0)
        return link_end(sync, link, "device_of_another", "", error);
    if (!same_key)
        status = store_invitation_bind(sync->log->store, hash, link->identity, error);
    if (status == GRID_OK && (!same_key || device == NULL))
        status = write_device(sync, now, link, &invitation, error);
    return status == GRID_OK ? answer(sync, now, link, &invitation, error) : status;
}
