/* Where everything is kept: one SQLite database, one connection, one transaction a turn (D3). All
 * SQL is in this folder, behind typed calls; nothing above assumes SQLite. Any failure but
 * GRID_NOMEM before a write leaves the turn unusable: the node is closed and opened again. Texts
 * and blobs handed out are borrowed until the next call on the store. */
#ifndef GRID_STORE_STORE_H
#define GRID_STORE_STORE_H

#include "proto/message.h"

struct store;

enum grid_status store_open(
        struct store **out, const char *path, const char *vfs, struct grid_error *error);
void store_close(struct store *store);
/* How much of the database may be kept in memory: 1 MiB unless told. */
enum grid_status store_cache(struct store *store, unsigned kib, struct grid_error *error);
/* Starts the turn's transaction when it has not started; every write below does it by itself. */
enum grid_status store_begin(struct store *store, struct grid_error *error);
/* Makes the turn durable. GRID_OK at once when nothing was written. */
enum grid_status store_commit(struct store *store, struct grid_error *error);
bool store_in_turn(const struct store *store);
/* The turn has changed a row so far. */
bool store_has_written(const struct store *store);
/* GRID_OK while no statement of the turn has failed; else the turn cannot be committed. */
enum grid_status store_state(const struct store *store, struct grid_error *error);
/* PRAGMA integrity_check; GRID_STORAGE names the first defect. */
enum grid_status store_verify(struct store *store, struct grid_error *error);

/* --- backup: between turns alone --- */
/* All that is committed, into a fresh file at `path`, with a note of what it is. The file is
 * durable when this returns; its name is the caller's to sync. */
enum grid_status store_backup(
        struct store *store, const char *path, struct bytes note, struct grid_error *error);
/* The note of such a file and how many entries it holds; GRID_STORAGE when it is damaged,
 * GRID_INVALID ("backup_none") when it is none. */
enum grid_status store_backup_read(
        const char *path, struct buffer *note, uint64_t *entries, struct grid_error *error);
/* Makes a database of a backup file, to be opened as such. */
enum grid_status store_backup_revive(const char *path, struct grid_error *error);
/* Entries in a database that nobody has open. */
enum grid_status store_file_count(const char *path, uint64_t *entries, struct grid_error *error);

/* --- meta: small named values --- */
/* The bytes must be exactly `size`; *found false when absent. */
enum grid_status store_meta_get(struct store *store, const char *name, void *out, size_t size,
        bool *found, struct grid_error *error);
enum grid_status store_meta_put(struct store *store, const char *name, const void *value,
        size_t size, struct grid_error *error);
enum grid_status store_meta_get_u64(
        struct store *store, const char *name, uint64_t *out, struct grid_error *error);
enum grid_status store_meta_put_u64(
        struct store *store, const char *name, uint64_t value, struct grid_error *error);

/* --- log --- */
enum { STORE_SEQ_BITS = 40 }; /* GRID_SEQ_MAX */
#define STORE_PLACE(stream, seq) ((int64_t)(((uint64_t)(stream) << STORE_SEQ_BITS) | (seq)))

struct store_author {
    uint8_t author[GRID_ID_BYTES];
    uint8_t key[GRID_KEY_BYTES];
    uint8_t identity[GRID_KEY_BYTES];
    uint64_t counter;
};
typedef enum grid_status store_author_fn(void *context, const struct store_author *author);
enum grid_status store_author_each(
        struct store *store, store_author_fn *each, void *context, struct grid_error *error);
enum grid_status store_author_put(
        struct store *store, const struct store_author *author, struct grid_error *error);
enum grid_status store_author_get(struct store *store, const uint8_t author[static GRID_ID_BYTES],
        struct store_author *out, bool *found, struct grid_error *error);

struct store_stream {
    uint32_t no;
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t tip_seq; /* the unbroken part is 1 … tip_seq; 0: none */
    uint8_t tip_id[GRID_HASH_BYTES];
    uint64_t tip_hlc;
};
/* In the order of their numbers. What stands at the tip is read from the entry there: `tip_header`
 * is its header, for whoever knows how to read the stamp. */
