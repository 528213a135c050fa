/* A small township for tests of the roster: two villages, all posts filled, nothing to find. And
 * what the tests do with it: change a text, read the files, note what was found. */
#ifndef TESTS_UNIT_ROSTER_TEXTS_H
#define TESTS_UNIT_ROSTER_TEXTS_H

#include "libgrid/roster/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TODAY 20650 /* 2026-07-16 */
#define CENTRE "150622103"

static const char good_units[] =
        "code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to,"
        "successors\n"                                                          /* 1 */
        "150622103,township,,纳日松镇,,,39.5500000,110.4500000,,2025-01-01,,\n" /* 2 */
        "150622103203,village,village,柳塔村,,412,39.5,110.4,,2025-01-01,,\n"   /* 3 */
        "150622103001,village,community,昌和社区,ᠴᠠᠩ ᠬᠡ,300,,,,2025-01-01,,\n"  /* 4 */
        "150622103203004,grid,base,柳塔村第四网格,,86,,,,2025-01-01,,\n"        /* 5 */
        "150622103203701,grid,dedicated,某煤矿(虚构),,,,,,2025-01-01,,\n"       /* 6 */
        "150622103001001,grid,base,昌和第一网格,,50,,,,2025-01-01,,\n"          /* 7 */
        "150622103203004002,micro_grid,household_group,吴家沟社二联户,,41,39.51,110.41,"
        "150622103P0017,2025-01-01,,\n" /* 8 */
        "150622103203004001,micro_grid,household_group,吴家沟社一联户,,45,,,150622103P0017,"
        "2025-01-01,,\n" /* 9 */
        "150622103001001001,micro_grid,building,一号楼,,50,,,150622103P0018,2025-01-01,,\n"
        "150622103P0017,party_group,,吴家沟党小组,,,,,,2025-01-01,,\n"    /* 11 */
        "150622103P0018,party_group,,昌和第一党小组,,,,,,2025-01-01,,\n"; /* 12 */

static const char good_posts[] =
        "person,name,role,place,phone,from,to\n"                           /* 1 */
        "p0042,苏和,grid_worker,150622103203004,00013900042,2025-03-01,\n" /* 2 */
        "p0043,韩梅,grid_worker,150622103203701,,2025-03-01,\n"            /* 3 */
        "p0044,李强,grid_worker,150622103001001,,2025-03-01,\n"            /* 4 */
        "p0051,王平,grid_chief,150622103203004,,2025-03-01,\n"             /* 5 */
        "p0051,王平,grid_chief,150622103203701,,2025-03-01,\n"             /* 6 */
        "p0052,白云,grid_chief,150622103001001,,2025-03-01,\n"             /* 7 */
        "p0107,吴桂兰,head,150622103203004002,,2025-03-01,\n"              /* 8 */
        "p0108,\"吴,二\",head,150622103203004001,,2025-03-01,\n"           /* 9 */
        "p0109,乌兰,head,150622103001001001,,2025-03-01,2027-12-31\n"      /* 10 */
        "p0107,吴桂兰,group_leader,150622103P0017,,2025-03-01,\n"          /* 11 */
        "p0110,陈光,group_leader,150622103P0018,,2025-03-01,\n"            /* 12 */
        "p0201,高山,village_secretary,150622103203,,2025-01-01,\n"         /* 13 */
        "p0202,林海,village_secretary,150622103001,,2025-01-01,\n"         /* 14 */
        "p0007,赵明,clerk,150622103,,2025-01-01,\n"                        /* 15 */
        "p0008,钱进,director,150622103,+86-477-0000000,2025-01-01,\n"      /* 16 */
        "p0301,孙立,officer,150622103D0001,,2025-01-01,\n"                 /* 17 */
        "p0302,周正,mediator,150622103D0002,,2025-01-01,\n";               /* 18 */

static const char good_departments[] =
        "id,name,kind,stationing,routes,valid_from,valid_to\n"
        "150622103D0001,纳日松镇司法所,department,resident,01,2025-01-01,\n"
        "150622103D0002,纳日松镇人民调解委员会,mediation_body,resident,,2025-01-01,\n"
        "150622D0004,准格尔旗自然资源局,department,rotating,0101;0102;0103,2025-01-01,\n";

/* `text` with the first `old` replaced by `fresh`; free it. */
static inline char *replaced(const char *text, const char *old, const char *fresh)
{
    const char *at = strstr(text, old);
    if (at == NULL) {
        printf("not in the text: %s\n", old);
        abort();
    }
    size_t size = strlen(text) - strlen(old) + strlen(fresh) + 1;
    char *out = malloc(size);
    snprintf(out, size, "%.*s%s%s", (int)(at - text), text, fresh, at + strlen(old));
    return out;
}

/* What was found: "units.csv:8 W01 head\n" a line. */
struct told {
    char text[16384];
    size_t size;
    struct grid_finding last;
};

static inline void tell_finding(void *context, const struct grid_finding *finding)
{
    struct told *told = context;
    told->last = *finding;
    int cause = (int)strcspn(finding->text, GRID_ARG);
    if (told->size + 100 < sizeof(told->text))
        told->size += (size_t)snprintf(told->text + told->size, sizeof(told->text) - told->size,
                "%s:%u %s %.*s\n", finding->file, finding->line, finding->code, cause,
                finding->text);
}

static inline bool some_category(struct bytes digits)
{
    return digits.size == 2 ? digits.data[0] == '0'
                            : bytes_equal(digits, bytes_text("0101")) ||
                                      bytes_equal(digits, bytes_text("0102")) ||
                                      bytes_equal(digits, bytes_text("0103"));
}

static inline struct grid_roster *read_texts(const char *units, const char *posts,
        const char *departments, const struct grid_roster *loaded, struct told *told)
{
    const struct grid_roster_files files = {.units = bytes_text(units),
            .posts = bytes_text(posts),
            .departments = bytes_text(departments),
            .category_known = some_category};
    struct grid_roster *roster = NULL;
    struct grid_finding_counts counts;
    struct grid_error error = {0};
    memset(told, 0, sizeof(*told));
    if (grid_roster_read(&roster, &files, loaded, bytes_text(CENTRE), TODAY, tell_finding, told,
                &counts, &error) != GRID_OK) {
        printf("grid_roster_read: %s\n", error.reason);
        abort();
    }
    return roster;
}

static inline struct grid_roster *read_good(void)
{
    struct told told;
    struct grid_roster *roster = read_texts(good_units, good_posts, good_departments, NULL, &told);
    if (roster == NULL || told.size > 0) {
        printf("the good township is not good:\n%s", told.text);
        abort();
    }
    return roster;
}

#endif
