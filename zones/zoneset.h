/* zoneset.h -- apex name to zone version; longest match.
 *
 * Threads:   a set is built and freed on the control thread, and read by any thread without locks:
 *            it never changes once built. A new set shares with the one it was derived from all but
 *            what the change touches.
 * Memory:    a set owns its directory and the buckets it does not share; it never owns zone
 *            versions.
 * Errors:    building fails for want of memory; finding cannot fail.
 * Standards: RFC 1034 4.3.2 step 2 ("the zone which is the nearest ancestor to QNAME").
 */
#ifndef GLUED_ZONES_ZONESET_H
#define GLUED_ZONES_ZONESET_H

#include "zones/trie.h"

struct zoneset;

/* One zone of a set. */
struct zoneset_member {
	const uint8_t *apex;                /* lower case */
	const struct zone_version *version; /* NULL: configured here but not available: SERVFAIL */
};

/* A set of `count` members, no two of one apex. */
NODISCARD enum status zoneset_new(const struct zoneset_member *members, size_t count,
				  struct zoneset **out);

/* The set in which each of `count` members, no two of one apex, takes the place of the member with
 * its apex, or joins. Costs, for n zones in the set, in the order of the square root of n and of
 * that again for each member. */
NODISCARD enum status zoneset_derive(const struct zoneset *set,
				     const struct zoneset_member *members, size_t count,
				     struct zoneset **out);

void zoneset_free(struct zoneset *set);

size_t zoneset_count(const struct zoneset *set);

/* The member whose apex is the longest suffix of `qname`, not counting the first
 * `skip_labels` labels as candidates (1 finds the parent's zone for a DS question at an apex, RFC
 * 4035 3.1.4.1); with the apex NULL: none. */
struct zoneset_member zoneset_find(const struct zoneset *set, const struct split_name *qname,
				   unsigned skip_labels);

/* The same for a name (any case) that is not cut at its labels yet. */
struct zoneset_member zoneset_find_dname(const struct zoneset *set, const uint8_t *dname,
					 unsigned skip_labels);

#endif
