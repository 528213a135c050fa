/* Where everything is (promise 5): the queue, and the state of the node. Computed from the log and
 * its receipts, kept nowhere else (F4). */
#include "libgrid/case/record.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/heap.h"
#include "proto/stamp.h"

#include <stdio.h>
#include <string.h>

/* --- the queue --- */

enum queue_state { QUEUED, SENT, HELD, REFUSED, QUEUE_STATES };
static const char *const queue_states[QUEUE_STATES] = {"queued", "sent", "held", "refused"};

/* How one stream of ours stands; sequence 1 is its INCARNATE and nobody's work. */
struct standing {
    uint64_t held, offered, refused_from; /* refused_from 0: nothing is refused */
    char reason[GRID_REASON_BYTES];
};

static enum grid_status standing_of(
        struct asking *asking, const struct stream *stream, struct standing *out)
{
    struct grid_node *node = asking->node;
    struct stopped stopped;
    int64_t since_ms = 0;
    bool found = false;
    *out = (struct standing){.held = stream->receipted_seq, .offered = stream->offered_seq};
    enum grid_status status = store_stopped_get(node->store, STORE_REFUSED_BY_PARENT,
            stream->row.author, stream->row.lane, &stopped, &since_ms, &found, asking->error);
    if (status == GRID_OK && found) {
        out->refused_from = stopped.from_seq > out->held ? stopped.from_seq : out->held + 1;
        snprintf(out->reason, sizeof(out->reason), "%.*s", (int)stopped.reason.size,
                (const char *)stopped.reason.data);
    }
    return status;
}

static enum queue_state state_of(const struct standing *standing, uint64_t seq)
{
    if (seq <= standing->held)
        return HELD;
    if (standing->refused_from != 0 && seq >= standing->refused_from)
        return REFUSED;
    return seq <= standing->offered ? SENT : QUEUED;
}

struct listing {
    struct asking *asking;
    const struct stream *stream;
    const struct standing *standing;
    struct buffer places; /* case entries whose rows are to be given */
};

static enum grid_status keep_place(void *context, const struct store_entry *stored)
{
    struct listing *listing = context;
    if (stored->kind >= GRID_KIND_CREATE)
        buffer_append(&listing->places, &stored->place, sizeof(stored->place));
    return listing->places.failed ? GRID_NOMEM : GRID_OK;
}

static enum grid_status give_item(struct listing *listing, int64_t place)
{
    struct asking *asking = listing->asking;
    struct grid_node *node = asking->node;
    struct entry entry;
    struct store_entry stored;
    bool found = false;
    struct arena arena;
    arena_init(&arena, 0);
    struct entry_header header = {0};
    enum grid_status status = log_entry(&node->log, place, &entry, &stored, &found, asking->error);
    if (status == GRID_OK)
        status = entry_read_header(&entry, &arena, &header, asking->error);
    arena_close(&arena);
    uint32_t kind = stored.kind;
    int64_t no = stored.case_no;
    struct fold *fold = NULL;
    if (status == GRID_OK && no == 0)
        status = book_find(&node->book, entry.leaf, &no, asking->error);
    if (status == GRID_OK && no != 0)
        status = book_fold(&node->book, no, &fold, asking->error);
    if (status != GRID_OK)
        return status;
    enum queue_state state = state_of(listing->standing, entry.seq);
    struct record record = {0};
    view_entry_name(record_member(&record, "entry"), entry.author, entry.lane, entry.seq);
    record_text(&record, "kind", grid_kind_name(kind));
    ask_pack_case(&record, fold);
    record_text(&record, "state", queue_states[state]);
    unsigned tier = 0;
    (void)tier_of_entry(&node->sync, &entry, &tier);
    record_uint(&record, "tier", tier);
    record_text(&record, "reason", state == REFUSED ? listing->standing->reason : NULL);
    int64_t age_ms = asking->now.wall_ms - stamp_ms(header.hlc);
    record_uint(&record, "age_s", age_ms > 0 ? (uint64_t)age_ms / 1000 : 0);
    struct buffer bytes = {0};
    record_end(&record, &bytes);
    status =
            bytes.failed ? GRID_NOMEM : asking->row(asking->context, "items", buffer_bytes(&bytes));
    buffer_close(&bytes);
    return status;
}

