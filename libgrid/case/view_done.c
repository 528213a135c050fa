/* What an act did, beside who and when; and the names that stand beside codes. */
#include "libgrid/case/codebook.h"
#include "libgrid/case/inside.h"
#include "libgrid/case/view.h"

#include <stdio.h>
#include <string.h>

struct bytes view_name(const struct view_context *context, unsigned reg, struct bytes value)
{
    struct lead_value lead = {0};
    if (reg == GRID_REGISTER_CATEGORY && value.size > 0) {
        const struct codebook_item *item = codebook_item((unsigned)value_uint(value));
        return bytes_text(item != NULL ? item->name : NULL);
    }
    if (reg == GRID_REGISTER_LEAD && value_lead(value, &lead))
        return grid_roster_place_name(context->roster, lead.lead);
    if (reg == GRID_REGISTER_UNIT || reg == GRID_REGISTER_HOLDER)
        return grid_roster_place_name(context->roster, value_text(value));
    return (struct bytes){0};
}

const char *view_precision(unsigned reg, struct bytes value)
{
    static const char *const names[] = {"exact", "hour", "day"};
    struct occurred_value occurred = {0};
    bool known = reg == GRID_REGISTER_OCCURRED_AT && value_occurred(value, &occurred) &&
                 occurred.precision < sizeof(names) / sizeof(names[0]);
    return known ? names[occurred.precision] : NULL;
}

void view_beside(
        struct record *record, const struct view_context *context, unsigned reg, struct bytes value)
{
    struct bytes name = view_name(context, reg, value);
    const char *precision = view_precision(reg, value);
    struct lead_value lead = {0};
    if (name.size > 0)
        record_str(record, "name", name);
    if (precision != NULL)
        record_text(record, "precision", precision);
    if (reg == GRID_REGISTER_LEAD && value_lead(value, &lead) && lead.assist_count > 0)
        view_assists(record, context, &lead);
}

/* `assists`, and what they are called in `assists_name`, joined by blanks. */
void view_assists(
        struct record *record, const struct view_context *context, const struct lead_value *lead)
{
    struct buffer names = {0};
    struct buffer *list = record_member(record, "assists");
    pack_array(list, lead->assist_count);
    for (size_t i = 0; i < lead->assist_count; i++) {
        struct bytes name = grid_roster_place_name(context->roster, lead->assists[i]);
        if (name.size == 0)
            name = lead->assists[i];
        pack_str(list, lead->assists[i]);
        buffer_append(&names, " ", i > 0 ? 1 : 0);
        buffer_append(&names, name.data, name.size);
    }
    record_str(record, "assists_name", buffer_bytes(&names));
    record->members.failed = record->members.failed || names.failed;
    buffer_close(&names);
}

static bool is_create(uint32_t kind)
{
    return kind == GRID_KIND_CREATE || kind == GRID_KIND_CREATE_RESOLVED;
}

/* [{field, value, name?, precision?}]: the state goes without saying, but for a ruling. */
static void member_sets(
        struct record *record, const struct view_context *context, const struct fold_entry *entry)
{
    const struct case_body *body = &entry->body;
    struct buffer packed = {0};
    size_t count = 0;
    for (size_t i = 0; i < body->set_count; i++) {
        struct record set = {0};
        unsigned reg = body->sets[i].name;
        if (reg == GRID_REGISTER_STATE && entry->head.kind != GRID_KIND_RULING)
            continue;
        record_text(&set, "field", grid_register_name(reg));
        view_value(record_member(&set, "value"), reg, body->sets[i].value);
        view_beside(&set, context, reg, body->sets[i].value);
        record_end(&set, &packed);
        count++;
    }
    if (count > 0 || entry->head.kind == GRID_KIND_AMEND || entry->head.kind == GRID_KIND_RULING)
        record_list(record, "sets", count, &packed);
    record->members.failed = record->members.failed || packed.failed;
    buffer_close(&packed);
}

static void members_tags(struct record *record, const struct case_body *body)
{
    struct buffer *list = record_member(record, "adds");
    pack_array(list, body->add_count);
    for (size_t i = 0; i < body->add_count; i++)
        pack_raw(list, body->adds[i].value);
    list = record_member(record, "removes");
    pack_array(list, body->removal_count);
    for (size_t i = 0; i < body->removal_count; i++)
        pack_raw(list, body->removals[i].value);
}

/* The minutes of a meeting are the first of [text, risk?], a follow-up is the text itself: whoever
 * wrote it, it may be anything. */
static struct bytes words_of(const struct fold_entry *entry)
{
    const struct case_body *body = &entry->body;
    for (size_t i = 0; i < body->add_count; i++) {
        struct reader reader = reader_of(body->adds[i].value);
        bool asked =
                entry->head.kind == GRID_KIND_ASK && body->adds[i].name == GRID_COLLECTION_NOTES;
        if (asked || body->adds[i].name == GRID_COLLECTION_FOLLOW_UPS)
            return value_text(body->adds[i].value);
        if (body->adds[i].name == GRID_COLLECTION_DISCUSSIONS && read_array(&reader) > 0)
            return value_text(read_raw(&reader));
    }
    return value_text(body->args[GRID_ARGUMENT_TEXT]);
}

static void members_said(struct record *record, const struct fold_entry *entry)
{
    const struct bytes *args = entry->body.args;
    struct bytes words = words_of(entry);
    if (words.size > 0)
        record_str(record, "text", words);
    if (args[GRID_ARGUMENT_REASON].size > 0)
        record_str(record, "reason", value_text(args[GRID_ARGUMENT_REASON]));
    if (args[GRID_ARGUMENT_UNTIL].size > 0)
        record_time(record, "until", value_int(args[GRID_ARGUMENT_UNTIL]));
    if (args[GRID_ARGUMENT_REACHED].size > 0)
        record_bool(record, "reached", value_bool(args[GRID_ARGUMENT_REACHED]));
    if (args[GRID_ARGUMENT_SATISFIED].size > 0)
        record_uint(record, "satisfied", value_uint(args[GRID_ARGUMENT_SATISFIED]));
}

/* DOMAIN 7, 作者已调离: valid by the roster it cites, but the latest lists that post no more. */
static bool has_moved(const struct grid_roster *roster, const struct fold_entry *entry)
{
    const struct grid_as *as = &entry->body.as;
    uint64_t rv = roster_rv(roster);
    return entry->verdict == GRID_VALID && as->role != GRID_ROLE_NODE && rv != entry->head.rv &&
           roster_holds(roster, rv, as->place) &&
           !roster_post_listed(roster, rv, as->person, as->role, as->place);
}

void view_done(
        struct record *record, const struct view_context *context, const struct fold_entry *entry)
{
    if (entry->verdict == GRID_OPAQUE)
        return;
    if (has_moved(context->roster, entry))
        record_bool(record, "moved", true);
    if (is_create(entry->head.kind))
        return;
    member_sets(record, context, entry);
    if (entry->head.kind == GRID_KIND_TAG)
        members_tags(record, &entry->body);
    members_said(record, entry);
    struct document_value document;
    if (entry_document(entry, &document))
        view_document_number(record, &document.number);
}
