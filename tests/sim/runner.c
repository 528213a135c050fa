#include "tests/sim/runner.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIFE_SECONDS_MAX = 120 };

static struct sim_plan plan_of(uint64_t seed, bool lying)
{
    struct chance chance = {seed ^ UINT64_C(0x5851f42d4c957f2d)};
    struct sim_plan plan = {.handhelds = 2 + (unsigned)chance_below(&chance, 5),
            .steps = 150 + (unsigned)chance_below(&chance, 500),
            .faults = true,
            .restores = chance_one_in(&chance, 3),
            .hostile = chance_one_in(&chance, 4),
            .lying_disks = lying};
    if (chance_one_in(&chance, 25))
        plan.handhelds = 20 + (unsigned)chance_below(&chance, 20);
    plan.revokes = chance_one_in(&chance, 4);
    /* What only the tier above still has does not come down yet to a centre that was put back. */
    if (chance_one_in(&chance, 4) && !plan.restores)
        plan.tiers_above = 1 + (unsigned)chance_below(&chance, 2);
    return plan;
}

static void live(uint64_t seed, bool lying, FILE *story, struct outcome *outcome)
{
    static struct sim sim;
    struct sim_plan plan = plan_of(seed, lying);
    sim_disk_register();
    sim_open(&sim, seed, &plan, story);
    (void)sim_live(&sim);
    outcome->trace = sim.trace;
    outcome->counts = sim.counts;
    snprintf(outcome->violation, sizeof(outcome->violation), "%s", sim.violation);
    sim_close(&sim);
    outcome->ended = true;
}

pid_t begin_life(uint64_t seed, bool lying, struct outcome *outcome)
{
    memset(outcome, 0, sizeof(*outcome));
    outcome->seed = seed;
    fflush(NULL);
    pid_t child = fork();
    if (child != 0)
        return child;
    /* of its own time: a busy machine spoils no life */
    const struct rlimit limit = {LIFE_SECONDS_MAX, LIFE_SECONDS_MAX};
    (void)setrlimit(RLIMIT_CPU, &limit);
    live(seed, lying, NULL, outcome);
    exit(0);
}

bool is_good(const struct outcome *outcome, int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 && outcome->ended &&
           outcome->violation[0] == '\0';
}

const char *fault_of(const struct outcome *outcome, int status)
{
    if (outcome->violation[0] != '\0')
        return outcome->violation;
    return WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it ended with a failure";
}

struct outcome *outcomes_share(size_t count)
{
    void *shared = mmap(NULL, sizeof(struct outcome) * count, PROT_READ | PROT_WRITE,
            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? NULL : shared;
}

void outcomes_drop(struct outcome *outcomes, size_t count)
{
    (void)munmap(outcomes, sizeof(struct outcome) * count);
}

int replay(uint64_t seed, bool lying)
{
    static struct outcome outcome;
    live(seed, lying, stdout, &outcome);
    printf("seed %llu: %s; trace %016llx\n", (unsigned long long)seed,
            outcome.violation[0] != '\0' ? outcome.violation : "all is well",
            (unsigned long long)outcome.trace);
    return outcome.violation[0] != '\0';
}
