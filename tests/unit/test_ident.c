#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/crypto.h"
#include "proto/ident.h"

#include <string.h>

static void assert_code(const char *text, const char *digits)
{
    struct case_code code;
    struct grid_error error = {0};
    assert_int_equal(code_parse(&code, text, &error), GRID_OK);
    assert_string_equal(code.digits, digits);
}

static void assert_refused(const char *text, const char *reason)
{
    struct case_code code;
    struct grid_error error = {0};
    assert_int_equal(code_parse(&code, text, &error), GRID_INVALID);
    assert_string_equal(error.reason, reason);
    assert_string_equal(code.digits, "");
}

static void assert_made(
        unsigned year, const char *township, unsigned slot, unsigned counter, const char *printed)
{
    struct case_code code;
    char text[GRID_CODE_TEXT_BYTES];
    code_make(&code, township, year, slot, counter);
    code_print(text, &code);
    assert_string_equal(text, printed);
    assert_code(printed, code.digits);
}

/* DOMAIN 4 */
static void codes_have_the_check_digits_of_the_book(void **state)
{
    (void)state;
    assert_made(2026, "150622103", 117, 42, "150622103-26-0117-00042-89");
    assert_made(2025, "150622103", 3, 1, "150622103-25-0003-00001-54");
    assert_made(2026, "150622004", 240, 99999, "150622004-26-0240-99999-39");
    assert_made(2026, "150622103", 117, 71, "150622103-26-0117-00071-02");
    assert_made(2026, "150622103", 117, 7, "150622103-26-0117-00007-97");
    assert_refused("150622103-26-0117-00071-99", "code_check");
    assert_refused("150622103-26-0117-00007-00", "code_check");
    assert_refused("1506221032601170004298", "code_check");
}

static void a_banner_fills_its_code_with_zeros(void **state)
{
    (void)state;
    struct case_code code;
    code_make(&code, "150622", 2099, 1, 1);
    assert_memory_equal(code.digits, "150622000990001", 15);
    assert_code(code.digits, code.digits);
}

static void slot_and_counter_are_never_zero(void **state)
{
    (void)state;
    /* both with the right check digits for what they say */
    assert_refused("150622103-26-0000-00042-57", "code_range");
    assert_refused("150622103-26-0117-00000-21", "code_range");
}

static void codes_are_read_as_people_write_them(void **state)
{
    (void)state;
    const char *digits = "1506221032601170004289";
    assert_code("1506221032601170004289", digits);
    assert_code("  150622103 26 0117 00042 89\n", digits);
    assert_code("１５０６２２１０３－２６－０１１７－０００４２－８９", digits);
    assert_code("150622103—26–0117‐00042−89", digits);
    assert_code("1506　2210　3260　1170　0042　89", digits);
    assert_code("\xEF\xBB\xBF"
                "150622103\xC2\xA0"
                "26-0117-00042-89",
            digits);
}

static void what_is_no_code_says_how_many_digits_it_has(void **state)
{
    (void)state;
    assert_refused("", "code_digits");
    assert_refused("150622103-26-0117-00042-8", "code_digits");
    assert_refused("150622103-26-0117-00042-899", "code_digits");
    assert_refused("150622103-26-0117-00042-8x", "code_digits");
    assert_refused("150622103/26/0117/00042/89", "code_digits");
    assert_refused("\xFF\xE5\xEF", "code_digits");
    assert_refused("1506221032601170004289\xEF\xBC", "code_digits");
    struct case_code code;
    struct grid_error error = {0};
    code_parse(&code, "12345", &error);
    assert_string_equal(error.detail, "22\x1f"
                                      "5");
}

