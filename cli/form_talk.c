/* Sentences out, lines in. */
#include "cli/form.h"

#include "cli/print.h"
#include "cli/terminal.h"
#include "cli/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- speaking --- */

static void say_bytes(struct bytes sentence)
{
    struct buffer safe = {0};
    print_safe(&safe, sentence, true);
    fwrite(safe.data, 1, safe.size, stdout);
    putchar('\n');
    buffer_close(&safe);
}

void form_say(const char *id)
{
    puts(text(id));
}

void form_say1(const char *id, const char *argument)
{
    struct buffer sentence = {0};
    text_say(&sentence, id, argument, NULL);
    say_bytes(buffer_bytes(&sentence));
    buffer_close(&sentence);
}

void form_say_error(const struct grid_error *error)
{
    struct buffer sentence = {0};
    buffer_append(&sentence, "✗ ", strlen("✗ "));
    text_error(&sentence, error);
    say_bytes(buffer_bytes(&sentence));
    buffer_close(&sentence);
}

const char *form_text(struct form *form, struct bytes text)
{
    const char *copy = arena_text(&form->session->arena, text);
    if (copy == NULL)
        abort();
    return copy;
}

const char *form_filled(struct form *form, const char *id, struct bytes first, struct bytes second)
{
    struct buffer sentence = {0};
    const struct bytes args[] = {first, second};
    text_fill(&sentence, text(id), args, 2);
    const char *filled = form_text(form, buffer_bytes(&sentence));
    buffer_close(&sentence);
    return filled;
}

/* --- listening --- */

static const char wide_blank[] = "\u3000";

static size_t blank_at(struct bytes text, size_t at)
{
    if (text.data[at] == ' ' || text.data[at] == '\t' || text.data[at] == '\n')
        return 1;
    return text.size - at >= 3 && memcmp(text.data + at, wide_blank, 3) == 0 ? 3 : 0;
}

static struct bytes trimmed(struct bytes text)
{
    size_t taken;
    while (text.size > 0 && (taken = blank_at(text, 0)) > 0)
        text = bytes_of(text.data + taken, text.size - taken);
    for (;;) {
        if (text.size > 0 && blank_at(text, text.size - 1) == 1)
            text.size--;
        else if (text.size >= 3 && blank_at(text, text.size - 3) == 3)
            text.size -= 3;
        else
            return text;
    }
}

/* U+FF01…U+FF5E stand for ASCII, as an input method leaves them; U+3000 for a blank. */
static struct bytes plain_of(struct form *form, struct bytes text)
{
    struct buffer out = {0};
    for (size_t at = 0; at < text.size;) {
        const uint8_t *byte = text.data + at;
        bool three = text.size - at >= 3;
        char plain = '\0';
        if (three && byte[0] == 0xef && byte[1] == 0xbc && byte[2] >= 0x81)
            plain = (char)('!' + (byte[2] - 0x81));
        else if (three && byte[0] == 0xef && byte[1] == 0xbd && byte[2] <= 0x9e)
            plain = (char)('`' + (byte[2] - 0x80));
        else if (three && memcmp(byte, wide_blank, 3) == 0)
            plain = ' ';
        buffer_append(&out, plain != '\0' ? (const void *)&plain : byte, 1);
        at += plain != '\0' ? 3 : 1;
    }
    struct bytes kept = bytes_text(form_text(form, buffer_bytes(&out)));
    buffer_close(&out);
    return kept;
}

static bool is_one_of(struct bytes plain, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (plain.size == strlen(words[i]) &&
                strncasecmp((const char *)plain.data, words[i], plain.size) == 0)
            return true;
    return false;
}

#define IS(plain, words) is_one_of(plain, words, sizeof(words) / sizeof((words)[0]))

static enum reply reply_of(struct bytes plain)
{
    /* 《 is what the key of < gives under a Chinese input method */
    static const char *const back[] = {"<", "《", "〈", "上一步", "返回", "back"};
    static const char *const help[] = {"?", "帮助", "help"};
    static const char *const cancel[] = {"取消", "退出", "cancel", "quit", "exit"};
    if (IS(plain, back))
        return REPLY_BACK;
    if (IS(plain, help))
        return REPLY_HELP;
    return IS(plain, cancel) ? REPLY_CANCEL : REPLY_TEXT;
}

