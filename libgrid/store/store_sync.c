/* What sync remembers: receipts, cursors, stopped streams, invitations, idempotency keys.
 */
#include "libgrid/store/query.h"

#include <stdio.h>
#include <string.h>

enum grid_status store_receipt_put(struct store *store, uint32_t stream, unsigned tier,
        uint64_t seq, struct bytes receipt, const uint8_t signature[static GRID_SIGNATURE_BYTES],
        struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_RECEIPT_PUT);
    bind_int(put, 1, stream);
    bind_int(put, 2, tier);
    bind_int(put, 3, (int64_t)seq);
    bind_bytes(put, 4, receipt);
    bind_blob(put, 5, signature, GRID_SIGNATURE_BYTES);
    return query_run(store, put, error);
}

enum grid_status store_received_put(struct store *store, int64_t first, int64_t last,
        int64_t received_ms, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_RECEIVED_PUT);
    bind_int(put, 1, first);
    bind_int(put, 2, last);
    bind_int(put, 3, received_ms);
    return query_run(store, put, error);
}

enum grid_status store_received_at(
        struct store *store, int64_t place, int64_t *received_ms, struct grid_error *error)
{
    sqlite3_stmt *get = query(store, SQL_RECEIVED_AT);
    bool found = false;
    *received_ms = 0;
    bind_int(get, 1, place);
    enum grid_status status = query_next(store, get, &found, error);
    if (!found)
        return status;
    if (sqlite3_column_int64(get, 0) >= place)
        *received_ms = sqlite3_column_int64(get, 1);
    query_end(get);
    return status;
}

enum grid_status store_receipt_get(struct store *store, uint32_t stream, unsigned tier,
        struct buffer *receipt, uint8_t signature[static GRID_SIGNATURE_BYTES], bool *found,
        struct grid_error *error)
{
    sqlite3_stmt *get = query(store, SQL_RECEIPT_GET);
    bind_int(get, 1, stream);
    bind_int(get, 2, tier);
    enum grid_status status = query_next(store, get, found, error);
    if (status != GRID_OK || !*found)
        return status;
    struct bytes body = column_bytes(get, 0);
    buffer_append(receipt, body.data, body.size);
    if (!column_exact(get, 1, signature, GRID_SIGNATURE_BYTES))
        status = store_foreign("receipt", error);
    query_end(get);
    return status == GRID_OK && receipt->failed
                   ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                   : status;
}

enum grid_status store_receipt_each(
        struct store *store, store_receipt_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_RECEIPT_EACH);
    bool row = false;
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        status = each(context, (uint32_t)sqlite3_column_int64(all, 0),
                (unsigned)sqlite3_column_int64(all, 1), (uint64_t)sqlite3_column_int64(all, 2),
                column_bytes(all, 3), column_bytes(all, 4));
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}

enum grid_status store_receipt_drop(
        struct store *store, uint32_t stream, uint64_t seq, struct grid_error *error)
{
    sqlite3_stmt *drop = query(store, SQL_RECEIPT_DROP);
    bind_int(drop, 1, stream);
    bind_int(drop, 2, (int64_t)seq);
    return query_run(store, drop, error);
}

enum grid_status store_cursor_get(struct store *store,
        const uint8_t identity[static GRID_KEY_BYTES], uint8_t lane, struct cursor *out,
        struct grid_error *error)
{
    memset(out, 0, sizeof(*out));
    sqlite3_stmt *get = query(store, SQL_CURSOR_GET);
    bind_blob(get, 1, identity, GRID_KEY_BYTES);
    bind_int(get, 2, lane);
    bool row = false;
    enum grid_status status = query_next(store, get, &row, error);
    if (!row)
        return status;
    out->lsn = (uint64_t)sqlite3_column_int64(get, 1);
    if (!column_exact(get, 0, out->epoch, sizeof(out->epoch)) ||
            !column_exact(get, 2, out->leaf, sizeof(out->leaf)))
        status = store_foreign("cursor", error);
    query_end(get);
    return status;
}

