#include "libgrid/case/document.h"

#include "libgrid/case/draft.h"
#include "libgrid/case/inside.h"
#include "libgrid/case/naming.h"
#include "proto/stamp.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

bool document_concerns(uint32_t kind)
{
    return kind == GRID_KIND_ACCEPT || kind == GRID_KIND_DECLINE || kind == GRID_KIND_ASSIGN ||
           kind == GRID_KIND_FEEDBACK || kind == GRID_KIND_SUPERVISE || kind == GRID_KIND_WARN ||
           kind == GRID_KIND_RULING || kind == GRID_KIND_DOCUMENT;
}

/* The table of DOMAIN 7, "emits": the letter of what a valid entry asks for; '\0' nothing. A ruling
 * that gives the case to somebody is an order to them as an assign is. */
static char letter_asked(const struct fold *fold, const struct fold_entry *entry)
{
    const struct fold_entry *create = fold_create(fold);
    bool applicant = create != NULL && value_bool(create->body.args[GRID_ARGUMENT_APPLICANT]);
    struct lead_value lead;
    switch (entry->head.kind) {
    case GRID_KIND_ACCEPT:
    case GRID_KIND_DECLINE:
        return applicant ? GRID_DOCUMENT_NOTICE_ACCEPTANCE : '\0';
    case GRID_KIND_FEEDBACK:
        return applicant ? GRID_DOCUMENT_NOTICE_RESULT : '\0';
    case GRID_KIND_ASSIGN:
    case GRID_KIND_RULING: {
        struct bytes value = case_body_set(&entry->body, GRID_REGISTER_LEAD);
        bool given = value.size > 0 && value_lead(value, &lead) && lead.lead.size > 0;
        return given ? GRID_DOCUMENT_ORDER_TRANSFER : '\0';
    }
    case GRID_KIND_SUPERVISE:
        return entry_set_uint(entry, GRID_REGISTER_SUPERVISION) >= GRID_SUPERVISION_YELLOW
                       ? GRID_DOCUMENT_LETTER_REMINDER
                       : '\0';
    case GRID_KIND_WARN:
        return GRID_DOCUMENT_LETTER_RISK;
    default:
        return '\0';
    }
}

/* --- whether what it says still holds (P-135) --- */

/* One of the live values of the register is what this entry wrote. */
static enum grid_status still_lives(
        struct fold *fold, unsigned reg, const struct fold_entry *entry, bool *lives)
{
    struct fold_register values = {0};
    struct bytes value = case_body_set(&entry->body, reg);
    enum grid_status status = fold_read(fold, reg, &values);
    *lives = false;
    for (size_t i = 0; i < values.value_count && status == GRID_OK; i++)
        *lives = *lives || bytes_equal(values.values[i].value, value);
    return status;
}

/* A feedback tells the outcome of the resolve that it answers: of one that it names. */
static enum grid_status outcome_lives(
        struct fold *fold, const struct fold_entry *feedback, bool *lives)
{
    enum grid_status status = GRID_OK;
    bool answered = false;
    *lives = false;
    for (size_t i = 0; i < feedback->head.basis_count && status == GRID_OK && !*lives; i++) {
        const struct fold_entry *resolve = fold_find(fold, &feedback->head.basis[i]);
        if (resolve == NULL || !life_is_resolve(resolve->head.kind))
            continue;
        answered = true;
        status = still_lives(fold, GRID_REGISTER_OUTCOME, resolve, lives);
    }
    *lives = *lives || !answered; /* a ruling chose that it is resolved */
    return status;
}

static enum grid_status still_holds(struct fold *fold, const struct fold_entry *ground, bool *holds)
{
    unsigned state = fold_state(fold);
    *holds = ground->verdict == GRID_VALID;
    if (!*holds)
        return GRID_OK;
    switch (ground->head.kind) {
    case GRID_KIND_ACCEPT:
        *holds = state != GRID_STATE_DECLINED && state != GRID_STATE_WITHDRAWN;
        return *holds ? still_lives(fold, GRID_REGISTER_HOLDER, ground, holds) : GRID_OK;
    case GRID_KIND_DECLINE:
        return still_lives(fold, GRID_REGISTER_STATE, ground, holds);
    case GRID_KIND_ASSIGN:
    case GRID_KIND_RULING:
        return still_lives(fold, GRID_REGISTER_LEAD, ground, holds);
    case GRID_KIND_SUPERVISE:
        return still_lives(fold, GRID_REGISTER_SUPERVISION, ground, holds);
    case GRID_KIND_FEEDBACK:
        return outcome_lives(fold, ground, holds);
    default:
        return GRID_OK;
    }
}

