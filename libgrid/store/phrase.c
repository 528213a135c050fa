#include "libgrid/store/phrase.h"

#include <string.h>

/* --- what is looked for --- */

/* Quotes of a keyboard, of Chinese text and of full width; 0: none begins there. */
static size_t quote_size(struct bytes text, size_t at)
{
    static const char *const quotes[] = {"\"", "“", "”", "„", "「", "」", "『", "』", "＂"};
    for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
        size_t size = strlen(quotes[i]);
        if (text.size - at >= size && memcmp(text.data + at, quotes[i], size) == 0)
            return size;
    }
    return 0;
}

static bool is_blank(struct bytes text, size_t at, size_t size)
{
    static const char wide[] = "\u3000";
    return (size == 1 && text.data[at] <= ' ') ||
           (size == sizeof(wide) - 1 && memcmp(text.data + at, wide, size) == 0);
}

static enum grid_status too_long(struct grid_error *error)
{
    return grid_fail(error, GRID_LIMIT, "find_long", "%d", PHRASES_MAX);
}

static enum grid_status read_phrase(
        struct phrases *phrases, struct bytes typed, bool quoted, struct grid_error *error)
{
    struct token_reader reader = {.source = typed};
    struct token token;
    struct phrase phrase = {.first = phrases->token_count};
    while (token_next(&reader, &token)) {
        if (bytes_equal(token.text, bytes_text(TOKEN_WALL)))
            continue;
        if (phrases->token_count == PHRASES_TOKENS_MAX || phrases->count == PHRASES_MAX ||
                token.text.size > sizeof(phrases->text) - phrases->text_size)
            return too_long(error);
        uint8_t *kept = phrases->text + phrases->text_size;
        memcpy(kept, token.text.data, token.text.size);
        phrases->text_size += token.text.size;
        phrases->tokens[phrases->token_count++] = bytes_of(kept, token.text.size);
        phrase.count++;
        phrase.begins = token.run && !quoted;
    }
    if (phrase.count == 0)
        return GRID_OK;
    phrases->items[phrases->count++] = phrase;
    return GRID_OK;
}

enum grid_status phrases_read(struct phrases *phrases, struct bytes typed, struct grid_error *error)
{
    memset(phrases, 0, sizeof(*phrases));
    if (typed.size > PHRASES_BYTES_MAX)
        return too_long(error);
    size_t begin = 0;
    bool quoted = false;
    enum grid_status status = GRID_OK;
    for (size_t at = 0; at < typed.size && status == GRID_OK;) {
        size_t quote = quote_size(typed, at);
        size_t size = quote > 0 ? quote : token_character(typed, at);
        if (quote > 0 || (!quoted && is_blank(typed, at, size))) {
            status = read_phrase(phrases, bytes_of(typed.data + begin, at - begin), quoted, error);
            begin = at + size;
            quoted = quote > 0 ? !quoted : quoted;
        }
        at += size;
    }
    if (status == GRID_OK)
        status = read_phrase(
                phrases, bytes_of(typed.data + begin, typed.size - begin), quoted, error);
    if (status == GRID_OK && phrases->count == 0)
        return grid_fail(error, GRID_USAGE, "find_words", "%s", "");
    return status;
}

/* --- where it stands --- */

bool phrase_text_take(struct phrase_text *text, struct bytes source)
{
    struct token_reader reader = {.source = source};
    struct token token;
    buffer_clear(&text->folded);
    buffer_clear(&text->places);
    text->source = source;
    text->count = 0;
    while (token_next(&reader, &token)) {
        struct phrase_place place = {.at = text->folded.size,
                .size = token.text.size,
                .from = token.from,
                .to = token.to};
        buffer_append(&text->folded, token.text.data, token.text.size);
        buffer_append(&text->places, &place, sizeof(place));
        text->count++;
    }
    return !text->folded.failed && !text->places.failed;
}

void phrase_text_close(struct phrase_text *text)
{
    buffer_close(&text->folded);
    buffer_close(&text->places);
    *text = (struct phrase_text){0};
}

static struct phrase_place place_at(const struct phrase_text *text, size_t index)
{
    struct phrase_place place;
    memcpy(&place, text->places.data + index * sizeof(place), sizeof(place));
    return place;
}

static bool stands_at(const struct phrases *phrases, const struct phrase *phrase,
        const struct phrase_text *text, size_t index)
{
    for (size_t i = 0; i < phrase->count; i++) {
        struct bytes wanted = phrases->tokens[phrase->first + i];
        struct phrase_place place = place_at(text, index + i);
        bool goes_on = phrase->begins && i == phrase->count - 1;
        if (goes_on ? place.size < wanted.size : place.size != wanted.size)
            return false;
        if (memcmp(text->folded.data + place.at, wanted.data, wanted.size) != 0)
            return false;
    }
    return true;
}

bool phrase_stands_in(const struct phrases *phrases, size_t index, const struct phrase_text *text,
        size_t *from, size_t *to)
{
    const struct phrase *phrase = &phrases->items[index];
    for (size_t at = 0; at + phrase->count <= text->count; at++)
        if (stands_at(phrases, phrase, text, at)) {
            *from = place_at(text, at).from;
            *to = place_at(text, at + phrase->count - 1).to;
            return true;
        }
    return false;
}

/* --- what stands around it --- */

static void append_line(struct buffer *out, struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        buffer_append(out, byte < ' ' ? (const uint8_t *)" " : &byte, 1);
    }
}

void phrase_before(struct buffer *out, struct bytes source, size_t from)
{
    size_t start = from;
    for (int chars = 0; chars < PHRASE_AROUND_CHARS && start > 0; chars++)
        do
            start--;
        while (start > 0 && (source.data[start] & 0xc0) == 0x80);
    if (start > 0)
        buffer_append(out, "…", strlen("…"));
    append_line(out, bytes_of(source.data + start, from - start));
}

void phrase_after(struct buffer *out, struct bytes source, size_t to)
{
    size_t end = to;
    for (int chars = 0; chars < PHRASE_AROUND_CHARS && end < source.size; chars++)
        end += token_character(source, end);
    append_line(out, bytes_of(source.data + to, end - to));
    if (end < source.size)
        buffer_append(out, "…", strlen("…"));
}
