/* Who is enrolled, under which authors, and up to where (D5, D15, D16): DEVICE, CENTRE, INCARNATE,
 * CUT and FORK entries. What is enrolled stays so; a cut only ends what counts. */
#include "libgrid/roster/inside.h"

#include "proto/heap.h"

#include <string.h>

static uint32_t identity_hash(const uint8_t identity[static GRID_KEY_BYTES])
{
    return lookup_hash(0, bytes_of(identity, GRID_KEY_BYTES));
}

static uint32_t author_hash(const uint8_t author[static GRID_ID_BYTES])
{
    return lookup_hash(0, bytes_of(author, GRID_ID_BYTES));
}

/* --- enrolment --- */

/* The latest entry about an identity. */
static struct enrolled *find_enrolled(
        const struct grid_roster *roster, const uint8_t identity[static GRID_KEY_BYTES])
{
    uint32_t item = lookup_first(&roster->by_identity, identity_hash(identity));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_identity, item))
        if (memcmp(roster->enrolled[item].identity, identity, GRID_KEY_BYTES) == 0)
            return &roster->enrolled[item];
    return NULL;
}

static enum grid_status enrol(struct grid_roster *roster, const struct enrolled *fresh)
{
    size_t count = roster->enrolled_count + 1;
    struct enrolled *enrolled = array_grown(
            roster->enrolled, &roster->enrolled_capacity, count, sizeof(roster->enrolled[0]));
    if (enrolled == NULL)
        return GRID_NOMEM;
    roster->enrolled = enrolled;
    if (!lookup_reserve(&roster->by_identity, count))
        return GRID_NOMEM;
    struct bytes unit = arena_copy(&roster->texts, fresh->device.unit);
    if (unit.data == NULL)
        return GRID_NOMEM;
    if (fresh->is_centre && !roster_has_centre(roster, unit)) {
        struct bytes *centres = array_grown(roster->centres, &roster->centre_capacity,
                roster->centre_count + 1, sizeof(roster->centres[0]));
        if (centres == NULL)
            return GRID_NOMEM;
        roster->centres = centres;
        roster->centres[roster->centre_count++] = unit;
    }
    roster->enrolled[roster->enrolled_count] = *fresh;
    roster->enrolled[roster->enrolled_count++].device.unit = unit;
    lookup_add(&roster->by_identity, identity_hash(fresh->identity), true);
    return GRID_OK;
}

bool roster_has_centre(const struct grid_roster *roster, struct bytes unit)
{
    for (size_t i = 0; i < roster->centre_count; i++)
        if (bytes_equal(roster->centres[i], unit))
            return true;
    return false;
}

void roster_each_centre(const struct grid_roster *roster, grid_centre_fn *each, void *context)
{
    for (size_t i = 0; i < roster->enrolled_count; i++) {
        const struct enrolled *enrolled = &roster->enrolled[i];
        if (enrolled->is_centre && !each(context, enrolled->identity, enrolled->device.unit))
            return;
    }
}

struct bytes roster_centre_below(
        const struct grid_roster *roster, struct bytes above, struct bytes place)
{
    struct bytes highest = {0};
    struct bytes unit = place_unit(place);
    for (size_t i = 0; i < roster->centre_count; i++) {
        struct bytes centre = roster->centres[i];
        if (centre.size > above.size && place_covers(above, centre) && place_covers(centre, unit) &&
                (highest.size == 0 || centre.size < highest.size))
            highest = centre;
    }
    return highest;
}

enum grid_status roster_take_centre(struct grid_roster *roster, const struct centre_body *body)
{
    if (find_enrolled(roster, body->identity) != NULL)
        return GRID_OK; /* the first stands: an identity is one thing for good */
    struct enrolled fresh = {.is_centre = true, .device.unit = body->unit};
    memcpy(fresh.identity, body->identity, GRID_KEY_BYTES);
    return enrol(roster, &fresh);
}

