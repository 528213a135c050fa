/* `gridd check` (F4, I2, I8): chains, seals, receipts and folds, verified from the stored bytes
 * alone. */
#include "libgrid/node.h"
#include "proto/gate.h"
#include "proto/heap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct checking {
    struct grid_node *node;
    grid_check_fn *found;
    void *context;
    struct grid_check_counts *counts;
    struct grid_error *error;
    struct stream *stream;
    struct store_author author; /* of the stream */
    bool author_known;
    uint64_t next_seq;
    uint8_t id[GRID_HASH_BYTES];
};

static void defect(struct checking *checking, const char *what, const char *detail)
{
    checking->counts->defects++;
    checking->found(checking->context, what, detail);
}

static void stream_text(char out[static 64], const struct stream *stream, uint64_t seq)
{
    char author[2 * GRID_DOT_AUTHOR_BYTES + 1];
    ident_hex(author, bytes_of(stream->row.author, GRID_DOT_AUTHOR_BYTES));
    snprintf(out, 64, "%s/%u/%" PRIu64, author, stream->row.lane, seq);
}

/* --- chains --- */

/* The seal of what came in segments. */
static enum grid_status check_seal(struct checking *checking, uint64_t seq, const char *name)
{
    const struct store_stream *row = &checking->stream->row;
    int64_t place = STORE_PLACE(row->no, seq);
    uint8_t seal[GRID_SIGNATURE_BYTES];
    bool found = false;
    enum grid_status status = store_seal_last(
            checking->node->store, place, place, &place, seal, &found, checking->error);
    if (status != GRID_OK || !found)
        return status;
    if (!checking->author_known || seal_verify(seal, checking->author.key, row->author, row->lane,
                                           seq, checking->id, NULL) != GRID_OK)
        defect(checking, "seal", name);
    return GRID_OK;
}

/* An entry of a case is found through its case. */
static enum grid_status check_place(struct checking *checking, const struct entry *entry,
        const struct store_entry *stored, const char *name)
{
    struct arena arena;
    struct entry_header header;
    int64_t no = 0;
    arena_init(&arena, 0);
    enum grid_status status = entry_read_header(entry, &arena, &header, checking->error);
    bool create = status == GRID_OK && !header.has_case &&
                  (header.kind == GRID_KIND_CREATE || header.kind == GRID_KIND_CREATE_RESOLVED);
    if (status == GRID_OK && (create || header.has_case))
        status = book_find(
                &checking->node->book, create ? entry->leaf : header.case_id, &no, checking->error);
    if (status == GRID_OK && (create || header.has_case) &&
            (no == 0 || (!create && no != stored->case_no)))
        defect(checking, "case", name);
    arena_close(&arena);
    return status;
}

static enum grid_status check_entry(void *context, const struct store_entry *stored)
{
    struct checking *checking = context;
    const struct store_stream *row = &checking->stream->row;
    uint64_t seq = (uint64_t)(stored->place - STORE_PLACE(row->no, 0));
    if (stored->id == NULL && seq > row->tip_seq)
        return GRID_OK; /* came singly */
    char name[64];
    struct entry entry = {
            .lane = row->lane, .seq = seq, .header = stored->header, .body = stored->body};
    memcpy(entry.author, row->author, sizeof(entry.author));
    stream_text(name, checking->stream, seq);
    if (seq != checking->next_seq)
        defect(checking, "hole", name);
    checking->next_seq = seq + 1;
    checking->counts->entries++;
    struct grid_error fault = {0};
    enum grid_status status = entry_admit(&entry, &fault);
    if (status == GRID_OK)
        status = check_place(checking, &entry, stored, name);
    else if (status != GRID_NOMEM) {
        defect(checking, "entry_form", name);
        status = entry_leaf(&entry);
    }
    if (status == GRID_OK)
        status = chain_next(checking->id, entry.leaf);
    if (status != GRID_OK)
        return status;
    if (stored->id == NULL || memcmp(stored->id, checking->id, sizeof(checking->id)) != 0) {
        defect(checking, "chain", name);
        if (stored->id != NULL) /* what follows may be whole */
            memcpy(checking->id, stored->id, sizeof(checking->id));
    }
    return check_seal(checking, seq, name);
}

