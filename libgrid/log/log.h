/* What was written, and by whose key (D5–D8, D13): the streams held here, our own author, and the
 * order in which everything arrived. Knows no case: what an entry means is told by whoever hands it
 * in. */
#ifndef GRID_LOG_LOG_H
#define GRID_LOG_LOG_H

#include "libgrid/store/store.h"
#include "proto/body.h"
#include "proto/keyring.h"
#include "proto/stamp.h"

struct stream {
    struct store_stream row; /* the unbroken part: 1 … row.tip_seq */
    bool own;                /* ours, of this or an earlier incarnation */
    bool identified;         /* its INCARNATE is known: `identity` stands behind it */
    uint8_t identity[GRID_KEY_BYTES];
    bool parted;                          /* the parent holds another branch of it (D15) */
    uint64_t receipted_seq;               /* the parent's receipt reaches so far */
    uint64_t tier_seq[GRID_TIER_MAX + 1]; /* and those of each tier */
    uint64_t offered_seq;                 /* sent so far on the present link to the parent */
    uint64_t given_seq;                   /* the parent gave it to us so far, in this process */
    uint64_t child_seq;                   /* so far a centre below says that it has it */
};

/* The end of an arrival log: the position of its last entry, and the run that this one belongs to.
 * Known again at the next start from the tip of that run's stream. */
struct log_tail {
    uint64_t lsn;
    struct store_run run;
};

/* A run of one stream in the arrival log, whole. */
struct log_run {
    uint64_t first_lsn, last_lsn;
    uint32_t stream;
    uint64_t first_seq;
};

struct log {
    struct store *store;
    struct grid_keyring keyring; /* as it has to be in the key file */
    bool keyring_changed;
    uint64_t start;   /* the number of this start (P-47) */
    bool start_waits; /* to be counted with the first commit that writes */
    void (*random)(void *context, uint8_t *out, size_t size);
    void *random_context;
    uint8_t identity[GRID_KEY_BYTES];
    uint8_t author[GRID_ID_BYTES]; /* the one in use */
    struct stream *own[GRID_LANE_COUNT];
    struct stream **streams;
    size_t stream_count, stream_capacity;
    uint32_t *table; /* hash of (author, lane): index + 1 into streams */
    size_t table_size;
    uint64_t clock; /* the latest own stamp, or a remote one that moved us (P-71) */
    uint8_t epoch[GRID_EPOCH_BYTES];
    struct log_tail tails[GRID_LANE_COUNT];
    struct stream *incarnated[GRID_LANE_COUNT]; /* own streams begun since the owner last looked */
};

/* Reads streams and epoch; holds the keyring against the database and, when the database is older,
 * closes the author and opens the next one (D5, I3). `keyring` is copied. */
enum grid_status log_open(struct log *log, struct store *store, const struct grid_keyring *keyring,
        void (*random)(void *, uint8_t *, size_t), void *random_context, struct grid_error *error);
void log_close(struct log *log);
/* P-47: puts the number of this start into database and key file, to be durable with this turn. */
enum grid_status log_count_start(struct log *log, struct grid_error *error);

/* --- streams --- */
struct stream *log_stream(
        const struct log *log, const uint8_t author[static GRID_ID_BYTES], uint8_t lane);
/* By a dot's 8 bytes; NULL when not held. */
struct stream *log_stream_of_dot(const struct log *log, const struct dot *dot);
/* NULL for a place that is in no stream: the file was changed from outside. */
struct stream *log_stream_at(const struct log *log, int64_t place);
/* Finds it or makes it, empty. */
enum grid_status log_stream_make(struct log *log, const uint8_t author[static GRID_ID_BYTES],
        uint8_t lane, struct stream **out, struct grid_error *error);
/* id(seq) of the unbroken part, as it was when the entry was written. */
enum grid_status log_chain_id(struct log *log, struct stream *stream, uint64_t seq,
        uint8_t id[static GRID_HASH_BYTES], struct grid_error *error);
/* The run that holds position `lsn` of our arrival log; *found false behind its end. */
enum grid_status log_run_at(struct log *log, uint8_t lane, uint64_t lsn, struct log_run *out,
        bool *found, struct grid_error *error);
/* The entry that ends at `lsn` of our arrival log: first 8 bytes of its leaf. *found false: no such
 * lsn. */
enum grid_status log_leaf_at(struct log *log, uint8_t lane, uint64_t lsn, uint8_t leaf[static 8],
        bool *found, struct grid_error *error);
