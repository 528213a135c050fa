/* NFC, made here where text is typed or read from a file, and nowhere else: the fold compares bytes
 * (DOMAIN 4). */
#ifndef GRID_CLI_NORMALISE_H
#define GRID_CLI_NORMALISE_H

#include "proto/bytes.h"
#include "proto/status.h"

/* Appends the NFC of `text`. GRID_INVALID when it is no valid UTF-8 or holds a NUL; GRID_NOMEM. */
enum grid_status normalise_nfc(struct bytes text, struct buffer *out);
/* Line ends as people's files have them (CR LF, CR) become LF: the fold compares bytes. */
void normalise_lines(struct buffer *text);

#endif
