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
