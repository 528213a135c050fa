/* The vectors of proto/vectors: what our own code packs from fixed keys and values, and what it
 * reads back, is byte for byte what is committed there. `test_vectors --write` makes the files
 * anew: only for new vectors, since what a release has written must be read for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/body.h"
#include "proto/control.h"
#include "proto/gate.h"
#include "proto/invite.h"
#include "proto/keyring.h"
#include "proto/message.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Fixed keys: the seeds are one byte repeated. */
static uint8_t author_seed[GRID_SEED_BYTES];
static uint8_t identity_seed[GRID_SEED_BYTES];
static uint8_t author_key[GRID_KEY_BYTES];
static uint8_t author[GRID_ID_BYTES];
static uint8_t identity_key[GRID_KEY_BYTES];

static struct arena arena; /* everything that one vector needs; reset behind it */

static void keys_make(void)
{
    memset(author_seed, 1, sizeof(author_seed));
    memset(identity_seed, 2, sizeof(identity_seed));
    assert_int_equal(crypto_public_key(author_key, author_seed), GRID_OK);
    assert_int_equal(crypto_public_key(identity_key, identity_seed), GRID_OK);
    assert_int_equal(author_of_key(author, author_key), GRID_OK);
}

/* --- JSON --- */

static json_t *json_hex(struct bytes bytes)
{
    char *text = arena_alloc(&arena, bytes.size * 2 + 1);
    assert_non_null(text);
    ident_hex(text, bytes);
    return json_string(text);
}

#define HEX(array) json_hex(bytes_of((array), sizeof(array)))

static json_t *json_str(struct bytes text)
{
    return json_stringn((const char *)text.data, text.size);
}

static json_t *json_count(uint64_t number)
{
    assert_true(number <= INT64_MAX);
    return json_integer((json_int_t)number);
}

static void set(json_t *object, const char *name, json_t *value)
{
    assert_int_equal(json_object_set_new(object, name, value), 0);
}

static void push(json_t *list, json_t *value)
{
    assert_int_equal(json_array_append_new(list, value), 0);
}

static struct bytes json_unhex(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    size_t size = strlen(text) / 2;
    uint8_t *data = arena_alloc(&arena, size);
    assert_non_null(data);
    assert_true(ident_unhex(data, size, text));
    return bytes_of(data, size);
}

/* --- what was read, as JSON --- */

static json_t *show_dots(const struct dot *dots, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        set(one, "author", HEX(dots[i].author));
        set(one, "lane", json_count(dots[i].lane));
        set(one, "seq", json_count(dots[i].seq));
        set(one, "tag", HEX(dots[i].tag));
        push(list, one);
    }
    return list;
}

static json_t *show_header(const struct entry *entry)
{
    struct entry_header header;
    assert_int_equal(entry_read_header(entry, &arena, &header, NULL), GRID_OK);
    json_t *fields = json_object();
    set(fields, "hlc", json_count(header.hlc));
    set(fields, "kind", json_count(header.kind));
    set(fields, "case",
            json_hex(bytes_of(header.case_id, header.has_case ? sizeof(header.case_id) : 0)));
    set(fields, "basis", show_dots(header.basis, header.basis_count));
    set(fields, "refs", show_dots(header.refs, header.ref_count));
    set(fields, "rv", json_count(header.rv));
    set(fields, "flags", json_count(header.flags));
    return fields;
}

static json_t *show_ops(const struct case_op *ops, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        push(list, json_pack("[io]", (int)ops[i].name, json_hex(ops[i].value)));
    return list;
}

static json_t *show_act(struct bytes bytes)
{
    struct case_body body;
    bool newer = false;
    assert_int_equal(body_read_case(bytes, &arena, &body, &newer, NULL), GRID_OK);
    json_t *fields = json_object();
    set(fields, "newer", json_boolean(newer));
    if (newer)
        return fields;
    set(fields, "person", HEX(body.as.person));
    set(fields, "role", json_count(body.as.role));
    set(fields, "place", json_str(body.as.place));
    set(fields, "sets", show_ops(body.sets, body.set_count));
    set(fields, "adds", show_ops(body.adds, body.add_count));
    json_t *removals = json_array();
    for (size_t i = 0; i < body.removal_count; i++)
        push(removals,
                json_pack("[ioo]", (int)body.removals[i].collection,
                        show_dots(&body.removals[i].dot, 1), json_hex(body.removals[i].value)));
    set(fields, "removals", removals);
    json_t *args = json_object();
    for (unsigned i = 1; i < GRID_ARGUMENT_END; i++)
        if (body.args[i].size > 0)
            set(args, grid_argument_name(i), json_hex(body.args[i]));
    set(fields, "args", args);
    if (body.has_seen)
        set(fields, "seen", show_dots(body.seen, body.seen_count));
    return fields;
}