typedef enum grid_status store_stream_fn(
        void *context, const struct store_stream *stream, struct bytes tip_header);
enum grid_status store_stream_each(
        struct store *store, store_stream_fn *each, void *context, struct grid_error *error);
/* A new one: its number, author and lane. */
enum grid_status store_stream_put(
        struct store *store, const struct store_stream *stream, struct grid_error *error);

/* body_read and body_write of D3 are inside these: the one place where report text touches the
 * disk. */
struct store_entry {
    int64_t place;
    uint32_t kind;
    int64_t case_no; /* 0: none */
    unsigned verdict;
    int64_t received_ms;
    const uint8_t *id; /* of the chain; NULL: came singly, beyond the unbroken part of its stream */
    struct bytes header;
    struct bytes body;
};
typedef enum grid_status store_entry_fn(void *context, const struct store_entry *entry);
enum grid_status store_entry_put(
        struct store *store, const struct store_entry *entry, struct grid_error *error);
enum grid_status store_entry_get(struct store *store, int64_t place, struct store_entry *out,
        bool *found, struct grid_error *error);
/* The chain id there; *found false when there is no entry, or one that came singly. */
enum grid_status store_entry_id(struct store *store, int64_t place,
        uint8_t id[static GRID_HASH_BYTES], bool *found, struct grid_error *error);
/* Places first … last in order; a status other than GRID_OK from `each` ends it and is returned. */
enum grid_status store_entry_run(struct store *store, int64_t first, int64_t last,
        store_entry_fn *each, void *context, struct grid_error *error);
enum grid_status store_entry_of_case(struct store *store, int64_t case_no, store_entry_fn *each,
        void *context, struct grid_error *error);
enum grid_status store_entry_verdict(
        struct store *store, int64_t place, unsigned verdict, struct grid_error *error);
/* Other bytes at a place that is taken: for entries that came singly. */
enum grid_status store_entry_replace(struct store *store, int64_t place, uint32_t kind,
        struct bytes header, struct bytes body, struct grid_error *error);
/* Of entries that came singly alone. */
enum grid_status store_entry_drop(struct store *store, int64_t place, struct grid_error *error);
enum grid_status store_entry_count(struct store *store, uint64_t *out, struct grid_error *error);
/* The greatest seq held of a stream, loose entries included; 0: none. */
enum grid_status store_entry_last(
        struct store *store, uint32_t stream, uint64_t *seq, struct grid_error *error);

enum grid_status store_seal_put(struct store *store, int64_t place,
        const uint8_t seal[static GRID_SIGNATURE_BYTES], struct grid_error *error);
/* The last seal in first … last. */
enum grid_status store_seal_last(struct store *store, int64_t first, int64_t last, int64_t *place,
        uint8_t seal[static GRID_SIGNATURE_BYTES], bool *found, struct grid_error *error);

/* The first one there. */
enum grid_status store_seal_first(struct store *store, int64_t first, int64_t last, int64_t *place,
        uint8_t seal[static GRID_SIGNATURE_BYTES], bool *found, struct grid_error *error);
enum grid_status store_seal_drop(
        struct store *store, int64_t first, int64_t last, struct grid_error *error);

/* Where a run of one stream begins in a lane's arrival log: position and sequence of its first
 * entry. */
struct store_run {
    uint64_t lsn;
    uint32_t stream;
    uint64_t seq;
};
/* The last run that begins at `lsn` or before. */
enum grid_status store_arrival_last(struct store *store, uint8_t lane, uint64_t lsn,
        struct store_run *out, bool *found, struct grid_error *error);
/* The first run that begins behind `lsn`: of any stream (0), or of this one. */
enum grid_status store_arrival_next(struct store *store, uint8_t lane, uint64_t lsn,
        uint32_t stream, struct store_run *out, bool *found, struct grid_error *error);
enum grid_status store_arrival_put(
        struct store *store, uint8_t lane, const struct store_run *run, struct grid_error *error);
