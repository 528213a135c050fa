/* What nodes say to each other (P-90…): every message reads back, and nothing else passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/message.h"
#include "tests/lib/heap_failing.h"

#include <string.h>

struct link {
    struct buffer wire;
    struct arena arena;
    struct frame frame;
};

/* The one frame on the wire. */
static const struct frame *arrive(struct link *link, uint8_t type)
{
    size_t taken = 0;
    assert_int_equal(
            frame_next(buffer_bytes(&link->wire), &link->arena, &link->frame, &taken, NULL),
            GRID_OK);
    assert_int_equal(taken, link->wire.size);
    assert_int_equal(link->frame.type, type);
    return &link->frame;
}

static void link_close(struct link *link)
{
    buffer_close(&link->wire);
    arena_close(&link->arena);
}

static void fill(void *out, size_t size, uint8_t first)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)out)[i] = (uint8_t)(first + i);
}

static void assert_text(struct bytes bytes, const char *text)
{
    assert_int_equal(bytes.size, strlen(text));
    assert_memory_equal(bytes.data, text, bytes.size);
}

static struct held_bucket some_bucket = {.position = 77, .digest = {4}};

static struct hello some_hello(struct stopped *stopped, struct stream_tip *tips)
{
    some_bucket.name = bytes_text("roster/150622103");
    struct hello hello = {.version = GRID_PROTOCOL_VERSION,
            .wall_ms = -5, /* a clock before 1970 is no reason for silence */
            .dictionary = UINT64_MAX,
            .program = bytes_text("grid 0.1.0"),
            .stopped = stopped,
            .stopped_count = 1,
            .tips = tips,
            .tip_count = 1};
    fill(hello.epoch, sizeof(hello.epoch), 1);
    fill(hello.held.epoch, sizeof(hello.held.epoch), 2);
    hello.held.items = &some_bucket;
    hello.held.count = 1;
    hello.cursors[0] = (struct cursor){.lsn = 3, .epoch = {9}, .leaf = {8}};
    hello.cursors[1] = (struct cursor){.lsn = UINT64_MAX};
    *stopped = (struct stopped){.author = {5},
            .lane = 1,
            .from_seq = 9,
            .reason = bytes_text("bad_seal"),
            .detail = bytes_text("1")};
    *tips = (struct stream_tip){.author = {6}, .lane = 1, .seq = 10, .id = {7}};
    return hello;
}

static void hello_reads_back(void **state)
{
    (void)state;
    struct link link = {0};
    struct stopped stopped;
    struct stream_tip tip;
    struct hello hello = some_hello(&stopped, &tip);
    struct hello back;
    assert_int_equal(message_pack_hello(&link.wire, &hello), GRID_OK);
    assert_int_equal(
            message_read_hello(arrive(&link, FRAME_HELLO), &link.arena, &back, NULL), GRID_OK);
    assert_int_equal(back.version, 1);
    assert_int_equal(back.wall_ms, -5);
    assert_memory_equal(back.epoch, hello.epoch, GRID_EPOCH_BYTES);
    assert_true(back.dictionary == UINT64_MAX);
    assert_memory_equal(back.cursors, hello.cursors, sizeof(hello.cursors));
    assert_int_equal(back.stopped_count, 1);
    assert_int_equal(back.stopped[0].from_seq, 9);
    assert_text(back.stopped[0].reason, "bad_seal");
    assert_int_equal(back.tip_count, 1);
    assert_int_equal(back.tips[0].seq, 10);
    assert_memory_equal(back.held.epoch, hello.held.epoch, GRID_EPOCH_BYTES);
    assert_int_equal(back.held.count, 1);
    assert_text(back.held.items[0].name, "roster/150622103");
    assert_int_equal(back.held.items[0].position, 77);
    assert_int_equal(back.held.items[0].digest[0], 4);
    assert_text(back.program, "grid 0.1.0");
    link_close(&link);
}