static json_t *show_tips(const struct stream_tip *tips, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        set(one, "author", HEX(tips[i].author));
        set(one, "lane", json_count(tips[i].lane));
        set(one, "seq", json_count(tips[i].seq));
        set(one, "id", HEX(tips[i].id));
        push(list, one);
    }
    return list;
}

static json_t *show_receipt(struct bytes bytes)
{
    struct receipt receipt;
    assert_int_equal(receipt_read(bytes, &arena, &receipt, NULL), GRID_OK);
    json_t *fields = json_object();
    set(fields, "node", HEX(receipt.node));
    set(fields, "epoch", HEX(receipt.epoch));
    set(fields, "tier", json_count(receipt.tier));
    set(fields, "hlc", json_count(receipt.hlc));
    set(fields, "cursor",
            json_pack("[oo]", json_count(receipt.cursor[0]), json_count(receipt.cursor[1])));
    set(fields, "tips", show_tips(receipt.tips, receipt.tip_count));
    return fields;
}

/* --- entries and their chain --- */

static struct bytes kept(struct buffer *buffer)
{
    struct bytes copy = arena_copy(&arena, buffer_bytes(buffer));
    assert_non_null(copy.data);
    buffer_close(buffer);
    return copy;
}

static struct bytes pack_header(const struct entry_header *header)
{
    struct buffer out = {0};
    entry_pack_header(&out, header);
    return kept(&out);
}

static struct bytes body_incarnate(void)
{
    struct buffer out = {0};
    struct incarnate_body body = {.counter = 1};
    memcpy(body.key, author_key, sizeof(body.key));
    assert_int_equal(incarnate_sign(&body, identity_seed), GRID_OK);
    assert_int_equal(body_pack_incarnate(&out, &body), GRID_OK);
    return kept(&out);
}

static struct bytes packed_text(const char *text)
{
    struct buffer out = {0};
    pack_text(&out, text);
    return kept(&out);
}

static struct bytes packed_uint(uint64_t number)
{
    struct buffer out = {0};
    pack_uint(&out, number);
    return kept(&out);
}

static struct bytes packed_bool(bool truth)
{
    struct buffer out = {0};
    pack_bool(&out, truth);
    return kept(&out);
}

static struct grid_as as_worker(void)
{
    struct grid_as as = {.role = GRID_ROLE_GRID_WORKER, .place = bytes_text("150622103203004")};
    memset(as.person, 3, sizeof(as.person));
    return as;
}

static struct bytes body_create(void)
{
    struct buffer out = {0};
    struct buffer occurred = {0};
    struct buffer geo = {0};
    value_pack_occurred(&occurred, &(struct occurred_value){.ms = 1795224600000, .precision = 1});
    value_pack_geo(&geo, &(struct geo_value){.latitude = 395512345,
                                 .longitude = 1104567890,
                                 .accuracy_m = 8,
                                 .fix_ms = 1795224599000});
    struct case_op sets[] = {
            {GRID_REGISTER_STATE, packed_uint(GRID_STATE_REPORTED)},
            {GRID_REGISTER_HOLDER, packed_text("150622103")},
            {GRID_REGISTER_CATEGORY, packed_uint(206)},
            {GRID_REGISTER_TITLE, packed_text("院墙外出现裂缝")},
            {GRID_REGISTER_DESCRIPTION,
                    packed_text(
                            "长约三十米\n𣵦墕㙍 ᠮᠣᠩᠭᠣᠯ 🙂 full-width １２３")},
            {GRID_REGISTER_OCCURRED_AT, kept(&occurred)},
            {GRID_REGISTER_UNIT, packed_text("150622103203004002")},
            {GRID_REGISTER_GEO, kept(&geo)},
            {GRID_REGISTER_URGENCY, packed_uint(2)},
    };
    struct case_op adds[] = {{GRID_COLLECTION_TAGS, packed_text("mining")}};
    struct case_body body = {.as = as_worker(),
            .sets = sets,
            .set_count = sizeof(sets) / sizeof(sets[0]),
            .adds = adds,
            .add_count = 1};
    body.args[GRID_ARGUMENT_CODE] = packed_text("1506221032601170004289");
    body.args[GRID_ARGUMENT_SOURCE] = packed_uint(GRID_SOURCE_PATROL);
    body.args[GRID_ARGUMENT_APPLICANT] = packed_bool(false);
    body_pack_case(&out, &body);
    return kept(&out);
}

