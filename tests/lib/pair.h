/* Whole nodes in one process, without sockets, clock or chance: a virtual clock, randomness from a
 * seed, homes in a temporary folder, and wires that can be cut at any byte, split, merged, recorded
 * and falsified. Two nodes are a pair; there may be more. What a test promises to itself is
 * asserted with cmocka. */
#ifndef GRID_TESTS_PAIR_H
#define GRID_TESTS_PAIR_H

#include "libgrid/node.h"
#include "tests/lib/stage.h"

enum { PAIR_NODES_MAX = 16, PAIR_LINKS_MAX = 16, PAIR_PATH_BYTES = 160, PAIR_FIELDS_MAX = 80 };

struct pair;

/* One home: what is on the disk, and the node while it runs. */
struct pair_home {
    struct pair *pair;
    char name[24];
    char database[PAIR_PATH_BYTES];
    struct grid_keyring keyring; /* the key file: changed by MARK alone */
    uint8_t identity[GRID_KEY_BYTES];
    enum grid_node_role role;
    struct pair_home *parent; /* NULL: none */
    const char *operator_key;
    char search[PAIR_PATH_BYTES]; /* empty: no index of words */
    const char *unit, *title;     /* of a centre; NULL: the stage's township */
    int64_t clock_offset_ms;      /* its wall clock against the true one */
    struct grid_node *node;       /* NULL: it does not run */
    bool wants_parent;            /* CONNECT was asked for */
    bool unreachable;             /* nobody gets through to it, nor does it */
    bool stays_down;              /* a turn that broke ends it, nobody opens it again */
    bool enrolled, enrolment_failed;
    struct grid_error enrol_error;
    unsigned marks;                     /* MARKs so far */
    unsigned falls;                     /* turns that could not be committed */
    char last_close[GRID_REASON_BYTES]; /* why its last link ended */
    char told[512];                     /* the first changes that were told, in words */
    unsigned told_count;
    uint64_t told_left_out;
};

/* One direction of a link. */
struct pair_way {
    struct buffer bytes;    /* on their way */
    size_t passed;          /* delivered on this link so far */
    size_t cut_at;          /* the link breaks when so many bytes have passed; SIZE_MAX: never */
    bool ended;             /* the sender closed: the link ends when all has been delivered */
    struct buffer recorded; /* whole frames as they were sent */
};

struct pair_link {
    uint64_t number; /* 0: free */
    struct pair_home *child, *parent;
    struct pair_way up, down;
    char reason[GRID_REASON_BYTES];
};

/* Called with each frame that is sent: may change, drop (clear) or multiply it. */
typedef void pair_wire_fn(void *context, const struct pair_home *from, struct buffer *frame);

struct pair {
    uint64_t random;
    int64_t wall_ms, mono_ms;
    const char *vfs;
    char folder[PAIR_PATH_BYTES];
    struct pair_home homes[PAIR_NODES_MAX];
    size_t home_count;
    struct pair_link links[PAIR_LINKS_MAX];
    uint64_t last_link;
    size_t chunk; /* bytes handed over at once; 0: all there is */
    pair_wire_fn *wire;
    void *wire_context;
    /* `crash_home` is killed at its crash_in-th crash point from now on (1: the next; 0: none):
     * before each commit, after it, before each action, and at the end of the turn. */
    struct pair_home *crash_home;
    unsigned crash_in;
    bool crashed;
    uint64_t cut_count;
};

/* --- life --- */
void pair_open(struct pair *pair, uint64_t seed);
void pair_close(struct pair *pair); /* every home is removed */
/* A township's centre with the roster of stage.h, running. */
struct pair_home *pair_centre(struct pair *pair);
/* A home with keys and nothing else; not running. */
struct pair_home *pair_add(
        struct pair *pair, const char *name, enum grid_node_role role, struct pair_home *parent);
/* A handheld of this person, enrolled and in step, running. */
struct pair_home *pair_handheld(struct pair *pair, struct pair_home *centre, const char *person);
void pair_import_roster(struct pair_home *centre, const char *posts_csv); /* NULL: the stage's */
/* The secret of a fresh invitation. */
void pair_invite(
        struct pair_home *centre, const char *person, uint8_t secret[static GRID_SECRET_BYTES]);

