#include "libgrid/case/view.h"

static void pack_said(
        struct buffer *out, size_t *count, const char *field, unsigned reg, struct bytes value)
{
    struct record item = {0};
    struct bytes text = reg == 0 ? value_text(value) : value;
    if (text.size == 0)
        return;
    record_text(&item, "field", field);
    if (reg != 0)
        view_value(record_member(&item, "value"), reg, value);
    else
        record_str(&item, "value", text);
    record_end(&item, out);
    ++*count;
}

void view_said(struct record *record, const struct case_body *body)
{
    struct buffer items = {0};
    size_t count = 0;
    for (size_t i = 0; i < body->set_count; i++)
        pack_said(&items, &count, grid_register_name(body->sets[i].name), body->sets[i].name,
                body->sets[i].value);
    for (size_t i = 0; i < body->add_count; i++)
        pack_said(&items, &count, grid_collection_name(body->adds[i].name), 0, body->adds[i].value);
    for (size_t i = 0; i < body->removal_count; i++)
        pack_said(&items, &count, "remove", 0, body->removals[i].value);
    pack_said(&items, &count, "reason", 0, body->args[GRID_ARGUMENT_REASON]);
    pack_said(&items, &count, "text", 0, body->args[GRID_ARGUMENT_TEXT]);
    record_list(record, "values", count, &items);
    buffer_close(&items);
}
