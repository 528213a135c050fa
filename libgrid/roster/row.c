/* The rows of a roster and their bytes (P-100…): one canonical form, so that equal rosters have
 * equal digests. */
#include "libgrid/roster/inside.h"

#include "proto/gate.h"
#include "proto/pack.h"

#include <limits.h>
#include <string.h>

/* P-102: a day travels as its distance from 1899-12-31; 0 is no day. */
enum { DAY_BASE = -25568, DAY_LAST = 376199 }; /* 2999-12-31 */

/* P-101: the numbers of these words are what travels. */
static const char *const subkind_words[] = {
        "",
        "community",
        "village",
        "base",
        "dedicated",
        "household_group",
        "building",
        "stairwell",
};
static const char *const stationing_words[] = {"", "resident", "rotating", "on_call"};
static const char *const department_words[] = {"department", "mediation_body"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *row_subkind_word(unsigned number)
{
    return number < COUNT(subkind_words) ? subkind_words[number] : NULL;
}

const char *row_stationing_word(unsigned number)
{
    return number < COUNT(stationing_words) ? stationing_words[number] : NULL;
}

/* The number of a word; `count` when it is none of them. */
static unsigned word_number(const char *const *words, size_t count, struct bytes word)
{
    for (unsigned i = 0; i < count; i++)
        if (bytes_equal(bytes_text(words[i]), word))
            return i;
    return (unsigned)count;
}

bool day_valid(int32_t day)
{
    return day == GRID_DAY_NONE || (day > DAY_BASE && day <= DAY_LAST);
}

bool day_within(int32_t day, int32_t from, int32_t to)
{
    return (from == GRID_DAY_NONE || from <= day) && (to == GRID_DAY_NONE || day <= to);
}

bool day_outlives(int32_t to, int32_t limit)
{
    return limit != GRID_DAY_NONE && (to == GRID_DAY_NONE || to > limit);
}

/* --- writing --- */

static void pack_day(struct buffer *out, int32_t day)
{
    pack_uint(out, day == GRID_DAY_NONE ? 0 : (uint64_t)(day - DAY_BASE));
}

static void pack_unit(struct buffer *out, const struct grid_unit *unit)
{
    pack_array(out, 11);
    pack_uint(out, ROW_UNIT);
    pack_str(out, unit->code);
    pack_uint(out, word_number(subkind_words, COUNT(subkind_words), unit->subkind));
    pack_str(out, unit->name);
    pack_str(out, unit->name_mn);
    pack_int(out, unit->households);
    bool placed = unit->lat_e7 != INT32_MIN;
    pack_array(out, placed ? 2 : 0);
    if (placed) {
        pack_int(out, unit->lat_e7);
        pack_int(out, unit->lon_e7);
    }
    pack_str(out, unit->party_group);
    pack_day(out, unit->valid_from);
    pack_day(out, unit->valid_to);
    pack_str(out, unit->successors);
}

static void pack_post(struct buffer *out, const struct grid_post *post)
{
    pack_array(out, 7);
    pack_uint(out, ROW_POST);
    pack_str(out, post->key);
    pack_str(out, post->name);
    pack_uint(out, post->role);
    pack_str(out, post->place);
    pack_day(out, post->from);
    pack_day(out, post->to);
}

static void pack_department(struct buffer *out, const struct grid_department *department)
{
    pack_array(out, 8);
    pack_uint(out, ROW_DEPARTMENT);
    pack_str(out, department->id);
    pack_str(out, department->name);
    pack_uint(out, word_number(department_words, COUNT(department_words), department->kind));
    pack_uint(out, word_number(stationing_words, COUNT(stationing_words), department->stationing));
    pack_str(out, department->routes);
    pack_day(out, department->valid_from);
    pack_day(out, department->valid_to);
}

void row_pack(struct buffer *out, const struct row *row)
{
    if (row->kind == ROW_UNIT)
        pack_unit(out, &row->unit);
    else if (row->kind == ROW_POST)
        pack_post(out, &row->post);
    else
        pack_department(out, &row->department);
}

void row_pack_key(struct buffer *out, const struct row *row)
{
    pack_array(out, row->kind == ROW_POST ? 5 : 2);
    pack_uint(out, row->kind);
    if (row->kind == ROW_UNIT) {
        pack_str(out, row->unit.code);
    } else if (row->kind == ROW_DEPARTMENT) {
        pack_str(out, row->department.id);
    } else {
        pack_str(out, row->post.key);
        pack_uint(out, row->post.role);
        pack_str(out, row->post.place);
        pack_day(out, row->post.from);
    }
}

/* --- reading: every function marks the reader failed when a value is outside its limits --- */

static void fail_unless(struct reader *reader, bool fits)
{
    if (!fits)
        reader->failed = true;
}

static struct bytes read_text(struct reader *reader, size_t min, size_t max)
{
    struct bytes text = read_str(reader);
    fail_unless(reader, text.size >= min && text.size <= max);
    return text;
}

static int64_t read_within(struct reader *reader, int64_t min, int64_t max)
{
    int64_t value = read_int(reader);
    fail_unless(reader, value >= min && value <= max);
    return reader->failed ? min : value;
}

static int32_t read_day(struct reader *reader)
{
    int32_t distance = (int32_t)read_within(reader, 0, DAY_LAST - DAY_BASE);
    return distance == 0 ? GRID_DAY_NONE : distance + DAY_BASE;
}

static struct bytes read_word(struct reader *reader, const char *const *words, size_t count)
{
    int64_t number = read_within(reader, 0, (int64_t)count - 1);
    return bytes_text(words[number]);
}

static void read_centroid(struct reader *reader, struct grid_unit *unit)
{
    size_t count = read_array(reader);
    fail_unless(reader, count == 0 || count == 2);
    unit->lat_e7 = unit->lon_e7 = INT32_MIN;
    if (count != 2 || reader->failed)
        return;
    unit->lat_e7 = (int32_t)read_within(reader, -900000000, 900000000);
    unit->lon_e7 = (int32_t)read_within(reader, -1800000000, 1800000000);
}

static void read_unit_code(struct reader *reader, struct grid_unit *unit)
{
    unit->code = read_str(reader);
    unit->kind = place_kind(unit->code);
    fail_unless(reader, unit->kind != GRID_PLACE_NONE && unit->kind != GRID_PLACE_DEPARTMENT);
}

static void read_unit(struct reader *reader, struct grid_unit *unit)
{
    read_unit_code(reader, unit);
    unit->subkind = read_word(reader, subkind_words, COUNT(subkind_words));
    unit->name = read_text(reader, 1, ROW_TEXT_BYTES_MAX);
    unit->name_mn = read_text(reader, 0, ROW_TEXT_BYTES_MAX);
    unit->households = (int)read_within(reader, -1, 9999);
    read_centroid(reader, unit);
    unit->party_group = read_str(reader);
    fail_unless(reader, unit->party_group.size == 0 ||
                                (unit->kind == GRID_PLACE_MICRO_GRID &&
                                        place_kind(unit->party_group) == GRID_PLACE_PARTY_GROUP));
    unit->valid_from = read_day(reader);
    unit->valid_to = read_day(reader);
    unit->successors = read_text(reader, 0, ROW_LIST_BYTES_MAX);
}

static void read_post_key(struct reader *reader, struct grid_post *post)
{
    post->key = read_str(reader);
    fail_unless(reader, person_key_valid(post->key));
}

static void read_post_place(struct reader *reader, struct grid_post *post)
{
    post->role = (unsigned)read_within(reader, GRID_ROLE_HEAD, GRID_ROLE_ADMIN);
    post->place = read_str(reader);
    fail_unless(reader, place_kind(post->place) != GRID_PLACE_NONE);
    post->from = read_day(reader);
}

static void read_post(struct reader *reader, struct grid_post *post)
{
    read_post_key(reader, post);
    post->name = read_text(reader, 1, ROW_TEXT_BYTES_MAX);
    read_post_place(reader, post);
    post->to = read_day(reader);
}

static void read_department_id(struct reader *reader, struct grid_department *department)
{
    department->id = read_str(reader);
    fail_unless(reader, place_kind(department->id) == GRID_PLACE_DEPARTMENT);
}

static void read_department(struct reader *reader, struct grid_department *department)
{
    read_department_id(reader, department);
    department->name = read_text(reader, 1, ROW_TEXT_BYTES_MAX);
    department->kind = read_word(reader, department_words, COUNT(department_words));
    department->stationing = read_word(reader, stationing_words, COUNT(stationing_words));
    department->routes = read_text(reader, 0, ROW_LIST_BYTES_MAX);
    department->valid_from = read_day(reader);
    department->valid_to = read_day(reader);
}

enum grid_status row_person(struct row *row)
{
    struct bytes unit = place_unit(row->post.place);
    struct bytes township = place_cut(unit, GRID_PLACE_TOWNSHIP);
    return person_id(row->post.person, township.size > 0 ? township : unit, row->post.key);
}

static enum grid_status row_malformed(struct grid_error *error, struct bytes raw)
{
    return grid_fail(error, GRID_MALFORMED, "roster_row", "%zu", raw.size);
}

enum grid_status row_read(struct bytes raw, struct row *out, struct grid_error *error)
{
    *out = (struct row){.raw = raw, .until = VERSION_NONE};
    struct reader reader = reader_of(raw);
    size_t count = read_array(&reader);
    uint64_t kind = read_uint(&reader);
    if (kind == ROW_UNIT && count == 11)
        read_unit(&reader, &out->unit);
    else if (kind == ROW_POST && count == 7)
        read_post(&reader, &out->post);
    else if (kind == ROW_DEPARTMENT && count == 8)
        read_department(&reader, &out->department);
    else
        reader.failed = true;
    if (!reader_done(&reader) || raw.size > ROW_BYTES_MAX)
        return row_malformed(error, raw);
    out->kind = (enum row_kind)kind;
    return out->kind == ROW_POST ? row_person(out) : GRID_OK;
}

enum grid_status row_read_key(struct bytes raw, struct row *out, struct grid_error *error)
{
    *out = (struct row){.until = VERSION_NONE};
    struct reader reader = reader_of(raw);
    size_t count = read_array(&reader);
    uint64_t kind = read_uint(&reader);
    if (kind == ROW_UNIT && count == 2) {
        read_unit_code(&reader, &out->unit);
    } else if (kind == ROW_POST && count == 5) {
        read_post_key(&reader, &out->post);
        read_post_place(&reader, &out->post);
    } else if (kind == ROW_DEPARTMENT && count == 2) {
        read_department_id(&reader, &out->department);
    } else {
        reader.failed = true;
    }
    if (!reader_done(&reader))
        return row_malformed(error, raw);
    out->kind = (enum row_kind)kind;
    return GRID_OK;
}

/* --- keys --- */

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_posts(const struct grid_post *a, const struct grid_post *b)
{
    int order = bytes_compare(a->place, b->place);
    if (order == 0)
        order = compare_numbers(a->role, b->role);
    if (order == 0)
        order = bytes_compare(a->key, b->key);
    if (order == 0)
        order = compare_numbers(a->from, b->from);
    return order;
}

int row_compare_keys(const struct row *a, const struct row *b)
{
    if (a->kind != b->kind)
        return compare_numbers(a->kind, b->kind);
    if (a->kind == ROW_UNIT)
        return bytes_compare(a->unit.code, b->unit.code);
    if (a->kind == ROW_DEPARTMENT)
        return bytes_compare(a->department.id, b->department.id);
    return compare_posts(&a->post, &b->post);
}

uint32_t row_key_hash(const struct row *row)
{
    if (row->kind == ROW_UNIT)
        return lookup_hash(ROW_UNIT, row->unit.code);
    if (row->kind == ROW_DEPARTMENT)
        return lookup_hash(ROW_DEPARTMENT, row->department.id);
    uint32_t hash = lookup_hash(ROW_POST + row->post.role, row->post.key);
    return lookup_hash(hash ^ (uint32_t)row->post.from, row->post.place);
}

enum grid_status row_hash(uint8_t out[static GRID_HASH_BYTES], const struct row *row)
{
    static const char label[] = "grid-row-1"; /* its NUL is hashed too */
    const struct bytes parts[] = {bytes_of(label, sizeof(label)), row->raw};
    return crypto_hash(out, parts, COUNT(parts));
}
