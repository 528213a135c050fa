/* Questions to a roster: units by code and name, posts, persons, and whom to turn to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "roster_texts.h"

static struct bytes found_code(const struct grid_roster *roster, const char *text)
{
    const struct grid_unit *unit = NULL;
    struct grid_error error = {0};
    assert_int_equal(grid_roster_find_unit(roster, bytes_text(text), &unit, &error), GRID_OK);
    return unit->code;
}

static void a_unit_is_found_by_code_or_unique_name(void **state)
{
    (void)state;
    char *twins = replaced(good_units, "一号楼", "吴家沟社二联户");
    struct told told;
    struct grid_roster *roster = read_texts(twins, good_posts, good_departments, NULL, &told);
    free(twins);
    assert_true(bytes_equal(found_code(roster, "150622103203"), bytes_text("150622103203")));
    assert_true(bytes_equal(found_code(roster, "柳塔村"), bytes_text("150622103203")));

    const struct grid_unit *unit = NULL;
    struct grid_error error = {0};
    assert_int_equal(grid_roster_find_unit(roster, bytes_text("吴家沟社二联户"), &unit, &error),
            GRID_AMBIGUOUS);
    assert_string_equal(error.reason, "unit_ambiguous");
    assert_string_equal(
            error.detail, "吴家沟社二联户" GRID_ARG "150622103001001001, 150622103203004002");
    static const char *const unknown[] = {
            "", "柳树", "150622103204", "150622103P0017", "吴家沟党小组", "15062210320300400"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_int_equal(grid_roster_find_unit(roster, bytes_text(unknown[i]), &unit, &error),
                GRID_NOT_FOUND);
        assert_string_equal(error.reason, "unit_unknown");
        assert_null(unit);
    }
    /* half a name is answered with the whole ones */
    assert_int_equal(
            grid_roster_find_unit(roster, bytes_text("柳塔村第"), &unit, &error), GRID_NOT_FOUND);
    assert_string_equal(error.reason, "unit_unknown_near");
    assert_non_null(strstr(error.detail, "柳塔村第四网格 150622103203004"));
    assert_null(unit);
    assert_true(bytes_equal(found_code(roster, "１５０６22103２０３"), bytes_text("150622103203")));
    grid_roster_close(roster);
}

static void of_two_units_of_one_name_the_one_without_end_is_meant(void **state)
{
    (void)state;
    char *split = replaced(good_units, "150622103203701,grid",
            "150622103203005,grid,base,柳塔村第四网格,,,,,,2024-01-01,2025-12-31,150622103203004\n"
            "150622103203701,grid");
    struct told told;
    struct grid_roster *roster = read_texts(split, good_posts, good_departments, NULL, &told);
    free(split);
    assert_non_null(roster);
    assert_string_equal(told.text, "");
    assert_true(bytes_equal(found_code(roster, "柳塔村第四网格"), bytes_text("150622103203004")));
    grid_roster_close(roster);
}

struct list {
    char text[4096];
    size_t size;
    size_t stop_after;
    size_t count;
};

static bool list_more(struct list *list)
{
    list->count++;
    return list->stop_after == 0 || list->count < list->stop_after;
}

static bool add_unit(void *context, const struct grid_unit *unit)
{
    struct list *list = context;
    list->size += (size_t)snprintf(list->text + list->size, sizeof(list->text) - list->size,
            "%.*s\n", (int)unit->code.size, unit->code.data);
    return list_more(list);
}

static bool add_post(void *context, const struct grid_post *post)
{
    struct list *list = context;
    list->size += (size_t)snprintf(list->text + list->size, sizeof(list->text) - list->size,
            "%.*s %s %.*s\n", (int)post->key.size, post->key.data, grid_role_name(post->role),
            (int)post->place.size, post->place.data);
    return list_more(list);
}

static bool add_department(void *context, const struct grid_department *department)
{
    struct list *list = context;
    list->size += (size_t)snprintf(list->text + list->size, sizeof(list->text) - list->size,
            "%.*s\n", (int)department->id.size, department->id.data);
    return list_more(list);
}

static bool add_who(void *context, const struct grid_who *who)
{
    struct list *list = context;
    list->size += (size_t)snprintf(list->text + list->size, sizeof(list->text) - list->size,
            "%s %.*s %.*s %s\n", who->role, (int)who->key.size,
            who->key.size > 0 ? (const char *)who->key.data : "", (int)who->place.size,
            who->place.data, who->vacant ? "vacant" : "");
    return list_more(list);
}

static void units_come_in_the_order_of_codes(void **state)
{
    (void)state;
    struct grid_roster *roster = read_good();
    struct list list = {0};
    grid_roster_each_unit(roster, bytes_text("150622103203"), true, add_unit, &list);
    assert_string_equal(list.text, "150622103203\n150622103203004\n150622103203004001\n"
                                   "150622103203004002\n150622103203701\n");
    list = (struct list){0};
    grid_roster_each_unit(roster, (struct bytes){0}, false, add_unit, &list);
    assert_int_equal(list.count, 9);
    list = (struct list){0};
    grid_roster_each_unit(roster, bytes_text(CENTRE), true, add_unit, &list);
    assert_int_equal(list.count, 11);
    list = (struct list){.stop_after = 2};
    grid_roster_each_unit(roster, bytes_text(CENTRE), true, add_unit, &list);
    assert_int_equal(list.count, 2);
    list = (struct list){0};
    grid_roster_each_unit(roster, bytes_text("150622999"), true, add_unit, &list);
    assert_int_equal(list.count, 0);
    grid_roster_close(roster);
}