static struct bytes body_ruling(const struct dot *create)
{
    struct buffer out = {0};
    struct buffer lead = {0};
    value_pack_lead(&lead, &(struct lead_value){.lead = bytes_text("150622103D0001"),
                                   .assists = {bytes_text("150622D0004")},
                                   .assist_count = 1});
    struct case_op sets[] = {{GRID_REGISTER_LEAD, kept(&lead)}};
    struct dot seen = *create;
    struct case_removal removals[] = {{GRID_COLLECTION_TAGS, *create, packed_text("mining")}};
    struct case_body body = {.as = as_worker(),
            .sets = sets,
            .set_count = 1,
            .removals = removals,
            .removal_count = 1,
            .has_seen = true,
            .seen = &seen,
            .seen_count = 1};
    body.as.role = GRID_ROLE_CLERK;
    body.as.place = bytes_text("150622103");
    body.args[GRID_ARGUMENT_REASON] = packed_text("两处都看过");
    body_pack_case(&out, &body);
    return kept(&out);
}

/* A key below 128 that nobody knows yet. */
static struct bytes body_newer(void)
{
    struct buffer out = {0};
    pack_map(&out, 2);
    pack_uint(&out, 100);
    pack_text(&out, "later");
    pack_uint(&out, 200);
    pack_array(&out, 0);
    return kept(&out);
}

/* Four entries of one stream. */
enum { STREAM_ENTRIES = 4 };

static void stream_make(struct entry entries[static STREAM_ENTRIES])
{
    const uint64_t hlc = (uint64_t)1795224600000 << 16;
    struct entry_header headers[STREAM_ENTRIES] = {
            {.hlc = hlc, .kind = GRID_KIND_INCARNATE},
            {.hlc = hlc + 1, .kind = GRID_KIND_CREATE, .rv = (uint64_t)3 << 32 | 0xabcdef01},
            {.hlc = hlc + 65536, .kind = GRID_KIND_RULING, .flags = 2},
            {.hlc = hlc + 65537, .kind = 1000},
    };
    struct dot dots[2] = {0};
    for (size_t i = 0; i < STREAM_ENTRIES; i++) {
        struct entry *entry = &entries[i];
        *entry = (struct entry){.lane = GRID_LANE_WORK, .seq = 1 + i};
        memcpy(entry->author, author, sizeof(author));
        if (i == 2) {
            dots[0] = entry_dot(&entries[1]);
            dots[1] = (struct dot){.author = {0xff}, .tag = {0xee}, .lane = 0, .seq = 300};
            headers[2].basis = &dots[0];
            headers[2].basis_count = 1;
            headers[2].refs = &dots[1];
            headers[2].ref_count = 1;
            headers[2].has_case = true;
            memcpy(headers[2].case_id, entries[1].leaf, GRID_ID_BYTES);
        }
        entry->header = pack_header(&headers[i]);
        entry->body = i == 0   ? body_incarnate()
                      : i == 1 ? body_create()
                      : i == 2 ? body_ruling(&dots[0])
                               : body_newer();
        assert_int_equal(entry_admit(entry, NULL), GRID_OK);
    }
}

static json_t *make_entries(void)
{
    static const char *const names[] = {"incarnate", "create", "ruling", "unknown kind"};
    struct entry entries[STREAM_ENTRIES];
    uint8_t id[GRID_HASH_BYTES];
    json_t *list = json_array();
    stream_make(entries);
    assert_int_equal(chain_start(id, author, GRID_LANE_WORK), GRID_OK);
    for (size_t i = 0; i < STREAM_ENTRIES; i++) {
        json_t *one = json_object();
        set(one, "name", json_string(names[i]));
        set(one, "author", HEX(author));
        set(one, "lane", json_count(entries[i].lane));
        set(one, "seq", json_count(entries[i].seq));
        set(one, "header", json_hex(entries[i].header));
        set(one, "body", json_hex(entries[i].body));
        set(one, "leaf", HEX(entries[i].leaf));
        set(one, "id_before", HEX(id));
        assert_int_equal(chain_next(id, entries[i].leaf), GRID_OK);
        set(one, "id", HEX(id));
        set(one, "header_fields", show_header(&entries[i]));
        if (i > 0)
            set(one, "body_fields", show_act(entries[i].body));
        push(list, one);
    }
    return list;
}

/* --- segments and receipts --- */

