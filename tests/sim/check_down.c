/* The invariants of the way down, by brute force: who may read what is told from posts and places
 * anew (DOMAIN 7, Reading), from the roster and the cases of the centre alone. */
#include "tests/sim/world.h"

#include <string.h>

/* --- who reads what --- */

struct reader_of_posts {
    struct bytes place;
    int32_t today; /* a post that ended before reads nothing; GRID_DAY_NONE: whatever its end */
    bool reads;
};

static bool begins(struct bytes whole, struct bytes part)
{
    return whole.size >= part.size && memcmp(whole.data, part.data, part.size) == 0;
}

/* Codes have 9, 12, 15 and 18 digits: township, village, grid, micro-grid. */
static bool post_reads(unsigned role, struct bytes own, struct bytes place)
{
    enum { VILLAGE_DIGITS = 12, GRID_DIGITS = 15 };
    bool above = (place.size == VILLAGE_DIGITS || place.size == GRID_DIGITS) && begins(own, place);
    switch (role) {
    case GRID_ROLE_HEAD:
        return above || bytes_equal(own, place);
    case GRID_ROLE_GRID_WORKER:
        return above || begins(place, own);
    case GRID_ROLE_CLERK:
    case GRID_ROLE_DIRECTOR:
        return begins(place, own);
    default:
        return false;
    }
}

static bool ask_post(void *context, const struct grid_post *post)
{
    struct reader_of_posts *asked = context;
    bool ended =
            asked->today != GRID_DAY_NONE && post->to != GRID_DAY_NONE && post->to < asked->today;
    asked->reads = asked->reads || (!ended && post_reads(post->role, post->place, asked->place));
    return !asked->reads;
}

static bool place_is_read(const struct sim_home *home, struct bytes place, int32_t today)
{
    const struct grid_roster *roster = home->parent->node->roster;
    const struct grid_device *device = roster_device_of(roster, home->identity);
    struct reader_of_posts asked = {.place = place, .today = today};
    if (device != NULL && place.size > 0)
        grid_roster_each_post_of(roster, device->person, GRID_DAY_NONE, ask_post, &asked);
    return asked.reads;
}

static bool lead_is_read(const struct sim_home *home, struct bytes value, int32_t today)
{
    struct lead_value lead;
    bool reads = false;
    if (value.size == 0 || !value_lead(value, &lead))
        return false;
    reads = place_is_read(home, lead.lead, today);
    for (size_t i = 0; i < lead.assist_count && !reads; i++)
        reads = place_is_read(home, lead.assists[i], today);
    return reads;
}

/* A case is read by whoever reads a place that it ever had, and by who reported it. */
static bool case_is_read(const struct sim_home *home, struct fold *fold, int32_t today)
{
    const struct fold_entry *create = fold_create(fold);
    const struct grid_device *device = roster_device_of(home->parent->node->roster, home->identity);
    bool reads = create != NULL && device != NULL && create->verdict == GRID_VALID &&
                 memcmp(create->body.as.person, device->person, sizeof(device->person)) == 0;
    for (size_t i = 0; i < fold_entry_count(fold) && !reads; i++) {
        const struct fold_entry *entry = fold_entry_at(fold, i);
        if (entry->verdict != GRID_VALID)
            continue;
        reads = place_is_read(
                        home, value_text(case_body_set(&entry->body, GRID_REGISTER_UNIT)), today) ||
                lead_is_read(home, case_body_set(&entry->body, GRID_REGISTER_LEAD), today);
    }
    return reads;
}

static struct fold *fold_of_case(struct sim_home *home, const uint8_t *case_id)
{
    int64_t no = 0;
    struct fold *fold = NULL;
    struct grid_error error = {0};
    if (book_find(&home->node->book, case_id, &no, &error) != GRID_OK || no == 0 ||
            book_fold(&home->node->book, no, &fold, &error) != GRID_OK)
        return NULL;
    return fold;
}

/* --- what is sent (I12) --- */

static void see_put_entry(struct sim_home *from, struct sim_home *to, const struct entry *entry)
{
    struct arena arena;
    struct entry_header header;
    struct grid_error error = {0};
    arena_init(&arena, 0);
    bool readable = entry_read_header(entry, &arena, &header, &error) == GRID_OK;
    bool creates = readable &&
                   (header.kind == GRID_KIND_CREATE || header.kind == GRID_KIND_CREATE_RESOLVED);
    struct fold *fold = readable && (creates || header.has_case)
                                ? fold_of_case(from, creates ? entry->leaf : header.case_id)
                                : NULL;
    if (fold != NULL && !case_is_read(to, fold, GRID_DAY_NONE))
        sim_violate(from->sim, "I12", "%s is sent %02x%02x/%u/%d of a case that it may not read",
                to->name, entry->author[0], entry->author[1], entry->lane, (int)entry->seq);
    arena_close(&arena);
}

