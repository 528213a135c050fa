/* The supervision queue and what is late (DOMAIN 6): one walk over the summaries, then a look at
 * the few cases that are shown. */
#include "libgrid/case/deadline.h"
#include "libgrid/case/record.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/heap.h"
#include "proto/stamp.h"

#include <stdlib.h>
#include <string.h>

enum { INBOX_ROWS = 50 };

struct queued {
    unsigned rank; /* the smaller, the more urgent */
    int64_t key;
    int64_t no;
    unsigned state; /* as it is shown: of a member of a set, merged */
};

struct queue {
    struct asking *asking;
    bool only_late;
    size_t wanted, count;
    struct queued *items; /* a heap with the least urgent on top, until it is sorted */
    uint64_t total, counts[DEADLINE_CLASS_COUNT];
    uint64_t steps[DEADLINE_STEP_LEAD_CASE + 1];
};

static const struct grid_policy *policy_of(const struct asking *asking, struct bytes unit)
{
    return policies_for(&asking->node->book.policies, unit);
}

static struct deadline deadline_of(const struct store_watched *watched)
{
    if (watched->state == GRID_STATE_MERGED) /* its primary is what is waited for */
        return (struct deadline){.state = GRID_STATE_MERGED,
                .flags = watched->watch.flags,
                .reply_ms = watched->watch.reply_ms,
                .last_ms = watched->watch.last_ms};
    return (struct deadline){.state = watched->state,
            .urgency = watched->urgency,
            .flags = watched->watch.flags,
            .reported_ms = stamp_ms(watched->created),
            .accept_ms = watched->watch.accept_ms,
            .act_ms = watched->watch.act_ms,
            .finish_ms = watched->watch.finish_ms,
            .red_ms = watched->watch.red_ms,
            .check_ms = watched->watch.check_ms,
            .reply_ms = watched->watch.reply_ms,
            .last_ms = watched->watch.last_ms};
}

/* --- the most urgent of all --- */

static int compare(const void *left, const void *right)
{
    const struct queued *a = left;
    const struct queued *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->no > b->no) - (a->no < b->no);
}

