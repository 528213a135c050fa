/* How near two reports are, for the proposal that they are one matter (DOMAIN 9). A view for
 * people: nothing is decided by it. */
#ifndef GRID_CASE_ALIKE_H
#define GRID_CASE_ALIKE_H

#include "proto/bytes.h"

/* What of two titles is the same, in per cent: twice the pairs of neighbouring characters that both
 * have, of all their pairs. Chinese is not written in words, and two characters are about as long
 * as one; a pair is there or not, so order counts a little and repetition does not. Blanks and
 * punctuation are passed over, Latin letters are compared in lower case. */
unsigned alike_titles(struct bytes a, struct bytes b);

/* Metres between two positions in degrees × 10^7, for distances of some km; a great number beyond.
 */
unsigned alike_metres(
        int64_t latitude_a, int64_t longitude_a, int64_t latitude_b, int64_t longitude_b);

#endif
