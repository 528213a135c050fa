/* Reading the three files: every error and warning of DOMAIN 3, planted in a township that is
 * otherwise in order, and bytes that are no such files at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "roster_texts.h"

static void a_roster_in_order_has_no_findings(void **state)
{
    (void)state;
    struct grid_roster *roster = read_good();
    assert_int_equal(roster_version(roster), 1);
    const struct grid_unit *unit = grid_roster_unit(roster, bytes_text("150622103203004002"));
    assert_non_null(unit);
    assert_int_equal(unit->households, 41);
    assert_int_equal(unit->lat_e7, 395100000);
    assert_int_equal(unit->lon_e7, 1104100000);
    assert_int_equal(unit->valid_from, 20089); /* 2025-01-01 */
    assert_int_equal(unit->valid_to, GRID_DAY_NONE);
    assert_true(bytes_equal(unit->party_group, bytes_text("150622103P0017")));
    assert_true(bytes_equal(unit->subkind, bytes_text("household_group")));
    grid_roster_close(roster);
}

enum { UNITS, POSTS, DEPARTMENTS };
static const struct plant {
    int file;
    const char *old, *fresh, *found;
} plants[] = {
        /* R01 */
        {UNITS, "code,kind", "Code,kind", "units.csv:1 R01 header\n"},
        {POSTS, "phone,from,to\n", "from,to\n", "posts.csv:1 R01 header\n"},
        {UNITS, ",412,39.5,110.4,,2025-01-01,,", ",412,39.5,110.4,,2025-01-01,",
                "units.csv:3 R01 columns\nunits.csv:5 R05 parent\nunits.csv:6 R05 parent\n"
                "posts.csv:13 R07 place\n"},
        {POSTS, "p0302,周正", "p0302,\"周\"正", "posts.csv:18 R01 quotes\n"},
        /* R02: full-width digits, a length, a tail */
        {UNITS, "150622103P0018,party_group,,昌和第一党小组,,,,,,2025-01-01,,\n",
                "150622103P0018,party_group,,昌和第一党小组,,,,,,2025-01-01,,\n"
                "1506221030010０1,grid,base,x,,,,,,,,\n",
                "units.csv:13 R02 digit\n"},
        {UNITS, "150622103203,village,village",
                "1506221032,grid,base,x,,,,,,,,\n"
                "150622103203,village,village",
                "units.csv:3 R02 length\n"},
        {UNITS, "150622103203,village,village",
                "150622103203700,grid,base,x,,,,,,,,\n"
                "150622103203,village,village",
                "units.csv:3 R02 tail\n"},
        {UNITS, "150622103203,village,village",
                "150622103P17,party_group,,x,,,,,,,,\n"
                "150622103203,village,village",
                "units.csv:3 R02 group\n"},
        {DEPARTMENTS, "150622D0004", "150622103203D0004", "departments.csv:4 R02 department\n"},
        /* R03 */
        {UNITS, "150622103203,village", "150622103203,grid", "units.csv:3 R03 kind\n"},
        {UNITS, "village,community", "village,village", "units.csv:4 R03 subkind\n"},
        {UNITS, "grid,dedicated", "grid,base", "units.csv:6 R03 subkind\n"},
        {UNITS, "micro_grid,building", "micro_grid,", "units.csv:10 R03 subkind\n"},
        {DEPARTMENTS, "mediation_body", "court",
                "posts.csv:18 R07 kind\ndepartments.csv:3 R03 kind\n"},
        /* R04 */
        {UNITS, "150622103203,village",
                "150622103,township,,纳日松镇,,,,,,,,\n150622103203,village",
                "units.csv:3 R04 code\n"},
        {POSTS, "p0043,", "p0042,苏和,grid_worker,150622103203004,,2025-03-01,\np0043,",
                "posts.csv:3 R04 row\n"},
        {POSTS, "p0043,", "p0042,苏和,grid_worker,150622103203004,,2025-05-01,\np0043,",
                "posts.csv:3 R04 row\n"},
        {DEPARTMENTS, "150622D0004", "150622103D0001", "departments.csv:4 R04 id\n"},
        /* R05 */
        {UNITS, "150622103001001001,micro_grid,building",
                "150622103001003001,micro_grid,building,x,,,,,150622103P0018,,,\n"
                "150622103001001001,micro_grid,building",
                "units.csv:10 R05 parent\nunits.csv:10 W01 head\n"},
        {UNITS, "150622103203,village", "150622104,township,,暖水,,,,,,,,\n150622103203,village",
                "units.csv:3 R05 outside\n"},
        {DEPARTMENTS, "150622D0004", "150622104D0004", "departments.csv:4 R05 parent\n"},
        /* R06 */
        {UNITS, "50,,,150622103P0018", "50,,,150622103P0017",
                "units.csv:10 R06 villages\nunits.csv:12 W07 micro_grid\n"},
        {UNITS, "50,,,150622103P0018", "50,,,150622103P0019",
                "units.csv:10 R06 unknown\nunits.csv:12 W07 micro_grid\n"},
        {UNITS, "50,,,150622103P0018", "50,,,150622102P0018",
                "units.csv:10 R06 township\nunits.csv:12 W07 micro_grid\n"},
        {UNITS, "第四网格,,86,,,", "第四网格,,86,,,150622103P0017",
                "units.csv:5 R06 not_micro_grid\n"},
        /* R07 */
        {POSTS, "p0007,赵明,clerk", "p0007,赵明,clark", "posts.csv:15 R07 role\n"},
        {POSTS, "p0007,赵明,clerk,150622103", "p0007,赵明,clerk,150622103203",
                "posts.csv:15 R07 kind\n"},
        {POSTS, "p0007,赵明,clerk,150622103", "p0007,赵明,officer,150622103D0009",
                "posts.csv:15 R07 place\n"},
        {POSTS, "p0301,孙立,officer", "p0301,孙立,mediator", "posts.csv:17 R07 kind\n"},
        {POSTS, "officer,150622103D0001", "officer,150622D0004", "posts.csv:17 R07 above\n"},
        /* R08 */
        {POSTS, "p0007,", "p0203,山丹,village_secretary,150622103203,,2026-01-01,\np0007,",
                "posts.csv:15 R08 holders\n"},
        /* R09 */
        {POSTS, "p0107,吴桂兰,group", "p0107,吴桂花,group", "posts.csv:11 R09 two_names\n"},
        {POSTS, "p0007,", "P0007,", "posts.csv:15 R09 key\n"},
        {POSTS, "p0007,赵明,clerk,150622103,,2025-01-01", "p0007,赵明,clerk,150622103,,2025-02-29",
                "posts.csv:15 R09 date\n"},
        {POSTS, "p0007,赵明,clerk,150622103,,2025-01-01", "p0007,赵明,clerk,150622103,,0025-01-01",
                "posts.csv:15 R09 date\n"},
        {POSTS, "00013900042", "139 0004", "posts.csv:2 R09 phone\n"},
        {POSTS, "赵明", "赵\t明", "posts.csv:15 R09 character\n"},
        {POSTS, "赵明", "\"赵\n明\"", "posts.csv:15 R09 character\n"},
        {POSTS, "赵明", "", "posts.csv:15 R09 name\n"},
        {UNITS, "第四网格,,86", "第四网格,,8６", "units.csv:5 R09 number\n"},
        {UNITS, "39.5500000", "39.55000000", "units.csv:2 R09 number\n"},
        {UNITS, "39.5500000", "", "units.csv:2 R09 number\n"},
        {UNITS, "一号楼", "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一",
                "units.csv:10 R09 name\n"},
        {DEPARTMENTS, "0101;0102", "0101;;0102", "departments.csv:4 R09 list\n"},
        {DEPARTMENTS, "0101;0102", "0101;102", "departments.csv:4 R09 list\n"},
        {DEPARTMENTS, "rotating", "sometimes", "departments.csv:4 R09 word\n"},
        /* R10 */
        {POSTS, "2027-12-31", "2025-02-28", "units.csv:10 W01 head\nposts.csv:10 R10 order\n"},
        {UNITS, "吴家沟社一联户,,45,,,150622103P0017,2025-01-01,,",
                "吴家沟社一联户,,45,,,150622103P0017,2025-01-01,,150622103203004009",
                "units.csv:9 R10 successor\n"},
        /* warnings */
        {POSTS, "p0109,乌兰,head,150622103001001001,,2025-03-01,2027-12-31\n", "",
                "units.csv:10 W01 head\n"},
        {POSTS, "p0109,乌兰,head,150622103001001001,,2025-03-01,2027-12-31\n",
                "p0109,乌兰,head,150622103001001001,,2025-03-01,2026-07-15\n",
                "units.csv:10 W01 head\n"},
        {POSTS, "p0044,李强,grid_worker,150622103001001,,2025-03-01,\n", "",
                "units.csv:7 W02 grid_worker\n"},
        {POSTS, "p0052,白云,grid_chief,150622103001001,,2025-03-01,\n", "",
                "units.csv:7 W03 grid_chief\n"},
        {UNITS, "150622103001001001,micro_grid,building,一号楼,,50,,,150622103P0018",
                "150622103001001001,micro_grid,building,一号楼,,50,,,150622103P0018,2025-01-01,"
                "2025-12-31,\n150622103203004003,micro_grid,building,x,,0,,,150622103P0017",
                "units.csv:7 W04 micro_grid\nunits.csv:11 W01 head\nunits.csv:13 W07 micro_grid\n"
                "posts.csv:10 W11 post\n"},
        {POSTS, "p0202,林海,village_secretary,150622103001,,2025-01-01,\n", "",
                "units.csv:4 W05 village_secretary\n"},
        {UNITS, "45,,,150622103P0017", "45,,,", "units.csv:9 W06 party_group\n"},
        {POSTS, "p0110,陈光,group_leader,150622103P0018,,2025-03-01,\n", "",
                "units.csv:12 W07 group_leader\n"},
        {POSTS, "p0007,赵明,clerk", "p0009,钱进,clerk", "posts.csv:16 W08 name\n"},
        {UNITS, "150622103203004,grid",
                "150622103498,village,community,虚拟,,,,,,,,\n150622103203004,grid",
                "units.csv:5 W09 virtual\nunits.csv:5 W05 village_secretary\n"},
        {UNITS, "39.51,110.41", "39.51,111.41", "units.csv:8 W10 centroid\n"},
        {UNITS, "150622103001001,grid,base,昌和第一网格,,50,,,,2025-01-01,",
                "150622103001001,grid,base,昌和第一网格,,50,,,,2025-01-01,2027-12-31",
                "units.csv:10 W11 child\nposts.csv:4 W11 post\nposts.csv:7 W11 post\n"},
        {UNITS, "第四网格,,86", "第四网格,,96", "units.csv:5 W12 households\n"},
        {DEPARTMENTS, "0103", "0104", "departments.csv:4 W13 unknown\n"},
};

