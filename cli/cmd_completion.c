/* grid completion: one script a shell, written from the table of commands, so that none of them can
 * fall behind it. */
#include "cli/complete.h"

#include "cli/session.h"
#include "cli/text.h"

#include <stdio.h>
#include <string.h>

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
static void put_line(const char *where, const char *what, const char *tail, const char *value_name,
        struct bytes help)
{
    struct buffer words = {0};
    enum offer_type offer = value_name != NULL ? complete_offer(&words, value_name) : OFFER_NOTHING;
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
