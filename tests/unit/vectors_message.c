/* Vectors of frames: the messages between nodes and those of the control socket, each read back
 * field by field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

#include "proto/control.h"
#include "proto/invite.h"

#include <string.h>

static json_t *show_cursor(const struct cursor *cursor)
{
    json_t *one = json_object();
    set(one, "epoch", HEX(cursor->epoch));
    set(one, "lsn", json_count(cursor->lsn));
    set(one, "leaf", HEX(cursor->leaf));
    return one;
}

static json_t *show_stopped(const struct stopped *stopped)
{
    json_t *one = json_object();
    set(one, "author", HEX(stopped->author));
    set(one, "lane", json_count(stopped->lane));
    set(one, "from_seq", json_count(stopped->from_seq));
    set(one, "reason", json_str(stopped->reason));
    set(one, "detail", json_str(stopped->detail));
    return one;
}

static void show_hello(json_t *fields, const struct frame *frame)
{
    struct hello hello;
    uint8_t dictionary[8];
    assert_int_equal(message_read_hello(frame, &arena, &hello, NULL), GRID_OK);
    put_u64(dictionary, hello.dictionary);
    json_t *stopped = json_array();
    for (size_t i = 0; i < hello.stopped_count; i++)
        push(stopped, show_stopped(&hello.stopped[i]));
    set(fields, "version", json_count(hello.version));
    set(fields, "wall_ms", json_integer(hello.wall_ms));
    set(fields, "epoch", HEX(hello.epoch));
    set(fields, "dictionary", HEX(dictionary));
    set(fields, "cursors",
            json_pack("[oo]", show_cursor(&hello.cursors[0]), show_cursor(&hello.cursors[1])));
    set(fields, "stopped", stopped);
    set(fields, "tips", show_tips(hello.tips, hello.tip_count));
    set(fields, "buckets_epoch", HEX(hello.held.epoch));
    json_t *held = json_array();
    for (size_t i = 0; i < hello.held.count; i++) {
        json_t *one = json_object();
        set(one, "name", json_str(hello.held.items[i].name));
        set(one, "position", json_count(hello.held.items[i].position));
        set(one, "digest", HEX(hello.held.items[i].digest));
        push(held, one);
    }
    set(fields, "buckets", held);
    set(fields, "program", json_str(hello.program));
    set(fields, "lsn", json_pack("[oo]", json_count(hello.lsn[0]), json_count(hello.lsn[1])));
    set(fields, "above",
            json_pack("[ooo]", json_count(hello.above[2]), json_count(hello.above[3]),
                    json_count(hello.above[4])));
}

static void show_data(json_t *fields, const struct frame *frame)
{
    struct data_message data;
    assert_int_equal(message_read_data(frame, &data, NULL), GRID_OK);
    set(fields, "author", HEX(data.segment.author));
    set(fields, "lane", json_count(data.segment.lane));
    set(fields, "first_seq", json_count(data.segment.first_seq));
    set(fields, "count", json_count(data.segment.entry_count));
    set(fields, "seal", HEX(data.segment.seal));
    set(fields, "received_ms", json_integer(data.segment.received_ms));
    set(fields, "lsn", json_count(data.lsn));
}

static void show_have(json_t *fields, const struct frame *frame)
{
    struct have have;
    assert_int_equal(message_read_have(frame, &arena, &have, NULL), GRID_OK);
    set(fields, "more", json_boolean(have.more));
    set(fields, "tips", show_tips(have.tips, have.tip_count));
}

static void show_want(json_t *fields, const struct frame *frame)
{
    struct want want;
    json_t *ranges = json_array();
    assert_int_equal(message_read_want(frame, &arena, &want, NULL), GRID_OK);
    for (size_t i = 0; i < want.range_count; i++) {
        json_t *one = json_object();
        set(one, "author", HEX(want.ranges[i].author));
        set(one, "lane", json_count(want.ranges[i].lane));
        set(one, "from_seq", json_count(want.ranges[i].from_seq));
        set(one, "to_seq", json_count(want.ranges[i].to_seq));
        push(ranges, one);
    }
    set(fields, "answer", json_boolean(want.answer));
    set(fields, "ranges", ranges);
}

static json_t *show_op(const struct put_op *op, const struct entry **next)
{
    json_t *one = json_object();
    json_t *seqs = json_array();
    json_t *leaves = json_array();
    for (size_t i = 0; i < op->span_count; i++)
        for (uint64_t at = 0; at < op->spans[i].count; at++) {
            push(seqs, json_count(op->spans[i].first + at));
            if (!op->own) {
                push(leaves, HEX((*next)->leaf));
                (*next)++;
            }
        }
    set(one, "author", HEX(op->author));
    set(one, "lane", json_count(op->lane));
    set(one, "seqs", seqs);
    if (!op->own) {
        set(one, "received_ms", json_integer(op->received_ms));
        set(one, "leaves", leaves);
    } else
        json_decref(leaves);
    return one;
}

static void show_put(json_t *fields, const struct frame *frame)
{
    struct put put;
    struct entry *entries = NULL;
    json_t *list = json_array();
    assert_int_equal(message_read_put(frame, &arena, &put, NULL), GRID_OK);
    assert_int_equal(put_open(&put, frame->tail, &arena, &entries, NULL), GRID_OK);
    const struct entry *next = entries;
    for (size_t i = 0; i < put.op_count; i++)
        push(list, show_op(&put.ops[i], &next));
    set(fields, "bucket", json_count(put.bucket));
    set(fields, "first_position", json_count(put.first_position));
    set(fields, "ops", list);
    set(fields, "digest", put.whole ? HEX(put.digest) : json_string(""));
}

static void show_buckets(json_t *fields, const struct frame *frame)
{
    struct buckets buckets;
    json_t *states = json_array();
    json_t *names = json_array();
    assert_int_equal(message_read_buckets(frame, &arena, &buckets, NULL), GRID_OK);
    for (size_t i = 0; i < buckets.state_count; i++)
        push(states, json_count(buckets.states[i]));
    for (size_t i = 0; i < buckets.name_count; i++)
        push(names, json_str(buckets.names[i]));
    set(fields, "epoch", HEX(buckets.epoch));
    set(fields, "states", states);
    set(fields, "names", names);
    set(fields, "more", json_boolean(buckets.more));
}

static void show_enrolled(json_t *fields, const struct frame *frame)
{
    struct enrolled enrolled;
    assert_int_equal(message_read_enrolled(frame, &enrolled, NULL), GRID_OK);
    set(fields, "unit", json_str(enrolled.unit));
    set(fields, "slot", json_count(enrolled.slot));
    set(fields, "person", HEX(enrolled.person));
    set(fields, "person_name", json_str(enrolled.person_name));
    set(fields, "unit_name", json_str(enrolled.unit_name));
    set(fields, "proof", HEX(enrolled.proof));
}

static void show_small(json_t *fields, const struct frame *frame)
{
    struct cursor_message cursor;
    struct stopped stopped;
    struct enrol enrol;
    struct bye bye;
    uint32_t spread_ms;
    uint8_t signature[GRID_SIGNATURE_BYTES];
    if (frame->type == FRAME_RECEIPT) {
        assert_int_equal(message_read_receipt(frame, signature, NULL), GRID_OK);
        set(fields, "signature", HEX(signature));
    } else if (frame->type == FRAME_CURSOR) {
        assert_int_equal(message_read_cursor(frame, &cursor, NULL), GRID_OK);
        set(fields, "lane", json_count(cursor.lane));
        set(fields, "cursor", show_cursor(&cursor.cursor));
    } else if (frame->type == FRAME_STOPPED) {
        assert_int_equal(message_read_stopped(frame, &stopped, NULL), GRID_OK);
        set(fields, "stopped", show_stopped(&stopped));
    } else if (frame->type == FRAME_ENROL) {
        assert_int_equal(message_read_enrol(frame, &enrol, NULL), GRID_OK);
        if (enrol.again) {
            set(fields, "unit", json_str(enrol.unit));
            set(fields, "name", json_str(enrol.name));
            set(fields, "slot", json_count(enrol.slot));
            set(fields, "person", HEX(enrol.person));
            set(fields, "proof", HEX(enrol.proof));
        } else {
            set(fields, "secret", HEX(enrol.secret));
        }
    } else if (frame->type == FRAME_BYE) {
        assert_int_equal(message_read_bye(frame, &bye, NULL), GRID_OK);
        set(fields, "reason", json_str(bye.reason));
        set(fields, "detail", json_str(bye.detail));
    } else {
        assert_int_equal(message_read_busy(frame, &spread_ms, NULL), GRID_OK);
        set(fields, "spread_ms", json_count(spread_ms));
    }
}

static json_t *show_frame_fields(const struct frame *frame)
{
    json_t *fields = json_object();
    switch (frame->type) {
    case FRAME_HELLO:
        show_hello(fields, frame);
        break;
    case FRAME_DATA:
        show_data(fields, frame);
        break;
    case FRAME_HAVE:
        show_have(fields, frame);
        break;
    case FRAME_WANT:
        show_want(fields, frame);
        break;
    case FRAME_PUT:
        show_put(fields, frame);
        break;
    case FRAME_BUCKETS:
        show_buckets(fields, frame);
        break;
    case FRAME_ENROLLED:
        show_enrolled(fields, frame);
        break;
    default:
        if (frame->type <= FRAME_BUSY)
            show_small(fields, frame);
    }
    return fields;
}

json_t *show_frame(const char *name, struct bytes bytes)
{
    struct frame frame;
    size_t taken = 0;
    json_t *one = json_object();
    assert_int_equal(frame_next(bytes, &arena, &frame, &taken, NULL), GRID_OK);
    assert_int_equal(taken, bytes.size);
    set(one, "name", json_string(name));
    set(one, "type", json_count(frame.type));
    set(one, "deflated", json_boolean(frame.flags & FRAME_DEFLATED));
    set(one, "channel", json_count(frame.channel));
    set(one, "head", json_hex(frame.head));
    set(one, "tail", json_hex(frame.tail));
    set(one, "frame", json_hex(bytes));
    set(one, "fields", show_frame_fields(&frame));
    return one;
}

static void push_frame(json_t *list, const char *name, struct buffer *out)
{
    push(list, show_frame(name, kept(out)));
}

static void make_hello(json_t *list)
{
    struct buffer out = {0};
    struct stopped stopped = {.author = {0xaa},
            .lane = 1,
            .from_seq = 9,
            .reason = bytes_text("segment_count"),
            .detail = bytes_text("3" GRID_ARG "256")};
    struct stream_tip tip = {.author = {0xbb}, .lane = 1, .seq = 10, .id = {7}};
    struct held_bucket held[] = {
            {.name = bytes_text("roster/150622103"), .position = 77, .digest = {0xff}},
            {.name = bytes_text("150622103203004"), .position = 4000, .digest = {7}}};
    struct hello hello = {.version = GRID_PROTOCOL_VERSION,
            .wall_ms = 1795224600000,
            .epoch = {1, 2, 3, 4, 5, 6, 7, 8},
            .dictionary = UINT64_C(0x1122334455667788),
            .cursors = {{.lsn = 0}, {.epoch = {9}, .lsn = 300, .leaf = {8}}},
            .stopped = &stopped,
            .stopped_count = 1,
            .tips = &tip,
            .tip_count = 1,
            .held = {.epoch = {4}, .items = held, .count = 2},
            .program = bytes_text("grid 0.1.0")};
    assert_int_equal(message_pack_hello(&out, &hello), GRID_OK);
    push_frame(list, "HELLO", &out);
    hello.above[2] = 300;
    hello.above[3] = 12;
    assert_int_equal(message_pack_hello(&out, &hello), GRID_OK);
    push_frame(list, "HELLO", &out);
    assert_int_equal(message_pack_stopped(&out, &stopped), GRID_OK);
    push_frame(list, "STOPPED", &out);
}

static void make_data(json_t *list)
{
    struct buffer out = {0};
    struct entry entries[STREAM_ENTRIES];
    uint8_t signature[GRID_SIGNATURE_BYTES];
    stream_make(entries);
    struct data_message data = {.segment = segment_make(entries), .lsn = 4};
    assert_int_equal(message_pack_data(&out, &data), GRID_OK);
    push_frame(list, "DATA", &out);
    struct bytes receipt = receipt_make(signature);
    assert_int_equal(message_pack_receipt(&out, signature, receipt), GRID_OK);
    push_frame(list, "RECEIPT", &out);
    struct seq_span spans[] = {{1, 1}};
    struct seq_span own_spans[] = {{2, 300}, {305, 1}};
    struct put_op ops[] = {{.author = {0xaa},
                                   .lane = GRID_LANE_URGENT,
                                   .own = true,
                                   .spans = own_spans,
                                   .span_count = 2},
            {.lane = GRID_LANE_WORK,
                    .received_ms = 1795224601000,
                    .spans = spans,
                    .span_count = 1}};
    memcpy(ops[1].author, author, sizeof(author));
    struct put put = {.bucket = 1,
            .first_position = 78,
            .ops = ops,
            .op_count = 2,
            .whole = true,
            .digest = {0xff, 1, 2, 3, 4, 5, 6, 7}};
    buffer_append(&out, entries[0].header.data, entries[0].header.size);
    buffer_append(&out, entries[0].body.data, entries[0].body.size);
    struct bytes tail = kept(&out);
    out = (struct buffer){0};
    assert_int_equal(message_pack_put(&out, &put, tail), GRID_OK);
    push_frame(list, "PUT", &out);
    struct put ahead = {.bucket = 2, .ops = &ops[1], .op_count = 1};
    assert_int_equal(message_pack_put(&out, &ahead, tail), GRID_OK);
    push_frame(list, "PUT ahead of its turn", &out);
}

static void make_others(json_t *list)
{
    struct buffer out = {0};
    struct stream_tip tips[] = {{.author = {1}, .lane = 0, .seq = 1, .id = {2}}};
    assert_int_equal(
            message_pack_have(&out, &(struct have){.more = true, .tips = tips, .tip_count = 1}),
            GRID_OK);
    push_frame(list, "HAVE", &out);
    struct want_range ranges[] = {{.author = {1}, .lane = 1, .from_seq = 5},
            {.author = {2}, .lane = 0, .from_seq = 5, .to_seq = 300}};
    assert_int_equal(
            message_pack_want(&out, &(struct want){.ranges = ranges, .range_count = 2}), GRID_OK);
    push_frame(list, "WANT", &out);
    struct cursor_message cursor = {.lane = 1, .cursor = {.epoch = {9}, .lsn = 300, .leaf = {8}}};
    assert_int_equal(message_pack_cursor(&out, &cursor), GRID_OK);
    push_frame(list, "CURSOR", &out);
    uint8_t states[] = {BUCKET_EQUAL, BUCKET_OPEN, BUCKET_CLOSED};
    struct bytes bucket_names[] = {bytes_text("own/05000000000000000000000000000000")};
    struct buckets buckets = {.epoch = {4},
            .states = states,
            .state_count = 3,
            .names = bucket_names,
            .name_count = 1};
    assert_int_equal(message_pack_buckets(&out, &buckets), GRID_OK);
    push_frame(list, "BUCKETS", &out);
    assert_int_equal(message_pack_enrol(&out, &(struct enrol){.secret = {1, 2, 3}}), GRID_OK);
    push_frame(list, "ENROL", &out);
    struct enrolment enrolment = {
            .identity = {7}, .person = {5}, .slot = 117, .unit = bytes_text("150622103")};
    struct enrol again = {
            .again = true, .unit = bytes_text("150622103"), .slot = 117, .person = {5}};
    assert_int_equal(enrolment_sign(again.proof, identity_seed, &enrolment), GRID_OK);
    assert_int_equal(message_pack_enrol(&out, &again), GRID_OK);
    push_frame(list, "ENROL again", &out);
    struct enrolled enrolled = {.unit = bytes_text("150622103"),
            .slot = 117,
            .person = {5},
            .person_name = bytes_text("苏和"),
            .unit_name = bytes_text("纳日松镇")};
    memcpy(enrolled.proof, again.proof, sizeof(enrolled.proof));
    assert_int_equal(message_pack_enrolled(&out, &enrolled), GRID_OK);
    push_frame(list, "ENROLLED", &out);
    struct bye bye = {.reason = bytes_text("version"), .detail = bytes_text("2")};
    assert_int_equal(message_pack_bye(&out, &bye), GRID_OK);
    push_frame(list, "BYE", &out);
    assert_int_equal(message_pack_busy(&out, 5000), GRID_OK);
    push_frame(list, "BUSY", &out);
}

json_t *make_messages(void)
{
    json_t *list = json_array();
    make_hello(list);
    make_data(list);
    make_others(list);
    return list;
}

json_t *make_control(void)
{
    static const uint8_t record[] = {0x81, 0xa1, 'n', 0xc0}; /* {"n": nil} */
    static const struct grid_field fields[] = {
            {{(const uint8_t *)"title", 5}, {(const uint8_t *)"\xe8\xa3\x82\xe7\xbc\x9d", 6}},
            {{(const uint8_t *)"tag", 3}, {(const uint8_t *)"mining", 6}},
            {{(const uint8_t *)"tag", 3}, {(const uint8_t *)"", 0}},
    };
    struct buffer out = {0};
    json_t *list = json_array();
    struct grid_request request = {bytes_text("report"), fields, 3};
    assert_int_equal(control_pack_request(&out, 7, &request), GRID_OK);
    push_frame(list, "REQUEST", &out);
    assert_int_equal(control_pack_row(&out, 7, "cases", bytes_of(record, sizeof(record))), GRID_OK);
    push_frame(list, "ROW", &out);
    assert_int_equal(control_pack_end(&out, 7, bytes_of(NULL, 0)), GRID_OK);
    push_frame(list, "END", &out);
    struct grid_error failure = {0};
    grid_fail(&failure, GRID_INVALID, "title_length", "%d" GRID_ARG "%d", 3, 4);
    assert_int_equal(control_pack_error(&out, 7, &failure), GRID_OK);
    push_frame(list, "ERROR", &out);
    return list;
}
