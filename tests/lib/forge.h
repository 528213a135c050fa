/* A peer that a test plays itself: streams under any key, segments true and false, and frames read
 * back from the wire. */
#ifndef GRID_TESTS_FORGE_H
#define GRID_TESTS_FORGE_H

#include "tests/lib/pair.h"

enum { FORGE_ENTRIES_MAX = 512, FORGE_OPAQUE_KIND = 200 };

struct forge {
    uint8_t identity_seed[GRID_SEED_BYTES], author_seed[GRID_SEED_BYTES];
    uint8_t identity[GRID_KEY_BYTES], author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t count;
    struct buffer entries;
    size_t ends[FORGE_ENTRIES_MAX + 1];                  /* where entry n ends; [0] is 0 */
    uint8_t ids[FORGE_ENTRIES_MAX + 1][GRID_HASH_BYTES]; /* the chain; [0] its start */
};

/* A stream that begins with its INCARNATE. `author` fills the author's seed. */
void forge_open(struct forge *forge, const uint8_t identity_seed[static GRID_SEED_BYTES],
        const uint8_t author_seed[static GRID_SEED_BYTES], uint8_t lane);
void forge_close(struct forge *forge);
/* An entry of a kind that nobody knows: stored, forwarded, never folded. `filler` bytes of text. */
void forge_add(struct forge *forge, size_t filler);
/* Any entry; false, and nothing is added, when it would not be admitted. */
bool forge_add_entry(struct forge *forge, const struct entry_header *header, struct bytes body);
/* The same of bytes as they are. */
bool forge_add_raw(struct forge *forge, struct bytes header, struct bytes body);
/* first … last, sealed. The entries stay borrowed. */
struct segment forge_segment(const struct forge *forge, uint64_t first, uint64_t last);
/* Appends the frame to what is on its way; lsn 0: in answer to a WANT. */
void forge_send(struct pair_way *way, const struct segment *segment, uint64_t lsn);
/* A HELLO that holds nothing. */
struct hello forge_hello(void);
void forge_say_hello(struct pair_way *way, const struct hello *hello);

/* Takes every frame that waits for a peer that the test plays; counts those of a type, and keeps
 * the last one's bytes in *last (may be NULL) for pair_frame. */
size_t forge_take(struct pair_way *way, uint8_t type, struct buffer *last);

#endif
