#include "libgrid/case/verbs.h"

#include "libgrid/case/draft.h"
#include "proto/limits.h"

enum { TAG_CHARS_MAX = 30 };

/* Where a field goes. */
#define GIVES .target = VERB_GIVES
#define SETS(reg) .target = VERB_SETS, .number = GRID_REGISTER_##reg
#define ADDS(collection) .target = VERB_ADDS, .number = GRID_COLLECTION_##collection
#define TAKES(collection) .target = VERB_TAKES, .number = GRID_COLLECTION_##collection
#define ARGUES(argument) .target = VERB_ARGUES, .number = GRID_ARGUMENT_##argument
/* What it holds. */
#define WORDS .read = typed_text, .min = 1, .max = GRID_DESCRIPTION_CHARS_MAX, .lines = true
#define WORDS_OR_NONE .read = typed_text, .max = GRID_DESCRIPTION_CHARS_MAX, .lines = true
#define TAG .read = typed_tag, .min = 1, .max = TAG_CHARS_MAX, .repeated = true

/* clang-format off */
static const struct verb_field report_fields[] = {
    {.name = "source", ARGUES(SOURCE), .read = typed_source},
    {.name = "applicant", ARGUES(APPLICANT), .read = typed_yes_no},
    {.name = "tag", ADDS(TAGS), TAG},
    {.name = "ref", ADDS(EXTERNAL_REFS), .read = typed_ref, .repeated = true},
    {.name = "resolved", GIVES, .read = typed_method},
    {.name = "result", GIVES, WORDS},
    {0},
};
static const struct verb_field set_fields[] = {
    {.name = "ref", ADDS(EXTERNAL_REFS), .read = typed_ref, .repeated = true},
    {0},
};
static const struct verb_field tag_fields[] = {
    {.name = "add", ADDS(TAGS), TAG},
    {.name = "remove", TAKES(TAGS), TAG},
    {0},
};
static const struct verb_field note_fields[] = {
    {.name = "text", ADDS(NOTES), WORDS, .needed = true},
    {0},
};
static const struct verb_field second_fields[] = {
    {.name = "text", ADDS(SECONDS), WORDS_OR_NONE},
    {0},
};
static const struct verb_field discuss_fields[] = {
    {.name = "text", GIVES, WORDS, .needed = true},
    {.name = "risk", GIVES, .read = typed_risk},
    {0},
};
static const struct verb_field accept_fields[] = {
    {.name = "category", SETS(CATEGORY), .read = typed_category},
    {0},
};
static const struct verb_field decline_fields[] = {
    {.name = "reason", GIVES, WORDS, .needed = true},
    {0},
};
static const struct verb_field assign_fields[] = {
    {.name = "lead", GIVES, .read = typed_lead, .needed = true},
    {.name = "assist", GIVES, .read = typed_lead, .repeated = true},
    {.name = "until", GIVES, .read = typed_until},
    {0},
};
static const struct verb_field return_fields[] = {
    {.name = "return_reason", ARGUES(REASON), .read = typed_return_reason, .needed = true},
    {.name = "text", ARGUES(TEXT), WORDS},
    {0},
};
static const struct verb_field ask_fields[] = {
    {.name = "ask", ARGUES(REASON), .read = typed_ask, .needed = true},
    {.name = "until", ARGUES(UNTIL), .read = typed_until, .needed = true},
    {.name = "reason", ADDS(NOTES), WORDS, .needed = true},
    {0},
};
static const struct verb_field until_fields[] = { /* hold, extend */
    {.name = "until", ARGUES(UNTIL), .read = typed_until, .needed = true},
    {.name = "reason", ARGUES(REASON), WORDS, .needed = true},
    {0},
};
static const struct verb_field reason_fields[] = { /* reopen */
    {.name = "reason", ARGUES(REASON), WORDS, .needed = true},
    {0},
};
static const struct verb_field may_reason_fields[] = { /* withdraw, escalate */
    {.name = "reason", ARGUES(REASON), WORDS},
    {0},
};
static const struct verb_field resolve_fields[] = {
    {.name = "method", GIVES, .read = typed_method, .needed = true},
    {.name = "result", GIVES, WORDS, .needed = true},
    {.name = "failed", GIVES, .read = typed_yes_no},
    {.name = "reason", ARGUES(REASON), WORDS},
    {0},
};
static const struct verb_field follow_up_fields[] = {
    {.name = "reached", ARGUES(REACHED), .read = typed_yes_no, .needed = true},
    {.name = "satisfied", ARGUES(SATISFIED), .read = typed_number, .min = 1, .max = 5},
    {.name = "text", ADDS(FOLLOW_UPS), WORDS},
    {0},
};
static const struct verb_field feedback_fields[] = {
    {.name = "text", ARGUES(TEXT), WORDS, .needed = true},
    {0},
};
static const struct verb_field close_fields[] = {
    {.name = "as_is", ARGUES(REASON), .read = typed_close},
    {0},
};
static const struct verb_field text_fields[] = {
    {.name = "text", ARGUES(TEXT), WORDS_OR_NONE},
    {0},
};
static const struct verb_field supervise_fields[] = {
    {.name = "level", SETS(SUPERVISION), .read = typed_card, .needed = true},
    {.name = "text", ARGUES(TEXT), WORDS_OR_NONE},
    {0},
};
static const struct verb_field lead_case_fields[] = {
    {.name = "leader", .needed = true},
    {0},
};
static const struct verb_field warn_fields[] = {
    {.name = "risk", ARGUES(RISK), .read = typed_grave_risk, .needed = true},
    {.name = "text", ARGUES(TEXT), WORDS, .needed = true},
    {0},
};
static const struct verb_field reply_fields[] = {
    {.name = "number", .needed = true},
    {.name = "text", GIVES, WORDS, .needed = true},
    {0},
};
static const struct verb_field ruling_fields[] = {
    {.name = "field", .needed = true},
    {.name = "reason", ARGUES(REASON), WORDS, .needed = true},
    {.name = "take"},
    {.name = "value"},
    {0},
};

