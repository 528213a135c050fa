/* What a document says: templates whose {names} are filled from the case as it stands, once. What
 * is filled in is frozen with the entry; a template that changes gets the next version (P-132). */
#include "libgrid/case/codebook.h"
#include "libgrid/case/document.h"
#include "libgrid/case/inside.h"
#include "proto/stamp.h"

#include <stdio.h>
#include <string.h>

enum { TEMPLATE_VERSION = 1, SUMMARY_CHARS_MAX = 200 };

/* --- the templates --- */

struct template
{
    /* label, what stands beside it; left out where nothing does */
    const char *fields[DOCUMENT_FIELDS_MAX][2];
    const char *text; /* a line each paragraph */
};

static const struct template accepted = {
        {{"反映事项", "{title}"}, {"事项类别", "{category}"}, {"发生地点", "{place}"},
                {"情况摘要", "{summary}"}, {"处理决定", "予以受理"}, {"受理单位", "{holder}"},
                {"受理时间", "{done}"}, {"办理时限", "{due}"}},
        "您反映的“{title}”事项，经审查，属于受理范围，现予受理，由{holder}负责，{due}前办结。\n"
        "您可以凭案码和查询码，向{office}或者所在网格的网格员查询办理进展。\n"
        "特此告知。"};

static const struct template declined = {
        {{"反映事项", "{title}"}, {"事项类别", "{category}"}, {"发生地点", "{place}"},
                {"情况摘要", "{summary}"}, {"处理决定", "不予受理"}, {"决定时间", "{done}"},
                {"理由及去向", "{outcome}"}},
        "您反映的“{title}”事项，经审查，决定不予受理，理由和可以办理的去向如上。\n"
        "您对本决定有异议的，可以凭案码和查询码，向{office}或者上级综治中心提出。\n"
        "特此告知。"};

static const struct template order = {
        {{"交办事项", "{title}"}, {"事项类别", "{category}"}, {"紧急程度", "{urgency}"},
                {"发生地点", "{place}"}, {"发生时间", "{occurred}"}, {"情况摘要", "{summary}"},
                {"主办单位", "{lead}"}, {"协办单位", "{assists}"}, {"办理时限", "{due}"},
                {"交办要求", "{words}"}},
        "现将“{title}”事项转送你单位主办，请在办理时限内办结。\n"
        "一、收到后请及时签收，并与当事人取得联系。\n"
        "二、不属于本单位职责、地址不清或者类别有误的，请说明理由退回，不得自行转送。\n"
        "三、需要延期或者挂起的，请在时限届满前提出申请。\n"
        "四、办结后请回复办理方式和结果，并附办理后的照片或者文书。"};

static const struct template result = {
        {{"反映事项", "{title}"}, {"事项类别", "{category}"}, {"发生地点", "{place}"},
                {"受理单位", "{holder}"}, {"办理单位", "{lead}"}, {"办理方式", "{method}"},
                {"办理结论", "{success}"}, {"办理结果", "{outcome}"}, {"反馈意见", "{words}"}},
        "您反映的“{title}”事项已经办结，办理结果如上。\n"
        "您对办理结果不满意的，可以凭案码向{office}提出，要求重新办理；也可以依法通过调解、仲裁、"
        "诉讼等途径解决。\n"
        "特此告知。"};

static const struct template reminder = {
        {{"事项", "{title}"}, {"事项类别", "{category}"}, {"紧急程度", "{urgency}"},
                {"发生地点", "{place}"}, {"督办等级", "{card}"}, {"办理时限", "{due}"},
                {"目前状态", "{state}"}, {"督办要求", "{words}"}, {"回复期限", "{reply_by}"}},
        "“{title}”事项由你单位负责办理，现予{card}督办。\n"
        "请立即采取措施推进办理，并于{reply_by}前书面回复办理情况；办理确有困难的，请一并说明原因和"
        "需要协调的事项。\n"
        "特此函告。"};

static const struct template warning = {
        {{"风险等级", "{risk}"}, {"风险类别", "{category}"}, {"风险事项", "{title}"},
                {"所在地点", "{place}"}, {"防范措施", "{words}"}, {"回复期限", "{reply_by}"}},
        "经研判，上述地点存在“{title}”风险，等级为{risk}。\n"
        "请按照上述措施落实防范责任，密切关注变化，防止矛盾激化或者险情扩大，并于{reply_by}前书面回复"
        "落实情况。\n"
        "特此函告。"};

/* --- words --- */

