/* The home folder of one node: its lock, its files, and the room that is kept for it on the disk.
 */
#ifndef GRID_DAEMON_HOME_H
#define GRID_DAEMON_HOME_H

#include "daemon/config.h"
#include "daemon/keys.h"

enum { HOME_PATH_BYTES = 4096 };

/* How far the making of it came. */
enum home_state {
    HOME_EMPTY,
    HOME_STARTED,   /* keys, but no gridd.conf: an init that was cut short */
    HOME_JOINING,   /* an invitation that is not settled yet */
    HOME_RESTORING, /* a gridd restore that was cut short */
    HOME_READY,
};

struct home {
    char path[HOME_PATH_BYTES]; /* absolute */
    int directory;              /* opened; −1 when closed */
    int lock;                   /* held; −1 when not */
    unsigned made_folders;      /* of the path, by this process, the home itself included */
    enum home_state state;      /* when it was opened */
    struct key_file keys;
    bool reserve; /* the reserve file is there */
    enum grid_storage storage;
    int64_t space_checked_ms; /* monotonic; 0: never */
};

/* A home that holds nothing, so that home_close is always safe. */
void home_clear(struct home *home);
/* GRID_HOME, else $XDG_STATE_HOME/grid, else ~/.local/state/grid. */
enum grid_status home_default(char out[static HOME_PATH_BYTES], struct grid_error *error);
/* Opens and locks an existing home. Refused: "home_missing", "home_locked" with the other's pid. */
enum grid_status home_open(struct home *home, const char *path, struct grid_error *error);
/* The same, making the folder and those above it when they are missing. A folder that holds
 * anything of others is refused, "home_foreign". */
enum grid_status home_make(struct home *home, const char *path, struct grid_error *error);
void home_close(struct home *home);
/* Removes what is ours, and the folders that this process made, for a join that came to nothing. */
void home_remove(struct home *home);

/* Refused unless the home is complete: says which command comes first. */
enum grid_status home_require_ready(const struct home *home, struct grid_error *error);
enum grid_status home_read_config(
        const struct home *home, struct config *out, struct grid_error *error);
/* Durable and all at once: with it the home is ready. */
enum grid_status home_write_config(
        const struct home *home, const struct config *config, struct grid_error *error);
enum grid_status home_make_keys_folder(const struct home *home, struct grid_error *error);
/* One small file within the home, durable and all at once; reading gives GRID_NOT_FOUND when there
 * is none. */
enum grid_status home_write_file(
        const struct home *home, const char *name, struct bytes content, struct grid_error *error);
enum grid_status home_read_file(const struct home *home, const char *name, struct buffer *out,
        size_t limit, struct grid_error *error);
bool home_has_file(const struct home *home, const char *name);
void home_remove_file(const struct home *home, const char *name);

/* The path of a file of the home. */
enum grid_status home_path(char out[static HOME_PATH_BYTES], const struct home *home,
        const char *name, struct grid_error *error);

/* Looks at the free space, at most once a second unless `force`; gives up the reserve or makes it
 * again, and answers what the node is to be told. */
enum grid_storage home_check_space(struct home *home, int64_t mono_ms, bool force);
/* A commit found no room: the reserve goes. */
void home_give_up_reserve(struct home *home);

#endif