static enum grid_status list_stream(struct asking *asking, struct stream *stream,
        const struct standing *standing, uint64_t from)
{
    struct listing listing = {.asking = asking, .stream = stream, .standing = standing};
    uint32_t no = stream->row.no;
    enum grid_status status = store_entry_run(asking->node->store, STORE_PLACE(no, from),
            STORE_PLACE(no, stream->row.tip_seq), keep_place, &listing, asking->error);
    for (size_t at = 0; at < listing.places.size && status == GRID_OK; at += sizeof(int64_t)) {
        int64_t place = 0;
        memcpy(&place, listing.places.data + at, sizeof(place));
        status = give_item(&listing, place);
        /* nothing but the cache is touched: let it go again */
        if (status == GRID_OK && at % (sizeof(int64_t) * 256) == 0)
            status = book_flush(&asking->node->book, asking->error);
    }
    buffer_close(&listing.places);
    return status;
}

/* Entries behind `after`, up to `last`; the first of a stream is its INCARNATE and nobody's work.
 */
static uint64_t work_between(uint64_t after, uint64_t last)
{
    if (after == 0)
        after = 1;
    return last > after ? last - after : 0;
}

static void count_stream(
        const struct stream *stream, const struct standing *standing, uint64_t counts[QUEUE_STATES])
{
    uint64_t tip = stream->row.tip_seq;
    uint64_t held = standing->held < tip ? standing->held : tip;
    uint64_t good = tip; /* what lies behind it is refused */
    if (standing->refused_from != 0 && standing->refused_from <= tip)
        good = standing->refused_from - 1;
    uint64_t sent = standing->offered < good ? standing->offered : good;
    if (sent < held)
        sent = held;
    counts[HELD] += work_between(0, held);
    counts[SENT] += work_between(held, sent);
    counts[QUEUED] += work_between(sent, good);
    counts[REFUSED] += work_between(good, tip);
}

/* --- what the person wrote and others wrote otherwise --- */

struct quarrels {
    struct asking *asking;
    uint64_t count; /* cases */
};

static enum grid_status count_quarrel(void *context, int64_t no)
{
    struct quarrels *quarrels = context;
    const struct grid_node *node = quarrels->asking->node;
    struct fold *fold = NULL;
    enum grid_status status =
            book_fold(&quarrels->asking->node->book, no, &fold, quarrels->asking->error);
    if (status == GRID_OK && fold != NULL)
        quarrels->count += view_own_conflicts(fold, node->sync.enrolled.person) > 0;
    return status;
}

/* Whose write stands against another's is told so, and not only who looks for conflicts. */
static enum grid_status pack_quarrels(struct record *record, struct asking *asking)
{
    struct quarrels quarrels = {.asking = asking};
    enum grid_status status = GRID_OK;
    if (asking->node->role == GRID_NODE_HANDHELD)
        status = store_case_conflicts(asking->node->store, count_quarrel, &quarrels, asking->error);
    record_uint(record, "conflicts", quarrels.count);
    return status;
}

enum grid_status ask_queue(struct asking *asking)
{
    struct grid_node *node = asking->node;
    bool all = request_field(asking->request, "all") != NULL;
    uint64_t counts[QUEUE_STATES] = {0};
    enum grid_status status = GRID_OK;
    /* A centre without a parent has nobody to send to: nothing waits. */
    for (size_t i = 0; i < node->log.stream_count && node->sync.has_parent; i++) {
        struct stream *stream = node->log.streams[i];
        struct standing standing;
        if (!stream->own || stream->row.tip_seq == 0)
            continue;
        status = standing_of(asking, stream, &standing);
        if (status != GRID_OK)
            return status;
        count_stream(stream, &standing, counts);
        uint64_t from = all ? 1 : standing.held + 1;
        status = list_stream(asking, stream, &standing, from);
        if (status != GRID_OK)
            return status;
    }
    struct record record = {0};
    for (size_t i = 0; i < QUEUE_STATES; i++)
        record_uint(&record, queue_states[i], counts[i]);
    ask_pack_wait(&record, "next_attempt_s", node, asking->now);
    status = pack_quarrels(&record, asking);
    record_end(&record, asking->end);
    return status;
}

