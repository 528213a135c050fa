#include "proto/gate.h"

#include "proto/limits.h"

#include <string.h>

/* Maps of control messages may have their keys in any order; that no key stands twice is checked
 * against those seen, and these are all that may be open at a time. */
enum { OPEN_KEYS_MAX = 1024 };

/* One container that is not complete yet. */
struct level {
    size_t left;      /* values still to come; of a map: keys and values */
    bool is_map;      /* an even number left: a key is next */
    size_t first_key; /* where its keys start among the open ones (GATE_CONTROL) */
    struct bytes last_key;
};

struct open_keys {
    size_t count;
    struct bytes keys[OPEN_KEYS_MAX];
};

struct scan {
    const uint8_t *start, *at, *end;
    enum gate_profile profile;
    size_t nodes;   /* values met so far and values announced by open containers */
    size_t pending; /* values announced and not met: each needs a byte */
    size_t depth;
    struct level levels[GRID_DEPTH_MAX];
    struct open_keys *open; /* NULL: keys must ascend, and so need no table */
    const char *fault;      /* what P-1x rule is broken; NULL so far */
};

/* --- UTF-8 (P-16) --- */

static bool is_tail(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Bytes of the character at `at`, 0 when it is none. At most U+10FFFF, shortest form, no surrogate.
 */
static size_t character_size(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2)
        return 0;
    if (lead < 0xE0)
        return left >= 2 && is_tail(at[1]) ? 2 : 0;
    if (lead < 0xF0) {
        if (left < 3 || !is_tail(at[1]) || !is_tail(at[2]))
            return 0;
        if ((lead == 0xE0 && at[1] < 0xA0) || (lead == 0xED && at[1] > 0x9F))
            return 0;
        return 3;
    }
    if (lead > 0xF4 || left < 4 || !is_tail(at[1]) || !is_tail(at[2]) || !is_tail(at[3]))
        return 0;
    if ((lead == 0xF0 && at[1] < 0x90) || (lead == 0xF4 && at[1] > 0x8F))
        return 0;
    return 4;
}

bool gate_utf8(struct bytes text)
{
    const uint8_t *at = text.data;
    size_t left = text.size;
    while (left > 0) {
        uint64_t eight;
        if (left >= sizeof(eight)) {
            memcpy(&eight, at, sizeof(eight));
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof(eight);
                left -= sizeof(eight);
                continue;
            }
        }
        size_t size = character_size(at, left);
        if (size == 0)
            return false;
        at += size;
        left -= size;
    }
    return true;
}

/* --- one value --- */

/* The `width` bytes behind the first one; the value must not fit a shorter form: at least `min`. */
static uint64_t scan_number(struct scan *scan, size_t width, uint64_t min)
{
    if ((size_t)(scan->end - scan->at) <= width) {
        scan->fault = "truncated";
        return 0;
    }
    uint64_t number = 0;
    for (size_t i = 1; i <= width; i++)
        number = number << 8 | scan->at[i];
    scan->at += 1 + width;
    if (number < min)
        scan->fault = "not_shortest";
    return number;
}

/* P-13: a signed form is for values below `max` only; what is larger has a shorter one. */
static void scan_signed(struct scan *scan, size_t width, int64_t max)
{
    uint64_t number = scan_number(scan, width, 0);
    unsigned unused = 64 - (unsigned)width * 8;
    if (scan->fault == NULL && (int64_t)(number << unused) >> unused >= max)
        scan->fault = "not_shortest";
}

static void scan_content(struct scan *scan, uint64_t size, bool is_text)
{
    if (scan->fault != NULL)
        return;
    if (size > (size_t)(scan->end - scan->at)) {
        scan->fault = "truncated";
        return;
    }
    if (is_text && !gate_utf8(bytes_of(scan->at, (size_t)size)))
        scan->fault = "utf8";
    scan->at += size;
}

/* P-15: every announced value needs a byte of what is left, so no count asks for more than the
 * message carries; depth and number of values are bounded beside that. */
static void scan_container(struct scan *scan, uint64_t count, bool is_map)
{
    if (scan->fault != NULL)
        return;
    uint64_t values = is_map ? count * 2 : count; /* a count has 32 bits */
    size_t nodes_max = scan->profile == GATE_CONTROL ? GRID_CONTROL_NODES_MAX : GRID_NODES_MAX;
    if (scan->pending + values > (size_t)(scan->end - scan->at))
        scan->fault = "truncated";
    else if (scan->nodes + values > nodes_max)
        scan->fault = "too_many_values";
    else if (scan->depth == GRID_DEPTH_MAX)
        scan->fault = "too_deep";
    if (scan->fault != NULL)
        return;
    scan->pending += values;
    scan->nodes += values;
    scan->levels[scan->depth++] = (struct level){
            .left = (size_t)values,
            .is_map = is_map,
            .first_key = scan->open != NULL ? scan->open->count : 0,
    };
}

