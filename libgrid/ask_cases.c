/* Questions about cases: lists, one case whole, conflicts. */
#include "libgrid/case/codebook.h"
#include "libgrid/case/record.h"
#include "libgrid/case/typed.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/stamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool tier_at(void *context, const struct entry *entry, unsigned *tier)
{
    return tier_of_entry(context, entry, tier);
}

/* The person of this handheld. At a centre many people look. */
static const uint8_t *who_looks(const struct asking *asking)
{
    const struct grid_node *node = asking->node;
    bool known = node->role == GRID_NODE_HANDHELD && node->sync.enrolled.slot != 0;
    return known ? node->sync.enrolled.person : NULL;
}

struct view_context ask_view(const struct asking *asking)
{
    return (struct view_context){.person = who_looks(asking),
            .roster = asking->node->roster,
            .policies = &asking->node->book.policies,
            .wall_ms = asking->now.wall_ms,
            .tier = tier_at,
            .tier_context = &asking->node->sync};
}

/* --- cases --- */

enum {
    EXPORT_CASES = 64,    /* in one page */
    EXPORT_BYTES = 524288 /* a page ends with the case that reaches it */
};

typedef enum grid_status case_view_fn(
        struct buffer *out, struct fold *fold, const struct view_context *context);

struct listing {
    struct asking *asking;
    case_view_fn *view;
    size_t room; /* bytes of rows; 0: the page is full */
    unsigned wanted, given;
    int64_t last_no;
    bool more;
};

static enum grid_status list_case(void *context, int64_t no)
{
    struct listing *listing = context;
    struct asking *asking = listing->asking;
    if (listing->given == listing->wanted || listing->room == 0) {
        listing->more = true; /* one more was asked for, to know */
        return GRID_OK;
    }
    struct fold *fold = NULL;
    enum grid_status status = book_fold(&asking->node->book, no, &fold, asking->error);
    if (status != GRID_OK || fold == NULL)
        return status;
    struct buffer record = {0};
    struct view_context view = ask_view(asking);
    struct view_set set;
    view.set = &set;
    status = node_look_joined(asking->node, no, false, NULL, &set, asking->error);
    if (status == GRID_OK)
        status = listing->view(&record, fold, &view);
    if (status == GRID_OK)
        status = asking->row(asking->context, "cases", buffer_bytes(&record));
    listing->room -= record.size < listing->room ? record.size : listing->room;
    buffer_close(&record);
    listing->given++;
    listing->last_no = no;
    return status;
}

enum grid_status ask_number(
        const struct asking *asking, const char *name, int64_t max, int64_t otherwise, int64_t *out)
{
    const struct grid_field *field = request_field(asking->request, name);
    *out = otherwise;
    if (field == NULL)
        return GRID_OK;
    char text[24];
    char *end = text;
    snprintf(text, sizeof(text), "%.*s", (int)(field->value.size < 23 ? field->value.size : 23),
            (const char *)field->value.data);
    *out = text[0] >= '0' && text[0] <= '9' ? strtoll(text, &end, 10) : 0;
    if (max == INT64_MAX && (*end != '\0' || *out < 1))
        return grid_fail(asking->error, GRID_USAGE, "cursor_form", "%s", text);
    if (*end != '\0' || *out < 1 || *out > max)
        return grid_fail(asking->error, GRID_USAGE, "number_range",
                "%s" GRID_ARG "%s" GRID_ARG "1" GRID_ARG "%" PRId64, name, text, max);
    return GRID_OK;
}

enum grid_status ask_unit(const struct asking *asking, struct bytes *unit)
{
    const struct grid_field *field = request_field(asking->request, "unit");
    const struct grid_unit *found = NULL;
    if (field == NULL)
        return GRID_OK;
    enum grid_status status =
            grid_roster_find_unit(asking->node->roster, field->value, &found, asking->error);
    if (status == GRID_OK)
        *unit = found->code;
    return status;
}

static enum grid_status state_unknown(struct bytes typed, struct grid_error *error)
{
    char permitted[200] = "";
    for (unsigned state = 1; grid_state_name(state) != NULL; state++) {
        size_t used = strlen(permitted);
        snprintf(permitted + used, sizeof(permitted) - used, "%s%s", used > 0 ? ", " : "",
                grid_state_name(state));
    }
    return grid_fail(error, GRID_USAGE, "state_unknown", "%.*s" GRID_ARG "%s", typed_shown(typed),
            (const char *)typed.data, permitted);
}

