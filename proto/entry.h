/* One immutable entry (D7, P-20…): HEADER and BODY, two canonical msgpack values that are stored,
 * hashed and forwarded verbatim; the leaf names it, the chain of ids binds a stream together. */
#ifndef GRID_PROTO_ENTRY_H
#define GRID_PROTO_ENTRY_H

#include "proto/arena.h"
#include "proto/crypto.h"
#include "proto/ident.h"
#include "proto/limits.h"
#include "proto/pack.h"
#include "proto/words.h"

enum { GRID_DOT_AUTHOR_BYTES = 8, GRID_DOT_TAG_BYTES = 8 };

/* The name of one write: [author8, seq << 2 | lane, tag8]; tag = first 8 bytes of the leaf (P-23).
 */
struct dot {
    uint8_t author[GRID_DOT_AUTHOR_BYTES];
    uint8_t tag[GRID_DOT_TAG_BYTES];
    uint64_t seq;
    uint8_t lane;
};
bool dot_equal(const struct dot *a, const struct dot *b);
int dot_compare(const struct dot *a, const struct dot *b); /* author, lane, seq, tag */
/* "AUTHOR/lane/seq", AUTHOR in 16 hex digits */
enum { DOT_TEXT_BYTES = 48 };
void dot_print(char out[static DOT_TEXT_BYTES], const struct dot *dot);
void dot_pack(struct buffer *out, const struct dot *dot);
void dot_read(struct reader *reader, struct dot *dot);
/* Sorts ascending and drops doubles, as the lists of a header must be (P-23); what is left. */
size_t dots_sort(struct dot *dots, size_t count);

/* P-21: [hlc, kind, case, basis, refs, rv, flags] */
struct entry_header {
    uint64_t hlc;
    uint32_t kind;
    bool has_case; /* false in CREATE and in entries of no case (P-21) */
    uint8_t case_id[GRID_ID_BYTES];
    struct dot *basis; /* needed to judge the entry, and waited for */
    size_t basis_count;
    struct dot *refs; /* only replaced */
    size_t ref_count;
    uint64_t rv;    /* roster version << 32 | first 4 bytes of that ROSTER's leaf */
    uint32_t flags; /* P-22: bits 0–1 clock quality, 0 unknown 1 set by hand 2 from the parent */
};

/* Where an entry stands and what it is. `header` and `body` are the bytes as received. */
struct entry {
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t seq;
    struct bytes header;
    struct bytes body;
    uint8_t leaf[GRID_HASH_BYTES];
};

/* Appends the canonical HEADER. The lists must be as P-23 asks: dots_sort, and no dot in both. */
void entry_pack_header(struct buffer *out, const struct entry_header *header);
/* Decodes `entry->header` (passed by the gate) into the arena. GRID_MALFORMED names what is wrong.
 */
enum grid_status entry_read_header(const struct entry *entry, struct arena *arena,
        struct entry_header *out, struct grid_error *error);
/* Gate and size limits of both values (P-10…P-19), the shape of the header (P-21) and of the body
 * (P-30), then the leaf. What was admitted has a header that entry_read_header can read. The bytes
 * stay borrowed. */
enum grid_status entry_admit(struct entry *entry, struct grid_error *error);
/* All of it but the leaf: for what is still in the making. */
enum grid_status entry_check(const struct entry *entry, struct grid_error *error);
/* The same for two values that have just come through gate_first. */
enum grid_status entry_admit_gated(struct entry *entry, struct grid_error *error);
/* HEADER and BODY from the front of `rest`, through the gate and admitted; author, lane and seq are
 * filled in already. For entries that stand one behind the other. */
enum grid_status entry_take(struct bytes *rest, struct entry *entry, struct grid_error *error);
/* leaf = SHA-256(1 ‖ author ‖ lane ‖ seq ‖ HEADER ‖ SHA-256(0 ‖ BODY)); lane u8, seq u64 (P-24) */
enum grid_status entry_leaf(struct entry *entry);
struct dot entry_dot(const struct entry *entry);

/* author = SHA-256(public key)[0..16] (P-40) */
enum grid_status author_of_key(
        uint8_t out[static GRID_ID_BYTES], const uint8_t key[static GRID_KEY_BYTES]);
/* id(0) = SHA-256(3 ‖ author ‖ lane); id(n) = SHA-256(2 ‖ id(n−1) ‖ leaf(n)) (P-25) */
enum grid_status chain_start(uint8_t id[static GRID_HASH_BYTES],
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane);
enum grid_status chain_next(
        uint8_t id[static GRID_HASH_BYTES], const uint8_t leaf[static GRID_HASH_BYTES]);

#endif
