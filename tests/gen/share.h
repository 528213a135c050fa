/* Dealing a total out by weights, to the last one. */
#ifndef TESTS_GEN_SHARE_H
#define TESTS_GEN_SHARE_H

#include <stddef.h>

struct share_part {
    unsigned weight;
    unsigned got;       /* out */
    unsigned remainder; /* of the division; for share() itself */
};

/* Each part gets min + ⌊rest·weight / sum of weights⌋, where rest = total − count·min; what is left
 * goes to the largest remainders, ties to the earlier part. Parts stand in the order of their
 * codes. */
void share(struct share_part *parts, size_t count, unsigned total, unsigned min);

#endif