void check_put(struct sim_home *from, struct sim_home *to, const struct frame *frame)
{
    struct arena arena;
    struct put put;
    struct entry *entries = NULL;
    struct grid_error error = {0};
    if (to->role == GRID_NODE_CENTRE || to->plays)
        return;
    arena_init(&arena, 0);
    if (message_read_put(frame, &arena, &put, &error) != GRID_OK ||
            put_open(&put, frame->tail, &arena, &entries, &error) != GRID_OK)
        sim_violate(from->sim, "I15", "%s puts what cannot be read: %s", from->name, error.reason);
    for (size_t i = 0; entries != NULL && i < put.entry_count && !sim_bad(from->sim); i++)
        see_put_entry(from, to, &entries[i]);
    arena_close(&arena);
}

/* What goes down as a stream is the child's own. */
void check_data_down(struct sim_home *from, struct sim_home *to, const struct segment *segment)
{
    const struct stream *stream = log_stream(&from->node->log, segment->author, segment->lane);
    if (to->parent != from || to->role == GRID_NODE_CENTRE || stream == NULL ||
            !stream->identified ||
            memcmp(stream->identity, to->identity, sizeof(stream->identity)) == 0)
        return;
    sim_violate(from->sim, "I12", "%s is sent the stream %02x%02x/%u of another", to->name,
            segment->author[0], segment->author[1], segment->lane);
}

/* --- the same bucket at both ends (I11) --- */

struct summing {
    struct log *log;
    uint64_t until, count;
    uint8_t sum[GRID_HASH_BYTES];
    bool lacks;
};

static void add_leaf(uint8_t sum[static GRID_HASH_BYTES], const uint8_t leaf[GRID_HASH_BYTES])
{
    unsigned carry = 0;
    for (size_t i = GRID_HASH_BYTES; i > 0; i--) {
        carry += (unsigned)sum[i - 1] + leaf[i - 1];
        sum[i - 1] = (uint8_t)carry;
        carry >>= 8;
    }
}

static enum grid_status sum_run(void *context, const struct bucket_run *run)
{
    struct summing *summing = context;
    struct grid_error error = {0};
    for (size_t i = 0; i < run->span_count; i++)
        for (uint64_t at = 0; at < run->spans[i].count && summing->count < summing->until; at++) {
            struct entry entry;
            struct store_entry stored;
            bool found = false;
            int64_t place = STORE_PLACE(run->stream, run->spans[i].first + at);
            (void)log_entry(summing->log, place, &entry, &stored, &found, &error);
            summing->lacks = summing->lacks || !found;
            summing->count++;
            if (found)
                add_leaf(summing->sum, entry.leaf);
        }
    return GRID_OK;
}

static struct summing sum_of(struct sim_home *home, struct bucket *bucket, uint64_t position)
{
    struct summing summing = {.log = &home->node->log, .until = position};
    struct grid_error error = {0};
    (void)bucket_each_run(&home->node->sync.buckets, bucket, sum_run, &summing, &error);
    return summing;
}

static bool is_held_open(const struct bucket *bucket)
{
    return bucket != NULL && bucket->side == STORE_FROM_PARENT && bucket->state <= BUCKET_WHOLE;
}

static void check_bucket(struct sim_home *home, struct bucket *bucket, bool counts_anew)
{
    struct sim_home *parent = home->parent;
    struct bucket *theirs =
            bucket_find(&parent->node->sync.buckets, STORE_FILLED_HERE, bytes_text(bucket->name));
    if (theirs == NULL || bucket->lacking || bucket->orphaned || bucket->position == 0 ||
            memcmp(bucket->epoch, parent->node->log.epoch, sizeof(bucket->epoch)) != 0)
        return;
    if (bucket->position > theirs->position)
        sim_violate(home->sim, "I11", "%s holds %s to %d, and it ends at %d", home->name,
                bucket->name, (int)bucket->position, (int)theirs->position);
    bool same = bucket->position != theirs->position ||
                memcmp(bucket->digest, theirs->digest, sizeof(bucket->digest)) == 0;
    if (same && counts_anew) {
        struct summing here = sum_of(home, bucket, bucket->position);
        struct summing there = sum_of(parent, theirs, bucket->position);
        same = here.count == there.count && !here.lacks && !there.lacks &&
               memcmp(here.sum, there.sum, sizeof(here.sum)) == 0 &&
               memcmp(here.sum, bucket->digest, sizeof(here.sum)) == 0;
    }
    if (!same)
        sim_violate(home->sim, "I11", "%s holds %s otherwise at %d than its centre", home->name,
                bucket->name, (int)bucket->position);
}

