#include "libgrid/roster/lookup.h"

#include "proto/heap.h"

#include <assert.h>
#include <string.h>

enum { LOOKUP_ITEMS_MIN = 64 };

uint32_t lookup_hash(uint32_t hash, struct bytes bytes)
{
    /* FNV-1a: what is hashed are short codes of a signed roster and halves of hashes, no input of
     * strangers. */
    hash ^= 2166136261u;
    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ bytes.data[i]) * 16777619u;
    return hash ^ (hash >> 15);
}

/* Puts the item at the front of its chain. */
static void link_item(struct lookup *lookup, uint32_t item)
{
    uint32_t *head = &lookup->heads[lookup->hashes[item] & (lookup->head_count - 1)];
    lookup->next[item] = *head;
    *head = item;
}

/* An item that stays unfound points at itself: no chain does. */
static bool linked_item(const struct lookup *lookup, uint32_t item)
{
    return lookup->next[item] != item;
}

bool lookup_reserve(struct lookup *lookup, size_t count)
{
    if (count <= lookup->capacity)
        return true;
    size_t capacity = lookup->capacity == 0 ? LOOKUP_ITEMS_MIN : lookup->capacity;
    while (capacity < count)
        capacity *= 2;

    struct lookup grown = {.head_count = capacity, .capacity = capacity};
    grown.heads = grid_alloc_array(capacity, sizeof(uint32_t));
    grown.next = grid_alloc_array(capacity, sizeof(uint32_t));
    grown.hashes = grid_alloc_array(capacity, sizeof(uint32_t));
    if (grown.heads == NULL || grown.next == NULL || grown.hashes == NULL) {
        lookup_close(&grown);
        return false;
    }
    memset(grown.heads, 0xff, capacity * sizeof(uint32_t)); /* LOOKUP_END */
    for (size_t i = 0; i < lookup->item_count; i++)
        lookup_add(&grown, lookup->hashes[i], linked_item(lookup, (uint32_t)i));
    lookup_close(lookup);
    *lookup = grown;
    return true;
}

void lookup_add(struct lookup *lookup, uint32_t hash, bool linked)
{
    assert(lookup->item_count < lookup->capacity);
    uint32_t item = (uint32_t)lookup->item_count++;
    lookup->hashes[item] = hash;
    lookup->next[item] = item;
    if (linked)
        link_item(lookup, item);
}

static uint32_t same_hash(const struct lookup *lookup, uint32_t item, uint32_t hash)
{
    while (item != LOOKUP_END && lookup->hashes[item] != hash)
        item = lookup->next[item];
    return item;
}

uint32_t lookup_first(const struct lookup *lookup, uint32_t hash)
{
    if (lookup->head_count == 0)
        return LOOKUP_END;
    return same_hash(lookup, lookup->heads[hash & (lookup->head_count - 1)], hash);
}

uint32_t lookup_next(const struct lookup *lookup, uint32_t item)
{
    return same_hash(lookup, lookup->next[item], lookup->hashes[item]);
}

void lookup_close(struct lookup *lookup)
{
    grid_free(lookup->heads);
    grid_free(lookup->next);
    grid_free(lookup->hashes);
    *lookup = (struct lookup){0};
}
