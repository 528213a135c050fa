#include "daemon/log.h"

#include "daemon/system.h"
#include "proto/stamp.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

enum { LOG_LINE_BYTES = 1024 };

static bool quiet;

void log_quiet(void)
{
    quiet = true;
}

static void log_line(const char *level, const char *format, va_list arguments)
{
    char event[LOG_LINE_BYTES];
    int length = vsnprintf(event, sizeof(event), format, arguments);
    if (length < 0)
        return;
    /* What came from outside cannot start a line of its own or reach the terminal. */
    for (char *at = event; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
    char stamp[STAMP_TEXT_BYTES];
    stamp_print(stamp, system_now().wall_ms);
    /* One call, one write: lines of several processes do not mix. */
    (void)fprintf(stderr, "time=%s level=%s %s\n", stamp, level, event);
}

void log_info(const char *format, ...)
{
    va_list arguments;
    if (quiet)
        return;
    va_start(arguments, format);
    log_line("info", format, arguments);
    va_end(arguments);
}

void log_warning(const char *format, ...)
{
    va_list arguments;
    if (quiet)
        return;
    va_start(arguments, format);
    log_line("warning", format, arguments);
    va_end(arguments);
}

void log_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_line("error", format, arguments);
    va_end(arguments);
}
