/* What posts are to their places and to each other: R04, R07, R08, R09 and the warnings about
 * them. The order of a roster puts the posts of one place side by side. */
#include "libgrid/roster/inside.h"

#include "proto/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct bytes nothing = {0};

static void found_post(const struct check *check, const struct row *row, const char *code,
        const char *cause, struct bytes subject, struct bytes value, struct bytes other)
{
    findings_add(check->findings, SHEET_POSTS, row->line, code, cause, subject, value, other);
}

static struct bytes role_word(const struct row *row)
{
    return bytes_text(grid_role_name(row->post.role));
}

/* --- one post and its place --- */

#define AT(kind) (1u << GRID_PLACE_##kind)
enum { OFFICES = AT(TOWNSHIP) | AT(BANNER) | AT(LEAGUE_CITY) | AT(REGION) };

/* Where a role may be, and whether by one person only. */
static const struct {
    unsigned places; /* bits of enum grid_place_kind */
    bool single;
    const char *department; /* the kind of department it needs */
} role_rules[] = {
        [GRID_ROLE_HEAD] = {AT(MICRO_GRID), true, NULL},
        [GRID_ROLE_GROUP_LEADER] = {AT(PARTY_GROUP), true, NULL},
        [GRID_ROLE_GRID_WORKER] = {AT(GRID), false, NULL},
        [GRID_ROLE_GRID_CHIEF] = {AT(GRID), true, NULL},
        [GRID_ROLE_VILLAGE_SECRETARY] = {AT(VILLAGE), true, NULL},
        [GRID_ROLE_OFFICER] = {AT(DEPARTMENT), false, "department"},
        [GRID_ROLE_MEDIATOR] = {AT(DEPARTMENT), false, "mediation_body"},
        [GRID_ROLE_CLERK] = {OFFICES, false, NULL},
        [GRID_ROLE_DIRECTOR] = {OFFICES, false, NULL},
        [GRID_ROLE_LEADER] = {OFFICES, false, NULL},
        [GRID_ROLE_ADMIN] = {AT(TOWNSHIP) | AT(BANNER), false, NULL},
};

static void check_place(const struct check *check, const struct row *row)
{
    const struct grid_post *post = &row->post;
    bool in_department = place_kind(post->place) == GRID_PLACE_DEPARTMENT;
    const struct row *place = in_department ? roster_department_row(check->draft, post->place)
                                            : roster_unit_row(check->draft, post->place);
    bool readable = in_department ? check->departments_readable : check->units_readable;
    if (place == NULL && readable)
        found_post(check, row, "R07", "place", role_word(row), post->place, nothing);
    const char *department = role_rules[post->role].department;
    bool fits = (role_rules[post->role].places & (1u << place_kind(post->place))) != 0;
    if (place != NULL && department != NULL)
        fits = fits && bytes_equal(place->department.kind, bytes_text(department));
    if (!fits)
        found_post(check, row, "R07", "kind", role_word(row), post->place, nothing);
    /* Rows above the centre are references: nobody may be appointed there from below. */
    if (check->centre.size > 0 && !place_covers(check->centre, place_unit(post->place)))
        found_post(check, row, "R07", "above", role_word(row), post->place, check->centre);
    if (place == NULL)
        return;
    int32_t end = in_department ? place->department.valid_to : place->unit.valid_to;
    if (day_outlives(post->to, end))
        found_post(check, row, "W11", "post", role_word(row), post->place, post->key);
}

/* --- the posts of one place --- */

static bool same_post(const struct grid_post *a, const struct grid_post *b)
{
    return a->role == b->role && bytes_equal(a->key, b->key);
}

