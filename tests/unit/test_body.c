/* Bodies and values (P-30…). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/body.h"
#include "proto/gate.h"

#include <string.h>

static struct bytes packed_text(struct buffer *out, const char *text)
{
    pack_text(out, text);
    return buffer_bytes(out);
}

static void fill_as(struct grid_as *as)
{
    memset(as->person, 3, sizeof(as->person));
    as->role = GRID_ROLE_GRID_WORKER;
    as->place = bytes_text("150622103203004");
}

static enum grid_status read_case(const struct buffer *bytes, struct arena *arena,
        struct case_body *out, bool *newer, struct grid_error *error)
{
    assert_int_equal(gate_check(buffer_bytes(bytes), GATE_ENTRY, NULL), GRID_OK);
    return body_read_case(buffer_bytes(bytes), arena, out, newer, error);
}

static void an_act_reads_back_as_it_was_packed(void **state)
{
    (void)state;
    struct buffer title = {0};
    struct buffer urgency = {0};
    struct buffer tag = {0};
    struct buffer reason = {0};
    pack_uint(&urgency, 2);
    struct case_op sets[] = {
            {GRID_REGISTER_URGENCY, buffer_bytes(&urgency)},
            {GRID_REGISTER_TITLE, packed_text(&title, "墙体开裂")},
    };
    struct case_op adds[] = {{GRID_COLLECTION_TAGS, packed_text(&tag, "mining")}};
    struct dot dot = {.author = {1}, .tag = {2}, .seq = 3, .lane = 1};
    struct case_removal removals[] = {{GRID_COLLECTION_TAGS, dot, buffer_bytes(&tag)}};
    struct case_body body = {.sets = sets,
            .set_count = 2,
            .adds = adds,
            .add_count = 1,
            .removals = removals,
            .removal_count = 1,
            .has_seen = true,
            .seen = &dot,
            .seen_count = 1};
    fill_as(&body.as);
    body.args[GRID_ARGUMENT_REASON] = packed_text(&reason, "两处都看过");
    struct buffer bytes = {0};
    struct arena arena = {0};
    struct case_body back;
    bool newer = true;
    body_pack_case(&bytes, &body);
    assert_int_equal(read_case(&bytes, &arena, &back, &newer, NULL), GRID_OK);
    assert_false(newer);
    assert_memory_equal(back.as.person, body.as.person, GRID_ID_BYTES);
    assert_int_equal(back.as.role, GRID_ROLE_GRID_WORKER);
    assert_true(bytes_equal(back.as.place, body.as.place));
    assert_int_equal(back.set_count, 2);
    assert_int_equal(back.sets[0].name, GRID_REGISTER_TITLE); /* ascending, as maps are */
    assert_true(bytes_equal(
            value_text(case_body_set(&back, GRID_REGISTER_TITLE)), bytes_text("墙体开裂")));
    assert_int_equal(value_uint(case_body_set(&back, GRID_REGISTER_URGENCY)), 2);
    assert_int_equal(case_body_set(&back, GRID_REGISTER_GEO).size, 0);
    assert_int_equal(back.add_count, 1);
    assert_int_equal(back.removal_count, 1);
    assert_true(dot_equal(&back.removals[0].dot, &dot));
    assert_true(bytes_equal(back.removals[0].value, buffer_bytes(&tag)));
    assert_true(back.has_seen);
    assert_true(dot_equal(&back.seen[0], &dot));
    assert_true(bytes_equal(value_text(back.args[GRID_ARGUMENT_REASON]), bytes_text("两处都看过")));
    assert_int_equal(back.args[GRID_ARGUMENT_CODE].size, 0);
    arena_close(&arena);
    buffer_close(&bytes);
    buffer_close(&title);
    buffer_close(&urgency);
    buffer_close(&tag);
    buffer_close(&reason);
}

