/* Bodies of the kinds below create (P-40…): one field table each, read and packed alike. Every
 * field of a table must be there. */
#include "proto/body.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static enum grid_status shape_wrong(struct grid_error *error, uint64_t key)
{
    return grid_fail(error, GRID_MALFORMED, "body_shape", "%" PRIu64, key);
}

enum field_form {
    FIELD_FIXED, /* a bin of exactly `size` bytes, in the struct */
    FIELD_SHORT, /* a bin of 0 or `size` bytes, borrowed */
    FIELD_UINT,  /* min…max, in `size` bytes of the struct */
    FIELD_UNIT,  /* str: the code of a unit, borrowed */
    FIELD_NAME,  /* str: 1…max characters in one line, borrowed */
    FIELD_TEXT,  /* str: min…max bytes in lines, borrowed */
    FIELD_ARRAY, /* a raw array, borrowed */
    FIELD_BYTES, /* a bin of any length, borrowed */
};

struct field {
    uint8_t key;
    enum field_form form;
    size_t offset;
    size_t size;
    uint64_t min, max;
};

#define AT(type, member) .offset = offsetof(struct type, member)
#define FITS(type, member) AT(type, member), .size = sizeof(((struct type *)0)->member)

static bool field_read(const struct field *field, struct reader *reader, void *out)
{
    uint8_t *at = (uint8_t *)out + field->offset;
    struct bytes bytes = {0};
    switch (field->form) {
    case FIELD_FIXED:
        read_bin_exact(reader, at, field->size);
        return !reader->failed;
    case FIELD_UINT: {
        uint64_t number = read_uint(reader);
        uint32_t small = (uint32_t)number;
        if (field->size == sizeof(small))
            memcpy(at, &small, sizeof(small));
        else
            memcpy(at, &number, sizeof(number));
        return !reader->failed && number >= field->min && number <= field->max;
    }
    case FIELD_SHORT:
        bytes = read_bin(reader);
        if (bytes.size != 0 && bytes.size != field->size)
            return false;
        break;
    case FIELD_UNIT:
        bytes = read_str(reader);
        if (place_kind(bytes) < GRID_PLACE_REGION || place_kind(bytes) > GRID_PLACE_MICRO_GRID)
            return false;
        break;
    case FIELD_NAME:
        bytes = read_str(reader);
        if (bytes.size == 0 || text_chars(bytes) > field->max || !text_is_clean(bytes, false))
            return false;
        break;
    case FIELD_TEXT:
        bytes = read_str(reader);
        if (bytes.size < field->min || bytes.size > field->max || !text_is_clean(bytes, true))
            return false;
        break;
    case FIELD_ARRAY:
        if (read_type(reader) != PACK_ARRAY)
            return false;
        bytes = read_raw(reader);
        break;
    case FIELD_BYTES:
        bytes = read_bin(reader);
        break;
    }
    memcpy(at, &bytes, sizeof(bytes));
    return !reader->failed;
}

static const struct field *field_find(const struct field *fields, size_t count, uint64_t key)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].key == key)
            return &fields[i];
    return NULL;
}

static enum grid_status fields_read(struct bytes body, const struct field *fields, size_t count,
        void *out, bool *newer, struct grid_error *error)
{
    struct reader reader = reader_of(body);
    size_t found = 0;
    *newer = false;
    for (size_t left = read_map(&reader); left > 0; left--) {
        uint64_t key = read_uint(&reader);
        const struct field *field = field_find(fields, count, key);
        if (reader.failed)
            break;
        if (field == NULL) {
            *newer = *newer || key < BODY_KEY_OPTIONAL;
            read_skip(&reader);
        } else if (field_read(field, &reader, out)) {
            found++;
        } else {
            reader.failed = true;
        }
    }
    if (*newer) /* P-32 */
        return GRID_OK;
    if (!reader_done(&reader) || found < count)
        return shape_wrong(error, found);
    return GRID_OK;
}