enum grid_status store_arrival_clear(struct store *store, uint8_t lane, struct grid_error *error);

/* --- cases --- */
/* Reads which case has which id; when the store is opened. */
enum grid_status store_case_load(struct store *store, struct grid_error *error);
/* What a clock is held against (DOMAIN 6): moments in UTC ms, 0: none. */
struct store_watch {
    int64_t accept_ms, act_ms, finish_ms, red_ms, check_ms, reply_ms, last_ms;
    unsigned flags;
};
struct store_case {
    int64_t no;
    uint8_t case_id[GRID_ID_BYTES];
    int64_t create_place; /* 0: a stub */
    const char *code;     /* NULL: a stub */
    const uint8_t *reporter;
    uint64_t created;      /* hybrid clock of its create */
    unsigned state, shown; /* its own state, and what is shown of it */
    int64_t primary;       /* of the case that it was joined to; 0: none */
    int64_t occurred_ms;
    bool has_geo;
    int32_t latitude, longitude; /* degrees x 10^7 */
    unsigned urgency, category;
    struct bytes unit;
    struct bytes tags; /* |mining|group| */
    uint64_t conflicts, pending;
    uint8_t digest[GRID_HASH_BYTES];
    struct bytes buckets; /* numbers of those that it lies in, u32 each */
    struct store_watch watch;
};
enum grid_status store_case_drop(struct store *store, int64_t no,
        const uint8_t id[static GRID_ID_BYTES], struct grid_error *error);
/* Appends them to *out. */
enum grid_status store_case_buckets(
        struct store *store, int64_t no, struct buffer *out, struct grid_error *error);
enum grid_status store_case_by_id(struct store *store, const uint8_t id[static GRID_ID_BYTES],
        int64_t *no, int64_t *create_place, bool *found, struct grid_error *error);
enum grid_status store_case_by_no(struct store *store, int64_t no, uint8_t id[static GRID_ID_BYTES],
        int64_t *create_place, uint8_t digest[static GRID_HASH_BYTES], bool *found,
        struct grid_error *error);
enum grid_status store_case_put(
        struct store *store, const struct store_case *summary, struct grid_error *error);
enum grid_status store_case_last(struct store *store, int64_t *no, struct grid_error *error);
enum grid_status store_case_count(struct store *store, uint64_t *out, struct grid_error *error);
enum grid_status store_case_conflict_count(
        struct store *store, uint64_t *conflicts, struct grid_error *error);

typedef enum grid_status store_case_fn(void *context, int64_t no);
enum grid_status store_case_by_code(struct store *store, const char *digits, store_case_fn *each,
        void *context, struct grid_error *error);
/* Case ids between `from` and `to`; at most three are called. */
enum grid_status store_case_by_prefix(struct store *store, const uint8_t from[static GRID_ID_BYTES],
        const uint8_t to[static GRID_ID_BYTES], store_case_fn *each, void *context,
        struct grid_error *error);
struct store_case_filter {
    int64_t before;          /* numbers below this one; INT64_MAX: from the newest */
    int64_t after;           /* numbers above this one; 0: down to the first */
    unsigned state;          /* 0: any */
    struct bytes unit;       /* prefix; size 0: any */
    unsigned category;       /* from this one */
    unsigned category_last;  /* to this one; INT32_MAX: any */
    struct bytes tag;        /* with its bars: |mining|; size 0: any */
    const uint8_t *reporter; /* NULL: any */
    unsigned limit;
};
/* These collect the numbers first, so that `each` may use the store freely. */
enum grid_status store_case_list(struct store *store, const struct store_case_filter *filter,
        store_case_fn *each, void *context, struct grid_error *error);
/* All cases with a unit below `unit` (empty: all), as far as counts and queues need them: `each`
 * must leave the store alone, and what it is given is gone afterwards. */
struct store_watched {
    int64_t no;
    uint64_t created; /* as in store_case */
    unsigned state, urgency, category;
    struct bytes unit;
    struct store_watch watch;
};
typedef enum grid_status store_watched_fn(void *context, const struct store_watched *watched);
enum grid_status store_case_watch(struct store *store, struct bytes unit, store_watched_fn *each,
        void *context, struct grid_error *error);
