#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/disk.h"
#include "tests/lib/pair.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- chance --- */

static uint64_t next_random(struct pair *pair)
{
    uint64_t z = (pair->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void fill_random(void *context, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)next_random(context);
}

/* --- homes --- */

void pair_open(struct pair *pair, uint64_t seed)
{
    disk_register();
    memset(pair, 0, sizeof(*pair));
    pair->random = seed;
    pair->wall_ms = STAGE_NOW_MS;
    pair->mono_ms = 1000;
    pair->vfs = DISK_VFS;
    const char *above = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(pair->folder, sizeof(pair->folder), "%s/grid-pair-XXXXXX", above);
    assert_non_null(mkdtemp(pair->folder));
}

static void forget_link(struct pair_link *link)
{
    buffer_close(&link->up.bytes);
    buffer_close(&link->up.recorded);
    buffer_close(&link->down.bytes);
    buffer_close(&link->down.recorded);
    memset(link, 0, sizeof(*link));
}

void pair_close(struct pair *pair)
{
    for (size_t i = 0; i < PAIR_LINKS_MAX; i++)
        forget_link(&pair->links[i]);
    for (size_t i = 0; i < pair->home_count; i++)
        grid_node_close(pair->homes[i].node);
    DIR *folder = opendir(pair->folder);
    assert_non_null(folder);
    for (struct dirent *file = readdir(folder); file != NULL; file = readdir(folder)) {
        char path[2 * PAIR_PATH_BYTES + 256];
        snprintf(path, sizeof(path), "%s/%s", pair->folder, file->d_name);
        if (file->d_name[0] != '.')
            (void)unlink(path);
    }
    (void)closedir(folder);
    (void)rmdir(pair->folder);
}

struct pair_home *pair_add(
        struct pair *pair, const char *name, enum grid_node_role role, struct pair_home *parent)
{
    assert_true(pair->home_count < PAIR_NODES_MAX);
    struct pair_home *home = &pair->homes[pair->home_count++];
    memset(home, 0, sizeof(*home));
    home->pair = pair;
    home->role = role;
    home->parent = parent;
    snprintf(home->name, sizeof(home->name), "%s", name);
    snprintf(home->database, sizeof(home->database), "%.100s/%s.db", pair->folder, name);
    fill_random(pair, home->keyring.identity_seed, sizeof(home->keyring.identity_seed));
    fill_random(pair, home->keyring.spare_seed, sizeof(home->keyring.spare_seed));
    assert_ok(crypto_public_key(home->identity, home->keyring.identity_seed));
    return home;
}

struct grid_now pair_now(const struct pair_home *home)
{
    return (struct grid_now){
            .wall_ms = home->pair->wall_ms + home->clock_offset_ms, .mono_ms = home->pair->mono_ms};
}

enum grid_status pair_try_start(struct pair_home *home, struct grid_error *error)
{
    assert_null(home->node);
    struct grid_options options = {.database = home->database,
            .vfs = home->pair->vfs,
            .role = home->role,
            .unit = home->unit != NULL ? home->unit : STAGE_TOWNSHIP,
            .name = home->role != GRID_NODE_CENTRE ? NULL
                    : home->title != NULL          ? home->title
                                                   : "纳日松镇综治中心",
            .operator_key = home->operator_key,
            .search = home->search[0] != '\0' ? home->search : NULL,
            .has_parent = home->parent != NULL,
            .keyring = &home->keyring,
            .random = fill_random,
            .random_context = home->pair};
    if (home->parent != NULL)
        memcpy(options.parent, home->parent->identity, sizeof(options.parent));
    home->wants_parent = false;
    return grid_node_open(&home->node, &options, pair_now(home), error);
}

void pair_start(struct pair_home *home)
{
    struct grid_error error = {0};
    enum grid_status status = pair_try_start(home, &error);
    if (status == GRID_STORAGE && disk_failed()) /* as it was told to, once */
        status = pair_try_start(home, &error);
    if (status != GRID_OK)
        fail_msg("%s does not start: %s %s", home->name, error.reason, error.detail);
    (void)pair_turn(home);
}

/* The other end learns of it, ours is gone. */
static void drop_links(struct pair_home *home)
{
    for (size_t i = 0; i < PAIR_LINKS_MAX; i++) {
        struct pair_link *link = &home->pair->links[i];
        if (link->number == 0 || (link->child != home && link->parent != home))
            continue;
        struct pair_home *other = link->child == home ? link->parent : link->child;
        uint64_t number = link->number;
        forget_link(link);
        if (other->node != NULL)
            grid_node_link_down(other->node, pair_now(other), number, "peer_gone");
    }
}

void pair_stop(struct pair_home *home)
{
    if (home->node == NULL)
        return;
    grid_node_close(home->node);
    home->node = NULL;
    drop_links(home);
}

static void copy_file(const char *from, const char *to)
{
    (void)unlink(to);
    FILE *in = fopen(from, "rb");
    if (in == NULL)
        return;
    FILE *out = fopen(to, "wb");
    assert_non_null(out);
    char bytes[65536];
    for (size_t size = fread(bytes, 1, sizeof(bytes), in); size > 0;
            size = fread(bytes, 1, sizeof(bytes), in))
        assert_int_equal(fwrite(bytes, 1, size, out), size);
    (void)fclose(in);
    assert_int_equal(fclose(out), 0);
}

static const char *const suffixes[] = {"", "-wal", "-journal"};
enum { SUFFIXES = sizeof(suffixes) / sizeof(suffixes[0]) };

static void copy_database(struct pair_home *home, const char *label, bool back)
{
    for (size_t i = 0; i < SUFFIXES; i++) {
        char path[PAIR_PATH_BYTES + 16];
        char copy[PAIR_PATH_BYTES + 64];
        snprintf(path, sizeof(path), "%s%s", home->database, suffixes[i]);
        snprintf(copy, sizeof(copy), "%s.%s%s", home->database, label, suffixes[i]);
        if (back)
            copy_file(copy, path);
        else
            copy_file(path, copy);
    }
}

void pair_kill(struct pair_home *home)
{
    if (home->node == NULL)
        return;
    copy_database(home, "killed", false); /* closing would clear up: the dead do not */
    grid_node_close(home->node);
    copy_database(home, "killed", true);
    home->node = NULL;
    drop_links(home);
}

void pair_save(struct pair_home *home, const char *label)
{
    char path[PAIR_PATH_BYTES + 64];
    assert_null(home->node);
    copy_database(home, label, false);
    snprintf(path, sizeof(path), "%s.%s.key", home->database, label);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(&home->keyring, sizeof(home->keyring), 1, file), 1);
    assert_int_equal(fclose(file), 0);
}

