/* The hierarchy of the 铁三角 (DOMAIN 3): units, posts, party groups, departments, devices, in all
 * the versions a node holds. Filled from the CSV files or, in a node, from ROWS, ROSTER, DEVICE,
 * CENTRE, INCARNATE and CUT entries. Everything lives in memory; texts handed out are borrowed
 * until the roster changes or closes. Usable without a node. */
#ifndef GRID_ROSTER_ROSTER_H
#define GRID_ROSTER_ROSTER_H

#include "proto/api.h"
#include "proto/body.h"

struct grid_roster;

/* A day since 1970-01-01 in local (+08:00) time. */
enum { GRID_DAY_NONE = INT32_MIN };

struct grid_unit { /* party groups are rows too, kind GRID_PLACE_PARTY_GROUP */
    struct bytes code;
    enum grid_place_kind kind;
    struct bytes subkind;
    struct bytes name;
    struct bytes name_mn;
    int households;         /* −1: absent */
    int32_t lat_e7, lon_e7; /* INT32_MIN: absent */
    struct bytes party_group;
    int32_t valid_from, valid_to;
    struct bytes successors; /* codes joined by ';' */
};
struct grid_post {
    uint8_t person[GRID_ID_BYTES];
    struct bytes key; /* local to the township */
    struct bytes name;
    unsigned role; /* enum grid_role */
    struct bytes place;
    int32_t from, to;
};
struct grid_department {
    struct bytes id;
    struct bytes name;
    struct bytes kind;       /* "department" or "mediation_body" */
    struct bytes stationing; /* "resident", "rotating", "on_call" or empty */
    struct bytes routes;     /* categories of 2 or 4 digits joined by ';' */
    int32_t valid_from, valid_to;
};
struct grid_device {
    struct bytes unit;
    unsigned slot;
    uint8_t identity[GRID_KEY_BYTES];
    uint8_t person[GRID_ID_BYTES];
};

/* --- life --- */
GRID_API enum grid_status grid_roster_open(struct grid_roster **out);
GRID_API void grid_roster_close(struct grid_roster *roster);
/* The unit whose centre writes what is cited here (roster_rv); before anything is taken. Rosters of
 * other units may be held beside it: each binds the units under its own centre. */
void roster_belongs_to(struct grid_roster *roster, struct bytes unit);

/* --- from files: the three CSV texts as read from disk (UTF-8 with or without BOM, else GB18030)
 * --- */
struct grid_roster_files {
    struct bytes units, posts, departments; /* data NULL: the file is missing */
    /* Whether the codebook has this category (4 digits) or group (2 digits). The codebook is above
     * this room, so whoever knows it hands it in; NULL: W13 is not looked for. */
    bool (*category_known)(struct bytes digits);
};
struct grid_finding {
    const char *file; /* "units.csv" */
    unsigned line;    /* the header is line 1 */
    char code[4];     /* R01 … W13 */
    /* The arguments of the catalogue's sentence of that code, joined by GRID_ARG, always four: the
     * cause in one word, what it is about, the value found, the value it stands against (some are
     * empty). "roster_R09_date" is the sentence of R09's cause "date", "roster_R09" that of all. */
    char text[GRID_DETAIL_BYTES];
};
typedef void grid_finding_fn(void *context, const struct grid_finding *finding);
struct grid_finding_counts {
    unsigned errors, warnings;
};
/* Checks all of DOMAIN's R01–R11 and W01–W13 against `loaded` (the roster of an open node, or NULL)
 * and calls `found` for each, by file and line (thousands come in runs, each run in that order).
 * Without an error *out is the roster of the files, complete as one version (close it); with errors
 * *out is NULL. The status speaks only of memory and limits. `centre`: the unit of the centre that
 * will write it, empty if unknown; `today` decides what is current. */
GRID_API enum grid_status grid_roster_read(struct grid_roster **out,
        const struct grid_roster_files *files, const struct grid_roster *loaded,
        struct bytes centre, int32_t today, grid_finding_fn *found, void *context,
        struct grid_finding_counts *counts, struct grid_error *error);

/* --- looking (the latest version; current on `today`) --- */
GRID_API const struct grid_unit *grid_roster_unit(
        const struct grid_roster *roster, struct bytes code);
/* A unit by code or unique name; GRID_NOT_FOUND ("unit_unknown") or GRID_AMBIGUOUS
 * ("unit_ambiguous", the candidates in the detail). Only units, no party groups. */
GRID_API enum grid_status grid_roster_find_unit(const struct grid_roster *roster,
        struct bytes code_or_name, const struct grid_unit **out, struct grid_error *error);
