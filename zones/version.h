/* version.h -- one compiled, immutable state of a zone, and how its parts lie in memory.
 *
 * Threads:   zone_version_compile() and _free() on the pool; everything else by any thread, without
 *            locks: after publish nothing in a version changes.
 * Memory:    a version is one block (zones/memory.h), freed at once. Inside it everything is
 *            addressed by 32-bit references, never pointers, so that the block can be written to
 *            disk as it is.
 * Errors:    compiling fails only for want of memory or past the format's limits.
 * Standards: RFC 1034 4.3.2 is what the layout serves; RFC 4034 6.1 is its order.
 *
 * The block, in units of 8 octets; reference 0 is the header and so means "none" elsewhere:
 *
 *   header      struct zone_image
 *   nodes       struct node each: one per existing name, empty non-terminals included
 *   cells       the tries that hang children below nodes (trie.h)
 *   RRsets      struct rrset each: records in wire form
 *   templates   struct template each: precompiled sections (template.h), equal ones stored once
 */
#ifndef GLUED_ZONES_VERSION_H
#define GLUED_ZONES_VERSION_H

#include <assert.h>

#include "zones/zone.h"

typedef uint32_t ref;

enum { REF_UNIT = 8, REF_NONE = 0 };

enum node_flag {
	NODE_CUT = 1u << 0,   /* a delegation point: NS, and not the apex */
	NODE_DNAME = 1u << 1, /* owns a DNAME */
	NODE_CNAME = 1u << 2, /* owns a CNAME */
	NODE_APEX = 1u << 3,
	NODE_OCCLUDED =
	    1u << 4, /* below a cut or a DNAME: never found by a walk that stops at them */
	NODE_WILDCARD = 1u << 5, /* its label is "*" */
};

enum entry_flag {
	/* A CNAME whose target lies in this zone: the answer goes on there (RFC 1034 4.3.2 step
	   3a). */
	ENTRY_CHAINS = 1u << 0,
};

/* One type at one owner. */
struct node_entry {
	uint16_t rrtype;
	uint16_t flags;
	ref rrset;
	ref template; /* of the answer to (owner, rrtype); at a cut NS has the referral; REF_NONE:
			 compose it */
};

/* A name. Children hang in a trie of their own, keyed by their label. */
struct node {
	ref children; /* root cell of the trie, or REF_NONE */
	ref wildcard; /* the child node "*", or REF_NONE */
	uint16_t entry_count;
	uint8_t flags;
	uint8_t label_len;
	struct node_entry entries[]; /* by rrtype; then label_len octets of label, lower case */
};

struct rrset {
	uint32_t ttl;
	uint32_t data_len;
	uint32_t rr_count;
	uint16_t rrtype;
	uint8_t reserved[2];
	uint8_t data[]; /* rr_count times: RDLENGTH (network order) and RDATA, names uncompressed */
};

static_assert(sizeof(struct node) == 12,
	      "a delegation's node, entry and label stay within 40 octets");
static_assert(sizeof(struct node_entry) == 12, "");
static_assert(sizeof(struct rrset) == 16, "");

/* The first octets of the block. */
struct zone_image {
	uint64_t len; /* of the whole block */
	ref apex;     /* node */
	ref negative; /* template: SOA in the authority section, for NODATA and NXDOMAIN */
	ref soa;      /* RRset */
	uint32_t serial;
	uint64_t name_count; /* owner names with records */
	uint64_t node_count;
	uint64_t rr_count;
	uint64_t template_count;
	uint8_t origin_len;
	uint8_t origin_labels; /* without the root */
	uint8_t origin[DNAME_LEN_MAX + 1];
};

struct zone_version {
	const uint8_t *base; /* the block */
	uint8_t *memory;     /* the same, for who frees it */
	size_t len;
};

static inline const void *
version_at(const struct zone_version *version, ref reference)
{
	return version->base + (size_t)reference * REF_UNIT;
}

static inline const struct zone_image *
version_image(const struct zone_version *version)
{
	return (const struct zone_image *)version->base;
}

static inline const struct node *
version_node(const struct zone_version *version, ref reference)
{
	return version_at(version, reference);
}

static inline const uint8_t *
node_label(const struct node *node)
{
	return (const uint8_t *)&node->entries[node->entry_count];
}

/* The entry of a type, or NULL. */
const struct node_entry *node_find(const struct node *node, uint16_t rrtype);

/* The records of an RRset in turn: for (r = rr_first(set); r.rdata; r = rr_next(set, r)). */
struct rr_cursor {
	const uint8_t *rdata; /* NULL past the last */
	uint16_t rdlen;
};
struct rr_cursor rr_first(const struct rrset *rrset);
struct rr_cursor rr_next(const struct rrset *rrset, struct rr_cursor at);

/* Compiles a zone that zone_read() accepted. *out is owned by the caller. `zone` is only read. */
NODISCARD enum status zone_version_compile(const struct zone *zone, struct zone_version **out,
					   struct error *error);

void zone_version_free(struct zone_version *version);

#endif
