/* A text file as lines of UTF-8, streamed: a file of any size needs little memory. */
#ifndef GRID_CLI_LINES_H
#define GRID_CLI_LINES_H

#include "proto/bytes.h"
#include "proto/status.h"

#include <iconv.h>

enum {
    LINES_ROW_BYTES_MAX = 1048576, /* a row that is longer is none */
};

enum lines_encoding { LINES_UNDECIDED, LINES_UTF8, LINES_GB18030 };

/* Lines are taken one by one; what was taken since the last lines_mark can be given back. */
struct lines {
    int fd;
    bool close_fd, seekable, ended;
    enum lines_encoding encoding;
    iconv_t converter; /* GB18030 → UTF-8 */
    struct buffer raw; /* read, not yet converted */
    struct buffer text;
    size_t at, mark;
    unsigned line, mark_line; /* of the next line, of the marked one */
    uint64_t bytes_read, bytes_total;
    bool bom_done;
};

enum lines_result { LINES_LINE, LINES_WAIT, LINES_END, LINES_TOO_LONG, LINES_FAILED };

/* "-" is standard input. GRID_NOT_FOUND or GRID_INVALID ("file_open"), GRID_INVALID
 * ("file_utf16"). What is no UTF-8 is read as GB18030: a file is looked through beforehand, a pipe
 * is judged by its first line that is not ASCII. */
enum grid_status lines_open(struct lines *lines, const char *path, struct grid_error *error);
void lines_close(struct lines *lines);

/* The first byte that is no blank, without taking it: LINES_LINE (then *first), WAIT, END. */
enum lines_result lines_peek(struct lines *lines, uint8_t *first);
/* The next line without its end (LF or CRLF are kept at its end when `with_end`); valid until the
 * next call. WAIT: nothing there yet (a pipe). TOO_LONG: the line was skipped. */
enum lines_result lines_next(struct lines *lines, bool with_end, struct bytes *line);
/* Everything before the next line is done with. */
void lines_mark(struct lines *lines);
/* Back to the line behind the marked one. */
void lines_back(struct lines *lines);
/* Bytes taken since the mark. */
size_t lines_since_mark(const struct lines *lines);

#endif