/* --- status --- */

static bool pack_post(void *context, const struct grid_post *post)
{
    struct record *list = context; /* counts its elements */
    struct record item = {0};
    record_text(&item, "role", grid_role_name(post->role));
    record_str(&item, "place", post->place);
    record_end(&item, &list->members);
    list->count++;
    return true;
}

static void pack_posts(struct record *record, const struct asking *asking)
{
    struct record list = {0};
    if (asking->node->sync.enrolled.slot != 0)
        grid_roster_each_post_of(asking->node->roster, asking->node->sync.enrolled.person,
                stamp_day(asking->now.wall_ms), pack_post, &list);
    record_list(record, "posts", list.count, &list.members);
    buffer_close(&list.members);
}

struct children {
    struct asking *asking;
    struct buffer *out; /* NULL: rows of `list` */
    const char *list;
    size_t count;
    enum grid_status status;
};

static uint64_t entries_of(const struct grid_node *node, const uint8_t *identity)
{
    uint64_t count = 0;
    for (size_t i = 0; i < node->log.stream_count; i++) {
        const struct stream *stream = node->log.streams[i];
        if (stream->identified && memcmp(stream->identity, identity, sizeof(stream->identity)) == 0)
            count += stream->row.tip_seq;
    }
    return count;
}

static bool connected(const struct grid_node *node, const uint8_t *identity)
{
    for (const struct link *link = node->sync.links; link != NULL; link = link->next)
        if (!link->parent && link->phase == LINK_FLOWING &&
                memcmp(link->identity, identity, sizeof(link->identity)) == 0)
            return true;
    return false;
}

static bool take_key(void *context, const struct grid_post *post)
{
    *(struct bytes *)context = post->key;
    return false;
}

/* The key by which the roster's files name a person; it outlives the posts. */
static void pack_person(struct record *record, const struct grid_node *node, const uint8_t *person)
{
    struct bytes key = {0};
    grid_roster_each_post_of(node->roster, person, GRID_DAY_NONE, take_key, &key);
    if (key.size > 0)
        record_str(record, "person", key);
    else
        record_nil(record, "person");
}

/* A device enrolled here, or a centre that we are the parent of: slot 0. */
static bool give_one(struct children *children, const uint8_t *identity, unsigned slot,
        struct bytes name, const uint8_t *person)
{
    struct grid_node *node = children->asking->node;
    struct store_child seen;
    bool found = false;
    children->status =
            store_child_get(node->store, identity, &seen, &found, children->asking->error);
    uint64_t held = 0;
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT && children->status == GRID_OK; lane++) {
        struct cursor cursor;
        children->status =
                store_cursor_get(node->store, identity, lane, &cursor, children->asking->error);
        held += cursor.lsn;
    }
    if (children->status != GRID_OK)
        return false;
    struct record record = {0};
    if (slot != 0)
        record_uint(&record, "slot", slot);
    else
        record_nil(&record, "slot");
    record_str(&record, "name", name);
    if (person != NULL)
        pack_person(&record, node, person);
    else
        record_nil(&record, "person");
    if (found)
        record_time(&record, "last_seen", seen.last_seen_ms);
    else
        record_nil(&record, "last_seen");
    record_bool(&record, "connected", connected(node, identity));
    record_bool(&record, "revoked", roster_identity_cut(node->roster, identity));
    record_uint(&record, "held", entries_of(node, identity));
    record_uint(&record, "known_missing", seen.lsn_known > held ? seen.lsn_known - held : 0);
    record_nil(&record, "oldest_age_s");
    record_int(&record, "clock_offset_ms", seen.clock_offset_ms);
    struct buffer bytes = {0};
    record_end(&record, children->out != NULL ? children->out : &bytes);
    if (children->out == NULL)
        children->status = bytes.failed ? GRID_NOMEM
                                        : children->asking->row(children->asking->context,
                                                  children->list, buffer_bytes(&bytes));
    buffer_close(&bytes);
    children->count++;
    return children->status == GRID_OK;
}

