/* zone_memory.h -- where a zone that was read keeps its names and RDATA: chunks, filled from the
 * front, freed at once.
 *
 * Threads:   a struct zone_memory belongs to one thread.
 * Memory:    what zone_memory_copy() returns lives until zone_memory_free().
 * Errors:    NULL for want of memory.
 * Standards: none.
 */
#ifndef GLUED_ZONES_ZONE_MEMORY_H
#define GLUED_ZONES_ZONE_MEMORY_H

#include "zones/base.h"

struct zone_memory;

struct zone_memory *zone_memory_new(void);
void zone_memory_free(struct zone_memory *memory);

/* A copy of `len` octets, aligned to nothing. */
uint8_t *zone_memory_copy(struct zone_memory *memory, const void *octets, size_t len);

#endif
