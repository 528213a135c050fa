/* Pieces of human answers that several commands share: values, times, lists, lines. */
#ifndef GRID_CLI_SHOW_H
#define GRID_CLI_SHOW_H

#include "cli/print.h"
#include "proto/bytes.h"

/* A sentence of the catalogue with foreign arguments, made safe, and a line end. */
void show_line(const char *id, struct bytes argument);
void show_line2(const char *id, struct bytes first, struct bytes second);
void show_line3(const char *id, struct bytes first, struct bytes second, struct bytes third);
void show_lines(const char *id, const struct bytes *arguments, size_t count);
/* "  title  value" with the title's cells padded; nothing when the value is empty. */
void show_member(const char *title_id, struct bytes value);
/* Prints what the table still holds, or the sentence `none` when it had no row. */
void show_list(struct table *table, const char *none);

/* 2026-11-21T09:30:00+08:00 → 2026-11-21 09:30; anything else as it is. */
struct bytes show_time(struct bytes time);
/* Where an entry is held, by tier: ○ ✓ ✓✓, and in words. */
const char *show_tier_mark(uint64_t tier);
struct bytes show_tier_word(uint64_t tier);
/* Appends any packed value in words; `field` chooses the names of identifiers. */
void show_value(struct buffer *out, const char *field, struct bytes value);
/* The `value` of a record with what is said beside it: its `name`, its `precision`. */
void show_value_of(struct buffer *out, const char *field, struct bytes record);
/* "苏和（网格员）" */
void show_who(struct buffer *out, struct bytes record);
/* One conflict: its values with who and when, which one is shown meanwhile, how to settle it. */
void show_conflict(struct bytes record);

/* Copies of records that come before what they are printed with. */
struct held_records {
    struct buffer bytes;
    size_t count;
};
void held_add(struct held_records *held, struct bytes record);
void held_each(const struct held_records *held, void (*each)(void *context, struct bytes record),
        void *context);
void held_close(struct held_records *held);

#endif
