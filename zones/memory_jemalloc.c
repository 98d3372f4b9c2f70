/* memory_jemalloc.c -- jemalloc: an arena per large zone, the shared arenas for the rest but for
 * what is small, which lies in slabs (memory_slab.c). */
#include "zones/memory.h"

#include <jemalloc/jemalloc.h>
#include <stdio.h>
#include <sys/mman.h>

#include "zones/memory_slab.h"

enum { HUGE_PAGE_LEN = 2 << 20 };

/* Stands before a large zone's octets, on a cache line of its own. */
struct large_header {
	unsigned arena;
	uint8_t padding[60];
};
_Static_assert(sizeof(struct large_header) == 64, "the zone behind it stays on cache lines");

static void *
extent_alloc(extent_hooks_t *hooks, void *new_addr, size_t size, size_t alignment, bool *zero,
	     bool *commit, unsigned arena)
{
	(void)hooks;
	(void)arena;
	if (new_addr != NULL)
		return NULL;
	if (alignment < HUGE_PAGE_LEN)
		alignment = HUGE_PAGE_LEN;

	size_t mapped_len = size + alignment;
	uint8_t *mapped = mmap(NULL, mapped_len, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mapped == MAP_FAILED)
		return NULL;
	uint8_t *aligned = (uint8_t *)(((uintptr_t)mapped + alignment - 1) & ~(alignment - 1));
	if (aligned > mapped)
		munmap(mapped, (size_t)(aligned - mapped));
	uint8_t *end = aligned + size;
	if (end < mapped + mapped_len)
		munmap(end, (size_t)(mapped + mapped_len - end));
	madvise(aligned, size, MADV_HUGEPAGE); /* advice: where it is refused, small pages serve */
	*zero = true;
	*commit = true;
	return aligned;
}

static bool
extent_dalloc(extent_hooks_t *hooks, void *addr, size_t size, bool committed, unsigned arena)
{
	(void)hooks;
	(void)committed;
	(void)arena;
	return munmap(addr, size) != 0;
}

static void
extent_destroy(extent_hooks_t *hooks, void *addr, size_t size, bool committed, unsigned arena)
{
	extent_dalloc(hooks, addr, size, committed, arena);
}

/* Any part of a mapping can be unmapped by itself, so an extent may be cut and joined at will.
 * Without these two jemalloc loses the rest of an extent that it made larger than asked for. */
static bool
extent_split(extent_hooks_t *hooks, void *addr, size_t size, size_t size_a, size_t size_b,
	     bool committed, unsigned arena)
{
	(void)hooks, (void)addr, (void)size, (void)size_a, (void)size_b, (void)committed,
	    (void)arena;
	return false;
}

static bool
extent_merge(extent_hooks_t *hooks, void *addr_a, size_t size_a, void *addr_b, size_t size_b,
	     bool committed, unsigned arena)
{
	(void)hooks, (void)addr_a, (void)size_a, (void)addr_b, (void)size_b, (void)committed,
	    (void)arena;
	return false;
}

/* The hooks not named are "no": memory is committed and stays so until it is unmapped. */
static extent_hooks_t zone_extent_hooks = {
    .alloc = extent_alloc,
    .dalloc = extent_dalloc,
    .destroy = extent_destroy,
    .split = extent_split,
    .merge = extent_merge,
};

static bool
arena_new(unsigned *arena)
{
	extent_hooks_t *hooks = &zone_extent_hooks;
	size_t arena_len = sizeof(*arena);
	return mallctl("arenas.create", arena, &arena_len, &hooks, sizeof(hooks)) == 0;
}

static void
arena_destroy(unsigned arena)
{
	char name[32];
	snprintf(name, sizeof(name), "arena.%u.destroy", arena);
	mallctl(name, NULL, NULL, NULL, 0);
}

void *
memory_new(size_t len)
{
	if (len <= SLAB_OBJECT_LEN_MAX)
		return slab_object_new(len);
	if (len < MEMORY_LARGE_LEN)
		return mallocx(len, MALLOCX_ALIGN(64));

	unsigned arena;
	if (!arena_new(&arena))
		return NULL;
	struct large_header *header = mallocx(
	    sizeof(*header) + len, MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE | MALLOCX_ALIGN(64));
	if (header == NULL) {
		arena_destroy(arena);
		return NULL;
	}
	header->arena = arena;
	return header + 1;
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
	arena_destroy(((struct large_header *)memory - 1)->arena);
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
	struct large_header *header = (struct large_header *)memory - 1;
	xallocx(header, sizeof(*header) + *kept_len, 0,
		MALLOCX_ARENA(header->arena) | MALLOCX_TCACHE_NONE | MALLOCX_ALIGN(64));
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
