#include "libgrid/store/token.h"

#include <string.h>

enum token_class {
    TOKEN_APART,   /* blanks and punctuation: between tokens, and no part of any */
    TOKEN_UNSEEN,  /* within a token, and no part of it: joiners, variation selectors, accents */
    TOKEN_SINGLE,  /* a token of its own */
    TOKEN_LETTERS, /* part of a run */
    TOKEN_DIGITS   /* part of a run of digits: 12栋 is found in A12栋 */
};

struct range {
    uint32_t first, last;
    enum token_class class;
};

/* Ascending; what lies between is letters. Of the scripts that write without blanks each character
 * stands alone; so do signs, for which somebody may look. */
static const struct range ranges[] = {
        {0x0000, 0x0000, TOKEN_APART},
        {0x0001, 0x0001, TOKEN_SINGLE}, /* TOKEN_WALL */
        {0x0002, 0x002f, TOKEN_APART},
        {0x0030, 0x0039, TOKEN_DIGITS},
        {0x003a, 0x0040, TOKEN_APART},
        {0x005b, 0x0060, TOKEN_APART},
        {0x007b, 0x00a9, TOKEN_APART},
        {0x00ab, 0x00ac, TOKEN_APART},
        {0x00ad, 0x00ad, TOKEN_UNSEEN},
        {0x00ae, 0x00b4, TOKEN_APART},
        {0x00b6, 0x00b9, TOKEN_APART},
        {0x00bb, 0x00bf, TOKEN_APART},
        {0x00d7, 0x00d7, TOKEN_APART},
        {0x00f7, 0x00f7, TOKEN_APART},
        {0x0300, 0x036f, TOKEN_UNSEEN},
        {0x0589, 0x0589, TOKEN_APART},
        {0x060c, 0x060d, TOKEN_APART},
        {0x061b, 0x061f, TOKEN_APART},
        {0x0660, 0x0669, TOKEN_DIGITS},
        {0x066a, 0x066d, TOKEN_APART},
        {0x06d4, 0x06d4, TOKEN_APART},
        {0x0964, 0x0965, TOKEN_APART},
        {0x0f0b, 0x0f14, TOKEN_APART},
        {0x1800, 0x1809, TOKEN_APART},  /* Mongolian punctuation */
        {0x180a, 0x180f, TOKEN_UNSEEN}, /* nirugu, variation selectors, vowel separator */
        {0x1810, 0x1819, TOKEN_DIGITS},
        {0x2000, 0x200a, TOKEN_APART},
        {0x200b, 0x200f, TOKEN_UNSEEN},
        {0x2010, 0x205f, TOKEN_APART}, /* and the blank before a Mongolian suffix */
        {0x2060, 0x206f, TOKEN_UNSEEN},
        {0x2070, 0x209f, TOKEN_APART},
        {0x20a0, 0x2bff, TOKEN_SINGLE}, /* signs: № ℃ Ⅲ → ① ▲ */
        {0x2e00, 0x2e7f, TOKEN_APART},
        {0x2e80, 0x2fff, TOKEN_SINGLE},
        {0x3000, 0x3004, TOKEN_APART},
        {0x3005, 0x3007, TOKEN_SINGLE}, /* 々 〆 〇 */
        {0x3008, 0x3020, TOKEN_APART},
        {0x3021, 0x3029, TOKEN_SINGLE},
        {0x302a, 0x302f, TOKEN_UNSEEN},
        {0x3030, 0x3030, TOKEN_APART},
        {0x3031, 0x303c, TOKEN_SINGLE},
        {0x303d, 0x3040, TOKEN_APART},
        {0x3041, 0x30fa, TOKEN_SINGLE},
        {0x30fb, 0x30fb, TOKEN_APART},
        {0x30fc, 0xa4cf, TOKEN_SINGLE}, /* kana, ideographs, Yi */
        {0xac00, 0xd7af, TOKEN_SINGLE},
        {0xd800, 0xdfff, TOKEN_APART},
        {0xe000, 0xfaff, TOKEN_SINGLE}, /* private use holds rare characters of names of places */
        {0xfe00, 0xfe0f, TOKEN_UNSEEN},
        {0xfe10, 0xfe6f, TOKEN_APART},
        {0xfeff, 0xfeff, TOKEN_UNSEEN},
        {0xff5f, 0xff65, TOKEN_APART},
        {0xff66, 0xffef, TOKEN_SINGLE},
        {0xfff0, 0xffff, TOKEN_APART},
        {0x1f3fb, 0x1f3ff, TOKEN_UNSEEN},
        {0x1f000, 0x1fbff, TOKEN_SINGLE},
        {0x20000, 0x3ffff, TOKEN_SINGLE},
        {0xe0000, 0xe0fff, TOKEN_UNSEEN},
        {0xf0000, 0x10ffff, TOKEN_SINGLE},
};

