/* 12 departments and mediation bodies that a township works with: 6 of its own, 6 of the banner. */
#include "tests/gen/roster.h"

#include <stdio.h>

struct duty {
    unsigned number; /* 0: no more */
    const char *name, *kind, *stationing, *routes;
};

static const struct duty of_township[] = {
        {1, "司法所", "department", "resident", "01"},
        {2, "派出所", "department", "on_call", "06;07"},
        {3, "自然资源所", "department", "rotating", "0101;0103"},
        {4, "综合行政执法队", "department", "resident", "03;04"},
        {5, "安全生产监管站", "department", "resident", "02"},
        {6, "人民调解委员会", "mediation_body", "resident", "0109;0110"},
        {0, "", "", "", ""},
};

static const struct duty of_banner[] = {
        {4, "自然资源局", "department", "rotating", "0101;0102;0103"},
        {5, "能源局", "department", "rotating", "0104;0218"},
        {6, "住房和城乡建设局", "department", "rotating", "0105;0208"},
        {7, "人力资源和社会保障局", "department", "on_call", "0107;0506"},
        {8, "农牧局", "department", "on_call", "0120;0508;0509"},
        {21, "矿区合议庭", "mediation_body", "rotating", "0104;0105"},
        {0, "", "", "", ""},
};

static void make_of(
        struct roster *roster, const char *code, const char *unit, const struct duty *duty)
{
    for (; duty->number > 0; duty++) {
        struct department *made = roster_department(roster);
        snprintf(made->id, sizeof(made->id), "%sD%04u", code, duty->number);
        snprintf(made->name, sizeof(made->name), "%s%s", unit, duty->name);
        made->kind = duty->kind;
        made->stationing = duty->stationing;
        made->routes = duty->routes;
    }
}

void departments_make(struct roster *roster, const struct plan *plan)
{
    make_of(roster, PLAN_BANNER, plan->banner_name, of_banner);
    for (size_t i = 0; i < plan->township_count; i++)
        make_of(roster, plan->townships[i].code, plan->townships[i].name, of_township);
}