static const char *const urgencies[] = {"", "U1 特急", "U2 紧急", "U3 小事当日", "U4 一般"};
static const char *const risks[] = {"R0（无明显风险）", "R1（一般）", "R2（较大）", "R3（重大）"};
static const char *const cards[] = {"", "黄牌", "红牌"};
static const char *const states[] = {"", "已上报，尚未受理", "已受理，尚未分流", "已分流，尚未签收",
        "办理中", "挂起", "已办结，待回访", "不予受理", "已并案", "已撤回", "已归档"};
static const char *const methods[GRID_METHOD_END] = {"", "当场处置", "解释疏导", "人民调解",
        "行政调解", "司法调解", "整改", "维修", "代办", "仲裁", "诉讼", "司法确认", "转介"};

/* --- what is filled in --- */

enum { FACTS_MAX = 24 };
struct facts {
    const struct document_office *office;
    struct fold *fold;
    const struct fold_entry *ground;
    struct arena *arena;
    struct {
        const char *name;
        struct bytes text;
    } at[FACTS_MAX];
    size_t count;
    bool failed;
};

static void fact(struct facts *facts, const char *name, struct bytes text)
{
    if (facts->count == FACTS_MAX) {
        facts->failed = true;
        return;
    }
    facts->at[facts->count].name = name;
    facts->at[facts->count++].text = text;
}

static void fact_word(struct facts *facts, const char *name, const char *const *words, size_t count,
        uint64_t number)
{
    fact(facts, name, bytes_text(number < count ? words[number] : ""));
}

/* What the buffer holds, as the arena's; the buffer is closed. */
static struct bytes take_text(struct facts *facts, struct buffer *built)
{
    struct bytes text = {0};
    if (!built->failed)
        text = arena_copy(facts->arena, buffer_bytes(built));
    facts->failed = facts->failed || text.data == NULL;
    buffer_close(built);
    return text;
}

static void append(struct buffer *out, struct bytes text)
{
    buffer_append(out, text.data, text.size);
}

/* 2026年11月22日18时30分, the end of a day as its 24 o'clock; or the day alone */
static struct bytes time_text(struct facts *facts, int64_t ms, bool day_alone)
{
    char stamp[STAMP_TEXT_BYTES];
    char date[48];
    char hour[32];
    struct buffer built = {0};
    if (ms <= 0)
        return (struct bytes){0};
    stamp_print(stamp, ms); /* 2026-11-22T18:30:00+08:00 */
    snprintf(hour, sizeof(hour), "%.2s时%.2s分", stamp + 11, stamp + 14);
    if (!day_alone && memcmp(stamp + 11, "00:00", 5) == 0) {
        stamp_print(stamp, ms - 1);
        snprintf(hour, sizeof(hour), "24时");
    }
    snprintf(date, sizeof(date), "%.4s年%.2s月%.2s日", stamp, stamp + 5, stamp + 8);
    append(&built, bytes_text(date));
    append(&built, bytes_text(day_alone ? "" : hour));
    return take_text(facts, &built);
}

static struct bytes place_name(const struct facts *facts, struct bytes place)
{
    const struct grid_roster *roster = facts->office->world->roster;
    const struct grid_department *department = grid_roster_department(roster, place);
    const struct grid_unit *unit = grid_roster_unit(roster, place);
    if (department != NULL)
        return department->name;
    return unit != NULL ? unit->name : place;
}

static struct bytes shown(const struct facts *facts, unsigned reg)
{
    return fold_shown(facts->fold, reg);
}

/* At most so many characters, and a sign where something was left out. */
static struct bytes clipped(struct facts *facts, struct bytes text, size_t chars_max)
{
    static const char mark[] = "……";
    enum { MARK_CHARS = 2 };
    size_t size = 0;
    if (text_chars(text) <= chars_max)
        return text;
    for (size_t chars = 0; size < text.size; size++) {
        chars += (text.data[size] & 0xc0) != 0x80;
        if (chars > chars_max - MARK_CHARS)
            break;
    }
    struct buffer built = {0};
    append(&built, bytes_of(text.data, size));
    append(&built, bytes_text(mark));
    return take_text(facts, &built);
}

/* 柳塔村 吴家沟社一联户（涝坝东侧） */
static struct bytes matter_place(struct facts *facts)
{
    struct buffer built = {0};
    struct bytes unit = value_text(shown(facts, GRID_REGISTER_UNIT));
    struct bytes village = place_cut(unit, GRID_PLACE_VILLAGE);
    struct bytes words = value_text(shown(facts, GRID_REGISTER_PLACE_TEXT));
    if (village.size > 0 && !bytes_equal(village, unit)) {
        append(&built, place_name(facts, village));
        append(&built, bytes_text(" "));
    }
    append(&built, place_name(facts, unit));
    if (words.size > 0) {
        append(&built, bytes_text("（"));
        append(&built, words);
        append(&built, bytes_text("）"));
    }
    return take_text(facts, &built);
}

