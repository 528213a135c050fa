/* The bodies of every kind of entry (P-30…): maps with small ascending integer keys. Keys 0–127
 * must be understood, 128 and above may be ignored (and are kept: the bytes are never re-encoded).
 * One field table a kind; shape and value limits only: who may do what is libgrid/case. */
#ifndef GRID_PROTO_BODY_H
#define GRID_PROTO_BODY_H

#include "proto/entry.h"

enum { BODY_KEY_OPTIONAL = 128 };

/* The post that an act cites (D22). */
struct grid_as {
    uint8_t person[GRID_ID_BYTES];
    unsigned role; /* enum grid_role */
    struct bytes place;
};

/* register := value, or collection += value; the value is raw canonical msgpack, compared as bytes.
 */
struct case_op {
    unsigned name;
    struct bytes value;
};

/* collection −= the value that the entry `dot` added */
struct case_removal {
    unsigned collection;
    struct dot dot;
    struct bytes value;
};

/* Every kind from GRID_KIND_CREATE up:
 * {0: as [person, role, place], 1: sets {register: value}, 2: adds [[collection, value]…],
 *  3: removals [[collection, dot, value]…], 4: args {argument: value}, 5: seen [dot…]} */
struct case_body {
    struct grid_as as;
    struct case_op *sets;
    size_t set_count;
    struct case_op *adds;
    size_t add_count;
    struct case_removal *removals;
    size_t removal_count;
    struct bytes args[GRID_ARGUMENT_END]; /* raw values; size 0 where absent */
    bool has_seen;
    struct dot *seen; /* the latest entry of each log of the case that a deciding author had */
    size_t seen_count;
};

/* GRID_OK; GRID_MALFORMED: not of this shape or a value outside its limits; *newer is set instead
 * (and GRID_OK returned) when a must-understand key, register, collection or argument is unknown
 * here: such an entry is opaque (D7). Decoded arrays live in the arena, values point into `body`.
 */
enum grid_status body_read_case(struct bytes body, struct arena *arena, struct case_body *out,
        bool *newer, struct grid_error *error);
void body_pack_case(struct buffer *out, const struct case_body *body);

/* The set of `reg` in the body, or size 0. */
struct bytes case_body_set(const struct case_body *body, unsigned reg);

/* --- values of registers and collections (P-36: the table of their types and limits) --- */
bool value_check_register(unsigned reg, struct bytes value);
bool value_check_addition(unsigned collection, struct bytes value);
bool value_check_argument(unsigned argument, struct bytes value);
uint64_t value_uint(struct bytes value); /* 0 when it is no integer */
int64_t value_int(struct bytes value);
bool value_bool(struct bytes value);
struct bytes value_text(struct bytes value); /* of a str or bin; empty otherwise */

/* A name of a unit or a centre: 1 … GRID_NAME_CHARS_MAX characters of UTF-8, no control character.
 */
bool text_is_name(struct bytes text);
size_t text_chars(struct bytes text);              /* code points of valid UTF-8 */
bool text_is_clean(struct bytes text, bool lines); /* no control characters; LF where `lines` */

/* lead: [] (cleared) or [lead, [assist…]] with the assists ascending and distinct */
struct lead_value {
    struct bytes lead; /* size 0: cleared */
    struct bytes assists[16];
    size_t assist_count;
};
bool value_lead(struct bytes value, struct lead_value *out);
void value_pack_lead(struct buffer *out, const struct lead_value *lead); /* sorts the assists */
/* due: [act_ms, finish_ms, policy version] */
struct due_value {
    int64_t act_ms, finish_ms;
    unsigned policy;
};
bool value_due(struct bytes value, struct due_value *out);
void value_pack_due(struct buffer *out, const struct due_value *due);
/* occurred_at: [ms, precision 0 exact 1 hour 2 day] */
struct occurred_value {
    int64_t ms;
    unsigned precision;
};
bool value_occurred(struct bytes value, struct occurred_value *out);
void value_pack_occurred(struct buffer *out, const struct occurred_value *occurred);
/* geo: [latitude ×10⁷, longitude ×10⁷, accuracy m (0 unknown), fix ms (0 unknown)] */
struct geo_value {
    int32_t latitude, longitude;
    unsigned accuracy_m;
    int64_t fix_ms;
};
bool value_geo(struct bytes value, struct geo_value *out);
void value_pack_geo(struct buffer *out, const struct geo_value *geo);
/* outcome: [method (DOMAIN 7; 0 where there is none, as in a decline), success, text] */
struct outcome_value {
    unsigned method;
    bool success;
    struct bytes text;
};
bool value_outcome(struct bytes value, struct outcome_value *out);
void value_pack_outcome(struct buffer *out, const struct outcome_value *outcome);

/* --- kinds below GRID_KIND_CREATE: each reads GRID_MALFORMED or, with *newer, opaque --- */

/* INCARNATE {0: author's public key, 1: counter, 2: identity key, 3: signature} in seq 1 of every
 * lane used; the identity signs "grid-incarnate-1\0" ‖ public key ‖ counter u64 (P-41). */
