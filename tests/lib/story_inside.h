/* What the files of story share: the words of a line, and the world behind all stories. */
#ifndef GRID_TESTS_STORY_INSIDE_H
#define GRID_TESTS_STORY_INSIDE_H

#include "tests/lib/story.h"

enum { LINE_MAX_BYTES = 4096, LIST_MAX = 64, OPS_MAX = 64 };

/* --- words (story.c) --- */

/* The next line, without its end; false at the end of the text. */
bool line_take(const char **text, char line[static LINE_MAX_BYTES]);
/* The next word of a line; empty at its end. */
char *word_take(char **rest);
/* Places in the list, joined by commas, or -. At most LIST_MAX. */
size_t list_read(char *text, size_t *out);
/* VALUE as msgpack. */
struct bytes value_make(struct arena *arena, const char *value);
unsigned collection_number(const char *name);

/* --- the world (story_roster.c) --- */

void name_bytes(uint8_t *out, size_t size, const char *name);
void person_of(uint8_t out[static GRID_ID_BYTES], const char *key);
uint64_t rv_of_version(unsigned version);
struct grid_roster *roster_make(unsigned versions);
void roster_take_version(struct grid_roster *roster, unsigned version);
void roster_cut(struct grid_roster *roster, const struct story_stage *stage);

#endif
