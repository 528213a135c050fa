/* Identifiers and their text forms: hex ids, case codes with check digits (DOMAIN 4), unit codes,
 * person ids, slots. */
#ifndef GRID_PROTO_IDENT_H
#define GRID_PROTO_IDENT_H

#include "proto/api.h"
#include "proto/bytes.h"
#include "proto/status.h"

enum {
    GRID_ID_BYTES = 16, /* case, author, person */
    GRID_CODE_DIGITS = 22,
    GRID_CODE_TEXT_BYTES = 32, /* 150622103-26-0117-00042-89 and a NUL, with room */
    GRID_PLACE_BYTES = 24,     /* a unit code, party group, department, and a NUL */
    GRID_SLOT_MAX = 9999,
    GRID_COUNTER_MAX = 99999,
    GRID_TOWNSHIP_BYTES = 10, /* the 9 digits that a case code starts with, and a NUL */
};

/* Lower-case hex; out holds 2 * size + 1. */
GRID_API void ident_hex(char *out, struct bytes bytes);
/* False unless text is exactly 2 * size hex digits (either case). */
GRID_API bool ident_unhex(uint8_t *out, size_t size, const char *text);

/* One character of UTF-8 text that does not end at *at; an incomplete or wrong one reads as its
 * first byte alone. */
uint32_t ident_character(const unsigned char **at);
/* What people and programs put between groups of digits: spaces, hyphens, dashes (P-28). */
bool ident_separates(uint32_t character);

/* --- case codes: 22 digits, TTTTTTTTT YY SSSS NNNNN CC --- */
struct case_code {
    char digits[GRID_CODE_DIGITS + 1];
};
/* township: 9 digits (or the 6 of a banner, filled with 000). Asserts the ranges. */
void code_make(struct case_code *out, const char *township, unsigned year, unsigned slot,
        unsigned counter);
/* The township that the codes of a device enrolled at `unit` start with: the first 9 digits, or a
 * banner's 6 and 000. False for what is no unit, or lies above banners. */
bool code_township(char out[static GRID_TOWNSHIP_BYTES], struct bytes unit);
/* Reads leniently: spaces, hyphens (also full-width and dashes) ignored, full-width digits read.
 * GRID_INVALID with reason "code_digits" (not 22 digits), "code_check" (check digits wrong) or
 * "code_range" (slot 0000, counter 00000). */
GRID_API enum grid_status code_parse(
        struct case_code *out, const char *text, struct grid_error *error);
/* The digits of what was typed as a code, right or not, at most `max` of them; how many there are.
 * *foreign: something else stands behind them. */
size_t code_digits(char *out, size_t max, const char *text, bool *foreign);
/* 150622103-26-0117-00042-89 */
GRID_API void code_print(char out[static GRID_CODE_TEXT_BYTES], const struct case_code *code);

/* --- places: unit codes, party groups, departments (DOMAIN 3) --- */
enum grid_place_kind {
    GRID_PLACE_NONE, /* not a legal code */
    GRID_PLACE_REGION,
    GRID_PLACE_LEAGUE_CITY,
    GRID_PLACE_BANNER,
    GRID_PLACE_TOWNSHIP,
    GRID_PLACE_VILLAGE,
    GRID_PLACE_GRID,
    GRID_PLACE_MICRO_GRID,
    GRID_PLACE_PARTY_GROUP, /* township + P + 4 digits */
    GRID_PLACE_DEPARTMENT,  /* unit + D + 4 digits: departments and mediation bodies */
};
GRID_API enum grid_place_kind place_kind(struct bytes place);
/* Ancestor or self: `above` is a prefix of legal length of the unit code `unit`. */
GRID_API bool place_covers(struct bytes above, struct bytes unit);
/* The unit that a place belongs to: itself for a unit code, the part before P or D otherwise. */
GRID_API struct bytes place_unit(struct bytes place);
/* The unit code cut to the given kind; empty when it is shorter. */
struct bytes place_cut(struct bytes unit, enum grid_place_kind kind);
/* The next shorter unit: micro_grid → grid → village → township → banner → league city → region; a
 * region is its own, a party group's or department's is place_unit. */
GRID_API struct bytes place_parent(struct bytes unit);

/* person id = first 16 bytes of SHA-256("grid-person-1" ‖ 0 ‖ unit ‖ "/" ‖ key) */
GRID_API enum grid_status person_id(
        uint8_t out[static GRID_ID_BYTES], struct bytes unit, struct bytes key);
/* [a-z0-9]{1,16} */
bool person_key_valid(struct bytes key);

#endif
