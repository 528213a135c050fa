#include "libgrid/case/deadline.h"

#include "libgrid/case/codebook.h"
#include "libgrid/case/document.h"
#include "proto/stamp.h"

#include <string.h>

/* --- from the fold --- */

struct looking {
    struct fold *fold;
    const struct grid_policy *policy;
    const struct grid_roster *roster;
    struct deadline *out;
    /* told by the acts, in canonical order */
    int64_t start_ms;  /* the limits of `due` are counted from then */
    int64_t office_ms; /* the office that is to accept it has had it since then */
    int64_t hold_ms;   /* until when it is on hold */
    bool acted;        /* since it was accepted */
    unsigned returns, reopens, asked, extended;
};

int64_t deadline_received(const struct fold_entry *entry, const struct grid_roster *roster)
{
    struct roster_author who = {0};
    if (entry->received_ms > 0)
        return entry->received_ms;
    bool by_centre = roster_author_find(roster, entry->entry.author, &who) && who.is_centre;
    return by_centre ? stamp_ms(entry->head.hlc) : 0;
}

static bool argues(const struct fold_entry *entry, unsigned argument, const char *word)
{
    return bytes_equal(value_text(entry->body.args[argument]), bytes_text(word));
}

static void look_at_act(struct looking *looking, const struct fold_entry *entry)
{
    int64_t at_ms = entry->received_ms > 0 ? entry->received_ms : stamp_ms(entry->head.hlc);
    if (at_ms > looking->out->last_ms)
        looking->out->last_ms = at_ms;
    if (entry->verdict != GRID_VALID)
        return;
    switch (entry->head.kind) {
    case GRID_KIND_ACCEPT:
        looking->acted = false;
        if (looking->start_ms == 0) /* nobody knows when it was received */
            looking->start_ms = stamp_ms(entry->head.hlc);
        break;
    case GRID_KIND_REOPEN: /* counts from its own act */
        looking->reopens++;
        looking->acted = false;
        looking->start_ms = stamp_ms(entry->head.hlc);
        break;
    case GRID_KIND_ESCALATE:
        looking->office_ms = stamp_ms(entry->head.hlc);
        break;
    case GRID_KIND_TAKE:
    case GRID_KIND_NOTE:
    case GRID_KIND_ATTACH:
    case GRID_KIND_DISCUSS:
        looking->acted = true;
        break;
    case GRID_KIND_RETURN:
        looking->returns++;
        break;
    case GRID_KIND_ASK:
        looking->asked += argues(entry, GRID_ARGUMENT_REASON, "extend");
        break;
    case GRID_KIND_EXTEND:
        looking->extended++;
        break;
    case GRID_KIND_HOLD:
        looking->hold_ms = value_int(entry->body.args[GRID_ARGUMENT_UNTIL]);
        break;
    default:
        break;
    }
}

unsigned deadline_track(struct fold *fold, struct bytes category)
{
    struct bytes track = fold_shown(fold, GRID_REGISTER_TRACK);
    if (track.size > 0)
        return (unsigned)value_uint(track);
    if (category.size == 0)
        category = fold_shown(fold, GRID_REGISTER_CATEGORY);
    const struct codebook_item *item = codebook_item((unsigned)value_uint(category));
    return item != NULL ? item->track : 0;
}

static void read_due(struct looking *looking)
{
    struct deadline *out = looking->out;
    struct due_value due = {0};
    bool has_due = value_due(fold_shown(looking->fold, GRID_REGISTER_DUE), &due);
    switch ((enum grid_state)out->state) {
    case GRID_STATE_REPORTED:
        if (looking->office_ms > 0)
            out->accept_ms = policy_accept_by(looking->policy, out->urgency,
                    deadline_track(looking->fold, bytes_of(NULL, 0)), looking->office_ms);
        break;
    case GRID_STATE_ACCEPTED:
    case GRID_STATE_ASSIGNED:
        if (has_due && !looking->acted)
            out->act_ms = due.act_ms;
        break;
    case GRID_STATE_ON_HOLD: /* resume moves `due` by the time that it was held */
        out->check_ms = looking->hold_ms;
        return;
    case GRID_STATE_RESOLVED:
        if ((out->flags & DEADLINE_SELF) != 0)
            out->check_ms = policy_check_by(
                    looking->policy, out->received_ms > 0 ? out->received_ms : out->reported_ms);
        return;
    case GRID_STATE_IN_PROGRESS:
    case GRID_STATE_DECLINED:
    case GRID_STATE_MERGED:
    case GRID_STATE_WITHDRAWN:
    case GRID_STATE_CLOSED:
    case GRID_STATE_NONE:
        break;
    }
    if (!has_due || out->state < GRID_STATE_REPORTED || out->state >= GRID_STATE_RESOLVED)
        return;
    int64_t limit_ms = due.finish_ms > looking->start_ms ? due.finish_ms - looking->start_ms : 0;
    out->finish_ms = due.finish_ms;
    out->red_ms = due.finish_ms;
    if (out->urgency != 1)
        out->red_ms += limit_ms / 100 * looking->policy->red_percent;
}

