/* additional.h -- the addresses that go with name servers, mail exchangers and services.
 *
 * Threads:   any; reads an immutable version.
 * Memory:    allocates nothing.
 * Errors:    none; what does not fit is reported.
 * Standards: RFC 1034 4.3.2 step 6, RFC 2782, RFC 9471 (glue), KB838151 (the SOA's MNAME).
 */
#ifndef GLUED_ZONES_ADDITIONAL_H
#define GLUED_ZONES_ADDITIONAL_H

#include "zones/section.h"

/* Adds what the zone has for the targets of an RRset in an answer (rdata_additional() says what,
 * for most types addresses): optional, so what does not fit is left out. False if something was.
 * `owner` is where the RRset stands, NULL: the QNAME. */
bool additional_put(struct section_writer *writer, const struct zone_version *version,
		    const uint8_t *owner, const struct rrset *rrset);

/* Do records of the RRset mean their owner's addresses (SVCB's ".")? Then the answers that a
 * wildcard gives to different names differ in more than the QNAME. */
bool additional_has_owner(const struct rrset *rrset);

enum additional_fit {
	ADDITIONAL_ALL,
	ADDITIONAL_SOME,         /* only what is optional was left out */
	ADDITIONAL_GLUE_MISSING, /* the response must say so with TC (RFC 9471 3.1) */
};

/* Adds glue for a referral's NS RRset, then the zone's other addresses for its name servers. */
enum additional_fit additional_put_glue(struct section_writer *writer,
					const struct zone_version *version, const struct rrset *ns);

#endif
