/* grid audit (全程留痕): every entry of one case in canonical order: who wrote it in which post,
 * when and when it came, what it names, what became of it, and what proves that it stands as it was
 * written: its place in its author's chain, the seal over that, and the receipts of others. A page
 * looks at so many entries; whoever asks goes on from `next`. */
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/gate.h"
#include "proto/heap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    AUDIT_ENTRIES = 64,     /* in one page */
    AUDIT_RUN_MAX = 512,    /* entries between one and its seal: a segment, and room */
    AUDIT_RECEIPTS_MAX = 64 /* of the streams of one case that are shown */
};

/* A receipt that covers a stream of the case. */
struct held_receipt {
    uint32_t stream;
    unsigned tier;
    uint64_t seq, hlc;
    uint8_t node[GRID_KEY_BYTES];
    bool good;
};

struct auditing {
    struct asking *asking;
    struct fold *fold;
    struct held_receipt receipts[AUDIT_RECEIPTS_MAX];
    size_t receipt_count;
};

/* --- proofs --- */

static enum grid_status id_before(struct auditing *auditing, const struct stream *stream,
        uint64_t seq, uint8_t id[static GRID_HASH_BYTES], bool *found)
{
    *found = true;
    if (seq == 1)
        return chain_start(id, stream->row.author, stream->row.lane);
    return store_entry_id(auditing->asking->node->store, STORE_PLACE(stream->row.no, seq - 1), id,
            found, auditing->asking->error);
}

/* The chain from the entry on: each id is the hash of the one before and the leaf, as the bytes
 * that are held give it. *good as long as what is stored says the same. */
struct walking {
    const struct stream *stream;
    uint8_t id[GRID_HASH_BYTES];
    uint64_t next_seq;
    bool good;
};

static enum grid_status walk_entry(void *context, const struct store_entry *stored)
{
    struct walking *walking = context;
    struct entry entry = {.lane = walking->stream->row.lane,
            .seq = (uint64_t)(stored->place - STORE_PLACE(walking->stream->row.no, 0)),
            .header = stored->header,
            .body = stored->body};
    memcpy(entry.author, walking->stream->row.author, sizeof(entry.author));
    enum grid_status status = entry_leaf(&entry);
    if (status == GRID_OK)
        status = chain_next(walking->id, entry.leaf);
    walking->good = walking->good && entry.seq == walking->next_seq && stored->id != NULL &&
                    memcmp(stored->id, walking->id, sizeof(walking->id)) == 0;
    walking->next_seq = entry.seq + 1;
    return status;
}

static enum grid_status walk(struct auditing *auditing, const struct stream *stream, uint64_t first,
        uint64_t last, struct walking *out)
{
    bool found = false;
    *out = (struct walking){.stream = stream, .next_seq = first};
    enum grid_status status = id_before(auditing, stream, first, out->id, &found);
    out->good = found;
    if (status == GRID_OK && found)
        status = store_entry_run(auditing->asking->node->store, STORE_PLACE(stream->row.no, first),
                STORE_PLACE(stream->row.no, last), walk_entry, out, auditing->asking->error);
    out->good = out->good && out->next_seq == last + 1;
    return status;
}

/* "sealed": the author's signature stands over the chain from this entry on, and fits. */
static enum grid_status seal_state(
        struct auditing *auditing, const struct stream *stream, uint64_t seq, const char **state)
{
    struct grid_node *node = auditing->asking->node;
    uint8_t seal[GRID_SIGNATURE_BYTES];
    struct store_author author = {0};
    struct walking walking;
    int64_t place = 0;
    bool found = false;
    bool known = false;
    *state = stream->own ? "own" : "unsealed";
    if (stream->own)
        return GRID_OK;
    enum grid_status status = store_seal_first(node->store, STORE_PLACE(stream->row.no, seq),
            STORE_PLACE(stream->row.no, stream->row.tip_seq), &place, seal, &found,
            auditing->asking->error);
    uint64_t sealed_seq = (uint64_t)(place - STORE_PLACE(stream->row.no, 0));
    if (status != GRID_OK || !found || sealed_seq - seq >= AUDIT_RUN_MAX)
        return status;
    status = walk(auditing, stream, seq, sealed_seq, &walking);
    if (status == GRID_OK)
        status = store_author_get(
                node->store, stream->row.author, &author, &known, auditing->asking->error);
    if (status != GRID_OK)
        return status;
    bool good = walking.good && known &&
                seal_verify(seal, author.key, stream->row.author, stream->row.lane, sealed_seq,
                        walking.id, NULL) == GRID_OK;
    *state = good ? "sealed" : "broken";
    return GRID_OK;
}