static bool has_tags(const struct looking *looking, enum grid_status *status)
{
    const struct fold_item *items = NULL;
    size_t count = 0;
    size_t wanted = 0, found = 0;
    const size_t tags_max =
            sizeof(looking->policy->complex_tags) / sizeof(looking->policy->complex_tags[0]);
    if (*status == GRID_OK)
        *status = fold_collection(looking->fold, GRID_COLLECTION_TAGS, &items, &count);
    for (size_t i = 0; i < tags_max && looking->policy->complex_tags[i][0] != '\0'; i++) {
        wanted++;
        for (size_t j = 0; j < count && *status == GRID_OK; j++) {
            if (bytes_equal(
                        value_text(items[j].value), bytes_text(looking->policy->complex_tags[i]))) {
                found++;
                break;
            }
        }
    }
    return wanted > 0 && found == wanted;
}

/* A long limit, and one thing that makes it hard. */
static bool is_complex(const struct looking *looking, enum grid_status *status)
{
    const struct grid_policy *policy = looking->policy;
    struct due_value due = {0};
    struct lead_value lead = {0};
    if (looking->start_ms == 0 || !value_due(fold_shown(looking->fold, GRID_REGISTER_DUE), &due) ||
            due.finish_ms <= policy_round(policy, looking->start_ms + policy->complex_over_ms))
        return false;
    unsigned scale = (unsigned)value_uint(fold_shown(looking->fold, GRID_REGISTER_SCALE));
    int64_t amount_fen = value_int(fold_shown(looking->fold, GRID_REGISTER_AMOUNT_FEN));
    unsigned extensions = looking->asked > looking->extended ? looking->asked : looking->extended;
    (void)value_lead(fold_shown(looking->fold, GRID_REGISTER_LEAD), &lead);
    return scale >= policy->complex_scale || amount_fen >= policy->complex_amount_fen ||
           lead.assist_count >= policy->complex_assists ||
           extensions >= policy->complex_extensions || has_tags(looking, status);
}

static enum grid_status is_grave_conflict(const struct looking *looking, bool *out)
{
    struct fold_register state = {0};
    struct fold_register lead = {0};
    *out = false;
    if (fold_conflict_count(looking->fold) == 0)
        return GRID_OK;
    enum grid_status status = fold_read(looking->fold, GRID_REGISTER_STATE, &state);
    if (status == GRID_OK)
        status = fold_read(looking->fold, GRID_REGISTER_LEAD, &lead);
    *out = status == GRID_OK && (state.value_count > 1 || lead.value_count > 1);
    return status;
}

