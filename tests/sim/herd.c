/* F48: the centre goes and comes, and everybody returns at once.
 *   sim --herd HANDHELDS ENTRIES   how long in virtual time until all have their receipts */
#include "tests/sim/runner.h"

#include <stdlib.h>

enum { HERD_SEED = 48, WITHIN_MS = 15000, STEP_MS = 100 };

static bool all_receipted(const struct sim *sim)
{
    for (size_t i = 0; i < sim->home_count; i++) {
        const struct sim_home *home = sim->homes[i];
        if (home != sim->centre &&
                (home->node == NULL ||
                        upward_unreceipted(&home->node->sync, GRID_LANE_URGENT) > 0 ||
                        upward_unreceipted(&home->node->sync, GRID_LANE_WORK) > 0))
            return false;
    }
    return true;
}

static void write_reports(struct sim *sim, unsigned entries)
{
    for (size_t i = 0; i < sim->home_count && !sim_bad(sim); i++)
        for (unsigned n = 0; n < entries && sim->homes[i] != sim->centre; n++)
            sim_home_reports(sim->homes[i]);
}

int herd(unsigned handhelds, unsigned entries)
{
    static struct sim sim;
    const struct sim_plan plan = {.handhelds = handhelds};
    sim_disk_register();
    sim_open(&sim, HERD_SEED, &plan, NULL);
    sim_begin(&sim);
    sim_run(&sim, 600000);
    uint64_t links = sim.last_link;
    sim_stop(sim.centre);
    sim_run(&sim, 1);
    write_reports(&sim, entries);
    int64_t from_ms = sim.mono_ms;
    sim.centre->restart_ms = from_ms + 1;
    while (!sim_bad(&sim) && !all_receipted(&sim) && sim.mono_ms - from_ms < 20 * WITHIN_MS)
        sim_run(&sim, STEP_MS);
    int64_t took_ms = sim.mono_ms - from_ms;
    bool good = !sim_bad(&sim) && all_receipted(&sim) && took_ms <= WITHIN_MS;
    printf("%u handhelds with %u reports each: %s receipted after %d ms, %d calls %s\n", handhelds,
            entries, all_receipted(&sim) ? "all" : "NOT all", (int)took_ms,
            (int)(sim.last_link - links), sim.violation);
    sim_close(&sim);
    return good ? 0 : 1;
}
