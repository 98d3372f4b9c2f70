/* zone_settle.h -- runs of records to the RRsets of a zone: in canonical order, each once (stage 4
 * of 5 of reading a zone; before: zone_read.c, next: check.c).
 *
 * Threads:   shares its work out through `jobs`.
 * Memory:    for what comes in order a few octets; else 16 an RRset and a second set of arrays.
 * Errors:    duplicates and TTLs that differ become findings, in canonical order; want of memory.
 * Standards: RFC 2181 5; RFC 4034 6.
 */
#ifndef GLUED_ZONES_ZONE_SETTLE_H
#define GLUED_ZONES_ZONE_SETTLE_H

#include "zones/zone.h"

NODISCARD enum status zone_settle(struct zone *zone, bool is_sorted, struct jobs *jobs,
				  struct findings *findings);

#endif
