/* What goes wrong: roads, disks, machines, clocks, and people with older copies. */
#include "tests/sim/world.h"

#include <string.h>

static struct sim_home *any_home(struct sim *sim)
{
    return sim_one_in(sim, 4) ? sim->centre : sim->homes[sim_chance(sim, sim->home_count)];
}

static struct sim_link *any_link(struct sim *sim)
{
    if (sim->link_end == 0)
        return NULL;
    struct sim_link *link = &sim->links[sim_chance(sim, sim->link_end)];
    return link->number != 0 && !link->broken ? link : NULL;
}

/* --- roads --- */

static void road_fault(struct sim *sim)
{
    struct sim_link *link = any_link(sim);
    if (link == NULL)
        return;
    sim->counts.link_faults++;
    switch (sim_chance(sim, 6)) {
    case 0:
        sim_note(sim, "link %d breaks", (int)link->number);
        sim_break(link, 0, (int64_t)sim_chance(sim, 5000));
        break;
    case 1:
        sim_note(sim, "link %d is open at one end only", (int)link->number);
        sim_break(link, (int64_t)sim_chance(sim, 60000), (int64_t)sim_chance(sim, 3600000));
        break;
    case 2:
        sim_note(sim, "link %d will speak late", (int)link->number);
        link->child_ends_ms = sim->mono_ms;
        link->latency_ms = (int64_t)sim_chance(sim, 120000);
        link->up.ready_ms = sim->mono_ms + link->latency_ms;
        break;
    case 3:
        link->up.cut_at = link->up.passed + (size_t)sim_chance(sim, 3000);
        break;
    case 4:
        link->down.cut_at = link->down.passed + (size_t)sim_chance(sim, 1000);
        break;
    default:
        link->chunk = sim_one_in(sim, 2) ? 1 : 40;
        link->latency_ms = (int64_t)sim_chance(sim, 3000);
    }
}

static void valley(struct sim *sim)
{
    struct sim_home *home = any_home(sim);
    home->unreachable = !home->unreachable;
    sim->counts.link_faults++;
    sim_note(sim, "%s is %s", home->name, home->unreachable ? "in a valley" : "back");
    for (size_t i = 0; i < sim->link_end && home->unreachable; i++) {
        struct sim_link *link = &sim->links[i];
        if (link->number != 0 && !link->broken && (link->child == home || link->parent == home))
            sim_break(link, (int64_t)sim_chance(sim, 30000), (int64_t)sim_chance(sim, 900000));
    }
}

/* --- machines and disks --- */

static void machine_fault(struct sim *sim)
{
    struct sim_home *home = any_home(sim);
    if (home->node == NULL)
        return;
    home->dies_of_power = sim_one_in(sim, 2);
    switch (sim_chance(sim, 4)) {
    case 0:
        sim_kill(home, home->dies_of_power);
        return;
    case 1:
        sim_stop(home);
        home->restart_ms = sim->mono_ms + (int64_t)sim_chance(sim, 3600000);
        return;
    case 2:
        home->die_in = 1 + (unsigned)sim_chance(sim, 24);
        return;
    default:
        sim_disk_fail_at(&home->disk, SIM_FAULT_DEATH, 1 + sim_chance(sim, 60));
    }
}

static void disk_fault(struct sim *sim)
{
    struct sim_home *home = any_home(sim);
    sim->counts.disk_faults++;
    if (sim_one_in(sim, 5)) {
        home->disk.is_full = !home->disk.is_full;
        sim_note(sim, "the disk of %s %s", home->name, home->disk.is_full ? "is full" : "has room");
        return;
    }
    enum sim_fault fault = (enum sim_fault)(1 + sim_chance(sim, SIM_FAULT_DEATH - 1));
    sim_note(sim, "the disk of %s will fail (%d)", home->name, (int)fault);
    sim_disk_fail_at(&home->disk, fault, 1 + sim_chance(sim, 50));
}

