/* The invariants of what nodes hold, by number. Each looks from outside: at what was said, sent and
 * stored, not at what the node thinks of itself. */
#include "tests/sim/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct sim_looking sim_look_at(struct sim_home *home)
{
    struct sim_looking looking = {home, home->disk.fault};
    home->disk.fault = SIM_FAULT_NONE;
    return looking;
}

void sim_look_away(const struct sim_looking *looking)
{
    looking->home->disk.fault = looking->fault;
}

static bool has_no_forks(const struct sim_home *home)
{
    return !home->rival && !home->key_is_old;
}

/* --- what was said is there (I6) --- */

struct aside {
    const struct sim_act *act;
    bool found;
};

static enum grid_status look_aside(void *context, const struct segment *segment)
{
    struct aside *aside = context;
    const struct sim_act *act = aside->act;
    struct bytes rest = segment->entries;
    if (segment->lane != act->lane || memcmp(segment->author, act->author, GRID_ID_BYTES) != 0)
        return GRID_OK;
    for (uint32_t i = 0; i < segment->entry_count && !aside->found; i++) {
        struct entry entry = {.lane = segment->lane, .seq = segment->first_seq + i};
        memcpy(entry.author, segment->author, sizeof(entry.author));
        if (entry_take(&rest, &entry, NULL) != GRID_OK || entry_leaf(&entry) != GRID_OK)
            return GRID_OK;
        aside->found = memcmp(entry.leaf, act->leaf, sizeof(act->leaf)) == 0;
    }
    return GRID_OK;
}

/* D15: of the branch that does not count, and kept for a person to take over. */
static bool is_set_aside(struct sim_home *home, const struct sim_act *act)
{
    struct aside aside = {.act = act};
    uint64_t parted = roster_fork_first(home->node->roster, act->author, act->lane);
    if (parted == 0 || parted > act->seq)
        return false;
    (void)store_evidence_each(home->node->store, look_aside, &aside, NULL);
    return aside.found;
}

bool check_holds(struct sim_home *home, const struct sim_act *act)
{
    struct entry entry;
    struct store_entry stored;
    struct grid_error error = {0};
    bool found = false;
    if (home->node == NULL)
        return false;
    struct log *log = &home->node->log;
    const struct stream *stream = log_stream(log, act->author, act->lane);
    struct sim_looking looking = sim_look_at(home);
    if (stream != NULL && stream->row.tip_seq >= act->seq)
        (void)log_entry(
                log, STORE_PLACE(stream->row.no, act->seq), &entry, &stored, &found, &error);
    bool held = found && memcmp(entry.leaf, act->leaf, sizeof(act->leaf)) == 0;
    held = held || is_set_aside(home, act);
    sim_look_away(&looking);
    return held;
}

bool check_held_above(struct sim_home *home, const struct sim_act *act)
{
    for (; home != NULL; home = home->parent)
        if (check_holds(home, act))
            return true;
    return false;
}

static void check_said(struct sim_home *home)
{
    struct sim *sim = home->sim;
    for (size_t i = 0; i < sim->act_count && !sim_bad(sim); i++) {
        const struct sim_act *act = &sim->acts[i];
        if (act->home != home || act->excuse != NULL || home->was_restored ||
                check_holds(home, act))
            continue;
        sim_violate(sim, "I6", "%s said saved to %02x%02x/%u/%d and has lost it", home->name,
                act->author[0], act->author[1], act->lane, (int)act->seq);
    }
}

/* --- after each start --- */

void check_start(struct sim_home *home)
{
    struct sim *sim = home->sim;
    const struct log *log = &home->node->log;
    uint32_t before = home->keyring.author_count;
    bool closed = before > 0 && log->keyring.author_count > before;
    bool spare =
            log->own[0] != NULL || log->own[1] != NULL; /* it was opened before it was marked */
    struct sim_looking looking = sim_look_at(home);
    if (home->forgive)
        ledger_forgive(home);
    home->forgive = false;
    if (closed && !spare && !home->was_restored && has_no_forks(home))
        sim_violate(sim, home->disk.lies ? "I6" : "I4", "%s has lost what it sealed", home->name);
    check_said(home);
    if (!home->rival || home->role != GRID_NODE_CENTRE)
        ledger_check_receipts(home);
    sim_look_away(&looking);
}

/* --- after each turn --- */

