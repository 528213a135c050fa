/* The canonical gate (D7, P-10…): one pass over raw bytes, allocating nothing, before anything
 * decodes them. What passes has one byte form only and cannot make a decoder allocate more than the
 * bytes themselves justify. */
#ifndef GRID_PROTO_GATE_H
#define GRID_PROTO_GATE_H

#include "proto/bytes.h"
#include "proto/status.h"

enum gate_profile {
    GATE_ENTRY,   /* headers, bodies, link messages: no nil, map keys ascending */
    GATE_CONTROL, /* cli to daemon: nil allowed, map keys unique but in any order */
};

/* One value and nothing after it. */
enum grid_status gate_check(
        struct bytes input, enum gate_profile profile, struct grid_error *error);
/* The first value of `input`; *size is its length. For values that stand one behind the other. */
enum grid_status gate_first(
        struct bytes input, enum gate_profile profile, size_t *size, struct grid_error *error);
/* Valid UTF-8: shortest form, no surrogates, at most U+10FFFF. */
bool gate_utf8(struct bytes text);

#endif