void check_buckets(struct sim_home *home, bool counts_anew)
{
    const struct sim_home *parent = home->parent;
    if (parent == NULL || parent->node == NULL || home->node == NULL || home->rival ||
            home->sim->plan.hostile || parent->rival)
        return; /* a centre put back as one image numbers anew what others know otherwise */
    struct buckets_held *buckets = &home->node->sync.buckets;
    for (size_t i = 0; i < buckets->count && !sim_bad(home->sim); i++)
        if (is_held_open(buckets->items[i]))
            check_bucket(home, buckets->items[i], counts_anew);
}

/* --- in the end: all that is to be there, and nothing else (L2, I12) --- */

static void check_listed(struct sim_home *home, const struct bucket *theirs, int32_t today)
{
    struct bytes name = bytes_text(theirs->name);
    const struct bucket *ours = bucket_find(&home->node->sync.buckets, STORE_FROM_PARENT, name);
    bool is_place = theirs->name[0] >= '0' && theirs->name[0] <= '9';
    if (theirs->side != STORE_FILLED_HERE || !is_place)
        return;
    bool reads = place_is_read(home, name, today);
    if (reads != is_held_open(ours))
        sim_violate(home->sim, reads ? "L2" : "I12", "%s %s the bucket %s", home->name,
                reads ? "has not" : "still has", theirs->name);
    else if (reads && !ours->orphaned &&
             (ours->state != BUCKET_WHOLE || ours->position != theirs->position))
        sim_violate(home->sim, "L2", "%s has %s to %d of %d", home->name, theirs->name,
                (int)ours->position, (int)theirs->position);
}

/* The first entry of `a` that `b` has not; NULL: none. */
static const struct entry *lacking_in(struct fold *a, struct fold *b)
{
    for (size_t i = 0; i < fold_entry_count(a); i++) {
        const struct fold_entry *entry = fold_entry_at(a, i);
        const struct fold_entry *same = fold_find(b, &entry->dot);
        if (same == NULL || memcmp(same->entry.leaf, entry->entry.leaf, GRID_HASH_BYTES) != 0)
            return &entry->entry;
    }
    return NULL;
}

static bool is_own(const struct sim_home *home, const struct fold_entry *entry)
{
    const struct stream *stream =
            log_stream(&home->node->log, entry->entry.author, entry->entry.lane);
    return stream != NULL && stream->own;
}

/* What a centre that was put back has lost stays with whoever has it, for ADOPT; and by a roster
 * that it has lost it cannot tell any more where a case belongs. */
static void check_case_below(struct sim_home *home, struct fold *theirs, int32_t today)
{
    struct fold *ours = fold_of_case(home, fold_case_id(theirs));
    const uint8_t *id = fold_case_id(theirs);
    if (case_is_read(home, theirs, today)) {
        const struct entry *more = ours != NULL ? lacking_in(theirs, ours) : NULL;
        bool lost = home->parent->was_restored || ours == NULL;
        const struct entry *other = lost ? NULL : lacking_in(ours, theirs);
        const struct entry *entry = more != NULL ? more : other;
        if (ours == NULL)
            sim_violate(home->sim, "L2", "%s has not case %02x%02x, which it reads", home->name,
                    id[0], id[1]);
        else if (entry != NULL)
            sim_violate(home->sim, "L2", "%s has%s %02x%02x/%u/%d in case %02x%02x, its centre%s",
                    home->name, more != NULL ? " not" : "", entry->author[0], entry->author[1],
                    entry->lane, (int)entry->seq, id[0], id[1], more != NULL ? "" : " not");
        return;
    }
    for (size_t i = 0; ours != NULL && !home->parent->was_restored && i < fold_entry_count(ours) &&
                       !sim_bad(home->sim);
            i++) {
        const struct fold_entry *entry = fold_entry_at(ours, i);
        if (!is_own(home, entry))
            sim_violate(home->sim, "I12", "%s holds %02x%02x/%u/%d of case %02x%02x", home->name,
                    entry->entry.author[0], entry->entry.author[1], entry->entry.lane,
                    (int)entry->entry.seq, id[0], id[1]);
    }
}

void check_whole_below(struct sim_home *home)
{
    struct sim_home *parent = home->parent;
    int32_t today = stamp_day(sim_now(parent).wall_ms);
    const struct buckets_held *buckets = &parent->node->sync.buckets;
    struct book *book = &parent->node->book;
    if (home->role == GRID_NODE_CENTRE || parent->rival)
        return;
    for (size_t i = 0; i < buckets->count && !sim_bad(home->sim); i++)
        check_listed(home, buckets->items[i], today);
    for (int64_t no = 1; no <= book->last_no && !sim_bad(home->sim); no++) {
        struct fold *fold = NULL;
        struct grid_error error = {0};
        if (book_fold(book, no, &fold, &error) == GRID_OK && fold != NULL)
            check_case_below(home, fold, today);
    }
}
