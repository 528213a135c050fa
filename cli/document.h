/* A document as it is handed out: text of 80 columns, or one page that prints on A4. Made from its
 * record alone, whose words were frozen when it was issued; documents are Chinese in every locale.
 */
#ifndef GRID_CLI_DOCUMENT_H
#define GRID_CLI_DOCUMENT_H

#include "proto/bytes.h"

/* 受理告知单 … of a type; empty for one that is not known. */
struct bytes document_title(struct bytes type);
/* 2026年11月22日 of an RFC 3339 time, with 时分 where `hours`. */
void document_date(struct buffer *out, struct bytes time, bool hours);

void document_as_text(struct buffer *out, struct bytes record);
/* GRID_NOMEM when its QR code cannot be drawn. */
bool document_as_html(struct buffer *out, struct bytes record);

#endif
