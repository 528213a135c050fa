#include "tests/gen/plan.h"

#include "tests/gen/chance.h"
#include "tests/gen/share.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* divisions.csv: 准格尔旗, its 14 townships and their 200 villages, of the public division table.
 * Villages are called 村, not 村委会: the place, not its committee. */
extern const unsigned char gen_divisions[];

bool plan_is_community(const struct plan_village *village)
{
    return village->code[9] < '2' || village->code[9] == '4';
}

/* --- the divisions --- */

static void take_division(struct plan *plan, const char *code, const char *name)
{
    size_t digits = strlen(code);
    if (!plan->banner && digits >= 9 && strncmp(code, PLAN_TOWNSHIP, 9) != 0)
        return;
    if (digits == 6) {
        snprintf(plan->banner_name, sizeof(plan->banner_name), "%s", name);
    } else if (digits == 9) {
        assert(plan->township_count < PLAN_TOWNSHIPS_MAX);
        struct plan_township *township = &plan->townships[plan->township_count++];
        snprintf(township->code, sizeof(township->code), "%s", code);
        snprintf(township->name, sizeof(township->name), "%s", name);
    } else {
        assert(digits == 12 && plan->village_count < PLAN_VILLAGES_MAX);
        struct plan_village *village = &plan->villages[plan->village_count++];
        snprintf(village->code, sizeof(village->code), "%s", code);
        snprintf(village->name, sizeof(village->name), "%s", name);
    }
}

static void read_divisions(struct plan *plan)
{
    const char *line = strchr((const char *)gen_divisions, '\n'); /* the header ends */
    while (line != NULL && line[1] != '\0') {
        char code[16] = "";
        char name[PLAN_NAME_BYTES] = "";
        if (sscanf(line + 1, "%15[0-9],%39[^\n]", code, name) != 2)
            abort();
        take_division(plan, code, name);
        line = strchr(line + 1, '\n');
    }
}

static void join_villages(struct plan *plan)
{
    for (size_t i = 0; i < plan->village_count; i++)
        for (size_t j = 0; j < plan->township_count; j++) {
            struct plan_township *township = &plan->townships[j];
            if (strncmp(plan->villages[i].code, township->code, 9) != 0)
                continue;
            if (township->village_count++ == 0)
                township->villages = &plan->villages[i];
        }
}

/* --- grids, micro-grids and groups of some villages --- */

struct part {
    struct plan_village *villages[PLAN_VILLAGES_MAX];
    size_t count;
};

static struct share_part *parts_of(size_t count)
{
    struct share_part *parts = calloc(count, sizeof(*parts));
    if (parts == NULL)
        abort();
    return parts;
}

static void share_grids(struct part *part, unsigned total, unsigned min)
{
    struct share_part *parts = parts_of(part->count);
    for (size_t i = 0; i < part->count; i++)
        parts[i].weight = (plan_is_community(part->villages[i]) ? 10 : 6) +
                          hash_of("", part->villages[i]->code) % 7;
    share(parts, part->count, total, min);
    for (size_t i = 0; i < part->count; i++) {
        part->villages[i]->grids = parts[i].got;
        assert(parts[i].got <= PLAN_GRIDS_MAX);
    }
    free(parts);
}

static void share_micro_grids(struct part *part, unsigned grids, unsigned total)
{
    struct share_part *parts = parts_of(grids);
    size_t at = 0;
    for (size_t i = 0; i < part->count; i++)
        for (unsigned grid = 1; grid <= part->villages[i]->grids; grid++) {
            char code[24];
            snprintf(code, sizeof(code), "%s%03u", part->villages[i]->code, grid);
            parts[at++].weight = 1 + hash_of("m", code) % 4;
        }
    share(parts, grids, total, 1);
    at = 0;
    for (size_t i = 0; i < part->count; i++)
        for (unsigned grid = 0; grid < part->villages[i]->grids; grid++) {
            part->villages[i]->micro_grids[grid] = parts[at].got;
            part->villages[i]->micro_grid_sum += parts[at++].got;
        }
    free(parts);
}

static void share_groups(struct part *part, unsigned total)
{
    struct share_part *parts = parts_of(part->count);
    for (size_t i = 0; i < part->count; i++)
        parts[i].weight = part->villages[i]->micro_grid_sum;
    share(parts, part->count, total, 1);
    for (size_t i = 0; i < part->count; i++) {
        part->villages[i]->groups = parts[i].got;
        assert(parts[i].got <= part->villages[i]->micro_grid_sum);
    }
    free(parts);
}

/* 纳日松镇, or all but it. */
static struct part part_of(struct plan *plan, bool township)
{
    struct part part = {0};
    for (size_t i = 0; i < plan->village_count; i++)
        if ((strncmp(plan->villages[i].code, PLAN_TOWNSHIP, 9) == 0) == township)
            part.villages[part.count++] = &plan->villages[i];
    return part;
}

/* --- dedicated grids --- */

static const struct {
    const char *township;
    unsigned grids;
} dedicated[] = {
        {"150622100", 45}, /* 薛家湾镇 */
        {"150622101", 47}, /* 沙圪堵镇 */
        {"150622102", 14}, /* 大路镇 */
        {"150622103", 30}, /* 纳日松镇 */
        {"150622104", 23}, /* 龙口镇 */
        {"150622105", 13}, /* 准格尔召镇 */
        {"150622106", 13}, /* 魏家峁镇 */
};
enum { DEDICATED_COUNT = sizeof(dedicated) / sizeof(dedicated[0]), DEDICATED_ELSEWHERE = 79 };

static void share_dedicated(struct plan *plan)
{
    struct plan_township *others[PLAN_TOWNSHIPS_MAX];
    struct share_part parts[PLAN_TOWNSHIPS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < plan->township_count; i++) {
        struct plan_township *township = &plan->townships[i];
        for (size_t j = 0; j < DEDICATED_COUNT; j++)
            if (strcmp(township->code, dedicated[j].township) == 0)
                township->dedicated = dedicated[j].grids;
        if (township->dedicated > 0)
            continue;
        others[count] = township;
        parts[count++] = (struct share_part){.weight = (unsigned)township->village_count};
    }
    share(parts, count, DEDICATED_ELSEWHERE, 1);
    for (size_t i = 0; i < count; i++)
        others[i]->dedicated = parts[i].got;
}

/* One by one to the villages in code order, and round again; each numbers its own from 701. */
static void deal_dedicated(struct plan_township *township)
{
    for (unsigned i = 0; i < township->dedicated; i++)
        township->villages[i % township->village_count].dedicated++;
}

/* --- */

void plan_make(struct plan *plan, bool banner)
{
    *plan = (struct plan){.banner = banner};
    read_divisions(plan);
    join_villages(plan);
    struct part part = part_of(plan, true);
    share_grids(&part, 110, 3);
    share_micro_grids(&part, 110, 212);
    share_groups(&part, 67);
    if (!banner)
        return;
    part = part_of(plan, false);
    share_grids(&part, 1300, 2);
    share_micro_grids(&part, 1300, 5929);
    share_groups(&part, 982);
    share_dedicated(plan);
    for (size_t i = 0; i < plan->township_count; i++)
        deal_dedicated(&plan->townships[i]);
}
