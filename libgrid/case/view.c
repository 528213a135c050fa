#include "libgrid/case/view.h"
#include "libgrid/case/deadline.h"
#include "libgrid/case/inside.h"

#include "libgrid/case/record.h"
#include "proto/limits.h"
#include "proto/stamp.h"

#include <stdio.h>
#include <string.h>

/* What `show` gives of each list keeps one record below GRID_CONTROL_RECORD_MAX: a case that its
 * writers kept to their limits is shown whole, one of a hostile author is not endless. */
enum {
    NOTES_BYTES_MAX = 6 * 1024 * 1024,
    SECONDS_BYTES_MAX = 2 * 1024 * 1024,
    ENTRIES_BYTES_MAX = 5 * 1024 * 1024,
    REFS_BYTES_MAX = 512 * 1024,
    TAGS_SHOWN_MAX = 256,
    CODES_SHOWN_MAX = 16,
};

/* One record of one case in the making; the first failure of the fold stands. */
struct view {
    struct fold *fold;
    const struct view_context *context;
    struct record record;
    struct record left_out; /* list: how many elements are not shown */
    enum grid_status status;
};

static enum grid_status view_end(struct view *view, struct buffer *out)
{
    record_end(&view->record, out);
    buffer_close(&view->left_out.members);
    if (view->status == GRID_OK && out->failed)
        view->status = GRID_NOMEM;
    return view->status;
}

static void view_note(struct view *view, enum grid_status status)
{
    if (view->status == GRID_OK)
        view->status = status;
}

static struct bytes shown(const struct view *view, unsigned reg)
{
    return fold_shown(view->fold, reg);
}

static void member_register(struct view *view, unsigned reg)
{
    view_value(record_member(&view->record, grid_register_name(reg)), reg, shown(view, reg));
}

/* --- the head that all records of a case share --- */

void view_case_code(struct record *record, const struct case_body *create)
{
    struct bytes digits = {0};
    if (create != NULL)
        digits = value_text(create->args[GRID_ARGUMENT_CODE]);
    if (digits.size != GRID_CODE_DIGITS) {
        record_nil(record, "case");
        return;
    }
    struct case_code code = {0};
    char text[GRID_CODE_TEXT_BYTES];
    memcpy(code.digits, digits.data, GRID_CODE_DIGITS);
    code_print(text, &code);
    record_text(record, "case", text);
}

static void member_case(struct view *view, struct record *record)
{
    const struct fold_entry *create = fold_create(view->fold);
    view_case_code(record, create != NULL ? &create->body : NULL);
}

static void member_case_id(struct view *view)
{
    char hex[2 * GRID_ID_BYTES + 1];
    ident_hex(hex, bytes_of(fold_case_id(view->fold), GRID_ID_BYTES));
    record_text(&view->record, "case_id", hex);
}

static void member_lead(struct view *view)
{
    struct lead_value lead = {0};
    if (value_lead(shown(view, GRID_REGISTER_LEAD), &lead) && lead.lead.size > 0)
        record_str(&view->record, "lead", lead.lead);
    else
        record_nil(&view->record, "lead");
    struct bytes name = grid_roster_place_name(view->context->roster, lead.lead);
    if (name.size > 0)
        record_str(&view->record, "lead_name", name);
    if (lead.assist_count > 0)
        view_assists(&view->record, view->context, &lead);
}

static unsigned state_shown(const struct view *view)
{
    const struct view_set *set = view->context->set;
    return set != NULL ? set->shown : fold_state(view->fold);
}

static void member_moment(struct view *view, const char *key, int64_t at_ms)
{
    if (at_ms > 0)
        record_time(&view->record, key, at_ms);
    else
        record_nil(&view->record, key);
}

