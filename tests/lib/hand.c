#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/hand.h"

#include "libgrid/case/draft.h"
#include "libgrid/case/life.h"
#include "libgrid/case/naming.h"

#include <stdio.h>
#include <string.h>

static void set_uint(struct draft *draft, unsigned reg, uint64_t value)
{
    struct buffer packed = {0};
    if (value == 0)
        return;
    pack_uint(&packed, value);
    assert_ok(draft_set(draft, reg, &packed));
}

static void argue_text(struct draft *draft, unsigned argument, const char *text)
{
    struct buffer packed = {0};
    if (text == NULL)
        return;
    pack_text(&packed, text);
    assert_ok(draft_argue(draft, argument, &packed));
}

static void set_lead(struct draft *draft, const char *places)
{
    struct lead_value lead = {0};
    struct buffer packed = {0};
    if (places == NULL)
        return;
    lead.lead = bytes_of(places, strcspn(places, ","));
    for (const char *at = strchr(places, ','); at != NULL; at = strchr(at + 1, ','))
        lead.assists[lead.assist_count++] = bytes_of(at + 1, strcspn(at + 1, ","));
    value_pack_lead(&packed, &lead);
    assert_ok(draft_set(draft, GRID_REGISTER_LEAD, &packed));
}

static void set_values(struct draft *draft, const struct hand_act *act)
{
    struct buffer packed = {0};
    set_uint(draft, GRID_REGISTER_STATE, act->state);
    set_uint(draft, GRID_REGISTER_SUPERVISION, act->supervision);
    set_uint(draft, GRID_REGISTER_RISK, act->risk);
    set_lead(draft, act->lead);
    if (act->holder != NULL) {
        pack_text(&packed, act->holder);
        assert_ok(draft_set(draft, GRID_REGISTER_HOLDER, &packed));
    }
    if (act->due_ms != 0) {
        packed = (struct buffer){0};
        value_pack_due(&packed, &(struct due_value){act->due_ms, act->due_ms, 1});
        assert_ok(draft_set(draft, GRID_REGISTER_DUE, &packed));
    }
    if (act->outcome != NULL) {
        const struct outcome_value outcome = {act->kind == GRID_KIND_DECLINE ? 0 : 3,
                act->kind != GRID_KIND_DECLINE, bytes_text(act->outcome)};
        packed = (struct buffer){0};
        value_pack_outcome(&packed, &outcome);
        assert_ok(draft_set(draft, GRID_REGISTER_OUTCOME, &packed));
    }
}

static void add_values(struct draft *draft, const struct hand_act *act)
{
    struct buffer packed = {0};
    if (act->kind == GRID_KIND_FOLLOW_UP) {
        pack_bool(&packed, act->reached);
        assert_ok(draft_argue(draft, GRID_ARGUMENT_REACHED, &packed));
    }
    if (act->made != NULL) {
        packed = (struct buffer){0};
        value_pack_document(&packed, act->made);
        assert_ok(draft_add(draft, GRID_COLLECTION_DOCUMENTS, &packed, NULL));
    }
    if (act->replies_to != NULL) {
        packed = (struct buffer){0};
        value_pack_reply(&packed, &(struct reply_value){*act->replies_to, bytes_text(act->text)});
        assert_ok(draft_add(draft, GRID_COLLECTION_REPLIES, &packed, NULL));
    }
}

enum grid_status hand_make(const struct act_context *context, const struct act_author *author,
        const struct hand_act *act, uint64_t stamp, struct arena *arena, struct act_result *out,
        struct grid_error *error)
{
    struct draft *draft = arena_alloc(arena, sizeof(*draft));
    const struct grid_error whole = {0};
    assert_non_null(draft);
    draft->context = context;
    draft->author = author;
    draft->arena = arena;
    draft->kind = act->kind;
    set_values(draft, act);
    add_values(draft, act);
    argue_text(draft, GRID_ARGUMENT_REASON, act->reason);
    if (act->replies_to == NULL)
        argue_text(draft, GRID_ARGUMENT_TEXT, act->text);
    assert_ok(naming_fill(draft, error));
    for (size_t i = 0; i < 2; i++)
        if (act->grounds[i].seq != 0)
            assert_ok(naming_basis(draft, &act->grounds[i], error));
    return draft_decide(draft, stamp, &whole, out, error);
}

