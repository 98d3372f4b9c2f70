/* served.h -- what the targets that ask the engine serve: the test zones, several at once, signed
 * ones and parent and child among them.
 *
 * Threads:   one.
 * Memory:    made once, kept until the program ends.
 * Errors:    end the program.
 * Standards: none.
 */
#ifndef GLUED_TESTS_FUZZ_SERVED_H
#define GLUED_TESTS_FUZZ_SERVED_H

#include "tests/unit/engine.h"

/* One of a few serving sets; any number names one. */
const struct engine *served(unsigned number);

/* The names that the zones of all sets hold, in turn: NULL past the last. */
const uint8_t *served_name(size_t idx);

#endif