/* DOMAIN 6: `due` is what was written; all else is a view of it, the policy and now. */
static void members_due(struct view *view)
{
    const struct grid_policy *policy =
            policies_for(view->context->policies, value_text(shown(view, GRID_REGISTER_UNIT)));
    int64_t now_ms = view->context->wall_ms;
    struct due_value due = {0};
    struct deadline deadline = {0};
    bool has_due = value_due(shown(view, GRID_REGISTER_DUE), &due);
    view_note(view, deadline_read(view->fold, policy, view->context->roster, &deadline));
    if (state_shown(view) == GRID_STATE_MERGED) /* its primary is what is waited for */
        deadline = (struct deadline){.state = GRID_STATE_MERGED};
    member_moment(view, "due", has_due ? due.finish_ms : 0);
    record_bool(&view->record, "overdue", deadline_is_overdue(&deadline, now_ms));
    member_moment(view, "accept_by", deadline.accept_ms);
    record_bool(
            &view->record, "accept_late", deadline.accept_ms > 0 && deadline.accept_ms < now_ms);
    member_moment(view, "act_by", deadline.act_ms);
    record_bool(&view->record, "act_late", deadline.act_ms > 0 && deadline.act_ms < now_ms);
    member_moment(view, "check_by", deadline.check_ms);
    record_bool(&view->record, "due_soon", deadline_is_soon(&deadline, policy, now_ms));
    record_bool(&view->record, "complex", (deadline.flags & DEADLINE_COMPLEX) != 0);
}

static void member_late(struct view *view)
{
    const struct fold_entry *const *late = NULL;
    size_t count = 0;
    view_note(view, fold_late_evidence(view->fold, &late, &count));
    record_bool(&view->record, "late_evidence", count > 0);
}

/* No photos are kept yet: none are listed, none are here. */
static void member_photos(struct view *view)
{
    struct record photos = {0};
    record_uint(&photos, "have", 0);
    record_uint(&photos, "of", 0);
    record_end(&photos, record_member(&view->record, "photos"));
}

/* fold_shown has no way to say that memory ended over a conflict: its values are read once ahead.
 */
static void view_prepare(struct view *view)
{
    struct fold_register values = {0};
    for (unsigned reg = 1; reg < GRID_REGISTER_END && fold_conflict_count(view->fold) > 0; reg++)
        view_note(view, fold_read(view->fold, reg, &values));
}

static void member_name(struct view *view, const char *key, unsigned reg)
{
    struct bytes name = view_name(view->context, reg, fold_shown(view->fold, reg));
    if (name.size > 0)
        record_str(&view->record, key, name);
    else
        record_nil(&view->record, key);
}

static void members_case(struct view *view)
{
    view_prepare(view);
    member_case(view, &view->record);
    member_case_id(view);
    member_register(view, GRID_REGISTER_TITLE);
    member_register(view, GRID_REGISTER_CATEGORY);
    member_name(view, "category_name", GRID_REGISTER_CATEGORY);
    member_register(view, GRID_REGISTER_URGENCY);
    member_register(view, GRID_REGISTER_UNIT);
    member_name(view, "unit_name", GRID_REGISTER_UNIT);
    record_text(&view->record, "state", grid_state_name(state_shown(view)));
    view_primary(&view->record, view->context);
    member_register(view, GRID_REGISTER_HOLDER);
    member_name(view, "holder_name", GRID_REGISTER_HOLDER);
    member_lead(view);
    members_due(view);
    member_late(view);
    if (view->context->person != NULL)
        record_uint(&view->record, "own_conflicts",
                view_own_conflicts(view->fold, view->context->person));
    member_photos(view);
}

enum grid_status view_case_with(struct buffer *out, struct fold *fold,
        const struct view_context *context, const struct record *more)
{
    struct view view = {.fold = fold, .context = context};
    members_case(&view);
    record_uint(&view.record, "conflicts", fold_conflict_count(fold));
    if (more != NULL)
        record_join(&view.record, more);
    return view_end(&view, out);
}

enum grid_status view_case(
        struct buffer *out, struct fold *fold, const struct view_context *context)
{
    return view_case_with(out, fold, context, NULL);
}

/* --- who did what --- */