/* The largest HELLO there can be still is one frame. */
static void the_fullest_hello_fits_one_frame(void **state)
{
    (void)state;
    struct link link = {0};
    static struct stopped stopped[GRID_STOPPED_MAX + 1];
    static struct stream_tip tips[GRID_TIPS_MAX + 1];
    static char long_text[600];
    struct stopped one;
    struct stream_tip tip;
    struct hello hello = some_hello(&one, &tip);
    struct hello back;
    for (size_t i = 0; i < 200; i++)
        memcpy(long_text + 3 * i, "墕", 3);
    for (size_t i = 0; i <= GRID_STOPPED_MAX; i++) {
        stopped[i] = one;
        stopped[i].from_seq = GRID_SEQ_MAX;
        stopped[i].reason = bytes_of(long_text, sizeof(long_text));
        stopped[i].detail = bytes_of(long_text, sizeof(long_text));
    }
    for (size_t i = 0; i <= GRID_TIPS_MAX; i++) {
        fill(tips[i].author, GRID_ID_BYTES, (uint8_t)i);
        tips[i].seq = GRID_SEQ_MAX;
    }
    hello.stopped = stopped;
    hello.stopped_count = GRID_STOPPED_MAX;
    hello.tips = tips;
    hello.tip_count = GRID_TIPS_MAX;
    assert_int_equal(message_pack_hello(&link.wire, &hello), GRID_OK);
    assert_int_equal(
            message_read_hello(arrive(&link, FRAME_HELLO), &link.arena, &back, NULL), GRID_OK);
    assert_int_equal(back.stopped_count, GRID_STOPPED_MAX);
    assert_int_equal(back.stopped[1].reason.size, 45); /* cut at a character */
    assert_int_equal(back.stopped[1].detail.size, 198);
    hello.tip_count++;
    buffer_clear(&link.wire);
    assert_int_equal(message_pack_hello(&link.wire, &hello), GRID_LIMIT);
    hello.tip_count--;
    hello.stopped_count++;
    assert_int_equal(message_pack_hello(&link.wire, &hello), GRID_LIMIT);
    assert_int_equal(link.wire.size, 0);
    link_close(&link);
}

/* A frame whose head is packed already. */
static const struct frame *arrive_raw(
        struct link *link, uint8_t type, struct buffer *head, struct bytes tail)
{
    buffer_clear(&link->wire);
    assert_int_equal(frame_write(&link->wire, type, 0, buffer_bytes(head), tail), GRID_OK);
    buffer_close(head);
    return arrive(link, type);
}

static void a_hello_of_another_version_tells_its_version(void **state)
{
    (void)state;
    struct link link = {0};
    struct buffer head = {0};
    struct hello back;
    pack_map(&head, 2);
    pack_uint(&head, 0);
    pack_uint(&head, 2);
    pack_uint(&head, 1);
    pack_text(&head, "all is different");
    assert_int_equal(message_read_hello(arrive_raw(&link, FRAME_HELLO, &head, bytes_of(NULL, 0)),
                             &link.arena, &back, NULL),
            GRID_OK);
    assert_int_equal(back.version, 2);
    assert_int_equal(back.wall_ms, 0);
    pack_map(&head, 1);
    pack_uint(&head, 0);
    pack_uint(&head, 1);
    assert_int_equal(message_read_hello(arrive_raw(&link, FRAME_HELLO, &head, bytes_of(NULL, 0)),
                             &link.arena, &back, NULL),
            GRID_MALFORMED); /* ours, and incomplete */
    pack_map(&head, 0);
    assert_int_equal(message_read_hello(arrive_raw(&link, FRAME_HELLO, &head, bytes_of(NULL, 0)),
                             &link.arena, &back, NULL),
            GRID_MALFORMED);
    link_close(&link);
}

