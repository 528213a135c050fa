/* A policy from its text: sections in brackets, `key = value` lines, # comments. Every fault is
 * named by its line, so that an office mends its file in one go; nothing is guessed. */
#include "libgrid/case/policy.h"

#include "proto/limits.h"
#include "proto/stamp.h"
#include "proto/words.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

enum {
    SPAN_DAYS_MAX = 3650,
    WORKING_DAYS_MAX = 250,  /* a year of them */
    HOLIDAY_DAYS_MAX = 60,   /* one holiday: so a calendar cannot stop the clock for good */
    NUMBER_MAX = 1000000000, /* yuan, per cent, counts */
};

struct reading {
    struct grid_policy *policy;
    policy_fault_fn *fault;
    void *context;
    unsigned line;
    char section[16];
    bool skipping; /* a section that there is not: its name is the fault, not its lines */
    bool weekend_given, weekend_faulty; /* days are read against it */
    bool faulty;
};

static void fault(struct reading *reading, const char *reason, struct bytes what)
{
    reading->faulty = true;
    if (reading->fault != NULL)
        reading->fault(reading->context, reading->line, reason, what);
}

/* --- pieces of a line --- */

static struct bytes trimmed(struct bytes text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && strchr(" \t\r", text.data[text.size - 1]) != NULL)
        text.size--;
    return text;
}

/* What stands before the first `mark`, which is taken off *text with it. */
static struct bytes cut_at(struct bytes *text, char mark)
{
    const uint8_t *found = text->size > 0 ? memchr(text->data, mark, text->size) : NULL;
    struct bytes head = {
            .data = text->data, .size = found != NULL ? (size_t)(found - text->data) : text->size};
    size_t taken = head.size + (found != NULL);
    text->data += taken;
    text->size -= taken;
    return head;
}

static struct bytes next_word(struct bytes *text)
{
    *text = trimmed(*text);
    struct bytes word = {.data = text->data};
    while (word.size < text->size && strchr(" \t", text->data[word.size]) == NULL)
        word.size++;
    text->data += word.size;
    text->size -= word.size;
    *text = trimmed(*text);
    return word;
}

static bool is_word(struct bytes text, const char *word)
{
    return bytes_equal(text, bytes_text(word));
}

/* All digits and at most NUMBER_MAX. */
static bool number_of(struct bytes text, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *out = *out * 10 + (text.data[i] - '0');
        if (*out > NUMBER_MAX)
            return false;
    }
    return text.size > 0;
}

/* 30m 8h 3d: ms. */
static bool natural_of(struct bytes text, int64_t *out)
{
    if (text.size < 2)
        return false;
    int64_t unit_ms;
    switch (text.data[text.size - 1]) {
    case 'm':
        unit_ms = MINUTE_MS;
        break;
    case 'h':
        unit_ms = HOUR_MS;
        break;
    case 'd':
        unit_ms = DAY_MS;
        break;
    default:
        return false;
    }
    text.size--;
    if (!number_of(text, out) || *out == 0 || *out > SPAN_DAYS_MAX * DAY_MS / unit_ms)
        return false;
    *out *= unit_ms;
    return true;
}

/* --- values --- */

enum span_form { SPAN_LIMIT = 1, SPAN_FINISH = 2, SPAN_DAY_END = 4, SPAN_NONE = 8 };

static bool span_of(struct bytes text, unsigned forms, struct policy_span *out)
{
    static const char day_end[] = "day_end+";
    *out = (struct policy_span){.clock = POLICY_NATURAL};
    if ((forms & SPAN_NONE) != 0 && is_word(text, "none")) {
        out->clock = POLICY_NONE;
        return true;
    }
    if ((forms & SPAN_FINISH) != 0 && is_word(text, "finish")) {
        out->clock = POLICY_FINISH;
        return true;
    }
    if ((forms & SPAN_DAY_END) != 0 && text.size > strlen(day_end) &&
            memcmp(text.data, day_end, strlen(day_end)) == 0) {
        out->clock = POLICY_DAY_END;
        text.data += strlen(day_end);
        text.size -= strlen(day_end);
        return natural_of(text, &out->amount);
    }
    if ((forms & SPAN_LIMIT) != 0 && text.size > 2 && text.data[text.size - 2] == 'w' &&
            text.data[text.size - 1] == 'd') {
        out->clock = POLICY_WORKING;
        text.size -= 2;
        return number_of(text, &out->amount) && out->amount >= 1 && out->amount <= WORKING_DAYS_MAX;
    }
    return natural_of(text, &out->amount);
}