enum grid_status pair_try_start(struct pair_home *home, struct grid_error *error);
void pair_start(struct pair_home *home);
void pair_stop(struct pair_home *home); /* in an orderly way */
/* The process ends at once: what was not committed is gone, the disk is as the last write left it.
 */
void pair_kill(struct pair_home *home);
/* Copies of a home, by label: the database, or database and key file. The home must not run. */
void pair_save(struct pair_home *home, const char *label);
void pair_restore(struct pair_home *home, const char *label, bool keyring_too);

/* --- turns --- */
struct grid_now pair_now(const struct pair_home *home);
/* Commit, then every action. False: the node broke and was opened again from its disk. */
bool pair_turn(struct pair_home *home);
/* Commit alone; for tests of what lies between. */
enum grid_status pair_commit(struct pair_home *home, struct grid_error *error);

/* --- links --- */
/* One end may be a home that does not run: the test speaks for it. */
struct pair_link *pair_connect(struct pair_home *child, struct pair_home *parent);
struct pair_link *pair_link_of(const struct pair_home *child); /* NULL: none is up */
void pair_cut(struct pair *pair, struct pair_link *link, const char *reason);
/* Everything that can happen happens, the clock running on by at most `for_ms`. */
void pair_run(struct pair *pair, int64_t for_ms);
/* Runs until nothing waits: 30 s of quiet. */
void pair_settle(struct pair *pair);
/* Connects (at once) and settles. */
void pair_sync(struct pair_home *child);
/* Into a valley, where nobody gets through; and back from it, in step again. */
void pair_part(struct pair_home *home);
void pair_meet(struct pair_home *home);
/* Hands over what is on its way, at most `size` bytes, without ending the turn. */
size_t pair_deliver(struct pair_link *link, struct pair_way *way, size_t size);

/* --- acts and questions --- */
/* Fields: name, value, …, NULL. */
enum grid_status pair_submit(struct pair_home *home, const char *verb, const char *const fields[],
        struct buffer *reply, struct grid_error *error);
/* Submits and ends the turn; must succeed. The code of the case goes to `code` (may be NULL). */
void pair_act(struct pair_home *home, const char *verb, const char *const fields[],
        char code[GRID_CODE_TEXT_BYTES]);
void pair_report(struct pair_home *home, const char *title, char code[GRID_CODE_TEXT_BYTES]);

struct pair_row {
    char list[GRID_REQUEST_NAME_BYTES];
    struct buffer record;
};
struct pair_answer {
    struct pair_row *rows;
    size_t row_count;
    struct buffer end;
};
void pair_ask(struct pair_home *home, const char *verb, const char *const fields[],
        struct pair_answer *answer);
void pair_answer_close(struct pair_answer *answer);
/* Members of a record; a path descends: "queue.work". Must be there. */
struct bytes pair_member(struct bytes record, const char *path);
uint64_t pair_uint(struct bytes record, const char *path);
struct bytes pair_text(struct bytes record, const char *path); /* size 0: nil */
size_t pair_count(struct bytes record, const char *path);
/* The same of what `status` answers. */
uint64_t pair_status_uint(struct pair_home *home, const char *path);
void pair_digest(struct pair_home *home, char out[2 * GRID_HASH_BYTES + 1]);
/* Cases with exactly this title. */
size_t pair_titled(struct pair_home *home, const char *title);
uint64_t pair_case_count(struct pair_home *home);
/* What `queue` counts. */
uint64_t pair_queue(struct pair_home *home, const char *state);
/* No defect, or the test fails naming it. Returns the entries checked. */
uint64_t pair_check(struct pair_home *home);
/* The names of the defects found, joined by blanks. */
void pair_defects(struct pair_home *home, char *out, size_t size);

/* --- frames --- */
/* The next frame of `bytes` behind *at; false at the end. What it holds lives in the arena. */
bool pair_frame(struct bytes bytes, size_t *at, struct arena *arena, struct frame *out);

#define assert_ok(status) assert_int_equal(status, GRID_OK)

#endif
