#include "cli/when.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_HOURS = 24 };
static const int64_t day_ms = INT64_C(86400000), zone_ms = INT64_C(8) * HOUR_MS;

/* Takes one of `words` off the front; its place in the list, −1 when none stands there. */
static int take_word(struct bytes *rest, const char *const *words, size_t count)
{
    while (rest->size > 0 && rest->data[0] == ' ') {
        rest->data++;
        rest->size--;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(words[i]);
        if (size <= rest->size && strncasecmp((const char *)rest->data, words[i], size) == 0) {
            rest->data += size;
            rest->size -= size;
            return (int)i;
        }
    }
    return -1;
}

#define TAKE(rest, words) take_word(rest, words, sizeof(words) / sizeof((words)[0]))

/* Digits, or 半 and small numbers in characters; −1 when there is none. */
static int take_number(struct bytes *rest)
{
    static const char *const words[] = {
            "零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十一", "十二", "十", "两"};
    static const int values[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10, 2};
    int number = -1;
    int digits = 0;
    int word = TAKE(rest, words); /* drops the blanks too */
    if (word >= 0)
        return values[word];
    while (digits < 4 && rest->size > 0 && rest->data[0] >= '0' && rest->data[0] <= '9') {
        number = (number < 0 ? 0 : number * 10) + (rest->data[0] - '0');
        rest->data++;
        rest->size--;
        digits++;
    }
    return number;
}

/* 半小时前, 30分钟前, 2 hours ago */
static bool read_ago(struct bytes rest, int64_t *ago_ms)
{
    static const char *const half[] = {"半个小时", "半小时", "半个钟头", "half an hour"};
    static const char *const units[] = {"分钟", "分", "minutes", "minute", "min", "小时", "个小时",
            "个钟头", "hours", "hour", "h"};
    static const int minute_units = 5;
    static const char *const ago[] = {"以前", "之前", "前", "ago"};
    int number = 1;
    int64_t unit_ms = HOUR_MS / 2;
    if (TAKE(&rest, half) < 0) {
        number = take_number(&rest);
        int unit = TAKE(&rest, units);
        if (number < 0 || unit < 0)
            return false;
        unit_ms = unit < minute_units ? MINUTE_MS : HOUR_MS;
    }
    *ago_ms = number * unit_ms;
    return TAKE(&rest, ago) >= 0 && rest.size == 0;
}

/* 8:30, 8点, 8点半, 8点30分, 下午3点 → minutes since midnight; −1 when it is no time of day. */
static int read_clock(struct bytes rest)
{
    static const char *const parts[] = {
            "凌晨", "早上", "早晨", "上午", "中午", "下午", "傍晚", "晚上"};
    static const int afternoon = 4; /* from here on 3 means 15 */
    static const char *const marks[] = {":", "点钟", "点", "时"};
    static const char *const half[] = {"半"};
    static const char *const ends[] = {"分"};
    int part = TAKE(&rest, parts);
    int hour = take_number(&rest);
    int mark = TAKE(&rest, marks);
    int minute = 0;
    if (hour < 0 || mark < 0)
        return -1;
    if (mark > 0 && TAKE(&rest, half) >= 0)
        minute = 30;
    else if (mark == 0 || rest.size > 0)
        minute = take_number(&rest);
    TAKE(&rest, ends);
    if (part >= afternoon && hour >= 1 && hour < 12 && !(part == afternoon && hour == 11))
        hour += 12;
    if (rest.size > 0 || minute < 0 || minute > 59 || hour >= DAY_HOURS)
        return -1;
    return hour * 60 + minute;
}

enum when when_read(struct bytes typed, int64_t now_ms, char out[static STAMP_TEXT_BYTES])
{
    static const char *const now[] = {"现在", "刚才", "刚刚", "now"};
    static const char *const days[] = {
            "今天", "今日", "today", "昨天", "昨日", "yesterday", "前天", "前日"};
    static const int back[] = {0, 0, 0, 1, 1, 1, 2, 2};
    struct bytes rest = typed;
    int64_t ago_ms = 0;
    if ((TAKE(&rest, now) >= 0 && rest.size == 0) || read_ago(typed, &ago_ms)) {
        stamp_print(out, now_ms - ago_ms);
        return WHEN_TIME;
    }
    rest = typed;
    int day = TAKE(&rest, days);
    int32_t number = stamp_day(now_ms) - (day >= 0 ? back[day] : 0);
    if (day >= 0 && rest.size == 0) {
        char text[DAY_TEXT_BYTES];
        day_print(text, number);
        snprintf(out, STAMP_TEXT_BYTES, "%s", text);
        return WHEN_TIME;
    }
    int minutes = read_clock(rest);
    if (minutes < 0)
        return WHEN_OTHER;
    int64_t at_ms = number * day_ms - zone_ms + (int64_t)minutes * MINUTE_MS;
    if (at_ms > now_ms)
        return WHEN_AHEAD;
    stamp_print(out, at_ms);
    return WHEN_TIME;
}
