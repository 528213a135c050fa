#include "libgrid/case/require.h"

#include "libgrid/case/seen.h"

static bool has_arg(const struct fold_entry *entry, unsigned argument)
{
    return entry->body.args[argument].size > 0;
}

static bool arg_is(const struct fold_entry *entry, unsigned argument, const char *word)
{
    return bytes_equal(value_text(entry->body.args[argument]), bytes_text(word));
}

/* --- what every kind owes --- */

static bool writes_own_registers(const struct judgement *j)
{
    const uint32_t state = 1u << GRID_REGISTER_STATE;
    const struct life_kind *kind = j->kind;
    if ((j->sets & ~(state | kind->must | kind->may)) != 0 || (j->sets & kind->must) != kind->must)
        return false;
    if ((j->sets & state) == 0)
        return kind->to == 0;
    return kind->to != 0 && entry_set_uint(j->entry, GRID_REGISTER_STATE) == kind->to;
}

static bool writes_own_collections(const struct judgement *j)
{
    for (size_t i = 0; i < j->entry->body.add_count; i++)
        if (!has_bit(j->kind->adds, j->entry->body.adds[i].name))
            return false;
    for (size_t i = 0; i < j->entry->body.removal_count; i++)
        if (!has_bit(j->kind->takes, j->entry->body.removals[i].collection))
            return false;
    return true;
}

static bool has_own_arguments(const struct judgement *j)
{
    for (unsigned argument = 1; argument < GRID_ARGUMENT_END; argument++)
        if (has_bit(j->kind->args, argument) && !has_arg(j->entry, argument))
            return false;
    if (j->kind->reasons == NULL)
        return true;
    for (const char *const *word = j->kind->reasons; *word != NULL; word++)
        if (arg_is(j->entry, GRID_ARGUMENT_REASON, *word))
            return true;
    return false;
}

/* A matter happens at a village, a grid or a micro-grid. */
static bool unit_is_a_place_of_matters(const struct judgement *j)
{
    if (!has_bit(j->sets, GRID_REGISTER_UNIT))
        return true;
    enum grid_place_kind kind = place_kind(entry_set_text(j->entry, GRID_REGISTER_UNIT));
    return kind == GRID_PLACE_VILLAGE || kind == GRID_PLACE_GRID || kind == GRID_PLACE_MICRO_GRID;
}

static bool gives_its_due(const struct judgement *j)
{
    return writes_own_collections(j) && has_own_arguments(j) && unit_is_a_place_of_matters(j) &&
           (!j->kind->deciding || j->entry->body.has_seen);
}

/* --- what some kinds owe --- */

static bool accept_fits(struct judgement *j)
{
    const struct grid_as *as = &j->entry->body.as;
    bool refined = has_bit(j->sets, GRID_REGISTER_CATEGORY) &&
                   entry_set_uint(j->entry, GRID_REGISTER_CATEGORY) != GRID_CATEGORY_UNCLASSIFIED;
    for (struct fold_held *held = seen_live(j, GRID_REGISTER_CATEGORY); held != NULL && !refined;
            held = held->head)
        refined =
                entry_set_uint(&held->entry, GRID_REGISTER_CATEGORY) != GRID_CATEGORY_UNCLASSIFIED;
    struct bytes own = as->role == GRID_ROLE_GRID_CHIEF ? place_village(as->place) : as->place;
    return refined && bytes_equal(entry_set_text(j->entry, GRID_REGISTER_HOLDER), own);
}

/* The office above the highest holder that is named. */
static struct bytes office_above(struct judgement *j)
{
    struct bytes highest = {0};
    for (struct fold_held *held = seen_live(j, GRID_REGISTER_HOLDER); held != NULL;
            held = held->head) {
        struct bytes holder = entry_set_text(&held->entry, GRID_REGISTER_HOLDER);
        if (highest.size == 0 || holder.size < highest.size ||
                (holder.size == highest.size && bytes_compare(holder, highest) < 0))
            highest = holder;
    }
    return place_parent(highest);
}

static bool is_beyond_roster(const struct judgement *j, struct bytes office)
{
    return roster_office_above(
            j->world->roster, j->entry->head.rv, j->entry->body.as.place, office);
}

