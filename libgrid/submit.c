/* From a request to an entry: who acts, under which post, on which case; then log, fold, reply. */
#include "libgrid/case/act.h"
#include "libgrid/case/codebook.h"
#include "libgrid/case/record.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/gate.h"
#include "proto/heap.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- who acts --- */

static enum grid_status person_at_centre(struct grid_node *node, const struct grid_request *request,
        struct acting *acting, struct grid_error *error)
{
    const struct grid_field *as = request_field(request, "as");
    struct bytes key = as != NULL ? as->value : bytes_text(node->operator_key);
    if (key.size == 0)
        return grid_fail(error, GRID_USAGE, "as_needed", "%s", "");
    return grid_roster_person_by_key(
            node->roster, bytes_text(node->unit), key, acting->person, error);
}

static enum grid_status find_person(struct grid_node *node, const struct grid_request *request,
        struct acting *acting, struct grid_error *error)
{
    if (node->role == GRID_NODE_CENTRE)
        return person_at_centre(node, request, acting, error);
    if (request_field(request, "as") != NULL)
        return grid_fail(error, GRID_USAGE, "as_on_handheld", "%s", "");
    if (node->sync.enrolled.slot == 0)
        return grid_fail(error, GRID_REFUSED, "not_enrolled", "%s", "");
    memcpy(acting->person, node->sync.enrolled.person, sizeof(acting->person));
    return GRID_OK;
}

/* --post ROLE@PLACE */
static enum grid_status read_post(struct grid_node *node, const struct grid_request *request,
        struct acting *acting, struct grid_error *error)
{
    const struct grid_field *post = request_field(request, "post");
    if (post == NULL)
        return GRID_OK;
    const uint8_t *at =
            post->value.size > 0 ? memchr(post->value.data, '@', post->value.size) : NULL;
    if (at == NULL)
        return grid_fail(error, GRID_USAGE, "post_form", "%s", "");
    size_t role_size = (size_t)(at - post->value.data);
    struct bytes place = bytes_of(at + 1, post->value.size - role_size - 1);
    acting->role = grid_role_number(bytes_of(post->value.data, role_size));
    const struct grid_unit *unit = NULL;
    if (place_kind(place) == GRID_PLACE_NONE) {
        enum grid_status status = grid_roster_find_unit(node->roster, place, &unit, error);
        if (status != GRID_OK)
            return status;
    }
    acting->place = unit != NULL ? unit->code : place;
    return acting->role != 0 ? GRID_OK : grid_fail(error, GRID_USAGE, "post_form", "%s", "");
}

static bool add_author(void *context, const struct grid_post *post)
{
    struct acting *acting = context;
    const struct grid_node *node = acting->node;
    bool here = node->role == GRID_NODE_HANDHELD ||
                bytes_equal(place_unit(post->place), bytes_text(node->unit));
    bool chosen = (acting->role == 0 || acting->role == post->role) &&
                  (acting->place.size == 0 || bytes_equal(acting->place, post->place));
    if (!here || !chosen || acting->count == NODE_POSTS_MAX)
        return true;
    struct act_author *author = &acting->authors[acting->count++];
    memcpy(author->person, acting->person, sizeof(author->person));
    author->role = post->role;
    author->place = post->place;
    memcpy(author->author, node->log.author, sizeof(author->author));
    /* best rank first; what stands equal keeps its order */
    for (size_t i = acting->count - 1; i > 0; i--) {
        struct act_author *above = &acting->authors[i - 1];
        if (grid_role_rank(above->role, above->place) >=
                grid_role_rank(above[1].role, above[1].place))
            break;
        struct act_author swap = *above;
        *above = above[1];
        above[1] = swap;
    }
    return true;
}

enum grid_status node_find_authors(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct acting *acting, struct grid_error *error)
{
    acting->node = node;
    enum grid_status status = find_person(node, request, acting, error);
    if (status == GRID_OK)
        status = read_post(node, request, acting, error);
    if (status != GRID_OK)
        return status;
    grid_roster_each_post_of(
            node->roster, acting->person, stamp_day(now.wall_ms), add_author, acting);
    /* F52: a clock that is years off must not take somebody's post away. */
    if (acting->count == 0)
        grid_roster_each_post_of(node->roster, acting->person, GRID_DAY_NONE, add_author, acting);
    return acting->count > 0 ? GRID_OK : grid_fail(error, GRID_REFUSED, "no_post", "%s", "");
}

/* --- making the act --- */