const struct fold_entry *hand_stage(struct stage *stage, const struct actor *actor,
        struct fold **fold, const struct hand_act *act)
{
    const struct act_author author = stage_author(actor);
    const struct act_context context = {.world = &stage->world,
            .fold = *fold,
            .wall_ms = stage->now_ms,
            .rv = roster_rv(stage->roster)};
    stage->last_stamp = stamp_next(stage->last_stamp, stage->now_ms);
    if (hand_make(&context, &author, act, stage->last_stamp, &stage->arena, &stage->result,
                &stage->error) != GRID_OK)
        fail_msg("%s by %s: %s %s", grid_kind_name(act->kind), actor->key, stage->error.reason,
                stage->error.detail);
    assert_int_equal(stage_add(stage, actor, fold), GRID_VALID);
    const struct fold_entry *latest = NULL;
    for (size_t i = 0; i < fold_entry_count(*fold); i++)
        if (latest == NULL || fold_entry_at(*fold, i)->order > latest->order)
            latest = fold_entry_at(*fold, i);
    return latest;
}

struct fold *hand_fold(struct pair_home *home, const char *code)
{
    const struct grid_field field = {bytes_text("case"), bytes_text(code)};
    const struct grid_request request = {bytes_text("show"), &field, 1};
    int64_t no = 0;
    struct fold *fold = NULL;
    struct grid_error error = {0};
    if (node_find_case(home->node, &request, &no, &fold, &error) != GRID_OK)
        fail_msg("%s at %s: %s %s", code, home->name, error.reason, error.detail);
    return fold;
}

struct dot hand_node(struct pair_home *home, const struct actor *actor, const char *code,
        const struct hand_act *act)
{
    struct grid_node *node = home->node;
    struct act_author author = stage_author(actor);
    struct fold_world world = book_world(&node->book);
    const struct act_context context = {.world = &world,
            .fold = hand_fold(home, code),
            .wall_ms = pair_now(home).wall_ms,
            .rv = roster_rv(node->roster)};
    struct act_result result = {0};
    struct arena arena;
    struct entry entry;
    enum grid_verdict verdict = GRID_PENDING;
    int64_t case_no = 0;
    struct grid_error error = {0};
    arena_init(&arena, 0);
    memcpy(author.author, node->log.author, sizeof(author.author));
    if (hand_make(&context, &author, act, log_stamp(&node->log, context.wall_ms), &arena, &result,
                &error) != GRID_OK)
        fail_msg("%s at %s: %s %s", grid_kind_name(act->kind), home->name, error.reason,
                error.detail);
    assert_ok(node_write_act(node, &result, &entry, &verdict, &case_no, &error));
    assert_int_equal(verdict, GRID_VALID);
    struct dot dot = entry_dot(&entry);
    arena_close(&arena);
    return dot;
}

/* --- the chain --- */

struct hand_act hand_accept(const char *holder)
{
    return (struct hand_act){.kind = GRID_KIND_ACCEPT,
            .state = GRID_STATE_ACCEPTED,
            .holder = holder,
            .due_ms = STAGE_NOW_MS + INT64_C(3) * 24 * 3600 * 1000};
}

struct hand_act hand_decline(void)
{
    return (struct hand_act){.kind = GRID_KIND_DECLINE,
            .state = GRID_STATE_DECLINED,
            .outcome = "属于诉讼事项，请向人民法院起诉"};
}

struct hand_act hand_assign(const char *lead)
{
    return (struct hand_act){.kind = GRID_KIND_ASSIGN, .state = GRID_STATE_ASSIGNED, .lead = lead};
}

struct hand_act hand_take(void)
{
    return (struct hand_act){.kind = GRID_KIND_TAKE, .state = GRID_STATE_IN_PROGRESS};
}

struct hand_act hand_resolve(const char *text)
{
    return (struct hand_act){
            .kind = GRID_KIND_RESOLVE, .state = GRID_STATE_RESOLVED, .outcome = text};
}