/* --- those there are --- */

enum grid_status documents_of(struct fold *fold, struct case_documents *out)
{
    *out = (struct case_documents){.fold = fold};
    enum grid_status status =
            fold_collection(fold, GRID_COLLECTION_DOCUMENTS, &out->items, &out->count);
    if (status == GRID_OK)
        status = fold_collection(fold, GRID_COLLECTION_REPLIES, &out->replies, &out->reply_count);
    return status;
}

static bool same_number(const struct document_number *a, const struct document_number *b)
{
    return strcmp(a->code.digits, b->code.digits) == 0 && a->letter == b->letter &&
           a->serial == b->serial;
}

/* An earlier one has its number already, or stands for the same act: two lives of one office wrote
 * them, before and after its database was lost. */
static bool has_elder(
        const struct case_documents *documents, size_t index, const struct document_value *value)
{
    struct document_value elder;
    for (size_t i = 0; i < index; i++)
        if (entry_document(documents->items[i].entry, &elder) &&
                (same_number(&elder.number, &value->number) ||
                        (elder.number.letter == value->number.letter &&
                                dot_equal(&elder.ground, &value->ground))))
            return true;
    return false;
}

bool document_is_answered_by(const struct case_document *document, const struct fold_entry *reply)
{
    for (size_t i = 0; i < reply->head.basis_count; i++)
        if (dot_equal(&reply->head.basis[i], &document->entry->dot))
            return true;
    return false;
}

/* The latest reply that names it. */
static const struct fold_entry *find_reply(
        const struct case_documents *documents, const struct case_document *document)
{
    for (size_t i = documents->reply_count; i > 0; i--)
        if (document_is_answered_by(document, documents->replies[i - 1].entry))
            return documents->replies[i - 1].entry;
    return NULL;
}

enum grid_status document_at(
        const struct case_documents *documents, size_t index, struct case_document *out)
{
    bool holds = false;
    enum grid_status status = GRID_OK;
    *out = (struct case_document){.entry = documents->items[index].entry};
    bool reads = value_document(documents->items[index].value, &out->value);
    assert(reads); /* a valid one */
    (void)reads;
    out->ground = fold_find(documents->fold, &out->value.ground);
    out->reply = find_reply(documents, out);
    if (out->ground != NULL)
        status = still_holds(documents->fold, out->ground, &holds);
    out->superseded = !holds || has_elder(documents, index, &out->value);
    return status;
}

enum grid_status document_find(const struct case_documents *documents,
        const struct document_number *number, struct case_document *out, bool *found)
{
    enum grid_status status = GRID_OK;
    *found = false;
    for (size_t i = 0; i < documents->count && status == GRID_OK; i++) {
        struct case_document one;
        status = document_at(documents, i, &one);
        if (status != GRID_OK || !same_number(&one.value.number, number))
            continue;
        if (!*found || !one.superseded)
            *out = one;
        *found = true;
        if (!one.superseded)
            break;
    }
    return status;
}

enum document_reply document_reply_state(const struct case_document *document, int64_t wall_ms)
{
    if (document->value.reply_by_ms == 0)
        return DOCUMENT_NO_REPLY_ASKED;
    if (document->reply != NULL)
        return DOCUMENT_REPLIED;
    return document->value.reply_by_ms < wall_ms ? DOCUMENT_OVERDUE : DOCUMENT_AWAITED;
}

enum grid_status documents_reply_by(struct fold *fold, int64_t *by_ms)
{
    struct case_documents documents;
    enum grid_status status = documents_of(fold, &documents);
    *by_ms = 0;
    for (size_t i = 0; i < documents.count && status == GRID_OK; i++) {
        struct case_document one;
        status = document_at(&documents, i, &one);
        bool waits = status == GRID_OK && !one.superseded && one.reply == NULL;
        int64_t reply_by_ms = waits ? one.value.reply_by_ms : 0;
        if (reply_by_ms > 0 && (*by_ms == 0 || reply_by_ms < *by_ms))
            *by_ms = reply_by_ms;
    }
    return status;
}