enum grid_status node_make_act(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct fold *fold, struct fold *other,
        const struct acting *acting, struct arena *arena, struct act_result *result,
        struct grid_error *error)
{
    char township[16] = "";
    struct bytes unit = bytes_text(node->unit);
    if (node->role == GRID_NODE_HANDHELD)
        unit = bytes_text(node->sync.enrolled.unit);
    if (!code_township(township, unit) && fold == NULL)
        return grid_fail(error, GRID_REFUSED, "unit_without_codes", "%.*s", (int)unit.size,
                (const char *)unit.data);
    bool recodes = bytes_equal(request->verb, bytes_text("recode"));
    if ((fold == NULL || recodes) && node->code_counter >= GRID_COUNTER_MAX)
        return grid_fail(error, GRID_LIMIT, "codes_used_up", "%d", GRID_COUNTER_MAX);
    struct bytes place = fold != NULL ? value_text(fold_shown(fold, GRID_REGISTER_UNIT)) : unit;
    struct fold_world world = book_world(&node->book);
    struct act_context context = {.world = &world,
            .fold = fold,
            .other = other,
            .wall_ms = now.wall_ms,
            .rv = roster_rv(node->roster),
            .policy = policies_for(&node->book.policies, place),
            .township = township,
            .slot = node->role == GRID_NODE_CENTRE ? 1 : node->sync.enrolled.slot,
            .counter = node->code_counter + 1};
    uint64_t stamp = log_stamp(&node->log, now.wall_ms);
    enum grid_status status = GRID_REFUSED;
    for (size_t i = 0; i < acting->count && status == GRID_REFUSED; i++) {
        struct grid_error refusal = {0};
        status = act_make(&context, &acting->authors[i], request, stamp, arena, result, &refusal);
        /* the highest-ranked post's reason is the one to tell */
        if (error != NULL && (i == 0 || status != GRID_REFUSED))
            *error = refusal;
    }
    return status;
}

/* --- replies --- */

/* What a reply says beyond the case as it is now. */
struct answer {
    const struct entry *entry;
    enum grid_verdict verdict;
    struct bytes key;
    int64_t case_no;
    bool report;           /* says what was understood, the defaults included */
    uint32_t kind;         /* of the act */
    struct case_code code; /* that it gave; empty: none */
    uint64_t conflicted;   /* registers in conflict before, a bit each */
};

static uint64_t conflicted(struct fold *fold)
{
    struct fold_register values = {0};
    uint64_t found = 0;
    for (unsigned reg = 1; reg < GRID_REGISTER_END && fold_conflict_count(fold) > 0; reg++)
        if (fold_read(fold, reg, &values) == GRID_OK && values.value_count > 1)
            found |= UINT64_C(1) << reg;
    return found;
}

/* Who writes over differing values is told so: nothing is settled in silence (promise 3). */
static void pack_settled(struct record *record, struct fold *fold, uint64_t before)
{
    uint64_t settled = before & ~conflicted(fold);
    struct buffer *list = record_member(record, "settled");
    pack_array(list, (size_t)__builtin_popcountll(settled));
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
        if ((settled >> reg & 1) != 0)
            pack_text(list, grid_register_name(reg));
}

static void pack_understood(struct record *record, struct grid_node *node, struct fold *fold)
{
    struct bytes category = fold_shown(fold, GRID_REGISTER_CATEGORY);
    struct bytes code = value_text(fold_shown(fold, GRID_REGISTER_UNIT));
    const struct codebook_item *item = codebook_item((unsigned)value_uint(category));
    const struct grid_unit *unit = grid_roster_unit(node->roster, code);
    view_value(record_member(record, "category"), GRID_REGISTER_CATEGORY, category);
    record_text(record, "category_name", item != NULL ? item->name : NULL);
    record_str(record, "unit", code);
    if (unit != NULL)
        record_str(record, "unit_name", unit->name);
    else
        record_nil(record, "unit_name");
}

static void pack_new_code(struct record *record, const struct case_code *code)
{
    char text[GRID_CODE_TEXT_BYTES];
    if (code->digits[0] == '\0') {
        record_nil(record, "new_code");
        return;
    }
    code_print(text, code);
    record_text(record, "new_code", text);
}

