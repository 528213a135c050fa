#include "libgrid/case/report.h"

#include "libgrid/case/codebook.h"
#include "libgrid/case/life.h"
#include "proto/stamp.h"

#include <assert.h>

/* Where the post finds things: the one who knocks at an office is a visitor. */
static unsigned source_of_role(unsigned role)
{
    switch ((enum grid_role)role) {
    case GRID_ROLE_HEAD:
        return GRID_SOURCE_HEAD;
    case GRID_ROLE_GRID_WORKER:
    case GRID_ROLE_GRID_CHIEF:
        return GRID_SOURCE_PATROL;
    case GRID_ROLE_GROUP_LEADER:
        return GRID_SOURCE_PARTY_MEETING;
    case GRID_ROLE_OFFICER:
    case GRID_ROLE_MEDIATOR:
        return GRID_SOURCE_TRANSFER;
    case GRID_ROLE_LEADER:
        return GRID_SOURCE_SUPERIOR;
    case GRID_ROLE_NODE:
        return GRID_SOURCE_QR;
    case GRID_ROLE_VILLAGE_SECRETARY:
    case GRID_ROLE_CLERK:
    case GRID_ROLE_DIRECTOR:
    case GRID_ROLE_ADMIN:
    case GRID_ROLE_NONE:
        break;
    }
    return GRID_SOURCE_VISIT;
}

/* DOMAIN 4: someone awaits an answer. */
static bool source_has_applicant(uint64_t source)
{
    return source == GRID_SOURCE_VISIT || source == GRID_SOURCE_HOTLINE ||
           source == GRID_SOURCE_PETITION || source == GRID_SOURCE_QR ||
           source == GRID_SOURCE_TALK_ROOM;
}

static enum grid_status default_source(struct draft *draft)
{
    enum grid_status status = GRID_OK;
    if (draft->args[GRID_ARGUMENT_SOURCE].size == 0) {
        struct buffer packed = {0};
        pack_uint(&packed, source_of_role(draft->author->role));
        status = draft_argue(draft, GRID_ARGUMENT_SOURCE, &packed);
    }
    if (status == GRID_OK && draft->args[GRID_ARGUMENT_APPLICANT].size == 0) {
        struct buffer packed = {0};
        pack_bool(&packed, source_has_applicant(value_uint(draft->args[GRID_ARGUMENT_SOURCE])));
        status = draft_argue(draft, GRID_ARGUMENT_APPLICANT, &packed);
    }
    return status;
}

static enum grid_status default_category(struct draft *draft)
{
    enum grid_status status = GRID_OK;
    if (draft->sets[GRID_REGISTER_CATEGORY].size == 0)
        status = draft_set_uint(draft, GRID_REGISTER_CATEGORY, GRID_CATEGORY_UNCLASSIFIED);
    if (status == GRID_OK && draft->sets[GRID_REGISTER_URGENCY].size == 0) {
        const struct codebook_item *item =
                codebook_item((unsigned)value_uint(draft->sets[GRID_REGISTER_CATEGORY]));
        assert(item != NULL); /* typed_category knows no others */
        status = draft_set_uint(draft, GRID_REGISTER_URGENCY, item->urgency);
    }
    return status;
}

/* P-70: a clock before 1970 or beyond 48 bits counts as the nearest that fits. */
static int64_t wall_of(const struct draft *draft)
{
    static const int64_t wall_max = (INT64_C(1) << 48) - 1;
    int64_t wall_ms = draft->context->wall_ms;
    if (wall_ms < 0)
        return 0;
    return wall_ms > wall_max ? wall_max : wall_ms;
}

static enum grid_status default_occurred(struct draft *draft)
{
    if (draft->sets[GRID_REGISTER_OCCURRED_AT].size > 0)
        return GRID_OK;
    struct buffer packed = {0};
    pack_array(&packed, 2);
    pack_int(&packed, wall_of(draft));
    pack_uint(&packed, 0); /* exact */
    return draft_set(draft, GRID_REGISTER_OCCURRED_AT, &packed);
}

/* The village of the group's first micro-grid, in code order; all of them lie in one village. */
static struct bytes village_of_group(
        const struct grid_roster *roster, uint64_t rv, struct bytes group)
{
    enum { GROUP_PLACES_MAX = 256 };
    struct bytes places[GROUP_PLACES_MAX];
    size_t count = roster_group_places(roster, rv, group, places, GROUP_PLACES_MAX);
    if (count > GROUP_PLACES_MAX)
        count = GROUP_PLACES_MAX;
    struct bytes first = {0};
    for (size_t i = 0; i < count; i++)
        if (first.size == 0 || bytes_compare(places[i], first) < 0)
            first = places[i];
    return place_cut(first, GRID_PLACE_VILLAGE);
}