static struct bytes assists_text(struct facts *facts, const struct lead_value *lead)
{
    struct buffer built = {0};
    for (size_t i = 0; i < lead->assist_count; i++) {
        append(&built, bytes_text(i > 0 ? "、" : ""));
        append(&built, place_name(facts, lead->assists[i]));
    }
    return take_text(facts, &built);
}

/* What its author said beside the act. */
static struct bytes words_of(const struct fold_entry *ground)
{
    struct bytes text = value_text(ground->body.args[GRID_ARGUMENT_TEXT]);
    return text.size > 0 ? text : value_text(ground->body.args[GRID_ARGUMENT_REASON]);
}

/* What the ground itself wrote, or what is shown where it wrote nothing. */
static struct bytes written(const struct facts *facts, unsigned reg)
{
    struct bytes value = case_body_set(&facts->ground->body, reg);
    return value.size > 0 ? value : shown(facts, reg);
}

/* A warning says of what; else the opinion that the case has. */
static uint64_t risk_of(const struct facts *facts)
{
    struct bytes said = facts->ground->body.args[GRID_ARGUMENT_RISK];
    return value_uint(said.size > 0 ? said : shown(facts, GRID_REGISTER_RISK));
}

static struct bytes category_text(const struct facts *facts)
{
    const struct codebook_item *item =
            codebook_item((unsigned)value_uint(shown(facts, GRID_REGISTER_CATEGORY)));
    return bytes_text(item != NULL ? item->name : "待分类");
}

static struct bytes occurred_text(struct facts *facts)
{
    enum { DAY = 2 };
    struct occurred_value occurred = {0};
    if (!value_occurred(shown(facts, GRID_REGISTER_OCCURRED_AT), &occurred))
        return (struct bytes){0};
    return time_text(facts, occurred.ms, occurred.precision == DAY);
}

/* Who gave no more than a title has said all there. */
static struct bytes summary_text(struct facts *facts)
{
    struct bytes words = value_text(shown(facts, GRID_REGISTER_DESCRIPTION));
    if (bytes_equal(words, value_text(shown(facts, GRID_REGISTER_TITLE))))
        return (struct bytes){0};
    return clipped(facts, words, SUMMARY_CHARS_MAX);
}

static void facts_of_outcome(struct facts *facts)
{
    struct outcome_value outcome = {0};
    bool known = value_outcome(written(facts, GRID_REGISTER_OUTCOME), &outcome);
    fact(facts, "outcome", outcome.text);
    fact_word(facts, "method", methods, GRID_METHOD_END, outcome.method);
    fact(facts, "success", bytes_text(!known ? "" : outcome.success ? "已解决" : "未能解决"));
}

static void collect(struct facts *facts, const struct lead_value *lead, int64_t reply_by_ms)
{
    struct due_value due = {0};
    value_due(written(facts, GRID_REGISTER_DUE), &due);
    fact(facts, "title", value_text(shown(facts, GRID_REGISTER_TITLE)));
    fact(facts, "summary", summary_text(facts));
    fact(facts, "category", category_text(facts));
    fact_word(facts, "urgency", urgencies, 5, value_uint(shown(facts, GRID_REGISTER_URGENCY)));
    fact(facts, "place", matter_place(facts));
    fact(facts, "occurred", occurred_text(facts));
    fact(facts, "holder", place_name(facts, value_text(written(facts, GRID_REGISTER_HOLDER))));
    fact(facts, "done", time_text(facts, stamp_ms(facts->ground->head.hlc), false));
    fact(facts, "due", time_text(facts, due.finish_ms, false));
    fact(facts, "lead", lead->lead.size > 0 ? place_name(facts, lead->lead) : lead->lead);
    fact(facts, "assists", assists_text(facts, lead));
    fact(facts, "words", words_of(facts->ground));
    fact_word(facts, "risk", risks, 4, risk_of(facts));
    fact_word(facts, "card", cards, 3, value_uint(written(facts, GRID_REGISTER_SUPERVISION)));
    fact_word(facts, "state", states, 11, fold_state(facts->fold));
    fact(facts, "reply_by", time_text(facts, reply_by_ms, false));
    fact(facts, "office", facts->office->name);
    facts_of_outcome(facts);
}

