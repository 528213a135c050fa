/* The values of registers, collections and arguments (P-36): a table of their forms and limits, and
 * the composed ones taken apart and put together. Every value here has passed the gate as part of a
 * body, so texts are valid UTF-8 and nothing is left behind a value. */
#include "proto/body.h"
#include "proto/document.h"
#include "proto/gate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum value_form {
    VALUE_NONE, /* no such number */
    VALUE_ANY,
    VALUE_UINT, /* min…max */
    VALUE_BOOL,
    VALUE_LINE, /* min…max characters, no control characters */
    VALUE_TEXT, /* the same, LF allowed */
    VALUE_BIN,  /* of exactly min bytes */
    VALUE_UNIT, /* the code of a unit */
    VALUE_OWN,  /* whatever `own` says */
};

struct value_rule {
    enum value_form form;
    uint64_t min, max;
    bool (*own)(struct bytes value);
};

enum {
    TAG_CHARS_MAX = 30,
    PARTIES_MAX = 8,
    PARTY_LABEL_CHARS_MAX = 30,
    PARTY_COUNT_MAX = 1000000,
    REF_CHARS_MAX = 64,
    ASSISTS_MAX = 16,
    RISK_MAX = 3,
};

#define MS_MAX ((uint64_t)0xffffffffffff) /* as far as a stamp reaches (P-70) */

/* --- scalars --- */

uint64_t value_uint(struct bytes value)
{
    struct reader reader = reader_of(value);
    if (read_type(&reader) != PACK_UINT)
        return 0;
    return read_uint(&reader);
}

int64_t value_int(struct bytes value)
{
    struct reader reader = reader_of(value);
    int64_t number = read_int(&reader);
    return reader.failed ? 0 : number;
}

bool value_bool(struct bytes value)
{
    struct reader reader = reader_of(value);
    bool truth = read_bool(&reader);
    return !reader.failed && truth;
}

struct bytes value_text(struct bytes value)
{
    struct reader reader = reader_of(value);
    struct bytes text = read_type(&reader) == PACK_BIN ? read_bin(&reader) : read_str(&reader);
    return reader.failed ? bytes_of(NULL, 0) : text;
}

bool text_is_name(struct bytes text)
{
    if (!gate_utf8(text) || !text_is_clean(text, false))
        return false;
    size_t chars = text_chars(text);
    return chars >= 1 && chars <= GRID_NAME_CHARS_MAX;
}

size_t text_chars(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xc0) != 0x80;
    return count;
}

/* C0, DEL and C1 (C2 80 … C2 9F in UTF-8). */
bool text_is_clean(struct bytes text, bool lines)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if ((byte < 0x20 && !(lines && byte == '\n')) || byte == 0x7f)
            return false;
        if (byte == 0xc2 && i + 1 < text.size && text.data[i + 1] < 0xa0)
            return false;
    }
    return true;
}

static bool text_fits(struct bytes text, size_t min, size_t max, bool lines)
{
    if (text.size < min || text.size > GRID_TEXT_BYTES_MAX)
        return false;
    size_t chars = text_chars(text);
    return chars >= min && chars <= max && text_is_clean(text, lines);
}

static bool unit_fits(struct bytes code)
{
    enum grid_place_kind kind = place_kind(code);
    return kind >= GRID_PLACE_REGION && kind <= GRID_PLACE_MICRO_GRID;
}

/* --- composed values --- */

static uint64_t read_max(struct reader *reader, uint64_t max)
{
    uint64_t value = read_uint(reader);
    if (value > max)
        reader->failed = true;
    return value;
}

static void read_array_of(struct reader *reader, size_t count)
{
    if (read_array(reader) != count)
        reader->failed = true;
}

static struct bytes read_place(struct reader *reader)
{
    struct bytes place = read_str(reader);
    if (place_kind(place) == GRID_PLACE_NONE)
        reader->failed = true;
    return place;
}

bool value_lead(struct bytes value, struct lead_value *out)
{
    *out = (struct lead_value){0};
    struct reader reader = reader_of(value);
    size_t size = read_array(&reader);
    if (size == 0)
        return reader_done(&reader);
    if (size != 2)
        return false;
    out->lead = read_place(&reader);
    out->assist_count = read_array(&reader);
    if (out->assist_count > ASSISTS_MAX) {
        *out = (struct lead_value){0};
        return false;
    }
    for (size_t i = 0; i < out->assist_count; i++) {
        out->assists[i] = read_place(&reader);
        if (i > 0 && bytes_compare(out->assists[i - 1], out->assists[i]) >= 0)
            reader.failed = true;
    }
    return reader_done(&reader);
}

