/* Cases that are joined (DOMAIN 9, P-126): what each node shows is what a view written straight
 * from the rules makes of the folds it holds, after every act and in every order of meeting; and
 * who reads one case of a set holds all of it. By hand: test_joined SEED */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libgrid/case/joined.h"
#include "tests/lib/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MAX = 64, HOMES = 5, ROUNDS = 6 };

/* --- the view, by the rules alone --- */

struct seen_case {
    int64_t no;
    uint8_t id[GRID_ID_BYTES];
    unsigned state; /* its own; 0: its create is void or not here */
    uint64_t created;
    size_t leader; /* of the set, while it is gathered */
};

struct seen {
    struct grid_node *node;
    struct seen_case cases[CASES_MAX];
    size_t count;
};

static enum grid_status note_case(
        void *context, int64_t no, const uint8_t digest[static GRID_HASH_BYTES])
{
    struct seen *seen = context;
    (void)digest;
    assert_true(seen->count < CASES_MAX);
    seen->cases[seen->count].no = no;
    seen->cases[seen->count].leader = seen->count;
    seen->count++;
    return GRID_OK;
}

static struct fold *fold_at(const struct seen *seen, size_t index)
{
    struct fold *fold = NULL;
    assert_ok(book_fold(&seen->node->book, seen->cases[index].no, &fold, NULL));
    assert_non_null(fold);
    return fold;
}

static size_t find_id(const struct seen *seen, struct bytes id)
{
    for (size_t i = 0; i < seen->count; i++)
        if (bytes_equal(bytes_of(seen->cases[i].id, GRID_ID_BYTES), id))
            return i;
    return SIZE_MAX;
}

static void join(struct seen *seen, size_t a, size_t b)
{
    size_t from = seen->cases[a].leader;
    size_t to = seen->cases[b].leader;
    for (size_t i = 0; i < seen->count; i++)
        if (seen->cases[i].leader == from)
            seen->cases[i].leader = to;
}

static void join_links(struct seen *seen, size_t index)
{
    const struct fold_item *items = NULL;
    size_t count = 0;
    assert_ok(fold_collection(fold_at(seen, index), GRID_COLLECTION_LINKS, &items, &count));
    for (size_t i = 0; i < count; i++) {
        size_t other = find_id(seen, value_text(items[i].value));
        if (other != SIZE_MAX && seen->cases[other].state != 0 && seen->cases[index].state != 0)
            join(seen, index, other);
    }
}

static void look(struct seen *seen, struct grid_node *node)
{
    *seen = (struct seen){.node = node};
    assert_ok(book_flush(&node->book, NULL));
    assert_ok(store_case_each(node->store, note_case, seen, NULL));
    for (size_t i = 0; i < seen->count; i++) {
        struct fold *fold = fold_at(seen, i);
        const struct fold_entry *create = fold_create(fold);
        memcpy(seen->cases[i].id, fold_case_id(fold), GRID_ID_BYTES);
        seen->cases[i].state = fold_state(fold);
        seen->cases[i].created = create != NULL ? create->head.hlc : 0;
    }
    for (size_t i = 0; i < seen->count; i++)
        join_links(seen, i);
}

static size_t primary_of(const struct seen *seen, size_t index)
{
    size_t best = index;
    for (size_t i = 0; i < seen->count; i++) {
        const struct seen_case *one = &seen->cases[i];
        const struct seen_case *other = &seen->cases[best];
        if (one->leader == seen->cases[index].leader &&
                (one->created < other->created ||
                        (one->created == other->created &&
                                memcmp(one->id, other->id, GRID_ID_BYTES) < 0)))
            best = i;
    }
    return best;
}

static unsigned shown_of(const struct seen *seen, size_t index)
{
    unsigned own = seen->cases[index].state;
    size_t primary = primary_of(seen, index);
    if (primary == index || own == 0 || (own <= 6 && seen->cases[primary].state > 6))
        return own;
    return GRID_STATE_MERGED;
}

