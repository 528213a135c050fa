/* NFC by libutf8proc, with a short way for text that is composed already. */
#include "cli/normalise.h"

#include <stdlib.h>
#include <utf8proc.h>

/* Text of these blocks alone is its own NFC: no combining marks, no decompositions but those that
 * compose back. Nearly all Chinese text is. */
static bool always_composed(int32_t code)
{
    return code < 0x300 ||                      /* ASCII and Latin, composed letters included */
           (code >= 0x2010 && code < 0x2028) || /* dashes and quotation marks */
           (code >= 0x3001 && code < 0x302A) || /* CJK punctuation */
           (code >= 0x3400 && code < 0xA000) || /* ideographs */
           (code >= 0xFF01 && code < 0xFF61);   /* full-width forms */
}

enum grid_status normalise_nfc(struct bytes text, struct buffer *out)
{
    bool composed = true;
    for (size_t at = 0; at < text.size;) {
        utf8proc_int32_t code;
        utf8proc_ssize_t size =
                utf8proc_iterate(text.data + at, (utf8proc_ssize_t)(text.size - at), &code);
        if (size <= 0 || code == 0)
            return GRID_INVALID;
        composed = composed && always_composed(code);
        at += (size_t)size;
    }
    if (composed) {
        buffer_append(out, text.data, text.size);
        return out->failed ? GRID_NOMEM : GRID_OK;
    }
    utf8proc_uint8_t *composed_text = NULL;
    utf8proc_ssize_t size = utf8proc_map(text.data, (utf8proc_ssize_t)text.size, &composed_text,
            UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (size < 0)
        return size == UTF8PROC_ERROR_NOMEM ? GRID_NOMEM : GRID_INVALID;
    buffer_append(out, composed_text, (size_t)size);
    free(composed_text);
    return out->failed ? GRID_NOMEM : GRID_OK;
}

void normalise_lines(struct buffer *text)
{
    size_t out = 0;
    for (size_t at = 0; at < text->size; at++) {
        if (text->data[at] == '\r' && at + 1 < text->size && text->data[at + 1] == '\n')
            continue;
        text->data[out++] = text->data[at] == '\r' ? '\n' : text->data[at];
    }
    text->size = out;
}
