/* How entries travel between nodes (D11–D14, P-90…). One `struct sync` a node, one `struct link` a
 * connection. Every function runs inside a turn; what is to be sent before the commit waits in a
 * queue and is handed out after it. Data frames are cut from what is committed, when there is
 * credit. */
#ifndef GRID_SYNC_SYNC_H
#define GRID_SYNC_SYNC_H

#include "libgrid/case/book.h"
#include "libgrid/sync/bucket.h"
#include "proto/invite.h"

enum link_phase {
    LINK_GREETING, /* waiting for the peer's HELLO (or, from a stranger, ENROL) */
    LINK_ASKING,   /* HAVE was sent, waiting for its answers */
    LINK_FLOWING,
    LINK_ENDED, /* CLOSE is on its way: nothing more is read or sent */
};

/* A child's subscription to one of our buckets (D14). */
struct subscription {
    struct bucket *bucket; /* NULL: closed, or of a name that we do not have */
    uint64_t sent;         /* position */
    uint64_t ahead;        /* position up to which what is urgent went ahead */
    bool told;             /* that it is whole there */
};

/* Who reads at the other end: its posts as they are in the latest roster (DOMAIN 7, Reading). */
struct reader_post {
    unsigned role;
    char place[GRID_PLACE_BYTES];
};
struct link_reader {
    bool knows_roster; /* enrolled and not cut */
    bool is_device;
    char unit[GRID_PLACE_BYTES]; /* of a centre */
    uint8_t person[GRID_ID_BYTES];
    struct reader_post *posts;
    size_t post_count, post_capacity;
};

/* A receipt of a tier above that goes on to a child. */
struct relay {
    struct stream *stream;
    unsigned tier;
};

struct link {
    uint64_t number;
    uint8_t identity[GRID_KEY_BYTES];
    bool parent;   /* the peer is our parent */
    bool stranger; /* its identity is not enrolled (yet) */
    enum link_phase phase;
    struct buffer in;    /* less than one frame */
    size_t unsent_bytes; /* given to the system, not yet taken */
    int64_t since_ms;    /* monotonic: when it came about */
    int64_t heard_ms;    /* monotonic: when the last bytes came */
    int64_t owed_ms;     /* since when the parent owes a receipt; 0: it owes none */
    int64_t served_ms;   /* when the last of its buckets came */
    uint8_t peer_epoch[GRID_EPOCH_BYTES];
    /* sending our arrival log upward */
    uint64_t sent_lsn[GRID_LANE_COUNT];
    struct want_range *wants; /* asked of us, before the log goes on */
    size_t want_count;
    size_t awaited;                    /* HAVE frames that have no answer yet */
    bool tell_cursor[GRID_LANE_COUNT]; /* CURSOR, after the wants of the lane */
    /* sending buckets down */
    struct link_reader reader;
    struct subscription *subscriptions; /* in the order of the link's list (P-98) */
    size_t subscription_count, subscription_capacity;
    bool serves;          /* its list was begun */
    uint64_t pumped;      /* buckets.appended when all of them were found sent */
    bool have_began;      /* of a centre below; another HAVE belongs to it */
    struct buffer relays; /* struct relay: the newest of each goes */
    uint64_t relayed[16]; /* the first bytes of those that went last */
    size_t relayed_next;
    /* being filled by the parent */
    struct buffer lacking; /* struct want_range: what was asked for */
    bool lacking_known;    /* that is all */
    /* taking buckets from the parent */
    struct bucket **listed; /* NULL: closed */
    size_t listed_count, listed_capacity;
    bool list_whole; /* BUCKETS came to its end on this link */
    uint8_t list_epoch[GRID_EPOCH_BYTES];
    /* receiving */
    struct stream **touched; /* since the last receipt */
    size_t touched_count, touched_capacity;
    /* what was asked for because of a gap: once for each place where a stream ends */
    struct want_range asked[16];
    size_t asked_count;
    struct cursor cursors[GRID_LANE_COUNT]; /* of the peer's arrival log */
    uint64_t peer_ends[GRID_LANE_COUNT];    /* where it ended, by its HELLO */
    bool cursors_changed;
    struct link *next;
};