#define VERB(verb, makes, ...) {.name = verb, .kind = GRID_KIND_##makes, __VA_ARGS__}
static const struct verb verbs[] = {
    VERB("report", CREATE, .registers = VERB_REPORTS, .fields = report_fields, .fill = report_fill),
    VERB("set", AMEND, .registers = VERB_AMENDS, .fields = set_fields, .fill = fill_set),
    VERB("tag", TAG, .fields = tag_fields, .fill = fill_tag),
    VERB("note", NOTE, .fields = note_fields),
    VERB("second", SECOND, .fields = second_fields, .fill = fill_second),
    VERB("discuss", DISCUSS, .fields = discuss_fields, .fill = fill_discuss),
    VERB("accept", ACCEPT, .fields = accept_fields, .fill = fill_accept),
    VERB("decline", DECLINE, .fields = decline_fields, .fill = fill_decline),
    VERB("assign", ASSIGN, .fields = assign_fields, .fill = fill_assign),
    VERB("escalate", ESCALATE, .fields = may_reason_fields, .fill = fill_escalate),
    VERB("withdraw", WITHDRAW, .fields = may_reason_fields),
    VERB("take", TAKE, .fields = NULL),
    VERB("return", RETURN, .fields = return_fields, .fill = fill_return),
    VERB("ask", ASK, .fields = ask_fields, .fill = fill_ask),
    VERB("hold", HOLD, .fields = until_fields, .fill = fill_hold),
    VERB("resume", RESUME, .fill = fill_resume),
    VERB("extend", EXTEND, .fields = until_fields, .fill = fill_extend),
    VERB("resolve", RESOLVE, .fields = resolve_fields, .fill = fill_resolve),
    VERB("follow_up", FOLLOW_UP, .fields = follow_up_fields, .fill = fill_follow_up),
    VERB("feedback", FEEDBACK, .fields = feedback_fields, .fill = fill_feedback),
    VERB("close", CLOSE, .fields = close_fields, .fill = fill_close),
    VERB("reopen", REOPEN, .fields = reason_fields, .fill = fill_reopen),
    VERB("review", REVIEW, .fields = NULL),
    VERB("merge", MERGE, .fill = fill_merge),
    VERB("unmerge", UNMERGE, .fill = fill_unmerge),
    VERB("recode", RECODE, .fill = fill_recode),
    VERB("urge", URGE, .fields = text_fields),
    VERB("supervise", SUPERVISE, .fields = supervise_fields),
    VERB("lead_case", LEAD_CASE, .fields = lead_case_fields, .fill = fill_lead_case),
    VERB("warn", WARN, .fields = warn_fields),
    VERB("reply", REPLY, .fields = reply_fields, .fill = fill_reply),
    VERB("ruling", RULING, .fields = ruling_fields, .fill = fill_ruling),
};
/* clang-format on */

const struct verb *verb_find(struct bytes name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (bytes_equal(name, bytes_text(verbs[i].name)))
            return &verbs[i];
    return NULL;
}
