/* A township in one process: whole nodes (the real libgrid on real SQLite on simulated disks, real
 * frames), a virtual clock, and one seed that decides everything. The same seed gives the same
 * trace. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "libgrid/node.h"
#include "tests/sim/disk.h"

#include <stdio.h>

enum {
    SIM_HOMES_MAX = 400,
    SIM_LINKS_MAX = 1200,
    SIM_ACTS_MAX = 8192,
    SIM_POSTS_MAX = 512,
    SIM_UNANSWERED_MAX = 8,
    SIM_CUTS_MAX = 256,
};

#define SIM_START_MS INT64_C(1795224600000) /* 2026-11-21T09:30:00+08:00 */
#define SIM_TOWNSHIP "150622103"

struct sim;
struct sim_home;

/* What somebody was told is saved: kept here, outside of every node. */
enum sim_verb { SIM_REPORT, SIM_SET, SIM_NOTE, SIM_TAG, SIM_SECOND, SIM_RULING, SIM_VERBS };
struct sim_act {
    struct sim_home *home;
    enum sim_verb verb;
    unsigned number;                 /* of the text that it wrote: no two are the same */
    char key[24];                    /* idempotency; empty: none */
    char code[GRID_CODE_TEXT_BYTES]; /* of its case */
    bool urgent;
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t seq;
    uint8_t leaf[GRID_HASH_BYTES];
    int64_t said_ms;
    const char *excuse; /* why it may be gone; NULL: it may not */
};

/* How far a stream of a revoked device counts. */
struct sim_cut {
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t seq;
};

/* One home: what lies on its disk, and the node while it runs. */
struct sim_home {
    struct sim *sim;
    unsigned no;
    char name[16]; /* "centre", "banner", "league", or the key of its person */
    const char *unit, *title, *operator_key; /* of a centre */
    char database[16];
    enum grid_node_role role;
    struct sim_home *parent;
    struct sim_disk disk;
    struct grid_keyring keyring; /* the key file: written at MARK, durable at once */
    uint8_t identity[GRID_KEY_BYTES];
    struct grid_node *node;
    bool joins; /* gridd join: with `secret` */
    uint8_t secret[GRID_SECRET_BYTES];
    bool wants_parent, unreachable, enrolled, enrolment_failed;
    bool destroyed;  /* the device is gone for good */
    bool rival;      /* somebody else lives under its identity: forks are to be expected */
    bool key_is_old; /* its key file was put back: it lacks the keys of later authors */
    /* put back, and no start since then has told the other: both together may fork (I3) */
    bool older_database, older_key;
    bool was_restored, forgive; /* its next start may know less than it promised */
    bool plays;                 /* no node: the hostile play it */
    bool revoked;
    struct sim_cut cuts[SIM_CUTS_MAX];
    size_t cut_count;
    uint64_t progress; /* of its sync; when it moved last */
    int64_t moved_ms;
    int64_t clock_offset_ms, boot_ms, restart_ms;
    int64_t wall_max_ms; /* the largest wall time that it was ever told */
    unsigned die_in;     /* at the so-manyth point between two steps of a turn; 0: not planned */
    bool dies_of_power;
    struct sim_act waiting[SIM_UNANSWERED_MAX]; /* submitted in this turn */
    struct buffer replies[SIM_UNANSWERED_MAX];
    size_t waiting_count;
    struct sim_act unanswered; /* nobody said saved: the person tries again */
    bool has_unanswered;
    char last_close[GRID_REASON_BYTES];
    /* a copy of some evening */
    struct sim_disk older_disk;
    struct grid_keyring older_keyring;
    bool has_older;
    uint32_t author_count; /* at the last start */
};

struct sim_way {
    struct buffer bytes;
    int64_t ready_ms; /* when the next bytes may pass */
    bool ended;
    size_t passed, cut_at;
    char reason[GRID_REASON_BYTES];
};

struct sim_link {
    uint64_t number; /* 0: free */
    struct sim_home *child, *parent;
    bool child_open, parent_open;
    bool broken; /* no byte gets on it any more */
    int64_t child_ends_ms, parent_ends_ms;
    int64_t latency_ms;
    size_t chunk; /* bytes at once: 1, some, or (0) all there are */
    bool lies;    /* bytes change on the road, and the checksums fit */
    struct sim_way up, down;
};

struct sim_post {
    char person[8];
    const char *role;
    char place[24];
    char from[12], to[12];
};

/* What was seen: see ledger.h. */
struct ledger;

struct sim_counts {
    uint64_t steps, turns, acts, frames, bytes, kills, power_cuts, disk_faults, link_faults,
            restores, clones, destroyed, clock_jumps, roster_changes, revoked, hostile, checks;
    double device_ms;
};

struct sim_plan {
    unsigned handhelds, steps;
    unsigned tiers_above; /* of the township: none, a banner, a league too */
    bool faults, restores, hostile, revokes, lying_disks;
};

struct sim {
    uint64_t seed;
    struct chance chance;  /* what happens */
    struct chance secrets; /* the nodes' random bytes */
    struct sim_plan plan;
    int64_t wall_ms, mono_ms;
    struct sim_home *homes[SIM_HOMES_MAX];
    size_t home_count;
    struct sim_home *centre; /* the township's */
    struct sim_home *top;    /* the highest one: the centre itself, its banner or its league */
    struct sim_link links[SIM_LINKS_MAX];
    size_t link_end; /* links beyond are free */
    uint64_t last_link;
    struct sim_post posts[SIM_POSTS_MAX];
    size_t post_count;
    unsigned villages, grids, micros, extra_grids;
    struct sim_act acts[SIM_ACTS_MAX];
    size_t act_count;
    unsigned texts;
    struct ledger *ledger;
    struct sim_counts counts;
    /* story */
    FILE *story; /* NULL: not told */
    uint64_t trace;
    char violation[512]; /* empty: all is well */
};

