#include "libgrid/case/conflict.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct fold_views *fold_views_of(struct fold *fold)
{
    if (fold->views == NULL)
        fold->views = arena_alloc(&fold->views_arena, sizeof(*fold->views));
    return fold->views;
}

/* --- entries --- */

size_t fold_entry_count(const struct fold *fold)
{
    return fold->count;
}

const struct fold_entry *fold_entry_at(const struct fold *fold, size_t index)
{
    return index < fold->count ? &fold->sorted[index]->entry : NULL;
}

const struct fold_entry *fold_find(const struct fold *fold, const struct dot *dot)
{
    const struct fold_name *name = fold_name_find(fold, dot);
    return name == NULL || name->held == NULL ? NULL : &name->held->entry;
}

void fold_note_received(struct fold *fold, const struct dot *dot, int64_t received_ms)
{
    const struct fold_name *name = fold_name_find(fold, dot);
    if (name != NULL && name->held != NULL)
        name->held->entry.received_ms = received_ms;
}

const struct fold_entry *fold_create(const struct fold *fold)
{
    return fold->create == NULL ? NULL : &fold->create->entry;
}

const uint8_t *fold_case_id(const struct fold *fold)
{
    return fold->case_id;
}

bool fold_has_opaque(const struct fold *fold)
{
    return fold->verdict_count[GRID_OPAQUE] > 0;
}

/* --- registers --- */

/* One live write on its way to a group of equal values. */
struct row {
    struct bytes value;
    const struct fold_held *writer;
    size_t at; /* by dot */
};

static int row_order(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    int order = bytes_compare(a->value, b->value);
    if (order != 0)
        return order;
    return a->at < b->at ? -1 : a->at > b->at;
}

static int value_order(const void *left, const void *right)
{
    const struct fold_value *a = left;
    const struct fold_value *b = right;
    return dot_compare(&a->writers[0]->dot, &b->writers[0]->dot);
}

/* The better of two writers shows its value: rank, hybrid clock, leaf (DOMAIN 9). */
static bool is_better(const struct fold_entry *a, const struct fold_entry *b)
{
    unsigned rank_a = grid_role_rank(a->body.as.role, a->body.as.place);
    unsigned rank_b = grid_role_rank(b->body.as.role, b->body.as.place);
    if (rank_a != rank_b)
        return rank_a > rank_b;
    if (a->head.hlc != b->head.hlc)
        return a->head.hlc > b->head.hlc;
    return memcmp(a->entry.leaf, b->entry.leaf, GRID_HASH_BYTES) > 0;
}

static const struct fold_entry *best_writer(const struct fold_value *value)
{
    const struct fold_entry *best = value->writers[0];
    for (size_t i = 1; i < value->writer_count; i++)
        if (is_better(value->writers[i], best))
            best = value->writers[i];
    return best;
}

/* The more alarming of states and urgencies has the smaller number. */
static size_t find_provisional(unsigned reg, const struct fold_value *values, size_t count)
{
    bool by_number = reg == GRID_REGISTER_STATE || reg == GRID_REGISTER_URGENCY;
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        bool better = by_number ? value_uint(values[i].value) < value_uint(values[best].value)
                                : is_better(best_writer(&values[i]), best_writer(&values[best]));
        if (better)
            best = i;
    }
    return best;
}

static bool names_phantom(const struct fold_held *held)
{
    for (size_t i = 0; i < held->name_count; i++)
        if (held->names[i]->held == NULL)
            return true;
    return false;
}

static enum grid_status register_build(struct fold *fold, unsigned reg, struct fold_register *out)
{
    struct arena *arena = &fold->views_arena;
    size_t count = fold->live[reg].count;
    struct fold_held *const *writes = fold_live_writes(fold, reg);
    struct row *rows = arena_alloc_array(arena, count, sizeof(*rows));
    const struct fold_entry **writers = arena_alloc_array(arena, count, sizeof(*writers));
    struct fold_value *values = arena_alloc_array(arena, count, sizeof(*values));
    if (rows == NULL || writers == NULL || values == NULL)
        return GRID_NOMEM;

    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct row){case_body_set(&writes[i]->entry.body, reg), writes[i], i};
        out->waiting = out->waiting || names_phantom(writes[i]);
    }
    qsort(rows, count, sizeof(*rows), row_order);
    for (size_t i = 0; i < count; i++) {
        writers[i] = &rows[i].writer->entry;
        if (i == 0 || !bytes_equal(rows[i].value, rows[i - 1].value))
            values[out->value_count++] =
                    (struct fold_value){.value = rows[i].value, .writers = &writers[i]};
        values[out->value_count - 1].writer_count++;
    }
    qsort(values, out->value_count, sizeof(*values), value_order);
    out->values = values;
    out->provisional = find_provisional(reg, values, out->value_count);
    return GRID_OK;
}

