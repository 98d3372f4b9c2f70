/* zone_index.h -- the owners of a zone, found by name (used by check.c).
 *
 * Threads:   any may search at once, once it is built.
 * Memory:    a quarter of an octet an RRset.
 * Errors:    want of memory.
 * Standards: RFC 4034 6.1 (order).
 *
 * The RRsets are in order and could be searched as they are, but each comparison would look at an
 * RRset and a name that are in no cache. The beginnings of every 32nd owner stand together here. A
 * hash table would be a little faster, and its collisions at the mercy of whoever writes the zone.
 */
#ifndef GLUED_ZONES_ZONE_INDEX_H
#define GLUED_ZONES_ZONE_INDEX_H

#include "zones/zone.h"

enum { ZONE_INDEX_FEW_KEYS = 8 };

struct zone_index {
	const struct zone *zone;
	size_t origin_len;
	uint64_t *keys; /* zone_sort_key() of every ZONE_INDEX_STEPth RRset's owner */
	size_t key_count;
	uint64_t few_keys[ZONE_INDEX_FEW_KEYS]; /* which `keys` are, if they fit */
};

/* An owner and its RRsets. */
struct zone_owner {
	const uint8_t *dname; /* NULL: there is none */
	const struct zone_rrset *sets;
	size_t set_count;
};

NODISCARD enum status zone_index_init(struct zone_index *index, const struct zone *zone);
void zone_index_fini(struct zone_index *index);

/* The owner whose first RRset is zone->rrsets[rrset_idx]. */
struct zone_owner zone_index_owner(const struct zone_index *index, size_t rrset_idx);

/* The owner `dname` (any case), which lies within the zone; *rrset_idx is where its RRsets are or
 * would be. It is looked for at `near`, an owner's first RRset, and shortly behind before anywhere
 * else. */
struct zone_owner zone_index_find(const struct zone_index *index, const uint8_t *dname, size_t near,
				  size_t *rrset_idx);

#endif