static bool span_set(struct reading *reading, struct bytes value, void *out, unsigned forms)
{
    (void)reading;
    struct policy_span *span = out;
    return span_of(value, forms, span);
}

static bool ms_set(struct reading *reading, struct bytes value, void *out, unsigned unused)
{
    (void)reading;
    (void)unused;
    return natural_of(value, out);
}

/* What days and hours begin on: it divides an hour. */
static bool round_set(struct reading *reading, struct bytes value, void *out, unsigned unused)
{
    (void)reading;
    (void)unused;
    int64_t *round_ms = out;
    return natural_of(value, round_ms) && HOUR_MS % *round_ms == 0;
}

static bool count_set(struct reading *reading, struct bytes value, void *out, unsigned max)
{
    (void)reading;
    int64_t number;
    unsigned *count = out;
    if (!number_of(value, &number) || number < 1 || number > max)
        return false;
    *count = (unsigned)number;
    return true;
}

static bool scale_set(struct reading *reading, struct bytes value, void *out, unsigned unused)
{
    (void)reading;
    (void)unused;
    unsigned *scale = out;
    *scale = grid_scale_number(value);
    return *scale != 0;
}

static bool yuan_set(struct reading *reading, struct bytes value, void *out, unsigned unused)
{
    (void)reading;
    (void)unused;
    int64_t *fen = out;
    if (!number_of(value, fen) || *fen == 0)
        return false;
    *fen *= 100;
    return true;
}

static bool tags_set(struct reading *reading, struct bytes value, void *out, unsigned unused)
{
    (void)out;
    (void)unused;
    struct grid_policy *policy = reading->policy;
    size_t count = 0;
    struct bytes word = next_word(&value);
    if (is_word(word, "none"))
        return value.size == 0;
    for (; word.size > 0; word = next_word(&value)) {
        if (count == sizeof(policy->complex_tags) / sizeof(policy->complex_tags[0]) ||
                word.size >= sizeof(policy->complex_tags[0]))
            return false;
        memcpy(policy->complex_tags[count++], word.data, word.size);
    }
    return count > 0;
}

static bool weekend_set(struct reading *reading, struct bytes value, void *out, unsigned unused)
{
    (void)out;
    (void)unused;
    static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    unsigned resting = 0;
    struct bytes word = next_word(&value);
    reading->weekend_given = true;
    reading->weekend_faulty = true;
    if (is_word(word, "none")) {
        reading->weekend_faulty = value.size > 0;
        return value.size == 0;
    }
    for (; word.size > 0; word = next_word(&value)) {
        size_t day = 0;
        while (day < 7 && !is_word(word, names[day]))
            day++;
        if (day == 7 || reading->policy->rests[day])
            return false;
        reading->policy->rests[day] = true;
        resting++;
    }
    reading->weekend_faulty = resting == 0 || resting == 7;
    return !reading->weekend_faulty;
}

/* holiday and workday: DAY, or FIRST LAST. Days given twice, or a make-up day that works anyway,
 * are a slip of the pen. */
