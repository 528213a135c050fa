/* Reports that may be of one matter (DOMAIN 9): the same group of categories and the same village,
 * at most 72 hours apart, at most 150 m or in the same micro-grid, and titles that are alike.
 * Proposed, never joined: a person confirms with `merge`. Nothing is kept of a proposal that nobody
 * takes up.
 *
 * One walk over the summaries of the open cases finds who is near whom; only then are cases looked
 * at, the newest first, each beside the oldest that it may belong to. */
#include "libgrid/case/alike.h"
#include "libgrid/case/record.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/heap.h"
#include "proto/limits.h"
#include "proto/stamp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    APART_HOURS_MAX = 72,
    METRES_MAX = 150,
    ALIKE_MIN = 40, /* per cent */
    ROWS_MAX = 50,
    LOOKS_MAX = 4000, /* pairs of titles that are compared for one answer */
    VILLAGE_DIGITS = 12,
    MICRO_GRID_DIGITS = 18,
    HOUR_MS = 3600 * 1000,
};

struct near {
    struct asking *asking;
    struct buffer places; /* struct store_place */
    int64_t only;         /* the case that was asked about; 0: all */
    unsigned given, looks;
};

static const struct store_place *place_at(const struct near *near, size_t index)
{
    return (const struct store_place *)(const void *)near->places.data + index;
}

static size_t place_count(const struct near *near)
{
    return near->places.size / sizeof(struct store_place);
}

static enum grid_status note_place(void *context, const struct store_place *place)
{
    struct near *near = context;
    if (strlen(place->unit) >= VILLAGE_DIGITS)
        buffer_append(&near->places, place, sizeof(*place));
    return near->places.failed ? GRID_NOMEM : GRID_OK;
}

/* --- who is near whom --- */

/* The same village and group of categories. */
static int compare_cells(const struct store_place *a, const struct store_place *b)
{
    int order = memcmp(a->unit, b->unit, VILLAGE_DIGITS);
    if (order != 0)
        return order;
    return (a->category / 100 > b->category / 100) - (a->category / 100 < b->category / 100);
}

static int compare_places(const void *left, const void *right)
{
    const struct store_place *a = left;
    const struct store_place *b = right;
    int order = compare_cells(a, b);
    if (order != 0)
        return order;
    if (a->occurred_ms != b->occurred_ms)
        return a->occurred_ms < b->occurred_ms ? -1 : 1;
    return (a->no > b->no) - (a->no < b->no);
}

/* Latest first; the array that the numbers lie in is known by the place itself. */
static int compare_latest(const void *left, const void *right)
{
    const struct store_place *a = *(const struct store_place *const *)left;
    const struct store_place *b = *(const struct store_place *const *)right;
    if (a->occurred_ms != b->occurred_ms)
        return a->occurred_ms > b->occurred_ms ? -1 : 1;
    return (a->no < b->no) - (a->no > b->no);
}

static bool same_micro_grid(const struct store_place *a, const struct store_place *b)
{
    return strlen(a->unit) == MICRO_GRID_DIGITS && strcmp(a->unit, b->unit) == 0;
}

/* Metres; UINT32_MAX where one of them has no position. */
static unsigned metres_between(const struct store_place *a, const struct store_place *b)
{
    if (!a->has_geo || !b->has_geo)
        return UINT32_MAX;
    return alike_metres(a->latitude, a->longitude, b->latitude, b->longitude);
}

static bool are_near(const struct store_place *a, const struct store_place *b)
{
    int64_t first_a = a->primary != 0 ? a->primary : a->no;
    int64_t first_b = b->primary != 0 ? b->primary : b->no;
    return first_a != first_b && (same_micro_grid(a, b) || metres_between(a, b) <= METRES_MAX);
}

/* --- looking at two --- */

static void pack_case(struct record *record, struct fold *fold)
{
    char hex[2 * GRID_ID_BYTES + 1];
    ident_hex(hex, bytes_of(fold_case_id(fold), GRID_ID_BYTES));
    ask_pack_case(record, fold);
    record_text(record, "case_id", hex);
    record_text(record, "state", grid_state_name(fold_state(fold)));
    record_time(record, "at", stamp_ms(fold_create(fold)->head.hlc));
}

