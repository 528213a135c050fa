#include "libgrid/store/case_ids.h"

#include "proto/heap.h"

#include <assert.h>
#include <string.h>

enum { SLOTS_FIRST = 64 };
#define NO_LEFT UINT32_MAX

void case_ids_close(struct case_ids *ids)
{
    grid_free(ids->slots);
    memset(ids, 0, sizeof(*ids));
}

/* At most nine of ten slots are used: a search is long then, but stays within a few lines of cache.
 */
static bool is_full(const struct case_ids *ids)
{
    return (ids->used_count + 1) * 10 > ids->slot_count * 9;
}

static size_t home_of(const struct case_ids *ids, uint32_t prefix)
{
    return prefix & (ids->slot_count - 1);
}

static void put(struct case_ids *ids, uint32_t prefix, uint32_t no)
{
    size_t at = home_of(ids, prefix);
    while (ids->slots[at].no != 0)
        at = (at + 1) & (ids->slot_count - 1);
    ids->slots[at] = (struct case_slot){prefix, no};
    ids->used_count++;
}

static bool grow(struct case_ids *ids)
{
    struct case_ids larger = {
            .slot_count = ids->slot_count == 0 ? SLOTS_FIRST : ids->slot_count * 2};
    larger.slots = grid_alloc_array(larger.slot_count, sizeof(*larger.slots));
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < ids->slot_count; i++)
        if (ids->slots[i].no != 0 && ids->slots[i].no != NO_LEFT)
            put(&larger, ids->slots[i].prefix, ids->slots[i].no);
    grid_free(ids->slots);
    *ids = larger;
    return true;
}

static struct case_slot *find(const struct case_ids *ids, uint32_t prefix, uint32_t no)
{
    for (size_t at = ids->slot_count == 0 ? 0 : home_of(ids, prefix);
            ids->slot_count > 0 && ids->slots[at].no != 0; at = (at + 1) & (ids->slot_count - 1))
        if (ids->slots[at].no == no && ids->slots[at].prefix == prefix)
            return &ids->slots[at];
    return NULL;
}

bool case_ids_add(struct case_ids *ids, const uint8_t id[static GRID_ID_BYTES], int64_t no)
{
    assert(no > 0 && no < CASE_NO_END); /* the disk ends long before */
    uint32_t prefix = get_u32(id);
    if (find(ids, prefix, (uint32_t)no) != NULL)
        return true;
    if (is_full(ids) && !grow(ids))
        return false;
    put(ids, prefix, (uint32_t)no);
    return true;
}

void case_ids_drop(struct case_ids *ids, const uint8_t id[static GRID_ID_BYTES], int64_t no)
{
    struct case_slot *slot = find(ids, get_u32(id), (uint32_t)no);
    if (slot != NULL)
        slot->no = NO_LEFT; /* what lies behind it must still be found */
}

int64_t case_ids_next(
        const struct case_ids *ids, const uint8_t id[static GRID_ID_BYTES], size_t *at)
{
    uint32_t prefix = get_u32(id);
    for (; *at < ids->slot_count; ++*at) {
        const struct case_slot *slot =
                &ids->slots[(home_of(ids, prefix) + *at) & (ids->slot_count - 1)];
        if (slot->no == 0)
            return 0;
        if (slot->prefix != prefix || slot->no == NO_LEFT)
            continue;
        ++*at;
        return slot->no;
    }
    return 0;
}

int64_t case_ids_next_between(const struct case_ids *ids, const uint8_t from[static GRID_ID_BYTES],
        const uint8_t to[static GRID_ID_BYTES], size_t *at)
{
    while (*at < ids->slot_count) {
        const struct case_slot *slot = &ids->slots[(*at)++];
        if (slot->no != 0 && slot->no != NO_LEFT && slot->prefix >= get_u32(from) &&
                slot->prefix <= get_u32(to))
            return slot->no;
    }
    return 0;
}
