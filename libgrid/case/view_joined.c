/* What was joined to what, as records. */
#include "libgrid/case/view.h"

/* case, case_id, title, state */
static void members_of_case(struct record *record, const struct view_member *member)
{
    const struct fold_entry *create = fold_create(member->fold);
    struct fold_register title; /* without memory a value in conflict would be shown as none */
    char hex[2 * GRID_ID_BYTES + 1];
    ident_hex(hex, bytes_of(fold_case_id(member->fold), GRID_ID_BYTES));
    view_case_code(record, create != NULL ? &create->body : NULL);
    record_text(record, "case_id", hex);
    if (fold_read(member->fold, GRID_REGISTER_TITLE, &title) != GRID_OK)
        record->members.failed = true;
    view_value(record_member(record, "title"), GRID_REGISTER_TITLE,
            fold_shown(member->fold, GRID_REGISTER_TITLE));
    record_text(record, "state", grid_state_name(member->shown));
}

void view_primary(struct record *record, const struct view_context *context)
{
    struct record primary = {0};
    if (context->set == NULL || context->set->primary.fold == NULL) {
        record_nil(record, "primary");
        return;
    }
    members_of_case(&primary, &context->set->primary);
    record_end(&primary, record_member(record, "primary"));
}

/* A case can be joined to as many as anybody likes; what is shown of them is not endless. */
enum { MEMBERS_BYTES_MAX = 1024 * 1024 };

static void item_of_member(void *context, size_t index, struct record *record)
{
    const struct view_context *view = context;
    const struct view_member *member = &view->set->members[index];
    members_of_case(record, member);
    view_author(record, view, fold_create(member->fold));
}

void view_members(struct record *record, const struct view_context *context)
{
    struct view_context view = *context;
    size_t count = context->set != NULL ? context->set->member_count : 0;
    struct buffer *out = record_member(record, "members");
    list_pack(out, count, MEMBERS_BYTES_MAX, false, item_of_member, &view);
}
