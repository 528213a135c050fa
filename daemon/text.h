/* What gridd says to a person, in Chinese unless the locale asks for English (D29): one table of
 * sentences a language. Reasons of grid_error are looked up in the same tables. */
#ifndef GRID_DAEMON_TEXT_H
#define GRID_DAEMON_TEXT_H

#include "proto/status.h"

#include <stddef.h>
#include <stdio.h>

struct text_entry {
    const char *id;
    const char *sentence; /* with %1 … %9 for arguments */
};
struct text_table {
    const struct text_entry *entries;
    size_t count;
};
extern const struct text_table text_zh;
extern const struct text_table text_en;

/* Chooses the table from LC_ALL, LC_MESSAGES, LANG: English for en…, else Chinese. */
void text_choose(void);
/* NULL when there is no such sentence. */
const char *text_find(const char *id);
/* Puts the arguments (joined by GRID_ARG) into the sentence. */
void text_fill(char *out, size_t size, const char *sentence, const char *arguments);
/* One sentence and a line end; the arguments as in grid_fail. */
void text_say(FILE *file, const char *id, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* What an errno means, in words of the language; those that matter have a sentence. */
const char *text_of_errno(int number);
/* "gridd: " and the sentence of the reason, on standard error. */
void text_complain(const struct grid_error *error);

#endif
