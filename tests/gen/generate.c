/* Rosters and report streams for tests and benchmarks: the same seed gives the same bytes on every
 * machine.
 *   generate roster t1|t2 DIR [SEED]            units.csv, posts.csv, departments.csv
 *   generate reports t1|t2 COUNT [SEED] > FILE  JSONL for `grid report --from`
 * t1 is 纳日松镇, t2 the whole of 准格尔旗; the seed is 1 unless given. */
#include "tests/gen/reports.h"
#include "tests/gen/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
    fprintf(stderr, "usage: generate roster t1|t2 DIR [SEED]\n"
                    "       generate reports t1|t2 COUNT [SEED] > FILE\n");
    return 2;
}

static bool read_number(const char *text, uint64_t *out)
{
    char *end = NULL;
    *out = strtoull(text, &end, 10);
    return end != text && *end == '\0';
}

static int write_roster(const struct roster *roster, const char *folder)
{
    if (roster_write(roster, folder))
        return 0;
    perror(folder);
    return 1;
}

static int write_reports(const struct roster *roster, bool banner, uint64_t count, uint64_t seed)
{
    reports_write(roster, banner, count, seed, stdout);
    if (ferror(stdout) == 0 && fflush(stdout) == 0)
        return 0;
    perror("generate: standard output");
    return 1;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1;
    uint64_t count = 0;
    if (argc < 4 || argc > 5 || (argc == 5 && !read_number(argv[4], &seed)))
        return usage();
    bool reports = strcmp(argv[1], "reports") == 0;
    bool banner = strcmp(argv[2], "t2") == 0;
    if ((!reports && strcmp(argv[1], "roster") != 0) || (!banner && strcmp(argv[2], "t1") != 0) ||
            (reports && !read_number(argv[3], &count)))
        return usage();
    static struct plan plan;
    struct roster roster;
    plan_make(&plan, banner);
    roster_make(&roster, &plan, seed);
    int code =
            reports ? write_reports(&roster, banner, count, seed) : write_roster(&roster, argv[3]);
    roster_close(&roster);
    return code;
}