void pair_restore(struct pair_home *home, const char *label, bool keyring_too)
{
    char path[PAIR_PATH_BYTES + 64];
    assert_null(home->node);
    copy_database(home, label, true);
    if (!keyring_too)
        return;
    snprintf(path, sizeof(path), "%s.%s.key", home->database, label);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(&home->keyring, sizeof(home->keyring), 1, file), 1);
    (void)fclose(file);
}

/* --- turns --- */

/* True when the plan has come to pass: the node is dead and was started again. */
static bool crash_point(struct pair_home *home)
{
    struct pair *pair = home->pair;
    if (pair->crash_home != home || pair->crash_in == 0 || --pair->crash_in > 0)
        return false;
    pair->crashed = true;
    pair_kill(home);
    pair_start(home);
    return true;
}

static void send_bytes(struct pair_home *home, uint64_t number, struct bytes bytes)
{
    struct pair *pair = home->pair;
    grid_node_sent(home->node, number, bytes.size); /* the system takes all at once */
    for (size_t i = 0; i < PAIR_LINKS_MAX; i++) {
        struct pair_link *link = &pair->links[i];
        if (link->number != number)
            continue;
        struct pair_way *way = link->child == home ? &link->up : &link->down;
        struct buffer frame = {0};
        buffer_append(&frame, bytes.data, bytes.size);
        if (pair->wire != NULL)
            pair->wire(pair->wire_context, home, &frame);
        buffer_append(&way->bytes, frame.data, frame.size);
        buffer_append(&way->recorded, frame.data, frame.size);
        buffer_close(&frame);
    }
}

static void close_link(struct pair_home *home, uint64_t number, const char *reason)
{
    for (size_t i = 0; i < PAIR_LINKS_MAX; i++) {
        struct pair_link *link = &home->pair->links[i];
        if (link->number != number)
            continue;
        (link->child == home ? &link->up : &link->down)->ended = true;
        snprintf(link->reason, sizeof(link->reason), "%s", reason);
    }
}

