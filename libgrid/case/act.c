#include "libgrid/case/act.h"

#include "libgrid/case/draft.h"
#include "libgrid/case/life.h"
#include "libgrid/case/naming.h"
#include "libgrid/case/refuse.h"
#include "proto/heap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- from the draft to the entry --- */

/* D6: what rings goes ahead of everything else. */
static bool draft_is_urgent(const struct draft *draft)
{
    return (draft->kind == GRID_KIND_CREATE || draft->kind == GRID_KIND_AMEND) &&
           value_uint(draft->sets[GRID_REGISTER_URGENCY]) == 1;
}

static enum grid_status draft_body(struct draft *draft, struct case_body *out)
{
    *out = (struct case_body){.as = {.role = draft->author->role, .place = draft->author->place},
            .adds = draft->adds,
            .add_count = draft->add_count,
            .removals = draft->removals,
            .removal_count = draft->removal_count,
            .has_seen = draft->has_seen,
            .seen = draft->seen,
            .seen_count = draft->seen_count};
    memcpy(out->as.person, draft->author->person, sizeof(out->as.person));
    memcpy(out->args, draft->args, sizeof(out->args));
    out->sets = arena_alloc_array(draft->arena, GRID_REGISTER_END, sizeof(*out->sets));
    if (out->sets == NULL)
        return GRID_NOMEM;
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
        if (draft->sets[reg].size > 0)
            out->sets[out->set_count++] = (struct case_op){.name = reg, .value = draft->sets[reg]};
    return GRID_OK;
}

static void draft_header(struct draft *draft, uint64_t stamp, struct entry_header *out)
{
    *out = (struct entry_header){.hlc = stamp,
            .kind = draft->kind,
            .has_case = draft->context->fold != NULL,
            .basis = draft->basis.dots,
            .basis_count = draft->basis.count,
            .refs = draft->refs.dots,
            .ref_count = draft->refs.count,
            .rv = draft->context->rv};
    if (out->has_case)
        memcpy(out->case_id, fold_case_id(draft->context->fold), GRID_ID_BYTES);
}

/* The entry as the fold would see it. It will stand behind everything in its stream: a sequence
 * beyond all others says so. */
static void draft_entry(const struct draft *draft, uint64_t stamp, const struct case_body *body,
        struct fold_entry *out)
{
    *out = (struct fold_entry){.verdict = GRID_PENDING, .body = *body};
    memcpy(out->entry.author, draft->author->author, GRID_ID_BYTES);
    out->entry.lane = draft_is_urgent(draft) ? GRID_LANE_URGENT : GRID_LANE_WORK;
    out->entry.seq = UINT64_MAX >> 2;
    out->head.hlc = stamp;
    out->dot = entry_dot(&out->entry);
}

/* The verdict that the act would get, as it names its dots now. */
static enum grid_status draft_judge(
        struct draft *draft, struct fold_entry *entry, enum grid_verdict *out)
{
    struct fold *fold = draft->context->fold;
    draft_header(draft, entry->head.hlc, &entry->head);
    if (fold == NULL) { /* a create rests on nothing but itself and the roster */
        const uint8_t no_case[GRID_ID_BYTES] = {0};
        enum grid_status status = fold_open(&fold, no_case);
        if (status != GRID_OK)
            return status;
    }
    *out = fold_judge(fold, draft->context->world, entry);
    if (draft->context->fold == NULL)
        fold_close(fold);
    return GRID_OK;
}

/* An anchor: a valid write of unit, holder or lead (DOMAIN 7). */
static bool entry_brings_cover(const struct fold_entry *entry)
{
    return entry->verdict == GRID_VALID &&
           (case_body_set(&entry->body, GRID_REGISTER_UNIT).size > 0 ||
                   case_body_set(&entry->body, GRID_REGISTER_HOLDER).size > 0 ||
                   case_body_set(&entry->body, GRID_REGISTER_LEAD).size > 0);
}

/* DOMAIN 7: an author whom the create does not bring into cover or reach names one write that
 * does: the first in canonical order with which the act is valid. */
