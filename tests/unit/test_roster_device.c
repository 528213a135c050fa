/* Who is enrolled, whose author is whose, and up to where a cut stream counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/roster/roster.h"

#include <string.h>

static struct grid_roster *opened(void)
{
    struct grid_roster *roster = NULL;
    assert_int_equal(grid_roster_open(&roster), GRID_OK);
    return roster;
}

static struct device_body device_of(uint8_t identity, uint8_t person, unsigned slot)
{
    struct device_body body = {.unit = bytes_text("150622103"), .slot = slot};
    memset(body.identity, identity, sizeof(body.identity));
    memset(body.person, person, sizeof(body.person));
    return body;
}

static void take_device(struct grid_roster *roster, uint8_t identity, uint8_t person, unsigned slot)
{
    struct device_body body = device_of(identity, person, slot);
    assert_int_equal(roster_take_device(roster, &body), GRID_OK);
}

static void take_author(struct grid_roster *roster, uint8_t author, uint8_t identity)
{
    uint8_t id[GRID_ID_BYTES];
    uint8_t key[GRID_KEY_BYTES];
    memset(id, author, sizeof(id));
    memset(key, identity, sizeof(key));
    assert_int_equal(roster_take_author(roster, id, key), GRID_OK);
}

static bool find(const struct grid_roster *roster, uint8_t author, struct roster_author *out)
{
    uint8_t id[GRID_ID_BYTES];
    memset(id, author, sizeof(id));
    return roster_author_find(roster, id, out);
}

static uint64_t cut_at(const struct grid_roster *roster, uint8_t author, uint8_t lane)
{
    uint8_t id[GRID_ID_BYTES];
    memset(id, author, sizeof(id));
    return roster_cut_position(roster, id, lane);
}

static bool count_device(void *context, const struct grid_device *device)
{
    (void)device;
    ++*(size_t *)context;
    return true;
}

static size_t device_count(const struct grid_roster *roster)
{
    size_t count = 0;
    grid_roster_each_device(roster, count_device, &count);
    return count;
}

static void an_author_leads_to_its_person_or_centre(void **state)
{
    (void)state;
    struct grid_roster *roster = opened();
    struct roster_author author;
    take_author(roster, 0xa1, 1); /* INCARNATE may come before DEVICE */
    assert_false(find(roster, 0xa1, &author));
    take_device(roster, 1, 0x77, 10);
    struct centre_body centre = {.unit = bytes_text("150622103"), .name = bytes_text("综治中心")};
    memset(centre.identity, 2, sizeof(centre.identity));
    assert_int_equal(roster_take_centre(roster, &centre), GRID_OK);
    assert_int_equal(roster_take_centre(roster, &centre), GRID_OK);
    take_author(roster, 0xa2, 2);
    take_author(roster, 0xa3, 1); /* a second incarnation */

    assert_true(find(roster, 0xa1, &author));
    assert_false(author.is_centre);
    assert_int_equal(author.slot, 10);
    assert_int_equal(author.person[0], 0x77);
    assert_true(bytes_equal(author.unit, bytes_text("150622103")));
    assert_true(find(roster, 0xa3, &author));
    assert_int_equal(author.slot, 10);
    assert_true(find(roster, 0xa2, &author));
    assert_true(author.is_centre);
    assert_true(bytes_equal(author.unit, bytes_text("150622103")));
    assert_false(find(roster, 0xa4, &author));

    uint8_t identity[GRID_KEY_BYTES];
    memset(identity, 2, sizeof(identity));
    assert_true(roster_identity_enrolled(roster, identity));
    assert_null(roster_device_of(roster, identity));
    memset(identity, 3, sizeof(identity));
    assert_false(roster_identity_enrolled(roster, identity));
    assert_int_equal(device_count(roster), 1);
    grid_roster_close(roster);
}

static void an_author_stays_with_its_first_identity(void **state)
{
    (void)state;
    struct grid_roster *roster = opened();
    take_device(roster, 1, 0x77, 10);
    take_device(roster, 2, 0x78, 11);
    take_author(roster, 0xa1, 1);
    take_author(roster, 0xa1, 2);
    struct roster_author author;
    assert_true(find(roster, 0xa1, &author));
    assert_int_equal(author.person[0], 0x77);
    grid_roster_close(roster);
}