static void posts_are_listed_by_place_and_by_person(void **state)
{
    (void)state;
    struct grid_roster *roster = read_good();
    struct list list = {0};
    grid_roster_each_post(roster, bytes_text(CENTRE), TODAY, add_post, &list);
    assert_string_equal(list.text, "p0007 clerk 150622103\np0008 director 150622103\n");
    list = (struct list){0};
    grid_roster_each_post(roster, bytes_text("150622103203004001"), 20000, add_post, &list);
    assert_string_equal(list.text, ""); /* before its first day */

    uint8_t person[GRID_ID_BYTES];
    assert_int_equal(grid_roster_person_by_key(
                             roster, bytes_text(CENTRE), bytes_text("p0107"), person, NULL),
            GRID_OK);
    list = (struct list){0};
    grid_roster_each_post_of(roster, person, TODAY, add_post, &list);
    assert_string_equal(
            list.text, "p0107 head 150622103203004002\np0107 group_leader 150622103P0017\n");
    assert_true(bytes_equal(grid_roster_person_name(roster, person), bytes_text("吴桂兰")));
    static const char *const strangers[][2] = {
            {CENTRE, "p0999"}, {CENTRE, "P 1"}, {"150622", "p0107"}};
    for (size_t i = 0; i < 3; i++) {
        struct grid_error error = {0};
        assert_int_equal(grid_roster_person_by_key(roster, bytes_text(strangers[i][0]),
                                 bytes_text(strangers[i][1]), person, &error),
                GRID_NOT_FOUND);
        assert_string_equal(error.reason, "person_unknown");
        assert_string_equal(error.detail, strangers[i][1]);
    }
    memset(person, 0, sizeof(person));
    assert_int_equal(grid_roster_person_name(roster, person).size, 0);

    list = (struct list){0};
    grid_roster_each_department(roster, bytes_text(CENTRE), add_department, &list);
    assert_string_equal(list.text, "150622103D0001\n150622103D0002\n");
    const struct grid_department *department =
            grid_roster_department(roster, bytes_text("150622D0004"));
    assert_non_null(department);
    assert_true(bytes_equal(department->stationing, bytes_text("rotating")));
    assert_null(grid_roster_department(roster, bytes_text("150622D0005")));
    grid_roster_close(roster);
}

static void who_names_everybody_from_the_head_to_the_centre(void **state)
{
    (void)state;
    char *posts = replaced(good_posts, "p0052,白云,grid_chief,150622103001001,,2025-03-01,\n", "");
    struct told told;
    struct grid_roster *roster = read_texts(good_units, posts, good_departments, NULL, &told);
    free(posts);
    struct list list = {0};
    grid_roster_who(roster, bytes_text("150622103203004002"), TODAY, add_who, &list);
    assert_string_equal(list.text,
            "head p0107 150622103203004002 \ngrid_worker p0042 150622103203004 \n"
            "grid_chief p0051 150622103203004 \ngroup_leader p0107 150622103P0017 \n"
            "village_secretary p0201 150622103203 \ncentre  150622103 \n");
    list = (struct list){0};
    grid_roster_who(roster, bytes_text("150622103001001"), TODAY, add_who, &list);
    assert_string_equal(list.text,
            "grid_worker p0044 150622103001001 \ngrid_chief  150622103001001 vacant\n"
            "group_leader p0110 150622103P0018 \nvillage_secretary p0202 150622103001 \n"
            "centre  150622103 \n");
    list = (struct list){0};
    grid_roster_who(roster, bytes_text("150622103203"), TODAY, add_who, &list);
    assert_string_equal(list.text, "village_secretary p0201 150622103203 \ncentre  150622103 \n");
    list = (struct list){.stop_after = 1};
    grid_roster_who(roster, bytes_text("150622103203004002"), TODAY, add_who, &list);
    assert_int_equal(list.count, 1);
    list = (struct list){0};
    grid_roster_who(roster, bytes_text("150622"), TODAY, add_who, &list);
    assert_string_equal(list.text, "centre  150622 \n");
    grid_roster_close(roster);
}

static void an_empty_roster_answers_too(void **state)
{
    (void)state;
    struct grid_roster *roster = NULL;
    assert_int_equal(grid_roster_open(&roster), GRID_OK);
    struct list list = {0};
    uint8_t person[GRID_ID_BYTES] = {0};
    grid_roster_each_unit(roster, (struct bytes){0}, true, add_unit, &list);
    grid_roster_each_post(roster, (struct bytes){0}, TODAY, add_post, &list);
    grid_roster_each_post_of(roster, person, TODAY, add_post, &list);
    grid_roster_each_department(roster, (struct bytes){0}, add_department, &list);
    assert_int_equal(list.count, 0);
    assert_null(grid_roster_unit(roster, bytes_text(CENTRE)));
    assert_int_equal(roster_version(roster), 0);
    assert_false(roster_post_listed(
            roster, (uint64_t)1 << 32, person, GRID_ROLE_HEAD, bytes_text(CENTRE)));
    grid_roster_who(roster, bytes_text("150622103203004002"), TODAY, add_who, &list);
    assert_int_equal(list.count, 5);
    grid_roster_close(roster);
    grid_roster_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_unit_is_found_by_code_or_unique_name),
            cmocka_unit_test(of_two_units_of_one_name_the_one_without_end_is_meant),
            cmocka_unit_test(units_come_in_the_order_of_codes),
            cmocka_unit_test(posts_are_listed_by_place_and_by_person),
            cmocka_unit_test(who_names_everybody_from_the_head_to_the_centre),
            cmocka_unit_test(an_empty_roster_answers_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
