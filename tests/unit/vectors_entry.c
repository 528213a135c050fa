/* Vectors of entries and their chain, of a segment and of a receipt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

#include "proto/body.h"

#include <string.h>

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

void stream_make(struct entry entries[static STREAM_ENTRIES])
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

json_t *make_entries(void)
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

struct segment segment_make(struct entry entries[static STREAM_ENTRIES])
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

json_t *make_segments(void)
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

struct bytes receipt_make(uint8_t signature[static GRID_SIGNATURE_BYTES])
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

json_t *make_receipts(void)
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
