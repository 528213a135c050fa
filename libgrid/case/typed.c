#include "libgrid/case/typed.h"

#include "libgrid/case/codebook.h"
#include "proto/gate.h"
#include "proto/limits.h"
#include "proto/pack.h"
#include "proto/stamp.h"
#include "proto/words.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int typed_shown(struct bytes text)
{
    enum { SHOWN_BYTES_MAX = 120 };
    size_t size = text.size;
    if (size > SHOWN_BYTES_MAX) {
        size = SHOWN_BYTES_MAX;
        while (size > 0 && (text.data[size] & 0xc0) == 0x80)
            size--;
    }
    return (int)size;
}

/* "field", "what was typed" */
static enum grid_status fail_form(
        const struct typed *typed, const char *reason, struct bytes text, struct grid_error *error)
{
    return grid_fail(error, GRID_INVALID, reason, "%s" GRID_ARG "%.*s", typed->field,
            typed_shown(text), (const char *)text.data);
}

static bool text_is(struct bytes text, const char *word)
{
    return bytes_equal(text, bytes_text(word));
}

struct bytes typed_trim(struct bytes text)
{
    while (text.size > 0 && text.data[0] == ' ') {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && text.data[text.size - 1] == ' ')
        text.size--;
    return text;
}

/* The digit that begins at `at`, ASCII or full-width (U+FF10…); −1 when none does. *size: its
 * bytes. */
static int digit_at(struct bytes text, size_t at, size_t *size)
{
    const uint8_t *byte = &text.data[at];
    *size = 1;
    if (byte[0] >= '0' && byte[0] <= '9')
        return byte[0] - '0';
    if (text.size - at < 3 || byte[0] != 0xef || byte[1] != 0xbc || byte[2] < 0x90 ||
            byte[2] > 0x99)
        return -1;
    *size = 3;
    return byte[2] - 0x90;
}

/* --- texts --- */

/* The code point of the control character that begins at `at` (C0, DEL, C1); −1 for any other. */
static int control_at(struct bytes text, size_t at, bool lines)
{
    uint8_t byte = text.data[at];
    if (byte == '\n' && lines)
        return -1;
    if (byte < 0x20 || byte == 0x7f)
        return byte;
    if (byte == 0xc2 && at + 1 < text.size && text.data[at + 1] < 0xa0)
        return text.data[at + 1];
    return -1;
}

static enum grid_status text_check_controls(
        const struct typed *typed, struct bytes text, struct grid_error *error)
{
    size_t character = 0;
    for (size_t i = 0; i < text.size; i++) {
        character += (text.data[i] & 0xc0) != 0x80;
        int control = control_at(text, i, typed->lines);
        if (control >= 0)
            return grid_fail(error, GRID_INVALID, "control_character",
                    "%s" GRID_ARG "U+%04X" GRID_ARG "%zu", typed->field, (unsigned)control,
                    character);
    }
    return GRID_OK;
}

/* A text is kept byte for byte as it was typed: NFC is made where it is typed (D7). */
/* Nothing but spaces, the wide one (U+3000) too, and line ends. */
static bool text_is_blank(struct bytes text)
{
    static const char wide[] = "\u3000";
    size_t at = 0;
    while (at < text.size) {
        bool is_wide =
                text.size - at >= strlen(wide) && memcmp(text.data + at, wide, strlen(wide)) == 0;
        if (!is_wide && text.data[at] != ' ' && text.data[at] != '\n')
            return false;
        at += is_wide ? strlen(wide) : 1;
    }
    return true;
}

