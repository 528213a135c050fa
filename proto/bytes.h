/* Borrowed bytes, and a buffer that grows. */
#ifndef GRID_PROTO_BYTES_H
#define GRID_PROTO_BYTES_H

#include "proto/api.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Someone else's memory: whoever hands it out says how long it lives. */
struct bytes {
    const uint8_t *data;
    size_t size;
};

GRID_API struct bytes bytes_of(const void *data, size_t size);
GRID_API struct bytes bytes_text(const char *text); /* without the NUL; NULL gives no bytes */
GRID_API bool bytes_equal(struct bytes a, struct bytes b);
GRID_API int bytes_compare(struct bytes a, struct bytes b); /* memcmp order, shorter first */

/* Grows through grid_resize. A failed allocation sets `failed` and every later append does nothing,
 * so a writer checks once, at its end. Zero-initialised is empty; buffer_close frees. */
struct buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed;
};

GRID_API void buffer_append(struct buffer *buffer, const void *data, size_t size);
/* Room for `size` more bytes at buffer->data + buffer->size, or NULL; the caller adds to size. */
GRID_API uint8_t *buffer_reserve(struct buffer *buffer, size_t size);
GRID_API void buffer_drop_front(struct buffer *buffer, size_t size);
GRID_API void buffer_clear(struct buffer *buffer); /* keeps the memory */
GRID_API void buffer_close(struct buffer *buffer);
GRID_API struct bytes buffer_bytes(const struct buffer *buffer);

/* Big-endian integers of fixed width, as frames and hashes use them. */
void put_u16(uint8_t out[static 2], uint16_t value);
void put_u32(uint8_t out[static 4], uint32_t value);
void put_u64(uint8_t out[static 8], uint64_t value);
uint16_t get_u16(const uint8_t in[static 2]);
uint32_t get_u32(const uint8_t in[static 4]);
uint64_t get_u64(const uint8_t in[static 8]);

/* Sums of hashes modulo 2^256, big-endian: the digests of buckets (P-98) and of folded cases
 * (P-118). */
enum { SUM_BYTES = 32 };
void sum_add(uint8_t sum[static SUM_BYTES], const uint8_t term[static SUM_BYTES]);
void sum_subtract(uint8_t sum[static SUM_BYTES], const uint8_t term[static SUM_BYTES]);

#endif