static void field_pack(struct buffer *out, const struct field *field, const void *in)
{
    const uint8_t *at = (const uint8_t *)in + field->offset;
    struct bytes bytes = {0};
    if (field->form != FIELD_FIXED && field->form != FIELD_UINT)
        memcpy(&bytes, at, sizeof(bytes));
    switch (field->form) {
    case FIELD_FIXED:
        pack_bin(out, bytes_of(at, field->size));
        break;
    case FIELD_UINT: {
        uint64_t number = 0;
        uint32_t small = 0;
        memcpy(&small, at, sizeof(small));
        if (field->size == sizeof(number))
            memcpy(&number, at, sizeof(number));
        else
            number = small;
        pack_uint(out, number);
        break;
    }
    case FIELD_SHORT:
    case FIELD_BYTES:
        pack_bin(out, bytes);
        break;
    case FIELD_UNIT:
    case FIELD_NAME:
    case FIELD_TEXT:
        pack_str(out, bytes);
        break;
    case FIELD_ARRAY:
        if (bytes.size > 0)
            pack_raw(out, bytes);
        else
            pack_array(out, 0);
        break;
    }
}

static void fields_pack(
        struct buffer *out, const struct field *fields, size_t count, const void *in)
{
    pack_map(out, count);
    for (size_t i = 0; i < count; i++) {
        pack_uint(out, fields[i].key);
        field_pack(out, &fields[i], in);
    }
}

#define COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))

/* --- INCARNATE --- */

static const struct field incarnate_fields[] = {
        {.key = 0, .form = FIELD_FIXED, FITS(incarnate_body, key)},
        {.key = 1, .form = FIELD_UINT, FITS(incarnate_body, counter), .max = UINT64_MAX},
        {.key = 2, .form = FIELD_FIXED, FITS(incarnate_body, identity)},
        {.key = 3, .form = FIELD_FIXED, FITS(incarnate_body, signature)},
};

enum grid_status body_pack_incarnate(struct buffer *out, const struct incarnate_body *body)
{
    fields_pack(out, incarnate_fields, COUNT(incarnate_fields), body);
    return out->failed ? GRID_NOMEM : GRID_OK;
}

enum grid_status body_read_incarnate(
        struct bytes body, struct incarnate_body *out, bool *newer, struct grid_error *error)
{
    *out = (struct incarnate_body){0};
    return fields_read(body, incarnate_fields, COUNT(incarnate_fields), out, newer, error);
}

static const char incarnate_words[] = "grid-incarnate-1";
enum { INCARNATE_MESSAGE_BYTES = sizeof(incarnate_words) + GRID_KEY_BYTES + 8 };

static void incarnate_message(
        uint8_t out[static INCARNATE_MESSAGE_BYTES], const struct incarnate_body *body)
{
    memcpy(out, incarnate_words, sizeof(incarnate_words));
    out += sizeof(incarnate_words);
    memcpy(out, body->key, GRID_KEY_BYTES);
    put_u64(out + GRID_KEY_BYTES, body->counter);
}

enum grid_status incarnate_sign(
        struct incarnate_body *body, const uint8_t identity_seed[static GRID_SEED_BYTES])
{
    uint8_t message[INCARNATE_MESSAGE_BYTES];
    incarnate_message(message, body);
    enum grid_status status = crypto_public_key(body->identity, identity_seed);
    if (status == GRID_OK)
        status = crypto_sign(body->signature, identity_seed, bytes_of(message, sizeof(message)));
    return status;
}

enum grid_status incarnate_verify(const struct incarnate_body *body,
        const uint8_t author[static GRID_ID_BYTES], struct grid_error *error)
{
    uint8_t named[GRID_ID_BYTES];
    uint8_t message[INCARNATE_MESSAGE_BYTES];
    enum grid_status status = author_of_key(named, body->key);
    if (status != GRID_OK)
        return status;
    if (memcmp(named, author, GRID_ID_BYTES) != 0) {
        char hex[2 * GRID_ID_BYTES + 1];
        ident_hex(hex, bytes_of(author, GRID_ID_BYTES));
        return grid_fail(error, GRID_REFUSED, "incarnate_author", "%s", hex);
    }
    incarnate_message(message, body);
    return crypto_verify(
            body->identity, body->signature, bytes_of(message, sizeof(message)), error);
}

/* --- CENTRE --- */

static const struct field centre_fields[] = {
        {.key = 0, .form = FIELD_UNIT, AT(centre_body, unit)},
        {.key = 1, .form = FIELD_NAME, AT(centre_body, name), .max = GRID_NAME_CHARS_MAX},
        {.key = 2, .form = FIELD_FIXED, FITS(centre_body, identity)},
};

