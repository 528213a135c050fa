/* What the files of this room share and nobody else sees: a row, the versions it lives in, and the
 * roster that holds it. */
#ifndef GRID_ROSTER_INSIDE_H
#define GRID_ROSTER_INSIDE_H

#include "libgrid/roster/lookup.h"
#include "libgrid/roster/roster.h"
#include "proto/arena.h"

/* --- rows (P-100…; row.c) --- */

enum row_kind { ROW_UNIT = 1, ROW_POST = 2, ROW_DEPARTMENT = 3, ROW_KIND_END };

#define VERSION_NONE UINT32_MAX /* a row that nothing has ended */

struct row {
    struct bytes raw;      /* its canonical bytes: what is hashed and compared */
    uint32_t since, until; /* listed in the versions held as since ≤ place < until */
    uint32_t line;         /* in its file; 0 when it came from an entry */
    enum row_kind kind;
    union {
        struct grid_unit unit;
        struct grid_post post;
        struct grid_department department;
    };
};

enum {
    ROW_BYTES_MAX = 4096,
    ROW_TEXT_BYTES_MAX = 240,   /* 60 characters of any script */
    ROW_LIST_BYTES_MAX = 2048,  /* successors or routes, joined */
    ROW_ROWS_MAX = 262144,      /* of one roster, all versions counted: ten banners */
    ROW_WAITING_MAX = 67108864, /* bytes of ROWS that wait for their ROSTER */
};

/* Reads one canonical row; texts point into `raw`. GRID_MALFORMED ("roster_row") when it is none,
 * GRID_NOMEM. */
enum grid_status row_read(struct bytes raw, struct row *out, struct grid_error *error);
/* Reads a key as `remove` has it; only the fields of the key are filled. */
enum grid_status row_read_key(struct bytes raw, struct row *out, struct grid_error *error);
void row_pack(struct buffer *out, const struct row *row);
void row_pack_key(struct buffer *out, const struct row *row);
/* By kind and key: units by code; posts by place, role, person's key, first day; departments by id.
 */
int row_compare_keys(const struct row *a, const struct row *b);
uint32_t row_key_hash(const struct row *row);
/* What P-104 adds up. */
enum grid_status row_hash(uint8_t out[static GRID_HASH_BYTES], const struct row *row);
/* The person's id of a post: the key counts in its township, or in the place's unit when that is
 * higher. */
enum grid_status row_person(struct row *row);
/* The words of P-101's numbers; 0 or NULL for what there is none. */
const char *row_subkind_word(unsigned number);
const char *row_stationing_word(unsigned number);

bool day_valid(int32_t day); /* a day of 1900 to 2999, or GRID_DAY_NONE */
bool day_within(int32_t day, int32_t from, int32_t to);
/* `limit` is a last day, and `to` is later or open. */
bool day_outlives(int32_t to, int32_t limit);

/* --- the roster (roster.c) --- */

/* Versions stand in the order in which they came to count here; their places count from 1. Mostly
 * place and number are the same. They are not when the writer lost its latest versions with its
 * disk and wrote others of the same numbers: then both branches are held, for entries cite both. */
struct version {
    uint32_t number;
    uint64_t count;                  /* of its rows */
    uint8_t digest[GRID_HASH_BYTES]; /* P-104 */
    uint8_t leaf[GRID_HASH_BYTES];   /* of its ROSTER; zeros when it was read from files */
};

/* One ROWS body that has come; its bytes carry the texts of its rows for good once it counts. */
struct batch {
    struct batch *next;
    uint32_t version;
    struct bytes put, remove; /* raw arrays, within `data` */
    size_t put_count, remove_count;
    uint8_t data[];
};

/* A ROSTER entry; one that came before the version it follows waits. */
struct waiting {
    struct version version;
    uint8_t predecessor[GRID_ID_BYTES];
    size_t predecessor_bytes;
};

/* Who is enrolled (device.c). */
struct enrolled {
    uint8_t identity[GRID_KEY_BYTES];
    bool is_centre;
    struct grid_device device; /* of a device; of a centre only its unit */
};
struct author_row {
    uint8_t author[GRID_ID_BYTES];
    uint8_t identity[GRID_KEY_BYTES];
};
struct cut_row {
    uint8_t identity[GRID_KEY_BYTES];
    struct cut_position *positions;
    size_t position_count;
};
/* Of two branches of a log the one with this leaf there (D15). */
struct fork_row {
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t seq;
    uint8_t leaf[GRID_HASH_BYTES];
};

