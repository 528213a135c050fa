/* Questions about the hierarchy. */
#include "libgrid/case/record.h"
#include "libgrid/node.h"
#include "proto/stamp.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- check --- */

struct checking {
    struct asking *asking;
    enum grid_status status; /* of the first row that could not be given */
};

static void give_finding(void *context, const struct grid_finding *finding)
{
    struct checking *checking = context;
    struct asking *asking = checking->asking;
    struct buffer bytes = {0};
    if (checking->status != GRID_OK)
        return;
    roster_pack_finding(&bytes, finding);
    checking->status =
            bytes.failed
                    ? grid_fail(asking->error, GRID_NOMEM, "out_of_memory", "%s", "")
                    : asking->row(asking->context, finding->code[0] == 'R' ? "errors" : "warnings",
                              buffer_bytes(&bytes));
    buffer_close(&bytes);
}

enum grid_status ask_roster_check(struct asking *asking)
{
    struct grid_roster_files files = roster_files_of(asking->request);
    struct checking checking = {.asking = asking};
    struct grid_finding_counts counts = {0};
    struct grid_roster *next = NULL;
    const struct grid_node *node = asking->node;
    struct bytes centre =
            node->role == GRID_NODE_CENTRE ? bytes_text(node->unit) : bytes_of(NULL, 0);
    enum grid_status status = grid_roster_read(&next, &files, node->roster, centre,
            stamp_day(asking->now.wall_ms), give_finding, &checking, &counts, asking->error);
    if (status == GRID_OK)
        status = checking.status;
    if (status == GRID_OK) {
        struct record record = {0};
        struct buffer *out = record_member(&record, "counts");
        if (next != NULL)
            roster_pack_counts(next, bytes_of(NULL, 0), out);
        else
            pack_map(out, 0);
        record_end(&record, asking->end);
    }
    grid_roster_close(next);
    return status;
}

/* --- tree and show --- */

struct posts {
    struct buffer items;
    size_t count;
};

static bool pack_post(void *context, const struct grid_post *post)
{
    struct posts *posts = context;
    struct record record = {0};
    record_str(&record, "person", post->key);
    record_str(&record, "name", post->name);
    record_text(&record, "role", grid_role_name(post->role));
    record_end(&record, &posts->items);
    posts->count++;
    return true;
}

static void optional_text(struct record *record, const char *key, struct bytes text)
{
    if (text.size > 0)
        record_str(record, key, text);
    else
        record_nil(record, key);
}

static void pack_unit(
        struct record *record, const struct asking *asking, const struct grid_unit *unit)
{
    assert(unit != NULL);
    struct posts posts = {0};
    grid_roster_each_post(
            asking->node->roster, unit->code, stamp_day(asking->now.wall_ms), pack_post, &posts);
    struct bytes parent = unit->kind == GRID_PLACE_PARTY_GROUP ? place_unit(unit->code)
                                                               : bytes_of(unit->code.data, 0);
    for (enum grid_place_kind above = GRID_PLACE_REGION;
            unit->kind <= GRID_PLACE_MICRO_GRID && above < unit->kind; above++)
        parent = place_cut(unit->code, above);
    record_str(record, "code", unit->code);
    record_text(record, "kind", roster_kind_name(unit->kind));
    optional_text(record, "subkind", unit->subkind);
    record_str(record, "name", unit->name);
    optional_text(record, "parent", parent);
    record_list(record, "posts", posts.count, &posts.items);
    buffer_close(&posts.items);
}

struct tree {
    struct asking *asking;
    enum grid_status status;
};

static bool give_unit(void *context, const struct grid_unit *unit)
{
    struct tree *tree = context;
    struct record record = {0};
    struct buffer bytes = {0};
    pack_unit(&record, tree->asking, unit);
    record_end(&record, &bytes);
    tree->status =
            bytes.failed ? GRID_NOMEM
                         : tree->asking->row(tree->asking->context, "units", buffer_bytes(&bytes));
    buffer_close(&bytes);
    return tree->status == GRID_OK;
}

