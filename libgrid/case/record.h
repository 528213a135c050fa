/* Records of CLI.md's JSON while they are written: a map with text keys whose size is known only at
 * its end, and lists that keep to a budget of bytes. */
#ifndef GRID_CASE_RECORD_H
#define GRID_CASE_RECORD_H

#include "proto/pack.h"

struct record {
    struct buffer members;
    size_t count;
};

/* The key of the next member; the caller packs its value into what it gets. */
struct buffer *record_member(struct record *record, const char *key);
void record_text(struct record *record, const char *key, const char *text); /* NULL: nil */
void record_str(struct record *record, const char *key, struct bytes text);
void record_uint(struct record *record, const char *key, uint64_t value);
void record_int(struct record *record, const char *key, int64_t value);
void record_bool(struct record *record, const char *key, bool value);
void record_nil(struct record *record, const char *key);
/* RFC 3339 at +08:00 */
void record_time(struct record *record, const char *key, int64_t wall_ms);
/* An array of `count` elements that were packed one behind the other. */
void record_list(struct record *record, const char *key, size_t count, const struct buffer *items);
/* The members of `more` behind those that are there. */
void record_join(struct record *record, const struct record *more);
/* Appends the map to `out` and empties the record; a failed one makes `out` fail. */
void record_end(struct record *record, struct buffer *out);

/* Packs elements 0 … count − 1, as many as fit into bytes_max: the last ones with `newest`, else
 * the first ones, always in ascending order. Returns how many were left out. */
typedef void list_item_fn(void *context, size_t index, struct record *item);
size_t list_pack(struct buffer *out, size_t count, size_t bytes_max, bool newest,
        list_item_fn *item, void *context);

#endif
