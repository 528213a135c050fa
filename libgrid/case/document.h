/* The five documents of a case, 三单两函 (DOMAIN 8, P-13x): which it has and what became of them,
 * which it lacks, and the entry that makes one. Pure functions of its fold; the text of a document
 * is put together once (document_text.c) and never again. */
#ifndef GRID_CASE_DOCUMENT_H
#define GRID_CASE_DOCUMENT_H

#include "libgrid/case/act.h"
#include "proto/document.h"

/* Whether an entry of this kind may ask for a document, or be one. */
bool document_concerns(uint32_t kind);

/* --- those there are --- */
struct case_document {
    const struct fold_entry *entry;
    struct document_value value;
    const struct fold_entry *ground; /* NULL: not held */
    const struct fold_entry *reply;  /* the latest; NULL: none */
    bool superseded;                 /* 已被替代: its ground is void or replaced (P-135) */
};
/* Documents of a fold, in canonical order; borrowed until it changes. */
struct case_documents {
    struct fold *fold;
    const struct fold_item *items, *replies;
    size_t count, reply_count;
};
enum grid_status documents_of(struct fold *fold, struct case_documents *out);
enum grid_status document_at(
        const struct case_documents *documents, size_t index, struct case_document *out);
/* The one that counts of this number: not superseded, or else the first. False: there is none. */
enum grid_status document_find(const struct case_documents *documents,
        const struct document_number *number, struct case_document *out, bool *found);

bool document_is_answered_by(const struct case_document *document, const struct fold_entry *reply);

/* Asked for a reply that is not there. */
enum document_reply {
    DOCUMENT_NO_REPLY_ASKED,
    DOCUMENT_REPLIED,
    DOCUMENT_AWAITED,
    DOCUMENT_OVERDUE
};
enum document_reply document_reply_state(const struct case_document *document, int64_t wall_ms);
/* The first moment by which a letter that counts waits for its reply; 0: none waits. Behind it the
 * case enters the supervision queue (DOMAIN 8). */
enum grid_status documents_reply_by(struct fold *fold, int64_t *by_ms);

/* --- those there should be --- */
struct document_want {
    const struct fold_entry *ground;
    char letter;
    char office[GRID_PLACE_BYTES]; /* the unit whose node issues it (P-131) */
};
/* The next one from *index on; *found false: no more. */
enum grid_status document_want_next(const struct case_documents *documents,
        const struct grid_roster *roster, size_t *index, struct document_want *out, bool *found);

/* --- making one --- */
struct document_office {
    const struct fold_world *world;
    uint64_t rv;
    const struct grid_policy *policy; /* for replies */
    struct bytes unit, name;
    const uint8_t *author; /* whose stream will hold it */
    const uint8_t *secret; /* GRID_TOKEN_KEY_BYTES */
    /* P-131: how many authors this office has had, and since when it has this one */
    unsigned incarnation;
    uint64_t incarnated;
};
/* GRID_REFUSED ("pending", "void_…"): not as things stand; GRID_LIMIT ("documents_used_up",
 * "case_full", …): the range has no number left. Nothing is written. */
enum grid_status document_make(const struct document_office *office, struct fold *fold,
        const struct document_want *want, uint64_t stamp, struct arena *arena,
        struct act_result *out, struct grid_error *error);

/* document_text.c: addressee, dates, fields and text, of the template of today. Texts live in the
 * arena, or in the fold and the roster. */
enum grid_status document_write(const struct document_office *office, struct fold *fold,
        const struct document_want *want, struct arena *arena, struct document_value *out);

#endif
