/* The only way to memory in proto/ and libgrid/: an allocator that is handed in, so that a test can
 * make its Nth call fail. Nothing here aborts; a NULL travels up as GRID_NOMEM. */
#ifndef GRID_PROTO_HEAP_H
#define GRID_PROTO_HEAP_H

#include "proto/api.h"

#include <stddef.h>

struct grid_heap {
    void *(*resize)(void *context, void *old, size_t bytes); /* like realloc; bytes is never 0 */
    void (*release)(void *context, void *old);               /* like free */
    void *context;
};

/* Replaces the allocator of the process (default: the C library's). Not while anything is held. */
GRID_API void grid_heap_use(const struct grid_heap *other);

/* Zeroed memory, or NULL. bytes 0 gives a distinct pointer too. Free with grid_free. */
GRID_API void *grid_alloc(size_t bytes);
/* Like realloc: new bytes are not zeroed; on NULL the old block stays valid. */
GRID_API void *grid_resize(void *old, size_t bytes);
/* count elements of `size` bytes, zeroed; NULL on overflow. */
GRID_API void *grid_alloc_array(size_t count, size_t size);
GRID_API void grid_free(void *old);

#endif