enum grid_status typed_text(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    if (!gate_utf8(text))
        return grid_fail(error, GRID_INVALID, "text_utf8", "%s", typed->field);
    size_t count = text_chars(text);
    if (count < typed->min || count > typed->max) {
        if (strcmp(typed->field, "title") == 0)
            return grid_fail(error, GRID_INVALID, "title_length",
                    "%zu" GRID_ARG "%" PRIu64 GRID_ARG "%" PRIu64, count, typed->min, typed->max);
        return grid_fail(error, GRID_INVALID, "text_length",
                "%s" GRID_ARG "%zu" GRID_ARG "%" PRIu64 GRID_ARG "%" PRIu64, typed->field, count,
                typed->min, typed->max);
    }
    enum grid_status status = text_check_controls(typed, text, error);
    if (status != GRID_OK)
        return status;
    if (typed->min > 0 && text_is_blank(text))
        return grid_fail(error, GRID_INVALID, "text_blank", "%s", typed->field);
    assert(text.size <= GRID_TEXT_BYTES_MAX); /* no field permits more than 1000 characters */
    pack_str(out, text);
    return GRID_OK;
}

enum grid_status typed_tag(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    static const struct {
        const char *typed, *tag;
    } known[] = {{"涉矿", "mining"}, {"群体", "group"}};
    text = typed_trim(text);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (text_is(text, known[i].typed))
            text = bytes_text(known[i].tag);
    return typed_text(out, typed, text, error);
}

/* Cuts `text` at the first `mark`, ASCII or its full-width form; false when there is none. */
static bool text_cut(
        struct bytes text, char mark, const char *wide, struct bytes *before, struct bytes *behind)
{
    for (size_t at = 0; at < text.size; at++) {
        size_t width = 0;
        if (text.data[at] == (uint8_t)mark)
            width = 1;
        else if (text.size - at >= strlen(wide) && memcmp(&text.data[at], wide, strlen(wide)) == 0)
            width = strlen(wide);
        if (width == 0)
            continue;
        *before = typed_trim(bytes_of(text.data, at));
        *behind = typed_trim(bytes_of(text.data + at + width, text.size - at - width));
        return true;
    }
    return false;
}

/* SYSTEM:NUMBER; the number may hold further colons. */
enum grid_status typed_ref(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    enum { SYSTEM_CHARS_MAX = 30, NUMBER_CHARS_MAX = 64 }; /* P-36 */
    const struct typed system_part = {.field = typed->field, .min = 1, .max = SYSTEM_CHARS_MAX};
    const struct typed number_part = {.field = typed->field, .min = 1, .max = NUMBER_CHARS_MAX};
    struct bytes system = {0};
    struct bytes number = {0};
    if (!text_cut(text, ':', "：", &system, &number) || system.size == 0 || number.size == 0)
        return fail_form(typed, "ref_form", text, error);
    pack_array(out, 2);
    enum grid_status status = typed_text(out, &system_part, system, error);
    if (status == GRID_OK)
        status = typed_text(out, &number_part, number, error);
    return status;
}

static const char *const party_kinds[] = {
        "villager", "resident", "enterprise", "mine", "village", "department", "unknown"};
enum { PARTY_KINDS = sizeof(party_kinds) / sizeof(party_kinds[0]) };

const char *party_kind_name(unsigned number)
{
    return number >= 1 && number <= PARTY_KINDS ? party_kinds[number - 1] : NULL;
}

static unsigned party_kind_number(struct bytes name)
{
    for (unsigned i = 1; i <= PARTY_KINDS; i++)
        if (text_is(name, party_kind_name(i)))
            return i;
    return 0;
}

struct party {
    unsigned kind;
    struct bytes label;
};

static int compare_parties(const void *a, const void *b)
{
    const struct party *left = a;
    const struct party *right = b;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return bytes_compare(left->label, right->label);
}

static enum grid_status party_read(
        struct party *party, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    enum { LABEL_CHARS_MAX = 30 };
    const struct typed label = {.field = typed->field, .max = LABEL_CHARS_MAX};
    struct buffer unused = {0};
    struct bytes kind = typed_trim(text);
    party->label = bytes_of(text.data, 0);
    text_cut(text, ':', "：", &kind, &party->label);
    party->kind = party_kind_number(kind);
    if (party->kind == 0)
        return fail_form(typed, "parties_form", text, error);
    enum grid_status status = typed_text(&unused, &label, party->label, error);
    buffer_close(&unused);
    return status;
}

