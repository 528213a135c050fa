#include "libgrid/case/draft.h"

#include <assert.h>
#include <string.h>

enum {
    ALL = VERB_REPORTS | VERB_AMENDS | VERB_RULES,
    LATER = VERB_AMENDS | VERB_RULES,
    PARTY_COUNT_MAX = 1000000,
};
/* an amount beyond a million million yuan is a slip of the finger */
static const uint64_t amount_fen_max = UINT64_C(100000000000000);

/* The registers by name, with the verbs that may write them: DOMAIN 4's names, and the short ones
 * of CLI.md. */
static const struct verb_field fields[] = {
        {.name = "category", .may = ALL, .number = GRID_REGISTER_CATEGORY, .read = typed_category},
        {.name = "title",
                .may = ALL,
                .number = GRID_REGISTER_TITLE,
                .read = typed_text,
                .min = GRID_TITLE_CHARS_MIN,
                .max = GRID_TITLE_CHARS_MAX},
        {.name = "text",
                .may = ALL,
                .number = GRID_REGISTER_DESCRIPTION,
                .read = typed_text,
                .min = 1,
                .max = GRID_DESCRIPTION_CHARS_MAX,
                .lines = true},
        {.name = "description",
                .may = ALL,
                .number = GRID_REGISTER_DESCRIPTION,
                .read = typed_text,
                .min = 1,
                .max = GRID_DESCRIPTION_CHARS_MAX,
                .lines = true},
        {.name = "occurred_at",
                .may = ALL,
                .number = GRID_REGISTER_OCCURRED_AT,
                .read = typed_time},
        {.name = "unit", .may = ALL, .number = GRID_REGISTER_UNIT, .read = typed_where},
        {.name = "place",
                .may = ALL,
                .number = GRID_REGISTER_PLACE_TEXT,
                .read = typed_text,
                .max = GRID_PLACE_TEXT_CHARS_MAX},
        {.name = "place_text",
                .may = ALL,
                .number = GRID_REGISTER_PLACE_TEXT,
                .read = typed_text,
                .max = GRID_PLACE_TEXT_CHARS_MAX},
        {.name = "at", .may = ALL, .number = GRID_REGISTER_GEO, .read = typed_geo},
        {.name = "geo", .may = ALL, .number = GRID_REGISTER_GEO, .read = typed_geo},
        {.name = "urgency", .may = ALL, .number = GRID_REGISTER_URGENCY, .read = typed_urgency},
        {.name = "scale", .may = ALL, .number = GRID_REGISTER_SCALE, .read = typed_scale},
        {.name = "party_count",
                .may = LATER,
                .number = GRID_REGISTER_PARTY_COUNT,
                .read = typed_number,
                .max = PARTY_COUNT_MAX},
        {.name = "amount_fen",
                .may = LATER,
                .number = GRID_REGISTER_AMOUNT_FEN,
                .read = typed_number,
                .max = amount_fen_max},
        {.name = "impact",
                .may = LATER,
                .number = GRID_REGISTER_IMPACT,
                .read = typed_number,
                .min = 1,
                .max = 4},
        {.name = "risk", .may = LATER, .number = GRID_REGISTER_RISK, .read = typed_risk},
        {.name = "track", .may = LATER, .number = GRID_REGISTER_TRACK, .read = typed_track},
        {.name = "parties", .may = LATER, .number = GRID_REGISTER_PARTIES, .read = typed_parties},
        {.name = "state", .may = VERB_RULES, .number = GRID_REGISTER_STATE, .read = typed_state},
        {.name = "holder", .may = VERB_RULES, .number = GRID_REGISTER_HOLDER, .read = typed_unit},
};
enum { FIELD_COUNT = sizeof(fields) / sizeof(fields[0]) };

static const struct verb_field *register_find(unsigned may, struct bytes name)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if ((fields[i].may & may) != 0 && bytes_equal(name, bytes_text(fields[i].name)))
            return &fields[i];
    return NULL;
}

/* A verb's own fields stand before the registers: `text` of a note is no description. */
static const struct verb_field *field_find(const struct verb *verb, struct bytes name)
{
    for (const struct verb_field *field = verb->fields; field != NULL && field->name != NULL;
            field++)
        if (bytes_equal(name, bytes_text(field->name)))
            return field;
    return register_find(verb->registers, name);
}

/* Who acts, on what and under which condition: the node's to look at. */
static bool field_is_common(struct bytes name)
{
    static const char *const common[] = {"as", "post", "if", "key", "case", "with"};
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        if (bytes_equal(name, bytes_text(common[i])))
            return true;
    return false;
}