void view_author(
        struct record *record, const struct view_context *context, const struct fold_entry *entry)
{
    const char *role = grid_role_name(entry->body.as.role);
    struct bytes name = {0};
    if (role != NULL)
        name = grid_roster_person_name(context->roster, entry->body.as.person);
    if (name.size > 0)
        record_str(record, "who", name);
    else
        record_text(record, "who", role);
    record_text(record, "role", role);
    record_time(record, "at", stamp_ms(entry->head.hlc));
}

static void member_list(struct view *view, const char *key, size_t count, size_t bytes_max,
        list_item_fn *item, void *context)
{
    size_t left_out =
            list_pack(record_member(&view->record, key), count, bytes_max, true, item, context);
    if (left_out > 0)
        record_uint(&view->left_out, key, left_out);
}

struct items {
    const struct view_context *context;
    const struct fold_item *items;
    size_t count;
};

static struct items items_of(struct view *view, unsigned collection)
{
    struct items items = {.context = view->context};
    view_note(view, fold_collection(view->fold, collection, &items.items, &items.count));
    if (view->status != GRID_OK)
        items.count = 0;
    return items;
}

/* {text, who, role, at} */
static void item_of_text(void *context, size_t index, struct record *record)
{
    const struct items *items = context;
    record_str(record, "text", value_text(items->items[index].value));
    view_author(record, items->context, items->items[index].entry);
}

/* Who reported what was joined to this case speaks for it too (DOMAIN 9): behind those who said so,
 * with the case in which they did. */
static void item_of_second(void *context, size_t index, struct record *record)
{
    const struct items *items = context;
    if (index < items->count) {
        item_of_text(context, index, record);
        return;
    }
    const struct view_set *set = items->context->set;
    const struct fold_entry *create = fold_create(set->members[index - items->count].fold);
    record_str(record, "text", bytes_text(""));
    view_author(record, items->context, create);
    view_case_code(record, &create->body);
}

static void member_seconds(struct view *view)
{
    struct items items = items_of(view, GRID_COLLECTION_SECONDS);
    const struct view_set *set = view->context->set;
    size_t joined = set != NULL ? set->member_count : 0;
    member_list(view, grid_collection_name(GRID_COLLECTION_SECONDS), items.count + joined,
            SECONDS_BYTES_MAX, item_of_second, &items);
}

static void member_texts(struct view *view, unsigned collection, size_t bytes_max)
{
    struct items items = items_of(view, collection);
    member_list(
            view, grid_collection_name(collection), items.count, bytes_max, item_of_text, &items);
}

/* {system, number} */
static void item_of_ref(void *context, size_t index, struct record *record)
{
    const struct items *items = context;
    struct reader reader = reader_of(items->items[index].value);
    read_array(&reader);
    record_str(record, "system", read_str(&reader));
    record_str(record, "number", read_str(&reader));
}

static void member_refs(struct view *view)
{
    struct items items = items_of(view, GRID_COLLECTION_EXTERNAL_REFS);
    member_list(view, "external_refs", items.count, REFS_BYTES_MAX, item_of_ref, &items);
}

/* A tag that several added is one tag. */
static bool tag_is_new(const struct bytes *tags, size_t count, struct bytes tag)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(tags[i], tag))
            return false;
    return true;
}

static void member_tags(struct view *view)
{
    struct items items = items_of(view, GRID_COLLECTION_TAGS);
    struct bytes tags[TAGS_SHOWN_MAX];
    size_t count = 0;
    for (size_t i = 0; i < items.count && count < TAGS_SHOWN_MAX; i++)
        if (tag_is_new(tags, count, items.items[i].value))
            tags[count++] = items.items[i].value;
    struct buffer *out = record_member(&view->record, "tags");
    pack_array(out, count);
    for (size_t i = 0; i < count; i++)
        pack_raw(out, tags[i]);
}

/* `case` is the first of them. */
static void item_of_code(void *context, size_t index, struct buffer *out)
{
    const struct items *items = context;
    struct bytes digits = value_text(items->items[index].value);
    struct case_code code = {0};
    char text[GRID_CODE_TEXT_BYTES] = "";
    if (digits.size == GRID_CODE_DIGITS) {
        memcpy(code.digits, digits.data, GRID_CODE_DIGITS);
        code_print(text, &code);
    }
    pack_text(out, text);
}

