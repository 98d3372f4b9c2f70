/* zone.h -- the records of one zone, read, sorted and checked: what the compiler compiles.
 *
 * Threads:   zone_read() shares its work out through `jobs`; then any may read, one may free.
 * Memory:    owned by struct zone, freed at once by zone_free(); pointers into it die then.
 * Errors:    zone_read() reports findings; only a zone without errors comes back.
 * Standards: RFC 1034 3.6, 4.2.1; RFC 1035 5.2; RFC 2181 5; RFC 4034 6 (order).
 */
#ifndef GLUED_ZONES_ZONE_H
#define GLUED_ZONES_ZONE_H

#include "zones/dns.h"
#include "zones/error.h"
#include "zones/finding.h"
#include "zones/jobs.h"
#include "zones/source_list.h"
#include "zones/zone_memory.h"

/* One record. What is the same for its RRset stands there; there are tens of millions of these. */
struct zone_rr {
	uint32_t
	    rdata; /* a reference: equal ones of a zone are equal RDATA, case in names included */
	uint32_t place; /* of its first token: for findings */
};
_Static_assert(sizeof(struct zone_rr) == 8, "what a record costs beside its RDATA");

/* One RRset; its records are in canonical RDATA order, no two the same. */
struct zone_rrset {
	const uint8_t
	    *owner; /* wire form, lower case; the same pointer for all RRsets of one owner */
	uint32_t first_rr_idx;
	uint32_t rr_count;
	uint32_t ttl;
	uint16_t rrtype;
};
_Static_assert(sizeof(struct zone_rrset) == 24, "what an RRset costs beside its owner's name");

enum { RRSET_RR_COUNT_MAX = UINT16_MAX };

struct zone {
	uint8_t origin[DNAME_LEN_MAX]; /* the apex, lower case */
	struct zone_rrset *rrsets;     /* by owner in canonical order, then by type code */
	size_t rrset_count;
	struct zone_rr *rrs; /* by RRset */
	size_t rr_count;
	size_t name_count; /* distinct owner names, empty non-terminals not counted */
	struct source_list
	    sources; /* the zone file and what it includes; of text only the latter */

	/* zone.c's */
	size_t rrset_cap;
	size_t rr_cap;
	struct zone_memory *memory;
};

/* The RDATA of a record, in wire form: names uncompressed, case as written. */
struct zone_rdata {
	const uint8_t *octets;
	uint16_t len;
};

/* The records of an RRset: rr_count of them. */
static inline const struct zone_rr *
zone_rrs(const struct zone *zone, const struct zone_rrset *set)
{
	return &zone->rrs[set->first_rr_idx];
}

static inline struct zone_rdata
zone_rdata(const struct zone *zone, const struct zone_rr *rr)
{
	const uint8_t *stored = zone_memory_at(zone->memory, rr->rdata);
	return (struct zone_rdata){stored + 2, be16_read(stored)};
}

/* The same with its length before it, in network order: 2 + zone_rdata().len octets. */
static inline const uint8_t *
zone_rdata_prefixed(const struct zone *zone, const struct zone_rr *rr)
{
	return zone_memory_at(zone->memory, rr->rdata);
}

static inline struct zone_place
zone_place(const struct zone *zone, const struct zone_rr *rr)
{
	return zone_memory_place_of(zone->memory, rr->place);
}

/* Reads and checks the zone `origin` from `path`, side by side if `jobs` has threads (NULL: it has
 * none). STATUS_OK: *out is the zone, which has a SOA and NS at its apex and no errors (there may
 * be warnings). Otherwise findings->error_count > 0, or out of memory. */
NODISCARD enum status zone_read(const uint8_t *origin, const char *path, struct jobs *jobs,
				struct findings *findings, struct zone **out);

/* Text in memory, and the name that findings carry. */
struct zone_text {
	const char *name;
	const char *text;
	size_t len;
};

/* The same from text in memory. */
NODISCARD enum status zone_read_text(const uint8_t *origin, const struct zone_text *text,
				     struct jobs *jobs, struct findings *findings,
				     struct zone **out);

/* The same read in another way (zone_read.h); without a text it is the file of that name. */
struct zone_reading;
NODISCARD enum status zone_read_with(const uint8_t *origin, const struct zone_text *text,
				     const struct zone_reading *reading, struct findings *findings,
				     struct zone **out);

void zone_free(struct zone *zone);

/* An RRset and its first record, known also when both are forgotten. */
struct zone_position {
	size_t rrset_idx;
	size_t rr_idx;
};

static inline struct zone_position
zone_position(const struct zone *zone, size_t rrset_idx)
{
	return (struct zone_position){rrset_idx, zone->rrsets[rrset_idx].first_rr_idx};
}

/* Gives back the memory of the RRsets from `first` to before `end_idx`, and of their records, but
 * not of owners and RDATA: nobody looks at them again. The RRset before `end_idx` is not forgotten
 * yet. Ranges that do not overlap may be forgotten side by side. */
void zone_forget(struct zone *zone, struct zone_position first, size_t end_idx);

/* A zone of nothing yet, for those who make zones, in order; NULL for want of memory. */
struct zone *zone_begin(const uint8_t *origin);

/* Room for so many RRsets and records, for the same. */
NODISCARD enum status zone_resize(struct zone *zone, size_t rrset_cap, size_t rr_cap);

/* The RRset of an owner (any case) and type, or NULL: a binary search. */
const struct zone_rrset *zone_find(const struct zone *zone, const uint8_t *owner, uint16_t rrtype);

#endif
