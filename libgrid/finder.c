#include "libgrid/finder.h"

#include "libgrid/case/texts.h"
#include "proto/heap.h"

#include <string.h>

_Static_assert((int)SEARCH_PARTS == (int)TEXTS_PARTS, "the index has a column for each part");

enum {
    STEP_CASES = 32,        /* taken into the index in one step: a few milliseconds */
    STEP_BYTES = 262144,    /* and no more text than that */
    STEP_COMPARED = 1024,   /* stamps compared in one step */
    STEP_MS = 20,           /* between two steps while there is work */
    QUIET_MS = 200,         /* so long after the last change nobody waits for a reply */
    LATEST_MS = 1000,       /* while it is never quiet there is a step so often */
    RETRY_MS = 60000,       /* an index that failed is begun anew */
    CATCH_UP_CASES = 64,    /* taken in for one who asks */
    MARK_EACH = 64,         /* new cases: those behind the mark are looked through at a start */
    TOUCHED_BYTES = 524288, /* numbers of cases; beyond them all cases are compared */
};

/* --- what changed --- */

/* More changed than is kept apart: from the first of them on all cases are compared. */
static void compare_from_first_touched(struct finder *finder)
{
    int64_t first = INT64_MAX;
    for (size_t at = 0; at < finder->touched.size; at += sizeof(first)) {
        int64_t no;
        memcpy(&no, finder->touched.data + at, sizeof(no));
        first = no < first ? no : first;
    }
    finder->swept = first - 1 < finder->swept ? first - 1 : finder->swept;
    finder->trusted = first - 1 < finder->trusted ? first - 1 : finder->trusted;
    buffer_clear(&finder->touched);
    finder->touched_taken = finder->touched_before = 0;
}

static void note_touched(void *context, int64_t no)
{
    struct finder *finder = context;
    if (finder->touched.size >= TOUCHED_BYTES)
        compare_from_first_touched(finder);
    buffer_append(&finder->touched, &no, sizeof(no));
    if (!finder->touched.failed)
        return;
    buffer_close(&finder->touched);
    finder->touched_taken = finder->touched_before = 0;
    finder->swept = finder->trusted = finder->marked = 0;
}

static bool all_swept(const struct finder *finder)
{
    return finder->swept >= finder->book->last_no;
}

static bool has_work(const struct finder *finder)
{
    return finder->touched.size > 0 || !all_swept(finder) || finder->untidy;
}

int64_t finder_holds_to(const struct finder *finder)
{
    if (finder->index == NULL)
        return 0;
    return finder->swept > finder->trusted ? finder->swept : finder->trusted;
}

uint64_t finder_behind(const struct finder *finder)
{
    int64_t last = finder->book->last_no;
    int64_t holds_to = finder_holds_to(finder);
    if (finder->index == NULL) /* the cases themselves are looked through */
        return 0;
    return (finder->touched.size - finder->touched_taken) / sizeof(int64_t) +
           (holds_to < last ? (uint64_t)(last - holds_to) : 0);
}

/* --- one case --- */

struct gathering {
    struct buffer parts[TEXTS_PARTS];
};

static enum grid_status gather(
        void *context, enum texts_part part, const char *field, struct bytes text)
{
    static const char wall[] = " " TOKEN_WALL " ";
    struct buffer *out = &((struct gathering *)context)->parts[part];
    (void)field;
    if (out->size > 0)
        buffer_append(out, wall, strlen(wall));
    buffer_append(out, text.data, text.size);
    return out->failed ? GRID_NOMEM : GRID_OK;
}

struct row {
    int64_t no;
    int64_t stamp;
    bool wanted; /* there is such a case */
};

/* The state of a case and what its unit is called. */
static int64_t stamp_of(const struct finder *finder, const uint8_t digest[static GRID_HASH_BYTES],
        struct bytes unit, struct buffer *names)
{
    uint64_t sum = get_u64(digest);
    buffer_clear(names);
    texts_of_unit(names, finder->book->roster, unit);
    for (size_t i = 0; i < names->size; i++)
        sum = (sum ^ names->data[i]) * UINT64_C(0x100000001b3);
    return (int64_t)(sum >> 1);
}

