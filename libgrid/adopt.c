/* `quarantine adopt` (D16, P-142): a person takes over an entry that stands in quarantine: its
 * bytes, judged as the adopter's own. */
#include "libgrid/case/record.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/gate.h"
#include "proto/heap.h"

#include <assert.h>
#include <string.h>

/* --- which one --- */

struct adopting {
    struct grid_node *node;
    struct bytes wanted; /* its dot, as text */
    struct arena arena;
    struct grid_error *error;
    bool found, kept; /* of the places of that name; with its bytes */
    bool undecided;   /* which branch of the log counts */
    struct entry entry;
    struct fold_entry twin; /* it, as the adopter's */
};

static enum grid_status look(void *context, const struct quarantined *one)
{
    struct adopting *adopting = context;
    struct grid_error *error = adopting->error;
    struct dot dot = {.lane = one->entry->lane, .seq = one->entry->seq};
    char text[DOT_TEXT_BYTES];
    memcpy(dot.author, one->entry->author, sizeof(dot.author));
    dot_print(text, &dot);
    if (!bytes_equal(adopting->wanted, bytes_text(text)) || adopting->kept)
        return GRID_OK;
    adopting->found = true;
    adopting->kept = one->entry->header.size > 0;
    adopting->undecided = bytes_equal(one->reason, bytes_text("fork"));
    adopting->entry = *one->entry;
    adopting->entry.header = arena_copy(&adopting->arena, one->entry->header);
    adopting->entry.body = arena_copy(&adopting->arena, one->entry->body);
    bool copied = adopting->entry.header.data != NULL && adopting->entry.body.data != NULL;
    return adopting->kept && !copied ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                                     : GRID_OK;
}

static enum grid_status find(struct adopting *adopting, const struct grid_request *request)
{
    const struct grid_field *dot = request_field(request, "dot");
    struct grid_error *error = adopting->error;
    adopting->wanted = dot != NULL ? dot->value : bytes_of(NULL, 0);
    if (adopting->wanted.size == 0)
        return grid_fail(error, GRID_USAGE, "dot_needed", "%s", "");
    enum grid_status status = quarantine_each(adopting->node, look, adopting, error);
    if (status != GRID_OK)
        return status;
    if (!adopting->found)
        return quarantine_unknown(adopting->wanted, error);
    if (!adopting->kept)
        return grid_fail(error, GRID_REFUSED, "adopt_not_kept", "%s", "");
    return adopting->undecided ? grid_fail(error, GRID_REFUSED, "adopt_undecided", "%s", "")
                               : GRID_OK;
}

/* --- what it says, as the adopter's --- */

static enum grid_status read_original(struct adopting *adopting)
{
    struct grid_error *error = adopting->error;
    struct fold_entry *twin = &adopting->twin;
    bool newer = false;
    twin->entry = adopting->entry;
    enum grid_status status = entry_read_header(&twin->entry, &adopting->arena, &twin->head, error);
    if (status == GRID_OK && twin->head.kind >= GRID_KIND_CREATE)
        status = body_read_case(twin->entry.body, &adopting->arena, &twin->body, &newer, error);
    if (status == GRID_NOMEM)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    if (status != GRID_OK || newer || twin->head.kind < GRID_KIND_CREATE ||
            grid_kind_name(twin->head.kind) == NULL)
        return grid_fail(error, GRID_REFUSED, "adopt_no_act", "%s", "");
    twin->dot = entry_dot(&twin->entry);
    return GRID_OK;
}

/* Under the first post that may do this. */
static enum grid_status choose_post(struct adopting *adopting, const struct acting *acting,
        struct fold *fold, struct grid_as *as)
{
    struct grid_node *node = adopting->node;
    struct fold_world world = book_world(&node->book);
    struct fold_entry *twin = &adopting->twin;
    enum grid_verdict first = GRID_PENDING;
    twin->cited_role = twin->body.as.role;
    memcpy(twin->entry.author, node->log.author, sizeof(twin->entry.author));
    twin->entry.seq = UINT64_MAX >> 2; /* it will stand behind everything */
    twin->head.rv = roster_rv(node->roster);
    for (size_t i = 0; i < acting->count; i++) {
        const struct act_author *author = &acting->authors[i];
        memcpy(as->person, author->person, sizeof(as->person));
        as->role = author->role;
        as->place = author->place;
        twin->body.as = *as;
        enum grid_verdict verdict = fold_judge(fold, &world, twin);
        first = i == 0 ? verdict : first;
        if (verdict == GRID_VALID)
            return GRID_OK;
    }
    static const char *const reasons[] = {[GRID_PENDING] = "pending",
            [GRID_OPAQUE] = "pending",
            [GRID_VALID] = "pending",
            [GRID_VOID_AUTHOR] = "author",
            [GRID_VOID_ROLE] = "role",
            [GRID_VOID_SCOPE] = "scope",
            [GRID_VOID_TRANSITION] = "transition",
            [GRID_VOID_REQUIREMENT] = "requirement"};
    const struct act_author *author = &acting->authors[0];
    return grid_fail(adopting->error, GRID_REFUSED, "adopt_refused",
            "%s" GRID_ARG "%s" GRID_ARG "%s" GRID_ARG "%.*s", grid_kind_name(twin->head.kind),
            grid_role_name(author->role), reasons[first], (int)author->place.size,
            (const char *)author->place.data);
}