/* {0: as, `key`: …}: the caller packs the value. */
static void pack_act(struct buffer *out, unsigned role, uint64_t key)
{
    static const uint8_t person[GRID_ID_BYTES] = {1};
    buffer_clear(out);
    pack_map(out, 2);
    pack_uint(out, 0);
    pack_array(out, 3);
    pack_bin(out, bytes_of(person, sizeof(person)));
    pack_uint(out, role);
    pack_text(out, "150622103203");
    pack_uint(out, key);
}

static void assert_newer(const struct buffer *bytes, bool expected)
{
    struct arena arena = {0};
    struct case_body body;
    bool newer = !expected;
    assert_int_equal(read_case(bytes, &arena, &body, &newer, NULL), GRID_OK);
    assert_int_equal(newer, expected);
    arena_close(&arena);
}

static void assert_malformed(const struct buffer *bytes, const char *reason)
{
    struct arena arena = {0};
    struct case_body body;
    struct grid_error error = {0};
    bool newer = true;
    assert_int_equal(read_case(bytes, &arena, &body, &newer, &error), GRID_MALFORMED);
    assert_string_equal(error.reason, reason);
    assert_false(newer);
    arena_close(&arena);
}

/* I18: unknown keys below 128 make an entry opaque, those above are passed over. */
static void an_unknown_key_is_newer_below_128_and_ignored_above(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    static const uint64_t keys[] = {6, 127, 128, 65535};
    for (size_t i = 0; i < 4; i++) {
        pack_act(&bytes, GRID_ROLE_CLERK, keys[i]);
        pack_array(&bytes, 0);
        assert_newer(&bytes, keys[i] < 128);
    }
    buffer_close(&bytes);
}

static void an_unknown_word_is_newer(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    pack_act(&bytes, 13, 128); /* a role */
    pack_bool(&bytes, true);
    assert_newer(&bytes, true);
    pack_act(&bytes, GRID_ROLE_CLERK, 1); /* a register */
    pack_map(&bytes, 1);
    pack_uint(&bytes, GRID_REGISTER_END);
    pack_text(&bytes, "?");
    assert_newer(&bytes, true);
    pack_act(&bytes, GRID_ROLE_CLERK, 2); /* a collection */
    pack_array(&bytes, 1);
    pack_array(&bytes, 2);
    pack_uint(&bytes, GRID_COLLECTION_END);
    pack_text(&bytes, "?");
    assert_newer(&bytes, true);
    pack_act(&bytes, GRID_ROLE_CLERK, 4); /* an argument */
    pack_map(&bytes, 1);
    pack_uint(&bytes, 4000);
    pack_text(&bytes, "?");
    assert_newer(&bytes, true);
    buffer_close(&bytes);
}

static void an_act_of_the_wrong_shape_is_malformed(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    pack_map(&bytes, 0);
    assert_malformed(&bytes, "body_shape"); /* no `as` */
    for (uint64_t key = 1; key <= 4; key++) {
        pack_act(&bytes, GRID_ROLE_CLERK, key);
        if (key == 1 || key == 4)
            pack_map(&bytes, 0);
        else
            pack_array(&bytes, 0);
        assert_malformed(&bytes, "body_shape"); /* nothing is said by saying nothing */
    }
    for (uint64_t key = 1; key <= 5; key++) {
        pack_act(&bytes, GRID_ROLE_CLERK, key);
        pack_text(&bytes, "x");
        assert_malformed(&bytes, "body_shape");
    }
    pack_act(&bytes, GRID_ROLE_CLERK, 1);
    pack_map(&bytes, 1);
    pack_uint(&bytes, GRID_REGISTER_URGENCY);
    pack_uint(&bytes, 5);
    assert_malformed(&bytes, "body_value");
    buffer_close(&bytes);
}