/* The later line of two carries the finding. */
static void found_pair(const struct check *check, const struct row *a, const struct row *b,
        const char *code, const char *cause)
{
    const struct row *late = a->line < b->line ? b : a;
    const struct row *early = late == a ? b : a;
    char line[16];
    snprintf(line, sizeof(line), "%u", early->line);
    bool twice = code[0] == 'R' && code[2] == '4';
    struct bytes about = code[0] == 'W' ? late->post.name : role_word(late);
    found_post(check, late, code, cause, twice ? late->post.place : about,
            twice ? late->post.key : late->post.place, twice ? bytes_text(line) : early->post.key);
}

/* Rows from `first` to `end` stand in the order of role, key, first day. */
static void check_side_by_side(const struct check *check, size_t first, size_t end)
{
    enum { LOOK_BACK = 256 }; /* bounds the work on a place with absurdly many posts */
    const struct grid_roster *draft = check->draft;
    const struct row *holder = NULL;
    for (size_t i = first; i < end; i++) {
        const struct row *row = &draft->rows[draft->order[i]];
        const struct row *before = i > first ? &draft->rows[draft->order[i - 1]] : NULL;
        if (before != NULL && same_post(&before->post, &row->post) &&
                day_within(row->post.from, GRID_DAY_NONE, before->post.to))
            found_pair(check, before, row, "R04", "row");

        bool current = day_within(check->today, row->post.from, row->post.to);
        if (holder == NULL || holder->post.role != row->post.role)
            holder = current ? row : NULL;
        else if (current && role_rules[row->post.role].single &&
                 !bytes_equal(holder->post.key, row->post.key))
            found_pair(check, holder, row, "R08", "holders");

        for (size_t back = i; back > first && i - back < LOOK_BACK; back--) {
            const struct row *other = &draft->rows[draft->order[back - 1]];
            if (!bytes_equal(other->post.name, row->post.name) ||
                    bytes_equal(other->post.key, row->post.key))
                continue;
            found_pair(check, other, row, "W08", "name");
            break;
        }
    }
}

static void check_places(const struct check *check)
{
    const struct grid_roster *draft = check->draft;
    size_t all_end = draft->order_start[ROW_POST + 1];
    for (size_t first = draft->order_start[ROW_POST]; first < all_end;) {
        struct bytes place = draft->rows[draft->order[first]].post.place;
        size_t end = first + 1;
        while (end < all_end && bytes_equal(draft->rows[draft->order[end]].post.place, place))
            end++;
        check_side_by_side(check, first, end);
        first = end;
    }
}

/* --- one key, one name --- */

static int compare_persons(const void *left, const void *right, void *context)
{
    const struct grid_roster *draft = context;
    const struct row *a = &draft->rows[*(const uint32_t *)left];
    const struct row *b = &draft->rows[*(const uint32_t *)right];
    int order = memcmp(a->post.person, b->post.person, GRID_ID_BYTES);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static enum grid_status check_names(const struct check *check, struct grid_roster *draft)
{
    size_t start = draft->order_start[ROW_POST];
    size_t count = draft->order_start[ROW_POST + 1] - start;
    uint32_t *posts = grid_alloc_array(count, sizeof(posts[0]));
    if (posts == NULL)
        return GRID_NOMEM;
    if (count > 0)
        memcpy(posts, &draft->order[start], count * sizeof(posts[0]));
    qsort_r(posts, count, sizeof(posts[0]), compare_persons, draft);
    const struct row *first = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &draft->rows[posts[i]];
        if (first == NULL || memcmp(first->post.person, row->post.person, GRID_ID_BYTES) != 0)
            first = row;
        if (!bytes_equal(first->post.name, row->post.name))
            found_post(check, row, "R09", "two_names", row->post.key, row->post.name,
                    first->post.name);
    }
    grid_free(posts);
    return GRID_OK;
}

enum grid_status check_posts(const struct check *check)
{
    struct grid_roster *draft = check->draft;
    for (size_t i = draft->order_start[ROW_POST]; i < draft->order_start[ROW_POST + 1]; i++)
        check_place(check, &draft->rows[draft->order[i]]);
    check_places(check);
    return check_names(check, draft);
}
