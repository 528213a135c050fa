/* Looks sentences up and puts their arguments in. */
#include "cli/text.h"

#include "proto/status.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct catalogue *chosen = &catalogue_zh;

void text_use_locale(const char *locale)
{
    bool english = locale != NULL && strncmp(locale, "en", 2) == 0;
    chosen = english ? &catalogue_en : &catalogue_zh;
}

void text_use_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            text_use_locale(value);
            return;
        }
    }
    text_use_locale(NULL);
}

static int compare_id(const void *id, const void *entry)
{
    return strcmp(id, ((const struct text_entry *)entry)->id);
}

static const char *find(const struct text_entry *entries, size_t count, const char *id)
{
    const struct text_entry *entry = bsearch(id, entries, count, sizeof(*entries), compare_id);
    return entry != NULL ? entry->text : NULL;
}

const char *text_find(const char *id)
{
    return find(chosen->sentences, chosen->sentence_count, id);
}

const char *text(const char *id)
{
    const char *sentence = text_find(id);
    assert(sentence != NULL);
    return sentence;
}

struct bytes text_word_find(const char *group, struct bytes id)
{
    char name[80];
    if (id.size == 0 || id.size > 48)
        return (struct bytes){0};
    snprintf(name, sizeof(name), "%s.%.*s", group, (int)id.size, (const char *)id.data);
    return bytes_text(find(chosen->words, chosen->word_count, name));
}

struct bytes text_word(const char *group, struct bytes id)
{
    struct bytes word = text_word_find(group, id);
    return word.size != 0 ? word : id;
}

/* "{group}" behind an argument: the length taken, 0 when there is none. */
static size_t read_group(const char *at, char *group, size_t size)
{
    const char *end = at[0] == '{' ? strchr(at, '}') : NULL;
    if (end == NULL || (size_t)(end - at) > size)
        return 0;
    size_t length = (size_t)(end - at) - 1;
    memcpy(group, at + 1, length);
    group[length] = '\0';
    return length + 2;
}

void text_fill(struct buffer *out, const char *sentence, const struct bytes *args, size_t count)
{
    for (const char *at = sentence; *at != '\0';) {
        if (at[0] == '%' && at[1] >= '1' && at[1] <= '9') {
            size_t index = (size_t)(at[1] - '1');
            struct bytes arg = index < count ? args[index] : (struct bytes){0};
            char group[32];
            size_t taken = read_group(at + 2, group, sizeof(group));
            if (taken != 0)
                arg = text_word(group, arg);
            buffer_append(out, arg.data, arg.size);
            at += 2 + taken;
        } else {
            size_t plain = 1 + strcspn(at + 1, "%");
            buffer_append(out, at, plain);
            at += plain;
        }
    }
}

void text_say(struct buffer *out, const char *id, const char *first, const char *second)
{
    const struct bytes args[] = {bytes_text(first), bytes_text(second)};
    text_fill(out, text(id), args, 2);
}

static size_t split(struct bytes detail, struct bytes args[static TEXT_ARGS_MAX])
{
    size_t count = 0;
    const uint8_t *at = detail.data, *end = detail.data + detail.size;
    while (detail.size != 0 && count < TEXT_ARGS_MAX) {
        const uint8_t *stop = memchr(at, GRID_ARG[0], (size_t)(end - at));
        if (stop == NULL || count == TEXT_ARGS_MAX - 1)
            stop = end;
        args[count++] = bytes_of(at, (size_t)(stop - at));
        if (stop == end)
            break;
        at = stop + 1;
    }
    return count;
}

void text_fill_detail(struct buffer *out, const char *sentence, struct bytes detail)
{
    struct bytes args[TEXT_ARGS_MAX];
    text_fill(out, sentence, args, split(detail, args));
}

void text_reason(struct buffer *out, const char *reason, struct bytes detail)
{
    struct bytes args[TEXT_ARGS_MAX];
    size_t count = split(detail, args);
    const char *sentence = find(chosen->reasons, chosen->reason_count, reason);
    if (sentence != NULL) {
        text_fill(out, sentence, args, count);
        return;
    }
    struct buffer joined = {0};
    for (size_t i = 0; i < count; i++) {
        buffer_append(&joined, i == 0 ? ": " : ", ", 2);
        buffer_append(&joined, args[i].data, args[i].size);
    }
    const struct bytes generic[] = {bytes_text(reason), buffer_bytes(&joined)};
    text_fill(out, text("error.unknown"), generic, 2);
    buffer_close(&joined);
}

void text_reason_word(struct buffer *out, struct bytes reason)
{
    char id[GRID_REASON_BYTES];
    snprintf(id, sizeof(id), "%.*s", (int)reason.size, (const char *)reason.data);
    struct bytes word = text_word_find("void", reason);
    if (word.size == 0)
        word = text_word_find("link", reason);
    if (word.size != 0)
        buffer_append(out, word.data, word.size);
    else
        text_reason(out, id, (struct bytes){0});
}

void text_error(struct buffer *out, const struct grid_error *error)
{
    if (error->reason[0] != '\0') {
        text_reason(out, error->reason, bytes_text(error->detail));
        return;
    }
    char id[64];
    snprintf(id, sizeof(id), "error.%s", grid_status_word(error->status));
    buffer_append(out, text(id), strlen(text(id)));
}

void text_duration(struct buffer *out, uint64_t seconds)
{
    static const struct {
        uint64_t seconds;
        const char *id;
    } units[] = {{86400, "duration.days"}, {3600, "duration.hours"}, {60, "duration.minutes"},
            {1, "duration.seconds"}};
    size_t i = 0;
    /* 90 minutes read better than "1 hour" */
    while (units[i].seconds > 1 && seconds < 2 * units[i].seconds)
        i++;
    char number[24];
    snprintf(number, sizeof(number), "%" PRIu64, seconds / units[i].seconds);
    text_say(out, units[i].id, number, NULL);
}
