/* An enrolled device that writes whatever passes the gate, sealed as it should be: the centre keeps
 * it, shows what is void, and never falls (F21, F35, F57; I8, I9, I18). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POOL_MAX = 64 };

static uint64_t seed_of_the_run = UINT64_C(88172645463325252);

struct specimen {
    struct entry_header header;
    struct bytes body;
    struct dot dot;
};

struct lab {
    struct pair pair;
    struct pair_home *centre, *worker;
    struct arena arena;
    struct specimen pool[POOL_MAX];
    size_t count;
    uint64_t random;
};

static uint64_t chance(struct lab *lab, uint64_t below)
{
    lab->random ^= lab->random << 13;
    lab->random ^= lab->random >> 7;
    lab->random ^= lab->random << 17;
    return lab->random % below;
}

static enum grid_status keep_specimen(void *context, const struct store_entry *stored)
{
    struct lab *lab = context;
    const struct stream *stream = log_stream_at(&lab->worker->node->log, stored->place);
    struct entry entry = {.lane = stream->row.lane,
            .seq = (uint64_t)(stored->place - STORE_PLACE(stream->row.no, 0)),
            .header = arena_copy(&lab->arena, stored->header),
            .body = arena_copy(&lab->arena, stored->body)};
    struct specimen *specimen = &lab->pool[lab->count];
    struct grid_error error = {0};
    memcpy(entry.author, stream->row.author, sizeof(entry.author));
    assert_ok(entry_leaf(&entry));
    assert_ok(entry_read_header(&entry, &lab->arena, &specimen->header, &error));
    specimen->body = entry.body;
    specimen->dot = entry_dot(&entry);
    lab->count += lab->count + 1 < POOL_MAX;
    return GRID_OK;
}

static void lab_open(struct lab *lab, uint64_t seed)
{
    char code[GRID_CODE_TEXT_BYTES];
    memset(lab, 0, sizeof(*lab));
    arena_init(&lab->arena, 0);
    lab->random = seed;
    pair_open(&lab->pair, seed);
    lab->centre = pair_centre(&lab->pair);
    lab->worker = pair_handheld(&lab->pair, lab->centre, "w1");
    for (unsigned i = 0; i < 3; i++) {
        pair_report(lab->worker, "供变异的样本", code);
        pair_act(lab->worker, "set",
                FIELDS("case", code, "title", "改过题目的样本", "category", "0204"), NULL);
        pair_act(lab->worker, "note", FIELDS("case", code, "text", "补充说明"), NULL);
        pair_act(lab->worker, "second", FIELDS("case", code, "text", "我也看见了"), NULL);
        pair_act(lab->worker, "tag", FIELDS("case", code, "add", "mining", "add", "night"), NULL);
        pair_act(lab->worker, "tag", FIELDS("case", code, "remove", "mining"), NULL);
    }
    pair_sync(lab->worker);
    const struct stream *own = lab->worker->node->log.own[GRID_LANE_WORK];
    struct grid_error error = {0};
    assert_ok(store_entry_run(lab->worker->node->store, STORE_PLACE(own->row.no, 1),
            STORE_PLACE(own->row.no, own->row.tip_seq), keep_specimen, lab, &error));
    /* and what a centre writes: rosters, devices */
    assert_true(lab->count > 10);
}

static struct dot random_dot(struct lab *lab, const struct forge *forge)
{
    struct dot dot = lab->pool[chance(lab, lab->count)].dot;
    uint64_t what = chance(lab, 8);
    if (what == 0)
        dot.tag[chance(lab, sizeof(dot.tag))] ^= 1;
    if (what == 1)
        dot.seq += chance(lab, 5);
    if (what == 2) { /* of its own stream: one that was, is, or will be */
        memcpy(dot.author, forge->author, sizeof(dot.author));
        dot.seq = 1 + chance(lab, forge->count + 3);
        dot.lane = forge->lane;
    }
    if (what == 3)
        dot.lane ^= 1;
    return dot;
}

static size_t random_dots(
        struct lab *lab, const struct forge *forge, struct dot dots[static 8], size_t most)
{
    size_t count = chance(lab, most + 1);
    for (size_t i = 0; i < count; i++)
        dots[i] = random_dot(lab, forge);
    return dots_sort(dots, count);
}

static bool same_in(const struct dot *dots, size_t count, const struct dot *dot)
{
    for (size_t i = 0; i < count; i++)
        if (dot_equal(&dots[i], dot))
            return true;
    return false;
}

/* A body of the pool, or one of them with a byte that is another. */
static struct bytes random_body(struct lab *lab, struct bytes own)
{
    struct bytes body = chance(lab, 3) > 0 ? own : lab->pool[chance(lab, lab->count)].body;
    struct bytes copy = arena_copy(&lab->arena, body);
    uint8_t *at = (uint8_t *)(uintptr_t)copy.data;
    for (uint64_t i = chance(lab, 3); i > 0; i--)
        at[chance(lab, copy.size)] =
                (uint8_t)(chance(lab, 2) > 0 ? chance(lab, 256) : at[chance(lab, copy.size)]);
    return copy;
}

