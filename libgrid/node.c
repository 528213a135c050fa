/* The one door (D2): opening, the turn, and the way from an input to its room. The only file that
 * knows all the rooms. */
#include "libgrid/node.h"
#include "proto/heap.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- life --- */

static void remember_options(struct grid_node *node, const struct grid_options *options)
{
    node->role = options->role;
    snprintf(node->unit, sizeof(node->unit), "%s", options->unit != NULL ? options->unit : "");
    snprintf(node->name, sizeof(node->name), "%s", options->name != NULL ? options->name : "");
    snprintf(node->operator_key, sizeof(node->operator_key), "%s",
            options->operator_key != NULL ? options->operator_key : "");
}

static enum grid_status open_counter(struct grid_node *node, struct grid_error *error)
{
    uint64_t counter = 0;
    enum grid_status status = store_meta_get_u64(node->store, "code_counter", &counter, error);
    /* An older database would give codes out twice: what the key file says is reserved is used up.
     */
    uint32_t reserved = node->log.keyring.code_counter_reserved;
    node->code_counter = counter > reserved ? (uint32_t)counter : reserved;
    node->code_start = node->code_counter;
    return status;
}

/* A handheld is a small machine that many programs share; a centre keeps what its children ask for
 * again. */
enum { FOLDS_BYTES_HANDHELD = 256 << 10, FOLDS_BYTES_CENTRE = 4 << 20, PAGES_KIB_CENTRE = 16384 };

static enum grid_status open_rooms(struct grid_node *node, const struct grid_options *options,
        struct grid_now now, struct grid_error *error)
{
    bool centre = node->role == GRID_NODE_CENTRE;
    enum grid_status status = store_open(&node->store, options->database, options->vfs, error);
    if (status == GRID_OK && centre)
        status = store_cache(node->store, PAGES_KIB_CENTRE, error);
    if (status == GRID_OK)
        status = log_open(&node->log, node->store, options->keyring, options->random,
                options->random_context, error);
    if (status == GRID_OK)
        log_meet_stamps(&node->log, now.wall_ms);
    if (status == GRID_OK)
        status = grid_roster_open(&node->roster);
    if (status == GRID_OK)
        roster_belongs_to(node->roster, bytes_text(node->unit));
    if (status == GRID_OK)
        status = book_open(&node->book, &node->log, node->roster,
                centre ? FOLDS_BYTES_CENTRE : FOLDS_BYTES_HANDHELD, error);
    node->sync = (struct sync){.log = &node->log,
            .book = &node->book,
            .roster = node->roster,
            .is_centre = centre,
            .has_parent = options->has_parent,
            .tier = 1,
            .unit = bytes_text(node->unit),
            .name = bytes_text(node->name)};
    memcpy(node->sync.parent, options->parent, sizeof(node->sync.parent));
    if (status == GRID_OK)
        status = sync_open(&node->sync, error);
    if (status == GRID_OK)
        status = open_counter(node, error);
    if (status == GRID_OK && centre)
        status = node_found_centre(node, now, error);
    if (status == GRID_OK)
        status = store_key_drop_old(node->store,
                now.wall_ms - (int64_t)GRID_KEY_DAYS * 24 * 3600 * 1000, GRID_KEYS_MIN, error);
    if (status == GRID_OK)
        status = grid_node_commit(node, now, error);
    return status;
}