/* What next_action hands out. */
enum outgoing_type { OUT_SEND, OUT_CLOSE };
struct outgoing {
    enum outgoing_type type;
    uint64_t link;
    struct buffer bytes;
    char reason[GRID_REASON_BYTES];
    struct outgoing *next;
};

/* When to try the parent next, and what may wait (D17). Times are monotonic. */
struct flow {
    bool connected, connecting;
    unsigned failures;
    unsigned vain;                  /* links that ended in a way that will come again */
    bool went_further;              /* this link brought the parent what it had not */
    int64_t attempt_ms;             /* when the last one began */
    int64_t next_attempt_ms;        /* INT64_MAX: none planned */
    bool road_came;                 /* an interface came up since the attempt began */
    bool road_went;                 /* one went down since the link came about */
    bool backlog;                   /* what waited for the link has not all gone yet */
    int64_t gather_until_ms;        /* 0: nothing gathers */
    int64_t urgent_lead_bytes;      /* of lane 0, beyond its share; negative: what it may have */
    uint32_t spread_ms;             /* asked by BUSY */
    int64_t hurry_until_ms;         /* a person waits: no gathering, and short backoff; 0: nobody */
    char reason[GRID_REASON_BYTES]; /* why the last attempt or link ended; empty: all goes well */
};

/* What waits to go, in the order in which it goes (D17). */
enum flow_what { FLOW_URGENT, FLOW_WORK, FLOW_DOWN, FLOW_BLOB };
struct flow_item {
    enum flow_what what;
    uint64_t waiting;        /* entries, or what else is counted */
    bool others_wait;        /* that could go now, and are not urgent */
    bool backlog;            /* it waited for the link, or was asked for */
    int64_t gather_until_ms; /* 0: it does not gather yet */
};
struct flow_road {
    bool open;
    bool metered;
    size_t unsent_bytes;
    int64_t urgent_lead_bytes;
};
struct flow_policy {
    int64_t hurry_until_ms;
    bool blobs_when_metered;
};

/* In the bucket of a centre below stands what was written by somebody of another unit. */
struct neighbour {
    uint32_t bucket;
    char unit[GRID_PLACE_BYTES];
};

/* What an enrolled device knows of itself; slot 0: not enrolled. Of a centre below: unit and name.
 */
struct enrolled_note {
    char unit[GRID_PLACE_BYTES];
    char name[GRID_NAME_CHARS_MAX * 4 + 1];
    unsigned slot;
    bool proved;
    uint8_t person[GRID_ID_BYTES];
    uint8_t proof[GRID_SIGNATURE_BYTES]; /* P-99 */
};

struct sync {
    struct log *log;
    struct book *book;
    struct grid_roster *roster;
    bool is_centre;
    bool has_parent;
    uint8_t parent[GRID_KEY_BYTES];
    unsigned tier; /* of our receipts: 1 township */
    struct bytes unit;
    struct bytes name;
    struct link *links;
    size_t link_count;
    struct outgoing *out_first, *out_last;
    struct buckets_held buckets;
    struct bucket *roster_bucket;           /* that we fill; NULL: we are no centre */
    struct bucket *parents_roster;          /* NULL: nothing of it came yet */
    uint8_t filled_epoch[GRID_EPOCH_BYTES]; /* the life of our log that the parent has filled */
    struct buffer neighbours;               /* struct neighbour, one behind the other */
    bool leave_again;        /* in this turn: what closed buckets held is looked at */
    bool leave_waits;        /* some of it waits for receipts */
    bool own_came;           /* in this turn the parent gave back what is ours */
    bool roster_grew;        /* in this turn: what waited is judged again */
    bool scopes_changed;     /* in this turn: who reads what is looked at again */
    bool doubts;             /* in this turn: buckets of ours are counted anew */
    bool forks_came;         /* in this turn: which branches are held is looked at again */
    bool folds_cuts;         /* not while the bucket is folded again at the start */
    bool revoked;            /* our parent said so: what we write counts no more */
    size_t subscribed_count; /* buckets that every list was held against */
    struct flow flow;
    bool parent_clock_known;       /* since we were started */
    int64_t parent_clock_ahead_ms; /* of ours, when the parent greeted last */
    int64_t full_until_ms;         /* until then no child is let in: the disk is full */
    struct enrolled_note enrolled;
    /* gridd join */
    bool enrolling, enrol_answered;
    bool disowned; /* the parent did not know us the last time: the proof is shown */
    uint8_t secret[GRID_SECRET_BYTES];
    struct grid_error enrol_error; /* GRID_OK: accepted */
};

