/* Which number a case has, by its id. Ids are hashes: an index of them on the disk would touch
 * another page for every case, and the cost of a report would grow with what is held. So it is kept
 * in memory, 8 bytes a case and some room, and made from the table when the store is opened. */
#ifndef GRID_STORE_CASE_IDS_H
#define GRID_STORE_CASE_IDS_H

#include "proto/crypto.h"
#include "proto/ident.h"

#define CASE_NO_END ((int64_t)UINT32_MAX) /* numbers are below */

struct case_slot {
    uint32_t prefix; /* the first 4 bytes of the id */
    uint32_t no;     /* 0: empty; UINT32_MAX: of a case that left */
};

struct case_ids {
    struct case_slot *slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t used_count; /* left ones included */
};

void case_ids_close(struct case_ids *ids);
/* Adds a case, or changes nothing when it is there; false when memory ends. */
bool case_ids_add(struct case_ids *ids, const uint8_t id[static GRID_ID_BYTES], int64_t no);
void case_ids_drop(struct case_ids *ids, const uint8_t id[static GRID_ID_BYTES], int64_t no);
/* The next number whose id may be this one, from *at on (0 at first); 0: none any more. */
int64_t case_ids_next(
        const struct case_ids *ids, const uint8_t id[static GRID_ID_BYTES], size_t *at);
/* The next number whose id may lie between these two, from *at on (0 at first); 0: none any more.
 */
int64_t case_ids_next_between(const struct case_ids *ids, const uint8_t from[static GRID_ID_BYTES],
        const uint8_t to[static GRID_ID_BYTES], size_t *at);

#endif