/* One writer's rosters; a node holds those of its own unit, of the units above and of those below
 * (several.c). Devices, authors, cuts and forks are kept in the first alone. */
struct grid_roster {
    char unit[GRID_PLACE_BYTES]; /* of the centre that writes it; empty until it wrote */
    struct grid_roster *others;  /* of the other units, in the order in which they came */
    struct arena texts;
    struct batch *batches; /* that wait, in the order they came */
    struct batch *kept;    /* that count: rows point into them */
    size_t waiting_bytes;
    struct waiting *waiting;
    size_t waiting_count, waiting_capacity;

    struct row *rows; /* of all versions */
    size_t row_count, row_capacity;
    struct lookup by_key, by_place, by_person;
    uint32_t *order; /* the rows of the latest version, by kind and key */
    uint32_t *order_spare;
    size_t order_count, order_capacity;
    size_t order_start[ROW_KIND_END + 1]; /* where each kind begins in `order` */
    struct version *versions;             /* [0] has place 1 */
    size_t version_count, version_capacity;
    uint32_t latest; /* the place of the highest number, then the greater leaf; 0: none */

    struct enrolled *enrolled;
    size_t enrolled_count, enrolled_capacity;
    struct lookup by_identity;
    struct bytes *centres; /* units that have one, each once */
    size_t centre_count, centre_capacity;
    struct author_row *authors;
    size_t author_count, author_capacity;
    struct lookup by_author;
    struct cut_row *cuts;
    size_t cut_count, cut_capacity;
    struct lookup by_cut;
    struct fork_row *forks;
    size_t fork_count, fork_capacity;
    struct lookup by_fork; /* author */
};

/* The array with room for `count` elements of `size` bytes; NULL when memory ends: the old one is
 * still there then. */
void *array_grown(void *array, size_t *capacity, size_t count, size_t size);
/* Room for `more` rows in all that holds rows. */
bool roster_reserve(struct grid_roster *roster, size_t more);
/* Appends a row whose bytes stay where they are; roster_reserve made the room. */
void roster_append(struct grid_roster *roster, const struct row *row, uint32_t since);
/* And for one version more. */
bool roster_reserve_version(struct grid_roster *roster, size_t more);
/* From the version before to the latest: `fresh_first` is the first row that it added; they stand
 * in key order. */
void roster_merge_order(struct grid_roster *roster, size_t fresh_first);
void roster_sort_order(struct grid_roster *roster);
/* Adds the hash of a row to a digest, or takes it away. */
enum grid_status digest_change(
        uint8_t digest[static GRID_HASH_BYTES], const struct row *row, bool add);
/* The version that follows the one at place `base` (0: none), from the ROWS that wait: all of it
 * or, with GRID_MALFORMED ("roster_digest"), nothing. */
enum grid_status roster_apply(struct grid_roster *roster, const struct version *version,
        uint32_t base, struct grid_error *error);
/* Makes the rows of a roster that was read from files its one version. */
enum grid_status roster_complete(struct grid_roster *roster);

/* The row with the key of `key` in the version at a place of this one roster, in its latest one; or
 * NULL. */
const struct row *roster_row_at(
        const struct grid_roster *roster, const struct row *key, uint32_t place);
const struct row *roster_row_here(const struct grid_roster *roster, const struct row *key);
/* Of the latest versions of all writers: from the one that speaks for it. */
const struct row *roster_row(const struct grid_roster *roster, const struct row *key);
/* The newest row with that key in any version of any writer. */
const struct row *roster_row_ever(const struct grid_roster *roster, const struct row *key);
const struct row *roster_unit_row(const struct grid_roster *roster, struct bytes code);
const struct row *roster_department_row(const struct grid_roster *roster, struct bytes id);
/* The first position in `order`, within one kind, whose row is not before `key`. */
size_t roster_position(const struct grid_roster *roster, const struct row *key);
uint32_t roster_place_hash(enum row_kind kind, struct bytes place);
uint32_t roster_person_hash(const uint8_t person[static GRID_ID_BYTES]);