void body_pack_centre(struct buffer *out, const struct centre_body *body)
{
    fields_pack(out, centre_fields, COUNT(centre_fields), body);
}

enum grid_status body_read_centre(
        struct bytes body, struct centre_body *out, bool *newer, struct grid_error *error)
{
    *out = (struct centre_body){0};
    return fields_read(body, centre_fields, COUNT(centre_fields), out, newer, error);
}

/* --- DEVICE --- */

static const struct field device_fields[] = {
        {.key = 0, .form = FIELD_UNIT, AT(device_body, unit)},
        {.key = 1, .form = FIELD_UINT, FITS(device_body, slot), .min = 1, .max = GRID_SLOT_MAX},
        {.key = 2, .form = FIELD_FIXED, FITS(device_body, identity)},
        {.key = 3, .form = FIELD_FIXED, FITS(device_body, person)},
};

void body_pack_device(struct buffer *out, const struct device_body *body)
{
    fields_pack(out, device_fields, COUNT(device_fields), body);
}

enum grid_status body_read_device(
        struct bytes body, struct device_body *out, bool *newer, struct grid_error *error)
{
    *out = (struct device_body){0};
    return fields_read(body, device_fields, COUNT(device_fields), out, newer, error);
}

/* --- ROWS --- */

static const struct field rows_fields[] = {
        {.key = 0, .form = FIELD_UNIT, AT(rows_body, unit)},
        {.key = 1, .form = FIELD_UINT, FITS(rows_body, version), .min = 1, .max = UINT32_MAX},
        {.key = 2, .form = FIELD_ARRAY, AT(rows_body, put)},
        {.key = 3, .form = FIELD_ARRAY, AT(rows_body, remove)},
};

void body_pack_rows(struct buffer *out, const struct rows_body *body)
{
    fields_pack(out, rows_fields, COUNT(rows_fields), body);
}

enum grid_status body_read_rows(
        struct bytes body, struct rows_body *out, bool *newer, struct grid_error *error)
{
    *out = (struct rows_body){0};
    return fields_read(body, rows_fields, COUNT(rows_fields), out, newer, error);
}

/* --- ROSTER --- */

static const struct field roster_fields[] = {
        {.key = 0, .form = FIELD_UNIT, AT(roster_body, unit)},
        {.key = 1, .form = FIELD_UINT, FITS(roster_body, version), .min = 1, .max = UINT32_MAX},
        {.key = 2, .form = FIELD_SHORT, AT(roster_body, predecessor), .size = GRID_ID_BYTES},
        {.key = 3, .form = FIELD_UINT, FITS(roster_body, count), .max = UINT64_MAX},
        {.key = 4, .form = FIELD_FIXED, FITS(roster_body, digest)},
};

void body_pack_roster(struct buffer *out, const struct roster_body *body)
{
    fields_pack(out, roster_fields, COUNT(roster_fields), body);
}

enum grid_status body_read_roster(
        struct bytes body, struct roster_body *out, bool *newer, struct grid_error *error)
{
    *out = (struct roster_body){0};
    return fields_read(body, roster_fields, COUNT(roster_fields), out, newer, error);
}

/* --- POLICY --- */

static const struct field policy_fields[] = {
        {.key = 0, .form = FIELD_UNIT, AT(policy_body, unit)},
        {.key = 1, .form = FIELD_UINT, FITS(policy_body, version), .min = 2, .max = UINT32_MAX},
        {.key = 2,
                .form = FIELD_TEXT,
                AT(policy_body, text),
                .min = 1,
                .max = GRID_POLICY_BYTES_MAX},
};

void body_pack_policy(struct buffer *out, const struct policy_body *body)
{
    fields_pack(out, policy_fields, COUNT(policy_fields), body);
}

enum grid_status body_read_policy(
        struct bytes body, struct policy_body *out, bool *newer, struct grid_error *error)
{
    *out = (struct policy_body){0};
    return fields_read(body, policy_fields, COUNT(policy_fields), out, newer, error);
}

/* --- CUT --- */

