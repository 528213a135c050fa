#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/tiers.h"

#include <stdio.h>
#include <string.h>

#define UNITS_HEAD                                                                       \
    "code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to," \
    "successors\n"
#define POSTS_HEAD "person,name,role,place,phone,from,to\n"

static void invite_centre(struct pair_home *parent, const char *unit, const char *name,
        uint8_t secret[static GRID_SECRET_BYTES])
{
    const char *const fields[] = {"centre", unit, "name", name, "address", "127.0.0.1:7460", NULL};
    struct buffer reply = {0};
    struct grid_error error = {0};
    if (pair_submit(parent, "invite", fields, &reply, &error) != GRID_OK)
        fail_msg("invite: %s %s", error.reason, error.detail);
    char line[INVITE_TEXT_BYTES];
    struct invite invite;
    struct bytes text = pair_text(buffer_bytes(&reply), "invite");
    snprintf(line, sizeof(line), "%.*s", (int)text.size, (const char *)text.data);
    assert_ok(invite_parse(&invite, line, &error));
    assert_int_equal(invite.slot, 0);
    assert_string_equal(invite.unit, unit);
    memcpy(secret, invite.secret, GRID_SECRET_BYTES);
    buffer_close(&reply);
    assert_true(pair_turn(parent));
}

struct pair_home *tiers_centre(struct tiers *tiers, struct pair_home *parent, const char *name,
        const char *unit, const char *operator_key)
{
    struct pair_home *centre = pair_add(&tiers->pair, name, GRID_NODE_CENTRE, parent);
    centre->unit = unit;
    centre->title = name;
    centre->operator_key = operator_key;
    pair_start(centre);
    if (parent == NULL)
        return centre;
    uint8_t secret[GRID_SECRET_BYTES];
    invite_centre(parent, unit, name, secret);
    grid_node_enrol(centre->node, secret);
    pair_sync(centre);
    pair_settle(&tiers->pair);
    assert_true(centre->enrolled);
    pair_stop(centre); /* joining is a process of its own */
    pair_start(centre);
    pair_settle(&tiers->pair);
    return centre;
}

void tiers_import(struct pair_home *centre, const char *units, const char *posts)
{
    struct buffer reply = {0};
    struct grid_error error = {0};
    if (pair_submit(centre, "roster_import",
                FIELDS("units.csv", units, "posts.csv", posts, "departments.csv",
                        "id,name,kind,stationing,routes,valid_from,valid_to\n"),
                &reply, &error) != GRID_OK)
        fail_msg("roster of %s: %s %s", centre->name, error.reason, error.detail);
    if (pair_count(buffer_bytes(&reply), "errors") != 0)
        fail_msg("roster of %s has errors", centre->name);
    assert_true(pair_turn(centre));
    buffer_close(&reply);
}

static void open_below(struct tiers *tiers)
{
    tiers->banner = tiers_centre(tiers, tiers->league, "banner", TIERS_BANNER, "kb");
    tiers_import(tiers->banner, UNITS_HEAD TIERS_BANNER ",banner,,准格尔旗,,,,,,2025-01-01,,\n",
            POSTS_HEAD "kb,白旗员,clerk," TIERS_BANNER ",,2025-01-01,\n"
                       "kd,旗主任,director," TIERS_BANNER ",,2025-01-01,\n");
    tiers->town = tiers_centre(tiers, tiers->banner, "town", STAGE_TOWNSHIP, "k1");
    pair_import_roster(tiers->town, NULL);
    pair_settle(&tiers->pair);
}

void tiers_open(struct tiers *tiers, uint64_t seed)
{
    memset(tiers, 0, sizeof(*tiers));
    pair_open(&tiers->pair, seed);
    open_below(tiers);
}

void tiers_open_league(struct tiers *tiers, uint64_t seed)
{
    memset(tiers, 0, sizeof(*tiers));
    pair_open(&tiers->pair, seed);
    tiers->league = tiers_centre(tiers, NULL, "league", TIERS_LEAGUE, "kl");
    tiers_import(tiers->league,
            UNITS_HEAD TIERS_LEAGUE ",league_city,,鄂尔多斯市,,,,,,2025-01-01,,\n",
            POSTS_HEAD "kl,盟市员,clerk," TIERS_LEAGUE ",,2025-01-01,\n");
    open_below(tiers);
}

void tiers_add_town2(struct tiers *tiers)
{
    tiers->town2 = tiers_centre(tiers, tiers->banner, "town2", TIERS_TOWN2, "k1");
    tiers_import(tiers->town2,
            UNITS_HEAD TIERS_TOWN2 ",township,,龙口镇,,,,,,2025-01-01,,\n" TIERS_VILLAGE2
                                   ",village,village,大口村,,,,,,2025-01-01,,\n" TIERS_GRID2
                                   ",grid,base,大口村第一网格,,,,,,2025-01-01,,\n" TIERS_MICRO2
                                   ",micro_grid,household_group,大口一联户,,,,,,2025-01-01,,\n",
            POSTS_HEAD "k1,李明,clerk," TIERS_TOWN2 ",,2025-01-01,\n"
                       "w1,巴图,grid_worker," TIERS_GRID2 ",,2025-01-01,\n"
                       "h1,王二,head," TIERS_MICRO2 ",,2025-01-01,\n");
    pair_settle(&tiers->pair);
}

void tiers_assert_same_digest(struct pair_home *a, struct pair_home *b)
{
    char left[2 * GRID_HASH_BYTES + 1];
    char right[2 * GRID_HASH_BYTES + 1];
    pair_digest(a, left);
    pair_digest(b, right);
    assert_string_equal(left, right);
}

struct fold *tiers_fold(struct pair_home *home, const char *code)
{
    struct grid_field field = {bytes_text("case"), bytes_text(code)};
    struct grid_request request = {.fields = &field, .field_count = 1};
    struct fold *fold = NULL;
    struct grid_error error = {0};
    int64_t no = 0;
    return node_find_case(home->node, &request, &no, &fold, &error) == GRID_OK ? fold : NULL;
}

static void print_verdicts(const struct pair_home *home, const struct fold *fold)
{
    for (size_t i = 0; i < fold_entry_count(fold); i++) {
        const struct fold_entry *entry = fold_entry_at(fold, i);
        print_error("%s: %s verdict %d, %u/%u\n", home->name, grid_kind_name(entry->head.kind),
                entry->verdict, entry->dot.lane, (unsigned)entry->dot.seq);
    }
}

void tiers_assert_same_case(struct pair_home *a, struct pair_home *b, const char *code)
{
    struct fold *left = tiers_fold(a, code);
    struct fold *right = tiers_fold(b, code);
    uint8_t here[GRID_HASH_BYTES];
    uint8_t there[GRID_HASH_BYTES];
    if (left == NULL || right == NULL)
        fail_msg("%s is not held at %s", code, left == NULL ? a->name : b->name);
    bool waits = false;
    for (size_t i = 0; i < fold_entry_count(left); i++)
        waits = waits || fold_entry_at(left, i)->verdict == GRID_PENDING;
    assert_ok(fold_digest(left, here));
    assert_ok(fold_digest(right, there));
    if (!waits && memcmp(here, there, sizeof(here)) == 0)
        return;
    print_verdicts(a, left);
    print_verdicts(b, right);
    fail_msg("%s at %s and %s", code, a->name, b->name);
}