static enum grid_status reply_to(struct grid_node *node, struct grid_now now, struct fold *fold,
        const struct answer *answer, struct buffer *reply, struct grid_error *error)
{
    const struct fold_entry *create = fold_create(fold);
    struct record record = {0};
    struct book_shown shown;
    char id[2 * GRID_ID_BYTES + 1];
    enum grid_status status = book_shown(&node->book, answer->case_no, &shown, error);
    if (status != GRID_OK)
        return status;
    view_case_code(&record, create != NULL ? &create->body : NULL);
    ident_hex(id, bytes_of(fold_case_id(fold), GRID_ID_BYTES));
    record_text(&record, "case_id", id);
    view_entry_name(record_member(&record, "entry"), answer->entry->author, answer->entry->lane,
            answer->entry->seq);
    record_text(&record, "state", grid_state_name(shown.state));
    view_void(record_member(&record, "void"), answer->verdict);
    unsigned tier = 0;
    (void)tier_of_entry(&node->sync, answer->entry, &tier);
    record_uint(&record, "tier", tier);
    if (answer->key.size > 0)
        record_str(&record, "key", answer->key);
    else
        record_nil(&record, "key");
    view_value(record_member(&record, "urgency"), GRID_REGISTER_URGENCY,
            fold_shown(fold, GRID_REGISTER_URGENCY));
    record_bool(&record, "revoked", node->sync.revoked); /* it is kept, and counts no more */
    record_text(&record, "kind", grid_kind_name(answer->kind));
    if (answer->report) {
        pack_understood(&record, node, fold);
    } else {
        pack_settled(&record, fold, answer->conflicted);
        node_pack_hands(&record, node, now, fold);
        pack_new_code(&record, &answer->code);
        status = node_pack_joined(&record, node, answer->case_no, error);
    }
    record_end(&record, reply);
    return status == GRID_OK && reply->failed
                   ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                   : status;
}

/* --- idempotency (CLI.md, --key) --- */

static enum grid_status read_key(
        const struct grid_request *request, struct bytes *key, struct grid_error *error)
{
    const struct grid_field *field = request_field(request, "key");
    *key = field != NULL ? field->value : bytes_of(NULL, 0);
    if (field != NULL && (key->size == 0 || key->size > GRID_KEY_CHARS_MAX || !gate_utf8(*key)))
        return grid_fail(error, GRID_INVALID, "key_form", "%d", GRID_KEY_CHARS_MAX);
    return GRID_OK;
}

/* *answered: the key was used before, and the first answer has been given again. */
static enum grid_status answer_again(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct bytes key,
        uint8_t fingerprint[static GRID_HASH_BYTES], bool *answered, struct buffer *reply,
        struct grid_error *error)
{
    *answered = false;
    uint8_t before[GRID_HASH_BYTES];
    int64_t place = 0;
    bool found = false;
    if (key.size == 0)
        return GRID_OK;
    enum grid_status status = act_fingerprint(request, fingerprint);
    if (status == GRID_OK)
        status = store_key_get(node->store, key, before, &place, &found, error);
    if (status != GRID_OK || !found)
        return status;
    if (memcmp(before, fingerprint, sizeof(before)) != 0)
        return grid_fail(error, GRID_KEY_REUSED, "key_reused", "%.*s", (int)key.size,
                (const char *)key.data);
    struct entry entry;
    struct store_entry stored;
    struct fold *fold = NULL;
    int64_t case_no = 0;
    status = log_entry(&node->log, place, &entry, &stored, &found, error);
    if (status == GRID_OK && found)
        status = book_find(&node->book, entry.leaf, &case_no, error);
    if (status == GRID_OK && case_no != 0)
        status = book_fold(&node->book, case_no, &fold, error);
    if (status == GRID_OK &&
            (fold == NULL || fold_create(fold) == NULL)) /* filing it again would double it */
        status = grid_fail(error, GRID_STORAGE, "database_corrupt", "key %.*s", (int)key.size,
                (const char *)key.data);
    if (status != GRID_OK)
        return status;
    *answered = true;
    const struct answer answer = {.entry = &entry,
            .case_no = case_no,
            .verdict = fold_create(fold)->verdict,
            .kind = fold_create(fold)->head.kind,
            .key = key,
            .report = true};
    return reply_to(node, now, fold, &answer, reply, error);
}

/* --- the turn of an act --- */

static enum grid_status check_tag(
        struct fold *fold, const struct grid_request *request, struct grid_error *error)
{
    const struct grid_field *wanted = request_field(request, "if");
    if (wanted == NULL)
        return GRID_OK;
    char tag[FOLD_TAG_BYTES];
    enum grid_status status = fold != NULL ? fold_tag(fold, tag) : GRID_OK;
    if (status != GRID_OK)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    if (fold == NULL)
        return grid_fail(error, GRID_USAGE, "if_without_case", "%s", "");
    if (!bytes_equal(wanted->value, bytes_text(tag)))
        return grid_fail(error, GRID_STALE, "stale", "%s", tag);
    return GRID_OK;
}

