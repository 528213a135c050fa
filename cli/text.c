/* Looks sentences up and puts their arguments in. */
#include "cli/text.h"

#include "proto/status.h"

#include <assert.h>
#include <errno.h>
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
    return bytes_text(find(chosen->words->entries, chosen->words->count, name));
}

struct bytes text_word(const char *group, struct bytes id)
{
    struct bytes word = text_word_find(group, id);
    return word.size != 0 ? word : id;
}

/* --- identifiers in words, and words for identifiers ------------------------------------------ */

static void append(struct buffer *out, struct bytes text)
{
    buffer_append(out, text.data, text.size);
}

/* "U1 特急", "U2 urgent", "涉矿 mining", "mass (50 and more)"; but of "head of households" nobody
 * can tell what to type. */
static bool shows_identifier(struct bytes word, struct bytes id)
{
    bool leads = word.size > id.size + 1 && memcmp(word.data, id.data, id.size) == 0;
    bool foreign = leads && (word.data[id.size + 1] == '(' || id.data[0] == 'U');
    for (size_t i = 0; i < word.size; i++)
        foreign = foreign || word.data[i] >= 0x80;
    return foreign && memmem(word.data, word.size, id.data, id.size) != NULL;
}

/* "patrol, head" or "title text": each identifier with its name, for who must type one; the names
 * alone for who only reads. */
static void append_list(struct buffer *out, const char *group, struct bytes list, bool identifiers)
{
    size_t at = 0;
    for (bool first = true; at < list.size; first = false) {
        size_t end = at;
        while (end < list.size && list.data[end] != ',' && list.data[end] != ' ')
            end++;
        struct bytes id = bytes_of(list.data + at, end - at);
        struct bytes word = text_word_find(group, id);
        bool named = bytes_equal(word, id) || shows_identifier(word, id) ||
                     (!identifiers && word.size > 0);
        if (!first)
            append(out, bytes_text(text("list.and")));
        if (!named)
            append(out, id);
        if (!named && word.size > 0)
            append(out, bytes_text(" "));
        append(out, word);
        for (at = end; at < list.size && (list.data[at] == ',' || list.data[at] == ' ');)
            at++;
    }
}

void text_usage(struct buffer *out, const char *usage)
{
    while (*usage != '\0') {
        size_t size = strspn(usage, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (size == 0) {
            size = 1;
            append(out, bytes_of(usage, size));
        } else {
            append(out, text_word("usage", bytes_of(usage, size)));
        }
        usage += size;
    }
}

/* "群体（10–49 人）" is 群体 too, and a word that shows its identifier, "U1 特急" or "涉矿 mining",
 * is what stands beside it too. */
static bool word_is(const char *id, const char *word, struct bytes typed)
{
    const char *open = strstr(word, "（");
    size_t size = strlen(word), head = open != NULL ? (size_t)(open - word) : size;
    size_t id_size = strlen(id), rest = size - id_size - 1;
    if (bytes_equal(typed, bytes_of(word, size)) || bytes_equal(typed, bytes_of(word, head)))
        return true;
    if (size < id_size + 2)
        return false;
    bool leads = strncmp(word, id, id_size) == 0 && word[id_size] == ' ';
    bool ends = strcmp(word + rest + 1, id) == 0 && word[rest] == ' ';
    return (leads && bytes_equal(typed, bytes_text(word + id_size + 1))) ||
           (ends && bytes_equal(typed, bytes_of(word, rest)));
}

bool text_names(const char *group, const char *id, struct bytes typed)
{
    static const struct catalogue *const all[] = {&catalogue_zh, &catalogue_en};
    char name[80], title[80];
    snprintf(name, sizeof(name), "%s.%s", group, id);
    snprintf(title, sizeof(title), "member.%s", id);
    for (size_t i = 0; i < 2; i++) {
        const char *word = find(all[i]->words->entries, all[i]->words->count, name);
        const char *shown = find(all[i]->sentences, all[i]->sentence_count, title);
        if ((word != NULL && word_is(id, word, typed)) ||
                (strcmp(group, "field") == 0 && shown != NULL &&
                        bytes_equal(typed, bytes_text(shown))))
            return true;
    }
    return false;
}

const char *text_identifier(const char *group, struct bytes typed)
{
    size_t group_size = strlen(group); /* both catalogues have the same ids */
    for (size_t i = 0; i < words_zh.count && typed.size > 0; i++) {
        const char *id = words_zh.entries[i].id;
        if (strncmp(id, group, group_size) == 0 && id[group_size] == '.' &&
                text_names(group, id + group_size + 1, typed))
            return id + group_size + 1;
    }
    return NULL;
}

/* --- filling in ------------------------------------------------------------------------------- */

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

/* "%1" as it is, "%1{group}" its name, "%1{group*}" a list of identifiers with their names,
 * "%1{group+}" of the names alone, "%1{usage}" the words of a help line, "%1{time}" a time. */
static void fill_argument(struct buffer *out, char *group, struct bytes arg)
{
    size_t size = group != NULL ? strlen(group) : 0;
    char usage[256];
    bool identifiers = size > 0 && group[size - 1] == '*';
    if (identifiers || (size > 0 && group[size - 1] == '+')) {
        group[size - 1] = '\0';
        append_list(out, group, arg, identifiers);
    } else if (size > 0 && strcmp(group, "time") == 0 && arg.size > 16 && arg.data[10] == 'T') {
        append(out, bytes_of(arg.data, 10)); /* 2026-11-21T09:30:00+08:00 → 2026-11-21 09:30 */
        append(out, bytes_text(" "));
        append(out, bytes_of(arg.data + 11, 5));
    } else if (size > 0 && strcmp(group, "usage") == 0 && arg.size < sizeof(usage)) {
        snprintf(usage, sizeof(usage), "%.*s", (int)arg.size, (const char *)arg.data);
        text_usage(out, usage);
    } else {
        append(out, size > 0 ? text_word(group, arg) : arg);
    }
}

void text_fill(struct buffer *out, const char *sentence, const struct bytes *args, size_t count)
{
    for (const char *at = sentence; *at != '\0';) {
        if (at[0] == '%' && at[1] >= '1' && at[1] <= '9') {
            size_t index = (size_t)(at[1] - '1');
            struct bytes arg = index < count ? args[index] : (struct bytes){0};
            char group[32];
            size_t taken = read_group(at + 2, group, sizeof(group));
            fill_argument(out, taken != 0 ? group : NULL, arg);
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

const char *text_errno(int failed)
{
    switch (failed) {
    case ENOENT:
        return "missing";
    case EACCES:
    case EPERM:
        return "not_permitted";
    case EISDIR:
        return "folder";
    case ENOTDIR:
        return "no_folder";
    case ENAMETOOLONG:
        return "long_name";
    case EIO:
        return "disk";
    case ENFILE:
    case EMFILE:
        return "many_files";
    default:
        return strerror(failed);
    }
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