/* In code order; false from the callback stops. `above` empty: all. Party groups come with their
 * township or village when `groups`. */
typedef bool grid_unit_fn(void *context, const struct grid_unit *unit);
GRID_API void grid_roster_each_unit(const struct grid_roster *roster, struct bytes above,
        bool groups, grid_unit_fn *each, void *context);
typedef bool grid_post_fn(void *context, const struct grid_post *post);
/* The posts at exactly `place` (all when empty); `today` GRID_DAY_NONE: whatever the day. */
GRID_API void grid_roster_each_post(const struct grid_roster *roster, struct bytes place,
        int32_t today, grid_post_fn *each, void *context);
GRID_API void grid_roster_each_post_of(const struct grid_roster *roster,
        const uint8_t person[static GRID_ID_BYTES], int32_t today, grid_post_fn *each,
        void *context);
typedef bool grid_department_fn(void *context, const struct grid_department *department);
GRID_API void grid_roster_each_department(const struct grid_roster *roster, struct bytes unit,
        grid_department_fn *each, void *context);
GRID_API const struct grid_department *grid_roster_department(
        const struct grid_roster *roster, struct bytes id);
/* What a unit, group, department or body is called; empty where this roster does not know it. */
GRID_API struct bytes grid_roster_place_name(const struct grid_roster *roster, struct bytes place);
typedef bool grid_device_fn(void *context, const struct grid_device *device);
GRID_API void grid_roster_each_device(
        const struct grid_roster *roster, grid_device_fn *each, void *context);
/* The name of a person in any version held; empty when unknown. */
GRID_API struct bytes grid_roster_person_name(
        const struct grid_roster *roster, const uint8_t person[static GRID_ID_BYTES]);
/* The person of this key in the roster of the unit's township: GRID_NOT_FOUND without any post. */
GRID_API enum grid_status grid_roster_person_by_key(const struct grid_roster *roster,
        struct bytes unit, struct bytes key, uint8_t person[static GRID_ID_BYTES],
        struct grid_error *error);
/* Whom to turn to from `unit`, nearest first: head, grid_worker, grid_chief, group_leader,
 * village_secretary, centre. A vacant post is listed with its person empty. */
struct grid_who {
    const char *role; /* identifier, or "centre" */
    struct bytes key, name, place;
    bool vacant;
};
typedef bool grid_who_fn(void *context, const struct grid_who *who);
GRID_API void grid_roster_who(const struct grid_roster *roster, struct bytes unit, int32_t today,
        grid_who_fn *each, void *context);

/* --- from the log. Each is idempotent; order matters only as the log gives it. --- */
/* ROWS wait until the ROSTER of their version arrives; then count and digest are checked and the
 * version counts. GRID_MALFORMED: ROWS that are none ("roster_row"), a ROSTER whose count or digest
 * ("roster_digest") or number ("roster_predecessor") does not fit. A ROSTER that comes before the
 * one it follows waits (GRID_OK). Two that follow the same one, as a centre writes them that was
 * put back from an older copy, both count and may be cited; the latest is the one with the higher
 * number, then with the greater leaf. Each unit's roster has one writer and is kept by itself.
 */
enum grid_status roster_take_rows(
        struct grid_roster *roster, const struct rows_body *rows, struct grid_error *error);
enum grid_status roster_take_roster(struct grid_roster *roster, const struct roster_body *body,
        const uint8_t leaf[static GRID_HASH_BYTES], struct grid_error *error);
enum grid_status roster_take_centre(struct grid_roster *roster, const struct centre_body *body);
enum grid_status roster_take_device(struct grid_roster *roster, const struct device_body *body);
/* author → identity, for every incarnation seen of an enrolled identity */
enum grid_status roster_take_author(struct grid_roster *roster,
        const uint8_t author[static GRID_ID_BYTES], const uint8_t identity[static GRID_KEY_BYTES]);
enum grid_status roster_take_cut(struct grid_roster *roster, const struct cut_body *body);
enum grid_status roster_take_fork(struct grid_roster *roster, const struct fork_body *body);

/* The bodies of the step from `roster`'s latest version to `next` (as read from files): calls
 * `entry` with each packed ROWS body (≤ 24 KiB) and last with the ROSTER body. Nothing is called
 * when nothing differs: *changed is false then. `unit`: the centre that writes. */
typedef enum grid_status roster_body_fn(void *context, enum grid_kind kind, struct bytes body);
enum grid_status roster_step(const struct grid_roster *roster, const struct grid_roster *next,
        struct bytes unit, bool *changed, roster_body_fn *entry, void *context,
        struct grid_error *error);