static void member_codes(struct view *view)
{
    struct items items = items_of(view, GRID_COLLECTION_CODES);
    struct buffer *out = record_member(&view->record, "codes");
    size_t count = items.count < CODES_SHOWN_MAX ? items.count : CODES_SHOWN_MAX;
    pack_array(out, count);
    for (size_t i = 0; i < count; i++)
        item_of_code(&items, items.count - count + i, out);
}

/* --- entries: the history, void ones included --- */

/* What an adoption takes over, and why. */
static void member_adopted(struct record *record, const struct fold_entry *entry)
{
    struct adopt_body adopt;
    bool newer = false;
    if (entry->adopter != NULL)
        record_bool(record, "adopted", true);
    if (entry->head.kind != GRID_KIND_ADOPT ||
            body_read_adopt(entry->entry.body, &adopt, &newer, NULL) != GRID_OK || newer)
        return;
    view_entry_name(record_member(record, "of"), adopt.author, adopt.lane, adopt.seq);
    record_str(record, "reason", adopt.reason);
}

static void item_of_entry(void *context, size_t index, struct record *record)
{
    struct view *view = context;
    const struct fold_entry *entry = fold_entry_at(view->fold, index);
    const char *kind = grid_kind_name(entry->head.kind);
    view_entry_name(record_member(record, "entry"), entry->entry.author, entry->entry.lane,
            entry->entry.seq);
    record_text(record, "kind", kind != NULL ? kind : "unknown");
    view_author(record, view->context, entry);
    view_void(record_member(record, "void"), entry->verdict);
    const struct view_context *asked = view->context;
    unsigned tier = 0;
    if (!entry->aside && asked->tier != NULL &&
            asked->tier(asked->tier_context, &entry->entry, &tier))
        record_uint(record, "tier", tier);
    else
        record_nil(record, "tier");
    view_done(record, view->context, entry);
    member_adopted(record, entry);
}

static void member_entries(struct view *view)
{
    member_list(
            view, "entries", fold_entry_count(view->fold), ENTRIES_BYTES_MAX, item_of_entry, view);
}

/* --- conflicts --- */

struct conflict {
    struct view *view;
    unsigned reg;
    struct fold_register values;
};

static bool value_is_of(const struct fold_value *value, const uint8_t *person)
{
    for (size_t i = 0; i < value->writer_count && person != NULL; i++)
        if (memcmp(value->writers[i]->body.as.person, person, GRID_ID_BYTES) == 0)
            return true;
    return false;
}

static bool any_value_is_of(const struct fold_register *values, const uint8_t *person)
{
    for (size_t i = 0; i < values->value_count; i++)
        if (value_is_of(&values->values[i], person))
            return true;
    return false;
}

size_t view_own_conflicts(struct fold *fold, const uint8_t person[static GRID_ID_BYTES])
{
    struct fold_register values = {0};
    size_t count = 0;
    for (unsigned reg = 1; reg < GRID_REGISTER_END && fold_conflict_count(fold) > 0; reg++)
        if (fold_read(fold, reg, &values) == GRID_OK && values.value_count > 1)
            count += any_value_is_of(&values, person);
    return count;
}

/* {n, value, name?, precision?, who, role, at, dot, mine}: of the first of its writers by dot */
static void item_of_value(void *context, size_t index, struct record *record)
{
    const struct conflict *conflict = context;
    const struct fold_value *value = &conflict->values.values[index];
    const struct fold_entry *writer = value->writers[0];
    char dot[DOT_TEXT_BYTES];
    record_uint(record, "n", index + 1);
    view_value(record_member(record, "value"), conflict->reg, value->value);
    view_beside(record, conflict->view->context, conflict->reg, value->value);
    view_author(record, conflict->view->context, writer);
    dot_print(dot, &writer->dot);
    record_text(record, "dot", dot);
    record_bool(record, "mine", value_is_of(value, conflict->view->context->person));
}

