/* Homes: how they are opened, driven in turns, killed and put back. */
#include "tests/sim/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void draw_secret(void *context, uint8_t *out, size_t size)
{
    struct sim *sim = context;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)chance_next(&sim->secrets);
}

/* --- life --- */

void sim_open(struct sim *sim, uint64_t seed, const struct sim_plan *plan, FILE *story)
{
    memset(sim, 0, sizeof(*sim));
    sim->seed = seed;
    sim->plan = *plan;
    sim->chance.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    sim->secrets.state = seed * UINT64_C(0xbf58476d1ce4e5b9) + 2;
    sim->wall_ms = SIM_START_MS;
    sim->mono_ms = 1000;
    sim->trace = UINT64_C(0xcbf29ce484222325);
    sim->story = story;
    sim->ledger = ledger_open();
    sim_disk_seed(seed);
}

static void close_home(struct sim_home *home)
{
    sim_forget_waiting(home);
    grid_node_close(home->node);
    sim_disk_mount(home->no, NULL);
    sim_disk_close(&home->disk);
    sim_disk_close(&home->older_disk);
    free(home);
}

void sim_close(struct sim *sim)
{
    for (size_t i = 0; i < sim->link_end; i++) {
        buffer_close(&sim->links[i].up.bytes);
        buffer_close(&sim->links[i].down.bytes);
    }
    for (size_t i = 0; i < sim->home_count; i++)
        close_home(sim->homes[i]);
    ledger_close(sim->ledger);
}

struct sim_home *sim_add_home(
        struct sim *sim, const char *name, enum grid_node_role role, struct sim_home *parent)
{
    assert(sim->home_count < SIM_HOMES_MAX);
    struct sim_home *home = calloc(1, sizeof(*home));
    assert(home != NULL);
    home->sim = sim;
    home->no = (unsigned)sim->home_count;
    home->role = role;
    home->parent = parent;
    home->unit = SIM_TOWNSHIP;
    home->restart_ms = INT64_MAX;
    home->disk.sector = sim_one_in(sim, 2) ? 512 : 4096;
    home->disk.lies = sim->plan.lying_disks;
    snprintf(home->name, sizeof(home->name), "%s", name);
    snprintf(home->database, sizeof(home->database), "%u/grid.db", home->no);
    draw_secret(sim, home->keyring.identity_seed, sizeof(home->keyring.identity_seed));
    draw_secret(sim, home->keyring.spare_seed, sizeof(home->keyring.spare_seed));
    (void)crypto_public_key(home->identity, home->keyring.identity_seed);
    sim_disk_mount(home->no, &home->disk);
    sim->homes[sim->home_count++] = home;
    return home;
}

struct grid_now sim_now(struct sim_home *home)
{
    const struct sim *sim = home->sim;
    struct grid_now now = {.wall_ms = sim->wall_ms + home->clock_offset_ms,
            .mono_ms = sim->mono_ms - home->boot_ms + 1};
    if (now.wall_ms > home->wall_max_ms)
        home->wall_max_ms = now.wall_ms;
    return now;
}

/* --- starting and ending --- */

static enum grid_status open_node(struct sim_home *home, struct grid_error *error)
{
    struct grid_options options = {.database = home->database,
            .vfs = SIM_VFS,
            .role = home->role,
            .unit = home->unit,
            .name = home->title,
            .operator_key = home->operator_key,
            .has_parent = home->parent != NULL,
            .keyring = &home->keyring,
            .random = draw_secret,
            .random_context = home->sim};
    if (home->parent != NULL)
        memcpy(options.parent, home->parent->identity, sizeof(options.parent));
    return grid_node_open(&home->node, &options, sim_now(home), error);
}

/* The service manager starts it again, sooner or later. */
static void restart_later(struct sim_home *home)
{
    static const int64_t pauses_ms[] = {1, 10000, 600000, 6 * 3600 * 1000};
    int64_t pause_ms = pauses_ms[sim_chance(home->sim, 4)];
    if (home->disk.is_full)
        pause_ms = 6 * 3600 * 1000;
    home->restart_ms = home->sim->mono_ms + 1 + (int64_t)sim_chance(home->sim, (uint64_t)pause_ms);
}

bool sim_start(struct sim_home *home)
{
    struct grid_error error = {0};
    struct sim *sim = home->sim;
    assert(home->node == NULL && !home->destroyed);
    home->wants_parent = false;
    home->moved_ms = sim->mono_ms;
    home->disk.dead = false;
    home->restart_ms = INT64_MAX;
    enum grid_status status = open_node(home, &error);
    sim_note(sim, "%s starts: %s", home->name, status == GRID_OK ? "ok" : error.reason);
    if (status == GRID_OK) {
        if (home->joins)
            grid_node_enrol(home->node, home->secret);
        check_start(home);
        (void)sim_turn(home);
        return home->node != NULL;
    }
    bool asked_for = home->disk.failed || home->disk.dead || home->disk.is_full;
    if (!asked_for && !home->key_is_old && !home->disk.lies)
        sim_violate(sim, "F54", "%s does not start: %s %s", home->name, error.reason, error.detail);
    if (!asked_for && home->disk.lies)
        sim_violate(sim, "I6", "%s does not start: %s %s", home->name, error.reason, error.detail);
    if (home->disk.dead)
        sim_kill(home, sim_one_in(sim, 2));
    home->disk.failed = false;
    restart_later(home);
    return false;
}

