/* memory_huge.c -- large memory, straight from the kernel.
 *
 * Not through an arena of jemalloc with extent hooks: when an extent of such an arena is cut and
 * its end given back, 5.3.0 (Debian 12's) brings the arenas of everyone else down as soon as the
 * kernel gives them those addresses. */
#include "zones/memory_huge.h"

#include <sys/mman.h>

enum { PAGE_LEN = 4096 }; /* or a part of one: what the kernel keeps then is little */

static size_t
round_up(size_t len, size_t unit)
{
	return (len + unit - 1) & ~(unit - 1);
}

void *
huge_new(size_t len)
{
	len = round_up(len, PAGE_LEN);
	uint8_t *mapped = mmap(NULL, len + HUGE_PAGE_LEN, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mapped == MAP_FAILED)
		return NULL;
	uint8_t *aligned = (uint8_t *)round_up((uintptr_t)mapped, HUGE_PAGE_LEN);
	if (aligned > mapped)
		munmap(mapped, (size_t)(aligned - mapped));
	munmap(aligned + len, (size_t)(mapped + HUGE_PAGE_LEN - aligned));
	madvise(aligned, len, MADV_HUGEPAGE); /* advice: where it is refused, small pages serve */
	return aligned;
}

void
huge_free(void *memory, size_t len)
{
	munmap(memory, round_up(len, PAGE_LEN));
}

void
huge_trim(void *memory, size_t old_len, size_t len)
{
	len = round_up(len, PAGE_LEN);
	old_len = round_up(old_len, PAGE_LEN);
	if (len < old_len)
		munmap((uint8_t *)memory + len, old_len - len);
}

void *
huge_resize(void *memory, size_t old_len, size_t len)
{
	if (len <= old_len) {
		huge_trim(memory, old_len, len);
		return memory;
	}
	/* Where the kernel would move it to needn't be aligned: it is told where. */
	void *place = huge_new(len);
	if (place == NULL)
		return NULL;
	void *moved = mremap(memory, round_up(old_len, PAGE_LEN), round_up(len, PAGE_LEN),
			     MREMAP_MAYMOVE | MREMAP_FIXED, place);
	if (moved == MAP_FAILED) {
		huge_free(place, len);
		return NULL;
	}
	return moved;
}