/* The template with its {names} replaced; *any says whether one of them had something to say. */
static struct bytes fill(struct facts *facts, const char *template, bool *any)
{
    struct buffer built = {0};
    bool named = false;
    *any = false;
    for (const char *at = template; *at != '\0';) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (end == NULL) {
            size_t size = 1 + strcspn(at + 1, "{");
            buffer_append(&built, at, size);
            at += size;
            continue;
        }
        named = true;
        struct bytes name = bytes_of(at + 1, (size_t)(end - at - 1));
        for (size_t i = 0; i < facts->count; i++)
            if (bytes_equal(name, bytes_text(facts->at[i].name))) {
                append(&built, facts->at[i].text);
                *any = *any || facts->at[i].text.size > 0;
            }
        at = end + 1;
    }
    *any = *any || !named;
    return clipped(facts, take_text(facts, &built), GRID_DESCRIPTION_CHARS_MAX);
}

static void fill_all(
        struct facts *facts, const struct template *template, struct document_value *out)
{
    bool any = false;
    for (size_t i = 0; i < DOCUMENT_FIELDS_MAX && template->fields[i][0] != NULL; i++) {
        struct bytes text = fill(facts, template->fields[i][1], &any);
        if (!any)
            continue;
        out->fields[out->field_count].label = bytes_text(template->fields[i][0]);
        out->fields[out->field_count++].text = text;
    }
    out->text = fill(facts, template->text, &any);
}

/* --- to whom, and until when --- */

static void address(struct facts *facts, struct document_value *out, struct bytes place)
{
    out->parties[out->party_count].place = place;
    out->parties[out->party_count++].name =
            place.size == 0 ? bytes_text("申请人")
                            : clipped(facts, place_name(facts, place), DOCUMENT_NAME_CHARS_MAX);
}

/* The lead answers for the work; where nobody leads, the office that holds the case, and for a
 * warning the village. */
static void address_all(
        struct facts *facts, char letter, const struct lead_value *lead, struct document_value *out)
{
    struct bytes place = lead->lead;
    struct bytes unit = value_text(shown(facts, GRID_REGISTER_UNIT));
    if (letter == GRID_DOCUMENT_NOTICE_ACCEPTANCE || letter == GRID_DOCUMENT_NOTICE_RESULT) {
        address(facts, out, (struct bytes){0});
        return;
    }
    if (place.size == 0)
        place = letter == GRID_DOCUMENT_LETTER_RISK
                        ? place_cut(unit, GRID_PLACE_VILLAGE)
                        : value_text(shown(facts, GRID_REGISTER_HOLDER));
    address(facts, out, place);
    for (size_t i = 0; i < lead->assist_count && letter == GRID_DOCUMENT_ORDER_TRANSFER; i++)
        address(facts, out, lead->assists[i]);
}

/* What the act itself says goes before the policy. 0: nobody is asked. */
static int64_t reply_by(const struct facts *facts, char letter, int64_t now_ms)
{
    int64_t until_ms = value_int(facts->ground->body.args[GRID_ARGUMENT_UNTIL]);
    unsigned risk = (unsigned)risk_of(facts);
    unsigned card = GRID_SUPERVISION_NONE;
    if (letter == GRID_DOCUMENT_LETTER_REMINDER)
        card = (unsigned)value_uint(written(facts, GRID_REGISTER_SUPERVISION));
    else if (letter != GRID_DOCUMENT_LETTER_RISK)
        return 0;
    return until_ms > 0 ? until_ms : policy_reply_by(facts->office->policy, card, risk, now_ms);
}

static const struct template *find_template(const struct document_want *want)
{
    switch ((enum grid_document)want->letter) {
    case GRID_DOCUMENT_NOTICE_ACCEPTANCE:
        return want->ground->head.kind == GRID_KIND_DECLINE ? &declined : &accepted;
    case GRID_DOCUMENT_ORDER_TRANSFER:
        return &order;
    case GRID_DOCUMENT_NOTICE_RESULT:
        return &result;
    case GRID_DOCUMENT_LETTER_REMINDER:
        return &reminder;
    case GRID_DOCUMENT_LETTER_RISK:
    case GRID_DOCUMENT_NONE:
        break;
    }
    return &warning;
}

enum grid_status document_write(const struct document_office *office, struct fold *fold,
        const struct document_want *want, struct arena *arena, struct document_value *out)
{
    struct facts *facts = arena_alloc(arena, sizeof(*facts));
    struct lead_value lead = {0};
    if (facts == NULL)
        return GRID_NOMEM;
    facts->office = office;
    facts->fold = fold;
    facts->ground = want->ground;
    facts->arena = arena;
    value_lead(written(facts, GRID_REGISTER_LEAD), &lead);
    out->version = TEMPLATE_VERSION;
    out->reply_by_ms = reply_by(facts, want->letter, out->date_ms);
    collect(facts, &lead, out->reply_by_ms);
    address_all(facts, want->letter, &lead, out);
    fill_all(facts, find_template(want), out);
    return facts->failed ? GRID_NOMEM : GRID_OK;
}
