/* Writing msgpack (msgpack-c packs, always in canonical form) and reading it back from bytes that
 * gate_check has already passed. The reader never allocates; what it hands out points into the
 * input. Errors are sticky: read all, then ask `failed` once. */
#ifndef GRID_PROTO_PACK_H
#define GRID_PROTO_PACK_H

#include "proto/api.h"
#include "proto/bytes.h"

void pack_uint(struct buffer *out, uint64_t value);
void pack_int(struct buffer *out, int64_t value);
void pack_bool(struct buffer *out, bool value);
void pack_nil(struct buffer *out); /* control messages only (P-12) */
void pack_text(struct buffer *out, const char *text);
void pack_str(struct buffer *out, struct bytes text);
void pack_bin(struct buffer *out, struct bytes bytes);
void pack_array(struct buffer *out, size_t count);
void pack_map(struct buffer *out, size_t count);
void pack_raw(struct buffer *out, struct bytes value); /* a value that is packed already */

enum pack_type {
    PACK_NONE, /* end of input, or the reader failed */
    PACK_UINT,
    PACK_NEGATIVE, /* an integer below 0 */
    PACK_BOOL,
    PACK_NIL,
    PACK_STR,
    PACK_BIN,
    PACK_ARRAY,
    PACK_MAP,
};

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

GRID_API struct reader reader_of(struct bytes bytes);
GRID_API enum pack_type read_type(
        const struct reader *reader); /* of the next value; nothing is taken */
GRID_API uint64_t read_uint(struct reader *reader);
GRID_API int64_t read_int(struct reader *reader);
GRID_API bool read_bool(struct reader *reader);
GRID_API struct bytes read_str(struct reader *reader);
GRID_API struct bytes read_bin(struct reader *reader);
/* A bin of exactly `size` bytes, copied out; anything else fails and leaves zeros. */
GRID_API void read_bin_exact(struct reader *reader, uint8_t *out, size_t size);
GRID_API size_t read_array(struct reader *reader);
GRID_API size_t read_map(struct reader *reader);
/* The next value whole, undecoded. */
GRID_API struct bytes read_raw(struct reader *reader);
GRID_API void read_skip(struct reader *reader);
/* True when nothing failed and nothing is left. */
GRID_API bool reader_done(const struct reader *reader);

#endif