static enum token_class class_of(uint32_t character)
{
    if (character >= 0x4e00 && character <= 0x9fff) /* most of all */
        return TOKEN_SINGLE;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return ranges[i].class;
    return TOKEN_LETTERS;
}

static bool within(uint32_t character, uint32_t first, uint32_t last)
{
    return character >= first && character <= last;
}

/* Capitals of Latin, Greek and Cyrillic (the Mongolian Ө and Ү among them). */
static uint32_t fold_case(uint32_t c)
{
    if (within(c, 'A', 'Z') || (within(c, 0xc0, 0xde) && c != 0xd7) || within(c, 0x391, 0x3a9) ||
            within(c, 0x410, 0x42f))
        return c + 0x20;
    if (within(c, 0x400, 0x40f))
        return c + 0x50;
    if (c == 0x178)
        return 0xff;
    bool odd_is_small = within(c, 0x100, 0x137) || within(c, 0x14a, 0x177) ||
                        within(c, 0x1de, 0x1ef) || within(c, 0x1f8, 0x21f) ||
                        within(c, 0x222, 0x233) || within(c, 0x460, 0x481) ||
                        within(c, 0x48a, 0x4bf) || within(c, 0x4d0, 0x52f) ||
                        within(c, 0x1e00, 0x1e95) || within(c, 0x1ea0, 0x1eff);
    if (odd_is_small)
        return c | 1;
    bool even_is_small =
            within(c, 0x139, 0x148) || within(c, 0x179, 0x17e) || within(c, 0x1cd, 0x1dc);
    return even_is_small && (c & 1) != 0 ? c + 1 : c;
}

static uint32_t fold(uint32_t c)
{
    if (within(c, 0xff01, 0xff5e)) /* full-width forms */
        c -= 0xfee0;
    if (within(c, 0x1810, 0x1819)) /* Mongolian digits */
        c = '0' + (c - 0x1810);
    if (within(c, 0x660, 0x669)) /* Arabic ones */
        c = '0' + (c - 0x660);
    return fold_case(c);
}

static bool is_tail(struct bytes text, size_t at)
{
    return at < text.size && (text.data[at] & 0xc0) == 0x80;
}

/* Reads one character; what is no UTF-8 reads as U+FFFF, of one byte. */
static size_t read_character(struct bytes text, size_t at, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = text.data[at];
    size_t size = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t character = size == 1 ? lead : lead & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        if (!is_tail(text, at + i)) {
            size = 0;
            break;
        }
        character = character << 6 | (text.data[at + i] & 0x3f);
    }
    if (size == 0 || lead >= 0xf8 || character < least[size] || character > 0x10ffff ||
            within(character, 0xd800, 0xdfff)) {
        *out = 0xffff;
        return 1;
    }
    *out = character;
    return size;
}

static size_t write_character(uint8_t out[static 4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; i-- > 1; c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
    out[0] = (uint8_t)(leads[size] | c);
    return size;
}

size_t token_character(struct bytes text, size_t at)
{
    uint32_t character;
    return at < text.size ? read_character(text, at, &character) : 0;
}

bool token_next(struct token_reader *reader, struct token *token)
{
    enum token_class run = TOKEN_APART;
    size_t size = 0;
    *token = (struct token){0};
    while (reader->at < reader->source.size) {
        uint32_t character;
        uint8_t folded[4];
        size_t bytes = read_character(reader->source, reader->at, &character);
        character = fold(character);
        enum token_class class = class_of(character);
        size_t folded_bytes = write_character(folded, character);
        if (class == TOKEN_UNSEEN || (class == TOKEN_APART && size == 0)) {
            reader->at += bytes;
            continue;
        }
        if (size > 0 &&
                (class != run || run == TOKEN_SINGLE || size + folded_bytes > TOKEN_BYTES_MAX))
            break;
        if (size == 0)
            token->from = reader->at;
        run = class;
        memcpy(reader->text + size, folded, folded_bytes);
        size += folded_bytes;
        reader->at += bytes;
        token->to = reader->at;
    }
    token->text = bytes_of(reader->text, size);
    token->run = run == TOKEN_LETTERS || run == TOKEN_DIGITS;
    return size > 0;
}