static void at_most_64_ops_are_read(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    for (size_t more = 0; more < 2; more++) {
        pack_act(&bytes, GRID_ROLE_CLERK, 2);
        pack_array(&bytes, GRID_OPS_MAX + more);
        for (size_t i = 0; i < GRID_OPS_MAX + more; i++) {
            pack_array(&bytes, 2);
            pack_uint(&bytes, GRID_COLLECTION_TAGS);
            pack_text(&bytes, "night");
        }
        if (more == 0)
            assert_newer(&bytes, false);
        else
            assert_malformed(&bytes, "body_ops");
    }
    buffer_close(&bytes);
}

static void a_failed_allocation_is_no_fault_of_the_body(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    pack_act(&bytes, GRID_ROLE_CLERK, 2);
    pack_array(&bytes, 1);
    pack_array(&bytes, 2);
    pack_uint(&bytes, GRID_COLLECTION_TAGS);
    pack_text(&bytes, "night");
    for (size_t limit = 1; limit < 100;
            limit += 98) { /* an arena that has ended, one that has not */
        struct arena arena;
        struct case_body body;
        bool newer = true;
        arena_init(&arena, limit);
        assert_int_equal(
                read_case(&bytes, &arena, &body, &newer, NULL), limit == 1 ? GRID_NOMEM : GRID_OK);
        assert_false(newer);
        arena_close(&arena);
    }
    buffer_close(&bytes);
}

/* --- values --- */

static bool text_holds(unsigned reg, const char *text)
{
    struct buffer bytes = {0};
    bool holds = value_check_register(reg, packed_text(&bytes, text));
    buffer_close(&bytes);
    return holds;
}

static bool number_holds(unsigned reg, uint64_t number)
{
    struct buffer bytes = {0};
    pack_uint(&bytes, number);
    bool holds = value_check_register(reg, buffer_bytes(&bytes));
    buffer_close(&bytes);
    return holds;
}

/* `count` times 墕, three bytes each. */
static void repeat(char *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        memcpy(out + i * 3, "墕", 3);
    out[count * 3] = 0;
}

static void texts_are_counted_in_characters(void **state)
{
    (void)state;
    char text[3 * 1001 + 1];
    assert_false(text_holds(GRID_REGISTER_TITLE, "三个字"));
    assert_true(text_holds(GRID_REGISTER_TITLE, "𣵦𣵦𣵦𣵦"));
    repeat(text, 40);
    assert_true(text_holds(GRID_REGISTER_TITLE, text));
    repeat(text, 41);
    assert_false(text_holds(GRID_REGISTER_TITLE, text));
    repeat(text, 1000);
    assert_true(text_holds(GRID_REGISTER_DESCRIPTION, text));
    repeat(text, 1001);
    assert_false(text_holds(GRID_REGISTER_DESCRIPTION, text));
    assert_false(text_holds(GRID_REGISTER_DESCRIPTION, ""));
    assert_true(text_holds(GRID_REGISTER_PLACE_TEXT, ""));
}

static void control_characters_stay_out(void **state)
{
    (void)state;
    assert_true(text_holds(GRID_REGISTER_DESCRIPTION, "一\n二"));
    assert_false(text_holds(GRID_REGISTER_TITLE, "一行\n二行"));
    assert_false(text_holds(GRID_REGISTER_DESCRIPTION, "一\r\n二"));
    assert_false(text_holds(GRID_REGISTER_DESCRIPTION, "\x1b[31m"));
    assert_false(text_holds(GRID_REGISTER_DESCRIPTION, "\x7f"));
    assert_false(text_holds(GRID_REGISTER_DESCRIPTION, "\xc2\x9b"));
    assert_true(text_holds(GRID_REGISTER_DESCRIPTION, "\xc2\xa0"));
}