static void data_and_receipt_carry_their_bytes(void **state)
{
    (void)state;
    struct link link = {0};
    static const uint8_t entries[] = {1, 2, 3};
    struct data_message data = {.segment = {.lane = 1,
                                        .first_seq = 4,
                                        .entry_count = 256,
                                        .received_ms = 1800000000000,
                                        .entries = {entries, sizeof(entries)}},
            .lsn = 99};
    struct data_message back;
    fill(data.segment.author, GRID_ID_BYTES, 3);
    fill(data.segment.seal, GRID_SIGNATURE_BYTES, 4);
    assert_int_equal(message_pack_data(&link.wire, &data), GRID_OK);
    assert_int_equal(message_read_data(arrive(&link, FRAME_DATA), &back, NULL), GRID_OK);
    assert_memory_equal(back.segment.author, data.segment.author, GRID_ID_BYTES);
    assert_memory_equal(back.segment.seal, data.segment.seal, GRID_SIGNATURE_BYTES);
    assert_int_equal(back.segment.lane, 1);
    assert_int_equal(back.segment.first_seq, 4);
    assert_int_equal(back.segment.entry_count, 256);
    assert_true(back.segment.received_ms == 1800000000000);
    assert_int_equal(back.lsn, 99);
    assert_true(bytes_equal(back.segment.entries, data.segment.entries));
    uint8_t signature[GRID_SIGNATURE_BYTES];
    buffer_clear(&link.wire);
    assert_int_equal(
            message_pack_receipt(&link.wire, data.segment.seal, bytes_text("receipt")), GRID_OK);
    assert_int_equal(message_read_receipt(arrive(&link, FRAME_RECEIPT), signature, NULL), GRID_OK);
    assert_memory_equal(signature, data.segment.seal, GRID_SIGNATURE_BYTES);
    assert_text(link.frame.tail, "receipt");
    link_close(&link);
}

static void have_and_want_read_back(void **state)
{
    (void)state;
    struct link link = {0};
    struct stream_tip tips[] = {{.lane = 0, .seq = 1}, {.lane = 1, .seq = 0}};
    struct have have = {.more = true, .tips = tips, .tip_count = 2};
    struct have have_back;
    assert_int_equal(message_pack_have(&link.wire, &have), GRID_OK);
    assert_int_equal(
            message_read_have(arrive(&link, FRAME_HAVE), &link.arena, &have_back, NULL), GRID_OK);
    assert_true(have_back.more);
    assert_int_equal(have_back.tip_count, 2);
    struct want_range ranges[] = {
            {.author = {1}, .lane = 1, .from_seq = 5, .to_seq = 0},
            {.author = {2}, .lane = 0, .from_seq = 5, .to_seq = 5},
    };
    struct want want = {.answer = true, .ranges = ranges, .range_count = 2};
    struct want want_back;
    buffer_clear(&link.wire);
    assert_int_equal(message_pack_want(&link.wire, &want), GRID_OK);
    assert_int_equal(
            message_read_want(arrive(&link, FRAME_WANT), &link.arena, &want_back, NULL), GRID_OK);
    assert_true(want_back.answer);
    assert_int_equal(want_back.range_count, 2);
    assert_int_equal(want_back.ranges[0].to_seq, 0);
    assert_int_equal(want_back.ranges[1].author[0], 2);
    ranges[1].to_seq = 4; /* ends before it begins */
    buffer_clear(&link.wire);
    assert_int_equal(message_pack_want(&link.wire, &want), GRID_OK);
    assert_int_equal(message_read_want(arrive(&link, FRAME_WANT), &link.arena, &want_back, NULL),
            GRID_MALFORMED);
    want.range_count = 0; /* nothing is lacking */
    buffer_clear(&link.wire);
    assert_int_equal(message_pack_want(&link.wire, &want), GRID_OK);
    assert_int_equal(
            message_read_want(arrive(&link, FRAME_WANT), &link.arena, &want_back, NULL), GRID_OK);
    link_close(&link);
}