/* --- life (sync.c) --- */
enum grid_status sync_open(struct sync *sync, struct grid_error *error);
void sync_close(struct sync *sync);
/* F47, I20: a link that owes us an answer and says nothing is ended, so that another can be tried.
 */
enum grid_status sync_tick(struct sync *sync, struct grid_now now, struct grid_error *error);
int64_t sync_deadline(const struct sync *sync); /* monotonic; INT64_MAX: none */
/* What is in the way of being in step with the parent, half a minute after it began; empty:
 * nothing, or it is under way (I20). */
const char *sync_obstacle(const struct sync *sync, struct grid_now now);
/* The parent was shown entries that it has neither receipted nor refused. */
bool sync_owed_receipt(const struct sync *sync);
/* Own urgent entries have no receipt yet. */
bool sync_urgent_waits(const struct sync *sync);
uint32_t sync_random(const struct sync *sync);
/* An interface of this machine came up, or went down. */
void sync_road(struct sync *sync, struct grid_now now, bool up);
/* The parent's roster is here whole. */
bool sync_has_roster(const struct sync *sync);
/* Before and after the store's commit. */
enum grid_status sync_flush(struct sync *sync, struct grid_now now, struct grid_error *error);
enum grid_status sync_committed(struct sync *sync, struct grid_now now, struct grid_error *error);

/* --- links (link.c) --- */
enum grid_status link_up(struct sync *sync, struct grid_now now, uint64_t number,
        const uint8_t identity[static GRID_KEY_BYTES], bool parent, struct grid_error *error);
enum grid_status link_receive(struct sync *sync, struct grid_now now, uint64_t number,
        struct bytes bytes, struct grid_error *error);
void link_down(struct sync *sync, struct grid_now now, uint64_t number, const char *reason);
struct link *link_find(const struct sync *sync, uint64_t number);
struct link *link_to_parent(const struct sync *sync);
/* Queues a frame made by message_pack_… (`packed` is its status); takes over the buffer's memory.
 */
enum grid_status link_queue(struct sync *sync, struct link *link, struct buffer *frame,
        enum grid_status packed, struct grid_error *error);
/* BYE and the end. */
enum grid_status link_end(struct sync *sync, struct link *link, const char *reason,
        const char *detail, struct grid_error *error);

/* --- greeting (greet.c) --- */
enum grid_status greet_send(
        struct sync *sync, struct grid_now now, struct link *link, struct grid_error *error);
enum grid_status greet_take(struct sync *sync, struct grid_now now, struct link *link,
        const struct hello *hello, struct grid_error *error);

/* --- upward, the sending side (upward.c) --- */
/* Goes on from what the peer holds, or asks with HAVE when its cursors do not fit. */
enum grid_status upward_begin(struct sync *sync, struct link *link,
        const struct cursor cursors[static GRID_LANE_COUNT], struct grid_error *error);
enum grid_status upward_take_want(
        struct sync *sync, struct link *link, const struct want *want, struct grid_error *error);
/* What the parent's cursor has passed and its HELLO does not name, it refused or lost: it is
 * offered anew. So is the beginning of a second branch, which is its evidence (D15). */
enum grid_status upward_mend(
        struct sync *sync, struct link *link, const struct hello *hello, struct grid_error *error);
/* Our branch of an own stream of which the parent holds another, up to `differs_seq` or before. */
enum grid_status upward_show_branch(struct link *link, const struct stream *stream,
        uint64_t differs_seq, struct grid_error *error);
/* Queues the next data frame, when there is one and credit for it; *sent false otherwise. Reads
 * only what is committed; may change the keyring (log_mark): the key file is written before the
 * frame goes out. */
enum grid_status upward_pump(struct sync *sync, struct grid_now now, struct link *link, bool *sent,
        struct grid_error *error);
enum grid_status upward_take_stopped(struct sync *sync, struct grid_now now,
        const struct stopped *stopped, struct grid_error *error);