/* Ordinary changes leave nothing in the file that the log does not hold as well. */
static bool has_erasure(const struct fold *fold)
{
    for (size_t i = 0; i < fold_entry_count(fold); i++)
        if (fold_entry_at(fold, i)->head.kind == GRID_KIND_ERASE)
            return true;
    return false;
}

static enum grid_status put_case(
        struct finder *finder, const struct row *row, size_t *bytes, struct grid_error *error)
{
    struct gathering gathering = {0};
    struct bytes parts[SEARCH_PARTS];
    struct fold *fold = NULL;
    enum grid_status status = book_fold(finder->book, row->no, &fold, error);
    if (status == GRID_OK && fold != NULL)
        status = texts_each(fold, finder->book->roster, gather, &gathering);
    if (status == GRID_OK && fold != NULL && has_erasure(fold))
        finder->untidy = true;
    for (size_t i = 0; i < SEARCH_PARTS; i++) {
        parts[i] = buffer_bytes(&gathering.parts[i]);
        *bytes += parts[i].size;
    }
    if (status == GRID_OK)
        status = search_put(finder->index, row->no, row->stamp, parts, error);
    for (size_t i = 0; i < SEARCH_PARTS; i++)
        buffer_close(&gathering.parts[i]);
    return status;
}

/* Puts a case as it is now, or nothing when the index has it so. */
static enum grid_status renew_case(struct finder *finder, const struct row *row, bool *written,
        size_t *bytes, struct grid_error *error)
{
    int64_t stamp = 0;
    bool found = false;
    enum grid_status status = search_stamp(finder->index, row->no, &stamp, &found, error);
    *written = status == GRID_OK && found != row->wanted;
    *written = *written || (status == GRID_OK && found && stamp != row->stamp);
    if (!*written)
        return status;
    finder->untidy = finder->untidy || !row->wanted;
    return row->wanted ? put_case(finder, row, bytes, error)
                       : search_drop(finder->index, row->no, error);
}

/* --- the cases that changed --- */

struct reading_rows {
    const struct finder *finder;
    struct buffer rows, names;
};

static enum grid_status read_row(
        void *context, int64_t no, const uint8_t digest[static GRID_HASH_BYTES], struct bytes unit)
{
    struct reading_rows *reading = context;
    struct row row = {.no = no,
            .stamp = stamp_of(reading->finder, digest, unit, &reading->names),
            .wanted = true};
    buffer_append(&reading->rows, &row, sizeof(row));
    return reading->rows.failed || reading->names.failed ? GRID_NOMEM : GRID_OK;
}

static void close_rows(struct reading_rows *reading)
{
    buffer_close(&reading->rows);
    buffer_close(&reading->names);
}

static struct row row_at(const struct buffer *rows, size_t index)
{
    struct row row;
    memcpy(&row, rows->data + index * sizeof(row), sizeof(row));
    return row;
}

static enum grid_status renew_touched(
        struct finder *finder, int64_t no, bool *written, size_t *bytes, struct grid_error *error)
{
    struct reading_rows reading = {.finder = finder};
    enum grid_status status =
            store_case_states(finder->book->log->store, no - 1, 1, read_row, &reading, error);
    struct row row = {.no = no};
    if (status == GRID_OK && reading.rows.size > 0 && row_at(&reading.rows, 0).no == no)
        row = row_at(&reading.rows, 0);
    close_rows(&reading);
    return status == GRID_OK ? renew_case(finder, &row, written, bytes, error) : status;
}

static enum grid_status take_touched(
        struct finder *finder, unsigned cases_max, struct grid_error *error)
{
    unsigned count = 0;
    size_t bytes = 0;
    enum grid_status status = GRID_OK;
    while (status == GRID_OK && count < cases_max && bytes < STEP_BYTES &&
            finder->touched_taken < finder->touched.size) {
        int64_t no;
        bool written = false;
        memcpy(&no, finder->touched.data + finder->touched_taken, sizeof(no));
        status = renew_touched(finder, no, &written, &bytes, error);
        count += written;
        finder->touched_taken += sizeof(no);
    }
    if (finder->touched_taken == finder->touched.size) {
        buffer_clear(&finder->touched);
        finder->touched_taken = finder->touched_before = 0;
    }
    return status;
}

