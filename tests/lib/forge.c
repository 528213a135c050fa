#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/forge.h"

#include <string.h>

static void append(struct forge *forge, struct buffer *header, struct buffer *body)
{
    assert_true(forge->count < FORGE_ENTRIES_MAX);
    struct entry entry = {.lane = forge->lane,
            .seq = ++forge->count,
            .header = buffer_bytes(header),
            .body = buffer_bytes(body)};
    memcpy(entry.author, forge->author, sizeof(entry.author));
    assert_ok(entry_leaf(&entry));
    buffer_append(&forge->entries, header->data, header->size);
    buffer_append(&forge->entries, body->data, body->size);
    forge->ends[forge->count] = forge->entries.size;
    memcpy(forge->ids[forge->count], forge->ids[forge->count - 1], GRID_HASH_BYTES);
    assert_ok(chain_next(forge->ids[forge->count], entry.leaf));
    buffer_close(header);
    buffer_close(body);
}

void forge_open(struct forge *forge, const uint8_t identity_seed[static GRID_SEED_BYTES],
        const uint8_t author_seed[static GRID_SEED_BYTES], uint8_t lane)
{
    struct incarnate_body incarnate = {.counter = 1};
    struct entry_header head = {.hlc = (uint64_t)STAGE_NOW_MS << 16, .kind = GRID_KIND_INCARNATE};
    struct buffer header = {0};
    struct buffer body = {0};
    memset(forge, 0, sizeof(*forge));
    memcpy(forge->identity_seed, identity_seed, sizeof(forge->identity_seed));
    memcpy(forge->author_seed, author_seed, sizeof(forge->author_seed));
    forge->lane = lane;
    assert_ok(crypto_public_key(forge->identity, identity_seed));
    assert_ok(crypto_public_key(incarnate.key, author_seed));
    assert_ok(author_of_key(forge->author, incarnate.key));
    assert_ok(chain_start(forge->ids[0], forge->author, lane));
    memcpy(incarnate.identity, forge->identity, sizeof(incarnate.identity));
    assert_ok(incarnate_sign(&incarnate, identity_seed));
    entry_pack_header(&header, &head);
    assert_ok(body_pack_incarnate(&body, &incarnate));
    append(forge, &header, &body);
}

void forge_close(struct forge *forge)
{
    buffer_close(&forge->entries);
}

void forge_add(struct forge *forge, size_t filler)
{
    struct entry_header head = {
            .hlc = ((uint64_t)STAGE_NOW_MS << 16) + forge->count, .kind = FORGE_OPAQUE_KIND};
    struct buffer header = {0};
    struct buffer body = {0};
    static const char letters[4097] = "";
    entry_pack_header(&header, &head);
    pack_map(&body, (filler + 4095) / 4096);
    for (uint64_t key = 128; filler > 0; key++) {
        size_t size = filler < 4096 ? filler : 4096;
        pack_uint(&body, key);
        pack_bin(&body, bytes_of(letters, size));
        filler -= size;
    }
    append(forge, &header, &body);
}

/* P-21, without the asserts that keep our own from writing what is wrong. */
static void pack_header(struct buffer *out, const struct entry_header *header)
{
    pack_array(out, 7);
    pack_uint(out, header->hlc);
    pack_uint(out, header->kind);
    pack_bin(out, bytes_of(header->case_id, header->has_case ? sizeof(header->case_id) : 0));
    pack_array(out, header->basis_count);
    for (size_t i = 0; i < header->basis_count; i++)
        dot_pack(out, &header->basis[i]);
    pack_array(out, header->ref_count);
    for (size_t i = 0; i < header->ref_count; i++)
        dot_pack(out, &header->refs[i]);
    pack_uint(out, header->rv);
    pack_uint(out, header->flags);
}

bool forge_add_raw(struct forge *forge, struct bytes header, struct bytes body)
{
    struct grid_error error = {0};
    struct entry entry = {
            .lane = forge->lane, .seq = forge->count + 1, .header = header, .body = body};
    memcpy(entry.author, forge->author, sizeof(entry.author));
    if (entry_admit(&entry, &error) != GRID_OK)
        return false;
    struct buffer header_copy = {0};
    struct buffer body_copy = {0};
    buffer_append(&header_copy, header.data, header.size);
    buffer_append(&body_copy, body.data, body.size);
    append(forge, &header_copy, &body_copy);
    return true;
}

bool forge_add_entry(struct forge *forge, const struct entry_header *header, struct bytes body)
{
    struct buffer head = {0};
    pack_header(&head, header);
    bool admitted = forge_add_raw(forge, buffer_bytes(&head), body);
    buffer_close(&head);
    return admitted;
}

struct segment forge_segment(const struct forge *forge, uint64_t first, uint64_t last)
{
    struct segment segment = {.lane = forge->lane,
            .first_seq = first,
            .entry_count = (uint32_t)(last - first + 1),
            .entries = bytes_of(forge->entries.data + forge->ends[first - 1],
                    forge->ends[last] - forge->ends[first - 1])};
    memcpy(segment.author, forge->author, sizeof(segment.author));
    assert_ok(seal_sign(
            segment.seal, forge->author_seed, forge->author, forge->lane, last, forge->ids[last]));
    return segment;
}

void forge_send(struct pair_way *way, const struct segment *segment, uint64_t lsn)
{
    const struct data_message data = {.segment = *segment, .lsn = lsn};
    assert_ok(message_pack_data(&way->bytes, &data));
}

struct hello forge_hello(void)
{
    return (struct hello){.version = GRID_PROTOCOL_VERSION,
            .wall_ms = STAGE_NOW_MS,
            .epoch = {7, 7, 7},
            .dictionary = frame_dictionary_id(),
            .program = bytes_text("forge")};
}

void forge_say_hello(struct pair_way *way, const struct hello *hello)
{
    assert_ok(message_pack_hello(&way->bytes, hello));
}

size_t forge_take(struct pair_way *way, uint8_t type, struct buffer *last)
{
    struct arena arena;
    struct frame frame;
    size_t at = 0;
    size_t count = 0;
    arena_init(&arena, 0);
    for (size_t from = 0; pair_frame(buffer_bytes(&way->bytes), &at, &arena, &frame); from = at) {
        if (frame.type != type)
            continue;
        count++;
        if (last == NULL)
            continue;
        buffer_clear(last);
        buffer_append(last, way->bytes.data + from, at - from);
    }
    assert_int_equal(at, way->bytes.size);
    buffer_clear(&way->bytes);
    arena_close(&arena);
    return count;
}