/* --- those there should be --- */

/* P-131: the centre that enrolled who acted, or the nearest above it whose range of this case's
 * numbers is its own: two townships never number the same case. */
static bool find_office(const struct fold *fold, const struct grid_roster *roster,
        const struct fold_entry *ground, char out[static GRID_PLACE_BYTES])
{
    const struct fold_entry *create = fold_create(fold);
    struct roster_author who;
    struct bytes code = value_text(create->body.args[GRID_ARGUMENT_CODE]);
    if (!roster_author_find(roster, ground->entry.author, &who) || code.size != GRID_CODE_DIGITS)
        return false;
    struct bytes unit = place_unit(who.unit);
    for (; unit.size > 0 && unit.size < GRID_PLACE_BYTES; unit = place_parent(unit)) {
        if (memcmp(unit.data, code.data, unit.size) == 0) {
            snprintf(out, GRID_PLACE_BYTES, "%.*s", (int)unit.size, (const char *)unit.data);
            return true;
        }
        if (place_kind(unit) == GRID_PLACE_REGION)
            break;
    }
    return false;
}

static struct bytes lead_of(const struct fold_entry *entry)
{
    return case_body_set(&entry->body, GRID_REGISTER_LEAD);
}

static bool is_issued(const struct case_documents *documents, const struct document_want *want)
{
    struct document_value value;
    for (size_t i = 0; i < documents->count; i++) {
        if (!entry_document(documents->items[i].entry, &value) ||
                value.number.letter != want->letter || has_elder(documents, i, &value))
            continue;
        if (dot_equal(&value.ground, &want->ground->dot))
            return true;
        /* A ruling that says what was ordered already orders nothing new. */
        const struct fold_entry *ground = fold_find(documents->fold, &value.ground);
        if (want->ground->head.kind == GRID_KIND_RULING && ground != NULL &&
                ground->verdict == GRID_VALID &&
                bytes_equal(lead_of(ground), lead_of(want->ground)))
            return true;
    }
    return false;
}

enum grid_status document_want_next(const struct case_documents *documents,
        const struct grid_roster *roster, size_t *index, struct document_want *out, bool *found)
{
    struct fold *fold = documents->fold;
    const struct fold_entry *create = fold_create(fold);
    *found = false;
    if (create == NULL || create->verdict != GRID_VALID)
        return GRID_OK;
    while (*index < fold_entry_count(fold)) {
        const struct fold_entry *entry = fold_entry_at(fold, (*index)++);
        bool holds = false;
        if (entry->verdict != GRID_VALID || !document_concerns(entry->head.kind))
            continue;
        *out = (struct document_want){.ground = entry, .letter = letter_asked(fold, entry)};
        if (out->letter == '\0' || is_issued(documents, out) ||
                !find_office(fold, roster, entry, out->office))
            continue;
        /* An order that was replaced before anybody could issue it is none. */
        enum grid_status status = still_holds(fold, entry, &holds);
        *found = holds;
        if (status != GRID_OK || holds)
            return status;
    }
    return GRID_OK;
}

/* --- making one --- */

/* The code that the case goes by: the latest that a recode gave, else the first. */
static enum grid_status find_code(
        struct draft *draft, struct case_code *code, struct grid_error *error)
{
    struct fold *fold = draft->context->fold;
    const struct fold_item *items = NULL;
    size_t count = 0;
    struct bytes digits = value_text(fold_create(fold)->body.args[GRID_ARGUMENT_CODE]);
    enum grid_status status = fold_collection(fold, GRID_COLLECTION_CODES, &items, &count);
    for (size_t i = count; i > 0 && status == GRID_OK; i--) {
        if (items[i - 1].entry->head.kind != GRID_KIND_RECODE)
            continue;
        digits = value_text(items[i - 1].value);
        status = naming_basis(draft, &items[i - 1].entry->dot, error);
        break;
    }
    *code = (struct case_code){0};
    if (status == GRID_OK && digits.size != GRID_CODE_DIGITS)
        status = grid_fail(error, GRID_REFUSED, "void_requirement", "%s", "document");
    if (status == GRID_OK)
        memcpy(code->digits, digits.data, GRID_CODE_DIGITS);
    return status;
}