/* --- trace.c --- */
/* An event: part of the trace, and of the story when it is told. Ids only. */
void sim_note(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_trace_bytes(struct sim *sim, struct bytes bytes);
/* The first one counts; `rule` is the invariant's number. */
void sim_violate(struct sim *sim, const char *rule, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
bool sim_bad(const struct sim *sim);
uint64_t sim_chance(struct sim *sim, uint64_t below);
bool sim_one_in(struct sim *sim, uint64_t count);

/* --- world.c: homes and turns --- */
void sim_open(struct sim *sim, uint64_t seed, const struct sim_plan *plan, FILE *story);
void sim_close(struct sim *sim);
struct sim_home *sim_add_home(
        struct sim *sim, const char *name, enum grid_node_role role, struct sim_home *parent);
struct grid_now sim_now(struct sim_home *home);
/* False: it could not be opened, and will be tried again. */
bool sim_start(struct sim_home *home);
void sim_stop(struct sim_home *home); /* in an orderly way */
/* The process ends at once; with `power` what was not synced is kept, dropped or torn. */
void sim_kill(struct sim_home *home, bool power);
/* Commit, then every action. False: the node is gone. */
bool sim_turn(struct sim_home *home);
void sim_copy_home(struct sim_home *home);
void sim_put_back(struct sim_home *home, bool database, bool keyring);

/* --- links.c --- */
void sim_run(struct sim *sim, int64_t for_ms);
struct sim_link *sim_link_of(const struct sim_home *child); /* NULL: none that its child holds */
/* The link breaks: each end learns of it after some time. */
void sim_break(struct sim_link *link, int64_t child_ms, int64_t parent_ms);
void sim_send(struct sim_home *home, uint64_t number, struct bytes bytes);
void sim_close_end(struct sim_home *home, uint64_t number, const char *reason);
/* The process at this end is gone. `silently`: nobody tells the other end (a power cut). */
void sim_drop_ends(struct sim_home *home, bool silently);
struct sim_link *sim_connect(struct sim_home *child);

/* --- town.c --- */
void sim_draw_town(struct sim *sim);
void sim_import_roster(struct sim *sim);
/* The code of some grid, or of a micro-grid in it. */
enum { SIM_CODE_BYTES = 24 };
void sim_draw_place(struct sim *sim, char out[static SIM_CODE_BYTES]);
void sim_change_roster(struct sim *sim);
void sim_revoke(struct sim *sim);
bool sim_enrol(struct sim_home *home);
/* The centres above the township, each enrolled at the one above it, and the township's. */
void sim_found_centres(struct sim *sim);

/* --- people.c --- */
enum grid_status sim_submit(struct sim_home *home, const char *verb, const char *const fields[],
        struct buffer *reply, struct grid_error *error);
void sim_people_act(struct sim *sim);
void sim_home_acts(struct sim_home *home);
void sim_home_reports(struct sim_home *home);
void sim_try_again(struct sim_home *home);
/* The turn's commit stands: its replies go out. */
void sim_say_saved(struct sim_home *home);
void sim_forget_waiting(struct sim_home *home);

/* --- faults.c, hostile.c --- */
void sim_fault(struct sim *sim);
void sim_end_faults(struct sim *sim);
void sim_hostile(struct sim *sim);
void sim_falsify(struct sim *sim, struct buffer *frame);

/* --- ledger.c: what went over the wires, and what was promised --- */
struct ledger *ledger_open(void);
void ledger_close(struct ledger *ledger);
/* I1, I3, I4, I7, I12, I15: each frame as it is handed out. */
void ledger_see_frame(struct sim_home *from, struct sim_home *to, struct bytes bytes);
/* The receipts of this giver that its database no longer bears out are forgotten: an older one was
 * put back. */
void ledger_forgive(struct sim_home *giver);
void ledger_check_receipts(struct sim_home *giver);
/* Entries with other content under the same name are to be expected of this identity. */
bool ledger_is_rival(const struct sim *sim, const uint8_t author[static GRID_ID_BYTES]);

/* --- check.c --- */
/* Faults that were ordered must not strike while we look. */
struct sim_looking {
    struct sim_home *home;
    enum sim_fault fault;
};
struct sim_looking sim_look_at(struct sim_home *home);
void sim_look_away(const struct sim_looking *looking);
void check_turn(struct sim_home *home);  /* after every turn: I14, I17, I20 */
void check_start(struct sim_home *home); /* after every start: I1, I4, I6 */
void check_all(struct sim *sim);         /* at intervals: I1–I11, I18, I19 */
void check_converged(struct sim *sim);   /* faults off: L1–L5, I6, I9, I11, I12 */
bool check_holds(struct sim_home *home, const struct sim_act *act);

/* Some centre that runs holds it. */
bool check_held_above(struct sim_home *home, const struct sim_act *act);

/* --- check_down.c: I11, I12, L2 --- */
void check_put(struct sim_home *from, struct sim_home *to, const struct frame *frame);
void check_data_down(struct sim_home *from, struct sim_home *to, const struct segment *segment);
void check_buckets(struct sim_home *home, bool counts_anew);
void check_whole_below(struct sim_home *home);

/* --- check_rules.c: I19, I20, L3 --- */
void check_note_cut(struct sim_home *home);
void check_cut(struct sim_home *home, struct fold *fold);
void check_stuck(struct sim_home *home);
void check_phantoms(struct sim_home *home, struct fold *fold);

/* --- life.c --- */
void sim_begin(struct sim *sim); /* a roster, and everybody's handheld enrolled */
/* A whole life; true when nothing was violated. */
bool sim_live(struct sim *sim);

#endif