/* What the node shows, keeps and lists is that view. *merged: how many are. */
static void assert_view(struct pair_home *home, size_t *merged)
{
    struct seen *seen = calloc(1, sizeof(*seen));
    assert_non_null(seen);
    look(seen, home->node);
    *merged = 0;
    for (size_t i = 0; i < seen->count; i++) {
        struct book_shown shown;
        struct store_member member;
        bool found = false;
        size_t primary = primary_of(seen, i);
        unsigned state = shown_of(seen, i);
        int64_t primary_no =
                primary != i && seen->cases[i].state != 0 ? seen->cases[primary].no : 0;
        assert_ok(book_shown(&home->node->book, seen->cases[i].no, &shown, NULL));
        assert_ok(store_member_get(home->node->store, seen->cases[i].no, &member, &found, NULL));
        assert_true(found);
        if (shown.state != state || shown.primary != primary_no || member.shown != state ||
                member.primary != primary_no)
            fail_msg("%s: case %zu shows %u of %d, keeps %u of %d, is %u of %d", home->name, i,
                    shown.state, (int)shown.primary, member.shown, (int)member.primary, state,
                    (int)primary_no);
        *merged += state == GRID_STATE_MERGED;
    }
    struct pair_answer answer;
    pair_ask(home, "cases", FIELDS("state", "merged"), &answer);
    assert_int_equal(answer.row_count, *merged);
    pair_answer_close(&answer);
    free(seen);
}

/* Of every set of which it holds one case, the home holds all that the centre knows. */
static void assert_whole_sets(struct pair_home *home, struct pair_home *centre)
{
    struct seen *all = calloc(1, sizeof(*all));
    assert_non_null(all);
    look(all, centre->node);
    for (size_t i = 0; i < all->count; i++) {
        int64_t here = 0;
        assert_ok(book_find(&home->node->book, all->cases[i].id, &here, NULL));
        for (size_t k = 0; k < all->count && here != 0; k++) {
            int64_t other = 0;
            if (all->cases[k].leader != all->cases[i].leader)
                continue;
            assert_ok(book_find(&home->node->book, all->cases[k].id, &other, NULL));
            if (other == 0)
                fail_msg("%s holds case %zu and not case %zu of its set", home->name, i, k);
        }
    }
    free(all);
}

/* --- random lives --- */

struct town {
    struct pair pair;
    uint64_t random;
    struct pair_home *homes[HOMES]; /* the centre first */
    char codes[CASES_MAX][GRID_CODE_TEXT_BYTES];
    size_t code_count;
    size_t pairs[CASES_MAX][2]; /* that somebody joined */
    size_t pair_count;
    size_t done, merges, unmerges, merged_seen;
};

static size_t draw(struct town *town, size_t below)
{
    uint64_t z = town->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((z ^ (z >> 31)) % below);
}

static void town_open(struct town *town, uint64_t seed)
{
    static const char *const people[] = {"", "s1", "w1", "h1", "h2"};
    *town = (struct town){.random = seed};
    pair_open(&town->pair, seed);
    town->homes[0] = pair_centre(&town->pair);
    for (size_t i = 1; i < HOMES; i++)
        town->homes[i] = pair_handheld(&town->pair, town->homes[0], people[i]);
}

static bool try_act(struct town *town, struct pair_home *home, const char *verb, const char *code,
        const char *name, const char *value)
{
    struct buffer reply = {0};
    struct grid_error error = {0};
    const char *fields[7] = {"case", code, name, value};
    if (home == town->homes[0]) {
        fields[name != NULL ? 4 : 2] = "as";
        fields[name != NULL ? 5 : 3] = "k1";
    }
    enum grid_status status = pair_submit(home, verb, fields, &reply, &error);
    if (status == GRID_INTERNAL || status == GRID_STORAGE)
        fail_msg("%s: %s %s", verb, error.reason, error.detail);
    assert_true(pair_turn(home));
    buffer_close(&reply);
    town->done += status == GRID_OK;
    return status == GRID_OK;
}

