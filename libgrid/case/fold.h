/* What the entries of one case add up to (D20, DOMAIN 9, P-113 to P-119): a pure function of their
 * set, the same for every order of arrival. `struct fold` is the incremental form: it holds the
 * entries of one case in memory, judges what can be judged and keeps the live writes of every
 * register. fold_batch is the same straight from the text of D20, for tests and `gridd check`.
 * Knows no store, no clock.
 */
#ifndef GRID_CASE_FOLD_H
#define GRID_CASE_FOLD_H

#include "libgrid/roster/roster.h"

struct fold;

/* One entry of the case, decoded; memory of the fold. */
struct fold_entry {
    struct entry entry; /* header and body bytes are the fold's own copies */
    struct dot dot;
    struct entry_header head;
    struct case_body body;
    int64_t received_ms; /* at the first centre; 0 unknown */
    enum grid_verdict verdict;
    unsigned order;      /* position in arrival, from 0 */
    unsigned cited_role; /* as an adopter's: of the post that it cites itself; else 0 */
    bool aside;          /* it stands in no log here: an ADOPT has its bytes */
    const struct fold_entry *adopter; /* the ADOPT by which it counts; NULL: it counts by itself */
};

/* What a judgement may look at beyond the case. */
struct fold_world {
    const struct grid_roster *roster;
    /* The create of another case, for merge: NULL when not held. */
    const struct fold_entry *(*find_create)(void *context, const struct dot *dot);
    void *context;
};

enum grid_status fold_open(struct fold **out, const uint8_t case_id[static GRID_ID_BYTES]);
void fold_close(struct fold *fold);
size_t fold_bytes(const struct fold *fold); /* memory held, for the cache that keeps folds */

/* Adds one entry with the verdict it was given before (GRID_PENDING: none yet). Entries of a kind
 * or with keys that this program does not know become GRID_OPAQUE, and so do those malformed in
 * meaning. An entry that is there already changes nothing (*fresh false). The bytes are copied.
 * Fails only with GRID_NOMEM or, for a header that cannot be read at all, GRID_MALFORMED. A verdict
 * of GRID_OPAQUE is looked at anew: a newer program may read what an older one could not. After a
 * GRID_NOMEM of this or of fold_settle the fold is good for nothing but fold_close. */
enum grid_status fold_add(struct fold *fold, const struct entry *entry, int64_t received_ms,
        enum grid_verdict verdict, bool *fresh, struct grid_error *error);

/* Since when the first centre has an entry, when that comes to be known after it (P-55): a view, of
 * which no verdict and no digest knows. */
void fold_note_received(struct fold *fold, const struct dot *dot, int64_t received_ms);

/* Judges every pending entry that can be judged now, to the least fixed point, and applies the
 * valid ones. `judged` is called for each entry whose verdict was given. Verdicts stay: after a CUT
 * the owner folds the case anew from its entries, all pending. */
typedef enum grid_status fold_judged_fn(void *context, const struct fold_entry *entry);
enum grid_status fold_settle(struct fold *fold, const struct fold_world *world,
        fold_judged_fn *judged, void *context, struct grid_error *error);

/* A fresh fold of the same entries: all judged to the least fixed point from nothing, live sets by
 * the definition (W, named, live). Slow and simple. *out is the caller's to close. */
enum grid_status fold_batch(const struct fold *fold, const struct fold_world *world,
        struct fold **out, struct grid_error *error);

/* The verdict an entry would get if it were added now (the author's own look ahead): `draft` need
 * not have a final leaf. GRID_PENDING when its basis is not decided here. */
enum grid_verdict fold_judge(
        struct fold *fold, const struct fold_world *world, const struct fold_entry *draft);

/* The resolves that an act with this basis would answer: those that its author sees live, or that a
 * ruling it names chose. At most `max` are given, the number there are is returned. */
size_t fold_resolves(struct fold *fold, const struct fold_world *world, struct dot *basis,
        size_t basis_count, const struct fold_entry *out[], size_t max);

/* --- looking --- */
size_t fold_entry_count(const struct fold *fold);
/* In canonical order (hlc, then leaf). */
const struct fold_entry *fold_entry_at(const struct fold *fold, size_t index);
const struct fold_entry *fold_find(const struct fold *fold, const struct dot *dot);
/* The creating entry, whatever its verdict; NULL for a stub. */
const struct fold_entry *fold_create(const struct fold *fold);
const uint8_t *fold_case_id(const struct fold *fold);

/* The live writes of one register: distinct values, each with its writers (ordered by dot); the
 * values ordered by their first dot. `provisional`: index of the one that is shown. Pointers are
 * valid until the fold changes. */
struct fold_value {
    struct bytes value;
    const struct fold_entry *const *writers;
    size_t writer_count;
};
struct fold_register {
    const struct fold_value *values;
    size_t value_count; /* 0: never written, or nothing valid */
    size_t provisional;
    bool waiting; /* a live write names a dot that is not here: the conflict is "pending" */
};
enum grid_status fold_read(struct fold *fold, unsigned reg, struct fold_register *out);
/* The provisional value, or size 0. */
struct bytes fold_shown(struct fold *fold, unsigned reg);
const char *fold_severity(unsigned reg); /* "low", "medium", "high" (DOMAIN 9) */

/* Additions of a collection that no valid removal took, by valid entries, in canonical order. */
struct fold_item {
    const struct fold_entry *entry;
    struct bytes value;
};
enum grid_status fold_collection(
        struct fold *fold, unsigned collection, const struct fold_item **items, size_t *count);

/* Evidence that the decider had not seen (DOMAIN 9): live late evidence, in canonical order. */
enum grid_status fold_late_evidence(
        struct fold *fold, const struct fold_entry *const **late, size_t *count);

/* "reported" … for the case by itself (merged sets are the node's view). 0 for a stub or void
 * create. */
unsigned fold_state(struct fold *fold);
/* Registers in conflict. */
size_t fold_conflict_count(struct fold *fold);
bool fold_has_opaque(const struct fold *fold);

/* The digest of this case (P-118): verdicts, live writes, additions, late evidence. */
enum grid_status fold_digest(struct fold *fold, uint8_t out[static GRID_HASH_BYTES]);
/* CLI.md's TAG: 16 hex digits over the live dots of all registers. */
enum { FOLD_TAG_BYTES = 17 };
enum grid_status fold_tag(struct fold *fold, char out[static FOLD_TAG_BYTES]);

/* The live dots of a register, for an author to name: at most `max` copied, the number returned. */
size_t fold_live(struct fold *fold, unsigned reg, struct dot *out, size_t max);

#endif