static void cursor_and_stopped_read_back(void **state)
{
    (void)state;
    struct link link = {0};
    struct cursor_message cursor = {.lane = 1, .cursor = {.lsn = 12, .epoch = {1}, .leaf = {2}}};
    struct cursor_message cursor_back;
    assert_int_equal(message_pack_cursor(&link.wire, &cursor), GRID_OK);
    assert_int_equal(message_read_cursor(arrive(&link, FRAME_CURSOR), &cursor_back, NULL), GRID_OK);
    assert_int_equal(cursor_back.lane, 1);
    assert_memory_equal(&cursor_back.cursor, &cursor.cursor, sizeof(cursor.cursor));
    struct stopped stopped = {.author = {1}, .from_seq = 1, .reason = bytes_text("gap")};
    struct stopped stopped_back;
    buffer_clear(&link.wire);
    assert_int_equal(message_pack_stopped(&link.wire, &stopped), GRID_OK);
    assert_int_equal(
            message_read_stopped(arrive(&link, FRAME_STOPPED), &stopped_back, NULL), GRID_OK);
    assert_text(stopped_back.reason, "gap");
    assert_int_equal(stopped_back.detail.size, 0);
    link_close(&link);
}

static void put_opens_into_its_entries(void **state)
{
    (void)state;
    struct link link = {0};
    struct buffer tail = {0};
    struct seq_span theirs[] = {{2, 1}, {7, 1}};
    struct seq_span ours[] = {{1, 4096}};
    struct put_op ops[] = {{.author = {9}, .lane = 0, .spans = ours, .span_count = 1, .own = true},
            {.author = {1}, .lane = 1, .spans = theirs, .span_count = 2, .received_ms = 5}};
    struct put put = {.bucket = 3,
            .first_position = 5,
            .ops = ops,
            .op_count = 2,
            .whole = true,
            .digest = {8}};
    struct put back;
    struct entry *entries = NULL;
    struct grid_error error = {0};
    for (uint64_t i = 0; i < 2; i++) {
        struct entry_header header = {.hlc = i, .kind = GRID_KIND_ROWS};
        entry_pack_header(&tail, &header);
        pack_map(&tail, 0);
    }
    assert_int_equal(message_pack_put(&link.wire, &put, buffer_bytes(&tail)), GRID_OK);
    assert_int_equal(message_read_put(arrive(&link, FRAME_PUT), &link.arena, &back, NULL), GRID_OK);
    assert_int_equal(back.bucket, 3);
    assert_int_equal(back.first_position, 5);
    assert_true(back.whole);
    assert_memory_equal(back.digest, put.digest, sizeof(put.digest));
    assert_int_equal(back.op_count, 2);
    assert_true(back.ops[0].own);
    assert_int_equal(back.ops[0].spans[0].count, 4096);
    assert_int_equal(back.ops[1].received_ms, 5);
    assert_int_equal(back.entry_count, 2);
    assert_int_equal(put_open(&back, link.frame.tail, &link.arena, &entries, NULL), GRID_OK);
    struct entry second = entries[1];
    assert_int_equal(second.author[0], 1);
    assert_int_equal(second.seq, 7);
    assert_int_equal(entry_leaf(&second), GRID_OK);
    assert_memory_equal(second.leaf, entries[1].leaf, GRID_HASH_BYTES);
    assert_int_equal(put_open(&back, bytes_of(link.frame.tail.data, link.frame.tail.size - 1),
                             &link.arena, &entries, &error),
            GRID_MALFORMED);
    back.ops[1].span_count = 1; /* bytes are left */
    back.entry_count = 1;
    assert_int_equal(
            put_open(&back, link.frame.tail, &link.arena, &entries, &error), GRID_MALFORMED);
    assert_string_equal(error.reason, "message_shape");
    buffer_close(&tail);
    link_close(&link);
}