/* What the buffer holds moves into the arena; size 0 when memory ended. */
static struct bytes draft_keep(struct draft *draft, struct buffer *packed)
{
    struct bytes kept = {0};
    if (!packed->failed)
        kept = arena_copy(draft->arena, buffer_bytes(packed));
    buffer_close(packed);
    return kept.data != NULL ? kept : (struct bytes){0};
}

enum grid_status draft_set(struct draft *draft, unsigned reg, struct buffer *packed)
{
    assert(reg > 0 && reg < GRID_REGISTER_END);
    draft->sets[reg] = draft_keep(draft, packed);
    return draft->sets[reg].size > 0 ? GRID_OK : GRID_NOMEM;
}

enum grid_status draft_set_uint(struct draft *draft, unsigned reg, uint64_t value)
{
    struct buffer packed = {0};
    pack_uint(&packed, value);
    return draft_set(draft, reg, &packed);
}

enum grid_status draft_set_str(struct draft *draft, unsigned reg, struct bytes text)
{
    struct buffer packed = {0};
    pack_str(&packed, text);
    return draft_set(draft, reg, &packed);
}

enum grid_status draft_set_outcome(
        struct draft *draft, unsigned method, bool success, struct bytes text)
{
    const struct outcome_value outcome = {.method = method, .success = success, .text = text};
    struct buffer packed = {0};
    value_pack_outcome(&packed, &outcome);
    return draft_set(draft, GRID_REGISTER_OUTCOME, &packed);
}

enum grid_status draft_argue(struct draft *draft, unsigned argument, struct buffer *packed)
{
    assert(argument > 0 && argument < GRID_ARGUMENT_END);
    draft->args[argument] = draft_keep(draft, packed);
    return draft->args[argument].size > 0 ? GRID_OK : GRID_NOMEM;
}

size_t draft_op_count(const struct draft *draft)
{
    size_t count = draft->add_count + draft->removal_count;
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
        count += draft->sets[reg].size > 0;
    return count;
}

static enum grid_status draft_room(const struct draft *draft, struct grid_error *error)
{
    if (draft_op_count(draft) < GRID_OPS_MAX)
        return GRID_OK;
    return grid_fail(error, GRID_LIMIT, "too_many_ops", "%d", GRID_OPS_MAX);
}

/* The same value twice is one addition. */
enum grid_status draft_add(
        struct draft *draft, unsigned collection, struct buffer *packed, struct grid_error *error)
{
    struct bytes value = draft_keep(draft, packed);
    if (value.size == 0)
        return GRID_NOMEM;
    for (size_t i = 0; i < draft->add_count; i++)
        if (draft->adds[i].name == collection && bytes_equal(draft->adds[i].value, value))
            return GRID_OK;
    enum grid_status status = draft_room(draft, error);
    if (status == GRID_OK)
        draft->adds[draft->add_count++] = (struct case_op){.name = collection, .value = value};
    return status;
}

static bool draft_removes(const struct draft *draft, const struct fold_item *item)
{
    for (size_t i = 0; i < draft->removal_count; i++)
        if (dot_equal(&draft->removals[i].dot, &item->entry->dot) &&
                bytes_equal(draft->removals[i].value, item->value))
            return true;
    return false;
}

/* A removal names dot and value of each addition that is to go (DOMAIN 9): what another adds
 * meanwhile stays. */
enum grid_status draft_remove(struct draft *draft, unsigned collection, struct buffer *packed,
        struct bytes typed_name, struct grid_error *error)
{
    const struct fold_item *items = NULL;
    size_t count = 0;
    size_t found = 0;
    struct bytes value = draft_keep(draft, packed);
    enum grid_status status = value.size > 0 ? GRID_OK : GRID_NOMEM;
    if (status == GRID_OK)
        status = fold_collection(draft->context->fold, collection, &items, &count);
    for (size_t i = 0; i < count && status == GRID_OK; i++) {
        if (!bytes_equal(items[i].value, value))
            continue;
        found++;
        if (draft_removes(draft, &items[i]))
            continue;
        status = draft_room(draft, error);
        if (status == GRID_OK)
            draft->removals[draft->removal_count++] = (struct case_removal){
                    .collection = collection, .dot = items[i].entry->dot, .value = value};
    }
    if (status == GRID_OK && found == 0)
        return grid_fail(error, GRID_NOT_FOUND, "tag_absent", "%.*s", typed_shown(typed_name),
                (const char *)typed_name.data);
    return status;
}

