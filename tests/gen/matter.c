#include "tests/gen/matter.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct weighted {
    unsigned code, weight;
};

/* In half percent of all reports. 6 % of hazards are reported twice: of 106 reports of hazards 100
 * are drawn here. */
#define SHARE(half_percent) ((half_percent)*106)
static const struct weighted groups[] = {{2, 76 * 100}, {3, SHARE(28)}, {5, SHARE(28)},
        {1, SHARE(26)}, {4, SHARE(24)}, {6, SHARE(6)}, {7, SHARE(4)}, {8, SHARE(3)}, {9, SHARE(3)},
        {99, SHARE(2)}};

static const struct weighted mining_disputes[] = {
        {101, 25}, {105, 25}, {104, 20}, {102, 8}, {103, 6}, {118, 6}, {117, 5}, {107, 5}};
/* "rest 12" is dealt evenly to the items that neither list names */
static const struct weighted other_disputes[] = {{109, 25}, {110, 15}, {111, 12}, {107, 12},
        {106, 8}, {120, 8}, {112, 8}, {113, 2}, {114, 2}, {115, 2}, {116, 2}, {119, 2}, {199, 2}};

/* Within the other groups no shares are known: each item alike, save for its season. */
static const struct {
    unsigned code, from_month, to_month, factor;
} seasons[] = {
        {211, 11, 2, 3},                 /* winter: heating, fires */
        {203, 11, 2, 3}, {212, 6, 8, 3}, /* summer: floods, slides */
        {207, 6, 8, 3}, {508, 3, 4, 5},  /* lambing */
};

static const struct {
    const char *name;
    unsigned weight;
} sources[] = {{"patrol", 52}, {"head", 22}, {"hotline", 7}, {"qr", 5}, {"visit", 4},
        {"talk_room", 4}, {"petition", 2}, {"transfer", 2}, {"superior", 1}, {"volunteer", 1}};

/* U1 occurs among hazards alone: 0.5 % of all reports is 0.5 in 38 of them. What it takes there is
 * U4's, so that over all reports the shares are 0.5, 6, 58 and 35.5. */
static const unsigned urgencies_of_hazards[] = {50, 228, 2204, 1318};
static const unsigned urgencies_of_others[] = {0, 6, 58, 36};

static unsigned draw_weighted(struct chance *chance, const struct weighted *from, size_t count)
{
    unsigned weights[32];
    if (count > COUNT(weights))
        abort();
    for (size_t i = 0; i < count; i++)
        weights[i] = from[i].weight;
    return from[chance_pick(chance, weights, count)].code;
}

static bool month_within(unsigned month, unsigned from, unsigned to)
{
    return from <= to ? month >= from && month <= to : month >= from || month <= to;
}

static unsigned season_weight(unsigned code, unsigned month)
{
    for (size_t i = 0; i < COUNT(seasons); i++)
        if (seasons[i].code == code &&
                month_within(month, seasons[i].from_month, seasons[i].to_month))
            return seasons[i].factor;
    return 1;
}

static unsigned draw_of_group(struct chance *chance, unsigned group, unsigned month)
{
    struct weighted items[32];
    size_t count = 0;
    for (size_t i = 0; i < codebook_count(); i++) {
        unsigned code = codebook_at(i)->code;
        if (code / 100 == group && count < COUNT(items))
            items[count++] = (struct weighted){code, season_weight(code, month)};
    }
    return draw_weighted(chance, items, count);
}

/* 09–11 and 15–17: 55 %, 18–22: 15 %, 23–06: 3 %, the rest 27 %; whole hours, the last included. */
static unsigned draw_hour(struct chance *chance)
{
    static const unsigned char working[] = {9, 10, 11, 15, 16, 17};
    static const unsigned char evening[] = {18, 19, 20, 21, 22};
    static const unsigned char night[] = {23, 0, 1, 2, 3, 4, 5, 6};
    static const unsigned char rest[] = {7, 8, 12, 13, 14};
    static const unsigned shares[] = {55, 15, 3, 27};
    switch (chance_pick(chance, shares, COUNT(shares))) {
    case 0:
        return working[chance_below(chance, sizeof(working))];
    case 1:
        return evening[chance_below(chance, sizeof(evening))];
    case 2:
        return night[chance_below(chance, sizeof(night))];
    default:
        return rest[chance_below(chance, sizeof(rest))];
    }
}

static const char *draw_source(struct chance *chance)
{
    unsigned weights[COUNT(sources)];
    for (size_t i = 0; i < COUNT(sources); i++)
        weights[i] = sources[i].weight;
    return sources[chance_pick(chance, weights, COUNT(sources))].name;
}

bool matter_in_group(const struct matter *matter, unsigned group)
{
    return matter->item->code / 100 == group;
}

struct matter matter_draw(struct chance *chance, int64_t day_ms, unsigned month)
{
    struct matter matter = {0};
    unsigned group = draw_weighted(chance, groups, COUNT(groups));
    unsigned code = 0;
    matter.mining = group == 1 && chance_percent(chance, 70);
    if (matter.mining)
        code = draw_weighted(chance, mining_disputes, COUNT(mining_disputes));
    else if (group == 1)
        code = draw_weighted(chance, other_disputes, COUNT(other_disputes));
    else
        code = draw_of_group(chance, group, month);
    matter.item = codebook_item(code);
    if (matter.item == NULL)
        abort();
    const unsigned *urgencies = group == 2 ? urgencies_of_hazards : urgencies_of_others;
    matter.urgency = 1 + (unsigned)chance_pick(chance, urgencies, 4);
    matter.source = draw_source(chance);
    matter.hour = draw_hour(chance);
    unsigned second = chance_below(chance, 3600);
    matter.at_ms = day_ms + ((int64_t)matter.hour * 3600 + second) * 1000;
    return matter;
}

struct matter matter_seen_again(struct chance *chance, const struct matter *matter)
{
    struct matter again = *matter;
    int later_s = chance_percent(chance, 50) ? chance_within(chance, 60, 3600)
                                             : chance_within(chance, 3601, 72 * 3600);
    again.at_ms += (int64_t)later_s * 1000;
    again.hour = (matter->hour + (unsigned)later_s / 3600) % 24;
    again.source = draw_source(chance);
    return again;
}
