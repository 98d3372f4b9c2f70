/* version.h -- one compiled, immutable state of a zone, and how its parts lie in memory.
 *
 * Threads:   zone_version_compile() and _free() on the pool; everything else by any thread, without
 *            locks: after publish nothing in a version changes.
 * Memory:    a version lies in a store (store.h), which it shares with the versions derived from it
 *            (change.h). Inside it everything is addressed by 32-bit references, never pointers, so
 *            that it can be written to disk as it is.
 * Errors:    compiling fails only for want of memory or past the format's limits.
 * Standards: RFC 1034 4.3.2 is what the layout serves; RFC 4034 6.1 is its order.
 *
 * What a store holds, in any order; reference 0 means "none":
 *
 *   header      struct zone_image, one a version: where everything else begins; and struct
 *               zone_extra, where there is need of one
 *   nodes       struct node each: one per existing name, empty non-terminals included
 *   cells       the tries that hang children below nodes (trie.h)
 *   RRsets      struct rrset each: records in wire form
 *   templates   struct template each: precompiled sections (template.h)
 *   hosts       struct host each: the addresses of a name that RRsets elsewhere in the zone
 *               point at, and the table that numbers them (host.h)
 *
 * Equal templates are stored once, and so are equal RRsets, but for signatures and denials, which
 * never repeat, and the addresses of large zones: they seldom repeat and are no longer than what
 * would find them again. In a small zone all names are often one machine.
 */
#ifndef GLUED_ZONES_VERSION_H
#define GLUED_ZONES_VERSION_H

#include <assert.h>

#include "zones/jobs.h"
#include "zones/store.h"
#include "zones/zone.h"

enum node_flag {
	NODE_CUT = 1u << 0,   /* a delegation point: NS, and not the apex */
	NODE_DNAME = 1u << 1, /* owns a DNAME */
	NODE_CNAME = 1u << 2, /* owns a CNAME */
	NODE_APEX = 1u << 3,
	NODE_HAS_WILDCARD = 1u << 4, /* one of its children is "*" */
	NODE_HOST = 1u << 5,         /* others point at it: entries[0] is of RRTYPE_HOST */
};

/* No type (RFC 6895 3.1 reserves it): the entry's ref is the number of the node's host. */
enum { RRTYPE_HOST = 0 };

enum entry_flag {
	/* ref is a template, which names its RRset; else it is the RRset. */
	ENTRY_TEMPLATE = 1u << 0,
	/* Nothing in the answer but the RRset, no name in it compressed: written straight from it.
	 */
	ENTRY_PLAIN = 1u << 1,
	/* A CNAME whose target lies in this zone, by its name: the answer goes on there (RFC
	   1034 4.3.2 step 3a). */
	ENTRY_CHAINS = 1u << 2,
};

/* One type at one owner. With neither ENTRY_TEMPLATE nor ENTRY_PLAIN the answer is composed. */
struct node_entry {
	uint16_t rrtype;
	uint16_t flags;
	ref ref;
};

/* A name. Children hang in a trie of their own, keyed by their label. */
struct node {
	ref children; /* root cell of the trie, or REF_NONE */
	uint16_t entry_count;
	uint8_t flags;
	uint8_t label_len;
	/* By rrtype; then label_len octets of label, lower case; the apex has none. */
	struct node_entry entries[];
};

struct rrset {
	uint32_t ttl;
	uint16_t rrtype;
	uint16_t rr_count;
	uint8_t data[]; /* rr_count times: RDLENGTH (network order) and RDATA, names uncompressed */
};

static_assert(sizeof(struct node) == 8 && sizeof(struct node_entry) == 8,
	      "a delegation's node, entry and label stay within half a cache line");
static_assert(sizeof(struct rrset) == 8, "an address takes 16 octets");

/* What few small zones have, and there may be hundreds of thousands of them. */
struct zone_extra {
	ref hosts; /* table of hosts (host.h), or REF_NONE */
	uint32_t host_count;
	ref nsec3;  /* node: above the chains of NSEC3 (denial.h), or REF_NONE */
	ref denial; /* struct denial, or REF_NONE: the zone is not signed */
};