enum grid_status store_cursor_put(struct store *store,
        const uint8_t identity[static GRID_KEY_BYTES], uint8_t lane, const struct cursor *cursor,
        struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_CURSOR_PUT);
    bind_blob(put, 1, identity, GRID_KEY_BYTES);
    bind_int(put, 2, lane);
    bind_blob(put, 3, cursor->epoch, sizeof(cursor->epoch));
    bind_int(put, 4, (int64_t)cursor->lsn);
    bind_blob(put, 5, cursor->leaf, sizeof(cursor->leaf));
    return query_run(store, put, error);
}

enum grid_status store_stopped_put(struct store *store, enum store_side side,
        const struct stopped *stopped, int64_t since_ms, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_STOPPED_PUT);
    bind_int(put, 1, side);
    bind_blob(put, 2, stopped->author, sizeof(stopped->author));
    bind_int(put, 3, stopped->lane);
    bind_int(put, 4, (int64_t)stopped->from_seq);
    bind_text(put, 5, stopped->reason);
    bind_text(put, 6, stopped->detail);
    bind_int(put, 7, since_ms);
    return query_run(store, put, error);
}

enum grid_status store_stopped_get(struct store *store, enum store_side side,
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, struct stopped *out,
        int64_t *since_ms, bool *found, struct grid_error *error)
{
    *found = false;
    sqlite3_stmt *get = query(store, SQL_STOPPED_GET);
    bind_int(get, 1, side);
    bind_blob(get, 2, author, GRID_ID_BYTES);
    bind_int(get, 3, lane);
    enum grid_status status = query_next(store, get, found, error);
    if (!*found)
        return status;
    memcpy(out->author, author, GRID_ID_BYTES);
    out->lane = lane;
    out->from_seq = (uint64_t)sqlite3_column_int64(get, 0);
    out->reason = column_bytes(get, 1); /* borrowed until the next call: not reset here */
    out->detail = column_bytes(get, 2);
    *since_ms = sqlite3_column_int64(get, 3);
    return status;
}

enum grid_status store_stopped_each(struct store *store, enum store_side side,
        store_stopped_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_STOPPED_EACH);
    bind_int(all, 1, side);
    bool row = false;
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        struct stopped stopped = {.lane = (uint8_t)sqlite3_column_int64(all, 1),
                .from_seq = (uint64_t)sqlite3_column_int64(all, 2),
                .reason = column_bytes(all, 3),
                .detail = column_bytes(all, 4)};
        if (!column_exact(all, 0, stopped.author, sizeof(stopped.author)))
            status = store_foreign("stopped", error);
        if (status == GRID_OK)
            status = each(context, &stopped);
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}

enum grid_status store_stopped_drop(struct store *store, enum store_side side,
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, struct grid_error *error)
{
    sqlite3_stmt *drop = query(store, SQL_STOPPED_DROP);
    bind_int(drop, 1, side);
    bind_blob(drop, 2, author, GRID_ID_BYTES);
    bind_int(drop, 3, lane);
    return query_run(store, drop, error);
}

enum grid_status store_stopped_count(
        struct store *store, enum store_side side, uint64_t *out, struct grid_error *error)
{
    sqlite3_stmt *count = query(store, SQL_STOPPED_COUNT);
    bind_int(count, 1, side);
    return query_number(store, count, (int64_t *)out, error);
}

enum grid_status store_evidence_put(struct store *store, const struct segment *segment,
        int64_t received_ms, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_EVIDENCE_PUT);
    bind_blob(put, 1, segment->author, sizeof(segment->author));
    bind_int(put, 2, segment->lane);
    bind_int(put, 3, (int64_t)segment->first_seq);
    bind_int(put, 4, segment->entry_count);
    bind_blob(put, 5, segment->seal, sizeof(segment->seal));
    bind_bytes(put, 6, segment->entries);
    bind_int(put, 7, received_ms);
    return query_run(store, put, error);
}