/* It must have someone to decide: in the roster that is cited, or where that one ends a centre. */
static bool escalate_fits(struct judgement *j)
{
    struct bytes office = office_above(j);
    return bytes_equal(entry_set_text(j->entry, GRID_REGISTER_HOLDER), office) &&
           (is_beyond_roster(j, office) ||
                   roster_office_staffed(j->world->roster, j->entry->head.rv, office));
}

bool require_waits(struct judgement *j)
{
    if (j->entry->head.kind != GRID_KIND_ESCALATE)
        return false;
    struct bytes office = office_above(j);
    return is_beyond_roster(j, office) && !roster_has_centre(j->world->roster, office);
}

/* A second extension since the last accept or reopen is the director's, with a reason. */
static bool extend_fits(struct judgement *j)
{
    if (j->entry->body.as.role == GRID_ROLE_DIRECTOR && has_arg(j->entry, GRID_ARGUMENT_REASON))
        return true;
    return !seen_extension(j);
}

/* `ground` names one of the resolves marked `number`. */
static bool answers(const struct fold_held *ground, uint64_t number)
{
    for (size_t i = 0; i < ground->entry.head.basis_count; i++) {
        const struct fold_name *name = ground->names[i];
        if (name->held != NULL && name->held->resolved == number)
            return true;
    }
    return false;
}

static bool close_is_grounded(
        const struct judgement *j, const struct fold_held *resolves, uint64_t number)
{
    if (arg_is(j->entry, GRID_ARGUMENT_REASON, "self_checked")) {
        for (const struct fold_held *held = resolves; held != NULL; held = held->resolve)
            if (held->entry.head.kind != GRID_KIND_CREATE_RESOLVED)
                return false;
        return true;
    }
    unsigned follow_ups = 0;
    bool reached = false;
    bool answered = !value_bool(j->create->body.args[GRID_ARGUMENT_APPLICANT]);
    size_t index = 0;
    for (const struct fold_held *ground = seen_ground(j, &index); ground != NULL;
            ground = seen_ground(j, &index)) {
        uint32_t kind = ground->entry.head.kind;
        if ((kind != GRID_KIND_FOLLOW_UP && kind != GRID_KIND_FEEDBACK) || !answers(ground, number))
            continue;
        if (kind == GRID_KIND_FEEDBACK)
            answered = true;
        else
            follow_ups++;
        reached = reached || (kind == GRID_KIND_FOLLOW_UP &&
                                     value_bool(ground->entry.body.args[GRID_ARGUMENT_REACHED]));
    }
    return answered && (reached || follow_ups >= 3);
}

/* follow_up, feedback and close answer a resolve; the first and the last not one's own. */
static bool answer_fits(struct judgement *j)
{
    uint64_t number = 0;
    uint32_t kind = j->entry->head.kind;
    struct fold_held *resolves = seen_resolves(j, &number);
    if (resolves == NULL)
        return false;
    for (struct fold_held *held = resolves; held != NULL; held = held->resolve)
        if (kind != GRID_KIND_FEEDBACK && entry_same_person(&held->entry, j->entry))
            return false;
    return kind != GRID_KIND_CLOSE || close_is_grounded(j, resolves, number);
}

static bool outcome_method(const struct fold_entry *entry, struct outcome_value *out)
{
    struct bytes value = case_body_set(&entry->body, GRID_REGISTER_OUTCOME);
    return value.size > 0 && value_outcome(value, out);
}

/* Mediation before litigation: a discussion or a mediation in the basis, or a reason. */
static bool resolve_fits(const struct judgement *j)
{
    enum { MEDIATION_FIRST = 3, MEDIATION_LAST = 5, LITIGATION = 10 };
    struct outcome_value outcome;
    if (!outcome_method(j->entry, &outcome) || outcome.method != LITIGATION ||
            has_arg(j->entry, GRID_ARGUMENT_REASON))
        return true;
    size_t index = 0;
    for (const struct fold_held *ground = seen_ground(j, &index); ground != NULL;
            ground = seen_ground(j, &index)) {
        if (ground->entry.head.kind == GRID_KIND_DISCUSS)
            return true;
        if (outcome_method(&ground->entry, &outcome) && outcome.method >= MEDIATION_FIRST &&
                outcome.method <= MEDIATION_LAST)
            return true;
    }
    return false;
}