/* --- all cases, one after the other: after a start, and when names of units changed --- */

static enum grid_status keep_stamp(void *context, int64_t no, int64_t stamp)
{
    struct buffer *rows = context;
    struct row row = {.no = no, .stamp = stamp};
    buffer_append(rows, &row, sizeof(row));
    return rows->failed ? GRID_NOMEM : GRID_OK;
}

/* Both lists ascend: a case that is in the index alone left. */
static enum grid_status compare(struct finder *finder, const struct buffer *cases,
        const struct buffer *held, struct grid_error *error)
{
    size_t case_count = cases->size / sizeof(struct row);
    size_t held_count = held->size / sizeof(struct row);
    /* Where one list was cut short the other says nothing beyond. */
    int64_t last = INT64_MAX;
    if (case_count == STEP_COMPARED)
        last = row_at(cases, case_count - 1).no;
    if (held_count == STEP_COMPARED && row_at(held, held_count - 1).no < last)
        last = row_at(held, held_count - 1).no;
    size_t bytes = 0;
    unsigned count = 0;
    enum grid_status status = GRID_OK;
    for (size_t i = 0, j = 0; status == GRID_OK && (i < case_count || j < held_count);) {
        struct row row = {.no = INT64_MAX};
        struct row old = {.no = INT64_MAX};
        if (i < case_count)
            row = row_at(cases, i);
        if (j < held_count)
            old = row_at(held, j);
        struct row at = row.no <= old.no ? row : (struct row){.no = old.no};
        if (at.no > last)
            break;
        bool same = row.no == old.no && row.stamp == old.stamp;
        bool written = false;
        if (!same && (count == STEP_CASES || bytes >= STEP_BYTES)) {
            last = at.no - 1;
            break;
        }
        if (!same)
            status = renew_case(finder, &at, &written, &bytes, error);
        count += written;
        i += row.no == at.no;
        j += old.no == at.no;
    }
    if (status == GRID_OK)
        finder->swept = last;
    return status;
}

static enum grid_status sweep(struct finder *finder, struct grid_error *error)
{
    struct reading_rows reading = {.finder = finder};
    struct buffer held = {0};
    enum grid_status status = store_case_states(
            finder->book->log->store, finder->swept, STEP_COMPARED, read_row, &reading, error);
    if (status == GRID_OK)
        status = search_stamps(
                finder->index, finder->swept, STEP_COMPARED, keep_stamp, &held, error);
    if (status == GRID_OK)
        status = compare(finder, &reading.rows, &held, error);
    close_rows(&reading);
    buffer_close(&held);
    return status;
}

/* --- a step --- */

/* An index that failed is of no use to anybody: a fresh one is begun in a while. One that found no
 * room leaves its own to those who need it more. */
void finder_give_up(struct finder *finder, struct grid_now now, enum grid_status status)
{
    search_close(finder->index);
    finder->index = NULL;
    if (status != GRID_NOMEM)
        search_remove(finder->path, finder->vfs);
    buffer_clear(&finder->touched);
    finder->touched_taken = finder->touched_before = 0;
    finder->swept = finder->trusted = finder->marked = 0;
    finder->due_ms = finder->retry_ms = now.mono_ms + RETRY_MS;
}

/* What the next start may rely on: so many cases stand in the file. */
static enum grid_status keep_mark(struct finder *finder, struct grid_error *error)
{
    int64_t last = finder->book->last_no;
    bool whole = finder->touched.size == 0 && all_swept(finder);
    if (whole)
        finder->trusted = last;
    if (!whole || last - finder->marked < MARK_EACH)
        return GRID_OK;
    finder->marked = last;
    return search_put_mark(finder->index, last, error);
}

