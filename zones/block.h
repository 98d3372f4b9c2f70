/* block.h -- the block that a version is built in: append, refer, patch; then sealed to its exact
 * size.
 *
 * Threads:   one at a time (the pool's).
 * Memory:    owned by struct block until block_seal() hands it over or block_fini() drops it.
 * Errors:    STATUS_NO_MEMORY, also past the 32 GiB that a reference reaches.
 * Standards: none.
 */
#ifndef GLUED_ZONES_BLOCK_H
#define GLUED_ZONES_BLOCK_H

#include "zones/version.h"

struct block {
	uint8_t *octets; /* moves when the block grows: keep references, not pointers */
	size_t len;
	size_t cap;

	/* what was interned: open addressing, references by content */
	ref *slots;
	size_t slot_cap; /* a power of two */
	size_t slot_count;
};

NODISCARD enum status block_init(struct block *block, size_t expected_len);
void block_fini(struct block *block);

static inline void *
block_at(const struct block *block, ref reference)
{
	return block->octets + (size_t)reference * REF_UNIT;
}

/* `len` octets of zeroes at the end. */
NODISCARD enum status block_append(struct block *block, size_t len, ref *out);

/* A reference to octets equal to these: those of an earlier call, or a copy. */
NODISCARD enum status block_intern(struct block *block, const void *octets, size_t len, ref *out);

/* Moves the content into memory of its exact size (memory.h); the block is empty afterwards. */
NODISCARD enum status block_seal(struct block *block, uint8_t **out, size_t *out_len);

#endif
