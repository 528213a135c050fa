/* What all rows have in common: names, normal form, keys. */
#include "cli/rows.h"

#include "cli/normalise.h"
#include "cli/text.h"
#include "proto/crypto.h"
#include "proto/heap.h"
#include "proto/ident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The options of `report` with _ for -, and tags for --tag. */
static const struct {
    const char *name, *field;
} names[] = {{"title", "title"}, {"text", "text"}, {"category", "category"}, {"unit", "unit"},
        {"urgency", "urgency"}, {"source", "source"}, {"applicant", "applicant"},
        {"occurred_at", "occurred_at"}, {"place", "place"}, {"at", "at"}, {"tags", "tag"},
        {"scale", "scale"}, {"ref", "ref"}, {"key", "key"}, {"resolved", "resolved"},
        {"result", "result"}};
enum { NAME_COUNT = sizeof(names) / sizeof(names[0]) };

const char *rows_names(void)
{
    return "title text category unit urgency source applicant occurred_at place at tags scale ref "
           "key resolved result";
}

static const char *field_of(const char *name)
{
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].field;
    return NULL;
}

/* occurred-at as the option is typed is occurred_at. */
static bool name_is(const char *name, const char *typed)
{
    size_t at = 0;
    while (typed[at] != '\0' && (typed[at] == '-' ? '_' : typed[at]) == name[at])
        at++;
    return typed[at] == '\0' && name[at] == '\0';
}

const char *rows_name(const char *typed)
{
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (name_is(names[i].name, typed))
            return names[i].name;
    for (size_t i = 0; i < NAME_COUNT; i++) /* in words: 发生时间 */
        if (text_names("field", names[i].name, bytes_text(typed)))
            return names[i].name;
    return NULL;
}

/* A first failure stands; the row is refused as a whole. */
static void refuse(struct row *row, enum grid_status status, const char *reason, const char *first,
        const char *second)
{
    if (row->error.status == GRID_OK)
        grid_fail(&row->error, status, reason, "%s" GRID_ARG "%s", first, second);
}

static void add_one(struct row *row, const char *name, const char *field, struct bytes value)
{
    struct buffer text = {0};
    if (row->field_count == ROW_FIELDS_MAX) {
        refuse(row, GRID_INVALID, "row_fields", name, "");
        return;
    }
    enum grid_status status = normalise_nfc(value, &text);
    if (status == GRID_INVALID) {
        refuse(row, GRID_INVALID, "text_encoding", name, "");
    } else if (status != GRID_OK) {
        refuse(row, status, "", "", "");
    } else {
        normalise_lines(&text);
        const char *copy = arena_text(&row->arena, buffer_bytes(&text));
        if (copy == NULL)
            refuse(row, GRID_NOMEM, "", "", "");
        else
            row->fields[row->field_count++] = (struct grid_field){
                    .name = bytes_text(field), .value = bytes_of(copy, text.size)};
        if (copy != NULL && strcmp(field, "key") == 0)
            row->key = copy;
    }
    buffer_close(&text);
}

void row_add(struct row *row, const char *name, struct bytes value)
{
    const char *field = field_of(name);
    if (field == NULL) {
        refuse(row, GRID_INVALID, "row_name", name, rows_names());
        return;
    }
    if (value.size == 0)
        return; /* empty is absent */
    if (strcmp(field, "tag") != 0) {
        add_one(row, name, field, value);
        return;
    }
    for (size_t at = 0; at <= value.size;) {
        const uint8_t *stop =
                at < value.size ? memchr(value.data + at, ';', value.size - at) : NULL;
        size_t end = stop != NULL ? (size_t)(stop - value.data) : value.size;
        struct bytes tag = bytes_of(value.data + at, end - at);
        while (tag.size > 0 && tag.data[0] == ' ')
            tag = bytes_of(tag.data + 1, tag.size - 1);
        while (tag.size > 0 && tag.data[tag.size - 1] == ' ')
            tag.size--;
        if (tag.size > 0)
            add_one(row, name, field, tag);
        at = end + 1;
    }
}

