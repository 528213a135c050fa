/* gridd: one node in the foreground, and the commands that make, enrol and verify its home. */
#include "daemon/backup.h"
#include "daemon/check.h"
#include "daemon/enrol.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/text.h"

#include <assert.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, FILES_WANTED = GRID_LINKS_MAX + 1024 };

struct arguments {
    char home[HOME_PATH_BYTES];
    const char *command; /* NULL: run */
    const char *operand; /* the one after the command */
    const char *unit;
    const char *name;
    const char *listen;
    const char *advertise;
    bool help;
    bool version;
};

enum {
    OPTION_HOME = 1,
    OPTION_UNIT,
    OPTION_NAME,
    OPTION_LISTEN,
    OPTION_ADVERTISE,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option options[] = {
        {"home", required_argument, NULL, OPTION_HOME},
        {"unit", required_argument, NULL, OPTION_UNIT},
        {"name", required_argument, NULL, OPTION_NAME},
        {"listen", required_argument, NULL, OPTION_LISTEN},
        {"advertise", required_argument, NULL, OPTION_ADVERTISE},
        {"help", no_argument, NULL, OPTION_HELP},
        {"version", no_argument, NULL, OPTION_VERSION},
        {NULL, 0, NULL, 0},
};

/* --- the commands --- */

static enum grid_status require(const char *value, const char *option, struct grid_error *error)
{
    if (value == NULL || *value == '\0')
        return grid_fail(error, GRID_USAGE, "option_missing", "%s", option);
    return GRID_OK;
}

static enum grid_status read_init(
        const struct arguments *arguments, struct config *config, struct grid_error *error)
{
    enum grid_status status = require(arguments->unit, "--unit", error);
    if (status == GRID_OK)
        status = require(arguments->name, "--name", error);
    if (status == GRID_OK)
        status = require(arguments->listen, "--listen", error);
    if (status != GRID_OK)
        return status;
    struct sockaddr_storage ignored;
    config->role = GRID_NODE_CENTRE;
    if (!config_unit_valid(arguments->unit))
        return grid_fail(error, GRID_USAGE, "unit_value", "%s", arguments->unit);
    if (!config_name_valid(arguments->name))
        return grid_fail(error, GRID_USAGE, "name_value", "%d", GRID_NAME_CHARS_MAX);
    config->has_listen = address_parse(&config->listen, arguments->listen) &&
                         address_numeric(&ignored, &config->listen);
    if (!config->has_listen)
        return grid_fail(
                error, GRID_USAGE, "address_value", "--listen" GRID_ARG "%s", arguments->listen);
    config->has_advertise = arguments->advertise != NULL;
    if (config->has_advertise && !address_parse(&config->advertise, arguments->advertise))
        return grid_fail(error, GRID_USAGE, "address_value", "--advertise" GRID_ARG "%s",
                arguments->advertise);
    (void)snprintf(config->unit, sizeof(config->unit), "%s", arguments->unit);
    (void)snprintf(config->name, sizeof(config->name), "%s", arguments->name);
    return GRID_OK;
}

static enum grid_status command_init(const struct arguments *arguments, struct grid_error *error)
{
    struct config config = {0};
    enum grid_status status = read_init(arguments, &config, error);
    if (status != GRID_OK)
        return status;
    log_quiet();
    status = enrol_init(arguments->home, &config, error);
    if (status == GRID_OK)
        text_say(stdout, "init_done", "%s" GRID_ARG "%s" GRID_ARG "%s", config.unit, config.name,
                arguments->home);
    if (status == GRID_OK && !config.has_advertise && address_is_any(&config.listen))
        text_say(stdout, "init_advertise", "%s", arguments->listen);
    return status;
}

static enum grid_status command_join(const struct arguments *arguments, struct grid_error *error)
{
    static struct enrol_result result;
    bool kept = false;
    if (arguments->operand == NULL)
        return grid_fail(error, GRID_USAGE, "invite_missing", " ");
    struct address listen;
    struct sockaddr_storage ignored;
    if (arguments->listen != NULL &&
            !(address_parse(&listen, arguments->listen) && address_numeric(&ignored, &listen)))
        return grid_fail(
                error, GRID_USAGE, "address_value", "--listen" GRID_ARG "%s", arguments->listen);
    log_quiet();
    enum grid_status status = enrol_join(arguments->home, arguments->operand,
            arguments->listen != NULL ? &listen : NULL, &result, &kept, error);
    if (status == GRID_OK && arguments->listen != NULL)
        text_say(stdout, "join_centre_done", "%s" GRID_ARG "%s" GRID_ARG "%s", result.person,
                result.code, result.home);
    else if (status == GRID_OK)
        text_say(stdout, "join_done",
                "%s" GRID_ARG "%s" GRID_ARG "%s" GRID_ARG "%04u" GRID_ARG "%s", result.person,
                result.unit, result.code, result.slot, result.home);
    if (status != GRID_OK && error->reason[0] != '\0')
        text_complain(error);
    if (kept)
        text_say(stderr, "join_kept", "%s", arguments->home);
    error->reason[0] = '\0'; /* said already */
    return status;
}

static enum grid_status command_check(const struct arguments *arguments, struct grid_error *error)
{
    log_quiet();
    return check_home(arguments->home, error);
}

static enum grid_status command_backup(const struct arguments *arguments, struct grid_error *error)
{
    log_quiet();
    if (arguments->operand == NULL)
        return grid_fail(error, GRID_USAGE, "backup_missing", "backup");
    enum grid_status status = backup_home(arguments->home, arguments->operand, error);
    if (status == GRID_OK)
        text_say(stdout, "backup_done", "%s", arguments->operand);
    return status;
}

static enum grid_status command_restore(const struct arguments *arguments, struct grid_error *error)
{
    char replaced[HOME_PATH_BYTES];
    uint64_t entries = 0;
    log_quiet();
    if (arguments->operand == NULL)
        return grid_fail(error, GRID_USAGE, "backup_missing", "restore");
    enum grid_status status =
            backup_restore(arguments->home, arguments->operand, replaced, &entries, error);
    if (status == GRID_OK)
        text_say(stdout, "restore_done", "%llu" GRID_ARG "%s", (unsigned long long)entries,
                arguments->home);
    if (status == GRID_OK && replaced[0] != '\0')
        text_say(stdout, "restore_replaced", "%s", replaced);
    return status;
}

/* Each child costs a descriptor. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES_WANTED)
        return;
    limit.rlim_cur = limit.rlim_max < FILES_WANTED ? limit.rlim_max : FILES_WANTED;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static enum grid_status serve(struct home *home, struct grid_error *error)
{
    struct config config;
    static struct loop loop;
    enum grid_status status = home_read_config(home, &config, error);
    if (status == GRID_OK)
        status = key_file_open(&home->keys, home->directory, error);
    if (status != GRID_OK)
        return status;
    home_remove_file(home, "keys/invite"); /* of a join that was killed behind its last step */
    home_remove_file(home, "keys/asked");
    status = loop_open(&loop, home, &config, NULL, error);
    if (status != GRID_OK)
        return status;
    status = loop_serve(&loop, error);
    if (status == GRID_OK) {
        log_info("event=ready version=%s role=%s unit=%s", GRID_VERSION,
                config.role == GRID_NODE_CENTRE ? "centre" : "handheld", config.unit);
        status = loop_run(&loop, error);
    }
    loop_close(&loop);
    log_info("event=stopped status=%s", grid_status_word(status));
    return status;
}

