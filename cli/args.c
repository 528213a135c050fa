/* The option parser. Nothing here knows a command: the tables say what is permitted. */
#include "cli/args.h"

#include "cli/normalise.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct option global_options[] = {
        {.name = "home", .value = "DIR", .flags = OPTION_PATH},
        {.name = "json"},
        {.name = "as", .value = "KEY", .field = "as"},
        {.name = "post", .value = "ROLE@PLACE", .field = "post"},
        {.name = "if", .value = "VERSION", .field = "if"},
        {.name = "ambiguous", .value = "1|2"},
        {.name = "help"},
        {.name = "version"},
        {0},
};

enum { NAMES_MAX = 128, NEAR_TEXT_MAX = 32 };

/* Edits (insert, drop, change, swap of neighbours) from a to b, for short names. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][NEAR_TEXT_MAX + 1];
    size_t a_size = strlen(a), b_size = strlen(b);
    if (a_size > NEAR_TEXT_MAX || b_size > NEAR_TEXT_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                    before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[a_size % 3][b_size];
}

const char *args_nearest(const char *typed, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t best = strlen(typed) <= 4 ? 2 : 3; /* must be nearer than this */
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(typed, names[i]);
        if (distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

enum grid_status args_normalise(struct bytes typed, const char *where, struct arena *arena,
        struct bytes *out, struct grid_error *error)
{
    struct buffer text = {0};
    enum grid_status status = normalise_nfc(typed, &text);
    if (status == GRID_INVALID)
        status = grid_fail(error, GRID_INVALID, "text_encoding", "%s", where);
    if (status == GRID_OK) {
        normalise_lines(&text);
        char *copy = arena_text(arena, buffer_bytes(&text));
        if (copy == NULL)
            status = GRID_NOMEM;
        else
            *out = bytes_of(copy, text.size);
    }
    buffer_close(&text);
    return status;
}

static size_t name_size(const char *option)
{
    return strcspn(option, "=");
}

static const struct option *find_option(const struct option *options, const char *name, size_t size)
{
    for (; options != NULL && options->name != NULL; options++)
        if (strlen(options->name) == size && memcmp(options->name, name, size) == 0)
            return options;
    return NULL;
}

static bool is_option(const char *arg)
{
    return arg[0] == '-' && arg[1] == '-' && arg[2] != '\0';
}

/* --- which command ---------------------------------------------------------------------------- */

static bool has_name(const struct command *commands, const char *name)
{
    for (; commands->name != NULL; commands++)
        if (strcmp(commands->name, name) == 0)
            return true;
    return false;
}

static const struct command *find_command(
        const struct command *commands, const char *name, const char *sub)
{
    for (; commands->name != NULL; commands++) {
        bool fits = sub == NULL ? commands->sub == NULL
                                : commands->sub != NULL && strcmp(commands->sub, sub) == 0;
        if (strcmp(commands->name, name) == 0 && fits)
            return commands;
    }
    return NULL;
}

/* An option of any command of that name; where the name is not known yet, a global one. */
static const struct option *find_any(
        const struct command *commands, const char *name, const char *typed)
{
    size_t size = name_size(typed);
    const struct option *option = find_option(global_options, typed, size);
    for (; option == NULL && name != NULL && commands->name != NULL; commands++)
        if (strcmp(commands->name, name) == 0)
            option = find_option(commands->options, typed, size);
    return option;
}

/* The words of the command are the first one or two arguments that are no options or their values.
 */
static void find_words(const struct command *commands, int argc, char **argv, int words[static 2])
{
    const char *name = NULL;
    int count = 0;
    for (int i = 1; i < argc && count < 2; i++) {
        if (strcmp(argv[i], "--") == 0)
            break;
        if (is_option(argv[i])) {
            const struct option *option = find_any(commands, name, argv[i] + 2);
            if (option != NULL && option->value != NULL && strchr(argv[i], '=') == NULL)
                i++;
            continue;
        }
        words[count++] = i;
        name = argv[words[0]];
    }
}

static enum grid_status unknown_command(
        const struct command *commands, const char *typed, struct grid_error *error)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (; commands->name != NULL && count < NAMES_MAX; commands++)
        names[count++] = commands->name;
    const char *near = args_nearest(typed, names, count);
    if (near != NULL)
        return grid_fail(
                error, GRID_USAGE, "command_unknown_near", "%s" GRID_ARG "%s", typed, near);
    return grid_fail(error, GRID_USAGE, "command_unknown", "%s", typed);
}