/* Nothing that a PUT names costs more than its bytes. */
static void a_put_of_no_run_or_of_too_much_is_refused(void **state)
{
    (void)state;
    /* [0, 1, [[author, 1, SPANS]], ''] */
    static const struct {
        const char *spans;
        size_t size;
    } wrong[] = {{"\x90", 1}, {"\x91\x00", 2}, {"\x92\x00\x00", 3},
            {"\x94\x00\x01\x00\x01", 5},                           /* one behind the other is one */
            {"\x92\x00\xcd\x10\x01", 5},                           /* 4097 */
            {"\x94\x00\xcd\x10\x00\x01\x01", 7},                   /* 4096 and one */
            {"\x92\xcf\x00\x00\x01\x00\x00\x00\x00\x00\x01", 11}}; /* beyond all sequences */
    struct link link = {0};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct buffer head = {0};
        struct put put;
        uint8_t author[GRID_ID_BYTES] = {1};
        pack_array(&head, 4);
        pack_uint(&head, 0);
        pack_uint(&head, 1);
        pack_array(&head, 1);
        pack_array(&head, 3);
        pack_bin(&head, bytes_of(author, sizeof(author)));
        pack_uint(&head, 1);
        buffer_append(&head, wrong[i].spans, wrong[i].size);
        pack_bin(&head, bytes_of(NULL, 0));
        arrive_raw(&link, FRAME_PUT, &head, bytes_of(NULL, 0));
        assert_int_equal(message_read_put(&link.frame, &link.arena, &put, NULL), GRID_MALFORMED);
    }
    link_close(&link);
}

static void buckets_read_back(void **state)
{
    (void)state;
    struct link link = {0};
    uint8_t states[] = {BUCKET_EQUAL, BUCKET_CLOSED, BUCKET_OPEN};
    struct bytes names[] = {bytes_text("150622103203004"), bytes_text("150622103D0001")};
    struct buckets buckets = {.epoch = {1},
            .states = states,
            .state_count = 3,
            .names = names,
            .name_count = 2,
            .more = true};
    struct buckets back;
    assert_int_equal(message_pack_buckets(&link.wire, &buckets), GRID_OK);
    assert_int_equal(
            message_read_buckets(arrive(&link, FRAME_BUCKETS), &link.arena, &back, NULL), GRID_OK);
    assert_memory_equal(back.epoch, buckets.epoch, sizeof(buckets.epoch));
    assert_int_equal(back.state_count, 3);
    assert_memory_equal(back.states, states, sizeof(states));
    assert_int_equal(back.name_count, 2);
    assert_text(back.names[1], "150622103D0001");
    assert_true(back.more);
    link_close(&link);
}

static void enrolment_reads_back(void **state)
{
    (void)state;
    struct link link = {0};
    struct enrol enrol;
    struct enrol enrol_back;
    memset(&enrol, 0, sizeof(enrol));
    fill(enrol.secret, sizeof(enrol.secret), 1);
    assert_int_equal(message_pack_enrol(&link.wire, &enrol), GRID_OK);
    assert_int_equal(message_read_enrol(arrive(&link, FRAME_ENROL), &enrol_back, NULL), GRID_OK);
    assert_memory_equal(enrol_back.secret, enrol.secret, sizeof(enrol.secret));
    assert_false(enrol_back.again);
    struct enrol again = {.again = true,
            .unit = bytes_text("150622103"),
            .name = bytes_text("纳日松镇"),
            .slot = 117,
            .person = {4}};
    fill(again.proof, sizeof(again.proof), 3);
    buffer_clear(&link.wire);
    assert_int_equal(message_pack_enrol(&link.wire, &again), GRID_OK);
    assert_int_equal(message_read_enrol(arrive(&link, FRAME_ENROL), &enrol_back, NULL), GRID_OK);
    assert_true(enrol_back.again);
    assert_int_equal(enrol_back.slot, 117);
    assert_memory_equal(enrol_back.person, again.person, sizeof(again.person));
    assert_memory_equal(enrol_back.proof, again.proof, sizeof(again.proof));
    assert_text(enrol_back.unit, "150622103");
    assert_text(enrol_back.name, "纳日松镇");
    again.unit = bytes_text("1506221");
    buffer_clear(&link.wire);
    assert_int_equal(message_pack_enrol(&link.wire, &again), GRID_OK);
    assert_int_equal(
            message_read_enrol(arrive(&link, FRAME_ENROL), &enrol_back, NULL), GRID_MALFORMED);
    struct enrolled enrolled = {.unit = bytes_text("150622103"),
            .slot = 117,
            .person = {1},
            .person_name = bytes_text("苏和"),
            .unit_name = bytes_text("纳日松镇")};
    struct enrolled back;
    buffer_clear(&link.wire);
    assert_int_equal(message_pack_enrolled(&link.wire, &enrolled), GRID_OK);
    assert_int_equal(message_read_enrolled(arrive(&link, FRAME_ENROLLED), &back, NULL), GRID_OK);
    assert_text(back.unit, "150622103");
    assert_int_equal(back.slot, 117);
    assert_text(back.person_name, "苏和");
    assert_text(back.unit_name, "纳日松镇");
    enrolled.unit = bytes_text("15062210"); /* no unit has 8 digits */
    buffer_clear(&link.wire);
    assert_int_equal(message_pack_enrolled(&link.wire, &enrolled), GRID_OK);
    assert_int_equal(
            message_read_enrolled(arrive(&link, FRAME_ENROLLED), &back, NULL), GRID_MALFORMED);
    link_close(&link);
}

