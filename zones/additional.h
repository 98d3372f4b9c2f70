/* additional.h -- the addresses that go with name servers, mail exchangers and services.
 *
 * Threads:   any; reads an immutable version.
 * Memory:    allocates nothing.
 * Errors:    none; what does not fit is reported.
 * Standards: RFC 1034 4.3.2 step 6, RFC 2782, RFC 4035 3.1.1 (signatures), RFC 9471 (glue),
 * KB838151 (the SOA's MNAME).
 *
 * Their order: first what lies at or below the owner of the RRset; in a referral then other glue;
 * then the rest; among these, that of the RRset. Templates depend on it (template.h).
 */
#ifndef GLUED_ZONES_ADDITIONAL_H
#define GLUED_ZONES_ADDITIONAL_H

#include "zones/section.h"

/* What a zone knows about a name that an RRset points at. */
struct additional_target {
	const uint8_t *dname;
	const uint16_t *rrtypes; /* wanted, ended by 0 */
	const struct node *node; /* whose records they are, or NULL */
	bool is_inside;          /* the name lies within the zone */
	bool is_own;             /* it lies at or below the RRset's owner */
	bool is_synthesized;     /* node is the wildcard that answers for it */
	bool is_glue;            /* node lies below a zone cut */
};

/* Far more targets than an answer has. */
enum { ADDITIONAL_TARGETS_MAX = 256 };

/* The targets of an RRset, each once. */
struct additional_targets {
	struct additional_target entries[ADDITIONAL_TARGETS_MAX];
	unsigned count;
	struct rr_cursor rest; /* rdata NULL: these are all */
};

/* An RRset and where it stands, as the answer shows it. */
struct placed_rrset {
	const struct zone_version *version;
	const uint8_t *owner;
	const struct node *node; /* the owner's, or NULL: it is synthesized */
	const struct rrset *rrset;
	bool is_signed; /* what is added goes with its signatures */
};

/* Those of the records from `from` on; what the zone knows about them is still to be looked up. */
void additional_targets_set(struct additional_targets *targets, const struct placed_rrset *placed,
			    struct rr_cursor from);
void additional_targets_find(struct additional_targets *targets, const struct placed_rrset *placed);

/* The same for a name alone: fills all but dname, rrtypes and is_own. */
void additional_target_find(const struct zone_version *version, const uint8_t *dname,
			    struct additional_target *target);

/* Does the target want A and AAAA records and nothing else? */
bool additional_wants_addresses(const struct additional_target *target);

/* Adds the records wanted of one target, with signatures if they are wanted and it is not glue: an
 * RRset and what signs it, or neither. False if some did not fit. `answered` is not said again: an
 * SVCB alias may lead to itself. */
bool additional_put_target(struct section_writer *writer, const struct placed_rrset *answered,
			   const struct additional_target *target);

/* Adds what the zone has for the targets of an RRset in an answer (rdata_additional() says what,
 * for most types addresses): optional, so what does not fit is left out. */
void additional_put(struct section_writer *writer, const struct placed_rrset *placed);

/* Do records of the RRset mean their owner's addresses (SVCB's ".")? Then the answers that a
 * wildcard gives to different names differ in more than the QNAME. */
bool additional_has_owner(const struct rrset *rrset);

/* Adds glue for a referral's NS RRset, which stands at the zone cut, then the zone's other
 * addresses for its name servers. False if glue did not fit: the response must say so with TC (RFC
 * 9471 3.1).
 */
bool additional_put_glue(struct section_writer *writer, const struct placed_rrset *ns);

#endif