static struct grid_roster *read_changed(
        int file, const char *old, const char *fresh, struct told *told)
{
    const char *const good[] = {good_units, good_posts, good_departments};
    char *changed = replaced(good[file], old, fresh);
    struct grid_roster *roster =
            read_texts(file == UNITS ? changed : good_units, file == POSTS ? changed : good_posts,
                    file == DEPARTMENTS ? changed : good_departments, NULL, told);
    free(changed);
    return roster;
}

static void every_planted_defect_is_found_with_its_line(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
        const struct plant *plant = &plants[i];
        struct told told;
        struct grid_roster *roster = read_changed(plant->file, plant->old, plant->fresh, &told);
        bool error = strstr(told.text, " R") != NULL;
        if (strcmp(told.text, plant->found) != 0 || error != (roster == NULL)) {
            print_message("%s -> %s\nexpected %sfound    %s", plant->old, plant->fresh,
                    plant->found, told.text);
            failed++;
        }
        grid_roster_close(roster);
    }
    assert_int_equal(failed, 0);
}

/* --- against the roster that is loaded --- */

/* The files again, with one text of units.csv changed, against the good township. */
static void against_loaded(const struct grid_roster *loaded, const char *units, const char *found)
{
    struct told told;
    struct grid_roster *roster = read_texts(units, good_posts, good_departments, loaded, &told);
    assert_string_equal(told.text, found);
    grid_roster_close(roster);
}