static bool days_set(struct reading *reading, struct bytes value, void *out, unsigned works)
{
    (void)out;
    struct grid_policy *policy = reading->policy;
    struct policy_days days = {.works = works != 0};
    struct bytes first = next_word(&value);
    struct bytes last = next_word(&value);
    if (!reading->weekend_given) {
        fault(reading, "policy_weekend_first", first);
        return true;
    }
    if (last.size == 0)
        last = first;
    if (value.size > 0 || !day_parse((const char *)first.data, first.size, &days.first) ||
            !day_parse((const char *)last.data, last.size, &days.last) || days.last < days.first ||
            days.last - days.first >= HOLIDAY_DAYS_MAX)
        return false;
    const char *slip = NULL;
    for (size_t i = 0; i < policy->day_count; i++)
        if (days.first <= policy->days[i].last && policy->days[i].first <= days.last)
            slip = "policy_day_twice";
    for (int32_t day = days.first; days.works && !reading->weekend_faulty && day <= days.last;
            day++)
        if (slip == NULL && policy_works(policy, day))
            slip = "policy_day_works";
    if (slip == NULL && policy->day_count == POLICY_DAYS_MAX)
        slip = "policy_too_many_days";
    if (slip != NULL)
        fault(reading, slip, first);
    else
        policy->days[policy->day_count++] = days;
    return true;
}

/* --- the table of keys --- */

typedef bool set_fn(struct reading *reading, struct bytes value, void *out, unsigned parameter);

struct key {
    const char *section, *name;
    set_fn *set;
    size_t offset;
    unsigned parameter;
    const char *form; /* reason when the value is not of its form */
    bool optional, repeated;
};

#define AT(member) offsetof(struct grid_policy, member)
#define TRACK(u, number, word)                                                    \
    {                                                                             \
        "U" #u, "finish." word, span_set, AT(limits[(u)-1].finish_track[number]), \
                SPAN_LIMIT | SPAN_DAY_END, "policy_span", true, false             \
    }
#define URGENCY(u)                                                                            \
    {"U" #u, "accept", span_set, AT(limits[(u)-1].accept), SPAN_LIMIT | SPAN_FINISH,          \
            "policy_span", false, false},                                                     \
            {"U" #u, "act", span_set, AT(limits[(u)-1].act), SPAN_LIMIT | SPAN_FINISH,        \
                    "policy_span", false, false},                                             \
            {"U" #u, "finish", span_set, AT(limits[(u)-1].finish), SPAN_LIMIT | SPAN_DAY_END, \
                    "policy_span", false, false},                                             \
            {"U" #u, "extension", span_set, AT(limits[(u)-1].extension), SPAN_NONE,           \
                    "policy_natural", false, false},                                          \
            TRACK(u, GRID_TRACK_CIVIL, "civil"),                                              \
            TRACK(u, GRID_TRACK_ADMINISTRATIVE, "administrative"),                            \
            TRACK(u, GRID_TRACK_PETITION, "petition"), TRACK(u, GRID_TRACK_SAFETY, "safety"), \
            TRACK(u, GRID_TRACK_SERVICE, "service")