static enum grid_status give(struct near *near, const struct store_place *a,
        const struct store_place *b, struct fold *fold, struct fold *other, unsigned alike)
{
    struct record record = {0};
    struct record of_other = {0};
    struct buffer bytes = {0};
    unsigned metres = metres_between(a, b);
    pack_case(&record, fold);
    pack_case(&of_other, other);
    record_end(&of_other, record_member(&record, "other"));
    int64_t apart_ms = a->occurred_ms - b->occurred_ms;
    record_uint(&record, "apart_h", (uint64_t)((apart_ms < 0 ? -apart_ms : apart_ms) / HOUR_MS));
    if (metres != UINT32_MAX)
        record_uint(&record, "metres", metres);
    else
        record_nil(&record, "metres");
    record_bool(&record, "same_micro_grid", same_micro_grid(a, b));
    record_uint(&record, "alike", alike);
    record_end(&record, &bytes);
    near->given++;
    enum grid_status status = bytes.failed ? GRID_NOMEM
                                           : near->asking->row(near->asking->context, "duplicates",
                                                     buffer_bytes(&bytes));
    buffer_close(&bytes);
    return status;
}

static enum grid_status look(struct near *near, const struct store_place *a,
        const struct store_place *b, bool *alike, struct grid_error *error)
{
    struct book *book = &near->asking->node->book;
    struct fold *fold = NULL;
    struct fold *other = NULL;
    *alike = false;
    near->looks++;
    enum grid_status status = book_fold(book, a->no, &fold, error);
    if (status == GRID_OK)
        status = book_fold(book, b->no, &other, error);
    if (status != GRID_OK || fold == NULL || other == NULL || fold_create(fold) == NULL ||
            fold_create(other) == NULL)
        return status;
    unsigned percent = alike_titles(value_text(fold_shown(fold, GRID_REGISTER_TITLE)),
            value_text(fold_shown(other, GRID_REGISTER_TITLE)));
    *alike = percent >= ALIKE_MIN;
    return *alike ? give(near, a, b, fold, other, percent) : GRID_OK;
}

/* The matters before this one that are near it, the oldest first; one that is alike is enough, save
 * for the case that was asked about. */
static enum grid_status look_back(struct near *near, size_t index, struct grid_error *error)
{
    const struct store_place *place = place_at(near, index);
    int64_t from_ms = place->occurred_ms - (int64_t)APART_HOURS_MAX * HOUR_MS;
    size_t first = index;
    enum grid_status status = GRID_OK;
    bool alike = false;
    while (first > 0 && compare_cells(place_at(near, first - 1), place) == 0 &&
            place_at(near, first - 1)->occurred_ms >= from_ms)
        first--;
    for (size_t i = first; i < index && status == GRID_OK && near->looks < LOOKS_MAX &&
                           near->given < ROWS_MAX && (!alike || near->only != 0);
            i++) {
        const struct store_place *other = place_at(near, i);
        if ((near->only == 0 || near->only == place->no || near->only == other->no) &&
                are_near(place, other))
            status = look(near, place, other, &alike, error);
    }
    return status;
}

static enum grid_status look_at_all(struct near *near, struct grid_error *error)
{
    size_t count = place_count(near);
    const struct store_place **latest = grid_alloc_array(count + 1, sizeof(*latest));
    if (latest == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (count > 1)
        qsort(near->places.data, count, sizeof(struct store_place), compare_places);
    for (size_t i = 0; i < count; i++)
        latest[i] = place_at(near, i);
    if (count > 1)
        qsort(latest, count, sizeof(*latest), compare_latest);
    enum grid_status status = GRID_OK;
    for (size_t i = 0;
            i < count && status == GRID_OK && near->looks < LOOKS_MAX && near->given < ROWS_MAX;
            i++)
        status = look_back(near, (size_t)(latest[i] - place_at(near, 0)), error);
    grid_free(latest);
    return status;
}

enum grid_status ask_duplicates(struct asking *asking)
{
    struct near near = {.asking = asking};
    struct grid_error *error = asking->error;
    enum grid_status status = GRID_OK;
    const struct grid_field *field = request_field(asking->request, "case");
    if (field != NULL)
        status = node_find_typed(asking->node, field->value, &near.only, error);
    else
        status = book_flush(&asking->node->book, error); /* what this turn wrote */
    if (status == GRID_OK)
        status = store_case_places(asking->node->store, note_place, &near, error);
    if (status == GRID_OK)
        status = look_at_all(&near, error);
    buffer_close(&near.places);
    struct record record = {0};
    record_bool(&record, "more", near.given == ROWS_MAX || near.looks >= LOOKS_MAX);
    record_end(&record, asking->end);
    return status;
}