static void report_one(struct town *town, struct pair_home *home)
{
    static const char *const units[HOMES] = {
            STAGE_VILLAGE, STAGE_MICRO2, STAGE_MICRO, STAGE_MICRO, STAGE_MICRO2};
    size_t who = 0;
    while (town->homes[who] != home)
        who++;
    if (town->code_count == CASES_MAX - 1)
        return;
    pair_act(home, "report",
            FIELDS("title", "房后墙裂缝", "text", "裂缝两指宽", "unit", units[who],
                    who == 0 ? "as" : "category", who == 0 ? "k1" : "0209"),
            town->codes[town->code_count++]);
}

static void act_at_random(struct town *town, struct pair_home *home)
{
    static const char *const plain[] = {"accept", "take"};
    if (town->code_count < 3 || draw(town, 8) == 0) {
        report_one(town, home);
        return;
    }
    size_t at = draw(town, town->code_count);
    size_t with = draw(town, town->code_count);
    const char *code = town->codes[at];
    const char *other = town->codes[with];
    size_t joined = town->pair_count > 0 ? draw(town, town->pair_count) : 0;
    size_t side = draw(town, 2);
    switch (draw(town, 8)) {
    case 0:
        (void)try_act(town, home, "note", code, "text", "又裂宽了");
        break;
    case 1:
        (void)try_act(town, home, plain[draw(town, 2)], code, NULL, NULL);
        break;
    case 2:
        (void)try_act(town, home, "decline", code, "reason", "不属于本中心");
        break;
    case 3:
    case 4:
        if (town->pair_count > 0)
            town->unmerges += try_act(town, home, "unmerge", town->codes[town->pairs[joined][side]],
                    "with", town->codes[town->pairs[joined][1 - side]]);
        break;
    default:
        if (!try_act(town, home, "merge", code, "with", other))
            break;
        town->merges++;
        town->pairs[town->pair_count % (CASES_MAX - 1)][0] = at;
        town->pairs[town->pair_count % (CASES_MAX - 1)][1] = with;
        town->pair_count += town->pair_count < CASES_MAX - 1;
        break;
    }
}

static void check_all(struct town *town)
{
    for (size_t i = 0; i < HOMES; i++) {
        size_t merged = 0;
        assert_view(town->homes[i], &merged);
        town->merged_seen += merged;
    }
}

static void meet_in_some_order(struct town *town, const bool *apart)
{
    size_t first = draw(town, HOMES);
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < HOMES; i++) {
            size_t at = (first + i) % HOMES;
            if (apart[at] && pass == 0)
                pair_meet(town->homes[at]);
            else if (at != 0 && pass == 1)
                pair_sync(town->homes[at]);
        }
    for (size_t i = 1; i < HOMES; i++) {
        struct grid_error error = {0};
        if (!grid_node_synced(town->homes[i]->node, pair_now(town->homes[i]), &error))
            fail_msg("%s: %s %s", town->homes[i]->name, error.reason, error.detail);
    }
}

static void live(uint64_t seed, size_t *merged, size_t *merges, size_t *unmerges)
{
    struct town town;
    town_open(&town, seed);
    for (size_t round = 0; round < ROUNDS; round++) {
        bool apart[HOMES] = {false};
        for (size_t i = 1; i < HOMES; i++) {
            apart[i] = draw(&town, 2) == 0;
            if (apart[i])
                pair_part(town.homes[i]);
        }
        for (size_t i = 0; i < 24; i++) {
            struct pair_home *home = town.homes[draw(&town, 2) == 0 ? 0 : draw(&town, HOMES)];
            act_at_random(&town, home);
            size_t ignored = 0;
            if (draw(&town, 4) == 0)
                assert_view(home, &ignored);
            if (draw(&town, 3) == 0)
                pair_run(&town.pair, 500);
        }
        meet_in_some_order(&town, apart);
        check_all(&town);
        for (size_t i = 1; i < HOMES; i++)
            assert_whole_sets(town.homes[i], town.homes[0]);
        size_t again = draw(&town, HOMES);
        pair_stop(town.homes[again]);
        pair_start(town.homes[again]);
        size_t ignored = 0;
        assert_view(town.homes[again], &ignored);
    }
    for (size_t i = 0; i < HOMES; i++)
        (void)pair_check(town.homes[i]);
    *merged += town.merged_seen;
    *merges += town.merges;
    *unmerges += town.unmerges;
    pair_close(&town.pair);
}

