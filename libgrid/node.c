/* The one door (D2): opening, and the way from an input to its room. The only file that knows all
 * the rooms; where a turn ends is turn.c. */
#include "libgrid/node.h"
#include "proto/heap.h"

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

/* What the key file and the database say of a number that only grows: the greater counts, and both
 * know it from now on, for either may be put back next. */
static enum grid_status open_number(
        struct grid_node *node, const char *name, uint32_t *number, struct grid_error *error)
{
    uint64_t held = 0;
    enum grid_status status = store_meta_get_u64(node->store, name, &held, error);
    if (status == GRID_OK && held > *number) {
        *number = (uint32_t)held;
        node->log.keyring_changed = true;
    }
    return status == GRID_OK && held < *number
                   ? store_meta_put_u64(node->store, name, *number, error)
                   : status;
}

/* We may have died between the commit and the key file: what was committed is told to whoever asks
 * again under its key, so the key file has to know of it before. And an older database would give
 * codes out twice: what the key file says is reserved is used up. */
static enum grid_status open_counters(struct grid_node *node, struct grid_error *error)
{
    struct grid_keyring *keyring = &node->log.keyring;
    enum grid_status status =
            open_number(node, "code_counter", &keyring->code_counter_reserved, error);
    if (status == GRID_OK && node->role == GRID_NODE_CENTRE)
        status = open_number(node, "slot_given", &keyring->slot_given, error);
    node->code_counter = keyring->code_counter_reserved;
    node->code_start = node->code_counter;
    return status;
}

/* A handheld is a small machine that many programs share; a centre keeps what its children ask for
 * again. */
enum { FOLDS_BYTES_HANDHELD = 256 << 10, FOLDS_BYTES_CENTRE = 4 << 20, PAGES_KIB_CENTRE = 16384 };

static enum grid_status open_rooms(struct grid_node *node, const struct grid_options *options,
        struct grid_now now, bool counted, struct grid_error *error)
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
            .tier = tier_of_unit(bytes_text(node->unit)),
            .unit = bytes_text(node->unit),
            .name = bytes_text(node->name)};
    memcpy(node->sync.parent, options->parent, sizeof(node->sync.parent));
    if (status == GRID_OK)
        status = sync_open(&node->sync, error);
    if (status == GRID_OK)
        status = finder_open(
                &node->finder, &node->book, centre ? options->search : NULL, options->vfs, error);
    if (status == GRID_OK)
        status = open_counters(node, error);
    if (status == GRID_OK && centre)
        status = node_found_centre(node, now, error);
    if (status == GRID_OK && centre)
        status = node_open_documents(node, error);
    if (status == GRID_OK)
        status = store_key_drop_old(node->store,
                now.wall_ms - (int64_t)GRID_KEY_DAYS * 24 * 3600 * 1000, GRID_KEYS_MIN, error);
    if (status == GRID_OK && counted && node->log.start_waits)
        status = log_count_start(&node->log, error);
    if (status == GRID_OK)
        status = grid_node_commit(node, now, error);
    return status;
}

