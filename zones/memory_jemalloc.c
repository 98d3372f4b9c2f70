/* memory_jemalloc.c -- small zones in slabs and in the shared arenas of jemalloc, large ones by
 * themselves (memory_huge.c). */
#include "zones/memory.h"

#include <jemalloc/jemalloc.h>
#include <stdio.h>

#include "zones/memory_huge.h"
#include "zones/memory_slab.h"

/* Reading and compiling a zone, however small, takes some working memory of a hundred KiB at once:
 * a thread that goes through thousands of zones keeps it at hand (memory_tidy_thread()). As many
 * arenas as zones are read at a time, and not four for each CPU: every one of them hoards. */
const char *malloc_conf = "lg_tcache_max:18,narenas:4";

void *
memory_new(size_t len)
{
	if (len <= SLAB_OBJECT_LEN_MAX)
		return slab_object_new(len);
	if (len < MEMORY_LARGE_LEN)
		return mallocx(len, MALLOCX_ALIGN(64));
	return huge_new(len);
}

void
memory_free(void *memory, size_t len)
{
	if (memory == NULL)
		return;
	if (len <= SLAB_OBJECT_LEN_MAX) {
		slab_object_free(memory, len);
		return;
	}
	if (len < MEMORY_LARGE_LEN) {
		sdallocx(memory, len, MALLOCX_ALIGN(64));
		return;
	}
	huge_free(memory, len);
}

static void *
trim_to_slab(void *memory, size_t old_len, size_t len, size_t *kept_len)
{
	void *kept = slab_object_new(len);
	*kept_len = kept != NULL ? len : old_len;
	if (kept == NULL)
		return memory;
	memcpy(kept, memory, len);
	memory_free(memory, old_len);
	return kept;
}

void *
memory_trim(void *memory, size_t old_len, size_t len, size_t *kept_len)
{
	if (len <= SLAB_OBJECT_LEN_MAX && old_len < MEMORY_LARGE_LEN)
		return trim_to_slab(memory, old_len, len, kept_len);
	if (old_len < MEMORY_LARGE_LEN) {
		void *kept = rallocx(memory, len, MALLOCX_ALIGN(64));
		*kept_len = kept != NULL ? len : old_len;
		return kept != NULL ? kept : memory;
	}
	/* What frees the memory must still see that it is large. */
	*kept_len = len > MEMORY_LARGE_LEN ? len : MEMORY_LARGE_LEN;
	huge_trim(memory, old_len, *kept_len);
	return memory;
}

void
memory_tidy(void)
{
	char name[32];
	snprintf(name, sizeof(name), "arena.%u.purge", MALLCTL_ARENAS_ALL);
	mallctl(name, NULL, NULL, NULL, 0);
}

void
memory_tidy_thread(void)
{
	mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
}