static void numbers_have_their_ranges(void **state)
{
    (void)state;
    assert_true(number_holds(GRID_REGISTER_STATE, GRID_STATE_CLOSED));
    assert_false(number_holds(GRID_REGISTER_STATE, GRID_STATE_MERGED)); /* a view */
    assert_false(number_holds(GRID_REGISTER_STATE, 0));
    assert_false(number_holds(GRID_REGISTER_STATE, 11));
    assert_true(number_holds(GRID_REGISTER_CATEGORY, 9999));
    assert_true(number_holds(GRID_REGISTER_CATEGORY, 101));
    assert_false(number_holds(GRID_REGISTER_CATEGORY, 10000));
    assert_true(number_holds(GRID_REGISTER_URGENCY, 1));
    assert_false(number_holds(GRID_REGISTER_URGENCY, 0));
    assert_true(number_holds(GRID_REGISTER_RISK, 0));
    assert_false(number_holds(GRID_REGISTER_RISK, 4));
    assert_true(number_holds(GRID_REGISTER_AMOUNT_FEN, INT64_MAX));
    assert_false(number_holds(GRID_REGISTER_AMOUNT_FEN, (uint64_t)INT64_MAX + 1));
    assert_false(text_holds(GRID_REGISTER_URGENCY, "1"));
    assert_false(number_holds(GRID_REGISTER_END, 1));
    assert_false(number_holds(0, 1));
}

static void places_are_legal_codes(void **state)
{
    (void)state;
    assert_true(text_holds(GRID_REGISTER_UNIT, "150622103203004002"));
    assert_false(text_holds(GRID_REGISTER_UNIT, "150622103203000"));
    assert_false(text_holds(GRID_REGISTER_UNIT, "150622103P0017"));
    assert_false(text_holds(GRID_REGISTER_UNIT, ""));
    assert_true(text_holds(GRID_REGISTER_HOLDER, "150622103"));
}

static void a_lead_sorts_its_assists(void **state)
{
    (void)state;
    struct lead_value lead = {.lead = bytes_text("150622103D0001"),
            .assists = {bytes_text("150622D0004"), bytes_text("150622103D0002"),
                    bytes_text("150622D0004")},
            .assist_count = 3};
    struct lead_value back;
    struct buffer bytes = {0};
    value_pack_lead(&bytes, &lead);
    assert_true(value_check_register(GRID_REGISTER_LEAD, buffer_bytes(&bytes)));
    assert_true(value_lead(buffer_bytes(&bytes), &back));
    assert_true(bytes_equal(back.lead, lead.lead));
    assert_int_equal(back.assist_count, 2);
    assert_true(bytes_compare(back.assists[0], back.assists[1]) < 0);
    buffer_clear(&bytes);
    pack_array(&bytes, 2);
    pack_text(&bytes, "150622103D0001");
    pack_array(&bytes, 2);
    pack_text(&bytes, "150622D0004");
    pack_text(&bytes, "150622D0004");
    assert_false(value_lead(buffer_bytes(&bytes), &back));
    buffer_clear(&bytes);
    value_pack_lead(&bytes, &(struct lead_value){0});
    assert_true(value_lead(buffer_bytes(&bytes), &back));
    assert_int_equal(back.lead.size, 0);
    buffer_close(&bytes);
}

static void composed_values_read_back(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    struct due_value due = {0};
    value_pack_due(&bytes, &(struct due_value){.act_ms = 1, .finish_ms = 2, .policy = 3});
    assert_true(value_due(buffer_bytes(&bytes), &due));
    assert_int_equal(due.finish_ms, 2);
    buffer_clear(&bytes);
    struct occurred_value occurred = {0};
    value_pack_occurred(&bytes, &(struct occurred_value){.ms = 1800000000000, .precision = 2});
    assert_true(value_occurred(buffer_bytes(&bytes), &occurred));
    assert_true(occurred.ms == 1800000000000);
    assert_int_equal(occurred.precision, 2);
    buffer_clear(&bytes);
    struct geo_value geo = {0};
    value_pack_geo(&bytes,
            &(struct geo_value){.latitude = -395500000, .longitude = 1104500000, .accuracy_m = 8});
    assert_true(value_geo(buffer_bytes(&bytes), &geo));
    assert_int_equal(geo.latitude, -395500000);
    assert_int_equal(geo.longitude, 1104500000);
    buffer_clear(&bytes);
    struct outcome_value outcome = {0};
    value_pack_outcome(&bytes,
            &(struct outcome_value){.method = 7, .success = true, .text = bytes_text("已修")});
    assert_true(value_outcome(buffer_bytes(&bytes), &outcome));
    assert_true(outcome.success);
    assert_true(bytes_equal(outcome.text, bytes_text("已修")));
    buffer_clear(&bytes);
    pack_array(&bytes, 4); /* latitude beyond the pole */
    pack_int(&bytes, 900000001);
    pack_int(&bytes, 0);
    pack_uint(&bytes, 0);
    pack_uint(&bytes, 0);
    assert_false(value_geo(buffer_bytes(&bytes), &geo));
    buffer_close(&bytes);
}