enum grid_status store_case_conflicts(
        struct store *store, store_case_fn *each, void *context, struct grid_error *error);
enum grid_status store_case_pending(
        struct store *store, store_case_fn *each, void *context, struct grid_error *error);
typedef enum grid_status store_digest_fn(
        void *context, int64_t no, const uint8_t digest[static GRID_HASH_BYTES]);
/* Of the cases behind `after`, at most `limit`, ascending: what the index of words goes by. */
typedef enum grid_status store_state_fn(
        void *context, int64_t no, const uint8_t digest[static GRID_HASH_BYTES], struct bytes unit);
enum grid_status store_case_states(struct store *store, int64_t after, unsigned limit,
        store_state_fn *each, void *context, struct grid_error *error);
enum grid_status store_case_each(
        struct store *store, store_digest_fn *each, void *context, struct grid_error *error);

/* --- what is joined (store_link.c): links as the folds have them, and the sets that they make ---
 */
/* A case as a member of a set. */
struct store_member {
    int64_t no;
    uint8_t case_id[GRID_ID_BYTES];
    uint64_t created; /* hybrid clock of its create */
    unsigned state;   /* its own; 0: it is no member */
    unsigned shown;   /* the same, or merged */
    int64_t primary;  /* 0: none, or it is the primary itself */
};
enum grid_status store_member_get(struct store *store, int64_t no, struct store_member *out,
        bool *found, struct grid_error *error);
enum grid_status store_member_put(
        struct store *store, const struct store_member *member, struct grid_error *error);
enum grid_status store_link_put(struct store *store, int64_t case_no,
        const uint8_t other[static GRID_ID_BYTES], struct grid_error *error);
enum grid_status store_link_drop(struct store *store, int64_t case_no,
        const uint8_t other[static GRID_ID_BYTES], struct grid_error *error);
/* Appends the ids that links of this case name. */
enum grid_status store_link_of_case(
        struct store *store, int64_t case_no, struct buffer *ids, struct grid_error *error);
/* Appends the numbers (int64_t) of the cases whose links name this one. */
enum grid_status store_link_to_case(struct store *store, const uint8_t id[static GRID_ID_BYTES],
        struct buffer *numbers, struct grid_error *error);
/* When and where the matters of the open cases are, for what may be one of them; `each` must leave
 * the store alone. */
struct store_place {
    int64_t no, primary; /* primary 0: none */
    unsigned category;
    char unit[GRID_PLACE_BYTES];
    int64_t occurred_ms;
    bool has_geo;
    int32_t latitude, longitude;
};
typedef enum grid_status store_place_fn(void *context, const struct store_place *place);
enum grid_status store_case_places(
        struct store *store, store_place_fn *each, void *context, struct grid_error *error);
/* Codes that a case was given later; store_case_by_code finds it by them too. */
enum grid_status store_code_put(
        struct store *store, struct bytes code, int64_t case_no, struct grid_error *error);
enum grid_status store_code_drop(struct store *store, int64_t case_no, struct grid_error *error);
enum grid_status store_link_any(struct store *store, bool *any, struct grid_error *error);

/* Cases that are to be folded anew (D16). */
enum grid_status store_refold_put(struct store *store, int64_t case_no, struct grid_error *error);
/* All that have a merge: it rests on the create of another case. */
enum grid_status store_refold_put_merges(struct store *store, struct grid_error *error);
enum grid_status store_refold_put_all(struct store *store, struct grid_error *error);
enum grid_status store_refold_has(
        struct store *store, int64_t case_no, bool *found, struct grid_error *error);
enum grid_status store_refold_count(struct store *store, uint64_t *out, struct grid_error *error);
/* The first `limit` of them. */
enum grid_status store_refold_list(struct store *store, unsigned limit, store_case_fn *each,
        void *context, struct grid_error *error);