void check_turn(struct sim_home *home)
{
    struct sim *sim = home->sim;
    const struct sync *sync = &home->node->sync;
    int64_t clock_ms = stamp_ms(sync->log->clock);
    if (clock_ms > home->wall_max_ms + GRID_CLOCK_AHEAD_MS + 1000 && !home->rival)
        sim_violate(sim, "I17", "the clock of %s was moved to %lld, its wall was never beyond %lld",
                home->name, (long long)clock_ms, (long long)home->wall_max_ms);
    const struct link *link = link_to_parent(sync);
    bool open = link != NULL && link->phase == LINK_FLOWING && link->want_count == 0 &&
                !(link->tell_cursor[0] || link->tell_cursor[1]) &&
                link->unsent_bytes < GRID_LINK_CREDIT_BYTES;
    uint64_t end = sync->log->tails[GRID_LANE_URGENT].run.lsn;
    if (open && link->sent_lsn[GRID_LANE_URGENT] < end)
        sim_violate(sim, "I14", "%s has credit and keeps urgent entries back", home->name);
    check_stuck(home);
}

/* --- cursor and data (I5) --- */

static bool is_stopped(struct store *store, const struct stream *stream, uint64_t from_seq)
{
    struct stopped stopped;
    struct grid_error error = {0};
    int64_t since_ms = 0;
    bool found = false;
    return store_stopped_get(store, STORE_REFUSED_HERE, stream->row.author, stream->row.lane,
                   &stopped, &since_ms, &found, &error) == GRID_OK &&
           found && stopped.from_seq <= from_seq + GRID_SEGMENT_ENTRIES_MAX;
}

static void check_cursor(struct sim_home *child, uint8_t lane)
{
    struct sim *sim = child->sim;
    struct log *theirs = &child->node->log;
    struct log *ours = &child->parent->node->log;
    struct cursor cursor;
    struct grid_error error = {0};
    if (store_cursor_get(ours->store, child->identity, lane, &cursor, &error) != GRID_OK ||
            cursor.lsn == 0 || memcmp(cursor.epoch, theirs->epoch, sizeof(cursor.epoch)) != 0)
        return;
    for (size_t i = 0; i < theirs->stream_count; i++) {
        struct stream *stream = theirs->streams[i];
        uint64_t seq = 0;
        if (stream->row.lane != lane || !stream->own ||
                log_arrived(theirs, stream, cursor.lsn, &seq, &error) != GRID_OK || seq == 0)
            continue;
        const struct stream *held = log_stream(ours, stream->row.author, lane);
        uint64_t tip = held != NULL ? held->row.tip_seq : 0;
        if (tip < seq && !is_stopped(ours->store, stream, tip + 1))
            sim_violate(sim, "I5", "%s: the cursor passed %02x%02x/%u/%d, held up to %d",
                    child->name, stream->row.author[0], stream->row.author[1], lane, (int)seq,
                    (int)tip);
    }
}

static void check_cursors(struct sim *sim)
{
    for (size_t i = 0; i < sim->home_count; i++) {
        struct sim_home *home = sim->homes[i];
        const struct sim_home *parent = home->parent;
        if (parent == NULL || home->node == NULL || !has_no_forks(home) || parent->node == NULL ||
                parent->was_restored || sim->plan.hostile)
            continue;
        for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++)
            check_cursor(home, lane);
    }
}

/* --- the node's own check (I2, I8; what the digest adds up to) --- */

struct defects {
    bool skips_buckets;
    char text[200];
};

static void note_defect(void *context, const char *what, const char *detail)
{
    struct defects *defects = context;
    size_t size = strlen(defects->text);
    if (defects->skips_buckets && strcmp(what, "bucket") == 0)
        return;
    snprintf(defects->text + size, sizeof(defects->text) - size, " %s (%s)", what, detail);
}

static void check_node(struct sim_home *home)
{
    struct grid_check_counts counts = {0};
    struct grid_error error = {0};
    /* of a copy the bucket may hold what only the other has; a road that lies sends any bucket */
    struct defects defects = {.skips_buckets = home->rival || home->sim->plan.hostile};
    struct sim_looking looking = sim_look_at(home);
    enum grid_status status = grid_node_check(home->node, note_defect, &defects, &counts, &error);
    sim_look_away(&looking);
    home->sim->counts.checks++;
    const char *rule = strstr(defects.text, " fold") != NULL ? "I8" : "I2";
    if (status != GRID_OK || defects.text[0] != '\0')
        sim_violate(
                home->sim, rule, "%s has defects:%s %s", home->name, defects.text, error.reason);
}

/* --- cases (I9, I10) --- */

static struct fold *fold_of(struct sim_home *home, const struct sim_act *create)
{
    int64_t no = 0;
    struct fold *fold = NULL;
    struct grid_error error = {0};
    if (book_find(&home->node->book, create->leaf, &no, &error) != GRID_OK || no == 0 ||
            book_fold(&home->node->book, no, &fold, &error) != GRID_OK)
        return NULL;
    return fold;
}

