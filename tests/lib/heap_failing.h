/* A heap whose Nth allocation fails, and that knows what is still held: for tests of every way out.
 */
#ifndef GRID_TESTS_HEAP_FAILING_H
#define GRID_TESTS_HEAP_FAILING_H

#include <stdbool.h>
#include <stddef.h>

/* From now on all of proto and libgrid allocates here; nothing fails yet. */
void heap_failing_begin(void);
/* The `nth` allocation from now on fails (1: the next one), and only that one; 0: none. */
void heap_failing_at(size_t nth);
/* It and every later one, until this is called again or heap_failing_at. */
void heap_failing_from(size_t nth);
/* The libraries under us too, SQLite and libcrypto: once, before either is used. What they keep is
 * not counted as held. */
void heap_failing_register_libraries(void);
/* Whether their allocations are among those counted for heap_failing_at: no, unless told. */
void heap_failing_in_libraries(bool counted);
/* True when the failure that was ordered has come to pass. */
size_t heap_failing_happened(void);
size_t heap_failing_held(void); /* blocks not yet released */
/* Back to the C library. Asserts that nothing is held. */
void heap_failing_end(void);

#endif