static struct segment segment_make(struct entry entries[static STREAM_ENTRIES])
{
    struct buffer bytes = {0};
    struct segment segment = {
            .lane = GRID_LANE_WORK, .first_seq = 1, .entry_count = STREAM_ENTRIES};
    uint8_t id[GRID_HASH_BYTES];
    assert_int_equal(chain_start(id, author, GRID_LANE_WORK), GRID_OK);
    for (size_t i = 0; i < STREAM_ENTRIES; i++) {
        buffer_append(&bytes, entries[i].header.data, entries[i].header.size);
        buffer_append(&bytes, entries[i].body.data, entries[i].body.size);
        assert_int_equal(chain_next(id, entries[i].leaf), GRID_OK);
    }
    memcpy(segment.author, author, sizeof(author));
    segment.entries = kept(&bytes);
    assert_int_equal(seal_sign(segment.seal, author_seed, author, segment.lane, STREAM_ENTRIES, id),
            GRID_OK);
    assert_int_equal(
            seal_verify(segment.seal, author_key, author, segment.lane, STREAM_ENTRIES, id, NULL),
            GRID_OK);
    return segment;
}

static json_t *make_segments(void)
{
    struct entry entries[STREAM_ENTRIES];
    struct entry *opened = NULL;
    uint8_t start[GRID_HASH_BYTES];
    uint8_t *ids = NULL;
    stream_make(entries);
    struct segment segment = segment_make(entries);
    assert_int_equal(chain_start(start, author, GRID_LANE_WORK), GRID_OK);
    assert_int_equal(segment_open(&segment, start, &arena, &opened, &ids, NULL), GRID_OK);
    json_t *one = json_object();
    json_t *leaves = json_array();
    for (size_t i = 0; i < STREAM_ENTRIES; i++)
        push(leaves, HEX(opened[i].leaf));
    set(one, "name", json_string("the four entries of entries.json"));
    set(one, "author_seed", HEX(author_seed));
    set(one, "author_key", HEX(author_key));
    set(one, "author", HEX(author));
    set(one, "lane", json_count(segment.lane));
    set(one, "first_seq", json_count(segment.first_seq));
    set(one, "tip_id", HEX(start));
    set(one, "entries", json_hex(segment.entries));
    set(one, "leaves", leaves);
    set(one, "id", json_hex(bytes_of(ids + 3 * GRID_HASH_BYTES, GRID_HASH_BYTES)));
    set(one, "seal", HEX(segment.seal));
    return json_pack("[o]", one);
}

static struct bytes receipt_make(uint8_t signature[static GRID_SIGNATURE_BYTES])
{
    struct buffer bytes = {0};
    struct stream_tip tips[] = {
            {.author = {0xaa}, .lane = 0, .seq = 1, .id = {1}},
            {.author = {0xaa}, .lane = 1, .seq = 70000, .id = {2}},
    };
    struct receipt receipt = {.epoch = {1, 2, 3, 4, 5, 6, 7, 8},
            .tier = 1,
            .hlc = (uint64_t)1795224700000 << 16,
            .cursor = {1, 70001},
            .tips = tips,
            .tip_count = 2};
    memcpy(receipt.node, identity_key, sizeof(receipt.node));
    receipt_pack(&bytes, &receipt);
    assert_int_equal(receipt_sign(signature, identity_seed, buffer_bytes(&bytes)), GRID_OK);
    return kept(&bytes);
}

static json_t *make_receipts(void)
{
    uint8_t signature[GRID_SIGNATURE_BYTES];
    struct bytes bytes = receipt_make(signature);
    json_t *one = json_object();
    set(one, "name", json_string("of a township"));
    set(one, "identity_seed", HEX(identity_seed));
    set(one, "receipt", json_hex(bytes));
    set(one, "signature", HEX(signature));
    set(one, "fields", show_receipt(bytes));
    return json_pack("[o]", one);
}

/* --- frames --- */

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
            if (!op->own)
                push(leaves, HEX((*next)++->leaf));
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

/* A vector of a frame, all of it read from its bytes. */
static json_t *show_frame(const char *name, struct bytes bytes)
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
    struct enrol again = {.again = true, .slot = 117, .person = {5}};
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

static json_t *make_messages(void)
{
    json_t *list = json_array();
    make_hello(list);
    make_data(list);
    make_others(list);
    return list;
}

static json_t *make_control(void)
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

/* --- names and what is kept outside the database --- */

static void push_place(json_t *list, const char *place)
{
    bool legal = place_kind(bytes_text(place)) != GRID_PLACE_NONE;
    push(list, json_pack("{sssssb}", "what", "place", "place", place, "legal", legal));
}

static void push_code(json_t *list, const char *typed)
{
    struct case_code code;
    assert_int_equal(code_parse(&code, typed, NULL), GRID_OK);
    push(list, json_pack("{ssssss}", "what", "case code", "typed", typed, "digits", code.digits));
}