static bool names(const struct entry_header *head, const struct dot *dot)
{
    for (size_t i = 0; i < head->basis_count; i++)
        if (dot_equal(&head->basis[i], dot))
            return true;
    for (size_t i = 0; i < head->ref_count; i++)
        if (dot_equal(&head->refs[i], dot))
            return true;
    return false;
}

static bool writes(const struct fold_entry *entry, unsigned reg)
{
    for (size_t i = 0; i < entry->body.set_count; i++)
        if (entry->body.sets[i].name == reg)
            return true;
    return false;
}

static bool is_named(struct fold *fold, const struct fold_entry *entry)
{
    for (size_t i = 0; i < fold_entry_count(fold); i++)
        if (names(&fold_entry_at(fold, i)->head, &entry->dot))
            return true;
    return false;
}

static bool is_live(struct fold *fold, unsigned reg, const struct dot *dot)
{
    struct dot live[256];
    size_t count = fold_live(fold, reg, live, 256);
    for (size_t i = 0; i < count && i < 256; i++)
        if (dot_equal(&live[i], dot))
            return true;
    return count > 256;
}

static void check_visible(struct sim_home *home, struct fold *fold)
{
    for (size_t i = 0; i < fold_entry_count(fold) && !sim_bad(home->sim); i++) {
        const struct fold_entry *entry = fold_entry_at(fold, i);
        if (entry->verdict != GRID_VALID || is_named(fold, entry))
            continue;
        for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
            if (writes(entry, reg) && !is_live(fold, reg, &entry->dot))
                sim_violate(home->sim, "I10",
                        "%s: register %u of a case hides a write that nobody named", home->name,
                        reg);
    }
}

/* A CUT belongs to the set: it is a rule of the fold (D16). */
static bool same_cut(const struct sim_home *a, const struct sim_home *b, const struct entry *entry)
{
    return roster_cut_position(a->node->roster, entry->author, entry->lane) ==
           roster_cut_position(b->node->roster, entry->author, entry->lane);
}

static bool same_set(
        const struct sim_home *one, struct fold *a, const struct sim_home *other, struct fold *b)
{
    bool same = fold_entry_count(a) == fold_entry_count(b);
    for (size_t i = 0; same && i < fold_entry_count(a); i++)
        same = memcmp(fold_entry_at(a, i)->entry.leaf, fold_entry_at(b, i)->entry.leaf,
                       GRID_HASH_BYTES) == 0 &&
               (fold_entry_at(a, i)->verdict == GRID_PENDING) ==
                       (fold_entry_at(b, i)->verdict == GRID_PENDING) &&
               same_cut(one, other, &fold_entry_at(a, i)->entry);
    return same;
}

static void check_case(struct sim *sim, const struct sim_act *create)
{
    struct fold *first = NULL;
    const struct sim_home *first_home = NULL;
    uint8_t digest[GRID_HASH_BYTES];
    for (size_t i = 0; i < sim->home_count && !sim_bad(sim); i++) {
        struct sim_home *home = sim->homes[i];
        struct sim_looking looking = sim_look_at(home);
        struct fold *fold = home->node != NULL ? fold_of(home, create) : NULL;
        uint8_t other[GRID_HASH_BYTES];
        if (fold != NULL) {
            check_visible(home, fold);
            check_cut(home, fold);
            (void)fold_digest(fold, other);
            if (first != NULL && same_set(first_home, first, home, fold) &&
                    memcmp(digest, other, sizeof(digest)) != 0)
                sim_violate(sim, "I9", "%s folds %s otherwise than others do", home->name,
                        create->code);
            if (first == NULL)
                memcpy(digest, other, sizeof(digest));
            first_home = first != NULL ? first_home : home;
            first = first != NULL ? first : fold;
        }
        sim_look_away(&looking);
    }
}

static void check_cases(struct sim *sim, size_t at_most)
{
    for (size_t i = sim->act_count; i > 0 && at_most > 0 && !sim_bad(sim); i--)
        if (sim->acts[i - 1].verb == SIM_REPORT) {
            check_case(sim, &sim->acts[i - 1]);
            at_most--;
        }
}

/* --- all of it --- */

void check_all(struct sim *sim)
{
    for (size_t i = 0; i < sim->home_count && !sim_bad(sim); i++) {
        struct sim_home *home = sim->homes[i];
        if (home->node == NULL || store_in_turn(home->node->store))
            continue;
        check_node(home);
        check_said(home);
        ledger_check_receipts(home);
        check_buckets(home, false);
    }
    check_cursors(sim);
    check_cases(sim, 60);
}

/* --- in the end (L1, L3–L5) --- */

