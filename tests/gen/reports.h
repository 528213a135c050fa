/* Reports as they come in, one JSON object a line, for `grid report --from`. */
#ifndef TESTS_GEN_REPORTS_H
#define TESTS_GEN_REPORTS_H

#include "tests/gen/roster.h"

#include <stdio.h>

/* `count` reports about places of the roster, day after day at its natural rate. */
void reports_write(
        const struct roster *roster, bool banner, uint64_t count, uint64_t seed, FILE *out);

#endif
