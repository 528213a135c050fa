/* After a CUT cases are judged anew from nothing (D16): marked in its commit, folded when somebody
 * looks at them or some in each turn, and their mark goes in the commit that has the summary. */
#include "libgrid/case/shelf.h"

enum grid_status book_refold(struct book *book, int64_t case_no, struct grid_error *error)
{
    struct book_case *item = shelf_cached(book, case_no);
    enum grid_status status = GRID_OK;
    if (item != NULL && item->dirty) /* or the store would not know of it */
        status = book_summarize(book, item, error);
    if (status == GRID_OK && item != NULL)
        shelf_drop(book, item);
    book->refolds_wait = book->merge_waits = true;
    return status == GRID_OK ? store_refold_put(book->log->store, case_no, error) : status;
}

/* These are not many; their folds may all be at hand. */
enum grid_status book_refold_merges(struct book *book, struct grid_error *error)
{
    enum grid_status status = book_summarize_dirty(book, error);
    while (status == GRID_OK && book->newest != NULL)
        shelf_drop(book, book->newest);
    book->refolds_wait = true;
    return status == GRID_OK ? store_refold_put_merges(book->log->store, error) : status;
}

enum grid_status book_refold_all(struct book *book, struct grid_error *error)
{
    enum grid_status status = book_summarize_dirty(book, error);
    while (status == GRID_OK && book->newest != NULL)
        shelf_drop(book, book->newest);
    uint64_t waiting = 0;
    if (status == GRID_OK)
        status = store_refold_put_all(book->log->store, error);
    if (status == GRID_OK)
        status = store_refold_count(book->log->store, &waiting, error);
    book->refolds_wait = waiting > 0;
    return status;
}

struct refolding {
    struct book *book;
    struct grid_error *error;
};

static enum grid_status refold_case(void *context, int64_t no)
{
    const struct refolding *refolding = context;
    struct book *book = refolding->book;
    struct book_case *item = NULL;
    enum grid_status status = shelf_get(book, no, &item, refolding->error);
    if (status == GRID_OK && item != NULL && !item->anew) { /* it was here, folded before */
        if (item->dirty)
            status = book_summarize(book, item, refolding->error);
        if (status != GRID_OK)
            return status;
        shelf_drop(book, item);
        status = shelf_get(book, no, &item, refolding->error);
    }
    if (status == GRID_OK && item == NULL) /* it is not here any more */
        return store_refold_drop(book->log->store, no, refolding->error);
    return status == GRID_OK ? book_summarize(book, item, refolding->error) : status;
}

enum grid_status book_refold_some(struct book *book, unsigned count, struct grid_error *error)
{
    struct refolding refolding = {.book = book, .error = error};
    uint64_t left = 0;
    if (!book->refolds_wait)
        return GRID_OK;
    enum grid_status status =
            store_refold_list(book->log->store, count, refold_case, &refolding, error);
    if (status == GRID_OK)
        status = store_refold_count(book->log->store, &left, error);
    if (status == GRID_OK)
        book->refolds_wait = left > 0;
    return status;
}
