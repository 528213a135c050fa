/* Header, leaf, dots and chain of an entry (P-20…). Headers of version 1 have one shape: whatever
 * differs is malformed, so what a node once admitted can be read by every other. */
#include "proto/entry.h"

#include "proto/gate.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first byte under each hash keeps the four uses apart (P-24, P-25). */
enum { HASH_BODY = 0, HASH_LEAF = 1, HASH_LINK = 2, HASH_START = 3 };

enum { HEADER_FIELDS = 7, BODY_KEY_MAX = 65535 };

/* seq << 2 | lane must fit 64 bits (P-23) */

/* --- dots --- */

bool dot_equal(const struct dot *a, const struct dot *b)
{
    return dot_compare(a, b) == 0;
}

int dot_compare(const struct dot *a, const struct dot *b)
{
    int order = memcmp(a->author, b->author, sizeof(a->author));
    if (order == 0)
        order = (a->lane > b->lane) - (a->lane < b->lane);
    if (order == 0)
        order = (a->seq > b->seq) - (a->seq < b->seq);
    if (order == 0)
        order = memcmp(a->tag, b->tag, sizeof(a->tag));
    return order;
}

static int dot_order(const void *a, const void *b)
{
    return dot_compare(a, b);
}

size_t dots_sort(struct dot *dots, size_t count)
{
    if (count < 2)
        return count;
    qsort(dots, count, sizeof(dots[0]), dot_order);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++)
        if (!dot_equal(&dots[i], &dots[kept - 1]))
            dots[kept++] = dots[i];
    return kept;
}

void dot_print(char out[static DOT_TEXT_BYTES], const struct dot *dot)
{
    char author[2 * GRID_DOT_AUTHOR_BYTES + 1];
    ident_hex(author, bytes_of(dot->author, sizeof(dot->author)));
    snprintf(out, DOT_TEXT_BYTES, "%s/%u/%" PRIu64, author, (unsigned)dot->lane, dot->seq);
}

void dot_pack(struct buffer *out, const struct dot *dot)
{
    assert(dot->seq >= 1 && dot->seq <= GRID_SEQ_MAX);
    assert(dot->lane < GRID_LANE_COUNT);
    pack_array(out, 3);
    pack_bin(out, bytes_of(dot->author, sizeof(dot->author)));
    pack_uint(out, dot->seq << 2 | dot->lane);
    pack_bin(out, bytes_of(dot->tag, sizeof(dot->tag)));
}

void dot_read(struct reader *reader, struct dot *dot)
{
    if (read_array(reader) != 3)
        reader->failed = true;
    read_bin_exact(reader, dot->author, sizeof(dot->author));
    uint64_t position = read_uint(reader);
    read_bin_exact(reader, dot->tag, sizeof(dot->tag));
    dot->seq = position >> 2;
    dot->lane = (uint8_t)(position & 3);
    if (dot->seq == 0 || dot->seq > GRID_SEQ_MAX || dot->lane >= GRID_LANE_COUNT)
        reader->failed = true;
}

struct dot entry_dot(const struct entry *entry)
{
    struct dot dot = {.seq = entry->seq, .lane = entry->lane};
    memcpy(dot.author, entry->author, sizeof(dot.author));
    memcpy(dot.tag, entry->leaf, sizeof(dot.tag));
    return dot;
}

/* --- the header --- */

static bool dots_ascend(const struct dot *dots, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (dot_compare(&dots[i - 1], &dots[i]) >= 0)
            return false;
    return true;
}

/* Both lists ascend. */
static bool dots_meet(const struct dot *a, size_t a_count, const struct dot *b, size_t b_count)
{
    while (a_count > 0 && b_count > 0) {
        int order = dot_compare(a, b);
        if (order == 0)
            return true;
        if (order < 0) {
            a++;
            a_count--;
        } else {
            b++;
            b_count--;
        }
    }
    return false;
}

static bool dots_fit(const struct entry_header *header)
{
    return header->basis_count + header->ref_count <= GRID_REFS_MAX &&
           dots_ascend(header->basis, header->basis_count) &&
           dots_ascend(header->refs, header->ref_count) &&
           !dots_meet(header->basis, header->basis_count, header->refs, header->ref_count);
}

/* P-21: who opens a case or speaks of none names none; who acts on a case names it. Of kinds that
 * are not known here nothing is asked. */
