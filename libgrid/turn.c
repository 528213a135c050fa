/* The end of a turn (D2): one commit, then the actions that depended on it, then the next deadline;
 * and what is in the way of being in step with the parent. */
#include "libgrid/node.h"

#include <assert.h>

void node_release_action(struct grid_node *node)
{
    if (node->handed_out == NULL)
        return;
    buffer_close(&node->handed_out->bytes);
    grid_free(node->handed_out);
    node->handed_out = NULL;
}

enum grid_status node_break(
        struct grid_node *node, enum grid_status status, const struct grid_error *error)
{
    if (status != GRID_OK && node->broken == GRID_OK) {
        node->broken = status;
        if (error != NULL)
            node->fault = *error;
        node->fault.status = status;
    }
    return status;
}

/* Where the next block of case codes ends. It is as large as what was given out since the start: so
 * many reports cost few writes of the key file, and a death wastes no more codes than were used. */
static uint32_t code_block_end(const struct grid_node *node)
{
    uint32_t block = node->code_counter - node->code_start;
    if (block < GRID_CODE_BLOCK)
        block = GRID_CODE_BLOCK;
    if (block > GRID_CODE_BLOCK_MAX)
        block = GRID_CODE_BLOCK_MAX;
    uint32_t left = GRID_COUNTER_MAX - node->code_counter;
    return node->code_counter + (block < left ? block : left);
}

static enum grid_status flush_counter(struct grid_node *node, struct grid_error *error)
{
    if (!node->counter_changed)
        return GRID_OK;
    node->counter_changed = false;
    struct grid_keyring *keyring = &node->log.keyring;
    if (node->code_counter <= keyring->code_counter_reserved)
        return GRID_OK;
    keyring->code_counter_reserved = code_block_end(node);
    node->log.keyring_changed = true;
    /* Here too: should we die before the key file is written, these codes are given out. */
    return store_meta_put_u64(node->store, "code_counter", keyring->code_counter_reserved, error);
}

enum grid_status grid_node_commit(
        struct grid_node *node, struct grid_now now, struct grid_error *error)
{
    if (node->broken != GRID_OK) {
        if (error != NULL)
            *error = node->fault;
        return node->broken;
    }
    struct grid_error failure = {0};
    bool grew = node->sync.roster_grew;
    bool wrote = false;
    enum grid_status status = sync_flush(&node->sync, now, &failure);
    if (status == GRID_OK && grew && node->unissued)
        status = node_open_documents(node, &failure);
    if (status == GRID_OK)
        status = node_issue(node, now, &wrote, &failure);
    if (status == GRID_OK && wrote)
        status = sync_flush(&node->sync, now, &failure);
    if (status == GRID_OK)
        status = book_flush(&node->book, &failure);
    if (status == GRID_OK)
        status = flush_counter(node, &failure);
    if (status == GRID_OK && node->log.start_waits && store_has_written(node->store))
        status = log_count_start(&node->log, &failure);
    if (status == GRID_OK)
        status = store_commit(node->store, &failure);
    if (status == GRID_OK)
        status = sync_committed(&node->sync, now, &failure);
    if (status == GRID_OK)
        finder_turn_ended(&node->finder, now);
    if (status != GRID_OK && error != NULL)
        *error = failure;
    return node_break(node, status, &failure);
}

static bool hand_out_mark(struct grid_node *node, struct grid_action *out)
{
    if (!node->log.keyring_changed)
        return false;
    node->log.keyring_changed = false;
    node->log.keyring.generation++;
    *out = (struct grid_action){.type = GRID_ACTION_MARK, .keyring = &node->log.keyring};
    return true;
}

static bool hand_out_queued(struct grid_node *node, struct grid_action *out)
{
    struct outgoing *item = node->sync.out_first;
    if (item == NULL)
        return false;
    node->sync.out_first = item->next;
    if (item->next == NULL)
        node->sync.out_last = NULL;
    node->handed_out = item;
    *out = (struct grid_action){
            .type = item->type == OUT_SEND ? GRID_ACTION_SEND : GRID_ACTION_CLOSE,
            .link = item->link,
            .bytes = buffer_bytes(&item->bytes),
            .reason = item->reason};
    return true;
}

