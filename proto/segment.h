/* A run of one stream and its seal (D8, P-50…), and the receipt that answers it (D9, P-60…). */
#ifndef GRID_PROTO_SEGMENT_H
#define GRID_PROTO_SEGMENT_H

#include "proto/entry.h"

/* `entries` holds HEADER BODY HEADER BODY … , each value as it was received. */
struct segment {
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t first_seq;
    uint32_t entry_count;               /* 1 … GRID_SEGMENT_ENTRIES_MAX */
    uint8_t seal[GRID_SIGNATURE_BYTES]; /* of the last entry */
    int64_t received_ms;                /* stamped by the first centre, 0 before (P-55) */
    struct bytes entries;
};

/* What the seal signs: "grid-seal-1\0" ‖ author ‖ lane u8 ‖ seq u64 ‖ id(seq) (P-51). */
enum grid_status seal_sign(uint8_t seal[static GRID_SIGNATURE_BYTES],
        const uint8_t author_seed[static GRID_SEED_BYTES],
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, uint64_t seq,
        const uint8_t id[static GRID_HASH_BYTES]);
enum grid_status seal_verify(const uint8_t seal[static GRID_SIGNATURE_BYTES],
        const uint8_t author_key[static GRID_KEY_BYTES], const uint8_t author[static GRID_ID_BYTES],
        uint8_t lane, uint64_t seq, const uint8_t id[static GRID_HASH_BYTES],
        struct grid_error *error);

/* Splits the segment into entries, each admitted (gate, limits, leaf) and with its chain id:
 * entries[i] and ids[i * GRID_HASH_BYTES]. `tip_id` is id(first_seq − 1). Checks count and sizes
 * (P-52: "segment_count", "segment_bytes", "segment_place"; an entry's own reason otherwise), not
 * the seal. Everything lives in the arena or points into segment->entries. */
enum grid_status segment_open(const struct segment *segment,
        const uint8_t tip_id[static GRID_HASH_BYTES], struct arena *arena, struct entry **entries,
        uint8_t **ids, struct grid_error *error);

enum {
    GRID_TIPS_MAX = 512, /* positions in one receipt or message */
    GRID_TIER_MAX = 4,   /* township, banner, league city, region */
};

/* A position in a stream, as receipts, tips and cursors name it. */
struct stream_tip {
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t seq;
    uint8_t id[GRID_ID_BYTES]; /* first 16 bytes of the chain id */
};

/* [author, lane, seq, id16]; for whoever packs or reads lists of them. tips_read answers GRID_NOMEM
 * or leaves it to the reader to say that it failed. */
void tips_pack(struct buffer *out, const struct stream_tip *tips, size_t count);
enum grid_status tips_read(
        struct reader *reader, struct arena *arena, struct stream_tip **out, size_t *out_count);

/* P-60: [node, epoch, tier, hlc, cursor, tips]; cursor = the lsn of each lane up to which `node`
 * holds the arrival log of the one it answers. */
struct receipt {
    uint8_t node[GRID_KEY_BYTES]; /* the identity key of the giver */
    uint8_t epoch[8];
    unsigned tier; /* 1 township, 2 banner, … */
    uint64_t hlc;
    uint64_t cursor[GRID_LANE_COUNT];
    struct stream_tip *tips;
    size_t tip_count;
};
/* The canonical bytes of the receipt, then sign "grid-receipt-1\0" ‖ them. */
void receipt_pack(struct buffer *out, const struct receipt *receipt);
enum grid_status receipt_read(
        struct bytes bytes, struct arena *arena, struct receipt *out, struct grid_error *error);
enum grid_status receipt_sign(uint8_t signature[static GRID_SIGNATURE_BYTES],
        const uint8_t identity_seed[static GRID_SEED_BYTES], struct bytes receipt);
enum grid_status receipt_verify(const uint8_t signature[static GRID_SIGNATURE_BYTES],
        const uint8_t identity[static GRID_KEY_BYTES], struct bytes receipt,
        struct grid_error *error);

#endif
