/* Memory with one end: everything decoded from one message lives in one arena and goes with it. */
#ifndef GRID_PROTO_ARENA_H
#define GRID_PROTO_ARENA_H

#include "proto/bytes.h"

#include <stddef.h>

struct arena_chunk;
struct arena {
    struct arena_chunk *chunks;
    size_t used_bytes;
    size_t held_bytes;  /* of the chunks, used or not */
    size_t limit_bytes; /* 0: none. Past it arena_alloc answers NULL */
};

void arena_init(struct arena *arena, size_t limit_bytes);
/* Zeroed and aligned for any type; NULL when memory or the limit ends. */
void *arena_alloc(struct arena *arena, size_t bytes);
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);
/* A copy of `bytes` (data NULL when it fails; an empty input gives a non-NULL pointer). */
struct bytes arena_copy(struct arena *arena, struct bytes bytes);
/* A NUL-terminated copy, or NULL. */
char *arena_text(struct arena *arena, struct bytes bytes);
/* Frees all but keeps the first chunk for the next message. */
void arena_reset(struct arena *arena);
/* Frees everything; a zeroed or closed arena may be closed again. */
void arena_close(struct arena *arena);

#endif
