#include "proto/pack.h"

#include <assert.h>
#include <msgpack.h>
#include <string.h>

/* --- writing --- */

/* msgpack-c hands over each piece of what it packs. */
static int take_packed(void *buffer, const char *data, size_t size)
{
    buffer_append(buffer, data, size);
    return 0;
}

static msgpack_packer packer_of(struct buffer *out)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, out, take_packed);
    return packer;
}

void pack_uint(struct buffer *out, uint64_t value)
{
    msgpack_packer packer = packer_of(out);
    msgpack_pack_uint64(&packer, value);
}

void pack_int(struct buffer *out, int64_t value)
{
    msgpack_packer packer = packer_of(out);
    msgpack_pack_int64(&packer, value);
}

void pack_bool(struct buffer *out, bool value)
{
    msgpack_packer packer = packer_of(out);
    if (value)
        msgpack_pack_true(&packer);
    else
        msgpack_pack_false(&packer);
}

void pack_nil(struct buffer *out)
{
    msgpack_packer packer = packer_of(out);
    msgpack_pack_nil(&packer);
}

void pack_text(struct buffer *out, const char *text)
{
    pack_str(out, bytes_text(text));
}

void pack_str(struct buffer *out, struct bytes text)
{
    assert(text.size <= UINT32_MAX);
    msgpack_packer packer = packer_of(out);
    msgpack_pack_str(&packer, text.size);
    buffer_append(out, text.data, text.size);
}

void pack_bin(struct buffer *out, struct bytes bytes)
{
    assert(bytes.size <= UINT32_MAX);
    msgpack_packer packer = packer_of(out);
    msgpack_pack_bin(&packer, bytes.size);
    buffer_append(out, bytes.data, bytes.size);
}

void pack_array(struct buffer *out, size_t count)
{
    assert(count <= UINT32_MAX);
    msgpack_packer packer = packer_of(out);
    msgpack_pack_array(&packer, count);
}

void pack_map(struct buffer *out, size_t count)
{
    assert(count <= UINT32_MAX);
    msgpack_packer packer = packer_of(out);
    msgpack_pack_map(&packer, count);
}

void pack_raw(struct buffer *out, struct bytes value)
{
    buffer_append(out, value.data, value.size);
}

/* --- reading --- */

/* The first bytes of a value: what it is, and its number, byte length or element count. */
struct item {
    enum pack_type type;
    uint64_t number; /* of PACK_NEGATIVE: the bits of the int64_t */
};

static const struct item no_item = {.type = PACK_NONE};

/* The `width` bytes behind the first one, as a big-endian number. */
static bool take_number(struct reader *reader, size_t width, uint64_t *number)
{
    if ((size_t)(reader->end - reader->at) <= width)
        return false;
    *number = 0;
    for (size_t i = 1; i <= width; i++)
        *number = *number << 8 | reader->at[i];
    reader->at += 1 + width;
    return true;
}

static struct item take_wide(struct reader *reader, enum pack_type type, size_t width)
{
    struct item item = {.type = type};
    return take_number(reader, width, &item.number) ? item : no_item;
}

/* A signed integer: its sign bit is carried up; a value of 0 or more reads as PACK_UINT. */
static struct item take_signed(struct reader *reader, size_t width)
{
    struct item item = take_wide(reader, PACK_NEGATIVE, width);
    if (item.type == PACK_NONE)
        return item;
    unsigned bits = (unsigned)width * 8;
    if ((item.number >> (bits - 1) & 1) == 0)
        item.type = PACK_UINT;
    else if (bits < 64)
        item.number |= UINT64_MAX << bits;
    return item;
}

static struct item take_short(struct reader *reader, enum pack_type type, uint64_t number)
{
    reader->at++;
    return (struct item){.type = type, .number = number};
}

