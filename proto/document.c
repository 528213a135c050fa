#include "proto/document.h"

#include "proto/body.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *grid_document_name(char letter)
{
    switch (letter) {
#define X(character, name, text) \
    case character:              \
        return text;
        GRID_DOCUMENT_MAP(X)
#undef X
    default:
        return NULL;
    }
}

/* --- numbers --- */

/* The next letter or digit as ASCII in upper case, of whatever width it was typed; what separates
 * groups is passed over. '\0': the end, or (*foreign) what belongs into no number. */
static char take_plain(const unsigned char **at, bool *foreign)
{
    *foreign = false;
    while (**at != '\0') {
        uint32_t character = ident_character(at);
        if (character >= 0xFF01 && character <= 0xFF5E) /* full-width ASCII */
            character = character - 0xFF01 + '!';
        if (character >= 'a' && character <= 'z')
            character = character - 'a' + 'A';
        if ((character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z'))
            return (char)character;
        *foreign = !ident_separates(character) && character != '-';
        if (*foreign)
            break;
    }
    return '\0';
}

/* Digits, one letter, two digits. */
static bool number_split(
        const char *text, char digits[static GRID_CODE_DIGITS + 2], char *letter, unsigned *serial)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t count = 0;
    bool foreign = false;
    char next = take_plain(&at, &foreign);
    for (; next >= '0' && next <= '9'; next = take_plain(&at, &foreign))
        if (count <= GRID_CODE_DIGITS)
            digits[count++] = next;
    digits[count] = '\0';
    *letter = next;
    char tens = take_plain(&at, &foreign);
    char ones = tens != '\0' ? take_plain(&at, &foreign) : '\0';
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9' || take_plain(&at, &foreign) != '\0' ||
            foreign)
        return false;
    *serial = 10 * (unsigned)(tens - '0') + (unsigned)(ones - '0');
    return *serial >= 1 && grid_document_name(*letter) != NULL;
}

enum grid_status document_number_parse(
        struct document_number *out, const char *text, struct grid_error *error)
{
    char digits[GRID_CODE_DIGITS + 2];
    struct document_number read = {0};
    *out = read;
    if (!number_split(text, digits, &read.letter, &read.serial))
        return grid_fail(error, GRID_INVALID, "document_form", "%s", "");
    if (digits[0] == '\0')
        return grid_fail(error, GRID_INVALID, "document_form", "%s", "");
    enum grid_status status = code_parse(&read.code, digits, error);
    if (status == GRID_OK)
        *out = read;
    return status;
}

void document_number_pack(
        char out[static GRID_DOCUMENT_TEXT_BYTES], const struct document_number *number)
{
    assert(number->serial >= 1 && number->serial <= GRID_DOCUMENT_SERIAL_MAX);
    snprintf(out, GRID_DOCUMENT_TEXT_BYTES, "%s%c%02u", number->code.digits, number->letter,
            number->serial % 100);
}

void document_number_print(
        char out[static GRID_DOCUMENT_TEXT_BYTES], const struct document_number *number)
{
    code_print(out, &number->code);
    size_t size = strlen(out);
    snprintf(out + size, GRID_DOCUMENT_TEXT_BYTES - size, "-%c%02u", number->letter,
            number->serial % 100);
}

bool document_range(struct bytes unit, unsigned *first, unsigned *last)
{
    static const struct {
        unsigned first, last;
    } ranges[] = {[GRID_PLACE_REGION] = {80, 99},
            [GRID_PLACE_LEAGUE_CITY] = {70, 79},
            [GRID_PLACE_BANNER] = {50, 69},
            [GRID_PLACE_TOWNSHIP] = {1, 49}};
    enum grid_place_kind kind = place_kind(unit);
    if (kind < GRID_PLACE_REGION || kind > GRID_PLACE_TOWNSHIP)
        return false;
    *first = ranges[kind].first;
    *last = ranges[kind].last;
    return true;
}