/* Four digits or a name; two digits are a whole group. */
static enum grid_status filter_category(
        struct bytes typed, struct store_case_filter *filter, struct grid_error *error)
{
    const struct codebook_item *item = NULL;
    if (typed.size == 2 && codebook_knows(typed)) {
        unsigned group = (unsigned)(typed.data[0] - '0') * 10 + (unsigned)(typed.data[1] - '0');
        filter->category = group * 100;
        filter->category_last = group * 100 + 99;
        return GRID_OK;
    }
    enum grid_status status = codebook_find(typed, &item, error);
    if (status == GRID_OK)
        filter->category = filter->category_last = item->code;
    return status;
}

static enum grid_status filter_words(const struct asking *asking, struct store_case_filter *filter)
{
    const struct grid_field *state = request_field(asking->request, "state");
    const struct grid_field *category = request_field(asking->request, "category");
    enum grid_status status = ask_unit(asking, &filter->unit);
    if (status == GRID_OK && state != NULL) {
        filter->state = grid_state_number(state->value);
        if (filter->state == 0)
            status = state_unknown(state->value, asking->error);
    }
    if (status == GRID_OK && category != NULL)
        status = filter_category(category->value, filter, asking->error);
    return status;
}

/* --mine: what the person of this handheld reported, or the one named by --as. */
static enum grid_status filter_mine(const struct asking *asking, struct store_case_filter *filter,
        uint8_t person[static GRID_ID_BYTES])
{
    const struct grid_node *node = asking->node;
    if (request_field(asking->request, "mine") == NULL)
        return GRID_OK;
    const struct grid_field *as = request_field(asking->request, "as");
    struct bytes key = as != NULL ? as->value : bytes_text(node->operator_key);
    memcpy(person, node->sync.enrolled.person, GRID_ID_BYTES);
    filter->reporter = person;
    if (node->role == GRID_NODE_HANDHELD)
        return GRID_OK;
    if (key.size == 0)
        return grid_fail(asking->error, GRID_USAGE, "as_needed", "%s", "");
    return grid_roster_person_by_key(
            node->roster, bytes_text(node->unit), key, person, asking->error);
}

/* What the fields of a list ask for. */
struct filtering {
    struct store_case_filter filter;
    uint8_t person[GRID_ID_BYTES];
    char tag[160];
};

static enum grid_status read_filter(const struct asking *asking, struct filtering *out)
{
    out->filter = (struct store_case_filter){.category_last = INT32_MAX};
    enum grid_status status =
            ask_number(asking, "after", INT64_MAX, INT64_MAX, &out->filter.before);
    if (status == GRID_OK)
        status = filter_words(asking, &out->filter);
    if (status == GRID_OK)
        status = filter_mine(asking, &out->filter, out->person);
    const struct grid_field *wanted = request_field(asking->request, "tag");
    if (wanted != NULL) {
        int size = snprintf(out->tag, sizeof(out->tag), "|%.*s|", typed_shown(wanted->value),
                (const char *)wanted->value.data);
        out->filter.tag = bytes_of(out->tag, (size_t)size);
    }
    if (status == GRID_OK)
        status = book_flush(&asking->node->book, asking->error); /* what this turn wrote */
    return status;
}

/* The rows, and `next` in the end: the number behind which the next page begins. */
static enum grid_status list_cases(struct listing *listing, struct filtering *filtering)
{
    struct asking *asking = listing->asking;
    filtering->filter.limit = listing->wanted + 1;
    enum grid_status status = store_case_list(
            asking->node->store, &filtering->filter, list_case, listing, asking->error);
    if (status != GRID_OK)
        return status;
    struct record record = {0};
    char next[24];
    snprintf(next, sizeof(next), "%" PRId64, listing->last_no);
    record_text(&record, "next", listing->more ? next : NULL);
    record_end(&record, asking->end);
    return GRID_OK;
}

enum grid_status ask_cases(struct asking *asking)
{
    struct filtering filtering;
    struct listing listing = {.asking = asking, .view = view_case, .room = SIZE_MAX};
    int64_t limit = 0;
    enum grid_status status = ask_number(asking, "limit", GRID_ROWS_MAX, GRID_ROWS_MAX, &limit);
    if (status == GRID_OK)
        status = read_filter(asking, &filtering);
    listing.wanted = (unsigned)limit;
    return status == GRID_OK ? list_cases(&listing, &filtering) : status;
}

/* The same cases with all that `show` says of each, or with `brief` without the history: a page
 * takes the daemon a bounded time and memory, and whoever reads slowly asks for the next one late.
 */