static bool case_fits(uint32_t kind, bool has_case)
{
    if (kind <= GRID_KIND_CUT || kind == GRID_KIND_CREATE || kind == GRID_KIND_CREATE_RESOLVED)
        return !has_case;
    if (kind > GRID_KIND_CREATE_RESOLVED && kind <= GRID_KIND_ERASE)
        return has_case;
    return true;
}

static void pack_dots(struct buffer *out, const struct dot *dots, size_t count)
{
    pack_array(out, count);
    for (size_t i = 0; i < count; i++)
        dot_pack(out, &dots[i]);
}

void entry_pack_header(struct buffer *out, const struct entry_header *header)
{
    assert(header->kind != GRID_KIND_NONE);
    assert(case_fits(header->kind, header->has_case));
    assert(dots_fit(header));
    pack_array(out, HEADER_FIELDS);
    pack_uint(out, header->hlc);
    pack_uint(out, header->kind);
    pack_bin(out, bytes_of(header->case_id, header->has_case ? GRID_ID_BYTES : 0));
    pack_dots(out, header->basis, header->basis_count);
    pack_dots(out, header->refs, header->ref_count);
    pack_uint(out, header->rv);
    pack_uint(out, header->flags);
}

static uint32_t read_u32(struct reader *reader)
{
    uint64_t value = read_uint(reader);
    if (value > UINT32_MAX)
        reader->failed = true;
    return (uint32_t)value;
}