/* DOMAIN 9: the smallest hybrid clock among the live writes. */
static int64_t conflict_since(const struct fold_register *values)
{
    uint64_t since = UINT64_MAX;
    for (size_t i = 0; i < values->value_count; i++)
        for (size_t w = 0; w < values->values[i].writer_count; w++)
            if (values->values[i].writers[w]->head.hlc < since)
                since = values->values[i].writers[w]->head.hlc;
    return stamp_ms(since);
}

static void member_tag(struct view *view, struct record *record)
{
    char tag[FOLD_TAG_BYTES] = "";
    view_note(view, fold_tag(view->fold, tag));
    record_text(record, "tag", tag);
}

static void members_conflict(struct conflict *conflict, struct record *record)
{
    const struct fold_register *values = &conflict->values;
    size_t shown_count = values->value_count < GRID_VALUES_SHOWN_MAX ? values->value_count
                                                                     : GRID_VALUES_SHOWN_MAX;
    member_case(conflict->view, record);
    view_value(record_member(record, "title"), GRID_REGISTER_TITLE,
            shown(conflict->view, GRID_REGISTER_TITLE));
    record_text(record, "field", grid_register_name(conflict->reg));
    view_value(record_member(record, "provisional"), conflict->reg,
            values->values[values->provisional].value);
    record_uint(record, "provisional_n", values->provisional + 1);
    record_text(record, "severity", fold_severity(conflict->reg));
    record_time(record, "since", conflict_since(values));
    member_tag(conflict->view, record);
    record_bool(record, "waiting", values->waiting);
    record_bool(record, "mine", any_value_is_of(values, conflict->view->context->person));
    record_uint(record, "value_count", values->value_count);
    list_pack(
            record_member(record, "values"), shown_count, SIZE_MAX, false, item_of_value, conflict);
}

/* The next register in conflict from `reg` on; GRID_REGISTER_END when there is none. */
static unsigned conflict_next(struct conflict *conflict, unsigned reg)
{
    for (; reg < GRID_REGISTER_END; reg++) {
        enum grid_status status = fold_read(conflict->view->fold, reg, &conflict->values);
        view_note(conflict->view, status);
        if (status == GRID_OK && conflict->values.value_count > 1)
            break;
    }
    conflict->reg = reg;
    return reg;
}

static void member_conflicts(struct view *view)
{
    struct conflict conflict = {.view = view};
    struct buffer packed = {0};
    size_t count = 0;
    for (unsigned reg = conflict_next(&conflict, 1); reg < GRID_REGISTER_END;
            reg = conflict_next(&conflict, reg + 1)) {
        struct record record = {0};
        members_conflict(&conflict, &record);
        record_end(&record, &packed);
        count++;
    }
    struct buffer *out = record_member(&view->record, "conflicts");
    pack_array(out, count);
    buffer_append(out, packed.data, packed.size);
    out->failed = out->failed || packed.failed;
    buffer_close(&packed);
}

enum grid_status view_conflicts(
        struct fold *fold, const struct view_context *context, view_row_fn *row, void *row_context)
{
    struct view view = {.fold = fold, .context = context};
    struct conflict conflict = {.view = &view};
    for (unsigned reg = conflict_next(&conflict, 1);
            reg < GRID_REGISTER_END && view.status == GRID_OK;
            reg = conflict_next(&conflict, reg + 1)) {
        struct buffer packed = {0};
        members_conflict(&conflict, &view.record);
        view_end(&view, &packed);
        if (view.status == GRID_OK)
            view.status = row(row_context, buffer_bytes(&packed));
        buffer_close(&packed);
    }
    return view.status;
}

/* --- show --- */

static void members_origin(struct view *view)
{
    const struct fold_entry *create = fold_create(view->fold);
    if (create == NULL) {
        record_nil(&view->record, "source");
        record_nil(&view->record, "applicant");
        record_nil(&view->record, "received_at");
        return;
    }
    struct bytes applicant = create->body.args[GRID_ARGUMENT_APPLICANT];
    record_text(&view->record, "source",
            grid_source_name((unsigned)value_uint(create->body.args[GRID_ARGUMENT_SOURCE])));
    record_bool(&view->record, "applicant", value_bool(applicant));
    member_moment(view, "received_at", deadline_received(create, view->context->roster));
}

