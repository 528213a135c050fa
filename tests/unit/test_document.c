/* Documents: their numbers and tokens, what the fold makes of them, what a case has and lacks, and
 * what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/hand.h"

#include "libgrid/case/deadline.h"
#include "libgrid/case/document.h"
#include "libgrid/case/inside.h"

#include <stdio.h>
#include <string.h>

static const uint8_t token_key[GRID_TOKEN_KEY_BYTES] = {1, 2, 3};
static const struct actor the_node = {"", GRID_ROLE_NODE, STAGE_TOWNSHIP, 15};

/* --- numbers and tokens --- */

static void assert_number(const char *typed, const char *printed)
{
    struct document_number number;
    char text[GRID_DOCUMENT_TEXT_BYTES];
    struct grid_error error = {0};
    if (document_number_parse(&number, typed, &error) != GRID_OK)
        fail_msg("%s: %s", typed, error.reason);
    document_number_print(text, &number);
    assert_string_equal(text, printed);
}

static void assert_no_number(const char *typed, const char *reason)
{
    struct document_number number;
    struct grid_error error = {0};
    assert_int_equal(document_number_parse(&number, typed, &error), GRID_INVALID);
    assert_string_equal(error.reason, reason);
    assert_int_equal(number.serial, 0);
}

static void a_number_is_read_as_people_type_it(void **state)
{
    (void)state;
    const char *printed = "150622103-26-0117-00042-89-S01";
    assert_number("1506221032601170004289S01", printed);
    assert_number(" 150622103-26-0117-00042-89 s 01\n", printed);
    assert_number("１５０６２２１０３－２６－０１１７－０００４２－８９－Ｓ０１", printed);
    assert_no_number("1506221032601170004289", "document_form");
    assert_no_number("1506221032601170004289S", "document_form");
    assert_no_number("1506221032601170004289S1", "document_form");
    assert_no_number("1506221032601170004289S001", "document_form");
    assert_no_number("1506221032601170004289S00", "document_form");
    assert_no_number("1506221032601170004289X01", "document_form");
    assert_no_number("1506221032601170004289S01!", "document_form");
    assert_no_number("S01", "document_form");
    assert_no_number("15062210326011700042891S01", "code_digits");
    assert_no_number("1506221032601170004298S01", "code_check");
}

static void a_range_belongs_to_one_level(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        unsigned first, last;
    } ranges[] = {{"150622103", 1, 49}, {"150622", 50, 69}, {"1506", 70, 79}, {"15", 80, 99}};
    unsigned first = 0;
    unsigned last = 0;
    for (size_t i = 0; i < 4; i++) {
        assert_true(document_range(bytes_text(ranges[i].unit), &first, &last));
        assert_int_equal(first, ranges[i].first);
        assert_int_equal(last, ranges[i].last);
    }
    assert_false(document_range(bytes_text(STAGE_VILLAGE), &first, &last));
    assert_false(document_range(bytes_text(STAGE_DEPARTMENT), &first, &last));
}

static void a_token_is_read_as_people_type_it(void **state)
{
    (void)state;
    struct case_code code;
    char made[GRID_TOKEN_CHARS + 1];
    char read[GRID_TOKEN_CHARS + 1];
    assert_ok(code_parse(&code, "1506221032601170004289", NULL));
    assert_ok(token_make(made, token_key, &code));
    assert_true(token_read(read, made));
    assert_string_equal(read, made);
    assert_true(token_read(read, " oil-7k3 "));
    assert_string_equal(read, "0117K3");
    assert_true(token_read(read, "ＯｉＬ７ｋ３"));
    assert_string_equal(read, "0117K3");
    assert_false(token_read(read, "0117K"));
    assert_false(token_read(read, "0117K33"));
    assert_false(token_read(read, "0117KU")); /* U is not of the alphabet */
    assert_false(token_read(read, "0117K。"));
}

/* --- a case on the stage --- */

static struct fold *reported(struct stage *stage, const char *applicant)
{
    struct fold *fold = NULL;
    stage_act(stage, &the_worker, &fold, "report",
            FIELDS("title", STAGE_TITLE, "text", "东墙两道裂缝，近一个月变宽。", "unit",
                    STAGE_MICRO, "category", "0208", "urgency", "U3", "applicant", applicant,
                    "place", "涝坝东侧"));
    return fold;
}

