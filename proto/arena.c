#include "proto/arena.h"

#include "proto/heap.h"

#include <assert.h>
#include <string.h>

enum { CHUNK_BYTES_MIN = 4096, CHUNK_BYTES_KEPT_MAX = 65536 };

/* The newest chunk comes first; only that one still has room to give. */
struct arena_chunk {
    struct arena_chunk *older;
    size_t capacity;
    size_t used;
    max_align_t data[];
};

void arena_init(struct arena *arena, size_t limit_bytes)
{
    *arena = (struct arena){.limit_bytes = limit_bytes};
}

/* Twice the last one, or as large as this allocation needs. */
static struct arena_chunk *chunk_add(struct arena *arena, size_t bytes)
{
    size_t capacity = CHUNK_BYTES_MIN;
    if (arena->chunks != NULL && arena->chunks->capacity <= CHUNK_BYTES_KEPT_MAX / 2)
        capacity = arena->chunks->capacity * 2;
    else if (arena->chunks != NULL)
        capacity = CHUNK_BYTES_KEPT_MAX;
    if (capacity < bytes)
        capacity = bytes;
    if (capacity > SIZE_MAX - sizeof(struct arena_chunk))
        return NULL;

    struct arena_chunk *chunk = grid_resize(NULL, sizeof(*chunk) + capacity);
    if (chunk == NULL)
        return NULL;
    *chunk = (struct arena_chunk){.older = arena->chunks, .capacity = capacity};
    arena->chunks = chunk;
    arena->held_bytes += sizeof(*chunk) + capacity;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX - sizeof(max_align_t))
        return NULL;
    size_t rounded = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (rounded == 0)
        rounded = sizeof(max_align_t);
    if (arena->limit_bytes != 0 &&
            (rounded > arena->limit_bytes || arena->used_bytes > arena->limit_bytes - rounded))
        return NULL;

    struct arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->capacity - chunk->used < rounded)
        chunk = chunk_add(arena, rounded);
    if (chunk == NULL)
        return NULL;
    void *fresh = (uint8_t *)chunk->data + chunk->used;
    chunk->used += rounded;
    arena->used_bytes += rounded;
    return memset(fresh, 0, rounded);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return arena_alloc(arena, count * size);
}

struct bytes arena_copy(struct arena *arena, struct bytes bytes)
{
    uint8_t *copy = arena_alloc(arena, bytes.size);
    if (copy == NULL)
        return (struct bytes){0};
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    return bytes_of(copy, bytes.size);
}

char *arena_text(struct arena *arena, struct bytes bytes)
{
    if (bytes.size == SIZE_MAX)
        return NULL;
    char *text = arena_alloc(arena, bytes.size + 1);
    if (text != NULL && bytes.size > 0)
        memcpy(text, bytes.data, bytes.size);
    return text;
}

/* Frees this chunk and all older ones. */
static void chunks_free(struct arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct arena_chunk *older = chunk->older;
        grid_free(chunk);
        chunk = older;
    }
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *kept = arena->chunks;
    arena->used_bytes = 0;
    if (kept == NULL)
        return;
    chunks_free(kept->older);
    kept->older = NULL;
    kept->used = 0;
    arena->held_bytes = sizeof(*kept) + kept->capacity;
    /* One large message must not hold its memory for the life of a link. */
    if (kept->capacity > CHUNK_BYTES_KEPT_MAX)
        arena_close(arena);
}

void arena_close(struct arena *arena)
{
    chunks_free(arena->chunks);
    arena->chunks = NULL;
    arena->used_bytes = arena->held_bytes = 0;
}
