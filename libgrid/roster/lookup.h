/* Finding the items of an array by a hash: chains of item numbers, the newest first. Items are only
 * ever added, in ascending order, so nothing here forgets. */
#ifndef GRID_ROSTER_LOOKUP_H
#define GRID_ROSTER_LOOKUP_H

#include "proto/bytes.h"

#define LOOKUP_END UINT32_MAX

struct lookup {
    uint32_t *heads;  /* the newest item of each chain */
    uint32_t *next;   /* by item */
    uint32_t *hashes; /* by item */
    size_t head_count;
    size_t capacity; /* items there is room for */
    size_t item_count;
};

/* Room for items below `count`; false when memory ends, and nothing changed then. */
bool lookup_reserve(struct lookup *lookup, size_t count);
/* The next item, numbered as the last one plus 1; `linked` false keeps its number unfound. */
void lookup_add(struct lookup *lookup, uint32_t hash, bool linked);
/* The newest item with this hash, then the ones before it; LOOKUP_END after the last. Different
 * things may share a hash: compare. */
uint32_t lookup_first(const struct lookup *lookup, uint32_t hash);
uint32_t lookup_next(const struct lookup *lookup, uint32_t item);
void lookup_close(struct lookup *lookup);

/* Pours more bytes into a hash that starts with any number. */
uint32_t lookup_hash(uint32_t hash, struct bytes bytes);

#endif