static enum grid_status check_stream(struct checking *checking, struct stream *stream)
{
    const struct store_stream *row = &stream->row;
    checking->stream = stream;
    checking->next_seq = 1;
    checking->counts->streams++;
    enum grid_status status = chain_start(checking->id, row->author, row->lane);
    if (status == GRID_OK)
        status = store_author_get(checking->node->store, row->author, &checking->author,
                &checking->author_known, checking->error);
    if (status == GRID_OK)
        status = store_entry_run(checking->node->store, STORE_PLACE(row->no, 1),
                STORE_PLACE(row->no + 1, 0) - 1, check_entry, checking, checking->error);
    return status;
}

/* --- the arrival log: every entry of every stream once, in runs without a hole (I7) --- */

static enum grid_status check_lane(
        struct checking *checking, uint8_t lane, uint64_t *arrived, size_t stream_count)
{
    uint64_t lsn = 0;
    bool found = true;
    enum grid_status status = GRID_OK;
    while (status == GRID_OK && found) {
        struct log_run run = {0};
        status = log_run_at(&checking->node->log, lane, lsn + 1, &run, &found, checking->error);
        if (status != GRID_OK || !found)
            break;
        char name[64];
        snprintf(name, sizeof(name), "%u/%" PRIu64, lane, run.first_lsn);
        bool known = run.stream >= 1 && run.stream <= stream_count;
        uint64_t *tip = known ? &arrived[run.stream - 1] : NULL;
        if (!known || run.first_lsn != lsn + 1 || run.first_seq != *tip + 1)
            defect(checking, "arrival", name);
        if (known)
            *tip = run.first_seq + (run.last_lsn - run.first_lsn);
        lsn = run.last_lsn;
    }
    return status;
}

static enum grid_status check_arrival(struct checking *checking)
{
    struct log *log = &checking->node->log;
    uint64_t *arrived = grid_alloc_array(log->stream_count + 1, sizeof(*arrived));
    if (arrived == NULL)
        return grid_fail(checking->error, GRID_NOMEM, "out_of_memory", "%s", "");
    enum grid_status status = GRID_OK;
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT && status == GRID_OK; lane++)
        status = check_lane(checking, lane, arrived, log->stream_count);
    for (size_t i = 0; i < log->stream_count && status == GRID_OK; i++) {
        char name[64];
        stream_text(name, log->streams[i], arrived[i]);
        if (arrived[i] != log->streams[i]->row.tip_seq)
            defect(checking, "arrival", name);
    }
    grid_free(arrived);
    return status;
}

/* --- buckets (F24, I11) --- */

static enum grid_status check_buckets(struct checking *checking)
{
    struct buckets_held *buckets = &checking->node->sync.buckets;
    enum grid_status status = GRID_OK;
    for (size_t i = 0; i < buckets->count && status == GRID_OK; i++) {
        struct bucket *bucket = buckets->items[i];
        struct bucket_count counted = {0};
        struct grid_error fault = {0};
        status = bucket_count(buckets, bucket, &counted, &fault);
        bool damaged = status == GRID_STORAGE;
        bool awaits = bucket->state != BUCKET_WHOLE && counted.missing > 0;
        /* D15: of two branches of a log the parent counts one and we hold the other, until it is
         * decided: mirror.c keeps the parent's sum then, and counts such an entry as a repair. */
        bool branched = bucket->side == STORE_FROM_PARENT && bucket->repairs > 0;
        bool equal = counted.missing == 0 && counted.count == bucket->position &&
                     memcmp(counted.digest, bucket->digest, sizeof(counted.digest)) == 0;
        if (damaged || (status == GRID_OK && !awaits && !branched && !equal))
            defect(checking, "bucket", bucket->name);
        if (damaged)
            status = GRID_OK;
        else if (status != GRID_OK && checking->error != NULL)
            *checking->error = fault;
    }
    return status;
}

static void note_hole(void *context, const char *bucket)
{
    defect(context, "bucket_hole", bucket);
}

/* --- receipts --- */

