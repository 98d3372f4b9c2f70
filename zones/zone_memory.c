/* zone_memory.c -- chunks of octets (used by zone.c). */
#include "zones/zone_memory.h"

#include <stdlib.h>

enum {
	/* The first chunk suits one of 200,000 small zones; each further one is twice as large, up
	 * to what makes a system call per chunk disappear beside the filling of it. */
	CHUNK_LEN_MIN = 4 << 10,
	CHUNK_LEN_MAX = 1 << 20,
};

struct chunk {
	struct chunk *before;
	uint8_t octets[];
};

struct zone_memory {
	struct chunk *chunk;
	size_t used;
	size_t cap;
};

struct zone_memory *
zone_memory_new(void)
{
	return calloc(1, sizeof(struct zone_memory));
}

void
zone_memory_free(struct zone_memory *memory)
{
	if (memory == NULL)
		return;
	while (memory->chunk != NULL) {
		struct chunk *before = memory->chunk->before;
		free(memory->chunk);
		memory->chunk = before;
	}
	free(memory);
}

static bool
chunk_add(struct zone_memory *memory, size_t len)
{
	size_t cap = memory->cap == 0 ? CHUNK_LEN_MIN : 2 * memory->cap;
	if (cap > CHUNK_LEN_MAX)
		cap = CHUNK_LEN_MAX;
	if (cap < len)
		cap = len;
	struct chunk *chunk = malloc(sizeof(*chunk) + cap);
	if (chunk == NULL)
		return false;
	chunk->before = memory->chunk;
	memory->chunk = chunk;
	memory->used = 0;
	memory->cap = cap;
	return true;
}

uint8_t *
zone_memory_copy(struct zone_memory *memory, const void *octets, size_t len)
{
	if (memory->cap - memory->used < len || memory->chunk == NULL) {
		if (!chunk_add(memory, len))
			return NULL;
	}
	uint8_t *copy = memory->chunk->octets + memory->used;
	memcpy(copy, octets, len);
	memory->used += len;
	return copy;
}