enum grid_status store_refold_drop(struct store *store, int64_t case_no, struct grid_error *error);

/* Cases in which a document is due that could not be issued yet. */
enum grid_status store_unissued_put(struct store *store, int64_t case_no, struct grid_error *error);
enum grid_status store_unissued_list(
        struct store *store, store_case_fn *each, void *context, struct grid_error *error);
enum grid_status store_unissued_drop(
        struct store *store, int64_t case_no, struct grid_error *error);

/* --- sync --- */
enum grid_status store_receipt_put(struct store *store, uint32_t stream, unsigned tier,
        uint64_t seq, struct bytes receipt, const uint8_t signature[static GRID_SIGNATURE_BYTES],
        struct grid_error *error);
/* Appends the newest one of a stream and tier to `receipt`; *found false: there is none. */
enum grid_status store_receipt_get(struct store *store, uint32_t stream, unsigned tier,
        struct buffer *receipt, uint8_t signature[static GRID_SIGNATURE_BYTES], bool *found,
        struct grid_error *error);
/* When the parent had our own entries from place `first` to `last`; what is known stays. */
enum grid_status store_received_put(struct store *store, int64_t first, int64_t last,
        int64_t received_ms, struct grid_error *error);
/* *received_ms 0: it is not known. */
enum grid_status store_received_at(
        struct store *store, int64_t place, int64_t *received_ms, struct grid_error *error);
typedef enum grid_status store_receipt_fn(void *context, uint32_t stream, unsigned tier,
        uint64_t seq, struct bytes receipt, struct bytes signature);
enum grid_status store_receipt_each(
        struct store *store, store_receipt_fn *each, void *context, struct grid_error *error);

/* Those that reach `seq` or further. */
enum grid_status store_receipt_drop(
        struct store *store, uint32_t stream, uint64_t seq, struct grid_error *error);

/* All zero when there is none. */
enum grid_status store_cursor_get(struct store *store,
        const uint8_t identity[static GRID_KEY_BYTES], uint8_t lane, struct cursor *out,
        struct grid_error *error);
enum grid_status store_cursor_put(struct store *store,
        const uint8_t identity[static GRID_KEY_BYTES], uint8_t lane, const struct cursor *cursor,
        struct grid_error *error);

enum store_side { STORE_REFUSED_HERE = 0, STORE_REFUSED_BY_PARENT = 1 };
enum grid_status store_stopped_put(struct store *store, enum store_side side,
        const struct stopped *stopped, int64_t since_ms, struct grid_error *error);
enum grid_status store_stopped_get(struct store *store, enum store_side side,
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, struct stopped *out,
        int64_t *since_ms, bool *found, struct grid_error *error);
typedef enum grid_status store_stopped_fn(void *context, const struct stopped *stopped);
enum grid_status store_stopped_each(struct store *store, enum store_side side,
        store_stopped_fn *each, void *context, struct grid_error *error);
enum grid_status store_stopped_drop(struct store *store, enum store_side side,
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, struct grid_error *error);
enum grid_status store_stopped_count(
        struct store *store, enum store_side side, uint64_t *out, struct grid_error *error);
enum grid_status store_evidence_put(struct store *store, const struct segment *segment,
        int64_t received_ms, struct grid_error *error);
typedef enum grid_status store_evidence_fn(void *context, const struct segment *segment);
enum grid_status store_evidence_each(
        struct store *store, store_evidence_fn *each, void *context, struct grid_error *error);
enum grid_status store_evidence_drop(
        struct store *store, const struct segment *segment, struct grid_error *error);
enum grid_status store_evidence_of_stream(struct store *store,
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, uint64_t *out,
        struct grid_error *error);
enum grid_status store_evidence_count(struct store *store, uint64_t *out, struct grid_error *error);