/* Exactly the 25 characters that document_number_pack makes. */
static bool number_read(struct bytes text, struct document_number *out)
{
    char typed[GRID_DOCUMENT_DIGITS + 1] = {0};
    char packed[GRID_DOCUMENT_TEXT_BYTES];
    if (text.size != GRID_DOCUMENT_DIGITS)
        return false;
    memcpy(typed, text.data, text.size);
    if (document_number_parse(out, typed, NULL) != GRID_OK)
        return false;
    document_number_pack(packed, out);
    return memcmp(packed, typed, GRID_DOCUMENT_DIGITS) == 0;
}

/* --- tokens --- */

static const char token_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum grid_status token_key_make(uint8_t out[static GRID_TOKEN_KEY_BYTES],
        const uint8_t identity_seed[static GRID_SEED_BYTES])
{
    static_assert((int)GRID_TOKEN_KEY_BYTES == (int)GRID_HASH_BYTES, "one hash is one key");
    return crypto_hmac(
            out, bytes_of(identity_seed, GRID_SEED_BYTES), bytes_text("grid-token-key-1"));
}

enum grid_status token_make(char out[static GRID_TOKEN_CHARS + 1],
        const uint8_t secret[static GRID_TOKEN_KEY_BYTES], const struct case_code *code)
{
    enum { BITS = 5 };
    static const char label[] = "grid-token-1";
    char message[sizeof(label) - 1 + GRID_CODE_DIGITS];
    uint8_t hash[GRID_HASH_BYTES];
    memcpy(message, label, sizeof(label) - 1);
    memcpy(message + sizeof(label) - 1, code->digits, GRID_CODE_DIGITS);
    enum grid_status status = crypto_hmac(
            hash, bytes_of(secret, GRID_TOKEN_KEY_BYTES), bytes_of(message, sizeof(message)));
    if (status != GRID_OK)
        return status;
    uint32_t bits = get_u32(hash); /* the first 30 of them count */
    for (unsigned i = 0; i < GRID_TOKEN_CHARS; i++)
        out[i] = token_alphabet[bits >> (32 - BITS * (i + 1)) & 31];
    out[GRID_TOKEN_CHARS] = '\0';
    return GRID_OK;
}

bool token_read(char out[static GRID_TOKEN_CHARS + 1], const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t count = 0;
    bool foreign = false;
    for (char letter = take_plain(&at, &foreign); letter != '\0';
            letter = take_plain(&at, &foreign)) {
        if (letter == 'O')
            letter = '0';
        if (letter == 'I' || letter == 'L')
            letter = '1';
        if (count == GRID_TOKEN_CHARS || strchr(token_alphabet, letter) == NULL)
            return false;
        out[count++] = letter;
    }
    out[count] = '\0';
    return count == GRID_TOKEN_CHARS && !foreign;
}

void case_qr_text(
        char out[static GRID_QR_TEXT_BYTES], const struct case_code *code, const char *token)
{
    bool whole = token != NULL && token[0] != '\0';
    snprintf(out, GRID_QR_TEXT_BYTES, "%s%s%s", code->digits, whole ? "-" : "", whole ? token : "");
}

/* --- values --- */

#define MS_MAX ((uint64_t)0xffffffffffff) /* as far as a stamp reaches (P-70) */

static int64_t read_ms(struct reader *reader)
{
    uint64_t ms = read_uint(reader);
    if (ms > MS_MAX)
        reader->failed = true;
    return (int64_t)ms;
}

static struct bytes read_chars(struct reader *reader, size_t min, size_t max, bool lines)
{
    struct bytes text = read_str(reader);
    size_t chars = text_chars(text);
    if (text.size > GRID_TEXT_BYTES_MAX || chars < min || chars > max ||
            !text_is_clean(text, lines))
        reader->failed = true;
    return text;
}

static void read_size(struct reader *reader, size_t size)
{
    if (read_array(reader) != size)
        reader->failed = true;
}