static void swap(struct queued *a, struct queued *b)
{
    struct queued kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_up(struct queued *items, size_t at)
{
    while (at > 0 && compare(&items[at], &items[(at - 1) / 2]) > 0) {
        swap(&items[at], &items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct queued *items, size_t count)
{
    size_t at = 0;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (compare(&items[child], &items[least]) > 0)
                least = child;
        if (least == at)
            return;
        swap(&items[at], &items[least]);
        at = least;
    }
}

static void keep(struct queue *queue, const struct queued *item)
{
    if (queue->count < queue->wanted) {
        queue->items[queue->count] = *item;
        sift_up(queue->items, queue->count++);
    } else if (compare(item, &queue->items[0]) < 0) {
        queue->items[0] = *item;
        sift_down(queue->items, queue->count);
    }
}

static enum grid_status look_at(void *context, const struct store_watched *watched)
{
    struct queue *queue = context;
    int64_t now_ms = queue->asking->now.wall_ms;
    struct deadline deadline = deadline_of(watched);
    int64_t at_ms = 0;
    enum deadline_class class =
            deadline_class(&deadline, policy_of(queue->asking, watched->unit), now_ms);
    if (class == DEADLINE_CLASS_NONE)
        return GRID_OK;
    (void)deadline_limit(&deadline, now_ms, &at_ms);
    enum deadline_step step = deadline_step(&deadline, now_ms);
    struct queued item = {.rank = (unsigned)class,
            .key = deadline_key(&deadline, class, now_ms),
            .no = watched->no,
            .state = watched->state};
    if (queue->only_late) {
        if (at_ms == 0 || at_ms >= now_ms)
            return GRID_OK;
        item.rank = DEADLINE_STEP_LEAD_CASE - (unsigned)step; /* the gravest proposal first */
        item.key = at_ms;
    }
    queue->total++;
    queue->counts[class]++;
    queue->steps[step]++;
    keep(queue, &item);
    return GRID_OK;
}

/* --- the rows --- */

/* What whoever answers for the case is to do now. */
static const char *next_of(
        const struct deadline *deadline, enum deadline_class class, int64_t now_ms)
{
    if (class == DEADLINE_CLASS_EVIDENCE)
        return "review";
    if (class == DEADLINE_CLASS_CONFLICT)
        return "conflicts";
    if (class == DEADLINE_CLASS_LETTER)
        return "letter";
    if (deadline_is_overdue(deadline, now_ms))
        return deadline_step_name(deadline_step(deadline, now_ms));
    switch ((enum grid_state)deadline->state) {
    case GRID_STATE_REPORTED:
        return "accept";
    case GRID_STATE_ACCEPTED:
        return "assign";
    case GRID_STATE_ASSIGNED:
        return "urge_take";
    case GRID_STATE_ON_HOLD:
        return "resume";
    case GRID_STATE_RESOLVED:
        return (deadline->flags & DEADLINE_SELF) != 0 ? "check" : "follow_up";
    case GRID_STATE_IN_PROGRESS:
    case GRID_STATE_DECLINED:
    case GRID_STATE_MERGED:
    case GRID_STATE_WITHDRAWN:
    case GRID_STATE_CLOSED:
    case GRID_STATE_NONE:
        break;
    }
    return "urge";
}

static void members_why(struct record *more, const struct deadline *deadline,
        const struct grid_policy *policy, int64_t now_ms)
{
    int64_t at_ms = 0;
    enum deadline_limit limit = deadline_limit(deadline, now_ms, &at_ms);
    enum deadline_class class = deadline_class(deadline, policy, now_ms);
    record_text(more, "why", deadline_class_name(class));
    record_text(more, "limit", deadline_limit_name(limit));
    if (at_ms > 0) {
        record_time(more, "by", at_ms);
        record_int(more, "late_s", (now_ms - at_ms) / 1000);
    } else {
        record_nil(more, "by");
        record_nil(more, "late_s");
    }
    record_text(more, "step", deadline_step_name(deadline_step(deadline, now_ms)));
    record_text(more, "next", next_of(deadline, class, now_ms));
    record_text(more, "card", grid_supervision_name(deadline_card(deadline)));
    record_time(more, "last_at", deadline->last_ms);
}

static enum grid_status give(struct queue *queue, const struct queued *item)
{
    struct asking *asking = queue->asking;
    struct fold *fold = NULL;
    struct deadline deadline = {0};
    struct record more = {0};
    struct buffer record = {0};
    enum grid_status status = book_fold(&asking->node->book, item->no, &fold, asking->error);
    if (status != GRID_OK || fold == NULL)
        return status;
    const struct grid_policy *policy =
            policy_of(asking, value_text(fold_shown(fold, GRID_REGISTER_UNIT)));
    struct view_context view = ask_view(asking);
    struct view_set set;
    view.set = &set;
    status = node_look_joined(asking->node, item->no, false, NULL, &set, asking->error);
    if (status == GRID_OK)
        status = deadline_read(fold, policy, asking->node->roster, &deadline);
    if (item->state == GRID_STATE_MERGED)
        deadline = (struct deadline){.state = item->state,
                .flags = deadline.flags,
                .reply_ms = deadline.reply_ms,
                .last_ms = deadline.last_ms};
    members_why(&more, &deadline, policy, asking->now.wall_ms);
    if (status == GRID_OK)
        status = view_case_with(&record, fold, &view, &more);
    if (status == GRID_OK)
        status = asking->row(asking->context, "cases", buffer_bytes(&record));
    buffer_close(&more.members);
    buffer_close(&record);
    return status;
}

static void pack_end(const struct queue *queue)
{
    const struct asking *asking = queue->asking;
    const struct grid_policy *policy = policy_of(asking, bytes_text(asking->node->unit));
    struct record record = {0};
    struct record counts = {0};
    for (unsigned class = 1; class < DEADLINE_CLASS_COUNT; class ++)
        if (queue->counts[class] > 0)
            record_uint(&counts, deadline_class_name((enum deadline_class) class),
                    queue->counts[class]);
    record_end(&counts, record_member(&record, "counts"));
    record_uint(&record, "total", queue->total);
    if (day_year(stamp_day(asking->now.wall_ms)) > policy_calendar_year(policy))
        record_uint(&record, "calendar_missing", day_year(stamp_day(asking->now.wall_ms)));
    else
        record_nil(&record, "calendar_missing");
    record_end(&record, asking->end);
}

static enum grid_status ask_queue_of(struct asking *asking, bool only_late)
{
    struct queue queue = {.asking = asking, .only_late = only_late};
    int64_t limit = 0;
    struct bytes unit = {0};
    enum grid_status status = ask_number(asking, "limit", GRID_ROWS_MAX, INBOX_ROWS, &limit);
    if (status == GRID_OK)
        status = ask_unit(asking, &unit);
    if (status == GRID_OK)
        status = book_flush(&asking->node->book, asking->error); /* what this turn wrote */
    if (status != GRID_OK)
        return status;
    queue.wanted = (size_t)limit;
    queue.items = grid_alloc_array(queue.wanted, sizeof(*queue.items));
    if (queue.items == NULL)
        return grid_fail(asking->error, GRID_NOMEM, "out_of_memory", "%s", "");
    status = store_case_watch(asking->node->store, unit, look_at, &queue, asking->error);
    qsort(queue.items, queue.count, sizeof(queue.items[0]), compare);
    for (size_t i = 0; i < queue.count && status == GRID_OK; i++)
        status = give(&queue, &queue.items[i]);
    if (status == GRID_OK)
        pack_end(&queue);
    grid_free(queue.items);
    return status;
}

enum grid_status ask_inbox(struct asking *asking)
{
    return ask_queue_of(asking, false);
}

enum grid_status ask_overdue(struct asking *asking)
{
    return ask_queue_of(asking, true);
}
