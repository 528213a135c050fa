#include "proto/bytes.h"

#include "proto/heap.h"

#include <assert.h>
#include <string.h>

enum { BUFFER_BYTES_MIN = 64 };

struct bytes bytes_of(const void *data, size_t size)
{
    return (struct bytes){.data = data, .size = size};
}

struct bytes bytes_text(const char *text)
{
    return bytes_of(text, text != NULL ? strlen(text) : 0);
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t size)
{
    if (buffer->failed)
        return NULL;
    if (buffer->data != NULL && buffer->capacity - buffer->size >= size)
        return buffer->data + buffer->size;

    size_t capacity = buffer->capacity < BUFFER_BYTES_MIN ? BUFFER_BYTES_MIN : buffer->capacity;
    while (capacity - buffer->size < size && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    uint8_t *data = NULL;
    if (capacity - buffer->size >= size)
        data = grid_resize(buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return NULL;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return data + buffer->size;
}

void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    uint8_t *room = buffer_reserve(buffer, size);
    if (room == NULL || size == 0)
        return;
    memcpy(room, data, size);
    buffer->size += size;
}

void buffer_drop_front(struct buffer *buffer, size_t size)
{
    assert(size <= buffer->size);
    if (size == 0)
        return;
    buffer->size -= size;
    if (buffer->size > 0)
        memmove(buffer->data, buffer->data + size, buffer->size);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

void buffer_close(struct buffer *buffer)
{
    grid_free(buffer->data);
    *buffer = (struct buffer){0};
}

struct bytes buffer_bytes(const struct buffer *buffer)
{
    return bytes_of(buffer->data, buffer->size);
}

void put_u16(uint8_t out[static 2], uint16_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

void put_u32(uint8_t out[static 4], uint32_t value)
{
    put_u16(out, (uint16_t)(value >> 16));
    put_u16(out + 2, (uint16_t)value);
}

void put_u64(uint8_t out[static 8], uint64_t value)
{
    put_u32(out, (uint32_t)(value >> 32));
    put_u32(out + 4, (uint32_t)value);
}

uint16_t get_u16(const uint8_t in[static 2])
{
    return (uint16_t)(in[0] << 8 | in[1]);
}

uint32_t get_u32(const uint8_t in[static 4])
{
    return (uint32_t)get_u16(in) << 16 | get_u16(in + 2);
}

uint64_t get_u64(const uint8_t in[static 8])
{
    return (uint64_t)get_u32(in) << 32 | get_u32(in + 4);
}

void sum_add(uint8_t sum[static SUM_BYTES], const uint8_t term[static SUM_BYTES])
{
    unsigned carry = 0;
    for (int i = SUM_BYTES - 1; i >= 0; i--) {
        carry += (unsigned)sum[i] + term[i];
        sum[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

void sum_subtract(uint8_t sum[static SUM_BYTES], const uint8_t term[static SUM_BYTES])
{
    int borrow = 0;
    for (int i = SUM_BYTES - 1; i >= 0; i--) {
        int digit = (int)sum[i] - term[i] - borrow;
        borrow = digit < 0;
        sum[i] = (uint8_t)(digit + (borrow ? 256 : 0));
    }
}
