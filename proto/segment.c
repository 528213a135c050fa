/* Runs of one stream and their seals (P-50…), receipts and their signatures (P-60…). */
#include "proto/segment.h"

#include "proto/gate.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* Each signed thing begins with its own words and a NUL, so that no signature serves twice. */
static const char seal_words[] = "grid-seal-1";
static const char receipt_words[] = "grid-receipt-1";

/* --- seals --- */

enum { SEAL_MESSAGE_BYTES = sizeof(seal_words) + GRID_ID_BYTES + 1 + 8 + GRID_HASH_BYTES };

static void seal_message(uint8_t out[static SEAL_MESSAGE_BYTES],
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, uint64_t seq,
        const uint8_t id[static GRID_HASH_BYTES])
{
    memcpy(out, seal_words, sizeof(seal_words));
    out += sizeof(seal_words);
    memcpy(out, author, GRID_ID_BYTES);
    out += GRID_ID_BYTES;
    *out++ = lane;
    put_u64(out, seq);
    memcpy(out + 8, id, GRID_HASH_BYTES);
}

enum grid_status seal_sign(uint8_t seal[static GRID_SIGNATURE_BYTES],
        const uint8_t author_seed[static GRID_SEED_BYTES],
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, uint64_t seq,
        const uint8_t id[static GRID_HASH_BYTES])
{
    uint8_t message[SEAL_MESSAGE_BYTES];
    seal_message(message, author, lane, seq, id);
    return crypto_sign(seal, author_seed, bytes_of(message, sizeof(message)));
}

enum grid_status seal_verify(const uint8_t seal[static GRID_SIGNATURE_BYTES],
        const uint8_t author_key[static GRID_KEY_BYTES], const uint8_t author[static GRID_ID_BYTES],
        uint8_t lane, uint64_t seq, const uint8_t id[static GRID_HASH_BYTES],
        struct grid_error *error)
{
    uint8_t message[SEAL_MESSAGE_BYTES];
    seal_message(message, author, lane, seq, id);
    return crypto_verify(author_key, seal, bytes_of(message, sizeof(message)), error);
}

/* --- segments --- */

static enum grid_status count_wrong(const struct segment *segment, struct grid_error *error)
{
    return grid_fail(error, GRID_MALFORMED, "segment_count", "%" PRIu32 GRID_ARG "%d",
            segment->entry_count, GRID_SEGMENT_ENTRIES_MAX);
}

static enum grid_status segment_check(const struct segment *segment, struct grid_error *error)
{
    if (segment->lane >= GRID_LANE_COUNT || segment->first_seq == 0 ||
            segment->first_seq > GRID_SEQ_MAX - GRID_SEGMENT_ENTRIES_MAX)
        return grid_fail(error, GRID_MALFORMED, "segment_place", "%u" GRID_ARG "%" PRIu64,
                (unsigned)segment->lane, segment->first_seq);
    if (segment->entry_count == 0 || segment->entry_count > GRID_SEGMENT_ENTRIES_MAX)
        return count_wrong(segment, error);
    if (segment->entries.size > GRID_SEGMENT_BYTES_MAX)
        return grid_fail(error, GRID_MALFORMED, "segment_bytes", "%zu" GRID_ARG "%d",
                segment->entries.size, GRID_SEGMENT_BYTES_MAX);
    return GRID_OK;
}

enum grid_status segment_open(const struct segment *segment,
        const uint8_t tip_id[static GRID_HASH_BYTES], struct arena *arena, struct entry **entries,
        uint8_t **ids, struct grid_error *error)
{
    enum grid_status status = segment_check(segment, error);
    if (status != GRID_OK)
        return status;
    struct entry *list = arena_alloc_array(arena, segment->entry_count, sizeof(*list));
    uint8_t *chain = arena_alloc_array(arena, segment->entry_count, GRID_HASH_BYTES);
    if (list == NULL || chain == NULL)
        return GRID_NOMEM;
    struct bytes rest = segment->entries;
    const uint8_t *before = tip_id;
    for (uint32_t i = 0; i < segment->entry_count && status == GRID_OK; i++) {
        list[i].lane = segment->lane;
        list[i].seq = segment->first_seq + i;
        memcpy(list[i].author, segment->author, GRID_ID_BYTES);
        status = rest.size > 0 ? entry_take(&rest, &list[i], error) : count_wrong(segment, error);
        uint8_t *id = chain + (size_t)i * GRID_HASH_BYTES;
        memcpy(id, before, GRID_HASH_BYTES);
        if (status == GRID_OK)
            status = chain_next(id, list[i].leaf);
        before = id;
    }
    if (status == GRID_OK && rest.size > 0) /* P-52: as many entries as it says, no byte more */
        status = count_wrong(segment, error);
    if (status == GRID_OK) {
        *entries = list;
        *ids = chain;
    }
    return status;
}