static void bye_and_busy_read_back(void **state)
{
    (void)state;
    struct link link = {0};
    struct bye bye = {.reason = bytes_text("version"), .detail = bytes_text("2")};
    struct bye back;
    uint32_t spread_ms = 0;
    assert_int_equal(message_pack_bye(&link.wire, &bye), GRID_OK);
    assert_int_equal(message_read_bye(arrive(&link, FRAME_BYE), &back, NULL), GRID_OK);
    assert_text(back.reason, "version");
    assert_text(back.detail, "2");
    buffer_clear(&link.wire);
    assert_int_equal(message_pack_busy(&link.wire, 5000), GRID_OK);
    assert_int_equal(message_read_busy(arrive(&link, FRAME_BUSY), &spread_ms, NULL), GRID_OK);
    assert_int_equal(spread_ms, 5000);
    link_close(&link);
}

/* Reads the frame as what it says it is. */
static enum grid_status read_any(struct link *link, struct grid_error *error)
{
    const struct frame *frame = &link->frame;
    union {
        struct hello hello;
        struct data_message data;
        struct have have;
        struct want want;
        struct cursor_message cursor;
        struct stopped stopped;
        struct put put;
        struct buckets buckets;
        struct enrol enrol;
        struct enrolled enrolled;
        struct bye bye;
        uint32_t spread_ms;
        uint8_t signature[GRID_SIGNATURE_BYTES];
    } out;
    switch (frame->type) {
    case FRAME_HELLO:
        return message_read_hello(frame, &link->arena, &out.hello, error);
    case FRAME_DATA:
        return message_read_data(frame, &out.data, error);
    case FRAME_RECEIPT:
        return message_read_receipt(frame, out.signature, error);
    case FRAME_HAVE:
        return message_read_have(frame, &link->arena, &out.have, error);
    case FRAME_WANT:
        return message_read_want(frame, &link->arena, &out.want, error);
    case FRAME_CURSOR:
        return message_read_cursor(frame, &out.cursor, error);
    case FRAME_STOPPED:
        return message_read_stopped(frame, &out.stopped, error);
    case FRAME_PUT:
        return message_read_put(frame, &link->arena, &out.put, error);
    case FRAME_BUCKETS:
        return message_read_buckets(frame, &link->arena, &out.buckets, error);
    case FRAME_ENROL:
        return message_read_enrol(frame, &out.enrol, error);
    case FRAME_ENROLLED:
        return message_read_enrolled(frame, &out.enrolled, error);
    case FRAME_BYE:
        return message_read_bye(frame, &out.bye, error);
    default:
        return message_read_busy(frame, &out.spread_ms, error);
    }
}

/* F56, F57: an empty array, a number, five bytes that ask for 137 GB, a value too many, a tail
 * where none belongs. */
