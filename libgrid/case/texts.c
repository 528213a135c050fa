#include "libgrid/case/texts.h"

#include "libgrid/case/codebook.h"

#include <stdio.h>
#include <string.h>

struct telling {
    struct fold *fold;
    texts_fn *each;
    void *context;
    size_t room;          /* bytes that may still be told */
    struct buffer joined; /* a text of several */
    enum grid_status status;
};

static void tell(
        struct telling *telling, enum texts_part part, const char *field, struct bytes text)
{
    if (telling->status != GRID_OK || text.size == 0 || text.size > telling->room)
        return;
    telling->room -= text.size;
    telling->status = telling->each(telling->context, part, field, text);
}

static void join(struct buffer *out, struct bytes text, const char *between)
{
    if (out->size > 0)
        buffer_append(out, between, strlen(between));
    buffer_append(out, text.data, text.size);
}

/* The text joined so far, and begins another. */
static void tell_joined(struct telling *telling, enum texts_part part, const char *field)
{
    if (telling->joined.failed)
        telling->status = GRID_NOMEM;
    tell(telling, part, field, buffer_bytes(&telling->joined));
    buffer_clear(&telling->joined);
}

/* --- registers: every live value, for in a conflict each of them may be the one --- */

typedef void value_fn(struct telling *telling, struct bytes value);

static void each_value(struct telling *telling, unsigned reg, value_fn *each)
{
    struct fold_register values = {0};
    enum grid_status status = fold_read(telling->fold, reg, &values);
    if (telling->status == GRID_OK)
        telling->status = status;
    for (size_t i = 0; i < values.value_count && telling->status == GRID_OK; i++)
        each(telling, values.values[i].value);
}

static void tell_title(struct telling *telling, struct bytes value)
{
    tell(telling, TEXTS_HEAD, "title", value_text(value));
}

static void tell_description(struct telling *telling, struct bytes value)
{
    tell(telling, TEXTS_BODY, "description", value_text(value));
}

static void tell_place(struct telling *telling, struct bytes value)
{
    tell(telling, TEXTS_BODY, "place_text", value_text(value));
}

static void tell_outcome(struct telling *telling, struct bytes value)
{
    struct outcome_value outcome = {0};
    if (value_outcome(value, &outcome))
        tell(telling, TEXTS_REST, "outcome", outcome.text);
}

/* 0204, 燃气泄漏, 安全隐患 */
static void tell_category(struct telling *telling, struct bytes value)
{
    char code[8];
    unsigned number = (unsigned)value_uint(value);
    const struct codebook_item *item = codebook_item(number);
    snprintf(code, sizeof(code), "%04u", number % 10000);
    tell(telling, TEXTS_BODY, "category", bytes_text(code));
    if (item == NULL)
        return;
    tell(telling, TEXTS_BODY, "category", bytes_text(item->name));
    tell(telling, TEXTS_BODY, "category", bytes_text(item->group));
}

/* --- collections --- */

static void each_item(struct telling *telling, unsigned collection, value_fn *each)
{
    const struct fold_item *items = NULL;
    size_t count = 0;
    enum grid_status status = fold_collection(telling->fold, collection, &items, &count);
    if (telling->status == GRID_OK)
        telling->status = status;
    for (size_t i = 0; i < count && telling->status == GRID_OK; i++)
        each(telling, items[i].value);
}

static void tell_note(struct telling *telling, struct bytes value)
{
    tell(telling, TEXTS_REST, "notes", value_text(value));
}

static void tell_second(struct telling *telling, struct bytes value)
{
    tell(telling, TEXTS_REST, "seconds", value_text(value));
}

static void tell_tag(struct telling *telling, struct bytes value)
{
    tell(telling, TEXTS_BODY, "tags", value_text(value));
}

/* [text] or [text, risk] */
static void tell_discussion(struct telling *telling, struct bytes value)
{
    struct reader reader = reader_of(value);
    read_array(&reader);
    tell(telling, TEXTS_REST, "discussions", read_str(&reader));
}

/* [system, number]: 12345:2026-0117 */
static void tell_ref(struct telling *telling, struct bytes value)
{
    struct reader reader = reader_of(value);
    read_array(&reader);
    join(&telling->joined, read_str(&reader), ":");
    join(&telling->joined, read_str(&reader), ":");
    tell_joined(telling, TEXTS_HEAD, "external_refs");
}

/* --- the code, as it is shown and as it is stored: either may be typed --- */

static void tell_code(struct telling *telling, struct bytes value)
{
    struct case_code code = {0};
    char text[GRID_CODE_TEXT_BYTES];
    struct bytes digits = value_text(value);
    if (digits.size != GRID_CODE_DIGITS)
        return;
    memcpy(code.digits, digits.data, GRID_CODE_DIGITS);
    code_print(text, &code);
    tell(telling, TEXTS_HEAD, "case", bytes_text(text));
    tell(telling, TEXTS_HEAD, "case", digits);
}

/* --- the unit --- */

typedef void name_fn(void *context, struct bytes name);

/* From the unit up to its township: what lies above is all that a centre has, and says nothing. */
static void each_name(
        const struct grid_roster *roster, struct bytes code, name_fn *each, void *context)
{
    for (; place_kind(code) >= GRID_PLACE_TOWNSHIP; code = place_parent(code)) {
        const struct grid_unit *unit = grid_roster_unit(roster, code);
        each(context, code);
        if (unit == NULL)
            continue;
        each(context, unit->name);
        if (unit->name_mn.size > 0)
            each(context, unit->name_mn);
    }
}

static void append_name(void *context, struct bytes name)
{
    join(context, name, " ");
}

void texts_of_unit(struct buffer *out, const struct grid_roster *roster, struct bytes unit)
{
    each_name(roster, unit, append_name, out);
}

static void tell_name(void *context, struct bytes name)
{
    tell(context, TEXTS_BODY, "unit", name);
}

enum grid_status texts_each(
        struct fold *fold, const struct grid_roster *roster, texts_fn *each, void *context)
{
    struct telling telling = {
            .fold = fold, .each = each, .context = context, .room = TEXTS_BYTES_MAX};
    const struct fold_entry *create = fold_create(fold);
    struct fold_register units = {0};
    if (create != NULL && create->verdict != GRID_OPAQUE)
        tell_code(&telling, create->body.args[GRID_ARGUMENT_CODE]);
    each_item(&telling, GRID_COLLECTION_CODES, tell_code);
    each_value(&telling, GRID_REGISTER_TITLE, tell_title);
    each_item(&telling, GRID_COLLECTION_EXTERNAL_REFS, tell_ref);
    each_value(&telling, GRID_REGISTER_DESCRIPTION, tell_description);
    each_value(&telling, GRID_REGISTER_PLACE_TEXT, tell_place);
    if (telling.status == GRID_OK)
        telling.status = fold_read(fold, GRID_REGISTER_UNIT, &units);
    for (size_t i = 0; i < units.value_count && telling.status == GRID_OK; i++)
        each_name(roster, value_text(units.values[i].value), tell_name, &telling);
    each_value(&telling, GRID_REGISTER_CATEGORY, tell_category);
    each_item(&telling, GRID_COLLECTION_TAGS, tell_tag);
    each_item(&telling, GRID_COLLECTION_NOTES, tell_note);
    each_item(&telling, GRID_COLLECTION_DISCUSSIONS, tell_discussion);
    each_item(&telling, GRID_COLLECTION_SECONDS, tell_second);
    each_value(&telling, GRID_REGISTER_OUTCOME, tell_outcome);
    buffer_close(&telling.joined);
    return telling.status;
}
