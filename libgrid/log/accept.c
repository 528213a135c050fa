/* A foreign segment is judged whole before anything of it is written (D8, P-53). */
#include "libgrid/log/log.h"

#include <string.h>

static enum grid_status refuse(struct log_acceptance *out, const char *reason)
{
    out->judgement = LOG_REFUSED;
    out->reason = reason;
    return GRID_OK;
}

/* Whose key seals this stream: from its INCARNATE, which is held or stands first in the segment. */
static enum grid_status find_author(struct log *log, const struct segment *segment,
        const struct log_acceptance *acceptance, struct store_author *author, bool *found,
        struct grid_error *error)
{
    enum grid_status status = store_author_get(log->store, segment->author, author, found, error);
    if (status != GRID_OK || *found || segment->first_seq != 1)
        return status;
    struct incarnate_body body;
    bool newer = false;
    if (body_read_incarnate(acceptance->entries[0].body, &body, &newer, NULL) != GRID_OK || newer)
        return GRID_OK;
    if (incarnate_verify(&body, segment->author, NULL) != GRID_OK)
        return GRID_OK;
    memcpy(author->author, segment->author, sizeof(author->author));
    memcpy(author->key, body.key, sizeof(author->key));
    memcpy(author->identity, body.identity, sizeof(author->identity));
    author->counter = body.counter;
    *found = true;
    return GRID_OK;
}

/* P-53: what overlaps is compared by leaf. */
static enum grid_status compare_overlap(struct log *log, const struct segment *segment,
        struct log_acceptance *out, bool *equal, struct grid_error *error)
{
    *equal = true;
    if (out->stream == NULL)
        return GRID_OK; /* nothing is held that could overlap */
    uint64_t tip = out->stream->row.tip_seq;
    for (size_t i = 0; i < out->entry_count && *equal; i++) {
        uint64_t seq = segment->first_seq + i;
        if (seq > tip)
            break;
        struct entry held;
        struct store_entry stored;
        bool found = false;
        enum grid_status status = log_entry(
                log, STORE_PLACE(out->stream->row.no, seq), &held, &stored, &found, error);
        if (status != GRID_OK)
            return status;
        *equal = found && memcmp(held.leaf, out->entries[i].leaf, sizeof(held.leaf)) == 0;
        out->first_new = i + 1;
    }
    return GRID_OK;
}

/* Authors cost their maker nothing, and each is a stream here for good. */
static bool has_too_many(const struct log *log, const uint8_t *identity)
{
    size_t count = 0;
    for (size_t i = 0; i < log->stream_count; i++)
        count += log->streams[i]->identified &&
                 memcmp(log->streams[i]->identity, identity, GRID_KEY_BYTES) == 0;
    return count >= GRID_STREAMS_PER_IDENTITY_MAX;
}

/* The first segment of a new stream: who stands behind it is known from now on. */
static enum grid_status identify(struct log *log, struct log_acceptance *out,
        const struct store_author *author, struct grid_error *error)
{
    enum grid_status status = store_author_put(log->store, author, error);
    uint8_t lane = out->entries[0].lane;
    if (status == GRID_OK)
        status = log_stream_make(log, author->author, lane, &out->stream, error);
    if (status != GRID_OK)
        return status;
    out->stream->identified = true;
    memcpy(out->stream->identity, author->identity, sizeof(author->identity));
    return GRID_OK;
}

enum grid_status log_judge_segment(struct log *log, const struct segment *segment,
        struct arena *arena, log_enrolled_fn *enrolled, void *context, struct log_acceptance *out,
        struct grid_error *error)
{
    memset(out, 0, sizeof(*out));
    if (segment->lane >= GRID_LANE_COUNT || segment->first_seq == 0 ||
            segment->first_seq > GRID_SEQ_MAX - GRID_SEGMENT_ENTRIES_MAX)
        return refuse(out, "segment_form");
    out->stream = log_stream(log, segment->author, segment->lane);
    uint64_t tip = out->stream != NULL ? out->stream->row.tip_seq : 0;
    if (segment->first_seq > tip + 1)
        return refuse(out, "gap");

    uint8_t before[GRID_HASH_BYTES];
    enum grid_status status =
            out->stream != NULL
                    ? log_chain_id(log, out->stream, segment->first_seq - 1, before, error)
                    : chain_start(before, segment->author, segment->lane);
    if (status != GRID_OK)
        return status;
    struct grid_error malformed = {0};
    status = segment_open(segment, before, arena, &out->entries, &out->ids, &malformed);
    if (status == GRID_NOMEM)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status != GRID_OK) {
        char *reason = arena_text(arena, bytes_text(malformed.reason));
        return refuse(out, reason != NULL ? reason : "malformed");
    }
    out->entry_count = segment->entry_count;

    struct store_author author = {0};
    bool found = false;
    status = find_author(log, segment, out, &author, &found, error);
    if (status != GRID_OK)
        return status;
    if (!found)
        return refuse(out, "not_incarnated");
    if (!enrolled(context, author.identity))
        return refuse(out, "unknown_author");
    if (out->stream == NULL && has_too_many(log, author.identity))
        return refuse(out, "too_many_streams");
    uint64_t last = segment->first_seq + segment->entry_count - 1;
    status = seal_verify(segment->seal, author.key, segment->author, segment->lane, last,
            out->ids + (segment->entry_count - 1) * GRID_HASH_BYTES, NULL);
    if (status == GRID_NOMEM)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status != GRID_OK)
        return refuse(out, "bad_seal");

    bool equal = false;
    status = compare_overlap(log, segment, out, &equal, error);
    if (status != GRID_OK)
        return status;
    if (!equal) {
        /* The seal fits a chain that differs from ours below its end: it starts at an id that we
         * both have, so this is a second branch by the same author (D15). */
        out->judgement = LOG_FORKED;
        out->reason = "fork";
        return GRID_OK;
    }
    out->judgement = out->first_new < out->entry_count ? LOG_TAKEN : LOG_KNOWN;
    bool unknown = out->stream == NULL || !out->stream->identified;
    if (unknown && out->judgement == LOG_TAKEN)
        status = identify(log, out, &author, error);
    return status;
}
