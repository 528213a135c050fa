/* Questions of who fills a report in: what it would be understood as, and where it may have
 * happened. Nothing is written; the rules are those of the report itself. */
#include "libgrid/case/codebook.h"
#include "libgrid/case/record.h"
#include "libgrid/case/report.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/heap.h"
#include "proto/stamp.h"

#include <string.h>

static void unit_name_member(
        struct record *record, const char *key, const struct grid_roster *roster, struct bytes code)
{
    const struct grid_unit *unit = grid_roster_unit(roster, code);
    if (unit != NULL)
        record_str(record, key, unit->name);
    else
        record_nil(record, key);
}

/* --- preview: the report as it would be filed now --- */

static void register_member(
        struct record *record, const char *key, const struct case_body *body, unsigned reg)
{
    view_value(record_member(record, key), reg, case_body_set(body, reg));
}

static void pack_preview(
        struct record *record, const struct grid_roster *roster, const struct case_body *body)
{
    struct bytes category = case_body_set(body, GRID_REGISTER_CATEGORY);
    const struct codebook_item *item = codebook_item((unsigned)value_uint(category));
    struct bytes unit = value_text(case_body_set(body, GRID_REGISTER_UNIT));
    register_member(record, "category", body, GRID_REGISTER_CATEGORY);
    record_text(record, "name", item != NULL ? item->name : NULL);
    record_text(record, "english", item != NULL ? item->english : NULL);
    record_text(record, "track", item != NULL ? grid_track_name(item->track) : NULL);
    register_member(record, "urgency", body, GRID_REGISTER_URGENCY);
    record_str(record, "unit", unit);
    unit_name_member(record, "unit_name", roster, unit);
    register_member(record, "title", body, GRID_REGISTER_TITLE);
    register_member(record, "text", body, GRID_REGISTER_DESCRIPTION);
    register_member(record, "occurred_at", body, GRID_REGISTER_OCCURRED_AT);
    register_member(record, "place", body, GRID_REGISTER_PLACE_TEXT);
    record_text(record, "source",
            grid_source_name((unsigned)value_uint(body->args[GRID_ARGUMENT_SOURCE])));
    record_bool(record, "applicant", value_bool(body->args[GRID_ARGUMENT_APPLICANT]));
    record_text(record, "role", grid_role_name(body->as.role));
    record_str(record, "post_place", body->as.place);
}

/* A report in the making lacks its title until somebody thinks of one: any will do till then. */
static enum grid_status with_title(
        const struct grid_request *asked, struct arena *arena, struct grid_request *out)
{
    static const char some_title[] = "————";
    struct grid_field *fields =
            arena_alloc_array(arena, asked->field_count + 1, sizeof(struct grid_field));
    if (fields == NULL)
        return GRID_NOMEM;
    if (asked->field_count > 0)
        memcpy(fields, asked->fields, asked->field_count * sizeof(*fields));
    *out = (struct grid_request){
            .verb = bytes_text("report"), .fields = fields, .field_count = asked->field_count};
    if (request_field(asked, "title") == NULL)
        fields[out->field_count++] =
                (struct grid_field){.name = bytes_text("title"), .value = bytes_text(some_title)};
    return GRID_OK;
}

static enum grid_status preview(
        struct asking *asking, struct acting *acting, struct arena *arena, struct record *record)
{
    struct grid_request report = {0};
    struct act_result act = {0};
    struct case_body body = {0};
    bool newer = false;
    enum grid_status status = with_title(asking->request, arena, &report);
    if (status == GRID_OK)
        status = node_find_authors(asking->node, asking->now, &report, acting, asking->error);
    if (status == GRID_OK)
        status = node_make_act(
                asking->node, asking->now, &report, NULL, NULL, acting, arena, &act, asking->error);
    if (status == GRID_OK)
        status = body_read_case(act.body, arena, &body, &newer, asking->error);
    if (status == GRID_OK)
        pack_preview(record, asking->node->roster, &body);
    return status;
}

enum grid_status ask_preview(struct asking *asking)
{
    struct acting *acting = grid_alloc(sizeof(*acting));
    if (acting == NULL)
        return grid_fail(asking->error, GRID_NOMEM, "out_of_memory", "%s", "");
    struct arena arena;
    struct record record = {0};
    arena_init(&arena, 0);
    enum grid_status status = preview(asking, acting, &arena, &record);
    if (status == GRID_OK)
        record_end(&record, asking->end);
    arena_close(&arena);
    grid_free(acting);
    return status;
}