/* What is to be known of a version. */
struct zone_image {
	ref apex;     /* node */
	ref negative; /* template: SOA in the authority section, for NODATA and NXDOMAIN */
	ref soa;      /* RRset */
	ref origin;   /* the apex's name in wire form, lower case */
	ref extra;    /* struct zone_extra, or REF_NONE: it would be all zero */
	uint8_t origin_len;
	uint8_t origin_labels; /* without the root */
	uint8_t reserved[2];
	uint32_t name_count; /* owner names with records */
	uint32_t rr_count;
	uint32_t
	    garbage; /* of the store, in units: what this version does not need, as far as known */
};

static_assert(sizeof(struct zone_image) == 36, "one a zone, however small");

static inline const void *
version_at(const struct zone_version *version, ref reference)
{
	return version->base + (size_t)reference * REF_UNIT;
}

static inline const struct zone_image *
version_image(const struct zone_version *version)
{
	return version->image;
}

static inline const struct zone_extra *
version_extra(const struct zone_version *version)
{
	static const struct zone_extra none;
	ref extra = version->image->extra;
	return extra != REF_NONE ? version_at(version, extra) : &none;
}

static inline const uint8_t *
version_origin(const struct zone_version *version)
{
	return version_at(version, version->image->origin);
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

/* The entries that are RRsets: from this one on. */
static inline unsigned
node_first_rrset(const struct node *node)
{
	return node->flags & NODE_HOST ? 1 : 0;
}

static inline bool
node_has_rrsets(const struct node *node)
{
	return node->entry_count > node_first_rrset(node);
}

/* At a cut all but NS and DS is the child's, and is never asked for. */
static inline bool
entry_is_asked_for(const struct node *node, const struct node_entry *entry)
{
	return !(node->flags & NODE_CUT) || entry->rrtype == RRTYPE_NS ||
	       entry->rrtype == RRTYPE_DS;
}

/* The entry of a type, or NULL. */
static inline const struct node_entry *
node_find(const struct node *node, uint16_t rrtype)
{
	for (unsigned i = node_first_rrset(node); i < node->entry_count; i++) {
		if (node->entries[i].rrtype == rrtype)
			return &node->entries[i];
	}
	return NULL;
}

/* The RRset of an entry, whether or not it has a template. */
const struct rrset *entry_rrset(const struct zone_version *version, const struct node_entry *entry);

/* The SOA's SERIAL field. */
uint32_t version_serial(const struct zone_version *version);

/* Octets that these take in the store, before padding. */
size_t node_len(const struct node *node);
size_t rrset_len(const struct rrset *rrset);

/* The records of an RRset in turn: for (r = rr_first(set); r.rdata; r = rr_next(r)). */
struct rr_cursor {
	const uint8_t *rdata; /* NULL past the last */
	uint16_t rdlen;
	uint16_t left; /* records behind this one */
};

static inline struct rr_cursor
rr_at(const uint8_t *at, unsigned count)
{
	if (count == 0)
		return (struct rr_cursor){0};
	return (struct rr_cursor){
	    .rdata = at + sizeof(uint16_t), .rdlen = be16_read(at), .left = (uint16_t)(count - 1)};
}

static inline struct rr_cursor
rr_first(const struct rrset *rrset)
{
	return rr_at(rrset->data, rrset->rr_count);
}

static inline struct rr_cursor
rr_next(struct rr_cursor at)
{
	return rr_at(at.rdata + at.rdlen, at.left);
}

/* Compiles a zone that zone_read() accepted. *out is owned by the caller. `zone` is only read.
 * `jobs` NULL: one after the other. */
NODISCARD enum status zone_version_compile(const struct zone *zone, struct jobs *jobs,
					   struct zone_version **out, struct error *error);

/* The same, and frees the zone, piece by piece as it is compiled: both together take little more
 * than the larger of them. */
NODISCARD enum status zone_version_compile_away(struct zone *zone, struct jobs *jobs,
						struct zone_version **out, struct error *error);

/* The version whose header lies `image_off` octets into a store that has no version yet, and which
 * the caller gives away: the version lies in it, and ends as any other. */
struct zone_version *zone_version_first(struct store *store, size_t image_off);

/* The store goes with the last of its versions. NULL is allowed. */
void zone_version_free(struct zone_version *version);

#endif
