/* The heads of the frames between nodes (P-90…), packed and read. */
#include "proto/message_inside.h"

#include <assert.h>
#include <string.h>

enum { REASON_BYTES_MAX = GRID_REASON_BYTES - 1, PROGRAM_BYTES_MAX = 64 };

/* --- HELLO --- */

enum hello_key {
    HELLO_VERSION = 0,
    HELLO_WALL_MS = 1,
    HELLO_EPOCH = 2,
    HELLO_DICTIONARY = 3,
    HELLO_CURSORS = 4,
    HELLO_STOPPED = 5,
    HELLO_TIPS = 6,
    HELLO_BUCKETS = 7,
    HELLO_PROGRAM = 8,
    HELLO_LSN = 9,
    HELLO_KEYS = 10,  /* so many are always there */
    HELLO_ABOVE = 10, /* only where there is something to tell */
};

static void pack_stopped(struct buffer *out, const struct stopped *stopped)
{
    pack_array(out, 5);
    pack_bin(out, bytes_of(stopped->author, sizeof(stopped->author)));
    pack_uint(out, stopped->lane);
    pack_uint(out, stopped->from_seq);
    pack_short(out, stopped->reason, REASON_BYTES_MAX);
    pack_short(out, stopped->detail, GRID_STOPPED_TEXT_BYTES);
}

static void read_stopped(struct reader *reader, struct stopped *stopped)
{
    read_array_of(reader, 5);
    read_bin_exact(reader, stopped->author, sizeof(stopped->author));
    stopped->lane = read_lane(reader);
    stopped->from_seq = read_seq(reader);
    stopped->reason = read_short(reader, REASON_BYTES_MAX);
    stopped->detail = read_short(reader, GRID_STOPPED_TEXT_BYTES);
}

static void pack_cursor(struct buffer *out, const struct cursor *cursor)
{
    pack_array(out, 3);
    pack_epoch(out, cursor->epoch);
    pack_uint(out, cursor->lsn);
    pack_bin(out, bytes_of(cursor->leaf, sizeof(cursor->leaf)));
}

static void read_cursor(struct reader *reader, struct cursor *cursor)
{
    read_array_of(reader, 3);
    read_bin_exact(reader, cursor->epoch, sizeof(cursor->epoch));
    cursor->lsn = read_uint(reader);
    read_bin_exact(reader, cursor->leaf, sizeof(cursor->leaf));
}

/* By tier from 2 on, without the zeros at the end. */
static size_t count_above(const struct hello *hello)
{
    size_t count = GRID_TIER_MAX - 1;
    while (count > 0 && hello->above[count + 1] == 0)
        count--;
    return count;
}

static void pack_above(struct buffer *out, const struct hello *hello)
{
    size_t count = count_above(hello);
    if (count == 0)
        return;
    pack_uint(out, HELLO_ABOVE);
    pack_array(out, count);
    for (size_t tier = 2; tier < count + 2; tier++)
        pack_uint(out, hello->above[tier]);
}

static void read_above(struct reader *reader, struct hello *out)
{
    size_t count = read_array(reader);
    if (count >= GRID_TIER_MAX)
        reader->failed = true;
    for (size_t tier = 2; tier < count + 2 && !reader->failed; tier++)
        out->above[tier] = read_uint(reader);
}

