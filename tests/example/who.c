/* Who answers for a household? Reads the three CSV files of a roster and prints the chain of posts,
 * nearest first. The hierarchy of libgrid is usable like this, without a node.
 *   who FOLDER UNIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libgrid/grid.h"

static struct bytes read_file(const char *folder, const char *name)
{
    char path[4096];
    static char text[3][1 << 20];
    static int used;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL || used == 3) {
        perror(path);
        exit(1);
    }
    size_t size = fread(text[used], 1, sizeof(text[used]), file);
    fclose(file);
    return bytes_of(text[used++], size);
}

static void print_finding(void *context, const struct grid_finding *finding)
{
    (void)context;
    if (finding->code[0] == 'R')
        printf("%s:%u %s\n", finding->file, finding->line, finding->code);
}

static bool print_link(void *context, const struct grid_who *who)
{
    (void)context;
    printf("%s: %.*s\n", who->role, (int)who->name.size, (const char *)who->name.data);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: who FOLDER UNIT\n");
        return 2;
    }
    const int32_t today = 20500; /* days since 1970: the library reads no clock */
    struct grid_roster_files files = {
            .units = read_file(argv[1], "units.csv"),
            .posts = read_file(argv[1], "posts.csv"),
            .departments = read_file(argv[1], "departments.csv"),
    };
    struct grid_roster *roster = NULL;
    struct grid_finding_counts counts = {0};
    struct grid_error error = {0};
    const struct grid_unit *unit = NULL;
    enum grid_status status = grid_roster_read(
            &roster, &files, NULL, bytes_text(""), today, print_finding, NULL, &counts, &error);
    if (status == GRID_OK && roster != NULL)
        status = grid_roster_find_unit(roster, bytes_text(argv[2]), &unit, &error);
    if (unit != NULL)
        grid_roster_who(roster, unit->code, today, print_link, NULL);
    grid_roster_close(roster);
    if (status != GRID_OK)
        fprintf(stderr, "%s: %s\n", grid_status_word(status), error.reason);
    return unit != NULL ? 0 : 1;
}
