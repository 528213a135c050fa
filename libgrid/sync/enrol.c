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
        status = store_meta_get(store, "enrolled_proof", sync->enrolled.proof,
                sizeof(sync->enrolled.proof), &sync->enrolled.proved, error);
    if (status == GRID_OK)
        status = store_meta_get(store, "enrolled_name", sync->enrolled.name,
                sizeof(sync->enrolled.name), &found, error);
    if (status == GRID_OK)
        status = store_meta_get_u64(store, "enrolled_slot", &slot, error);
    if (status == GRID_OK) /* of several rosters that one is cited */
        roster_belongs_to(sync->roster, bytes_text(sync->enrolled.unit));
    sync->enrolled.slot = (unsigned)slot;
    return status;
}

enum grid_status enrol_send(struct sync *sync, struct link *link, struct grid_error *error)
{
    struct enrol enrol = {.again = !sync->enrolling,
            .unit = bytes_text(sync->enrolled.unit),
            .name = bytes_text(sync->enrolled.name),
            .slot = sync->enrolled.slot};
    if (!sync->enrolling && (!sync->disowned || !sync->enrolled.proved))
        return GRID_OK;
    memcpy(enrol.secret, sync->secret, sizeof(enrol.secret));
    memcpy(enrol.person, sync->enrolled.person, sizeof(enrol.person));
    memcpy(enrol.proof, sync->enrolled.proof, sizeof(enrol.proof));
    struct buffer frame = {0};
    return link_queue(sync, link, &frame, message_pack_enrol(&frame, &enrol), error);
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
    if (answer->slot == 0) /* P-99: a centre is told its own name in this place */
        snprintf(note->name, sizeof(note->name), "%.*s", (int)answer->person_name.size,
                (const char *)answer->person_name.data);
    note->proved = true;
    note->slot = answer->slot;
    memcpy(note->person, answer->person, sizeof(note->person));
    memcpy(note->proof, answer->proof, sizeof(note->proof));
    sync->enrol_answered = true;
    struct store *store = sync->log->store;
    enum grid_status status =
            store_meta_put(store, "enrolled_unit", note->unit, sizeof(note->unit), error);
    if (status == GRID_OK)
        status =
                store_meta_put(store, "enrolled_person", note->person, sizeof(note->person), error);
    if (status == GRID_OK)
        status = store_meta_put(store, "enrolled_proof", note->proof, sizeof(note->proof), error);
    if (status == GRID_OK)
        status = store_meta_put(store, "enrolled_name", note->name, sizeof(note->name), error);
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

/* DEVICE, or CENTRE for a centre below. */
static enum grid_status write_enrolment(struct sync *sync, struct grid_now now,
        const struct enrolment *enrolment, struct grid_error *error)
{
    struct buffer body = {0};
    enum grid_kind kind = GRID_KIND_DEVICE;
    if (enrolment->slot == 0) {
        struct centre_body centre = {.unit = enrolment->unit, .name = enrolment->name};
        memcpy(centre.identity, enrolment->identity, sizeof(centre.identity));
        body_pack_centre(&body, &centre);
        kind = GRID_KIND_CENTRE;
    } else {
        struct device_body device = {.unit = enrolment->unit, .slot = enrolment->slot};
        memcpy(device.identity, enrolment->identity, sizeof(device.identity));
        memcpy(device.person, enrolment->person, sizeof(device.person));
        body_pack_device(&body, &device);
    }
    enum grid_status status = body.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                                          : enrol_write(sync, now.wall_ms, GRID_LANE_URGENT, kind,
                                                    buffer_bytes(&body), error);
    buffer_close(&body);
    return status;
}

static enum grid_status answer(struct sync *sync, struct grid_now now, struct link *link,
        const struct enrolment *enrolment, struct grid_error *error)
{
    struct bytes person = enrolment->slot == 0
                                  ? enrolment->name
                                  : grid_roster_person_name(sync->roster, enrolment->person);
    struct enrolled enrolled = {.unit = enrolment->unit,
            .slot = enrolment->slot,
            .person_name = person,
            .unit_name = sync->name};
    memcpy(enrolled.person, enrolment->person, sizeof(enrolled.person));
    enum grid_status status =
            enrolment_sign(enrolled.proof, sync->log->keyring.identity_seed, enrolment);
    if (status != GRID_OK)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    struct buffer frame = {0};
    status = link_queue(sync, link, &frame, message_pack_enrolled(&frame, &enrolled), error);
    bool was_stranger = link->stranger;
    link->stranger = false;
    if (status == GRID_OK && was_stranger)
        status = greet_send(sync, now, link, error);
    return status;
}

/* --- a device that this centre enrolled and has forgotten since: it was put back from before ---
 */

struct slot_search {
    const struct enrolment *enrolment;
    bool taken;
};

static bool look_at_slot(void *context, const struct grid_device *device)
{
    struct slot_search *search = context;
    search->taken = device->slot == search->enrolment->slot &&
                    bytes_equal(device->unit, search->enrolment->unit) &&
                    memcmp(device->identity, search->enrolment->identity, GRID_KEY_BYTES) != 0;
    return !search->taken;
}

/* What we would have signed. */
static bool could_be_ours(const struct sync *sync, const struct enrol *enrol)
{
    if (!sync->is_centre)
        return false;
    if (enrol->slot != 0)
        return bytes_equal(enrol->unit, sync->unit) && enrol->name.size == 0;
    return place_covers(sync->unit, enrol->unit) && !bytes_equal(enrol->unit, sync->unit);
}

static enum grid_status take_again(struct sync *sync, struct grid_now now, struct link *link,
        const struct enrol *enrol, struct grid_error *error)
{
    struct enrolment enrolment = {.slot = enrol->slot, .unit = enrol->unit, .name = enrol->name};
    memcpy(enrolment.identity, link->identity, sizeof(enrolment.identity));
    memcpy(enrolment.person, enrol->person, sizeof(enrolment.person));
    struct grid_error ignored = {0};
    enum grid_status status =
            enrolment_verify(enrol->proof, sync->log->identity, &enrolment, &ignored);
    if (status == GRID_NOMEM)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    if (!could_be_ours(sync, enrol) || status != GRID_OK)
        return link_end(sync, link, "not_enrolled", "", error);
    struct slot_search search = {.enrolment = &enrolment};
    if (enrolment.slot != 0)
        grid_roster_each_device(sync->roster, look_at_slot, &search);
    if (search.taken)
        return link_end(sync, link, "slot_taken", "", error);
    if (!roster_identity_enrolled(sync->roster, link->identity)) {
        struct grid_keyring *keyring = &sync->log->keyring;
        if (keyring->slot_given < enrolment.slot) { /* nor is it given to anybody else */
            keyring->slot_given = enrolment.slot;
            sync->log->keyring_changed = true;
        }
        status = write_enrolment(sync, now, &enrolment, error);
    }
    return status == GRID_OK ? answer(sync, now, link, &enrolment, error) : status;
}

/* --- by invitation --- */

/* P-107: the first DEVICE or CENTRE says for good whose an identity is; a new slot it may have. */
static bool of_another(const struct sync *sync, const struct enrolment *enrolment)
{
    struct roster_author held;
    if (!roster_enrolled_as(sync->roster, enrolment->identity, &held))
        return false;
    if (held.is_centre || enrolment->slot == 0)
        return held.is_centre != (enrolment->slot == 0) || !bytes_equal(held.unit, enrolment->unit);
    return memcmp(held.person, enrolment->person, sizeof(held.person)) != 0;
}

enum grid_status enrol_take(struct sync *sync, struct grid_now now, struct link *link,
        const struct enrol *enrol, struct grid_error *error)
{
    if (roster_identity_cut(sync->roster, link->identity)) /* for good: a new home has a new key */
        return link_end(sync, link, "revoked", "", error);
    if (enrol->again)
        return take_again(sync, now, link, enrol, error);
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
    struct enrolment enrolment = {.slot = invitation.slot,
            .unit = invitation.slot != 0 ? sync->unit : bytes_text(invitation.unit),
            .name = bytes_text(invitation.name)};
    memcpy(enrolment.identity, link->identity, sizeof(enrolment.identity));
    memcpy(enrolment.person, invitation.person, sizeof(enrolment.person));
    if (of_another(sync, &enrolment))
        return link_end(sync, link, "device_of_another", "", error);
    bool known = roster_identity_enrolled(sync->roster, link->identity);
    if (!same_key)
        status = store_invitation_bind(sync->log->store, hash, link->identity, error);
    if (status == GRID_OK && (!same_key || !known))
        status = write_enrolment(sync, now, &enrolment, error);
    return status == GRID_OK ? answer(sync, now, link, &enrolment, error) : status;
}
