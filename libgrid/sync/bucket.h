/* Buckets (D14): the ordered content of what flows down, at the centre that fills them and at the
 * child that is told. A bucket is a list of entries by position, kept in runs of one stream, with
 * the sum of their leaves: a run of a worker's reports is one row and no list of reports. */
#ifndef GRID_SYNC_BUCKET_H
#define GRID_SYNC_BUCKET_H

#include "libgrid/log/log.h"
#include "libgrid/roster/lookup.h"
#include "proto/message.h"

enum bucket_state {
    BUCKET_FILLING, /* a child: not confirmed at equal digest */
    BUCKET_WHOLE,
    BUCKET_LEAVING, /* a child: closed, and something of ours still waits for its receipt */
    BUCKET_GONE,    /* a child: closed */
};

/* A run in memory: what follows one another is gathered until the commit. */
struct bucket_tail {
    uint64_t position; /* of its first entry; 0: none is open */
    uint32_t stream;
    uint64_t count, next_seq;
    struct seq_span span; /* the last one; those before it are in seqs */
    struct buffer seqs;
    uint64_t spelled_seq; /* the sequence behind what is in seqs */
    bool dirty;
};

struct bucket {
    uint32_t no;
    enum store_side_of_bucket side;
    char name[GRID_BUCKET_BYTES + 1];
    struct bytes below;  /* of a bucket for the centre below of this unit, else of size 0 */
    struct bytes roster; /* of a roster's bucket the unit whose centre writes it, else of size 0 */
    uint8_t epoch[GRID_EPOCH_BYTES]; /* of its writer */
    uint64_t position;
    uint8_t digest[GRID_HASH_BYTES]; /* sum of the leaves modulo 2^256 */
    enum bucket_state state;
    uint64_t restarts, repairs;
    struct bucket_tail tail;
    bool changed;
    struct bucket *next_changed;
    bool doubted; /* a child finds another sum */
    bool proved;  /* it was counted anew at proved_ms, monotonic */
    int64_t proved_ms;
    /* a child */
    bool lacking;  /* an own entry that it names is not here (yet) */
    bool orphaned; /* and will not come: another life of this device wrote it, with a key of its own
                    */
    uint8_t told[8]; /* the digest that the parent told at this position */
    bool is_told;
};

struct buckets_held {
    struct log *log;
    struct bucket **items; /* by number */
    size_t count, capacity;
    struct lookup by_name;
    struct bucket *changed; /* since the last commit */
    uint64_t appended; /* grows with every entry: whoever serves sees that there is something */
};

enum grid_status buckets_open(
        struct buckets_held *buckets, struct log *log, struct grid_error *error);
void buckets_close(struct buckets_held *buckets);
/* Writes what changed; before each commit. */
enum grid_status buckets_flush(struct buckets_held *buckets, struct grid_error *error);

/* NULL: there is none. */
struct bucket *bucket_find(
        const struct buckets_held *buckets, enum store_side_of_bucket side, struct bytes name);
/* Finds it or makes it, empty. */
enum grid_status bucket_make(struct buckets_held *buckets, enum store_side_of_bucket side,
        struct bytes name, struct bucket **out, struct grid_error *error);

/* Appends one entry; `leaf` NULL: it is not here, so the sum is without it. */
enum grid_status bucket_append(struct buckets_held *buckets, struct bucket *bucket, uint32_t stream,
        uint64_t seq, const uint8_t *leaf, struct grid_error *error);
/* It is written with the next commit. */
void bucket_touch(struct buckets_held *buckets, struct bucket *bucket);
/* Empties it. */
enum grid_status bucket_clear(
        struct buckets_held *buckets, struct bucket *bucket, struct grid_error *error);

/* A run as it stands, from the entry at `position` on. */
struct bucket_run {
    uint32_t stream;
    uint64_t position; /* of its first entry */
    uint64_t count;
    struct seq_span spans[GRID_SEGMENT_ENTRIES_MAX];
    size_t span_count;
};
/* The entries from `position` on, as far as the run goes that holds it. GRID_STORAGE when there is
 * none. */
enum grid_status bucket_run_at(struct buckets_held *buckets, struct bucket *bucket,
        uint64_t position, struct bucket_run *out, struct grid_error *error);
/* Every run; `each` may use the store freely. */
typedef enum grid_status bucket_run_fn(void *context, const struct bucket_run *run);
enum grid_status bucket_each_run(struct buckets_held *buckets, struct bucket *bucket,
        bucket_run_fn *each, void *context, struct grid_error *error);

/* Counts the bucket anew from its entries. */
struct bucket_count {
    uint64_t count, missing, missing_own;
    uint8_t digest[GRID_HASH_BYTES];
};
enum grid_status bucket_count(struct buckets_held *buckets, struct bucket *bucket,
        struct bucket_count *out, struct grid_error *error);

#endif