/* The words that who watches would be told, one behind the other. */
static void keep_change(struct pair_home *home, struct bytes record)
{
    struct bytes change = pair_text(record, "change");
    size_t used = strlen(home->told);
    home->told_count++;
    if (bytes_equal(change, bytes_text("resync")))
        home->told_left_out += pair_uint(record, "left_out");
    snprintf(home->told + used, sizeof(home->told) - used, "%s%.*s", used > 0 ? " " : "",
            (int)change.size, (const char *)change.data);
}

static void take_action(struct pair_home *home, const struct grid_action *action)
{
    switch (action->type) {
    case GRID_ACTION_MARK:
        assert_true(action->keyring->generation > home->keyring.generation);
        home->keyring = *action->keyring;
        home->marks++;
        return;
    case GRID_ACTION_SEND:
        send_bytes(home, action->link, action->bytes);
        return;
    case GRID_ACTION_CLOSE:
        close_link(home, action->link, action->reason);
        return;
    case GRID_ACTION_CONNECT:
        home->wants_parent = true;
        return;
    case GRID_ACTION_ENROLLED:
        home->enrolled = action->error == NULL;
        home->enrolment_failed = action->error != NULL;
        if (action->error != NULL)
            home->enrol_error = *action->error;
        return;
    case GRID_ACTION_CHANGED:
        keep_change(home, action->bytes);
        return;
    case GRID_ACTION_NONE:
        return;
    }
}

enum grid_status pair_commit(struct pair_home *home, struct grid_error *error)
{
    return grid_node_commit(home->node, pair_now(home), error);
}

bool pair_turn(struct pair_home *home)
{
    struct grid_error error = {0};
    if (crash_point(home))
        return false;
    if (pair_commit(home, &error) != GRID_OK) {
        home->falls++;
        pair_kill(home);
        if (!home->stays_down)
            pair_start(home);
        return false;
    }
    struct grid_action action;
    if (crash_point(home))
        return false;
    while (grid_node_next_action(home->node, pair_now(home), &action)) {
        if (crash_point(home))
            return false;
        take_action(home, &action);
    }
    return !crash_point(home);
}

/* --- links --- */

struct pair_link *pair_link_of(const struct pair_home *child)
{
    for (size_t i = 0; i < PAIR_LINKS_MAX; i++) {
        struct pair_link *link = &child->pair->links[i];
        if (link->number != 0 && link->child == child)
            return link;
    }
    return NULL;
}

static struct pair_link *free_link(struct pair *pair)
{
    size_t i = 0;
    while (i + 1 < PAIR_LINKS_MAX && pair->links[i].number != 0)
        i++;
    assert_int_equal(pair->links[i].number, 0); /* more links than PAIR_LINKS_MAX */
    return &pair->links[i];
}

struct pair_link *pair_connect(struct pair_home *child, struct pair_home *parent)
{
    struct pair *pair = child->pair;
    struct pair_link *link = free_link(pair);
    *link = (struct pair_link){.number = ++pair->last_link,
            .child = child,
            .parent = parent,
            .up.cut_at = SIZE_MAX,
            .down.cut_at = SIZE_MAX};
    child->wants_parent = false;
    uint64_t number = link->number;
    /* What fails here breaks the turn: its end says so. */
    if (child->node != NULL) {
        (void)grid_node_link_up(child->node, pair_now(child), number, parent->identity, true);
        (void)pair_turn(child);
    }
    if (link->number == number && parent->node != NULL) {
        (void)grid_node_link_up(parent->node, pair_now(parent), number, child->identity, false);
        (void)pair_turn(parent);
    }
    return link->number == number ? link : NULL;
}

void pair_cut(struct pair *pair, struct pair_link *link, const char *reason)
{
    struct pair_home *const ends[] = {link->child, link->parent};
    uint64_t number = link->number;
    char why[GRID_REASON_BYTES];
    snprintf(why, sizeof(why), "%s", reason);
    (void)pair;
    forget_link(link);
    for (size_t i = 0; i < 2; i++) {
        snprintf(ends[i]->last_close, sizeof(ends[i]->last_close), "%s", why);
        if (ends[i]->node == NULL)
            continue;
        grid_node_link_down(ends[i]->node, pair_now(ends[i]), number, why);
        (void)pair_turn(ends[i]);
    }
}

