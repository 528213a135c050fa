/* Acts that replicas permit apart are valid together, in whatever order they meet; and what they
 * refuse would be void, whatever of the case it named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/stage.h"

#include "libgrid/case/draft.h"
#include "libgrid/case/life.h"
#include "proto/stamp.h"

#include <stdio.h>
#include <string.h>

enum { REPLICAS = 4, HOME_ACTORS = 4, STORY_ACTS = 60, STORY_TRIES_MAX = 400 };

/* Who writes on which replica: an author has one home. */
static const struct actor *const homes[REPLICAS][HOME_ACTORS] = {
        {&the_head, &the_head, &the_head, &the_other_head},
        {&the_worker, &the_worker, &the_worker, &the_chief},
        {&the_secretary, &the_secretary, &the_group_leader, &the_other_secretary},
        {&the_clerk, &the_other_clerk, &the_director, &the_officer}};

struct story {
    struct stage *stage;
    uint64_t random;
    struct fold *replicas[REPLICAS];
    struct entry entries[STORY_ACTS + 1];
    size_t count;
    bool held[REPLICAS][STORY_ACTS + 1];
    /* what the author of each had before it: the entries that were valid to it */
    bool seen[STORY_ACTS + 1][STORY_ACTS + 1];
    enum grid_verdict verdicts[REPLICAS][STORY_ACTS + 1];
    size_t permitted, refused, void_all_the_same;
};

