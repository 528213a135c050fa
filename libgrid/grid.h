/* libgrid: one node of the field data collector, a handheld or a centre, and the hierarchy it
 * serves.
 *
 * A node is driven in turns by one thread (D2): any number of submit, receive and tick, then one
 * commit (one durable transaction), then next_action until there is none. No reply may go out and
 * no action exists before the commit that it depends on.
 *
 * Ownership: what you pass in is borrowed for the call; what open gave is yours until close; an
 * action's bytes live until the next call on that node; after a failure there is nothing to
 * release. When commit answers anything but GRID_OK the node must be closed and opened again from
 * disk. */
#ifndef GRID_H
#define GRID_H

#include "libgrid/roster/roster.h"
#include "proto/api.h"
#include "proto/control.h"
#include "proto/heap.h"
#include "proto/invite.h"
#include "proto/keyring.h"
#include "proto/stamp.h"
#include "proto/status.h"

struct grid_node;

enum grid_node_role { GRID_NODE_HANDHELD, GRID_NODE_CENTRE };
enum grid_storage { GRID_STORAGE_OK, GRID_STORAGE_LOW, GRID_STORAGE_CRITICAL };

struct grid_options {
    const char *database; /* path of grid.db */
    const char *search;   /* a centre: path of its index of words; NULL: none, the cases themselves
                             are looked through */
    const char *vfs;      /* SQLite VFS by name, borrowed until close; NULL: the default */
    enum grid_node_role role;
    const char *unit; /* a centre: its unit code; a handheld: of the centre that enrolled it */
    const char *name; /* a centre: its name */
    const char *operator_key; /* a centre: who acts when --as is not given; NULL: nobody */
    bool has_parent;
    uint8_t parent[GRID_KEY_BYTES]; /* its identity key, pinned */
    const struct grid_keyring
            *keyring; /* borrowed for open; changes come back as GRID_ACTION_MARK */
    void (*random)(void *context, uint8_t *out, size_t size);
    void *random_context;
};

/* Creates the database when it is missing. Finds out whether it is older than the keyring says (D5)
 * and then closes the author and opens a new one. */
GRID_API enum grid_status grid_node_open(struct grid_node **out, const struct grid_options *options,
        struct grid_now now, struct grid_error *error);
GRID_API void grid_node_close(struct grid_node *node);

/* --- inputs of a turn --- */
/* One local act. `reply` receives one record (the members of CLI.md) to be sent after the commit;
 * on failure nothing was written and *error says why. Verbs: the acts of case/verbs.c, invite,
 * revoke, roster_import. `peer_uid_allowed`: the daemon checked SO_PEERCRED. */
GRID_API enum grid_status grid_node_submit(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error);
/* Whether that verb is submitted, and not asked. */
GRID_API bool grid_node_writes(struct bytes verb);
/* A question: `row` for each row of a list, `end` receives the record of the other members. Verbs:
 * cases show conflicts queue status roster_check roster_tree roster_show roster_who categories
 * devices. */
typedef enum grid_status grid_row_fn(void *context, const char *list, struct bytes record);
GRID_API enum grid_status grid_node_ask(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, grid_row_fn *row, void *context, struct buffer *end,
        struct grid_error *error);
/* A connection whose handshake proved the peer's identity key. `link` is the caller's number for
 * it. `parent`: we called it. */
GRID_API enum grid_status grid_node_link_up(struct grid_node *node, struct grid_now now,
        uint64_t link, const uint8_t identity[static GRID_KEY_BYTES], bool parent);
GRID_API enum grid_status grid_node_receive(
        struct grid_node *node, struct grid_now now, uint64_t link, struct bytes bytes);
/* The system has taken `bytes` of what SEND gave: credit to send more. */
GRID_API void grid_node_sent(struct grid_node *node, uint64_t link, size_t bytes);
/* The link is gone, or connecting failed (link 0); `reason`: an identifier for status. */
GRID_API void grid_node_link_down(
        struct grid_node *node, struct grid_now now, uint64_t link, const char *reason);
