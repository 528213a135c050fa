#include "daemon/guard.h"

#include <stdio.h>
#include <string.h>

static bool is_past(const struct guard_place *place, int64_t mono_ms)
{
    return place->failures == 0 || mono_ms - place->since_ms >= GUARD_WINDOW_MS;
}

void guard_failed(struct guard *guard, const char *address, int64_t mono_ms)
{
    /* The place of this address, else one that is past, else the oldest. */
    struct guard_place *chosen = &guard->places[0];
    for (unsigned i = 0; i < GUARD_PLACES; i++) {
        struct guard_place *place = &guard->places[i];
        if (place->failures > 0 && strcmp(place->address, address) == 0) {
            chosen = place;
            break;
        }
        if (is_past(chosen, mono_ms))
            continue;
        if (is_past(place, mono_ms) || place->since_ms < chosen->since_ms)
            chosen = place;
    }
    bool same = strcmp(chosen->address, address) == 0;
    if (!same || is_past(chosen, mono_ms)) {
        (void)snprintf(chosen->address, sizeof(chosen->address), "%s", address);
        chosen->failures = 0;
        chosen->since_ms = mono_ms;
    }
    chosen->failures++;
    /* The minute of silence counts from the last of them. */
    if (chosen->failures >= GUARD_FAILURES_MAX)
        chosen->since_ms = mono_ms;
}

bool guard_refuses(const struct guard *guard, const char *address, int64_t mono_ms)
{
    for (unsigned i = 0; i < GUARD_PLACES; i++) {
        const struct guard_place *place = &guard->places[i];
        if (place->failures >= GUARD_FAILURES_MAX && strcmp(place->address, address) == 0)
            return !is_past(place, mono_ms);
    }
    return false;
}