/* The addressee may be the applicant, who has no place; whom copies go to always has. */
static void read_parties(struct reader *reader, struct document_value *out)
{
    out->party_count = read_array(reader);
    if (out->party_count < 1 || out->party_count > DOCUMENT_PARTIES_MAX) {
        reader->failed = true;
        out->party_count = 0;
    }
    for (size_t i = 0; i < out->party_count; i++) {
        struct document_party *party = &out->parties[i];
        read_size(reader, 2);
        party->place = read_str(reader);
        party->name = read_chars(reader, 1, DOCUMENT_NAME_CHARS_MAX, false);
        if (!(i == 0 && party->place.size == 0) && place_kind(party->place) == GRID_PLACE_NONE)
            reader->failed = true;
    }
}

static void read_fields(struct reader *reader, struct document_value *out)
{
    out->field_count = read_array(reader);
    if (out->field_count > DOCUMENT_FIELDS_MAX) {
        reader->failed = true;
        out->field_count = 0;
    }
    for (size_t i = 0; i < out->field_count; i++) {
        read_size(reader, 2);
        out->fields[i].label = read_chars(reader, 1, GRID_NAME_CHARS_MAX, false);
        out->fields[i].text = read_chars(reader, 0, GRID_DESCRIPTION_CHARS_MAX, true);
    }
}

static struct bytes read_token(struct reader *reader)
{
    char typed[GRID_TOKEN_CHARS + 1] = {0};
    char read[GRID_TOKEN_CHARS + 1];
    struct bytes token = read_str(reader);
    if (token.size == GRID_TOKEN_CHARS)
        memcpy(typed, token.data, token.size);
    bool good = token.size == 0 || (token.size == GRID_TOKEN_CHARS && token_read(read, typed) &&
                                           memcmp(read, typed, GRID_TOKEN_CHARS) == 0);
    if (!good)
        reader->failed = true;
    return token;
}

bool value_document(struct bytes value, struct document_value *out)
{
    *out = (struct document_value){0};
    struct reader reader = reader_of(value);
    read_size(&reader, 10);
    if (!number_read(read_str(&reader), &out->number))
        reader.failed = true;
    dot_read(&reader, &out->ground);
    out->issuer = read_chars(&reader, 1, DOCUMENT_NAME_CHARS_MAX, false);
    read_parties(&reader, out);
    out->date_ms = read_ms(&reader);
    out->version = read_uint(&reader);
    out->reply_by_ms = read_ms(&reader);
    out->token = read_token(&reader);
    read_fields(&reader, out);
    out->text = read_chars(&reader, 0, GRID_DESCRIPTION_CHARS_MAX, true);
    if (reader_done(&reader) && out->version >= 1 && out->version <= UINT32_MAX)
        return true;
    *out = (struct document_value){0};
    return false;
}

void value_pack_document(struct buffer *out, const struct document_value *document)
{
    char number[GRID_DOCUMENT_TEXT_BYTES];
    document_number_pack(number, &document->number);
    pack_array(out, 10);
    pack_text(out, number);
    dot_pack(out, &document->ground);
    pack_str(out, document->issuer);
    pack_array(out, document->party_count);
    for (size_t i = 0; i < document->party_count; i++) {
        pack_array(out, 2);
        pack_str(out, document->parties[i].place);
        pack_str(out, document->parties[i].name);
    }
    pack_int(out, document->date_ms);
    pack_uint(out, document->version);
    pack_int(out, document->reply_by_ms);
    pack_str(out, document->token);
    pack_array(out, document->field_count);
    for (size_t i = 0; i < document->field_count; i++) {
        pack_array(out, 2);
        pack_str(out, document->fields[i].label);
        pack_str(out, document->fields[i].text);
    }
    pack_str(out, document->text);
}

bool value_reply(struct bytes value, struct reply_value *out)
{
    *out = (struct reply_value){0};
    struct reader reader = reader_of(value);
    read_size(&reader, 2);
    if (!number_read(read_str(&reader), &out->number))
        reader.failed = true;
    out->text = read_chars(&reader, 1, GRID_DESCRIPTION_CHARS_MAX, true);
    return reader_done(&reader);
}

void value_pack_reply(struct buffer *out, const struct reply_value *reply)
{
    char number[GRID_DOCUMENT_TEXT_BYTES];
    document_number_pack(number, &reply->number);
    pack_array(out, 2);
    pack_text(out, number);
    pack_str(out, reply->text);
}
