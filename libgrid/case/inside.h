/* The inside of a fold, which fold.c fills, judge.c and its helpers walk and conflict.c reads; and
 * of one judgement. */
#ifndef GRID_CASE_INSIDE_H
#define GRID_CASE_INSIDE_H

#include "libgrid/case/fold.h"
#include "libgrid/case/life.h"
#include "proto/document.h"

#include <string.h>

struct fold_held;

/* What an ADOPT takes over (adopt.c). */
struct fold_adoption {
    struct entry original;
    struct bytes reason;
    struct fold_held *adopted; /* it, in this fold; NULL: no act of this case */
    struct fold_entry twin;    /* it, as the adopter's */
    enum grid_verdict found;   /* of the twin, while all adoptions of one entry are judged */
    struct fold_held *next;    /* of the same entry, by hybrid clock and leaf */
};

/* Who waits for a name to be decided. */
struct fold_wait {
    struct fold_held *waiter;
    struct fold_wait *next;
};

/* A name: every dot that some entry names or has. A name that is not held is a phantom. */
struct fold_name {
    struct dot dot;
    struct fold_held *held;
    struct fold_wait *waits;
    struct fold_name *next; /* in its bucket */
    uint32_t replaced;      /* registers in which a valid write names it, through whatever */
};

/* An entry that is here. The lists below are threaded through the entries themselves, so a walk
 * needs no memory and cannot fail. */
struct fold_held {
    struct fold_entry entry;
    struct fold_name *name;
    struct fold_name **names; /* basis, then refs; none of an opaque entry */
    size_t name_count;
    uint32_t sets;                     /* registers it writes; none of an opaque entry */
    uint64_t taken;                    /* its additions, by index, that a valid removal names */
    size_t place;                      /* in canonical order, when a digest asks */
    size_t log;                        /* its log, when late evidence asks */
    struct fold_held *next;            /* in the queue, or among those that wait for the world */
    struct fold_held *walk;            /* in the walk that is going on */
    struct fold_held *head;            /* in the frontier found last */
    struct fold_held *resolve;         /* among the resolves found last */
    uint64_t walked, headed, resolved; /* the number of the walk that met it last, and as what */
    bool queued;
    struct fold_held *adopts;       /* who takes it over */
    struct fold_adoption *adoption; /* of an ADOPT */
};

/* Live writes of one register, ordered by dot; a single one takes no memory of its own. */
struct fold_live {
    union {
        struct fold_held *one;
        struct fold_held **many;
    } at;
    size_t count;
    size_t capacity; /* 0: at.one */
};

struct fold_sum { /* of leaves, as numbers modulo 2^256; the least significant word first */
    uint64_t words[4];
};

enum { FOLD_VERDICTS = GRID_VOID_REQUIREMENT + 1, FOLD_BUCKETS_FIRST = 8, FOLD_SORTED_FIRST = 4 };

struct fold_views;

struct fold {
    uint8_t case_id[GRID_ID_BYTES];
    struct arena arena;
    struct fold_held *create;
    struct fold_wait *create_waits; /* who waits for the create to be decided */
    struct fold_wait *free_waits;

    struct fold_name **buckets;
    size_t bucket_count, name_count;
    struct fold_name *first_buckets[FOLD_BUCKETS_FIRST];

    struct fold_held **sorted; /* in canonical order */
    size_t count, sorted_capacity;
    struct fold_held *first_sorted[FOLD_SORTED_FIRST];

    struct fold_held *queue, **queue_end; /* to be judged */
    struct fold_held *outside;            /* waiting for roster, author or another case */

    uint32_t written; /* registers with a valid write */
    struct fold_live live[GRID_REGISTER_END];
    size_t taker_count; /* valid entries with removals */
    size_t verdict_count[FOLD_VERDICTS];
    struct fold_sum verdict_sum[FOLD_VERDICTS];

    uint64_t walk; /* the number of the walk that is going on */
    struct arena views_arena;
    struct fold_views *views; /* what looking made; gone when the fold changes */
};