/* Accepted, and assigned to the department. */
static struct fold *assigned(struct stage *stage)
{
    struct fold *fold = reported(stage, "no");
    struct hand_act accept = hand_accept(STAGE_TOWNSHIP);
    struct hand_act assign = hand_assign(STAGE_DEPARTMENT);
    hand_stage(stage, &the_clerk, &fold, &accept);
    hand_stage(stage, &the_clerk, &fold, &assign);
    return fold;
}

/* Letters whose reply is late by this clock. */
static enum grid_status documents_overdue(struct fold *fold, int64_t wall_ms, size_t *count)
{
    struct case_documents documents;
    enum grid_status status = documents_of(fold, &documents);
    *count = 0;
    for (size_t i = 0; i < documents.count && status == GRID_OK; i++) {
        struct case_document one;
        status = document_at(&documents, i, &one);
        *count += status == GRID_OK && !one.superseded &&
                  document_reply_state(&one, wall_ms) == DOCUMENT_OVERDUE;
    }
    return status;
}

static struct document_office office_of(struct stage *stage)
{
    static uint8_t author[GRID_ID_BYTES];
    memset(author, the_node.author, sizeof(author));
    return (struct document_office){.world = &stage->world,
            .rv = roster_rv(stage->roster),
            .policy = policy_builtin(),
            .unit = bytes_text(STAGE_TOWNSHIP),
            .name = bytes_text("纳日松镇综治中心"),
            .author = author,
            .secret = token_key,
            .incarnation = 1};
}

static bool next_want(struct stage *stage, struct fold *fold, struct document_want *want)
{
    struct case_documents documents;
    size_t index = 0;
    bool found = false;
    assert_ok(documents_of(fold, &documents));
    assert_ok(document_want_next(&documents, stage->roster, &index, want, &found));
    return found;
}

/* Issues the next one; its printed number without the code, or "" when nothing is wanted. */
static const char *issue_as(
        struct stage *stage, struct fold *fold, const struct document_office *by)
{
    static char serial[8];
    struct document_want want;
    serial[0] = '\0';
    if (!next_want(stage, fold, &want))
        return serial;
    assert_string_equal(want.office, STAGE_TOWNSHIP);
    stage->last_stamp = stamp_next(stage->last_stamp, stage->now_ms);
    if (document_make(by, fold, &want, stage->last_stamp, &stage->arena, &stage->result,
                &stage->error) != GRID_OK)
        fail_msg("%s %s", stage->error.reason, stage->error.detail);
    assert_int_equal(stage_add(stage, &the_node, &fold), GRID_VALID);
    struct case_body body = stage_body(stage);
    struct document_value value;
    assert_true(value_document(body.adds[0].value, &value));
    snprintf(serial, sizeof(serial), "%c%02u", value.number.letter, value.number.serial);
    return serial;
}

static const char *issue(struct stage *stage, struct fold *fold)
{
    const struct document_office office = office_of(stage);
    return issue_as(stage, fold, &office);
}

static struct case_document document(struct fold *fold, size_t index)
{
    struct case_documents documents;
    struct case_document one;
    assert_ok(documents_of(fold, &documents));
    assert_true(index < documents.count);
    assert_ok(document_at(&documents, index, &one));
    return one;
}

static size_t document_count(struct fold *fold)
{
    struct case_documents documents;
    assert_ok(documents_of(fold, &documents));
    return documents.count;
}

static const char *field_of(const struct document_value *value, const char *label)
{
    static char text[4100];
    for (size_t i = 0; i < value->field_count; i++)
        if (bytes_equal(value->fields[i].label, bytes_text(label))) {
            snprintf(text, sizeof(text), "%.*s", (int)value->fields[i].text.size,
                    (const char *)value->fields[i].text.data);
            return text;
        }
    return "";
}

static bool contains(struct bytes text, const char *words)
{
    return text.size > 0 && memmem(text.data, text.size, words, strlen(words)) != NULL;
}

/* --- what asks for a document --- */