static uint64_t draw(struct story *story, uint64_t below)
{
    uint64_t z = story->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static const struct fold_entry *entry_of(struct story *story, size_t replica, size_t index)
{
    const struct dot dot = entry_dot(&story->entries[index]);
    return fold_find(story->replicas[replica], &dot);
}

/* Whatever else arrives, a judgement once given stays (D20). */
static void judgements_stay(struct story *story, size_t replica)
{
    for (size_t i = 0; i < story->count; i++) {
        enum grid_verdict *before = &story->verdicts[replica][i];
        if (!story->held[replica][i])
            continue;
        enum grid_verdict now = entry_of(story, replica, i)->verdict;
        assert_true(*before == GRID_PENDING || *before == now);
        *before = now;
    }
}

static void give(struct story *story, size_t replica, size_t index)
{
    struct grid_error error = {0};
    bool fresh = false;
    if (story->held[replica][index])
        return;
    story->held[replica][index] = true;
    assert_int_equal(fold_add(story->replicas[replica], &story->entries[index], 0, GRID_PENDING,
                             &fresh, &error),
            GRID_OK);
    assert_int_equal(
            fold_settle(story->replicas[replica], &story->stage->world, NULL, NULL, &error),
            GRID_OK);
    judgements_stay(story, replica);
}

/* The act just made becomes an entry, held where it was made. */
static void keep(struct story *story, size_t replica, const struct actor *actor)
{
    struct stage *stage = story->stage;
    struct entry *entry = &story->entries[story->count];
    struct grid_error error = {0};
    *entry = (struct entry){.lane = (uint8_t)stage->result.lane,
            .seq = 2 + stage->seq[actor->author][stage->result.lane]++,
            .header = stage->result.header,
            .body = stage->result.body};
    memset(entry->author, actor->author, sizeof(entry->author));
    assert_int_equal(entry_admit(entry, &error), GRID_OK);
    for (size_t i = 0; i < story->count; i++)
        story->seen[story->count][i] =
                story->held[replica][i] && entry_of(story, replica, i)->verdict == GRID_VALID;
    if (story->count == 0)
        for (size_t i = 0; i < REPLICAS; i++)
            assert_int_equal(fold_open(&story->replicas[i], entry->leaf), GRID_OK);
    give(story, replica, story->count++);
    stage->now_ms += (int64_t)draw(story, 200000) - 100000; /* clocks are what they are */
}

/* --- what anybody may try --- */

enum { ATTEMPT_FIELDS = 7 };

struct attempt {
    const char *verb;
    const char *fields[ATTEMPT_FIELDS]; /* NULL behind the last */
};

/* `until`: a few days from now, or before. */
static struct attempt draw_act(struct story *story, const char *words, const char *until)
{
    static const char *const units[] = {STAGE_GRID2, STAGE_GRID, STAGE_MICRO, STAGE_VILLAGE2};
    static const char *const urgencies[] = {"U1", "U2", "U3", "U4"};
    static const char *const ruled[] = {"title", "unit", "urgency", "category", "place", "state",
            "lead", "holder", "due", "outcome", "risk"};
    static const char *const leads[] = {STAGE_GRID, STAGE_VILLAGE, STAGE_DEPARTMENT, STAGE_MICRO};
    static const char *const methods[] = {"repair", "litigation", "mediation_people"};
    static const char *const closes[] = {"normal", "self_checked", "special"};
    static const char *const takes[] = {"1", "2"};
    const char *unit = units[draw(story, 4)];
    const char *lead = leads[draw(story, 4)];
    const char *method = methods[draw(story, 3)];
    const struct attempt attempts[] = {
            {"set", {"title", words}},
            {"set", {"unit", unit}},
            {"set", {"urgency", urgencies[draw(story, 4)]}},
            {"set", {"category", "0208", "place", words}},
            {"note", {"text", words}},
            {"tag", {"add", "night"}},
            {"tag", {"remove", "night", "add", "school"}},
            {"ruling", {"field", ruled[draw(story, 11)], "take", takes[draw(story, 2)], "reason",
                               "因"}},
            {"second", {NULL}},
            {"discuss", {"text", words, "risk", "R1"}},
            {"accept", {NULL}},
            {"accept", {"category", "0109"}},
            {"decline", {"reason", words}},
            {"assign", {"lead", lead}},
            {"assign", {"lead", lead, "until", until}},
            {"escalate", {NULL}},
            {"withdraw", {NULL}},
            {"take", {NULL}},
            {"return", {"return_reason", "not_our_duty"}},
            {"ask", {"ask", "extend", "until", until, "reason", words}},
            {"hold", {"until", until, "reason", words}},
            {"resume", {NULL}},
            {"extend", {"until", until, "reason", words}},
            {"resolve", {"method", method, "result", words}},
            {"follow_up", {"reached", draw(story, 3) > 0 ? "yes" : "no"}},
            {"feedback", {"text", words}},
            {"close", {NULL}},
            {"close", {"as_is", closes[draw(story, 3)]}},
            {"reopen", {"reason", words}},
            {"review", {NULL}},
    };
    return attempts[draw(story, sizeof(attempts) / sizeof(attempts[0]))];
}

/* What comes next by the state that is shown, so that stories reach their end. */
static struct attempt next_act(struct story *story, unsigned state, const char *words)
{
    switch ((enum grid_state)state) {
    case GRID_STATE_REPORTED:
        return draw(story, 2) > 0 ? (struct attempt){"accept", {"category", "0109"}}
                                  : (struct attempt){"accept", {NULL}};
    case GRID_STATE_ACCEPTED:
        return (struct attempt){
                "assign", {"lead", draw(story, 2) > 0 ? STAGE_GRID : STAGE_VILLAGE}};
    case GRID_STATE_ASSIGNED:
        return (struct attempt){"take", {NULL}};
    case GRID_STATE_IN_PROGRESS:
        return (struct attempt){"resolve", {"method", "repair", "result", words}};
    case GRID_STATE_ON_HOLD:
        return (struct attempt){"resume", {NULL}};
    case GRID_STATE_RESOLVED:
        return draw(story, 2) > 0 ? (struct attempt){"follow_up", {"reached", "yes"}}
                                  : (struct attempt){"close", {NULL}};
    case GRID_STATE_DECLINED:
    case GRID_STATE_MERGED:
    case GRID_STATE_WITHDRAWN:
    case GRID_STATE_CLOSED:
    case GRID_STATE_NONE:
        break;
    }
    return (struct attempt){"reopen", {"reason", words}};
}

/* --- what a refusal is worth --- */

/* Limits of the policy, and rulings where nothing differs: the client's to refuse, not the fold's.
 */
static bool refused_by_client_alone(const char *reason)
{
    return strcmp(reason, "extend_none") == 0 || strcmp(reason, "extend_long") == 0 ||
           strcmp(reason, "no_conflict") == 0;
}

/* The same act, but naming everything of the case that is decided: as if its author had been shown
 * all of it. Where even that would be void, nobody was kept from anything. */
static enum grid_verdict judge_naming_all(struct story *story, struct fold *fold,
        const struct actor *actor, const struct grid_request *request)
{
    static struct draft draft;
    const struct act_author author = stage_author(actor);
    const struct act_context context = {.world = &story->stage->world,
            .fold = fold,
            .wall_ms = story->stage->now_ms,
            .rv = roster_rv(story->stage->roster),
            .policy = policy_builtin()};
    struct grid_error error = {0};
    struct case_op sets[GRID_REGISTER_END];
    struct dot basis[GRID_REFS_MAX];
    struct fold_entry entry = {.verdict = GRID_PENDING};
    draft = (struct draft){.context = &context,
            .author = &author,
            .arena = &story->stage->arena,
            .verb = verb_find(request->verb)};
    draft.kind = draft.verb->kind;
    if (draft_take(&draft, request, &error) != GRID_OK)
        return GRID_VOID_REQUIREMENT;
    if (draft.verb->fill != NULL)
        (void)draft.verb->fill(
                &draft, request, &error); /* its refusal is what is put to the test */
    if (life_kind(draft.kind)->to != 0)
        assert_int_equal(
                draft_set_uint(&draft, GRID_REGISTER_STATE, life_kind(draft.kind)->to), GRID_OK);
    entry.body = (struct case_body){.as = {.role = author.role, .place = author.place},
            .sets = sets,
            .adds = draft.adds,
            .add_count = draft.add_count,
            .removals = draft.removals,
            .removal_count = draft.removal_count,
            .has_seen = life_kind(draft.kind)->deciding};
    memcpy(entry.body.as.person, author.person, sizeof(author.person));
    memcpy(entry.body.args, draft.args, sizeof(draft.args));
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
        if (draft.sets[reg].size > 0)
            sets[entry.body.set_count++] = (struct case_op){.name = reg, .value = draft.sets[reg]};
    memcpy(entry.entry.author, author.author, sizeof(entry.entry.author));
    entry.entry.lane = GRID_LANE_WORK;
    entry.entry.seq = UINT64_MAX >> 2;
    entry.dot = entry_dot(&entry.entry);
    entry.head = (struct entry_header){
            .kind = draft.kind, .has_case = true, .rv = context.rv, .basis = basis};
    for (size_t i = 0; i < fold_entry_count(fold); i++)
        if (fold_entry_at(fold, i)->verdict == GRID_VALID)
            basis[entry.head.basis_count++] = fold_entry_at(fold, i)->dot;
    return fold_judge(fold, &story->stage->world, &entry);
}

static enum grid_status try_one(struct story *story, size_t replica, const struct actor *actor)
{
    struct stage *stage = story->stage;
    struct fold *fold = story->replicas[replica];
    char words[32];
    char until[STAMP_TEXT_BYTES];
    const int64_t day_ms = 24 * 60 * 60 * 1000;
    snprintf(words, sizeof(words), "标题之%u", (unsigned)draw(story, 1000));
    stamp_print(until, stage->now_ms + (int64_t)draw(story, 6) * day_ms - day_ms);
    const struct attempt attempt = draw(story, 3) == 0 ? next_act(story, fold_state(fold), words)
                                                       : draw_act(story, words, until);
    enum grid_status status = stage_try(stage, actor, fold, attempt.verb, attempt.fields);
    if (status != GRID_REFUSED || refused_by_client_alone(stage->error.reason))
        return status;
    struct grid_field given[ATTEMPT_FIELDS];
    struct grid_request request = {.verb = bytes_text(attempt.verb), .fields = given};
    for (size_t i = 0; attempt.fields[i] != NULL; i += 2)
        given[request.field_count++] = (struct grid_field){
                .name = bytes_text(attempt.fields[i]), .value = bytes_text(attempt.fields[i + 1])};
    const struct grid_error refusal = stage->error;
    if (judge_naming_all(story, fold, actor, &request) == GRID_VALID)
        fail_msg("%s by %s is refused (%s), and yet would be valid", attempt.verb, actor->key,
                refusal.reason);
    story->void_all_the_same++;
    return status;
}

static void gossip(struct story *story)
{
    size_t from = draw(story, REPLICAS);
    size_t to = draw(story, REPLICAS);
    size_t start = draw(story, story->count);
    for (size_t i = 0; i < story->count; i++) { /* in an order of its own */
        size_t index = (start + i) % story->count;
        if (story->held[from][index] && draw(story, 4) > 0)
            give(story, to, index);
    }
}

static void all_agree(struct story *story)
{
    uint8_t first[GRID_HASH_BYTES];
    uint8_t other[GRID_HASH_BYTES];
    for (size_t r = 0; r < REPLICAS; r++) {
        for (size_t i = 0; i < story->count; i++)
            give(story, r, i);
        for (size_t i = 0; i < story->count; i++)
            assert_int_equal(fold_entry_at(story->replicas[r], i)->verdict, GRID_VALID);
        assert_int_equal(fold_digest(story->replicas[r], r == 0 ? first : other), GRID_OK);
        if (r > 0)
            assert_memory_equal(first, other, sizeof(first));
    }
}

/* --- the oracle: what each author had seen, kept beside the folds --- */

static bool removes(const struct fold_entry *entry, const struct fold_entry *added)
{
    for (size_t i = 0; i < entry->body.removal_count; i++)
        for (size_t k = 0; k < added->body.add_count; k++)
            if (bytes_equal(entry->body.removals[i].value, added->body.adds[k].value))
                return true;
    return false;
}

static bool is_live(struct fold *fold, unsigned reg, const struct fold_entry *entry)
{
    struct fold_register values = {0};
    assert_int_equal(fold_read(fold, reg, &values), GRID_OK);
    for (size_t i = 0; i < values.value_count; i++)
        for (size_t w = 0; w < values.values[i].writer_count; w++)
            if (values.values[i].writers[w] == entry)
                return true;
    return false;
}

/* A write stands exactly while nobody who had seen it wrote there again: no write is lost in
 * silence, and none outlives what replaced it. */
static void each_write_stands_until_seen(struct story *story, size_t *standing, size_t *replaced)
{
    struct fold *fold = story->replicas[0];
    for (size_t i = 0; i < story->count; i++) {
        const struct fold_entry *entry = entry_of(story, 0, i);
        for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++) {
            bool seen = false;
            if (case_body_set(&entry->body, reg).size == 0)
                continue;
            for (size_t k = i + 1; k < story->count && !seen; k++)
                seen = story->seen[k][i] &&
                       case_body_set(&entry_of(story, 0, k)->body, reg).size > 0;
            if (is_live(fold, reg, entry) == seen)
                fail_msg("write %zu of %s is %s", i, grid_register_name(reg),
                        seen ? "seen and stands" : "lost");
            *(seen ? replaced : standing) += 1;
        }
    }
}

