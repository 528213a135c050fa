/* Rosters of several writers in one node: the nearest centre speaks for a place, and nobody for
 * what is not under it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "roster_texts.h"

#define BANNER "150622"
#define OTHER_TOWN "150622104"

/* The banner knows of a village that has ended in the township's own roster, calls the township by
 * an old name and lists a clerk there. */
static const char banner_units[] =
        "code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to,"
        "successors\n"
        "150622,banner,,准格尔旗,,,,,,2025-01-01,,\n"
        "150622103,township,,旧名镇,,,,,,2025-01-01,,\n"
        "150622103208,village,village,阿贵庙村,,,,,,2025-01-01,,\n"
        "150622104,township,,龙口镇,,,,,,2025-01-01,,\n"
        "150622104201,village,village,台子梁村,,,,,,2025-01-01,,\n";
static const char banner_posts[] = "person,name,role,place,phone,from,to\n"
                                   "p0001,旗张,clerk,150622,,2025-01-01,\n"
                                   "p0007,旗里的人,clerk,150622103,,2025-01-01,\n"
                                   "p0900,龙口书记,village_secretary,150622104201,,2025-01-01,\n";
static const char banner_departments[] =
        "id,name,kind,stationing,routes,valid_from,valid_to\n"
        "150622D0004,准格尔旗自然资源局,department,,0101,2025-01-01,\n"
        "150622D0005,准格尔旗能源局,department,,,2025-01-01,\n";

static struct grid_roster *read_banner(void)
{
    const struct grid_roster_files files = {.units = bytes_text(banner_units),
            .posts = bytes_text(banner_posts),
            .departments = bytes_text(banner_departments)};
    struct grid_roster *roster = NULL;
    struct grid_finding_counts counts;
    struct told told = {0};
    assert_int_equal(grid_roster_read(&roster, &files, NULL, bytes_text(BANNER), TODAY,
                             tell_finding, &told, &counts, NULL),
            GRID_OK);
    if (roster == NULL)
        print_message("%s", told.text);
    assert_non_null(roster);
    return roster;
}

struct taking {
    struct grid_roster *into;
    uint8_t leaf;
};

static enum grid_status take_body(void *context, enum grid_kind kind, struct bytes body)
{
    const struct taking *taking = context;
    uint8_t leaf[GRID_HASH_BYTES];
    memset(leaf, taking->leaf, sizeof(leaf));
    bool newer = false;
    struct grid_error error = {0};
    enum grid_status status = GRID_OK;
    if (kind == GRID_KIND_ROWS) {
        struct rows_body rows;
        assert_int_equal(body_read_rows(body, &rows, &newer, NULL), GRID_OK);
        status = roster_take_rows(taking->into, &rows, &error);
    } else {
        struct roster_body roster;
        assert_int_equal(body_read_roster(body, &roster, &newer, NULL), GRID_OK);
        status = roster_take_roster(taking->into, &roster, leaf, &error);
    }
    if (status != GRID_OK)
        print_message("%s %s\n", error.reason, error.detail);
    return status;
}

/* What the centre of `unit` would write after reading these files, taken by `into`; its rv. */
static uint64_t take(
        struct grid_roster *into, const char *unit, const struct grid_roster *files, uint8_t leaf)
{
    struct taking taking = {into, leaf};
    struct grid_roster *writer = NULL;
    bool changed = false;
    assert_int_equal(grid_roster_open(&writer), GRID_OK);
    assert_int_equal(
            roster_step(writer, files, bytes_text(unit), &changed, take_body, &taking, NULL),
            GRID_OK);
    assert_true(changed);
    grid_roster_close(writer);
    return (uint64_t)1 << 32 | (uint64_t)leaf * 0x01010101;
}

struct both {
    struct grid_roster *town_files, *banner_files, *roster;
    uint64_t town_rv, banner_rv;
};