static enum grid_status command_run(const struct arguments *arguments, struct grid_error *error)
{
    struct home home;
    raise_file_limit();
    enum grid_status status = home_open(&home, arguments->home, error);
    if (status != GRID_OK)
        return status;
    status = home_require_ready(&home, error);
    if (status == GRID_OK)
        status = serve(&home, error);
    home_close(&home);
    return status;
}

static const struct command {
    const char *name;
    bool operand; /* takes one */
    enum grid_status (*run)(const struct arguments *arguments, struct grid_error *error);
} commands[] = {
        {"init", false, command_init},
        {"join", true, command_join},
        {"check", false, command_check},
        {"backup", true, command_backup},
        {"restore", true, command_restore},
};

/* --- the command line --- */

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static enum grid_status take_option(
        struct arguments *arguments, int option, char **words, struct grid_error *error)
{
    switch (option) {
    case OPTION_HOME:
        if (*optarg == '\0' || strlen(optarg) >= sizeof(arguments->home))
            return grid_fail(error, GRID_USAGE, "home_path", "%s", optarg);
        (void)snprintf(arguments->home, sizeof(arguments->home), "%s", optarg);
        break;
    case OPTION_UNIT:
        arguments->unit = optarg;
        break;
    case OPTION_NAME:
        arguments->name = optarg;
        break;
    case OPTION_LISTEN:
        arguments->listen = optarg;
        break;
    case OPTION_ADVERTISE:
        arguments->advertise = optarg;
        break;
    case OPTION_HELP:
        arguments->help = true;
        break;
    case OPTION_VERSION:
        arguments->version = true;
        break;
    case ':':
        return grid_fail(error, GRID_USAGE, "option_value", "%s", words[optind - 1]);
    default:
        return grid_fail(error, GRID_USAGE, "option_unknown", "%s", words[optind - 1]);
    }
    return GRID_OK;
}