/* P-131: what a number names once, it names for good. Serials go on behind those held, valid or
 * not. An office that lost its database may have given out some that nobody told it of yet: of a
 * case older than its present author it begins in a part of the range that its earlier authors left
 * free. */
static enum grid_status next_serial(const struct document_office *office, const struct fold *fold,
        struct document_number *number, struct grid_error *error)
{
    enum { PARTS = 5 };
    unsigned first = 0;
    unsigned last = 0;
    if (!document_range(office->unit, &first, &last))
        return grid_fail(error, GRID_REFUSED, "void_requirement", "%s", "document");
    unsigned next = first;
    if (office->incarnation > 1 && fold_create(fold)->head.hlc <= office->incarnated)
        next += (office->incarnation - 1) % PARTS * ((last - first + 1) / PARTS);
    for (size_t i = 0; i < fold_entry_count(fold); i++) {
        struct document_value value;
        const struct fold_entry *entry = fold_entry_at(fold, i);
        if (entry->verdict != GRID_OPAQUE && entry_document(entry, &value) &&
                strcmp(value.number.code.digits, number->code.digits) == 0 &&
                value.number.letter == number->letter && value.number.serial >= next &&
                value.number.serial <= last)
            next = value.number.serial + 1;
    }
    number->serial = next;
    if (next > last)
        return grid_fail(error, GRID_LIMIT, "documents_used_up", "%u" GRID_ARG "%u", first, last);
    return GRID_OK;
}

static enum grid_status fill_document(struct draft *draft, const struct document_office *office,
        const struct document_want *want, uint64_t stamp, struct grid_error *error)
{
    struct fold *fold = draft->context->fold;
    struct document_value *value = arena_alloc(draft->arena, sizeof(*value));
    char *token = arena_alloc(draft->arena, GRID_TOKEN_CHARS + 1);
    if (value == NULL || token == NULL)
        return GRID_NOMEM;
    value->number.letter = want->letter;
    value->ground = want->ground->dot;
    value->issuer = office->name;
    value->date_ms = stamp_ms(stamp);
    enum grid_status status = naming_fill(draft, error);
    if (status == GRID_OK)
        status = naming_basis(draft, &value->ground, error);
    if (status == GRID_OK)
        status = find_code(draft, &value->number.code, error);
    if (status == GRID_OK)
        status = next_serial(office, fold, &value->number, error);
    if (status == GRID_OK && want->letter == GRID_DOCUMENT_NOTICE_ACCEPTANCE) {
        status = token_make(token, office->secret, &value->number.code);
        value->token = bytes_text(token);
    }
    if (status == GRID_OK)
        status = document_write(office, fold, want, draft->arena, value);
    struct buffer packed = {0};
    if (status == GRID_OK) {
        value_pack_document(&packed, value);
        return draft_add(draft, GRID_COLLECTION_DOCUMENTS, &packed, error);
    }
    return status;
}

enum grid_status document_make(const struct document_office *office, struct fold *fold,
        const struct document_want *want, uint64_t stamp, struct arena *arena,
        struct act_result *out, struct grid_error *error)
{
    struct act_context context = {
            .world = office->world, .fold = fold, .wall_ms = stamp_ms(stamp), .rv = office->rv};
    struct act_author author = {.role = GRID_ROLE_NODE, .place = office->unit};
    const struct grid_error whole = {0};
    memcpy(author.author, office->author, sizeof(author.author));
    if (fold_entry_count(fold) >= GRID_CASE_ENTRIES_MAX)
        return grid_fail(error, GRID_LIMIT, "case_full", "%d", GRID_CASE_ENTRIES_MAX);
    struct draft *draft = arena_alloc(arena, sizeof(*draft));
    if (draft == NULL)
        return GRID_NOMEM;
    draft->context = &context;
    draft->author = &author;
    draft->arena = arena;
    draft->kind = GRID_KIND_DOCUMENT;
    enum grid_status status = fill_document(draft, office, want, stamp, error);
    return status == GRID_OK ? draft_decide(draft, stamp, &whole, out, error) : status;
}