static void every_wrong_digit_and_every_swap_of_neighbours_is_found(void **state)
{
    (void)state;
    struct case_code code, out;
    code_make(&code, "150622103", 2026, 117, 42);
    for (size_t at = 0; at < GRID_CODE_DIGITS; at++) {
        struct case_code wrong = code;
        for (int digit = '0'; digit <= '9'; digit++) {
            wrong.digits[at] = (char)digit;
            if (digit != code.digits[at])
                assert_int_equal(code_parse(&out, wrong.digits, NULL), GRID_INVALID);
        }
        wrong = code;
        if (at + 1 == GRID_CODE_DIGITS || code.digits[at] == code.digits[at + 1])
            continue;
        wrong.digits[at] = code.digits[at + 1];
        wrong.digits[at + 1] = code.digits[at];
        assert_int_equal(code_parse(&out, wrong.digits, NULL), GRID_INVALID);
    }
}

static void the_township_of_a_code_is_that_of_the_device(void **state)
{
    (void)state;
    char township[GRID_TOWNSHIP_BYTES];
    assert_true(code_township(township, bytes_text("150622103203004002")));
    assert_string_equal(township, "150622103");
    assert_true(code_township(township, bytes_text("150622103")));
    assert_string_equal(township, "150622103");
    assert_true(code_township(township, bytes_text("150622")));
    assert_string_equal(township, "150622000");
    assert_false(code_township(township, bytes_text("1506")));
    assert_false(code_township(township, bytes_text("150622103P0017")));
    assert_false(code_township(township, bytes_text("")));
}

static void hex_goes_there_and_back(void **state)
{
    (void)state;
    static const uint8_t id[GRID_ID_BYTES] = {0x00, 0x9F, 0xA0, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    char text[2 * GRID_ID_BYTES + 1];
    ident_hex(text, bytes_of(id, sizeof(id)));
    assert_string_equal(text, "009fa0ff010203040506070809000000");
    uint8_t back[GRID_ID_BYTES];
    assert_true(ident_unhex(back, sizeof(back), text));
    assert_memory_equal(back, id, sizeof(id));
    assert_true(ident_unhex(back, sizeof(back), "009FA0FF010203040506070809000000"));
    assert_false(ident_unhex(back, sizeof(back), "009fa0ff0102030405060708090000"));
    assert_false(ident_unhex(back, sizeof(back), "009fa0ff01020304050607080900000g"));
    assert_false(ident_unhex(back, sizeof(back), "009fa0ff0102030405060708090000000"));
}

static void one_key_is_one_person_in_one_township(void **state)
{
    (void)state;
    uint8_t id[GRID_ID_BYTES], other[GRID_ID_BYTES];
    uint8_t hash[GRID_HASH_BYTES];
    struct bytes whole = bytes_of("grid-person-1\0"
                                  "150622103/p0042",
            29);
    assert_int_equal(crypto_hash(hash, &whole, 1), GRID_OK);
    assert_int_equal(person_id(id, bytes_text("150622103"), bytes_text("p0042")), GRID_OK);
    assert_memory_equal(id, hash, sizeof(id));
    assert_int_equal(person_id(other, bytes_text("150622"), bytes_text("p0042")), GRID_OK);
    assert_memory_not_equal(id, other, sizeof(id));
}

static void a_person_key_is_short_and_plain(void **state)
{
    (void)state;
    assert_true(person_key_valid(bytes_text("p0042")));
    assert_true(person_key_valid(bytes_text("0123456789abcdef")));
    assert_false(person_key_valid(bytes_text("")));
    assert_false(person_key_valid(bytes_text("0123456789abcdefg")));
    assert_false(person_key_valid(bytes_text("P0042")));
    assert_false(person_key_valid(bytes_text("p-1")));
    assert_false(person_key_valid(bytes_text("苏和")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(codes_have_the_check_digits_of_the_book),
            cmocka_unit_test(a_banner_fills_its_code_with_zeros),
            cmocka_unit_test(slot_and_counter_are_never_zero),
            cmocka_unit_test(codes_are_read_as_people_write_them),
            cmocka_unit_test(what_is_no_code_says_how_many_digits_it_has),
            cmocka_unit_test(every_wrong_digit_and_every_swap_of_neighbours_is_found),
            cmocka_unit_test(the_township_of_a_code_is_that_of_the_device),
            cmocka_unit_test(hex_goes_there_and_back),
            cmocka_unit_test(one_key_is_one_person_in_one_township),
            cmocka_unit_test(a_person_key_is_short_and_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
