/* test_memory.c -- what a large zone takes, it gives back: pages and address space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "zones/memory.h"

enum { ROUNDS = 60, MEBIBYTE = 1 << 20 };

/* Address space of this process, in pages. */
static long
address_space_pages(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld", &pages), 1);
	fclose(file);
	return pages;
}

static void
use_large(size_t len)
{
	uint8_t *memory = memory_new(len);
	assert_non_null(memory);
	assert_int_equal((uintptr_t)memory % 64, 0);
	memset(memory, 0xa5, len);
	memory_free(memory, len);
}

static void
test_large_is_given_back(void **state)
{
	(void)state;
	use_large(MEMORY_LARGE_LEN);
	long before = address_space_pages();
	for (size_t i = 0; i < ROUNDS; i++)
		use_large(MEMORY_LARGE_LEN + i * MEBIBYTE);
	long grown_pages = address_space_pages() - before;
	/* One round's worth may linger in the allocator; sixty would be two gibibytes. */
	assert_true(grown_pages * 4096L < 4L * (MEMORY_LARGE_LEN + ROUNDS * MEBIBYTE));
}

static void
test_small_and_null(void **state)
{
	(void)state;
	uint8_t *memory = memory_new(100);
	assert_non_null(memory);
	memset(memory, 1, 100);
	memory_free(memory, 100);
	memory_free(NULL, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_large_is_given_back),
	    cmocka_unit_test(test_small_and_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