/* P-29: the township of the place, or what the place belongs to where that lies higher. */
static void push_person(json_t *list, const char *place, const char *key)
{
    uint8_t id[GRID_ID_BYTES];
    struct bytes unit = place_unit(bytes_text(place));
    struct bytes township = place_cut(unit, GRID_PLACE_TOWNSHIP);
    assert_int_equal(person_id(id, township.size > 0 ? township : unit, bytes_text(key)), GRID_OK);
    push(list, json_pack("{ssssssso}", "what", "person", "place", place, "key", key, "person",
                       HEX(id)));
}

static void push_invitation(json_t *list, const char *host, const char *unit, unsigned slot)
{
    char line[INVITE_TEXT_BYTES];
    struct invite invite = {
            .port = 7443, .secret = {1, 2, 3}, .expires_ms = 1795311000000, .slot = slot};
    struct invite again;
    snprintf(invite.host, sizeof(invite.host), "%s", host);
    snprintf(invite.unit, sizeof(invite.unit), "%s", unit);
    memcpy(invite.parent, identity_key, sizeof(invite.parent));
    assert_int_equal(invite_print(line, &invite), GRID_OK);
    assert_int_equal(invite_parse(&again, line, NULL), GRID_OK);
    json_t *fields = json_object();
    set(fields, "host", json_string(again.host));
    set(fields, "port", json_integer(again.port));
    set(fields, "parent", HEX(again.parent));
    set(fields, "secret", HEX(again.secret));
    set(fields, "expires_ms", json_integer(again.expires_ms));
    set(fields, "unit", json_string(again.unit));
    set(fields, "slot", json_integer(again.slot));
    push(list, json_pack("{ssssso}", "what", "invitation", "line", line, "fields", fields));
}

