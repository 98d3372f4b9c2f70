/* check_dnssec.h -- does the DNSSEC of a zone hold together, and does its digest?
 *
 * Threads:   any; the zone is only read. Verifying signatures is shared out through `jobs`.
 * Memory:    while it runs, 16 octets for each NSEC3 record, and one for each record if signatures
 *            are verified.
 * Errors:    each fault becomes a finding; the status says only whether there was memory.
 * Standards: RFC 4034, 4035 2, 5155 7.1, 6840, 9276 (denials and signatures); RFC 7344, 8078 (CDS);
 *            RFC 8976 (ZONEMD).
 * Cost:      linear in the zone: each record is looked at once, each name hashed at most once for
 *            each NSEC3 chain.
 */
#ifndef GLUED_ZONES_CHECK_DNSSEC_H
#define GLUED_ZONES_CHECK_DNSSEC_H

#include "zones/zone.h"

struct dnssec_options {
	uint32_t now; /* seconds since 1970, for what begins and expires; 0: nothing does */
	unsigned nsec3_iterations_max; /* what a denial may cost; NSEC3_ITERATIONS_ANY */
	bool verifies_signatures;      /* with the keys; else only what they say of themselves */
	struct jobs *jobs;             /* for that; NULL: one after the other */
};

/* Is there a DNSKEY, RRSIG, NSEC or NSEC3PARAM at the apex? A zone without them is no signed zone,
 * and DNSSEC's types elsewhere in it are data like any other. */
bool zone_is_signed(const struct zone *zone);

/* Checks the signatures, keys and denials of a zone that zone_read() returned, if it is signed, and
 * its ZONEMD records, if it has some. STATUS_INVALID: there was an error among the findings, and
 * the zone is not to be served. */
NODISCARD enum status check_dnssec(const struct zone *zone, const struct dnssec_options *options,
				   struct findings *findings);

#endif