/* --- documents (P-132) --- */

static bool adds_code(const struct fold_entry *entry, const struct case_code *code)
{
    for (size_t i = 0; i < entry->body.add_count; i++)
        if (entry->body.adds[i].name == GRID_COLLECTION_CODES &&
                bytes_equal(value_text(entry->body.adds[i].value), bytes_text(code->digits)))
            return true;
    return false;
}

/* The case was made with this code, or a recode in the basis gave it. */
static bool is_code_of_case(const struct judgement *j, const struct case_code *code)
{
    struct bytes first = value_text(j->create->body.args[GRID_ARGUMENT_CODE]);
    size_t index = 0;
    if (bytes_equal(first, bytes_text(code->digits)))
        return true;
    for (const struct fold_held *ground = seen_ground(j, &index); ground != NULL;
            ground = seen_ground(j, &index))
        if (adds_code(&ground->entry, code))
            return true;
    return false;
}

/* Of a code of the case, in the range of its office, and resting on what its basis names. */
static bool document_fits(const struct judgement *j)
{
    const struct case_body *body = &j->entry->body;
    struct document_value document;
    unsigned first = 0;
    unsigned last = 0;
    if (body->add_count != 1 || !value_document(body->adds[0].value, &document) ||
            !document_range(body->as.place, &first, &last) || document.number.serial < first ||
            document.number.serial > last || !is_code_of_case(j, &document.number.code))
        return false;
    for (size_t i = 0; i < j->entry->head.basis_count; i++)
        if (dot_equal(&j->entry->head.basis[i], &document.ground))
            return true;
    return false;
}

static bool same_number(const struct document_number *a, const struct document_number *b)
{
    return memcmp(a->code.digits, b->code.digits, GRID_CODE_DIGITS) == 0 &&
           a->letter == b->letter && a->serial == b->serial;
}

/* It answers one document of its basis. */
static bool reply_fits(const struct judgement *j)
{
    const struct case_body *body = &j->entry->body;
    struct reply_value reply;
    struct document_value document;
    size_t index = 0;
    if (body->add_count != 1 || !value_reply(body->adds[0].value, &reply))
        return false;
    for (const struct fold_held *ground = seen_ground(j, &index); ground != NULL;
            ground = seen_ground(j, &index))
        if (entry_document(&ground->entry, &document) &&
                same_number(&document.number, &reply.number))
            return true;
    return false;
}

/* One link, to the case it says, and not to itself. */
static bool merge_fits(const struct judgement *j)
{
    const struct case_body *body = &j->entry->body;
    struct bytes with = body->args[GRID_ARGUMENT_WITH];
    return body->add_count == 1 && bytes_equal(body->adds[0].value, with) &&
           !bytes_equal(value_text(with), bytes_of(j->fold->case_id, GRID_ID_BYTES));
}

static bool lead_is(const struct judgement *j, bool cleared)
{
    struct lead_value lead;
    return value_lead(case_body_set(&j->entry->body, GRID_REGISTER_LEAD), &lead) &&
           (lead.lead.size == 0) == cleared;
}

/* A ruling names a valid write of each register it settles; state and holder it can but choose. */
static bool ruling_names(struct judgement *j, unsigned reg)
{
    const uint32_t gate = 1u << GRID_REGISTER_STATE | 1u << GRID_REGISTER_HOLDER |
                          1u << GRID_REGISTER_LEAD | 1u << GRID_REGISTER_DUE |
                          1u << GRID_REGISTER_CATEGORY;
    if (!has_bit(gate, reg)) {
        size_t index = 0;
        const struct fold_held *ground = seen_ground(j, &index);
        while (ground != NULL && !held_writes(ground, reg))
            ground = seen_ground(j, &index);
        return ground != NULL;
    }
    bool chooses = reg == GRID_REGISTER_STATE || reg == GRID_REGISTER_HOLDER;
    struct bytes value = case_body_set(&j->entry->body, reg);
    for (struct fold_held *held = seen_live(j, reg); held != NULL; held = held->head)
        if (!chooses || bytes_equal(case_body_set(&held->entry.body, reg), value))
            return true;
    return false;
}

