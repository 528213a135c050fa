/* Arrays that grow. */
#include "libgrid/roster/inside.h"

#include "proto/heap.h"

void *array_grown(void *array, size_t *capacity, size_t count, size_t size)
{
    if (count <= *capacity)
        return array;
    size_t grown = *capacity == 0 ? 16 : *capacity;
    while (grown < count)
        grown *= 2;
    void *fresh = grid_resize(array, grown * size);
    if (fresh != NULL)
        *capacity = grown;
    return fresh;
}