static void a_code_that_has_ended_is_not_used_again(void **state)
{
    (void)state;
    char *ended = replaced(good_units, "150622103P0017,party_group",
            "150622103203004003,micro_grid,building,东楼,,,,,150622103P0017,2025-01-01,"
            "2026-01-31,\n150622103P0017,party_group");
    struct told told;
    struct grid_roster *loaded = read_texts(ended, good_posts, good_departments, NULL, &told);
    assert_string_equal(told.text, "");
    against_loaded(loaded, ended, ""); /* it may stand there, ended */
    char *again = replaced(ended, "2026-01-31", "");
    against_loaded(loaded, again, "units.csv:11 R11 ended\nunits.csv:11 W01 head\n");
    grid_roster_close(loaded);
    free(ended);
    free(again);
}

static void a_parent_may_be_in_the_loaded_roster_and_stays(void **state)
{
    (void)state;
    struct grid_roster *loaded = read_good();
    char *units = replaced(good_units,
            "150622103,township,,纳日松镇,,,39.5500000,110.4500000,,2025-01-01,,\n", "");
    char *fewer = replaced(units,
            "150622103203,village,village,柳塔村,,412,39.5,110.4,,"
            "2025-01-01,,\n",
            "");
    struct told told;
    struct grid_roster *roster = read_texts(fewer, good_posts, good_departments, loaded, &told);
    assert_string_equal(told.text, "");
    assert_non_null(grid_roster_unit(roster, bytes_text("150622103203")));
    assert_non_null(grid_roster_unit(roster, bytes_text("150622103")));
    grid_roster_close(roster);
    roster = read_texts(fewer, good_posts, good_departments, NULL, &told);
    assert_null(roster);
    grid_roster_close(loaded);
    free(units);
    free(fewer);
}