static enum grid_status read_flags(struct looking *looking)
{
    struct deadline *out = looking->out;
    const struct grid_policy *policy = looking->policy;
    const struct fold_entry *const *late = NULL;
    size_t late_count = 0;
    bool conflict = false;
    enum grid_status status = fold_late_evidence(looking->fold, &late, &late_count);
    if (status == GRID_OK)
        status = is_grave_conflict(looking, &conflict);
    bool reopened =
            looking->reopens > 0 && deadline_is_open(out) && out->state != GRID_STATE_RESOLVED;
    unsigned scale = (unsigned)value_uint(fold_shown(looking->fold, GRID_REGISTER_SCALE));
    unsigned impact = (unsigned)value_uint(fold_shown(looking->fold, GRID_REGISTER_IMPACT));
    unsigned card = (unsigned)value_uint(fold_shown(looking->fold, GRID_REGISTER_SUPERVISION));
    out->flags |= looking->returns >= policy->queue_returns ? DEADLINE_RETURNED : 0;
    out->flags |= reopened ? DEADLINE_REOPENED : 0;
    out->flags |= scale >= policy->queue_scale ? DEADLINE_LARGE : 0;
    out->flags |= impact >= policy->queue_impact ? DEADLINE_GRAVE : 0;
    out->flags |= late_count > 0 ? DEADLINE_EVIDENCE : 0;
    out->flags |= conflict ? DEADLINE_CONFLICT : 0;
    out->flags |= is_complex(looking, &status) ? DEADLINE_COMPLEX : 0;
    out->flags |= fold_shown(looking->fold, GRID_REGISTER_CASE_LEADER).size > 0 ? DEADLINE_LED : 0;
    out->flags |= (card & 3) << DEADLINE_CARD_SHIFT;
    return status;
}

enum grid_status deadline_read(struct fold *fold, const struct grid_policy *policy,
        const struct grid_roster *roster, struct deadline *out)
{
    const struct fold_entry *create = fold_create(fold);
    struct looking looking = {.fold = fold, .policy = policy, .roster = roster, .out = out};
    *out = (struct deadline){.state = fold_state(fold),
            .urgency = (unsigned)value_uint(fold_shown(fold, GRID_REGISTER_URGENCY))};
    if (create != NULL) {
        out->reported_ms = stamp_ms(create->head.hlc);
        out->received_ms = deadline_received(create, roster);
        looking.start_ms = looking.office_ms = out->received_ms;
        if (create->head.kind == GRID_KIND_CREATE_RESOLVED)
            out->flags |= DEADLINE_SELF;
    }
    for (size_t i = 0; i < fold_entry_count(fold); i++)
        look_at_act(&looking, fold_entry_at(fold, i));
    if (out->state != GRID_STATE_RESOLVED || looking.reopens > 0)
        out->flags &= ~(unsigned)DEADLINE_SELF;
    read_due(&looking);
    enum grid_status status = documents_reply_by(fold, &out->reply_ms);
    return status == GRID_OK ? read_flags(&looking) : status;
}

/* --- against a clock --- */

unsigned deadline_card(const struct deadline *deadline)
{
    return deadline->flags >> DEADLINE_CARD_SHIFT & 3;
}

bool deadline_is_open(const struct deadline *deadline)
{
    return deadline->state >= GRID_STATE_REPORTED && deadline->state <= GRID_STATE_RESOLVED;
}

static bool has_passed(int64_t at_ms, int64_t now_ms)
{
    return at_ms > 0 && at_ms < now_ms;
}

bool deadline_is_overdue(const struct deadline *deadline, int64_t now_ms)
{
    return has_passed(deadline->finish_ms, now_ms);
}

bool deadline_is_soon(
        const struct deadline *deadline, const struct grid_policy *policy, int64_t now_ms)
{
    int64_t at_ms = 0;
    (void)deadline_limit(deadline, now_ms, &at_ms);
    return !has_passed(at_ms, now_ms) && has_passed(at_ms, now_ms + policy->soon_ms);
}

enum deadline_limit deadline_limit(const struct deadline *deadline, int64_t now_ms, int64_t *at_ms)
{
    const struct {
        enum deadline_limit limit;
        int64_t at_ms;
    } limits[] = {
            {DEADLINE_LIMIT_FINISH, deadline->finish_ms},
            {DEADLINE_LIMIT_ACCEPT, deadline->accept_ms},
            {DEADLINE_LIMIT_ACT, deadline->act_ms},
            {deadline->state == GRID_STATE_ON_HOLD ? DEADLINE_LIMIT_HOLD : DEADLINE_LIMIT_CHECK,
                    deadline->check_ms},
    };
    enum deadline_limit first = DEADLINE_LIMIT_NONE;
    *at_ms = 0;
    if (deadline_is_overdue(deadline, now_ms)) {
        *at_ms = deadline->finish_ms;
        return DEADLINE_LIMIT_FINISH;
    }
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (limits[i].at_ms > 0 && (*at_ms == 0 || limits[i].at_ms < *at_ms)) {
            first = limits[i].limit;
            *at_ms = limits[i].at_ms;
        }
    }
    return first;
}