/* --- buckets (store_bucket.c) --- */
enum store_side_of_bucket { STORE_FILLED_HERE = 0, STORE_FROM_PARENT = 1 };
struct store_bucket {
    uint32_t no; /* 1, 2, 3… */
    unsigned side;
    struct bytes name;
    uint8_t epoch[GRID_EPOCH_BYTES];
    uint64_t position;
    uint8_t digest[GRID_HASH_BYTES];
    unsigned state;
    uint64_t restarts, repairs;
};
typedef enum grid_status store_bucket_fn(void *context, const struct store_bucket *bucket);
enum grid_status store_bucket_each(
        struct store *store, store_bucket_fn *each, void *context, struct grid_error *error);
enum grid_status store_bucket_put(
        struct store *store, const struct store_bucket *bucket, struct grid_error *error);
struct store_bucket_run {
    uint64_t position; /* of its first entry */
    uint32_t stream;
    uint64_t count;
    struct bytes seqs; /* made and read by libgrid/sync/bucket.c */
};
/* Takes the place of one that began at the same position. */
enum grid_status store_bucket_run_put(struct store *store, uint32_t bucket,
        const struct store_bucket_run *run, struct grid_error *error);
typedef enum grid_status store_bucket_run_fn(void *context, const struct store_bucket_run *run);
/* The last run that begins at `position` or before: `each` is called with it once, or not. */
enum grid_status store_bucket_run_at(struct store *store, uint32_t bucket, uint64_t position,
        store_bucket_run_fn *each, void *context, struct grid_error *error);
/* All in their order; `each` may use the store freely. */
enum grid_status store_bucket_run_each(struct store *store, uint32_t bucket,
        store_bucket_run_fn *each, void *context, struct grid_error *error);
enum grid_status store_bucket_clear(struct store *store, uint32_t bucket, struct grid_error *error);

struct store_invitation {
    unsigned slot;               /* 0: it is for a centre */
    char unit[GRID_PLACE_BYTES]; /* of that centre, and its name */
    char name[GRID_NAME_CHARS_MAX * 4 + 1];
    uint8_t person[GRID_ID_BYTES];
    int64_t expires_ms;
    bool bound;
    uint8_t identity[GRID_KEY_BYTES];
};
enum grid_status store_invitation_put(struct store *store,
        const uint8_t secret_hash[static GRID_HASH_BYTES],
        const struct store_invitation *invitation, struct grid_error *error);
enum grid_status store_invitation_get(struct store *store,
        const uint8_t secret_hash[static GRID_HASH_BYTES], struct store_invitation *out,
        bool *found, struct grid_error *error);
enum grid_status store_invitation_bind(struct store *store,
        const uint8_t secret_hash[static GRID_HASH_BYTES],
        const uint8_t identity[static GRID_KEY_BYTES], struct grid_error *error);
/* The greatest slot ever invited; 0: none. */
enum grid_status store_invitation_slot(
        struct store *store, unsigned *slot, struct grid_error *error);

enum grid_status store_key_get(struct store *store, struct bytes key,
        uint8_t fingerprint[static GRID_HASH_BYTES], int64_t *place, bool *found,
        struct grid_error *error);
enum grid_status store_key_put(struct store *store, struct bytes key,
        const uint8_t fingerprint[static GRID_HASH_BYTES], int64_t place, int64_t made_ms,
        struct grid_error *error);
/* What was made at these places: other entries stand there now. */
enum grid_status store_key_drop_places(
        struct store *store, int64_t first, int64_t last, struct grid_error *error);
/* Forgets what was made before `before_ms`, but never the latest `kept_count`: a clock that was set
 * right makes yesterday look decades old (F52). */
enum grid_status store_key_drop_old(
        struct store *store, int64_t before_ms, unsigned kept_count, struct grid_error *error);

struct store_child {
    int64_t last_seen_ms, clock_offset_ms;
    uint64_t lsn_known; /* where its arrival logs end, both lanes together */
};
enum grid_status store_child_put(struct store *store, const uint8_t identity[static GRID_KEY_BYTES],
        const struct store_child *child, struct grid_error *error);
enum grid_status store_child_get(struct store *store, const uint8_t identity[static GRID_KEY_BYTES],
        struct store_child *out, bool *found, struct grid_error *error);

#endif