/* Those of a centre below are its children and not ours. */
static bool give_device(void *context, const struct grid_device *device)
{
    struct children *children = context;
    const struct grid_node *node = children->asking->node;
    if (node->unit[0] != '\0' && !bytes_equal(device->unit, bytes_text(node->unit)))
        return true;
    return give_one(children, device->identity, device->slot,
            grid_roster_person_name(node->roster, device->person), device->person);
}

static bool give_centre(
        void *context, const uint8_t identity[static GRID_KEY_BYTES], struct bytes unit)
{
    struct children *children = context;
    const struct grid_node *node = children->asking->node;
    struct bytes own = bytes_text(node->unit);
    if (!bytes_equal(roster_centre_below(node->roster, own, unit), unit))
        return true;
    struct bytes name = grid_roster_place_name(node->roster, unit);
    return give_one(children, identity, 0, name.size > 0 ? name : unit, NULL);
}

static void give_children(struct children *children)
{
    const struct grid_roster *roster = children->asking->node->roster;
    roster_each_centre(roster, give_centre, children);
    if (children->status == GRID_OK)
        grid_roster_each_device(roster, give_device, children);
}

enum grid_status ask_devices(struct asking *asking)
{
    struct children children = {.asking = asking, .list = "devices"};
    give_children(&children);
    struct record record = {0};
    if (children.status == GRID_OK)
        record_end(&record, asking->end);
    return children.status;
}

/* The sum is told as its hash, so that a digest looks like one (P-118). */
static enum grid_status pack_digest(
        struct record *record, struct grid_node *node, struct grid_error *error)
{
    uint8_t sum[GRID_HASH_BYTES];
    uint8_t hash[GRID_HASH_BYTES];
    char text[2 * GRID_HASH_BYTES + 1];
    const struct bytes part = bytes_of(sum, sizeof(sum));
    enum grid_status status = book_digest(&node->book, sum, error);
    if (status != GRID_OK)
        return node_break(node, status, error);
    status = crypto_hash(hash, &part, 1);
    ident_hex(text, bytes_of(hash, sizeof(hash)));
    record_text(record, "digest", text);
    return status;
}

static enum grid_status pack_counts(struct record *record, struct asking *asking)
{
    struct store *store = asking->node->store;
    uint64_t cases = 0;
    uint64_t entries = 0;
    uint64_t conflicts = 0;
    uint64_t stopped = 0;
    uint64_t evidence = 0;
    enum grid_status status = store_case_count(store, &cases, asking->error);
    if (status == GRID_OK)
        status = store_entry_count(store, &entries, asking->error);
    if (status == GRID_OK)
        status = store_case_conflict_count(store, &conflicts, asking->error);
    if (status == GRID_OK)
        status = store_stopped_count(store, STORE_REFUSED_HERE, &stopped, asking->error);
    if (status == GRID_OK)
        status = store_evidence_count(store, &evidence, asking->error);
    record_uint(record, "cases", cases);
    record_uint(record, "entries", entries);
    record_uint(record, "conflicts", conflicts);
    record_uint(record, "quarantine", stopped + evidence + cut_count_all(&asking->node->sync));
    return status;
}

/* The first entry of each own stream that no receipt covers is its oldest. */
static enum grid_status find_oldest(const struct asking *asking, int64_t *oldest_ms)
{
    struct grid_node *node = asking->node;
    enum grid_status status = GRID_OK;
    *oldest_ms = 0;
    for (size_t i = 0; i < node->log.stream_count && status == GRID_OK; i++) {
        const struct stream *stream = node->log.streams[i];
        uint64_t seq = stream->receipted_seq < 1 ? 2 : stream->receipted_seq + 1; /* 1: INCARNATE */
        struct entry entry;
        struct entry_header header = {0};
        struct store_entry stored;
        struct arena arena;
        bool found = false;
        if (!stream->own || seq > stream->row.tip_seq)
            continue;
        arena_init(&arena, 0);
        status = log_entry(&node->log, STORE_PLACE(stream->row.no, seq), &entry, &stored, &found,
                asking->error);
        if (status == GRID_OK && found)
            status = entry_read_header(&entry, &arena, &header, asking->error);
        int64_t at_ms = stamp_ms(header.hlc);
        if (status == GRID_OK && found && (*oldest_ms == 0 || at_ms < *oldest_ms))
            *oldest_ms = at_ms;
        arena_close(&arena);
    }
    return status;
}

