/* What a person looks for (grid find), and whether a text has it: words between blanks, each of
 * them tokens that stand one behind the other. All of them must be there, in any order, each in any
 * text of the case. Between quotes a blank is no end of a word, and its end is the end of a token.
 */
#ifndef GRID_STORE_PHRASE_H
#define GRID_STORE_PHRASE_H

#include "libgrid/store/token.h"
#include "proto/status.h"

enum {
    PHRASES_MAX = 16,
    PHRASES_BYTES_MAX = 1024,
    PHRASES_TOKENS_MAX = 256, /* of all words together */
    PHRASE_AROUND_CHARS = 16  /* shown on both sides of what was found */
};

struct phrase {
    size_t first, count; /* its tokens */
    bool begins;         /* the last one may go on: letters and digits outside quotes */
};

struct phrases {
    struct phrase items[PHRASES_MAX];
    size_t count;
    struct bytes tokens[PHRASES_TOKENS_MAX]; /* into `text` */
    size_t token_count;
    uint8_t text[2 * PHRASES_BYTES_MAX];
    size_t text_size;
};

/* GRID_USAGE ("find_words") when nothing of it can be looked for, GRID_LIMIT ("find_long"). */
enum grid_status phrases_read(
        struct phrases *phrases, struct bytes typed, struct grid_error *error);

/* A text with its tokens, for words to be looked for; phrase_text_close frees. */
struct phrase_text {
    struct bytes source;
    struct buffer folded; /* the tokens one behind the other */
    struct buffer places; /* struct phrase_place */
    size_t count;
};
struct phrase_place {
    size_t at, size;
    size_t from, to;
};
/* Takes another text; false when memory ends. */
bool phrase_text_take(struct phrase_text *text, struct bytes source);
void phrase_text_close(struct phrase_text *text);
/* Where word `index` stands first: bytes of the source. */
bool phrase_stands_in(const struct phrases *phrases, size_t index, const struct phrase_text *text,
        size_t *from, size_t *to);

/* What stands around it, on one line: the end of `before` and the beginning of `after`, each with …
 * where more was cut off. Appends. */
void phrase_before(struct buffer *out, struct bytes source, size_t from);
void phrase_after(struct buffer *out, struct bytes source, size_t to);

#endif
