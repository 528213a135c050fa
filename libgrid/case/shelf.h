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
    bool anew;                       /* folded anew: its mark goes with the summary */
    bool links_changed;              /* its links and codes are to be written anew */
    unsigned shown;                  /* its state as people see it: its own, or merged */
    int64_t primary;                 /* of the case that it was joined to; 0: none */
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

/* Reads the entries of an empty fold and judges what waits; `anew`: all of them, whatever was found
 * before (D16). The summary is the caller's to write: it is dirty when a verdict was given. */
enum grid_status shelf_load(
        struct book *book, struct book_case *item, bool anew, struct grid_error *error);
bool shelf_is_create(uint32_t kind);
struct book_case *shelf_cached(const struct book *book, int64_t no); /* NULL: not at hand */
void shelf_make_dirty(struct book *book, struct book_case *item);
/* Entries that are not judged yet. */
uint64_t shelf_waiting(const struct fold *fold);

/* Tells the store the verdict that a fold has given; `context` is a struct shelf_judging. */
struct shelf_judging {
    struct book *book;
    struct book_case *item;
    const struct entry *entry; /* the one that came and is not stored yet; NULL: none */
    enum grid_verdict verdict; /* of it */
    struct grid_error *error;
};
enum grid_status shelf_note_verdict(void *context, const struct fold_entry *judged);
/* Something came into a case (its place and leaf), or it was judged otherwise (0, NULL). */
void shelf_keep_news(struct book *book, int64_t case_no, int64_t place, const uint8_t *leaf);

/* A document may be due in it. */
void shelf_keep_asked(struct book *book, const struct book_case *item);

/* A create of ours brings no time of its own: when the parent's receipt reached it. */
enum grid_status shelf_learn_receipt(
        struct book *book, const struct book_case *item, struct grid_error *error);

/* book.c: the summary of a case, and of all that are dirty */
enum grid_status book_summarize(
        struct book *book, struct book_case *item, struct grid_error *error);
enum grid_status book_summarize_dirty(struct book *book, struct grid_error *error);
/* What is shown of a case changed with its set and not by itself; `item` NULL: it is not at hand.
 */
void book_tell_shown(
        struct book *book, int64_t no, struct book_case *item, unsigned before, unsigned shown);

#endif