static enum grid_status name_cover(struct draft *draft, struct fold_entry *entry,
        enum grid_verdict *verdict, struct grid_error *error)
{
    struct fold *fold = draft->context->fold;
    size_t count = fold_entry_count(fold);
    const struct dot_list before = draft->basis;
    const struct dot_list refs_before = draft->refs;
    for (size_t i = 0; i < count; i++) {
        const struct fold_entry *write = fold_entry_at(fold, i);
        if (!entry_brings_cover(write))
            continue;
        enum grid_verdict found = GRID_PENDING;
        enum grid_status status = naming_basis(draft, &write->dot, error);
        if (status == GRID_OK)
            status = draft_judge(draft, entry, &found);
        if (status != GRID_OK)
            return status;
        if (found != GRID_VOID_SCOPE && found != GRID_VOID_ROLE) {
            *verdict = found;
            return GRID_OK;
        }
        draft->basis = before;
        draft->refs = refs_before;
    }
    return GRID_OK;
}

/* Bytes of our own making pass the same gate as those of others, before anybody relies on them. */
static enum grid_status check_own(
        const struct draft *draft, struct act_result *result, struct grid_error *error)
{
    struct entry entry = {.lane = (uint8_t)result->lane,
            .seq = 1,
            .header = result->header,
            .body = result->body};
    struct case_body body = {0};
    bool newer = false;
    memcpy(entry.author, draft->author->author, GRID_ID_BYTES);
    enum grid_status status = entry_check(&entry, error);
    if (status == GRID_OK)
        status = body_read_case(result->body, draft->arena, &body, &newer, error);
    if (status == GRID_OK && newer)
        return grid_fail(error, GRID_INTERNAL, "own_entry", "%s", grid_kind_name(draft->kind));
    return status;
}

static enum grid_status arena_take(struct arena *arena, struct buffer *packed, struct bytes *out)
{
    if (!packed->failed)
        *out = arena_copy(arena, buffer_bytes(packed));
    buffer_close(packed);
    return out->data != NULL ? GRID_OK : GRID_NOMEM;
}

static enum grid_status draft_finish(struct draft *draft, const struct fold_entry *entry,
        struct act_result *out, struct grid_error *error)
{
    struct buffer header = {0};
    struct buffer body = {0};
    entry_pack_header(&header, &entry->head);
    body_pack_case(&body, &entry->body);
    *out = (struct act_result){.kind = draft->kind,
            .lane = draft_is_urgent(draft) ? GRID_LANE_URGENT : GRID_LANE_WORK,
            .uses_code = life_kind(draft->kind)->create || draft->kind == GRID_KIND_RECODE,
            .urgent_hint = draft_is_urgent(draft)};
    enum grid_status status = arena_take(draft->arena, &header, &out->header);
    if (status == GRID_OK)
        status = arena_take(draft->arena, &body, &out->body);
    buffer_close(&header);
    buffer_close(&body);
    struct bytes code = value_text(draft->args[GRID_ARGUMENT_CODE]);
    if (draft->kind == GRID_KIND_RECODE && draft->add_count > 0)
        code = value_text(draft->adds[0].value);
    if (code.size == GRID_CODE_DIGITS)
        memcpy(out->code.digits, code.data, code.size);
    return status == GRID_OK ? check_own(draft, out, error) : status;
}

enum grid_status draft_decide(struct draft *draft, uint64_t stamp, const struct grid_error *refusal,
        struct act_result *out, struct grid_error *error)
{
    struct case_body body = {0};
    struct fold_entry entry = {0};
    enum grid_verdict verdict = GRID_PENDING;
    enum grid_status status = draft_body(draft, &body);
    if (status != GRID_OK)
        return status;
    draft_entry(draft, stamp, &body, &entry);
    status = draft_judge(draft, &entry, &verdict);
    if (status == GRID_OK && draft->context->fold != NULL &&
            (verdict == GRID_VOID_SCOPE || verdict == GRID_VOID_ROLE))
        status = name_cover(draft, &entry, &verdict, error);
    if (status != GRID_OK)
        return status;
    bool complete = refusal->status == GRID_OK;
    if (!complete && (verdict == GRID_VALID || verdict == GRID_VOID_REQUIREMENT ||
                             verdict == GRID_PENDING)) {
        if (error != NULL)
            *error = *refusal;
        return GRID_REFUSED;
    }
    if (verdict != GRID_VALID)
        return refuse_void(draft, verdict, error);
    return draft_finish(draft, &entry, out, error);
}

