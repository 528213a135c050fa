/* Build tool: `man TEMPLATE LOCALE` writes the manual page of grid. The prose stands in the
 * template; for its lines @COMMANDS@ and @OPTIONS@ comes what grid help says, from the same tables
 * and the same catalogue, so that neither repeats the other. */
#include "cli/session.h"
#include "cli/text.h"

#include <stdio.h>
#include <string.h>

/* Text as roff takes it literally; each line of it starts a line of ours. */
static void put_text(struct bytes text)
{
    bool first = true;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (first && (byte == '.' || byte == '\''))
            fputs("\\&", stdout);
        if (byte == '\\')
            fputs("\\e", stdout);
        else if (byte == '-')
            fputs("\\-", stdout);
        else
            putchar(byte);
        first = byte == '\n';
    }
}

static void put_line(const char *text)
{
    put_text(bytes_text(text));
    putchar('\n');
}

/* Lines that keep their ends and blanks. */
static void put_lines(const char *text)
{
    puts(".nf");
    put_line(text);
    puts(".fi");
}

/* "CODE [TEXT]" → 案码 [文字] */
static void put_usage(const char *usage)
{
    struct buffer words = {0};
    if (usage == NULL)
        return;
    text_usage(&words, usage);
    putchar(' ');
    put_text(buffer_bytes(&words));
    buffer_close(&words);
}

static void put_options(const struct option *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        struct buffer help = {0};
        if (options->flags & OPTION_LATER)
            continue;
        fputs(".TP\n\\fB\\-\\-", stdout);
        put_text(bytes_text(options->name));
        fputs("\\fR", stdout);
        put_usage(options->value);
        putchar('\n');
        help_option(&help, options, true);
        put_text(buffer_bytes(&help));
        putchar('\n');
        buffer_close(&help);
    }
}

static const char *help_of(const struct command *command, const char *more)
{
    char id[96];
    snprintf(id, sizeof(id), "help.%s%s%s%s", command->name, command->sub != NULL ? "." : "",
            command->sub != NULL ? command->sub : "", more);
    return text_find(id);
}

static void put_command(const struct command *command)
{
    struct buffer next = {0};
    fputs(".TP\n\\fBgrid ", stdout);
    put_text(bytes_text(command->name));
    if (command->sub != NULL) {
        putchar(' ');
        put_text(bytes_text(command->sub));
    }
    fputs("\\fR", stdout);
    put_usage(command->arguments);
    if (command->options != NULL)
        printf(" %s", text("help.with_options"));
    putchar('\n');
    put_line(help_of(command, ""));
    puts(".RS");
    put_options(command->options);
    if (help_of(command, ".more") != NULL) {
        puts(".PP");
        put_lines(help_of(command, ".more"));
    }
    puts(".PP");
    put_line(text("help.example"));
    puts(".RS 2");
    put_lines(help_of(command, ".example"));
    puts(".RE\n.PP");
    text_say(&next, "help.next", help_of(command, ".next"), NULL);
    put_text(buffer_bytes(&next));
    puts("\n.RE");
    buffer_close(&next);
}

static void put_commands(void)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (command->heading != NULL) {
            char id[64];
            snprintf(id, sizeof(id), "help.heading.%s", command->heading);
            fputs(".SS ", stdout);
            put_line(text(id));
        }
        if (command->run != NULL)
            put_command(command);
    }
}

int main(int argc, char **argv)
{
    char line[1024];
    FILE *template = argc == 3 ? fopen(argv[1], "r") : NULL;
    if (template == NULL) {
        fprintf(stderr, "usage: man TEMPLATE LOCALE\n");
        return 2;
    }
    text_use_locale(argv[2]);
    while (fgets(line, sizeof(line), template) != NULL)
        if (strcmp(line, "@COMMANDS@\n") == 0)
            put_commands();
        else if (strcmp(line, "@OPTIONS@\n") == 0)
            put_options(global_options);
        else
            fputs(line, stdout);
    fclose(template);
    return fflush(stdout) == 0 ? 0 : 1;
}
