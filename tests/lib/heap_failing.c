#include "tests/lib/heap_failing.h"

#include "proto/heap.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdlib.h>

static struct {
    size_t until_failure; /* 0: none ordered */
    bool lasting;
    size_t happened;
    size_t held;
    bool in_libraries;
} heap;

static bool due(void)
{
    if (heap.until_failure == 0 || --heap.until_failure > 0)
        return false;
    heap.until_failure = heap.lasting ? 1 : 0;
    heap.happened++;
    return true;
}

static void *failing_resize(void *context, void *old, size_t bytes)
{
    (void)context;
    assert(bytes > 0);
    if (due())
        return NULL;
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
    heap.in_libraries = false;
    grid_heap_use(&failing);
}

void heap_failing_at(size_t nth)
{
    heap.until_failure = nth;
    heap.lasting = false;
    heap.happened = 0;
}

void heap_failing_from(size_t nth)
{
    heap_failing_at(nth);
    heap.lasting = true;
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

/* --- the libraries under us --- */

static sqlite3_mem_methods sqlite_own;

static void *sqlite_allocate(int bytes)
{
    return heap.in_libraries && due() ? NULL : sqlite_own.xMalloc(bytes);
}

static void *sqlite_resize(void *old, int bytes)
{
    return heap.in_libraries && due() ? NULL : sqlite_own.xRealloc(old, bytes);
}

static void *crypto_allocate(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return heap.in_libraries && due() ? NULL : malloc(bytes);
}

static void *crypto_resize(void *old, size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return heap.in_libraries && due() ? NULL : realloc(old, bytes);
}

static void crypto_release(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

void heap_failing_register_libraries(void)
{
    int done = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_own);
    assert(done == SQLITE_OK);
    sqlite3_mem_methods counted = sqlite_own;
    counted.xMalloc = sqlite_allocate;
    counted.xRealloc = sqlite_resize;
    done = sqlite3_config(SQLITE_CONFIG_MALLOC, &counted);
    assert(done == SQLITE_OK);
    done = CRYPTO_set_mem_functions(crypto_allocate, crypto_resize, crypto_release);
    assert(done == 1);
    (void)done;
}

void heap_failing_in_libraries(bool counted)
{
    heap.in_libraries = counted;
}