static enum grid_status unknown_sub(const struct command *commands, const char *name,
        const char *typed, struct grid_error *error)
{
    char permitted[256] = "";
    for (; commands->name != NULL; commands++) {
        size_t used = strlen(permitted);
        if (strcmp(commands->name, name) == 0 && commands->sub != NULL)
            snprintf(permitted + used, sizeof(permitted) - used, "%s%s", used != 0 ? ", " : "",
                    commands->sub);
    }
    if (typed == NULL)
        return grid_fail(error, GRID_USAGE, "sub_missing", "%s" GRID_ARG "%s", name, permitted);
    return grid_fail(error, GRID_USAGE, "sub_unknown", "%s" GRID_ARG "%s" GRID_ARG "%s", name,
            typed, permitted);
}

static enum grid_status choose_command(struct invocation *out, const struct command *commands,
        char **argv, int words[static 2], struct grid_error *error)
{
    if (words[0] == 0)
        return GRID_OK; /* the caller answers --help, --version or shows the help */
    const char *name = argv[words[0]];
    if (!has_name(commands, name))
        return unknown_command(commands, name, error);
    const char *sub = words[1] != 0 ? argv[words[1]] : NULL;
    const struct command *plain = find_command(commands, name, NULL);
    out->command = sub != NULL ? find_command(commands, name, sub) : plain;
    if (out->command != NULL && out->command->sub != NULL)
        return GRID_OK;
    words[1] = 0; /* an argument, not a word of the command */
    out->command = plain;
    if (plain == NULL)
        return unknown_sub(commands, name, sub, error);
    /* "conflicts sow": the plain command takes no arguments, so the word was meant as a sub. */
    if (sub != NULL && plain->args_max == 0 && plain[1].name != NULL &&
            strcmp(plain[1].name, name) == 0)
        return unknown_sub(commands, name, sub, error);
    return GRID_OK;
}

/* --- options and arguments -------------------------------------------------------------------- */

static enum grid_status unknown_option(
        const struct command *command, const char *typed, struct grid_error *error)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    char name[NEAR_TEXT_MAX + 1], permitted[GRID_DETAIL_BYTES / 2] = "";
    const struct option *const tables[] = {
            command != NULL ? command->options : NULL, global_options};
    for (size_t t = 0; t < 2; t++)
        for (const struct option *option = tables[t];
                option != NULL && option->name != NULL && count < NAMES_MAX; option++) {
            size_t used = strlen(permitted);
            names[count++] = option->name;
            if (!(option->flags & OPTION_LATER))
                snprintf(permitted + used, sizeof(permitted) - used, "%s--%s", used != 0 ? " " : "",
                        option->name);
        }
    snprintf(name, sizeof(name), "%.*s", (int)name_size(typed), typed);
    const char *near = args_nearest(name, names, count);
    if (near != NULL)
        return grid_fail(error, GRID_USAGE, "option_unknown_near",
                "--%s" GRID_ARG "--%s" GRID_ARG "%s", name, near, permitted);
    return grid_fail(error, GRID_USAGE, "option_unknown", "--%s" GRID_ARG "%s", name, permitted);
}

static enum grid_status take_option(struct invocation *out, const struct option *option,
        const char *value, struct arena *arena, struct grid_error *error)
{
    for (size_t i = 0; i < out->given_count; i++)
        if (out->given[i].option == option && !(option->flags & OPTION_REPEAT) &&
                option->value != NULL)
            return grid_fail(error, GRID_USAGE, "option_twice", "--%s", option->name);
    struct given *given = &out->given[out->given_count];
    char where[64];
    snprintf(where, sizeof(where), "--%s", option->name);
    if (value[0] == '\0' && (option->flags & (OPTION_PATH | OPTION_FILLED)))
        return grid_fail(error, GRID_USAGE, "option_empty", "--%s" GRID_ARG "%s", option->name,
                option->value);
    given->value = bytes_text(value);
    enum grid_status status = GRID_OK;
    if (!(option->flags & OPTION_PATH))
        status = args_normalise(bytes_text(value), where, arena, &given->value, error);
    if (status != GRID_OK)
        return status;
    given->option = option;
    out->given_count++;
    return GRID_OK;
}

/* argv[*at] is an option; *at moves on when its value is the next argument. */
static enum grid_status read_option(struct invocation *out, int argc, char **argv, int *at,
        struct arena *arena, struct grid_error *error)
{
    const char *typed = argv[*at] + 2;
    const char *equals = strchr(typed, '=');
    const struct option *own = out->command != NULL ? out->command->options : NULL;
    const struct option *option = find_option(own, typed, name_size(typed));
    if (option == NULL)
        option = find_option(global_options, typed, name_size(typed));
    if (option == NULL)
        return unknown_option(out->command, typed, error);
    if (option->flags & OPTION_LATER)
        return grid_fail(error, GRID_USAGE, "option_later", "--%s", option->name);
    if (option->value == NULL) {
        if (equals != NULL)
            return grid_fail(error, GRID_USAGE, "option_no_value", "--%s", option->name);
        return take_option(out, option, "", arena, error);
    }
    if (equals != NULL)
        return take_option(out, option, equals + 1, arena, error);
    /* "--title --text x" forgot the title; who means it writes --title=--text */
    bool missing = *at + 1 >= argc ||
                   (is_option(argv[*at + 1]) &&
                           (find_option(own, argv[*at + 1] + 2, name_size(argv[*at + 1] + 2)) ||
                                   find_option(global_options, argv[*at + 1] + 2,
                                           name_size(argv[*at + 1] + 2))));
    if (missing)
        return grid_fail(error, GRID_USAGE, "option_needs_value", "--%s" GRID_ARG "%s",
                option->name, option->value);
    (*at)++;
    return take_option(out, option, argv[*at], arena, error);
}

