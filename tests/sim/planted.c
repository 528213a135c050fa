/* Bugs planted on purpose: does the simulator find each of them? (plants.py has the list.)
 *   sim_planted NAME SEED            tells the story of a life with this bug
 *   sim_planted --check planted.txt  each recorded bug is found by its seed
 *   sim_planted --find [TRIES [BASE [NAME]]]  finds them afresh and prints such a list */
#include "tests/sim/runner.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct plant {
    const char *name, *what;
    bool lost; /* the text that it changes is not there any more */
};

#include "plants_table.h"

enum { PLANTS = sizeof(plants) / sizeof(plants[0]), TRIES = 150, NEAR = 40 };

extern unsigned grid_planted;
unsigned grid_planted;

static unsigned number_of(const char *name)
{
    for (unsigned i = 0; i < PLANTS; i++)
        if (strcmp(plants[i].name, name) == 0)
            return i + 1;
    return 0;
}

static bool goes_wrong(unsigned plant, uint64_t seed, struct outcome *outcome, int *status)
{
    grid_planted = plant;
    pid_t child = begin_life(seed, false, outcome);
    (void)waitpid(child, status, 0);
    return !is_good(outcome, *status);
}

/* True when a life with this bug goes wrong, and without it does not. */
static bool finds(unsigned plant, uint64_t seed, struct outcome *outcome, int *status)
{
    struct outcome *sound = outcomes_share(1);
    int its_status = 0;
    bool found = goes_wrong(plant, seed, outcome, status);
    if (found && sound != NULL && goes_wrong(0, seed, sound, &its_status)) {
        printf("seed %llu fails without any bug of plants.py: %s\n", (unsigned long long)seed,
                fault_of(sound, its_status));
        found = false;
    }
    if (sound != NULL)
        outcomes_drop(sound, 1);
    return found;
}

/* One line of the record; true when its bug is found, or the line is none. */
static bool check_line(const char *line, bool *recorded, struct outcome *outcome)
{
    char name[64] = "";
    unsigned long long seed = 0;
    int status = 0;
    if (line[0] == '#' || sscanf(line, "%63s %llu", name, &seed) != 2) /* NOLINT(cert-err34-c) */
        return true;
    unsigned plant = number_of(name);
    bool found = false;
    recorded[plant] = true;
    if (plant == 0)
        printf("%s: plants.py has no such bug\n", name);
    else if (plants[plant - 1].lost)
        printf("%s: what it changes is gone; mend its text in tests/sim/plants.py\n", name);
    /* whatever changes in the product moves what chance does: the lives after it will do too */
    for (unsigned i = 0; i < NEAR && plant != 0 && !plants[plant - 1].lost && !found; i++)
        found = finds(plant, seed + i, outcome, &status);
    if (found)
        printf("%s %llu # %s\n", name, (unsigned long long)outcome->seed,
                fault_of(outcome, status));
    else
        printf("%s: seed %llu and those after it do not find it\n", name, seed);
    return found;
}

static int check(const char *path, struct outcome *outcome)
{
    static char lines[4 * PLANTS][256];
    bool recorded[PLANTS + 1] = {false};
    unsigned count = 0;
    int missed = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        return 2;
    }
    while (count < 4 * PLANTS && fgets(lines[count], sizeof(lines[0]), file) != NULL)
        count++;
    (void)fclose(file); /* before the first fork: the end of a child would move its offset */
    for (unsigned i = 0; i < count; i++)
        missed += !check_line(lines[i], recorded, outcome);
    for (unsigned i = 1; i <= PLANTS; i++)
        if (!recorded[i])
            printf("%s: no seed is recorded yet\n", plants[i - 1].name);
    return missed > 0;
}

static int find(unsigned tries, uint64_t base, const char *only, struct outcome *outcome)
{
    int missed = 0;
    for (unsigned i = 1; i <= PLANTS; i++) {
        int status = 0;
        uint64_t seed = base;
        if (only != NULL && strcmp(only, plants[i - 1].name) != 0)
            continue;
        bool found = false;
        while (!found && seed < base + tries)
            found = finds(i, seed++, outcome, &status);
        if (found)
            printf("%s %llu # %s\n", plants[i - 1].name, (unsigned long long)seed - 1,
                    fault_of(outcome, status));
        else
            printf("# %s: not in %u lives\n", plants[i - 1].name, tries);
        fflush(stdout);
        missed += !found;
    }
    return missed > 0;
}

int main(int argc, char **argv)
{
    struct outcome *outcome = outcomes_share(1);
    if (outcome == NULL || argc < 2)
        return 2;
    bool many = argv[1][0] == '-';
    if (many && freopen("/dev/null", "w", stderr) == NULL) /* asserts of theirs are found too */
        return 2;
    if (strcmp(argv[1], "--check") == 0 && argc > 2)
        return check(argv[2], outcome);
    if (strcmp(argv[1], "--find") == 0)
        return find(argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : TRIES,
                argc > 3 ? strtoull(argv[3], NULL, 10) : 1, argc > 4 ? argv[4] : NULL, outcome);
    grid_planted = number_of(argv[1]);
    if (grid_planted == 0 || argc < 3)
        return 2;
    return replay(strtoull(argv[2], NULL, 10), false);
}
