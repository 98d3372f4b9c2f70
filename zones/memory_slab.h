/* memory_slab.h -- memory for what is small and comes in hundreds of thousands: small zones.
 *
 * Threads:   any; safe to call from several at once. A lock is held for some ten instructions.
 * Memory:    in slabs of one length of object each, lengths 8 octets apart: what rounding up and
 *            bookkeeping cost is about one octet in a hundred, where a general allocator's classes
 *            cost ten. A slab goes when its last object does.
 * Errors:    NULL for want of memory.
 * Standards: none.
 */
#ifndef GLUED_ZONES_MEMORY_SLAB_H
#define GLUED_ZONES_MEMORY_SLAB_H

#include "zones/base.h"

enum {
	SLAB_UNIT = 8, /* what objects are aligned to */
	SLAB_OBJECT_LEN_MAX = 4096,
};

void *slab_object_new(size_t len);

/* `len` as it was asked for. */
void slab_object_free(void *object, size_t len);

#endif
