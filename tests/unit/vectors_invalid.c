/* Vectors of bytes that are refused, and for what reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

#include "proto/body.h"
#include "proto/gate.h"
#include "proto/invite.h"
#include "proto/keyring.h"

#include <stdio.h>
#include <string.h>

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

json_t *make_invalid(void)
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