static void an_enrolment_is_for_good(void **state)
{
    (void)state;
    struct grid_roster *roster = opened();
    take_device(roster, 1, 0x77, 10);
    take_device(roster, 1, 0x77, 10); /* a repeat */
    assert_int_equal(device_count(roster), 1);
    take_device(roster, 1, 0x78, 12); /* somebody else's: not his */
    uint8_t identity[GRID_KEY_BYTES];
    memset(identity, 1, sizeof(identity));
    assert_int_equal(roster_device_of(roster, identity)->person[0], 0x77);
    take_device(roster, 1, 0x77, 13); /* a new slot, counters were used up */
    assert_int_equal(roster_device_of(roster, identity)->slot, 13);
    take_device(roster, 1, 0x77, 10); /* the old entry again */
    assert_int_equal(roster_device_of(roster, identity)->slot, 13);
    grid_roster_close(roster);
}

static void a_slot_is_never_given_twice(void **state)
{
    (void)state;
    struct grid_roster *roster = opened();
    assert_int_equal(roster_slot_next(roster, 10), 10);
    take_device(roster, 1, 0x77, 10);
    take_device(roster, 2, 0x77, 11);
    take_device(roster, 3, 0x78, 13);
    assert_int_equal(roster_slot_next(roster, 10), 12);
    assert_int_equal(roster_slot_next(roster, 13), 14);
    assert_int_equal(roster_slot_next(roster, 1), 1);
    take_device(roster, 4, 0x78, GRID_SLOT_MAX);
    assert_int_equal(roster_slot_next(roster, GRID_SLOT_MAX), 0);
    grid_roster_close(roster);
}

static struct cut_position position_of(uint8_t author, uint8_t lane, uint64_t seq)
{
    struct cut_position position = {.lane = lane, .seq = seq};
    memset(position.author, author, sizeof(position.author));
    return position;
}

/* F43: a cut names a position; before it all counts, and what it does not list is cut at 0. */
static void a_cut_ends_every_stream_of_its_identity(void **state)
{
    (void)state;
    struct grid_roster *roster = opened();
    take_device(roster, 1, 0x77, 10);
    take_author(roster, 0xa1, 1);
    take_author(roster, 0xa2, 1);
    take_author(roster, 0xb1, 2);
    assert_true(cut_at(roster, 0xa1, 1) == UINT64_MAX);
    struct cut_position positions[] = {position_of(0xa1, 1, 40), position_of(0xa1, 0, 3)};
    struct cut_body cut = {.positions = positions, .position_count = 2};
    memset(cut.identity, 1, sizeof(cut.identity));
    assert_int_equal(roster_take_cut(roster, &cut), GRID_OK);
    assert_int_equal(roster_take_cut(roster, &cut), GRID_OK);
    positions[0].seq = 99; /* the roster has its own copy */
    assert_true(cut_at(roster, 0xa1, 1) == 40);
    assert_true(cut_at(roster, 0xa1, 0) == 3);
    assert_true(cut_at(roster, 0xa2, 1) == 0);
    assert_true(cut_at(roster, 0xb1, 1) == UINT64_MAX);
    assert_true(cut_at(roster, 0xc1, 1) == UINT64_MAX);
    take_author(roster, 0xa3, 1); /* an incarnation made after the cut */
    assert_true(cut_at(roster, 0xa3, 1) == 0);

    /* a second cut only takes away, in whatever order the two come */
    positions[0] = position_of(0xa1, 1, 50);
    positions[1] = position_of(0xa1, 0, 2);
    assert_int_equal(roster_take_cut(roster, &cut), GRID_OK);
    assert_true(cut_at(roster, 0xa1, 1) == 40);
    assert_true(cut_at(roster, 0xa1, 0) == 2);
    cut.position_count = 0;
    assert_int_equal(roster_take_cut(roster, &cut), GRID_OK);
    assert_true(cut_at(roster, 0xa1, 1) == 0);
    grid_roster_close(roster);
}

static void many_devices_are_found_again(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    struct grid_roster *roster = opened();
    for (unsigned i = 0; i < MANY; i++) {
        struct device_body body = device_of(0, 0x77, i + 1);
        put_u32(body.identity, i);
        assert_int_equal(roster_take_device(roster, &body), GRID_OK);
        uint8_t author[GRID_ID_BYTES] = {0};
        put_u32(author, i);
        assert_int_equal(roster_take_author(roster, author, body.identity), GRID_OK);
    }
    for (unsigned i = 0; i < MANY; i++) {
        uint8_t author[GRID_ID_BYTES] = {0};
        put_u32(author, i);
        struct roster_author found;
        assert_true(roster_author_find(roster, author, &found));
        assert_int_equal(found.slot, i + 1);
    }
    grid_roster_close(roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(an_author_leads_to_its_person_or_centre),
            cmocka_unit_test(an_author_stays_with_its_first_identity),
            cmocka_unit_test(an_enrolment_is_for_good),
            cmocka_unit_test(a_slot_is_never_given_twice),
            cmocka_unit_test(a_cut_ends_every_stream_of_its_identity),
            cmocka_unit_test(many_devices_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
