/* grid: the command line, a client of the local gridd. */
#include "cli/print.h"
#include "cli/session.h"
#include "cli/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool asks_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

static enum grid_status look_at_screen(struct session *session, struct grid_error *error)
{
    const char *ambiguous = args_option(&session->call, "ambiguous");
    if (ambiguous == NULL)
        ambiguous = getenv("GRID_AMBIGUOUS");
    if (ambiguous != NULL && strcmp(ambiguous, "1") != 0 && strcmp(ambiguous, "2") != 0)
        return grid_fail(error, GRID_USAGE, "ambiguous_cells", "%s", ambiguous);
    screen_look();
    screen.ambiguous_wide = ambiguous != NULL && ambiguous[0] == '2';
    return GRID_OK;
}

static int run(struct session *session)
{
    struct grid_error error = {0};
    const struct command *command = session->call.command;
    if (look_at_screen(session, &error) != GRID_OK)
        return session_fail(session, &error);
    if (args_option(&session->call, "version") != NULL) {
        printf("grid %s\n", GRID_VERSION);
        return EXIT_DONE;
    }
    if (args_option(&session->call, "help") != NULL)
        return command != NULL ? help_command(session, command) : help_overview(session);
    if (command == NULL) {
        grid_fail(&error, GRID_USAGE, "command_missing", "%s", "");
        return session_fail(session, &error);
    }
    session->home = session_home(session);
    if (session->home[0] == '\0') {
        grid_fail(&error, GRID_USAGE, "home_missing", "%s", "");
        return session_fail(session, &error);
    }
    return command->run(session);
}

int main(int argc, char **argv)
{
    struct session session = {.json = asks_json(argc, argv)};
    struct grid_error error = {0};
    int code;

    text_use_environment();
    arena_init(&session.arena, 0);
    enum grid_status status =
            args_parse(&session.call, commands, argc, argv, &session.arena, &error);
    if (status == GRID_OK) {
        code = run(&session);
    } else {
        error.status = status;
        code = session_fail(&session, &error);
    }
    arena_close(&session.arena);
    /* An answer that could not be written was not given. */
    if (fflush(stdout) != 0 && code == EXIT_DONE)
        code = EXIT_REFUSED;
    return code;
}
