/* How text is cut into what can be looked for: each Chinese character by itself, so that words of
 * one and two characters are found; letters and digits of the other scripts in runs. What looks
 * alike to a person is alike here: full-width forms, capitals, Mongolian variation selectors. */
#ifndef GRID_STORE_TOKEN_H
#define GRID_STORE_TOKEN_H

#include "proto/bytes.h"

/* A longer run of letters or digits is cut into several. */
enum { TOKEN_BYTES_MAX = 48 };

/* Stands between two texts that are kept as one: nothing that is looked for goes across it. A text
 * of people holds no control character (P-36). */
#define TOKEN_WALL "\x01"

struct token {
    struct bytes text; /* folded; valid until the next call */
    size_t from, to;   /* where it stands in the source, in bytes */
    bool run;          /* of letters or digits; else one character */
};

struct token_reader {
    struct bytes source;
    size_t at;
    uint8_t text[TOKEN_BYTES_MAX];
};

/* The next token; false at the end. What is no UTF-8 is passed over like a blank. */
bool token_next(struct token_reader *reader, struct token *token);
/* The length of the character that begins there, 1 where it is no UTF-8; 0 at the end. */
size_t token_character(struct bytes text, size_t at);

#endif
