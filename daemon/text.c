#include "daemon/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 4096 };

static const struct text_table *chosen = &text_zh;

void text_choose(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *locale = "";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && *locale == '\0'; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL)
            locale = value;
    }
    chosen = strncmp(locale, "en", 2) == 0 ? &text_en : &text_zh;
}

const char *text_find(const char *id)
{
    for (size_t i = 0; i < chosen->count; i++)
        if (strcmp(chosen->entries[i].id, id) == 0)
            return chosen->entries[i].sentence;
    return NULL;
}

const char *text_of_errno(int number)
{
    static const struct {
        int number;
        const char *id;
    } known[] = {
            {EACCES, "errno_access"},
            {EPERM, "errno_access"},
            {ENOSPC, "errno_space"},
            {EDQUOT, "errno_space"},
            {EROFS, "errno_read_only"},
            {ENOENT, "errno_missing"},
            {ENOTDIR, "errno_no_folder"},
            {ENAMETOOLONG, "errno_long_name"},
            {EISDIR, "errno_folder"},
            {EEXIST, "errno_exists"},
            {EIO, "errno_disk"},
            {EMFILE, "errno_files"},
            {ENFILE, "errno_files"},
            {EADDRNOTAVAIL, "errno_address"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const char *sentence = known[i].number == number ? text_find(known[i].id) : NULL;
        if (sentence != NULL)
            return sentence;
    }
    return strerror(number);
}

/* The argument of that number (from 1); empty past the last. */
static size_t argument_of(const char *arguments, unsigned number, const char **out)
{
    for (unsigned i = 1; i < number; i++) {
        arguments = strchr(arguments, GRID_ARG[0]);
        if (arguments == NULL) {
            *out = "";
            return 0;
        }
        arguments++;
    }
    *out = arguments;
    return strcspn(arguments, GRID_ARG);
}

/* One argument into out, as it is or as one word of a shell command. Returns what is used now. */
static size_t fill_argument(
        char *out, size_t used, size_t size, const char *argument, size_t length, bool quoted)
{
    static const char plain[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@+,";
    quoted = quoted && strspn(argument, plain) < length;
    if (quoted && used + 1 < size)
        out[used++] = '\'';
    for (size_t i = 0; i < length && used + 1 < size; i++) {
        /* D25: control characters of outside origin are shown, not obeyed. */
        bool control = (unsigned char)argument[i] < 0x20 || argument[i] == 0x7f;
        static const char escaped[] = "'\\''";
        if (quoted && argument[i] == '\'' && used + sizeof(escaped) < size) {
            memcpy(out + used, escaped, sizeof(escaped) - 1);
            used += sizeof(escaped) - 1;
        } else {
            out[used++] = argument[i];
            if (control)
                out[used - 1] = '?';
        }
    }
    if (quoted && used + 1 < size)
        out[used++] = '\'';
    return used;
}

void text_fill(char *out, size_t size, const char *sentence, const char *arguments)
{
    size_t used = 0;
    while (*sentence != '\0' && used + 1 < size) {
        bool quoted = sentence[0] == '%' && sentence[1] == '\'';
        char number = sentence[1];
        if (quoted)
            number = sentence[2];
        if (sentence[0] != '%' || number < '1' || number > '9') {
            out[used++] = *sentence++;
            continue;
        }
        const char *argument;
        size_t length = argument_of(arguments, (unsigned)(number - '0'), &argument);
        used = fill_argument(out, used, size, argument, length, quoted);
        sentence += quoted ? 3 : 2;
    }
    out[used] = '\0';
}

void text_say(FILE *file, const char *id, const char *format, ...)
{
    char arguments[TEXT_BYTES];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(arguments, sizeof(arguments), format, list);
    va_end(list);
    const char *sentence = text_find(id);
    char line[TEXT_BYTES];
    text_fill(line, sizeof(line), sentence != NULL ? sentence : id, arguments);
    (void)fprintf(file, "%s\n", line);
}

void text_complain(const struct grid_error *error)
{
    const char *sentence = text_find(error->reason);
    char line[TEXT_BYTES];
    if (sentence != NULL) {
        text_fill(line, sizeof(line), sentence, error->detail);
    } else {
        /* A reason of a newer part: its identifier is better than nothing. */
        char detail[GRID_DETAIL_BYTES];
        text_fill(detail, sizeof(detail), "%1 %2 %3", error->detail);
        (void)snprintf(line, sizeof(line), "%s: %s %s", grid_status_word(error->status),
                error->reason, detail);
    }
    (void)fprintf(stderr, "gridd: %s\n", line);
}