static bool add_mutant(struct lab *lab, struct forge *forge)
{
    static const uint32_t kinds[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 34, 35, 36, 37, 38, 39,
            40, 42, 43, 45, 47, 50, 53, 54, 59, 61, 62, 63, 64, 65, 67, 100, 250};
    const struct specimen *specimen = &lab->pool[chance(lab, lab->count)];
    struct entry_header header = specimen->header;
    struct dot basis[8];
    struct dot refs[8];
    if (chance(lab, 3) == 0)
        header.kind = kinds[chance(lab, sizeof(kinds) / sizeof(kinds[0]))];
    if (chance(lab, 4) == 0)
        header.has_case = !header.has_case;
    if (chance(lab, 4) == 0)
        memcpy(header.case_id, lab->pool[chance(lab, lab->count)].header.case_id,
                sizeof(header.case_id));
    if (chance(lab, 16) == 0)
        header.case_id[0] = (uint8_t)chance(lab, 4);
    if (chance(lab, 3) == 0) {
        header.basis = basis;
        header.basis_count = random_dots(lab, forge, basis, 8);
    }
    if (chance(lab, 3) == 0) {
        size_t kept = 0;
        size_t count = random_dots(lab, forge, refs, 8);
        for (size_t i = 0; i < count; i++)
            if (!same_in(header.basis, header.basis_count, &refs[i]))
                refs[kept++] = refs[i];
        header.refs = refs;
        header.ref_count = kept;
    }
    if (chance(lab, 8) == 0)
        header.rv = chance(lab, 2) == 0 ? 0 : lab->random;
    if (chance(lab, 8) == 0)
        header.hlc = chance(lab, 2) == 0 ? chance(lab, 1000) : lab->random;
    if (chance(lab, 16) == 0)
        header.flags = (uint32_t)chance(lab, 8);
    return forge_add_entry(forge, &header, random_body(lab, specimen->body));
}

static uint64_t stopped_count(struct pair_home *home)
{
    uint64_t count = 0;
    assert_ok(store_stopped_count(home->node->store, STORE_REFUSED_HERE, &count, NULL));
    return count;
}

/* Every entry that passes the gate is kept, whatever it means; nothing of it brings the centre
 * down. */
static void a_device_that_writes_nonsense_brings_nobody_down(void **state)
{
    (void)state;
    enum { ROUNDS = 15, ENTRIES = 300 };
    struct lab lab;
    unsigned taken = 0;
    lab_open(&lab, seed_of_the_run);
    pair_stop(lab.worker);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct forge forge;
        uint8_t seed[GRID_SEED_BYTES] = {5, (uint8_t)round};
        forge_open(&forge, lab.worker->keyring.identity_seed, seed, round % 2);
        struct pair_link *link = pair_connect(lab.worker, lab.centre);
        assert_non_null(link);
        struct hello hello = forge_hello();
        forge_say_hello(&link->up, &hello);
        uint64_t sent = 0;
        for (unsigned i = 0; i < ENTRIES; i++) {
            taken += add_mutant(&lab, &forge);
            if (forge.count > sent && chance(&lab, 4) == 0) {
                struct segment segment = forge_segment(&forge, sent + 1, forge.count);
                forge_send(&link->up, &segment, 0);
                sent = forge.count;
                pair_run(&lab.pair, 0);
            }
        }
        assert_int_equal(lab.centre->falls, 0);
        assert_int_equal(stopped_count(lab.centre), 0);
        if (link->number != 0)
            pair_cut(&lab.pair, link, "valley");
        forge_close(&forge);
        if (round % 5 == 4) { /* what was folded piece by piece is what the whole folds to */
            pair_stop(lab.centre);
            pair_start(lab.centre);
            (void)pair_check(lab.centre);
            struct pair_answer answer;
            pair_ask(lab.centre, "cases", FIELDS("limit", "1000"), &answer);
            pair_answer_close(&answer);
            pair_ask(lab.centre, "conflicts", NULL, &answer);
            pair_answer_close(&answer);
        }
    }
    assert_true(taken > 1000);
    /* and the same person goes on with honest work */
    pair_start(lab.worker);
    pair_report(lab.worker, "胡写之后的真事", NULL);
    pair_sync(lab.worker);
    assert_int_equal(pair_titled(lab.centre, "胡写之后的真事"), 1);
    arena_close(&lab.arena);
    pair_close(&lab.pair);
}

/* By hand: test_node_mutant SEED */
int main(int argc, char **argv)
{
    if (argc == 2)
        seed_of_the_run = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_device_that_writes_nonsense_brings_nobody_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