/* How far the arrival log up to `lsn` brings one of its streams. */
enum grid_status log_arrived(struct log *log, const struct stream *stream, uint64_t lsn,
        uint64_t *seq, struct grid_error *error);
/* The stored entry at a place with its leaf; its bytes are borrowed until the next call on the
 * store. */
enum grid_status log_entry(struct log *log, int64_t place, struct entry *out,
        struct store_entry *stored, bool *found, struct grid_error *error);

/* --- writing --- */
/* P-71, after opening: what others wrote moves our clock again, as far as ours bears it out. */
void log_meet_stamps(struct log *log, int64_t wall_ms);
uint64_t log_stamp(struct log *log, int64_t wall_ms);
/* The next entry of our own stream in this lane (its INCARNATE first, when the lane is new): gives
 * author, lane, seq and leaf; header and body have been checked and stay borrowed. Nothing is
 * written: log_put does that. */
enum grid_status log_next_own(struct log *log, enum grid_lane lane, struct bytes header,
        struct bytes body, struct entry *out, struct grid_error *error);
/* Stores an entry that follows its stream's tip, moves the tip and the arrival log. */
enum grid_status log_put(struct log *log, struct stream *stream, const struct entry *entry,
        uint32_t kind, int64_t case_no, enum grid_verdict verdict, uint64_t hlc,
        int64_t received_ms, struct grid_error *error);
/* Stores an entry that came singly (a bucket): tip and arrival log stay. *fresh false: held
 * already. GRID_REFUSED ("other_content") when another entry is held at its place. */
enum grid_status log_put_loose(struct log *log, const struct entry *entry, uint32_t kind,
        int64_t case_no, enum grid_verdict verdict, int64_t received_ms, int64_t *place,
        bool *fresh, struct grid_error *error);

/* Keeps what is held singly at the place of `entry` as evidence; it stays there. GRID_REFUSED
 * within the unbroken part of a stream. */
enum grid_status log_set_aside(
        struct log *log, const struct entry *entry, struct grid_error *error);
/* Puts it where another one is held that came singly too: of two branches the parent goes on with
 * this one. What was there is kept as evidence. GRID_REFUSED within the unbroken part of a stream.
 */
enum grid_status log_displace(struct log *log, const struct entry *entry, uint32_t kind,
        int64_t *place, struct grid_error *error);

/* --- branches (D15, branch.c) --- */
/* Keeps what is held from `from_seq` on as evidence; it stays where it is. */
enum grid_status log_keep_branch(
        struct log *log, struct stream *stream, uint64_t from_seq, struct grid_error *error);
/* The stream ends at `last_seq` again: the entries behind it were dropped. What arrived is numbered
 * anew, under a new epoch. */
enum grid_status log_cut_back(
        struct log *log, struct stream *stream, uint64_t last_seq, struct grid_error *error);

/* --- accepting (D8, P-53) --- */
enum log_judgement {
    LOG_TAKEN,   /* entries[first_new …] are new and follow the tip */
    LOG_KNOWN,   /* all of it is held already: success */
    LOG_REFUSED, /* `reason`: gap, bad_seal, unknown_author, not_incarnated, … */
    LOG_FORKED,  /* sealed by its author, but other than what is held */
};
struct log_acceptance {
    enum log_judgement judgement;
    const char *reason;
    struct stream *stream;
    struct entry *entries;
    uint8_t *ids;
    size_t entry_count, first_new;
};
/* Judges a segment whole, before anything is written. `enrolled` says whether an identity was ever
 * enrolled here (or is our own). Everything handed out lives in the arena. */
typedef bool log_enrolled_fn(void *context, const uint8_t identity[static GRID_KEY_BYTES]);
enum grid_status log_judge_segment(struct log *log, const struct segment *segment,
        struct arena *arena, log_enrolled_fn *enrolled, void *context, struct log_acceptance *out,
        struct grid_error *error);

/* --- our own author --- */
/* Closes the author in use: a peer proved to know more of it than we do (D5). The next entry opens
 * the spare one, under a new epoch. */
enum grid_status log_close_author(struct log *log, struct grid_error *error);
/* The seed of one of our incarnations, or NULL. */
const uint8_t *log_seed_of(const struct log *log, const uint8_t author[static GRID_ID_BYTES]);
/* Takes note that we are about to seal up to here; true when the key file has to be written first.
 */
bool log_mark(struct log *log, const struct stream *stream, uint64_t seq,
        const uint8_t id[static GRID_HASH_BYTES]);

#endif
