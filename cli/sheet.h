/* Cases as lines of a table for spreadsheets, as lines of JSON, as places on a map: written as they
 * come, with nothing kept. */
#ifndef GRID_CLI_SHEET_H
#define GRID_CLI_SHEET_H

#include "proto/bytes.h"

/* The header: identifiers, or with `words` what they are called. Begins with a byte order mark:
 * spreadsheets on Windows take a file without one for GBK. */
void sheet_head(struct buffer *out, bool words);
/* One case (a record of export) as one line, RFC 4180. */
void sheet_row(struct buffer *out, struct bytes record, bool words);
/* A cell of somebody's text: quoted where it must be, and one that a spreadsheet would run as a
 * formula begins with an apostrophe. */
void sheet_cell(struct buffer *out, struct bytes text);

/* One object in one line, written from the packed record itself: a case of any size needs no more
 * memory than it has. `without`: a member that is left out; NULL: none. */
void sheet_json(struct buffer *out, struct bytes record, const char *without);
/* A GeoJSON feature (RFC 7946: longitude first, WGS-84); false for a case without a place. */
bool sheet_feature(struct buffer *out, struct bytes record);

#endif
