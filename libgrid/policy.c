/* The policy of deadlines as people see and set it (P-39): a text, checked by the line, written by
 * the centre's node. */
#include "libgrid/case/policies.h"
#include "libgrid/case/record.h"
#include "libgrid/node.h"
#include "proto/heap.h"
#include "proto/stamp.h"

#include <assert.h>
#include <string.h>

/* --- setting it --- */

enum { FAULTS_MAX = 200, WHAT_BYTES_MAX = 80 };

struct faults {
    struct buffer items;
    size_t count;
};

/* A fault's text is an argument of a sentence: cut at a character, nothing in it that ends it. */
static void keep_fault(void *context, unsigned line, const char *reason, struct bytes what)
{
    struct faults *faults = context;
    struct record record = {0};
    char text[WHAT_BYTES_MAX + 1];
    size_t size = what.size;
    if (faults->count == FAULTS_MAX)
        return;
    if (size > WHAT_BYTES_MAX)
        for (size = WHAT_BYTES_MAX; size > 0 && (what.data[size] & 0xc0) == 0x80; size--)
            ;
    for (size_t i = 0; i < size; i++)
        text[i] = what.data[i] < 0x20 ? ' ' : (char)what.data[i];
    text[size] = '\0';
    record_uint(&record, "line", line);
    record_text(&record, "reason", reason);
    record_text(&record, "detail", text);
    record_end(&record, &faults->items);
    faults->count++;
}

/* What an editor of another system puts between lines and words is not part of a policy, and
 * neither is what `grid policy show` says about it, in lines that begin with #: */
static void plain(struct buffer *out, struct bytes typed)
{
    static const char mark[] = "\xef\xbb\xbf";
    bool starts = true, passing = false;
    if (typed.size >= strlen(mark) && memcmp(typed.data, mark, strlen(mark)) == 0) {
        typed.data += strlen(mark);
        typed.size -= strlen(mark);
    }
    for (size_t i = 0; i < typed.size; i++) {
        uint8_t byte = typed.data[i] == '\t' ? ' ' : typed.data[i];
        if (starts)
            passing = i + 1 < typed.size && byte == '#' && typed.data[i + 1] == ':';
        if (byte != '\r' && !passing)
            buffer_append(out, &byte, 1);
        starts = byte == '\n';
    }
}

static enum grid_status write_policy(struct grid_node *node, struct grid_now now, struct bytes text,
        uint32_t version, struct grid_error *error)
{
    const struct policy_body policy = {
            .unit = bytes_text(node->unit), .version = version, .text = text};
    struct policy_body read;
    struct buffer body = {0};
    bool newer = false;
    body_pack_policy(&body, &policy);
    enum grid_status status =
            body.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "") : GRID_OK;
    if (status == GRID_OK && body_read_policy(buffer_bytes(&body), &read, &newer, error) != GRID_OK)
        status = grid_fail(error, GRID_INVALID, "policy_text", "%d", GRID_POLICY_BYTES_MAX);
    if (status == GRID_OK)
        status = node_break(node,
                enrol_write(&node->sync, now.wall_ms, GRID_LANE_WORK, GRID_KIND_POLICY,
                        buffer_bytes(&body), error),
                error);
    buffer_close(&body);
    return status;
}

/* Writes the text as the next version of this centre, unless it is the one that counts. */
static enum grid_status set_policy(struct grid_node *node, struct grid_now now, struct bytes text,
        uint32_t *version, bool *changed, struct grid_error *error)
{
    struct bytes unit = bytes_text(node->unit);
    const struct policy_held *present = policies_held(&node->book.policies, unit);
    bool own = present != NULL && bytes_equal(bytes_text(present->unit), unit);
    *changed = !own || !bytes_equal(buffer_bytes(&present->text), text);
    if (*changed)
        return write_policy(node, now, text, *version, error);
    *version = present->policy.version;
    return GRID_OK;
}

static void pack_answer(
        struct buffer *reply, const struct faults *faults, uint32_t version, bool changed)
{
    struct record record = {0};
    record_list(&record, "errors", faults->count, &faults->items);
    if (faults->count == 0)
        record_uint(&record, "version", version);
    else
        record_nil(&record, "version");
    record_bool(&record, "changed", changed);
    record_end(&record, reply);
}

enum grid_status node_set_policy(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error)
{
    const struct grid_field *field = request_field(request, "text");
    enum grid_status status = node_only_centre(node, error);
    if (status == GRID_OK && field == NULL)
        status = grid_fail(error, GRID_USAGE, "policy_needed", "%s", "");
    if (status != GRID_OK)
        return status;
    assert(field != NULL);
    uint32_t version = policies_next_version(&node->book.policies, bytes_text(node->unit));
    struct grid_policy *policy = grid_alloc(sizeof(*policy)); /* no small thing */
    struct faults faults = {0};
    struct buffer text = {0};
    bool changed = false;
    plain(&text, field->value);
    if (policy == NULL || text.failed)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    /* as it was typed: its lines are counted in the file */
    bool whole =
            status == GRID_OK && policy_read(field->value, version, policy, keep_fault, &faults);
    if (whole)
        status = set_policy(node, now, buffer_bytes(&text), &version, &changed, error);
    if (status == GRID_OK)
        pack_answer(reply, &faults, version, changed);
    if (status == GRID_OK && reply->failed)
        status = node_break(node, grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", ""), error);
    grid_free(policy);
    buffer_close(&text);
    buffer_close(&faults.items);
    return status;
}

/* --- looking at it --- */

enum grid_status ask_policy(struct asking *asking)
{
    const struct grid_node *node = asking->node;
    const struct grid_field *field = request_field(asking->request, "unit");
    struct bytes place =
            bytes_text(node->role == GRID_NODE_HANDHELD ? node->sync.enrolled.unit : node->unit);
    if (field != NULL) {
        const struct grid_unit *unit = NULL;
        enum grid_status status =
                grid_roster_find_unit(node->roster, field->value, &unit, asking->error);
        if (status != GRID_OK)
            return status;
        place = unit->code;
    }
    const struct policy_held *held = policies_held(&node->book.policies, place);
    const struct grid_policy *policy = policies_for(&node->book.policies, place);
    struct record record = {0};
    record_uint(&record, "version", policy->version);
    if (held != NULL) {
        record_text(&record, "unit", held->unit);
        record_time(&record, "since", held->written_ms);
    } else {
        record_nil(&record, "unit");
        record_nil(&record, "since");
    }
    record_uint(&record, "calendar_year", policy_calendar_year(policy));
    record_str(&record, "text", held != NULL ? buffer_bytes(&held->text) : policy_builtin_text());
    record_end(&record, asking->end);
    return GRID_OK;
}
