/* Reading the records of an answer: packed maps with text keys (P-121), gated by proto. */
#ifndef GRID_CLI_RECORD_H
#define GRID_CLI_RECORD_H

#include "proto/pack.h"

/* The packed value of a member; size 0 when there is none. */
struct bytes record_raw(struct bytes record, const char *name);
/* Absent or nil. */
bool record_empty(struct bytes record, const char *name);
/* The text of a member; empty when it is no text. */
struct bytes record_text(struct bytes record, const char *name);
bool record_is(struct bytes record, const char *name, const char *text);
uint64_t record_uint(struct bytes record, const char *name); /* 0 when it is no number */
int64_t record_int(struct bytes record, const char *name);   /* the same, below 0 too */
bool record_bool(struct bytes record, const char *name);
/* The elements of an array: `reader` stands at the first, the count is returned. */
size_t record_array(struct bytes record, const char *name, struct reader *reader);

/* The same for a packed value that stands alone. */
struct bytes value_as_text(struct bytes value);
bool value_is_map(struct bytes value);
bool value_is_array(struct bytes value);

#endif
