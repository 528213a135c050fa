/* Records of CLI.md's JSON, made from folds: packed maps with text keys. Every face shows these. */
#ifndef GRID_CASE_VIEW_H
#define GRID_CASE_VIEW_H

#include "libgrid/case/document.h"
#include "libgrid/case/policies.h"
#include "libgrid/case/record.h"

/* What a case is in the set that it was joined to (DOMAIN 9): the node's to find. */
struct view_member {
    struct fold *fold;
    unsigned shown; /* its state as people see it */
};
struct view_set {
    unsigned shown;              /* of the case itself */
    struct view_member primary;  /* fold NULL: it is the primary, or in no set */
    struct view_member *members; /* of the primary: the others, as they were created */
    size_t member_count;
};
struct view_context {
    const struct grid_roster *roster;
    const struct policies *policies; /* NULL: the one built in */
    int64_t wall_ms;
    /* The highest tier that is known to hold an entry; false: nobody here can tell. NULL: not
     * asked.
     */
    bool (*tier)(void *context, const struct entry *entry, unsigned *tier);
    void *tier_context;
    const uint8_t *person;      /* who looks: what that person wrote is marked; NULL: nobody */
    const struct view_set *set; /* of the case that is looked at; NULL: it stands for itself */
    const char *token;          /* of the case that is shown; NULL: not known here */
};
/* One element of `cases`: case, case_id, title, category, urgency, unit, state, holder, lead, due,
 * overdue, conflicts, late_evidence, photos. Times as RFC 3339 texts; category four digits; urgency
 * "U2". */
enum grid_status view_case(
        struct buffer *out, struct fold *fold, const struct view_context *context);
/* The same with the members of `more` behind it. */
enum grid_status view_case_with(struct buffer *out, struct fold *fold,
        const struct view_context *context, const struct record *more);
/* `show`: the same and description … conflicts. Of lists beyond 10 000 elements or some MiB the
 * newest are shown, and `left_out` counts the others by list. */
enum grid_status view_show(
        struct buffer *out, struct fold *fold, const struct view_context *context);
/* The same without conflicts, notes, seconds and entries: how many there are is said instead
 * (`conflict_count`, `note_count`, `second_count`, `entry_count`), and when the last one was
 * written
 * (`last_at`). */
enum grid_status view_card(
        struct buffer *out, struct fold *fold, const struct view_context *context);
/* Each conflict of the case as one element of `conflicts`: case, field, provisional, severity,
 * since, tag, values. Calls `row` for each. */
typedef enum grid_status view_row_fn(void *context, struct bytes record);
enum grid_status view_conflicts(
        struct fold *fold, const struct view_context *context, view_row_fn *row, void *row_context);
/* A register value as people and JSON read it: text, number, or for composed ones an object; nil
 * for one that cannot be read. */
void view_value(struct buffer *out, unsigned reg, struct bytes value);
/* Registers in conflict in which this person has one of the values. */
size_t view_own_conflicts(struct fold *fold, const uint8_t person[static GRID_ID_BYTES]);
/* What became of an entry: nil when it is valid, else "pending", "opaque" or the reason of its
 * voidness. */
void view_void(struct buffer *out, enum grid_verdict verdict);
/* "case": the grouped code of a create, whatever became of it; nil for a stub (NULL) and what has
 * none.
 */
void view_case_code(struct record *record, const struct case_body *create);
/* who, role, at */
void view_author(
        struct record *record, const struct view_context *context, const struct fold_entry *entry);
/* view_joined.c: `primary`, {case, case_id, title, state} or nil; and of a primary `members`, the
 * same of each with who reported it. */
void view_primary(struct record *record, const struct view_context *context);
void view_members(struct record *record, const struct view_context *context);
/* What a category, place or lead is called; empty where nobody knows, and for all else. */
struct bytes view_name(const struct view_context *context, unsigned reg, struct bytes value);
/* "exact", "hour", "day" of a time; NULL where it is none. */
const char *view_precision(unsigned reg, struct bytes value);
/* What is said beside a value outside the case's own record: name, precision, and of a lead its
 * assists. */
void view_beside(struct record *record, const struct view_context *context, unsigned reg,
        struct bytes value);
/* assists, assists_name */
void view_assists(
        struct record *record, const struct view_context *context, const struct lead_value *lead);
/* What an entry did, beside who and when: sets, adds and removes (tags), text, reason, until,
 * reached, satisfied, those that there are, and `moved` of an author whose post has ended. The card
 * tells what a create wrote. */
void view_done(
        struct record *record, const struct view_context *context, const struct fold_entry *entry);
/* view_document.c: a row of a list, and one document whole: case, token, qr, version, copies,
 * fields, text, replies. */
void view_document(struct record *record, const struct case_document *document,
        const struct view_context *context);
void view_document_number(struct record *record, const struct document_number *number);
enum grid_status view_document_whole(struct buffer *out, const struct case_documents *documents,
        const struct case_document *document, const struct view_context *context);
/* "values": everything that an entry says and a person can read, as elements {field, value}:
 * registers, what it adds and removes, reason and text. */
void view_said(struct record *record, const struct case_body *body);
/* {"author": hex, "lane": n, "seq": n} */
void view_entry_name(
        struct buffer *out, const uint8_t author[static GRID_ID_BYTES], uint8_t lane, uint64_t seq);

#endif
