/* What one node says to another (D11–D14, P-90…): the heads of the link frames. Every head is an
 * array or, for HELLO, a map with integer keys; all pass GATE_ENTRY before they are read here. */
#ifndef GRID_PROTO_MESSAGE_H
#define GRID_PROTO_MESSAGE_H

#include "proto/frame.h"
#include "proto/segment.h"

enum {
    GRID_EPOCH_BYTES = 8,
    GRID_PROTOCOL_VERSION = 1,
    GRID_BUCKET_BYTES = 40,       /* the name of a bucket */
    GRID_BUCKETS_HELD_MAX = 1024, /* buckets that one HELLO names */
    GRID_BUCKETS_MAX = 16384,     /* buckets of one link: the places of a banner */
    GRID_PUT_OPS_MAX = 256,       /* runs in one PUT */
    GRID_PUT_OWN_MAX = 4096,      /* entries of the child's own that one PUT names */
    GRID_STOPPED_MAX = 64,        /* streams that one HELLO names */
    GRID_STOPPED_TEXT_BYTES = 200 /* of a reason's arguments: packing cuts them there */
};

/* How far a receiver holds the arrival log of a sender, one for each lane (D13). */
struct cursor {
    uint8_t epoch[GRID_EPOCH_BYTES];
    uint64_t lsn;    /* 0: nothing */
    uint8_t leaf[8]; /* first 8 bytes of the leaf of the entry that ends at lsn */
};

/* A stream that the receiver does not take further, and why (P-96). */
struct stopped {
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t from_seq;
    struct bytes reason; /* identifier: "bad_seal", "chain_broken", "gap", "unknown_author", … */
    struct bytes detail;
};

/* How far a child holds the buckets that its parent fills (P-97), and of which life of the parent's
 * log. */
struct held_bucket {
    struct bytes name;
    uint64_t position;
    uint8_t digest[8]; /* first bytes */
};
struct held_buckets {
    uint8_t epoch[GRID_EPOCH_BYTES];
    struct held_bucket *items;
    size_t count;
};

/* P-91: HELLO {0: protocol version, 1: wall clock ms, 2: epoch of the sender's arrival log, 3:
 * dictionary, 4: cursors (of the receiver's log, as held by the sender of this message), 5:
 * stopped, 6: tips of the receiver's own streams that the sender holds, 7: buckets that it holds
 * from the receiver, 8: program version, 9: end of the arrival log by lane, 10: how many entries of
 * its own are held above the receiver, by tier} — both sides send it first. */
struct hello {
    unsigned version;
    int64_t wall_ms;
    uint8_t epoch[GRID_EPOCH_BYTES];
    uint64_t dictionary;
    struct cursor cursors[GRID_LANE_COUNT];
    struct stopped *stopped;
    size_t stopped_count;
    struct stream_tip *tips;
    size_t tip_count;
    struct held_buckets held;
    struct bytes program;
    uint64_t lsn[GRID_LANE_COUNT]; /* where the sender's arrival log ends */
    /* up: so many entries of its own are held at a tier above the receiver, by the receipts that it
     * has */
    uint64_t above[GRID_TIER_MAX + 1];
};
/* P-92: DATA [author, lane, first seq, count, seal, received_ms, lsn]; tail: the entries.
 * lsn: position in the sender's arrival log of the segment's last entry; 0 when it answers a WANT.
 */
struct data_message {
    struct segment segment; /* .entries is the frame's tail */
    uint64_t lsn;
};
/* P-93: RECEIPT [signature]; tail: the receipt's canonical bytes. */
/* P-94: HAVE [more, [tip…]] and WANT [answer, [[author, lane, from, to]…]]; to 0: as far as there
 * is. */
struct have {
    bool more; /* another HAVE follows */
    struct stream_tip *tips;
    size_t tip_count;
};
struct want_range {
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t from_seq;
    uint64_t to_seq;
};
struct want {
    bool answer; /* to a HAVE; each gets one, if need be empty */
    struct want_range *ranges;
    size_t range_count;
};
/* P-95: CURSOR [lane, epoch, lsn, leaf8]: all up to lsn was offered, put your cursor there. */
struct cursor_message {
    uint8_t lane;
    struct cursor cursor;
};
/* P-97: PUT [bucket, first position, [[author, lane, [skip, take…]] or [author, lane, [skip,
 * take…], received_ms]…], digest]; tail: HEADER BODY … of the entries of the longer form; the
 * shorter one names entries that the receiver wrote itself. */
struct seq_span {
    uint64_t first;
    uint64_t count;
};
struct put_op {
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    bool own; /* of the receiver: no bytes */
    int64_t received_ms;
    struct seq_span *spans; /* ascending, apart from each other */
    size_t span_count;
};
struct put {
    uint64_t bucket;         /* its place in the list of the link */
    uint64_t first_position; /* 0: ahead of its turn */
    struct put_op *ops;
    size_t op_count;
    bool whole; /* the bucket ends here, with this digest */
    uint8_t digest[8];
    size_t entry_count; /* with bytes; counted by message_read_put */
};
/* P-98: BUCKETS [epoch, [state…], [name…], more]: the list of the buckets of this link, at first
 * those of the child's HELLO. */