/* --- the bytes of a file --- */

static void a_bom_and_crlf_are_accepted(void **state)
{
    (void)state;
    char crlf[8192] = "\xef\xbb\xbf";
    size_t size = 3;
    for (const char *at = good_posts; *at != '\0'; at++) {
        if (*at == '\n')
            crlf[size++] = '\r';
        crlf[size++] = *at;
    }
    crlf[size - 2] = '\0'; /* the last line without its end */
    struct told told;
    struct grid_roster *roster = read_texts(good_units, crlf, good_departments, NULL, &told);
    assert_string_equal(told.text, "");
    assert_non_null(roster);
    grid_roster_close(roster);
}

static void gb18030_is_read_when_it_is_no_utf8(void **state)
{
    (void)state;
    /* 司法所 in GB18030, and one character of four bytes (㐀) */
    char *posts = replaced(
            good_departments, "纳日松镇司法所", "\xcb\xbe\xb7\xa8\xcb\xf9\x81\x39\xee\x39");
    char *one = replaced(posts, "纳日松镇人民调解委员会", "a");
    char *two = replaced(one, "准格尔旗自然资源局", "b");
    struct told told;
    struct grid_roster *roster = read_texts(good_units, good_posts, two, NULL, &told);
    assert_string_equal(told.text, "");
    const struct grid_department *department =
            grid_roster_department(roster, bytes_text("150622103D0001"));
    assert_true(bytes_equal(department->name, bytes_text("司法所㐀")));
    grid_roster_close(roster);
    free(posts);
    free(one);
    free(two);
}

static void unreadable_files_are_named_and_their_rows_not_blamed(void **state)
{
    (void)state;
    struct told told;
    assert_null(read_texts("\xff\xfe\xff\xff", good_posts, good_departments, NULL, &told));
    assert_string_equal(told.text, "units.csv:1 R01 encoding\n");
    assert_null(read_texts(good_units, NULL, good_departments, NULL, &told));
    assert_string_equal(told.text, "posts.csv:1 R01 missing\n");
    assert_null(read_texts(good_units, good_posts, "", NULL, &told));
    assert_string_equal(told.text, "departments.csv:1 R01 header\n");
}

static void a_broken_line_does_not_hide_the_next(void **state)
{
    (void)state;
    struct told told;
    char *posts = replaced(good_posts, "p0007,赵明", "\"p00\"07,赵明");
    char *worse = replaced(posts, "p0008,钱进,director", "p0008,钱进,directress");
    assert_null(read_texts(good_units, worse, good_departments, NULL, &told));
    assert_string_equal(told.text, "posts.csv:15 R01 quotes\nposts.csv:16 R07 role\n");
    free(posts);
    free(worse);
    posts = replaced(good_posts, "p0302,周正", "p0302,\"周正");
    assert_null(read_texts(good_units, posts, good_departments, NULL, &told));
    assert_string_equal(told.text, "posts.csv:18 R01 quotes\n");
    free(posts);
}

static void a_nul_or_a_lone_carriage_return_is_no_text(void **state)
{
    (void)state;
    char posts[sizeof(good_posts)];
    memcpy(posts, good_posts, sizeof(posts));
    char *at = strstr(posts, "赵明");
    for (unsigned i = 0; i < 2; i++) {
        at[0] = i == 0 ? '\0' : '\r';
        at[1] = at[2] = 'x';
        const struct grid_roster_files files = {.units = bytes_text(good_units),
                .posts = bytes_of(posts, sizeof(posts) - 1),
                .departments = bytes_text(good_departments)};
        struct grid_roster *roster = NULL;
        struct grid_finding_counts counts;
        struct told told = {0};
        assert_int_equal(grid_roster_read(&roster, &files, NULL, bytes_text(CENTRE), TODAY,
                                 tell_finding, &told, &counts, NULL),
                GRID_OK);
        assert_null(roster);
        assert_string_equal(told.text, "posts.csv:15 R01 control\n");
        assert_int_equal(counts.errors, 1);
        assert_int_equal(counts.warnings, 0);
    }
}