/* --- receipts --- */

static void tip_pack(struct buffer *out, const struct stream_tip *tip)
{
    pack_array(out, 4);
    pack_bin(out, bytes_of(tip->author, sizeof(tip->author)));
    pack_uint(out, tip->lane);
    pack_uint(out, tip->seq);
    pack_bin(out, bytes_of(tip->id, sizeof(tip->id)));
}

static void tip_read(struct reader *reader, struct stream_tip *tip)
{
    if (read_array(reader) != 4)
        reader->failed = true;
    read_bin_exact(reader, tip->author, sizeof(tip->author));
    uint64_t lane = read_uint(reader);
    tip->lane = (uint8_t)lane;
    tip->seq = read_uint(reader);
    read_bin_exact(reader, tip->id, sizeof(tip->id));
    if (lane >= GRID_LANE_COUNT || tip->seq > GRID_SEQ_MAX)
        reader->failed = true;
}

void tips_pack(struct buffer *out, const struct stream_tip *tips, size_t count)
{
    assert(count <= GRID_TIPS_MAX);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++)
        tip_pack(out, &tips[i]);
}

enum grid_status tips_read(
        struct reader *reader, struct arena *arena, struct stream_tip **out, size_t *out_count)
{
    size_t count = read_array(reader);
    if (count > GRID_TIPS_MAX)
        reader->failed = true;
    if (reader->failed)
        return GRID_OK;
    struct stream_tip *tips = arena_alloc_array(arena, count, sizeof(*tips));
    if (tips == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++)
        tip_read(reader, &tips[i]);
    *out = tips;
    *out_count = count;
    return GRID_OK;
}

void receipt_pack(struct buffer *out, const struct receipt *receipt)
{
    pack_array(out, 6);
    pack_bin(out, bytes_of(receipt->node, sizeof(receipt->node)));
    pack_bin(out, bytes_of(receipt->epoch, sizeof(receipt->epoch)));
    pack_uint(out, receipt->tier);
    pack_uint(out, receipt->hlc);
    pack_array(out, GRID_LANE_COUNT);
    for (size_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        pack_uint(out, receipt->cursor[lane]);
    tips_pack(out, receipt->tips, receipt->tip_count);
}

enum grid_status receipt_read(
        struct bytes bytes, struct arena *arena, struct receipt *out, struct grid_error *error)
{
    *out = (struct receipt){0};
    enum grid_status status = gate_check(bytes, GATE_ENTRY, error);
    if (status != GRID_OK)
        return status;
    struct reader reader = reader_of(bytes);
    if (read_array(&reader) != 6)
        reader.failed = true;
    read_bin_exact(&reader, out->node, sizeof(out->node));
    read_bin_exact(&reader, out->epoch, sizeof(out->epoch));
    uint64_t tier = read_uint(&reader);
    out->tier = (unsigned)tier;
    out->hlc = read_uint(&reader);
    if (read_array(&reader) != GRID_LANE_COUNT)
        reader.failed = true;
    for (size_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        out->cursor[lane] = read_uint(&reader);
    status = tips_read(&reader, arena, &out->tips, &out->tip_count);
    if (status == GRID_OK && (!reader_done(&reader) || tier == 0 || tier > GRID_TIER_MAX))
        status = grid_fail(error, GRID_MALFORMED, "receipt_shape", "%zu", bytes.size);
    if (status != GRID_OK)
        *out = (struct receipt){0};
    return status;
}

/* The receipt's hash-free message: words ‖ bytes, in one piece for the signature. */
static enum grid_status receipt_message(struct buffer *out, struct bytes receipt)
{
    buffer_append(out, receipt_words, sizeof(receipt_words));
    buffer_append(out, receipt.data, receipt.size);
    return out->failed ? GRID_NOMEM : GRID_OK;
}

enum grid_status receipt_sign(uint8_t signature[static GRID_SIGNATURE_BYTES],
        const uint8_t identity_seed[static GRID_SEED_BYTES], struct bytes receipt)
{
    struct buffer message = {0};
    enum grid_status status = receipt_message(&message, receipt);
    if (status == GRID_OK)
        status = crypto_sign(signature, identity_seed, buffer_bytes(&message));
    buffer_close(&message);
    return status;
}

enum grid_status receipt_verify(const uint8_t signature[static GRID_SIGNATURE_BYTES],
        const uint8_t identity[static GRID_KEY_BYTES], struct bytes receipt,
        struct grid_error *error)
{
    struct buffer message = {0};
    enum grid_status status = receipt_message(&message, receipt);
    if (status == GRID_OK)
        status = crypto_verify(identity, signature, buffer_bytes(&message), error);
    buffer_close(&message);
    return status;
}