static int bytes_order(const void *a, const void *b)
{
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

void value_pack_lead(struct buffer *out, const struct lead_value *lead)
{
    struct bytes sorted[ASSISTS_MAX];
    size_t count = 0;
    assert(lead->assist_count <= ASSISTS_MAX);
    if (lead->lead.size == 0) {
        pack_array(out, 0);
        return;
    }
    for (size_t i = 0; i < lead->assist_count; i++)
        sorted[i] = lead->assists[i];
    qsort(sorted, lead->assist_count, sizeof(sorted[0]), bytes_order);
    for (size_t i = 0; i < lead->assist_count; i++)
        if (count == 0 || !bytes_equal(sorted[count - 1], sorted[i]))
            sorted[count++] = sorted[i];
    pack_array(out, 2);
    pack_str(out, lead->lead);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++)
        pack_str(out, sorted[i]);
}

bool value_due(struct bytes value, struct due_value *out)
{
    struct reader reader = reader_of(value);
    read_array_of(&reader, 3);
    out->act_ms = (int64_t)read_max(&reader, MS_MAX);
    out->finish_ms = (int64_t)read_max(&reader, MS_MAX);
    out->policy = (unsigned)read_max(&reader, UINT32_MAX);
    return reader_done(&reader);
}

void value_pack_due(struct buffer *out, const struct due_value *due)
{
    pack_array(out, 3);
    pack_int(out, due->act_ms);
    pack_int(out, due->finish_ms);
    pack_uint(out, due->policy);
}

bool value_occurred(struct bytes value, struct occurred_value *out)
{
    struct reader reader = reader_of(value);
    read_array_of(&reader, 2);
    out->ms = (int64_t)read_max(&reader, MS_MAX);
    out->precision = (unsigned)read_max(&reader, 2);
    return reader_done(&reader);
}

void value_pack_occurred(struct buffer *out, const struct occurred_value *occurred)
{
    pack_array(out, 2);
    pack_int(out, occurred->ms);
    pack_uint(out, occurred->precision);
}

static int32_t read_degrees(struct reader *reader, int32_t limit)
{
    int64_t value = read_int(reader);
    if (value < -limit || value > limit) {
        reader->failed = true;
        return 0;
    }
    return (int32_t)value;
}

bool value_geo(struct bytes value, struct geo_value *out)
{
    struct reader reader = reader_of(value);
    read_array_of(&reader, 4);
    out->latitude = read_degrees(&reader, 900000000);
    out->longitude = read_degrees(&reader, 1800000000);
    out->accuracy_m = (unsigned)read_max(&reader, UINT32_MAX);
    out->fix_ms = (int64_t)read_max(&reader, MS_MAX);
    return reader_done(&reader);
}

void value_pack_geo(struct buffer *out, const struct geo_value *geo)
{
    pack_array(out, 4);
    pack_int(out, geo->latitude);
    pack_int(out, geo->longitude);
    pack_uint(out, geo->accuracy_m);
    pack_int(out, geo->fix_ms);
}

bool value_outcome(struct bytes value, struct outcome_value *out)
{
    struct reader reader = reader_of(value);
    read_array_of(&reader, 3);
    out->method = (unsigned)read_max(&reader, GRID_METHOD_END - 1);
    out->success = read_bool(&reader);
    out->text = read_str(&reader);
    return reader_done(&reader) && text_fits(out->text, 0, GRID_DESCRIPTION_CHARS_MAX, true);
}

void value_pack_outcome(struct buffer *out, const struct outcome_value *outcome)
{
    pack_array(out, 3);
    pack_uint(out, outcome->method);
    pack_bool(out, outcome->success);
    pack_str(out, outcome->text);
}

static bool check_lead(struct bytes value)
{
    struct lead_value lead;
    return value_lead(value, &lead);
}

static bool check_due(struct bytes value)
{
    struct due_value due;
    return value_due(value, &due);
}

static bool check_outcome(struct bytes value)
{
    struct outcome_value outcome;
    return value_outcome(value, &outcome);
}

static bool check_occurred(struct bytes value)
{
    struct occurred_value occurred;
    return value_occurred(value, &occurred);
}

static bool check_geo(struct bytes value)
{
    struct geo_value geo;
    return value_geo(value, &geo);
}

/* Merged is a view and never written (DOMAIN 7). */
static bool check_state(struct bytes value)
{
    uint64_t state = value_uint(value);
    return state >= GRID_STATE_REPORTED && state <= GRID_STATE_CLOSED && state != GRID_STATE_MERGED;
}

