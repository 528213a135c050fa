/* Lives from seeds, each in a process of its own, so that one that falls stops no other.
 *   sim SEED                  tells the story of this life
 *   sim --seeds N [--base B]  N fresh ones; stops at the first that fails
 *   sim --minutes M           as long as that
 *   sim --file seeds.txt      the recorded ones
 *   sim --lying SEED          on disks that lie about fsync: this must fail
 *   sim --herd N ENTRIES      N handhelds that return at once (herd.c) */
#include "tests/sim/runner.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

/* --- totals --- */

struct totals {
    struct sim_counts counts;
    uint64_t lives;
    struct timespec since;
};

static void add_counts(struct sim_counts *to, const struct sim_counts *from)
{
    to->steps += from->steps;
    to->turns += from->turns;
    to->acts += from->acts;
    to->frames += from->frames;
    to->bytes += from->bytes;
    to->kills += from->kills;
    to->power_cuts += from->power_cuts;
    to->disk_faults += from->disk_faults;
    to->link_faults += from->link_faults;
    to->restores += from->restores;
    to->clones += from->clones;
    to->destroyed += from->destroyed;
    to->clock_jumps += from->clock_jumps;
    to->roster_changes += from->roster_changes;
    to->revoked += from->revoked;
    to->hostile += from->hostile;
    to->checks += from->checks;
    to->device_ms += from->device_ms;
}

static double seconds_since(const struct timespec *since)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - since->tv_sec) + (double)(now.tv_nsec - since->tv_nsec) / 1e9;
}

static void print_totals(const struct totals *totals)
{
    const struct sim_counts *c = &totals->counts;
    double seconds = seconds_since(&totals->since);
    printf("lives %llu, %.1f a second; device-years %.1f; turns %llu; acts %llu; frames %llu\n"
           "crash states: kills %llu, power cuts %llu; faults: disk %llu, road %llu, clock %llu, "
           "restores %llu, clones %llu, lost %llu, roster %llu, revoked %llu, falsified %llu; whole checks %llu\n",
            (unsigned long long)totals->lives, (double)totals->lives / (seconds > 0 ? seconds : 1),
            c->device_ms / (365.25 * 86400000.0), (unsigned long long)c->turns,
            (unsigned long long)c->acts, (unsigned long long)c->frames,
            (unsigned long long)c->kills, (unsigned long long)c->power_cuts,
            (unsigned long long)c->disk_faults, (unsigned long long)c->link_faults,
            (unsigned long long)c->clock_jumps, (unsigned long long)c->restores,
            (unsigned long long)c->clones, (unsigned long long)c->destroyed,
            (unsigned long long)c->roster_changes, (unsigned long long)c->revoked,
            (unsigned long long)c->hostile, (unsigned long long)c->checks);
    fflush(stdout);
}

/* --- a failure --- */

static void tell(const char *program, const struct outcome *outcome, int status)
{
    printf("\nseed %llu FAILED: %s\nreplay: %s %llu\nthe end of its story:\n",
            (unsigned long long)outcome->seed, fault_of(outcome, status), program,
            (unsigned long long)outcome->seed);
    fflush(stdout);
    char command[512];
    snprintf(command, sizeof(command), "%s %llu 2>&1 | tail -n 60", program,
            (unsigned long long)outcome->seed);
    if (system(command) != 0) /* NOLINT(cert-env33-c): its own name and a number */
        printf("(its story could not be told)\n");
}

/* --- many --- */

struct run {
    const char *program;
    uint64_t base, count;
    double seconds;
    const uint64_t *seeds; /* NULL: base + n */
    unsigned workers;
};

static bool more(const struct run *run, uint64_t started, const struct totals *totals)
{
    return started < run->count &&
           (run->seconds <= 0 || seconds_since(&totals->since) < run->seconds);
}

static int run_lives(const struct run *run)
{
    struct outcome *outcomes = outcomes_share(WORKERS_MAX);
    pid_t pids[WORKERS_MAX] = {0};
    struct totals totals = {0};
    uint64_t started = 0;
    unsigned running = 0;
    int failed = 0;
    if (outcomes == NULL)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &totals.since);
    double next_line = 60;
    while ((failed == 0 && more(run, started, &totals)) || running > 0) {
        for (unsigned i = 0; i < run->workers && failed == 0 && more(run, started, &totals); i++) {
            if (pids[i] != 0)
                continue;
            uint64_t seed = run->seeds != NULL ? run->seeds[started] : run->base + started;
            pids[i] = begin_life(seed, false, &outcomes[i]);
            started++;
            running++;
        }
        int status = 0;
        pid_t ended = wait(&status);
        for (unsigned i = 0; i < run->workers; i++) {
            if (pids[i] != ended)
                continue;
            pids[i] = 0;
            running--;
            totals.lives++;
            add_counts(&totals.counts, &outcomes[i].counts);
            if (!is_good(&outcomes[i], status) && failed == 0) {
                failed = 1;
                tell(run->program, &outcomes[i], status);
            }
        }
        if (run->seconds > 0 && seconds_since(&totals.since) > next_line) {
            print_totals(&totals);
            next_line += 60;
        }
    }
    print_totals(&totals);
    return failed;
}

static int run_file(struct run *run, const char *path)
{
    static uint64_t seeds[4096];
    char line[256];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        return 2;
    }
    while (fgets(line, sizeof(line), file) != NULL && run->count < 4096) {
        char *end = NULL;
        uint64_t seed = strtoull(line, &end, 10);
        if (end != line)
            seeds[run->count++] = seed;
    }
    (void)fclose(file);
    run->seeds = seeds;
    return run_lives(run);
}

int main(int argc, char **argv)
{
    struct run run = {.program = argv[0], .workers = 2};
    const char *file = NULL;
    bool lying = false;
    uint64_t seed = 0;
    bool one = false;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--seeds") == 0)
            run.count = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--base") == 0)
            run.base = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--minutes") == 0)
            run.seconds = 60 * strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--workers") == 0)
            run.workers = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--file") == 0)
            file = argv[++i];
        else if (strcmp(argv[i], "--herd") == 0)
            return herd((unsigned)strtoul(value, NULL, 10),
                    i + 2 < argc ? (unsigned)strtoul(argv[i + 2], NULL, 10) : 20);
        else if (strcmp(argv[i], "--lying") == 0)
            lying = true;
        else {
            seed = strtoull(argv[i], NULL, 10);
            one = true;
        }
    }
    if (one)
        return replay(seed, lying);
    if (run.workers < 1 || run.workers > WORKERS_MAX)
        run.workers = 2;
    if (file != NULL)
        return run_file(&run, file);
    if (run.base == 0)
        run.base = (uint64_t)time(NULL) * 1000;
    if (run.count == 0)
        run.count = run.seconds > 0 ? UINT64_MAX : 100;
    printf("base %llu\n", (unsigned long long)run.base);
    return run_lives(&run);
}