enum deadline_class deadline_class(
        const struct deadline *deadline, const struct grid_policy *policy, int64_t now_ms)
{
    unsigned flags = deadline->flags;
    int64_t at_ms = 0;
    (void)deadline_limit(deadline, now_ms, &at_ms);
    if (deadline_is_open(deadline)) {
        if (deadline->urgency == 1)
            return DEADLINE_CLASS_U1_OPEN;
        if (has_passed(at_ms, now_ms))
            return DEADLINE_CLASS_OVERDUE;
        if (deadline->urgency == 2)
            return DEADLINE_CLASS_U2_OPEN;
        if (has_passed(at_ms, now_ms + policy->soon_ms))
            return DEADLINE_CLASS_SOON;
        if ((flags & DEADLINE_RETURNED) != 0)
            return DEADLINE_CLASS_RETURNED;
        if ((flags & DEADLINE_REOPENED) != 0)
            return DEADLINE_CLASS_REOPENED;
        if ((flags & DEADLINE_LARGE) != 0)
            return DEADLINE_CLASS_LARGE;
        if ((flags & DEADLINE_GRAVE) != 0)
            return DEADLINE_CLASS_GRAVE;
    }
    /* what was closed on the ground of too little is somebody's work too */
    if ((flags & DEADLINE_EVIDENCE) != 0)
        return DEADLINE_CLASS_EVIDENCE;
    if ((flags & DEADLINE_CONFLICT) != 0)
        return DEADLINE_CLASS_CONFLICT;
    if (has_passed(deadline->reply_ms, now_ms))
        return DEADLINE_CLASS_LETTER;
    return deadline_is_open(deadline) && has_passed(deadline->last_ms, now_ms - policy->silent_ms)
                   ? DEADLINE_CLASS_SILENT
                   : DEADLINE_CLASS_NONE;
}

/* What ends first, or was touched longest ago. */
int64_t deadline_key(const struct deadline *deadline, enum deadline_class class, int64_t now_ms)
{
    int64_t at_ms = 0;
    (void)deadline_limit(deadline, now_ms, &at_ms);
    bool by_limit = class <= DEADLINE_CLASS_SOON && at_ms > 0;
    return by_limit ? at_ms : deadline->last_ms;
}

enum deadline_step deadline_step(const struct deadline *deadline, int64_t now_ms)
{
    int64_t at_ms = 0;
    enum deadline_limit limit = deadline_limit(deadline, now_ms, &at_ms);
    if (!has_passed(at_ms, now_ms) || limit == DEADLINE_LIMIT_CHECK || limit == DEADLINE_LIMIT_HOLD)
        return DEADLINE_STEP_NONE;
    if (limit != DEADLINE_LIMIT_FINISH || (deadline->flags & DEADLINE_LED) != 0)
        return DEADLINE_STEP_URGE;
    bool red = has_passed(deadline->red_ms, now_ms);
    switch ((enum grid_supervision)deadline_card(deadline)) {
    case GRID_SUPERVISION_RED:
        return DEADLINE_STEP_LEAD_CASE;
    case GRID_SUPERVISION_YELLOW:
        return red ? DEADLINE_STEP_RED : DEADLINE_STEP_URGE;
    case GRID_SUPERVISION_NONE:
    case GRID_SUPERVISION_END:
        break;
    }
    return red ? DEADLINE_STEP_RED : DEADLINE_STEP_YELLOW;
}

const char *deadline_class_name(enum deadline_class class)
{
    static const char *const names[] = {
#define X(number, name, text) [number] = (text),
            DEADLINE_CLASS_MAP(X)
#undef X
    };
    return names[class];
}

const char *deadline_limit_name(enum deadline_limit limit)
{
    static const char *const names[] = {NULL, "finish", "accept", "act", "check", "hold"};
    return names[limit];
}

const char *deadline_step_name(enum deadline_step step)
{
    static const char *const names[] = {NULL, "urge", "yellow", "red", "lead_case"};
    return names[step];
}
