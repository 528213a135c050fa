/* What changed, for who watches: cases, receipts, the link to the parent. Collected while a turn is
 * made and told after its commit; a turn that changes more than fits says how much was left out. */
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/heap.h"

#include <assert.h>
#include <string.h>

enum watch_type {
    WATCH_NEW,
    WATCH_STATE,
    WATCH_CONFLICT,
    WATCH_SETTLED,
    WATCH_CHANGED,
    WATCH_HELD,
    WATCH_LINK
};

struct watch_change {
    enum watch_type type;
    int64_t case_no; /* 0: none */
    unsigned state_before;
    int64_t place; /* of the own entry that is held above, */
    unsigned tier; /* and where */
};

static const char *const change_names[] = {
        "new", "state", "conflict", "settled", "changed", "held", "link"};

/* --- collecting --- */

static void note(struct grid_node *node, struct watch_change change)
{
    struct watch *watch = &node->watch;
    if (watch->count < GRID_CHANGES_MAX)
        watch->changes[watch->count++] = change;
    else
        watch->left_out++;
}

static void note_case(void *context, const struct book_change *change)
{
    struct watch_change noted = {.case_no = change->case_no, .state_before = change->state_before};
    bool state = change->state != change->state_before;
    bool conflicts = change->conflicts != change->conflicts_before;
    if (change->created)
        noted.type = WATCH_NEW;
    else
        noted.type = state ? WATCH_STATE : WATCH_CHANGED;
    if (change->created || state || !conflicts)
        note(context, noted);
    noted.type = change->conflicts > change->conflicts_before ? WATCH_CONFLICT : WATCH_SETTLED;
    if (conflicts)
        note(context, noted);
}

static bool is_connected(const struct grid_node *node)
{
    return link_to_parent(&node->sync) != NULL;
}

static void note_link(struct grid_node *node)
{
    bool connected = is_connected(node);
    if (connected != node->watch.connected)
        note(node, (struct watch_change){.type = WATCH_LINK});
    node->watch.connected = connected;
}

struct noting_held {
    struct grid_node *node;
    unsigned tier;
};

static enum grid_status note_held(void *context, const struct store_entry *stored)
{
    const struct noting_held *noting = context;
    if (stored->kind >= GRID_KIND_CREATE)
        note(noting->node,
                (struct watch_change){
                        .type = WATCH_HELD, .place = stored->place, .tier = noting->tier});
    return GRID_OK;
}

/* Room for streams that came since. */
static enum grid_status follow_streams(struct watch *watch, const struct log *log)
{
    if (watch->held_count == log->stream_count)
        return GRID_OK;
    struct watch_held *held = grid_resize(watch->held, log->stream_count * sizeof(*held));
    if (held == NULL)
        return GRID_NOMEM;
    watch->held = held;
    for (; watch->held_count < log->stream_count; watch->held_count++)
        memcpy(held[watch->held_count].seq, log->streams[watch->held_count]->tier_seq,
                sizeof(held->seq));
    return GRID_OK;
}

/* Of a long run of receipts only as many entries are read as can be told. */
static enum grid_status note_tier(
        struct grid_node *node, const struct stream *stream, unsigned tier, uint64_t *told)
{
    struct watch *watch = &node->watch;
    struct noting_held noting = {node, tier};
    uint64_t from = *told + 1, to = stream->tier_seq[tier];
    uint64_t room = GRID_CHANGES_MAX - watch->count;
    *told = to;
    if (!stream->own || to < from)
        return GRID_OK;
    if (to - from >= room) {
        watch->left_out += to - from + 1 - room;
        to = from + room - 1;
    }
    return room > 0 ? store_entry_run(node->store, STORE_PLACE(stream->row.no, from),
                              STORE_PLACE(stream->row.no, to), note_held, &noting, NULL)
                    : GRID_OK;
}

static enum grid_status note_receipts(struct grid_node *node)
{
    struct watch *watch = &node->watch;
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < watch->held_count; i++)
        for (unsigned tier = 1; tier <= GRID_TIER_MAX && status == GRID_OK; tier++)
            status = note_tier(node, node->log.streams[i], tier, &watch->held[i].seq[tier]);
    if (status == GRID_OK)
        status = follow_streams(watch, &node->log);
    return status;
}

/* --- telling --- */

