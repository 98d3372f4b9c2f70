/* usage.h -- where the octets of a zone version go.
 *
 * Threads:   any; reads a version that nobody changes meanwhile.
 * Memory:    one bit for each four octets of the store, given back before returning.
 * Errors:    no memory.
 * Standards: none.
 */
#ifndef GLUED_ZONES_USAGE_H
#define GLUED_ZONES_USAGE_H

#include "zones/version.h"

/* One row a part of the store: identifier, name, what it is. Each octet counts once. */
#define USAGE_PARTS(X) \
	X(NODE, "nodes", "the fixed part of a name") \
	X(LABEL, "labels", "the octets of a name's first label") \
	X(ENTRY, "entries", "the types at a name") \
	X(CELL, "cells", "the tries below names") \
	X(RRSET, "rrsets", "records in wire form") \
	X(TEMPLATE, "templates", "precompiled answers") \
	X(HOST, "hosts", "addresses that records elsewhere in the zone need") \
	X(HOST_TABLE, "host table", "numbers of hosts") \
	X(HEADER, "header", "where all else begins") \
	X(PADDING, "padding", "octets that fill a unit") \
	X(UNUSED, "unused", "spans not filled, and what earlier versions left")

enum usage_part {
#define USAGE_PART_ENUM(identifier, name, help) USAGE_##identifier,
	USAGE_PARTS(USAGE_PART_ENUM)
#undef USAGE_PART_ENUM
	    USAGE_PART_COUNT
};

struct usage {
	uint64_t octets[USAGE_PART_COUNT]; /* their sum is the store's length */
	uint64_t counts[USAGE_PART_COUNT]; /* how many of each; of the last two, none */

	uint64_t name_count;       /* owner names with records */
	uint64_t ent_count;        /* empty non-terminals */
	uint64_t delegation_count; /* occluded ones included */
	uint64_t rrset_count;      /* as the zone has them; counts[USAGE_RRSET] are stored */
	uint64_t rr_count;
	uint64_t templated_count; /* RRsets that are answered by template; counts[] are stored */
	uint64_t plain_count;     /* RRsets that are their own answer */

	/* Units of the store that two things lie in: none, or the version is broken. */
	uint64_t overlap_count;
};

NODISCARD enum status usage_of(const struct zone_version *version, struct usage *out);

const char *usage_part_name(enum usage_part part);

#endif