static enum grid_status check_receipt(void *context, uint32_t no, unsigned tier, uint64_t seq,
        struct bytes bytes, struct bytes signature)
{
    struct checking *checking = context;
    (void)tier;
    struct arena arena;
    arena_init(&arena, 0);
    struct receipt receipt;
    /* what was receipted was here: whatever is missing at the end of a stream shows by it */
    bool good = no >= 1 && no <= checking->node->log.stream_count &&
                seq <= checking->node->log.streams[no - 1]->row.tip_seq &&
                signature.size == GRID_SIGNATURE_BYTES &&
                gate_check(bytes, GATE_ENTRY, NULL) == GRID_OK &&
                receipt_read(bytes, &arena, &receipt, NULL) == GRID_OK &&
                receipt_verify(signature.data, receipt.node, bytes, NULL) == GRID_OK;
    char name[64] = "?";
    if (no >= 1 && no <= checking->node->log.stream_count)
        stream_text(name, checking->node->log.streams[no - 1], seq);
    if (!good)
        defect(checking, "receipt", name);
    arena_close(&arena);
    return GRID_OK;
}

/* --- folds --- */

static enum grid_status check_case(
        void *context, int64_t no, const uint8_t digest[static GRID_HASH_BYTES])
{
    struct buffer *list = context;
    buffer_append(list, &no, sizeof(no));
    buffer_append(list, digest, GRID_HASH_BYTES);
    return list->failed ? GRID_NOMEM : GRID_OK;
}

/* I8: what the store keeps of a case is what its entries fold to, all at once and one by one. */
static enum grid_status check_fold(struct checking *checking, int64_t no, const uint8_t *digest)
{
    struct fold *fold = NULL;
    struct fold *again = NULL;
    uint8_t kept[GRID_HASH_BYTES] = {0};
    uint8_t batch[GRID_HASH_BYTES] = {0};
    struct fold_world world = book_world(&checking->node->book);
    enum grid_status status = book_fold(&checking->node->book, no, &fold, checking->error);
    if (status == GRID_STORAGE) /* of an entry that is not what was written */
        status = GRID_OK;
    if (status == GRID_OK && fold != NULL)
        status = fold_batch(fold, &world, &again, checking->error);
    if (status == GRID_OK && fold != NULL)
        status = fold_digest(fold, kept);
    if (status == GRID_OK && again != NULL)
        status = fold_digest(again, batch);
    char name[32];
    snprintf(name, sizeof(name), "%" PRId64, no);
    if (status == GRID_OK && (fold == NULL || memcmp(kept, digest, sizeof(kept)) != 0 ||
                                     memcmp(batch, digest, sizeof(batch)) != 0))
        defect(checking, "fold", name);
    fold_close(again);
    checking->counts->cases++;
    return status;
}

static enum grid_status check_folds(struct checking *checking)
{
    struct buffer list = {0};
    enum { ROW = sizeof(int64_t) + GRID_HASH_BYTES, REFOLDS_AT_ONCE = 1024 };
    enum grid_status status = GRID_OK;
    struct book *book = &checking->node->book;
    while (status == GRID_OK && book->refolds_wait) /* a CUT came just before the end (D16) */
        status = book_refold_some(book, REFOLDS_AT_ONCE, checking->error);
    if (status == GRID_OK)
        status = book_flush(book, checking->error);
    if (status == GRID_OK)
        status = store_case_each(checking->node->store, check_case, &list, checking->error);
    for (size_t at = 0; at < list.size && status == GRID_OK; at += ROW) {
        int64_t no = 0;
        memcpy(&no, list.data + at, sizeof(no));
        status = check_fold(checking, no, list.data + at + sizeof(no));
        if (status == GRID_OK)
            status = book_flush(&checking->node->book, checking->error);
    }
    buffer_close(&list);
    return status;
}

enum grid_status grid_node_check(struct grid_node *node, grid_check_fn *found, void *context,
        struct grid_check_counts *counts, struct grid_error *error)
{
    struct checking checking = {
            .node = node, .found = found, .context = context, .counts = counts, .error = error};
    *counts = (struct grid_check_counts){0};
    struct grid_error damaged = {0};
    enum grid_status status = store_verify(node->store, &damaged);
    if (status == GRID_STORAGE) {
        defect(&checking, "database", damaged.detail);
        status = GRID_OK;
    }
    for (size_t i = 0; i < node->log.stream_count && status == GRID_OK; i++)
        status = check_stream(&checking, node->log.streams[i]);
    if (status == GRID_OK)
        status = check_arrival(&checking);
    if (status == GRID_OK)
        status = check_buckets(&checking);
    if (status == GRID_OK)
        status = store_receipt_each(node->store, check_receipt, &checking, error);
    if (status == GRID_OK)
        status = check_folds(&checking);
    if (status == GRID_OK && node->sync.is_centre)
        status = repair_find_holes(&node->sync, note_hole, &checking, error);
    return status;
}
