/* Deadlines from a policy (DOMAIN 6): sums of whole milliseconds, monotone in their start. */
#include "libgrid/case/policy.h"

#include "proto/stamp.h"

#include <assert.h>

#define DAY_MS INT64_C(86400000)
#define LOCAL_MS INT64_C(28800000)
#define START_MS_MAX \
    INT64_C(253370736000000) /* the year 9999: no limit leads beyond a stamp (P-70) */

extern const unsigned char policy_text_1[];
extern const size_t policy_text_1_size;

struct bytes policy_builtin_text(void)
{
    return bytes_of(policy_text_1, policy_text_1_size);
}

const struct grid_policy *policy_builtin(void)
{
    static struct grid_policy builtin;
    if (builtin.version == 0) {
        bool whole = policy_read(policy_builtin_text(), 1, &builtin, NULL, NULL);
        assert(whole); /* the file is our own */
        (void)whole;
    }
    return &builtin;
}

/* --- the calendar --- */

/* The first millisecond of a local day. */
static int64_t day_start(int32_t day)
{
    return (int64_t)day * DAY_MS - LOCAL_MS;
}

/* 0 Monday … 6 Sunday; 1970-01-01 was a Thursday. */
static unsigned day_of_week(int32_t day)
{
    return (unsigned)(((int64_t)day % 7 + 7 + 3) % 7);
}

bool policy_works(const struct grid_policy *policy, int32_t day)
{
    bool works = !policy->rests[day_of_week(day)];
    for (size_t i = 0; i < policy->day_count; i++) {
        const struct policy_days *days = &policy->days[i];
        if (day >= days->first && day <= days->last)
            works = days->works;
    }
    return works;
}

unsigned policy_calendar_year(const struct grid_policy *policy)
{
    unsigned year = 0;
    for (size_t i = 0; i < policy->day_count; i++)
        if (day_year(policy->days[i].last) > year)
            year = day_year(policy->days[i].last);
    return year;
}

/* A working day is 24 hours of days that work: on all others the clock stands. So what comes on a
 * Saturday is due when what comes at the end of Friday is, and never before. */
static int64_t after_working(const struct grid_policy *policy, int64_t start_ms, int64_t days)
{
    int64_t left_ms = days * DAY_MS;
    int64_t at_ms = start_ms;
    /* some day of each week works, and all holidays have an end: policy_read saw to it */
    for (int32_t day = stamp_day(start_ms);; day++) {
        int64_t end_ms = day_start(day + 1);
        if (policy_works(policy, day)) {
            if (left_ms <= end_ms - at_ms)
                return at_ms + left_ms;
            left_ms -= end_ms - at_ms;
        }
        at_ms = end_ms;
    }
}

/* --- limits --- */

static int64_t after_span(
        const struct grid_policy *policy, const struct policy_span *span, int64_t start_ms)
{
    int64_t end_ms = start_ms + span->amount;
    switch (span->clock) {
    case POLICY_WORKING:
        return after_working(policy, start_ms, span->amount);
    case POLICY_DAY_END:
        if (end_ms < day_start(stamp_day(start_ms) + 1))
            end_ms = day_start(stamp_day(start_ms) + 1);
        break;
    case POLICY_NATURAL:
    case POLICY_NONE:
    case POLICY_FINISH:
        break;
    }
    return end_ms;
}

/* Hours and days of UTC+8 begin on multiples of it too: it divides an hour. */
int64_t policy_round(const struct grid_policy *policy, int64_t ms)
{
    int64_t over_ms = ms % policy->round_ms;
    return over_ms == 0 ? ms : ms - over_ms + policy->round_ms;
}

static int64_t start_clamped(int64_t start_ms)
{
    return start_ms < 0 ? 0 : start_ms > START_MS_MAX ? START_MS_MAX : start_ms;
}

static int64_t finish_by(
        const struct grid_policy *policy, unsigned urgency, unsigned track, int64_t start_ms)
{
    const struct policy_limits *limits = &policy->limits[urgency - 1];
    const struct policy_span *span = &limits->finish;
    if (track > 0 && track < POLICY_TRACKS && limits->finish_track[track].clock != POLICY_NONE)
        span = &limits->finish_track[track];
    return policy_round(policy, after_span(policy, span, start_ms));
}

/* What comes first is never later than the end. */
static int64_t before_finish(const struct grid_policy *policy, const struct policy_span *span,
        int64_t start_ms, int64_t finish_ms)
{
    if (span->clock == POLICY_FINISH)
        return finish_ms;
    int64_t by_ms = policy_round(policy, after_span(policy, span, start_ms));
    return by_ms < finish_ms ? by_ms : finish_ms;
}

static bool has_limits(unsigned urgency)
{
    return urgency >= 1 && urgency <= POLICY_URGENCIES;
}

bool policy_due(const struct grid_policy *policy, unsigned urgency, unsigned track,
        int64_t start_ms, struct due_value *out)
{
    if (!has_limits(urgency))
        return false;
    int64_t from_ms = start_clamped(start_ms);
    out->finish_ms = finish_by(policy, urgency, track, from_ms);
    out->act_ms = before_finish(policy, &policy->limits[urgency - 1].act, from_ms, out->finish_ms);
    out->policy = policy->version;
    return true;
}

int64_t policy_accept_by(
        const struct grid_policy *policy, unsigned urgency, unsigned track, int64_t start_ms)
{
    int64_t from_ms = start_clamped(start_ms);
    if (!has_limits(urgency))
        urgency = POLICY_URGENCIES;
    return before_finish(policy, &policy->limits[urgency - 1].accept, from_ms,
            finish_by(policy, urgency, track, from_ms));
}

int64_t policy_extension_ms(const struct grid_policy *policy, unsigned urgency)
{
    if (!has_limits(urgency))
        return 0;
    const struct policy_span *span = &policy->limits[urgency - 1].extension;
    return span->clock == POLICY_NATURAL ? span->amount : 0;
}

struct due_value policy_moved(
        const struct grid_policy *policy, const struct due_value *due, int64_t held_ms)
{
    int64_t by_ms = start_clamped(held_ms);
    return (struct due_value){
            .act_ms = policy_round(policy, start_clamped(due->act_ms + by_ms)),
            .finish_ms = policy_round(policy, start_clamped(due->finish_ms + by_ms)),
            .policy = policy->version,
    };
}

static const struct policy_span *reply_span(
        const struct grid_policy *policy, unsigned card, unsigned risk)
{
    if (card != GRID_SUPERVISION_NONE)
        return &policy->reply_card[card >= GRID_SUPERVISION_RED];
    return &policy->reply_risk[risk < 2 ? 0 : risk > 2 ? 2 : 1];
}

int64_t policy_reply_by(
        const struct grid_policy *policy, unsigned card, unsigned risk, int64_t start_ms)
{
    const struct policy_span *span = reply_span(policy, card, risk);
    if (span->clock == POLICY_NONE) /* a text that says nothing of letters */
        span = reply_span(policy_builtin(), card, risk);
    return policy_round(policy, after_span(policy, span, start_clamped(start_ms)));
}

int64_t policy_check_by(const struct grid_policy *policy, int64_t start_ms)
{
    return policy_round(policy, after_span(policy, &policy->check, start_clamped(start_ms)));
}
