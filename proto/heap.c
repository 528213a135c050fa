#include "proto/heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *library_resize(void *context, void *old, size_t bytes)
{
    (void)context;
    return realloc(old, bytes);
}

static void library_release(void *context, void *old)
{
    (void)context;
    free(old);
}

static struct grid_heap heap = {.resize = library_resize, .release = library_release};

void grid_heap_use(const struct grid_heap *other)
{
    heap = *other;
}

void *grid_alloc(size_t bytes)
{
    if (bytes == 0)
        bytes = 1;
    void *fresh = heap.resize(heap.context, NULL, bytes);
    if (fresh != NULL)
        memset(fresh, 0, bytes);
    return fresh;
}

void *grid_resize(void *old, size_t bytes)
{
    return heap.resize(heap.context, old, bytes > 0 ? bytes : 1);
}

void *grid_alloc_array(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return grid_alloc(count * size);
}

void grid_free(void *old)
{
    if (old != NULL)
        heap.release(heap.context, old);
}