/* An added tag stays until somebody who had seen it takes it away; everything else added stays. */
static void each_addition_stays(struct story *story)
{
    for (unsigned collection = 1; collection < GRID_COLLECTION_END; collection++) {
        const struct fold_item *items = NULL;
        size_t count = 0;
        size_t wanted = 0;
        assert_int_equal(fold_collection(story->replicas[0], collection, &items, &count), GRID_OK);
        for (size_t i = 0; i < story->count; i++) {
            const struct fold_entry *entry = entry_of(story, 0, i);
            bool taken = false;
            for (size_t k = i + 1; k < story->count && collection == GRID_COLLECTION_TAGS; k++)
                taken = taken || (story->seen[k][i] && removes(entry_of(story, 0, k), entry));
            for (size_t a = 0; a < entry->body.add_count; a++)
                wanted += entry->body.adds[a].name == collection && !taken;
        }
        if (collection != GRID_COLLECTION_CODES) /* begins with the code of the create */
            assert_int_equal(count, wanted);
    }
}

/* Every conflict that stands is settled by one ruling that saw it. */
static void settle_all(struct story *story)
{
    struct fold *fold = story->replicas[REPLICAS - 1];
    struct grid_error error = {0};
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++) {
        struct fold_register values = {0};
        bool fresh = false;
        assert_int_equal(fold_read(fold, reg, &values), GRID_OK);
        if (values.value_count < 2)
            continue;
        assert_int_equal(
                stage_try(story->stage, &the_clerk, fold, "ruling",
                        FIELDS("field", grid_register_name(reg), "take", "2", "reason", "定")),
                GRID_OK);
        struct entry entry = {.lane = (uint8_t)story->stage->result.lane,
                .seq = 2 + story->stage->seq[the_clerk.author][story->stage->result.lane]++,
                .header = story->stage->result.header,
                .body = story->stage->result.body};
        memset(entry.author, the_clerk.author, sizeof(entry.author));
        assert_int_equal(entry_admit(&entry, &error), GRID_OK);
        assert_int_equal(fold_add(fold, &entry, 0, GRID_PENDING, &fresh, &error), GRID_OK);
        assert_int_equal(fold_settle(fold, &story->stage->world, NULL, NULL, &error), GRID_OK);
    }
    assert_int_equal(fold_conflict_count(fold), 0);
}

