/* What a centre's node does itself: found the centre, invite devices, import the roster. */
#include "libgrid/case/record.h"
#include "libgrid/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum grid_status node_only_centre(const struct grid_node *node, struct grid_error *error)
{
    return node->role == GRID_NODE_CENTRE ? GRID_OK
                                          : grid_fail(error, GRID_REFUSED, "only_centre", "%s", "");
}

enum grid_status node_found_centre(
        struct grid_node *node, struct grid_now now, struct grid_error *error)
{
    struct roster_author ourselves;
    if (roster_author_find(node->roster, node->log.author, &ourselves)) {
        /* An init that was cut short was for another unit, or somebody changed the configuration:
         * whatever we wrote would be void. */
        if (!bytes_equal(ourselves.unit, bytes_text(node->unit)))
            return grid_fail(error, GRID_REFUSED, "unit_of_home", "%.*s" GRID_ARG "%s",
                    (int)ourselves.unit.size, (const char *)ourselves.unit.data, node->unit);
        return GRID_OK;
    }
    if (node->sync.has_parent)
        return GRID_OK; /* its parent introduces it (D11) */
    struct centre_body centre = {.unit = bytes_text(node->unit), .name = bytes_text(node->name)};
    memcpy(centre.identity, node->log.identity, sizeof(centre.identity));
    struct buffer body = {0};
    body_pack_centre(&body, &centre);
    enum grid_status status = body.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                                          : enrol_write(&node->sync, now.wall_ms, GRID_LANE_URGENT,
                                                    GRID_KIND_CENTRE, buffer_bytes(&body), error);
    buffer_close(&body);
    return status;
}

/* --- invitations --- */

/* HOST:PORT as the daemon knows it; [v6]:PORT too. */
static bool split_address(struct bytes address, struct invite *invite)
{
    char text[INVITE_HOST_BYTES + 8];
    if (address.size == 0 || address.size >= sizeof(text))
        return false;
    memcpy(text, address.data, address.size);
    text[address.size] = '\0';
    char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text)
        return false;
    *colon = '\0';
    char *host = text;
    if (host[0] == '[' && colon[-1] == ']') {
        host++;
        colon[-1] = '\0';
    }
    char *end = NULL;
    long port = strtol(colon + 1, &end, 10);
    if (*end != '\0' || port < 1 || port > 65535 || strlen(host) >= sizeof(invite->host))
        return false;
    snprintf(invite->host, sizeof(invite->host), "%s", host);
    invite->port = (uint16_t)port;
    return true;
}

static enum grid_status invited_person(struct grid_node *node, const struct grid_request *request,
        uint8_t person[static GRID_ID_BYTES], struct grid_error *error)
{
    const struct grid_field *key = request_field(request, "person");
    if (key == NULL || key->value.size == 0)
        return grid_fail(error, GRID_USAGE, "person_needed", "%s", "");
    return grid_roster_person_by_key(
            node->roster, bytes_text(node->unit), key->value, person, error);
}

enum { FIRST_HANDHELD_SLOT = 10 }; /* 0001–0009 are the centre's intake seats */

static enum grid_status next_slot(struct grid_node *node, unsigned *slot, struct grid_error *error)
{
    unsigned invited = 0;
    enum grid_status status = store_invitation_slot(node->store, &invited, error);
    *slot = roster_slot_next(node->roster, FIRST_HANDHELD_SLOT);
    if (invited + 1 > *slot)
        *slot = invited +
                1; /* an invitation that nobody used keeps its slot: none is given twice */
    if (node->log.keyring.slot_given + 1 > *slot) /* an older database does not know them all */
        *slot = node->log.keyring.slot_given + 1;
    if (status == GRID_OK && *slot > GRID_SLOT_MAX)
        return grid_fail(error, GRID_LIMIT, "slots_used_up", "%d", GRID_SLOT_MAX);
    return status;
}

/* The unit and name of a centre below ours. */
static enum grid_status invited_centre(struct grid_node *node, const struct grid_request *request,
        struct store_invitation *row, struct grid_error *error)
{
    const struct grid_field *name = request_field(request, "name");
    const struct grid_field *typed = request_field(request, "centre");
    const struct grid_unit *unit = NULL;
    struct bytes code = typed->value;
    /* a unit that the roster does not have may be named by its code */
    if (place_kind(code) == GRID_PLACE_NONE) {
        enum grid_status status = grid_roster_find_unit(node->roster, code, &unit, error);
        if (status != GRID_OK)
            return status;
        code = unit->code;
    }
    enum grid_place_kind kind = place_kind(code);
    if (kind > GRID_PLACE_TOWNSHIP || bytes_equal(code, bytes_text(node->unit)) ||
            !place_covers(bytes_text(node->unit), code))
        return grid_fail(error, GRID_INVALID, "centre_unit", "%.*s" GRID_ARG "%s", (int)code.size,
                (const char *)code.data, node->unit);
    if (name == NULL || !text_is_name(name->value))
        return grid_fail(error, GRID_INVALID, "centre_name", "%d", GRID_NAME_CHARS_MAX);
    snprintf(row->unit, sizeof(row->unit), "%.*s", (int)code.size, (const char *)code.data);
    snprintf(row->name, sizeof(row->name), "%.*s", (int)name->value.size,
            (const char *)name->value.data);
    return GRID_OK;
}