static enum grid_status work(struct finder *finder, unsigned cases_max, struct grid_error *error)
{
    enum grid_status status = search_begin(finder->index, error);
    if (status == GRID_OK && finder->touched.size > 0)
        status = take_touched(finder, cases_max, error);
    else if (status == GRID_OK && !all_swept(finder))
        status = sweep(finder, error);
    else if (status == GRID_OK && finder->untidy) {
        bool done = false;
        status = search_tidy(finder->index, &done, error);
        finder->untidy = !done;
    }
    if (status == GRID_OK)
        status = keep_mark(finder, error);
    return status == GRID_OK ? search_commit(finder->index, error) : status;
}

/* What is wrong with the store or with memory is not the index's fault. */
static enum grid_status step(
        struct finder *finder, struct grid_now now, unsigned cases_max, struct grid_error *error)
{
    struct grid_error failure = {0};
    enum grid_status status = GRID_OK;
    if (finder->index == NULL) {
        status = search_open(&finder->index, finder->path, finder->vfs, &failure);
        if (status == GRID_OK)
            status = search_mark(finder->index, &finder->trusted, &failure);
        finder->marked = finder->trusted;
    }
    if (status == GRID_OK)
        status = work(finder, cases_max, &failure);
    if (status == GRID_OK)
        return GRID_OK;
    finder_give_up(finder, now, status);
    return store_state(finder->book->log->store, error);
}

enum grid_status finder_tick(struct finder *finder, struct grid_now now, struct grid_error *error)
{
    uint64_t mark = 0;
    if (finder->path == NULL || finder_deadline(finder) > now.mono_ms)
        return GRID_OK;
    mark = roster_versions_held(finder->book->roster);
    if (mark != finder->roster_mark)
        finder->swept = 0;
    finder->roster_mark = mark;
    finder->stepped_ms = now.mono_ms;
    finder->due_ms = now.mono_ms + STEP_MS;
    return step(finder, now, STEP_CASES, error);
}

int64_t finder_deadline(const struct finder *finder)
{
    return finder->path != NULL && finder->room && has_work(finder) ? finder->due_ms : INT64_MAX;
}

void finder_turn_ended(struct finder *finder, struct grid_now now)
{
    bool grew = finder->touched.size > finder->touched_before;
    finder->touched_before = finder->touched.size;
    if (finder->path == NULL)
        return;
    if (roster_versions_held(finder->book->roster) != finder->roster_mark) {
        finder->swept = 0;
        finder->roster_mark = roster_versions_held(finder->book->roster);
        grew = true;
    }
    if (!grew)
        return;
    int64_t quiet_ms = now.mono_ms + QUIET_MS;
    int64_t latest_ms = finder->stepped_ms + LATEST_MS;
    if (latest_ms < now.mono_ms + STEP_MS)
        latest_ms = now.mono_ms + STEP_MS;
    finder->due_ms = quiet_ms < latest_ms ? quiet_ms : latest_ms;
    if (finder->due_ms < finder->retry_ms)
        finder->due_ms = finder->retry_ms;
}

enum grid_status finder_catch_up(
        struct finder *finder, struct grid_now now, struct grid_error *error)
{
    if (finder->index == NULL || finder->touched.size == 0)
        return GRID_OK;
    return step(finder, now, CATCH_UP_CASES, error);
}

/* --- life --- */

enum grid_status finder_open(struct finder *finder, struct book *book, const char *path,
        const char *vfs, struct grid_error *error)
{
    *finder = (struct finder){.book = book, .vfs = vfs, .room = true};
    if (path == NULL)
        return GRID_OK;
    size_t size = strlen(path) + 1;
    finder->path = grid_alloc(size);
    if (finder->path == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    memcpy(finder->path, path, size);
    finder->roster_mark = roster_versions_held(book->roster);
    book->touched = note_touched;
    book->touched_context = finder;
    return GRID_OK;
}

void finder_close(struct finder *finder)
{
    search_close(finder->index);
    buffer_close(&finder->touched);
    grid_free(finder->path);
    *finder = (struct finder){0};
}