struct cut_raw {
    uint8_t identity[GRID_KEY_BYTES];
    struct bytes positions;
};

static const struct field cut_fields[] = {
        {.key = 0, .form = FIELD_FIXED, FITS(cut_raw, identity)},
        {.key = 1, .form = FIELD_ARRAY, AT(cut_raw, positions)},
};

void body_pack_cut(struct buffer *out, const struct cut_body *body)
{
    pack_map(out, COUNT(cut_fields));
    pack_uint(out, 0);
    pack_bin(out, bytes_of(body->identity, sizeof(body->identity)));
    pack_uint(out, 1);
    pack_array(out, body->position_count);
    for (size_t i = 0; i < body->position_count; i++) {
        const struct cut_position *position = &body->positions[i];
        pack_array(out, 3);
        pack_bin(out, bytes_of(position->author, sizeof(position->author)));
        pack_uint(out, position->lane);
        pack_uint(out, position->seq);
    }
}

enum grid_status body_read_cut(struct bytes body, struct arena *arena, struct cut_body *out,
        bool *newer, struct grid_error *error)
{
    struct cut_raw raw = {0};
    *out = (struct cut_body){0};
    enum grid_status status = fields_read(body, cut_fields, COUNT(cut_fields), &raw, newer, error);
    if (status != GRID_OK || *newer)
        return status;
    struct reader reader = reader_of(raw.positions);
    size_t count = read_array(&reader);
    struct cut_position *positions = arena_alloc_array(arena, count, sizeof(*positions));
    if (positions == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++) {
        if (read_array(&reader) != 3)
            return shape_wrong(error, 1);
        read_bin_exact(&reader, positions[i].author, sizeof(positions[i].author));
        uint64_t lane = read_uint(&reader);
        positions[i].seq = read_uint(&reader); /* 0: nothing of that lane counts */
        if (reader.failed || lane >= GRID_LANE_COUNT)
            return shape_wrong(error, 1);
        positions[i].lane = (uint8_t)lane;
    }
    memcpy(out->identity, raw.identity, sizeof(out->identity));
    out->positions = positions;
    out->position_count = count;
    return GRID_OK;
}

/* --- FORK --- */

struct fork_raw {
    uint8_t author[GRID_ID_BYTES];
    uint32_t lane;
    uint64_t seq;
    struct bytes counts, other;
};

static const struct field fork_fields[] = {
        {.key = 0, .form = FIELD_FIXED, FITS(fork_raw, author)},
        {.key = 1, .form = FIELD_UINT, FITS(fork_raw, lane), .max = GRID_LANE_COUNT - 1},
        {.key = 2, .form = FIELD_UINT, FITS(fork_raw, seq), .min = 1, .max = GRID_SEQ_MAX},
        {.key = 3, .form = FIELD_ARRAY, AT(fork_raw, counts)},
        {.key = 4, .form = FIELD_ARRAY, AT(fork_raw, other)},
};

static void pack_branch(struct buffer *out, const struct fork_branch *branch)
{
    pack_array(out, 4);
    pack_bin(out, bytes_of(branch->leaf, sizeof(branch->leaf)));
    pack_uint(out, branch->seq);
    pack_bin(out, bytes_of(branch->id, sizeof(branch->id)));
    pack_bin(out, bytes_of(branch->seal, sizeof(branch->seal)));
}

void body_pack_fork(struct buffer *out, const struct fork_body *body)
{
    struct fork_raw raw = {.lane = body->lane, .seq = body->seq};
    struct buffer counts = {0};
    struct buffer other = {0};
    memcpy(raw.author, body->author, sizeof(raw.author));
    pack_branch(&counts, &body->counts);
    pack_branch(&other, &body->other);
    raw.counts = buffer_bytes(&counts);
    raw.other = buffer_bytes(&other);
    out->failed = out->failed || counts.failed || other.failed;
    if (!out->failed)
        fields_pack(out, fork_fields, COUNT(fork_fields), &raw);
    buffer_close(&counts);
    buffer_close(&other);
}