static uint64_t one_seed;

static void what_is_joined_is_the_same_everywhere(void **state)
{
    (void)state;
    size_t merged = 0;
    size_t merges = 0;
    size_t unmerges = 0;
    uint64_t first = one_seed != 0 ? one_seed : 1;
    uint64_t last = one_seed != 0 ? one_seed : 6;
    for (uint64_t seed = first; seed <= last; seed++)
        live(seed, &merged, &merges, &unmerges);
    fprintf(stderr, "%zu merges, %zu unmerges, %zu times merged\n", merges, unmerges, merged);
    assert_true(one_seed != 0 || (merges > 20 && unmerges > 2 && merged > 20));
}

/* --- codes --- */

static void text_of(struct pair_home *home, const char *code, const char *path, char *out)
{
    struct pair_answer answer;
    pair_ask(home, "show", FIELDS("case", code), &answer);
    struct bytes text = pair_text(buffer_bytes(&answer.end), path);
    assert_true(text.size < 64);
    memcpy(out, text.data, text.size);
    out[text.size] = '\0';
    pair_answer_close(&answer);
}

static void assert_shared(struct pair_home *home, const char *code)
{
    struct grid_field field = {.name = bytes_text("case"), .value = bytes_text(code)};
    const struct grid_request request = {
            .verb = bytes_text("show"), .fields = &field, .field_count = 1};
    struct grid_error error = {0};
    int64_t no = 0;
    struct fold *fold = NULL;
    assert_int_equal(node_find_case(home->node, &request, &no, &fold, &error), GRID_AMBIGUOUS);
    assert_string_equal(error.reason, "code_shared");
    assert_non_null(strstr(error.detail, "第一件"));
    assert_non_null(strstr(error.detail, "第二件"));
}

/* A copied device gave one code twice (golden scenario 13). */
static void a_code_of_two_cases_names_both_and_recode_tells_them_apart(void **state)
{
    (void)state;
    struct pair pair;
    char code[GRID_CODE_TEXT_BYTES];
    char again[GRID_CODE_TEXT_BYTES];
    char id[64] = "#";
    char title[64];
    struct buffer reply = {0};
    struct grid_error error = {0};
    pair_open(&pair, 9);
    struct pair_home *centre = pair_centre(&pair);
    struct pair_home *worker = pair_handheld(&pair, centre, "w1");
    pair_report(worker, "路面塌坑第一件", code);
    text_of(worker, code, "case_id", id + 1);
    worker->node->code_counter--; /* as in the copy */
    pair_report(worker, "路面塌坑第二件", again);
    assert_string_equal(code, again);
    pair_sync(worker);
    assert_shared(centre, code);
    assert_shared(worker, code);
    assert_ok(pair_submit(centre, "recode", FIELDS("as", "k1", "case", id), &reply, &error));
    char fresh[GRID_CODE_TEXT_BYTES] = "";
    struct bytes given = pair_text(buffer_bytes(&reply), "new_code");
    assert_true(given.size > 0 && given.size < sizeof(fresh));
    memcpy(fresh, given.data, given.size);
    assert_true(pair_turn(centre));
    pair_settle(&pair);
    assert_shared(centre, code); /* what is on paper answers as before */
    for (size_t i = 0; i < 2; i++) {
        struct pair_home *home = i == 0 ? centre : worker;
        text_of(home, fresh, "title", title);
        assert_string_equal(title, "路面塌坑第一件");
        pair_stop(home);
        pair_start(home);
        text_of(home, fresh, "title", title);
        assert_string_equal(title, "路面塌坑第一件");
        (void)pair_check(home);
    }
    pair_act(centre, "report", FIELDS("as", "k1", "title", "路面塌坑第三件", "unit", STAGE_VILLAGE),
            again);
    /* the number is used up */
    assert_string_not_equal(again, fresh);
    buffer_close(&reply);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_is_joined_is_the_same_everywhere),
            cmocka_unit_test(a_code_of_two_cases_names_both_and_recode_tells_them_apart),
    };
    if (argc > 1)
        one_seed = strtoull(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