static inline bool row_listed(const struct row *row, uint32_t place)
{
    return row->since <= place && place < row->until;
}
static inline uint64_t version_rv(const struct version *version)
{
    return (uint64_t)version->number << 32 | get_u32(version->leaf);
}
static inline bool row_latest(const struct grid_roster *roster, const struct row *row)
{
    return row_listed(row, roster->latest);
}

/* --- several writers (several.c) --- */

/* The roster that binds a place: that of the nearest unit at or above it which has a version here;
 * NULL when there is none. */
const struct grid_roster *roster_binding(const struct grid_roster *roster, struct bytes place);
/* Which one speaks for a place: the binding one, or for what lies above them all the first. */
const struct grid_roster *roster_of_place(const struct grid_roster *roster, struct bytes place);
void roster_name(struct grid_roster *roster, struct bytes unit);
/* The version that is cited, among the rosters that bind `place`; *version is its place there. NULL
 * when it is not held. */
const struct grid_roster *roster_cited(
        const struct grid_roster *roster, uint64_t rv, struct bytes place, uint32_t *version);
/* The roster that this unit's centre writes, made when it is the first word of it. */
struct grid_roster *roster_written_by(struct grid_roster *roster, struct bytes unit);
/* The latest rows of a kind in all rosters, each from the one that speaks for it, in the order of
 * keys; begins at the first that is not before `from`. False from `each` ends it. */
typedef bool roster_row_fn(void *context, const struct row *row);
void roster_each_row(const struct grid_roster *roster, const struct row *from, roster_row_fn *each,
        void *context);

/* Enrolled devices, authors and cuts (device.c) */
void roster_close_devices(struct grid_roster *roster);

/* --- reading files (sheet.c, field.c, check.c) --- */

enum sheet { SHEET_UNITS, SHEET_POSTS, SHEET_DEPARTMENTS, SHEET_COUNT };
enum { SHEET_COLUMNS_MAX = 12 };

/* One finding in short; the buffer holds many, so that they come out in the order of lines. */
struct noted {
    uint32_t line;
    uint8_t sheet;
    char code[4];
    size_t at, size; /* its arguments in `texts` */
};

struct findings {
    grid_finding_fn *found;
    void *context;
    struct grid_finding_counts *counts;
    struct noted *noted;
    size_t noted_count, noted_capacity;
    struct buffer texts;
    bool failed; /* memory ended */
};

/* The sentence of a code has four arguments, always in this order (some are empty):
 *   %1 the cause, one word; with it the catalogue may have a closer sentence: roster_R09_date
 *   %2 what it is about: a column, a code, a role
 *   %3 the value that was found
 *   %4 the value it stands against: what was expected, the line or name before */
void findings_add(struct findings *findings, enum sheet sheet, uint32_t line, const char *code,
        const char *cause, struct bytes subject, struct bytes value, struct bytes other);
void findings_flush(struct findings *findings);
void findings_close(struct findings *findings);
const char *sheet_name(enum sheet sheet);

struct sheet_row {
    enum sheet sheet;
    uint32_t line;
    struct bytes fields[SHEET_COLUMNS_MAX];
};
typedef enum grid_status sheet_row_fn(void *context, const struct sheet_row *row);
/* Decodes and parses one file; `each` for every row with the right number of columns. *readable is
 * false when it is missing or its encoding or header is wrong: nothing is known about its rows. */
enum grid_status sheet_read(enum sheet sheet, struct bytes file, struct findings *findings,
        sheet_row_fn *each, void *context, bool *readable);

/* One row of a file to a row of the roster, as far as it can be judged by itself. *keyed false: it
 * has no key that could be kept. Texts point into `from`. */
enum grid_status field_row(const struct sheet_row *from, struct findings *findings,
        bool (*category_known)(struct bytes digits), struct row *out, bool *keyed);

/* What rows are to each other: R05–R11 and the warnings. */
struct check {
    struct grid_roster *draft;        /* complete, its rows with their lines */
    const struct grid_roster *loaded; /* or NULL */
    struct bytes centre;              /* empty: unknown */
    int32_t today;
    bool units_readable, posts_readable, departments_readable;
    struct findings *findings;
};
enum grid_status check_rows(const struct check *check);
enum grid_status check_posts(const struct check *check);
/* Empty for a region. */
struct bytes unit_parent(const struct grid_unit *unit);

#endif