void sim_stop(struct sim_home *home)
{
    if (home->node == NULL)
        return;
    sim_note(home->sim, "%s stops", home->name);
    sim_forget_waiting(home);
    grid_node_close(home->node);
    home->node = NULL;
    sim_drop_ends(home, false);
}

void sim_kill(struct sim_home *home, bool power)
{
    struct sim *sim = home->sim;
    sim_note(sim, "%s %s", home->name, power ? "loses its power" : "is killed");
    sim->counts.kills += !power;
    sim->counts.power_cuts += power;
    home->disk.dead = true; /* closing would clear up: the dead do not */
    home->die_in = 0;
    sim_forget_waiting(home);
    grid_node_close(home->node);
    home->node = NULL;
    if (power) {
        sim_disk_power_cut(&home->disk, &sim->chance);
        home->boot_ms = sim->mono_ms;
    }
    sim_drop_ends(home, power);
    restart_later(home);
}

/* --- copies --- */

void sim_copy_home(struct sim_home *home)
{
    assert(home->node == NULL);
    sim_disk_copy(&home->older_disk, &home->disk);
    home->older_keyring = home->keyring;
    home->has_older = true;
}

void sim_put_back(struct sim_home *home, bool database, bool keyring)
{
    assert(home->node == NULL && home->has_older);
    sim_note(home->sim, "%s gets back an older%s%s", home->name, database ? " database" : "",
            keyring ? " key file" : "");
    if (database)
        sim_disk_copy(&home->disk, &home->older_disk);
    if (keyring)
        home->keyring = home->older_keyring;
    home->key_is_old = home->key_is_old || keyring;
    home->older_database = home->older_database || database;
    home->older_key = home->older_key || keyring;
    home->rival = home->rival || (home->older_database && home->older_key);
    home->was_restored = true;
    home->forgive = true;
    home->sim->counts.restores++;
}

/* --- turns --- */

static bool dies_here(struct sim_home *home)
{
    if (home->disk.dead) {
        sim_kill(home, home->dies_of_power);
        return true;
    }
    if (home->die_in == 0 || --home->die_in > 0)
        return false;
    sim_kill(home, home->dies_of_power);
    return true;
}

static void take_action(struct sim_home *home, const struct grid_action *action)
{
    switch (action->type) {
    case GRID_ACTION_MARK:
        if (action->keyring->generation <= home->keyring.generation)
            sim_violate(home->sim, "I3", "%s marks generation %d again", home->name,
                    (int)action->keyring->generation);
        home->keyring = *action->keyring;
        home->older_database = home->older_key = false;
        return;
    case GRID_ACTION_SEND:
        sim_send(home, action->link, action->bytes);
        return;
    case GRID_ACTION_CLOSE:
        sim_close_end(home, action->link, action->reason);
        return;
    case GRID_ACTION_CONNECT:
        home->wants_parent = true;
        return;
    case GRID_ACTION_ENROLLED:
        home->enrolled = action->error == NULL;
        home->enrolment_failed = action->error != NULL;
        return;
    case GRID_ACTION_CHANGED:
    case GRID_ACTION_NONE:
        return;
    }
}

bool sim_turn(struct sim_home *home)
{
    struct sim *sim = home->sim;
    struct grid_error error = {0};
    struct grid_action action;
    bool said = false;
    sim->counts.turns++;
    if (dies_here(home))
        return false;
    if (grid_node_commit(home->node, sim_now(home), &error) != GRID_OK) {
        bool asked_for = home->disk.failed || home->disk.dead || home->disk.is_full;
        if (!asked_for)
            sim_violate(
                    sim, "D2", "%s cannot commit: %s %s", home->name, error.reason, error.detail);
        home->disk.failed = false;
        sim_kill(home, home->disk.dead && home->dies_of_power);
        return false;
    }
    if (dies_here(home))
        return false;
    while (!sim_bad(sim) && grid_node_next_action(home->node, sim_now(home), &action)) {
        if (!said && action.type != GRID_ACTION_MARK) {
            sim_say_saved(home);
            said = true;
        }
        if (dies_here(home))
            return false;
        take_action(home, &action);
    }
    sim_say_saved(home);
    if (home->node != NULL && !home->disk.dead)
        check_turn(home);
    return !dies_here(home);
}