/* `own` is the unit of the node that holds both. */
static struct both open_both(const char *own, bool banner_first)
{
    struct both both = {.town_files = read_good(), .banner_files = read_banner()};
    assert_int_equal(grid_roster_open(&both.roster), GRID_OK);
    roster_belongs_to(both.roster, bytes_text(own));
    for (int turn = 0; turn < 2; turn++)
        if ((turn == 0) == banner_first)
            both.banner_rv = take(both.roster, BANNER, both.banner_files, 0xbb);
        else
            both.town_rv = take(both.roster, CENTRE, both.town_files, 0xcc);
    return both;
}

static void close_both(struct both *both)
{
    grid_roster_close(both->roster);
    grid_roster_close(both->town_files);
    grid_roster_close(both->banner_files);
}

static bool append_code(void *context, const struct grid_unit *unit)
{
    struct told *told = context;
    told->size += (size_t)snprintf(told->text + told->size, sizeof(told->text) - told->size,
            "%.*s ", (int)unit->code.size, unit->code.data);
    return true;
}

static bool append_post(void *context, const struct grid_post *post)
{
    struct told *told = context;
    told->size +=
            (size_t)snprintf(told->text + told->size, sizeof(told->text) - told->size, "%.*s@%.*s ",
                    (int)post->name.size, post->name.data, (int)post->place.size, post->place.data);
    return true;
}

static bool append_department(void *context, const struct grid_department *department)
{
    struct told *told = context;
    told->size += (size_t)snprintf(told->text + told->size, sizeof(told->text) - told->size,
            "%.*s ", (int)department->id.size, department->id.data);
    return true;
}

static void the_nearest_centre_speaks_for_a_place(void **state)
{
    (void)state;
    static const char *const owns[] = {CENTRE, BANNER};
    for (int turn = 0; turn < 4; turn++) {
        struct both both = open_both(owns[turn % 2], turn < 2);
        const struct grid_roster *roster = both.roster;
        struct bytes name = grid_roster_unit(roster, bytes_text(CENTRE))->name;
        assert_true(bytes_equal(name, bytes_text("纳日松镇")));
        assert_null(grid_roster_unit(roster, bytes_text("150622103208")));
        assert_non_null(grid_roster_unit(roster, bytes_text(BANNER)));
        assert_non_null(grid_roster_unit(roster, bytes_text(OTHER_TOWN "201")));

        /* one order of codes out of both, each place once */
        struct told told = {0};
        grid_roster_each_unit(roster, bytes_text(""), false, append_code, &told);
        assert_string_equal(told.text,
                "150622 150622103 150622103001 150622103001001 150622103001001001 150622103203 "
                "150622103203004 150622103203004001 150622103203004002 150622103203701 150622104 "
                "150622104201 ");
        memset(&told, 0, sizeof(told));
        grid_roster_each_unit(roster, bytes_text(OTHER_TOWN), false, append_code, &told);
        assert_string_equal(told.text, "150622104 150622104201 ");

        memset(&told, 0, sizeof(told));
        grid_roster_each_post(roster, bytes_text(CENTRE), TODAY, append_post, &told);
        assert_string_equal(told.text, "赵明@150622103 钱进@150622103 ");
        memset(&told, 0, sizeof(told));
        grid_roster_each_department(roster, bytes_text(BANNER), append_department, &told);
        assert_string_equal(told.text, "150622D0004 150622D0005 ");

        const struct grid_unit *unit = NULL;
        assert_int_equal(
                grid_roster_find_unit(roster, bytes_text("台子梁村"), &unit, NULL), GRID_OK);
        assert_int_equal(
                grid_roster_find_unit(roster, bytes_text("旧名镇"), &unit, NULL), GRID_NOT_FOUND);
        close_both(&both);
    }
}

static bool listed(const struct both *both, uint64_t rv, const char *unit, const char *key,
        unsigned role, const char *place)
{
    uint8_t person[GRID_ID_BYTES];
    assert_int_equal(person_id(person, bytes_text(unit), bytes_text(key)), GRID_OK);
    return roster_post_listed(both->roster, rv, person, role, bytes_text(place));
}