/* F2: fsync fails, the process stops, starts again, is asked again, and then the power goes. */
static void power_after_sync(struct sim *sim)
{
    struct sim_home *home = any_home(sim);
    if (home->node == NULL)
        return;
    sim_note(sim, "%s will not sync, and lose its power later", home->name);
    sim_disk_fail_at(&home->disk, SIM_FAULT_SYNC, 1);
    sim_home_acts(home);
    if (home->node == NULL)
        home->restart_ms = sim->mono_ms + 1;
    sim_run(sim, 1 + (int64_t)sim_chance(sim, 3000));
    if (home->node != NULL)
        sim_kill(home, true);
}

static void clock_jump(struct sim *sim)
{
    static const int64_t offsets_ms[] = {0, -INT64_C(1795000000000), INT64_C(352000000000),
            -INT64_C(3600000), INT64_C(3600000), -INT64_C(86400000), INT64_C(1000000000), 200000};
    struct sim_home *home = any_home(sim);
    home->clock_offset_ms = offsets_ms[sim_chance(sim, sizeof(offsets_ms) / sizeof(offsets_ms[0]))];
    sim->counts.clock_jumps++;
    sim_note(
            sim, "the clock of %s is off by %d s", home->name, (int)(home->clock_offset_ms / 1000));
}

/* --- older copies --- */

static void excuse(struct sim *sim, const struct sim_home *home, const char *why)
{
    for (size_t i = 0; i < sim->act_count; i++)
        if (sim->acts[i].home == home && sim->acts[i].excuse == NULL &&
                !check_held_above(home->parent, &sim->acts[i]))
            sim->acts[i].excuse = why;
}

/* Children and its parent fill it: gone is what nobody else has. */
static void excuse_centre(struct sim *sim, const struct sim_home *centre)
{
    for (size_t i = 0; i < sim->act_count; i++) {
        struct sim_act *act = &sim->acts[i];
        bool elsewhere = act->home != centre && !act->home->destroyed &&
                         (!act->home->was_restored || check_holds(act->home, act));
        if (!elsewhere && !check_held_above(centre->parent, act))
            act->excuse = "the centre was put back";
    }
    for (size_t i = 0; i < sim->home_count; i++)
        sim->homes[i]->cut_count = 0; /* the cut may be gone, or come anew */
}

/* What only this disk held, and the older copy does not, is gone by the act of a person. */
static void put_back(struct sim *sim, struct sim_home *home)
{
    bool keyring = sim_one_in(sim, 4);
    bool database = !keyring || sim_one_in(sim, 2);
    sim_stop(home);
    home->restart_ms = INT64_MAX;
    if (home->role == GRID_NODE_CENTRE) {
        keyring = keyring && database;
        sim_put_back(home, true, keyring);
        home->restart_ms = sim->mono_ms + 1;
        excuse_centre(sim, home);
        (void)sim_start(home);
        return;
    }
    sim_put_back(home, database, keyring);
    excuse(sim, home, "its device was put back");
    if (sim_start(home) && sim_one_in(sim, 2))
        sim_home_acts(home); /* before anybody can tell it what it forgot */
    if (home->node == NULL)
        home->restart_ms = sim->mono_ms + 1;
}

static void older_copies(struct sim *sim)
{
    struct sim_home *home = any_home(sim);
    if (home->destroyed || home->node == NULL || sim->centre->node == NULL)
        return;
    if (!home->has_older || sim_one_in(sim, 3)) {
        sim_stop(home);
        sim_copy_home(home);
        home->restart_ms = sim->mono_ms + 1;
        return;
    }
    put_back(sim, home);
}

