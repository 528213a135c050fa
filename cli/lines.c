/* Encodings and line ends. Spreadsheets write GB18030 and byte order marks; nobody is asked. */
#include "cli/lines.h"

#include "cli/text.h"
#include "proto/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 65536, BOM_BYTES = 3 };
static const uint8_t bom[BOM_BYTES] = {0xEF, 0xBB, 0xBF};

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

/* --- which encoding --------------------------------------------------------------------------- */

/* A file is GB18030 when most of its lines that are not ASCII are no UTF-8. One bad byte in a file
 * of UTF-8 must not turn all the others into other characters. */
struct vote {
    uint64_t utf8, other;
};

static void vote_lines(struct vote *vote, struct buffer *raw, bool last)
{
    size_t at = 0;
    while (at < raw->size) {
        const uint8_t *stop = memchr(raw->data + at, '\n', raw->size - at);
        if (stop == NULL && !last && raw->size - at < LINES_ROW_BYTES_MAX)
            break;
        size_t end = stop != NULL ? (size_t)(stop - raw->data) : raw->size;
        struct bytes line = bytes_of(raw->data + at, end - at);
        if (!is_ascii(line)) {
            if (gate_utf8(line))
                vote->utf8++;
            else
                vote->other++;
        }
        at = stop != NULL ? end + 1 : end;
    }
    buffer_drop_front(raw, at);
}

static enum lines_encoding look_through(struct lines *lines)
{
    struct vote vote = {0};
    struct buffer raw = {0};
    ssize_t size = 1;
    while (size > 0) {
        uint8_t *room = buffer_reserve(&raw, READ_BYTES);
        size = room != NULL ? read(lines->fd, room, READ_BYTES) : 0;
        if (size > 0)
            raw.size += (size_t)size;
        vote_lines(&vote, &raw, size <= 0);
    }
    buffer_close(&raw);
    lseek(lines->fd, 0, SEEK_SET);
    return vote.other > vote.utf8 ? LINES_GB18030 : LINES_UTF8;
}

/* A pipe: by its first line that is not ASCII, as soon as it is there whole. */
static void decide(struct lines *lines)
{
    const struct buffer *raw = &lines->raw;
    size_t start = 0;
    while (start < raw->size && raw->data[start] < 0x80)
        start++;
    if (start == raw->size)
        return;
    const uint8_t *stop = memchr(raw->data + start, '\n', raw->size - start);
    if (stop == NULL && !lines->ended && raw->size - start < LINES_ROW_BYTES_MAX)
        return;
    size_t end = stop != NULL ? (size_t)(stop - raw->data) : raw->size;
    bool utf8 = gate_utf8(bytes_of(raw->data + start, end - start));
    lines->encoding = utf8 ? LINES_UTF8 : LINES_GB18030;
}

/* --- bytes in, UTF-8 out ---------------------------------------------------------------------- */

static void append_gb18030(struct lines *lines)
{
    char *in = (char *)lines->raw.data;
    size_t in_left = lines->raw.size;
    while (in_left > 0) {
        size_t room_size = 2 * in_left + 16;
        uint8_t *room = buffer_reserve(&lines->text, room_size);
        if (room == NULL)
            return;
        char *out = (char *)room;
        size_t out_left = room_size;
        size_t done = iconv(lines->converter, &in, &in_left, &out, &out_left);
        lines->text.size += room_size - out_left;
        if (done == (size_t)-1 && errno == EINVAL && !lines->ended)
            break; /* half a character: the rest comes with the next bytes */
        if (done == (size_t)-1 && errno != E2BIG && in_left > 0) {
            /* Never a guess: 0xFF is no UTF-8, so the row is refused and named. */
            buffer_append(&lines->text, "\xff", 1);
            in++;
            in_left--;
        }
    }
    buffer_drop_front(&lines->raw, lines->raw.size - in_left);
}

static void convert(struct lines *lines)
{
    if (!lines->bom_done && (lines->raw.size >= BOM_BYTES || lines->ended)) {
        if (lines->raw.size >= BOM_BYTES && memcmp(lines->raw.data, bom, BOM_BYTES) == 0) {
            buffer_drop_front(&lines->raw, BOM_BYTES);
            lines->encoding = LINES_UTF8;
        }
        lines->bom_done = true;
    }
    if (!lines->bom_done)
        return;
    if (lines->encoding == LINES_UNDECIDED)
        decide(lines);
    if (lines->encoding == LINES_GB18030) {
        append_gb18030(lines);
    } else if (lines->encoding == LINES_UTF8 || is_ascii(buffer_bytes(&lines->raw))) {
        buffer_append(&lines->text, lines->raw.data, lines->raw.size);
        buffer_clear(&lines->raw);
    }
}

static bool readable(const struct lines *lines)
{
    struct pollfd in = {.fd = lines->fd, .events = POLLIN};
    return lines->seekable || poll(&in, 1, 0) != 0;
}