static void an_accept_asks_for_a_notice_once(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "yes");
    struct document_want want;
    assert_false(next_want(stage, fold, &want));
    struct hand_act accept = hand_accept(STAGE_VILLAGE);
    const struct fold_entry *ground = hand_stage(stage, &the_secretary, &fold, &accept);
    assert_string_equal(issue(stage, fold), "S01");
    assert_string_equal(issue(stage, fold), "");
    struct case_document notice = document(fold, 0);
    assert_ptr_equal(notice.ground, ground);
    assert_false(notice.superseded);
    assert_int_equal(notice.value.parties[0].place.size, 0);
    assert_int_equal(notice.value.token.size, GRID_TOKEN_CHARS);
    assert_int_equal(notice.value.reply_by_ms, 0);
    assert_string_equal(field_of(&notice.value, "反映事项"), STAGE_TITLE);
    assert_string_equal(field_of(&notice.value, "事项类别"), "房屋裂缝危房");
    assert_string_equal(field_of(&notice.value, "发生地点"), "柳塔村 吴家沟社一联户（涝坝东侧）");
    assert_string_equal(field_of(&notice.value, "受理单位"), "柳塔村");
    assert_string_equal(field_of(&notice.value, "办理时限"), "2026年11月24日09时30分");
    assert_true(contains(notice.value.text, "现予受理"));
    fold_close(fold);
}

static void nobody_waits_for_an_answer_where_there_is_no_applicant(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "no");
    struct hand_act accept = hand_accept(STAGE_VILLAGE);
    hand_stage(stage, &the_secretary, &fold, &accept);
    assert_string_equal(issue(stage, fold), "");
    fold_close(fold);
}

static void a_decline_says_why_and_where_to_go(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "yes");
    struct hand_act decline = hand_decline();
    hand_stage(stage, &the_clerk, &fold, &decline);
    assert_string_equal(issue(stage, fold), "S01");
    struct case_document notice = document(fold, 0);
    assert_string_equal(field_of(&notice.value, "处理决定"), "不予受理");
    assert_string_equal(field_of(&notice.value, "理由及去向"), decline.outcome);
    /* it was taken up all the same: what was said no longer holds */
    struct hand_act reopen = {.kind = GRID_KIND_REOPEN,
            .state = GRID_STATE_ACCEPTED,
            .due_ms = stage->now_ms + 1000,
            .reason = "可以调解"};
    hand_stage(stage, &the_clerk, &fold, &reopen);
    assert_true(document(fold, 0).superseded);
    assert_string_equal(issue(stage, fold), "");
    fold_close(fold);
}

static void each_assign_is_an_order_and_replaces_the_one_before(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "no");
    struct hand_act accept = hand_accept(STAGE_TOWNSHIP);
    struct hand_act first = hand_assign(STAGE_DEPARTMENT "," STAGE_GRID "," STAGE_VILLAGE);
    struct hand_act second = hand_assign(STAGE_GRID);
    hand_stage(stage, &the_clerk, &fold, &accept);
    hand_stage(stage, &the_clerk, &fold, &first);
    assert_string_equal(issue(stage, fold), "Z01");
    struct case_document order = document(fold, 0);
    assert_int_equal(order.value.party_count, 3);
    assert_true(bytes_equal(order.value.parties[0].name, bytes_text("纳日松镇司法所")));
    assert_string_equal(field_of(&order.value, "协办单位"), "柳塔村、柳塔村第一网格");
    hand_stage(stage, &the_clerk, &fold, &second);
    assert_true(document(fold, 0).superseded);
    assert_string_equal(issue(stage, fold), "Z02");
    assert_false(document(fold, 1).superseded);
    fold_close(fold);
}

static void an_order_replaced_before_it_was_issued_is_none(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "no");
    struct hand_act acts[] = {
            hand_accept(STAGE_TOWNSHIP), hand_assign(STAGE_DEPARTMENT), hand_assign(STAGE_GRID)};
    for (size_t i = 0; i < 3; i++)
        hand_stage(stage, &the_clerk, &fold, &acts[i]);
    assert_string_equal(issue(stage, fold), "Z01");
    assert_true(bytes_equal(document(fold, 0).value.parties[0].place, bytes_text(STAGE_GRID)));
    assert_string_equal(issue(stage, fold), "");
    fold_close(fold);
}

/* Accepted, assigned to the worker's grid, taken and resolved: the resolve. */
static struct dot resolved(struct stage *stage, struct fold **fold, const char *words)
{
    struct hand_act accept = hand_accept(STAGE_TOWNSHIP);
    struct hand_act assign = hand_assign(STAGE_GRID);
    struct hand_act take = hand_take();
    struct hand_act resolve = hand_resolve(words);
    hand_stage(stage, &the_clerk, fold, &accept);
    hand_stage(stage, &the_clerk, fold, &assign);
    hand_stage(stage, &the_worker, fold, &take);
    return hand_stage(stage, &the_worker, fold, &resolve)->dot;
}

