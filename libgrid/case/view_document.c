/* Documents as records: a row for lists, and one whole. */
#include "libgrid/case/view.h"

#include "proto/stamp.h"

#include <string.h>

/* 150622103-26-0117-00042-89-S01 */
void view_document_number(struct record *record, const struct document_number *number)
{
    char text[GRID_DOCUMENT_TEXT_BYTES];
    document_number_print(text, number);
    record_text(record, "number", text);
}

static void member_reply(struct record *record, const struct case_document *document,
        const struct view_context *context)
{
    static const char *const states[] = {[DOCUMENT_NO_REPLY_ASKED] = NULL,
            [DOCUMENT_REPLIED] = "replied",
            [DOCUMENT_AWAITED] = "awaited",
            [DOCUMENT_OVERDUE] = "overdue"};
    enum document_reply state = document_reply_state(document, context->wall_ms);
    if (document->superseded && state != DOCUMENT_REPLIED)
        state = DOCUMENT_NO_REPLY_ASKED; /* what no longer holds asks for nothing */
    if (document->value.reply_by_ms > 0)
        record_time(record, "reply_by", document->value.reply_by_ms);
    else
        record_nil(record, "reply_by");
    record_text(record, "reply", document->reply != NULL ? "replied" : states[state]);
    if (document->reply != NULL)
        record_time(record, "replied_at", stamp_ms(document->reply->head.hlc));
    else
        record_nil(record, "replied_at");
}

void view_document(struct record *record, const struct case_document *document,
        const struct view_context *context)
{
    const struct document_value *value = &document->value;
    const struct entry *entry = &document->entry->entry;
    view_document_number(record, &value->number);
    record_text(record, "type", grid_document_name(value->number.letter));
    record_str(record, "issuer", value->issuer);
    record_str(record, "addressee", value->parties[0].name);
    record_time(record, "date", value->date_ms);
    record_bool(record, "superseded", document->superseded);
    member_reply(record, document, context);
    view_entry_name(record_member(record, "entry"), entry->author, entry->lane, entry->seq);
    if (document->ground != NULL)
        record_text(record, "ground", grid_kind_name(document->ground->head.kind));
    else
        record_nil(record, "ground");
}

/* {label, text} */
static void member_fields(struct record *record, const struct document_value *value)
{
    struct buffer *out = record_member(record, "fields");
    pack_array(out, value->field_count);
    for (size_t i = 0; i < value->field_count; i++) {
        struct record field = {0};
        record_str(&field, "label", value->fields[i].label);
        record_str(&field, "text", value->fields[i].text);
        record_end(&field, out);
    }
}

static void member_copies(struct record *record, const struct document_value *value)
{
    struct buffer *out = record_member(record, "copies");
    pack_array(out, value->party_count - 1);
    for (size_t i = 1; i < value->party_count; i++)
        pack_str(out, value->parties[i].name);
}

/* {text, who, role, at} of every reply that names it */
static void member_replies(struct record *record, const struct case_documents *documents,
        const struct case_document *document, const struct view_context *context)
{
    struct buffer packed = {0};
    size_t count = 0;
    for (size_t i = 0; i < documents->reply_count; i++) {
        const struct fold_entry *reply = documents->replies[i].entry;
        struct reply_value value;
        struct record item = {0};
        if (!document_is_answered_by(document, reply) ||
                !value_reply(documents->replies[i].value, &value))
            continue;
        record_str(&item, "text", value.text);
        view_author(&item, context, reply);
        record_end(&item, &packed);
        count++;
    }
    record_list(record, "replies", count, &packed);
    buffer_close(&packed);
}

enum grid_status view_document_whole(struct buffer *out, const struct case_documents *documents,
        const struct case_document *document, const struct view_context *context)
{
    const struct document_value *value = &document->value;
    struct record record = {0};
    char code[GRID_CODE_TEXT_BYTES];
    char qr[GRID_QR_TEXT_BYTES];
    char token[GRID_TOKEN_CHARS + 1] = "";
    if (value->token.size == GRID_TOKEN_CHARS)
        memcpy(token, value->token.data, GRID_TOKEN_CHARS);
    view_document(&record, document, context);
    code_print(code, &value->number.code);
    case_qr_text(qr, &value->number.code, token);
    record_text(&record, "case", code);
    record_text(&record, "token", token[0] != '\0' ? token : NULL);
    record_text(&record, "qr", qr);
    record_uint(&record, "version", value->version);
    member_copies(&record, value);
    member_fields(&record, value);
    record_str(&record, "text", value->text);
    member_replies(&record, documents, document, context);
    record_end(&record, out);
    return out->failed ? GRID_NOMEM : GRID_OK;
}
