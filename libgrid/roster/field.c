/* One row of a file, judged by itself: codes, words, names, numbers, days, lists (R02, R03, R09,
 * R10 and W09, W13). */
#include "libgrid/roster/inside.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { NAME_MN_CHARS_MAX = 60, SUCCESSORS_MAX = 64, ROUTES_MAX = 128 };

/* A row under judgement. A field with a finding is left empty (or gets a legal stand-in), and the
 * row is kept as long as its key can be read: one slip must not make orphans of all that rests on
 * the row. With an error the roster is never handed out. */
struct judged {
    const struct sheet_row *from;
    struct findings *findings;
};

static void found(struct judged *judged, const char *code, const char *cause, const char *subject,
        struct bytes value, struct bytes other)
{
    findings_add(judged->findings, judged->from->sheet, judged->from->line, code, cause,
            bytes_text(subject), value, other);
}

static const struct bytes nothing = {0};

/* --- pieces --- */

static bool all_digits(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.size > 0;
}

/* Digits only, at most 9 of them. */
static bool read_number(struct bytes text, int32_t *out)
{
    *out = 0;
    if (!all_digits(text) || text.size > 9)
        return false;
    for (size_t i = 0; i < text.size; i++)
        *out = *out * 10 + (text.data[i] - '0');
    return true;
}

static size_t count_characters(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xc0) != 0x80;
    return count;
}

static bool has_control(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        bool c1 = text.data[i] == 0xc2 && i + 1 < text.size && text.data[i + 1] < 0xa0;
        if (text.data[i] < 0x20 || text.data[i] == 0x7f || c1)
            return true;
    }
    return false;
}

static bool is_one_of(struct bytes word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(word, bytes_text(words[i])))
            return true;
    return false;
}

/* Takes the next element of a list joined by ';'. *more: another one follows, perhaps empty. */
static struct bytes next_element(struct bytes *list, bool *more)
{
    size_t size = 0;
    while (size < list->size && list->data[size] != ';')
        size++;
    struct bytes element = bytes_of(list->data, size);
    *more = size < list->size;
    size_t taken = size + (*more ? 1 : 0);
    *list = bytes_of(list->data + taken, list->size - taken);
    return element;
}

/* --- fields that several files have --- */

static struct bytes check_name(
        struct judged *judged, const char *column, struct bytes text, size_t min, size_t max)
{
    size_t characters = count_characters(text);
    if (characters >= min && characters <= max && text.size <= ROW_TEXT_BYTES_MAX)
        return text;
    found(judged, "R09", "name", column, text, nothing);
    return bytes_text("?");
}