/* What belongs to another command is refused, not passed over in silence. */
static enum grid_status refuse_strangers(
        const struct arguments *arguments, const struct command *command, struct grid_error *error)
{
    bool init = command != NULL && command->run == command_init;
    bool join = command != NULL && command->run == command_join;
    const char *stranger = NULL;
    if (!init && arguments->unit != NULL)
        stranger = "--unit";
    if (!init && arguments->name != NULL)
        stranger = "--name";
    if (!init && !join && arguments->listen != NULL)
        stranger = "--listen";
    if (!init && arguments->advertise != NULL)
        stranger = "--advertise";
    return stranger == NULL ? GRID_OK
                            : grid_fail(error, GRID_USAGE, "option_unknown", "%s", stranger);
}

static enum grid_status read_words(int count, char **words, struct arguments *arguments,
        const struct command **command, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (int option = getopt_long(count, words, ":", options, NULL);
            option != -1 && status == GRID_OK;
            option = getopt_long(count, words, ":", options, NULL))
        status = take_option(arguments, option, words, error);
    if (status != GRID_OK || arguments->help || arguments->version)
        return status;
    if (optind < count) {
        arguments->command = words[optind++];
        *command = find_command(arguments->command);
        if (*command == NULL)
            return grid_fail(error, GRID_USAGE, "command_unknown", "%s", arguments->command);
    }
    if (optind < count && *command != NULL && (*command)->operand)
        arguments->operand = words[optind++];
    if (optind < count)
        return grid_fail(error, GRID_USAGE, "argument_extra", "%s", words[optind]);
    status = refuse_strangers(arguments, *command, error);
    if (status == GRID_OK && arguments->home[0] == '\0')
        status = home_default(arguments->home, error);
    return status;
}

int main(int count, char **words)
{
    static struct arguments arguments;
    struct grid_error error = {0};
    const struct command *command = NULL;
    text_choose();
    (void)umask(0077);
    (void)signal(SIGPIPE, SIG_IGN);
    /* Its threads only look up names, one at a time. */
    (void)setenv("UV_THREADPOOL_SIZE", "1", 0);
    enum grid_status status = read_words(count, words, &arguments, &command, &error);
    if (status == GRID_OK && arguments.help)
        text_say(stdout, "help", " ");
    else if (status == GRID_OK && arguments.version)
        (void)printf("gridd %s\n", GRID_VERSION);
    else if (status == GRID_OK)
        status = command != NULL ? command->run(&arguments, &error)
                                 : command_run(&arguments, &error);
    if (status == GRID_OK)
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_REFUSED;
    (void)fflush(stdout);
    if (command == NULL || command->run != command_join || error.reason[0] != '\0') {
        error.status = status;
        if (error.reason[0] == '\0')
            (void)grid_fail(&error, status, "internal", "%s", grid_status_word(status));
        text_complain(&error);
    }
    return status == GRID_USAGE ? EXIT_USAGE : EXIT_REFUSED;
}