static void a_feedback_tells_the_result(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "yes");
    resolved(stage, &fold, "甲方出资，十月底前加固东墙");
    struct hand_act feedback = {.kind = GRID_KIND_FEEDBACK, .text = "已当面告知"};
    hand_stage(stage, &the_clerk, &fold, &feedback);
    assert_string_equal(issue(stage, fold), "S01");
    assert_string_equal(issue(stage, fold), "Z01");
    assert_string_equal(issue(stage, fold), "J01");
    assert_string_equal(issue(stage, fold), "");
    struct case_document result = document(fold, 2);
    assert_string_equal(field_of(&result.value, "办理方式"), "人民调解");
    assert_string_equal(field_of(&result.value, "办理结论"), "已解决");
    assert_string_equal(field_of(&result.value, "办理结果"), "甲方出资，十月底前加固东墙");
    assert_string_equal(field_of(&result.value, "反馈意见"), "已当面告知");
    assert_int_equal(result.value.token.size, 0);
    fold_close(fold);
}

static void a_card_and_a_warning_ask_for_a_reply(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "no");
    struct hand_act acts[] = {hand_accept(STAGE_TOWNSHIP), hand_assign(STAGE_DEPARTMENT)};
    for (size_t i = 0; i < 2; i++)
        hand_stage(stage, &the_clerk, &fold, &acts[i]);
    assert_string_equal(issue(stage, fold), "Z01");
    struct hand_act card = {.kind = GRID_KIND_SUPERVISE,
            .supervision = GRID_SUPERVISION_YELLOW,
            .text = "请三日内入户"};
    hand_stage(stage, &the_clerk, &fold, &card);
    assert_string_equal(issue(stage, fold), "T01");
    struct hand_act warn = {.kind = GRID_KIND_WARN, .text = "撤离东屋，设警示带"};
    hand_stage(stage, &the_clerk, &fold, &warn);
    assert_string_equal(issue(stage, fold), "F01");
    struct case_document reminder = document(fold, 1);
    struct case_document risk = document(fold, 2);
    assert_true(bytes_equal(reminder.value.parties[0].place, bytes_text(STAGE_DEPARTMENT)));
    assert_string_equal(field_of(&reminder.value, "督办等级"), "黄牌");
    assert_string_equal(field_of(&risk.value, "防范措施"), "撤离东屋，设警示带");
    int64_t late_ms = reminder.value.reply_by_ms + 1;
    size_t overdue = 0;
    assert_int_equal(document_reply_state(&reminder, late_ms - 1), DOCUMENT_AWAITED);
    assert_int_equal(document_reply_state(&reminder, late_ms), DOCUMENT_OVERDUE);
    assert_ok(documents_overdue(fold, STAGE_NOW_MS, &overdue));
    assert_int_equal(overdue, 0);
    assert_ok(documents_overdue(fold, risk.value.reply_by_ms + late_ms, &overdue));
    assert_int_equal(overdue, 2);
    int64_t by_ms = 0;
    assert_ok(documents_reply_by(fold, &by_ms));
    assert_int_equal(by_ms, reminder.value.reply_by_ms < risk.value.reply_by_ms
                                    ? reminder.value.reply_by_ms
                                    : risk.value.reply_by_ms);
    struct deadline deadline = {0};
    assert_ok(deadline_read(fold, policy_builtin(), stage->world.roster, &deadline));
    assert_int_equal(deadline.reply_ms, by_ms);
    deadline = (struct deadline){.state = GRID_STATE_CLOSED, .reply_ms = by_ms};
    assert_int_equal(deadline_class(&deadline, policy_builtin(), by_ms), DEADLINE_CLASS_NONE);
    assert_int_equal(deadline_class(&deadline, policy_builtin(), by_ms + 1), DEADLINE_CLASS_LETTER);
    /* lifted: nobody has to answer any more */
    struct hand_act red = card;
    red.supervision = GRID_SUPERVISION_RED;
    hand_stage(stage, &the_clerk, &fold, &red);
    assert_true(document(fold, 1).superseded);
    assert_string_equal(issue(stage, fold), "T02");
    fold_close(fold);
}

