/* A whole life from one seed: a township begins, people act and everything goes wrong; then the
 * faults end and all must come together. */
#include "tests/sim/world.h"

#include <string.h>

/* One enrolled handheld files some reports, and goes over to those who mean harm. */
static void turn_hostile(struct sim *sim)
{
    struct sim_home *home = sim->homes[sim->home_count - 1];
    for (unsigned i = 0; i < 6 && home->node != NULL && !sim_bad(sim); i++)
        sim_home_acts(home);
    sim_run(sim, 60000);
    sim_stop(home);
    home->plays = home->rival = true;
    home->restart_ms = INT64_MAX;
}

void sim_begin(struct sim *sim)
{
    sim_note(sim, "%u handhelds, %u tiers above, %u steps%s%s%s%s", sim->plan.handhelds,
            sim->plan.tiers_above, sim->plan.steps, sim->plan.restores ? ", older copies" : "",
            sim->plan.hostile ? ", hostile roads" : "", sim->plan.revokes ? ", revocations" : "",
            sim->plan.lying_disks ? ", disks that lie" : "");
    sim_draw_town(sim);
    bool faults = sim->plan.faults;
    sim->plan.faults = false;
    sim_found_centres(sim);
    sim->plan.faults = faults;
    for (unsigned i = 0; i < sim->plan.handhelds && !sim_bad(sim); i++) {
        const struct sim_post *post = &sim->posts[3 + i % (sim->post_count - 3)];
        (void)sim_enrol(sim_add_home(sim, post->person, GRID_NODE_HANDHELD, sim->centre));
    }
    if (sim->plan.hostile && !sim_bad(sim))
        turn_hostile(sim);
}

static void wait_a_while(struct sim *sim)
{
    static const int64_t spans_ms[] = {10, 500, 5000, 60000, 900000, 8 * 3600 * 1000, 4 * 86400000};
    uint64_t span = sim_chance(sim, 40);
    size_t at = span < 12   ? 0
                : span < 20 ? 1
                : span < 28 ? 2
                : span < 33 ? 3
                : span < 36 ? 4
                : span < 39 ? 5
                            : 6;
    sim_run(sim, 1 + (int64_t)sim_chance(sim, (uint64_t)spans_ms[at]));
}

static void step(struct sim *sim)
{
    uint64_t what = sim_chance(sim, 100);
    sim->counts.steps++;
    if (what < 38)
        sim_people_act(sim);
    else if (what < 39)
        sim_change_roster(sim);
    else if (what < 40 && sim->plan.revokes && sim_one_in(sim, 4))
        sim_revoke(sim);
    else if (what < 60 && sim->plan.faults)
        sim_fault(sim);
    else if (what < 63 && sim->plan.hostile)
        sim_hostile(sim);
    else
        wait_a_while(sim);
}

static bool is_quiet(const struct sim *sim)
{
    for (size_t i = 0; i < sim->home_count; i++) {
        struct sim_home *home = sim->homes[i];
        struct grid_error error = {0};
        if (home->destroyed || home->plays || home->rival || home->revoked)
            continue;
        if (home->node == NULL || !grid_node_synced(home->node, sim_now(home), &error))
            return false;
    }
    return true;
}

/* L6: so many rounds are enough, each with a fresh link. */
static void converge(struct sim *sim)
{
    enum { ROUNDS_MAX = 12 };
    sim_end_faults(sim);
    for (unsigned round = 0; round < ROUNDS_MAX && !sim_bad(sim); round++) {
        sim_run(sim, round < 2 ? 60000 : 3600000);
        if (round >= 2 && is_quiet(sim))
            break;
        for (size_t i = 0; i < sim->home_count && !sim_bad(sim); i++) {
            struct sim_home *home = sim->homes[i];
            struct sim_link *link = sim_link_of(home);
            if (link != NULL && round > 2)
                sim_break(link, 0, 0);
            if (home->node != NULL) {
                grid_node_hurry(home->node, sim_now(home));
                (void)sim_turn(home);
            }
        }
    }
}

bool sim_live(struct sim *sim)
{
    sim_begin(sim);
    for (unsigned i = 0; i < sim->plan.steps && !sim_bad(sim); i++) {
        step(sim);
        for (size_t k = 0; k < sim->home_count && !sim_bad(sim); k++)
            check_stuck(sim->homes[k]);
        if (i % 64 == 63 && !sim_bad(sim))
            check_all(sim);
    }
    if (!sim_bad(sim))
        converge(sim);
    if (!sim_bad(sim))
        check_converged(sim);
    return !sim_bad(sim);
}