static void check_queue(struct sim_home *home)
{
    const struct sync *sync = &home->node->sync;
    struct grid_error error = {0};
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        if (upward_unreceipted(sync, lane) > 0)
            sim_violate(home->sim, lane == GRID_LANE_URGENT ? "L4" : "L5",
                    "%s: %d entries of lane %u have no receipt (%s)", home->name,
                    (int)upward_unreceipted(sync, lane), lane, home->last_close);
    if (!grid_node_synced(home->node, sim_now(home), &error))
        sim_violate(home->sim, "L5", "%s is not in step: %s %s, %s", home->name, error.reason,
                error.detail, home->last_close);
}

/* F1, F6, F27: whatever happened, what was said is at every centre above, and still where it was
 * written.
 */
static void check_arrived(struct sim *sim)
{
    for (size_t i = 0; i < sim->act_count && !sim_bad(sim); i++) {
        const struct sim_act *act = &sim->acts[i];
        if (act->excuse != NULL || act->home->rival || act->home->key_is_old)
            continue;
        for (struct sim_home *above = act->home->parent; above != NULL; above = above->parent)
            if (!check_holds(above, act))
                sim_violate(sim, "L1", "%02x%02x/%u/%d of %s, saved on day %d, is not at the %s",
                        act->author[0], act->author[1], act->lane, (int)act->seq, act->home->name,
                        (int)(act->said_ms / 86400000), above->name);
        if (!act->home->destroyed && !check_holds(act->home, act))
            sim_violate(sim, "I13", "%02x%02x/%u/%d is not at %s, whose it is", act->author[0],
                    act->author[1], act->lane, (int)act->seq, act->home->name);
    }
}

/* F12: no report is there twice; its title names it. */
static void check_once(struct sim *sim)
{
    struct book *book = &sim->centre->node->book;
    uint8_t *seen = calloc(sim->texts + 1, 1);
    struct grid_error error = {0};
    assert(seen != NULL);
    for (int64_t no = 1; no <= book->last_no && !sim_bad(sim); no++) {
        struct fold *fold = NULL;
        if (book_fold(book, no, &fold, &error) != GRID_OK || fold == NULL ||
                fold_create(fold) == NULL)
            continue;
        struct bytes body = fold_create(fold)->entry.body;
        static const char mark[] = "第";
        const uint8_t *at = memmem(body.data, body.size, mark, sizeof(mark) - 1);
        unsigned long number =
                at != NULL ? strtoul((const char *)at + sizeof(mark) - 1, NULL, 10) : 0;
        if (number == 0 || number > sim->texts)
            continue;
        if (seen[number]++ > 0)
            sim_violate(sim, "F12", "report %lu is at the centre twice", number);
    }
    free(seen);
}

static bool anybody_was_restored(const struct sim *sim)
{
    for (size_t i = 0; i < sim->home_count; i++)
        if (sim->homes[i]->was_restored || sim->homes[i]->rival)
            return true;
    return false;
}

static bool anybody_is_gone(const struct sim *sim)
{
    for (size_t i = 0; i < sim->home_count; i++)
        if (sim->homes[i]->destroyed || sim->homes[i]->revoked)
            return true;
    return false;
}

/* What somebody forged may name anything. */
static void check_all_came(struct sim *sim)
{
    for (size_t i = 0; i < sim->home_count && !sim->plan.hostile && !sim_bad(sim); i++) {
        struct book *book = &sim->homes[i]->node->book;
        for (int64_t no = 1; no <= book->last_no && !sim_bad(sim); no++) {
            struct fold *fold = NULL;
            struct grid_error error = {0};
            if (book_fold(book, no, &fold, &error) == GRID_OK && fold != NULL)
                check_phantoms(sim->homes[i], fold);
        }
    }
}

/* The way down and the way up, once nothing is in the way. */
static void check_home(struct sim_home *home)
{
    if (home->node == NULL)
        sim_violate(home->sim, "L5", "%s does not run", home->name);
    else if (home->parent != NULL && has_no_forks(home) && !home->revoked) {
        check_queue(home);
        if (!sim_bad(home->sim) && !home->sim->plan.hostile) {
            check_buckets(home, true);
            check_whole_below(home);
        }
    }
}

void check_converged(struct sim *sim)
{
    for (size_t i = 0; i < sim->home_count && !sim_bad(sim); i++)
        if (!sim->homes[i]->destroyed && !sim->homes[i]->plays)
            check_home(sim->homes[i]);
    if (!sim_bad(sim))
        check_arrived(sim);
    if (!sim_bad(sim) && !anybody_was_restored(sim))
        check_once(sim);
    if (!sim_bad(sim) && !anybody_was_restored(sim) && !anybody_is_gone(sim))
        check_all_came(sim);
    if (!sim_bad(sim))
        check_all(sim);
    check_cases(sim, SIZE_MAX);
}