static enum grid_status pack_queue(struct record *record, const struct asking *asking)
{
    const struct sync *sync = &asking->node->sync;
    struct record queue = {0};
    uint64_t refused = 0;
    int64_t oldest_ms = 0;
    enum grid_status status = GRID_OK;
    if (sync->has_parent)
        status = find_oldest(asking, &oldest_ms);
    if (status == GRID_OK && sync->has_parent)
        status = upward_refused(sync, &refused, asking->error);
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        record_uint(&queue, lane == GRID_LANE_URGENT ? "urgent" : "work",
                sync->has_parent ? upward_unreceipted(sync, lane) : 0);
    record_uint(&queue, "blobs_bytes", 0);
    record_uint(&queue, "refused", refused);
    int64_t age_ms = asking->now.wall_ms - oldest_ms;
    if (oldest_ms != 0)
        record_uint(&queue, "oldest_age_s", age_ms > 0 ? (uint64_t)age_ms / 1000 : 0);
    else
        record_nil(&queue, "oldest_age_s");
    record_end(&queue, record_member(record, "queue"));
    return status;
}

/* What the parent gives: how much of it is whole, and what had to be mended (F24). */
static void pack_buckets(struct record *record, const struct sync *sync)
{
    uint64_t complete = 0;
    uint64_t of = 0;
    uint64_t repairs = 0;
    for (size_t i = 0; i < sync->buckets.count; i++) {
        const struct bucket *bucket = sync->buckets.items[i];
        if (bucket->side != STORE_FROM_PARENT || bucket->state > BUCKET_WHOLE)
            continue;
        of++;
        complete += bucket->state == BUCKET_WHOLE;
        repairs += bucket->repairs;
    }
    struct record buckets = {0};
    record_uint(&buckets, "complete", complete);
    record_uint(&buckets, "of", of);
    record_uint(&buckets, "repairs", repairs);
    record_end(&buckets, record_member(record, "buckets"));
}

enum grid_status ask_status(struct asking *asking)
{
    static const char *const storage[] = {"ok", "low", "critical"};
    struct grid_node *node = asking->node;
    bool centre = node->role == GRID_NODE_CENTRE;
    struct record record = {0};
    enum grid_status status = book_flush(&node->book, asking->error);
    record_text(&record, "role", centre ? "centre" : "handheld");
    record_text(&record, "unit", centre ? node->unit : node->sync.enrolled.unit);
    /* a centre that joins learns its name from its parent */
    bool joining = centre && node->sync.enrolling && node->sync.enrolled.name[0] != '\0';
    struct bytes name = joining ? bytes_text(node->sync.enrolled.name)
                        : centre
                                ? bytes_text(node->name)
                                : grid_roster_person_name(node->roster, node->sync.enrolled.person);
    record_str(&record, "name", name);
    bool enrolled = node->sync.enrolled.slot != 0;
    if (enrolled)
        pack_person(&record, node, node->sync.enrolled.person);
    else
        record_nil(&record, "person");
    if (enrolled)
        record_uint(&record, "slot", node->sync.enrolled.slot);
    else
        record_nil(&record, "slot");
    pack_posts(&record, asking);
    record_text(&record, "version", GRID_VERSION);
    ask_pack_parent(&record, node, asking->now);
    record_bool(&record, "revoked", node->sync.revoked);
    struct buffer list = {0};
    struct children children = {.asking = asking, .out = &list, .status = status};
    if (status == GRID_OK && centre)
        give_children(&children);
    record_list(&record, "children", children.count, &list);
    buffer_close(&list);
    status = children.status;
    if (status == GRID_OK)
        status = pack_queue(&record, asking);
    pack_buckets(&record, &node->sync);
    if (status == GRID_OK)
        status = pack_counts(&record, asking);
    record_text(&record, "storage", storage[node->storage]);
    record_uint(&record, "index_behind", finder_behind(&node->finder));
    /* The digest is work over all cases for who never asked for it. */
    if (status == GRID_OK && request_field(asking->request, "brief") == NULL)
        status = pack_digest(&record, node, asking->error);
    record_end(&record, asking->end);
    return status;
}