/* --- judging (D22): everything in the version that an entry cites --- */
uint32_t roster_version(const struct grid_roster *roster); /* the latest complete one, 0: none */
uint64_t roster_rv(const struct grid_roster *roster);      /* version << 32 | leaf[0..4]; 0: none */
/* How many versions are held, of all units: it grows whenever a name may have changed. */
uint64_t roster_versions_held(const struct grid_roster *roster);
/* The version is held, among the rosters that bind `place`: those of the units at or above it. */
bool roster_holds(const struct grid_roster *roster, uint64_t rv, struct bytes place);
/* rv 0 lists nobody, with one exception that the caller handles: the centre's node itself. */
bool roster_post_listed(const struct grid_roster *roster, uint64_t rv,
        const uint8_t person[static GRID_ID_BYTES], unsigned role, struct bytes place);
/* A clerk or director at `office`. */
bool roster_office_staffed(const struct grid_roster *roster, uint64_t rv, struct bytes office);
/* An office that stands above the unit whose roster is cited by a post at `place`: that roster says
 * nothing of who works there. */
bool roster_office_above(
        const struct grid_roster *roster, uint64_t rv, struct bytes place, struct bytes office);
/* The micro-grids of a party group; at most `max`, the number there are is returned. */
size_t roster_group_places(const struct grid_roster *roster, uint64_t rv, struct bytes group,
        struct bytes *out, size_t max);

/* Reading (DOMAIN 7): whether a post at `own` reads what was placed at `place`, a unit or, for what
 * a department or mediation body leads or assists, its id. */
bool roster_post_reads(const struct grid_roster *roster, uint64_t rv, unsigned role,
        struct bytes own, struct bytes place);

/* Who stands behind an author: found by INCARNATE and DEVICE or CENTRE. */
struct roster_author {
    bool is_centre;
    uint8_t identity[GRID_KEY_BYTES];
    uint8_t person[GRID_ID_BYTES]; /* of a device */
    struct bytes unit;             /* of a centre: its own; of a device: the one that enrolled it */
    unsigned slot;
};
bool roster_author_find(const struct grid_roster *roster,
        const uint8_t author[static GRID_ID_BYTES], struct roster_author *out);
/* The same of an identity. */
bool roster_enrolled_as(const struct grid_roster *roster,
        const uint8_t identity[static GRID_KEY_BYTES], struct roster_author *out);
/* A CENTRE of this unit is known: whatever its identity, and however it ended. */
bool roster_has_centre(const struct grid_roster *roster, struct bytes unit);
/* Each identity that is or was a centre, with its unit. */
typedef bool grid_centre_fn(
        void *context, const uint8_t identity[static GRID_KEY_BYTES], struct bytes unit);
void roster_each_centre(const struct grid_roster *roster, grid_centre_fn *each, void *context);
/* Of the centres below `above` that stand over a place the highest: `above` speaks to it, and it to
 * what is further down. Size 0: there is none. */
struct bytes roster_centre_below(
        const struct grid_roster *roster, struct bytes above, struct bytes place);
bool roster_identity_enrolled(
        const struct grid_roster *roster, const uint8_t identity[static GRID_KEY_BYTES]);
const struct grid_device *roster_device_of(
        const struct grid_roster *roster, const uint8_t identity[static GRID_KEY_BYTES]);
unsigned roster_slot_next(const struct grid_roster *roster, unsigned first); /* lowest never used */
/* The last valid sequence of a stream: UINT64_MAX when its identity is not cut. */
uint64_t roster_cut_position(
        const struct grid_roster *roster, const uint8_t author[static GRID_ID_BYTES], uint8_t lane);
bool roster_identity_cut(
        const struct grid_roster *roster, const uint8_t identity[static GRID_KEY_BYTES]);
/* Decided forks (P-140). The leaf that counts where the branches of a stream part; NULL: no fork
 * was decided there. Of two decisions the smaller leaf counts, in whatever order they came. */
const uint8_t *roster_fork_leaf(const struct grid_roster *roster,
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, uint64_t seq);
/* The first place at which a fork of this stream was decided; 0: none was. */
uint64_t roster_fork_first(
        const struct grid_roster *roster, const uint8_t author[static GRID_ID_BYTES], uint8_t lane);
struct roster_fork {
    const uint8_t *author, *leaf;
    uint8_t lane;
    uint64_t seq;
};
size_t roster_fork_count(const struct grid_roster *roster);
struct roster_fork roster_fork_at(const struct grid_roster *roster, size_t index);

#endif
