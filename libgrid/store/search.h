/* The index of words: a file beside the database, of a centre alone. It holds nothing that cannot
 * be made again from the cases: it may be deleted at any time, is never synced before a reply, and
 * what is wrong with it ends with a fresh one. One connection of its own: its failures are no
 * failures of the store. */
#ifndef GRID_STORE_SEARCH_H
#define GRID_STORE_SEARCH_H

#include "libgrid/store/phrase.h"

struct search;

/* Texts of a case are kept in so many parts: what is looked for in a part is looked for in those
 * before it, too. */
enum { SEARCH_PARTS = 3 };

/* A file that is damaged, foreign or of another form is replaced by an empty one. Any failure
 * means: there is no index now. */
enum grid_status search_open(
        struct search **out, const char *path, const char *vfs, struct grid_error *error);
void search_close(struct search *search);
/* Removes the file; nobody may have it open. */
void search_remove(const char *path, const char *vfs);

/* What is written between these two stands together or not at all. After a failure of anything
 * below the index is to be closed. */
enum grid_status search_begin(struct search *search, struct grid_error *error);
enum grid_status search_commit(struct search *search, struct grid_error *error);

/* The stamp says which state of a case was indexed; *found false: none was. */
enum grid_status search_stamp(
        struct search *search, int64_t no, int64_t *stamp, bool *found, struct grid_error *error);
enum grid_status search_put(struct search *search, int64_t no, int64_t stamp,
        const struct bytes parts[static SEARCH_PARTS], struct grid_error *error);
enum grid_status search_drop(struct search *search, int64_t no, struct grid_error *error);
/* Up to which case all were put once; 0 in a fresh file. */
enum grid_status search_mark(struct search *search, int64_t *out, struct grid_error *error);
enum grid_status search_put_mark(struct search *search, int64_t mark, struct grid_error *error);
/* Of the cases behind `after`, at most `limit`, ascending. */
typedef enum grid_status search_stamp_fn(void *context, int64_t no, int64_t stamp);
enum grid_status search_stamps(struct search *search, int64_t after, unsigned limit,
        search_stamp_fn *each, void *context, struct grid_error *error);

/* Cases below `before` in which all of it stands in the parts 0 … part, but not in those before
 * `part` alone: at most `limit`, descending. They are collected before `each` is called. */
typedef enum grid_status search_found_fn(void *context, int64_t no);
enum grid_status search_find(struct search *search, const struct phrases *phrases, unsigned part,
        int64_t before, unsigned limit, search_found_fn *each, void *context,
        struct grid_error *error);

/* What was put again or dropped is found no more, but its words lie in the file until its pieces
 * are merged. Merges some; *done when nothing is left of them. */
enum grid_status search_tidy(struct search *search, bool *done, struct grid_error *error);

#endif
