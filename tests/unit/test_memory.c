/* test_memory.c -- what a large zone takes, it gives back: pages and address space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "zones/memory.h"
#include "zones/memory_slab.h"
#include "zones/pages.h"

#ifdef __SANITIZE_ADDRESS__ /* keeps what was freed for a while */
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

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

/* What is cut off is the system's again, and whoever gets it next is none of ours to harm. */
static void
test_trimmed_harms_nobody(void **state)
{
	(void)state;
	enum { BEFORE = 100 * MEBIBYTE, AFTER = 6 * MEBIBYTE, OTHERS = 2000 };
	size_t kept_len;
	long before = address_space_pages();
	uint8_t *memory = memory_new(BEFORE);
	assert_non_null(memory);
	memset(memory, 0xa5, AFTER);
	memory = memory_trim(memory, BEFORE, AFTER, &kept_len);
	assert_true(kept_len >= AFTER);
	assert_true(IS_SANITIZED || (address_space_pages() - before) * 4096L < 2 * AFTER);
	void *others[OTHERS];
	for (size_t i = 0; i < OTHERS; i++) {
		others[i] = calloc(1, 10 + i * 100);
		assert_non_null(others[i]);
		memset(others[i], 1, 10 + i * 100);
	}
	for (size_t i = 0; i < OTHERS; i++)
		free(others[i]);
	for (size_t i = 0; i < AFTER; i++)
		assert_int_equal(memory[i], 0xa5);
	memory_free(memory, kept_len);
}

/* From malloc() to pages, to huge ones, and back. */
static void
test_pages_keep_their_content(void **state)
{
	(void)state;
	static const size_t lens[] = {4096,
				      PAGES_LEN_MIN,
				      3 * (HUGE_PAGE_LEN / 4),
				      HUGE_PAGE_LEN + 5,
				      9 * MEBIBYTE,
				      33 * MEBIBYTE + 1,
				      7 * MEBIBYTE,
				      HUGE_PAGE_LEN - 1,
				      PAGES_LEN_MIN,
				      100};
	long before = address_space_pages();
	size_t len = 0;
	uint8_t *pages = NULL;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		size_t kept = len < lens[i] ? len : lens[i];
		pages = pages_resize(pages, len, lens[i]);
		assert_non_null(pages);
		for (size_t off = 0; off < kept; off += 99)
			assert_int_equal(pages[off], (uint8_t)(off * 31));
		len = lens[i];
		for (size_t off = 0; off < len; off += 99)
			pages[off] = (uint8_t)(off * 31);
		if (len > PAGES_LEN_MIN)
			pages_forget(pages, len, len - 1, len);
		if (i > 2 && i < 7)
			assert_int_equal((uintptr_t)pages % HUGE_PAGE_LEN, 0);
	}
	pages_free(pages, len);
	assert_true(address_space_pages() - before < 3 * HUGE_PAGE_LEN / 4096 || IS_SANITIZED);
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

/* Every octet of an object is its own as long as it lives, at whatever lengths and in whatever
 * order others come and go. */
static void
test_slab_objects_are_apart(void **state)
{
	enum { OBJECTS = 4000, STEPS = 100000 };
	static struct {
		uint8_t *octets;
		size_t len;
		uint8_t mark;
	} objects[OBJECTS];
	uint32_t random = 1;
	for (size_t step = 0; step < STEPS; step++) {
		random = random * 1664525 + 1013904223;
		size_t idx = (random >> 8) % OBJECTS;
		uint8_t *octets = objects[idx].octets;
		for (size_t i = 0; octets != NULL && i < objects[idx].len; i++)
			assert_int_equal(octets[i], objects[idx].mark);
		if (octets != NULL)
			slab_object_free(octets, objects[idx].len);
		size_t len = step + OBJECTS < STEPS ? 1 + (random >> 3) % SLAB_OBJECT_LEN_MAX : 0;
		objects[idx].octets = len > 0 ? slab_object_new(len) : NULL;
		objects[idx].len = len;
		objects[idx].mark = (uint8_t)step;
		if (len == 0)
			continue;
		assert_non_null(objects[idx].octets);
		assert_int_equal((uintptr_t)objects[idx].octets % SLAB_UNIT, 0);
		memset(objects[idx].octets, objects[idx].mark, len);
	}
	for (size_t i = 0; i < OBJECTS; i++) {
		if (objects[i].octets != NULL)
			slab_object_free(objects[i].octets, objects[i].len);
		objects[i].octets = NULL;
	}
}

static long
resident_pages(void)
{
	long total = 0;
	long resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld %ld", &total, &resident), 2);
	fclose(file);
	return resident;
}

/* A hundred thousand small objects cost hardly more than their octets, and give them back. */
static void
test_slab_is_dense_and_given_back(void **state)
{
	enum { OBJECTS = 100000, LEN = 904 };
	static void *objects[OBJECTS];
	memset(objects, 0xff, sizeof(objects));
	long before = resident_pages();
	for (size_t i = 0; i < OBJECTS; i++) {
		objects[i] = slab_object_new(LEN);
		assert_non_null(objects[i]);
		memset(objects[i], 1, LEN);
	}
	long full = resident_pages();
	assert_true(IS_SANITIZED || (full - before) * 4096L < OBJECTS * 940L);
	for (size_t i = 0; i < OBJECTS; i++)
		slab_object_free(objects[i], LEN);
	memory_tidy();
	assert_true(IS_SANITIZED || resident_pages() - before < (full - before) / 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_large_is_given_back),
	    cmocka_unit_test(test_pages_keep_their_content),
	    cmocka_unit_test(test_small_and_null),
	    cmocka_unit_test(test_trimmed_harms_nobody),
	    cmocka_unit_test(test_slab_objects_are_apart),
	    cmocka_unit_test(test_slab_is_dense_and_given_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
