/* zone_sort.h -- the RRsets of a zone, as they were read, put into canonical order.
 *
 * Threads:   shares its work out through `jobs`.
 * Memory:    32 octets an RRset while it sorts, then a second set of arrays while they are filled.
 * Errors:    want of memory; the zone is then as it was.
 * Standards: RFC 4034 6.1.
 */
#ifndef GLUED_ZONES_ZONE_SORT_H
#define GLUED_ZONES_ZONE_SORT_H

#include "zones/zone.h"

/* The first octets of an owner in an encoding whose octet order is the canonical order of names:
 * most comparisons end there, without a look at the names. `relative_len` octets of `owner` stand
 * before the zone's apex. */
uint64_t zone_sort_key(const uint8_t *owner, size_t relative_len);

/* By owner and type; equal ones stay in the order of the file. The records follow. */
NODISCARD enum status zone_sort(struct zone *zone, struct jobs *jobs);

#endif