/* Own entries that the parent's receipts do not reach yet. */
uint64_t upward_unreceipted(const struct sync *sync, uint8_t lane);
/* Those of them that the parent has refused. */
enum grid_status upward_refused(const struct sync *sync, uint64_t *count, struct grid_error *error);

/* --- upward, the receiving side (intake.c) --- */
enum grid_status intake_take_data(struct sync *sync, struct grid_now now, struct link *link,
        const struct data_message *data, struct arena *arena, struct grid_error *error);
enum grid_status intake_take_have(
        struct sync *sync, struct link *link, const struct have *have, struct grid_error *error);
enum grid_status intake_take_cursor(struct link *link, const struct cursor_message *message);
enum grid_status intake_touch(struct link *link, struct stream *stream, struct grid_error *error);
/* Evidence that may go on with the branch that is held: taken, and no evidence any more; or it
 * stays what it is. */
enum grid_status intake_readmit(struct sync *sync, struct grid_now now,
        const struct segment *segment, struct arena *arena, struct grid_error *error);
/* Receipts for what this turn took; after the commit. */
enum grid_status intake_receipt(
        struct sync *sync, struct grid_now now, struct link *link, struct grid_error *error);

/* --- the entries of a roster's bucket (roster_entry.c) --- */
enum grid_status roster_entry_open(struct sync *sync, struct grid_error *error);
bool roster_entry_is_bucket(const struct bucket *bucket);
/* It is the one that our parent writes. */
bool roster_entry_is_parents(const struct sync *sync, const struct bucket *bucket);
/* What a centre below us wrote: its words on its own unit count here too. */
enum grid_status roster_entry_take_below(struct sync *sync, const struct stream *stream,
        const struct entry *entry, struct grid_error *error);
enum grid_status roster_entry_apply(
        struct sync *sync, const struct entry *entry, uint32_t kind, struct grid_error *error);
/* An own entry that the roster is folded from: DEVICE, ROWS, ROSTER, CENTRE, CUT, INCARNATE. */
enum grid_status roster_entry_append(struct sync *sync, const struct stream *stream,
        const struct entry *entry, struct grid_error *error);
/* What our parent put into a roster's bucket is put into one of ours, for those below us. */
enum grid_status roster_entry_hand_on(struct sync *sync, const struct bucket *from,
        const struct entry *entry, struct grid_error *error);
/* The first entry of another's stream, INCARNATE: whoever reads its entries has to know its author.
 */
enum grid_status roster_entry_append_author(struct sync *sync, const struct stream *stream,
        const struct entry *entry, struct grid_error *error);

/* --- revocation (cut.c) --- */
/* A CUT of the roster's bucket: cases that hold what counts no more are folded anew. */
enum grid_status cut_take(struct sync *sync, const struct cut_body *body, struct grid_error *error);
/* Entries of this identity that lie beyond its CUT and are held here. */
uint64_t cut_count(const struct sync *sync, const uint8_t identity[static GRID_KEY_BYTES]);
/* Of all identities. */
uint64_t cut_count_all(const struct sync *sync);
/* What was taken is more than is kept of a revoked device. */
bool cut_is_full(const struct sync *sync, const uint8_t identity[static GRID_KEY_BYTES]);
/* Before each commit: a revoked device is served nothing any more. */
void cut_flush(struct sync *sync);
/* After each commit: when all that it had was taken it is told, and its link ends. */
enum grid_status cut_tell(struct sync *sync, struct grid_error *error);
/* At the device: its parent says that it is revoked, or serves it again. */
enum grid_status cut_told(
        struct sync *sync, struct grid_now now, bool revoked, struct grid_error *error);
enum grid_status cut_load(struct sync *sync, struct grid_error *error);

/* --- two branches of one stream (fork.c) --- */
/* What is held here has another at its place: when it is ours to decide, a FORK is written. */
enum grid_status fork_decide(struct sync *sync, struct grid_now now, const struct link *link,
        const struct segment *segment, const struct log_acceptance *acceptance,
        struct grid_error *error);
bool fork_is_decided(const struct sync *sync, const struct segment *segment,
        const struct log_acceptance *acceptance);
