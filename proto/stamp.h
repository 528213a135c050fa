/* The hybrid clock (D10, P-70…): 48 bits of milliseconds, 16 bits of counter. For display and the
 * last tie-break; it decides nothing else. Wall time comes in as an argument, UTC milliseconds. */
#ifndef GRID_PROTO_STAMP_H
#define GRID_PROTO_STAMP_H

#include "proto/api.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both are handed in with every call that needs them: nothing in proto or libgrid reads a clock. */
struct grid_now {
    int64_t wall_ms; /* UTC; may be wrong by years */
    int64_t mono_ms; /* never runs back within a process */
};

/* The next own stamp: later than `last`, and at `wall_ms` when that is later. A wall clock before
 * 1970 or beyond 48 bits counts as the nearest that fits. */
uint64_t stamp_next(uint64_t last, int64_t wall_ms);
/* Our clock after seeing a remote stamp: the larger of both, but a remote one more than
 * GRID_CLOCK_AHEAD_MS beyond `wall_ms` does not move it (P-71, I17). */
uint64_t stamp_seen(uint64_t last, uint64_t remote, int64_t wall_ms);
int64_t stamp_ms(uint64_t stamp);

/* RFC 3339 at +08:00, "2026-11-21T09:30:00+08:00": 25 characters and a NUL (P-72). Years 1 to 9999;
 * what lies outside prints as the nearest that fits. */
enum { STAMP_TEXT_BYTES = 40 };
GRID_API void stamp_print(char out[static STAMP_TEXT_BYTES], int64_t wall_ms);
/* Reads RFC 3339, also "2026-11-21 09:30", "2026-11-21T09:30:05", or a day; without an offset
 * +08:00 is meant. False when it is no time. *precision: 0 exact (with seconds or minutes), 2 day
 * (its first millisecond). */
GRID_API bool stamp_parse(const char *text, int64_t *wall_ms, unsigned *precision);

/* Days since 1970-01-01 in local time, +08:00 without summer time (P-73). */
enum { DAY_TEXT_BYTES = 11 };
GRID_API int32_t stamp_day(int64_t wall_ms);
unsigned day_year(int32_t day);
GRID_API void day_print(char out[static DAY_TEXT_BYTES], int32_t day); /* "2026-11-21" */
/* YYYY-MM-DD and nothing else; a day that the calendar does not have is none. */
GRID_API bool day_parse(const char *text, size_t size, int32_t *day);

#endif
