/* Numbers of a unit and all below it: of the cases held here, by what was written and by the clock
 * of who wrote it, so that two nodes with equal entries count alike. */
#include "libgrid/case/codebook.h"
#include "libgrid/case/record.h"
#include "libgrid/node.h"
#include "proto/heap.h"
#include "proto/stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

enum { CATEGORIES_MAX = 10000 };

struct tally {
    uint64_t reported, open, overdue, resolved;
};
struct stats {
    int64_t now_ms, since_ms;
    struct tally all;
    uint64_t states[GRID_STATE_CLOSED + 1];
    struct tally *categories; /* by code */
    struct buffer weeks;      /* int32_t each: the Monday of a report */
};

static void count(struct tally *tally, const struct store_watched *watched, int64_t now_ms)
{
    unsigned state = watched->state;
    tally->reported++;
    tally->open += state <= GRID_STATE_RESOLVED;
    tally->overdue += state <= GRID_STATE_RESOLVED && watched->watch.finish_ms > 0 &&
                      watched->watch.finish_ms < now_ms;
    tally->resolved += state == GRID_STATE_RESOLVED || state == GRID_STATE_CLOSED;
}

/* 1970-01-01 was a Thursday. */
static int32_t monday_of(int32_t day)
{
    return day - (int32_t)(((int64_t)day % 7 + 7 + 3) % 7);
}

static enum grid_status count_case(void *context, const struct store_watched *watched)
{
    struct stats *stats = context;
    if (watched->state < GRID_STATE_REPORTED || watched->state > GRID_STATE_CLOSED)
        return GRID_OK; /* a stub, or one whose create is void */
    int64_t reported_ms = stamp_ms(watched->created);
    if (reported_ms < stats->since_ms)
        return GRID_OK;
    int32_t monday = monday_of(stamp_day(reported_ms));
    count(&stats->all, watched, stats->now_ms);
    stats->states[watched->state]++;
    if (watched->category < CATEGORIES_MAX)
        count(&stats->categories[watched->category], watched, stats->now_ms);
    buffer_append(&stats->weeks, &monday, sizeof(monday));
    return stats->weeks.failed ? GRID_NOMEM : GRID_OK;
}

static void members_tally(struct record *record, const struct tally *tally)
{
    record_uint(record, "reported", tally->reported);
    record_uint(record, "open", tally->open);
    record_uint(record, "overdue", tally->overdue);
    record_uint(record, "resolved", tally->resolved);
}

static void member_states(struct record *record, const struct stats *stats)
{
    struct record states = {0};
    for (unsigned state = GRID_STATE_REPORTED; state <= GRID_STATE_CLOSED; state++)
        if (stats->states[state] > 0)
            record_uint(&states, grid_state_name(state), stats->states[state]);
    record_end(&states, record_member(record, "by_state"));
}

static void members_categories(struct record *record, const struct stats *stats)
{
    struct record by_category = {0};
    struct buffer items = {0};
    size_t item_count = 0;
    for (unsigned code = 0; code < CATEGORIES_MAX; code++) {
        char digits[16];
        struct record item = {0};
        const struct codebook_item *known = codebook_item(code);
        if (stats->categories[code].reported == 0)
            continue;
        snprintf(digits, sizeof(digits), "%04u", code);
        record_uint(&by_category, digits, stats->categories[code].reported);
        record_text(&item, "category", digits);
        record_text(&item, "category_name", known != NULL ? known->name : NULL);
        members_tally(&item, &stats->categories[code]);
        record_end(&item, &items);
        item_count++;
    }
    record_end(&by_category, record_member(record, "by_category"));
    record_list(record, "categories", item_count, &items);
    buffer_close(&items);
}

static int compare_days(const void *left, const void *right)
{
    int32_t a;
    int32_t b;
    memcpy(&a, left, sizeof(a));
    memcpy(&b, right, sizeof(b));
    return (a > b) - (a < b);
}

static void member_weeks(struct record *record, struct stats *stats)
{
    struct record by_week = {0};
    size_t weeks = stats->weeks.size / sizeof(int32_t);
    int32_t *days = (int32_t *)(void *)stats->weeks.data;
    if (weeks > 0)
        qsort(days, weeks, sizeof(days[0]), compare_days);
    for (size_t i = 0, next; i < weeks; i = next) {
        char day[DAY_TEXT_BYTES];
        for (next = i; next < weeks && days[next] == days[i];)
            next++;
        day_print(day, days[i]);
        record_uint(&by_week, day, next - i);
    }
    record_end(&by_week, record_member(record, "by_week"));
}

static void members_unit(const struct asking *asking, struct record *record, struct bytes unit)
{
    const struct grid_unit *known = grid_roster_unit(asking->node->roster, unit);
    if (unit.size > 0)
        record_str(record, "unit", unit);
    else
        record_nil(record, "unit");
    if (known != NULL)
        record_str(record, "unit_name", known->name);
    else
        record_nil(record, "unit_name");
}

static enum grid_status read_since(const struct asking *asking, struct stats *stats)
{
    const struct grid_field *field = request_field(asking->request, "since");
    int32_t day = 0;
    stats->since_ms = INT64_MIN;
    if (field == NULL)
        return GRID_OK;
    if (!day_parse((const char *)field->value.data, field->value.size, &day))
        return grid_fail(asking->error, GRID_USAGE, "day_form", "%.*s",
                (int)(field->value.size < 60 ? field->value.size : 60),
                (const char *)field->value.data);
    stats->since_ms = (int64_t)day * DAY_MS - 8 * (DAY_MS / 24); /* P-73 */
    return GRID_OK;
}

enum grid_status ask_stats(struct asking *asking)
{
    struct stats stats = {.now_ms = asking->now.wall_ms};
    struct bytes unit = bytes_text(asking->node->unit); /* a handheld: all that it has */
    struct record record = {0};
    const struct grid_field *since = request_field(asking->request, "since");
    enum grid_status status = ask_unit(asking, &unit);
    if (status == GRID_OK)
        status = read_since(asking, &stats);
    if (status == GRID_OK)
        status = book_flush(&asking->node->book, asking->error); /* what this turn wrote */
    if (status != GRID_OK)
        return status;
    stats.categories = grid_alloc_array(CATEGORIES_MAX, sizeof(*stats.categories));
    status = stats.categories == NULL ? GRID_NOMEM
                                      : store_case_watch(asking->node->store, unit, count_case,
                                                &stats, asking->error);
    if (status == GRID_NOMEM)
        grid_fail(asking->error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status == GRID_OK) {
        members_unit(asking, &record, unit);
        if (since != NULL)
            record_str(&record, "since", since->value);
        else
            record_nil(&record, "since");
        members_tally(&record, &stats.all);
        member_states(&record, &stats);
        members_categories(&record, &stats);
        member_weeks(&record, &stats);
        record_end(&record, asking->end);
    }
    grid_free(stats.categories);
    buffer_close(&stats.weeks);
    return status;
}
