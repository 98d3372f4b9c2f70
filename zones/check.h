/* check.h -- does a zone make sense as a whole? The faults no single record shows.
 *
 * Threads:   shares its work out through `jobs`; the zone is only read.
 * Memory:    takes a sparse index of the owners while it runs (zone_index.h).
 * Errors:    each fault becomes a finding; the status says only whether there was memory.
 * Standards: RFC 1034 3.6.2, 4.2.1; RFC 2181 6.1, 10.3; RFC 6672 2.3, 2.4; RFC 7505; RFC 9471; and
 *            the promises about Q160459 (glue) and Q244132 (unreachable addresses).
 */
#ifndef GLUED_ZONES_CHECK_H
#define GLUED_ZONES_CHECK_H

#include "zones/zone.h"

/* What the zone does not say of itself. */
struct check_context {
	const char *path; /* where findings about what is missing from the zone point */
	bool is_complete; /* false: some records could not be read; nothing is reported missing */
};

NODISCARD enum status check_zone(const struct zone *zone, const struct check_context *context,
				 struct jobs *jobs, struct findings *findings);

/* RFC 1034 3.6.2 and its exceptions: may this type stand beside a CNAME? */
bool check_is_allowed_beside_cname(uint16_t rrtype);

/* May it stand beside an NSEC3 whose owner is a hash? Such an owner is none of the zone's names
 * (denial.h). */
bool check_is_allowed_beside_nsec3(uint16_t rrtype);

/* RFC 6672 2.4: nothing lies below a DNAME but proofs of that. */
bool check_is_allowed_below_dname(uint16_t rrtype);

#endif
