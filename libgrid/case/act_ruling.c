/* A ruling: one of the values that differ, or a new one. */
#include "libgrid/case/draft.h"

/* One of the values shown: its number from 1, or the dot of one of its writers. */
static enum grid_status value_taken(const struct fold_register *values, struct bytes take,
        size_t *out, struct grid_error *error)
{
    char text[DOT_TEXT_BYTES];
    for (size_t i = 0; i < values->value_count; i++)
        for (size_t w = 0; w < values->values[i].writer_count; w++) {
            dot_print(text, &values->values[i].writers[w]->dot);
            *out = i;
            if (bytes_equal(take, bytes_text(text)))
                return GRID_OK;
        }
    uint64_t number = 0;
    for (size_t i = 0; i < take.size; i++) {
        if (take.data[i] < '0' || take.data[i] > '9' || i >= 6)
            return grid_fail(error, GRID_NOT_FOUND, "value_unknown", "%.*s", typed_shown(take),
                    (const char *)take.data);
        number = number * 10 + (unsigned)(take.data[i] - '0');
    }
    if (number < 1 || number > values->value_count)
        return grid_fail(error, GRID_INVALID, "take_range", "%.*s" GRID_ARG "%zu",
                typed_shown(take), (const char *)take.data, values->value_count);
    *out = (size_t)number - 1;
    return GRID_OK;
}

static enum grid_status rule_take(struct draft *draft, unsigned reg,
        const struct fold_register *values, struct bytes take, struct grid_error *error)
{
    size_t index = 0;
    enum grid_status status = value_taken(values, take, &index, error);
    if (status != GRID_OK)
        return status;
    struct buffer packed = {0};
    pack_raw(&packed, values->values[index].value);
    return draft_set(draft, reg, &packed);
}

enum grid_status fill_ruling(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    const struct grid_field *take = request_field(request, "take");
    const struct grid_field *value = request_field(request, "value");
    if ((take == NULL) == (value == NULL))
        return grid_fail(error, GRID_USAGE, "take_or_value", "%s", "");
    struct bytes name = request_field(request, "field")->value;
    unsigned reg = draft_register(name);
    if (reg == 0)
        return grid_fail(error, GRID_USAGE, "field_unknown", "%.*s", typed_shown(name),
                (const char *)name.data);
    struct fold_register values = {0};
    enum grid_status status = fold_read(draft->context->fold, reg, &values);
    if (status != GRID_OK)
        return status;
    if (values.value_count < 2)
        return grid_fail(error, GRID_REFUSED, "no_conflict", "%s", grid_register_name(reg));
    return take != NULL ? rule_take(draft, reg, &values, take->value, error)
                        : draft_set_typed(draft, reg, value->value, error);
}