enum grid_status grid_node_open(struct grid_node **out, const struct grid_options *options,
        struct grid_now now, struct grid_error *error)
{
    *out = NULL;
    struct grid_node *node = grid_alloc(sizeof(*node));
    if (node == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    remember_options(node, options);
    enum grid_status status = open_rooms(node, options, now, error);
    if (status != GRID_OK) {
        grid_node_close(node);
        return status;
    }
    *out = node;
    return GRID_OK;
}

static void release_handed_out(struct grid_node *node)
{
    if (node->handed_out == NULL)
        return;
    buffer_close(&node->handed_out->bytes);
    grid_free(node->handed_out);
    node->handed_out = NULL;
}

void grid_node_close(struct grid_node *node)
{
    if (node == NULL)
        return;
    release_handed_out(node);
    watch_close(node);
    if (node->sync.log != NULL)
        sync_close(&node->sync);
    if (node->book.log != NULL)
        book_close(&node->book);
    grid_roster_close(node->roster);
    log_close(&node->log);
    store_close(node->store);
    grid_free(node);
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

/* --- acts and questions --- */

typedef enum grid_status submit_fn(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error);
typedef enum grid_status ask_fn(struct asking *asking);

static const struct verb {
    const char *name;
    submit_fn *submit;
    ask_fn *ask;
} verbs[] = {
        {.name = "report", .submit = node_submit_act},
        {.name = "set", .submit = node_submit_act},
        {.name = "note", .submit = node_submit_act},
        {.name = "second", .submit = node_submit_act},
        {.name = "tag", .submit = node_submit_act},
        {.name = "ruling", .submit = node_submit_act},
        {.name = "invite", .submit = node_invite},
        {.name = "roster_import", .submit = node_import_roster},
        {.name = "cases", .ask = ask_cases},
        {.name = "show", .ask = ask_show},
        {.name = "conflicts", .ask = ask_conflicts},
        {.name = "queue", .ask = ask_queue},
        {.name = "status", .ask = ask_status},
        {.name = "devices", .ask = ask_devices},
        {.name = "roster_check", .ask = ask_roster_check},
        {.name = "roster_tree", .ask = ask_roster_tree},
        {.name = "roster_show", .ask = ask_roster_show},
        {.name = "roster_who", .ask = ask_roster_who},
        {.name = "categories", .ask = ask_categories},
        {.name = "places", .ask = ask_places},
        {.name = "preview", .ask = ask_preview},
};

static const struct verb *find_verb(const struct grid_request *request)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (bytes_equal(request->verb, bytes_text(verbs[i].name)))
            return &verbs[i];
    return NULL;
}

static enum grid_status unknown_verb(const struct grid_request *request, struct grid_error *error)
{
    return grid_fail(error, GRID_USAGE, "verb_unknown", "%.*s",
            (int)(request->verb.size < 60 ? request->verb.size : 60),
            (const char *)request->verb.data);
}

enum grid_status grid_node_submit(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error)
{
    const struct verb *verb = find_verb(request);
    if (verb == NULL || verb->submit == NULL)
        return unknown_verb(request, error);
    if (node->broken != GRID_OK) {
        if (error != NULL)
            *error = node->fault;
        return node->broken;
    }
    return verb->submit(node, now, request, reply, error);
}

enum grid_status grid_node_ask(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, grid_row_fn *row, void *context, struct buffer *end,
        struct grid_error *error)
{
    const struct verb *verb = find_verb(request);
    if (verb == NULL || verb->ask == NULL)
        return unknown_verb(request, error);
    struct asking asking = {.node = node,
            .now = now,
            .request = request,
            .row = row,
            .context = context,
            .end = end,
            .error = error};
    enum grid_status status = verb->ask(&asking);
    if (status == GRID_OK && end->failed)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    return status;
}

/* --- what comes from outside --- */

enum grid_status grid_node_link_up(struct grid_node *node, struct grid_now now, uint64_t link,
        const uint8_t identity[static GRID_KEY_BYTES], bool parent)
{
    struct grid_error error = {0};
    if (node->broken != GRID_OK)
        return node->broken;
    return node_break(node, link_up(&node->sync, now, link, identity, parent, &error), &error);
}

enum grid_status grid_node_receive(
        struct grid_node *node, struct grid_now now, uint64_t link, struct bytes bytes)
{
    struct grid_error error = {0};
    if (node->broken != GRID_OK)
        return node->broken;
    return node_break(node, link_receive(&node->sync, now, link, bytes, &error), &error);
}

void grid_node_sent(struct grid_node *node, uint64_t link, size_t bytes)
{
    struct link *to = link_find(&node->sync, link);
    if (to != NULL)
        to->unsent_bytes -= bytes < to->unsent_bytes ? bytes : to->unsent_bytes;
}

void grid_node_link_down(
        struct grid_node *node, struct grid_now now, uint64_t link, const char *reason)
{
    link_down(&node->sync, now, link, reason);
}

void grid_node_tick(struct grid_node *node, struct grid_now now)
{
    struct grid_error error = {0};
    if (node->broken == GRID_OK)
        node_break(node, sync_tick(&node->sync, now, &error), &error);
}

void grid_node_hurry(struct grid_node *node, struct grid_now now)
{
    if (node->sync.has_parent)
        flow_hurry(&node->sync.flow, now);
}

void grid_node_set_storage(struct grid_node *node, enum grid_storage storage)
{
    node->storage = storage;
}

void grid_node_enrol(struct grid_node *node, const uint8_t secret[static GRID_SECRET_BYTES])
{
    memcpy(node->sync.secret, secret, GRID_SECRET_BYTES);
    node->sync.enrolling = true;
}

/* --- the end of a turn --- */

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
    enum grid_status status = sync_flush(&node->sync, now, &failure);
    if (status == GRID_OK)
        status = book_flush(&node->book, &failure);
    if (status == GRID_OK)
        status = flush_counter(node, &failure);
    if (status == GRID_OK)
        status = store_commit(node->store, &failure);
    if (status == GRID_OK)
        status = sync_committed(&node->sync, &failure);
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
    flow->connecting = true;
    flow->next_attempt_ms = INT64_MAX;
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
    }
    return node_break(node, status, &error);
}

bool grid_node_next_action(struct grid_node *node, struct grid_now now, struct grid_action *out)
{
    release_handed_out(node);
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
    /* Children wait for their end whether there is a parent or not. */
    int64_t deadline = sync_deadline(&node->sync);
    bool apart = !flow->connected && !flow->connecting;
    return apart && flow->next_attempt_ms < deadline ? flow->next_attempt_ms : deadline;
}