enum grid_status node_write_act(struct grid_node *node, const struct act_result *act,
        struct entry *entry, enum grid_verdict *verdict, int64_t *case_no, struct grid_error *error)
{
    enum grid_status status =
            log_next_own(&node->log, act->lane, act->header, act->body, entry, error);
    if (status == GRID_OK)
        status =
                book_take(&node->book, node->log.own[act->lane], entry, 0, verdict, case_no, error);
    return status;
}

/* What is to be written, and where. */
struct submitting {
    struct grid_node *node;
    struct grid_now now;
    const struct grid_request *request;
    struct acting *acting;
    struct act_cases cases;
    struct arena arena;
    struct bytes key;
    uint8_t fingerprint[GRID_HASH_BYTES];
    bool report, answered;
};

/* The entry of one of the two cases of an act. */
static enum grid_status make(struct submitting *submitting, bool on_other, struct act_result *act,
        struct grid_error *error)
{
    const struct act_cases *cases = &submitting->cases;
    return node_make_act(submitting->node, submitting->now, submitting->request,
            on_other ? cases->other : cases->fold, on_other ? cases->fold : cases->other,
            submitting->acting, &submitting->arena, act, error);
}

/* All of it is judged before any of it is written (D2). */
static enum grid_status prepare(struct submitting *submitting, struct act_result *act,
        struct buffer *reply, struct grid_error *error)
{
    struct grid_node *node = submitting->node;
    const struct grid_request *request = submitting->request;
    struct act_cases *cases = &submitting->cases;
    enum grid_status status = read_key(request, &submitting->key, error);
    if (status == GRID_OK && submitting->report)
        status = answer_again(node, submitting->now, request, submitting->key,
                submitting->fingerprint, &submitting->answered, reply, error);
    if (status != GRID_OK || submitting->answered)
        return status;
    if (!submitting->report)
        status = node_find_cases(node, request, cases, error);
    if (status == GRID_OK)
        status = check_tag(cases->fold, request, error);
    if (status == GRID_OK)
        status = node_find_authors(node, submitting->now, request, submitting->acting, error);
    if (status == GRID_OK && cases->on_both)
        status = make(submitting, true, act, error);
    return status == GRID_OK ? make(submitting, cases->on_other && !cases->on_both, act, error)
                             : status;
}

static enum grid_status write_all(struct submitting *submitting, struct act_result *act,
        struct answer *answer, struct entry *entry, struct grid_error *error)
{
    struct grid_node *node = submitting->node;
    enum grid_verdict verdict = GRID_PENDING;
    int64_t no = 0;
    enum grid_status status = node_write_act(node, act, entry, &answer->verdict, &no, error);
    answer->case_no = submitting->report ? no : submitting->cases.no;
    if (status == GRID_OK && act->uses_code) {
        node->code_counter++;
        node->counter_changed = true;
    }
    struct entry second;
    if (status == GRID_OK && submitting->cases.on_both) {
        status = make(submitting, true, act, error); /* with a stamp behind the first one's */
        if (status == GRID_OK)
            status = node_write_act(node, act, &second, &verdict, &no, error);
    }
    if (status == GRID_OK && submitting->report && submitting->key.size > 0)
        status = store_key_put(node->store, submitting->key, submitting->fingerprint,
                STORE_PLACE(node->log.own[act->lane]->row.no, entry->seq),
                stamp_ms(node->log.clock),
                error); /* stamps never run back: the latest key has the greatest */
    return status;
}

enum grid_status node_submit_act(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error)
{
    struct submitting submitting = {.node = node,
            .now = now,
            .request = request,
            .acting = grid_alloc(sizeof(struct acting)),
            .report = bytes_equal(request->verb, bytes_text("report"))};
    if (submitting.acting == NULL)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    struct act_result act = {0};
    struct entry entry;
    arena_init(&submitting.arena, 0);
    enum grid_status status = prepare(&submitting, &act, reply, error);
    if (status == GRID_OK && !submitting.answered) {
        struct answer answer = {.entry = &entry,
                .key = submitting.key,
                .report = submitting.report,
                .kind = act.kind,
                .code = act.code,
                .verdict = GRID_PENDING,
                .conflicted = submitting.report ? 0 : conflicted(submitting.cases.fold)};
        struct fold *fold = NULL;
        /* From here on a failure breaks the turn. */
        status = write_all(&submitting, &act, &answer, &entry, error);
        if (status == GRID_OK)
            status = book_fold(&node->book, answer.case_no, &fold, error);
        if (status == GRID_OK)
            status = reply_to(node, now, fold, &answer, reply, error);
        status = node_break(node, status, error);
    }
    arena_close(&submitting.arena);
    grid_free(submitting.acting);
    return status;
}
