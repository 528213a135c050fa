/* What was typed: one parser for all commands, driven by their tables. */
#ifndef GRID_CLI_ARGS_H
#define GRID_CLI_ARGS_H

#include "proto/arena.h"
#include "proto/control.h"
#include "proto/status.h"

struct session;

enum option_flag {
    OPTION_REPEAT = 1,  /* may stand several times */
    OPTION_LATER = 2,   /* of the contract, but not in this version: refused as usage */
    OPTION_NEEDED = 4,  /* the command makes no sense without it */
    OPTION_PATH = 8,    /* names a file: its bytes are nobody's text, and never empty */
    OPTION_FILLED = 16, /* an empty value is a slip of a script, not an absent option */
};

/* "title": --title VALUE or --title=VALUE. Its help is the sentence "option.title", or that of
 * "option.<help>" where options of one name say different things. */
struct option {
    const char *name;
    const char *value; /* what stands for the value in the help; NULL: a switch */
    const char *field; /* of the request; NULL: the command itself looks at it */
    unsigned flags;
    const char *help; /* NULL: as its name */
};

/* A row of the table of commands. Its help is "help.<name>[.<sub>]"; behind it the same with
 * ".example" (one that works), ".more" (where there is more to say) and ".next" (what comes then).
 */
struct command {
    const char *heading; /* begins a part of the help, "help.heading.<heading>"; NULL: goes on */
    const char *name;
    const char *sub;                     /* second word; NULL: the command without one */
    const char *arguments;               /* as the help shows them */
    int args_min, args_max;              /* how many */
    bool paths;                          /* its arguments are names of files */
    const struct option *options;        /* ended by a NULL name; NULL: none */
    const char *verb, *fields;           /* of cmd_write: what is asked, and where arguments go */
    int (*run)(struct session *session); /* the exit code; NULL: not in this version */
};

struct given {
    const struct option *option;
    struct bytes value; /* NFC, but for paths; NUL-terminated */
};

struct invocation {
    const struct command *command; /* NULL: none was named */
    struct given *given;           /* in the order of the command line */
    size_t given_count;
    const char **args; /* behind the command's words; NFC, but for paths */
    size_t arg_count;
};

/* Global options: may stand anywhere. */
extern const struct option global_options[];

/* Everything lives in the arena. GRID_USAGE says which argument is wrong and what is permitted;
 * GRID_INVALID that one is no valid UTF-8. out->command may be set even then. */
enum grid_status args_parse(struct invocation *out, const struct command *commands, int argc,
        char **argv, struct arena *arena, struct grid_error *error);

/* The value of an option by name, NULL when absent; "" for a switch. */
const char *args_option(const struct invocation *call, const char *name);

/* Text as typed → NFC, in the arena; GRID_INVALID ("text_encoding") with `where` as argument. */
enum grid_status args_normalise(struct bytes typed, const char *where, struct arena *arena,
        struct bytes *out, struct grid_error *error);

/* The known name nearest to `typed`, NULL when none is near. */
const char *args_nearest(const char *typed, const char *const *names, size_t count);

#endif