static json_t *show_author_key(const struct author_key *key)
{
    json_t *one = json_object();
    json_t *marks = json_array();
    for (size_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        push(marks, json_pack("{soso}", "seq", json_count(key->sealed[lane].seq), "id",
                            HEX(key->sealed[lane].id)));
    set(one, "seed", HEX(key->seed));
    set(one, "counter", json_count(key->counter));
    set(one, "sealed", marks);
    return one;
}

static void push_key_file(json_t *list)
{
    struct buffer out = {0};
    struct grid_keyring keyring = {
            .generation = 300, .code_counter_reserved = 48, .slot_given = 117, .author_count = 2};
    struct grid_keyring again;
    memcpy(keyring.identity_seed, identity_seed, sizeof(identity_seed));
    memset(keyring.spare_seed, 3, sizeof(keyring.spare_seed));
    memset(keyring.authors[0].seed, 4, sizeof(keyring.authors[0].seed));
    keyring.authors[0].sealed[GRID_LANE_WORK].seq = 70000;
    memset(keyring.authors[0].sealed[GRID_LANE_WORK].id, 5, GRID_HASH_BYTES);
    memcpy(keyring.authors[1].seed, author_seed, sizeof(author_seed));
    keyring.authors[1].counter = 1;
    assert_int_equal(keyring_pack(&out, &keyring), GRID_OK);
    struct bytes file = kept(&out);
    assert_int_equal(keyring_read(file, &again, NULL), GRID_OK);
    json_t *fields = json_object();
    json_t *authors = json_array();
    for (size_t i = 0; i < again.author_count; i++)
        push(authors, show_author_key(&again.authors[i]));
    set(fields, "generation", json_count(again.generation));
    set(fields, "identity_seed", HEX(again.identity_seed));
    set(fields, "spare_seed", HEX(again.spare_seed));
    set(fields, "reserved", json_count(again.code_counter_reserved));
    set(fields, "slot", json_count(again.slot_given));
    set(fields, "authors", authors);
    push(list, json_pack("{sssoso}", "what", "key file", "file", json_hex(file), "fields", fields));
}

static json_t *make_names(void)
{
    static const char *const places[] = {"15", "1506", "150622", "150622103", "150622103203",
            "150622103203004", "150622103203004002", "150622103P0017", "150622103D0001",
            "150622D0004", "15D0001", "", "1", "00", "150622600", "150622000", "150622103600",
            "150622103203699", "150622103203700", "150622103203701", "150622103203004000",
            "150622103203004999", "150622P0001", "150622103203D0001", "150622103P017",
            "150622103p0017", "150622 103"};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        push_place(list, places[i]);
    push_code(list, "1506221032601170004289");
    push_code(list, "150622103-26-0117-00042-89");
    push_code(list, " １５０６２２１０３－２６\u20130117\u00a000042\t89\n");
    push_code(list, "0000000002601170004268");
    push_person(list, "150622103203004", "0042");
    push_person(list, "150622103D0001", "0042");
    push_person(list, "150622D0004", "wang3");
    push_invitation(list, "grid.example", "150622103", 117);
    push_invitation(list, "fe80::1%eth0", "150622", 0);
    push_key_file(list);
    return list;
}

/* --- what is refused, and the reason --- */

static const char *terminated(struct bytes text)
{
    char *copy = arena_alloc(&arena, text.size + 1);
    assert_non_null(copy);
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

/* `what` names the decoder. The reason and its first argument. */
static const char *refusal(const char *what, struct bytes bytes)
{
    static char text[GRID_REASON_BYTES + GRID_DETAIL_BYTES + 2];
    struct grid_error error = {0};
    static const uint8_t empty_map[] = {0x80};
    static const uint8_t plain_header[] = {0x97, 0x01, 0x20, 0xc4, 0x00, 0x90, 0x90, 0x00, 0x00};
    enum grid_status status = GRID_OK;
    if (strcmp(what, "value") == 0) {
        status = gate_check(bytes, GATE_ENTRY, &error);
    } else if (strcmp(what, "header") == 0 || strcmp(what, "body") == 0) {
        bool is_header = strcmp(what, "header") == 0;
        struct entry entry = {.seq = 1,
                .header = is_header ? bytes : bytes_of(plain_header, sizeof(plain_header)),
                .body = is_header ? bytes_of(empty_map, 1) : bytes};
        status = entry_admit(&entry, &error);
    } else if (strcmp(what, "act") == 0) {
        struct case_body body;
        bool newer = false;
        status = gate_check(bytes, GATE_ENTRY, &error);
        if (status == GRID_OK)
            status = body_read_case(bytes, &arena, &body, &newer, &error);
    } else if (strcmp(what, "segment of 1") == 0) {
        uint8_t id[GRID_HASH_BYTES] = {0};
        struct segment segment = {.first_seq = 1, .entry_count = 1, .entries = bytes};
        struct entry *entries = NULL;
        uint8_t *ids = NULL;
        status = segment_open(&segment, id, &arena, &entries, &ids, &error);
    } else if (strcmp(what, "receipt") == 0) {
        struct receipt receipt;
        status = receipt_read(bytes, &arena, &receipt, &error);
    } else if (strcmp(what, "key file") == 0) {
        struct grid_keyring keyring;
        status = keyring_read(bytes, &keyring, &error);
    } else if (strcmp(what, "case code") == 0) {
        struct case_code code;
        status = code_parse(&code, terminated(bytes), &error);
    } else if (strcmp(what, "invitation") == 0) {
        struct invite invite;
        status = invite_parse(&invite, terminated(bytes), &error);
    } else {
        struct frame frame;
        size_t taken = 0;
        status = frame_next(bytes, &arena, &frame, &taken, &error);
    }
    assert_true(status == GRID_MALFORMED || status == GRID_INVALID);
    error.detail[strcspn(error.detail, GRID_ARG)] = 0;
    snprintf(text, sizeof(text), "%s: %s", error.reason, error.detail);
    return text;
}

static json_t *make_invalid(void)
{
    static const struct {
        const char *name, *rule, *what, *hex;
    } tries[] = {
            {"nothing", "P-15", "value", ""},
            {"137 GB in five bytes", "P-15", "value", "ddffffffff"},
            {"a number longer than it need be", "P-13", "value", "cc01"},
            {"a float", "P-11", "value", "ca00000000"},
            {"nil", "P-12", "value", "c0"},
            {"bad UTF-8", "P-16", "value", "a1ff"},
            {"a surrogate", "P-16", "value", "a3eda080"},
            {"a key twice", "P-17", "value", "8201010102"},
            {"keys descending", "P-17", "value", "8202010101"},
            {"a byte too many", "P-18", "value", "0100"},
            {"nine levels", "P-15", "value", "91919191919191919101"},
            {"a signed form for a number of 0 and above", "P-13", "value", "d07f"},
            {"a small number below 0 in two bytes", "P-13", "value", "d0e0"},
            {"a short text with a length byte", "P-14", "value", "d90161"},
            {"a short bin with a length of two bytes", "P-14", "value", "c5000161"},
            {"a short array with a length of two bytes", "P-14", "value", "dc000101"},
            {"an extension type", "P-11", "value", "d40000"},
            {"the byte that means nothing", "P-11", "value", "c1"},
            {"a letter longer than it need be", "P-16", "value", "a2c1a1"},
            {"a key below 0", "P-17", "value", "81ff01"},
            {"a bin as key", "P-17", "value", "81c4016101"},
            {"a map that announces more than there is", "P-15", "value", "82010101"},
            {"six fields", "P-21", "header", "960120c400909000"},
            {"kind 0", "P-21", "header", "970100c40090900000"},
            {"a create that names a case", "P-21", "header",
                    "970120c41000000000000000000000000000000000"
                    "90900000"},
            {"a note without a case", "P-21", "header", "970124c40090900000"},
            {"a dot twice", "P-21", "header",
                    "970120c400"
                    "92"
                    "93c408000000000000000104c4080000000000000000"
                    "93c408000000000000000104c4080000000000000000"
                    "900000"},
            {"a dot in both lists", "P-21", "header",
                    "970120c400"
                    "91"
                    "93c408000000000000000104c4080000000000000000"
                    "91"
                    "93c408000000000000000104c4080000000000000000"
                    "0000"},
            {"a dot of lane 2", "P-23", "header",
                    "970120c400"
                    "91"
                    "93c408000000000000000106c4080000000000000000"
                    "900000"},
            {"a dot of seq 0", "P-23", "header",
                    "970120c400"
                    "91"
                    "93c408000000000000000101c4080000000000000000"
                    "900000"},
            {"a dot of seq 2^40", "P-23", "header",
                    "970120c400"
                    "91"
                    "93c4080000000000000001cf0000040000000000c4080000000000000000"
                    "900000"},
            {"an array", "P-30", "body", "90"},
            {"a text as key", "P-30", "body", "81a16101"},
            {"no post", "P-33", "act", "80"},
            {"an empty list of sets", "P-33", "act",
                    "82"
                    "0093c41003030303030303030303030303030303"
                    "03"
                    "a9313530363232313033"
                    "0180"},
            {"urgency 5", "P-36", "act",
                    "82"
                    "0093c41003030303030303030303030303030303"
                    "03"
                    "a9313530363232313033"
                    "01810d05"},
            {"the state that is a view", "P-36", "act",
                    "82"
                    "0093c41003030303030303030303030303030303"
                    "03"
                    "a9313530363232313033"
                    "01810108"},
            {"a title of three characters", "P-36", "act",
                    "82"
                    "0093c41003030303030303030303030303030303"
                    "03"
                    "a9313530363232313033"
                    "018107a3616263"},
            {"role 0", "P-33", "act",
                    "810093c4100303030303030303030303030303030300a9313530363232313033"},
            {"a place that is none", "P-33", "act",
                    "810093c4100303030303030303030303030303030303a9313530363232373033"},
            {"two entries", "P-52", "segment of 1", "970120c4009090000080970120c4009090000080"},
            {"half an entry", "P-15", "segment of 1", "970120c40090900000"},
            {"nothing", "P-52", "segment of 1", ""},
            {"five fields", "P-60", "receipt", "95c40000010190"},
            {"a wrong checksum", "P-82", "frame",
                    "0d000000000000080000000000000004"
                    "91011388"},
            {"a length beyond a frame", "P-81", "frame", "0d000000ffffffff00000000"},
            {"an unknown flag", "P-83", "frame", "0d02000000000008000000000000000491011388"},
            {"a head longer than its frame", "P-81", "frame",
                    "0d00000000000008000000000000000591011388"},
            {"a deflated tail without its length", "P-83", "frame",
                    "020100000000000600000000000000029180"},
            {"a wrong check", "P-28", "case code", "31353036323231303332363031313730303034323838"},
            {"a check 97 off", "P-28", "case code", "31353036323231303332363031313730303037313939"},
            {"21 digits", "P-28", "case code", "313530363232313033323630313137303030343238"},
            {"slot 0000", "P-28", "case code", "31353036323231303332363030303030303034323537"},
            {"letters between", "P-28", "case code",
                    "3135303632323130337832362d303131372d30303034322d3839"},
            {"a mistyped letter", "P-112", "invitation",
                    "67726964313a677269642e6578616d706c653a373434332f6c774845494945356477366f"
                    "6652646656714e555a734e4d66737a4c6b597152744f34336f6c33324431755079624f55"
                    "7842414241674d41414141414141414141414141414141417a7741414161494133396e41"
                    "715445314d4459794d6a45774d33584f36724d427567"},
            {"port 0", "P-111", "invitation",
                    "67726964313a677269642e6578616d706c653a302f6c774845494945356477366f665264"
                    "6656714e555a734e4d66737a4c6a597152744f34336f6c33324431755079624f55784241"
                    "4241674d41414141414141414141414141414141417a7741414161494133396e41715445"
                    "314d4459794d6a45774d33584f36724d427567"},
            {"another program's line", "P-110", "invitation",
                    "67726964323a677269642e6578616d706c653a373434332f6c774845494945356477366f"
                    "6652646656714e555a734e4d66737a4c6a597152744f34336f6c33324431755079624f55"
                    "7842414241674d41414141414141414141414141414141417a7741414161494133396e41"
                    "715445314d4459794d6a45774d33584f36724d427567"},
            {"an unused bit that is set", "P-112", "invitation",
                    "67726964313a677269642e6578616d706c653a373434332f6c774845494945356477366f"
                    "6652646656714e555a734e4d66737a4c6a597152744f34336f6c33324431755079624f55"
                    "7842414241674d41414141414141414141414141414141417a7741414161494133396e41"
                    "715445314d4459794d6a45774d33584f36724d427568"},
            {"nothing", "P-45", "key file", ""},
            {"another value", "P-45", "key file",
                    "909e076ceaf246b6003d9c2680a2b4cf0bffd069805902b0b5edeebf49039fe4"
                    "bd"},
            {"a sum that is wrong", "P-45", "key file",
                    "9000000000000000000000000000000000000000000000000000000000000000"
                    "00"},
    };
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        json_t *one = json_object();
        set(one, "name", json_string(tries[i].name));
        set(one, "rule", json_string(tries[i].rule));
        set(one, "what", json_string(tries[i].what));
        set(one, "bytes", json_string(tries[i].hex));
        set(one, "reason", json_string(refusal(tries[i].what, json_unhex(one, "bytes"))));
        push(list, one);
    }
    return list;
}

/* --- files --- */

static const struct vector_file {
    const char *name;
    json_t *(*make)(void);
} files[] = {
        {"entries", make_entries},
        {"segments", make_segments},
        {"receipts", make_receipts},
        {"messages", make_messages},
        {"control", make_control},
        {"names", make_names},
        {"invalid", make_invalid},
};
enum { FILES = sizeof(files) / sizeof(files[0]) };

static const char *file_path(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof(path), "%s/%s.json", VECTORS, name);
    return path;
}

