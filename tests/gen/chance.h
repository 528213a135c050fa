/* Chance that is the same everywhere: splitmix64, a stream a label, and nothing but integers. What
 * one label draws does not depend on what others drew: adding a township moves nobody. */
#ifndef TESTS_GEN_CHANCE_H
#define TESTS_GEN_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

/* The stream of "what code", say "people 150622103203": it starts at the seed ⊕ the first 8 bytes,
 * big-endian, of the label's SHA-256. */
struct chance chance_of(uint64_t seed, const char *what, const char *code);
uint64_t chance_next(struct chance *chance);
/* 0 … count − 1, by the upper half of a product: its bias is below count / 2³². */
unsigned chance_below(struct chance *chance, unsigned count);
/* low … high, both included. */
int chance_within(struct chance *chance, int low, int high);
bool chance_percent(struct chance *chance, unsigned percent);
/* An index, as often as its weight says. */
size_t chance_pick(struct chance *chance, const unsigned *weights, size_t count);

/* The first 4 bytes of SHA-256(what ‖ code), big-endian: weights that no seed moves. */
uint32_t hash_of(const char *what, const char *code);

#endif