static void a_code_argument_is_22_right_digits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool holds;
    } tries[] = {
            {"1506221032601170004289", true},
            {"1506221032601170004298", false},
            {"150622103-26-0117-00042-89", false},
            {"", false},
    };
    for (size_t i = 0; i < 4; i++) {
        struct buffer bytes = {0};
        struct bytes value = packed_text(&bytes, tries[i].text);
        assert_int_equal(value_check_argument(GRID_ARGUMENT_CODE, value), tries[i].holds);
        assert_int_equal(value_check_addition(GRID_COLLECTION_CODES, value), tries[i].holds);
        buffer_close(&bytes);
    }
}

/* --- kinds below create --- */

static void an_incarnation_is_vouched_for_by_its_identity(void **state)
{
    (void)state;
    static const uint8_t author_seed[GRID_SEED_BYTES] = {1};
    static const uint8_t identity_seed[GRID_SEED_BYTES] = {2};
    struct incarnate_body body = {.counter = 3};
    struct incarnate_body back;
    struct buffer bytes = {0};
    struct grid_error error = {0};
    uint8_t author[GRID_ID_BYTES];
    bool newer = true;
    assert_int_equal(crypto_public_key(body.key, author_seed), GRID_OK);
    assert_int_equal(author_of_key(author, body.key), GRID_OK);
    assert_int_equal(incarnate_sign(&body, identity_seed), GRID_OK);
    assert_int_equal(body_pack_incarnate(&bytes, &body), GRID_OK);
    assert_int_equal(gate_check(buffer_bytes(&bytes), GATE_ENTRY, NULL), GRID_OK);
    assert_int_equal(body_read_incarnate(buffer_bytes(&bytes), &back, &newer, NULL), GRID_OK);
    assert_false(newer);
    assert_memory_equal(&back, &body, sizeof(body));
    assert_int_equal(incarnate_verify(&back, author, NULL), GRID_OK);
    back.counter++;
    assert_int_equal(incarnate_verify(&back, author, &error), GRID_REFUSED);
    assert_string_equal(error.reason, "bad_signature");
    author[0] ^= 1;
    assert_int_equal(incarnate_verify(&body, author, &error), GRID_REFUSED);
    assert_string_equal(error.reason, "incarnate_author");
    buffer_close(&bytes);
}

static void centre_and_device_read_back(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    bool newer = true;
    struct centre_body centre = {.unit = bytes_text("150622103"),
            .name = bytes_text("纳日松镇综治中心"),
            .identity = {4}};
    struct centre_body centre_back;
    body_pack_centre(&bytes, &centre);
    assert_int_equal(body_read_centre(buffer_bytes(&bytes), &centre_back, &newer, NULL), GRID_OK);
    assert_true(bytes_equal(centre_back.name, centre.name));
    assert_memory_equal(centre_back.identity, centre.identity, GRID_KEY_BYTES);
    buffer_clear(&bytes);
    struct device_body device = {.unit = bytes_text("150622103"), .slot = 117, .person = {5}};
    struct device_body device_back;
    body_pack_device(&bytes, &device);
    assert_int_equal(body_read_device(buffer_bytes(&bytes), &device_back, &newer, NULL), GRID_OK);
    assert_int_equal(device_back.slot, 117);
    assert_int_equal(device_back.person[0], 5);
    device.slot = 0;
    buffer_clear(&bytes);
    body_pack_device(&bytes, &device);
    assert_int_equal(
            body_read_device(buffer_bytes(&bytes), &device_back, &newer, NULL), GRID_MALFORMED);
    buffer_close(&bytes);
}

