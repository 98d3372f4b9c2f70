/* change.h -- the next version of a zone: the last one and a set of changes.
 *
 * Threads:   deriving: the pool, one derivation at a time for each zone, while any thread reads the
 *            version before. The result is immutable like any other.
 * Memory:    the versions of a large zone share its store: what a change does not touch is there
 *            once. A small zone's store is copied, and compacted when that is worth while; that of
 *            a large one is copied where it is dense and has no room for the set.
 * Errors:    nothing has happened: `error` says which change or name is at fault, or STATUS_LIMIT
 *            that the store has no room (compact.h makes some, for large zones the caller's task).
 * Standards: RFC 2136 3.4.2, RFC 1995; RFC 1034 3.6.2, 4.2.1; RFC 2181 5; RFC 4592; RFC 6672 2.3.
 *
 * The result answers as a compilation of the changed zone's records would. What that takes, in time
 * and in the store:
 *
 *   each changed owner   its node and those above it, and of their tries the cells on the way; the
 *                        templates, there and above, that additional data is a part of
 *   a host's address     beside that the host alone, however many RRsets point at it (host.h)
 *   a zone cut or DNAME  that comes or goes: beside that, each name below it, which it hides or
 *                        reveals
 *
 * It does not depend on the size of the zone but for the depth of its tries: the order of the
 * logarithm of the number of children that a name has.
 *
 * RRsets that point at a name that did not exist when their template was made have none, and keep
 * having none when the name appears: the composer answers, and the next compaction makes up for it
 * (compact.h).
 */
#ifndef GLUED_ZONES_CHANGE_H
#define GLUED_ZONES_CHANGE_H

#include "zones/version.h"

enum change_kind {
	/* The RRset gets the TTL of the record, also where the record is there already. */
	CHANGE_ADD,
	CHANGE_DELETE_RR,    /* whatever its TTL */
	CHANGE_DELETE_RRSET, /* no RDATA */
	CHANGE_DELETE_NAME,  /* all RRsets of the owner; no type, no RDATA */
};

struct change {
	enum change_kind kind;
	uint32_t ttl;
	uint16_t rrtype;
	uint16_t rdlen;
	const uint8_t *owner; /* a valid name, of any case */
	const uint8_t *rdata;
};

/* Changes that changed nothing are no errors, but a secondary whose zone differs from its primary's
 * may know by them. */
struct change_report {
	size_t repeated_count; /* records added that were there */
	size_t absent_count;   /* records deleted one by one that were not */
	size_t owner_count;    /* owners whose RRsets are not what they were */
};

/* Applies `changes` in their order and checks the outcome as a whole: what zone_read() would refuse
 * is STATUS_REFUSED (a digest of the whole zone, ZONEMD, is not computed again), a change that is
 * no good by itself STATUS_INVALID. `report` may be NULL. */
NODISCARD enum status zone_version_derive(const struct zone_version *from,
					  const struct change *changes, size_t count,
					  struct zone_version **out, struct change_report *report,
					  struct error *error);

#endif