static bool check_parties(struct bytes value)
{
    struct reader reader = reader_of(value);
    size_t count = read_array(&reader);
    if (count > PARTIES_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        read_array_of(&reader, 2);
        if (read_max(&reader, GRID_PARTY_END - 1) == 0)
            return false;
        if (!text_fits(read_str(&reader), 0, PARTY_LABEL_CHARS_MAX, false))
            return false;
    }
    return reader_done(&reader);
}

/* [sha256 bin, bytes, type str, kind str, …]: what a later program adds is kept unread. */
static bool check_attachment(struct bytes value)
{
    struct reader reader = reader_of(value);
    uint8_t hash[GRID_HASH_BYTES];
    if (read_array(&reader) < 4)
        return false;
    read_bin_exact(&reader, hash, sizeof(hash));
    read_uint(&reader);
    struct bytes type = read_str(&reader);
    struct bytes kind = read_str(&reader);
    return !reader.failed && text_fits(type, 1, TAG_CHARS_MAX, false) &&
           text_fits(kind, 1, TAG_CHARS_MAX, false);
}

static bool check_discussion(struct bytes value)
{
    struct reader reader = reader_of(value);
    size_t count = read_array(&reader);
    if (count < 1 || count > 2 ||
            !text_fits(read_str(&reader), 1, GRID_DESCRIPTION_CHARS_MAX, true))
        return false;
    if (count == 2)
        read_max(&reader, RISK_MAX);
    return reader_done(&reader);
}

static bool check_external_ref(struct bytes value)
{
    struct reader reader = reader_of(value);
    read_array_of(&reader, 2);
    struct bytes system = read_str(&reader);
    struct bytes number = read_str(&reader);
    return reader_done(&reader) && text_fits(system, 1, TAG_CHARS_MAX, false) &&
           text_fits(number, 1, REF_CHARS_MAX, false);
}

static bool check_code(struct bytes value)
{
    struct reader reader = reader_of(value);
    struct bytes digits = read_str(&reader);
    char text[GRID_CODE_DIGITS + 1] = {0};
    struct case_code code;
    if (!reader_done(&reader) || digits.size != GRID_CODE_DIGITS)
        return false;
    memcpy(text, digits.data, GRID_CODE_DIGITS);
    return code_parse(&code, text, NULL) == GRID_OK &&
           memcmp(code.digits, text, GRID_CODE_DIGITS) == 0; /* digits alone, nothing lenient */
}

static bool check_document(struct bytes value)
{
    struct document_value document;
    return value_document(value, &document);
}

static bool check_reply(struct bytes value)
{
    struct reply_value reply;
    return value_reply(value, &reply);
}

/* --- the table (P-36) --- */

static const struct value_rule register_rules[GRID_REGISTER_END] = {
        [GRID_REGISTER_STATE] = {VALUE_OWN, .own = check_state},
        [GRID_REGISTER_HOLDER] = {VALUE_UNIT},
        [GRID_REGISTER_LEAD] = {VALUE_OWN, .own = check_lead},
        [GRID_REGISTER_DUE] = {VALUE_OWN, .own = check_due},
        [GRID_REGISTER_OUTCOME] = {VALUE_OWN, .own = check_outcome},
        [GRID_REGISTER_CATEGORY] = {VALUE_UINT, 101, GRID_CATEGORY_UNCLASSIFIED},
        [GRID_REGISTER_TITLE] = {VALUE_LINE, GRID_TITLE_CHARS_MIN, GRID_TITLE_CHARS_MAX},
        [GRID_REGISTER_DESCRIPTION] = {VALUE_TEXT, 1, GRID_DESCRIPTION_CHARS_MAX},
        [GRID_REGISTER_OCCURRED_AT] = {VALUE_OWN, .own = check_occurred},
        [GRID_REGISTER_UNIT] = {VALUE_UNIT},
        [GRID_REGISTER_PLACE_TEXT] = {VALUE_LINE, 0, GRID_PLACE_TEXT_CHARS_MAX},
        [GRID_REGISTER_GEO] = {VALUE_OWN, .own = check_geo},
        [GRID_REGISTER_URGENCY] = {VALUE_UINT, 1, 4},
        [GRID_REGISTER_SCALE] = {VALUE_UINT, GRID_SCALE_INDIVIDUAL, GRID_SCALE_MASS},
        [GRID_REGISTER_PARTY_COUNT] = {VALUE_UINT, 0, PARTY_COUNT_MAX},
        [GRID_REGISTER_AMOUNT_FEN] = {VALUE_UINT, 0, INT64_MAX},
        [GRID_REGISTER_IMPACT] = {VALUE_UINT, 1, 4},
        [GRID_REGISTER_RISK] = {VALUE_UINT, 0, RISK_MAX},
        [GRID_REGISTER_TRACK] = {VALUE_UINT, GRID_TRACK_CIVIL, GRID_TRACK_SERVICE},
        [GRID_REGISTER_PARTIES] = {VALUE_OWN, .own = check_parties},
        [GRID_REGISTER_CONTACT] = {VALUE_BIN, GRID_HASH_BYTES},
        [GRID_REGISTER_CASE_LEADER] = {VALUE_BIN, GRID_ID_BYTES},
        [GRID_REGISTER_SUPERVISION] = {VALUE_UINT, 0, GRID_SUPERVISION_RED},
};