static void member_precision(struct view *view)
{
    record_text(&view->record, "occurred_precision",
            view_precision(GRID_REGISTER_OCCURRED_AT, shown(view, GRID_REGISTER_OCCURRED_AT)));
}

/* Registers that most cases never write: members only where they are written. */
static void members_rare(struct view *view)
{
    static const unsigned rare[] = {GRID_REGISTER_PLACE_TEXT, GRID_REGISTER_GEO,
            GRID_REGISTER_SCALE, GRID_REGISTER_PARTY_COUNT, GRID_REGISTER_AMOUNT_FEN,
            GRID_REGISTER_IMPACT, GRID_REGISTER_RISK, GRID_REGISTER_TRACK, GRID_REGISTER_PARTIES,
            GRID_REGISTER_CASE_LEADER, GRID_REGISTER_SUPERVISION};
    for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
        if (shown(view, rare[i]).size > 0)
            member_register(view, rare[i]);
}

static void member_empty_list(struct view *view, const char *key)
{
    pack_array(record_member(&view->record, key), 0);
}

struct documents {
    struct view *view;
    struct case_documents all;
};

static void item_of_document(void *context, size_t index, struct record *record)
{
    struct documents *documents = context;
    struct case_document one;
    view_note(documents->view, document_at(&documents->all, index, &one));
    view_document(record, &one, documents->view->context);
}

static void member_documents(struct view *view)
{
    struct documents documents = {.view = view};
    view_note(view, documents_of(view->fold, &documents.all));
    member_list(view, "documents", view->status == GRID_OK ? documents.all.count : 0,
            REFS_BYTES_MAX, item_of_document, &documents);
}

/* The present state, without what led to it. */
static void members_card(struct view *view)
{
    members_case(view);
    member_register(view, GRID_REGISTER_DESCRIPTION);
    members_origin(view);
    member_register(view, GRID_REGISTER_OCCURRED_AT);
    member_precision(view);
    members_rare(view);
    member_tags(view);
    member_register(view, GRID_REGISTER_OUTCOME);
    member_tag(view, &view->record);
    member_refs(view);
    member_empty_list(view, "attachments");
    member_documents(view);
    member_codes(view);
    view_members(&view->record, view->context);
    record_bool(&view->record, "newer_program_needed", fold_has_opaque(view->fold));
}

static void members_show(struct view *view)
{
    members_card(view);
    record_text(&view->record, "token", view->context->token);
    member_conflicts(view);
    member_texts(view, GRID_COLLECTION_NOTES, NOTES_BYTES_MAX);
    member_seconds(view);
    member_entries(view);
    if (view->left_out.count > 0)
        record_end(&view->left_out, record_member(&view->record, "left_out"));
}

enum grid_status view_show(
        struct buffer *out, struct fold *fold, const struct view_context *context)
{
    struct view view = {.fold = fold, .context = context};
    members_show(&view);
    return view_end(&view, out);
}

/* --- in a line of many --- */

static void member_count(struct view *view, const char *key, unsigned collection)
{
    record_uint(&view->record, key, items_of(view, collection).count);
}

enum grid_status view_card(
        struct buffer *out, struct fold *fold, const struct view_context *context)
{
    struct view view = {.fold = fold, .context = context};
    size_t count = fold_entry_count(fold);
    members_card(&view);
    record_uint(&view.record, "conflict_count", fold_conflict_count(fold));
    member_count(&view, "note_count", GRID_COLLECTION_NOTES);
    member_count(&view, "second_count", GRID_COLLECTION_SECONDS);
    record_uint(&view.record, "entry_count", count);
    if (count > 0)
        record_time(&view.record, "last_at", stamp_ms(fold_entry_at(fold, count - 1)->head.hlc));
    else
        record_nil(&view.record, "last_at");
    return view_end(&view, out);
}
