#include "proto/stamp.h"

#include "proto/limits.h"

#include <stdio.h>
#include <string.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
/* P-72: local time is UTC+8 everywhere and always; the system's time zone has no say. */
#define LOCAL_MS (8 * HOUR_MS)

#define STAMP_MS_MAX ((INT64_C(1) << 48) - 1)
#define DAY_MIN INT32_C(-719162) /* 0001-01-01 */
#define DAY_MAX INT32_C(2932896) /* 9999-12-31 */

/* --- the hybrid clock --- */

static uint64_t stamp_at(int64_t wall_ms)
{
    int64_t ms = wall_ms < 0 ? 0 : wall_ms > STAMP_MS_MAX ? STAMP_MS_MAX : wall_ms;
    return (uint64_t)ms << 16;
}

uint64_t stamp_next(uint64_t last, int64_t wall_ms)
{
    uint64_t now = stamp_at(wall_ms);
    if (now > last)
        return now;
    return last < UINT64_MAX ? last + 1 : last;
}

uint64_t stamp_seen(uint64_t last, uint64_t remote, int64_t wall_ms)
{
    /* P-71: a stamp from the future is kept but never moves our clock: batteries die, clocks reset.
     */
    int64_t now_ms = stamp_ms(stamp_at(wall_ms));
    if (stamp_ms(remote) > now_ms + GRID_CLOCK_AHEAD_MS)
        return last;
    return remote > last ? remote : last;
}

int64_t stamp_ms(uint64_t stamp)
{
    return (int64_t)(stamp >> 16);
}

/* --- the calendar: Gregorian, proleptic, in eras of 400 years that start on 1 March --- */

enum { ERA_DAYS = 146097, ERA_YEARS = 400, EPOCH_FROM_ERA = 719468 };

static int32_t day_of_date(int year, int month, int day)
{
    int march_year = month > 2 ? year : year - 1;
    int era = march_year / ERA_YEARS; /* no year here is before 0 */
    int year_of_era = march_year - era * ERA_YEARS;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_FROM_ERA;
}

struct date {
    int year, month, day;
};