size_t pair_deliver(struct pair_link *link, struct pair_way *way, size_t size)
{
    struct pair_home *to = way == &link->up ? link->parent : link->child;
    if (size == 0 || size > way->bytes.size)
        size = way->bytes.size;
    if (size > way->cut_at - way->passed)
        size = way->cut_at - way->passed;
    if (size == 0 || to->node == NULL)
        return 0;
    struct buffer taken = {0};
    buffer_append(&taken, way->bytes.data, size);
    buffer_drop_front(&way->bytes, size);
    way->passed += size;
    (void)grid_node_receive(to->node, pair_now(to), link->number, buffer_bytes(&taken));
    buffer_close(&taken);
    return size;
}

/* One step on one direction of a link; true when something happened. */
static bool step_way(struct pair *pair, struct pair_link *link, struct pair_way *way)
{
    struct pair_home *to = way == &link->up ? link->parent : link->child;
    bool moved = pair_deliver(link, way, pair->chunk) > 0;
    bool cut = way->passed == way->cut_at;
    bool ended = way->ended && way->bytes.size == 0;
    if (moved)
        (void)pair_turn(to);
    if (link->number == 0)
        return true; /* the turn took it down */
    if (cut || ended) {
        pair->cut_count += cut;
        pair_cut(pair, link, cut ? "cut" : link->reason);
        return true;
    }
    return moved;
}

static bool step_links(struct pair *pair)
{
    bool moved = false;
    for (size_t i = 0; i < PAIR_LINKS_MAX; i++) {
        struct pair_link *link = &pair->links[i];
        if (link->number != 0)
            moved = step_way(pair, link, &link->up) || moved;
        if (link->number != 0)
            moved = step_way(pair, link, &link->down) || moved;
    }
    return moved;
}

static bool step_connects(struct pair *pair)
{
    bool moved = false;
    for (size_t i = 0; i < pair->home_count; i++) {
        struct pair_home *home = &pair->homes[i];
        if (home->node == NULL || !home->wants_parent)
            continue;
        bool reached = !home->unreachable && !home->parent->unreachable &&
                       home->parent->node != NULL && pair_link_of(home) == NULL;
        moved = true;
        if (reached) {
            (void)pair_connect(home, home->parent);
            continue;
        }
        home->wants_parent = false;
        grid_node_link_down(home->node, pair_now(home), 0, "unreachable");
        (void)pair_turn(home);
    }
    return moved;
}

static int64_t next_deadline(const struct pair *pair)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < pair->home_count; i++) {
        const struct pair_home *home = &pair->homes[i];
        int64_t deadline = home->node != NULL ? grid_node_deadline(home->node) : INT64_MAX;
        next = deadline < next ? deadline : next;
    }
    return next;
}

static void advance(struct pair *pair, int64_t to_ms)
{
    if (to_ms > pair->mono_ms) {
        pair->wall_ms += to_ms - pair->mono_ms;
        pair->mono_ms = to_ms;
    }
    for (size_t i = 0; i < pair->home_count; i++) {
        struct pair_home *home = &pair->homes[i];
        if (home->node == NULL || grid_node_deadline(home->node) > pair->mono_ms)
            continue;
        grid_node_tick(home->node, pair_now(home));
        (void)pair_turn(home);
    }
}

void pair_run(struct pair *pair, int64_t for_ms)
{
    int64_t end_ms = pair->mono_ms + for_ms;
    for (unsigned steps = 0;; steps++) {
        assert_true(steps < 1000000); /* something spins */
        bool moved = step_links(pair);
        moved = step_connects(pair) || moved;
        if (moved)
            continue;
        int64_t next = next_deadline(pair);
        if (next > end_ms)
            break;
        advance(pair, next);
    }
    advance(pair, end_ms);
}

void pair_settle(struct pair *pair)
{
    pair_run(pair, 30000);
}

void pair_sync(struct pair_home *child)
{
    grid_node_hurry(child->node, pair_now(child));
    (void)pair_turn(child);
    pair_settle(child->pair);
}

void pair_part(struct pair_home *home)
{
    home->unreachable = true;
    struct pair_link *link = pair_link_of(home);
    if (link != NULL)
        pair_cut(home->pair, link, "valley");
}

void pair_meet(struct pair_home *home)
{
    home->unreachable = false;
    pair_sync(home);
}

/* --- frames --- */

bool pair_frame(struct bytes bytes, size_t *at, struct arena *arena, struct frame *out)
{
    struct grid_error error = {0};
    size_t taken = 0;
    assert_ok(frame_next(bytes_of(bytes.data + *at, bytes.size - *at), arena, out, &taken, &error));
    *at += taken;
    return taken > 0;
}