static enum grid_status field_twice(const struct verb_field *field, struct grid_error *error)
{
    return grid_fail(error, GRID_USAGE, "field_twice", "%s", field->name);
}

static enum grid_status draft_give(struct draft *draft, const struct verb_field *field,
        struct buffer *packed, struct grid_error *error)
{
    if (draft->given_count == DRAFT_GIVEN_MAX)
        return grid_fail(error, GRID_LIMIT, "too_many_ops", "%d", DRAFT_GIVEN_MAX);
    struct given *given = &draft->given[draft->given_count++];
    *given = (struct given){.field = field, .value = draft_keep(draft, packed)};
    return given->value.size > 0 ? GRID_OK : GRID_NOMEM;
}

static enum grid_status draft_put(struct draft *draft, const struct verb_field *field,
        struct bytes text, struct buffer *packed, struct grid_error *error)
{
    switch (field->target) {
    case VERB_SETS: /* under its other name, perhaps */
        if (draft->sets[field->number].size > 0)
            return field_twice(field, error);
        return draft_set(draft, field->number, packed);
    case VERB_ARGUES:
        return draft_argue(draft, field->number, packed);
    case VERB_ADDS:
        return draft_add(draft, field->number, packed, error);
    case VERB_TAKES:
        return draft_remove(draft, field->number, packed, text, error);
    case VERB_GIVES:
        return draft_give(draft, field, packed, error);
    }
    return GRID_OK;
}

static enum grid_status draft_read(struct draft *draft, const struct verb_field *field,
        struct bytes text, struct grid_error *error)
{
    const struct typed typed = {.field = field->name,
            .min = field->min,
            .max = field->max,
            .lines = field->lines,
            .roster = draft->context->world->roster};
    struct buffer packed = {0};
    enum grid_status status = field->read(&packed, &typed, text, error);
    if (status == GRID_OK)
        status = packed.failed ? GRID_NOMEM : draft_put(draft, field, text, &packed, error);
    buffer_close(&packed);
    return status;
}

static bool field_stood(const struct grid_request *request, size_t before, struct bytes name)
{
    for (size_t i = 0; i < before; i++)
        if (bytes_equal(request->fields[i].name, name))
            return true;
    return false;
}

static enum grid_status draft_take_field(struct draft *draft, const struct grid_request *request,
        size_t index, struct grid_error *error)
{
    struct bytes name = request->fields[index].name;
    const struct verb_field *field = field_find(draft->verb, name);
    if (field == NULL)
        return grid_fail(error, GRID_USAGE, "field_unknown", "%.*s", typed_shown(name),
                (const char *)name.data);
    if (!field->repeated && field_stood(request, index, name))
        return field_twice(field, error);
    return field->read != NULL ? draft_read(draft, field, request->fields[index].value, error)
                               : GRID_OK;
}

enum grid_status draft_take(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < request->field_count && status == GRID_OK; i++)
        if (!field_is_common(request->fields[i].name))
            status = draft_take_field(draft, request, i, error);
    const struct verb_field *field = draft->verb->fields;
    for (; field != NULL && field->name != NULL && status == GRID_OK; field++)
        if (field->needed && request_field(request, field->name) == NULL)
            return grid_fail(error, GRID_USAGE, "field_missing", "%s", field->name);
    return status;
}

struct bytes draft_given_next(const struct draft *draft, const char *name, size_t *at)
{
    while (*at < draft->given_count) {
        const struct given *given = &draft->given[(*at)++];
        if (strcmp(given->field->name, name) == 0)
            return given->value;
    }
    return (struct bytes){0};
}

struct bytes draft_given(const struct draft *draft, const char *name)
{
    size_t at = 0;
    return draft_given_next(draft, name, &at);
}

unsigned draft_register(struct bytes name)
{
    const struct verb_field *field = register_find(VERB_RULES, name);
    return field != NULL ? field->number : grid_register_number(name);
}

enum grid_status draft_set_typed(
        struct draft *draft, unsigned reg, struct bytes text, struct grid_error *error)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if ((fields[i].may & VERB_RULES) != 0 && fields[i].number == reg)
            return draft_read(draft, &fields[i], text, error);
    return grid_fail(error, GRID_USAGE, "field_take_only", "%s", grid_register_name(reg));
}

bool draft_has_tag(const struct draft *draft, const char *tag)
{
    for (size_t i = 0; i < draft->add_count; i++)
        if (draft->adds[i].name == GRID_COLLECTION_TAGS &&
                bytes_equal(value_text(draft->adds[i].value), bytes_text(tag)))
            return true;
    return false;
}