enum bucket_told { BUCKET_CLOSED = 0, BUCKET_OPEN = 1, BUCKET_EQUAL = 2 };
struct buckets {
    uint8_t epoch[GRID_EPOCH_BYTES];
    uint8_t *states; /* of each bucket of the list so far; none: as they were */
    size_t state_count;
    struct bytes *names; /* joining the list at its end, open */
    size_t name_count;
    bool more; /* another BUCKETS belongs to it */
};
/* P-99: ENROL [secret] and ENROLLED [unit, slot, person, name of the person, name of the unit] */
struct enrol {
    bool again; /* by the proof of an earlier enrolment, not by a secret */
    uint8_t secret[GRID_SECRET_BYTES];
    /* what was enrolled, as in enrolment_sign */
    struct bytes unit, name;
    unsigned slot;
    uint8_t person[GRID_ID_BYTES];
    uint8_t proof[GRID_SIGNATURE_BYTES];
};
struct enrolled {
    struct bytes unit;
    unsigned slot;
    uint8_t person[GRID_ID_BYTES];
    struct bytes person_name;
    struct bytes unit_name;
    uint8_t proof[GRID_SIGNATURE_BYTES]; /* enrolment_sign */
};
/* BYE [reason, detail] ends the link for good, BUSY [spread_ms] for now. */
struct bye {
    struct bytes reason;
    struct bytes detail;
};

/* Each pack appends one whole frame, or nothing (GRID_LIMIT, GRID_NOMEM); each read takes a frame
 * of its type, gates the head, and puts arrays into the arena; texts point into the frame. Limits:
 * GRID_TIPS_MAX elements in any array unless said otherwise. A HELLO of another version than ours
 * is read as far as its `version`: the rest of *out is zero then. */
enum grid_status message_pack_hello(struct buffer *out, const struct hello *hello);
enum grid_status message_read_hello(const struct frame *frame, struct arena *arena,
        struct hello *out, struct grid_error *error);
enum grid_status message_pack_data(struct buffer *out, const struct data_message *data);
enum grid_status message_read_data(
        const struct frame *frame, struct data_message *out, struct grid_error *error);
enum grid_status message_pack_receipt(struct buffer *out,
        const uint8_t signature[static GRID_SIGNATURE_BYTES], struct bytes receipt);
enum grid_status message_read_receipt(const struct frame *frame,
        uint8_t signature[static GRID_SIGNATURE_BYTES], struct grid_error *error);
enum grid_status message_pack_have(struct buffer *out, const struct have *have);
enum grid_status message_read_have(
        const struct frame *frame, struct arena *arena, struct have *out, struct grid_error *error);
enum grid_status message_pack_want(struct buffer *out, const struct want *want);
enum grid_status message_read_want(
        const struct frame *frame, struct arena *arena, struct want *out, struct grid_error *error);
enum grid_status message_pack_cursor(struct buffer *out, const struct cursor_message *cursor);
enum grid_status message_read_cursor(
        const struct frame *frame, struct cursor_message *out, struct grid_error *error);
enum grid_status message_pack_stopped(struct buffer *out, const struct stopped *stopped);
enum grid_status message_read_stopped(
        const struct frame *frame, struct stopped *out, struct grid_error *error);
enum grid_status message_pack_put(struct buffer *out, const struct put *put, struct bytes entries);
enum grid_status message_read_put(
        const struct frame *frame, struct arena *arena, struct put *out, struct grid_error *error);
/* The entries of a PUT frame's tail, each admitted (gate, limits, leaf), put->entry_count of them,
 * in the order of the ops. */
enum grid_status put_open(const struct put *put, struct bytes tail, struct arena *arena,
        struct entry **entries, struct grid_error *error);
enum grid_status message_pack_buckets(struct buffer *out, const struct buckets *buckets);
enum grid_status message_read_buckets(const struct frame *frame, struct arena *arena,
        struct buckets *out, struct grid_error *error);
enum grid_status message_pack_enrol(struct buffer *out, const struct enrol *enrol);
enum grid_status message_read_enrol(
        const struct frame *frame, struct enrol *out, struct grid_error *error);
enum grid_status message_pack_enrolled(struct buffer *out, const struct enrolled *enrolled);
enum grid_status message_read_enrolled(
        const struct frame *frame, struct enrolled *out, struct grid_error *error);
enum grid_status message_pack_bye(struct buffer *out, const struct bye *bye);
enum grid_status message_read_bye(
        const struct frame *frame, struct bye *out, struct grid_error *error);
enum grid_status message_pack_busy(struct buffer *out, uint32_t spread_ms);
enum grid_status message_read_busy(
        const struct frame *frame, uint32_t *spread_ms, struct grid_error *error);

#endif
