/* What people write: titles of 8–20 characters, and texts as long as theirs are. */
#ifndef TESTS_GEN_PROSE_H
#define TESTS_GEN_PROSE_H

#include "tests/gen/matter.h"

enum { PROSE_TITLE_BYTES = 128, PROSE_TEXT_BYTES = 4096, PROSE_CHARACTERS_MAX = 1000 };

/* `place`: 吴家沟社, 柳塔村. */
void prose_title(struct chance *chance, const struct matter *matter, const char *place,
        char out[static PROSE_TITLE_BYTES]);
/* 2 in 100 are odd: emoji, full-width digits, rare characters, Mongolian script, one character,
 * several lines, exactly 1000 characters. */
void prose_text(struct chance *chance, const struct matter *matter, const char *place,
        char out[static PROSE_TEXT_BYTES]);
/* Code points of UTF-8. */
size_t prose_characters(const char *text);

#endif