/* A segment that goes on with the branch that does not count: first_new is behind where it parts.
 */
bool fork_loses(
        const struct sync *sync, const struct segment *segment, struct log_acceptance *acceptance);
/* A FORK of the roster's bucket. */
enum grid_status fork_take(
        struct sync *sync, const struct fork_body *body, struct grid_error *error);
/* Before each commit: whoever holds the other branch goes over to the one that counts. */
enum grid_status fork_flush(struct sync *sync, struct grid_now now, struct grid_error *error);

/* --- the buckets of cases (place.c) --- */
void place_bucket_of_person(
        char out[static GRID_BUCKET_BYTES + 1], const uint8_t person[static GRID_ID_BYTES]);

/* Who wrote this is enrolled at the centre of that unit, or below it. */
bool place_is_from(const struct sync *sync, struct bytes unit, const struct stream *stream);
/* In the bucket of a centre below stands what somebody of that other unit wrote. */
bool place_is_neighbour(const struct sync *sync, const struct bucket *bucket, struct bytes unit);
enum grid_status place_open(struct sync *sync, struct grid_error *error);
/* Puts what came into cases in this turn into their buckets, in its commit. */
enum grid_status place_news(struct sync *sync, struct grid_error *error);

/* Fills a bucket of cases anew, from the cases that lie in it. */
enum grid_status place_refill(struct sync *sync, struct bucket *bucket, struct grid_error *error);

/* --- buckets that do not add up (repair.c) --- */
/* A child says that it cannot make this one add up. */
void repair_doubt(struct sync *sync, struct grid_now now, struct bytes name);
/* Every entry of every case has to stand in each bucket that the case lies in: `found` is called
 * for each bucket where one does not. */
typedef void repair_found_fn(void *context, const char *bucket);
enum grid_status repair_find_holes(
        struct sync *sync, repair_found_fn *found, void *context, struct grid_error *error);
/* Before each commit. */
enum grid_status repair_flush(struct sync *sync, struct grid_now now, struct grid_error *error);

/* --- who gets which bucket (subscribe.c) --- */
/* The list of this link, from what the child's HELLO says that it holds. */
enum grid_status subscribe_begin(struct sync *sync, struct grid_now now, struct link *link,
        const struct held_buckets *held, struct grid_error *error);
/* Before each commit: buckets that came about join the lists; when the roster changed all lists are
 * looked at again. */
enum grid_status subscribe_flush(struct sync *sync, struct grid_now now, struct grid_error *error);
void subscribe_close(struct link *link);

/* --- downward, the sending side (downward.c) --- */
/* Queues the next PUT, when there is one and credit for it; *sent false otherwise. */
enum grid_status downward_pump(
        struct sync *sync, struct link *link, bool *sent, struct grid_error *error);

/* --- downward, the receiving side (mirror.c) --- */
/* What HELLO tells of the parent's buckets; lives in the arena. */
enum grid_status mirror_tell(struct sync *sync, struct link *link, struct arena *arena,
        struct held_buckets *out, struct grid_error *error);
enum grid_status mirror_take_list(struct sync *sync, struct link *link,
        const struct buckets *buckets, struct grid_error *error);
enum grid_status mirror_take_put(struct sync *sync, struct grid_now now, struct link *link,
        const struct put *put, struct bytes tail, struct arena *arena, struct grid_error *error);
/* Own entries came back: buckets that lacked them are counted anew. */
enum grid_status mirror_recount(struct sync *sync, struct grid_error *error);
/* Every bucket of the list is whole, as far as it can be. */
bool mirror_whole(const struct link *link);

/* --- what leaves with a closed bucket (leave.c) --- */
enum grid_status leave_flush(struct sync *sync, struct grid_error *error);

/* --- a centre that was put back is filled by its parent (refill.c) --- */
enum grid_status refill_open(struct sync *sync, struct grid_error *error);
/* In this life of our log the parent did not say yet that we have all that it has of ours. */
bool refill_is_due(const struct sync *sync);
/* Whose log our parent may give to us. */
bool refill_admits(const struct sync *sync, const uint8_t identity[static GRID_KEY_BYTES]);
/* What we asked of it, and whether it says more; and whether some of it is not here yet. */
enum grid_status refill_note_wants(
        struct link *link, const struct want *want, bool more, struct grid_error *error);
