/* intern.h -- things laid down once: found again by their octets.
 *
 * Threads:   one at a time.
 * Memory:    what is interned lies in the store; the table of it is the interner's.
 * Errors:    no memory, or a full store.
 * Standards: none.
 */
#ifndef GLUED_ZONES_INTERN_H
#define GLUED_ZONES_INTERN_H

#include "zones/store.h"

struct intern_slot {
	uint32_t hash;
	ref ref; /* REF_NONE: free */
};

struct intern {
	struct store_writer *writer;
	size_t (*len_of)(const void *octets); /* of what lies in the store */
	struct intern_slot *slots;
	size_t slot_cap; /* a power of two */
	size_t slot_count;
};

NODISCARD enum status intern_init(struct intern *intern, struct store_writer *writer,
				  size_t (*len_of)(const void *octets));
void intern_fini(struct intern *intern);

/* A reference to octets equal to these, which are laid down if there are none yet. */
NODISCARD enum status intern_put(struct intern *intern, const void *octets, size_t len, ref *out);

/* Of octets behind others, whose hash, or 0, is `before`. Its lower half is as good as all of it.
 */
uint64_t octets_hash(uint64_t before, const void *octets, size_t len);

/* Makes known what lies there already. */
NODISCARD enum status intern_know(struct intern *intern, ref reference);

#endif
