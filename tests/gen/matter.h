/* What happens, how often, and when: the shares of categories, urgency, sources and hours. */
#ifndef TESTS_GEN_MATTER_H
#define TESTS_GEN_MATTER_H

#include "libgrid/case/codebook.h"
#include "tests/gen/chance.h"

struct matter {
    const struct codebook_item *item;
    bool mining; /* the tag */
    unsigned urgency;
    const char *source;
    int64_t at_ms; /* local time is +08:00 */
    unsigned hour; /* of local time */
};

/* `month` (1–12) decides what is in season; the time of day is drawn within the day that begins at
 * day_ms. */
struct matter matter_draw(struct chance *chance, int64_t day_ms, unsigned month);
/* What another saw of the same matter: a source, and a time within 72 h, half within 1 h. */
struct matter matter_seen_again(struct chance *chance, const struct matter *matter);

bool matter_in_group(const struct matter *matter, unsigned group);

#endif