static struct item take_item(struct reader *reader)
{
    if (reader->failed || reader->at == reader->end)
        return no_item;
    uint8_t first = *reader->at;
    if (first <= 0x7F)
        return take_short(reader, PACK_UINT, first);
    if (first <= 0x8F)
        return take_short(reader, PACK_MAP, first & 0x0F);
    if (first <= 0x9F)
        return take_short(reader, PACK_ARRAY, first & 0x0F);
    if (first <= 0xBF)
        return take_short(reader, PACK_STR, first & 0x1F);
    if (first >= 0xE0)
        return take_short(reader, PACK_NEGATIVE, UINT64_MAX << 8 | first);
    switch (first) {
    case 0xC0:
        return take_short(reader, PACK_NIL, 0);
    case 0xC2:
    case 0xC3:
        return take_short(reader, PACK_BOOL, first & 1);
    case 0xC4:
    case 0xC5:
    case 0xC6:
        return take_wide(reader, PACK_BIN, (size_t)1 << (first - 0xC4));
    case 0xCC:
    case 0xCD:
    case 0xCE:
    case 0xCF:
        return take_wide(reader, PACK_UINT, (size_t)1 << (first - 0xCC));
    case 0xD0:
    case 0xD1:
    case 0xD2:
    case 0xD3:
        return take_signed(reader, (size_t)1 << (first - 0xD0));
    case 0xD9:
    case 0xDA:
    case 0xDB:
        return take_wide(reader, PACK_STR, (size_t)1 << (first - 0xD9));
    case 0xDC:
    case 0xDD:
        return take_wide(reader, PACK_ARRAY, (size_t)2 << (first - 0xDC));
    case 0xDE:
    case 0xDF:
        return take_wide(reader, PACK_MAP, (size_t)2 << (first - 0xDE));
    default:
        return no_item;
    }
}

/* An item of that type; anything else fails the reader. */
static bool take_typed(struct reader *reader, enum pack_type type, uint64_t *number)
{
    struct item item = take_item(reader);
    if (item.type != type) {
        reader->failed = true;
        return false;
    }
    *number = item.number;
    return true;
}

static struct bytes take_content(struct reader *reader, enum pack_type type)
{
    uint64_t size;
    if (!take_typed(reader, type, &size))
        return (struct bytes){0};
    if (size > (size_t)(reader->end - reader->at)) {
        reader->failed = true;
        return (struct bytes){0};
    }
    struct bytes content = bytes_of(reader->at, (size_t)size);
    reader->at += size;
    return content;
}

struct reader reader_of(struct bytes bytes)
{
    if (bytes.size == 0)
        return (struct reader){0};
    return (struct reader){.at = bytes.data, .end = bytes.data + bytes.size};
}

enum pack_type read_type(const struct reader *reader)
{
    struct reader ahead = *reader;
    return take_item(&ahead).type;
}

uint64_t read_uint(struct reader *reader)
{
    uint64_t number;
    return take_typed(reader, PACK_UINT, &number) ? number : 0;
}

int64_t read_int(struct reader *reader)
{
    struct item item = take_item(reader);
    if (item.type == PACK_NEGATIVE || (item.type == PACK_UINT && item.number <= INT64_MAX))
        return (int64_t)item.number;
    reader->failed = true;
    return 0;
}

bool read_bool(struct reader *reader)
{
    uint64_t number;
    return take_typed(reader, PACK_BOOL, &number) && number != 0;
}

struct bytes read_str(struct reader *reader)
{
    return take_content(reader, PACK_STR);
}

struct bytes read_bin(struct reader *reader)
{
    return take_content(reader, PACK_BIN);
}

void read_bin_exact(struct reader *reader, uint8_t *out, size_t size)
{
    struct bytes content = read_bin(reader);
    memset(out, 0, size);
    if (content.size != size)
        reader->failed = true;
    else if (!reader->failed && size > 0)
        memcpy(out, content.data, size);
}

/* Every element takes a byte at least: a count beyond what is left would only make callers
 * allocate for nothing. */
static size_t take_count(struct reader *reader, enum pack_type type, size_t values_each)
{
    uint64_t count;
    if (!take_typed(reader, type, &count))
        return 0;
    if (count > (size_t)(reader->end - reader->at) / values_each) {
        reader->failed = true;
        return 0;
    }
    return (size_t)count;
}

size_t read_array(struct reader *reader)
{
    return take_count(reader, PACK_ARRAY, 1);
}

size_t read_map(struct reader *reader)
{
    return take_count(reader, PACK_MAP, 2);
}

void read_skip(struct reader *reader)
{
    for (uint64_t left = 1; left > 0 && !reader->failed; left--) {
        struct item item = take_item(reader);
        size_t rest = (size_t)(reader->end - reader->at);
        bool has_content = item.type == PACK_STR || item.type == PACK_BIN;
        bool is_container = item.type == PACK_ARRAY || item.type == PACK_MAP;
        if (item.type == PACK_NONE || ((has_content || is_container) && item.number > rest))
            reader->failed = true;
        else if (has_content)
            reader->at += item.number;
        else if (is_container)
            left += item.type == PACK_MAP ? 2 * item.number : item.number;
    }
}

struct bytes read_raw(struct reader *reader)
{
    const uint8_t *start = reader->at;
    read_skip(reader);
    if (reader->failed)
        return (struct bytes){0};
    return bytes_of(start, (size_t)(reader->at - start));
}

bool reader_done(const struct reader *reader)
{
    return !reader->failed && reader->at == reader->end;
}