struct bytes report_own_place(const struct grid_roster *roster, uint64_t rv, struct bytes place)
{
    switch (place_kind(place)) {
    case GRID_PLACE_MICRO_GRID:
    case GRID_PLACE_GRID:
    case GRID_PLACE_VILLAGE:
        return place;
    case GRID_PLACE_PARTY_GROUP:
        return village_of_group(roster, rv, place);
    case GRID_PLACE_NONE:
    case GRID_PLACE_REGION:
    case GRID_PLACE_LEAGUE_CITY:
    case GRID_PLACE_BANNER:
    case GRID_PLACE_TOWNSHIP:
    case GRID_PLACE_DEPARTMENT:
        break;
    }
    return (struct bytes){0};
}

static enum grid_status default_unit(struct draft *draft, struct grid_error *error)
{
    if (draft->sets[GRID_REGISTER_UNIT].size > 0)
        return GRID_OK;
    const struct act_context *context = draft->context;
    struct bytes place =
            report_own_place(context->world->roster, context->rv, draft->author->place);
    if (place.size == 0)
        return grid_fail(error, GRID_USAGE, "unit_needed", "%s" GRID_ARG "%.*s",
                grid_role_name(draft->author->role), (int)draft->author->place.size,
                (const char *)draft->author->place.data);
    return draft_set_str(draft, GRID_REGISTER_UNIT, place);
}

/* DOMAIN 7, first holder: the township for what is urgent, mining, of a group, or came in at an
 * office; otherwise the village of the unit. */
static enum grid_status set_first_holder(struct draft *draft)
{
    uint64_t urgency = value_uint(draft->sets[GRID_REGISTER_URGENCY]);
    unsigned role = draft->author->role;
    bool township = urgency <= 2 || draft_has_tag(draft, "mining") ||
                    draft_has_tag(draft, "group") || role == GRID_ROLE_CLERK ||
                    role == GRID_ROLE_DIRECTOR || role == GRID_ROLE_NODE ||
                    role == GRID_ROLE_OFFICER;
    struct bytes unit = value_text(draft->sets[GRID_REGISTER_UNIT]);
    return draft_set_str(draft, GRID_REGISTER_HOLDER,
            place_cut(unit, township ? GRID_PLACE_TOWNSHIP : GRID_PLACE_VILLAGE));
}

void draft_make_code(const struct draft *draft, struct case_code *out)
{
    const struct act_context *context = draft->context;
    /* of local time: in the case code it is information, no more */
    unsigned year = day_year(stamp_day(wall_of(draft)));
    *out = (struct case_code){0};
    code_make(out, context->township, year % 100, context->slot, context->counter);
}

static enum grid_status set_code(struct draft *draft)
{
    struct case_code code;
    struct buffer packed = {0};
    draft_make_code(draft, &code);
    pack_text(&packed, code.digits);
    return draft_argue(draft, GRID_ARGUMENT_CODE, &packed);
}

/* DOMAIN 7, 上报即办: what was finished on the spot is small, harmless and no quarrel of weight. */
static enum grid_status set_resolved(struct draft *draft, struct grid_error *error)
{
    struct bytes method = draft_given(draft, "resolved");
    struct bytes result = draft_given(draft, "result");
    if (method.size == 0 && result.size == 0)
        return GRID_OK;
    if (method.size == 0 || result.size == 0)
        return grid_fail(
                error, GRID_USAGE, "field_missing", "%s", method.size == 0 ? "resolved" : "result");
    uint64_t urgency = value_uint(draft->sets[GRID_REGISTER_URGENCY]);
    uint64_t category = value_uint(draft->sets[GRID_REGISTER_CATEGORY]);
    bool weighty = draft_has_tag(draft, "mining") || draft_has_tag(draft, "group");
    const struct codebook_item *item = codebook_item((unsigned)category);
    const char *name = item != NULL ? item->name : "";
    enum grid_status status =
            draft_set_outcome(draft, (unsigned)value_uint(method), true, value_text(result));
    draft->kind = GRID_KIND_CREATE_RESOLVED;
    if (status == GRID_OK && urgency <= 2)
        return grid_fail(error, GRID_REFUSED, "resolved_urgent", "U%u", (unsigned)urgency);
    if (status == GRID_OK && life_never_self_resolved(category))
        return grid_fail(error, GRID_REFUSED, "resolved_category", "%s", name);
    if (status == GRID_OK && category / 100 == 1 && weighty)
        return grid_fail(error, GRID_REFUSED, "resolved_weighty", "%s", name);
    return status;
}

/* GRID_USAGE "field_missing" (title), "unit_needed". */
enum grid_status report_fill(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    if (request_field(request, "title") == NULL)
        return grid_fail(error, GRID_USAGE, "field_missing", "%s", "title");
    enum grid_status status = default_category(draft);
    if (status == GRID_OK)
        status = default_source(draft);
    if (status == GRID_OK)
        status = default_occurred(draft);
    if (status == GRID_OK)
        status = default_unit(draft, error);
    if (status == GRID_OK)
        status = set_first_holder(draft);
    if (status == GRID_OK)
        status = set_code(draft);
    if (draft->sets[GRID_REGISTER_DESCRIPTION].size == 0)
        draft->sets[GRID_REGISTER_DESCRIPTION] = draft->sets[GRID_REGISTER_TITLE];
    return status == GRID_OK ? set_resolved(draft, error) : status;
}