static void lose(struct sim *sim)
{
    struct sim_home *home = any_home(sim);
    unsigned alive = 0;
    for (size_t i = 0; i < sim->home_count; i++)
        alive += !sim->homes[i]->destroyed;
    if (home->role == GRID_NODE_CENTRE || home->destroyed || alive < 4 || sim->centre->node == NULL)
        return;
    if (home->node != NULL)
        sim_kill(home, true);
    sim_note(sim, "%s is lost for good", home->name);
    home->destroyed = true;
    home->restart_ms = INT64_MAX;
    sim->counts.destroyed++;
    excuse(sim, home, "its device was lost");
}

static void clone(struct sim *sim)
{
    struct sim_home *home = any_home(sim);
    if (home->role == GRID_NODE_CENTRE || home->destroyed || home->node == NULL ||
            sim->home_count == SIM_HOMES_MAX)
        return;
    sim_stop(home);
    home->restart_ms = sim->mono_ms + 1;
    struct sim_home *copy = sim_add_home(sim, home->name, home->role, home->parent);
    sim_note(sim, "%s is cloned", home->name);
    sim_disk_copy(&copy->disk, &home->disk);
    copy->keyring = home->keyring;
    memcpy(copy->identity, home->identity, sizeof(copy->identity));
    copy->enrolled = true;
    copy->rival = home->rival = true;
    copy->revoked = home->revoked;
    copy->wall_max_ms = home->wall_max_ms;
    copy->restart_ms = sim->mono_ms + (int64_t)sim_chance(sim, 600000);
    sim->counts.clones++;
}

/* --- weeks without the upper link (F27) --- */

static void long_cut(struct sim *sim)
{
    enum { ROUNDS = 10, ROUND_MS = 3 * 86400000 };
    struct sim_home *above = sim->centre->parent;
    if (above == NULL || above->unreachable)
        return;
    sim_note(sim, "the township has no upper link for 30 days");
    sim->counts.link_faults++;
    above->unreachable = true;
    for (size_t i = 0; i < sim->link_end; i++)
        if (sim->links[i].number != 0 && sim->links[i].parent == above)
            sim_break(&sim->links[i], 0, 0);
    for (unsigned i = 0; i < ROUNDS && !sim_bad(sim); i++) {
        sim_people_act(sim);
        sim_run(sim, ROUND_MS);
    }
    above->unreachable = false;
}

/* --- --- */

void sim_fault(struct sim *sim)
{
    uint64_t what = sim_chance(sim, 100);
    if (sim->plan.restores && sim_one_in(sim, 7))
        older_copies(sim);
    else if (what < 30)
        road_fault(sim);
    else if (what < 50)
        valley(sim);
    else if (what < 72)
        machine_fault(sim);
    else if (what < 86)
        disk_fault(sim);
    else if (what < 92)
        clock_jump(sim);
    else if (what < 96)
        power_after_sync(sim);
    else if (what < 97 && sim->plan.tiers_above > 0 && sim_one_in(sim, 2))
        long_cut(sim);
    else if (what < 98 && sim->plan.restores)
        lose(sim);
    else if (what < 99 && sim->plan.restores)
        clone(sim);
}

/* The world heals: roads are open, disks are sound, clocks are set, everybody runs. */
void sim_end_faults(struct sim *sim)
{
    sim_note(sim, "faults end");
    sim->plan.faults = false;
    for (size_t i = 0; i < sim->home_count; i++) {
        struct sim_home *home = sim->homes[i];
        sim_disk_fail_at(&home->disk, SIM_FAULT_NONE, 0);
        home->disk.is_full = home->unreachable = false;
        home->die_in = 0;
        if (home->node == NULL && !home->destroyed && !home->plays)
            home->restart_ms = sim->mono_ms + (int64_t)sim_chance(sim, 60000);
        home->clock_offset_ms = 0;
    }
    for (size_t i = 0; i < sim->link_end; i++)
        if (sim->links[i].number != 0)
            sim_break(
                    &sim->links[i], (int64_t)sim_chance(sim, 1000), (int64_t)sim_chance(sim, 1000));
}