static void a_roster_binds_what_is_under_its_centre(void **state)
{
    (void)state;
    struct both both = open_both(CENTRE, true);
    assert_true(both.town_rv != both.banner_rv);
    assert_true(roster_rv(both.roster) == both.town_rv);
    /* the banner's version is cited for places under the banner, the township's for its own alone
     */
    assert_true(roster_holds(both.roster, both.banner_rv, bytes_text(BANNER)));
    assert_true(roster_holds(both.roster, both.banner_rv, bytes_text(OTHER_TOWN)));
    assert_true(roster_holds(both.roster, both.town_rv, bytes_text(CENTRE)));
    assert_false(roster_holds(both.roster, both.town_rv, bytes_text(BANNER)));
    assert_false(roster_holds(both.roster, both.town_rv, bytes_text(OTHER_TOWN)));

    assert_true(listed(&both, both.banner_rv, BANNER, "p0001", GRID_ROLE_CLERK, BANNER));
    assert_false(listed(&both, both.town_rv, BANNER, "p0001", GRID_ROLE_CLERK, BANNER));
    assert_true(listed(&both, both.town_rv, CENTRE, "p0007", GRID_ROLE_CLERK, CENTRE));
    assert_true(roster_office_staffed(both.roster, both.banner_rv, bytes_text(BANNER)));
    assert_false(roster_office_staffed(both.roster, both.town_rv, bytes_text(BANNER)));
    close_both(&both);
}

static void posts_of_a_person_come_from_who_speaks_for_the_place(void **state)
{
    (void)state;
    struct both both = open_both(BANNER, false);
    uint8_t person[GRID_ID_BYTES];
    struct told told = {0};
    assert_int_equal(person_id(person, bytes_text(CENTRE), bytes_text("p0007")), GRID_OK);
    grid_roster_each_post_of(both.roster, person, TODAY, append_post, &told);
    assert_string_equal(told.text, "赵明@150622103 ");
    assert_true(roster_rv(both.roster) == both.banner_rv);
    assert_int_equal(grid_roster_person_by_key(both.roster, bytes_text(OTHER_TOWN),
                             bytes_text("p0900"), person, NULL),
            GRID_OK);
    close_both(&both);
}

static void while_the_own_roster_is_missing_the_one_above_is_cited(void **state)
{
    (void)state;
    struct grid_roster *files = read_banner();
    struct grid_roster *roster = NULL;
    assert_int_equal(grid_roster_open(&roster), GRID_OK);
    roster_belongs_to(roster, bytes_text(OTHER_TOWN));
    assert_true(roster_rv(roster) == 0);
    uint64_t rv = take(roster, BANNER, files, 0xbb);
    assert_true(roster_rv(roster) == rv);
    assert_int_equal(roster_version(roster), 0); /* its own centre has written none */
    assert_true(roster_holds(roster, rv, bytes_text(OTHER_TOWN)));
    grid_roster_close(roster);
    grid_roster_close(files);
}

static void slots_are_counted_by_unit(void **state)
{
    (void)state;
    struct grid_roster *roster = NULL;
    assert_int_equal(grid_roster_open(&roster), GRID_OK);
    roster_belongs_to(roster, bytes_text(CENTRE));
    struct device_body device = {.unit = bytes_text(OTHER_TOWN), .slot = 10, .identity = {1}};
    assert_int_equal(roster_take_device(roster, &device), GRID_OK);
    assert_int_equal(roster_slot_next(roster, 10), 10);
    device = (struct device_body){.unit = bytes_text(CENTRE), .slot = 10, .identity = {2}};
    assert_int_equal(roster_take_device(roster, &device), GRID_OK);
    assert_int_equal(roster_slot_next(roster, 10), 11);
    grid_roster_close(roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_nearest_centre_speaks_for_a_place),
            cmocka_unit_test(a_roster_binds_what_is_under_its_centre),
            cmocka_unit_test(posts_of_a_person_come_from_who_speaks_for_the_place),
            cmocka_unit_test(while_the_own_roster_is_missing_the_one_above_is_cited),
            cmocka_unit_test(slots_are_counted_by_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
