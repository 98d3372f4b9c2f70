/* zone.h -- the records of one zone, read, sorted and checked: what the compiler compiles.
 *
 * Threads:   built and used by one thread at a time (the pool's).
 * Memory:    owned by struct zone, freed at once by zone_free(); pointers into it die then.
 * Errors:    zone_read() reports findings; only a zone without errors comes back.
 * Standards: RFC 1034 3.6, 4.2.1; RFC 1035 5.2; RFC 2181 5; RFC 4034 6 (order).
 */
#ifndef GLUED_ZONES_ZONE_H
#define GLUED_ZONES_ZONE_H

#include "zones/dns.h"
#include "zones/error.h"
#include "zones/finding.h"

struct zone_rr {
	const uint8_t *rdata; /* wire form, names uncompressed, case as written */
	const char *file;     /* where it was read: for findings; NULL if not from a file */
	uint32_t line;
	uint16_t column; /* larger ones read as 65535 */
	uint16_t rdlen;
};

/* One RRset; its records are rrs[first_rr_idx .. +rr_count), in canonical RDATA order, no two the
 * same. */
struct zone_rrset {
	const uint8_t
	    *owner; /* wire form, lower case; the same pointer for all RRsets of one owner */
	size_t first_rr_idx;
	uint32_t rr_count;
	uint32_t ttl;
	uint16_t rrtype;
};

struct zone {
	uint8_t origin[DNAME_LEN_MAX]; /* the apex, lower case */
	struct zone_rrset *rrsets;     /* by owner in canonical order, then by type code */
	size_t rrset_count;
	struct zone_rr *rrs;
	size_t rr_count;
	size_t name_count; /* distinct owner names, empty non-terminals not counted */
	struct zone_memory *memory;
};

/* Reads and checks the zone `origin` from `path`. STATUS_OK: *out is the zone, which has a SOA and
 * NS at its apex and no errors (there may be warnings). Otherwise findings->error_count > 0, or out
 * of memory. */
NODISCARD enum status zone_read(const uint8_t *origin, const char *path, struct findings *findings,
				struct zone **out);

/* The same from text in memory. */
NODISCARD enum status zone_read_text(const uint8_t *origin, const char *name, const char *text,
				     size_t len, struct findings *findings, struct zone **out);

void zone_free(struct zone *zone);

/* The RRset of an owner (any case) and type, or NULL: a binary search. */
const struct zone_rrset *zone_find(const struct zone *zone, const uint8_t *owner, uint16_t rrtype);

#endif