static bool hand_out_connect(struct grid_node *node, struct grid_now now, struct grid_action *out)
{
    struct flow *flow = &node->sync.flow;
    if (flow->connected || flow->connecting || flow->next_attempt_ms > now.mono_ms)
        return false;
    flow_attempted(flow, now);
    *out = (struct grid_action){.type = GRID_ACTION_CONNECT};
    return true;
}

/* gridd join is at its end when the parent refused, or when slot, posts and roster are here. */
static bool hand_out_enrolment(struct grid_node *node, struct grid_action *out)
{
    struct sync *sync = &node->sync;
    bool refused = sync->enrol_error.status != GRID_OK;
    if (!sync->enrolling || node->enrolment_told || !sync->enrol_answered ||
            (!refused && !sync_has_roster(sync)))
        return false;
    node->enrolment_told = true;
    *out = (struct grid_action){
            .type = GRID_ACTION_ENROLLED, .error = refused ? &sync->enrol_error : NULL};
    return true;
}

static enum grid_status pump(struct grid_node *node, struct grid_now now, bool *sent)
{
    struct grid_error error = {0};
    enum grid_status status = GRID_OK;
    *sent = false;
    for (struct link *link = node->sync.links; link != NULL && !*sent && status == GRID_OK;
            link = link->next) {
        status = upward_pump(&node->sync, now, link, sent, &error);
        if (status == GRID_OK && !*sent && !link->parent)
            status = downward_pump(&node->sync, link, sent, &error);
        if (status == GRID_OK && !*sent && !link->parent)
            status = tier_pump(&node->sync, link, sent, &error);
    }
    return node_break(node, status, &error);
}

bool grid_node_next_action(struct grid_node *node, struct grid_now now, struct grid_action *out)
{
    node_release_action(node);
    *out = (struct grid_action){.type = GRID_ACTION_NONE};
    if (node->broken != GRID_OK)
        return false;
    assert(!store_in_turn(node->store)); /* no action exists before the commit that it depends on */
    if (hand_out_mark(node, out) || hand_out_queued(node, out) || hand_out_enrolment(node, out) ||
            hand_out_connect(node, now, out))
        return true;
    bool sent = false;
    if (pump(node, now, &sent) != GRID_OK)
        return false;
    if (sent)
        return hand_out_mark(node, out) || hand_out_queued(node, out);
    return watch_hand_out(node, now, out);
}

int64_t grid_node_deadline(const struct grid_node *node)
{
    const struct flow *flow = &node->sync.flow;
    if (node->broken != GRID_OK)
        return INT64_MIN;
    if (node->book.refolds_wait) /* at once, in small turns */
        return 0;
    /* Children wait for their end whether there is a parent or not. */
    int64_t deadline = sync_deadline(&node->sync);
    int64_t finds = finder_deadline(&node->finder);
    deadline = finds < deadline ? finds : deadline;
    bool apart = !flow->connected && !flow->connecting;
    return apart && flow->next_attempt_ms < deadline ? flow->next_attempt_ms : deadline;
}

bool grid_node_synced(const struct grid_node *node, struct grid_now now, struct grid_error *error)
{
    const struct sync *sync = &node->sync;
    if (!sync->has_parent)
        return true;
    if (sync->revoked) {
        grid_fail(error, GRID_TIMEOUT, "sync_revoked", "%s", "");
        return false;
    }
    const struct link *link = link_to_parent(sync);
    if (link == NULL || link->phase == LINK_GREETING || link->phase == LINK_ENDED) {
        grid_fail(error, GRID_TIMEOUT, "sync_no_parent", "%s", sync_obstacle(sync, now));
        return false;
    }
    uint64_t waiting =
            upward_unreceipted(sync, GRID_LANE_URGENT) + upward_unreceipted(sync, GRID_LANE_WORK);
    uint64_t refused = 0;
    if (waiting > 0 && upward_refused(sync, &refused, error) == GRID_OK && refused > 0) {
        grid_fail(error, GRID_TIMEOUT, "sync_refused", "%llu", (unsigned long long)refused);
        return false;
    }
    if (waiting > 0) {
        grid_fail(error, GRID_TIMEOUT, "sync_waiting", "%llu", (unsigned long long)waiting);
        return false;
    }
    if (link->phase == LINK_ASKING || link->want_count > 0 || refill_goes_on(sync, link) ||
            !mirror_whole(link)) {
        grid_fail(error, GRID_TIMEOUT, "sync_roster", "%s", "");
        return false;
    }
    return true;
}
