#include "libgrid/case/record.h"

#include "proto/stamp.h"

struct buffer *record_member(struct record *record, const char *key)
{
    record->count++;
    pack_text(&record->members, key);
    return &record->members;
}

void record_text(struct record *record, const char *key, const char *text)
{
    struct buffer *out = record_member(record, key);
    if (text != NULL)
        pack_text(out, text);
    else
        pack_nil(out);
}

void record_str(struct record *record, const char *key, struct bytes text)
{
    pack_str(record_member(record, key), text);
}

void record_uint(struct record *record, const char *key, uint64_t value)
{
    pack_uint(record_member(record, key), value);
}

void record_bool(struct record *record, const char *key, bool value)
{
    pack_bool(record_member(record, key), value);
}

void record_nil(struct record *record, const char *key)
{
    pack_nil(record_member(record, key));
}

void record_time(struct record *record, const char *key, int64_t wall_ms)
{
    char text[STAMP_TEXT_BYTES];
    stamp_print(text, wall_ms);
    record_text(record, key, text);
}

void record_end(struct record *record, struct buffer *out)
{
    pack_map(out, record->count);
    buffer_append(out, record->members.data, record->members.size);
    out->failed = out->failed || record->members.failed;
    buffer_close(&record->members);
    *record = (struct record){0};
}

enum { LIST_ITEMS_MAX = 10000 };

/* The bytes of one element; SIZE_MAX when memory ended. */
static size_t item_bytes(list_item_fn *item, void *context, size_t index)
{
    struct record record = {0};
    struct buffer packed = {0};
    item(context, index, &record);
    record_end(&record, &packed);
    size_t bytes = packed.failed ? SIZE_MAX : packed.size;
    buffer_close(&packed);
    return bytes;
}

/* How many elements fit, from the end that counts. A list with holes would look complete: the
 * first one that does not fit ends it. */
static size_t items_fitting(
        size_t count, size_t bytes_max, bool newest, list_item_fn *item, void *context)
{
    size_t fits = 0;
    while (fits < count && fits < LIST_ITEMS_MAX) {
        size_t bytes = item_bytes(item, context, newest ? count - 1 - fits : fits);
        if (bytes > bytes_max)
            break;
        bytes_max -= bytes;
        fits++;
    }
    return fits;
}

size_t list_pack(struct buffer *out, size_t count, size_t bytes_max, bool newest,
        list_item_fn *item, void *context)
{
    size_t fits = items_fitting(count, bytes_max, newest, item, context);
    size_t first = newest ? count - fits : 0;
    pack_array(out, fits);
    for (size_t i = first; i < first + fits; i++) {
        struct record record = {0};
        item(context, i, &record);
        record_end(&record, out);
    }
    return count - fits;
}
