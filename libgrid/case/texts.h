/* The texts of a case in which words are looked for (grid find). Matters and places, never people:
 * no name of who wrote, no contact, no party (D26). What is void, replaced or erased is no text of
 * the case. */
#ifndef GRID_CASE_TEXTS_H
#define GRID_CASE_TEXTS_H

#include "libgrid/case/fold.h"

/* How near to what a case is about; what stands in the first is told first. */
enum texts_part {
    TEXTS_HEAD, /* code, title, external references */
    TEXTS_BODY, /* description, place, unit, category, tags */
    TEXTS_REST, /* what was said later */
    TEXTS_PARTS
};

/* Of a case that somebody filled beyond all measure the last texts are not told: no step may take
 * longer than this. */
enum { TEXTS_BYTES_MAX = 262144 };

/* `field`: an identifier of CLI.md. The text is valid during the call. */
typedef enum grid_status texts_fn(
        void *context, enum texts_part part, const char *field, struct bytes text);
enum grid_status texts_each(
        struct fold *fold, const struct grid_roster *roster, texts_fn *each, void *context);

/* Appends the codes and names of a unit and of the units around it, as far as the roster knows
 * them: when these change the texts of its cases do. */
void texts_of_unit(struct buffer *out, const struct grid_roster *roster, struct bytes unit);

#endif
