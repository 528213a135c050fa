/* A fold in 32 bytes (P-118), for nodes to compare, and a case in 16 digits, for `--if`. */
#include "libgrid/case/conflict.h"

#include <string.h>

/* What a record of the digest is about. */
enum { RECORD_VERDICT = 1, RECORD_LIVE, RECORD_COLLECTION, RECORD_TAKEN, RECORD_LATE };

enum { DIGEST_BYTES_FIRST = 1024 };

static void put_byte(struct buffer *out, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    buffer_append(out, &byte, 1);
}

static void put_number(struct buffer *out, uint64_t value)
{
    uint8_t bytes[8];
    put_u64(bytes, value);
    buffer_append(out, bytes, sizeof(bytes));
}

static void put_sum(struct buffer *out, const struct fold_sum *sum)
{
    for (size_t i = 4; i-- > 0;)
        put_number(out, sum->words[i]);
}

static void put_leaf(struct buffer *out, const struct fold_held *held)
{
    buffer_append(out, held->entry.entry.leaf, GRID_HASH_BYTES);
}

static void put_verdicts(struct buffer *out, const struct fold *fold)
{
    for (unsigned verdict = 0; verdict < FOLD_VERDICTS; verdict++) {
        if (fold->verdict_count[verdict] == 0)
            continue;
        put_byte(out, RECORD_VERDICT);
        put_byte(out, verdict);
        put_number(out, fold->verdict_count[verdict]);
        put_sum(out, &fold->verdict_sum[verdict]);
    }
}

/* Which registers an entry is live in; which of its additions were taken; what is left of each
 * collection. */
static void put_effects(struct buffer *out, struct fold *fold)
{
    size_t counts[GRID_COLLECTION_END] = {0};
    struct fold_sum sums[GRID_COLLECTION_END] = {0};
    fold_mark_taken(fold);
    for (size_t i = 0; i < fold->count; i++) {
        const struct fold_held *held = fold->sorted[i];
        if (held->entry.verdict != GRID_VALID)
            continue;
        uint32_t live = held->sets & ~held->name->replaced;
        if (live != 0) {
            put_byte(out, RECORD_LIVE);
            put_leaf(out, held);
            put_number(out, live);
        }
        if (held->taken != 0) {
            put_byte(out, RECORD_TAKEN);
            put_leaf(out, held);
            put_number(out, held->taken);
        }
        for (size_t a = 0; a < held->entry.body.add_count; a++)
            if ((held->taken >> a & 1) == 0) {
                counts[held->entry.body.adds[a].name]++;
                fold_sum_add(&sums[held->entry.body.adds[a].name], held->entry.entry.leaf, false);
            }
    }
    for (unsigned collection = 1; collection < GRID_COLLECTION_END; collection++) {
        if (counts[collection] == 0)
            continue;
        put_byte(out, RECORD_COLLECTION);
        put_byte(out, collection);
        put_number(out, counts[collection]);
        put_sum(out, &sums[collection]);
    }
}

static enum grid_status put_late(struct buffer *out, struct fold *fold)
{
    const struct fold_entry *const *late = NULL;
    size_t count = 0;
    enum grid_status status = fold_late_evidence(fold, &late, &count);
    if (status != GRID_OK || count == 0)
        return status;
    struct fold_sum sum = {0};
    for (size_t i = 0; i < count; i++)
        fold_sum_add(&sum, late[i]->entry.leaf, false);
    put_byte(out, RECORD_LATE);
    put_number(out, count);
    put_sum(out, &sum);
    return GRID_OK;
}

static enum grid_status hash_and_close(struct buffer *buffer, uint8_t out[static GRID_HASH_BYTES])
{
    struct bytes all = buffer_bytes(buffer);
    enum grid_status status = buffer->failed ? GRID_NOMEM : crypto_hash(out, &all, 1);
    buffer_close(buffer);
    return status;
}

enum grid_status fold_digest(struct fold *fold, uint8_t out[static GRID_HASH_BYTES])
{
    static const char domain[] = "grid-fold-1";
    struct buffer buffer = {0};
    buffer_reserve(&buffer, DIGEST_BYTES_FIRST);
    buffer_append(&buffer, domain, sizeof(domain)); /* with its NUL */
    buffer_append(&buffer, fold->case_id, GRID_ID_BYTES);
    put_verdicts(&buffer, fold);
    put_effects(&buffer, fold);
    enum grid_status status = put_late(&buffer, fold);
    if (status != GRID_OK) {
        buffer_close(&buffer);
        return status;
    }
    return hash_and_close(&buffer, out);
}

enum grid_status fold_tag(struct fold *fold, char out[static FOLD_TAG_BYTES])
{
    static const char domain[] = "grid-tag-1";
    uint8_t hash[GRID_HASH_BYTES];
    struct buffer buffer = {0};
    buffer_append(&buffer, domain, sizeof(domain));
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++) {
        struct fold_held *const *writes = fold_live_writes(fold, reg);
        for (size_t i = 0; i < fold->live[reg].count; i++) {
            put_byte(&buffer, reg);
            put_leaf(&buffer, writes[i]);
        }
    }
    enum grid_status status = hash_and_close(&buffer, hash);
    if (status == GRID_OK)
        ident_hex(out, bytes_of(hash, (FOLD_TAG_BYTES - 1) / 2));
    return status;
}
