#include "proto/ident.h"

#include "proto/crypto.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- hex --- */

void ident_hex(char *out, struct bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.size; i++) {
        *out++ = digits[bytes.data[i] >> 4];
        *out++ = digits[bytes.data[i] & 15];
    }
    *out = '\0';
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

bool ident_unhex(uint8_t *out, size_t size, const char *text)
{
    if (strlen(text) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* --- case codes (DOMAIN 4, P-28) --- */

enum {
    CODE_TOWNSHIP_DIGITS = 9,
    CODE_SLOT_AT = 11,
    CODE_COUNTER_AT = 15,
    CODE_CHECK_AT = 20,
};

/* ISO 7064 MOD 97-10 over the first 20 digits: 02 … 98. */
static unsigned code_check_digits(const char *digits)
{
    unsigned rest = 0;
    for (size_t i = 0; i < CODE_CHECK_AT; i++)
        rest = (10 * rest + (unsigned)(digits[i] - '0')) % 97;
    return 98 - rest * 100 % 97;
}

static void put_digits(char *out, size_t count, unsigned value)
{
    for (size_t i = count; i > 0; i--, value /= 10)
        out[i - 1] = (char)('0' + value % 10);
    assert(value == 0);
}

bool code_township(char out[static GRID_TOWNSHIP_BYTES], struct bytes unit)
{
    enum grid_place_kind kind = place_kind(unit);
    if (kind < GRID_PLACE_BANNER || kind > GRID_PLACE_MICRO_GRID)
        return false;
    size_t size = kind == GRID_PLACE_BANNER ? 6 : CODE_TOWNSHIP_DIGITS;
    memset(out, '0', CODE_TOWNSHIP_DIGITS);
    memcpy(out, unit.data, size);
    out[CODE_TOWNSHIP_DIGITS] = '\0';
    return true;
}

void code_make(
        struct case_code *out, const char *township, unsigned year, unsigned slot, unsigned counter)
{
    size_t size = strlen(township);
    assert(size == CODE_TOWNSHIP_DIGITS || size == 6);
    assert(strspn(township, "0123456789") == size);
    assert(slot >= 1 && slot <= GRID_SLOT_MAX);
    assert(counter >= 1 && counter <= GRID_COUNTER_MAX);

    *out = (struct case_code){0};
    memset(out->digits, '0', CODE_TOWNSHIP_DIGITS);
    memcpy(out->digits, township, size);
    put_digits(out->digits + CODE_TOWNSHIP_DIGITS, 2, year % 100);
    put_digits(out->digits + CODE_SLOT_AT, 4, slot);
    put_digits(out->digits + CODE_COUNTER_AT, 5, counter);
    put_digits(out->digits + CODE_CHECK_AT, 2, code_check_digits(out->digits));
}

uint32_t ident_character(const unsigned char **at)
{
    const unsigned char *text = *at;
    if (text[0] >= 0xE0 && text[0] < 0xF0 && (text[1] & 0xC0) == 0x80 && (text[2] & 0xC0) == 0x80) {
        *at += 3;
        return (uint32_t)(text[0] & 0x0F) << 12 | (uint32_t)(text[1] & 0x3F) << 6 |
               (uint32_t)(text[2] & 0x3F);
    }
    if (text[0] >= 0xC2 && text[0] < 0xE0 && (text[1] & 0xC0) == 0x80) {
        *at += 2;
        return (uint32_t)(text[0] & 0x1F) << 6 | (uint32_t)(text[1] & 0x3F);
    }
    *at += 1;
    return text[0];
}

bool ident_separates(uint32_t character)
{
    switch (character) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case 0x00A0: /* no-break space */
    case 0x3000: /* ideographic space */
    case '-':
    case 0x00AD: /* soft hyphen */
    case 0x2212: /* minus */
    case 0xFE58: /* small em dash */
    case 0xFE63: /* small hyphen */
    case 0xFF0D: /* full-width hyphen */
    case 0xFEFF: /* byte order mark */
        return true;
    default:
        return (character >= 0x2000 && character <= 0x2015) || /* spaces, hyphens, dashes */
               character == 0x202F || character == 0x205F;
    }
}

size_t code_digits(char *out, size_t max, const char *text, bool *foreign)
{
    size_t count = 0;
    *foreign = false;
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0' && !*foreign;) {
        uint32_t character = ident_character(&at);
        if (character >= 0xFF10 && character <= 0xFF19)
            character = character - 0xFF10 + '0';
        bool is_digit = character >= '0' && character <= '9';
        *foreign = !is_digit && !ident_separates(character);
        if (is_digit && count < max)
            out[count] = (char)character;
        count += is_digit;
    }
    return count;
}

enum grid_status code_parse(struct case_code *out, const char *text, struct grid_error *error)
{
    *out = (struct case_code){0};
    bool foreign = false;
    size_t count = code_digits(out->digits, GRID_CODE_DIGITS, text, &foreign);
    if (foreign || count != GRID_CODE_DIGITS) {
        *out = (struct case_code){0};
        return grid_fail(
                error, GRID_INVALID, "code_digits", "%d" GRID_ARG "%zu", GRID_CODE_DIGITS, count);
    }

    const char *reason = NULL;
    char check[3] = {0};
    put_digits(check, 2, code_check_digits(out->digits));
    /* "Whole mod 97 = 1" would let a check number 97 off pass: the two digits are made anew. */
    if (memcmp(check, out->digits + CODE_CHECK_AT, 2) != 0)
        reason = "code_check";
    else if (memcmp(out->digits + CODE_SLOT_AT, "0000", 4) == 0 ||
             memcmp(out->digits + CODE_COUNTER_AT, "00000", 5) == 0)
        reason = "code_range";
    if (reason == NULL)
        return GRID_OK;
    char printed[GRID_CODE_TEXT_BYTES];
    code_print(printed, out);
    *out = (struct case_code){0};
    return grid_fail(error, GRID_INVALID, reason, "%s", printed);
}

void code_print(char out[static GRID_CODE_TEXT_BYTES], const struct case_code *code)
{
    static const size_t begins[] = {
            CODE_TOWNSHIP_DIGITS, CODE_SLOT_AT, CODE_COUNTER_AT, CODE_CHECK_AT, GRID_CODE_DIGITS};
    size_t group = 0;
    for (size_t i = 0; i < GRID_CODE_DIGITS; i++) {
        if (i == begins[group]) {
            *out++ = '-';
            group++;
        }
        *out++ = code->digits[i];
    }
    *out = '\0';
}

/* --- persons (DOMAIN 3, P-29) --- */

enum grid_status person_id(uint8_t out[static GRID_ID_BYTES], struct bytes unit, struct bytes key)
{
    static const char label[] = "grid-person-1"; /* hashed with its NUL */
    uint8_t hash[GRID_HASH_BYTES];
    struct bytes parts[] = {bytes_of(label, sizeof(label)), unit, bytes_text("/"), key};
    enum grid_status status = crypto_hash(hash, parts, sizeof(parts) / sizeof(parts[0]));
    if (status == GRID_OK)
        memcpy(out, hash, GRID_ID_BYTES);
    return status;
}

bool person_key_valid(struct bytes key)
{
    for (size_t i = 0; i < key.size; i++) {
        uint8_t letter = key.data[i];
        if (!(letter >= 'a' && letter <= 'z') && !(letter >= '0' && letter <= '9'))
            return false;
    }
    return key.size >= 1 && key.size <= 16;
}
