/* Vectors of names and of what is kept outside the database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

#include "proto/document.h"
#include "proto/invite.h"
#include "proto/keyring.h"

#include <stdio.h>
#include <string.h>

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

static void push_document_number(json_t *list, const char *typed)
{
    struct document_number number;
    char packed[GRID_DOCUMENT_TEXT_BYTES];
    assert_int_equal(document_number_parse(&number, typed, NULL), GRID_OK);
    document_number_pack(packed, &number);
    push(list, json_pack("{ssssss}", "what", "document number", "typed", typed, "number", packed));
}

static void push_token(json_t *list, const char *digits)
{
    struct case_code code;
    uint8_t key[GRID_TOKEN_KEY_BYTES];
    char token[GRID_TOKEN_CHARS + 1];
    char qr[GRID_QR_TEXT_BYTES];
    assert_int_equal(code_parse(&code, digits, NULL), GRID_OK);
    assert_int_equal(token_key_make(key, identity_seed), GRID_OK);
    assert_int_equal(token_make(token, key, &code), GRID_OK);
    case_qr_text(qr, &code, token);
    push(list, json_pack("{sssossssss}", "what", "token", "identity_seed", HEX(identity_seed),
                       "code", code.digits, "token", token, "qr", qr));
}

static void push_typed_token(json_t *list, const char *typed)
{
    char token[GRID_TOKEN_CHARS + 1];
    assert_true(token_read(token, typed));
    push(list, json_pack("{ssssss}", "what", "typed token", "typed", typed, "token", token));
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
    struct grid_keyring keyring = {.generation = 300,
            .code_counter_reserved = 48,
            .slot_given = 117,
            .starts = 1000,
            .author_count = 2};
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
    set(fields, "starts", json_count(again.starts));
    set(fields, "authors", authors);
    push(list, json_pack("{sssoso}", "what", "key file", "file", json_hex(file), "fields", fields));
}

json_t *make_names(void)
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
    push_document_number(list, "1506221032601170004289S01");
    push_document_number(list, "150622103-26-0117-00042-89-j 12");
    push_document_number(list, "１５０６２２１０３－２６－０１１７－０００４２－８９－Ｚ４９");
    push_token(list, "1506221032601170004289");
    push_token(list, "1506221032500030000154");
    push_typed_token(list, "0117K3");
    push_typed_token(list, "oIl-7k3");
    push_typed_token(list, "Ｏ１ｌ７Ｋ３ ");
    push_person(list, "150622103203004", "0042");
    push_person(list, "150622103D0001", "0042");
    push_person(list, "150622D0004", "wang3");
    push_invitation(list, "grid.example", "150622103", 117);
    push_invitation(list, "fe80::1%eth0", "150622", 0);
    push_key_file(list);
    return list;
}
