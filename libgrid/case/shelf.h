/* The folds that a book keeps at hand: found by number or id, loaded from the log when they are not
 * here, let go of in the order of their use. */
#ifndef GRID_CASE_SHELF_H
#define GRID_CASE_SHELF_H

#include "libgrid/case/book.h"

struct book_case {
    int64_t no;
    uint8_t id[GRID_ID_BYTES];
    int64_t create_place;
    struct fold *fold;
    size_t counted_bytes;
    bool dirty;
    struct book_change told;         /* as of its last summary */
    uint8_t digest[GRID_HASH_BYTES]; /* as the store has it */
    struct buffer buckets;           /* u32 each */
    size_t old_bucket_count;         /* in the turn `asked_turn` */
    uint64_t asked_turn;
    struct book_case *next_by_no, *next_by_id, *newer, *older;
};

/* NULL in *out when there is no such case. */
enum grid_status shelf_get(
        struct book *book, int64_t no, struct book_case **out, struct grid_error *error);
/* A create brings its own case; any other entry may be the first we hear of one: a stub. */
enum grid_status shelf_find_or_make(
        struct book *book, const uint8_t *id, struct book_case **out, struct grid_error *error);
/* An empty fold of that number and id. */
enum grid_status shelf_put(struct book *book, int64_t no, const uint8_t *id, struct book_case **out,
        struct grid_error *error);
void shelf_drop(struct book *book, struct book_case *item);
/* Its fold has grown. */
void shelf_count(struct book *book, struct book_case *item);
/* What its summary says now is what was told of it. */
void shelf_keep_told(struct book_case *item);

/* Adds an entry of the store to the fold of `item`; `context` is a struct shelf_loading. */
struct shelf_loading {
    struct book *book;
    struct book_case *item;
    struct grid_error *error;
};
enum grid_status shelf_load_entry(void *context, const struct store_entry *stored);
bool shelf_is_create(uint32_t kind);

#endif