/* More text, or WAIT, END, FAILED. */
static enum lines_result fill(struct lines *lines)
{
    if (lines->ended)
        return LINES_END;
    if (!readable(lines))
        return LINES_WAIT;
    buffer_drop_front(&lines->text, lines->mark);
    lines->at -= lines->mark;
    lines->mark = 0;
    uint8_t *room = buffer_reserve(&lines->raw, READ_BYTES);
    if (room == NULL)
        return LINES_FAILED;
    ssize_t size = read(lines->fd, room, READ_BYTES);
    if (size < 0)
        return errno == EINTR || errno == EAGAIN ? LINES_WAIT : LINES_FAILED;
    lines->ended = size == 0;
    lines->raw.size += (size_t)size;
    lines->bytes_read += (uint64_t)size;
    convert(lines);
    return lines->text.failed || lines->raw.failed ? LINES_FAILED : LINES_LINE;
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum grid_status look_at_start(
        struct lines *lines, const char *path, struct grid_error *error)
{
    uint8_t start[2] = {0};
    ssize_t size = pread(lines->fd, start, sizeof(start), 0);
    bool utf16 = size == 2 &&
                 ((start[0] == 0xFF && start[1] == 0xFE) || (start[0] == 0xFE && start[1] == 0xFF));
    if (size < 0)
        return grid_fail(
                error, GRID_INVALID, "file_open", "%s" GRID_ARG "%s", path, text_errno(errno));
    if (utf16)
        return grid_fail(error, GRID_INVALID, "file_utf16", "%s", path);
    if (lines->encoding == LINES_UNDECIDED)
        lines->encoding = look_through(lines);
    return GRID_OK;
}

enum grid_status lines_open(struct lines *lines, const char *path, struct grid_error *error)
{
    struct stat about;
    *lines = (struct lines){
            .fd = -1, .line = 1, .mark_line = 1, .converter = iconv_open("UTF-8", "GB18030")};
    lines->close_fd = strcmp(path, "-") != 0;
    lines->fd = lines->close_fd ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (lines->fd < 0 || fstat(lines->fd, &about) != 0)
        return grid_fail(error, errno == ENOENT ? GRID_NOT_FOUND : GRID_INVALID, "file_open",
                "%s" GRID_ARG "%s", path, text_errno(errno));
    if (S_ISDIR(about.st_mode))
        return grid_fail(
                error, GRID_INVALID, "file_open", "%s" GRID_ARG "%s", path, text_errno(EISDIR));
    if (lines->converter == (iconv_t)-1)
        lines->encoding = LINES_UTF8;
    lines->seekable = S_ISREG(about.st_mode) && lseek(lines->fd, 0, SEEK_CUR) == 0;
    if (!lines->seekable)
        return GRID_OK;
    lines->bytes_total = (uint64_t)about.st_size;
    return look_at_start(lines, path, error);
}

void lines_close(struct lines *lines)
{
    if (lines->close_fd && lines->fd >= 0)
        close(lines->fd);
    if (lines->converter != NULL && lines->converter != (iconv_t)-1)
        iconv_close(lines->converter);
    buffer_close(&lines->raw);
    buffer_close(&lines->text);
    *lines = (struct lines){.fd = -1};
}

/* --- taking lines ----------------------------------------------------------------------------- */

enum lines_result lines_peek(struct lines *lines, uint8_t *first)
{
    for (size_t at = lines->at;; at++) {
        while (at >= lines->text.size) {
            enum lines_result result = fill(lines);
            if (result != LINES_LINE)
                return result;
        }
        uint8_t byte = lines->text.data[at];
        if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n') {
            *first = byte;
            return LINES_LINE;
        }
    }
}

/* Drops the rest of a line that is too long to be held. */
static enum lines_result skip_line(struct lines *lines)
{
    for (;;) {
        const uint8_t *stop =
                memchr(lines->text.data + lines->at, '\n', lines->text.size - lines->at);
        lines->at = stop != NULL ? (size_t)(stop - lines->text.data) + 1 : lines->text.size;
        if (stop != NULL)
            break;
        lines->mark = lines->at;
        enum lines_result result = LINES_WAIT;
        while (result == LINES_WAIT) {
            result = fill(lines);
            if (result == LINES_WAIT) { /* rare enough to wait for here */
                struct pollfd in = {.fd = lines->fd, .events = POLLIN};
                poll(&in, 1, -1);
            }
        }
        if (result != LINES_LINE)
            break;
    }
    lines->line++;
    lines_mark(lines);
    return LINES_TOO_LONG;
}

enum lines_result lines_next(struct lines *lines, bool with_end, struct bytes *line)
{
    for (;;) {
        size_t left = lines->text.size - lines->at;
        const uint8_t *start = left > 0 ? lines->text.data + lines->at : NULL;
        const uint8_t *stop = left > 0 ? memchr(start, '\n', left) : NULL;
        if (stop == NULL && left > LINES_ROW_BYTES_MAX)
            return skip_line(lines);
        if (stop != NULL || (lines->ended && lines->raw.size == 0 && left > 0)) {
            size_t size = stop != NULL ? (size_t)(stop - start) + 1 : left;
            lines->at += size;
            lines->line++;
            if (!with_end && size > 0 && start[size - 1] == '\n')
                size--;
            if (!with_end && size > 0 && start[size - 1] == '\r')
                size--;
            *line = bytes_of(start, size);
            return LINES_LINE;
        }
        enum lines_result result = fill(lines);
        if (result != LINES_LINE)
            return result;
    }
}

void lines_mark(struct lines *lines)
{
    lines->mark = lines->at;
    lines->mark_line = lines->line;
}

void lines_back(struct lines *lines)
{
    const uint8_t *start = lines->text.data + lines->mark;
    const uint8_t *stop = memchr(start, '\n', lines->at - lines->mark);
    lines->at = stop != NULL ? (size_t)(stop - lines->text.data) + 1 : lines->at;
    lines->line = lines->mark_line + 1;
    lines_mark(lines);
}

size_t lines_since_mark(const struct lines *lines)
{
    return lines->at - lines->mark;
}
