#include "tests/sim/world.h"

#include <stdarg.h>
#include <string.h>

static void stir(struct sim *sim, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t hash = sim->trace;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    sim->trace = hash;
}

void sim_note(struct sim *sim, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    stir(sim, line, size < (int)sizeof(line) ? (size_t)size : sizeof(line) - 1);
    stir(sim, &sim->mono_ms, sizeof(sim->mono_ms));
    if (sim->story == NULL)
        return;
    int64_t s = sim->mono_ms / 1000;
    fprintf(sim->story, "%4d d %02d:%02d:%02d.%03d  %s\n", (int)(s / 86400), (int)(s / 3600 % 24),
            (int)(s / 60 % 60), (int)(s % 60), (int)(sim->mono_ms % 1000), line);
    fflush(sim->story);
}

void sim_trace_bytes(struct sim *sim, struct bytes bytes)
{
    stir(sim, bytes.data, bytes.size);
}

void sim_violate(struct sim *sim, const char *rule, const char *format, ...)
{
    if (sim->violation[0] != '\0')
        return;
    int size = snprintf(sim->violation, sizeof(sim->violation), "%s: ", rule);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sim->violation + size, sizeof(sim->violation) - (size_t)size, format, arguments);
    va_end(arguments);
    sim_note(sim, "VIOLATION %s", sim->violation);
}

bool sim_bad(const struct sim *sim)
{
    return sim->violation[0] != '\0';
}

uint64_t sim_chance(struct sim *sim, uint64_t below)
{
    return chance_below(&sim->chance, below);
}

bool sim_one_in(struct sim *sim, uint64_t count)
{
    return chance_one_in(&sim->chance, count);
}
