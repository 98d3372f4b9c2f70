/* fuzz.h -- what the fuzz targets share.
 *
 * Threads:   one.
 * Memory:    none.
 * Errors:    what a target finds wrong ends the program: libFuzzer then keeps the input.
 * Standards: none.
 */
#ifndef GLUED_TESTS_FUZZ_FUZZ_H
#define GLUED_TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "zones/base.h"

/* One input. libFuzzer and replay.c call it; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Holds whatever the build: what it says is what the target is there for. */
#define EXPECT(condition) \
	((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, (unsigned)__LINE__))

__attribute__((noreturn)) static inline void
fuzz_fail(const char *condition, const char *file, unsigned line)
{
	fprintf(stderr, "%s:%u: not so: %s\n", file, line, condition);
	abort();
}

/* A copy in memory of exactly `cap` octets, so that a sanitizer sees a step past its end. The
 * caller frees. */
static inline uint8_t *
fuzz_copy(const uint8_t *data, size_t len, size_t cap)
{
	uint8_t *copy = calloc(1, cap > 0 ? cap : 1);
	EXPECT(copy != NULL);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

#endif
