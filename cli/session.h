/* One run of grid: what was typed, where the daemon is, and the ways to ask it and to answer. */
#ifndef GRID_CLI_SESSION_H
#define GRID_CLI_SESSION_H

#include "cli/args.h"
#include "cli/client.h"
#include "cli/json.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

struct session {
    struct invocation call;
    struct arena arena; /* of the whole run */
    bool json;
    const char *home;
    struct grid_field *fields; /* of the request being made */
    size_t field_count, field_capacity;
};

/* 0 done, 2 usage, 3 unreachable, 4 not_found, 5 stale, else 1 (CLI.md). */
int exit_code_of(enum grid_status status);
/* Says a failure, as JSON on standard output or as a sentence on standard error; its exit code. */
int session_fail(struct session *session, const struct grid_error *error);

/* --- the request: fields are collected, then asked ------------------------------------------- */
void add_field(struct session *session, const char *name, struct bytes value);
/* A value in words where an identifier is meant: ("source", 来访) → visit; else as it is. */
struct bytes typed_value(const char *field, struct bytes value);
void add_text(struct session *session, const char *name, const char *value); /* NULL: nothing */
/* Every given option that the tables send as a field, the global ones included. */
void add_options(struct session *session);
struct grid_request session_request(const struct session *session, const char *verb);

/* How an answer is shown to a person. JSON needs none of it. */
struct view {
    const char *lists; /* always present in JSON, joined by blanks */
    void (*row)(void *context, struct bytes list, struct bytes record);
    /* The exit code. `end` is the record of END. */
    int (*end)(struct session *session, void *context, struct bytes end);
    /* Called for each row and at the end also with --json; may change what is printed. */
    void (*edit)(json_t *row);
    int (*code)(json_t *end, size_t row_count); /* exit code with --json; NULL: 0 */
};
/* Connects, asks, shows. add_options is done here. */
int ask(struct session *session, const char *verb, const struct view *view, void *context);
/* A question that the daemon answers in pages, each of which takes it a bounded time: asks until
 * `wanted` rows are there or nothing is left, from --after on. What is sent is what the caller has
 * added: `limit` and `after` are made here. `end` is that of the last page. */
int ask_pages(struct session *session, const char *verb, uint64_t wanted, const struct view *view,
        void *context);

/* --limit, from 1 to max; max without it. */
enum grid_status option_count(
        const struct invocation *call, uint64_t max, uint64_t *out, struct grid_error *error);

/* The whole of a file: GRID_INVALID "file_open", GRID_LIMIT "file_size". */
enum grid_status session_read_file(const char *path, struct buffer *out, struct grid_error *error);

/* "" when the environment names no home at all. */
const char *session_home(struct session *session);
/* $XDG_STATE_HOME or what stands for it; "" when the environment names none. */
const char *session_state_folder(struct session *session);

/* The answer of an act on a case. */
extern const struct view view_write;

/* --- commands: one function each, see the table in main.c ------------------------------------- */
int cmd_report(struct session *session);
int cmd_set(struct session *session);
/* Asks the verb of its row, its arguments as the row's fields, its options as theirs. */
int cmd_write(struct session *session);
int cmd_tag(struct session *session);
int cmd_queue(struct session *session);
int cmd_cases(struct session *session);
int cmd_audit(struct session *session);
int cmd_doctor(struct session *session);
int cmd_find(struct session *session);
int cmd_export(struct session *session);
int cmd_show(struct session *session);
int cmd_documents(struct session *session);
int cmd_document(struct session *session);
int cmd_conflicts(struct session *session);
int cmd_conflicts_show(struct session *session);
int cmd_conflicts_resolve(struct session *session);
int cmd_duplicates(struct session *session);
int cmd_inbox(struct session *session);
int cmd_overdue(struct session *session);
int cmd_stats(struct session *session);
int cmd_status(struct session *session);
int cmd_sync(struct session *session);
int cmd_roster_import(struct session *session);
int cmd_roster_check(struct session *session);
int cmd_roster_tree(struct session *session);
int cmd_roster_show(struct session *session);
int cmd_roster_who(struct session *session);
int cmd_policy_show(struct session *session);
int cmd_policy_set(struct session *session);
int cmd_categories(struct session *session);
int cmd_invite(struct session *session);
int cmd_devices(struct session *session);
int cmd_revoke(struct session *session);
int cmd_quarantine_list(struct session *session);
int cmd_quarantine_show(struct session *session);
int cmd_quarantine_adopt(struct session *session);
int cmd_watch(struct session *session);
int cmd_completion(struct session *session);
int cmd_help(struct session *session);

extern const struct command commands[];
/* What an option is for; `words`: with the list of what its value may be. */
void help_option(struct buffer *out, const struct option *option, bool words);
int help_overview(struct session *session);
int help_command(struct session *session, const struct command *command);

#endif
