/* What every target offers to libFuzzer and to replay.c. */
#ifndef GRID_TESTS_FUZZ_H
#define GRID_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert, with a way out that a fuzzer sees. */
#define FUZZ_CHECK(fact) \
    do {                 \
        if (!(fact))     \
            abort();     \
    } while (0)

#endif