/* --- receipts --- */

static bool writes_in(const struct auditing *auditing, const struct stream *stream)
{
    for (size_t i = 0; i < fold_entry_count(auditing->fold); i++) {
        const struct entry *entry = &fold_entry_at(auditing->fold, i)->entry;
        if (entry->lane == stream->row.lane &&
                memcmp(entry->author, stream->row.author, sizeof(entry->author)) == 0)
            return true;
    }
    return false;
}

static enum grid_status keep_receipt(void *context, uint32_t no, unsigned tier, uint64_t seq,
        struct bytes bytes, struct bytes signature)
{
    struct auditing *auditing = context;
    const struct log *log = &auditing->asking->node->log;
    if (no < 1 || no > log->stream_count || auditing->receipt_count == AUDIT_RECEIPTS_MAX ||
            !writes_in(auditing, log->streams[no - 1]))
        return GRID_OK;
    struct held_receipt *held = &auditing->receipts[auditing->receipt_count++];
    struct receipt receipt = {0};
    struct arena arena;
    arena_init(&arena, 0);
    *held = (struct held_receipt){.stream = no, .tier = tier, .seq = seq};
    if (gate_check(bytes, GATE_ENTRY, NULL) == GRID_OK &&
            receipt_read(bytes, &arena, &receipt, NULL) == GRID_OK) {
        held->hlc = receipt.hlc;
        memcpy(held->node, receipt.node, sizeof(held->node));
        held->good = signature.size == GRID_SIGNATURE_BYTES &&
                     receipt_verify(signature.data, receipt.node, bytes, NULL) == GRID_OK;
    }
    arena_close(&arena);
    return GRID_OK;
}

static void pack_receipts(struct record *record, const struct auditing *auditing,
        const struct stream *stream, uint64_t seq)
{
    struct buffer items = {0};
    size_t count = 0;
    for (size_t i = 0; i < auditing->receipt_count; i++) {
        const struct held_receipt *held = &auditing->receipts[i];
        char node[2 * GRID_DOT_AUTHOR_BYTES + 1];
        if (stream == NULL || held->stream != stream->row.no || held->seq < seq)
            continue;
        struct record item = {0};
        ident_hex(node, bytes_of(held->node, GRID_DOT_AUTHOR_BYTES));
        record_uint(&item, "tier", held->tier);
        record_text(&item, "node", node);
        record_time(&item, "at", stamp_ms(held->hlc));
        record_bool(&item, "good", held->good);
        record_end(&item, &items);
        count++;
    }
    record_list(record, "receipts", count, &items);
    buffer_close(&items);
}

/* --- one entry --- */

static void pack_dots(struct record *record, const char *key, const struct dot *dots, size_t count)
{
    struct buffer *out = record_member(record, key);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++) {
        char text[DOT_TEXT_BYTES];
        dot_print(text, &dots[i]);
        pack_text(out, text);
    }
}

static void pack_author(
        struct record *record, const struct auditing *auditing, const struct fold_entry *entry)
{
    const struct grid_as *as = &entry->body.as;
    struct bytes name = {0};
    const char *role = NULL;
    if (entry->verdict != GRID_OPAQUE) {
        role = grid_role_name(as->role);
        name = grid_roster_person_name(auditing->asking->node->roster, as->person);
    }
    if (name.size > 0)
        record_str(record, "who", name);
    else
        record_text(record, "who", role);
    record_text(record, "role", role);
    record_str(record, "place", role != NULL ? as->place : bytes_of(NULL, 0));
}

static enum grid_status pack_proof(
        struct auditing *auditing, struct record *record, const struct fold_entry *entry)
{
    const struct stream *stream =
            log_stream(&auditing->asking->node->log, entry->entry.author, entry->entry.lane);
    const char *chain = "single"; /* it came alone: its author's chain is not held here */
    const char *seal = "unsealed";
    enum grid_status status = GRID_OK;
    if (stream != NULL && entry->entry.seq <= stream->row.tip_seq) {
        struct walking walking;
        status = walk(auditing, stream, entry->entry.seq, entry->entry.seq, &walking);
        chain = walking.good ? "whole" : "broken";
        if (status == GRID_OK)
            status = seal_state(auditing, stream, entry->entry.seq, &seal);
    }
    record_text(record, "chain", chain);
    record_text(record, "seal", seal);
    pack_receipts(record, auditing, stream, entry->entry.seq);
    return status;
}

