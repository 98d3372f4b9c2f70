/* zone_records.h -- a version's records, as those of a zone that was read.
 *
 * Threads:   the pool.
 * Memory:    the zone is the caller's and shares nothing with the version.
 * Errors:    no memory.
 * Standards: none.
 */
#ifndef GLUED_ZONES_ZONE_RECORDS_H
#define GLUED_ZONES_ZONE_RECORDS_H

#include "zones/version.h"

/* The records come with no place: for findings about them there is none to point at. */
NODISCARD enum status zone_from_version(const struct zone_version *version, struct zone **out);

#endif
