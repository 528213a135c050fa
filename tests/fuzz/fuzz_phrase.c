/* How text is cut into tokens, and what is looked for in it: whatever the bytes, tokens ascend and
 * stay within, cutting what was cut gives the same, and a text has each of its own words. */
#include "libgrid/store/phrase.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void try_tokens(struct bytes text)
{
    struct token_reader reader = {.source = text};
    struct token token;
    size_t last = 0;
    while (token_next(&reader, &token)) {
        uint8_t folded[TOKEN_BYTES_MAX];
        size_t size = token.text.size;
        FUZZ_CHECK(token.from >= last && token.to > token.from && token.to <= text.size);
        FUZZ_CHECK(size > 0 && size <= TOKEN_BYTES_MAX);
        last = token.to;
        memcpy(folded, token.text.data, size);
        struct token_reader again = {.source = bytes_of(folded, size)};
        struct token same;
        FUZZ_CHECK(token_next(&again, &same) && bytes_equal(same.text, bytes_of(folded, size)));
        FUZZ_CHECK(same.run == token.run && !token_next(&again, &same));
    }
}

static void try_words(struct bytes typed)
{
    struct phrases phrases;
    struct phrase_text cut = {0};
    struct buffer around = {0};
    if (phrases_read(&phrases, typed, NULL) != GRID_OK)
        return;
    FUZZ_CHECK(phrases.count > 0 && phrases.count <= PHRASES_MAX);
    FUZZ_CHECK(phrase_text_take(&cut, typed));
    bool walled = memchr(typed.data, TOKEN_WALL[0], typed.size) != NULL;
    for (size_t i = 0; i < phrases.count; i++) {
        size_t from = 0;
        size_t to = 0;
        bool found = phrase_stands_in(&phrases, i, &cut, &from, &to);
        FUZZ_CHECK(walled || found);
        if (found) {
            phrase_before(&around, typed, from);
            phrase_after(&around, typed, to);
        }
    }
    buffer_close(&around);
    phrase_text_close(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_tokens(bytes_of(data, size));
    try_words(bytes_of(data, size));
    return 0;
}