enum grid_status node_invite(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error)
{
    struct invite invite = {
            .expires_ms = now.wall_ms + (int64_t)GRID_INVITE_VALID_HOURS * 3600 * 1000};
    struct store_invitation row = {.expires_ms = invite.expires_ms};
    const struct grid_field *address = request_field(request, "address");
    bool centre = request_field(request, "centre") != NULL;
    enum grid_status status = node_only_centre(node, error);
    if (status == GRID_OK && centre && request_field(request, "person") != NULL)
        status = grid_fail(error, GRID_USAGE, "invite_either", "%s", "");
    if (status == GRID_OK)
        status = centre ? invited_centre(node, request, &row, error)
                        : invited_person(node, request, row.person, error);
    if (status == GRID_OK && (address == NULL || !split_address(address->value, &invite)))
        status = grid_fail(error, GRID_REFUSED, "no_address", "%s", "");
    if (status == GRID_OK && !centre)
        status = next_slot(node, &row.slot, error);
    if (status != GRID_OK)
        return status;
    invite.slot = row.slot;
    snprintf(invite.unit, sizeof(invite.unit), "%s", centre ? row.unit : node->unit);
    memcpy(invite.parent, node->log.identity, sizeof(invite.parent));
    node->log.random(node->log.random_context, invite.secret, sizeof(invite.secret));
    uint8_t hash[GRID_HASH_BYTES];
    struct bytes secret = bytes_of(invite.secret, sizeof(invite.secret));
    char text[INVITE_TEXT_BYTES];
    status = invite_print(text, &invite);
    if (status == GRID_OK)
        status = crypto_hash(hash, &secret, 1);
    if (status != GRID_OK)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    status = store_invitation_put(node->store, hash, &row, error);
    if (status == GRID_OK && !centre) { /* P-48: either may be put back */
        node->log.keyring.slot_given = row.slot;
        node->log.keyring_changed = true;
        status = store_meta_put_u64(node->store, "slot_given", row.slot, error);
    }
    struct record record = {0};
    record_text(&record, "invite", text);
    if (centre)
        record_nil(&record, "slot");
    else
        record_uint(&record, "slot", row.slot);
    record_time(&record, "expires", invite.expires_ms);
    record_end(&record, reply);
    if (status == GRID_OK && reply->failed)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    return node_break(node, status, error);
}

/* --- the roster --- */

enum { FINDINGS_SHOWN_MAX = 500 };

struct findings {
    struct buffer errors, warnings;
    size_t error_count, warning_count;
};

static void keep_finding(void *context, const struct grid_finding *finding)
{
    struct findings *findings = context;
    bool is_error = finding->code[0] == 'R';
    size_t *count = is_error ? &findings->error_count : &findings->warning_count;
    if (*count == FINDINGS_SHOWN_MAX)
        return;
    ++*count;
    roster_pack_finding(is_error ? &findings->errors : &findings->warnings, finding);
}

/* The bodies of a step are collected before the first is written: writing them changes the roster
 * that they are made from. */
struct step {
    struct buffer bytes; /* kind u32, size u32, body … */
};

static enum grid_status keep_body(void *context, enum grid_kind kind, struct bytes body)
{
    struct step *step = context;
    uint8_t head[8];
    put_u32(head, (uint32_t)kind);
    put_u32(head + 4, (uint32_t)body.size);
    buffer_append(&step->bytes, head, sizeof(head));
    buffer_append(&step->bytes, body.data, body.size);
    return step->bytes.failed ? GRID_NOMEM : GRID_OK;
}

static enum grid_status write_step(struct grid_node *node, struct grid_now now,
        const struct step *step, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (size_t at = 0; at < step->bytes.size && status == GRID_OK;) {
        const uint8_t *head = step->bytes.data + at;
        struct bytes body = bytes_of(head + 8, get_u32(head + 4));
        status = enrol_write(&node->sync, now.wall_ms, GRID_LANE_WORK,
                (enum grid_kind)get_u32(head), body, error);
        at += 8 + body.size;
    }
    return node_break(node, status, error);
}

static void pack_findings(struct record *record, const struct findings *findings)
{
    record_list(record, "errors", findings->error_count, &findings->errors);
    record_list(record, "warnings", findings->warning_count, &findings->warnings);
}

static enum grid_status import(struct grid_node *node, struct grid_now now,
        const struct grid_roster *next, bool *changed, struct grid_error *error)
{
    struct step step = {0};
    enum grid_status status = roster_step(
            node->roster, next, bytes_text(node->unit), changed, keep_body, &step, error);
    if (status == GRID_NOMEM)
        grid_fail(error, status, "out_of_memory", "%s", "");
    if (status == GRID_OK && *changed)
        status = write_step(node, now, &step, error);
    buffer_close(&step.bytes);
    return status;
}

enum grid_status node_import_roster(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error)
{
    struct grid_roster_files files = roster_files_of(request);
    struct findings findings = {0};
    struct grid_finding_counts counts = {0};
    struct grid_roster *next = NULL;
    bool changed = false;
    enum grid_status status = node_only_centre(node, error);
    if (status == GRID_OK)
        status = grid_roster_read(&next, &files, node->roster, bytes_text(node->unit),
                stamp_day(now.wall_ms), keep_finding, &findings, &counts, error);
    if (status == GRID_OK && next != NULL)
        status = import(node, now, next, &changed, error);
    if (status == GRID_OK) {
        struct record record = {0};
        pack_findings(&record, &findings);
        roster_pack_counts(next != NULL ? next : node->roster, bytes_of(NULL, 0),
                record_member(&record, "counts"));
        if (next != NULL)
            record_uint(&record, "version", roster_version(node->roster));
        else
            record_nil(&record, "version");
        record_bool(&record, "changed", changed);
        record_end(&record, reply);
        if (reply->failed) /* what was written must not be kept unsaid */
            status = node_break(
                    node, grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", ""), error);
    }
    grid_roster_close(next);
    buffer_close(&findings.errors);
    buffer_close(&findings.warnings);
    return status;
}