static void quoted_fields_may_hold_commas_quotes_and_spaces(void **state)
{
    (void)state;
    char *units = replaced(good_units, "一号楼", "\" 一,\"\"号\"\"楼\"");
    struct told told;
    struct grid_roster *roster = read_texts(units, good_posts, good_departments, NULL, &told);
    assert_string_equal(told.text, "");
    const struct grid_unit *unit = grid_roster_unit(roster, bytes_text("150622103001001001"));
    assert_true(bytes_equal(unit->name, bytes_text(" 一,\"号\"楼")));
    grid_roster_close(roster);
    free(units);
}

static void a_finding_has_four_arguments_and_no_control_characters(void **state)
{
    (void)state;
    struct told told;
    char long_name[1024];
    memset(long_name, 'x', sizeof(long_name));
    memcpy(long_name + 3, "\x1f\x1b", 2);
    long_name[sizeof(long_name) - 1] = '\0';
    char *posts = replaced(good_posts, "00013900042", long_name);
    assert_null(read_texts(good_units, posts, good_departments, NULL, &told));
    assert_string_equal(told.last.code, "R09");
    char expected[256];
    snprintf(expected, sizeof(expected), "phone" GRID_ARG "phone" GRID_ARG "xxx  %.115s…" GRID_ARG,
            long_name + 5);
    assert_string_equal(told.last.text, expected);
    free(posts);
}

/* Any bytes at all: rows, findings or both, and never a roster with an error. */
static void noise_is_answered_with_findings(void **state)
{
    (void)state;
    const char *const texts[] = {good_units, good_posts, good_departments};
    const size_t sizes[] = {
            sizeof(good_units) - 1, sizeof(good_posts) - 1, sizeof(good_departments) - 1};
    static const uint8_t salt[] = {'"', ',', '\n', '\r', 0, 0xff, '0', ';', 'P', 0x80};
    uint64_t seed = 42;
    for (unsigned round = 0; round < 3000; round++) {
        char copies[3][4096];
        struct bytes files[3];
        for (size_t i = 0; i < 3; i++) {
            memcpy(copies[i], texts[i], sizes[i]);
            files[i] = bytes_of(copies[i], sizes[i]);
        }
        for (unsigned change = 0; change <= round % 7; change++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            size_t file = (seed >> 60) % 3;
            copies[file][(seed >> 33) % sizes[file]] = (char)salt[(seed >> 56) % sizeof(salt)];
            if ((seed >> 20) % 8 == 0)
                files[file].size = (seed >> 40) % (sizes[file] + 1);
        }
        const struct grid_roster_files given = {
                .units = files[0], .posts = files[1], .departments = files[2]};
        struct grid_roster *roster = NULL;
        struct grid_finding_counts counts;
        struct told told = {0};
        assert_int_equal(grid_roster_read(&roster, &given, NULL, bytes_text(CENTRE), TODAY,
                                 tell_finding, &told, &counts, NULL),
                GRID_OK);
        assert_int_equal(roster == NULL, counts.errors > 0);
        grid_roster_close(roster);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_roster_in_order_has_no_findings),
            cmocka_unit_test(every_planted_defect_is_found_with_its_line),
            cmocka_unit_test(a_code_that_has_ended_is_not_used_again),
            cmocka_unit_test(a_parent_may_be_in_the_loaded_roster_and_stays),
            cmocka_unit_test(a_bom_and_crlf_are_accepted),
            cmocka_unit_test(gb18030_is_read_when_it_is_no_utf8),
            cmocka_unit_test(unreadable_files_are_named_and_their_rows_not_blamed),
            cmocka_unit_test(a_broken_line_does_not_hide_the_next),
            cmocka_unit_test(a_nul_or_a_lone_carriage_return_is_no_text),
            cmocka_unit_test(quoted_fields_may_hold_commas_quotes_and_spaces),
            cmocka_unit_test(a_finding_has_four_arguments_and_no_control_characters),
            cmocka_unit_test(noise_is_answered_with_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