enum grid_status ask_export(struct asking *asking)
{
    struct filtering filtering;
    bool brief = request_field(asking->request, "brief") != NULL;
    struct listing listing = {
            .asking = asking, .view = brief ? view_card : view_show, .room = EXPORT_BYTES};
    int64_t limit = 0;
    enum grid_status status = ask_number(asking, "limit", EXPORT_CASES, EXPORT_CASES, &limit);
    if (status == GRID_OK)
        status = read_filter(asking, &filtering);
    listing.wanted = (unsigned)limit;
    if (status == GRID_OK)
        status = list_cases(&listing, &filtering);
    if (status == GRID_OK) /* lets go of what was only looked at */
        status = book_flush(&asking->node->book, asking->error);
    return status;
}

/* --- one case --- */

enum grid_status ask_show(struct asking *asking)
{
    int64_t no = 0;
    struct fold *fold = NULL;
    enum grid_status status =
            node_find_case(asking->node, asking->request, &no, &fold, asking->error);
    struct view_context view = ask_view(asking);
    struct view_set set;
    struct arena arena;
    arena_init(&arena, 0);
    view.set = &set;
    if (status == GRID_OK)
        status = node_look_joined(asking->node, no, true, &arena, &set, asking->error);
    char token[GRID_TOKEN_CHARS + 1] = "";
    if (status == GRID_OK)
        status = node_case_token(asking->node, fold, token);
    view.token = token[0] != '\0' ? token : NULL;
    if (status == GRID_OK)
        status = view_show(asking->end, fold, &view);
    arena_close(&arena);
    return status;
}

/* --- conflicts --- */

static enum grid_status give_conflict(void *context, struct bytes record)
{
    struct asking *asking = context;
    return asking->row(asking->context, "conflicts", record);
}

static enum grid_status conflicts_of(void *context, int64_t no)
{
    struct asking *asking = context;
    struct fold *fold = NULL;
    enum grid_status status = book_fold(&asking->node->book, no, &fold, asking->error);
    struct view_context view = ask_view(asking);
    return status == GRID_OK && fold != NULL ? view_conflicts(fold, &view, give_conflict, asking)
                                             : status;
}

enum grid_status ask_conflicts(struct asking *asking)
{
    enum grid_status status = GRID_OK;
    if (request_field(asking->request, "case") != NULL) {
        int64_t no = 0;
        struct fold *fold = NULL;
        status = node_find_case(asking->node, asking->request, &no, &fold, asking->error);
        if (status == GRID_OK)
            status = conflicts_of(asking, no);
    } else {
        status = book_flush(&asking->node->book, asking->error);
        if (status == GRID_OK)
            status = store_case_conflicts(asking->node->store, conflicts_of, asking, asking->error);
    }
    struct record record = {0};
    if (status == GRID_OK)
        record_end(&record, asking->end);
    return status;
}

/* --- the codebook --- */

enum grid_status ask_categories(struct asking *asking)
{
    const struct grid_field *field = request_field(asking->request, "word");
    struct bytes word = field != NULL ? field->value : bytes_of(NULL, 0);
    enum grid_status status = GRID_OK;
    size_t given = 0;
    for (size_t i = 0; i < codebook_count() && status == GRID_OK; i++) {
        const struct codebook_item *item = codebook_at(i);
        char code[8];
        char urgency[8];
        snprintf(code, sizeof(code), "%04u", item->code);
        snprintf(urgency, sizeof(urgency), "U%u", item->urgency);
        if (!codebook_fits(item, word))
            continue;
        struct record record = {0};
        record_text(&record, "category", code);
        record_text(&record, "name", item->name);
        record_text(&record, "english", item->english);
        record_text(&record, "urgency", urgency);
        record_text(&record, "track", grid_track_name(item->track));
        record_text(&record, "group", item->group);
        record_text(&record, "group_english", item->group_english);
        record_bool(&record, "never_self_resolved", item->never_self_resolved);
        struct buffer bytes = {0};
        record_end(&record, &bytes);
        status = bytes.failed ? GRID_NOMEM
                              : asking->row(asking->context, "categories", buffer_bytes(&bytes));
        buffer_close(&bytes);
        given++;
    }
    if (status == GRID_OK && given == 0)
        return grid_fail(asking->error, GRID_NOT_FOUND, "category_unknown", "%.*s",
                typed_shown(word), (const char *)word.data);
    struct record record = {0};
    if (status == GRID_OK)
        record_end(&record, asking->end);
    return status;
}