static void scan_value(struct scan *scan)
{
    if (scan->at == scan->end) {
        scan->fault = "truncated";
        return;
    }
    uint8_t first = *scan->at;
    if (first <= 0x7F || first >= 0xE0) {
        scan->at++;
        return;
    }
    if (first <= 0xBF) {
        scan->at++;
        if (first <= 0x8F)
            scan_container(scan, first & 0x0F, true);
        else if (first <= 0x9F)
            scan_container(scan, first & 0x0F, false);
        else
            scan_content(scan, first & 0x1F, true);
        return;
    }
    switch (first) {
    case 0xC0:
        scan->at++;
        if (scan->profile != GATE_CONTROL)
            scan->fault = "nil";
        return;
    case 0xC2:
    case 0xC3:
        scan->at++;
        return;
    case 0xC4:
        scan_content(scan, scan_number(scan, 1, 0), false);
        return;
    case 0xC5:
        scan_content(scan, scan_number(scan, 2, 0x100), false);
        return;
    case 0xC6:
        scan_content(scan, scan_number(scan, 4, 0x10000), false);
        return;
    case 0xCC:
        scan_number(scan, 1, 0x80);
        return;
    case 0xCD:
        scan_number(scan, 2, 0x100);
        return;
    case 0xCE:
        scan_number(scan, 4, 0x10000);
        return;
    case 0xCF:
        scan_number(scan, 8, UINT64_C(0x100000000));
        return;
    case 0xD0:
        scan_signed(scan, 1, -32);
        return;
    case 0xD1:
        scan_signed(scan, 2, INT8_MIN);
        return;
    case 0xD2:
        scan_signed(scan, 4, INT16_MIN);
        return;
    case 0xD3:
        scan_signed(scan, 8, INT32_MIN);
        return;
    case 0xD9:
        scan_content(scan, scan_number(scan, 1, 0x20), true);
        return;
    case 0xDA:
        scan_content(scan, scan_number(scan, 2, 0x100), true);
        return;
    case 0xDB:
        scan_content(scan, scan_number(scan, 4, 0x10000), true);
        return;
    case 0xDC:
        scan_container(scan, scan_number(scan, 2, 0x10), false);
        return;
    case 0xDD:
        scan_container(scan, scan_number(scan, 4, 0x10000), false);
        return;
    case 0xDE:
        scan_container(scan, scan_number(scan, 2, 0x10), true);
        return;
    case 0xDF:
        scan_container(scan, scan_number(scan, 4, 0x10000), true);
        return;
    default: /* floats, extension types, 0xC1 */
        scan->fault = "type";
        return;
    }
}

/* --- map keys (P-17) --- */

static bool is_key(uint8_t first)
{
    return first <= 0x7F || (first >= 0xA0 && first <= 0xBF) || (first >= 0xCC && first <= 0xCF) ||
           (first >= 0xD9 && first <= 0xDB);
}

/* Keys order and compare by their encoded bytes. */
static void check_key_order(struct scan *scan, struct level *level, struct bytes key)
{
    if (level->last_key.size > 0 && bytes_compare(level->last_key, key) >= 0)
        scan->fault = "key_order";
    level->last_key = key;
}

static void check_key_unique(struct scan *scan, const struct level *level, struct bytes key)
{
    struct open_keys *open = scan->open;
    for (size_t i = level->first_key; i < open->count; i++)
        if (bytes_equal(open->keys[i], key))
            scan->fault = "key_twice";
    if (open->count == OPEN_KEYS_MAX)
        scan->fault = "too_many_keys";
    else
        open->keys[open->count++] = key;
}

static void scan_key(struct scan *scan)
{
    struct level *level = &scan->levels[scan->depth - 1];
    const uint8_t *start = scan->at;
    if (start < scan->end && !is_key(*start)) {
        scan->fault = "key_type";
        return;
    }
    scan_value(scan); /* no container: the level stays the same */
    if (scan->fault != NULL)
        return;
    struct bytes key = bytes_of(start, (size_t)(scan->at - start));
    if (scan->open != NULL)
        check_key_unique(scan, level, key);
    else
        check_key_order(scan, level, key);
}

/* --- the pass --- */

static void close_level(struct scan *scan)
{
    scan->depth--;
    if (scan->open != NULL)
        scan->open->count = scan->levels[scan->depth].first_key;
}

/* Takes values until the first one is complete with all that is in it. */
static void scan_all(struct scan *scan)
{
    scan->nodes = 1;
    scan_value(scan);
    while (scan->fault == NULL && scan->depth > 0) {
        struct level *level = &scan->levels[scan->depth - 1];
        if (level->left == 0) {
            close_level(scan);
            continue;
        }
        bool key_next = level->is_map && level->left % 2 == 0;
        level->left--;
        scan->pending--;
        if (key_next)
            scan_key(scan);
        else
            scan_value(scan);
    }
}

static void scan_control(struct scan *scan)
{
    struct open_keys open;
    open.count = 0;
    scan->open = &open;
    scan_all(scan);
    scan->open = NULL;
}

static enum grid_status gate_run(
        struct bytes input, enum gate_profile profile, size_t *size, struct grid_error *error)
{
    static const uint8_t nothing[1];
    struct scan scan = {.profile = profile};
    scan.start = scan.at = input.size > 0 ? input.data : nothing;
    scan.end = scan.start + input.size;
    if (profile == GATE_CONTROL)
        scan_control(&scan);
    else
        scan_all(&scan);
    *size = (size_t)(scan.at - scan.start);
    if (scan.fault != NULL)
        return grid_fail(
                error, GRID_MALFORMED, "not_canonical", "%s" GRID_ARG "%zu", scan.fault, *size);
    return GRID_OK;
}

enum grid_status gate_check(struct bytes input, enum gate_profile profile, struct grid_error *error)
{
    size_t size;
    enum grid_status status = gate_run(input, profile, &size, error);
    if (status == GRID_OK && size != input.size)
        return grid_fail(
                error, GRID_MALFORMED, "not_canonical", "%s" GRID_ARG "%zu", "trailing", size);
    return status;
}

enum grid_status gate_first(
        struct bytes input, enum gate_profile profile, size_t *size, struct grid_error *error)
{
    *size = 0;
    size_t scanned;
    enum grid_status status = gate_run(input, profile, &scanned, error);
    if (status == GRID_OK)
        *size = scanned;
    return status;
}
