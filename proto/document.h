/* The five documents, 三单两函 (DOMAIN 8): their numbers, their value in an entry (P-36), the token
 * of an applicant (DOMAIN 4) and what their QR code says: P-13x. */
#ifndef GRID_PROTO_DOCUMENT_H
#define GRID_PROTO_DOCUMENT_H

#include "proto/entry.h"

/* X(LETTER, NAME, identifier) */
#define GRID_DOCUMENT_MAP(X)                       \
    X('S', NOTICE_ACCEPTANCE, "notice_acceptance") \
    X('Z', ORDER_TRANSFER, "order_transfer")       \
    X('J', NOTICE_RESULT, "notice_result")         \
    X('T', LETTER_REMINDER, "letter_reminder")     \
    X('F', LETTER_RISK, "letter_risk")

#define X(letter, name, text) GRID_DOCUMENT_##name = (letter),
enum grid_document { GRID_DOCUMENT_MAP(X) GRID_DOCUMENT_NONE = 0 };
#undef X
/* The identifier of a letter; NULL for one that is none. */
GRID_API const char *grid_document_name(char letter);

/* --- numbers: a case code, a letter, a serial of two digits (P-130) --- */
enum {
    GRID_DOCUMENT_DIGITS = GRID_CODE_DIGITS + 3, /* as it stands in entries */
    GRID_DOCUMENT_TEXT_BYTES = 40,               /* 150622103-26-0117-00042-89-S01 and a NUL */
    GRID_DOCUMENT_SERIAL_MAX = 99,
};
struct document_number {
    struct case_code code;
    char letter;
    unsigned serial;
};
/* Reads leniently, as code_parse does; letters of any case and width. GRID_INVALID with
 * "document_form", or what code_parse says of its first 22 digits. */
GRID_API enum grid_status document_number_parse(
        struct document_number *out, const char *text, struct grid_error *error);
/* The 25 characters of entries, and those for people. */
GRID_API void document_number_pack(
        char out[static GRID_DOCUMENT_TEXT_BYTES], const struct document_number *number);
GRID_API void document_number_print(
        char out[static GRID_DOCUMENT_TEXT_BYTES], const struct document_number *number);
/* The serials of the office of this unit; false for a place that has none (P-131). */
bool document_range(struct bytes unit, unsigned *first, unsigned *last);

/* --- tokens (P-133) --- */
enum { GRID_TOKEN_CHARS = 6, GRID_TOKEN_KEY_BYTES = 32 };
/* The key of an office, from the identity that founded it. */
enum grid_status token_key_make(uint8_t out[static GRID_TOKEN_KEY_BYTES],
        const uint8_t identity_seed[static GRID_SEED_BYTES]);
enum grid_status token_make(char out[static GRID_TOKEN_CHARS + 1],
        const uint8_t secret[static GRID_TOKEN_KEY_BYTES], const struct case_code *code);
/* As a person typed it: spaces and hyphens passed over, any case, O as 0, I and L as 1. False when
 * it is no token. */
GRID_API bool token_read(char out[static GRID_TOKEN_CHARS + 1], const char *text);

/* What the QR code of a case says: the 22 digits, and behind a hyphen the token, when there is one
 * (P-134). */
enum { GRID_QR_TEXT_BYTES = GRID_CODE_DIGITS + 1 + GRID_TOKEN_CHARS + 1 };
GRID_API void case_qr_text(
        char out[static GRID_QR_TEXT_BYTES], const struct case_code *code, const char *token);

/* --- the value (P-132) --- */
enum { DOCUMENT_PARTIES_MAX = 17, DOCUMENT_FIELDS_MAX = 16, DOCUMENT_NAME_CHARS_MAX = 80 };
struct document_party {
    struct bytes place; /* empty: the applicant */
    struct bytes name;
};
struct document_field {
    struct bytes label, text;
};
struct document_value {
    struct document_number number;
    struct dot ground;                                   /* the entry that it rests on */
    struct bytes issuer;                                 /* the name of the office */
    struct document_party parties[DOCUMENT_PARTIES_MAX]; /* the addressee; then copies */
    size_t party_count;
    int64_t date_ms;
    uint64_t version;    /* of the template */
    int64_t reply_by_ms; /* 0: nobody is asked */
    struct bytes token;  /* empty: none */
    struct document_field fields[DOCUMENT_FIELDS_MAX];
    size_t field_count;
    struct bytes text;
};
/* False unless the value is of this form and its number is one. Texts point into `value`. */
bool value_document(struct bytes value, struct document_value *out);
void value_pack_document(struct buffer *out, const struct document_value *document);

/* A reply (P-132): [number, text] */
struct reply_value {
    struct document_number number;
    struct bytes text;
};
bool value_reply(struct bytes value, struct reply_value *out);
void value_pack_reply(struct buffer *out, const struct reply_value *reply);

#endif
