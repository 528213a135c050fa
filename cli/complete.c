/* What a value may be comes from where it is listed: the table itself ("yes|no"), the words of the
 * field, the names of the commands. */
#include "cli/complete.h"

#include "cli/session.h"
#include "proto/words.h"

#include <string.h>

static void add_word(struct buffer *words, const char *word, size_t size, const char *tail)
{
    if (words->size > 0)
        buffer_append(words, " ", 1);
    buffer_append(words, word, size);
    buffer_append(words, tail, strlen(tail));
}

static void add_named(struct buffer *words, const char *(*name)(unsigned), const char *tail)
{
    for (unsigned number = 1; name(number) != NULL; number++)
        add_word(words, name(number), strlen(name(number)), tail);
}

static void add_commands(struct buffer *words)
{
    for (const struct command *command = commands; command->name != NULL; command++)
        if (command->run != NULL && (command->sub == NULL || command[-1].name == NULL ||
                                            strcmp(command[-1].name, command->name) != 0))
            add_word(words, command->name, strlen(command->name), "");
}

/* "U1…U4": the last character runs from the first to the other. */
static bool add_range(struct buffer *words, const char *at, size_t size)
{
    static const char dots[] = "…";
    const char *gap = memmem(at, size, dots, strlen(dots));
    size_t head = gap != NULL ? (size_t)(gap - at) : 0;
    if (head == 0 || head + strlen(dots) + head != size ||
            memcmp(at, gap + strlen(dots), head - 1) != 0)
        return false;
    for (char last = at[head - 1]; last <= at[size - 1]; last++) {
        const char tail[] = {last, '\0'};
        add_word(words, at, head - 1, tail);
    }
    return true;
}

/* A word that is typed as it stands: yes, 1, bash. */
static bool is_fixed(const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((word[i] < 'a' || word[i] > 'z') && (word[i] < '0' || word[i] > '9') && word[i] != '_')
            return false;
    return size > 0;
}

/* One alternative of it. */
static enum offer_type offer_one(struct buffer *words, const char *at, size_t size)
{
    static const struct {
        const char *value_name;
        const char *(*name)(unsigned);
        const char *tail;
    } listed[] = {{"SOURCE", grid_source_name, ""}, {"STATE", grid_state_name, ""},
            {"SCALE", grid_scale_name, ""}, {"METHOD", grid_method_name, ""},
            {"FIELD", grid_register_name, ""}, {"ROLE@PLACE", grid_role_name, "@"}};
    for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++)
        if (strlen(listed[i].value_name) == size && memcmp(listed[i].value_name, at, size) == 0) {
            add_named(words, listed[i].name, listed[i].tail);
            return OFFER_WORDS;
        }
    if (size >= 4 && memcmp(at, "FILE", 4) == 0)
        return OFFER_FILES;
    if (size == 3 && memcmp(at, "DIR", 3) == 0)
        return OFFER_FOLDERS;
    if (size == 7 && memcmp(at, "COMMAND", 7) == 0) {
        add_commands(words);
        return OFFER_WORDS;
    }
    if (add_range(words, at, size))
        return OFFER_WORDS;
    if (!is_fixed(at, size))
        return OFFER_NOTHING;
    add_word(words, at, size, "");
    return OFFER_WORDS;
}

enum offer_type complete_offer(struct buffer *words, const char *value_name)
{
    enum offer_type type = OFFER_NOTHING;
    while (*value_name != '\0') {
        size_t size = strcspn(value_name, "|[]");
        enum offer_type one = size > 0 ? offer_one(words, value_name, size) : OFFER_NOTHING;
        if (type == OFFER_NOTHING)
            type = one;
        value_name += size + (value_name[size] != '\0');
    }
    return type;
}