/* A repeat, or one that would give the identity to somebody else: its entries were judged for the
 * first person and stay so. A new slot for the same person is a new enrolment (DOMAIN 4: at 99999
 * cases a device gets a new slot). */
enum grid_status roster_take_device(struct grid_roster *roster, const struct device_body *body)
{
    const struct enrolled *held = find_enrolled(roster, body->identity);
    struct enrolled fresh = {.device = {.unit = body->unit, .slot = body->slot}};
    memcpy(fresh.identity, body->identity, GRID_KEY_BYTES);
    memcpy(fresh.device.identity, body->identity, GRID_KEY_BYTES);
    memcpy(fresh.device.person, body->person, GRID_ID_BYTES);
    if (held == NULL)
        return enrol(roster, &fresh);
    if (held->is_centre || memcmp(held->device.person, body->person, GRID_ID_BYTES) != 0)
        return GRID_OK;
    for (size_t i = 0; i < roster->enrolled_count; i++) {
        const struct grid_device *device = &roster->enrolled[i].device;
        if (!roster->enrolled[i].is_centre && device->slot == body->slot &&
                memcmp(device->identity, body->identity, GRID_KEY_BYTES) == 0 &&
                bytes_equal(device->unit, body->unit))
            return GRID_OK;
    }
    return enrol(roster, &fresh);
}

bool roster_identity_enrolled(
        const struct grid_roster *roster, const uint8_t identity[static GRID_KEY_BYTES])
{
    return find_enrolled(roster, identity) != NULL;
}

const struct grid_device *roster_device_of(
        const struct grid_roster *roster, const uint8_t identity[static GRID_KEY_BYTES])
{
    const struct enrolled *held = find_enrolled(roster, identity);
    return held == NULL || held->is_centre ? NULL : &held->device;
}

void grid_roster_each_device(const struct grid_roster *roster, grid_device_fn *each, void *context)
{
    for (size_t i = 0; i < roster->enrolled_count; i++)
        if (!roster->enrolled[i].is_centre && !each(context, &roster->enrolled[i].device))
            return;
}

unsigned roster_slot_next(const struct grid_roster *roster, unsigned first)
{
    bool used[GRID_SLOT_MAX + 1] = {false};
    for (size_t i = 0; i < roster->enrolled_count; i++) {
        const struct enrolled *enrolled = &roster->enrolled[i];
        bool own = roster->unit[0] == '\0' ||
                   bytes_equal(enrolled->device.unit, bytes_text(roster->unit));
        if (own && !enrolled->is_centre && enrolled->device.slot <= GRID_SLOT_MAX)
            used[enrolled->device.slot] = true;
    }
    for (unsigned slot = first > 0 ? first : 1; slot <= GRID_SLOT_MAX; slot++)
        if (!used[slot])
            return slot;
    return 0;
}

/* --- authors --- */

static const struct author_row *find_author(
        const struct grid_roster *roster, const uint8_t author[static GRID_ID_BYTES])
{
    uint32_t item = lookup_first(&roster->by_author, author_hash(author));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_author, item))
        if (memcmp(roster->authors[item].author, author, GRID_ID_BYTES) == 0)
            return &roster->authors[item];
    return NULL;
}

enum grid_status roster_take_author(struct grid_roster *roster,
        const uint8_t author[static GRID_ID_BYTES], const uint8_t identity[static GRID_KEY_BYTES])
{
    if (find_author(roster, author) != NULL)
        return GRID_OK;
    size_t count = roster->author_count + 1;
    struct author_row *authors = array_grown(
            roster->authors, &roster->author_capacity, count, sizeof(roster->authors[0]));
    if (authors == NULL)
        return GRID_NOMEM;
    roster->authors = authors;
    if (!lookup_reserve(&roster->by_author, count))
        return GRID_NOMEM;
    struct author_row *fresh = &roster->authors[roster->author_count++];
    memcpy(fresh->author, author, GRID_ID_BYTES);
    memcpy(fresh->identity, identity, GRID_KEY_BYTES);
    lookup_add(&roster->by_author, author_hash(author), true);
    return GRID_OK;
}

