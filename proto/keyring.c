#include "proto/keyring.h"

#include "proto/gate.h"

#include <assert.h>
#include <string.h>

enum {
    KEYRING_VERSION = 2,
    KEYRING_FIELDS = 8,
    KEYRING_FIELDS_1 = 7, /* version 1 counted no starts */
    AUTHOR_FIELDS = 3,
    SEALED_FIELDS = 2
};

/* --- writing --- */

static void pack_author(struct buffer *out, const struct author_key *author)
{
    pack_array(out, AUTHOR_FIELDS);
    pack_bin(out, bytes_of(author->seed, sizeof(author->seed)));
    pack_uint(out, author->counter);
    pack_array(out, GRID_LANE_COUNT);
    for (size_t lane = 0; lane < GRID_LANE_COUNT; lane++) {
        pack_array(out, SEALED_FIELDS);
        pack_uint(out, author->sealed[lane].seq);
        pack_bin(out, bytes_of(author->sealed[lane].id, sizeof(author->sealed[lane].id)));
    }
}

enum grid_status keyring_pack(struct buffer *out, const struct grid_keyring *keyring)
{
    assert(keyring->author_count <= GRID_INCARNATIONS_MAX);
    /* Room for all of it first: a block that grows leaves copies of secrets behind. */
    if (buffer_reserve(out, 256 + keyring->author_count * sizeof(keyring->authors[0])) == NULL)
        return GRID_NOMEM;
    size_t start = out->size;
    pack_array(out, KEYRING_FIELDS);
    pack_uint(out, KEYRING_VERSION);
    pack_uint(out, keyring->generation);
    pack_bin(out, bytes_of(keyring->identity_seed, sizeof(keyring->identity_seed)));
    pack_bin(out, bytes_of(keyring->spare_seed, sizeof(keyring->spare_seed)));
    pack_uint(out, keyring->code_counter_reserved);
    pack_uint(out, keyring->slot_given);
    pack_uint(out, keyring->starts);
    pack_array(out, keyring->author_count);
    for (size_t i = 0; i < keyring->author_count; i++)
        pack_author(out, &keyring->authors[i]);
    if (out->failed)
        return GRID_NOMEM;

    uint8_t hash[GRID_HASH_BYTES];
    struct bytes content = bytes_of(out->data + start, out->size - start);
    enum grid_status status = crypto_hash(hash, &content, 1);
    if (status == GRID_OK)
        buffer_append(out, hash, sizeof(hash));
    if (status == GRID_OK && out->failed)
        status = GRID_NOMEM;
    return status;
}

/* --- reading --- */

static void read_author(struct reader *reader, struct author_key *author)
{
    if (read_array(reader) != AUTHOR_FIELDS)
        reader->failed = true;
    read_bin_exact(reader, author->seed, sizeof(author->seed));
    author->counter = read_uint(reader);
    if (read_array(reader) != GRID_LANE_COUNT)
        reader->failed = true;
    for (size_t lane = 0; lane < GRID_LANE_COUNT; lane++) {
        if (read_array(reader) != SEALED_FIELDS)
            reader->failed = true;
        author->sealed[lane].seq = read_uint(reader);
        read_bin_exact(reader, author->sealed[lane].id, sizeof(author->sealed[lane].id));
    }
}

static void read_fields(struct reader *reader, struct grid_keyring *keyring)
{
    size_t fields = read_array(reader);
    uint64_t version = read_uint(reader);
    if (version != (fields == KEYRING_FIELDS_1 ? 1 : KEYRING_VERSION) ||
            (fields != KEYRING_FIELDS && fields != KEYRING_FIELDS_1))
        reader->failed = true;
    keyring->generation = read_uint(reader);
    read_bin_exact(reader, keyring->identity_seed, sizeof(keyring->identity_seed));
    read_bin_exact(reader, keyring->spare_seed, sizeof(keyring->spare_seed));
    uint64_t reserved = read_uint(reader);
    uint64_t slot = read_uint(reader);
    if (reserved > UINT32_MAX || slot > GRID_SLOT_MAX)
        reader->failed = true;
    keyring->code_counter_reserved = (uint32_t)reserved;
    keyring->slot_given = (uint32_t)slot;
    keyring->starts = version == 1 ? 0 : read_uint(reader);
    size_t count = read_array(reader);
    if (count > GRID_INCARNATIONS_MAX)
        reader->failed = true;
    for (size_t i = 0; i < count && !reader->failed; i++)
        read_author(reader, &keyring->authors[keyring->author_count++]);
}

enum grid_status keyring_read(
        struct bytes bytes, struct grid_keyring *out, struct grid_error *error)
{
    *out = (struct grid_keyring){0};
    if (bytes.size < GRID_HASH_BYTES)
        return grid_fail(error, GRID_MALFORMED, "keyring_damaged", "");
    struct bytes content = bytes_of(bytes.data, bytes.size - GRID_HASH_BYTES);
    uint8_t hash[GRID_HASH_BYTES];
    enum grid_status status = crypto_hash(hash, &content, 1);
    if (status != GRID_OK)
        return status;

    bool whole = memcmp(hash, bytes.data + content.size, sizeof(hash)) == 0 &&
                 gate_check(content, GATE_ENTRY, NULL) == GRID_OK;
    if (whole) {
        struct reader reader = reader_of(content);
        read_fields(&reader, out);
        whole = reader_done(&reader);
    }
    if (whole)
        return GRID_OK;
    keyring_forget(out);
    return grid_fail(error, GRID_MALFORMED, "keyring_damaged", "");
}

void keyring_forget(struct grid_keyring *keyring)
{
    crypto_forget(keyring, sizeof(*keyring));
}
