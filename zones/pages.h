/* pages.h -- memory by the page, for what is large, grows, and is soon gone again: the records of a
 * zone between its file and its compiled version.
 *
 * Threads:   any.
 * Memory:    what is freed goes back to the system at once, not into an allocator's reserve: it
 *            would count against the versions that stay. From HUGE_PAGE_LEN on it lies on huge
 *            pages, as far as it fills them.
 * Errors:    NULL for want of memory.
 * Standards: none.
 */
#ifndef GLUED_ZONES_PAGES_H
#define GLUED_ZONES_PAGES_H

#include "zones/memory_huge.h"

enum {
	/* From here on the system is asked, below it malloc(): a small zone takes a few hundred
	 * octets, and a page with a system call each for them would be what reading it costs. */
	PAGES_LEN_MIN = 256 << 10,
};

/* `len` octets, not all zero; NULL if there are none. */
void *pages_new(size_t len);

/* As realloc(): large ones move without being copied. NULL: `pages` is as it was. */
void *pages_resize(void *pages, size_t old_len, size_t len);

/* Gives back what lies in the octets [begin, end) as far as whole pages do; they read as zeroes, or
 * as before. `len` as below. */
void pages_forget(void *pages, size_t len, size_t begin, size_t end);

/* `len` as given to pages_new() or pages_resize(). */
void pages_free(void *pages, size_t len);

#endif
