/* Canonical mode: the kernel edits the line, echoes it and hands it over whole. */
#include "cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t told_to_leave;

static void leave(int signal_number)
{
    (void)signal_number;
    told_to_leave = 1;
}

/* What is changed while a line is read, to be put back. */
struct reading {
    struct termios before;
    bool changed;
    struct sigaction actions[3];
    sigset_t mask; /* without our block: signals come in while we wait, and only then */
};
static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

/* Without IUTF8 a backspace takes one byte of a character away; a program that died in raw mode
 * has left a terminal on which no line ever ends. */
static void set_terminal(struct reading *reading)
{
    struct termios now;
    if (tcgetattr(STDIN_FILENO, &now) != 0)
        return;
    reading->before = now;
    now.c_iflag |= IUTF8 | ICRNL;
    now.c_lflag |= ICANON | ECHO | ECHOE | ECHOK | ISIG;
    reading->changed =
            now.c_iflag != reading->before.c_iflag || now.c_lflag != reading->before.c_lflag;
    if (reading->changed)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
}

static void begin(struct reading *reading)
{
    struct sigaction action = {.sa_handler = leave};
    sigset_t block;
    sigemptyset(&action.sa_mask);
    sigemptyset(&block);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaddset(&block, signals[i]);
    sigprocmask(SIG_BLOCK, &block, &reading->mask);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, &reading->actions[i]);
    set_terminal(reading);
}

static void end(const struct reading *reading)
{
    if (reading->changed)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &reading->before);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &reading->actions[i], NULL);
    sigprocmask(SIG_SETMASK, &reading->mask, NULL);
}

/* False: told to leave. */
static bool wait_for_input(const struct reading *reading)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!told_to_leave && ppoll(&input, 1, NULL, &reading->mask) < 0 && errno == EINTR)
        ;
    return !told_to_leave;
}

static bool more_is_there(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) == 1 && (input.revents & POLLIN) != 0;
}

/* One line with its end appended; false at Ctrl-D, or when the terminal is gone. */
static bool take_line(const struct reading *reading, struct buffer *line)
{
    for (;;) {
        uint8_t *room = buffer_reserve(line, TERMINAL_LINE_BYTES_MAX + 1);
        if (room == NULL || !wait_for_input(reading))
            return false;
        ssize_t size = read(STDIN_FILENO, room, TERMINAL_LINE_BYTES_MAX + 1);
        if (size < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (size <= 0)
            return false;
        line->size += (size_t)size;
        if (line->data[line->size - 1] == '\n')
            return true; /* Ctrl-D in the middle of a line hands over what stands there: no end */
    }
}

bool terminal_is(void)
{
    return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

enum terminal_line terminal_read(struct buffer *line, bool pasted)
{
    struct reading reading = {0};
    bool whole = true;
    bool too_long = false;
    buffer_clear(line);
    told_to_leave = 0;
    begin(&reading);
    fflush(stdout); /* who sees the prompt finds the terminal set */
    do {
        size_t before = line->size;
        whole = take_line(&reading, line);
        too_long = too_long || line->size - before > TERMINAL_LINE_BYTES_MAX;
    } while (whole && pasted && more_is_there());
    end(&reading);
    if (!whole)
        return TERMINAL_LEAVE;
    line->size--;
    return too_long ? TERMINAL_TOO_LONG : TERMINAL_LINE;
}

void terminal_forget(void)
{
    tcflush(STDIN_FILENO, TCIFLUSH);
}