bool roster_author_find(const struct grid_roster *roster,
        const uint8_t author[static GRID_ID_BYTES], struct roster_author *out)
{
    const struct author_row *row = find_author(roster, author);
    *out = (struct roster_author){0};
    return row != NULL && roster_enrolled_as(roster, row->identity, out);
}

bool roster_enrolled_as(const struct grid_roster *roster,
        const uint8_t identity[static GRID_KEY_BYTES], struct roster_author *out)
{
    *out = (struct roster_author){0};
    const struct enrolled *held = find_enrolled(roster, identity);
    if (held == NULL)
        return false;
    out->is_centre = held->is_centre;
    memcpy(out->identity, held->identity, GRID_KEY_BYTES);
    memcpy(out->person, held->device.person, GRID_ID_BYTES);
    out->unit = held->device.unit;
    out->slot = held->device.slot;
    return true;
}

/* --- cuts --- */

/* Of a list that has a stream more than once the smallest counts; what is not listed is cut at 0.
 */
static uint64_t listed_position(
        const struct cut_row *cut, const uint8_t author[static GRID_ID_BYTES], uint8_t lane)
{
    uint64_t position = UINT64_MAX;
    for (size_t i = 0; i < cut->position_count; i++) {
        const struct cut_position *listed = &cut->positions[i];
        if (listed->lane == lane && listed->seq < position &&
                memcmp(listed->author, author, GRID_ID_BYTES) == 0)
            position = listed->seq;
    }
    return position == UINT64_MAX ? 0 : position;
}

static bool same_cut(const struct cut_row *held, const struct cut_body *body)
{
    if (memcmp(held->identity, body->identity, GRID_KEY_BYTES) != 0 ||
            held->position_count != body->position_count)
        return false;
    for (size_t i = 0; i < held->position_count; i++) {
        const struct cut_position *a = &held->positions[i];
        const struct cut_position *b = &body->positions[i];
        if (a->lane != b->lane || a->seq != b->seq ||
                memcmp(a->author, b->author, GRID_ID_BYTES) != 0)
            return false;
    }
    return true;
}

enum grid_status roster_take_cut(struct grid_roster *roster, const struct cut_body *body)
{
    uint32_t hash = identity_hash(body->identity);
    for (uint32_t item = lookup_first(&roster->by_cut, hash); item != LOOKUP_END;
            item = lookup_next(&roster->by_cut, item))
        if (same_cut(&roster->cuts[item], body))
            return GRID_OK;
    size_t count = roster->cut_count + 1;
    struct cut_row *cuts =
            array_grown(roster->cuts, &roster->cut_capacity, count, sizeof(roster->cuts[0]));
    if (cuts == NULL)
        return GRID_NOMEM;
    roster->cuts = cuts;
    struct cut_row fresh = {.position_count = body->position_count};
    fresh.positions =
            arena_alloc_array(&roster->texts, body->position_count, sizeof(fresh.positions[0]));
    if (fresh.positions == NULL || !lookup_reserve(&roster->by_cut, count))
        return GRID_NOMEM;
    memcpy(fresh.identity, body->identity, GRID_KEY_BYTES);
    if (body->position_count > 0)
        memcpy(fresh.positions, body->positions, body->position_count * sizeof(fresh.positions[0]));
    roster->cuts[roster->cut_count++] = fresh;
    lookup_add(&roster->by_cut, hash, true);
    return GRID_OK;
}

uint64_t roster_cut_position(
        const struct grid_roster *roster, const uint8_t author[static GRID_ID_BYTES], uint8_t lane)
{
    const struct author_row *row = find_author(roster, author);
    if (row == NULL)
        return UINT64_MAX;
    /* Several cuts of one identity: the smallest position of all, in whatever order they came. */
    uint64_t position = UINT64_MAX;
    uint32_t item = lookup_first(&roster->by_cut, identity_hash(row->identity));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_cut, item)) {
        if (memcmp(roster->cuts[item].identity, row->identity, GRID_KEY_BYTES) != 0)
            continue;
        uint64_t listed = listed_position(&roster->cuts[item], author, lane);
        if (listed < position)
            position = listed;
    }
    return position;
}

