/* The step from the latest version to a roster read from files, as the bodies of ROWS and ROSTER
 * (P-103, P-104). The same step gives the same bytes. */
#include "libgrid/roster/inside.h"

#include "proto/pack.h"

#include <string.h>

enum { STEP_BODY_BYTES_MAX = 24576, STEP_BODY_HEAD_BYTES = 64 };

struct stepping {
    struct bytes unit;
    uint32_t version;
    struct buffer put, remove, item, body;
    size_t put_count, remove_count;
    roster_body_fn *entry;
    void *context;
};

static void pack_list(struct buffer *out, size_t count, const struct buffer *items)
{
    pack_array(out, count);
    buffer_append(out, items->data, items->size);
}

/* Hands out what is gathered as one ROWS body. */
static enum grid_status flush_rows(struct stepping *stepping)
{
    if (stepping->put_count + stepping->remove_count == 0)
        return GRID_OK;
    struct buffer put = {0};
    struct buffer remove = {0};
    pack_list(&put, stepping->put_count, &stepping->put);
    pack_list(&remove, stepping->remove_count, &stepping->remove);
    const struct rows_body rows = {.unit = stepping->unit,
            .version = stepping->version,
            .put = buffer_bytes(&put),
            .remove = buffer_bytes(&remove)};
    buffer_clear(&stepping->body);
    body_pack_rows(&stepping->body, &rows);
    bool failed = put.failed || remove.failed || stepping->put.failed || stepping->remove.failed ||
                  stepping->body.failed;
    enum grid_status status = failed ? GRID_NOMEM
                                     : stepping->entry(stepping->context, GRID_KIND_ROWS,
                                               buffer_bytes(&stepping->body));
    buffer_close(&put);
    buffer_close(&remove);
    buffer_clear(&stepping->put);
    buffer_clear(&stepping->remove);
    stepping->put_count = stepping->remove_count = 0;
    return status;
}

static enum grid_status add_item(struct stepping *stepping, const struct row *row, bool put)
{
    buffer_clear(&stepping->item);
    if (put)
        buffer_append(&stepping->item, row->raw.data, row->raw.size);
    else
        row_pack_key(&stepping->item, row);
    enum grid_status status = stepping->item.failed ? GRID_NOMEM : GRID_OK;
    size_t size = stepping->put.size + stepping->remove.size + stepping->item.size;
    if (status == GRID_OK && size > STEP_BODY_BYTES_MAX - STEP_BODY_HEAD_BYTES)
        status = flush_rows(stepping);
    if (status != GRID_OK)
        return status;
    buffer_append(
            put ? &stepping->put : &stepping->remove, stepping->item.data, stepping->item.size);
    *(put ? &stepping->put_count : &stepping->remove_count) += 1;
    return GRID_OK;
}

/* Both orders are by kind and key: one walk finds what is new, changed and gone. */
static enum grid_status walk(const struct grid_roster *roster, const struct grid_roster *next,
        struct stepping *stepping, bool *changed)
{
    enum grid_status status = GRID_OK;
    size_t at = 0;
    size_t next_at = 0;
    while (status == GRID_OK && (at < roster->order_count || next_at < next->order_count)) {
        const struct row *old = at < roster->order_count ? &roster->rows[roster->order[at]] : NULL;
        const struct row *fresh =
                next_at < next->order_count ? &next->rows[next->order[next_at]] : NULL;
        int side = old == NULL ? 1 : fresh == NULL ? -1 : row_compare_keys(old, fresh);
        at += side <= 0 ? 1 : 0;
        next_at += side >= 0 ? 1 : 0;
        if (side == 0 && bytes_equal(old->raw, fresh->raw))
            continue;
        *changed = true;
        if (stepping != NULL)
            status = add_item(stepping, side < 0 ? old : fresh, side >= 0);
    }
    return status;
}

static enum grid_status finish(
        const struct grid_roster *roster, const struct grid_roster *next, struct stepping *stepping)
{
    struct roster_body body = {
            .unit = stepping->unit, .version = stepping->version, .count = next->order_count};
    if (roster->latest > 0)
        body.predecessor = bytes_of(roster->versions[roster->latest - 1].leaf, GRID_ID_BYTES);
    memcpy(body.digest, next->versions[next->latest - 1].digest, GRID_HASH_BYTES);
    buffer_clear(&stepping->body);
    body_pack_roster(&stepping->body, &body);
    if (stepping->body.failed)
        return GRID_NOMEM;
    return stepping->entry(stepping->context, GRID_KIND_ROSTER, buffer_bytes(&stepping->body));
}

enum grid_status roster_step(const struct grid_roster *roster, const struct grid_roster *next,
        struct bytes unit, bool *changed, roster_body_fn *entry, void *context,
        struct grid_error *error)
{
    *changed = false;
    struct stepping stepping = {.unit = unit,
            .version = roster_version(roster) + 1,
            .entry = entry,
            .context = context};
    if (roster->unit[0] != '\0' && !bytes_equal(unit, bytes_text(roster->unit)))
        return grid_fail(error, GRID_REFUSED, "roster_other_unit", "%.*s" GRID_ARG "%s",
                (int)unit.size, unit.data, roster->unit);
    (void)walk(roster, next, NULL, changed);
    /* What ended stays in memory, for entries that cite it: that too has an end. */
    if (*changed && roster->row_count + next->order_count > ROW_ROWS_MAX)
        return grid_fail(error, GRID_LIMIT, "roster_limit", "%d", ROW_ROWS_MAX);
    enum grid_status status = GRID_OK;
    if (*changed)
        status = walk(roster, next, &stepping, changed);
    if (*changed && status == GRID_OK)
        status = flush_rows(&stepping);
    if (*changed && status == GRID_OK)
        status = finish(roster, next, &stepping);
    buffer_close(&stepping.put);
    buffer_close(&stepping.remove);
    buffer_close(&stepping.item);
    buffer_close(&stepping.body);
    return status;
}
