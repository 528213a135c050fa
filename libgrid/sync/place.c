/* The buckets of cases (D14): one for each exact place and for each person who reported. */
#include "libgrid/sync/sync.h"

#include <stdio.h>
#include <string.h>

void place_bucket_of_person(
        char out[static GRID_BUCKET_BYTES + 1], const uint8_t person[static GRID_ID_BYTES])
{
    enum { PREFIX = 4 };
    memcpy(out, "own/", PREFIX);
    ident_hex(out + PREFIX, bytes_of(person, GRID_ID_BYTES));
}