static void note_kind(uint64_t *kinds, uint32_t kind)
{
    *kinds |= UINT64_C(1) << (kind - GRID_KIND_CREATE);
}

static void what_the_client_permits_apart_is_valid_together(void **state)
{
    (void)state;
    uint64_t kinds = 0;
    size_t refused = 0;
    size_t permitted = 0;
    size_t conflicts = 0;
    size_t standing = 0;
    size_t replaced = 0;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        static struct stage stage;
        static struct story story;
        stage_open(&stage);
        story = (struct story){.stage = &stage, .random = seed};
        stage_report(&stage, &the_head,
                FIELDS("title", STAGE_TITLE, "tag", "night", "urgency", seed % 2 == 0 ? "U3" : "U2",
                        "category", seed % 3 == 0 ? "9999" : "0109", "applicant",
                        seed % 4 == 0 ? "yes" : "no"));
        keep(&story, 0, &the_head);
        for (size_t i = 1; i < REPLICAS; i++)
            give(&story, i, 0);
        while (story.count < STORY_ACTS && story.permitted + story.refused < STORY_TRIES_MAX) {
            size_t replica = draw(&story, REPLICAS);
            const struct actor *actor = homes[replica][draw(&story, HOME_ACTORS)];
            if (try_one(&story, replica, actor) == GRID_OK) {
                note_kind(&kinds, story.stage->result.kind);
                keep(&story, replica, actor);
                story.permitted++;
            } else {
                story.refused++;
            }
            gossip(&story);
        }
        all_agree(&story);
        each_write_stands_until_seen(&story, &standing, &replaced);
        each_addition_stays(&story);
        conflicts += fold_conflict_count(story.replicas[0]);
        permitted += story.permitted;
        refused += story.void_all_the_same;
        settle_all(&story);
        for (size_t i = 0; i < REPLICAS; i++)
            fold_close(story.replicas[i]);
        stage_close(&stage);
    }
    assert_true(permitted > 800); /* or the stories tell nothing */
    assert_true(refused > 800);
    assert_true(standing > 1000 && replaced > 500);
    for (uint32_t kind = GRID_KIND_TAG; kind <= GRID_KIND_REVIEW; kind++)
        if (kind != GRID_KIND_ATTACH && (kinds >> (kind - GRID_KIND_CREATE) & 1) == 0)
            fail_msg("no story has a valid %s", grid_kind_name(kind));
    assert_true(conflicts > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_the_client_permits_apart_is_valid_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
