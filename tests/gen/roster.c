#include "tests/gen/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Everything stands and stays from here on. */
static const char valid_from[] = "2025-01-01";

/* Room for one more; the row is zeroed. */
static void *row_new(void **rows, size_t *count, size_t *room, size_t row_bytes)
{
    if (*count == *room) {
        *room = *room > 0 ? *room * 2 : 256;
        *rows = realloc(*rows, *room * row_bytes);
        if (*rows == NULL)
            abort();
    }
    void *row = (char *)*rows + *count * row_bytes;
    memset(row, 0, row_bytes);
    ++*count;
    return row;
}

struct unit *roster_unit(struct roster *roster)
{
    void *rows = roster->units;
    struct unit *unit = row_new(&rows, &roster->unit_count, &roster->unit_room, sizeof(*unit));
    roster->units = rows;
    unit->households = HOUSEHOLDS_NONE;
    return unit;
}

struct post *roster_post(struct roster *roster)
{
    void *rows = roster->posts;
    struct post *post = row_new(&rows, &roster->post_count, &roster->post_room, sizeof(*post));
    roster->posts = rows;
    return post;
}

struct department *roster_department(struct roster *roster)
{
    void *rows = roster->departments;
    struct department *department = row_new(
            &rows, &roster->department_count, &roster->department_room, sizeof(*department));
    roster->departments = rows;
    return department;
}

void roster_make(struct roster *roster, const struct plan *plan, uint64_t seed)
{
    *roster = (struct roster){0};
    places_make(roster, plan, seed);
    departments_make(roster, plan);
    posts_make(roster, plan, seed);
}

void roster_close(struct roster *roster)
{
    free(roster->units);
    free(roster->posts);
    free(roster->departments);
    *roster = (struct roster){0};
}

/* --- the files --- */

static void write_degrees(FILE *file, bool given, int32_t degrees_e7)
{
    if (given)
        fprintf(file, "%d.%07d", degrees_e7 / 10000000, degrees_e7 % 10000000);
    fputc(',', file);
}

static void write_units(const struct roster *roster, FILE *file)
{
    fputs("code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to,"
          "successors\n",
            file);
    for (size_t i = 0; i < roster->unit_count; i++) {
        const struct unit *unit = &roster->units[i];
        fprintf(file, "%s,%s,%s,%s,,", unit->code, unit->kind, unit->subkind, unit->name);
        if (unit->households != HOUSEHOLDS_NONE)
            fprintf(file, "%d", unit->households);
        fputc(',', file);
        write_degrees(file, unit->placed, unit->lat_e7);
        write_degrees(file, unit->placed, unit->lon_e7);
        fprintf(file, "%s,%s,,\n", unit->group, valid_from);
    }
}

static void write_posts(const struct roster *roster, FILE *file)
{
    fputs("person,name,role,place,phone,from,to\n", file);
    for (size_t i = 0; i < roster->post_count; i++) {
        const struct post *post = &roster->posts[i];
        fprintf(file, "%s,%s,%s,%s,%s,%s,\n", post->person.key, post->person.name, post->role,
                post->place, post->person.phone, post->from);
    }
}

static void write_departments(const struct roster *roster, FILE *file)
{
    fputs("id,name,kind,stationing,routes,valid_from,valid_to\n", file);
    for (size_t i = 0; i < roster->department_count; i++) {
        const struct department *department = &roster->departments[i];
        fprintf(file, "%s,%s,%s,%s,%s,%s,\n", department->id, department->name, department->kind,
                department->stationing, department->routes, valid_from);
    }
}

static bool write_file(const struct roster *roster, const char *folder, const char *name,
        void (*write)(const struct roster *, FILE *))
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    write(roster, file);
    bool failed = ferror(file) != 0;
    return fclose(file) == 0 && !failed;
}

bool roster_write(const struct roster *roster, const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return false;
    return write_file(roster, folder, "units.csv", write_units) &&
           write_file(roster, folder, "posts.csv", write_posts) &&
           write_file(roster, folder, "departments.csv", write_departments);
}