static void rows_and_roster_read_back(void **state)
{
    (void)state;
    static const uint8_t put[] = {0x91, 0x01};
    static const uint8_t before[GRID_ID_BYTES] = {7};
    struct buffer bytes = {0};
    bool newer = true;
    struct rows_body rows = {
            .unit = bytes_text("150622103"), .version = 2, .put = bytes_of(put, sizeof(put))};
    struct rows_body rows_back;
    body_pack_rows(&bytes, &rows);
    assert_int_equal(body_read_rows(buffer_bytes(&bytes), &rows_back, &newer, NULL), GRID_OK);
    assert_int_equal(rows_back.version, 2);
    assert_true(bytes_equal(rows_back.put, rows.put));
    assert_int_equal(rows_back.remove.size, 1); /* an empty array */
    buffer_clear(&bytes);
    struct roster_body roster = {.unit = bytes_text("150622103"),
            .version = 2,
            .predecessor = bytes_of(before, sizeof(before)),
            .count = UINT64_MAX,
            .digest = {9}};
    struct roster_body roster_back;
    body_pack_roster(&bytes, &roster);
    assert_int_equal(body_read_roster(buffer_bytes(&bytes), &roster_back, &newer, NULL), GRID_OK);
    assert_true(bytes_equal(roster_back.predecessor, roster.predecessor));
    assert_true(roster_back.count == UINT64_MAX);
    roster.predecessor.size = 15;
    buffer_clear(&bytes);
    body_pack_roster(&bytes, &roster);
    assert_int_equal(
            body_read_roster(buffer_bytes(&bytes), &roster_back, &newer, NULL), GRID_MALFORMED);
    buffer_close(&bytes);
}

static void a_policy_is_a_clean_text_of_a_unit(void **state)
{
    (void)state;
    struct policy_body policy = {
            .unit = bytes_text("150622103"), .version = 2, .text = bytes_text("[U1]\n# 说明\n")};
    struct policy_body back;
    struct buffer bytes = {0};
    bool newer = true;
    body_pack_policy(&bytes, &policy);
    assert_int_equal(body_read_policy(buffer_bytes(&bytes), &back, &newer, NULL), GRID_OK);
    assert_false(newer);
    assert_int_equal(back.version, 2);
    assert_true(bytes_equal(back.text, policy.text));
    const char *wrong[] = {"", "a\tb", "a\rb"};
    for (size_t i = 0; i < 3; i++) {
        policy.text = bytes_text(wrong[i]);
        buffer_clear(&bytes);
        body_pack_policy(&bytes, &policy);
        assert_int_equal(
                body_read_policy(buffer_bytes(&bytes), &back, &newer, NULL), GRID_MALFORMED);
    }
    policy.text = bytes_text("x");
    policy.version = 1; /* built in, and nobody's to write */
    buffer_clear(&bytes);
    body_pack_policy(&bytes, &policy);
    assert_int_equal(body_read_policy(buffer_bytes(&bytes), &back, &newer, NULL), GRID_MALFORMED);
    buffer_close(&bytes);
}

