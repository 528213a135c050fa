/* The codebook nmgrid-1 and how people name its items. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/case/codebook.h"
#include "proto/words.h"

#include <string.h>

static unsigned found(const char *text)
{
    const struct codebook_item *item = NULL;
    struct grid_error error = {0};
    assert_int_equal(codebook_find(bytes_text(text), &item, &error), GRID_OK);
    return item->code;
}

static void refused(const char *text, enum grid_status status, const char *reason)
{
    const struct codebook_item *item = NULL;
    struct grid_error error = {0};
    assert_int_equal(codebook_find(bytes_text(text), &item, &error), status);
    assert_string_equal(error.reason, reason);
    assert_null(item);
}

static void the_codebook_has_93_items_in_ascending_order(void **state)
{
    (void)state;
    assert_int_equal(codebook_count(), 93);
    for (size_t i = 1; i < codebook_count(); i++)
        assert_true(codebook_at(i - 1)->code < codebook_at(i)->code);
}

static void an_item_says_what_domain_5_says(void **state)
{
    (void)state;
    const struct codebook_item *gas = codebook_item(204);
    assert_non_null(gas);
    assert_string_equal(gas->name, "燃气泄漏");
    assert_string_equal(gas->english, "gas leak");
    assert_int_equal(gas->urgency, 1);
    assert_int_equal(gas->track, GRID_TRACK_SAFETY);
    assert_true(gas->never_self_resolved);
    assert_string_equal(gas->group, "安全隐患");
    assert_string_equal(gas->group_english, "hazard");
    assert_string_equal(codebook_item(101)->english, "land acquisition, demolition");
    assert_int_equal(codebook_item(107)->urgency, 2);
    assert_int_equal(codebook_item(109)->track, GRID_TRACK_CIVIL);
    assert_int_equal(codebook_item(GRID_CATEGORY_UNCLASSIFIED)->urgency, 3);
    assert_null(codebook_item(100));
    assert_null(codebook_item(0));
}

static void exactly_four_items_are_never_self_resolved(void **state)
{
    (void)state;
    static const unsigned never[] = {204, 206, 207, 213};
    size_t count = 0;
    for (size_t i = 0; i < codebook_count(); i++) {
        if (codebook_at(i)->never_self_resolved)
            assert_int_equal(codebook_at(i)->code, never[count++]);
    }
    assert_int_equal(count, 4);
}

static void a_category_is_found_by_digits_of_both_widths(void **state)
{
    (void)state;
    assert_int_equal(found("0204"), 204);
    assert_int_equal(found(" 9999 "), 9999);
    assert_int_equal(found("０２０４"), 204);
}

static void a_category_is_found_by_its_name_or_a_unique_part(void **state)
{
    (void)state;
    assert_int_equal(found("燃气泄漏"), 204);
    assert_int_equal(found("燃气"), 204);
    assert_int_equal(found("Gas leak"), 204);
    assert_int_equal(found("垃圾"), 301);
    assert_int_equal(found("地界"), 103); /* whole name first */
}

static void an_unknown_category_is_not_found(void **state)
{
    (void)state;
    refused("0100", GRID_NOT_FOUND, "category_unknown");
    refused("204", GRID_NOT_FOUND, "category_unknown");
    refused("飞碟", GRID_NOT_FOUND, "category_unknown");
    refused("", GRID_NOT_FOUND, "category_unknown");
    refused("   ", GRID_NOT_FOUND, "category_unknown");
}

static void an_ambiguous_part_is_answered_with_the_candidates(void **state)
{
    (void)state;
    const struct codebook_item *item = NULL;
    struct grid_error error = {0};
    assert_int_equal(codebook_find(bytes_text("诈骗"), &item, &error), GRID_AMBIGUOUS);
    assert_string_equal(error.reason, "category_ambiguous");
    assert_string_equal(error.detail, "诈骗" GRID_ARG "0701 电信诈骗线索, 0702 养老诈骗推销");
    refused("a", GRID_AMBIGUOUS, "category_ambiguous");
}

static void a_route_is_an_item_or_a_group(void **state)
{
    (void)state;
    assert_true(codebook_knows(bytes_text("0104")));
    assert_true(codebook_knows(bytes_text("01")));
    assert_true(codebook_knows(bytes_text("99")));
    assert_false(codebook_knows(bytes_text("10")));
    assert_false(codebook_knows(bytes_text("0121")));
    assert_false(codebook_knows(bytes_text("010")));
    assert_false(codebook_knows(bytes_text("０１")));
    assert_false(codebook_knows(bytes_text("")));
}

static size_t fits(const char *word)
{
    size_t count = 0;
    for (size_t i = 0; i < codebook_count(); i++)
        count += codebook_fits(codebook_at(i), bytes_text(word));
    return count;
}

static void a_list_takes_a_group_by_its_digits_or_a_part_of_any_name(void **state)
{
    (void)state;
    assert_int_equal(fits(""), codebook_count());
    assert_int_equal(fits("02"), 19);
    assert_int_equal(fits("０２"), 19);
    assert_int_equal(fits("安全隐患"), 19);
    assert_int_equal(fits("消防"), 2);
    assert_int_equal(fits("GAS"), 1);
    assert_int_equal(fits("没有这一类"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_codebook_has_93_items_in_ascending_order),
            cmocka_unit_test(an_item_says_what_domain_5_says),
            cmocka_unit_test(exactly_four_items_are_never_self_resolved),
            cmocka_unit_test(a_category_is_found_by_digits_of_both_widths),
            cmocka_unit_test(a_category_is_found_by_its_name_or_a_unique_part),
            cmocka_unit_test(a_route_is_an_item_or_a_group),
            cmocka_unit_test(an_unknown_category_is_not_found),
            cmocka_unit_test(an_ambiguous_part_is_answered_with_the_candidates),
            cmocka_unit_test(a_list_takes_a_group_by_its_digits_or_a_part_of_any_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