/* --- places: where it may have happened --- */

enum { PLACES_MAX = 60 };

struct places {
    struct asking *asking;
    struct bytes word;     /* of a search; else */
    struct bytes own;      /* the place whose next lower units are wanted */
    size_t given, skipped; /* skipped: beyond PLACES_MAX */
    enum grid_status status;
};

static void give_place(struct places *places, const struct grid_unit *unit, bool own)
{
    struct asking *asking = places->asking;
    if (places->given == PLACES_MAX) {
        places->skipped++;
        return;
    }
    struct record record = {0};
    struct buffer bytes = {0};
    record_str(&record, "unit", unit->code);
    record_str(&record, "name", unit->name);
    unit_name_member(&record, "within", asking->node->roster, place_parent(unit->code));
    record_bool(&record, "own", own);
    record_end(&record, &bytes);
    places->status = bytes.failed ? GRID_NOMEM
                                  : asking->row(asking->context, "places", buffer_bytes(&bytes));
    buffer_close(&bytes);
    places->given++;
}

static bool unit_is_place(const struct grid_unit *unit, int32_t today)
{
    bool ended = unit->valid_to != GRID_DAY_NONE && unit->valid_to < today;
    return !ended && (unit->kind == GRID_PLACE_MICRO_GRID || unit->kind == GRID_PLACE_GRID ||
                             unit->kind == GRID_PLACE_VILLAGE);
}

static bool give_next_lower(void *context, const struct grid_unit *unit)
{
    struct places *places = context;
    if (unit_is_place(unit, stamp_day(places->asking->now.wall_ms)) &&
            unit->code.size > places->own.size &&
            bytes_equal(place_parent(unit->code), places->own))
        give_place(places, unit, false);
    return places->status == GRID_OK;
}

static bool give_named(void *context, const struct grid_unit *unit)
{
    struct places *places = context;
    if (unit_is_place(unit, stamp_day(places->asking->now.wall_ms)) &&
            memmem(unit->name.data, unit->name.size, places->word.data, places->word.size) != NULL)
        give_place(places, unit, false);
    return places->status == GRID_OK;
}

/* Each own place once, with the units right below it: a grid worker sees most in a micro-grid. */
static enum grid_status give_own(struct places *places, const struct acting *acting)
{
    const struct grid_roster *roster = places->asking->node->roster;
    struct bytes seen[NODE_POSTS_MAX];
    size_t seen_count = 0;
    for (size_t i = 0; i < acting->count && places->status == GRID_OK; i++) {
        struct bytes own = report_own_place(roster, roster_rv(roster), acting->authors[i].place);
        const struct grid_unit *unit = own.size > 0 ? grid_roster_unit(roster, own) : NULL;
        bool again = unit == NULL;
        for (size_t j = 0; j < seen_count; j++)
            again = again || bytes_equal(seen[j], own);
        if (again)
            continue;
        seen[seen_count++] = own;
        places->own = own;
        give_place(places, unit, true);
        if (places->status == GRID_OK)
            grid_roster_each_unit(roster, own, false, give_next_lower, places);
    }
    return places->status;
}

enum grid_status ask_places(struct asking *asking)
{
    const struct grid_field *word = request_field(asking->request, "word");
    struct places places = {.asking = asking};
    enum grid_status status;
    if (word != NULL && word->value.size > 0) {
        places.word = word->value;
        grid_roster_each_unit(asking->node->roster, bytes_of(NULL, 0), false, give_named, &places);
        status = places.status;
    } else {
        struct acting *acting = grid_alloc(sizeof(*acting));
        if (acting == NULL)
            return grid_fail(asking->error, GRID_NOMEM, "out_of_memory", "%s", "");
        status = node_find_authors(
                asking->node, asking->now, asking->request, acting, asking->error);
        if (status == GRID_OK)
            status = give_own(&places, acting);
        grid_free(acting);
    }
    struct record record = {0};
    if (status == GRID_OK) {
        record_uint(&record, "left_out", places.skipped);
        record_end(&record, asking->end);
    }
    return status;
}