const struct grid_roster *grid_node_roster(const struct grid_node *node)
{
    return node->roster;
}

/* --- backup --- */

enum grid_status grid_node_backup(struct grid_node *node, struct grid_now now, const char *path,
        struct bytes note, struct grid_error *error)
{
    enum grid_status status = grid_node_commit(node, now, error);
    return status == GRID_OK ? store_backup(node->store, path, note, error) : status;
}

enum grid_status grid_backup_read(
        const char *path, struct buffer *note, uint64_t *entries, struct grid_error *error)
{
    return store_backup_read(path, note, entries, error);
}

enum grid_status grid_backup_revive(const char *path, struct grid_error *error)
{
    return store_backup_revive(path, error);
}

enum grid_status grid_database_count(const char *path, uint64_t *entries, struct grid_error *error)
{
    return store_file_count(path, entries, error);
}

/* --- what is in the way of being in step with the parent --- */

bool grid_node_synced(const struct grid_node *node, struct grid_now now, struct grid_error *error)
{
    (void)now;
    const struct sync *sync = &node->sync;
    if (!sync->has_parent)
        return true;
    const struct link *link = link_to_parent(sync);
    if (link == NULL || link->phase == LINK_GREETING || link->phase == LINK_ENDED) {
        grid_fail(error, GRID_TIMEOUT, "sync_no_parent", "%s", sync->flow.reason);
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
    if (link->phase == LINK_ASKING || link->want_count > 0 || !mirror_whole(link)) {
        grid_fail(error, GRID_TIMEOUT, "sync_roster", "%s", "");
        return false;
    }
    return true;
}

/* --- finding a case --- */

struct case_search {
    int64_t no;
    unsigned count;
};

static enum grid_status note_case(void *context, int64_t no)
{
    struct case_search *search = context;
    search->no = no;
    search->count++;
    return GRID_OK;
}

static enum grid_status find_by_id(struct grid_node *node, struct bytes typed,
        struct case_search *search, struct grid_error *error)
{
    char from_text[2 * GRID_ID_BYTES + 1];
    char to_text[2 * GRID_ID_BYTES + 1];
    uint8_t from[GRID_ID_BYTES];
    uint8_t to[GRID_ID_BYTES];
    if (typed.size < 1 || typed.size > 2 * GRID_ID_BYTES)
        return grid_fail(error, GRID_INVALID, "case_id_form", "%d", 2 * GRID_ID_BYTES);
    memset(from_text, '0', sizeof(from_text));
    memset(to_text, 'f', sizeof(to_text));
    memcpy(from_text, typed.data, typed.size);
    memcpy(to_text, typed.data, typed.size);
    from_text[2 * GRID_ID_BYTES] = to_text[2 * GRID_ID_BYTES] = '\0';
    if (!ident_unhex(from, sizeof(from), from_text) || !ident_unhex(to, sizeof(to), to_text))
        return grid_fail(error, GRID_INVALID, "case_id_form", "%d", 2 * GRID_ID_BYTES);
    return store_case_by_prefix(node->store, from, to, note_case, search, error);
}

static enum grid_status find_by_code(struct grid_node *node, struct bytes typed,
        struct case_search *search, struct grid_error *error)
{
    char text[256];
    struct case_code code;
    snprintf(text, sizeof(text), "%.*s", (int)(typed.size < 255 ? typed.size : 255),
            (const char *)typed.data);
    enum grid_status status = code_parse(&code, text, error);
    if (status != GRID_OK)
        return status;
    return store_case_by_code(node->store, code.digits, note_case, search, error);
}

enum grid_status node_find_case(struct grid_node *node, const struct grid_request *request,
        int64_t *case_no, struct fold **fold, struct grid_error *error)
{
    const struct grid_field *field = request_field(request, "case");
    if (field == NULL || field->value.size == 0)
        return grid_fail(error, GRID_USAGE, "case_needed", "%s", "");
    struct bytes typed = field->value;
    struct case_search search = {0};
    /* What this turn wrote is found too. */
    enum grid_status status = book_flush(&node->book, error);
    if (status != GRID_OK)
        return node_break(node, status, error);
    static const char wide_mark[] = "＃";
    size_t mark = typed.data[0] == '#' ? 1 : strlen(wide_mark);
    if (mark == 1 || (typed.size >= mark && memcmp(typed.data, wide_mark, mark) == 0))
        status = find_by_id(node, bytes_of(typed.data + mark, typed.size - mark), &search, error);
    else
        status = find_by_code(node, typed, &search, error);
    if (status != GRID_OK)
        return status;
    int shown = (int)(typed.size < 80 ? typed.size : 80);
    if (search.count == 0)
        return grid_fail(
                error, GRID_NOT_FOUND, "case_unknown", "%.*s", shown, (const char *)typed.data);
    if (search.count > 1)
        return grid_fail(
                error, GRID_AMBIGUOUS, "case_ambiguous", "%.*s", shown, (const char *)typed.data);
    *case_no = search.no;
    return book_fold(&node->book, search.no, fold, error);
}