static enum grid_status find_unit(
        const struct asking *asking, bool needed, const struct grid_unit **out)
{
    const struct grid_field *field = request_field(asking->request, "unit");
    *out = NULL;
    if (field == NULL)
        return needed ? grid_fail(asking->error, GRID_USAGE, "unit_argument", "%s", "") : GRID_OK;
    return grid_roster_find_unit(asking->node->roster, field->value, out, asking->error);
}

enum grid_status ask_roster_tree(struct asking *asking)
{
    const struct grid_unit *top = NULL;
    enum grid_status status = find_unit(asking, false, &top);
    if (status != GRID_OK)
        return status;
    struct tree tree = {.asking = asking};
    struct bytes above = top != NULL ? top->code : bytes_of(NULL, 0);
    grid_roster_each_unit(asking->node->roster, above, true, give_unit, &tree);
    if (tree.status != GRID_OK)
        return tree.status;
    struct record record = {0};
    roster_pack_counts(asking->node->roster, above, record_member(&record, "counts"));
    record_end(&record, asking->end);
    return GRID_OK;
}

static void day_member(struct record *record, const char *key, int32_t day)
{
    char text[DAY_TEXT_BYTES];
    if (day != GRID_DAY_NONE)
        day_print(text, day);
    record_text(record, key, day != GRID_DAY_NONE ? text : NULL);
}

static void degree_member(struct record *record, const char *key, int32_t e7)
{
    char text[24];
    int64_t size = e7 < 0 ? -(int64_t)e7 : e7;
    snprintf(text, sizeof(text), "%s%d.%07d", e7 < 0 ? "-" : "", (int)(size / 10000000),
            (int)(size % 10000000));
    record_text(record, key, e7 != INT32_MIN ? text : NULL);
}

enum grid_status ask_roster_show(struct asking *asking)
{
    const struct grid_unit *unit = NULL;
    enum grid_status status = find_unit(asking, true, &unit);
    if (status != GRID_OK)
        return status;
    assert(unit != NULL);
    struct record record = {0};
    pack_unit(&record, asking, unit);
    optional_text(&record, "name_mn", unit->name_mn);
    if (unit->households >= 0)
        record_uint(&record, "households", (uint64_t)unit->households);
    else
        record_nil(&record, "households");
    degree_member(&record, "lat", unit->lat_e7);
    degree_member(&record, "lon", unit->lon_e7);
    optional_text(&record, "party_group", unit->party_group);
    day_member(&record, "valid_from", unit->valid_from);
    day_member(&record, "valid_to", unit->valid_to);
    optional_text(&record, "successors", unit->successors);
    roster_pack_counts(asking->node->roster, unit->code, record_member(&record, "counts"));
    record_end(&record, asking->end);
    return GRID_OK;
}

/* --- whom to turn to --- */

static bool give_who(void *context, const struct grid_who *who)
{
    struct tree *tree = context;
    struct record record = {0};
    struct buffer bytes = {0};
    record_text(&record, "role", who->role);
    optional_text(&record, "person", who->key);
    optional_text(&record, "name", who->name);
    optional_text(&record, "place", who->place);
    record_bool(&record, "vacant", who->vacant);
    record_end(&record, &bytes);
    tree->status =
            bytes.failed ? GRID_NOMEM
                         : tree->asking->row(tree->asking->context, "chain", buffer_bytes(&bytes));
    buffer_close(&bytes);
    return tree->status == GRID_OK;
}

enum grid_status ask_roster_who(struct asking *asking)
{
    const struct grid_unit *unit = NULL;
    enum grid_status status = find_unit(asking, true, &unit);
    if (status != GRID_OK)
        return status;
    assert(unit != NULL);
    struct tree tree = {.asking = asking};
    grid_roster_who(
            asking->node->roster, unit->code, stamp_day(asking->now.wall_ms), give_who, &tree);
    struct record record = {0};
    if (tree.status == GRID_OK)
        record_end(&record, asking->end);
    return tree.status;
}
