/* grid completion: one script a shell, written from the table of commands, so that none of them can
 * fall behind it. What a value may be comes from where it is listed: the table itself ("yes|no"),
 * the words of the field, the names of the commands. */
#include "cli/complete.h"

#include "cli/session.h"
#include "cli/text.h"
#include "proto/words.h"

#include <stdio.h>
#include <string.h>

/* --- what may stand for a placeholder --------------------------------------------------------- */

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
        if ((word[i] < 'a' || word[i] > 'z') && (word[i] < '0' || word[i] > '9'))
            return false;
    return size > 0;
}

/* One alternative of a placeholder. */
static enum offer_type offer_one(struct buffer *words, const char *at, size_t size)
{
    static const struct {
        const char *placeholder;
        const char *(*name)(unsigned);
        const char *tail;
    } listed[] = {{"SOURCE", grid_source_name, ""}, {"STATE", grid_state_name, ""},
            {"SCALE", grid_scale_name, ""}, {"METHOD", grid_method_name, ""},
            {"FIELD", grid_register_name, ""}, {"ROLE@PLACE", grid_role_name, "@"}};
    for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++)
        if (strlen(listed[i].placeholder) == size && memcmp(listed[i].placeholder, at, size) == 0) {
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

enum offer_type complete_offer(struct buffer *words, const char *placeholder)
{
    enum offer_type type = OFFER_NOTHING;
    while (*placeholder != '\0') {
        size_t size = strcspn(placeholder, "|[]");
        enum offer_type one = size > 0 ? offer_one(words, placeholder, size) : OFFER_NOTHING;
        if (type == OFFER_NOTHING)
            type = one;
        placeholder += size + (placeholder[size] != '\0');
    }
    return type;
}

/* --- the table of a script -------------------------------------------------------------------- */

/* A script quotes its table with ', so the table has none. */
static void put_help(struct bytes help)
{
    for (size_t i = 0; i < help.size; i++)
        if (help.data[i] == '\'')
            fputs("’", stdout);
        else
            putchar(help.data[i]);
    putchar('\n');
}

/* WHERE|WHAT|VALUE|HELP: what may stand at a place, what its value may be, what it is for. */
static void put_line(const char *where, const char *what, const char *tail, const char *placeholder,
        struct bytes help)
{
    struct buffer words = {0};
    enum offer_type offer =
            placeholder != NULL ? complete_offer(&words, placeholder) : OFFER_NOTHING;
    printf("%s|%s%s|", where, what, tail);
    if (offer == OFFER_WORDS)
        printf("%.*s", (int)words.size, (const char *)words.data);
    else
        printf("%s", offer == OFFER_FILES ? "@files" : offer == OFFER_FOLDERS ? "@folders" : "");
    putchar('|');
    put_help(help);
    buffer_close(&words);
}

static void put_options(const char *where, const struct option *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        char what[64];
        struct buffer help = {0};
        if (options->flags & OPTION_LATER)
            continue;
        snprintf(what, sizeof(what), "--%s", options->name);
        help_option(&help, options, false);
        put_line(where, what, options->value != NULL ? "=" : "", options->value,
                buffer_bytes(&help));
        buffer_close(&help);
    }
}

/* "CODE +TAG|-TAG…" → <1>, <2+> */
static void put_arguments(const char *where, const char *arguments)
{
    static const char more[] = "…";
    unsigned number = 1;
    for (const char *at = arguments != NULL ? arguments : ""; *at != '\0'; number++) {
        char word[96], what[16];
        size_t size = strcspn(at, " ");
        bool repeats =
                size > strlen(more) && memcmp(at + size - strlen(more), more, strlen(more)) == 0;
        snprintf(word, sizeof(word), "%.*s", (int)(repeats ? size - strlen(more) : size), at);
        snprintf(what, sizeof(what), "<%u%s>", number, repeats ? "+" : "");
        put_line(where, what, "", word, (struct bytes){0});
        at += size + strspn(at + size, " ");
    }
}

static void put_command(const struct command *command)
{
    char where[64], id[80];
    bool first = command == commands || strcmp(command[-1].name, command->name) != 0;
    snprintf(where, sizeof(where), "%s", command->name);
    snprintf(id, sizeof(id), "help.%s", command->name);
    if (first)
        put_line("", command->name, "", NULL, bytes_text(text(id)));
    if (command->sub != NULL) {
        snprintf(id, sizeof(id), "help.%s.%s", command->name, command->sub);
        put_line(where, command->sub, "", NULL, bytes_text(text(id)));
        snprintf(where, sizeof(where), "%s %s", command->name, command->sub);
    }
    put_arguments(where, command->arguments);
    put_options(where, command->options);
}

static void put_table(void)
{
    for (const struct command *command = commands; command->name != NULL; command++)
        if (command->run != NULL)
            put_command(command);
    put_options("*", global_options);
}

/* --- the command ------------------------------------------------------------------------------ */

extern const unsigned char completion_bash[], completion_zsh[], completion_fish[];

int cmd_completion(struct session *session)
{
    static const struct {
        const char *shell;
        const unsigned char *script;
    } scripts[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
    static const char mark[] = "@TABLE@\n";
    const char *shell = session->call.args[0];
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        if (strcmp(scripts[i].shell, shell) != 0)
            continue;
        const char *script = (const char *)scripts[i].script, *table = strstr(script, mark);
        printf("%.*s", (int)(table - script), script);
        put_table();
        fputs(table + strlen(mark), stdout);
        return EXIT_DONE;
    }
    struct grid_error error = {0};
    grid_fail(&error, GRID_USAGE, "shell_unknown", "%s", shell);
    return session_fail(session, &error);
}
