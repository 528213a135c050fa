/* grid help: made from the tables of commands and options, so that it cannot fall behind them. */
#include "cli/complete.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <stdio.h>
#include <string.h>

/* "report", "conflicts show" */
static void full_name(char *out, size_t size, const struct command *command, char between)
{
    if (command->sub != NULL)
        snprintf(out, size, "%s%c%s", command->name, between, command->sub);
    else
        snprintf(out, size, "%s", command->name);
}

static const char *help_of(const struct command *command, const char *more)
{
    char name[64], id[96];
    full_name(name, sizeof(name), command, '.');
    snprintf(id, sizeof(id), "help.%s%s", name, more);
    return text_find(id);
}

static void usage_of(char *out, size_t size, const struct command *command)
{
    char name[64];
    struct buffer words = {0};
    full_name(name, sizeof(name), command, ' ');
    if (command->arguments != NULL) {
        buffer_append(&words, " ", 1);
        text_usage(&words, command->arguments);
    }
    snprintf(out, size, "%s%.*s", name, (int)words.size, (const char *)words.data);
    buffer_close(&words);
}

static void print_two(const char *left, int cells, const char *right)
{
    struct buffer line = {0};
    print_cell(&line, bytes_text(left), cells);
    printf("  %.*s  %s\n", (int)line.size, (const char *)line.data, right != NULL ? right : "");
    buffer_close(&line);
}

void help_option(struct buffer *out, const struct option *option, bool words)
{
    static const char mark[] = "%1", colon[] = "：";
    char id[64];
    struct buffer offered = {0};
    snprintf(id, sizeof(id), "option.%s", option->help != NULL ? option->help : option->name);
    const char *help = text(id), *list = strstr(help, mark);
    if (words && list != NULL) {
        (void)complete_offer(&offered, option->value);
        const struct bytes args[] = {buffer_bytes(&offered)};
        text_fill(out, help, args, 1);
    } else {
        size_t size = list != NULL ? (size_t)(list - help) : strlen(help);
        if (list != NULL && size > strlen(colon))
            size -= help[size - 1] == ' ' ? 2 : strlen(colon);
        buffer_append(out, help, size);
    }
    buffer_close(&offered);
}

static void print_options(const struct option *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        char left[96];
        struct buffer words = {0}, help = {0};
        if (options->flags & OPTION_LATER)
            continue;
        if (options->value != NULL)
            text_usage(&words, options->value);
        snprintf(left, sizeof(left), "--%s%s%.*s", options->name, words.size > 0 ? " " : "",
                (int)words.size, (const char *)words.data);
        help_option(&help, options, true);
        buffer_append(&help, "", 1);
        print_two(left, 28, (const char *)help.data);
        buffer_close(&help);
        buffer_close(&words);
    }
}

static json_t *options_json(const struct option *options)
{
    json_t *names = json_array();
    for (; options != NULL && options->name != NULL; options++)
        if (!(options->flags & OPTION_LATER))
            json_array_append_new(names, json_string(options->name));
    return names;
}

static json_t *command_json(const struct command *command)
{
    char name[64], usage[160];
    usage_of(usage, sizeof(usage), command);
    json_t *object = json_object();
    full_name(name, sizeof(name), command, ' ');
    json_object_set_new(object, "name", json_string(name));
    json_object_set_new(object, "command", json_string(usage));
    json_object_set_new(object, "help", json_string(help_of(command, "")));
    json_object_set_new(object, "example", json_string(help_of(command, ".example")));
    json_object_set_new(object, "next", json_string(help_of(command, ".next")));
    json_object_set_new(object, "options", options_json(command->options));
    return object;
}

int help_command(struct session *session, const struct command *command)
{
    if (command->run == NULL) {
        struct grid_error error = {0};
        grid_fail(&error, GRID_USAGE, "command_later", "%s", command->name);
        return session_fail(session, &error);
    }
    if (session->json) {
        json_print(command_json(command));
        return EXIT_DONE;
    }
    char usage[160];
    usage_of(usage, sizeof(usage), command);
    printf("grid %s", usage);
    for (const struct option *option = command->options; option != NULL && option->name != NULL;
            option++)
        if (option->flags & OPTION_NEEDED) {
            struct buffer words = {0};
            text_usage(&words, option->value);
            printf(" --%s %.*s", option->name, (int)words.size, (const char *)words.data);
            buffer_close(&words);
        }
    printf("%s%s\n\n%s\n", command->options != NULL ? " " : "",
            command->options != NULL ? text("help.with_options") : "", help_of(command, ""));
    printf("\n%s\n  %s\n", text("help.example"), help_of(command, ".example"));
    if (command->options != NULL) {
        printf("\n%s\n", text("help.options"));
        print_options(command->options);
    }
    const char *more = help_of(command, ".more");
    if (more != NULL)
        printf("\n%s\n", more);
    putchar('\n');
    show_line("help.next", bytes_text(help_of(command, ".next")));
    printf("\n%s\n", text("help.global"));
    print_options(global_options);
    return EXIT_DONE;
}

int help_overview(struct session *session)
{
    if (session->json) {
        json_t *list = json_array(), *answer = json_object();
        for (const struct command *command = commands; command->name != NULL; command++)
            if (command->run != NULL)
                json_array_append_new(list, command_json(command));
        json_object_set_new(answer, "commands", list);
        json_object_set_new(answer, "options", options_json(global_options));
        json_print(answer);
        return EXIT_DONE;
    }
    printf("%s\n", text("help.head"));
    for (const struct command *command = commands; command->name != NULL; command++) {
        char usage[160];
        usage_of(usage, sizeof(usage), command);
        if (command->heading != NULL) {
            char id[64];
            snprintf(id, sizeof(id), "help.heading.%s", command->heading);
            printf("\n%s\n", text(id));
        }
        if (command->run != NULL)
            print_two(usage, 30, help_of(command, ""));
    }
    printf("\n%s\n", text("help.global"));
    print_options(global_options);
    printf("\n%s\n", text("help.foot"));
    return EXIT_DONE;
}

int cmd_help(struct session *session)
{
    const struct invocation *call = &session->call;
    if (call->arg_count == 0)
        return help_overview(session);
    const char *name = call->args[0], *sub = call->arg_count > 1 ? call->args[1] : NULL;
    const struct command *first = NULL;
    size_t shown = 0;
    for (const struct command *command = commands; command->name != NULL; command++) {
        bool fits = strcmp(command->name, name) == 0 &&
                    (sub == NULL || (command->sub != NULL && strcmp(command->sub, sub) == 0));
        if (!fits)
            continue;
        if (first != NULL && !session->json) {
            char usage[160];
            usage_of(usage, sizeof(usage), command);
            if (shown++ == 0)
                printf("\n%s\n", text("help.also"));
            print_two(usage, 30, help_of(command, ""));
        } else if (first == NULL) {
            first = command;
            int code = help_command(session, command);
            if (code != EXIT_DONE)
                return code;
        }
    }
    if (first != NULL)
        return EXIT_DONE;
    struct grid_error error = {0};
    grid_fail(&error, GRID_USAGE, "command_unknown", "%s", name);
    return session_fail(session, &error);
}
