/* zone_sort.h -- the records of a zone as they were read, put into canonical order.
 *
 * Threads:   any; pure but for the array it sorts.
 * Memory:    zone_sort() takes as much again as the array, and only if it is out of order.
 * Errors:    want of memory.
 * Standards: RFC 4034 6.1 (owners), 6.3 (RDATA).
 */
#ifndef GLUED_ZONES_ZONE_SORT_H
#define GLUED_ZONES_ZONE_SORT_H

#include "zones/error.h"

struct zone_memory;

struct unsorted_rr {
	uint64_t sort_key;    /* of the owner: zone_sort_key() */
	const uint8_t *owner; /* lower case */
	uint32_t rdata;       /* in the zone's memory, as the place is */
	uint32_t place;
	uint32_t ttl;
	uint16_t rrtype;
};

/* The first octets of an owner in an encoding whose octet order is the canonical order of names:
 * most comparisons end there, without a look at the names. `relative_len` octets of `owner` stand
 * before the zone's apex. */
uint64_t zone_sort_key(const uint8_t *owner, size_t relative_len);

/* By owner, type, RDATA; records that are equal stay in the order of the file. Linear for what is
 * in order already, as most large zones are. */
NODISCARD enum status zone_sort(struct unsorted_rr *rrs, size_t count,
				const struct zone_memory *memory);

#endif