static enum grid_status check_counts(const struct invocation *call, struct grid_error *error)
{
    const struct command *command = call->command;
    if (command == NULL || command->run == NULL || args_option(call, "help") != NULL)
        return GRID_OK;
    const char *blank = command->sub != NULL ? " " : "",
               *sub = command->sub != NULL ? command->sub : "";
    if ((int)call->arg_count < command->args_min)
        return grid_fail(error, GRID_USAGE, "argument_missing", "%s%s%s" GRID_ARG "%s",
                command->name, blank, sub, command->arguments);
    if (command->args_max >= 0 && (int)call->arg_count > command->args_max) {
        const char *extra = call->args[command->args_max];
        if (extra[0] == '-' && extra[1] != '\0')
            return grid_fail(error, GRID_USAGE, "option_dashes", "%s" GRID_ARG "-%s" GRID_ARG "%s",
                    extra, extra, command->name);
        if (command->args_max == 0)
            return grid_fail(error, GRID_USAGE, "argument_none", "%s" GRID_ARG "%s%s%s", extra,
                    command->name, blank, sub);
        return grid_fail(error, GRID_USAGE, "argument_unexpected",
                "%s" GRID_ARG "%s%s%s" GRID_ARG "%s", extra, command->name, blank, sub,
                command->arguments);
    }
    for (const struct option *option = command->options; option != NULL && option->name != NULL;
            option++)
        if ((option->flags & OPTION_NEEDED) && args_option(call, option->name) == NULL)
            return grid_fail(error, GRID_USAGE, "option_missing", "%s%s%s" GRID_ARG "--%s %s",
                    command->name, blank, sub, option->name, option->value);
    return GRID_OK;
}

static enum grid_status take_argument(struct invocation *out, int number, const char *typed,
        struct arena *arena, struct grid_error *error)
{
    struct bytes arg = bytes_text(typed);
    enum grid_status status = GRID_OK;
    if (out->command == NULL || !out->command->paths)
        status = args_normalise(bytes_text(typed), "", arena, &arg, error);
    if (status == GRID_INVALID)
        return grid_fail(error, GRID_INVALID, "argument_encoding", "%d", number);
    if (status == GRID_OK)
        out->args[out->arg_count++] = (const char *)arg.data;
    return status;
}

enum grid_status args_parse(struct invocation *out, const struct command *commands, int argc,
        char **argv, struct arena *arena, struct grid_error *error)
{
    int words[2] = {0, 0};
    *out = (struct invocation){
            .given = arena_alloc_array(arena, (size_t)argc + 1, sizeof(struct given)),
            .args = arena_alloc_array(arena, (size_t)argc + 1, sizeof(char *)),
    };
    if (out->given == NULL || out->args == NULL)
        return GRID_NOMEM;
    find_words(commands, argc, argv, words);
    enum grid_status status = GRID_OK;
    for (int i = 1; i < words[0] && status == GRID_OK; i++)
        if (is_option(argv[i]) && find_any(commands, NULL, argv[i] + 2) == NULL)
            status = unknown_option(NULL, argv[i] + 2, error);
    if (status == GRID_OK)
        status = choose_command(out, commands, argv, words, error);
    if (status == GRID_OK && out->command != NULL && out->command->run == NULL)
        status = grid_fail(error, GRID_USAGE, "command_later", "%s", out->command->name);

    bool only_args = false;
    for (int i = 1; i < argc && status == GRID_OK; i++) {
        if (i == words[0] || (i == words[1] && words[1] != 0))
            continue;
        if (!only_args && strcmp(argv[i], "--") == 0) {
            only_args = true;
        } else if (!only_args && strcmp(argv[i], "-h") == 0) {
            status = take_option(out, find_option(global_options, "help", 4), "", arena, error);
        } else if (!only_args && is_option(argv[i])) {
            status = read_option(out, argc, argv, &i, arena, error);
        } else {
            status = take_argument(out, i, argv[i], arena, error);
        }
    }
    return status == GRID_OK ? check_counts(out, error) : status;
}

const char *args_option(const struct invocation *call, const char *name)
{
    for (size_t i = 0; i < call->given_count; i++)
        if (strcmp(call->given[i].option->name, name) == 0)
            return (const char *)call->given[i].value.data;
    return NULL;
}