/* Two programs may deflate differently: of such a frame what counts is what it holds. */
static void assert_same(json_t *made, json_t *committed)
{
    if (json_is_true(json_object_get(committed, "deflated"))) {
        const char *name = json_string_value(json_object_get(committed, "name"));
        json_t *again = show_frame(name, json_unhex(committed, "frame"));
        assert_true(json_equal(again, committed));
        json_decref(again);
        assert_int_equal(json_object_del(made, "frame"), 0);
        assert_int_equal(json_object_del(committed, "frame"), 0);
    }
    if (!json_equal(made, committed)) {
        char *left = json_dumps(made, JSON_COMPACT);
        char *right = json_dumps(committed, JSON_COMPACT);
        print_error("packed    %s\ncommitted %s\n", left, right);
        free(left);
        free(right);
    }
    assert_true(json_equal(made, committed));
}

static void file_check(const char *name)
{
    for (size_t i = 0; i < FILES; i++) {
        json_error_t failure;
        if (strcmp(files[i].name, name) != 0)
            continue;
        json_t *committed = json_load_file(file_path(name), JSON_REJECT_DUPLICATES, &failure);
        json_t *made = files[i].make();
        assert_true(json_is_array(committed));
        assert_int_equal(json_array_size(committed), json_array_size(made));
        for (size_t k = 0; k < json_array_size(made); k++)
            assert_same(json_array_get(made, k), json_array_get(committed, k));
        json_decref(made);
        json_decref(committed);
        arena_close(&arena);
        return;
    }
    fail();
}

