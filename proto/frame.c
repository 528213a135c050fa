#include "proto/frame.h"

#include "proto/crypto.h"
#include "proto/limits.h"

#include <string.h>
#define ZLIB_CONST /* zlib promises not to write to its input */
#include <zlib.h>

/* proto/dict/entries-1.bin, embedded by the build. Other bytes are another dictionary, with another
 * id: never changed, only followed by entries-2. */
extern const unsigned char dict_entries_1[];
extern const size_t dict_entries_1_size;

enum {
    LENGTH_BYTES = 4,
    PAYLOAD_BYTES_MAX = GRID_FRAME_BYTES_MAX - FRAME_HEADER_BYTES,
    DEFLATE_LEVEL = 6,
    DEFLATE_WINDOW_BITS = -15, /* raw: no header, no checksum of its own */
    DEFLATE_MEMORY_LEVEL = 8,
    TAIL_BYTES_MIN = 16, /* below, four bytes of length are more than deflate saves */
};

/* Starting a stream costs more than deflating a report, so each thread keeps one of each kind. They
 * take their memory from the C library once and for good: the heap that is handed in may change
 * between messages. */
static _Thread_local struct {
    z_stream deflate, inflate;
    bool deflate_open, inflate_open;
} kept;

static uint32_t checksum(uint32_t sum, const void *data, size_t size)
{
    return size > 0 ? (uint32_t)crc32(sum, data, (uInt)size) : sum;
}

/* P-82: over the plain payload, whatever travels. */
static uint32_t payload_checksum(struct bytes head, struct bytes tail)
{
    uint8_t length[LENGTH_BYTES];
    put_u32(length, (uint32_t)head.size);
    uint32_t sum = checksum(0, length, sizeof(length));
    sum = checksum(sum, head.data, head.size);
    return checksum(sum, tail.data, tail.size);
}

/* --- writing --- */