enum reply form_read(struct form *form, bool pasted, struct bytes *typed, struct bytes *plain)
{
    for (;;) {
        struct grid_error error = {0};
        fputs("> ", stdout);
        switch (terminal_read(&form->line, pasted)) {
        case TERMINAL_LEAVE:
            return REPLY_LEAVE;
        case TERMINAL_TOO_LONG:
            form_say("form.long");
            continue;
        case TERMINAL_LINE:
            break;
        }
        if (args_normalise(buffer_bytes(&form->line), "", &form->session->arena, typed, &error) !=
                GRID_OK) {
            form_say("form.encoding");
            continue;
        }
        *typed = bytes_text(form_text(form, trimmed(*typed)));
        *plain = plain_of(form, *typed);
        return reply_of(*plain);
    }
}

/* --- lists --- */

void form_choices_clear(struct form *form)
{
    form->choice_count = 0;
}

void form_choice_add(struct form *form, const char *value, const char *label)
{
    if (form->choice_count < FORM_CHOICES_MAX)
        form->choices[form->choice_count++] = (struct choice){.value = value, .label = label};
}

/* "  12  消防通道堵塞（0201）" */
static void choice_line(struct buffer *out, const struct form *form, size_t index)
{
    char number[24];
    snprintf(number, sizeof(number), form->choice_count > 9 ? "%4zu  " : "%3zu  ", index + 1);
    buffer_append(out, number, strlen(number));
    print_safe(out, bytes_text(form->choices[index].label), false);
}

void form_choices_show(const struct form *form)
{
    enum { ONE_COLUMN_MAX = 6 };
    struct buffer line = {0};
    int widest = 1;
    for (size_t i = 0; i < form->choice_count; i++) {
        buffer_clear(&line);
        choice_line(&line, form, i);
        int cells = print_cells(buffer_bytes(&line));
        widest = cells > widest ? cells : widest;
    }
    size_t columns = 1;
    if (form->choice_count > ONE_COLUMN_MAX && screen.columns > widest)
        columns = (size_t)(screen.columns / (widest + 1));
    columns = columns > 0 ? columns : 1;
    size_t rows = (form->choice_count + columns - 1) / columns;
    for (size_t row = 0; row < rows; row++) {
        struct buffer out = {0};
        for (size_t i = row; i < form->choice_count; i += rows) {
            bool last = i + rows >= form->choice_count;
            buffer_clear(&line);
            choice_line(&line, form, i);
            if (last)
                buffer_append(&out, line.data, line.size);
            else
                print_cell(&out, buffer_bytes(&line), widest + 1);
        }
        fwrite(out.data, 1, out.size, stdout);
        putchar('\n');
        buffer_close(&out);
    }
    buffer_close(&line);
}

static const struct choice *choice_by_word(const struct form *form, struct bytes plain)
{
    const struct choice *found = NULL;
    for (size_t i = 0; i < form->choice_count; i++) {
        const char *label = form->choices[i].label;
        if (plain.size == 0 || plain.size > strlen(label) ||
                strncasecmp(label, (const char *)plain.data, plain.size) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = &form->choices[i];
    }
    return found;
}

const struct choice *form_choice_of(
        const struct form *form, struct bytes plain, bool words, bool *number)
{
    enum { DIGITS_MAX = 3 }; /* four are a code */
    unsigned long value = 0;
    *number = plain.size > 0 && plain.size <= DIGITS_MAX && form->choice_count > 0;
    for (size_t i = 0; i < plain.size && *number; i++) {
        *number = plain.data[i] >= '0' && plain.data[i] <= '9';
        value = 10 * value + (unsigned long)(plain.data[i] - '0');
    }
    if (!*number)
        return words ? choice_by_word(form, plain) : NULL;
    if (value >= 1 && value <= form->choice_count)
        return &form->choices[value - 1];
    char count[24];
    struct buffer sentence = {0};
    snprintf(count, sizeof(count), "%zu", form->choice_count);
    text_say(&sentence, "form.number", (const char *)plain.data, count);
    say_bytes(buffer_bytes(&sentence));
    buffer_close(&sentence);
    return NULL;
}