/* --- numbers --- */

static void serials_go_on_behind_what_came_back(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "no");
    struct document_office office = office_of(stage);
    struct hand_act accept = hand_accept(STAGE_TOWNSHIP);
    struct hand_act leads[] = {
            hand_assign(STAGE_DEPARTMENT), hand_assign(STAGE_GRID), hand_assign(STAGE_VILLAGE)};
    hand_stage(stage, &the_clerk, &fold, &accept);
    hand_stage(stage, &the_clerk, &fold, &leads[0]);
    assert_string_equal(issue_as(stage, fold, &office), "Z01");
    /* the second life of this office: what its first gave out and lost is not given again */
    office.incarnation = 2;
    office.incarnated = stage->last_stamp;
    hand_stage(stage, &the_clerk, &fold, &leads[1]);
    assert_string_equal(issue_as(stage, fold, &office), "Z10");
    hand_stage(stage, &the_clerk, &fold, &leads[2]);
    assert_string_equal(issue_as(stage, fold, &office), "Z11");
    /* a case that came later knows of no first life */
    struct fold *later = reported(stage, "no");
    hand_stage(stage, &the_clerk, &later, &accept);
    hand_stage(stage, &the_clerk, &later, &leads[0]);
    assert_string_equal(issue_as(stage, later, &office), "Z01");
    fold_close(later);
    fold_close(fold);
}

static void two_of_one_act_or_number_leave_the_elder(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = assigned(stage);
    assert_string_equal(issue(stage, fold), "Z01");
    struct document_value again = document(fold, 0).value;
    again.number.serial = 10;
    struct hand_act twin = {.kind = GRID_KIND_DOCUMENT, .made = &again, .grounds = {again.ground}};
    hand_stage(stage, &the_node, &fold, &twin);
    assert_int_equal(document_count(fold), 2);
    assert_false(document(fold, 0).superseded);
    assert_true(document(fold, 1).superseded);
    assert_string_equal(issue(stage, fold), "");
    fold_close(fold);
}

static void a_range_that_is_used_up_says_so(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = assigned(stage);
    struct document_office office = office_of(stage);
    struct document_want want;
    assert_string_equal(issue(stage, fold), "Z01");
    struct document_value last = document(fold, 0).value;
    last.number.serial = 49;
    struct hand_act end = {.kind = GRID_KIND_DOCUMENT, .made = &last, .grounds = {last.ground}};
    hand_stage(stage, &the_node, &fold, &end);
    struct hand_act assign = hand_assign(STAGE_GRID);
    hand_stage(stage, &the_clerk, &fold, &assign);
    assert_true(next_want(stage, fold, &want));
    assert_int_equal(document_make(&office, fold, &want, stage->last_stamp + 1, &stage->arena,
                             &stage->result, &stage->error),
            GRID_LIMIT);
    assert_string_equal(stage->error.reason, "documents_used_up");
    fold_close(fold);
}

/* --- what the fold asks of a document --- */

static void assert_void(struct stage *stage, struct fold *fold, const struct actor *actor,
        const struct hand_act *act, const char *reason)
{
    const struct act_author author = stage_author(actor);
    const struct act_context context = {.world = &stage->world,
            .fold = fold,
            .wall_ms = stage->now_ms,
            .rv = roster_rv(stage->roster)};
    assert_int_equal(hand_make(&context, &author, act, stage->last_stamp + 1, &stage->arena,
                             &stage->result, &stage->error),
            GRID_REFUSED);
    assert_string_equal(stage->error.reason, reason);
}

static void a_document_keeps_to_its_case_its_range_and_its_ground(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = assigned(stage);
    assert_string_equal(issue(stage, fold), "Z01");
    const struct document_value good = document(fold, 0).value;
    struct document_value made = good;
    struct hand_act act = {.kind = GRID_KIND_DOCUMENT, .made = &made, .grounds = {good.ground}};
    assert_void(stage, fold, &the_clerk, &act, "void_role");
    made.number.serial = 50;
    assert_void(stage, fold, &the_node, &act, "void_requirement");
    made = good;
    code_make(&made.number.code, STAGE_TOWNSHIP, 26, 7, 7);
    assert_void(stage, fold, &the_node, &act, "void_requirement");
    made = good;
    made.ground = fold_create(fold)->dot; /* said, but not named */
    assert_void(stage, fold, &the_node, &act, "void_requirement");
    fold_close(fold);
}