static bool deflate_start(void)
{
    if (!kept.deflate_open) {
        kept.deflate_open =
                deflateInit2(&kept.deflate, DEFLATE_LEVEL, Z_DEFLATED, DEFLATE_WINDOW_BITS,
                        DEFLATE_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
        if (!kept.deflate_open)
            return false;
    } else if (deflateReset(&kept.deflate) != Z_OK) {
        return false;
    }
    return deflateSetDictionary(&kept.deflate, dict_entries_1, (uInt)dict_entries_1_size) == Z_OK;
}

/* Into `room` bytes at most; 0 when it does not fit there. */
static size_t tail_deflate(struct bytes tail, uint8_t *out, size_t room)
{
    if (!deflate_start())
        return 0;
    kept.deflate.next_in = tail.data;
    kept.deflate.avail_in = (uInt)tail.size;
    kept.deflate.next_out = out;
    kept.deflate.avail_out = (uInt)room;
    if (deflate(&kept.deflate, Z_FINISH) != Z_STREAM_END)
        return 0;
    return room - kept.deflate.avail_out;
}

/* P-83: frames of the local socket go as they are. */
static bool may_deflate(uint8_t type, struct bytes tail)
{
    return tail.size >= TAIL_BYTES_MIN && (type < FRAME_REQUEST || type >= FRAME_SKIPPABLE);
}

static void put_header(uint8_t *out, const struct frame *frame, size_t length)
{
    out[0] = frame->type;
    out[1] = frame->flags;
    put_u16(out + 2, frame->channel);
    put_u32(out + 4, (uint32_t)length);
    put_u32(out + 8, payload_checksum(frame->head, frame->tail));
}

/* The payload's first part, common to both forms; returns what is behind it. */
static uint8_t *put_head(uint8_t *out, struct bytes head)
{
    put_u32(out, (uint32_t)head.size);
    if (head.size > 0)
        memcpy(out + LENGTH_BYTES, head.data, head.size);
    return out + LENGTH_BYTES + head.size;
}

enum grid_status frame_write(
        struct buffer *out, uint8_t type, uint16_t channel, struct bytes head, struct bytes tail)
{
    if (head.size > PAYLOAD_BYTES_MAX - LENGTH_BYTES ||
            tail.size > GRID_FRAME_PLAIN_MAX - LENGTH_BYTES - head.size)
        return GRID_LIMIT;
    struct frame frame = {.type = type, .channel = channel, .head = head, .tail = tail};
    size_t tail_room = PAYLOAD_BYTES_MAX - LENGTH_BYTES - head.size;
    bool fits_plain = tail.size <= tail_room;

    uint8_t *start = buffer_reserve(out,
            FRAME_HEADER_BYTES + LENGTH_BYTES + head.size + (fits_plain ? tail.size : tail_room));
    if (start == NULL)
        return GRID_NOMEM;
    uint8_t *payload = start + FRAME_HEADER_BYTES;
    uint8_t *at = put_head(payload, head);

    /* Deflated only where that is smaller, its length field included. */
    size_t deflated = 0;
    size_t room = fits_plain ? tail.size : tail_room;
    if (may_deflate(type, tail) && room > LENGTH_BYTES + 1)
        deflated =
                tail_deflate(tail, at + LENGTH_BYTES, room - LENGTH_BYTES - (fits_plain ? 1 : 0));
    if (deflated > 0) {
        frame.flags = FRAME_DEFLATED;
        put_u32(at, (uint32_t)tail.size);
        at += LENGTH_BYTES + deflated;
    } else if (!fits_plain) {
        return GRID_LIMIT;
    } else if (tail.size > 0) {
        memcpy(at, tail.data, tail.size);
        at += tail.size;
    }
    put_header(start, &frame, (size_t)(at - payload));
    out->size += (size_t)(at - start);
    return GRID_OK;
}

/* --- reading --- */

static bool inflate_start(void)
{
    if (!kept.inflate_open) {
        kept.inflate_open = inflateInit2(&kept.inflate, DEFLATE_WINDOW_BITS) == Z_OK;
        if (!kept.inflate_open)
            return false;
    } else if (inflateReset(&kept.inflate) != Z_OK) {
        return false;
    }
    return inflateSetDictionary(&kept.inflate, dict_entries_1, (uInt)dict_entries_1_size) == Z_OK;
}

/* P-83: the stream ends exactly with its input and gives exactly the bytes that were declared. */
static bool inflate_exact(struct bytes deflated, uint8_t *out, size_t size)
{
    kept.inflate.next_in = deflated.data;
    kept.inflate.avail_in = (uInt)deflated.size;
    kept.inflate.next_out = out;
    kept.inflate.avail_out = (uInt)size;
    return inflate(&kept.inflate, Z_FINISH) == Z_STREAM_END && kept.inflate.avail_in == 0 &&
           kept.inflate.avail_out == 0;
}

/* `rest`: what follows the head on the wire, tail_length and deflated bytes. */
static enum grid_status read_deflated(
        struct bytes rest, struct arena *arena, struct frame *frame, struct grid_error *error)
{
    if (rest.size < LENGTH_BYTES)
        return grid_fail(error, GRID_MALFORMED, "frame_deflate", "");
    size_t size = get_u32(rest.data);
    if (size == 0 || size > GRID_FRAME_PLAIN_MAX - LENGTH_BYTES - frame->head.size)
        return grid_fail(error, GRID_MALFORMED, "frame_length", "%zu", size);
    uint8_t *plain = arena_alloc(arena, size);
    if (plain == NULL || !inflate_start())
        return GRID_NOMEM;
    if (!inflate_exact(bytes_of(rest.data + LENGTH_BYTES, rest.size - LENGTH_BYTES), plain, size))
        return grid_fail(error, GRID_MALFORMED, "frame_deflate", "");
    frame->tail = bytes_of(plain, size);
    return GRID_OK;
}

enum grid_status frame_next(struct bytes input, struct arena *arena, struct frame *out,
        size_t *taken, struct grid_error *error)
{
    *taken = 0;
    *out = (struct frame){0};
    if (input.size < FRAME_HEADER_BYTES)
        return GRID_OK;

    /* What the header alone shows is judged before the payload is waited for. */
    struct frame frame = {
            .type = input.data[0],
            .flags = input.data[1],
            .channel = get_u16(input.data + 2),
    };
    size_t length = get_u32(input.data + 4);
    if (length < LENGTH_BYTES || length > PAYLOAD_BYTES_MAX)
        return grid_fail(error, GRID_MALFORMED, "frame_length", "%zu", length);
    bool local = frame.type >= FRAME_REQUEST && frame.type < FRAME_SKIPPABLE; /* P-83 */
    if ((frame.flags & ~(unsigned)FRAME_DEFLATED) != 0 || (local && frame.flags != 0))
        return grid_fail(error, GRID_MALFORMED, "frame_flags", "%u", (unsigned)frame.flags);
    if (input.size - FRAME_HEADER_BYTES < length)
        return GRID_OK;

    const uint8_t *payload = input.data + FRAME_HEADER_BYTES;
    size_t head_size = get_u32(payload);
    if (head_size > length - LENGTH_BYTES)
        return grid_fail(error, GRID_MALFORMED, "frame_length", "%zu", head_size);
    frame.head = bytes_of(payload + LENGTH_BYTES, head_size);
    struct bytes rest =
            bytes_of(payload + LENGTH_BYTES + head_size, length - LENGTH_BYTES - head_size);
    enum grid_status status = GRID_OK;
    if ((frame.flags & FRAME_DEFLATED) != 0)
        status = read_deflated(rest, arena, &frame, error);
    else
        frame.tail = rest;
    if (status != GRID_OK)
        return status;
    if (payload_checksum(frame.head, frame.tail) != get_u32(input.data + 8))
        return grid_fail(error, GRID_MALFORMED, "frame_checksum", "");
    *out = frame;
    *taken = FRAME_HEADER_BYTES + length;
    return GRID_OK;
}

uint64_t frame_dictionary_id(void)
{
    uint8_t hash[GRID_HASH_BYTES];
    struct bytes dictionary = bytes_of(dict_entries_1, dict_entries_1_size);
    return crypto_hash(hash, &dictionary, 1) == GRID_OK ? get_u64(hash) : 0;
}
