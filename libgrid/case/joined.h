/* Cases that are one matter (DOMAIN 9, P-126): links are undirected and only add up, so linked
 * cases form a set. Its primary was created first; the others show `merged` and follow it, save one
 * that is open while its primary is not: an open danger is never hidden. A view beside the folds,
 * kept in the store in the commit that changed a link or a state. */
#ifndef GRID_CASE_JOINED_H
#define GRID_CASE_JOINED_H

#include "libgrid/case/shelf.h"

/* All members of the set that this case is in, itself among them, as struct store_member, the
 * primary first, the others as they were created. Empty when the case is none that can be joined.
 * GRID_NOMEM, GRID_STORAGE. */
enum grid_status joined_members(
        struct book *book, int64_t no, struct buffer *members, struct grid_error *error);
/* The order of members, of struct store_member, for qsort. */
int joined_compare(const void *a, const void *b);
/* What a member shows beside that primary. */
unsigned joined_shown(const struct store_member *member, const struct store_member *primary);

/* --- of the book --- */
/* A link or a code of the case came or went: the store is told before anyone asks. */
void joined_touch(struct book *book, struct book_case *item);
enum grid_status joined_flush(struct book *book, struct grid_error *error);
/* Whether the case is in a set, or was when it was looked at last. */
enum grid_status joined_is(
        struct book *book, const struct book_case *item, bool *out, struct grid_error *error);
/* The summary of a case that is, or was, in a set has been written: what its set shows. */
enum grid_status joined_update(struct book *book, int64_t no, struct grid_error *error);
/* Links went: what they joined shows what it is now. */
enum grid_status joined_part(struct book *book, struct grid_error *error);
/* A case is not here any more. */
enum grid_status joined_forget(struct book *book, int64_t no,
        const uint8_t id[static GRID_ID_BYTES], struct grid_error *error);

#endif