/* Limits bind who writes; who receives folds all (D20). */
static enum grid_status case_room(const struct fold *fold, struct grid_error *error)
{
    if (fold == NULL || fold_entry_count(fold) < GRID_CASE_ENTRIES_MAX)
        return GRID_OK;
    return grid_fail(error, GRID_LIMIT, "case_full", "%d", GRID_CASE_ENTRIES_MAX);
}

/* What follows from the kind alone. */
static enum grid_status set_state(struct draft *draft)
{
    unsigned to = life_kind(draft->kind)->to;
    return to != 0 ? draft_set_uint(draft, GRID_REGISTER_STATE, to) : GRID_OK;
}

enum grid_status act_make(const struct act_context *context, const struct act_author *author,
        const struct grid_request *request, uint64_t stamp, struct arena *arena,
        struct act_result *out, struct grid_error *error)
{
    const struct verb *verb = verb_find(request->verb);
    struct grid_error refusal = {0};
    if (verb == NULL)
        return grid_fail(error, GRID_USAGE, "verb_unknown", "%.*s", typed_shown(request->verb),
                (const char *)request->verb.data);
    assert((context->fold == NULL) == life_kind(verb->kind)->create);
    struct draft *draft = arena_alloc(arena, sizeof(*draft));
    if (draft == NULL)
        return GRID_NOMEM;
    draft->context = context; /* the rest is zero already, and large */
    draft->author = author;
    draft->arena = arena;
    draft->verb = verb;
    draft->kind = verb->kind;
    enum grid_status status = case_room(context->fold, error);
    if (status == GRID_OK)
        status = draft_take(draft, request, error);
    if (status == GRID_OK && verb->fill != NULL)
        status = verb->fill(draft, request, &refusal);
    if (refusal.status != GRID_OK && refusal.status != GRID_REFUSED) {
        if (error != NULL)
            *error = refusal;
        return status;
    }
    if (status == GRID_OK || status == GRID_REFUSED)
        status = set_state(draft);
    if (status == GRID_OK && context->fold != NULL)
        status = naming_fill(draft, error);
    return status == GRID_OK ? draft_decide(draft, stamp, &refusal, out, error) : status;
}

bool act_knows(struct bytes verb)
{
    return verb_find(verb) != NULL;
}

/* --- idempotency keys --- */

static bool field_is_about_the_call(struct bytes name)
{
    static const char *const about[] = {"as", "post", "if", "key"};
    for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++)
        if (bytes_equal(name, bytes_text(about[i])))
            return true;
    return false;
}

/* By name; fields of one name in the order in which they were given. */
static int compare_fields(const void *a, const void *b)
{
    const struct grid_field *const *left = a;
    const struct grid_field *const *right = b;
    int order = bytes_compare((*left)->name, (*right)->name);
    if (order != 0)
        return order;
    return *left < *right ? -1 : *left > *right;
}

enum grid_status act_fingerprint(
        const struct grid_request *request, uint8_t out[static GRID_HASH_BYTES])
{
    const struct grid_field **sorted =
            grid_alloc_array(request->field_count + 1, sizeof(const struct grid_field *));
    if (sorted == NULL)
        return GRID_NOMEM;
    size_t count = 0;
    for (size_t i = 0; i < request->field_count; i++)
        if (!field_is_about_the_call(request->fields[i].name))
            sorted[count++] = &request->fields[i];
    qsort(sorted, count, sizeof(*sorted), compare_fields);
    struct buffer packed = {0}; /* every text with its length: no two requests run together */
    pack_str(&packed, request->verb);
    for (size_t i = 0; i < count; i++) {
        pack_str(&packed, sorted[i]->name);
        pack_bin(&packed, sorted[i]->value);
    }
    struct bytes part = buffer_bytes(&packed);
    enum grid_status status = packed.failed ? GRID_NOMEM : crypto_hash(out, &part, 1);
    buffer_close(&packed);
    grid_free(sorted);
    return status;
}
