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

void record_int(struct record *record, const char *key, int64_t value)
{
    pack_int(record_member(record, key), value);
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

void record_list(struct record *record, const char *key, size_t count, const struct buffer *items)
{
    struct buffer *out = record_member(record, key);
    pack_array(out, count);
    pack_raw(out, buffer_bytes(items));
    out->failed = out->failed || items->failed;
}

void record_join(struct record *record, const struct record *more)
{
    buffer_append(&record->members, more->members.data, more->members.size);
    record->members.failed = record->members.failed || more->members.failed;
    record->count += more->count;
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

/* How many elements fit, from the end that counts. A list with holes would look complete: the
 * first one that does not fit ends it. `probe` says when memory ended. */
static size_t items_fitting(size_t count, size_t bytes_max, bool newest, list_item_fn *item,
        void *context, struct buffer *probe)
{
    size_t fits = 0;
    while (fits < count && fits < LIST_ITEMS_MAX && !probe->failed) {
        struct record record = {0};
        buffer_clear(probe);
        item(context, newest ? count - 1 - fits : fits, &record);
        record_end(&record, probe);
        if (probe->size > bytes_max)
            break;
        bytes_max -= probe->size;
        fits++;
    }
    return fits;
}

size_t list_pack(struct buffer *out, size_t count, size_t bytes_max, bool newest,
        list_item_fn *item, void *context)
{
    struct buffer probe = {0};
    size_t fits = items_fitting(count, bytes_max, newest, item, context, &probe);
    size_t first = newest ? count - fits : 0;
    out->failed = out->failed || probe.failed;
    buffer_close(&probe);
    pack_array(out, fits);
    for (size_t i = first; i < first + fits; i++) {
        struct record record = {0};
        item(context, i, &record);
        record_end(&record, out);
    }
    return count - fits;
}
