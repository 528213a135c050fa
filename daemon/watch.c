#include "daemon/watch.h"

#include <assert.h>

void changes_add(struct changes *changes, struct bytes record)
{
    struct buffer *kept = &changes->records[changes->next % GRID_CHANGES_MAX];
    buffer_close(kept);
    buffer_append(kept, record.data, record.size);
    changes->next++;
}

bool changes_take(
        const struct changes *changes, uint64_t *place, struct bytes *record, uint64_t *missed)
{
    uint64_t oldest = changes->next > GRID_CHANGES_MAX ? changes->next - GRID_CHANGES_MAX : 0;
    *missed = 0;
    assert(*place <= changes->next);
    if (*place < oldest) {
        *missed = oldest - *place;
        *place = oldest;
        return true;
    }
    if (*place == changes->next)
        return false;
    const struct buffer *kept = &changes->records[*place % GRID_CHANGES_MAX];
    ++*place;
    if (kept->failed)
        *missed = 1;
    else
        *record = buffer_bytes(kept);
    return true;
}

void changes_close(struct changes *changes)
{
    for (size_t i = 0; i < GRID_CHANGES_MAX; i++)
        buffer_close(&changes->records[i]);
}

void changes_pack_missed(struct buffer *out, uint64_t missed)
{
    pack_map(out, 2);
    pack_text(out, "change");
    pack_text(out, "resync");
    pack_text(out, "left_out");
    pack_uint(out, missed);
}