/* The name `dot`, or NULL when nothing here has or names it. */
struct fold_name *fold_name_find(const struct fold *fold, const struct dot *dot);
struct fold_held *const *fold_live_writes(const struct fold *fold, unsigned reg);
bool fold_live_insert(struct fold *fold, unsigned reg, struct fold_held *held);
void fold_verdict_set(struct fold *fold, struct fold_held *held, enum grid_verdict verdict);
void fold_views_drop(struct fold *fold);
/* Adds a leaf, or takes it away again. */
void fold_sum_add(struct fold_sum *sum, const uint8_t leaf[static GRID_HASH_BYTES], bool minus);

static inline bool has_bit(uint32_t set, unsigned number)
{
    return (set >> number & 1) != 0;
}

static inline bool held_writes(const struct fold_held *held, unsigned reg)
{
    return has_bit(held->sets, reg);
}

static inline bool verdict_decided(enum grid_verdict verdict)
{
    return verdict != GRID_PENDING && verdict != GRID_OPAQUE;
}

/* What the entry writes to a register, as text or number; empty or 0 where it writes nothing. */
static inline struct bytes entry_set_text(const struct fold_entry *entry, unsigned reg)
{
    return value_text(case_body_set(&entry->body, reg));
}

static inline uint64_t entry_set_uint(const struct fold_entry *entry, unsigned reg)
{
    return value_uint(case_body_set(&entry->body, reg));
}

static inline bool entry_same_person(const struct fold_entry *a, const struct fold_entry *b)
{
    return memcmp(a->body.as.person, b->body.as.person, GRID_ID_BYTES) == 0;
}

/* The document that the entry is; false when it is none. */
static inline bool entry_document(const struct fold_entry *entry, struct document_value *out)
{
    return entry->head.kind == GRID_KIND_DOCUMENT && entry->body.add_count == 1 &&
           entry->body.adds[0].name == GRID_COLLECTION_DOCUMENTS &&
           value_document(entry->body.adds[0].value, out);
}

/* The village of a place within one; the place itself when it lies higher. */
static inline struct bytes place_village(struct bytes place)
{
    struct bytes village = place_cut(place, GRID_PLACE_VILLAGE);
    return village.size > 0 ? village : place;
}

/* One judgement. `basis` has the names of head.basis; NULL for a dot that nothing here knows. */
struct judgement {
    struct fold *fold;
    const struct fold_world *world;
    const struct fold_entry *entry;
    struct fold_name *const *basis;
    /* found on the way */
    const struct life_kind *kind;
    const struct fold_entry *create;
    uint32_t sets;
    uint32_t ways;
    /* when pending: what is waited for */
    struct fold_name *missing; /* this name to be decided */
    bool create_missing;
    enum { OUTSIDE_NONE, OUTSIDE_AUTHOR, OUTSIDE_ROSTER, OUTSIDE_CASE } outside;
};

/* fold.c: an entry that is not here yet; *out is it. */
enum grid_status fold_take(struct fold *fold, const struct entry *entry, int64_t received_ms,
        enum grid_verdict given, bool aside, struct fold_held **out, struct grid_error *error);

/* --- adopt.c --- */
/* NULL: not of that form, or memory ended. */
struct fold_adoption *adoption_read(struct fold *fold, struct fold_held *held, bool *no_memory);
/* Finds what it takes over, or takes it in; `adopted` stays NULL when it is no act of this case. */
enum grid_status adoption_link(struct fold *fold, struct fold_held *held);
/* The verdict of any entry, adopted or not; what is missing when it is pending. */
enum grid_verdict fold_judge_held(struct fold *fold, const struct fold_world *world,
        struct fold_held *held, struct judgement *judgement);
/* Its adoptions have the verdicts that were found; the first valid one is its adopter. */
enum grid_status adoption_conclude(
        struct fold *fold, struct fold_held *held, fold_judged_fn *judged, void *context);
void adoption_choose(struct fold_held *held);

/* Where it stands for those who say what they have seen: with its adopter. */
static inline const struct dot *entry_position(const struct fold_entry *entry)
{
    return entry->adopter != NULL ? &entry->adopter->dot : &entry->dot;
}

#endif