static void a_head_of_another_shape_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        size_t size;
    } heads[] = {{"\x90", 1}, {"\x01", 1}, {"\xdd\xff\xff\xff\xff", 5}, {"", 0},
            {"\x99\1\1\1\1\1\1\1\1\1", 10}, {"\x80", 1}, {"\x91\x91\x01", 3}};
    struct link link = {0};
    for (uint8_t type = FRAME_HELLO; type <= FRAME_BUSY; type++)
        for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
            struct buffer head = {0};
            struct grid_error error = {0};
            buffer_append(&head, heads[i].head, heads[i].size);
            arrive_raw(&link, type, &head, bytes_of(NULL, 0));
            assert_int_equal(read_any(&link, &error), GRID_MALFORMED);
            assert_true(error.reason[0] != 0);
        }
    struct buffer head = {0};
    pack_array(&head, 1);
    pack_uint(&head, 1);
    arrive_raw(&link, FRAME_BUSY, &head, bytes_text("tail"));
    assert_int_equal(read_any(&link, NULL), GRID_MALFORMED);
    link_close(&link);
}

/* HELLO, WANT, BUCKETS and PUT with entries, there and back. */
static enum grid_status exchange(void)
{
    struct link link = {0};
    struct stopped stopped;
    struct stream_tip tip;
    struct hello hello = some_hello(&stopped, &tip);
    struct want_range range = {.from_seq = 1};
    struct want want = {.ranges = &range, .range_count = 1};
    struct seq_span span = {1, 1};
    struct put_op op = {.spans = &span, .span_count = 1};
    struct put put = {.first_position = 1, .ops = &op, .op_count = 1, .entry_count = 1};
    struct bytes name = bytes_text("150622103");
    struct buckets buckets = {.names = &name, .name_count = 1};
    struct entry *entries = NULL;
    static const uint8_t entry[] = {0x97, 1, 32, 0xc4, 0, 0x90, 0x90, 0, 0, 0x80};
    struct bytes tail = {entry, sizeof(entry)};
    size_t taken = 0;
    enum grid_status status = message_pack_hello(&link.wire, &hello);
    if (status == GRID_OK)
        status = message_pack_want(&link.wire, &want);
    if (status == GRID_OK)
        status = message_pack_put(&link.wire, &put, tail);
    if (status == GRID_OK)
        status = message_pack_buckets(&link.wire, &buckets);
    for (size_t at = 0; status == GRID_OK && at < link.wire.size; at += taken) {
        struct bytes rest = bytes_of(link.wire.data + at, link.wire.size - at);
        status = frame_next(rest, &link.arena, &link.frame, &taken, NULL);
        if (status == GRID_OK)
            status = read_any(&link, NULL);
    }
    if (status == GRID_OK)
        status = put_open(&put, tail, &link.arena, &entries, NULL);
    link_close(&link);
    return status;
}

static void a_failed_allocation_is_said_and_leaks_nothing(void **state)
{
    (void)state;
    size_t nth = 0;
    enum grid_status status = GRID_NOMEM;
    heap_failing_begin();
    while (status != GRID_OK) {
        heap_failing_at(++nth);
        status = exchange();
        assert_int_equal(status, heap_failing_happened() ? GRID_NOMEM : GRID_OK);
        assert_int_equal(heap_failing_held(), 0);
    }
    assert_true(nth > 5);
    heap_failing_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(hello_reads_back),
            cmocka_unit_test(the_fullest_hello_fits_one_frame),
            cmocka_unit_test(a_hello_of_another_version_tells_its_version),
            cmocka_unit_test(data_and_receipt_carry_their_bytes),
            cmocka_unit_test(have_and_want_read_back),
            cmocka_unit_test(cursor_and_stopped_read_back),
            cmocka_unit_test(put_opens_into_its_entries),
            cmocka_unit_test(a_put_of_no_run_or_of_too_much_is_refused),
            cmocka_unit_test(buckets_read_back),
            cmocka_unit_test(enrolment_reads_back),
            cmocka_unit_test(bye_and_busy_read_back),
            cmocka_unit_test(a_head_of_another_shape_is_refused),
            cmocka_unit_test(a_failed_allocation_is_said_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