/* Reads a list into what is left of `room`; the number read. */
static size_t read_dots(struct reader *reader, struct dot *room, size_t left)
{
    size_t count = read_array(reader);
    if (count > left) {
        reader->failed = true;
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        dot_read(reader, &room[i]);
    return count;
}

/* NULL, or the reason why `bytes` are no header. The dots lie in `room`. */
static const char *header_decode(
        struct bytes bytes, struct entry_header *out, struct dot room[static GRID_REFS_MAX])
{
    *out = (struct entry_header){0};
    struct reader reader = reader_of(bytes);
    if (read_array(&reader) != HEADER_FIELDS)
        return "header_shape";
    out->hlc = read_uint(&reader);
    out->kind = read_u32(&reader);
    struct bytes id = read_bin(&reader);
    out->basis = room;
    out->basis_count = read_dots(&reader, room, GRID_REFS_MAX);
    out->refs = room + out->basis_count;
    out->ref_count = read_dots(&reader, out->refs, GRID_REFS_MAX - out->basis_count);
    out->rv = read_uint(&reader);
    out->flags = read_u32(&reader);
    if (!reader_done(&reader) || out->kind == GRID_KIND_NONE)
        return "header_shape";
    if ((id.size != 0 && id.size != GRID_ID_BYTES) || !case_fits(out->kind, id.size != 0))
        return "header_case";
    if (!dots_fit(out))
        return "header_dots";
    out->has_case = id.size != 0;
    if (out->has_case)
        memcpy(out->case_id, id.data, GRID_ID_BYTES);
    return NULL;
}

enum grid_status entry_read_header(const struct entry *entry, struct arena *arena,
        struct entry_header *out, struct grid_error *error)
{
    struct dot room[GRID_REFS_MAX];
    const char *reason = header_decode(entry->header, out, room);
    if (reason != NULL) {
        *out = (struct entry_header){0};
        return grid_fail(error, GRID_MALFORMED, reason, "%" PRIu64, entry->seq);
    }
    size_t count = out->basis_count + out->ref_count;
    struct dot *dots = arena_alloc_array(arena, count, sizeof(*dots));
    if (dots == NULL)
        return GRID_NOMEM;
    memcpy(dots, room, count * sizeof(*dots));
    out->basis = dots;
    out->refs = dots + out->basis_count;
    return GRID_OK;
}

/* --- what is let in --- */

/* P-30: a map whose keys are small numbers, so that newer ones can be told apart from garbage. */
static bool body_is_map(struct bytes body)
{
    struct reader reader = reader_of(body);
    if (read_type(&reader) != PACK_MAP)
        return false;
    for (size_t left = read_map(&reader); left > 0; left--) {
        if (read_type(&reader) != PACK_UINT || read_uint(&reader) > BODY_KEY_MAX)
            return false;
        read_skip(&reader);
    }
    return reader_done(&reader);
}

static enum grid_status check_gated(const struct entry *entry, struct grid_error *error)
{
    if (entry->lane >= GRID_LANE_COUNT || entry->seq == 0 || entry->seq > GRID_SEQ_MAX)
        return grid_fail(error, GRID_MALFORMED, "entry_place", "%u" GRID_ARG "%" PRIu64,
                (unsigned)entry->lane, entry->seq);
    size_t size = entry->header.size + entry->body.size;
    if (size > GRID_ENTRY_BYTES_MAX)
        return grid_fail(error, GRID_MALFORMED, "entry_bytes", "%zu" GRID_ARG "%d", size,
                GRID_ENTRY_BYTES_MAX);
    struct entry_header header;
    struct dot room[GRID_REFS_MAX];
    const char *reason = header_decode(entry->header, &header, room);
    if (reason == NULL && !body_is_map(entry->body))
        reason = "body_map";
    if (reason != NULL)
        return grid_fail(error, GRID_MALFORMED, reason, "%" PRIu64, entry->seq);
    return GRID_OK;
}

enum grid_status entry_admit_gated(struct entry *entry, struct grid_error *error)
{
    enum grid_status status = check_gated(entry, error);
    return status == GRID_OK ? entry_leaf(entry) : status;
}

enum grid_status entry_check(const struct entry *entry, struct grid_error *error)
{
    enum grid_status status = gate_check(entry->header, GATE_ENTRY, error);
    if (status == GRID_OK)
        status = gate_check(entry->body, GATE_ENTRY, error);
    if (status == GRID_OK)
        status = check_gated(entry, error);
    return status;
}

enum grid_status entry_admit(struct entry *entry, struct grid_error *error)
{
    enum grid_status status = entry_check(entry, error);
    return status == GRID_OK ? entry_leaf(entry) : status;
}

static struct bytes take(struct bytes *from, size_t size)
{
    struct bytes taken = {from->data, size};
    *from = bytes_of(from->data + size, from->size - size);
    return taken;
}

enum grid_status entry_take(struct bytes *rest, struct entry *entry, struct grid_error *error)
{
    size_t size = 0;
    enum grid_status status = gate_first(*rest, GATE_ENTRY, &size, error);
    if (status != GRID_OK)
        return status;
    entry->header = take(rest, size);
    status = gate_first(*rest, GATE_ENTRY, &size, error);
    if (status != GRID_OK)
        return status;
    entry->body = take(rest, size);
    return entry_admit_gated(entry, error);
}

/* --- names and chain --- */

enum grid_status entry_leaf(struct entry *entry)
{
    static const uint8_t of_body = HASH_BODY;
    static const uint8_t of_leaf = HASH_LEAF;
    uint8_t body_hash[GRID_HASH_BYTES];
    const struct bytes body_parts[] = {{&of_body, 1}, entry->body};
    enum grid_status status = crypto_hash(body_hash, body_parts, 2);
    if (status != GRID_OK)
        return status;
    uint8_t seq[8];
    put_u64(seq, entry->seq);
    const struct bytes parts[] = {
            {&of_leaf, 1},
            {entry->author, sizeof(entry->author)},
            {&entry->lane, 1},
            {seq, sizeof(seq)},
            entry->header,
            {body_hash, sizeof(body_hash)},
    };
    return crypto_hash(entry->leaf, parts, sizeof(parts) / sizeof(parts[0]));
}

enum grid_status author_of_key(
        uint8_t out[static GRID_ID_BYTES], const uint8_t key[static GRID_KEY_BYTES])
{
    uint8_t hash[GRID_HASH_BYTES];
    const struct bytes part = {key, GRID_KEY_BYTES};
    enum grid_status status = crypto_hash(hash, &part, 1);
    if (status == GRID_OK)
        memcpy(out, hash, GRID_ID_BYTES);
    return status;
}

enum grid_status chain_start(uint8_t id[static GRID_HASH_BYTES],
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane)
{
    static const uint8_t of_start = HASH_START;
    const struct bytes parts[] = {{&of_start, 1}, {author, GRID_ID_BYTES}, {&lane, 1}};
    return crypto_hash(id, parts, 3);
}

enum grid_status chain_next(
        uint8_t id[static GRID_HASH_BYTES], const uint8_t leaf[static GRID_HASH_BYTES])
{
    static const uint8_t of_link = HASH_LINK;
    uint8_t before[GRID_HASH_BYTES];
    memcpy(before, id, sizeof(before));
    const struct bytes parts[] = {{&of_link, 1}, {before, sizeof(before)}, {leaf, GRID_HASH_BYTES}};
    return crypto_hash(id, parts, 3);
}
