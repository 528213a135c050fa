/* Lines from a person at a terminal: the terminal's own line editing, set up for UTF-8 while a line
 * is read and put back as it was behind every line. */
#ifndef GRID_CLI_TERMINAL_H
#define GRID_CLI_TERMINAL_H

#include "proto/bytes.h"

enum {
    /* The kernel keeps so much of a line and drops what is typed beyond. */
    TERMINAL_LINE_BYTES_MAX = 4095,
};

enum terminal_line {
    TERMINAL_LINE,
    TERMINAL_TOO_LONG, /* the line is not all there */
    TERMINAL_LEAVE,    /* Ctrl-D, Ctrl-C, or told to end */
};

/* Whether somebody sits there: both ways lead to a terminal. */
bool terminal_is(void);
/* The next line without its end, as bytes: nothing is promised about them. With `pasted`, lines
 * that came in one go belong together, LF between them. */
enum terminal_line terminal_read(struct buffer *line, bool pasted);
/* Forgets what was typed ahead: it cannot be an answer to what was not yet to be seen. */
void terminal_forget(void);

#endif
