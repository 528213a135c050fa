/* A centre and one handheld that file reports, are parted and meet again. */
#ifndef GRID_TESTS_TOWN_H
#define GRID_TESTS_TOWN_H

#include "tests/lib/pair.h"

#include <stdio.h>
#include <string.h>

enum { CODES_MAX = 256 };

struct town {
    struct pair pair;
    struct pair_home *centre, *worker;
    char codes[CODES_MAX][GRID_CODE_TEXT_BYTES];
    size_t code_count;
};

static inline void town_open(struct town *town, uint64_t seed)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
}

/* `count` reports whose titles begin with `name`; no code is ever given twice. */
static inline void file_reports(
        struct town *town, struct pair_home *home, const char *name, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char title[64];
        char *code = town->codes[town->code_count];
        snprintf(title, sizeof(title), "%s第%u件", name, i);
        pair_report(home, title, code);
        for (size_t k = 0; k < town->code_count; k++)
            assert_string_not_equal(code, town->codes[k]);
        town->code_count++;
        assert_true(town->code_count < CODES_MAX);
    }
}

static inline void assert_each_once(struct pair_home *home, const char *name, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char title[64];
        snprintf(title, sizeof(title), "%s第%u件", name, i);
        if (pair_titled(home, title) != 1)
            fail_msg("%s holds %s %zu times", home->name, title, pair_titled(home, title));
    }
}

static inline void assert_in_step(struct pair_home *handheld, struct pair_home *centre)
{
    char here[65];
    char there[65];
    struct grid_error error = {0};
    if (!grid_node_synced(handheld->node, pair_now(handheld), &error))
        fail_msg("%s is not in step: %s %s", handheld->name, error.reason, error.detail);
    pair_digest(handheld, here);
    pair_digest(centre, there);
    assert_string_equal(here, there);
    assert_int_equal(pair_queue(handheld, "queued"), 0);
    assert_int_equal(pair_queue(handheld, "sent"), 0);
    assert_int_equal(pair_queue(handheld, "refused"), 0);
    (void)pair_check(handheld);
    (void)pair_check(centre);
}

#endif
