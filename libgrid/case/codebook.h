/* The codebook of categories nmgrid-1 (DOMAIN 5), embedded from nmgrid-1.csv; items are never
 * renumbered. */
#ifndef GRID_CASE_CODEBOOK_H
#define GRID_CASE_CODEBOOK_H

#include "proto/bytes.h"
#include "proto/status.h"

struct codebook_item {
    unsigned code;    /* 101 for 0101 */
    const char *name; /* 征地拆迁 */
    const char *english;
    unsigned urgency; /* 1–4 */
    unsigned track;   /* enum grid_track */
    bool never_self_resolved;
    const char *group;         /* 矛盾纠纷 */
    const char *group_english; /* dispute */
};
size_t codebook_count(void);
const struct codebook_item *codebook_at(size_t index);    /* ascending by code */
const struct codebook_item *codebook_item(unsigned code); /* NULL when unknown */
/* Whether there is such an item (4 digits) or group (2 digits); for the routes of a roster. */
bool codebook_knows(struct bytes digits);
/* Four digits (full-width too) or a unique name, or unique part of one: GRID_NOT_FOUND
 * ("category_unknown"), GRID_AMBIGUOUS ("category_ambiguous": candidates in the detail). */
enum grid_status codebook_find(
        struct bytes text, const struct codebook_item **out, struct grid_error *error);
/* For lists: a code that begins with the word ("02" is a group), or a name, group, or their English
 * with the word in it. Every item fits an empty word. */
bool codebook_fits(const struct codebook_item *item, struct bytes word);

#endif