enum grid_status fold_read(struct fold *fold, unsigned reg, struct fold_register *out)
{
    assert(reg < GRID_REGISTER_END);
    *out = (struct fold_register){0};
    if (fold->live[reg].count == 0)
        return GRID_OK;
    struct fold_views *views = fold_views_of(fold);
    if (views == NULL)
        return GRID_NOMEM;
    if (!views->has_register[reg]) {
        views->registers[reg] = (struct fold_register){0};
        enum grid_status status = register_build(fold, reg, &views->registers[reg]);
        if (status != GRID_OK)
            return status;
        views->has_register[reg] = true;
    }
    *out = views->registers[reg];
    return GRID_OK;
}

struct bytes fold_shown(struct fold *fold, unsigned reg)
{
    struct fold_register found;
    assert(reg < GRID_REGISTER_END);
    if (fold->live[reg].count == 1)
        return case_body_set(&fold_live_writes(fold, reg)[0]->entry.body, reg);
    if (fold_read(fold, reg, &found) != GRID_OK || found.value_count == 0)
        return bytes_of(NULL, 0);
    return found.values[found.provisional].value;
}

const char *fold_severity(unsigned reg)
{
    return life_severity(reg);
}

unsigned fold_state(struct fold *fold)
{
    return (unsigned)value_uint(fold_shown(fold, GRID_REGISTER_STATE));
}

size_t fold_conflict_count(struct fold *fold)
{
    size_t conflicts = 0;
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++) {
        struct fold_held *const *writes = fold_live_writes(fold, reg);
        for (size_t i = 1; i < fold->live[reg].count; i++)
            if (!bytes_equal(case_body_set(&writes[i]->entry.body, reg),
                        case_body_set(&writes[0]->entry.body, reg))) {
                conflicts++;
                break;
            }
    }
    return conflicts;
}

size_t fold_live(struct fold *fold, unsigned reg, struct dot *out, size_t max)
{
    assert(reg < GRID_REGISTER_END);
    struct fold_held *const *writes = fold_live_writes(fold, reg);
    for (size_t i = 0; i < fold->live[reg].count && i < max; i++)
        out[i] = writes[i]->entry.dot;
    return fold->live[reg].count;
}

/* --- collections --- */

void fold_mark_taken(struct fold *fold)
{
    for (size_t i = 0; i < fold->count && fold->taker_count > 0; i++) {
        const struct fold_entry *entry = &fold->sorted[i]->entry;
        if (entry->verdict != GRID_VALID)
            continue;
        for (size_t r = 0; r < entry->body.removal_count; r++) {
            const struct case_removal *removal = &entry->body.removals[r];
            const struct fold_name *name = fold_name_find(fold, &removal->dot);
            struct fold_held *held = name == NULL ? NULL : name->held;
            for (size_t a = 0; held != NULL && a < held->entry.body.add_count; a++)
                if (held->entry.body.adds[a].name == removal->collection &&
                        bytes_equal(held->entry.body.adds[a].value, removal->value))
                    held->taken |= UINT64_C(1) << a;
        }
    }
}

static_assert(GRID_OPS_MAX <= 64, "additions of an entry are bits of fold_held.taken");

/* Calls for each living addition of the collection in canonical order; with items NULL it counts.
 */
static size_t collect(const struct fold *fold, unsigned collection, struct fold_item *items)
{
    size_t count = 0;
    for (size_t i = 0; i < fold->count; i++) {
        const struct fold_held *held = fold->sorted[i];
        if (held->entry.verdict != GRID_VALID)
            continue;
        for (size_t a = 0; a < held->entry.body.add_count; a++) {
            if (held->entry.body.adds[a].name != collection || (held->taken >> a & 1) != 0)
                continue;
            if (items != NULL)
                items[count] = (struct fold_item){&held->entry, held->entry.body.adds[a].value};
            count++;
        }
    }
    return count;
}

/* The code of its create comes before all others. */
static const struct fold_entry *code_giver(const struct fold *fold, unsigned collection)
{
    if (collection != GRID_COLLECTION_CODES || fold->create == NULL ||
            fold->create->entry.verdict != GRID_VALID)
        return NULL;
    return &fold->create->entry;
}

enum grid_status fold_collection(
        struct fold *fold, unsigned collection, const struct fold_item **items, size_t *count)
{
    assert(collection < GRID_COLLECTION_END);
    *items = NULL;
    *count = 0;
    struct fold_views *views = fold_views_of(fold);
    if (views == NULL)
        return GRID_NOMEM;
    if (!views->collections[collection].done) {
        const struct fold_entry *giver = code_giver(fold, collection);
        size_t first = giver == NULL ? 0 : 1;
        fold_mark_taken(fold);
        size_t size = first + collect(fold, collection, NULL);
        struct fold_item *list = arena_alloc_array(&fold->views_arena, size, sizeof(*list));
        if (list == NULL)
            return GRID_NOMEM;
        if (giver != NULL)
            list[0] = (struct fold_item){giver, giver->body.args[GRID_ARGUMENT_CODE]};
        collect(fold, collection, list + first);
        views->collections[collection].items = list;
        views->collections[collection].count = size;
        views->collections[collection].done = true;
    }
    *items = views->collections[collection].items;
    *count = views->collections[collection].count;
    return GRID_OK;
}