bool refill_goes_on(const struct sync *sync, const struct link *link);
enum grid_status refill_flush(struct sync *sync, struct grid_error *error);
/* At the parent: what the centre says that it has, and what it lacks by that. */
void refill_note_have(const struct sync *sync, struct link *link, const struct have *have);
enum grid_status refill_offer(struct sync *sync, struct link *link, struct grid_error *error);

/* --- receipts on their way down (tier.c) --- */
/* A child is told of its own streams, a centre of those further down too. */
bool tier_is_about(const struct sync *sync, const struct link *link, const struct stream *stream);
/* P-60: 1 township, 2 banner, 3 league city, 4 region. */
unsigned tier_of_unit(struct bytes unit);
/* The highest tier whose receipt reaches this entry; 0: none. */
unsigned tier_holding(const struct stream *stream, uint64_t seq);
/* Where this entry is held for sure, as far as we can tell; false: it came down to us. */
bool tier_of_entry(const struct sync *sync, const struct entry *entry, unsigned *tier);
/* How far the receipts of the tiers above are held here: what the parent need not send again. */
void tier_tell(const struct sync *sync, const struct link *link, struct hello *hello);
/* Those that a child lacks are sent on to it. */
enum grid_status tier_catch_up(
        struct sync *sync, struct link *link, const struct hello *hello, struct grid_error *error);
/* Queues the next one that goes on, behind all else; *sent false: there is none. */
enum grid_status tier_pump(
        struct sync *sync, struct link *link, bool *sent, struct grid_error *error);
enum grid_status tier_take_receipt(
        struct sync *sync, struct link *link, const struct frame *frame, struct grid_error *error);

/* --- enrolling (enrol.c) --- */
enum grid_status enrol_load(struct sync *sync, struct grid_error *error);
enum grid_status enrol_take(struct sync *sync, struct grid_now now, struct link *link,
        const struct enrol *enrol, struct grid_error *error);
/* What we say of ourselves before HELLO: the secret of an invitation, or the proof of an earlier
 * enrolment to a parent that has forgotten it; nothing otherwise. */
enum grid_status enrol_send(struct sync *sync, struct link *link, struct grid_error *error);
enum grid_status enrol_take_answer(
        struct sync *sync, const struct enrolled *answer, struct grid_error *error);
/* Writes an own entry of the roster's kinds: log and bucket. */
enum grid_status enrol_write(struct sync *sync, int64_t wall_ms, enum grid_lane lane,
        enum grid_kind kind, struct bytes body, struct grid_error *error);

/* --- flow (flow.c): pure --- */
/* Whether this may go on this link now. */
bool may_send(const struct flow_item *item, const struct flow_road *road,
        const struct flow_policy *policy, struct grid_now now);
/* So many bytes went; `both_wait`: of what is urgent and of what is not. */
void flow_sent(struct flow *flow, bool urgent, bool both_wait, size_t bytes);
/* So many entries of lane 1 wait: they begin to gather, or have gone. */
void flow_gather(struct flow *flow, struct grid_now now, uint64_t waiting);
void flow_open(struct flow *flow, bool has_parent);
void flow_attempted(struct flow *flow, struct grid_now now);
void flow_linked(struct flow *flow);
/* Nothing of ours waits on this link, or the parent took some of it. */
void flow_well(struct flow *flow);
void flow_receipted(struct flow *flow);
/* A receipt reaches further into what is ours than any before. */
void flow_further(struct flow *flow);
void flow_busy(struct flow *flow, uint32_t spread_ms);
void flow_lost(struct flow *flow, struct grid_now now, bool urgent_waits, uint32_t random,
        const char *reason);
void flow_hurry(struct flow *flow, struct grid_now now);
/* The next attempt is later than what is urgent may wait; flow_urgent brings it forward. */
bool flow_waits_long(const struct flow *flow, struct grid_now now);
void flow_urgent(struct flow *flow, struct grid_now now, uint32_t random);
/* An interface of ours came up, or went down. */
void flow_road(struct flow *flow, struct grid_now now, bool up, bool urgent_waits, uint32_t random);

#endif