/* KIND:LABEL;KIND:LABEL…, sorted by who writes (DOMAIN 9); empty: no parties. */
enum grid_status typed_parties(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    enum { PARTIES_MAX = 8 };
    struct party parties[PARTIES_MAX] = {{0}};
    size_t count = 0;
    bool more = typed_trim(text).size > 0;
    for (struct bytes rest = text; more;) {
        struct bytes one = rest;
        more = text_cut(rest, ';', "；", &one, &rest);
        if (count == PARTIES_MAX)
            return grid_fail(error, GRID_INVALID, "parties_count", "%d", PARTIES_MAX);
        enum grid_status status = party_read(&parties[count++], typed, one, error);
        if (status != GRID_OK)
            return status;
    }
    qsort(parties, count, sizeof(parties[0]), compare_parties);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++) {
        pack_array(out, 2);
        pack_uint(out, parties[i].kind);
        pack_str(out, parties[i].label);
    }
    return GRID_OK;
}

/* --- words --- */

enum grid_status typed_category(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    (void)typed;
    const struct codebook_item *item = NULL;
    enum grid_status status = codebook_find(text, &item, error);
    if (status == GRID_OK)
        pack_uint(out, item->code);
    return status;
}

enum grid_status typed_yes_no(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    static const char *const yes[] = {"yes", "true", "是"};
    static const char *const no[] = {"no", "false", "否"};
    struct bytes word = typed_trim(text);
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (!text_is(word, yes[i]) && !text_is(word, no[i]))
            continue;
        pack_bool(out, text_is(word, yes[i]));
        return GRID_OK;
    }
    return fail_form(typed, "yes_no_form", text, error);
}

/* A letter and a digit, or the digit alone: U2, u2, 2. −1 for anything else. */
static int level_of(struct bytes text, char letter)
{
    text = typed_trim(text);
    if (text.size > 1 && (text.data[0] | 0x20) == letter)
        text = bytes_of(text.data + 1, text.size - 1);
    size_t size = 0;
    int level = text.size > 0 ? digit_at(text, 0, &size) : -1;
    return size == text.size ? level : -1;
}

enum grid_status typed_urgency(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    int level = level_of(text, 'u');
    if (level < 1 || level > 4)
        return fail_form(typed, "urgency_form", text, error);
    pack_uint(out, (uint64_t)level);
    return GRID_OK;
}

enum grid_status typed_risk(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    int level = level_of(text, 'r');
    if (level < 0 || level > 3)
        return fail_form(typed, "risk_form", text, error);
    pack_uint(out, (uint64_t)level);
    return GRID_OK;
}

enum grid_status typed_grave_risk(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    int level = level_of(text, 'r');
    if (level < 1 || level > 3) /* what is no risk needs no warning */
        return fail_form(typed, "grave_risk_form", text, error);
    pack_uint(out, (uint64_t)level);
    return GRID_OK;
}

enum grid_status typed_card(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    static const char *const names[] = {"yellow", "黄牌", "黄", "red", "红牌", "红"};
    enum { REDS_FROM = 3 };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (bytes_equal(typed_trim(text), bytes_text(names[i]))) {
            pack_uint(out, i < REDS_FROM ? GRID_SUPERVISION_YELLOW : GRID_SUPERVISION_RED);
            return GRID_OK;
        }
    return fail_form(typed, "card_form", text, error);
}

/* --- numbers --- */

