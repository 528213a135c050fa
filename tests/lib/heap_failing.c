#include "tests/lib/heap_failing.h"

#include "proto/heap.h"

#include <assert.h>
#include <stdlib.h>

static struct {
    size_t until_failure; /* 0: none ordered */
    size_t happened;
    size_t held;
} heap;

static void *failing_resize(void *context, void *old, size_t bytes)
{
    (void)context;
    assert(bytes > 0);
    if (heap.until_failure > 0 && --heap.until_failure == 0) {
        heap.happened++;
        return NULL;
    }
    void *fresh = realloc(old, bytes);
    heap.held += fresh != NULL && old == NULL;
    return fresh;
}

static void failing_release(void *context, void *old)
{
    (void)context;
    assert(heap.held > 0);
    heap.held--;
    free(old);
}

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

void heap_failing_begin(void)
{
    static const struct grid_heap failing = {.resize = failing_resize, .release = failing_release};
    heap.until_failure = heap.happened = heap.held = 0;
    grid_heap_use(&failing);
}

void heap_failing_at(size_t nth)
{
    heap.until_failure = nth;
    heap.happened = 0;
}

size_t heap_failing_happened(void)
{
    return heap.happened;
}

size_t heap_failing_held(void)
{
    return heap.held;
}

void heap_failing_end(void)
{
    static const struct grid_heap library = {.resize = library_resize, .release = library_release};
    assert(heap.held == 0);
    grid_heap_use(&library);
}
