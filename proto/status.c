#include "proto/status.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ends the text before its last character when that one is incomplete: a sentence for a person must
 * stay valid UTF-8. */
static void cut_at_character(char *text)
{
    size_t size = strlen(text);
    size_t start = size;
    while (start > 0 && size - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (size - (start - 1) < need)
        text[start - 1] = '\0';
}

enum grid_status grid_fail(struct grid_error *error, enum grid_status status, const char *reason,
        const char *format, ...)
{
    assert(status != GRID_OK);
    assert(strlen(reason) < GRID_REASON_BYTES);
    if (error == NULL)
        return status;

    /* The arguments may point into *error itself: they are printed before anything is replaced. */
    char detail[GRID_DETAIL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    if (size < 0)
        detail[0] = '\0';
    else if ((size_t)size >= sizeof(detail))
        cut_at_character(detail);

    error->status = status;
    memmove(error->reason, reason, strlen(reason) + 1);
    memcpy(error->detail, detail, sizeof(detail));
    return status;
}

static const char *const status_words[] = {
#define X(name, word) [GRID_##name] = (word),
        GRID_STATUS_MAP(X)
#undef X
};

const char *grid_status_word(enum grid_status status)
{
    assert((unsigned)status < GRID_STATUS_COUNT);
    return status_words[status];
}

enum grid_status grid_status_from_word(const char *word)
{
    /* Several codes share a word; each word stands for the code that says it best. */
    if (strcmp(word, "internal") == 0)
        return GRID_INTERNAL;
    if (strcmp(word, "invalid") == 0)
        return GRID_INVALID;
    for (unsigned status = 0; status < GRID_STATUS_COUNT; status++)
        if (strcmp(word, status_words[status]) == 0)
            return (enum grid_status)status;
    return GRID_STATUS_COUNT;
}
