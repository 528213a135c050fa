/* What a cut leaves (I19), what is in the way (I20), what is named and nowhere (L3). */
#include "tests/sim/world.h"

#include <string.h>

/* --- a cut author (I19) --- */

/* What the centre holds of this identity as it is cut: the last sequence that counts. */
void check_note_cut(struct sim_home *home)
{
    const struct log *log = &home->sim->centre->node->log;
    home->cut_count = 0;
    for (size_t i = 0; i < log->stream_count && home->cut_count < SIM_CUTS_MAX; i++) {
        const struct stream *stream = log->streams[i];
        if (!stream->identified || stream->row.tip_seq == 0 ||
                memcmp(stream->identity, home->identity, sizeof(stream->identity)) != 0)
            continue;
        struct sim_cut *cut = &home->cuts[home->cut_count++];
        memcpy(cut->author, stream->row.author, sizeof(cut->author));
        cut->lane = stream->row.lane;
        cut->seq = stream->row.tip_seq;
    }
}

static uint64_t last_that_counts(const struct sim_home *cut, const struct entry *entry)
{
    for (size_t i = 0; i < cut->cut_count; i++)
        if (cut->cuts[i].lane == entry->lane &&
                memcmp(cut->cuts[i].author, entry->author, sizeof(entry->author)) == 0)
            return cut->cuts[i].seq;
    return 0;
}

static const struct sim_home *cut_author(const struct sim_home *at, const struct entry *entry)
{
    const struct sim *sim = at->sim;
    const struct stream *stream = log_stream(&at->node->log, entry->author, entry->lane);
    for (size_t i = 0; i < sim->home_count && stream != NULL && stream->identified; i++)
        if (sim->homes[i]->cut_count > 0 &&
                memcmp(sim->homes[i]->identity, stream->identity, sizeof(stream->identity)) == 0)
            return sim->homes[i];
    return NULL;
}

void check_cut(struct sim_home *home, struct fold *fold)
{
    for (size_t i = 0; i < fold_entry_count(fold) && !sim_bad(home->sim); i++) {
        const struct fold_entry *held = fold_entry_at(fold, i);
        const struct sim_home *cut = cut_author(home, &held->entry);
        if (cut == NULL || !roster_identity_cut(home->node->roster, cut->identity))
            continue;
        bool counts = held->entry.seq <= last_that_counts(cut, &held->entry);
        if (counts && cut->plays)
            continue; /* who forges is void for other reasons too */
        if (counts ? held->verdict == GRID_VOID_AUTHOR : held->verdict == GRID_VALID)
            sim_violate(home->sim, "I19", "%s: %02x%02x/%u/%d of %s, which was cut, %s", home->name,
                    held->entry.author[0], held->entry.author[1], held->entry.lane,
                    (int)held->entry.seq, cut->name, counts ? "counts no more" : "is folded");
    }
}

/* --- what does not move says why (I20) --- */

/* F47: slow is not dead, so bytes that come are progress too. */
static uint64_t progress_of(const struct sim_home *home)
{
    const struct sync *sync = &home->node->sync;
    const struct link *link = link_to_parent(sync);
    uint64_t sum =
            link != NULL ? link->number * 8 + (uint64_t)link->phase + (uint64_t)link->heard_ms : 0;
    for (size_t i = 0; i < sync->log->stream_count; i++) {
        const struct stream *stream = sync->log->streams[i];
        if (stream->own)
            sum = sum * 31 + stream->row.tip_seq + stream->receipted_seq;
    }
    for (size_t i = 0; i < sync->buckets.count; i++)
        sum = sum * 31 + sync->buckets.items[i]->position + sync->buckets.items[i]->state;
    return sum;
}

void check_stuck(struct sim_home *home)
{
    enum { SAYS_WHY_MS = 60000 };
    struct sim *sim = home->sim;
    struct grid_error error = {0};
    if (home->parent == NULL || home->node == NULL || store_in_turn(home->node->store))
        return;
    if (home->rival)
        return; /* two who are one: what waits is decided at their centre (D15) */
    uint64_t progress = progress_of(home);
    if (progress != home->progress) {
        home->progress = progress;
        home->moved_ms = sim->mono_ms;
    }
    if (sim->mono_ms - home->moved_ms <= SAYS_WHY_MS)
        return;
    struct sim_looking looking = sim_look_at(home);
    bool synced = grid_node_synced(home->node, sim_now(home), &error);
    const char *why = sync_obstacle(&home->node->sync, sim_now(home));
    sim_look_away(&looking);
    bool says = why[0] != '\0' || strcmp(error.reason, "sync_refused") == 0 ||
                strcmp(error.reason, "sync_revoked") == 0;
    if (!synced && !says)
        sim_violate(sim, "I20", "%s is out of step (%s %s) for %d s and does not say why",
                home->name, error.reason, error.detail,
                (int)((sim->mono_ms - home->moved_ms) / 1000));
}

/* --- named and nowhere (L3) --- */

void check_phantoms(struct sim_home *home, struct fold *fold)
{
    const uint8_t *id = fold_case_id(fold);
    if (fold_create(fold) == NULL)
        sim_violate(home->sim, "L3", "%s holds case %02x%02x and not its beginning", home->name,
                id[0], id[1]);
    for (size_t i = 0; i < fold_entry_count(fold) && !sim_bad(home->sim); i++)
        if (fold_entry_at(fold, i)->verdict == GRID_PENDING)
            sim_violate(home->sim, "L3", "%s: an entry of case %02x%02x waits for what never came",
                    home->name, id[0], id[1]);
    for (unsigned reg = 1; reg < GRID_REGISTER_END && !sim_bad(home->sim); reg++) {
        struct fold_register shown;
        if (fold_read(fold, reg, &shown) == GRID_OK && shown.waiting)
            sim_violate(home->sim, "L3", "%s: register %u of case %02x%02x names what never came",
                    home->name, reg, id[0], id[1]);
    }
}