static bool read_branch(struct bytes bytes, uint64_t parted_seq, struct fork_branch *out)
{
    struct reader reader = reader_of(bytes);
    if (read_array(&reader) != 4)
        return false;
    read_bin_exact(&reader, out->leaf, sizeof(out->leaf));
    out->seq = read_uint(&reader);
    read_bin_exact(&reader, out->id, sizeof(out->id));
    read_bin_exact(&reader, out->seal, sizeof(out->seal));
    return reader_done(&reader) && out->seq >= parted_seq && out->seq <= GRID_SEQ_MAX;
}

enum grid_status body_read_fork(
        struct bytes body, struct fork_body *out, bool *newer, struct grid_error *error)
{
    struct fork_raw raw = {0};
    *out = (struct fork_body){0};
    enum grid_status status =
            fields_read(body, fork_fields, COUNT(fork_fields), &raw, newer, error);
    if (status != GRID_OK || *newer)
        return status;
    memcpy(out->author, raw.author, sizeof(out->author));
    out->lane = (uint8_t)raw.lane;
    out->seq = raw.seq;
    if (!read_branch(raw.counts, raw.seq, &out->counts))
        return shape_wrong(error, 3);
    if (!read_branch(raw.other, raw.seq, &out->other) ||
            memcmp(out->counts.leaf, out->other.leaf, sizeof(out->other.leaf)) == 0)
        return shape_wrong(error, 4);
    return GRID_OK;
}

/* --- ADOPT --- */

struct adopt_raw {
    struct bytes as;
    uint8_t author[GRID_ID_BYTES];
    uint32_t lane;
    uint64_t seq;
    struct bytes header, body, reason;
};

static const struct field adopt_fields[] = {
        {.key = 0, .form = FIELD_ARRAY, AT(adopt_raw, as)},
        {.key = 1, .form = FIELD_FIXED, FITS(adopt_raw, author)},
        {.key = 2, .form = FIELD_UINT, FITS(adopt_raw, lane), .max = GRID_LANE_COUNT - 1},
        {.key = 3, .form = FIELD_UINT, FITS(adopt_raw, seq), .min = 1, .max = GRID_SEQ_MAX},
        {.key = 4, .form = FIELD_BYTES, AT(adopt_raw, header)},
        {.key = 5, .form = FIELD_BYTES, AT(adopt_raw, body)},
        {.key = 6, .form = FIELD_TEXT, AT(adopt_raw, reason), .max = GRID_TEXT_BYTES_MAX},
};

void body_pack_adopt(struct buffer *out, const struct adopt_body *body)
{
    struct adopt_raw raw = {.lane = body->lane,
            .seq = body->seq,
            .header = body->header,
            .body = body->body,
            .reason = body->reason};
    struct buffer as = {0};
    memcpy(raw.author, body->author, sizeof(raw.author));
    pack_array(&as, 3);
    pack_bin(&as, bytes_of(body->as.person, sizeof(body->as.person)));
    pack_uint(&as, body->as.role);
    pack_str(&as, body->as.place);
    raw.as = buffer_bytes(&as);
    out->failed = out->failed || as.failed;
    if (!out->failed)
        fields_pack(out, adopt_fields, COUNT(adopt_fields), &raw);
    buffer_close(&as);
}

enum grid_status body_read_adopt(
        struct bytes body, struct adopt_body *out, bool *newer, struct grid_error *error)
{
    struct adopt_raw raw = {0};
    *out = (struct adopt_body){0};
    enum grid_status status =
            fields_read(body, adopt_fields, COUNT(adopt_fields), &raw, newer, error);
    if (status != GRID_OK || *newer)
        return status;
    struct reader reader = reader_of(raw.as);
    bool three = read_array(&reader) == 3;
    read_bin_exact(&reader, out->as.person, sizeof(out->as.person));
    uint64_t role = read_uint(&reader);
    out->as.place = read_str(&reader);
    if (!three || !reader_done(&reader) || role == GRID_ROLE_NONE || role > UINT16_MAX ||
            place_kind(out->as.place) == GRID_PLACE_NONE)
        return shape_wrong(error, 0);
    out->as.role = (unsigned)role;
    *newer = grid_role_name(out->as.role) == NULL;
    memcpy(out->author, raw.author, sizeof(out->author));
    out->lane = (uint8_t)raw.lane;
    out->seq = raw.seq;
    out->header = raw.header;
    out->body = raw.body;
    out->reason = raw.reason;
    return GRID_OK;
}
