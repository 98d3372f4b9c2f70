/* pages.c -- large memory from the system, small from malloc() (used by zone_memory.c, zone.c). */
#include "zones/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

enum {
	/* From here on a huge page is given back whole, or not at all: to split all of them would
	 * cost more than it brings. Below that the parts that stay would be most of it. */
	FORGET_HUGE_LEN_MIN = 16 << 20,
	PAGE_LEN = 4096,
};

static bool
is_mapped(size_t len)
{
	return len >= PAGES_LEN_MIN;
}

void *
pages_new(size_t len)
{
	if (!is_mapped(len))
		return malloc(len);
	if (len >= HUGE_PAGE_LEN)
		return huge_new(len);
	void *pages = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return pages != MAP_FAILED ? pages : NULL;
}

void *
pages_resize(void *pages, size_t old_len, size_t len)
{
	if (!is_mapped(old_len) && !is_mapped(len))
		return realloc(pages, len);
	if (old_len >= HUGE_PAGE_LEN && is_mapped(len))
		return huge_resize(pages, old_len, len);
	if (is_mapped(old_len) && is_mapped(len) && len < HUGE_PAGE_LEN) {
		void *moved = mremap(pages, old_len, len, MREMAP_MAYMOVE);
		return moved != MAP_FAILED ? moved : NULL;
	}
	void *copy = pages_new(len);
	if (copy == NULL)
		return NULL;
	if (pages != NULL)
		memcpy(copy, pages, old_len < len ? old_len : len);
	pages_free(pages, old_len);
	return copy;
}

void
pages_forget(void *pages, size_t len, size_t begin, size_t end)
{
	size_t page_len = len >= FORGET_HUGE_LEN_MIN ? HUGE_PAGE_LEN : PAGE_LEN;
	uintptr_t first = ((uintptr_t)pages + begin + page_len - 1) & ~(page_len - 1);
	uintptr_t last = ((uintptr_t)pages + end) & ~(page_len - 1);
	if (is_mapped(len) && first < last)
		madvise((void *)first, last - first, MADV_DONTNEED);
}

void
pages_free(void *pages, size_t len)
{
	if (pages == NULL)
		return;
	if (is_mapped(len))
		munmap(pages, len);
	else
		free(pages);
}