static enum grid_status judge_original(
        struct adopting *adopting, const struct acting *acting, struct grid_as *as)
{
    struct grid_node *node = adopting->node;
    struct fold *fold = NULL;
    struct fold *none = NULL;
    const struct fold_entry *folded = NULL;
    const uint8_t no_case[GRID_ID_BYTES] = {0};
    enum grid_status status =
            quarantine_fold(node, &adopting->entry, &fold, &folded, adopting->error);
    if (status == GRID_OK && folded != NULL && folded->adopter != NULL)
        return grid_fail(adopting->error, GRID_REFUSED, "adopt_already", "%s", "");
    if (status == GRID_OK && fold == NULL && fold_open(&none, no_case) != GRID_OK)
        status = grid_fail(adopting->error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status == GRID_OK)
        status = choose_post(adopting, acting, fold != NULL ? fold : none, as);
    fold_close(none);
    return status;
}

/* --- writing --- */

static enum grid_status read_reason(
        const struct grid_request *request, struct bytes *reason, struct grid_error *error)
{
    const struct grid_field *field = request_field(request, "reason");
    *reason = field != NULL ? field->value : bytes_of(NULL, 0);
    if (reason->size > GRID_TEXT_BYTES_MAX || !gate_utf8(*reason) || !text_is_clean(*reason, true))
        return grid_fail(error, GRID_INVALID, "adopt_reason", "%d", GRID_TEXT_BYTES_MAX);
    return GRID_OK;
}

static enum grid_status write_adopt(struct adopting *adopting, struct grid_now now,
        const struct grid_as *as, struct bytes reason, struct entry *entry, int64_t *case_no)
{
    struct grid_node *node = adopting->node;
    const struct entry *original = &adopting->entry;
    const struct entry_header *head = &adopting->twin.head;
    struct adopt_body adopt = {.as = *as,
            .lane = original->lane,
            .seq = original->seq,
            .header = original->header,
            .body = original->body,
            .reason = reason};
    memcpy(adopt.author, original->author, sizeof(adopt.author));
    struct entry_header header = {.hlc = log_stamp(&node->log, now.wall_ms),
            .kind = GRID_KIND_ADOPT,
            .has_case = true,
            .rv = roster_rv(node->roster)};
    memcpy(header.case_id, head->has_case ? head->case_id : original->leaf, GRID_ID_BYTES);
    struct buffer head_bytes = {0};
    struct buffer body_bytes = {0};
    enum grid_verdict verdict = GRID_PENDING;
    entry_pack_header(&head_bytes, &header);
    body_pack_adopt(&body_bytes, &adopt);
    struct act_result act = {.kind = GRID_KIND_ADOPT,
            .lane = original->lane == GRID_LANE_URGENT ? GRID_LANE_URGENT : GRID_LANE_WORK,
            .header = buffer_bytes(&head_bytes),
            .body = buffer_bytes(&body_bytes)};
    struct entry tried = {
            .lane = (uint8_t)act.lane, .seq = 1, .header = act.header, .body = act.body};
    enum grid_status status =
            head_bytes.failed || body_bytes.failed
                    ? grid_fail(adopting->error, GRID_NOMEM, "out_of_memory", "%s", "")
                    : entry_check(&tried, adopting->error);
    if (status == GRID_OK) /* from here on a failure breaks the turn */
        status = node_break(node,
                node_write_act(node, &act, entry, &verdict, case_no, adopting->error),
                adopting->error);
    buffer_close(&head_bytes);
    buffer_close(&body_bytes);
    return status;
}

static enum grid_status answer(const struct adopting *adopting, const struct entry *entry,
        int64_t case_no, struct buffer *reply, struct grid_error *error)
{
    struct grid_node *node = adopting->node;
    struct record record = {0};
    struct fold *fold = NULL;
    enum grid_status status = book_fold(&node->book, case_no, &fold, error);
    if (status != GRID_OK)
        return node_break(node, status, error);
    const struct fold_entry *create = fold != NULL ? fold_create(fold) : NULL;
    view_case_code(&record, create != NULL ? &create->body : NULL);
    view_entry_name(record_member(&record, "entry"), entry->author, entry->lane, entry->seq);
    record_str(&record, "dot", adopting->wanted);
    record_text(&record, "kind", grid_kind_name(adopting->twin.head.kind));
    record_text(&record, "state", fold != NULL ? grid_state_name(fold_state(fold)) : NULL);
    record_end(&record, reply);
    return reply->failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "") : GRID_OK;
}

enum grid_status node_adopt(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error)
{
    struct adopting *adopting = grid_alloc(sizeof(*adopting));
    struct acting *acting = grid_alloc(sizeof(*acting));
    struct bytes reason = {0};
    struct grid_as as = {0};
    struct entry entry;
    int64_t case_no = 0;
    if (adopting == NULL || acting == NULL) {
        grid_free(acting);
        grid_free(adopting);
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    }
    adopting->node = node;
    adopting->error = error;
    arena_init(&adopting->arena, 0);
    enum grid_status status = read_reason(request, &reason, error);
    if (status == GRID_OK)
        status = node_find_authors(node, now, request, acting, error);
    if (status == GRID_OK)
        status = find(adopting, request);
    if (status == GRID_OK)
        status = read_original(adopting);
    if (status == GRID_OK)
        status = judge_original(adopting, acting, &as);
    if (status == GRID_OK)
        status = write_adopt(adopting, now, &as, reason, &entry, &case_no);
    if (status == GRID_OK)
        status = answer(adopting, &entry, case_no, reply, error);
    arena_close(&adopting->arena);
    grid_free(acting);
    grid_free(adopting);
    return status;
}
