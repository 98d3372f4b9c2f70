/* host.h -- the hosts of a version: names that RRsets elsewhere in the zone point at, numbered,
 * with their addresses ready to be added to an answer.
 *
 * Threads:   building: the pool. Reading: any thread.
 * Memory:    all lies in the version's store.
 * Errors:    building fails for want of memory or room.
 * Standards: RFC 1034 4.3.2 step 6, RFC 9471.
 *
 * The address of one host may be glue, or additional data, for 100,000 names. Their templates
 * (template.h) therefore say only the host's number; a change of its address makes one struct host
 * and, of the table that numbers them, one page a level anew.
 *
 * Only what lies outside the owner's own branch of the tree is referred to that way: the addresses
 * of names at or below the owner are part of its template, which is made again when one of them
 * changes, but for those that are a host anyhow: in a signed zone all that have signatures. A
 * target that has no node, or is answered for by a wildcard, has no number: RRsets with such a
 * target have no template.
 */
#ifndef GLUED_ZONES_HOST_H
#define GLUED_ZONES_HOST_H

#include "zones/trie_edit.h"

enum host_flag {
	HOST_GLUE = 1u << 0, /* the addresses are a child zone's: below a zone cut */
	/* What the host adds cannot be said here: an answer that needs it is composed. */
	HOST_COMPOSE = 1u << 1,
	HOST_SIGNED = 1u << 2, /* struct host_signatures stands behind the records */
};

/* A records, then AAAA records, in wire form; each begins with a compression pointer to the host's
 * name that whoever answers has to set. */
struct host {
	uint16_t len; /* of the records */
	uint8_t rr_count;
	uint8_t flags;
	uint8_t records[];
};

/* Their RRSIGs, in the same form. */
struct host_signatures {
	uint8_t len[2]; /* network order; it is aligned to nothing */
	uint8_t rr_count;
	uint8_t records[];
};

/* NULL: there are none. */
static inline const struct host_signatures *
host_signatures(const struct host *host)
{
	if (!(host->flags & HOST_SIGNED))
		return NULL;
	return (const struct host_signatures *)(host->records + host->len);
}

/* Octets that a host takes in the store. */
static inline size_t
host_len(const struct host *host)
{
	const struct host_signatures *signatures = host_signatures(host);
	size_t len = sizeof(*host) + host->len;
	return signatures == NULL ? len : len + sizeof(*signatures) + be16_read(signatures->len);
}

/* The table is a tree of pages of references, all leaves equally deep; the last page of a level is
 * as long as need be. */
enum {
	HOST_PAGE_BITS = 8,
	HOST_PAGE_LEN = 1 << HOST_PAGE_BITS,
};

/* Levels of a table of so many hosts, at least one. */
static inline unsigned
host_table_depth(uint32_t host_count)
{
	unsigned depth = 1;
	for (uint32_t last = (host_count - 1) >> HOST_PAGE_BITS; last != 0; last >>= HOST_PAGE_BITS)
		depth++;
	return depth;
}

/* `idx` < host_count. */
static inline const struct host *
host_at(const struct zone_version *version, uint32_t idx)
{
	const struct zone_extra *extra = version_extra(version);
	ref at = extra->hosts;
	for (unsigned level = host_table_depth(extra->host_count); level-- > 0;) {
		const ref *page = version_at(version, at);
		at = page[idx >> (level * HOST_PAGE_BITS) & (HOST_PAGE_LEN - 1)];
	}
	return version_at(version, at);
}

/* Lays down the host that `dname`, a name in the zone, is at present. */
NODISCARD enum status host_lay(struct store_writer *writer, const struct zone_version *version,
			       const uint8_t *dname, ref *out);

/* Lays down the table of `count` hosts. */
NODISCARD enum status host_table_lay(struct store_writer *writer, const ref *hosts, uint32_t count,
				     ref *out);

/* Puts a host in the place `idx` of the table in `extra`, which an edit owns, or appends it: then
 * `idx` is host_count. */
NODISCARD enum status host_table_set(struct edit_space *space, struct zone_extra *extra,
				     uint32_t idx, ref host);

#endif