static void a_cut_lists_its_positions(void **state)
{
    (void)state;
    struct cut_position positions[] = {
            {.author = {1}, .lane = 0, .seq = 0}, {.author = {1}, .lane = 1, .seq = 42}};
    struct cut_body cut = {.identity = {8}, .positions = positions, .position_count = 2};
    struct cut_body back;
    struct buffer bytes = {0};
    struct arena arena = {0};
    bool newer = true;
    body_pack_cut(&bytes, &cut);
    assert_int_equal(body_read_cut(buffer_bytes(&bytes), &arena, &back, &newer, NULL), GRID_OK);
    assert_int_equal(back.position_count, 2);
    assert_int_equal(back.positions[1].seq, 42);
    assert_int_equal(back.identity[0], 8);
    arena_close(&arena);
    buffer_close(&bytes);
}

static void a_fork_names_two_branches(void **state)
{
    (void)state;
    struct fork_body fork = {.author = {7},
            .lane = 1,
            .seq = 9,
            .counts = {.leaf = {1}, .seq = 12, .id = {2}, .seal = {3}},
            .other = {.leaf = {4}, .seq = 9, .id = {5}, .seal = {6}}};
    struct fork_body back;
    struct buffer bytes = {0};
    bool newer = true;
    body_pack_fork(&bytes, &fork);
    assert_int_equal(body_read_fork(buffer_bytes(&bytes), &back, &newer, NULL), GRID_OK);
    assert_false(newer);
    assert_memory_equal(&back, &fork, sizeof(back));
    /* a seal before the place where they part says nothing of the branch; nor is one branch two */
    fork.other.seq = 8;
    buffer_clear(&bytes);
    body_pack_fork(&bytes, &fork);
    assert_int_equal(body_read_fork(buffer_bytes(&bytes), &back, &newer, NULL), GRID_MALFORMED);
    fork.other.seq = 9;
    fork.other.leaf[0] = 1;
    buffer_clear(&bytes);
    body_pack_fork(&bytes, &fork);
    assert_int_equal(body_read_fork(buffer_bytes(&bytes), &back, &newer, NULL), GRID_MALFORMED);
    buffer_close(&bytes);
}

static void a_missing_field_is_malformed_and_a_strange_one_newer(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    struct centre_body centre;
    bool newer = true;
    pack_map(&bytes, 1);
    pack_uint(&bytes, 0);
    pack_text(&bytes, "150622103");
    assert_int_equal(body_read_centre(buffer_bytes(&bytes), &centre, &newer, NULL), GRID_MALFORMED);
    assert_false(newer);
    buffer_clear(&bytes);
    pack_map(&bytes, 1);
    pack_uint(&bytes, 9);
    pack_text(&bytes, "150622103");
    assert_int_equal(body_read_centre(buffer_bytes(&bytes), &centre, &newer, NULL), GRID_OK);
    assert_true(newer);
    buffer_close(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(an_act_reads_back_as_it_was_packed),
            cmocka_unit_test(an_unknown_key_is_newer_below_128_and_ignored_above),
            cmocka_unit_test(an_unknown_word_is_newer),
            cmocka_unit_test(an_act_of_the_wrong_shape_is_malformed),
            cmocka_unit_test(at_most_64_ops_are_read),
            cmocka_unit_test(a_failed_allocation_is_no_fault_of_the_body),
            cmocka_unit_test(texts_are_counted_in_characters),
            cmocka_unit_test(control_characters_stay_out),
            cmocka_unit_test(numbers_have_their_ranges),
            cmocka_unit_test(places_are_legal_codes),
            cmocka_unit_test(a_lead_sorts_its_assists),
            cmocka_unit_test(composed_values_read_back),
            cmocka_unit_test(a_code_argument_is_22_right_digits),
            cmocka_unit_test(an_incarnation_is_vouched_for_by_its_identity),
            cmocka_unit_test(centre_and_device_read_back),
            cmocka_unit_test(rows_and_roster_read_back),
            cmocka_unit_test(a_policy_is_a_clean_text_of_a_unit),
            cmocka_unit_test(a_cut_lists_its_positions),
            cmocka_unit_test(a_fork_names_two_branches),
            cmocka_unit_test(a_missing_field_is_malformed_and_a_strange_one_newer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