static const struct value_rule collection_rules[GRID_COLLECTION_END] = {
        [GRID_COLLECTION_TAGS] = {VALUE_LINE, 1, TAG_CHARS_MAX},
        [GRID_COLLECTION_LINKS] = {VALUE_BIN, GRID_ID_BYTES},
        [GRID_COLLECTION_NOTES] = {VALUE_TEXT, 1, GRID_DESCRIPTION_CHARS_MAX},
        [GRID_COLLECTION_ATTACHMENTS] = {VALUE_OWN, .own = check_attachment},
        [GRID_COLLECTION_SECONDS] = {VALUE_TEXT, 0, GRID_DESCRIPTION_CHARS_MAX},
        [GRID_COLLECTION_DISCUSSIONS] = {VALUE_OWN, .own = check_discussion},
        [GRID_COLLECTION_FOLLOW_UPS] = {VALUE_ANY},
        [GRID_COLLECTION_DOCUMENTS] = {VALUE_OWN, .own = check_document},
        [GRID_COLLECTION_REPLIES] = {VALUE_OWN, .own = check_reply},
        [GRID_COLLECTION_EXTERNAL_REFS] = {VALUE_OWN, .own = check_external_ref},
        [GRID_COLLECTION_CODES] = {VALUE_OWN, .own = check_code},
};

static const struct value_rule argument_rules[GRID_ARGUMENT_END] = {
        [GRID_ARGUMENT_CODE] = {VALUE_OWN, .own = check_code},
        [GRID_ARGUMENT_SOURCE] = {VALUE_UINT, GRID_SOURCE_PATROL, GRID_SOURCE_VOLUNTEER},
        [GRID_ARGUMENT_APPLICANT] = {VALUE_BOOL},
        [GRID_ARGUMENT_REASON] = {VALUE_TEXT, 1, GRID_DESCRIPTION_CHARS_MAX},
        [GRID_ARGUMENT_REACHED] = {VALUE_BOOL},
        [GRID_ARGUMENT_SATISFIED] = {VALUE_UINT, 1, 5},
        [GRID_ARGUMENT_WITH] = {VALUE_BIN, GRID_ID_BYTES},
        [GRID_ARGUMENT_TEXT] = {VALUE_TEXT, 0, GRID_DESCRIPTION_CHARS_MAX},
        [GRID_ARGUMENT_UNTIL] = {VALUE_UINT, 0, MS_MAX},
        [GRID_ARGUMENT_RISK] = {VALUE_UINT, 1, 3},
};

static bool rule_holds(const struct value_rule *rule, struct bytes value)
{
    struct reader reader = reader_of(value);
    bool fits = false;
    switch (rule->form) {
    case VALUE_NONE:
        return false;
    case VALUE_ANY:
        return value.size > 0;
    case VALUE_OWN:
        return rule->own(value);
    case VALUE_UINT: {
        uint64_t number = read_uint(&reader);
        fits = number >= rule->min && number <= rule->max;
        break;
    }
    case VALUE_BOOL:
        read_bool(&reader);
        fits = true;
        break;
    case VALUE_LINE:
    case VALUE_TEXT: {
        struct bytes text = read_str(&reader);
        fits = text_fits(text, rule->min, rule->max, rule->form == VALUE_TEXT);
        break;
    }
    case VALUE_BIN:
        fits = read_bin(&reader).size == rule->min;
        break;
    case VALUE_UNIT:
        fits = unit_fits(read_str(&reader));
        break;
    }
    return fits && reader_done(&reader);
}

bool value_check_register(unsigned reg, struct bytes value)
{
    return reg < GRID_REGISTER_END && rule_holds(&register_rules[reg], value);
}

bool value_check_addition(unsigned collection, struct bytes value)
{
    return collection < GRID_COLLECTION_END && rule_holds(&collection_rules[collection], value);
}

bool value_check_argument(unsigned argument, struct bytes value)
{
    return argument < GRID_ARGUMENT_END && rule_holds(&argument_rules[argument], value);
}