/* --- keys ------------------------------------------------------------------------------------- */

static int compare_fields(const void *a, const void *b)
{
    const struct grid_field *first = a, *second = b;
    int order = bytes_compare(first->name, second->name);
    return order != 0 ? order : bytes_compare(first->value, second->value);
}

static bool seen_grow(struct rows_seen *seen)
{
    struct rows_seen grown = {
            .capacity = seen->capacity == 0 ? 1024 : 2 * seen->capacity, .used = seen->used};
    grown.hashes = grid_alloc_array(grown.capacity, sizeof(*grown.hashes));
    grown.counts = grid_alloc_array(grown.capacity, sizeof(*grown.counts));
    if (grown.hashes == NULL || grown.counts == NULL) {
        grid_free(grown.hashes);
        grid_free(grown.counts);
        return false;
    }
    for (size_t i = 0; i < seen->capacity; i++) {
        if (seen->counts[i] == 0)
            continue;
        size_t at = seen->hashes[i] & (grown.capacity - 1);
        while (grown.counts[at] != 0)
            at = (at + 1) & (grown.capacity - 1);
        grown.hashes[at] = seen->hashes[i];
        grown.counts[at] = seen->counts[i];
    }
    grid_free(seen->hashes);
    grid_free(seen->counts);
    *seen = grown;
    return true;
}

/* The how-manieth row of this content, from 1; 0 without memory. */
static uint32_t seen_count(struct rows_seen *seen, uint64_t hash)
{
    if (2 * (seen->used + 1) > seen->capacity && !seen_grow(seen))
        return 0;
    size_t at = hash & (seen->capacity - 1);
    while (seen->counts[at] != 0 && seen->hashes[at] != hash)
        at = (at + 1) & (seen->capacity - 1);
    if (seen->counts[at] == 0)
        seen->used++;
    seen->hashes[at] = hash;
    return ++seen->counts[at];
}

enum grid_status row_derive_key(struct row *row, struct rows_seen *seen)
{
    static const char prefix[] = "grid-row-1";
    struct grid_field sorted[ROW_FIELDS_MAX];
    struct buffer content = {0};
    uint8_t hash[GRID_HASH_BYTES], ordinal[4], size[4];
    char key[2 + 2 * GRID_HASH_BYTES + 1] = "f-";

    memcpy(sorted, row->fields, row->field_count * sizeof(*sorted));
    qsort(sorted, row->field_count, sizeof(*sorted), compare_fields);
    buffer_append(&content, prefix, sizeof(prefix));
    for (size_t i = 0; i < row->field_count; i++) {
        const struct bytes parts[] = {sorted[i].name, sorted[i].value};
        for (size_t j = 0; j < 2; j++) {
            put_u32(size, (uint32_t)parts[j].size);
            buffer_append(&content, size, sizeof(size));
            buffer_append(&content, parts[j].data, parts[j].size);
        }
    }
    struct bytes parts[] = {buffer_bytes(&content), bytes_of(ordinal, sizeof(ordinal))};
    enum grid_status status = content.failed ? GRID_NOMEM : crypto_hash(hash, parts, 1);
    if (status == GRID_OK) {
        uint32_t count = seen_count(seen, get_u64(hash));
        put_u32(ordinal, count);
        status = count == 0 ? GRID_NOMEM : crypto_hash(hash, parts, 2);
    }
    buffer_close(&content);
    if (status == GRID_OK) {
        ident_hex(key + 2, bytes_of(hash, sizeof(hash)));
        row->key = arena_text(&row->arena, bytes_text(key));
        if (row->key == NULL || row->field_count == ROW_FIELDS_MAX)
            return GRID_NOMEM;
        row->fields[row->field_count++] =
                (struct grid_field){.name = bytes_text("key"), .value = bytes_text(row->key)};
    }
    return status;
}
