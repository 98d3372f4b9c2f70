/* memory_malloc.c -- plain malloc, for builds whose sanitizer wants to see every block. */
#include "zones/memory.h"

#include <stdlib.h>

void *
memory_new(size_t len)
{
	return malloc(len);
}

void
memory_free(void *memory, size_t len)
{
	(void)len;
	free(memory);
}

void *
memory_trim(void *memory, size_t old_len, size_t len, size_t *kept_len)
{
	void *kept = old_len < MEMORY_LARGE_LEN ? realloc(memory, len) : NULL;
	*kept_len = kept != NULL ? len : old_len;
	return kept != NULL ? kept : memory;
}

void
memory_tidy(void)
{
}

void
memory_tidy_thread(void)
{
}