static enum grid_status pack_held(
        struct record *record, struct grid_node *node, struct watch_change *change)
{
    struct entry entry;
    struct store_entry stored;
    bool found = false;
    enum grid_status status = log_entry(&node->log, change->place, &entry, &stored, &found, NULL);
    if (status != GRID_OK || !found)
        return status;
    change->case_no = stored.case_no;
    view_entry_name(record_member(record, "entry"), entry.author, entry.lane, entry.seq);
    record_text(record, "kind", grid_kind_name(stored.kind));
    record_uint(record, "tier", change->tier);
    if (change->case_no == 0) /* a create: its case goes by its leaf */
        status = book_find(&node->book, entry.leaf, &change->case_no, NULL);
    return status;
}

static enum grid_status pack_case(
        struct record *record, struct grid_node *node, const struct watch_change *change)
{
    struct fold *fold = NULL;
    struct book_shown shown = {0};
    enum grid_status status = GRID_OK;
    if (change->case_no != 0)
        status = book_fold(&node->book, change->case_no, &fold, NULL);
    if (status == GRID_OK && fold != NULL)
        status = book_shown(&node->book, change->case_no, &shown, NULL);
    if (status != GRID_OK)
        return status;
    ask_pack_case(record, fold);
    record_text(record, "state", grid_state_name(shown.state));
    if (change->type == WATCH_STATE)
        record_text(record, "before", grid_state_name(change->state_before));
    if (fold != NULL)
        record_uint(record, "conflicts", fold_conflict_count(fold));
    return GRID_OK;
}

static enum grid_status pack_change(struct record *record, struct grid_node *node,
        struct grid_now now, struct watch_change *change)
{
    enum grid_status status = GRID_OK;
    record_text(record, "change", change_names[change->type]);
    record_time(record, "at", now.wall_ms);
    if (change->type == WATCH_LINK) {
        ask_pack_parent(record, node, now);
        return GRID_OK;
    }
    if (change->type == WATCH_HELD)
        status = pack_held(record, node, change);
    if (status == GRID_OK)
        status = pack_case(record, node, change);
    return status;
}

static bool hand_out(struct watch *watch, struct record *record, struct grid_action *out)
{
    buffer_clear(&watch->bytes);
    record_end(record, &watch->bytes);
    *out = (struct grid_action){.type = GRID_ACTION_CHANGED, .bytes = buffer_bytes(&watch->bytes)};
    return !watch->bytes.failed;
}

bool watch_hand_out(struct grid_node *node, struct grid_now now, struct grid_action *out)
{
    struct watch *watch = &node->watch;
    if (watch->changes == NULL)
        return false;
    note_link(node);
    if (note_receipts(node) != GRID_OK)
        watch->left_out++;
    while (watch->given < watch->count) {
        struct record record = {0};
        if (pack_change(&record, node, now, &watch->changes[watch->given++]) == GRID_OK &&
                hand_out(watch, &record, out))
            return true;
        buffer_close(&record.members);
        watch->left_out++;
    }
    watch->count = watch->given = 0;
    (void)book_flush(&node->book, NULL); /* lets go of folds that were only looked at */
    if (watch->left_out == 0)
        return false;
    struct record record = {0};
    record_text(&record, "change", "resync");
    record_time(&record, "at", now.wall_ms);
    record_uint(&record, "left_out", watch->left_out);
    watch->left_out = 0;
    return hand_out(watch, &record, out);
}

/* --- life --- */

void watch_close(struct grid_node *node)
{
    struct watch *watch = &node->watch;
    grid_free(watch->changes);
    grid_free(watch->held);
    buffer_close(&watch->bytes);
    *watch = (struct watch){0};
    node->book.changed = NULL;
}

enum grid_status grid_node_watch(struct grid_node *node, bool watched)
{
    struct watch *watch = &node->watch;
    if (!watched)
        watch_close(node);
    if (!watched || watch->changes != NULL)
        return GRID_OK;
    watch->changes = grid_alloc(GRID_CHANGES_MAX * sizeof(*watch->changes));
    watch->connected = is_connected(node);
    if (watch->changes == NULL || follow_streams(watch, &node->log) != GRID_OK) {
        watch_close(node);
        return GRID_NOMEM;
    }
    node->book.changed = note_case;
    node->book.changed_context = node;
    return GRID_OK;
}