static enum grid_status give_entry(struct auditing *auditing, size_t index)
{
    struct asking *asking = auditing->asking;
    const struct fold_entry *entry = fold_entry_at(auditing->fold, index);
    const char *kind = grid_kind_name(entry->head.kind);
    char dot[DOT_TEXT_BYTES];
    char leaf[2 * GRID_HASH_BYTES + 1];
    struct record record = {0};
    struct buffer row = {0};
    dot_print(dot, &entry->dot);
    ident_hex(leaf, bytes_of(entry->entry.leaf, GRID_HASH_BYTES));
    record_uint(&record, "n", index + 1);
    view_entry_name(record_member(&record, "entry"), entry->entry.author, entry->entry.lane,
            entry->entry.seq);
    record_text(&record, "dot", dot);
    record_text(&record, "leaf", leaf);
    record_text(&record, "kind", kind != NULL ? kind : "unknown");
    pack_author(&record, auditing, entry);
    record_time(&record, "at", stamp_ms(entry->head.hlc));
    if (entry->received_ms > 0)
        record_time(&record, "received_at", entry->received_ms);
    else
        record_nil(&record, "received_at");
    record_uint(&record, "roster_version", entry->head.rv >> 32);
    view_void(record_member(&record, "void"), entry->verdict);
    pack_dots(&record, "basis", entry->head.basis, entry->head.basis_count);
    pack_dots(&record, "refs", entry->head.refs, entry->head.ref_count);
    if (entry->verdict != GRID_OPAQUE) {
        if (entry->body.has_seen)
            pack_dots(&record, "seen", entry->body.seen, entry->body.seen_count);
        view_said(&record, &entry->body);
    }
    enum grid_status status = pack_proof(auditing, &record, entry);
    record_end(&record, &row);
    if (status == GRID_OK)
        status = row.failed ? grid_fail(asking->error, GRID_NOMEM, "out_of_memory", "%s", "")
                            : asking->row(asking->context, "entries", buffer_bytes(&row));
    buffer_close(&row);
    return status;
}

enum grid_status ask_audit(struct asking *asking)
{
    struct auditing auditing = {.asking = asking};
    int64_t no = 0;
    int64_t limit = 0;
    int64_t after = 0;
    bool goes_on = request_field(asking->request, "after") != NULL;
    enum grid_status status = ask_number(asking, "limit", INT32_MAX, AUDIT_ENTRIES, &limit);
    if (status == GRID_OK && goes_on)
        status = ask_number(asking, "after", INT64_MAX, 1, &after);
    if (status == GRID_OK)
        status = node_find_case(asking->node, asking->request, &no, &auditing.fold, asking->error);
    if (status == GRID_OK && auditing.fold == NULL)
        status = grid_fail(asking->error, GRID_NOT_FOUND, "case_unknown", "%s", "?");
    if (status == GRID_OK)
        status = store_receipt_each(asking->node->store, keep_receipt, &auditing, asking->error);
    size_t count = auditing.fold != NULL ? fold_entry_count(auditing.fold) : 0;
    size_t index = (uint64_t)after < count ? (size_t)after : count;
    size_t last = index + (size_t)(limit < AUDIT_ENTRIES ? limit : AUDIT_ENTRIES);
    for (; status == GRID_OK && index < count && index < last; index++)
        status = give_entry(&auditing, index);
    if (status != GRID_OK)
        return status;
    struct record record = {0};
    char next[24];
    const struct fold_entry *create = fold_create(auditing.fold);
    snprintf(next, sizeof(next), "%zu", index);
    view_case_code(&record, create != NULL ? &create->body : NULL);
    record_text(&record, "state", grid_state_name(fold_state(auditing.fold)));
    record_uint(&record, "entry_count", count);
    record_text(&record, "next", index < count ? next : NULL);
    record_end(&record, asking->end);
    return GRID_OK;
}