struct incarnate_body {
    uint8_t key[GRID_KEY_BYTES];
    uint64_t counter;
    uint8_t identity[GRID_KEY_BYTES];
    uint8_t signature[GRID_SIGNATURE_BYTES];
};
enum grid_status body_pack_incarnate(struct buffer *out, const struct incarnate_body *body);
enum grid_status body_read_incarnate(
        struct bytes body, struct incarnate_body *out, bool *newer, struct grid_error *error);
enum grid_status incarnate_sign(
        struct incarnate_body *body, const uint8_t identity_seed[static GRID_SEED_BYTES]);
/* The signature, and that `author` is the hash of the key. */
enum grid_status incarnate_verify(const struct incarnate_body *body,
        const uint8_t author[static GRID_ID_BYTES], struct grid_error *error);

/* CENTRE {0: unit, 1: name, 2: identity key}: that identity is the centre of that unit */
struct centre_body {
    struct bytes unit;
    struct bytes name;
    uint8_t identity[GRID_KEY_BYTES];
};
void body_pack_centre(struct buffer *out, const struct centre_body *body);
enum grid_status body_read_centre(
        struct bytes body, struct centre_body *out, bool *newer, struct grid_error *error);

/* DEVICE {0: unit, 1: slot, 2: identity key, 3: person}: enrolled for good; revoked by CUT */
struct device_body {
    struct bytes unit;
    unsigned slot;
    uint8_t identity[GRID_KEY_BYTES];
    uint8_t person[GRID_ID_BYTES];
};
void body_pack_device(struct buffer *out, const struct device_body *body);
enum grid_status body_read_device(
        struct bytes body, struct device_body *out, bool *newer, struct grid_error *error);

/* ROWS {0: unit, 1: version, 2: put [row…], 3: remove [row key…]}: a part of the step to `version`.
 * The rows themselves are read by libgrid/roster (P-100…); `put` and `remove` are raw arrays. */
struct rows_body {
    struct bytes unit;
    uint32_t version;
    struct bytes put;
    struct bytes remove;
};
void body_pack_rows(struct buffer *out, const struct rows_body *body);
enum grid_status body_read_rows(
        struct bytes body, struct rows_body *out, bool *newer, struct grid_error *error);

/* ROSTER {0: unit, 1: version, 2: predecessor, 3: count, 4: digest}: all ROWS of `version` are
 * before it in its stream; predecessor = first 16 bytes of the leaf of the ROSTER before it, empty
 * in the first; count and digest are of the complete roster that results. */
struct roster_body {
    struct bytes unit;
    uint32_t version;
    struct bytes predecessor; /* 0 or 16 bytes */
    uint64_t count;
    uint8_t digest[GRID_HASH_BYTES];
};
void body_pack_roster(struct buffer *out, const struct roster_body *body);
enum grid_status body_read_roster(
        struct bytes body, struct roster_body *out, bool *newer, struct grid_error *error);

/* POLICY {0: unit, 1: version, 2: text}: what the centre of that unit says of deadlines (P-39) */
struct policy_body {
    struct bytes unit;
    uint32_t version;
    struct bytes text;
};
void body_pack_policy(struct buffer *out, const struct policy_body *body);
enum grid_status body_read_policy(
        struct bytes body, struct policy_body *out, bool *newer, struct grid_error *error);

/* CUT {0: identity key, 1: [[author, lane, last valid seq]…]} (D16) */
struct cut_position {
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t seq;
};
struct cut_body {
    uint8_t identity[GRID_KEY_BYTES];
    struct cut_position *positions;
    size_t position_count;
};
void body_pack_cut(struct buffer *out, const struct cut_body *body);
enum grid_status body_read_cut(struct bytes body, struct arena *arena, struct cut_body *out,
        bool *newer, struct grid_error *error);

/* FORK {0: author, 1: lane, 2: seq, 3: the branch that counts, 4: the other one} (D15, P-140): seq
 * is the first place where they differ, a branch is [leaf there, sealed seq, id, seal]. */
struct fork_branch {
    uint8_t leaf[GRID_HASH_BYTES];
    uint64_t seq; /* of the seal: at or behind the place where they part */
    uint8_t id[GRID_HASH_BYTES];
    uint8_t seal[GRID_SIGNATURE_BYTES];
};
struct fork_body {
    uint8_t author[GRID_ID_BYTES];
    uint8_t lane;
    uint64_t seq;
    struct fork_branch counts, other;
};
void body_pack_fork(struct buffer *out, const struct fork_body *body);
enum grid_status body_read_fork(
        struct bytes body, struct fork_body *out, bool *newer, struct grid_error *error);

/* ADOPT {0: as, 1: author, 2: lane, 3: seq, 4: HEADER, 5: BODY, 6: reason} (D16, P-142): an entry
 * that stands in quarantine, taken over by the post `as`. */
struct adopt_body {
    struct grid_as as;
    uint8_t author[GRID_ID_BYTES]; /* where it stood */
    uint8_t lane;
    uint64_t seq;
    struct bytes header, body; /* as they were, borrowed */
    struct bytes reason;       /* may be empty */
};
void body_pack_adopt(struct buffer *out, const struct adopt_body *body);
enum grid_status body_read_adopt(
        struct bytes body, struct adopt_body *out, bool *newer, struct grid_error *error);

#endif
