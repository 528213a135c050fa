#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fuzz/link_town.h"

#include <stdlib.h>
#include <string.h>

static struct link_town the_town;
static struct pair as_it_was;

static void remove_town(void)
{
    link_town_end(&the_town);
    pair_close(&the_town.pair);
}

uint64_t link_town_own_entries(const struct pair_home *home)
{
    const struct log *log = &home->node->log;
    uint64_t count = 0;
    for (size_t i = 0; i < log->stream_count; i++)
        count += log->streams[i]->own ? log->streams[i]->row.tip_seq : 0;
    return count;
}

static void work(struct pair_home *home, const char *title, char code[GRID_CODE_TEXT_BYTES])
{
    pair_report(home, title, code);
    pair_act(home, "set", FIELDS("case", code, "title", "改过的题目", "category", "0204"), NULL);
    pair_act(home, "note", FIELDS("case", code, "text", "补充"), NULL);
}

static enum grid_status keep_name(void *context, const struct store_entry *stored)
{
    struct link_town *town = context;
    const struct stream *stream = log_stream_at(&town->handheld->node->log, stored->place);
    struct entry entry = {.lane = stream->row.lane,
            .seq = (uint64_t)(stored->place - STORE_PLACE(stream->row.no, 0)),
            .header = stored->header,
            .body = stored->body};
    if (town->name_count == TOWN_NAMES_MAX)
        return GRID_OK;
    struct town_name *name = &town->names[town->name_count++];
    memcpy(entry.author, stream->row.author, sizeof(entry.author));
    assert_ok(entry_leaf(&entry));
    memcpy(name->leaf, entry.leaf, sizeof(name->leaf));
    name->dot = entry_dot(&entry);
    return GRID_OK;
}

static void keep_names(struct link_town *town)
{
    struct grid_error error = {0};
    const struct log *log = &town->handheld->node->log;
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        if (log->own[lane] != NULL)
            assert_ok(store_entry_run(town->handheld->node->store,
                    STORE_PLACE(log->own[lane]->row.no, 1),
                    STORE_PLACE(log->own[lane]->row.no, log->own[lane]->row.tip_seq), keep_name,
                    town, &error));
    assert_true(town->name_count > 0);
    town->rv = roster_rv(town->handheld->node->roster);
}

static void found_town(struct link_town *town)
{
    pair_open(&town->pair, 42);
    town->centre = pair_centre(&town->pair);
    town->handheld = pair_handheld(&town->pair, town->centre, "w1");
    town->stranger = pair_add(&town->pair, "stranger", GRID_NODE_HANDHELD, town->centre);
    town->joiner = pair_add(&town->pair, "joiner", GRID_NODE_HANDHELD, town->centre);
    pair_invite(town->centre, "h1", town->stranger_secret);
    pair_invite(town->centre, "h2", town->joiner_secret);
    char other[GRID_CODE_TEXT_BYTES];
    work(town->centre, "中心自己的一件", other);
    work(town->handheld, "已经送到的一件", town->code);
    pair_sync(town->handheld);
    pair_cut(&town->pair, pair_link_of(town->handheld), "valley");
    work(town->handheld, "还没有送出的一件", other);
    keep_names(town);
    town->own_entries[WORLD_CENTRE] = link_town_own_entries(town->centre);
    town->own_entries[WORLD_STRANGER] = town->own_entries[WORLD_CENTRE];
    town->own_entries[WORLD_HANDHELD] = link_town_own_entries(town->handheld);
    for (size_t i = 0; i < town->pair.home_count; i++) {
        pair_stop(&town->pair.homes[i]);
        pair_save(&town->pair.homes[i], "base");
    }
    as_it_was = town->pair;
}

struct link_town *link_town(void)
{
    if (the_town.centre == NULL) {
        found_town(&the_town);
        (void)atexit(remove_town);
    }
    return &the_town;
}

struct pair_link *link_town_connect(struct link_town *town, enum link_world world)
{
    struct pair_home *const children[WORLDS] = {
            town->handheld, town->handheld, town->stranger, town->joiner};
    return pair_connect(children[world], town->centre);
}

struct pair_home *link_town_begin(
        struct link_town *town, enum link_world world, struct pair_link **link)
{
    struct pair_home *const listeners[WORLDS] = {
            town->centre, town->handheld, town->centre, town->joiner};
    struct pair_home *home = listeners[world];
    town->pair = as_it_was;
    pair_restore(home, "base", true);
    if (world == WORLD_JOIN) { /* the secret is known before the first link is */
        struct grid_error error = {0};
        assert_ok(pair_try_start(home, &error));
        grid_node_enrol(home->node, town->joiner_secret);
        (void)pair_turn(home);
    } else {
        pair_start(home);
    }
    *link = link_town_connect(town, world);
    return home;
}

void link_town_end(struct link_town *town)
{
    for (size_t i = 0; i < PAIR_LINKS_MAX; i++)
        if (town->pair.links[i].number != 0)
            pair_cut(&town->pair, &town->pair.links[i], "end");
    for (size_t i = 0; i < town->pair.home_count; i++)
        pair_stop(&town->pair.homes[i]);
}