static const struct key keys[] = {
        URGENCY(1),
        URGENCY(2),
        URGENCY(3),
        URGENCY(4),
        {"rules", "round", round_set, AT(round_ms), 0, "policy_round", false, false},
        {"rules", "check", span_set, AT(check), SPAN_LIMIT, "policy_span", false, false},
        {"letters", "yellow", span_set, AT(reply_card[0]), SPAN_LIMIT, "policy_span", true, false},
        {"letters", "red", span_set, AT(reply_card[1]), SPAN_LIMIT, "policy_span", true, false},
        {"letters", "R1", span_set, AT(reply_risk[0]), SPAN_LIMIT, "policy_span", true, false},
        {"letters", "R2", span_set, AT(reply_risk[1]), SPAN_LIMIT, "policy_span", true, false},
        {"letters", "R3", span_set, AT(reply_risk[2]), SPAN_LIMIT, "policy_span", true, false},
        {"queue", "soon", ms_set, AT(soon_ms), 0, "policy_natural", false, false},
        {"queue", "returns", count_set, AT(queue_returns), 1000, "policy_number", false, false},
        {"queue", "scale", scale_set, AT(queue_scale), 0, "policy_scale", false, false},
        {"queue", "impact", count_set, AT(queue_impact), 4, "policy_number", false, false},
        {"queue", "silent", ms_set, AT(silent_ms), 0, "policy_natural", false, false},
        {"queue", "red", count_set, AT(red_percent), 10000, "policy_number", false, false},
        {"complex", "over", ms_set, AT(complex_over_ms), 0, "policy_natural", false, false},
        {"complex", "scale", scale_set, AT(complex_scale), 0, "policy_scale", false, false},
        {"complex", "amount_yuan", yuan_set, AT(complex_amount_fen), 0, "policy_number", false,
                false},
        {"complex", "assists", count_set, AT(complex_assists), 16, "policy_number", false, false},
        {"complex", "extensions", count_set, AT(complex_extensions), 1000, "policy_number", false,
                false},
        {"complex", "tags", tags_set, 0, 0, "policy_tags", false, false},
        {"calendar", "weekend", weekend_set, 0, 0, "policy_weekend", false, false},
        {"calendar", "holiday", days_set, 0, 0, "policy_days", true, true},
        {"calendar", "workday", days_set, 0, 1, "policy_days", true, true},
};
enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

static const struct key *key_find(const char *section, struct bytes name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].section, section) == 0 && is_word(name, keys[i].name))
            return &keys[i];
    return NULL;
}

static void read_section(struct reading *reading, struct bytes line)
{
    struct bytes name = {.data = line.data + 1, .size = line.size - 1};
    bool closed = name.size > 0 && name.data[name.size - 1] == ']';
    reading->section[0] = '\0';
    if (closed)
        name.size--;
    for (size_t i = 0; closed && i < KEYS; i++)
        if (is_word(name, keys[i].section))
            snprintf(reading->section, sizeof(reading->section), "%s", keys[i].section);
    reading->skipping = reading->section[0] == '\0';
    if (reading->skipping)
        fault(reading, "policy_section", line);
}

static void read_line(struct reading *reading, struct bytes line, bool given[static KEYS])
{
    if (line.size == 0 || line.data[0] == '#')
        return;
    if (line.data[0] == '[') {
        read_section(reading, line);
        return;
    }
    if (reading->skipping)
        return;
    struct bytes value = line;
    struct bytes name = trimmed(cut_at(&value, '='));
    value = trimmed(value);
    if (name.size == line.size || value.size == 0) {
        fault(reading, "policy_line", line);
        return;
    }
    const struct key *key = key_find(reading->section, name);
    if (key == NULL) {
        fault(reading, "policy_key", name);
        return;
    }
    if (given[key - keys] && !key->repeated) {
        fault(reading, "policy_twice", name);
        return;
    }
    given[key - keys] = true;
    if (!key->set(reading, value, (uint8_t *)reading->policy + key->offset, key->parameter))
        fault(reading, key->form, value);
}

bool policy_read(struct bytes text, unsigned version, struct grid_policy *out,
        policy_fault_fn *fault_found, void *context)
{
    struct reading reading = {.policy = out, .fault = fault_found, .context = context};
    bool given[KEYS] = {false};
    *out = (struct grid_policy){.version = version};
    if (text.size > GRID_POLICY_BYTES_MAX) {
        fault(&reading, "policy_size", (struct bytes){0});
        return false;
    }
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) { /* some editors' mark */
        text.data += 3;
        text.size -= 3;
    }
    while (text.size > 0) {
        reading.line++;
        read_line(&reading, trimmed(cut_at(&text, '\n')), given);
    }
    reading.line = 0;
    for (size_t i = 0; i < KEYS; i++) {
        char missing[64];
        if (given[i] || keys[i].optional)
            continue;
        snprintf(missing, sizeof(missing), "[%s] %s", keys[i].section, keys[i].name);
        fault(&reading, "policy_missing", bytes_text(missing));
    }
    return !reading.faulty;
}
