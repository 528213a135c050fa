/* `quarantine list` and `show`: one row for each of what is kept here and does not count; `show`
 * adds what the entry says. */
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/heap.h"

#include <string.h>

enum { ROWS_MAX = 1000 };

struct listing {
    struct asking *asking;
    struct bytes wanted; /* a dot; size 0: all of them */
    uint64_t count, left_out;
};

/* --- one row --- */

/* Whose device wrote it. */
static void pack_author(struct record *record, const struct grid_node *node, const uint8_t *author)
{
    struct roster_author who;
    bool known = roster_author_find(node->roster, author, &who);
    if (known && !who.is_centre)
        record_uint(record, "slot", who.slot);
    else
        record_nil(record, "slot");
    if (known && !who.is_centre)
        record_str(record, "name", grid_roster_person_name(node->roster, who.person));
    else
        record_nil(record, "name");
}

static void pack_act(
        struct record *record, const struct listing *listing, const struct case_body *body)
{
    struct bytes title = value_text(case_body_set(body, GRID_REGISTER_TITLE));
    view_case_code(record, body);
    if (title.size > 0)
        record_str(record, "title", title);
    else
        record_nil(record, "title");
    if (listing->wanted.size > 0) {
        record_text(record, "role", grid_role_name(body->as.role));
        record_str(record, "place", body->as.place);
        view_said(record, body);
    }
}

static enum grid_status give(void *context, const struct quarantined *one)
{
    struct listing *listing = context;
    struct asking *asking = listing->asking;
    struct grid_error *error = asking->error;
    const struct entry *entry = one->entry;
    struct entry_header header = {0};
    struct case_body body = {0};
    struct arena arena;
    struct dot dot = {.lane = entry->lane, .seq = entry->seq};
    char text[DOT_TEXT_BYTES];
    bool newer = true;
    memcpy(dot.author, entry->author, sizeof(dot.author));
    dot_print(text, &dot);
    if (listing->wanted.size > 0 && !bytes_equal(listing->wanted, bytes_text(text)))
        return GRID_OK;
    if (listing->count == ROWS_MAX) {
        listing->left_out++;
        return GRID_OK;
    }
    arena_init(&arena, 0);
    enum grid_status status = GRID_OK;
    if (entry->header.size > 0)
        status = entry_read_header(entry, &arena, &header, NULL);
    if (status == GRID_OK && header.kind >= GRID_KIND_CREATE)
        status = body_read_case(entry->body, &arena, &body, &newer, NULL);
    bool act = status == GRID_OK && header.kind >= GRID_KIND_CREATE && !newer;
    struct record record = {0};
    record_str(&record, "reason", one->reason);
    view_entry_name(record_member(&record, "entry"), entry->author, entry->lane, entry->seq);
    record_text(&record, "dot", text);
    record_text(&record, "kind", header.kind != 0 ? grid_kind_name(header.kind) : NULL);
    pack_author(&record, asking->node, entry->author);
    if (header.kind != 0)
        record_time(&record, "at", stamp_ms(header.hlc));
    else
        record_nil(&record, "at");
    if (act)
        pack_act(&record, listing, &body);
    struct buffer bytes = {0};
    record_end(&record, &bytes);
    arena_close(&arena);
    listing->count++;
    status = bytes.failed || status == GRID_NOMEM
                     ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                     : asking->row(asking->context, "quarantine", buffer_bytes(&bytes));
    buffer_close(&bytes);
    return status;
}

enum grid_status ask_quarantine(struct asking *asking)
{
    struct listing listing = {.asking = asking};
    const struct grid_field *dot = request_field(asking->request, "dot");
    listing.wanted = dot != NULL ? dot->value : bytes_of(NULL, 0);
    if (dot != NULL && dot->value.size == 0)
        return grid_fail(asking->error, GRID_USAGE, "dot_needed", "%s", "");
    enum grid_status status = quarantine_each(asking->node, give, &listing, asking->error);
    if (status == GRID_OK && dot != NULL && listing.count == 0)
        status = quarantine_unknown(dot->value, asking->error);
    if (status != GRID_OK)
        return status;
    struct record record = {0};
    record_uint(&record, "left_out", listing.left_out);
    record_end(&record, asking->end);
    return GRID_OK;
}