static bool ruling_fits(struct judgement *j)
{
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
        if (has_bit(j->sets, reg) && !ruling_names(j, reg))
            return false;
    return j->sets != 0;
}

bool require_act(struct judgement *j)
{
    uint32_t kind = j->entry->head.kind;
    if (!gives_its_due(j))
        return false;
    if (kind == GRID_KIND_RULING)
        return ruling_fits(j);
    if (!writes_own_registers(j))
        return false;
    if (kind == GRID_KIND_ACCEPT)
        return accept_fits(j);
    if (kind == GRID_KIND_ASSIGN || kind == GRID_KIND_RETURN)
        return lead_is(j, kind == GRID_KIND_RETURN);
    if (kind == GRID_KIND_ESCALATE)
        return escalate_fits(j);
    if (kind == GRID_KIND_EXTEND)
        return extend_fits(j);
    if (kind == GRID_KIND_RESOLVE)
        return resolve_fits(j);
    if (kind == GRID_KIND_FOLLOW_UP || kind == GRID_KIND_FEEDBACK || kind == GRID_KIND_CLOSE)
        return answer_fits(j);
    if (kind == GRID_KIND_REPLY)
        return reply_fits(j);
    if (kind == GRID_KIND_DOCUMENT)
        return document_fits(j);
    if (kind == GRID_KIND_MERGE)
        return merge_fits(j);
    return true;
}

/* --- the create --- */

static bool has_weighty_tag(const struct fold_entry *entry)
{
    for (size_t i = 0; i < entry->body.add_count; i++) {
        struct bytes tag = value_text(entry->body.adds[i].value);
        if (entry->body.adds[i].name == GRID_COLLECTION_TAGS &&
                (bytes_equal(tag, bytes_text("mining")) || bytes_equal(tag, bytes_text("group"))))
            return true;
    }
    return false;
}

/* The township for what is urgent or weighty, or comes from an office; else the village. */
static struct bytes first_holder(const struct fold_entry *entry, unsigned role)
{
    const uint32_t offices = 1u << GRID_ROLE_CLERK | 1u << GRID_ROLE_DIRECTOR |
                             1u << GRID_ROLE_NODE | 1u << GRID_ROLE_OFFICER;
    struct bytes unit = entry_set_text(entry, GRID_REGISTER_UNIT);
    bool township = entry_set_uint(entry, GRID_REGISTER_URGENCY) <= 2 || has_weighty_tag(entry) ||
                    has_bit(offices, role);
    return place_cut(unit, township ? GRID_PLACE_TOWNSHIP : GRID_PLACE_VILLAGE);
}

/* What is finished on the spot is small, harmless and quarrels over nothing weighty. */
static bool may_be_self_resolved(const struct fold_entry *entry)
{
    uint64_t category = entry_set_uint(entry, GRID_REGISTER_CATEGORY);
    bool dispute = category / 100 == 1;
    return entry_set_uint(entry, GRID_REGISTER_URGENCY) >= 3 &&
           !life_never_self_resolved(category) && !(dispute && has_weighty_tag(entry));
}

/* What is taken over keeps the holder that it had by the post that wrote it (P-143). */
static bool has_first_holder(const struct fold_entry *entry)
{
    struct bytes holder = entry_set_text(entry, GRID_REGISTER_HOLDER);
    return bytes_equal(holder, first_holder(entry, entry->body.as.role)) ||
           (entry->cited_role != 0 && bytes_equal(holder, first_holder(entry, entry->cited_role)));
}

bool require_create(const struct judgement *j)
{
    bool resolved = j->entry->head.kind == GRID_KIND_CREATE_RESOLVED;
    return gives_its_due(j) && writes_own_registers(j) && has_first_holder(j->entry) &&
           (!resolved || may_be_self_resolved(j->entry));
}