enum grid_status store_evidence_each(
        struct store *store, store_evidence_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *all = query(store, SQL_EVIDENCE_EACH);
    bool row = false;
    enum grid_status status = query_next(store, all, &row, error);
    while (status == GRID_OK && row) {
        struct segment segment = {.lane = (uint8_t)sqlite3_column_int64(all, 1),
                .first_seq = (uint64_t)sqlite3_column_int64(all, 2),
                .entry_count = (uint32_t)sqlite3_column_int64(all, 3),
                .entries = column_bytes(all, 5)};
        if (!column_exact(all, 0, segment.author, sizeof(segment.author)) ||
                !column_exact(all, 4, segment.seal, sizeof(segment.seal)))
            status = store_foreign("evidence", error);
        if (status == GRID_OK)
            status = each(context, &segment);
        if (status == GRID_OK)
            status = query_next(store, all, &row, error);
    }
    query_end(all);
    return status;
}

enum grid_status store_evidence_drop(
        struct store *store, const struct segment *segment, struct grid_error *error)
{
    sqlite3_stmt *drop = query(store, SQL_EVIDENCE_DROP);
    bind_blob(drop, 1, segment->author, sizeof(segment->author));
    bind_int(drop, 2, segment->lane);
    bind_int(drop, 3, (int64_t)segment->first_seq);
    bind_blob(drop, 4, segment->seal, sizeof(segment->seal));
    return query_run(store, drop, error);
}

enum grid_status store_evidence_of_stream(struct store *store,
        const uint8_t author[static GRID_ID_BYTES], uint8_t lane, uint64_t *out,
        struct grid_error *error)
{
    *out = 0;
    sqlite3_stmt *count = query(store, SQL_EVIDENCE_OF_STREAM);
    bind_blob(count, 1, author, GRID_ID_BYTES);
    bind_int(count, 2, lane);
    return query_number(store, count, (int64_t *)out, error);
}

enum grid_status store_evidence_count(struct store *store, uint64_t *out, struct grid_error *error)
{
    sqlite3_stmt *count = query(store, SQL_EVIDENCE_COUNT);
    return query_number(store, count, (int64_t *)out, error);
}

enum grid_status store_invitation_put(struct store *store,
        const uint8_t secret_hash[static GRID_HASH_BYTES],
        const struct store_invitation *invitation, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_INVITATION_PUT);
    bind_blob(put, 1, secret_hash, GRID_HASH_BYTES);
    bind_int(put, 2, invitation->slot);
    bind_blob(put, 3, invitation->person, sizeof(invitation->person));
    bind_int(put, 4, invitation->expires_ms);
    bind_text(put, 5, bytes_text(invitation->unit));
    bind_text(put, 6, bytes_text(invitation->name));
    return query_run(store, put, error);
}

enum grid_status store_invitation_get(struct store *store,
        const uint8_t secret_hash[static GRID_HASH_BYTES], struct store_invitation *out,
        bool *found, struct grid_error *error)
{
    *found = false;
    memset(out, 0, sizeof(*out));
    sqlite3_stmt *get = query(store, SQL_INVITATION_GET);
    bind_blob(get, 1, secret_hash, GRID_HASH_BYTES);
    enum grid_status status = query_next(store, get, found, error);
    if (!*found)
        return status;
    out->slot = (unsigned)sqlite3_column_int64(get, 0);
    out->expires_ms = sqlite3_column_int64(get, 2);
    out->bound = sqlite3_column_type(get, 3) != SQLITE_NULL;
    struct bytes unit = column_bytes(get, 4);
    struct bytes name = column_bytes(get, 5);
    snprintf(out->unit, sizeof(out->unit), "%.*s", (int)unit.size, (const char *)unit.data);
    snprintf(out->name, sizeof(out->name), "%.*s", (int)name.size, (const char *)name.data);
    if (!column_exact(get, 1, out->person, sizeof(out->person)) ||
            (out->bound && !column_exact(get, 3, out->identity, sizeof(out->identity))))
        status = store_foreign("invitation", error);
    query_end(get);
    return status;
}