static void only_the_addressee_replies(void **state)
{
    struct stage *stage = *state;
    struct fold *fold = reported(stage, "no");
    struct hand_act acts[] = {hand_accept(STAGE_TOWNSHIP), hand_assign(STAGE_DEPARTMENT),
            {.kind = GRID_KIND_WARN, .text = "撤离"}};
    for (size_t i = 0; i < 3; i++)
        hand_stage(stage, &the_clerk, &fold, &acts[i]);
    assert_string_equal(issue(stage, fold), "Z01");
    assert_string_equal(issue(stage, fold), "F01");
    struct case_document letter = document(fold, 1);
    struct hand_act reply = {.kind = GRID_KIND_REPLY,
            .grounds = {letter.entry->dot},
            .replies_to = &letter.value.number,
            .text = "已撤离"};
    assert_void(stage, fold, &the_worker, &reply, "void_role_addressee");
    assert_void(stage, fold, &the_clerk, &reply, "void_role_addressee");
    struct hand_act other = reply;
    struct document_number unnamed = letter.value.number;
    unnamed.serial = 2;
    other.replies_to = &unnamed;
    assert_void(stage, fold, &the_officer, &other, "void_requirement");
    const struct fold_entry *made = hand_stage(stage, &the_officer, &fold, &reply);
    letter = document(fold, 1);
    assert_ptr_equal(letter.reply, made);
    assert_int_equal(document_reply_state(&letter, INT64_MAX), DOCUMENT_REPLIED);
    fold_close(fold);
}

/* --- values --- */

static void a_value_outside_its_form_is_malformed(void **state)
{
    (void)state;
    struct document_value value = {.number = {.letter = 'S', .serial = 1},
            .ground = {.seq = 1},
            .issuer = bytes_text("纳日松镇综治中心"),
            .parties = {{.name = bytes_text("申请人")}},
            .party_count = 1,
            .version = 1,
            .text = bytes_text("特此告知。")};
    struct document_value bad;
    struct document_value read;
    struct buffer packed = {0};
    code_make(&value.number.code, STAGE_TOWNSHIP, 26, 117, 42);
    value_pack_document(&packed, &value);
    assert_true(value_document(buffer_bytes(&packed), &read));
    assert_int_equal(read.number.serial, 1);
    for (unsigned fault = 0; fault < 8; fault++) {
        bad = value;
        if (fault == 0)
            bad.number.letter = 'X';
        if (fault == 1)
            bad.issuer = bytes_text("");
        if (fault == 2)
            bad.party_count = 0;
        if (fault == 3)
            bad.parties[0].place = bytes_text("150622103203004000");
        if (fault == 4)
            bad.token = bytes_text("0117KU");
        if (fault == 5)
            bad.version = 0;
        if (fault == 6)
            bad.text = bytes_text("\x07");
        if (fault == 7)
            bad.parties[bad.party_count++].name = bytes_text("抄送要有地方");
        buffer_clear(&packed);
        value_pack_document(&packed, &bad);
        if (value_document(buffer_bytes(&packed), &read))
            fail_msg("fault %u passed", fault);
    }
    buffer_close(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_number_is_read_as_people_type_it),
            cmocka_unit_test(a_range_belongs_to_one_level),
            cmocka_unit_test(a_token_is_read_as_people_type_it),
            cmocka_unit_test_setup_teardown(
                    an_accept_asks_for_a_notice_once, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(nobody_waits_for_an_answer_where_there_is_no_applicant,
                    stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    a_decline_says_why_and_where_to_go, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(each_assign_is_an_order_and_replaces_the_one_before,
                    stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    an_order_replaced_before_it_was_issued_is_none, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    a_feedback_tells_the_result, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    a_card_and_a_warning_ask_for_a_reply, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    serials_go_on_behind_what_came_back, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    two_of_one_act_or_number_leave_the_elder, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    a_range_that_is_used_up_says_so, stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(a_document_keeps_to_its_case_its_range_and_its_ground,
                    stage_setup, stage_teardown),
            cmocka_unit_test_setup_teardown(
                    only_the_addressee_replies, stage_setup, stage_teardown),
            cmocka_unit_test(a_value_outside_its_form_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