bool roster_identity_cut(
        const struct grid_roster *roster, const uint8_t identity[static GRID_KEY_BYTES])
{
    uint32_t item = lookup_first(&roster->by_cut, identity_hash(identity));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_cut, item))
        if (memcmp(roster->cuts[item].identity, identity, GRID_KEY_BYTES) == 0)
            return true;
    return false;
}

/* --- forks --- */

static const struct fork_row *find_fork(const struct grid_roster *roster,
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, uint64_t seq)
{
    uint32_t item = lookup_first(&roster->by_fork, author_hash(author));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_fork, item)) {
        const struct fork_row *fork = &roster->forks[item];
        if (fork->lane == lane && fork->seq == seq &&
                memcmp(fork->author, author, GRID_ID_BYTES) == 0)
            return fork;
    }
    return NULL;
}

enum grid_status roster_take_fork(struct grid_roster *roster, const struct fork_body *body)
{
    const struct fork_row *held = find_fork(roster, body->author, body->lane, body->seq);
    if (held != NULL) { /* a centre that was put back decides once more, perhaps otherwise */
        struct fork_row *fork = &roster->forks[held - roster->forks];
        if (memcmp(body->counts.leaf, fork->leaf, sizeof(fork->leaf)) < 0)
            memcpy(fork->leaf, body->counts.leaf, sizeof(fork->leaf));
        return GRID_OK;
    }
    size_t count = roster->fork_count + 1;
    struct fork_row *forks =
            array_grown(roster->forks, &roster->fork_capacity, count, sizeof(roster->forks[0]));
    if (forks == NULL)
        return GRID_NOMEM;
    roster->forks = forks;
    if (!lookup_reserve(&roster->by_fork, count))
        return GRID_NOMEM;
    struct fork_row *fresh = &roster->forks[roster->fork_count++];
    *fresh = (struct fork_row){.lane = body->lane, .seq = body->seq};
    memcpy(fresh->author, body->author, sizeof(fresh->author));
    memcpy(fresh->leaf, body->counts.leaf, sizeof(fresh->leaf));
    lookup_add(&roster->by_fork, author_hash(body->author), true);
    return GRID_OK;
}

const uint8_t *roster_fork_leaf(const struct grid_roster *roster,
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, uint64_t seq)
{
    const struct fork_row *fork = find_fork(roster, author, lane, seq);
    return fork != NULL ? fork->leaf : NULL;
}

uint64_t roster_fork_first(
        const struct grid_roster *roster, const uint8_t author[static GRID_ID_BYTES], uint8_t lane)
{
    uint64_t first = 0;
    uint32_t item = lookup_first(&roster->by_fork, author_hash(author));
    for (; item != LOOKUP_END; item = lookup_next(&roster->by_fork, item)) {
        const struct fork_row *fork = &roster->forks[item];
        if (fork->lane == lane && memcmp(fork->author, author, GRID_ID_BYTES) == 0 &&
                (first == 0 || fork->seq < first))
            first = fork->seq;
    }
    return first;
}

size_t roster_fork_count(const struct grid_roster *roster)
{
    return roster->fork_count;
}

struct roster_fork roster_fork_at(const struct grid_roster *roster, size_t index)
{
    const struct fork_row *fork = &roster->forks[index];
    return (struct roster_fork){fork->author, fork->leaf, fork->lane, fork->seq};
}

void roster_close_devices(struct grid_roster *roster)
{
    lookup_close(&roster->by_identity);
    lookup_close(&roster->by_author);
    lookup_close(&roster->by_cut);
    lookup_close(&roster->by_fork);
    grid_free(roster->forks);
    grid_free(roster->enrolled);
    grid_free(roster->centres);
    grid_free(roster->authors);
    grid_free(roster->cuts);
}