static struct date date_of_day(int32_t day)
{
    int from_era = (day < DAY_MIN ? DAY_MIN : day > DAY_MAX ? DAY_MAX : day) + EPOCH_FROM_ERA;
    int era = from_era / ERA_DAYS;
    int day_of_era = from_era - era * ERA_DAYS;
    int year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (5 * day_of_year + 2) / 153;
    struct date date = {
            .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
            .month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9,
    };
    date.year = year_of_era + era * ERA_YEARS + (date.month <= 2);
    return date;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* --- printing --- */

static int64_t local_clamped(int64_t wall_ms)
{
    const int64_t first = DAY_MIN * DAY_MS;
    const int64_t last = (DAY_MAX + 1) * DAY_MS - 1;
    if (wall_ms < first - LOCAL_MS)
        return first;
    return wall_ms > last - LOCAL_MS ? last : wall_ms + LOCAL_MS;
}

/* Rounded down, also before 1970. */
static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

int32_t stamp_day(int64_t wall_ms)
{
    return (int32_t)floor_divide(local_clamped(wall_ms), DAY_MS);
}

unsigned day_year(int32_t day)
{
    return (unsigned)date_of_day(day).year;
}

void day_print(char out[static DAY_TEXT_BYTES], int32_t day)
{
    struct date date = date_of_day(day);
    char text[48]; /* as much as the compiler thinks three integers may take */
    snprintf(text, sizeof(text), "%04d-%02d-%02d", date.year, date.month, date.day);
    memcpy(out, text, DAY_TEXT_BYTES - 1);
    out[DAY_TEXT_BYTES - 1] = '\0';
}

void stamp_print(char out[static STAMP_TEXT_BYTES], int64_t wall_ms)
{
    int64_t local = local_clamped(wall_ms);
    int32_t day = (int32_t)floor_divide(local, DAY_MS);
    int second = (int)((local - day * DAY_MS) / SECOND_MS);
    char day_text[DAY_TEXT_BYTES];
    day_print(day_text, day);
    snprintf(out, STAMP_TEXT_BYTES, "%sT%02d:%02d:%02d+08:00", day_text, second / 3600,
            second / 60 % 60, second % 60);
}

/* --- reading --- */

/* Exactly `count` digits; −1 when there is anything else. */
static int take_digits(const char **at, const char *end, int count)
{
    if (end - *at < count)
        return -1;
    int value = 0;
    for (int i = 0; i < count; i++) {
        char digit = (*at)[i];
        if (digit < '0' || digit > '9')
            return -1;
        value = 10 * value + (digit - '0');
    }
    *at += count;
    return value;
}

static bool take_char(const char **at, const char *end, char wanted)
{
    if (*at == end || **at != wanted)
        return false;
    (*at)++;
    return true;
}

static bool take_day(const char **at, const char *end, int32_t *day)
{
    int year = take_digits(at, end, 4);
    if (year < 1 || !take_char(at, end, '-'))
        return false;
    int month = take_digits(at, end, 2);
    if (month < 1 || month > 12 || !take_char(at, end, '-'))
        return false;
    int day_of_month = take_digits(at, end, 2);
    if (day_of_month < 1 || day_of_month > days_of_month(year, month))
        return false;
    *day = day_of_date(year, month, day_of_month);
    return true;
}

/* HH:MM */
static bool take_minutes(const char **at, const char *end, int64_t *ms)
{
    int hour = take_digits(at, end, 2);
    if (hour < 0 || hour > 23 || !take_char(at, end, ':'))
        return false;
    int minute = take_digits(at, end, 2);
    if (minute < 0 || minute > 59)
        return false;
    *ms = hour * HOUR_MS + minute * MINUTE_MS;
    return true;
}

/* .123456: as many digits as one likes, what is below a millisecond is dropped */
static bool take_fraction(const char **at, const char *end, int64_t *ms)
{
    if (!take_char(at, end, '.'))
        return true;
    const char *start = *at;
    for (int64_t unit = 100; *at < end && **at >= '0' && **at <= '9'; unit /= 10)
        *ms += (*(*at)++ - '0') * unit;
    return *at > start;
}

static bool take_clock(const char **at, const char *end, int64_t *ms)
{
    if (!take_minutes(at, end, ms))
        return false;
    if (!take_char(at, end, ':'))
        return true;
    int second = take_digits(at, end, 2);
    if (second < 0 || second > 59)
        return false;
    *ms += second * SECOND_MS;
    return take_fraction(at, end, ms);
}

/* Z or ±HH:MM; nothing means local time. */
static bool take_offset(const char **at, const char *end, int64_t *offset_ms)
{
    *offset_ms = LOCAL_MS;
    if (*at == end)
        return true;
    if (take_char(at, end, 'Z') || take_char(at, end, 'z')) {
        *offset_ms = 0;
        return true;
    }
    bool west = take_char(at, end, '-');
    if (!west && !take_char(at, end, '+'))
        return false;
    if (!take_minutes(at, end, offset_ms))
        return false;
    if (west)
        *offset_ms = -*offset_ms;
    return true;
}

bool stamp_parse(const char *text, int64_t *wall_ms, unsigned *precision)
{
    const char *at = text;
    const char *end = text + strlen(text);
    int32_t day;
    if (!take_day(&at, end, &day))
        return false;
    int64_t clock_ms = 0;
    int64_t offset_ms = LOCAL_MS;
    bool has_clock = at < end;
    if (has_clock) {
        if (!take_char(&at, end, 'T') && !take_char(&at, end, 't') && !take_char(&at, end, ' '))
            return false;
        if (!take_clock(&at, end, &clock_ms) || !take_offset(&at, end, &offset_ms) || at != end)
            return false;
    }
    *wall_ms = day * DAY_MS + clock_ms - offset_ms;
    *precision = has_clock ? 0 : 2;
    return true;
}

bool day_parse(const char *text, size_t size, int32_t *day)
{
    const char *at = text;
    int32_t parsed;
    if (size != DAY_TEXT_BYTES - 1 || !take_day(&at, text + size, &parsed))
        return false;
    *day = parsed;
    return true;
}