static enum grid_status open_node(struct grid_node **out, const struct grid_options *options,
        struct grid_now now, bool counted, struct grid_error *error)
{
    *out = NULL;
    struct grid_node *node = grid_alloc(sizeof(*node));
    if (node == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    remember_options(node, options);
    enum grid_status status = open_rooms(node, options, now, counted, error);
    if (status != GRID_OK) {
        grid_node_close(node);
        return status;
    }
    *out = node;
    return GRID_OK;
}

/* A full disk has no room for the number of this start either: the node still answers and waits for
 * room, and the number stands in the first commit that finds some (P-47). */
enum grid_status grid_node_open(struct grid_node **out, const struct grid_options *options,
        struct grid_now now, struct grid_error *error)
{
    struct grid_error failure = {0};
    enum grid_status status = open_node(out, options, now, true, &failure);
    if (status == GRID_STORAGE && strcmp(failure.reason, "disk_full") == 0)
        status = open_node(out, options, now, false, &failure);
    if (status != GRID_OK && error != NULL)
        *error = failure;
    return status;
}

void grid_node_close(struct grid_node *node)
{
    if (node == NULL)
        return;
    node_release_action(node);
    watch_close(node);
    if (node->sync.log != NULL)
        sync_close(&node->sync);
    finder_close(&node->finder);
    if (node->book.log != NULL)
        book_close(&node->book);
    grid_roster_close(node->roster);
    log_close(&node->log);
    store_close(node->store);
    grid_free(node);
}

/* --- acts and questions --- */

typedef enum grid_status submit_fn(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error);
typedef enum grid_status ask_fn(struct asking *asking);

static const struct asked {
    const char *name;
    submit_fn *submit;
    ask_fn *ask;
} verbs[] = {
        {.name = "invite", .submit = node_invite},
        {.name = "revoke", .submit = node_revoke},
        {.name = "adopt", .submit = node_adopt},
        {.name = "roster_import", .submit = node_import_roster},
        {.name = "policy_set", .submit = node_set_policy},
        {.name = "cases", .ask = ask_cases},
        {.name = "audit", .ask = ask_audit},
        {.name = "export", .ask = ask_export},
        {.name = "find", .ask = ask_find},
        {.name = "show", .ask = ask_show},
        {.name = "documents", .ask = ask_documents},
        {.name = "document", .ask = ask_document},
        {.name = "conflicts", .ask = ask_conflicts},
        {.name = "queue", .ask = ask_queue},
        {.name = "status", .ask = ask_status},
        {.name = "duplicates", .ask = ask_duplicates},
        {.name = "inbox", .ask = ask_inbox},
        {.name = "overdue", .ask = ask_overdue},
        {.name = "stats", .ask = ask_stats},
        {.name = "policy", .ask = ask_policy},
        {.name = "devices", .ask = ask_devices},
        {.name = "quarantine", .ask = ask_quarantine},
        {.name = "roster_check", .ask = ask_roster_check},
        {.name = "roster_tree", .ask = ask_roster_tree},
        {.name = "roster_show", .ask = ask_roster_show},
        {.name = "roster_who", .ask = ask_roster_who},
        {.name = "categories", .ask = ask_categories},
        {.name = "places", .ask = ask_places},
        {.name = "preview", .ask = ask_preview},
};

static const struct asked *find_verb(struct bytes name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (bytes_equal(name, bytes_text(verbs[i].name)))
            return &verbs[i];
    return NULL;
}

static submit_fn *find_submit(struct bytes name)
{
    const struct asked *verb = find_verb(name);
    if (act_knows(name))
        return node_submit_act;
    return verb != NULL ? verb->submit : NULL;
}

bool grid_node_writes(struct bytes verb)
{
    return find_submit(verb) != NULL;
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
    submit_fn *submit = find_submit(request->verb);
    if (submit == NULL)
        return unknown_verb(request, error);
    if (node->broken != GRID_OK) {
        if (error != NULL)
            *error = node->fault;
        return node->broken;
    }
    return submit(node, now, request, reply, error);
}

enum grid_status grid_node_ask(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, grid_row_fn *row, void *context, struct buffer *end,
        struct grid_error *error)
{
    const struct asked *verb = find_verb(request->verb);
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
    if (node->broken == GRID_OK)
        node_break(node, finder_tick(&node->finder, now, &error), &error);
}

void grid_node_hurry(struct grid_node *node, struct grid_now now)
{
    if (node->sync.has_parent)
        flow_hurry(&node->sync.flow, now);
}

void grid_node_road(struct grid_node *node, struct grid_now now, bool up)
{
    sync_road(&node->sync, now, up);
}

/* For so long children are told to come back: meanwhile what they bring could not be kept. */
enum { FULL_MS = 5000 };

void grid_node_set_full(struct grid_node *node, struct grid_now now)
{
    node->sync.full_until_ms = now.mono_ms + FULL_MS;
}

void grid_node_set_storage(struct grid_node *node, enum grid_storage storage)
{
    node->storage = storage;
    node->finder.room = storage == GRID_STORAGE_OK;
}

void grid_node_enrol(struct grid_node *node, const uint8_t secret[static GRID_SECRET_BYTES])
{
    memcpy(node->sync.secret, secret, GRID_SECRET_BYTES);
    node->sync.enrolling = true;
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
