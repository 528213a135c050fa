/* The keeper of folds: finds or loads the case of an entry, folds it, and writes the summary that
 * lists and filters read. Between the log (bytes) and the fold (meaning). */
#ifndef GRID_CASE_BOOK_H
#define GRID_CASE_BOOK_H

#include "libgrid/case/fold.h"
#include "libgrid/case/policies.h"
#include "libgrid/log/log.h"

struct book_case;

/* What became of a case since its summary was written last. */
struct book_change {
    int64_t case_no;
    bool created;                 /* it was a stub, or not here at all */
    unsigned state_before, state; /* as people see them: of a member of a set, merged */
    uint64_t conflicts_before, conflicts;
};
typedef void book_change_fn(void *context, const struct book_change *change);
typedef void book_touched_fn(void *context, int64_t no);

struct book {
    struct log *log;
    struct grid_roster *roster;
    struct policies policies; /* filled by who reads the rosters' entries */
    struct book_case *buckets_by_no[1024];
    struct book_case *buckets_by_id[1024];
    struct book_case *newest, *oldest; /* by use */
    size_t cached_bytes, cache_bytes;
    size_t dirty_count; /* cases whose summary is to be written */
    int64_t last_no;
    bool wants_news;     /* somebody fills buckets with what comes */
    struct buffer news;  /* struct book_news, since the last commit */
    uint64_t turn;       /* grows with each commit */
    struct buffer asked; /* int64_t: cases in which a document may be due, when somebody issues */
    bool refolds_wait;   /* cases are to be folded anew (D16) */
    bool creates_came, merge_waits;  /* a merge may wait for the create of another case */
    bool has_links;                  /* some case is linked to another */
    size_t links_changed;            /* cases whose links are to be written */
    struct buffer parted;            /* int64_t: cases that a link let go of */
    uint8_t digest[GRID_HASH_BYTES]; /* sum of the case digests modulo 2^256 (P-118) */
    bool digest_known;               /* somebody asked: from then on it is kept */
    book_change_fn *changed;         /* told of each summary that is written; NULL: nobody asks */
    void *changed_context;
    book_touched_fn *touched; /* told of each case whose summary is written, or that leaves */
    void *touched_context;
};

/* `cache_bytes`: of folds that are kept though nobody needs them. */
enum grid_status book_open(struct book *book, struct log *log, struct grid_roster *roster,
        size_t cache_bytes, struct grid_error *error);
void book_close(struct book *book);

/* Stores an entry at its stream's tip and folds it: judged first, so that it is written once.
 * `entry` has been admitted. *verdict and *case_no may be NULL. */
enum grid_status book_take(struct book *book, struct stream *stream, const struct entry *entry,
        int64_t received_ms, enum grid_verdict *verdict, int64_t *case_no,
        struct grid_error *error);

/* The same for an entry that came singly, from a bucket: its stream's tip stays. Of a case alone.
 * Of two branches of a log the parent goes on with this one: what was held in its place is kept as
 * evidence. GRID_REFUSED ("other_content") within the unbroken part of a stream. */
enum grid_status book_take_loose(struct book *book, const struct entry *entry,
        const struct entry_header *header, int64_t received_ms, struct grid_error *error);
/* An entry of no case is to stand where one of a case came singly before: that one is set aside and
 * leaves its case. *cleared false: no case holds the place. GRID_REFUSED as log_displace. */
enum grid_status book_clear_place(
        struct book *book, const struct entry *entry, bool *cleared, struct grid_error *error);

/* Takes entries that came singly out of a case, and folds anew what is left of it: nothing, and the
 * case is gone. */
enum grid_status book_remove(struct book *book, int64_t case_no, const int64_t *places,
        size_t count, struct grid_error *error);

/* --- which buckets a case lies in: kept with it, decided by sync --- */
/* An entry that came into a case; place 0: verdicts of earlier ones were given. */
struct book_news {
    int64_t case_no;
    int64_t place;
    uint8_t leaf[GRID_HASH_BYTES];
};
/* Verdicts that wait for other cases are given, so that all news are there. */
enum grid_status book_settle(struct book *book, struct grid_error *error);
void book_news_done(struct book *book);
/* Borrowed until the next book_flush; NULL when there is no such case. */
enum grid_status book_case(
        struct book *book, int64_t case_no, struct book_case **out, struct grid_error *error);
struct fold *book_case_fold(const struct book_case *item);
/* Numbers of buckets. The first `old_count` of them it lay in when this turn first asked; *first is
 * true that time. */
struct book_case_buckets {
    const uint8_t *numbers; /* u32 each */
    size_t count, old_count;
    bool first;
};
struct book_case_buckets book_case_buckets(struct book *book, struct book_case *item);
/* The same for who only looks: whoever places the case in this turn is still the first. */
struct book_case_buckets book_case_lies_in(const struct book_case *item);
enum grid_status book_case_enter(
        struct book *book, struct book_case *item, uint32_t bucket, struct grid_error *error);

/* Writes the summaries of what changed and lets go of what is over the cache; before each commit.
 */
enum grid_status book_flush(struct book *book, struct grid_error *error);
/* A roster version, a device, a cut came: what waited is judged again. */
enum grid_status book_judge_waiting(struct book *book, struct grid_error *error);

/* After a CUT (D16): this case is folded anew from its entries, all of them pending, before anyone
 * looks at it; some in each turn, and what is left when the process ends is not forgotten. */
enum grid_status book_refold(struct book *book, int64_t case_no, struct grid_error *error);
/* The same for all that may rest on a create of another case. */
enum grid_status book_refold_merges(struct book *book, struct grid_error *error);
/* All there are: somebody came who is to have part of them. */
enum grid_status book_refold_all(struct book *book, struct grid_error *error);
/* At most `count` of those that wait; sets refolds_wait. */
enum { BOOK_REFOLDS_A_TURN = 64 };
enum grid_status book_refold_some(struct book *book, unsigned count, struct grid_error *error);

/* The sum of the digests of all cases (P-118): read once from all of them, then kept. */
enum grid_status book_digest(
        struct book *book, uint8_t out[static GRID_HASH_BYTES], struct grid_error *error);

/* Borrowed until the next book_flush. *fold NULL when there is no such case. */
enum grid_status book_fold(
        struct book *book, int64_t case_no, struct fold **fold, struct grid_error *error);
enum grid_status book_find(struct book *book, const uint8_t case_id[static GRID_ID_BYTES],
        int64_t *case_no, struct grid_error *error); /* 0: none */
struct fold_world book_world(struct book *book);

/* What people see of a case's state (DOMAIN 9): its own, or merged, and then the case that it was
 * joined to. */
struct book_shown {
    unsigned state;  /* 0: a stub */
    int64_t primary; /* 0: it stands for itself */
};
enum grid_status book_shown(
        struct book *book, int64_t case_no, struct book_shown *out, struct grid_error *error);

#endif