enum grid_status store_invitation_bind(struct store *store,
        const uint8_t secret_hash[static GRID_HASH_BYTES],
        const uint8_t identity[static GRID_KEY_BYTES], struct grid_error *error)
{
    sqlite3_stmt *bind = query(store, SQL_INVITATION_BIND);
    bind_blob(bind, 1, secret_hash, GRID_HASH_BYTES);
    bind_blob(bind, 2, identity, GRID_KEY_BYTES);
    return query_run(store, bind, error);
}

enum grid_status store_invitation_slot(
        struct store *store, unsigned *slot, struct grid_error *error)
{
    *slot = 0;
    sqlite3_stmt *get = query(store, SQL_INVITATION_SLOT);
    int64_t number = 0;
    enum grid_status status = query_number(store, get, &number, error);
    *slot = (unsigned)number;
    return status;
}

enum grid_status store_key_get(struct store *store, struct bytes key,
        uint8_t fingerprint[static GRID_HASH_BYTES], int64_t *place, bool *found,
        struct grid_error *error)
{
    *found = false;
    sqlite3_stmt *get = query(store, SQL_KEY_GET);
    bind_text(get, 1, key);
    enum grid_status status = query_next(store, get, found, error);
    if (!*found)
        return status;
    *place = sqlite3_column_int64(get, 1);
    if (!column_exact(get, 0, fingerprint, GRID_HASH_BYTES))
        status = store_foreign("idempotency", error);
    query_end(get);
    return status;
}

enum grid_status store_key_put(struct store *store, struct bytes key,
        const uint8_t fingerprint[static GRID_HASH_BYTES], int64_t place, int64_t made_ms,
        struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_KEY_PUT);
    bind_text(put, 1, key);
    bind_blob(put, 2, fingerprint, GRID_HASH_BYTES);
    bind_int(put, 3, place);
    bind_int(put, 4, made_ms);
    return query_run(store, put, error);
}

enum grid_status store_key_drop_places(
        struct store *store, int64_t first, int64_t last, struct grid_error *error)
{
    sqlite3_stmt *drop = query(store, SQL_KEY_DROP_PLACES);
    bind_int(drop, 1, first);
    bind_int(drop, 2, last);
    return query_run(store, drop, error);
}

enum grid_status store_key_drop_old(
        struct store *store, int64_t before_ms, unsigned kept_count, struct grid_error *error)
{
    sqlite3_stmt *drop = query(store, SQL_KEY_DROP_OLD);
    bind_int(drop, 1, before_ms);
    bind_int(drop, 2, kept_count);
    return query_run(store, drop, error);
}

enum grid_status store_child_put(struct store *store, const uint8_t identity[static GRID_KEY_BYTES],
        const struct store_child *child, struct grid_error *error)
{
    sqlite3_stmt *put = query(store, SQL_CHILD_PUT);
    bind_blob(put, 1, identity, GRID_KEY_BYTES);
    bind_int(put, 2, child->last_seen_ms);
    bind_int(put, 3, child->clock_offset_ms);
    bind_int(put, 4, (int64_t)child->lsn_known);
    return query_run(store, put, error);
}

enum grid_status store_child_get(struct store *store, const uint8_t identity[static GRID_KEY_BYTES],
        struct store_child *out, bool *found, struct grid_error *error)
{
    *found = false;
    memset(out, 0, sizeof(*out));
    sqlite3_stmt *get = query(store, SQL_CHILD_GET);
    bind_blob(get, 1, identity, GRID_KEY_BYTES);
    enum grid_status status = query_next(store, get, found, error);
    if (!*found)
        return status;
    out->last_seen_ms = sqlite3_column_int64(get, 0);
    out->clock_offset_ms = sqlite3_column_int64(get, 1);
    out->lsn_known = (uint64_t)sqlite3_column_int64(get, 2);
    query_end(get);
    return status;
}
