/* Lives in processes of their own, so that one that falls stops no other. */
#ifndef TESTS_SIM_RUNNER_H
#define TESTS_SIM_RUNNER_H

#include "tests/sim/world.h"

#include <sys/types.h>

enum { WORKERS_MAX = 8 };

/* What a life reports to whoever started it; in shared memory. */
struct outcome {
    uint64_t seed, trace;
    struct sim_counts counts;
    bool ended;
    char violation[512];
};

/* `count` of them, or NULL. */
struct outcome *outcomes_share(size_t count);
void outcomes_drop(struct outcome *outcomes, size_t count);
pid_t begin_life(uint64_t seed, bool lying, struct outcome *outcome);
bool is_good(const struct outcome *outcome, int status);
/* What went wrong, in words. */
const char *fault_of(const struct outcome *outcome, int status);
/* Tells the story on standard output; an exit code. */
int replay(uint64_t seed, bool lying);
/* herd.c; an exit code. */
int herd(unsigned handhelds, unsigned entries);

#endif