/* Days since 1970 of the proleptic Gregorian calendar; years are counted from March. */
static int32_t day_of(int32_t year, int32_t month, int32_t day)
{
    int32_t shifted = month <= 2 ? year - 1 : year;
    int32_t era = shifted / 400;
    int32_t of_era = shifted - era * 400;
    int32_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int32_t month_days(int32_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool read_day(struct bytes text, int32_t *out)
{
    int32_t year;
    int32_t month;
    int32_t day;
    if (text.size != strlen("YYYY-MM-DD") || text.data[4] != '-' || text.data[7] != '-' ||
            !read_number(bytes_of(text.data, 4), &year) ||
            !read_number(bytes_of(text.data + 5, 2), &month) ||
            !read_number(bytes_of(text.data + 8, 2), &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    *out = day_of(year, month, day);
    return day_valid(*out);
}

static int32_t check_day(struct judged *judged, const char *column, struct bytes text)
{
    int32_t day = GRID_DAY_NONE;
    if (text.size == 0 || read_day(text, &day))
        return day;
    found(judged, "R09", "date", column, text, nothing);
    return GRID_DAY_NONE;
}

static void check_period(struct judged *judged, const char *column, struct bytes from_text,
        struct bytes to_text, int32_t from, int32_t to)
{
    if (from != GRID_DAY_NONE && to != GRID_DAY_NONE && to < from)
        found(judged, "R10", "order", column, to_text, from_text);
}

/* Control characters have no place in any field. */
static void check_characters(struct judged *judged, const char *const *columns)
{
    for (size_t i = 0; i < SHEET_COLUMNS_MAX && columns[i] != NULL; i++)
        if (has_control(judged->from->fields[i]))
            found(judged, "R09", "character", columns[i], judged->from->fields[i], nothing);
}

/* --- codes (R02) --- */

/* Why place_kind() did not take it. */
static const char *code_cause(struct bytes code)
{
    static const size_t lengths[] = {2, 4, 6, 9, 12, 15, 18};
    if (!all_digits(code))
        return "digit";
    for (size_t i = 0; i < COUNT(lengths); i++)
        if (code.size == lengths[i])
            return "tail";
    return "length";
}

/* --- units.csv --- */

enum {
    UNIT_CODE,
    UNIT_KIND,
    UNIT_SUBKIND,
    UNIT_NAME,
    UNIT_NAME_MN,
    UNIT_HOUSEHOLDS,
    UNIT_LAT,
    UNIT_LON,
    UNIT_GROUP,
    UNIT_FROM,
    UNIT_TO,
    UNIT_SUCCESSORS
};
static const char *const unit_columns[SHEET_COLUMNS_MAX] = {"code", "kind", "subkind", "name",
        "name_mn", "households", "lat", "lon", "party_group", "valid_from", "valid_to",
        "successors"};

static const char *const kind_words[] = {
        [GRID_PLACE_NONE] = "",
        [GRID_PLACE_REGION] = "region",
        [GRID_PLACE_LEAGUE_CITY] = "league_city",
        [GRID_PLACE_BANNER] = "banner",
        [GRID_PLACE_TOWNSHIP] = "township",
        [GRID_PLACE_VILLAGE] = "village",
        [GRID_PLACE_GRID] = "grid",
        [GRID_PLACE_MICRO_GRID] = "micro_grid",
        [GRID_PLACE_PARTY_GROUP] = "party_group",
};

/* The last three digits of a village's or grid's code. */
static int32_t code_tail(struct bytes code)
{
    int32_t tail = 0;
    (void)read_number(bytes_of(code.data + code.size - 3, 3), &tail);
    return tail;
}

/* The subkind that the code itself says; NULL where it says none. */
static const char *subkind_of_code(const struct grid_unit *unit)
{
    if (unit->kind != GRID_PLACE_VILLAGE && unit->kind != GRID_PLACE_GRID)
        return NULL;
    int32_t tail = code_tail(unit->code);
    if (unit->kind == GRID_PLACE_GRID)
        return tail < 700 ? "base" : "dedicated";
    return tail < 200 || (tail >= 400 && tail < 500) ? "community" : "village";
}

static void check_unit_code(struct judged *judged, struct grid_unit *unit)
{
    const struct bytes *fields = judged->from->fields;
    unit->code = fields[UNIT_CODE];
    unit->kind = place_kind(unit->code);
    bool group = bytes_equal(fields[UNIT_KIND], bytes_text("party_group"));
    if (unit->kind == GRID_PLACE_NONE || unit->kind == GRID_PLACE_DEPARTMENT) {
        found(judged, "R02", group ? "group" : code_cause(unit->code), "code", unit->code, nothing);
        unit->kind = GRID_PLACE_NONE;
        return;
    }
    const char *wanted = kind_words[unit->kind];
    if (!bytes_equal(fields[UNIT_KIND], bytes_text(wanted)))
        found(judged, "R03", "kind", "kind", fields[UNIT_KIND], bytes_text(wanted));
}

static void check_subkind(struct judged *judged, struct grid_unit *unit)
{
    static const char *const micro_words[] = {"household_group", "building", "stairwell"};
    struct bytes given = judged->from->fields[UNIT_SUBKIND];
    unit->subkind = given;
    const char *wanted = subkind_of_code(unit);
    bool fits;
    if (wanted != NULL) {
        fits = bytes_equal(given, bytes_text(wanted));
    } else if (unit->kind == GRID_PLACE_MICRO_GRID) {
        wanted = "household_group/building/stairwell";
        fits = is_one_of(given, micro_words, COUNT(micro_words));
    } else {
        wanted = "";
        fits = given.size == 0;
    }
    if (fits)
        return;
    found(judged, "R03", "subkind", "subkind", given, bytes_text(wanted));
    unit->subkind = nothing;
}

static int check_households(struct judged *judged)
{
    struct bytes text = judged->from->fields[UNIT_HOUSEHOLDS];
    int32_t number;
    if (text.size == 0)
        return -1;
    if (read_number(text, &number) && number <= 9999)
        return number;
    found(judged, "R09", "number", "households", text, nothing);
    return -1;
}

/* Decimal degrees with at most 7 decimals, times 10⁷. */
static bool read_degrees(struct bytes text, int32_t limit, int32_t *out)
{
    bool negative = text.size > 0 && text.data[0] == '-';
    if (negative)
        text = bytes_of(text.data + 1, text.size - 1);
    const uint8_t *point = text.size > 0 ? memchr(text.data, '.', text.size) : NULL;
    size_t whole_size = point == NULL ? text.size : (size_t)(point - text.data);
    int32_t whole;
    if (whole_size > 3 || !read_number(bytes_of(text.data, whole_size), &whole))
        return false;
    int64_t value = (int64_t)whole * 10000000;
    if (point != NULL) {
        struct bytes decimals = bytes_of(point + 1, text.size - whole_size - 1);
        int32_t fraction;
        if (decimals.size > 7 || !read_number(decimals, &fraction))
            return false;
        for (size_t i = decimals.size; i < 7; i++)
            fraction *= 10;
        value += fraction;
    }
    if (value > (int64_t)limit * 10000000)
        return false;
    *out = (int32_t)(negative ? -value : value);
    return true;
}

/* Both or none. */
static void check_centroid(struct judged *judged, struct grid_unit *unit)
{
    struct bytes lat = judged->from->fields[UNIT_LAT];
    struct bytes lon = judged->from->fields[UNIT_LON];
    unit->lat_e7 = unit->lon_e7 = INT32_MIN;
    if (lat.size == 0 && lon.size == 0)
        return;
    bool lat_fits = read_degrees(lat, 90, &unit->lat_e7);
    bool lon_fits = read_degrees(lon, 180, &unit->lon_e7);
    if (!lat_fits)
        found(judged, "R09", "number", "lat", lat, nothing);
    if (!lon_fits)
        found(judged, "R09", "number", "lon", lon, nothing);
    if (!lat_fits || !lon_fits)
        unit->lat_e7 = unit->lon_e7 = INT32_MIN;
}

/* Legal codes, none twice, not the unit itself. Whether they exist is R10's other half. */
static void check_successors(struct judged *judged, struct grid_unit *unit)
{
    struct bytes list = unit->successors;
    struct bytes seen[SUCCESSORS_MAX];
    size_t count = 0;
    bool fits = list.size <= ROW_LIST_BYTES_MAX;
    bool more = list.size > 0;
    while (more && fits) {
        struct bytes code = next_element(&list, &more);
        fits = count < SUCCESSORS_MAX && place_kind(code) != GRID_PLACE_NONE &&
               !bytes_equal(code, unit->code);
        for (size_t i = 0; i < count && fits; i++)
            fits = !bytes_equal(seen[i], code);
        if (fits)
            seen[count++] = code;
    }
    if (fits)
        return;
    found(judged, "R09", "list", "successors", unit->successors, nothing);
    unit->successors = nothing;
}

static void check_group_field(struct judged *judged, struct grid_unit *unit)
{
    struct bytes group = judged->from->fields[UNIT_GROUP];
    unit->party_group = nothing;
    if (group.size > 0 && unit->kind != GRID_PLACE_MICRO_GRID)
        found(judged, "R06", "not_micro_grid", "party_group", group, unit->code);
    else if (group.size > 0 && place_kind(group) != GRID_PLACE_PARTY_GROUP)
        found(judged, "R06", "unknown", "party_group", group, unit->code);
    else
        unit->party_group = group;
}

/* Like the two below: true when the row has a key. */
static bool check_unit(struct judged *judged, struct row *row)
{
    const struct bytes *fields = judged->from->fields;
    struct grid_unit *unit = &row->unit;
    row->kind = ROW_UNIT;
    check_characters(judged, unit_columns);
    check_unit_code(judged, unit);
    if (unit->kind != GRID_PLACE_NONE)
        check_subkind(judged, unit);
    unit->name = check_name(judged, "name", fields[UNIT_NAME], 1, GRID_NAME_CHARS_MAX);
    unit->name_mn = check_name(judged, "name_mn", fields[UNIT_NAME_MN], 0, NAME_MN_CHARS_MAX);
    unit->households = check_households(judged);
    check_centroid(judged, unit);
    check_group_field(judged, unit);
    unit->valid_from = check_day(judged, "valid_from", fields[UNIT_FROM]);
    unit->valid_to = check_day(judged, "valid_to", fields[UNIT_TO]);
    check_period(judged, "valid_to", fields[UNIT_FROM], fields[UNIT_TO], unit->valid_from,
            unit->valid_to);
    unit->successors = fields[UNIT_SUCCESSORS];
    check_successors(judged, unit);
    if (unit->kind == GRID_PLACE_VILLAGE &&
            (code_tail(unit->code) == 498 || code_tail(unit->code) == 598))
        found(judged, "W09", "virtual", "code", unit->code, unit->name);
    return unit->kind != GRID_PLACE_NONE;
}

/* --- posts.csv --- */

enum { POST_PERSON, POST_NAME, POST_ROLE, POST_PLACE, POST_PHONE, POST_FROM, POST_TO };
static const char *const post_columns[SHEET_COLUMNS_MAX] = {
        "person", "name", "role", "place", "phone", "from", "to"};

/* A phone is only looked at: it travels as an entry kind of its own, to the places that need it
 * (D26), and is no part of the row. */
static void check_phone(struct judged *judged)
{
    struct bytes phone = judged->from->fields[POST_PHONE];
    if (phone.size == 0)
        return;
    bool fits = phone.size >= 3 && phone.size <= 20;
    for (size_t i = 0; i < phone.size && fits; i++) {
        uint8_t byte = phone.data[i];
        fits = (byte >= '0' && byte <= '9') || (byte == '-' && i > 0) || (byte == '+' && i == 0);
    }
    if (!fits)
        found(judged, "R09", "phone", "phone", phone, nothing);
}

static bool check_post(struct judged *judged, struct row *row)
{
    const struct bytes *fields = judged->from->fields;
    struct grid_post *post = &row->post;
    row->kind = ROW_POST;
    check_characters(judged, post_columns);
    post->key = fields[POST_PERSON];
    bool keyed = person_key_valid(post->key);
    if (!keyed)
        found(judged, "R09", "key", "person", post->key, nothing);
    post->name = check_name(judged, "name", fields[POST_NAME], 1, GRID_NAME_CHARS_MAX);
    post->role = grid_role_number(fields[POST_ROLE]);
    bool has_role = post->role != GRID_ROLE_NONE && post->role != GRID_ROLE_NODE;
    if (!has_role)
        found(judged, "R07", "role", "role", fields[POST_ROLE], nothing);
    post->place = fields[POST_PLACE];
    bool placed = place_kind(post->place) != GRID_PLACE_NONE;
    if (!placed)
        found(judged, "R07", "place", "place", post->place, nothing);
    check_phone(judged);
    post->from = check_day(judged, "from", fields[POST_FROM]);
    post->to = check_day(judged, "to", fields[POST_TO]);
    check_period(judged, "to", fields[POST_FROM], fields[POST_TO], post->from, post->to);
    return keyed && has_role && placed;
}

/* --- departments.csv --- */

enum { DEPT_ID, DEPT_NAME, DEPT_KIND, DEPT_STATIONING, DEPT_ROUTES, DEPT_FROM, DEPT_TO };
static const char *const department_columns[SHEET_COLUMNS_MAX] = {
        "id", "name", "kind", "stationing", "routes", "valid_from", "valid_to"};

static void check_routes(struct judged *judged, struct grid_department *department,
        bool (*category_known)(struct bytes digits))
{
    struct bytes list = department->routes;
    struct bytes seen[ROUTES_MAX];
    size_t count = 0;
    bool fits = true;
    bool more = list.size > 0;
    while (more && fits) {
        struct bytes route = next_element(&list, &more);
        fits = count < ROUTES_MAX && (route.size == 2 || route.size == 4) && all_digits(route);
        for (size_t i = 0; i < count && fits; i++)
            fits = !bytes_equal(seen[i], route);
        if (!fits)
            break;
        seen[count++] = route;
        if (category_known != NULL && !category_known(route))
            found(judged, "W13", "unknown", "routes", route, department->id);
    }
    if (fits)
        return;
    found(judged, "R09", "list", "routes", department->routes, nothing);
    department->routes = nothing;
}

static bool check_department(
        struct judged *judged, struct row *row, bool (*category_known)(struct bytes digits))
{
    static const char *const kinds[] = {"department", "mediation_body"};
    static const char *const stations[] = {"", "resident", "rotating", "on_call"};
    const struct bytes *fields = judged->from->fields;
    struct grid_department *department = &row->department;
    row->kind = ROW_DEPARTMENT;
    check_characters(judged, department_columns);
    department->id = fields[DEPT_ID];
    bool keyed = place_kind(department->id) == GRID_PLACE_DEPARTMENT;
    if (!keyed)
        found(judged, "R02", "department", "id", department->id, nothing);
    department->name = check_name(judged, "name", fields[DEPT_NAME], 1, GRID_NAME_CHARS_MAX);
    department->kind = fields[DEPT_KIND];
    if (!is_one_of(department->kind, kinds, COUNT(kinds))) {
        found(judged, "R03", "kind", "kind", department->kind,
                bytes_text("department/mediation_body"));
        department->kind = bytes_text(kinds[0]);
    }
    department->stationing = fields[DEPT_STATIONING];
    if (!is_one_of(department->stationing, stations, COUNT(stations))) {
        found(judged, "R09", "word", "stationing", department->stationing,
                bytes_text("resident/rotating/on_call"));
        department->stationing = nothing;
    }
    department->routes = fields[DEPT_ROUTES];
    check_routes(judged, department, category_known);
    department->valid_from = check_day(judged, "valid_from", fields[DEPT_FROM]);
    department->valid_to = check_day(judged, "valid_to", fields[DEPT_TO]);
    check_period(judged, "valid_to", fields[DEPT_FROM], fields[DEPT_TO], department->valid_from,
            department->valid_to);
    return keyed;
}

enum grid_status field_row(const struct sheet_row *from, struct findings *findings,
        bool (*category_known)(struct bytes digits), struct row *out, bool *keyed)
{
    struct judged judged = {.from = from, .findings = findings};
    *out = (struct row){.line = from->line, .until = VERSION_NONE};
    if (from->sheet == SHEET_UNITS)
        *keyed = check_unit(&judged, out);
    else if (from->sheet == SHEET_POSTS)
        *keyed = check_post(&judged, out);
    else
        *keyed = check_department(&judged, out, category_known);
    return findings->failed ? GRID_NOMEM : GRID_OK;
}