GRID_API void grid_node_tick(struct grid_node *node, struct grid_now now);
/* `grid sync`: backoff, spread and gathering are skipped. */
GRID_API void grid_node_hurry(struct grid_node *node, struct grid_now now);
/* A network interface of this machine came up (or got an address), or went down. */
GRID_API void grid_node_road(struct grid_node *node, struct grid_now now, bool up);
/* A commit failed because the disk is full: children are turned away for a while, with a word. */
GRID_API void grid_node_set_full(struct grid_node *node, struct grid_now now);
GRID_API void grid_node_set_storage(struct grid_node *node, enum grid_storage storage);
/* Enrol through the next link to the parent (gridd join); done when GRID_ACTION_ENROLLED comes. */
GRID_API void grid_node_enrol(
        struct grid_node *node, const uint8_t secret[static GRID_SECRET_BYTES]);

/* --- the end of a turn --- */
GRID_API enum grid_status grid_node_commit(
        struct grid_node *node, struct grid_now now, struct grid_error *error);

enum grid_action_type {
    GRID_ACTION_NONE,
    GRID_ACTION_MARK,  /* make `keyring` durable before the next action is taken or a reply goes out
                        */
    GRID_ACTION_SEND,  /* `bytes` to `link` */
    GRID_ACTION_CLOSE, /* `link`, after what was sent; `reason` */
    GRID_ACTION_CONNECT,  /* to the parent, now */
    GRID_ACTION_ENROLLED, /* gridd join has reached its end; `status` and `error` */
    GRID_ACTION_CHANGED   /* while watched: `bytes` is one record, what changed */
};
struct grid_action {
    enum grid_action_type type;
    uint64_t link;
    struct bytes bytes;
    const char *reason;
    const struct grid_keyring *keyring;
    const struct grid_error *error; /* ENROLLED: NULL when it succeeded */
};
GRID_API bool grid_node_next_action(
        struct grid_node *node, struct grid_now now, struct grid_action *out);
/* mono_ms at which grid_node_tick wants to be called; INT64_MAX: never. */
GRID_API int64_t grid_node_deadline(const struct grid_node *node);

/* All own entries are held by the parent and the roster is complete (true without a parent);
 * otherwise *error says what is in the way. For `grid sync --wait`. */
GRID_API bool grid_node_synced(
        const struct grid_node *node, struct grid_now now, struct grid_error *error);

/* While it is watched, each commit is followed by CHANGED actions: `change` is new, state,
 * conflict, settled, changed (of `case`), held (an own entry reached the parent), link (to the
 * parent), or resync: `left_out` changes are not told, for one turn tells at most GRID_CHANGES_MAX.
 * GRID_NOMEM: it is not watched. */
GRID_API enum grid_status grid_node_watch(struct grid_node *node, bool watched);

/* The hierarchy that this node holds, for grid_roster_*: borrowed, valid until the next input of a
 * turn. */
GRID_API const struct grid_roster *grid_node_roster(const struct grid_node *node);

/* `gridd backup`: all that is committed, into a fresh file; ends the turn so far. `note` says what
 * it is a backup of. Keys are in no backup (P-49). */
GRID_API enum grid_status grid_node_backup(struct grid_node *node, struct grid_now now,
        const char *path, struct bytes note, struct grid_error *error);
/* `gridd restore`, with no node open on these files. Reads and verifies a backup; makes a database
 * of a copy of one; counts the entries of a database. */
GRID_API enum grid_status grid_backup_read(
        const char *path, struct buffer *note, uint64_t *entries, struct grid_error *error);
GRID_API enum grid_status grid_backup_revive(const char *path, struct grid_error *error);
GRID_API enum grid_status grid_database_count(
        const char *path, uint64_t *entries, struct grid_error *error);

/* `gridd check`: verifies every chain, seal, receipt and fold offline. Calls `found` for each
 * defect. */
typedef void grid_check_fn(void *context, const char *what, const char *detail);
struct grid_check_counts {
    uint64_t streams, entries, cases, defects;
};
GRID_API enum grid_status grid_node_check(struct grid_node *node, grid_check_fn *found,
        void *context, struct grid_check_counts *counts, struct grid_error *error);

#endif
