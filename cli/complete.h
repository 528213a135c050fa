/* What may be typed where, worked out from the table of commands alone: for the shells' completion.
 */
#ifndef GRID_CLI_COMPLETE_H
#define GRID_CLI_COMPLETE_H

#include "cli/args.h"

/* What the name of a value in the tables stands for: files, folders, or a few fixed words. */
enum offer_type { OFFER_NOTHING, OFFER_FILES, OFFER_FOLDERS, OFFER_WORDS };
/* "U1…U4" → U1 U2 U3 U4, "yes|no" → yes no, "SOURCE" → patrol head…, "FILE.csv|-" → files. Fixed
 * words are appended with a blank between two. */
enum offer_type complete_offer(struct buffer *words, const char *value_name);

#endif