static void entries_have_these_bytes(void **state)
{
    (void)state;
    file_check("entries");
}

static void segments_have_these_bytes(void **state)
{
    (void)state;
    file_check("segments");
}

static void receipts_have_these_bytes(void **state)
{
    (void)state;
    file_check("receipts");
}

static void messages_have_these_bytes(void **state)
{
    (void)state;
    file_check("messages");
}

static void control_messages_have_these_bytes(void **state)
{
    (void)state;
    file_check("control");
}

static void names_and_key_files_have_these_bytes(void **state)
{
    (void)state;
    file_check("names");
}

static void invalid_bytes_are_refused_for_this_reason(void **state)
{
    (void)state;
    file_check("invalid");
}

static int write_all(void)
{
    for (size_t i = 0; i < FILES; i++) {
        json_t *made = files[i].make();
        if (json_dump_file(made, file_path(files[i].name), JSON_INDENT(1)) != 0)
            return 1;
        json_decref(made);
    }
    arena_close(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(entries_have_these_bytes),
            cmocka_unit_test(segments_have_these_bytes),
            cmocka_unit_test(receipts_have_these_bytes),
            cmocka_unit_test(messages_have_these_bytes),
            cmocka_unit_test(control_messages_have_these_bytes),
            cmocka_unit_test(names_and_key_files_have_these_bytes),
            cmocka_unit_test(invalid_bytes_are_refused_for_this_reason),
    };
    keys_make();
    if (argc == 2 && strcmp(argv[1], "--write") == 0)
        return write_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