enum grid_status message_pack_hello(struct buffer *out, const struct hello *hello)
{
    struct buffer head = {0};
    if (hello->stopped_count > GRID_STOPPED_MAX || hello->tip_count > GRID_TIPS_MAX ||
            hello->held.count > GRID_BUCKETS_HELD_MAX)
        return GRID_LIMIT;
    pack_map(&head, HELLO_KEYS + (count_above(hello) > 0));
    pack_uint(&head, HELLO_VERSION);
    pack_uint(&head, hello->version);
    pack_uint(&head, HELLO_WALL_MS);
    pack_int(&head, hello->wall_ms);
    pack_uint(&head, HELLO_EPOCH);
    pack_epoch(&head, hello->epoch);
    pack_uint(&head, HELLO_DICTIONARY);
    pack_uint(&head, hello->dictionary);
    pack_uint(&head, HELLO_CURSORS);
    pack_array(&head, GRID_LANE_COUNT);
    for (size_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        pack_cursor(&head, &hello->cursors[lane]);
    pack_uint(&head, HELLO_STOPPED);
    pack_array(&head, hello->stopped_count);
    for (size_t i = 0; i < hello->stopped_count; i++)
        pack_stopped(&head, &hello->stopped[i]);
    pack_uint(&head, HELLO_TIPS);
    tips_pack(&head, hello->tips, hello->tip_count);
    pack_uint(&head, HELLO_BUCKETS);
    pack_held(&head, &hello->held);
    pack_uint(&head, HELLO_PROGRAM);
    pack_short(&head, hello->program, PROGRAM_BYTES_MAX);
    pack_uint(&head, HELLO_LSN);
    pack_array(&head, GRID_LANE_COUNT);
    for (size_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        pack_uint(&head, hello->lsn[lane]);
    pack_above(&head, hello);
    return head_send(out, FRAME_HELLO, &head, no_tail());
}

static enum grid_status hello_read_stopped(const struct frame *frame, struct reader *reader,
        struct arena *arena, struct hello *out, struct grid_error *error)
{
    size_t count = read_array(reader);
    if (count > GRID_STOPPED_MAX)
        return head_too_many(frame, GRID_STOPPED_MAX, error);
    out->stopped = arena_alloc_array(arena, count, sizeof(*out->stopped));
    if (out->stopped == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++)
        read_stopped(reader, &out->stopped[i]);
    out->stopped_count = count;
    return GRID_OK;
}

static enum grid_status hello_read_key(const struct frame *frame, uint64_t key,
        struct reader *reader, struct arena *arena, struct hello *out, struct grid_error *error)
{
    switch (key) {
    case HELLO_VERSION:
        out->version = (unsigned)read_max(reader, UINT32_MAX);
        return GRID_OK;
    case HELLO_WALL_MS:
        out->wall_ms = read_int(reader);
        return GRID_OK;
    case HELLO_EPOCH:
        read_bin_exact(reader, out->epoch, sizeof(out->epoch));
        return GRID_OK;
    case HELLO_DICTIONARY:
        out->dictionary = read_uint(reader);
        return GRID_OK;
    case HELLO_CURSORS:
        read_array_of(reader, GRID_LANE_COUNT);
        for (size_t lane = 0; lane < GRID_LANE_COUNT; lane++)
            read_cursor(reader, &out->cursors[lane]);
        return GRID_OK;
    case HELLO_STOPPED:
        return hello_read_stopped(frame, reader, arena, out, error);
    case HELLO_TIPS:
        return tips_read(reader, arena, &out->tips, &out->tip_count);
    case HELLO_BUCKETS:
        return read_held(frame, reader, arena, &out->held, error);
    case HELLO_PROGRAM:
        out->program = read_short(reader, PROGRAM_BYTES_MAX);
        return GRID_OK;
    case HELLO_LSN:
        read_array_of(reader, GRID_LANE_COUNT);
        for (size_t lane = 0; lane < GRID_LANE_COUNT; lane++)
            out->lsn[lane] = read_uint(reader);
        return GRID_OK;
    case HELLO_ABOVE:
        read_above(reader, out);
        return GRID_OK;
    default: /* what this version does not know it need not understand */
        read_skip(reader);
        return GRID_OK;
    }
}

/* P-91: the version stands first, and of another one nothing else is read. */
enum grid_status message_read_hello(
        const struct frame *frame, struct arena *arena, struct hello *out, struct grid_error *error)
{
    struct reader reader;
    unsigned found = 0;
    *out = (struct hello){0};
    enum grid_status status = head_open(frame, FRAME_HELLO, &reader, error);
    if (status != GRID_OK)
        return status;
    for (size_t left = read_map(&reader); left > 0 && status == GRID_OK; left--) {
        uint64_t key = read_uint(&reader);
        if (found == 0 && key != HELLO_VERSION)
            return head_wrong(frame, error);
        found += key < HELLO_KEYS;
        status = hello_read_key(frame, key, &reader, arena, out, error);
        if (status == GRID_OK && !reader.failed && out->version != GRID_PROTOCOL_VERSION)
            return GRID_OK;
    }
    if (status == GRID_OK)
        status = head_done(frame, &reader, error);
    if (status == GRID_OK && found < HELLO_KEYS)
        status = head_wrong(frame, error);
    return status;
}

/* --- DATA and RECEIPT --- */

enum grid_status message_pack_data(struct buffer *out, const struct data_message *data)
{
    const struct segment *segment = &data->segment;
    struct buffer head = {0};
    assert(segment->received_ms >= 0);
    pack_array(&head, 7);
    pack_bin(&head, bytes_of(segment->author, sizeof(segment->author)));
    pack_uint(&head, segment->lane);
    pack_uint(&head, segment->first_seq);
    pack_uint(&head, segment->entry_count);
    pack_bin(&head, bytes_of(segment->seal, sizeof(segment->seal)));
    pack_int(&head, segment->received_ms);
    pack_uint(&head, data->lsn);
    return head_send(out, FRAME_DATA, &head, segment->entries);
}

enum grid_status message_read_data(
        const struct frame *frame, struct data_message *out, struct grid_error *error)
{
    struct reader reader;
    struct segment *segment = &out->segment;
    *out = (struct data_message){0};
    enum grid_status status = head_open(frame, FRAME_DATA, &reader, error);
    if (status != GRID_OK)
        return status;
    read_array_of(&reader, 7);
    read_bin_exact(&reader, segment->author, sizeof(segment->author));
    segment->lane = read_lane(&reader);
    segment->first_seq = read_seq(&reader);
    segment->entry_count = (uint32_t)read_max(&reader, GRID_SEGMENT_ENTRIES_MAX);
    read_bin_exact(&reader, segment->seal, sizeof(segment->seal));
    segment->received_ms = (int64_t)read_max(&reader, INT64_MAX);
    out->lsn = read_uint(&reader);
    segment->entries = frame->tail;
    return head_done(frame, &reader, error);
}

enum grid_status message_pack_receipt(struct buffer *out,
        const uint8_t signature[static GRID_SIGNATURE_BYTES], struct bytes receipt)
{
    struct buffer head = {0};
    pack_array(&head, 1);
    pack_bin(&head, bytes_of(signature, GRID_SIGNATURE_BYTES));
    return head_send(out, FRAME_RECEIPT, &head, receipt);
}

enum grid_status message_read_receipt(const struct frame *frame,
        uint8_t signature[static GRID_SIGNATURE_BYTES], struct grid_error *error)
{
    struct reader reader;
    enum grid_status status = head_open(frame, FRAME_RECEIPT, &reader, error);
    if (status != GRID_OK)
        return status;
    read_array_of(&reader, 1);
    read_bin_exact(&reader, signature, GRID_SIGNATURE_BYTES);
    return head_done(frame, &reader, error);
}

/* --- HAVE and WANT --- */

enum grid_status message_pack_have(struct buffer *out, const struct have *have)
{
    struct buffer head = {0};
    if (have->tip_count > GRID_TIPS_MAX)
        return GRID_LIMIT;
    pack_array(&head, 2);
    pack_bool(&head, have->more);
    tips_pack(&head, have->tips, have->tip_count);
    return head_send(out, FRAME_HAVE, &head, no_tail());
}

enum grid_status message_read_have(
        const struct frame *frame, struct arena *arena, struct have *out, struct grid_error *error)
{
    struct reader reader;
    *out = (struct have){0};
    enum grid_status status = head_open(frame, FRAME_HAVE, &reader, error);
    if (status != GRID_OK)
        return status;
    read_array_of(&reader, 2);
    out->more = read_bool(&reader);
    status = tips_read(&reader, arena, &out->tips, &out->tip_count);
    return status == GRID_OK ? head_done(frame, &reader, error) : status;
}

enum grid_status message_pack_want(struct buffer *out, const struct want *want)
{
    struct buffer head = {0};
    if (want->range_count > GRID_TIPS_MAX)
        return GRID_LIMIT;
    pack_array(&head, 2);
    pack_bool(&head, want->answer);
    pack_array(&head, want->range_count);
    for (size_t i = 0; i < want->range_count; i++) {
        const struct want_range *range = &want->ranges[i];
        pack_array(&head, 4);
        pack_bin(&head, bytes_of(range->author, sizeof(range->author)));
        pack_uint(&head, range->lane);
        pack_uint(&head, range->from_seq);
        pack_uint(&head, range->to_seq);
    }
    return head_send(out, FRAME_WANT, &head, no_tail());
}

enum grid_status message_read_want(
        const struct frame *frame, struct arena *arena, struct want *out, struct grid_error *error)
{
    struct reader reader;
    *out = (struct want){0};
    enum grid_status status = head_open(frame, FRAME_WANT, &reader, error);
    if (status != GRID_OK)
        return status;
    read_array_of(&reader, 2);
    out->answer = read_bool(&reader);
    size_t count = read_array(&reader);
    if (count > GRID_TIPS_MAX)
        return head_too_many(frame, GRID_TIPS_MAX, error);
    out->ranges = arena_alloc_array(arena, count, sizeof(*out->ranges));
    if (out->ranges == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++) {
        struct want_range *range = &out->ranges[i];
        read_array_of(&reader, 4);
        read_bin_exact(&reader, range->author, sizeof(range->author));
        range->lane = read_lane(&reader);
        range->from_seq = read_seq(&reader);
        range->to_seq = read_max(&reader, GRID_SEQ_MAX);
        if (range->to_seq != 0 && range->to_seq < range->from_seq)
            reader.failed = true;
    }
    out->range_count = count;
    return head_done(frame, &reader, error);
}

/* --- CURSOR and STOPPED --- */

enum grid_status message_pack_cursor(struct buffer *out, const struct cursor_message *cursor)
{
    struct buffer head = {0};
    pack_array(&head, 4);
    pack_uint(&head, cursor->lane);
    pack_epoch(&head, cursor->cursor.epoch);
    pack_uint(&head, cursor->cursor.lsn);
    pack_bin(&head, bytes_of(cursor->cursor.leaf, sizeof(cursor->cursor.leaf)));
    return head_send(out, FRAME_CURSOR, &head, no_tail());
}

enum grid_status message_read_cursor(
        const struct frame *frame, struct cursor_message *out, struct grid_error *error)
{
    struct reader reader;
    *out = (struct cursor_message){0};
    enum grid_status status = head_open(frame, FRAME_CURSOR, &reader, error);
    if (status != GRID_OK)
        return status;
    read_array_of(&reader, 4);
    out->lane = read_lane(&reader);
    read_bin_exact(&reader, out->cursor.epoch, sizeof(out->cursor.epoch));
    out->cursor.lsn = read_uint(&reader);
    read_bin_exact(&reader, out->cursor.leaf, sizeof(out->cursor.leaf));
    return head_done(frame, &reader, error);
}

enum grid_status message_pack_stopped(struct buffer *out, const struct stopped *stopped)
{
    struct buffer head = {0};
    pack_stopped(&head, stopped);
    return head_send(out, FRAME_STOPPED, &head, no_tail());
}

enum grid_status message_read_stopped(
        const struct frame *frame, struct stopped *out, struct grid_error *error)
{
    struct reader reader;
    *out = (struct stopped){0};
    enum grid_status status = head_open(frame, FRAME_STOPPED, &reader, error);
    if (status != GRID_OK)
        return status;
    read_stopped(&reader, out);
    return head_done(frame, &reader, error);
}

/* --- ENROL, ENROLLED, BYE, BUSY --- */

enum grid_status message_pack_enrol(struct buffer *out, const struct enrol *enrol)
{
    struct buffer head = {0};
    pack_array(&head, enrol->again ? 5 : 1);
    if (enrol->again) {
        pack_str(&head, enrol->unit);
        pack_str(&head, enrol->name);
        pack_uint(&head, enrol->slot);
        pack_bin(&head, bytes_of(enrol->person, sizeof(enrol->person)));
        pack_bin(&head, bytes_of(enrol->proof, sizeof(enrol->proof)));
    } else {
        pack_bin(&head, bytes_of(enrol->secret, sizeof(enrol->secret)));
    }
    return head_send(out, FRAME_ENROL, &head, no_tail());
}

enum grid_status message_read_enrol(
        const struct frame *frame, struct enrol *out, struct grid_error *error)
{
    struct reader reader;
    *out = (struct enrol){0};
    enum grid_status status = head_open(frame, FRAME_ENROL, &reader, error);
    if (status != GRID_OK)
        return status;
    size_t count = read_array(&reader);
    out->again = count == 5;
    if (out->again) {
        out->unit = read_str(&reader);
        out->name = read_str(&reader);
        out->slot = (unsigned)read_max(&reader, GRID_SLOT_MAX);
        read_bin_exact(&reader, out->person, sizeof(out->person));
        read_bin_exact(&reader, out->proof, sizeof(out->proof));
    } else {
        read_bin_exact(&reader, out->secret, sizeof(out->secret));
    }
    if (out->again ? place_kind(out->unit) == GRID_PLACE_NONE ||
                             out->name.size > GRID_NAME_CHARS_MAX * 4
                   : count != 1)
        reader.failed = true;
    return head_done(frame, &reader, error);
}

enum grid_status message_pack_enrolled(struct buffer *out, const struct enrolled *enrolled)
{
    struct buffer head = {0};
    pack_array(&head, 6);
    pack_str(&head, enrolled->unit);
    pack_uint(&head, enrolled->slot);
    pack_bin(&head, bytes_of(enrolled->person, sizeof(enrolled->person)));
    pack_str(&head, enrolled->person_name);
    pack_str(&head, enrolled->unit_name);
    pack_bin(&head, bytes_of(enrolled->proof, sizeof(enrolled->proof)));
    return head_send(out, FRAME_ENROLLED, &head, no_tail());
}

enum grid_status message_read_enrolled(
        const struct frame *frame, struct enrolled *out, struct grid_error *error)
{
    struct reader reader;
    *out = (struct enrolled){0};
    enum grid_status status = head_open(frame, FRAME_ENROLLED, &reader, error);
    if (status != GRID_OK)
        return status;
    read_array_of(&reader, 6);
    out->unit = read_str(&reader);
    out->slot = (unsigned)read_max(&reader, GRID_SLOT_MAX);
    read_bin_exact(&reader, out->person, sizeof(out->person));
    out->person_name = read_str(&reader);
    out->unit_name = read_str(&reader);
    read_bin_exact(&reader, out->proof, sizeof(out->proof));
    if (place_kind(out->unit) == GRID_PLACE_NONE)
        reader.failed = true;
    return head_done(frame, &reader, error);
}

enum grid_status message_pack_bye(struct buffer *out, const struct bye *bye)
{
    struct buffer head = {0};
    pack_array(&head, 2);
    pack_short(&head, bye->reason, REASON_BYTES_MAX);
    pack_short(&head, bye->detail, GRID_STOPPED_TEXT_BYTES);
    return head_send(out, FRAME_BYE, &head, no_tail());
}

enum grid_status message_read_bye(
        const struct frame *frame, struct bye *out, struct grid_error *error)
{
    struct reader reader;
    *out = (struct bye){0};
    enum grid_status status = head_open(frame, FRAME_BYE, &reader, error);
    if (status != GRID_OK)
        return status;
    read_array_of(&reader, 2);
    out->reason = read_short(&reader, REASON_BYTES_MAX);
    out->detail = read_short(&reader, GRID_STOPPED_TEXT_BYTES);
    return head_done(frame, &reader, error);
}

enum grid_status message_pack_busy(struct buffer *out, uint32_t spread_ms)
{
    struct buffer head = {0};
    pack_array(&head, 1);
    pack_uint(&head, spread_ms);
    return head_send(out, FRAME_BUSY, &head, no_tail());
}

enum grid_status message_read_busy(
        const struct frame *frame, uint32_t *spread_ms, struct grid_error *error)
{
    struct reader reader;
    enum grid_status status = head_open(frame, FRAME_BUSY, &reader, error);
    *spread_ms = 0;
    if (status != GRID_OK)
        return status;
    read_array_of(&reader, 1);
    *spread_ms = (uint32_t)read_max(&reader, UINT32_MAX);
    return head_done(frame, &reader, error);
}