enum grid_status typed_number(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    struct bytes digits = typed_trim(text);
    uint64_t value = 0;
    bool large = false;
    size_t size = 0;
    if (digits.size == 0)
        return fail_form(typed, "number_form", text, error);
    for (size_t at = 0; at < digits.size; at += size) {
        int digit = digit_at(digits, at, &size);
        if (digit < 0)
            return fail_form(typed, "number_form", text, error);
        large = large || value > (UINT64_MAX - 9) / 10;
        value = large ? UINT64_MAX : value * 10 + (unsigned)digit;
    }
    if (value < typed->min || value > typed->max)
        return grid_fail(error, GRID_INVALID, "number_range",
                "%s" GRID_ARG "%.*s" GRID_ARG "%" PRIu64 GRID_ARG "%" PRIu64, typed->field,
                typed_shown(digits), (const char *)digits.data, typed->min, typed->max);
    pack_uint(out, value);
    return GRID_OK;
}

enum grid_status typed_time(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    char copy[64] = "";
    struct bytes when = typed_trim(text);
    struct occurred_value occurred = {0};
    if (when.size == 0 || when.size >= sizeof(copy) || memchr(when.data, '\0', when.size) != NULL)
        return fail_form(typed, "time_form", text, error);
    memcpy(copy, when.data, when.size);
    if (!stamp_parse(copy, &occurred.ms, &occurred.precision))
        return fail_form(typed, "time_form", text, error);
    if (occurred.ms < 0 || occurred.ms > stamp_ms(UINT64_MAX))
        return fail_form(typed, "time_range", text, error);
    value_pack_occurred(out, &occurred);
    return GRID_OK;
}

/* A day alone means all of it. */
enum grid_status typed_until(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    enum { LAST_MINUTE_MS = (24 * 60 - 1) * 60 * 1000 };
    struct buffer packed = {0};
    struct occurred_value when = {0};
    enum grid_status status = typed_time(&packed, typed, text, error);
    bool read = status == GRID_OK && !packed.failed && value_occurred(buffer_bytes(&packed), &when);
    buffer_close(&packed);
    if (status != GRID_OK)
        return status;
    if (!read)
        return GRID_NOMEM;
    pack_int(out, when.ms + (when.precision == 2 ? LAST_MINUTE_MS : 0));
    return GRID_OK;
}

/* Decimal degrees to ×10⁷, further decimals rounded; false when it is no such number. Degrees
 * beyond 999 are cut to it: out of every range all the same. */
static bool degrees_read(struct bytes text, int64_t *out)
{
    bool negative = text.size > 0 && text.data[0] == '-';
    size_t at = text.size > 0 && (negative || text.data[0] == '+') ? 1 : 0;
    int64_t value = 0;
    int decimals = -1; /* −1: before the point */
    size_t digits = 0;
    for (size_t size = 0; at < text.size; at += size) {
        int digit = digit_at(text, at, &size);
        if (digit < 0 && text.data[at] == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (digit < 0)
            return false;
        digits++;
        if (decimals < 0) {
            value = value > 99 ? 999 : value * 10 + digit;
        } else {
            if (decimals < 7)
                value = value * 10 + digit;
            else if (decimals == 7)
                value += digit >= 5;
            decimals += decimals < 8;
        }
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 7; i++)
        value *= 10;
    *out = negative ? -value : value;
    return digits > 0;
}

enum grid_status typed_geo(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    static const int64_t latitude_max = 900000000;
    static const int64_t longitude_max = 1800000000;
    int64_t latitude = 0;
    int64_t longitude = 0;
    struct bytes first = {0};
    struct bytes second = {0};
    if (!text_cut(text, ',', "，", &first, &second))
        return fail_form(typed, "coordinates_form", text, error);
    if (!degrees_read(first, &latitude) || !degrees_read(second, &longitude))
        return fail_form(typed, "coordinates_form", text, error);
    if (latitude < -latitude_max || latitude > latitude_max || longitude < -longitude_max ||
            longitude > longitude_max)
        return fail_form(typed, "coordinates_range", text, error);
    /* accuracy and time of the fix are not known from typed coordinates */
    const struct geo_value geo = {.latitude = (int32_t)latitude, .longitude = (int32_t)longitude};
    value_pack_geo(out, &geo);
    return GRID_OK;
}
